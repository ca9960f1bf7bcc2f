"""Mail that comes in by our own door: bounces of ours, forged ones, answers; and what becomes of an address."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from hueandcry.domain.members.models import Application, Consent, ContactPoint, Member
from hueandcry.domain.members.queries.applying import pass_of
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import mailing, mending
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import ComeBack, Delivery, Inbound
from hueandcry.domain.messaging.models import Receipt as KeptReceipt
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.messaging.rules.mending import is_doubted, is_enough
from hueandcry.domain.records.models import Record
from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.gateways.email.marks import key_of, marked
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to, incoming

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SECRET = "a secret of this installation"
BOUNCE = """From: MAILER-DAEMON@relay.example\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; relay.example\r
\r
Final-Recipient: rfc822; somebody@example.org\r
Action: {action}\r
Status: {status}\r
--b--\r
"""


@pytest.fixture(autouse=True)
def _our_addresses(settings: Any) -> None:
    settings.SECRET_KEY = SECRET
    settings.MAIL_FROM = "alerts@rural.example"
    settings.MAIL_REPLY_TO = "answers+{reference}@rural.example"
    settings.MAIL_BOUNCES_TO = "bounce+{reference}@rural.example"


def sent(member: Member | None = None, *, about: str = "alert:K7M2PQ") -> Delivery:
    """Return a letter to a member that the relay took, as the SMTP gateway writes it."""
    member = member or builders.member(email="dell@farm.example", mobile=None)
    alert = alert_to(member, about=about)
    delivery = alert.deliveries.get(channel="email")
    reference = marked(f"{alert.ref}-{delivery.pk}", key_of(SECRET))
    delivery.state, delivery.gateway = DeliveryState.ACCEPTED, "smtp"
    delivery.provider_ref, delivery.accepted_at = f"<{reference}@rural.example>", clock.now()
    delivery.save()
    return delivery


def reference_of(delivery: Delivery) -> str:
    return f"{delivery.message.ref}-{delivery.pk}"


def bounce_of(delivery: Delivery, *, status: str = "5.1.1", action: str = "failed", reference: str = "") -> None:
    """Bring a bounce of a letter, with its mark unless another reference is given."""
    reference = reference or marked(reference_of(delivery), key_of(SECRET))
    mailing.take_in(
        raw=BOUNCE.format(action=action, status=status).encode(),
        sender="",
        recipient=f"bounce+{reference}@rural.example",
    )


def state_of(delivery: Delivery) -> str:
    return Delivery.objects.get(pk=delivery.pk).state


def suspended() -> list[str]:
    return list(ContactPoint.objects.exclude(suspended_at=None).order_by("pk").values_list("address", flat=True))


# ---------------------------------------------------------------- bounces


def test_a_bounce_ends_its_letter_and_the_address_is_used_no_more() -> None:
    delivery, other = sent(), sent(builders.member(email="ewing@farm.example", mobile=None))

    bounce_of(delivery)
    mended = mending.mend()

    assert (state_of(delivery), state_of(other)) == ("bounced", "accepted")
    assert (mended, suspended()) == (1, ["dell@farm.example"])
    assert "Status: 5.1.1" in KeptReceipt.objects.get().raw
    came = ComeBack.objects.get()
    assert (came.delivery_id, came.status, came.passing) == (delivery.pk, "5.1.1", False)
    assert Record.objects.filter(event="contact.suspended").count() == 1


def test_a_bounce_that_comes_twice_counts_once() -> None:
    delivery = sent()

    bounce_of(delivery)
    mending.mend()
    bounce_of(delivery)

    assert mending.mend() == 0
    assert ComeBack.objects.count() == KeptReceipt.objects.count() == 1


def test_a_stranger_can_suspend_nobody_with_a_reference_that_they_guessed() -> None:
    delivery, own = sent(), sent(builders.member(email="grey@moor.example", mobile=None))
    right_mark_of_another = marked(reference_of(own), key_of(SECRET)).rpartition(".")[2]

    for forged in (
        reference_of(delivery),
        f"{reference_of(delivery)}.000000000000",
        f"{reference_of(delivery)}.{right_mark_of_another}",
    ):
        bounce_of(delivery, reference=forged)
    mending.mend()

    assert (state_of(delivery), suspended(), ComeBack.objects.count()) == ("accepted", [], 0)


def test_a_bounce_of_a_letter_that_is_no_more_counts_for_nothing() -> None:
    delivery = sent()

    bounce_of(delivery, reference=marked(f"{delivery.message.ref}-{delivery.pk + 99}", key_of(SECRET)))
    bounce_of(delivery, reference=marked(f"ZZZZZZZZZZ-{delivery.pk}", key_of(SECRET)))

    assert (state_of(delivery), ComeBack.objects.count()) == ("accepted", 0)


def test_a_bounce_before_its_hand_over_is_written_counts() -> None:
    delivery = sent()
    Delivery.objects.filter(pk=delivery.pk).update(state="leased", provider_ref="", accepted_at=None)

    bounce_of(delivery)

    assert state_of(delivery) == "bounced"


def test_a_server_that_still_tries_changes_nothing() -> None:
    delivery = sent()

    bounce_of(delivery, action="delayed", status="4.4.1")
    mending.mend()

    assert (state_of(delivery), suspended()) == ("accepted", [])


def test_a_full_mailbox_is_borne_for_three_days_of_messages() -> None:
    member = builders.member(email="dell@farm.example", mobile=None)
    seen = []

    for day in (0, 0, 3, 9):
        with time_machine.travel(NOON + dt.timedelta(days=day), tick=False):
            bounce_of(sent(member, about=f"alert:K7M2P{day}"), status="5.2.2")
            mending.mend()
            seen.append(suspended())

    assert seen == [[], [], [], ["dell@farm.example"]]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}


def test_a_mailbox_that_took_something_between_begins_anew() -> None:
    member = builders.member(email="dell@farm.example", mobile=None)

    for day, comes_back in enumerate([True, True, False, True]):
        with time_machine.travel(NOON + dt.timedelta(days=day), tick=False):
            delivery = sent(member, about=f"alert:K7M2P{day}")
            if comes_back:
                bounce_of(delivery, status="5.2.2")
            mending.mend()

    assert suspended() == []


@pytest.mark.parametrize(
    ("days", "taken", "enough"),
    [
        ([], None, False),
        ([0, 0, 0], None, False),
        ([0, 1, 2], None, True),
        ([0, 1, 2], 0, False),
        ([0, 20, 40], None, False),
        ([0, 11, 20, 40], 0, True),
    ],
)
def test_what_is_enough(days: list[int], taken: int | None, *, enough: bool) -> None:
    moments = [NOON + dt.timedelta(days=day) for day in days]
    last = None if taken is None else NOON + dt.timedelta(days=taken, hours=1)

    assert is_enough(channel="email", moments=moments, last_taken=last) == enough  # type: ignore[arg-type]
    assert not is_enough(channel="sms", moments=moments, last_taken=last)  # type: ignore[arg-type]


# ---------------------------------------------------------------- every channel


def test_a_number_that_is_none_is_used_no_more_whoever_said_so() -> None:
    at_once = alert_to(builders.member(mobile="+447700900998"))
    # Of this one its provider says nothing by itself.
    later = alert_to(builders.member(mobile="+447700900995"))
    for alert in (at_once, later):
        actions.dispatch(message_ref=alert.ref)
    accepted = later.deliveries.get()

    actions.record_receipts(receipts=[Receipt(accepted.gateway, accepted.provider_ref, Fate.BOUNCED, clock.now())] * 2)
    mending.mend()

    assert suspended() == ["+447700900998", "+447700900995"]
    assert set(ComeBack.objects.values_list("passing", flat=True)) == {False}


def test_an_exercise_says_nothing_of_anybodys_number() -> None:
    alert = alert_to(builders.member(mobile="+447700900998"), is_drill=True)
    actions.dispatch(message_ref=alert.ref)

    mending.mend()

    assert alert.deliveries.get().state == "bounced"
    assert (suspended(), ComeBack.objects.filter(dealt_at=None).count()) == ([], 0)


@pytest.mark.parametrize(
    ("came_back", "handed", "doubted"),
    [(0, 0, False), (50, 0, False), (51, 0, True), (51, 204, False), (51, 203, True), (3000, 33000, False)],
)
def test_a_provider_that_denies_everybody_is_doubted(came_back: int, handed: int, *, doubted: bool) -> None:
    assert is_doubted(came_back=came_back, handed=handed) == doubted


def test_what_a_doubted_provider_says_suspends_nobody() -> None:
    delivery = sent()
    ComeBack.objects.bulk_create(
        ComeBack(delivery_id=10**9 + n, channel="email", address=f"{n}@x.example", gateway="smtp", at=clock.now())
        for n in range(60)
    )

    bounce_of(delivery)
    mending.mend()

    assert (suspended(), ComeBack.objects.filter(dealt_at=None).count()) == ([], 0)
    assert Record.objects.get(event="comebacks.doubted").facts["many"] == 61


# ---------------------------------------------------------------- answers


def answer(delivery: Delivery, body: str = "Saw it.", *, sender: str = "dell@farm.example", extra: str = "") -> None:
    reference = marked(reference_of(delivery), key_of(SECRET))
    raw = f"From: {sender}\r\nMessage-ID: <{len(body)}@farm.example>\r\n{extra}\r\n{body}\r\n".encode()
    mailing.take_in(raw=raw, sender=sender, recipient=f"answers+{reference}@rural.example")


def test_an_answer_belongs_to_what_it_answers_from_whichever_mailbox() -> None:
    delivery = sent()
    sent(about="alert:T7TH2K")

    answer(delivery)
    answer(delivery, "From my other mailbox.", sender="dell@office.example")

    came = Inbound.objects.select_related("conversation").order_by("pk")
    assert [one.body for one in came] == ["Saw it.", "From my other mailbox."]
    assert {one.conversation.about for one in came} == {"alert:K7M2PQ"}
    assert state_of(delivery) == "seen"


def test_an_answer_that_the_relay_brings_twice_is_one() -> None:
    delivery = sent()

    answer(delivery)
    answer(delivery, extra="Received: again\r\n")

    assert Inbound.objects.count() == 1


def test_a_machines_answer_is_read_and_never_answered() -> None:
    delivery = sent()
    before = Delivery.objects.count()

    answer(delivery, "I am lambing.", extra="Auto-Submitted: auto-replied\r\n")

    assert Inbound.objects.get().body == "I am lambing."
    assert Delivery.objects.count() == before


def test_stop_by_mail_stops_though_a_file_came_with_it() -> None:
    delivery = sent()
    files = "Content-Type: multipart/mixed; boundary=b\r\n"
    body = "--b\r\n\r\nStop\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--"

    answer(delivery, body, extra=files)

    assert Inbound.objects.get().command == "stop"


def test_only_our_addresses_are_for_us() -> None:
    assert mailing.is_for_us(recipient="Alerts@rural.example")
    assert not mailing.is_for_us(recipient="dell@farm.example")


# ---------------------------------------------------------------- asking, and what they answer


def asked(member: Member) -> ContactPoint:
    """Let a letter to a member come back, and ask them; return their contact."""
    contact = ContactPoint.objects.get(member=member, channel="email")
    ContactPoint.objects.filter(pk=contact.pk).update(suspended_at=clock.now())
    mending.ask(member_ref=member.ref, contact_id=contact.pk)
    return contact


def newest_to(address: str) -> str:
    return Delivery.objects.filter(address=address).order_by("-pk").values_list("message__text", flat=True)[0]


def text_from(member: Member, body: str) -> str:
    """Text us from a member's phone; return as what it was read."""
    number = ContactPoint.objects.get(member=member, channel="sms").address
    return actions.receive(incoming=incoming(number, body)).command


