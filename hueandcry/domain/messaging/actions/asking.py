"""Asking people again who came from another system without evidence of what they agreed to: once, and then silence."""

import datetime as dt

from django.db import connection, transaction

from hueandcry.domain.members.actions import bringing
from hueandcry.domain.members.queries.bringing import organisation_of_batch, to_ask
from hueandcry.domain.members.rules import Channel, ConsentHow, Priority
from hueandcry.domain.members.rules.texting import is_yes
from hueandcry.domain.messaging.actions.saying import frames_of, insert_rows
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.rules import MessageKind, Words
from hueandcry.domain.messaging.rules.budget import LANE_OF
from hueandcry.domain.messaging.rules.lines import in_every_language
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.words import say, texted

ASKED_FOR = dt.timedelta(days=7)


def question(*, signs: str) -> Words:
    """Return the one question; who says nothing hears nothing more."""
    text = say(
        "{signs}: you were in a watch messaging list before ours. To go on with us reply YES. If not, do nothing."
    ).format(signs=signs)
    email = say(
        "You were on the messaging list that {signs} used before. We send you alerts only if you say yes.\n\n"
        "To go on, press this and then the button: {page}go-on/\n\n"
        "If you do nothing, nothing else happens: we send you nothing more, and forget you after 90 days."
    ).format(signs=signs, page="{page}")
    subject = say("{signs}: do you want to go on with us?").format(signs=signs)
    return Words(text=texted(text), spoken=text, subject=subject, email=email)


@transaction.atomic
def ask_again(*, batch_ref: str) -> int:
    """Ask those of one file once, in their hours; return how many questions go out. Logged as `message.queued`.

    Raises:
        NotHereError: there is no such file.
    """
    about = f"batch:{batch_ref}"
    with connection.cursor() as cursor:  # two jobs at once: the second waits, and finds the message
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [about])
    organisation = Organisation.objects.get(pk=organisation_of_batch(batch_ref=batch_ref))
    if Message.objects.filter(about=about, kind=MessageKind.QUESTION).exists():
        return 0
    words = in_every_language(lambda: question(signs=organisation.signs_as))
    message = Message.objects.create(
        kind=MessageKind.QUESTION,
        about=about,
        organisation=organisation,
        priority=Priority.ROUTINE,
        lane=LANE_OF[Priority.ROUTINE],
        text=words.text,
        spoken=words.spoken,
        subject=words.subject,
        email=words.email,
        frames=frames_of(words),
        invites_answers=True,
        queued_at=clock.now(),
        expires_at=clock.now() + ASKED_FOR,
    )
    asked = insert_rows(message, *to_ask(batch_ref=batch_ref))
    log("message.queued", subject=f"message:{message.ref}", about=about, message_kind=message.kind, deliveries=asked)
    return asked


def went_on(*, members: list[int], channel: Channel, said: str, about: str, actor: str) -> bool:
    """Take a bare YES of somebody who was asked again as their agreement; say whether it was one.

    Logged as `consent.given`.
    """
    if not is_yes(said) or not members or (about and not about.startswith("batch:")):
        return False
    return bool(bringing.say_yes(member_ids=members, channel=channel, how=ConsentHow.TEXT, actor=actor))
