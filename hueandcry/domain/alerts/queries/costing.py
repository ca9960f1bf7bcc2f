"""What an alert would cost and how long it would take, as an officer reads it beside the button that sends it."""

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.queries import preview
from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.alerts.rules.kinds import PRIORITIES
from hueandcry.domain.members.rules import AudienceCount
from hueandcry.domain.messaging.queries import forecasts
from hueandcry.domain.messaging.rules.budget import LANE_OF
from hueandcry.domain.messaging.rules.costs import Forecast
from hueandcry.kit import gsm7


def forecast(*, alert: Alert, count: AudienceCount) -> Forecast:
    """Return what it costs to send an alert to those who are meant today, and when the last of them has it."""
    priority = PRIORITIES[Urgency(alert.urgency)]
    return forecasts.forecast(
        by_channel=count.by_channel,
        parts=gsm7.count(preview(alert=alert).words.text).parts,
        lane=LANE_OF[priority],
        priority=priority,
        organisation_id=alert.organisation_id,
        team_id=alert.team_id,
        is_drill=alert.is_drill,
    )
