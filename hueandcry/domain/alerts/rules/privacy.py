"""Send check: no plate, no name, no address, and nothing that shows who told us. Pure."""

import re

from hueandcry.domain.alerts.rules.kinds import Facts
from hueandcry.domain.alerts.rules.looking import REFUSE, WARN, Check, says
from hueandcry.domain.alerts.rules.wording import PART_PLATE, VEHICLE, VETTED_LEVELS
from hueandcry.domain.members.rules import Tier
from hueandcry.kit import grid, plates, postcodes

FINEST_GRID_M = 100
SHORTEST_PHONE, LONGEST_PHONE = 10, 14
MOST_OF_A_PLATE = 3

_PERSONAL = "UK GDPR art. 5(1)(c); product rule: no personal data in a text or an e-mail; domain.md pitfall 17"
_STREETS = (
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Crescent|Way|Terrace|Court|Gardens|Grove|Place|Row|View|Mews"
    r"|Green|Square|Cottages?)"
)
# The commonest first names that are not also words or usual names of places; a warning only, so the list may be short.
_FIRST_NAMES = (
    "Adam|Alan|Alex|Alexander|Amanda|Andrew|Angela|Anthony|Barbara|Ben|Benjamin|Brian|Carol|Caroline|Charlotte|Chris|Christine"
    "|Christopher|Claire|Colin|Daniel|Darren|Dave|David|Deborah|Derek|Elizabeth|Emily|Emma|Gareth|Gary|Geoff|Graham|Hannah"
    "|Helen|Ian|Jack|Jacqueline|Jake|Jason|Jennifer|Jessica|Joanne|Joe|Jonathan|Joseph|Joshua|Karen|Karl|Kate|Keith|Kelly"
    "|Kenneth|Kevin|Laura|Lauren|Lee|Liam|Linda|Lisa|Luke|Malcolm|Margaret|Maria|Martin|Matthew|Michael|Michelle|Mike|Neil"
    "|Nicholas|Nicola|Nigel|Oliver|Pamela|Patricia|Patrick|Philip|Rachel|Rebecca|Richard|Robert|Roger|Ryan|Samantha|Sandra"
    "|Sarah|Scott|Sean|Sharon|Shaun|Sophie|Stephen|Steve|Steven|Stuart|Susan|Terry|Thomas|Timothy|Tom|Tracey|Trevor|Wayne"
)
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


def _known(mark: plates.Mark) -> int:
    return sum(sign.isalnum() for sign in mark.normal)


def _plate(_: Facts, said: str) -> str:
    """Find whole marks and most of one; an unsure reading is refused too: it can be said another way."""
    return ", ".join(mark.text for mark in plates.find(said) if mark.whole or _known(mark) > MOST_OF_A_PLATE)


def _part_plate(facts: Facts, said: str) -> str:
    if facts.level in VETTED_LEVELS:
        return ""
    found = PART_PLATE.search(said)
    return found[0] if found else ", ".join(mark.text for mark in plates.find(said) if not mark.whole)


def _postcode(_: Facts, said: str) -> str:
    return ", ".join(postcodes.find(said))


def _fine_grid(_: Facts, said: str) -> str:
    return ", ".join(found.text for found in grid.find(said) if found.square.size_m < FINEST_GRID_M)


