"""Letting alerts out: approval by a second officer, the fast lane, and relays; all through one gate."""

import datetime as dt
from dataclasses import replace

from django.db import transaction

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.composing import about, check_may, keep_revision, locked, made
from hueandcry.domain.alerts.models import Alert, Audience, Release
from hueandcry.domain.alerts.rules import AlertError, Finding, Sighting, State, Urgency
from hueandcry.domain.alerts.rules.kinds import PRIORITIES
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import asking
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion, Purpose, Tier
from hueandcry.domain.members.rules.sentinel import FEW
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as message_questions
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock

# Two presses within so long are one.
PRESSED_TWICE = dt.timedelta(minutes=1)
NO_WAY_TO_THEM = (
    "Nobody would be reached: those who are meant have no way that we may use. Widen the area, or ring them."
)


@transaction.atomic
def approve(*, alert_ref: str, officer: Officer, typed: str = "", seen: str = "") -> Alert:
    """Release what another officer wrote. Logged as `alert.released`.

    `seen` is the version (`queries.version`) that the officer read: what was sent back and written anew since then is
    not what they agreed to.

    Raises:
        AlertError: it does not wait for approval, it is the officer's own, it was changed since they read it, the check
            refuses it, nobody would be reached, or the number of members was not typed.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_APPROVE)
    _check_not_out(alert)
    if alert.state != State.WAITING:
        raise AlertError("This alert does not wait for approval: its author sends it for approval first.")
    rules.check_second_pair_of_eyes(author=alert.author.ref, approver=officer.ref)
    if seen and seen != queries.version(alert=alert):
        raise AlertError("This alert was changed since you opened it: read it again, then approve it.")
    alert.approver = officer
    return _release(alert, officer=officer, typed=typed)


@transaction.atomic
def release_fast(*, alert_ref: str, officer: Officer) -> Alert:
    """Release one's own alert without a second officer, where the table of reach allows it. Logged as `alert.released`.

    Raises:
        AlertError: it is somebody else's, or the table asks for a second officer, or as in `approve`.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_FAST)
    _check_not_out(alert)
    if alert.author_id != officer.pk:
        raise AlertError("The fast lane is for one's own alerts: approve this one instead, if you may.")
    way = queries.way_out(alert=alert, officer=officer)
    if way.approvals:
        raise AlertError("This one needs a second officer: send it for approval.")
    return _release(alert, officer=officer)


@transaction.atomic
def relay(
    *,
    officer: Officer,
    alert_ref: str,
    sighting: Sighting,
    report_ref: str,
    question: AudienceQuestion | None = None,
    told: bool = False,
    radius_m: float = rules.RELAY_RADIUS_M,
) -> Alert:
    """Pass a sighting on to the next members, as an alert of its own made from the sighting alone.

    It goes to those of the same schemes and level round the sighting's point (else to the first alert's own audience),
    and not to those who were told already, unless `told`. It is released at once where the table of reach allows it,
    else it waits for approval. Logged as `alert.relayed`, which names the report.

    Raises:
        AlertError: the first alert is over, the words must be changed, nobody is left, or a relay waits already.
        NotHereError: there is no such alert for this officer.
    """
    first = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_WRITE)
    _check_can_be_relayed(first, report_ref, told=told)
    alert = _from_sighting(first, sighting, officer=officer, report=f"report:{report_ref.removeprefix('report:')}")
    wanted = question or rules.round_sighting(queries.question_of(alert=first), sighting, radius_m)
    _keep_audience(alert, wanted, told=told)
    findings = queries.findings(alert=alert)
    rules.refuse(findings)
    way = queries.way_out(alert=alert, officer=officer)
    if not way.count.members:
        raise AlertError("Everybody there was told already: widen the circle, or tell them again.")
    question_now = replace(queries.meant(alert=alert), without=())
    Audience.objects.filter(pk=alert.pk).update(
        described=members.describe(question=question_now)[:400], members=way.count.members
    )
    log(
        "alert.relayed",
        subject=about(alert),
        actor=officer.as_actor(),
        of=about(first),
        report=alert.relayed_report,
        members=way.count.members,
        approvals=way.approvals,
    )
    if way.approvals == 0:
        return _release(alert, officer=officer)
    alert.state = State.WAITING
    alert.save(update_fields=["state"])
    codes = [finding.code for finding in findings]
    log(
        "alert.submitted",
        subject=about(alert),
        actor=officer.as_actor(),
        members=way.count.members,
        warnings=codes,
    )
    return alert


