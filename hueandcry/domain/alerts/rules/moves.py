"""Every move of an alert's life as one table: from where, to where, by whom, and what it takes. Pure.

What no row allows is refused with a sentence. The actions of this room ask here before they change a state.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from hueandcry.domain.alerts.rules.kinds import AGREED, OPEN, RUNNING, AlertError, State
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.kinds import Kind

# For so long after its release an alert is taken back by one press (domain.md pitfall 44).
RECALL_WITHIN = dt.timedelta(seconds=30)


class Verb(Kind):
    """What is done to an alert; the words fill "This alert is released, so it cannot be …"."""

    SUBMIT = "submit", "sent for approval"
    WITHDRAW = "withdraw", "taken back to be changed"
    SEND_BACK = "send_back", "sent back"
    AGREE = "agree", "agreed to"
    APPROVE = "approve", "approved"
    SCHEDULE = "schedule", "approved for a set time"
    RELEASE_APPROVED = "release_approved", "released by its author"
    RELEASE_FAST = "release_fast", "released without a second officer"
    GO = "go", "released at its time"
    GIVE_UP = "give_up", "handed back by the program"
    PAUSE = "pause", "paused"
    RESUME = "resume", "resumed"
    RECALL = "recall", "taken back"
    CORRECT = "correct", "corrected"
    STAND_DOWN = "stand_down", "stood down"
    EXPIRE = "expire", "ended by the clock"
    END = "end", "ended"


class Who(Kind):
    """Whose move it is, among those who have the permission."""

    AUTHOR = "author", "its author"
    OTHER = "other", "somebody other than its author"
    ANYBODY = "anybody", "anybody who may"
    PROGRAM = "program", "the program by itself"


class Need(Kind):
    """What a move takes beside the press."""

    REASON = "reason", "a reason in words"
    SECOND = "second", "as many other officers as the table of reach says"
    ALONE = "alone", "a row of the table of reach that asks for nobody else"
    TYPED = "typed", "the number of members, typed, where it is large"
    CHECK = "check", "that the send check refuses nothing"
    SUSPECT = "suspect", "an answer to: could a suspect read this?"
    MOMENT = "moment", "the moment at which it goes"
    AT_ONCE = "at_once", "no more than 30 seconds since its release"


@dataclass(frozen=True)
class Move:
    """One row: this verb leads from any of `old` to any of `new`, pressed by `who` with this permission."""

    verb: Verb
    old: frozenset[State]
    new: frozenset[State]
    who: Who
    permission: Permission | None
    needs: frozenset[Need] = frozenset()


def _row(
    verb: Verb,
    old: Collection[State],
    new: Collection[State],
    who: Who,
    permission: Permission | None,
    *needs: Need,
) -> Move:
    return Move(verb, frozenset(old), frozenset(new), who, permission, frozenset(needs))


_P, _S, _N = Permission, State, Need
_GATE = (_N.CHECK, _N.SUSPECT)

# ADR 7. Whoever changes a row changes who may do what: each is tested from both sides.
MOVES: tuple[Move, ...] = (
    _row(Verb.SUBMIT, OPEN, {_S.WAITING}, Who.AUTHOR, _P.ALERT_WRITE, *_GATE),
    _row(Verb.WITHDRAW, {_S.WAITING, *AGREED}, {_S.DRAFT}, Who.AUTHOR, _P.ALERT_WRITE),
    _row(Verb.SEND_BACK, {_S.WAITING, *AGREED}, {_S.RETURNED}, Who.OTHER, _P.ALERT_APPROVE, _N.REASON),
    # The first of two agrees; it goes on waiting for the second.
    _row(Verb.AGREE, {_S.WAITING}, {_S.WAITING}, Who.OTHER, _P.ALERT_APPROVE, *_GATE, _N.TYPED),
    _row(
        Verb.APPROVE,
        {_S.WAITING},
        {_S.RELEASED, _S.APPROVED},
        Who.OTHER,
        _P.ALERT_APPROVE,
        *_GATE,
        _N.TYPED,
        _N.SECOND,
    ),
    _row(
        Verb.SCHEDULE,
        {_S.WAITING},
        {_S.SCHEDULED},
        Who.OTHER,
        _P.ALERT_APPROVE,
        *_GATE,
        _N.TYPED,
        _N.SECOND,
        _N.MOMENT,
    ),
    _row(Verb.RELEASE_APPROVED, AGREED, {_S.RELEASED}, Who.AUTHOR, _P.ALERT_WRITE, *_GATE, _N.TYPED, _N.SECOND),
    _row(Verb.RELEASE_FAST, OPEN, {_S.RELEASED}, Who.AUTHOR, _P.ALERT_FAST, *_GATE, _N.TYPED, _N.ALONE),
    _row(Verb.GO, {_S.SCHEDULED}, {_S.RELEASED}, Who.PROGRAM, None, *_GATE, _N.SECOND),
    _row(Verb.GIVE_UP, {_S.SCHEDULED}, {_S.RETURNED}, Who.PROGRAM, None, _N.REASON),
    _row(Verb.PAUSE, {_S.RELEASED, _S.CORRECTED}, {_S.PAUSED}, Who.ANYBODY, _P.ALERT_END),
    _row(Verb.RESUME, {_S.PAUSED}, {_S.RELEASED, _S.CORRECTED}, Who.ANYBODY, _P.ALERT_END),
    _row(Verb.RECALL, {_S.RELEASED, _S.PAUSED}, {_S.STOOD_DOWN}, Who.ANYBODY, _P.ALERT_END, _N.AT_ONCE),
    _row(Verb.CORRECT, RUNNING, {_S.CORRECTED}, Who.ANYBODY, _P.ALERT_END, _N.REASON, _N.CHECK, _N.SECOND, _N.TYPED),
    _row(Verb.STAND_DOWN, RUNNING, {_S.STOOD_DOWN}, Who.ANYBODY, _P.ALERT_END, _N.REASON),
    _row(Verb.EXPIRE, RUNNING, {_S.EXPIRED}, Who.PROGRAM, None),
    _row(Verb.END, {*RUNNING, _S.STOOD_DOWN, _S.EXPIRED}, {_S.ENDED}, Who.ANYBODY, _P.ALERT_END, _N.REASON),
)
ROWS: dict[Verb, Move] = {row.verb: row for row in MOVES}


def check_move(verb: Verb, *, old: State, new: State | None = None) -> None:
    """Refuse a move that the table does not allow.

    Raises:
        AlertError: naming where the alert stands and what cannot be done from there.
    """
    row = ROWS[verb]
    if old not in row.old or (new is not None and new not in row.new):
        raise AlertError(f"This alert is {said(old)}, so it cannot be {verb.label}.")


def check_whose(verb: Verb, *, is_author: bool) -> None:
    """Refuse a move that is somebody else's to make.

    Raises:
        AlertError: saying whose it is.
    """
    who = ROWS[verb].who
    if who == Who.OTHER and is_author:
        raise AlertError("Ask a colleague: an alert is released by somebody other than the author.")
    if who == Who.AUTHOR and not is_author:
        raise AlertError("Only its author does this: send it back to them with a reason, or write your own.")
    if who == Who.PROGRAM:
        raise AlertError("The program does this by itself, at its time.")


def may_make(verb: Verb, *, state: State, is_author: bool, may: Collection[Permission]) -> bool:
    """Say whether somebody with these permissions has this move, so that a page shows its button."""
    row = ROWS[verb]
    if state not in row.old or row.permission not in may:
        return False
    return row.who == Who.ANYBODY or (row.who == Who.AUTHOR) == is_author


def said(state: State) -> str:
    """Return where an alert stands as a sentence goes on with it."""
    return state.label[0].lower() + state.label[1:]


def can_be_recalled(*, released_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Say whether a release is so fresh that one press takes it back."""
    return released_at is not None and now - released_at <= RECALL_WITHIN
