"""What people tell us and how it is read: a machine proposes, a person decides. Pure."""

from hueandcry.domain.reports.rules.kinds import (
    ANSWERED_BY_ITSELF,
    OPEN,
    OUTCOME_MOST,
    PLACE_MOST,
    SPOKEN,
    TOLD_MOST,
    Extract,
    Plate,
    Reading,
    ReportError,
    Seen,
    State,
    check_open,
    check_outcome,
    check_told,
)
from hueandcry.domain.reports.rules.naming import read_aims, read_names
from hueandcry.domain.reports.rules.passing_on import sighting_from, where_in_words
from hueandcry.domain.reports.rules.reading import read_answer
from hueandcry.domain.reports.rules.words import read_direction, read_people, read_vehicle

__all__ = [
    "ANSWERED_BY_ITSELF",
    "OPEN",
    "OUTCOME_MOST",
    "PLACE_MOST",
    "SPOKEN",
    "TOLD_MOST",
    "Extract",
    "Plate",
    "Reading",
    "ReportError",
    "Seen",
    "State",
    "check_open",
    "check_outcome",
    "check_told",
    "read_aims",
    "read_answer",
    "read_direction",
    "read_names",
    "read_people",
    "read_vehicle",
    "sighting_from",
    "where_in_words",
]