def _release(alert: Alert, *, officer: Officer, typed: str = "") -> Alert:
    """Let an alert out: the only gate. The audience is counted anew, deliveries are written with the release."""
    rules.check_move(old=State(alert.state), new=State.RELEASED)
    if alert.relay_of is not None and alert.relay_of.state != State.RELEASED:
        raise AlertError("The alert that this one relays is over: write a new alert if people still need to look.")
    findings = queries.findings(alert=alert)
    rules.refuse(findings)
    audience = _audience(alert)
    meant = audience.members
    # The audience may have shrunk since it was counted: what goes to very few is asked of each of them.
    findings = rules.check(replace(queries.facts_of(alert=alert), members=len(meant)))
    rules.refuse(findings)
    _ask_each(alert, officer, meant)
    rules.check_typed(members=len(meant), typed=typed)
    words = queries.preview(alert=alert).words
    alert.state, alert.released_at = State.RELEASED, clock.now()
    alert.returned_because = ""
    alert.save(update_fields=["state", "released_at", "approver", "returned_because"])
    Audience.objects.filter(pk=alert.pk).update(members=len(meant))
    message = messaging.queue(
        kind=MessageKind.ALERT,
        about=about(alert),
        organisation_id=alert.organisation_id,
        words=words,
        member_ids=audience,
        priority=PRIORITIES[Urgency(alert.urgency)],
        expires_at=alert.expires_at,
        invites_answers=alert.invites_answers,
        purpose=Purpose.ALERT,
        channels=audience.question.channels,
        actor=officer.as_actor(),
    )
    if not message_questions.progress_of(message_ref=message.ref).total:
        raise AlertError(NO_WAY_TO_THEM)
    note_release(alert, kind=MessageKind.ALERT, message_ref=message.ref, officer=officer.as_actor(), members=len(meant))
    _log_released(alert, officer, findings, len(meant))
    return alert


def _ask_each(alert: Alert, officer: Officer, meant: members.Ids) -> None:
    """Count an alert to very few as asked of each of them: a reply that asks again then counts on from here."""
    if len(meant) <= FEW:
        said = f"{alert.headline}\n{alert.what}\n{alert.where}\n{alert.ask}"
        asking.note(member_ids=[int(one) for one in meant], text=said, officer=officer)


def note_release(alert: Alert, *, kind: MessageKind, message_ref: str, officer: str, members: int) -> None:
    """Keep that something of an alert went out, by whom and to how many."""
    Release.objects.create(
        alert=alert, kind=kind.value, message_ref=message_ref, at=clock.now(), by=officer, members=members
    )


def _log_released(alert: Alert, officer: Officer, findings: list[Finding], meant: int) -> None:
    log(
        "alert.released",
        subject=about(alert),
        actor=officer.as_actor(),
        members=meant,
        level=alert.level,
        second_officer=alert.approver_id is not None,
        warnings=[finding.code for finding in findings],
    )


def _audience(alert: Alert) -> members.Meant:
    try:
        meant = members.meant_by(question=queries.meant(alert=alert))
    except AudienceError as refusal:
        raise AlertError(str(refusal)) from refusal
    if not len(meant.members):
        raise AlertError(queries.FIND_SOMEBODY)
    return meant


def _check_not_out(alert: Alert) -> None:
    """Refuse a second release, so that a double click sends nothing twice."""
    if alert.released_at is not None:
        by = alert.approver.get_full_name() if alert.approver else alert.author.get_full_name()
        raise AlertError(f"This alert was released already, by {by}. Nothing was sent again.")


def _check_can_be_relayed(first: Alert, report_ref: str, *, told: bool) -> None:
    if first.state != State.RELEASED:
        raise AlertError(
            f"This alert is {State(first.state).label.lower()}: write a new alert if people still need to look."
        )
    report = f"report:{report_ref.removeprefix('report:')}"
    if Alert.objects.filter(relay_of=first, relayed_report=report, state=State.WAITING).exists():
        raise AlertError("A relay of this report waits for approval already.")
    # Those who were told hear it again when they are to: but not because somebody pressed twice.
    just_out = Alert.objects.filter(relay_of=first, relayed_report=report, released_at__gte=clock.now() - PRESSED_TWICE)
    if told and just_out.exists():
        raise AlertError("This was passed on a moment ago. Nothing was sent again.")


def _from_sighting(first: Alert, sighting: Sighting, *, officer: Officer, report: str) -> Alert:
    """Make a relay from the sighting alone: no word of the reporter's, and nothing of who they are."""
    now = clock.now()
    words = rules.relay_words(sighting, level=Tier(first.level))
    alert = made(
        organisation=first.organisation,
        topic=first.topic,
        urgency=Urgency.NOW,
        level=first.level,
        headline=words.headline,
        what=words.what,
        where=words.where,
        ask=words.ask,
        point=sighting.point,
        uncertainty_m=sighting.uncertainty_m if sighting.point else None,
        occurred_at=sighting.seen_at or now,
        expires_at=now + rules.RELAY_LIFE,
        author=officer,
        relay_of=first,
        relayed_report=report,
        written_at=now,
    )
    keep_revision(alert, officer)
    return alert


def _keep_audience(alert: Alert, question: AudienceQuestion, *, told: bool) -> None:
    kept = rules.question_to_json(replace(question, without=()))
    Audience.objects.create(alert=alert, question={**kept, "told_again": told}, described="")
