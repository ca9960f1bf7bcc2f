"""Who is meant by an audience, exactly; each test puts others beside whom it wants."""

import datetime as dt
import json
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries
from shapely.geometry import Polygon, mapping

from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.models import ContactPoint, Member, MemberPlace, Suppression
from hueandcry.domain.members.rules import (
    AudienceCount,
    AudienceError,
    AudienceQuestion,
    Channel,
    MemberState,
    Purpose,
    SchemeKind,
    Tier,
)
from hueandcry.domain.members.rules.stopping import address_hash
from hueandcry.domain.places.rules import MOST_AREAS, Circle, PlaceKind
from hueandcry.kit import clock
from tests import builders

pytestmark = pytest.mark.django_db
LON, LAT = builders.MIDDLE
RING = [(LON - 0.1, LAT - 0.1), (LON + 0.1, LAT - 0.1), (LON + 0.1, LAT + 0.1), (LON - 0.1, LAT + 0.1)]
HOLE = [(LON - 0.02, LAT - 0.02), (LON + 0.02, LAT - 0.02), (LON + 0.02, LAT + 0.02), (LON - 0.02, LAT + 0.02)]
ROUND = Polygon(RING)
OUTSIDE = (LON + 0.3, LAT)
NOT_IN_THE_HOLE = (LON + 0.05, LAT)


def question(**fields: Any) -> AudienceQuestion:
    shape = fields.pop("shape", ROUND)
    drawn = (json.dumps(mapping(shape)),) if shape else ()
    return AudienceQuestion(organisation_id=builders.force().pk, polygons=drawn, **fields)


def meant(**fields: Any) -> list[int]:
    return [int(member) for member in queries.audience(question=question(**fields))]


# ---------------------------------------------------------------- where


def test_members_inside_are_meant_and_those_outside_are_not() -> None:
    inside = builders.member()
    builders.member(at=OUTSIDE)

    assert meant() == [inside.pk]


def test_a_hole_is_outside_and_the_edge_inside() -> None:
    builders.member()
    beside = builders.member(at=NOT_IN_THE_HOLE)
    on_the_edge = builders.member(at=(LON + 0.1, LAT))
    on_the_edge_of_the_hole = builders.member(at=(LON + 0.02, LAT))

    assert meant(shape=Polygon(RING, [HOLE])) == [beside.pk, on_the_edge.pk, on_the_edge_of_the_hole.pk]


def test_the_corner_of_the_box_outside_a_slanted_shape_is_not_meant() -> None:
    inside = builders.member(at=(LON - 0.05, LAT - 0.05))
    builders.member(at=(LON + 0.05, LAT + 0.05))

    assert meant(shape=Polygon(RING[:2] + RING[3:])) == [inside.pk]


def test_a_member_with_several_places_counts_once_and_by_any_of_them() -> None:
    wanted = builders.member(at=OUTSIDE)
    for step in range(3):
        MemberPlace.objects.create(member=wanted, point=(LON + step / 100, LAT))
    builders.member(at=OUTSIDE)

    assert meant() == [wanted.pk]


def test_areas_polygons_and_circles_add_up() -> None:
    in_area = builders.member()
    in_polygon = builders.member(at=(LON + 0.3, LAT))
    in_circle = builders.member(at=(LON - 0.3, LAT))
    builders.member(at=(LON, LAT + 0.4))
    there = Polygon([(x + 0.3, y) for x, y in HOLE])

    found = meant(shape=there, areas=(builders.area().id,), circles=(Circle(LON - 0.3, LAT, 500),))

    assert found == [in_area.pk, in_polygon.pk, in_circle.pk]


def test_without_a_place_a_scheme_means_all_of_it_everywhere() -> None:
    scheme = builders.scheme()
    near = builders.member(schemes=(scheme,))
    far = builders.member(schemes=(scheme,), at=OUTSIDE)
    builders.member()

    assert meant(shape=None, schemes=(scheme.pk,)) == [near.pk, far.pk]


