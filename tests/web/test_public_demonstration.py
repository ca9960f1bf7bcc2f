"""Signing in: with one press in the demonstration only, elsewhere with a password and never too often."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from hueandcry.domain.organisations.models import Officer
from tests import cast

pytestmark = pytest.mark.django_db

PASSWORD = "a long horn at night"


@pytest.fixture
def demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMONSTRATION", True)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMONSTRATION", False)


def signed_in(client: Client) -> str | None:
    """Return the key of whoever is signed in with this browser."""
    return client.session.get("_auth_user_id")


def press(client: Client, address: str, **data: str) -> int:
    """Press a button of the page as a browser does, with its hidden token."""
    page = client.get("/demonstration/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return client.post(address, {"csrfmiddlewaretoken": token[1] if token else "", **data}).status_code


# ---------------------------------------------------------------- one press


@pytest.mark.usefixtures("demonstration")
def test_one_press_signs_in_as_a_made_up_officer() -> None:
    amos, birch = cast.amos(), cast.birch()
    browser = Client(enforce_csrf_checks=True)

    page = browser.get("/demonstration/").content.decode()
    status = press(browser, f"/demonstration/{birch.ref}/")

    assert "PC Amos" in page
    assert "Sergeant Birch" in page
    assert "Supervisor" in page
    assert status == 302
    assert signed_in(browser) == str(birch.pk) != str(amos.pk)


@pytest.mark.usefixtures("demonstration")
def test_one_press_needs_a_press_on_our_own_page() -> None:
    birch = cast.birch()
    browser = Client(enforce_csrf_checks=True)

    assert browser.post(f"/demonstration/{birch.ref}/").status_code == 403
    assert browser.get(f"/demonstration/{birch.ref}/").status_code == 405
    assert signed_in(browser) is None


@pytest.mark.usefixtures("demonstration")
def test_nobody_signs_in_as_somebody_suspended_or_unknown() -> None:
    birch = cast.birch()
    Officer.objects.filter(pk=birch.pk).update(is_active=False)
    cast.amos()
    browser = Client(enforce_csrf_checks=True)

    assert press(browser, f"/demonstration/{birch.ref}/") == 404
    assert press(browser, "/demonstration/ZZZZZZ/") == 404
    assert signed_in(browser) is None


@pytest.mark.usefixtures("live")
def test_a_live_system_has_no_one_press_sign_in_and_no_sandbox_phones() -> None:
    birch = cast.birch()
    browser = Client()

    for address in ("/demonstration/", "/phones/", "/phones/+447700900111/"):
        assert browser.get(address).status_code == 404
    assert browser.post(f"/demonstration/{birch.ref}/").status_code == 404
    assert browser.post("/phones/+447700900111/answer/", {"body": "hello"}).status_code == 404
    assert signed_in(browser) is None
    assert "one press" not in browser.get("/accounts/login/").content.decode()


# ---------------------------------------------------------------- with a password


def enrolled() -> Officer:
    officer = cast.amos()
    officer.set_password(PASSWORD)
    officer.save(update_fields=["password"])
    return officer


def test_an_officer_signs_in_with_a_password_and_out_again() -> None:
    officer = enrolled()
    browser = Client()

    answer = browser.post("/accounts/login/", {"login": "AMOS@example.org", "password": PASSWORD})

    assert answer["Location"] == "/desk/"
    assert signed_in(browser) == str(officer.pk)

    assert browser.get("/accounts/logout/").status_code == 200
    assert signed_in(browser) == str(officer.pk)
    browser.post("/accounts/logout/")
    assert signed_in(browser) is None


def test_a_wrong_password_is_refused_without_saying_whether_the_officer_exists() -> None:
    enrolled()

    def refusal(address: str) -> str:
        answer = Client().post("/accounts/login/", {"login": address, "password": "wrong horse"})
        assert answer.status_code == 200
        text = answer.content.decode()
        return re.sub(r'value="[^"]*"', "", text)

    assert refusal("amos@example.org") == refusal("nobody@example.org")
    assert "Please put this right" in refusal("amos@example.org")


def test_a_suspended_officer_does_not_get_in() -> None:
    officer = enrolled()
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    browser = Client()

    browser.post("/accounts/login/", {"login": officer.email, "password": PASSWORD})

    assert signed_in(browser) is None


def test_guessing_is_stopped_and_then_even_the_right_password_waits() -> None:
    officer = enrolled()
    browser = Client()

    for attempt in range(6):
        browser.post("/accounts/login/", {"login": officer.email, "password": f"guess {attempt}"})
    answer = browser.post("/accounts/login/", {"login": officer.email, "password": PASSWORD})

    assert signed_in(browser) is None
    assert "too many" in answer.content.decode().lower()


def test_nobody_signs_up_by_themselves() -> None:
    browser = Client()

    page = browser.get("/accounts/signup/").content.decode()
    browser.post("/accounts/signup/", {"email": "grey@example.org", "password1": PASSWORD, "password2": PASSWORD})

    assert "Officers are enrolled" in page
    assert not Officer.objects.filter(email="grey@example.org").exists()


def test_a_new_password_is_set_by_a_link_that_works_once() -> None:
    officer = enrolled()
    browser = Client()

    page = browser.post("/accounts/password/reset/", {"email": officer.email}, follow=True).content.decode()
    (letter,) = mail.outbox
    link = re.search(r"https?://[^/]+(/\S+)", str(letter.body))
    assert link is not None
    form = browser.get(link[1])
    browser.post(form["Location"], {"password1": "quite another horn", "password2": "quite another horn"})

    officer.refresh_from_db()
    assert "Look into your mailbox" in page
    assert letter.to == [officer.email]
    assert officer.check_password("quite another horn")
    assert "no longer works" in Client().get(link[1], follow=True).content.decode()


def test_asking_for_somebody_unknown_looks_the_same_and_sends_nothing() -> None:
    enrolled()

    page = Client().post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True).content.decode()

    assert "Look into your mailbox" in page
    assert mail.outbox == []
