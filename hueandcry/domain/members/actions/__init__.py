"""Joining, agreeing, pausing, leaving; schemes; every write about members."""

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from hueandcry.domain.members import queries
from hueandcry.domain.members.actions.hearing import hear_from
from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.actions.reach import refreshed_once
from hueandcry.domain.members.actions.schemes import found_scheme, join_scheme
from hueandcry.domain.members.actions.stopping import BY, admit, end_agreements, keep_stops_of
from hueandcry.domain.members.models import (
    Consent,
    ContactPoint,
    Interest,
    KeyContact,
    Member,
    MemberPlace,
    Membership,
    Suppression,
)
from hueandcry.domain.members.queries.vetting import checks_of
from hueandcry.domain.members.rules import (
    CONSENT_VERSION,
    OUTSIDE,
    THANKS,
    Channel,
    ConsentHow,
    KnownError,
    Language,
    MemberDetail,
    MemberError,
    MembershipState,
    MemberState,
    NewContact,
    NewMember,
    NewPlace,
    Purpose,
    Reading,
    Tier,
    check_new,
)
from hueandcry.domain.members.rules.vetting import tier_until
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.domain.places.queries import check_in_force, find
from hueandcry.domain.places.rules import PlaceError
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, phone, postcodes
from hueandcry.kit.geometry import Point
from hueandcry.kit.integrity import refusals
from hueandcry.kit.refs import new_long_ref, new_token
from hueandcry.kit.words import say

__all__ = [
    "KnownError",
    "MemberError",
    "add_contact",
    "agree",
    "bulk_join",
    "consult",
    "found_scheme",
    "join",
    "join_scheme",
    "leave",
    "pause",
    "resume",
    "set_tier",
    "suspend_contact",
    "withdraw",
]


# ---------------------------------------------------------------- joining


@transaction.atomic
def join(*, member: NewMember, how: ConsentHow, taken_by: str, wording: str = CONSENT_VERSION) -> Member:
    """Take somebody in, with what they agreed to and in which words. Logged as `member.joined`.

    `taken_by` is the reference of who took it (`officer:9XW4TR`), or of the door (`page:join`).

    Raises:
        MemberError: something is missing or wrong, a place lies outside the force, or an address asked us to stop.
        KnownError: they are a member already; an outsider reads the same thanks as anybody.
    """
    member = _normalised(member)
    _check_once(member, how)
    now = member.joined_at or clock.now()
    for contact in member.contacts:
        admit(
            channel=contact.channel,
            contacts=[(contact.address, now if contact.confirmed else None)],
            organisation_ids=dict.fromkeys(member.organisations),
            how=how,
            on_the_spot=True,
        )
    made = Member.objects.create(name=member.name, tier=member.tier, joined_at=now, note=member.note)
    MemberPlace.objects.bulk_create(
        MemberPlace(member=made, use=place.use, name=place.name, postcode=place.postcode, point=place.point)
        for place in member.places
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            member=made,
            channel=contact.channel,
            address=contact.address,
            rank=rank,
            confirmed_at=now if contact.confirmed else None,
        )
        for rank, contact in enumerate(member.contacts, start=1)
    )
    Consent.objects.bulk_create(
        Consent(
            member=made,
            organisation_id=organisation,
            purpose=purpose,
            channel=channel,
            wording=wording,
            how=how,
            taken_by=taken_by,
            given_at=now,
        )
        for organisation, purpose, channel in _agreements(member)
    )
    Interest.objects.bulk_create(Interest(member=made, topic_id=topic) for topic in dict.fromkeys(member.topics))
    Membership.objects.bulk_create(
        Membership(member=made, scheme_id=scheme, role=role, joined_at=now) for scheme, role in member.schemes
    )
    if member.schemes:
        hear_from(member_ids=[made.pk], how=how, taken_by=taken_by)
    log("member.joined", subject=f"member:{made.ref}", actor=taken_by, how=how.value, places=len(member.places))
    return made


