"""How a short text is read: what a whole message asks of the service itself. Pure."""

import re

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.members.rules.texting import read_wish
from hueandcry.domain.members.rules.tongue_words import every
from hueandcry.domain.messaging.rules import commands_elsewhere as elsewhere
from hueandcry.kit.kinds import Kind
from hueandcry.kit.text import fold


class Command(Kind):
    """What a short text asks of the service itself (domain.md A24)."""

    NONE = "none", "An answer for people to read"
    STOP = "stop", "Stop these messages"
    STOP_ALL = "stop_all", "Stop everything, open cases too"
    START = "start", "Start again"
    HELP = "help", "Help"
    WHO = "who", "Is this really the police?"
    MAYBE_STOP = "maybe_stop", "Perhaps wants to stop: a person decides"
    JOIN = "join", "Wants to join"
    YES = "yes", "Confirms, or agrees again"
    MUTE = "mute", "Wants quiet for some days"
    CALL = "call", "Wants to be rung"
    MISSED = "missed", "Rang and hung up: is rung back"
    MAIL = "mail", "Puts an e-mail address right that we asked about"


# What a whole message says to the service, folded by kit.text (domain.md A24; the defaults of four providers).
# YES is not here: to us it is an answer. Anything longer is for people to read.
COMMANDS: dict[Command, frozenset[str]] = {
    Command.STOP: frozenset({
        "STOP", "END", "QUIT", "CANCEL", "UNSUBSCRIBE", "UNSUB", "OPTOUT", "OPT OUT", "REMOVE", "REVOKE", "TD",
        "ARRET", *every(elsewhere.STOP),
    }),
    Command.STOP_ALL: frozenset({
        "STOP ALL", "STOPALL", *every(elsewhere.STOP_ALL),
    }),
    Command.START: frozenset({"START", "UNSTOP", "RESUME", "GO", "SUBSCRIBE", *every(elsewhere.START)}),
    Command.CALL: frozenset({
        "CALL", "CALL ME", "CALL ME BACK", "CALL PLEASE", "CALL ME PLEASE", "PLEASE CALL", "PLEASE CALL ME", "RING ME",
        "PLEASE RING ME", "RING ME BACK", *every(elsewhere.CALL),
    }),
    Command.HELP: frozenset({"HELP", "INFO", *every(elsewhere.HELP)}),
    Command.WHO: frozenset({
        "WHO", "WHO IS THIS", "WHOS THIS", "WHO ARE YOU", "WHO R U", "IS THIS REALLY THE POLICE",
        "IS THIS THE POLICE", *every(elsewhere.WHO),
    }),
}  # fmt: skip

# MUTE, MUTE 7, MUTE 2 WEEKS: how long nothing is sent.
_UNIT = rf"(?:D|DAYS?|W|WKS?|WEEKS?|{elsewhere.MUTE_UNITS})"
_LONG = rf"(?:(?:FOR|{elsewhere.MUTE_FOR}) )?(?:\d{{1,4}}(?: ?{_UNIT})?|{_UNIT})"
_MUTE = re.compile(rf"(?:MUTE(?: {_LONG})?|{elsewhere.MUTE.format(long=_LONG)})\Z")
_HOW_LONG = re.compile(rf"(\d{{1,4}})? ?({_UNIT})?\Z")
_WEEKS = ("W", "TY")
MUTE_DAYS = 7
MOST_MUTE_DAYS = 90

