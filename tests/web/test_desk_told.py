"""Writing down what somebody told an officer, on the desk."""

import pytest
from django.urls import reverse

from hueandcry.domain.reports import actions
from hueandcry.domain.reports.models import Report
from tests import builders, cast
from tests.web.desk import queries_of, signed_in

pytestmark = pytest.mark.django_db

WRITE = reverse("desk:inbox:write")


def test_an_officer_writes_down_what_a_key_individual_told_them() -> None:
    amos = cast.amos()
    member = builders.member(name="Quillon")
    contact = builders.key_contact(amos, member=member)
    client = signed_in(amos)

    door = client.get(reverse("desk:networks:page", args=[contact.ref])).content.decode()
    form = client.get(WRITE, {"member": member.ref}).content.decode()
    page = client.post(
        WRITE, {"text": "Grey van at the ford", "place": "Holt", "member": member.ref.lower()}, follow=True
    ).content.decode()

    assert f"{WRITE}?member={member.ref}" in door
    assert f'value="{member.ref}"' in form
    assert "What they said" in page
    assert "told to" in page
    assert "no message to answer" in page
    assert ">Reply</button>" not in page
    assert Report.objects.get().member == member


def test_without_a_name_it_says_that_none_is_kept() -> None:
    client = signed_in(cast.amos())

    page = client.post(WRITE, {"text": "Grey van at the ford"}, follow=True).content.decode()
    inbox = client.get(reverse("desk:inbox:list")).content.decode()

    assert "whose name is not kept" in page
    assert "no name kept" in inbox
    assert WRITE in inbox


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ""}, "Write down what they told you"),
        ({"text": "x" * 2_001}, "at most 2000"),
        ({"text": "a\x00b"}, "Null characters"),
        ({"text": "Seen", "place": "y" * 121}, "at most 120"),
        ({"text": "Seen", "member": "ZZZZZZ"}, "No member has this reference"),
        ({"text": "Seen", "member": "<script>"}, "No member has this reference"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(given: dict[str, str], words: str) -> None:
    page = signed_in(cast.amos()).post(WRITE, {"place": "Holt Haven", **given})

    assert page.status_code == 200
    assert words in page.content.decode()
    assert given.get("place", "Holt Haven") in page.content.decode()
    assert not Report.objects.exists()


@pytest.mark.parametrize("who", [cast.grey, cast.cole, cast.frost])
def test_stranger_reader_and_partner_write_nothing(who: object) -> None:
    client = signed_in(who())  # type: ignore[operator]

    assert client.get(WRITE).status_code == 403
    assert client.post(WRITE, {"text": "Seen"}).status_code == 403
    assert not Report.objects.exists()


def test_the_inbox_asks_as_much_for_sixty_as_for_three() -> None:
    amos = cast.amos()
    client = signed_in(amos)
    for number in range(3):
        actions.write_down(officer=amos, text=f"Van {number}")
    few = queries_of(client, reverse("desk:inbox:list"))
    for number in range(3, 60):
        actions.write_down(officer=amos, text=f"Van {number}")

    assert queries_of(client, reverse("desk:inbox:list")) == few
