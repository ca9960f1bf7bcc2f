"""An organisation's own templates of alerts: added, changed, put away and brought back."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.actions.composing import check_may
from hueandcry.domain.alerts.models import Template
from hueandcry.domain.alerts.rules import AlertError, Severity, templates
from hueandcry.domain.alerts.rules.templates import BY_KEY, QUESTIONS
from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError


@transaction.atomic
def save_template(  # noqa: PLR0913 - everything that a row says
    *,
    officer: Officer,
    key: str,
    name: str,
    hint: str,
    topic: str,
    level: str,
    urgency: str,
    minutes: float | None,
    questions: Sequence[str],
    headline: str,
    what: str,
    ask: str,
    radius_m: float | None,
    seeks: bool = True,
    invites_answers: bool = True,
    is_new: bool = False,
) -> Template:
    """Add an organisation's own template, or change it; it is looked through as a whole. Logged as `template.saved`.

    Raises:
        AlertError: there is one of this name when it `is_new`, a curly bracket stands alone, a name is unknown,
            something is of the wrong kind, the send check would refuse what it says, or this officer may not.
    """
    check_may(officer, Permission.ALERT_TEMPLATES)
    subject = Topic.objects.filter(slug=topic, is_open=True).first()
    if subject is None:
        raise AlertError("Choose a subject from the list.")
    template = templates.own_template(
        key=key,
        name=name,
        hint=hint,
        topic=(subject.slug, subject.name),
        level=level,
        urgency=urgency,
        minutes=minutes,
        questions=questions,
        headline=headline,
        what=what,
        ask=ask,
        radius_m=radius_m,
        seeks=seeks,
        invites_answers=invites_answers,
    )
    if is_new and Template.objects.filter(organisation=officer.organisation_id, key=template.key).exists():
        raise AlertError(f"There is a template called “{template.name}” already: change that one, or choose a name.")
    _check_words(template)
    kept = {
        "name": template.name,
        "hint": template.hint,
        "topic": subject,
        "level": template.level.value,
        "urgency": template.urgency.value,
        "minutes": round(template.life.total_seconds() / 60),
        "questions": [one.name for one in template.questions],
        "headline": headline,
        "what": what,
        "ask": ask,
        "radius_m": template.spread.radius_m,
        "seeks": template.seeks,
        "invites_answers": template.invites_answers,
        "by": officer.as_actor(),
        "at": clock.now(),
    }
    row, _ = Template.objects.update_or_create(organisation=officer.organisation, key=template.key, defaults=kept)
    log("template.saved", subject=f"template:{template.key}", actor=officer.as_actor())
    return row


@transaction.atomic
def offer_template(*, officer: Officer, key: str, is_offered: bool) -> None:
    """Put a template away, or offer it again, shipped or own. Logged as `template.put_away` or `template.offered`.

    Raises:
        AlertError: this officer may not.
        NotHereError: there is none.
    """
    check_may(officer, Permission.ALERT_TEMPLATES)
    mine = Template.objects.select_for_update(no_key=True).filter(organisation=officer.organisation_id)
    row = mine.filter(key=key).first()
    if row is None and key not in BY_KEY:
        raise NotHereError(f"template:{key}")
    if row is None:
        row = Template(organisation=officer.organisation, key=key, by=officer.as_actor(), at=clock.now())
    if row.pk and row.is_offered == is_offered:
        return
    row.is_offered, row.by, row.at = is_offered, officer.as_actor(), clock.now()
    row.save()
    event = "template.offered" if is_offered else "template.put_away"
    log(event, subject=f"template:{key}", actor=officer.as_actor())


def _check_words(template: templates.Template) -> None:
    """Refuse what could not go out as it is: with any answers, the words of a template are read by the send check."""
    said = {one.name: one.choices[0].value if one.choices else "" for one in template.questions}
    answers: dict[str, Any] = {name: value for name, value in said.items() if value and name in QUESTIONS}
    words = templates.fill(template, answers, where="Marsh End", when="02:10")
    text = f"{words.headline}\n{words.what}\n{words.ask}"
    if not words.what or not words.headline:
        raise AlertError("With answers filled in nothing is left of it: write more words round the names.")
    found = rules.check_told(text, level=template.level, now=clock.now())
    refused = [finding.sentence for finding in found if finding.severity == Severity.REFUSE]
    if refused:
        raise AlertError(" ".join(refused))
