"""Which way comes first for whom: the ladder for everybody, another where it is measured to be better for one."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.models import ContactPoint, Member, Preference
from hueandcry.domain.members.queries.audience import foresee
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Priority, Reading
from hueandcry.domain.members.rules.preferences import Hours, ladder
from hueandcry.domain.messaging.actions import laddering, learning
from hueandcry.domain.messaging.models import Lag, Message
from hueandcry.domain.messaging.queries import choosing
from hueandcry.domain.messaging.queries.figures import figures
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.choosing import (
    BOUNDS,
    CHOSEN,
    INSTEAD,
    KNOWN_FOR,
    MEASURED,
    SLOW_S,
    bounds_of,
    instead_of,
    may_come_first,
    wait_of,
)
from hueandcry.domain.messaging.rules.ladder import WAITS
from hueandcry.domain.places.rules import Circle
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to, stopped

pytestmark = pytest.mark.django_db
SMS, VOICE, EMAIL, PUSH, WHATSAPP = Channel.SMS, Channel.VOICE, Channel.EMAIL, Channel.PUSH, Channel.WHATSAPP
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
NIGHT = dt.datetime(2026, 11, 20, 23, tzinfo=dt.UTC)
LANDLINE = "+442079460001"


@pytest.fixture(autouse=True)
def by_day() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def asked(priority: Priority = Priority.URGENT, **fields: Any) -> AudienceQuestion:
    middle = Circle(builders.MIDDLE.lon, builders.MIDDLE.lat, 5_000)
    return AudienceQuestion(organisation_id=builders.force().pk, circles=(middle,), priority=priority, **fields)


def sent_to_all(priority: Priority = Priority.URGENT, **fields: Any) -> Message:
    """Send an alert to everybody round the middle, as a release does."""
    meant = members.meant_by(question=asked(priority, **fields))
    return alert_to(member_ids=meant, priority=priority)


def got(member: Member, channel: Channel, *, many: int = MEASURED, seconds: int | None = 5, days: int = 1) -> None:
    """Let so many alerts have come to a member by a way, each after so many seconds; None: each failed."""
    at = clock.now() - dt.timedelta(days=days)
    for _ in range(many):
        message = alert_to(about=f"alert:{Message.objects.count()}")
        Message.objects.filter(pk=message.pk).update(queued_at=at)
        message.deliveries.create(
            member=member,
            channel=channel,
            address="+447700900199",
            lane=message.lane,
            next_at=at,
            gateway="sandbox-text",
            state=DeliveryState.FAILED if seconds is None else DeliveryState.DELIVERED,
            accepted_at=at,
            ended_at=at + dt.timedelta(seconds=seconds or 0),
        )


def slow(**fields: Any) -> Member:
    """Return a member whose texts take nine minutes and who answers calls at once: learned."""
    member = builders.member(**{"landline": LANDLINE, "email": "slow@example.org", **fields})
    got(member, SMS, seconds=540)
    got(member, VOICE, seconds=12)
    return member


def known_of(member: Member) -> dict[Channel, choosing.Worked]:
    return choosing.worked(member_id=member.pk, organisation_id=builders.force().pk)


def ways(message: Message) -> dict[int | None, str]:
    return dict(message.deliveries.values_list("member_id", "channel"))


# ---------------------------------------------------------------- the table


def test_only_where_minutes_matter_and_only_by_ways_that_tell_of_delivery() -> None:
    assert set(CHOSEN) == set(WAITS) == set(BOUNDS)
    assert set(INSTEAD) == set(ladder(Priority.URGENT)) - {EMAIL}
    assert all(least <= 1 <= most for least, most in BOUNDS.values())
    assert bounds_of(Priority.EMERGENCY)[1] == 1
    assert bounds_of(Priority.ROUTINE) == (1, 1)


@pytest.mark.parametrize(
    ("first", "ways", "better", "may", "instead"),
    [
        (SMS, [SMS, VOICE, EMAIL], {VOICE}, {VOICE}, VOICE),
        (SMS, [SMS, VOICE, EMAIL], {VOICE}, set(), None),
        (SMS, [SMS, EMAIL], {VOICE}, {VOICE}, None),
        (SMS, [SMS, VOICE], set(), {VOICE}, None),
        (SMS, [PUSH, SMS, VOICE], {VOICE}, {VOICE}, None),
        (PUSH, [PUSH, WHATSAPP, SMS, VOICE], {SMS, VOICE}, {SMS, VOICE}, SMS),
        (PUSH, [PUSH, WHATSAPP, SMS, VOICE], {SMS, VOICE}, {VOICE}, VOICE),
        (VOICE, [SMS, VOICE], {SMS}, {SMS}, None),
        (SMS, [], {VOICE}, {VOICE}, None),
    ],
)
def test_what_comes_first_instead(
    first: Channel, ways: list[Channel], better: set[Channel], may: set[Channel], instead: Channel | None
) -> None:
    assert instead_of(first, ways=ways, better=better, may=may) == instead


@pytest.mark.parametrize(
    ("channel", "hour", "own", "asked_for", "may"),
    [
        (VOICE, 12, None, False, True),
        (VOICE, 23, None, False, False),
        (VOICE, 7, None, False, False),
        (VOICE, 23, None, True, True),
        (SMS, 23, None, False, True),
        (SMS, 23, Hours(8 * 60, 20 * 60), False, False),
        (VOICE, 12, Hours(18 * 60, 20 * 60), True, False),
        (VOICE, 23, Hours(22 * 60, 6 * 60), True, True),
    ],
)
def test_a_way_comes_first_only_in_their_hours_and_no_call_at_night_unasked(
    channel: Channel, hour: int, own: Hours | None, *, asked_for: bool, may: bool
) -> None:
    local = NOON.replace(hour=hour)

    assert may_come_first(channel, priority=Priority.URGENT, local=local, own=own, asked_for=asked_for) == may


@pytest.mark.parametrize(
    ("priority", "nearly_s", "seconds"),
    [
        (Priority.URGENT, None, 300),
        (Priority.URGENT, 0, 120),
        (Priority.URGENT, 200, 230),
        (Priority.URGENT, 400, 430),
        (Priority.URGENT, 4000, 600),
        (Priority.EMERGENCY, 0, 60),
        (Priority.EMERGENCY, 4000, 120),
    ],
)
def test_a_way_is_given_what_it_nearly_always_takes_within_bounds(
    priority: Priority, nearly_s: int | None, seconds: int
) -> None:
    usual = WAITS[priority][SMS]

    assert wait_of(priority, usual, nearly_s).total_seconds() == seconds


# ---------------------------------------------------------------- the first way


def test_who_is_told_late_by_text_and_soon_by_telephone_is_rung_first() -> None:
    late, usual = slow(), builders.member(landline="+442079460002")
    learning.learn()

    message = sent_to_all()

    assert ways(message) == {late.pk: "voice", usual.pk: "sms"}
    assert message.moved == 1


def test_who_is_often_lost_by_text_and_soon_told_by_telephone_is_rung_first() -> None:
    lost = builders.member(landline=LANDLINE)
    got(lost, SMS, many=3, seconds=None)
    got(lost, SMS, many=3, seconds=2)
    got(lost, VOICE, seconds=12)
    learning.learn()

    assert ways(sent_to_all()) == {lost.pk: "voice"}


def _too_few_by_text(member: Member) -> None:
    got(member, SMS, many=MEASURED - 1, seconds=540)
    got(member, VOICE)


def _too_few_by_telephone(member: Member) -> None:
    got(member, SMS, seconds=540)
    got(member, VOICE, many=MEASURED - 1)


def _too_long_ago(member: Member) -> None:
    got(member, SMS, seconds=540, days=91)
    got(member, VOICE, days=91)


def _not_slow(member: Member) -> None:
    got(member, SMS, seconds=SLOW_S - 1)
    got(member, VOICE)


def _not_so_much_sooner(member: Member) -> None:
    got(member, SMS, seconds=SLOW_S + 100)
    got(member, VOICE, seconds=SLOW_S - 10)


def _telephone_is_slow_too(member: Member) -> None:
    got(member, SMS, seconds=3000)
    got(member, VOICE, seconds=SLOW_S)


def _telephone_often_fails(member: Member) -> None:
    got(member, SMS, seconds=540)
    got(member, VOICE)
    got(member, VOICE, many=2, seconds=None)


def _fails_by_text_twice(member: Member) -> None:
    got(member, SMS, many=2, seconds=None)
    got(member, VOICE)


def _only_the_e_mail_is_sooner(member: Member) -> None:
    got(member, SMS, seconds=540)
    got(member, EMAIL, many=9, seconds=1)


@pytest.mark.parametrize(
    "learned",
    [
        _too_few_by_text,
        _too_few_by_telephone,
        _too_long_ago,
        _not_slow,
        _not_so_much_sooner,
        _telephone_is_slow_too,
        _telephone_often_fails,
        _fails_by_text_twice,
        _only_the_e_mail_is_sooner,
    ],
)
def test_what_is_not_measured_to_be_better_leaves_it_as_it_is(learned: Any) -> None:
    member, moves = builders.member(landline=LANDLINE, email="one@example.org"), slow(landline="+442079460002")
    learned(member)
    learning.learn()

    assert ways(sent_to_all()) == {member.pk: "sms", moves.pk: "voice"}
    assert set(Lag.objects.filter(better__gt=0).values_list("member_id", flat=True)) == {moves.pk}


@pytest.mark.parametrize("priority", [Priority.IMPORTANT, Priority.ROUTINE])
def test_what_can_wait_goes_as_it_goes_for_everybody(priority: Priority) -> None:
    member = slow(email="")
    learning.learn()

    assert ways(sent_to_all(priority)) == {member.pk: "sms"}


def test_danger_takes_the_better_way_too() -> None:
    member = slow()
    learning.learn()

    assert ways(sent_to_all(Priority.EMERGENCY)) == {member.pk: "voice"}


def test_what_was_learned_a_while_ago_counts_no_more() -> None:
    member = slow()
    learning.learn()
    Lag.objects.update(learned_at=clock.now() - KNOWN_FOR)

    assert ways(sent_to_all()) == {member.pk: "sms"}


def test_nobody_is_moved_to_a_way_that_they_do_not_want_may_not_be_used_or_asked_to_stop() -> None:
    wants_none, stops, wants = (slow(landline=f"+44207946000{n}", email="") for n in (1, 2, 3))
    Preference.objects.create(member=wants_none, priority=Priority.URGENT, channel=VOICE, wanted=False)
    stopped("voice", "+442079460002")
    learning.learn()

    message = sent_to_all()

    assert ways(message) == {wants_none.pk: "sms", stops.pk: "sms", wants.pk: "voice"}
    assert set(ways(sent_to_all(channels=(SMS, EMAIL))).values()) == {"sms"}


def test_who_pauses_hears_nothing_by_the_better_way_either() -> None:
    pauses, hears = slow(), slow(landline="+442079460002")
    Member.objects.filter(pk=pauses.pk).update(paused_until=clock.now() + dt.timedelta(days=1))
    learning.learn()

    assert ways(sent_to_all()) == {hears.pk: "voice"}


def test_nobody_is_rung_first_outside_their_hours_for_calls() -> None:
    shut, opened = slow(), slow(landline="+442079460002")
    for member, begins in ((shut, 18), (opened, 11)):
        Preference.objects.create(
            member=member,
            priority=Priority.URGENT,
            channel=VOICE,
            from_minute=begins * 60,
            until_minute=(begins + 2) * 60,
        )
    learning.learn()

    assert ways(sent_to_all()) == {shut.pk: "sms", opened.pk: "voice"}


@pytest.mark.parametrize("priority", CHOSEN)
def test_at_night_only_who_asked_for_calls_is_rung_instead_of_texted(priority: Priority) -> None:
    sleeps, wakes, other = (slow(landline=f"+44207946000{n}") for n in (1, 2, 3))
    Preference.objects.create(member=wakes, priority=priority, channel=VOICE)
    Preference.objects.create(member=other, priority=Priority.IMPORTANT, channel=VOICE)
    learning.learn()

    with time_machine.travel(NIGHT, tick=False):
        message = sent_to_all(priority)

    assert ways(message) == {sleeps.pk: "sms", wakes.pk: "voice", other.pk: "sms"}


def test_a_telephone_that_two_of_a_household_share_still_rings_once() -> None:
    one, two = slow(mobile="+447700900101"), slow(mobile="+447700900102")
    learning.learn()

    message = sent_to_all()

    assert list(message.deliveries.values_list("member_id", "channel", "address")) == [(one.pk, "voice", LANDLINE)]
    assert two.pk > one.pk


def test_a_telephone_that_is_one_members_text_and_anothers_call_is_used_once() -> None:
    calls = slow(landline="+447700900101")
    builders.member(mobile="+447700900101")
    learning.learn()

    assert list(sent_to_all().deliveries.values_list("member_id", "channel")) == [(calls.pk, "voice")]


@pytest.mark.parametrize(
    ("shared", "safe", "way"),
    [(False, None, "voice"), (True, None, "sms"), (True, True, "voice"), (False, False, "sms"), (False, True, "voice")],
)
def test_a_telephone_that_others_hear_or_that_is_not_safe_is_never_rung_first(
    *, shared: bool, safe: bool | None, way: str
) -> None:
    member = slow()
    ContactPoint.objects.filter(member=member, channel=VOICE).update(shared=shared, safe=safe)
    builders.member()  # noise: nothing is known of them
    learning.learn()

    assert ways(sent_to_all())[member.pk] == way
    assert known_of(member)[SMS].instead == (VOICE if way == "voice" else None)


def test_who_hears_by_voice_only_or_agreed_to_one_way_is_told_as_ever() -> None:
    listens = slow(reading=Reading.VOICE)
    only = slow(landline="")
    learning.learn()

    assert ways(sent_to_all()) == {listens.pk: "voice", only.pk: "sms"}


def test_of_two_better_ways_the_first_of_the_ladder_comes_first() -> None:
    member = slow(whatsapp="+447700900101")
    got(member, WHATSAPP, seconds=700)
    learning.learn()
    first = ways(sent_to_all())
    got(member, SMS, many=20, seconds=3)
    learning.learn()

    assert first == {member.pk: "voice"}
    assert ways(sent_to_all()) == {member.pk: "sms"}


def test_who_was_moved_is_told_by_the_first_way_again_when_the_measures_grow_old() -> None:
    member = slow()
    learning.learn()
    with time_machine.travel(NOON + dt.timedelta(days=90), tick=False):
        learning.learn()
        message = sent_to_all()

    assert ways(message) == {member.pk: "sms"}


def test_when_the_better_way_fails_the_first_one_is_tried() -> None:
    member = slow()
    learning.learn()
    message = sent_to_all()
    message.deliveries.update(state=DeliveryState.FAILED, accepted_at=clock.now(), ended_at=clock.now())

    laddering.climb()

    assert list(message.deliveries.order_by("rung").values_list("channel", "rung")) == [("voice", 0), ("sms", 1)]
    assert ways(message).keys() == {member.pk}


def test_nobody_is_moved_because_a_provider_was_slow_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_IN_TROUBLE", learning._IN_TROUBLE.replace("GREATEST(50,", "GREATEST(1,"))
    for number in range(1, 4):
        slow(landline=f"+44207946000{number}")
    few = Lag.objects.filter(better__gt=0)
    learning.learn()
    in_trouble = few.count()
    for _ in range(9):
        got(builders.member(), SMS, many=3)
    learning.learn()

    assert (in_trouble, few.count()) == (0, 3)


# ---------------------------------------------------------------- counted as it goes


@pytest.mark.parametrize("moment", [NOON, NIGHT])
def test_what_is_counted_before_a_release_is_what_the_release_writes(moment: dt.datetime) -> None:
    for number in range(1, 4):
        slow(landline=f"+44207946000{number}")
    builders.member(landline="+442079460009")
    builders.member(mobile=None, email="mail@example.org")
    builders.member(mobile="+447700900105")
    stopped("sms", "+447700900105")
    learning.learn()
    with time_machine.travel(moment, tick=False):
        question = asked()
        count = choosing.count(question=question)
        foreseen = foresee(question=question, chosen=lambda meant: choosing.by_what_worked(meant=meant))
        message = sent_to_all()
    rows = list(message.deliveries.values_list("channel", flat=True))

    assert count.by_channel == {Channel(way): rows.count(way) for way in rows} == foreseen.count.by_channel
    assert count.by_channel[EMAIL] == 1
    assert foreseen.moved == message.moved == (3 if moment == NOON else 0)
    assert (VOICE in count.by_channel) == (moment == NOON)
    assert (count.members, count.unreachable) == (foreseen.count.members, foreseen.count.unreachable) == (6, 1)


def test_one_statement_says_who_is_moved_for_one_and_for_many(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = slow()
    for _ in range(5):
        builders.member()
    other = slow(at=(3.9, 54.5), landline="+442079460002")  # noise: not meant, and between no two of them
    builders.member(
        landline="+442079460004"
    )  # noise: the next after one who is not meant, and has nothing against texts
    last = slow(landline="+442079460003")
    learning.learn()
    meant = members.meant_by(question=asked())
    with django_assert_num_queries(1):
        named = choosing.by_what_worked(meant=meant)
    monkeypatch.setattr(choosing, "_FEW", 3)
    with django_assert_num_queries(1):
        between = choosing.by_what_worked(meant=meant)

    assert named.ways.tolist() == between.ways.tolist()
    assert members.moved(before=meant, after=named) == 2
    assert {first.pk, last.pk} == set(meant.members[named.ways != meant.ways].tolist())
    assert other.pk not in meant.members


def test_nothing_is_asked_where_nothing_can_change(django_assert_num_queries: Any) -> None:
    slow()
    learning.learn()
    routine = members.meant_by(question=asked(Priority.ROUTINE))
    text = members.meant_by(question=asked(channels=(SMS, EMAIL)))
    with django_assert_num_queries(0):
        assert choosing.by_what_worked(meant=routine) is routine
        assert choosing.by_what_worked(meant=text) is text


def test_how_many_were_moved_is_kept_and_why_is_known_of_each() -> None:
    member, works = slow(), builders.member()
    got(works, SMS)
    fails = builders.member()
    got(fails, SMS, many=3, seconds=None)
    learning.learn()
    sent_to_all()

    assert figures(about="alert:K7M2PQ").moved == 1
    assert known_of(member) == {SMS: (540, 0, MEASURED, VOICE)}
    assert known_of(fails) == {SMS: (None, 3, 3, None)}
    assert known_of(works) == {}


def test_nobody_is_said_to_be_rung_first_who_does_not_want_it_or_whom_something_else_reaches_first() -> None:
    wants_none, first = slow(), slow(landline="+442079460002", whatsapp="+447700900101")
    Preference.objects.create(member=wants_none, priority=Priority.URGENT, channel=VOICE, wanted=False)
    learning.learn()

    assert known_of(wants_none) == known_of(first) == {SMS: (540, 0, MEASURED, None)}


# ---------------------------------------------------------------- how long a way is given


@pytest.mark.parametrize(("seconds", "minutes"), [(2, 2), (100, 130 / 60), (400, 430 / 60), (5000, 10)])
def test_a_text_is_given_what_it_nearly_always_takes_before_the_telephone_rings(seconds: int, minutes: float) -> None:
    member = builders.member(landline=LANDLINE)
    got(member, SMS, seconds=seconds)
    learning.learn()
    # What was learned says how long to wait, whichever way came first; here it is a text.
    message = sent_to_all()
    message.deliveries.update(
        state=DeliveryState.UNCERTAIN, gateway="sandbox-text", attempts=1, accepted_at=clock.now()
    )
    with time_machine.travel(NOON + dt.timedelta(minutes=minutes, seconds=-1), tick=False):
        early = laddering.climb()
    with time_machine.travel(NOON + dt.timedelta(minutes=minutes), tick=False):
        added = laddering.climb()

    assert (early, added) == (0, 1)


def test_too_few_measured_are_given_the_usual_time() -> None:
    member = builders.member(landline=LANDLINE)
    got(member, SMS, many=MEASURED - 1, seconds=2)
    got(member, VOICE, seconds=2)
    learning.learn()
    message = sent_to_all()
    message.deliveries.update(
        state=DeliveryState.UNCERTAIN, gateway="sandbox-text", attempts=1, accepted_at=clock.now()
    )
    with time_machine.travel(NOON + dt.timedelta(minutes=4, seconds=59), tick=False):
        early = laddering.climb()
    with time_machine.travel(NOON + dt.timedelta(minutes=5), tick=False):
        added = laddering.climb()

    assert (early, added) == (0, 1)


def test_in_danger_nobody_is_left_longer_than_everybody() -> None:
    member = builders.member(landline=LANDLINE)
    got(member, SMS, seconds=170)
    learning.learn()
    message = sent_to_all(Priority.EMERGENCY)
    message.deliveries.update(
        state=DeliveryState.UNCERTAIN, gateway="sandbox-text", attempts=1, accepted_at=clock.now()
    )
    with time_machine.travel(NOON + dt.timedelta(minutes=2), tick=False):
        added = laddering.climb()

    assert added == 1
