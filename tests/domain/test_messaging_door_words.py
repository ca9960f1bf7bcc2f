"""What a text asks of the service in Welsh and Polish: measured, with every miss, and nobody stopped by accident."""

import re
import sys
from itertools import combinations

import pytest

from hueandcry.domain.members.rules import tongue_words
from hueandcry.domain.members.rules.texting import KIND_WORDS, is_yes, read_kind, read_wish
from hueandcry.domain.members.rules.tongue_words import LANGUAGE_OF, language_of, language_of_answer
from hueandcry.domain.messaging.rules import COMMANDS, Command, commands_elsewhere, read_command
from hueandcry.domain.messaging.rules.commands import mute_days
from hueandcry.kit import gsm7
from hueandcry.kit.text import fold
from tests.domain.door_words import FIRST, LAST, SECOND, THIRD, Labelled
from tests.domain.test_messaging_opt_outs import corpus

LANGUAGES = ("cy", "pl")
AT_ONCE = frozenset({Command.STOP, Command.STOP_ALL})
SETS = {"first": FIRST, "second": SECOND, "third": THIRD, "last": LAST}
MISSED = {
    "first": [],
    "second": [
        "TAWELU AM FIS",
        "Proszę o kontakt telefoniczny",
        "zadzwoń proszę",
        "Zadzwońcie jutro",
        "wycisz na miesiąc",
    ],
    "third": [
        "Beth sydd angen i ymuno?",
        "Ffoniwch fi os gallwch",
        "Ffoniwch fi ar y rhif hwn",
        "Mae'r rhif yma'n perthyn i rywun arall nawr",
        "Co zrobić, żeby dołączyć?",
        "Czy możecie zadzwonić?",
        "Zadzwoń do mnie proszę",
        "Proszę o rozmowę",
    ],
    "last": [
        "Isio bod yn aelod",
        "Ffoniwch fi yfory",
        "Rydw i wedi symud, does dim angen y rhybuddion arna i",
        "Nid fy rhif i yw hwn",
        "Dwi'n cael llawer gormod o'r rhain",
        "Stopiwch fy mhoeni i",
        "Dw i ddim am glywed gennych eto",
        "Dileuwch fi os gwelwch yn dda",
        "Hoffwn ddod â hyn i ben",
        "Chcę do was dołączyć PR3 2NL farma",
        "Chcę być członkiem",
        "Zadzwoń jak możesz",
        "oddzwon prosze",
        "Nie chcę o was słyszeć",
        "Chciałbym to zakończyć",
    ],
}


def labelled(sets: Labelled) -> list[tuple[str, Command]]:
    return [(text, command) for rows in sets.values() for command, texts in rows.items() for text in texts]


@pytest.mark.parametrize("name", SETS)
def test_what_is_missed_is_read_by_a_person_and_listed_here(name: str) -> None:
    texts = labelled(SETS[name])

    read = {text: read_command(text) for text, _ in texts}

    asks = [text for text, command in texts if command != Command.NONE]
    missed = [text for text, command in texts if read[text] != command]
    sys.stdout.write(f"\n{name}: {len(asks)} texts that ask for something, {len(missed)} not understood\n")
    # What is not understood is an answer like any other: it is never taken for something else.
    assert {read[text] for text in missed} <= {Command.NONE}
    assert missed == MISSED[name]


@pytest.mark.parametrize("name", SETS)
def test_only_the_bare_word_stops(name: str) -> None:
    others = [text for text, command in labelled(SETS[name]) if command not in AT_ONCE]

    assert [text for text in others if read_command(text) in AT_ONCE] == []


@pytest.mark.parametrize(
    "text", ["nie", "Nie!", "dim", "Dim.", "dość", "dosc", "na", "nage", "tak", "koniec", "diwedd"]
)
def test_the_shortest_answers_are_answers(text: str) -> None:
    assert read_command(text) == Command.NONE


