"""What was posted for everybody to read, and where it can be."""

from django.conf import settings

from hueandcry.domain.messaging.models import Post
from hueandcry.domain.messaging.rules.life import DeliveryState
from hueandcry.domain.messaging.rules.posting import Act, Outlet, PostKind, PostLine
from hueandcry.kit.words import ENGLISH, LANGUAGES


def outlets() -> tuple[Outlet, ...]:
    """Return where posts go here; nowhere, unless a gateway is set for it."""
    return tuple(outlet for outlet in Outlet if outlet.value in settings.GATEWAYS)


def post_languages() -> tuple[str, ...]:
    """Return in which languages posts go, as the force set it; English always, and first."""
    wanted = settings.POST_LANGUAGES.split()
    return tuple(language for language in LANGUAGES if language == ENGLISH or language in wanted)


def posts_about(*, about: str) -> list[PostLine]:
    """Return what was posted about one thing, in its order, with what became of it."""
    return [
        PostLine(
            Outlet(post.outlet),
            post.language,
            PostKind(post.kind),
            Act(post.act),
            DeliveryState(post.state),
            post.words,
            post.queued_at,
            post.posted_at,
            post.detail,
        )
        for post in Post.objects.filter(about=about).order_by("id")
    ]
