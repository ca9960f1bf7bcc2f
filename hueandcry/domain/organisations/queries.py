"""Questions about organisations and officers."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import shapely
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.organisations.models import ApiKey, Duty, Officer, Organisation, Team
from hueandcry.domain.organisations.rules import (
    Cover,
    Hours,
    OrganisationKind,
    Permission,
    Role,
    Shift,
    cover_at,
    key_hash,
)
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Box

__all__ = ["ApiKey", "Officer", "demo_officers", "force", "get_officer", "key_of", "names", "officers", "organisations"]


def force() -> Organisation:
    """Return the force that this installation serves.

    Raises:
        NotHereError: none has been founded yet.
    """
    try:
        return Organisation.objects.select_related("area").get(kind=OrganisationKind.FORCE)
    except Organisation.DoesNotExist:
        raise NotHereError("force") from None


def partners(*, kind: OrganisationKind | None = None) -> Sequence[Organisation]:
    """Return the partners of the force, or those of one kind, by name; a neighbouring force is nobody's to choose."""
    rows = Organisation.objects.exclude(kind=OrganisationKind.FORCE)
    if kind is None:
        rows = rows.exclude(kind=OrganisationKind.NEIGHBOUR)
    return list((rows.filter(kind=kind) if kind else rows).order_by("name"))


def organisations() -> Sequence[Organisation]:
    """Return the force and its partners, the force first."""
    rows = Organisation.objects.order_by("name")
    return sorted(rows, key=lambda one: one.kind != OrganisationKind.FORCE)


def get_officer(*, ref: str) -> Officer:
    """Return one officer, suspended or not, for those who only have a reference.

    Raises:
        NotHereError: there is none.
    """
    try:
        return Officer.objects.select_related("organisation").get(ref=ref)
    except Officer.DoesNotExist:
        raise NotHereError(f"officer:{ref}") from None


def names(*, actors: Iterable[str]) -> dict[str, str]:
    """Return rank and name by the reference that records keep (`officer:9XW4TR`), for those that are officers."""
    refs = {actor.removeprefix("officer:") for actor in actors if actor.startswith("officer:")}
    rows = Officer.objects.filter(ref__in=refs) if refs else ()
    return {officer.as_actor(): officer.get_full_name() for officer in rows}


def officers(*, officer: Officer) -> Sequence[Officer]:
    """Return the colleagues whom an officer may see: their own organisation's; all, for the force's administrators."""
    rows = Officer.objects.select_related("organisation").order_by("organisation__name", "name", "pk")
    if not officer.may(Permission.DESK_OPEN):
        return []
    if officer.may(Permission.OFFICER_WRITE) and officer.organisation.kind == OrganisationKind.FORCE:
        return list(rows)
    return list(rows.filter(organisation=officer.organisation_id))


def demo_officers() -> Sequence[Officer]:
    """Return the officers whom a newcomer may sign in as: in the demonstration only, elsewhere nobody."""
    if not settings.DEMONSTRATION:
        return []
    rows = Officer.objects.filter(is_active=True).select_related("organisation")
    return list(rows.order_by("organisation__name", "pk"))


def key_of(*, token: str) -> ApiKey:
    """Return the key that a program shows, with its organisation.

    Raises:
        NotHereError: it is no key of ours, or it has ended.
    """
    try:
        return ApiKey.objects.select_related("organisation").get(token_hash=key_hash(token), ended_at=None)
    except ApiKey.DoesNotExist:
        raise NotHereError("key") from None


@dataclass(frozen=True)
class Council:
    """A council inside an area, with the e-mail addresses of its clerks."""

    name: str
    clerks: tuple[str, ...]


def councils_in(*, shape: BaseGeometry) -> list[Council]:
    """Return the councils whose area shares ground with a shape, by name, each with its active clerks' addresses."""
    rows = Organisation.objects.filter(kind=OrganisationKind.COUNCIL, area__isnull=False).order_by("name")
    box = tuple(float(side) for side in shape.bounds)
    rows = rows.select_related("area__boundary").prefetch_related("officers")
    found = []
    for row in rows:
        ground = (
            shapely.from_wkb(bytes(row.area.boundary.shape))
            if row.area and _meets(row.area.boundary.box, box)
            else None
        )
        if ground is not None and ground.intersects(shape) and not ground.touches(shape):
            clerks = [one.email for one in row.officers.all() if one.is_active and Role.CLERK in one.roles]
            found.append(Council(row.name, tuple(sorted(clerks))))
    return found


@dataclass(frozen=True)
class Neighbour:
    """A neighbouring force: where and by which number it takes over what moves, as far as that was agreed."""

    ref: str
    name: str
    area_id: int | None
    hand_over_to: str
    hand_over_call: str


def neighbours_in(*, shape: BaseGeometry) -> list[Neighbour]:
    """Return the neighbouring forces whose area shares ground with a shape, by name."""
    rows = Organisation.objects.filter(kind=OrganisationKind.NEIGHBOUR, area__isnull=False).order_by("name")
    box = tuple(float(side) for side in shape.bounds)
    found = []
    for row in rows.select_related("area__boundary"):
        if row.area is None or not _meets(row.area.boundary.box, box):
            continue
        ground = shapely.from_wkb(bytes(row.area.boundary.shape))
        if ground.intersects(shape) and not ground.touches(shape):
            found.append(Neighbour(row.ref, row.name, row.area_id, row.hand_over_to, row.hand_over_call))
    return found


def neighbours(*, refs: Iterable[str]) -> list[Neighbour]:
    """Return the neighbouring forces of these references, by name, as it is agreed with them now."""
    rows = Organisation.objects.filter(kind=OrganisationKind.NEIGHBOUR, ref__in=list(refs)).order_by("name")
    return [Neighbour(row.ref, row.name, row.area_id, row.hand_over_to, row.hand_over_call) for row in rows]


