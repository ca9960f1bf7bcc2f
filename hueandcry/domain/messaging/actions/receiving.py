"""Taking in what people say: whose it is, what it answers, and what the service does by itself."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from hueandcry.domain.members import actions as member_actions
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import ringing, stopping, texting
from hueandcry.domain.members.actions.hearing import hear_no_more
from hueandcry.domain.members.models import Consent, Scheme
from hueandcry.domain.members.queries.schemes import bridge_in
from hueandcry.domain.members.queries.stopping import paused_among, stopped_since
from hueandcry.domain.members.rules import Channel, MemberError
from hueandcry.domain.members.rules.schemes import bridge_codes_in
from hueandcry.domain.members.rules.texting import TextReply
from hueandcry.domain.members.rules.tongue_words import language_of
from hueandcry.domain.messaging.actions.asking import went_on
from hueandcry.domain.messaging.actions.mending import asked_about_mail, take_answer
from hueandcry.domain.messaging.actions.saying import insert_rows, is_of_drill
from hueandcry.domain.messaging.models import Conversation, Delivery, Inbound, Message
from hueandcry.domain.messaging.queries.whatsapp import writes_by_whatsapp
from hueandcry.domain.messaging.rules import (
    ANSWER_WITHIN,
    ANSWERS,
    COMMAND_WORDS,
    ENDED_BY_STOP,
    JOIN_WORDS,
    MISSED_CALL,
    MOST_ASKED,
    MOST_ASKED_WITHIN,
    MOST_JOINING,
    OF_ITSELF,
    PRESSED_ONE,
    PRESSED_TWO,
    RANK,
    THANKED,
    Command,
    ControlWords,
    DeliveryState,
    Lane,
    MessageKind,
    MessagingError,
    Words,
    can_hear,
    control_words,
    kept_ref,
    mute_days,
    own_words,
    read_command,
    read_key,
    refs_in,
)
from hueandcry.domain.messaging.rules.commands import read_mail_answer
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.actions import log
from hueandcry.gateways.contract import GatewayError, Incoming
from hueandcry.gateways.registry import gateway_for
from hueandcry.gateways.sandbox import Sandbox
from hueandcry.kit import clock, jobs, phone
from hueandcry.kit.refs import new_long_ref
from hueandcry.kit.text import storable
from hueandcry.kit.words import ENGLISH, day_said, speaking

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


@dataclass
class _Said:
    """One message with everything found out about it."""

    incoming: Incoming
    channel: Channel
    address: str = field(repr=False)
    body: str = field(repr=False)
    members: list[int]
    command: Command = Command.NONE
    plan: texting.Plan | None = field(default=None, repr=False)
    taken: texting.Taken | None = field(default=None, repr=False)
    answered: _Answered | None = field(default=None, repr=False)
    # What stands on the desk for what has no words: a missed call, a key.
    shown_as: str = ""
    # The e-mail address that they say is right, and where we asked for it.
    mail: str = field(default="", repr=False)
    asked: Message | None = field(default=None, repr=False)
    talk: Conversation = field(init=False, repr=False)
    inbound: Inbound = field(init=False, repr=False)

    @property
    def actor(self) -> str:
        """Return the reference of whoever says it, for records."""
        return f"contact:{self.talk.ref}"

    @property
    def organisation_id(self) -> int | None:
        """Return whose message it answers."""
        return self.answered.organisation_id if self.answered else None


@transaction.atomic
def receive(*, incoming: Incoming) -> Inbound:
    """Take in one message, once however often it is told, and do at once what it asks of the service itself.

    Logged as `message.received` when it is for people to read, else as `message.obeyed`.
    """
    address = _address(incoming)
    channel = _way(incoming, address)
    provider_ref = kept_ref(incoming.provider_ref)
    # One address at a time: told twice at once, it is taken in once, and thanked once.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{channel}:{address}"])
    known = Inbound.objects.filter(gateway=incoming.gateway, provider_ref=provider_ref).first()
    if known is not None:
        return known

    body = storable(incoming.body).strip()
    said = _Said(incoming, channel, address, body, members.members_with(channel=channel, address=address))
    _understand(said)
    if said.command not in OF_ITSELF:
        said.answered = _answered_by_name(incoming.answers) or _what_it_answers(channel, address, said.members, body)
    # Somebody of a group elsewhere got nothing from us: the card that they read names the alert and the group.
    bridge = bridge_in(codes=bridge_codes_in(body))
    if bridge and said.answered is None:
        said.answered = _named_on_the_card(body)
    # Once a conversation, and never to a machine: two machines that thank each other do not stop.
    thank = said.command in THANKED and not incoming.automatic
    said.talk, thanked = _conversation(said, thank=thank)
    _go_on_joining(said)
    said.inbound = Inbound.objects.create(
        conversation=said.talk,
        gateway=incoming.gateway,
        provider_ref=provider_ref,
        body=said.shown_as or body,
        command=said.command,
        bridge=bridge,
        received_at=incoming.received_at,
        raw=storable(incoming.raw),
    )
    if not incoming.automatic:  # a yes of somebody who came from another system and was asked again
        went_on(
            members=said.members,
            channel=channel,
            said=own_words(body, channel),
            about=said.answered.about if said.answered else "",
            actor=said.actor,
        )
    if said.command in ANSWERS:
        _take_answer(said, thanked=thanked)
    else:
        _obey(said)
    return said.inbound


def type_on_phone(*, address: str, body: str) -> Inbound:
    """Type an answer on a sandbox phone, as its owner would, and take it in.

    Raises:
        MessagingError: nothing was typed, or this address is not on a sandbox.
    """
    if not body.strip():
        raise MessagingError("Type an answer first.")
    channel = Channel.EMAIL if "@" in address else Channel.SMS
    newest = Delivery.objects.filter(address=address).order_by("-id").first()
    return _from_sandbox(newest.channel if newest else channel, address, body)


def use_phone(*, number: str, body: str) -> str:
    """Text us from a sandbox phone that may be new, or ring us from it and hang up (no words); return its address.

    Raises:
        MessagingError: this is no phone number, or it is not on a sandbox.
    """
    try:
        address = phone.normalise(number)
    except phone.PhoneError as refusal:
        raise MessagingError(str(refusal)) from refusal
    lands = phone.kind(address) == phone.PhoneKind.LANDLINE
    if body.strip() and lands:
        raise MessagingError("A landline cannot text. Leave the words empty: then it rings us and hangs up.")
    _from_sandbox(Channel.SMS if body.strip() else Channel.VOICE, address, body)
    return address


def _from_sandbox(channel: str, address: str, body: str) -> Inbound:
    try:
        gateway = gateway_for(channel)
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


def _way(incoming: Incoming, address: str) -> Channel:
    """Return by which way somebody speaks to us; WhatsApp only of whom we write to there.

    Of anybody else it is a text from the same number: STOP is STOP, and an answer goes by text.
    """
    channel = Channel(incoming.channel)
    return Channel.SMS if channel == Channel.WHATSAPP and not writes_by_whatsapp(address=address) else channel


# ---------------------------------------------------------------- what it means


def _understand(said: _Said) -> None:
    """Find out what a message means for the service itself, before anything is written."""
    if said.channel == Channel.VOICE:
        _understand_a_call(said)
        return
    own = own_words(said.body, said.channel)
    said.command = read_command(own)
    if said.channel == Channel.EMAIL:
        # By e-mail a person reads it: there is no number to sign up.
        said.command = Command.NONE if said.command == Command.JOIN else said.command
        return
    if said.command == Command.NONE and not said.incoming.automatic:
        said.mail = read_mail_answer(own) or ""
        said.asked = asked_about_mail(member_ids=said.members) if said.mail and said.members else None
        if said.asked is not None:
            said.command = Command.MAIL
            return
    asks = said.command in {Command.NONE, Command.JOIN} and not said.incoming.automatic
    if not asks or not can_hear(channel=said.channel, address=said.address):
        return
    if texting.may_confirm(channel=said.channel, address=said.address, member_ids=said.members, text=own):
        said.command = Command.YES
        return
    said.plan = texting.plan(channel=said.channel, address=said.address, member_ids=said.members, text=own)
    if said.plan is not None:
        said.command = Command.JOIN


def _understand_a_call(said: _Said) -> None:
    """Read a key, or a call that was missed: a member wants to be rung, a stranger is rung back first."""
    said.command = read_key(said.body)
    if said.command == Command.MISSED:
        said.members = said.members or members.members_with(channel=Channel.SMS, address=said.address)
        if said.members:
            said.command, said.shown_as = Command.CALL, MISSED_CALL
    elif said.body.strip() == "1" and not said.members and ringing.waits_for_key(address=said.address):
        ringing.take_key(address=said.address, wants=True)
        said.command, said.shown_as = Command.CALL, PRESSED_ONE
    elif said.body.strip() == "2":
        said.command, said.shown_as = Command.CALL, PRESSED_TWO


def _go_on_joining(said: _Said) -> None:
    """Do what a text means for joining; what cannot be done becomes a message for people to read."""
    if said.plan is None:
        return
    try:
        said.taken = texting.carry_out(plan=said.plan, actor=said.actor)
    except MemberError:
        said.taken = texting.Taken(TextReply.TO_PERSON)
    if said.taken.reply == TextReply.TO_PERSON and said.taken.moved:
        said.command = Command.NONE


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


def _answered_by_name(reference: str) -> _Answered | None:
    """Return the delivery that somebody answers by an address of its own, from whichever mailbox they write."""
    ref, _, number = reference.partition("-")
    if not number.isdecimal():
        return None
    rows = Delivery.objects.select_related("message").exclude(message__kind=MessageKind.CONTROL)
    sent = rows.filter(pk=int(number), message__ref=ref, state__in=HEARD).first()
    if sent is None or sent.message.about.startswith("digest:"):
        return None
    return _Answered(sent.pk, sent.member_id, sent.message.about, sent.message.organisation_id, sent.state)


def _named_on_the_card(body: str) -> _Answered | None:
    """Return the alert that a text names, for somebody who never got it from us."""
    abouts = [f"alert:{ref}" for ref in refs_in(body)]
    said = Message.objects.filter(about__in=abouts, kind=MessageKind.ALERT).order_by("-id").first()
    return _Answered(0, None, said.about, said.organisation_id, DeliveryState.SEEN) if said else None


def _conversation(said: _Said, *, thank: bool) -> tuple[Conversation, bool]:
    """Open the conversation or go on with it; say whether it is thanked now, for the first time."""
    now, channel, address = clock.now(), said.channel, said.address
    answered, owners = said.answered, said.members
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


def _take_answer(said: _Said, *, thanked: bool) -> None:
    answered = said.answered
    if answered and RANK[DeliveryState(answered.state)] < RANK[DeliveryState.SEEN]:
        _mark_seen(answered.delivery_id)
    if said.taken is not None:
        _say(said, JOIN_WORDS[said.taken.reply])
    elif thanked:
        _say(said, COMMAND_WORDS[said.command])
    elif said.command == Command.CALL and said.channel != Channel.VOICE and not _asked_too_often(said):
        _say(said, ControlWords.CALL)
    log(
        "message.received",
        subject=f"inbound:{said.inbound.ref}",
        actor=said.actor,
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


_Done = tuple[ControlWords | None, bool]


def _obey(said: _Said) -> None:
    words, changed = _DONE[said.command](said) if said.command in _DONE else (COMMAND_WORDS[said.command], True)
    log(
        "message.obeyed",
        subject=f"inbound:{said.inbound.ref}",
        actor=said.actor,
        command=said.command.value,
        changed=changed,
    )
    # Whoever has stopped already hears it once, however often they say it.
    if words is not None and not said.incoming.automatic and not _asked_too_often(said):
        _say(said, words)


def _agreed(said: _Said) -> bool:
    """Say whether anybody at this address agrees to hear from us by this channel, now."""
    return Consent.objects.filter(
        member__in=said.members, channel=said.channel, scheme=None, withdrawn_at=None
    ).exists()


def _asked_too_often(said: _Said) -> bool:
    """Say whether this address asks the same over and over, as a machine does that answers our answers."""
    most = MOST_JOINING if said.command == Command.JOIN else MOST_ASKED
    asked = Inbound.objects.filter(
        conversation__channel=said.channel,
        conversation__address=said.address,
        command=said.command,
        received_at__gt=clock.now() - MOST_ASKED_WITHIN,
    )
    # No more are counted than decide it: of ten thousand the rest is not read.
    return asked[: most + 1].count() > most


def _stop(said: _Said) -> _Done:
    """Stop an address at once, what waits for it too: one organisation's when it answers a partner's message."""
    # Whoever we rang back was told that 9 means never again.
    never = said.channel == Channel.VOICE and not said.members and ringing.waits_for_key(address=said.address)
    everything = said.command == Command.STOP_ALL or bool(never)
    if not everything and _stop_scheme(said):
        return (None if said.channel == Channel.VOICE else ControlWords.STOP_SCHEME), True
    only = None if everything else _partner(said)
    changed = stopping.stop(
        channel=said.channel,
        address=said.address,
        organisation_id=only,
        everything=everything,
        member_ids=said.members,
        actor=said.actor,
    )
    _end_what_waits(said, only=only, everything=everything)
    if said.channel == Channel.VOICE:
        ringing.take_key(address=said.address, wants=False)
        return None, changed  # said in that very call: nobody is rung to hear that we ring no more
    texting.give_up(channel=said.channel, address=said.address)
    words = ControlWords.STOP_ONE if only is not None else COMMAND_WORDS[said.command]
    return (words if changed else None), changed


def _stop_scheme(said: _Said) -> bool:
    """End one scheme's own messages, when one of them is answered by somebody who agreed to them; the rest goes on."""
    scheme = _scheme_of(said)
    if scheme is None or not hear_no_more(scheme_id=scheme.pk, member_ids=said.members, actor=said.actor):
        return False
    waiting = Delivery.objects.filter(
        Q(member__in=said.members) | Q(channel=said.channel, address=said.address),
        message__scheme=scheme.pk,
        state__in=(DeliveryState.QUEUED, DeliveryState.HELD),
    )
    waiting.update(state=DeliveryState.STOPPED, ended_at=clock.now())
    return True


