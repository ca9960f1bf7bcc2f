"""Which words may set one person a task, though no row of `tasking` knows them: the officer reads the test. Pure.

The rows know the common ways; of ways that nobody had thought of they caught hardly any. So this looks from the other
side: whoever is asked to do something (not: what they saw or know), with somebody else in the sentence, and none of the
plain requests that every officer writes, may be set a task. What is oblique still goes through: what may never be asked
stands beside the words on the screen, and being asked again is counted however it is put.
"""

import re
from collections.abc import Iterable

from hueandcry.domain.members.rules.tasking import FOLK, NAMED, REPEATED, THEIR, THEM, THEY, YOURS, spelt


def _any(*ways: str) -> str:
    return f"(?:{'|'.join(ways)})"


_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+|;\s*")
# What somebody may be asked to do, as it stands at the head of a clause.
_VERBS = (
    r"(?:accept|act|add|agree|arrange|ask|attend|be|befriend|borrow|bring|buy|carry|chat|check|collect|copy"
    r"|count|deliver|dig|drink|drive|drop|encourage|find|follow|forward|get|give|go|hang|have|hear|help"
    r"|hide|hint|hold|invite|join|keep|lean|learn|leave|lend|let|listen|look|make|meet|mention|message|mix"
    r"|note|offer|open|park|pass|pay|persuade|photograph|pick|play|pop|press|pretend|pump|push|put|quiz"
    r"|read|record|remember|remind|reply|say|search|see|sell|send|set|show|sit|speak|stand|stay|steer|stick"
    r"|suggest|take|talk|tell|test|text|trick|try|turn|visit|wait|walk|watch|wear|write)"
)
_SOFTLY = r"(?:please|just|maybe|perhaps|kindly|simply|quietly|then|also|even|always)"
_OPENERS = re.compile(
    _any(
        rf"\b(?:can|could|would|will|might) you\b(?: (?:mind|{_SOFTLY}|possibly|like to|care to|consider|try (?:to|and)"
        r"|be (?:able|willing|prepared|up|happy) (?:to|for)))*",
        rf"\b{_SOFTLY}(?= {_VERBS}\b)",
        r"\b(?:we|i)(?:'d| would| could)? (?:like|love|want|need|expect|trust|hope) (?:for )?you to",
        r"\b(?:want|need) you to|\bdo (?:us|me) a (?:favour|turn) (?:and|by)",
        r"\b(?:any|is there any) (?:chance|way)(?: that)?(?: of)?(?: you)?(?: could| can| might)?",
        r"\bif you (?:were to|would|could|can|happened to|went|stayed|left)\b|\bwould it (?:hurt|help|be \w+)\b",
        r"\b(?:how|what) about(?: you)?|\bfancy(?= \w+ing\b)|\bwhy (?:not|don't you)",
        r"\byou (?:should|could|ought to|might|'d better|can)\b|\b(?:are|would) you (?:be )?up for",
        rf"(?:^|[,:] |\band |\bbut )(?={_VERBS}\b)",
    )
    + r"\s*(?P<what>[^.?!]*)",
    re.IGNORECASE,
)
# What we would know or have of somebody, said without asking anybody to do anything.
_WISHES = re.compile(
    _any(
        r"\b(?:we|i)(?:'d|'ll| will| would| could)? (?:do with|need|want|like|love"
        r"|be (?:glad|grateful|interested|keen|pleased))",
        r"\b(?:it|that)(?:'d| would|'ll| will)? (?:be|is) (?:a (?:help|bonus)|good|great|handy|useful|helpful"
        r"|interesting|nice|valuable)",
    )
    + r"(?: for (?:us|me))? (?:to (?:know|hear|learn|have|get)|of|in|for|with|somebody|someone|the names?|eyes)\b"
    + r"(?P<what>[^.?!]*)",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:left|went|came|saw|was|were|had|did|took|said|got|drove|been|gone|taken|seen|told|spoke|\w{3,}ed)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b"
    + _any(
        THEM,
        THEIR,
        THEY,
        r"(?:he|she|they)'?(?:s|re|d|ll)|(?<!officer )(?<!colleague )(?<!sergeant )who",
        YOURS,
        r"your neighbours?|the postman|the barman|bar staff|the locals|number \d+",
        rf"(?:the|that|those|this) (?:\w+ )?(?:{FOLK}|boyfriend|girlfriend|partner|dealers?|buyers?|sellers?|beaters?"
        r"|keepers?|guns|drinkers|regulars|crowd|lot|crew|gang|group|site|syndicate|suspect|chap|bloke|guy|fella|others"
        r"|poachers|coursers|lampers)",
        r"the (?-i:[A-Z][a-z]+s)\b'?(?= (?:place|house|farm|yard|land|shed|are|at|have)\b)",
        r"(?:somebody|someone|anybody|anyone|everyone|everybody)(?! (?:else )?(?:in danger|hurt))",
        r"people (?:go|come|are|at)|what (?:goes|comes) (?:in|out|through|past|by)|(?:you|people) (?:hear|talk)",
        r"(?:at|to|past|into|in) (?:there|the (?:yard|pub|farm))|(?:is|gets) (?:being )?said",
    )
    + r"\b",
    re.IGNORECASE,
)
_OFTEN = re.compile(
    rf"\b(?:whether|if|who|what|when|which)\b[^.?!]*\b{REPEATED}\b|\b{REPEATED}\b[^.?!]*\b(?:whether|who|which)\b",
    re.IGNORECASE,
)
_PIECE = r"\b(?:text|line|call|word|list|message|note|picture)s?\b"
# A bait, a lie, a watch: one whoever it is meant for, and however it is asked.
_BAIT = re.compile(
    _any(
        r"\b(?:as if|as though) you (?:were|are|had|want)\b|\bour (?:tracker|bug|microphone|recorder)\b",
        r"\bso that (?:you can|we can|they|he|she)\b[^.?!]*\b(?:hear|see|think|catch|come in)\b",
        r"\b(?:somebody|someone) (?:in|inside|among|close to|on) (?:that|the|their|his|her)\b",
        rf"\b(?:don't|do not|dont|never) (?:say (?:anything|a word)|tell|mention (?:this|it|us)|let on)(?: to)?"
        rf" {YOURS}",
        rf"\b(?:have|get|send) {YOURS} (?:to )?(?!ring|call|phone|text){_VERBS}\b",
        r"\byour (?:\w+ )?(?:mates?|friends?|brothers?|sisters?|cousins?|sons?|neighbours?) trusts? you\b",
        rf"\blet (?:me|us) know (?:the (?:minute|moment|second)|as soon as|once) (?:{THEM}|{THEY}|{NAMED})",
        rf"\blet {THEM} (?:win|think|believe|in on|talk)\b|\bkeep it coming\b|\bwhat(?:'s| is) the gossip\b",
        r"\b(?:keep|carry on|go on) (?:drinking|working|going|helping|playing|training|shooting|calling)"
        r"(?: out| along| back)? (?:in|at|to|there|with|for|round)\b",
        rf"{_PIECE}[^.?!]{{0,30}}\b(?:once|twice|a couple of times|a few times) a (?:day|week|month)\b",
        rf"\b{REPEATED}\b[^.?!]*{_PIECE}[^.?!]*\bwho\b",
    ),
    re.IGNORECASE,
)
# The plain requests: to remember, to be safe, to ring us, to look after what is one's own, to let somebody in or know.
_NO_TASK = re.compile(
    rf"(?:{_SOFTLY} )*"
    + _any(
        r"\?*\Z|\w+\Z|and your \w+|like (?:some(?:body|one)|us|me|an officer)\b|like\b|want\b|happy|mind\b|you\b",
        r"(?:have a look|look|check|search|go|get|come|put)\b[^.?!]*\byour own\b",
        r"[\w ]{0,20}\b(?:your|the|my|our) (?:insur\w+|vet|bank|doctor|solicitor|agent|clerk|council|parish|members)\b",
        r"remember (?!what|who|everything|faces)|remember (?:what|who) (?:he|she|they|it)? ?(?:was|were|had|looked|wore"
        r"|said)|recall|describe|confirm|hear|notice|think\b|identify (?:the|your|it)\b",
        r"say (?:what|which|how|when|where|if|whether|roughly|more|so|no\b)",
        r"see (?:if|whether) (?:you|your|it|there)|see (?!if|whether|what|who)|see\Z"
        r"|see (?:what|who|which|whether)\b[^.?!]*\b(?:was|were|had|did)\b",
        r"do not|don't|not\b|never|take care|wait (?!for|near|by|and)|report |read |sign\b|make sure",
        r"let (?:me|us)(?! have (?:a list|the names))\b|let (?:your|the)\b"
        r"|let (?:\w+ ){1,3}know\b"
        rf"|let {THEM}\b(?! (?:win|think|believe|in on|talk))",
        r"(?:tell|give|show|text|send) (?:me|us) (?:what|which|how|when|where|if|roughly|more|about"
        r"|the (?:photo|picture|video))",
        r"send (?:me|us)(?! (?:screenshots|photos?|a (?:photo|picture)) of (?:his|her|their|him|them))",
        r"(?:ring|call|dial|phone|press)|be (?:careful|safe|aware|sure|in\b|there\b|on\b)|hold the line",
        r"stay (?:in|inside|away|safe|back|clear)\b(?! (?:the|that|their|his|her)\b)|stay on the line",
        r"keep (?:your(?! (?:ears|eyes|invit))|the (?!job)|yourself|away|back|clear|safe|any|this|it safe)"
        r"|keep them (?:in|out|away|safe|shut|locked|until)|keep\b(?! (?:in|hold|your|on|the)\b)",
        r"leave (?:it|this|that|them|us|him|her) (?:to|be|alone)|let (?:us|them) |pass (?:this|that|it|my)",
        r"ask (?:him|her|them|for|your \w+) (?:to |if (?:they|he|she) (?:saw|would like)|whether (?:he|she|they) "
        r"(?:saw|heard))|ask (?:for|me|us)\b",
        r"come (?:to|in\b|round|along)|get (?:yourself|indoors|inside|in touch|away|back|help)|follow the (?!\w+ man)",
        r"go (?:in\b|inside|home|to the (?:police|website|page))|pop (?:into|in to) (?:the|our) (?:station|office)",
        r"look (?:after|at (?:this|our|the (?:picture|photo|website|page)))|attend (?:the|our)\b",
        r"tell (?:your|the|him|her|them|everyone|everybody)\b(?![^.?!]*\byou (?:want|are|need)\b)",
        r"(?:have |make )?(?:a )?note (?:the|of this)|copy us\b|write (?:to us|down what you)",
        r"photograph the (?:damage|tracks|marks|gate|field)|find (?:out more|advice|your)|help(?: you| your)\b"
        r"|help\b(?! (?:us|me))",
        r"park (?:the|your)|put (?:your|the|them)\b|give (?:him|her|them) (?:our|my)\b|set (?:up|your)",
        r"use (?:your|the|our|it)|open (?:your|the) (?:gate|door|link|message)|turn (?:left|right|off|on|your)",
        r"bring (?:your|the|it|us|a friend)|take (?:it|them) (?:to|off|in)|show (?:this|us|me|it)|set (?:up|your)",
        r"have (?:you|a (?:good|safe)|heard|seen|noticed)",
    ),
    re.IGNORECASE,
)
# A door left open, and what may be done if somebody is in danger.
_OPEN_DOOR = re.compile(
    r"\b(?:if|when(?:ever)?|next time|should) (?:you|he|she|they|it|somebody|anybody|anyone)\b[^.?!]*\b(?:999|101"
    r"|keep away|stay (?:in|away|safe|inside)|do not|don't|indoors|(?:let us|let me) know|tell us|tell me if)\b",
    re.IGNORECASE,
)
# `We will speak to him and see`: our own work goes on behind the `and`.
_OURS = re.compile(
    r"\b(?:we|i|officers|colleagues|(?:a|the) (?:patrol|crew|team))(?:'ll|'ve|'re|'m| will| shall| have| are| am)\b"
    r"(?:(?!\b(?:you|please)\b).)*\Z",
    re.IGNORECASE,
)
_PLACE_BEFORE = r"\b(?:at|in|on|near|from|past|through|via|of|the) "


def may_be_a_task(said: str, *, names: Iterable[str] = ()) -> str:
    """Return words that ask somebody to do something with other people, in no way that the rows know; else nothing.

    `names` are those that stand in the words: a name that is no place is somebody.
    """
    plain = spelt(said)
    people = [name for name in names if not re.search(_PLACE_BEFORE + re.escape(name), plain, re.IGNORECASE)]
    doubts = (found for sentence in _SENTENCES.split(plain) for found in _doubts(sentence, people))
    return next(doubts, "")[:60]


def _doubts(sentence: str, people: list[str]) -> list[str]:
    """Return what in one sentence may be a task, the surest first."""
    if bait := _BAIT.search(sentence):
        return [bait[0].strip()]
    others = _SOMEBODY.search(sentence) or _OFTEN.search(sentence) or any(name in sentence for name in people)
    if not others or _OPEN_DOOR.search(sentence):
        return []
    asked = [
        found["what"].strip() for found in _OPENERS.finditer(sentence) if not _OURS.search(sentence[: found.start()])
    ]
    wished = [found[0].strip() for found in _WISHES.finditer(sentence) if not _PAST.search(found["what"])]
    return [what for what in asked if not _NO_TASK.match(what)] + wished
