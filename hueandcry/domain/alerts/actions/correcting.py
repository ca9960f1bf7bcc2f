"""Correcting an alert that is out: new words with a reason, to exactly those whom it reached (product.md beyond 14)."""

import datetime as dt
from dataclasses import asdict

from django.db import transaction

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.asking import stop_asking
from hueandcry.domain.alerts.actions.composing import about, check_may, keep_revision, locked, short_reason
from hueandcry.domain.alerts.actions.crossing import tell_forces
from hueandcry.domain.alerts.actions.releasing import note_release
from hueandcry.domain.alerts.models import Alert, Audience, Correction
from hueandcry.domain.alerts.queries import agreeing
from hueandcry.domain.alerts.rules import AlertError, Reach, State, Urgency, Verb, Words
from hueandcry.domain.alerts.rules.checks import VEHICLE_LIFE
from hueandcry.domain.alerts.rules.kinds import CorrectionState
from hueandcry.domain.alerts.rules.wording import PART_PLATE
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import queries as messages
from hueandcry.domain.messaging.actions import correcting as messaging
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

WAITS_ALREADY = "A correction waits already: agree to it, or drop it and write another."


@transaction.atomic
def correct(
    *,
    alert_ref: str,
    officer: Officer,
    words: Words,
    occurred_at: dt.datetime | None,
    expires_at: dt.datetime | None,
    reason: str,
    typed: str = "",
) -> Correction:
    """Write what an alert should have said; it goes at once where the table of reach lets this officer send alone.

    Else it waits for another officer: one is enough, for wrong words are out already. Logged as
    `alert.correction_written`, then as `alert.corrected`.

    Raises:
        AlertError: it is not out, nothing is changed, the check refuses the words or the reason, one waits already, the
            number was not typed, or this officer may not.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_END)
    rules.check_move(Verb.CORRECT, old=State(alert.state))
    if Correction.objects.filter(alert=alert, state=CorrectionState.WAITING).exists():
        raise AlertError(WAITS_ALREADY)
    written = Correction(
        alert=alert,
        words={field: text.strip().replace("\x00", "") for field, text in asdict(words).items()},
        occurred_at=occurred_at,
        expires_at=expires_at,
        reason=short_reason(reason, "Say what was wrong, for example: The colour was wrong."),
        author=officer,
        written_at=clock.now(),
    )
    _check_changed(alert, written)
    row = _checked(alert, written, officer)
    written.save(force_insert=True)
    log("alert.correction_written", subject=about(alert), actor=officer.as_actor(), approvals=min(row.approvals, 1))
    if row.approvals == 0:
        rules.check_typed(members=_meant(alert), typed=typed, above=row.typed_above)
        _make(alert, written, officer)
    return written


@transaction.atomic
def agree_to_correction(*, alert_ref: str, officer: Officer, seen: str = "", typed: str = "") -> Correction:
    """Let a correction out that another officer wrote; `seen` is the one that was read. Logged as `alert.corrected`.

    Raises:
        AlertError: none waits, it is the officer's own, it is another than they read, the check refuses it now, or the
            number was not typed.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_APPROVE)
    rules.check_move(Verb.CORRECT, old=State(alert.state))
    correction = _waiting(alert)
    if correction.author_id == officer.pk:
        raise AlertError("Ask a colleague: a correction is released by somebody other than who wrote it.")
    if seen and seen != correction.ref:
        raise AlertError("Another correction waits than the one that you opened: read it, then agree.")
    row = _checked(alert, correction, correction.author)
    rules.check_typed(members=_meant(alert), typed=typed, above=row.typed_above)
    correction.approver = officer
    stop_asking(alert=alert)
    _make(alert, correction, officer)
    return correction


