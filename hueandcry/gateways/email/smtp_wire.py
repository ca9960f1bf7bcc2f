"""SMTP as a conversation of bytes, without sockets and without a clock: RFC 5321, 2920, 3207, 4954.

Whoever holds the socket gives what came to `take` and writes `out`. Where the relay offers PIPELINING, the envelope of
the next letter goes with the body of the last one: one round trip a letter instead of four.
"""

import base64
import re
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from typing import NamedTuple

# RFC 5321 says 512 bytes a line; relays say more. Beyond this somebody plays with us.
LONGEST_LINE = 4096
MOST_LINES = 100
CODE = 3
# The first figure of an answer.
GOOD, MORE, LATER, NEVER = 2, 3, 4, 5
_ENHANCED = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?:\s|$)")


class Code(IntEnum):
    """The codes of SMTP that mean something of their own."""

    READY = 220
    SIGNED_IN = 235
    DONE = 250
    NEXT_WORD = 334
    CLOSING = 421
    REFUSED = 550
    TOO_LARGE = 552


class Trouble(Exception):  # noqa: N818 - it says what is wrong with a line; GatewayError is what callers see
    """A connection that is of no more use, in a sentence without anything of the relay's or of a letter's.

    `lasting` when trying again is no use; `throttled` when the relay has enough of us for now.
    """

    def __init__(self, sentence: str, *, lasting: bool = False, throttled: bool = False) -> None:
        super().__init__(sentence)
        self.lasting = lasting
        self.throttled = throttled


class Reply(NamedTuple):
    """One answer: its code and, where given, its enhanced code (RFC 3463). Its words may name people: not kept."""

    code: int
    enhanced: str = ""

    @property
    def kind(self) -> int:
        """Return the first figure: one of GOOD, MORE, LATER, NEVER."""
        return self.code // 100


class Asked(Enum):
    """What the relay owes an answer to."""

    GREETING = auto()
    EHLO = auto()
    HELO = auto()
    STARTTLS = auto()
    USER = auto()
    PASSWORD = auto()
    SIGNED_IN = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    BODY = auto()
    NOTHING = auto()
    RESET = auto()
    QUIT = auto()


@dataclass(eq=False, slots=True)
class Letter:
    """One message as it goes over the wire; `data` ends with the dot line, its dots are doubled.

    `known_as` is its Message-ID.
    """

    reference: str
    sender: bytes = field(repr=False)
    recipient: bytes = field(repr=False)
    data: bytes = field(repr=False)
    known_as: str = ""
    international: bool = False
    tries: int = 0


class Verdict(NamedTuple):
    """What the relay said of one letter, and to which part of it."""

    letter: Letter
    asked: Asked
    reply: Reply


@dataclass(frozen=True)
class Terms:
    """How we introduce ourselves; `tls` is `starttls`, `tls` (from the first byte) or `none`."""

    helo: str
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)