def _meets(one: Box, box: tuple[float, ...]) -> bool:
    west, south, east, north = box
    return one.west <= east and one.east >= west and one.south <= north and one.north >= south


# ---------------------------------------------------------------- the rota

# How far ahead somebody is looked for.
LOOK_AHEAD = dt.timedelta(days=15)


def shifts(*, organisation_id: int, since: dt.datetime, until: dt.datetime) -> list[Shift]:
    """Return the duties of an organisation that share time with this span, as they fall on its days, in order."""
    found = [_shift(*one) for one in _falling(organisation_id, since, until)]
    return sorted(found, key=lambda shift: (shift.begins, shift.officer))


def _falling(
    organisation_id: int, since: dt.datetime, until: dt.datetime
) -> Iterator[tuple[Duty, dt.datetime, dt.datetime]]:
    """Yield each duty that shares time with a span, and when it begins and ends, for each day on which it falls."""
    zone = timezone.get_current_timezone()
    first, last = timezone.localdate(since) - dt.timedelta(days=1), timezone.localdate(until)
    rows = Duty.objects.filter(Q(until_on=None) | Q(until_on__gt=first), organisation=organisation_id)
    for row in rows.filter(begins_on__lte=last).select_related("officer", "stand_in", "team").order_by("id"):
        hours = hours_of(duty=row)
        for day in (first + dt.timedelta(days=days) for days in range((last - first).days + 1)):
            if hours.falls_on(day):
                begins, ends = hours.on(day, zone)
                if begins < until and ends > since:
                    yield row, begins, ends


@dataclass(frozen=True)
class Crew:
    """Who is on duty at a moment, and who stands in for them."""

    officers: tuple[Officer, ...]
    stand_ins: tuple[Officer, ...]


def crew(*, organisation_id: int, at: dt.datetime | None = None) -> Crew:
    """Return the officers whose duty goes on at a moment, and those who are named to stand in; none who left."""
    at = at or clock.now()
    duties = [duty for duty, *_ in _falling(organisation_id, at, at + dt.timedelta(microseconds=1))]
    named = [duty.stand_in for duty in duties if duty.stand_in is not None and duty.stand_in.is_active]
    return Crew(
        officers=tuple(dict.fromkeys(duty.officer for duty in duties if duty.officer.is_active)),
        stand_ins=tuple(dict.fromkeys(named)),
    )


def hours_of(*, duty: Duty) -> Hours:
    """Return when a duty falls."""
    return Hours(
        begins_on=duty.begins_on,
        from_minute=duty.from_minute,
        until_minute=duty.until_minute,
        weekdays=frozenset(duty.weekdays),
        until_on=duty.until_on,
    )


def cover(*, organisation_id: int, at: dt.datetime | None = None) -> Cover:
    """Return who of an organisation reads answers at a moment and until when, or who comes next."""
    at = at or clock.now()
    ahead = at + LOOK_AHEAD
    is_kept = Duty.objects.filter(Q(until_on=None) | Q(until_on__gt=timezone.localdate(at)))
    found = shifts(organisation_id=organisation_id, since=at, until=ahead)
    return cover_at(found, at=at, looked_until=ahead, is_kept=is_kept.filter(organisation=organisation_id).exists())


def on_duty(*, organisation_id: int, at: dt.datetime | None = None) -> list[Shift]:
    """Return the duties that go on at a moment, with who reads answers in each."""
    at = at or clock.now()
    return shifts(organisation_id=organisation_id, since=at, until=at + dt.timedelta(microseconds=1))


def _shift(duty: Duty, begins: dt.datetime, ends: dt.datetime) -> Shift:
    """Say who reads: whoever left or may read no answers any more is stood in for."""
    able = [one for one in (duty.officer, duty.stand_in) if one is not None and one.may(Permission.REPORT_READ)]
    return Shift(
        ref=duty.ref,
        begins=begins,
        ends=ends,
        officer=duty.officer.get_full_name(),
        reader=able[0].get_full_name() if able else "",
        stand_in=able[1].get_full_name() if able[1:] else "",
        team=duty.team.name if duty.team else "",
        is_weekly=bool(duty.weekdays),
    )


def fast_lane(*, officer: Officer) -> Sequence[Officer]:
    """Return the colleagues whose roles have the fast lane, trained for it or not, by name."""
    rows = Officer.objects.filter(organisation=officer.organisation_id, is_active=True).order_by("name", "pk")
    return [one for one in rows if one.may(Permission.ALERT_FAST)]


def readers(*, organisation_id: int) -> Sequence[Officer]:
    """Return the officers of an organisation who may read answers, by name: those whom a rota may name."""
    rows = Officer.objects.filter(organisation=organisation_id, is_active=True).order_by("name", "pk")
    return [one for one in rows if one.may(Permission.REPORT_READ)]


def colleagues(*, organisation_id: int, permission: Permission) -> list[Officer]:
    """Return the officers of an organisation who have a permission and are not shut out, by name."""
    rows = Officer.objects.filter(organisation=organisation_id, is_active=True).order_by("name", "pk")
    return [one for one in rows if one.may(permission)]


def teams(*, organisation_id: int) -> Sequence[Team]:
    """Return the teams of an organisation, by name."""
    return list(Team.objects.filter(organisation=organisation_id).order_by("name"))


def teams_of(*, officer: Officer) -> Sequence[Team]:
    """Return the teams that an officer is in, by name."""
    return list(Team.objects.filter(places__officer=officer).order_by("name"))
