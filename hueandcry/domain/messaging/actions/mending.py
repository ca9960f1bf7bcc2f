"""From where messages come back: noted with what became of them, then looked at once, all together."""

import logging
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Count, Max, Sum

from hueandcry.domain.members.actions import suspend_contact
from hueandcry.domain.members.actions.preferences import ask_contact
from hueandcry.domain.members.actions.stopping import use_again
from hueandcry.domain.members.models import Consent, ContactPoint, Member
from hueandcry.domain.members.rules import Channel, MemberError, MemberState, NewContact
from hueandcry.domain.messaging.actions.saying import say_to_one
from hueandcry.domain.messaging.models import Charge, ComeBack, Delivery, Message
from hueandcry.domain.messaging.queries.coming_back import get_came_back
from hueandcry.domain.messaging.rules import (
    KEEP_TRYING,
    REACHED,
    ControlWords,
    MessageKind,
    MessagingError,
    Words,
    control_words,
)
from hueandcry.domain.messaging.rules.commands import MAIL_IS_RIGHT
from hueandcry.domain.messaging.rules.mending import (
    ASKED_ANEW_AFTER,
    ASKED_BY,
    ASKED_FOR,
    DOUBTED_WITHIN,
    PATIENCE,
    is_doubted,
    is_enough,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock
from hueandcry.kit.words import mark, say, speaking, texted

logger = logging.getLogger(__name__)

MOST = 1000

# Of a number that takes nothing we write to the e-mail address; the link is filled in when it is handed over.
ASK_NUMBER = mark(
    "{signs}: our messages to your phone do not arrive: perhaps the number has changed. Please look at it on your "
    "page, and put the right one there. Alerts go on by e-mail."
)

# One GSM-7 text with a signature of 30 signs.
ASK_WHATSAPP = mark(
    "{signs}: our WhatsApp messages to you do not arrive, so we send none there. To have them again, add the number "
    "anew on your page."
)

_NOTE = """
    INSERT INTO messaging_comeback (delivery_id, channel, address, gateway, at, passing, status)
    SELECT id, channel, address, gateway, %s, %s, %s FROM messaging_delivery
    WHERE id = ANY(%s) AND address <> '' AND (state = 'bounced' OR %s) ORDER BY id
    ON CONFLICT DO NOTHING
"""


def note(*, delivery_ids: Sequence[int], status: str | None = None, passing: bool = False) -> None:
    """Note that these came back, once: those of them that bounced, or all when a mail said so, with its status."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [clock.now(), passing, status or "", list(delivery_ids), status is not None])


def mend() -> int:
    """Use addresses no more from which messages came back; return how many. Logged as `contact.suspended` for each.

    What a provider said of nearly everybody counts for nothing: logged as `comebacks.doubted`.
    """
    mended = 0
    while True:
        done, many = _mend_some()
        mended += done
        if many < MOST:
            return mended


@transaction.atomic
def _mend_some() -> tuple[int, int]:
    rows = ComeBack.objects.select_for_update(no_key=True, skip_locked=True).filter(dealt_at=None)
    waiting = list(rows.order_by("id")[:MOST])
    if not waiting:
        return 0, 0
    # What an exercise's sandbox makes up says nothing of anybody's address.
    made_up = set(
        Delivery.objects.filter(pk__in=[one.delivery_id for one in waiting], message__is_drill=True).values_list(
            "pk", flat=True
        )
    )
    real = [one for one in waiting if one.delivery_id not in made_up]
    doubted = _doubted({one.gateway for one in real if not one.passing})
    mended = 0
    # In one order: two workers that suspend the same never wait for one another.
    for channel, address in sorted({(one.channel, one.address) for one in real}):
        mine = [one for one in real if (one.channel, one.address) == (channel, address)]
        for_good = any(not one.passing and one.gateway not in doubted for one in mine)
        if for_good or _refuses_for_long(Channel(channel), address):
            mended += suspend_contact(channel=Channel(channel), address=address, actor=SYSTEM)
    ComeBack.objects.filter(pk__in=[one.pk for one in waiting]).update(dealt_at=clock.now())
    for gateway in sorted(doubted):
        many = sum(one.gateway == gateway and not one.passing for one in real)
        logger.warning("Too much came back to believe it.", extra={"gateway": gateway, "many": many})
        log("comebacks.doubted", subject=f"gateway:{gateway}", actor=SYSTEM, many=many)
    return mended, len(waiting)


def _doubted(gateways: set[str]) -> set[str]:
    """Return those of which so much came back within a day that they are at fault."""
    since = clock.now() - DOUBTED_WITHIN
    came = ComeBack.objects.filter(gateway__in=gateways, passing=False, at__gte=since)
    many = dict(came.order_by().values("gateway").annotate(many=Count("id")).values_list("gateway", "many"))
    took = Charge.objects.filter(gateway__in=gateways, day__gte=since.date())
    handed = dict(took.order_by().values("gateway").annotate(many=Sum("handed")).values_list("gateway", "many"))
    return {name for name, count in many.items() if is_doubted(came_back=count, handed=handed.get(name) or 0)}


def _refuses_for_long(channel: Channel, address: str) -> bool:
    """Say whether an address refused for now on so many days, with nothing taken between, that nobody reads it."""
    if channel not in PATIENCE:
        return False
    came = ComeBack.objects.filter(channel=channel, address=address, passing=True)
    moments = list(came.values_list("at", flat=True))
    taken = Delivery.objects.filter(channel=channel, address=address, state__in=REACHED)
    newest = taken.filter(accepted_at__lt=max(moments)) if moments else taken.none()
    return is_enough(channel=channel, moments=moments, last_taken=newest.aggregate(at=Max("accepted_at"))["at"])


# ---------------------------------------------------------------- asking, and what they answer


@transaction.atomic
def ask(*, member_ref: str, contact_id: int) -> Message | None:
    """Ask a member about an address that is used no more, by another way that they agreed to; once in ninety days.

    Returns nothing when there is no such way: then it stands on the member's page for an officer to ask. Logged as
    `message.queued`.
    """
    # Two jobs at once: the second waits here and finds them asked.
    member = (
        Member.objects.select_for_update(no_key=True).filter(ref=member_ref).exclude(state=MemberState.LEFT).first()
    )
    broken = ContactPoint.objects.filter(member=member, pk=contact_id).exclude(suspended_at=None).first()
    if member is None or broken is None or _asked_about([broken.pk]):
        return None
    return _ask(member, broken, actor=SYSTEM)


@transaction.atomic
def ask_anew(*, officer: Officer, contact_id: int) -> Channel:
    """Ask a member again about an address that is used no more, though ninety days are not over; return by which way.

    Logged as `message.queued`.

    Raises:
        MessagingError: they were asked today, or there is no other way that they agreed to.
        NotHereError: nothing came back from it, or it is not for this officer.
    """
    found = get_came_back(officer=officer, contact_id=contact_id)
    # Two presses at once: the second waits here and finds them asked.
    member = Member.objects.select_for_update(no_key=True).get(ref=found.member_ref)
    broken = ContactPoint.objects.get(pk=contact_id)
    asked = _asked_about([contact_id])
    if asked is not None and asked.queued_at > clock.now() - ASKED_ANEW_AFTER:
        raise MessagingError("They were asked today already: wait for their answer, or ask again tomorrow.")
    message = _ask(member, broken, actor=officer.as_actor())
    if message is None:
        raise MessagingError("They agreed to no other way that works: ring them, or ask at their door.")
    return Channel(message.deliveries.get().channel)


def _ask(member: Member, broken: ContactPoint, *, actor: str) -> Message | None:
    way = _another_way(member.pk, Channel(broken.channel))
    if way is None:
        return None
    with speaking(member.language):
        words = _question(Channel(broken.channel), force().signs_as)
    return say_to_one(
        kind=MessageKind.CONTROL,
        about=f"contact:{broken.pk}",
        words=words,
        member_id=member.pk,
        channel=Channel(way.channel),
        address=way.address,
        good_for=KEEP_TRYING,
        actor=actor,
    )


def _question(broken: Channel, signs: str) -> Words:
    if broken == Channel.EMAIL:
        return control_words(ControlWords.ASK_MAIL, signs=signs)
    said = say(ASK_WHATSAPP if broken == Channel.WHATSAPP else ASK_NUMBER).format(signs=signs)
    return Words(texted(said), said, say("{signs}: your message").format(signs=signs), f"{said}\n\n{{page}}")


def _another_way(member_id: int, broken: Channel) -> ContactPoint | None:
    for channel in ASKED_BY.get(broken, ()):
        agreed = Consent.objects.filter(member=member_id, channel=channel, organisation=force(), withdrawn_at=None)
        rows = ContactPoint.objects.filter(member=member_id, channel=channel, suspended_at=None, shared=False)
        found = rows.exclude(confirmed_at=None).exclude(safe=False).order_by("rank").first()
        if found is not None and agreed.exists():
            return found
    return None


def _asked_about(contact_ids: Sequence[int]) -> Message | None:
    abouts = [f"contact:{one}" for one in contact_ids]
    asked = Message.objects.filter(about__in=abouts, queued_at__gt=clock.now() - ASKED_FOR)
    return asked.order_by("-queued_at").first()


def asked_about_mail(*, member_ids: Sequence[int]) -> Message | None:
    """Return the newest question whether the e-mail address of one of these members is right; None when none stands."""
    mail = ContactPoint.objects.filter(member__in=member_ids, channel=Channel.EMAIL).exclude(suspended_at=None)
    return _asked_about(list(mail.values_list("pk", flat=True)))


@transaction.atomic
def take_answer(*, asked: Message, said: str, actor: str) -> ControlWords:
    """Apply what somebody answered: use the address again, once, or write a code to the new one; return what is said.

    Logged as `contact.confirmed` or `application.opened`.
    """
    contact = ContactPoint.objects.filter(pk=int(asked.about.partition(":")[2])).first()
    if contact is None:
        return ControlWords.MAIL_WRONG
    if said == MAIL_IS_RIGHT or said.lower() == contact.address:
        again = use_again(contact_id=contact.pk, since=asked.queued_at, actor=actor)
        return ControlWords.MAIL_OK if again else ControlWords.MAIL_WRONG
    try:
        ask_contact(member_id=contact.member_id, contact=NewContact(Channel.EMAIL, said), actor=actor)
    except MemberError:
        return ControlWords.MAIL_WRONG
    return ControlWords.MAIL_ASKED
