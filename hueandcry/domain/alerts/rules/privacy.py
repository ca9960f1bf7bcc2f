"""Send check: no plate, no name, no address, and nothing that shows who told us. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from hueandcry.domain.alerts.rules.kinds import Facts
from hueandcry.domain.alerts.rules.looking import REFUSE, WARN, Check, says, says_in, words_in
from hueandcry.domain.alerts.rules.telling_elsewhere import TOLD_ELSEWHERE
from hueandcry.domain.alerts.rules.telling_elsewhere import pattern as told_in
from hueandcry.domain.alerts.rules.wording import PART_PLATE, VEHICLE, VETTED_LEVELS
from hueandcry.domain.members.rules import Tier
from hueandcry.kit import grid, plates, postcodes

FINEST_GRID_M = 100
MISSING = "missing-person"
_CHILD = re.compile(
    r"\b(?:boy|girl|child|pupil|toddler|schoolboy|schoolgirl)\b[^.\n]{0,30}\b(?:of \d{1,2}|aged \d{1,2}|\d{1,2} years"
    r"|primary|academy|nursery|high school|infants?)\b|\b\d{1,2}[- ]year[- ]old (?:boy|girl|child|pupil)\b",
    re.IGNORECASE,
)
SHORTEST_PHONE, LONGEST_PHONE = 10, 14
MOST_OF_A_PLATE = 3

_PERSONAL = "UK GDPR art. 5(1)(c); product rule: no personal data in a text or an e-mail; domain.md pitfall 17"
_ILL = "“{found}”: say what helpers need to know, not the illness: may be confused."
_HEALTH_DATA = "UK GDPR art. 9; domain.md pitfall 7"
# What these rows look for by words, as the page of languages names it.
_VEHICLES, _HOMES, _NAMES, _TOLD, _ILLNESS = (
    *("vehicles", "names and numbers of houses and farms", "names of people, by titles and words round them"),
    *("who told us", "illness"),
)
_STREETS = (
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Crescent|Way|Terrace|Court|Gardens|Grove|Place|Row|View|Mews"
    r"|Green|Square|Cottages?)"
)
# The commonest first names that are not also words or usual names of places; a warning only, so the list may be short.
_FIRST_NAMES = (
    "Albert|Alfie|Arthur|Bob|Charlie|Daz|Edith|Edward|Elsie|Eric|Frank|Fred|George|Harry|Henry|James|Jim|Jimmy|Joan|John|Kyle"
    "|Len|Mary|Maureen|Norman|Peter|Reg|Ron|Ronnie|Sid|Simon|Stan|Sue|Ted|Tina|Tony|William"
    "|Adam|Alan|Alex|Alexander|Amanda|Andrew|Angela|Anthony|Barbara|Ben|Benjamin|Brian|Carol|Caroline|Charlotte|Chris|Christine"
    "|Christopher|Claire|Colin|Daniel|Darren|Dave|David|Deborah|Derek|Elizabeth|Emily|Emma|Gareth|Gary|Geoff|Graham|Hannah"
    "|Helen|Ian|Jack|Jacqueline|Jake|Jason|Jennifer|Jessica|Joanne|Joe|Jonathan|Joseph|Joshua|Karen|Karl|Kate|Keith|Kelly"
    "|Kenneth|Kevin|Laura|Lauren|Lee|Liam|Linda|Lisa|Luke|Malcolm|Margaret|Maria|Martin|Matthew|Michael|Michelle|Mike|Neil"
    "|Nicholas|Nicola|Nigel|Oliver|Pamela|Patricia|Patrick|Philip|Rachel|Rebecca|Richard|Robert|Roger|Ryan|Samantha|Sandra"
    "|Sarah|Scott|Sean|Sharon|Shaun|Sophie|Stephen|Steve|Steven|Stuart|Susan|Terry|Thomas|Timothy|Tom|Tracey|Trevor|Wayne"
)
# What is called like somebody: makers of machines, breeds of dogs.
_NOBODY = r"(?!(?:Jack Russell|John Deere|David Brown|Harry Ferguson|Henry Hoover|Ifor Williams)s?\b)"
# Whoever tells us something; not "man", who may be the one that is looked for.
_TELLER = (
    r"(?:farmer|gamekeeper|game keeper|keeper|landlord|landlady|landowner|owner|resident|neighbour|shepherd|caller|lady"
    r"|witness|member|postman|postmistress|barmaid|shopkeeper|tenant|walker|rider|vicar|clerk|cleaner)"
)
_LETTERS = (
    "alfa|alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|juliett|kilo|lima|mike|november|oscar|papa|quebec"
    "|romeo|sierra|tango|uniform|victor|whiskey|whisky|xray|x-ray|yankee|zulu"
)
_FIGURES = r"zero|one|two|three|four|five|six|seven|eight|nine|niner|\d"
_SPELLED = re.compile(rf"\b(?:(?:{_LETTERS}|{_FIGURES})[\s,-]+){{2,}}(?:{_LETTERS}|{_FIGURES})\b", re.IGNORECASE)
_SPELLED_LETTER = re.compile(rf"\b(?:{_LETTERS})\b", re.IGNORECASE)
_PERSON = (
    r"(?:farmer|gamekeeper|game keeper|keeper|landowner|owner|resident|neighbour|shepherd|caller"
    r"|witness|member|informant|man"
    r"|woman|lady|tenant|walker|rider|victim)"
)


def _phone(_: Facts, said: str) -> str:
    """Find a telephone number, but not 101, 999, free and helpline numbers, nor the figures of a grid reference."""
    for found in re.finditer(r"(?:\+\d|\b0)(?:[ ()-]{0,2}\d){8,14}\b", said):
        digits = re.sub(r"\D", "", found[0])
        after_letters = re.search(r"\b[A-Z]{2} ?\Z", said[: found.start()])
        if (
            not after_letters
            and SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE
            and not digits.startswith(("0800", "0808", "03"))
        ):
            return found[0]
    return ""


# So much is looked through for plates at once: a mark and what announces it are shorter than the overlap, and no piece
# holds more words than `plates.find` reads.
_PIECE, _OVERLAP = 400, 80


@lru_cache(maxsize=4)
def _marks(said: str) -> tuple[plates.Mark, ...]:
    """Return every mark in the words, piece by piece: a long text hides none, and costs no more than its length."""
    found: dict[str, plates.Mark] = {}
    for start in range(0, max(len(said) - _OVERLAP, 1), _PIECE - _OVERLAP):
        for mark in plates.find(said[start : start + _PIECE]):
            # What a cut left of a mark is whole in the piece before or after.
            if mark.whole or mark.normal not in found:
                found[mark.normal] = mark
    return tuple(found.values())


def _known(mark: plates.Mark) -> int:
    return sum(sign.isalnum() for sign in mark.normal)


def _plate(_: Facts, said: str) -> str:
    """Find whole marks and most of one; an unsure reading is refused too: it can be said another way."""
    found = [mark.text for mark in _marks(said) if mark.whole or _known(mark) > MOST_OF_A_PLATE]
    spelled = [one[0] for one in _SPELLED.finditer(said) if len(_SPELLED_LETTER.findall(one[0])) > 1]
    return ", ".join([*found, *spelled])


def _part_plate(facts: Facts, said: str) -> str:
    if facts.level in VETTED_LEVELS:
        return ""
    found = PART_PLATE.search(said)
    return found[0] if found else ", ".join(mark.text for mark in _marks(said) if not mark.whole)


def _postcode(_: Facts, said: str) -> str:
    return ", ".join(postcodes.find(said))


def _fine_grid(_: Facts, said: str) -> str:
    return ", ".join(found.text for found in grid.find(said) if found.square.size_m < FINEST_GRID_M)


def _person_below_vetted(facts: Facts, said: str) -> str:
    # Who is missing cannot be found without it.
    if facts.level in VETTED_LEVELS or facts.template == MISSING:
        return ""
    found = re.search(
        r"\b(?:man|men|males?|wom[ae]n|females?|lads?|youths?|boys?|girls?|suspects?|driver|passenger)\b[^.\n]{0,60}"
        r"\b(?:aged|wearing|beard(?:ed)?|bald|tattoo\w*|ginger|slim|stocky|build|hair(?:ed)?|years old"
        r"|in (?:his|her|their) (?:teens|\d0s))\b",
        said,
        re.IGNORECASE,
    )
    return found[0] if found else ""


def _public_vehicle(facts: Facts, said: str) -> str:
    found = VEHICLE.search(said)
    return found[0] if found and facts.level == Tier.PUBLIC and facts.seeks else ""


def _child(facts: Facts, said: str) -> str:
    found = _CHILD.search(said) if facts.template != MISSING else None
    return found[0] if found else ""


def _elsewhere() -> Iterator[Check]:
    """Give the row about illness for what is written in Welsh and Polish, into whatever box."""
    for language in TOLD_ELSEWHERE:
        illness = says_in(told_in(language, "health"))
        yield words_in(language, "health", WARN, _ILL, _HEALTH_DATA, illness, about=_ILLNESS)


PRIVACY: tuple[Check, ...] = (
    # ---- plates
    Check(
        "plate",
        REFUSE,
        "Take out {found}: a plate never goes into a message. Write colour, kind and direction instead, "
        "and for vetted members at most two figures: part plate ..51",
        "ADR 14; domain.md pitfall 8",
        _plate,
        of_words=True,
    ),
    Check(
        "part_plate",
        REFUSE,
        "Take out “{found}”, or choose vetted members: part of a plate goes to nobody else.",
        "ADR 14; domain.md pitfall 8",
        _part_plate,
        of_words=True,
    ),
    Check(
        "public_vehicle",
        WARN,
        "Anybody can read this, those in the vehicle too. Could it be for vetted members?",
        "domain.md pitfall 3",
        _public_vehicle,
        about=_VEHICLES,
    ),
    Check(
        "person_below_vetted",
        WARN,
        "“{found}”: a description of a person should go to vetted members only.",
        "product rule: assume that every broadcast leaks",
        _person_below_vetted,
        about="descriptions of people",
    ),
    Check(
        "child",
        WARN,
        "“{found}”: of a child leave out age and school, unless the child is missing.",
        "Children and Young Persons Act 1933 s49; domain.md pitfalls 11 and 12",
        _child,
        about="age and school of a child",
    ),
    Check(
        "victim",
        WARN,
        "“{found}”: say nothing that could show who the victim is: not where they live, work or walk.",
        "Sexual Offences (Amendment) Act 1992; domain.md pitfall 11",
        says(r"\braped?\b|\bsexual(?:ly)?\s+(?:\w+\s+)?(?:assault\w*|offences?|touched)\b|\bindecent\w*\b"),
        of_words=True,
        about="victims of sexual offences",
    ),
    Check(
        "health",
        WARN,
        _ILL,
        _HEALTH_DATA,
        says(
            r"\bdementia\b|\balzheimer\w*|\bschizophreni\w*|\bbipolar\b|\bdepress(?:ed|ion)\b|\bsuicid\w*"
            r"|\bmental(?:ly)?\s+(?:health|ill\w*)\b|\bself[- ]harm\w*|\balcoholic\b|\baddict\w*"
        ),
        of_words=True,
        about=_ILLNESS,
    ),
    # ---- personal data
    Check(
        "phone",
        REFUSE,
        "Take out the telephone number {found}: people answer this message, or call 101.",
        _PERSONAL,
        _phone,
        of_words=True,
    ),
    Check(
        "email",
        REFUSE,
        "Take out the e-mail address {found}: people answer this message.",
        _PERSONAL,
        says(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
        of_words=True,
    ),
    Check(
        "house",
        REFUSE,
        "Take out the house number in “{found}”: the road or the village is enough.",
        _PERSONAL,
        says(
            r"\b[Nn]umber (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve),?[ ]"
            rf"(?:[A-Z][\w'-]{{1,20}}[ ]){{1,3}}{_STREETS}\b"
            r"|(?<![\d:./])(?<!Junction )(?<!junction )\b\d{1,4}[A-Za-z]?,?[ ]"
            rf"(?:[A-Z][\w'-]{{1,20}}[ ]){{1,3}}{_STREETS}\b",
            re.NOFLAG,
        ),
        of_words=True,
        about=_HOMES,
    ),
    Check(
        "postcode",
        WARN,
        "{found} may be one farm: is the road or the village enough?",
        _PERSONAL,
        _postcode,
        of_words=True,
    ),
    Check(
        "fine_grid",
        WARN,
        "{found} is finer than people need: six figures are enough.",
        "domain.md pitfall 2: no live place finer than needed",
        _fine_grid,
        of_words=True,
    ),
    Check(
        "farm",
        WARN,
        "“{found}”: would it show who told us, or where the next victim lives?",
        "domain.md pitfall 5",
        says(
            r"\b(?:The )?Old (?:Rectory|Vicarage|Manor|Forge|Bakery|School ?house|Farmhouse|Mill House|Post Office)\b"
            r"|\b(?!(?:\w+ )?(?:Village|Town|Parish|Church|Public|Solar|Wind|City|County|Country|Guild)\b"
            r"|The\b)[A-Z][a-z']+(?:[ ][A-Z][a-z']+)?[ ]"
            r"(?:Farm|Cottages?|Hall|Barn|Grange|Lodge|House)\b(?![ ]+(?:Watch|Shop|Road|Lane|Street"
            r"|Way|Park|Close|Drive|Inn|Hotel))",
            re.NOFLAG,
        ),
        of_words=True,
        about=_HOMES,
    ),
    Check(
        "titled_name",
        REFUSE,
        "Take out the name “{found}”.",
        _PERSONAL,
        says(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Revd?|Cllr|Capt)\.?[ ]+[A-Z][A-Za-z'-]+", re.NOFLAG),
        of_words=True,
        about=_NAMES,
    ),
    Check(
        "named",
        REFUSE,
        "Take out the name in “{found}”.",
        _PERSONAL + "; domain.md pitfall 9",
        says(
            r"\b(?:[Mm][ae]n|[Ww]om[ae]n|[Mm]ales?|[Ff]emales?|[Ll]ads?|[Bb]oys?|[Gg]irls?|[Dd]rivers?"
            r"|[Ss]uspects?|[Pp]ersons?|[Hh]e|[Ss]he|[Tt]hey|[Ff]armers?|[Oo]wners?|[Vv]ictims?)"
            r"(?:[ ](?:is|are|was|were))?[ ](?:named|called|known as)[ ][\"']?[A-Z][\w'-]+"
            r"|\b(?:[Ss]uspect|[Dd]river|[Oo]ffender|[Tt]hief|[Mm]an|[Ww]oman|[Ll]ad|[Oo]wner|[Vv]ictim)[ ](?:is|was)"
            r"[ ](?!Police)[A-Z][a-z'-]+[ ][A-Z][a-z'-]+"
            rf"|\b{_NOBODY}[A-Z][a-z'-]+[ ][A-Z][a-z'-]+,[ ](?:aged[ ])?\d{{2}}\b(?![:./]\d)",
            re.NOFLAG,
        ),
        of_words=True,
        about=_NAMES,
    ),
    Check(
        "family",
        REFUSE,
        "Take out “{found}”: nobody's family is named.",
        "domain.md pitfall 9 (defamation)",
        says(
            r"\b[Tt]he[ ][A-Z][a-z'-]+[ ](?:family|brothers|boys|lads|clan)\b"
            r"|\b(?:[Bb]elieved|[Tt]hought|[Ss]aid|[Kk]nown)[ ]to[ ]be[ ]the[ ][A-Z][a-z'-]+s\b",
            re.NOFLAG,
        ),
        of_words=True,
        about=_NAMES,
    ),
    Check(
        "name_perhaps",
        WARN,
        "Is “{found}” a person? Then take it out.",
        _PERSONAL,
        says(
            rf"\b(?:{_FIRST_NAMES})[ ]and[ ](?:his|her)[ ](?:brother|sister|mate|son|wife|partner)s?\b"
            rf"|\b{_NOBODY}(?:{_FIRST_NAMES})[ ](?!(?:{_STREETS[3:-1]}|Wood|Farm|Hill|Arms|Bridge|Park|Hall"
            r"|Watch)\b)[A-Z][a-z'-]+\b",
            re.NOFLAG,
        ),
        of_words=True,
        about=_NAMES,
    ),
    Check(
        "birth",
        REFUSE,
        "Take out “{found}”: no date of birth goes into a message.",
        _PERSONAL,
        says(r"\bd\.?o\.?b\.?\b|\bdate of birth\b|\bborn (?:on|in|\d)"),
        of_words=True,
        about="dates of birth",
    ),
    Check(
        "source",
        REFUSE,
        "Take out “{found}”: it shows who told us.",
        "domain.md pitfall 5 (retaliation)",
        says(
            rf"\b(?i:{_PERSON})s?[ ](?:at|of|from|in|near"
            rf"|on)[ ](?:the\s)?[A-Z0-9][\w' -]{{2,40}}?[ ](?:saw|seen|has seen|reported|reports|called"
            r"|rang|told|says|said|spotted|heard)\b",
            re.NOFLAG,
        ),
        of_words=True,
        about=_TOLD,
    ),
    Check(
        "source_hint",
        WARN,
        "“{found}”: say that it was seen, not by whom.",
        "domain.md pitfall 5",
        says(
            r"\b(?:told|reported|seen|spotted|called in)[ ](?:to us\s)?by[ ](?:an?|the|our"
            rf"|one of our)[ ](?:local\s)?{_PERSON}\b"
            rf"|\b(?:an?|the|our)[ ](?:local[ ])?{_TELLER}[ ](?:(?:at|of|from|in|on|who runs)[ ][\w' -]{{2,40}}?[ ])?"
            r"(?:saw|says|said|told|tells|rang|phoned|texted|noticed|found|watched|reported|reports|spotted|heard)\b"
        ),
        of_words=True,
        about=_TOLD,
    ),
    Check(
        "exposed",
        REFUSE,
        "Take out “{found}”: it tells thieves what they want to know.",
        "domain.md pitfalls 22 and 23",
        says(
            r"\blives? alone\b|\bliving alone\b"
            r"|\b(?:old|elderly|frail|disabled|vulnerable|widow\w*)\s+(?:\w+\s+){0,2}"
            r"(?:on (?:his|her|their) own|alone)\b"
            r"|\b(?:house|farm|home|property|cottage|yard|bungalow|flat|barn|premises) "
            r"(?:is|stands|will be|left|was left) (?:empty|unoccupied|unattended)\b"
            r"|\b(?:owners?|family|farmer|couple|occupiers?)\s+(?:is|are)\s+"
            r"(?:away|abroad|on holiday|in\s+\w+\s+(?:till|until))\b"
            r"|\baway (?:till|until|for the)\b|\baway on holiday\b|\bon holiday until\b"
            r"|\bkeys? (?:is |are )?(?:left |kept |hidden )?(?:under|behind)\b"
            r"|\bkeys? (?:is |are )(?:left|kept|hidden|still) (?:in|on)\b|\b(?:alarm|gate"
            r"|door|padlock) code\b"
            r"|\b(?:guns?|firearms?|shotguns?|ammunition) (?:are |is )?(?:kept|stored|held)\b"
            r"|\bkeeps?\s+(?:\w+\s+){0,2}(?:guns?|firearms?|shotguns?|rifles?)\b"
            r"|\bfull of (?:guns?|firearms?|shotguns?|rifles?)\b"
            r"|(?<!your )\bgun (?:cabinet|safe|room)\b"
        ),
        of_words=True,
        about="who is alone or away, where keys and guns are",
    ),
    *_elsewhere(),
)
