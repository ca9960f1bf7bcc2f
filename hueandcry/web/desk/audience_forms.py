"""What officers fill in about an audience: where, who there, who must also and who must not."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from django import forms
from django.http import QueryDict

from hueandcry.domain.knowledge import queries as knowledge
from hueandcry.domain.members.queries.audience import describe_part
from hueandcry.domain.members.rules import (
    TIER_ORDER,
    AudienceError,
    AudienceQuestion,
    Channel,
    Corridor,
    Language,
    Part,
    Ring,
    SchemeKind,
    Tier,
    question_from_json,
    question_to_json,
)
from hueandcry.domain.messaging.queries.browsers import browser_key
from hueandcry.domain.messaging.queries.whatsapp import offers_whatsapp
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaLine, Circle, Found, PlaceError, near
from hueandcry.kit import shapes
from hueandcry.kit.geometry import Point
from hueandcry.web.desk.forms import MOST_FOUND, PlaceField, read_corners, read_drawn, scheme_choices, top_areas

WIDEST_MILES = 60
WIDEST_LINE_MILES = 12
LONGEST_MINUTES = 240
METRES_IN_A_MILE = 1609.344
MOST_PART_AREAS = 20
# What somebody drives or walks at, as it is seen on the ground.
SPEEDS = (
    ("5", "On foot, 5 km/h"),
    ("30", "By tractor, 30 km/h"),
    ("60", "By car on lanes, 60 km/h"),
    ("90", "By car on a main road, 90 km/h"),
)
# What a shape or a part is in the question as it is kept.
_SHAPES = ("circles", "polygons", "corridors", "rings")
_PARTS = ("must", "exclude")
_GROUPS = ("kinds", "schemes", "topics", "languages", "areas")
# How an area is written into a box of areas, so that it is read again: its code and edition tell it.
_WRITTEN = re.compile(r"\((?P<code>[^,()]+), (?P<vintage>[^,()]+)\)\s*\Z")


@dataclass(frozen=True)
class Ticked:
    """One area in the list of the audience form, ticked or not."""

    line: AreaLine
    ticked: bool


@dataclass(frozen=True)
class Chip:
    """One shape or condition that is part of the audience until it is unticked, as the form carries it along."""

    value: str
    words: str
    ticked: bool = True


def offered_ways() -> list[tuple[str, str]]:
    """Return the ways to choose among: notifications and WhatsApp only where the service sends any."""
    missing = {Channel.PUSH: not browser_key(), Channel.WHATSAPP: not offers_whatsapp()}
    return [(way.value, way.label) for way in Channel if not missing.get(way)]


def _boxes(label: str, choices: Any = ()) -> forms.MultipleChoiceField:  # noqa: ANN401
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )


def _number(label: str, *, least: float, most: float, what: str, **kwargs: Any) -> forms.FloatField:  # noqa: ANN401
    return forms.FloatField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4", "inputmode": "decimal", "step": "any"}),
        error_messages={
            "invalid": f"Write the {what} as a number, like 3 or 2.5.",
            "min_value": f"Write at least {least:g} {what}.",
            "max_value": f"Write at most {most:g} {what}, or choose areas instead.",
        },
        **kwargs,
    )


def _areas_box(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=4_000,
        help_text="Names or codes, one on each line.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )


class AudienceForm(forms.Form):
    """Who an alert is for: places of every kind, schemes, subjects, languages, what must and must not hold."""

    says_optional = False

    look_for = forms.CharField(
        label="Find an area by its name or code",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    drawn = forms.CharField(
        label="A drawn area",
        required=False,
        help_text="Draw on the map, or write grid references, one a line, round the area. GeoJSON is read too.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    circle_place = PlaceField(label="Middle", required=False)
    circle_miles = _number("Miles round it", least=0.05, most=WIDEST_MILES, what="miles")
    line = forms.CharField(
        label="A drawn line",
        required=False,
        help_text="Draw on the map, or write places along it, one on each line.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    way = forms.CharField(
        label="Or a road or river, by its name",
        required=False,
        max_length=120,
        help_text="For example B6.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "ways", "spellcheck": "false"}),
    )
    way_from = PlaceField(label="From", required=False, help_text="Empty: all of it.")
    way_to = PlaceField(label="To", required=False)
    line_miles = _number("Miles to each side", least=0.05, most=WIDEST_LINE_MILES, what="miles", initial=1)
    ring_place = PlaceField(label="Where they set out", required=False)
    ring_kmh = forms.ChoiceField(label="How they travel", required=False, choices=SPEEDS, initial="60")
    ring_from = _number("From minutes", least=0, most=LONGEST_MINUTES, what="minutes", help_text="Empty: at once.")
    ring_until = _number("To minutes", least=1, most=LONGEST_MINUTES, what="minutes")

    scheme_kinds = _boxes("Members of any", SchemeKind.choices)
    schemes = _boxes("Members of these schemes")
    topics = _boxes("Only those interested in")
    languages = _boxes("Only who chose", Language.choices)
    channels = _boxes("Only by", offered_ways)
    lowest_tier = forms.ChoiceField(
        label="How far must they be checked, at least?",
        choices=[(tier.value, tier.label) for tier in Tier if tier != Tier.PUBLIC],
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )

    also_kinds = _boxes("In any of these", SchemeKind.choices)
    also_schemes = _boxes("In any of these schemes")
    also_topics = _boxes("Interested in any of")
    also_languages = _boxes("Chose any of", Language.choices)
    also_areas = _areas_box("With a place in any of these areas")
    not_kinds = _boxes("In any of these", SchemeKind.choices)
    not_schemes = _boxes("In any of these schemes")
    not_topics = _boxes("Interested in any of")
    not_languages = _boxes("Chose any of", Language.choices)
    not_areas = _areas_box("With a place in any of these areas")

    save_as = forms.CharField(label="Keep it under a name, for other alerts", required=False, max_length=80)
    inside = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        officer: Officer,
        organisation_id: int,
        kept: AudienceQuestion | None = None,
        counts: bool = True,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self.organisation_id = organisation_id
        self.asked = kept
        offered = scheme_choices(officer, counts=counts)
        self.may_name = {int(ref) for _, group in offered for ref, _ in group} | _schemes_named(kept)
        hidden = self.may_name - {int(ref) for _, group in offered for ref, _ in group}
        if hidden:
            offered = [
                *offered,
                ("Kept from before", [(str(one), f"A scheme that was closed ({one})") for one in sorted(hidden)]),
            ]
        subjects = [(topic.slug, topic.name) for topic in knowledge.topics()]
        for before in ("", "also_", "not_"):
            self.fields[f"{before}schemes"].choices = offered  # type: ignore[attr-defined]
            self.fields[f"{before}topics"].choices = subjects  # type: ignore[attr-defined]
        self.ticked = _numbers(self.data.getlist("areas") if self.is_bound else self.initial.get("areas", ()))  # type: ignore[attr-defined]
        self.kept_values: list[str] = (
            self.data.getlist("kept") if self.is_bound else list(self.initial.get("kept", ()))  # type: ignore[attr-defined]
        )

    # ------------------------------------------------------------ what the page lists

    def listed(self) -> list[Ticked]:
        """Return the areas that are ticked, then those that were looked for (or the top of the tree)."""
        chosen = places.get_areas(area_ids=self.ticked)
        return [Ticked(line, ticked=True) for line in chosen] + [
            Ticked(line, ticked=False) for line in self._offered() if line.id not in set(self.ticked)
        ]

    def _offered(self) -> list[AreaLine]:
        text = (self["look_for"].value() or "").strip()
        inside = _numbers([self["inside"].value() or ""])
        if inside:
            return places.children(parent_id=inside[0])[:MOST_FOUND]
        if text:
            return places.search_areas(text=text, most=MOST_FOUND)
        return top_areas()

    def chips(self) -> list[Chip]:
        """Return every shape and condition that the form carries along, in words."""
        return [Chip(value, words) for value in self.kept_values for words in [_words_of(value)]]

    @property
    def has_also(self) -> bool:
        """Say whether anything must hold as well, so that its part of the form is open."""
        return any(self[f"also_{name}"].value() for name in _GROUPS)

    @property
    def has_not(self) -> bool:
        """Say whether anything must not hold."""
        return any(self[f"not_{name}"].value() for name in _GROUPS)

    # ------------------------------------------------------------ reading

    def clean_drawn(self) -> tuple[str, ...]:
        """Read what was drawn."""
        return read_drawn(self.cleaned_data["drawn"])

    def clean_also_areas(self) -> tuple[int, ...]:
        """Read the areas of which one must hold."""
        return _read_areas(self.cleaned_data["also_areas"])

    def clean_not_areas(self) -> tuple[int, ...]:
        """Read the areas of which none may hold."""
        return _read_areas(self.cleaned_data["not_areas"])

    def clean(self) -> dict[str, Any]:
        """Ask for both halves of a circle, a line and a ring, and read what is carried along."""
        given = super().clean() or self.cleaned_data
        self._both(
            "circle_place",
            "circle_miles",
            "Say how many miles round the middle.",
            "Say where the middle of the circle is.",
        )
        self._both("ring_place", "ring_until", "Say within how many minutes.", "Say where they set out.")
        if (given.get("ring_from") or 0) >= (given.get("ring_until") or LONGEST_MINUTES + 1):
            self.add_error("ring_from", "The first number of minutes must be the smaller one.")
        given["corridors"] = self._corridors()
        given["carried"] = self._carried()
        return given

    def _both(self, place: str, number: str, no_number: str, no_place: str) -> None:
        given = self.cleaned_data
        if given.get(place) and not given.get(number) and number not in self.errors:
            self.add_error(number, no_number)
        if given.get(number) and not given.get(place) and place not in self.errors:
            self.add_error(place, no_place)

    def _corridors(self) -> tuple[Corridor, ...]:
        given = self.cleaned_data
        text, way = (given.get("line") or "").strip(), (given.get("way") or "").strip()
        if not text and not way:
            if (given.get("way_from") or given.get("way_to")) and "line" not in self.errors:
                self.add_error("way", "Say which road or river, or draw a line.")
            return ()
        miles = given.get("line_miles")
        if not miles:
            if "line_miles" not in self.errors:
                self.add_error("line_miles", "Say how many miles to each side of the line.")
            return ()
        try:
            lines = [*(_read_line(text) if text else ()), *(self._along(way) if way else ())]
        except forms.ValidationError as refusal:
            self.add_error("line", refusal)
            return ()
        except PlaceError as refusal:
            self.add_error("way" if way else "line", str(refusal))
            return ()
        return tuple(Corridor(line, miles * METRES_IN_A_MILE) for line in lines)

    def _along(self, way: str) -> Sequence[tuple[tuple[float, float], ...]]:
        ends = [self.cleaned_data.get(name) for name in ("way_from", "way_to")]
        start, end = (found.point if found else None for found in ends)
        return places.along(name=way, start=start, end=end)

    def _carried(self) -> AudienceQuestion:
        """Return everything that is carried along, as one question."""
        whole = AudienceQuestion(self.organisation_id)
        for value in self.kept_values:
            try:
                one = _read_chip(value, self.organisation_id)
            except AudienceError as refusal:
                self.add_error(None, str(refusal))
                continue
            named = {scheme for part in (*one.must, *one.exclude) for scheme in part.schemes}
            if named - self.may_name:
                self.add_error(
                    None, "This audience names a scheme that is not yours to see. Untick it, then choose again."
                )
                continue
            more: dict[str, Any] = {name: (*getattr(whole, name), *getattr(one, name)) for name in (*_SHAPES, *_PARTS)}
            whole = replace(whole, **more)
        return whole

    # ------------------------------------------------------------ the question

    def question(self, *, at_least: Tier = Tier.PUBLIC) -> AudienceQuestion:
        """Return who is meant, as `members.queries` and `alerts.actions` take it; never below the alert's level."""
        given = self.cleaned_data
        carried: AudienceQuestion = given["carried"]
        also = [self._part("also_", (group,)) for group in _GROUPS]
        never = self._part("not_", _GROUPS)
        return AudienceQuestion(
            organisation_id=self.organisation_id,
            areas=tuple(self.ticked),
            polygons=(*given["drawn"], *carried.polygons),
            circles=(*self._circles(), *carried.circles),
            corridors=(*given["corridors"], *carried.corridors),
            rings=(*self._rings(), *carried.rings),
            channels=tuple(Channel(channel) for channel in given["channels"]),
            schemes=tuple(int(scheme) for scheme in given["schemes"]),
            scheme_kinds=tuple(SchemeKind(kind) for kind in given["scheme_kinds"]),
            topics=tuple(given["topics"]),
            languages=tuple(Language(language) for language in given["languages"]),
            must=(*(part for part in also if part != Part()), *carried.must),
            exclude=(*((never,) if never != Part() else ()), *carried.exclude),
            lowest_tier=max(Tier(given["lowest_tier"]), at_least, key=TIER_ORDER.index),
        )

    def _circles(self) -> tuple[Circle, ...]:
        found: Found | None = self.cleaned_data["circle_place"]
        return (Circle(*found.point, self.cleaned_data["circle_miles"] * METRES_IN_A_MILE),) if found else ()

    def _rings(self) -> tuple[Ring, ...]:
        given = self.cleaned_data
        found: Found | None = given["ring_place"]
        if found is None:
            return ()
        kmh = float(given.get("ring_kmh") or self.fields["ring_kmh"].initial)
        return (Ring(*found.point, given["ring_until"], kmh, given.get("ring_from") or 0),)

    def _part(self, before: str, groups: Iterable[str]) -> Part:
        given = {group: self.cleaned_data[f"{before}{group}"] for group in groups}
        return Part(
            areas=tuple(given.get("areas", ())),
            schemes=tuple(int(scheme) for scheme in given.get("schemes", ())),
            scheme_kinds=tuple(SchemeKind(kind) for kind in given.get("kinds", ())),
            topics=tuple(given.get("topics", ())),
            languages=tuple(Language(language) for language in given.get("languages", ())),
        )

    def added(self) -> QueryDict:
        """Return what was filled in with its circle, lines and ring carried along, and their boxes empty for the next.

        What cannot be read stays in its boxes, with what is wrong.
        """
        data = QueryDict(mutable=True)
        data.update(self.data)
        given = self.cleaned_data
        chips: list[dict[str, Any]] = []
        for shapes_of, boxes in (
            (lambda: {"circles": self._circles()}, ("circle_place", "circle_miles")),
            (lambda: {"corridors": given.get("corridors", ())}, ("line", "way", "way_from", "way_to", "line_miles")),
            (lambda: {"rings": self._rings()}, ("ring_place", "ring_from", "ring_until")),
        ):
            if any(name in self.errors for name in boxes):
                continue
            chips += _chips_of(AudienceQuestion(self.organisation_id, **shapes_of()))
            for name in boxes:
                data[name] = "1" if name == "line_miles" else ""
        data.setlist("kept", [*self.kept_values, *map(_written, chips)])
        return data


