"""The moving ring: how far, which way, along which roads, and never an arrow."""

import datetime as dt
import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from hueandcry.domain.alerts.rules import rings
from hueandcry.domain.alerts.rules.rings import SPEEDS, Choice, Fix, Heading, Pace
from hueandcry.kit import shapes
from hueandcry.kit.geometry import Point

NOW = dt.datetime(2026, 11, 22, 21, 0, tzinfo=dt.UTC)
MIDDLE = Point(2.5, 54.5)
MINUTE = dt.timedelta(minutes=1)

ways = st.floats(0, 360, allow_nan=False)
spreads = st.floats(5, 179)
places = st.builds(Point, st.floats(-6, 1.5), st.floats(50.5, 58))
fixes = st.builds(
    lambda point, doubt, age: Fix(point, doubt, NOW - age * MINUTE), places, st.floats(0, 3_000), st.floats(0, 60)
)


def seen(at: Point = MIDDLE, *, minutes_ago: float = 2, doubt: float = 100) -> Fix:
    return Fix(at, doubt, NOW - minutes_ago * MINUTE)


def off(point: Point, bearing: float, metres: float) -> Point:
    lon, lat, _ = shapes.EARTH.fwd(*point, bearing, metres)
    return Point(lon, lat)


def band(fix: Fix, pace: Pace = Pace.LANES, first: float = 10, last: float = 20) -> rings.Band:
    return rings.band(fix, SPEEDS[pace], now=NOW, from_minutes=first, until_minutes=last)


# ---------------------------------------------------------------- what was said


@pytest.mark.parametrize(
    ("what", "direction", "pace"),
    [
        ("grey pick-up, three men", "heading north", Pace.LANES),
        ("vehicle, 3 men", "", Pace.LANES),
        ("grey Nissan Navara, 3 men", "heading east", Pace.LANES),
        ("3 men", "heading north", Pace.FOOT),
        ("two people on foot", "", Pace.FOOT),
        ("white van", "towards Holt on A148", Pace.ROAD),
        ("white van", "heading north on B1149", Pace.LANES),
        ("", "", Pace.LANES),
    ],
)
def test_how_it_moves_is_read_from_the_words(what: str, direction: str, pace: Pace) -> None:
    assert rings.pace_of(what, direction) == pace


@pytest.mark.parametrize(
    ("direction", "name", "wind"),
    [
        ("towards Holt on A148", "Holt", None),
        ("heading north-east", "", 45.0),
        ("heading north towards Little Wold", "Little Wold", 0.0),
        ("Northumberland", "", None),
        ("", "", None),
    ],
)
def test_which_way_is_read_from_the_words(direction: str, name: str, wind: float | None) -> None:
    assert (rings.aim_of(direction), rings.wind_of(direction)) == (name, wind)


def test_a_place_that_the_map_knows_is_better_than_the_compass() -> None:
    aim = off(MIDDLE, 100, 8_000)

    told = rings.said_heading("heading north towards Holt", start=MIDDLE, aim=aim)
    unknown = rings.said_heading("heading north towards Holt", start=MIDDLE)
    there = rings.said_heading("towards Holt", start=MIDDLE, aim=MIDDLE)

    assert told is not None
    assert (round(told.bearing), told.words) == (100, "towards Holt")
    assert unknown == Heading(0.0, 45.0, "to the north")
    assert there is None


@given(ways, st.integers(-5, 5))
def test_directions_wrap_at_north(bearing: float, turns: int) -> None:
    again = rings.turned(bearing + 360 * turns)

    assert 0 <= again < 360
    assert rings.apart(again, bearing) < 1e-6
    assert rings.wind_words(bearing) == rings.wind_words(rings.turned(bearing))


@given(ways, st.floats(0, 180))
def test_two_directions_are_at_most_half_a_turn_apart(bearing: float, turn: float) -> None:
    assert math.isclose(rings.apart(bearing, bearing + turn), turn, abs_tol=1e-6)
    assert math.isclose(rings.apart(bearing - turn, bearing), turn, abs_tol=1e-6)


# ---------------------------------------------------------------- two sightings


def test_two_sightings_say_speed_and_direction_with_their_doubt() -> None:
    first = Fix(MIDDLE, 500, NOW - 30 * MINUTE)
    second = Fix(off(MIDDLE, 90, 15_000), 500, NOW)

    moved = rings.motion(first, second)

    assert moved is not None
    assert moved.heading is not None
    assert rings.apart(moved.heading.bearing, 90) < 1
    assert moved.heading.spread >= 30
    # 14 to 16 km in 20 to 40 minutes.
    assert (round(moved.slow_kmh), round(moved.quick_kmh or 0)) == (21, 48)
    assert moved.words == (
        "Two sightings 30 minutes apart and 9 miles from each other: between 13 and 30 mph, to the east. "
        "Times may be five minutes off."
    )


