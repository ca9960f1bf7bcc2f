"""Founding, enrolling, roles, teams, and who sees whom."""

import pytest
from allauth.account.utils import user_display
from pytest_django import Settings

from hueandcry.domain.organisations import actions, queries
from hueandcry.domain.organisations.actions import OrganisationError
from hueandcry.domain.organisations.models import Officer, Team
from hueandcry.domain.organisations.rules import OrganisationKind, Permission, Role
from hueandcry.domain.records.models import Record
from hueandcry.kit.finding import NotHereError
from tests import builders, cast

pytestmark = pytest.mark.django_db
BY = "system:program"


def enrolled(email: str = "new@example.org", *roles: Role) -> Officer:
    return actions.enrol(
        email=email, name="Nash", rank="PC", organisation=builders.force(), roles=roles or (Role.CONSTABLE,), actor=BY
    )


def test_an_organisation_is_founded_and_it_is_recorded() -> None:
    made = actions.found(kind=OrganisationKind.COUNCIL, name=" Elm  Parish ", signs_as="Elm Parish", actor=BY)

    assert made.name == "Elm Parish"
    assert Record.objects.get(event="organisation.founded").subject == f"organisation:{made.ref}"


def test_a_second_force_is_refused() -> None:
    builders.force()

    with pytest.raises(OrganisationError, match="one force is one installation"):
        actions.found(kind=OrganisationKind.FORCE, name="Another", signs_as="Another", actor=BY)


def test_a_name_is_given_once() -> None:
    builders.partner("Elm Parish")

    with pytest.raises(OrganisationError, match="already"):
        actions.found(kind=OrganisationKind.COUNCIL, name="Elm Parish", signs_as="Elm", actor=BY)
    assert not Record.objects.exists()


def test_the_force_is_found_beside_its_partners() -> None:
    builders.partner()
    expected = builders.force()

    assert queries.force() == expected


def test_no_force_is_not_here() -> None:
    builders.partner()

    with pytest.raises(NotHereError):
        queries.force()


def test_an_officer_without_a_password_cannot_use_one() -> None:
    officer = enrolled()

    assert not officer.has_usable_password()
    assert officer.may(Permission.ALERT_WRITE)
    assert Record.objects.get(event="officer.enrolled").facts == {"roles": ["constable"]}


def test_an_officer_with_a_password_may_use_it() -> None:
    made = actions.enrol(
        email="pw@example.org",
        name="Nash",
        rank="PC",
        organisation=builders.force(),
        roles=[Role.CONSTABLE],
        password="a long enough phrase",
        actor=BY,
    )

    assert made.check_password("a long enough phrase")


def test_an_address_is_enrolled_once_capitals_or_not() -> None:
    builders.officer(Role.CONSTABLE, email="Same@example.org")

    with pytest.raises(OrganisationError, match="already"):
        enrolled("same@EXAMPLE.org")


def test_roles_that_do_not_go_together_are_refused_at_the_door() -> None:
    with pytest.raises(OrganisationError, match="auditor"):
        enrolled("a@example.org", Role.AUDITOR, Role.SERGEANT)
    assert not Officer.objects.exists()


def test_roles_are_set_and_the_old_ones_recorded() -> None:
    officer, other = cast.amos(), cast.cole()

    actions.set_roles(officer_ref=officer.ref, roles=[Role.SERGEANT, Role.OPERATOR], actor=BY)

    officer.refresh_from_db()
    other.refresh_from_db()
    assert officer.roles == ["operator", "sergeant"]
    assert other.roles == ["analyst"]
    assert Record.objects.get().facts == {"before": ["constable"], "after": ["operator", "sergeant"]}


def test_nobody_changes_their_own_roles_or_shuts_themselves_out() -> None:
    boss = builders.officer(Role.ADMINISTRATOR)

    with pytest.raises(OrganisationError, match="Ask a colleague"):
        actions.set_roles(officer_ref=boss.ref, roles=[], actor=boss.as_actor())
    with pytest.raises(OrganisationError, match="Ask a colleague"):
        actions.suspend(officer_ref=boss.ref, actor=boss.as_actor())


