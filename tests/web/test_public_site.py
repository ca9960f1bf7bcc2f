"""The public site: what anybody may read, and what nobody may."""

import datetime as dt
import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.members.rules import Tier
from hueandcry.kit import clock
from tests import builders, cast

pytestmark = pytest.mark.django_db

MOST_BYTES = 60_000


def alert(**fields: Any) -> Alert:
    """Return a released public alert."""
    now = clock.now()
    author = fields.pop("author", None) or builders.officer(name=f"Author{next(builders.NUMBERS)}")
    defaults: dict[str, Any] = {
        "organisation": author.organisation,
        "topic": builders.topic(),
        "author": author,
        "state": State.RELEASED,
        "level": Tier.PUBLIC,
        "headline": "Quad bike taken at Long Sand",
        "what": "A red quad bike was taken from a barn.",
        "where": "Long Sand",
        "ask": "Have you seen a red quad bike?",
        "written_at": now,
        "released_at": now,
        "expires_at": now + dt.timedelta(hours=12),
    }
    return Alert.objects.create(**{**defaults, **fields})


def page(address: str, *, status: int = 200, client: Client | None = None) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == status
    return answer.content.decode()


# ---------------------------------------------------------------- alerts


def test_the_front_page_says_what_this_is_and_shows_the_newest_public_alerts() -> None:
    for number in range(5):
        alert(headline=f"Alert number {number}", released_at=clock.now() - dt.timedelta(minutes=number))

    words = page("/")

    assert "two-way line" in words
    assert "Alert number 0" in words
    assert "Alert number 2" in words
    assert "Alert number 3" not in words


def test_anybody_reads_a_public_alert_and_how_to_answer() -> None:
    told = alert()
    alert(headline="Another thing altogether")

    words = page(f"/alerts/{told.ref}/")

    assert "Quad bike taken at Long Sand" in words
    assert "Have you seen a red quad bike?" in words
    assert told.ref in words
    assert "call <strong>999</strong>" in words
    assert "Another thing altogether" not in words


@pytest.mark.parametrize(
    "hidden",
    [
        {"level": Tier.MEMBER},
        {"level": Tier.VETTED},
        {"level": Tier.KIN},
        {"state": State.DRAFT, "released_at": None},
        {"state": State.WAITING, "released_at": None},
    ],
)
def test_what_is_not_public_or_not_released_is_not_here_for_strangers(hidden: dict[str, Any]) -> None:
    alert(headline="Everybody may read this")
    secret = alert(headline="Dark pickup at the chapel", **hidden)
    stranger = Client()
    stranger.force_login(cast.grey(), backend="allauth.account.auth_backends.AuthenticationBackend")

    for visitor in (Client(), stranger):
        assert "Dark pickup" not in page("/", client=visitor)
        assert "Dark pickup" not in page("/alerts/", client=visitor)
        assert "Dark pickup" not in page(f"/alerts/{secret.ref}/", status=404, client=visitor)


def test_an_alert_that_is_over_says_so_and_asks_nothing_any_more() -> None:
    over = alert(state=State.ENDED, ended_at=clock.now(), ending="Found.", headline="Trailer found")

    words = page(f"/alerts/{over.ref}/")

    assert "This is over." in words
    assert "Have you seen" not in words
    assert "hc-card--over" in page("/alerts/")


def test_words_of_an_alert_are_escaped() -> None:
    told = alert(headline="<script>alert(1)</script>")

    for address in ("/", "/alerts/", f"/alerts/{told.ref}/"):
        assert "<script>" not in page(address)


@pytest.mark.parametrize("address", ["/alerts/ZZZZZZ/", "/alerts/%00/", "/alerts/../", "/phones/%00/", "/my/%00/"])
def test_an_address_that_was_never_given_is_not_here(address: str) -> None:
    page(address, status=404)


# ---------------------------------------------------------------- weight, scripts, policy


def public_addresses() -> list[str]:
    told = alert()
    member = builders.member(email="dell@example.org")
    own = [f"/my/{member.page_token}/{screen}" for screen in ("", "how/", "reach/", "places/", "agreed/", "held/")]
    return ["/", "/join/", "/alerts/", f"/alerts/{told.ref}/", *own, "/accounts/login/"]


def linked_from(words: str) -> list[str]:
    return re.findall(r'(?:href|src)="/static/([^"]+)"', words)


def weight_of(words: str) -> int:
    """Return how many bytes a page is with all that it loads, as they are sent: static files are compressed."""
    files = [Path(str(finders.find(name))) for name in linked_from(words)]
    return len(words.encode()) + sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_public_pages_weigh_little_and_work_without_scripts() -> None:
    for address in public_addresses():
        words = page(address)

        # Small scripts offer where the phone is, and a pin on a map; the forms do not need them.
        scripts = 2 if address == "/join/" else int(address.endswith("/places/"))
        assert words.count("<script") == scripts
        assert len(linked_from(words)) == 3 + scripts
        assert weight_of(words) < MOST_BYTES, (address, weight_of(words))


def test_no_page_has_a_style_or_script_that_the_policy_would_refuse() -> None:
    for address in [*public_addresses(), "/nothing-of-the-kind/"]:
        answer = Client().get(address)
        words = answer.content.decode()

        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not re.search(r'<style|\sstyle="|\son[a-z]+="|hx-on|javascript:', words), address


def test_every_public_page_says_that_it_is_no_emergency_line() -> None:
    for address in public_addresses():
        assert "This is not an emergency line" in page(address)


def test_the_demonstration_says_that_nothing_is_real_and_a_live_site_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMONSTRATION", False)
    assert "made-up force" not in page("/")

    monkeypatch.setattr(settings, "DEMONSTRATION", True)
    assert "made-up force, nothing here is real" in page("/")
