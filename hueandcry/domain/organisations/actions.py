"""Founding organisations, enrolling officers, giving them roles and teams."""

from collections.abc import Iterable

from django.db import transaction

from hueandcry.domain.organisations.models import ApiKey, Officer, Organisation, Team, TeamMember
from hueandcry.domain.organisations.rules import (
    OrganisationError,
    OrganisationKind,
    Permission,
    Role,
    allowed,
    check_address,
    check_for_programs,
    check_name,
    check_roles,
    key_hash,
)
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.integrity import refusals
from hueandcry.kit.refs import new_token

__all__ = ["OrganisationError", "end_key", "enrol", "found", "make_key", "make_team", "set_roles", "suspend", "use_key"]


@transaction.atomic
def found(*, kind: OrganisationKind, name: str, signs_as: str, area_id: int | None = None, actor: str) -> Organisation:
    """Found the force or a partner. Logged as `organisation.founded`.

    Raises:
        OrganisationError: the name is taken, missing or too long, or there is a force already.
    """
    sentences = {
        "organisations_organisation_name_key": f"There is an organisation called {name} already.",
        "organisations_force_is_one": "There is a force here already: one force is one installation.",
    }
    with refusals(OrganisationError, sentences):
        organisation = Organisation.objects.create(
            kind=kind,
            name=check_name(name, what="the organisation"),
            signs_as=check_name(signs_as, what="how its messages begin", most=30),
            area_id=area_id,
        )
    log("organisation.founded", subject=f"organisation:{organisation.ref}", actor=actor, kind=kind.value)
    return organisation


@transaction.atomic
def enrol(
    *,
    email: str,
    name: str,
    rank: str,
    organisation: Organisation,
    roles: Iterable[Role],
    password: str | None = None,
    actor: str,
) -> Officer:
    """Enrol an officer; without a password they cannot sign in by one. Logged as `officer.enrolled`.

    Raises:
        OrganisationError: the e-mail address is wrong or taken, or the roles do not go together.
    """
    wanted = frozenset(roles)
    check_roles(kind=OrganisationKind(organisation.kind), roles=wanted)
    officer = Officer(
        email=check_address(email),
        name=check_name(name, what="the officer"),
        rank=check_name(rank, what="the rank", most=40),
        organisation=organisation,
        roles=sorted(role.value for role in wanted),
    )
    officer.set_password(password)
    taken = "An officer with this e-mail address is enrolled already: change their roles instead."
    sentences = {"organisations_officer_email_key": taken, "organisations_officer_email_is_unique": taken}
    with refusals(OrganisationError, sentences):
        officer.save()
    log("officer.enrolled", subject=officer.as_actor(), actor=actor, roles=officer.roles)
    return officer


@transaction.atomic
def set_roles(*, officer_ref: str, roles: Iterable[Role], actor: str) -> Officer:
    """Give an officer exactly these roles. Logged as `officer.roles_set` with the old ones.

    Raises:
        OrganisationError: the roles do not go together, they are one's own, or nobody could give out roles any more.
    """
    officer = _locked(officer_ref)
    wanted = frozenset(roles)
    _check_not_oneself(officer, actor)
    check_roles(kind=OrganisationKind(officer.organisation.kind), roles=wanted)
    if Permission.OFFICER_WRITE not in allowed(wanted):
        _check_not_the_last(officer)
    before, officer.roles = officer.roles, sorted(role.value for role in wanted)
    officer.save(update_fields=["roles"])
    log("officer.roles_set", subject=officer.as_actor(), actor=actor, before=before, after=officer.roles)
    return officer


@transaction.atomic
def suspend(*, officer_ref: str, actor: str) -> Officer:
    """Shut an officer out at once, roles kept for the record. Logged as `officer.suspended`; twice changes nothing.

    Raises:
        OrganisationError: it is oneself, or the last who can give out roles.
    """
    officer = _locked(officer_ref)
    _check_not_oneself(officer, actor)
    if not officer.is_active:
        return officer
    _check_not_the_last(officer)
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    log("officer.suspended", subject=officer.as_actor(), actor=actor)
    return officer


@transaction.atomic
def make_team(
    *, organisation: Organisation, name: str, officers: Iterable[Officer] = (), area_id: int | None = None, actor: str
) -> Team:
    """Make a team of officers of one organisation. Logged as `team.made`.

    Raises:
        OrganisationError: the name is taken, or somebody is from elsewhere.
    """
    members = list(officers)
    if any(officer.organisation_id != organisation.pk for officer in members):
        raise OrganisationError("A team has officers of one organisation only: leave out those from elsewhere.")
    sentences = {"organisations_team_name_is_unique": f"There is a team called {name} already."}
    with refusals(OrganisationError, sentences):
        team = Team.objects.create(
            organisation=organisation, name=check_name(name, what="the team", most=80), area_id=area_id
        )
    TeamMember.objects.bulk_create(TeamMember(team=team, officer=officer) for officer in members)
    log("team.made", subject=f"team:{team.ref}", actor=actor, officers=len(members))
    return team


def _locked(ref: str) -> Officer:
    try:
        return Officer.objects.select_for_update(of=("self",)).select_related("organisation").get(ref=ref)
    except Officer.DoesNotExist:
        raise OrganisationError("There is no such officer: choose one from the list.") from None


def _check_not_oneself(officer: Officer, actor: str) -> None:
    if officer.as_actor() == actor:
        raise OrganisationError("Ask a colleague: nobody changes their own roles.")


def _check_not_the_last(officer: Officer) -> None:
    if not officer.may(Permission.OFFICER_WRITE):
        return
    # Locked, so that two administrators cannot remove one another in the same moment.
    others = Officer.objects.select_for_update().filter(is_active=True).exclude(pk=officer.pk)
    if not any(other.may(Permission.OFFICER_WRITE) for other in others):
        raise OrganisationError("Make somebody else an administrator first: nobody could give out roles any more.")


@transaction.atomic
def make_key(
    *, organisation: Organisation, name: str, permissions: Iterable[Permission], actor: str
) -> tuple[ApiKey, str]:
    """Give out a key to the API; return it with the token, which is shown this once. Logged as `key.made`.

    Raises:
        OrganisationError: it has no name, or asks for what no program may do.
    """
    wanted = frozenset(permissions)
    check_for_programs(wanted)
    token = new_token()
    key = ApiKey.objects.create(
        organisation=organisation,
        name=check_name(name, what="the program", most=80),
        token_hash=key_hash(token),
        permissions=sorted(permission.value for permission in wanted),
        made_by=actor,
        made_at=clock.now(),
    )
    log("key.made", subject=f"key:{key.ref}", actor=actor, permissions=key.permissions)
    return key, token


def use_key(*, key: ApiKey) -> None:
    """Keep on which day a key was used last: one write a day, however often it is used."""
    day = clock.today()
    if key.used_on != day:
        ApiKey.objects.filter(pk=key.pk).update(used_on=day)


@transaction.atomic
def end_key(*, ref: str, actor: str) -> ApiKey:
    """End a key at once. Logged as `key.ended`.

    Raises:
        NotHereError: there is no such key.
    """
    try:
        key = ApiKey.objects.select_for_update().get(ref=ref)
    except ApiKey.DoesNotExist:
        raise NotHereError(f"key:{ref}") from None
    if key.ended_at is None:
        key.ended_at = clock.now()
        key.save(update_fields=["ended_at"])
        log("key.ended", subject=f"key:{key.ref}", actor=actor)
    return key
