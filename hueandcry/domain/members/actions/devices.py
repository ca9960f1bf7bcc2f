"""Codes for coordinators on a device where they have not been lately: the link to their page could be forwarded."""

from django.db import transaction

from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import DeviceCode
from hueandcry.domain.members.queries.devices import code_of, own_contact
from hueandcry.domain.members.rules import MemberError
from hueandcry.domain.members.rules.applying import is_code
from hueandcry.domain.members.rules.schemes import CODE_COUNTS, MOST_CODES, MOST_CODES_WITHIN, MOST_TRIES
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.refs import new_token
from hueandcry.kit.words import mark, say

NOT_IT = mark("That is not the code. Look at the newest message that we sent you, or ask for another code.")
OVER = mark("This code counts no more. Ask for another one.")


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
        raise MemberError(say("We have no confirmed number or address to send a code to: ring 101 and ask for us."))
    rows = DeviceCode.objects.filter(member=member)
    if rows.filter(sent_at__gt=now - MOST_CODES_WITHIN).count() >= MOST_CODES:
        raise MemberError(say("You asked for many codes just now. Wait an hour, then try again."))
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
            return say(OVER)
        right = is_code(code, code_of(code=newest))
        newest.tries += 1
        newest.used_at = now if right else None
        newest.save(update_fields=["tries", "used_at"])
        event = "coordinator.code_used" if right else "coordinator.code_wrong"
        log(event, subject=f"member:{member.ref}", actor=f"member:{member.ref}")
        return "" if right else say(NOT_IT)
