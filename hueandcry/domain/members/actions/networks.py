"""Keeping key individual networks: communities, ways to them, key individuals, talks, hand-over, the pulse."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import transaction

from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import Community, KeyContact, Mechanism, Member, Pulse, Scheme, Talk
from hueandcry.domain.members.queries import networks as questions
from hueandcry.domain.members.rules import CommunityKind, KeyRole, MechanismKind, MemberError, TalkHow
from hueandcry.domain.members.rules.networks import (
    CADENCE_DAYS,
    DUE_SOON_DAYS,
    NOTE_MOST,
    check_answers,
    check_cadence,
    quarter_of,
)
from hueandcry.domain.members.rules.sentinel import cautions_in_note
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.models import Area
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.integrity import refusals

__all__ = [
    "MemberError",
    "add_mechanism",
    "answer_pulse",
    "change_key_contact",
    "end_community",
    "end_key_contact",
    "end_mechanism",
    "found_community",
    "hand_over",
    "log_talk",
    "make_key_contact",
    "mark_due",
    "name_successor",
    "use_mechanism",
]

NAME_MOST = 80
LOOK_BACK_DAYS = 366


# ---------------------------------------------------------------- communities and the ways to them


@transaction.atomic
def found_community(*, officer: Officer, kind: CommunityKind, name: str, area_id: int | None = None) -> Community:
    """Name a community that the force means to stay in touch with. Logged as `community.founded`.

    Raises:
        MemberError: it has no name, the name is taken, or there is no such area.
    """
    _check_may(officer)
    name = _named(name)
    if area_id is not None and not Area.objects.filter(pk=area_id).exists():
        raise MemberError("Choose an area from the list.")
    taken = f"There is a community called {name} already: open that one."
    with refusals(MemberError, {"members_community_name_is_unique": taken}):
        made = Community.objects.create(organisation_id=officer.organisation_id, kind=kind, name=name, area_id=area_id)
    log("community.founded", subject=f"community:{made.ref}", actor=officer.as_actor(), kind=kind.value)
    return made


@transaction.atomic
def end_community(*, officer: Officer, ref: str) -> None:
    """Take a community off the matrix; what was said of it stays until its time is up. Logged as `community.ended`.

    Raises:
        NotHereError: there is none for this officer.
    """
    _check_may(officer)
    made = questions.get_community(officer=officer, ref=ref)
    if Community.objects.filter(pk=made.pk, ended_at=None).update(ended_at=clock.now()):
        log("community.ended", subject=f"community:{ref}", actor=officer.as_actor())


@transaction.atomic
def add_mechanism(
    *,
    officer: Officer,
    community_ref: str,
    kind: MechanismKind,
    name: str = "",
    scheme_id: int | None = None,
    last_used: dt.date | None = None,
    cadence_days: int = CADENCE_DAYS,
) -> Mechanism:
    """Write down a way to a community that is no key individual. Logged as `mechanism.added`.

    Raises:
        MemberError: it is not said what it is, the day is still to come, or it stands there already.
        NotHereError: there is no such community for this officer.
    """
    _check_may(officer)
    community = questions.get_community(officer=officer, ref=community_ref)
    if kind == MechanismKind.KIN:
        raise MemberError("A key individual is a person: add them as one.")
    scheme = Scheme.objects.visible_to(officer).filter(pk=scheme_id).first() if scheme_id else None
    if kind == MechanismKind.SCHEME and scheme is None:
        raise MemberError("Choose which watch scheme reaches this community.")
    name = _named(name or (scheme.name if scheme else ""))
    _check_past(last_used)
    Community.objects.select_for_update(no_key=True).get(pk=community.pk)
    if Mechanism.objects.filter(community=community, kind=kind, name=name, ended_at=None).exists():
        raise MemberError(f"{name} stands there already.")
    made = Mechanism.objects.create(
        community=community,
        kind=kind,
        scheme=scheme,
        name=name,
        last_used=last_used,
        cadence_days=check_cadence(cadence_days),
    )
    log("mechanism.added", subject=f"community:{community.ref}", actor=officer.as_actor(), kind=kind.value)
    return made


@transaction.atomic
def use_mechanism(*, officer: Officer, community_ref: str, mechanism_id: int, on: dt.date | None = None) -> None:
    """Note when a way to a community was used last: today, or that day. Logged as `mechanism.used`.

    Raises:
        MemberError: the day is still to come.
        NotHereError: there is none for this officer.
    """
    _check_may(officer)
    day = on or clock.today()
    _check_past(day)
    way = _mechanism(officer, community_ref, mechanism_id)
    if way.last_used is None or way.last_used < day:
        way.last_used = day
        way.save(update_fields=["last_used"])
        log("mechanism.used", subject=f"community:{community_ref}", actor=officer.as_actor(), kind=way.kind)


@transaction.atomic
def end_mechanism(*, officer: Officer, community_ref: str, mechanism_id: int) -> None:
    """Take a way to a community away. Logged as `mechanism.ended`.

    Raises:
        NotHereError: there is none for this officer.
    """
    _check_may(officer)
    way = _mechanism(officer, community_ref, mechanism_id)
    if way.ended_at is None:
        way.ended_at = clock.now()
        way.save(update_fields=["ended_at"])
        log("mechanism.ended", subject=f"community:{community_ref}", actor=officer.as_actor(), kind=way.kind)


# ---------------------------------------------------------------- key individuals


@transaction.atomic
def make_key_contact(
    *,
    officer: Officer,
    member: Member,
    role: KeyRole,
    community_refs: Sequence[str],
    keeper: Officer | None = None,
    cadence_days: int = CADENCE_DAYS,
    tension: bool = False,
) -> KeyContact:
    """Make a member a key individual; the first talk is due at once. Logged as `key_contact.made`.

    Raises:
        MemberError: they are one already or have left, no community is named, or the colleague cannot keep in touch.
        NotHereError: a community is not for this officer.
    """
    _check_may(officer)
    found = [questions.get_community(officer=officer, ref=ref) for ref in dict.fromkeys(community_refs)]
    if not found:
        raise MemberError("Choose at least one community that they can speak for.")
    keeper = keeper or officer
    _check_keeper(officer, keeper)
    locked(member_id=member.pk)
    if KeyContact.objects.filter(member=member, organisation=officer.organisation_id, ended_at=None).exists():
        raise MemberError(f"{member.name} is a key individual already: open them and change what is new.")
    made = KeyContact.objects.create(
        member=member,
        organisation_id=officer.organisation_id,
        role=role,
        officer=keeper,
        cadence_days=check_cadence(cadence_days),
        next_due=clock.today(),
        tension=tension,
        began_at=clock.now(),
    )
    made.communities.set(found)
    log(
        "key_contact.made",
        subject=f"key_contact:{made.ref}",
        actor=officer.as_actor(),
        communities=len(found),
        keeper=keeper.as_actor(),
    )
    return made


@transaction.atomic
def change_key_contact(
    *,
    officer: Officer,
    ref: str,
    role: KeyRole,
    community_refs: Sequence[str],
    cadence_days: int,
    tension: bool,
) -> KeyContact:
    """Change what a key individual does, for whom they speak and how often. Logged as `key_contact.changed`.

    Raises:
        MemberError: no community is named, or they have ended.
        NotHereError: there is none for this officer.
    """
    found = [questions.get_community(officer=officer, ref=one) for one in dict.fromkeys(community_refs)]
    if not found:
        raise MemberError("Choose at least one community that they can speak for.")
    contact = _held(officer, ref)
    contact.next_due += dt.timedelta(days=check_cadence(cadence_days) - contact.cadence_days)
    contact.role, contact.cadence_days, contact.tension = role, cadence_days, tension
    contact.save(update_fields=["role", "cadence_days", "tension", "next_due"])
    contact.communities.set(found)
    log("key_contact.changed", subject=f"key_contact:{ref}", actor=officer.as_actor(), communities=len(found))
    return contact


@transaction.atomic
def log_talk(*, officer: Officer, ref: str, how: TalkHow, at: dt.datetime | None = None, note: str = "") -> Talk:
    """Note that somebody talked with a key individual: how, when, a practical word. Logged as `key_contact.talked`.

    Two presses within a minute are one. What was said is a report, never a note.

    Raises:
        MemberError: the moment is still to come or long past, or the note holds what does not belong there.
        NotHereError: there is none for this officer.
    """
    now = clock.now()
    at = at or now
    if at > now + dt.timedelta(minutes=5):
        raise MemberError("The talk is still to come: note it when you had it.")
    if at < now - dt.timedelta(days=LOOK_BACK_DAYS):
        raise MemberError("That is more than a year ago: note talks of the last year only.")
    note = " ".join(note.split())
    if len(note) > NOTE_MOST:
        raise MemberError(f"Shorten the note to {NOTE_MOST} characters: it has {len(note)}.")
    cautions = cautions_in_note(text=note, unit=settings.SOURCE_UNIT)
    if cautions:
        raise MemberError(cautions[0].sentence)
    contact = _held(officer, ref)
    twice = Talk.objects.filter(
        key_contact=contact, officer=officer, how=how, note=note, at__gt=at - dt.timedelta(minutes=1), at__lte=at
    ).first()
    if twice is not None:
        return twice
    made = Talk.objects.create(key_contact=contact, officer=officer, at=at, how=how, note=note)
    talked_on = questions.line_of(contact=contact).last or clock.today()
    contact.next_due = talked_on + dt.timedelta(days=contact.cadence_days)
    contact.reminded_at = None
    contact.save(update_fields=["next_due", "reminded_at"])
    log("key_contact.talked", subject=f"key_contact:{ref}", actor=officer.as_actor(), how=how.value)
    return made


@transaction.atomic
def name_successor(*, officer: Officer, ref: str, member: Member | None) -> None:
    """Name who is to follow a key individual, or nobody. Logged as `key_contact.successor_named`.

    Raises:
        MemberError: they would follow themselves.
        NotHereError: there is none for this officer.
    """
    contact = _held(officer, ref, ended=True)
    if member is not None and member.pk == contact.member_id:
        raise MemberError("Nobody follows themselves: choose somebody else.")
    contact.successor = member
    contact.save(update_fields=["successor"])
    log("key_contact.successor_named", subject=f"key_contact:{ref}", actor=officer.as_actor(), named=member is not None)


@transaction.atomic
def end_key_contact(*, officer: Officer, ref: str) -> None:
    """Let somebody be a key individual no more; the desk then shows who may follow. Logged as `key_contact.ended`.

    Raises:
        NotHereError: there is none for this officer.
    """
    contact = _held(officer, ref, ended=True)
    if contact.ended_at is None:
        contact.ended_at = clock.now()
        contact.save(update_fields=["ended_at"])
        log("key_contact.ended", subject=f"key_contact:{ref}", actor=officer.as_actor())


@transaction.atomic
def hand_over(*, officer: Officer, keeper: Officer, to: Officer, ref: str = "") -> int:
    """Give one key individual, or a colleague's whole list, to another colleague; return how many.

    Logged as `key_contact.handed_over` for each.

    Raises:
        MemberError: the colleague cannot keep in touch, or has them already.
    """
    _check_may(officer)
    _check_keeper(officer, to)
    if keeper.organisation_id != officer.organisation_id:
        raise NotHereError(f"officer:{keeper.ref}")
    if keeper.pk == to.pk:
        raise MemberError("Choose another colleague: they are with this one already.")
    rows = KeyContact.objects.filter(organisation=officer.organisation_id, officer=keeper, ended_at=None)
    rows = rows.filter(ref=ref) if ref else rows
    found = list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", "ref"))
    KeyContact.objects.filter(pk__in=[pk for pk, _ in found]).update(officer=to)
    for _, one in found:
        log("key_contact.handed_over", subject=f"key_contact:{one}", actor=officer.as_actor(), to=to.as_actor())
    return len(found)


@transaction.atomic
def mark_due() -> int:
    """Note once for each talk that it is due within a week; return for how many. Logged as `key_contact.due`.

    Nobody is written to: the desk of their officer shows them.
    """
    limit = clock.today() + dt.timedelta(days=DUE_SOON_DAYS)
    rows = KeyContact.objects.filter(ended_at=None, reminded_at=None, next_due__lte=limit)
    found = list(rows.order_by("pk").select_for_update(skip_locked=True, of=("self",)).select_related("officer"))
    for contact in found:
        contact.reminded_at = clock.now()
        contact.save(update_fields=["reminded_at"])
        log("key_contact.due", subject=f"key_contact:{contact.ref}", keeper=contact.officer.as_actor())
    return len(found)


# ---------------------------------------------------------------- the quarterly pulse


@transaction.atomic
def answer_pulse(
    *, contact: KeyContact, answers: Sequence[int], words: Mapping[int, str], officer: Officer | None = None
) -> Pulse:
    """Keep the five answers of this quarter, once. Logged as `pulse.answered`.

    Without an officer the key individual answered on their own page.

    Raises:
        MemberError: an answer is missing, too much is said, a plate is named, or they answered this quarter already.
    """
    if officer is not None:
        _check_may(officer)
        questions.get_key_contact(officer=officer, ref=contact.ref)
    kept, said = check_answers(answers, words)
    cautions = cautions_in_note(text="\n".join(said.values()), unit=settings.SOURCE_UNIT, theirs=True)
    if cautions:
        raise MemberError(cautions[0].sentence)
    if contact.ended_at is not None:
        raise MemberError("They are a key individual no more.")
    quarter = quarter_of(clock.today())
    with refusals(
        MemberError,
        {"members_pulse_is_once_a_quarter": "The questions of this quarter are answered already. Thank you."},
    ):
        made = Pulse.objects.create(
            key_contact=contact, quarter=quarter, answers=kept, words=said, officer=officer, at=clock.now()
        )
    actor = officer.as_actor() if officer else f"member:{contact.member.ref}"
    log("pulse.answered", subject=f"key_contact:{contact.ref}", actor=actor, quarter=quarter)
    return made


# ---------------------------------------------------------------- shared


def _check_may(officer: Officer) -> None:
    if not officer.may(Permission.NETWORK_WRITE):
        raise MemberError("Ask a neighbourhood officer or the engagement lead: they keep the networks.")


def _check_keeper(officer: Officer, keeper: Officer) -> None:
    fits = keeper.organisation_id == officer.organisation_id and keeper.may(Permission.NETWORK_WRITE)
    if not fits:
        raise MemberError("Choose a colleague who may keep networks: a neighbourhood officer or supervisor.")


def _held(officer: Officer, ref: str, *, ended: bool = False) -> KeyContact:
    """Return a key individual, locked."""
    _check_may(officer)
    pk = questions.get_key_contact(officer=officer, ref=ref).pk
    contact = KeyContact.objects.select_for_update(no_key=True).get(pk=pk)
    if contact.ended_at is not None and not ended:
        raise MemberError("They are a key individual no more: make them one again first.")
    return contact


def _mechanism(officer: Officer, community_ref: str, mechanism_id: int) -> Mechanism:
    community = questions.get_community(officer=officer, ref=community_ref)
    try:
        return Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism_id, community=community)
    except Mechanism.DoesNotExist:
        raise NotHereError(f"mechanism:{mechanism_id}") from None


def _named(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise MemberError("Give it a name that colleagues know.")
    if len(name) > NAME_MOST:
        raise MemberError(f"Shorten the name to {NAME_MOST} characters: it has {len(name)}.")
    return name


def _check_past(day: dt.date | None) -> None:
    if day is not None and day > clock.today():
        raise MemberError("That day is still to come: put the day on which it was last used.")
