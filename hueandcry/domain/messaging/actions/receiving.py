"""Taking in what people say: whose it is, what it answers, and what the service does by itself."""

import datetime as dt
import hashlib
from typing import NamedTuple

from django.db import connection, transaction

from hueandcry.domain.members import actions as member_actions
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.models import Consent, Suppression
from hueandcry.domain.members.queries.schemes import bridge_in
from hueandcry.domain.members.rules import Channel, ConsentHow, Purpose
from hueandcry.domain.members.rules.schemes import bridge_codes_in
from hueandcry.domain.messaging.actions.saying import insert_rows
from hueandcry.domain.messaging.models import Conversation, Delivery, Inbound, Message
from hueandcry.domain.messaging.rules import (
    ANSWER_WITHIN,
    ANSWERS,
    COMMAND_WORDS,
    MOST_ASKED,
    MOST_ASKED_WITHIN,
    RANK,
    Command,
    ControlWords,
    DeliveryState,
    Lane,
    MessageKind,
    MessagingError,
    can_hear,
    control_words,
    kept_ref,
    own_words,
    read_command,
    refs_in,
)
from hueandcry.domain.messaging.rules.budget import AGREED_TO
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.actions import log
from hueandcry.gateways.contract import GatewayError, Incoming
from hueandcry.gateways.registry import gateway_for
from hueandcry.gateways.sandbox import Sandbox
from hueandcry.kit import clock, jobs, phone
from hueandcry.kit.refs import new_long_ref
from hueandcry.kit.text import storable

# Acknowledgements of one day about one thing are one message with many deliveries: one job sends them all.
SHARED_FOR = dt.timedelta(days=1)
# What a message must have become to be answered: also one whose hand-over is not written yet.
HEARD = (
    DeliveryState.LEASED,
    DeliveryState.UNCERTAIN,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.SEEN,
    DeliveryState.FAILED,
)

_ANSWERED = """
    SELECT delivery.id, delivery.member_id, message.about, message.organisation_id, delivery.state
    FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
    WHERE delivery.address = %s AND delivery.channel = %s AND delivery.state = ANY(%s) AND message.kind <> 'control'
        AND (split_part(message.about, ':', 2) = ANY(%s) OR (message.invites_answers AND message.queued_at >= %s))
    ORDER BY (split_part(message.about, ':', 2) = ANY(%s)) DESC, delivery.id DESC LIMIT 1
"""
_GO_ON = """
    INSERT INTO messaging_conversation AS talk
        (ref, member_id, channel, address, about, opened_at, last_at, thanked_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (channel, address, about) DO UPDATE SET
        last_at = excluded.last_at,
        member_id = COALESCE(talk.member_id, excluded.member_id),
        thanked_at = COALESCE(talk.thanked_at, excluded.thanked_at)
    RETURNING id, ref, member_id, opened_at, thanked_at
"""
_SAME_MEMBER = """
    SELECT delivery.id, delivery.member_id, message.about, message.organisation_id, delivery.state
    FROM messaging_delivery AS delivery JOIN messaging_message AS message ON message.id = delivery.message_id
    WHERE delivery.member_id = ANY(%s) AND delivery.state = ANY(%s) AND split_part(message.about, ':', 2) = ANY(%s)
        AND message.kind <> 'control'
    ORDER BY delivery.id DESC LIMIT 1
"""

_PARTS = """
    SELECT said.about, said.organisation_id
    FROM messaging_delivery AS digest
    JOIN messaging_delivery AS part ON part.bundled_in_id = digest.message_id AND part.member_id = digest.member_id
    JOIN messaging_message AS said ON said.id = part.message_id
    WHERE digest.id = %s AND said.invites_answers
"""


class _Answered(NamedTuple):
    """The delivery that a message answers."""

    delivery_id: int
    member_id: int | None
    about: str
    organisation_id: int
    state: str


class _Said(NamedTuple):
    """One message with everything found out about it."""

    inbound: Inbound
    talk: Conversation
    members: list[int]
    organisation_id: int | None
    automatic: bool


@transaction.atomic
def receive(*, incoming: Incoming) -> Inbound:
    """Take in one message, once however often it is told, and do at once what it asks of the service itself.

    Logged as `message.received` when it is for people to read, else as `message.obeyed`.
    """
    channel, address = Channel(incoming.channel), _address(incoming)
    provider_ref = kept_ref(incoming.provider_ref)
    # One address at a time: told twice at once, it is taken in once, and thanked once.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{channel}:{address}"])
    known = Inbound.objects.filter(gateway=incoming.gateway, provider_ref=provider_ref).first()
    if known is not None:
        return known

    body = storable(incoming.body).strip()
    owners = members.members_with(channel=channel, address=address)
    answered = _what_it_answers(channel, address, owners, body)
    # Somebody of a group elsewhere got nothing from us: the card that they read names the alert and the group.
    bridge = bridge_in(codes=bridge_codes_in(body))
    answered = answered or (_named_on_the_card(body) if bridge else None)
    command = read_command(own_words(body, channel))
    # Once a conversation, and never to a machine: two machines that thank each other do not stop.
    thank = command in ANSWERS and not incoming.automatic
    talk, thanked = _conversation(channel, address, owners, answered, thank=thank)
    inbound = Inbound.objects.create(
        conversation=talk,
        gateway=incoming.gateway,
        provider_ref=provider_ref,
        body=body,
        command=command,
        bridge=bridge,
        received_at=incoming.received_at,
        raw=storable(incoming.raw),
    )
    said = _Said(inbound, talk, owners, answered.organisation_id if answered else None, incoming.automatic)
    if command in ANSWERS:
        _take_answer(said, answered, thanked=thanked)
    else:
        _obey(said)
    return inbound


