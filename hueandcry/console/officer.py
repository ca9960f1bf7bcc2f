"""Enrol an officer of the force from the terminal: the first administrator of a new installation."""

import argparse
import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from hueandcry.domain.organisations import actions, queries
from hueandcry.domain.organisations.rules import OrganisationError, OrganisationKind, Role
from hueandcry.kit.finding import NotHereError

# Who did it, in the audit trail: somebody with a shell on the machine.
ACTOR = "system:console"


def add(parser: argparse.ArgumentParser) -> None:
    """Take who they are."""
    parser.add_argument("email", help="what they sign in with")
    parser.add_argument("--name", required=True, help="e.g. 'A. Dale'")
    parser.add_argument("--rank", required=True, help="as members read it, e.g. Inspector")
    parser.add_argument(
        "--role", action="append", required=True, choices=[role.value for role in Role], help="may be given twice"
    )
    parser.add_argument("--force", help="the force's name; only the first time, when it is founded")
    parser.add_argument("--signs-as", help="how its messages begin, e.g. 'Doggerland Police'; only the first time")


def run(args: argparse.Namespace) -> None:
    """Ask for a password twice, then enrol; found the force when there is none yet."""
    password = _password()
    with transaction.atomic():
        _found_if_new(args)
        officer = actions.enrol(
            email=args.email,
            name=args.name,
            rank=args.rank,
            organisation=queries.force(),
            roles=[Role(role) for role in args.role],
            password=password,
            actor=ACTOR,
        )
    print(f"{officer.get_full_name()} is enrolled and may sign in as {officer.email}.")


def _found_if_new(args: argparse.Namespace) -> None:
    try:
        queries.force()
    except NotHereError:
        if not (args.force and args.signs_as):
            raise OrganisationError(
                "There is no force here yet. Say which, for example: "
                "--force 'Doggerland Constabulary' --signs-as 'Doggerland Police'"
            ) from None
        actions.found(kind=OrganisationKind.FORCE, name=args.force, signs_as=args.signs_as, actor=ACTOR)


def _password() -> str:
    """Return a password that passes; from the keyboard, or the first line that a program writes to us.

    Raises:
        OrganisationError: it is too easy, or the two are not the same.
    """
    if sys.stdin.isatty():
        password = getpass.getpass("Password (12 characters or more): ")
        if getpass.getpass("The same again: ") != password:
            raise OrganisationError("The two passwords are not the same: nothing was done.")
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password)
    except ValidationError as refused:
        raise OrganisationError(" ".join(refused.messages)) from None
    return password
