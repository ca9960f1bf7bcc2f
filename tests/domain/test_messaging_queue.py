"""Putting messages into the queue, following them, taking them back."""

import datetime as dt
from typing import Any

import pytest

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.models import ContactPoint, Suppression
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Priority, Purpose
from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.actions import saying
from hueandcry.domain.messaging.actions.saying import insert_rows
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, Lane, MessageKind, MessagingError
from hueandcry.domain.places.rules import Circle
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import WORDS, alert_to, by_phone, incoming, stopped

pytestmark = pytest.mark.django_db


def alert_to_audience(meant: members.Meant, **fields: Any) -> Message:
    return alert_to(member_ids=meant, **fields)


def states(message: Message) -> dict[str, str]:
    return dict(message.deliveries.values_list("address", "state"))


def test_each_member_is_told_by_the_one_way_that_reaches_them() -> None:
    by_text = builders.member(mobile="+447700900101", email="both@example.org")
    by_mail = builders.member(mobile=None, email="mail@example.org")
    builders.member(mobile="+447700900109")  # noise: not meant

    message = alert_to(by_text, by_mail)

    assert set(message.deliveries.values_list("channel", "address")) == {
        ("sms", "+447700900101"),
        ("email", "mail@example.org"),
    }


def test_only_the_channels_asked_for_are_used() -> None:
    both = builders.member(mobile="+447700900101", email="both@example.org")

    message = alert_to(both, channels=(Channel.EMAIL,))

    assert states(message) == {"both@example.org": "queued"}


def test_who_asked_to_stop_gets_no_row() -> None:
    stays, goes = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102")
    stopped("sms", "+447700900102")
    stopped("voice", "+447700900101")  # noise: the same number, another channel

    message = alert_to(stays, goes)

    assert states(message) == {"+447700900101": "queued"}


def test_a_telephone_that_two_members_share_rings_once() -> None:
    first, second = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900101")

    message = alert_to(first, second)

    assert message.deliveries.count() == 1


def around() -> AudienceQuestion:
    middle = Circle(builders.MIDDLE.lon, builders.MIDDLE.lat, 5_000)
    return AudienceQuestion(organisation_id=builders.force().pk, circles=(middle,))


def test_who_is_counted_by_a_way_has_one_row_by_it_and_who_is_not_has_none() -> None:
    by_text = builders.member(mobile="+447700900101", email="both@example.org")
    by_mail = builders.member(mobile="+447700900102", email="mail@example.org")
    other = builders.member(mobile="+447700900103", email="")
    ContactPoint.objects.create(
        member=other, channel=Channel.SMS, address="+447700900104", rank=2, confirmed_at=clock.now()
    )
    builders.member(mobile="+447700900101")  # noise: shares a telephone, and is told by it once
    builders.member(mobile="+447700900105")  # cannot be reached any more
    builders.member(mobile="+447700900109", at=(3.9, 54.5))  # noise: not meant
    for address in ("+447700900102", "+447700900103", "+447700900105"):
        stopped("sms", address)

    count = members.count_audience(question=around())
    message = alert_to_audience(members.meant_by(question=around()))

    assert set(message.deliveries.values_list("member", "channel", "address")) == {
        (by_text.pk, "sms", "+447700900101"),
        (by_mail.pk, "email", "mail@example.org"),
        (other.pk, "sms", "+447700900104"),
    }
    assert (count.members, count.unreachable) == (5, 1)
    shared = 1
    assert message.deliveries.count() + shared + count.unreachable == count.members


def test_who_stops_after_the_count_keeps_the_row_and_hears_nothing() -> None:
    goes, stays = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102")
    meant = members.meant_by(question=around())
    stopped("sms", "+447700900101")

    message = alert_to_audience(meant)
    actions.dispatch(message_ref=message.ref)

    assert list(meant.members) == [goes.pk, stays.pk]
    assert states(message) == {"+447700900101": "stopped", "+447700900102": "delivered"}
    assert by_phone("+447700900101") == []


def test_ways_that_were_answered_for_another_priority_are_not_used() -> None:
    builders.member(mobile="+447700900101")
    meant = members.meant_by(question=around())

    with pytest.raises(AssertionError, match="another organisation, purpose or priority"):
        alert_to_audience(meant, priority=Priority.ROUTINE)


def test_an_audience_of_nobody_makes_a_message_without_deliveries() -> None:
    message = alert_to()

    assert queries.progress_of(message_ref=message.ref).total == 0


