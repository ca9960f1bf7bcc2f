"""Our REST API, first version: one file for each room. Its description is at `/api/v1/openapi.json`."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI

from hueandcry.api.v1 import coverage
from hueandcry.domain.insight.rules import InsightError

api = NinjaAPI(
    title="Hue and Cry",
    version="1",
    description="Numbers for programs. Ask with `Authorization: Bearer KEY`; `hueandcry key` gives out keys.",
    urls_namespace="api",
    docs_url=None,
)
api.add_router("/coverage", coverage.router)


@api.exception_handler(InsightError)
def refused(request: HttpRequest, refusal: InsightError) -> HttpResponse:
    """Answer a refusal with its sentence."""
    return api.create_response(request, {"detail": str(refusal)}, status=422)


def urls() -> list[URLPattern | URLResolver]:
    """Return the addresses; a key opens them, not an officer's sign-in."""
    patterns: list[URLPattern | URLResolver] = api.urls[0]
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)  # noqa: S101 - the library adds no others
        pattern.callback = login_not_required(pattern.callback)
        pattern.callback.permission = None  # type: ignore[attr-defined]
    return patterns
