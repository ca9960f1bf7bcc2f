"""Somebody rang and hung up: they are rung back once, at a decent hour, and press a key."""

import datetime as dt

from django.utils import timezone

from hueandcry.domain.members.models import Application
from hueandcry.domain.members.queries.stopping import stopped_since
from hueandcry.domain.members.rules import ApplicationState, Channel, Door
from hueandcry.domain.members.rules.ringing import CALLED_BACK_ONCE_IN, decent
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock


def ring_back(*, address: str, actor: str) -> dt.datetime | None:
    """Say when somebody unknown who hung up is rung back; None when that was done today, or they asked us never to.

    Logged as `application.rang`.
    """
    if waits_for_key(address=address) is not None:
        return None
    if stopped_since(channel=Channel.VOICE, address=address, organisation_id=force().pk) is not None:
        return None
    now = clock.now()
    at = decent(timezone.localtime(now))
    made = Application.objects.create(
        door=Door.VOICE,
        channel=Channel.VOICE,
        address=address,
        answers={"asked": "key"},
        opened_at=now,
        expires_at=at + CALLED_BACK_ONCE_IN,
    )
    log("application.rang", subject=f"application:{made.ref}", actor=actor)
    return at


def waits_for_key(*, address: str) -> Application | None:
    """Return the application of a number that is rung back in these hours, or None."""
    rows = Application.objects.filter(channel=Channel.VOICE, address=address, door=Door.VOICE)
    return rows.filter(expires_at__gt=clock.now()).order_by("-id").first()


def take_key(*, address: str, wants: bool) -> None:
    """Note which key somebody pressed who was rung back: they are rung by a person, or never again."""
    one = waits_for_key(address=address)
    if one is not None and one.state == ApplicationState.ASKING:
        one.answers = {"asked": "key", "wants": wants}
        one.state = ApplicationState.ASKING if wants else ApplicationState.GIVEN_UP
        one.save(update_fields=["answers", "state"])
