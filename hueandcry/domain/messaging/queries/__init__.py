"""Questions about messages: where they stand, who was reached, who answered, what was said."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.models import Conversation, Delivery, Inbound, Message, Receipt
from hueandcry.domain.messaging.queries.hearing import forged_lately
from hueandcry.domain.messaging.rules import (
    ANSWERS,
    BROADCASTS,
    DUE,
    REACHED,
    TOLD,
    Answered,
    Command,
    DeliveryState,
    InboundLine,
    Lane,
    MessageKind,
    Phone,
    PhoneLine,
    Progress,
    ReceivedLine,
    Thread,
    ThreadLine,
    Words,
)
from hueandcry.domain.messaging.rules.budget import (
    ASLEEP,
    CAN_BE_HELD,
    COUNTED,
    COUNTED_STATES,
    NOT_IN_DIGEST,
    OVER_BUDGET,
    WEEK,
    Budget,
    KeptBack,
    OptOuts,
    Waiting,
    can_be_held,
    digest_slots,
    opt_outs,
)
from hueandcry.domain.messaging.rules.ladder import BEST_FIRST
from hueandcry.domain.organisations.queries import force
from hueandcry.gateways import sandbox
from hueandcry.gateways.contract import Gateway, GatewayError
from hueandcry.gateways.registry import gateways, routes_for
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import ENGLISH

Ids = npt.NDArray[np.int64]

LINES_ON_A_PHONE = 4
JUST_CAME = dt.timedelta(minutes=1)
SPOKEN_OF = tuple(kind for kind in MessageKind if kind != MessageKind.CONTROL)

_STATES = """
    SELECT delivery.channel, delivery.state, count(*), count(*) FILTER (WHERE delivery.rung > 0),
        EXTRACT(EPOCH FROM min(delivery.accepted_at - message.queued_at))::float8,
        EXTRACT(EPOCH FROM max(delivery.accepted_at - message.queued_at))::float8
    FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
    WHERE {which}
    GROUP BY delivery.channel, delivery.state
"""
_STATES_EACH = """
    SELECT message.about, delivery.channel, delivery.state, count(*), count(*) FILTER (WHERE delivery.rung > 0),
        EXTRACT(EPOCH FROM min(delivery.accepted_at - message.queued_at))::float8,
        EXTRACT(EPOCH FROM max(delivery.accepted_at - message.queued_at))::float8
    FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
    WHERE message.about = ANY(%s) AND message.kind = ANY(%s)
    GROUP BY message.about, delivery.channel, delivery.state
"""
# Whom several ways were tried for is one person, and stands where the best of them stands: these are the other rows.
_OTHERS = """
    SELECT about, state, count(*) FROM (
        SELECT message.about, delivery.state, row_number() OVER (
            PARTITION BY delivery.message_id, delivery.member_id
            ORDER BY array_position(%s::text[], delivery.state::text), delivery.rung DESC
        ) AS place
        FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
        WHERE {which} AND delivery.member_id IS NOT NULL
    ) AS ways
    WHERE place > 1 GROUP BY about, state
