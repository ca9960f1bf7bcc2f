"""Putting a message into the queue: rows are the queue, written with one statement in the caller's transaction."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

from hueandcry.domain.members import queries as members
from hueandcry.domain.members.queries.schemes import hearing
from hueandcry.domain.members.rules import Channel, Priority, Purpose
from hueandcry.domain.messaging import queries
from hueandcry.domain.messaging.actions.allowing import check_paid
from hueandcry.domain.messaging.actions.sparing import spared
from hueandcry.domain.messaging.models import Conversation, Delivery, Message
from hueandcry.domain.messaging.queries.choosing import by_what_worked
from hueandcry.domain.messaging.rules import (
    ANSWERS,
    BROADCASTS,
    DUE,
    ENDED_BY_STOP,
    FOLLOW_UPS,
    LONGEST_REPLY,
    NOT_BEGUN,
    PRIORITY_OF,
    TOLD,
    TRUSTED,
    DeliveryState,
    Lane,
    MessageKind,
    MessagingError,
    Words,
    can_hear,
)
from hueandcry.domain.messaging.rules.budget import AGREED_FOR, LANE_OF, STILL_AWAKE
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock, prepared

# A stopped address as SQL: only its hash is kept. The parameter says whether a stop of everything is needed.
STOPPED = """EXISTS (
    SELECT 1 FROM members_suppression AS stop
    WHERE stop.channel = {row}.channel
        AND stop.address_hash = sha256(convert_to({row}.channel || ':' || {row}.address, 'UTF8'))
        AND (stop.everything OR NOT %s)
)"""


def agreed_for(message: str) -> str:
    """Return as SQL whether `agreed` was given for what a message of this kind needs, and of a scheme's own for it."""
    own = f" AND agreed.scheme_id IS NOT DISTINCT FROM {message}.scheme_id"
    needed = " ".join(f"WHEN '{kind.value}' THEN '{purpose.value}'" for kind, purpose in AGREED_FOR.items())
    return f"agreed.purpose = CASE {message}.kind {needed} ELSE agreed.purpose END{own}"


_DRILLS = "SELECT EXISTS (SELECT FROM messaging_message WHERE about = %s::text AND is_drill)"
_NOBODY_GOES = "SELECT pg_advisory_xact_lock_shared(21078, 1)"
# Sorting and what the trigger reads stay in memory: 33,000 rows would be written to disk and read again.
_IN_MEMORY = "SET LOCAL work_mem = '64MB'"
# A plan that is kept does not know for how many it is: for more than these it is made anew.
PLANNED_ONCE = 10_000
# A letter waits until somebody prints it, whatever the hour and however much its reader got this week.
_INSERT = """
    INSERT INTO messaging_delivery
        (message_id, member_id, channel, address, lane, state, attempts, next_at, ended_at, gateway, provider_ref,
            detail)
    SELECT %s::bigint, row.member_id, row.channel, row.address, %s::text,
        CASE WHEN row.channel = 'post' THEN 'to_print' ELSE row.state END, 0, GREATEST(
            CASE WHEN row.next_at <= %s::timestamptz THEN LEAST(row.next_at, now()) ELSE row.next_at END,
            %s::timestamptz
        ), CASE WHEN row.channel <> 'post' THEN row.ended_at END, '', '',
        CASE WHEN row.channel = 'post' THEN '' ELSE row.detail END
    FROM ({rows}) AS row
    {checked}
"""
_CHECKED = "WHERE NOT {stopped} ON CONFLICT DO NOTHING"
# Who heard of it in a digest has heard of it, by the way that the digest went.
_TOLD = """
    SELECT DISTINCT ON (heard.channel, heard.address) earlier.member_id, heard.channel, heard.address
    FROM messaging_delivery AS earlier
    JOIN messaging_message AS message ON message.id = earlier.message_id
    JOIN LATERAL (
        SELECT earlier.channel, earlier.address, earlier.state WHERE earlier.bundled_in_id IS NULL
        UNION ALL
        SELECT digest.channel, digest.address, digest.state FROM messaging_delivery AS digest
        WHERE digest.message_id = earlier.bundled_in_id AND digest.member_id = earlier.member_id
    ) AS heard ON true
    WHERE message.about = %s AND message.kind = ANY(%s) AND message.id < %s AND heard.state = ANY(%s)
        AND heard.address <> '' {narrowed}
    ORDER BY heard.channel, heard.address, earlier.id
"""
# Somebody who answered by two ways is told once, by the way they used last.
_ANSWERED = """
    SELECT DISTINCT ON (COALESCE('member ' || talk.member_id, talk.channel || ' ' || talk.address))
        talk.member_id, talk.channel, talk.address, talk.last_at > %s AS awake
    FROM messaging_conversation AS talk
    WHERE talk.about = %s AND talk.address <> '' AND EXISTS (
        SELECT 1 FROM messaging_inbound AS said WHERE said.conversation_id = talk.id AND said.command = ANY(%s)
    )
    ORDER BY COALESCE('member ' || talk.member_id, talk.channel || ' ' || talk.address), talk.last_at DESC
"""