def _scheme_of(said: _Said) -> Scheme | None:
    """Return the scheme whose own message is answered."""
    if said.answered is None or not said.answered.about.startswith("note:"):
        return None
    notes = Message.objects.filter(about=said.answered.about, kind=MessageKind.NOTE).select_related("scheme")
    newest = notes.order_by("-id").first()
    return newest.scheme if newest else None


def _partner(said: _Said) -> int | None:
    """Return the partner whose message is answered, unless that one is stopped already: then all are meant."""
    answered = said.organisation_id
    if answered is None or answered == force().pk:
        return None
    since = stopped_since(channel=said.channel, address=said.address, organisation_id=answered)
    return answered if since is None else None


def _end_what_waits(said: _Said, *, only: int | None, everything: bool) -> None:
    waiting = Delivery.objects.filter(
        channel=said.channel, address=said.address, state__in=(DeliveryState.QUEUED, DeliveryState.HELD)
    ).exclude(message__kind=MessageKind.CONTROL)
    if not everything:
        waiting = waiting.filter(message__kind__in=ENDED_BY_STOP)
    if only is not None:
        waiting = waiting.filter(message__organisation=only)
    waiting.update(state=DeliveryState.STOPPED, ended_at=clock.now())


def _start(said: _Said) -> _Done:
    """Lift a stop and a pause, and agree again to what the stop ended: to what was withdrawn for other reasons not."""
    stopping.start(channel=said.channel, address=said.address, member_ids=said.members, actor=said.actor)
    for member in paused_among(member_ids=said.members):
        member_actions.resume(member_id=member, actor=said.actor)
    return (ControlWords.START if _agreed(said) else ControlWords.NOT_SIGNED_UP), True


