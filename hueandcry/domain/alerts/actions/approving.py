"""Agreeing to what another officer wrote: now, at a set time, or for its author to release (ADR 7)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.asking import stop_asking, tell_officers
from hueandcry.domain.alerts.actions.composing import about, back_to_author, check_may, forget_approval, locked
from hueandcry.domain.alerts.actions.releasing import check_not_out, let_out, pass_gate
from hueandcry.domain.alerts.models import Alert, Approval, Audience, Revision
from hueandcry.domain.alerts.queries.asking import page_of
from hueandcry.domain.alerts.rules import AGREED, AlertError, Goes, State, Verb
from hueandcry.domain.messaging.rules import Words
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock

# Further ahead nobody knows what an alert will mean by then.
FURTHEST = dt.timedelta(days=14)


@transaction.atomic
def approve(
    *,
    alert_ref: str,
    officer: Officer,
    typed: str = "",
    seen: str = "",
    goes: Goes = Goes.NOW,
    goes_at: dt.datetime | None = None,
) -> Alert:
    """Agree to what another officer wrote: with the last agreement that it needs it goes out, or waits for its moment.

    `seen` is the version (`queries.version`) that the officer read: what was sent back and written anew since then is
    not what they agreed to. Logged as `alert.agreed`, then as `alert.released`, `alert.scheduled` or `alert.approved`;
    while it needs another officer it goes on waiting.

    Raises:
        AlertError: it does not wait for approval, it is their own, they agreed already, it was changed since they
            read it, the check refuses it, nobody would be reached, the number was not typed, or the moment is wrong.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_APPROVE)
    check_not_out(alert)
    verb = Verb.SCHEDULE if goes == Goes.AT else Verb.APPROVE
    _check_waits(alert, verb)
    rules.check_whose(verb, is_author=alert.author_id == officer.pk)
    if Revision.objects.filter(alert=alert, by=officer.as_actor()).exists():
        raise AlertError("You wrote some of its words, in another language too: ask a colleague to approve it.")
    version = queries.version(alert=alert)
    if seen and seen != version:
        raise AlertError("This alert was changed since you opened it: read it again, then approve it.")
    moment = _checked_moment(alert, goes, goes_at)
    passed = pass_gate(alert, at=moment)
    rules.check_typed(members=passed.many, typed=typed, above=passed.row.typed_above)
    _agree(alert, officer, version)
    if queries.approvals_lacking(alert=alert, row=passed.row):
        return alert
    stop_asking(alert=alert)
    alert.approver, alert.approved_at = officer, clock.now()
    if goes == Goes.NOW:
        return let_out(alert, verb, officer=officer, typed=typed, passed=passed)
    Audience.objects.filter(pk=alert.pk).update(members=passed.many)
    alert.state = State.SCHEDULED if moment else State.APPROVED
    alert.goes_at, alert.returned_because = moment, ""
    alert.save(update_fields=["state", "approver", "approved_at", "goes_at", "returned_because"])
    by, many = officer.as_actor(), passed.many
    if moment:
        log("alert.scheduled", subject=about(alert), actor=by, members=many, goes_at=moment.isoformat())
    else:
        log("alert.approved", subject=about(alert), actor=by, members=many, goes_at=None)
    return alert


@transaction.atomic
def release_approved(*, alert_ref: str, officer: Officer, typed: str = "") -> Alert:
    """Release one's own alert that others agreed to, before its time too. Logged as `alert.released`.

    Raises:
        AlertError: it is somebody else's, nobody agreed to it as it stands, or as in `approve`.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_WRITE)
    check_not_out(alert)
    rules.check_whose(Verb.RELEASE_APPROVED, is_author=alert.author_id == officer.pk)
    return let_out(alert, Verb.RELEASE_APPROVED, officer=officer, typed=typed)


@transaction.atomic
def withdraw(*, alert_ref: str, officer: Officer) -> Alert:
    """Take one's own alert back to change it, before it is out. Logged as `alert.withdrawn`; twice changes nothing.

    Raises:
        AlertError: it is somebody else's, or it is out.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_WRITE)
    rules.check_whose(Verb.WITHDRAW, is_author=alert.author_id == officer.pk)
    if alert.state == State.DRAFT:
        return alert
    rules.check_move(Verb.WITHDRAW, old=State(alert.state))
    alert.state = State.DRAFT
    forget_approval(alert)
    alert.save(update_fields=["state", "approver", "approved_at", "goes_at"])
    log("alert.withdrawn", subject=about(alert), actor=officer.as_actor())
    return alert


