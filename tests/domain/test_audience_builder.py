"""All that an audience can be asked: lines, ways, languages, what must and must not hold, priorities, who is lost."""

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from shapely.geometry import box, mapping

from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.models import Consent, ContactPoint, Member, MemberPlace, Preference, Suppression
from hueandcry.domain.members.rules import (
    AudienceError,
    AudienceQuestion,
    Channel,
    Corridor,
    Language,
    Part,
    Priority,
    Purpose,
    Ring,
    SchemeKind,
    Tier,
    WhyNot,
    question_from_json,
    question_to_json,
)
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules import MessageKind, Words
from hueandcry.domain.places.rules import Circle
from hueandcry.kit import clock, shapes
from hueandcry.kit.geometry import Point
from tests import builders

pytestmark = pytest.mark.django_db
LON, LAT = builders.MIDDLE
AROUND = json.dumps(mapping(box(LON - 1, LAT - 0.5, LON + 1, LAT + 0.5)))
KM = 1 / 111.32


def asked(**fields: Any) -> AudienceQuestion:
    where = {"corridors", "rings", "circles", "areas", "polygons"} & set(fields)
    ground: dict[str, Any] = {} if where else {"polygons": (AROUND,)}
    return AudienceQuestion(organisation_id=builders.force().pk, **ground, **fields)


def meant(**fields: Any) -> list[int]:
    return [int(member) for member in queries.audience(question=asked(**fields))]


# ---------------------------------------------------------------- lines and ways


def test_who_lives_along_a_line_is_meant_and_who_lives_beyond_its_width_is_not() -> None:
    line = ((LON, LAT), (LON, LAT + 0.3), (LON + 0.4, LAT + 0.3))
    near = builders.member(at=(LON + 0.2, LAT + 0.3 + 0.9 * KM))
    builders.member(at=(LON + 0.2, LAT + 0.3 + 1.1 * KM))
    behind_the_end = builders.member(at=(LON, LAT - 0.9 * KM))
    builders.member(at=(LON, LAT - 1.1 * KM))

    assert meant(corridors=(Corridor(line, 1_000),)) == [near.pk, behind_the_end.pk]


def test_a_line_is_as_wide_on_the_ground_as_it_says() -> None:
    line = ((-2.9, 53.8), (-2.1, 54.1))
    shape = shapes.corridor(line, 5_000)
    along = [Point(lon, lat) for lon, lat in shapes.EARTH.npts(*line[0], *line[1], 2_000)]
    draw = np.random.default_rng(3)

    for lon, lat in draw.uniform((-3.0, 53.7), (-2.0, 54.2), (150, 2)):
        away = min(shapes.distance_m(Point(lon, lat), on_it) for on_it in along)
        if abs(away - 5_000) > 5:
            assert bool(shapes.inside(shape, [lon], [lat])[0]) is (away < 5_000)


def test_a_way_reaches_as_far_as_time_and_speed_and_leaves_its_middle_out() -> None:
    builders.member(at=(LON, LAT + 9.5 * KM))
    between = builders.member(at=(LON, LAT + 12 * KM))
    builders.member(at=(LON, LAT + 31 * KM))

    assert meant(rings=(Ring(LON, LAT, minutes=30, kmh=60, from_minutes=10),)) == [between.pk]


@pytest.mark.parametrize(
    "fields",
    [
        {"corridors": (Corridor((), 500),)},
        {"corridors": (Corridor(((LON, LAT), (LON, float("nan"))), 500),)},
        {"corridors": (Corridor(((LON, LAT), (LON + 1, LAT)), 0),)},
        {"corridors": (Corridor(((LAT, LON), (LAT, LON)), 500),)},
        {"rings": (Ring(LON, LAT, minutes=0, kmh=60),)},
        {"rings": (Ring(LON, LAT, minutes=600, kmh=100),)},
        {"rings": (Ring(LON, LAT, minutes=10, kmh=60, from_minutes=10),)},
        {"rings": (Ring(LON, LAT, minutes=10, kmh=float("inf")),)},
    ],
)
def test_a_line_or_way_that_cannot_be_is_refused_with_what_to_do(fields: dict[str, Any]) -> None:
    with pytest.raises(AudienceError, match=r"\. (Draw|Choose|Put)|: choose|must be"):
        meant(**fields)


# ---------------------------------------------------------------- what must and must not hold


