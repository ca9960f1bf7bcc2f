"""The screens' entry in Django's list of apps, for templates and static files."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Screens for people."""

    name = "hueandcry.web"
    label = "web"
