"""The front page: what this is, and the newest public alerts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hueandcry.domain.alerts import queries as alerts
from hueandcry.web.parts.doors import open_to_all

NEWEST = 3


@open_to_all
def front(request: HttpRequest) -> HttpResponse:
    """Say what this is and show the newest public alerts."""
    return render(request, "public/home/front.html", {"alerts": alerts.public_alerts(most=NEWEST)})
