"""The room's entry in Django's list of apps."""

from django.apps import AppConfig
from django.conf import settings

from hueandcry.kit.words import approve_plain_texts


class MessagingConfig(AppConfig):
    """What passes between us: one life for every message."""

    name = "hueandcry.domain.messaging"
    label = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take from the settings whether Welsh texts may go without accents."""
        if settings.WELSH_WITHOUT_ACCENTS:
            approve_plain_texts("cy")
