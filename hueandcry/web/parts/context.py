"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from hueandcry.web.parts.languages import choice


def site(request: HttpRequest) -> dict[str, object]:
    """Name the service and the force, say whether this is the demonstration, and which language the page speaks."""
    return {
        "service_name": settings.SERVICE_NAME,
        "force_name": settings.FORCE_NAME,
        "demonstration": settings.DEMONSTRATION,
        **choice(request),
    }
