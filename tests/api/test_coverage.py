"""The API: keys open what they are for, and the numbers are those of the desk."""

import json
from pathlib import Path

import pytest
from django.test import Client
from shapely.geometry import box

from hueandcry.api.urls import api, urls
from hueandcry.domain.insight.models import Population
from hueandcry.domain.organisations import actions
from hueandcry.domain.organisations.models import ApiKey
from hueandcry.domain.organisations.rules import OrganisationError, Permission
from hueandcry.domain.places.rules import AreaKind
from tests import builders

pytestmark = pytest.mark.django_db
WARDS = "/api/v1/coverage/ward/"


def given_wards() -> None:
    west = builders.area("West", shape=box(2.0, 54.4, 2.2, 54.6), kind=AreaKind.WARD)
    builders.area("East", shape=box(2.2, 54.4, 2.4, 54.6), kind=AreaKind.WARD)
    Population.objects.create(area_id=west.id, households=400, source="census")
    for _ in range(12):
        builders.member(at=(2.1, 54.5))
    for _ in range(4):
        builders.member(at=(2.3, 54.5))


def token(permission: Permission = Permission.COVERAGE_READ) -> str:
    return actions.make_key(
        organisation=builders.force(), name="Dashboard", permissions=[permission], actor="system:test"
    )[1]


def asked(client: Client, address: str = WARDS, key: str = "") -> tuple[int, object]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    response = client.get(address, headers=headers)
    return response.status_code, json.loads(response.content or "null")


def test_a_key_reads_the_figures_with_small_ones_hidden(client: Client) -> None:
    given_wards()

    status, answer = asked(client, key=token())

    assert status == 200
    assert isinstance(answer, dict)
    assert (answer["members"], answer["households"], answer["source"]) == (16, 400, "census")
    # East's four are hidden, and West's twelve with them: sixteen less twelve would tell.
    assert {area["name"]: (area["members"], area["rate"]) for area in answer["areas"]} == {
        "West": (None, None),
        "East": (None, None),
    }


@pytest.mark.parametrize("key", ["", "wrong", "é\x00", "x" * 5000])
def test_nobody_reads_without_a_key(client: Client, key: str) -> None:
    given_wards()

    assert asked(client, key=key)[0] == 401


def test_every_address_but_the_description_wants_a_key(client: Client) -> None:
    given_wards()
    names = [getattr(pattern, "name", "") for pattern in urls()]

    assert sorted(names) == ["alert_deliveries", "alert_figures", "api-root", "cap", "coverage", "openapi-json"]
    assert asked(client, WARDS)[0] == 401
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_a_key_for_something_else_opens_nothing_here(client: Client) -> None:
    given_wards()

    assert asked(client, key=token(Permission.PLACE_READ))[0] == 401


def test_an_ended_key_opens_nothing(client: Client) -> None:
    given_wards()
    key = token()
    actions.end_key(ref=ApiKey.objects.get().ref, actor="system:test")

    assert asked(client, key=key)[0] == 401


def test_an_officers_sign_in_is_no_key(client: Client) -> None:
    from tests import cast

    given_wards()
    client.force_login(cast.amos())

    assert asked(client)[0] == 401


def test_the_key_itself_is_kept_nowhere() -> None:
    key = token()

    kept = ApiKey.objects.get()

    assert key not in str(vars(kept))
    assert kept.made_by == "system:test"


def test_no_key_sends_or_changes() -> None:
    with pytest.raises(OrganisationError, match="alert:approve"):
        token(Permission.ALERT_APPROVE)


@pytest.mark.parametrize("address", ["/api/v1/coverage/street/", f"{WARDS}?within=x", f"{WARDS}?within=-1"])
def test_nonsense_is_refused_with_a_reason(client: Client, address: str) -> None:
    given_wards()

    assert asked(client, address, token())[0] == 422


def test_a_level_that_is_not_loaded_is_said(client: Client) -> None:
    status, answer = asked(client, "/api/v1/coverage/parish/", token())

    assert status == 422
    assert isinstance(answer, dict)
    assert "choose another level" in str(answer["detail"])


def test_the_description_is_the_one_that_was_agreed() -> None:
    # A change of the API is a change of this file, seen in review: hueandcry manage export_openapi_schema.
    agreed = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))

    assert json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"))) == agreed
