"""E-mail by SMTP, through a relay: lines kept open, one round trip a letter where the relay offers PIPELINING.

Where it offers CHUNKING too, several letters go ahead of their answers on each line (`AHEAD`).

The relay signs (DKIM), queues and delivers; what it took is ACCEPTED, and bounces come back to the envelope's sender. A
letter that went whole and whose answer never came is handed back to be tried again: with the same Message-ID, by which
the far side knows a letter that it has.
"""

import re
import select
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.conf import settings
from django.utils import timezone

from hueandcry.gateways.contract import Again, Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.email.marks import key_of
from hueandcry.gateways.email.mime import Identity, NotALetterError, compose, date_line, mailbox
from hueandcry.gateways.email.smtp_lines import Line, Pool, Relay, secret
from hueandcry.gateways.email.smtp_wire import (
    FULL,
    GOOD,
    NEVER,
    Asked,
    Code,
    Conversation,
    Letter,
    Reply,
    Terms,
    Trouble,
)
from hueandcry.kit import clock

# A letter that several connections broke under is left for later.
TRIES = 3
# When connections bring nothing, one after the other, the relay cannot be spoken to now: two that never got as far as a
# letter, or one more under letters than a single bad letter can break.
IN_VAIN = TRIES + 1
IN_VAIN_EARLY = IN_VAIN // 2
# One more line for so many letters.
LETTERS_A_LINE = 5
# So many letters at most are on one line without an answer, where the relay offers CHUNKING.
AHEAD = 10
PERHAPS = "Perhaps sent: no answer came. It goes again as the same letter."
NO_TIME = "The relay took too long."
BROKEN = "The connection broke before it was sent."
# How often, in seconds, lines are looked at that say nothing.
LOOK_AFTER = 0.1
SAMPLE = "XXXXXXXXXX-1234567890123.0123456789ab"

# What a refusal means, by enhanced code (RFC 3463 and what large providers do with it); the longest that fits counts.
REFUSALS: dict[str, tuple[Fate, str]] = {
    "5": (Fate.FAILED, "The relay refused it."),
    "5.1": (Fate.BOUNCED, "There is no such address."),
    "5.1.7": (Fate.FAILED, "Our own address was refused."),
    "5.1.8": (Fate.FAILED, "Our own address was refused."),
    "5.2.1": (Fate.BOUNCED, "The mailbox is closed."),
    "5.2.2": (Fate.FAILED, "The mailbox is full."),
    "5.2.3": (Fate.FAILED, "The message is too large."),
    "5.3.4": (Fate.FAILED, "The message is too large."),
    # Exchange says this of a recipient that is not in its directory.
    "5.4.1": (Fate.BOUNCED, "There is no such address."),
    "5.4.4": (Fate.BOUNCED, "There is no such domain."),
    "5.6": (Fate.FAILED, "Its contents were refused."),
    "5.6.7": (Fate.FAILED, "Addresses with letters like these are not taken there."),
    "5.7": (Fate.FAILED, "A rule of the relay or of the mailbox refuses it."),
    "5.7.27": (Fate.FAILED, "Our own address was refused."),
}
# The same without an enhanced code: only at the address does 550 speak of the address.
REFUSED_ADDRESS: dict[int, tuple[Fate, str]] = {
    550: (Fate.BOUNCED, "There is no such address."),
    551: (Fate.BOUNCED, "The address has moved."),
    552: (Fate.FAILED, "The mailbox is full, or the message too large."),
    553: (Fate.BOUNCED, "There is no such address."),
}
# A 4xx that speaks of us and not of one address: use fewer lines.
_SLOWER = re.compile(r"4\.(?:3\.[12]|4\.5|5\.3|7\.(?:0|28))")
# A 5xx to MAIL that speaks of the letter's size; any other speaks of us, and is for somebody here to put right.
_SIZE = re.compile(r"5\.(?:2\.3|3\.4)")


def meaning(asked: Asked, reply: Reply) -> tuple[Fate, str, bool]:
    """Return what an answer means: fate, our words for it, and whether to try again."""
    if reply.kind == GOOD:
        return Fate.ACCEPTED, "", False
    said = f"({reply.code} {reply.enhanced})" if reply.enhanced else f"({reply.code})"
    if reply.kind != NEVER:
        return Fate.UNKNOWN, f"The relay asks to try again later {said}.", True
    if asked == Asked.MAIL:
        if reply.code == Code.TOO_LARGE or _SIZE.fullmatch(reply.enhanced):
            return Fate.FAILED, f"The message is too large. {said}", False
        return Fate.UNKNOWN, f"The relay does not take mail from us {said}: look at MAIL_FROM, MAIL_USER.", True
    if reply.enhanced:
        parts = reply.enhanced.split(".")
        fitting = (REFUSALS.get(".".join(parts[:length])) for length in (3, 2, 1))
        fate, words = next((row for row in fitting if row), REFUSALS["5"])
    elif asked == Asked.RCPT and reply.code in REFUSED_ADDRESS:
        fate, words = REFUSED_ADDRESS[reply.code]
    elif reply.code == Code.TOO_LARGE:
        fate, words = REFUSALS["5.3.4"]
    else:
        fate, words = REFUSALS["5"]
    return fate, f"{words} {said}", False


