"""What watch schemes were told: recent alerts and notes, sheets to print, who of the phone tree heard of it."""

import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
from django.db.models import Q

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.models import Alert, Note, Release
from hueandcry.domain.alerts.rules import OUT, RUNNING, AlertError, NoteLine, NoteState, PublicAlert
from hueandcry.domain.alerts.rules.notes import WEEK, check_note, warnings_of
from hueandcry.domain.alerts.rules.sheets import Heard, Sheet, TreeLine
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.models import Membership
from hueandcry.domain.members.queries import schemes
from hueandcry.domain.members.rules import (
    TIER_ORDER,
    AudienceError,
    MembershipState,
    PartLine,
    Purpose,
    Tier,
)
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules import BROADCASTS, TOLD, DeliveryState, MessageKind
from hueandcry.domain.messaging.rules.by_hand import BY_HAND, HandOutcome
from hueandcry.domain.organisations.models import Officer
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import ENGLISH, language_now

# How far back a scheme's own pages look.
LATELY = dt.timedelta(days=30)
ON_A_CARD = (Tier.PUBLIC, Tier.MEMBER)


# ---------------------------------------------------------------- what a scheme was told


def told_lately(*, scheme_id: int, tier: Tier, most: int = 20) -> list[Sheet]:
    """Return the alerts and notes of the last month that went to members of a scheme, newest first.

    Never what is for those who were checked further than `tier`: that is the coordinator's own.
    """
    since = clock.now() - LATELY
    inside = Membership.objects.filter(scheme_id=scheme_id, left_at=None, state=MembershipState.IN)
    reached = Delivery.objects.filter(
        member__in=inside.values("member"), message__kind=MessageKind.ALERT, message__queued_at__gte=since
    )
    abouts = set(reached.values_list("message__about", flat=True).distinct())
    refs = [about.removeprefix("alert:") for about in abouts if about.startswith("alert:")]
    rows = Alert.objects.filter(ref__in=refs, state__in=OUT, level__in=_up_to(tier), is_drill=False)
    alerts = [sheet_of(alert=row) for row in rows.select_related("organisation", "topic")]
    notes = Note.objects.filter(scheme=scheme_id, state=NoteState.SENT, sent_at__gte=since)
    found = [*alerts, *(_of_note(row) for row in notes.select_related("scheme__organisation"))]
    return sorted(found, key=lambda sheet: sheet.at, reverse=True)[:most]


def get_sheet(*, scheme_id: int, tier: Tier, ref: str) -> Sheet:
    """Return one alert or note that went to a scheme, as its sheet and its phone tree say it.

    Raises:
        NotHereError: there is none, it never went to this scheme, or it is for those who were checked further.
    """
    for sheet in told_lately(scheme_id=scheme_id, tier=tier, most=10_000):
        if sheet.ref == ref:
            return sheet
    raise NotHereError(f"sheet:{ref}")


def _up_to(tier: Tier) -> list[Tier]:
    return [level for level in TIER_ORDER if TIER_ORDER.index(level) <= TIER_ORDER.index(tier)]


def sheet_of(*, alert: Alert) -> Sheet:
    """Return one alert as its sheet says it, before it goes out too."""
    over = alert.state not in RUNNING
    newest = _newest(alert)
    words = queries.taken_back() if alert.recalled_at else queries.words_of(alert=alert)
    said = () if alert.recalled_at else queries.tongues_of(alert=alert)
    sheet = Sheet(
        ref=alert.ref,
        about=f"alert:{alert.ref}",
        signs_as=alert.organisation.signs_as,
        headline=words.headline,
        what=words.what,
        where=words.where,
        ask="" if over else words.ask,
        at=alert.corrected_at or alert.released_at or alert.written_at,
        until=alert.expires_at,
        is_over=over,
        level=Tier(alert.level),
        message_ref=newest[-1].message_ref if newest else "",
        message_refs=tuple(release.message_ref for release in newest),
        called_off=bool(newest) and newest[-1].kind == MessageKind.STAND_DOWN.value,
        language=language_now() if alert.recalled_at else ENGLISH,
        tongues=said,
    )
    return sheet.in_language(language_now())