@pytest.mark.parametrize("text", ["tawel", "Tawel iawn yma", "tawelwch", "spokój", "cisza", "cicho"])
def test_quiet_is_an_answer_unless_it_says_for_how_long(text: str) -> None:
    assert read_command(text) == Command.NONE


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("TAWELU", 7),
        ("tawel 3 diwrnod", 3),
        ("tawel am wythnos", 7),
        ("TAWELU AM 2 WYTHNOS", 14),
        ("wycisz", 7),
        ("Wycisz na 3 dni", 3),
        ("wycisz tydzień", 7),
        ("WYCISZ NA 2 TYGODNIE", 14),
        ("wycisz na 1 dzień", 1),
        ("wycisz 9999", 90),
        ("MUTE FOR 2 WEEKS", 14),
        ("mute 3", 3),
    ],
)
def test_quiet_is_as_long_as_they_say(text: str, days: int) -> None:
    assert (read_command(text), mute_days(text)) == (Command.MUTE, days)


@pytest.mark.parametrize("text", ["Cymorth!", "POMOC!", "Pomocy", "pomocy!", "Help!"])
def test_a_cry_for_help_goes_to_a_person(text: str) -> None:
    assert read_command(text) == Command.NONE


# ---------------------------------------------------------------- the tables


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_folded_as_texts_are_and_is_answered_in_its_language(language: str) -> None:
    words = [
        *(word for command in COMMANDS for word in _of(command, language)),
        *tongue_words.JOIN[language],
    ]

    assert [word for word in words if fold(word) != word or gsm7.foreign(word)] == []
    assert [word for word in words if language_of(word) != language] == []


def _of(command: Command, language: str) -> tuple[str, ...]:
    tables = {
        Command.STOP: commands_elsewhere.STOP,
        Command.STOP_ALL: commands_elsewhere.STOP_ALL,
        Command.START: commands_elsewhere.START,
        Command.CALL: commands_elsewhere.CALL,
        Command.HELP: commands_elsewhere.HELP,
        Command.WHO: commands_elsewhere.WHO,
    }
    return tables[command][language]


def test_no_word_is_of_two_languages_or_of_two_kinds() -> None:
    by_language = [{word for word, one in LANGUAGE_OF.items() if one == language} for language in LANGUAGES]
    kinds = [word for rows in tongue_words.KINDS.values() for words in rows.values() for word in words.split()]

    assert not by_language[0] & by_language[1]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) <= set(KIND_WORDS)
    assert [(one, other) for one, other in combinations(COMMANDS, 2) if COMMANDS[one] & COMMANDS[other]] == []


@pytest.mark.parametrize("word", [*tongue_words.every(tongue_words.YES), "Ie!", "tak, proszę", "Rwy'n cytuno"])
def test_yes_is_a_yes(word: str) -> None:
    assert is_yes(word)


@pytest.mark.parametrize("word", ["nie", "na", "nie zgadzam się", "tak jak mówiłem", "ie ond dim nawr", "iawn", "ok"])
def test_what_is_no_bare_yes_agrees_to_nothing(word: str) -> None:
    assert not is_yes(word)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_for_what_it_is_answers_our_question(language: str) -> None:
    for use, words in tongue_words.KINDS[language].items():
        assert [word for word in words.split() if read_kind(word) != use] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [("Ceffylau", "cy"), ("mamy konie", "pl"), ("farm", "en"), ("ty", "en"), ("koń", "en"), ("Tref", "en")],
)
def test_a_word_that_is_english_or_both_tells_no_language(text: str, language: str) -> None:
    assert language_of_answer(text) == language


@pytest.mark.county
def test_of_5574_real_texts_none_is_answered_in_another_language() -> None:
    texts = corpus()

    found = [(text, language_of(text)) for text in texts if language_of(text) != "en"]

    assert found == []
    assert [text for text in texts if read_wish(text) is not None] == []


@pytest.mark.county
def test_of_5574_real_texts_no_phrase_of_another_language_marks_any() -> None:
    phrase = re.compile(f"{commands_elsewhere.STOP_PHRASE}")

    found = [text for text in map(fold, corpus()) if phrase.search(text) or commands_elsewhere.TO_END.search(text)]

    assert found == []


def test_a_long_text_is_read_to_its_end() -> None:
    for begins in ("PEIDIWCH AG ANFON ", "NIE WYSYLAJCIE MI ", "SUT MAE ", "DIM MWY O ", "CHCE SIE "):
        assert read_command(begins * 2000) in Command
