"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Where."""

    name = "hueandcry.domain.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"