def audience_initial(question: AudienceQuestion | None, *, level: Tier) -> dict[str, Any]:
    """Return what the audience form shows of a question that was kept; what it has no box for is carried along."""
    if question is None:
        return {"lowest_tier": (level if level != Tier.PUBLIC else Tier.MEMBER).value}
    circle = question.circles[0] if question.circles else None
    rest = replace(question, circles=question.circles[1:], polygons=question.polygons[1:], must=(), exclude=())
    also, left = _also(question.must)
    never = Part(**{
        one.name: tuple(dict.fromkeys(value for part in question.exclude for value in getattr(part, one.name)))
        for one in fields(Part)
    })  # fmt: skip
    chips = [*_chips_of(rest), *({"must": one} for one in _parts_as_kept(left))]
    return {
        "areas": question.areas,
        "drawn": question.polygons[0] if question.polygons else "",
        "circle_place": f"{circle.lat:.6f}, {circle.lon:.6f}" if circle else "",
        "circle_miles": round(circle.radius_m / METRES_IN_A_MILE, 3) if circle else None,
        "schemes": [str(scheme) for scheme in question.schemes],
        "scheme_kinds": [kind.value for kind in question.scheme_kinds],
        "topics": list(question.topics),
        "languages": [language.value for language in question.languages],
        "channels": [channel.value for channel in question.channels],
        "lowest_tier": question.lowest_tier.value,
        **_part_initial("also_", also),
        **_part_initial("not_", never),
        "kept": [_written(chip) for chip in chips],
    }


