"""Key individual networks: when a talk is due, what the matrix says, the quarterly pulse. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hueandcry.domain.members.rules.kinds import (
    CommunityKind,
    KeyRole,
    MechanismKind,
    MemberError,
    TalkHow,
    Tier,
)
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import mark, say

CADENCE_DAYS = 90
SHORTEST_CADENCE, LONGEST_CADENCE = 7, 366
DUE_SOON_DAYS = 7
LATE_DAYS = 14  # from then on it stands on the inspector's list too
NOTE_MOST = 200
WORDS_MOST = 300
SUCCESSION_DAYS = 90

# Small numbers are hidden: from one or two answers it could be guessed who said what (pitfall 5).
LEAST_ANSWERS = 3
TREND_QUARTERS = 6
FROM_BAD_TO_GOOD = ((1, mark("1 - very bad")), (2, "2"), (3, mark("3 - neither")), (4, "4"), (5, mark("5 - very good")))

# Five fixed questions, so that quarters can be set beside one another (domain.md A6). 5 is always good.
PULSE_QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        mark("How safe do people feel here?"),
        mark("What makes them feel unsafe, if anything: crime, the way people behave, the state of a place?"),
    ),
    (
        mark("How well is the place looked after?"),
        mark("For example rubbish, broken gates and fences, lights, empty houses, speeding."),
    ),
    (
        mark("Is everybody here heard, also those who never come to meetings?"),
        mark("Who is not heard, and how could we reach them? Groups, please, and no names."),
    ),
    (
        mark("How far do people here trust the police?"),
        mark("What did we do lately that helped or hurt?"),
    ),
    (
        mark("Thinking beyond your own concerns: how are things for others here?"),
        mark("What worries people whose lives are not like yours?"),
    ),
)


class CellState(Kind):
    """What one cell of the matrix says."""

    NONE = "none", "None"
    FINE = "fine", "In touch"
    SOON = "soon", "Due soon"
    OVERDUE = "overdue", "Overdue"


SYMBOLS = {CellState.NONE: "–", CellState.FINE: "✓", CellState.SOON: "◷", CellState.OVERDUE: "!"}  # noqa: RUF001


@dataclass(frozen=True)
class Touch:
    """One way in which a community is reached, with when it was used last and is due next."""

    kind: MechanismKind
    last: dt.date | None
    due: dt.date


@dataclass(frozen=True)
class Cell:
    """One community by one kind of mechanism."""

    kind: MechanismKind
    number: int
    last: dt.date | None
    due: dt.date | None
    state: CellState
    overdue: int

    @property
    def symbol(self) -> str:
        """Return the sign beside the words, for who cannot tell colours apart."""
        return SYMBOLS[self.state]

    @property
    def words(self) -> str:
        """Return what the cell says."""
        if self.state == CellState.OVERDUE and self.number > 1:
            return f"{self.overdue} of {self.number} overdue"
        return self.state.label


@dataclass(frozen=True)
class MatrixRow:
    """One community with a cell for each kind of mechanism; a gap is said in words."""

    ref: str
    name: str
    kind: CommunityKind
    area: str
    cells: tuple[Cell, ...]

    @property
    def gap(self) -> str:
        """Say what is wrong, or nothing."""
        if not any(cell.number for cell in self.cells):
            return "No way to reach them"
        if self.cells[0].state == CellState.OVERDUE:
            return "Key individual overdue"
        return ""


@dataclass(frozen=True)
class KeyLine:
    """One key individual as lists show them."""

    ref: str
    member_ref: str
    name: str = field(repr=False)
    role: KeyRole
    communities: tuple[str, ...]
    officer: str
    officer_ref: str
    last: dt.date | None
    due: dt.date
    state: CellState
    days_late: int
    tier: Tier
    tension: bool


@dataclass(frozen=True)
class TalkLine:
    """One talk."""

    at: dt.datetime
    how: TalkHow
    officer: str
    note: str = field(repr=False)


@dataclass(frozen=True)
class GapLine:
    """A key individual who ended lately and left a community without another, and who may follow."""

    ref: str
    role: KeyRole
    communities: tuple[str, ...]
    ended_at: dt.datetime
    successor_ref: str
    successor: str = field(repr=False)


@dataclass(frozen=True)
class PulseResult:
    """What key individuals said of one community or area in one quarter; `means` is None when they were too few."""

    quarter: str
    answers: int
    means: tuple[float, ...] | None


def quarter_of(day: dt.date) -> str:
    """Return the quarter: `2026-Q4`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def quarters_back(day: dt.date, most: int = TREND_QUARTERS) -> tuple[str, ...]:
    """Return this quarter and those before it, oldest first."""
    number = day.year * 4 + (day.month - 1) // 3
    return tuple(f"{at // 4}-Q{at % 4 + 1}" for at in range(number - most + 1, number + 1))


def check_cadence(days: int) -> int:
    """Return how often to talk.

    Raises:
        MemberError: so often or so seldom is not in touch.
    """
    if not SHORTEST_CADENCE <= days <= LONGEST_CADENCE:
        raise MemberError(f"Say how often, from every {SHORTEST_CADENCE} to every {LONGEST_CADENCE} days.")
    return days


def state_of(due: dt.date | None, *, today: dt.date) -> CellState:
    """Return how a due day stands today."""
    if due is None:
        return CellState.NONE
    if due < today:
        return CellState.OVERDUE
    return CellState.SOON if (due - today).days <= DUE_SOON_DAYS else CellState.FINE


def cells(touches: Iterable[Touch], *, today: dt.date) -> tuple[Cell, ...]:
    """Return one cell for each kind of mechanism: how many, the last time, the next, the worst of them."""
    by_kind: dict[MechanismKind, list[Touch]] = {kind: [] for kind in MechanismKind}
    for touch in touches:
        by_kind[touch.kind].append(touch)
    return tuple(
        Cell(
            kind=kind,
            number=len(found),
            last=max((touch.last for touch in found if touch.last), default=None),
            due=(due := min((touch.due for touch in found), default=None)),
            state=state_of(due, today=today),
            overdue=sum(touch.due < today for touch in found),
        )
        for kind, found in by_kind.items()
    )


def check_answers(answers: Sequence[int], words: Mapping[int, str]) -> tuple[list[int], dict[str, str]]:
    """Return five answers and the words to them as they are kept.

    Raises:
        MemberError: one is missing, is none, or too much is said.
    """
    if len(answers) != len(PULSE_QUESTIONS) or any(answer not in (1, 2, 3, 4, 5) for answer in answers):
        raise MemberError(say("Answer all five questions, each from 1 to 5; the words are yours to leave out."))
    kept = {str(number): " ".join(text.split()) for number, text in words.items() if text.strip()}
    if any(len(text) > WORDS_MOST for text in kept.values()):
        raise MemberError(say("Shorten what you wrote to {most} characters for each question.").format(most=WORDS_MOST))
    return list(answers), kept


def means(answers: Sequence[Sequence[int]]) -> tuple[float, ...] | None:
    """Return the mean of each question, or nothing when too few answered."""
    if len(answers) < LEAST_ANSWERS:
        return None
    return tuple(round(sum(column) / len(column), 1) for column in zip(*answers, strict=True))


def may_show_whole(*, whole: int, shown_parts: int) -> bool:
    """Say whether a sum may stand beside its parts: nobody may reckon from it what one or two people said."""
    return whole >= LEAST_ANSWERS and (whole - shown_parts == 0 or whole - shown_parts >= LEAST_ANSWERS)
