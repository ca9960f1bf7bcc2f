"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.queries.providers import HaltLine, halt_standing
from hueandcry.web.parts.languages import choice


def site(request: HttpRequest) -> dict[str, object]:
    """Name the service and the force, say whether this is the demonstration, and which language the page speaks."""
    return {
        "service_name": settings.SERVICE_NAME,
        "force_name": settings.FORCE_NAME,
        "demonstration": settings.DEMONSTRATION,
        # Asked only by the pages that show it, and of the database at most once a second while nothing stands still.
        "halt": SimpleLazyObject(_halt),
        **choice(request),
    }


def _halt() -> HaltLine | None:
    """Return why everything stands still; nothing while it does not."""
    return halt_standing() if routing.halted() else None
