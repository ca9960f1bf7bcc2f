"""What officers do with reports: look, read, close; and what an alert does to them: relay, ending."""

import pytest

from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.actions import log
from hueandcry.domain.reports import actions, jobs
from hueandcry.domain.reports.actions import ReportError
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import State
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain.reporting import ABOUT, records, told

pytestmark = pytest.mark.django_db


def now_of(report: Report) -> Report:
    return Report.objects.get(pk=report.pk)


def test_reading_takes_a_report_out_of_the_queue_once() -> None:
    report, noise, amos, oakes = told(), told(), cast.amos(), cast.oakes()

    actions.mark_read(report=report, officer=amos)
    actions.mark_read(report=report, officer=oakes)

    assert (now_of(report).state, now_of(report).read_by) == (State.READ, amos)
    assert now_of(report).read_at is not None
    assert now_of(noise).state == State.NEW
    assert [record.actor for record in records("report.read")] == [amos.as_actor()]


def test_an_analyst_may_look_but_not_take_a_report_out_of_the_queue() -> None:
    report, cole = told(), cast.cole()

    with pytest.raises(ReportError, match="not work on them"):
        actions.mark_read(report=report, officer=cole)
    with pytest.raises(ReportError, match="not work on them"):
        actions.close(report=report, officer=cole, outcome="Done")

    assert now_of(report).state == State.NEW


def test_looking_is_logged_each_time() -> None:
    report, cole = told(), cast.cole()

    actions.consult(report=report, officer=cole)
    actions.consult(report=report, officer=cole)

    assert [(record.subject, record.actor) for record in records("report.consulted")] == [
        (f"report:{report.ref}", cole.as_actor())
    ] * 2


def test_closing_keeps_the_outcome_out_of_the_trail() -> None:
    report, amos = told(), cast.amos()

    actions.close(report=report, officer=amos, outcome="  Stopped  and fined ")

    assert (now_of(report).state, now_of(report).outcome) == (State.CLOSED, "Stopped and fined")
    assert now_of(report).closed_at is not None
    assert now_of(report).read_by == amos
    assert [record.facts for record in records("report.closed")] == [{"about": ABOUT}]


def test_closing_needs_an_outcome_and_an_open_report() -> None:
    report, amos = told(), cast.amos()

    with pytest.raises(ReportError, match="few words"):
        actions.close(report=report, officer=amos, outcome=" ")
    actions.close(report=report, officer=amos, outcome="Done")
    with pytest.raises(ReportError, match="closed already"):
        actions.close(report=report, officer=amos, outcome="Done")

    assert len(records("report.closed")) == 1


def test_another_organisations_report_is_not_there_to_be_worked_on() -> None:
    report = told()
    constable = builders.officer(Role.CONSTABLE, organisation=builders.partner())

    with pytest.raises(NotHereError):
        actions.close(report=report, officer=constable, outcome="Done")
    with pytest.raises(NotHereError):
        actions.mark_read(report=report, officer=constable)


def test_a_relay_is_noted_once() -> None:
    report, noise = told(), told()
    record = log("alert.relayed", subject="alert:NEW234", report=f"report:{report.ref}")

    jobs.note_relay(subject="alert:NEW234", record=record.pk)
    jobs.note_relay(subject="alert:NEW234", record=record.pk)

    assert (now_of(report).state, now_of(report).relayed_as) == (State.RELAYED, "alert:NEW234")
    assert (now_of(noise).state, now_of(noise).relayed_as) == (State.NEW, "")
    assert [(line.subject, line.facts) for line in records("report.relayed")] == [
        (f"report:{report.ref}", {"alert": "alert:NEW234"})
    ]


def test_a_relay_of_a_closed_report_leaves_it_closed() -> None:
    report = told(state=State.CLOSED)

    actions.note_relay(report_ref=report.ref, alert_ref="NEW234")

    assert (now_of(report).state, now_of(report).relayed_as) == (State.CLOSED, "alert:NEW234")


def test_a_relay_that_names_no_report_changes_none() -> None:
    report = told()
    record = log("alert.relayed", subject="alert:NEW234")

    jobs.note_relay(subject="alert:NEW234", record=record.pk)

    assert now_of(report).relayed_as == ""


def test_a_relay_of_nothing_is_not_here() -> None:
    with pytest.raises(NotHereError):
        actions.note_relay(report_ref="NOTTHERE", alert_ref="NEW234")


def test_an_ending_closes_every_open_report_about_it_and_is_logged_once() -> None:
    answers = [told(), told("no", state=State.READ), told(state=State.RELAYED)]
    closed, other = told(state=State.CLOSED), told(about="alert:OTHER2")
    Report.objects.filter(pk=closed.pk).update(outcome="Was closed before")
    record = log("alert.ended", subject=ABOUT)

    jobs.note_ending(subject=ABOUT, record=record.pk)
    jobs.note_ending(subject=ABOUT, record=record.pk)

    assert {(now_of(report).state, now_of(report).outcome) for report in answers} == {(State.CLOSED, jobs.TOLD)}
    assert now_of(closed).outcome == "Was closed before"
    assert now_of(other).state == State.NEW
    assert [(line.subject, line.facts) for line in records("report.ended")] == [(ABOUT, {"reports": 3})]
