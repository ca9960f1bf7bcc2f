"""What the public reads is said in every language: nothing is missing, nothing is stale, no text costs two."""

import ast
import datetime as dt
import re

import pytest

from hueandcry.console import words as catalogues
from hueandcry.domain.members.rules.applying import CodeNote
from hueandcry.domain.messaging.actions.asking import question
from hueandcry.domain.messaging.actions.welcoming import DEVICE_TEXT, note_words
from hueandcry.domain.messaging.rules import CONTROL_WORDS, ControlWords, control_words
from hueandcry.kit import gsm7
from hueandcry.kit.words import ENGLISH, LANGUAGES, day_said, say, speaking, texted

OTHERS = [language for language in LANGUAGES if language != ENGLISH]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*(?::[^}]*)?\}|</?\w+[^>]*>")
SIGNS = "S" * 30
DAYS = [dt.date(2026, 9, 1) + dt.timedelta(days=days) for days in range(120)]


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_that_the_public_reads_is_translated(language: str) -> None:
    assert catalogues.missing(language) == []


def test_every_sentence_in_the_code_is_found_by_the_extractor() -> None:
    """It reads no call inside another one, and nothing inside an f-string: such a sentence stays English unseen."""
    found = {text if isinstance(text, str) else text[0] for text in catalogues.extracted()}
    lost = [
        f"{path.name}:{call.lineno}"
        for path in catalogues.PACKAGE.rglob("*.py")
        if path == catalogues.WORDS or re.search("kit.words import|gettext_lazy", path.read_text(encoding="utf-8"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in catalogues.KEYWORDS
        for text in call.args[:1]
        if isinstance(text, ast.Constant) and text.value and text.value not in found
    ]

    assert lost == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_committed_catalogues_are_fresh(language: str) -> None:
    stale = [
        path.name for path, content in catalogues.catalogue_files(language).items() if path.read_bytes() != content
    ]

    assert stale == [], "Type `make words`."


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_a_guess_or_has_other_placeholders(language: str) -> None:
    wrong = []
    for message in catalogues.fresh(language):
        if not message.id:
            continue
        wanted = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        if message.fuzzy or any(placeholders(text) != placeholders(wanted[-1]) for text in said):
            wrong.append(message.id)

    assert wrong == []


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_emergency_numbers_are_never_lost(language: str) -> None:
    lost = [text for text in catalogues.extracted() if isinstance(text, str) and lost_number(text, say(text, language))]

    assert lost == []


def lost_number(text: str, said: str) -> bool:
    return any(number in text and number not in said for number in ("999", "9 9 9", "101", "1 0 1"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", list(CONTROL_WORDS))
def test_what_the_service_says_by_itself_is_one_text(which: ControlWords, language: str) -> None:
    with speaking(language):
        until = max(map(day_said, DAYS), key=len)
        text = control_words(which, signs=SIGNS, about="alert:K7M2PQ", place="W" * 9, until=until, scheme="W" * 90).text

    counted = gsm7.count(text)
    assert (counted.encoding, counted.parts) == ("GSM-7", 1), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_and_questions_are_one_text(language: str) -> None:
    page = f"https://rural.example.police.uk/my/{'t' * 22}/"
    with speaking(language):
        texts = [note_words(note, signs=SIGNS).text for note in CodeNote]
        texts += [texted(say(DEVICE_TEXT)).format(signs=SIGNS, code="123456"), question(signs=SIGNS).text]

    long = [text for text in texts if gsm7.count(text.replace("{page}", page).replace("{code}", "123456")).parts > 1]
    assert long == []
