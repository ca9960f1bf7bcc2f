"""The life of a message and how a short answer is read. Pure."""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field

from hueandcry.domain.members.rules import Channel
from hueandcry.kit.kinds import Kind
from hueandcry.kit.refs import ALPHABET, LENGTH
from hueandcry.kit.text import fold, storable


class MessagingError(ValueError):
    """Something about messages that is refused, in words for a screen."""


class Lane(Kind):
    """Who goes first: an urgent alert never waits behind a newsletter."""

    URGENT = "1urgent", "Urgent"
    NORMAL = "5normal", "Normal"
    BULK = "9bulk", "Bulk"


class MessageKind(Kind):
    """What a message is for."""

    ALERT = "alert", "Alert"
    STAND_DOWN = "stand_down", "Stand-down"
    ENDING = "ending", "What came of it"
    REPLY = "reply", "Reply to one person"
    CONTROL = "control", "Answer to a command such as STOP"
    WELCOME = "welcome", "Welcome or code for somebody who joins"
    NOTE = "note", "Message of a scheme to its own members"
    DIGEST = "digest", "Several messages in one"
    REMINDER = "reminder", "Reminder or question to one person"


class DeliveryState(Kind):
    """One message to one person: queued > leased > accepted > delivered > seen, or an end on the way."""

    HELD = "held", "Kept for the next digest"
    QUEUED = "queued", "Waiting"
    LEASED = "leased", "Being sent"
    ACCEPTED = "accepted", "Handed over"
    DELIVERED = "delivered", "Delivered"
    SEEN = "seen", "Answered or seen"
    BOUNCED = "bounced", "No such number or address"
    FAILED = "failed", "Not delivered"
    EXPIRED = "expired", "Too late to send"
    CANCELLED = "cancelled", "Cancelled before it was sent"
    STOPPED = "stopped", "Not sent: asked to stop"
    UNCERTAIN = "uncertain", "Perhaps sent: a person decides"
    BUNDLED = "bundled", "Sent as part of a digest"


# Receipts come late, twice and out of order: a state never gives way to one of lower rank.
RANK: dict[DeliveryState, int] = {
    DeliveryState.HELD: 0,
    DeliveryState.QUEUED: 0,
    DeliveryState.LEASED: 1,
    DeliveryState.UNCERTAIN: 2,
    DeliveryState.ACCEPTED: 3,
    DeliveryState.FAILED: 4,
    DeliveryState.EXPIRED: 4,
    DeliveryState.BOUNCED: 5,
    DeliveryState.CANCELLED: 5,
    DeliveryState.STOPPED: 5,
    DeliveryState.BUNDLED: 5,
    DeliveryState.DELIVERED: 6,
    DeliveryState.SEEN: 7,
}
DUE = (DeliveryState.QUEUED, DeliveryState.LEASED)
REACHED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.SEEN)
# Who must hear that it is over: those whom it reached, and those whom it perhaps reached.
TOLD = (*REACHED, DeliveryState.UNCERTAIN)

# What goes to many; a stop ends these, and a stand-down follows them.
BROADCASTS = (MessageKind.ALERT, MessageKind.STAND_DOWN)

# How long one worker has for one window; after a crash its rows are due again by themselves.
LEASE = dt.timedelta(seconds=60)
# How long one job goes on before it steps back behind other messages.
SLICE = dt.timedelta(seconds=20)
BACK_OFF = (
    dt.timedelta(seconds=5),
    dt.timedelta(seconds=30),
    dt.timedelta(minutes=2),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
)
# A message without an end of its own is not tried for ever.
KEEP_TRYING = dt.timedelta(hours=72)
# An answer without a reference belongs to what the address last got, if that is not longer ago.
ANSWER_WITHIN = dt.timedelta(hours=72)
# A receipt for a message that we do not know waits this long for it.
ORPHAN_AFTER = dt.timedelta(days=1)
LONGEST_REPLY = 1000
LONGEST_PROVIDER_REF = 80
# A machine at the other end may ask HELP of every answer to HELP: after so many in an hour the service says no more.
MOST_ASKED = 5
MOST_ASKED_WITHIN = dt.timedelta(hours=1)


def can_hear(*, channel: str, address: str) -> bool:
    """Say whether an answer can go there: not to a withheld number, nor to a name that a text came from."""
    return "@" in address if channel == Channel.EMAIL else address.removeprefix("+").isdigit()


def kept_ref(provider_ref: str) -> str:
    """Return a provider's word for a message as we keep it: its hash where it is too long for the column."""
    kept = storable(provider_ref)
    return kept if len(kept) <= LONGEST_PROVIDER_REF else hashlib.sha256(kept.encode()).hexdigest()


