"""From the first words to the colleague's desk: draft, revise, choose who is meant, submit, send back."""

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.asking import stop_asking
from hueandcry.domain.alerts.models import Alert, Approval, Audience, Revision
from hueandcry.domain.alerts.rules import AGREED, OPEN, AlertError, State, Urgency, Verb, Words
from hueandcry.domain.alerts.rules.checks import is_above
from hueandcry.domain.alerts.rules.kinds import Marking, Suspect
from hueandcry.domain.alerts.rules.moves import said
from hueandcry.domain.alerts.rules.wording import ASK_MOST, HEADLINE_MOST, WHAT_MOST, WHERE_MOST
from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.knowledge.queries import get_topic
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import TIER_ORDER, AudienceCount, AudienceQuestion, Purpose, Tier
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from hueandcry.kit.integrity import until_ref_is_free

REASON_MOST = 300


def draft(  # noqa: PLR0913 - everything that an alert says
    *,
    officer: Officer,
    topic: Topic | str,
    words: Words,
    level: Tier,
    urgency: Urgency,
    occurred_at: dt.datetime | None,
    expires_at: dt.datetime | None,
    point: Point | None = None,
    uncertainty_m: float | None = None,
    invites_answers: bool = True,
    template: str = "",
    details: dict[str, Any] | None = None,
    marking: Marking | None = None,
    starts_at: dt.datetime | None = None,
    is_plain: bool = False,
) -> Alert:
    """Begin an alert; it may be as unfinished as it is. Logged as `alert.drafted`.

    `template` and `details` are what it was begun with and what that asked. Without a marking it has the usual one:
    what anybody may read is for public release, everything else OFFICIAL.

    Raises:
        AlertError: the officer may not write alerts, the words are too long to keep, the topic is not there, or this
            system may not hold it, which is logged as `alert.secret_refused`.
    """
    check_may(officer, Permission.ALERT_WRITE)
    refuse_secret(words, officer)
    with transaction.atomic():
        alert = made(
            organisation=officer.organisation,
            author=officer,
            written_at=clock.now(),
            topic=_topic(topic),
            level=level,
            urgency=urgency,
            occurred_at=occurred_at,
            expires_at=expires_at,
            point=point,
            uncertainty_m=uncertainty_m,
            invites_answers=invites_answers,
            template=template,
            details=details or {},
            marking=marking or usual_marking(level),
            starts_at=starts_at,
            is_plain=is_plain,
            **_kept(words),
        )
        keep_revision(alert, officer)
        log("alert.drafted", subject=about(alert), actor=officer.as_actor(), level=alert.level)
    return alert


def revise(  # noqa: PLR0913 - everything that an alert says
    *,
    alert_ref: str,
    officer: Officer,
    topic: Topic | str,
    words: Words,
    level: Tier,
    urgency: Urgency,
    occurred_at: dt.datetime | None,
    expires_at: dt.datetime | None,
    point: Point | None = None,
    uncertainty_m: float | None = None,
    invites_answers: bool = True,
    marking: Marking | None = None,
    starts_at: dt.datetime | None = None,
    is_plain: bool = False,
) -> Alert:
    """Write an alert anew; what it said before is kept. Logged as `alert.revised`.

    Only its author may, and only while it is a draft or was sent back: who approves must not have written. Without a
    marking it has the usual one.

    Raises:
        AlertError: it is somebody else's, it is not open any more, or as in `draft`.
        NotHereError: there is none for this officer.
    """
    refuse_secret(words, officer)
    with transaction.atomic():
        alert = locked(alert_ref, officer)
        check_open_to(alert, officer)
        for name, value in _kept(words).items():
            setattr(alert, name, value)
        if TIER_ORDER.index(level) < TIER_ORDER.index(Tier(alert.level)):
            # More people may read it now: whether a suspect could is asked again.
            alert.suspect = Suspect.UNASKED
        alert.topic = _topic(topic)
        alert.level, alert.urgency = level, urgency
        alert.marking = marking or usual_marking(level)
        alert.occurred_at, alert.expires_at, alert.starts_at = occurred_at, expires_at, starts_at
        alert.point, alert.uncertainty_m = point, uncertainty_m
        alert.invites_answers, alert.is_plain = invites_answers, is_plain
        alert.save(
            update_fields=[
                *("headline", "what", "where", "ask", "topic", "level", "urgency", "marking", "suspect"),
                *("occurred_at", "expires_at", "starts_at", "point", "uncertainty_m", "invites_answers", "is_plain"),
            ]
        )
        keep_revision(alert, officer)
        if Audience.objects.filter(pk=alert.pk).exists():
            _describe(alert)
        log("alert.revised", subject=about(alert), actor=officer.as_actor(), level=alert.level)
    return alert


