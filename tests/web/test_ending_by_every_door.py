"""What waits in the queue when its member ends it: by every door it is not sent, and nothing else ends."""

import datetime as dt
import email
import email.policy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest
import time_machine
from django.test import Client

from hueandcry.domain.members.actions import agree
from hueandcry.domain.members.models import Consent, ContactPoint, Member, Preference, Scheme
from hueandcry.domain.members.rules import Channel, ConsentHow, Priority, Purpose
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.rules import Role
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, Handover, Incoming, Outgoing, Receipt
from tests import builders
from tests.domain.messaging import alert_to, incoming
from tests.gateways.peers import smtp
from tests.web.desk import signed_in, the_force

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ADDRESS = {Channel.SMS: "+447700900101", Channel.VOICE: "+441632960101", Channel.EMAIL: "m@example.org"}
ALL = {(who, channel) for who in ("force", "fire") for channel in ADDRESS}


@pytest.fixture(autouse=True)
def the_places(settings: Any) -> None:
    the_force()
    settings.MEMBER_BUDGET_WEEK = 50


def of_two() -> Member:
    """Return a member who hears the force and the fire service by text, call and e-mail."""
    member = builders.member(mobile=ADDRESS[Channel.SMS], landline=ADDRESS[Channel.VOICE], email=ADDRESS[Channel.EMAIL])
    for channel in ADDRESS:
        agree(
            member_id=member.pk,
            organisation_id=builders.partner().pk,
            channel=channel,
            how=ConsentHow.SPOKEN,
            taken_by="officer:TEST22",
        )
    chosen(member)
    return member


def chosen(member: Member) -> None:
    """Let a member want newsletters by every way."""
    for channel in (Channel.SMS, Channel.VOICE):
        Preference.objects.create(member=member, priority=Priority.NEWSLETTER, channel=channel, wanted=True)


def newsletters(*members: Member) -> dict[tuple[str, Channel], Message]:
    """Queue a newsletter of each organisation by each channel."""
    return {
        (who, channel): alert_to(
            *members,
            about=f"alert:{who.upper()}{channel.upper()}",
            organisation_id=organisation.pk,
            priority=Priority.NEWSLETTER,
            lane=None,
            channels=[channel],
        )
        for who, organisation in {"force": builders.force(), "fire": builders.partner()}.items()
        for channel in ADDRESS
    }


def heard_before(member: Member, organisation: Organisation, channel: Channel) -> None:
    """Let something of this organisation have come by this channel, which is then answered."""
    urgent = alert_to(
        member,
        about="alert:N2NNNN",
        organisation_id=organisation.pk,
        channels=[channel],
        priority=Priority.URGENT,
        lane=None,
    )
    actions.dispatch(message_ref=urgent.ref)


def press(address: str, *, times: int = 1) -> None:
    """Press unsubscribe in a mail program: one POST by its server."""
    for _ in range(times):
        pressed(address)


