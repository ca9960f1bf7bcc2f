"""Joining by oneself: an application waits until a code, sent to the address given, comes back."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import replace

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, Sum

from hueandcry.domain.members.actions import _contact, _place, add_contact, agree, join, resume
from hueandcry.domain.members.actions.hearing import hear_from
from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.actions.schemes import ask_to_join
from hueandcry.domain.members.actions.stopping import lift
from hueandcry.domain.members.models import (
    Application,
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    Preference,
    Scheme,
)
from hueandcry.domain.members.queries.applying import get_application, known_as, waiting
from hueandcry.domain.members.rules import (
    CONSENT_VERSION,
    ApplicationState,
    Channel,
    ConsentHow,
    Door,
    KnownError,
    MemberError,
    MemberState,
    NewContact,
    NewMember,
    PlaceUse,
    Purpose,
    SchemeState,
)
from hueandcry.domain.members.rules.applying import (
    A_DAY,
    CODE_LIFE,
    KEPT,
    MOST_PLACES_OWN,
    LimitError,
    Wish,
    as_answers,
    as_wish,
    check_codes,
    check_tries,
    check_wish,
    code_for,
    is_code,
)
from hueandcry.domain.members.rules.joining import language_in
from hueandcry.domain.members.rules.texting import SAME_PLACE_M
from hueandcry.domain.organisations.models import Officer, Organisation
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from hueandcry.kit.words import say, speaking

__all__ = [
    "LimitError",
    "MemberError",
    "apply",
    "apply_elsewhere",
    "confirm",
    "confirm_by_officer",
    "drop",
    "see_waiting",
    "send_again",
]

BY_PAGE = "page:join"


@transaction.atomic
def apply(*, wish: Wish) -> Application:
    """Keep what somebody wishes until their code comes back. Logged as `application.opened`, which sends the code.

    The same, known to us or not. What is sent twice is one application. A letter carries no code: an officer confirms.

    Raises:
        MemberError: something is missing or wrong, or a place lies outside the force.
        LimitError: this address has had enough codes for today.
    """
    check_wish(wish)
    contact = _contact(wish.contact)
    places = tuple(_place(place) for place in wish.places)
    answers = as_answers(replace(wish, places=places))
    now = clock.now()
    _one_at_a_time(contact.address)
    twin = (
        Application.objects.filter(
            state=ApplicationState.CODE,
            channel=contact.channel,
            address=contact.address,
            expires_at__gt=now,
            answers=answers,
        )
        .order_by("-id")
        .first()
    )
    if twin is not None:
        return twin
    by_letter = contact.channel == Channel.POST
    if not by_letter:
        check_codes(sent_today=_sent_today(contact.address))
    made = Application.objects.create(
        door=Door.WEB,
        state=ApplicationState.CODE,
        channel=contact.channel,
        address=contact.address,
        answers=answers,
        language=wish.language,
        salt=secrets.token_urlsafe(24),
        codes_sent=0 if by_letter else 1,
        opened_at=now,
        expires_at=now + (KEPT if by_letter else CODE_LIFE),
    )
    log("application.opened", subject=f"application:{made.ref}", actor=BY_PAGE, channel=contact.channel.value)
    return made


@transaction.atomic
def apply_elsewhere(*, wish: Wish) -> Application:
    """Keep who lives elsewhere and asked to be passed on, for an officer to do so. Logged as `application.elsewhere`.

    Raises:
        MemberError: there is no name or no way to reach them.
        LimitError: this address was given too often today.
    """
    if not wish.name or not wish.places:
        raise MemberError(say("Write your name and your place, so that the other force knows whom it is for."))
    contact = _contact(wish.contact)
    now = clock.now()
    _one_at_a_time(contact.address)
    same = Application.objects.filter(
        state=ApplicationState.ELSEWHERE, channel=contact.channel, address=contact.address, opened_at__gt=now - A_DAY
    )
    twin = same.order_by("-id").first()
    if twin is not None:
        return twin
    made = Application.objects.create(
        door=Door.WEB,
        state=ApplicationState.ELSEWHERE,
        channel=contact.channel,
        address=contact.address,
        answers=as_answers(wish),
        language=wish.language,
        salt=secrets.token_urlsafe(24),
        opened_at=now,
        expires_at=now,
    )
    log("application.elsewhere", subject=f"application:{made.ref}", actor=BY_PAGE)
    return made


@transaction.atomic
def send_again(*, sealed: str) -> Application:
    """Send a new code; the old one holds no more. Logged as `application.code_asked`, which sends it.

    Raises:
        NotHereError: there is no such application.
        MemberError: they have joined already, or it waits for an officer.
        LimitError: this address has had enough codes for today.
    """
    address = get_application(sealed=sealed).address
    _one_at_a_time(address)
    one = _locked(sealed)
    if one.state != ApplicationState.CODE or one.channel == Channel.POST:
        raise MemberError(
            say("No code is needed any more. The link to your own page is in the message that we sent you.")
        )
    check_codes(sent_today=_sent_today(one.address))
    one.codes_sent, one.tries, one.expires_at = one.codes_sent + 1, 0, clock.now() + CODE_LIFE
    one.save(update_fields=["codes_sent", "tries", "expires_at"])
    log("application.code_asked", subject=f"application:{one.ref}", actor=BY_PAGE, codes=one.codes_sent)
    return one


def confirm(*, sealed: str, code: str) -> Member:
    """Take somebody in whose code came back, once. Logged as `member.joined` and `contact.confirmed`.

    The right code again, within its half hour, gives the same member again: a double press changes nothing.

    Raises:
        NotHereError: there is no such application.
        LimitError: the code is too old, or there were too many tries.
        MemberError: it is not the code.
    """
    with transaction.atomic():
        one = _locked(sealed)
        refused = _try(one, code)
        if not refused:
            return _taken_in(one, taken_by=BY_PAGE)
    # Only now: a wrong try counts, whatever is said about it.
    raise refused


@transaction.atomic
def see_waiting(*, officer: Officer) -> list[Application]:
    """Show an officer who waits for one, oldest first. Logged as `application.consulted` for each."""
    found = waiting(officer=officer)
    for one in found:
        log("application.consulted", subject=f"application:{one.ref}", actor=officer.as_actor())
    return found


@transaction.atomic
def confirm_by_officer(*, ref: str, officer: Officer) -> Member:
    """Take in somebody who is reached by letter, when an officer has made sure of them. Logged as `member.joined`.

    Raises:
        NotHereError: nobody waits under this reference, or they are not for this officer.
        MemberError: a place is no longer known.
    """
    one = _waiting(ref, officer)
    if one.state != ApplicationState.CODE:
        raise NotHereError(f"application:{ref}")
    return _taken_in(one, taken_by=officer.as_actor())


@transaction.atomic
def drop(*, ref: str, officer: Officer, passed_on: bool) -> None:
    """End an application that waited for an officer, and forget who it was. Logged as `application.ended`.

    Raises:
        NotHereError: nobody waits under this reference, or they are not for this officer.
    """
    one = _waiting(ref, officer)
    one.state, one.answers, one.address = ApplicationState.GIVEN_UP, {}, ""
    one.save(update_fields=["state", "answers", "address"])
    log("application.ended", subject=f"application:{ref}", actor=officer.as_actor(), passed_on=passed_on)


def _waiting(ref: str, officer: Officer) -> Application:
    if ref not in {one.ref for one in waiting(officer=officer)}:
        raise NotHereError(f"application:{ref}")
    return Application.objects.select_for_update(no_key=True).get(ref=ref)


def _locked(sealed: str) -> Application:
    ref = get_application(sealed=sealed).ref
    return Application.objects.select_for_update(no_key=True).get(ref=ref)


def _try(one: Application, code: str) -> MemberError | None:
    """Try a code, count it, and say what is wrong with it; the same words and work for whoever is known already."""
    right = is_code(code, code_for(key=settings.SECRET_KEY, salt=one.salt, address=one.address, attempt=one.codes_sent))
    if one.state not in {ApplicationState.CODE, ApplicationState.JOINED} or one.channel == Channel.POST:
        return LimitError(say("Nothing waits for a code here any more. Start again if you want to join."))
    try:
        check_tries(tries=one.tries, expires_at=one.expires_at, now=clock.now())
    except LimitError as refusal:
        return refusal
    if right:
        return None
    one.tries += 1
    one.save(update_fields=["tries"])
    return MemberError(say("That is not the code that we sent. It has six figures; the newest one counts."))


def _taken_in(one: Application, *, taken_by: str) -> Member:
    if one.state == ApplicationState.JOINED and one.member is not None:
        return one.member
    if one.answers.get("adds") and one.member is not None:
        return _added(one, one.member)
    wish = as_wish(one.answers, channel=Channel(one.channel), address=one.address, language=one.language)
    known = known_as(name=wish.name, address=one.address)
    member = _back(known, wish, taken_by) if known is not None else _joined(wish, taken_by)
    now = clock.now()
    one.state, one.member = ApplicationState.JOINED, member
    one.save(update_fields=["state", "member"])
    contact = ContactPoint.objects.get(member=member, channel=one.channel, address=one.address)
    if contact.confirmed_at is None or contact.suspended_at is not None:
        contact.confirmed_at, contact.suspended_at = contact.confirmed_at or now, None
        contact.save(update_fields=["confirmed_at", "suspended_at"])
    log(
        "contact.confirmed",
        subject=f"member:{member.ref}",
        actor=taken_by,
        channel=one.channel,
        contact=contact.pk,
    )
    log("application.joined", subject=f"application:{one.ref}", actor=taken_by, member=member.ref)
    return member


def _added(one: Application, member: Member) -> Member:
    """Add the number or address to its member, for whom they hear already."""
    hears = Consent.objects.filter(member=member, purpose=Purpose.ALERT, withdrawn_at=None)
    organisations = set(hears.values_list("organisation_id", flat=True)) | {force().pk}
    channel = Channel(one.channel)
    # The page of the code may speak another language than the one where they agreed.
    wording = one.answers.get("wording", CONSENT_VERSION)
    # Whoever has it already puts right that messages came back, and agrees anew.
    mine = ContactPoint.objects.filter(member=locked(member_id=member.pk), channel=channel, address=one.address)
    known = mine.update(confirmed_at=clock.now(), suspended_at=None)
    if not known:
        add_contact(
            member_id=member.pk,
            contact=NewContact(channel, one.address),
            organisation_ids=sorted(organisations),
            how=ConsentHow.WEB,
            taken_by=f"member:{member.ref}",
            wording=wording,
        )
    for organisation in sorted(organisations) if known else ():
        agree(
            member_id=member.pk,
            organisation_id=organisation,
            channel=channel,
            how=ConsentHow.WEB,
            taken_by=f"member:{member.ref}",
            wording=wording,
        )
    heard = Consent.objects.filter(member=member, withdrawn_at=None).exclude(scheme=None)
    with speaking(language_in(wording)):
        hear_from(
            member_ids=[member.pk],
            scheme_ids=sorted(set(heard.values_list("scheme_id", flat=True))),
            channels=(channel,),
            how=ConsentHow.WEB,
            taken_by=f"member:{member.ref}",
        )
    one.state = ApplicationState.JOINED
    one.save(update_fields=["state"])
    contact = ContactPoint.objects.get(member=member, channel=channel, address=one.address)
    log(
        "contact.confirmed",
        subject=f"member:{member.ref}",
        actor=f"member:{member.ref}",
        channel=channel.value,
        contact=contact.pk,
    )
    return member


def _joined(wish: Wish, taken_by: str) -> Member:
    """Make the member with everything that they wished.

    Raises:
        MemberError: something was closed since they filled in the form.
    """
    ours = force()
    new = NewMember(
        name=wish.name,
        places=wish.places,
        contacts=(wish.contact,),
        organisations=(ours.pk,),
        purposes=wish.purposes,
        topics=wish.topics,
    )
    try:
        member = join(member=new, how=ConsentHow.WEB, taken_by=taken_by, wording=wish.wording)
    except KnownError:
        # The owner of the address has just proved that it is theirs: nothing is told to anybody else.
        known = known_as(name=wish.name, address=_contact(wish.contact).address)
        if known is None:
            raise
        return _back(known, wish, taken_by)
    if member.language != wish.language:
        member.language = wish.language
        member.save(update_fields=["language"])
    for scheme in Scheme.objects.filter(pk__in=wish.schemes, state=SchemeState.ACTIVE).order_by("pk"):
        ask_to_join(member_id=member.pk, scheme_id=scheme.pk)
    _choose(member, wish)
    for partner in _partners(wish):
        _agree(member, partner, wish, (Purpose.ALERT,), taken_by)
    return member


def _back(member: Member, wish: Wish, taken_by: str) -> Member:
    """Take what a member who joins anew agrees to now; the code came from their address, so a stop gives way to it.

    Where they are is added to what they have. What they did not ask for now stays stopped.
    """
    member = locked(member_id=member.pk)
    channel = wish.contact.channel
    if ContactPoint.objects.filter(member=member, channel=channel, address=wish.contact.address).exists():
        heard = (force().pk, *_partners(wish))
        lift(channel=channel, address=wish.contact.address, organisation_ids=heard)
        for organisation in heard:
            _agree(
                member, organisation, wish, wish.purposes if organisation == heard[0] else (Purpose.ALERT,), taken_by
            )
    if member.state == MemberState.PAUSED:
        resume(member_id=member.pk, actor=taken_by)
    _add_places(member, wish, taken_by)
    Interest.objects.bulk_create([Interest(member=member, topic_id=one) for one in wish.topics], ignore_conflicts=True)
    for scheme in Scheme.objects.filter(pk__in=wish.schemes, state=SchemeState.ACTIVE).order_by("pk"):
        with suppress(MemberError):  # it did not take them in lately: its officers decide about that, not this form
            ask_to_join(member_id=member.pk, scheme_id=scheme.pk)
    _choose(member, wish)
    return member


def _add_places(member: Member, wish: Wish, taken_by: str) -> None:
    """Add the places that a member does not have yet, as many as fit."""
    mine = [(PlaceUse(one.use), Point(*one.point)) for one in MemberPlace.objects.filter(member=member)]
    for place in wish.places:
        point = place.point
        if point is None or len(mine) >= MOST_PLACES_OWN:
            continue
        if any(use == place.use and shapes.distance_m(at, point) <= SAME_PLACE_M for use, at in mine):
            continue
        MemberPlace.objects.create(member=member, use=place.use, name=place.name, postcode=place.postcode, point=point)
        mine.append((place.use, point))
        log("member.place_added", subject=f"member:{member.ref}", actor=taken_by, use=place.use.value)


def _partners(wish: Wish) -> list[int]:
    """Return the partners that may be heard, of those that somebody chose."""
    rows = Organisation.objects.filter(pk__in=wish.partners).exclude(
        kind__in=(OrganisationKind.FORCE, OrganisationKind.NEIGHBOUR)
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _agree(member: Member, organisation: int, wish: Wish, purposes: tuple[Purpose, ...], taken_by: str) -> None:
    agree(
        member_id=member.pk,
        organisation_id=organisation,
        channel=wish.contact.channel,
        purposes=purposes,
        how=ConsentHow.WEB,
        taken_by=taken_by,
        wording=wish.wording,
    )


def _choose(member: Member, wish: Wish) -> None:
    """Keep the ways and hours that somebody chose; what they said last counts."""
    Preference.objects.bulk_create(
        [
            Preference(
                member=member,
                priority=choice.priority,
                channel=choice.channel,
                wanted=choice.wanted,
                from_minute=choice.from_minute,
                until_minute=choice.until_minute,
            )
            for choice in wish.choices
        ],
        update_conflicts=True,
        unique_fields=["member", "priority", "channel"],
        update_fields=["wanted", "from_minute", "until_minute"],
    )


def _one_at_a_time(address: str) -> None:
    """Wait for whoever is at this address too: the same form sent twice at once is one application."""
    key = int.from_bytes(hashlib.sha256(_bare(address).encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _bare(address: str) -> str:
    """Return an e-mail address without what stands after a plus sign: all of these are one person's mailbox."""
    name, at, host = address.partition("@")
    return f"{name.partition('+')[0]}{at}{host}"


def _sent_today(address: str) -> int:
    bare = _bare(address)
    name, at, host = bare.partition("@")
    mine = Q(address=bare)
    if at:
        mine |= Q(address__startswith=f"{name}+", address__endswith=f"@{host}")
    rows = Application.objects.filter(mine, opened_at__gt=clock.now() - A_DAY)
    return rows.aggregate(sent=Sum("codes_sent"))["sent"] or 0
