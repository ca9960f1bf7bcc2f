"""Coverage on the desk: table, file and map say the same, and small numbers nowhere."""

import csv
import io
import json

import pytest
from django.test import Client
from shapely.geometry import box

from hueandcry.domain.insight.models import Population
from hueandcry.domain.places.rules import AreaKind
from tests import builders, cast

pytestmark = pytest.mark.django_db
HERE = "/desk/coverage/"


@pytest.fixture
def desk(client: Client) -> Client:
    """Sign Sergeant Birch in, with three wards of which one has few members."""
    for name, west, households in (("West", 2.0, 400), ("Middle", 2.2, 200), ("East", 2.4, 100)):
        area = builders.area(name, shape=box(west, 54.4, west + 0.2, 54.6), kind=AreaKind.WARD)
        Population.objects.create(area_id=area.id, households=households, source="Census of the made-up")
    for lon, number in ((2.1, 4), (2.3, 20), (2.5, 30)):
        for _ in range(number):
            builders.member(at=(lon, 54.5))
    client.force_login(cast.birch())
    return client


def test_the_table_shows_rates_and_hides_few(desk: Client) -> None:
    page = desk.get(HERE).content.decode()

    assert "<strong>54 members</strong>" in page
    assert "30.0" in page  # East: 30 of 100
    # West's four, and Middle's twenty, which would tell the four.
    assert page.count(">hidden<") == 2
    assert "Census of the made-up" in page


def test_the_file_says_the_same(desk: Client) -> None:
    response = desk.get(f"{HERE}coverage.csv")

    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["name"], row["members"], row["rank"]) for row in rows] == [
        ("East", "30", "1"),
        ("Middle", "fewer than 10, or hides one that is", ""),
        ("West", "fewer than 10, or hides one that is", ""),
    ]
    assert 'filename="coverage-ward.csv"' in response["Content-Disposition"]


def test_the_map_shades_what_has_a_rate(desk: Client) -> None:
    answer = json.loads(desk.get(f"{HERE}outlines.json").content)

    assert {one["properties"]["name"]: one["properties"]["shade"] for one in answer["features"]} == {
        "West": None,
        "Middle": None,
        "East": 4,
    }
    assert "members" not in json.dumps(answer)


def test_a_name_that_looks_like_a_formula_is_no_formula_in_the_file(desk: Client) -> None:
    builders.area("=HYPERLINK(1)", shape=box(2.6, 54.4, 2.8, 54.6), kind=AreaKind.WARD)

    assert "'=HYPERLINK(1)" in desk.get(f"{HERE}coverage.csv").content.decode()


@pytest.mark.parametrize("asked", ["kind=street", "kind=oa", "inside=999", "inside=x", "page=zz", "kind=%00"])
def test_nonsense_in_the_address_is_answered_in_words(desk: Client, asked: str) -> None:
    response = desk.get(f"{HERE}?{asked}")

    assert response.status_code == 200
    assert desk.get(f"{HERE}coverage.csv?{asked}").status_code == 200
    assert desk.get(f"{HERE}outlines.json?{asked}").status_code == 200


def test_nothing_loaded_is_said(client: Client) -> None:
    client.force_login(cast.birch())

    assert "No boundaries of this kind are loaded" in client.get(HERE).content.decode()


def test_a_partner_counts_only_their_own(client: Client) -> None:
    builders.area("West", shape=box(2.0, 54.4, 2.2, 54.6), kind=AreaKind.WARD)
    for _ in range(30):
        builders.member(at=(2.1, 54.5))
    for _ in range(12):
        builders.member(at=(2.1, 54.5), agreed_to=builders.partner())
    client.force_login(cast.frost())

    assert "<strong>12 members</strong>" in client.get(HERE).content.decode()


@pytest.mark.parametrize("address", [HERE, f"{HERE}coverage.csv", f"{HERE}outlines.json"])
def test_grey_learns_nothing(client: Client, address: str) -> None:
    client.force_login(cast.grey())

    assert client.get(address).status_code == 403


def test_the_number_of_queries_does_not_grow(desk: Client, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(26):  # type: ignore[operator]
        desk.get(HERE)
    for _ in range(60):
        builders.member(at=(2.5, 54.5))

    with django_assert_max_num_queries(26):  # type: ignore[operator]
        desk.get(HERE)