def frames_of(words: Words) -> dict[str, dict[str, str]]:
    """Return what a message keeps of its words in other languages."""
    return {
        language: {"text": one.text, "spoken": one.spoken, "subject": one.subject, "email": one.email}
        for language, one in words.also.items()
    }


@transaction.atomic
def queue(  # noqa: PLR0913 - a message is what all of these say, and each is named
    *,
    kind: MessageKind,
    about: str,
    organisation_id: int,
    words: Words,
    member_ids: npt.NDArray[np.int64] | Sequence[int] | members.Meant,
    priority: Priority = Priority.URGENT,
    lane: Lane | None = None,
    expires_at: dt.datetime | None,
    invites_answers: bool,
    purpose: Purpose,
    channels: Sequence[Channel] = (),
    scheme_id: int | None = None,
    not_before: dt.datetime | None = None,
    is_drill: bool = False,
    team_id: int | None = None,
    actor: str,
) -> Message:
    """Say something to these members, each by the one way that reaches them. Logged as `message.queued`.

    An audience that is answered already (`members.meant_by`) is not asked about again: who and by which way is as it
    was answered, and only where that way is to be found now is looked up; but whose first way is measured to be slow or
    to fail is told by a better one of theirs (`queries.choosing`).

    With `scheme_id` it is that scheme's own: it goes to those who agreed to hear from it. Nothing leaves before
    `not_before`; an exercise (`is_drill`) reaches the sandbox only, and so does all that is ever said about it. The
    team pays.

    Members without a way, without agreement or whose address asked to stop get no row. The priority decides the way,
    the lane (unless one is named), the hours, and whether it waits for the digest of whoever had enough for one week.

    Raises:
        MessagingError: it can wait, and no money is left for it this month.
    """
    moved = 0
    if isinstance(member_ids, members.Meant):
        before, member_ids = member_ids, by_what_worked(meant=member_ids, channels=channels)
        moved = members.moved(before=before, after=member_ids)
    message = write(
        kind=kind,
        about=about,
        organisation_id=organisation_id,
        words=words,
        priority=priority,
        lane=lane,
        expires_at=expires_at,
        invites_answers=invites_answers,
        scheme_id=scheme_id,
        is_drill=is_drill,
        team_id=team_id,
        asked_from=_asked_from(kind, purpose, member_ids),
        moved=moved,
    )
    # What is printed is carried by hand: an alert is worth the walk, an exercise must reach nobody's letterbox.
    by_letter = kind == MessageKind.ALERT and not message.is_drill and scheme_id is None
    ways = [channel for channel in channels or Channel if channel != Channel.POST or by_letter]
    if scheme_id is not None:
        ids = [] if isinstance(member_ids, members.Meant) else [int(one) for one in member_ids]
        rows, params = hearing(scheme_id=scheme_id, member_ids=ids, priority=priority, channels=ways)
    elif isinstance(member_ids, members.Meant):
        asked = member_ids.question
        if (asked.organisation_id, asked.purpose, asked.priority) != (organisation_id, purpose, priority):
            raise AssertionError("Ways were answered for another organisation, purpose or priority.")
        rows, params = members.reachable_of(meant=member_ids, channels=ways)
    else:
        rows, params = members.reachable(
            member_ids=member_ids, organisation_id=organisation_id, purpose=purpose, channels=ways, priority=priority
        )
    many = len(member_ids.members if isinstance(member_ids, members.Meant) else member_ids)
    added = insert_rows(message, rows, params, checked=True, many=many, not_before=not_before)
    check_paid(message=message, actor=actor)
    return sent_on_its_way(message, added, actor)


