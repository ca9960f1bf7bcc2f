"""Showing alerts on a phone or computer: a browser is added with a press, and moves when its maker says so."""

from django.conf import settings
from django.db import transaction

from hueandcry.domain.members.actions import agree
from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import ContactPoint, Member, PushDevice
from hueandcry.domain.members.rules import Channel, ConsentHow, MemberError
from hueandcry.domain.members.rules.push import MOST_DEVICES, PUSH_WORDING, SCHEME, NewDevice, check_device
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.push import is_push_service
from hueandcry.kit.refs import new_long_ref
from hueandcry.kit.words import say

__all__ = ["MemberError", "add_device", "move_device"]


@transaction.atomic
def add_device(*, member_id: int, device: NewDevice, actor: str, wording: str = PUSH_WORDING) -> ContactPoint:
    """Show a member's alerts in this browser from now on, with what they agreed to; the same browser twice is one.

    Logged as `device.added`, and `consent.given`.

    Raises:
        MemberError: they have left, have too many, or it is no browser that we can reach.
    """
    member = locked(member_id=member_id)
    check_device(device, hosts=settings.WEB_PUSH_HOSTS)
    mine = ContactPoint.objects.filter(member=member, channel=Channel.PUSH)
    contact = mine.filter(device__endpoint=device.endpoint).first()
    if contact is None:
        if mine.count() >= MOST_DEVICES:
            raise MemberError(
                say("Your alerts are shown on {many} devices, which is the most: remove one first.").format(
                    many=MOST_DEVICES
                )
            )
        last = ContactPoint.objects.filter(member=member).order_by("-rank").values_list("rank", flat=True).first() or 0
        contact = ContactPoint.objects.create(
            member=member,
            channel=Channel.PUSH,
            address=f"{SCHEME}{new_long_ref()}",
            rank=last + 1,
            confirmed_at=clock.now(),
        )
        PushDevice.objects.create(
            contact=contact,
            endpoint=device.endpoint,
            p256dh=device.p256dh,
            auth=device.auth,
            made_at=clock.now(),
        )
        log("device.added", subject=f"member:{member.ref}", actor=actor, contact=contact.pk)
    else:
        # A browser may keep its address and make new keys; and whoever presses again wants it to work again.
        PushDevice.objects.filter(contact=contact).update(p256dh=device.p256dh, auth=device.auth)
        ContactPoint.objects.filter(pk=contact.pk).exclude(suspended_at=None).update(suspended_at=None)
    agree(
        member_id=member.pk,
        organisation_id=force().pk,
        channel=Channel.PUSH,
        how=ConsentHow.WEB,
        taken_by=actor,
        wording=wording,
    )
    return contact


@transaction.atomic
def move_device(*, was: str, device: NewDevice) -> int:
    """Reach a browser at its new address, and return for how many members; none when nobody had the old one.

    Who knows the old address is that browser or its maker: nobody else is told it. Logged as `device.moved`.

    Raises:
        MemberError: the new address is none that we can reach.
    """
    check_device(device, hosts=settings.WEB_PUSH_HOSTS)
    if not is_push_service(was, hosts=settings.WEB_PUSH_HOSTS):
        return 0
    having = PushDevice.objects.filter(endpoint=was).values("contact__member")
    # Members first, by id (ADR 13).
    list(Member.objects.select_for_update(no_key=True).filter(pk__in=having).order_by("pk"))
    rows = list(PushDevice.objects.select_related("contact__member").filter(endpoint=was).order_by("pk"))
    for row in rows:
        row.endpoint, row.p256dh, row.auth = device.endpoint, device.p256dh, device.auth
        row.save(update_fields=["endpoint", "p256dh", "auth"])
        ContactPoint.objects.filter(pk=row.contact_id).exclude(suspended_at=None).update(suspended_at=None)
        member = row.contact.member.ref
        log("device.moved", subject=f"member:{member}", actor=f"member:{member}", contact=row.contact_id)
    return len(rows)
