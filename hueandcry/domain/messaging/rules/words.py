"""What the service says by itself. Pure."""

import re

from hueandcry.domain.members.rules.texting import TextReply
from hueandcry.domain.messaging.rules.commands import Command
from hueandcry.domain.messaging.rules.lines import Words
from hueandcry.kit.kinds import Kind
from hueandcry.kit.refs import ALPHABET, LENGTH
from hueandcry.kit.words import mark, say, texted


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
    STOP_ONE = "stop_one"
    STOP_SCHEME = "stop_scheme"
    JOIN_WHERE = "join_where"
    JOIN_WHERE_AGAIN = "join_where_again"
    JOIN_KIND = "join_kind"
    JOINED = "joined"
    JOIN_KNOWN = "join_known"
    JOIN_KNOWN_ADD = "join_known_add"
    JOIN_ADDED = "join_added"
    JOIN_ELSEWHERE = "join_elsewhere"
    JOIN_PASSED_ON = "join_passed_on"
    JOIN_TO_PERSON = "join_to_person"
    CONFIRMED = "confirmed"
    MUTED = "muted"
    CALL = "call"
    CALL_BACK = "call_back"
    WELCOME = "welcome"
    WELCOME_YES = "welcome_yes"
    ASK_AGAIN = "ask_again"
    ASK_MAIL = "ask_mail"
    MAIL_ASKED = "mail_asked"
    MAIL_OK = "mail_ok"
    MAIL_WRONG = "mail_wrong"


