"""Give a program a key to the API, or end one: `hueandcry key make|end`."""

import argparse

from hueandcry.domain.organisations import actions, queries
from hueandcry.domain.organisations.rules import FOR_PROGRAMS, OrganisationError, Permission

# Who did it, in the audit trail: somebody with a shell on the machine.
ACTOR = "system:console"


def add(parser: argparse.ArgumentParser) -> None:
    """Take what the key is for, or which one ends."""
    does = parser.add_subparsers(dest="does", metavar="WHAT", required=True)
    make = does.add_parser("make", help="give out a key; it is shown this once")
    make.add_argument("name", help="which program, and whom to ask about it")
    make.add_argument("--organisation", default="", help="whose members it counts; the force when left out")
    make.add_argument(
        "--permission",
        action="append",
        required=True,
        choices=sorted(permission.value for permission in FOR_PROGRAMS),
        help="may be given twice",
    )
    end = does.add_parser("end", help="end a key at once")
    end.add_argument("ref", help="its reference, as it was shown when it was given out")


def run(args: argparse.Namespace) -> None:
    """Make the key and show it, or end it."""
    if args.does == "end":
        key = actions.end_key(ref=args.ref, actor=ACTOR)
        print(f"The key of {key.name} has ended.")
        return
    by_name = {one.name: one for one in queries.organisations()}
    if args.organisation and args.organisation not in by_name:
        raise OrganisationError(f"There is no {args.organisation} here, but: {', '.join(by_name)}.")
    key, token = actions.make_key(
        organisation=by_name[args.organisation] if args.organisation else queries.force(),
        name=args.name,
        permissions=[Permission(permission) for permission in args.permission],
        actor=ACTOR,
    )
    print(f"Key {key.ref} for {key.name}. Keep it safe, it is shown this once:\n{token}")
    print(f'Try it: curl -H "Authorization: Bearer {token}" http://localhost:8000/api/v1/coverage/district/')
