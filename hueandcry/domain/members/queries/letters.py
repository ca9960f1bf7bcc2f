"""Who gets letters: name, home, language, print and watch schemes, for the address of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hueandcry.domain.members.models import Member, MemberPlace, Membership
from hueandcry.domain.members.rules import MembershipState, PlaceUse, Reading
from hueandcry.kit.geometry import Point


@dataclass(frozen=True)
class Reader:
    """Somebody who gets a letter: how they are addressed, where they live, how they read."""

    name: str = field(repr=False)
    home: Point | None = field(repr=False)
    language: str
    is_large: bool
    schemes: tuple[tuple[str, str], ...]


def readers(*, member_ids: Sequence[int]) -> dict[int, Reader]:
    """Return those of these members who are still here, by their ids."""
    homes: dict[int, Point] = {}
    places = MemberPlace.objects.filter(member__in=member_ids).order_by("id")
    for member_id, use, point in places.values_list("member_id", "use", "point"):
        if member_id not in homes or use == PlaceUse.HOME:
            homes[member_id] = point
    parts: dict[int, list[tuple[str, str]]] = {}
    inside = Membership.objects.filter(member__in=member_ids, left_at=None, state=MembershipState.IN)
    for member_id, ref, name in inside.order_by("scheme__name").values_list("member_id", "scheme__ref", "scheme__name"):
        parts.setdefault(member_id, []).append((ref, name))
    rows = Member.objects.filter(pk__in=member_ids, left_at=None).values_list("pk", "name", "language", "reading")
    return {
        pk: Reader(name, homes.get(pk), language, reading == Reading.LARGE, tuple(parts.get(pk, ())))
        for pk, name, language, reading in rows
    }
