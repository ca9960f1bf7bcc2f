"""SMPP 3.4 as a conversation of bytes, without sockets and without a clock.

Whoever holds the socket gives what came to `take` and writes `out`. Many submit_sm go at once and are answered in any
order; what the provider delivers by itself waits in `heard` until somebody says `answer`.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

HEADER: Final = struct.Struct(">IIII")
HEAD: Final = HEADER.size
# A header and an empty string.
_ANSWERED: Final = struct.Struct(">IIIIx")
# An optional parameter's tag and length.
PARAMETER: Final = struct.Struct(">HH")
# The specification's largest field (message_payload) and all others beside it. Beyond this somebody plays with us.
LONGEST_PDU: Final = 70_000
LAST_SEQUENCE: Final = 0x7FFFFFFF
# Answers in a row to what was never asked: then the provider and we do not mean the same by a number.
MOST_STRAYS: Final = 100
VERSION: Final = 0x34
ANSWER: Final = 0x80000000


class Command(IntEnum):
    """What is asked; its answer has the highest bit set as well."""

    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103
    GENERIC_NACK = 0x80000000


# As plain numbers: these are compared with every PDU that comes.
SUBMITTED: Final = int(ANSWER | Command.SUBMIT_SM)
SUBMIT: Final = int(Command.SUBMIT_SM)
DELIVER, DATA = int(Command.DELIVER_SM), int(Command.DATA_SM)


class Status(IntEnum):
    """The statuses that mean something of their own here; what all of them mean for a message is a table in smpp.py."""

    OK = 0x00
    INVALID_LENGTH = 0x02
    UNKNOWN_COMMAND = 0x03
    WRONG_STATE = 0x04
    BOUND_ALREADY = 0x05
    SYSTEM_ERROR = 0x08
    BIND_FAILED = 0x0D
    WRONG_PASSWORD = 0x0E
    WRONG_SYSTEM_ID = 0x0F
    QUEUE_FULL = 0x14
    WRONG_SYSTEM_TYPE = 0x53
    THROTTLED = 0x58
    NOT_NOW = 0x64
    NEVER = 0x65


# The provider has enough of us for now: nothing is wrong with the message.
SLOWER: Final = frozenset({Status.QUEUE_FULL, Status.THROTTLED})


class Tag(IntEnum):
    """The optional parameters that we read or write."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class Trouble(Exception):  # noqa: N818 - it says what is wrong with a line; GatewayError is what callers see
    """A connection that is of no more use, in a sentence without anything of the provider's or of a message's.

    `lasting` when trying again is no use; `full` when there are as many connections as the provider allows.
    """

    def __init__(self, sentence: str, *, lasting: bool = False, full: bool = False) -> None:
        super().__init__(sentence)
        self.lasting = lasting
        self.full = full


class MalformedError(ValueError):
    """What the provider delivered cannot be read."""


# What a refusal of a bind means: (sentence, whether trying again is no use).
REFUSED_BINDS: dict[int, tuple[str, bool]] = {
    Status.UNKNOWN_COMMAND: ("does not know this way of connecting: set SMPP_MODE to pair", True),
    Status.WRONG_STATE: ("does not allow this way of connecting: look at SMPP_MODE", True),
    Status.BOUND_ALREADY: ("allows no more connections than stand: look at SMPP_BINDS", False),
    Status.SYSTEM_ERROR: ("cannot take us in for now", False),
    # Said for a wrong name or password too, and for an address of ours that it does not know.
    Status.BIND_FAILED: (
        (
            "does not take us in: look at SMPP_USER, SMPP_PASSWORD and SMPP_BINDS, and ask whether it knows the "
            "address that we come from"
        ),
        False,
    ),
    Status.WRONG_PASSWORD: ("does not take our password: look at SMPP_PASSWORD", True),
    Status.WRONG_SYSTEM_ID: ("does not know our name: look at SMPP_USER", True),
    Status.QUEUE_FULL: ("has too much to do to take us in", False),
    Status.WRONG_SYSTEM_TYPE: ("does not take our system type: look at SMPP_SYSTEM_TYPE", True),
    Status.THROTTLED: ("wants us to come back later", False),
}
ROLES: Final[Mapping[str, Command]] = MappingProxyType({
    "transceiver": Command.BIND_TRANSCEIVER,
    "transmitter": Command.BIND_TRANSMITTER,
    "receiver": Command.BIND_RECEIVER,
})  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """How we introduce ourselves."""

    user: str
    password: str = field(default="", repr=False)
    system_type: str = ""


class Submit(Protocol):
    """One submit_sm; whoever made it keeps more about it.

    Attributes:
        end: how much had to be written before its last byte was.
        at: when it was given, by the clock of whoever holds the socket.
    """

    body: bytes
    end: int
    at: float


class Verdict(NamedTuple):
    """What the provider answered to one submit_sm."""

    submit: Submit
    status: int
    message_id: str


class Heard(NamedTuple):
    """What the provider delivers by itself (deliver_sm, data_sm), to be answered under its sequence number."""

    sequence: int
    command: int
    body: bytes


