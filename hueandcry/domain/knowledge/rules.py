"""What a topic is. Pure."""

from dataclasses import dataclass


class KnowledgeError(ValueError):
    """A topic that is refused, in words for a screen."""


@dataclass(frozen=True)
class TopicLine:
    """One topic as forms and filters show it."""

    id: int
    slug: str
    name: str
    asks: str
