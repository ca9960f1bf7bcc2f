"""Codes for coordinators on a device where they have not been lately: the link to their page could be forwarded."""

import hmac

from django.conf import settings
from django.db import transaction

from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import ContactPoint, DeviceCode
from hueandcry.domain.members.rules import Channel, ContactLine, MemberError
from hueandcry.domain.members.rules.schemes import (
    CODE_COUNTS,
    MOST_CODES,
    MOST_CODES_WITHIN,
    MOST_TRIES,
    device_code,
)
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.refs import new_token

# By which way a code goes, where a member has several: what is in the hand first.
LADDER = (Channel.SMS, Channel.EMAIL, Channel.VOICE)
NOT_IT = "That is not the code. Look at the newest message that we sent you, or ask for another code."
OVER = "This code counts no more. Ask for another one."


@transaction.atomic
def ask_code(*, member_id: int) -> DeviceCode:
    """Send a coordinator a code to their own contact; the one before counts no more.

    Logged as `coordinator.code_asked`.

    Raises:
        MemberError: they have no way that was ever confirmed, or asked too often.
    """
    member = locked(member_id=member_id)
    now = clock.now()
    if own_contact(member_id=member.pk) is None:
        raise MemberError("We have no confirmed number or address to send a code to: ring 101 and ask for us.")
    rows = DeviceCode.objects.filter(member=member)
    if rows.filter(sent_at__gt=now - MOST_CODES_WITHIN).count() >= MOST_CODES:
        raise MemberError("You asked for many codes just now. Wait an hour, then try again.")
    rows.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    made = DeviceCode.objects.create(member=member, salt=new_token(), sent_at=now, expires_at=now + CODE_COUNTS)
    log("coordinator.code_asked", subject=f"member:{member.ref}", actor=f"member:{member.ref}")
    return made


def try_code(*, member_id: int, code: str) -> str:
    """Take a code that was typed: empty when it is right, else the sentence that says why not.

    Logged as `coordinator.code_used` or `coordinator.code_wrong`. A refusal is returned, not raised, so that the try
    counts.
    """
    with transaction.atomic():
        member = locked(member_id=member_id)
        now = clock.now()
        rows = DeviceCode.objects.select_for_update().filter(member=member, used_at=None, expires_at__gt=now)
        newest = rows.order_by("-pk").first()
        if newest is None or newest.tries >= MOST_TRIES:
            return OVER
        right = hmac.compare_digest(
            device_code(salt=newest.salt, secret=settings.SECRET_KEY).encode(), "".join(code.split()).encode()
        )
        newest.tries += 1
        newest.used_at = now if right else None
        newest.save(update_fields=["tries", "used_at"])
        event = "coordinator.code_used" if right else "coordinator.code_wrong"
        log(event, subject=f"member:{member.ref}", actor=f"member:{member.ref}")
        return "" if right else NOT_IT


def own_contact(*, member_id: int) -> ContactLine | None:
    """Return the contact point that a member's codes go to: confirmed, working, not shared; None when there is none."""
    rows = ContactPoint.objects.filter(member_id=member_id, channel__in=LADDER, suspended_at=None, shared=False)
    found = sorted(rows.exclude(confirmed_at=None), key=lambda row: (LADDER.index(Channel(row.channel)), row.rank))
    if not found:
        return None
    row = found[0]
    return ContactLine(row.pk, Channel(row.channel), row.address, row.rank, row.confirmed_at, row.suspended_at)


def code_to_send(*, member_ref: str) -> tuple[int, Channel, str, str] | None:
    """Return member id, channel, address and code for the newest code of a member that counts; None of none."""
    rows = DeviceCode.objects.filter(member__ref=member_ref, used_at=None, expires_at__gt=clock.now())
    newest = rows.order_by("-pk").first()
    contact = own_contact(member_id=newest.member_id) if newest else None
    if newest is None or contact is None:
        return None
    code = device_code(salt=newest.salt, secret=settings.SECRET_KEY)
    return newest.member_id, contact.channel, contact.address, code
