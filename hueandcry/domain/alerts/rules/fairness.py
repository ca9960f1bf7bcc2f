"""Send check: the law, fairness to everybody, and what must not be given away or promised. Pure."""

import re
from collections.abc import Iterator

from hueandcry.domain.alerts.rules.looking import REFUSE, WARN, Check, says, says_in, words_in
from hueandcry.domain.alerts.rules.telling_elsewhere import pattern as told_in

# What marks information that is above OFFICIAL; it is refused before it is kept. A secret Santa is none.
ABOVE = r"\b(?:(?:UK|NATO|TOP|MOST)\s+)*SECRET\b(?!\s+(?:SANTA|GARDEN))|(?i:\btop[\s-]secret\b)"
# Breeds and beasts that are called after a country.
_ANIMALS = (
    r"(?:water deer|deer|runners?|ducks?|geese|goose|goats?|game|wolfhounds?|moiled|draughts?|setters?|terriers?"
    r"|pon(?:y|ies)|cattle|dwarf|pygm\w+|parrots?|greys?|horses?|cows?|bulls?|hens?|pheasants?|sea|whiskey|lanterns?|takeaway|restaurant"
    r"|meal|links?|plugs?)\b"
)

# What these rows look for by words, as the page of languages names it.
_WHAT, _INSULTS, _PROMISES, _PLANS = (
    "what people are",
    "insults",
    "promises",
    "plans of the police",
)
_SLUR, _ACT_HARASSED = "Take out “{found}”.", "Equality Act 2010 s26 and s149"
_PROMISED = "Take out “{found}”: promise nothing that the night may not allow."
_PLANNED = "Take out “{found}”: those we look for may read this."
_PITFALL_PROMISE, _PITFALL_PLANS = "domain.md pitfall 16", "domain.md pitfall 3 (tipping-off)"
_ACT = "Equality Act 2010 s149; domain.md pitfall 10"
_WHAT_PEOPLE_ARE = "“{found}”: say what was seen, not what people are. A second officer must agree, whatever the reach."
# What people are, and what they are called, as Welsh and Polish say it; without marks on letters. Ours, and unread yet
# by native speakers.
PROTECTED_ELSEWHERE: dict[str, str] = {
    "cy": (
        r"\b(?:sipsi\w*|teithwyr|deithwyr|estron\w*|tramorw\w+|dramorw\w+|rwmani\w+|gwyddel\w*|wyddel\w*|pwylia\w+|bwylia\w+"
        r"|albani\w+|mwslim\w*|fwslim\w*|iddew\w*|mewnfudw\w+|fewnfudw\w+|ffoadur\w*|hoyw\w*|anabl|mosg\w*|synagog\w*)\b"
        r"|\bceis\w+ lloches\b|\b(?:d?dyn|d?dynion|menyw|fenyw|merch|ferch|bachgen|llanc|gwr|person|pobl|bobl)\s+"
        r"(?:d?du|duon|g?wyn|gwynion)\b|\bcroen\s+(?:tywyll|golau|du)\b|\bgroen\s+(?:tywyll|golau|du)\b|\bacen\s+\w+"
    ),
    "pl": (
        r"\bcygan\w*|\brom(?:owie|ow|ka|ki|ami)?\b|\b(?:rumun\w*|bulgar(?:zy|ow|ka)|ukrain(?:iec|cy|cow|ka)|irlandcz\w+"
        r"|albancz\w+|litwin\w*|azjat\w+|zyd(?:zi|ow|owk\w+)?|muzulman\w*|islamsk\w+|obcokrajow\w+|cudzoziem\w+|imigran\w+"
        r"|uchodzc\w+|gej\w*|niepelnosprawn\w+|meczet\w*|synagog\w*)\b|\b\w+skor(?:y|zy|ych|a|ego|ymi)\b"
        r"|\bsniad\w+|\b\w+(?:im|ym) akcentem\b|\bakcent\w*\s+\w+sk\w+"
    ),
}
SLURS_ELSEWHERE: dict[str, str] = {
    "cy": r"\bg?ipos\b|\bpicis?\b|\bsgym\b",
    "pl": r"\bciapa(?:ci|ty|tych|k\w+)\b|\bczarnuch\w*|\bmurzyn\w*|\bbrudas\w*|\bkacap\w*|\bzydek\b",
}


