"""Letting alerts out, all through one gate: the fast lane and relays here, approvals in `approving`."""

import datetime as dt
from dataclasses import dataclass, replace

from django.db import transaction

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.composing import about, check_may, keep_revision, locked, made
from hueandcry.domain.alerts.models import Alert, Audience, Canary, Release
from hueandcry.domain.alerts.rules import RUNNING, AlertError, Finding, Reach, Sighting, State, Urgency, Verb
from hueandcry.domain.alerts.rules.checks import ABROAD, may_go_abroad
from hueandcry.domain.alerts.rules.kinds import PRIORITIES
from hueandcry.domain.alerts.rules.moves import said
from hueandcry.domain.alerts.rules.reach import check_grown
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import asking
from hueandcry.domain.members.rules import AudienceError, AudienceQuestion, Purpose, Tier
from hueandcry.domain.members.rules.sentinel import FEW
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as message_questions
from hueandcry.domain.messaging.actions.laddering import keep_off
from hueandcry.domain.messaging.rules import MessageKind, MessagingError
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.models import Officer, Team
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.domain.records.rules import SYSTEM
from hueandcry.kit import clock

# Two presses within so long are one.
PRESSED_TWICE = dt.timedelta(minutes=1)
NO_WAY_TO_THEM = (
    "Nobody would be reached: those who are meant have no way that we may use. Widen the area, or ring them."
)


