"""How a provider of texts is described in settings: what it is sent, what its answers and its calls mean. No network.

Nothing is pasted into anything: a template is taken apart once, when the program starts, and every word goes into its
place as JSON or as a form writes it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from hueandcry.gateways.contract import Fate

# What may stand in a template.
PLACES = ("to", "number", "text", "from", "reference", "until", "seconds")
NEEDED = ("to", "number")
EACH_ITS_OWN = frozenset({"to", "number", "reference"})
_DECODER = json.JSONDecoder()
_PLACE = re.compile(r"\{([a-z_]+)\}")
# Signs of Unicode's private use: they stand for places while JSON writes the rest.
_OPEN, _SHUT = "\ue000", "\ue001"
_HELD = re.compile(f'"{_OPEN}seconds{_SHUT}"|{_OPEN}([a-z_]+){_SHUT}')
# As much of an answer as a pattern is looked for in.
LOOKED_AT = 2000
DIGESTS: dict[str, Callable[..., Any]] = {
    "hmac-sha1": hashlib.sha1,
    "hmac-sha256": hashlib.sha256,
    "hmac-sha512": hashlib.sha512,
}

Values = Mapping[str, str]


class DescriptionError(ValueError):
    """A setting that cannot be used, in a sentence that says what to do."""


# ------------------------------------------------------------ what it is sent


@dataclass(frozen=True)
class Template:
    """What is sent, ready to be filled; `named` are the places in it."""

    content_type: str
    named: frozenset[str]
    fill: Callable[[Values], str] = field(repr=False)


def template(source: str) -> Template:
    """Read TEXT_HTTP_BODY: JSON where it begins with a bracket, else a form such as `to={to}&text={text}`.

    Raises:
        DescriptionError: it is neither, or names what is not known.
    """
    source = source.strip()
    named = set(_PLACE.findall(source))
    for name in sorted(named - {*PLACES}):
        known = ", ".join(f"{{{place}}}" for place in PLACES)
        raise DescriptionError(f"TEXT_HTTP_BODY: {{{name}}} is not known, only {known}.")
    if not named & {*NEEDED} or "text" not in named:
        raise DescriptionError("TEXT_HTTP_BODY has no {to} or no {text}: nobody would get anything.")
    return _json(source) if source[:1] in {"{", "["} else _form(source)


def _json(source: str) -> Template:
    try:
        said = json.loads(source)
    except ValueError as fault:
        raise DescriptionError(f"TEXT_HTTP_BODY begins like JSON and is none: {fault}.") from fault
    if {*_PLACE.findall(source)} != {*_PLACE.findall(json.dumps(list(_strings(said)), ensure_ascii=False))}:
        raise DescriptionError("TEXT_HTTP_BODY: a place such as {to} stands where a value stands, not a name.")
    held = json.dumps(_hold(said), ensure_ascii=False)
    form, writers, end = "", [], 0
    for place in _HELD.finditer(held):
        form += _literal(held[end : place.start()]) + "%s"
        # A time in seconds that stands alone is a number, not a word.
        writers.append((place[1], _inside) if place[1] else ("seconds", _number))
        end = place.end()
    return _template("application/json", form + _literal(held[end:]), writers)


def _template(content_type: str, form: str, writers: Sequence[tuple[str, Callable[[str], str]]]) -> Template:
    """Return a template of literal text with a place at each %s, and who writes what stands there."""

    def fill(values: Values) -> str:
        return form % tuple([write(values[name]) for name, write in writers])

    return Template(content_type, frozenset(name for name, _ in writers), fill)


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _inside(value: str) -> str:
    # What json.dumps does with a word, without the ceremony round it.
    return encode_basestring_ascii(value)[1:-1]


def _number(value: str) -> str:
    return value or "null"


def _strings(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    for inner in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        yield from _strings(inner)


def _hold(said: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(said, str):
        return _PLACE.sub(lambda place: f"{_OPEN}{place[1]}{_SHUT}", said)
    if isinstance(said, dict):
        return {name: _hold(inner) for name, inner in said.items()}
    return [_hold(inner) for inner in said] if isinstance(said, list) else said


def _form(source: str) -> Template:
    try:
        pairs = parse_qsl(source, keep_blank_values=True, strict_parsing=True)
    except ValueError as fault:
        raise DescriptionError(
            "TEXT_HTTP_BODY is a form such as to={to}&text={text}, or JSON that begins with a bracket."
        ) from fault
    if any(_PLACE.search(name) for name, _ in pairs):
        raise DescriptionError("TEXT_HTTP_BODY: a place such as {to} stands where a value stands, not a name.")

    form, writers = [], []
    for name, said in pairs:
        *pieces, last = _PLACE.split(said)
        form.append(f"{_literal(quote_plus(name))}=")
        for literal, place in zip(pieces[::2], pieces[1::2], strict=True):
            form[-1] += f"{_literal(quote_plus(literal))}%s"
            writers.append((place, quote_plus if place in EACH_ITS_OWN else _quoted_before))
        form[-1] += _literal(quote_plus(last))
    return _template("application/x-www-form-urlencoded", "&".join(form), writers)


# Everybody's text is mostly the same.
_quoted_before = lru_cache(maxsize=32)(quote_plus)


def headers(source: str, auth: str) -> tuple[tuple[str, str], ...]:
    """Read TEXT_HTTP_HEADERS and TEXT_HTTP_AUTH.

    Raises:
        DescriptionError: one of them cannot be read.
    """
    found = []
    for line in re.split(r"[\n|]", source):
        name, colon, value = line.partition(":")
        if line.strip() and not (colon and re.fullmatch(r"[A-Za-z0-9-]+", name.strip())):
            raise DescriptionError("TEXT_HTTP_HEADERS: write Name: value, with a | between two of them.")
        if line.strip():
            found.append((name.strip(), value.strip()))
    kind, _, rest = auth.strip().partition(" ")
    rest = rest.strip()
    if not auth.strip():
        return tuple(found)
    if kind.lower() == "basic" and ":" in rest:
        found.append(("Authorization", f"Basic {base64.b64encode(rest.encode()).decode()}"))
    elif kind.lower() == "bearer" and rest:
        found.append(("Authorization", f"Bearer {rest}"))
    elif kind.lower() == "header" and re.fullmatch(r"[A-Za-z0-9-]+: *\S.*", rest):
        name, _, value = rest.partition(":")
        found.append((name, value.strip()))
    else:
        raise DescriptionError("TEXT_HTTP_AUTH is: basic name:password, bearer word, or header Name: value.")
    return tuple(found)


# ------------------------------------------------------------ what it answers


@dataclass(frozen=True)
class Where:
    """Where something stands in a document (`messages.0.id`; `body` is all of it), and how it looks there."""

    path: tuple[str, ...]
    words: frozenset[str] | None = None
    pattern: re.Pattern[str] | None = None

    def stands(self, document: object) -> bool:
        """Say whether anything stands there, however it looks; all of an answer always does."""
        return self.path == ("body",) or _at(document, self.path) is not None

    def read(self, document: object, text: str) -> str | None:
        """Return what stands there; None when nothing does, or it looks otherwise."""
        said = text.strip()[:LOOKED_AT] if self.path == ("body",) else _at(document, self.path)
        if said is None:
            return None
        if self.words is not None:
            return said if said.lower() in self.words else None
        if self.pattern is not None:
            found = self.pattern.search(said)
            return None if found is None else found[found.re.groups and 1]
        return said


def where(name: str, source: str) -> Where | None:
    """Read where something stands: `a.path`, `a.path = word, word`, or `a.path ~ pattern`; None when it is not set.

    Raises:
        DescriptionError: it cannot be read.
    """
    if not source.strip():
        return None
    found = re.fullmatch(r"\s*([\w.-]+)\s*(?:([=~])\s*(.+?))?\s*", source, re.DOTALL)
    if found is None:
        raise DescriptionError(f"{name}: write a path such as messages.0.id, then perhaps = word, word or ~ pattern.")
    path, sign, rest = tuple(found[1].split(".")), found[2], found[3]
    if sign == "=":
        return Where(path, words=frozenset(word.strip().lower() for word in rest.split(",") if word.strip()))
    if sign == "~":
        try:
            return Where(path, pattern=re.compile(rest))
        except re.error as fault:
            raise DescriptionError(f"{name}: the pattern after ~ cannot be read: {fault}.") from fault
    return Where(path)


def document_in(text: str) -> object:
    """Return what JSON holds; None when it is none."""
    try:
        document, end = _DECODER.raw_decode(text)
        # Nearly every answer is JSON and nothing else; what stands round it json.loads knows best.
        return document if end == len(text) else json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _at(document: object, path: tuple[str, ...]) -> str | None:
    here: object = document
    for step in path:
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and step.isascii() and step.isdigit() and len(step) < 6:  # noqa: PLR2004
            here = here[int(step)] if int(step) < len(here) else None
        else:
            return None
    if isinstance(here, bool) or here is None or isinstance(here, dict | list):
        return None if not isinstance(here, bool) else str(here).lower()
    return str(here)


# ------------------------------------------------------------ what it tells us


@dataclass(frozen=True)
class Map:
    """Where in a request of the provider what stands: fields by our names, words by what they mean."""

    places: Mapping[str, Where]
    fates: Mapping[str, Fate] = field(default_factory=dict)

    def items(self, body: bytes, asked: Mapping[str, str]) -> Iterator[object]:
        """Yield each thing that a request tells: of a list, one after the other."""
        text = body.decode("utf-8", "replace")
        if text.lstrip()[:1] in {"{", "["}:
            document = document_in(text)
            inner = self.places.get("list")
            for step in inner.path if inner else ():
                document = document.get(step) if isinstance(document, dict) else None
            yield from document if isinstance(document, list) else () if document is None else (document,)
        else:
            yield {**asked, **dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200))}

    def read(self, item: object, name: str) -> str:
        """Return what stands at a place of ours; empty when nothing does."""
        place = self.places.get(name)
        return (place.read(item, "") if place else None) or ""

    def fate(self, item: object) -> Fate:
        """Return what the provider's word means."""
        return self.fates.get(self.read(item, "word").strip().lower(), Fate.UNKNOWN)


