"""Which groups members fall into, so that each group may read a wording of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection

from hueandcry.domain.members.rules import Tier

Ids = npt.NDArray[np.int64]

# Each member once: by how far they were checked and by the scheme that they joined first.
_GROUPS = """
    SELECT member.tier, COALESCE(scheme.name, ''), array_agg(member.id ORDER BY member.id)
    FROM members_member AS member
    LEFT JOIN LATERAL (
        SELECT part.scheme_id FROM members_membership AS part
        WHERE part.member_id = member.id AND part.left_at IS NULL AND part.state = 'in'
        ORDER BY part.id LIMIT 1
    ) AS first ON true
    LEFT JOIN members_scheme AS scheme ON scheme.id = first.scheme_id
    WHERE member.id = ANY(%s)
    GROUP BY member.tier, COALESCE(scheme.name, '')
    ORDER BY count(*) DESC, member.tier, COALESCE(scheme.name, '')
"""


@dataclass(frozen=True)
class Group:
    """Members of one tier and one scheme, or those of the many small groups that are left, sorted."""

    described: str
    members: Ids


def in_groups(*, member_ids: Ids | Sequence[int], most: int) -> list[Group]:
    """Divide members into groups by tier and first scheme, largest first; the smallest share the last of `most`."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, [[int(one) for one in member_ids]])
        found = [Group(_described(Tier(tier), scheme), np.array(ids)) for tier, scheme, ids in cursor.fetchall()]
    if len(found) <= most:
        return found
    rest = np.sort(np.concatenate([group.members for group in found[most - 1 :]]))
    return [*found[: most - 1], Group("Members of smaller groups", rest)]


def _described(tier: Tier, scheme: str) -> str:
    return f"{tier.label}, {scheme}" if scheme else f"{tier.label}, of no scheme"
