"""What an officer presses when there is no time to write: a template's questions, a place, a moment."""

import datetime as dt
import secrets
from typing import Any

from django import forms
from django.utils import timezone

from hueandcry.domain.alerts.queries.writing import whole_force
from hueandcry.domain.alerts.rules import AlertError
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.alerts.rules.proposing import Pressed, step_of
from hueandcry.domain.alerts.rules.suspects import is_asked
from hueandcry.domain.alerts.rules.templates import Question, Template, check_answer
from hueandcry.domain.alerts.rules.written import AGO, Where, Written, write
from hueandcry.domain.knowledge import queries as knowledge
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import SETTLEMENTS, AreaKind, Found, FoundBy
from hueandcry.kit import clock
from hueandcry.web.desk.forms import PlaceField, point_words
from hueandcry.web.parts.forms import DayAndTimeField

CHIPS = {"class": "hc-chips"}
ONCE_BYTES = 12
TYPED = "_typed"
LOOSE_ENDS = ("place", "at", "starts_at")


def _chips(label: str, choices: Any, **kwargs: Any) -> forms.ChoiceField:  # noqa: ANN401
    kwargs.setdefault("required", False)
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect(attrs=CHIPS),
        error_messages={"invalid_choice": "Press one of these.", "required": "Press one of these."},
        **kwargs,
    )