# A message made of nothing but these, with one word of the first group, seems to ask us to stop: a person decides.
_STOP_WORDS = """
STOP STOPP UNSUBSCIBE UNSUBCRIBE UNSUSCRIBE UNSUBSRIBE
STOPPED STOPPING STOPALL UNSUBSCRIBE UNSUB OPTOUT OPT QUIT CANCEL REMOVE END ENOUGH STOPIWCH STOPIO
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
_WHAT_WE_SEND = r"(?:TEXTS|TXTS|MESSAGES|MSGS|ALERTS|SMS|EMAILS|NOTIFICATIONS|UPDATES)"
STOP_PHRASE = re.compile(
    r"\b(?:"
    r"(?:STOP|QUIT|CEASE) (?:TEXTING|TXTING|MESSAGING|SENDING|CONTACTING|EMAILING|CALLING|RINGING)"
    rf" (?:ME|US|THESE|THIS|THOSE|ANY|{_WHAT_WE_SEND})"
    r"|(?:TAKE|REMOVE|DELETE) (?:ME|US|MY NUMBER|MY NAME|OUR NUMBER) (?:OFF|FROM)"
    r"|UNSUBSCRIBE (?:ME|US)"
    r"|(?:I|WE) (?:WANT TO|WISH TO|WOULD LIKE TO|D LIKE TO) (?:OPT OUT|UNSUBSCRIBE|STOP RECEIVING|STOP GETTING)"
    r"|(?:DO NOT|DONT|NEVER) (?:TEXT|TXT|MESSAGE|MSG|CONTACT|EMAIL) (?:ME|US)"
    rf"|(?:DO NOT|DONT) SEND (?:(?:ME|US) )?(?:ANY|ANYMORE|MORE|THESE)(?: MORE)? {_WHAT_WE_SEND}"
    r"|(?:DO NOT|DONT) SEND (?:ME|US) (?:ANY|ANYMORE|MORE|THESE)"
    r"|(?:TAKE|REMOVE|DELETE) (?:HIM|HER|IT|THEM) (?:OFF|FROM) (?:THE|THIS|YOUR) LIST"
    r"|(?:REMOVE|DELETE) (?:MY|OUR)(?: \w+){0,2} NUMBER"
    r"|HOW (?:DO|CAN) (?:I|WE) (?:UNSUBSCRIBE|OPT OUT|STOP (?:THESE|THE|THIS|YOUR|GETTING|RECEIVING))"
    r"|(?:STOP|QUIT) SENDING THEM"
    r"|(?:WRONG (?:NUMBER|PERSON)|NOT INTERESTED|NO THANKS?|NO THANK YOU|TOO MANY TEXTS|NOT FOR ME"
    r"|SIGN(?:ED)? UP(?: FOR THIS)?) (?:PLEASE |PLS )?(?:STOP|UNSUBSCRIBE|REMOVE(?: ME)?)"
    r"|TEXT ME NO MORE|(?<!NOT )(?<!WONT )(?<!NEVER )LEAVE (?:ME|US) ALONE"
    rf"|(?:STOP|END|CANCEL|SWITCH OFF|TURN OFF) (?:(?:THE|THESE|THIS|THOSE|YOUR|ALL|MY|ANY|MORE) )+{_WHAT_WE_SEND}"
    r"|(?:DO NOT|DONT|NO LONGER) (?:WANT|WISH) TO (?:RECEIVE|HEAR FROM)"
    r"|(?:DO NOT|DONT|NEVER|STOP) (?:TEXT|TXT|MESSAG|CONTACT|EMAIL|RING|CALL)(?:E|ING)? THIS (?:NUMBER|PHONE|ADDRESS)"
    r"|(?:COME|TAKE ME|GET|BE TAKEN) (?:OFF|OUT OF) (?:THE|THIS|YOUR) (?:LIST|SCHEME|GROUP|WATCH|SERVICE)"
    r"|HOW (?:DO|CAN) (?:I|WE) (?:TURN|SWITCH) (?:THESE|THIS|THEM|IT) OFF"
    r"|TOLD YOU (?:BEFORE |ALREADY |ONCE )?(?:TO )?STOP|STOP I NEVER (?:ASKED|SIGNED|WANTED)|STOP TOO MANY"
    r"|(?:PHONE|NUMBER|MOBILE) BELONGS TO (?:SOMEONE|SOMEBODY) ELSE"
    r"|STOP SPAMMING|SPAM STOP|GET (?:ME|US) OFF|(?:END|CANCEL) MY MEMBERSHIP"
    r"|LEAVE (?:THIS|THE|YOUR) (?:GROUP|LIST|SERVICE|SCHEME|WATCH)"
    rf"|(?:DO NOT|DONT|NO LONGER) NEED (?:THESE|YOUR|THE) {_WHAT_WE_SEND}"
    r"|(?:DO NOT|DONT|NO LONGER) (?:WANT|WISH)(?: TO| GET| RECEIVE| ANY| MORE| THESE| YOUR| THE)*"
    rf" {_WHAT_WE_SEND}"
    r")\b"
    rf"|^(?:PLEASE |PLS |PLZ )?NO (?:MORE|FURTHER) (?:OF )?(?:THESE |YOUR )?{_WHAT_WE_SEND}"
    r"(?: PLEASE| PLS| PLZ| THANKS| THANK YOU)*$"
    r"|^(?:NO MORE (?:OF )?(?:THANKS|PLEASE|THESE|THIS)(?: PLEASE)?|PLEASE NO MORE)$"
    r"|^I (?:WANT OUT|(?:WOULD LIKE|WANT) TO LEAVE)$"
    r"|^(?:I |WE )?(?:DO NOT|DONT|NO LONGER) NEED THESE(?: ANY ?MORE)?$"
    r"|^(?:I |HAVE |IVE |ALREADY )*(?:SAID|TEXTED|SENT) STOP(?: TWICE| AGAIN| ALREADY| STILL GETTING .{0,30})?$"
    r"|^YOU HAVE THE WRONG NUMBER STOP$|NO MORE (?:PLEASE|THANKS|THANK YOU)$|^(?:PLEASE )?DELETE ME(?: PLEASE)?$"
    r"|^(?:I )?(?:DO NOT|DONT) WANT (?:THESE|THEM|THIS)(?: ANY ?MORE)?(?: PLEASE| THANKS)*$"
    rf"|^(?:(?:SORRY|I AM|IM|NO) )*(?:NOT|NO LONGER) INTERESTED(?: IN (?:THESE|YOUR|THE) {_WHAT_WE_SEND})?"
    r"(?: ANY ?MORE| THANKS| THANK YOU| PLEASE| SORRY)*$"
    r"|^(?:PLEASE )?(?:SWITCH|TURN) (?:THESE|THEM|IT) OFF(?: PLEASE| NOW| THANKS)*$"
)
_STOP_PHRASE_ELSEWHERE = re.compile(elsewhere.STOP_PHRASE)
# Said in no phrase that we know: in few words, something is to end, it is what we send, and nothing is seen or told.
_TO_END = re.compile(
    r"\b(?:STOP(?:PED)?|END|OPT OUT|UNSUB(?:S?CRIBE|SCIBE)?|REMOVE|CANCEL|DISCONTINUE|CEASE|NO (?:MORE|FURTHER)|ENOUGH"
    r"|DELETE|TOO MANY|FED UP|SICK OF|RATHER NOT|CANT BE DOING|RETIRED|FINISHED WITH|STOP BOTHERING"
    r"|(?:TAK(?:E|ING|EN)|CUT|SWITCH|TURN) (?:(?:ME|US|THESE|THEM|MY NUMBER|IT) )?(?:OFF|OUT)|(?:GET|COME)"
    r" (?:ME |US )?OFF (?:THE|THIS|YOUR)|(?:DO NOT|DONT|NO LONGER|DIDNT|DID NOT) (?:WANT|NEED|WISH|ASK))\b"
)
_OF_OURS = re.compile(
    r"\b(?:TEXTS?|TXTS?|MESSAGES?|MSGS?|ALERTS|SMS|EMAILS?|NOTIFICATIONS|UPDATES|ONES|THESE|LIST|OPT OUT|DISCONTINUE"
    r"|UNSUB(?:S?CRIBE|SCIBE)|CEASE|BOTHERING ME|(?:MY|THIS|WRONG) (?:NUMBER|PHONE|FONE)|TAK(?:E|ING|EN) (?:ME|US) OFF"
    r"|PLEASE STOP|STOP (?:IT )?PLEASE)\b"
)
_TOLD = re.compile(
    r"\b(?:THEY|HE|SHE|HIM|HIS|HER|VANS?|CARS?|TRUCKS?|LORR(?:Y|IES)|QUADS?|PICK|TRAILERS?|MEN|MAN|LADS?|DOGS?"
    r"|LURCHERS?|SHEEP|GATES?|LANE|ROAD|FIELD|FORD|WOOD|BARN|YARD|SHED|PLATES?|HARES?|LAMP\w*|POACH\w*|PEOPLE|LAND"
    r"|BRIDGE|FIRE|NOISE|BARKING|FLY|TIPP\w*|SPEED\w*|USEFUL|GREAT|HELPFUL|LAST ONE|PICTURE|PHOTO|CALL)\b"
)
_LONGEST_WISH = 14
_NOT_STOP = re.compile(
    r"\b(?:(?:DONT|DO NOT|NEVER|DIDNT|DID NOT|WONT|WILL NOT|CANT|CANNOT|PEIDIWCH A) (?:STOP|END|QUIT|CANCEL)"
    rf"|{elsewhere.NOT_STOP})\b"
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
    if _MUTE.match(said):
        return Command.MUTE
    if read_wish(text) is not None:
        return Command.JOIN
    if _seems_to_ask_us_to_stop(fold(_MAIL_FOOT.sub("", text))) or _first_line_is_stop(text):
        return Command.MAYBE_STOP
    return Command.NONE


_MAIL = re.compile(
    r"(?:(?:e-?mail|mail|e-?bost)[\s:]+(?:(?:is|yw|to|i|i:)\s+)?)?(?P<mail>[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+)[.!]?"
    r"|(?:e-?mail|mail|e-?bost)[\s:]+(?P<ok>ok|okay|iawn|dobry|yes|ie|tak)[.!]?",
    re.IGNORECASE,
)
MAIL_IS_RIGHT = "ok"


def read_mail_answer(text: str) -> str | None:
    """Return the e-mail address that a whole text is, or `MAIL_IS_RIGHT`; None for every other text.

    It counts only from somebody whom we asked. Nothing with a plate or a sighting in it is one: there is one address,
    perhaps after the word EMAIL, and nothing else.
    """
    found = _MAIL.fullmatch(text.strip())
    if found is None:
        return None
    return found["mail"] or MAIL_IS_RIGHT


def mute_days(text: str) -> int:
    """Return for how many days MUTE asks for quiet: a week unless it says, a day at least, ninety at most."""
    said = fold(text)
    found = _HOW_LONG.search(said)
    if found is None or not (found[1] or found[2]) or not _MUTE.match(said):
        return MUTE_DAYS
    length = 7 if (found[2] or "").startswith(_WEEKS) else 1
    return min(max(int(found[1] or 1) * length, 1), MOST_MUTE_DAYS)


def read_key(text: str) -> Command:
    """Say what a key pressed in a call asks of the service: 9 ends it; nothing at all is a call that was missed.

    Whatever else is said is read like a text.
    """
    pressed = text.strip().strip("#*. ")
    if not pressed:
        return Command.MISSED
    return Command.STOP if pressed == "9" else read_command(text)


def _first_line_is_stop(text: str) -> bool:
    """Tell whether a bare STOP stands above a greeting or a name."""
    first, line_end, _ = text.strip().partition("\n")
    return bool(line_end) and fold(first) in COMMANDS[Command.STOP]


def _seems_to_ask_us_to_stop(said: str) -> bool:
    if _NOT_STOP.search(said):
        return False
    if STOP_PHRASE.search(said) or _STOP_PHRASE_ELSEWHERE.search(said):
        return True
    if len(said.split()) <= _LONGEST_WISH and _TO_END.search(said) and _OF_OURS.search(said):
        return not _TOLD.search(said)
    if len(said.split()) <= _LONGEST_WISH and elsewhere.TO_END.search(said) and elsewhere.OF_OURS.search(said):
        return not elsewhere.TOLD.search(said)
    words = frozenset(said.split())
    if len(said.split()) > _LONGEST_NEAR_STOP or not words & STOP_WORDS:
        return False
    return words <= STOP_WORDS | ROUND_ABOUT