"""
# What members got in the last seven days, of those in `row`. For few members each one's rows are looked up by
# `messaging_delivery_by_member`; for many the whole week is read once, which for a row costs a twelfth of looking it
# up (measured: 33,000 members with 3 messages each, 1,300 ms against 330 ms). How long the week is, is read off the
# numbers of its rows.
_READ_FOR_ONE = 12
LATELY = f"""few AS MATERIALIZED (
        SELECT {_READ_FOR_ONE} * count(*) > (SELECT max(id) FROM messaging_delivery) - (
            SELECT id FROM messaging_delivery WHERE message_id >= %s ORDER BY message_id LIMIT 1
        ) AS read_all
        FROM row
    ), lately AS (
        SELECT earlier.member_id, count(*) AS messages FROM messaging_delivery AS earlier
        WHERE NOT (SELECT read_all FROM few) AND earlier.member_id IN (SELECT member_id FROM row)
            AND earlier.message_id >= %s AND earlier.message_id = ANY(%s) AND earlier.state = ANY(%s)
        GROUP BY earlier.member_id
        UNION ALL
        SELECT earlier.member_id, count(*) AS messages FROM messaging_delivery AS earlier
        WHERE (SELECT read_all FROM few) AND earlier.message_id = ANY(%s) AND earlier.state = ANY(%s)
        GROUP BY earlier.member_id
    )"""  # noqa: S608 - our own words only
ENOUGH = "COALESCE(lately.messages, 0) >= COALESCE(member.weekly_budget, %s)"
_BUDGET = f"""
    WITH row AS (SELECT unnest(%s::bigint[]) AS member_id), {LATELY}
    SELECT count(*), count(*) FILTER (WHERE {ENOUGH}),
        mode() WITHIN GROUP (ORDER BY lately.messages + 1) FILTER (WHERE {ENOUGH})
    FROM row JOIN members_member AS member ON member.id = row.member_id
    LEFT JOIN lately ON lately.member_id = row.member_id
"""  # noqa: S608 - our own words only
_KEPT_BACK = """
    SELECT count(*) FILTER (WHERE delivery.state = 'queued' AND delivery.attempts = 0 AND delivery.next_at > %s),
        min(delivery.next_at) FILTER (WHERE delivery.state = 'queued' AND delivery.attempts = 0),
        count(*) FILTER (WHERE delivery.state = 'expired' AND delivery.detail = %s),
        count(*) FILTER (WHERE delivery.state = 'held'),
        count(*) FILTER (WHERE delivery.state = 'bundled'),
        count(*) FILTER (WHERE delivery.state = 'expired' AND delivery.detail = ANY(%s))
    FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
    WHERE message.about = %s AND message.kind = ANY(%s)
"""
_STOPS = """
    SELECT count(*) FILTER (WHERE since > %s), count(*) FILTER (WHERE since <= %s AND since > %s)
    FROM members_suppression
"""
_SENT = """
    SELECT count(*) FILTER (WHERE message.queued_at > %s), count(*) FILTER (WHERE message.queued_at <= %s)
    FROM messaging_message AS message JOIN messaging_delivery AS delivery ON delivery.message_id = message.id
    WHERE message.queued_at > %s AND message.kind = ANY(%s) AND delivery.state = ANY(%s)
"""
# Who shares a telephone with somebody it reached has heard it too; so has who got it in a digest.
_REACHED = """
    WITH reached AS MATERIALIZED (
        SELECT delivery.member_id, delivery.channel, delivery.address
        FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
        LEFT JOIN messaging_delivery AS digest
            ON digest.message_id = delivery.bundled_in_id AND digest.member_id = delivery.member_id
        WHERE message.about = %s AND message.kind <> 'control' AND COALESCE(digest.state, delivery.state) = ANY(%s)
    )
    SELECT array_agg(member_id ORDER BY member_id) FROM (
        SELECT member_id FROM reached WHERE member_id IS NOT NULL
        UNION
        SELECT contact.member_id FROM reached JOIN members_contactpoint AS contact
            ON contact.address = reached.address AND contact.channel = reached.channel
    ) AS everybody
"""
_NEWEST_PHONES = """
    SELECT address, max(id) AS newest FROM gateways_sandboxmessage
    WHERE NOT put_off {narrowed}
    GROUP BY address ORDER BY newest DESC LIMIT %s
"""
_LAST_LINES = """
    SELECT phone.address, line.at, line.from_phone, line.subject, line.body, line.gateway
    FROM unnest(%s::text[]) WITH ORDINALITY AS phone(address, place), LATERAL (
        SELECT * FROM gateways_sandboxmessage AS message
        WHERE message.address = phone.address AND NOT message.put_off ORDER BY message.id DESC LIMIT %s
    ) AS line
    ORDER BY phone.place, line.id DESC
