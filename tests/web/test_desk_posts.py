"""What the desk shows of posts for everybody: before they go as they will be, then what became of each."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from hueandcry.domain.alerts.actions.posting import say_publicly
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Post
from hueandcry.gateways import registry
from hueandcry.kit import clock
from tests import cast
from tests.domain import alerts as given
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outlets_are_set(settings: Any) -> Iterator[None]:
    settings.GATEWAYS = {
        **settings.GATEWAYS,
        "mastodon": "hueandcry.gateways.social.mastodon.Mastodon",
        "bluesky": "hueandcry.gateways.social.bluesky.Bluesky",
    }
    settings.SITE_ADDRESS = "https://rural.example.org"
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


def at(name: str, alert: Alert) -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref])


def waiting(level: Tier = Tier.PUBLIC) -> Alert:
    given.farmer()
    return given.waiting(level=level, asked=given.question(lowest_tier=level))


def shown(name: str, alert: Alert) -> str:
    answer = signed_in(alert.author).get(at(name, alert))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_preview_shows_each_post_as_it_will_be_with_its_link() -> None:
    alert = waiting()

    page = shown("preview", alert)

    assert "Half a minute after it goes out this is posted for everybody to read." in page
    assert 'aria-label="The post on Mastodon, English"' in page
    assert 'aria-label="The post on Bluesky, English"' in page
    assert page.count(f"https://rural.example.org/alerts/{alert.ref}/</div>") == 2


def test_the_preview_of_what_is_for_members_shows_no_post() -> None:
    page = shown("preview", waiting(Tier.VETTED))

    assert "posted for everybody" not in page


def test_where_no_outlet_is_set_no_post_is_shown(settings: Any) -> None:
    settings.GATEWAYS = {"sms": settings.GATEWAYS["sms"]}

    assert "posted for everybody" not in shown("preview", waiting())


def test_the_figures_say_what_became_of_each_post() -> None:
    given.farmer()
    alert = given.released(level=Tier.PUBLIC, asked=given.question(lowest_tier=Tier.PUBLIC))
    say_publicly(alert_ref=alert.ref)
    waits = shown("figures", alert)
    Post.objects.filter(outlet="mastodon").update(state="accepted", posted_at=clock.now())
    Post.objects.filter(outlet="bluesky").update(state="uncertain")

    after = shown("figures", alert)

    assert waits.count("Waiting.") == 2
    assert "Mastodon: the alert. Posted" in after
    assert '<li class="hc-warn">Bluesky: the alert. Perhaps posted: look at the account.</li>' in after
    assert "<li class" not in waits.partition("Posted for everybody to read")[2]


@pytest.mark.parametrize("name", ["preview", "figures"])
def test_a_stranger_and_a_partner_see_no_post(name: str) -> None:
    alert = waiting()

    for officer, status in ((cast.grey(), 403), (cast.frost(), 404)):
        answer = signed_in(officer).get(at(name, alert))
        assert answer.status_code == status
        assert given.WORDS.headline not in answer.content.decode()
