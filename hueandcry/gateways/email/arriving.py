"""Mail that comes to us, read: something of ours that came back, or an answer of somebody. Pure.

Whatever is wrong with a mail (its charset, its parts, its size), its words are kept as well as they can be read.
"""

import datetime as dt
import email
import email.policy
import hashlib
import html
import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from itertools import islice

from mailparser_reply import EmailReplyParser

from hueandcry.gateways.contract import Incoming
from hueandcry.gateways.email.bounces import Returned
from hueandcry.gateways.email.bounces import read as read_bounce
from hueandcry.gateways.email.marks import references_in
from hueandcry.gateways.email.mime import Identity

GATEWAY = "mail"
MOST_PARTS = 1000
# Parts within parts cost the reader more the deeper they lie; no honest mail has so many.
MOST_BOUNDARIES = 50
READ_OF_BOMBS = 1 << 14
LONGEST_TEXT = 100_000
RAW_KEPT = 1 << 18
# What a mail program puts where a signature begins: what is below is no word of the writer's.
_BELOW = "\n\n-- \n"
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_MACHINE = re.compile(r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+=-][^@]*)?@", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li)\b[^>]{0,200}>", re.IGNORECASE)
_QUOTED = re.compile(r"<blockquote\b.*", re.IGNORECASE | re.DOTALL)
_UNSEEN = ("head", "style", "script")
_TAG = re.compile(r"<[^<>]{0,5000}>")
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
# Languages in which mail programs here say who wrote what is quoted.
_REPLIES = EmailReplyParser(languages=["en", "pl"])


@dataclass(frozen=True)
class Arrived:
    """One mail to us.

    Attributes:
        reference: ours, of the letter that came back or is answered; only where its mark is right.
        returned: what came back; then `incoming` is none.
        incoming: the answer; none for what needs no reading, such as a holiday note to where bounces go.
    """

    reference: str = ""
    returned: Returned | None = None
    incoming: Incoming | None = field(default=None, repr=False)


def is_ours(recipient: str, identity: Identity) -> bool:
    """Say whether mail to an address is for us: we take in no other, and pass nothing on."""
    patterns = {identity.reply_to, identity.bounces_to, identity.address}
    return any(_fits(recipient, pattern) for pattern in patterns if pattern)


def read_mail(raw: bytes, *, sender: str, recipient: str, identity: Identity, received_at: dt.datetime) -> Arrived:
    """Return what a mail is: `sender` and `recipient` are those of the envelope."""
    if len(_BOUNDARY.findall(raw)) > MOST_BOUNDARIES:
        raw = raw[:READ_OF_BOMBS]
    letter = _parsed(raw)
    writer = _writer(letter) or sender
    to_bounces = _fits(recipient, identity.bounces_to or identity.address)
    named = references_in(recipient, identity.key)
    if not sender or to_bounces or _MACHINE.match(writer):
        returned = read_bounce(raw)
        if returned is not None:
            given_back = references_in(" ".join(f"{left}@" for left in returned.message_ids), identity.key)
            return Arrived(next(iter((*named, *given_back)), ""), returned)
    automatic = not sender or _is_automatic(letter, writer)
    if automatic and (to_bounces or not writer):
        return Arrived()
    answered = " ".join(str(letter.get(name, "")) for name in ("In-Reply-To", "References"))
    reference = next(iter((*named, *reversed(references_in(answered, identity.key)))), "")
    incoming = Incoming(
        gateway=GATEWAY,
        provider_ref=_own_name(raw, letter, writer),
        channel="email",
        sender=writer,
        body=_words(letter, raw),
        received_at=received_at,
        raw=raw[:RAW_KEPT].decode("latin-1"),
        automatic=automatic,
        answers=reference,
    )
    return Arrived(reference, incoming=incoming)


def _fits(recipient: str, pattern: str) -> bool:
    before, has_reference, after = pattern.lower().partition("{reference}")
    recipient = recipient.strip().lower()
    if not has_reference:
        return recipient == before
    return recipient.startswith(before) and recipient.endswith(after) and len(recipient) > len(before) + len(after)


