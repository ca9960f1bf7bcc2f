"""Questions about alerts: what stands where, what would be said, whom it would reach."""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from django.utils import timezone

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.models import Alert, AlertQuerySet, Audience, Correction, Revision
from hueandcry.domain.alerts.queries import agreeing, foreseeing, templates, wordings
from hueandcry.domain.alerts.queries.wordings import (
    corrected_lines,
    given_in,
    groups_of,
    pieces_of,
    said_by,
    tongues_of,
    whose_wording,
    words_of,
)
from hueandcry.domain.alerts.rules import (
    OUT,
    RUNNING,
    AlertError,
    AlertLine,
    Facts,
    Finding,
    Passing,
    Preview,
    PublicAlert,
    Reach,
    Sighting,
    State,
    Urgency,
    Way,
    Words,
)
from hueandcry.domain.alerts.rules.canaries import OurLines, Tongue
from hueandcry.domain.alerts.rules.checks import ways_of
from hueandcry.domain.alerts.rules.kinds import PRIORITIES, CorrectionState, Ground, Marking, Suspect
from hueandcry.domain.alerts.rules.reach import because
from hueandcry.domain.alerts.rules.tongues import tongues
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import TIER_ORDER, AudienceCount, AudienceError, AudienceQuestion, Purpose, Tier
from hueandcry.domain.messaging import queries as messaging
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.queries import choosing
from hueandcry.domain.messaging.rules import REACHED, DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.budget import Budget, can_be_held
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Cover, Permission
from hueandcry.domain.records import queries as records
from hueandcry.kit import clock, gsm7
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import ENGLISH, language_now, mark, say

__all__ = [
    "AlertError",
    "approvals_lacking",
    "below",
    "budget_of",
    "corrected_lines",
    "corrections_for",
    "drills",
    "facts_of_correction",
    "family",
    "findings",
    "get_alert",
    "get_public",
    "given_in",
    "given_up",
    "ground_of",
    "groups_of",
    "latest_for_member",
    "listing",
    "meant",
    "outside",
    "passing_on",
    "pieces_of",
    "preview",
    "preview_of",
    "public_alerts",
    "question_of",
    "row_of",
    "said_by",
    "spoken_now",
    "taken_back",
    "told",
    "tongues_of",
    "version",
    "waiting_for",
    "way_out",
    "whole_family",
    "whose_wording",
    "words_of",
]

DID_NOT_GO = "It did not go out at its time: "
TAKEN_BACK = mark("Sent by mistake, and taken back")
IGNORE_IT = mark("Please ignore it, and delete the message if you got one.")
FIND_SOMEBODY = "Nobody would be reached. Widen the area, or leave out a scheme, a subject or a level."


# ---------------------------------------------------------------- one alert, and lists of them


def get_alert(*, officer: Officer, ref: str) -> Alert:
    """Return one alert that this officer may see, with its author, approver, topic, audience and what it relays.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    rows = Alert.objects.visible_to(officer).select_related(
        "organisation", "topic", "author", "approver", "audience", "relay_of"
    )
    try:
        return rows.get(ref=ref)
    except Alert.DoesNotExist:
        raise NotHereError(f"alert:{ref}") from None


def listing(*, officer: Officer, states: Iterable[State] = (), most: int = 50) -> list[AlertLine]:
    """Return the alerts that this officer may see, newest first, in these states when given."""
    rows = Alert.objects.visible_to(officer)
    wanted = list(states)
    return _lines((rows.filter(state__in=wanted) if wanted else rows).order_by("-id")[:most])


def waiting_for(*, officer: Officer) -> list[AlertLine]:
    """Return what waits for this officer's approval, longest first: never what they wrote themselves."""
    if not officer.may(Permission.ALERT_APPROVE):
        return []
    rows = Alert.objects.visible_to(officer).filter(state=State.WAITING).exclude(author=officer)
    return _lines(rows.exclude(approvals__officer=officer).order_by("id"))


