"""How long each table of insight is kept."""

from hueandcry.domain.records.rules import Lifetime

LIFETIMES = {
    "insight_population": Lifetime(None, "", "open data about the ground; replaced by the next census"),
    "insight_headcount": Lifetime(6 * 365, "on", "counts of areas, nobody's own; as long as broadcasts (domain.md A8)"),
}
