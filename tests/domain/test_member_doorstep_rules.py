"""What a phone's clock is worth, and until when a door is hidden."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hueandcry.domain.members.rules import CONSENT_VERSION, MemberError, PlaceUse, Purpose, VisitState
from hueandcry.domain.members.rules.doorstep import (
    DoorPlace,
    Draft,
    Sent,
    Spot,
    check_draft,
    door_among,
    doors_of,
    hidden_until,
    right_moment,
    shown_until,
)
from hueandcry.kit.geometry import Point

LONDON = ZoneInfo("Europe/London")
NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def moment(*, said_ago: dt.timedelta, skew: dt.timedelta) -> Any:
    return right_moment(sent=Sent(uuid.uuid4(), NOW - said_ago + skew, NOW + skew), received_at=NOW)


@pytest.mark.parametrize("skew", [DAY, -DAY, 400 * DAY, dt.timedelta(), dt.timedelta(seconds=30)])
def test_a_phone_clock_that_is_off_is_put_right(skew: dt.timedelta) -> None:
    righted = moment(said_ago=2 * HOUR, skew=skew)

    assert abs(righted.at - (NOW - 2 * HOUR)) <= dt.timedelta(seconds=30)
    assert righted.skew_s == skew.total_seconds()
    assert righted.doubt == ""


def test_a_few_seconds_are_the_network_and_not_the_clock() -> None:
    righted = moment(said_ago=HOUR, skew=dt.timedelta(seconds=-40))

    assert righted.at == NOW - HOUR - dt.timedelta(seconds=40)


def test_a_moment_in_the_future_becomes_the_moment_of_receipt_and_is_in_doubt() -> None:
    # The clock was a day ahead at the door and was put right by the network before it sent.
    righted = moment(said_ago=HOUR - DAY, skew=dt.timedelta())

    assert righted.at == NOW
    assert "put back" in righted.doubt


def test_a_moment_older_than_a_draft_can_be_is_in_doubt() -> None:
    assert moment(said_ago=73 * HOUR, skew=dt.timedelta()).doubt
    assert moment(said_ago=71 * HOUR, skew=DAY).doubt == ""


@pytest.mark.parametrize(
    ("at", "until"),
    [
        # In winter and in summer, before and after, and on the two nights when the clocks change.
        (dt.datetime(2026, 1, 15, 10, 5, tzinfo=LONDON), dt.datetime(2026, 1, 15, 18, tzinfo=dt.UTC)),
        (dt.datetime(2026, 7, 15, 10, 5, tzinfo=LONDON), dt.datetime(2026, 7, 15, 17, tzinfo=dt.UTC)),
        (dt.datetime(2026, 7, 15, 17, 59, 59, tzinfo=LONDON), dt.datetime(2026, 7, 15, 17, tzinfo=dt.UTC)),
        (dt.datetime(2026, 7, 15, 18, tzinfo=LONDON), dt.datetime(2026, 7, 16, 17, tzinfo=dt.UTC)),
        (dt.datetime(2026, 10, 24, 19, tzinfo=LONDON), dt.datetime(2026, 10, 25, 18, tzinfo=dt.UTC)),
        (dt.datetime(2026, 3, 28, 19, tzinfo=LONDON), dt.datetime(2026, 3, 29, 17, tzinfo=dt.UTC)),
    ],
)
def test_who_was_not_in_is_hidden_until_six_in_the_evening(at: dt.datetime, until: dt.datetime) -> None:
    assert hidden_until(state=VisitState.NOT_IN, at=at) == until


@pytest.mark.parametrize("state", [state for state in VisitState if state != VisitState.NOT_IN])
def test_every_other_visit_is_seen_at_once(state: VisitState) -> None:
    assert hidden_until(state=state, at=NOW.astimezone(LONDON)) is None


def test_only_a_door_that_declined_says_until_when() -> None:
    assert shown_until(state=VisitState.DECLINED, at=NOW) == NOW + 365 * DAY
    assert shown_until(state=VisitState.VISITED, at=NOW) is None


def household(**changes: Any) -> Draft:
    given: dict[str, Any] = {
        "house": "12",
        "postcode": "QD1 1AA",
        "mobile": "07700 900123",
        "organisations": (1,),
        "purposes": (Purpose.ALERT,),
        "agreed": True,
        "wording": CONSENT_VERSION,
    }
    return Draft(**given | changes)


def test_a_household_needs_no_name() -> None:
    check_draft(household())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"house": " "}, "number or name of the house"),
        ({"postcode": ""}, "press Here"),
        ({"postcode": "", "here": Spot(Point(2.5, 54.5), 2400)}, "only to 2,400 metres"),
        ({"mobile": ""}, "way to reach them"),
        ({"mobile": "", "by_post": True, "postcode": "", "here": Spot(Point(2.5, 54.5), 9)}, "letterbox"),
        ({"places": (DoorPlace(PlaceUse.FIELD, "", "QD1 1AA"),) * 6}, "5 further places"),
        ({"organisations": ()}, "from whom"),
        ({"purposes": ()}, "from whom"),
        ({"agreed": False}, "Read the words out"),
        ({"wording": "2019-01"}, "Read the new ones out"),
    ],
)
def test_what_is_missing_is_said(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(MemberError, match=says):
        check_draft(household(**changes))


# ---------------------------------------------------------------- which house it is

MIXED = ("3 Mill Lane, Holt", "Rose Cottage, Mill Lane, Holt", "Flat 1, 10 Mill Lane, Holt", "10 Mill Lane, Holt")


@pytest.mark.parametrize(
    ("lines", "doors"),
    [
        ((), []),
        (MIXED, ["3", "Rose Cottage", "Flat 1, 10", "10"]),
        (("2 Mill Lane, Holt", "2 Marram Lane, Holt"), ["2 Mill", "2 Marram"]),
        (("Holt", "Holt"), ["Holt", "Holt"]),
        (("Manor Farm, Holt",), ["Manor Farm"]),
        (("14 Mill Lane, Holt",), ["14"]),
    ],
)
def test_a_gate_says_what_the_addresses_of_its_postcode_do_not_share(lines: tuple[str, ...], doors: list[str]) -> None:
    assert doors_of(lines) == doors


@pytest.mark.parametrize(
    ("house", "place"),
    [
        ("3", 0),
        (" rose  COTTAGE ", 1),
        ("Rose Cottage, Mill Lane, Holt", 1),
        ("flat 1 10", 2),
        ("10", 3),
        ("11", None),
        ("Cottage", None),
        ("", None),
        ("…", None),
    ],
)
def test_a_house_is_found_on_the_list_however_it_is_written(house: str, place: int | None) -> None:
    assert door_among(MIXED, house) == place


@pytest.mark.parametrize(
    ("house", "place"), [("1", None), ("10a", 2), ("10", None), ("Rose Cottage", 3), ("Rose", None), ("2 Mill Lane", 4)]
)
def test_where_two_streets_share_a_postcode_what_names_one_house_is_enough(house: str, place: int | None) -> None:
    lines = (
        "1 Marram Lane, Holt",
        "1 Mill Lane, Wold",
        "10a Mill Lane, Wold",
        "Rose Cottage, Holt",
        "2 Mill Lane, Wold",
    )

    assert door_among(lines, house) == place


def test_of_two_houses_with_one_name_neither_is_taken() -> None:
    assert door_among(("2 Mill Lane, Holt", "2, Mill Lane, Holt"), "2 Mill Lane Holt") is None
