"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Us and our partners."""

    name = "hueandcry.domain.organisations"
    label = "organisations"
    default_auto_field = "django.db.models.BigAutoField"
