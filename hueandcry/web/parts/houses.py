"""Picking one's house from the addresses of a postcode: when somebody joins, and when they add a place."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from hueandcry.domain.members.rules.doorstep import door_among
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AddressLine, Found, FoundBy
from hueandcry.kit.words import say


class HouseField(forms.ChoiceField):
    """Which address it is; who shows it sets `choices` to `house_choices()`."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Which address is it?"),
            help_text=_("Then alerts find you to the house, and not to the whole postcode."),
            required=False,
            error_messages={"invalid_choice": _("This address is no longer on the list: choose again.")},
        )


def houses_at(found: Found | None) -> dict[str, AddressLine]:
    """Return the addresses of the postcode that was given; none when it was no postcode, or no list is."""
    lines = places.addresses_at(postcode=found.label) if found and found.by == FoundBy.POSTCODE else []
    return {str(one.uprn): one for one in lines}


def house_named(houses: Mapping[str, AddressLine], name: str) -> str:
    """Return which of these choices a house is that somebody named; "" when it is none of them, or several."""
    place = door_among([one.line for one in houses.values()], name)
    return "" if place is None else list(houses)[place]


def house_choices(houses: Mapping[str, AddressLine]) -> list[tuple[str, str]]:
    """Return the addresses as choices, with a way out first."""
    return [("", say("It is not on this list")), *((uprn, one.line) for uprn, one in houses.items())]
