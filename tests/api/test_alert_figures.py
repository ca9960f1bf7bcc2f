"""How an alert went out, for programs: counts of its own organisation's alerts, small ones hidden, never who."""

import json
from typing import Any

import pytest
from django.test import Client
from shapely.geometry import box

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.queries.figures import forget
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.organisations import actions
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.organisations.rules import Permission
from hueandcry.domain.places.rules import AreaKind
from tests import builders
from tests.domain import alerts as given

pytestmark = pytest.mark.django_db


@pytest.fixture
def out() -> Alert:
    """Return an alert to nine in the West and to six in the East, of whom one is not reached."""
    forget()
    builders.area("West", shape=box(2.3, 54.4, 2.5, 54.6), kind=AreaKind.WARD)
    builders.area("East", shape=box(2.5001, 54.4, 2.7, 54.6), kind=AreaKind.WARD)
    for number in range(15):
        given.farmer(name="Quillon", at=(2.45 if number < 9 else 2.55, 54.5))
    alert = given.released()
    lost = Delivery.objects.filter(message__about=f"alert:{alert.ref}").latest("member_id")
    Delivery.objects.filter(pk=lost.pk).update(state=DeliveryState.FAILED, accepted_at=None)
    return alert


def token(permission: Permission = Permission.ALERT_FIGURES, organisation: Organisation | None = None) -> str:
    whose = organisation or builders.force()
    return actions.make_key(organisation=whose, name="Wall", permissions=[permission], actor="system:test")[1]


def asked(client: Client, alert: Alert, what: str, key: str) -> tuple[int, Any]:
    answer = client.get(f"/api/v1/alerts/{alert.ref}/{what}", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code, json.loads(answer.content)


def test_a_key_reads_where_an_alert_stands(client: Client, out: Alert) -> None:
    status, answer = asked(client, out, "figures/", token())

    assert status == 200
    assert (answer["people"], answer["reached"], answer["waiting"], answer["answered"]) == (15, 14, 0, 0)
    assert (answer["states"]["failed"], answer["not_yet"]["failed"]) == (1, 1)
    assert [(one["channel"], one["people"]) for one in answer["channels"]] == [("sms", 15)]


def test_deliveries_by_area_hide_what_is_small_and_what_would_tell_it(client: Client, out: Alert) -> None:
    status, answer = asked(client, out, "deliveries/?by=ward", token())

    assert status == 200
    areas = {area["name"]: (area["people"], area["reached"]) for area in answer["areas"]}
    assert areas == {"West": (9, 9), "East": (6, None)}
    assert answer["curve"][-1]["handed_over"] == 14
    assert "Quillon" not in str(answer)
    assert "+44" not in str(answer)


def test_without_a_kind_there_are_no_areas(client: Client, out: Alert) -> None:
    assert asked(client, out, "deliveries/", token())[1]["areas"] == []


def test_nonsense_for_a_kind_is_refused(client: Client, out: Alert) -> None:
    assert asked(client, out, "deliveries/?by=street", token())[0] == 422


@pytest.mark.parametrize("what", ["figures/", "deliveries/"])
def test_other_keys_and_other_organisations_read_nothing(client: Client, out: Alert, what: str) -> None:
    assert asked(client, out, what, token(Permission.COVERAGE_READ))[0] == 401
    assert asked(client, out, what, token(organisation=builders.partner()))[0] == 404


def test_what_is_not_out_is_not_there(client: Client) -> None:
    assert asked(client, given.drafted(), "figures/", token())[0] == 404
