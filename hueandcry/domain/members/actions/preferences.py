"""What a member changes about themselves: ways and hours, places, subjects, contacts, single agreements."""

import secrets
from collections.abc import Sequence

from django.db import transaction

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.members.actions import _contact, _place
from hueandcry.domain.members.actions.applying import _one_at_a_time, _sent_today
from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import (
    Application,
    Consent,
    ContactPoint,
    Interest,
    MemberPlace,
    Preference,
)
from hueandcry.domain.members.rules import (
    CONSENT_VERSION,
    ApplicationState,
    Channel,
    Door,
    Language,
    MemberError,
    NewContact,
    NewPlace,
    Purpose,
    Reading,
)
from hueandcry.domain.members.rules.applying import CODE_LIFE, LONGEST_PLACE_NAME, MOST_PLACES_OWN, check_codes, tidy
from hueandcry.domain.members.rules.own_page import Row, check_person, choices_of
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import say

__all__ = [
    "MemberError",
    "add_place",
    "ask_contact",
    "end_agreement",
    "mark_contact",
    "remove_contact",
    "remove_place",
    "set_interests",
    "set_person",
    "set_ways",
]


@transaction.atomic
def set_ways(*, member_id: int, rows: Sequence[Row], actor: str) -> int:
    """Keep by which ways and at which hours a member wants each kind of message, and return how much is their own.

    Logged as `member.ways_set`.

    Raises:
        MemberError: they have left, or hours are none.
    """
    member = locked(member_id=member_id)
    channels = tuple(Channel(one) for one in _channels(member.pk))
    choices = choices_of(channels=channels, reading=Reading(member.reading), rows=tuple(rows))
    Preference.objects.filter(member=member, channel__in=channels).delete()
    Preference.objects.bulk_create(
        Preference(
            member=member,
            priority=choice.priority,
            channel=choice.channel,
            wanted=choice.wanted,
            from_minute=choice.from_minute,
            until_minute=choice.until_minute,
        )
        for choice in choices
    )
    log("member.ways_set", subject=f"member:{member.ref}", actor=actor, own=len(choices))
    return len(choices)


@transaction.atomic
def set_person(
    *, member_id: int, name: str, language: Language, reading: Reading, weekly_budget: int | None, actor: str
) -> None:
    """Keep how a member is called, in which language and how they read, and their budget. Logged as `member.changed`.

    Raises:
        MemberError: they have left, or there is no name.
    """
    member = locked(member_id=member_id)
    name = check_person(name=name, weekly_budget=weekly_budget)
    new = {"name": name, "language": language, "reading": reading, "weekly_budget": weekly_budget}
    changed = [field for field, value in new.items() if getattr(member, field) != value]
    for field in changed:
        setattr(member, field, new[field])
    if changed:
        member.save(update_fields=changed)
        log("member.changed", subject=f"member:{member.ref}", actor=actor, fields=changed)


@transaction.atomic
def set_interests(*, member_id: int, topic_ids: Sequence[int], actor: str) -> int:
    """Keep what a member wants to hear about, and return how many subjects. Logged as `member.interests_set`.

    Raises:
        MemberError: they have left.
    """
    member = locked(member_id=member_id)
    wanted = set(Topic.objects.filter(pk__in=topic_ids).values_list("pk", flat=True))
    standing = set(Interest.objects.filter(member=member).values_list("topic_id", flat=True))
    Interest.objects.filter(member=member, topic__in=standing - wanted).delete()
    Interest.objects.bulk_create(Interest(member=member, topic_id=topic) for topic in sorted(wanted - standing))
    log("member.interests_set", subject=f"member:{member.ref}", actor=actor, topics=len(wanted))
    return len(wanted)


# ---------------------------------------------------------------- places


@transaction.atomic
def add_place(*, member_id: int, place: NewPlace, actor: str) -> MemberPlace:
    """Add a place of a member; the same place twice is one. Logged as `member.place_added`.

    Raises:
        MemberError: they have left, it is outside the force, or there are too many.
    """
    member = locked(member_id=member_id)
    place = _place(place)
    name = tidy(place.name)[:LONGEST_PLACE_NAME]
    mine = list(MemberPlace.objects.filter(member=member).order_by("pk"))
    for one in mine:
        if (one.use, one.name, one.postcode, tuple(one.point)) == (place.use, name, place.postcode, place.point):
            return one
    if len(mine) >= MOST_PLACES_OWN:
        raise MemberError(
            say("You have {len} places, which is the most that we keep: remove one first.").format(len=len(mine))
        )
    made = MemberPlace.objects.create(
        member=member, use=place.use, name=name, postcode=place.postcode, point=place.point
    )
    log("member.place_added", subject=f"member:{member.ref}", actor=actor, use=place.use.value)
    return made