def back_off(attempts: int) -> dt.timedelta:
    """Return how long to wait after this many attempts: 5 s, 30 s, 2 min, 10 min, then every hour."""
    return BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]


class Command(Kind):
    """What a short text asks of the service itself (domain.md A24)."""

    NONE = "none", "An answer for people to read"
    STOP = "stop", "Stop these messages"
    STOP_ALL = "stop_all", "Stop everything, open cases too"
    START = "start", "Start again"
    HELP = "help", "Help"
    WHO = "who", "Is this really the police?"
    MAYBE_STOP = "maybe_stop", "Perhaps wants to stop: a person decides"


@dataclass(frozen=True)
class Words:
    """What is said, by channel: `text` for texts, `spoken` for calls, `subject` and `email` for e-mail.

    `{page}` in `email` becomes the link to the member's own page.
    """

    text: str
    spoken: str
    subject: str
    email: str


@dataclass(frozen=True)
class Progress:
    """Where one message's deliveries stand.

    Attributes:
        total: deliveries made.
        by_state: how many in each state (states with none are left out).
        by_channel: for each channel, how many in each state.
        first_at, last_at: seconds from queueing to the first and the last hand-over; None before it.
        waiting: deliveries still due.
    """

    total: int
    by_state: dict[DeliveryState, int]
    by_channel: dict[str, dict[DeliveryState, int]]
    first_after: float | None
    last_after: float | None
    waiting: int


@dataclass(frozen=True)
class InboundLine:
    """One message from somebody, as other rooms read it.

    Attributes:
        about: what it answers, e.g. alert:K7M2PQ; empty when it came out of the blue.
        organisation_id: whose message it answers, else the force.
    """

    ref: str
    conversation_ref: str
    about: str
    member_id: int | None
    organisation_id: int
    channel: str
    body: str = field(repr=False)
    command: Command
    received_at: dt.datetime


@dataclass(frozen=True)
class ThreadLine:
    """One message of a conversation as a screen shows it: theirs with its command, ours with what became of it."""

    at: dt.datetime
    ours: bool
    body: str = field(repr=False)
    kind: MessageKind | None
    state: DeliveryState | None
    command: Command | None
    ref: str


@dataclass(frozen=True)
class Thread:
    """A conversation with one address about one thing, oldest message first."""

    ref: str
    about: str
    channel: str
    address: str = field(repr=False)
    member_id: int | None
    opened_at: dt.datetime
    last_at: dt.datetime
    lines: tuple[ThreadLine, ...]


@dataclass(frozen=True)
class Answered:
    """Who answered about one thing: conversations that hold an answer, and the members among them."""

    conversations: int
    member_ids: tuple[int, ...]


@dataclass(frozen=True)
class ReceivedLine:
    """One message as its member's own page shows it."""

    at: dt.datetime
    channel: Channel
    text: str


@dataclass(frozen=True)
class PhoneLine:
    """One message on a sandbox phone."""

    at: dt.datetime
    from_phone: bool
    subject: str
    body: str
    gateway: str


@dataclass(frozen=True)
class Phone:
    """A sandbox phone, mailbox or landline with its last messages, newest first."""

    address: str
    channel: str
    lines: tuple[PhoneLine, ...]


class ControlWords(Kind):
    """What the service says by itself."""

    STOP = "stop"
    STOP_ALL = "stop_all"
    START = "start"
    NOT_SIGNED_UP = "not_signed_up"
    HELP = "help"
    WHO = "who"
    THANKS = "thanks"
    MAYBE_STOP = "maybe_stop"


# Each is one GSM-7 text with the longest signature (30 signs) and reference: tested. None promises that somebody comes.
CONTROL_WORDS: dict[ControlWords, str] = {
    ControlWords.STOP: (
        "{signs}: done, no more alerts will come here. If you have an open case we may still write: STOP ALL ends that "
        "too. START to join again."
    ),
    ControlWords.STOP_ALL: (
        "{signs}: done, nothing more will come here. START to join again. In danger, or crime happening now? Call 999."
    ),
    ControlWords.START: "{signs}: welcome back, alerts will come here again. STOP ends them. In danger? Call 999.",
    ControlWords.NOT_SIGNED_UP: (
        "{signs}: nobody is signed up here, so no alerts will come. To join, ring 101 and ask for us. Danger now? 999."
    ),
    ControlWords.HELP: (
        "{signs}: answer alerts by replying, as often as you like. STOP ends them. WHO: is it us? "
        "Danger or crime now: 999. Not urgent: 101."
    ),
    ControlWords.WHO: (
        "This is {signs}. To check, ring 101 and ask for us. We never ask for money, passwords or bank details. "
        "Danger now? 999."
    ),
    ControlWords.THANKS: (
        "{signs}: thank you, your message is here{ref}. Danger or crime happening now? Call 999. Keep your distance. "
        "Reply to add more."
    ),
    ControlWords.MAYBE_STOP: (
        "{signs}: thank you, your message is here{ref}. To end alerts reply with just the word STOP. "
        "Danger now? Call 999."
    ),
}
COMMAND_WORDS: dict[Command, ControlWords] = {
    Command.STOP: ControlWords.STOP,
    Command.STOP_ALL: ControlWords.STOP_ALL,
    Command.START: ControlWords.START,
    Command.HELP: ControlWords.HELP,
    Command.WHO: ControlWords.WHO,
    Command.NONE: ControlWords.THANKS,
    Command.MAYBE_STOP: ControlWords.MAYBE_STOP,
}
# These are for people to read: everything else the service deals with by itself.
ANSWERS = (Command.NONE, Command.MAYBE_STOP)

