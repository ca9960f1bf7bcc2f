"""Alerts on a phone or computer: one press adds a browser, with its agreement, and whatever is wrong is said."""

from pathlib import Path
from typing import Any

import pytest

from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.actions.leaving import take_out
from hueandcry.domain.members.actions.preferences import remove_contact
from hueandcry.domain.members.actions.push import add_device, move_device
from hueandcry.domain.members.models import Consent, ContactPoint, Member, PushDevice
from hueandcry.domain.members.queries.audience import reachable
from hueandcry.domain.members.queries.own_page import agreements_of, receipt_words
from hueandcry.domain.members.queries.push import devices
from hueandcry.domain.members.queries.reach import reach_differs
from hueandcry.domain.members.rules import Channel, MemberError, Priority, Purpose, Reading
from hueandcry.domain.members.rules.preferences import wanted
from hueandcry.domain.members.rules.push import MOST_DEVICES, NewDevice
from hueandcry.domain.records.models import Record
from tests import builders
from tests.gateways.peers.web_push import Browser

pytestmark = pytest.mark.django_db
AT = "https://updates.push.services.mozilla.com/wpush/v2/"


def browser(name: str = "one", **more: str) -> NewDevice:
    made = Browser()
    return NewDevice(**{"endpoint": f"{AT}{name}", "p256dh": made.p256dh, "auth": made.auth, **more})


def pressed(member: Member, device: NewDevice | None = None) -> ContactPoint:
    return add_device(member_id=member.pk, device=device or browser(), actor=f"member:{member.ref}")


def ways(*members: Member, priority: Priority = Priority.URGENT) -> dict[int, str]:
    """Return by which channel each of them is reached."""
    from django.db import connection

    sql, params = reachable(
        member_ids=[member.pk for member in members],
        organisation_id=builders.force().pk,
        purpose=Purpose.ALERT,
        priority=priority,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {member: channel for member, channel, _ in cursor.fetchall()}


def test_a_press_adds_the_browser_and_keeps_the_receipt() -> None:
    member, beside = builders.member(), builders.member()
    device = browser()

    contact = pressed(member, device)

    assert contact.address.startswith("push:")
    assert contact.confirmed_at
    assert devices([contact.address, "push:unknown"]) == {
        contact.address: (device.endpoint, device.p256dh, device.auth)
    }
    receipt = next(row for row in agreements_of(member_id=member.pk) if row.channel == Channel.PUSH)
    assert (receipt.purpose, receipt.how, receipt.taken_by) == (Purpose.ALERT, "web", f"member:{member.ref}")
    assert "on this phone or computer" in receipt_words(receipt)
    assert Record.objects.filter(event="device.added", subject=f"member:{member.ref}").count() == 1
    assert not ContactPoint.objects.filter(member=beside, channel=Channel.PUSH).exists()


def test_an_urgent_alert_is_shown_there_first_and_what_keeps_goes_where_it_is_kept() -> None:
    member, beside = builders.member(), builders.member()

    pressed(member)

    assert ways(member, beside) == {member.pk: "push", beside.pk: "sms"}
    assert ways(member, beside, priority=Priority.IMPORTANT) == {member.pk: "sms", beside.pk: "sms"}
    assert reach_differs() == []


def test_who_takes_in_by_voice_only_is_still_rung() -> None:
    assert Channel.PUSH not in wanted(Priority.URGENT, reading=Reading.VOICE)
    assert wanted(Priority.URGENT)[0] == Channel.PUSH


def test_the_same_browser_twice_is_one_with_its_new_keys() -> None:
    member = builders.member()
    first = pressed(member, browser())
    actions.suspend_contact(channel=Channel.PUSH, address=first.address, actor="system:program")
    anew = browser()

    again = pressed(member, anew)

    assert again.pk == first.pk
    assert PushDevice.objects.get().auth == anew.auth
    again.refresh_from_db()
    assert again.suspended_at is None
    assert Consent.objects.filter(member=member, channel=Channel.PUSH).count() == 1


def test_two_people_may_share_a_computer() -> None:
    one, other = builders.member(), builders.member()
    device = browser()

    assert pressed(one, device).address != pressed(other, device).address
    assert PushDevice.objects.count() == 2


def test_only_so_many_devices() -> None:
    member = builders.member()
    for number in range(MOST_DEVICES):
        pressed(member, browser(f"n{number}"))

    with pytest.raises(MemberError, match="remove one first"):
        pressed(member, browser("one more"[:3]))
    assert PushDevice.objects.count() == MOST_DEVICES


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://localhost/send"},
        {"endpoint": "https://example.org/send"},
        {"endpoint": "http://updates.push.services.mozilla.com/wpush/v2/a"},
        {"endpoint": f"{AT}{'x' * 1000}"},
        {"endpoint": ""},
        {"p256dh": ""},
        {"p256dh": "A" * 87},
        {"p256dh": "ü"},
        {"auth": "A" * 21},
        {"auth": "A" * 100_000},
    ],
)
def test_what_is_no_browser_is_said_and_nothing_is_kept(wrong: dict[str, str]) -> None:
    member = builders.member()

    with pytest.raises(MemberError, match="browser"):
        pressed(member, browser(**{"name": "one", **wrong}))

    assert not PushDevice.objects.exists()
    assert not Consent.objects.filter(channel=Channel.PUSH).exists()