def _mute(said: _Said) -> _Done:
    """Send the members at this address nothing for some days, by any way."""
    if not said.members:
        return ControlWords.NOT_SIGNED_UP, False
    for member in said.members:
        member_actions.pause(member_id=member, until=_quiet_until(said), actor=said.actor)
    return ControlWords.MUTED, True


def _quiet_until(said: _Said) -> dt.datetime:
    return clock.now() + dt.timedelta(days=mute_days(own_words(said.body, said.channel)))


def _confirm(said: _Said) -> _Done:
    texting.say_yes(channel=said.channel, address=said.address, member_ids=said.members, actor=said.actor)
    return ControlWords.CONFIRMED, True


def _put_mail_right(said: _Said) -> _Done:
    if said.asked is None:
        return None, False
    return take_answer(asked=said.asked, said=said.mail, actor=said.actor), True


def _join(said: _Said) -> _Done:
    """Say what comes of joining; a sender whom no answer can reach is only counted."""
    if said.taken is None:
        return None, False
    return JOIN_WORDS[said.taken.reply], said.taken.moved


def _ring_back(said: _Said) -> _Done:
    """Ring somebody back who hung up, once a day and at a decent hour; they press a key then."""
    if not can_hear(channel=said.channel, address=said.address):
        return None, False
    at = ringing.ring_back(address=said.address, actor=said.actor)
    if at is not None:
        _say(said, ControlWords.CALL_BACK, at=at)
    return None, at is not None


