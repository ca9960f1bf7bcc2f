"""Questions about asking: how often one person was asked about one thing, and who was asked again and again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Max, Min

from hueandcry.domain.members.models import Ask, ContactPoint, KeyContact
from hueandcry.domain.members.rules import KeyRole
from hueandcry.domain.members.rules.sentinel import (
    ASKED_WITHIN_DAYS,
    WARNS_AT,
    Caution,
    cautions,
    subject_hash,
    subjects,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit import clock

__all__ = ["asked_again", "cautions_for", "others_read", "times_asked"]

MOST = 500
SHARED = (
    "Others read or hear what goes to this number or address: say nothing here that is about one person only. "
    "Ask when you may ring."
)
NOT_SAFE = (
    "This person told us that this number or address is not safe for them: say nothing here that is about them. "
    "Look on their page for another way."
)


@dataclass(frozen=True)
class AskedLine:
    """Somebody who was asked about one thing more than once: references only, never what it was."""

    member_ref: str
    times: int
    officers: int
    first: dt.datetime
    last: dt.datetime


def times_asked(*, member_id: int, about: Sequence[str]) -> int:
    """Return how often a person was asked about the same thing within the last three months, by anybody."""
    since = clock.now() - dt.timedelta(days=ASKED_WITHIN_DAYS)
    hashes = [subject_hash(subject) for subject in about]
    rows = Ask.objects.filter(member=member_id, at__gt=since, subject_hash__in=hashes)
    counted = rows.values("subject_hash").annotate(times=Count("pk")).values_list("times", flat=True)
    return max(counted, default=0)


def cautions_for(*, member_id: int | None, text: str, known: Sequence[str] = ()) -> list[Caution]:
    """Return what speaks against writing this to one person; `known` is what their conversation is about."""
    times, young = 0, False
    if member_id is not None:
        about = subjects(text=text, known=tuple(known))
        times = times_asked(member_id=member_id, about=about) if about else 0
        young = KeyContact.objects.filter(member=member_id, role=KeyRole.YOUTH, ended_at=None).exists()
    return cautions(text=text, times=times, young=young, unit=settings.SOURCE_UNIT)


def others_read(*, member_id: int | None, channel: str, address: str) -> str:
    """Return a sentence when others than this person read what goes there, or it is not safe; else nothing."""
    rows = ContactPoint.objects.filter(channel=channel, address=address)
    points = list(rows.filter(member=member_id) if member_id is not None else rows)
    if any(point.safe is False for point in points):
        return NOT_SAFE
    return SHARED if any(point.shared and point.safe is not True for point in points) else ""


def asked_again(*, officer: Officer) -> list[AskedLine]:
    """Return who was asked about one thing more than once within the last three months, most often first."""
    if not officer.may(Permission.RECORD_READ) or officer.organisation.kind != OrganisationKind.FORCE:
        return []
    since = clock.now() - dt.timedelta(days=ASKED_WITHIN_DAYS)
    rows = (
        Ask.objects.filter(at__gt=since)
        .values("member__ref", "subject_hash")
        .annotate(times=Count("pk"), officers=Count("officer", distinct=True), first=Min("at"), last=Max("at"))
        .filter(times__gt=WARNS_AT)
        .order_by("-times", "-last", "member__ref")
    )
    return [
        AskedLine(row["member__ref"], row["times"], row["officers"], row["first"], row["last"]) for row in rows[:MOST]
    ]
