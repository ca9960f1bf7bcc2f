"""Inviting people into a watch scheme that fits them: once each, ever, and only who agreed to such questions."""

import datetime as dt

from django.db import transaction

from hueandcry.domain.members.queries import schemes
from hueandcry.domain.members.rules import Priority, Purpose, SchemeState
from hueandcry.domain.messaging.actions.saying import queue
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import MessageKind, MessagingError, Words
from hueandcry.domain.messaging.rules.lines import in_every_language
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, gsm7
from hueandcry.kit.words import say, texted

INVITED_FOR = dt.timedelta(days=14)
NOBODY = "There is nobody left to invite: everybody who fits and agreed to such questions was asked once."


def not_invited(*, scheme_id: int) -> list[int]:
    """Return the ids of those whom a scheme may invite and never has; screens show only how many they are."""
    scheme = schemes.scheme_by_id(scheme_id=scheme_id)
    asked = Delivery.objects.filter(message__about=f"scheme:{scheme.ref}", message__kind=MessageKind.REMINDER)
    known = set(asked.exclude(member=None).values_list("member_id", flat=True))
    left = [member for member in schemes.suggested(scheme_id=scheme_id) if member not in known]
    return schemes.may_be_asked(member_ids=left, organisation_id=scheme.organisation_id)


@transaction.atomic
def invite(*, scheme_id: int, actor: str) -> int:
    """Send everybody who fits a scheme and agreed to be asked one invitation; return how many.

    Logged as `scheme.invited`.

    Raises:
        MessagingError: the scheme does not run, or nobody is left to ask.
    """
    scheme = schemes.scheme_by_id(scheme_id=scheme_id)
    if scheme.state != SchemeState.ACTIVE:
        raise MessagingError("This scheme does not run: nobody can be invited into it.")
    about = f"scheme:{scheme.ref}"
    # Two who press at once: the second waits here and finds nobody left.
    list(Message.objects.select_for_update(no_key=True).filter(about=about).order_by("id"))
    to = not_invited(scheme_id=scheme_id)
    if not to:
        raise MessagingError(NOBODY)
    queue(
        kind=MessageKind.REMINDER,
        about=about,
        organisation_id=scheme.organisation_id,
        words=in_every_language(lambda: invitation(scheme=scheme.name, signs=scheme.organisation.signs_as)),
        member_ids=to,
        priority=Priority.ROUTINE,
        expires_at=clock.now() + INVITED_FOR,
        invites_answers=True,
        purpose=Purpose.SURVEY,
        actor=actor,
    )
    log("scheme.invited", subject=about, actor=actor, members=len(to))
    return len(to)


def invitation(*, scheme: str, signs: str) -> Words:
    """Return an invitation as each channel carries it."""
    said = gsm7.to_gsm7(
        say("{scheme} looks out for the place where you are. Would you like to be in it?").format(scheme=scheme)
    )
    more = {"signs": signs, "said": said, "page": "{page}"}
    text = say("{signs}: {said} Then reply and say so. If not, do nothing: we ask once.").format(**more)
    return Words(
        text=texted(text),
        spoken=say(
            "This is {signs}. {said} If you would, call 1 0 1 and say so. If not, do nothing: we ask only once."
        ).format(**more),
        subject=f"{signs}: {scheme}"[:200],
        email=say(
            "{said}\n\nIf you would, say so on your page: {page}schemes/\n\nIf not, do nothing: we ask only once."
        ).format(**more),
    )
