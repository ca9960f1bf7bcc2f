"""Asking officers to approve what waits, turn by turn, and telling its author what became of it.

The records say who was asked when: doing anything of this twice adds nothing, and a minute later it goes on by itself
wherever it was stopped.
"""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hueandcry.domain.alerts.models import Alert, Correction
from hueandcry.domain.alerts.queries import asking as asked
from hueandcry.domain.alerts.queries.asking import ASKED, LEFT, OPENED, Wait
from hueandcry.domain.alerts.rules import RUNNING, State, Urgency, asking
from hueandcry.domain.alerts.rules.asking import Turn
from hueandcry.domain.alerts.rules.kinds import CorrectionState
from hueandcry.domain.messaging.actions import telling
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.rules import Words
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.records import queries as records
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import Line
from hueandcry.kit import clock

TOLD = "alert.author_told"
# After that it says nothing any more that the page does not say better.
GOOD_FOR = dt.timedelta(hours=1)
GOOD_FOR_AUTHORS = dt.timedelta(days=1)


@transaction.atomic
def ask(*, alert_ref: str) -> int:
    """Ask whoever is due to be asked to approve what waits of an alert; return how many officers.

    Logged as `alert.asked` with who and by which message; as `alert.left_waiting`, once, when everybody was asked and
    nobody took it, or nobody may approve it at all: its author is told then.
    """
    alert = _locked(alert_ref) if settings.TELL_OFFICERS else None
    wait = asked.wait_of(alert=alert) if alert is not None else None
    if wait is None or _is_over(wait):
        return 0
    able = asked.approvers(wait=wait)
    if not able:
        _leave(wait, "waits, and nobody here may approve it but you, who wrote it.", nobody=True)
        return 0
    stand = asked.stand_of(wait=wait, able=able)
    if asking.is_left(wait.plan, stand):
        _leave(wait, "still waits: everybody who may approve it was asked, and nobody took it.", nobody=False)
        return 0
    turns = asked.turns(wait=wait, able=able)
    due = asking.step_due(wait.plan, stand)
    step = asking.filled(wait.plan, due, turns) if due is not None else None
    if step is None:
        return 0
    turn = wait.plan.steps[step].turn
    urgency = Urgency(wait.alert.urgency)
    if turn != Turn.DUTY and not asking.is_hour(urgency, timezone.localtime(clock.now())):
        return 0  # whoever is at home is left alone till the morning; a minute later it is looked at again
    return _ask(wait, step, turns[turn])


def ask_on() -> int:
    """Go on asking about everything that waits for a second officer; return how many officers were asked."""
    corrections = Correction.objects.filter(state=CorrectionState.WAITING, alert__state__in=RUNNING)
    waiting = Alert.objects.filter(state=State.WAITING).order_by("id").values_list("ref", flat=True)
    refs = [*waiting, *corrections.order_by("id").values_list("alert__ref", flat=True)]
    return sum(ask(alert_ref=ref) for ref in refs)


@transaction.atomic
def note_opening(*, alert: Alert, officer: Officer) -> None:
    """Note that an officer who may approve it opened what waits, once. Logged as `alert.opened`.

    The next are asked a little later then, for somebody reads it.
    """
    wait = asked.wait_of(alert=alert)
    if wait is None or any(line.actor == officer.as_actor() for line in wait.of(OPENED)):
        return
    if officer in asked.approvers(wait=wait):
        log("alert.opened", subject=f"alert:{alert.ref}", actor=officer.as_actor(), of=wait.began.id)


def stop_asking(*, alert: Alert) -> None:
    """Take back what is not sent yet of the asking about a locked alert: it waits no more."""
    lines = records.latest(subject=f"alert:{alert.ref}", event=ASKED)
    refs = [str(line.facts["message"]).removeprefix("message:") for line in lines]
    if refs:
        telling.take_back(message_refs=refs)


# What its author hears, when somebody else did it.
HAPPENED = {
    "alert.released": "was approved and is going out.",
    "alert.approved": "was approved: release it when you want to.",
    "alert.sent_back": "was sent back to you, with a reason: read it and change it.",
    "alert.corrected": "was agreed to: everybody whom the alert reached is being told.",
    "alert.correction_dropped": "was not made.",
}