def mapped(name: str, source: str, needed: tuple[str, ...]) -> Map | None:
    """Read TEXT_HTTP_RECEIPT or TEXT_HTTP_CAME: `id=message.id; word=status; delivered=DELIVRD, read`; None when empty.

    Raises:
        DescriptionError: something needed is missing, or not known.
    """
    if not source.strip():
        return None
    places: dict[str, Where] = {}
    fates: dict[str, Fate] = {}
    known = {fate.value: fate for fate in Fate if fate != Fate.UNKNOWN}
    for part in filter(str.strip, source.split(";")):
        ours, _, theirs = (side.strip() for side in part.partition("="))
        if ours in known and "word" in needed:
            fates |= {word.strip().lower(): known[ours] for word in theirs.split(",") if word.strip()}
        elif ours in {*needed, "list"} and re.fullmatch(r"[\w.-]+", theirs):
            places[ours] = Where(tuple(theirs.split(".")))
        else:
            allowed = ", ".join((*needed, "list", *(known if "word" in needed else ())))
            raise DescriptionError(f"{name}: {part.strip()} cannot be read. It is name=path, the names are {allowed}.")
    missing = [one for one in needed if one not in places]
    if missing or ("word" in needed and not fates):
        raise DescriptionError(f"{name}: it does not say where {', '.join(missing) or 'what each word means'} stands.")
    return Map(places, fates)