# ---------------------------------------------------------------- who


def test_schemes_kinds_and_topics_narrow_and_a_member_of_two_counts_once() -> None:
    farm, other_farm = builders.scheme(), builders.scheme("Elm Farm Watch")
    horse = builders.scheme("Horse Watch", SchemeKind.HORSE)
    hare, fuel = builders.topic(), builders.topic("fuel-theft", "Fuel theft")
    both = builders.member(schemes=(farm, other_farm), topics=(hare, fuel))
    rider = builders.member(schemes=(horse,), topics=(fuel,))
    builders.member()

    assert meant(schemes=(farm.pk, other_farm.pk)) == [both.pk]
    assert meant(scheme_kinds=(SchemeKind.FARM, SchemeKind.HORSE)) == [both.pk, rider.pk]
    assert meant(scheme_kinds=(SchemeKind.HORSE,)) == [rider.pk]
    assert meant(topics=("hare-coursing",)) == [both.pk]
    assert meant(topics=("hare-coursing",), schemes=(horse.pk,)) == []


def test_who_left_a_scheme_is_not_in_it() -> None:
    scheme = builders.scheme()
    stays = builders.member(schemes=(scheme,))
    went = builders.member(schemes=(scheme,))
    went.memberships.update(left_at=clock.now())

    assert meant(schemes=(scheme.pk,)) == [stays.pk]
    assert meant(scheme_kinds=(SchemeKind.FARM,)) == [stays.pk]


@pytest.mark.parametrize(
    ("lowest", "heads"), [(Tier.PUBLIC, 4), (Tier.MEMBER, 3), (Tier.VETTED, 2), (Tier.KIN, 1)], ids=str
)
def test_a_tier_includes_those_above_it(lowest: Tier, heads: int) -> None:
    for tier in Tier:
        builders.member(tier=tier)

    assert len(meant(lowest_tier=lowest)) == heads


def test_who_left_or_paused_is_not_meant_until_the_pause_is_over() -> None:
    now = clock.now()
    hears = builders.member()
    back = builders.member(state=MemberState.PAUSED, paused_until=now - dt.timedelta(minutes=1))
    builders.member(state=MemberState.PAUSED, paused_until=now + dt.timedelta(minutes=1))
    builders.member(state=MemberState.PAUSED)
    builders.member(state=MemberState.LEFT)

    assert meant() == [hears.pk, back.pk]


def test_only_who_agreed_to_this_organisation_and_purpose_is_meant() -> None:
    agreed = builders.member()
    builders.member(agreed_to=builders.partner())
    stopped = builders.member()
    actions.withdraw(member_id=stopped.pk, actor="system:program")

    assert meant() == [agreed.pk]
    assert meant(purpose=Purpose.SURVEY) == []


def test_those_who_were_told_already_are_left_out() -> None:
    told, untold = builders.member(), builders.member()

    assert meant(without=(told.pk, 999_999)) == [untold.pk]


# ---------------------------------------------------------------- how each is reached


def contacts(*wanted: Member, channels: tuple[Channel, ...] = (), purpose: Purpose = Purpose.ALERT) -> list[Any]:
    sql, params = queries.reachable(
        member_ids=[member.pk for member in wanted],
        organisation_id=builders.force().pk,
        purpose=purpose,
        channels=channels,
    )
    return list(Member.objects.raw(f"SELECT member_id AS id, channel, address FROM ({sql}) AS one", params))  # noqa: S608


def reached(*wanted: Member, **narrowed: Any) -> dict[int, tuple[str, str]]:
    return {row.pk: (row.channel, row.address) for row in contacts(*wanted, **narrowed)}


def test_the_fastest_way_comes_first_whatever_the_members_own_order() -> None:
    wanted = builders.member(mobile="+447700900101", landline="+442079460101", email="a@example.org")
    wanted.contacts.filter(channel=Channel.SMS).update(rank=9)
    builders.member()

    assert reached(wanted) == {wanted.pk: ("sms", "+447700900101")}
    assert reached(wanted, channels=(Channel.EMAIL, Channel.VOICE)) == {wanted.pk: ("voice", "+442079460101")}
    assert reached(wanted, channels=(Channel.POST,)) == {}


