"""A household signed up at the door: each draft counts once, however often and from wherever it is sent."""

from collections.abc import Iterable

from django.db import transaction

from hueandcry.domain.knowledge.queries import topics
from hueandcry.domain.members import actions, queries
from hueandcry.domain.members.actions import KnownError, MemberError
from hueandcry.domain.members.models import (
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    Membership,
    SignUp,
    Visit,
)
from hueandcry.domain.members.queries.visits import may_call, offers
from hueandcry.domain.members.rules import (
    Channel,
    ConsentHow,
    Language,
    MemberState,
    NewContact,
    NewMember,
    NewPlace,
    PlaceUse,
    SchemeRole,
    VisitState,
)
from hueandcry.domain.members.rules.doorstep import (
    EXACT_ENOUGH_M,
    Draft,
    Moment,
    Sent,
    Taken,
    TakenState,
    check_draft,
    door_among,
    right_moment,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.queries import PlaceError, addresses_at, place_in_force
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, phone, postcodes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point

__all__ = ["KnownError", "MemberError", "sign_up"]

_ALREADY = "This household came in already."
_KNOWN = (
    "A member has this number or address already. If this is the same household, add the place to them. "
    "If it is somebody else who shares the phone, tick that it is shared, then send again."
)
_NOT_YOURS = "Sign in as an officer who may sign members up."


@transaction.atomic
def sign_up(*, officer: Officer, draft: Draft, sent: Sent) -> Taken:
    """Take in what an officer wrote down at a door, once for each key.

    Logged as `member.joined` or `member.place_added`.

    The same key again, from another device too, gets the same answer; one that was refused may be mended and sent
    again. A refusal is kept with the key, so it is an answer here and not an error.

    Raises:
        MemberError: this officer may not sign anybody up.
    """
    if not may_call(officer=officer):
        raise MemberError(_NOT_YOURS)
    moment = right_moment(sent=sent, received_at=clock.now())
    row = _locked(officer, sent, moment)
    if row.member is not None:
        return _answer(officer, row.member)
    if row.outcome == TakenState.TAKEN:
        # Who it was has left and was erased since.
        return Taken(TakenState.TAKEN, say=_ALREADY)
    row.said_at, row.skew_s, row.received_at, row.officer = sent.said_at, moment.skew_s, clock.now(), officer
    try:
        with transaction.atomic():
            row.member = _take(officer, draft, moment)
    except KnownError as refusal:
        row.outcome = TakenState.KNOWN.value
        answer = Taken(TakenState.KNOWN, ref=_known(officer, draft), say=str(refusal))
    except (MemberError, PlaceError) as refusal:
        row.outcome = TakenState.REFUSED.value
        answer = Taken(TakenState.REFUSED, say=str(refusal))
    else:
        row.outcome = TakenState.TAKEN.value
        _register(officer, draft, sent, moment, row.member)
        answer = _answer(officer, row.member, doubt=moment.doubt)
    row.save(update_fields=["officer", "member", "said_at", "received_at", "skew_s", "outcome"])
    return answer


def _locked(officer: Officer, sent: Sent, moment: Moment) -> SignUp:
    """Return the row of this key; a second sender of the same key waits here for the first to end."""
    fresh = SignUp(
        key=sent.key, officer=officer, said_at=sent.said_at, received_at=clock.now(), skew_s=moment.skew_s, outcome=""
    )
    SignUp.objects.bulk_create([fresh], ignore_conflicts=True)
    return SignUp.objects.select_for_update(of=("self",), no_key=True).select_related("member").get(key=sent.key)


def _answer(officer: Officer, member: Member, doubt: str = "") -> Taken:
    """Return that they are in; only who may see them learns their reference."""
    try:
        ref = queries.get_member(officer=officer, ref=member.ref).ref
    except NotHereError:
        ref = ""
    return Taken(TakenState.TAKEN, ref=ref, say=doubt)


def _take(officer: Officer, draft: Draft, moment: Moment) -> Member:
    """Make the member, or add the place to the one who is known.

    Raises:
        KnownError: a member has the number or address already.
        MemberError: something is missing or wrong.
        PlaceError: the place is unknown or outside the force.
    """
    check_draft(draft)
    _check_offered(officer, draft)
    known = _known(officer, draft)
    if draft.add_to:
        if draft.add_to != known:
            raise MemberError("That member has another number now: sign this household up by itself.")
        return _add_place(officer, draft, moment, known)
    if known and not draft.shared:
        raise KnownError(_KNOWN)
    contacts = tuple(_contact(way, address) for way, address in draft.ways())
    made = actions.join(
        member=NewMember(
            name=draft.name.strip() or f"Household at {draft.house.strip()}",
            places=(_door(draft), *(NewPlace(place.postcode, None, place.use, place.name) for place in draft.places)),
            contacts=contacts,
            organisations=draft.organisations,
            purposes=draft.purposes,
            topics=draft.topics,
            schemes=tuple((scheme, SchemeRole.MEMBER) for scheme in draft.schemes),
            joined_at=moment.at,
        ),
        how=ConsentHow.SPOKEN,
        taken_by=officer.as_actor(),
        wording=draft.wording,
    )
    if draft.language != Language.ENGLISH:
        made.language = draft.language
        made.save(update_fields=["language"])
    if draft.shared:
        ContactPoint.objects.filter(member=made, channel__in=(Channel.SMS, Channel.VOICE)).update(shared=True)
    _where_it_was_said(made, draft, moment)
    return made


def _add_place(officer: Officer, draft: Draft, moment: Moment, ref: str) -> Member:
    """Add the door to a member who is known, with what they agreed to now. Logged as `member.place_added`."""
    member = Member.objects.select_for_update(no_key=True).get(ref=ref)
    door = _door(draft)
    point = place_in_force(postcode=door.postcode, point=door.point)
    code = postcodes.normalise(door.postcode).replace(" ", "") if door.postcode else ""
    before = set(Consent.objects.filter(member=member).values_list("pk", flat=True))
    if not MemberPlace.objects.filter(member=member, postcode=code, name__iexact=door.name).exists():
        MemberPlace.objects.create(member=member, use=door.use, name=door.name, postcode=code, point=point)
    for way, address in draft.ways():
        _agree(officer, draft, member, _contact(way, address))
    Interest.objects.bulk_create(
        [Interest(member=member, topic_id=topic) for topic in draft.topics], ignore_conflicts=True
    )
    for scheme in draft.schemes:
        if not Membership.objects.filter(member=member, scheme_id=scheme, left_at=None).exists():
            actions.join_scheme(member_id=member.pk, scheme_id=scheme, actor=officer.as_actor())
    _where_it_was_said(member, draft, moment, but=before)
    log("member.place_added", subject=f"member:{member.ref}", actor=officer.as_actor(), use=door.use.value)
    return member


def _agree(officer: Officer, draft: Draft, member: Member, contact: NewContact) -> None:
    """Write down what a known member agreed to by one way, which may be new to us."""
    taken_by, how = officer.as_actor(), ConsentHow.SPOKEN
    kept = _kept_as(contact.channel, contact.address)
    if not ContactPoint.objects.filter(member=member, channel=contact.channel, address__iexact=kept).exists():
        actions.add_contact(member_id=member.pk, contact=contact, organisation_ids=(), how=how, taken_by=taken_by)
    for organisation in draft.organisations:
        actions.agree(
            member_id=member.pk,
            organisation_id=organisation,
            channel=contact.channel,
            purposes=draft.purposes,
            how=how,
            taken_by=taken_by,
            wording=draft.wording,
        )


def _contact(way: Channel, address: str) -> NewContact:
    """Return a way to reach them: a number for texts waits for the YES to the welcome.

    The others have nothing to wait for: what is spoken at the door counts as it does at the desk.
    """
    return NewContact(way, address, confirmed=way != Channel.SMS)


def _where_it_was_said(member: Member, draft: Draft, moment: Moment, but: Iterable[int] = ()) -> None:
    """Write place, corrected time and doubt beside each agreement that is new."""
    rows = Consent.objects.filter(member=member, withdrawn_at=None).exclude(pk__in=list(but))
    rows.update(
        given_at=moment.at, given_at_point=draft.here.point if draft.here else None, evidence=moment.doubt[:200]
    )


def _register(officer: Officer, draft: Draft, sent: Sent, moment: Moment, member: Member) -> None:
    """Write the door down as registered, so that no colleague calls there again."""
    place = MemberPlace.objects.filter(member=member).order_by("-pk" if draft.add_to else "pk")[0]
    visit = Visit(
        key=sent.key,
        officer=officer,
        organisation_id=officer.organisation_id,
        postcode=place.postcode,
        door=" ".join(draft.house.split())[:80],
        point=place.point,
        state=VisitState.REGISTERED,
        at=moment.at,
        member=member,
    )
    Visit.objects.bulk_create([visit], ignore_conflicts=True)


def _door(draft: Draft) -> NewPlace:
    """Return the door itself: by the phone's position when that is exact enough, else the house, else the postcode."""
    spot = draft.here
    point = spot.point if spot and spot.accuracy_m <= EXACT_ENOUGH_M else _house(draft)
    return NewPlace(draft.postcode, point, PlaceUse.HOME, " ".join(draft.house.split())[:80])


def _house(draft: Draft) -> Point | None:
    """Return where the house is, when it is on the list of addresses of its postcode."""
    houses = addresses_at(postcode=draft.postcode)
    place = door_among([one.line for one in houses], draft.house)
    return None if place is None else houses[place].point


def _check_offered(officer: Officer, draft: Draft) -> None:
    """Refuse what is not offered any more: a phone may have been without signal for days.

    Raises:
        MemberError: naming what to take off.
    """
    offered = offers(officer=officer)
    if not set(draft.organisations) <= {one.id for one in offered.organisations}:
        raise MemberError("One of the organisations may not be chosen here: take it off, then send again.")
    if not set(draft.topics) <= {topic.id for topic in topics()}:
        raise MemberError("One of the subjects is closed now: take it off, then send again.")
    if not set(draft.schemes) <= {scheme.id for scheme in offered.schemes}:
        raise MemberError("One of the watch schemes is closed now: take it off, then send again.")


def _known(officer: Officer, draft: Draft) -> str:
    """Return the reference of the oldest member with one of these numbers whom this officer may see; "" for none."""
    rows = ContactPoint.objects.filter(address__in=[_kept_as(way, address) for way, address in draft.ways()])
    rows = rows.exclude(member__state=MemberState.LEFT).exclude(channel=Channel.POST).order_by("member_id")
    for ref in rows.values_list("member__ref", flat=True):
        try:
            return queries.get_member(officer=officer, ref=ref).ref
        except NotHereError:
            continue
    return ""


def _kept_as(way: Channel, address: str) -> str:
    """Return a number or address as it is kept; one that is wrong is as no member's is, and `join` says so."""
    if way in {Channel.SMS, Channel.VOICE}:
        try:
            return phone.normalise(address)
        except phone.PhoneError:
            return ""
    return " ".join(address.split()) if way == Channel.POST else "".join(address.split()).lower()
