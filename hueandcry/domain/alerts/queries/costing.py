"""What an alert would cost and how long it would take, as an officer reads it beside the button that sends it."""

from collections import Counter
from dataclasses import replace

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries import meant, preview
from hueandcry.domain.alerts.rules import Preview, Urgency
from hueandcry.domain.alerts.rules.kinds import PRIORITIES
from hueandcry.domain.members.rules import AudienceCount, AudienceQuestion, Channel, Language
from hueandcry.domain.messaging.queries import choosing, costs, forecasts
from hueandcry.domain.messaging.rules.budget import LANE_OF
from hueandcry.domain.messaging.rules.costs import Forecast


def others(*, preview: Preview, question: AudienceQuestion) -> dict[int, int]:
    """Return how many of those who get a text get one of another number of parts, for they chose another language.

    Where every language takes as many, nobody is counted; else once for each that does not.
    """
    texts = {language: words.text for language, words in preview.words.also.items()}
    dear = costs.other_parts(words=preview.words.text, frames=texts)
    found: Counter[int] = Counter()
    for language, parts in dear.items():
        chose = Language(language)
        if question.languages and chose not in question.languages:
            continue
        count = choosing.count(question=replace(question, languages=(chose,)))
        found[parts] += count.by_channel.get(Channel.SMS, 0)
    return {parts: many for parts, many in found.items() if many}


def forecast(*, alert: Alert, count: AudienceCount) -> Forecast:
    """Return what it costs to send an alert to those who are meant today, and when the last of them has it."""
    priority = PRIORITIES[Urgency(alert.urgency)]
    looks = preview(alert=alert)
    return forecasts.forecast(
        by_channel=count.by_channel,
        parts=looks.parts,
        others=others(preview=looks, question=meant(alert=alert)) if count.by_channel.get(Channel.SMS) else {},
        lane=LANE_OF[priority],
        priority=priority,
        organisation_id=alert.organisation_id,
        team_id=alert.team_id,
        is_drill=alert.is_drill,
    )
