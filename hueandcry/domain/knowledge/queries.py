"""Questions about topics."""

from collections.abc import Sequence

from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.knowledge.rules import TopicLine
from hueandcry.kit.finding import NotHereError


def topics() -> Sequence[TopicLine]:
    """Return the open topics by name."""
    rows = Topic.objects.filter(is_open=True).order_by("name").values_list("id", "slug", "name", "asks")
    return [TopicLine(*row) for row in rows]


def get_topic(*, slug: str) -> Topic:
    """Return one topic.

    Raises:
        NotHereError: there is none by this name.
    """
    try:
        return Topic.objects.get(slug=slug)
    except Topic.DoesNotExist:
        raise NotHereError(slug) from None
