"""STOP, START, YES, MUTE, CALL and keys: at once, for whom it was meant, and never undone by anybody else."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine

from hueandcry.config.wiring import SUBSCRIBERS
from hueandcry.domain.members import actions as members
from hueandcry.domain.members.actions.stopping import stop
from hueandcry.domain.members.models import Consent, ContactPoint, Member, Suppression
from hueandcry.domain.members.queries.stopping import stopped_among, stopped_since
from hueandcry.domain.members.rules import (
    Channel,
    ConsentHow,
    MemberError,
    MemberState,
    NewContact,
    NewMember,
    NewPlace,
)
from hueandcry.domain.messaging import actions, jobs
from hueandcry.domain.messaging.actions import greeting
from hueandcry.domain.messaging.models import Delivery, Inbound, Message
from hueandcry.domain.messaging.rules import Command, DeliveryState, MessageKind, MessagingError, mute_days
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit.geometry import Point
from tests import builders
from tests.domain.messaging import alert_to, by_phone, incoming

pytestmark = pytest.mark.django_db
PHONE, OTHER, LANDLINE = "+447700900101", "+447700900102", "+441632960101"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def text(body: str, *, sender: str = PHONE, **fields: Any) -> Inbound:
    return actions.receive(incoming=incoming(sender, body, **fields))


def ring(body: str = "", *, sender: str = LANDLINE) -> Inbound:
    return actions.receive(incoming=incoming(sender, body, channel="voice"))


def said(address: str = PHONE) -> list[str]:
    """Return what the service said by itself, without its signature, oldest first."""
    for ref in Message.objects.filter(kind__in=["control", "welcome"]).order_by("id").values_list("ref", flat=True):
        actions.dispatch(message_ref=ref)
    return [words.partition(": ")[2] or words for words in by_phone(address)]


def agreed(member: Member) -> list[str]:
    """Return the organisations that a member hears from, by name."""
    rows = Consent.objects.filter(member=member, withdrawn_at=None)
    return sorted(rows.values_list("organisation__signs_as", flat=True))


def of_two() -> Member:
    """Return a member who agreed to the force and to the fire service."""
    member = builders.member(mobile=PHONE)
    members.agree(
        member_id=member.pk,
        organisation_id=builders.partner().pk,
        channel=Channel.SMS,
        how=ConsentHow.SPOKEN,
        taken_by="officer:TEST22",
    )
    return member


# ---------------------------------------------------------------- one organisation, or all


def test_stop_to_a_partners_message_ends_that_partners_and_says_so() -> None:
    member = of_two()
    fire = alert_to(member, organisation_id=builders.partner().pk, about="alert:NNNNNN")
    actions.dispatch(message_ref=fire.ref)
    waits = alert_to(member, organisation_id=builders.partner().pk, about="alert:CCCCCC")
    ours = alert_to(member)

    text("STOP NNNNNN")  # noise: with more words it is for people
    text("STOP")

    assert agreed(member) == ["Doggerland Police"]
    assert [waits.deliveries.get().state, ours.deliveries.get().state] == ["stopped", "queued"]
    assert "no more alerts from us" in said()[-1]
    actions.dispatch(message_ref=ours.ref)
    assert ours.deliveries.get().state == DeliveryState.DELIVERED


def test_a_second_stop_ends_the_others_too() -> None:
    member = of_two()
    actions.dispatch(message_ref=alert_to(member, organisation_id=builders.partner().pk).ref)

    text("STOP")
    text("STOP")

    assert agreed(member) == []
    assert alert_to(member).deliveries.count() == 0


@pytest.mark.parametrize("word", ["STOP ALL", "stopall"])
def test_stop_all_to_a_partner_ends_everything(word: str) -> None:
    member = of_two()
    actions.dispatch(message_ref=alert_to(member, organisation_id=builders.partner().pk).ref)

    text(word)

    assert agreed(member) == []
    assert Suppression.objects.get().everything


def test_stop_to_the_force_or_out_of_the_blue_ends_all_alerts() -> None:
    member = of_two()

    text("STOP")

    assert agreed(member) == []


def test_start_brings_back_a_partner_and_the_force() -> None:
    member = of_two()
    actions.dispatch(message_ref=alert_to(member, organisation_id=builders.partner().pk).ref)
    for word in ("STOP", "STOP", "START"):
        text(word)

    assert agreed(member) == ["Doggerland Fire", "Doggerland Police"]
    assert not Suppression.objects.exists()


# ---------------------------------------------------------------- by every way, before anything queued goes


def test_whoever_ended_an_agreement_stands_in_it() -> None:
    one, other, gone = (builders.member(mobile=number) for number in (PHONE, OTHER, "+447700900103"))
    inbound = text("STOP")
    members.withdraw(member_id=other.pk, actor="officer:TEST22")
    members.leave(member_id=gone.pk, actor=f"member:{gone.ref}")

    ended = dict(Consent.objects.values_list("member_id", "withdrawn_by"))
    assert ended == {
        one.pk: f"contact:{inbound.conversation.ref}",
        other.pk: "officer:TEST22",
        gone.pk: f"member:{gone.ref}",
    }


@pytest.mark.parametrize("by", ["text", "page", "officer", "leave", "key"])
def test_nothing_queued_goes_after_a_withdrawal(by: str) -> None:
    member = builders.member(mobile=None if by == "key" else PHONE, landline=LANDLINE if by == "key" else "")
    waiting = alert_to(member)
    doors: dict[str, Callable[[], object]] = {
        "text": lambda: text("STOP"),
        "key": lambda: ring("9"),
        "page": lambda: members.withdraw(member_id=member.pk, channel=Channel.SMS, actor=f"member:{member.ref}"),
        "officer": lambda: members.withdraw(member_id=member.pk, actor="officer:TEST22"),
        "leave": lambda: members.leave(member_id=member.pk, actor="officer:TEST22"),
    }
    doors[by]()

    actions.dispatch(message_ref=waiting.ref)

    assert waiting.deliveries.get().state == DeliveryState.STOPPED
    assert Consent.objects.exclude(withdrawn_by="").count() == 1


def test_an_e_mail_that_its_reader_unsubscribes_from_goes_no_more() -> None:
    member = builders.member(mobile=None, email="m@example.org")
    waiting = alert_to(member)
    members.withdraw(member_id=member.pk, channel=Channel.EMAIL, actor=f"member:{member.ref}")

    actions.dispatch(message_ref=waiting.ref)

    assert waiting.deliveries.get().state == DeliveryState.STOPPED


def test_on_a_shared_telephone_one_who_withdraws_does_not_silence_the_others() -> None:
    first, second = builders.member(mobile=PHONE), builders.member(mobile=PHONE)
    waiting = alert_to(first, second)
    members.withdraw(member_id=first.pk, actor="officer:TEST22")

    actions.dispatch(message_ref=waiting.ref)

    assert waiting.deliveries.get().state == DeliveryState.DELIVERED
    assert agreed(second) == ["Doggerland Police"]


def test_when_all_who_share_a_telephone_withdraw_it_is_silent() -> None:
    both = [builders.member(mobile=PHONE), builders.member(mobile=PHONE)]
    waiting = alert_to(*both)
    for member in both:
        members.withdraw(member_id=member.pk, actor="officer:TEST22")

    actions.dispatch(message_ref=waiting.ref)

    assert waiting.deliveries.get().state == DeliveryState.STOPPED


# ---------------------------------------------------------------- nobody else undoes a stop


def joining(**fields: Any) -> NewMember:
    """Return somebody who joins at the middle of the force with the telephone that stopped."""
    return NewMember(
        name="Robin Wold",
        places=(NewPlace(point=Point(2.5, 54.5)),),
        contacts=(NewContact(Channel.SMS, PHONE, **fields),),
        organisations=(builders.force().pk,),
    )


@pytest.mark.parametrize("how", [ConsentHow.SPOKEN, ConsentHow.IMPORT])
def test_an_officers_word_or_a_file_does_not_undo_a_stop(how: ConsentHow) -> None:
    builders.area("E23009999", kind=AreaKind.FORCE)
    with time_machine.travel(dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)):
        text("STOP")

    with pytest.raises(MemberError, match="asked us to stop on 3 May 2026: they can text START or JOIN"):
        members.join(member=joining(), how=how, taken_by="officer:TEST22")

    assert not Member.objects.exists()


def test_nor_for_somebody_who_is_a_member() -> None:
    member = builders.member(mobile=PHONE)
    text("STOP")

    with pytest.raises(MemberError, match="asked us to stop"):
        members.agree(
            member_id=member.pk, organisation_id=builders.force().pk, channel=Channel.SMS, how=ConsentHow.SPOKEN,
            taken_by="officer:TEST22",
        )  # fmt: skip

    assert agreed(member) == []


def test_a_code_that_came_back_lifts_a_stop_for_what_was_agreed_anew_only() -> None:
    builders.area("E23009999", kind=AreaKind.FORCE)
    fire = builders.partner()
    text("STOP")

    members.join(member=joining(), how=ConsentHow.WEB, taken_by="page:join")

    assert stopped_since(organisation_id=builders.force().pk, channel=Channel.SMS, address=PHONE) is None
    assert stopped_since(organisation_id=fire.pk, channel=Channel.SMS, address=PHONE) is not None
    assert alert_to(Member.objects.get()).deliveries.count() == 1


def test_a_number_that_nobody_confirmed_lifts_nothing_on_the_website() -> None:
    builders.area("E23009999", kind=AreaKind.FORCE)
    text("STOP")

    with pytest.raises(MemberError, match="asked us to stop"):
        members.join(member=joining(confirmed=False), how=ConsentHow.WEB, taken_by="page:join")


def test_a_stop_outlives_its_member() -> None:
    builders.area("E23009999", kind=AreaKind.FORCE)
    member = builders.member(mobile=PHONE)
    text("STOP")
    member.delete()

    kept = Suppression.objects.get()
    assert b"7700900101" not in bytes(kept.address_hash)
    with pytest.raises(MemberError, match="asked us to stop"):
        members.join(member=joining(), how=ConsentHow.SPOKEN, taken_by="officer:TEST22")


@pytest.mark.parametrize("by", ["page", "officer"])
def test_who_left_by_the_page_or_an_officer_is_brought_back_by_no_file_after_erasure(by: str) -> None:
    """Issue 3: a suppression survives erasure, whichever way somebody went; a hash is all that is left."""
    builders.area("E23009999", kind=AreaKind.FORCE)
    member = builders.member(mobile=PHONE, email="robin@example.org", letterbox="1 Mill Lane")
    members.leave(member_id=member.pk, actor=f"member:{member.ref}" if by == "page" else "officer:TEST22")
    member.delete()

    with pytest.raises(MemberError, match="asked us to stop"):
        members.join(member=joining(), how=ConsentHow.IMPORT, taken_by="officer:TEST22")
    members.bulk_join(rows=[joining()], how=ConsentHow.IMPORT, taken_by="officer:TEST22")

    assert not Consent.objects.exists()
    assert set(Suppression.objects.values_list("channel", flat=True)) == {"sms", "email"}
    assert not any(b"7700900101" in bytes(kept.address_hash) for kept in Suppression.objects.all())


def test_who_left_may_agree_again_at_the_door_and_a_later_stop_is_a_stop() -> None:
    builders.area("E23009999", kind=AreaKind.FORCE)
    member = builders.member(mobile=PHONE)
    members.leave(member_id=member.pk, actor=f"member:{member.ref}")

    back = members.join(member=joining(), how=ConsentHow.SPOKEN, taken_by="officer:TEST22")
    before = agreed(back)
    stop(
        channel=Channel.SMS, address=PHONE, organisation_id=builders.force().pk, member_ids=[back.pk],
        actor="contact:TEST22",
    )  # fmt: skip

    assert before == ["Doggerland Police"]
    with pytest.raises(MemberError, match="asked us to stop"):
        members.agree(
            member_id=back.pk, organisation_id=builders.force().pk, channel=Channel.SMS, how=ConsentHow.SPOKEN,
            taken_by="officer:TEST22",
        )  # fmt: skip


def test_who_left_and_comes_back_by_themselves_is_let_in() -> None:
    builders.area("E23009999", kind=AreaKind.FORCE)
    member = builders.member(mobile=PHONE)
    members.leave(member_id=member.pk, actor=f"member:{member.ref}")

    back = members.join(member=joining(), how=ConsentHow.WEB, taken_by="page:join")

    assert agreed(back) == ["Doggerland Police"]
    assert alert_to(back).deliveries.count() == 1


def test_who_leaves_a_shared_telephone_keeps_nobody_else_from_agreeing_on_it() -> None:
    gone, stays = builders.member(mobile=PHONE), builders.member(mobile=PHONE)
    waiting = alert_to(stays)
    members.leave(member_id=gone.pk, actor=f"member:{gone.ref}")

    actions.dispatch(message_ref=waiting.ref)
    members.agree(
        member_id=stays.pk, organisation_id=builders.force().pk, channel=Channel.SMS, how=ConsentHow.SPOKEN,
        taken_by="officer:TEST22",
    )  # fmt: skip

    assert not Suppression.objects.exists()
    assert waiting.deliveries.get().state == DeliveryState.DELIVERED


def test_many_addresses_are_looked_up_at_once(django_assert_num_queries: Any) -> None:
    force = builders.force().pk
    stop(channel=Channel.SMS, address=PHONE, member_ids=(), actor="contact:TEST22")
    stop(channel=Channel.SMS, address=OTHER, organisation_id=builders.partner().pk, member_ids=(), actor="page:test")

    with django_assert_num_queries(1):
        found = stopped_among(channel=Channel.SMS, addresses=[PHONE, OTHER, "+447700900103"], organisation_id=force)

    assert set(found) == {PHONE}


# ---------------------------------------------------------------- yes


def unconfirmed() -> Member:
    """Return a member whose number nobody has tried."""
    member = builders.member(mobile=PHONE)
    ContactPoint.objects.filter(member=member).update(confirmed_at=None)
    return member


def test_who_agreed_at_the_door_is_welcomed_once_and_counts_after_yes() -> None:
    member = unconfirmed()
    for _ in range(2):
        greeting.welcome(member_ref=member.ref)
    assert alert_to(member).deliveries.count() == 0

    yes = text("Yes please")

    assert yes.command == Command.YES
    assert [words[:8] for words in said()] == ["welcome.", "thank yo"]
    assert "Reply YES" in by_phone(PHONE)[0]
    assert alert_to(member, about="alert:NNNNNN").deliveries.count() == 1
    assert Record.objects.filter(event="contact.confirmed").count() == 1


def test_a_number_added_at_the_door_to_a_known_member_is_welcomed_and_counts_after_yes() -> None:
    member = builders.member(mobile=OTHER)  # noise: their old number, tried long ago
    contact = members.add_contact(
        member_id=member.pk,
        contact=NewContact(Channel.SMS, PHONE, confirmed=False),
        organisation_ids=[builders.force().pk],
        how=ConsentHow.SPOKEN,
        taken_by="officer:TEST22",
    )
    record = Record.objects.get(event="contact.added")
    assert SUBSCRIBERS["contact.added"] == ("messaging.welcome",)

    for _ in range(2):
        jobs.welcome(subject=record.subject, record=record.pk)
    words = said()
    text("YES")

    assert len(words) == 1
    assert "Reply YES" in words[0]
    assert by_phone(OTHER) == []
    contact.refresh_from_db()
    assert contact.confirmed_at is not None


def test_a_number_that_a_member_added_by_their_own_code_is_not_asked_again() -> None:
    member = builders.member(mobile=OTHER)
    members.add_contact(
        member_id=member.pk,
        contact=NewContact(Channel.SMS, PHONE),
        organisation_ids=[builders.force().pk],
        how=ConsentHow.WEB,
        taken_by=f"member:{member.ref}",
    )
    record = Record.objects.get(event="contact.added")

    jobs.welcome(subject=record.subject, record=record.pk)

    assert said() == []


def test_yes_of_anybody_else_is_an_answer() -> None:
    builders.member(mobile=PHONE)
    unconfirmed()  # the same number: noise that waits
    ContactPoint.objects.update(confirmed_at=NOON)

    assert text("YES").command == Command.NONE
    assert text("yes", sender=OTHER).command == Command.NONE


def test_stop_instead_of_yes_ends_it() -> None:
    member = unconfirmed()
    greeting.welcome(member_ref=member.ref)

    text("STOP")

    assert agreed(member) == []


def test_an_officer_may_send_the_question_once_a_day_and_yes_agrees_anew() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        member, officer = builders.member(mobile=PHONE), builders.officer(Role.CONSTABLE)
        contact = member.contacts.get()
        ask = partial(greeting.ask_again, member_id=member.pk, contact_id=contact.pk, officer=officer)
        with pytest.raises(MessagingError, match="did not ask us to stop"):
            ask()
        text("STOP")
        now.shift(dt.timedelta(days=100))
        ask()
        with pytest.raises(MessagingError, match="asked today already"):
            ask()
        assert agreed(member) == []

        text("yes")

        assert "Reply YES" in said()[0]  # what STOP was answered is long out of date
    assert agreed(member) == ["Doggerland Police"]
    assert alert_to(member).deliveries.count() == 1


def test_yes_to_no_question_undoes_no_stop() -> None:
    member = builders.member(mobile=PHONE)
    text("STOP")

    assert text("YES").command == Command.NONE
    assert agreed(member) == []


# ---------------------------------------------------------------- quiet for some days


@pytest.mark.parametrize(
    ("words", "days"),
    [("MUTE", 7), ("mute 7", 7), ("Mute 3 days", 3), ("MUTE 2 weeks", 14), ("mute 0", 1), ("mute 9999", 90)],
)
def test_mute_is_for_days(words: str, days: int) -> None:
    with time_machine.travel(NOON, tick=False):
        member = builders.member(mobile=PHONE)
        assert text(words).command == Command.MUTE

    member.refresh_from_db()
    assert mute_days(words) == days
    assert (member.state, member.paused_until) == (MemberState.PAUSED, NOON + dt.timedelta(days=days))


def test_mute_says_until_when_and_start_ends_it() -> None:
    with time_machine.travel(NOON, tick=False):
        member = builders.member(mobile=PHONE)
        for words in ("MUTE 9", "START"):
            text(words)

        assert [words[:40] for words in said()] == [
            "no alerts until Sunday 29 November. STAR",
            "welcome back, alerts will come here agai",
        ]
    member.refresh_from_db()
    assert member.state == MemberState.ACTIVE


def test_a_pause_holds_back_what_is_queued() -> None:
    member = builders.member(mobile=PHONE)
    waiting = alert_to(member)
    text("MUTE 7")

    actions.dispatch(message_ref=waiting.ref)

    assert by_phone(PHONE) == []
    assert waiting.deliveries.get().state != DeliveryState.DELIVERED


def test_mute_of_a_stranger_changes_nothing() -> None:
    text("MUTE 7")

    assert "nobody is signed up here" in said()[0]


@pytest.mark.parametrize("words", ["mute the dog", "MUTE 7 vans", "muted", "mute swans on the canal"])
def test_other_words_are_answers(words: str) -> None:
    assert text(words).command in {Command.NONE, Command.MAYBE_STOP}


# ---------------------------------------------------------------- to be rung, and missed calls


def test_call_is_for_people_and_says_so_each_time() -> None:
    builders.member(mobile=PHONE)
    text("seen it")

    call = text("CALL")

    assert call.command == Command.CALL
    assert Record.objects.filter(event="message.received").count() == 2
    assert "we ring you" in said()[1]


def test_a_member_who_hangs_up_wants_to_be_rung() -> None:
    builders.member(mobile=None, landline=LANDLINE)

    rang = ring()

    assert rang.command == Command.CALL
    assert "wants to be rung" in rang.body
    assert Record.objects.filter(event="message.received").count() == 1
    assert not Message.objects.exists()


def test_a_stranger_who_hangs_up_is_rung_back_once_a_day() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(3):
            ring()
        assert [words[:26] for words in said(LANDLINE)] == ["This is Doggerland Police."]
        now.shift(dt.timedelta(hours=24, seconds=1))
        ring()

        assert len(said(LANDLINE)) == 2
    assert "Press 9" in by_phone(LANDLINE)[0]


def test_nobody_is_rung_back_at_night() -> None:
    with time_machine.travel(dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC), tick=False) as now:
        ring()
        assert said(LANDLINE) == []
        assert Delivery.objects.get().next_at == dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)

        now.move_to(dt.datetime(2026, 11, 21, 8, 0, 1, tzinfo=dt.UTC))
        assert len(said(LANDLINE)) == 1


def test_one_wants_to_join_and_is_a_report_for_people() -> None:
    ring()
    pressed = ring("1")

    assert pressed.command == Command.CALL
    assert "wants to join" in pressed.body
    assert Record.objects.get(event="message.received").subject == f"inbound:{pressed.ref}"


def test_nine_is_never_again_and_nobody_is_rung_to_hear_so() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        ring()
        assert len(said(LANDLINE)) == 1
        ring("9")
        now.shift(dt.timedelta(days=3))
        ring()

        assert len(said(LANDLINE)) == 1
    assert Suppression.objects.get().everything


@pytest.mark.parametrize("sender", ["", "anonymous", "withheld"])
def test_a_withheld_number_is_not_rung_back(sender: str) -> None:
    assert ring(sender=sender).command == Command.MISSED
    assert not Message.objects.exists()


def test_one_from_a_member_is_the_answer_seen() -> None:
    member = builders.member(mobile=None, landline=LANDLINE)
    actions.dispatch(message_ref=alert_to(member).ref)

    assert ring("1").command == Command.NONE


def test_a_sandbox_phone_may_be_new_and_may_ring() -> None:
    builders.force()
    assert actions.use_phone(number="01632 960101", body="") == LANDLINE
    with pytest.raises(MessagingError, match="cannot text"):
        actions.use_phone(number="01632 960101", body="JOIN")
    with pytest.raises(MessagingError, match="phone number"):
        actions.use_phone(number="hello", body="JOIN")
    actions.use_phone(number="07700 900101", body="JOIN")

    assert set(Inbound.objects.values_list("command", flat=True)) == {Command.MISSED, Command.JOIN}
    assert Message.objects.filter(kind=MessageKind.CONTROL).count() == 2
