"""Who sees which report, in which order, and what may be passed on."""

import itertools

import pytest

from hueandcry.domain.members.rules import Channel, Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.models import Place
from hueandcry.domain.places.rules import PlaceKind
from hueandcry.domain.reports import queries
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import Reading, State
from hueandcry.kit import grid
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from hueandcry.kit.text import fold
from tests import builders, cast
from tests.domain.reporting import ABOUT, told

pytestmark = pytest.mark.django_db


def test_danger_comes_first_then_the_longest_waiting_then_what_was_read() -> None:
    late_danger = told("he has a gun", minutes_ago=1)
    newest, oldest = told("seen it", minutes_ago=2), told("no", minutes_ago=30)
    read_late, read_early = told(minutes_ago=40, state=State.READ), told(minutes_ago=60, state=State.CLOSED)
    danger_over = told("he has a gun", minutes_ago=50, state=State.CLOSED)

    found = queries.inbox(officer=cast.oakes())

    assert list(found) == [late_danger, oldest, newest, read_late, danger_over, read_early]


# Product rule and peer-reviewed promise: the channel of a contact never changes its place in the queue.
@pytest.mark.parametrize("channels", list(itertools.permutations([Channel.SMS, Channel.EMAIL, Channel.VOICE])))
def test_the_channel_never_changes_the_place_in_the_queue(channels: tuple[Channel, ...]) -> None:
    waiting = [
        told("seen it", minutes_ago=minutes, channel=channel)
        for minutes, channel in zip((9, 5, 1), channels, strict=True)
    ]
    dangers = [
        told("he has a gun", minutes_ago=minutes, channel=channel)
        for minutes, channel in zip((8, 4, 2), channels, strict=True)
    ]

    assert list(queries.inbox(officer=cast.oakes())) == dangers + waiting


def test_the_inbox_is_narrowed_by_state_alert_and_time() -> None:
    oakes = cast.oakes()
    fresh, old = told(minutes_ago=1), told(minutes_ago=90)
    read, other = told(state=State.READ, minutes_ago=5), told(about="alert:OTHER2", minutes_ago=3)

    assert list(queries.inbox(officer=oakes, state=State.READ)) == [read]
    assert list(queries.inbox(officer=oakes, about="alert:OTHER2")) == [other]
    assert list(queries.inbox(officer=oakes, before=fresh.received_at, most=1)) == [old]
    assert list(queries.inbox(officer=oakes, state=State.NEW, about=ABOUT)) == [old, fresh]


def test_a_stranger_sees_nothing() -> None:
    grey, report = cast.grey(), told()

    assert list(queries.inbox(officer=grey)) == []
    assert list(queries.for_alert(officer=grey, about=ABOUT)) == []
    assert queries.count_new(officer=grey) == 0
    assert queries.count_open(officer=grey) == 0
    with pytest.raises(NotHereError):
        queries.get_report(officer=grey, ref=report.ref)
    with pytest.raises(NotHereError):
        queries.proposal(officer=grey, report=report)
    with pytest.raises(NotHereError):
        queries.place_of(officer=grey, report=report)


def test_an_organisation_sees_its_own_reports_only() -> None:
    ours, theirs = told(), told(organisation=builders.partner())
    fireman = builders.officer(Role.OPERATOR, organisation=builders.partner())

    assert list(queries.inbox(officer=cast.oakes())) == [ours]
    assert list(queries.inbox(officer=fireman)) == [theirs]
    with pytest.raises(NotHereError):
        queries.get_report(officer=fireman, ref=ours.ref)


def test_an_officer_who_may_not_read_reports_sees_none_of_their_own_force() -> None:
    told()

    assert list(queries.inbox(officer=builders.officer(Role.ENGAGEMENT))) == []
    assert list(queries.inbox(officer=builders.officer(Role.OPERATOR, is_active=False))) == []


def test_one_report_is_got_by_its_reference() -> None:
    report, _ = told(), told()

    assert queries.get_report(officer=cast.cole(), ref=report.ref) == report


def test_new_and_open_ones_are_counted() -> None:
    told()
    told(state=State.READ)
    told(state=State.CLOSED)
    told(about="alert:OTHER2")
    oakes = cast.oakes()

    assert queries.count_new(officer=oakes) == 2
    assert queries.count_open(officer=oakes) == 3
    assert queries.count_open(officer=oakes, about=ABOUT) == 2


def test_answers_to_one_alert_come_in_order_of_receipt() -> None:
    last, first = told("he has a gun", minutes_ago=1), told("no", minutes_ago=9)
    told(about="alert:OTHER2")

    assert list(queries.for_alert(officer=cast.amos(), about=ABOUT)) == [first, last]