def test_removed_on_the_page_nothing_of_it_is_left() -> None:
    member, beside = builders.member(), builders.member()
    contact, other = pressed(member), pressed(beside, browser("two"))

    remove_contact(member_id=member.pk, contact_id=contact.pk, actor=f"member:{member.ref}")

    assert list(devices([contact.address, other.address])) == [other.address]
    assert not Consent.objects.filter(member=member, channel=Channel.PUSH, withdrawn_at=None).exists()
    assert ways(member, beside) == {member.pk: "sms", beside.pk: "push"}


def test_a_browser_that_is_gone_is_used_no_more_and_the_text_is_back() -> None:
    member = builders.member()
    contact = pressed(member)

    actions.suspend_contact(channel=Channel.PUSH, address=contact.address, actor="system:program")

    assert ways(member) == {member.pk: "sms"}


def test_a_browser_moves_and_is_found_at_its_new_address() -> None:
    member, beside = builders.member(), builders.member()
    contact, other = pressed(member, browser("old")), pressed(beside, browser("elsewhere"))
    new = browser("new")

    moved = move_device(was=f"{AT}old", device=new)

    assert moved == 1
    assert devices([contact.address])[contact.address] == (new.endpoint, new.p256dh, new.auth)
    assert devices([other.address])[other.address][0] == f"{AT}elsewhere"
    assert move_device(was=f"{AT}nobody", device=new) == 0
    with pytest.raises(MemberError):
        move_device(was=f"{AT}new", device=browser(endpoint="https://10.0.0.1/"))


def test_who_left_is_shown_nothing_more() -> None:
    member = builders.member()
    pressed(member)
    actions.leave(member_id=member.pk, actor=f"member:{member.ref}")

    with pytest.raises(MemberError):
        pressed(member, browser("two"))
    assert ways(member) == {}


def test_who_leaves_with_the_list_takes_no_browser_along(tmp_path: Path) -> None:
    member = builders.member(mobile="+447700900101")
    pressed(member)

    take_out(folder=tmp_path / "list")

    contacts = (tmp_path / "list" / "contacts.jsonl").read_text()
    assert "+447700900101" in contacts
    assert "push:" not in contacts
    assert AT not in "".join(file.read_text() for file in (tmp_path / "list").iterdir())


def test_their_own_page_gives_no_endpoint_away() -> None:
    member = builders.member()
    contact = pressed(member)

    from hueandcry.domain.members.queries.own_page import everything_about

    said: Any = everything_about(member_id=member.pk)
    assert AT not in str(said)
    assert contact.address in str(said)
    assert queries.detail(member_id=member.pk).contacts
