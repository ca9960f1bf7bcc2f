"""People who may stand here twice, and who was merged with whom."""

from dataclasses import dataclass

from django.db.models import Case, Q, When

from hueandcry.domain.members.models import Merge, Pair
from hueandcry.domain.members.queries import detail
from hueandcry.domain.members.rules import Channel, MemberDetail, PairState
from hueandcry.domain.members.rules.pairing import SHARED
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit.finding import NotHereError


@dataclass(frozen=True)
class Two:
    """Two members side by side."""

    pair: Pair
    first: MemberDetail
    second: MemberDetail

    @property
    def may_share(self) -> bool:
        """Say whether they look like two people of one household rather than one."""
        return self.pair.why in SHARED

    @property
    def have_one_address(self) -> bool:
        """Say whether some number or mailbox is the same."""
        mine, theirs = (
            {line.address for line in one.contacts if line.channel != Channel.POST} for one in (self.first, self.second)
        )
        return bool(mine & theirs)


def _may(officer: Officer) -> bool:
    return officer.may(Permission.MEMBER_WRITE) and officer.organisation.kind == OrganisationKind.FORCE


def pairs(*, officer: Officer) -> list[Pair]:
    """Return the pairs that wait for a decision: first who may be one person, then who may share a phone."""
    if not _may(officer):
        return []
    rows = Pair.objects.filter(state=PairState.OPEN).select_related("first", "second")
    rows = rows.exclude(Q(first__state="left") | Q(second__state="left"))
    household = Case(When(why__in=SHARED, then=1), default=0)
    return list(rows.order_by(household, "pk")[:5000])


def merges(*, officer: Officer, most: int = 50) -> list[Merge]:
    """Return the merges that can be undone, newest first."""
    if not _may(officer):
        return []
    return list(Merge.objects.filter(undone_at=None).select_related("kept", "gone").order_by("-pk")[:most])


def get_pair(*, officer: Officer, pair_id: int) -> Pair:
    """Return one pair that this officer may decide.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    found = Pair.objects.filter(pk=pair_id).select_related("first", "second").first() if _may(officer) else None
    if found is None:
        raise NotHereError(f"pair:{pair_id}")
    return found


def side_by_side(*, officer: Officer, pair_id: int) -> Two:
    """Return two members with everything that a decision needs.

    Raises:
        NotHereError: there is no such pair for this officer.
    """
    pair = get_pair(officer=officer, pair_id=pair_id)
    return Two(pair, detail(member_id=pair.first_id), detail(member_id=pair.second_id))


def get_merge(*, officer: Officer, ref: str) -> Merge:
    """Return one merge that this officer may undo.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    found = Merge.objects.filter(ref=ref).select_related("kept", "gone").first() if _may(officer) else None
    if found is None:
        raise NotHereError(ref)
    return found


def same_person(*, member_id: int) -> list[int]:
    """Return the ids under which this person stands in older deliveries, conversations and reports, their own first."""
    found, look = [member_id], [member_id]
    while look:
        look = list(Merge.objects.filter(kept__in=look, undone_at=None).values_list("gone_id", flat=True))
        look = [one for one in look if one not in found]
        found += look
    return found
