"""The forms of a member's own page."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hueandcry.domain.members.rules import Channel, Language, NewContact, NewPlace, PlaceUse, Priority, Reading
from hueandcry.domain.members.rules.applying import LONGEST_PLACE_NAME
from hueandcry.domain.members.rules.mailboxes import suggest
from hueandcry.domain.members.rules.own_page import LONGEST_OWN_NAME, MOST_A_WEEK, Row, Settings
from hueandcry.domain.members.rules.preferences import DAY, DEFAULTS, NO_HOURS, Hours
from hueandcry.domain.messaging.queries.whatsapp import offers_whatsapp
from hueandcry.domain.places.rules import AddressLine, Found
from hueandcry.kit import phone
from hueandcry.kit.words import say
from hueandcry.web.parts.houses import HouseField, house_choices, houses_at
from hueandcry.web.parts.numbers import by_whatsapp_refused
from hueandcry.web.parts.places import PlaceField, postcode_of
from hueandcry.web.parts.topics import TopicsField, topic_choices


def _time_box(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-5"}, format="%H:%M"),
        error_messages={"invalid": say("Give the time like 08:00.")},
    )


class WaysForm(forms.Form):
    """For each of the five priorities by which ways, and between which hours."""

    says_optional = False

    def __init__(self, *args: Any, settings: Settings, **kwargs: Any) -> None:  # noqa: ANN401
        self.settings = settings
        initial: dict[str, Any] = {}
        for row in settings.rows:
            initial[f"ways{row.priority}"] = [channel.value for channel in row.wanted]
            if row.hours:
                initial[f"from{row.priority}"] = _time(row.hours.from_minute)
                initial[f"until{row.priority}"] = _time(row.hours.until_minute)
        kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        for priority in Priority:
            ladder = DEFAULTS[priority].ladder
            self.fields[f"ways{priority}"] = forms.MultipleChoiceField(
                label=priority.label,
                required=False,
                choices=[(channel.value, channel.label) for channel in settings.channels if channel in ladder],
                widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
                error_messages={"invalid_choice": say("Choose among the ways that are shown.")},
            )
            if priority != NO_HOURS:
                self.fields[f"from{priority}"] = _time_box(say("From"))
                self.fields[f"until{priority}"] = _time_box(say("Until"))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the boxes, priority by priority."""
        return [
            {
                "ways": self[f"ways{priority}"],
                "begins": None if priority == NO_HOURS else self[f"from{priority}"],
                "ends": None if priority == NO_HOURS else self[f"until{priority}"],
                "any_hour": DEFAULTS[priority].any_hour,
            }
            for priority in Priority
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse half of a pair of times."""
        given = super().clean() or self.cleaned_data
        for priority in Priority:
            begins, ends = given.get(f"from{priority}"), given.get(f"until{priority}")
            if (begins is None) != (ends is None) and not {f"from{priority}", f"until{priority}"} & set(self.errors):
                self.add_error(f"from{priority}", say("Give both times, or neither."))
        return given

    def rows(self) -> tuple[Row, ...]:
        """Return what was chosen."""
        return tuple(
            Row(
                priority,
                tuple(Channel(channel) for channel in self.cleaned_data[f"ways{priority}"]),
                _hours(self.cleaned_data.get(f"from{priority}"), self.cleaned_data.get(f"until{priority}")),
            )
            for priority in Priority
        )


class PersonForm(forms.Form):
    """How a member is called, in which language and how they read, and how much they want at most."""

    name = forms.CharField(
        label=_("Your name"), max_length=LONGEST_OWN_NAME, error_messages={"required": _("Write a name.")}
    )
    language = forms.ChoiceField(label=_("In which language do we write to you?"), choices=Language.choices)
    reading = forms.ChoiceField(
        label=_("How do you take in what we send?"), choices=Reading.choices, widget=forms.RadioSelect
    )
    weekly_budget = forms.IntegerField(
        label=_("At most how many messages a week?"),
        help_text=_(
            "Danger and what happens now always come. What is over the number comes together, in one message. "
            "Empty: as everybody."
        ),
        required=False,
        min_value=0,
        max_value=MOST_A_WEEK,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3", "inputmode": "numeric"}),
        error_messages={
            "invalid": _("Write a whole number, such as 5."),
            "min_value": format_lazy(
                _("Choose between 0 and {most_a_week}, or leave it empty."), most_a_week=MOST_A_WEEK
            ),
            "max_value": format_lazy(
                _("Choose between 0 and {most_a_week}, or leave it empty."), most_a_week=MOST_A_WEEK
            ),
        },
    )


class PlaceForm(forms.Form):
    """One more place."""

    where = PlaceField(
        label=_("Where is it?"),
        help_text=_("A postcode, a grid reference such as TL 123 456, or the name of a village."),
    )
    door = HouseField()
    use = forms.ChoiceField(label=_("What is there?"), choices=PlaceUse.choices, initial=PlaceUse.FIELD)
    name = forms.CharField(label=_("Your own name for it"), required=False, max_length=LONGEST_PLACE_NAME)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.houses: dict[str, AddressLine] = {}
        self.fields["door"].choices = house_choices({})  # type: ignore[attr-defined]

    def clean_where(self) -> Found:
        """Take the place, and offer the houses of its postcode."""
        found: Found = self.cleaned_data["where"]
        self.houses = houses_at(found)
        self.fields["door"].choices = house_choices(self.houses)  # type: ignore[attr-defined]
        return found

    def is_to_ask(self) -> bool:
        """Say whether the house is still to be asked for; then the cursor goes there."""
        asks = bool(self.houses) and "door" not in self.data
        if asks:
            self.fields["door"].widget.attrs["autofocus"] = True
        return asks

    def place(self) -> NewPlace:
        """Return it as the action takes it, to the house when it was picked."""
        given = self.cleaned_data
        found, house = given["where"], self.houses.get(given["door"])
        point = house.point if house else found.point
        return NewPlace(postcode_of(found), point, PlaceUse(given["use"]), given["name"])


class ContactForm(forms.Form):
    """One more number or address."""

    way = forms.CharField(
        label=_("Another mobile number, landline or e-mail address"),
        help_text=_("We send a code there. It is added when the code comes back."),
        max_length=254,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": _("Write the number or the e-mail address.")},
    )
    ring = forms.BooleanField(label=_("Ring there, rather than send texts"), required=False)
    whatsapp = forms.BooleanField(
        label=_("Write there by WhatsApp, rather than by text"),
        help_text=_("Also for a number that you gave us already: then a text comes where WhatsApp fails."),
        required=False,
    )
    agreed = forms.BooleanField(
        error_messages={"required": _("Tick this box: without a yes we may send nothing there.")}
    )
    certain = forms.BooleanField(label=_("The e-mail address is right as I wrote it"), required=False)

    def __init__(self, *args: Any, force: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["agreed"].label = say("Yes: alerts and appeals of {force} may come there").format(force=force)
        if not offers_whatsapp():
            del self.fields["whatsapp"]
        self.suggestion = ""

    def clean(self) -> dict[str, Any]:
        """Read which kind of address it is."""
        given = super().clean() or self.cleaned_data
        way = given.get("way", "")
        if "@" in way:
            self.suggestion = suggest(way)
            if self.suggestion and not given.get("certain"):
                self.add_error(
                    "way",
                    say("Did you mean {suggestion}? Put it right, or tick the box below.").format(
                        suggestion=self.suggestion
                    ),
                )
            given["contact"] = NewContact(Channel.EMAIL, way)
        elif way:
            try:
                number = phone.normalise(way)
            except phone.PhoneError as refusal:
                self.add_error("way", str(refusal))
                return given
            if given.get("whatsapp"):
                refused = by_whatsapp_refused(number, ring=given.get("ring", False))
                if refused:
                    self.add_error("whatsapp", refused)
                given["contact"] = NewContact(Channel.WHATSAPP, number)
                return given
            texts = phone.kind(number) == phone.PhoneKind.MOBILE and not given.get("ring")
            given["contact"] = NewContact(Channel.SMS if texts else Channel.VOICE, number)
        return given


class TopicsForm(forms.Form):
    """What somebody wants to hear about."""

    topics = TopicsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = topic_choices()  # type: ignore[attr-defined]


class PauseForm(forms.Form):
    """A holiday, or lambing: nothing until a day."""

    until = forms.DateField(
        label=_("Send me nothing until"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose the day from which you want to hear from us again."),
            "invalid": _("Give the day like 2026-11-30."),
        },
    )


def _time(minute: int) -> dt.time:
    return dt.time(*divmod(minute % DAY, 60))


def _hours(begins: dt.time | None, ends: dt.time | None) -> Hours | None:
    if begins is None or ends is None:
        return None
    return Hours(begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute)
