"""What officers fill in about alerts: the words, the audience, the reasons."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms

from hueandcry.domain.alerts.rules import Facts, Urgency, Words
from hueandcry.domain.knowledge import queries as knowledge
from hueandcry.domain.members.rules import TIER_ORDER, AudienceQuestion, Channel, SchemeKind, Tier
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaLine, Circle, Found
from hueandcry.kit import clock
from hueandcry.web.desk.forms import MOST_FOUND, PLACE_HINT, PlaceField, read_drawn, scheme_choices, top_areas
from hueandcry.web.parts.forms import DayAndTimeField
from hueandcry.web.parts.labels import plural

LASTS = dt.timedelta(hours=6)
WIDEST_MILES = 60
METRES_IN_A_MILE = 1609.344


class AlertForm(forms.Form):
    """The words of an alert, its place, its time and its level."""

    topic = forms.ChoiceField(label="Subject", error_messages={"required": "Choose a subject."})
    headline = forms.CharField(
        label="Headline",
        max_length=160,
        help_text="One line, as people will see it on the page and in e-mail.",
        error_messages={"required": "Write a headline."},
    )
    what = forms.CharField(
        label="What happened",
        max_length=2000,
        help_text="Plain words: colour and kind of vehicle, how many people. No names, no plates, no addresses.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what happened."},
    )
    where = forms.CharField(
        label="Where, in words that people know",
        required=False,
        max_length=160,
        help_text="A road, a village, a bridge. Empty: the nearest name to the place below.",
    )
    place = PlaceField(
        label="Where on the map",
        required=False,
        help_text=f"{PLACE_HINT} It is not sent.",
    )
    occurred_at = DayAndTimeField(label="When it happened")
    ask = forms.CharField(
        label="What do we ask of people?",
        max_length=300,
        help_text="What to look out for. Never to follow, stop or box in.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write what you ask of people."},
    )
    level = forms.ChoiceField(
        label="Who may read it?", choices=Tier.choices, widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"})
    )
    urgency = forms.ChoiceField(
        label="How urgent is it?",
        choices=Urgency.choices,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    expires_at = DayAndTimeField(label="When does it end by itself?")
    invites_answers = forms.BooleanField(
        label="Ask for answers", required=False, help_text="Somebody must be on duty to read them."
    )

    def __init__(self, *args: Any, kept: Found | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        self.kept = kept
        now = clock.now()
        kwargs["initial"] = {
            "occurred_at": now,
            "expires_at": now + LASTS,
            "level": Tier.VETTED.value,
            "urgency": Urgency.NOW.value,
            "invites_answers": True,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        subjects = [(topic.slug, topic.name) for topic in knowledge.topics()]
        self.fields["topic"].choices = [("", "Choose a subject"), *subjects]  # type: ignore[attr-defined]

    def clean_place(self) -> Found | None:
        """Keep how exact a place was known when it was not written anew."""
        found: Found | None = self.cleaned_data["place"]
        if found and self.kept and self["place"].value() == self["place"].initial:
            return self.kept
        return found

    def clean(self) -> dict[str, Any]:
        """Fill in the nearest name when the place is known and no words were written."""
        given = super().clean() or self.cleaned_data
        if not given.get("where"):
            found = given.get("place")
            given["where"] = places.nearest_name(point=found.point)[:160] if found else ""
            if not given["where"] and "place" not in self.errors:
                self.add_error("where", "Say where: in words, or a place on the map.")
        return given

    def words(self) -> Words:
        """Return the words as far as they were understood."""
        given = self.cleaned_data
        return Words(*(given.get(name, "") for name in ("headline", "what", "where", "ask")))

    def facts(self, *, officer: Officer, has_audience: bool) -> Facts:
        """Return what the send check wants to know, as far as it was understood."""
        given = self.cleaned_data
        return Facts(
            words=self.words(),
            occurred_at=given.get("occurred_at"),
            expires_at=given.get("expires_at"),
            has_audience=has_audience,
            level=Tier(given.get("level") or Tier.VETTED),
            invites_answers=bool(given.get("invites_answers")),
            now=clock.now(),
            signs_as=officer.organisation.signs_as,
        )

    def for_action(self) -> dict[str, Any]:
        """Return what `alerts.actions.draft` and `revise` take."""
        given = self.cleaned_data
        found: Found | None = given["place"]
        return {
            "topic": given["topic"],
            "words": self.words(),
            "level": Tier(given["level"]),
            "urgency": Urgency(given["urgency"]),
            "occurred_at": given["occurred_at"],
            "expires_at": given["expires_at"],
            "point": found.point if found else None,
            "uncertainty_m": found.uncertainty_m if found else None,
            "invites_answers": given["invites_answers"],
        }


@dataclass(frozen=True)
class Ticked:
    """One area in the list of the audience form, ticked or not."""

    line: AreaLine
    ticked: bool


@dataclass(frozen=True)
class Others:
    """What a program may ask of an audience and the form has no box for: kept as it is, unless it is unticked."""

    circles: tuple[Circle, ...] = ()
    polygons: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()

    @classmethod
    def of(cls, question: AudienceQuestion) -> "Others":
        """Return all but the first circle and the first drawn area, which the form shows."""
        return cls(question.circles[1:], question.polygons[1:], question.channels)

    def words(self) -> str:
        """Say what is kept: `2 more circles, 1 more drawn area`; empty when it is nothing."""
        parts = [
            plural(len(kept), noun)
            for kept, noun in ((self.circles, "more circle"), (self.polygons, "more drawn area"))
            if kept
        ]
        if self.channels:
            parts.append(f"by {' or '.join(channel.label.lower() for channel in self.channels)} only")
        return ", ".join(parts)


class AudienceForm(forms.Form):
    """Who an alert is for: areas, a circle, drawn areas, schemes, subjects, and how far members are checked."""

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
    circle_miles = forms.FloatField(
        label="Miles round it",
        required=False,
        min_value=0.05,
        max_value=WIDEST_MILES,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4", "inputmode": "decimal", "step": "any"}),
        error_messages={
            "invalid": "Write the miles as a number, like 3 or 2.5.",
            "min_value": "A circle reaches at least 0.05 miles.",
            "max_value": f"A circle reaches at most {WIDEST_MILES} miles: choose areas instead.",
        },
    )
    scheme_kinds = forms.MultipleChoiceField(
        label="Members of any",
        required=False,
        choices=SchemeKind.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    schemes = forms.MultipleChoiceField(
        label="Members of these schemes",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    topics = forms.MultipleChoiceField(
        label="Only those interested in",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    lowest_tier = forms.ChoiceField(
        label="How far must they be checked, at least?",
        choices=[(tier.value, tier.label) for tier in Tier if tier != Tier.PUBLIC],
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    inside = forms.IntegerField(required=False, widget=forms.HiddenInput)
    others = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        officer: Officer,
        organisation_id: int,
        kept: AudienceQuestion | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self.organisation_id = organisation_id
        self.kept = Others.of(kept) if kept else Others()
        words = self.kept.words()
        if words:
            self.fields["others"].label = f"Keep {words}"
        else:
            del self.fields["others"]
        self.fields["schemes"].choices = scheme_choices(officer)  # type: ignore[attr-defined]
        self.fields["topics"].choices = [(topic.slug, topic.name) for topic in knowledge.topics()]  # type: ignore[attr-defined]
        self.ticked = self._numbers(self.data.getlist("areas") if self.is_bound else self.initial.get("areas", ()))  # type: ignore[attr-defined]

    @staticmethod
    def _numbers(given: Any) -> list[int]:  # noqa: ANN401
        return list(dict.fromkeys(int(text) for text in map(str, given) if text.isdecimal() and len(text) < 16))  # noqa: PLR2004

    def listed(self) -> list[Ticked]:
        """Return the areas that are ticked, then those that were looked for (or the top of the tree)."""
        chosen = places.get_areas(area_ids=self.ticked)
        return [Ticked(line, ticked=True) for line in chosen] + [
            Ticked(line, ticked=False) for line in self._offered() if line.id not in set(self.ticked)
        ]

    def _offered(self) -> list[AreaLine]:
        text = (self["look_for"].value() or "").strip()
        inside = self._numbers([self["inside"].value() or ""])
        if inside:
            return places.children(parent_id=inside[0])[:MOST_FOUND]
        if text:
            return places.search_areas(text=text, most=MOST_FOUND)
        return top_areas()

    def clean_drawn(self) -> tuple[str, ...]:
        """Read what was drawn."""
        return read_drawn(self.cleaned_data["drawn"])

    def clean(self) -> dict[str, Any]:
        """Ask for both halves of a circle."""
        given = super().clean() or self.cleaned_data
        if given.get("circle_place") and not given.get("circle_miles") and "circle_miles" not in self.errors:
            self.add_error("circle_miles", "Say how many miles round the middle.")
        if given.get("circle_miles") and not given.get("circle_place") and "circle_place" not in self.errors:
            self.add_error("circle_place", "Say where the middle of the circle is.")
        return given

    def question(self, *, at_least: Tier = Tier.PUBLIC) -> AudienceQuestion:
        """Return who is meant, as `members.queries` and `alerts.actions` take it; never below the alert's level."""
        given = self.cleaned_data
        found: Found | None = given["circle_place"]
        circles = (Circle(*found.point, given["circle_miles"] * METRES_IN_A_MILE),) if found else ()
        others = self.kept if given.get("others") else Others()
        return AudienceQuestion(
            organisation_id=self.organisation_id,
            areas=tuple(self.ticked),
            polygons=(*given["drawn"], *others.polygons),
            circles=(*circles, *others.circles),
            channels=others.channels,
            schemes=tuple(int(scheme) for scheme in given["schemes"]),
            scheme_kinds=tuple(SchemeKind(kind) for kind in given["scheme_kinds"]),
            topics=tuple(given["topics"]),
            lowest_tier=max(Tier(given["lowest_tier"]), at_least, key=TIER_ORDER.index),
        )


def audience_initial(question: AudienceQuestion | None, *, level: Tier) -> dict[str, Any]:
    """Return what the audience form shows of a question that was kept."""
    if question is None:
        return {"lowest_tier": (level if level != Tier.PUBLIC else Tier.MEMBER).value}
    circle = question.circles[0] if question.circles else None
    return {
        "areas": question.areas,
        "drawn": question.polygons[0] if question.polygons else "",
        "circle_place": f"{circle.lat:.6f}, {circle.lon:.6f}" if circle else "",
        "circle_miles": round(circle.radius_m / METRES_IN_A_MILE, 3) if circle else None,
        "schemes": [str(scheme) for scheme in question.schemes],
        "scheme_kinds": [kind.value for kind in question.scheme_kinds],
        "topics": list(question.topics),
        "lowest_tier": question.lowest_tier.value,
        "others": True,
    }


class ReasonForm(forms.Form):
    """Why something is sent back or called off."""

    reason = forms.CharField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write why, in a few words."},
    )


class EndingForm(forms.Form):
    """What came of it, for everybody who answered."""

    ending = forms.CharField(
        label="What came of it?",
        max_length=300,
        help_text="Everybody who answered gets these words. No names, no plates.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what came of it: those who answered wait to hear."},
    )