@transaction.atomic
def follow(
    *, kind: MessageKind, about: str, words: Words, actor: str, expires_at: dt.datetime | None = None
) -> Message:
    """Tell exactly those whom earlier messages about the same thing reached, by the way that reached them.

    What is still queued of those is cancelled first; what a provider holds at this moment is followed as soon as it
    is known that it arrived. Logged as `message.cancelled` and `message.queued`.

    Raises:
        MessagingError: nothing was ever sent about this.
    """
    cancel(about=about, actor=actor)
    before = list(Message.objects.filter(about=about, kind__in=BROADCASTS).order_by("id"))
    if not before:
        raise MessagingError("Nothing was sent about this, so there is nobody to tell.")
    earlier = before[-1]
    message = write(
        kind=kind,
        about=about,
        organisation_id=earlier.organisation_id,
        words=words,
        priority=Priority(earlier.priority),
        lane=Lane(earlier.lane),
        expires_at=expires_at,
        invites_answers=earlier.invites_answers,
        team_id=earlier.team_id,
        asked_from=_asked_first(before),
    )
    return sent_on_its_way(message, _insert_told(message), actor)


def catch_up(*, about: str, delivery_ids: Sequence[int]) -> None:
    """Let what followed an alert follow it to these too: they were in a provider's hands when it was cancelled."""
    followers = Message.objects.filter(about=about, kind__in=FOLLOW_UPS, cancelled_at=None)
    for message in followers.order_by("id"):
        added = _insert_told(message, "AND earlier.id = ANY(%s)", [list(delivery_ids)])
        if added:
            lane = Lane(message.lane)
            log("message.queued", subject=f"message:{message.ref}", priority=PRIORITY_OF[lane], deliveries=added)


def catch_up_digest(*, digest_id: int, delivery_ids: Sequence[int]) -> None:
    """Let what followed the alerts of a digest follow to these too: it was in a provider's hands when one ended."""
    parts = Delivery.objects.filter(bundled_in=digest_id)
    ended = Message.objects.filter(pk__in=parts.values("message"), cancelled_at__isnull=False)
    members_of = Delivery.objects.filter(pk__in=delivery_ids).values("member")
    for about in ended.order_by("id").values_list("about", flat=True).distinct():
        ids = parts.filter(message__about=about, member__in=members_of).values_list("pk", flat=True)
        catch_up(about=about, delivery_ids=list(ids))


def _insert_told(message: Message, narrowed: str = "", params: Sequence[Any] = ()) -> int:
    return insert_rows(
        message,
        _TOLD.format(narrowed=narrowed),
        [message.about, [kind.value for kind in BROADCASTS], message.pk, [state.value for state in TOLD], *params],
    )


@transaction.atomic
def answer_all(*, kind: MessageKind, about: str, words: Words, actor: str) -> Message:
    """Tell everybody who answered, once each, by the way they answered, members or not. Logged as `message.queued`.

    Only who asked to stop everything is left out: a stop of alerts does not end a case that somebody is part of. Who
    said nothing lately is not woken for it.
    """
    earlier = Message.objects.filter(about=about).order_by("-id").first()
    message = write(
        kind=kind,
        about=about,
        organisation_id=earlier.organisation_id if earlier else force().pk,
        words=words,
        priority=Priority.IMPORTANT,
        expires_at=None,
        invites_answers=True,
    )
    awake_since = message.queued_at - STILL_AWAKE
    added = insert_rows(message, _ANSWERED, [awake_since, about, [command.value for command in ANSWERS]], awake=True)
    return sent_on_its_way(message, added, actor)


