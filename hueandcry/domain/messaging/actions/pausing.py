"""Holding back what goes to many, and letting it go on: nothing is lost, nothing is said twice."""

from django.db import transaction
from django.db.models import QuerySet

from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.rules import ENDED_BY_STOP, PRIORITY_OF, Lane
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock


@transaction.atomic
def pause(*, about: str, actor: str) -> int:
    """Hold back what is said to many about this; return how many messages. Logged as `message.paused`.

    What is in a worker's hands at this moment still goes: two windows of each worker at most. A reply to one person is
    not held back.
    """
    messages = _going_on(about).filter(paused_at=None)
    held = list(messages.select_for_update(no_key=True).order_by("id"))
    Message.objects.filter(pk__in=[message.pk for message in held]).update(paused_at=clock.now())
    for message in held:
        log("message.paused", subject=f"message:{message.ref}", actor=actor, about=about)
    return len(held)


@transaction.atomic
def resume(*, about: str, actor: str) -> int:
    """Let what was held back go on at once; return how many messages. Logged as `message.resumed`."""
    messages = _going_on(about).filter(paused_at__isnull=False)
    held = list(messages.select_for_update(no_key=True).order_by("id"))
    Message.objects.filter(pk__in=[message.pk for message in held]).update(paused_at=None)
    for message in held:
        log(
            "message.resumed",
            subject=f"message:{message.ref}",
            actor=actor,
            about=about,
            priority=PRIORITY_OF[Lane(message.lane)],
        )
    return len(held)


def _going_on(about: str) -> QuerySet[Message]:
    return Message.objects.filter(about=about, kind__in=ENDED_BY_STOP, cancelled_at=None)
