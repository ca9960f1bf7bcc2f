"""Lists of addresses: read as people write them, loaded once, twice and in tiles."""

from collections.abc import Sequence

import pytest

from hueandcry.domain.places.actions.addresses import add_addresses, load_addresses
from hueandcry.domain.places.models import Address
from hueandcry.domain.places.queries import addresses_at
from hueandcry.domain.places.rules import AddressLine, LoadReport, PlaceError
from hueandcry.domain.places.rules.addresses import address_layout, read_address
from hueandcry.domain.records.models import Record
from hueandcry.kit.geometry import Point

CORE = ["UPRN", "CLASSIFICATION_CODE", "EASTING", "NORTHING", "SINGLE_LINE_ADDRESS", "POSTCODE", "CHANGE_CODE"]
BASE = [
    *("UPRN", "ORGANISATION_NAME", "SUB_BUILDING_NAME", "BUILDING_NAME", "BUILDING_NUMBER", "THOROUGHFARE"),
    *("DEPENDENT_LOCALITY", "POST_TOWN", "POSTCODE", "X_COORDINATE", "Y_COORDINATE", "CLASS"),
]


def row(uprn: int | str = 1, line: str = "1, HIGH STREET, EBBCOTE, QD4 1AR", **changes: str) -> list[str]:
    cells = {
        "UPRN": str(uprn),
        "CLASSIFICATION_CODE": "RD",
        "EASTING": "360000.0",
        "NORTHING": "440000.0",
        "SINGLE_LINE_ADDRESS": line,
        "POSTCODE": "QD4 1AR",
        "CHANGE_CODE": "I",
        **changes,
    }
    return [cells[head] for head in CORE]


def load(*rows: Sequence[str]) -> LoadReport:
    return load_addresses(rows=list(enumerate(rows, start=2)), layout=address_layout(CORE), source="made up")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("1, HIGH STREET, EBBCOTE, QD4 1AR", "1 High Street, Ebbcote"),
        ("FLAT 2, 12A, MILL LANE, HOLT ON THE WOLD, QD41AR", "Flat 2, 12A Mill Lane, Holt on the Wold"),
        ("ST MARY'S COTTAGE, THE GREEN, EBBCOTE, QD4 1AR", "St Mary's Cottage, The Green, Ebbcote"),
        ("Tŷ Gwyn, Heol y Môr, Ebbcote, QD4 1AR", "Tŷ Gwyn, Heol y Môr, Ebbcote"),
        ("EBBCOTE FARM", "Ebbcote Farm"),
    ],
)
def test_an_address_in_capitals_is_read_as_people_write_it(written: str, line: str) -> None:
    assert read_address(address_layout(CORE), row(line=written)).line == line


def test_an_address_in_parts_is_put_together() -> None:
    house = ["EBBCOTE FARM SHOP", "", "THE BARN", "3", "MILL LANE", "", "EBBCOTE"]
    cells = ["7", *house, "qd41ar", "360000", "440000", "C"]

    found = read_address(address_layout(BASE), cells)

    assert found.line == "Ebbcote Farm Shop, The Barn, 3 Mill Lane, Ebbcote"
    assert (found.uprn, found.postcode) == (7, "QD41AR")


def test_a_list_of_something_else_is_refused_with_what_is_needed() -> None:
    with pytest.raises(PlaceError, match="SINGLE_LINE_ADDRESS"):
        address_layout(["UPRN", "LATITUDE", "LONGITUDE"])


@pytest.mark.django_db
def test_addresses_are_taken_and_found_by_postcode_house_2_before_house_10() -> None:
    report = load(row(3, "10, HIGH STREET, EBBCOTE"), row(2, "2, HIGH STREET, EBBCOTE"), row(4, POSTCODE="QD4 1AS"))

    assert (report.taken, report.refused_count, report.layout) == (3, 0, "AddressBase Core")
    lines = [one.line for one in addresses_at(postcode="qd4 1ar")]
    assert lines == ["2 High Street, Ebbcote", "10 High Street, Ebbcote"]
    assert addresses_at(postcode="QD4 1AS")[0].uprn == 4
    assert addresses_at(postcode="nonsense") == []
    assert Record.objects.filter(event="addresses.loaded").count() == 1


@pytest.mark.django_db
def test_the_second_load_changes_nothing_and_a_new_list_takes_away_what_is_gone_from_its_postcodes() -> None:
    load(row(1), row(2, "2, HIGH STREET, EBBCOTE"), row(9, POSTCODE="QD9 9AA"))

    again = load(row(1), row(2, "2, HIGH STREET, EBBCOTE"), row(9, POSTCODE="QD9 9AA"))
    later = load(row(1, "1, HIGH ROAD, EBBCOTE"))

    assert (again.taken, again.changed, again.unchanged) == (0, 0, 3)
    assert (later.taken, later.changed, later.unchanged) == (0, 1, 0)
    assert "1 that the list no longer has" in later.notes[0]
    assert list(Address.objects.order_by("uprn").values_list("uprn", flat=True)) == [1, 9]


@pytest.mark.django_db
def test_what_is_no_door_is_left_out_and_what_is_wrong_is_told_with_its_line() -> None:
    report = load(
        *(row(1), row(1), row(2, CLASSIFICATION_CODE="PS"), row(3, POSTCODE=""), row(4, CHANGE_CODE="D")),
        *(row("x"), row(5, EASTING="0"), row(6, NORTHING="north"), row(10**13)),
    )

    assert report.taken == 1
    assert [where for where, _ in report.refused] == ["line 7", "line 8", "line 9", "line 10"]
    assert dict(report.reasons) == {
        "stands twice in the file; the last counts": 1,
        "nobody lives or works there": 1,
        "no postcode": 1,
        "taken off the list": 1,
        "no UPRN": 2,
        "the point is not on the National Grid": 1,
        "no point": 1,
    }


@pytest.mark.django_db
def test_a_list_without_a_door_is_refused_whole() -> None:
    load(row(1))

    with pytest.raises(PlaceError, match="no address in it"):
        load(row(2, CLASSIFICATION_CODE="PS"))
    with pytest.raises(PlaceError):
        load(row(3), row(4)[:3])

    assert Address.objects.get().uprn == 1


@pytest.mark.django_db
def test_addresses_given_one_by_one_are_taken_once() -> None:
    load(row(1))
    mill, barn = (AddressLine(10**12 + n, f"{n} Mill Lane", Point(2.1, 54.2)) for n in (1, 2))

    first = add_addresses(addresses=[("QD41AR", mill), ("QD41AR", barn)], source="made up")
    again = add_addresses(addresses=[("QD41AR", mill), ("QD41AR", barn)], source="made up")

    assert (first, again) == (2, 0)
    assert {mill, barn} < set(addresses_at(postcode="QD4 1AR"))
    assert Record.objects.filter(event="addresses.loaded").count() == 3
