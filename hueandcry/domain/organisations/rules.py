"""Who may do what: every permission and every role on one page. Pure."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from hueandcry.kit import phone
from hueandcry.kit.kinds import Kind


class OrganisationError(ValueError):
    """Something about officers or organisations that is refused, in words for a screen."""


class OrganisationKind(Kind):
    """What an organisation is."""

    FORCE = "force", "Police force"
    FIRE = "fire", "Fire and rescue service"
    COUNCIL = "council", "Town or parish council"
    COMMISSIONER = "commissioner", "Police and crime commissioner"
    PARTNER = "partner", "Other partner"
    NEIGHBOUR = "neighbour", "Neighbouring police force"


class Permission(Kind):
    """One thing that an officer may be allowed to do: `thing:verb`."""

    DESK_OPEN = "desk:open", "Open the desk"
    ALERT_READ = "alert:read", "Read alerts of all levels"
    ALERT_WRITE = "alert:write", "Draft alerts and send them for approval"
    ALERT_APPROVE = "alert:approve", "Approve and release what another officer wrote"
    ALERT_FAST = "alert:fast", "Release to few vetted members without a second officer"
    ALERT_END = "alert:end", "Pause, take back, correct, stand down and end alerts"
    ALERT_RULES = "alert:rules", "Say who must agree to an alert, and who is trained for the fast lane"
    ALERT_TEMPLATES = "alert:templates", "Keep the force's own templates of alerts"
    WARNING_GIVE = "warning:give", "Hand in a partner's warning, for an officer to read"
    ALERT_FIGURES = "alert:figures", "See how alerts went out, as numbers"
    REPORT_READ = "report:read", "Read what members answered"
    REPORT_WORK = "report:work", "Relay, answer and close reports"
    ROTA_WRITE = "rota:write", "Say who reads answers when"
    MEMBER_READ = "member:read", "See members and their schemes"
    MEMBER_WRITE = "member:write", "Sign members up and change what they agreed to"
    SCHEME_WRITE = "scheme:write", "Found, approve and close watch schemes, set their limits, read their messages first"
    MEMBER_VET = "member:vet", "Write down checks and say how far a member is checked"
    NETWORK_READ = "network:read", "See key individuals and what they say of their communities"
    NETWORK_WRITE = "network:write", "Keep key individual networks"
    MEMBER_IMPORT = "member:import", "Bring members over from another system"
    MEMBER_EXPORT = "member:export", "Take everything about members out, to leave with it"
    PLACE_READ = "place:read", "Look at areas and places"
    BARRIER_WRITE = "barrier:write", "Draw barriers that people do not cross, and take them away"
    COVERAGE_READ = "coverage:read", "See members against households, as numbers"
    SENDING_READ = "sending:read", "See how providers do, what waits to be sent, and what it costs"
    SENDING_HALT = "sending:halt", "Stop everything that goes out, and let it go again"
    SENDING_DECIDE = "sending:decide", "Say whether what was perhaps sent is sent again"
    SENDING_FUND = "sending:fund", "Set what an organisation or team may spend on messages in a month"
    RECORD_READ = "record:read", "Read the audit trail"
    OFFICER_WRITE = "officer:write", "Enrol officers and set their roles"


class Role(Kind):
    """What an officer is, for permissions."""

    CONSTABLE = "constable", "Neighbourhood officer"
    SERGEANT = "sergeant", "Supervisor"
    OPERATOR = "operator", "Control-room operator"
    ANALYST = "analyst", "Intelligence analyst"
    ENGAGEMENT = "engagement", "Engagement lead"
    INSPECTOR = "inspector", "Rural inspector"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"
    PARTNER = "partner", "Partner's officer"
    CLERK = "clerk", "Parish clerk"


_P = Permission
_DESK = frozenset({_P.DESK_OPEN, _P.PLACE_READ})
_KEEPER = frozenset({_P.NETWORK_READ, _P.NETWORK_WRITE})
_SENDER = frozenset({_P.SENDING_HALT, _P.SENDING_DECIDE})
_WRITER = _DESK | {
    _P.ALERT_READ,
    _P.ALERT_FIGURES,
    _P.ALERT_WRITE,
    _P.WARNING_GIVE,
    _P.ALERT_END,
    _P.REPORT_READ,
    _P.REPORT_WORK,
    _P.MEMBER_READ,
    _P.SENDING_READ,
}

MAY: dict[Role, frozenset[Permission]] = {
    Role.CONSTABLE: _WRITER | _KEEPER | {_P.COVERAGE_READ, _P.MEMBER_WRITE},
    Role.SERGEANT: _WRITER
    | _KEEPER
    | _SENDER
    | {
        _P.MEMBER_VET,
        _P.COVERAGE_READ,
        _P.MEMBER_WRITE,
        _P.SCHEME_WRITE,
        _P.ALERT_APPROVE,
        _P.ALERT_FAST,
        _P.ALERT_TEMPLATES,
        _P.ROTA_WRITE,
    },
    Role.OPERATOR: _WRITER | _SENDER | {_P.ALERT_FAST, _P.NETWORK_READ},
    Role.ANALYST: _DESK | {_P.ALERT_READ, _P.ALERT_FIGURES, _P.REPORT_READ, _P.COVERAGE_READ},
    Role.ENGAGEMENT: _DESK
    | _KEEPER
    | {
        _P.MEMBER_VET,
        _P.COVERAGE_READ,
        _P.ALERT_READ,
        _P.ALERT_FIGURES,
        _P.ALERT_WRITE,
        _P.WARNING_GIVE,
        _P.ALERT_TEMPLATES,
        _P.MEMBER_READ,
        _P.MEMBER_WRITE,
        _P.MEMBER_IMPORT,
        _P.SCHEME_WRITE,
        _P.BARRIER_WRITE,
        _P.SENDING_READ,
    },
    Role.INSPECTOR: _WRITER
    | _KEEPER
    | _SENDER
    | {
        _P.SENDING_FUND,
        _P.MEMBER_VET,
        _P.MEMBER_WRITE,
        _P.SCHEME_WRITE,
        _P.BARRIER_WRITE,
        _P.ALERT_APPROVE,
        _P.ALERT_FAST,
        _P.ALERT_RULES,
        _P.ALERT_TEMPLATES,
        _P.ROTA_WRITE,
        _P.RECORD_READ,
        _P.COVERAGE_READ,
    },
    Role.ADMINISTRATOR: _DESK
    | {
        _P.OFFICER_WRITE,
        _P.MEMBER_READ,
        _P.MEMBER_IMPORT,
        _P.MEMBER_EXPORT,
        _P.SENDING_READ,
        _P.SENDING_HALT,
        _P.SENDING_FUND,
    },
    Role.AUDITOR: _DESK | {_P.RECORD_READ, _P.ALERT_READ, _P.ALERT_FIGURES, _P.SENDING_READ},
    Role.PARTNER: _DESK
    | {_P.COVERAGE_READ, _P.ALERT_READ, _P.ALERT_FIGURES, _P.ALERT_WRITE, _P.WARNING_GIVE, _P.MEMBER_READ},
    Role.CLERK: _DESK,
}


def allowed(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return everything that these roles together may do."""
    return frozenset().union(*(MAY[role] for role in roles))