@transaction.atomic
def drop_correction(*, alert_ref: str, officer: Officer) -> None:
    """Leave an alert as it is: what waited is not made. Logged as `alert.correction_dropped`.

    Raises:
        AlertError: none waits, or it is neither theirs nor theirs to approve.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    correction = _waiting(alert)
    if correction.author_id != officer.pk:
        check_may(officer, Permission.ALERT_APPROVE)
    drop_waiting(alert)
    log("alert.correction_dropped", subject=about(alert), actor=officer.as_actor())


def drop_waiting(alert: Alert) -> None:
    """End a correction that waits: its alert is over, or nobody wants it any more."""
    waits = Correction.objects.filter(alert=alert, state=CorrectionState.WAITING)
    if waits.update(state=CorrectionState.DROPPED, decided_at=clock.now()):
        stop_asking(alert=alert)


def _waiting(alert: Alert) -> Correction:
    waits = Correction.objects.select_for_update(of=("self",)).select_related("author")
    correction = waits.filter(alert=alert, state=CorrectionState.WAITING).first()
    if correction is None:
        raise AlertError("No correction waits: somebody made or dropped it already. Nothing was sent again.")
    return correction


def _make(alert: Alert, correction: Correction, officer: Officer) -> None:
    """Put the new words in the place of the old ones, and tell everybody what they need to hear."""
    now, actor = clock.now(), officer.as_actor()
    words = Words(**correction.words)
    alert.headline, alert.what, alert.where, alert.ask = words.headline, words.what, words.where, words.ask
    alert.occurred_at, alert.expires_at = correction.occurred_at, correction.expires_at
    alert.state, alert.paused_at = State.CORRECTED, None
    alert.corrected_at, alert.corrected_because = now, correction.reason
    alert.save(
        update_fields=[
            *("headline", "what", "where", "ask", "occurred_at", "expires_at"),
            *("state", "paused_at", "corrected_at", "corrected_because"),
        ]
    )
    correction.state, correction.decided_at = CorrectionState.MADE, now
    correction.save(update_fields=["state", "decided_at", "approver"])
    keep_revision(alert, correction.author)
    followed, fresh = messaging.correct(
        about=about(alert),
        correction=queries.said_by(alert=alert, corrects=correction.reason),
        fresh=queries.said_by(alert=alert),
        expires_at=alert.expires_at,
        actor=actor,
    )
    told = messages.progress_of(message_ref=followed.ref).total
    anew = messages.progress_of(message_ref=fresh.ref).total
    note_release(alert, kind=MessageKind.CORRECTION, message_ref=followed.ref, officer=actor, members=told)
    note_release(alert, kind=MessageKind.ALERT, message_ref=fresh.ref, officer=actor, members=anew)
    now_says = f"Corrected: {correction.reason} It now says: {words.what}. {words.where}."
    tell_forces(alert=alert, happened=now_says, actor=actor)
    log("alert.corrected", subject=about(alert), actor=actor, told=told, anew=anew)


def _checked(alert: Alert, correction: Correction, author: Officer) -> Reach:
    """Ask of new words what the send check asks; return the row of reach by which their author sends them."""
    words = Words(**correction.words)
    findings = rules.check(
        queries.facts_of_correction(
            alert=alert,
            words=words,
            occurred_at=correction.occurred_at,
            expires_at=correction.expires_at,
            reason=correction.reason,
        )
    )
    rules.refuse(findings)
    rules.refuse(rules.check_told(correction.reason, level=Tier(alert.level), now=clock.now()))
    _check_life(alert, correction, words)
    return agreeing.row_for_officer(
        officer=author,
        level=Tier(alert.level),
        urgency=Urgency(alert.urgency),
        members=_meant(alert),
        content=agreeing.content_of(alert=alert, findings=findings),
    )


def _check_life(alert: Alert, correction: Correction, words: Words) -> None:
    """Refuse that part of a plate lives longer by being corrected: 12 hours from its release (domain.md pitfall 8)."""
    said = " ".join(asdict(words).values())
    if alert.released_at is None or correction.expires_at is None or not PART_PLATE.search(said):
        return
    if correction.expires_at > alert.released_at + VEHICLE_LIFE:
        raise AlertError(
            "Part of a plate is passed on for 12 hours at most, from the first release: give an earlier end."
        )


def _check_changed(alert: Alert, correction: Correction) -> None:
    before = (asdict(queries.words_of(alert=alert)), alert.occurred_at, alert.expires_at)
    if before == (correction.words, correction.occurred_at, correction.expires_at):
        raise AlertError("Nothing is changed yet: write what is right.")


def _meant(alert: Alert) -> int:
    return Audience.objects.filter(pk=alert.pk).values_list("members", flat=True).first() or 0