@transaction.atomic
def release_fast(*, alert_ref: str, officer: Officer) -> Alert:
    """Release one's own alert without a second officer, where the table of reach allows it. Logged as `alert.released`.

    Raises:
        AlertError: it is somebody else's, or the table asks for a second officer, or as in `approving.approve`.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_FAST)
    check_not_out(alert)
    if alert.author_id != officer.pk:
        raise AlertError("The fast lane is for one's own alerts: approve this one instead, if you may.")
    return let_out(alert, Verb.RELEASE_FAST, officer=officer)


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
    way = queries.way_out(alert=alert)
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
        return let_out(alert, Verb.RELEASE_FAST, officer=officer)
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


@dataclass(frozen=True)
class Passed:
    """What the gate found: who is meant, what the send check warns of, and the row of reach that it goes by."""

    audience: members.Meant
    findings: list[Finding]
    row: Reach

    @property
    def many(self) -> int:
        """Return how many members are meant."""
        return len(self.audience.members)


def pass_gate(alert: Alert, *, at: dt.datetime | None = None) -> Passed:
    """Ask of an alert what every way out asks: the send check, whom it reaches today, which row of reach it goes by.

    `at` is when it is to go out, when that is later.

    Raises:
        AlertError: the check refuses it, nobody would be reached, or no row lets its author send it.
    """
    if alert.relay_of is not None and alert.relay_of.state not in RUNNING:
        raise AlertError("The alert that this one relays is over: write a new alert if people still need to look.")
    rules.refuse(queries.findings(alert=alert, at=at))
    audience = _audience(alert)
    # The audience may have shrunk since it was counted: what goes to very few is asked of each of them.
    facts = queries.facts_of(alert=alert, at=at)
    findings = rules.check(replace(facts, members=len(audience.members), cover=queries.cover_of(alert=alert, at=at)))
    rules.refuse(findings)
    row = queries.row_of(alert=alert, members_now=len(audience.members), findings=findings)
    return Passed(audience, findings, row)


def let_out(
    alert: Alert, verb: Verb, *, officer: Officer | None, typed: str = "", passed: Passed | None = None
) -> Alert:
    """Let a locked alert out: the only gate. The audience is counted anew, deliveries are written with the release.

    Without an officer the program does it, at the time that was agreed. `passed` is what the gate found a moment ago in
    this transaction. Logged as `alert.released`.

    Raises:
        AlertError: the table of moves, the send check or the table of reach refuses, or nobody would be reached.
    """
    rules.check_move(verb, old=State(alert.state), new=State.RELEASED)
    passed = passed or pass_gate(alert)
    _check_agreed(alert, verb, passed.row)
    if officer is None:
        agreed = Audience.objects.filter(pk=alert.pk).values_list("members", flat=True).get()
        check_grown(members=passed.many, agreed=agreed, above=passed.row.typed_above)
    else:
        rules.check_typed(members=passed.many, typed=typed, above=passed.row.typed_above)
    _ask_each(alert, officer or alert.author, passed.audience.members)
    actor = officer.as_actor() if officer else SYSTEM
    alert.state, alert.released_at, alert.returned_because = State.RELEASED, clock.now(), ""
    alert.team = alert.team or _only_team(alert.author)
    alert.save(update_fields=["state", "released_at", "approver", "approved_at", "returned_because", "team"])
    Audience.objects.filter(pk=alert.pk).update(members=passed.many)
    try:
        _say(alert, passed, actor)
    except MessagingError as refusal:
        raise AlertError(str(refusal)) from None
    log(
        "alert.released",
        subject=about(alert),
        actor=actor,
        members=passed.many,
        level=alert.level,
        second_officer=alert.approver_id is not None,
        warnings=[finding.code for finding in passed.findings],
    )
    return alert


def _check_agreed(alert: Alert, verb: Verb, row: Reach) -> None:
    """Refuse what too few officers agreed to as it stands: the audience may have grown since."""
    if verb == Verb.RELEASE_FAST:
        if row.approvals:
            raise AlertError("This one needs a second officer: send it for approval.")
        return
    lack = queries.approvals_lacking(alert=alert, row=row)
    if lack:
        more = "one more officer" if lack == 1 else f"{lack} more officers"
        raise AlertError(f"It reaches more people than it was approved for: it needs {more}. Send it for approval.")


def _say(alert: Alert, passed: Passed, actor: str) -> None:
    """Write the message to everybody who is meant, in their groups where each reads its own wording."""
    hold = dt.timedelta(seconds=passed.row.hold_s)
    reached = False
    for group in queries.groups_of(alert=alert, meant=passed.audience):
        message = messaging.queue(
            kind=MessageKind.ALERT,
            about=about(alert),
            organisation_id=alert.organisation_id,
            words=queries.said_by(alert=alert, variant=group.variant),
            member_ids=group.meant,
            priority=PRIORITIES[Urgency(alert.urgency)],
            expires_at=alert.expires_at,
            invites_answers=alert.invites_answers,
            purpose=Purpose.ALERT,
            channels=group.meant.question.channels,
            not_before=clock.now() + hold if hold else None,
            is_drill=alert.is_drill,
            team_id=alert.team_id,
            actor=actor,
        )
        if not may_go_abroad(level=Tier(alert.level), template=alert.template):
            keep_off(message_ref=message.ref, channel=ABROAD)
        reached = message_questions.goes_to_anybody(message_id=message.pk) or reached
        many = len(group.meant.members)
        note_release(alert, kind=MessageKind.ALERT, message_ref=message.ref, officer=actor, members=many)
        if alert.has_canaries:
            Canary.objects.create(
                alert=alert,
                variant=group.variant,
                described=group.described[:200],
                members=many,
                message_ref=message.ref,
            )
    if not reached:
        raise AlertError(NO_WAY_TO_THEM)


def _ask_each(alert: Alert, officer: Officer, meant: members.Ids) -> None:
    """Count an alert to very few as asked of each of them: a reply that asks again then counts on from here."""
    if len(meant) <= FEW and not alert.is_drill:
        said = f"{alert.headline}\n{alert.what}\n{alert.where}\n{alert.ask}"
        asking.note(member_ids=[int(one) for one in meant], text=said, officer=officer)


def note_release(alert: Alert, *, kind: MessageKind, message_ref: str, officer: str, members: int) -> None:
    """Keep that something of an alert went out, by whom and to how many."""
    Release.objects.create(
        alert=alert, kind=kind.value, message_ref=message_ref, at=clock.now(), by=officer, members=members
    )


def _audience(alert: Alert) -> members.Meant:
    try:
        meant = members.meant_by(question=queries.meant(alert=alert))
    except AudienceError as refusal:
        raise AlertError(str(refusal)) from refusal
    if not len(meant.members):
        raise AlertError(queries.FIND_SOMEBODY)
    return meant


def _only_team(officer: Officer) -> Team | None:
    teams = organisations.teams_of(officer=officer)
    return teams[0] if len(teams) == 1 else None


def check_not_out(alert: Alert) -> None:
    """Refuse a second release, so that a double click sends nothing twice."""
    if alert.released_at is not None:
        by = alert.approver.get_full_name() if alert.approver else alert.author.get_full_name()
        raise AlertError(f"This alert was released already, by {by}. Nothing was sent again.")


def _check_can_be_relayed(first: Alert, report_ref: str, *, told: bool) -> None:
    if first.state not in RUNNING:
        raise AlertError(f"This alert is {said(State(first.state))}: write a new alert if people still need to look.")
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
        # It goes to the same level and says less: what was answered of the first holds of it too.
        suspect=first.suspect,
        suspect_note=first.suspect_note,
        marking=first.marking,
        is_drill=first.is_drill,
        team=first.team,
        written_at=now,
    )
    keep_revision(alert, officer)
    return alert


def _keep_audience(alert: Alert, question: AudienceQuestion, *, told: bool) -> None:
    kept = rules.question_to_json(replace(question, without=()))
    Audience.objects.create(alert=alert, question={**kept, "told_again": told}, described="")
