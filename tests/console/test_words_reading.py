"""The list for a native reader: every sentence once, with where it is met; what they would say better comes back."""

import argparse
import csv
import io
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hueandcry.console import words, words_reading
from hueandcry.console.words_reading import HEADS, Line, ReadingError, lines_of, put, take, write_list
from hueandcry.domain.alerts.rules.publishing import CALL
from hueandcry.domain.alerts.rules.telling_elsewhere import TOLD_ELSEWHERE, phrases
from hueandcry.domain.alerts.rules.templates import TEMPLATES
from hueandcry.domain.alerts.rules.wording import SAFETY_TEXT

OTHERS = ["cy", "pl"]


@cache
def rows(language: str = "cy") -> list[list[str]]:
    """Return the list as a spreadsheet shows it."""
    return list(csv.reader(io.StringIO(write_list(language)[0])))


def came_back(*better: tuple[str, str], language: str = "cy") -> str:
    """Return the list with something written beside these English sentences."""
    wanted = dict(better)
    out = io.StringIO()
    csv.writer(out).writerows([*row[:5], wanted.get(row[3], row[5])] for row in rows(language))
    return "\ufeff" + out.getvalue()


@pytest.mark.parametrize("language", OTHERS)
def test_every_form_of_every_sentence_is_there_once_with_where_it_is_met(language: str) -> None:
    keys = Counter(line.key for line in lines_of(language) if line.key)
    wanted = {
        (message.id, form)
        for message in words.fresh(language)
        if message.id
        for form in range(1 if isinstance(message.id, str) else len(message.string))
    }
    assert set(keys) == wanted
    assert set(keys.values()) == {1}
    assert [line for line in lines_of(language) if not (line.where and line.english and line.here)] == []


def test_what_matters_most_comes_first() -> None:
    parts = list(dict.fromkeys(line.part[0] for line in lines_of("cy")))

    assert parts == ["1", "2", "3", "4", "5", "6"]
    assert sum(line.part[0] == "1" for line in lines_of("cy")) == len(TEMPLATES)
    assert next(line for line in lines_of("cy") if line.english == SAFETY_TEXT).part[0] == "2"
    assert next(line for line in lines_of("cy") if line.english == "dogs are worrying sheep").where.endswith(")")


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("cy", {"yes": "RWYN CYTUNO", "stop these messages": "DATGOFRESTRU", "illness": "alcoholig"}),
        ("pl", {"yes": "ZGODA", "what it is: Stable": "KONIE", "plans of the police": "po cywilnemu"}),
    ],
)
def test_words_that_the_service_reads_stand_at_the_end(language: str, wanted: dict[str, str]) -> None:
    read = [line for line in lines_of(language) if line.part[0] == "6"]

    assert [words for english, words in wanted.items() if not _stands(words, english, read)] == []
    assert [one for code in TOLD_ELSEWHERE[language] for one in phrases(language, code)] == [
        line.here for line in read if "send check" in line.where and "<" not in line.english
    ]
    assert set(re.findall(r"<\w+>", "".join(line.here for line in read))) == {
        line.english.split()[1] for line in read if "<" in line.english
    }


def _stands(words: str, english: str, lines: list[Line]) -> bool:
    return any(words in line.here.split(", ") for line in lines if line.english == english)


def test_what_a_reader_would_say_better_of_them_is_for_a_person() -> None:
    text = came_back(("join", "YMUNO NAWR"))

    _, taken, refused = take(text)

    assert taken == {}
    assert [one.partition(": ")[2] for one in refused] == [
        "this sentence is not in the catalogue; look at it by hand: YMUNO NAWR"
    ]


def test_it_is_read_in_about_an_hour() -> None:
    text, many, minutes = write_list("pl")

    assert text.count("\n") >= many
    assert 30 < minutes < 75


def test_what_a_reader_would_say_better_comes_back_into_the_catalogue() -> None:
    language, better, refused = take(
        came_back((SAFETY_TEXT, "Peidiwch â mynd yn agos. Nawr neu berygl: 999."), ("Day", "Dydd"))
    )
    catalogue = words.fresh("cy")
    put(catalogue, better.items())

    assert (language, refused) == ("cy", [])
    assert catalogue.get(SAFETY_TEXT).string == "Peidiwch â mynd yn agos. Nawr neu berygl: 999."
    assert catalogue.get("Day").string == "Dydd"
    assert catalogue.get("Next page").string == "Tudalen nesaf"