class Conversation:
    """One connection's talk. Expects the greeting first."""

    def __init__(self, terms: Terms) -> None:
        self.out = bytearray()
        self.offers: dict[str, str] = {}
        self.verdicts: list[Verdict] = []
        self.ready = False
        # The holder of the socket makes it secret, then calls `secured`.
        self.wants_tls = False
        self.replies = 0
        self._terms = terms
        self._secret = terms.tls == "tls"
        self._came = bytearray()
        self._lines: list[bytes] = []
        self._expected: deque[tuple[Asked, Letter | None]] = deque([(Asked.GREETING, None)])
        self._envelope: Letter | None = None
        self._refused: Verdict | None = None
        self._open = False  # a transaction that only RSET or a body ends
        self._body: Letter | None = None
        self._written = 0
        self._dot = 0
        self._pipelines = False
        self.largest = 0

    # ------------------------------------------------------------ for the holder of the socket

    @property
    def waits(self) -> bool:
        """Say whether the relay owes us an answer."""
        return bool(self._expected)

    @property
    def wants(self) -> bool:
        """Say whether the next letter may be given."""
        if not self.ready or self._envelope is not None:
            return False
        return self._pipelines or not self._expected

    def take(self, data: bytes) -> None:
        """Take what came.

        Raises:
            Trouble: the connection is of no more use; `lost` says what that means for its letters.
        """
        if self._in_step(data):
            return
        came = self._came
        came += data
        start = 0
        while (end := came.find(b"\n", start)) >= 0:
            line = bytes(came[start:end])
            start = end + 1
            if len(line) > LONGEST_LINE:
                raise Trouble("The relay sends lines without an end.")
            self._line(line[:-1] if line.endswith(b"\r") else line)
            if self.wants_tls and start < len(came):
                # Put there by somebody between us and the relay, to be read as if it had come in secret (RFC 3207).
                came.clear()
                raise Trouble("Somebody put words into the relay's mouth before the connection was secret.")
        del came[:start]
        if len(came) > LONGEST_LINE:
            raise Trouble("The relay sends lines without an end.")

    def sent(self, count: int) -> None:
        """Note that so many bytes of `out` have been handed to the network."""
        self._written += count
        del self.out[:count]

    def secured(self) -> None:
        """Begin anew, in secret: what was offered before is forgotten."""
        self.wants_tls, self._secret = False, True
        self._came.clear()
        self._lines.clear()
        if self._terms.tls == "starttls":
            self._hello()

    def give(self, letter: Letter) -> None:
        """Begin with a letter; only when it `wants` one."""
        self._envelope, self._refused = letter, None
        letter.tries += 1
        options = b" SIZE=%d" % len(letter.data) if "SIZE" in self.offers else b""
        if letter.international:
            options += b" SMTPUTF8 BODY=8BITMIME"
        mail = b"MAIL FROM:<%b>%b\r\n" % (letter.sender, options)
        if self._pipelines:
            self.out += b"%bRCPT TO:<%b>\r\nDATA\r\n" % (mail, letter.recipient)
            self._expected += ((Asked.MAIL, letter), (Asked.RCPT, letter), (Asked.DATA, letter))
        else:
            self._ask(Asked.MAIL, mail, letter)

    def quit(self) -> None:
        """Say goodbye; nobody waits for the answer."""
        self._ask(Asked.QUIT, b"QUIT\r\n")

    def lost(self) -> tuple[Letter | None, list[Letter]]:
        """Return the letter that was perhaps taken, and those that certainly were not, as the connection is lost."""
        perhaps, untouched = self._body, [self._envelope] if self._envelope is not None else []
        self._body = self._envelope = None
        self._expected.clear()
        if perhaps is not None and self._written < self._dot:
            # Its last dot never left us: nobody can have taken it.
            return None, [perhaps, *untouched]
        return perhaps, untouched

    # ------------------------------------------------------------ inside

    def _ask(self, asked: Asked, command: bytes, letter: Letter | None = None) -> None:
        self.out += command
        self._expected.append((asked, letter))

    def _in_step(self, data: bytes) -> bool:
        """Take at once what nearly always comes: the last letter is taken, and the next one's body may come."""
        expected = self._expected
        if len(expected) != _STEPS or self._came or self._lines or len(data) > LONGEST_LINE:
            return False
        (first, taken), (last, letter) = expected[0], expected[-1]
        # Between a body and a DATA stand the MAIL and the RCPT that were said with the DATA.
        if first is not Asked.BODY or last is not Asked.DATA or not _IN_STEP.fullmatch(data):
            return False
        if taken is None or letter is None:
            return False
        expected.clear()
        self.replies += _STEPS
        self._taken(taken, _COMMON[b"250"])
        self._data(letter, _COMMON[b"354"])
        return True

    def _line(self, line: bytes) -> None:
        code = line[:3]
        if code in _COMMON and line[3:4] == b" " and not self._lines and self._expected:
            asked, letter = self._expected.popleft()
            if asked in _ABOUT_LETTERS:
                self.replies += 1
                self._about(asked, letter, _COMMON[code])
                return
            self._expected.appendleft((asked, letter))
        if len(code) < CODE or not code.isdigit() or not b"200" <= code < b"600" or line[3:4] not in b" -":
            raise Trouble("The relay answers in a way that is not SMTP.")
        if self._lines and self._lines[0][:3] != code:
            raise Trouble("The relay answers in a way that is not SMTP.")
        if line[3:4] == b"-":
            self._lines.append(line)
            if len(self._lines) > MOST_LINES:
                raise Trouble("The relay sends an answer without an end.")
            return
        lines, self._lines = self._lines, []
        lines.append(line)
        self.replies += 1
        enhanced = _ENHANCED.match(line, 4) if code >= b"400" else None
        reply = Reply(int(code), enhanced[0].strip().decode("ascii") if enhanced else "")
        if not self._expected:
            raise self._unasked(reply)
        asked, letter = self._expected.popleft()
        if asked in _ABOUT_LETTERS:
            self._about(asked, letter, reply)
        else:
            self._before(asked, reply, lines)

    def _unasked(self, reply: Reply) -> Trouble:
        if reply.code == Code.CLOSING:
            return Trouble("The relay ended the connection (421).")
        return Trouble("The relay answers what was not asked.")

    # ---- before the first letter

    def _before(self, asked: Asked, reply: Reply, lines: list[bytes]) -> None:
        if reply.code == Code.CLOSING and asked != Asked.QUIT:
            raise Trouble("The relay ends the connection for now (421).", throttled=True)
        step = {
            Asked.GREETING: self._greeted,
            Asked.EHLO: self._introduced,
            Asked.HELO: self._introduced,
            Asked.STARTTLS: self._may_be_secret,
            Asked.USER: self._asked_for_user,
            Asked.PASSWORD: self._asked_for_password,
            Asked.SIGNED_IN: self._signed_in,
        }.get(asked)
        if step is not None:
            step(reply, lines)

    def _greeted(self, reply: Reply, _lines: list[bytes]) -> None:
        if reply.code != Code.READY:
            raise Trouble(
                f"The relay does not want to speak to us ({reply.code}).",
                lasting=reply.kind == NEVER,
                throttled=reply.kind != NEVER,
            )
        self._hello()

    def _hello(self) -> None:
        self.offers = {}
        self._ask(Asked.EHLO, f"EHLO {self._terms.helo}\r\n".encode("ascii", "replace"))

    def _introduced(self, reply: Reply, lines: list[bytes]) -> None:
        if reply.kind == NEVER and self._terms.tls == "none" and not self.offers and reply.code != Code.REFUSED:
            self.offers = {"HELO": ""}
            self._ask(Asked.HELO, f"HELO {self._terms.helo}\r\n".encode("ascii", "replace"))
            return
        if reply.code != Code.DONE:
            raise Trouble(f"The relay does not take our name {self._terms.helo} ({reply.code}).", lasting=True)
        self.offers = {}
        for line in lines[1:]:
            # Some say AUTH=PLAIN, as before RFC 4954.
            word, _, rest = line[4:].decode("ascii", "replace").upper().replace("AUTH=", "AUTH ").partition(" ")
            self.offers[word] = f"{self.offers.get(word, '')} {rest}".strip()
        self._pipelines = "PIPELINING" in self.offers
        size = self.offers.get("SIZE", "")
        self.largest = int(size) if size.isascii() and size.isdigit() else 0
        if not self._secret and self._terms.tls == "starttls":
            if "STARTTLS" not in self.offers:
                raise Trouble(
                    "The relay offers no encryption (STARTTLS). If it should, somebody may be in between.", lasting=True
                )
            self._ask(Asked.STARTTLS, b"STARTTLS\r\n")
        elif self._terms.user:
            self._sign_in()
        else:
            self.ready = True

    def _may_be_secret(self, reply: Reply, _lines: list[bytes]) -> None:
        if reply.code != Code.READY:
            raise Trouble(f"The relay offers encryption and refuses it ({reply.code}).", lasting=reply.kind == NEVER)
        self.wants_tls = True

    def _sign_in(self) -> None:
        if not self._secret:
            raise Trouble("A password is never sent in clear: set MAIL_TLS to starttls or tls.", lasting=True)
        ways = self.offers.get("AUTH", "").split()
        user, password = self._terms.user.encode(), self._terms.password.encode()
        if "PLAIN" in ways:
            plain = base64.b64encode(b"\0%b\0%b" % (user, password))
            self._ask(Asked.SIGNED_IN, b"AUTH PLAIN %b\r\n" % plain)
        elif "LOGIN" in ways:
            self._ask(Asked.USER, b"AUTH LOGIN\r\n")
        else:
            raise Trouble("The relay offers no way of signing in that we know (PLAIN, LOGIN).", lasting=True)

    def _asked_for_user(self, reply: Reply, lines: list[bytes]) -> None:
        if reply.code != Code.NEXT_WORD:
            self._signed_in(reply, lines)
            return
        self._ask(Asked.PASSWORD, base64.b64encode(self._terms.user.encode()) + b"\r\n")

    def _asked_for_password(self, reply: Reply, lines: list[bytes]) -> None:
        if reply.code != Code.NEXT_WORD:
            self._signed_in(reply, lines)
            return
        self._ask(Asked.SIGNED_IN, base64.b64encode(self._terms.password.encode()) + b"\r\n")

    def _signed_in(self, reply: Reply, _lines: list[bytes]) -> None:
        if reply.code != Code.SIGNED_IN:
            raise Trouble(
                f"The relay does not take our user name and password ({reply.code}).", lasting=reply.kind == NEVER
            )
        self.ready = True

    # ---- letters

    def _about(self, asked: Asked, letter: Letter | None, reply: Reply) -> None:
        if reply.code == Code.CLOSING:
            if asked == Asked.BODY and letter is not None:
                # It said that it did not take it.
                self._body = None
                self.verdicts.append(Verdict(letter, asked, reply))
            raise Trouble("The relay ends the connection for now (421).", throttled=True)
        if letter is None:  # the answer to RSET, or to the empty body of a letter that was refused
            return
        if asked == Asked.BODY:
            self._taken(letter, reply)
        elif asked == Asked.DATA:
            self._data(letter, reply)
        else:
            self._addressed(asked, letter, reply)

    def _taken(self, letter: Letter, reply: Reply) -> None:
        if reply.kind == MORE:
            raise Trouble("The relay answers in a way that is not SMTP.")
        self._body = None
        self.verdicts.append(Verdict(letter, Asked.BODY, reply))

    def _addressed(self, asked: Asked, letter: Letter, reply: Reply) -> None:
        if reply.kind == MORE:
            raise Trouble("The relay answers in a way that is not SMTP.")
        if reply.kind == GOOD:
            self._open = True
            if self._pipelines:
                return
            if asked == Asked.MAIL:
                self._ask(Asked.RCPT, b"RCPT TO:<%b>\r\n" % letter.recipient, letter)
            else:
                self._ask(Asked.DATA, b"DATA\r\n", letter)
            return
        if self._refused is None:
            self._refused = Verdict(letter, asked, reply)
        if not self._pipelines:
            self._give_up()

    def _data(self, letter: Letter, reply: Reply) -> None:
        if reply.kind == GOOD:
            raise Trouble("The relay answers in a way that is not SMTP.")
        if reply.kind != MORE:
            if self._refused is None:
                self._refused = Verdict(letter, Asked.DATA, reply)
            self._give_up()
        elif self._refused is not None:
            # It waits for a body though it refused the address: an empty one goes to nobody (RFC 2920, 3.1).
            self.verdicts.append(self._refused)
            self._envelope, self._open = None, False
            self._ask(Asked.NOTHING, b".\r\n")
        else:
            self._envelope, self._body, self._open = None, letter, False
            self._ask(Asked.BODY, letter.data, letter)
            self._dot = self._written + len(self.out)

    def _give_up(self) -> None:
        if self._refused is not None:
            self.verdicts.append(self._refused)
        self._envelope = None
        if self._open:
            self._open = False
            self._ask(Asked.RESET, b"RSET\r\n")


_ABOUT_LETTERS = frozenset({Asked.MAIL, Asked.RCPT, Asked.DATA, Asked.BODY, Asked.NOTHING, Asked.RESET})
# Nearly all answers are one of these; of a good one the enhanced code says nothing more.
_STEPS = 4
_IN_STEP = re.compile(rb"(?:250 [^\r\n]*\r\n){3}354 [^\r\n]*\r\n")
_COMMON = {b"250": Reply(250), b"354": Reply(354)}
