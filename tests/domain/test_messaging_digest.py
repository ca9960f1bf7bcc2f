"""Nobody gets too much: a week's budget across all senders, one digest for the rest, and what a crash leaves of it."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from hueandcry.domain.members import actions as members
from hueandcry.domain.members.models import Consent, Member
from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.actions import digesting
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind, Words
from hueandcry.domain.records.models import Record
from hueandcry.gateways.models import SandboxMessage
from tests import builders
from tests.domain.messaging import WORDS, alert_to, by_phone, incoming, stopped

pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Europe/London")
# A Wednesday at noon, the digest of that day, and of the next.
NOON = dt.datetime(2026, 1, 14, 12, 0, tzinfo=HERE)
DIGEST = dt.datetime(2026, 1, 14, 17, 31, tzinfo=HERE)
NEXT_DAY = dt.datetime(2026, 1, 15, 17, 31, tzinfo=HERE)
PHONE = "+447700900101"


def words(name: str) -> Words:
    return Words(
        text=f"Doggerland Police {name}: all of it.", spoken=f"This is Doggerland Police. {name}.",
        subject=f"Doggerland Police {name}: Gate {name} left open", email=f"All about {name}. Page: {{page}}",
    )  # fmt: skip


def say(name: str, *to: Member, **fields: Any) -> Message:
    """Queue an alert that can wait, and send what may go of it."""
    given = {"priority": Priority.IMPORTANT, "expires_at": None, "words": words(name), "about": f"alert:{name}"}
    message = alert_to(*to, **{**given, **fields})
    actions.dispatch(message_ref=message.ref)
    return message


def had(count: int, *to: Member, at: dt.datetime = NOON - dt.timedelta(days=2), **fields: Any) -> None:
    """Let members have had so many messages, two days ago unless told otherwise."""
    with time_machine.travel(at, tick=False):
        for number in range(count):
            say(f"BEFRE{number}", *to, **fields)


def state(message: Message, member: Member) -> str:
    return str(message.deliveries.get(member=member).state)


def run_digest() -> int:
    """Run the digest and hand over what it made."""
    made = actions.digest()
    for ref in Message.objects.filter(kind=MessageKind.DIGEST).order_by("id").values_list("ref", flat=True):
        actions.dispatch(message_ref=ref)
    return made


# ---------------------------------------------------------------- what is held


def test_the_fifth_of_a_week_comes_and_the_sixth_waits_for_the_digest() -> None:
    four, five = builders.member(), builders.member()
    had(5, five)
    had(4, four)

    with time_machine.travel(NOON, tick=False):
        message = say("K7M2PQ", four, five)

    assert (state(message, four), state(message, five)) == ("delivered", "held")
    assert message.deliveries.get(member=five).next_at == DIGEST.replace(minute=30)


def test_a_week_rolls() -> None:
    member = builders.member()
    had(5, member, at=NOON - dt.timedelta(days=7))

    with time_machine.travel(NOON - dt.timedelta(seconds=1), tick=False):
        early = say("EARLY2", member)
    with time_machine.travel(NOON + dt.timedelta(seconds=1), tick=False):
        late = say("LATE22", member)

    assert (state(early, member), state(late, member)) == ("held", "delivered")


def test_what_other_senders_and_other_channels_sent_counts_too() -> None:
    member = builders.member(mobile=PHONE, email="m@example.org")
    fire = builders.partner()
    for consent in list(Consent.objects.filter(member=member)):
        consent.pk, consent.organisation = None, fire
        consent.save()
    had(3, member, channels=(Channel.EMAIL,))
    had(2, member, organisation_id=fire.pk)

    with time_machine.travel(NOON, tick=False):
        message = say("K7M2PQ", member)

    assert state(message, member) == "held"


def test_a_member_chooses_a_budget_of_their_own() -> None:
    little, much = builders.member(weekly_budget=1), builders.member(weekly_budget=20)
    had(5, little, much, priority=Priority.URGENT)

    with time_machine.travel(NOON, tick=False):
        message = say("K7M2PQ", little, much)

    assert (state(message, little), state(message, much)) == ("held", "delivered")


def test_what_is_urgent_always_comes_and_counts_all_the_same() -> None:
    member = builders.member()
    had(5, member, priority=Priority.URGENT)

    with time_machine.travel(NOON, tick=False):
        urgent = say("URGENT", member, priority=Priority.URGENT)
        can_wait = say("K7M2PQ", member)

    assert (state(urgent, member), state(can_wait, member)) == ("delivered", "held")


def test_what_is_owed_neither_waits_nor_counts() -> None:
    member = builders.member(mobile=PHONE)
    had(4, member, priority=Priority.URGENT)
    with time_machine.travel(NOON - dt.timedelta(hours=1), tick=False):
        said = actions.receive(incoming=incoming(PHONE, "Gate open"))
        actions.reply(conversation_ref=said.conversation.ref, text="Thank you", actor="officer:TEST22")
        actions.receive(incoming=incoming(PHONE, "WHO"))

    with time_machine.travel(NOON, tick=False):
        fifth = say("K7M2PQ", member)
        over = actions.follow(kind=MessageKind.STAND_DOWN, about=fifth.about, words=WORDS, actor="officer:TEST22")
        sixth = say("SXTH22", member)

    assert (state(fifth, member), state(over, member), state(sixth, member)) == ("delivered", "queued", "held")


def test_what_never_reached_them_does_not_count() -> None:
    member = builders.member()
    had(5, member)
    Delivery.objects.update(state=DeliveryState.BOUNCED)

    with time_machine.travel(NOON, tick=False):
        message = say("K7M2PQ", member)

    assert state(message, member) == "delivered"


def test_what_ends_before_the_next_digest_is_counted_as_not_sent_at_once() -> None:
    member, other = builders.member(), builders.member()
    had(5, member)

    with time_machine.travel(NOON, tick=False):
        message = say("K7M2PQ", member, other, expires_at=NOON + dt.timedelta(hours=5))
        kept = queries.kept_back(about=message.about)

    assert (state(message, member), state(message, other)) == ("expired", "delivered")
    assert (kept.overfull, kept.held, kept.slept) == (1, 0, 0)


# ---------------------------------------------------------------- the digest


def held(*names: str, to: tuple[Member, ...], **fields: Any) -> list[Message]:
    """Let members have had enough, and hold these back at noon."""
    had(5, *to, at=NOON - dt.timedelta(days=6, hours=2))
    with time_machine.travel(NOON, tick=False):
        return [say(name, *to, **fields) for name in names]


def test_what_was_held_comes_as_one_message_when_there_is_room_and_once_only() -> None:
    member = builders.member(mobile=PHONE)
    first, second = held("K7M2PQ", "GTDW22", to=(member,))

    with time_machine.travel(DIGEST, tick=False):
        full = run_digest()  # the five of last week still count
    with time_machine.travel(NEXT_DAY, tick=False):
        made, again = run_digest(), run_digest()
        figures = queries.progress(about=first.about)

    assert (full, made, again) == (0, 1, 0)
    (said,) = by_phone(PHONE)[5:]
    assert said == (
        "Doggerland Police: 2 messages that could wait. 1. K7M2PQ: Gate K7M2PQ left open; 2. GTDW22: Gate GTDW22 left "
        "open. In full: your own page, or ring 101. In danger? 999."
    )
    assert (state(first, member), state(second, member)) == ("bundled", "bundled")
    assert figures.by_state == {DeliveryState.BUNDLED: 1}
    assert Record.objects.filter(event="message.queued", facts__message_kind="digest").count() == 1


def test_by_e_mail_a_digest_holds_every_message_in_full() -> None:
    member = builders.member(mobile=None, email="m@example.org")
    held("K7M2PQ", "GTDW22", to=(member,))

    with time_machine.travel(NEXT_DAY, tick=False):
        run_digest()

    body = SandboxMessage.objects.filter(address="m@example.org").latest("id").body
    assert "All about K7M2PQ." in body
    assert "All about GTDW22." in body
    assert "{page}" not in body
    assert f"/my/{member.page_token}/" in body


def test_one_alone_is_said_as_it_stands_and_its_answers_are_about_it() -> None:
    member = builders.member(mobile=PHONE)
    held("K7M2PQ", to=(member,))

    with time_machine.travel(NEXT_DAY, tick=False):
        run_digest()
        answer = actions.receive(incoming=incoming(PHONE, "Shut it again"))

    assert by_phone(PHONE)[5] == "Doggerland Police K7M2PQ: all of it."
    assert answer.conversation.about == "alert:K7M2PQ"


def test_an_answer_to_a_digest_is_about_the_one_that_it_names_else_about_none() -> None:
    member = builders.member(mobile=PHONE)
    held("K7M2PQ", "GTDW22", to=(member,))

    with time_machine.travel(NEXT_DAY, tick=False):
        run_digest()
        named = actions.receive(incoming=incoming(PHONE, "GTDW22 is shut again"))
        unnamed = actions.receive(incoming=incoming(PHONE, "It is shut again"))

    assert (named.conversation.about, unnamed.conversation.about) == ("alert:GTDW22", "")


def test_members_who_wait_for_the_same_share_one_message_and_others_do_not() -> None:
    one, two, other = builders.member(), builders.member(), builders.member()
    had(5, one, two, other, at=NOON - dt.timedelta(days=6, hours=2))
    with time_machine.travel(NOON, tick=False):
        say("K7M2PQ", one, two)
        say("GTDW22", one, two, other)

    with time_machine.travel(NEXT_DAY, tick=False):
        made = run_digest()

    digests = Message.objects.filter(kind=MessageKind.DIGEST)
    assert made == 3
    assert sorted(
        set(digest.deliveries.values_list("member_id", flat=True)) == {one.pk, two.pk} for digest in digests
    ) == [
        False,
        True,
    ]


def test_something_that_would_end_before_the_next_digest_brings_it_forward() -> None:
    soon, later = builders.member(), builders.member()
    had(5, soon, later)
    with time_machine.travel(NOON, tick=False):
        say("K7M2PQ", soon, expires_at=NOON + dt.timedelta(hours=20))
        say("GTDW22", later, expires_at=NOON + dt.timedelta(hours=40))

    with time_machine.travel(DIGEST, tick=False):
        made = run_digest()

    assert made == 1
    assert Delivery.objects.get(message__kind=MessageKind.DIGEST).member_id == soon.pk


def test_nobody_waits_for_more_than_a_week() -> None:
    member = builders.member(weekly_budget=0)
    with time_machine.travel(NOON, tick=False):
        say("K7M2PQ", member)

    made = []
    for day in range(8):
        with time_machine.travel(DIGEST + dt.timedelta(days=day), tick=False):
            made.append(run_digest())

    assert made == [0, 0, 0, 0, 0, 0, 1, 0]


def test_a_digest_goes_once_a_day_though_more_was_held_meanwhile() -> None:
    member = builders.member()
    had(5, member)
    with time_machine.travel(NOON, tick=False):
        say("K7M2PQ", member, expires_at=NOON + dt.timedelta(hours=20))
    with time_machine.travel(DIGEST, tick=False):
        first = run_digest()
        say("GTDW22", member, expires_at=NOON + dt.timedelta(days=3))
        second = run_digest()

    assert (first, second) == (1, 0)


def test_a_digest_that_is_late_wakes_nobody() -> None:
    member = builders.member(mobile=PHONE)
    held("K7M2PQ", to=(member,))

    with time_machine.travel(NEXT_DAY.replace(hour=23), tick=False):  # the service was away at half past five
        at_night = run_digest()
    with time_machine.travel(NEXT_DAY + dt.timedelta(hours=15), tick=False):
        in_the_morning = run_digest()

    assert (at_night, in_the_morning) == (0, 1)


# ---------------------------------------------------------------- what happens in between


def test_what_is_stood_down_or_over_drops_out_and_the_rest_comes() -> None:
    member = builders.member(mobile=PHONE)
    had(5, member, at=NOON - dt.timedelta(days=6, hours=2))
    with time_machine.travel(NOON, tick=False):
        off = say("STDDWN", member)
        over = say("EXPRD2", member, expires_at=NOON + dt.timedelta(hours=20))
        stays = say("K7M2PQ", member)
    Member.objects.update(weekly_budget=5)

    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False):
        followed = actions.follow(kind=MessageKind.STAND_DOWN, about=off.about, words=WORDS, actor="officer:TEST22")
    with time_machine.travel(NEXT_DAY, tick=False):
        run_digest()

    assert (state(off, member), state(over, member), state(stays, member)) == ("cancelled", "expired", "bundled")
    assert not followed.deliveries.exists()
    assert by_phone(PHONE)[5:] == ["Doggerland Police K7M2PQ: all of it."]


def test_a_stand_down_follows_an_alert_that_came_in_a_digest() -> None:
    told, waits = builders.member(mobile=PHONE), builders.member()
    (alert,) = held("K7M2PQ", to=(told,))
    with time_machine.travel(NEXT_DAY, tick=False):
        run_digest()
        had(5, waits, at=NEXT_DAY - dt.timedelta(days=1))
        say("K7M2PQ", waits)  # noise: held still

        over = actions.follow(kind=MessageKind.STAND_DOWN, about=alert.about, words=WORDS, actor="officer:TEST22")
        heard = queries.reached(about=alert.about)

    assert list(over.deliveries.values_list("member_id", "address")) == [(told.pk, PHONE)]
    assert list(heard) == [told.pk]


def test_a_digest_that_waits_to_be_sent_is_taken_back_with_its_alert_and_made_anew() -> None:
    member = builders.member(mobile=PHONE)
    off, stays = held("STDDWN", "K7M2PQ", to=(member,))
    with time_machine.travel(NEXT_DAY, tick=False):
        actions.digest()  # written, and the provider is away

        actions.follow(kind=MessageKind.STAND_DOWN, about=off.about, words=WORDS, actor="officer:TEST22")
        run_digest()

    assert (state(off, member), state(stays, member)) == ("cancelled", "bundled")
    assert by_phone(PHONE)[5:] == ["Doggerland Police K7M2PQ: all of it."]


def test_a_digest_in_a_workers_hands_when_its_alert_is_called_off_is_followed() -> None:
    member = builders.member(mobile=PHONE)
    off, _ = held("STDDWN", "K7M2PQ", to=(member,))
    with time_machine.travel(NEXT_DAY, tick=False):
        actions.digest()
        digest = Message.objects.get(kind=MessageKind.DIGEST)
        digest.deliveries.update(state="leased", attempts=1, next_at=NEXT_DAY - dt.timedelta(seconds=1))
        over = actions.follow(kind=MessageKind.STAND_DOWN, about=off.about, words=WORDS, actor="officer:TEST22")
        actions.dispatch(message_ref=digest.ref)

    assert digest.deliveries.get().state == DeliveryState.UNCERTAIN
    assert list(over.deliveries.values_list("address", flat=True)) == [PHONE]


def test_a_stop_ends_what_is_held() -> None:
    member = builders.member(mobile=PHONE)
    (alert,) = held("K7M2PQ", to=(member,))
    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False):
        actions.receive(incoming=incoming(PHONE, "STOP"))

    with time_machine.travel(NEXT_DAY, tick=False):
        made = run_digest()

    assert (state(alert, member), made) == ("stopped", 0)


def test_a_stop_between_writing_and_sending_ends_the_digest() -> None:
    member = builders.member(mobile=PHONE)
    (alert,) = held("K7M2PQ", to=(member,))
    with time_machine.travel(NEXT_DAY, tick=False):
        actions.digest()
        stopped("sms", PHONE)
        run_digest()
        run_digest()

    assert state(alert, member) == "stopped"
    assert len(by_phone(PHONE)) == 5


def test_who_withdrew_from_one_sender_gets_a_digest_without_them() -> None:
    member = builders.member(mobile=PHONE)
    fire = builders.partner()
    consent = Consent.objects.get(member=member)
    consent.pk, consent.organisation = None, fire
    consent.save()
    (theirs,) = held("F7RE22", to=(member,), organisation_id=fire.pk)
    with time_machine.travel(NOON, tick=False):
        ours = say("K7M2PQ", member)

    members.withdraw(member_id=member.pk, channel=Channel.SMS, organisation_id=fire.pk, actor="officer:TEST22")
    with time_machine.travel(NEXT_DAY, tick=False):
        run_digest()

    assert (state(theirs, member), state(ours, member)) == ("stopped", "bundled")


def test_a_digest_that_did_not_arrive_has_told_nobody() -> None:
    member = builders.member(mobile="+447700900998")  # the sandbox bounces this one
    had(5, builders.member())  # noise
    with time_machine.travel(NOON, tick=False):
        Member.objects.filter(pk=member.pk).update(weekly_budget=0)
        alert = say("K7M2PQ", member, expires_at=NOON + dt.timedelta(hours=20))
    with time_machine.travel(DIGEST, tick=False):
        run_digest()
        run_digest()

    assert state(alert, member) == "failed"
    assert list(queries.reached(about=alert.about)) == []


def test_who_left_or_rests_gets_no_digest() -> None:
    left, rests = builders.member(), builders.member()
    (alert,) = held("K7M2PQ", to=(left, rests))
    Member.objects.filter(pk=left.pk).update(state="left", left_at=NOON)
    Member.objects.filter(pk=rests.pk).update(state="paused", paused_until=NEXT_DAY + dt.timedelta(hours=20))

    made = []
    for later in (0, 1):
        with time_machine.travel(NEXT_DAY + dt.timedelta(days=later), tick=False):
            made.append(run_digest())

    assert (state(alert, left), state(alert, rests), made) == ("stopped", "bundled", [0, 1])


# ---------------------------------------------------------------- crashes


@pytest.mark.parametrize("where", ["spared", "insert_rows", "log"])
def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = builders.member(mobile=PHONE), builders.member(mobile="+447700900102")
    had(5, one, two, at=NOON - dt.timedelta(days=6, hours=2))
    with time_machine.travel(NOON, tick=False):
        say("K7M2PQ", one, two)
        say("GTDW22", two)

    with time_machine.travel(NEXT_DAY, tick=False):
        real, seen = getattr(digesting, where), []

        def dies(*args: Any, **fields: Any) -> Any:
            seen.append(where)
            if len(seen) == 2:  # the first digest is written, the second dies half-way
                raise KeyboardInterrupt
            return real(*args, **fields)

        with monkeypatch.context() as patched:
            patched.setattr(digesting, where, dies)
            with pytest.raises(KeyboardInterrupt):
                actions.digest()
        half = Message.objects.filter(kind=MessageKind.DIGEST).count()
        run_digest()

    assert half == 1
    assert len(by_phone(PHONE)) == len(by_phone("+447700900102")) == 6
    assert not Delivery.objects.filter(state=DeliveryState.HELD).exists()


# ---------------------------------------------------------------- who is told beforehand


def test_the_composer_is_told_for_how_many_it_is_one_too_many() -> None:
    free, full, fuller = builders.member(), builders.member(), builders.member()
    had(5, full, fuller)
    with time_machine.travel(NOON, tick=False):
        ids = [free.pk, full.pk, fuller.pk]

        asked = queries.budget_for(member_ids=ids, priority=Priority.IMPORTANT)
        urgent = queries.budget_for(member_ids=ids, priority=Priority.URGENT)
        short = queries.budget_for(member_ids=ids, priority=Priority.IMPORTANT, expires_at=NOON + dt.timedelta(hours=1))

    assert (asked.members, asked.over, asked.nth, asked.lost, asked.for_most) == (3, 2, 6, 0, True)
    assert (urgent.members, urgent.over) == (3, 0)
    assert (short.over, short.lost) == (2, 2)


def test_a_members_own_page_knows_their_week_and_what_waits() -> None:
    member, other = builders.member(), builders.member()
    held("K7M2PQ", to=(member, other))

    with time_machine.travel(NOON, tick=False):
        waiting = queries.waiting_for_digest(member_id=member.pk)
        received = queries.received_this_week(member_id=member.pk)

    assert [(line.subject, line.since, line.ends) for line in waiting] == [
        ("Doggerland Police K7M2PQ: Gate K7M2PQ left open", NOON, None)
    ]
    assert received == 5


# ---------------------------------------------------------------- many


def test_many_are_held_and_bundled_by_the_same_few_statements(django_assert_num_queries: Any) -> None:
    few, many = [builders.member() for _ in range(2)], [builders.member() for _ in range(60)]
    had(5, *few, *many, at=NOON - dt.timedelta(days=6, hours=2))

    for number, members_ in enumerate((few, many)):
        with time_machine.travel(NOON + dt.timedelta(minutes=number), tick=False), django_assert_num_queries(10):
            alert_to(*members_, priority=Priority.ROUTINE)
        with time_machine.travel(NEXT_DAY, tick=False), django_assert_num_queries(16):
            actions.digest()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT message_id), count(*) FROM messaging_delivery WHERE state = 'queued'")
        assert cursor.fetchone() == (2, 62)