@transaction.atomic
def reply(*, conversation_ref: str, text: str, actor: str) -> Message:
    """Answer one person in their conversation, by the way they wrote. Logged as `message.queued`.

    Raises:
        MessagingError: nothing is said, too much is said, nobody can hear it there, or they asked for nothing more.
        NotHereError: there is no such conversation.
    """
    text = text.strip()
    if not text:
        raise MessagingError("Write what you want to say.")
    if len(text) > LONGEST_REPLY:
        raise MessagingError(f"Shorten it to {LONGEST_REPLY} characters: it has {len(text)}.")
    talk = queries.get_conversation(ref=conversation_ref, to_change=True)
    if not can_hear(channel=talk.channel, address=talk.address):
        raise MessagingError("This came from a withheld number or a name, so no answer can go there.")
    message = write(
        kind=MessageKind.REPLY,
        about=talk.about,
        organisation_id=queries.organisation_of(about=talk.about),
        words=Words(text=text, spoken=text, subject="An answer to your message", email=text),
        priority=Priority.URGENT,
        expires_at=None,
        invites_answers=True,
    )
    if not insert_rows(message, *_only(talk)):
        raise MessagingError("They asked us to send nothing more here, so this cannot be sent.")
    talk.last_at = message.queued_at
    talk.save(update_fields=["last_at"])
    return sent_on_its_way(message, 1, actor)


@transaction.atomic
def cancel(*, about: str, actor: str = SYSTEM) -> int:
    """Take back what is not sent yet about this; return how many. Logged as `message.cancelled`.

    Rows in a worker's hands finish what they are at; nothing goes back into the queue.
    """
    messages = Message.objects.filter(about=about, kind__in=BROADCASTS)
    # Also those cancelled before: an outcome is written under a shared lock of its message, so that none slips between.
    going_on = [
        pk
        for pk, cancelled_at in messages.select_for_update().order_by("id").values_list("pk", "cancelled_at")
        if cancelled_at is None
    ]
    if not going_on:
        return 0
    now = clock.now()
    # A digest that is not out yet speaks of it: all in it have the same parts, so it is made anew without this one.
    parts = Delivery.objects.filter(message__in=going_on, state=DeliveryState.BUNDLED)
    digests = Message.objects.filter(
        pk__in=parts.values("bundled_in"), cancelled_at=None, deliveries__state__in=DUE
    ).distinct()
    bundled_in = list(Message.objects.select_for_update().filter(pk__in=digests).order_by("id"))
    Message.objects.filter(pk__in=[*going_on, *(digest.pk for digest in bundled_in)]).update(cancelled_at=now)
    waiting = Delivery.objects.filter(state__in=NOT_BEGUN)
    waiting = waiting.filter(message__in=[*going_on, *(digest.pk for digest in bundled_in)])
    # What went once, and no answer came, was perhaps sent: it is never said of it that it was not.
    waiting.exclude(gateway="").update(state=DeliveryState.UNCERTAIN, ended_at=now)
    taken_back = waiting.filter(message__in=going_on).update(state=DeliveryState.CANCELLED, ended_at=now)
    waiting.update(state=DeliveryState.CANCELLED, ended_at=now)
    log("message.cancelled", subject=about, actor=actor, messages=len(going_on), deliveries=taken_back)
    return taken_back


def insert_rows(
    message: Message,
    rows: str,
    params: Sequence[Any],
    *,
    awake: bool = False,
    checked: bool = False,
    many: int = 0,
    not_before: dt.datetime | None = None,
) -> int:
    """Write one delivery for each row of `rows` (member_id, channel, address) but the stopped ones; return how many.

    Whoever sleeps gets theirs when their hours begin, whoever had enough for one week in the next digest. With `awake`
    the rows have a column of that name: who may be told at any hour. `checked`: each member comes once and no row is
    stopped, so that neither is looked for again; who stops from now on is found when the row is claimed. `many` members
    are meant, as far as is known. Nothing is due before `not_before`.
    """
    kind = MessageKind(message.kind)
    asks = not checked and kind != MessageKind.CONTROL
    stopped = STOPPED.format(row="row") if asks else "false"
    rows, params = spared(message, rows, params, awake=awake)
    sql = _INSERT.format(rows=rows, checked="" if checked else _CHECKED.format(stopped=stopped))
    values = [
        message.pk,
        message.lane,
        # What goes at once goes by the database's clock, however far ahead of it ours is.
        message.queued_at if clock.told() is None else None,
        not_before,
        *params,
        *([kind not in ENDED_BY_STOP] if asks else []),
    ]
    # Before anybody is looked at: whoever is deleted at this moment is not written to (ADR 19).
    prepared.rows(_NOBODY_GOES, [])
    if many > PLANNED_ONCE:
        prepared.rows(_IN_MEMORY, [])
    if checked:
        return prepared.written(sql, values, keep=many <= PLANNED_ONCE)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _only(talk: Conversation) -> tuple[str, list[Any]]:
    return (
        "SELECT %s::bigint AS member_id, %s::text AS channel, %s::text AS address",
        [talk.member_id, talk.channel, talk.address],
    )


