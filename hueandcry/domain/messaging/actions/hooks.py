"""What providers tell us by requests to us: kept as it came, answered at once; a job takes it over into deliveries."""

import contextlib
import datetime as dt
import logging
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions.claiming import Row
from hueandcry.domain.messaging.actions.collecting import keep_what_can_be_kept, take_in
from hueandcry.domain.messaging.actions.lettering import Letter
from hueandcry.domain.messaging.actions.receipts import fold
from hueandcry.domain.messaging.models import Delivery, ProviderRef, Stretch
from hueandcry.domain.messaging.queries.hearing import FORGED_FOR_S, forged_key
from hueandcry.domain.messaging.rules import KEEP_TRYING, DeliveryState, kept_ref
from hueandcry.gateways.contract import (
    ForgedError,
    Gateway,
    GatewayError,
    Hears,
    Interrupts,
    Outgoing,
    Told,
    UnreadableError,
    Vouches,
)
from hueandcry.gateways.registry import routes_for
from hueandcry.kit import clock, jobs
from hueandcry.kit.finding import NotHereError

logger = logging.getLogger(__name__)

# How long receipts wait for one another before they are folded together.
FOLD_AFTER = dt.timedelta(seconds=1)
# A call that nobody took is made once more, after so long.
RING_AGAIN_AFTER = dt.timedelta(minutes=5)
TIMES_RUNG = 2
AGAIN = "Nobody took the call: once more."

COUNT_EVERY = dt.timedelta(seconds=1)
FORGED, UNREADABLE = 403, 400
# A batch of some hundred receipts; what most providers send is far smaller. A letter with photographs in it is not: its
# gateway says so with `hears_most`.
MOST_BYTES = 256 * 1024

# A message of which nobody knew whether it was taken, or whose worker died before it could say: the provider gives our
# own reference back, so it was. What was put back into the queue, and came all the same, goes no second time.
_RECOGNISE = """
    WITH named AS MATERIALIZED (
        SELECT gateway, provider_ref, fate, split_part(provider_ref, '-', 1) AS ref,
            CASE WHEN provider_ref ~ '^[0-9A-Z]{6,12}-[0-9]{1,18}([.][0-9a-f]+)?$'
                THEN split_part(split_part(provider_ref, '-', 2), '.', 1)::bigint END AS delivery_id
        FROM messaging_receipt WHERE NOT folded
    )
    UPDATE messaging_delivery AS delivery SET gateway = named.gateway, provider_ref = named.provider_ref
    FROM named JOIN messaging_message AS message ON message.ref = named.ref
    WHERE delivery.id = named.delivery_id AND delivery.message_id = message.id AND delivery.provider_ref = ''
        AND (delivery.state IN ('uncertain', 'leased')
            OR (delivery.state = 'queued' AND delivery.attempts > 0 AND named.fate IN ('delivered', 'seen')))
"""


_OURS = re.compile(r"([0-9A-Z]{6,12})-([0-9]{1,18})(?:\.[0-9a-f]+)?")


@dataclass(frozen=True)
class Answered:
    """What a provider is answered."""

    status: int
    body: str = ""
    content_type: str = "text/plain"


class _Process:
    """What this process knows.

    Attributes:
        folds_at: for when it last asked for receipts to be folded: what is kept before then needs no asking of its own.
        forged, counted_at: forgeries not counted yet, by gateway; a flood of them costs one statement a second.
    """

    folds_at: dt.datetime | None = None
    forged: Counter[str] = Counter()
    counted_at: dt.datetime | None = None
    lock = threading.Lock()


def hear(*, gateway: str, what: str, address: str, headers: Mapping[str, str], body: bytes) -> Answered:
    """Take in what a provider tells us: receipts are kept, messages taken in; whatever it tells twice counts once.

    Raises:
        NotHereError: no such gateway is set, or it has no such address.
    """
    provider = _gateway(gateway)
    if not isinstance(provider, Hears):
        raise NotHereError(f"gateway:{gateway}")
    try:
        heard = provider.hears(_told(what, address, headers, body), _said)
    except ForgedError:
        return _forged(gateway)
    except UnreadableError as fault:
        logger.warning("A provider told us something that cannot be read.", extra={"gateway": gateway})
        return Answered(UNREADABLE, str(fault))
    for message in heard.incoming:
        take_in(incoming=message)
    again = _ring_once_more(gateway, heard.unanswered)
    for reference, call in heard.machines:
        jobs.defer("messaging.speak_to_machine", subject=f"delivery:{reference}", record=0, gateway=gateway, call=call)
    receipts = [receipt for receipt in heard.receipts if receipt.provider_ref not in again]
    if receipts:
        keep_what_can_be_kept(receipts=receipts)
        _fold_soon()
    return Answered(200, heard.body, heard.content_type)


def most_bytes(*, gateway: str) -> int:
    """Return how much of one request is read.

    Raises:
        NotHereError: no such gateway is set.
    """
    return int(getattr(_gateway(gateway), "hears_most", MOST_BYTES))


