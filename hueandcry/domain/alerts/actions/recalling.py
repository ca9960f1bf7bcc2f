"""Taking an alert back within seconds of its release, and writing one anew from what it said."""

from django.db import transaction

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.actions.composing import about, check_may, keep_revision, locked, made
from hueandcry.domain.alerts.actions.correcting import drop_waiting
from hueandcry.domain.alerts.actions.crossing import tell_forces
from hueandcry.domain.alerts.actions.ending import follow_up
from hueandcry.domain.alerts.models import Alert, Audience
from hueandcry.domain.alerts.rules import OUT, AlertError, State, Verb
from hueandcry.domain.alerts.rules.moves import RECALL_WITHIN, can_be_recalled
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

BY_MISTAKE = "It was sent by mistake, and taken back."


@transaction.atomic
def recall(*, alert_ref: str, officer: Officer) -> Alert:
    """Take an alert back within 30 seconds: nothing more of it leaves, and whom it reached reads a short withdrawal.

    Logged as `alert.recalled`.

    Raises:
        AlertError: it is out for longer, it is not out, it was taken back already, or this officer may not.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_END)
    if alert.recalled_at is not None:
        raise AlertError("This alert was taken back already. Nothing was sent again.")
    rules.check_move(Verb.RECALL, old=State(alert.state))
    now = clock.now()
    if not can_be_recalled(released_at=alert.released_at, now=now):
        seconds = RECALL_WITHIN.seconds
        raise AlertError(f"It went out more than {seconds} seconds ago: stand it down instead, and say why.")
    alert.state, alert.recalled_at, alert.stood_down_at, alert.paused_at = State.STOOD_DOWN, now, now, None
    alert.stood_down_because = BY_MISTAKE
    alert.save(update_fields=["state", "recalled_at", "stood_down_at", "paused_at", "stood_down_because"])
    drop_waiting(alert)
    words = rules.compose_withdrawal(ref=alert.ref, signs_as=alert.organisation.signs_as, is_drill=alert.is_drill)
    told = follow_up(alert, words, officer.as_actor())
    tell_forces(alert=alert, happened=BY_MISTAKE, actor=officer.as_actor())
    log("alert.recalled", subject=about(alert), actor=officer.as_actor(), told=told)
    return alert


@transaction.atomic
def write_anew(*, alert_ref: str, officer: Officer) -> Alert:
    """Begin a draft of one's own with the words and the audience of an alert that is over. Logged as `alert.drafted`.

    What only its author can answer is asked again: when it ends, and whether a suspect could read it.

    Raises:
        AlertError: it is not over yet, or this officer may not write.
        NotHereError: there is none for this officer.
    """
    old = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_WRITE)
    if old.state not in OUT or old.state in rules.RUNNING:
        raise AlertError("This alert is not over: change it, or correct it.")
    same = ("topic", "urgency", "level", "headline", "what", "where", "ask", "point", "uncertainty_m", "occurred_at")
    more = (
        *("invites_answers", "template", "details", "starts_at", "marking", "is_plain"),
        *("has_canaries", "is_drill", "team"),
    )
    alert = made(
        organisation=old.organisation,
        author=officer,
        written_at=clock.now(),
        **{name: getattr(old, name) for name in (*same, *more)},
    )
    keep_revision(alert, officer)
    kept = Audience.objects.filter(pk=old.pk).first()
    if kept is not None:
        Audience.objects.create(alert=alert, question=kept.question, described=kept.described)
    log("alert.drafted", subject=about(alert), actor=officer.as_actor(), level=alert.level, anew_from=about(old))
    return alert
