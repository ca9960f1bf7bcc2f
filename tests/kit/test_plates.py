"""Registration marks: shapes, likeness, and finding them in what people write. All marks are made up."""

import datetime as dt
import gzip
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.kit import plates
from hueandcry.kit.plates import Format
from tests.shared_data import shared_file

# What somebody texts, and the marks in it: the precision and recall of `find` are measured on these two tables.
SEEN: list[tuple[str, list[str]]] = [
    ("reg AO5I BCD", ["AO51BCD"]),
    ("AO51BCD just went past", ["AO51BCD"]),
    ("Ao51bcd", ["AO51BCD"]),
    ("ao51 bcd white hilux", ["AO51BCD"]),
    ("A051 BCD", ["AO51BCD"]),
    ("AO51 8CD", ["AO51BCD"]),
    ("AO 51 BCD", ["AO51BCD"]),
    ("VRM AO 51 BCD", ["AO51BCD"]),
    ("Plate: AO51-BCD", ["AO51BCD"]),
    ("was it AO51 BCD?", ["AO51BCD"]),
    ("AO51 BCD, saw AO51BCD again", ["AO51BCD"]),
    ("reg is LBO7 SE0 i think", ["LB07SEO"]),
    ("reg E016 UHF", ["EO16UHF"]),
    ("registration EO16UHF", ["EO16UHF"]),
    ("Seen grey L200 YK18 FHT on A683 nr Caton 2 men 4x4", ["YK18FHT"]),
    ("van AO51BCD and trailer MX62 KLP", ["AO51BCD", "MX62KLP"]),
    ("old landrover reg ABC 123D", ["ABC123D"]),
    ("P123 ABC blue subaru", ["P123ABC"]),
    ("A123 BCD", ["A123BCD"]),
    ("reg p123abc", ["P123ABC"]),
    ("Reg no. S5I6 RTY", ["S516RTY"]),
    ("reg 123 ABC", ["123ABC"]),
    ("reg KXZ 1234", ["KXZ1234"]),
    ("KXZ 1234 on the lane", ["KXZ1234"]),
    ("131-D-12345 black audi", ["131D12345"]),
    ("reg 131-D-12345", ["131D12345"]),
    ("reg A1234567 trailer", ["A1234567"]),
    ("part plate ..51 B", ["*51B*"]),
    ("...51 BKX", ["*51BKX*"]),
    ("part index 51 BC", ["*51BC*"]),
    ("part reg AO51 B", ["*AO51B*"]),
    ("AO51 B", ["AO51B*"]),
    ("It was AO51 BC something", ["AO51BC*"]),
    ("got a partial AO51", ["*AO51*"]),
    ("number plate was FX09 something", ["*FX09*"]),
    ("grey hilux ao51 towards Holt", ["AO51*"]),
    ("first bit of reg AO51", ["AO51*"]),
    ("reg starts AO51", ["AO51*"]),
    ("grey navara ends KXL", ["*KXL"]),
    ("ends in KXL", ["*KXL"]),
    ("plate ended TRW", ["*TRW"]),
    ("saw silver van, plate ending 4XR", ["*4XR"]),
    ("last three letters KXL", ["*KXL"]),
    ("silver discovery, think reg was YJ something", ["*YJ*"]),
    ("plate AO5? BC?", ["AO5?BC?"]),
    ("AO5?BCD", ["AO5?BCD"]),
    ("Reg: BY 23 XLR.", ["BY23XLR"]),
    ("2 men in OR 51 PVU gone", ["OR51PVU"]),
    ("Jn11 tsu", ["JN11TSU"]),
    ("VR54 8ND", ["VR54BND"]),
    ("plate looked like S2 something", ["*S2*"]),
    ("PK17 or PX17 white sprinter", ["PK17*", "PX17*"]),
]
NOT_SEEN = [
    "no plate but grey Navara heading north", "no reg seen", "reg not seen sorry", "plate covered in mud", "reg? dunno",
    "reg unknown grey pickup", "at 10 the van went off", "AT 10 THE VAN LEFT", "in 10 day we will", "to 20 the lot",
    "2 men 4x4", "the 4x4 ran over", "by 15 men", "they had 12 dogs", "HE HAS 12 MEN", "WE GOT 20 EWE", "van 4 men",
    "It is 10 ewe lambs", "2 lads in blue van 5 min ago", "on A683 near Caton", "SEEN ON A683 NEAR HOLT AT 2230",
    "B6243 for Longridge", "M6 junction 34 off", "M6 NTH J34", "A59 was shut", "A6 and then the B5272 to Cockerham",
    "they went down the A6 at 50", "at 22:30 hrs", "seen at 10pm", "10am Mon", "24hr", "on 12 Oct", "see you on 5 Nov",
    "happened 21/11/26", "11-12 last night", "call me on 07700 900123", "0117 496 0123", "+44 7700 900123",
    "999 or 101",
    "paid £500 for it", "50 quid", "20 mph", "SD 565 428", "sd565428", "grid ref SD5642", "OS map 102 sd 56 42",
    "near PR3 2QT", "in NR25 area", "NR25 6AB", "It ends now", "track ends at the gate", "starts at 8", "ending 5pm",
    "last two nights", "last 3 days", "finished at 6", "part of the hedge", "partial view only", "part way up the lane",
    "quad 250cc stolen", "JD 6155R tractor", "Massey 7618", "JCB 3CX", "case 1455xl", "Ford 4000", "L200 pickup",
    "Ifor Williams GD85", "Navara D40", "BMW X5 black", "Audi A4 blue", "Audi RS4 grey", "Golf R32", "VW T5 van",
    "Iveco 35S12", "DAF CF85", "Two lads on a KTM 450 EXC", "honda TRX 500", "Polaris 570", "7.5t lorry", "AK47",
    "12 bore", "22 rifle", "3/4 lads", "1st gate", "2nd left", "H 12 gate", "field no 7 gate 3", "Unit 4B", "flat 12A",
    "ref K7M2PQ", "ref: 9XW4TR", "UK 123456 700123", "cph 21/123/0045", "Highland cow tag 123 456", "100 ewes gone",
    "what3words filled.count.soap", "all quiet on b4 lane", "stop 1 STOP", "car 3 up", "BAD DAY", "He is 6ft2", "",
]  # fmt: skip


