"""What people tell us and how it is read: a machine proposes, a person decides. Pure."""

from dataclasses import dataclass

from hueandcry.kit.kinds import Kind


class ReportError(ValueError):
    """A refusal about a report, in words for a screen."""


class State(Kind):
    """Where a report stands."""

    NEW = "new", "Not read yet"
    READ = "read", "Read"
    RELAYED = "relayed", "Relayed"
    CLOSED = "closed", "Closed"


class Reading(Kind):
    """What an answer seems to be."""

    SIGHTING = "sighting", "Has seen something"
    NOTHING = "nothing", "Has seen nothing"
    CALL_ME = "call_me", "Wants a call"
    DANGER = "danger", "Danger: read first"
    UNCLEAR = "unclear", "For a person to read"


@dataclass(frozen=True)
class Plate:
    """A registration mark as read out of a text: `text` as typed, `normal` normalised; `whole` when it is complete."""

    text: str
    normal: str
    whole: bool


@dataclass(frozen=True)
class Extract:
    """What was read out of an answer; empty where nothing was found."""

    reading: Reading
    plates: tuple[Plate, ...] = ()
    grid_refs: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    direction: str = ""
    vehicle: str = ""
    people: str = ""
