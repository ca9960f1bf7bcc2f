"""Extract anew what the public reads into hueandcry/locale, and make from each catalogue what is read at run time.

For whoever changes a sentence: `make words`, then translate what is empty (docs/how/add-a-language.md). ADR 17.
"""

import argparse
import datetime as dt
import io
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from django.utils.translation.template import templatize

from hueandcry.domain.alerts.rules.templates import sentences
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import DOMAIN, ENGLISH, FOLDER, LANGUAGES

PACKAGE = Path(__file__).resolve().parents[1]
# Where the list for a native reader is put.
KEPT = PACKAGE.parent / "var"
WORDS = PACKAGE / "kit" / "words.py"
TEMPLATES = PACKAGE / "web" / "templates"
# What members of the public see; the sandbox phones and the made-up officers exist in the demonstration only.
SEEN = ("public/**/*.html", "parts/*.html", "django/**/*.html", "*.html")
UNSEEN = ("public/phones", "public/demonstration")
KEYWORDS: dict[str, Any] = {"_": None, "say": None, "mark": None, "say_many": (1, 2)}
IN_TEMPLATES: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}
# Closed lists whose words stand on public pages.
KINDS = (
    "members.rules.kinds:Channel Reading PlaceUse Purpose ConsentHow SchemeKind SchemeRole SchemeState MembershipState",
    "members.rules.kinds:Tier",
    "messaging.rules.by_hand:HandOutcome",
    "alerts.rules:Heard NoteState",
)
# Every date is the same, so that two people who extract on two days change nothing.
NO_DATE = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
HEADER = """\
# Words of Hue and Cry in another language: docs/how/add-a-language.md.
# Made by `make words`; write only behind msgstr."""

Message = str | tuple[str, str]


def add(parser: argparse.ArgumentParser) -> None:
    """Say what may be typed after `hueandcry words`."""
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a catalogue is stale")
    parser.add_argument("--read", metavar="LANGUAGE", help="write the list for a native reader of cy or pl")
    parser.add_argument("--take", metavar="FILE", type=Path, help="take back what a native reader would say better")


def run(args: argparse.Namespace) -> int:
    """Write every catalogue, or say which is stale; then say what is not translated."""
    if args.read:
        return _write_list(args.read)
    if args.take:
        return _take_list(args.take)
    stale = False
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        for path, content in catalogue_files(language).items():
            if path.exists() and path.read_bytes() == content:
                continue
            stale = True
            if not args.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            print(f"{path.relative_to(PACKAGE)} {'is stale: type `make words`' if args.check else 'written'}")
        empty = missing(language)
        print(f"{LANGUAGES[language]}: {len(empty)} sentences are not translated" if empty else f"{language}: complete")
    return 1 if stale and args.check else 0


def _write_list(language: str) -> int:
    """Write the list for a native reader into var/."""
    from hueandcry.console.words_reading import write_list

    if language not in LANGUAGES or language == ENGLISH:
        print(f"Choose one of: {' '.join(one for one in LANGUAGES if one != ENGLISH)}.")
        return 1
    text, lines, minutes = write_list(language)
    path = KEPT / f"reading-{language}.csv"
    path.parent.mkdir(exist_ok=True)
    # With the mark by which spreadsheets know that letters have accents.
    path.write_text(text, encoding="utf-8-sig", newline="")
    print(f"{path}: {lines:,} lines, about {minutes} minutes to read. It opens in any spreadsheet.")
    return 0


