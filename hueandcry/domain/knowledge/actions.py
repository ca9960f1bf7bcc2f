"""Changing topics."""

from django.db import transaction

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.knowledge.rules import KnowledgeError, check_topic
from hueandcry.domain.records.actions import log
from hueandcry.kit.finding import NotHereError

__all__ = ["KnowledgeError", "add_topic", "close_topic"]


@transaction.atomic
def add_topic(*, slug: str, name: str, asks: str = "", actor: str) -> Topic:
    """Add a topic; one that has this slug is renamed and opened again. Logged as `topic.added`.

    Raises:
        KnowledgeError: the slug, the name or what it asks cannot be kept.
    """
    name, asks = check_topic(slug=slug, name=name, asks=asks)
    topic, _ = Topic.objects.update_or_create(slug=slug, defaults={"name": name, "asks": asks, "is_open": True})
    log("topic.added", subject=f"topic:{slug}", actor=actor)
    return topic


@transaction.atomic
def close_topic(*, slug: str, actor: str) -> Topic:
    """Offer a topic no longer, to members or on new alerts; what is about it stays. Logged as `topic.closed`.

    Raises:
        NotHereError: there is none by this name.
    """
    try:
        topic = Topic.objects.select_for_update().get(slug=slug)
    except Topic.DoesNotExist:
        raise NotHereError(f"topic:{slug}") from None
    if topic.is_open:
        topic.is_open = False
        topic.save(update_fields=["is_open"])
        log("topic.closed", subject=f"topic:{slug}", actor=actor)
    return topic
