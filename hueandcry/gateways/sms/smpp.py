"""Texts by SMPP 3.4, through an aggregator or an operator: connections that stand, a window of messages on each.

A text whose answer never came was perhaps sent: it would come and cost twice, so a person decides. One of several parts
is handed over when all of them are taken; what was taken in part was perhaps sent too.
"""

import atexit
import contextlib
import logging
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from hueandcry.gateways.addresses import Where
from hueandcry.gateways.contract import Again, Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.email.smtp_lines import secret
from hueandcry.gateways.sms import smpp_board as board_words
from hueandcry.gateways.sms.smpp_board import Batch, Board, End, Part, Text, with_context
from hueandcry.gateways.sms.smpp_clerk import DatabaseClerk
from hueandcry.gateways.sms.smpp_form import Frill, Long, Style, Writer, plain_number
from hueandcry.gateways.sms.smpp_kept import Names, SentPart, Store, whole_ref
from hueandcry.gateways.sms.smpp_lines import MODES, Account, Line, NobodyThere, asked
from hueandcry.gateways.sms.smpp_text import Alphabet, Ids, kept_id, sender_of
from hueandcry.gateways.sms.smpp_wire import SLOWER, Terms, Trouble, Verdict

logger = logging.getLogger(__name__)

# How many texts are made ready at a time: the first go out while the rest is written.
CHUNK: Final = 500
# Seconds beyond a batch's time for the connections to say how it stands.
GRACE: Final = 5.0
PERHAPS: Final = "Perhaps sent: no answer came."
IN_PART: Final = "Perhaps sent: the provider has some of its parts, not all."
BROKEN: Final = "The connection broke before it was sent."
NO_TIME: Final = "The provider took too long."
MOST_BINDS, MOST_WINDOW = 100, 1000
# A window of rows is another worker's after so many seconds (ADR 13).
LEASE: Final = 60


class Meaning(NamedTuple):
    """What a status means: fate and words; `again` when it may be taken later; `without` what it does not take."""

    fate: Fate
    words: str
    again: bool = False
    without: str = ""


def _never(words: str, fate: Fate = Fate.FAILED) -> Meaning:
    return Meaning(fate, words)


def _later(words: str, *, without: str = "") -> Meaning:
    return Meaning(Fate.UNKNOWN, words, again=True, without=without)


# What each status of a submit_sm_resp or generic_nack means (SMPP 3.4, 5.1.3). Three kinds: it speaks of this number or
# this text, and trying again is no use; it speaks of us and our settings, and somebody here puts it right while texts
# wait; or it passes by itself.
STATUSES: dict[int, Meaning] = {
    # ---- about the text or the number
    0x01: _never("The text is longer than the provider takes."),
    0x0B: _never("There is no such number.", Fate.BOUNCED),
    0x50: _never("The provider does not take numbers of this kind."),
    0x51: _never("The provider does not take numbers of this kind."),
    0x65: _never("The provider's own application refused it for good."),
    0x66: _never("The provider's own application refused it."),
    0xFE: _never("The provider could not deliver it."),
    # ---- about us
    0x02: _later("The provider does not understand how we write a text."),
    0x03: _later("The provider does not take texts over this connection: look at SMPP_MODE."),
    0x04: _later("The provider does not take texts over this connection: look at SMPP_MODE."),
    0x0A: _later("The provider does not take our sender: look at SMPP_SENDER."),
    0x0D: _later("The provider has ended our connection."),
    0x0E: _later("The provider does not take our password: look at SMPP_PASSWORD."),
    0x0F: _later("The provider does not know our name: look at SMPP_USER."),
    0x15: _later("The provider does not take this kind of service."),
    0x43: _later("The provider takes no texts of several parts as we send them: look at SMPP_LONG."),
    0x48: _later("The provider does not take our sender: look at SMPP_SENDER."),
    0x49: _later("The provider does not take our sender: look at SMPP_SENDER."),
    # ---- about what a text can do without: it goes without, next time
    0x06: _later("The provider takes no priorities: it goes without.", without=Frill.PRIORITY),
    0x61: _later("The provider takes no times: it goes without.", without=Frill.VALIDITY),
    0x62: _later("The provider takes no times: it goes without.", without=Frill.VALIDITY),
    0xC0: _later("The provider takes no optional parameters: it goes without.", without=Frill.PARAMETERS),
    0xC1: _later("The provider takes no optional parameters: it goes without.", without=Frill.PARAMETERS),
    0xC2: _later("The provider takes no optional parameters: it goes without.", without=Frill.PARAMETERS),
    0xC4: _later("The provider takes no optional parameters: it goes without.", without=Frill.PARAMETERS),
    # ---- passing by itself
    0x08: _later("The provider has a fault of its own."),
    0x14: _later("The provider has too much to do."),
    0x45: _later("The provider could not take it."),
    0x58: _later("The provider asks us to go slower."),
    0x64: _later("The provider's own application cannot take it now."),
    0xFF: _later("The provider has a fault of its own."),
}


