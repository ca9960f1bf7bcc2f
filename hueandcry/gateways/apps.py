"""The gateways' entry in Django's list of apps: they keep letterboxes and the sandbox, nothing else (ADR 6)."""

from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    """The only rooms with a telephone."""

    name = "hueandcry.gateways"
    label = "gateways"
    default_auto_field = "django.db.models.BigAutoField"
