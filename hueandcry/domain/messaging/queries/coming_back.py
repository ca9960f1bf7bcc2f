"""Whose messages come back: addresses that are used no more, why, and whether their member was asked."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from hueandcry.domain.members.models import Consent, ContactPoint
from hueandcry.domain.members.rules import Channel, MemberState
from hueandcry.domain.messaging.models import ComeBack, Delivery
from hueandcry.domain.messaging.rules.mending import ASKED_BY, REFUSED_FOR_LONG, WHY, CameBack
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit.finding import NotHereError

# More than anybody looks through; the newest are shown.
MOST = 5000


def came_back(*, officer: Officer) -> list[CameBack]:
    """Return the addresses from which messages came back, newest first, for those who look after the list."""
    if not may_mend(officer=officer):
        return []
    return _lines(_broken().order_by("-suspended_at", "-pk")[:MOST])


def get_came_back(*, officer: Officer, contact_id: int) -> CameBack:
    """Return one address from which messages came back.

    Raises:
        NotHereError: nothing came back from it, or it is not for this officer.
    """
    found = _lines(_broken().filter(pk=contact_id)) if may_mend(officer=officer) else []
    if not found:
        raise NotHereError(f"contact:{contact_id}")
    return found[0]


def may_mend(*, officer: Officer) -> bool:
    """Say whether this officer looks after the force's own list of members."""
    return officer.may(Permission.MEMBER_WRITE) and officer.organisation.kind == OrganisationKind.FORCE


def ways_to_ask(*, member_ids: Sequence[int]) -> dict[int, set[Channel]]:
    """Return by which ways each of these members can be asked something: agreed to, confirmed, safe, theirs alone."""
    ways = {way for many in ASKED_BY.values() for way in many}
    agreed = Consent.objects.filter(member__in=member_ids, channel__in=ways, organisation=force(), withdrawn_at=None)
    yes = set(agreed.values_list("member_id", "channel"))
    rows = ContactPoint.objects.filter(member__in=member_ids, channel__in=ways, suspended_at=None, shared=False)
    found: dict[int, set[Channel]] = defaultdict(set)
    for member_id, channel in rows.exclude(confirmed_at=None).exclude(safe=False).values_list("member_id", "channel"):
        if (member_id, channel) in yes:
            found[member_id].add(Channel(channel))
    return found


def _broken() -> QuerySet[ContactPoint]:
    rows = ContactPoint.objects.exclude(suspended_at=None).exclude(member__state=MemberState.LEFT)
    return rows.select_related("member")


def _lines(contacts: Iterable[ContactPoint]) -> list[CameBack]:
    rows = list(contacts)
    whys, asked = _whys(rows), _asked([row.pk for row in rows])
    ways = ways_to_ask(member_ids=[row.member_id for row in rows])
    return [
        CameBack(
            contact_id=row.pk,
            member_ref=row.member.ref,
            name=row.member.name,
            channel=Channel(row.channel),
            address=row.address,
            since=row.suspended_at,
            why=whys.get((row.channel, row.address)) or WHY.get(Channel(row.channel), ""),
            ways=tuple(way for way in ASKED_BY.get(Channel(row.channel), ()) if way in ways[row.member_id]),
            asked_at=asked[row.pk][0] if row.pk in asked else None,
            asked_by=asked[row.pk][1] if row.pk in asked else None,
        )
        for row in rows
        if row.suspended_at is not None
    ]


def _whys(rows: Sequence[ContactPoint]) -> dict[tuple[str, str], str]:
    """Return what was said last of each address."""
    came = list(ComeBack.objects.filter(address__in={row.address for row in rows}).order_by("at", "pk"))
    details = dict(Delivery.objects.filter(pk__in=[one.delivery_id for one in came]).values_list("pk", "detail"))
    return {
        (one.channel, one.address): REFUSED_FOR_LONG if one.passing else details.get(one.delivery_id, "")
        for one in came
    }


def _asked(contact_ids: Sequence[int]) -> dict[int, tuple[dt.datetime, Channel]]:
    """Return when and by which way each was asked about last."""
    rows = Delivery.objects.filter(message__about__in=[f"contact:{one}" for one in contact_ids])
    found = rows.order_by("message__queued_at", "pk").values_list("message__about", "message__queued_at", "channel")
    return {int(about.partition(":")[2]): (at, Channel(channel)) for about, at, channel in found}
