"""A box for a place that several sets of screens use."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import Found, FoundBy, PlaceError
from hueandcry.kit.geometry import Point
from hueandcry.kit.words import say


class PlaceField(forms.CharField):
    """A box that understands a postcode, a grid reference, latitude and longitude, or a name; gives a Found or None.

    `found` is what was understood last, for the page to show; `several` are the namesakes, when there are any.
    """

    found: Found | None = None
    several: tuple[Found, ...] = ()

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs.setdefault("max_length", 120)
        kwargs.setdefault(
            "error_messages", {"required": _("Say where: a postcode, a grid reference or the name of a place.")}
        )
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:  # noqa: ANN401
        """Find the place; several of one name are named, and never guessed between."""
        text = super().clean(value)
        if not text:
            return None
        try:
            found = places.find(text=text)
        except PlaceError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if len(found) > 1:
            self.several = tuple(found)
            names = "; ".join(one.label for one in found)
            raise forms.ValidationError(
                say("Several places fit: {names}. Write the one that you mean in full, or a grid reference.").format(
                    names=names
                )
            )
        self.found = found[0]
        return self.found


def postcode_of(found: Found) -> str:
    """Return the postcode when the place was read from one."""
    return found.label[:8].partition(" (")[0] if found.by == FoundBy.POSTCODE else ""


def point_words(point: Point | None) -> str:
    """Return a point as a place box reads it again."""
    return f"{point.lat:.6f}, {point.lon:.6f}" if point else ""