class Conversation:
    """One connection's talk in one role; begins with our bind."""

    def __init__(self, terms: Terms, role: str) -> None:
        self.out = bytearray()
        self.verdicts: list[Verdict] = []
        self.heard: list[Heard] = []
        self.bound = False
        # Either side has said goodbye: nothing more is given, the socket may be closed.
        self.over = False
        # Whole PDUs that came: a byte now and then is no sign of life.
        self.pdus = 0
        self.strays = 0
        self._submits: dict[int, Submit] = {}
        self._asked: dict[int, Command] = {}
        self._sequence = 0
        self._came = bytearray()
        self._needs = HEAD
        self._written = 0
        body = b"".join([
            *(_string(word) for word in (terms.user, terms.password, terms.system_type)),
            bytes([VERSION, 0, 0]),
            _string(""),
        ])  # fmt: skip
        self._ask(ROLES[role], body)

    # ------------------------------------------------------------ for the holder of the socket

    @property
    def flying(self) -> int:
        """Return how many submit_sm have no answer yet."""
        return len(self._submits)

    @property
    def oldest(self) -> Submit | None:
        """Return the submit_sm that has waited longest."""
        return next(iter(self._submits.values()), None)

    @property
    def waits(self) -> bool:
        """Say whether the provider owes an answer to something else: bind, enquire_link, unbind."""
        return bool(self._asked)

    def take(self, data: bytes) -> None:
        """Take what came.

        Raises:
            Trouble: the connection is of no more use; `lost` says what that means for what was submitted.
        """
        came = self._came
        if came or len(data) < self._needs:
            came += data
            if len(came) < self._needs:
                return
            data = bytes(came)
            came.clear()
        position, end = 0, len(data)
        unpack, submits, verdicts, heard = HEADER.unpack_from, self._submits, self.verdicts, self.heard
        bound, new = self.bound, tuple.__new__
        try:
            while end - position >= HEAD:
                length, command, status, sequence = unpack(data, position)
                if not HEAD <= length <= LONGEST_PDU:
                    raise self._wrong_length(sequence)
                after = position + length
                if after > end:
                    self._needs = length
                    break
                if command == SUBMITTED and sequence in submits:
                    text = data[position + HEAD : after].partition(b"\0")[0].decode("ascii", "replace")
                    # As Verdict(...) makes it, in half the time.
                    verdicts.append(new(Verdict, (submits.pop(sequence), status, text)))
                    self.pdus += 1
                    self.strays = 0
                elif command == DELIVER and bound:
                    heard.append(Heard(sequence, command, data[position + HEAD : after]))
                    self.pdus += 1
                else:
                    self._other(command, status, sequence, data[position + HEAD : after])
                    bound = self.bound
                position = after
            else:
                self._needs = HEAD
        finally:
            came += data[position:]

    def give(self, submits: Iterable[Submit]) -> None:
        """Submit messages; only while it is bound."""
        sequence, flying, pack = self._sequence, self._submits, HEADER.pack
        end = self._written + len(self.out)
        octets: list[bytes] = []
        for submit in submits:
            sequence = sequence % LAST_SEQUENCE + 1
            body = submit.body
            length = HEAD + len(body)
            octets += (pack(length, SUBMIT, 0, sequence), body)
            end += length
            submit.end = end
            flying[sequence] = submit
        self.out += b"".join(octets)
        self._sequence = sequence

    def sent(self, count: int) -> None:
        """Note that so many bytes of `out` have been handed to the network."""
        self._written += count
        del self.out[:count]

    def answer(self, heard: Iterable[Heard], status: int = Status.OK) -> None:
        """Answer what the provider delivered."""
        pack, length = _ANSWERED.pack, _ANSWERED.size
        # The message_id of a deliver_sm_resp is unused and empty.
        self.out += b"".join([pack(length, ANSWER | one.command, status, one.sequence) for one in heard])

    def enquire(self) -> None:
        """Ask whether the provider still lives."""
        self._ask(Command.ENQUIRE_LINK)

    def unbind(self) -> None:
        """Say goodbye."""
        self._ask(Command.UNBIND)

    def forget(self, submit: Submit) -> None:
        """Count on no answer to this one any longer."""
        for sequence, one in self._submits.items():
            if one is submit:
                del self._submits[sequence]
                return

    def lost(self) -> tuple[list[Submit], list[Submit]]:
        """Return what was perhaps taken, and what certainly was not, as the connection is lost."""
        perhaps: list[Submit] = []
        untouched: list[Submit] = []
        for submit in self._submits.values():
            # The last byte of it never left us: nobody can have read it.
            (untouched if submit.end > self._written else perhaps).append(submit)
        self._submits.clear()
        self._asked.clear()
        return perhaps, untouched

    # ------------------------------------------------------------ inside

    def _ask(self, command: Command, body: bytes = b"") -> None:
        self._sequence = self._sequence % LAST_SEQUENCE + 1
        self._asked[self._sequence] = command
        self.out += HEADER.pack(HEAD + len(body), command, 0, self._sequence) + body

    def _say(self, command: int, sequence: int, status: int = Status.OK) -> None:
        self.out += HEADER.pack(HEAD, command, status, sequence)

    def _wrong_length(self, sequence: int) -> Trouble:
        self._say(Command.GENERIC_NACK, sequence, Status.INVALID_LENGTH)
        return Trouble("The provider sends what is not SMPP.")

    def _other(self, command: int, status: int, sequence: int, body: bytes) -> None:
        """Take anything but an answer to a submit_sm."""
        self.pdus += 1
        if command & ANSWER:
            self._answered(command, status, sequence)
        elif command in {DELIVER, DATA}:
            one = Heard(sequence, command, body)
            if self.bound:
                self.heard.append(one)
            else:
                self.answer([one], Status.WRONG_STATE)
        elif command == Command.ENQUIRE_LINK:
            self._say(ANSWER | command, sequence)
        elif command == Command.UNBIND:
            self._say(ANSWER | command, sequence)
            self.over = True
        elif command not in {Command.ALERT_NOTIFICATION, Command.OUTBIND}:
            self._say(Command.GENERIC_NACK, sequence, Status.UNKNOWN_COMMAND)

    def _answered(self, command: int, status: int, sequence: int) -> None:
        refused = command == Command.GENERIC_NACK
        if refused and sequence in self._submits:
            self.verdicts.append(Verdict(self._submits.pop(sequence), status or Status.UNKNOWN_COMMAND, ""))
            return
        asked = self._asked.get(sequence)
        if asked is None or (command != ANSWER | asked and not refused):
            self._stray(refused=refused, sequence=sequence)
            return
        del self._asked[sequence]
        self.strays = 0
        if asked == Command.UNBIND:
            self.over = True
        elif asked in ROLES.values():
            if status or refused:
                raise refusal_of(status or Status.UNKNOWN_COMMAND)
            self.bound = True

    def _stray(self, *, refused: bool, sequence: int) -> None:
        """An answer to nothing: to what was given up, or doubled, or nonsense."""
        if refused and not sequence:
            raise Trouble("The provider cannot read what we say.")
        self.strays += 1
        if self.strays >= MOST_STRAYS:
            raise Trouble("The provider answers what was not asked.")