def vouch(*, gateway: str, what: str, address: str, headers: Mapping[str, str]) -> Answered:
    """Prove to a provider that looks with GET that the address is ours.

    Raises:
        NotHereError: no such gateway is set, or its provider does not look.
    """
    provider = _gateway(gateway)
    if not isinstance(provider, Vouches):
        raise NotHereError(f"gateway:{gateway}")
    try:
        return Answered(200, provider.vouches(_told(what, address, headers, b"")))
    except ForgedError:
        return _forged(gateway)


def take_over() -> int:
    """Take over into deliveries what was kept of receipts; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOGNISE)
    return fold()


def speak_to_machine(*, reference: str, gateway: str, call: str) -> None:
    """Leave the short form of a message on the answering machine that took a call.

    Raises:
        NotHereError: there is no such gateway any more.
    """
    provider, message = _gateway(gateway), _said(reference)
    if message is None or not isinstance(provider, Interrupts):
        return
    try:
        provider.interrupt(message, call)
    except GatewayError:
        logger.warning("A machine took a call and heard no short form.", extra={"delivery": reference})


def forget() -> None:
    """Forget what this process knows of jobs that it asked for and of forgeries."""
    _Process.folds_at = _Process.counted_at = None
    _Process.forged.clear()


def _forged(gateway: str) -> Answered:
    now, many = clock.now(), 0
    with _Process.lock:
        _Process.forged[gateway] += 1
        if _Process.counted_at is None or not now - COUNT_EVERY < _Process.counted_at <= now:
            many, _Process.counted_at = _Process.forged.pop(gateway), now
    if many:
        key = forged_key(gateway=gateway)
        cache.add(key, 0, FORGED_FOR_S)
        with contextlib.suppress(ValueError):  # it ran out between the two
            cache.incr(key, many)
        logger.warning(
            "Somebody told us something in a provider's name, with a wrong signature.",
            extra={"as": gateway, "times": many},
        )
    return Answered(FORGED, "The signature is wrong.")


def _told(what: str, address: str, headers: Mapping[str, str], body: bytes) -> Told:
    # The provider signs the address that it was given, which is not the one that a proxy passes on.
    return Told(what, f"{settings.SITE_ADDRESS.rstrip('/')}{address}", headers, body)


def _gateway(name: str) -> Gateway:
    for channel in settings.GATEWAYS:
        try:
            routes = routes_for(channel)
        except GatewayError:
            continue  # another channel is set wrongly: doctor says so
        for route in routes:
            if route.gateway.name == name:
                return route.gateway
    raise NotHereError(f"gateway:{name}")


def _fold_soon() -> None:
    """Ask once for a job that folds, for all that comes until it starts."""
    now = clock.now()
    if _Process.folds_at is not None and now < _Process.folds_at <= now + FOLD_AFTER:
        return
    at = now + FOLD_AFTER
    jobs.defer("messaging.fold", at=at, once="fold receipts")
    _Process.folds_at = at


def _ring_once_more(gateway: str, refs: Sequence[str]) -> set[str]:
    """Put calls that nobody took back into the queue, once, if they are still worth it then; return which."""
    return {ref for ref in refs if _may_ring_again(gateway, ref)}


@transaction.atomic
def _may_ring_again(gateway: str, ref: str) -> bool:
    delivery = _delivery(ref)
    if delivery is None or delivery.message.cancelled_at is not None:
        return False
    message, at = delivery.message, clock.now() + RING_AGAIN_AFTER
    if at >= (message.expires_at or message.queued_at + KEEP_TRYING):
        return False
    # As if no provider had it: the first call is over, and its name is no longer this row's.
    rung = Delivery.objects.filter(
        pk=delivery.pk,
        gateway=gateway,
        provider_ref=kept_ref(ref),
        state=DeliveryState.ACCEPTED,
        attempts__lt=TIMES_RUNG,
    ).update(
        state=DeliveryState.QUEUED,
        next_at=at,
        gateway="",
        provider_ref="",
        detail=AGAIN,
        accepted_at=None,
        ended_at=None,
    )
    if not rung:
        return False
    ProviderRef.objects.filter(gateway=gateway, ref=kept_ref(ref)).delete()
    Stretch.objects.create(
        message=message, lane=delivery.lane, first_id=delivery.pk, last_id=delivery.pk, at=at, looked_at=at
    )
    once = f"dispatch {message.ref} {at:%H%M%S}"
    jobs.defer("messaging.dispatch", subject=f"message:{message.ref}", record=0, at=at, once=once)
    return True


def _delivery(ref: str) -> Delivery | None:
    """Return the delivery that a provider's word names, where that is our own reference, perhaps with more after it."""
    found = _OURS.fullmatch(ref)
    if found is None:
        return None
    rows = Delivery.objects.select_related("message", "member")
    return rows.filter(pk=int(found[2]), message__ref=found[1]).first()


def _said(reference: str) -> Outgoing | None:
    """Return what was said under a reference; None when there was none, or its words are over."""
    delivery = _delivery(reference)
    if delivery is None or delivery.message.cancelled_at is not None or not delivery.address:
        return None
    member = delivery.member
    row = Row(
        delivery.pk,
        Channel(delivery.channel),
        delivery.address,
        delivery.attempts,
        page_token=member.page_token if member else None,
        language=member.language if member else None,
    )
    return Letter.open(delivery.message.ref).to(row)
