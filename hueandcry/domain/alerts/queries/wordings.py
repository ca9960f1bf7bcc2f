"""What an alert says to each group that it goes to, and which group a leaked wording was for."""

from dataclasses import dataclass, replace

import numpy as np
from django.utils import timezone

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.models import Alert, Canary
from hueandcry.domain.alerts.queries.templates import made_of, shorter_of
from hueandcry.domain.alerts.rules import canaries, tongues
from hueandcry.domain.alerts.rules.canaries import MOST_VARIANTS, Found, OurLines, Tongue, Wording
from hueandcry.domain.alerts.rules.tongues import Piece
from hueandcry.domain.members.queries import Meant
from hueandcry.domain.members.queries.grouping import in_groups
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.messaging.rules import Words


@dataclass(frozen=True)
class Group:
    """Those who read one wording: its number, who they are, and by which ways they are reached."""

    variant: int
    described: str
    meant: Meant


def groups_of(*, alert: Alert, meant: Meant) -> list[Group]:
    """Return an audience in the groups that each read a wording of their own; one group where all read the same."""
    if not alert.has_canaries:
        return [Group(0, "", meant)]
    groups = in_groups(member_ids=meant.members, most=MOST_VARIANTS)
    return [
        Group(variant, group.described, _only(meant, group.members))
        for variant, group in zip(canaries.variants(len(groups)), groups, strict=True)
    ]


def said_by(*, alert: Alert, variant: int = 0, corrects: str = "") -> Words:
    """Return what an alert says on every channel in one of its wordings."""
    return rules.compose(
        words_of(alert=alert),
        ref=alert.ref,
        signs_as=alert.organisation.signs_as,
        level=Tier(alert.level),
        invites_answers=alert.invites_answers,
        expires_at=timezone.localtime(alert.expires_at) if alert.expires_at else None,
        occurred_at=timezone.localtime(alert.occurred_at) if alert.occurred_at else None,
        lines=lines_of(alert=alert, variant=variant, corrects=corrects),
    )


def lines_of(*, alert: Alert, variant: int = 0, corrects: str = "") -> OurLines:
    """Return our own lines round the words of an alert."""
    lines = canaries.lines_of(variant, has_canaries=alert.has_canaries, is_drill=alert.is_drill, corrects=corrects)
    return replace(lines, plain=alert.is_plain, shorter=shorter_of(alert=alert), tongues=tongues_of(alert=alert))


def tongues_of(*, alert: Alert, words: rules.Words | None = None) -> tuple[Tongue, ...]:
    """Return what an alert, or these new words of it, says in each other language."""
    words = words or words_of(alert=alert)
    return tongues.tongues(words, made_of(alert=alert, words=words), alert.also)


def pieces_of(*, alert: Alert) -> list[Piece]:
    """Return what of an alert was typed, and so may be given in other languages."""
    words = words_of(alert=alert)
    return tongues.pieces_of(words, made_of(alert=alert, words=words))


def given_in(*, alert: Alert, language: str) -> dict[str, str]:
    """Return what somebody gave of an alert in a language, as far as it is of the words that stand now."""
    return tongues.given_in(language, pieces_of(alert=alert), alert.also)


def words_of(*, alert: Alert) -> rules.Words:
    """Return the words of an alert as they stand."""
    return rules.Words(headline=alert.headline, what=alert.what, where=alert.where, ask=alert.ask)


def corrected_lines(*, alert: Alert, because: str, words: rules.Words | None = None) -> OurLines:
    """Return our own lines round what corrects an alert; what its template said in fewer words counts no more."""
    said = tongues_of(alert=alert, words=words)
    return replace(lines_of(alert=alert, corrects=because), shorter=(), tongues=said)


def whose_wording(*, alert: Alert, leaked: str) -> list[Found]:
    """Return which groups' wording a leaked text is of, the best fit first; nothing where it fits none or all."""
    rows = list(Canary.objects.filter(alert=alert).order_by("id"))
    said: dict[str, list[Message]] = {}
    for message in Message.objects.filter(ref__in=[row.message_ref for row in rows]):
        said.setdefault(message.ref, []).append(message)
    wordings = [
        Wording(row.described, row.members, tuple(_all(message)))
        for row in rows
        for message in said.get(row.message_ref, [])
    ]
    return canaries.find(leaked, wordings)


def _all(message: Message) -> list[str]:
    frames = message.frames.values()
    return [message.text, message.subject, message.email, *(words for frame in frames for words in frame.values())]


def _only(meant: Meant, ids: np.ndarray) -> Meant:
    kept = np.isin(meant.members, ids)
    return replace(meant, members=meant.members[kept], ways=meant.ways[kept])