def refusal_of(status: int) -> Trouble:
    """Return what a refused bind means."""
    words, lasting = REFUSED_BINDS.get(status, ("does not take us in, with a status that we do not know", False))
    return Trouble(f"The provider {words} (0x{status:02X}).", lasting=lasting, full=status == Status.BOUND_ALREADY)


# ------------------------------------------------------------ what stands in a PDU


def _string(text: str) -> bytes:
    return text.encode("latin-1", "replace").replace(b"\0", b"") + b"\0"


def parameter(tag: Tag, value: bytes) -> bytes:
    """Return an optional parameter as it is written."""
    return PARAMETER.pack(tag, len(value)) + value


@dataclass(slots=True)
class Delivered:
    """What a deliver_sm or data_sm says; not frozen, for that sets each field by a call."""

    source_ton: int
    source: str = field(repr=False)
    destination: str = field(repr=False)
    esm_class: int
    data_coding: int
    octets: bytes = field(repr=False)
    parameters: dict[int, bytes] = field(repr=False)


def read_delivered(heard: Heard) -> Delivered:
    """Read what was delivered.

    Raises:
        MalformedError: it ends too early.
    """
    body = heard.body
    try:
        # service_type, then the type and plan of each number before it.
        at = body.index(b"\0") + 3
        ton, end = body[at - 2], body.index(b"\0", at)
        source = body[at:end].decode("latin-1")
        at = end + 3
        end = body.index(b"\0", at)
        destination = body[at:end].decode("latin-1")
        esm_class = body[end + 1]
        if heard.command == DATA:
            data_coding, octets, at = body[end + 3], b"", end + 4  # beside it: registered_delivery
        else:
            # Beside it: protocol_id, priority_flag, schedule_delivery_time, validity_period, registered_delivery,
            # replace_if_present_flag, sm_default_msg_id.
            at = body.index(b"\0", body.index(b"\0", end + 4) + 1) + 3
            data_coding, length = body[at], body[at + 2]
            octets = body[at + 3 : at + 3 + length]
            at += 3 + length
            if len(body) < at:
                raise MalformedError("It ends too early.")
    except (IndexError, ValueError) as early:
        raise MalformedError("It ends too early.") from early
    parameters = _parameters(body, at) if len(body) - at >= PARAMETER.size else {}
    return Delivered(
        ton, source, destination, esm_class, data_coding, octets or parameters.get(Tag.MESSAGE_PAYLOAD, b""), parameters
    )


def _parameters(body: bytes, at: int) -> dict[int, bytes]:
    """Return the optional parameters; what is cut off at the end is left out, as most others do."""
    found: dict[int, bytes] = {}
    while len(body) - at >= PARAMETER.size:
        tag, length = PARAMETER.unpack_from(body, at)
        value = body[at + PARAMETER.size : at + PARAMETER.size + length]
        at += PARAMETER.size + length
        if len(value) == length:
            found.setdefault(tag, value)
    return found
