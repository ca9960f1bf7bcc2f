"""Taking in what people say: whose it is, what it answers, what the service does by itself."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from hueandcry.domain.members.models import Consent, Suppression
from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.models import Conversation, Delivery, Inbound, Message
from hueandcry.domain.messaging.rules import Command, DeliveryState, MessageKind, MessagingError
from hueandcry.domain.records.models import Record
from hueandcry.gateways import registry
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders
from tests.domain.messaging import WORDS, alert_to, by_phone, incoming

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def told(*numbers: str, **fields: Any) -> Message:
    """Return an alert that members with these numbers have got."""
    alert = alert_to(*(builders.member(mobile=number) for number in numbers), **fields)
    actions.dispatch(message_ref=alert.ref)
    return alert


def send_everything() -> None:
    for ref in Message.objects.order_by("id").values_list("ref", flat=True):
        actions.dispatch(message_ref=ref)


# ---------------------------------------------------------------- threading


def test_an_answer_belongs_to_the_alert_that_the_phone_got() -> None:
    told("+447700900101")
    told("+447700900102", about="alert:NNNNNN")  # noise: another alert, another phone

    said = actions.receive(incoming=incoming("+447700900101", "White van at the bridge"))

    assert said.conversation.about == "alert:K7M2PQ"
    assert Delivery.objects.get(address="+447700900101", message__kind="alert").state == DeliveryState.SEEN
    assert Delivery.objects.get(address="+447700900102").state == DeliveryState.DELIVERED


def test_without_a_reference_it_is_the_newest_that_asked_for_answers() -> None:
    told("+447700900101")
    told("+447700900101", about="alert:NNNNNN")
    told("+447700900101", about="alert:CCCCCC", invites_answers=False)

    said = actions.receive(incoming=incoming("+447700900101", "seen it"))

    assert said.conversation.about == "alert:NNNNNN"


def test_a_reference_in_the_text_decides_even_after_days() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        told("+447700900101")
        now.shift(dt.timedelta(days=9))
        told("+447700900101", about="alert:NNNNNN")

        said = actions.receive(incoming=incoming("+447700900101", "about k7m2pq: gone north"))

    assert said.conversation.about == "alert:K7M2PQ"


def test_a_reference_to_what_this_phone_never_got_is_not_believed() -> None:
    told("+447700900101")
    told("+447700900102", about="alert:NNNNNN")

    said = actions.receive(incoming=incoming("+447700900102", "K7M2PQ"))

    assert said.conversation.about == "alert:NNNNNN"


def test_a_member_may_answer_by_another_way_when_they_give_the_reference() -> None:
    alert = alert_to(builders.member(mobile="+447700900101", email="m@example.org"))
    actions.dispatch(message_ref=alert.ref)

    said = actions.receive(incoming=incoming("M@Example.org", "Re: K7M2PQ, photo follows", channel="email"))

    assert (said.conversation.about, said.conversation.address) == ("alert:K7M2PQ", "m@example.org")


def test_after_three_days_an_answer_is_about_nothing_known() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        told("+447700900101")
        now.shift(dt.timedelta(hours=72, seconds=1))

        said = actions.receive(incoming=incoming("+447700900101", "seen it"))

    assert said.conversation.about == ""


def test_an_answer_to_a_stand_down_belongs_to_its_alert() -> None:
    told("+447700900101")
    stand_down = actions.follow(kind=MessageKind.STAND_DOWN, about="alert:K7M2PQ", words=WORDS, actor="officer:TEST22")
    actions.dispatch(message_ref=stand_down.ref)

    said = actions.receive(incoming=incoming("+447700900101", "They are back"))

    assert said.conversation.about == "alert:K7M2PQ"
    assert stand_down.deliveries.get().state == DeliveryState.SEEN


def test_a_stranger_is_heard_too_and_belongs_to_the_force() -> None:
    builders.partner()
    said = actions.receive(incoming=incoming("+447700900199", "There is smoke over the wood"))

    line = queries.get_inbound(ref=said.ref)
    assert (line.member_id, line.about, line.organisation_id) == (None, "", builders.force().pk)


def test_an_answer_belongs_to_the_organisation_whose_message_it_answers() -> None:
    fire = builders.partner()
    alert = alert_to(builders.member(mobile="+447700900101", agreed_to=fire), organisation_id=fire.pk)
    actions.dispatch(message_ref=alert.ref)

    said = actions.receive(incoming=incoming("+447700900101", "seen it"))

    assert queries.get_inbound(ref=said.ref).organisation_id == fire.pk
    assert Message.objects.get(kind=MessageKind.CONTROL).text.startswith("Doggerland Fire:")


def test_on_a_shared_telephone_it_is_the_member_who_was_told() -> None:
    builders.member(mobile="+447700900101")
    second = builders.member(mobile="+447700900101")
    alert = alert_to(second)
    actions.dispatch(message_ref=alert.ref)

    said = actions.receive(incoming=incoming("+447700900101", "seen it"))

    assert said.conversation.member_id == second.pk


def test_the_same_message_told_twice_is_taken_in_once() -> None:
    told("+447700900101")
    twice = incoming("+447700900101", "seen it")

    first, second = actions.receive(incoming=twice), actions.receive(incoming=twice)

    assert first.pk == second.pk
    assert Record.objects.filter(event="message.received").count() == 1


def test_the_same_reference_of_another_gateway_is_another_message() -> None:
    actions.receive(incoming=incoming("+447700900101", "one", provider_ref="x1"))
    actions.receive(incoming=incoming("+447700900101", "two", provider_ref="x1", gateway="other"))

    assert Inbound.objects.count() == 2


def test_a_very_long_reference_and_a_null_sign_are_borne() -> None:
    long = incoming("m@example.org", "see\0n", channel="email", provider_ref="<" + "x" * 400 + "@example.org>")

    assert actions.receive(incoming=long).pk == actions.receive(incoming=long).pk
    assert Inbound.objects.get().body == "seen"


def test_an_answer_wakes_those_who_read_it_and_the_record_holds_no_words() -> None:
    told("+447700900101")

    said = actions.receive(incoming=incoming("+447700900101", "White van at the bridge"))

    record = Record.objects.get(event="message.received")
    assert (record.subject, record.actor) == (f"inbound:{said.ref}", f"contact:{said.conversation.ref}")
    assert "van" not in str(record.facts)


# ---------------------------------------------------------------- thanking, once


def test_an_answer_is_thanked_once_and_told_about_999() -> None:
    told("+447700900101")
    for words in ("White van", "Gone now", "Back again"):
        actions.receive(incoming=incoming("+447700900101", words))
    send_everything()

    (_, thanks) = by_phone("+447700900101")
    assert "thank you" in thanks
    assert "Call 999" in thanks
    assert "K7M2PQ" in thanks


def test_thanks_of_one_alert_are_one_message_with_many_deliveries() -> None:
    numbers = [f"+4477009001{number:02}" for number in range(5)]
    told(*numbers)

    for number in numbers:
        actions.receive(incoming=incoming(number, "seen nothing"))

    assert Message.objects.filter(kind=MessageKind.CONTROL).get().deliveries.count() == 5


def test_a_machine_is_read_but_never_answered() -> None:
    builders.member(mobile=None, email="m@example.org")

    for words in ("I am away until Monday", "HELP", "STOP"):
        actions.receive(incoming=incoming("m@example.org", words, channel="email", automatic=True))

    assert Inbound.objects.count() == 3
    assert not Message.objects.exists()


def test_an_answer_that_seems_to_ask_to_stop_is_for_a_person_and_learns_the_word() -> None:
    told("+447700900101")

    said = actions.receive(incoming=incoming("+447700900101", "please stop texting me"))

    assert said.command == Command.MAYBE_STOP
    assert not Suppression.objects.exists()
    assert "STOP" in Message.objects.get(kind=MessageKind.CONTROL).text
    assert Record.objects.filter(event="message.received").exists()


# ---------------------------------------------------------------- STOP, START, HELP, WHO


def test_stop_works_at_once_for_what_waits_too() -> None:
    member = builders.member(mobile="+447700900101")
    other = builders.member(mobile="+447700900102")
    waiting = alert_to(member, other)

    actions.receive(incoming=incoming("+447700900101", " stop. "))
    send_everything()

    assert dict(waiting.deliveries.values_list("address", "state")) == {
        "+447700900101": "stopped",
        "+447700900102": "delivered",
    }
    assert [text.split(":")[1][:6] for text in by_phone("+447700900101")] == [" done,"]
    assert not Consent.objects.filter(member=member, channel="sms", withdrawn_at=None).exists()
    assert Consent.objects.filter(member=other, withdrawn_at=None).exists()


def test_stop_is_for_people_to_read_when_it_says_more() -> None:
    told("+447700900101")

    said = actions.receive(incoming=incoming("+447700900101", "Stop them, white van!"))

    assert said.command == Command.NONE
    assert not Suppression.objects.exists()


def test_a_command_wakes_nobody() -> None:
    told("+447700900101")

    actions.receive(incoming=incoming("+447700900101", "STOP"))

    assert not Record.objects.filter(event="message.received").exists()
    assert Record.objects.get(event="message.obeyed").facts == {"command": "stop", "changed": True}


def test_stop_on_a_shared_telephone_holds_for_everybody_on_it() -> None:
    for _ in range(2):
        builders.member(mobile="+447700900101")

    actions.receive(incoming=incoming("+447700900101", "STOP"))

    assert not Consent.objects.filter(channel="sms", withdrawn_at=None).exists()


def test_stop_by_text_leaves_e_mail_as_it_is() -> None:
    member = builders.member(mobile="+447700900101", email="m@example.org")

    actions.receive(incoming=incoming("+447700900101", "STOP"))

    later = alert_to(member)
    assert list(later.deliveries.values_list("channel", flat=True)) == ["email"]


def test_stop_is_confirmed_once_however_often_it_is_said() -> None:
    for word in ("STOP", "STOP", "STOP ALL", "stopall"):
        actions.receive(incoming=incoming("+447700900101", word))
    send_everything()

    assert len(by_phone("+447700900101")) == 2  # one for STOP, one for STOP ALL
    assert Suppression.objects.get().everything


def test_stop_keeps_only_a_hash_of_the_address() -> None:
    actions.receive(incoming=incoming("+447700900101", "STOP"))

    kept = Suppression.objects.get()
    assert b"7700900101" not in bytes(kept.address_hash)
    assert kept.facts == {}


def test_start_brings_back_what_stop_ended_and_nothing_else() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        member = builders.member(mobile="+447700900101")
        member.consents.create(
            organisation=builders.partner(), purpose="advice", channel="sms", wording="2026-11", how="web",
            taken_by="officer:TEST22", given_at=NOON, withdrawn_at=NOON,
        )  # fmt: skip
        now.shift(dt.timedelta(hours=1))
        actions.receive(incoming=incoming("+447700900101", "STOP"))
        now.shift(dt.timedelta(hours=1))

        actions.receive(incoming=incoming("+447700900101", "START"))

    standing = Consent.objects.filter(member=member, withdrawn_at=None)
    assert list(standing.values_list("purpose", "how")) == [("alert", "text")]
    assert not Suppression.objects.exists()
    assert alert_to(member).deliveries.count() == 1


def test_stop_start_stop_in_one_day_is_confirmed_each_time() -> None:
    builders.member(mobile="+447700900101")

    for word in ("STOP", "START", "STOP"):
        actions.receive(incoming=incoming("+447700900101", word))
    send_everything()

    assert len(by_phone("+447700900101")) == 3


@pytest.mark.parametrize(("word", "words"), [("HELP", "101"), ("WHO", "ring 101")])
def test_help_and_who_are_answered_by_the_service(word: str, words: str) -> None:
    actions.receive(incoming=incoming("+447700900101", word))
    send_everything()

    (text,) = by_phone("+447700900101")
    assert words in text
    assert "999" in text


# ---------------------------------------------------------------- the sandbox's phones


def test_what_is_typed_on_a_sandbox_phone_comes_in_and_shows_on_the_phone() -> None:
    told("+447700900101")

    said = actions.type_on_phone(address="+447700900101", body="White van")

    phone = queries.sandbox_phone(address="+447700900101")
    assert said.conversation.about == "alert:K7M2PQ"
    assert [(line.from_phone, line.body[:9]) for line in phone.lines] == [(True, "White van"), (False, "Farm Watc")]


def test_a_landline_answers_as_a_landline() -> None:
    alert = alert_to(builders.member(mobile=None, landline="+442079460101"))
    actions.dispatch(message_ref=alert.ref)

    said = actions.type_on_phone(address="+442079460101", body="1")

    assert said.conversation.channel == "voice"


def test_nothing_typed_is_refused() -> None:
    with pytest.raises(MessagingError, match="Type an answer"):
        actions.type_on_phone(address="+447700900101", body=" ")


def test_nobody_types_on_a_real_phone(settings: Any) -> None:
    settings.GATEWAYS = {"sms": "tests.domain.test_messaging_dispatch.Scripted"}
    registry.routes_for.cache_clear()

    with pytest.raises(MessagingError, match="real phone"):
        actions.type_on_phone(address="+447700900101", body="hello")

    registry.routes_for.cache_clear()
    assert not Inbound.objects.exists()


def test_phones_are_listed_newest_first_and_narrowed_by_number_and_alert() -> None:
    told("+447700900101", "+447700900102")
    told("+447700900103", about="alert:NNNNNN")
    actions.type_on_phone(address="+447700900101", body="seen it")

    def shown(**narrowed: Any) -> list[str]:
        return [phone.address[-3:] for phone in queries.sandbox_phones(**narrowed)]

    assert shown() == ["101", "103", "102"]
    assert shown(search="07700 900 102") == ["102"]
    assert shown(about="alert:NNNNNN") == ["103"]
    assert shown(most=1) == ["101"]


def test_a_message_that_was_put_off_is_not_on_the_phone() -> None:
    told("+447700900996")

    with pytest.raises(NotHereError):
        queries.sandbox_phone(address="+447700900996")


# ---------------------------------------------------------------- reading it back


def test_a_conversation_reads_both_ways_in_order() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        told("+447700900101")
        now.shift(dt.timedelta(seconds=9))
        said = actions.receive(incoming=incoming("+447700900101", "White van"))
        now.shift(dt.timedelta(seconds=9))
        send_everything()

    thread = queries.conversation(ref=said.conversation.ref)
    assert [(line.ours, line.body[:10]) for line in thread.lines] == [
        (True, "Farm Watch"), (False, "White van"), (True, "Doggerland"),
    ]  # fmt: skip
    assert "7700900101" not in repr(thread)


def test_a_conversation_that_is_not_there_is_said() -> None:
    with pytest.raises(NotHereError):
        queries.conversation(ref="NNNNNN")
    with pytest.raises(NotHereError):
        queries.get_inbound(ref="NNNNNN")


def test_a_member_reads_what_they_were_sent() -> None:
    member = builders.member(mobile="+447700900101")
    alert = alert_to(member)
    alert_to(builders.member(mobile="+447700900102"))
    alert_to(member, about="alert:NNNNNN")  # not sent yet
    actions.dispatch(message_ref=alert.ref)

    assert [line.text[:10] for line in queries.received_by(member_id=member.pk)] == ["Farm Watch"]


def test_progress_counts_by_state_and_channel_and_leaves_out_the_services_own_answers() -> None:
    members = [builders.member(mobile="+447700900101"), builders.member(mobile="+447700900998")]
    alert = alert_to(*members, builders.member(mobile=None, email="m@example.org"))
    actions.dispatch(message_ref=alert.ref)
    actions.receive(incoming=incoming("+447700900101", "seen it"))

    stands = queries.progress(about="alert:K7M2PQ")

    assert (stands.total, stands.waiting) == (3, 0)
    assert stands.by_state == {DeliveryState.DELIVERED: 1, DeliveryState.SEEN: 1, DeliveryState.BOUNCED: 1}
    assert stands.by_channel["email"] == {DeliveryState.DELIVERED: 1}
    assert queries.progress(about="alert:K7M2PQ", kinds=[MessageKind.CONTROL]).total == 1


def test_reached_are_those_who_got_it_and_those_who_share_their_telephone() -> None:
    got, shares = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900101")
    bounced = builders.member(mobile="+447700900998")
    builders.member(mobile="+447700900102")
    alert = alert_to(got, bounced)
    actions.dispatch(message_ref=alert.ref)

    assert queries.reached(about="alert:K7M2PQ").tolist() == [got.pk, shares.pk]
    assert queries.reached(about="alert:NNNNNN").tolist() == []


def test_answered_are_conversations_and_members_and_no_commands() -> None:
    member, stops = builders.member(mobile="+447700900101"), builders.member(mobile="+447700900102")
    alert = alert_to(member, stops)
    actions.dispatch(message_ref=alert.ref)
    for _ in range(2):
        actions.receive(incoming=incoming("+447700900101", "seen it"))
    actions.receive(incoming=incoming("+447700900102", "STOP"))

    found = queries.answered(about="alert:K7M2PQ")

    assert (found.conversations, found.member_ids) == (1, (member.pk,))


def test_nothing_is_idle_while_something_is_on_its_way() -> None:
    idle = [queries.is_idle()]
    alert = alert_to(builders.member(mobile="+447700900101"))
    idle.append(queries.is_idle())
    actions.dispatch(message_ref=alert.ref)
    idle.append(queries.is_idle())
    SandboxMessage.objects.update(receipt_due=True)
    idle.append(queries.is_idle())

    assert idle == [True, False, True, False]


def test_depth_and_checks_for_the_doctor() -> None:
    alert_to(builders.member(), builders.member())

    assert queries.queue_depth() == {"1urgent": 2}
    assert queries.gateway_checks() == {"sms": "", "email": "", "voice": ""}


def test_one_message_costs_the_same_few_statements_however_many_came_before(django_assert_max_num_queries: Any) -> None:
    told("+447700900101", "+447700900102")
    for _ in range(30):
        actions.receive(incoming=incoming("+447700900101", "seen it"))

    with django_assert_max_num_queries(18):
        actions.receive(incoming=incoming("+447700900102", "seen it"))
    with django_assert_max_num_queries(12):
        actions.receive(incoming=incoming("+447700900101", "seen it again"))


def test_conversations_are_one_for_an_address_and_a_thing() -> None:
    told("+447700900101")
    told("+447700900101", about="alert:NNNNNN")

    for words in ("K7M2PQ yes", "NNNNNN yes", "and again"):
        actions.receive(incoming=incoming("+447700900101", words))

    assert sorted(Conversation.objects.values_list("about", flat=True)) == ["alert:K7M2PQ", "alert:NNNNNN"]


def test_the_clock_starts_at_receipt() -> None:
    earlier = clock.now() - dt.timedelta(minutes=7)

    said = actions.receive(incoming=incoming("+447700900101", "smoke", received_at=earlier))

    assert queries.get_inbound(ref=said.ref).received_at == earlier