def _parsed(raw: bytes) -> Message:
    try:
        return email.message_from_bytes(raw, policy=email.policy.compat32)
    except Exception:  # noqa: BLE001 - whatever somebody built: its words are read from the bytes
        return Message()


def _header(letter: Message, name: str) -> str:
    said = str(letter.get(name, ""))
    try:
        return str(make_header(decode_header(said)))
    except (HeaderParseError, LookupError, ValueError):
        return said


def _writer(letter: Message) -> str:
    """Return who wrote it; empty when it does not say, or names several."""
    found = [address for _, address in getaddresses([str(letter.get("From", ""))[:2000]]) if "@" in address]
    return found[0] if len(found) == 1 else ""


def _is_automatic(letter: Message, writer: str) -> bool:
    """Tell whether a machine sent it, which must never be answered (RFC 3834)."""
    submitted = str(letter.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(letter.get("Precedence", "")).strip().lower()
    return bool(
        submitted != "no"
        or precedence in {"bulk", "list", "junk", "auto_reply"}
        or any(name in letter for name in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"))
        or _MACHINE.match(writer)
    )


def _own_name(raw: bytes, letter: Message, writer: str) -> str:
    """Return by what the same mail is known when the relay brings it again: its own name, else what it says."""
    name = str(letter.get("Message-ID", "")).strip()
    said = f"{name}|{writer}".encode("utf-8", "replace") if name else raw.partition(b"\r\n\r\n")[2] or raw
    return hashlib.sha256(said).hexdigest()[:40]


def _words(letter: Message, raw: bytes) -> str:
    """Return what they wrote, without what they quote; how many files came with it stands below."""
    try:
        text, files = _text_and_files(letter)
    except Exception:  # noqa: BLE001 - whatever somebody built: nothing is lost
        text, files = "", 0
    if not text.strip() and not files:
        text = raw[:RAW_KEPT].partition(b"\r\n\r\n")[2].decode("utf-8", "replace") or _header(letter, "Subject")
    text = text[:LONGEST_TEXT].replace("\r\n", "\n")
    try:
        own = (_REPLIES.parse_reply(text) or "").strip()
    except Exception:  # noqa: BLE001 - a reader of other people's habits must not lose a mail
        own = ""
    own = own or text.strip()
    if not files:
        return own
    them = "A file came with it, which is" if files == 1 else f"{files} files came with it, which are"
    return f"{own}{_BELOW}{them} not kept here."


def _text_and_files(letter: Message) -> tuple[str, int]:
    plain, rich, files = "", "", 0
    for part in islice(letter.walk(), MOST_PARTS):
        kind, attached = part.get_content_type(), part.get_content_disposition() == "attachment"
        if part.is_multipart():
            continue
        if kind == "text/plain" and not attached:
            plain = plain or _decoded(part)
        elif kind == "text/html" and not attached:
            rich = rich or _decoded(part)
        elif attached or "Content-ID" not in part:
            files += 1
    return plain if plain.strip() else _without_tags(rich), files


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    for charset in (str(part.get_content_charset() or "utf-8"), "utf-8"):
        try:
            return data.decode(charset)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _without_tags(page: str) -> str:
    """Return the words of a page; what it quotes stands in a blockquote, which mail programs put last."""
    page = page[: 4 * LONGEST_TEXT]
    for name in _UNSEEN:
        page = _without(page, name)
    page = _QUOTED.sub("", page) or page
    text = html.unescape(_TAG.sub("", _BREAKS.sub("\n", page.replace("\n", " "))))
    return _BLANK_LINES.sub("\n\n", text).strip()


def _without(page: str, name: str) -> str:
    """Return a page without what stands in one kind of element; one that never ends hides nothing."""
    low, kept, place = page.lower(), [], 0
    while (start := low.find(f"<{name}", place)) >= 0 and (end := low.find(f"</{name}", start)) >= 0:
        kept.append(page[place:start])
        place = end
    return "".join((*kept, page[place:]))
