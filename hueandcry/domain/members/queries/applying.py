"""Questions about people who come in from outside: their application, what is said to them, what is offered there."""

import hashlib
import hmac
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.members.models import Application, Consent, ContactPoint, Member, Scheme
from hueandcry.domain.members.queries.schemes import outline_of
from hueandcry.domain.members.queries.stopping import stopped_since
from hueandcry.domain.members.rules import ApplicationState, Channel, MemberState, PlaceUse, SchemeState
from hueandcry.domain.members.rules.applying import (
    CodeNote,
    Wish,
    agreements_in,
    as_wish,
    code_for,
    kinds_that_fit,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.domain.places.queries import areas_containing
from hueandcry.kit import clock, shapes
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from hueandcry.kit.text import fold

_SHORT = 16


@dataclass(frozen=True)
class Note:
    """What is to be said to an address, about which member, and how many messages that makes with those before it."""

    note: CodeNote
    channel: Channel
    address: str = field(repr=False)
    member_id: int | None
    language: str
    messages: int = 1


@dataclass(frozen=True)
class SchemeOffer:
    """One scheme as it is offered to somebody who joins."""

    id: int
    name: str
    about: str
    open_to_all: bool


# ---------------------------------------------------------------- the application


def pass_of(*, ref: str) -> str:
    """Return what stands in the address of the page where the code is typed; the audit's reference alone opens none."""
    seal = hmac.new(settings.SECRET_KEY.encode(), f"hueandcry join pass\n{ref}".encode(), hashlib.sha256)
    return f"{ref}-{seal.hexdigest()[:_SHORT]}"


def get_application(*, sealed: str) -> Application:
    """Return the application that this address opens.

    Raises:
        NotHereError: it opens none.
    """
    ref = sealed.partition("-")[0]
    if not hmac.compare_digest(pass_of(ref=ref).encode(), sealed.encode()):
        raise NotHereError("application")
    try:
        return Application.objects.get(ref=ref)
    except Application.DoesNotExist:
        raise NotHereError("application") from None


def waiting(*, officer: Officer) -> list[Application]:
    """Return who waits for an officer of the force: by letter, or to be passed on to another force; oldest first."""
    if not officer.may(Permission.MEMBER_WRITE) or officer.organisation.kind != OrganisationKind.FORCE:
        return []
    by_letter = Q(state=ApplicationState.CODE, channel=Channel.POST)
    return list(Application.objects.filter(by_letter | Q(state=ApplicationState.ELSEWHERE)).order_by("id"))


def application_code(*, ref: str) -> str:
    """Return the code of one application for whoever sends it, computed now and kept nowhere.

    Raises:
        NotHereError: there is no such application.
    """
    try:
        one = Application.objects.get(ref=ref)
    except Application.DoesNotExist:
        raise NotHereError(f"application:{ref}") from None
    return code_for(key=settings.SECRET_KEY, salt=one.salt, address=one.address, attempt=one.codes_sent)


def note_for(*, ref: str) -> Note:
    """Say what is to be said to the address of one application: a code, or to its owner alone that they are in already.

    Raises:
        NotHereError: there is no such application.
    """
    try:
        one = Application.objects.get(ref=ref)
    except Application.DoesNotExist:
        raise NotHereError(f"application:{ref}") from None
    channel = Channel(one.channel)
    if one.answers.get("adds"):
        waits = one.state == ApplicationState.CODE
        return Note(CodeNote.ADD, channel, one.address, None, one.language, one.codes_sent if waits else 0)
    if one.state == ApplicationState.JOINED:
        return Note(CodeNote.WELCOME, channel, one.address, one.member_id, one.language, one.codes_sent + 1)
    known = known_as(name=one.answers.get("name", ""), address=one.address)
    if known is not None:
        wish = as_wish(one.answers, channel=channel, address=one.address, language=one.language)
        which = CodeNote.KNOWN if _hears_all_of(known, wish) else CodeNote.BACK
        return Note(which, channel, one.address, known.pk, one.language, one.codes_sent)
    taken = ContactPoint.objects.filter(address=one.address, confirmed_at__isnull=False)
    shared = taken.exclude(member__state=MemberState.LEFT).exists()
    which = CodeNote.SHARED if shared else CodeNote.CODE
    return Note(which, channel, one.address, None, one.language, one.codes_sent)


def known_as(*, name: str, address: str) -> Member | None:
    """Return the member who has this name and this number or address already, if there is one."""
    rows = ContactPoint.objects.filter(address=address).exclude(member__state=MemberState.LEFT)
    for contact in rows.select_related("member").order_by("member_id"):
        if _same(contact.member.name, name):
            return contact.member
    return None


def _hears_all_of(member: Member, wish: Wish) -> bool:
    """Tell whether a member hears at this address already from whom and of what they agree to now.

    Not after a stop, while they pause, nor at a number that was never tried or where messages came back.
    """
    if member.state == MemberState.PAUSED and (member.paused_until is None or member.paused_until > clock.now()):
        return False
    channel, address = wish.contact.channel, wish.contact.address
    working = ContactPoint.objects.filter(
        member=member, channel=channel, address=address, confirmed_at__isnull=False, suspended_at=None
    )
    if not working.exists():
        return False
    rows = Consent.objects.filter(member=member, channel=channel, scheme=None, withdrawn_at=None)
    standing = set(rows.values_list("organisation_id", "purpose"))
    wanted = agreements_in(wish, ours=force().pk)
    if not standing.issuperset(wanted):
        return False
    asked = {organisation for organisation, _ in wanted}
    return not any(stopped_since(channel=channel, address=address, organisation_id=one) for one in asked)


def _same(one: str, other: str) -> bool:
    """Tell whether two names are one; of names without Latin letters nothing is left when folded."""
    if fold(one) or fold(other):
        return fold(one) == fold(other)
    return one.casefold() == other.casefold()


# ---------------------------------------------------------------- what is offered


def schemes_for(
    *, points: tuple[Point, ...], uses: tuple[PlaceUse, ...], topic_ids: tuple[int, ...]
) -> list[SchemeOffer]:
    """Return the running schemes of these places that fit what is there and the subjects chosen, by name.

    One without an area is for the whole force.
    """
    here = {area.id for point in points for area in areas_containing(point=point)}
    subjects = tuple(Topic.objects.filter(pk__in=topic_ids).values_list("slug", flat=True))
    kinds = [kind.value for kind in kinds_that_fit(uses=uses, subjects=subjects)]
    rows = Scheme.objects.filter(state=SchemeState.ACTIVE, kind__in=kinds).order_by("name")
    rows = rows.filter(~Q(outline="") | Q(area=None) | Q(area_id__in=here))
    return [
        SchemeOffer(scheme.pk, scheme.name, scheme.about, scheme.open_to_all)
        for scheme in rows
        if not scheme.outline or _holds(scheme, points)
    ]


def _holds(scheme: Scheme, points: tuple[Point, ...]) -> bool:
    shape = outline_of(scheme=scheme)
    return shape is not None and any(shapes.inside(shape, *point)[0] for point in points)