def corrections_for(*, officer: Officer) -> list[AlertLine]:
    """Return the alerts with a correction that waits for this officer to agree, longest out first."""
    if not officer.may(Permission.ALERT_APPROVE):
        return []
    waiting = Correction.objects.filter(state=CorrectionState.WAITING).exclude(author=officer)
    since = dict(waiting.values_list("alert__ref", "written_at"))
    rows = Alert.objects.visible_to(officer).filter(state__in=RUNNING, ref__in=since)
    return [replace(line, waits_since=since[line.ref]) for line in _lines(rows.order_by("released_at", "id"))]


def given_up(*, officer: Officer) -> list[AlertLine]:
    """Return the alerts that did not go out at their time and still lie with their authors, newest first."""
    rows = Alert.objects.visible_to(officer).filter(state=State.RETURNED, returned_because__startswith=DID_NOT_GO)
    return _lines(rows.order_by("-id")[:50])


def family(*, alert: Alert) -> list[AlertLine]:
    """Return the relays of an alert and theirs in turn, oldest first."""
    return _lines(Alert.objects.filter(pk__in=[relay.pk for relay in below(alert=alert)]).order_by("id"))


def below(*, alert: Alert) -> list[Alert]:
    """Return the relays of an alert and theirs in turn; one query for each ring."""
    found: list[Alert] = []
    ring = [alert.pk]
    while ring:
        relays = list(Alert.objects.filter(relay_of__in=ring).order_by("id"))
        found += relays
        ring = [relay.pk for relay in relays]
    return found


def _lines(rows: AlertQuerySet) -> list[AlertLine]:
    """Return alerts as lists show them, in three queries however many there are."""
    alerts = list(rows.select_related("topic", "author", "audience"))
    relays = Counter(Alert.objects.filter(relay_of__in=alerts, state__in=OUT).values_list("relay_of", flat=True))
    waiting = [f"alert:{alert.ref}" for alert in alerts if alert.state == State.WAITING]
    since = records.last_of(subjects=waiting, events=("alert.submitted",)) if waiting else {}
    return [
        AlertLine(
            ref=alert.ref,
            state=State(alert.state),
            urgency=Urgency(alert.urgency),
            level=Tier(alert.level),
            headline=alert.headline,
            where=alert.where,
            topic=alert.topic.name,
            author=alert.author.get_full_name(),
            members=alert.audience.members if hasattr(alert, "audience") else None,
            relays=relays[alert.pk],
            is_relay=alert.relay_of_id is not None,
            written_at=alert.written_at,
            released_at=alert.released_at,
            expires_at=alert.expires_at,
            goes_at=alert.goes_at if alert.state == State.SCHEDULED else None,
            is_drill=alert.is_drill,
            waits_since=since.get(f"alert:{alert.ref}"),
        )
        for alert in alerts
    ]


def drills(*, abouts: Iterable[str]) -> set[str]:
    """Return which of these references (`alert:K7M2PQ`) are of exercises, so that answers to them are marked."""
    refs = [about.removeprefix("alert:") for about in abouts if about.startswith("alert:")]
    found = Alert.objects.filter(ref__in=refs, is_drill=True).values_list("ref", flat=True)
    return {f"alert:{ref}" for ref in found}


# ---------------------------------------------------------------- who is meant


def question_of(*, alert: Alert) -> AudienceQuestion | None:
    """Return who is meant as it was asked, for the form; None before an audience is chosen."""
    kept = Audience.objects.filter(pk=alert.pk).first()
    return rules.question_from_json(kept.question) if kept else None


def meant(*, alert: Alert) -> AudienceQuestion:
    """Return who is meant now: never below the alert's level, only its own organisation's members.

    A relay leaves out everybody who was told by the alert that it relays or by that one's other relays, unless they are
    to hear again.

    Raises:
        AlertError: nobody was chosen yet, or only a way that it may not take.
    """
    kept = Audience.objects.filter(pk=alert.pk).first()
    if kept is None:
        raise AlertError("Choose who is meant first.")
    question = rules.question_from_json(kept.question)
    lowest = max(question.lowest_tier, Tier(alert.level), key=TIER_ORDER.index)
    hears_again = alert.relay_of_id is None or kept.question.get("told_again")
    without = () if hears_again else told(family=whole_family(alert=alert))
    return replace(
        question,
        organisation_id=alert.organisation_id,
        lowest_tier=lowest,
        purpose=Purpose.ALERT,
        priority=PRIORITIES[Urgency(alert.urgency)],
        without=(*question.without, *without),
        channels=ways_of(question.channels, level=Tier(alert.level), template=alert.template),
    )


