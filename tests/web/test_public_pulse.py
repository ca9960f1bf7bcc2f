"""The five questions of the quarter on a key individual's own page."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hueandcry.domain.members.models import KeyContact, Member, Pulse
from tests import builders, cast

pytestmark = pytest.mark.django_db

ANSWERS = {f"answer{number}": "4" for number in range(5)}


def at(member: Member) -> str:
    return reverse("public:my:pulse", args=[member.page_token])


def speaker(name: str = "Quillon") -> KeyContact:
    return builders.key_contact(cast.amos(), builders.community(f"Round {name}"), member=builders.member(name=name))


def test_a_key_individual_answers_once_and_is_thanked() -> None:
    contact = speaker()
    client = Client(enforce_csrf_checks=True)

    asked = client.get(at(contact.member)).content.decode()
    thanked = client.post(at(contact.member), {**ANSWERS, "words0": "Better lights"}).content.decode()
    again = client.post(at(contact.member), ANSWERS).content.decode()

    assert "How safe do people feel here?" in asked
    assert "Thank you" in thanked
    assert "Thank you" in again
    given = Pulse.objects.get()
    assert (given.officer, given.answers, given.words) == (None, [4] * 5, {"0": "Better lights"})


def test_who_is_no_key_individual_or_no_longer_finds_nothing() -> None:
    member = builders.member()
    ended = speaker()
    KeyContact.objects.update(ended_at=ended.began_at)

    for one in (member, ended.member):
        assert Client().get(at(one)).status_code == 404
        assert Client().post(at(one), ANSWERS).status_code == 404
    assert Client().get(reverse("public:my:pulse", args=["x" * 30])).status_code == 404
    assert not Pulse.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose from 1 to 5"),
        ({**ANSWERS, "answer2": "9"}, "Select a valid choice"),
        ({**ANSWERS, "words1": "x" * 301}, "at most 300"),
        ({**ANSWERS, "words1": "a\x00b"}, "Null characters"),
        ({**ANSWERS, "words1": "It was AB12 CDE"}, "AB12 CDE"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(given: dict[str, str], words: str) -> None:
    contact = speaker()

    page = Client().post(at(contact.member), {"words0": "Better lights", **given}).content.decode()

    assert words in page
    assert "Better lights" in page
    assert not Pulse.objects.exists()


def test_nobody_reads_what_one_or_two_people_said() -> None:
    contact = speaker()
    Client().post(at(contact.member), {f"answer{number}": "1" for number in range(5)})

    page = Client().get(at(contact.member)).content.decode()

    assert "too few answers" in page
    assert "1.0" not in page


def test_sixty_communities_ask_no_more_than_three() -> None:
    contact = speaker()

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert Client().get(at(contact.member)).status_code == 200
        return len(captured)

    contact.communities.add(*(builders.community(f"More {number}") for number in range(2)))
    few = asked()
    contact.communities.add(*(builders.community(f"Many {number}") for number in range(57)))

    assert asked() == few


def test_the_page_weighs_little() -> None:
    contact = speaker()

    assert len(Client().get(at(contact.member)).content) < 20_000