def test_what_must_hold_holds_as_well_and_what_must_not_does_not() -> None:
    farm, horse = builders.scheme(), builders.scheme("Holt Horse Watch", SchemeKind.HORSE)
    topic = builders.topic()
    both = builders.member(schemes=(farm,), topics=(topic,))
    builders.member(schemes=(farm,))
    builders.member(topics=(topic,))
    builders.member(schemes=(farm, horse), topics=(topic,))

    found = meant(
        scheme_kinds=(SchemeKind.FARM,),
        must=(Part(topics=(topic.slug,)),),
        exclude=(Part(schemes=(horse.pk,)),),
    )

    assert found == [both.pk]


def test_a_part_holds_by_any_place_of_a_member_or_by_anything_else_that_it_names() -> None:
    east = builders.area("East", shape=box(LON + 0.2, LAT - 0.1, LON + 0.4, LAT + 0.1))
    farm = builders.scheme()
    by_place, by_scheme, neither = builders.member(), builders.member(schemes=(farm,)), builders.member()
    MemberPlace.objects.create(member=by_place, point=(LON + 0.3, LAT))
    part = Part(areas=(east.id,), schemes=(farm.pk,))
    here = {"circles": (Circle(LON, LAT, 1_000),)}

    assert meant(must=(part,), **here) == [by_place.pk, by_scheme.pk]
    assert meant(exclude=(part,), **here) == [neither.pk]


def test_languages_mean_who_chose_them() -> None:
    polish = builders.member(language=Language.POLISH)
    builders.member()

    assert meant(languages=(Language.POLISH, Language.WELSH)) == [polish.pk]


def test_a_tier_that_has_run_out_counts_no_more_above_members() -> None:
    today = clock.now().date()
    standing = builders.member(tier_until=today)
    over = builders.member(tier_until=today.replace(year=today.year - 1))

    assert meant(lowest_tier=Tier.VETTED) == [standing.pk]
    assert meant(lowest_tier=Tier.MEMBER) == [standing.pk, over.pk]


# ---------------------------------------------------------------- how each is reached


def test_a_calmer_message_prefers_email_and_a_wish_decides_for_its_own_priority() -> None:
    member = builders.member(email="m@example.org", landline="+441632960001")
    Preference.objects.create(member=member, priority=Priority.URGENT, channel=Channel.SMS, wanted=False)

    def by(priority: Priority) -> dict[Channel, int]:
        return queries.count_audience(question=asked(priority=priority)).by_channel

    assert by(Priority.EMERGENCY) == {Channel.SMS: 1}
    assert by(Priority.URGENT) == {Channel.VOICE: 1}
    assert by(Priority.ROUTINE) == {Channel.EMAIL: 1}


def test_who_asked_to_stop_or_is_suspended_or_unconfirmed_is_unreachable_and_gets_no_row() -> None:
    well, stopped, suspended, unconfirmed, other = (builders.member() for _ in range(5))
    number = ContactPoint.objects.get(member=stopped).address
    Suppression.objects.create(
        channel=Channel.SMS, address_hash=hashlib.sha256(f"sms:{number}".encode()).digest(), since=clock.now()
    )
    ContactPoint.objects.filter(member=suspended).update(suspended_at=clock.now())
    ContactPoint.objects.filter(member=unconfirmed).update(confirmed_at=None)
    ContactPoint.objects.filter(member=other).update(channel=Channel.POST)
    Consent.objects.filter(member=other).update(channel=Channel.POST)

    count = queries.count_audience(question=asked())
    messaging.queue(
        kind=MessageKind.ALERT, about="alert:TEST22", organisation_id=builders.force().pk,
        words=Words(text="A", spoken="A", subject="A", email="A"), member_ids=queries.audience(question=asked()),
        expires_at=None, invites_answers=True, purpose=Purpose.ALERT, actor="officer:TEST22",
    )  # fmt: skip

    assert (count.members, count.by_channel, count.unreachable) == (5, {Channel.SMS: 1}, 4)
    assert list(Delivery.objects.values_list("member_id", flat=True)) == [well.pk]
    assert queries.why_not(question=asked()) == {
        WhyNot.POST_ONLY: 1,
        WhyNot.STOPPED: 1,
        WhyNot.SUSPENDED: 1,
        WhyNot.UNCONFIRMED: 1,
    }


def test_the_second_number_is_used_when_the_first_asked_to_stop() -> None:
    member = builders.member(mobile="+447700900001")
    ContactPoint.objects.create(
        member=member, channel=Channel.SMS, address="+447700900002", rank=2, confirmed_at=clock.now()
    )
    Suppression.objects.create(
        channel=Channel.SMS, address_hash=hashlib.sha256(b"sms:+447700900001").digest(), since=clock.now()
    )

    sql, params = queries.reachable(member_ids=[member.pk], organisation_id=builders.force().pk, purpose=Purpose.ALERT)

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.fetchall() == [(member.pk, "sms", "+447700900002")]


