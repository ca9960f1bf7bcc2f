"""What happens to reports in the background, woken by the records that `config/wiring.py` names."""

from hueandcry.domain.records.queries import facts_of
from hueandcry.domain.reports import actions
from hueandcry.kit.jobs import job

TOLD = "Told how it ended."


@job("reports.open_from_message")
def open_from_message(subject: str, record: int) -> None:  # noqa: ARG001
    """Open a report from a message that came in (`inbound:K7M2PQ`)."""
    actions.open_from_message(inbound_ref=subject.removeprefix("inbound:"))


@job("reports.open_missed", every="*/2 * * * *")
def open_missed() -> None:
    """Open reports for answers whose own job was lost or failed."""
    actions.open_missed()


@job("reports.note_relay")
def note_relay(subject: str, record: int) -> None:
    """Note on a report that an alert was made from it (`alert:K7M2PQ`; the record's facts name the report)."""
    report = str(facts_of(record=record).get("report", ""))
    if report:
        actions.note_relay(report_ref=report.removeprefix("report:"), alert_ref=subject.removeprefix("alert:"))


@job("reports.note_ending")
def note_ending(subject: str, record: int) -> None:  # noqa: ARG001
    """Close what was told about an alert that has ended (`alert:K7M2PQ`)."""
    actions.note_ending(about=subject, outcome=TOLD)
