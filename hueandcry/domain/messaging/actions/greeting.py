"""What is said to a number that an officer wrote down: welcome, and is it yours? Or: do you want us again?"""

from django.db import transaction

from hueandcry.domain.members.actions import texting
from hueandcry.domain.members.models import ContactPoint, Member
from hueandcry.domain.members.queries.stopping import stopped_since
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions.saying import say_to_one
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules import (
    KEEP_TRYING,
    ControlWords,
    MessageKind,
    MessagingError,
    control_words,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import speaking


@transaction.atomic
def welcome(*, member_ref: str, contact_id: int | None = None) -> int:
    """Welcome somebody who agreed in front of an officer, once on each number for texts; return on how many.

    With a contact, only that one, which was added to somebody who is a member already. A number that nobody tried
    counts for nothing until its owner says YES. Logged as `message.queued`.
    """
    about = f"member:{member_ref}"
    # Two jobs at once: the second waits here and finds them welcomed.
    list(Member.objects.select_for_update(no_key=True).filter(ref=member_ref))
    welcomed = Delivery.objects.filter(message__about=about, message__kind=MessageKind.WELCOME, channel=Channel.SMS)
    numbers = ContactPoint.objects.filter(member__ref=member_ref, channel=Channel.SMS).order_by("rank")
    if contact_id is not None:
        numbers = numbers.filter(pk=contact_id)
    contacts = list(numbers.exclude(address__in=welcomed.values("address")))
    for contact in contacts:
        _say(
            ControlWords.WELCOME_YES if contact.confirmed_at is None else ControlWords.WELCOME,
            kind=MessageKind.WELCOME,
            about=about,
            contact=contact,
        )
    return len(contacts)


@transaction.atomic
def ask_again(*, member_id: int, contact_id: int, officer: Officer) -> None:
    """Ask a number that stopped, because its owner told an officer so, whether they want us again; once a day.

    It is the one message that a stopped number gets: an answer to what its owner said. Logged as `message.queued`.

    Raises:
        MessagingError: the number is not stopped, or was asked today.
        NotHereError: this member has no such number for texts.
    """
    rows = ContactPoint.objects.select_for_update(no_key=True)
    contact = rows.filter(pk=contact_id, member=member_id, channel=Channel.SMS).first()
    if contact is None:
        raise NotHereError(f"contact:{contact_id}")
    since = stopped_since(channel=Channel.SMS, address=contact.address, organisation_id=force().pk)
    if since is None:
        raise MessagingError("This number did not ask us to stop, so there is nothing to ask.")
    asked = texting.ask_again(
        member_id=member_id, channel=Channel.SMS, address=contact.address, actor=officer.as_actor()
    )
    if asked is None:
        raise MessagingError("This number was asked today already: wait for the YES, or ask again tomorrow.")
    _say(ControlWords.ASK_AGAIN, kind=MessageKind.CONTROL, about="", contact=contact, actor=officer.as_actor())


def _say(which: ControlWords, *, kind: MessageKind, about: str, contact: ContactPoint, actor: str = SYSTEM) -> None:
    with speaking(contact.member.language):
        words = control_words(which, signs=force().signs_as)
    say_to_one(
        kind=kind,
        about=about,
        words=words,
        member_id=contact.member_id,
        channel=Channel(contact.channel),
        address=contact.address,
        good_for=KEEP_TRYING,
        actor=actor,
    )