def _take_list(path: Path) -> int:
    """Take back what a native reader wrote into the last column."""
    from hueandcry.console.words_reading import ReadingError, put, take

    try:
        language, better, refused = take(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        print(f"{path} is not in UTF-8, so its accents cannot be read. Save it again as “CSV UTF-8”.")
        return 1
    except (OSError, ReadingError) as refusal:
        print(refusal)
        return 1
    if better:
        catalogue = fresh(language)
        put(catalogue, better.items())
        for file, content in files_of(language, catalogue).items():
            file.write_bytes(content)
    print("\n".join([*refused, f"{LANGUAGES[language]}: {len(better)} sentences changed, {len(refused)} not taken."]))
    return 1 if refused else 0


def catalogue_files(language: str) -> dict[Path, bytes]:
    """Return what the two files of a language hold when they are fresh."""
    return files_of(language, fresh(language))


def files_of(language: str, catalogue: Any) -> dict[Path, bytes]:  # noqa: ANN401 - Babel is there for developers only
    """Return what the two files of a language hold with this catalogue."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import write_po

    text, compiled = io.BytesIO(), io.BytesIO()
    write_po(text, catalogue, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    write_mo(compiled, catalogue)
    folder = FOLDER / language / "LC_MESSAGES"
    return {folder / f"{DOMAIN}.po": text.getvalue(), folder / f"{DOMAIN}.mo": compiled.getvalue()}


def fresh(language: str) -> Any:  # noqa: ANN401 - Babel is there for developers only
    """Return the catalogue of a language with every sentence of today, translated as far as it was."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    path = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    known = {}
    if path.exists():
        with path.open("rb") as file:
            known = {message.id: message.string for message in read_po(file, locale=language) if message.id}
    catalogue = Catalog(
        locale=language,
        project="Hue and Cry",
        version="1",
        header_comment=HEADER,
        creation_date=NO_DATE,
        revision_date=NO_DATE,
        fuzzy=False,
    )
    for message in sorted(extracted(), key=str):
        string = known.get(message, "" if isinstance(message, str) else ())
        catalogue.add(message, string or ("" if isinstance(message, str) else ("",) * catalogue.num_plurals))
    return catalogue


def missing(language: str) -> list[Message]:
    """Return the sentences that a language has no words for."""
    return [
        message.id
        for message in fresh(language)
        if message.id and not all([message.string] if isinstance(message.string, str) else message.string)
    ]


def extracted() -> set[Message]:
    """Return every sentence that a member of the public may see: one, or a pair of one and many."""
    return {*(message for _, message in placed()), *_from_kinds(), *sentences()}


def placed() -> Iterator[tuple[Path, Message]]:
    """Give every sentence of code and templates with the file that it stands in."""
    yield from _from_code()
    yield from _from_templates()


def _from_code() -> Iterator[tuple[Path, Message]]:
    from babel.messages.extract import extract_python

    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_bytes()
        if path == WORDS or b"hueandcry.kit.words import" in source or b"gettext_lazy" in source:
            for _, name, message, _ in extract_python(io.BytesIO(source), KEYWORDS, [], {}):
                yield from ((path, one) for one in _one(str(name or ""), message))


def _one(name: str, message: Any) -> Iterator[Message]:  # noqa: ANN401 - a string or several
    if name in {"say_many", "ngettext"}:
        if message[0] and message[1]:
            yield message[0], message[1]
        return
    text = message[0] if isinstance(message, tuple) else message
    if text:
        yield text


def _from_templates() -> Iterator[tuple[Path, Message]]:
    for path in sorted({path for pattern in SEEN for path in TEMPLATES.glob(pattern)}):
        if str(path.relative_to(TEMPLATES)).startswith(UNSEEN):
            continue
        yield from ((path, message) for message in _in_template(path.read_text(encoding="utf-8")))


def _in_template(source: str) -> Iterator[Message]:
    from babel.messages.extract import extract_python

    code = re.sub(r"^[ \t]+", "", templatize(source), flags=re.MULTILINE)
    for _, name, message, _ in extract_python(io.BytesIO(code.encode()), IN_TEMPLATES, [], {}):
        yield from _one(str(name or ""), message)
    for noun in re.findall(r'\|times:"([^"]+)"', source):
        one, _, many = noun.partition(",")
        yield f"{{count}} {one}", f"{{count}} {many or one + 's'}"
    for entries in re.findall(r"{% nav (.+?) %}", source):
        label, *links = re.findall(r'"([^"]*)"', entries)
        yield label
        yield from (words for _, _, words in (link.partition("=") for link in links))


def _from_kinds() -> Iterator[Message]:
    for entry in KINDS:
        module, _, names = entry.partition(":")
        for name in names.split():
            kind: type[Kind] = getattr(import_module(f"hueandcry.domain.{module}"), name)
            yield from (member.words for member in kind)
