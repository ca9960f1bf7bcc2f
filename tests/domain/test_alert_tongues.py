"""What a template makes of presses is said in each language; what was typed is said to be the officer's own words."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from hueandcry.console import words as catalogues
from hueandcry.domain.alerts.rules import (
    AlertError,
    Facts,
    Severity,
    Sighting,
    Words,
    check,
    check_told,
    compose,
    reading,
    relay_words,
)
from hueandcry.domain.alerts.rules.canaries import OurLines, Tongue
from hueandcry.domain.alerts.rules.templates import TEMPLATES, Template, sentences
from hueandcry.domain.alerts.rules.tongues import OTHERS, Made, check_given, pieces_of, tongues
from hueandcry.domain.alerts.rules.wording import (
    SAFETY_EMAIL,
    SAFETY_SPOKEN,
    SAFETY_TEXT,
    compose_ending,
    compose_stand_down,
)
from hueandcry.domain.alerts.rules.written import Where, Written, write
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import rules as messaging
from hueandcry.kit import gsm7
from hueandcry.kit.words import say, speaking, texted

NOW = dt.datetime(2026, 11, 24, 18, 0, tzinfo=ZoneInfo("Europe/London"))
PLACE = "2 miles north-east of Qwern"
BY_KEY = {template.key: template for template in TEMPLATES}
# Words that are the same in both languages, or nobody's: what people there say of themselves too.
SAME = {
    "cy": {"car", "gps", "tractor", "pick-up", "quad", "van", "sms", "4x4"},
    "pl": {"pick-up", "quad", "gps", "4x4"},
}


def answers_of(template: Template) -> Iterator[dict[str, str]]:
    """Give answers in which every choice of every question is pressed once."""
    first = {one.name: one.choices[0].value for one in template.questions if one.choices}
    yield first
    for question in template.questions:
        for choice in question.choices[1:]:
            yield first | {question.name: choice.value}


def written(key: str, answers: dict[str, str], place: str = PLACE, **changes: object) -> Written:
    template = BY_KEY[key]
    starts = NOW + dt.timedelta(days=3) if template.starts else None
    return write(template, answers, Where(place), now=NOW, starts_at=starts, **changes)  # type: ignore[arg-type]


def pressed(key: str) -> dict[str, str]:
    return next(answers_of(BY_KEY[key]))


def tongue(one: Written, language: str) -> Tongue:
    return next(said for said in one.tongues if said.language == language)


def facts(one: Written, said: tuple[Tongue, ...] | None = None) -> Facts:
    lines = OurLines(shorter=one.shorter, tongues=one.tongues if said is None else said, plain=one.is_plain)
    return Facts(
        words=one.words,
        occurred_at=one.occurred_at,
        expires_at=one.expires_at,
        has_audience=True,
        level=one.level,
        invites_answers=one.template.invites_answers,
        now=NOW,
        template=one.template.key,
        lines=lines,
        seeks=one.template.seeks,
        asks_when=one.template.asks_when,
    )


def composed(one: Written) -> messaging.Words:
    known = facts(one)
    return compose(
        one.words,
        ref="K7M2PQ",
        signs_as="Doggerland Police",
        level=one.level,
        invites_answers=known.invites_answers,
        expires_at=one.expires_at,
        occurred_at=one.occurred_at,
        lines=known.lines,
    )


def texts(one: Written) -> dict[str, str]:
    return {language: words.text for language, words in composed(one).also.items()}


def read(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*|\dx\d", text.casefold()))


@cache
def english_only(language: str) -> set[str]:
    """Return the words of the templates that no translation of theirs holds."""
    said = {word for sentence in sentences() for word in read(say(sentence, language))}
    return {word for sentence in sentences() for word in read(sentence)} - said - {"name", "where"}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("key", BY_KEY)
def test_no_press_leaves_english_behind(key: str, language: str) -> None:
    wrong = []
    for answers in answers_of(BY_KEY[key]):
        said = tongue(written(key, answers), language)
        everything = " ".join((said.headline, said.what, said.where, said.ask, *said.shorter))
        left = read(everything) & english_only(language)
        wrong += [(answers, left)] if left or said.is_foreign else []

    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_of_the_templates_is_in_the_catalogue_and_says_something_else(language: str) -> None:
    same = {one for one in sentences() if say(one, language) == one and re.search(r"[a-z]", re.sub(r"{\w+}", "", one))}

    assert set(sentences()) <= catalogues.extracted()
    assert same <= SAME[language]


def test_a_phrase_that_nobody_translated_would_be_missed_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "sentences", lambda: (*sentences(), "a zeppelin"))

    assert "a zeppelin" in catalogues.missing("cy")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("key", BY_KEY)
def test_no_press_makes_a_text_dear_or_longer_than_two(key: str, language: str) -> None:
    counted = {
        (text, gsm7.count(text))
        for answers in answers_of(BY_KEY[key])
        if (text := texts(written(key, answers))[language])
    }

    dear = [text for text, count in counted if count.encoding != "GSM-7" or count.parts > 2]
    assert dear == []


def test_what_is_pressed_is_found_by_no_rule_in_any_language() -> None:
    found = {
        (key, finding.code, finding.sentence)
        for key in BY_KEY
        for answers in answers_of(BY_KEY[key])
        for finding in check(facts(written(key, answers)))
        if finding.sentence.startswith("In ") and finding.severity != Severity.NOTE
    }

    assert found == set()


@pytest.mark.parametrize(
    ("miles", "welsh", "polish"),
    [
        (1, "1 filltir", "1 mila"),
        (2, "2 filltir", "2 mile"),
        (3, "3 milltir", "3 mile"),
        (5, "5 milltir", "5 mil"),
        (6, "6 milltir", "6 mil"),
        (12, "12 milltir", "12 mil"),
        (22, "22 milltir", "22 mile"),
    ],
)
def test_miles_are_counted_as_each_language_counts(miles: int, welsh: str, polish: str) -> None:
    place = f"{miles} mile{'s' * (miles > 1)} south-west of Qwern"
    said = written("fire", pressed("fire"), place)

    assert tongue(said, "cy").where == f"{welsh} i'r de-orllewin o Qwern"
    assert tongue(said, "pl").where == f"{polish} na południowy zachód od Qwern"
    assert said.words.where == place


def test_a_name_stays_as_it_is() -> None:
    said = written("fire", pressed("fire"), "Mill Lane, Qwern")

    assert {one.where for one in said.tongues} == {"Mill Lane, Qwern"}


def test_days_are_said_in_each_language() -> None:
    said = written("meeting", pressed("meeting"))

    assert "dydd Gwener 27 Tachwedd, 18:00" in tongue(said, "cy").what
    assert "piątek 27 listopada, 18:00" in tongue(said, "pl").what
    assert all("27" in text for text in texts(said).values())


def test_what_was_typed_stays_in_the_officers_words_and_is_said_to_be() -> None:
    answers = pressed("suspect-vehicle") | {"more": 'a rack on its roof, "Dangerous" on the door'}
    said = tongue(written("suspect-vehicle", answers), "cy")

    assert "yng ngeiriau'r swyddog: \"a rack on its roof, 'Dangerous' on the door\"" in said.what
    assert any('"a rack on its roof' in text and "swyddog" not in text for text in said.shorter)


def test_what_was_typed_instead_of_a_press_is_marked_where_it_stands() -> None:
    said = written("theft-just-now", pressed("theft-just-now") | {"taken": "three heifers"})

    assert tongue(said, "cy").headline.startswith('Dygwyd "three heifers": 2 filltir')
    assert tongue(said, "pl").what.startswith('Skradziono słowami policjanta: "three heifers"')


def given(one: Written, language: str, **says: str) -> Tongue:
    made = Made(one.template, one.answers, one.starts_at)
    kept = check_given(says, pieces_of(one.words, made))
    return next(said for said in tongues(one.words, made, {language: kept}) if said.language == language)


def test_words_that_somebody_gave_take_the_place_of_the_officers() -> None:
    one = written("fire", pressed("fire") | {"more": "smoke over the road"}, "Mill Lane, Qwern")

    said = given(one, "cy", more="mwg dros y ffordd", where="Lôn y Felin, Qwern")

    assert said.what == "Ysgubor yn llosgi, mwg dros y ffordd"
    assert said.where == "Lôn y Felin, Qwern"


def test_words_that_were_given_of_others_count_no_more() -> None:
    one = written("fire", pressed("fire") | {"more": "smoke over the road"})
    also = {"cy": {"more": {"of": "smoke over the field", "says": "mwg dros y cae"}}}
    said = tongues(one.words, Made(one.template, one.answers, None), also)

    assert "mwg" not in said[0].what
    assert 'swyddog: "smoke over the road"' in said[0].what


@pytest.mark.parametrize("spoiled", [{"cy": "x"}, {"cy": {"more": "x"}}, {"cy": {"more": {"of": "smoke"}}}, {"xx": {}}])
def test_what_was_kept_wrongly_is_left_alone(spoiled: dict[str, object]) -> None:
    one = written("fire", pressed("fire") | {"more": "smoke"})
    assert 'swyddog: "smoke"' in tongues(one.words, Made(one.template, one.answers, None), spoiled)[0].what


def test_words_too_long_are_refused_with_how_long_they_may_be() -> None:
    one = written("fire", pressed("fire") | {"more": "smoke"})

    with pytest.raises(AlertError, match=r"Shorten .* to 160 characters: it has 200"):
        given(one, "cy", more="w" * 200)


def test_an_alert_in_an_officers_own_words_says_so_on_every_channel() -> None:
    words = Words("Hare coursing near Holt", "Grey pick-up, three men", "Mill Lane, Holt", "Have you seen it?")
    known = {"ref": "K7M2PQ", "signs_as": "Police", "level": Tier.MEMBER, "invites_answers": True, "expires_at": None}

    said = compose(words, lines=OurLines(tongues=tongues(words, None, {})), **known)  # type: ignore[arg-type]

    assert "Mae'r hyn sy'n dilyn yng ngeiriau'r swyddog, yn Saesneg." in said.also["cy"].email
    assert "Yng ngeiriau'r swyddog: Grey pick-up" in said.also["cy"].spoken
    assert "officer's own words" not in said.email + said.spoken


def test_an_alert_in_own_words_is_said_as_far_as_it_was_given() -> None:
    words = Words("Hare coursing near Holt", "Grey pick-up, three men", "Mill Lane, Holt", "Have you seen it?")
    kept = check_given({"headline": "Cwrsio ysgyfarnogod ger Holt", "ask": "Welsoch chi fe?"}, pieces_of(words, None))

    said = tongues(words, None, {"cy": kept})[0]

    assert (said.headline, said.ask) == ("Cwrsio ysgyfarnogod ger Holt", "Welsoch chi fe?")
    assert said.what == 'yng ngeiriau\'r swyddog: "Grey pick-up, three men"'
    assert not said.is_foreign


def test_a_sighting_that_is_passed_on_is_said_round_the_words_of_who_wrote_it() -> None:
    seen = Sighting("grey pick-up", "1 mile east of Qwern", "towards Holt", NOW, "AB51 CDE")
    words = relay_words(seen, level=Tier.VETTED)

    said = tongues(words, None, {})[0]

    assert (said.headline, said.ask) == ('Gwelwyd eto: "grey pick-up"', "Welsoch chi ef wedyn?")
    assert said.what == 'yng ngeiriau\'r swyddog: "Grey pick-up, part plate ..51, towards Holt"'
    assert said.where == "1 filltir i'r dwyrain o Qwern"
    assert words.headline == "Seen again: grey pick-up"


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("rhif AB12 CDE arno", "plate"),
        ("ffoniwch 07700 900123", "phone"),
        ("gweler bit.ly/abc", "short_link"),
        ("gweler {page}", "placeholder"),
    ],
)
def test_what_no_text_may_carry_is_found_in_every_language(says: str, code: str) -> None:
    one = written("fire", pressed("fire") | {"more": "smoke"})

    found = check(facts(one, (given(one, "cy", more=says),)))

    refused = {finding.code: finding.sentence for finding in found if finding.severity == Severity.REFUSE}
    assert any(name.startswith(code) for name in refused), refused
    assert all(sentence.startswith("In Cymraeg: ") for sentence in refused.values())


def test_a_letter_that_makes_texts_dear_is_found_and_goes_when_chosen() -> None:
    one = written("fire", pressed("fire") | {"more": "smoke"}, "Qwern")
    dear = (given(one, "cy", where="Tŷ Gwyn"),)
    plain = facts(one, dear)

    codes = {finding.code for finding in check(plain)}
    chosen = {finding.code for finding in check(replace(plain, lines=replace(plain.lines, plain=True)))}

    assert "foreign_elsewhere" in codes
    assert "foreign_elsewhere" not in chosen


def test_part_of_a_plate_is_for_checked_members_in_every_language() -> None:
    answers = pressed("suspect-vehicle") | {"part": "51"}

    checked = written("suspect-vehicle", answers)
    others = written("suspect-vehicle", answers, level=Tier.MEMBER)

    assert all("..51" in said.what for said in checked.tongues)
    assert not any("51" in said.what for said in others.tongues)


def test_why_it_is_called_off_and_what_came_of_it_are_said_to_be_the_officers_words() -> None:
    off = compose_stand_down(ref="K7M2PQ", signs_as="Police", because="The vehicle was checked")
    over = compose_ending(ref="K7M2PQ", signs_as="Police", ending="Two were reported")

    assert off.also["cy"].text == 'Police K7M2PQ: CANSLWYD. "The vehicle was checked." Dilewch y neges gynharach.'
    assert 'yng ngeiriau\'r swyddog: "The vehicle was checked."' in off.also["cy"].email
    assert 'Yng ngeiriau\'r swyddog: "The vehicle was checked."' in off.also["cy"].spoken
    assert 'słowami policjanta: "Two were reported."' in over.also["pl"].email
    assert off.text == "Police K7M2PQ: CANCELLED. The vehicle was checked. Please delete the earlier message."


# ---------------------------------------------------------------- what nobody may be asked, in any language


@pytest.mark.parametrize(
    ("language", "says", "code", "severity"),
    [
        ("cy", "Dilynwch y fan", "unsafe_follow_cy", Severity.REFUSE),
        ("pl", "Zatrzymajcie samochód", "unsafe_stop_pl", Severity.REFUSE),
        ("cy", "follow the van", "unsafe_follow", Severity.REFUSE),
        ("pl", "Dowiedz się, kto to jest", "tasking_pl", Severity.REFUSE),
        ("cy", "dau sipsi", "protected_cy", Severity.WARN),
        ("pl", "Zrób zdjęcie", "photo_pl", Severity.WARN),
    ],
)
def test_what_nobody_may_be_asked_is_found_in_the_box_of_each_language(
    language: str, says: str, code: str, severity: Severity
) -> None:
    one = written("fire", pressed("fire") | {"more": "smoke"})
    told = {"cy": "Cymraeg", "pl": "Polski"}[language]

    found = {finding.code: finding for finding in check(facts(one, (given(one, language, more=says),)))}

    assert found[code].severity == severity
    assert found[code].sentence.startswith(f"In {told}: ")


def test_welsh_in_the_officers_own_boxes_is_read_too_and_in_an_ending() -> None:
    one = written("fire", pressed("fire"))
    own = Words(headline="Tân ger Qwern", what="Dilynwch nhw", where="Qwern", ask="Welsoch chi nhw?")

    typed = {finding.code for finding in check(replace(facts(one, ()), words=own))}
    told = {finding.code for finding in check_told("Dilynwch nhw", level=Tier.MEMBER, now=NOW)}

    assert "unsafe_follow_cy" in typed
    assert told == {"unsafe_follow_cy"}


def test_polish_that_is_hard_to_read_is_said_to_be_and_plain_polish_is_not() -> None:
    one = written("fire", pressed("fire") | {"more": "smoke"})
    stiff = (
        "Nieustaleni sprawcy dokonali podpalenia pomieszczeń gospodarczych i następnie oddalili się "
        "w nieustalonym dotychczas kierunku"
    )
    plain = "Ktoś podpalił w nocy szopę i uciekł przez pole na północ. Ogień już zgasł, nikt nie ucierpiał"

    hard, easy = (
        {finding.code: finding for finding in check(facts(one, (given(one, "pl", more=says),)))}
        for says in (stiff, plain)
    )

    assert hard["reading_age_elsewhere"].severity == Severity.WARN
    assert "In Polski: it reads as for people of" in hard["reading_age_elsewhere"].sentence
    assert "reading_age_elsewhere" not in easy


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Psy gonią owce.", 0.0),  # too short to say
        ("ala ma kota i psa " * 4, 6 + 20 / 2),  # one sentence of twenty words, none hard
        ("ala ma kota i psa. " * 4, 6 + 5 / 2),
        # One in five has four syllables: half the root of 5² + 20².
        ("ala ma kota i samochody. " * 4, 6 + (5**2 + 20**2) ** 0.5 / 2),
    ],
)
def test_the_measure_of_polish_is_the_published_one(text: str, years: float) -> None:
    assert reading.years_polish(text) == pytest.approx(years, abs=0.01)


def test_what_stands_in_quotation_marks_is_english_and_not_measured() -> None:
    own = 'słowami policjanta: "unquestionably agricultural vehicles investigations"'

    assert reading.years_polish(f"{own} {own} " + "raz dwa trzy cztery " * 3) == reading.years_polish(
        "słowami policjanta: słowami policjanta: " + "raz dwa trzy cztery " * 3
    )


@pytest.mark.parametrize("language", ["en", *OTHERS])
@pytest.mark.parametrize("key", BY_KEY)
def test_the_safety_line_stands_in_every_language_on_every_channel(key: str, language: str) -> None:
    words = composed(written(key, pressed(key)))
    said = words.also.get(language, words)
    with speaking(language):
        lines = (texted(say(SAFETY_TEXT)), say(SAFETY_SPOKEN), say(SAFETY_EMAIL))

    assert [line in where for line, where in zip(lines, (said.text, said.spoken, said.email), strict=True)] == [
        True
    ] * 3
    assert "999" in lines[0]
    assert language == "en" or lines[0] != SAFETY_TEXT
