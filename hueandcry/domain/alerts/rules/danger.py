"""Send check: nobody is sent into danger, and nobody is sent to find out. Pure."""

from collections.abc import Iterator

from hueandcry.domain.alerts.rules.danger_elsewhere import (
    PHOTO_ELSEWHERE,
    SOURCES,
    TASKING_ELSEWHERE,
    UNSAFE_ELSEWHERE,
)
from hueandcry.domain.alerts.rules.looking import REFUSE, WARN, Check, urges, urges_in, words_in

_THEM = (
    r"(?:them|him|her|it|(?:the|this|that|these|those|any|anyone|anybody|everyone|all|whoever)\b"
    r"(?:\s+(?:car|van|pick-?up|truck|lorry|vehicle|driver|occupants?|man|men|woman|people|person"
    r"|suspects?|thie(?:f|ves)|quad"
    r"|poachers?|coursers?|offenders?|gang|group|lads?|you|one|grey|white|black|blue|red|silver|green|dark)\b)?)"
)
_AT_THEM = (
    r"(?:them|him|her|whoever|anyone|anybody|(?:the|this|that|these|those|any|all)\s+(?:\w+\s+)?"
    r"(?:car|van|pick-?up|truck|lorry|vehicle|driver|occupants?|man|men|woman|people|person|suspects?"
    r"|thie(?:f|ves)|quad"
    r"|poachers?|coursers?|offenders?|gang|group|lads?)\b)"
)
_WHY = "product rule: never follow, stop or box in; domain.md pitfall 2 (vigilantism)"