def meaning(status: int) -> Meaning:
    """Return what a status means, in our words with its number.

    What we do not know was refused all the same, so it is not perhaps sent: it goes again, until it is too late.
    """
    known = STATUSES.get(status)
    if known is None:
        return _later(f"The provider refused it, with a status that we do not know (0x{status:02X}).")
    return known._replace(words=f"{known.words} (0x{status:02X})")


class SmppText:
    """Texts through a provider that speaks SMPP 3.4."""

    name = "smpp"
    prefix = "SMPP"
    channel = "sms"
    again = Again.NEVER

    def __init__(self, account: Account | None = None, style: Style | None = None) -> None:
        self._style = style or style_as_set(self.prefix)
        self._account = account or account_as_set(self.prefix)
        self._wrong = wrong_with(self._account, self._style)
        self._without: frozenset[str] = frozenset()
        self._store = Store(self.name, self.channel)
        self._board, self._names = self._connections(shared=account is None)
        _ALL.add(self)

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand texts to the provider; yield what it said of each, as it says it.

        Raises:
            GatewayError: the provider cannot be spoken to; what was yielded stands, the rest did not go.
        """
        if not messages:
            return
        if self._wrong:
            raise GatewayError(self._wrong, lasting=True)
        sending = _Sending(self._board, self._store, self._style, self._without, messages)
        try:
            yield from sending.all()
        finally:
            sending.leave()
            self._without |= sending.without
            self._names.recent.extend(sending.named)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return receipts and texts that came over any worker's connection; from now on this one listens too.

        Raises:
            GatewayError: the settings are wrong.
        """
        if self._wrong:
            raise GatewayError(self._wrong, lasting=True)
        if self._account.mode != "transmitter":
            self._board.use()
        return self._store.tell()

    def check(self) -> str:
        """Return an empty text when the provider takes us in, else what is wrong."""
        if self._wrong or self._board.is_bound:
            return self._wrong
        for role in MODES[self._account.mode]:
            try:
                _try(self._account, role)
            except Trouble as trouble:
                # As many as it allows stand already, in the workers: then it knows us.
                if not trouble.full:
                    return self._account.says(trouble)
        return ""

    def close(self) -> None:
        """Say goodbye on every connection."""
        self._board.close()

    def _connections(self, *, shared: bool) -> tuple[Board, Names]:
        """Return the connections; those that the settings name once, though two threads make this gateway at once."""
        key = (self._account, self._style)
        with _MAKING:
            made = _SHARED.get(key) if shared else None
            if made is None:
                account = self._account if self._wrong else with_context(self._account)
                clerk = DatabaseClerk(account, self._store, alphabet=self._style.alphabet, ids=self._style.ids)
                made = Board(account, clerk), clerk.names
                if shared:
                    _SHARED[key] = made
        self._account = made[0].account
        return made


class SecondSmppText(SmppText):
    """The same through a second account: another provider, or another agreement with the same one."""

    name = "smpp-2"
    prefix = "SMPP2"


_MAKING: Final = threading.Lock()
_SHARED: dict[tuple[Account, Style], tuple[Board, Names]] = {}
_ALL: "weakref.WeakSet[SmppText]" = weakref.WeakSet()


@atexit.register
def goodbye() -> None:
    """Say goodbye when a worker stops."""
    for gateway in list(_ALL):
        gateway.close()