"""


# ---------------------------------------------------------------- what came in


def get_inbound(*, ref: str) -> InboundLine:
    """Return one message from somebody, with whose message it answers.

    Raises:
        NotHereError: there is none.
    """
    try:
        inbound = Inbound.objects.select_related("conversation").get(ref=ref)
    except Inbound.DoesNotExist:
        raise NotHereError(f"inbound:{ref}") from None
    talk = inbound.conversation
    return InboundLine(
        ref=inbound.ref,
        conversation_ref=talk.ref,
        about=talk.about,
        member_id=talk.member_id,
        organisation_id=organisation_of(about=talk.about),
        channel=talk.channel,
        body=inbound.body,
        command=Command(inbound.command),
        received_at=inbound.received_at,
        bridge=inbound.bridge,
    )


def answers_between(*, since: dt.datetime, until: dt.datetime) -> list[str]:
    """Return the references of what came in between two moments for people to read, oldest first."""
    rows = Inbound.objects.filter(command__in=ANSWERS, received_at__gte=since, received_at__lt=until)
    return list(rows.order_by("id").values_list("ref", flat=True))


def organisation_of(*, about: str) -> int:
    """Return the id of the organisation whose messages are about this; of the force, when there are none."""
    message = Message.objects.filter(about=about).exclude(about="").order_by("id").first()
    return message.organisation_id if message else force().pk


def answered(*, about: str) -> Answered:
    """Return who answered about this, commands such as STOP not counted."""
    talks = Conversation.objects.filter(about=about, inbound__command__in=ANSWERS).distinct()
    rows = list(talks.order_by("id").values_list("id", "member_id"))
    return Answered(conversations=len(rows), member_ids=tuple(sorted({member for _, member in rows if member})))


# ---------------------------------------------------------------- where messages stand


def progress(*, about: str, kinds: Sequence[MessageKind] | None = None) -> Progress:
    """Return where the deliveries of all messages about this stand; without kinds, but what the service says itself."""
    which = "message.about = %s AND message.kind = ANY(%s)"
    return _progress(which, about, [kind.value for kind in (SPOKEN_OF if kinds is None else kinds)])


def progress_of(*, message_ref: str) -> Progress:
    """Return where the deliveries of one message stand."""
    return _progress("message.ref = %s", message_ref)


def goes_to_anybody(*, message_id: int) -> bool:
    """Say whether one message has a delivery at all; of 33,000 that were just written none but one is looked at."""
    # In the order of an index: otherwise the database reads all deliveries there are until it meets one of these.
    first = Delivery.objects.filter(message_id=message_id).order_by("message_id", "id")
    return bool(first.values_list("pk")[:1])


def progress_each(*, abouts: Sequence[str]) -> dict[str, Progress]:
    """Return the same as `progress` for several things at once, in one question."""
    rows: dict[str, list[tuple[Any, ...]]] = {about: [] for about in abouts}
    others: dict[str, dict[DeliveryState, int]] = {about: {} for about in abouts}
    params = [list(abouts), [kind.value for kind in SPOKEN_OF]]
    with connection.cursor() as cursor:
        cursor.execute(_STATES_EACH, params)
        for about, *row in cursor.fetchall():
            rows[about].append(tuple(row))
    if any(_climbed(found) for found in rows.values()):
        for about, state, many in _others("message.about = ANY(%s) AND message.kind = ANY(%s)", params):
            others[about][state] = many
    return {about: _summed(found, others[about]) for about, found in rows.items()}


def _progress(which: str, *params: str | list[str]) -> Progress:
    with connection.cursor() as cursor:
        cursor.execute(_STATES.format(which=which), params)
        rows = cursor.fetchall()
    others: dict[DeliveryState, int] = {}
    if _climbed(rows):
        for _, state, many in _others(which, params):
            others[state] = others.get(state, 0) + many
    return _summed(rows, others)


def _climbed(rows: Sequence[tuple[Any, ...]]) -> bool:
    """Say whether somebody was tried by a second way."""
    return any(row[3] for row in rows)


def _others(which: str, params: Sequence[Any]) -> list[tuple[str, DeliveryState, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS.format(which=which), [[state.value for state in BEST_FIRST], *params])
        return [(about, DeliveryState(state), many) for about, state, many in cursor.fetchall()]


def _summed(rows: Sequence[tuple[Any, ...]], others: Mapping[DeliveryState, int]) -> Progress:
    by_state: dict[DeliveryState, int] = {}
    by_channel: dict[str, dict[DeliveryState, int]] = {}
    for channel, state, count, *_ in rows:
        by_channel.setdefault(channel, {})[DeliveryState(state)] = count
        by_state[DeliveryState(state)] = by_state.get(DeliveryState(state), 0) + count
    for state, many in others.items():
        by_state[state] -= many
    return Progress(
        total=sum(by_state.values()),
        by_state={state: by_state[state] for state in DeliveryState if by_state.get(state)},
        by_channel=by_channel,
        # How fast it went is said of what machines carry: a letter leaves when somebody walks.
        first_after=min((row[-2] for row in rows if row[0] != Channel.POST and row[-2] is not None), default=None),
        last_after=max((row[-1] for row in rows if row[0] != Channel.POST and row[-1] is not None), default=None),
        waiting=sum(by_state.get(state, 0) for state in DUE),
    )


def reached(*, about: str, or_due: bool = False) -> Ids:
    """Return the ids of the members who have heard about this (or are about to), sorted, each once."""
    states = (*TOLD, *DUE) if or_due else REACHED
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [about, [state.value for state in states]])
        (ids,) = cursor.fetchone()
    return np.array(ids or [], dtype=np.int64)


def queue_depth() -> dict[Lane, int]:
    """Return how many deliveries wait in each lane."""
    rows = Delivery.objects.filter(state__in=DUE).values_list("lane").annotate(waiting=Count("id"))
    return {Lane(lane): waiting for lane, waiting in sorted(rows)}


def is_idle() -> bool:
    """Say whether nothing is on its way: no delivery due now, no receipt owed by a sandbox, none to be folded."""
    if Delivery.objects.filter(state__in=DUE, next_at__lte=clock.now()).exists():
        return False
    if Delivery.objects.filter(state=DeliveryState.LEASED).exists():
        return False
    # A receipt of a message that we do not know keeps nobody waiting.
    fresh = Receipt.objects.filter(folded=False, received_at__gte=clock.now() - JUST_CAME)
    return not sandbox.owes() and not fresh.exists()


def gateway_checks() -> dict[str, str]:
    """Return for each channel what is wrong with its gateways; an empty text when nothing is."""
    found: dict[str, str] = {}
    for channel in settings.GATEWAYS:
        try:
            each = [route.gateway for route in routes_for(channel)]
            troubles = [(gateway.name, trouble) for gateway in each for trouble in _troubles(gateway)]
            found[channel] = " ".join(trouble if len(each) == 1 else f"{name}: {trouble}" for name, trouble in troubles)
        except GatewayError as fault:
            found[channel] = str(fault)
    return found


def _troubles(gateway: Gateway) -> Iterator[str]:
    trouble = gateway.check()
    if trouble:
        yield trouble
    forged = forged_lately(gateway=gateway.name)
    if forged:
        yield (
            f"{forged} requests in its name had a wrong signature since yesterday: should they be the provider's,"
            " its secret or SITE_ADDRESS is another."
        )


# ---------------------------------------------------------------- nobody gets too much (domain.md pitfall 36)


def lately_params(*, now: dt.datetime) -> list[Any]:
    """Return the parameters of LATELY: which messages of the last week count, and which of their states."""
    rows = Message.objects.filter(queued_at__gt=now - WEEK, kind__in=COUNTED, is_drill=False)
    counted = sorted(rows.values_list("id", flat=True))
    first = counted[0] if counted else 0
    states = [state.value for state in COUNTED_STATES]
    return [first, first, counted, states, counted, states]


def budget_for(*, member_ids: Ids | Sequence[int], priority: Priority, expires_at: dt.datetime | None = None) -> Budget:
    """Say for how many of these members one more message would be too much this week, before anything is sent.

    Urgent ones are never held back, so for those nobody is over.
    """
    members = len(member_ids)
    if not members or not can_be_held(kind=MessageKind.ALERT, priority=priority):
        return Budget(members=members)
    now = clock.now()
    ids = member_ids.tolist() if isinstance(member_ids, np.ndarray) else [int(member) for member in member_ids]
    most = settings.MEMBER_BUDGET_WEEK
    with connection.cursor() as cursor:
        cursor.execute(_BUDGET, [ids, *lately_params(now=now), most, most])
        _, over, nth = cursor.fetchone()
    coming = digest_slots(timezone.localtime(now), settings.DIGEST_AT).coming
    too_late = expires_at is not None and expires_at <= coming
    return Budget(members=members, over=over, nth=nth or (1 if over else 0), lost=over if too_late else 0)


def kept_back(*, about: str) -> KeptBack:
    """Say whom the messages about this have not reached yet, or never, because they sleep or had enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KEPT_BACK,
            [clock.now(), ASLEEP, [OVER_BUDGET, NOT_IN_DIGEST], about, [kind.value for kind in CAN_BE_HELD]],
        )
        asleep, next_at, slept, held, bundled, overfull = cursor.fetchone()
    return KeptBack(asleep, next_at if asleep else None, slept, held, bundled, overfull)


