"""Calls at doors, written down once each."""

from django.db import transaction
from django.utils import timezone

from hueandcry.domain.members.actions import MemberError
from hueandcry.domain.members.models import Visit
from hueandcry.domain.members.queries.visits import may_call
from hueandcry.domain.members.rules import VisitState
from hueandcry.domain.members.rules.doorstep import Sent, Spot, hidden_until, right_moment
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, postcodes
from hueandcry.kit.integrity import refusals

__all__ = ["MemberError", "call"]


@transaction.atomic
def call(
    *, officer: Officer, sent: Sent, state: VisitState, postcode: str, door: str, here: Spot | None = None
) -> bool:
    """Write down what came of a call at one door, once for each key; return whether it is new. Logged as `door.called`.

    Raises:
        MemberError: the door or the postcode is missing or wrong, or this officer may not call.
    """
    door = " ".join(door.split())
    if not may_call(officer=officer):
        raise MemberError("Sign in as an officer who may sign members up.")
    if not door:
        raise MemberError("Write the number or name of the house, as on the gate.")
    if state == VisitState.REGISTERED:
        raise MemberError("A door is registered by signing the household up.")
    try:
        code = postcodes.normalise(postcode).replace(" ", "")
    except postcodes.PostcodeError as refusal:
        raise MemberError(str(refusal)) from refusal
    moment = right_moment(sent=sent, received_at=clock.now())
    visit = Visit(
        key=sent.key,
        officer=officer,
        organisation_id=officer.organisation_id,
        postcode=code,
        door=door[:80],
        point=here.point if here else None,
        state=state,
        at=moment.at,
        hidden_until=hidden_until(state=state, at=timezone.localtime(moment.at)),
    )
    try:
        with refusals(_TwiceError, {"members_visit_key_key": "sent before"}):
            visit.save()
    except _TwiceError:
        return False
    log("door.called", subject=f"visit:{sent.key}", actor=officer.as_actor(), state=state.value)
    return True


class _TwiceError(Exception):
    """The same visit came in before."""
