"""Writing in one's own words: templates and kept audiences as shortcuts, odd input said and kept, own templates."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.alerts.models import Alert, Template
from hueandcry.domain.alerts.rules.kinds import Marking
from hueandcry.domain.alerts.rules.templates import TEMPLATES
from hueandcry.domain.members.actions import saving
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import alert_form, queries_of, signed_in

pytestmark = pytest.mark.django_db

NEW, CHECK = "/desk/alerts/new/", "/desk/alerts/check/"


@pytest.fixture
def amos() -> Client:
    return signed_in(cast.amos())


def said(client: Client, **changes: Any) -> str:
    return client.post(CHECK, alert_form(**changes)).content.decode()


# ---------------------------------------------------------------- shortcuts


def test_what_may_have_happened_stands_before_the_boxes(amos: Client) -> None:
    page = amos.get(NEW).content.decode()

    last_link = page.rindex(reverse("desk:alerts:quick_one", args=[TEMPLATES[-1].key]))
    assert last_link < page.index('name="headline"')


def test_a_kept_audience_is_chosen_with_the_words_and_the_alert_is_ready() -> None:
    given.farmer()
    officer = cast.amos()
    kept = saving.save_audience(officer=officer, name="Farms round Holt", question=given.question())
    client = signed_in(officer)

    assert "Farms round Holt" in client.get(NEW).content.decode()
    answer = client.post(NEW, alert_form(saved=kept.ref))

    alert = Alert.objects.get()
    assert answer["Location"] == reverse("desk:alerts:page", args=[alert.ref])
    assert alert.audience.members == 1


def test_a_kept_audience_of_somebody_else_is_no_choice(amos: Client) -> None:
    fire = cast.frost()
    kept = saving.save_audience(
        officer=fire, name="Fire's own", question=given.question(organisation_id=fire.organisation_id)
    )

    page = amos.post(NEW, alert_form(saved=kept.ref))

    assert not hasattr(Alert.objects.get(), "audience"), "the box is not there for who has none"
    assert page["Location"].endswith("/audience/")


def test_the_list_of_what_happened_costs_few_questions(amos: Client) -> None:
    assert queries_of(amos, NEW) < 15


# ---------------------------------------------------------------- marking, a beginning, plain letters


def test_what_anybody_may_read_is_for_public_release_unless_it_is_marked_higher(amos: Client) -> None:
    for marking in ("", "official"):
        amos.post(NEW, alert_form(level="public", marking=marking))
    usual, higher = Alert.objects.order_by("id")

    assert (usual.marking, higher.marking) == (Marking.PUBLIC, Marking.OFFICIAL)
    assert "anybody may read at most OFFICIAL, for public release" in said(amos, level="public", marking="official")
    assert "It is marked" not in said(amos, level="public")


def test_sensitive_is_refused_for_every_message(amos: Client) -> None:
    for level in ("public", "member", "vetted", "kin"):
        assert "It is marked OFFICIAL-SENSITIVE" in said(amos, level=level, marking="sensitive")


def test_secret_words_are_not_held_and_that_it_was_tried_is_logged(amos: Client) -> None:
    page = amos.post(NEW, alert_form(what="TOP SECRET Grey pick-up")).content.decode()

    assert "This system may not hold it" in page
    assert "TOP SECRET Grey pick-up" in page, "what was typed stays in the box, for who must take it out"
    assert not Alert.objects.exists()
    assert Record.objects.filter(event="alert.secret_refused").count() == 1
    assert "This system may not hold it" in said(amos, what="TOP SECRET Grey pick-up")


def test_plain_letters_are_offered_and_off_until_somebody_chooses_them(amos: Client) -> None:
    dear, plain = said(amos, where="T\u0177 Gwyn"), said(amos, where="T\u0177 Gwyn", is_plain="on")

    assert "makes every text dearer" in dear
    assert "makes it dearer: only 70 fit into one" in dear
    assert "Ty Gwyn" in plain
    assert "it was chosen so" in plain


# ---------------------------------------------------------------- odd input


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("x" * 100_000, "what happened by 98,000"),
        ("Grey {vehicle", "Fill in or take out"),
        ("Grey pick-up \U0001f697\U0001f469\u200d\U0001f33e", "makes every text dearer"),
        ("Grey \u05e8\u05db\u05d1 pick-up", "read from right to left"),
        ("Grey \u202epu-kcip", "signs in them that nobody can see"),
        ("Gr\u200bey pick\u2060-up", "Signs that nobody can see (U+200B, U+2060) are left out"),
    ],
    ids=["long", "brace", "emoji", "right to left", "turned round", "zero width"],
)
def test_odd_input_is_said_and_stays_in_its_box(amos: Client, what: str, sentence: str) -> None:
    beside = said(amos, what=what)
    page = amos.post(NEW, alert_form(what=what, headline="")).content.decode()

    assert sentence in beside
    assert what.replace("{", "{")[:60] in page
    assert not Alert.objects.exists()


def test_every_channel_and_language_stands_beside_the_boxes(amos: Client) -> None:
    beside = said(amos)

    for words in ("From:", "Peidiwch", "Nie podchodz", "As a web page", "What I saw"):
        assert words in beside


# ---------------------------------------------------------------- templates of one's own


def own(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Boat theft",
        "hint": "Along the quay",
        "topic": builders.topic().slug,
        "questions": ["direction", "more"],
        "headline": "Boat stolen: {where}",
        "what": "boat taken, {direction}, {more}",
        "ask": "Seen it?",
        "level": "vetted",
        "urgency": "now",
        "hours": "6",
        "miles": "5",
        "seeks": "on",
        "invites_answers": "on",
        **changes,
    }


@pytest.fixture
def keeper() -> Client:
    return signed_in(builders.officer(Role.ENGAGEMENT, name="Kay"))


def test_who_may_not_keep_templates_opens_none_of_it(amos: Client) -> None:
    kept = given.own_template()
    for name, key in (("templates", ""), ("template_new", ""), ("template", kept.key), ("template_offer", kept.key)):
        address = reverse(f"desk:alerts:{name}", args=[key] if key else [])
        for client in (amos, signed_in(builders.officer())):
            assert client.get(address).status_code in {403, 405}
            assert client.post(address, own()).status_code in {403, 405}
    assert Template.objects.get().is_offered


def test_a_template_of_ones_own_is_added_tried_changed_and_put_away(keeper: Client, amos: Client) -> None:
    added = keeper.post(reverse("desk:alerts:template_new"), own())
    tried = keeper.get(added["Location"]).content.decode()
    keeper.post(reverse("desk:alerts:template", args=["boat-theft"]), own(ask="Have you seen it?"))
    keeper.post(reverse("desk:alerts:template_offer", args=["boat-theft"]))

    assert added["Location"] == reverse("desk:alerts:quick_one", args=["boat-theft"])
    assert "Which way?" in tried
    assert Template.objects.get().ask == "Have you seen it?"
    assert "Boat theft" in keeper.get(reverse("desk:alerts:templates")).content.decode()
    assert "Boat theft" not in amos.get(reverse("desk:alerts:quick")).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"what": "boat {direction"}, "a curly bracket stands alone"),
        ({"what": "boat {colour}"}, "{colour} is not known here"),
        ({"ask": "Follow it home"}, "nobody is to go near"),
        ({"hours": "forever"}, "Enter a number"),
        ({"hours": "99999"}, "how long it lasts"),
        ({"miles": "-1"}, "how far it goes"),
        ({"name": "!!!"}, "Write its name in letters"),
        ({"name": "Fire"}, "here already"),
        ({"questions": ["shoe_size"]}, "not one of the available choices"),
        ({"topic": ""}, "Choose a subject."),
    ],
)
def test_what_is_wrong_with_a_template_is_said_when_it_is_saved(
    keeper: Client, wrong: dict[str, Any], sentence: str
) -> None:
    page = keeper.post(reverse("desk:alerts:template_new"), own(**wrong)).content.decode()

    assert sentence in page
    assert "Along the quay" in page, "what was typed stays"
    assert not Template.objects.exists()