def _newest(alert: Alert) -> list[Release]:
    """Return what was said last: the alert in all its wordings, or its correction, or that it is over."""
    found = list(Release.objects.filter(alert=alert, kind__in=[kind.value for kind in BROADCASTS]).order_by("pk"))
    follows = [place for place, release in enumerate(found) if release.kind != MessageKind.ALERT.value]
    return found[follows[-1] :] if follows else found


def _of_note(note: Note) -> Sheet:
    return Sheet(
        ref=note.ref,
        about=f"note:{note.ref}",
        signs_as=f"{note.scheme.name} via {note.scheme.organisation.signs_as}",
        headline=f"From {note.scheme.name}",
        what=note.text,
        where="",
        ask="",
        at=note.sent_at or note.written_at,
        until=None,
        is_over=False,
        level=Tier.MEMBER,
        message_ref=note.message_ref,
        message_refs=(note.message_ref,),
        called_off=False,
    )


# ---------------------------------------------------------------- who of the phone tree heard of it


def tree_for(*, scheme_id: int, sheet: Sheet, member_id: int | None = None) -> list[TreeLine]:
    """Return those of a scheme's phone tree whom this concerns, with what became of it: who is to be told first.

    Those whom our message reached by itself need nobody. With `member_id` only those whom this member rings. What was
    called off concerns those who were told of it by hand.
    """
    people = (
        schemes.tree(scheme_id=scheme_id)
        if member_id is None
        else schemes.rung_by(scheme_id=scheme_id, member_id=member_id)
    )
    heard = _heard(sheet, [line.member_id for line in people])
    concerned = _concerned(sheet, people, scheme_id)
    lines = [
        TreeLine(line, *heard.get(line.member_id, (Heard.NOT_YET, None)))
        for line in people
        if line.member_id in concerned or line.member_id in heard
    ]
    return sorted(lines, key=lambda line: (line.heard != Heard.NOT_YET, line.heard != Heard.NOT_THERE, line.part.name))


def _heard(sheet: Sheet, member_ids: Sequence[int]) -> dict[int, tuple[Heard, dt.datetime | None]]:
    rows = Delivery.objects.filter(message__ref__in=sheet.message_refs, member__in=member_ids).order_by("id")
    found: dict[int, tuple[Heard, dt.datetime | None]] = {}
    for row in rows:
        if row.gateway == BY_HAND:
            found[row.member_id or 0] = (_ticked(row), row.ended_at)
        elif row.state in TOLD:
            found[row.member_id or 0] = (Heard.BY_ITSELF, row.accepted_at)
    return found


def _ticked(row: Delivery) -> Heard:
    if row.state == DeliveryState.DELIVERED:
        return Heard.TOLD
    return Heard.DECLINED if row.detail.startswith(HandOutcome.DECLINED.label) else Heard.NOT_THERE


def _concerned(sheet: Sheet, people: Sequence[PartLine], scheme_id: int) -> set[int]:
    """Return whom this is for: of an alert those in its audience, of a note everybody, of a calling-off the told."""
    ids = {line.member_id for line in people}
    if sheet.called_off:
        told = Delivery.objects.filter(
            message__about=sheet.about, message__kind=MessageKind.ALERT, gateway=BY_HAND, state=DeliveryState.DELIVERED
        )
        return ids & set(told.exclude(member=None).values_list("member_id", flat=True))
    if not sheet.about.startswith("alert:"):
        return ids & set(schemes.member_ids_in(scheme_id=scheme_id))
    try:
        meant = members.audience(question=queries.meant(alert=Alert.objects.get(ref=sheet.ref)))
    except (AudienceError, AlertError):
        return set()
    wanted = np.array(sorted(ids), dtype=np.int64)
    return {int(member) for member in wanted[np.isin(wanted, meant)]}


