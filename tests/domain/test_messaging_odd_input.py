"""What no member types but providers, machines and strangers send: all of it is kept, none of it stops the line."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from hueandcry.domain.members.models import Consent, Suppression
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.models import Delivery, Inbound
from hueandcry.domain.messaging.rules import Command, MessagingError, own_words, read_command
from hueandcry.domain.reports import actions as reports
from hueandcry.domain.reports.rules import Reading
from tests import builders, cast
from tests.domain.messaging import alert_to, by_phone, incoming

QUOTED = """No, all quiet here.

Dell

On Fri, 20 Nov 2026 at 21:04, Doggerland Police
<alerts@example.org> wrote:
> Grey pick-up AO51 BCD near Holt, heading north.
> Have you seen it?
"""
OUTLOOK = """No sign of them.

________________________________
From: Doggerland Police
Sent: 20 November 2026 21:04
Subject: Pick-up near Holt

Grey pick-up AO51 BCD near Holt, heading north.
"""


# What is TIMES as long may cost MOST_MORE times the work: far more than in proportion, far less than its square.
SOME, TIMES, MOST_MORE = 8_000, 12, 48


def work(read: Callable[[], object]) -> float:
    """Return how long the processor works at it, however busy the machine is: the least of some tries."""
    took = []
    for _ in range(5):
        started = time.process_time()
        read()
        took.append(time.process_time() - started)
    return min(took)


@pytest.mark.parametrize("gap", [" ", "\n", "\t", "\u00a0", "sent ", "stop "])
def test_a_long_message_is_read_in_no_time(gap: str) -> None:
    short, long = f"a{gap * SOME}b", f"a{gap * SOME * TIMES}b"

    assert read_command(long) == Command.NONE
    assert work(lambda: read_command(long)) < MOST_MORE * work(lambda: read_command(short))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", ["seen \0it", "seen \ud83d", "\ude00 seen", "\u202eseen\u202c", "👍" * 50_000, "", " \n "]
)
def test_whatever_comes_is_kept(body: str) -> None:
    number = builders.drama_number()

    said = actions.receive(incoming=incoming(number, body, provider_ref=f"in-\0{body[:3]}", raw=body))

    kept = Inbound.objects.get(pk=said.pk)
    assert len(kept.body) >= len(body.replace("\0", "").strip())
    assert reports.open_from_message(inbound_ref=kept.ref) is not None


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["447700900111", "07700 900111", "+44 7700 900111", "00447700900111"])
def test_a_stop_holds_however_the_provider_writes_the_number(written: str) -> None:
    dell, other = cast.dell(), builders.member()

    actions.receive(incoming=incoming(written, "STOP"))

    assert not Consent.objects.filter(member=dell, withdrawn_at=None).exists()
    assert Consent.objects.filter(member=other, withdrawn_at=None).exists()
    message = alert_to(dell, other)
    assert set(message.deliveries.values_list("member", flat=True)) == {other.pk}


@pytest.mark.django_db
def test_a_stop_by_mail_holds_however_the_address_is_written() -> None:
    wold = builders.member(mobile=None, email="robin.wold@example.org")

    actions.receive(incoming=incoming(" Robin.Wold@Example.ORG ", "STOP\n\nSent from my iPhone", channel="email"))

    assert not Consent.objects.filter(member=wold, withdrawn_at=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("sender", ["RURALBANK", "DoggerlandP", "", "   "])
def test_nobody_answers_a_name_or_a_withheld_number(sender: str) -> None:
    said = actions.receive(incoming=incoming(sender, "Your parcel waits"))
    actions.receive(incoming=incoming(sender, "HELP"))

    assert Inbound.objects.filter(pk=said.pk).exists()
    with pytest.raises(MessagingError, match="withheld"):
        actions.reply(conversation_ref=said.conversation.ref, text="Who are you?", actor="officer:TEST22")
    assert not Delivery.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["HELP", "WHO", "START"])
def test_a_machine_that_asks_the_same_of_every_answer_is_left_alone(word: str) -> None:
    machine, farmer = builders.drama_number(), builders.drama_number()
    for _ in range(12):
        actions.receive(incoming=incoming(machine, word))

    actions.receive(incoming=incoming(farmer, word))

    assert Delivery.objects.filter(address=machine).count() == 5
    assert Delivery.objects.filter(address=farmer).count() == 1
    assert Inbound.objects.filter(conversation__address=machine).count() == 12


@pytest.mark.django_db
def test_five_machines_that_answer_everything_hear_one_thanks_each() -> None:
    machines = [builders.member() for _ in range(5)]
    alert = alert_to(*machines)
    actions.dispatch(message_ref=alert.ref)
    for _ in range(4):
        for machine in machines:
            number = machine.contacts.get().address
            for body in by_phone(number)[-1:]:
                actions.receive(incoming=incoming(number, f"I am out of office. You wrote: {body}"))
            for ref in Delivery.objects.values_list("message__ref", flat=True).distinct():
                actions.dispatch(message_ref=ref)

    assert all(len(by_phone(machine.contacts.get().address)) == 2 for machine in machines)


@pytest.mark.django_db
def test_start_promises_nothing_to_whom_nobody_signed_up() -> None:
    stranger, dell = builders.drama_number(), cast.dell()
    actions.receive(incoming=incoming("+447700900111", "STOP"))

    for number in (stranger, "+447700900111"):
        actions.receive(incoming=incoming(number, "START"))

    said = {
        row.address: row.message.text for row in Delivery.objects.filter(message__text__contains="lert").order_by("id")
    }
    assert "nobody is signed up here" in said[stranger]
    assert "welcome back" in said["+447700900111"]
    assert Consent.objects.filter(member=dell, withdrawn_at=None).exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (QUOTED, "No, all quiet here.\n\nDell"),
        (OUTLOOK, "No sign of them."),
        ("STOP\n\nSent from my iPhone", "STOP"),
        ("> Have you seen it?\nYes, at the ford", "Yes, at the ford"),
        ("On the bridge now\nheading north", "On the bridge now\nheading north"),
        ("Seen it\n-- \nR Wold, Ford Farm", "Seen it"),
        ("From: the bridge, heading north", "From: the bridge, heading north"),
        ("> all of it quoted", ""),
    ],
)
def test_of_a_mail_only_what_somebody_wrote_themselves_is_read(text: str, own: str) -> None:
    assert own_words(text, Channel.EMAIL) == own
    assert own_words(text, Channel.SMS) == text


def test_a_long_mail_is_taken_apart_in_no_time() -> None:
    short, long = (
        "on \n" * size + "On " + "a " * size + "wrote wrote wrote:" * (size // 50) for size in (SOME, SOME * TIMES)
    )

    assert work(lambda: own_words(long, Channel.EMAIL)) < MOST_MORE * work(lambda: own_words(short, Channel.EMAIL))


@pytest.mark.django_db
@pytest.mark.parametrize("mail", [QUOTED, OUTLOOK])
def test_our_own_alert_below_an_answer_is_not_what_they_saw(mail: str) -> None:
    said = actions.receive(incoming=incoming("wold@example.org", mail, channel="email"))

    report = reports.open_from_message(inbound_ref=said.ref)

    assert report is not None
    assert report.words == mail.strip()
    assert report.reading == Reading.NOTHING
    assert report.read_out.plates == ()


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"body": "STOP\n\n" + QUOTED[27:]}, {"body": "stop.\n\n" + OUTLOOK[17:]}])
def test_a_stop_above_our_own_alert_is_a_stop(fields: dict[str, Any]) -> None:
    said = actions.receive(incoming=incoming("wold@example.org", channel="email", **fields))

    assert said.command == Command.STOP
