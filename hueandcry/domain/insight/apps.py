"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """What we measure."""

    name = "hueandcry.domain.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"
