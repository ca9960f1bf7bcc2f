"""What officers fill in about alerts: the words, the reasons."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django import forms

from hueandcry.domain.alerts.rules import Facts, Urgency, Words
from hueandcry.domain.alerts.rules.canaries import PLAIN, OurLines, Tongue
from hueandcry.domain.alerts.rules.kinds import Marking
from hueandcry.domain.alerts.rules.templates import Template
from hueandcry.domain.alerts.rules.tongues import tongues
from hueandcry.domain.knowledge import queries as knowledge
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import SETTLEMENTS, Found
from hueandcry.kit import clock
from hueandcry.web.desk.forms import PLACE_HINT, PlaceField
from hueandcry.web.parts.forms import DayAndTimeField

LASTS = dt.timedelta(hours=6)


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
    saved = forms.ChoiceField(label="For a kept audience", required=False)
    marking = forms.ChoiceField(
        label="Marking",
        required=False,
        choices=[("", "As usual for who may read it"), *Marking.choices()],
        help_text="What anybody may read is for public release; everything else is OFFICIAL.",
    )
    starts_at = DayAndTimeField(
        label="When does it begin?", required=False, help_text="A meeting or an event, for calendars."
    )
    is_plain = forms.BooleanField(
        label="Plain letters in texts",
        required=False,
        help_text="ŵ as w, ŷ as y: such letters make every text dearer. E-mails and pages keep them.",
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        kept: Found | None = None,
        lines: OurLines = PLAIN,
        template: Template | None = None,
        saved: Sequence[tuple[str, str]] = (),
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        self.kept, self.lines, self.template = kept, lines, template
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
        self.fields["occurred_at"].required = template is None or template.asks_when
        if saved:
            self.fields["saved"].choices = [("", "Choose later"), *saved]  # type: ignore[attr-defined]
        else:
            del self.fields["saved"]

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
            given["where"] = places.nearest_name(point=found.point, kinds=SETTLEMENTS)[:160] if found else ""
            if not given["where"] and "place" not in self.errors:
                self.add_error("where", "Say where: in words, or a place on the map.")
        return given

    def words(self) -> Words:
        """Return the words as far as they were understood."""
        return Words(*(self._said(name) for name in ("headline", "what", "where", "ask")))

    def _said(self, name: str) -> str:
        """Return one box as it was understood, else as it was typed: what is too long is checked and shown too."""
        if name in self.cleaned_data:
            return str(self.cleaned_data[name])
        return str(self[name].value() or "")

    @property
    def topic_name(self) -> str:
        """Return the name of the subject that was chosen."""
        names = dict(self.fields["topic"].choices)  # type: ignore[attr-defined]
        return str(names.get(self.cleaned_data.get("topic") or "", ""))

    def facts(self, *, officer: Officer, has_audience: bool, ref: str = "") -> Facts:
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
            ref=ref or Facts.ref,
            template=self.template.key if self.template else "",
            marking=self._marking(),
            lines=replace(
                self.lines, plain=bool(given.get("is_plain")), shorter=self._shorter(), tongues=self._tongues()
            ),
            seeks=self.template is None or self.template.seeks,
            asks_when=self.template is None or self.template.asks_when,
        )

    def _marking(self) -> Marking | None:
        """Return what was chosen, as far as it was understood; None is the usual one."""
        chosen = self.cleaned_data.get("marking")
        return Marking(chosen) if chosen else None

    def _shorter(self) -> tuple[str, ...]:
        """Return what a template made of it in fewer words, while it says that still."""
        return self.lines.shorter if self.words().what == self["what"].initial else ()

    def _tongues(self) -> tuple[Tongue, ...]:
        """Return what it says in other languages: what was kept so, while the words stand as they were."""
        before = {name: self[name].initial for name in ("headline", "what", "where", "ask", "starts_at")}
        now = {**asdict(self.words()), "starts_at": self.cleaned_data.get("starts_at")}
        return self.lines.tongues if before == now else tongues(self.words(), None, {})

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
            "marking": self._marking(),
            "starts_at": given["starts_at"],
            "is_plain": given["is_plain"],
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