class SmtpMail:
    """E-mail through a relay that speaks SMTP."""

    name = "smtp"
    channel = "email"
    again = Again.SAME

    def __init__(self, relay: Relay | None = None, identity: Identity | None = None) -> None:
        self._relay = relay or relay_as_set()
        self._identity = identity or identity_as_set()
        self._wrong = _wrong_with(self._relay, self._identity)
        if not self._wrong and self._relay.terms.tls != "none":
            # Once: the machine's authorities are hundreds.
            self._relay = replace(self._relay, context=secret(self._relay.ca_file))
        self._pool = Pool(self._relay)

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand letters to the relay; yield what it said of each, as it says it.

        Raises:
            GatewayError: the relay cannot be spoken to; what was yielded stands, the rest did not go.
        """
        if not messages:
            return
        if self._wrong:
            raise GatewayError(self._wrong, lasting=True)
        batch = _Batch(self._pool, self._identity, messages)
        try:
            while batch.unfinished:
                batch.turn()
                yield from batch.said()
                if batch.hopeless is not None:
                    raise GatewayError(str(batch.hopeless), lasting=batch.hopeless.lasting)
            yield from batch.said()
        finally:
            batch.put_away()

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: bounces and answers come as mail, to other addresses."""
        return (), ()

    def check(self) -> str:
        """Return an empty text when the relay takes us in, in secret where that is set, else what is wrong."""
        if self._wrong:
            return self._wrong
        pool = Pool(self._relay)
        until = time.monotonic() + self._relay.batch
        while True:
            line = None
            try:
                line = pool.take()
                assert line is not None  # noqa: S101 - nobody else has one of this pool
                self._wait_until_ready(line, until)
            except Trouble as trouble:
                if line is not None and pool.has_another_way(line):
                    pool.forget()
                    continue
                return str(trouble)
            line.part()
            return ""

    def _wait_until_ready(self, line: Line, until: float) -> None:
        while not line.talk.ready:
            _poll([line], min(line.due, until))
            if time.monotonic() >= min(line.due, until):
                line.close()
                raise Trouble(_silent(self._relay))
            _move(line)

    def close(self) -> None:
        """Close the lines that are kept open."""
        self._pool.close()


