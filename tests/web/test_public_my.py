"""A member's own page: by its secret link only, and what is pressed there holds."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from hueandcry.domain.members.models import Consent, Member
from hueandcry.domain.members.rules import Channel, MemberState, Tier
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.kit import clock
from tests import builders

pytestmark = pytest.mark.django_db


def dell() -> Member:
    """Return a farmer with a mobile, a landline and a mailbox, beside another member."""
    builders.member(name="Ewing", email="ewing@example.org", mobile="+447700900222")
    return builders.member(
        name="Dell",
        email="dell@example.org",
        mobile="+447700900111",
        landline="+442079460001",
        schemes=(builders.scheme(),),
        topics=(builders.topic(),),
    )


def visitor() -> Client:
    """Return a browser that, unlike Django's usual test client, is checked for forged requests."""
    return Client(enforce_csrf_checks=True)


def agreed(member: Member) -> set[str]:
    return set(Consent.objects.filter(member=member, withdrawn_at=None).values_list("channel", flat=True))


def sent(member: Member, text: str, *, address: str) -> None:
    """Put one message that reached this member."""
    now = clock.now()
    message = Message.objects.create(
        kind=MessageKind.ALERT,
        about="",
        organisation=builders.force(),
        text=text,
        spoken="",
        subject="",
        email="",
        queued_at=now,
    )
    Delivery.objects.create(
        message=message,
        member=member,
        channel=Channel.SMS,
        address=address,
        lane=message.lane,
        state=DeliveryState.DELIVERED,
        next_at=now,
        accepted_at=now,
    )


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


# ---------------------------------------------------------------- looking


def test_a_member_sees_what_we_hold_and_nobody_elses() -> None:
    member = dell()
    sent(member, "Doggerland Police: quad bike taken at Long Sand.", address="+447700900111")
    sent(Member.objects.get(name="Ewing"), "Something for Ewing.", address="+447700900222")

    page = words(visitor().get(f"/my/{member.page_token}/"))

    assert "Dell" in page
    assert "07… …111" in page
    assert "d…@example.org" in page
    assert "Holt Farm Watch" in page
    assert "Hare coursing" in page
    assert "Alerts and appeals of Doggerland Constabulary, by text: since today" in page
    assert "quad bike taken at Long Sand" in page
    assert "Ewing" not in page


def test_numbers_and_mailboxes_are_half_hidden() -> None:
    member = dell()

    page = words(visitor().get(f"/my/{member.page_token}/"))

    for secret in ("900111", "900 111", "dell@example.org", "9460001", "7946 0001"):
        assert secret not in page


def test_vetting_and_notes_stay_with_officers() -> None:
    member = dell()
    Member.objects.filter(pk=member.pk).update(tier=Tier.KIN, note="Ring twice")

    page = words(visitor().get(f"/my/{member.page_token}/"))

    assert "key individual" not in page.lower()
    assert "Ring twice" not in page


def test_a_wrong_link_tells_nothing_and_looks_like_any_missing_page() -> None:
    member = dell()
    nothing = visitor().get("/nothing-of-the-kind/")

    for token in ("wrong", member.ref, member.page_token[:-1], f"{member.page_token}x"):
        for screen in ("", "stop/", "leave/"):
            answer = visitor().get(f"/my/{token}/{screen}")
            assert answer.status_code == 404
            assert answer.content == nothing.content
        assert visitor().post(f"/my/{token}/stop/").status_code == 404
        assert visitor().post(f"/my/{token}/leave/").status_code == 404
    assert agreed(member) == {"sms", "voice", "email"}


@pytest.mark.parametrize("screen", ["", "stop/", "leave/"])
def test_the_link_is_passed_on_to_nobody_and_kept_nowhere(screen: str) -> None:
    member = dell()

    answer = visitor().get(f"/my/{member.page_token}/{screen}")

    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize("screen", ["", "stop/", "leave/"])
def test_looking_changes_nothing(screen: str) -> None:
    member = dell()

    visitor().get(f"/my/{member.page_token}/{screen}")
    visitor().head(f"/my/{member.page_token}/{screen}")

    member.refresh_from_db()
    assert member.state == MemberState.ACTIVE
    assert agreed(member) == {"sms", "voice", "email"}


# ---------------------------------------------------------------- fewer messages


@pytest.mark.parametrize(("length", "days"), [("week", 7), ("month", 30)])
def test_a_member_pauses_and_goes_on(length: str, days: int) -> None:
    member = dell()
    browser = visitor()

    answer = browser.post(f"/my/{member.page_token}/pause/", {"length": length})

    member.refresh_from_db()
    assert answer["Location"] == f"/my/{member.page_token}/"
    assert member.paused_until is not None
    assert abs(member.paused_until - clock.now() - dt.timedelta(days=days)) < dt.timedelta(minutes=1)
    assert "Paused until" in words(browser.get(f"/my/{member.page_token}/"))

    browser.post(f"/my/{member.page_token}/resume/")

    member.refresh_from_db()
    assert member.state == MemberState.ACTIVE
    assert member.paused_until is None


def test_a_pause_without_an_end_is_refused_in_words() -> None:
    member = dell()
    browser = visitor()

    browser.post(f"/my/{member.page_token}/pause/", {"length": "for ever"})

    member.refresh_from_db()
    assert member.state == MemberState.ACTIVE
    assert "Choose a week or a month." in words(browser.get(f"/my/{member.page_token}/"))


def test_a_member_stops_one_channel_and_keeps_the_others() -> None:
    member = dell()
    browser = visitor()

    browser.post(f"/my/{member.page_token}/stop-channel/", {"channel": "sms"})

    page = words(browser.get(f"/my/{member.page_token}/"))
    assert agreed(member) == {"voice", "email"}
    assert "Stopped: no more texts." in page
    assert "Stop texts" not in page
    assert agreed(Member.objects.get(name="Ewing")) == {"sms", "email"}


def test_stopping_what_there_is_not_is_refused_in_words() -> None:
    member = dell()
    browser = visitor()

    browser.post(f"/my/{member.page_token}/stop-channel/", {"channel": "pigeon"})

    assert agreed(member) == {"sms", "voice", "email"}
    assert "Choose what to stop" in words(browser.get(f"/my/{member.page_token}/"))


def test_a_mail_program_stops_e_mails_with_one_request() -> None:
    """RFC 8058: one POST, no cookie, no redirect, no second question."""
    member = dell()

    answer = visitor().post(f"/my/{member.page_token}/stop/", {"List-Unsubscribe": "One-Click"})

    assert "no more e-mails" in words(answer)
    assert agreed(member) == {"sms", "voice"}


def test_stopping_twice_is_no_error() -> None:
    member = dell()

    for _ in range(2):
        assert visitor().post(f"/my/{member.page_token}/stop/").status_code == 200

    assert agreed(member) == {"sms", "voice"}


def test_a_member_leaves_altogether_and_the_page_closes() -> None:
    member = dell()
    browser = visitor()

    answer = browser.post(f"/my/{member.page_token}/leave/")

    member.refresh_from_db()
    assert "You have left" in words(answer)
    assert member.state == MemberState.LEFT
    assert agreed(member) == set()
    assert browser.get(f"/my/{member.page_token}/").status_code == 404
    assert Member.objects.get(name="Ewing").state == MemberState.ACTIVE


@pytest.mark.parametrize("screen", ["pause/", "resume/", "stop-channel/"])
def test_a_link_alone_presses_no_button(screen: str) -> None:
    member = dell()

    assert visitor().get(f"/my/{member.page_token}/{screen}").status_code == 405
