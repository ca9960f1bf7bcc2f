"""Addresses for machines: `/api/v1/…`, each behind a key; what there is says `/api/v1/openapi.json`."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI

from hueandcry.api.v1 import alerts, cap, coverage
from hueandcry.domain.alerts.rules import AlertError
from hueandcry.domain.insight.rules import InsightError
from hueandcry.kit.finding import NotHereError

api = NinjaAPI(
    title="Hue and Cry",
    version="1",
    description="Numbers for programs, and a door for partners' warnings. "
    "Ask with `Authorization: Bearer KEY`; `hueandcry key` gives out keys.",
    urls_namespace="api",
    docs_url=None,
)
api.add_router("/cap", cap.router)
api.add_router("/alerts", alerts.router)
api.add_router("/coverage", coverage.router)


@api.exception_handler(AlertError)
@api.exception_handler(InsightError)
def refused(request: HttpRequest, refusal: AlertError | InsightError) -> HttpResponse:
    """Answer a refusal with its sentence."""
    return api.create_response(request, {"detail": str(refusal)}, status=422)


@api.exception_handler(NotHereError)
def not_here(request: HttpRequest, _: NotHereError) -> HttpResponse:
    """Answer 404 for what is not here."""
    return api.create_response(request, {"detail": "It is not here, or not for this key."}, status=404)


def urls() -> list[URLPattern | URLResolver]:
    """Return the addresses; a key opens them, not an officer's sign-in."""
    described: dict[str | None, tuple[str, str | None]] = {
        operation.url_name: (router.auth.permission, operation.view_func.__doc__)
        for _, router in api._routers  # noqa: SLF001 - the library has no other way to its operations
        for view in router.path_operations.values()
        for operation in view.operations
    }
    patterns: list[URLPattern | URLResolver] = api.urls[0]
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)  # noqa: S101 - the library adds no others
        pattern.callback = login_not_required(pattern.callback)
        # What the map says of each: which key opens it, and the first line of its description.
        permission, words = described.get(pattern.name, (None, "Say what there is."))
        pattern.callback.permission = permission  # type: ignore[attr-defined]
        pattern.callback.__doc__ = words
    return patterns