def type_on_phone(*, address: str, body: str) -> Inbound:
    """Type an answer on a sandbox phone, as its owner would, and take it in.

    Raises:
        MessagingError: nothing was typed, or this address is not on a sandbox.
    """
    if not body.strip():
        raise MessagingError("Type an answer first.")
    channel = Channel.EMAIL if "@" in address else Channel.SMS
    newest = Delivery.objects.filter(address=address).order_by("-id").first()
    try:
        gateway = gateway_for(newest.channel if newest else channel)
    except GatewayError as fault:
        raise MessagingError(str(fault)) from fault
    if not isinstance(gateway, Sandbox):
        raise MessagingError("This is a real phone: only its owner can answer on it.")
    with transaction.atomic():
        return receive(incoming=gateway.incoming_from_phone(address, body))


def _address(incoming: Incoming) -> str:
    """Return whose it is, as members' addresses are kept: however a provider writes a number, STOP is theirs."""
    address = storable(incoming.sender)
    if incoming.channel == Channel.EMAIL:
        return "".join(address.split()).lower()[:254]
    try:
        return phone.normalise(address)
    except phone.PhoneError:
        return address.strip()[:254]  # a short code, a name such as RURALBANK, or a number that is withheld


# ---------------------------------------------------------------- whose it is, and what it answers


def _what_it_answers(channel: Channel, address: str, owners: list[int], body: str) -> _Answered | None:
    """Return the delivery meant: the one with the reference in the text, else the newest that asked for answers."""
    meant = list(refs_in(body))
    heard = [state.value for state in HEARD]
    since = clock.now() - ANSWER_WITHIN
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [address, channel.value, heard, meant, since, meant])
        row = cursor.fetchone()
        if meant and owners and (row is None or row[2].partition(":")[2] not in meant):
            # They got it by another way, and answer by this one.
            cursor.execute(_SAME_MEMBER, [owners, [*heard, DeliveryState.BUNDLED.value], meant])
            row = cursor.fetchone() or row
        if row and row[2].startswith("digest:"):
            # Of several in one, only they know which they mean: then it belongs to none, unless one alone asked.
            cursor.execute(_PARTS, [row[0]])
            parts = cursor.fetchall()
            row = (*row[:2], *(parts[0] if len(parts) == 1 else ("", row[3])), row[4])
    return _Answered(*row) if row else None


def _named_on_the_card(body: str) -> _Answered | None:
    """Return the alert that a text names, for somebody who never got it from us."""
    abouts = [f"alert:{ref}" for ref in refs_in(body)]
    said = Message.objects.filter(about__in=abouts, kind=MessageKind.ALERT).order_by("-id").first()
    return _Answered(0, None, said.about, said.organisation_id, DeliveryState.SEEN) if said else None


def _conversation(
    channel: Channel, address: str, owners: list[int], answered: _Answered | None, *, thank: bool
) -> tuple[Conversation, bool]:
    """Open the conversation or go on with it; say whether it is thanked now, for the first time."""
    now = clock.now()
    member = answered.member_id if answered and answered.member_id else (owners[0] if owners else None)
    about = answered.about if answered else ""
    with connection.cursor() as cursor:
        cursor.execute(
            _GO_ON, [new_long_ref(), member, channel.value, address, about, now, now, now if thank else None]
        )
        pk, ref, member_id, opened_at, thanked_at = cursor.fetchone()
    talk = Conversation(
        pk=pk,
        ref=ref,
        member_id=member_id,
        channel=channel,
        address=address,
        about=about,
        opened_at=opened_at,
        last_at=now,
        thanked_at=thanked_at,
    )
    return talk, thank and thanked_at == now


# ---------------------------------------------------------------- an answer for people to read


def _take_answer(said: _Said, answered: _Answered | None, *, thanked: bool) -> None:
    if answered and RANK[DeliveryState(answered.state)] < RANK[DeliveryState.SEEN]:
        _mark_seen(answered.delivery_id)
    if thanked:
        _say(said, COMMAND_WORDS[Command(said.inbound.command)])
    log(
        "message.received",
        subject=f"inbound:{said.inbound.ref}",
        actor=f"contact:{said.talk.ref}",
        about=said.talk.about,
        channel=said.talk.channel,
        command=said.inbound.command,
        thanked=thanked,
    )


def _mark_seen(delivery_id: int) -> None:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_delivery SET state = 'seen', accepted_at = COALESCE(accepted_at, %s),"
            " ended_at = COALESCE(ended_at, %s) WHERE id = %s AND state = ANY(%s)",
            [now, now, delivery_id, [state.value for state in HEARD]],
        )


