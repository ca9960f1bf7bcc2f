"""Groups elsewhere: a member carries a card there, answers come back with the group's code."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.models import Bridge, Member
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.members.rules.schemes import bridge_codes_in, is_bridge_code
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Inbound
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.reports import actions as reporting
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.messaging import incoming
from tests.web.desk import signed_in, the_force

pytestmark = pytest.mark.django_db

SOMEBODY = "+447700900777"


@pytest.fixture
def dell() -> Member:
    the_force()
    return cast.dell()


def my_groups(member: Member) -> str:
    return reverse("public:my:groups", args=[member.page_token])


def opened(member: Member, name: str = "Holt farmers (WhatsApp)", people: str = "120") -> Bridge:
    Client().post(my_groups(member), {"name": name, "people": people})
    return Bridge.objects.latest("pk")


def members_alert() -> Alert:
    return given.released(
        level=Tier.MEMBER,
        words=given.WORDS.__class__("Hare coursing near Holt", "Three men with dogs", "Mill Lane, Holt", "Seen them?"),
    )


def card(bridge: Bridge, alert: Alert) -> str:
    return reverse("public:group:card", args=[bridge.code, alert.ref])


def test_a_member_gets_a_code_and_a_card_for_each_alert(dell: Member) -> None:
    alert = members_alert()
    bridge = opened(dell)

    page = Client().get(my_groups(dell)).content.decode()

    assert is_bridge_code(bridge.code)
    assert bridge.people == 120
    assert bridge.code in page
    assert card(bridge, alert) in page


def test_the_same_group_twice_is_one(dell: Member) -> None:
    opened(dell)
    opened(dell, name=" holt  FARMERS (whatsapp) ")

    assert Bridge.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "people", "sentence"),
    [
        ("", "", "Write what the group is called"),
        ("x" * 500, "", "at most 80 characters"),
        ("Group", "many", "Write a number, such as 120."),
        ("Group", "-5", "greater than or equal to 1"),
        ("Group", "9" * 30, "less than or equal to 100000"),
    ],
)
def test_what_cannot_be_a_group_is_refused_in_words(dell: Member, name: str, people: str, sentence: str) -> None:
    page = Client().post(my_groups(dell), {"name": name, "people": people}).content.decode()

    assert sentence in page
    assert not Bridge.objects.exists()


@override_settings(REPLY_NUMBER="07700 900999")
def test_a_card_says_how_to_answer_and_names_nobody(dell: Member) -> None:
    alert, bridge = members_alert(), opened(dell)

    answer = Client().get(card(bridge, alert))
    page = answer.content.decode()

    assert f"Text {alert.ref} {bridge.code} and what you saw to 07700 900999." in page
    assert "Do not approach" in page
    assert "999" in page
    for secret in ("Dell", "Holt farmers", "900111", "Amos", dell.ref, dell.page_token):
        assert secret not in page
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert len(answer.content) < 60_000


@override_settings(REPLY_NUMBER="")
def test_without_a_number_a_card_says_call_101(dell: Member) -> None:
    alert, bridge = members_alert(), opened(dell)

    assert f"Call 101 and say {alert.ref} {bridge.code}." in Client().get(card(bridge, alert)).content.decode()


@pytest.mark.parametrize("level", [Tier.VETTED, Tier.KIN])
def test_what_is_for_few_never_gets_a_card(dell: Member, level: Tier) -> None:
    Member.objects.update(tier=Tier.KIN)
    alert, bridge = given.released(level=level), opened(dell)

    assert Client().get(card(bridge, alert)).status_code == 404
    assert card(bridge, alert) not in Client().get(my_groups(dell)).content.decode()


def test_what_is_no_card_is_not_there(dell: Member) -> None:
    alert, bridge = members_alert(), opened(dell)

    for code, ref in (("ZZZZ", alert.ref), (bridge.code, "NOSUCH"), ("x" * 200, alert.ref)):
        assert Client().get(reverse("public:group:card", args=[code, ref])).status_code == 404


def test_a_card_of_what_is_over_sends_nobody_looking(dell: Member) -> None:
    alert, bridge = members_alert(), opened(dell)
    Alert.objects.update(state="ended")

    page = Client().get(card(bridge, alert)).content.decode()

    assert "This is over" in page
    assert "Three men with dogs" not in page


def test_an_answer_from_the_group_shows_where_it_came_from(dell: Member) -> None:
    alert, bridge = members_alert(), opened(dell)

    body = f"{alert.ref.lower()} {bridge.code.lower()} grey pick-up at the ford"
    inbound = messaging.receive(incoming=incoming(SOMEBODY, body))
    report = reporting.open_from_message(inbound_ref=inbound.ref)
    desk = signed_in(builders.officer(Role.CONSTABLE, name="Reader"))

    assert report is not None
    assert inbound.bridge == bridge.ref
    assert report.about == f"alert:{alert.ref}"
    for address in (reverse("desk:inbox:list"), reverse("desk:inbox:page", args=[report.ref])):
        assert "via Holt farmers (WhatsApp)" in desk.get(address).content.decode()


def test_a_code_of_an_ended_group_is_read_as_one_and_its_cards_are_gone(dell: Member) -> None:
    alert, bridge = members_alert(), opened(dell)
    Client().post(reverse("public:my:end_group", args=[dell.page_token, bridge.ref]))

    inbound = messaging.receive(incoming=incoming(SOMEBODY, f"{alert.ref} {bridge.code} seen"))
    report = reporting.open_from_message(inbound_ref=inbound.ref)
    desk = signed_in(builders.officer(Role.CONSTABLE, name="Reader"))

    assert Client().get(card(bridge, alert)).status_code == 404
    assert report is not None
    assert "via an ended group" in desk.get(reverse("desk:inbox:list")).content.decode()


def test_nobody_ends_the_group_of_another(dell: Member) -> None:
    bridge, other = opened(dell), builders.member(name="Other")

    answer = Client().post(reverse("public:my:end_group", args=[other.page_token, bridge.ref]))

    assert answer.status_code == 404
    bridge.refresh_from_db()
    assert bridge.ended_at is None


def test_an_answer_without_a_code_stays_as_it_was(dell: Member) -> None:
    members_alert()
    opened(dell)

    inbound = messaging.receive(incoming=incoming("+447700900111", "Saw a van at 1420 near M6 J33, B4 the bridge"))

    assert inbound.bridge == ""
    assert Inbound.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("K7M2PQ G4TX grey van", ("G4TX",)),
        ("g4tx", ("G4TX",)),
        ("G4TXX and AG4TX and 2345 and THNX", ()),
        ("4WDS", ()),
        ("", ()),
    ],
)
def test_codes_are_read_and_words_are_not(text: str, codes: tuple[str, ...]) -> None:
    assert bridge_codes_in(text) == codes


def test_ten_groups_are_enough(dell: Member) -> None:
    for number in range(10):
        opened(dell, name=f"Group {number}")

    page = Client().post(my_groups(dell), {"name": "One more"}).content.decode()

    assert "10 groups already" in page
    assert len({re.sub(r"\s", "", code) for code in Bridge.objects.values_list("code", flat=True)}) == 10
