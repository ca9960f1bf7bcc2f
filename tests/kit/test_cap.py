"""Warnings of others are read or refused with a sentence, and nothing that they hold is fetched or unfolded."""

import contextlib
import datetime as dt
from pathlib import Path

import pytest

from hueandcry.kit import cap, xml
from tests.shared_data import shared_file

NS = cap.NAMESPACE
GOOD = f"""<alert xmlns="{NS}"><identifier>A-1</identifier><sender>met.example.org</sender>
<sent>2026-11-22T14:00:00-00:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><category>Met</category><event>Wind</event><urgency>Expected</urgency><severity>Severe</severity>
<certainty>Likely</certainty><headline>Strong wind</headline><area><areaDesc>Holt</areaDesc>
<polygon>54.4,2.4 54.6,2.4 54.6,2.6 54.4,2.4</polygon><circle>54.5,2.5 3</circle></area></info></alert>"""
# What each published sample is: the kind of warning, or a piece of the sentence by which it is refused.
SAMPLES = {
    "australia.cap": "Alert",
    "canada.cap": "Update",
    "canada_errors.cap": "Update",
    "canada_signed.cap": "Update",
    "earthquake-iso8859-1.cap": "Alert",
    "earthquake.cap": "Alert",
    "earthquake_signed.cap": "Alert",
    "no_optional_fields.cap": "Alert",
    "wcatwc-warning.cap": "Update",
    "weather.cap": "Alert",
    "invalid.cap": "no scope",
    "noaa_errors.cap": "no urgency",
    "xee.cap": "declares a document type",
    "xee.atom": "declares a document type",
    "amber.atom": "list of warnings",
    "ny_index.rss": "list of warnings",
    "bushfire_valid.edxlde": "list of warnings",
    "naads_x509_cert.pem": "not well-formed",
    "update.xml": "Update",
    "wainfleet.xml": "Alert",
    "wainfleet_cancel.xml": "Cancel",
    "wainfleet_cancel_minimal.xml": "Cancel",
    "windemere.xml": "Alert",
    "with_placeholder_for_content.xml": "Alert",
    "with_placeholder_for_areas.xml": "no number",
    "with_two_placeholders_for_areas.xml": "no number",
}


def changed(before: str, after: str) -> bytes:
    assert before in GOOD
    return GOOD.replace(before, after).encode()


def refusal(body: bytes) -> str:
    with pytest.raises(cap.CapError) as refused:
        cap.read(body)
    return str(refused.value)


@pytest.mark.county
@pytest.mark.parametrize(("name", "expected"), SAMPLES.items(), ids=str)
def test_published_samples_are_read_or_refused_with_a_sentence(name: str, expected: str) -> None:
    folder = "govuk-emergency-alerts/samples" if name.endswith(".xml") else "google-cap-library/testdata"
    body = shared_file(f"cap/{folder}/{name}").read_bytes()

    if expected in cap.KINDS:
        assert cap.read(body).kind == expected
    else:
        assert expected in refusal(body)


@pytest.mark.county
def test_no_published_file_at_all_breaks_the_reader() -> None:
    for path in filter(Path.is_file, shared_file("cap").rglob("*.*")):
        with contextlib.suppress(cap.CapError):
            cap.read(path.read_bytes())


def test_a_warning_is_read_as_it_was_meant() -> None:
    message = cap.read(GOOD.encode())

    assert message.sent == dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
    (info,) = message.infos
    assert (info.headline, info.language) == ("Strong wind", "en-US")
    assert info.areas[0].circles == (cap.Round(54.5, 2.5, 3.0),)
    assert info.areas[0].polygons[0][1] == (54.6, 2.4)


def test_what_we_write_is_what_we_read() -> None:
    summer = dt.timezone(dt.timedelta(hours=1))
    message = cap.Message(
        identifier="K7M2PQ-2",
        sender="doggerland.example",
        sent=dt.datetime(2026, 7, 1, 12, tzinfo=summer),
        status="Actual",
        kind="Update",
        scope="Public",
        note="<The pick-up & the van>",
        references=(cap.Reference("doggerland.example", "K7M2PQ-1", dt.datetime(2026, 7, 1, 11, tzinfo=summer)),),
        infos=cap.read(GOOD.encode()).infos,
    )

    assert cap.read(cap.write(message)) == message


