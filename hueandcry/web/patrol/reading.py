"""What phones send: small JSON, read with suspicion, and answered with a sentence when it cannot be."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django import forms
from django.http import HttpRequest

from hueandcry.domain.members.rules import Language, PlaceUse, Purpose, VisitState
from hueandcry.domain.members.rules.doorstep import MOST_PLACES, DoorPlace, Draft, Sent, Spot
from hueandcry.kit.geometry import Point

MOST_BYTES = 20_000
# 2020 to 2100: a phone that says another year is asked to set its clock.
FIRST_MS, LAST_MS = 1_577_836_800_000, 4_102_444_800_000
_CLOCK = "Set the date and time of the phone, then send again."


class UnreadableError(ValueError):
    """A phone sent something that cannot be read, in words for its officer."""


class SentForm(forms.Form):
    """What comes with every draft and visit: its key and two moments by the phone's clock."""

    key = forms.UUIDField(error_messages={"required": "The draft has no key.", "invalid": "The draft has no key."})
    said = forms.IntegerField(
        min_value=FIRST_MS, max_value=LAST_MS, error_messages=dict.fromkeys(("min_value", "max_value"), _CLOCK)
    )
    now = forms.IntegerField(
        min_value=FIRST_MS, max_value=LAST_MS, error_messages=dict.fromkeys(("min_value", "max_value"), _CLOCK)
    )

    def sent(self) -> Sent:
        """Return them."""
        given = self.cleaned_data
        return Sent(given["key"], _moment(given["said"]), _moment(given["now"]))


class HereForm(forms.Form):
    """A position as a phone gives it."""

    lon = forms.FloatField(min_value=-180, max_value=180)
    lat = forms.FloatField(min_value=-90, max_value=90)
    accuracy = forms.FloatField(min_value=0, max_value=1_000_000)

    def spot(self) -> Spot:
        """Return it."""
        given = self.cleaned_data
        return Spot(Point(given["lon"], given["lat"]), given["accuracy"])


class PlaceForm(forms.Form):
    """One further place."""

    use = forms.ChoiceField(choices=PlaceUse.choices)
    name = forms.CharField(max_length=80, required=False)
    postcode = forms.CharField(
        max_length=10, error_messages={"required": "Give the postcode of the further place, or take it off."}
    )


class DraftForm(forms.Form):
    """A household, as it was written down at the door."""

    house = forms.CharField(max_length=80, required=False)
    postcode = forms.CharField(max_length=10, required=False)
    name = forms.CharField(max_length=120, required=False)
    mobile = forms.CharField(max_length=40, required=False)
    landline = forms.CharField(max_length=40, required=False)
    email = forms.CharField(max_length=254, required=False)
    by_post = forms.BooleanField(required=False)
    organisations = forms.TypedMultipleChoiceField(coerce=int, required=False)
    purposes = forms.MultipleChoiceField(choices=Purpose.asked_for, required=False)
    topics = forms.TypedMultipleChoiceField(coerce=int, required=False)
    schemes = forms.TypedMultipleChoiceField(coerce=int, required=False)
    language = forms.ChoiceField(choices=Language.choices, required=False)
    shared = forms.BooleanField(required=False)
    agreed = forms.BooleanField(required=False)
    wording = forms.CharField(max_length=20, required=False)
    add_to = forms.CharField(max_length=12, required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        for name in ("organisations", "topics", "schemes"):
            # Which of them are offered, the action knows; here they need only be numbers.
            given = data.get(name)
            numbers = [one for one in given if type(one) is int] if isinstance(given, list) else []
            self.fields[name].choices = [(one, one) for one in numbers[:200]]  # type: ignore[attr-defined]


class VisitForm(forms.Form):
    """What came of one call."""

    state = forms.ChoiceField(choices=VisitState.choices)
    postcode = forms.CharField(max_length=10, error_messages={"required": "Give the postcode of the street."})
    door = forms.CharField(max_length=80, error_messages={"required": "Write the number or name of the house."})


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object that a phone sent.

    Raises:
        UnreadableError: it is too long, no JSON, or not an object.
    """
    if len(request.body) > MOST_BYTES:
        raise UnreadableError("This is too long to be one household. Shorten it, then send again.")
    try:
        read = json.loads(request.body, parse_constant=_no_number)
        # A half of a letter (a lone surrogate) passes as JSON, and no database takes it.
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise UnreadableError("This could not be read. Open the app again, then send again.") from None
    if not isinstance(read, dict):
        raise UnreadableError("This could not be read. Open the app again, then send again.")
    return read


def draft_of(body: Mapping[str, Any]) -> Draft:
    """Return the household.

    Raises:
        UnreadableError: naming what is wrong.
    """
    given = checked(DraftForm(body)).cleaned_data
    places = body.get("places") or []
    if not isinstance(places, list) or len(places) > 2 * MOST_PLACES:
        raise UnreadableError(f"Give {MOST_PLACES} further places at most; the others can be added at the desk.")
    further = [checked(PlaceForm(place)).cleaned_data for place in places if isinstance(place, dict)]
    words: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in given.items()}
    words["purposes"] = tuple(Purpose(one) for one in given["purposes"])
    words["language"] = Language(given["language"] or Language.ENGLISH)
    return Draft(
        **words,
        here=spot_of(body),
        places=tuple(DoorPlace(PlaceUse(one["use"]), one["name"], one["postcode"]) for one in further),
    )


def spot_of(body: Mapping[str, Any]) -> Spot | None:
    """Return where the phone was, if it knew.

    Raises:
        UnreadableError: its position is no place on earth.
    """
    here = body.get("here")
    return checked(HereForm(here)).spot() if isinstance(here, dict) else None


def checked(form: Any) -> Any:  # noqa: ANN401 - the same kind of form comes out
    """Return a form that is valid.

    Raises:
        UnreadableError: with the first of its sentences.
    """
    if form.is_valid():
        return form
    name, errors = next(iter(form.errors.items()))
    raise UnreadableError(f"{name.replace('_', ' ').capitalize()}: {errors[0]}"[:300])


def _moment(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, tz=dt.UTC)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
