"""Letters that wait to be printed and carried: a delivery like any other, which no machine hands over."""

from django.db import connection
from django.db.models import Q

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.queries.letters import readers
from hueandcry.domain.members.rules import Channel, Priority, Purpose
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.by_hand import PRINTED
from hueandcry.domain.messaging.rules.printing import Letter, read_address
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point

PRINTED_FIRST = "Printed"


def messages_with_letters(*, about: str) -> list[Message]:
    """Return the messages about one thing that are neither called off nor over: their letters may be carried."""
    still = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    return list(Message.objects.filter(still, about=about, cancelled_at=None).order_by("id"))


def letters(*, about: str) -> list[Letter]:
    """Return the letters about one thing that wait, each household once, without those who want none any more."""
    # Of two messages the later one says all: a correction is not carried beside what it corrects.
    messages = messages_with_letters(about=about)
    found = {address: letter for message in messages for letter, address in _of(message)}
    return sorted(found.values(), key=lambda letter: letter.walk)


def count_letters(*, about: str) -> tuple[int, int]:
    """Count the letters about one thing: those that wait, and those that were taken away to be carried."""
    rows = Delivery.objects.filter(message__about=about, channel=Channel.POST)
    return rows.filter(state=DeliveryState.TO_PRINT).count(), rows.filter(gateway=PRINTED).count()


def unwilling(*, message: Message) -> list[int]:
    """Return the deliveries of letters to those who want, or may get, none any more."""
    waiting = _waiting(message)
    wants = _want(message, [row.member_id for row in waiting if row.member_id])
    return [row.pk for row in waiting if row.address not in wants]


def _of(message: Message) -> list[tuple[Letter, str]]:
    waiting = _waiting(message)
    ids = [row.member_id for row in waiting if row.member_id]
    wants, known = _want(message, ids), readers(member_ids=ids)
    rows = [row for row in waiting if row.address in wants and row.member_id in known]
    parishes = _parishes([known[row.member_id or 0].home for row in rows])
    return [
        (
            Letter(
                delivery_id=row.pk,
                name=reader.name,
                box=read_address(row.address),
                language=reader.language,
                is_large=reader.is_large,
                parish_id=parish[0],
                parish=parish[1],
                schemes=reader.schemes,
                printed=row.detail.startswith(PRINTED_FIRST),
            ),
            row.address,
        )
        for row, reader, parish in zip(rows, (known[row.member_id or 0] for row in rows), parishes, strict=True)
    ]


def _waiting(message: Message) -> list[Delivery]:
    rows = Delivery.objects.filter(message=message, channel=Channel.POST, state=DeliveryState.TO_PRINT)
    return list(rows.exclude(member=None).order_by("id"))


def _want(message: Message, member_ids: list[int]) -> set[str]:
    """Return the letterboxes of these members that a letter may go into today."""
    if not member_ids:
        return set()
    sql, params = members.reachable(
        member_ids=member_ids,
        organisation_id=message.organisation_id,
        purpose=Purpose.ALERT,
        channels=(Channel.POST,),
        priority=Priority(message.priority),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {address for _, _, address in cursor.fetchall()}


def _parishes(homes: list[Point | None]) -> list[tuple[int, str]]:
    lines = {line.id: line.name for line in places.areas(kind=AreaKind.PARISH)}
    if not lines or not homes:
        return [(0, "")] * len(homes)
    # Nobody lives at the pole: a home that is not known lies in no parish.
    spots = [home or Point(lat=90.0, lon=0.0) for home in homes]
    ids = places.area_of_each(
        kind=AreaKind.PARISH, lons=[spot.lon for spot in spots], lats=[spot.lat for spot in spots]
    )
    return [(area_id, lines.get(area_id, "")) for area_id in ids]