_REF = re.compile(rf"(?<![0-9A-Z])[{ALPHABET}]{{{LENGTH}}}(?![0-9A-Z])")


def control_words(which: ControlWords, *, signs: str, about: str = "") -> Words:
    """Return what the service says by itself, signed, with the reference of what it is about when there is one."""
    ref = about.partition(":")[2]
    text = CONTROL_WORDS[which].format(signs=signs, ref=f", ref {ref}" if ref else "")
    return Words(text=text, spoken=text, subject=f"{signs}: your message", email=text)


def refs_in(text: str) -> tuple[str, ...]:
    """Return whatever in a text could be one of our references; whether it is one, the tables know."""
    return tuple(dict.fromkeys(_REF.findall(text.upper())))


# What a whole message says to the service, folded by kit.text (domain.md A24; the defaults of four providers).
# YES is not here: to us it is an answer. Anything longer is for people to read.
COMMANDS: dict[Command, frozenset[str]] = {
    Command.STOP: frozenset({
        "STOP", "END", "QUIT", "CANCEL", "UNSUBSCRIBE", "UNSUB", "OPTOUT", "OPT OUT", "REMOVE", "REVOKE", "TD",
        "ARRET", "STOPIWCH", "STOPIO",
    }),
    Command.STOP_ALL: frozenset({"STOP ALL", "STOPALL", "STOPIWCH BOPETH", "STOPIO POPETH"}),
    Command.START: frozenset({"START", "UNSTOP", "RESUME", "GO", "SUBSCRIBE", "DECHRAU", "AILDDECHRAU"}),
    Command.HELP: frozenset({"HELP", "INFO", "CYMORTH"}),
    Command.WHO: frozenset({
        "WHO", "WHO IS THIS", "WHOS THIS", "WHO ARE YOU", "WHO R U", "IS THIS REALLY THE POLICE",
        "IS THIS THE POLICE", "PWY", "PWY SYDD YNA",
    }),
}  # fmt: skip