_DONE: dict[Command, Callable[[_Said], _Done]] = {
    Command.STOP: _stop,
    Command.STOP_ALL: _stop,
    Command.START: _start,
    Command.MUTE: _mute,
    Command.YES: _confirm,
    Command.JOIN: _join,
    Command.MISSED: _ring_back,
    Command.MAIL: _put_mail_right,
}


def _say(said: _Said, which: ControlWords, *, at: dt.datetime | None = None) -> None:
    """Say what the service says by itself, to this address, whether it stopped or not; not before `at`."""
    talk = said.talk
    if not can_hear(channel=talk.channel, address=talk.address):
        return
    organisation = Organisation.objects.get(pk=said.organisation_id) if said.organisation_id else force()
    with speaking(_language(said)):
        words = _control_words(said, which, organisation.signs_as)
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
            is_drill=is_of_drill(about=talk.about),
        )
    insert_rows(
        message,
        # Without the member: a phone may say STOP, START and STOP again in one day, and hears each.
        "SELECT NULL::bigint AS member_id, %s::text AS channel, %s::text AS address",
        [talk.channel, talk.address],
    )
    if at is not None:
        Delivery.objects.filter(message=message, channel=talk.channel, address=talk.address).update(next_at=at)
    jobs.defer("messaging.dispatch", subject=f"message:{message.ref}", record=0, once=f"dispatch {message.ref}")


def _control_words(said: _Said, which: ControlWords, signs: str) -> Words:
    return control_words(
        which,
        signs=signs,
        about=said.talk.about,
        place=said.taken.place if said.taken else "",
        until=day_said(timezone.localtime(_quiet_until(said))) if which == ControlWords.MUTED else "",
        scheme=_name_of_scheme(said) if which == ControlWords.STOP_SCHEME else "",
    )


def _name_of_scheme(said: _Said) -> str:
    scheme = _scheme_of(said)
    return scheme.name if scheme else ""


def _language(said: _Said) -> str:
    """Return the language to answer in: the member's own, else the one that they wrote in or began to join in."""
    if said.members:
        return members.language_of(member_id=said.members[0])
    wrote = language_of(own_words(said.body, said.channel))
    if wrote != ENGLISH:
        return wrote
    if said.plan is None:
        return ENGLISH
    began = said.plan.one.language if said.plan.one is not None else ENGLISH
    return said.plan.wish.language if began == ENGLISH else began
