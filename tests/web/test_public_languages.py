"""Public pages in three languages: the address, the member or the browser decides, and no English is left."""

import re

import pytest
from django.test import Client
from django.utils.html import strip_tags

from hueandcry.console.words import extracted
from hueandcry.domain.members.models import Application, Member
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Message
from hueandcry.kit.words import LANGUAGES, say
from tests import builders
from tests.web import test_public_join as joining
from tests.web.desk import the_force
from tests.web.test_public_site import MOST_BYTES, alert

pytestmark = pytest.mark.django_db
OTHERS = ["cy", "pl"]
OWN = (
    "",
    "how/",
    "reach/",
    "places/",
    "person/",
    "interests/",
    "schemes/",
    "groups/",
    "agreed/",
    "held/",
    "leave/",
    "stop/",
)
# The same in all three, or a name.
SAME = {"E-mail", "Demonstration", "Name", "Patrol"}


def dell(language: str = "en") -> Member:
    member = builders.member(name="Dell", email="dell@example.org", schemes=(builders.scheme(),))
    member.language = language
    member.save(update_fields=["language"])
    return member


def page(address: str, **headers: str) -> str:
    answer = Client().get(address, headers=headers)
    assert answer.status_code == 200, address
    return answer.content.decode()


def addresses(member: Member) -> list[str]:
    return [
        "/",
        "/join/",
        "/alerts/",
        f"/alerts/{alert().ref}/",
        *(f"/my/{member.page_token}/{screen}" for screen in OWN),
    ]


def nodes(words: str) -> set[str]:
    """Return what stands between tags, without what says that it is English."""
    words = re.sub(r"<(\w+)[^>]* lang=\"en\"[^>]*>.*?</\1>", "", words, flags=re.DOTALL)
    return {" ".join(strip_tags(node).split()) for node in re.split(r"<[^>]+>", words)}


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left(language: str) -> None:
    english = {text for text in extracted() if isinstance(text, str) and say(text, language) != text} - SAME

    for address in addresses(dell()):
        words = page(f"/{language}{address}")

        assert nodes(words) & english == set(), address
        assert f'<html lang="{language}"' in words
        assert len(words.encode()) < MOST_BYTES


def test_an_own_page_speaks_the_members_language() -> None:
    member = dell("pl")

    answer = Client().get(f"/my/{member.page_token}/", headers={"Accept-Language": "cy"})

    assert "Dzień dobry, Dell" in answer.content.decode()
    assert answer["Content-Language"] == "pl"


def test_an_address_that_names_a_language_comes_before_the_members_own() -> None:
    member = dell("pl")

    assert "Dydd da, Dell" in page(f"/cy/my/{member.page_token}/")
    assert "Good day, Dell" in page(f"/en/my/{member.page_token}/")


def test_without_a_choice_the_browsers_language_counts_and_caches_know() -> None:
    polish = Client().get("/join/", headers={"Accept-Language": "de, pl-PL;q=0.8, en;q=0.5"})
    chosen = Client().get("/cy/join/", headers={"Accept-Language": "pl"})

    assert '<html lang="pl"' in polish.content.decode()
    assert "Accept-Language" in polish["Vary"]
    assert '<html lang="cy"' in chosen.content.decode()
    assert "Accept-Language" not in chosen.headers.get("Vary", "")


def test_links_and_forms_carry_the_language_on_without_a_cookie() -> None:
    answer = Client().get("/cy/join/")

    words = answer.content.decode()
    assert 'action="/cy/join/"' in words
    assert 'href="/pl/join/"' in words
    assert not answer.cookies
    assert "/cy/static/" not in words


def test_after_a_welsh_page_an_english_one_has_plain_addresses() -> None:
    browser = Client()

    browser.get("/cy/join/")

    assert 'action="/join/"' in browser.get("/join/").content.decode()


@pytest.mark.parametrize("address", ["/desk/", "/accounts/login/", "/patrol/"])
def test_officers_screens_are_english(address: str) -> None:
    answer = Client().get(f"/cy{address}?next=/desk/")

    assert answer.status_code == 302
    assert answer["Location"].startswith(address)


@pytest.mark.parametrize("address", ["/cy//evil.example/", "/xx/join/", "/cy/cy/join/", "/cy/%00/", "/cy"])
def test_a_strange_address_is_not_here(address: str) -> None:
    assert Client().get(address).status_code == 404


def test_who_joins_in_polish_is_written_to_in_polish_and_agreed_in_polish() -> None:
    the_force()
    builders.force()

    asked = Client().post("/pl/join/", joining.about()).content.decode()
    answer = Client().post("/pl/join/", joining.choices(language="pl"))

    assert "wersja treści: 2026-11-pl" in asked
    assert answer["Location"].startswith("/pl/join/")
    application = Application.objects.get()
    say_code(application_ref=application.ref)
    assert (application.language, application.answers["wording"]) == ("pl", "2026-11-pl")
    assert "{code} to kod, aby dolaczyc." in Message.objects.get().text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_officer_wrote_says_that_it_is_english(language: str) -> None:
    told = alert(headline="Trailer stolen")

    assert re.search(r'<h1[^>]* lang="en">Trailer stolen', page(f"/{language}/alerts/{told.ref}/"))