@dataclass(frozen=True)
class Seal:
    """How the provider shows that it is the provider."""

    kind: str
    name: str
    secret: str = field(repr=False)

    def fits(self, headers_of_it: Mapping[str, str], asked: Mapping[str, str], body: bytes) -> bool:
        """Say whether a request is the provider's."""
        if self.kind == "query":
            return _same(asked.get(self.name, ""), self.secret)
        shown = headers_of_it.get(self.name.lower(), "").strip()
        if self.kind == "header":
            return _same(shown, self.secret)
        right = hmac.new(self.secret.encode(), body, DIGESTS[self.kind]).digest()
        return hmac.compare_digest(_digest(shown), right)


def seal(source: str) -> Seal | None:
    """Read TEXT_HTTP_SIGNED; None when it is not set.

    Raises:
        DescriptionError: it cannot be read, or its secret can be guessed.
    """
    if not source.strip():
        return None
    kind, name, secret = (*source.split(None, 2), "", "")[:3]
    kinds = ("header", "query", *DIGESTS)
    if kind not in kinds or not re.fullmatch(r"[\w-]+", name) or not secret.strip():
        raise DescriptionError(
            "TEXT_HTTP_SIGNED is: hmac-sha256 Header secret, header Name secret, or query name secret."
        )
    if len(secret.strip()) < 16:  # noqa: PLR2004
        raise DescriptionError("TEXT_HTTP_SIGNED: the secret has 16 signs or more.")
    return Seal(kind, name, secret.strip())


def _same(shown: str, secret: str) -> bool:
    return hmac.compare_digest(shown.encode("utf-8", "replace"), secret.encode())


def _digest(shown: str) -> bytes:
    """Return the bytes of a digest, written in hexadecimal or base 64, perhaps with its kind before it."""
    word = re.sub(r"^\w+=(?=.)", "", shown) if re.match(r"^(?:sha|v)\d+=", shown) else shown
    try:
        return bytes.fromhex(word)
    except ValueError:
        pass
    try:
        return base64.b64decode(word, validate=True)
    except (ValueError, binascii.Error):
        return b""
