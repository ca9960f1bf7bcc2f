"""How one alert goes out, as its page, programs and files show it."""

from dataclasses import replace

from shapely.geometry.base import BaseGeometry

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import AlertError, question_from_json
from hueandcry.domain.members.queries.audience import ground_of
from hueandcry.domain.members.rules import AudienceError
from hueandcry.domain.messaging.queries.figures import FollowUp, figures, followed_by
from hueandcry.domain.messaging.rules.figures import Figures, without_small
from hueandcry.domain.places.rules import AreaKind
from hueandcry.kit.finding import NotHereError


def figures_of(*, alert: Alert, by: AreaKind | None = None, small: bool = False, of: str = "") -> Figures:
    """Return how an alert goes out, in people and by area; `small` shows counts that tell of few, for its own force.

    Of somebody with several places the one counts for which the alert was meant. With `of` it is how one of those goes
    out that `followed` names: by area for its own force only, for beside the alert's own figures they tell of few.
    """

    def shape() -> BaseGeometry | None:
        if not hasattr(alert, "audience"):
            return None
        try:
            return ground_of(question=question_from_json(alert.audience.question))
        except (AlertError, AudienceError):
            return None  # an area that was deleted since: then it is their home

    found = figures(about=f"alert:{alert.ref}", by=None if of and not small else by, shape=shape, of=of)
    return found if small else replace(found, areas=without_small(found.areas))


def followed(*, alert: Alert) -> list[FollowUp]:
    """Return what went after an alert: corrections, its stand-down, what came of it."""
    return followed_by(about=f"alert:{alert.ref}")


def figures_for_program(*, organisation_id: int, ref: str, by: AreaKind | None = None) -> Figures:
    """Return how an alert of an organisation goes out, small counts hidden.

    Raises:
        NotHereError: the organisation has none by this reference that went out.
    """
    alert = (
        Alert.objects.filter(organisation=organisation_id, ref=ref, released_at__isnull=False)
        .select_related("audience")
        .first()
    )
    if alert is None:
        raise NotHereError(f"alert:{ref}")
    return figures_of(alert=alert, by=by)
