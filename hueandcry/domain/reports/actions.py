"""Doing something about reports: opening, reading, relaying, closing."""

import datetime as dt

from django.db import transaction

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import asking
from hueandcry.domain.members.models import Member
from hueandcry.domain.messaging import actions as saying
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.messaging.rules import InboundLine, own_words
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import (
    ANSWERED_BY_ITSELF,
    SPOKEN,
    ReportError,
    State,
    check_open,
    check_outcome,
    check_told,
    read_answer,
)
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.integrity import until_ref_is_free

__all__ = [
    "ReportError",
    "ThinkAgainError",
    "close",
    "consult",
    "mark_read",
    "note_ending",
    "note_relay",
    "open_from_message",
    "open_missed",
    "reply",
    "write_down",
]


class ThinkAgainError(ReportError):
    """A reply that may go once the officer has read why it perhaps should not."""


# Nothing that somebody told us stays unread because a job failed: how far back is looked, and from when on.
LOOK_BACK = dt.timedelta(days=3)
LEAVE_TO_ITS_JOB = dt.timedelta(minutes=2)
TWICE = dt.timedelta(minutes=1)
NO_MESSAGE = "This was told to an officer, so there is no message to answer: ring them, or speak to them."
MAY_NOT = "You may read reports but not work on them: ask the control room or a neighbourhood officer."


@transaction.atomic
def open_from_message(*, inbound_ref: str) -> Report | None:
    """Open a report from a message, once; commands answered by the service open none. Logged as `report.opened`.

    Raises:
        NotHereError: there is no such message.
    """
    line = messaging.get_inbound(ref=inbound_ref)
    if line.command in ANSWERED_BY_ITSELF:
        return None
    read = _read(line)
    report, is_new = until_ref_is_free(
        lambda: Report.objects.get_or_create(inbound_ref=line.ref, defaults=read), constraint="reports_report_ref_key"
    )
    if is_new:
        log("report.opened", subject=report.subject, about=report.about, reading=report.reading, channel=report.channel)
    return report


@transaction.atomic
def write_down(*, officer: Officer, text: str, member: Member | None = None, place: str = "") -> Report:
    """Keep what an officer was told, by a member or by nobody whose name is kept; the clock starts now.

    It waits in the inbox like every answer, so that it is read, passed on and closed with an outcome; pressing twice
    within a minute keeps it once. Logged as `report.written_down`.

    Raises:
        ReportError: nothing or too much is said, or the officer may not work on reports.
        NotHereError: the member is not for this officer.
    """
    if not officer.may(Permission.REPORT_WORK):
        raise ReportError(MAY_NOT)
    text, place = check_told(text, place)
    if member is not None:
        members.get_member(officer=officer, ref=member.ref)
    Officer.objects.select_for_update(no_key=True).get(pk=officer.pk)  # two presses come one after the other
    now = clock.now()
    words = f"{text}\nWhere: {place}" if place else text
    said = Report.objects.filter(written_by=officer, member=member, words=words, received_at__gt=now - TWICE).first()
    if said is not None:
        return said
    extract = read_answer(f"{text} at {place}" if place else text)
    report = until_ref_is_free(
        lambda: Report.objects.create(
            written_by=officer,
            member=member,
            organisation=officer.organisation,
            channel=SPOKEN,
            words=words,
            received_at=now,
            reading=extract.reading,
            extract=extract.as_facts(),
        ),
        constraint="reports_report_ref_key",
    )
    log("report.written_down", subject=report.subject, actor=officer.as_actor(), reading=report.reading)
    return report


def open_missed() -> int:
    """Open a report for every answer of the last days that has none: its job was lost or failed; return how many."""
    now = clock.now()
    answers = messaging.answers_between(since=now - LOOK_BACK, until=now - LEAVE_TO_ITS_JOB)
    opened = set(Report.objects.filter(inbound_ref__in=answers).values_list("inbound_ref", flat=True))
    return sum(open_from_message(inbound_ref=ref) is not None for ref in answers if ref not in opened)


@transaction.atomic
def consult(*, report: Report, officer: Officer) -> None:
    """Note that an officer looked at one report. Logged as `report.consulted`."""
    log("report.consulted", subject=report.subject, actor=officer.as_actor())


