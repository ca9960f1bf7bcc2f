"""Vehicles, people and directions in what people write, said again in words of our own. Pure."""

import re
from collections.abc import Mapping

_COLOURS = {
    "grey": "grey|gray|llwyd",
    "silver": "silver|arian",
    "white": "white|whit|gwyn|wen",
    "black": "black|blk|du",
    "blue": "blue|glas",
    "green": "green|gwyrdd",
    "red": "red|coch",
    "maroon": "maroon|burgundy",
    "yellow": "yellow|melyn",
    "orange": "orange",
    "brown": "brown|bronze",
    "beige": "beige|cream|tan|sand",
    "gold": "gold",
    "purple": "purple",
    "dark": "dark(?: colou?red)?",
    "light": "light colou?red",
}
_SHADES = "dark|light|navy|bright|pale|metallic|dirty|old|newish|matt|muddy"
# What people call vehicles in the country. A model that is also a word counts only behind a colour or its maker.
_BODIES = {
    "pick-up": r"pick[ -]?ups?|pickups?|flat-?beds?|double cab|crew cab|truck",
    "4x4": r"4\s?[x×]\s?4s?|four by four|suvs?|jeeps?|off-?roaders?",  # noqa: RUF001
    "van": r"vans?|fan wen",
    "car": r"cars?|saloon|estate|hatchback|coupe|convertible",
    "lorry": r"lorr(?:y|ies)|wagon|hgv|artic|low ?loader",
    "tipper": r"tippers?",
    "quad": r"quads?(?: ?bikes?)?|atvs?|side by side|gator|mule|utv",
    "motorbike": r"motor ?(?:bikes?|cycles?)|scramblers?|trials? bikes?|dirt ?bikes?|moped",
    "tractor": r"tractors?",
    "horsebox": r"horse ?(?:box|lorry)(?:es)?",
    "trailer": r"(?:stock |livestock |plant )?trailers?",
    "digger": r"(?:mini ?)?diggers?|excavators?|jcb",
    "telehandler": r"tele ?handlers?|loadall|manitou|merlo",
    "caravan": r"caravans?|camper ?vans?|motor ?homes?",
    "minibus": r"mini ?bus(?:es)?",
    "boat": r"(?:small |speed)boats?|rib|dinghy",
    "bicycle": r"push ?bikes?|bicycles?|e-?bikes?",
}
_MODELS = {
    "Nissan Navara": r"(?:nissan )?navara",
    "Nissan pick-up": r"nissan d22",
    "Nissan X-Trail": r"(?:nissan )?x-?trail",
    "Nissan Qashqai": r"(?:nissan )?qashqai",
    "Toyota Hilux": r"(?:toyota )?hi-?lux",
    "Toyota Land Cruiser": r"(?:toyota )?land ?cruiser",
    "Mitsubishi L200": r"(?:mitsubishi |mitsi |mitsubishi animal )?l ?200(?: warrior| animal)?",
    "Mitsubishi Shogun": r"(?:mitsubishi )?(?:shogun|pajero)",
    "Ford Ranger": r"ford ranger",
    "Ford Transit": r"(?:ford )?transit(?: connect| custom)?",
    "Isuzu D-Max": r"(?:isuzu )?d-?max|isuzu rodeo",
    "VW Amarok": r"(?:vw |volkswagen )?amarok",
    "VW Transporter": r"(?:vw |volkswagen )?transporter|vw t[456]",
    "VW Caddy": r"vw caddy|caddy van",
    "VW Golf": r"(?:vw|volkswagen) golf",
    "Land Rover Defender": r"(?:land ?rover )defender|defender (?:90|110|130)",
    "Land Rover Discovery": r"(?:land ?rover )discovery|disco(?:very)? ?[2345]?(?= (?:with|and|parked|heading))",
    "Land Rover Freelander": r"(?:land ?rover )?freelander",
    "Range Rover": r"range ?rover(?: sport| evoque)?|evoque",
    "Land Rover": r"land ?rover|landy|lr90|lr110",
    "Subaru Forester": r"(?:subaru|scooby) forester",
    "Subaru Legacy": r"subaru legacy",
    "Subaru Outback": r"subaru outback",
    "Subaru Impreza": r"(?:subaru )?impreza",
    "Suzuki Jimny": r"(?:suzuki )?jimny",
    "Suzuki Vitara": r"(?:suzuki )?(?:grand )?vitara",
    "Vauxhall Astra": r"(?:vauxhall )?astra(?: van)?",
    "Vauxhall Corsa": r"(?:vauxhall )?corsa(?: van)?",
    "Vauxhall Vivaro": r"(?:vauxhall )?vivaro",
    "Vauxhall Combo": r"vauxhall combo",
    "Ford Focus": r"ford focus",
    "Ford Fiesta": r"ford fiesta",
    "Ford Mondeo": r"(?:ford )?mondeo",
    "Mercedes Sprinter": r"(?:mercedes |merc )?sprinter",
    "Mercedes Vito": r"(?:mercedes |merc )?vito",
    "Mercedes": r"mercedes|merc",
    "Citroen Berlingo": r"(?:citro[eë]n )?berlingo",
    "Peugeot Partner": r"peugeot partner",
    "Renault Kangoo": r"(?:renault )?kangoo",
    "Renault Trafic": r"renault traffic|(?:renault )?trafic",
    "Skoda Octavia": r"(?:skoda )?octavia",
    "Honda CR-V": r"(?:honda )?cr-?v",
    "Hyundai Tucson": r"(?:hyundai )?tucson",
    "Kia Sportage": r"(?:kia )?sportage",
    "Iveco": r"iveco(?: daily)?",
    "John Deere": r"john deere",
    "Massey Ferguson": r"massey(?: ferguson)?",
    "New Holland": r"new holland",
    **{
        make: make.lower()
        for make in (
            *("Nissan", "Toyota", "Mitsubishi", "Isuzu", "Subaru", "Suzuki", "Vauxhall", "Volkswagen", "Skoda", "Audi"),
            *(
                "Volvo",
                "Peugeot",
                "Renault",
                "Citroen",
                "Fiat",
                "Honda",
                "Hyundai",
                "Kia",
                "Mazda",
                "Dacia",
                "Ssangyong",
            ),
            *("Ford", "BMW", "VW", "Kubota", "Polaris", "Fendt", "Claas", "Daf", "Scania"),
        )
    },
}
_AFTER_COLOUR = {
    "Ford Ranger": "ranger",
    "Land Rover Defender": "defender",
    "Land Rover Discovery": "discovery|disco",
    "Subaru Forester": "forester",
    "VW Golf": "golf",
    "VW Caddy": "caddy",
    "Ford Focus": "focus",
    "Ford Fiesta": "fiesta",
    "Peugeot Partner": "partner",
    "Subaru Legacy": "legacy",
}