def test_of_two_mobiles_the_members_first_is_taken() -> None:
    wanted = builders.member(mobile="+447700900101")
    ContactPoint.objects.create(
        member=wanted, channel=Channel.SMS, address="+447700900102", rank=0, confirmed_at=clock.now()
    )

    assert reached(wanted) == {wanted.pk: ("sms", "+447700900102")}


def test_an_address_that_is_not_confirmed_suspended_or_not_agreed_to_is_passed_over() -> None:
    unconfirmed = builders.member(mobile="+447700900101", email="a@example.org")
    unconfirmed.contacts.filter(channel=Channel.SMS).update(confirmed_at=None)
    suspended = builders.member(mobile="+447700900102", email="b@example.org")
    actions.suspend_contact(channel=Channel.SMS, address="+447700900102", actor="system:program")
    stopped = builders.member(mobile="+447700900103", email="c@example.org")
    actions.withdraw(member_id=stopped.pk, channel=Channel.SMS, actor="member:TEST22")
    partners = builders.member(mobile="+447700900104", agreed_to=builders.partner())

    assert reached(unconfirmed, suspended, stopped, partners) == {
        unconfirmed.pk: ("email", "a@example.org"),
        suspended.pk: ("email", "b@example.org"),
        stopped.pk: ("email", "c@example.org"),
    }


def test_a_household_that_shares_a_telephone_is_told_once() -> None:
    first = builders.member(mobile="+447700900101")
    second = builders.member(mobile="+447700900101")
    other = builders.member(mobile="+447700900102")

    assert reached(second, first, other) == {
        first.pk: ("sms", "+447700900101"),
        other.pk: ("sms", "+447700900102"),
    }


