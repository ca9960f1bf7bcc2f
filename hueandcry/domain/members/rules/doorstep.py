"""Signing up on a doorstep without signal, and calls at doors: what a phone's clock is worth, what is hidden. Pure."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.joining import CONSENT_WORDINGS
from hueandcry.domain.members.rules.kinds import (
    Channel,
    Language,
    MemberError,
    PlaceUse,
    Purpose,
    VisitState,
)
from hueandcry.kit.geometry import Point
from hueandcry.kit.kinds import Kind
from hueandcry.kit.text import fold

# The phone forgets a draft after this long (docs/adr/0016), so none can be older.
DRAFT_LIVES = dt.timedelta(hours=72)
# A phone's own position is taken for the door's up to here; beyond, its postcode says more.
EXACT_ENOUGH_M = 100
# Two clocks that differ by less are the same: the network needs that long.
SAME_CLOCK_S = 60
MOST_PLACES = 5

# Who was not in is nobody's business while the house stands empty: from this hour on the door is tried again.
EVENING = dt.time(18)
# So that two officers do not ring one bell.
RECENT = dt.timedelta(minutes=30)
# As long as members_visit is kept (retention.py).
DECLINED_FOR = dt.timedelta(days=365)
NOT_IN_FOR = dt.timedelta(days=30)


class TakenState(Kind):
    """What became of a draft that came in."""

    TAKEN = "taken", "Signed up"
    KNOWN = "known", "A member already"
    REFUSED = "refused", "To be mended"


@dataclass(frozen=True)
class Spot:
    """Where a phone says that it is, and how far off that may be."""

    point: Point
    accuracy_m: float


@dataclass(frozen=True)
class DoorPlace:
    """A further place of a household: farm, field, stable or boat away from this door."""

    use: PlaceUse
    name: str = field(repr=False)
    postcode: str = field(repr=False)


@dataclass(frozen=True)
class Draft:
    """A household as an officer wrote it down at the door.

    Attributes:
        organisations: ids of those whose words were read out and agreed to.
        add_to: reference of the member to whom this place belongs, after the phone was told that they are known.
    """

    house: str = field(repr=False)
    postcode: str = field(default="", repr=False)
    here: Spot | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    landline: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    by_post: bool = False
    places: tuple[DoorPlace, ...] = field(default=(), repr=False)
    organisations: tuple[int, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    topics: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    language: Language = Language.ENGLISH
    shared: bool = False
    agreed: bool = False
    wording: str = ""
    add_to: str = ""

    def ways(self) -> tuple[tuple[Channel, str], ...]:
        """Return how they want to be reached, in the order of the form."""
        given = [(Channel.SMS, self.mobile), (Channel.VOICE, self.landline), (Channel.EMAIL, self.email)]
        if self.by_post:
            given.append((Channel.POST, " ".join(f"{self.house}, {self.postcode}".split())))
        return tuple((channel, address) for channel, address in given if address.strip())


@dataclass(frozen=True)
class Sent:
    """When something happened and when it was sent, both by the phone's own clock."""

    key: uuid.UUID
    said_at: dt.datetime
    phone_now: dt.datetime


@dataclass(frozen=True)
class Moment:
    """A moment by our clock: how far the phone's was off, and what is doubtful about it."""

    at: dt.datetime
    skew_s: int
    doubt: str = ""


@dataclass(frozen=True)
class Taken:
    """The answer to a phone: what became of the draft, whom to open, what to say to the officer."""

    state: TakenState
    ref: str = ""
    say: str = field(default="", repr=False)


@dataclass(frozen=True)
class House:
    """One address of a postcode: what stands on its gate, and the whole line."""

    postcode: str
    door: str
    line: str


@dataclass(frozen=True)
class DoorLine:
    """One door of a street as an officer sees it before ringing."""

    door: str = field(repr=False)
    postcode: str
    state: VisitState
    at: dt.datetime
    by: str
    until: dt.datetime | None