class _Batch:
    """One call of send: which letters wait, which are on which line, what was said."""

    def __init__(self, pool: Pool, identity: Identity, messages: Sequence[Outgoing]) -> None:
        self.hopeless: Trouble | None = None
        self._pool, self._identity = pool, identity
        self._messages = iter(messages)
        self._date = date_line(timezone.localtime(clock.now()))
        self._again: deque[Letter] = deque()
        self._said: list[Handover] = []
        self._lines: list[Line] = []
        self._left = self._unsaid = len(messages)
        self._vain = 0
        self._proven = False
        self._most = pool.most
        self._per_line = pool.relay.per_connection
        self._throttled = False
        self._until = time.monotonic() + pool.relay.batch
        self._poll = select.poll()
        self._by_number: dict[int, Line] = {}
        self._stir = False
        self._look_at = 0.0

    @property
    def unfinished(self) -> bool:
        """Say whether anything is still to be said."""
        return self._unsaid > 0

    def said(self) -> list[Handover]:
        """Return what is newly known."""
        said, self._said = self._said, []
        return said

    def turn(self) -> None:
        """Do what can be done now, then wait until something happens."""
        self._open()
        if self.hopeless is not None:
            return
        now = time.monotonic()
        if now >= self._until:
            self._end()
            return
        if not self._lines:
            if self._left:
                self._pool.wait(LOOK_AFTER)
            return
        if self._stir:
            self._stir = False
            for line in list(self._lines):
                self._step(line, come=False)
        by_number = self._by_number
        for number, _ in self._poll.poll(LOOK_AFTER * 1000):
            if number in by_number:
                self._step(by_number[number])
        if now >= self._look_at:
            self._look_at = now + LOOK_AFTER
            self._leave_silent(now)

    def _leave_silent(self, now: float) -> None:
        """Give up lines that owe an answer for too long."""
        for line in list(self._lines):
            if (line.talk.waits or not line.talk.ready) and now >= line.due:
                self._lose(line, Trouble(_silent(self._pool.relay)))

    def put_away(self) -> None:
        """Give the lines back."""
        for line in self._lines:
            self._pool.give_back(line)
        if self._proven and self.hopeless is None and not self._throttled:
            self._pool.more()
        self._lines = []

    # ------------------------------------------------------------ lines

    def _open(self) -> None:
        """Have as many lines as the letters are worth; the first one alone shows that the relay takes us in."""
        while self._left and len(self._lines) < min(self._most, 1 + self._left // LETTERS_A_LINE):
            if self._lines and not self._proven:
                return
            try:
                line = self._pool.take()
            except Trouble as trouble:
                self._in_vain(trouble, IN_VAIN_EARLY)
                return
            if line is None:
                return
            self._lines.append(line)
            self._by_number[line.fileno()] = line
            line.polled = line.events
            self._poll.register(line.fileno(), line.polled)
            if line.talk.ready:
                self._proven = True
                self._step(line, come=False)

    def _step(self, line: Line, *, come: bool = True) -> None:
        """Read, hear, give the next letters, write."""
        talk = line.talk
        try:
            if come:
                line.move()
            if talk.verdicts:
                self._hear(talk)
            if talk.ready:
                self._proven = True
                if self._left:
                    self._feed(line)
            # Once, after all: a body and the next envelope go together.
            if talk.out:
                line.write()
        except Trouble as trouble:
            self._hear(talk)
            self._lose(line, trouble)
            return
        events = line.events
        if events != line.polled:
            line.polled = events
            self._poll.register(line.fileno(), events)
        if (not self._left or line.letters >= self._per_line) and not talk.waits:
            # Another batch waits for lines while this one waits for its last answers.
            self._drop(line)
            self._pool.give_back(line)

    def _hear(self, talk: Conversation) -> None:
        if verdicts := talk.verdicts:
            talk.verdicts = []
            self._vain = 0
            for letter, asked, reply in verdicts:
                # Nearly all: nothing to look up.
                if asked is Asked.BODY and reply.code == Code.DONE:
                    self._said.append(Handover(letter.reference, Fate.ACCEPTED, letter.known_as))
                else:
                    self._said.append(self._handover(letter, asked, reply))
            self._unsaid -= len(verdicts)

    def _feed(self, line: Line) -> None:
        """Give a line its next letters, if there are any that it can take; the last ones are shared by all lines."""
        talk = line.talk
        room = min(
            talk.room(min(AHEAD, self._left // len(self._lines) + 1)),
            self._per_line - line.letters,
        )  # fmt: skip
        while room > 0:
            if self._again and talk.waits and talk.chunking:
                # A line broke under it: nobody else shall break with it.
                return
            letter = self._next()
            if letter is None:
                return
            if talk.largest and len(letter.data) > talk.largest:
                self._say(letter.reference, Fate.FAILED, "The message is larger than the relay takes.")
            elif letter.international and "SMTPUTF8" not in talk.offers:
                self._say(letter.reference, Fate.FAILED, "The relay takes no addresses with letters like these.")
            else:
                talk.give(letter)
                line.letters += 1
                room = 0 if letter.tries > 1 or len(talk.out) > FULL else room - 1

    def _lose(self, line: Line, trouble: Trouble) -> None:
        """A line is gone: what it had in hand goes again on another, or was perhaps sent."""
        self._drop(line)
        ready = line.talk.ready
        perhaps, untouched = line.talk.lost()
        line.close()
        self._pool.forget()
        if trouble.unchunked:
            self._pool.chunking = False
        for letter in perhaps:
            self._say(letter.reference, Fate.UNKNOWN, PERHAPS, try_again=True, perhaps=True)
        for letter in untouched:
            if letter.tries < TRIES:
                self._again.append(letter)
                self._left += 1
                self._stir = True
            else:
                self._say(letter.reference, Fate.UNKNOWN, BROKEN, try_again=True)
        if self._pool.has_another_way(line):
            return
        if trouble.throttled:
            self._slower()
        if not ready and self._lines:
            # The relay gives us no more lines than these.
            self._most = len(self._lines)
        self._in_vain(trouble, 1 if ready else IN_VAIN_EARLY)

    def _in_vain(self, trouble: Trouble, weight: int) -> None:
        self._vain += weight
        if not self._lines and (trouble.lasting or self._vain >= IN_VAIN):
            self.hopeless = trouble

    def _drop(self, line: Line) -> None:
        self._lines.remove(line)
        self._poll.unregister(line.fileno())
        del self._by_number[line.fileno()]

    def _slower(self) -> None:
        if not self._throttled:
            self._throttled = True
            self._pool.fewer()
        self._most = max(1, min(self._most, self._pool.most))

    def _end(self) -> None:
        """The time is up: what was not answered is said as it stands."""
        for line in list(self._lines):
            self._drop(line)
            perhaps, untouched = line.talk.lost()
            line.close()
            self._pool.forget()
            for letter in perhaps:
                self._say(letter.reference, Fate.UNKNOWN, PERHAPS, try_again=True, perhaps=True)
            for letter in untouched:
                self._say(letter.reference, Fate.UNKNOWN, NO_TIME, try_again=True)
        while (waiting := self._next()) is not None:
            self._say(waiting.reference, Fate.UNKNOWN, NO_TIME, try_again=True)

    # ------------------------------------------------------------ letters

    def _next(self) -> Letter | None:
        if self._again:
            self._left -= 1
            return self._again.popleft()
        for message in self._messages:
            self._left -= 1
            try:
                return compose(message, self._identity, self._date)
            except NotALetterError as refusal:
                self._say(message.reference, refusal.fate, str(refusal))
        return None

    def _say(self, reference: str, fate: Fate, detail: str, *, try_again: bool = False, perhaps: bool = False) -> None:
        self._said.append(Handover(reference, fate, detail=detail, try_again=try_again, perhaps=perhaps))
        self._unsaid -= 1

    def _handover(self, letter: Letter, asked: Asked, reply: Reply) -> Handover:
        if reply.kind == GOOD:
            return Handover(letter.reference, Fate.ACCEPTED, letter.known_as)
        fate, detail, try_again = meaning(asked, reply)
        if try_again and (reply.code == Code.CLOSING or _SLOWER.fullmatch(reply.enhanced)):
            self._slower()
        return Handover(letter.reference, fate, detail=detail, try_again=try_again)


def _move(line: Line) -> None:
    try:
        line.move()
        line.write()
    except Trouble:
        line.close()
        raise


def _poll(lines: Sequence[Line], until: float) -> None:
    poll = select.poll()
    for line in lines:
        poll.register(line.fileno(), line.events)
    poll.poll(max(0.0, until - time.monotonic()) * 1000)


def _silent(relay: Relay) -> str:
    return f"The relay {relay.host} says nothing for {relay.answer:g} seconds."


# ------------------------------------------------------------ settings


def relay_as_set() -> Relay:
    """Return the relay that the settings name."""
    own = settings.MAIL_FROM.rpartition("@")[2]
    return Relay(
        host=settings.MAIL_HOST,
        port=settings.MAIL_PORT,
        terms=Terms(settings.MAIL_HELO or own, settings.MAIL_TLS, settings.MAIL_USER, settings.MAIL_PASSWORD),
        connections=settings.MAIL_CONNECTIONS,
        per_connection=settings.MAIL_PER_CONNECTION,
        idle=settings.MAIL_IDLE_SECONDS,
        answer=settings.MAIL_ANSWER_SECONDS,
        batch=settings.MAIL_BATCH_SECONDS,
        ca_file=settings.MAIL_CA_FILE,
        chunking=settings.MAIL_CHUNKING,
    )


def identity_as_set() -> Identity:
    """Return who writes, as the settings say."""
    return Identity(
        settings.MAIL_FROM,
        settings.FORCE_NAME or settings.SERVICE_NAME,
        settings.MAIL_REPLY_TO,
        settings.MAIL_BOUNCES_TO,
        key_of(settings.SECRET_KEY),
    )


def _wrong_with(relay: Relay, identity: Identity) -> str:
    """Return what is wrong with the settings, in a sentence; nothing when they can be used."""
    return next(_faults(relay, identity), "")


def _faults(relay: Relay, identity: Identity) -> Iterator[str]:
    if not relay.host:
        yield "Set MAIL_HOST: the relay that takes our mail."
    if relay.terms.tls not in {"starttls", "tls", "none"}:
        yield "MAIL_TLS is starttls, tls or none."
    if relay.terms.user and relay.terms.tls == "none":
        yield "A password is never sent in clear: set MAIL_TLS to starttls or tls."
    if not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", relay.terms.helo):
        yield "MAIL_HELO is our name in the network, such as mail.example.org."
    if min(relay.connections, relay.per_connection, relay.answer, relay.batch) <= 0:
        yield "MAIL_CONNECTIONS, MAIL_PER_CONNECTION and the seconds are 1 or more."
    addresses = {"MAIL_REPLY_TO": identity.reply_to, "MAIL_BOUNCES_TO": identity.bounces_to}
    used = {"MAIL_FROM": identity.address} | {name: address for name, address in addresses.items() if address}
    yield from (
        f"{name} is not an e-mail address." for name, address in used.items() if not _may_be_written_to(address)
    )
    if relay.terms.tls != "none":
        try:
            secret(relay.ca_file)
        except OSError:
            yield "MAIL_CA_FILE names a file that is not there or holds no certificate."


def _may_be_written_to(address: str) -> bool:
    try:
        return mailbox(address.replace("{reference}", SAMPLE)).isascii()
    except NotALetterError:
        return False
