"""A newsletter waits in the queue when its member ends it: by every door it is not sent, and nothing else ends."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from hueandcry.domain.members.actions import agree
from hueandcry.domain.members.models import Consent, ContactPoint, Member, Preference
from hueandcry.domain.members.rules import Channel, ConsentHow, Priority
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.rules import Role
from tests import builders
from tests.domain.messaging import alert_to, incoming
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
