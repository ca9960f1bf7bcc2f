"""Posting for everybody to read: rows are the queue here too, one at a time for each thing and outlet, in their order.

A post is never made twice: both outlets keep a second one out (`Again.KNOWN`). What was called off is not posted any
more; of what was perhaps posted before that, a person is told.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from types import MappingProxyType

from django.db import transaction

from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.models import Message, Post
from hueandcry.domain.messaging.queries.posting import outlets
from hueandcry.domain.messaging.rules import DUE, KEEP_TRYING, DeliveryState, MessageKind, back_off, kept_ref
from hueandcry.domain.messaging.rules.posting import (
    CALLED_OFF,
    FOLLOWS,
    LOOK_AGAIN,
    PERHAPS_THERE,
    POST_LEASE,
    Act,
    Outlet,
    PostKind,
    PostWords,
)
from hueandcry.domain.records.actions import log
from hueandcry.gateways.contract import Fate, GatewayError, Handover, Outgoing
from hueandcry.gateways.registry import gateway_for
from hueandcry.kit import clock, jobs
from hueandcry.kit.text import storable
from hueandcry.kit.words import ENGLISH, LANGUAGES

logger = logging.getLogger(__name__)

LONGEST_DETAIL = 200
_HEADER = {Act.ANSWER: "In-Reply-To", Act.EDIT: "Supersedes"}


@transaction.atomic
def post(*, about: str, words: Mapping[str, PostWords], not_before: dt.datetime, expires_at: dt.datetime | None) -> int:
    """Say something to everybody, at every outlet that is set, in each of these languages; return how many were added.

    Said twice it is posted once.
    """
    now = clock.now()
    before = Post.objects.filter(about=about).count()
    Post.objects.bulk_create(
        [
            Post(
                about=about,
                outlet=outlet,
                language=language,
                kind=PostKind.ALERT,
                act=Act.NEW,
                turn="first",
                words=one.said[outlet],
                link=one.link,
                next_at=max(not_before, now),
                expires_at=expires_at or now + KEEP_TRYING,
                queued_at=now,
            )
            for language, one in words.items()
            for outlet in outlets()
            if one.said.get(outlet)
        ],
        ignore_conflicts=True,
    )
    added = Post.objects.filter(about=about).count() - before
    if added:
        _come_back(about, max(not_before, now))
    return added


@transaction.atomic
def follow(
    *,
    about: str,
    kind: PostKind,
    turn: str,
    words: Mapping[str, PostWords],
    fresh: Mapping[str, PostWords] = MappingProxyType({}),
) -> int:
    """Say what follows a first post, wherever there is one and in its language; return how many posts were added.

    What is not posted yet is posted with the `fresh` words, or, when it is over, not at all. Where there are no words
    in its language, the English ones follow it: that it is over is told in any case.
    """
    now, added = clock.now(), 0
    firsts = Post.objects.select_for_update(no_key=True).filter(about=about, act=Act.NEW)
    for first in firsts.order_by("id"):
        outlet, language = Outlet(first.outlet), first.language
        one = words.get(language, words[ENGLISH])
        waits = first.state == DeliveryState.QUEUED
        if waits and kind == PostKind.OVER:
            _call_off(first)
        elif waits and not first.perhaps and fresh:
            first.words = fresh.get(language, fresh[ENGLISH]).said[outlet]
            first.save(update_fields=["words"])
        elif first.state in {*DUE, DeliveryState.ACCEPTED}:
            posts = [
                Post(
                    about=about,
                    outlet=outlet,
                    language=language,
                    kind=kind,
                    act=act,
                    turn=turn,
                    words=(one.edited if act == Act.EDIT else one.said)[outlet],
                    link=one.link,
                    next_at=now,
                    expires_at=now + KEEP_TRYING,
                    queued_at=now,
                )
                for act in FOLLOWS[outlet, kind]
                if not _is_said(about, outlet, language, turn, act)
            ]
            added += len(Post.objects.bulk_create(posts))
    if added:
        _come_back(about, now)
    return added


def _is_said(about: str, outlet: Outlet, language: str, turn: str, act: Act) -> bool:
    return Post.objects.filter(about=about, outlet=outlet, language=language, turn=turn, act=act).exists()


def hand_over(*, about: str) -> int:
    """Post what is due about one thing, in its order; return how many posts were dealt with."""
    due = Post.objects.filter(about=about, state__in=DUE).values_list("outlet", "language").distinct()
    return sum(_at_outlet(about, Outlet(outlet), language) for outlet, language in sorted(due, key=_in_turn))


def sweep() -> int:
    """Ask for a job for every thing with posts that wait for nobody; return for how many."""
    late = Post.objects.filter(state__in=DUE, next_at__lte=clock.now())
    abouts = sorted(set(late.values_list("about", flat=True)))
    for about in abouts:
        _come_back(about, None)
    return len(abouts)


def _in_turn(place: tuple[str, str]) -> tuple[int, int]:
    """English first at each outlet: who answers there reads it under that one."""
    outlet, language = place
    return list(Outlet).index(Outlet(outlet)), [*LANGUAGES, language].index(language)


def _at_outlet(about: str, outlet: Outlet, language: str) -> int:
    """Post what is due at one outlet in one language; ask for the job again for what is due later."""
    dealt_with = 0
    while (post := _claim(about, outlet, language)) is not None:
        dealt_with += 1
        if post.state == DeliveryState.LEASED:
            _record(post, _send(post))
    rows = Post.objects.filter(about=about, outlet=outlet, language=language, state__in=DUE)
    waiting = rows.order_by("id").first()
    if waiting is not None:
        _come_back(about, waiting.next_at)
    return dealt_with


@transaction.atomic
def _claim(about: str, outlet: Outlet, language: str) -> Post | None:
    """Take the next post in hand, or end one that may not go any more; None when none is due now."""
    rows = Post.objects.select_for_update(no_key=True).filter(about=about, outlet=outlet, language=language)
    post = rows.filter(state__in=DUE).order_by("id").first()
    now = clock.now()
    if post is None or post.next_at > now:
        return None
    message = _message(post)
    first = _first(post)
    if first is not None and first.state != DeliveryState.ACCEPTED:
        return _ended(post, DeliveryState.CANCELLED, CALLED_OFF)
    if message is not None and message.cancelled_at is not None:
        return _call_off(post)
    if post.expires_at <= now:
        return _ended(post, DeliveryState.UNCERTAIN if _may_be_there(post) else DeliveryState.EXPIRED, post.detail)
    if (message is not None and message.paused_at is not None) or routing.halted():
        post.next_at = now + LOOK_AGAIN
        post.save(update_fields=["next_at"])
        return None
    post.perhaps = _may_be_there(post)
    post.state, post.attempts, post.next_at = DeliveryState.LEASED, post.attempts + 1, now + POST_LEASE
    post.save(update_fields=["state", "attempts", "next_at", "perhaps"])
    return post


def _may_be_there(post: Post) -> bool:
    """Say whether a post is perhaps made: no answer came, or whoever had it in hand died."""
    return post.perhaps or post.state == DeliveryState.LEASED


def _first(post: Post) -> Post | None:
    """Return the post that this one follows; None for the first itself."""
    if post.act == Act.NEW:
        return None
    return Post.objects.get(about=post.about, outlet=post.outlet, language=post.language, act=Act.NEW)


def _message(post: Post) -> Message | None:
    """Return the newest message about the same thing: a first post is paused and called off with it."""
    if post.act != Act.NEW:
        return None
    return Message.objects.filter(about=post.about, kind=MessageKind.ALERT).order_by("-id").first()


def _send(post: Post) -> Handover:
    """Hand one post over; whatever goes wrong is said."""
    first = _first(post)
    headers = ((_HEADER[Act(post.act)], first.provider_ref),) if first is not None else ()
    outgoing = Outgoing(
        f"POST{post.pk}",
        post.outlet,
        post.words,
        headers=headers,
        language=post.language,
        link=post.link,
        before=post.perhaps,
    )
    try:
        said = list(gateway_for(post.outlet).send([outgoing]))
    except GatewayError as fault:
        logger.warning("An outlet takes no posts for now.", extra={"outlet": post.outlet, "about": post.about})
        return Handover(outgoing.reference, Fate.UNKNOWN, detail=str(fault), try_again=True, perhaps=post.perhaps)
    nothing = Handover(outgoing.reference, Fate.UNKNOWN, detail="Nothing was said of it.", try_again=True, perhaps=True)
    return said[0] if said else nothing


@transaction.atomic
def _record(post: Post, said: Handover) -> None:
    """Write what became of a post."""
    row = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    if row.state != DeliveryState.LEASED or row.attempts != post.attempts:
        return  # the lease ran out, and another worker has it
    now = clock.now()
    row.detail = storable(said.detail)[:LONGEST_DETAIL]
    row.perhaps = said.perhaps
    if said.try_again:
        later = now + max(back_off(row.attempts), dt.timedelta(seconds=said.wait_s or 0))
        row.state, row.next_at = DeliveryState.QUEUED, later
        row.save(update_fields=["state", "next_at", "detail", "perhaps"])
        same = Post.objects.filter(about=row.about, outlet=row.outlet, language=row.language)
        if row.act == Act.NEW and same.filter(kind=PostKind.OVER).exists():
            _call_off(row)
        return
    taken = said.fate == Fate.ACCEPTED
    row.state = DeliveryState.ACCEPTED if taken else DeliveryState.FAILED
    row.provider_ref, row.posted_at = kept_ref(said.provider_ref), now if taken else None
    row.save(update_fields=["state", "provider_ref", "posted_at", "detail", "perhaps"])
    event = "post.made" if taken else "post.failed"
    log(event, subject=row.about, outlet=row.outlet, language=row.language, kind=row.kind, act=row.act)


def _call_off(post: Post) -> Post:
    """End a first post that must not go out any more; of one that is perhaps there a person is told."""
    if _may_be_there(post):
        log("post.uncertain", subject=post.about, outlet=post.outlet)
        return _ended(post, DeliveryState.UNCERTAIN, PERHAPS_THERE)
    return _ended(post, DeliveryState.CANCELLED, CALLED_OFF)


def _ended(post: Post, state: DeliveryState, detail: str) -> Post:
    post.state, post.detail = state, detail
    post.save(update_fields=["state", "detail"])
    return post


def _come_back(about: str, at: dt.datetime | None) -> None:
    """Ask for the job that posts what is due about one thing."""
    once = f"post {about} {at:%H%M%S}" if at else f"post {about}"
    jobs.defer("messaging.post", subject=about, record=0, at=at, once=once)