def _person_below_vetted(facts: Facts, said: str) -> str:
    if facts.level in VETTED_LEVELS:
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
    return found[0] if found and facts.level == Tier.PUBLIC else ""


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
    ),
    Check(
        "person_below_vetted",
        WARN,
        "“{found}”: a description of a person should go to vetted members only.",
        "product rule: assume that every broadcast leaks",
        _person_below_vetted,
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
            r"(?<![\d:./])(?<!Junction )(?<!junction )\b\d{1,4}[A-Za-z]?,?[ ]"
            rf"(?:[A-Z][\w'-]{{1,20}}[ ]){{1,3}}{_STREETS}\b",
            re.NOFLAG,
        ),
        of_words=True,
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
            r"\b(?!Village|Town|Parish|Church|Public|Solar|Wind|City|County|Country|Guild"
            r"|The\b)[A-Z][a-z']+(?:[ ][A-Z][a-z']+)?[ ]"
            r"(?:Farm|Cottages?|Hall|Barn|Grange|Lodge|House)\b(?![ ]+(?:Watch|Shop|Road|Lane|Street"
            r"|Way|Park|Close|Drive|Inn|Hotel))",
            re.NOFLAG,
        ),
        of_words=True,
    ),
    Check(
        "titled_name",
        REFUSE,
        "Take out the name “{found}”.",
        _PERSONAL,
        says(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.?[ ]+[A-Z][A-Za-z'-]+", re.NOFLAG),
        of_words=True,
    ),
    Check(
        "named",
        REFUSE,
        "Take out the name in “{found}”.",
        _PERSONAL + "; domain.md pitfall 9",
        says(
            r"\b(?:[Mm][ae]n|[Ww]om[ae]n|[Mm]ales?|[Ff]emales?|[Ll]ads?|[Bb]oys?|[Gg]irls?|[Dd]rivers?"
            r"|[Ss]uspects?|[Pp]ersons?|[Hh]e|[Ss]he|[Tt]hey|[Ff]armers?|[Oo]wners?|[Vv]ictims?)"
            r"(?:[ ](?:is|are|was|were))?[ ](?:named|called|known as)[ ][\"']?[A-Z][\w'-]+",
            re.NOFLAG,
        ),
        of_words=True,
    ),
    Check(
        "family",
        REFUSE,
        "Take out “{found}”: nobody's family is named.",
        "domain.md pitfall 9 (defamation)",
        says(r"\b[Tt]he[ ][A-Z][a-z'-]+[ ](?:family|brothers|boys|lads|clan)\b", re.NOFLAG),
        of_words=True,
    ),
    Check(
        "name_perhaps",
        WARN,
        "Is “{found}” a person? Then take it out.",
        _PERSONAL,
        says(
            rf"\b(?:{_FIRST_NAMES})[ ](?!(?:{_STREETS[3:-1]}|Wood|Farm|Hill|Arms|Bridge|Park|Hall"
            r"|Watch)\b)[A-Z][a-z'-]+\b",
            re.NOFLAG,
        ),
        of_words=True,
    ),
    Check(
        "birth",
        REFUSE,
        "Take out “{found}”: no date of birth goes into a message.",
        _PERSONAL,
        says(r"\bd\.?o\.?b\.?\b|\bdate of birth\b|\bborn (?:on|in|\d)"),
        of_words=True,
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
    ),
    Check(
        "source_hint",
        WARN,
        "“{found}”: say that it was seen, not by whom.",
        "domain.md pitfall 5",
        says(
            r"\b(?:told|reported|seen|spotted|called in)[ ](?:to us\s)?by[ ](?:an?|the|our"
            rf"|one of our)[ ](?:local\s)?{_PERSON}\b"
        ),
        of_words=True,
    ),
    Check(
        "exposed",
        REFUSE,
        "Take out “{found}”: it tells thieves what they want to know.",
        "domain.md pitfalls 22 and 23",
        says(
            r"\blives? alone\b|\bliving alone\b|\b(?:house|farm|home|property|cottage|yard) (?:is"
            r"|stands|will be) (?:empty|unoccupied)\b"
            r"|\baway on holiday\b|\bon holiday until\b|\bkeys? (?:is |are )?under\b|\b(?:alarm|gate"
            r"|door|padlock) code\b"
            r"|\b(?:guns?|firearms?|shotguns?|ammunition) (?:are |is )?(?:kept|stored|held)\b"
            r"|\bgun (?:cabinet|safe|room)\b"
        ),
        of_words=True,
    ),
)