# ---------------------------------------------------------------- parts


def _also(must: Sequence[Part]) -> tuple[Part, list[Part]]:
    """Return what of the parts that must hold fits the boxes, one group each, and the parts that do not."""
    shown, left = Part(), []
    for part in must:
        groups = [one.name for one in fields(Part) if getattr(part, one.name)]
        if len(groups) == 1 and not getattr(shown, groups[0]):
            shown = replace(shown, **{groups[0]: getattr(part, groups[0])})
        else:
            left.append(part)
    return shown, left


def _part_initial(before: str, part: Part) -> dict[str, Any]:
    lines = places.get_areas(area_ids=part.areas)
    return {
        f"{before}kinds": [kind.value for kind in part.scheme_kinds],
        f"{before}schemes": [str(scheme) for scheme in part.schemes],
        f"{before}topics": list(part.topics),
        f"{before}languages": [language.value for language in part.languages],
        f"{before}areas": "\n".join(f"{line.name} ({line.code}, {line.vintage})" for line in lines),
    }


def _read_areas(text: str) -> tuple[int, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_PART_AREAS:
        raise forms.ValidationError(
            f"At most {MOST_PART_AREAS} areas fit here: choose the larger area that holds them."
        )
    return tuple(dict.fromkeys(_read_area(line) for line in lines))


def _read_area(line: str) -> int:
    written = _WRITTEN.search(line)
    found = places.search_areas(text=written["code"] if written else line, most=6)
    if written:
        found = [area for area in found if (area.code, area.vintage) == (written["code"], written["vintage"])]
    exact = [area for area in found if line.casefold() in {area.name.casefold(), area.code.casefold()}]
    if len(exact) == 1:
        found = exact
    if len(found) == 1:
        return found[0].id
    if not found:
        raise forms.ValidationError(f"No area is called “{line[:60]}”: write its name or code.")
    names = "; ".join(f"{area.name} ({area.code}, {area.vintage})" for area in found)
    raise forms.ValidationError(f"Several areas fit “{line[:60]}”: {names}. Write one of these lines.")


# ---------------------------------------------------------------- what is carried along


def _chips_of(question: AudienceQuestion) -> list[dict[str, Any]]:
    kept = question_to_json(question)
    return [{name: [one]} for name in _SHAPES for one in kept[name]]


def _parts_as_kept(parts: Sequence[Part]) -> Iterator[list[Any]]:
    for one in question_to_json(AudienceQuestion(0, must=tuple(parts)))["must"]:
        yield [one]


def _written(chip: dict[str, Any]) -> str:
    return json.dumps(chip, separators=(",", ":"))


def _read_chip(value: str, organisation_id: int) -> AudienceQuestion:
    """Read what was carried along; it came back from a browser, so anything may stand there.

    Raises:
        AudienceError: it is none of ours.
    """
    try:
        kept = json.loads(value)
        wanted = {name: kept[name] for name in (*_SHAPES, *_PARTS) if name in kept}
        json.dumps(wanted, allow_nan=False)  # a number that is none could never be kept
    except (ValueError, TypeError, RecursionError) as fault:
        raise AudienceError("A part of this audience cannot be read. Untick it, then choose it again.") from fault
    return question_from_json({"organisation_id": organisation_id, **wanted})


def _words_of(value: str) -> str:
    """Return in words what is carried along, without asking the database for anything but names of schemes."""
    try:
        one = _read_chip(value, 0)
        said = [
            *(
                f"Circle of {_miles(circle.radius_m)} round {near(Point(circle.lon, circle.lat))}"
                for circle in one.circles
            ),
            *(_line_words(corridor) for corridor in one.corridors),
            *(_ring_words(ring) for ring in one.rings),
            *(["Another drawn area"] * len(one.polygons)),
            *(f"Must also be {describe_part(part=part)}" for part in one.must),
            *(f"But not {describe_part(part=part)}" for part in one.exclude),
        ]
    except (AudienceError, ValueError, IndexError, OverflowError):
        said = []
    return "; ".join(said) or "Something that cannot be read: untick it"


def _line_words(corridor: Corridor) -> str:
    ends = [near(Point(*corner)) for corner in (corridor.line[0], corridor.line[-1])]
    legs = zip(corridor.line, corridor.line[1:], strict=False)
    length = sum(shapes.distance_m(Point(*one), Point(*other)) for one, other in legs)
    return f"Line of {_miles(length)} from {ends[0]} to {ends[1]}, {_miles(corridor.width_m)} to each side"


def _ring_words(ring: Ring) -> str:
    times = f"{ring.from_minutes:g} to {ring.minutes:g}" if ring.from_minutes else f"Up to {ring.minutes:g}"
    return f"{times} minutes from {near(Point(ring.lon, ring.lat))} at {ring.kmh:g} km/h"


def _miles(metres: float) -> str:
    miles = metres / METRES_IN_A_MILE
    return f"{miles:.3g} mile{'' if round(miles, 2) == 1 else 's'}"


def _read_line(text: str) -> list[tuple[tuple[float, float], ...]]:
    """Return lines from what was drawn or typed: GeoJSON, or places along it, one on each line."""
    if text[0] in "{[":
        found = places.read_line(text=text)
        parts = getattr(found, "geoms", [found])
        return [tuple((float(corner[0]), float(corner[1])) for corner in part.coords) for part in parts]
    corners = read_corners(text)
    if len({tuple(corner) for corner in corners}) < 2:  # noqa: PLR2004 - a line has two ends
        raise forms.ValidationError("A line needs at least two places that lie apart: write one on each line.")
    return [tuple((lon, lat) for lon, lat in corners)]


def _schemes_named(kept: AudienceQuestion | None) -> set[int]:
    if kept is None:
        return set()
    return {*kept.schemes, *(scheme for part in (*kept.must, *kept.exclude) for scheme in part.schemes)}


def _numbers(given: Any) -> list[int]:  # noqa: ANN401
    return list(dict.fromkeys(int(text) for text in map(str, given) if text.isdecimal() and len(text) < 16))  # noqa: PLR2004


def line_as_drawn(text: str) -> str:
    """Return a line that was drawn or typed (GeoJSON, or places along it) as GeoJSON.

    Raises:
        forms.ValidationError: it is no line.
    """
    text = text.strip()
    if text and text[0] in "{[":
        return text
    (line,) = _read_line(text)
    return json.dumps({"type": "LineString", "coordinates": [list(corner) for corner in line]})
