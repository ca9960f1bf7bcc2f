"""Watch schemes: founding, proposing, approving; coming in and going out; who runs one; who rings whom."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hueandcry.domain.members import queries
from hueandcry.domain.members.actions.hearing import hear_from, hear_no_more
from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import Consent, ContactPoint, Member, Membership, Scheme
from hueandcry.domain.members.queries import schemes as scheme_queries
from hueandcry.domain.members.rules import (
    LEADS,
    Channel,
    ConsentHow,
    ContactLine,
    Limits,
    MemberError,
    MembershipState,
    MemberState,
    SchemeDraft,
    SchemeKind,
    SchemeRole,
    SchemeState,
)
from hueandcry.domain.members.rules.schemes import ASK_AGAIN, check_limits, check_scheme, divided
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.queries import shape_of
from hueandcry.domain.places.rules import PlaceError
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.integrity import refusals
from hueandcry.kit.words import mark, say

# Away until they say.
_AWAY = Q(member__state=MemberState.PAUSED, member__paused_until=None)
MAIN_FIRST = mark(
    "Choose who follows you as main coordinator: offer it to somebody, and leave when they have taken it."
)
ONE_MAIN = mark("This scheme has a main coordinator already: they hand over, or an officer changes it.")


# ---------------------------------------------------------------- founding, proposing, closing


@transaction.atomic
def found_scheme(  # noqa: PLR0913 - a loader names what it has
    *,
    kind: SchemeKind,
    name: str,
    organisation_id: int,
    area_id: int | None = None,
    own_kind: str = "",
    about: str = "",
    outline: str = "",
    open_to_all: bool = True,
    actor: str,
) -> Scheme:
    """Found a watch scheme that runs from now on. Logged as `scheme.founded`.

    Raises:
        MemberError: it has no name, the name is taken, or its outline cannot be used.
    """
    scheme = _made(
        SchemeDraft(kind, name, own_kind, about, area_id, outline, open_to_all),
        organisation_id=organisation_id,
        approved_by=actor,
        approved_at=clock.now(),
    )
    log("scheme.founded", subject=f"scheme:{scheme.ref}", actor=actor, kind=kind.value)
    return scheme


@transaction.atomic
def propose_scheme(*, member_id: int, draft: SchemeDraft) -> Scheme:
    """Propose a watch scheme as a member, who will run it once an officer approves. Logged as `scheme.proposed`.

    Raises:
        MemberError: words are missing or too long, the name is taken, or another proposal of theirs waits.
    """
    member = locked(member_id=member_id)
    waits = Membership.objects.filter(member=member, left_at=None, scheme__state=SchemeState.PROPOSED)
    if waits.exists():
        raise MemberError(say("Your last proposal waits for an officer still: they will look at it soon."))
    scheme = _made(draft, organisation_id=force().pk, state=SchemeState.PROPOSED)
    Membership.objects.create(
        scheme=scheme,
        member=member,
        role=SchemeRole.COORDINATOR,
        state=MembershipState.ASKED,
        joined_at=clock.now(),
    )
    log("scheme.proposed", subject=f"scheme:{scheme.ref}", actor=f"member:{member.ref}", kind=scheme.kind)
    return scheme


@transaction.atomic
def approve_scheme(*, officer: Officer, scheme_ref: str) -> Scheme:
    """Let a proposed scheme begin; whoever proposed it runs it. Logged as `scheme.approved`.

    Raises:
        MemberError: it does not wait for approval.
        NotHereError: there is none for this officer.
    """
    scheme = _ruled(officer, scheme_ref)
    if scheme.state != SchemeState.PROPOSED:
        raise MemberError(say("This scheme does not wait for approval."))
    scheme.state, scheme.approved_by, scheme.approved_at = SchemeState.ACTIVE, officer.as_actor(), clock.now()
    scheme.save(update_fields=["state", "approved_by", "approved_at"])
    begun = Membership.objects.filter(scheme=scheme, left_at=None, role=SchemeRole.COORDINATOR)
    begun.update(state=MembershipState.IN, joined_at=clock.now())
    _hear(scheme, begun.values_list("member_id", flat=True), ConsentHow.WEB, officer.as_actor(), "proposed it")
    log("scheme.approved", subject=f"scheme:{scheme.ref}", actor=officer.as_actor())
    return scheme


@transaction.atomic
def close_scheme(*, officer: Officer, scheme_ref: str) -> int:
    """End a scheme, or refuse a proposed one: nobody is in it from now on; return how many were.

    Logged as `scheme.closed`.

    Raises:
        MemberError: it is closed already.
        NotHereError: there is none for this officer.
    """
    scheme = _ruled(officer, scheme_ref)
    if scheme.state == SchemeState.CLOSED:
        raise MemberError(say("This scheme is closed already."))
    was, scheme.state = scheme.state, SchemeState.CLOSED
    scheme.save(update_fields=["state"])
    ended = Membership.objects.filter(scheme=scheme, left_at=None).update(left_at=clock.now(), offered=False)
    hear_no_more(scheme_id=scheme.pk, actor=officer.as_actor())
    log("scheme.closed", subject=f"scheme:{scheme.ref}", actor=officer.as_actor(), was=str(was), members=ended)
    return ended


@transaction.atomic
def change_scheme(*, officer: Officer, scheme_ref: str, draft: SchemeDraft, limits: Limits) -> Scheme:
    """Change what a scheme is called, where it is, who may come in, and its limits. Logged as `scheme.changed`.

    Raises:
        MemberError: words or limits that cannot be, a name that is taken, or an outline that cannot be used.
        NotHereError: there is none for this officer.
    """
    scheme = _ruled(officer, scheme_ref)
    check_limits(limits)
    kept = _fields(draft)
    changed = sorted(name for name, value in {**kept, **vars(limits)}.items() if getattr(scheme, name) != value)
    for name, value in {**kept, **vars(limits)}.items():
        setattr(scheme, name, value)
    with refusals(MemberError, {"members_scheme_name_key": f"There is a scheme called {scheme.name} already."}):
        scheme.save(update_fields=[*kept, *vars(limits)])
    if changed:
        log("scheme.changed", subject=f"scheme:{scheme.ref}", actor=officer.as_actor(), changed=changed)
    return scheme


def _made(draft: SchemeDraft, **fields: Any) -> Scheme:  # noqa: ANN401
    kept = _fields(draft)
    with refusals(
        MemberError, {"members_scheme_name_key": say("There is a scheme called {name} already.").format(**kept)}
    ):
        return Scheme.objects.create(**kept, **fields)


def _fields(draft: SchemeDraft) -> dict[str, Any]:
    draft = check_scheme(draft)
    if draft.outline:
        try:
            shape_of(polygons=(draft.outline,))
        except PlaceError as refusal:
            raise MemberError(str(refusal)) from refusal
    return vars(draft)


def _ruled(officer: Officer, scheme_ref: str) -> Scheme:
    """Return a scheme, locked, for an officer who may rule it."""
    if not officer.may(Permission.SCHEME_WRITE):
        raise MemberError(say("Ask a supervisor or the engagement lead: they approve, change and close schemes."))
    scheme = queries.get_scheme(officer=officer, ref=scheme_ref)
    return _scheme(scheme.pk)


def _scheme(scheme_id: int) -> Scheme:
    try:
        return Scheme.objects.select_for_update(no_key=True).get(pk=scheme_id)
    except Scheme.DoesNotExist:
        raise NotHereError(f"scheme:{scheme_id}") from None


def _running(scheme_id: int) -> Scheme:
    scheme = _scheme(scheme_id)
    if scheme.state != SchemeState.ACTIVE:
        raise MemberError(
            say("{name} does not run: {schemestate}.").format(
                name=scheme.name, schemestate=SchemeState(scheme.state).label.lower()
            )
        )
    return scheme


# ---------------------------------------------------------------- coming in, going out


@transaction.atomic
def join_scheme(*, member_id: int, scheme_id: int, role: SchemeRole = SchemeRole.MEMBER, actor: str) -> Membership:
    """Take a member into a scheme, or give them another part in it. Logged as `scheme.joined`.

    Raises:
        MemberError: they have left, or the scheme has a main coordinator already.
    """
    member = locked(member_id=member_id)
    with refusals(MemberError, {"members_scheme_has_one_main_coordinator": ONE_MAIN}):
        part, made = Membership.objects.update_or_create(
            scheme_id=scheme_id,
            member=member,
            left_at=None,
            defaults={"role": role, "state": MembershipState.IN},
            create_defaults={"role": role, "joined_at": clock.now()},
        )
    if made:
        _hear(part.scheme, [member.pk], _how(actor), actor)
    log("scheme.joined", subject=f"member:{member.ref}", actor=actor, scheme=part.scheme.ref, role=role.value)
    return part


def _how(actor: str) -> ConsentHow:
    """Say how an agreement came about, by who wrote it down."""
    how = {"officer": ConsentHow.SPOKEN, "load": ConsentHow.IMPORT, "batch": ConsentHow.IMPORT}
    return how.get(actor.partition(":")[0], ConsentHow.WEB)


def _hear(scheme: Scheme, member_ids: Iterable[int], how: ConsentHow, actor: str, evidence: str = "") -> None:
    hear_from(member_ids=list(member_ids), scheme_ids=[scheme.pk], how=how, taken_by=actor, evidence=evidence)


@transaction.atomic
def ask_to_join(*, member_id: int, scheme_id: int) -> MembershipState:
    """Ask to be in a scheme: at once where it is open to all, else a coordinator or officer lets them in.

    Logged as `scheme.joined` or `scheme.asked`.

    Raises:
        MemberError: the scheme does not run, or they were not taken in lately.
    """
    member = locked(member_id=member_id)
    scheme = _running(scheme_id)
    standing = Membership.objects.filter(scheme=scheme, member=member, left_at=None).first()
    if standing is not None:
        return MembershipState(standing.state)
    refused = Membership.objects.filter(
        scheme=scheme, member=member, state=MembershipState.REFUSED, left_at__gt=clock.now() - ASK_AGAIN
    )
    if refused.exists():
        raise MemberError(
            say("{name} did not take you in lately: ask an officer, or ask again in a few weeks.").format(
                name=scheme.name
            )
        )
    state = MembershipState.IN if scheme.open_to_all else MembershipState.ASKED
    Membership.objects.create(scheme=scheme, member=member, state=state, joined_at=clock.now())
    _hear(scheme, [member.pk], ConsentHow.WEB, f"member:{member.ref}")
    event = "scheme.joined" if state == MembershipState.IN else "scheme.asked"
    log(event, subject=f"member:{member.ref}", actor=f"member:{member.ref}", scheme=scheme.ref)
    return state


@transaction.atomic
def let_in(*, scheme_id: int, member_ref: str, actor: str) -> None:
    """Let in somebody who asked; who is in already stays so. Logged as `scheme.let_in`.

    Raises:
        NotHereError: nobody of that reference asked.
    """
    _hold(member_ref)
    scheme = _running(scheme_id)
    part = _part(scheme, member_ref)
    if part.state == MembershipState.IN:
        return
    # They read the words when they asked; the messages begin now.
    asked, evidence = part.joined_at, f"asked to come in on {timezone.localdate(part.joined_at):%-d %B %Y}"
    part.state, part.joined_at = MembershipState.IN, clock.now()
    part.save(update_fields=["state", "joined_at"])
    _hear(scheme, [part.member_id], _how_asked(part.member_id, asked), actor, evidence)
    log("scheme.let_in", subject=f"member:{member_ref}", actor=actor, scheme=scheme.ref)


@transaction.atomic
def refuse(*, scheme_id: int, member_ref: str, actor: str) -> None:
    """Do not take in somebody who asked. Logged as `scheme.refused`.

    Raises:
        MemberError: they are in already.
        NotHereError: nobody of that reference asked.
    """
    _hold(member_ref)
    scheme = _running(scheme_id)
    part = _part(scheme, member_ref)
    if part.state == MembershipState.IN:
        raise MemberError(say("They are in already: an officer can take them out."))
    part.state, part.left_at = MembershipState.REFUSED, clock.now()
    part.save(update_fields=["state", "left_at"])
    log("scheme.refused", subject=f"member:{member_ref}", actor=actor, scheme=scheme.ref)


@transaction.atomic
def leave_scheme(*, scheme_id: int, member_ref: str, actor: str) -> None:
    """End somebody's part in a scheme. Logged as `scheme.left`.

    Raises:
        MemberError: they are its main coordinator and others are in it: somebody must follow first.
        NotHereError: they have no part in it.
    """
    _hold(member_ref)
    scheme = _scheme(scheme_id)
    part = _part(scheme, member_ref)
    others = Membership.objects.filter(scheme=scheme, left_at=None, state=MembershipState.IN).exclude(pk=part.pk)
    if part.role == SchemeRole.COORDINATOR and part.state == MembershipState.IN and others.exists():
        raise MemberError(say(MAIN_FIRST))
    part.left_at, part.offered = clock.now(), False
    part.save(update_fields=["left_at", "offered"])
    hear_no_more(scheme_id=scheme.pk, member_ids=[part.member_id], actor=actor)
    _divide(scheme)
    log("scheme.left", subject=f"member:{member_ref}", actor=actor, scheme=scheme.ref)


def _hold(member_ref: str) -> None:
    """Lock a member before the scheme: what is written of their part needs their row too."""
    list(Member.objects.select_for_update(no_key=True).filter(ref=member_ref).values_list("pk"))


def _how_asked(member_id: int, asked: dt.datetime) -> ConsentHow:
    """Say how somebody asked to come in: with the text by which they joined, else on their page."""
    about_then = (asked - dt.timedelta(minutes=1), asked + dt.timedelta(minutes=1))
    by_text = Consent.objects.filter(member=member_id, how=ConsentHow.TEXT, given_at__range=about_then)
    return ConsentHow.TEXT if by_text.exists() else ConsentHow.WEB


def _part(scheme: Scheme, member_ref: str) -> Membership:
    try:
        return Membership.objects.select_for_update(of=("self",), no_key=True).get(
            scheme=scheme, member__ref=member_ref, left_at=None
        )
    except Membership.DoesNotExist:
        raise NotHereError(f"member:{member_ref}") from None


# ---------------------------------------------------------------- who runs it


@transaction.atomic
def set_role(*, scheme_id: int, member_ref: str, role: SchemeRole, actor: str) -> None:
    """Make somebody a deputy or a member again, or (an officer) main coordinator in place of whoever was.

    Logged as `scheme.role_set`.

    Raises:
        MemberError: they are not in it, or the main coordinator would stop without a successor.
    """
    scheme = _running(scheme_id)
    part = _part(scheme, member_ref)
    if part.state != MembershipState.IN:
        raise MemberError(say("Let them in first."))
    if part.role == role:
        return
    if part.role == SchemeRole.COORDINATOR:
        raise MemberError(say(MAIN_FIRST))
    if role == SchemeRole.COORDINATOR:
        _step_back(scheme)
    old, part.role, part.offered = part.role, role, False
    part.save(update_fields=["role", "offered"])
    _divide(scheme)
    log("scheme.role_set", subject=f"member:{member_ref}", actor=actor, scheme=scheme.ref, old=str(old), new=role.value)


@transaction.atomic
def offer_main(*, scheme_id: int, to_ref: str, actor: str) -> None:
    """Offer somebody the main coordinator's part; nothing changes until they take it. Logged as `scheme.offered`.

    Raises:
        MemberError: they are not in it, or have the part already.
    """
    scheme = _running(scheme_id)
    part = _part(scheme, to_ref)
    if part.state != MembershipState.IN or part.role == SchemeRole.COORDINATOR:
        raise MemberError(say("Choose somebody who is in the scheme."))
    Membership.objects.filter(scheme=scheme, offered=True).update(offered=False)
    part.offered = True
    part.save(update_fields=["offered"])
    log("scheme.offered", subject=f"member:{to_ref}", actor=actor, scheme=scheme.ref)


@transaction.atomic
def answer_offer(*, scheme_id: int, member_ref: str, takes: bool) -> None:
    """Take the main coordinator's part or leave it; who had it becomes a deputy.

    Logged as `scheme.handed_over` or `scheme.not_taken`.

    Raises:
        MemberError: it is not offered to them any more.
    """
    scheme = _running(scheme_id)
    part = _part(scheme, member_ref)
    if not part.offered:
        raise MemberError(say("The main coordinator's part is not offered to you now."))
    part.offered = False
    if takes:
        _step_back(scheme)
        part.role = SchemeRole.COORDINATOR
    part.save(update_fields=["role", "offered"])
    _divide(scheme)
    actor = f"member:{member_ref}"
    log("scheme.handed_over" if takes else "scheme.not_taken", subject=actor, actor=actor, scheme=scheme.ref)


def _step_back(scheme: Scheme) -> None:
    Membership.objects.filter(scheme=scheme, left_at=None, role=SchemeRole.COORDINATOR).update(role=SchemeRole.DEPUTY)


# ---------------------------------------------------------------- what each shares, and who rings whom


@transaction.atomic
def share(*, scheme_id: int, member_ref: str, named: bool, in_tree: bool, rings: bool, actor: str) -> None:
    """Say what somebody shares with their scheme: their name, their number with who rings them, and their time.

    Logged as `scheme.shared`.

    Raises:
        NotHereError: they have no part in it.
    """
    scheme = _scheme(scheme_id)
    part = _part(scheme, member_ref)
    part.named, part.in_tree, part.rings = named, in_tree, rings
    part.save(update_fields=["named", "in_tree", "rings"])
    _divide(scheme)
    log(
        "scheme.shared",
        subject=f"member:{member_ref}",
        actor=actor,
        scheme=scheme.ref,
        named=named,
        in_tree=in_tree,
        rings=rings,
    )


def _divide(scheme: Scheme) -> None:
    """Give everybody in the tree to somebody who rings: as evenly as can be, and nobody changes without need."""
    rows = Membership.objects.filter(scheme=scheme, left_at=None, state=MembershipState.IN)
    rows = rows.exclude(member__state=MemberState.LEFT).order_by("pk")
    standing = list(rows.values_list("pk", "role", "rings", "in_tree", "rung_by"))
    # Who is away rings nobody until they are back.
    away = set(rows.filter(_AWAY | Q(member__paused_until__gt=clock.now())).values_list("pk", flat=True))
    here = [(pk, role, rings) for pk, role, rings, *_ in standing if pk not in away]
    leads = [pk for pk, role, _ in here if role in LEADS]
    ringers = [*leads, *(pk for pk, role, rings in here if rings and role not in LEADS)]
    people = [pk for pk, _, _, in_tree, _ in standing if in_tree]
    given = {pk: ringer for pk, *_, ringer in standing if ringer is not None}
    wanted = divided(people, ringers, given)
    for pk, *_, ringer in standing:
        if wanted.get(pk) != ringer:
            Membership.objects.filter(pk=pk).update(rung_by=wanted.get(pk))


@transaction.atomic
def divide_tree(*, scheme_id: int, actor: str) -> int:
    """Divide those who are rung anew among those who ring; return how many nobody can ring.

    Logged as `scheme.tree_divided`.
    """
    scheme = _running(scheme_id)
    _divide(scheme)
    alone = sum(not line.rung_by for line in scheme_queries.tree(scheme_id=scheme.pk))
    log("scheme.tree_divided", subject=f"scheme:{scheme.ref}", actor=actor, alone=alone)
    return alone


def divide_trees_of(*, member_ref: str) -> int:
    """Divide the phone trees of the schemes that a member is or was in, one by one; return how many.

    For who left, is part of another member now, or went away: those whom they rang go to others. Logged as
    `scheme.tree_divided` for each.
    """
    parts = Membership.objects.filter(member__ref=member_ref, scheme__state=SchemeState.ACTIVE)
    rings_still = Q(rung__isnull=False, rung__left_at=None)
    ids = sorted(set(parts.filter(Q(left_at=None) | rings_still).values_list("scheme_id", flat=True)))
    for scheme_id in ids:
        divide_tree(scheme_id=scheme_id, actor=SYSTEM)
    return len(ids)


@transaction.atomic
def see_number(*, scheme_id: int, member_id: int, of_ref: str) -> ContactLine | None:
    """Show the one number by which a member rings somebody of their scheme; None when they have no telephone.

    Only of somebody who agreed to be rung and is given to this member. Logged as `member.contact_seen`.

    Raises:
        NotHereError: they are not given to this member, or agreed to it no more.
    """
    given = {line.member_ref: line for line in scheme_queries.rung_by(scheme_id=scheme_id, member_id=member_id)}
    if of_ref not in given:
        raise NotHereError(f"member:{of_ref}")
    rows = ContactPoint.objects.filter(member=given[of_ref].member_id, channel__in=(Channel.VOICE, Channel.SMS))
    found = next(iter(rows.order_by("-channel", "rank", "pk")), None)
    ringer = locked(member_id=member_id)
    log(
        "member.contact_seen",
        subject=f"member:{of_ref}",
        actor=f"member:{ringer.ref}",
        scheme=scheme_queries.scheme_by_id(scheme_id=scheme_id).ref,
    )
    if found is None:
        return None
    return ContactLine(
        found.pk, Channel(found.channel), found.address, found.rank, found.confirmed_at, found.suspended_at
    )
