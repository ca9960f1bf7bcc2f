"""How a row of another system becomes a member of ours, or why it does not. Pure."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hueandcry.domain.members.rules.kinds import BatchState, Channel, MemberError, Purpose, RowOutcome, SchemeKind
from hueandcry.kit import grid, phone, postcodes
from hueandcry.kit.geometry import Point
from hueandcry.kit.kinds import Kind
from hueandcry.kit.sheets import LONGEST_CELL, from_spreadsheet
from hueandcry.kit.text import fold

# Above so many, the number itself is typed: nobody brings over a county by one slip of the finger.
TYPED_ABOVE = 500
MOST_ROWS = 1_000_000
MOST_BYTES = 300 * 1024 * 1024
MOST_COLUMNS = 120
IMPORT_WORDING = "import"
WHY_COLUMN = "Why it was left out"
_MAILBOX = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\".]+(?:\.[^@\s,;<>\".]+)+\Z")
_PARTS = re.compile(r"[;|,\n/]")


class Meaning(Kind):
    """What a column of another system holds."""

    NOTHING = "nothing", "Leave it out"
    NAME = "name", "Whole name"
    FIRST = "first", "First name"
    LAST = "last", "Surname"
    MOBILE = "mobile", "Mobile number"
    PHONE = "phone", "Phone number, any kind"
    EMAIL = "email", "E-mail address"
    ADDRESS = "address", "Postal address (part of it)"
    POSTCODE = "postcode", "Postcode"
    LAT = "lat", "Latitude"
    LON = "lon", "Longitude"
    EAST = "east", "Easting"
    NORTH = "north", "Northing"
    PLACE = "place", "Name of the place or farm"
    GROUPS = "groups", "Groups they are in"
    INTERESTS = "interests", "Subjects they care about"
    CONSENT = "consent", "Agreed: any way"
    CONSENT_SMS = "consent_sms", "Agreed to texts"
    CONSENT_VOICE = "consent_voice", "Agreed to phone calls"
    CONSENT_EMAIL = "consent_email", "Agreed to e-mails"
    CONSENT_DATE = "consent_date", "Agreed on which day"
    CONSENT_PROOF = "consent_proof", "What proves that they agreed"
    JOINED = "joined", "Joined on which day"
    NOTE = "note", "Practical note"


class Proof(Kind):
    """What the consent in a file is worth."""

    COLUMNS = "columns", "The file says for each person what they agreed to, and when or how we can tell"
    NONE = "none", "There is no evidence: ask everybody again before anything else is sent"


CONSENTS = {
    Meaning.CONSENT: None,
    Meaning.CONSENT_SMS: Channel.SMS,
    Meaning.CONSENT_VOICE: Channel.VOICE,
    Meaning.CONSENT_EMAIL: Channel.EMAIL,
}
# A column of one of these is looked at by its words before anything is tried.
WORDED = (Meaning.GROUPS, Meaning.INTERESTS, *CONSENTS)

_AGREED = r"(CONSENT|AGREED|OPT ?IN|PERMISSION|GDPR|CONTACT BY|ALLOW)"
_HEADERS: tuple[tuple[Meaning, str], ...] = (
    (Meaning.NOTHING, r"WHY IT WAS LEFT OUT|^ID$|PASSWORD|LAST LOGIN|UNSUBSCRIBE TOKEN"),
    (Meaning.CONSENT_DATE, rf"{_AGREED}.*(DATE|WHEN|TIME|DAY|\bON$)"),
    (Meaning.CONSENT_PROOF, rf"{_AGREED}.*(PROOF|EVIDENCE|SOURCE|HOW|METHOD|IP)|^EVIDENCE"),
    (Meaning.CONSENT_SMS, rf"{_AGREED}.*(SMS|TEXT|MOBILE)|(SMS|TEXT).*(OK|OPT ?IN|CONSENT)"),
    (Meaning.CONSENT_VOICE, rf"{_AGREED}.*(VOICE|CALL|PHONE|LANDLINE)"),
    (Meaning.CONSENT_EMAIL, rf"{_AGREED}.*E ?MAIL|E ?MAIL.*(OK|OPT ?IN|CONSENT)"),
    (Meaning.CONSENT, r"CONSENT|AGREED|OPT ?IN|PERMISSION|GDPR"),
    (Meaning.JOINED, r"JOIN|REGISTERED|REGISTRATION|CREATED|SIGNED UP|MEMBER SINCE"),
    (Meaning.EMAIL, r"E ?MAIL"),
    (Meaning.MOBILE, r"MOBILE|CELL|SMS|^TEXT"),
    (Meaning.PHONE, r"PHONE|^TEL|LANDLINE|CONTACT N"),
    (Meaning.POSTCODE, r"POST ?CODE|^ZIP"),
    (Meaning.LAT, r"^LAT"),
    (Meaning.LON, r"^LON|^LNG"),
    (Meaning.EAST, r"EASTING"),
    (Meaning.NORTH, r"NORTHING"),
    (Meaning.FIRST, r"FIRST ?NAME|FORENAME|GIVEN NAME|CHRISTIAN NAME"),
    (Meaning.LAST, r"SURNAME|LAST ?NAME|FAMILY NAME"),
    (Meaning.PLACE, r"(FARM|PLACE|PROPERTY|BUSINESS|HOUSE|PREMISES) ?NAME|^FARM$"),
    (Meaning.ADDRESS, r"ADDRESS|STREET|^TOWN|^VILLAGE|^ROAD"),
    (Meaning.GROUPS, r"GROUP|SCHEME|WATCH|MEMBERSHIP"),
    (Meaning.INTERESTS, r"INTEREST|TOPIC|SUBJECT|CATEGOR|TAGS"),
    (Meaning.NOTE, r"^NOTES?$|REMARK|COMMENT"),
    (Meaning.NAME, r"NAME|^MEMBER$|^CONTACT$|HOUSEHOLD"),
)  # fmt: skip
_ONCE = frozenset({Meaning.NAME, Meaning.FIRST, Meaning.LAST, Meaning.POSTCODE, Meaning.JOINED, Meaning.NOTE})
_YES = frozenset(
    {
        *("Y", "YES", "TRUE", "T", "1", "ON", "OK", "X", "AGREED", "AGREE", "CONSENT", "CONSENTED", "OPTED IN"),
        *("OPT IN", "OPTIN", "GIVEN", "GRANTED", "SUBSCRIBED", "ALLOWED", "IE", "TAK"),
    }
)
_NO = frozenset(
    {
        *("N", "NO", "FALSE", "F", "0", "OFF", "NONE", "REFUSED", "DECLINED", "OPTED OUT", "OPT OUT", "OPTOUT"),
        *("UNSUBSCRIBED", "WITHDRAWN", "NOT GIVEN", "DENIED", "NA", "NIE", "STOP"),
    }
)


@dataclass(frozen=True)
class Reading:
    """How the columns of one file are read.

    Attributes:
        meanings: one for each column.
        purposes: what who agreed in the other system agreed to here.
        words: for groups, interests and consent: the folded word and what stands for it ("", a scheme's or topic's
            id, `found:<kind>`, `yes`, `no`).
    """

    meanings: tuple[Meaning, ...]
    proof: Proof = Proof.NONE
    purposes: tuple[Purpose, ...] = (Purpose.ALERT,)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    separator: str = ","

    def as_json(self) -> dict[str, Any]:
        """Return it as a batch keeps it."""
        return {
            "meanings": [meaning.value for meaning in self.meanings],
            "proof": self.proof.value,
            "purposes": [purpose.value for purpose in self.purposes],
            "words": {kind: dict(words) for kind, words in self.words.items()},
        }


def reading_of(kept: Mapping[str, Any]) -> Reading:
    """Return how a batch is read, from what it keeps."""
    return Reading(
        meanings=tuple(Meaning(value) for value in kept.get("meanings", [])),
        proof=Proof(kept.get("proof", Proof.NONE)),
        purposes=tuple(Purpose(value) for value in kept.get("purposes", [Purpose.ALERT])),
        words=kept.get("words", {}),
        separator=kept.get("separator", ","),
    )


def check_reading(reading: Reading) -> None:
    """Refuse columns of which no member can be made.

    Raises:
        MemberError: saying which column to name.
    """
    has = set(reading.meanings)
    if not has & {Meaning.NAME, Meaning.FIRST, Meaning.LAST}:
        raise MemberError("Say which column holds the name.")
    if not has & {Meaning.MOBILE, Meaning.PHONE, Meaning.EMAIL, Meaning.ADDRESS}:
        raise MemberError("Say which column holds a phone number, an e-mail address or a postal address.")
    if Meaning.POSTCODE not in has and not ({Meaning.LAT, Meaning.LON} <= has or {Meaning.EAST, Meaning.NORTH} <= has):
        raise MemberError("Say which column holds the postcode, or latitude and longitude: alerts are sent by place.")
    if reading.proof == Proof.COLUMNS and not has & set(CONSENTS):
        raise MemberError("Say which column tells what they agreed to, or choose that there is no evidence.")
    for meaning in sorted(_ONCE & has):
        if reading.meanings.count(meaning) > 1:
            raise MemberError(f"Two columns are marked “{meaning.label}”: choose one of them.")


def guess(columns: Sequence[str], samples: Sequence[Sequence[str]]) -> tuple[Meaning, ...]:
    """Guess what each column holds, by its name and else by what stands in it."""
    found: list[Meaning] = []
    for place, name in enumerate(columns):
        cells = [row[place] for row in samples if place < len(row) and row[place].strip()]
        meaning = _by_name(fold(name)) or _by_content(cells)
        found.append(Meaning.NOTHING if meaning in _ONCE and meaning in found else meaning)
    return tuple(found)


def _by_name(name: str) -> Meaning | None:
    return next((meaning for meaning, pattern in _HEADERS if re.search(pattern, name)), None)


def _by_content(cells: Sequence[str]) -> Meaning:
    if not cells:
        return Meaning.NOTHING
    looks = {
        Meaning.EMAIL: lambda cell: bool(_MAILBOX.match(cell.strip())),
        Meaning.POSTCODE: postcodes.is_postcode,
        Meaning.PHONE: _is_number,
    }
    for meaning, like in looks.items():
        if sum(like(cell) for cell in cells) * 2 > len(cells):
            return meaning
    return Meaning.NOTHING


def _is_number(cell: str) -> bool:
    try:
        phone.normalise(from_spreadsheet(cell.strip()))
    except phone.PhoneError:
        return False
    return True


def yes_or_no(word: str) -> str:
    """Return what a word of another system most likely says: `yes`, `no` or nothing."""
    folded = fold(word)
    return "yes" if folded in _YES else "no" if folded in _NO else ""


def parts_of(cell: str) -> list[str]:
    """Return the words of a cell that may hold several: groups, subjects."""
    return [" ".join(part.split()) for part in _PARTS.split(cell) if part.strip()]


# ---------------------------------------------------------------- one row


@dataclass(frozen=True)
class Read:
    """Everything of one row, normalised; `agreed` says for each way yes or no, where the file says it."""

    name: str = field(repr=False)
    contacts: tuple[tuple[Channel, str], ...] = field(repr=False)
    postcode: str
    point: Point | None
    place_name: str = field(repr=False)
    groups: tuple[str, ...]
    interests: tuple[str, ...]
    agreed: dict[Channel | None, bool]
    agreed_on: dt.date | None
    proof: str = field(repr=False)
    joined_on: dt.date | None
    note: str = field(repr=False)
    said: tuple[str, ...] = ()


class RowError(ValueError):
    """Why one row cannot be taken."""


def read_row(cells: Sequence[str], reading: Reading) -> Read:
    """Make sense of one row.

    Raises:
        RowError: in words that say what to mend.
    """
    _check_shape(cells, reading)
    given: dict[Meaning, list[str]] = {}
    for meaning, cell in zip(reading.meanings, cells, strict=False):
        text = " ".join(from_spreadsheet(cell.strip()).split())
        if meaning != Meaning.NOTHING and text:
            given.setdefault(meaning, []).append(text)
    said: list[str] = []
    name = _name(given)
    contacts = _contacts(given, said)
    postcode, point = _where(given, said)
    agreed = _agreed(given, reading)
    return Read(
        name=name,
        contacts=contacts,
        postcode=postcode,
        point=point,
        place_name=_first(given, Meaning.PLACE)[:80],
        groups=tuple(dict.fromkeys(part for cell in given.get(Meaning.GROUPS, []) for part in parts_of(cell))),
        interests=tuple(dict.fromkeys(part for cell in given.get(Meaning.INTERESTS, []) for part in parts_of(cell))),
        agreed=agreed,
        agreed_on=day(_first(given, Meaning.CONSENT_DATE)),
        proof=_proof(given),
        joined_on=day(_first(given, Meaning.JOINED)),
        note=_first(given, Meaning.NOTE)[:200],
        said=tuple(said),
    )


def _check_shape(cells: Sequence[str], reading: Reading) -> None:
    width = len(reading.meanings)
    if any(len(cell) >= LONGEST_CELL for cell in cells):
        raise RowError(f"A cell is longer than {LONGEST_CELL:,} signs: is a quotation mark missing?")
    if len(cells) > width or (len(cells) < width and cells and reading.separator in cells[-1]):
        raise RowError(
            f"The row has {len(cells)} cells where the header has {width}: is a quotation mark or separator missing?"
        )


def _first(given: Mapping[Meaning, list[str]], meaning: Meaning) -> str:
    return given.get(meaning, [""])[0]


def _name(given: Mapping[Meaning, list[str]]) -> str:
    name = _first(given, Meaning.NAME) or f"{_first(given, Meaning.FIRST)} {_first(given, Meaning.LAST)}".strip()
    if not name:
        raise RowError("There is no name.")
    if "\ufffd" in name:
        raise RowError("The name holds signs that cannot be read: export the file again as UTF-8.")
    if not re.search(r"[^\W\d_]", name) or "@" in name:
        raise RowError("What stands for the name is no name.")
    return name[:120]


def _contacts(given: Mapping[Meaning, list[str]], said: list[str]) -> tuple[tuple[Channel, str], ...]:
    found: list[tuple[Channel, str]] = []
    for meaning in (Meaning.MOBILE, Meaning.PHONE):
        for cell in given.get(meaning, []):
            _add_number(cell, meaning, found, said)
    for cell in given.get(Meaning.EMAIL, []):
        address = "".join(cell.split()).lower().removeprefix("mailto:").strip("<>")
        if _MAILBOX.match(address) and address.isascii():
            found.append((Channel.EMAIL, address))
        else:
            said.append("The e-mail address is none, so it is left out.")
    if not found and given.get(Meaning.ADDRESS):
        lines = ", ".join([*given[Meaning.ADDRESS], _first(given, Meaning.POSTCODE)]).strip(", ")
        return ((Channel.POST, lines[:254]),)
    if not found:
        why = said[0] if said else "There is no number or address."
        raise RowError(f"Nothing reaches them: {why[0].lower()}{why[1:]}")
    return tuple(dict.fromkeys(found))


def _add_number(cell: str, meaning: Meaning, found: list[tuple[Channel, str]], said: list[str]) -> None:
    # 7700900123 and 7.7009E+09: a spreadsheet has eaten the 0, or the number.
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", cell, re.IGNORECASE):
        said.append("A spreadsheet has rounded the number: format that column as text and export again.")
        return
    try:
        number = phone.normalise(cell)
    except phone.PhoneError as refusal:
        said.append(str(refusal))
        return
    if phone.kind(number) == phone.PhoneKind.LANDLINE:
        if meaning == Meaning.MOBILE:
            said.append("The number in the column for mobiles is a landline: it is rung instead.")
        found.append((Channel.VOICE, number))
    else:
        found.append((Channel.SMS, number))


def _where(given: Mapping[Meaning, list[str]], said: list[str]) -> tuple[str, Point | None]:
    point = _point(given, said)
    written = _first(given, Meaning.POSTCODE)
    if not written:
        if point is None:
            raise RowError("There is no postcode or point: alerts are sent by place.")
        return "", point
    try:
        return postcodes.normalise(written).replace(" ", ""), point
    except postcodes.PostcodeError:
        if point is None:
            raise RowError("What stands for the postcode is no postcode.") from None
        said.append("The postcode is none, so the point counts alone.")
        return "", point


def _point(given: Mapping[Meaning, list[str]], said: list[str]) -> Point | None:
    for first, second in ((Meaning.LON, Meaning.LAT), (Meaning.EAST, Meaning.NORTH)):
        try:
            x, y = float(_first(given, first)), float(_first(given, second))
        except ValueError:
            continue
        if first == Meaning.EAST and 0 < x < 700_000 and 0 < y < 1_300_000:  # noqa: PLR2004 - the National Grid
            return grid.to_wgs84(x, y)
        if first == Meaning.LON and -11 < x < 4 and 49 < y < 61.5:  # noqa: PLR2004 - the British Isles
            return Point(x, y)
        said.append("The point lies nowhere in Britain, so the postcode counts alone.")
    return None


def _agreed(given: Mapping[Meaning, list[str]], reading: Reading) -> dict[Channel | None, bool]:
    agreed: dict[Channel | None, bool] = {}
    words = reading.words.get("consent", {})
    for meaning, channel in CONSENTS.items():
        for cell in given.get(meaning, []):
            folded = fold(cell)
            answer = words[folded] if folded in words else yes_or_no(cell)
            if answer:
                # Two columns that differ: the stricter stands.
                agreed[channel] = agreed.get(channel, True) and answer == "yes"
    return agreed


def _proof(given: Mapping[Meaning, list[str]]) -> str:
    said = [*given.get(Meaning.CONSENT_PROOF, [])]
    said += [cell for meaning in CONSENTS for cell in given.get(meaning, [])]
    return "; ".join(said)


_DAYS = (
    ("%Y-%m-%d", re.compile(r"\d{4}-\d\d?-\d\d?")),
    ("%d/%m/%Y", re.compile(r"\d\d?/\d\d?/\d{4}")),
    ("%d.%m.%Y", re.compile(r"\d\d?\.\d\d?\.\d{4}")),
    ("%d-%m-%Y", re.compile(r"\d\d?-\d\d?-\d{4}")),
    ("%d/%m/%y", re.compile(r"\d\d?/\d\d?/\d\d\b")),
    ("%d %b %Y", re.compile(r"\d\d? [A-Za-z]{3} \d{4}")),
    ("%d-%b-%Y", re.compile(r"\d\d?-[A-Za-z]{3}-\d{4}")),
    ("%d %B %Y", re.compile(r"\d\d? [A-Za-z]{4,9} \d{4}")),
)


def day(text: str) -> dt.date | None:
    """Return the day that a British export means, or none."""
    for pattern, shape in _DAYS:
        found = shape.match(text.strip())
        if found:
            try:
                return dt.datetime.strptime(found[0], pattern).date()  # noqa: DTZ007 - a day, not a moment
            except ValueError:
                return None
    return None


@dataclass(frozen=True)
class Judged:
    """What an agreement in another system is worth here: by which ways it stands, and who must not be written to."""

    stands: tuple[Channel, ...]
    left_out: tuple[Channel, ...]
    why: str


def judge(read: Read, reading: Reading, *, today: dt.date) -> Judged:
    """Say by which ways somebody agreed with evidence; without any they are asked again, after a no never."""
    channels = tuple(dict.fromkeys(channel for channel, _ in read.contacts))
    said = {channel: read.agreed.get(channel, read.agreed.get(None)) for channel in channels}
    if read.agreed.get(None) is False:
        said = dict.fromkeys(channels, False)
    left_out = tuple(channel for channel in channels if said[channel] is False)
    yes = tuple(channel for channel in channels if said[channel])
    if reading.proof == Proof.NONE:
        return Judged((), left_out, "There is no evidence of what they agreed to.")
    if not yes:
        return Judged((), left_out, "The file does not say that they agreed.")
    if read.agreed_on is None or read.agreed_on > today:
        return Judged((), left_out, "They agreed, but the file has no day on which they did.")
    return Judged(yes, left_out, "")


def evidence(*, file: str, line: int, read: Read) -> str:
    """Return what proves an agreement that was brought over: file, line, their words, the day."""
    when = f", {read.agreed_on:%Y-%m-%d}" if read.agreed_on else ""
    return f"{file[:60]}, line {line}{when}: {read.proof}"[:200]


# ---------------------------------------------------------------- as screens read it


@dataclass(frozen=True)
class BatchLine:
    """One file as lists show it."""

    ref: str
    name: str
    state: BatchState
    rows: int
    made_at: dt.datetime
    by: str


@dataclass(frozen=True)
class RowLine:
    """One row as the dry run shows it."""

    number: int
    cells: tuple[str, ...] = field(repr=False)
    outcome: RowOutcome
    why: str
    member: str


@dataclass(frozen=True)
class Campaign:
    """What came of asking again."""

    people: int
    yes: int
    stopped: int

    @property
    def silent(self) -> int:
        """Return how many have said nothing."""
        return self.people - self.yes - self.stopped


FOUND = {f"found:{kind.value}": kind for kind in SchemeKind}