@pytest.mark.parametrize(("text", "marks"), SEEN)
def test_marks_are_read_out_of_what_people_write(text: str, marks: list[str]) -> None:
    assert [mark.normal for mark in plates.find(text)] == marks


@pytest.mark.parametrize("text", NOT_SEEN)
def test_other_letters_and_figures_are_no_marks(text: str) -> None:
    assert plates.find(text) == []


def test_a_mark_says_what_was_typed_and_where() -> None:
    text = "saw AO5I BCD at gate"

    (mark,) = plates.find(text)

    assert (mark.text, mark.normal, mark.whole) == ("AO5I BCD", "AO51BCD", True)
    assert text[slice(*mark.span)] == mark.text


def test_a_part_is_not_whole() -> None:
    assert [mark.whole for mark in plates.find("part plate ..51 B")] == [False]


def test_a_part_of_a_mark_that_is_there_in_whole_is_not_told_twice() -> None:
    assert [mark.normal for mark in plates.find("AO51 BCD, plate ends BCD")] == ["AO51BCD"]


@pytest.mark.parametrize(
    ("typed", "series"),
    [
        ("AO51 BCD", (Format.CURRENT,)),
        ("a123bcd", (Format.PREFIX,)),
        ("Q123BCD", (Format.Q_PREFIX,)),
        ("ABC123D", (Format.SUFFIX,)),
        ("AJZ1234", (Format.NORTHERN_IRELAND,)),
        ("ABC123", (Format.DATELESS,)),
        ("123ABC", (Format.DATELESS_REVERSED,)),
        ("131-D-12345", (Format.IRELAND,)),
        ("AY1234", (Format.ISLANDS, Format.DATELESS)),
        ("123D456", (Format.DIPLOMATIC,)),
        ("11AA11", (Format.MILITARY,)),
        ("A1234567", (Format.TRAILER,)),
        ("AO01BCD", ()),
        ("AO50BCD", ()),
        ("AQ51BCD", ()),
        ("AO51BID", ()),
        ("AO51 BCD!", ()),
    ],
)
def test_series_are_told_apart(typed: str, series: tuple[Format, ...]) -> None:
    assert plates.formats(typed) == series


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("AO51BCD", dt.date(2001, 9, 1)),
        ("AO02 BCD", dt.date(2002, 3, 1)),
        ("YK75FHT", dt.date(2025, 9, 1)),
        ("A1BCD", None),
    ],
)
def test_the_age_of_a_current_mark_is_read(typed: str, day: dt.date | None) -> None:
    assert plates.first_registered(typed) == day


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("AO51BCD", "A051 bcd", 0),
        ("AO51BCD", "A0518CD", 0.35),
        ("AB12CDE", "AB21CDE", 0.5),
        ("AB12CDE", "AB12CDX", 1),
        ("AB12CDE", "AB12CD", 1),
        ("AB12CDE", "ZZ99XYZ", 7),
        ("", "", 0),
    ],
)
def test_likeness_is_measured(one: str, other: str, apart: float) -> None:
    assert plates.distance(one, other) == pytest.approx(apart)


