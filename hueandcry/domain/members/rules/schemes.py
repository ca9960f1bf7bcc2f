"""What watch schemes, their coordinators, their phone trees and the cards of other groups are. Pure."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.kinds import (
    Channel,
    MemberError,
    MembershipState,
    PlaceUse,
    SchemeKind,
    SchemeRole,
    SchemeState,
)
from hueandcry.kit.refs import ALPHABET
from hueandcry.kit.words import mark, say

NAME_MOST, OWN_KIND_MOST, ABOUT_MOST, GROUP_MOST = 120, 40, 300, 80
MOST_NOTES_A_WEEK = 14
MOST_IN_A_GROUP = 100_000
MOST_BRIDGES = 10
# Who was not taken in may ask again after this long.
ASK_AGAIN = dt.timedelta(days=28)

# How long a coordinator's device is known after a code, and how long a code counts.
DEVICE_KNOWN = dt.timedelta(hours=12)
CODE_COUNTS = dt.timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES = 5
MOST_CODES_WITHIN = dt.timedelta(hours=1)

LEADS = (SchemeRole.COORDINATOR, SchemeRole.DEPUTY)

# Whom a scheme may invite: by what their places are to them, or by what they want to hear about; others fit anybody.
FITS: Mapping[SchemeKind, tuple[frozenset[PlaceUse], frozenset[str]]] = {
    SchemeKind.FARM: (
        frozenset({PlaceUse.FARM, PlaceUse.FIELD}),
        frozenset({"hare-coursing", "machinery-theft", "fuel-theft", "livestock-worrying", "livestock-on-road"}),
    ),
    SchemeKind.HORSE: (frozenset({PlaceUse.STABLE}), frozenset({"horses", "livestock-on-road"})),
    SchemeKind.CANAL: (frozenset({PlaceUse.BOAT}), frozenset({"fly-tipping", "poaching"})),
    SchemeKind.NEIGHBOURHOOD: (frozenset({PlaceUse.HOME}), frozenset({"rural-burglary", "scams"})),
    SchemeKind.BUSINESS: (frozenset({PlaceUse.BUSINESS}), frozenset({"fuel-theft", "machinery-theft"})),
}


@dataclass(frozen=True)
class SchemeDraft:
    """What somebody says of a scheme that is to be: its kind, its name, what people read, and its area.

    Attributes:
        own_kind: what it calls itself, when the kind is another.
        outline: GeoJSON of its own area; else the boundary of `area_id`; of neither, it is open to the whole force.
    """

    kind: SchemeKind
    name: str
    own_kind: str = ""
    about: str = ""
    area_id: int | None = None
    outline: str = ""
    open_to_all: bool = True


@dataclass(frozen=True)
class Limits:
    """What the force allows a scheme: how many own messages a week, read first or not, between which minutes."""

    notes_a_week: int
    notes_checked: bool
    notes_from: int
    notes_until: int


@dataclass(frozen=True)
class PartLine:
    """Somebody's part in a scheme as the scheme's own pages show it: never a number, never an address.

    Attributes:
        name: empty when they did not agree that coordinators see it.
        rung_by: who rings them, by name; empty when nobody does.
    """

    id: int
    member_id: int
    member_ref: str
    name: str = field(repr=False)
    role: SchemeRole
    state: MembershipState
    since: dt.datetime
    named: bool
    in_tree: bool
    rings: bool
    rung_by: str = field(repr=False)
    offered: bool


@dataclass(frozen=True)
class MyScheme:
    """One scheme as a member's own pages show it.

    Attributes:
        role: None when they have no part in it.
        heads: how many are in it.
        hears: by which ways they agreed to its own messages.
        leads: the names of those who run it, main coordinator first, as far as they let their name be seen.
    """

    id: int
    ref: str
    name: str
    kind: str
    about: str
    area: str
    organisation: str
    scheme_state: SchemeState
    open_to_all: bool
    heads: int
    leads: tuple[str, ...] = field(repr=False)
    role: SchemeRole | None = None
    state: MembershipState | None = None
    named: bool = True
    in_tree: bool = False
    rings: bool = False
    offered: bool = False
    hears: tuple[Channel, ...] = ()

    @property
    def is_lead(self) -> bool:
        """Say whether they run it."""
        return self.state == MembershipState.IN and self.role in LEADS


@dataclass(frozen=True)
class BridgeLine:
    """A group elsewhere as its member's own page shows it."""

    ref: str
    code: str
    name: str
    people: int | None
    made_at: dt.datetime
    ended_at: dt.datetime | None


def check_scheme(draft: SchemeDraft) -> SchemeDraft:
    """Return a draft with its words without needless spaces.

    Raises:
        MemberError: saying what is missing or too long.
    """
    name, own = " ".join(draft.name.split()), " ".join(draft.own_kind.split())
    about = " ".join(draft.about.split())
    if not name:
        raise MemberError(say("Give the scheme a name."))
    if own and draft.kind != SchemeKind.OTHER:
        own = ""
    for text, most, what in (
        (name, NAME_MOST, mark("name")),
        (own, OWN_KIND_MOST, mark("kind")),
        (about, ABOUT_MOST, mark("words")),
    ):
        if len(text) > most:
            raise MemberError(
                say("Shorten the {what} of the scheme to {most} characters: it has {len}.").format(
                    what=say(what), most=most, len=len(text)
                )
            )
    return SchemeDraft(draft.kind, name, own, about, draft.area_id, draft.outline, draft.open_to_all)


def check_limits(limits: Limits) -> None:
    """Refuse limits that mean nothing.

    Raises:
        MemberError: saying what to write instead.
    """
    if not 0 <= limits.notes_a_week <= MOST_NOTES_A_WEEK:
        raise MemberError(
            say("Allow between 0 and {most_notes_a_week} own messages a week.").format(
                most_notes_a_week=MOST_NOTES_A_WEEK
            )
        )
    if not 0 <= limits.notes_from < limits.notes_until <= 24 * 60:
        raise MemberError(say("Give hours such as 09:00 to 17:00: the end must come after the beginning."))


def divided(people: Sequence[int], ringers: Sequence[int], given: Mapping[int, int]) -> dict[int, int]:
    """Say who rings whom: what is given stays while both are there, the rest goes to whoever has fewest.

    >>> divided([1, 2, 3], [8, 9], {1: 8})
    {1: 8, 2: 9, 3: 8}
    """
    kept = {person: given[person] for person in people if given.get(person) in ringers and given[person] != person}
    load = {ringer: sum(other == ringer for other in kept.values()) for ringer in ringers}
    for person in people:
        others = [ringer for ringer in ringers if ringer != person]
        if person not in kept and others:
            kept[person] = min(others, key=lambda ringer: (load[ringer], ringers.index(ringer)))
            load[kept[person]] += 1
    return {person: kept[person] for person in people if person in kept}


def is_bridge_code(code: str) -> bool:
    """Say whether four signs can be a group's code: a letter first and a figure among them, so that no word is one."""
    return len(code) == 4 and set(code) <= set(ALPHABET) and code[0].isalpha() and any(s.isdigit() for s in code)  # noqa: PLR2004


_FOUR = re.compile(rf"(?<![0-9A-Z])[{ALPHABET}]{{4}}(?![0-9A-Z])")


def bridge_codes_in(text: str) -> tuple[str, ...]:
    """Return whatever in a text could be a group's code; whether it is one, the tables know."""
    return tuple(dict.fromkeys(code for code in _FOUR.findall(text.upper()) if is_bridge_code(code)))
