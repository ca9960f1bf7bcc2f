"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """What we tell."""

    name = "hueandcry.domain.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