# A message made of nothing but these, with one word of the first group, seems to ask us to stop: a person decides.
_STOP_WORDS = """
STOP STOPP STOPPED STOPPING STOPALL UNSUBSCRIBE UNSUB OPTOUT OPT QUIT CANCEL REMOVE END ENOUGH STOPIWCH STOPIO
"""
_ROUND_ABOUT = """
A ALERT ALERTS ALL AM AND ANY ANYMORE AT BE CAN CEASE CHEERS CONTACTING COULD DEAR EMAIL EMAILING EMAILS EVERYTHING
FARM FOR FROM FURTHER GET GETTING HELLO HI I ID IM IMMEDIATELY IPHONE IT JUST KINDLY LIKE LIST ME MESSAGE MESSAGES
MESSAGING MORE MSG MSGS MY NAME NOW NUMBER OF OFF ON ONCE OUR OUT PHONE PLEASE PLS PLZ POLICE REALLY RECEIVE RECEIVING
RURAL SEND SENDING SENT SERVICE SMS SORRY SUBSCRIPTION TA TEXT TEXTING TEXTS THANK THANKS THANKYOU THANX THE THESE
THIS THX TO TXT TXTS TY US USING WANT WATCH WILL WISH WITH WOULD YOU YOUR DIOLCH OS GWELWCH YN DDA NEGESEUON CHI
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
ROUND_ABOUT = frozenset(_ROUND_ABOUT.split())
# Turns of phrase that ask the same wherever they stand, in a short message or a long one.
_WHAT_WE_SEND = r"(?:TEXTS|TXTS|MESSAGES|MSGS|ALERTS|SMS|EMAILS)"
STOP_PHRASE = re.compile(
    r"\b(?:"
    r"(?:STOP|QUIT|CEASE) (?:TEXTING|TXTING|MESSAGING|SENDING|CONTACTING|EMAILING|CALLING|RINGING)"
    rf" (?:ME|US|THESE|THIS|THOSE|ANY|{_WHAT_WE_SEND})"
    r"|(?:TAKE|REMOVE|DELETE) (?:ME|US|MY NUMBER|MY NAME|OUR NUMBER) (?:OFF|FROM)"
    r"|UNSUBSCRIBE (?:ME|US)"
    r"|(?:I|WE) (?:WANT TO|WISH TO|WOULD LIKE TO|D LIKE TO) (?:OPT OUT|UNSUBSCRIBE|STOP RECEIVING|STOP GETTING)"
    r"|(?:DO NOT|DONT|NEVER) (?:TEXT|TXT|MESSAGE|MSG|CONTACT|EMAIL) (?:ME|US)"
    r"|(?:DO NOT|DONT) SEND (?:ME|US) (?:ANY|ANYMORE|MORE|THESE)"
    r"|(?:DO NOT|DONT|NO LONGER) (?:WANT|WISH)(?: TO| GET| RECEIVE| ANY| MORE| THESE| YOUR| THE)*"
    rf" {_WHAT_WE_SEND}"
    r")\b"
    rf"|^(?:PLEASE |PLS |PLZ )?NO (?:MORE|FURTHER) {_WHAT_WE_SEND}(?: PLEASE| PLS| PLZ| THANKS| THANK YOU)*$"
)
_NOT_STOP = re.compile(
    r"\b(?:DONT|DO NOT|NEVER|DIDNT|DID NOT|WONT|WILL NOT|CANT|CANNOT|PEIDIWCH A) (?:STOP|END|QUIT|CANCEL)\b"
)
_MAIL_FOOT = re.compile(r"\b(?:sent|get outlook) (?:from|for) .{0,60}\Z", re.IGNORECASE | re.DOTALL)
_LONGEST_NEAR_STOP = 12


# Where a mail program says that what follows is somebody else's: everything below is theirs.
_THEIRS_BELOW = re.compile(
    r"-{2,} ?(?:original|forwarded) message|begin forwarded message|_{10,}\Z|-- ?\Z", re.IGNORECASE
)
_HEADER = re.compile(r"\*?(?:from|sent|date|to|subject|oddi wrth):", re.IGNORECASE)
_ON_A_DAY = re.compile(r"(?:on|ar) .{4,300}(?:wrote|ysgrifennodd).{0,80}:\Z", re.IGNORECASE)


def own_words(text: str, channel: str) -> str:
    """Return what somebody wrote themselves: of an e-mail without what it quotes, its signature and its foot.

    Our own alert stands quoted below most answers by e-mail: its plate and place are not what the answerer saw.
    """
    if channel != Channel.EMAIL:
        return text
    own: list[str] = []
    lines, place = [line.strip() for line in text.splitlines()], 0
    while place < len(lines) and not _theirs_from_here(lines[place : place + 3]):
        over = _lines_of_attribution(lines[place : place + 3])
        if not over and not lines[place].startswith(">"):
            own.append(lines[place])
        place += over or 1
    return _MAIL_FOOT.sub("", "\n".join(own)).strip()


def _theirs_from_here(lines: list[str]) -> bool:
    return bool(_THEIRS_BELOW.match(lines[0])) or sum(bool(_HEADER.match(line)) for line in lines) > 1


def _lines_of_attribution(lines: list[str]) -> int:
    """Return over how many lines `On Tuesday so-and-so wrote:` goes, or 0."""
    if lines[0][:3].casefold() not in {"on ", "ar "}:
        return 0
    return next((many for many in range(1, len(lines) + 1) if _ON_A_DAY.match(" ".join(lines[:many])[:400])), 0)


def read_command(text: str) -> Command:
    """Say whether a whole message is a command, once capitals, accents, signs and spaces are folded away.

    Only the bare word stops anything: "Stop them, white van!" is an answer. What seems to ask us to stop is MAYBE_STOP.
    "HELP!" with an exclamation mark is a cry, not a command: it goes to a person.
    """
    said = fold(text)
    for command, words in COMMANDS.items():
        if said in words and not (command == Command.HELP and "!" in text):
            return command
    return Command.MAYBE_STOP if _seems_to_ask_us_to_stop(fold(_MAIL_FOOT.sub("", text))) else Command.NONE


def _seems_to_ask_us_to_stop(said: str) -> bool:
    if _NOT_STOP.search(said):
        return False
    if STOP_PHRASE.search(said):
        return True
    words = frozenset(said.split())
    if len(said.split()) > _LONGEST_NEAR_STOP or not words & STOP_WORDS:
        return False
    return words <= STOP_WORDS | ROUND_ABOUT
