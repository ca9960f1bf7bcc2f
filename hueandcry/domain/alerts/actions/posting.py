"""Posting public alerts where everybody can read them: what they say, that they were corrected, that they are over."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from hueandcry.domain.alerts import queries, rules
from hueandcry.domain.alerts.actions.composing import about
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries.posting import as_posted, is_for_everybody, over_as_posted
from hueandcry.domain.alerts.rules import RUNNING, AlertError, State
from hueandcry.domain.alerts.rules.moves import RECALL_WITHIN
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.actions import posting
from hueandcry.domain.messaging.queries.posting import outlets
from hueandcry.domain.messaging.rules.posting import PostKind, PostWords
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock


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
    words = _checked(alert, as_posted(alert=alert))
    hold = (alert.released_at or clock.now()) + RECALL_WITHIN + dt.timedelta(seconds=1)
    added = posting.post(about=about(alert), words=words, not_before=hold, expires_at=alert.expires_at)
    if added or alert.corrected_at is None:
        return added
    moment = timezone.localtime(alert.corrected_at)
    corrected = _checked(alert, as_posted(alert=alert, first=f"CORRECTED at {moment:%H:%M}."))
    turn = f"corrected {alert.corrected_at:%Y%m%d%H%M%S%f}"
    return posting.follow(about=about(alert), kind=PostKind.CORRECTION, turn=turn, words=corrected, fresh=words)


def _say_that_it_is_over(alert: Alert) -> int:
    # Where no vehicle was looked for, the post said itself until when it holds.
    if alert.state == State.EXPIRED and not rules.speaks_of_vehicle(queries.words_of(alert=alert)):
        return 0
    words = _checked(alert, over_as_posted(alert=alert))
    return posting.follow(about=about(alert), kind=PostKind.OVER, turn="over", words=words)


def _checked(alert: Alert, words: PostWords) -> PostWords:
    """Refuse what nobody outside may read, whatever was let through before: a plate, a name, an address.

    The alert's own reference is no plate, however it reads.

    Raises:
        AlertError: naming what it is.
    """
    for text in {*words.said.values(), *words.edited.values()}:
        rules.refuse(rules.check_told(text.replace(alert.ref, " "), level=Tier.PUBLIC, now=clock.now()))
    return words
