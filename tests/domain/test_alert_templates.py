"""Templates of alerts: every row with every answer, whom it proposes, and a force's own rows looked through."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from hueandcry.domain.alerts import actions, queries, rules
from hueandcry.domain.alerts.actions.composing import made
from hueandcry.domain.alerts.actions.quick import Send, send_quick
from hueandcry.domain.alerts.actions.templates import offer_template, save_template
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.models import Template as Row
from hueandcry.domain.alerts.queries import templates as kept
from hueandcry.domain.alerts.queries import writing
from hueandcry.domain.alerts.rules import AlertError, Facts, Severity, State
from hueandcry.domain.alerts.rules.canaries import OurLines
from hueandcry.domain.alerts.rules.kinds import Ground, Marking, Suspect
from hueandcry.domain.alerts.rules.proposing import (
    NARROWEST,
    WIDEST,
    Pressed,
    is_wider_than_said,
    propose,
    step_of,
)
from hueandcry.domain.alerts.rules.templates import (
    BY_KEY,
    QUESTIONS,
    TEMPLATES,
    Template,
    check_answers,
    fill,
    filled,
    own_template,
    shorter,
)
from hueandcry.domain.alerts.rules.written import Where, Written, write
from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.members.rules import SchemeKind, Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock, gsm7
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts

NIGHT = dt.datetime(2026, 11, 20, 2, 10, tzinfo=dt.UTC)
DAY = dt.datetime(2026, 11, 20, 14, 10, tzinfo=dt.UTC)
VEHICLE = BY_KEY["suspect-vehicle"]
HERE = Where("Holt Haven", Point(2.5, 54.5), 100.0)


def with_each_answer(template: Template) -> Iterator[dict[str, str]]:
    """Yield answers in which each choice of each question stands once."""
    first = {one.name: one.choices[0].value for one in template.questions if one.choices}
    yield first
    yield {one.name: one.choices[0].value for one in template.questions if one.needed}
    for one in template.questions:
        for choice in one.choices:
            yield {**first, one.name: choice.value}


def written(template: Template, answers: dict[str, str], *, where: Where = HERE, **changes: Any) -> Written:
    starts_at = DAY + dt.timedelta(days=3) if template.starts else None
    return write(template, check_answers(template, answers), where, **{"now": NIGHT, "starts_at": starts_at, **changes})


def facts(one: Written) -> Facts:
    return Facts(
        words=one.words,
        occurred_at=one.occurred_at,
        expires_at=one.expires_at,
        has_audience=True,
        level=one.level,
        invites_answers=one.template.invites_answers,
        now=NIGHT,
        signs_as="Doggerland Police",
        ref="K7M2PQ",
        template=one.template.key,
        marking=one.marking,
        seeks=one.template.seeks,
        asks_when=one.template.asks_when,
        lines=OurLines(shorter=one.shorter),
    )


# ---------------------------------------------------------------- the shipped rows


def test_the_ten_things_that_happen_are_there_each_once() -> None:
    assert [one.key for one in TEMPLATES] == [
        *("suspect-vehicle", "suspicious-people", "theft-just-now", "fire", "livestock-on-road"),
        *("missing-person", "scam", "crime-prevention", "meeting", "good-news"),
    ]
    assert len(BY_KEY) == len(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_whatever_is_answered_makes_one_text_that_the_check_leaves_alone(template: Template) -> None:
    for answers in with_each_answer(template):
        made = facts(written(template, answers))
        found = [one for one in rules.check(made) if one.severity != Severity.NOTE]
        text = queries.preview_of(facts=made).words.text

        assert found == [], answers
        assert gsm7.count(text).parts == 1, text
        assert "{" not in text + made.words.headline + made.words.ask


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_names_in_the_words_are_those_of_its_questions(template: Template) -> None:
    more = [name for one in template.questions for choice in one.choices for name in choice.more]
    known = [*(one.name for one in template.questions), *more, "where", "when", "starts"]

    for pattern in (template.headline, template.what, template.ask):
        rules.templates.check_pattern(pattern, what="it", names=known, most=2_000)


def test_what_was_not_answered_is_left_out_with_its_piece() -> None:
    words = fill(VEHICLE, {"kind": "van", "direction": "unknown"}, where="Holt")

    assert (words.headline, words.what, words.ask) == ("Suspect van: Holt", "Van", "Seen it?")
    assert filled("{a} {b}, part plate {c}, {a}", {"a": "", "b": "x", "c": ""}) == "X"


def test_two_figures_of_a_plate_go_to_checked_members_only() -> None:
    answers = {"kind": "van", "part": "51"}

    vetted, anybody = (write(VEHICLE, answers, HERE, now=NIGHT, level=level) for level in (Tier.VETTED, Tier.MEMBER))

    assert "part plate ..51" in vetted.words.what
    assert "51" not in anybody.words.what


@pytest.mark.parametrize("wrong", ["AB51CDE", "5", "511", "ab", "5\u0661"])
def test_more_of_a_plate_than_two_figures_is_no_answer(wrong: str) -> None:
    with pytest.raises(AlertError, match=r"two figures|Shorten"):
        check_answers(VEHICLE, {"kind": "van", "part": wrong})


@pytest.mark.parametrize("wrong", [{"kind": ["van"]}, {"kind": {"a": 1}}, {"kind": 7}, {"kind": "x" * 100_000}, {}])
def test_answers_of_the_wrong_kind_are_a_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(AlertError):
        check_answers(VEHICLE, wrong)


def test_a_text_that_must_be_short_drops_what_matters_least() -> None:
    answers = {"kind": "pick-up", "colour": "grey", "direction": "north", "people": "two", "more": "a trailer"}

    assert shorter(VEHICLE, answers, where="Holt") == (
        "Grey pick-up, heading north, a trailer",
        "Grey pick-up, heading north",
        "Grey pick-up",
    )


def test_a_long_place_is_shortened_in_the_text_alone() -> None:
    answers = {"kind": "pick-up", "colour": "grey", "direction": "north", "people": "two"}
    made = facts(written(VEHICLE, answers, where=Where("2 miles north-east of Marsh End")))
    words = queries.preview_of(facts=made).words

    assert "2 miles NE of Marsh End" in words.text
    assert "2 miles north-east of Marsh End" in words.spoken
    assert "2 miles north-east of Marsh End" in words.email


def test_a_meeting_is_over_soon_after_it_began_and_must_be_to_come() -> None:
    made = written(BY_KEY["meeting"], {"meeting": "watch"})

    assert made.expires_at == DAY + dt.timedelta(days=3, hours=1)
    with pytest.raises(AlertError, match="begun already"):
        written(BY_KEY["meeting"], {"meeting": "watch"}, starts_at=NIGHT)
    with pytest.raises(AlertError, match="when it begins"):
        written(BY_KEY["meeting"], {"meeting": "watch"}, starts_at=None)


def test_without_a_place_there_is_no_alert() -> None:
    with pytest.raises(AlertError, match="Say where"):
        written(VEHICLE, {"kind": "van"}, where=Where(" "))


# ---------------------------------------------------------------- whom it proposes


def asked(answers: dict[str, str], *, now: dt.datetime = DAY, template: Template = VEHICLE, **how: Any) -> Any:
    ago = dt.timedelta(minutes=how.pop("ago", 0))
    made = written(template, answers, now=now, occurred_at=now - ago)
    return propose(template, answers, made.scene, organisation_id=1, now=now, pressed=Pressed(**how))


def test_at_night_it_goes_less_far_and_what_is_an_hour_old_twice_as_far() -> None:
    van = {"kind": "van"}
    day, night, old = asked(van), asked(van, now=NIGHT), asked(van, ago=60)

    assert night.circles[0].radius_m < day.circles[0].radius_m < old.circles[0].radius_m
    assert old.circles[0].radius_m == pytest.approx(2 * day.circles[0].radius_m, rel=0.05)


@pytest.mark.parametrize(("way", "lon", "lat"), [("north", 0, 1), ("east", 1, 0), ("south", 0, -1), ("west", -1, 0)])
def test_with_a_direction_it_goes_ahead(way: str, lon: int, lat: int) -> None:
    (corridor,) = asked({"kind": "van", "direction": way}).corridors
    (start, end) = corridor.line

    assert start == (2.5, 54.5)
    assert ((end[0] > 2.5) - (end[0] < 2.5), (end[1] > 54.5) - (end[1] < 54.5)) == (lon, lat)


def test_wider_and_narrower_double_and_halve_so_far_and_no_further() -> None:
    van = {"kind": "van"}
    steps = [asked(van, step=step).circles[0].radius_m for step in range(NARROWEST, WIDEST + 1)]

    assert all(one < two for one, two in itertools.pairwise(steps))
    assert steps[0] >= 800
    assert steps[-1] <= 100_200
    assert (step_of("99"), step_of("-99"), step_of("x"), step_of("")) == (WIDEST, NARROWEST, 0, 0)


def test_the_subject_proposes_the_schemes_and_one_press_takes_them_away() -> None:
    coursing = {"kind": "van", "about": "coursing"}

    assert asked(coursing).scheme_kinds == (SchemeKind.FARM,)
    assert asked(coursing, everybody=True).scheme_kinds == ()
    assert asked({"kind": "van"}).scheme_kinds == ()


@pytest.mark.parametrize(
    ("ground", "said", "wider"),
    [
        (Ground(300, 12_000), "Holt", False),
        (Ground(3_000, 40_000), "Holt", True),
        (Ground(3_000, 40_000), "All over Doggerland", False),
        (Ground(3_000, 40_000), "Farms in Northmoor", False),
        (Ground(5_000, None), "Holt", True),
        (Ground(500, None), "Holt", False),
        (Ground(None, None), "Holt", True),
    ],
)
def test_an_area_larger_than_said_is_found(ground: Ground, said: str, wider: bool) -> None:  # noqa: FBT001
    named = Ground(ground.area_km2, ground.farthest_m, named=("Northmoor",))

    assert bool(is_wider_than_said(named, said, signs_as="Doggerland Police")) == wider


# ---------------------------------------------------------------- sending it on


def quick(**changes: Any) -> Alert:
    officer = changes.pop("officer", None) or builders.officer(Role.CONSTABLE)
    made = changes.pop("written", None) or write(VEHICLE, {"kind": "van"}, HERE, now=clock_now())
    question = writing.proposed(written=made, officer=officer, pressed=Pressed())
    given: dict[str, Any] = {"question": question, "send": Send.APPROVAL, "suspect": Suspect.NO, **changes}
    return send_quick(officer=officer, written=made, **given)


def clock_now() -> dt.datetime:
    return timezone.localtime(clock.now())


@pytest.mark.django_db
def test_all_of_it_happens_or_nothing() -> None:
    with pytest.raises(AlertError, match="Nobody would be reached"):
        quick()

    assert not Alert.objects.exists()
    assert not Record.objects.filter(event="alert.drafted").exists()


@pytest.mark.django_db
def test_the_same_press_twice_makes_one_alert_and_another_officers_makes_another() -> None:
    alerts.farmer()
    amos, birch = cast.amos(), cast.birch()

    first, again, other = quick(officer=amos, once="x"), quick(officer=amos, once="x"), quick(officer=birch, once="x")

    assert first == again != other
    assert Alert.objects.count() == 2


@pytest.mark.django_db
def test_a_subject_that_is_missing_is_added_and_one_that_is_there_is_taken() -> None:
    alerts.farmer()
    coursing = write(VEHICLE, {"kind": "van", "about": "coursing"}, HERE, now=clock_now())
    builders.topic("hare-coursing")
    fuel = builders.topic("fuel", "Fuel theft")

    taken, added, chosen = quick(written=coursing), quick(), quick(topic=fuel.slug)

    assert (taken.topic.slug, added.topic.slug, chosen.topic) == ("hare-coursing", "suspect-vehicles", fuel)
    assert Topic.objects.get(slug="suspect-vehicles").name == "Suspect vehicles"


@pytest.mark.django_db
def test_what_is_marked_secret_is_not_held_and_that_it_was_tried_is() -> None:
    alerts.farmer()
    made = write(VEHICLE, {"kind": "van", "more": "UK SECRET source"}, HERE, now=clock_now())

    with pytest.raises(AlertError, match="This system may not hold it"):
        quick(written=made)

    assert not Alert.objects.exists()
    (tried,) = Record.objects.filter(event="alert.secret_refused")
    assert "source" not in str(tried.facts)


@pytest.mark.django_db
def test_the_shorter_words_go_out_only_while_the_template_made_them() -> None:
    alerts.farmer()
    answers = {
        "kind": "pick-up",
        "colour": "grey",
        "direction": "north",
        "people": "two",
        "more": "two dogs in it",
    }
    amos = cast.amos()
    alert = quick(officer=amos, send=Send.KEEP, written=write(VEHICLE, answers, HERE, now=clock_now()))

    made = queries.preview(alert=alert)
    own = actions.revise(
        alert_ref=alert.ref,
        officer=amos,
        **alerts.fields(words=rules.Words(alert.headline, f"{alert.what}, seen twice", alert.where, alert.ask)),
    )

    assert made.parts == 1
    assert "Grey pick-up, heading north" in made.words.text
    assert "Grey pick-up, heading north" not in queries.preview(alert=own).words.text


@pytest.mark.django_db
def test_plain_letters_are_chosen_and_change_the_text_alone() -> None:
    alerts.farmer()
    where = Where("T\u0177 Gwyn", HERE.point, 100.0)
    dear = quick(written=write(VEHICLE, {"kind": "van"}, where, now=clock_now()), send=Send.KEEP)
    plain = quick(written=write(VEHICLE, {"kind": "van"}, where, now=clock_now(), is_plain=True), send=Send.KEEP)

    assert queries.preview(alert=dear).encoding == "UCS-2"
    assert queries.preview(alert=plain).encoding == "GSM-7"
    assert "Ty Gwyn" in queries.preview(alert=plain).words.text
    assert "T\u0177 Gwyn" in queries.preview(alert=plain).words.email
    assert "foreign" in {one.code for one in queries.findings(alert=dear)}
    assert "plain_letters" in {one.code for one in queries.findings(alert=plain)}


@pytest.mark.django_db
def test_whatever_is_made_has_the_usual_marking_of_its_level() -> None:
    force, topic = builders.force(), builders.topic()
    columns = {"organisation": force, "topic": topic, "author": cast.amos(), "written_at": NIGHT}

    markings = [made(level=level, **columns).marking for level in Tier]

    assert markings == [Marking.PUBLIC, Marking.OFFICIAL, Marking.OFFICIAL, Marking.OFFICIAL]


# ---------------------------------------------------------------- a force's own rows


def own(**changes: Any) -> dict[str, Any]:
    return {
        "key": "boat-theft",
        "name": "Boat theft",
        "hint": "",
        "level": "vetted",
        "urgency": "now",
        "minutes": 360,
        "questions": ["direction", "more"],
        "headline": "Boat stolen: {where}",
        "what": "boat taken, {direction}, {more}",
        "ask": "Seen it?",
        "radius_m": 5_000,
        **changes,
    }


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"what": "boat {direction"}, "In what happened a curly bracket stands alone"),
        ({"what": "boat direction}"}, "a curly bracket stands alone"),
        ({"headline": "Boat {}: {where}"}, r"In the headline \{\} is not known here"),
        ({"what": "boat {colour}"}, r"\{colour\} is not known here. You can use \{direction\}, \{more\}, \{where\}"),
        ({"what": "boat {where.__class__}"}, "is not known here"),
        ({"what": "boat {where!r}"}, r"\{where!r\} is not known here"),
        ({"what": "boat {where:>99999999}"}, "is not known here"),
        ({"what": "boat {{where}}"}, "double curly brackets"),
        ({"ask": " "}, "Write the ask."),
        ({"what": "x" * 100_000}, "Shorten what happened to 2000 characters: it has 100,000."),
        ({"level": "everybody"}, "Choose who may read it: Anybody"),
        ({"urgency": 3}, "Choose how urgent it is"),
        ({"minutes": "six"}, "how long it lasts, in minutes, as a number from 30"),
        ({"minutes": True}, "as a number"),
        ({"minutes": float("nan")}, "as a number"),
        ({"radius_m": None}, "how far it goes"),
        ({"radius_m": 1e12}, "how far it goes"),
        ({"questions": ["direction", "shoe_size"]}, "no question called “shoe_size”"),
        ({"questions": [["direction"]]}, "no question called"),
        ({"key": "Boat Theft"}, "small letters with hyphens"),
        ({"key": ""}, "Write its name in letters"),
        ({"key": "fire"}, "here already"),
        ({"name": ""}, "Give the template a name"),
    ],
)
def test_what_could_not_be_used_at_night_is_refused_when_it_is_saved(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AlertError, match=sentence):
        own_template(topic=("boats", "Boats"), **own(**wrong))


def test_a_good_row_of_a_forces_own_is_filled_like_any_other() -> None:
    template = own_template(topic=("boats", "Boats"), **own())

    words = fill(template, {"direction": "north"}, where="Holt quay")

    assert (words.headline, words.what) == ("Boat stolen: Holt quay", "Boat taken, heading north")
    assert set(QUESTIONS) >= {one.name for one in template.questions}


@pytest.mark.django_db
def test_a_forces_own_row_is_kept_offered_and_put_away() -> None:
    builders.topic("boats", "Boats")
    birch = cast.birch()

    save_template(officer=birch, topic="boats", **own())
    offered = [one.key for one in kept.offered(organisation_id=builders.force().pk)]
    offer_template(officer=birch, key="boat-theft", is_offered=False)
    offer_template(officer=birch, key="scam", is_offered=False)

    assert offered[-1] == "boat-theft"
    assert {"boat-theft", "scam"} & {one.key for one in kept.offered(organisation_id=builders.force().pk)} == set()
    assert kept.get_template(key="boat-theft", organisation_id=builders.force().pk).name == "Boat theft", (
        "what was begun with it is still read by it"
    )
    assert [row.event for row in Record.objects.filter(subject="template:boat-theft").order_by("id")] == [
        "template.saved",
        "template.put_away",
    ]
    offer_template(officer=birch, key="scam", is_offered=True)
    assert "scam" in {one.key for one in kept.offered(organisation_id=builders.force().pk)}


@pytest.mark.django_db
def test_what_the_send_check_would_refuse_is_refused_when_it_is_saved() -> None:
    builders.topic("boats", "Boats")
    birch = cast.birch()

    with pytest.raises(AlertError, match="nobody is to go near"):
        save_template(officer=birch, topic="boats", **own(ask="Follow it home"))
    with pytest.raises(AlertError, match="Choose a subject"):
        save_template(officer=birch, topic="nothing", **own())
    with pytest.raises(AlertError, match="Ask a colleague"):
        save_template(officer=cast.amos(), topic="boats", **own())
    with pytest.raises(NotHereError):
        offer_template(officer=birch, key="nothing", is_offered=True)
    assert not Row.objects.exists()


@pytest.mark.django_db
def test_a_row_that_was_spoiled_by_hand_leaves_the_others_in_use() -> None:
    builders.topic("boats", "Boats")
    save_template(officer=cast.birch(), topic="boats", **own())
    Row.objects.update(what="boat {direction")

    assert [one.key for one in kept.offered(organisation_id=builders.force().pk)] == [one.key for one in TEMPLATES]
    with pytest.raises(NotHereError):
        kept.get_template(key="boat-theft", organisation_id=builders.force().pk)


@pytest.mark.django_db
def test_a_partner_does_not_see_the_forces_own() -> None:
    alerts.own_template("boat-theft")
    fire = builders.partner()

    assert [one.key for one in kept.offered(organisation_id=fire.pk)] == [one.key for one in TEMPLATES]
    with pytest.raises(NotHereError):
        kept.get_template(key="boat-theft", organisation_id=fire.pk)


@pytest.mark.django_db
def test_two_templates_of_one_name_are_not_mixed_up() -> None:
    builders.topic("boats", "Boats")
    officer = builders.officer(Role.INSPECTOR)
    save_template(officer=officer, topic="boats", is_new=True, **own())

    with pytest.raises(AlertError, match="already: change that one"):
        save_template(officer=officer, topic="boats", is_new=True, **own())
    save_template(officer=officer, topic="boats", **own(ask="Have you seen it?"))

    assert Row.objects.get().ask == "Have you seen it?"


@pytest.mark.django_db
def test_released_in_one_press_where_the_table_allows() -> None:
    alerts.farmer()

    assert quick(officer=cast.oakes(), send=Send.NOW).state == State.RELEASED
