"""Giving what an officer typed in other languages, before an alert goes out: by its author, or by who speaks them."""

from collections.abc import Mapping

from django.db import transaction

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.actions.composing import about, check_may, keep_revision, locked, refuse_secret
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import OPEN, AlertError, State, Words
from hueandcry.domain.alerts.rules.moves import said
from hueandcry.domain.alerts.rules.tongues import OTHERS, check_given
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log


def give_words(*, alert_ref: str, officer: Officer, given: Mapping[str, Mapping[str, str]]) -> Alert:
    """Keep what was typed as it is said in other languages: by language, by the name of each piece. What is empty goes.

    Whoever may write alerts may, not its author alone; then they have written of it and do not approve it. Whoever
    agreed to it before agrees anew. Logged as `alert.translated`; the same words twice change nothing.

    Raises:
        AlertError: it is agreed or out, the language is none of ours, or the words do not fit.
        NotHereError: there is none for this officer.
    """
    check_may(officer, Permission.ALERT_WRITE)
    for words in given.values():
        refuse_secret(Words(headline="", what="\n".join(words.values()), where="", ask=""), officer)
    with transaction.atomic():
        alert = locked(alert_ref, officer)
        _check_open(alert)
        pieces = queries.pieces_of(alert=alert)
        kept = dict(alert.also)
        for language, words in given.items():
            if language not in OTHERS:
                raise AlertError("Choose a language from the list.")
            kept[language] = check_given(words, pieces)
        kept = {language: words for language, words in kept.items() if words}
        if kept == alert.also:
            return alert
        changed = [language for language in OTHERS if kept.get(language) != alert.also.get(language)]
        alert.also = kept
        alert.save(update_fields=["also"])
        keep_revision(alert, officer)
        log("alert.translated", subject=about(alert), actor=officer.as_actor(), languages=changed)
    return alert


def _check_open(alert: Alert) -> None:
    if alert.state not in (*OPEN, State.WAITING):
        raise AlertError(
            f"This alert is {said(State(alert.state))}, so its words in other languages stand too: take it back first, "
            "or correct it."
        )
