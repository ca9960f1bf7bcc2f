"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """What we are told."""

    name = "hueandcry.domain.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"