@given(fixes, ways, st.floats(0, 40_000), st.floats(0, 3_000), st.floats(1, 119))
def test_what_really_happened_is_always_within_the_doubt(
    first: Fix, bearing: float, metres: float, doubt: float, minutes: float
) -> None:
    second = Fix(off(first.point, bearing, metres), doubt, first.at + minutes * MINUTE)

    moved = rings.motion(first, second)

    assert moved is not None
    really = metres / 1000 / (minutes / 60)
    if moved.is_one:
        assert moved.slow_kmh <= really + 1e-6
        assert moved.quick_kmh is None or moved.quick_kmh >= min(really, rings.FASTEST_KMH) - 1e-6
    if moved.heading is not None:
        assert rings.apart(moved.heading.bearing, bearing) <= moved.heading.spread
        assert rings.LEAST_SPREAD <= moved.heading.spread <= 120


def test_two_sightings_at_about_one_place_say_no_direction() -> None:
    moved = rings.motion(seen(minutes_ago=20, doubt=900), seen(off(MIDDLE, 10, 700), doubt=200))

    assert moved is not None
    assert moved.heading is None
    assert moved.slow_kmh == 0
    assert "which way cannot be told" in moved.words


def test_two_sightings_that_no_vehicle_could_make_are_not_put_together() -> None:
    moved = rings.motion(seen(minutes_ago=4), seen(off(MIDDLE, 10, 80_000)))

    assert moved is not None
    assert not moved.is_one
    assert "too fast for one vehicle" in moved.words
    assert rings.speeds_for(Pace.LANES, moved) == SPEEDS[Pace.LANES]


@pytest.mark.parametrize("minutes", [-5, 0, 121])
def test_sightings_out_of_order_or_long_apart_say_nothing_together(minutes: float) -> None:
    assert rings.motion(seen(minutes_ago=minutes), seen(minutes_ago=0)) is None


def test_what_two_sightings_said_takes_the_place_of_a_guess() -> None:
    moved = rings.motion(Fix(MIDDLE, 0, NOW - 30 * MINUTE), Fix(off(MIDDLE, 90, 30_000), 0, NOW))

    row = rings.speeds_for(Pace.LANES, moved)

    assert [row.slow_kmh, row.quick_kmh] == pytest.approx([22.5, 67.5])
    assert rings.speeds_for(Pace.FOOT, None) == SPEEDS[Pace.FOOT]


# ---------------------------------------------------------------- on the ground


@given(fixes, st.sampled_from(list(Pace)), ways, spreads, st.integers(1, 40), st.integers(1, 40))
def test_a_ring_grows_with_time(fix: Fix, pace: Pace, bearing: float, spread: float, last: int, more: int) -> None:
    heading = Heading(bearing, spread, "")
    inner = band(fix, pace, 0, last).inner_m

    small = rings.outline(fix, rings.Band(inner, band(fix, pace, 0, last).outer_m), heading)
    large = rings.outline(fix, rings.Band(inner, band(fix, pace, 0, last + more).outer_m), heading)

    assert shapely.difference(small, large).area <= large.area * 1e-3


@given(fixes, ways, spreads, st.floats(0, 1), st.floats(-0.95, 0.95))
def test_what_lies_that_way_and_that_far_is_in_it_and_nothing_behind(
    fix: Fix, bearing: float, spread: float, out: float, side: float
) -> None:
    within = band(fix)
    heading = Heading(bearing, spread, "")
    ring = rings.outline(fix, within, heading)
    metres = within.inner_m + (0.02 + 0.96 * out) * (within.outer_m - within.inner_m)

    there = off(fix.point, bearing + side * spread, metres)

    assert shapes.inside(ring, [there.lon], [there.lat])[0]
    if spread < 85:
        behind = off(fix.point, bearing + 180, fix.uncertainty_m / math.sin(math.radians(spread)) + 50)
        assert not shapes.inside(ring, [behind.lon], [behind.lat])[0]
    beyond = off(fix.point, bearing, within.outer_m * 1.01)
    assert not shapes.inside(ring, [beyond.lon], [beyond.lat])[0]


@given(fixes, ways, st.floats(1_500, 8_000), st.floats(1.05, 2))
def test_a_ring_does_not_reach_over_a_barrier(fix: Fix, bearing: float, metres: float, further: float) -> None:
    within = band(fix, last=30)
    middle = off(fix.point, bearing, metres)
    barrier = LineString([off(middle, bearing + 90, step) for step in range(-90_000, 90_001, 3_000)])

    ring = rings.outline(fix, within, None, barriers=[barrier])

    over = off(fix.point, bearing, metres * further)
    assert not shapes.inside(ring, [over.lon], [over.lat])[0]
    assert not shapely.is_empty(ring)


def test_it_goes_along_the_roads_and_round_no_corner_that_they_do_not_share() -> None:
    crossing, north, east = off(MIDDLE, 0, 4_000), off(MIDDLE, 0, 12_000), off(off(MIDDLE, 0, 4_000), 90, 8_000)
    here = LineString([MIDDLE, crossing, north])
    joined = LineString([crossing, east])
    # It passes over the first one: no point in common.
    over = LineString([off(off(MIDDLE, 0, 8_000), 270, 9_000), off(off(MIDDLE, 0, 8_100), 90, 9_000)])
    fix = seen()

    beside = rings.along(fix, band(fix), roads=[here, joined, over], beside_m=1_000)

    assert beside is not None
    for there, held in ((north, True), (east, True), (off(off(MIDDLE, 0, 8_000), 270, 5_000), False)):
        assert shapes.inside(beside, [there.lon], [there.lat])[0] == held
    narrowed = shapely.intersection(rings.outline(fix, band(fix), None), beside)
    assert narrowed.area < rings.outline(fix, band(fix), None).area / 2