def whole_family(*, alert: Alert) -> list[Alert]:
    """Return the alert that all began with, its relays and theirs in turn."""
    first = alert
    while first.relay_of is not None:
        first = first.relay_of
    return [first, *below(alert=first)]


def told(*, family: Iterable[Alert]) -> tuple[int, ...]:
    """Return the ids of everybody who heard, or is about to hear, about any of these alerts, in a digest too."""
    heard = [messaging.reached(about=f"alert:{one.ref}", or_due=True) for one in family]
    return tuple(np.unique(np.concatenate(heard)).tolist())


def way_out(*, alert: Alert) -> Way:
    """Return whom an alert would reach today, and who must agree when its author sends it.

    Raises:
        AlertError: nobody was chosen, the audience cannot be asked for, or its author may not send at all.
    """
    count = count_meant(question=meant(alert=alert))
    found = findings(alert=alert)
    content = agreeing.content_of(alert=alert, findings=found)
    row = agreeing.row_for_officer(
        officer=alert.author,
        level=Tier(alert.level),
        urgency=Urgency(alert.urgency),
        members=count.members,
        content=content,
    )
    return Way(
        count=count,
        approvals=row.approvals,
        typed=rules.typed_needed(members=count.members, above=row.typed_above),
        given=len(agreeing.agreed_by(alert=alert, version=version(alert=alert))),
        hold_s=row.hold_s,
        because=because(content),
    )


def row_of(*, alert: Alert, members_now: int, findings: list[Finding]) -> Reach:
    """Return the row of reach by which an alert's author sends it to so many members.

    Raises:
        AlertError: none lets its author send at all.
    """
    return agreeing.row_for_officer(
        officer=alert.author,
        level=Tier(alert.level),
        urgency=Urgency(alert.urgency),
        members=members_now,
        content=agreeing.content_of(alert=alert, findings=findings),
    )


def approvals_lacking(*, alert: Alert, row: Reach) -> int:
    """Return how many more officers must agree to an alert as it stands, before it goes by this row."""
    given = len(agreeing.agreed_by(alert=alert, version=version(alert=alert)))
    return max(0, row.approvals - given)


def budget_of(*, alert: Alert, question: AudienceQuestion | None = None) -> Budget:
    """Say for how many of those who are meant, or of this question, an alert is more than they want in a week."""
    priority = PRIORITIES[Urgency(alert.urgency)]
    # Nothing is held back of what is urgent: then nobody need be counted.
    if not can_be_held(kind=MessageKind.ALERT, priority=priority):
        return Budget(members=0)
    try:
        found = members.audience(question=question or meant(alert=alert))
    except (AlertError, AudienceError):
        return Budget(members=0)  # nobody was chosen yet, or nobody can be: whoever counts them is told why
    return messaging.budget_for(member_ids=found, priority=priority, expires_at=alert.expires_at)


def count_meant(*, question: AudienceQuestion) -> AudienceCount:
    """Count an audience, each by the way that an alert sent now would take.

    Raises:
        AlertError: the audience cannot be asked for; it says what to do.
    """
    try:
        return choosing.count(question=question)
    except AudienceError as refusal:
        raise AlertError(str(refusal)) from refusal


# ---------------------------------------------------------------- what would be said


def taken_back() -> Words:
    """Return what stands for the words of an alert that was sent by mistake and taken back."""
    return Words(headline=say(TAKEN_BACK), what=say(IGNORE_IT), where="", ask="")


def version(*, alert: Alert) -> str:
    """Return a mark of what an alert says and whom it is for: another one as soon as either was changed."""
    said = Revision.objects.filter(alert=alert).order_by("-id").values_list("pk", flat=True).first()
    asked = Audience.objects.filter(pk=alert.pk).values_list("question", flat=True).first()
    return hashlib.sha256(json.dumps([said, asked], sort_keys=True).encode()).hexdigest()[:20]


