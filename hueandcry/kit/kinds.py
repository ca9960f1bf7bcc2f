"""Kinds: closed lists of words that a table column may hold, each with the words people read."""

from enum import StrEnum
from typing import Self

from hueandcry.kit.words import say


class Kind(StrEnum):
    """A closed list; each member is written ``NAME = "stored", "What people read"``.

    Pass the classmethod ``choices`` itself to a model field: a new member then makes no migration.
    """

    words: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member from its stored word and the words that people read."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = label or value.replace("_", " ").capitalize()
        return member

    @property
    def label(self) -> str:
        """Return the words that people read, in the language of the moment."""
        return say(self.words)

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return (stored, label) pairs for a form or a model field."""
        return [(kind.value, kind.label) for kind in cls]
