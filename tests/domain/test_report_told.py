"""What an officer was told in person waits in the inbox like every answer."""

import datetime as dt
import json

import pytest
import time_machine

from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.reports import actions, queries
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import Reading, State
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain.reporting import records, told

pytestmark = pytest.mark.django_db

SEEN = "Grey Navara AB12 CDE with three men, heading north"


def test_what_was_told_waits_in_the_inbox_with_the_clock_at_receipt() -> None:
    dell, amos = cast.dell(), cast.amos()
    told("White van", minutes_ago=5)

    report = actions.write_down(officer=amos, text=f"  {SEEN}\n", member=dell, place=" TL 123 456 ")

    assert (report.words, report.member, report.written_by) == (f"{SEEN}\nWhere: TL 123 456", dell, amos)
    assert (report.state, report.reading, report.organisation) == (State.NEW, Reading.SIGHTING, amos.organisation)
    assert abs(report.received_at - clock.now()) < dt.timedelta(minutes=1)
    assert [plate.normal for plate in report.read_out.plates] == ["AB12CDE"]
    assert report.read_out.grid_refs
    assert report in queries.inbox(officer=cast.oakes())


def test_it_is_logged_with_references_and_no_words() -> None:
    amos = cast.amos()

    report = actions.write_down(officer=amos, text=SEEN)

    (record,) = records("report.written_down")
    assert (record.subject, record.actor) == (report.subject, amos.as_actor())
    assert "AB12" not in json.dumps(record.facts)


def test_no_name_is_needed_and_two_of_them_stand_side_by_side() -> None:
    amos = cast.amos()

    first = actions.write_down(officer=amos, text="Grey van seen")
    second = actions.write_down(officer=amos, text="Lights in the quarry")

    assert (first.member, second.member) == (None, None)
    assert Report.objects.filter(inbound_ref=None).count() == 2


def test_two_presses_are_one_and_the_same_words_next_day_are_another() -> None:
    amos = cast.amos()

    first = actions.write_down(officer=amos, text=SEEN)
    again = actions.write_down(officer=amos, text=SEEN)
    with time_machine.travel(clock.now() + dt.timedelta(days=1)):
        next_day = actions.write_down(officer=amos, text=SEEN)

    assert first == again
    assert next_day != first


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [(" \x00 ", "", "Write down what"), ("x" * 2_001, "", "at most 2000"), ("Seen", "y" * 121, "at most 120")],
)
def test_nothing_or_too_much_is_refused_in_words(text: str, place: str, words: str) -> None:
    with pytest.raises(actions.ReportError, match=words):
        actions.write_down(officer=cast.amos(), text=text, place=place)

    assert not Report.objects.exists()


def test_a_stranger_a_reader_and_a_partner_write_nothing_down() -> None:
    for officer in (cast.grey(), cast.cole(), cast.frost()):
        with pytest.raises(actions.ReportError, match="not work on them"):
            actions.write_down(officer=officer, text=SEEN)

    assert not Report.objects.exists()


def test_a_member_whom_the_officer_may_not_see_is_not_there() -> None:
    stranger = builders.officer(Role.CONSTABLE, organisation=builders.partner())
    dell = builders.member()

    with pytest.raises((NotHereError, actions.ReportError)):
        actions.write_down(officer=stranger, text=SEEN, member=dell)

    assert not Report.objects.exists()


def test_there_is_no_message_to_answer_and_the_rest_of_its_life_is_the_same() -> None:
    amos = cast.amos()
    report = actions.write_down(officer=amos, text=SEEN)

    with pytest.raises(actions.ReportError, match="no message to answer"):
        actions.reply(report=report, officer=amos, text="Thank you")
    actions.mark_read(report=report, officer=amos)
    actions.close(report=report, officer=amos, outcome="Patrol went")

    report.refresh_from_db()
    assert report.state == State.CLOSED