def received_this_week(*, member_id: int) -> int:
    """Return how many messages count towards this member's week, for their own page."""
    since = clock.now() - WEEK
    rows = Delivery.objects.filter(member=member_id, state__in=COUNTED_STATES, message__kind__in=COUNTED)
    return rows.filter(message__queued_at__gt=since).count()


def waiting_for_digest(*, member_id: int) -> list[Waiting]:
    """Return what waits for this member's next digest, oldest first, for their own page."""
    rows = Delivery.objects.filter(member=member_id, state=DeliveryState.HELD, message__cancelled_at=None)
    found = rows.order_by("message_id").values_list("message__subject", "message__queued_at", "message__expires_at")
    now = clock.now()
    return [Waiting(subject, since, ends) for subject, since, ends in found if ends is None or ends > now]


def opt_out_spike() -> OptOuts:
    """Weigh how many stopped this week against the four weeks before; an alarm when it is a spike."""
    now = clock.now()
    week, before = now - WEEK, now - 5 * WEEK
    with connection.cursor() as cursor:
        cursor.execute(_STOPS, [week, week, before])
        stops, stops_before = cursor.fetchone()
        kinds = [kind.value for kind in (*COUNTED, *BROADCASTS)]
        cursor.execute(_SENT, [week, week, before, kinds, [state.value for state in REACHED]])
        messages, messages_before = cursor.fetchone()
    return opt_outs(
        stops=stops,
        messages=messages,
        stops_before=stops_before,
        messages_before=messages_before,
        threshold=settings.OPT_OUT_ALARM,
    )