def test_the_last_administrator_stays() -> None:
    boss = builders.officer(Role.ADMINISTRATOR)
    builders.officer(Role.ADMINISTRATOR, is_active=False)

    with pytest.raises(OrganisationError, match="administrator first"):
        actions.suspend(officer_ref=boss.ref, actor=BY)
    with pytest.raises(OrganisationError, match="administrator first"):
        actions.set_roles(officer_ref=boss.ref, roles=[Role.CONSTABLE], actor=BY)


def test_one_of_two_administrators_may_go() -> None:
    boss, other = builders.officer(Role.ADMINISTRATOR), builders.officer(Role.ADMINISTRATOR)

    actions.suspend(officer_ref=other.ref, actor=boss.as_actor())

    assert not Officer.objects.get(pk=other.pk).is_active
    assert Officer.objects.get(pk=boss.pk).is_active


def test_a_suspended_officer_may_nothing_and_suspending_twice_is_one_record() -> None:
    officer = cast.birch()

    actions.suspend(officer_ref=officer.ref, actor=BY)
    again = actions.suspend(officer_ref=officer.ref, actor=BY)

    assert not any(again.may(permission) for permission in Permission)
    assert Record.objects.filter(event="officer.suspended").count() == 1


def test_an_officer_who_is_not_there_is_a_sentence() -> None:
    with pytest.raises(OrganisationError, match="choose one from the list"):
        actions.suspend(officer_ref="NOBODY", actor=BY)


def test_a_team_is_made_of_ones_own() -> None:
    amos, birch = cast.amos(), cast.birch()

    team = actions.make_team(organisation=builders.force(), name="Rural", officers=[amos, birch], actor=BY)

    assert {place.officer for place in team.places.all()} == {amos, birch}


def test_a_team_with_somebody_from_elsewhere_is_refused() -> None:
    with pytest.raises(OrganisationError, match="one organisation only"):
        actions.make_team(organisation=builders.force(), name="Rural", officers=[cast.frost()], actor=BY)
    assert not Team.objects.exists()


def test_a_team_name_is_given_once_in_an_organisation() -> None:
    actions.make_team(organisation=builders.force(), name="Rural", actor=BY)
    actions.make_team(organisation=builders.partner(), name="Rural", actor=BY)

    with pytest.raises(OrganisationError, match="already"):
        actions.make_team(organisation=builders.force(), name="Rural", actor=BY)


def test_get_officer_finds_one_by_reference() -> None:
    amos = cast.amos()
    cast.birch()

    assert queries.get_officer(ref=amos.ref) == amos
    with pytest.raises(NotHereError):
        queries.get_officer(ref="NOBODY")


def test_officers_see_their_own_organisation_and_grey_sees_nobody() -> None:
    amos, birch, frost, grey = cast.amos(), cast.birch(), cast.frost(), cast.grey()

    assert queries.officers(officer=amos) == [amos, birch]
    assert queries.officers(officer=frost) == [frost]
    assert queries.officers(officer=grey) == []


def test_the_forces_administrator_sees_everybody() -> None:
    boss, frost = builders.officer(Role.ADMINISTRATOR, name="Boss"), cast.frost()

    assert queries.officers(officer=boss) == [boss, frost]


def test_one_press_sign_in_is_for_the_demonstration_only(settings: Settings) -> None:
    amos = cast.amos()
    builders.officer(Role.CONSTABLE, is_active=False)

    settings.DEMONSTRATION = True
    assert queries.demo_officers() == [amos]
    settings.DEMONSTRATION = False
    assert queries.demo_officers() == []


def test_an_officer_is_greeted_by_name_and_printed_by_reference() -> None:
    officer = builders.officer(Role.CONSTABLE, name="Amos")

    assert user_display(officer) == "PC Amos"
    assert str(officer) == f"officer:{officer.ref}"