def _table(table: Mapping[str, str]) -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE)) for name, words in table.items()]


_COLOUR = re.compile(rf"\b(?:(?:{_SHADES})[ -])?(?P<colour>{'|'.join(_COLOURS.values())})(?:ish)?\b", re.IGNORECASE)
_COLOUR_NAMES = _table(_COLOURS)
_MODEL_NAMES, _BODY_NAMES, _COLOURED_NAMES = _table(_MODELS), _table(_BODIES), _table(_AFTER_COLOUR)
# Said behind a maker or model: `Ford Transit tipper`.
_ADDED = frozenset({"pick-up", "van", "quad", "horsebox", "lorry", "tipper"})
_NEAR = 28  # characters between a colour and what it colours


def read_vehicle(text: str) -> str:
    """Return the vehicle in words of our own, `grey Nissan Navara`, `white van`; empty when there is none."""
    named = _first(_MODEL_NAMES, text) or _coloured(text)
    body = _first(_BODY_NAMES, text)
    thing = named or body
    if thing is None:
        return ""
    name, start, end = thing
    colour = _colour_of(text, start, end)
    if named and body and body[0] in _ADDED and abs(body[1] - end) < _NEAR:
        name = f"{name} {body[0]}"
    return f"{colour} {name}".strip()


def _first(table: list[tuple[str, re.Pattern[str]]], text: str) -> tuple[str, int, int] | None:
    """Return the first name of a table in the text, the longer of two that begin together."""
    hits = [(found.start(), -found.end(), name) for name, words in table if (found := words.search(text))]
    if not hits:
        return None
    start, end, name = min(hits)
    return name, start, -end


def _coloured(text: str) -> tuple[str, int, int] | None:
    """Return a model that is also a word, when a colour stands right before it."""
    hit = _first(_COLOURED_NAMES, text)
    if hit is None:
        return None
    before = text[max(0, hit[1] - 14) : hit[1]]
    return hit if re.search(rf"(?:{'|'.join(_COLOURS.values())})\s+\Z", before, re.IGNORECASE) else None


def _colour_of(text: str, start: int, end: int) -> str:
    """Return the colour before the vehicle, or right behind it."""
    before = list(_COLOUR.finditer(text, max(0, start - _NEAR), start))
    found = before[-1] if before else _COLOUR.match(text, min(len(text), end + 1))
    if found is None:
        return ""
    return next(name for name, words in _COLOUR_NAMES if words.match(found["colour"]))


_COUNT = {
    **{str(number): str(number) for number in range(1, 21)},
    "a": "1",
    "an": "1",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "couple": "2",
    "pair": "2",
    "several": "several",
    "some": "several",
    "few": "several",
    "group": "several",
    "gang": "several",
    "bunch": "several",
    "dau": "2",
    "tri": "3",
}
_PEOPLE = {
    "men": "men|man|lads?|blokes?|males?|fellas?|fellows?|guys?|chaps?|boys?|ddyn|dyn",
    "women": "women|woman|females?|girls?|lad(?:y|ies)",
    "children": "kids?|children|youths?|teenagers?|teens?|youngsters?",
    "people": "people|persons?|individuals?|occupants?|hare ?coursers?|poachers?|coursers?|intruders?|thieves|thief",
}
_MANY = re.compile(
    rf"(?<![\w.:/-])(?!a\s+(?:couple|pair|few|group|gang|bunch)\b)"
    rf"(?P<count>{'|'.join(sorted(_COUNT, key=len, reverse=True))})\+?(?:\s+of)?(?:\s+x)?\s+"
    rf"(?:(?!{'|'.join(_PEOPLE.values())}\b)[a-z]+\s+){{0,2}}?"
    rf"(?P<who>{'|'.join(_PEOPLE.values())})\b",
    re.IGNORECASE,
)
_WHO = _table(_PEOPLE)
_ONE_OF = {"men": "man", "women": "woman", "children": "child", "people": "person"}


