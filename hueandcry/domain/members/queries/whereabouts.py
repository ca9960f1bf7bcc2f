"""In which areas members are, for counting by area: never shown one by one."""

import numpy as np
import numpy.typing as npt
from django.db import connection
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.places.queries import area_of_each
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit import shapes
from hueandcry.kit.prepared import numbers

Ids = npt.NDArray[np.int64]

_PLACES = """
    SELECT string_agg(int8send((place.member_id << 1) | (place.use <> 'home')::int) || point_send(place.point),
        ''::bytea)
    FROM members_memberplace AS place WHERE place.member_id = ANY(%s::bigint[])
"""
# As PostgreSQL's int8send and point_send write them.
_PLACED = np.dtype([("key", ">i8"), ("lon", ">f8"), ("lat", ">f8")])


def areas_of(*, member_ids: Ids, kind: AreaKind, vintage: str, shape: BaseGeometry | None = None) -> Ids:
    """Return for each of these members, sorted, the area of one kind that they are in; 0 for none.

    Of several places of a member one counts that lies in the shape, if one is given; then the home.
    """
    found = np.zeros(len(member_ids), dtype=np.int64)
    if not len(member_ids):
        return found
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [numbers(member_ids.tolist())])
        rows = np.frombuffer(cursor.fetchone()[0] or b"", dtype=_PLACED)
    if not len(rows):
        return found
    keys = rows["key"].astype(np.int64)
    outside = np.zeros(len(rows), dtype=bool) if shape is None else ~shapes.inside(shape, rows["lon"], rows["lat"])
    order = np.lexsort((keys & 1, outside, keys >> 1))
    members, first = np.unique(keys[order] >> 1, return_index=True)
    chosen = rows[order[first]]
    areas = area_of_each(kind=kind, vintage=vintage, lons=chosen["lon"].tolist(), lats=chosen["lat"].tolist())
    found[np.searchsorted(member_ids, members)] = areas
    return found