def facts_of(*, alert: Alert, at: dt.datetime | None = None) -> Facts:
    """Return what the send check needs to know of an alert, with how many were meant at the last count.

    `at` is when it is to go out, when that is later than now. Who reads the answers is looked up by whoever checks.
    """
    counted = list(Audience.objects.filter(pk=alert.pk).values_list("members", flat=True))
    template = templates.begun_with(alert=alert)
    return Facts(
        words=words_of(alert=alert),
        occurred_at=alert.occurred_at,
        expires_at=alert.expires_at,
        has_audience=bool(counted),
        members=counted[0] if counted else None,
        level=Tier(alert.level),
        invites_answers=alert.invites_answers,
        now=at or clock.now(),
        signs_as=alert.organisation.signs_as,
        ref=alert.ref,
        suspect=Suspect(alert.suspect),
        template=alert.template,
        urgency=Urgency(alert.urgency),
        is_drill=alert.is_drill,
        lines=wordings.lines_of(alert=alert),
        marking=Marking(alert.marking),
        seeks=template is None or template.seeks,
        asks_when=template is None or template.asks_when,
    )


def facts_of_correction(
    *, alert: Alert, words: Words, occurred_at: dt.datetime | None, expires_at: dt.datetime | None, reason: str
) -> Facts:
    """Return what the send check needs to know of new words for an alert that is out."""
    return replace(
        facts_of(alert=alert),
        words=words,
        occurred_at=occurred_at,
        expires_at=expires_at,
        lines=corrected_lines(alert=alert, because=reason, words=words),
        cover=cover_of(alert=alert),
    )


def cover_of(*, alert: Alert, at: dt.datetime | None = None) -> Cover:
    """Return who reads the answers to an alert, now or at the moment when it goes."""
    found = organisations.cover(organisation_id=alert.organisation_id, at=at)
    return replace(found, next_at=_here(found.next_at), until=_here(found.until))


def findings(*, alert: Alert, at: dt.datetime | None = None) -> list[Finding]:
    """Return what the send check finds in an alert as it stands, what must be changed first; `at` as in `facts_of`."""
    facts = replace(
        facts_of(alert=alert, at=at),
        budget=budget_of(alert=alert),
        ground=ground_of(alert=alert),
        cover=cover_of(alert=alert, at=at),
    )
    return rules.check(facts)


def ground_of(*, alert: Alert) -> Ground | None:
    """Return how far the audience of an alert reaches on the ground; None before one is chosen, or when it is none."""
    question = question_of(alert=alert)
    return foreseeing.ground(question=question, point=alert.point) if question else None


def preview(*, alert: Alert) -> Preview:
    """Return an alert exactly as each channel would carry it, and how many texts it takes."""
    return preview_of(facts=facts_of(alert=alert))


def preview_of(*, facts: Facts) -> Preview:
    """Return what is being written exactly as each channel would carry it, before anything is kept."""
    words = rules.compose(
        facts.words,
        ref=facts.ref,
        signs_as=facts.signs_as,
        level=facts.level,
        invites_answers=facts.invites_answers,
        expires_at=_here(facts.expires_at),
        occurred_at=_here(facts.occurred_at),
        lines=facts.lines,
    )
    text = gsm7.count(words.text)
    return Preview(words=words, parts=text.parts, units=text.units, left=text.left, encoding=text.encoding)


def passing_on(
    *,
    alert: Alert,
    sighting: Sighting,
    radius_m: float = rules.RELAY_RADIUS_M,
    told_again: bool = False,
    count: AudienceCount | None = None,
) -> Passing:
    """Return what a relay of this sighting would say and to whom, before anybody presses anything.

    `count` is who would hear it, when that was counted already, as of the next ring.

    Raises:
        AlertError: nobody was chosen for the alert, or the circle cannot be asked for.
    """
    now, level = clock.now(), Tier(alert.level)
    words = rules.relay_words(sighting, level=level)
    facts = Facts(
        words=words,
        lines=OurLines(tongues=tongues(words, None, {})),
        occurred_at=sighting.seen_at or now,
        expires_at=now + rules.RELAY_LIFE,
        has_audience=True,
        level=level,
        invites_answers=True,
        now=now,
        signs_as=alert.organisation.signs_as,
    )
    return Passing(
        preview=preview_of(facts=facts),
        findings=tuple(rules.check(facts)),
        count=count or _count_round(alert, sighting, radius_m, told_again=told_again),
    )