def test_answers_are_tallied_by_what_they_seem_to_be() -> None:
    for words in ("no", "nowt here", "seen it", "he has a gun", "call me"):
        told(words)
    told("no", about="alert:OTHER2")

    assert queries.tally(about=ABOUT) == {
        Reading.SIGHTING: 1,
        Reading.NOTHING: 2,
        Reading.CALL_ME: 1,
        Reading.DANGER: 1,
        Reading.UNCLEAR: 0,
    }


def place(name: str, kind: PlaceKind, point: Point) -> Place:
    return Place.objects.create(code=name, name=name, folded=fold(name), kind=kind, point=point, uncertainty_m=500)


def test_a_proposal_tells_the_village_and_not_the_gate() -> None:
    e, n = grid.to_grid(2.5, 54.5)
    place("Manor Farm", PlaceKind.FARM, grid.to_wgs84(e, n))
    place("Little Wold", PlaceKind.VILLAGE, grid.to_wgs84(e + 900, n))
    place("Far Wold", PlaceKind.VILLAGE, grid.to_wgs84(e + 9000, n))
    report = told(f"My neighbour saw a grey hilux AO51 BCD by us at {grid.format(e, n, 6)} heading towards far wold")
    oakes = cast.oakes()

    seen = queries.proposal(officer=oakes, report=report, tier=Tier.VETTED)

    assert (seen.what, seen.where, seen.direction) == ("grey Toyota Hilux", "near Little Wold", "towards Far Wold")
    assert seen.plate == "AO51BCD"
    assert seen.point is not None
    assert abs(seen.point.lon - 2.5) < 0.002
    assert queries.proposal(officer=oakes, report=report).plate == ""


@pytest.mark.parametrize(
    ("text", "where", "lon"),
    [
        ("Grey hilux at ouzel bridge", "near Ouzel Bridge", 2.53),
        ("Grey hilux, went past Little Wold just now", "near Little Wold", 2.5),
        ("Grey hilux heading for Little Wold", "on the way to Little Wold", 2.5),
        ("Grey hilux at Ouzel Bridge heading for Little Wold", "near Ouzel Bridge", 2.53),
        ("Grey hilux at 54.501, 2.501", "near Little Wold", 2.501),
        ("Grey hilux by kelpfold", "near Little Wold", 2.51),
        ("Grey hilux gone to Kelpfold", "on the way to Little Wold", 2.51),
        ("Grey hilux by Lonefold", "near OW 75 75", 2.3),
    ],
)
def test_a_name_that_the_map_knows_is_the_place(text: str, where: str, lon: float) -> None:
    place("Ouzel Bridge", PlaceKind.BRIDGE, Point(2.53, 54.5))
    place("Little Wold", PlaceKind.VILLAGE, Point(2.5, 54.5))
    place("Kelpfold", PlaceKind.FARM, Point(2.51, 54.5))
    place("Lonefold", PlaceKind.FARM, Point(2.3, 55.0))
    place("Noise", PlaceKind.VILLAGE, Point(3.2, 54.2))

    seen = queries.proposal(officer=cast.oakes(), report=told(text))

    assert seen.where == where
    assert seen.point is not None
    assert abs(seen.point.lon - lon) < 0.0001
    assert "old" not in seen.direction or seen.direction == "towards Little Wold"


@pytest.mark.parametrize(
    "text",
    [
        "Grey hilux at Twinham",  # two villages of one name
        "Grey hilux at Little",  # only the beginning of a name
        "Grey hilux in my field by the bridge",
        "Grey hilux at 12.501, 2.501",
        "Little Wold has been quiet, grey hilux seen",  # nothing says that it was there
    ],
)
def test_what_the_map_does_not_know_for_sure_is_no_place(text: str) -> None:
    place("Little Wold", PlaceKind.VILLAGE, Point(2.5, 54.5))
    place("Twinham", PlaceKind.VILLAGE, Point(2.3, 54.5))
    builders.place("Twinham", at=(3.0, 54.5))
    place("Bridge", PlaceKind.VILLAGE, Point(2.6, 54.5))

    seen = queries.proposal(officer=cast.oakes(), report=told(text))

    assert (seen.where, seen.point) == ("", None)


def test_where_no_village_is_near_a_square_of_a_kilometre_is_told() -> None:
    report = told("grey hilux at OW 914 209")

    assert queries.proposal(officer=cast.oakes(), report=report).where == "near OW 91 20"


def test_a_proposal_without_a_known_place_says_none() -> None:
    report = told("white van heading towards nowhere we know, near QD9 9ZZ")

    seen = queries.proposal(officer=cast.oakes(), report=report)

    assert (seen.what, seen.where, seen.direction, seen.point) == ("white van", "", "", None)


def test_the_inbox_asks_the_database_once(django_assert_num_queries: object) -> None:
    for _ in range(5):
        told(member=cast.dell() if not Report.objects.exists() else None)
    oakes = cast.oakes()

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert [report.member and report.member.name for report in queries.inbox(officer=oakes)].count("Dell") == 1
