"""SMTP as a conversation of bytes, without sockets and without a clock: RFC 5321, 2920, 3030, 3207, 4954.

Whoever holds the socket gives what came to `take` and writes `out`. Where the relay offers PIPELINING, the envelope of
the next letter goes with the body of the last one: one round trip a letter instead of four. Where it offers CHUNKING as
well, whole letters go ahead without waiting (BDAT): several a round trip. A RSET stands before each of them: whatever
became of the last one, the next begins clean (RFC 3030 asks for it after a failure), and as nobody refuses a RSET, any
other answer to it shows that the relay took a letter for commands.
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
# So much may wait to be written before another letter is given ahead.
FULL = 65_536
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
    NO_SUCH_COMMAND = 500
    NOT_BUILT = 502
    REFUSED = 550
    TOO_LARGE = 552


class Trouble(Exception):  # noqa: N818 - it says what is wrong with a line; GatewayError is what callers see
    """A connection that is of no more use, in a sentence without anything of the relay's or of a letter's.

    `lasting` when trying again is no use; `throttled` when the relay has enough of us for now; `unchunked` when it
    offers CHUNKING and does not know it.
    """

    def __init__(
        self, sentence: str, *, lasting: bool = False, throttled: bool = False, unchunked: bool = False
    ) -> None:
        super().__init__(sentence)
        self.lasting = lasting
        self.throttled = throttled
        self.unchunked = unchunked


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

    `known_as` is its Message-ID; `ends` is where its last byte stands in all that was written on its line.
    """

    reference: str
    sender: bytes = field(repr=False)
    recipient: bytes = field(repr=False)
    data: bytes = field(repr=False)
    known_as: str = ""
    international: bool = False
    tries: int = 0
    ends: int = 0


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

    def __init__(self, terms: Terms, *, chunking: bool = True) -> None:
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
        self._expected: deque[Asked] = deque([Asked.GREETING])
        self._envelope: Letter | None = None
        self._refused: Verdict | None = None
        self._open = False  # a transaction that only RSET or a body ends
        self._body: Letter | None = None
        self._written = 0
        self._pipelines = False
        self.largest = 0
        # Letters that went whole and have no answer yet, and to which of its commands the first one's next answer is.
        self.chunking, self._may_chunk = False, chunking
        self._ahead: deque[Letter] = deque()
        self._step = 1
        self._proven = self._reset_first = False
        self._closing = False
        self._sizes = False

    # ------------------------------------------------------------ for the holder of the socket

    @property
    def waits(self) -> bool:
        """Say whether the relay owes us an answer."""
        return bool(self._expected or self._ahead)

    def room(self, most: int) -> int:
        """Return how many letters may be given now, where so many may be ahead of their answers."""
        if not self.ready:
            return 0
        if not self.chunking:
            return 1 if self._envelope is None and (self._pipelines or not self._expected) else 0
        ahead = len(self._ahead)
        if not ahead:
            # The first of a line alone: it shows that the relay knows what it offers.
            return most if self._proven else 1
        if self._ahead[-1].tries > 1 or not self._proven or len(self.out) > FULL:
            # Nobody goes behind a letter under which a line broke.
            return 0
        # Several in one write.
        return most - ahead if ahead <= most // 2 else 0

    def take(self, data: bytes) -> None:
        """Take what came.

        Raises:
            Trouble: the connection is of no more use; `lost` says what that means for its letters.
        """
        if not self._came and not self._lines and len(data) <= LONGEST_LINE and self._usual(data):
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
        if count == len(self.out):
            self.out.clear()
        else:
            del self.out[:count]

    def secured(self) -> None:
        """Begin anew, in secret: what was offered before is forgotten."""
        self.wants_tls, self._secret = False, True
        self._came.clear()
        self._lines.clear()
        if self._terms.tls == "starttls":
            self._hello()

    def give(self, letter: Letter) -> None:
        """Begin with a letter; only where there is `room` for one."""
        letter.tries += 1
        if self.chunking:
            self._give_whole(letter)
            return
        self._envelope, self._refused = letter, None
        if self._pipelines:
            options = self._options(letter, len(letter.data)) if self._sizes or letter.international else b""
            self.out += b"MAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\nDATA\r\n" % (letter.sender, options, letter.recipient)
            self._expected += _ENVELOPE
        else:
            options = self._options(letter, len(letter.data))
            self._ask(Asked.MAIL, b"MAIL FROM:<%b>%b\r\n" % (letter.sender, options))

    def quit(self) -> None:
        """Say goodbye; nobody waits for the answer."""
        self._ask(Asked.QUIT, b"QUIT\r\n")

    def lost(self) -> tuple[list[Letter], list[Letter]]:
        """Return the letters that were perhaps taken, and those that certainly were not, as the connection is lost."""
        perhaps: list[Letter] = []
        untouched: list[Letter] = []
        whole = [self._body] if self._body is not None else []
        if self._refused is not None and self._ahead:
            untouched.append(self._ahead.popleft())
        for letter in whole:
            # Whose last byte never left us nobody can have taken.
            (perhaps if letter.ends <= self._written else untouched).append(letter)
        for letter in self._ahead:
            # Nor what stands behind a 421: the relay hears no more (RFC 5321, 3.8).
            (perhaps if letter.ends <= self._written and not self._closing else untouched).append(letter)
        if self._envelope is not None:
            untouched.append(self._envelope)
        self._body = self._envelope = self._refused = None
        self._expected.clear()
        self._ahead.clear()
        return perhaps, untouched

    # ------------------------------------------------------------ inside

    def _ask(self, asked: Asked, command: bytes) -> None:
        self.out += command
        self._expected.append(asked)

    def _options(self, letter: Letter, size: int) -> bytes:
        options = b" SIZE=%d" % size if self._sizes else b""
        return options + b" SMTPUTF8 BODY=8BITMIME" if letter.international else options

    def _give_whole(self, letter: Letter) -> None:
        # As it was before the dots: nothing ends a chunk but its length.
        body = letter.data[: -len(_DOT)]
        if b"\r\n.." in body:
            body = body.replace(b"\r\n..", b"\r\n.")
        self.out += b"%bMAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\nBDAT %d LAST\r\n%b" % (
            b"RSET\r\n" if self._reset_first else b"",
            letter.sender, self._options(letter, len(body)), letter.recipient, len(body), body,
        )  # fmt: skip
        self._reset_first = True
        letter.ends = self._written + len(self.out)
        self._ahead.append(letter)

    def _usual(self, data: bytes) -> bool:
        """Take at once what nearly always comes: all that is owed, and all of it good."""
        if self._ahead:
            return self._all_good(data)
        expected = self._expected
        steps = len(expected)
        usual = _USUAL.get(steps)
        if usual is None or not usual.fullmatch(data):
            return False
        # Between a body and a DATA stand the MAIL and the RCPT that were said with the DATA.
        begins, ends = _BEGINS_AND_ENDS[steps]
        if expected[0] is not begins or expected[-1] is not ends:
            return False
        self.replies += steps
        expected.clear()
        body, letter = self._body, self._envelope
        if begins is Asked.BODY and body is not None:
            self.verdicts.append(Verdict(body, Asked.BODY, _TAKEN))
            self._body = None
        if ends is Asked.DATA and letter is not None:
            expected.append(Asked.BODY)
            self._body, self._envelope, self._open = letter, None, False
            self.out += letter.data
            letter.ends = self._written + len(self.out)
        return True

    def _all_good(self, data: bytes) -> bool:
        """Take many answers to letters that went ahead, where every one is good."""
        if self._refused is not None or not _ALL_GOOD.fullmatch(data):
            return False
        many = data.count(b"\n")
        done, step = divmod(self._step + many, len(_CHUNK))
        ahead = self._ahead
        if done > len(ahead) or (done == len(ahead) and step):
            return False
        self.replies += many
        self._step = step
        if done:
            self._proven = True
            self.verdicts += [Verdict(ahead.popleft(), Asked.BODY, _TAKEN) for _ in range(done)]
        return True

    def _line(self, line: bytes) -> None:
        code = line[:3]
        if code in _COMMON and line[3:4] == b" " and not self._lines and self._expected:
            asked = self._expected[0]
            if asked in _ABOUT_LETTERS:
                del self._expected[0]
                self.replies += 1
                self._about(asked, _COMMON[code])
                return
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
        if self._ahead:
            self._about_ahead(reply)
            return
        if not self._expected:
            raise self._unasked(reply)
        asked = self._expected.popleft()
        if asked in _ABOUT_LETTERS:
            self._about(asked, reply)
        else:
            self._before(asked, reply, lines)

    def _unasked(self, reply: Reply) -> Trouble:
        if reply.code == Code.CLOSING:
            return Trouble("The relay ended the connection (421).")
        return Trouble("The relay answers what was not asked.", unchunked=self._reset_first)

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
        self.chunking = self._may_chunk and self._pipelines and "CHUNKING" in self.offers
        self._sizes = "SIZE" in self.offers
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

    def _about(self, asked: Asked, reply: Reply) -> None:
        if reply.code == Code.CLOSING:
            if asked is Asked.BODY and self._body is not None:
                # It said that it did not take it.
                self._taken(reply)
            raise Trouble("The relay ends the connection for now (421).", throttled=True)
        if asked is Asked.BODY:
            self._taken(reply)
        elif asked is Asked.DATA:
            self._data(reply)
        elif asked is Asked.MAIL or asked is Asked.RCPT:
            self._addressed(asked, reply)
        # Else it answers RSET, or the empty body of a letter that was refused.

    def _taken(self, reply: Reply) -> None:
        letter = self._body
        if reply.kind == MORE or letter is None:
            raise _not_smtp()
        self._body = None
        self.verdicts.append(Verdict(letter, Asked.BODY, reply))

    def _addressed(self, asked: Asked, reply: Reply) -> None:
        letter = self._envelope
        if reply.kind == MORE or letter is None:
            raise _not_smtp()
        if reply.kind == GOOD:
            self._open = True
            if self._pipelines:
                return
            if asked is Asked.MAIL:
                self._ask(Asked.RCPT, b"RCPT TO:<%b>\r\n" % letter.recipient)
            else:
                self._ask(Asked.DATA, b"DATA\r\n")
            return
        if self._refused is None:
            self._refused = Verdict(letter, asked, reply)
        if not self._pipelines:
            self._give_up()

    def _data(self, reply: Reply) -> None:
        letter = self._envelope
        if reply.kind == GOOD or letter is None:
            raise _not_smtp()
        if reply.kind != MORE:
            if self._refused is None:
                self._refused = Verdict(letter, Asked.DATA, reply)
            self._give_up()
        elif self._refused is not None:
            # It waits for a body though it refused the address: an empty one goes to nobody (RFC 2920, 3.1).
            self.verdicts.append(self._refused)
            self._envelope, self._open = None, False
            self._ask(Asked.NOTHING, _DOT)
        else:
            self._envelope, self._body, self._open = None, letter, False
            self._ask(Asked.BODY, letter.data)
            letter.ends = self._written + len(self.out)

    def _give_up(self) -> None:
        if self._refused is not None:
            self.verdicts.append(self._refused)
        self._envelope = None
        if self._open:
            self._open = False
            self._ask(Asked.RESET, b"RSET\r\n")

    # ---- letters that went ahead

    def _about_ahead(self, reply: Reply) -> None:
        """Take the next answer to the first of the letters that went ahead."""
        letter, asked = self._ahead[0], _CHUNK[self._step]
        if reply.code == Code.CLOSING:
            self._closing = True
            if asked is Asked.BODY:
                # It said that it did not take it.
                del self._ahead[0]
                self.verdicts.append(self._refused or Verdict(letter, asked, reply))
                self._refused = None
            elif asked is not Asked.RESET:
                self._refused = self._refused or Verdict(letter, asked, reply)
            raise Trouble("The relay ends the connection for now (421).", throttled=True)
        if reply.kind == MORE:
            raise _not_smtp()
        self._step = (self._step + 1) % len(_CHUNK)
        if asked is Asked.RESET:
            if reply.code != Code.DONE:
                raise _unchunked()
        elif asked is Asked.BODY:
            self._answered(letter, reply)
        elif reply.kind != GOOD and self._refused is None:
            self._refused = Verdict(letter, asked, reply)

    def _answered(self, letter: Letter, reply: Reply) -> None:
        """Take the answer to a whole letter; the relay has read it, whatever it said of its address (RFC 3030, 2)."""
        refused = self._refused
        if refused is None and reply.code in _UNKNOWN_COMMAND:
            self._refused = Verdict(letter, Asked.BODY, reply)
            raise _unchunked()
        if refused is not None and refused.asked is Asked.MAIL and reply.kind == GOOD:
            # Refused, and taken: nobody knows.
            self._refused = None
            raise _not_smtp()
        del self._ahead[0]
        self._refused = None
        self._proven = self._proven or reply.kind == GOOD
        self.verdicts.append(refused or Verdict(letter, Asked.BODY, reply))


