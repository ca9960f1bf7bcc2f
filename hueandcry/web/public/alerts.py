"""Public alerts: what anybody may read, and how to answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hueandcry.domain.alerts import queries
from hueandcry.web.parts.doors import open_to_all

MOST = 50


@open_to_all
def newest(request: HttpRequest) -> HttpResponse:
    """List the public alerts, newest first."""
    return render(request, "public/alerts/newest.html", {"alerts": queries.public_alerts(most=MOST)})


@open_to_all
def show(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one public alert."""
    return render(request, "public/alerts/show.html", {"alert": queries.get_public(ref=ref)})
