"""Background work of insight."""

from hueandcry.domain.insight import actions
from hueandcry.kit.jobs import job


@job("insight.freeze", every="10 3 1 * *")
def freeze() -> None:
    """Freeze how many members each area has, on the first of each month: what later figures are compared with."""
    actions.freeze()
