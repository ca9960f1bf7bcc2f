"""An alert goes out as notifications, with the real queue behind it: shown, not shown, or to a browser that is gone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from hueandcry.domain.members.actions.push import add_device
from hueandcry.domain.members.models import ContactPoint, Member
from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.members.rules.push import NewDevice
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import hooks
from hueandcry.domain.messaging.actions.mending import mend
from hueandcry.domain.messaging.actions.receipts import fold
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.gateways import registry
from tests import builders
from tests.domain.messaging import alert_to
from tests.gateways.peers.provider import Provider, Reply
from tests.gateways.peers.web_push import BROWSER, FarPush, far_push

pytestmark = pytest.mark.django_db
Far = tuple[FarPush, Provider]


@pytest.fixture
def far(settings: Any) -> Iterator[Far]:
    found = settings.WEB_PUSH_DEVICES
    settings.GATEWAYS = {**settings.GATEWAYS, "push": "hueandcry.gateways.push.web.WebPush"}
    registry.routes_for.cache_clear()
    with far_push(settings) as there:
        settings.WEB_PUSH_DEVICES = found  # the table itself
        yield there
        registry.routes_for("push")[0].gateway.close()  # type: ignore[attr-defined]
    registry.routes_for.cache_clear()


def shows(far: Far, member: Member, name: str = "one") -> ContactPoint:
    device = NewDevice(f"{far[1].address}/send/{name}", BROWSER.p256dh, BROWSER.auth)
    return add_device(member_id=member.pk, device=device, actor=f"member:{member.ref}")


def sent(*members: Member) -> Message:
    message = alert_to(*members, priority=Priority.URGENT)
    actions.dispatch(message_ref=message.ref)
    return message


def rows(message: Message) -> list[tuple[int | None, str, str]]:
    return list(message.deliveries.order_by("member_id").values_list("member_id", "channel", "state"))


def test_it_is_handed_over_sealed_and_becomes_delivered_when_it_was_shown(far: Far) -> None:
    builders.force()
    member, beside = builders.member(), builders.member()
    shows(far, member)

    message = sent(member, beside)
    before = rows(message)
    (taken,) = far[0].taken
    told = hooks.hear(gateway="web-push", what="shown", address="/", headers={}, body=taken["mark"].encode())
    forged = hooks.hear(gateway="web-push", what="shown", address="/", headers={}, body=b"K7M2PQ-1.AAAA")
    fold()

    assert before[0] == (member.pk, "push", DeliveryState.ACCEPTED)
    assert (taken["title"], taken["link"].endswith(f"/my/{member.page_token}/")) == ("Doggerland Police", True)
    assert member.name not in str(taken)
    assert (told.status, forged.status) == (200, 403)
    assert rows(message)[0] == (member.pk, "push", DeliveryState.DELIVERED)
    assert rows(message)[1][:2] == (beside.pk, "sms")


def test_a_browser_that_is_gone_is_used_no_more_and_the_next_comes_by_text(far: Far) -> None:
    builders.force()
    member = builders.member()
    contact = shows(far, member, "998")

    first = sent(member)
    mend()
    second = sent(member)

    contact.refresh_from_db()
    assert rows(first) == [(member.pk, "push", DeliveryState.BOUNCED)]
    assert contact.suspended_at is not None
    assert [channel for _, channel, _ in rows(second)] == ["sms"]


def test_what_the_push_service_refuses_for_now_waits_and_is_not_lost(far: Far) -> None:
    builders.force()
    member = builders.member()
    shows(far, member, "100")
    far[0].status["100"] = Reply(500)

    message = sent(member)

    assert Delivery.objects.get(message=message).state == DeliveryState.QUEUED


def test_who_removes_the_browser_while_it_waits_is_shown_nothing(far: Far) -> None:
    builders.force()
    member = builders.member()
    contact = shows(far, member)
    message = alert_to(member, priority=Priority.URGENT)
    contact.delete()

    actions.dispatch(message_ref=message.ref)

    assert far[0].taken == []
    assert Delivery.objects.get(message=message, channel=Channel.PUSH).state == DeliveryState.BOUNCED


def test_the_page_that_it_opens_says_how_to_answer(far: Far, client: Client, settings: Any) -> None:
    settings.REPLY_NUMBER = "07700 900999"
    builders.force()
    member, beside = builders.member(), builders.member()
    shows(far, member)
    sent(member)

    told, nothing = (client.get(f"/my/{one.page_token}/").content.decode() for one in (member, beside))

    assert "Notification on a phone or computer, " in told
    assert "Text 07700 900999, and begin with the six signs" in told
    assert "07700 900999" not in nothing
