"""Table columns that Django lacks: PostgreSQL's own point and box, without PostGIS (ADR 2)."""

from typing import TYPE_CHECKING, Any

from django.db import models

from hueandcry.kit.geometry import Box, Point

if TYPE_CHECKING:
    Column = models.Field[Any, Any]
else:
    Column = models.Field


def parse_numbers(text: str) -> list[float]:
    """Return the numbers in PostgreSQL's text form of a point or box."""
    return [float(number) for number in text.translate(str.maketrans("()", "  ")).replace(",", " ").split()]


class PointField(Column):
    """A PostgreSQL ``point`` (x = longitude, y = latitude); give it a GiST index for box searches."""

    def db_type(self, connection: Any) -> str:  # noqa: ANN401, ARG002
        """Name the column's type."""
        return "point"

    def from_db_value(self, value: str | None, *_: object) -> Point | None:
        """Read ``(x,y)``."""
        return None if value is None else Point(*parse_numbers(value))

    def to_python(self, value: Any) -> Point | None:  # noqa: ANN401
        """Accept a pair or PostgreSQL's text."""
        if value is None or isinstance(value, Point):
            return value
        return Point(*parse_numbers(value)) if isinstance(value, str) else Point(*value)

    def get_prep_value(self, value: Any) -> str | None:  # noqa: ANN401
        """Write ``(x,y)``."""
        return None if value is None else f"({float(value[0])!r},{float(value[1])!r})"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:  # noqa: ANN401, ARG002
        """Tell PostgreSQL what the text is."""
        return "%s::point"


class BoxField(Column):
    """A PostgreSQL ``box``; give it a GiST index to ask which boxes hold a point."""

    def db_type(self, connection: Any) -> str:  # noqa: ANN401, ARG002
        """Name the column's type."""
        return "box"

    def from_db_value(self, value: str | None, *_: object) -> Box | None:
        """Read ``(east,north),(west,south)``: PostgreSQL gives the upper right corner first."""
        if value is None:
            return None
        east, north, west, south = parse_numbers(value)
        return Box(west, south, east, north)

    def to_python(self, value: Any) -> Box | None:  # noqa: ANN401
        """Accept four numbers."""
        return value if value is None or isinstance(value, Box) else Box(*value)

    def get_prep_value(self, value: Any) -> str | None:  # noqa: ANN401
        """Write two corners."""
        if value is None:
            return None
        west, south, east, north = (float(number) for number in value)
        return f"({west!r},{south!r}),({east!r},{north!r})"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:  # noqa: ANN401, ARG002
        """Tell PostgreSQL what the text is."""
        return "%s::box"
