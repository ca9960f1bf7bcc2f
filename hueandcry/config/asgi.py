"""The door that the web server opens."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hueandcry.config.settings")  # noqa: TID251
application = get_asgi_application()
