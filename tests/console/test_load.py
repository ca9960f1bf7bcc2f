"""`hueandcry load …`: whole files in, broken ones refused with the line."""

import argparse
import codecs
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping

from hueandcry.console import load
from hueandcry.domain.places.models import Area, Place, Postcode
from hueandcry.domain.records.models import Record

pytestmark = pytest.mark.django_db

HEAD = "pcds,doterm,lat,long,osgrdind\n"
GOOD = "PR3 2NL,,53.87,-2.63,1\n"


def hueandcry(*words: str | Path) -> int:
    """Run `hueandcry load …` as the command line does."""
    parser = argparse.ArgumentParser()
    load.add(parser)
    return load.run(parser.parse_args([str(word) for word in words]))


def boundaries(**more: Any) -> str:
    feature = {
        "type": "Feature",
        "properties": {"c": "W1", "n": "Holt"},
        "geometry": mapping(box(2, 54, 3, 55)),
        **more,
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# ---------------------------------------------------------------- whole files


def test_boundaries_are_loaded_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, "wards.geojson", boundaries())
    words = ("areas", "--kind", "ward", "--vintage", "2021", "--code-column", "c", "--name-column", "n", path)

    assert hueandcry(*words) == 0
    assert hueandcry(*words) == 0

    said = capsys.readouterr().out
    assert "wards.geojson: Ward, 2021" in said
    assert "1 new, 0 changed, 0 unchanged" in said
    assert "0 new, 0 changed, 1 unchanged" in said
    assert "Nothing changed: all of it was here already." in said
    assert Area.objects.get().name == "Holt"
    assert Record.objects.get(event="areas.loaded", facts__taken=1).actor == "system:console"


def test_a_parent_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, "areas.geojson", boundaries())
    words = ("--vintage", "2021", "--code-column", "c")

    hueandcry("areas", "--kind", "district", *words, path)
    hueandcry("areas", "--kind", "ward", "--parent-kind", "district", *words, path)

    assert capsys.readouterr().err == ""
    ward = Area.objects.select_related("parent").get(kind="ward")
    assert ward.parent is not None
    assert ward.parent.kind == "district"


def test_gzip_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    path = file(tmp_path, "nspl_2025-05.csv", gzip.compress((HEAD + GOOD).encode()))

    assert hueandcry("postcodes", path) == 0

    assert Postcode.objects.get().edition == "2025-05"


def test_a_report_for_programs_is_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = file(tmp_path, "nspl.csv", HEAD + GOOD + "PR3 1AA,,99.999999,0,9\n")
    bad = file(tmp_path, "other.csv", "a,b\n1,2\n")

    status = hueandcry("postcodes", "--edition", "2025-05", "--json", good, bad)

    first, second = json.loads(capsys.readouterr().out)
    assert status == 1
    assert (first["taken"], first["refused_count"], first["encoding"]) == (1, 1, "utf-8-sig")
    assert "needs a column pcds" in second["error"]


def test_a_report_of_success_for_programs_is_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, "nspl_2025-05.csv", HEAD + GOOD)

    assert hueandcry("postcodes", "--json", path) == 0

    (only,) = json.loads(capsys.readouterr().out)
    assert (only["file"], only["taken"], only["layout"][-7:]) == (str(path), 1, "2025-05")


def test_the_refused_are_told_with_line_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = "".join(f"PR3 {n}AA,,99.999999,0,9\n" for n in range(10)) * 3
    path = file(tmp_path, "nspl.csv", HEAD + GOOD + bad)

    hueandcry("postcodes", "--edition", "2025-05", path)

    said = capsys.readouterr().out
    assert "1 new, 0 changed, 0 unchanged, 30 refused" in said
    assert "refused 30: no point" in said
    assert "line 3, PR3 0AA: no point" in said
    assert "line 22, PR3 9AA" in said
    assert "line 23" not in said
    assert "the first twenty are shown" in said