def test_queueing_is_recorded_with_counts_and_no_words() -> None:
    message = alert_to(builders.member(), actor="officer:TEST22")

    record = Record.objects.get(event="message.queued")

    assert (record.subject, record.actor) == (f"message:{message.ref}", "officer:TEST22")
    assert record.facts == {"about": "alert:K7M2PQ", "message_kind": "alert", "deliveries": 1}


def test_queueing_takes_the_same_few_statements_for_one_as_for_many(django_assert_num_queries: Any) -> None:
    few = [builders.member().pk]
    many = [builders.member().pk for _ in range(50)]
    force = builders.force().pk

    for ids in (few, many):
        # Savepoint, message, lock, deliveries, record, job, end of savepoint.
        with django_assert_num_queries(7):
            actions.queue(
                kind=MessageKind.ALERT, about="alert:K7M2PQ", organisation_id=force, words=WORDS,
                member_ids=ids, lane=Lane.URGENT, expires_at=None, invites_answers=True, purpose=Purpose.ALERT,
                actor="officer:TEST22",
            )  # fmt: skip


@pytest.mark.parametrize("many", [1, 10_000])
def test_those_who_are_many_are_written_as_those_who_are_few(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "PLANNED_ONCE", many)
    wanted = [builders.member(), builders.member(mobile=None, email="a@example.org")]
    unreachable = builders.member(mobile=None)
    builders.member()

    message = actions.queue(
        kind=MessageKind.ALERT, about="alert:K7M2PQ", organisation_id=builders.force().pk, words=WORDS,
        member_ids=[*(one.pk for one in wanted), unreachable.pk], lane=Lane.URGENT, expires_at=None,
        invites_answers=True, purpose=Purpose.ALERT, actor="officer:TEST22",
    )  # fmt: skip

    rows = message.deliveries.order_by("member_id").values_list("member_id", "channel", "address", "lane", "state")
    assert list(rows) == [
        (one.pk, contact.channel, contact.address, "1urgent", "queued")
        for one in wanted
        for contact in one.contacts.all()
    ]


def test_what_goes_at_once_goes_by_the_clock_of_the_database_however_far_ahead_ours_is() -> None:
    ahead = clock.now() + dt.timedelta(hours=1)
    message = Message.objects.create(
        kind=MessageKind.ALERT, about="alert:K7M2PQ", organisation=builders.force(), queued_at=ahead
    )

    insert_rows(message, "SELECT NULL::bigint AS member_id, 'sms' AS channel, '+447700900101' AS address", [])

    assert actions.sweep() == 1
    assert message.deliveries.get().next_at < ahead


# ---------------------------------------------------------------- stand-down


def test_a_stand_down_follows_to_exactly_those_whom_the_alert_reached() -> None:
    reached = builders.member(mobile="+447700900101")
    bounced = builders.member(mobile="+447700900998")
    alert = alert_to(reached, bounced)
    actions.dispatch(message_ref=alert.ref)
    alert_to(builders.member(mobile="+447700900103"), about="alert:NNNNNN")  # noise: another alert

    stand_down = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert states(stand_down) == {"+447700900101": "queued"}
    assert stand_down.lane == Lane.URGENT


def test_a_stand_down_goes_by_the_way_that_reached_them_though_they_changed_it() -> None:
    member = builders.member(mobile="+447700900101")
    alert = alert_to(member)
    actions.dispatch(message_ref=alert.ref)
    member.contacts.update(address="+447700900102")

    stand_down = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert states(stand_down) == {"+447700900101": "queued"}


def test_a_stand_down_takes_back_what_is_not_sent_yet() -> None:
    told, waiting = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102")
    first, second = alert_to(told), alert_to(waiting)
    actions.dispatch(message_ref=first.ref)

    stand_down = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")
    actions.dispatch(message_ref=second.ref)

    assert states(second) == {"+447700900102": "cancelled"}
    assert states(stand_down) == {"+447700900101": "queued"}
    assert by_phone("+447700900102") == []


