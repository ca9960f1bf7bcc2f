"""Every role and every permission, held as a golden table; what one person must never hold together."""

import pytest

from hueandcry.domain.organisations.rules import (
    CHANGES,
    MAY,
    NEVER_TOGETHER,
    OrganisationError,
    OrganisationKind,
    Permission,
    Role,
    allowed,
    check_address,
    check_name,
    check_roles,
)

# One row a permission, one column a role, in the order of the two lists; a change here is a change of policy.
GOLDEN = """
                 constable sergeant operator analyst engagement inspector administrator auditor partner clerk
desk:open        yes       yes      yes      yes     yes        yes       yes           yes     yes     yes
alert:read       yes       yes      yes      yes     yes        yes       -             yes     yes     -
alert:write      yes       yes      yes      -       yes        yes       -             -       yes     -
alert:approve    -         yes      -        -       -          yes       -             -       -       -
alert:fast       -         yes      yes      -       -          yes       -             -       -       -
alert:end        yes       yes      yes      -       -          yes       -             -       -       -
alert:rules      -         -        -        -       -          yes       -             -       -       -
alert:templates  -         yes      -        -       yes        yes       -             -       -       -
warning:give     yes       yes      yes      -       yes        yes       -             -       yes     -
alert:figures    yes       yes      yes      yes     yes        yes       -             yes     yes     -
report:read      yes       yes      yes      yes     -          yes       -             -       -       -
report:work      yes       yes      yes      -       -          yes       -             -       -       -
rota:write       -         yes      -        -       -          yes       -             -       -       -
member:read      yes       yes      yes      -       yes        yes       yes           -       yes     -
member:write     yes       yes      -        -       yes        yes       -             -       -       -
scheme:write     -         yes      -        -       yes        yes       -             -       -       -
member:vet       -         yes      -        -       yes        yes       -             -       -       -
network:read     yes       yes      yes      -       yes        yes       -             -       -       -
network:write    yes       yes      -        -       yes        yes       -             -       -       -
member:import    -         -        -        -       yes        -         yes           -       -       -
member:export    -         -        -        -       -          -         yes           -       -       -
place:read       yes       yes      yes      yes     yes        yes       yes           yes     yes     yes
barrier:write    -         -        -        -       yes        yes       -             -       -       -
coverage:read    yes       yes      -        yes     yes        yes       -             -       yes     -
sending:read     yes       yes      yes      -       yes        yes       yes           yes     -       -
sending:halt     -         yes      yes      -       -          yes       yes           -       -       -
sending:decide   -         yes      yes      -       -          yes       -             -       -       -
sending:fund     -         -        -        -       -          yes       yes           -       -       -
record:read      -         -        -        -       -          yes       -             yes     -       -
officer:write    -         -        -        -       -          -         yes           -       -       -
"""


def test_the_permission_table_is_the_one_that_was_agreed() -> None:
    printed = [["", *(role.value for role in Role)]]
    printed += [[p.value, *("yes" if p in MAY[role] else "-" for role in Role)] for p in Permission]

    golden = [line.split() for line in GOLDEN.strip("\n").splitlines()]

    assert [row[1:] if not row[0] else row for row in printed] == golden


def test_every_permission_is_held_by_some_role_and_every_role_has_a_row() -> None:
    assert set(MAY) == set(Role)
    assert frozenset().union(*MAY.values()) == set(Permission)


def test_no_roles_allow_nothing() -> None:
    assert allowed(frozenset()) == frozenset()


def test_the_auditor_changes_nothing() -> None:
    assert not MAY[Role.AUDITOR] & CHANGES


def test_whoever_gives_out_roles_releases_nothing() -> None:
    givers = [role for role in Role if Permission.OFFICER_WRITE in MAY[role]]

    assert givers
    assert all(not MAY[role] & {Permission.ALERT_APPROVE, Permission.ALERT_FAST} for role in givers)


def test_every_permission_that_changes_something_is_in_the_list_of_changes() -> None:
    looks = {
        Permission.DESK_OPEN,
        Permission.ALERT_READ,
        Permission.ALERT_FIGURES,
        Permission.REPORT_READ,
        Permission.MEMBER_READ,
        Permission.MEMBER_EXPORT,
        Permission.NETWORK_READ,
        Permission.PLACE_READ,
        Permission.COVERAGE_READ,
        Permission.SENDING_READ,
        Permission.RECORD_READ,
    }

    assert set(Permission) - CHANGES == looks


@pytest.mark.parametrize("role", [row[0] for row in NEVER_TOGETHER])
def test_each_row_of_never_together_refuses_the_inspector_role_beside_it(role: Role) -> None:
    kind = OrganisationKind.COUNCIL if role == Role.CLERK else OrganisationKind.FORCE
    other = Role.PARTNER if role == Role.CLERK else Role.INSPECTOR

    with pytest.raises(OrganisationError, match=role.label):
        check_roles(kind=kind, roles=frozenset({role, other}))


def test_roles_that_go_together_pass() -> None:
    check_roles(kind=OrganisationKind.FORCE, roles=frozenset({Role.OPERATOR, Role.SERGEANT}))
    check_roles(kind=OrganisationKind.FORCE, roles=frozenset({Role.AUDITOR, Role.ANALYST}))
    check_roles(kind=OrganisationKind.FIRE, roles=frozenset({Role.PARTNER}))
    check_roles(kind=OrganisationKind.COUNCIL, roles=frozenset({Role.CLERK}))
    check_roles(kind=OrganisationKind.COUNCIL, roles=frozenset())


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ANALYST, Role.INSPECTOR, Role.ADMINISTRATOR, Role.AUDITOR])
def test_a_partner_has_none_of_the_roles_that_only_the_force_has(role: Role) -> None:
    with pytest.raises(OrganisationError, match="no such role"):
        check_roles(kind=OrganisationKind.FIRE, roles=frozenset({role}))


@pytest.mark.parametrize("role", [Role.PARTNER, Role.CLERK])
def test_the_force_has_none_of_the_partners_roles(role: Role) -> None:
    with pytest.raises(OrganisationError, match=role.label):
        check_roles(kind=OrganisationKind.FORCE, roles=frozenset({role}))


def test_a_name_loses_needless_spaces() -> None:
    assert check_name("  Holt   Rural Team ", what="the team") == "Holt Rural Team"


@pytest.mark.parametrize(("name", "words"), [("  ", "Write a name"), ("x" * 121, "Shorten")])
def test_a_name_that_cannot_be_kept_is_refused(name: str, words: str) -> None:
    with pytest.raises(OrganisationError, match=words):
        check_name(name, what="the team")


def test_an_address_is_kept_in_small_letters() -> None:
    assert check_address(" Amos@Example.ORG ") == "amos@example.org"


@pytest.mark.parametrize(
    "address", ["", "amos", "amos@example", "amos@@example.org", "a b@example.org", "a@b.org, c@d.org"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(OrganisationError, match="in full"):
        check_address(address)
