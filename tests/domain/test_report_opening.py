"""A message becomes a report, once."""

import datetime as dt
import json

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.reports import actions, jobs
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import Reading, State
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain.reporting import ABOUT, message, records, told

pytestmark = pytest.mark.django_db


def test_an_answer_becomes_a_report_with_its_words_untouched() -> None:
    dell = cast.dell()
    inbound = message("  Grey hilux AO5I BCD \n heading north ", member=dell)
    message("nothing here")

    report = actions.open_from_message(inbound_ref=inbound.ref)

    assert report is not None
    report.refresh_from_db()
    assert report.words == "  Grey hilux AO5I BCD \n heading north "
    assert (report.about, report.member, report.organisation, report.channel) == (ABOUT, dell, builders.force(), "sms")
    assert (report.state, report.reading, report.received_at) == (State.NEW, Reading.SIGHTING, inbound.received_at)
    assert [plate.normal for plate in report.read_out.plates] == ["AO51BCD"]
    assert report.read_out.direction == "north"
    assert Report.objects.count() == 1


def test_opening_is_logged_with_references_and_no_words() -> None:
    report = told("Grey hilux AO51 BCD")

    (record,) = records("report.opened")
    assert (record.subject, record.actor) == (f"report:{report.ref}", "system:program")
    assert record.facts == {"about": ABOUT, "reading": "sighting", "channel": "sms"}
    assert "AO51" not in json.dumps(record.facts)


def test_the_same_message_told_twice_is_one_report() -> None:
    inbound = message("seen it")

    first = actions.open_from_message(inbound_ref=inbound.ref)
    second = actions.open_from_message(inbound_ref=inbound.ref)

    assert first == second
    assert Report.objects.count() == 1
    assert len(records("report.opened")) == 1


@pytest.mark.parametrize("words", ["STOP", "stop all", "START", "HELP", "WHO"])
def test_commands_open_no_report(words: str) -> None:
    assert actions.open_from_message(inbound_ref=message(words).ref) is None
    assert Report.objects.count() == 0
    assert records("report.opened") == []


@pytest.mark.parametrize("words", ["please stop texting me", "Stop them, white van heading for Holt!", "HELP!", "YES"])
def test_what_only_looks_like_a_command_is_read_by_a_person(words: str) -> None:
    assert actions.open_from_message(inbound_ref=message(words).ref) is not None


def test_a_message_that_is_not_there_is_not_here() -> None:
    with pytest.raises(NotHereError):
        actions.open_from_message(inbound_ref="NOTTHERE")


def test_a_message_out_of_the_blue_is_for_the_force() -> None:
    builders.partner()

    report = told("two men lamping", about="", channel=Channel.EMAIL)

    assert (report.about, report.organisation) == ("", builders.force())


def test_the_job_opens_the_report_and_may_run_twice() -> None:
    inbound = message("seen it")

    jobs.open_from_message(subject=f"inbound:{inbound.ref}", record=1)
    jobs.open_from_message(subject=f"inbound:{inbound.ref}", record=1)

    assert Report.objects.get().inbound_ref == inbound.ref


def test_opening_a_report_leaves_no_words_in_the_queue() -> None:
    told("Grey hilux AO51 BCD")

    assert "AO51" not in json.dumps(list(ProcrastinateJob.objects.values_list("args", flat=True)))


def test_an_answer_whose_job_failed_is_opened_all_the_same() -> None:
    minutes_ago = {minutes: clock.now() - dt.timedelta(minutes=minutes) for minutes in (1, 5, 60, 4 * 24 * 60)}
    lost = message("men with a gun", received_at=minutes_ago[5])
    told("seen it", minutes_ago=60)
    message("too fresh: its own job comes", received_at=minutes_ago[1])
    message("STOP", received_at=minutes_ago[60])
    message("long ago", received_at=minutes_ago[4 * 24 * 60])

    assert actions.open_missed() == 1
    assert actions.open_missed() == 0

    assert Report.objects.get(inbound_ref=lost.ref).reading == Reading.DANGER
    assert Report.objects.count() == 2
