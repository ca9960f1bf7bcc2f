"""Where members live, as counts on the ground: never who."""

import numpy as np
import numpy.typing as npt
from django.db import connection

# A member counts once, at home; who gave no home counts at their first place.
_HOMES = """
    SELECT home.lon, home.lat, count(*) FROM (
        SELECT DISTINCT ON (place.member_id) place.point[0] AS lon, place.point[1] AS lat
        FROM members_memberplace AS place JOIN members_member AS member ON member.id = place.member_id
        WHERE member.state <> 'left' AND EXISTS (
            SELECT FROM members_consent AS consent
            WHERE consent.member_id = member.id AND consent.withdrawn_at IS NULL AND consent.scheme_id IS NULL
                AND consent.organisation_id = %s
        )
        ORDER BY place.member_id, (place.use <> 'home'), place.id
    ) AS home GROUP BY home.lon, home.lat
"""


def homes(*, organisation_id: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return longitudes, latitudes and how many live there, of the members who agreed to hear from an organisation."""
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, [organisation_id])
        rows = cursor.fetchall()
    lons, lats, counts = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(lons, dtype=float), np.array(lats, dtype=float), np.array(counts, dtype=np.int64)