# Each is one GSM-7 text with the longest signature (30 signs) and reference: tested. None promises that somebody comes.
CONTROL_WORDS: dict[ControlWords, str] = {
    ControlWords.STOP: mark(
        "{signs}: done, no more alerts will come here. If you have an open case we may still write: STOP ALL ends that "
        "too. START to join again."
    ),
    ControlWords.STOP_ALL: mark(
        "{signs}: done, nothing more will come here. START to join again. In danger, or crime happening now? Call 999."
    ),
    ControlWords.START: mark(
        "{signs}: welcome back, alerts will come here again. STOP ends them. In danger? Call 999."
    ),
    ControlWords.NOT_SIGNED_UP: mark(
        "{signs}: nobody is signed up here, so no alerts will come. To join, reply JOIN and your postcode. "
        "Danger now? 999."
    ),
    ControlWords.HELP: mark(
        "{signs}: answer alerts by replying, as often as you like. STOP ends them. WHO: is it us? "
        "Danger or crime now: 999. Not urgent: 101."
    ),
    ControlWords.WHO: mark(
        "This is {signs}. To check, ring 101 and ask for us. We never ask for money, passwords or bank details. "
        "Danger now? 999."
    ),
    ControlWords.THANKS: mark(
        "{signs}: thank you, your message is here{ref}. Danger or crime happening now? Call 999. Keep your distance. "
        "Reply to add more."
    ),
    ControlWords.MAYBE_STOP: mark(
        "{signs}: thank you, your message is here{ref}. To end alerts reply with just the word STOP. "
        "Danger now? Call 999."
    ),
    ControlWords.STOP_ONE: mark(
        "{signs}: done, no more alerts from us. Others may still write here: STOP once more ends theirs too. "
        "START to have ours again."
    ),
    ControlWords.STOP_SCHEME: mark(
        "{signs}: {scheme} will send you no more of its own messages. Alerts go on; STOP again ends them too."
    ),
    ControlWords.JOIN_WHERE: mark(
        "{signs}: good to hear from you. Text us the postcode of your home, farm or boat, or its grid reference. "
        "STOP ends this."
    ),
    ControlWords.JOIN_WHERE_AGAIN: mark(
        "{signs}: sorry, we do not know that place. Text us the whole postcode again, or a grid reference. "
        "STOP ends this."
    ),
    ControlWords.JOIN_KIND: mark(
        "{signs}: thank you. Now tell us what it is, in one word: FARM, HORSE, BOAT, VILLAGE or BUSINESS. "
        "STOP ends this."
    ),
    ControlWords.JOINED: mark(
        "{signs}: you are in. We text crime alerts for {place}; reply to them freely. STOP ends it. WHO: is it us? "
        "Danger now? 999."
    ),
    ControlWords.JOIN_KNOWN: mark(
        "{signs}: you are signed up already, alerts come to this number. STOP ends them. HELP says more. "
        "Danger now? 999."
    ),
    ControlWords.JOIN_KNOWN_ADD: mark(
        "{signs}: you are signed up already. Reply ADD to hear about {place} as well. STOP ends all. Danger now? 999."
    ),
    ControlWords.JOIN_ADDED: mark(
        "{signs}: done, you will hear about {place} as well. STOP ends all. Danger now? 999."
    ),
    ControlWords.JOIN_ELSEWHERE: mark(
        "{signs}: {place} belongs to another police force. Reply PASS and we tell them that you want to join. "
        "Danger now? 999."
    ),
    ControlWords.JOIN_PASSED_ON: mark(
        "{signs}: thank you, we tell the other force. They write to you themselves. Danger or crime happening now? "
        "Call 999."
    ),
    ControlWords.JOIN_TO_PERSON: mark(
        "{signs}: thank you. We cannot find that place, so one of us will look at it. Danger or crime happening now? "
        "Call 999."
    ),
    ControlWords.CONFIRMED: mark(
        "{signs}: thank you, that is confirmed: alerts will come here. STOP ends them. WHO: is it us? Danger now? 999."
    ),
    ControlWords.MUTED: mark(
        "{signs}: no alerts until {until}. START ends the quiet sooner. An open case may still write. Danger now? 999."
    ),
    ControlWords.CALL: mark(
        "{signs}: thank you, we ring you on this number as soon as we can{ref}. Danger or crime happening "
        "now? Call 999."
    ),
    ControlWords.CALL_BACK: mark(
        "This is {signs}. You rang us. Press 1, and we ring you to sign you up. Press 9, and we never call again. "
        "Danger? 999."
    ),
    ControlWords.WELCOME: mark(
        "{signs}: welcome. You agreed to our alerts, they come here. STOP ends them. WHO: is it really us? "
        "Danger now? Call 999."
    ),
    ControlWords.WELCOME_YES: mark(
        "{signs}: welcome. You agreed to our alerts. Reply YES to confirm, STOP to end. WHO: is it really us? "
        "Danger now? Call 999."
    ),
    ControlWords.ASK_AGAIN: mark(
        "{signs}: you stopped our alerts, and now told us you want them again. Is that so? Reply YES. If "
        "not, do nothing."
    ),
    ControlWords.ASK_MAIL: mark(
        "{signs}: our e-mails to you come back. Reply EMAIL and your address, or EMAIL OK if ours is right. "
        "Texts go on. Danger? 999."
    ),
    ControlWords.MAIL_ASKED: mark(
        "{signs}: we wrote to that address. Open that e-mail and type its code. Not you? Ring 101. Danger? 999."
    ),
    ControlWords.MAIL_OK: mark(
        "{signs}: thank you, we use your e-mail address again. If it comes back once more, we stop. Danger? 999."
    ),
    ControlWords.MAIL_WRONG: mark(
        "{signs}: sorry, we cannot write to that address now. Look at it once more, or change it on your page. "
        "Danger? 999."
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
    Command.JOIN: ControlWords.JOIN_WHERE,
    Command.YES: ControlWords.CONFIRMED,
    Command.MUTE: ControlWords.MUTED,
    Command.CALL: ControlWords.CALL,
    Command.MISSED: ControlWords.CALL_BACK,
    Command.MAIL: ControlWords.MAIL_ASKED,
}
JOIN_WORDS: dict[TextReply, ControlWords] = {
    TextReply.ASK_WHERE: ControlWords.JOIN_WHERE,
    TextReply.ASK_WHERE_AGAIN: ControlWords.JOIN_WHERE_AGAIN,
    TextReply.ASK_KIND: ControlWords.JOIN_KIND,
    TextReply.JOINED: ControlWords.JOINED,
    TextReply.KNOWN: ControlWords.JOIN_KNOWN,
    TextReply.KNOWN_ADD: ControlWords.JOIN_KNOWN_ADD,
    TextReply.ADDED: ControlWords.JOIN_ADDED,
    TextReply.ELSEWHERE: ControlWords.JOIN_ELSEWHERE,
    TextReply.PASSED_ON: ControlWords.JOIN_PASSED_ON,
    TextReply.TO_PERSON: ControlWords.JOIN_TO_PERSON,
}
# These are for people to read: everything else the service deals with by itself.
ANSWERS = (Command.NONE, Command.MAYBE_STOP, Command.CALL)
# Thanked once a conversation, of themselves; who wants to be rung is told so each time.
THANKED = (Command.NONE, Command.MAYBE_STOP)
# What these say has nothing to do with the alert that came before.
OF_ITSELF = (Command.JOIN, Command.YES, Command.MISSED, Command.MAIL)
# What stands on the desk for what has no words of its own.
MISSED_CALL = "(Rang us and hung up: wants to be rung.)"
PRESSED_ONE = "(Rang us, was rung back and pressed 1: wants to join. Ring them.)"
PRESSED_TWO = "(Pressed 2 in our call: has seen something, and wants to be rung.)"

_REF = re.compile(rf"(?<![0-9A-Z])[{ALPHABET}]{{{LENGTH}}}(?![0-9A-Z])")


def control_words(
    which: ControlWords, *, signs: str, about: str = "", place: str = "", until: str = "", scheme: str = ""
) -> Words:
    """Return what the service says by itself, signed, with the reference of what it is about when there is one.

    It speaks the language of the moment (`kit.words.speaking`).
    """
    ref = about.partition(":")[2]
    said = say(CONTROL_WORDS[which]).format(
        signs=signs,
        ref=f", ref {ref}" if ref else "",
        place=place or say("your place"),
        until=until,
        scheme=_short(scheme),
    )
    return Words(text=texted(said), spoken=said, subject=say("{signs}: your message").format(signs=signs), email=said)


# With the longest signature one text holds the words round it in every language: tested.
_SCHEME_MOST = 44


def _short(name: str) -> str:
    """Return the name of a scheme so short that one text holds it."""
    return name if len(name) <= _SCHEME_MOST else f"{name[: _SCHEME_MOST - 1].rstrip()}."


def refs_in(text: str) -> tuple[str, ...]:
    """Return whatever in a text could be one of our references; whether it is one, the tables know."""
    return tuple(dict.fromkeys(_REF.findall(text.upper())))
