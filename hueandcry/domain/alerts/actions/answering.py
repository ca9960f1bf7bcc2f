"""What its author answers and chooses before an alert goes: a suspect, an exercise, wordings, who pays."""

from django.db import transaction

from hueandcry.domain.alerts.actions.composing import about, check_open_to, locked
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import AlertError
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.organisations.models import Officer, Team
from hueandcry.domain.records.actions import log

NOTE_MOST = 300


@transaction.atomic
def answer_suspect(*, alert_ref: str, officer: Officer, answer: Suspect, note: str = "") -> Alert:
    """Answer whether a suspect could read an alert, before it goes. Logged as `alert.suspect_answered`.

    Raises:
        AlertError: it is somebody else's, it is not open any more, nothing is answered, or the note is too long.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_open_to(alert, officer)
    if answer == Suspect.UNASKED:
        raise AlertError("Choose an answer: could a suspect read this?")
    note = " ".join(note.split())
    if len(note) > NOTE_MOST:
        raise AlertError(f"Shorten it to {NOTE_MOST} characters: it has {len(note)}.")
    alert.suspect, alert.suspect_note = answer, note
    alert.save(update_fields=["suspect", "suspect_note"])
    log("alert.suspect_answered", subject=about(alert), actor=officer.as_actor(), answer=answer.value)
    return alert


@transaction.atomic
def choose_how(*, alert_ref: str, officer: Officer, is_drill: bool, has_canaries: bool, team_ref: str = "") -> Alert:
    """Say whether an alert is an exercise, whether each group reads its own wording, and which team pays for it.

    Only before it is out: an exercise stays one. Logged as `alert.how_chosen`.

    Raises:
        AlertError: it is somebody else's, it is not open any more, or the team is not one of theirs.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_open_to(alert, officer)
    team = Team.objects.filter(ref=team_ref, organisation=alert.organisation_id).first() if team_ref else None
    if team_ref and team is None:
        raise AlertError("Choose a team from the list.")
    alert.is_drill, alert.has_canaries, alert.team = is_drill, has_canaries, team
    alert.save(update_fields=["is_drill", "has_canaries", "team"])
    log(
        "alert.how_chosen",
        subject=about(alert),
        actor=officer.as_actor(),
        is_drill=is_drill,
        has_canaries=has_canaries,
        team=f"team:{team.ref}" if team else None,
    )
    return alert