# Only the force has these: they read or rule what the whole force does (house, contract of one force an installation).
FORCE_ONLY = frozenset({Role.OPERATOR, Role.ANALYST, Role.INSPECTOR, Role.ADMINISTRATOR, Role.AUDITOR})
# And the force's own people are never these.
PARTNERS_ONLY = frozenset({Role.PARTNER, Role.CLERK})

# Permissions that change something; everything else only looks.
CHANGES = frozenset(
    {
        _P.ALERT_WRITE,
        _P.ALERT_APPROVE,
        _P.ALERT_FAST,
        _P.ALERT_END,
        _P.ALERT_RULES,
        _P.ALERT_TEMPLATES,
        _P.WARNING_GIVE,
        _P.REPORT_WORK,
        _P.ROTA_WRITE,
        _P.MEMBER_WRITE,
        _P.MEMBER_VET,
        _P.MEMBER_IMPORT,
        _P.NETWORK_WRITE,
        _P.SCHEME_WRITE,
        _P.BARRIER_WRITE,
        _P.SENDING_HALT,
        _P.SENDING_DECIDE,
        _P.SENDING_FUND,
        _P.OFFICER_WRITE,
    }
)

# What one person must never hold together: (role, permissions that a further role must not bring, why).
NEVER_TOGETHER: tuple[tuple[Role, frozenset[Permission], str], ...] = (
    (Role.AUDITOR, CHANGES, "An auditor looks at what others did, so must not be able to do it."),
    (
        Role.ADMINISTRATOR,
        frozenset({_P.ALERT_APPROVE, _P.ALERT_FAST, _P.ALERT_RULES, _P.RECORD_READ}),
        "Who gives out roles must not release alerts or judge the audit trail as well.",
    ),
    (Role.CLERK, CHANGES, "A parish clerk passes on what is public: give them another account for other work."),
)