@pytest.mark.parametrize("read_all_from", [0, 1_000])
def test_addresses_are_the_same_read_all_together_or_found_one_by_one(
    read_all_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = builders.member(mobile="+447700900111")
    for rank, address in ((0, "+447700900110"), (2, "+447700900112")):
        ContactPoint.objects.create(
            member=several, channel=Channel.SMS, address=address, rank=rank, confirmed_at=clock.now()
        )
    Suppression.objects.create(
        channel="sms", address_hash=address_hash("sms", "+447700900110"), since=clock.now(), everything=True
    )
    one = builders.member(mobile="+447700900113")
    shares = builders.member(mobile="+447700900113")
    moved = builders.member(mobile="+447700900114")
    monkeypatch.setattr(import_module("hueandcry.domain.members.queries.audience"), "_MANY", read_all_from)
    found = queries.meant_by(question=question())
    moved.contacts.update(confirmed_at=None)

    sql, params = queries.reachable_of(meant=found)
    rows: list[Any] = list(Member.objects.raw(f"SELECT member_id AS id, * FROM ({sql}) AS one", params))  # noqa: S608

    assert found.members.tolist() == [several.pk, one.pk, shares.pk, moved.pk]
    assert ("OFFSET 0" in sql) == (read_all_from > 0)
    assert [(row.pk, row.address) for row in rows] == [(several.pk, "+447700900111"), (one.pk, "+447700900113")]


def test_the_count_says_who_is_reached_by_what_and_who_is_not() -> None:
    builders.member(email="a@example.org")
    builders.member(mobile=None, landline="+442079460101", email="b@example.org")
    builders.member(mobile=None, email="c@example.org")
    bounced = builders.member(mobile="+447700900199")
    actions.suspend_contact(channel=Channel.SMS, address="+447700900199", actor="system:program")
    builders.member(at=OUTSIDE)

    count = queries.count_audience(question=question())

    assert bounced.pk in meant()
    assert count == AudienceCount(
        members=4, by_channel={Channel.SMS: 1, Channel.VOICE: 1, Channel.EMAIL: 1}, unreachable=1
    )


def test_the_count_looks_at_the_channels_that_were_asked_for() -> None:
    builders.member(email="a@example.org")
    builders.member()

    count = queries.count_audience(question=question(channels=(Channel.EMAIL,)))

    assert count == AudienceCount(members=2, by_channel={Channel.EMAIL: 1}, unreachable=1)


def test_the_count_asks_as_many_queries_for_many_members_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    builders.member()
    asked = question(topics=("hare-coursing",))
    for _ in range(5):
        builders.member(topics=(builders.topic(),))

    with django_assert_num_queries(1):
        assert queries.count_audience(question=asked).members == 5


# ---------------------------------------------------------------- what is refused


def test_nobody_is_an_empty_answer_and_zero() -> None:
    builders.member(at=OUTSIDE)

    assert queries.audience(question=question()).dtype == np.int64
    assert meant() == []
    assert queries.count_audience(question=question()) == AudienceCount(members=0, by_channel={}, unreachable=0)


def test_an_audience_of_everybody_and_everywhere_is_refused() -> None:
    with pytest.raises(AudienceError, match="choose an area"):
        meant(shape=None)


def test_a_polygon_that_crosses_itself_is_refused_with_what_to_do() -> None:
    bow_tie = Polygon([RING[0], RING[1], RING[3], RING[2]])

    with pytest.raises(AudienceError, match=r"[Dd]raw"):
        meant(shape=bow_tie)


def test_more_than_two_thousand_areas_at_once_are_refused_with_what_to_do() -> None:
    with pytest.raises(AudienceError, match=r"2,001 areas.*Choose the larger area"):
        meant(shape=None, areas=tuple(range(1, MOST_AREAS + 2)))


def test_an_area_that_is_not_here_is_refused() -> None:
    with pytest.raises(AudienceError):
        meant(shape=None, areas=(987_654,))


# ---------------------------------------------------------------- in words


def test_an_audience_is_described_in_words() -> None:
    builders.topic()
    scheme = builders.scheme("Holt Farm Watch")
    asked = question(
        areas=(builders.area("Holt").id, builders.area("Elm").id),
        schemes=(scheme.pk,),
        scheme_kinds=(SchemeKind.HORSE,),
        topics=("hare-coursing",),
        lowest_tier=Tier.VETTED,
        channels=(Channel.SMS,),
    )

    assert queries.describe(question=asked) == (
        "Horse Watch members or members of Holt Farm Watch (vetted watch members and above) interested in "
        "hare coursing with a place in Elm, Holt or a drawn area of 288 km², by text only"
    )
    everybody = replace(question(), lowest_tier=Tier.KIN)
    assert (
        queries.describe(question=everybody)
        == "Members (named key individuals) with a place in a drawn area of 288 km²"
    )


def test_circles_and_drawn_areas_are_told_by_the_nearest_village_and_no_farm() -> None:
    builders.place("Ebbcote")
    builders.place("Manor Farm", kind=PlaceKind.FARM, at=(2.5, 54.55))
    near = replace(question(), polygons=(), circles=(Circle(2.501, 54.501, 9_000), Circle(2.5, 54.55, 800)))

    assert queries.describe(question=near) == (
        "Members with a place within 5.6 miles of Ebbcote or within 800 m of a point 3 miles north of Ebbcote"
    )
    assert queries.describe(question=question()).startswith("Members with a place in a drawn area of 288 km² near ")
    for metres, said in (
        (1_609, "1 mile"),
        (8_047, "5 miles"),
        (9_000, "5.6 miles"),
        (19_312, "12 miles"),
        (160_934, "100 miles"),
    ):
        assert f"within {said} of 56.0000, 2.5000" in queries.describe(
            question=replace(near, circles=(Circle(2.5, 56.0, metres),))
        )


def test_a_drawn_area_that_cannot_be_used_is_still_described() -> None:
    assert queries.describe(question=replace(question(), polygons=("{}",))) == "Members with a place in a drawn area"
