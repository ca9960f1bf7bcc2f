"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """What we say: the topics that interests, alerts and reports share."""

    name = "hueandcry.domain.knowledge"
    label = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"
