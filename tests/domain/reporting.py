"""What the tests of reports share: a message from somebody, and the report that it became."""

import datetime as dt
import itertools
from typing import Any

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Conversation, Inbound
from hueandcry.domain.messaging.rules import read_command
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.records.models import Record
from hueandcry.domain.reports import actions
from hueandcry.domain.reports.models import Report
from hueandcry.kit import clock
from tests import builders

ABOUT = "alert:K7M2PQ"
NUMBERS = itertools.count(1)


def message(body: str, *, about: str = ABOUT, channel: Channel = Channel.SMS, **fields: Any) -> Inbound:
    """Return one message from somebody, as messaging keeps it."""
    builders.force()
    number = next(NUMBERS)
    now = clock.now()
    talk = Conversation.objects.create(
        channel=channel,
        address=builders.drama_number(),
        about=f"{about}",
        member=fields.pop("member", None),
        opened_at=now,
        last_at=now,
    )
    return Inbound.objects.create(
        conversation=talk,
        gateway="test",
        provider_ref=f"p{number}",
        body=body,
        command=fields.pop("command", read_command(body)),
        received_at=fields.pop("received_at", now),
        **fields,
    )


def told(body: str = "Grey pick-up heading north", *, minutes_ago: float = 0, **fields: Any) -> Report:
    """Return the report that a message became."""
    organisation: Organisation | None = fields.pop("organisation", None)
    state = fields.pop("state", None)
    moment = clock.now() - dt.timedelta(minutes=minutes_ago)
    report = actions.open_from_message(inbound_ref=message(body, received_at=moment, **fields).ref)
    assert report is not None
    if organisation is not None or state is not None:
        Report.objects.filter(pk=report.pk).update(
            organisation=organisation or report.organisation, state=state or report.state
        )
        report.refresh_from_db()
    return report


def records(event: str) -> list[Record]:
    """Return the records of one event, oldest first."""
    return list(Record.objects.filter(event=event).order_by("id"))
