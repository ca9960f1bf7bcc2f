"""Stopping and starting again: an address that asked to stop is kept as a hash, which outlives its member.

A stop of everything that goes to many is kept as the hash of channel and address: the queue looks for it before it
hands anything over. A stop of one organisation alone is kept as the hash of channel, address and organisation: there
the agreements are what the queue looks at, and the hash keeps them from being written anew by others than the person.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import models, transaction
from django.utils import timezone

from hueandcry.domain.members.models import Consent, ContactPoint, Member, Membership, Suppression
from hueandcry.domain.members.queries.stopping import stopped_among
from hueandcry.domain.members.rules import Channel, ConsentHow, MemberError, MembershipState, MemberState
from hueandcry.domain.members.rules.stopping import OF_WHOEVER_LEFT, OWN_ACT, address_hash, stopped_sentence
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

# What a stop ended was withdrawn with it, in one transaction; what was withdrawn at other times START leaves alone.
TOGETHER = dt.timedelta(seconds=5)
# How much of a reference is kept as who ended something.
BY = 80
# What is one person's own; a letterbox belongs to a house, and what shows on a device to that device.
_OUTLIVE = (Channel.SMS, Channel.VOICE, Channel.EMAIL, Channel.WHATSAPP)
# On the website, by text or by telephone: no officer and no file between.
_BY_THEMSELVES = OWN_ACT | {ConsentHow.WEB}


@transaction.atomic
def stop(
    *,
    channel: Channel,
    address: str,
    organisation_id: int | None = None,
    everything: bool = False,
    member_ids: Iterable[int],
    actor: str,
) -> bool:
    """Stop an address at once, for one organisation or for all, and say whether that was new.

    What its members agreed to by this channel ends with it. Logged as `consent.withdrawn` for each member.
    """
    made, new = Suppression.objects.get_or_create(
        channel=channel,
        address_hash=address_hash(channel, address, organisation_id),
        defaults={"everything": everything, "since": clock.now()},
    )
    if made.facts == OF_WHOEVER_LEFT:  # who left, came back and stops now
        made.facts, made.since, new = {}, clock.now(), True
        made.save(update_fields=["facts", "since"])
    wider = everything and not made.everything
    if wider:
        made.everything = True
        made.save(update_fields=["everything"])
    for member in Member.objects.select_for_update(no_key=True).filter(pk__in=list(member_ids)).order_by("pk"):
        end_agreements(member=member, channel=channel, organisation_id=organisation_id, actor=actor)
    return new or wider


def end_agreements(*, member: Member, channel: Channel | None, organisation_id: int | None, actor: str) -> int:
    """End what one member agreed to, and return how much; the caller holds the member's row.

    Logged as `consent.withdrawn`.
    """
    rows = Consent.objects.filter(member=member, withdrawn_at=None)
    if channel is not None:
        rows = rows.filter(channel=channel)
    if organisation_id is not None:
        rows = rows.filter(organisation_id=organisation_id)
    ended = rows.update(withdrawn_at=clock.now(), withdrawn_by=actor[:BY])
    if ended:
        log(
            "consent.withdrawn",
            subject=f"member:{member.ref}",
            actor=actor,
            channel=channel.value if channel else "all",
            agreements=ended,
        )
    return ended


def keep_stops_of(*, member: Member) -> None:
    """Keep, of whoever leaves, that no file brings their numbers back: as hashes, which outlive them.

    Each organisation by itself: the queue looks at agreements, so that others on the same telephone go on hearing, and
    where one of them still agrees nothing is kept. No letterbox: who lives there next has not left. The caller holds
    the member's row.
    """
    heard = Consent.objects.filter(member=member).values_list("channel", "organisation_id").distinct()
    whose: dict[str, set[int]] = {}
    for channel, organisation in heard:
        whose.setdefault(channel, set()).add(organisation)
    Suppression.objects.bulk_create(
        [
            Suppression(
                channel=channel,
                address_hash=address_hash(channel, address, organisation),
                since=clock.now(),
                facts=OF_WHOEVER_LEFT,
            )
            for channel, address in member.contacts.filter(channel__in=_OUTLIVE).values_list("channel", "address")
            for organisation in sorted(whose.get(channel, set()) - _still_agreed(channel, address, besides=member))
        ],
        ignore_conflicts=True,
    )


def _still_agreed(channel: str, address: str, *, besides: Member) -> set[int]:
    """Return the organisations that others on an address hear from."""
    others = ContactPoint.objects.filter(channel=channel, address=address).exclude(member=besides)
    rows = Consent.objects.filter(member__in=others.values("member"), channel=channel, withdrawn_at=None)
    return set(rows.values_list("organisation_id", flat=True))


@transaction.atomic
def start(*, channel: Channel, address: str, member_ids: Iterable[int], actor: str) -> int:
    """Lift every stop of an address, and agree again to what it ended; return how much was agreed again.

    What was withdrawn for other reasons stays withdrawn. Logged as `consent.given` for each member.
    """
    members = list(member_ids)
    stops = _stops(channel, address)
    again = 0
    for organisation, stopped in stops:
        ended = Consent.objects.filter(
            member__in=members,
            channel=channel,
            withdrawn_at__gte=stopped.since,
            withdrawn_at__lt=stopped.since + TOGETHER,
        )
        if organisation is not None:
            ended = ended.filter(organisation_id=organisation)
        again += _agree_again(ended, channel, actor)
    Suppression.objects.filter(pk__in=[stopped.pk for _, stopped in stops]).delete()
    return again


def _stops(channel: Channel, address: str) -> list[tuple[int | None, Suppression]]:
    """Return the stops of one address with the organisation of each; None for all of them."""
    whose: dict[bytes, int | None] = {address_hash(channel, address): None}
    for organisation in Organisation.objects.values_list("pk", flat=True):
        whose[address_hash(channel, address, organisation)] = organisation
    rows = Suppression.objects.select_for_update(no_key=True).filter(channel=channel, address_hash__in=list(whose))
    return [(whose[bytes(row.address_hash)], row) for row in rows.order_by("pk")]


def _agree_again(ended: models.QuerySet[Consent], channel: Channel, actor: str) -> int:
    again = 0
    for one in ended.select_related("member"):
        standing = Consent.objects.filter(
            member=one.member_id,
            organisation=one.organisation_id,
            scheme=one.scheme_id,
            purpose=one.purpose,
            channel=channel,
            withdrawn_at=None,
        )
        if one.member.state == MemberState.LEFT or standing.exists() or _out_of_scheme(one):
            continue
        Consent.objects.create(
            member_id=one.member_id,
            organisation_id=one.organisation_id,
            scheme_id=one.scheme_id,
            purpose=one.purpose,
            channel=channel,
            wording=one.wording,
            how=ConsentHow.VOICE if channel == Channel.VOICE else ConsentHow.TEXT,
            taken_by=actor,
            given_at=clock.now(),
        )
        log("consent.given", subject=f"member:{one.member.ref}", actor=actor, channel=channel.value, purposes=1)
        again += 1
    return again


def _out_of_scheme(one: Consent) -> bool:
    """Say whether it is about a scheme that they are in no more."""
    parts = Membership.objects.filter(member=one.member_id, scheme=one.scheme_id, left_at=None)
    return one.scheme_id is not None and not parts.filter(state=MembershipState.IN).exists()


# ---------------------------------------------------------------- agreeing anew after a stop


def lift(*, channel: Channel, address: str, organisation_ids: Iterable[int]) -> bool:
    """Lift the stop of an address whose owner agreed anew, for these organisations alone; say whether there was one.

    Call it only with the owner's own act at hand: a code that came back, a text or a key from that number.
    """
    agreed = frozenset(organisation_ids)
    stops = _stops(channel, address)
    for organisation, stopped in stops:
        if organisation is None:
            # What they did not agree to anew stays stopped, each organisation by itself.
            others = Organisation.objects.exclude(pk__in=agreed).values_list("pk", flat=True)
            Suppression.objects.bulk_create(
                [
                    Suppression(
                        channel=channel, address_hash=address_hash(channel, address, other), since=stopped.since
                    )
                    for other in others
                ],
                ignore_conflicts=True,
            )
        if organisation is None or organisation in agreed:
            stopped.delete()
    return any(stopped.facts != OF_WHOEVER_LEFT for _, stopped in stops)


def admit(
    *,
    channel: Channel,
    contacts: Iterable[tuple[str, dt.datetime | None]],
    organisation_ids: Iterable[int],
    how: ConsentHow,
    on_the_spot: bool = False,
) -> None:
    """Let an agreement by this channel stand, or refuse it where every address given (with when confirmed) is stopped.

    What its owner did from there lifts the stop: `on_the_spot` a code that came back, else confirmed since the stop.
    An officer's or a loader's word lifts nothing.

    Raises:
        MemberError: with the day of the stop, and what to do.
    """
    given = dict(contacts)
    if not given or (how in OWN_ACT and not on_the_spot):
        return
    for organisation in organisation_ids:
        stopped = stopped_among(
            channel=channel, addresses=given, organisation_id=organisation, left=how == ConsentHow.IMPORT
        )
        for address, since in list(stopped.items()):
            confirmed = given[address]
            if how in _BY_THEMSELVES and confirmed is not None and (on_the_spot or confirmed > since):
                lift(channel=channel, address=address, organisation_ids=[organisation])
                del stopped[address]
        if len(stopped) == len(given):
            raise MemberError(stopped_sentence(channel=channel, since=timezone.localdate(min(stopped.values()))))


@transaction.atomic
def use_again(*, contact_id: int, since: dt.datetime, actor: str) -> bool:
    """Use an address again that its member says is right, if it is not used since then or longer; say whether that was.

    What comes back after that puts it aside anew. Logged as `contact.confirmed`.
    """
    rows = ContactPoint.objects.select_for_update(no_key=True, of=("self",)).select_related("member")
    contact = rows.filter(pk=contact_id, suspended_at__lte=since).first()
    if contact is None:
        return False
    contact.suspended_at = None
    contact.save(update_fields=["suspended_at"])
    subject = f"member:{contact.member.ref}"
    log("contact.confirmed", subject=subject, actor=actor, channel=contact.channel, contact=contact.pk)
    return True


@transaction.atomic
def confirm_contact(*, member_id: int, channel: Channel, address: str, actor: str) -> bool:
    """Note that an address is the member's own, by their own act from it; say whether that was new.

    Logged as `contact.confirmed`.
    """
    rows = ContactPoint.objects.select_for_update(no_key=True).select_related("member")
    contact = rows.filter(member=member_id, channel=channel, address=address).first()
    if contact is None or (contact.confirmed_at is not None and contact.suspended_at is None):
        return False
    contact.confirmed_at, contact.suspended_at = clock.now(), None
    contact.save(update_fields=["confirmed_at", "suspended_at"])
    log(
        "contact.confirmed",
        subject=f"member:{contact.member.ref}",
        actor=actor,
        channel=channel.value,
        contact=contact.pk,
    )
    return True
