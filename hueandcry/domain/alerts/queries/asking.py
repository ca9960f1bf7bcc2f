"""Who may approve what waits, who was asked when and by which ways, who has opened it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.models import Alert, Revision
from hueandcry.domain.alerts.queries import agreeing, versions
from hueandcry.domain.alerts.rules import RUNNING, State, Urgency, asking
from hueandcry.domain.alerts.rules.asking import PLANS, Plan, Stand, Told, Turn
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.queries.telling import Way, ways_of
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records import queries as records
from hueandcry.domain.records.rules import Line
from hueandcry.kit import clock

SUBMITTED, AGREED, WRITTEN = "alert.submitted", "alert.agreed", "alert.correction_written"
ASKED, OPENED, LEFT = "alert.asked", "alert.opened", "alert.left_waiting"


@dataclass(frozen=True)
class Wait:
    """What waits for a second officer: an alert, or a correction of one that is out.

    Attributes:
        author: who wrote it, and never approves it.
        began: the record with which it began to wait, or since which it waits for one more.
        lines: what was done about it since then, newest first.
    """

    alert: Alert
    author: Officer
    began: Line
    lines: tuple[Line, ...]
    is_correction: bool = False

    @property
    def plan(self) -> Plan:
        """Return how it is asked."""
        return PLANS[Urgency(self.alert.urgency)]

    @property
    def needs_more(self) -> bool:
        """Say whether another officer agreed already."""
        return self.began.event == AGREED

    def of(self, event: str) -> list[Line]:
        """Return what was done about it of this kind, newest first."""
        return [line for line in self.lines if line.event == event and line.facts.get("of") == self.began.id]

    def messages(self) -> list[str]:
        """Return the references of the messages that asked, oldest first."""
        return [_ref(line.facts.get("message")) for line in reversed(self.of(ASKED))]


def wait_of(*, alert: Alert) -> Wait | None:
    """Return what waits of an alert for a second officer; None where nothing does."""
    if alert.state == State.WAITING:
        return _wait(alert, alert.author, (SUBMITTED, AGREED))
    if alert.state in RUNNING and (correction := versions.waiting_correction(alert=alert)) is not None:
        return _wait(alert, correction.author, (WRITTEN,), is_correction=True)
    return None


def _wait(alert: Alert, author: Officer, begins: tuple[str, ...], *, is_correction: bool = False) -> Wait | None:
    lines = records.history(subject=f"alert:{alert.ref}")
    began = next((line for line in lines if line.event in begins), None)
    if began is None:
        return None
    since = tuple(line for line in lines if line.id > began.id)
    return Wait(alert, author, began, since, is_correction=is_correction)


def approvers(*, wait: Wait) -> list[Officer]:
    """Return the officers who may approve it now, by name: those whom the approval itself would not refuse."""
    alert = wait.alert
    able = organisations.colleagues(organisation_id=alert.organisation_id, permission=Permission.ALERT_APPROVE)
    able = [one for one in able if one.pk != wait.author.pk]
    if wait.is_correction:
        return able
    wrote = set(Revision.objects.filter(alert=alert).values_list("by", flat=True))
    agreed = {one.officer_id for one in agreeing.agreed_by(alert=alert, version=queries.version(alert=alert))}
    return [one for one in able if one.as_actor() not in wrote and one.pk not in agreed]


def turns(*, wait: Wait, able: Sequence[Officer]) -> dict[Turn, list[Officer]]:
    """Return whom of those who may approve it each turn has; a turn without anybody is left out."""
    crew = organisations.crew(organisation_id=wait.alert.organisation_id)
    each = {
        Turn.DUTY: [one for one in able if one in crew.officers],
        Turn.STAND_IN: [one for one in able if one in crew.stand_ins],
        Turn.ALL: list(able),
    }
    return {turn: officers for turn, officers in each.items() if officers}


def stand_of(*, wait: Wait, able: Sequence[Officer]) -> Stand:
    """Return how far the asking has come."""
    now, asked = clock.now(), wait.of(ASKED)
    may = {one.as_actor() for one in able}
    read = [line.at for line in wait.of(OPENED) if line.actor in may]
    ways = ways_of(message_refs=wait.messages()) if asked else []
    return Stand(
        done=int(str(asked[0].facts["step"])) if asked else -1,
        since=now - (asked[0].at if asked else wait.began.at),
        is_lost=bool(ways) and all(way.is_lost for way in ways),
        read=now - read[0] if read else None,
    )


def page_of(*, alert: Alert) -> str:
    """Return where an officer reads an alert: its page on the desk, behind the sign-in."""
    return f"{settings.SITE_ADDRESS.rstrip('/')}/desk/alerts/{alert.ref}/"


def told(*, alert: Alert, is_correction: bool = False) -> Told:
    """Return what may be said of an alert to an officer."""
    return Told(
        signs_as=alert.organisation.signs_as,
        ref=alert.ref,
        kind=alert.topic.name,
        urgency=Urgency(alert.urgency),
        link=page_of(alert=alert),
        is_drill=alert.is_drill,
        is_correction=is_correction,
    )


def ways_to(*, officers: Iterable[Officer], by_text: bool) -> list[tuple[Channel, str]]:
    """Return the ways by which officers are told: the text first, where it may and they gave a mobile."""
    found = []
    for officer in officers:
        if by_text and officer.mobile:
            found.append((Channel.SMS, officer.mobile))
        found.append((Channel.EMAIL, officer.email))
    return found


# ---------------------------------------------------------------- what the page shows of it


@dataclass(frozen=True)
class AskedStep:
    """Whom the program asked at one moment, and how.

    Attributes:
        lost: those of them to whom nothing came, by any way.
    """

    at: dt.datetime
    turn: Turn
    names: tuple[str, ...]
    ways: tuple[str, ...]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asking:
    """How the asking stands, as the page shows it.

    Attributes:
        since: it waits since then.
        opened: who of them opened it and when, newest first.
        next_at: when the next are asked; None where nobody is left to ask, or somebody reads it.
        is_left: everybody was asked, and nobody took it.
        nobody: there is no officer who may approve it.
        whom_to_ring: what to do then.
    """

    since: dt.datetime
    steps: tuple[AskedStep, ...]
    opened: tuple[tuple[str, dt.datetime], ...]
    next_at: dt.datetime | None
    is_left: bool
    nobody: bool
    whom_to_ring: str


def asking_of(*, alert: Alert) -> Asking | None:
    """Return who was asked to approve what waits of an alert, for its page; None where nothing waits or nobody is."""
    wait = wait_of(alert=alert) if settings.TELL_OFFICERS else None
    if wait is None:
        return None
    able = approvers(wait=wait)
    stand, asked, opened = stand_of(wait=wait, able=able), wait.of(ASKED)[::-1], wait.of(OPENED)
    names = organisations.names(actors=[*_actors(asked), *(line.actor for line in opened)])
    ways = ways_of(message_refs=wait.messages())
    addresses = {one.as_actor(): {one.email, one.mobile} for one in able}
    return Asking(
        since=wait.began.at,
        steps=tuple(_step(line, ways, names, addresses) for line in asked),
        opened=tuple((names.get(line.actor, line.actor), line.at) for line in opened),
        next_at=_next(wait, stand) if asked or (able and Turn.DUTY not in turns(wait=wait, able=able)) else None,
        is_left=any(not line.facts.get("nobody") for line in wait.of(LEFT)),
        nobody=not able,
        whom_to_ring=asking.whom_to_ring(settings.CONTROL_ROOM_NUMBER),
    )


def _next(wait: Wait, stand: Stand) -> dt.datetime | None:
    """Return when the next are asked; at night the morning, where it can wait for that."""
    step, now = stand.done + 1, clock.now()
    if step >= len(wait.plan.steps) or asking.is_read(wait.plan, stand):
        return None
    due = timezone.localtime(max(now, now - stand.since + wait.plan.steps[step].after))
    return asking.hour_from(Urgency(wait.alert.urgency), due)


def _step(line: Line, ways: Sequence[Way], names: dict[str, str], addresses: dict[str, set[str]]) -> AskedStep:
    sent = [way for way in ways if way.message == _ref(line.facts.get("message"))]
    came = {way.address for way in sent if not way.is_lost}
    actors = _actors([line])
    lost = [one for one in actors if sent and one in addresses and not addresses[one] & came]
    return AskedStep(
        at=line.at,
        turn=Turn(str(line.facts["turn"])),
        names=tuple(names.get(one, one) for one in actors),
        ways=tuple(dict.fromkeys(Channel(way.channel).label.lower() for way in sent)),
        lost=tuple(names.get(one, one) for one in lost),
    )


def _actors(lines: Iterable[Line]) -> list[str]:
    found = (line.facts.get("officers") for line in lines)
    return [str(one) for each in found if isinstance(each, list) for one in each]


def _ref(message: object) -> str:
    return str(message).removeprefix("message:")
