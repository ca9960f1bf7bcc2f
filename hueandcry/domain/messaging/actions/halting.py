"""The kill switch: nothing at all goes out while it stands, and what is queued stays queued."""

from collections.abc import Sequence

from django.db import connection, transaction

from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.models import Delivery, Halt, Message, Stretch
from hueandcry.domain.messaging.rules import KEEP_TRYING, DeliveryState, MessagingError
from hueandcry.domain.messaging.rules.halting import check_again, check_halt
from hueandcry.domain.messaging.rules.routing import DECIDED
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, jobs
from hueandcry.kit.finding import NotHereError

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('messaging halt', 13))"


@transaction.atomic
def halt(*, officer: Officer, reason: str, typed: str) -> Halt:
    """Stop everything that goes out: what is in a worker's hands goes, and nothing else. Logged as `sending.halted`.

    Whoever stops what stands still already changes nothing: the first reason stays.

    Raises:
        MessagingError: the officer may not, the word was not typed, or there is no reason.
    """
    _check_may(officer)
    reason = check_halt(reason=reason, typed=typed)
    standing = _standing()
    if standing is not None:
        return standing
    made = Halt.objects.create(at=clock.now(), by=officer.as_actor(), reason=reason)
    log("sending.halted", subject=f"halt:{made.ref}", actor=officer.as_actor())
    transaction.on_commit(routing.forget)
    return made


@transaction.atomic
def lift(*, officer: Officer) -> None:
    """Let everything go on, at once. Logged as `sending.resumed`.

    Raises:
        MessagingError: the officer may not.
    """
    _check_may(officer)
    standing = _standing()
    if standing is None:
        return
    standing.lifted_at, standing.lifted_by = clock.now(), officer.as_actor()
    standing.save(update_fields=["lifted_at", "lifted_by"])
    log("sending.resumed", subject=f"halt:{standing.ref}", actor=officer.as_actor())
    transaction.on_commit(routing.forget)


def _check_may(officer: Officer) -> None:
    """Refuse whoever may not; the switch stops the whole force, so a partner never has it."""
    if not officer.may(Permission.SENDING_HALT) or officer.organisation.kind != OrganisationKind.FORCE:
        raise MessagingError("Ask the control room, a sergeant or an inspector of the force: they stop all sending.")


def _standing() -> Halt | None:
    """Return the halt that stands, with the switch in this hand alone until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
    return Halt.objects.filter(lifted_at=None).first()


@transaction.atomic
def decide(*, message_ref: str, channel: str, again: bool, officer: Officer) -> int:
    """Send again, or leave for good, what of one message was perhaps sent by a channel; return how many.

    Logged as `delivery.decided`.

    Raises:
        NotHereError: there is no such message for this officer.
        MessagingError: the officer may not, or it must not go any more.
    """
    if officer.organisation.kind != OrganisationKind.FORCE:
        raise NotHereError(f"message:{message_ref}")
    if not officer.may(Permission.SENDING_DECIDE):
        raise MessagingError("Ask the control room, a sergeant or an inspector of the force: they decide this.")
    try:
        message = Message.objects.select_for_update(no_key=True).get(ref=message_ref)
    except Message.DoesNotExist:
        raise NotHereError(f"message:{message_ref}") from None
    now = clock.now()
    rows = Delivery.objects.filter(message=message, channel=channel, state=DeliveryState.UNCERTAIN).exclude(
        detail=DECIDED
    )
    if again:
        until = message.expires_at or message.queued_at + KEEP_TRYING
        check_again(cancelled=message.cancelled_at is not None, over=now >= until)
        many = _send_again(message, [row.pk for row in rows.select_for_update().order_by("id")])
    else:
        many = rows.update(detail=DECIDED)
    if many:
        log(
            "delivery.decided",
            subject=f"message:{message.ref}",
            actor=officer.as_actor(),
            channel=channel,
            again=again,
            deliveries=many,
        )
    if many and again:
        once = f"dispatch {message.ref}"
        jobs.defer("messaging.dispatch", subject=f"message:{message.ref}", record=0, once=once)
    return many


def _send_again(message: Message, delivery_ids: Sequence[int]) -> int:
    """Put rows back into the queue, with the same reference, and as if no provider had them: a person said so.

    Attempts go on from where they are: a worker that stood still, and wakes, knows by them that a row is another's.
    """
    if not delivery_ids:
        return 0
    now = clock.now()
    Stretch.objects.create(
        message=message,
        lane=message.lane,
        first_id=min(delivery_ids),
        last_id=max(delivery_ids),
        at=now,
        looked_at=now,
    )
    return Delivery.objects.filter(pk__in=delivery_ids).update(
        state=DeliveryState.QUEUED, next_at=now, ended_at=None, gateway="", detail=""
    )
