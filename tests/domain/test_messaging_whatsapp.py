"""Alerts go out by WhatsApp and answers come in, with the real queue and a far side made from Meta's documents."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from hueandcry.domain.alerts.rules import AlertError
from hueandcry.domain.alerts.rules.checks import may_go_abroad, ways_of
from hueandcry.domain.members.actions import preferences, withdraw
from hueandcry.domain.members.actions.applying import confirm
from hueandcry.domain.members.models import Application, Consent, ContactPoint, Member
from hueandcry.domain.members.queries.applying import application_code, pass_of
from hueandcry.domain.members.queries.own_page import agreements_of, receipt_words
from hueandcry.domain.members.queries.reach import reach_differs
from hueandcry.domain.members.rules import Channel, MemberError, NewContact, Priority, Tier
from hueandcry.domain.members.rules.joining import WHATSAPP_WORDING
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import hooks, laddering
from hueandcry.domain.messaging.actions.mending import ASK_WHATSAPP, ask, mend
from hueandcry.domain.messaging.actions.receipts import fold
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Charge, Conversation, Delivery, Inbound, Message
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.gateways import registry
from hueandcry.kit import clock, gsm7
from hueandcry.kit.words import LANGUAGES, say, speaking, texted
from tests import builders
from tests.domain.alerts import drafted, farmer, question
from tests.domain.alerts import released as alert_released
from tests.domain.messaging import alert_to, by_phone
from tests.gateways.peers.provider import Provider
from tests.gateways.peers.whatsapp import CODE_TEMPLATE, NUMBER, SECRET, TEMPLATE, FarWhatsApp, far_whatsapp

pytestmark = pytest.mark.django_db
Far = tuple[FarWhatsApp, Provider]
HERS, THEIRS = "+447700900111", "+447700900222"


@pytest.fixture
def far(settings: Any) -> Iterator[Far]:
    found = settings.WHATSAPP_HEARD
    settings.GATEWAYS = {**settings.GATEWAYS, "whatsapp": "hueandcry.gateways.whatsapp.WhatsApp?price=2.5"}
    registry.routes_for.cache_clear()
    with far_whatsapp(settings) as there:
        settings.WHATSAPP_HEARD = found  # the table itself
        builders.force()
        yield there
        registry.routes_for("whatsapp")[0].gateway.close()  # type: ignore[attr-defined]
    registry.routes_for.cache_clear()


def reader(**fields: Any) -> Member:
    """Return a member who chose WhatsApp, and can be texted at the same number."""
    return builders.member(**{"mobile": HERS, "whatsapp": HERS, **fields})


def sent(*members: Member, **fields: Any) -> Message:
    message = alert_to(*members, **{"priority": Priority.URGENT, **fields})
    actions.dispatch(message_ref=message.ref)
    return message


def rows(message: Message) -> list[tuple[int | None, str, str]]:
    return list(message.deliveries.order_by("member_id", "rung").values_list("member_id", "channel", "state"))


def tell(field: str = "messages", **value: Any) -> int:
    """Tell us something as Meta does, and return what we answer."""
    change = {"field": field, "value": {"metadata": {"phone_number_id": NUMBER}, **value}}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": signature}
    return hooks.hear(gateway="whatsapp", what="told", address="/", headers=headers, body=body).status


def write(words: str, one: str = "wamid.7", sender: str = HERS) -> None:
    """Write to us by WhatsApp."""
    at = str(int(clock.now().timestamp()))
    tell(messages=[{"from": sender[1:], "id": one, "timestamp": at, "type": "text", "text": {"body": words}}])
    for message in Message.objects.order_by("id"):
        actions.dispatch(message_ref=message.ref)


def became(message: Message, status: str, code: int = 0) -> None:
    """Tell us what became of a message."""
    delivery = message.deliveries.get(channel=Channel.WHATSAPP)
    errors = [{"code": code, "title": "something"}] if code else []
    item = {
        "id": "wamid.1", "status": status, "timestamp": str(int(clock.now().timestamp())), "errors": errors,
        "biz_opaque_callback_data": f"{message.ref}-{delivery.pk}",
    }  # fmt: skip
    for _ in range(2):
        tell(statuses=[item])
    fold()
    mend()


# ---------------------------------------------------------------- choosing it


def test_it_is_chosen_by_a_code_that_comes_through_it_and_has_a_receipt_of_its_own(far: Far) -> None:
    member, beside = builders.member(mobile=HERS, language="pl"), builders.member()

    asked = preferences.ask_contact(
        member_id=member.pk,
        contact=NewContact(Channel.WHATSAPP, "07700 900111"),
        actor=f"member:{member.ref}",
        wording=f"{WHATSAPP_WORDING}-pl",
    )
    message = say_code(application_ref=asked.ref)
    assert message is not None
    actions.dispatch(message_ref=message.ref)
    code = application_code(ref=asked.ref)
    with pytest.raises(MemberError, match="not the code"):
        confirm(sealed=pass_of(ref=asked.ref), code="000000" if code != "000000" else "111111")
    confirm(sealed=pass_of(ref=asked.ref), code=code)

    (taken,) = far[0].taken
    contact = ContactPoint.objects.get(channel=Channel.WHATSAPP)
    receipt = next(one for one in agreements_of(member_id=member.pk) if one.channel == Channel.WHATSAPP)
    assert (taken["template"]["name"], taken["template"]["language"]) == (CODE_TEMPLATE, {"code": "pl"})
    assert json.dumps(taken).count(code) == 2
    assert code not in message.text
    assert (contact.member, contact.address) == (member, HERS)
    assert contact.confirmed_at is not None
    assert "WhatsApp" in receipt_words(receipt)
    assert not Consent.objects.filter(member=beside, channel=Channel.WHATSAPP).exists()
    assert reach_differs() == []


def test_a_landline_has_no_whatsapp() -> None:
    member = builders.member()

    with pytest.raises(MemberError, match="needs a mobile number"):
        preferences.ask_contact(
            member_id=member.pk, contact=NewContact(Channel.WHATSAPP, "020 7946 0123"), actor=f"member:{member.ref}"
        )

    assert not Application.objects.exists()


# ---------------------------------------------------------------- sending


def test_an_alert_goes_as_a_template_before_a_text_and_is_paid_for(far: Far) -> None:
    member, beside = reader(), builders.member(mobile=THEIRS)

    message = sent(member, beside)
    became(message, "sent")
    became(message, "delivered")
    became(message, "read")

    (taken,) = far[0].taken
    assert rows(message) == [(member.pk, "whatsapp", DeliveryState.SEEN), (beside.pk, "sms", DeliveryState.DELIVERED)]
    assert taken["template"]["name"] == TEMPLATE
    assert member.name not in json.dumps(taken)
    charge = Charge.objects.get(message=message, gateway="whatsapp")
    assert (charge.handed, charge.millipence) == (1, 2500)


@pytest.mark.parametrize(("language", "frame"), [("en", "en_GB"), ("cy", "en_GB"), ("pl", "pl")])
def test_the_frame_is_in_the_language_that_meta_has(language: str, frame: str, far: Far) -> None:
    words = {"text": "x", "spoken": "x", "subject": "x", "email": "x"}
    member = reader(language=language)

    message = alert_to(member, priority=Priority.URGENT)
    Message.objects.filter(pk=message.pk).update(frames=dict.fromkeys(("cy", "pl"), words))
    actions.dispatch(message_ref=message.ref)

    assert far[0].taken[0]["template"]["language"] == {"code": frame}


def test_who_is_not_on_whatsapp_is_not_tried_there_again_and_gets_the_text(far: Far) -> None:
    member = reader()
    first = sent(member)

    became(first, "failed", 131026)
    laddering.climb()
    second = sent(member, about="alert:K7M2PR")

    contact = ContactPoint.objects.get(channel=Channel.WHATSAPP)
    assert rows(first) == [(member.pk, "whatsapp", DeliveryState.BOUNCED), (member.pk, "sms", DeliveryState.QUEUED)]
    assert contact.suspended_at is not None
    assert [channel for _, channel, _ in rows(second)] == ["sms"]


@pytest.mark.parametrize("code", [130472, 131047, 131049])
def test_what_whatsapp_holds_back_once_is_followed_by_a_text_and_tried_again_next_time(code: int, far: Far) -> None:
    member = reader()
    first = sent(member)

    became(first, "failed", code)
    laddering.climb()
    second = sent(member, about="alert:K7M2PR")

    assert rows(first)[1][:2] == (member.pk, "sms")
    assert [channel for _, channel, _ in rows(second)] == ["whatsapp"]


def test_who_is_silent_there_gets_a_text_after_three_minutes(far: Far) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC), tick=False) as now:
        known, member = reader(mobile=None, whatsapp="+447700900333"), reader()
        became(sent(known), "delivered")
        message = sent(member)
        now.shift(dt.timedelta(minutes=2, seconds=50))
        early = laddering.climb()
        now.shift(dt.timedelta(seconds=10))
        late = laddering.climb()

    assert (early, late) == (0, 1)
    assert [channel for _, channel, _ in rows(message)] == ["whatsapp", "sms"]


def test_whoever_is_asked_about_it_is_asked_by_another_way(far: Far) -> None:
    member = reader(email="hers@example.org")
    became(sent(member), "failed", 131026)
    contact = ContactPoint.objects.get(channel=Channel.WHATSAPP)

    asked = ask(member_ref=member.ref, contact_id=contact.pk)

    assert asked is not None
    assert "our WhatsApp messages to you do not arrive" in asked.text
    assert [channel for _, channel, _ in rows(asked)] == ["sms"]
    for language in LANGUAGES:
        with speaking(language):
            assert gsm7.count(texted(say(ASK_WHATSAPP)).format(signs="W" * 30)).parts == 1


def test_nothing_goes_there_without_an_agreement_of_its_own(far: Far) -> None:
    member = reader()
    withdraw(member_id=member.pk, channel=Channel.WHATSAPP, actor="officer:TEST22")

    message = sent(member)

    assert far[0].taken == []
    assert [channel for _, channel, _ in rows(message)] == ["sms"]


# ---------------------------------------------------------------- what they write


def test_an_answer_comes_in_once_and_is_thanked_in_free_words(far: Far) -> None:
    member = reader()
    message = sent(member)

    for _ in range(3):
        write("White van, Mill Lane")

    inbound = Inbound.objects.get()
    thanks = far[0].taken[1:]
    assert (inbound.conversation.channel, inbound.conversation.member, inbound.conversation.about) == (
        "whatsapp", member, message.about,
    )  # fmt: skip
    assert rows(message) == [(member.pk, "whatsapp", DeliveryState.SEEN)]
    assert [one["type"] for one in thanks] == ["text"]
    assert "thank you" in thanks[0]["text"]["body"]
    assert by_phone(HERS) == []


def test_after_a_day_free_words_are_over(far: Far) -> None:
    member = reader()
    with time_machine.travel(clock.now() - dt.timedelta(hours=23, minutes=40)):
        write("Hello")
    sent(member)

    assert [one["type"] for one in far[0].taken] == ["text", "template"]


def test_stop_ends_it_there_and_nowhere_else_and_start_lifts_it(far: Far) -> None:
    member, beside = reader(), reader(mobile=THEIRS, whatsapp=THEIRS)
    waits = alert_to(member, beside, priority=Priority.URGENT)

    write("STOP")
    write("STOP", "wamid.8")
    after = sent(member, beside, about="alert:K7M2PR")
    write("START", "wamid.9")
    again = sent(member, about="alert:K7M2PS")

    said = [one["text"]["body"] for one in far[0].taken if one["type"] == "text"]
    assert rows(waits)[0] == (member.pk, "whatsapp", DeliveryState.STOPPED)
    assert rows(waits)[1][2] == DeliveryState.ACCEPTED
    assert [channel for _, channel, _ in rows(after)] == ["sms", "whatsapp"]
    assert [channel for _, channel, _ in rows(again)] == ["whatsapp"]
    # Said once, however often; and what goes out within a day of it needs no template.
    assert ["no more alerts" in one for one in said] == [True, False, False]
    assert "welcome back" in said[1]


def test_who_stops_us_in_whatsapp_itself_is_heeded_without_a_word(far: Far) -> None:
    member = reader()
    one = {"wa_id": HERS[1:], "category": "marketing_messages", "value": "stop", "timestamp": 1763802009}

    assert [tell("user_preferences", user_preferences=[one]) for _ in range(2)] == [200, 200]
    message = sent(member)

    assert far[0].taken == []
    assert Inbound.objects.count() == 1
    assert not Consent.objects.filter(member=member, channel=Channel.WHATSAPP, withdrawn_at=None).exists()
    assert [channel for _, channel, _ in rows(message)] == ["sms"]


def test_who_never_chose_it_writes_as_from_their_telephone(far: Far) -> None:
    member = builders.member(mobile=HERS)

    write("STOP")

    assert Conversation.objects.get().channel == Channel.SMS
    assert not Consent.objects.filter(member=member, withdrawn_at=None).exists()
    assert far[0].taken == []
    assert len(by_phone(HERS)) == 1


# ---------------------------------------------------------------- what may not go there


@pytest.mark.parametrize(("level", "template", "may"), [
    (Tier.PUBLIC, "", True),
    (Tier.MEMBER, "hare-coursing", True),
    (Tier.VETTED, "", False),
    (Tier.KIN, "", False),
    (Tier.MEMBER, "missing-person", False),
])  # fmt: skip
def test_part_of_a_plate_and_a_name_never_go_to_a_company_abroad(level: Tier, template: str, *, may: bool) -> None:
    ways = ways_of((), level=level, template=template)

    assert may_go_abroad(level=level, template=template) is may
    assert ways == (() if may else tuple(channel for channel in Channel if channel != Channel.WHATSAPP))


def test_what_was_to_go_by_whatsapp_alone_and_may_not_is_refused() -> None:
    with pytest.raises(AlertError, match="choose another way"):
        ways_of((Channel.WHATSAPP,), level=Tier.VETTED, template="")
    assert ways_of((Channel.WHATSAPP,), level=Tier.MEMBER, template="") == (Channel.WHATSAPP,)
    assert ways_of((Channel.WHATSAPP, Channel.SMS), level=Tier.KIN, template="") == (Channel.SMS,)


@pytest.mark.parametrize(("level", "way", "climbs"), [(Tier.MEMBER, "whatsapp", "sms"), (Tier.VETTED, "sms", "email")])
def test_an_alert_for_those_who_were_checked_keeps_off_it_and_is_never_climbed_to_it(
    level: Tier, way: str, climbs: str, far: Far
) -> None:
    member = farmer(mobile=HERS, whatsapp=HERS, email="hers@example.org")

    alert = alert_released(level=level, asked=question(lowest_tier=level))
    message = Message.objects.get(about=f"alert:{alert.ref}")
    message.deliveries.update(state=DeliveryState.FAILED)
    laddering.climb()

    found = list(message.deliveries.filter(member=member).order_by("rung").values_list("channel", flat=True))
    assert found == [way, climbs]


def test_nobody_is_told_of_a_way_that_nobody_chose(far: Far) -> None:
    farmer(mobile=HERS, whatsapp=HERS)

    alert = drafted(level=Tier.VETTED)

    assert "only" not in alert.audience.described
    assert Delivery.objects.count() == 0