def usual_marking(level: Tier) -> Marking:
    """Return how an alert for this level is classified unless somebody says otherwise (domain.md A7)."""
    return Marking.PUBLIC if level == Tier.PUBLIC else Marking.OFFICIAL


def refuse_secret(words: Words, officer: Officer) -> None:
    """Refuse words that are marked above what this system may hold; nothing of them is kept.

    Logged as `alert.secret_refused`, before anything else is begun: what is undone then does not undo this.

    Raises:
        AlertError: saying what to do instead.
    """
    if not is_above(words):
        return
    log("alert.secret_refused", subject=officer.as_actor(), actor=officer.as_actor())
    raise AlertError(
        "This system may not hold it: words marked SECRET belong elsewhere. Nothing of it was kept. Take it out of the "
        "boxes, and report to your information security officer that it was typed here."
    )


@transaction.atomic
def choose_audience(*, alert_ref: str, officer: Officer, question: AudienceQuestion) -> AudienceCount:
    """Say who is meant, and count them. Logged as `alert.audience_chosen`.

    The members are always those of the alert's own organisation, and of its level at least.

    Raises:
        AlertError: the audience cannot be asked for, or the alert is not open to this officer.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_open_to(alert, officer)
    kept = rules.question_to_json(
        replace(question, organisation_id=alert.organisation_id, purpose=Purpose.ALERT, without=())
    )
    Audience.objects.update_or_create(alert=alert, defaults={"question": kept, "described": "", "members": None})
    count = _describe(alert)
    log("alert.audience_chosen", subject=about(alert), actor=officer.as_actor(), members=count.members)
    return count


@transaction.atomic
def submit(*, alert_ref: str, officer: Officer) -> Alert:
    """Hand an alert to a colleague for approval. Logged as `alert.submitted` with what the check warned of.

    Raises:
        AlertError: the send check refuses it, nobody would be reached, or it is not this officer's to submit.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    rules.check_whose(Verb.SUBMIT, is_author=alert.author_id == officer.pk)
    if alert.state == State.WAITING:
        return alert
    check_open_to(alert, officer)
    rules.check_move(Verb.SUBMIT, old=State(alert.state))
    findings = queries.findings(alert=alert)
    rules.refuse(findings)
    count = _describe(alert)
    if not count.members:
        raise AlertError(queries.FIND_SOMEBODY)
    alert.state, alert.returned_because = State.WAITING, ""
    alert.save(update_fields=["state", "returned_because"])
    log(
        "alert.submitted",
        subject=about(alert),
        actor=officer.as_actor(),
        members=count.members,
        warnings=[finding.code for finding in findings],
    )
    return alert


@transaction.atomic
def send_back(*, alert_ref: str, officer: Officer, reason: str) -> Alert:
    """Send an alert that is not out yet back to its author with a reason. Logged as `alert.sent_back`.

    Raises:
        AlertError: no reason is given, it waits for nobody, or this officer may not approve.
        NotHereError: there is none for this officer.
    """
    alert = locked(alert_ref, officer)
    check_may(officer, Permission.ALERT_APPROVE)
    rules.check_whose(Verb.SEND_BACK, is_author=alert.author_id == officer.pk)
    rules.check_move(Verb.SEND_BACK, old=State(alert.state))
    back_to_author(alert, short_reason(reason, "Say why, so that the author knows what to change."))
    log("alert.sent_back", subject=about(alert), actor=officer.as_actor())
    return alert


def back_to_author(alert: Alert, because: str) -> None:
    """Give a locked alert back to its author with the reason; what was agreed to counts no more."""
    alert.returned_because, alert.state = because[:REASON_MOST], State.RETURNED
    forget_approval(alert)
    alert.save(update_fields=["state", "returned_because", "approver", "approved_at", "goes_at"])


def forget_approval(alert: Alert) -> None:
    """Take away when it was to go and who agreed; the caller saves `approver`, `approved_at` and `goes_at`.

    Nobody is asked to approve it any more.
    """
    stop_asking(alert=alert)
    alert.approver, alert.approved_at, alert.goes_at = None, None, None
    Approval.objects.filter(alert=alert).delete()


# ---------------------------------------------------------------- shared with releasing and ending


def about(alert: Alert) -> str:
    """Return the reference by which records and messages name an alert."""
    return f"alert:{alert.ref}"