def test_a_dense_net_of_roads_is_widened_as_a_few_are() -> None:
    wide = [LineString([off(off(MIDDLE, 0, up), 270, 9_000), off(off(MIDDLE, 0, up), 90, 9_000)]) for up in (0, 9_000)]
    spokes = [LineString([off(MIDDLE, 90, side), off(off(MIDDLE, 90, side), 0, 900)]) for side in range(0, 9_000, 30)]
    joined = LineString([MIDDLE, *(off(MIDDLE, 90, side) for side in range(30, 9_000, 30))])
    fix = seen()

    beside = rings.along(fix, band(fix), roads=[*wide, joined, *spokes], beside_m=1_000)

    assert beside is not None
    assert shapely.get_num_coordinates(beside) < 500
    for there, held in (
        (off(off(MIDDLE, 90, 5_000), 0, 1_500), True),
        (off(off(MIDDLE, 90, 5_000), 0, 3_000), False),
        (off(off(MIDDLE, 0, 9_000), 90, 5_000), False),
    ):
        assert shapes.inside(beside, [there.lon], [there.lat])[0] == held


@pytest.mark.parametrize("bearing", [0, 80, 200])
def test_what_is_asked_of_a_part_is_the_same_there_and_less_elsewhere(bearing: float) -> None:
    # A net so wide that its pieces are few, so that both are exact.
    net = [LineString([off(off(MIDDLE, 0, up), 90, east) for east in range(-9_000, 9_001, 3_000)]) for up in (0, 6_000)]
    net += [
        LineString([off(off(MIDDLE, 0, up), 90, east) for up in range(0, 6_001, 3_000)]) for east in (-6_000, 6_000)
    ]
    fix = seen()
    ahead = rings.outline(fix, band(fix), Heading(bearing, 30, "ahead"))

    whole = rings.along(fix, band(fix), roads=net, beside_m=1_000)
    part = rings.along(fix, band(fix), roads=net, beside_m=1_000, inside=ahead)

    assert whole is not None
    assert part is not None
    there = shapely.intersection(whole, ahead)
    assert shapely.symmetric_difference(there, shapely.intersection(part, ahead)).area < 1e-9
    assert part.area < whole.area


def test_where_no_road_leads_there_is_nothing_beside_one() -> None:
    fix = seen()
    road = LineString([MIDDLE, off(MIDDLE, 0, 12_000)])
    south = shapes.circle(off(MIDDLE, 180, 9_000), 1_000)

    beside = rings.along(fix, band(fix), roads=[road], beside_m=500, inside=south)

    assert beside is not None
    assert beside.is_empty


def test_a_barrier_ends_a_road() -> None:
    road = LineString([MIDDLE, off(MIDDLE, 0, 3_000), off(MIDDLE, 0, 6_000), off(MIDDLE, 0, 9_000)])
    middle = off(MIDDLE, 0, 4_000)
    barrier = LineString([off(middle, 90, 9_000), off(middle, 270, 9_000)])
    fix = seen()

    beside = rings.along(fix, band(fix), roads=[road], barriers=[barrier], beside_m=500)

    far = off(MIDDLE, 0, 8_000)
    assert beside is not None
    assert not shapes.inside(beside, [far.lon], [far.lat])[0]


def test_without_a_road_near_it_there_is_none_to_go_along() -> None:
    fix = seen()
    away = off(MIDDLE, 90, 5_000)
    dot = LineString([MIDDLE, MIDDLE])

    assert rings.along(fix, band(fix), roads=[], beside_m=500) is None
    assert rings.along(fix, band(fix), roads=[dot], beside_m=500) is None
    assert rings.along(fix, band(fix), roads=[LineString([away, off(away, 90, 900)])], beside_m=500) is None


@given(fixes, st.sampled_from(list(Pace)), st.integers(0, 30), st.integers(1, 60))
def test_a_band_has_an_inside_and_an_end(fix: Fix, pace: Pace, first: int, more: int) -> None:
    within = band(fix, pace, first, first + more)

    assert 0 <= within.inner_m <= within.outer_m / 2
    assert rings.LEAST_M <= within.outer_m <= rings.FARTHEST_M


# ---------------------------------------------------------------- in words


def test_a_ring_is_said_in_one_sentence() -> None:
    holt = Heading(10, 45, "towards Holt")

    assert rings.said(Choice(), holt, farms=3, members=41, by_text=38) == (
        "10 to 20 minutes ahead towards Holt: 3 farms, 41 people not told yet, text 38"
    )
    assert rings.said(Choice(0, 30), None, farms=1, members=1, by_text=0) == (
        "Up to 30 minutes away, all round: 1 farm, 1 person not told yet, text 0"
    )
