"""Founding organisations, enrolling officers, giving them roles and teams."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from hueandcry.domain.organisations.models import ApiKey, Duty, Officer, Organisation, Team, TeamMember
from hueandcry.domain.organisations.rules import (
    Hours,
    OrganisationError,
    OrganisationKind,
    Permission,
    Role,
    allowed,
    check_address,
    check_for_programs,
    check_hand_over,
    check_hours,
    check_mobile,
    check_name,
    check_roles,
    key_hash,
)
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.integrity import refusals
from hueandcry.kit.refs import new_token

__all__ = [
    "LONGEST_TRAINED",
    "OrganisationError",
    "agree_hand_over",
    "end_duty",
    "end_key",
    "enrol",
    "found",
    "give_mobile",
    "make_key",
    "make_team",
    "put_on_rota",
    "set_roles",
    "suspend",
    "train_for_fast_lane",
    "use_key",
]


# Training is refreshed at least so often.
LONGEST_TRAINED = dt.timedelta(days=3 * 366)


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
def agree_hand_over(*, name: str, area_id: int, email: str = "", call: str = "", actor: str) -> Organisation:
    """Keep a neighbouring force, where it is and how it takes over what moves; anew when it is known.

    Logged as `organisation.hand_over_agreed`, with the kind of ways and never an address.

    Raises:
        OrganisationError: the name is another organisation's, or an address cannot be used.
    """
    name, email, call = check_name(name, what="the organisation"), email.strip(), " ".join(call.split())
    check_hand_over(email=email, call=call)
    known = Organisation.objects.select_for_update(no_key=True).filter(name=name).first()
    if known is None:
        known = found(kind=OrganisationKind.NEIGHBOUR, name=name, signs_as=name[:30], area_id=area_id, actor=actor)
    elif known.kind != OrganisationKind.NEIGHBOUR:
        raise OrganisationError(f"{name} is here already, and is no neighbouring force. Write its name in full.")
    known.area_id, known.hand_over_to, known.hand_over_call = area_id, email, call
    known.save(update_fields=["area", "hand_over_to", "hand_over_call"])
    ways = [way for way, said in (("email", email), ("call", call)) if said]
    log("organisation.hand_over_agreed", subject=f"organisation:{known.ref}", actor=actor, ways=ways)
    return known


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
    # Nobody who is shut out is told anything: then their number need not lie here.
    officer.is_active, officer.mobile = False, ""
    officer.save(update_fields=["is_active", "mobile"])
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


@transaction.atomic
def train_for_fast_lane(*, officer_ref: str, until: dt.date | None, actor: str) -> Officer:
    """Keep until when an officer's training for the fast lane holds; None ends it. Logged as `officer.trained`.

    Raises:
        OrganisationError: there is no such officer, it is oneself, or it is for too long.
    """
    officer = _locked(officer_ref)
    if officer.as_actor() == actor:
        raise OrganisationError("Ask a colleague: nobody writes down their own training.")
    if until is not None and until > clock.today() + LONGEST_TRAINED:
        raise OrganisationError("Write a day within three years: training is refreshed.")
    if officer.fast_trained_until != until:
        officer.fast_trained_until = until
        officer.save(update_fields=["fast_trained_until"])
        until_said = until.isoformat() if until else None
        log("officer.trained", subject=officer.as_actor(), actor=actor, until=until_said)
    return officer


@transaction.atomic
def give_mobile(*, officer_ref: str, mobile: str, actor: str) -> Officer:
    """Keep by which number an officer is told what waits for them; an empty one takes it away.

    Logged as `officer.mobile_given`, without the number; the same again changes nothing.

    Raises:
        OrganisationError: there is no such officer, or it is no number that takes texts.
    """
    number = check_mobile(mobile)
    officer = _locked(officer_ref)
    if officer.mobile != number:
        officer.mobile = number
        officer.save(update_fields=["mobile"])
        log("officer.mobile_given", subject=officer.as_actor(), actor=actor, has_one=bool(number))
    return officer


@transaction.atomic
def put_on_rota(
    *,
    organisation: Organisation,
    officer_ref: str,
    hours: Hours,
    stand_in_ref: str = "",
    team_ref: str = "",
    actor: str,
) -> Duty:
    """Say who reads answers in these hours, and who stands in for them. Logged as `duty.made`; twice is once.

    Raises:
        OrganisationError: somebody is not of this organisation, may read no answers, or the hours are wrong.
    """
    check_hours(hours, today=clock.today())
    reader = _reader(organisation, officer_ref)
    stand_in = _reader(organisation, stand_in_ref) if stand_in_ref else None
    if stand_in == reader:
        raise OrganisationError("Choose somebody else to stand in: it is the same officer.")
    team = Team.objects.filter(ref=team_ref, organisation=organisation).first() if team_ref else None
    if team_ref and team is None:
        raise OrganisationError("Choose a team from the list.")
    until_on = hours.until_on if hours.weekdays else hours.begins_on + dt.timedelta(days=1)
    same = {
        "organisation": organisation,
        "officer": reader,
        "stand_in": stand_in,
        "team": team,
        "weekdays": sorted(hours.weekdays),
        "begins_on": hours.begins_on,
        "until_on": until_on,
        "from_minute": hours.from_minute,
        "until_minute": hours.until_minute,
    }
    # Whoever presses twice at once waits here for the first.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if kept := Duty.objects.filter(**same).first():
        return kept
    duty = Duty.objects.create(**same, made_by=actor, made_at=clock.now())
    log("duty.made", subject=f"duty:{duty.ref}", actor=actor, officer=reader.as_actor(), weekly=bool(hours.weekdays))
    return duty


@transaction.atomic
def end_duty(*, duty_ref: str, organisation: Organisation, on: dt.date, actor: str) -> Duty:
    """Let a duty begin no more from this day on. Logged as `duty.ended`; one that has ended by then stays as it was.

    Raises:
        NotHereError: there is no such duty of this organisation.
    """
    try:
        duty = Duty.objects.select_for_update().get(ref=duty_ref, organisation=organisation)
    except Duty.DoesNotExist:
        raise NotHereError(f"duty:{duty_ref}") from None
    if duty.until_on is None or on < duty.until_on:
        duty.until_on = on
        duty.save(update_fields=["until_on"])
        log("duty.ended", subject=f"duty:{duty.ref}", actor=actor, on=on.isoformat())
    return duty


def _reader(organisation: Organisation, ref: str) -> Officer:
    officer = Officer.objects.filter(ref=ref, organisation=organisation, is_active=True).first()
    if officer is None:
        raise OrganisationError("Choose an officer from the list.")
    if not officer.may(Permission.REPORT_READ):
        raise OrganisationError(f"{officer.get_full_name()} may not read answers: choose somebody else.")
    return officer