def read_people(text: str) -> str:
    """Return how many people were seen, in words of our own: `2 men`, `several people`; empty when it is not said."""
    found = _MANY.search(text)
    if found is None:
        return ""
    count = _COUNT[found["count"].lower()]
    who = next(name for name, words in _WHO if words.match(found["who"]))
    return f"1 {_ONE_OF[who]}" if count == "1" else f"{count} {who}"


_WINDS = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "ne": "north-east",
    "nw": "north-west",
    "se": "south-east",
    "sw": "south-west",
    "gogledd": "north",
    "de": "south",
}
WIND = r"(?:north|south)(?:[ -]?(?:east|west))?|east|west"
_GOING = (
    r"(?:head(?:ing|ed|s)|going|gone|went|goes|travel+ing|driving|drove|moving|making|turned|turning"
    r"|off|left|leaving|fled|last seen)"
)
_WAY = re.compile(
    rf"\b{_GOING}\s+(?:off\s+|away\s+|out\s+|back\s+|now\s+|due\s+|fast\s+|direction\s+)*"
    rf"(?P<wind>{WIND}|(?-i:[NSEW]|[NS][EW])|gogledd)(?:bound|wards?|erly)?\b"
    rf"|\b(?P<bound>{WIND})\s?-?(?:bound|wards?)\b|\b(?P<short>[NSEW])[ /]?bound\b"
    r"|\b(?P<tiny>(?-i:[NSEW]))/(?-i:[Bb])\b"
    rf"|\A\s*(?P<alone>{WIND})\s*\Z",
    re.IGNORECASE,
)
_NOT_A_NAME = (
    r"(?:the|a|an|my|our|your|his|her|their|me|us|here|there|home|where|it|them|you|on|at|in|with|from|now|and|past|via"
    r"|by|then|over|through|about|around|just|is|was|off|along|some|work|bed|town|farm|house|north|south|east|west)\b"
)
# Before these a name in small letters goes on: `towards little wold`.
_FIRST_WORDS = (
    "little|great|upper|lower|high|low|old|new|st|saint|kings|bishops|outer|inner|long|castle|market|much|nether|stoke"
)
_MORE = r"(?:le|on|upon|under|by|the)\b(?=[ -](?-i:[A-Z]))"
_NAME = (
    rf"(?!{_NOT_A_NAME})(?:(?-i:[A-Z])[\w'’-]*(?:[ -](?!{_NOT_A_NAME})(?:(?-i:[A-Z])[\w'’-]*|{_MORE})){{0,3}}"  # noqa: RUF001
    rf"|(?:{_FIRST_WORDS}) [\w'’-]+|[a-z][\w'’-]*)"  # noqa: RUF001
)
_TO = re.compile(
    rf"\b(?:towards?|{_GOING}\s+(?:off\s+|out\s+|back\s+|down\s+|up\s+|over\s+)*"
    rf"(?:for|to|in the direction of|direction)|direction of|making for|off to|bound for|i gyfeiriad)\s+"
    rf"(?P<name>{_NAME})",
    re.IGNORECASE,
)
_ROAD = re.compile(
    rf"\b(?:{_GOING}\s+)?(?:{_GOING}|on|onto|along|down|up|via|towards?|off|the)\s+(?:the\s+)?(?P<road>[ABM][1-9]\d{{0,3}}(?:\(M\))?)(?![\w])",
    re.IGNORECASE,
)
_LIKELY_PLACE = re.compile(r"[A-Z]")


def read_direction(text: str) -> str:
    """Return which way it went in words of our own: `north`, `towards Holt`, `north on A683`; empty when not said."""
    to, way, road = _TO.search(text), _WAY.search(text), _ROAD.search(text)
    parts = []
    if way is not None:
        wind = next(word for word in way.groups() if word).lower()
        parts.append(_WINDS.get(wind, re.sub(r"(north|south)[ -]?(east|west)", r"\1-\2", wind)))
    if to is not None and not re.match(r"[ABMabm]\d", to["name"]):
        parts.append(f"towards {_titled(to['name'])}")
    if road is not None and (parts or re.match(_GOING, road[0], re.IGNORECASE)):
        parts.append(f"on {road['road'].upper()}")
    return " ".join(parts)[:80]


def _titled(name: str) -> str:
    """Return a place's name as it is written: `holt` → `Holt`; capitals that are there stay."""
    if not _LIKELY_PLACE.search(name) or name.isupper():
        return " ".join(
            word if word in {"le", "on", "upon", "by", "the", "under"} else word.capitalize()
            for word in name.lower().split()
        )
    return name