@pytest.mark.parametrize(
    ("hours", "said"), [(0, "2026-07-01T12:00:00-00:00"), (1, "2026-07-01T12:00:00+01:00")], ids=str
)
def test_a_moment_never_ends_with_z(hours: int, said: str) -> None:
    assert cap.moment(dt.datetime(2026, 7, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=hours)))) == said


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DTD = f'<!DOCTYPE alert [<!ENTITY l0 "ha">{LAUGHS}]>'


@pytest.mark.parametrize(
    "body",
    [
        f"{DTD}{GOOD.replace('Strong wind', '&l9;')}".encode(),
        f"{DTD}{GOOD.replace('<area>', '<area x=&quot;&l9;&quot;>')}".replace("&quot;", '"').encode(),
        f'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>{GOOD.replace("Strong wind", "&x;")}'.encode(),
        f'<!DOCTYPE alert SYSTEM "http://localhost:1/a.dtd">{GOOD}'.encode(),
        f'<!DOCTYPE alert [<!ENTITY % x SYSTEM "http://localhost:1/"> %x;]>{GOOD}'.encode(),
        f"{DTD}{GOOD.replace('Strong wind', '&l9;')}".encode("utf-16"),
        f"<!DOCTYPE alert>{GOOD}".encode(),
    ],
    ids=["billion laughs", "in an attribute", "a file", "a document type", "a parameter", "in UTF-16", "empty"],
)
def test_entities_are_never_unfolded_nor_fetched(body: bytes) -> None:
    assert "declares a document type" in refusal(body)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"hello", "not well-formed"),
        (GOOD[:200].encode(), "not well-formed"),
        (changed("<scope>", "<scope>\x00"), "not well-formed"),
        (b'<?xml version="1.0" encoding="UTF-8"?>' + GOOD.replace("Strong", "Gr\u00f6").encode("latin-1"), "encoding"),
        (b'<?xml version="1.0" encoding="KLINGON"?>' + GOOD.encode(), "encoding"),
        (b'<?xml version="1.0" encoding="cp437"?>' + GOOD.encode(), "encoding"),
        (b"<nobody:alert/>", "not well-formed"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "nested too deep"),
        (f'<alert xmlns="{NS}">'.encode() + b"<x/>" * 25_000 + b"</alert>", "too many parts"),
        (GOOD.encode() + b" " * xml.MOST_BYTES, "larger than 1 MB"),
        (changed(NS, "urn:example:other"), "no CAP warning"),
        (changed(f' xmlns="{NS}"', ""), "no CAP warning"),
        (changed("<identifier>A-1</identifier>", ""), "no identifier"),
        (changed("A-1", "A 1"), "Its identifier"),
        (changed("met.example.org", "met,example"), "Its sender"),
        (changed("-00:00<", "<"), "Its sent"),
        (changed("2026-11-22T", "2026-13-45T"), "Its sent"),
        (changed("2026-11-22T14:00:00-00:00", "0001-01-01T00:00:00+14:00"), "Its sent"),
        (changed("2026-11-22T14:00:00-00:00", "9999-12-31T23:59:59-14:00"), "Its sent"),
        (changed("<status>Actual", "<status>Real"), "Its status"),
        (changed(">Severe<", ">Bad<"), "Its severity"),
        (changed("54.4,2.4</polygon>", "54.5,2.4</polygon>"), "polygon"),
        (changed("54.6,2.6 ", "954.6,2.6 "), "nowhere on earth"),
        (changed("54.5,2.5 3<", "54.5,2.5 nan<"), "no number"),
        (changed("54.5,2.5 3<", "54.5 3<"), "no number"),
        (changed("<scope>", "<references>one</references><scope>"), "references"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(body: bytes, sentence: str) -> None:
    said = refusal(body)

    assert sentence in said
    assert said.endswith(".")


def test_signs_that_xml_cannot_hold_are_left_out() -> None:
    root = xml.begun(NS, "alert")

    xml.add(root, "note", "a\x00b\x0bc\ufffe\ud800d 🚜 \u202e")

    assert xml.read(xml.written(root))[0].text == "abcd 🚜 \u202e"
