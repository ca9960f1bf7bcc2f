"""The room's entry in Django's list of apps."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """Who: people, how to reach them, what they agreed to."""

    name = "hueandcry.domain.members"
    label = "members"
    default_auto_field = "django.db.models.BigAutoField"
