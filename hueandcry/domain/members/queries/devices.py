"""Where a coordinator's code goes, and what it is: computed when it is handed over, kept nowhere."""

import datetime as dt
from typing import NamedTuple

from django.conf import settings

from hueandcry.domain.members.models import ContactPoint, DeviceCode
from hueandcry.domain.members.rules import Channel, ContactLine
from hueandcry.domain.members.rules.applying import code_for
from hueandcry.kit import clock

# By which way a code goes, where a member has several: what is in the hand first.
LADDER = (Channel.SMS, Channel.EMAIL, Channel.VOICE)


class CodeToSend(NamedTuple):
    """Whom a code is for, and which way it goes."""

    member_id: int
    channel: Channel
    address: str
    sent_at: dt.datetime


def own_contact(*, member_id: int) -> ContactLine | None:
    """Return the contact point that a member's codes go to: confirmed, working, not shared; None when there is none."""
    rows = ContactPoint.objects.filter(member_id=member_id, channel__in=LADDER, suspended_at=None, shared=False)
    found = sorted(rows.exclude(confirmed_at=None), key=lambda row: (LADDER.index(Channel(row.channel)), row.rank))
    if not found:
        return None
    row = found[0]
    return ContactLine(row.pk, Channel(row.channel), row.address, row.rank, row.confirmed_at, row.suspended_at)


def code_to_send(*, member_ref: str) -> CodeToSend | None:
    """Return where the newest code of a member goes; None when there is none that counts."""
    newest = _newest(member_ref)
    contact = own_contact(member_id=newest.member_id) if newest else None
    if newest is None or contact is None:
        return None
    return CodeToSend(newest.member_id, contact.channel, contact.address, newest.sent_at)


def device_code(*, ref: str) -> str:
    """Return the code of a member (by reference) that counts now; empty when there is none."""
    newest = _newest(ref)
    return code_of(code=newest) if newest else ""


def code_of(*, code: DeviceCode) -> str:
    """Return the figures that a code's salt stands for."""
    return code_for(key=settings.SECRET_KEY, salt=code.salt, address=f"device {code.member_id}", attempt=0)


def _newest(member_ref: str) -> DeviceCode | None:
    rows = DeviceCode.objects.filter(member__ref=member_ref, used_at=None, expires_at__gt=clock.now())
    return rows.order_by("-pk").first()