@transaction.atomic
def bulk_join(
    *, rows: Iterable[NewMember], how: ConsentHow, taken_by: str, wording: str = CONSENT_VERSION
) -> Sequence[int]:
    """Take in thousands from a loader, all or none, and return their ids. Logged once as `members.brought_over`.

    The rows are normalised already and every place has its point. Their own `ref` is kept when they have one. Where
    somebody asked to stop nothing is agreed; whoever is left without a way, or without anything agreed, is left out.

    Raises:
        MemberError: a row has no point or no agreement, or somebody is here already, by name and address.
    """
    given = list(rows)
    now = clock.now()
    _check_rows(given)
    stops = _stops_among(given)
    members = [
        one for one in (_but_stopped(row, stops) for row in given) if one.contacts and any(_agreements(one, stops))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('members_member', 'id')) FROM generate_series(1, %s)",
            [len(members)],
        )
        ids = [row[0] for row in cursor.fetchall()]
    refs = _free_refs(members)
    numbered = list(zip(ids, members, strict=True))
    with refreshed_once(new=True) as written:
        written.extend(ids)
        _copy(
            "members_member (id, ref, name, state, tier, language, reading, joined_at, page_token, note)",
            (
                (
                    pk,
                    ref,
                    one.name,
                    MemberState.ACTIVE,
                    one.tier,
                    Language.ENGLISH,
                    Reading.ORDINARY,
                    one.joined_at or now,
                    new_token(),
                    one.note,
                )
                for (pk, one), ref in zip(numbered, refs, strict=True)
            ),
        )
        _copy(
            "members_memberplace (member_id, use, name, postcode, point)",
            (
                (pk, place.use, place.name, place.postcode, _point_text(place.point))
                for pk, one in numbered
                for place in one.places
            ),
        )
        _copy(
            "members_contactpoint (member_id, channel, address, rank, confirmed_at, shared)",
            (
                (
                    pk,
                    contact.channel,
                    contact.address,
                    rank,
                    (one.joined_at or now) if contact.confirmed else None,
                    False,
                )
                for pk, one in numbered
                for rank, contact in enumerate(one.contacts, start=1)
            ),
        )
        _copy(
            "members_consent (member_id, organisation_id, purpose, channel, wording, how, taken_by, given_at, evidence,"
            " withdrawn_by)",
            (
                (pk, organisation, purpose, channel, wording, how, taken_by, one.joined_at or now, "", "")
                for pk, one in numbered
                for organisation, purpose, channel in _agreements(one, stops)
            ),
        )
        _copy(
            "members_interest (member_id, topic_id)",
            ((pk, topic) for pk, one in numbered for topic in dict.fromkeys(one.topics)),
        )
        _copy(
            "members_membership (member_id, scheme_id, role, state, joined_at)",
            (
                (pk, scheme, role, MembershipState.IN, one.joined_at or now)
                for pk, one in numbered
                for scheme, role in one.schemes
            ),
        )
        with connection.cursor() as cursor:
            # Thousands of rows that the planner has not heard of would be looked for one by one: for 33,000 in an empty
            # installation that has no end.
            for table in ("member", "memberplace", "contactpoint", "consent", "interest", "membership"):
                cursor.execute(f"ANALYZE members_{table}")
        hear_from(member_ids=ids, how=how, taken_by=taken_by, quiet=True)
    with connection.cursor() as cursor:
        # Before the next audience is counted, not when autovacuum comes round.
        cursor.execute("ANALYZE members_consent, members_reach")
    log(
        "members.brought_over",
        subject=f"load:{new_long_ref()}",
        actor=taken_by,
        how=how.value,
        members=len(members),
        left_out=len(given) - len(members),
    )
    return ids


# Which organisation an address wants nothing from; None: from nobody.
_Stops = frozenset[tuple[str, str, int | None]]