# ---------------------------------------------------------------- what was said


def get_conversation(*, ref: str, to_change: bool = False) -> Conversation:
    """Return one conversation, locked when it is to be changed.

    Raises:
        NotHereError: there is none.
    """
    rows = Conversation.objects.select_for_update() if to_change else Conversation.objects
    try:
        return rows.get(ref=ref)
    except Conversation.DoesNotExist:
        raise NotHereError(f"conversation:{ref}") from None


def conversation(*, ref: str) -> Thread:
    """Return what passed between us and one address about one thing, oldest first.

    Raises:
        NotHereError: there is none.
    """
    talk = get_conversation(ref=ref)
    lines = sorted((*_theirs(talk), *_ours(talk)), key=lambda line: line.at)
    return Thread(
        ref=talk.ref,
        about=talk.about,
        channel=talk.channel,
        address=talk.address,
        member_id=talk.member_id,
        opened_at=talk.opened_at,
        last_at=talk.last_at,
        lines=tuple(lines),
    )


def _theirs(talk: Conversation) -> Iterator[ThreadLine]:
    for said in talk.inbound.order_by("id"):
        yield ThreadLine(
            at=said.received_at,
            ours=False,
            body=said.body,
            kind=None,
            state=None,
            command=Command(said.command),
            ref=said.ref,
        )