# (code, what must not be asked, what to write instead)
UNSAFE: tuple[tuple[str, str, str], ...] = (
    (
        "follow",
        (
            r"\bfollow\b(?!\s*(?:-|up\b|us\b|the (?:advice|link|signs?|diversion|country code)"
            r"|this (?:advice|link)|advice|police))"
            r"|\btail\s+(?:them|him|her|the)\b"
            rf"|\b(?:stay|stick|keep up)\s+with\s+(?:it|{_AT_THEM})|\bget\s+behind\s+(?:it|{_AT_THEM})"
            r"|\bkeep\s+(?:it|them|him|her|the \w+)\s+in\s+(?:sight|view)\b|\bkeep sight of\b"
            r"|\b(?:do not|don't|never)\s+lose\s+(?:it|them|him|her|sight)\b"
        ),
        "which way did it go?",
    ),
    (
        "chase",
        r"\bchase\b(?!\s+(?:hares?|deer|sheep|game|foxes|rabbits?))|\bgo after\b|\bpursue\b",
        "which way did it go?",
    ),
    (
        "stop",
        (
            rf"\bstop(?:\s+and\s+(?:search|hold|question))?\s+{_AT_THEM}|\b(?:flag|wave)\s+(?:it|{_AT_THEM})\s+down\b"
            rf"|\bpull\s+(?:it|{_AT_THEM})\s+over\b"
        ),
        "tell us where it is.",
    ),
    ("stop_if", r"\bstop\s+(?:if|on sight|when|at once)\b", "tell us if you see it."),
    (
        "block",
        (
            r"\b(?:shut|close|seal)\s+(?:off\s+)?(?:the|every|all|their|his)\s+(?:roads?|lanes?|tracks?|drives?"
            r"|ways? out)\b"
            r"|\bpen\s+(?:them|him|it)\s+in\b"
            r"|\bblock\s+(?:them|him|her|it|the|their|his|any|all|off|every|road|lane|gate|track"
            r"|exit)\b|\bbar the (?:way|road|gate)\b"
            r"|\bpark across\b|\bclose the gates? (?:behind|on)\b|\block (?:them|him) in\b"
        ),
        "which way did it go?",
    ),
    (
        "box_in",
        r"\bbox(?:ing)?\s+(?:\w+\s+)?in\b|\bbox\s+(?:them|him|it)\b|\bsurround\s+(?:them|him|her|it|the)\b",
        "which way did it go?",
    ),
    (
        "head_off",
        (
            r"\bhead\s+(?:\w+\s+)?off\b|\bcut\s+(?:them|him|her|it|the \w+)\s+off\b|\bintercept\b"
            r"|\btrap\s+(?:them|him|her|it|the)\b"
        ),
        "which way did it go?",
    ),
    (
        "detain",
        (
            r"\b(?:they|he|she|it)\s+(?:do|does|can)(?:\s?not|n't)\s+(?:get away|get out|escape|leave)\b"
            rf"|\bdetain\b|\bhold\s+(?:on to\s+)?{_AT_THEM}|\bkeep\s+(?:them|him|her)\s+(?:there|talking"
            rf"|here)\b|\bdelay\s+{_AT_THEM}"
        ),
        "how many were there?",
    ),
    ("catch", rf"\bcatch\s+{_THEM}|\bapprehend\b|\bgrab\s+(?:them|him|her)\b|\bnab\b", "what did you see?"),
    ("arrest", r"\bcitizen'?s'?\s+arrest\b|\barrest\s+(?:them|him|her|anyone|anybody|the|any)\b", "what did you see?"),
    (
        "confront",
        (
            r"\b(?:see|run|drive|warn)\s+(?:them|him|her|it|the (?:men|lot|gang))\s+off\b|\bsend\s+them\s+packing\b"
            r"|\bsort\s+(?:them|him|it)\s+out\b|\bdeal\s+with\s+(?:them|him|it)\b|\bteach\s+(?:them|him)\b"
            r"|\bconfront\b|\bchallenge\s+(?:them|him|her|anyone|anybody|the|any|people)\b"
            r"|\btackle\s+(?:them|him|her|the)\b|\btake them on\b"
        ),
        "what did you see?",
    ),
    (
        "approach",
        (
            rf"\bapproach\s+{_AT_THEM}|\b(?:speak|talk) to\s+(?:them|him|her|the (?:men|man|driver"
            r"|occupants))\b|\bask\s+(?:them|him|her|the (?:men|man|driver))\s+(?:who|what|why|where|for|if)\b"
        ),
        "what did you see, from a safe place?",
    ),
    (
        "search",
        (
            rf"\b(?:search|look inside)\s+{_AT_THEM}|\btake (?:their|his) keys?\b"
            r"|\btake the keys? (?:off|from)\b|\btake the keys? out of (?:the|it)\b|\blet (?:the"
            r"|their) tyres down\b|\bslash\b"
        ),
        "what did you see?",
    ),
    (
        "go_out",
        (
            r"\b(?:go|get|come|turn)\s+out\s+(?:(?:and|to)\s+)?(?:look|search|find|help|hunt)\b|\bgo and (?:look"
            r"|see|find|check|have a look)\b|\bpatrol\s+(?:your|the|our|all)\b|\bget (?:up|down|over) there\b"
            r"|\b(?:drive|have a drive|do a lap)\s+(?:a)?round\s+(?:your|the|our)\b"
            r"|\bturn out\b(?=[.!,]|\s+in\b)|\bhunt (?:them|him|it) down\b"
        ),
        "look from where you are.",
    ),
    (
        "harm",
        (
            rf"\b(?:ram|hit|beat|punch|shoot(?: at)?|tie|run over|run down|knock)\s+(?:it|{_AT_THEM})\b"
            r"|\b(?:run|force|push)\s+(?:it|them|him)\s+off the road\b|\bdrive\s+(?:at|into)\s+(?:it|them|him)\b"
            r"|\b(?:set|let|send|loose|turn)\s+(?:your|the|our)\s+dogs?\s+(?:on|at|out|loose)\b"
        ),
        "what did you see, from a safe place?",
    ),
    (
        "lie_in_wait",
        (
            r"\b(?:lie|lay|sit|hide|stay)\s+in\s+wait\b|\b(?:wait|hide)\s+(?:up\s+)?for\s+(?:them|him|her|it)\b"
            r"|\bambush\b|\bstake\s?out\b|\bhide (?:and|in)\b"
        ),
        "look from where you are.",
    ),
    (
        "weapons",
        (
            r"\b(?:bring|take|carry)\s+(?:\w+\s+){0,2}(?:guns?|shotguns?|rifles?|firearms?|weapons?"
            r"|sticks?|tools)\b|\bwith\s+your\s+(?:guns?|shotguns?|rifles?)\b|\btooled up\b"
            # `Two people were stopped with a rifle` says what was, and must be sayable.
            r"|\b(?:go|come|meet|turn up|stand|wait|walk|approach|out|ready|look|search|help|us|there|here)\s+"
            r"(?:\w+\s+){0,2}with\s+(?:a|the)\s+(?:guns?|shotguns?|rifles?)\b"
            r"|\barm yoursel(?:f|ves)\b"
        ),
        "stay safe, look from where you are.",
    ),
)