# ---------------------------------------------------------------- what the service does by itself


def _obey(said: _Said) -> None:
    command = Command(said.inbound.command)
    words, changed = COMMAND_WORDS[command], True
    if command in {Command.STOP, Command.STOP_ALL}:
        changed = _stop(said, everything=command == Command.STOP_ALL)
    elif command == Command.START:
        _start(said)
        words = words if _agreed(said) else ControlWords.NOT_SIGNED_UP
    log(
        "message.obeyed",
        subject=f"inbound:{said.inbound.ref}",
        actor=f"contact:{said.talk.ref}",
        command=command.value,
        changed=changed,
    )
    # Whoever has stopped already hears it once, however often they say it.
    if changed and not said.automatic and not _asked_too_often(said):
        _say(said, words)


def _agreed(said: _Said) -> bool:
    """Say whether anybody at this address agrees to hear from us by this channel, now."""
    return Consent.objects.filter(member__in=said.members, channel=said.talk.channel, withdrawn_at=None).exists()


def _asked_too_often(said: _Said) -> bool:
    """Say whether this address asks the same over and over, as a machine does that answers our answers."""
    asked = Inbound.objects.filter(
        conversation__channel=said.talk.channel,
        conversation__address=said.talk.address,
        command=said.inbound.command,
        received_at__gt=clock.now() - MOST_ASKED_WITHIN,
    )
    return asked.count() > MOST_ASKED


def _stop(said: _Said, *, everything: bool) -> bool:
    """Stop an address at once, what waits for it too; say whether that was new."""
    talk, now = said.talk, clock.now()
    stop, new = Suppression.objects.get_or_create(
        channel=talk.channel,
        address_hash=address_hash(talk.channel, talk.address),
        defaults={"everything": everything, "since": now},
    )
    changed = new or (everything and not stop.everything)
    if everything and not stop.everything:
        stop.everything = True
        stop.save(update_fields=["everything"])
    for member in said.members:
        member_actions.withdraw(member_id=member, channel=Channel(talk.channel), actor=f"contact:{talk.ref}")
    not_sent = (DeliveryState.QUEUED, DeliveryState.HELD)
    waiting = Delivery.objects.filter(channel=talk.channel, address=talk.address, state__in=not_sent)
    waiting = waiting.exclude(message__kind=MessageKind.CONTROL)
    if not stop.everything:
        waiting = waiting.filter(message__kind__in=AGREED_TO)
    waiting.update(state=DeliveryState.STOPPED, ended_at=now)
    return changed


def _start(said: _Said) -> None:
    """Lift a stop, and agree again to what it ended: to what was withdrawn for other reasons not."""
    talk = said.talk
    stop = Suppression.objects.filter(channel=talk.channel, address_hash=address_hash(talk.channel, talk.address))
    stopped = stop.first()
    if stopped is None:
        return
    ended = Consent.objects.filter(
        member__in=said.members,
        channel=talk.channel,
        withdrawn_at__gte=stopped.since,
        withdrawn_at__lt=stopped.since + dt.timedelta(seconds=5),
    )
    for member, organisation, purpose in ended.values_list("member_id", "organisation_id", "purpose"):
        member_actions.agree(
            member_id=member,
            organisation_id=organisation,
            channel=Channel(talk.channel),
            purposes=(Purpose(purpose),),
            how=ConsentHow.TEXT,
            taken_by=f"contact:{talk.ref}",
        )
    stop.delete()


def address_hash(channel: str, address: str) -> bytes:
    """Return what is kept of a stopped address; the same as STOPPED computes in the database."""
    return hashlib.sha256(f"{channel}:{address}".encode()).digest()


def _say(said: _Said, which: ControlWords) -> None:
    """Say what the service says by itself, to this address, whether it stopped or not."""
    talk = said.talk
    if not can_hear(channel=talk.channel, address=talk.address):
        return
    organisation = Organisation.objects.get(pk=said.organisation_id) if said.organisation_id else force()
    words = control_words(which, signs=organisation.signs_as, about=talk.about)
    now = clock.now()
    message = (
        Message.objects.filter(
            kind=MessageKind.CONTROL,
            about=talk.about,
            organisation=organisation,
            text=words.text,
            queued_at__gt=now - SHARED_FOR,
        )
        .order_by("-id")
        .first()
    )
    if message is None:
        message = Message.objects.create(
            kind=MessageKind.CONTROL,
            about=talk.about,
            organisation=organisation,
            lane=Lane.NORMAL,
            text=words.text,
            spoken=words.spoken,
            subject=words.subject,
            email=words.email,
            queued_at=now,
            expires_at=now + 2 * SHARED_FOR,
        )
    insert_rows(
        message,
        # Without the member: a phone may say STOP, START and STOP again in one day, and hears each.
        "SELECT NULL::bigint AS member_id, %s::text AS channel, %s::text AS address",
        [talk.channel, talk.address],
    )
    jobs.defer("messaging.dispatch", subject=f"message:{message.ref}", record=0, once=f"dispatch {message.ref}")
