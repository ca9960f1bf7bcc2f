"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """What was done, and how long we keep it."""

    name = "hueandcry.domain.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
