"""Telling our own people what waits for them, by e-mail and their mobile of work; taking it back in time."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.actions.saying import insert_rows, sent_on_its_way, write
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import NOT_BEGUN, DeliveryState, MessageKind, Words
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock

# By SQL, so that one message to twenty officers is one statement. Nobody of them is a member here.
_WAYS = """
    SELECT NULL::bigint AS member_id, way.channel, way.address
    FROM unnest(%s::text[], %s::text[]) AS way(channel, address)
"""


@transaction.atomic
def tell(
    *,
    about: str,
    organisation_id: int,
    words: Words,
    ways: Sequence[tuple[Channel, str]],
    is_urgent: bool,
    is_drill: bool,
    good_for: dt.timedelta,
    actor: str = SYSTEM,
) -> Message:
    """Tell officers something by these ways (channel, address), each address once. Logged as `message.queued`.

    It goes at any hour: whoever asks for it has looked at the clock. An exercise stays in the sandbox:
    nothing of it may have been said before, by which that would be known.
    """
    message = write(
        kind=MessageKind.CONTROL,
        about=about,
        organisation_id=organisation_id,
        words=words,
        priority=Priority.URGENT if is_urgent else Priority.IMPORTANT,
        good_for=good_for,
        invites_answers=False,
        is_drill=is_drill,
    )
    each = list(dict.fromkeys((channel.value, address) for channel, address in ways))
    added = insert_rows(message, _WAYS, [[channel for channel, _ in each], [address for _, address in each]])
    return sent_on_its_way(message, added, actor)


@transaction.atomic
def take_back(*, message_refs: Iterable[str], actor: str = SYSTEM) -> int:
    """Take back what officers need not be told any more; return how many. Logged as `message.taken_back` for each.

    What is in a worker's hands at this moment still goes.
    """
    rows = Message.objects.select_for_update(no_key=True).filter(ref__in=list(message_refs), cancelled_at=None)
    now, taken = clock.now(), 0
    for message in rows.order_by("id"):
        waiting = Delivery.objects.filter(message=message, state__in=NOT_BEGUN)
        # What went once, and no answer came, was perhaps sent: it is never said of it that it was not.
        waiting.exclude(gateway="").update(state=DeliveryState.UNCERTAIN, ended_at=now)
        many = waiting.update(state=DeliveryState.CANCELLED, ended_at=now)
        message.cancelled_at = now
        message.save(update_fields=["cancelled_at"])
        log("message.taken_back", subject=f"message:{message.ref}", actor=actor, deliveries=many)
        taken += many
    return taken