def test_everybody_who_is_here_and_lost_is_counted_once_by_the_first_reason() -> None:
    builders.member()
    away, elsewhere, silent, unwilling = (builders.member() for _ in range(4))
    actions.pause(member_id=away.pk, actor="officer:TEST22")
    Consent.objects.filter(member=elsewhere).update(purpose=Purpose.SURVEY)
    ContactPoint.objects.filter(member=silent).delete()
    Preference.objects.create(member=unwilling, priority=Priority.URGENT, channel=Channel.SMS, wanted=False)

    found = queries.why_not(question=asked())
    count = queries.count_audience(question=asked())

    assert found == {WhyNot.PAUSED: 1, WhyNot.NOT_AGREED: 1, WhyNot.NO_WAY: 1, WhyNot.NOT_WANTED: 1}
    assert count.unreachable == found[WhyNot.NO_WAY] + found[WhyNot.NOT_WANTED]


def test_asking_and_asking_why_takes_as_many_queries_for_many_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    area = builders.area()
    for _ in range(7):
        builders.member()
    question = asked(areas=(area.id,), exclude=(Part(areas=(area.id,), languages=(Language.WELSH,)),))

    with django_assert_num_queries(3):
        queries.count_audience(question=question)
    with django_assert_num_queries(4):
        queries.why_not(question=question)


def test_a_member_without_any_place_is_found_by_scheme_and_not_on_the_map() -> None:
    farm = builders.scheme()
    member = builders.member(schemes=(farm,))
    MemberPlace.objects.filter(member=member).delete()

    by_scheme = AudienceQuestion(organisation_id=builders.force().pk, schemes=(farm.pk,))

    assert list(queries.audience(question=by_scheme)) == [member.pk]
    assert meant() == []
    assert Member.objects.count() == 1


# ---------------------------------------------------------------- kept, and said


def test_a_question_comes_back_from_json_as_it_was() -> None:
    question = asked(
        circles=(Circle(LON, LAT, 500),),
        corridors=(Corridor(((LON, LAT), (LON, LAT + 0.1)), 250.0),),
        rings=(Ring(LON, LAT, 30, 60, 10),),
        areas=(1,), schemes=(2,), scheme_kinds=(SchemeKind.FARM,), topics=("hare-coursing",),
        languages=(Language.WELSH,), must=(Part(topics=("a",)),), exclude=(Part(areas=(3,), schemes=(4,)),),
        priority=Priority.ROUTINE, channels=(Channel.EMAIL,), lowest_tier=Tier.VETTED, purpose=Purpose.ADVICE,
    )  # fmt: skip

    assert question_from_json(json.loads(json.dumps(question_to_json(question)))) == question


def test_what_was_kept_before_there_was_more_to_ask_asks_for_no_more() -> None:
    kept = question_to_json(asked())
    for new in ("corridors", "rings", "languages", "must", "exclude", "priority"):
        del kept[new]

    assert question_from_json(kept) == asked()


@pytest.mark.parametrize("kept", [{}, {"organisation_id": 1, "areas": 5}, {"organisation_id": 1, "rings": [["x"]]}])
def test_what_is_no_question_is_refused(kept: dict[str, Any]) -> None:
    with pytest.raises(AudienceError, match="Choose it again"):
        question_from_json(kept)


def test_it_says_in_words_what_was_asked() -> None:
    builders.place("Holt Haven")
    said = queries.describe(
        question=asked(
            corridors=(Corridor(((LON, LAT), (LON, LAT + 0.1)), 500),),
            rings=(Ring(LON, LAT, 30, 60, 10),),
            languages=(Language.POLISH,),
            must=(Part(scheme_kinds=(SchemeKind.FARM,)),),
            exclude=(Part(scheme_kinds=(SchemeKind.HORSE,)),),
            priority=Priority.ROUTINE,
        )
    )

    assert said == (
        "Members who chose Polski with a place within 500 m of a line of 6.9 miles from Holt Haven to 7 miles north of "
        "Holt Haven or 10 to 30 minutes from Holt Haven at 60 km/h, who are also Farm Watch members, without Horse "
        "Watch members, by the ways they want for “Advice, surveys and meetings”"
    )