def test_whose_mail_comes_back_is_asked_by_text_once_and_no_address_stands_in_it() -> None:
    member = builders.member(mobile="+447700900123", email="dell@farm.example")

    contact = asked(member)
    mending.ask(member_ref=member.ref, contact_id=contact.pk)

    assert Delivery.objects.count() == 1
    assert "Reply EMAIL" in newest_to("+447700900123")
    assert "@" not in newest_to("+447700900123")


def test_whose_number_takes_nothing_is_asked_by_mail_with_the_link_to_their_page() -> None:
    member = builders.member(mobile="+447700900123", email="dell@farm.example")
    number = ContactPoint.objects.get(member=member, channel="sms")
    ContactPoint.objects.filter(pk=number.pk).update(suspended_at=clock.now())

    said = mending.ask(member_ref=member.ref, contact_id=number.pk)

    assert said is not None
    assert said.deliveries.get().address == "dell@farm.example"
    assert said.email.endswith("{page}")
    assert "077" not in said.email


@pytest.mark.parametrize("why", ["no other way", "withdrawn", "left", "not suspended", "unsafe"])
def test_nobody_is_asked_where_they_did_not_agree_or_nothing_is_wrong(why: str) -> None:
    member = builders.member(mobile=None if why == "no other way" else "+447700900123", email="dell@farm.example")
    contact = ContactPoint.objects.get(member=member, channel="email")
    if why != "not suspended":
        ContactPoint.objects.filter(pk=contact.pk).update(suspended_at=clock.now())
    if why == "withdrawn":
        Consent.objects.filter(member=member, channel="sms").update(withdrawn_at=clock.now())
    if why == "left":
        Member.objects.filter(pk=member.pk).update(state="left")
    if why == "unsafe":
        ContactPoint.objects.filter(member=member, channel="sms").update(safe=False)

    assert mending.ask(member_ref=member.ref, contact_id=contact.pk) is None


