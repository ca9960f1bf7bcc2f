"""References: short where people read them out, long elsewhere, and never the end of an answer when two meet."""

import secrets
from itertools import chain, repeat
from types import SimpleNamespace

import pytest
from django.apps import apps

from hueandcry.domain.alerts import actions as alert_actions
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.records.models import Record
from hueandcry.domain.reports import actions as reports
from hueandcry.domain.reports.models import Report
from hueandcry.kit import refs
from hueandcry.kit.refs import ALPHABET, LENGTH, LONG, new_ref
from tests import cast
from tests.domain import alerts
from tests.domain.reporting import message

pytestmark = pytest.mark.django_db
# A note of a scheme is answered like an alert, by its reference.
SHORT = {"alerts.alert", "alerts.note", "reports.report"}
TOKEN_BYTES = secrets.token_bytes


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let chance draw these signs first."""
    signs: list[str] = []

    def token_bytes(many: int) -> bytes:
        # Twice as many are asked for as are used.
        first, signs[:] = signs[: many // 2], signs[many // 2 :]
        return bytes(map(ALPHABET.index, first)) + TOKEN_BYTES(many - len(first))

    monkeypatch.setattr(refs, "secrets", SimpleNamespace(token_bytes=token_bytes))
    return signs


def test_only_what_people_read_out_has_a_short_reference() -> None:
    lengths = {
        model._meta.label_lower: len(field.get_default())
        for config in apps.get_app_configs()
        if config.name.startswith("hueandcry.")
        for model in config.get_models()
        for field in model._meta.concrete_fields
        if field.name == "ref" and field.has_default()  # a word of a provider has none
    }

    assert set(lengths) > SHORT
    assert len(lengths) >= 17
    assert {name for name, length in lengths.items() if length == LENGTH} == SHORT
    assert {length for name, length in lengths.items() if name not in SHORT} == {LONG}


def test_an_answer_becomes_a_report_though_its_reference_is_taken(drawn: list[str]) -> None:
    first = reports.open_from_message(inbound_ref=message("seen it").ref)
    assert first is not None
    said = message("help, they have a gun")
    drawn.extend(chain.from_iterable(repeat(first.ref, 3)))

    second = reports.open_from_message(inbound_ref=said.ref)

    assert second is not None
    assert second.ref != first.ref
    assert drawn == []
    assert Report.objects.count() == 2
    assert Record.objects.filter(event="report.opened").count() == 2


def test_no_reference_can_be_taken_for_a_registration_mark(drawn: list[str]) -> None:
    drawn.extend(chain.from_iterable(["GRC84P", "G84RCP", "Q23BCD", "BXZ234", "BC2345", "234BXZ", "XX7Z2K"]))

    ref = new_ref()

    assert ref == "XX7Z2K"
    assert drawn == []


def test_an_alert_is_drafted_though_its_reference_is_taken(drawn: list[str]) -> None:
    amos = cast.amos()
    first = alert_actions.draft(officer=amos, **alerts.fields())
    drawn.extend(first.ref)

    second = alert_actions.draft(officer=amos, **alerts.fields())

    assert second.ref != first.ref
    assert drawn == []
    assert set(second.ref) <= set(ALPHABET)
    assert Alert.objects.count() == 2
