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


# What no reader sees: how a browser is to draw the page, who may look for it.
FOR_MACHINES = {"width=device-width, initial-scale=1", "noindex, nofollow", "no-referrer"}
SAID = re.compile(
    r"{%\s*(blocktranslate|comment)\b.*?{%\s*end\1\s*%}|{#.*?#}|<(style|script)\b.*?</\2>|<!--.*?-->", re.DOTALL
)


def bare_words(source: str) -> list[str]:
    """Return the words of a template that stand there as they are, so that no catalogue can say them otherwise."""
    rest = re.sub(r"{%.*?%}|{{.*?}}", "\n", SAID.sub("\n", source), flags=re.DOTALL)
    shown = re.findall(r'\b(?:aria-label|title|alt|placeholder|content)="([^"]*)"', rest)
    pieces = [*re.sub(r"<[^>]*>", "\n", rest).split("\n"), *shown]
    return [piece.strip() for piece in pieces if re.search(r"[A-Za-z]{3,}", piece) and piece not in FOR_MACHINES]


def test_no_template_that_the_public_reads_has_a_word_outside_a_translation() -> None:
    bare = {
        str(path.relative_to(catalogues.TEMPLATES)): words
        for pattern in catalogues.SEEN
        for path in catalogues.TEMPLATES.glob(pattern)
        if not str(path.relative_to(catalogues.TEMPLATES)).startswith(catalogues.UNSEEN)
        if (words := bare_words(path.read_text(encoding="utf-8")))
    }

    assert bare == {}
    assert bare_words('<p title="Not said">{% translate "said" %} Nor this {{ one }}</p>') == ["Nor this", "Not said"]


# What is no page: an answer to a machine, the sandbox phones of the demonstration.
NO_PAGE = {"There is a newer one: ", "This cannot be read."}


def test_no_screen_for_the_public_has_a_sentence_outside_a_translation() -> None:
    found = {text if isinstance(text, str) else text[0] for text in catalogues.extracted()} | NO_PAGE
    bare = [
        f"{path.name}: {text}"
        for path in (catalogues.PACKAGE / "web" / "public").glob("*.py")
        if path.name != "phones.py"
        for text in sentences_in(ast.parse(path.read_text(encoding="utf-8")))
        if text not in found
    ]

    assert bare == []


def sentences_in(tree: ast.Module) -> list[str]:
    """Return the strings that read like a sentence and are no docstring."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told]
    strings = [node.value for node in nodes if isinstance(node.value, str)]
    return [text for text in strings if re.search("[A-Z][a-z]+.* [a-z]+ ", text)]


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
