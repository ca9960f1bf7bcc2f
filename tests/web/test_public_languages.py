"""Public pages in three languages: the address, the member or the browser decides, and no English is left."""

import re

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from hueandcry.console.words import extracted
from hueandcry.domain.members.models import Application, Consent, Member
from hueandcry.domain.members.queries.applying import application_code, pass_of
from hueandcry.domain.members.rules.joining import consent_words
from hueandcry.domain.messaging.actions.welcoming import say_code
from hueandcry.domain.messaging.models import Message
from hueandcry.kit.words import LANGUAGES, say
from hueandcry.web.parts.languages import talking
from hueandcry.web.public.my_schemes import NoteForm
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


def test_what_is_wrong_in_a_form_and_how_much_room_is_left_is_said_in_the_language() -> None:
    the_force()
    builders.force()

    wrong = Client().post("/cy/join/", {}).content.decode()
    room = Template("{{ form.text }}").render(Context({"form": NoteForm()}))
    with talking("pl"):
        polish = Template("{{ form.text }}").render(Context({"form": NoteForm()}))

    assert '<span class="govuk-visually-hidden">Gwall:</span>' in wrong
    assert "Error:" not in wrong
    assert 'data-i18n.characters-under-limit.other="Characters left: %{count}"' in room
    assert 'data-i18n.characters-under-limit.other="Pozostało znaków: %{count}"' in polish
    assert "Można wpisać do" in polish


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


@pytest.mark.parametrize(("begins", "mine", "version"), [("", "cy", "-cy"), ("/pl", "cy", "-pl"), ("/en", "cy", "")])
def test_a_number_is_added_in_the_words_that_were_shown(begins: str, mine: str, version: str) -> None:
    the_force()
    member = builders.member(mobile=None, email="dell@example.org", schemes=(builders.scheme(),), language=mine)
    shown = page(f"{begins}/my/{member.page_token}/reach/")
    before = set(Consent.objects.values_list("pk", flat=True))

    Client().post(f"{begins}/my/{member.page_token}/reach/", {"way": "07700 900444", "agreed": "on"})
    one = Application.objects.get()
    # The code is typed on a device that speaks English.
    Client().post(reverse("public:join:code", args=[pass_of(ref=one.ref)]), {"code": application_code(ref=one.ref)})

    given = Consent.objects.exclude(pk__in=before)
    assert f"2026-11{version})" in shown
    assert {(row.channel, row.scheme is None, row.wording) for row in given} == {
        ("sms", True, f"2026-11{version}"),
        ("sms", False, f"2026-11-scheme{version}"),
    }


@pytest.mark.parametrize(("language", "version"), [("en", ""), ("cy", "-cy"), ("pl", "-pl")])
def test_who_agrees_again_reads_and_agrees_to_the_words_of_the_page(language: str, version: str) -> None:
    the_force()
    member, noise = dell(), builders.member(name="Noise", mobile=None, email="noise@example.org")
    Consent.objects.filter(scheme=None).update(wording="2026-11-pl" if language != "pl" else "2026-11")
    first = Consent.objects.filter(member=member).order_by("pk")
    which = [f"{(row.scheme or row.organisation).ref} {row.purpose} {row.channel}" for row in first]
    for one in which:
        Client().post(f"/my/{member.page_token}/agreed/end/", {"which": one})

    shown = page(f"/{language}/my/{member.page_token}/agreed/")
    for one in which:
        Client().post(f"/{language}/my/{member.page_token}/agreed/again/", {"which": one})

    standing = Consent.objects.filter(member=member, withdrawn_at=None)
    force = builders.force()
    assert f"2026-11{version})" in shown
    assert consent_words(f"2026-11{version}", organisation=force.name)[:40] in shown
    assert {(row.scheme is None, row.wording) for row in standing} == {
        (True, f"2026-11{version}"),
        (False, f"2026-11-scheme{version}"),
    }
    assert Consent.objects.filter(member=noise, withdrawn_at=None).count() == 1
