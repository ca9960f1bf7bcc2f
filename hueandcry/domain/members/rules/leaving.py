"""What a force takes with it when it leaves: files and columns, each with what it holds. Pure."""

from dataclasses import dataclass, field

FORMAT = "hueandcry-members"
VERSION = 1


@dataclass(frozen=True)
class Column:
    """One column of one file."""

    name: str
    kind: str
    about: str


@dataclass(frozen=True)
class Resource:
    """One file: JSON Lines, one row a line."""

    name: str
    about: str
    columns: tuple[Column, ...]
    rows: int = 0


@dataclass
class LeavingReport:
    """What was written or read, and how many rows of each."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0

    @property
    def total(self) -> int:
        """Return how many rows there are altogether."""
        return sum(self.rows.values())
