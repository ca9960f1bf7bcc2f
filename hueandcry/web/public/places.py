"""The ground of the map on which somebody puts a pin: outlines, roads and names, the same for everybody."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hueandcry.web.parts import ground as drawn_from
from hueandcry.web.parts.doors import open_to_all


@open_to_all
@require_safe
@cache_control(public=True, max_age=3600)
def ground(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Give the ground of the map: districts, roads, rivers and names of the force."""
    return JsonResponse(drawn_from.ground())
