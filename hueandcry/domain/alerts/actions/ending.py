"""Calling alerts off, letting their time run out, and telling everybody who answered what came of it."""

from django.db import transaction

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.composing import about, back_to_author, check_may, locked, short_reason
from hueandcry.domain.alerts.actions.correcting import drop_waiting
from hueandcry.domain.alerts.actions.crossing import tell_forces
from hueandcry.domain.alerts.actions.releasing import note_release
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import AGREED, RUNNING, AlertError, State, Verb
from hueandcry.domain.alerts.rules.moves import ROWS
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as messages
from hueandcry.domain.messaging.rules import MessageKind, Words
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock

PARENT_OVER = "The alert that this one relays is over."


@transaction.atomic
def stand_down(*, alert_ref: str, officer: Officer, reason: str) -> Alert:
    """Call an alert and its relays off, and tell exactly those whom they reached. Logged as `alert.stood_down` each.

    The reason is read by members, so it is checked as an alert is.

    Raises:
        AlertError: it is not out, the reason is missing or must be changed, or this officer may not.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_END)
    if alert.state == State.STOOD_DOWN:
        raise AlertError("This alert was stood down already. Nothing was sent again.")
    rules.check_move(Verb.STAND_DOWN, old=State(alert.state))
    because = _checked(alert, short_reason(reason, "Say why, for example: The vehicle has been checked."))
    for one in _with_relays(alert):
        if one.state in RUNNING:
            _stand_down_one(one, officer, because)
        else:
            _return_if_waiting(one)
    alert.refresh_from_db()
    return alert


@transaction.atomic
def end(*, alert_ref: str, officer: Officer, ending: str) -> Alert:
    """End an alert and its relays, and tell everybody who answered what came of it. Logged as `alert.ended` for each.

    Raises:
        AlertError: it was never out or has ended, the words are missing or must be changed, or this officer may not.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_END)
    if alert.state == State.ENDED:
        raise AlertError("This alert has ended already, and those who answered were told. Nothing was sent again.")
    rules.check_move(Verb.END, old=State(alert.state))
    told = _checked(alert, short_reason(ending, "Say what came of it: those who answered are waiting to hear."))
    for one in _with_relays(alert):
        if one.state in ROWS[Verb.END].old:
            _end_one(one, officer, told)
        else:
            _return_if_waiting(one)
    alert.refresh_from_db()
    return alert


def expire_due() -> int:
    """Let every alert whose time is over expire; return how many. Logged as `alert.expired` for each.

    Where it spoke of a vehicle, those whom it reached are told that we no longer ask (ADR 14).
    """
    due = Alert.objects.filter(state__in=RUNNING, expires_at__lte=clock.now()).order_by("expires_at", "id")
    return sum(_expire(ref) for ref in list(due.values_list("ref", flat=True)))


@transaction.atomic
def _expire(ref: str) -> int:
    # An officer may be standing it down at this moment: whoever is first has it.
    rows = Alert.objects.select_for_update(of=("self",), skip_locked=True).select_related("organisation")
    alert = rows.filter(ref=ref, state__in=RUNNING).first()
    if alert is None:
        return 0
    was_paused = alert.state == State.PAUSED
    alert.state, alert.paused_at = State.EXPIRED, None
    alert.save(update_fields=["state", "paused_at"])
    drop_waiting(alert)
    cleared = rules.speaks_of_vehicle(queries.words_of(alert=alert))
    if cleared:
        words = rules.compose_clear(ref=alert.ref, signs_as=alert.organisation.signs_as, is_drill=alert.is_drill)
        follow_up(alert, words, SYSTEM)
    elif was_paused:
        messaging.cancel(about=about(alert))
    tell_forces(alert=alert, happened="Its time is over. We no longer ask about it.", actor=SYSTEM)
    log("alert.expired", subject=about(alert), cleared=cleared)
    return 1


def _stand_down_one(alert: Alert, officer: Officer, because: str) -> None:
    alert.state, alert.stood_down_at, alert.paused_at = State.STOOD_DOWN, clock.now(), None
    alert.stood_down_because = because
    alert.save(update_fields=["state", "stood_down_at", "stood_down_because", "paused_at"])
    drop_waiting(alert)
    words = rules.compose_stand_down(
        ref=alert.ref, signs_as=alert.organisation.signs_as, because=because, is_drill=alert.is_drill
    )
    told = follow_up(alert, words, officer.as_actor())
    tell_forces(alert=alert, happened=f"Stood down. {because}", actor=officer.as_actor())
    log("alert.stood_down", subject=about(alert), actor=officer.as_actor(), told=told)


def _end_one(alert: Alert, officer: Officer, told: str) -> None:
    if alert.state in RUNNING:
        messaging.cancel(about=about(alert), actor=officer.as_actor())
    alert.state, alert.ended_at, alert.ending, alert.paused_at = State.ENDED, clock.now(), told, None
    alert.save(update_fields=["state", "ended_at", "ending", "paused_at"])
    drop_waiting(alert)
    words = rules.compose_ending(
        ref=alert.ref, signs_as=alert.organisation.signs_as, ending=told, is_drill=alert.is_drill
    )
    message = messaging.answer_all(kind=MessageKind.ENDING, about=about(alert), words=words, actor=officer.as_actor())
    answered = messages.progress_of(message_ref=message.ref).total
    note_release(alert, kind=MessageKind.ENDING, message_ref=message.ref, officer=officer.as_actor(), members=answered)
    tell_forces(alert=alert, happened=f"What came of it: {told}", actor=officer.as_actor())
    log("alert.ended", subject=about(alert), actor=officer.as_actor(), told=answered)


def _return_if_waiting(relay: Alert) -> None:
    if relay.state in (State.WAITING, *AGREED):
        back_to_author(relay, PARENT_OVER)


def follow_up(alert: Alert, words: Words, actor: str) -> int:
    """Tell exactly those whom an alert reached that it is over; return how many."""
    message = messaging.follow(kind=MessageKind.STAND_DOWN, about=about(alert), words=words, actor=actor)
    told = messages.progress_of(message_ref=message.ref).total
    note_release(alert, kind=MessageKind.STAND_DOWN, message_ref=message.ref, officer=actor, members=told)
    return told


def _with_relays(alert: Alert) -> list[Alert]:
    """Return an alert and all its relays, locked in one order so that two officers never wait for one another."""
    ids = [alert.pk, *(relay.pk for relay in queries.below(alert=alert))]
    rows = Alert.objects.select_for_update(of=("self",)).select_related("organisation")
    return list(rows.filter(pk__in=ids).order_by("id"))


def _checked(alert: Alert, words: str) -> str:
    rules.refuse(rules.check_told(words, level=Tier(alert.level), now=clock.now()))
    return words