def test_the_signs_that_differ_are_named() -> None:
    assert plates.differences("AO51BCD", "A0518CD") == (("B", "8"),)
    assert plates.differences("AO51BCD", "AO51") == ()


@pytest.mark.parametrize(
    ("partial", "mark", "fits"),
    [
        ("*51B*", "AO51BCD", True),
        ("*51B*", "AOSIBCD", False),
        ("AB1? .YZ*", "AB12YZX", True),
        ("AO5?BC?", "AO51BCD", True),
        ("AO5?BC?", "AO51BC", False),
        ("*KXL", "YK18KXL", True),
        ("*KXL", "KXL18YK", False),
    ],
)
def test_what_was_half_seen_is_matched(partial: str, mark: str, fits: bool) -> None:  # noqa: FBT001
    assert plates.fits(partial, mark) is fits


def test_marks_are_written_and_read_out_as_people_do() -> None:
    assert [plates.spaced(mark) for mark in ("AO51BCD", "A123BCD", "ABC123D", "ABC123", "*51B*")] == [
        "AO51 BCD", "A123 BCD", "ABC 123D", "ABC 123", "*51B*",
    ]  # fmt: skip
    assert plates.spoken("AO51X") == "Alfa Oscar 5 1 X-ray"


def test_slips_of_the_finger_are_undone_fewest_first() -> None:
    assert plates.readings("LBO7SE0") == ("LB07SEO",)
    assert plates.readings("AO51BCD")[0] == "AO51BCD"
    assert plates.readings("0OSIB0D") == ()


PUBLISHED = {
    "diplomatic": {Format.DIPLOMATIC},
    "gb1903": {Format.DATELESS, Format.DATELESS_REVERSED},
    "gb1932": {Format.DATELESS, Format.DATELESS_REVERSED},
    "gb1963": {Format.SUFFIX},
    "gb1983": {Format.PREFIX},
    "gb2001": {Format.CURRENT},
    "military": {Format.MILITARY},
    "ni1903": {Format.NORTHERN_IRELAND},
    "ni1966": {Format.NORTHERN_IRELAND},
}


@pytest.mark.county
def test_published_marks_are_classed_as_published() -> None:
    cases = json.loads(shared_file("vehicles/uk_vrm_vectors.json").read_text(encoding="utf-8"))["parse_by_format"]

    differing = [
        case for case in cases if bool(PUBLISHED[case["format"]] & set(plates.formats(case["input"]))) != case["parses"]
    ]

    assert len(cases) == 82
    assert differing == []


@pytest.mark.county
def test_5574_real_texts_hold_next_to_no_marks() -> None:
    with gzip.open(shared_file("sms-corpus/uci_sms_spam_collection.tsv.gz"), "rt", encoding="utf-8") as file:
        texts = [line.rstrip("\n").split("\t", 1)[1] for line in file]

    found = {mark.text for text in texts for mark in plates.find(text)}

    assert len(texts) == 5574
    # Half a real address of a competition, twice; nobody texted a mark.
    assert found <= {"LF56"}


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_finding_never_raises(text: str) -> None:
    for mark in plates.find(text):
        assert text[slice(*mark.span)].strip() == mark.text


@given(st.text(alphabet="AOQB0158 .?*-reg", max_size=60))
def test_finding_never_raises_in_what_looks_like_marks(text: str) -> None:
    for mark in plates.find(text):
        assert plates.pattern(mark.normal).pattern


@pytest.mark.parametrize("sign", ["A", "1", " ", "a1 ", "?", "reg ", "AO51 B", ".", "AB12? ", "£1,", "\u0130"])
def test_a_very_long_text_is_read_in_time(sign: str) -> None:
    started = time.thread_time()

    plates.find(sign * (4000 // len(sign)))

    assert time.thread_time() - started < 10


@given(st.text(alphabet="ABO018", max_size=8), st.text(alphabet="ABO018", max_size=8))
def test_likeness_is_the_same_both_ways(one: str, other: str) -> None:
    assert plates.distance(one, other) == pytest.approx(plates.distance(other, one))
    assert plates.distance(one, one) == 0