def _not_smtp() -> Trouble:
    return Trouble("The relay answers in a way that is not SMTP.")


def _unchunked() -> Trouble:
    return Trouble("The relay offers CHUNKING and does not know it.", unchunked=True)


_DOT = b".\r\n"
_ENVELOPE = (Asked.MAIL, Asked.RCPT, Asked.DATA)
_ABOUT_LETTERS = frozenset({*_ENVELOPE, Asked.BODY, Asked.NOTHING, Asked.RESET})
# What a letter that goes ahead is made of; the first one of a line begins with MAIL.
_CHUNK = (Asked.RESET, Asked.MAIL, Asked.RCPT, Asked.BODY)
_UNKNOWN_COMMAND = frozenset({Code.NO_SUCH_COMMAND, Code.NOT_BUILT})
# Nearly all answers are one of these; of a good one the enhanced code says nothing more.
_TAKEN = Reply(250)
_COMMON = {b"250": _TAKEN, b"354": Reply(354)}
_ALL_GOOD = re.compile(rb"(?:250 [^\r\n]*\r\n)+")
# By how many answers are owed: a body; an envelope; a body and the next envelope.
_BEGINS_AND_ENDS = {
    1: (Asked.BODY, Asked.BODY),
    3: (Asked.MAIL, Asked.DATA),
    4: (Asked.BODY, Asked.DATA),
}
_USUAL = {
    1: re.compile(rb"250 [^\r\n]*\r\n"),
    3: re.compile(rb"(?:250 [^\r\n]*\r\n){2}354 [^\r\n]*\r\n"),
    4: re.compile(rb"(?:250 [^\r\n]*\r\n){3}354 [^\r\n]*\r\n"),
}