def test_a_stand_down_leaves_out_who_stopped_in_between() -> None:
    alert = alert_to(builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102"))
    actions.dispatch(message_ref=alert.ref)
    stopped("sms", "+447700900102")

    stand_down = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert states(stand_down) == {"+447700900101": "queued"}


def test_nothing_can_follow_what_was_never_sent() -> None:
    with pytest.raises(MessagingError, match="nobody to tell"):
        actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert not Message.objects.exists()


def test_what_is_cancelled_says_how_many_and_a_second_time_nothing() -> None:
    alert_to(builders.member(), builders.member())

    assert actions.cancel(about="alert:K7M2PQ") == 2
    assert actions.cancel(about="alert:K7M2PQ") == 0
    assert Record.objects.filter(event="message.cancelled").count() == 1


def test_a_row_that_comes_back_after_cancelling_is_not_sent_again() -> None:
    alert = alert_to(builders.member(mobile="+447700900996"))
    actions.dispatch(message_ref=alert.ref)  # put off: back in the queue
    actions.cancel(about="alert:K7M2PQ")

    Delivery.objects.update(next_at=clock.now() - dt.timedelta(seconds=1))
    actions.dispatch(message_ref=alert.ref)

    assert states(alert) == {"+447700900996": "cancelled"}
    assert by_phone("+447700900996") == []


def test_a_row_that_a_dead_worker_held_when_it_was_cancelled_is_shown_as_uncertain_and_followed() -> None:
    alert = alert_to(builders.member(mobile="+447700900101"))
    Delivery.objects.update(state=DeliveryState.LEASED, attempts=1, next_at=clock.now() - dt.timedelta(seconds=1))
    stand_down = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    actions.dispatch(message_ref=alert.ref)

    assert states(alert) == {"+447700900101": "uncertain"}
    assert states(stand_down) == {"+447700900101": "queued"}


# ---------------------------------------------------------------- endings and replies


def test_everybody_who_answered_hears_the_ending_once_also_who_is_no_member() -> None:
    member = builders.member(mobile="+447700900101", email="m@example.org")
    alert = alert_to(member, builders.member(mobile="+447700900102"))
    actions.dispatch(message_ref=alert.ref)
    actions.receive(incoming=incoming("+447700900101", "White van at the bridge"))
    actions.receive(incoming=incoming("+447700900101", "Gone now"))
    actions.receive(incoming=incoming("m@example.org", "It was near K7M2PQ", channel="email"))
    actions.receive(incoming=incoming("+447700900105", "I heard about K7M2PQ"))  # got nothing: not in this thread

    ending = actions.answer_all(kind=MessageKind.ENDING, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert states(ending) == {"m@example.org": "queued"}  # one person, the way they used last


def test_a_stop_of_alerts_does_not_keep_back_the_ending_but_a_stop_of_everything_does() -> None:
    alert = alert_to(builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102"))
    actions.dispatch(message_ref=alert.ref)
    for number, word in (("+447700900101", "STOP"), ("+447700900102", "STOP ALL")):
        actions.receive(incoming=incoming(number, "seen nothing"))
        actions.receive(incoming=incoming(number, word))

    ending = actions.answer_all(kind=MessageKind.ENDING, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert states(ending) == {"+447700900101": "queued"}


def test_who_only_sent_a_command_has_not_answered() -> None:
    alert = alert_to(builders.member(mobile="+447700900101"))
    actions.dispatch(message_ref=alert.ref)
    actions.receive(incoming=incoming("+447700900101", "WHO"))

    ending = actions.answer_all(kind=MessageKind.ENDING, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")

    assert states(ending) == {}


def test_a_reply_goes_to_one_person_by_the_way_they_wrote() -> None:
    said = actions.receive(incoming=incoming("+447700900105", "Gate open at the top field"))
    actions.receive(incoming=incoming("+447700900106", "noise"))

    answer = actions.reply(conversation_ref=said.conversation.ref, text=" Which field? ", actor="officer:TEST22")
    actions.dispatch(message_ref=answer.ref)

    assert by_phone("+447700900105")[-1] == "Which field?"
    assert "Which field?" not in by_phone("+447700900106")


@pytest.mark.parametrize(("text", "sentence"), [("  ", "Write what"), ("x" * 1001, "Shorten it")])
def test_a_reply_of_nothing_or_of_too_much_is_refused(text: str, sentence: str) -> None:
    said = actions.receive(incoming=incoming("+447700900105", "Gate open"))

    with pytest.raises(MessagingError, match=sentence):
        actions.reply(conversation_ref=said.conversation.ref, text=text, actor="officer:TEST22")


def test_who_stopped_everything_cannot_be_replied_to() -> None:
    said = actions.receive(incoming=incoming("+447700900105", "Gate open"))
    actions.receive(incoming=incoming("+447700900105", "stop all"))

    with pytest.raises(MessagingError, match="nothing more"):
        actions.reply(conversation_ref=said.conversation.ref, text="Which gate?", actor="officer:TEST22")

    assert not Message.objects.filter(kind=MessageKind.REPLY).exists()
    assert Suppression.objects.get().everything
