"""How an answer is read, and what may be passed on of it. All plates and places are made up."""

import dataclasses
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.domain.members.rules import Tier
from hueandcry.domain.places.rules import Found, FoundBy
from hueandcry.domain.reports.rules import (
    OUTCOME_MOST,
    Extract,
    Plate,
    Reading,
    ReportError,
    State,
    check_open,
    check_outcome,
    read_answer,
    read_direction,
    read_people,
    read_vehicle,
    sighting_from,
    where_in_words,
)
from hueandcry.kit import grid
from hueandcry.kit.geometry import Point

READINGS: list[tuple[Reading, tuple[str, ...]]] = [
    (
        Reading.SIGHTING,
        (
            "1", "1.", "Yes", "aye", "seen", "Seen it", "1 grey van", "1. yes grey one", "2 men with dogs in the field",
            "3 lads by the gate", "no plate but grey Navara heading north", "No, but saw a black discovery by the wood",
            "Stop them, white van heading for Holt!", "reg AO5I BCD", "part plate ..51 B", "at SD 565 428",
            "Northbound", "Red quad", "lamping in top field", "seen van AO51BCD call me", "yes heading west",
            "saw them go past", "Nothing here now but a white van went past at 10", "Wedi gweld fan wen",
            "two quads no plates across the beet", "just had a black ranger come through the yard, KV14 LZT",
        ),
    ),
    (
        Reading.NOTHING,
        (
            "2", "2 nothing here", "No", "nope", "nowt", "nothing here", "not seen anything", "havent seen them",
            "all quiet", "no van", "nobody about, no cars", "No sign of the grey Navara here", "no thanks", "Dim byd",
            "2. all clear",
        ),
    ),
    (
        Reading.CALL_ME,
        ("3", "3 ring after 6", "call me please", "can someone ring me", "Please call", "give me a ring"),
    ),
    (
        Reading.DANGER,
        (
            "he's got a knife", "shotgun", "gun pointed at my lad", "they are threatening us", "help", "please help me",
            "HELP!", "being attacked", "dogs attacking sheep", "barn on fire", "there's a fire in the barn",
            "driving at us", "grey hilux AO51 BCD, driver has a gun", "someone is hurt", "2 they are threatening me",
            "no plate, rammed the gate and us", "need an ambulance",
            "need police now they have broken the gate", "just threatened the lad with a crossbow",
        ),
    ),
    (
        Reading.UNCLEAR,
        (
            "ok", "thanks", "what is this about?", "happy to help", "will help if I can", "I'm in no danger", "", "??",
            "going to bed now",
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("reading", "text"), [(reading, text) for reading, texts in READINGS for text in texts])
def test_an_answer_is_read(reading: Reading, text: str) -> None:
    assert read_answer(text).reading == reading


def test_everything_is_read_out_of_one_answer() -> None:
    read = read_answer("2 lads, grey hilux reg AO5I BCD at OW 914 209 nr QD1 1AB heading towards Little Wold on B1149")

    assert read == Extract(
        reading=Reading.SIGHTING,
        plates=(Plate("AO5I BCD", "AO51BCD", whole=True),),
        grid_refs=("OW 914 209",),
        postcodes=("QD1 1AB",),
        direction="towards Little Wold on B1149",
        vehicle="grey Toyota Hilux",
        people="2 men",
        aims=("Little Wold on", "Little Wold", "Little"),
    )


@pytest.mark.parametrize(
    ("text", "vehicle"),
    [
        ("grey Navara", "grey Nissan Navara"),
        ("a dark coloured pick up with 4 up", "dark pick-up"),
        ("old blue ford ranger", "blue Ford Ranger"),
        ("subaru forester silver", "silver Subaru Forester"),
        ("blk discovery", "black Land Rover Discovery"),
        ("discovery of a body", ""),
        ("white transit van", "white Ford Transit van"),
        ("red quad bike", "red quad"),
        ("light blue van", "blue van"),
        ("a 4x4", "4x4"),
        ("green John Deere tractor", "green John Deere"),
        ("blue sky", ""),
        ("caravan", "caravan"),
        ("scary cart", ""),
        ("", ""),
    ],
)
def test_vehicles_are_said_in_our_own_words(text: str, vehicle: str) -> None:
    assert read_vehicle(text) == vehicle


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("2 men with dogs", "2 men"),
        ("three young lads", "3 men"),
        ("a couple of blokes", "2 men"),
        ("one man", "1 man"),
        ("two women", "2 women"),
        ("several people", "several people"),
        ("12:30 men", ""),
        ("no one", ""),
        ("management", ""),
    ],
)
def test_people_are_counted_in_our_own_words(text: str, people: str) -> None:
    assert read_people(text) == people


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("heading north", "north"),
        ("going NW", "north-west"),
        ("gone south east", "south-east"),
        ("N/B on A683", "north on A683"),
        ("Eastbound", "east"),
        ("went towards holt", "towards Holt"),
        ("heading for Little Wold fast", "towards Little Wold"),
        ("off to Outer Sandbank then lost it", "towards Outer Sandbank"),
        ("heading along the B1149", "on B1149"),
        ("going to bed", ""),
        ("went to the farm", ""),
        ("gone to my mates", ""),
        ("the north field", ""),
        ("", ""),
    ],
)
def test_directions_are_said_in_our_own_words(text: str, direction: str) -> None:
    assert read_direction(text) == direction