# What these rows look for by words, as the page of languages names it.
_ASKED = "what nobody may be asked: to follow, stop, go near"
_PICTURES, _SENT = "pictures only where it is safe", "being sent to find out"
_GO_NEAR = "Take out “{{found}}”: nobody is to go near. Ask instead: {instead}"
_PHOTO = "“{found}”: add “only if it is safe”."
_TASKED = "Take out “{found}”: a member may tell what they see, but is never sent to find out."
_RIPA = "RIPA 2000 s26; domain.md pitfall 4"
_INSTEAD = {code: instead for code, _, instead in UNSAFE}


def _elsewhere() -> Iterator[Check]:
    """Give the same rows for what is written in Welsh and Polish, into whatever box."""
    for language, rows in UNSAFE_ELSEWHERE.items():
        source = SOURCES[language]
        for code, pattern in rows:
            sentence = _GO_NEAR.format(instead=_INSTEAD[code])
            finds = urges_in(language, pattern)
            yield words_in(language, f"unsafe_{code}", REFUSE, sentence, source, finds, about=_ASKED)
        photo, tasking = PHOTO_ELSEWHERE[language], TASKING_ELSEWHERE[language]
        yield words_in(language, "photo", WARN, _PHOTO, source, urges_in(language, photo), about=_PICTURES)
        yield words_in(language, "tasking", REFUSE, _TASKED, _RIPA, urges_in(language, tasking), about=_SENT)


DANGER: tuple[Check, ...] = (
    *(
        Check(
            f"unsafe_{code}",
            REFUSE,
            _GO_NEAR.format(instead=instead),
            _WHY,
            urges(pattern),
            of_words=True,
            about=_ASKED,
        )
        for code, pattern, instead in UNSAFE
    ),
    Check(
        "photo",
        WARN,
        _PHOTO,
        _WHY,
        urges(
            r"\b(?:photograph|film|take (?:a )?(?:photos?|pictures?|video)|get (?:the|a"
            r"|their) (?:plate|reg\w*|number|photos?|pictures?))\b(?![^.\n]{0,40}\bsafe\b)"
        ),
        of_words=True,
        about=_PICTURES,
    ),
    Check(
        "tasking",
        REFUSE,
        _TASKED,
        _RIPA,
        urges(
            r"\bfind out (?:who|where|what|whether|if|which)\b|\bask around\b|\bget (?:close"
            r"|talking|chatting|friendly) (?:to|with)\b|\bchat (?:him|her|them) up\b"
            r"|\bsee what (?:he|she|they) says?\b|\bget (?:him|her|them) talking\b|\bspy on\b"
            r"|\binfiltrate\b|\blisten (?:in|out for what)\b|\bbefriend\b"
        ),
        of_words=True,
        about=_SENT,
    ),
    *_elsewhere(),
)
