"""Members and schemes as screens and other rooms read them. Pure."""

import datetime as dt
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.kinds import (
    Channel,
    ConsentHow,
    MemberState,
    PlaceUse,
    Purpose,
    SchemeKind,
    SchemeRole,
    SchemeState,
    Tier,
)
from hueandcry.kit.geometry import Point


@dataclass(frozen=True)
class SchemeLine:
    """One scheme as lists and filters show it, with how many are in it now."""

    id: int
    ref: str
    kind: SchemeKind
    name: str
    area: str
    members: int
    own_kind: str = ""
    state: SchemeState = SchemeState.ACTIVE
    has_main: bool = True

    @property
    def kind_label(self) -> str:
        """Return the kind as people read it: what the scheme calls itself, when it is another."""
        return self.own_kind or self.kind.label


@dataclass(frozen=True)
class MemberLine:
    """One member as lists show it: no address, no number."""

    id: int
    ref: str
    name: str = field(repr=False)
    state: MemberState
    tier: Tier
    schemes: tuple[str, ...]


@dataclass(frozen=True)
class MemberPage:
    """One page of a search."""

    lines: tuple[MemberLine, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class PlaceLine:
    """One place of a member."""

    id: int
    use: PlaceUse
    name: str
    postcode: str
    point: Point


@dataclass(frozen=True)
class ContactLine:
    """One way to reach a member, whether it may be used, and what for."""

    id: int
    channel: Channel
    address: str = field(repr=False)
    rank: int
    confirmed_at: dt.datetime | None
    suspended_at: dt.datetime | None


@dataclass(frozen=True)
class ConsentLine:
    """One agreement, with its evidence.

    Attributes:
        organisation: whose messages; the scheme's name, when they are a scheme's own.
    """

    organisation_id: int
    organisation: str
    purpose: Purpose
    channel: Channel
    wording: str
    how: ConsentHow
    taken_by: str
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None


@dataclass(frozen=True)
class MembershipLine:
    """A member's part in one scheme."""

    scheme_id: int
    scheme_ref: str
    scheme: str
    kind: SchemeKind
    role: SchemeRole


@dataclass(frozen=True)
class RollLine:
    """One member as the list of a scheme shows them."""

    ref: str
    name: str = field(repr=False)
    state: MemberState
    role: SchemeRole
    since: dt.datetime


@dataclass(frozen=True)
class MemberDetail:
    """Everything about one member that their own page and an officer with a reason may see."""

    id: int
    ref: str
    name: str = field(repr=False)
    state: MemberState
    tier: Tier
    paused_until: dt.datetime | None
    joined_at: dt.datetime
    left_at: dt.datetime | None
    note: str = field(repr=False)
    places: tuple[PlaceLine, ...] = field(repr=False)
    contacts: tuple[ContactLine, ...]
    consents: tuple[ConsentLine, ...]
    schemes: tuple[MembershipLine, ...]
    topics: tuple[str, ...]