def _ours(talk: Conversation) -> Iterator[ThreadLine]:
    rows = Delivery.objects.filter(address=talk.address, channel=talk.channel, message__about=talk.about)
    for delivery in rows.select_related("message").order_by("id"):
        yield ThreadLine(
            at=delivery.accepted_at or delivery.message.queued_at,
            ours=True,
            body=_as_heard(delivery.message, delivery.channel),
            kind=MessageKind(delivery.message.kind),
            state=DeliveryState(delivery.state),
            command=None,
            ref=delivery.message.ref,
        )


def words_of(*, message: Message, language: str) -> Words:
    """Return the words of a message as somebody with this language gets them."""
    own = {"text": message.text, "spoken": message.spoken, "subject": message.subject, "email": message.email}
    return Words(**message.frames.get(language, own))


def _as_heard(message: Message, channel: str, language: str = ENGLISH) -> str:
    """Return the words as this channel says them; a code and the link to a member's own page are theirs alone."""
    words = words_of(message=message, language=language)
    said = {Channel.EMAIL.value: words.email, Channel.VOICE.value: words.spoken}.get(channel, words.text)
    return said.replace("{page}", "(link to the member's own page)").replace("{code}", "(code)")


def received_by(*, member_id: int, most: int = 20) -> list[ReceivedLine]:
    """Return what a member was sent lately, newest first, for their own page."""
    rows = Delivery.objects.filter(member=member_id, state__in=REACHED, message__is_drill=False)
    rows = rows.select_related("message", "member")
    return [
        ReceivedLine(
            at=delivery.accepted_at or delivery.message.queued_at,
            channel=Channel(delivery.channel),
            text=_as_heard(
                delivery.message, delivery.channel, delivery.member.language if delivery.member else ENGLISH
            ),
        )
        for delivery in rows.order_by("-id")[:most]
    ]


# ---------------------------------------------------------------- the sandbox's phones


def sandbox_phones(*, search: str = "", about: str = "", most: int = 30) -> list[Phone]:
    """Return the sandbox phones that something happened on last, narrowed by part of an address or by an alert."""
    narrowed, params = "", []
    wanted = "".join(search.split()).removeprefix("0")
    if wanted:
        narrowed += " AND strpos(address, %s) > 0"
        params.append(wanted.lower())
    if about:
        narrowed += """ AND address IN (
            SELECT delivery.address FROM messaging_delivery AS delivery
            JOIN messaging_message AS message ON message.id = delivery.message_id WHERE message.about = %s
        )"""
        params.append(about)
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_PHONES.format(narrowed=narrowed), [*params, most])
        return _phones([address for address, _ in cursor.fetchall()], LINES_ON_A_PHONE)


def sandbox_phone(*, address: str, most: int = 100) -> Phone:
    """Return one sandbox phone with what is on it, newest first.

    Raises:
        NotHereError: nothing ever happened on a phone with this address.
    """
    found = _phones([address], most)
    if not found:
        raise NotHereError("phone")
    return found[0]


def _phones(addresses: Sequence[str], lines: int) -> list[Phone]:
    found: dict[str, list[PhoneLine]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST_LINES, [list(addresses), lines])
        for address, *line in cursor.fetchall():
            found.setdefault(address, []).append(PhoneLine(*line))
    channels = {gateway.name: gateway.channel for gateway in gateways()}
    return [
        Phone(address=address, channel=channels.get(on_it[0].gateway, Channel.SMS.value), lines=tuple(on_it))
        for address, on_it in found.items()
    ]