def _stops_among(members: Sequence[NewMember]) -> _Stops:
    """Return which addresses of these rows asked whom to stop."""
    if not Suppression.objects.exists():
        return frozenset()
    addresses = {(contact.channel.value, contact.address) for one in members for contact in one.contacts}
    organisations = {organisation for one in members for organisation in one.organisations}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT new.channel, new.address, organisation.id
            FROM unnest(%s::text[], %s::text[]) AS new(channel, address)
            CROSS JOIN unnest(%s::bigint[]) AS organisation(id)
            JOIN members_suppression AS stop ON stop.channel = new.channel AND stop.address_hash = sha256(
                convert_to(new.channel || ':' || new.address || COALESCE(':' || organisation.id, ''), 'UTF8')
            )
            """,
            [*(list(column) for column in zip(*sorted(addresses), strict=True)), [None, *sorted(organisations)]],
        )
        return frozenset(cursor.fetchall())


def _but_stopped(member: NewMember, stops: _Stops) -> NewMember:
    """Return the member without the addresses that want nothing from anybody."""
    kept = tuple(contact for contact in member.contacts if (contact.channel.value, contact.address, None) not in stops)
    return member if len(kept) == len(member.contacts) else replace(member, contacts=kept)


def _agreements(member: NewMember, stops: _Stops = frozenset()) -> Iterator[tuple[int, Purpose, Channel]]:
    """Return what a member agrees to, but by no channel of which every address stopped that organisation."""
    for organisation in dict.fromkeys(member.organisations):
        heard = dict.fromkeys(
            contact.channel
            for contact in member.contacts
            if (contact.channel.value, contact.address, organisation) not in stops
        )
        for purpose, channel in itertools.product(dict.fromkeys(member.purposes), heard):
            yield organisation, purpose, channel


def _normalised(member: NewMember) -> NewMember:
    """Return the member with numbers, addresses and places as we keep them.

    Raises:
        MemberError: naming what is wrong.
    """
    check_new(member)
    contacts = tuple(dict.fromkeys(_contact(contact) for contact in member.contacts))
    return replace(
        member,
        name=" ".join(member.name.split()),
        contacts=contacts,
        places=tuple(_place(place) for place in member.places),
    )


def _contact(contact: NewContact) -> NewContact:
    """Return the contact with its address as we keep it.

    Raises:
        MemberError: saying what is wrong with the number or address.
    """
    if contact.channel == Channel.EMAIL:
        return replace(contact, address=_mailbox(contact.address))
    if contact.channel == Channel.POST:
        return replace(contact, address=" ".join(contact.address.split()))
    try:
        number = phone.normalise(contact.address)
    except phone.PhoneError as refusal:
        raise MemberError(str(refusal)) from refusal
    if contact.channel == Channel.SMS and phone.kind(number) == phone.PhoneKind.LANDLINE:
        raise MemberError("A landline cannot take texts: add it as a number for phone calls.")
    if contact.channel == Channel.WHATSAPP and phone.kind(number) != phone.PhoneKind.MOBILE:
        raise MemberError(say("WhatsApp needs a mobile number: give that, or add this one for phone calls."))
    return replace(contact, address=number)


def _mailbox(text: str) -> str:
    address = "".join(text.split()).lower()
    try:
        validate_email(address)
    except ValidationError as refusal:
        raise MemberError("Write the e-mail address in full, such as name@example.org.") from refusal
    return address


def _place(place: NewPlace) -> NewPlace:
    """Return the place with its point and its postcode as we keep them.

    Raises:
        MemberError: the postcode is unknown, or the place lies outside the force.
    """
    try:
        code = postcodes.normalise(place.postcode).replace(" ", "") if place.postcode.strip() else ""
        point = place.point or find(text=code)[0].point
        check_in_force(point=point)
    except (postcodes.PostcodeError, PlaceError) as refusal:
        raise MemberError(str(refusal)) from refusal
    return replace(place, point=point, postcode=code)


def _check_once(member: NewMember, how: ConsentHow) -> None:
    """Refuse somebody who is here already: same name, and a contact address or (without any in common) none.

    Raises:
        KnownError: telling an officer whom to open, an outsider nothing.
    """
    addresses = sorted({contact.address for contact in member.contacts})
    with connection.cursor() as cursor:
        # The same form sent twice at once waits here for the first to end.
        for address in addresses:
            key = int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], "big", signed=True)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    known = ContactPoint.objects.filter(address__in=addresses, member__name__iexact=member.name)
    known = known.exclude(member__state=MemberState.LEFT).order_by("member_id")
    ref = known.values_list("member__ref", flat=True).first()
    if ref is None:
        return
    if how in OUTSIDE:
        raise KnownError(say(THANKS))
    raise KnownError(
        f"{member.name} is a member already, with the same number or address ({ref}): "
        "open that member and add the new place or way to reach them there."
    )


def _check_rows(members: Sequence[NewMember]) -> None:
    """Refuse rows that a loader may not bring.

    Raises:
        MemberError: naming the row.
    """
    seen: dict[tuple[str, str], int] = {}
    for row, member in enumerate(members, start=1):
        try:
            check_new(member)
        except MemberError as refusal:
            raise MemberError(f"Row {row}: {refusal}") from None
        if any(place.point is None for place in member.places):
            raise MemberError(f"Row {row}: a place has no point: look up its postcode first.")
        for contact in member.contacts:
            first = seen.setdefault((member.name.casefold(), contact.address), row)
            if first != row:
                raise MemberError(f"Row {row} is the same person as row {first}: leave one of them out.")
    names, addresses = [name for name, _ in seen], [address for _, address in seen]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT member.ref FROM unnest(%s::text[], %s::text[]) AS new(name, address)
            JOIN members_contactpoint AS contact ON contact.address = new.address
            JOIN members_member AS member ON member.id = contact.member_id AND lower(member.name) = new.name
            WHERE member.state <> 'left' LIMIT 1
            """,
            [names, addresses],
        )
        known = cursor.fetchone()
    if known:
        raise MemberError(f"Somebody in these rows is a member already ({known[0]}): leave them out; nobody was added.")


