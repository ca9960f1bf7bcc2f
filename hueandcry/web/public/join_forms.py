"""The forms of joining by oneself."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hueandcry.domain.members.queries import applying as queries
from hueandcry.domain.members.rules import (
    Channel,
    Language,
    NewContact,
    NewPlace,
    PlaceUse,
    Priority,
    Purpose,
)
from hueandcry.domain.members.rules.applying import (
    LONGEST_NAME,
    LONGEST_PLACE_NAME,
    Wish,
    check_wish,
    choices_for,
    tidy,
)
from hueandcry.domain.members.rules.joining import consent_words, version_in, wording_for
from hueandcry.domain.members.rules.kinds import MemberError
from hueandcry.domain.members.rules.mailboxes import suggest
from hueandcry.domain.members.rules.preferences import DAY_BEGINS, DAY_ENDS, DEFAULTS, check_hours
from hueandcry.domain.messaging.queries.whatsapp import offers_whatsapp
from hueandcry.domain.organisations.queries import force, partners
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind, Found
from hueandcry.kit import phone
from hueandcry.kit.words import language_now, say
from hueandcry.web.parts import labels
from hueandcry.web.parts.houses import HouseField, house_choices, house_named, houses_at
from hueandcry.web.parts.numbers import by_whatsapp_refused
from hueandcry.web.parts.places import PlaceField, postcode_of
from hueandcry.web.parts.topics import TopicsField, topic_choices

MORE_PLACES = 3
# What the small script says that fills in where the phone is.
HERE = {
    "data-here": _("Use where I am now"),
    "data-looking": _("Looking…"),
    "data-found": _("Found, to about {metres} m."),
    "data-lost": _("Your phone did not say where you are. Type a postcode instead."),
}
PLACE_WORDS = _("A postcode is enough. Or a grid reference such as TL 123 456, or the name of a village.")


class AboutYouForm(forms.Form):
    """Who somebody is, where, and one way to reach them."""

    says_optional = False  # "optional" beside the number would mislead: a letter is the only other way

    name = forms.CharField(
        label=_("Your name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": _("Write your name: it is how we greet you."),
            "max_length": format_lazy(_("Shorten your name to {longest_name} characters."), longest_name=LONGEST_NAME),
        },
    )
    where = PlaceField(
        label=_("Where are you?"),
        help_text=PLACE_WORDS,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "spellcheck": "false", **HERE}),
        error_messages={"required": _("Say where you are: a postcode is enough.")},
    )
    house = forms.CharField(
        label=_("House number or name, or your own name for the place (optional)"),
        required=False,
        max_length=LONGEST_PLACE_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
        error_messages={
            "max_length": format_lazy(
                _("Shorten this to {longest_place_name} characters."), longest_place_name=LONGEST_PLACE_NAME
            )
        },
    )
    use = forms.ChoiceField(label=_("What is there?"), choices=PlaceUse.choices, initial=PlaceUse.HOME)
    way = forms.CharField(
        label=_("Your mobile number, landline or e-mail address"),
        help_text=_(
            "One is enough. We send a code there now. A landline is as good as a mobile: a voice reads to you."
        ),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"max_length": _("This is too long for a number or an e-mail address.")},
    )
    ring = forms.BooleanField(label=_("Ring me, rather than send texts"), required=False)
    whatsapp = forms.BooleanField(label=_("Write to my mobile by WhatsApp, rather than by text"), required=False)
    certain = forms.BooleanField(label=_("The e-mail address is right as I wrote it"), required=False)
    letter = forms.CharField(
        label=_("Your postal address"),
        required=False,
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        error_messages={"max_length": _("Shorten the address to 250 characters.")},
    )
    topics = TopicsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = topic_choices()  # type: ignore[attr-defined]
        if not offers_whatsapp():
            del self.fields["whatsapp"]
        for number in range(2, 2 + MORE_PLACES):
            self.fields[f"where{number}"] = PlaceField(
                label=say("Place {number}: where is it?").format(number=number), required=False
            )
            self.fields[f"name{number}"] = forms.CharField(
                label=say("Your own name for it"), required=False, max_length=LONGEST_PLACE_NAME
            )
            self.fields[f"use{number}"] = forms.ChoiceField(
                label=say("What is it?"), required=False, choices=PlaceUse.choices, initial=PlaceUse.FIELD
            )
        self.suggestion = ""
        self.landline_for_texts = False
        self._outside: set[str] = set()

    # ---- what was understood

    def clean_name(self) -> str:
        """Take the name as people write it, without control signs."""
        name = tidy(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(say("Write your name in letters: it is how we greet you."))
        return name

    def clean(self) -> dict[str, Any]:
        """Read the one way to reach them, and look whether each place is in the force."""
        given = super().clean() or self.cleaned_data
        given["contact"] = self._contact(given)
        for name in self._place_names():
            found = given.get(name)
            if found is not None and not self._is_here(found):
                self._outside.add(name)
                self.add_error(name, say("This place is outside {force}.").format(force=self.force))
        return given

    @property
    def force(self) -> str:
        """Return what the force is called."""
        return force().name

    @property
    def is_only_elsewhere(self) -> bool:
        """Say whether nothing else is wrong than that the first place is in another force."""
        return "where" in self._outside and set(self.errors) == {"where"}

    @property
    def more(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Return the boxes of the further places, place by place."""
        return [(self[f"where{n}"], self[f"use{n}"], self[f"name{n}"]) for n in range(2, 2 + MORE_PLACES)]

    @property
    def has_more(self) -> bool:
        """Say whether something stands in the boxes of further places."""
        return any(where.value() or where.errors or name.value() for where, _, name in self.more)

    def _place_names(self) -> list[str]:
        return ["where", *(f"where{number}" for number in range(2, 2 + MORE_PLACES))]

    def _is_here(self, found: Found) -> bool:
        return places.point_of_force_check(point=found.point) or not places.areas(kind=AreaKind.FORCE)

    def _contact(self, given: dict[str, Any]) -> NewContact | None:
        way, letter = given.get("way", "").strip(), tidy(given.get("letter", ""))
        if not way and letter:
            return NewContact(Channel.POST, letter, confirmed=False)
        if not way:
            if "way" not in self.errors:
                self.add_error(
                    "way", say("Give a mobile number, a landline or an e-mail address; or, below, an address.")
                )
            return None
        return self._mailbox(way, certain=given.get("certain", False)) if "@" in way else self._number(way, given)

    def _mailbox(self, way: str, *, certain: bool) -> NewContact | None:
        try:
            forms.EmailField().clean("".join(way.split()))
        except forms.ValidationError:
            self.add_error("way", say("Write the e-mail address in full, such as name@example.org."))
            return None
        self.suggestion = suggest(way)
        if self.suggestion and not certain:
            self.add_error(
                "way",
                say("Did you mean {suggestion}? Put it right, or tick the box below.").format(
                    suggestion=self.suggestion
                ),
            )
            return None
        return NewContact(Channel.EMAIL, way)

    def _number(self, way: str, given: dict[str, Any]) -> NewContact | None:
        try:
            number = phone.normalise(way)
        except phone.PhoneError as refusal:
            self.add_error("way", str(refusal))
            return None
        if given.get("whatsapp") and (refused := by_whatsapp_refused(number, ring=given.get("ring", False))):
            self.add_error("whatsapp", refused)
            return None
        if phone.kind(number) == phone.PhoneKind.MOBILE and not given.get("ring"):
            return NewContact(Channel.WHATSAPP if given.get("whatsapp") else Channel.SMS, number)
        self.landline_for_texts = phone.kind(number) != phone.PhoneKind.MOBILE
        return NewContact(Channel.VOICE, number)

    # ---- what becomes of it

    def as_initial(self) -> dict[str, Any]:
        """Return what was typed, for the form to be shown again."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name, field in self.fields.items()
        }

    def typed(self) -> list[tuple[str, str]]:
        """Return what was typed, for hidden boxes on the second page."""
        return [(name, value) for name in self.fields for value in self.data.getlist(name) if value]  # type: ignore[attr-defined]

    def places(self) -> tuple[NewPlace, ...]:
        """Return the places, each with its point."""
        given, found = self.cleaned_data, []
        for name in self._place_names():
            place, number = given.get(name), name.removeprefix("where")
            if place is not None:
                own = given.get("house" if not number else f"name{number}", "")
                use = PlaceUse(given.get(f"use{number}") or PlaceUse.FIELD)
                found.append(NewPlace(postcode_of(place), place.point, use, tidy(own)))
        return tuple(found)

    def wish_elsewhere(self) -> Wish:
        """Return what is kept of somebody from another force."""
        found = self.fields["where"].found  # type: ignore[attr-defined]
        use = PlaceUse(self.cleaned_data.get("use") or PlaceUse.HOME)
        return Wish(
            name=self.cleaned_data["name"],
            places=(NewPlace(postcode_of(found), found.point, use, tidy(self.cleaned_data.get("house", ""))),),
            contact=self.cleaned_data["contact"],
        )


class ChoicesForm(forms.Form):
    """What is offered at somebody's places, and what they agree to."""

    says_optional = False

    door = HouseField()
    schemes = forms.MultipleChoiceField(
        label=_("Watch schemes near you"),
        help_text=_("Each of them may send you its own messages too. You can stop those at any time."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("One of the schemes is no longer offered: look at the list again.")},
    )
    alerts = forms.BooleanField(error_messages={"required": _("Tick this box: without a yes we may send you nothing.")})
    purposes = forms.MultipleChoiceField(
        label=_("And, if you like"), required=False, widget=forms.CheckboxSelectMultiple
    )
    partners = forms.MultipleChoiceField(
        label=_("Others who may send you alerts"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("One of these no longer sends alerts here: look at the list again.")},
    )
    wanted = forms.MultipleChoiceField(
        label=_("What may come?"), required=False, choices=Priority.numbered, widget=forms.CheckboxSelectMultiple
    )
    begins = forms.TimeField(
        label=_("Not before"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-5"}, format="%H:%M"),
        error_messages={"invalid": _("Give the time like 08:00.")},
    )
    ends = forms.TimeField(
        label=_("Not after"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-5"}, format="%H:%M"),
        error_messages={"invalid": _("Give the time like 21:00.")},
    )
    language = forms.ChoiceField(label=_("In which language do we write to you?"), choices=Language.choices)

    def __init__(self, *args: Any, about: AboutYouForm, **kwargs: Any) -> None:  # noqa: ANN401
        self.about = about
        self.channel = about.cleaned_data["contact"].channel
        self.doors = houses_at(about.cleaned_data.get("where"))
        mine = about.places()
        by_default = [priority.value for priority in Priority if self.channel in DEFAULTS[priority].wanted]
        kwargs.setdefault(
            "initial",
            {
                "door": house_named(self.doors, about.cleaned_data.get("house", "")),
                "wanted": by_default,
                "begins": _time(DAY_BEGINS),
                "ends": _time(DAY_ENDS),
                "language": language_now(),
            },
        )
        super().__init__(*args, **kwargs)
        self.fields["door"].choices = house_choices(self.doors)  # type: ignore[attr-defined]
        ours = force()
        things = say(labels.BY_CHANNEL[self.channel])
        self.version = version_in(language_now(), wording_for(self.channel))
        self.wording = consent_words(self.version, organisation=ours.name)
        self.fields["alerts"].label = say("Yes: alerts and appeals of {name}, as {things}").format(
            name=ours.name, things=things
        )
        self.fields["purposes"].choices = [  # type: ignore[attr-defined]
            (purpose.value, say("{purpose} of {organisation}").format(purpose=purpose.label, organisation=ours.name))
            for purpose in (Purpose.ADVICE, Purpose.SURVEY)
        ]
        self.fields["partners"].choices = [(str(one.pk), one.name) for one in partners()]  # type: ignore[attr-defined]
        self.offers = queries.schemes_for(
            points=tuple(place.point for place in mine if place.point),
            uses=tuple(place.use for place in mine),
            topic_ids=tuple(int(topic) for topic in about.cleaned_data.get("topics", ())),
        )
        self.fields["schemes"].choices = [(str(offer.id), _offered(offer)) for offer in self.offers]  # type: ignore[attr-defined]
        self.fields["wanted"].choices = [  # type: ignore[attr-defined]
            (priority.value, priority.label) for priority in Priority if self.channel in DEFAULTS[priority].ladder
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse hours that are none."""
        given = super().clean() or self.cleaned_data
        hours = _minutes(given.get("begins")), _minutes(given.get("ends"))
        if hours[0] is not None and hours[1] is not None:
            try:
                check_hours(from_minute=hours[0], until_minute=hours[1])
            except MemberError as refusal:
                self.add_error("begins", str(refusal))
        elif (hours[0] is None) != (hours[1] is None) and not {"begins", "ends"} & set(self.errors):
            self.add_error("begins", say("Give both times, or neither."))
        if not self.errors:
            try:
                check_wish(self.wish())
            except MemberError as refusal:
                self.add_error(None, str(refusal))
        return given

    @property
    def is_opened(self) -> bool:
        """Say whether the part about hours is to stand open: something in it is wrong."""
        return bool({"wanted", "begins", "ends", "language"} & set(self.errors))

    def wish(self) -> Wish:
        """Return everything that somebody wishes, as the action takes it."""
        about, given = self.about.cleaned_data, self.cleaned_data
        begins, ends = _minutes(given.get("begins")), _minutes(given.get("ends"))
        own = None if begins is None or ends is None or (begins, ends) == (DAY_BEGINS, DAY_ENDS) else (begins, ends)
        return Wish(
            name=about["name"],
            places=self._places(),
            contact=about["contact"],
            topics=tuple(int(topic) for topic in about.get("topics", ())),
            schemes=tuple(int(scheme) for scheme in given["schemes"]),
            purposes=(Purpose.ALERT, *(Purpose(purpose) for purpose in given["purposes"])),
            partners=tuple(int(partner) for partner in given["partners"]),
            choices=choices_for(
                self.channel, wanted=frozenset(Priority(int(one)) for one in given["wanted"]), hours=own
            ),
            language=Language(given["language"]),
            wording=self.version,
        )

    def _places(self) -> tuple[NewPlace, ...]:
        """Return the places, the first to the house when it was picked from the list."""
        first, *others = self.about.places()
        door = self.doors.get(self.cleaned_data.get("door", ""))
        return (replace(first, point=door.point) if door else first, *others)


class CodeForm(forms.Form):
    """The code that came."""

    code = forms.CharField(
        label=_("The code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "govuk-input--width-10 govuk-input--extra-letter-spacing",
            }
        ),
        error_messages={
            "required": _("Type the six figures that came."),
            "max_length": _("The code has six figures: type only these."),
        },
    )


def _offered(offer: queries.SchemeOffer) -> str:
    words = f"{offer.name}: {offer.about}" if offer.about else offer.name
    return words if offer.open_to_all else say("{scheme} (its coordinator lets you in)").format(scheme=words)


def _time(minute: int) -> dt.time:
    return dt.time(*divmod(minute, 60))


def _minutes(time: dt.time | None) -> int | None:
    return None if time is None else time.hour * 60 + time.minute
