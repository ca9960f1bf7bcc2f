"""From a thumb to a release: an alert made of a template's answers, with its audience, sent on in one press."""

from typing import Any

from django.db import transaction

from hueandcry.domain.alerts.actions.answering import answer_suspect
from hueandcry.domain.alerts.actions.composing import check_may, choose_audience, draft, refuse_secret, submit
from hueandcry.domain.alerts.actions.releasing import release_fast
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import AlertError
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.alerts.rules.written import Written
from hueandcry.domain.knowledge.actions import add_topic
from hueandcry.domain.knowledge.queries import topics
from hueandcry.domain.members.rules import AudienceQuestion
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.kinds import Kind

ONCE_MOST = 40


class Send(Kind):
    """What becomes of it."""

    KEEP = "keep", "Keep as a draft"
    APPROVAL = "approval", "Send for approval"
    NOW = "now", "Release now"


def send_quick(
    *,
    officer: Officer,
    written: Written,
    question: AudienceQuestion | None,
    send: Send,
    suspect: Suspect = Suspect.UNASKED,
    topic: str = "",
    once: str = "",
) -> Alert:
    """Write an alert, choose who is meant and send it on, all or nothing. Logged as by `draft` and what follows it.

    Pressed twice with the same `once`, the second press finds what the first one made. Without a topic it is about the
    likeliest of its template's; the first of those is added when the force has none of them.

    Raises:
        AlertError: as in `draft`, `choose_audience`, `submit` and `release_fast`; nothing is kept then.
    """
    check_may(officer, Permission.ALERT_WRITE)
    refuse_secret(written.words, officer)
    with transaction.atomic():
        # Two presses of one officer wait for one another: before every other lock (ADR 13).
        officer = Officer.objects.select_for_update(no_key=True).get(pk=officer.pk)
        made = _made_before(officer, once)
        if made is not None:
            return made
        details: dict[str, Any] = {"answers": dict(written.answers), "once": once[:ONCE_MOST]}
        alert = draft(officer=officer, topic=topic or _topic(written, officer), details=details, **written.for_draft())
        if suspect != Suspect.UNASKED:
            answer_suspect(alert_ref=alert.ref, officer=officer, answer=suspect)
        if question is not None:
            choose_audience(alert_ref=alert.ref, officer=officer, question=question)
        if send == Send.APPROVAL:
            submit(alert_ref=alert.ref, officer=officer)
        if send == Send.NOW:
            release_fast(alert_ref=alert.ref, officer=officer)
    alert.refresh_from_db()
    return alert


def _made_before(officer: Officer, once: str) -> Alert | None:
    if not once:
        return None
    return Alert.objects.filter(author=officer, details__once=once[:ONCE_MOST]).order_by("-id").first()


def _topic(written: Written, officer: Officer) -> str:
    """Return the subject: the likeliest that is there, else the template's own, which is added."""
    known = {line.slug for line in topics()}
    for slug in written.topics:
        if slug in known:
            return slug
    slug, name = written.template.topic
    if not name:
        raise AlertError("Choose a subject from the list.")
    add_topic(slug=slug, name=name, actor=officer.as_actor())
    return slug