def _elsewhere() -> Iterator[Check]:
    """Give the rows for what is written in Welsh and Polish, into whatever box."""
    for language, pattern in PROTECTED_ELSEWHERE.items():
        slurs = says_in(SLURS_ELSEWHERE[language])
        promises, plans = (says_in(told_in(language, code)) for code in ("promise", "plans"))
        yield words_in(language, "protected", WARN, _WHAT_PEOPLE_ARE, _ACT, says_in(pattern), about=_WHAT)
        yield words_in(language, "slur", REFUSE, _SLUR, _ACT_HARASSED, slurs, about=_INSULTS)
        yield words_in(language, "promise", REFUSE, _PROMISED, _PITFALL_PROMISE, promises, about=_PROMISES)
        yield words_in(language, "plans", REFUSE, _PLANNED, _PITFALL_PLANS, plans, about=_PLANS)


FAIRNESS: tuple[Check, ...] = (
    Check(
        "protected",
        WARN,
        _WHAT_PEOPLE_ARE,
        _ACT,
        says(
            r"\btravell?ers?\b|\bgyps(?:y|ies)\b|\broma(?:ny)?\b|\bforeign(?:ers?)?\b"
            r"|\b(?:east(?:ern)? europeans?|romanians?|(?-i:Polish|Poles)"
            r"|bulgarians?|albanians?|lithuanians?|irish|pakistanis?|indians?|africans?|arabs?|chinese"
            rf"|vietnamese)\b(?!\s+{_ANIMALS})|\bIC\s?[1-9]\b"
            r"|\b(?:asian|african|european|oriental|mediterranean|arab\w*|foreign|traveller)[- ](?:in )?"
            r"(?:appearance|looking|origin|descent|heritage)\b|\bmixed[- ](?:heritage|race)\b"
            r"|\b(?:hijabs?|burq?ka?s?|niqabs?|turbans?|headscar(?:f|ves)|skull ?caps?)\b"
            r"|\blearning (?:difficult\w*|disabilit\w*)\b|\bautis(?:m|tic)\b|\bdeaf\b|\bwith a lisp\b"
            r"|\b\w+[- ]skinned\b|\bcomplexion\b|\bskin colour\b"
            r"|\b(?:black|white|asian|mixed[- ]race|oriental|brown|coloured)\s(?:males?|m[ae]n"
            r"|females?|wom[ae]n|youths?|lads?|boys?|girls?|persons?|people|couple)\b"
            r"|\b(?:mosques?|synagogues?|gurdwaras?)\b"
            r"|\b(?:muslims?|islamic|jews?|jewish|hindus?|sikhs?|catholics?)\b|\b(?:gay|lesbian"
            r"|homosexual|transgender|trans)\b"
            r"|\b(?:disabled|handicapped|mentally ill|pregnant|immigrants?|asylum seekers?"
            r"|refugees?)\b|\b(?:foreign|irish|\w+ish|\w+ern) accents?\b"
        ),
        of_words=True,
        about=_WHAT,
    ),
    Check(
        "slur",
        REFUSE,
        _SLUR,
        _ACT_HARASSED,
        says(r"\bpike(?:y|ys|ies)\b|\bgypp?os?\b|\btinkers?\b(?!\s+with)|\bdidicoys?\b|\bscum\b"),
        of_words=True,
        about=_INSULTS,
    ),
    Check(
        "site",
        REFUSE,
        "Take out “{found}”: a community's home is never named.",
        "Equality Act 2010 s149; domain.md pitfall 9",
        says(
            r"\b(?:travell?ers?'?s?|gypsy)\s(?:site|camp|encampment|pitch)\b"
            r"|(?<!holiday )(?<!touring )(?<!static )\bcaravan\s(?:site|camp|encampment|pitch)\b"
        ),
        of_words=True,
        about="where a community lives",
    ),
    Check(
        "allegation",
        REFUSE,
        "Take out “{found}”: say what was seen, and accuse nobody.",
        "domain.md pitfall 9 (defamation)",
        says(
            r"\b(?:known|convicted|prolific|notorious|usual)\s(?:thie(?:f|ves)|criminals?|offenders?"
            r"|burglars?|poachers?|coursers?|suspects)\b"
            r"|\b(?:thought|believed|known|said|understood) to be (?:responsible|behind|involved|guilty)\b"
            r"|\b(?:out of|just left|released from) (?:prison|jail|custody)\b|\bex-?cons?\b"
            r"|\bon (?:bail|licence for)\b"
            r"|\bguilty\b|\b(?:he|she|they|driver|owner)\s(?:is|are)\s(?:a |the )?(?:thie(?:f|ves)"
            r"|burglars?|criminals?|poachers?)\b|\bwanted for\b"
        ),
        of_words=True,
        about="accusations",
    ),
    Check(
        "proceedings",
        WARN,
        "“{found}”: once somebody is arrested or charged, say no more than that.",
        "Contempt of Court Act 1981; domain.md pitfall 11",
        says(r"\b(?:arrested|charged with|remanded|in custody|in court|on trial|pleaded)\b"),
        of_words=True,
        about="arrests and courts",
    ),
    Check(
        "promise",
        REFUSE,
        _PROMISED,
        _PITFALL_PROMISE,
        says(
            r"\b(?:officers?|police|units?|patrols?|help|we)\s?(?:will|are going to|shall"
            r"|'ll)\s(?:be\s)?(?:attend\w*|come|coming|there|arriv\w*|with you|arrest\w*|visit\w*)\b"
            r"|\b(?:police|officers?|units?|help)\s(?:is|are)\s(?:already\s)?(?:on (?:the|their"
            r"|its) way|en route|coming)\b"
        ),
        of_words=True,
        about=_PROMISES,
    ),
    Check(
        "plans",
        REFUSE,
        _PLANNED,
        _PITFALL_PLANS,
        says(
            r"\bwe(?: will|'ll) be (?:waiting|watching|ready|hidden)\b"
            r"|\bunmarked\b|\bplain[- ]?clothes\b|\bsurveillance\b|\bundercover\b|\bcovert(?:ly)?\b"
            r"|\bcheck ?points?\b|\broad ?blocks?\b|\bstake-?out\b|\bANPR\b"
            r"|\b(?:we|police|officers|units?) are (?:watching|hidden|waiting|in position|lying in wait|standing by)\b"
            r"|\b(?:officers?|units?|patrols?|crews?|police dogs?|(?:police|traffic|patrol|response) cars?)\s"
            r"(?:is |are )?(?:hidden|waiting|in position|lying in wait|in the wood)\b"
            r"|\bintelligence\s(?:suggests?|indicates?|says|shows?|is that)\b|\bintel\b"
            r"|\bdrone (?:is )?(?:up|overhead|flying)\b|\bstop sticks?\b|\bstingers?\b|\bspike strips? (?:is|are)\b"
            r"|\barmed (?:officers?|police|response|units?)\b|\b(?:police )?helicopter\b|\bstaked out\b"
        ),
        of_words=True,
        about=_PLANS,
    ),
    Check(
        "secret",
        REFUSE,
        "This system may not hold it: take out “{found}” and what it marks, and report that it was typed here.",
        "Government Security Classifications Policy; domain.md A7",
        says(ABOVE, re.NOFLAG),
        of_words=True,
    ),
    Check(
        "marking",
        REFUSE,
        "Take out “{found}” and what it marks: messages to members carry OFFICIAL at most.",
        "Government Security Classifications Policy; domain.md A7",
        says(
            r"\b(?:CONFIDENTIAL|RESTRICTED)\b|(?i:\bofficial[\s-]{1,3}sensitive\b)"
            r"|\b(?:RECIPIENTS ONLY|ORGANISATIONAL USE ONLY|HMG USE ONLY|EMBARGOED)\b",
            re.NOFLAG,
        ),
        of_words=True,
    ),
    *_elsewhere(),
)
