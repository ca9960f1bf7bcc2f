"""What the service says to somebody who joins by themselves: a code, or that they are in already; then a welcome.

Neither a code nor the link to somebody's page is ever written into a message: `dispatch` fills them in.
"""

from dataclasses import replace

from django.conf import settings
from django.db import transaction

from hueandcry.domain.members.models import Member
from hueandcry.domain.members.queries import applying, devices
from hueandcry.domain.members.rules import Channel
from hueandcry.domain.members.rules.applying import CODE_LIFE, NOTES, SPOKEN_NOTES, SUBJECTS, CodeNote
from hueandcry.domain.members.rules.schemes import CODE_COUNTS
from hueandcry.domain.messaging.actions.saying import say_to_one
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.rules import KEEP_TRYING, MessageKind, Words
from hueandcry.domain.organisations.queries import force
from hueandcry.kit.words import mark, say, speaking, texted

MORE = {
    CodeNote.WELCOME: mark(
        "\n\nWhoever has the link can open your page, so keep this message to yourself. On the page you change how and "
        "when you hear from us, add places, or stop."
    ),
    # Whoever gave the address by text has no page open to type it on.
    CodeNote.ADD: mark("\n\nType it here: {link}"),
}


def note_words(which: CodeNote, *, signs: str, link: str = "") -> Words:
    """Return what is said to somebody who joins, in the language of the moment; code and page are filled in later."""
    said = say(NOTES[which]).format(signs=signs, code="{code}", page="{page}")
    return Words(
        text=texted(said),
        spoken=say(SPOKEN_NOTES[which]).format(signs=signs, code="{code}", page=""),
        subject=say(SUBJECTS[which]).format(signs=signs),
        email=said + say(MORE.get(which, "")).replace("{link}", link),
    )


@transaction.atomic
def say_code(*, application_ref: str) -> Message | None:
    """Say to the address of an application what it needs, once. Logged as `message.queued`.

    Returns nothing when it is said already, or when an officer does it (a letter).

    Raises:
        NotHereError: there is no such application.
    """
    note = applying.note_for(ref=application_ref)
    about = f"application:{application_ref}"
    said = Message.objects.filter(about=about, kind=MessageKind.WELCOME).count()
    # A job that runs twice says it once.
    if note.channel == Channel.POST or said >= note.messages:
        return None
    signs, which = force().signs_as, note.note
    with speaking(note.language):
        link = f"{settings.SITE_ADDRESS.rstrip('/')}/join/{applying.pass_of(ref=application_ref)}/"
        words = note_words(which, signs=signs, link=link)
    if note.channel == Channel.WHATSAPP and "{code}" in words.text:
        # WhatsApp says codes in its own words.
        words = replace(words, text="{code}")
    return say_to_one(
        kind=MessageKind.WELCOME,
        about=about,
        words=words,
        member_id=note.member_id if which in {CodeNote.KNOWN, CodeNote.WELCOME} else None,
        channel=note.channel,
        address=note.address,
        good_for=KEEP_TRYING if which == CodeNote.WELCOME else CODE_LIFE,
    )


# One GSM-7 text with a signature of 30 signs. Whoever has a forwarded link cannot read it.
DEVICE_TEXT = mark(
    "{signs}: {code} is your code to run your watch. It holds for 10 minutes. Tell it to nobody, not even to us."
)
DEVICE_SPOKEN = mark(
    "This is {signs}. Your code to run your watch is: {code}. Again, your code is: {code}. It holds for 10 minutes. "
    "Tell it to nobody."
)


@transaction.atomic
def say_device_code(*, member_ref: str) -> Message | None:
    """Send a coordinator the code for their device to their own contact, once. Logged as `message.queued`.

    Returns nothing when no code counts any more, or it is said already.
    """
    to, about = devices.code_to_send(member_ref=member_ref), f"device:{member_ref}"
    if to is None or Message.objects.filter(about=about, queued_at__gt=to.sent_at).exists():
        return None
    signs = force().signs_as
    with speaking(Member.objects.get(pk=to.member_id).language):
        text = say(DEVICE_TEXT).format(signs=signs, code="{code}")
        words = Words(
            text=texted(text),
            spoken=say(DEVICE_SPOKEN).format(signs=signs, code="{code}"),
            subject=say("{signs}: your code").format(signs=signs),
            email=text,
        )
    return say_to_one(
        kind=MessageKind.WELCOME,
        about=about,
        words=words,
        member_id=to.member_id,
        channel=to.channel,
        address=to.address,
        good_for=CODE_COUNTS,
    )
