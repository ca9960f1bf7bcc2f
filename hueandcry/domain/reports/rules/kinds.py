"""What a report is and which moves are allowed. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hueandcry.domain.messaging.rules import ANSWERS, Command
from hueandcry.kit.geometry import Point
from hueandcry.kit.kinds import Kind


class ReportError(ValueError):
    """A refusal about a report, in words for a screen."""


class State(Kind):
    """Where a report stands."""

    NEW = "new", "Not read yet"
    READ = "read", "Read"
    RELAYED = "relayed", "Relayed"
    CLOSED = "closed", "Closed"


OPEN = (State.NEW, State.READ, State.RELAYED)
OUTCOME_MOST = 300
TOLD_MOST, PLACE_MOST = 2_000, 120
SPOKEN = "spoken"


class Reading(Kind):
    """What an answer seems to be."""

    SIGHTING = "sighting", "Has seen something"
    NOTHING = "nothing", "Has seen nothing"
    CALL_ME = "call_me", "Wants a call"
    DANGER = "danger", "Danger: read first"
    UNCLEAR = "unclear", "For a person to read"


# Commands that the service answers by itself; all else, MAYBE_STOP too, is a report that a person reads.
ANSWERED_BY_ITSELF = frozenset(Command) - frozenset(ANSWERS)


@dataclass(frozen=True)
class Plate:
    """A registration mark as read out of a text: `text` as typed, `normal` normalised; `whole` when it is complete."""

    text: str
    normal: str
    whole: bool


@dataclass(frozen=True)
class Extract:
    """What was read out of an answer; empty where nothing was found.

    `names` may be names of places: words behind at, by, near and the like, for the map to know or not; `aims` are such
    words behind towards.
    """

    reading: Reading
    plates: tuple[Plate, ...] = ()
    grid_refs: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    direction: str = ""
    vehicle: str = ""
    people: str = ""
    latlons: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    aims: tuple[str, ...] = ()

    def as_facts(self) -> dict[str, Any]:
        """Return it as a table keeps it."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Extract":
        """Return it from what a table kept; an empty row is an answer that nobody could read."""
        return cls(
            reading=Reading(facts.get("reading", Reading.UNCLEAR)),
            plates=tuple(Plate(**plate) for plate in facts.get("plates", ())),
            grid_refs=tuple(facts.get("grid_refs", ())),
            postcodes=tuple(facts.get("postcodes", ())),
            direction=facts.get("direction", ""),
            vehicle=facts.get("vehicle", ""),
            people=facts.get("people", ""),
            latlons=tuple(facts.get("latlons", ())),
            names=tuple(facts.get("names", ())),
            aims=tuple(facts.get("aims", ())),
        )


@dataclass(frozen=True)
class Seen:
    """What may be passed on of an answer: built from what was read out of it, never from the reporter's own words.

    The names are those of `alerts.rules.Sighting`, which a screen makes of it with the time of receipt.
    """

    what: str
    where: str
    direction: str
    plate: str
    point: Point | None = None
    uncertainty_m: float = 0.0


def check_open(state: State) -> None:
    """Refuse to change what is closed.

    Raises:
        ReportError: the report is closed.
    """
    if state == State.CLOSED:
        raise ReportError("This report is closed already. Open the newest ones from the inbox.")


def check_told(text: str, place: str) -> tuple[str, str]:
    """Return what an officer was told, and where it was, trimmed; the words keep their lines.

    Raises:
        ReportError: nothing is said, or too much.
    """
    text, place = text.replace("\x00", "").strip(), " ".join(place.replace("\x00", "").split())
    if not text:
        raise ReportError("Write down what they told you, in their words as far as you can.")
    if len(text) > TOLD_MOST:
        raise ReportError(f"Write at most {TOLD_MOST} characters; this has {len(text)}. Write the rest apart.")
    if len(place) > PLACE_MOST:
        raise ReportError(f"Say where in at most {PLACE_MOST} characters.")
    return text, place


def check_outcome(outcome: str) -> str:
    """Return the outcome, trimmed.

    Raises:
        ReportError: there is none, or it is too long.
    """
    outcome = " ".join(outcome.split())
    if not outcome:
        raise ReportError("Say in a few words what came of it: the person who told us may be told.")
    if len(outcome) > OUTCOME_MOST:
        raise ReportError(f"Say it in at most {OUTCOME_MOST} characters; this has {len(outcome)}.")
    return outcome
