"""Taking in what partners warn of, and beginning a draft with it: what a machine hands in, an officer writes."""

import contextlib
from dataclasses import dataclass

from django.db import transaction

from hueandcry.domain.alerts.actions.composing import choose_audience, draft, refuse_secret
from hueandcry.domain.alerts.models import Alert, PartnerWarning
from hueandcry.domain.alerts.rules import AlertError, Urgency, Words
from hueandcry.domain.alerts.rules.warnings import (
    TOPIC,
    URGENCIES,
    WarningState,
    check_kept,
    ground_of,
    info_for_us,
    moment,
    names_of,
    words_of,
)
from hueandcry.domain.knowledge.actions import add_topic
from hueandcry.domain.knowledge.queries import topics
from hueandcry.domain.members.rules import AudienceQuestion, Tier
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.rules import Circle
from hueandcry.domain.records.actions import log
from hueandcry.kit import cap, clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.text import storable

BECOMES = {"Update": WarningState.REPLACED, "Cancel": WarningState.CANCELLED}


@dataclass(frozen=True)
class Taken:
    """A warning that was handed in; not new when it was here already."""

    ref: str
    is_new: bool
    state: WarningState


def take_in(*, organisation_id: int, body: bytes, actor: str) -> Taken:
    """Keep a partner's warning for an officer to read; nothing goes out. Logged as `warning.received`.

    Handed in twice it is kept once. An update or a cancel marks what it refers to, whichever of them comes first.

    Raises:
        AlertError: it is no CAP warning, practice, or says nothing; the sentence is for whoever sent it.
    """
    try:
        message = cap.read(body)
    except cap.CapError as refusal:
        raise AlertError(str(refusal)) from None
    check_kept(message)
    with transaction.atomic():
        row, is_new = PartnerWarning.objects.get_or_create(
            organisation_id=organisation_id,
            sender=message.sender,
            identifier=message.identifier,
            sent_at=message.sent,
            defaults={**_columns(message), "document": body, "received_at": clock.now(), "by": actor},
        )
        if is_new:
            _mark_older(row, message)
            _mark_if_older(row)
            log("warning.received", subject=f"warning:{row.ref}", actor=actor, kind=message.kind)
    return Taken(row.ref, is_new, WarningState(row.state))


def begin(*, officer: Officer, ref: str) -> Alert:
    """Begin a draft of the officer's own with a warning's words and ground. Logged as `warning.drafted`.

    Pressed twice it finds the first draft. An audience that cannot be asked for is left for the officer to choose.

    Raises:
        AlertError: it is not new any more, or as in `draft`.
        NotHereError: there is none for this officer.
    """
    seen = PartnerWarning.objects.visible_to(officer).filter(ref=ref).defer("document").first()
    if seen is not None:
        refuse_secret(_words(seen), officer)
    with transaction.atomic():
        row = _locked(officer, ref)
        if row.alert is not None:
            return row.alert
        _check_new(row)
        alert = draft(
            officer=officer,
            topic=_topic(officer),
            words=_words(row),
            level=Tier.MEMBER,
            urgency=Urgency(row.urgency),
            occurred_at=row.sent_at,
            expires_at=row.expires_at if row.expires_at and row.expires_at > clock.now() else None,
            details={"warning": row.ref},
        )
        question = AudienceQuestion(
            organisation_id=row.organisation_id,
            polygons=tuple(row.ground.get("polygons", ())),
            circles=tuple(Circle(*circle) for circle in row.ground.get("circles", ())),
        )
        if question.polygons or question.circles:
            with contextlib.suppress(AlertError), transaction.atomic():
                choose_audience(alert_ref=alert.ref, officer=officer, question=question)
        row.alert, row.state = alert, WarningState.DRAFTED
        row.save(update_fields=["alert", "state"])
        log("warning.drafted", subject=f"warning:{row.ref}", actor=officer.as_actor(), alert=f"alert:{alert.ref}")
    return alert


@transaction.atomic
def put_aside(*, officer: Officer, ref: str) -> None:
    """Do nothing about a warning. Logged as `warning.put_aside`.

    Raises:
        AlertError: it is not new any more.
        NotHereError: there is none for this officer.
    """
    row = _locked(officer, ref)
    if row.state == WarningState.ASIDE:
        return
    _check_new(row)
    row.state = WarningState.ASIDE
    row.save(update_fields=["state"])
    log("warning.put_aside", subject=f"warning:{row.ref}", actor=officer.as_actor())


def _locked(officer: Officer, ref: str) -> PartnerWarning:
    rows = PartnerWarning.objects.visible_to(officer).select_for_update(no_key=True, of=("self",))
    try:
        return rows.select_related("alert").defer("document").get(ref=ref)
    except PartnerWarning.DoesNotExist:
        raise NotHereError(f"warning:{ref}") from None


def _words(row: PartnerWarning) -> Words:
    return Words(row.headline, row.what, row.where, row.ask)


def _check_new(row: PartnerWarning) -> None:
    state = WarningState(row.state)
    if state != WarningState.NEW:
        raise AlertError(f"Nothing is begun with it any more: {state.label.lower()}. Look for the newest in the list.")


def _columns(message: cap.Message) -> dict[str, object]:
    info = info_for_us(message)
    words = words_of(info) if info else Words("", "", "", "")
    return {
        "kind": message.kind,
        "sender_name": storable(" ".join((info.sender_name if info else "").split())[:160] or message.sender[:160]),
        "headline": storable(words.headline),
        "what": storable(words.what),
        "where": storable(words.where),
        "ask": storable(words.ask),
        "note": storable(message.note[:2_000]),
        "urgency": URGENCIES.get(info.urgency, Urgency.WHENEVER) if info else Urgency.WHENEVER,
        "expires_at": info.expires if info else None,
        "ground": ground_of(info) if info else {},
        "refers": names_of(message.references),
        "state": WarningState.CANCELLED if message.kind == "Cancel" else WarningState.NEW,
    }


def _mark_older(row: PartnerWarning, message: cap.Message) -> None:
    """Say of everything that a new warning changes that it came."""
    for one in message.references:
        older = PartnerWarning.objects.filter(
            organisation=row.organisation_id, sender=one.sender, identifier=one.identifier, sent_at=one.sent
        )
        # What was called off stays so, though an update of before comes late.
        older.exclude(newer__kind="Cancel").update(newer=row)
        older.filter(state=WarningState.NEW).update(state=BECOMES.get(message.kind, WarningState.REPLACED))


def _mark_if_older(row: PartnerWarning) -> None:
    """Mark a warning that comes after what changed it."""
    name = [row.sender, row.identifier, moment(row.sent_at)]
    later = PartnerWarning.objects.filter(organisation=row.organisation_id, refers__contains=[name])
    newer = later.order_by("-sent_at", "-id").defer("document").first()
    if newer is None:
        return
    row.newer = newer
    if row.state == WarningState.NEW:
        row.state = BECOMES.get(newer.kind, WarningState.REPLACED)
    row.save(update_fields=["newer", "state"])


def _topic(officer: Officer) -> str:
    slug, name = TOPIC
    if slug not in {line.slug for line in topics()}:
        add_topic(slug=slug, name=name, actor=officer.as_actor())
    return slug


__all__ = ["AlertError", "Taken", "begin", "put_aside", "take_in"]