def test_what_was_read_out_survives_the_table() -> None:
    read = read_answer("2 lads, grey hilux part plate ..51 B at OW 914 209 heading north")

    assert Extract.from_facts(json.loads(json.dumps(read.as_facts()))) == read


def test_an_empty_row_is_an_answer_that_nobody_could_read() -> None:
    assert Extract.from_facts({}) == Extract(Reading.UNCLEAR)


# ---------------------------------------------------------------- what may be passed on

HERE = Point(2.5, 54.5)
WORDS = (
    "This is Dave at Manor Farm, my wife saw a grey navara AO51 BCD with 2 blokes at OW 914 209, gone towards Dave's "
    "place on A17. Ring 07700 900123, Mrs Smith in the bungalow knows them"
)


def test_nothing_of_the_reporters_own_words_is_passed_on() -> None:
    seen = sighting_from(read_answer(WORDS), Found(HERE, 71, "OW 914 209", FoundBy.GRID))

    said = " ".join(str(value) for value in dataclasses.astuple(seen))
    for own in ("Dave", "Manor", "wife", "Smith", "bungalow", "knows", "07700", "914 209", "Ring", "AO51"):
        assert own not in said
    assert (seen.what, seen.direction) == ("grey Nissan Navara, 2 men", "on A17")


@pytest.mark.parametrize(
    ("tier", "plate"), [(Tier.PUBLIC, ""), (Tier.MEMBER, ""), (Tier.VETTED, "AO51BCD"), (Tier.KIN, "AO51BCD")]
)
def test_a_plate_is_proposed_to_vetted_tiers_only(tier: Tier, plate: str) -> None:
    assert sighting_from(read_answer(WORDS), None, tier=tier).plate == plate


def test_a_name_goes_on_only_when_the_map_knows_it() -> None:
    read = read_answer("heading towards Little Wold")

    assert read.aims == ("Little Wold", "Little")
    assert sighting_from(read, None).direction == ""
    assert sighting_from(read, None, towards="Little Wold").direction == "towards Little Wold"
    assert sighting_from(read, None, towards="Manor Farm").direction == ""


