"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """What passes between us: one life for every message."""

    name = "hueandcry.domain.messaging"
    label = "messaging"
    default_auto_field = "django.db.models.BigAutoField"