def made(**columns: Any) -> Alert:  # noqa: ANN401
    """Return a new draft with a reference that nobody has, and the usual marking unless it is given another."""
    columns.setdefault("marking", usual_marking(Tier(columns["level"])))
    return until_ref_is_free(
        lambda: Alert.objects.create(state=State.DRAFT, **columns),
        constraint="alerts_alert_ref_key",
    )


def locked(ref: str, officer: Officer) -> Alert:
    """Return one alert that this officer may see, locked until the transaction ends.

    What it relays is locked before it: whoever stands that down locks in the same order, so nobody waits for ever.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    rows = Alert.objects.visible_to(officer)
    try:
        found = rows.get(ref=ref)
    except Alert.DoesNotExist:
        raise NotHereError(f"alert:{ref}") from None
    above, parent = [], found.relay_of
    while parent is not None:
        above.append(parent.pk)
        parent = parent.relay_of
    if above:
        list(Alert.objects.select_for_update().filter(pk__in=above).order_by("id").values_list("pk"))
    locking = rows.select_for_update(of=("self",)).select_related("organisation", "topic", "author")
    return locking.get(pk=found.pk)


def check_may(officer: Officer, permission: Permission) -> None:
    """Refuse an officer whose roles do not allow this.

    Raises:
        AlertError: naming what they may not do.
    """
    if not officer.may(permission):
        raise AlertError(f"Ask a colleague who may do this: {permission.label.lower()}.")


def short_reason(reason: str, ask: str) -> str:
    """Return a reason without needless spaces.

    Raises:
        AlertError: it is empty or too long.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise AlertError(ask)
    if len(reason) > REASON_MOST:
        raise AlertError(f"Shorten it to {REASON_MOST} characters: it has {len(reason)}.")
    return reason


def keep_revision(alert: Alert, officer: Officer) -> None:
    """Keep what an alert says now, for whoever asks later what was said (CPIA 1996)."""
    said = {
        **asdict(queries.words_of(alert=alert)),
        "topic": alert.topic.slug,
        "level": str(alert.level),
        "urgency": str(alert.urgency),
        "invites_answers": alert.invites_answers,
        "occurred_at": alert.occurred_at.isoformat() if alert.occurred_at else None,
        "expires_at": alert.expires_at.isoformat() if alert.expires_at else None,
        "point": list(alert.point) if alert.point else None,
        "uncertainty_m": alert.uncertainty_m,
        "template": alert.template,
        "marking": str(alert.marking),
        "starts_at": alert.starts_at.isoformat() if alert.starts_at else None,
        "is_plain": alert.is_plain,
        "also": alert.also,
    }
    Revision.objects.create(alert=alert, at=clock.now(), by=officer.as_actor(), words=said)


def _describe(alert: Alert) -> AudienceCount:
    """Say in words who is meant now, and count them."""
    question = queries.meant(alert=alert)
    count = queries.count_meant(question=question)
    described = members.describe(question=replace(question, without=()))
    Audience.objects.filter(pk=alert.pk).update(described=described[:400], members=count.members)
    return count


def check_open_to(alert: Alert, officer: Officer) -> None:
    """Refuse whoever did not write an alert, and what is not open any more.

    Raises:
        AlertError: saying what to do instead.
    """
    check_may(officer, Permission.ALERT_WRITE)
    if alert.author_id != officer.pk:
        raise AlertError("Only its author changes an alert: send it back to them with a reason, or write your own.")
    if alert.state not in OPEN:
        instead = "take it back first" if alert.state in (State.WAITING, *AGREED) else "correct it, or write another"
        raise AlertError(f"This alert is {said(State(alert.state))}, so it cannot be changed: {instead}.")


def _topic(topic: Topic | str) -> Topic:
    if isinstance(topic, Topic):
        return topic
    try:
        return get_topic(slug=topic)
    except NotHereError:
        raise AlertError("Choose a subject from the list.") from None


def _kept(words: Words) -> dict[str, Any]:
    """Return the words as columns.

    Raises:
        AlertError: they do not fit.
    """
    fields = {
        "headline": (words.headline.strip(), HEADLINE_MOST, "the headline"),
        "what": (words.what.strip(), WHAT_MOST, "what happened"),
        "where": (words.where.strip(), WHERE_MOST, "the place"),
        "ask": (words.ask.strip(), ASK_MOST, "what you ask"),
    }
    for text, most, name in fields.values():
        if len(text) > most:
            raise AlertError(f"Shorten {name} to {most:,} characters: it has {len(text):,}.")
    # PostgreSQL keeps no zero byte; the send check refuses other signs that nobody sees.
    return {column: text.replace("\x00", "") for column, (text, _, _) in fields.items()}
