"""Posting public alerts where everybody can read them: what they say, that they were corrected, that they are over."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.composing import about
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries.posting import as_posted, is_for_everybody, over_as_posted, posted_in
from hueandcry.domain.alerts.rules import RUNNING, AlertError, State
from hueandcry.domain.alerts.rules.moves import RECALL_WITHIN
from hueandcry.domain.alerts.rules.posting import MORE
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.actions import posting
from hueandcry.domain.messaging.queries.posting import outlets
from hueandcry.domain.messaging.rules.posting import PostKind, PostWords
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.words import ENGLISH, LANGUAGES


@transaction.atomic
def say_publicly(*, alert_ref: str) -> int:
    """Post what everybody should read of an alert as it stands now; return how many posts were added.

    Asked for again it adds nothing. A first post waits until the alert can no longer be taken back by one press. What
    the send check would refuse is not posted. Logged as `alert.not_posted` then.
    """
    if not outlets():
        return 0
    rows = Alert.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    alert = rows.filter(ref=alert_ref).first()
    if alert is None or alert.released_at is None or not is_for_everybody(alert=alert):
        return 0
    try:
        return _say(alert) if alert.state in RUNNING else _say_that_it_is_over(alert)
    except AlertError:
        log("alert.not_posted", subject=about(alert))
        return 0


def _say(alert: Alert) -> int:
    meant = posted_in(alert=alert)
    words = _checked(alert, {language: as_posted(alert=alert, language=language) for language in meant})
    hold = (alert.released_at or clock.now()) + RECALL_WITHIN + dt.timedelta(seconds=1)
    added = posting.post(about=about(alert), words=words, not_before=hold, expires_at=alert.expires_at)
    if alert.corrected_at is None:
        return added
    # What was said in a language is corrected in it, though the new words are the officer's alone.
    fresh, corrected = (
        _checked(alert, {one: as_posted(alert=alert, language=one, corrected_at=moment) for one in LANGUAGES})
        for moment in (None, alert.corrected_at)
    )
    turn = f"corrected {alert.corrected_at:%Y%m%d%H%M%S%f}"
    follows = posting.follow(about=about(alert), kind=PostKind.CORRECTION, turn=turn, words=corrected, fresh=fresh)
    return added + follows


def _say_that_it_is_over(alert: Alert) -> int:
    # Where no vehicle was looked for, the post said itself until when it holds.
    if alert.state == State.EXPIRED and not rules.speaks_of_vehicle(queries.words_of(alert=alert)):
        return 0
    words = _checked(alert, {language: over_as_posted(alert=alert, language=language) for language in LANGUAGES})
    return posting.follow(about=about(alert), kind=PostKind.OVER, turn="over", words=words)


def _checked(alert: Alert, words: Mapping[str, PostWords]) -> dict[str, PostWords]:
    """Refuse what nobody outside may read, whatever was let through before: a plate, a name, an address.

    What is found in another language alone keeps that one back. Logged as `alert.not_posted` then. The alert's own
    reference is no plate, however it reads.

    Raises:
        AlertError: naming what it is in the officer's words.
    """
    kept = {}
    for language, one in words.items():
        try:
            for text in {*one.said.values(), *one.edited.values()}:
                # Three points where a line was cut are no part of a plate that begins the next.
                read = text.replace(alert.ref, " ").replace(f"{MORE}\n", "\n")
                rules.refuse(rules.check_told(read, level=Tier.PUBLIC, now=clock.now()))
        except AlertError:
            if language == ENGLISH:
                raise
            log("alert.not_posted", subject=about(alert), language=language)
        else:
            kept[language] = one
    return kept