def check_roles(*, kind: OrganisationKind, roles: frozenset[Role]) -> None:
    """Refuse roles that this kind of organisation does not have, or that one person must not hold together.

    Raises:
        OrganisationError: saying which role to leave out, and why.
    """
    wrong = roles & (PARTNERS_ONLY if kind == OrganisationKind.FORCE else FORCE_ONLY)
    if wrong:
        names = ", ".join(sorted(role.label for role in wrong))
        raise OrganisationError(f"Leave out {names}: a {kind.label.lower()} has no such role.")
    for role, forbidden, why in NEVER_TOGETHER:
        if role in roles and allowed(roles - {role}) & forbidden:
            raise OrganisationError(f"{why} Leave out {role.label} or the other roles.")


ADDRESS = re.compile(r"(?=.{3,254}\Z)[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+\Z")


def check_name(name: str, *, what: str, most: int = 120) -> str:
    """Return the name without needless spaces.

    Raises:
        OrganisationError: it is empty or too long.
    """
    name = " ".join(name.split())
    if not name:
        raise OrganisationError(f"Write a name for {what}.")
    if len(name) > most:
        raise OrganisationError(f"Shorten the name for {what} to {most} characters: it has {len(name)}.")
    return name


_CALL = re.compile(r"[0-9+() -]{3,30}\Z")


def check_hand_over(*, email: str, call: str) -> None:
    """Refuse ways of handing over to another force that nobody could use; either may be left out.

    Raises:
        OrganisationError: saying which, and how to write it.
    """
    if email and (not ADDRESS.match(email) or len(email) > 254):  # noqa: PLR2004 - RFC 5321
        raise OrganisationError("Write the other force's e-mail address in full, like control@example.org.")
    if call and not _CALL.match(call):
        raise OrganisationError("Write the other force's number in figures, like 101 or 01632 960123.")


def check_address(email: str) -> str:
    """Return an officer's e-mail address in small letters.

    Raises:
        OrganisationError: it cannot be one.
    """
    email = email.strip().lower()
    if not ADDRESS.match(email):
        raise OrganisationError("Write the officer's e-mail address in full, like name@example.org.")
    return email


def check_mobile(number: str) -> str:
    """Return an officer's mobile as we dial it, or nothing where none is given.

    Raises:
        OrganisationError: it is no number that takes texts.
    """
    if not number.strip():
        return ""
    try:
        dialled = phone.normalise(number)
    except phone.PhoneError as refusal:
        raise OrganisationError(str(refusal)) from None
    if phone.kind(dialled) != phone.PhoneKind.MOBILE:
        raise OrganisationError("Give a mobile: texts come to no other number.")
    return dialled


# What a program may be let into: it looks, and hands in what an officer reads first; it never sends or changes.
FOR_PROGRAMS = frozenset({_P.ALERT_FIGURES, _P.COVERAGE_READ, _P.PLACE_READ, _P.WARNING_GIVE})


def key_hash(token: str) -> bytes:
    """Return what is kept of a program's key: the key itself is shown once and kept nowhere."""
    return hashlib.sha256(token.encode()).digest()


def check_for_programs(permissions: frozenset[Permission]) -> None:
    """Refuse what no program may do.

    Raises:
        OrganisationError: nothing is asked for, or too much.
    """
    if not permissions:
        raise OrganisationError("Say what the key is for: it opens nothing else.")
    wrong = permissions - FOR_PROGRAMS
    if wrong:
        names = ", ".join(sorted(permission.value for permission in wrong))
        raise OrganisationError(f"A program may not have {names}: choose from {', '.join(sorted(FOR_PROGRAMS))}.")


# ---- the rota: who reads answers when (product.md beyond 4)

MINUTES_A_DAY = 24 * 60
LAST_WEEKDAY = 7
# Further ahead nobody plans; further back it is a slip of the pen.
FURTHEST_AHEAD = dt.timedelta(days=3 * 366)
FURTHEST_BACK = dt.timedelta(days=31)


