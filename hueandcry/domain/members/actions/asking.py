"""Asking one person something: the sentinel looks first, and that they were asked is kept."""

from collections.abc import Sequence

from django.db import transaction

from hueandcry.domain.members.actions.locking import locked
from hueandcry.domain.members.models import Ask, Member
from hueandcry.domain.members.queries.asking import cautions_for, others_read
from hueandcry.domain.members.rules import MemberError
from hueandcry.domain.members.rules.sentinel import Caution, Verdict, subject_hash, subjects
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

__all__ = ["MemberError", "ThinkAgainError", "ask", "note"]


class ThinkAgainError(MemberError):
    """Something that may be sent once the officer has read why it perhaps should not."""


@transaction.atomic
def ask(
    *,
    member_id: int | None,
    text: str,
    officer: Officer,
    known: Sequence[str] = (),
    heeded: bool = False,
    channel: str = "",
    address: str = "",
) -> list[Caution]:
    """Let an officer write to one person, or stop them; keep what was asked about. Logged as `member.asked`.

    Called in the transaction that sends the words, so that nothing goes out that is stopped here. `heeded`: the officer
    read the warning. Who is no member has no history; the words are looked at all the same. `channel` and `address`:
    where it goes; nothing goes unread to what others read, or to what its owner called unsafe.

    Raises:
        MemberError: the words set a task, or this person was asked often enough; with the way out.
        ThinkAgainError: they were asked before, it may be a task, or others read what goes there; the officer has not
            said that they read so.
    """
    if member_id is not None:
        try:
            member = locked(member_id=member_id, left=True)  # two officers at once are counted one after the other
        except NotHereError:
            member_id = None
    found = cautions_for(member_id=member_id, text=text, known=known)
    stops = [caution for caution in found if caution.verdict == Verdict.STOP]
    if stops:
        raise MemberError(stops[0].sentence)
    warnings = [caution.sentence for caution in found]
    if others := others_read(member_id=member_id, channel=channel, address=address) if address else "":
        warnings.append(others)
    if warnings and not heeded:
        raise ThinkAgainError(" ".join(warnings))
    about = subjects(text=text, known=tuple(known)) if member_id is not None else ()
    if about:
        now = clock.now()
        Ask.objects.bulk_create(
            Ask(member=member, subject_hash=subject_hash(subject), officer=officer, at=now) for subject in about
        )
        log("member.asked", subject=f"member:{member.ref}", actor=officer.as_actor(), subjects=len(about))
    return found


@transaction.atomic
def note(*, member_ids: Sequence[int], text: str, officer: Officer) -> None:
    """Keep that these few were each asked about something, by what was sent to all of them. Logged once for each."""
    about = subjects(text=text)
    now = clock.now()
    for member in Member.objects.filter(pk__in=member_ids).order_by("pk") if about else ():
        Ask.objects.bulk_create(
            Ask(member=member, subject_hash=subject_hash(subject), officer=officer, at=now) for subject in about
        )
        log("member.asked", subject=f"member:{member.ref}", actor=officer.as_actor(), subjects=len(about))