def _free_refs(members: Sequence[NewMember]) -> list[str]:
    """Return a reference for each, their own or a new one that nobody has."""
    taken = {member.ref for member in members if member.ref}
    refs: list[str] = []
    while len(refs) < sum(not member.ref for member in members):
        fresh = {new_long_ref() for _ in range(len(members) - len(refs))} - taken
        fresh -= set(Member.objects.filter(ref__in=fresh).values_list("ref", flat=True))
        taken |= fresh
        refs.extend(fresh)
    given = iter(refs)
    return [member.ref or next(given) for member in members]


def _copy(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _point_text(point: Point | None) -> str | None:
    return None if point is None else f"({point.lon!r},{point.lat!r})"


# ---------------------------------------------------------------- looking


@transaction.atomic
def consult(*, officer: Officer, ref: str) -> MemberDetail:
    """Open one member for an officer. Logged as `member.consulted`: looking is kept too.

    A partner's officer sees what concerns their own organisation only.

    Raises:
        NotHereError: there is none, or they are not for this officer.
    """
    member = queries.get_member(officer=officer, ref=ref)
    log("member.consulted", subject=f"member:{member.ref}", actor=officer.as_actor())
    return _seen_by(officer, member)


def see_contacts(*, officer: Officer, ref: str) -> MemberDetail:
    """Open one member with their numbers and addresses in full. Logged as `member.contact_seen`.

    Raises:
        NotHereError: there is none, or they are not for this officer.
    """
    member = queries.get_member(officer=officer, ref=ref)
    log("member.contact_seen", subject=f"member:{member.ref}", actor=officer.as_actor())
    return _seen_by(officer, member)


def _seen_by(officer: Officer, member: Member) -> MemberDetail:
    seen = queries.detail(member_id=member.pk)
    if officer.organisation.kind == OrganisationKind.FORCE:
        return seen
    own = {line.ref for line in queries.scheme_lines(officer=officer)}
    return replace(
        seen,
        note="",
        consents=tuple(line for line in seen.consents if line.organisation_id == officer.organisation_id),
        schemes=tuple(line for line in seen.schemes if line.scheme_ref in own),
    )


# ---------------------------------------------------------------- agreeing


@transaction.atomic
def agree(
    *,
    member_id: int,
    organisation_id: int,
    channel: Channel,
    purposes: Sequence[Purpose] = (Purpose.ALERT,),
    how: ConsentHow,
    taken_by: str,
    wording: str = CONSENT_VERSION,
) -> int:
    """Write down what a member agreed to, and return how much of it is new. Logged as `consent.given`.

    Raises:
        MemberError: they have left, or the number or address asked us to stop.
    """
    member = locked(member_id=member_id)
    contacts = ContactPoint.objects.filter(member=member, channel=channel).values_list("address", "confirmed_at")
    admit(channel=channel, contacts=contacts, organisation_ids=[organisation_id], how=how)
    standing = set(
        Consent.objects.filter(
            member=member, organisation_id=organisation_id, scheme=None, channel=channel, withdrawn_at=None
        ).values_list("purpose", flat=True)
    )
    new = [purpose for purpose in dict.fromkeys(purposes) if purpose not in standing]
    Consent.objects.bulk_create(
        Consent(
            member=member,
            organisation_id=organisation_id,
            purpose=purpose,
            channel=channel,
            wording=wording,
            how=how,
            taken_by=taken_by,
            given_at=clock.now(),
        )
        for purpose in new
    )
    if new:
        log("consent.given", subject=f"member:{member.ref}", actor=taken_by, channel=channel.value, purposes=len(new))
    return len(new)


@transaction.atomic
def withdraw(*, member_id: int, channel: Channel | None = None, organisation_id: int | None = None, actor: str) -> int:
    """End what a member agreed to, by this channel and to this organisation or altogether; return how much.

    It holds at once: a message that waits looks again before it goes. Logged as `consent.withdrawn`.

    Raises:
        NotHereError: there is no such member.
    """
    member = locked(member_id=member_id, left=True)
    return end_agreements(member=member, channel=channel, organisation_id=organisation_id, actor=actor)


@transaction.atomic
def pause(*, member_id: int, until: dt.datetime | None = None, actor: str) -> Member:
    """Send a member nothing until then, or until they say. Logged as `member.paused`.

    Raises:
        MemberError: they have left, or the moment is past.
    """
    member = locked(member_id=member_id)
    if until is not None and until <= clock.now():
        raise MemberError("Choose a day that is still to come.")
    member.state, member.paused_until = MemberState.PAUSED, until
    member.save(update_fields=["state", "paused_until"])
    log("member.paused", subject=f"member:{member.ref}", actor=actor)
    return member


@transaction.atomic
def resume(*, member_id: int, actor: str) -> Member:
    """Send a paused member messages again. Logged as `member.resumed`.

    Raises:
        MemberError: they have left.
    """
    member = locked(member_id=member_id)
    member.state, member.paused_until = MemberState.ACTIVE, None
    member.save(update_fields=["state", "paused_until"])
    log("member.resumed", subject=f"member:{member.ref}", actor=actor)
    return member


@transaction.atomic
def leave(*, member_id: int, actor: str) -> Member:
    """Let a member go: every agreement and scheme ends at once, the rest by its lifetime. Logged as `member.left`.

    That no file brings their numbers back outlives them, as hashes.

    Raises:
        NotHereError: there is no such member.
    """
    member = locked(member_id=member_id, left=True)
    if member.state == MemberState.LEFT:
        return member
    now = clock.now()
    member.state, member.left_at, member.paused_until = MemberState.LEFT, now, None
    member.save(update_fields=["state", "left_at", "paused_until"])
    ended = Consent.objects.filter(member=member, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=actor[:BY])
    keep_stops_of(member=member)
    Membership.objects.filter(member=member, left_at=None).update(left_at=now)
    # As a key individual too: the desk then shows who may follow.
    KeyContact.objects.filter(member=member, ended_at=None).update(ended_at=now)
    log("member.left", subject=f"member:{member.ref}", actor=actor, agreements=ended)
    return member


# ---------------------------------------------------------------- ways to reach them, tier


@transaction.atomic
def add_contact(
    *,
    member_id: int,
    contact: NewContact,
    organisation_ids: Sequence[int],
    purposes: Sequence[Purpose] = (Purpose.ALERT,),
    how: ConsentHow,
    taken_by: str,
    wording: str = CONSENT_VERSION,
) -> ContactPoint:
    """Add a way to reach a member, last in their order, with what they agreed to. Logged as `contact.added`.

    Raises:
        MemberError: the number or address is wrong, is there already, or the member has left.
    """
    member = locked(member_id=member_id)
    contact = _contact(contact)
    last = ContactPoint.objects.filter(member=member).order_by("-rank").values_list("rank", flat=True).first() or 0
    sentence = "This member has that number or address already."
    with refusals(MemberError, {"members_contact_is_once_a_member": sentence}):
        made = ContactPoint.objects.create(
            member=member,
            channel=contact.channel,
            address=contact.address,
            rank=last + 1,
            confirmed_at=clock.now() if contact.confirmed else None,
        )
    for organisation in organisation_ids:
        agree(
            member_id=member.pk,
            organisation_id=organisation,
            channel=contact.channel,
            purposes=purposes,
            how=how,
            taken_by=taken_by,
            wording=wording,
        )
    log(
        "contact.added",
        subject=f"member:{member.ref}",
        actor=taken_by,
        channel=contact.channel.value,
        how=how.value,
        contact=made.pk,
    )
    return made


@transaction.atomic
def suspend_contact(*, channel: Channel, address: str, actor: str) -> int:
    """Use an address no more, for whomever has it, until they were asked: messages came back. Return for how many.

    Logged as `contact.suspended` for each member.
    """
    having = ContactPoint.objects.filter(channel=channel, address=address, suspended_at=None)
    # Members first, by id: members_reach is worked out under their locks (ADR 13, 15).
    list(Member.objects.select_for_update(no_key=True).filter(pk__in=having.values("member")).order_by("pk"))
    rows = ContactPoint.objects.select_for_update(of=("self",)).select_related("member")
    found = list(rows.filter(channel=channel, address=address, suspended_at=None).order_by("pk"))
    ContactPoint.objects.filter(pk__in=[contact.pk for contact in found]).update(suspended_at=clock.now())
    for contact in found:
        log(
            "contact.suspended",
            subject=f"member:{contact.member.ref}",
            actor=actor,
            channel=channel.value,
            contact=contact.pk,
        )
    return len(found)


@transaction.atomic
def set_tier(*, member_id: int, tier: Tier, actor: str) -> Member:
    """Say how far a member has been checked, until the first of its checks ends. Logged as `member.tier_set`.

    Raises:
        MemberError: they have left, or a check that the tier needs is missing or over.
    """
    member = locked(member_id=member_id)
    member.tier_until = tier_until(tier=tier, checks=checks_of(member_id=member_id), today=clock.today())
    old, member.tier = member.tier, tier
    member.save(update_fields=["tier", "tier_until"])
    log("member.tier_set", subject=f"member:{member.ref}", actor=actor, old=str(old), new=tier.value)
    return member
