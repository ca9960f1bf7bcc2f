"""Templates of alerts: what each asks in big choices, how its words are made of the answers, whom it proposes. Pure.

The table is `TEMPLATES`; a force adds rows of its own and puts shipped ones away (`alerts_template`). Words are
patterns: `{colour} {kind}` is filled from the answers, and a piece between two commas is left out when nothing that it
names was answered. A text that must be short drops such pieces from the end, so the order is that of importance.

All that the table says to people stands in the catalogues (`sentences`): `make words` finds it without being told.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from hueandcry.domain.alerts.rules.kinds import AlertError, Marking, Urgency, Words
from hueandcry.domain.alerts.rules.wording import ASK_MOST, HEADLINE_MOST, VETTED_LEVELS, WHAT_MOST, WHERE_MOST
from hueandcry.domain.members.rules import SchemeKind, Tier
from hueandcry.kit.words import say

# What somebody may type where a choice does not fit: a few words, not a story.
TYPED_MOST = 60
MORE_MOST = 80
KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
KEY_MOST, NAME_MOST, HINT_MOST = 40, 60, 120
SHORTEST_LIFE, LONGEST_LIFE = dt.timedelta(minutes=30), dt.timedelta(days=14)
WIDEST_M = 100_000.0
# What every template may name beside the answers to its questions.
ALWAYS = ("where", "when", "starts")


@dataclass(frozen=True)
class Choice:
    """One answer that is pressed.

    Attributes:
        label: on the button.
        said: in the words; empty says nothing.
        more: other names that it fills, such as what is to be done.
        topics: slugs of the subjects that it makes the alert one of, the first that is there.
        schemes: whom it concerns first; nothing: everybody.
    """

    value: str
    label: str
    said: str
    more: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    schemes: tuple[SchemeKind, ...] = ()


@dataclass(frozen=True)
class Question:
    """One thing that a template asks.

    Attributes:
        choices: to press; none: it is typed.
        most: how many signs may be typed, instead of a choice or where there are none; 0: nothing is typed.
        needed: without it there is no alert.
        levels: asked only when the alert is for these; none: always.
    """

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    most: int = 0
    needed: bool = False
    hint: str = ""
    levels: frozenset[Tier] = frozenset()

    def choice(self, value: str) -> Choice | None:
        """Return the choice that this value stands for."""
        return next((one for one in self.choices if one.value == value), None)


@dataclass(frozen=True)
class Spread:
    """How far an alert goes round its place, before anybody presses wider or narrower.

    Attributes:
        night_m: as far at night, when people would be woken; 0: as by day.
        ahead_m: with a direction it goes so far ahead that way, and `radius_m` to each side; 0: always round.
        everywhere: it may be for the whole force.
    """

    radius_m: float
    night_m: float = 0
    ahead_m: float = 0
    everywhere: bool = False


@dataclass(frozen=True)
class Template:
    """One row.

    Attributes:
        topic: slug and name of its subject, which is added when it is not there and no answer has a better one.
        seeks: people are asked to look for somebody or something, so what is seen ages, and a vehicle is one to find.
        asks_when: it is about a moment; what is said of one is in the past.
        starts: it is about something that begins later.
    """

    key: str
    name: str
    hint: str
    topic: tuple[str, str]
    level: Tier
    urgency: Urgency
    life: dt.timedelta
    questions: tuple[Question, ...]
    headline: str
    what: str
    ask: str
    spread: Spread
    seeks: bool = True
    asks_when: bool = True
    starts: bool = False
    invites_answers: bool = True
    is_own: bool = False

    @property
    def marking(self) -> Marking:
        """Return how it is classified as usual: what anybody may read is for public release (domain.md A7)."""
        return Marking.PUBLIC if self.level == Tier.PUBLIC else Marking.OFFICIAL

    def question(self, name: str) -> Question | None:
        """Return one of its questions."""
        return next((one for one in self.questions if one.name == name), None)


Answers = Mapping[str, str]


# ---------------------------------------------------------------- the questions


def _one(value: str, label: str = "", said: str = "", **more: Any) -> Choice:  # noqa: ANN401 - as Choice takes them
    return Choice(value, label or value.capitalize(), said or (label or value).lower(), **more)


_FARM, _HORSE = (SchemeKind.FARM,), (SchemeKind.HORSE,)
_FARM_AND_HORSE = (SchemeKind.FARM, SchemeKind.HORSE)

VEHICLE = Question(
    "kind",
    "What is it?",
    (
        *(_one("pick-up"), _one("van"), _one("4x4"), _one("car"), _one("quad"), _one("motorbike")),
        *(_one("lorry"), _one("tractor"), _one("vehicles", "Several", "vehicles")),
    ),
    most=TYPED_MOST,
    needed=True,
)
COLOUR = Question(
    "colour",
    "Colour?",
    (
        *(_one("white"), _one("black"), _one("grey"), _one("silver"), _one("blue")),
        *(_one("red"), _one("green"), _one("dark"), _one("light")),
    ),
)
DIRECTION = Question(
    "direction",
    "Which way?",
    (
        _one("north", said="heading north"),
        _one("east", said="heading east"),
        _one("south", said="heading south"),
        _one("west", said="heading west"),
        _one("still", "Still there", "still there"),
        _one("unknown", "Not known", " "),
    ),
)
ABOUT = Question(
    "about",
    "What do you think it is about?",
    (
        _one("coursing", "Hare coursing", " ", topics=("hare-coursing",), schemes=_FARM),
        _one("poaching", "Poaching", " ", topics=("poaching",), schemes=_FARM),
        _one("theft", "Theft", " ", topics=("machinery-theft", "rural-burglary")),
        _one("fuel", "Fuel theft", " ", topics=("fuel-theft",)),
        _one("tipping", "Fly-tipping", " ", topics=("fly-tipping",)),
        _one("unknown", "Not known", " "),
    ),
)
PEOPLE = Question(
    "people",
    "How many?",
    (
        _one("one", "One", "one person"),
        _one("two", "Two", "two people"),
        _one("three", "Three", "three people"),
        _one("more", "Four or more", "four or more people"),
    ),
)
PART = Question(
    "part",
    "Two figures of the plate",
    most=2,
    hint="For checked members only, and never more than two.",
    levels=VETTED_LEVELS,
)
MORE = Question(
    "more",
    "Anything else to know it by",
    most=MORE_MOST,
    hint="A few words: dogs, a trailer, no lights. No names, no plates.",
)
DOING = Question(
    "doing",
    "Doing what?",
    (
        _one("sheds", "Looking into sheds", "looking into sheds"),
        _one("gates", "Trying doors or gates", "trying doors and gates"),
        _one("lamp", "With dogs or a lamp", "with dogs and a lamp", topics=("poaching",), schemes=_FARM),
        _one("callers", "Calling at doors", "calling at doors", topics=("scams",)),
        _one("fields", "Crossing fields", "crossing fields"),
        _one("about", "Just about", "about for no clear reason"),
    ),
    most=TYPED_MOST,
    needed=True,
)
VEHICLE_TOO = Question(
    "vehicle",
    "With a vehicle?",
    (
        *(_one("van", said="with a van"), _one("pick-up", said="with a pick-up"), _one("car", said="with a car")),
        *(_one("quad", said="with a quad"), _one("none", "On foot", "on foot"), _one("unknown", "Not known", " ")),
    ),
)
TAKEN = Question(
    "taken",
    "What was stolen?",
    (
        _one("quad", said="quad", topics=("machinery-theft",), schemes=_FARM),
        _one("tractor", "Tractor or machine", "tractor", topics=("machinery-theft",), schemes=_FARM),
        _one("gps", "GPS", "tractor GPS", topics=("machinery-theft",), schemes=_FARM),
        _one("trailer", said="trailer", topics=("machinery-theft",)),
        _one("fuel", said="fuel", topics=("fuel-theft",)),
        _one("tools", said="tools", topics=("rural-burglary", "machinery-theft")),
        _one("livestock", said="livestock", topics=("livestock-theft", "machinery-theft"), schemes=_FARM),
        _one("tack", "Saddles or tack", "saddles and tack", topics=("horses",), schemes=_HORSE),
        _one("dog", "A dog", "a dog", topics=("dog-theft", "rural-burglary")),
    ),
    most=TYPED_MOST,
    needed=True,
)
LEFT_BY = Question(
    "left",
    "How did they leave?",
    (
        *(_one("van", said="by van"), _one("pick-up", said="by pick-up"), _one("4x4", said="by 4x4")),
        *(_one("quad", said="by quad"), _one("foot", "On foot", "on foot"), _one("unknown", "Not known", " ")),
    ),
)
BURNING = Question(
    "burning",
    "What burns?",
    (
        *(_one("barn", said="barn"), _one("stack", "Straw or hay", "straw stack"), _one("field", said="field")),
        *(_one("moor", "Moor or heath", "moorland"), _one("wood", said="woodland"), _one("house", said="building")),
        *(_one("vehicle", said="vehicle"), _one("rubbish", said="rubbish")),
    ),
    needed=True,
)
FIRE_ASK = Question(
    "do",
    "What should people do?",
    (
        _one("away", "Keep away", "Keep away, keep the road clear."),
        _one("windows", "Shut windows", "Keep away. Shut doors and windows."),
        _one("animals", "Move animals", "Keep away. Move animals only if safe."),
        _one("look", "Tell us what they saw", "Keep away. Seen anybody before?"),
    ),
    needed=True,
)
ANIMALS = Question(
    "animals",
    "Which animals?",
    (
        *(_one("cattle", said="cattle"), _one("sheep", said="sheep"), _one("horse", "A horse", "horse")),
        *(_one("horses", said="horses"), _one("pigs", said="pigs"), _one("dog", "A dog", "dog")),
    ),
    most=TYPED_MOST,
    needed=True,
)
MANY = Question("many", "How many?", (_one("few", "A few", "a few"), _one("ten", "Ten or more", "ten or more")))
WHO = Question(
    "who",
    "Who is missing?",
    (
        *(_one("man", "A man", "man"), _one("woman", "A woman", "woman")),
        *(_one("boy", "A boy", "boy"), _one("girl", "A girl", "girl")),
    ),
    needed=True,
)
AGE = Question(
    "age",
    "About how old?",
    (
        *(_one("small", "Under 12", "under 12"), _one("teens", "12 to 17", "12 to 17")),
        *(_one("twenties", "18 to 39", "18 to 39"), _one("forties", "40 to 59", "40 to 59")),
        *(_one("sixties", "60 to 79", "60 to 79"), _one("eighties", "80 or more", "over 80")),
    ),
    needed=True,
)
WEARING = Question(
    "wearing", "Wearing", most=TYPED_MOST, hint="Colour and kind of clothes. Never a name, never an address."
)
STATE = Question(
    "state",
    "Anything that helpers must know?",
    (
        _one("confused", "May be confused", "may be confused"),
        _one("cold", "May be cold or hurt", "may be cold or hurt"),
        _one("none", "Nothing", " "),
    ),
)
SCAM = Question(
    "scam",
    "Which scam?",
    (
        _one(
            "police",
            "Fake police",
            "callers who say that they are police ask for money",
            more={"do": "Hang up. Check with 101 on another phone.", "short": "Fake police calls"},
        ),
        _one(
            "traders",
            "Doorstep traders",
            "doorstep traders want cash at once",
            more={"do": "Say no, shut the door, tell us.", "short": "Doorstep traders"},
        ),
        _one(
            "adverts",
            "Fake adverts",
            "machines sold online that do not exist",
            more={"do": "Pay only for what you have seen.", "short": "Fake adverts for machines"},
        ),
        _one(
            "parcel",
            "Fake texts",
            "texts about parcels want you to press a link",
            more={"do": "Do not. Send the text on to 7726.", "short": "Fake texts with a link"},
        ),
    ),
    needed=True,
)
ADVICE = Question(
    "advice",
    "About what?",
    (
        _one(
            "quads",
            "Quads and machines",
            "quads and machines are being stolen",
            more={"do": "Take the key in and lock the shed tonight."},
            topics=("machinery-theft",),
            schemes=_FARM,
        ),
        _one(
            "gps",
            "GPS",
            "tractor GPS is being stolen",
            more={"do": "Take it off the tractor and lock it away tonight."},
            topics=("machinery-theft",),
            schemes=_FARM,
        ),
        _one(
            "fuel",
            "Fuel and oil",
            "fuel and heating oil are being stolen",
            more={"do": "Lock the tank and check how full it is."},
            topics=("fuel-theft",),
        ),
        _one(
            "sheds",
            "Sheds and homes",
            "sheds and homes are being broken into",
            more={"do": "Lock doors and windows, leave a light on."},
            topics=("rural-burglary",),
        ),
        _one(
            "tack",
            "Horses and tack",
            "saddles and tack are being stolen",
            more={"do": "Lock the tack room and mark your saddles."},
            topics=("horses",),
            schemes=_HORSE,
        ),
        _one(
            "dogs",
            "Dogs near sheep",
            "dogs are worrying sheep",
            more={"do": "Keep your dog on a lead near sheep."},
            topics=("livestock-worrying",),
        ),
    ),
    needed=True,
)
MEETING = Question(
    "meeting",
    "What is it?",
    (
        _one("watch", "Watch meeting", "watch meeting"),
        _one("surgery", "Talk to an officer", "come and talk to your local officers"),
        _one("marking", "Property marking", "free marking of tools, tack and machines"),
        _one("advice", "Advice evening", "advice evening on keeping thieves out"),
    ),
    most=TYPED_MOST,
    needed=True,
)
GOOD = Question(
    "good",
    "What came of it?",
    (
        _one("found", "Property is back", "what was stolen is back with its owner"),
        _one("safe", "The person is safe", "the person we asked about is safe"),
        _one("animals", "The animals are safe", "the animals are off the road and safe"),
        _one("reported", "People were reported", "people were reported for it after your calls"),
        _one("nothing", "Nothing more to fear", "we have looked into it and there is nothing more to fear"),
    ),
    most=MORE_MOST,
    needed=True,
)

# By name, for a force's own rows: what they may ask. One name is one question.
QUESTIONS: dict[str, Question] = {
    one.name: one
    for one in (
        *(VEHICLE, COLOUR, DIRECTION, ABOUT, PEOPLE, PART, MORE, DOING, VEHICLE_TOO, TAKEN, LEFT_BY, BURNING),
        *(ANIMALS, MANY, WHO, AGE, WEARING, STATE),
    )
}


# ---------------------------------------------------------------- the table

_HOUR = dt.timedelta(hours=1)
_ASK_ANYTHING = "Seen anything?"

TEMPLATES: tuple[Template, ...] = (
    Template(
        "suspect-vehicle",
        "Suspect vehicle",
        "Seen where it does not belong",
        ("suspect-vehicles", "Suspect vehicles"),
        *(Tier.VETTED, Urgency.NOW, 6 * _HOUR),
        questions=(VEHICLE, COLOUR, DIRECTION, ABOUT, PEOPLE, PART, MORE),
        headline="Suspect {kind}: {where}",
        what="{colour} {kind}, {direction}, part plate {part}, {more}, {people}",
        ask="Seen it?",
        spread=Spread(8_000, night_m=6_000, ahead_m=16_000),
    ),
    Template(
        "suspicious-people",
        "Suspicious people",
        "Near sheds, yards, homes",
        ("suspicious-people", "Suspicious people"),
        *(Tier.VETTED, Urgency.NOW, 6 * _HOUR),
        questions=(PEOPLE, DOING, VEHICLE_TOO, DIRECTION, MORE),
        headline="Suspicious people: {where}",
        what="{people} {doing}, {vehicle}, {direction}, {more}",
        ask=_ASK_ANYTHING,
        spread=Spread(5_000, night_m=3_000),
    ),
    Template(
        "theft-just-now",
        "Theft just now",
        "They may still be near",
        ("thefts", "Thefts"),
        *(Tier.VETTED, Urgency.NOW, 6 * _HOUR),
        questions=(TAKEN, LEFT_BY, DIRECTION, MORE),
        headline="{taken} stolen: {where}",
        what="{taken} stolen, {left}, {direction}, {more}",
        ask=_ASK_ANYTHING,
        spread=Spread(8_000, night_m=6_000, ahead_m=16_000),
    ),
    Template(
        "fire",
        "Fire",
        "Smoke, or a road to keep clear",
        ("fires", "Fires"),
        *(Tier.MEMBER, Urgency.NOW, 6 * _HOUR),
        questions=(BURNING, FIRE_ASK, MORE),
        headline="{burning} fire: {where}",
        what="{burning} on fire, {more}",
        ask="{do}",
        spread=Spread(5_000, night_m=3_000),
    ),
    Template(
        "livestock-on-road",
        "Livestock on the road",
        "Whose are they?",
        ("livestock-on-road", "Livestock on the road"),
        *(Tier.PUBLIC, Urgency.NOW, 3 * _HOUR),
        questions=(ANIMALS, MANY, DIRECTION, MORE),
        headline="{animals} on the road: {where}",
        what="{animals} loose on the road, {many}, {direction}, {more}",
        ask="Yours? Drive slowly.",
        spread=Spread(5_000, night_m=3_000),
    ),
    Template(
        "missing-person",
        "Missing person",
        "Look in sheds and barns",
        ("missing-people", "Missing people"),
        *(Tier.MEMBER, Urgency.NOW, 12 * _HOUR),
        questions=(WHO, AGE, WEARING, STATE),
        headline="Missing {who}, {age}: {where}",
        what="missing {who}, {age}, {wearing}, {state}",
        ask="Please check sheds and barns.",
        spread=Spread(5_000),
    ),
    Template(
        "scam",
        "Scam",
        "Calls, texts, doorstep",
        ("scams", "Scams and doorstep traders"),
        *(Tier.PUBLIC, Urgency.TODAY, 72 * _HOUR),
        questions=(SCAM, MORE),
        headline="{short}: {where}",
        what="{scam}, {more}",
        ask="{do}",
        spread=Spread(16_000, everywhere=True),
        seeks=False,
        asks_when=False,
    ),
    Template(
        "crime-prevention",
        "Crime prevention",
        "Lock it, mark it, look after it",
        ("crime-prevention", "Crime prevention"),
        *(Tier.PUBLIC, Urgency.WHENEVER, 7 * 24 * _HOUR),
        questions=(ADVICE, MORE),
        headline="Take care: {advice}",
        what="{advice}, {more}",
        ask="{do}",
        spread=Spread(16_000, everywhere=True),
        seeks=False,
        asks_when=False,
        invites_answers=False,
    ),
    Template(
        "meeting",
        "Meeting",
        "Where and when people can come",
        ("meetings", "Meetings"),
        *(Tier.PUBLIC, Urgency.WHENEVER, 14 * 24 * _HOUR),
        questions=(MEETING, MORE),
        headline="{meeting}: {where}, {starts}",
        what="{meeting}, {starts}, {more}",
        ask="Come along.",
        spread=Spread(8_000),
        seeks=False,
        asks_when=False,
        starts=True,
        invites_answers=False,
    ),
    Template(
        "good-news",
        "Good news",
        "What came of it: say thank you",
        ("good-news", "Good news"),
        *(Tier.MEMBER, Urgency.WHENEVER, 48 * _HOUR),
        questions=(GOOD, MORE),
        headline="Good news: {where}",
        what="{good}, {more}",
        ask="Thank you for looking out.",
        spread=Spread(8_000),
        seeks=False,
        asks_when=False,
        invites_answers=False,
    ),
)
BY_KEY = {one.key: one for one in TEMPLATES}


# ---------------------------------------------------------------- filling


def fill(template: Template, answers: Answers, *, where: str, when: str = "", starts: str = "") -> Words:
    """Return the words that the answers make; what was not answered is left out with the piece it stands in.

    A shipped template speaks the language of the moment; what was typed stays as it is.
    """
    said = {**said_by(template, answers), "where": where, "when": when, "starts": starts}
    return Words(
        headline=filled(say(template.headline), said)[:HEADLINE_MOST],
        what=filled(say(template.what), said)[:WHAT_MOST],
        where=where[:WHERE_MOST],
        ask=filled(say(template.ask), said)[:ASK_MOST],
    )


def shorter(template: Template, answers: Answers, *, where: str, when: str = "", starts: str = "") -> tuple[str, ...]:
    """Return what happened with ever fewer of its pieces, longest first, for a text that must fit; the first stays."""
    said = {**said_by(template, answers), "where": where, "when": when, "starts": starts}
    pieces = _pieces(say(template.what), said)
    # Of a meeting it is always said when.
    fewest = 2 if template.starts else 1
    return tuple(_joined(pieces[:many]) for many in range(len(pieces) - 1, fewest - 1, -1))


def filled(pattern: str, said: Mapping[str, str]) -> str:
    """Return a pattern with its names filled in; a piece between commas is left out when all that it names is empty."""
    return _joined(_pieces(pattern, said))


def said_by(template: Template, answers: Answers) -> dict[str, str]:
    """Return what each answer says in words, by its name; what is not answered is empty."""
    said = dict.fromkeys((*(one.name for one in template.questions), *_more_names(template)), "")
    for question in template.questions:
        value = answers.get(question.name, "")
        if question.levels and template.level not in question.levels:
            continue
        choice = question.choice(value)
        if choice is not None:
            said |= {question.name: say(choice.said.strip())}
            said |= {name: say(words) for name, words in choice.more.items()}
        elif value and question.most:
            said[question.name] = _part(value) if question.name == PART.name else value
    return said


def typed_in(template: Template, answers: Answers) -> dict[str, str]:
    """Return what an officer typed instead of pressing, by the name of its question; part of a plate is no word."""
    said = said_by(template, answers)
    return {
        question.name: said[question.name]
        for question in template.questions
        if question.most
        and question.name != PART.name
        and said[question.name]
        and question.choice(answers.get(question.name, "")) is None
    }


def sentences() -> tuple[str, ...]:
    """Return every pattern and every phrase of the shipped templates, which the catalogues hold in other languages."""
    found: list[str] = []
    for template in TEMPLATES:
        found += [template.topic[1], template.headline, template.what, template.ask]
        for choice in (one for question in template.questions for one in question.choices):
            found += [choice.said.strip(), *choice.more.values()]
    return tuple(dict.fromkeys(one for one in found if _has_words(one)))


def _has_words(pattern: str) -> bool:
    """Say whether a pattern is more than one name to fill in: the order of several is each language's own."""
    parsed = list(Formatter().parse(pattern))
    return len(parsed) > 1 or any(text for text, *_ in parsed)