# ---------------------------------------------------------------- notes


def notes_of(*, scheme_id: int, most: int = 10) -> list[NoteLine]:
    """Return a scheme's own messages, newest first."""
    rows = Note.objects.filter(scheme=scheme_id).select_related("scheme__organisation", "author").order_by("-pk")
    return _lines(rows[:most])


def notes_waiting(*, officer: Officer) -> list[NoteLine]:
    """Return the own messages of schemes that an officer reads first, longest waiting first, with what to weigh."""
    rows = Note.objects.visible_to(officer).filter(state=NoteState.WAITING)
    return _lines(rows.select_related("scheme__organisation", "author").order_by("pk"))


def get_note(*, officer: Officer, ref: str) -> Note:
    """Return one own message of a scheme that this officer may read.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    try:
        return Note.objects.visible_to(officer).select_related("scheme__organisation").get(ref=ref)
    except Note.DoesNotExist:
        raise NotHereError(f"note:{ref}") from None


def count_this_week(*, scheme_id: int) -> int:
    """Count the own messages that count against a scheme's limit: of seven days, without those that never went."""
    rows = Note.objects.filter(scheme=scheme_id, written_at__gt=clock.now() - WEEK)
    return rows.exclude(state__in=(NoteState.RETURNED, NoteState.WITHDRAWN)).count()


def _lines(rows: Iterable[Note]) -> list[NoteLine]:
    notes = list(rows)
    refs = [note.message_ref for note in notes if note.message_ref]
    told: dict[str, int] = {}
    for ref in Delivery.objects.filter(message__ref__in=refs).values_list("message__ref", flat=True):
        told[ref] = told.get(ref, 0) + 1
    return [
        NoteLine(
            ref=note.ref,
            scheme=note.scheme.name,
            scheme_ref=note.scheme.ref,
            author=note.author.name if note.author else "",
            purpose=Purpose(note.purpose),
            text=note.text,
            state=NoteState(note.state),
            written_at=note.written_at,
            returned_because=note.returned_because,
            sent_at=note.sent_at,
            told=told.get(note.message_ref, 0),
            warnings=warnings_of(
                check_note(
                    note.text,
                    scheme=note.scheme.name,
                    signs_as=note.scheme.organisation.signs_as,
                    now=note.written_at,
                )
            ),
        )
        for note in notes
    ]


# ---------------------------------------------------------------- cards for groups elsewhere


def for_a_group(*, member_id: int, most: int = 10) -> list[PublicAlert]:
    """Return the alerts that a member may carry to a group: public ones, and members' ones that reached them."""
    reached = Delivery.objects.filter(member=member_id, message__kind=MessageKind.ALERT, state__in=TOLD)
    since = clock.now() - LATELY
    abouts = reached.filter(message__queued_at__gte=since).values_list("message__about", flat=True)
    refs = {about.removeprefix("alert:") for about in abouts}
    wanted = Q(level=Tier.PUBLIC) | Q(level=Tier.MEMBER, ref__in=refs)
    rows = Alert.objects.filter(wanted, state__in=OUT, released_at__gte=since, is_drill=False)
    return [queries.outside(alert=row) for row in rows.select_related("topic", "organisation").order_by("-pk")[:most]]


def card(*, alert_ref: str) -> PublicAlert:
    """Return what a card for a group says of one alert: of the levels for anybody and for members alone.

    Raises:
        NotHereError: there is none, it never went out, or it is for those who were checked.
    """
    rows = Alert.objects.filter(level__in=ON_A_CARD, state__in=OUT, is_drill=False).select_related(
        "topic", "organisation"
    )
    try:
        return queries.outside(alert=rows.get(ref=alert_ref))
    except Alert.DoesNotExist:
        raise NotHereError(f"alert:{alert_ref}") from None


def card_text(*, alert: PublicAlert, how: str) -> str:
    """Return the words to copy into a group: what an alert's text says, and how to answer with the group's code."""
    return rules.compose_card(alert, how=how)
