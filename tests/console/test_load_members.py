"""`hueandcry load members`: a made-up sample on real postcodes."""

import gzip
import json
from pathlib import Path

import pytest
from shapely.geometry import box

from hueandcry.console import load
from hueandcry.console.main import main
from hueandcry.console.members import read_households, sample
from hueandcry.domain.knowledge.models import Topic
from hueandcry.domain.members.models import Consent, ContactPoint, Interest, Member, MemberPlace, Membership
from hueandcry.domain.members.rules import MemberError
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit.geometry import Point
from tests import builders

pytestmark = pytest.mark.django_db
WEST, EAST, NOWHERE, ABROAD = "QD11AA", "QD11AB", "QD11AD", "QD91ZZ"


def ground() -> None:
    """Load a force of two output areas and a corner without one, and a postcode outside."""
    builders.area("Force", shape=box(2.0, 54.0, 3.0, 55.0), kind=AreaKind.FORCE)
    builders.area("District", shape=box(2.0, 54.0, 3.0, 55.0), kind=AreaKind.DISTRICT)
    builders.area("OA-W", shape=box(2.0, 54.0, 2.5, 54.5), kind=AreaKind.OA)
    builders.area("OA-E", shape=box(2.5, 54.0, 3.0, 54.5), kind=AreaKind.OA)
    spots = {WEST: (2.2, 54.2), EAST: (2.7, 54.2), NOWHERE: (2.2, 54.8), ABROAD: (3.2, 54.2)}
    places.add_postcodes(postcodes=[(code, Point(*spot), 100.0) for code, spot in spots.items()], source="test")


def lived_in() -> dict[str, int]:
    codes = MemberPlace.objects.values_list("postcode", flat=True)
    return {code: list(codes).count(code) for code in (WEST, EAST, NOWHERE, ABROAD)}


def table(folder: Path, text: str) -> Path:
    file = folder / "households.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    return file


def test_members_live_where_households_do_and_none_outside_the_force() -> None:
    ground()

    report = sample(count=900, seed=1, households={"OA-W": 200, "OA-E": 100, "OA-ELSEWHERE": 5000})

    counts = lived_in()
    assert sum(counts.values()) == 900
    assert counts[ABROAD] == 0
    # 200 to 100, and the corner without figures has the mean of both, 150.
    assert counts[WEST] == pytest.approx(400, rel=0.12)
    assert counts[NOWHERE] == pytest.approx(300, rel=0.15)
    assert counts[EAST] == pytest.approx(200, rel=0.2)
    assert (report.postcodes, report.postcodes_outside, report.postcodes_without_households) == (3, 1, 1)


def test_without_households_every_postcode_is_alike() -> None:
    ground()

    report = sample(count=600, seed=1, households={})

    assert lived_in()[NOWHERE] == pytest.approx(200, rel=0.2)
    assert report.drawn_by == "alike"


def test_a_sample_is_whole_members_with_schemes_interests_and_consent() -> None:
    ground()

    sample(count=400, seed=1, households={})

    farmers = Membership.objects.filter(scheme__kind="farm").count()
    assert farmers == pytest.approx(0.3 * 400, rel=0.3)
    assert set(Membership.objects.values_list("scheme__area__name", flat=True)) == {"District"}
    assert Member.objects.filter(contacts__isnull=True).count() == 0
    assert set(Consent.objects.values_list("how", flat=True)) == {"made_up"}
    assert Consent.objects.filter(organisation__kind="fire").exists()
    assert Interest.objects.count() > 400
    assert set(Organisation.objects.values_list("kind", flat=True)) == {"force", "fire"}
    assert Record.objects.get(event="members.brought_over").facts["members"] == 400
    outside = ContactPoint.objects.exclude(address__startswith="+447700900").exclude(address__startswith="+442079460")
    assert all(address.endswith("@example.org") for address in outside.values_list("address", flat=True))


def test_the_same_seed_gives_the_same_people_at_the_same_places() -> None:
    ground()
    rows = []
    for _ in range(2):
        sample(count=50, seed=3, households={})
        rows.append(list(MemberPlace.objects.order_by("pk").values_list("member__name", "postcode")))
        Member.objects.all().delete()

    assert rows[0] == rows[1]


def test_it_is_a_command_that_a_program_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ground()
    file = table(tmp_path, "area,homes\nOA-W,10\nOA-E,20\n")
    columns = ["--area-column", "area", "--households-column", "homes"]

    status = main(["load", "members", "--sample", "30", "--households", str(file), *columns, "--json"])

    assert status == 0
    assert json.loads(capsys.readouterr().out)["members"] == 30


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("area,homes\nOA-W,10\n", "no column oa21_code.*area, homes"),
        ("oa21_code,total_households\nOA-W,10\nOA-E,many\n", "Line 3 .* no whole number"),
        ("oa21_code,total_households\nOA-W\n", "Line 2 .* no whole number"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_what_to_do(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(MemberError, match=why):
        read_households(table(tmp_path, text), "oa21_code", "total_households")


def test_a_table_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    file = table(tmp_path, "oa21_code,total_households\n" + "OA-W,10\n" * 5000)
    file.write_bytes(file.read_bytes()[:-20])

    with pytest.raises(load.LoadError, match="cut short"):
        read_households(file, "oa21_code", "total_households")


def test_nobody_is_placed_without_postcodes_output_areas_or_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MemberError, match="load them first"):
        sample(count=1, seed=1, households={})
    ground()
    with pytest.raises(MemberError, match="None of the output areas"):
        sample(count=1, seed=1, households={"E00000001": 5})
    with pytest.raises(MemberError, match="Say how many"):
        sample(count=0, seed=1, households={})

    assert main(["load", "members", "--sample", "0"]) == 1
    assert "Say how many" in capsys.readouterr().err
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("oa21_code,total_households\nOA-W,10\nOA-E,many\n", "Line 3 of the table has no whole number"),
        (
            "oa21_code,total_households\n" + "OA-W,10\n" * 3_000 + "OA-W\n",
            "Line 3,002 of the table has no whole number of households. Mend that line",
        ),
        ("oa21_code,total_households\n" + "OA-W,10\n" * 3_000 + "OA-W,1\x00\n", "Line 3,002 holds signs"),
    ],
)
def test_a_table_that_breaks_in_the_middle_founds_and_places_nobody(
    broken: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ground()
    before = [Member.objects.count(), Organisation.objects.count(), Topic.objects.count(), Record.objects.count()]

    status = main(["load", "members", "--sample", "30", "--households", str(table(tmp_path, broken))])

    assert status == 1
    assert sentence in capsys.readouterr().err
    assert before == [
        Member.objects.count(),
        Organisation.objects.count(),
        Topic.objects.count(),
        Record.objects.count(),
    ]