def check_answers(template: Template, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers that belong to a template's questions, as text; whatever else stands there is left out.

    Raises:
        AlertError: one that is needed is missing, one is no answer, or one is too long.
    """
    kept = {question.name: check_answer(question, given.get(question.name, "")) for question in template.questions}
    return {name: value for name, value in kept.items() if value}


def check_answer(question: Question, given: Any) -> str:  # noqa: ANN401 - whatever was posted or kept
    """Return one answer as text; empty where it was not answered.

    Raises:
        AlertError: it is needed and missing, no answer of this question, or too long.
    """
    if given and not isinstance(given, str):
        raise AlertError(f"“{question.label}” has an answer that cannot be read: answer it again.")
    value = " ".join(given.split()) if isinstance(given, str) else ""
    if question.needed and not value:
        raise AlertError("Press one of these." if question.choices else "Write a few words.")
    if not value or question.choice(value) is not None:
        return value
    if not question.most:
        raise AlertError("Press one of these.")
    if question.name == PART.name and not re.fullmatch(r"[0-9]{2}", value):
        raise AlertError("Write its two figures, such as 51: nothing more of a plate goes out.")
    if len(value) > question.most:
        raise AlertError(f"Shorten it to {question.most} characters: it has {len(value):,}.")
    return value


def topics_of(template: Template, answers: Answers) -> tuple[str, ...]:
    """Return the slugs of the subjects that an alert may be about, the likeliest first."""
    chosen = _chosen(template, answers)
    own = [slug for choice in chosen for slug in choice.topics]
    return tuple(dict.fromkeys([*own, template.topic[0]]))


def schemes_of(template: Template, answers: Answers) -> tuple[SchemeKind, ...]:
    """Return the kinds of scheme that it concerns first; nothing: everybody."""
    return next((choice.schemes for choice in _chosen(template, answers) if choice.schemes), ())


def _chosen(template: Template, answers: Answers) -> list[Choice]:
    found = [question.choice(answers.get(question.name, "")) for question in template.questions]
    return [choice for choice in found if choice is not None]


def _more_names(template: Template) -> list[str]:
    return [name for question in template.questions for choice in question.choices for name in choice.more]


def _part(value: str) -> str:
    return f"..{value}"


def _pieces(pattern: str, said: Mapping[str, str]) -> list[str]:
    pieces = []
    for piece in pattern.split(","):
        names = [name for _, name, _, _ in Formatter().parse(piece) if name]
        if names and not any(said.get(name) for name in names):
            continue
        text = piece.format_map({name: said.get(name, "") for name in names})
        pieces.append(" ".join(text.split()).rstrip(" :"))
    return [piece for piece in pieces if piece]


def _joined(pieces: Sequence[str]) -> str:
    said = ", ".join(pieces)
    return said[:1].upper() + said[1:]


# ---------------------------------------------------------------- a force's own rows


@dataclass(frozen=True)
class TemplateLine:
    """One row as the list of templates shows it.

    Attributes:
        is_offered: it stands among the choices of the quick screen.
    """

    template: Template
    is_offered: bool


def check_pattern(pattern: str, *, what: str, names: Sequence[str], most: int) -> None:
    """Refuse a pattern that could not be filled at night.

    Raises:
        AlertError: a brace stands alone, a name is unknown, or it says nothing; what to write instead is said.
    """
    if not pattern.strip():
        raise AlertError(f"Write {what}.")
    if len(pattern) > most:
        raise AlertError(f"Shorten {what} to {most} characters: it has {len(pattern):,}.")
    known = ", ".join(f"{{{name}}}" for name in names)
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError:
        raise AlertError(
            f"In {what} a curly bracket stands alone. Write a name between two of them, such as {{{names[0]}}}."
        ) from None
    for text, name, spec, conversion in parts:
        if "{" in text or "}" in text:
            raise AlertError(f"In {what} take out the double curly brackets: they are for names only.")
        if name is None:
            continue
        if spec or conversion or name not in names:
            written = f"{{{name}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}}}"
            raise AlertError(f"In {what} {written} is not known here. You can use {known}.")


def own_template(  # noqa: PLR0913 - everything that a row says
    *,
    key: str,
    name: str,
    hint: str,
    topic: tuple[str, str],
    level: Any,  # noqa: ANN401 - as it was typed or kept
    urgency: Any,  # noqa: ANN401 - as above
    minutes: Any,  # noqa: ANN401 - as above
    questions: Sequence[Any],
    headline: str,
    what: str,
    ask: str,
    radius_m: Any,  # noqa: ANN401 - as above
    seeks: bool = True,
    invites_answers: bool = True,
) -> Template:
    """Return a force's own row, looked through as a whole.

    Raises:
        AlertError: something of it could not be used at night; the sentence says what to write instead.
    """
    if not key:
        raise AlertError("Write its name in letters, such as Boat theft.")
    if not KEY.match(key) or len(key) > KEY_MOST:
        raise AlertError(f"Write the short name in small letters with hyphens, {KEY_MOST} at most: quad-theft.")
    if key in BY_KEY:
        raise AlertError(f"“{key}” is the short name of a template that is here already: choose another.")
    name = " ".join(str(name).split())
    if not name or len(name) > NAME_MOST:
        raise AlertError(f"Give the template a name of at most {NAME_MOST} characters.")
    unknown = [str(one)[:40] for one in questions if not isinstance(one, str) or one not in QUESTIONS]
    if unknown:
        raise AlertError(f"There is no question called “{unknown[0]}”: choose from the list.")
    asked = tuple(QUESTIONS[one] for one in dict.fromkeys(questions))
    names = (*(one.name for one in asked), *ALWAYS[:2])
    check_pattern(headline, what="the headline", names=names, most=HEADLINE_MOST)
    check_pattern(what, what="what happened", names=names, most=WHAT_MOST)
    check_pattern(ask, what="the ask", names=names, most=ASK_MOST)
    return Template(
        key=key,
        name=name,
        hint=" ".join(str(hint).split())[:HINT_MOST],
        topic=topic,
        level=_word(Tier, level, "who may read it"),
        urgency=_word(Urgency, urgency, "how urgent it is"),
        life=dt.timedelta(
            minutes=_number(
                minutes,
                "how long it lasts, in minutes",
                SHORTEST_LIFE.total_seconds() / 60,
                LONGEST_LIFE.total_seconds() / 60,
            )
        ),
        questions=asked,
        headline=headline,
        what=what,
        ask=ask,
        spread=Spread(_number(radius_m, "how far it goes, in metres", 100, WIDEST_M)),
        seeks=bool(seeks),
        invites_answers=bool(invites_answers),
        is_own=True,
    )


def _word(kind: Any, value: Any, what: str) -> Any:  # noqa: ANN401 - Tier or Urgency, from whatever was kept
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(one.label for one in kind)
        raise AlertError(f"Choose {what}: {known}.") from None


def _number(value: Any, what: str, least: float, most: float) -> float:  # noqa: ANN401 - whatever was kept
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise AlertError(f"Write {what}, as a number from {least:,.0f} to {most:,.0f}.")
    return float(value)
