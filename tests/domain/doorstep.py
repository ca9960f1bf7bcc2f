"""What tests of the doorstep share: a household as a phone sends it."""

import datetime as dt
import uuid
from typing import Any

from hueandcry.domain.members.rules import CONSENT_VERSION, Purpose
from hueandcry.domain.members.rules.doorstep import Draft, Sent, Spot
from hueandcry.domain.places.models import Postcode
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders

HERE = Spot(Point(2.5001, 54.5001), 12.0)


def street(code: str = "QD11AA", at: tuple[float, float] = (2.5, 54.5)) -> Postcode:
    """Return a postcode of the made-up force, made once."""
    return Postcode.objects.get_or_create(
        code=code, defaults={"point": at, "uncertainty_m": 100, "edition": "2026-05", "source": "test"}
    )[0]


def draft(**changes: Any) -> Draft:
    """Return a household that can be taken in."""
    given: dict[str, Any] = {
        "house": "12",
        "postcode": "QD1 1AA",
        "here": HERE,
        "name": "Quillon Barrowby",
        "mobile": "07700 900123",
        "organisations": (builders.force().pk,),
        "purposes": (Purpose.ALERT,),
        "agreed": True,
        "wording": CONSENT_VERSION,
    }
    return Draft(**given | changes)


def sent(
    *, said_ago: dt.timedelta = dt.timedelta(hours=1), skew: dt.timedelta = dt.timedelta(), key: uuid.UUID | None = None
) -> Sent:
    """Return what a phone says about a draft of a while ago, on a clock that is off by `skew`."""
    now = clock.now()
    return Sent(key or uuid.uuid4(), now - said_ago + skew, now + skew)
