"""What the service says by itself. Pure."""

import re

from hueandcry.domain.messaging.rules.commands import Command
from hueandcry.domain.messaging.rules.lines import Words
from hueandcry.kit.kinds import Kind
from hueandcry.kit.refs import ALPHABET, LENGTH


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