def doors_of(lines: Sequence[str]) -> list[str]:
    """Return what stands on each gate: the addresses of one postcode without the words in which all of them end.

    `3 Mill Lane, Holt` and `Rose Cottage, Mill Lane, Holt` are 3 and Rose Cottage.
    """
    split = [line.split() for line in lines]
    shared = 0
    # Street, village and town at the most: the first word of each stays.
    for words in zip(*(reversed(words[1:]) for words in split), strict=False):
        if len(set(words)) > 1:
            break
        shared += 1
    if len(lines) == 1:  # nothing to compare it with: up to the first comma, or a number by itself
        first = lines[0].split(",")[0]
        return [_number(lines[0]) or first.strip()]
    return [" ".join(words[: len(words) - shared]).strip(" ,") for words in split]


def door_among(lines: Sequence[str], house: str) -> int | None:
    """Return which address of a postcode a house on a gate is, however it is written; None for none or several."""
    wanted = fold(house)
    meant = [
        place
        for place, (line, door) in enumerate(zip(lines, doors_of(lines), strict=True))
        if wanted and wanted in {fold(line), fold(door), fold(line.split(",")[0]), _number(line)}
    ]
    return meant[0] if len(meant) == 1 else None


def _number(line: str) -> str:
    """Return the number with which an address begins, 10A of `10a Mill Lane`; "" where it begins with a name."""
    first = line.replace(",", " ").split()[:1]
    return fold(first[0]) if first and first[0][:1].isdigit() else ""


def right_moment(*, sent: Sent, received_at: dt.datetime) -> Moment:
    """Return when it was by our clock: the phone's clock is put right by how far it is off while it sends.

    What would lie in the future becomes the moment of receipt. That is in doubt, as is what is older than a draft can
    be.
    """
    skew = sent.phone_now - received_at
    skew_s = round(skew.total_seconds())
    at = sent.said_at - (skew if abs(skew_s) > SAME_CLOCK_S else dt.timedelta())
    if at > received_at + dt.timedelta(seconds=SAME_CLOCK_S):
        return Moment(received_at, skew_s, "The phone's clock was put back before it sent: time of receipt.")
    if at < received_at - DRAFT_LIVES:
        return Moment(at, skew_s, "By the phone's clock more than 72 hours before it was sent: the time is in doubt.")
    return Moment(min(at, received_at), skew_s)


def hidden_until(*, state: VisitState, at: dt.datetime) -> dt.datetime | None:
    """Return until when nobody sees this visit: `at` is in the force's own time zone."""
    if state != VisitState.NOT_IN:
        return None
    evening = at.replace(hour=EVENING.hour, minute=0, second=0, microsecond=0)
    return evening if at < evening else evening + dt.timedelta(days=1)


def shown_until(*, state: VisitState, at: dt.datetime) -> dt.datetime | None:
    """Return until when a door that declined is left alone; None for the others."""
    return at + DECLINED_FOR if state == VisitState.DECLINED else None


def check_draft(draft: Draft) -> None:
    """Refuse a draft that cannot become a member.

    Raises:
        MemberError: saying what to add.
    """
    if not draft.house.strip():
        raise MemberError("Write the number or name of the house, as on the gate.")
    if not draft.postcode.strip() and draft.here is None:
        raise MemberError("Give the postcode, or press Here at the door.")
    if not draft.postcode.strip() and draft.here is not None and draft.here.accuracy_m > EXACT_ENOUGH_M:
        raise MemberError(
            f"The phone knew its place only to {draft.here.accuracy_m:,.0f} metres: give the postcode as well."
        )
    if not draft.ways():
        raise MemberError("Add at least one way to reach them: a mobile, a landline, an e-mail address or a letterbox.")
    if draft.by_post and not draft.postcode.strip():
        raise MemberError("Give the postcode: the printed sheet goes to the letterbox.")
    if len(draft.places) > MOST_PLACES:
        raise MemberError(f"Give {MOST_PLACES} further places at most; the others can be added at the desk.")
    if not draft.organisations or not draft.purposes:
        raise MemberError("Ask what they agree to hear and from whom: without that nothing may be sent.")
    if not draft.agreed:
        raise MemberError("Read the words out and tick that they agreed: without a yes nothing may be sent.")
    if draft.wording not in CONSENT_WORDINGS:
        raise MemberError("These words are not in use any more. Read the new ones out, then tick that they agreed.")
