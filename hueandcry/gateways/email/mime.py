"""A message as bytes for the wire: headers, body, dots. Plain text, seven bits, so that nobody on the way changes it.

Python's EmailMessage makes 2,000 letters a second; this makes more than the wire takes. What is the same for everybody
(subject, sender) is written once and kept; what differs is put between.
"""

import base64
import binascii
import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import lru_cache

from hueandcry.gateways.contract import Fate, Outgoing
from hueandcry.gateways.email.marks import marked
from hueandcry.gateways.email.smtp_wire import Letter

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
# RFC 5322: 998 bytes a line and no more; 76 of an encoded word, its marks included.
LONGEST_LINE = 990
ENCODED_BYTES = 42
FOLD_AT = 76

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_PLAIN_ADDRESS = re.compile(f"{_LOCAL_PART.pattern}@{_DOMAIN.pattern}", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
# A page of ours: what mail may carry as it is, and where no line can be broken.
_LINK = re.compile(r"https?://[!-~]{1,300}", re.ASCII)
_STANDS_FOR_LINK = "\x00"
_SEVEN_BITS = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"
_QUOTED = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
_WORD_SIGNS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~.-]*")


class NotALetterError(Exception):
    """A message cannot be written as an e-mail; says why without showing any of it."""

    def __init__(self, sentence: str, fate: Fate = Fate.FAILED) -> None:
        super().__init__(sentence)
        self.fate = fate


# Compared as one object: what is kept for its letters is looked up by it each time.
@dataclass(frozen=True, eq=False)
class Identity:
    """Who writes: our address, and where answers and bounces go; `{reference}` in the latter two names the message.

    With a key each reference carries its mark, by which we know what comes back.
    """

    address: str
    name: str = ""
    reply_to: str = ""
    bounces_to: str = ""
    key: bytes = field(default=b"", repr=False)

    @property
    def domain(self) -> str:
        """Return what is behind the @ of our address."""
        return self.address.rpartition("@")[2]


def mailbox(address: str) -> str:
    """Return an address as it stands on an envelope, its domain in ASCII.

    Raises:
        NotALetterError: it is not an address that mail can go to.
    """
    if (
        len(address) <= LONGEST_ADDRESS
        and _PLAIN_ADDRESS.fullmatch(address)
        and address.index("@") <= LONGEST_LOCAL_PART
    ):
        return address
    local, _, domain = address.rpartition("@")
    if not address.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    if (
        len(address) > LONGEST_ADDRESS
        or len(local) > LONGEST_LOCAL_PART
        or not _LOCAL_PART.fullmatch(local)
        or not _DOMAIN.fullmatch(domain)
    ):
        raise NotALetterError("Not an e-mail address.", Fate.BOUNCED)
    return f"{local}@{domain}"


def message_id(reference: str, domain: str, key: bytes = b"") -> str:
    """Return the Message-ID of a reference: the same each time it is sent, so that a letter sent again is known."""
    return f"<{marked(_safe(reference), key)}@{domain}>"


def compose(message: Outgoing, identity: Identity, date: str) -> Letter:
    """Return a message as it goes over the wire.

    Raises:
        NotALetterError: its address, subject or headers cannot go into an e-mail.
    """
    to = mailbox(message.address)
    link = message.link
    if link and not _LINK.fullmatch(link):
        link = ""
    head, answers_to, sender, domain = _frame(identity, message.sender, message.subject, date)
    reference = marked(_safe(message.reference), identity.key)
    known_as = f"<{reference}@{domain}>"
    data = (
        f"{head}To: {to}\r\nMessage-ID: {known_as}\r\n{reference.join(answers_to)}"
        f"{_headers(message.headers)}{_body(message.body, link)}.\r\n"
    )
    return Letter(
        message.reference, reference.join(sender).encode(), to.encode(), data.encode(), known_as, not to.isascii()
    )


def date_line(moment: dt.datetime) -> str:
    """Return a moment as the header Date says it."""
    return format_datetime(moment)


def _safe(reference: str) -> str:
    """Return a reference that may stand in an address; a strange one by its fingerprint."""
    if _REFERENCE.fullmatch(reference):
        return reference
    return hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@lru_cache(maxsize=256)
def _frame(identity: Identity, sender: str, subject: str, date: str) -> tuple[str, list[str], list[str], str]:
    """Return what is the same for all letters of one message: first headers, what stands round a reference, our domain.

    The two lists are the pieces of the header Reply-To and of the envelope's sender.
    """
    head = f"{_head(identity.address, sender or identity.name, subject)}Date: {date}\r\n"
    answers_to = f"Reply-To: {identity.reply_to}\r\n" if identity.reply_to else ""
    bounces_to = identity.bounces_to or identity.address
    return head, answers_to.split("{reference}"), bounces_to.split("{reference}"), identity.domain