def test_a_mended_outline_and_an_orphan_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bow = {"type": "Polygon", "coordinates": [[[-2, 54], [-1, 55], [-1, 54], [-2, 55], [-2, 54]]]}
    hueandcry(
        "areas", "--kind", "force", "--vintage", "1", "--code-column", "c", file(tmp_path, "f.json", boundaries())
    )

    path = file(tmp_path, "w.json", boundaries(geometry=bow))
    hueandcry("areas", "--kind", "ward", "--vintage", "1", "--code-column", "c", "--parent-kind", "force", path)

    said = capsys.readouterr().out
    assert "mended  W1: its outline touched or crossed itself near NZ 324 117" in said
    assert "1 area has no force above." in said


def test_names_are_loaded_without_a_header_and_with_a_byte_order_mark(tmp_path: Path) -> None:
    cells = ["osgb1", "", "Stromness", "", "", "", "populatedPlace", "Town", "325378", "1009065", *[""] * 24]
    path = file(tmp_path, "HY20.csv", codecs.BOM_UTF8 + ",".join(cells).encode() + b"\n")

    assert hueandcry("places", path) == 0

    assert Place.objects.get().code == "osgb1"


def test_windows_text_is_read_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "NptgLocalityCode,LocalityName,lat,lon\nE1,Tŷ Mawr,53,-3\n".replace("ŷ", "ÿ").encode("cp1252")
    path = file(tmp_path, "localities.csv", rows)

    assert hueandcry("places", path) == 0

    assert Place.objects.get().name == "Tÿ Mawr"
    assert "read as Windows text (cp1252)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("ONSPD_MAY_2025_UK.csv", "2025-05"),
        ("nspl_2025-05_latlong.csv.gz", "2025-05"),
        ("codepo_gb_202508.csv", "2025-08"),
        ("NSPL21 November 2024.csv", "2024-11"),
        ("sept_2019.csv", "2019-09"),
    ],
)
def test_the_edition_is_read_from_the_name_of_the_file(name: str, edition: str) -> None:
    assert load.edition_of(name) == edition


@pytest.mark.parametrize("name", ["ab.csv", "postcodes_2025.csv", "12345678901.csv"])
def test_an_edition_that_the_name_does_not_tell_is_asked_for(name: str) -> None:
    with pytest.raises(load.LoadError, match="--edition 2025-05"):
        load.edition_of(name)


# ---------------------------------------------------------------- broken files


def many(rows: int) -> bytes:
    letters = "ABDEFGHJLN"
    lines = [
        f"PR{n // 1000} {n // 100 % 10}{letters[n // 10 % 10]}{letters[n % 10]},,53.8,-2.6,1\n" for n in range(rows)
    ]
    return (HEAD + "".join(lines)).encode()


