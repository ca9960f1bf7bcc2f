"""Own messages of watch schemes: written by a coordinator, read by an officer where the force asks for it, sent."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.models import Note
from hueandcry.domain.alerts.queries import schemes as queries
from hueandcry.domain.alerts.rules import NOTE_PURPOSES, AlertError, NoteState
from hueandcry.domain.alerts.rules.notes import check_limit, check_note, compose_note, in_hours, warnings_of
from hueandcry.domain.members.models import Scheme
from hueandcry.domain.members.queries import schemes as scheme_questions
from hueandcry.domain.members.rules import Priority, Purpose, SchemeState
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as message_questions
from hueandcry.domain.messaging.rules import Lane, MessageKind, MessagingError
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.integrity import until_ref_is_free
from hueandcry.kit.words import say

NOTE_LIFE = dt.timedelta(days=3)
REASON_MOST = 300
NO_WAY = "Nobody in the scheme agreed to hear this from us by a way that works: print sheets, or use the phone tree."


@transaction.atomic
def write_note(*, member_id: int, scheme_ref: str, purpose: Purpose, text: str) -> Note:
    """Write an own message to a scheme's members: it goes now, at the next office hours, or once an officer read it.

    Logged as `note.written`, and as `note.sent` when it went at once.

    Raises:
        AlertError: the check refuses it, the scheme has had its messages, or nobody would be reached.
        NotHereError: this member does not run such a scheme.
    """
    scheme = _led(member_id, scheme_ref)
    if purpose not in dict(NOTE_PURPOSES):
        raise AlertError(say("Say what it is about: something to look out for, advice, or a meeting."))
    findings = check_note(text, scheme=scheme.name, signs_as=scheme.organisation.signs_as, now=clock.now())
    rules.refuse(findings)
    said = " ".join(text.split())
    twice = Note.objects.filter(scheme=scheme, text=said, written_at__gt=clock.now() - dt.timedelta(minutes=10))
    known = twice.exclude(state__in=(NoteState.RETURNED, NoteState.WITHDRAWN)).first()
    if known is not None:
        return known
    check_limit(sent=queries.count_this_week(scheme_id=scheme.pk), a_week=scheme.notes_a_week)
    waits = scheme.notes_checked or bool(warnings_of(findings))
    note = until_ref_is_free(
        lambda: Note.objects.create(
            scheme=scheme,
            author_id=member_id,
            purpose=purpose,
            text=said,
            state=NoteState.WAITING if waits else NoteState.DUE,
            written_at=clock.now(),
        ),
        constraint="alerts_note_ref_key",
    )
    author = f"member:{note.author.ref}" if note.author else SYSTEM
    log("note.written", subject=f"note:{note.ref}", actor=author, scheme=scheme.ref, waits=waits)
    if not waits:
        _send_in_hours(note, scheme, author)
    return note


@transaction.atomic
def withdraw_note(*, member_id: int, scheme_ref: str, note_ref: str) -> None:
    """Take back an own message that has not gone. Logged as `note.withdrawn`.

    Raises:
        AlertError: it went already.
        NotHereError: there is none in a scheme that this member runs.
    """
    scheme = _led(member_id, scheme_ref)
    note = _locked(note_ref)
    if note.scheme_id != scheme.pk:
        raise NotHereError(f"note:{note_ref}")
    if note.state not in {NoteState.WAITING, NoteState.DUE}:
        raise AlertError(
            say("It cannot be taken back: {notestate}.").format(notestate=NoteState(note.state).label.lower())
        )
    note.state = NoteState.WITHDRAWN
    note.save(update_fields=["state"])
    log("note.withdrawn", subject=f"note:{note.ref}", scheme=scheme.ref)


@transaction.atomic
def pass_note(*, officer: Officer, note_ref: str) -> Note:
    """Let an own message go that an officer has read: now, or at the next office hours. Logged as `note.passed`.

    Raises:
        AlertError: it does not wait, the scheme is closed, or nobody would be reached.
        NotHereError: there is none for this officer.
    """
    note = _waiting(officer, note_ref)
    note.state, note.checked_by, note.checked_at = NoteState.DUE, officer, clock.now()
    note.save(update_fields=["state", "checked_by", "checked_at"])
    log("note.passed", subject=f"note:{note.ref}", actor=officer.as_actor())
    _send_in_hours(note, _running(note.scheme_id), officer.as_actor())
    return note


@transaction.atomic
def return_note(*, officer: Officer, note_ref: str, because: str) -> None:
    """Send an own message back to who wrote it, with the reason. Logged as `note.returned`.

    Raises:
        AlertError: there is no reason, it is too long, or the message does not wait.
        NotHereError: there is none for this officer.
    """
    note = _waiting(officer, note_ref)
    because = " ".join(because.split())
    if not because:
        raise AlertError(say("Say why, so that they can write it better."))
    if len(because) > REASON_MOST:
        raise AlertError(say("Shorten the reason to {reason_most} characters.").format(reason_most=REASON_MOST))
    note.state, note.returned_because = NoteState.RETURNED, because
    note.checked_by, note.checked_at = officer, clock.now()
    note.save(update_fields=["state", "returned_because", "checked_by", "checked_at"])
    log("note.returned", subject=f"note:{note.ref}", actor=officer.as_actor())


def send_due_notes() -> int:
    """Send the own messages whose office hours have come; return how many went."""
    sent = 0
    for ref in list(Note.objects.filter(state=NoteState.DUE).order_by("pk").values_list("ref", flat=True)):
        with transaction.atomic():
            note = _locked(ref)
            scheme = Scheme.objects.select_related("organisation").get(pk=note.scheme_id)
            if note.state != NoteState.DUE:
                continue
            if scheme.state != SchemeState.ACTIVE:
                note.state = NoteState.WITHDRAWN
                note.save(update_fields=["state"])
                log("note.withdrawn", subject=f"note:{note.ref}", scheme=scheme.ref)
                continue
            try:
                with transaction.atomic():
                    sent += _send_in_hours(note, scheme, SYSTEM)
            except AlertError as refusal:
                note.state, note.returned_because = NoteState.RETURNED, str(refusal)
                note.save(update_fields=["state", "returned_because"])
                log("note.returned", subject=f"note:{note.ref}")
    return sent


def _send_in_hours(note: Note, scheme: Scheme, actor: str) -> bool:
    """Send a note if its scheme may write at this hour; say whether it went."""
    now = clock.now()
    if not in_hours(now=timezone.localtime(now), start=scheme.notes_from, end=scheme.notes_until):
        return False
    try:
        message = messaging.queue(
            kind=MessageKind.NOTE,
            about=f"note:{note.ref}",
            organisation_id=scheme.organisation_id,
            words=compose_note(note.text, ref=note.ref, scheme=scheme.name, signs_as=scheme.organisation.signs_as),
            member_ids=scheme_questions.member_ids_in(scheme_id=scheme.pk),
            priority=Priority.ROUTINE,
            lane=Lane.NORMAL,
            expires_at=now + NOTE_LIFE,
            invites_answers=True,
            purpose=Purpose.SCHEME,
            scheme_id=scheme.pk,
            actor=actor,
        )
    except MessagingError as refusal:
        raise AlertError(str(refusal)) from None
    told = message_questions.progress_of(message_ref=message.ref).total
    if not told and not scheme_questions.tree(scheme_id=scheme.pk):
        raise AlertError(NO_WAY)
    note.state, note.sent_at, note.message_ref = NoteState.SENT, now, message.ref
    note.save(update_fields=["state", "sent_at", "message_ref"])
    log("note.sent", subject=f"note:{note.ref}", actor=actor, scheme=scheme.ref, deliveries=told)
    return True


def _led(member_id: int, scheme_ref: str) -> Scheme:
    """Return a scheme that this member runs, locked: two notes at once keep to the limit."""
    if not scheme_questions.get_part(member_id=member_id, scheme_ref=scheme_ref).is_lead:
        raise NotHereError(f"scheme:{scheme_ref}")
    rows = Scheme.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    scheme = rows.get(ref=scheme_ref)
    return _checked(scheme)


def _running(scheme_id: int) -> Scheme:
    return _checked(Scheme.objects.select_related("organisation").get(pk=scheme_id))


def _checked(scheme: Scheme) -> Scheme:
    if scheme.state != SchemeState.ACTIVE:
        raise AlertError(
            say("{name} does not run: {schemestate}.").format(
                name=scheme.name, schemestate=SchemeState(scheme.state).label.lower()
            )
        )
    return scheme


def _waiting(officer: Officer, note_ref: str) -> Note:
    queries.get_note(officer=officer, ref=note_ref)
    note = _locked(note_ref)
    if note.state != NoteState.WAITING:
        raise AlertError(
            say("It does not wait any more: {notestate}.").format(notestate=NoteState(note.state).label.lower())
        )
    return note


def _locked(note_ref: str) -> Note:
    try:
        return Note.objects.select_for_update(of=("self",)).get(ref=note_ref)
    except Note.DoesNotExist:
        raise NotHereError(f"note:{note_ref}") from None