@lru_cache(maxsize=256)
def _head(address: str, name: str, subject: str) -> str:
    """Return the headers that are the same for everybody who gets one message."""
    if _CONTROL.search(subject):
        raise NotALetterError("The subject has a line break or a control sign in it.")
    if _CONTROL.search(name):
        raise NotALetterError("The sender's name has a line break or a control sign in it.")
    sender = f"{_phrase(name)}\r\n <{address}>" if name else address
    return (
        f"From: {sender}\r\nSubject: {_words(subject, len('Subject: '))}\r\nAuto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
    )


def _headers(headers: tuple[tuple[str, str], ...]) -> str:
    lines = ""
    for name, value in headers:
        if not (value.isprintable() and len(value) < LONGEST_LINE - len(name) and _is_header(name)):
            raise NotALetterError("A header has a line break in it, or is too long.")
        lines += f"{name}: {value if value.isascii() else _encoded(value)}\r\n"
    return lines


@lru_cache(maxsize=64)
def _is_header(name: str) -> bool:
    return bool(_HEADER_NAME.fullmatch(name))


def _phrase(name: str) -> str:
    """Return a display name: bare, in quotation marks, or encoded (RFC 5322, RFC 2047)."""
    if not name.isascii() or len(name) > FOLD_AT - len("From: ") - 2 or "=?" in name:
        return _encoded(name)
    if _WORD_SIGNS.fullmatch(name) and "." not in name:
        return name
    return '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))


def _words(text: str, taken: int) -> str:
    """Return unstructured words, folded at spaces; encoded where they are not ASCII or have no space to fold at."""
    if not text.isascii() or "=?" in text or text != text.strip() or "  " in text:
        return _encoded(text)
    lines, line = [], " " * taken
    for word in text.split(" "):
        if len(word) > FOLD_AT:
            return _encoded(text)
        if len(line) + 1 + len(word) > FOLD_AT and line.strip():
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line.strip() else line + word
    lines.append(line)
    return "\r\n ".join(lines)[taken:]


def _encoded(text: str) -> str:
    """Return encoded words of RFC 2047, none longer than 75 signs, none cutting a sign in two."""
    chunks, chunk = [], b""
    for sign in text:
        one = sign.encode("utf-8", "replace")
        if len(chunk) + len(one) > ENCODED_BYTES:
            chunks.append(chunk)
            chunk = b""
        chunk += one
    chunks.append(chunk)
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(chunk).decode('ascii')}?=" for chunk in chunks)


def _body(text: str, link: str = "") -> str:
    """Return the last headers and the body: CRLF at each line's end, dots at its beginning doubled.

    What stands round somebody's own link is the same for many: it is looked through once and kept. A text without such
    a link is perhaps somebody's alone, and is not.
    """
    pieces = text.split(link) if link else [text]
    if len(pieces) > 1:
        kept = _round_links(tuple(pieces), len(link))
        if kept is not None:
            return link.join(kept)
    text = _tidy(text)
    if _goes_as_it_is(text):
        return _SEVEN_BITS + _dotted(text)
    return _QUOTED + _dotted("\n".join(map(_quoted, text.split("\n"))))


@lru_cache(maxsize=256)
def _round_links(pieces: tuple[str, ...], link_length: int) -> list[str] | None:
    """Return what stands before, between and after the links of a body, ready for the wire; None if it must be quoted.

    The pieces are looked at as one text with a sign for each link, which is printable ASCII and begins no line with a
    dot, as a link does not.
    """
    text = _tidy(_STANDS_FOR_LINK.join(pieces))
    stretched = text.replace(_STANDS_FOR_LINK, "x" * link_length)
    if text.count(_STANDS_FOR_LINK) != len(pieces) - 1 or not _goes_as_it_is(stretched):
        return None
    return (_SEVEN_BITS + _dotted(text)).split(_STANDS_FOR_LINK)


def _tidy(text: str) -> str:
    """Return a text with one sign at each line's end and nothing after the last."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\n")


def _dotted(lines: str) -> str:
    """Return lines as the wire wants them; a dot that begins one is doubled (RFC 5321, 4.5.2)."""
    return f"\n{lines}\n".replace("\n.", "\n..").replace("\n", "\r\n")


def _goes_as_it_is(text: str) -> bool:
    """Say whether seven bits and short lines carry it; one pass each, in C."""
    return (
        text.isascii()
        and text.replace("\n", "").replace("\t", "").isprintable()
        and not (" \n" in text or "\t\n" in text or text.endswith((" ", "\t")))
        and max(map(len, text.split("\n"))) <= LONGEST_LINE
    )


def _quoted(line: str) -> str:
    """Return one line as quoted-printable, several where it is long; those that are the same for many are kept."""
    if line.isascii():
        # A member's own link stands on such a line: it is not kept.
        return line if len(line) <= FOLD_AT and "=" not in line and _goes_as_it_is(line) else _quote(line)
    return _kept_quote(line)


def _quote(line: str) -> str:
    return binascii.b2a_qp(line.encode("utf-8", "replace"), quotetabs=False, istext=False).decode("ascii")


_kept_quote = lru_cache(maxsize=2048)(_quote)
