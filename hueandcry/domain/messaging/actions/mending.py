"""From where messages come back: noted with what became of them, then looked at once, all together."""

import logging
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Count, Max, Sum

from hueandcry.domain.members.actions import suspend_contact
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Charge, ComeBack, Delivery
from hueandcry.domain.messaging.rules import REACHED
from hueandcry.domain.messaging.rules.mending import DOUBTED_WITHIN, PATIENCE, is_doubted, is_enough
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock

logger = logging.getLogger(__name__)

MOST = 1000

_NOTE = """
    INSERT INTO messaging_comeback (delivery_id, channel, address, gateway, at, passing, status)
    SELECT id, channel, address, gateway, %s, %s, %s FROM messaging_delivery
    WHERE id = ANY(%s) AND address <> '' AND (state = 'bounced' OR %s) ORDER BY id
    ON CONFLICT DO NOTHING
"""


def note(*, delivery_ids: Sequence[int], status: str | None = None, passing: bool = False) -> None:
    """Note that these came back, once: those of them that bounced, or all when a mail said so, with its status."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [clock.now(), passing, status or "", list(delivery_ids), status is not None])


def mend() -> int:
    """Use addresses no more from which messages came back; return how many. Logged as `contact.suspended` for each.

    What a provider said of nearly everybody counts for nothing: logged as `comebacks.doubted`.
    """
    mended = 0
    while True:
        done, many = _mend_some()
        mended += done
        if many < MOST:
            return mended


@transaction.atomic
def _mend_some() -> tuple[int, int]:
    rows = ComeBack.objects.select_for_update(no_key=True, skip_locked=True).filter(dealt_at=None)
    waiting = list(rows.order_by("id")[:MOST])
    if not waiting:
        return 0, 0
    # What an exercise's sandbox makes up says nothing of anybody's address.
    made_up = set(
        Delivery.objects.filter(pk__in=[one.delivery_id for one in waiting], message__is_drill=True).values_list(
            "pk", flat=True
        )
    )
    real = [one for one in waiting if one.delivery_id not in made_up]
    doubted = _doubted({one.gateway for one in real if not one.passing})
    mended = 0
    # In one order: two workers that suspend the same never wait for one another.
    for channel, address in sorted({(one.channel, one.address) for one in real}):
        mine = [one for one in real if (one.channel, one.address) == (channel, address)]
        for_good = any(not one.passing and one.gateway not in doubted for one in mine)
        if for_good or _refuses_for_long(Channel(channel), address):
            mended += suspend_contact(channel=Channel(channel), address=address, actor=SYSTEM)
    ComeBack.objects.filter(pk__in=[one.pk for one in waiting]).update(dealt_at=clock.now())
    for gateway in sorted(doubted):
        many = sum(one.gateway == gateway and not one.passing for one in real)
        logger.warning("Too much came back to believe it.", extra={"gateway": gateway, "many": many})
        log("comebacks.doubted", subject=f"gateway:{gateway}", actor=SYSTEM, many=many)
    return mended, len(waiting)


def _doubted(gateways: set[str]) -> set[str]:
    """Return those of which so much came back within a day that they are at fault."""
    since = clock.now() - DOUBTED_WITHIN
    came = ComeBack.objects.filter(gateway__in=gateways, passing=False, at__gte=since)
    many = dict(came.order_by().values("gateway").annotate(many=Count("id")).values_list("gateway", "many"))
    took = Charge.objects.filter(gateway__in=gateways, day__gte=since.date())
    handed = dict(took.order_by().values("gateway").annotate(many=Sum("handed")).values_list("gateway", "many"))
    return {name for name, count in many.items() if is_doubted(came_back=count, handed=handed.get(name) or 0)}


def _refuses_for_long(channel: Channel, address: str) -> bool:
    """Say whether an address refused for now on so many days, with nothing taken between, that nobody reads it."""
    if channel not in PATIENCE:
        return False
    came = ComeBack.objects.filter(channel=channel, address=address, passing=True)
    moments = list(came.values_list("at", flat=True))
    taken = Delivery.objects.filter(channel=channel, address=address, state__in=REACHED)
    newest = taken.filter(accepted_at__lt=max(moments)) if moments else taken.none()
    return is_enough(channel=channel, moments=moments, last_taken=newest.aggregate(at=Max("accepted_at"))["at"])
