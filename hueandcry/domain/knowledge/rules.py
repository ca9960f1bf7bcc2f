"""What a topic is. Pure."""

import re
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


SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SLUG_MOST, NAME_MOST, ASKS_MOST = 40, 80, 160


def check_topic(*, slug: str, name: str, asks: str) -> tuple[str, str]:
    """Return a topic's name and what it asks, without needless spaces.

    Raises:
        KnowledgeError: something is missing, too long, or the slug is not one.
    """
    name, asks = " ".join(name.split()), " ".join(asks.split())
    if not SLUG.match(slug) or len(slug) > SLUG_MOST:
        raise KnowledgeError(f"Write the short name in small letters with hyphens, {SLUG_MOST} at most: hare-coursing.")
    if not name:
        raise KnowledgeError("Write the name of the topic as members read it.")
    for text, most, what in ((name, NAME_MOST, "the name"), (asks, ASKS_MOST, "what an alert asks")):
        if len(text) > most:
            raise KnowledgeError(f"Shorten {what} to {most} characters: it has {len(text)}.")
    return name, asks
