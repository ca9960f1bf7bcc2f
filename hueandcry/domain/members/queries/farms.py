"""How many farms a piece of ground holds: a count, never whose."""

import numpy as np
from django.db import connection
from shapely.geometry.base import BaseGeometry

from hueandcry.domain.members.queries.audience import Ids
from hueandcry.domain.members.rules import PlaceUse
from hueandcry.kit import shapes

_FARMS = """
    SELECT member_id, point[0], point[1] FROM members_memberplace
    WHERE use = %s AND point <@ box(point(%s, %s), point(%s, %s))
"""


def count_farms(*, member_ids: Ids, shape: BaseGeometry) -> int:
    """Count the farms of these members on this ground; one whose two farms lie there counts twice."""
    if shape.is_empty or not len(member_ids):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FARMS, [PlaceUse.FARM.value, *shapes.box_of(shape)])
        rows = cursor.fetchall()
    if not rows:
        return 0
    who, lons, lats = zip(*rows, strict=True)
    return int((shapes.inside(shape, lons, lats) & np.isin(np.array(who, dtype=np.int64), member_ids)).sum())
