"""WhatsApp on the pages of members and of the desk: offered where it is set, refused with a sentence, else not seen."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from hueandcry.domain.members.actions import suspend_contact, withdraw
from hueandcry.domain.members.models import Application, Consent, ContactPoint, Member, Preference
from hueandcry.domain.members.queries.applying import application_code, pass_of
from hueandcry.domain.members.queries.reach import reach_differs
from hueandcry.domain.members.rules import Channel, Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.queries.forecasts import forecast
from hueandcry.domain.messaging.rules import Lane
from hueandcry.gateways import registry
from hueandcry.gateways.models import SandboxMessage
from hueandcry.web.desk.audience_forms import offered_ways
from tests import builders, cast
from tests.domain.alerts import drafted, farmer
from tests.web.desk import the_force
from tests.web.test_public_join import HERE, choices

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered(settings: Any) -> Iterator[None]:
    sandbox = "hueandcry.gateways.whatsapp_sandbox.SandboxWhatsApp?price=2"
    settings.GATEWAYS = {**settings.GATEWAYS, "whatsapp": sandbox}
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


@pytest.fixture(autouse=True)
def force() -> None:
    the_force()
    builders.force()


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def reach(member: Member, **given: str) -> Any:
    client, address = Client(enforce_csrf_checks=True), f"/my/{member.page_token}/reach/"
    return client.post(address, given, follow=True) if given else client.get(address)


def said() -> list[str]:
    """Say and hand over what waits, and return what came by WhatsApp, oldest first."""
    for one in Application.objects.order_by("id"):
        say_code(application_ref=one.ref)
    for message in Message.objects.order_by("id"):
        messaging.dispatch(message_ref=message.ref)
    return list(SandboxMessage.objects.filter(gateway="sandbox-whatsapp").order_by("id").values_list("body", flat=True))


def test_where_it_is_not_set_nobody_sees_it() -> None:
    member = builders.member(mobile="+447700900111")

    pages = [words(reach(member)), words(Client().get("/join/")), words(Client().get(f"/my/{member.page_token}/how/"))]
    after = reach(member, way="07700 900333", agreed="on", whatsapp="on")

    assert not [page for page in pages if "WhatsApp" in page]
    assert after.status_code == 200
    assert Application.objects.get().channel == Channel.SMS
    assert Channel.WHATSAPP.value not in dict(offered_ways())


def test_a_member_adds_it_for_the_number_that_they_are_texted_at(offered: None) -> None:
    member, beside = builders.member(mobile="+447700900111"), builders.member()
    before = words(reach(member))

    page = words(reach(member, way="07700 900111", whatsapp="on", agreed="on"))
    (code,) = said()
    one = Application.objects.get()
    answer = Client().post(f"/join/{pass_of(ref=one.ref)}/", {"code": application_code(ref=one.ref)}, follow=True)

    contact = ContactPoint.objects.get(channel=Channel.WHATSAPP)
    consent = Consent.objects.get(member=member, channel=Channel.WHATSAPP)
    assert "belongs to Meta, a company abroad" in before
    assert "We have sent a code by WhatsApp" in page
    assert code == application_code(ref=one.ref)
    assert "WhatsApp: 07… …111" in words(answer)
    assert (contact.member, consent.wording, consent.how) == (member, "2026-11-whatsapp", "web")
    assert 'value="whatsapp"' in words(Client().get(f"/my/{member.page_token}/how/"))
    assert 'value="whatsapp"' not in words(Client().get(f"/my/{beside.page_token}/how/"))
    assert "WhatsApp messages" in words(Client().get(f"/my/{member.page_token}/"))


@pytest.mark.parametrize(("given", "sentence"), [
    ({"way": "020 7946 0123"}, "WhatsApp needs a mobile number"),
    ({"way": "07700 900333", "ring": "on"}, "Choose one: that we ring you, or that we write by WhatsApp"),
    ({"way": "0770"}, "too few figures"),
    ({"way": "07700 900222"}, "You have this number or address already"),
])  # fmt: skip
def test_what_cannot_be_is_said_and_no_code_is_sent(given: dict[str, str], sentence: str, offered: None) -> None:
    member = builders.member(whatsapp="+447700900222")

    page = words(reach(member, **given, whatsapp="on", agreed="on"))

    assert sentence in page
    assert "Please put this right" in page
    assert not Application.objects.exists()


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.SMS])
def test_where_messages_came_back_a_code_puts_it_right(channel: Channel, offered: None) -> None:
    member, beside = (builders.member(mobile="+447700900222", whatsapp="+447700900222") for _ in range(2))
    suspend_contact(channel=channel, address="+447700900222", actor="system:program")
    withdraw(member_id=member.pk, channel=channel, actor="officer:TEST22")
    ticks = {"whatsapp": "on"} if channel == Channel.WHATSAPP else {}

    before = words(reach(member))
    reach(member, way="07700 900222", agreed="on", **ticks)
    one = Application.objects.get()
    Client().post(f"/join/{pass_of(ref=one.ref)}/", {"code": application_code(ref=one.ref)})

    assert "Messages came back: add it again, and a code puts it right." in before
    assert member.contacts.get(channel=channel).suspended_at is None
    assert beside.contacts.get(channel=channel).suspended_at is not None
    assert Consent.objects.filter(member=member, channel=channel, withdrawn_at=None).count() == 1
    assert reach_differs() == []


def test_it_is_nothing_for_an_e_mail_address(offered: None) -> None:
    reach(builders.member(), way="dell@example.org", whatsapp="on", agreed="on")

    assert Application.objects.get().channel == Channel.EMAIL


def test_somebody_joins_by_it_with_its_own_words(offered: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    second = words(browser.post("/join/", {**choices(whatsapp="on"), "step": "about"}))

    address = browser.post("/join/", choices(whatsapp="on", wanted=["1", "2", "3"]))["Location"]
    (code,) = said()
    welcome = words(browser.post(address, {"code": code}))
    came = said()

    member = Member.objects.get(name="Robin Wold")
    consent = Consent.objects.get(member=member)
    assert "as WhatsApp messages" in second
    assert "(wording of 2026-11-whatsapp)" in second
    assert "You have joined" in welcome
    assert (consent.channel, consent.wording) == (Channel.WHATSAPP, "2026-11-whatsapp")
    assert list(member.contacts.values_list("channel", flat=True)) == ["whatsapp"]
    assert f"/my/{member.page_token}/" in came[1]
    assert not Preference.objects.filter(member=member).exists()


@pytest.mark.parametrize(("way", "sentence"), [
    ("020 7946 0123", "WhatsApp needs a mobile number"),
    ("0770", "too few figures"),
])  # fmt: skip
def test_joining_by_it_needs_a_mobile(way: str, sentence: str, offered: None) -> None:
    page = words(Client().post("/join/", {**choices(whatsapp="on", way=way), "step": "about"}))

    assert sentence in page
    assert HERE in page


def test_the_page_stays_small(offered: None) -> None:
    member = builders.member(whatsapp="+447700900222")

    assert max(len(reach(member).content), len(Client().get("/join/").content)) < 60_000


# ---------------------------------------------------------------- the desk


def test_the_composer_says_what_goes_there_and_what_does_not(client: Client, offered: None) -> None:
    farmer(mobile=None, whatsapp="+447700900222")
    author = cast.amos()
    alert, checked = drafted(author, level=Tier.MEMBER), drafted(author, level=Tier.VETTED)
    client.force_login(alert.author)

    goes, not_there = (words(client.get(f"/desk/alerts/{one.ref}/preview/")) for one in (alert, checked))

    assert "belongs to a company abroad: no plate, no name and no address of anybody goes there" in goes
    assert "Not sent: WhatsApp belongs to a company abroad" in not_there
    assert Channel.WHATSAPP.value in dict(offered_ways())


def test_without_it_the_composer_says_nothing_of_it(client: Client) -> None:
    alert = drafted(level=Tier.MEMBER)
    client.force_login(alert.author)

    assert "WhatsApp" not in words(client.get(f"/desk/alerts/{alert.ref}/preview/"))


def test_a_stranger_sees_no_composer(client: Client, offered: None) -> None:
    alert = drafted(level=Tier.MEMBER)
    client.force_login(cast.grey())

    assert client.get(f"/desk/alerts/{alert.ref}/preview/").status_code in {403, 404}


def test_an_officer_ends_it_for_somebody_who_says_so(client: Client, offered: None) -> None:
    member, beside = builders.member(whatsapp="+447700900222"), builders.member()
    client.force_login(cast.amos())

    page = words(client.get(f"/desk/members/{member.ref}/"))
    client.post(f"/desk/members/{member.ref}/withdraw/", {"channel": "whatsapp"})

    assert '<option value="whatsapp">WhatsApp messages</option>' in page
    assert '<option value="whatsapp">' not in words(client.get(f"/desk/members/{beside.ref}/"))
    standing = Consent.objects.filter(member=member, withdrawn_at=None)
    assert list(standing.values_list("channel", flat=True)) == ["sms"]


def test_it_is_counted_and_priced_as_what_it_is(client: Client, offered: None) -> None:
    farmer(mobile=None, whatsapp="+447700900222")
    farmer()
    alert = drafted(level=Tier.MEMBER)
    client.force_login(alert.author)

    page = words(client.get(f"/desk/alerts/{alert.ref}/audience/"))

    assert "1 by WhatsApp" in page
    costs = forecast(by_channel={Channel.WHATSAPP: 100}, parts=3, lane=Lane.URGENT)
    assert costs.pence == 200
    assert "It costs about £2.00: 100 WhatsApp messages." in costs.sentences
