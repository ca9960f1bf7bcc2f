"""Kinds: closed lists of words that a table column may hold, each with the words people read."""

from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """A closed list; each member is written ``NAME = "stored", "What people read"``.

    Pass the classmethod ``choices`` itself to a model field: a new member then makes no migration.
    """

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member from its stored word and the words that people read."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value.replace("_", " ").capitalize()
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return (stored, label) pairs for a form or a model field."""
        return [(kind.value, kind.label) for kind in cls]
