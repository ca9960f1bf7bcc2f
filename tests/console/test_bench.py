"""Measuring the chain: refused where it could do harm or says nothing; else figures beside their floors."""

import json
from typing import Any

import pytest
from django.db import connection
from shapely.geometry import box

from hueandcry.console.main import main
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.places.rules import AreaKind
from tests import builders
from tests.domain.alerts import many_farmers
from tests.processes import database_here


def the_land() -> None:
    """Load a force, two districts of which the larger holds everybody, and a ward in which nobody lives."""
    builders.area("Doggerland", kind=AreaKind.FORCE, shape=box(1.6, 54.0, 3.4, 55.2))
    builders.area("Small", kind=AreaKind.DISTRICT, shape=box(1.6, 54.0, 1.8, 54.2))
    builders.area("Large", kind=AreaKind.DISTRICT, shape=box(1.8, 54.0, 3.4, 55.0))
    builders.area("Empty", kind=AreaKind.WARD, shape=box(1.6, 54.0, 1.7, 54.1))


@pytest.mark.django_db
def test_too_few_members_are_not_measured(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEMONSTRATION = True
    builders.member()

    status = main(["bench", "chain"])

    assert status == 1
    assert capsys.readouterr().err == (
        "There are 1 members, and below 1,000 the figures say nothing. Load more: hueandcry load members --sample "
        "33000.\n"
    )
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_outside_the_demonstration_it_asks_for_a_yes(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEMONSTRATION = False

    assert main(["bench", "chain"]) == 1
    assert "Type it again with --yes" in capsys.readouterr().err
    assert main(["bench", "chain", "--yes"]) == 1
    assert "There are 0 members" in capsys.readouterr().err


@pytest.mark.django_db
def test_with_one_live_gateway_it_is_refused_whatever_is_said(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMONSTRATION = True
    settings.GATEWAYS = {**settings.GATEWAYS, "sms": "somewhere.live.Text"}

    assert main(["bench", "chain", "--yes"]) == 1

    assert "The gateway for sms is not the sandbox" in capsys.readouterr().err


@pytest.mark.django_db
def test_what_is_not_loaded_is_asked_for(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEMONSTRATION = True
    many_farmers(1_000)

    assert main(["bench", "chain"]) == 1

    assert "No district is loaded. Load its boundaries" in capsys.readouterr().err
    assert not Officer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_figures_come_beside_their_floors_and_nothing_is_left_open(
    settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMONSTRATION = True
    monkeypatch.setenv("DATABASE_URL", database_here())
    monkeypatch.setenv("DEMONSTRATION", "1")
    the_land()
    builders.topic()
    many_farmers(1_000)

    status = main(["bench", "chain", "--json"])

    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert [(line["audience"], line["members"]) for line in report["counts"]] == [
        ("Large (district)", 1_000),
        ("Empty (ward)", 0),
        ("a circle of 10 km", 1_000),
        ("everybody of Farm Watch", 1_000),
    ]
    first, second = (line["deliveries"] for line in report["releases"])
    # Of a thousand addresses in a row the sandbox sends one back, and no more goes there once that is noted.
    assert first == 1_000
    assert second in {999, 1_000}
    for line in [*report["counts"], *report["releases"]]:
        assert line["floor"] > 0
        assert line["ratio"] > 0
    # One in a thousand each is refused, or never heard of again.
    assert all(990 <= line["receipts"] <= 1_010 for line in report["releases"])
    assert set(report["peak_mb"]) >= {"this process", "the worker"}
    assert Delivery.objects.count() == first + second
    assert set(Alert.objects.values_list("state", flat=True)) == {State.ENDED}
    assert not Officer.objects.filter(is_active=True).exists()
    assert "bench_floor" not in connection.introspection.table_names()
