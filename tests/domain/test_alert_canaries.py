"""Each group reads its own wording: only our own lines differ, and a leaked text says which group it came from."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.models import Alert, Canary, Release
from hueandcry.domain.alerts.rules import SAFETY_EMAIL, SAFETY_TEXT, Words, compose
from hueandcry.domain.alerts.rules.canaries import (
    MOST_VARIANTS,
    OPENINGS,
    REPLIES,
    Wording,
    find,
    lines_of,
    variants,
)
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import SchemeKind, Tier
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.rules import Words as MessageWords
from hueandcry.kit import gsm7
from hueandcry.kit.words import LANGUAGES
from tests import builders, cast
from tests.domain import alerts
from tests.domain.messaging import by_phone

WORDS = Words("Hare coursing near Holt", "Grey pick-up, three men with dogs", "Mill Lane, Holt", "Have you seen it?")


def said(variant: int, words: Words = WORDS, *, invites: bool = True) -> MessageWords:
    """Return an alert in one wording."""
    return compose(
        words,
        ref="K7M2PQ",
        signs_as="Doggerland Police",
        level=Tier.VETTED,
        invites_answers=invites,
        expires_at=None,
        lines=lines_of(variant, has_canaries=True),
    )


# ---------------------------------------------------------------- the wordings


def test_every_wording_differs_and_every_one_carries_the_same_words_and_the_safety_line() -> None:
    every = [said(variant) for variant in range(MOST_VARIANTS)]

    assert len({words.text for words in every}) == MOST_VARIANTS
    for words in every:
        assert WORDS.what in words.text
        assert WORDS.ask in words.text
        assert SAFETY_TEXT in words.text
        assert SAFETY_EMAIL in words.email
        assert gsm7.count(words.text).parts == 1


@given(what=st.text(min_size=1, max_size=120))
@settings(max_examples=60, deadline=None)
def test_the_officers_words_are_the_same_in_every_wording(what: str) -> None:
    """Also where one is a sign longer than another and would fit one text no more."""
    words = replace(WORDS, what=f"Grey pick-up {what}")

    def bare(variant: int) -> str:
        lines = lines_of(variant)
        text = said(variant, words).text
        for line in (lines.opening.format(signs="Doggerland Police", ref="K7M2PQ"), lines.reply, SAFETY_TEXT):
            assert line in text
            text = text.replace(line, "", 1)
        return " ".join(text.split())

    assert len({bare(variant) for variant in range(MOST_VARIANTS)}) == 1


def test_the_usual_wording_is_one_of_them() -> None:
    assert (
        said(0).text
        == compose(
            WORDS, ref="K7M2PQ", signs_as="Doggerland Police", level=Tier.VETTED, invites_answers=True, expires_at=None
        ).text
    )


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_wordings_differ_in_every_language(language: str) -> None:
    every = {said(variant).also[language].text for variant in range(MOST_VARIANTS)}

    assert len(every) == MOST_VARIANTS
    assert len({WORDS.what in text for text in every}) == 1, "some say what happened, some the headline"


def test_the_first_wordings_differ_in_more_than_one_place() -> None:
    first = [(lines.opening, lines.reply) for lines in map(lines_of, variants(len(OPENINGS)))]

    assert len({opening for opening, _ in first}) == len({reply for _, reply in first}) == len(first)


def test_wordings_are_handed_out_once_each_and_the_same_for_ever() -> None:
    assert sorted(variants(MOST_VARIANTS + 5)) == list(range(MOST_VARIANTS))
    # What is kept of an alert is the number alone: whoever changes this cannot read old leaks any more.
    assert variants(4) == [0, 5, 10, 15]
    assert (OPENINGS[1], REPLIES[1]) == ("{signs}, {ref}:", "Answer this text.")


# ---------------------------------------------------------------- whose wording is it


def wordings(many: int) -> list[Wording]:
    """Return so many wordings as they are handed out."""
    return [
        Wording(f"Group {number}", number + 1, (said(variant).text, said(variant).email))
        for number, variant in enumerate(variants(many))
    ]


EVERY = wordings(8)


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("change", ["whole", "shouted", "torn", "curly"])
def test_a_leaked_text_is_known_as_it_turns_up(number: int, change: str) -> None:
    text = EVERY[number].said[0]
    leaked = {
        "whole": text,
        "shouted": f"  {text.upper()} ",
        "torn": text.replace(" ", " \n "),
        "curly": text.replace("'", "\u2019"),
    }[change]

    assert [(one.described, one.fits) for one in find(leaked, EVERY)] == [(f"Group {number}", 1.0)]


def test_a_piece_that_several_share_names_all_of_them() -> None:
    many = wordings(MOST_VARIANTS)
    tail = many[0].said[0][-40:]

    found = find(tail, many)

    assert len(found) == len(OPENINGS), "the end says which answer line, and not which opening"
    assert all(one.fits == 1.0 for one in found)


def test_a_text_with_a_word_changed_is_told_by_the_rest() -> None:
    leaked = EVERY[3].said[0].replace("three", "3")

    found = find(leaked, EVERY)

    assert [one.described for one in found] == ["Group 3"]
    assert found[0].fits < 1


@pytest.mark.parametrize(
    "leaked", ["", "Holt", "x" * 2000, "Something else altogether, nothing of ours at all", "\x00\u202e" * 9]
)
def test_what_is_none_of_ours_names_nobody(leaked: str) -> None:
    assert find(leaked, EVERY) == []


def test_what_all_share_and_does_not_fit_word_for_word_names_nobody() -> None:
    assert find("Grey pickup three men with dogs Mill Lane Holt", EVERY) == []


def test_without_wordings_nobody_is_named() -> None:
    assert find("Doggerland Police K7M2PQ", []) == []


# ---------------------------------------------------------------- at release


@pytest.mark.django_db
def test_each_level_and_scheme_reads_its_own_wording_and_nobody_gets_two() -> None:
    horses = builders.scheme("Elm Horse Watch", SchemeKind.FARM)
    farm = [alerts.farmer() for _ in range(2)]
    horse, kin = builders.member(schemes=(horses,)), builders.member(schemes=(builders.scheme(),), tier=Tier.KIN)
    plain, birch = alerts.drafted(), cast.birch()
    actions.choose_how(alert_ref=plain.ref, officer=plain.author, is_drill=False, has_canaries=True)
    actions.submit(alert_ref=plain.ref, officer=plain.author)

    alert = actions.approve(alert_ref=plain.ref, officer=birch)
    alerts.hand_over(alert)

    assert alerts.meant(alert) == {horse.pk, kin.pk, *(one.pk for one in farm)}
    kept = {row.described: row.members for row in Canary.objects.filter(alert=alert)}
    assert kept == {
        "Vetted watch members, Holt Farm Watch": 2,
        "Vetted watch members, Elm Horse Watch": 1,
        "Named key individuals, Holt Farm Watch": 1,
    }
    texts = {row.described: by_phone_of(row) for row in Canary.objects.filter(alert=alert)}
    assert len(set(texts.values())) == 3
    assert Release.objects.filter(alert=alert).count() == Message.objects.count() == 3
    for member, group in ((farm[0], "Holt Farm Watch"), (horse, "Elm Horse Watch")):
        (found,) = queries.whose_wording(alert=alert, leaked=by_phone(alerts.number(member))[0])
        assert found.described == f"Vetted watch members, {group}"
    actions.stand_down(alert_ref=alert.ref, officer=birch, reason="Checked")
    assert len(alerts.meant(alert, "stand_down")) == 4


def by_phone_of(row: Canary) -> str:
    return Message.objects.get(ref=row.message_ref).text


@pytest.mark.django_db
def test_more_groups_than_wordings_share_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        builders.member(schemes=(builders.scheme(f"Watch {number}"),))
    alert = alerts.drafted()
    Alert.objects.filter(pk=alert.pk).update(has_canaries=True)
    alert.refresh_from_db()
    monkeypatch.setattr(queries.wordings, "MOST_VARIANTS", 3)

    groups = queries.groups_of(alert=alert, meant=members.meant_by(question=queries.meant(alert=alert)))

    assert [len(group.meant.members) for group in groups] == [1, 1, 2]
    assert groups[-1].described == "Members of smaller groups"
    assert len({group.variant for group in groups}) == 3


@pytest.mark.django_db
def test_without_wordings_of_their_own_everybody_reads_one_message() -> None:
    alerts.farmer()
    builders.member(schemes=(builders.scheme("Elm Horse Watch", SchemeKind.FARM),))

    alert = alerts.released()

    assert Message.objects.count() == 1
    assert queries.whose_wording(alert=alert, leaked=Message.objects.get().text) == []