BROKEN: dict[str, tuple[bytes, str]] = {
    "short row": (many(5000) + b"PR9 9ZZ,,53\n" + many(10), r"Line 5,002 has 3 columns where 5 belong"),
    "cut short": (many(5000)[:-12], r"Line 5,001 has 3 columns"),
    "rubbish": (many(5000) + b"\x00\x01\x02 \xff\n" + many(10), r"Line 5,002 holds signs that no text has"),
    "not windows either": (many(50) + b"PR9 9ZZ,\x81,53,-2,1\n", "neither UTF-8 nor Windows text"),
    "open quote": (many(5000) + b'"PR9 9ZZ,,53,-2,1\n' + many(10), r"quotation marks from line 5,002 on"),
    "odd quote": (many(50) + b'"PR9" 9ZZ,,53,-2,1\n', r"quotation marks from line 52 on"),
    "cut gzip": (gzip.compress(many(20_000))[:-2000], r"damaged or cut short after line [\d,]+. Download it again"),
    "gzip without end": (gzip.compress(many(5000))[:-4], "damaged or cut short after line 5,001"),
    "damaged gzip": (gzip.compress(many(5000))[:200] + b"x" * 300, "damaged or cut short"),
    "half a letter": ((HEAD + "PR9 9ZZ,,53,-2,1\n").encode() + b"\xe2\x81", "neither UTF-8 nor Windows text"),
    "utf-16": ((HEAD + GOOD).encode("utf-16"), "UTF-16. Save it as"),
    "spreadsheet": (b"PK\x03\x04" + b"x" * 50, "spreadsheet. Unpack it"),
    "empty": (b"", "The file is empty"),
    "empty gzip": (gzip.compress(b""), "The file is empty"),
    "header only": (HEAD.encode(), "holds no postcode at all"),
    "another file": (b"a,b\n1,2\n", "needs a column pcds"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_writes_nothing_and_says_where(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, sentence = BROKEN[name]
    whole = file(tmp_path, "before.csv", HEAD + "PR3 9AA,,53.8,-2.6,1\n")
    path = file(tmp_path, "broken.csv", content)
    after = file(tmp_path, "after.csv", HEAD + GOOD)

    status = hueandcry("postcodes", "--edition", "2025-05", whole, path, after)

    said = capsys.readouterr().err
    assert status == 1
    assert said.startswith("broken.csv: ")
    assert re.search(sentence, said), said
    assert "Nothing of this file was loaded." in said
    assert list(Postcode.objects.values_list("code", flat=True)) == ["PR39AA"]
    assert Record.objects.filter(event="postcodes.loaded").count() == 1


LOCALITIES = "NptgLocalityCode,LocalityName,ParentLocalityName,lat,lon\n" + "".join(
    f"E{number:07d},Holt {number},,54.0,2.0\n" for number in range(5_000)
)


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        ("E9999999,Wold,54.0\n", "Line 5,002 has 3 columns where 5 belong"),
        ('E9999999,"Wold,,54.0,2.0\n', "quotation marks from line 5,002 on do not close"),
        ("E9999999,Wo\x00ld,,54.0,2.0\n", "Line 5,002 holds signs that no text has"),
    ],
)
def test_names_that_break_off_in_the_middle_write_nothing_and_say_where(
    end: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, "Localities.csv", LOCALITIES + end)

    status = hueandcry("places", path)

    said = capsys.readouterr().err
    assert status == 1
    assert sentence in said
    assert "Nothing of this file was loaded." in said
    assert not Place.objects.exists()
    assert not Record.objects.filter(event="places.loaded").exists()


def test_a_missing_file_or_a_folder_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hueandcry("postcodes", tmp_path / "none.csv") == 1
    assert hueandcry("places", tmp_path) == 1

    assert capsys.readouterr().err.count("cannot be read") == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (boundaries()[:-30], "damaged or cut short after feature 0"),
        (boundaries()[:-2], "damaged or cut short after feature 1"),
        (boundaries().replace('"Holt"', "Holt"), "damaged or cut short after feature 0"),
        ('{"type": "FeatureCollection"}', "no GeoJSON FeatureCollection"),
        ('{"features": [5]}', "Feature 1 of the GeoJSON is no feature"),
        ('{"features": []}', "no areas in it"),
        ('{"features": [' + "[" * 100_000, "damaged or cut short"),
        (boundaries(properties=None), "has no column c. Its columns are: none."),
        (boundaries(geometry={"type": "Polygon", "coordinates": [[[356400, 442900], [1, 2], [3, 4]]]}), "EPSG:4326"),
    ],
)
def test_broken_boundaries_write_nothing_and_say_where(
    content: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, "wards.geojson", content)

    status = hueandcry("areas", "--kind", "ward", "--vintage", "2021", "--code-column", "c", path)

    assert status == 1
    assert sentence in capsys.readouterr().err
    assert not Area.objects.exists()


def test_features_are_read_one_by_one_across_every_boundary_of_a_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = [
        {"type": "Feature", "properties": {"c": n, "text": "],[}{" * (n % 7)}, "geometry": None} for n in range(40)
    ]
    content = json.dumps({"type": "FeatureCollection", "features": listed, "after": [1]}, indent=1)
    path = file(tmp_path, "some.geojson", content)
    begins = content.index("[") + 1

    for size in range(begins, begins + 300):
        monkeypatch.setattr(load, "CHUNK", size)
        assert list(load.features(load.Whole(path, load.UTF8, 1))) == listed


def test_a_bar_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    hidden = load.Bar(tmp_path / "x.csv", is_shown=False)
    shown = load.Bar(tmp_path / "x.csv", is_shown=True)

    for bar in (hidden, shown):
        bar.total(10)
        bar.at(5)

    assert hidden.progress.disable
    assert not shown.progress.disable
    assert shown.progress.tasks[0].completed == 5