def _count_round(alert: Alert, sighting: Sighting, radius_m: float, *, told_again: bool) -> AudienceCount:
    question = rules.round_sighting(question_of(alert=alert), sighting, radius_m)
    meant_now = replace(
        question,
        organisation_id=alert.organisation_id,
        lowest_tier=max(question.lowest_tier, Tier(alert.level), key=TIER_ORDER.index),
        purpose=Purpose.ALERT,
        without=() if told_again else told(family=whole_family(alert=alert)),
    )
    return count_meant(question=meant_now)


def _here(moment: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(moment) if moment else None


# ---------------------------------------------------------------- for people outside


def public_alerts(*, most: int = 50) -> list[PublicAlert]:
    """Return the alerts that anybody may read, newest first; those that are over say so."""
    rows = _for_anybody().order_by("-released_at", "-id")
    return [outside(alert=alert) for alert in rows[:most]]


def _for_anybody() -> AlertQuerySet:
    """Return what anybody may read; an exercise is for nobody outside."""
    rows = Alert.objects.filter(level=Tier.PUBLIC, state__in=OUT, is_drill=False)
    return rows.select_related("topic", "organisation")


def get_public(*, ref: str) -> PublicAlert:
    """Return one alert that anybody may read.

    Raises:
        NotHereError: there is none, it was never released, or it is for members.
    """
    try:
        return outside(alert=_for_anybody().get(ref=ref))
    except Alert.DoesNotExist:
        raise NotHereError(f"alert:{ref}") from None


def latest_for_member(*, member_id: int, most: int = 20) -> list[PublicAlert]:
    """Return the alerts that reached a member, newest first, with what came of them, for their own page."""
    heard = (*REACHED, DeliveryState.BUNDLED)
    reached = Delivery.objects.filter(member=member_id, message__kind=MessageKind.ALERT, state__in=heard)
    abouts = reached.order_by("-id").values_list("message__about", flat=True)[:most]
    refs = [about.removeprefix("alert:") for about in abouts]
    rows = Alert.objects.filter(ref__in=refs, is_drill=False).select_related("topic", "organisation")
    rows = rows.order_by("-released_at", "-id")
    return [replace(outside(alert=alert), ending=alert.ending) for alert in rows]


def outside(*, alert: Alert) -> PublicAlert:
    """Return what people outside may read of an alert: of one that was taken back at once only that it was."""
    words = taken_back() if alert.recalled_at else words_of(alert=alert)
    is_asked = language_now() != ENGLISH and not alert.recalled_at
    tongue = spoken_now(said=tongues_of(alert=alert)) if is_asked else None
    topic = say(alert.topic.name)
    if tongue is not None:
        words = Words(headline=tongue.headline, what=tongue.what, where=tongue.where, ask=tongue.ask)
    return PublicAlert(
        ref=alert.ref,
        state=State(alert.state),
        headline=words.headline,
        what=words.what,
        where=words.where,
        ask=words.ask,
        topic=topic,
        signs_as=alert.organisation.signs_as,
        occurred_at=alert.occurred_at,
        released_at=alert.released_at,
        expires_at=alert.expires_at,
        is_over=alert.state not in RUNNING,
        corrected_at=alert.corrected_at,
        corrected_because=alert.corrected_because,
        is_taken_back=alert.recalled_at is not None,
        language=language_now() if tongue is not None or alert.recalled_at else ENGLISH,
        topic_language=language_now() if topic != alert.topic.name else ENGLISH,
    )


def spoken_now(*, said: Iterable[Tongue]) -> Tongue | None:
    """Return what an alert says in the language of the moment; None where it stays in the officer's words."""
    return next((one for one in said if one.language == language_now() and not one.is_foreign), None)
