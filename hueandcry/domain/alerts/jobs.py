"""Background work of alerts."""

from hueandcry.domain.alerts import actions
from hueandcry.kit.jobs import job


@job("alerts.expire", every="*/5 * * * *")
def expire() -> None:
    """Let alerts whose time is over expire, and tell those who were looking for a vehicle."""
    actions.expire_due()
