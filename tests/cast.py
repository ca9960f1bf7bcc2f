"""The standing cast: everybody knows what each may do, and Grey must see nothing."""

from hueandcry.domain.members.models import Member
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Role
from tests import builders


def amos() -> Officer:
    """Constable Amos writes."""
    return builders.officer(Role.CONSTABLE, name="Amos", rank="PC")


def birch() -> Officer:
    """Sergeant Birch approves."""
    return builders.officer(Role.SERGEANT, name="Birch", rank="Sergeant")


def cole() -> Officer:
    """Analyst Cole reads."""
    return builders.officer(Role.ANALYST, name="Cole", rank="Analyst")


def oakes() -> Officer:
    """Operator Oakes sits in the control room at night."""
    return builders.officer(Role.OPERATOR, name="Oakes", rank="Control room")


def dell() -> Member:
    """Dell farms and is a vetted member of Farm Watch."""
    return builders.member(
        name="Dell", schemes=(builders.scheme(),), topics=(builders.topic(),), mobile="+447700900111"
    )


def frost() -> Officer:
    """Frost is from the fire service and sees only what is theirs."""
    return builders.officer(Role.PARTNER, name="Frost", rank="Watch manager", organisation=builders.partner())


def grey() -> Officer:
    """Grey is a stranger: signed in at a council of somewhere else, with no role at all."""
    elsewhere = builders.partner("Faraway Parish Council", kind=OrganisationKind.COUNCIL, signs_as="Faraway")
    return builders.officer(name="Grey", rank="Stranger", organisation=elsewhere)