@pytest.mark.parametrize("said", ["EMAIL new@farm.example", "new@farm.example", "Ebost: new@farm.example."])
def test_the_new_address_gets_a_code_and_the_page_to_type_it_on(said: str) -> None:
    member = builders.member(mobile="+447700900123", email="dell@farm.example")
    asked(member)

    command = text_from(member, said)
    application = Application.objects.get()
    say_code(application_ref=application.ref)

    assert (command, application.address, application.member_id) == ("mail", "new@farm.example", member.pk)
    assert "we wrote to that address" in newest_to("+447700900123")
    letter = Delivery.objects.get(address="new@farm.example").message
    assert f"/join/{pass_of(ref=application.ref)}/" in letter.email
    assert "/join/" not in letter.text


def test_a_yes_lifts_it_once_and_the_next_bounce_puts_it_aside_again() -> None:
    member = builders.member(mobile="+447700900123", email="dell@farm.example")
    asked(member)

    text_from(member, "EMAIL OK")
    lifted = suspended()
    with time_machine.travel(clock.now() + dt.timedelta(days=1), tick=False):
        ContactPoint.objects.filter(member=member, channel="email").update(suspended_at=clock.now())
        text_from(member, "EMAIL OK")
        again = suspended()

    assert (lifted, again) == ([], ["dell@farm.example"])
    assert "cannot write to that address" in newest_to("+447700900123")


@pytest.mark.parametrize(
    "said",
    [
        "AB12 CDE at the bridge",
        "EMAIL",
        "email me please",
        "Saw it, mail new@farm.example or ring",
        "van AB12CDE new@farm.example",
        "EMAIL OK but the van is here",
        "a@b",
    ],
)
def test_what_was_seen_is_never_taken_for_an_address(said: str) -> None:
    member = builders.member(mobile="+447700900123", email="dell@farm.example")
    asked(member)

    assert text_from(member, said) == "none"
    assert suspended() == ["dell@farm.example"]


def test_an_address_from_whom_we_did_not_ask_is_for_people_to_read() -> None:
    member, other = (
        builders.member(email="dell@farm.example"),
        builders.member(mobile="+447700900123", email="e@f.example"),
    )
    asked(other)

    assert text_from(member, "EMAIL new@farm.example") == "none"
    assert not Application.objects.exists()
