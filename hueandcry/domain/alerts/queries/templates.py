"""Which templates of alerts an organisation offers: the shipped ones, and its own."""

import logging
from dataclasses import replace

from django.utils import timezone

from hueandcry.domain.alerts.models import Alert, Template
from hueandcry.domain.alerts.rules import AlertError, Words, templates
from hueandcry.domain.alerts.rules.templates import BY_KEY, TEMPLATES, TemplateLine
from hueandcry.domain.alerts.rules.tongues import Made, still_made
from hueandcry.domain.alerts.rules.wording import day_and_time
from hueandcry.domain.members.rules import Tier
from hueandcry.kit.finding import NotHereError

logger = logging.getLogger(__name__)


def lines(*, organisation_id: int) -> list[TemplateLine]:
    """Return every template, shipped ones first in their order, then an organisation's own, and which it offers."""
    own_rows = Template.objects.filter(organisation=organisation_id).select_related("topic").order_by("name")
    rows = {row.key: row for row in own_rows}
    put_away = {key for key, row in rows.items() if not row.is_offered}
    shipped = [TemplateLine(one, one.key not in put_away) for one in TEMPLATES]
    own = [(_read(row), row.is_offered) for key, row in rows.items() if key not in BY_KEY]
    return [*shipped, *(TemplateLine(template, is_offered) for template, is_offered in own if template is not None)]


def offered(*, organisation_id: int) -> list[templates.Template]:
    """Return the templates that the quick screen offers."""
    return [line.template for line in lines(organisation_id=organisation_id) if line.is_offered]


def get_template(*, key: str, organisation_id: int) -> templates.Template:
    """Return one template, offered or not: what was begun with it is still read by it.

    Raises:
        NotHereError: there is none.
    """
    if key in BY_KEY:
        return BY_KEY[key]
    row = Template.objects.filter(organisation=organisation_id, key=key).select_related("topic").first()
    template = _read(row) if row else None
    if template is None:
        raise NotHereError(f"template:{key}")
    return template


def begun_with(*, alert: Alert) -> templates.Template | None:
    """Return the template that an alert was begun with; None when with none, or with one that is gone."""
    try:
        return get_template(key=alert.template, organisation_id=alert.organisation_id) if alert.template else None
    except NotHereError:
        return None


def made_of(*, alert: Alert, words: Words) -> Made | None:
    """Return the template and the answers that an alert was made of, while these words still say so."""
    # A force's own patterns are its officers' words.
    template, answers = BY_KEY.get(alert.template), _answers(alert) if alert.template in BY_KEY else None
    if template is None or answers is None:
        return None
    starts_at = timezone.localtime(alert.starts_at) if alert.starts_at else None
    # As when it was written: some questions are for checked members only.
    made = Made(replace(template, level=Tier(alert.level)), answers, starts_at)
    return made if still_made(words, made) else None


def _answers(alert: Alert) -> dict[str, str] | None:
    template = begun_with(alert=alert)
    kept = alert.details.get("answers")
    if template is None or not isinstance(kept, dict):
        return None
    try:
        return templates.check_answers(template, kept)
    except AlertError:
        return None  # kept before the template asked more


def shorter_of(*, alert: Alert) -> tuple[str, ...]:
    """Return what happened in ever fewer words, while an alert still says what its template made of the answers."""
    template, answers = begun_with(alert=alert), _answers(alert)
    if template is None or answers is None:
        return ()
    starts = day_and_time(timezone.localtime(alert.starts_at)) if alert.starts_at else ""
    if templates.fill(template, answers, where=alert.where, starts=starts).what != alert.what:
        return ()
    return templates.shorter(template, answers, where=alert.where, starts=starts)


def _read(row: Template) -> templates.Template | None:
    """Return an organisation's own row; None of one that was spoiled by hand, so that others stay in use at night."""
    topic = (row.topic.slug, row.topic.name) if row.topic else ("", "")
    try:
        return _own(row, topic)
    except AlertError as refusal:
        logger.warning("A template of alerts cannot be read.", extra={"template": row.key, "why": str(refusal)})
        return None


def _own(row: Template, topic: tuple[str, str]) -> templates.Template:
    return templates.own_template(
        key=row.key,
        name=row.name,
        hint=row.hint,
        topic=topic,
        level=row.level,
        urgency=row.urgency,
        minutes=row.minutes,
        questions=row.questions,
        headline=row.headline,
        what=row.what,
        ask=row.ask,
        radius_m=row.radius_m,
        seeks=row.seeks,
        invites_answers=row.invites_answers,
    )