def say_to_one(
    *,
    kind: MessageKind,
    about: str,
    words: Words,
    member_id: int | None,
    channel: Channel,
    address: str,
    good_for: dt.timedelta,
    actor: str = SYSTEM,
) -> Message:
    """Say something of the force's own to one address, in the caller's transaction. Logged as `message.queued`."""
    message = write(
        kind=kind,
        about=about,
        organisation_id=force().pk,
        words=words,
        priority=Priority.URGENT,
        good_for=good_for,
        invites_answers=False,
    )
    added = insert_rows(
        message,
        "SELECT %s::bigint AS member_id, %s::text AS channel, %s::text AS address",
        [member_id, channel.value, address],
    )
    return sent_on_its_way(message, added, actor)


def write(  # noqa: PLR0913 - a message is what all of these say, and each is named
    *,
    kind: MessageKind,
    about: str,
    organisation_id: int,
    words: Words,
    priority: Priority,
    lane: Lane | None = None,
    expires_at: dt.datetime | None = None,
    good_for: dt.timedelta | None = None,
    invites_answers: bool,
    scheme_id: int | None = None,
    is_drill: bool = False,
    team_id: int | None = None,
    asked_from: int | None = None,
    moved: int = 0,
) -> Message:
    """Write the message itself, without anybody whom it goes to."""
    now = clock.now()
    message = Message(
        kind=kind,
        about=about,
        organisation_id=organisation_id,
        scheme_id=scheme_id,
        priority=priority,
        lane=lane or LANE_OF[priority],
        text=words.text,
        spoken=words.spoken,
        subject=words.subject,
        email=words.email,
        frames=frames_of(words),
        invites_answers=invites_answers,
        queued_at=now,
        expires_at=now + good_for if good_for is not None else expires_at,
        is_drill=is_drill,
        team_id=team_id,
        asked_from=asked_from,
        moved=moved,
    )
    # Asked where it is written: whatever is said of an exercise is one, whoever says it.
    prepared.insert(message, computed={} if is_drill or not about else {"is_drill": (f"({_DRILLS})", about)})
    return message


def _asked_from(kind: MessageKind, purpose: Purpose, who: object) -> int | None:
    """Return since when changes matter for those who were asked for just now: all that a claim asks was asked of them.

    An audience is those who agreed to its purpose, do not pause, and have an address that works and is not stopped.
    """
    asks_the_same = AGREED_FOR.get(kind, purpose) == purpose
    return who.asked_from if isinstance(who, members.Meant) and asks_the_same else None


def _asked_first(before: Sequence[Message]) -> int | None:
    """Return since when changes matter for those whom these messages reached: everything was asked as each went out."""
    oldest = [message.asked_from for message in before]
    lately = before[0].queued_at > clock.now() - TRUSTED / 2
    known = [one for one in oldest if one is not None]
    return min(known) if lately and len(known) == len(oldest) else None


def is_of_drill(*, about: str) -> bool:
    """Say whether something is an exercise: then so is whatever is said of it, to whom and by which door."""
    return bool(about) and bool(prepared.rows(_DRILLS, [about])[0][0])


def sent_on_its_way(message: Message, deliveries: int, actor: str) -> Message:
    """Wake whoever hands it over. Logged as `message.queued`."""
    log(
        "message.queued",
        subject=f"message:{message.ref}",
        actor=actor,
        about=message.about,
        message_kind=message.kind,
        deliveries=deliveries,
        priority=PRIORITY_OF[Lane(message.lane)],
    )
    return message