def pressed(address: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200


def end(door: str, member: Member) -> None:
    """End something by this door."""
    fire, page, browser = builders.partner(), f"/my/{member.page_token}/", Client()
    if door == "STOP to the fire service's text":
        heard_before(member, fire, Channel.SMS)
    doors: dict[str, Callable[[], object]] = {
        "one press in the force's e-mail": lambda: press(f"{page}stop/"),
        # Some mail programs press twice.
        "one press in the fire service's e-mail": lambda: press(f"{page}stop/?from={fire.pk}", times=2),
        "STOP to the fire service's text": lambda: actions.receive(incoming=incoming(ADDRESS[Channel.SMS], "STOP")),
        "STOP out of the blue": lambda: actions.receive(incoming=incoming(ADDRESS[Channel.SMS], "Stop")),
        "9 on the telephone": lambda: actions.receive(incoming=incoming(ADDRESS[Channel.VOICE], "9", channel="voice")),
        "their page, texts": lambda: browser.post(f"{page}stop-channel/", {"channel": "sms"}),
        "their page, one agreement": lambda: browser.post(f"{page}agreed/end/", {"which": f"{fire.ref} alert email"}),
        "their page, all": lambda: browser.post(f"{page}leave/"),
        "an officer of the force, texts": lambda: signed_in(builders.officer(Role.INSPECTOR)).post(
            f"/desk/members/{member.ref}/withdraw/", {"channel": "sms"}
        ),
    }
    doors[door]()


TEXTS = {("force", Channel.SMS), ("fire", Channel.SMS)}
E_MAILS = {("force", Channel.EMAIL), ("fire", Channel.EMAIL)}
CALLS = {("force", Channel.VOICE), ("fire", Channel.VOICE)}


@pytest.mark.parametrize(
    ("door", "ends"),
    [
        ("one press in the force's e-mail", E_MAILS),
        ("one press in the fire service's e-mail", {("fire", Channel.EMAIL)}),
        ("STOP to the fire service's text", {("fire", Channel.SMS)}),
        ("STOP out of the blue", TEXTS),
        ("9 on the telephone", CALLS),
        ("their page, texts", TEXTS),
        ("their page, one agreement", {("fire", Channel.EMAIL)}),
        ("their page, all", ALL),
        ("an officer of the force, texts", {("force", Channel.SMS)}),
    ],
)
def test_what_waits_is_not_sent_and_only_what_was_meant_ends(door: str, ends: set[tuple[str, Channel]]) -> None:
    with time_machine.travel(NOON, tick=False):
        member, noise = of_two(), builders.member(mobile="+447700900102")
        chosen(noise)
        waiting = newsletters(member, noise)
        assert set(Delivery.objects.filter(member=member).values_list("state", flat=True)) == {"queued"}

        end(door, member)
        for message in waiting.values():
            Delivery.objects.filter(message=message).update(next_at=NOON)  # whatever their hours are
            actions.dispatch(message_ref=message.ref)

    states = {key: message.deliveries.get(member=member).state for key, message in waiting.items()}
    ours = builders.force()
    standing = {
        ("force" if row.organisation == ours else "fire", Channel(row.channel))
        for row in Consent.objects.filter(member=member, withdrawn_at=None)
    }
    assert {key for key, state in states.items() if state == "stopped"} == ends
    assert {key for key, state in states.items() if state == "delivered"} == ALL - ends
    assert standing == ALL - ends
    assert waiting[("force", Channel.SMS)].deliveries.get(member=noise).state == "delivered"
    assert ContactPoint.objects.filter(member=member).count() == 3


# ---------------------------------------------------------------- a scheme's own messages


class Postbox:
    """A provider of e-mail, and what it got: the sandbox keeps no headers."""

    name = "postbox"
    channel = "email"
    got: ClassVar[list[Outgoing]] = []

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        for message in messages:
            type(self).got.append(message)
            yield Handover(message.reference, Fate.DELIVERED, message.reference)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        return (), ()

    def check(self) -> str:
        return ""


@pytest.fixture
def postbox(settings: Any) -> Iterator[list[Outgoing]]:
    settings.GATEWAYS = {**settings.GATEWAYS, "email": f"{__name__}.Postbox"}
    registry.routes_for.cache_clear()
    Postbox.got.clear()
    yield Postbox.got
    registry.routes_for.cache_clear()


def note_of(scheme: Scheme, *members: Member, about: str, channel: Channel = Channel.EMAIL) -> Message:
    """Queue a scheme's own message."""
    return alert_to(
        *members,
        about=f"note:{about}",
        kind=MessageKind.NOTE,
        purpose=Purpose.SCHEME,
        scheme_id=scheme.pk,
        organisation_id=scheme.organisation_id,
        priority=Priority.ROUTINE,
        lane=None,
        channels=[channel],
    )


def stop_of(letter: Outgoing) -> str:
    """Return where a press in the mail program goes."""
    return dict(letter.headers)["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")


def agreed(member: Member) -> set[tuple[str, str]]:
    """Return what somebody agrees to: the name of the scheme, or of the organisation, and by which channel."""
    rows = Consent.objects.filter(member=member, withdrawn_at=None).select_related("scheme", "organisation")
    return {((row.scheme or row.organisation).name, row.channel) for row in rows}


@pytest.mark.parametrize("whose", [builders.force, builders.partner])
def test_one_press_in_a_schemes_own_e_mail_ends_that_schemes_own_alone(
    postbox: list[Outgoing], whose: Callable[[], Organisation]
) -> None:
    with time_machine.travel(NOON, tick=False):
        holt, fen = builders.scheme(organisation=whose()), builders.scheme("Fen Watch", organisation=whose())
        of_both: dict[str, Any] = {"schemes": (holt, fen), "agreed_to": whose()}
        member = builders.member(mobile=ADDRESS[Channel.SMS], email=ADDRESS[Channel.EMAIL], **of_both)
        noise = builders.member(mobile=None, email="noise@example.org", **of_both)
        before = agreed(member)
        actions.dispatch(message_ref=note_of(holt, member, about="AAAAAA").ref)
        (first,) = postbox
        waiting = {
            "holt": note_of(holt, member, noise, about="BBBBBB"),
            "holt by text": note_of(holt, member, about="CCCCCC", channel=Channel.SMS),
            "fen": note_of(fen, member, noise, about="DDDDDD"),
            "alert": alert_to(member, organisation_id=whose().pk, channels=[Channel.EMAIL]),
        }

        press(stop_of(first), times=2)
        for message in waiting.values():
            Delivery.objects.filter(message=message).update(next_at=NOON)
            actions.dispatch(message_ref=message.ref)

    assert stop_of(first) == f"/my/{member.page_token}/stop/?scheme={holt.ref}"
    assert {name: message.deliveries.get(member=member).state for name, message in waiting.items()} == {
        "holt": "stopped",
        "holt by text": "stopped",
        "fen": "delivered",
        "alert": "delivered",
    }
    assert agreed(member) == before - {(holt.name, "email"), (holt.name, "sms")}
    assert waiting["holt"].deliveries.get(member=noise).state == "delivered"
    assert (holt.name, "email") in agreed(noise)


def test_the_page_behind_a_schemes_e_mail_says_what_ends_and_asks_first() -> None:
    holt = builders.scheme()
    member = builders.member(email=ADDRESS[Channel.EMAIL], schemes=(holt,))
    address, before = f"/my/{member.page_token}/stop/?scheme={holt.ref}", agreed(member)

    asked = Client().get(address).content.decode()
    unchanged = agreed(member)
    done = Client().post(address).content.decode()

    assert "Stop what Holt Farm Watch itself writes?" in asked
    assert unchanged == before
    assert "Done: no more of what Holt Farm Watch itself writes" in done
    assert "Alerts go on." in done


@pytest.mark.parametrize("ref", ["ZZZZZZ", "%00", "", "of another"])
def test_a_scheme_that_somebody_never_heard_from_ends_every_e_mail(ref: str) -> None:
    other = builders.scheme("Fen Watch")
    member = builders.member(mobile="+447700900101", email=ADDRESS[Channel.EMAIL], schemes=(builders.scheme(),))
    noise = builders.member(mobile=None, email="noise@example.org", schemes=(other,))
    kept = agreed(noise)

    press(f"/my/{member.page_token}/stop/?scheme={other.ref if ref == 'of another' else ref}")

    assert {channel for _, channel in agreed(member)} == {"sms"}
    assert agreed(noise) == kept


@pytest.mark.parametrize("sender", ["force", "fire"])
def test_a_mail_program_finds_the_button_in_the_letter_that_arrived_and_one_press_ends_e_mails(
    sender: str, settings: Any
) -> None:
    """RFC 8058, from our queue over SMTP to a mailbox and back."""
    settings.GATEWAYS = {**settings.GATEWAYS, "email": "hueandcry.gateways.email.smtp.SmtpMail"}
    registry.routes_for.cache_clear()
    member, beside = of_two(), builders.member(mobile=None, email="beside@example.org")
    force, fire = builders.force(), builders.partner()
    mine = {"about": "alert:N3NNNN", "organisation_id": (force if sender == "force" else fire).pk}

    with smtp.far_side(settings) as mailboxes:
        for message in (alert_to(member, channels=[Channel.EMAIL], **mine), alert_to(beside)):
            actions.dispatch(message_ref=message.ref)
        (letter,) = [one for one in mailboxes.letters if one.rcpt_tos == [ADDRESS[Channel.EMAIL]]]
        registry.routes_for("email")[0].gateway.close()  # type: ignore[attr-defined]
    registry.routes_for.cache_clear()
    content = letter.content
    assert isinstance(content, bytes)
    read = email.message_from_bytes(content, policy=email.policy.default)
    button = str(read["List-Unsubscribe"]).strip("<>")
    press(button.removeprefix(settings.SITE_ADDRESS))

    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert button.startswith(f"{settings.SITE_ADDRESS}/my/{member.page_token}/stop/")
    ended = Consent.objects.exclude(withdrawn_at=None)
    assert set(ended.values_list("member", "channel", "organisation")) == {
        (member.pk, "email", (force if sender == "force" else fire).pk)
    } | ({(member.pk, "email", fire.pk)} if sender == "force" else set())
