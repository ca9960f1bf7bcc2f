"""How long each table of records is kept."""

from hueandcry.domain.records.rules import Lifetime

LIFETIMES = {
    "records_record": Lifetime(7 * 365, "at", "the audit trail answers for what was done (domain.md A8)"),
}