class _Sending:
    """One call of send."""

    def __init__(
        self, board: Board, store: Store, style: Style, without: frozenset[str], messages: Sequence[Outgoing]
    ) -> None:
        self.without: frozenset[str] = frozenset()
        self._board, self._store, self._style = board, store, style
        self._messages = messages
        self._writer = Writer(style, without)
        self._batch = Batch()
        # Until when the provider may answer.
        self._until = time.monotonic() + board.account.batch
        # The last ones' names with the provider.
        self.named: deque[str] = deque(maxlen=200)
        self._ids: dict[Text, dict[int, str]] = {}
        self._unsaid = 0
        self._given = self._parts_go = False

    def all(self) -> Iterator[Handover]:
        """Give all, yield what is said."""
        for start in range(0, len(self._messages), CHUNK):
            yield from self._give(self._messages[start : start + CHUNK])
        ended = False
        while self._unsaid:
            now = time.monotonic()
            if now >= self._until and not ended:
                ended = True
                self._board.end(self._batch)
            news = self._batch.news(min(self._until + GRACE * ended - now, 1.0))
            yield from self._read(news)
            if not news and (not self._board.runs or now >= self._until + GRACE):
                # The connections were told to stop while we were giving, or hang.
                yield from self._read([
                    End(text, board_words.PERHAPS if text.begun else board_words.BROKEN)
                    for text in self._batch.texts
                    if not text.said
                ])  # fmt: skip
                return

    def leave(self) -> None:
        """Let the board forget what is left."""
        if self._given:
            self._board.end(self._batch)
        if self._parts_go:
            with contextlib.suppress(DatabaseError, InterfaceError):  # the lock went with its connection
                self._store.parts_went()

    def _give(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        ready: dict[bool, list[Part]] = {True: [], False: []}
        said: list[Handover] = []
        many = False
        for message in messages:
            written = self._writer.write(message)
            if isinstance(written, Handover):
                said.append(written)
                continue
            text = Text(message.reference, len(written), self._batch)
            self._batch.texts.append(text)
            ready[message.urgent].extend(Part(text, number, body) for number, body in enumerate(written, 1))
            self._unsaid += 1
            many = many or len(written) > 1
        if many and not self._parts_go:
            self._announce()
        if not self._given and (ready[True] or ready[False]):
            self._given = True
            self._board.use()
        for urgent, parts in ready.items():
            if parts:
                self._board.give(self._batch, parts, urgent=urgent)
        yield from said
        while news := self._batch.news(0):
            yield from self._read(news)

    def _announce(self) -> None:
        """Let nobody tell receipts of parts before `_keep` has named them."""
        try:
            self._store.parts_go()
        except (DatabaseError, InterfaceError):
            return  # then their names cannot be written either
        self._parts_go = True

    def _read(self, news: Sequence[board_words.News]) -> Iterator[Handover]:
        said: list[Handover] = []
        parts: list[SentPart] = []
        trouble: Trouble | None = None
        for one in news:
            if isinstance(one, Verdict):
                part = one.submit
                assert isinstance(part, Part)  # noqa: S101 - we give nothing else
                text = part.text
                kept = kept_id(one.message_id, self._style.ids)
                self.named.append(kept)
                if text.total == 1:
                    said.append(
                        Handover(text.reference, Fate.ACCEPTED, kept, parts=self._writer.parts_of(text.reference))
                    )
                    continue
                ids = self._ids.setdefault(text, {})
                ids[part.number] = kept
                parts.append(SentPart(text.reference, part.number, text.total, kept))
                if len(ids) == text.total:
                    ref = whole_ref(ids[1], text.total) if ids[1] else ""
                    said.append(Handover(text.reference, Fate.ACCEPTED, ref, parts=text.total))
            elif isinstance(one, End):
                said.append(self._ended(one))
            else:
                trouble = one.trouble
        self._keep(parts)
        self._unsaid -= len(said)
        yield from said
        if trouble is not None:
            raise GatewayError(self._board.account.says(trouble), lasting=trouble.lasting)

    def _keep(self, parts: list[SentPart]) -> None:
        """Write which parts a text went out in, before anybody is told that it went."""
        if not parts:
            return
        try:
            self._store.keep_parts(parts)
        except (DatabaseError, InterfaceError):
            # It went out all the same: then nothing more is heard of it than that.
            logger.warning("The parts of %d texts could not be written: their receipts will say nothing.", len(parts))

    def _ended(self, end: End) -> Handover:
        reference = end.text.reference
        if end.status == board_words.PERHAPS:
            words = IN_PART if end.text.taken else PERHAPS
            return Handover(reference, Fate.UNKNOWN, detail=words, try_again=True, perhaps=True)
        if end.status in {board_words.NO_TIME, board_words.BROKEN}:
            words = NO_TIME if end.status == board_words.NO_TIME else BROKEN
            return Handover(reference, Fate.UNKNOWN, detail=words, try_again=True)
        means = meaning(end.status)
        if means.without:
            self.without |= {means.without}
        wait_s = end.wait_s if end.status in SLOWER else None
        words = self._board.account.says(means.words)
        return Handover(reference, means.fate, detail=words, try_again=means.again, wait_s=wait_s)


def _try(account: Account, role: str) -> None:
    """Connect once, and say goodbye.

    Raises:
        Trouble: that does not go.
    """
    *others, last = asked(account)
    for address in others:
        with contextlib.suppress(NobodyThere):
            _greet(account, role, address)
            return
    _greet(account, role, last)


def _greet(account: Account, role: str, address: Where) -> None:
    line = Line(account, 0, role, address)
    try:
        while not line.talk.bound:
            line.look(time.monotonic())
            line.wait(line.due)
        line.part(time.monotonic())
        with contextlib.suppress(Trouble):
            while not line.look(time.monotonic()):
                line.wait(line.parting_until or line.due)
    finally:
        line.close()


# ------------------------------------------------------------ settings


def account_as_set(prefix: str = "SMPP") -> Account:
    """Return the provider that the settings name."""
    terms = Terms(_set(prefix, "USER"), _set(prefix, "PASSWORD"), _set(prefix, "SYSTEM_TYPE"))
    return Account(
        host=_set(prefix, "HOST"),
        port=_set(prefix, "PORT"),
        terms=terms,
        mode=_set(prefix, "MODE"),
        tls=_set(prefix, "TLS"),
        ca_file=_set(prefix, "CA_FILE"),
        binds=_set(prefix, "BINDS"),
        window=_set(prefix, "WINDOW"),
        enquire=_set(prefix, "ENQUIRE_SECONDS"),
        answer=_set(prefix, "ANSWER_SECONDS"),
        batch=_set(prefix, "BATCH_SECONDS"),
        prefix=prefix,
    )


def style_as_set(prefix: str = "SMPP") -> Style:
    """Return how texts are written, as the settings say."""
    return Style(
        sender=_set(prefix, "SENDER") or settings.REPLY_NUMBER,
        alphabet=_set(prefix, "ALPHABET"),
        long=_set(prefix, "LONG"),
        ids=_set(prefix, "RECEIPT_IDS"),
    )


def _set(prefix: str, name: str) -> Any:  # noqa: ANN401
    return getattr(settings, f"{prefix}_{name}")


def wrong_with(account: Account, style: Style) -> str:
    """Say what is wrong with the settings, in a sentence; nothing when they can be used."""
    return account.says(next(_faults(account, style), ""))


def _faults(account: Account, style: Style) -> Iterator[str]:
    if not account.host:
        yield "SMPP_HOST names no provider."
    if not account.terms.user:
        yield "SMPP_USER is empty: the provider gave us a name (system_id)."
    for name, value, known in (
        ("SMPP_TLS", account.tls, ("tls", "none")),
        ("SMPP_MODE", account.mode, tuple(MODES)),
        ("SMPP_ALPHABET", style.alphabet, tuple(Alphabet)),
        ("SMPP_LONG", style.long, tuple(Long)),
        ("SMPP_RECEIPT_IDS", style.ids, tuple(Ids)),
    ):
        if value not in known:
            yield f"{name} is {', '.join(known[:-1])} or {known[-1]}, not {value}."
    if style.sender and sender_of(plain_number(style.sender)) is None:
        yield (
            "SMPP_SENDER is a number, a short code, or a name of at most 11 letters and figures. "
            "Where it is empty, REPLY_NUMBER is taken."
        )
    if not (1 <= account.binds <= MOST_BINDS and 1 <= account.window <= MOST_WINDOW):
        yield f"SMPP_BINDS is 1 to {MOST_BINDS}, and SMPP_WINDOW 1 to {MOST_WINDOW}."
    if not 0 < account.answer < account.batch < LEASE:
        yield f"SMPP_ANSWER_SECONDS must be less than SMPP_BATCH_SECONDS, and both less than the lease ({LEASE})."
    if account.tls == "tls":
        try:
            secret(account.ca_file)
        except OSError:
            yield "SMPP_CA_FILE names no file with a certificate."