@dataclass(frozen=True)
class Hours:
    """When a duty begins and ends by the clock on the wall: on which days, from when, until when.

    Attributes:
        weekdays: 1 is Monday; none is once, on `begins_on`.
        until_on: it begins no more from this day on.
        until_minute: not after `from_minute` is on the day after; the same is the whole day round.
    """

    begins_on: dt.date
    from_minute: int
    until_minute: int
    weekdays: frozenset[int] = frozenset()
    until_on: dt.date | None = None

    def falls_on(self, day: dt.date) -> bool:
        """Say whether it begins on this day."""
        if self.until_on is not None and day >= self.until_on:
            return False
        if not self.weekdays:
            return day == self.begins_on
        return day >= self.begins_on and day.isoweekday() in self.weekdays

    def on(self, day: dt.date, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
        """Return when it begins and ends on a day, in UTC: an hour shorter or longer where the clocks change.

        Of a time that the clocks show twice it begins at the first and ends at the second: a hand-over leaves no gap.
        """
        over_midnight = self.until_minute <= self.from_minute
        ends_on = day + dt.timedelta(days=1) if over_midnight else day
        begins, ends = _moment(day, self.from_minute, zone, 0), _moment(ends_on, self.until_minute, zone, 1)
        # What lies within an hour that is left out has no time at all.
        return begins, max(begins, ends)


def _moment(day: dt.date, minute: int, zone: dt.tzinfo, fold: int) -> dt.datetime:
    time = dt.time(minute // 60, minute % 60, tzinfo=zone, fold=fold)
    return dt.datetime.combine(day, time).astimezone(dt.UTC)


def check_hours(hours: Hours, *, today: dt.date) -> None:
    """Refuse hours that cannot be meant.

    Raises:
        OrganisationError: saying what to write instead.
    """
    minutes = (hours.from_minute, hours.until_minute)
    if any(not 0 <= minute < MINUTES_A_DAY for minute in minutes):
        raise OrganisationError("Write the times as on the clock, like 22:00 and 06:00.")
    if any(not 1 <= day <= LAST_WEEKDAY for day in hours.weekdays):
        raise OrganisationError("Choose the days from the list.")
    if not today - FURTHEST_BACK <= hours.begins_on <= today + FURTHEST_AHEAD:
        raise OrganisationError("Check the first day: it is too far away.")
    if hours.until_on is not None and hours.until_on <= hours.begins_on:
        raise OrganisationError("The last day comes before the first: check both.")


@dataclass(frozen=True)
class Shift:
    """One duty as it falls on one day.

    Attributes:
        ref: of the duty.
        reader: who reads the answers, rank and name: the officer, else who stands in; empty when neither can any more.
        stand_in: who is asked when the reader does not answer; empty when nobody is named.
    """

    ref: str
    begins: dt.datetime
    ends: dt.datetime
    officer: str
    reader: str
    stand_in: str = ""
    team: str = ""
    is_weekly: bool = False


@dataclass(frozen=True)
class Cover:
    """Whether somebody is there to read answers from a moment on.

    Attributes:
        names: who reads them at that moment, rank and name; empty when nobody does.
        until: when that ends without a gap; None when it goes on as far as was looked.
        next_at: when somebody begins next; None while somebody is there, or when nobody does as far as was looked.
        is_kept: a rota is kept at all.
    """

    names: tuple[str, ...] = ()
    until: dt.datetime | None = None
    next_at: dt.datetime | None = None
    is_kept: bool = True


def cover_at(shifts: Iterable[Shift], *, at: dt.datetime, looked_until: dt.datetime, is_kept: bool) -> Cover:
    """Return who is there at a moment and until when, or who comes next."""
    read = sorted((one for one in shifts if one.reader), key=lambda one: one.begins)
    now = [one for one in read if one.begins <= at < one.ends]
    if not now:
        return Cover(next_at=min((one.begins for one in read if one.begins > at), default=None), is_kept=is_kept)
    until = at
    for one in read:
        if one.begins <= until:
            until = max(until, one.ends)
    names = tuple(dict.fromkeys(one.reader for one in now))
    return Cover(names=names, until=until if until < looked_until else None, is_kept=is_kept)


def gaps(shifts: Iterable[Shift], *, since: dt.datetime, until: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return when nobody is there between two moments, in order."""
    found, at = [], since
    for one in sorted((one for one in shifts if one.reader), key=lambda one: one.begins):
        if one.begins >= until:
            break
        if one.begins > at:
            found.append((at, one.begins))
        at = max(at, one.ends)
    return [*found, (at, until)] if at < until else found