@transaction.atomic
def tell_author(*, record: int) -> bool:
    """Tell whoever wrote it that another officer decided; False where they know, or were told.

    Logged as `alert.author_told`, with the record that it is about.

    Raises:
        NotHereError: there is no such record.
    """
    line = records.get_line(record=record)
    alert = _locked(line.subject.removeprefix("alert:")) if settings.TELL_OFFICERS else None
    author = _author_of(alert, line) if alert is not None else None
    if alert is None or author is None or line.actor == author.as_actor() or not line.actor.startswith("officer:"):
        return False
    if any(one.facts.get("of") == line.id for one in records.latest(subject=line.subject, event=TOLD)):
        return False
    is_correction = "correct" in line.event
    _tell(alert, author, _happened(line), of=line, is_correction=is_correction)
    return True


def _happened(line: Line) -> str:
    if line.event != "alert.scheduled":
        return HAPPENED[line.event]
    goes_at = timezone.localtime(dt.datetime.fromisoformat(str(line.facts["goes_at"])))
    return f"was approved and goes out by itself on {goes_at:%A %-d %B at %H:%M}."


def _author_of(alert: Alert, line: Line) -> Officer | None:
    """Return who waits to hear of it: of a correction whoever wrote that, if it was another officer who agreed."""
    if "correct" not in line.event:
        return alert.author
    decided = Correction.objects.filter(alert=alert, decided_at__lte=line.at).select_related("author")
    correction = decided.order_by("-decided_at", "-id").first()
    return correction.author if correction else None


def _locked(ref: str) -> Alert | None:
    rows = Alert.objects.select_for_update(of=("self",)).select_related("organisation", "topic", "author")
    return rows.filter(ref=ref).first()


def _is_over(wait: Wait) -> bool:
    """Say whether nobody need approve it any more: its time is over."""
    return wait.alert.expires_at is not None and wait.alert.expires_at <= clock.now()


def _ask(wait: Wait, step: int, officers: list[Officer]) -> int:
    alert = wait.alert
    words = asking.ask_words(
        asked.told(alert=alert, is_correction=wait.is_correction),
        waits_since=f"{timezone.localtime(wait.began.at):%H:%M, %A %-d %B}",
        more=wait.needs_more,
    )
    message = telling.tell(
        about=f"alert:{alert.ref}",
        organisation_id=alert.organisation_id,
        words=words,
        ways=asked.ways_to(officers=officers, by_text=wait.plan.by_text),
        is_urgent=alert.urgency == Urgency.NOW,
        is_drill=alert.is_drill,
        good_for=GOOD_FOR,
    )
    log(
        "alert.asked",
        subject=f"alert:{alert.ref}",
        of=wait.began.id,
        step=step,
        turn=wait.plan.steps[step].turn.value,
        officers=[one.as_actor() for one in officers],
        message=f"message:{message.ref}",
    )
    return len(officers)


def _leave(wait: Wait, happened: str, *, nobody: bool) -> None:
    """Tell the author, once, that it lies, and what to do."""
    if any(line.facts.get("nobody") == nobody for line in wait.of(LEFT)):
        return
    log("alert.left_waiting", subject=f"alert:{wait.alert.ref}", of=wait.began.id, nobody=nobody)
    said = f"{happened} {asking.whom_to_ring(settings.CONTROL_ROOM_NUMBER)}"
    _tell(wait.alert, wait.author, said, of=wait.began, is_correction=wait.is_correction)


def tell_officers(*, alert: Alert, officers: Iterable[Officer], words: Words) -> Message:
    """Tell officers what became of an alert of theirs: by text too where it is that urgent and not the night's rest."""
    urgency = Urgency(alert.urgency)
    by_text = asking.PLANS[urgency].by_text and asking.is_hour(urgency, timezone.localtime(clock.now()))
    return telling.tell(
        about=f"alert:{alert.ref}",
        organisation_id=alert.organisation_id,
        words=words,
        ways=asked.ways_to(officers=officers, by_text=by_text),
        is_urgent=urgency == Urgency.NOW,
        is_drill=alert.is_drill,
        good_for=GOOD_FOR_AUTHORS,
    )


def _tell(alert: Alert, author: Officer, happened: str, *, of: Line, is_correction: bool) -> None:
    if not author.is_active:
        return
    words = asking.author_words(asked.told(alert=alert, is_correction=is_correction), happened=happened)
    message = tell_officers(alert=alert, officers=[author], words=words)
    log("alert.author_told", subject=f"alert:{alert.ref}", of=of.id, message=f"message:{message.ref}")
