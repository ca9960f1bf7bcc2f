"""How long each table of reports is kept."""

from hueandcry.domain.records.rules import Lifetime

LIFETIMES = {
    "reports_report": Lifetime(2 * 365, "received_at", "contact that led to no crime or intelligence (domain.md A8)"),
}
