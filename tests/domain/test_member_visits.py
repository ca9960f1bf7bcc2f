"""Calls at doors: once each, hidden while nobody is in, seen by colleagues, asked again only after a year."""

import datetime as dt
import uuid

import pytest
import time_machine

from hueandcry.domain.members.actions import visits
from hueandcry.domain.members.models import Visit
from hueandcry.domain.members.queries.visits import postcode_here, street
from hueandcry.domain.members.rules import VisitState
from hueandcry.domain.members.rules.doorstep import Sent, Spot
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import doorstep as given

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SUMMER = dt.datetime(2026, 7, 15, 11, tzinfo=dt.UTC)  # noon by the clock on the wall


@pytest.fixture
def amos() -> Officer:
    builders.force()
    return cast.amos()


def call(
    officer: Officer, door: str, state: VisitState, *, key: uuid.UUID | None = None, code: str = "QD1 1AA"
) -> bool:
    sent = Sent(key or uuid.uuid4(), clock.now(), clock.now())
    return visits.call(officer=officer, sent=sent, state=state, postcode=code, door=door)


def seen(officer: Officer, code: str = "qd1 1aa") -> list[tuple[str, str]]:
    return [(line.door, line.state.value) for line in street(officer=officer, postcode=code)]


@pytest.mark.parametrize(
    ("day", "opens"), [(NOON, NOON.replace(hour=18)), (SUMMER, SUMMER.replace(hour=17))], ids=["GMT", "BST"]
)
def test_who_was_not_in_is_on_nobodys_list_until_six(amos: Officer, day: dt.datetime, opens: dt.datetime) -> None:
    birch = cast.birch()
    with time_machine.travel(day, tick=False):
        call(amos, "3", VisitState.NOT_IN)
        call(amos, "4", VisitState.VISITED)
    before, after = opens - dt.timedelta(seconds=1), opens

    for moment, there in ((day, [("4", "visited")]), (before, [("4", "visited")])):
        with time_machine.travel(moment, tick=False):
            assert seen(amos) == seen(birch) == there
    with time_machine.travel(after, tick=False):
        assert seen(amos) == seen(birch) == [("3", "not_in"), ("4", "visited")]


def test_a_colleagues_name_stands_beside_a_visit_for_half_an_hour(amos: Officer) -> None:
    birch = cast.birch()
    with time_machine.travel(NOON, tick=False):
        call(birch, "4", VisitState.VISITED)
    for minutes, name in ((29, "Sergeant Birch"), (30, "")):
        with time_machine.travel(NOON + dt.timedelta(minutes=minutes), tick=False):
            assert street(officer=amos, postcode="QD1 1AA")[0].by == name
            assert street(officer=birch, postcode="QD1 1AA")[0].by == ""


def test_a_door_that_declined_stays_so_for_a_year_whoever_calls_in_vain(amos: Officer) -> None:
    with time_machine.travel(NOON, tick=False):
        call(amos, "Rose Cottage", VisitState.DECLINED)
    with time_machine.travel(NOON + dt.timedelta(days=2), tick=False):
        call(amos, "rose  cottage", VisitState.NOT_IN)
        call(amos, "2", VisitState.DECLINED)
    with time_machine.travel(NOON + dt.timedelta(days=364), tick=False):
        lines = street(officer=amos, postcode="QD1 1AA")
        assert [(line.door, line.state) for line in lines] == [("2", "declined"), ("Rose Cottage", "declined")]
        assert lines[1].until == NOON + dt.timedelta(days=365)
    with time_machine.travel(NOON + dt.timedelta(days=366), tick=False):
        assert seen(amos) == [("2", "declined")]


def test_a_household_that_registers_after_all_is_registered(amos: Officer) -> None:
    with time_machine.travel(NOON, tick=False):
        call(amos, "7", VisitState.DECLINED)
        Visit.objects.create(
            key=uuid.uuid4(),
            officer=amos,
            organisation=amos.organisation,
            postcode="QD11AA",
            door="7",
            state="registered",
            at=NOON,
        )
        assert seen(amos) == [("7", "registered")]


def test_doors_are_sorted_as_people_count(amos: Officer) -> None:
    for door in ("10", "2a", "Mill House", "1", "2"):
        call(amos, door, VisitState.VISITED)
    call(amos, "5", VisitState.VISITED, code="QD2 2BB")

    assert [door for door, _ in seen(amos)] == ["1", "2", "2a", "10", "Mill House"]


def test_the_doors_round_the_phone_are_found(amos: Officer) -> None:
    given.street("QD11AA", at=(2.5, 54.5))
    given.street("QD22BB", at=(2.502, 54.5))
    given.street("QD33DD", at=(2.6, 54.5))
    for code in ("QD1 1AA", "QD2 2BB", "QD3 3DD"):
        call(amos, "1", VisitState.VISITED, code=code)

    assert {line.postcode for line in street(officer=amos, here=Point(2.501, 54.5))} == {"QD11AA", "QD22BB"}
    assert street(officer=amos) == []
    assert postcode_here(officer=amos, here=Point(2.5014, 54.5)) == "QD22BB"
    assert postcode_here(officer=amos, here=Point(2.55, 54.5)) == ""
    assert postcode_here(officer=cast.grey(), here=Point(2.5, 54.5)) == ""


def test_one_visit_counts_once_however_often_it_is_sent(amos: Officer) -> None:
    key = uuid.uuid4()

    assert [call(amos, "3", VisitState.VISITED, key=key) for _ in range(3)] == [True, False, False]
    assert Visit.objects.count() == Record.objects.filter(event="door.called").count() == 1


def test_a_phone_clock_wrong_by_a_day_hides_the_door_until_the_right_evening(amos: Officer) -> None:
    with time_machine.travel(NOON, tick=False):
        wrong = clock.now() + dt.timedelta(days=1)
        sent = Sent(uuid.uuid4(), wrong - dt.timedelta(hours=1), wrong)
        here = Spot(Point(2.5, 54.5), 9)
        visits.call(officer=amos, sent=sent, state=VisitState.NOT_IN, postcode="QD11AA", door="3", here=here)

    visit = Visit.objects.get()
    assert visit.at == NOON - dt.timedelta(hours=1)
    assert visit.hidden_until == NOON.replace(hour=18)


@pytest.mark.parametrize(
    ("door", "code", "state", "says"),
    [
        (" ", "QD1 1AA", VisitState.VISITED, "number or name"),
        ("3", "rubbish", VisitState.VISITED, "not a postcode"),
        ("3", "QD1 1AA", VisitState.REGISTERED, "signing the household up"),
    ],
)
def test_a_bad_visit_is_refused(amos: Officer, door: str, code: str, state: VisitState, says: str) -> None:
    with pytest.raises(visits.MemberError, match=says):
        call(amos, door, state, code=code)


def test_strangers_and_partners_see_and_write_nothing(amos: Officer) -> None:
    call(amos, "4", VisitState.VISITED)
    ember = builders.officer(Role.CONSTABLE, name="Ember", organisation=builders.partner())

    for officer in (cast.grey(), cast.frost(), cast.cole()):
        assert seen(officer) == []
        with pytest.raises(visits.MemberError, match="Sign in"):
            call(officer, "5", VisitState.VISITED)
    assert seen(ember) == []
    assert Visit.objects.count() == 1