def release_due() -> int:
    """Let out what was approved for a moment that has come; return how many. Logged as `alert.released` for each.

    Everything is asked anew: what may not go any more goes back to its author with the reason, and they and whoever
    approved it are told by e-mail. Logged as `alert.given_up`.
    """
    due = Alert.objects.filter(state=State.SCHEDULED, goes_at__lte=clock.now()).order_by("goes_at", "id")
    return sum(_go(ref) for ref in list(due.values_list("ref", flat=True)))


@transaction.atomic
def _go(ref: str) -> int:
    # Its author may be taking it back at this moment: whoever is first has it.
    rows = Alert.objects.select_for_update(of=("self",), skip_locked=True)
    rows = rows.select_related("organisation", "topic", "author", "approver")
    alert = rows.filter(ref=ref, state=State.SCHEDULED, goes_at__lte=clock.now()).first()
    if alert is None:
        return 0
    try:
        with transaction.atomic():
            let_out(alert, Verb.GO, officer=None)
    except AlertError as refusal:
        _give_up(ref, str(refusal))
        return 0
    return 1


def _give_up(ref: str, refusal: str) -> None:
    """Hand an alert back that the gate refuses at its time, and tell those who wait for it to go."""
    alert = Alert.objects.select_related("organisation", "author", "approver").get(ref=ref)
    rules.check_move(Verb.GIVE_UP, old=State(alert.state))
    told = [one for one in (alert.author, alert.approver) if one is not None and one.is_active]
    was_to_go = timezone.localtime(alert.goes_at)
    back_to_author(alert, f"{queries.DID_NOT_GO}{refusal}")
    log("alert.given_up", subject=about(alert), actor=SYSTEM)
    page = page_of(alert=alert)
    drill = "EXERCISE. " if alert.is_drill else ""
    said = f"{drill}Alert {alert.ref} was to go out at {was_to_go:%H:%M} and did not."
    # The reason may quote the alert: it is read on the page, and in a letter, but not on a locked screen.
    words = Words(
        text=f"{said} Read why, and change it: {page}",
        spoken=said,
        subject=f"{drill}Alert {alert.ref} did not go out",
        email=f"{said} {refusal} Change it here: {page}",
    )
    if told:
        tell_officers(alert=alert, officers=told, words=words)


def _agree(alert: Alert, officer: Officer, version: str) -> None:
    """Keep that an officer agreed to an alert as it stands. Logged as `alert.agreed`."""
    now = clock.now()
    _, is_new = Approval.objects.get_or_create(alert=alert, officer=officer, version=version, defaults={"at": now})
    if not is_new:
        raise AlertError("You agreed to it already: it waits for another officer.")
    log("alert.agreed", subject=about(alert), actor=officer.as_actor(), version=version)


def _check_waits(alert: Alert, verb: Verb) -> None:
    if alert.state in AGREED:
        by = alert.approver.get_full_name() if alert.approver else "a colleague"
        raise AlertError(f"This alert was approved already, by {by}. Nothing was sent again.")
    if alert.state != State.WAITING:
        raise AlertError("This alert does not wait for approval: its author sends it for approval first.")
    rules.check_move(verb, old=State(alert.state))


def _checked_moment(alert: Alert, goes: Goes, goes_at: dt.datetime | None) -> dt.datetime | None:
    if goes != Goes.AT:
        return None
    now = clock.now()
    if goes_at is None:
        raise AlertError("Say when it is to go out: a day and a time.")
    if goes_at <= now:
        raise AlertError("That moment has passed: give a later one, or release it now.")
    if goes_at > now + FURTHEST:
        raise AlertError(f"Give a moment within {FURTHEST.days} days: by then it may mean something else.")
    if alert.expires_at is not None and goes_at >= alert.expires_at:
        raise AlertError("It would be over before it goes: give an earlier moment.")
    return goes_at
