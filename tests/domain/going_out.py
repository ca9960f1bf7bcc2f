"""An alert with everybody in it: a person in each state, and those of whom it is easy to count wrongly."""

import datetime as dt
from typing import Any

from shapely.geometry import box

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.budget import ASLEEP, OVER_BUDGET
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import clock
from tests import builders
from tests.domain import alerts as given
from tests.domain.messaging import alert_to, incoming

WEST, EAST = (2.45, 54.5), (2.55, 54.5)
# Each stands there alone, in the West. What of it has reached them is said with it.
ALONE: tuple[tuple[DeliveryState, dict[str, Any]], ...] = (
    *((state, {}) for state in DeliveryState if state not in (DeliveryState.LEASED, DeliveryState.EXPIRED)),
    (DeliveryState.LEASED, {}),
    (DeliveryState.EXPIRED, {}),
    (DeliveryState.EXPIRED, {"detail": ASLEEP}),
    (DeliveryState.EXPIRED, {"detail": OVER_BUDGET}),
    (DeliveryState.QUEUED, {"hours": 5}),
    (DeliveryState.QUEUED, {"hours": 1, "attempts": 2}),
)
# What became of the first way of somebody, of the second, and where they stand: who has it by one way lacks nothing,
# though the other way sleeps, is tried again, or came too late.
CLIMBED: tuple[
    tuple[tuple[DeliveryState, dict[str, Any]], tuple[DeliveryState, dict[str, Any]], DeliveryState], ...
] = (
    ((DeliveryState.FAILED, {}), (DeliveryState.DELIVERED, {}), DeliveryState.DELIVERED),
    ((DeliveryState.ACCEPTED, {}), (DeliveryState.QUEUED, {"hours": 9}), DeliveryState.ACCEPTED),
    ((DeliveryState.DELIVERED, {}), (DeliveryState.QUEUED, {"hours": 2, "attempts": 1}), DeliveryState.DELIVERED),
    ((DeliveryState.SEEN, {}), (DeliveryState.EXPIRED, {"detail": ASLEEP}), DeliveryState.SEEN),
    ((DeliveryState.BUNDLED, {}), (DeliveryState.EXPIRED, {"detail": OVER_BUDGET}), DeliveryState.BUNDLED),
    ((DeliveryState.UNCERTAIN, {}), (DeliveryState.QUEUED, {"hours": 7}), DeliveryState.QUEUED),
)
AROUND = 6
BY_MAIL = "quillon@example.org"


def in_every_state() -> Alert:
    """Return a released alert: to some in the West, in every state there is, and to six in the East, who have it."""
    builders.area("West", shape=box(2.3, 54.4, 2.5, 54.6), kind=AreaKind.WARD)
    builders.area("East", shape=box(2.5001, 54.4, 2.7, 54.6), kind=AreaKind.WARD)
    alone = [given.farmer(name="Quillon", at=WEST) for _ in ALONE]
    climbed = [given.farmer(name="Quillon", at=WEST) for _ in CLIMBED]
    around = [given.farmer(name="Quillon", at=EAST, email=email) for email in (BY_MAIL, *[None] * (AROUND - 1))]
    alert = given.released()
    message = Message.objects.get(about=f"alert:{alert.ref}", kind=MessageKind.ALERT)
    for member, (state, fields) in zip(alone, ALONE, strict=True):
        _stands(message, member, 0, state, **fields)
    for member, ((state, fields), (later, more), _) in zip(climbed, CLIMBED, strict=True):
        _stands(message, member, 0, state, **fields)
        _stands(message, member, 1, later, **more)
    # What follows has figures of its own.
    alert_to(*around, about=message.about, kind=MessageKind.CORRECTION)
    # One answers by two ways, one twice by one.
    first, second = (given.number(member) for member in around[:2])
    for sender, body in ((first, "Saw it"), (second, "No"), (second, "Yes now")):
        messaging.receive(incoming=incoming(sender, body))
    messaging.receive(incoming=incoming(BY_MAIL, f"{alert.ref}: and again", channel="email"))
    return alert


def _stands(message: Message, member: Member, rung: int, state: DeliveryState, hours: int = 0, **fields: Any) -> None:
    now = clock.now()
    went = state in (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.SEEN)
    row = {
        "state": state,
        "accepted_at": now if went else None,
        "ended_at": now if went and state != DeliveryState.ACCEPTED else None,
        "next_at": now + dt.timedelta(hours=hours),
        "attempts": 0,
        **fields,
    }
    Delivery.objects.update_or_create(
        message=message,
        member=member,
        rung=rung,
        defaults=row,
        create_defaults={**row, "channel": Channel.VOICE, "address": f"+4420794600{rung}", "lane": message.lane},
    )
