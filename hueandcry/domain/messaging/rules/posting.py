"""Posts that everybody may read: where they go, how long they may be, what follows what. Pure."""

import datetime as dt
from dataclasses import dataclass

from hueandcry.domain.messaging.rules.life import DeliveryState
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import LANGUAGES


class Outlet(Kind):
    """Where a post goes: to an account of the force's, for everybody to read."""

    MASTODON = "mastodon", "Mastodon"
    BLUESKY = "bluesky", "Bluesky"


class PostKind(Kind):
    """What a post says."""

    ALERT = "alert", "The alert"
    CORRECTION = "correction", "Its correction"
    OVER = "over", "That it is over"


class Act(Kind):
    """How a post stands to the first one about the same thing."""

    NEW = "new", "A post of its own"
    ANSWER = "answer", "Under the first post"
    EDIT = "edit", "In the place of the first post"


# How many signs a post has at most, and how many of them a link counts as; None: as many as it has.
LONGEST: dict[Outlet, int] = {Outlet.MASTODON: 500, Outlet.BLUESKY: 300}
LINK_COUNTS: dict[Outlet, int | None] = {Outlet.MASTODON: 23, Outlet.BLUESKY: None}
# Between the words and the link.
APART = 2

# What follows a first post. Where it can be changed it is: whoever passed it on passes on what is true now. That it is
# over stands under it too, so that those hear it who read the first and passed nothing on.
FOLLOWS: dict[tuple[Outlet, PostKind], tuple[Act, ...]] = {
    (Outlet.MASTODON, PostKind.CORRECTION): (Act.EDIT,),
    (Outlet.MASTODON, PostKind.OVER): (Act.EDIT, Act.ANSWER),
    (Outlet.BLUESKY, PostKind.CORRECTION): (Act.ANSWER,),
    (Outlet.BLUESKY, PostKind.OVER): (Act.ANSWER,),
}

# How long one worker has for one post; after a crash it is due again.
POST_LEASE = dt.timedelta(seconds=90)
# While its alert is paused, or everything is stopped, a post is looked at again after so long.
LOOK_AGAIN = dt.timedelta(seconds=30)
CALLED_OFF = "It was called off before it was posted."
PERHAPS_THERE = "Perhaps posted before it was called off: look at the account."


@dataclass(frozen=True)
class PostWords:
    """What is posted in one language, by outlet; `edited` is how the first post then reads where it can be changed."""

    said: dict[Outlet, str]
    edited: dict[Outlet, str]
    link: str = ""


@dataclass(frozen=True)
class PostLine:
    """One post, for a screen."""

    outlet: Outlet
    language: str
    kind: PostKind
    act: Act
    state: DeliveryState
    words: str
    queued_at: dt.datetime
    posted_at: dt.datetime | None
    detail: str

    @property
    def tongue(self) -> str:
        """Return what its language calls itself."""
        return LANGUAGES.get(self.language, self.language)


def room_for(outlet: Outlet, *, link: str) -> int:
    """Return how many signs the words may have beside the link."""
    counts = LINK_COUNTS[outlet]
    return LONGEST[outlet] - ((len(link) if counts is None else counts) + APART if link else 0)
