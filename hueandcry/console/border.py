"""Agree with a neighbouring force how it takes over what moves its way: `hueandcry border NAME --area CODE`."""

import argparse

from hueandcry.domain.organisations import actions
from hueandcry.domain.organisations.rules import OrganisationError
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit.finding import NotHereError

# Who did it, in the audit trail: somebody with a shell on the machine.
ACTOR = "system:console"


def add(parser: argparse.ArgumentParser) -> None:
    """Take the force, where it is, and how it is told."""
    parser.add_argument("name", help="in full: Kelp Constabulary")
    parser.add_argument("--area", required=True, metavar="CODE", help="the code of its outline, as it was loaded")
    parser.add_argument("--kind", choices=["force", "other"], default="other", help="as its outline was loaded")
    parser.add_argument("--email", default="", help="where it agreed to be written to; none when left out")
    parser.add_argument("--call", default="", metavar="NUMBER", help="the number of its control room")


def run(args: argparse.Namespace) -> None:
    """Keep it, anew when it is known; what is left out now is not agreed any more."""
    try:
        area = places.area_by_code(kind=AreaKind(args.kind), code=args.area)
    except NotHereError:
        raise OrganisationError(
            f"No outline with the code {args.area} is loaded. Load it beside ours first: "
            "hueandcry load areas --kind other"
        ) from None
    made = actions.agree_hand_over(name=args.name, area_id=area.id, email=args.email, call=args.call, actor=ACTOR)
    ways = [way for way in (made.hand_over_call, made.hand_over_to) if way]
    print(f"{made.name} is named when a ring comes into {area.name}; told by {' or '.join(ways) or '101'}.")