def test_one_form_of_a_number_changes_and_the_others_stay() -> None:
    line = next(line for line in lines_of("pl") if line.key and line.key[0] == ("{miles} mile", "{miles} miles"))
    catalogue = words.fresh("pl")
    before = catalogue.get("{miles} mile").string

    put(catalogue, [(line.key, "{miles} mila!")])  # type: ignore[list-item]

    assert catalogue.get("{miles} mile").string == ("{miles} mila!", *before[1:])


def test_what_loses_a_number_or_a_name_is_refused_with_its_line() -> None:
    _, taken, refused = take(
        came_back((SAFETY_TEXT, "Cadwch draw."), (CALL, "Ffoniwch 101."), ("OVER", "DROSODD {ref}"), ("Day", " "))
    )

    assert taken == {}
    assert len(refused) == 3
    assert all(one.startswith("Line ") for one in refused)
    assert any("keep 999: Cadwch draw." in one for one in refused)
    assert any("keep 101, {ref}: Ffoniwch 101." in one for one in refused)
    assert any("keep it without braces and numbers: DROSODD {ref}" in one for one in refused)


def test_a_sentence_that_is_gone_and_a_whole_alert_are_for_a_person() -> None:
    text = came_back().rstrip("\r\n")
    whole = rows()[1]
    text += f'\r\n9999,5,nowhere,Gone since,Wedi mynd,Better\r\n1,1,{whole[2]},"{whole[3]}",x,Better too\r\n'

    _, taken, refused = take(text)

    assert taken == {}
    assert ["look at it by hand" in one for one in refused] == [True, True]


@pytest.mark.parametrize("text", ["", "a,b\n", ",".join(HEADS), "\x00", "Number,Part,Where,English,Deutsch,Better\n"])
def test_what_is_no_such_list_is_refused(text: str) -> None:
    with pytest.raises(ReadingError, match="no list"):
        take(text)


def test_a_list_with_semicolons_comes_back_too() -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([*row[:5], "Dzień" if row[3] == "Day" else ""] for row in rows("pl"))

    assert take("\ufeff" + out.getvalue()) == ("pl", {("Day", 0): "Dzień"}, [])


FIRST_LINE = ",".join([*HEADS[:4], "Cymraeg", HEADS[5]]) + "\r\n"


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        # A quotation mark that is never closed makes one cell of the whole rest.
        (f'{FIRST_LINE}1,2,"{"x" * csv.field_size_limit()}y'.encode(), "This file is broken (field"),
        (f"{FIRST_LINE}7,5,a page,Day,Dydd,Diwrnod,too many".encode(), "Line 7: it has more cells than the list"),
        (f"{FIRST_LINE}1,2,3,4,5,d\u00fdn".encode("cp1250"), "is not in UTF-8"),
        (FIRST_LINE.encode("utf-16"), "is not in UTF-8"),
    ],
)
def test_a_broken_file_is_refused_with_a_sentence(
    spoiled: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    words.add(parser)
    came = tmp_path / "reading-cy.csv"
    came.write_bytes(spoiled)

    assert words.run(parser.parse_args(["--take", str(came)])) == 1

    assert said in capsys.readouterr().out


def test_the_command_says_what_it_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    words.add(parser)

    assert words.run(parser.parse_args(["--read", "xx"])) == 1
    assert words.run(parser.parse_args(["--take", str(tmp_path / "none.csv")])) == 1
    said = capsys.readouterr().out
    assert "Choose one of: cy pl." in said
    assert "No such file" in said


def test_the_command_writes_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(words, "KEPT", tmp_path)
    parser = argparse.ArgumentParser()
    words.add(parser)

    assert words.run(parser.parse_args(["--read", "cy"])) == 0

    assert (tmp_path / "reading-cy.csv").read_bytes().startswith(b"\xef\xbb\xbfNumber,Part,")
    assert "It opens in any spreadsheet." in capsys.readouterr().out


def test_the_command_changes_the_catalogue_that_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    words.add(parser)
    came = tmp_path / "reading-cy.csv"
    came.write_text(came_back(("Day", "Dydd"), (SAFETY_TEXT, "Cadwch draw.")), encoding="utf-8")
    written: dict[str, object] = {}

    def keep(language: str, catalogue: Any) -> dict[Path, bytes]:
        written[language] = catalogue.get("Day").string
        return {}

    monkeypatch.setattr(words, "files_of", keep)

    assert words.run(parser.parse_args(["--take", str(came)])) == 1

    assert written == {"cy": "Dydd"}
    assert "1 sentences changed, 1 not taken." in capsys.readouterr().out


def test_the_page_for_translators_may_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(words_reading, "_HOW_TO", tmp_path / "none.md")

    assert words_reading._doubts() == []