class QuickForm(forms.Form):
    """A template's questions as things to press, with a place and a moment; it gives what `send_quick` takes."""

    says_optional = False

    place = PlaceField(
        label="Where?",
        required=False,
        help_text="A postcode, a grid reference or a name.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "data-here": "Use where I am",
                "data-looking": "Looking for where you are…",
                "data-found": "Found, exact to about {metres} m.",
                "data-lost": "Your phone does not say where you are. Put a pin on the map, or type the place.",
            }
        ),
    )
    everywhere = forms.BooleanField(label="All of the force's area", required=False)
    ago = _chips("When?", AGO, initial="0")
    at = forms.TimeField(
        label="Or at another time",
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M", "%H%M"],
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-5"}, format="%H:%M"),
        error_messages={"invalid": "Give the time like 01:40."},
    )
    starts_at = DayAndTimeField(label="When does it begin?", required=False)
    suspect = _chips("Could a suspect read this?", Suspect.choices)
    words = forms.CharField(
        label="Say the place in your own words",
        required=False,
        max_length=160,
        help_text="Empty: the nearest village. A road, a bridge, a wood that people know.",
    )
    level = forms.ChoiceField(
        label="Who may read it?",
        required=False,
        choices=Tier.choices,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    topic = forms.ChoiceField(label="Subject", required=False)
    plain = forms.BooleanField(
        label="Plain letters in texts",
        required=False,
        help_text="ŵ as w, ŷ as y: such letters make every text dearer. E-mails and pages keep them.",
    )
    step = forms.CharField(required=False, widget=forms.HiddenInput)
    everybody = forms.CharField(required=False, widget=forms.HiddenInput)
    saved = forms.CharField(required=False, max_length=20)
    once = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:  # noqa: ANN401
        self.template = template
        self.refusal = ""
        initial = {"level": template.level.value, "once": secrets.token_urlsafe(ONCE_BYTES)}
        kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        for question in template.questions:
            self._ask(question)
        subjects = [(topic.slug, topic.name) for topic in knowledge.topics()]
        self.fields["topic"].choices = [("", "As usual for this"), *subjects]  # type: ignore[attr-defined]
        forces = places.areas(kind=AreaKind.FORCE) if template.spread.everywhere else []
        self.force_name = forces[0].name if forces else ""
        for name, is_asked_for in (
            ("everywhere", bool(self.force_name)),
            ("ago", template.asks_when),
            ("at", template.asks_when),
            ("starts_at", template.starts),
            ("suspect", is_asked(template=template.key)),
        ):
            if not is_asked_for:
                del self.fields[name]
        if "suspect" in self.fields:
            self.fields["suspect"].choices = [  # type: ignore[attr-defined]
                (Suspect.NO.value, "No"),
                (Suspect.HARMLESS.value, "Yes, no harm"),
                (Suspect.HARMFUL.value, "Yes, harmful"),
            ]

    def _ask(self, question: Question) -> None:
        if question.choices:
            chips = [(choice.value, choice.label) for choice in question.choices]
            self.fields[question.name] = _chips(question.label, chips)
        if question.most:
            name = f"{question.name}{TYPED}" if question.choices else question.name
            label = "Something else" if question.choices else question.label
            self.fields[name] = forms.CharField(
                label=label,
                required=False,
                # One word too long is said by the rules, with what to do; this only keeps a browser from it.
                widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": question.most}),
                help_text=question.hint,
            )

    # ------------------------------------------------------------ what the page lists

    @property
    def asked(self) -> list[forms.BoundField]:
        """Return the questions that are pressed, those that must be answered first."""
        needed = sorted(self.template.questions, key=lambda one: not one.needed)
        return [self[one.name] for one in needed if one.choices]

    def typed(self) -> list[forms.BoundField]:
        """Return what may be typed, for who has the time."""
        names = [name if name in self.fields else "" for name in self._typed_names()]
        return [self[name] for name in names if name]

    def _typed_names(self) -> list[str]:
        return [f"{one.name}{TYPED}" if one.choices else one.name for one in self.template.questions if one.most]

    @property
    def has_more(self) -> bool:
        """Say whether anything of the folded part was filled in or is wrong, so that it is open."""
        names = ("words", "topic", "plain", *self._typed_names())
        changed = self["level"].value() not in {None, "", self.template.level.value}
        return changed or any(self[name].value() or self[name].errors for name in names if name in self.fields)

    # ------------------------------------------------------------ reading

    def clean(self) -> dict[str, Any]:
        """Look the answers through, and make the alert of them."""
        given = super().clean() or self.cleaned_data
        answers: dict[str, str] = {}
        for question in self.template.questions:
            typed = given.get(f"{question.name}{TYPED}") or ""
            try:
                value = check_answer(question, typed or given.get(question.name) or "")
            except AlertError as refusal:
                self.add_error(f"{question.name}{TYPED}" if typed else question.name, str(refusal))
            else:
                answers |= {question.name: value} if value else {}
        given["answers"] = answers
        return given

    def written(self) -> Written:
        """Return the alert that the answers make.

        Raises:
            AlertError: no place, or no beginning, is given.
        """
        given = self.cleaned_data
        now = timezone.localtime(clock.now())
        return write(
            self.template,
            given["answers"],
            self.where(),
            now=now,
            occurred_at=self._happened(now) if self.template.asks_when else None,
            starts_at=timezone.localtime(given["starts_at"]) if given.get("starts_at") else None,
            level=Tier(given.get("level") or self.template.level),
            is_plain=bool(given.get("plain")),
        )

    def where(self) -> Where:
        """Return the place: in the officer's words, else the name that was found, else the nearest village."""
        given = self.cleaned_data
        found: Found | None = given.get("place")
        words = " ".join((given.get("words") or "").split())
        if given.get("everywhere"):
            words = words or self.force_name
        if found is None:
            return Where(words)
        return Where(words or _named(found), found.point, found.uncertainty_m)

    def _happened(self, now: dt.datetime) -> dt.datetime:
        at: dt.time | None = self.cleaned_data.get("at")
        if at is None:
            return now - dt.timedelta(minutes=int(self.cleaned_data.get("ago") or "0"))
        moment = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        # A time of day that is still to come was yesterday's.
        return moment if moment <= now else moment - dt.timedelta(days=1)

    def pressed(self, press: str = "") -> Pressed:
        """Return what was pressed to change the proposal, with this press on top."""
        given = self.cleaned_data
        step = step_of(given.get("step") or "0") + {"wider": 1, "narrower": -1}.get(press, 0)
        everybody = {"everybody": True, "schemes": False}.get(press, bool(given.get("everybody")))
        areas = whole_force() if given.get("everywhere") else ()
        return Pressed(step=step_of(str(step)), everybody=everybody, areas=areas)

    def namesakes(self) -> list[tuple[str, str]]:
        """Return the places of one name to choose from, each as the box reads it again, and its full name."""
        several = getattr(self.fields["place"], "several", ())
        return [(point_words(found.point), found.label) for found in several]

    @property
    def topic_name(self) -> str:
        """Return the subject's name as far as it was chosen, else what the template is called."""
        names = dict(self.fields["topic"].choices)  # type: ignore[attr-defined]
        chosen = self.cleaned_data.get("topic") or ""
        return str(names[chosen]) if chosen in names and chosen else self.template.name

    @property
    def suspected(self) -> Suspect:
        """Return what was answered about suspects."""
        return Suspect(self.cleaned_data.get("suspect") or Suspect.UNASKED)


def _named(found: Found) -> str:
    """Return a place in words for people: its name, else the nearest village; never a farm's."""
    if found.by == FoundBy.NAME:
        return found.label.partition(",")[0].partition(" (")[0]
    return places.nearest_name(point=found.point, kinds=SETTLEMENTS)