@transaction.atomic
def remove_place(*, member_id: int, place_id: int, actor: str) -> None:
    """Remove a place of a member, but never the last. Logged as `member.place_removed`.

    Raises:
        MemberError: they have left, or it is their last place.
        NotHereError: they have no such place.
    """
    member = locked(member_id=member_id)
    mine = MemberPlace.objects.filter(member=member)
    place = mine.filter(pk=place_id).first()
    if place is None:
        raise NotHereError(f"place:{place_id}")
    if mine.count() == 1:
        raise MemberError(say("This is your only place: add the new one first, or leave altogether."))
    place.delete()
    log("member.place_removed", subject=f"member:{member.ref}", actor=actor)


# ---------------------------------------------------------------- ways to reach them


@transaction.atomic
def ask_contact(*, member_id: int, contact: NewContact, actor: str, wording: str = CONSENT_VERSION) -> Application:
    """Send a code to a number or address that a member wants to add. Logged as `application.opened`.

    With the version of the wording that they were shown.

    Raises:
        MemberError: they have left, have it already, or it cannot be used.
        LimitError: this address has had enough codes for today.
    """
    member = locked(member_id=member_id)
    contact = _contact(contact)
    if contact.channel == Channel.POST:
        raise MemberError(say("For printed sheets ask any officer: a letter cannot bring a code at once."))
    having = ContactPoint.objects.filter(member=member, channel=contact.channel, address=contact.address)
    # Where messages came back, a code puts it right.
    if having.filter(confirmed_at__isnull=False, suspended_at=None).exists():
        raise MemberError(say("You have this number or address already."))
    _one_at_a_time(contact.address)
    check_codes(sent_today=_sent_today(contact.address))
    now = clock.now()
    made = Application.objects.create(
        door=Door.WEB,
        state=ApplicationState.CODE,
        channel=contact.channel,
        address=contact.address,
        answers={"name": "", "adds": True, "wording": wording},
        language=member.language,
        salt=secrets.token_urlsafe(24),
        codes_sent=1,
        opened_at=now,
        expires_at=now + CODE_LIFE,
        member=member,
    )
    log("application.opened", subject=f"application:{made.ref}", actor=actor, channel=contact.channel.value)
    return made


@transaction.atomic
def mark_contact(*, member_id: int, contact_id: int, shared: bool, safe: bool | None, actor: str) -> None:
    """Keep whether others hear or read what comes there, and whether it is safe. Logged as `contact.marked`.

    Raises:
        MemberError: they have left.
        NotHereError: they have no such contact.
    """
    member = locked(member_id=member_id)
    contact = _mine(member.pk, contact_id)
    contact.shared, contact.safe = shared, safe
    contact.save(update_fields=["shared", "safe"])
    log("contact.marked", subject=f"member:{member.ref}", actor=actor, contact=contact.pk)


@transaction.atomic
def remove_contact(*, member_id: int, contact_id: int, actor: str) -> None:
    """Remove a way to reach a member, but never the last; what was agreed for it ends. Logged as `contact.removed`.

    Raises:
        MemberError: they have left, or it is their last.
        NotHereError: they have no such contact.
    """
    member = locked(member_id=member_id)
    contact = _mine(member.pk, contact_id)
    others = ContactPoint.objects.filter(member=member).exclude(pk=contact.pk)
    if not others.exists():
        raise MemberError(say("This is the only way to reach you: add another first, or leave altogether."))
    channel = contact.channel
    contact.delete()
    if not others.filter(channel=channel).exists():
        end_all = Consent.objects.filter(member=member, channel=channel, withdrawn_at=None)
        ended = end_all.update(withdrawn_at=clock.now(), withdrawn_by=actor[:80])
        log("consent.withdrawn", subject=f"member:{member.ref}", actor=actor, channel=channel, agreements=ended)
    log("contact.removed", subject=f"member:{member.ref}", actor=actor, channel=channel)


# ---------------------------------------------------------------- one agreement


@transaction.atomic
def end_agreement(
    *,
    member_id: int,
    organisation_id: int,
    purpose: Purpose,
    channel: Channel,
    scheme_id: int | None = None,
    actor: str,
) -> int:
    """End one agreement at once, and return how many ended (0: there was none). Logged as `consent.withdrawn`.

    Raises:
        NotHereError: there is no such member.
    """
    member = locked(member_id=member_id, left=True)
    rows = Consent.objects.filter(
        member=member,
        organisation=organisation_id,
        scheme=scheme_id,
        purpose=purpose,
        channel=channel,
        withdrawn_at=None,
    )
    ended = rows.update(withdrawn_at=clock.now(), withdrawn_by=actor[:80])
    if ended:
        log("consent.withdrawn", subject=f"member:{member.ref}", actor=actor, channel=channel.value, agreements=ended)
    return ended


def _mine(member_id: int, contact_id: int) -> ContactPoint:
    try:
        return ContactPoint.objects.get(member=member_id, pk=contact_id)
    except ContactPoint.DoesNotExist:
        raise NotHereError(f"contact:{contact_id}") from None


def _channels(member_id: int) -> list[str]:
    rows = ContactPoint.objects.filter(member=member_id).order_by("rank", "pk")
    return list(dict.fromkeys(rows.values_list("channel", flat=True)))
