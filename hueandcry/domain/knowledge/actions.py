"""Changing topics."""

from django.db import transaction

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.knowledge.rules import KnowledgeError
from hueandcry.domain.records.actions import log

__all__ = ["KnowledgeError", "add_topic"]


@transaction.atomic
def add_topic(*, slug: str, name: str, asks: str = "", actor: str) -> Topic:
    """Add a topic, or rename the one that has this slug. Logged as `topic.added`."""
    topic, _ = Topic.objects.update_or_create(slug=slug, defaults={"name": name, "asks": asks})
    log("topic.added", subject=f"topic:{slug}", actor=actor)
    return topic
