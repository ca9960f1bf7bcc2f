"""The page on which an alert is given in other languages, what an approver reads, and what visitors read."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions.quick import Send, send_quick
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import languages_read
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.alerts.rules.templates import BY_KEY
from hueandcry.domain.alerts.rules.written import Where, write
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db


def cattle(**answers: str) -> Alert:
    builders.rota()
    given.farmer()
    pressed = {"animals": "cattle", "many": "few", "direction": "north", **answers}
    where = Where("2 miles north-east of Holt", builders.MIDDLE, 100.0)
    written = write(BY_KEY["livestock-on-road"], pressed, where, now=timezone.localtime(clock.now()))
    return send_quick(
        officer=cast.amos(),
        written=written,
        question=given.question(),
        send=Send.APPROVAL,
        suspect=Suspect.NO,
    )


def at(alert: Alert, name: str = "tongues") -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref])


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_what_was_typed_is_given_and_seen_as_it_will_look() -> None:
    alert = cattle(more="one limps")
    client = signed_in(alert.author)
    before = read(client, at(alert))

    answer = client.post(at(alert), {"cy-more": "un yn gloff", "pl-more": ""}, follow=True)

    assert "Anything else to know it by: “one limps”" in before
    assert "un yn gloff" not in before
    page = answer.content.decode()
    assert "The words are kept." in page
    assert 'value="un yn gloff"' in page
    assert "yn mynd i&#x27;r gogledd, un yn gloff<br>" in page
    assert Alert.objects.get(pk=alert.pk).also == {"cy": {"more": {"of": "one limps", "says": "un yn gloff"}}}


def test_whoever_approves_reads_every_language_and_what_is_wrong_in_it() -> None:
    alert = cattle(more="one limps")
    signed_in(alert.author).post(at(alert), {"cy-more": "ffoniwch 07700 900123"})

    page = read(signed_in(cast.birch()), at(alert, "page"))

    assert "For who chose Cymraeg" in page
    assert "For who chose Polski" in page
    assert "Bydło na drodze" in page
    assert "In Cymraeg: " in page


def test_whoever_writes_there_reads_what_the_check_finds_and_what_it_does_not_read() -> None:
    alert = cattle(more="one limps")
    client = signed_in(alert.author)
    before = read(client, at(alert))

    client.post(at(alert), {"cy-more": "Dilynwch nhw", "pl-more": "Zablokuj drogę"})
    page = read(client, at(alert))

    assert "What the send check finds in them" not in before
    assert "In Cymraeg: Take out “Dilynwch”" in page
    assert "In Polski: Take out “Zablokuj drogę”" in page
    assert "<strong>In Welsh it is not measured</strong>" in page


def test_the_page_says_what_is_read_in_which_language() -> None:
    alert = cattle(more="one limps")

    page = read(signed_in(alert.author), at(alert))

    rows = {
        cells[0]: cells[1:]
        for row in re.findall(r'<tr class="govuk-table__row">(.+?)</tr>', page)
        if (cells := re.findall(r"<t[hd][^>]*>(?:<strong>)?([^<]+)", row))
    }
    assert rows.pop("It looks for") == ["Cymraeg", "Polski"]
    assert rows["Illness"] == rows["Promises"] == rows["Plans of the police"] == ["yes", "yes"]
    assert rows["How hard it is to read"] == ["no", "yes"]
    assert rows["Who told us"] == ["no", "no"]
    assert len(rows) == len(languages_read())


def test_what_is_too_long_is_said_and_nothing_is_lost() -> None:
    alert = cattle(more="one limps")

    answer = signed_in(alert.author).post(at(alert), {"cy-more": "w" * 400})

    page = answer.content.decode()
    assert "to 160 characters: it has 400" in page
    assert "w" * 400 in page
    assert Alert.objects.get(pk=alert.pk).also == {}


def test_hostile_words_are_shown_as_words() -> None:
    alert = cattle(more="one limps")
    client = signed_in(alert.author)

    page = client.post(at(alert), {"cy-more": "<script>alert(1)</script>"}, follow=True).content.decode()

    assert "<script>alert(1)" not in page
    assert "In Cymraeg: Fill in or take out" in read(client, at(alert, "page"))


def test_where_nothing_was_typed_nothing_is_asked() -> None:
    alert = cattle()

    # The place is said by itself too.
    assert "Nothing of it was typed" in read(signed_in(alert.author), at(alert))


def test_what_is_out_is_read_and_not_changed() -> None:
    alert = cattle(more="one limps")
    actions.approve(alert_ref=alert.ref, officer=cast.birch())
    client = signed_in(alert.author)

    page = client.post(at(alert), {"cy-more": "un yn gloff"}).content.decode()

    assert "take it back first, or correct it" in page
    assert Alert.objects.get(pk=alert.pk).also == {}


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_stranger_reads_and_gives_nothing(verb: str) -> None:
    alert = cattle(more="one limps")

    answer = getattr(signed_in(cast.grey()), verb)(at(alert), {"cy-more": "x"})

    assert answer.status_code == 403
    assert "one limps" not in answer.content.decode()
    assert Alert.objects.get(pk=alert.pk).also == {}


@pytest.mark.parametrize(
    ("language", "headline", "own"),
    [
        ("cy", "Gwartheg ar y ffordd: 2 filltir i&#x27;r gogledd-ddwyrain o Holt", "yng ngeiriau&#x27;r swyddog"),
        ("pl", "Bydło na drodze: 2 mile na północny wschód od Holt", "słowami policjanta"),
    ],
)
def test_visitors_read_it_in_their_language(language: str, headline: str, own: str) -> None:
    alert = cattle(more="one limps")
    actions.approve(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))

    page = read(Client(), f"/{language}/alerts/{alert.ref}/")
    listed = read(Client(), f"/{language}/alerts/")
    english = read(Client(), f"/en/alerts/{alert.ref}/")

    assert f'lang="{language}">{headline}' in page
    assert f"{own}: &quot;one limps&quot;" in page
    assert headline in listed
    assert "Cattle on the road: 2 miles north-east of Holt" in english
    assert "officer&#x27;s" not in english


def test_machines_read_english_whatever_was_asked_for() -> None:
    alert = cattle()
    actions.approve(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))
    asks: Any = {"HTTP_ACCEPT_LANGUAGE": "cy"}

    document = Client().get(reverse("public:alerts:cap", kwargs={"ref": alert.ref, "number": 1}), **asks)

    assert "Cattle on the road" in document.content.decode()