@transaction.atomic
def mark_read(*, report: Report, officer: Officer) -> None:
    """Note who read a report first; one that is relayed or closed stays so. Logged as `report.read`.

    Raises:
        ReportError: the officer may look at reports but not work on them.
    """
    report = _locked(report, officer)
    if report.read_by_id is not None:
        return
    if report.state == State.NEW:
        report.state = State.READ
    report.read_by, report.read_at = officer, clock.now()
    report.save(update_fields=["state", "read_by", "read_at"])
    log("report.read", subject=report.subject, actor=officer.as_actor())


@transaction.atomic
def reply(*, report: Report, officer: Officer, text: str, heeded: bool = False) -> None:
    """Answer one person in their conversation, unless that would set them a task or ask them once too often.

    What they were asked about is kept, as a hash. Logged as `message.queued`, `member.asked` and `report.read`.

    Raises:
        ReportError: the officer may not, nothing or too much is said, it cannot go there, or the sentinel stops it.
        ThinkAgainError: they were asked about the same before, or others read what goes there, and the officer has not
            said that they read so.
    """
    if not officer.may(Permission.REPORT_WORK):
        raise ReportError(MAY_NOT)
    if report.inbound_ref is None:
        raise ReportError(NO_MESSAGE)
    line = messaging.get_inbound(ref=report.inbound_ref)
    thread = messaging.get_conversation(ref=line.conversation_ref)
    read = report.read_out
    known = (*(mark.normal for mark in read.plates if mark.whole), *read.grid_refs, *read.postcodes)
    try:
        # Sent first, for its locks come before those of members (ADR 13); what is stopped below takes it back.
        saying.reply(conversation_ref=line.conversation_ref, text=text, actor=officer.as_actor())
        asking.ask(
            member_id=line.member_id,
            text=text,
            officer=officer,
            known=known,
            heeded=heeded,
            channel=thread.channel,
            address=thread.address,
        )
    except asking.ThinkAgainError as warning:
        raise ThinkAgainError(str(warning)) from warning
    except (saying.MessagingError, asking.MemberError) as refusal:
        raise ReportError(str(refusal)) from refusal
    mark_read(report=report, officer=officer)


@transaction.atomic
def close(*, report: Report, officer: Officer, outcome: str) -> None:
    """Close a report with what came of it. Logged as `report.closed`.

    Raises:
        ReportError: it is closed already, the outcome is missing or too long, or the officer may not work on reports.
    """
    report = _locked(report, officer)
    check_open(State(report.state))
    now = clock.now()
    if report.read_by is None:
        report.read_by, report.read_at = officer, now
    report.state, report.closed_at, report.outcome = State.CLOSED, now, check_outcome(outcome)
    report.save(update_fields=["state", "closed_at", "outcome", "read_by", "read_at"])
    log("report.closed", subject=report.subject, actor=officer.as_actor(), about=report.about)


@transaction.atomic
def note_relay(*, report_ref: str, alert_ref: str) -> None:
    """Note that an alert was made from a report, once. Logged as `report.relayed`.

    Raises:
        NotHereError: there is no such report.
    """
    try:
        report = Report.objects.select_for_update().get(ref=report_ref)
    except Report.DoesNotExist:
        raise NotHereError(f"report:{report_ref}") from None
    alert = f"alert:{alert_ref}"
    if report.relayed_as == alert:
        return
    report.relayed_as = alert
    if report.state != State.CLOSED:
        report.state = State.RELAYED
    report.save(update_fields=["relayed_as", "state"])
    log("report.relayed", subject=report.subject, alert=alert)


@transaction.atomic
def note_ending(*, about: str, outcome: str) -> int:
    """Close every open report about what has ended; return how many. Logged once as `report.ended` with the count."""
    waiting = Report.objects.still_open().filter(about=about).order_by("pk").select_for_update()
    closed = Report.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(
        state=State.CLOSED, closed_at=clock.now(), outcome=check_outcome(outcome)
    )
    if closed:
        log("report.ended", subject=about, reports=closed)
    return closed


def _read(line: InboundLine) -> dict[str, object]:
    extract = read_answer(own_words(line.body, line.channel))
    return {
        "about": line.about,
        "member_id": line.member_id,
        "organisation_id": line.organisation_id,
        "channel": line.channel,
        "words": line.body,
        "received_at": line.received_at,
        "reading": extract.reading,
        "extract": extract.as_facts(),
    }


def _locked(report: Report, officer: Officer) -> Report:
    """Return the row, locked, for an officer who may work on it."""
    if not officer.may(Permission.REPORT_WORK):
        raise ReportError(MAY_NOT)
    try:
        return Report.objects.visible_to(officer).select_for_update().get(pk=report.pk)
    except Report.DoesNotExist:
        raise NotHereError(report.subject) from None
