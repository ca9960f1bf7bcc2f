"""Illness, promises and plans in Welsh and Polish: how much is found of what the rows were not made from."""

import re
import sys
from functools import cache
from typing import NamedTuple

import pytest

from hueandcry.domain.alerts.rules.looking import bare
from hueandcry.domain.alerts.rules.telling_elsewhere import TOLD_ELSEWHERE, pattern, phrases
from tests.domain.alert_words_unseen import LAST, SECOND, Sets

ROWS = [(language, code) for language, rows in TOLD_ELSEWHERE.items() for code in rows]
MISSED = {
    "second": ["Roedd yn isel iawn yn ddiweddar", "Bydd rhwystrau ar y ffordd gan yr heddlu"],
    "last": [
        "Mae'n yfed gormod bob dydd",
        "Mae'n clywed lleisiau",
        "Bydd swyddog o'r tîm gwledig yn galw arnoch",
        "Mae dau swyddog ar eu ffordd",
        "Awn ni yno heno",
        "Rydym yn anfon car",
        "Bydd y tîm yno cyn hanner nos",
        "Fydd yr heddlu ddim yn hir",
        "Bydd plismon wrth eich drws yn fuan",
        "Mae gennym swyddogion yn y coed",
        "Mae timau arfog yn barod",
        "Byddwn yn cau'r ffordd ac yn eu dal",
        "Mae trap wedi'i osod",
        "była w głębokiej depresji",
        "słyszy głosy",
        "mocno pije od lat",
        "skaleczyła się celowo",
        "Dorwiemy ich",
        "Dzielnicowy odwiedzi Państwa",
        "Policja zatrzyma sprawców",
        "Pomoc nadchodzi",
        "Będziemy w pół godziny",
        "Mamy ludzi w lesie",
        "Dron już lata nad łąką",
        "Kryminalni obserwują dom",
        "Zamkniemy drogę i ich złapiemy",
        "Zastawiliśmy pułapkę",
    ],
}
WRONGLY: dict[str, list[str]] = {
    "second": [],
    "last": ["Mae'r heddlu yn aros am ganlyniadau", "Obserwujemy wzrost cen"],
}


class Measured(NamedTuple):
    """How many sentences there are, which are missed, and which are found though nothing is wrong with them."""

    wanted: int
    missed: list[str]
    wrongly: list[str]


@cache
def compiled(language: str, code: str) -> re.Pattern[str]:
    return re.compile(pattern(language, code))


def finds(key: str, text: str) -> bool:
    code, _, language = key.rpartition("_")
    return compiled(language, code).search(bare(text)) is not None


def measured(sets: Sets) -> Measured:
    return Measured(
        sum(len(wanted) for wanted, _ in sets.values()),
        [text for key, (wanted, _) in sets.items() for text in wanted if not finds(key, text)],
        [text for key, (_, others) in sets.items() for text in others if finds(key, text)],
    )


@pytest.mark.parametrize(("name", "sets"), [("second", SECOND), ("last", LAST)])
def test_what_is_missed_of_sentences_that_the_rows_were_not_made_from_is_listed(name: str, sets: Sets) -> None:
    found = measured(sets)

    right = found.wanted - len(found.missed)
    precision, recall = right / (right + len(found.wrongly)), right / found.wanted
    sys.stdout.write(f"\n{name}: {found.wanted} sentences, precision {precision:.2f}, recall {recall:.2f}\n")
    assert {key.rpartition("_")[::2] for key in sets} == {(code, language) for language, code in ROWS}
    assert found.missed == MISSED[name]
    assert found.wrongly == WRONGLY[name]


@pytest.mark.parametrize(("language", "code"), ROWS)
def test_every_phrase_says_something(language: str, code: str) -> None:
    short = [one for one in phrases(language, code) if len(re.sub(r"\W|<\w+>", "", one)) < len("cudd")]

    assert short == []
    assert compiled(language, code).search("") is None
    assert len(set(phrases(language, code))) == len(phrases(language, code))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("health", "ei iselder"),
        ("health", "ei hiselder"),
        ("health", "yng nghyflwr meddwl"),
        ("health", "a chyflwr meddwl"),
        ("promise", "Fydd yr heddlu'n dod?"),
        ("promise", "Bydd plismon yn galw"),
        ("promise", "ddaw plismon"),
        ("plans", "yng ngwyliadwriaeth o'r lon"),
        ("plans", "neu gar heb ei farcio"),
        ("plans", "a cheir heb eu marcio"),
    ],
)
def test_the_first_letter_of_a_welsh_word_may_be_changed(code: str, text: str) -> None:
    assert finds(f"{code}_cy", text)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("health_pl", "ma depresje"),
        ("health_pl", "MA DEMENCJĘ"),
        ("promise_pl", "BEDZIEMY TAM ZA CHWILE"),
        ("plans_pl", "smiglowiec"),
        ("plans_cy", "dron uwchben"),
        ("promise_cy", "BYDD YR HEDDLU YNO"),
    ],
)
def test_letters_may_lack_their_marks_and_be_capitals(key: str, text: str) -> None:
    assert finds(key, text)


@pytest.mark.parametrize("text", ["bydd yr heddlu " * 200, "policja " * 375, "byddwn ni n yn " * 200, "mae'r " * 500])
def test_a_long_text_of_beginnings_is_read_to_its_end(text: str) -> None:
    said = bare(text)

    assert [row for row in ROWS if compiled(*row).search(said)] == []