@pytest.mark.parametrize(
    ("text", "names", "aims"),
    [
        ("at SD 640 430 heading for Ebbcote", (), ("Ebbcote",)),
        ("Grey pick-up heading for Ebbcote", (), ("Ebbcote",)),
        ("3 men at Ouzel Bridge", ("Ouzel Bridge", "Ouzel"), ()),
        ("white van parked by kelpfold", ("kelpfold",), ()),
        ("quad nr the Old Wold Mill gone to Marsh End", ("Old Wold Mill", "Old Wold", "Old"), ("Marsh End",)),
        ("passing St. Mary, fast", ("St",), ()),
        ("van ger Aber-erch", ("Aber-erch",), ()),
        ("2 men in a ford by my gate", (), ()),
        ("in ford ranger, at home. By the bridge, in the field", (), ()),
        ("near QD1 1AB on B1149, at 5 o'clock", (), ()),
        ("nothing here", (), ()),
    ],
)
def test_words_that_may_name_a_place_stand_behind_at_by_near(
    text: str, names: tuple[str, ...], aims: tuple[str, ...]
) -> None:
    read = read_answer(text)

    assert (read.names, read.aims) == (names, aims)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("van at 53.883, -2.662 now", ("53.883, -2.662",)),
        ("https://maps.example.org/?q=54.5012,2.4033", ("54.5012, 2.4033",)),
        ("54.5012° 2.4033°", ("54.5012, 2.4033",)),
        ("paid 53.88, 2.66 for it", ()),
        ("ring 07700 900123", ()),
        ("53.883 W of here", ()),
    ],
)
def test_degrees_are_read_as_a_telephone_writes_them(text: str, degrees: tuple[str, ...]) -> None:
    assert read_answer(text).latlons == degrees


def test_where_it_went_is_not_said_to_be_where_it_was() -> None:
    seen = sighting_from(read_answer("heading for Wold"), Found(HERE, 800, "Wold", FoundBy.NAME), on_the_way=True)

    assert (seen.where, seen.direction) == ("on the way to Wold", "")


def test_an_answer_without_a_vehicle_is_still_of_one() -> None:
    assert sighting_from(Extract(Reading.SIGHTING), None).what == "vehicle"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found(HERE, 800, "Little Wold", FoundBy.NAME), "near Little Wold"),
        (Found(HERE, 800, "2 miles north of Wold", FoundBy.NAME), "2 miles north of Wold"),
        (Found(HERE, 50, "Manor Farm", FoundBy.NAME), "near OW 91 20"),
        (Found(HERE, 71, "OW 914 209", FoundBy.GRID), "near OW 91 20"),
        (Found(HERE, 300, "QD1 1AB", FoundBy.POSTCODE), "QD1 area"),
        (Found(HERE, 10, "54.5, 2.5", FoundBy.LATLON), "near OW 91 20"),
        (Found(Point(40.0, 10.0), 10, "10, 40", FoundBy.LATLON), ""),
        (None, ""),
    ],
)
def test_a_place_points_at_nobodys_door(found: Found | None, words: str) -> None:
    assert where_in_words(found) == words


def test_the_point_goes_on_for_the_ring_of_those_who_hear_next() -> None:
    seen = sighting_from(Extract(Reading.SIGHTING), Found(HERE, 71, grid.format(*grid.to_grid(*HERE)), FoundBy.GRID))

    assert (seen.point, seen.uncertainty_m) == (HERE, 71)


# ---------------------------------------------------------------- moves


@pytest.mark.parametrize("state", [State.NEW, State.READ, State.RELAYED])
def test_what_is_open_may_be_changed(state: State) -> None:
    check_open(state)


def test_what_is_closed_may_not_be_changed() -> None:
    with pytest.raises(ReportError, match="closed already"):
        check_open(State.CLOSED)


@pytest.mark.parametrize("outcome", ["", "  ", "x" * (OUTCOME_MOST + 1)])
def test_an_outcome_is_said_in_few_words(outcome: str) -> None:
    with pytest.raises(ReportError, match=r"few words|at most"):
        check_outcome(outcome)


def test_an_outcome_is_trimmed() -> None:
    assert check_outcome("  Stopped\n and fined ") == "Stopped and fined"


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    read = read_answer(text)

    assert Extract.from_facts(json.loads(json.dumps(read.as_facts()))) == read


@pytest.mark.parametrize(
    "word", ["a", "1 ", "no ", "grey van ", "two young ", "heading off ", "AO51 ", "!", "A B C ", "towards "]
)
def test_a_very_long_answer_is_read_in_time(word: str) -> None:
    started = time.thread_time()

    read_answer(word * 5000)

    assert time.thread_time() - started < 10
