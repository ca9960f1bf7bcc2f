"""What the tests of the desk share: signing in, counting questions, a filled form."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from shapely.geometry import box

from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import clock
from tests import builders


def signed_in(officer: Officer) -> Client:
    """Return a browser in which this officer has signed in."""
    client = Client()
    client.force_login(officer)
    return client


def queries_of(client: Client, address: str) -> int:
    """Count the questions that one screen asks of the database."""
    return questions_of(lambda: client.get(address))


def questions_of(ask: Callable[[], Any]) -> int:
    """Count the questions that an answer of 200 takes, in a process that has given one before."""
    with pytest.MonkeyPatch.context() as patched:
        # Whether everything is stopped is asked once a second, and a busy machine may take that long for a page.
        patched.setattr(routing, "FRESH_S", math.inf)
        ask()
        routing.forget()
        with CaptureQueriesContext(connection) as captured:
            assert ask().status_code == 200
    return len(captured)


def the_force() -> None:
    """Load the outline of the made-up force."""
    builders.area("Doggerland", kind=AreaKind.FORCE, shape=box(1.6, 54.0, 3.4, 55.2))


def alert_form(**changes: Any) -> dict[str, Any]:
    """Return what an officer fills in for a good alert."""
    now = timezone.localtime(clock.now())
    end = now + dt.timedelta(hours=6)
    return {
        "topic": builders.topic().slug,
        "headline": "Hare coursing near Holt",
        "what": "Grey pick-up, three men with dogs",
        "where": "Mill Lane, Holt",
        "place": "54.5, 2.5",
        "occurred_at_0": f"{now:%Y-%m-%d}",
        "occurred_at_1": f"{now:%H:%M}",
        "ask": "Have you seen it?",
        "level": "vetted",
        "urgency": "now",
        "expires_at_0": f"{end:%Y-%m-%d}",
        "expires_at_1": f"{end:%H:%M}",
        "invites_answers": "on",
        **changes,
    }


def audience_form(**changes: Any) -> dict[str, Any]:
    """Return what an officer fills in for Farm Watch members within six miles of the middle."""
    return {
        "circle_place": "54.5, 2.5",
        "circle_miles": "6",
        "scheme_kinds": ["farm"],
        "lowest_tier": "vetted",
        **changes,
    }
