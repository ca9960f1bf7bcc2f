"""Paper: tagged for a screen reader, and whatever anybody wrote is text, never markup."""

import io
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from hueandcry.kit import paper

PAGE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set text(lang: "en")
#heading(data.title)
#for line in data.lines { par(line) }
"""


def printed(tmp_path: Path, *lines: str, title: str = "A sheet", fonts: bool = False) -> PdfReader:
    """Return what was printed of these lines."""
    source = tmp_path / "page.typ"
    source.write_text(PAGE, encoding="utf-8")
    return PdfReader(io.BytesIO(paper.typeset(source, {"title": title, "lines": list(lines)}, fonts=fonts)))


def words(pdf: PdfReader) -> str:
    """Return the words of all pages, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_a_page_is_tagged_and_says_its_title_and_language(tmp_path: Path) -> None:
    pdf = printed(tmp_path, "Mill Lane")

    root: Any = pdf.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a boolean of PDF's own
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "A sheet"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


@pytest.mark.parametrize(
    "hostile",
    [
        '#import "/etc/passwd": *',
        '#read("/etc/passwd") #panic() #eval("1+1")',
        "$x^2$ @ref *bold* _it_ `raw` <label> // no /* no */ \\u{41} = head",
        '"], "sheets": [{"x": "y',
        "] #pagebreak() [",
    ],
)
def test_what_somebody_wrote_is_never_read_as_markup(tmp_path: Path, hostile: str) -> None:
    pdf = printed(tmp_path, hostile, title=hostile)

    assert "".join(hostile.split()) in words(pdf).replace(" ", "")
    assert len(pdf.pages) == 1


def test_what_no_font_shows_is_named_or_boxed_and_the_rest_stands(tmp_path: Path) -> None:
    pdf = printed(
        tmp_path,
        "A \U0001f69c by the \u4e2d gate\ufe0f",
        "bell \x07, lone \ud800, private \ue000, tab\tand line\u2028end",
    )

    assert "A (tractor) by the □ gate" in words(pdf)
    assert "bell □, lone □, private □, tab and line end" in words(pdf)


def test_accents_and_other_scripts_are_printed(tmp_path: Path) -> None:
    pdf = printed(tmp_path, "Llŷn dŵr Łódź Привет", "שלום")

    assert "Llŷn dŵr Łódź Привет" in words(pdf)
    assert any(one in words(pdf) for one in ("שלום", "םולש"))


def test_every_sign_that_is_said_to_show_shows_without_the_machines_own_fonts(tmp_path: Path) -> None:
    shown = [chr(number) for number in range(0x20, 0x2FFF) if paper._SHOWN.match(chr(number))]

    pdf = printed(tmp_path, " ".join(shown), "\x07")

    assert len(shown) > 500
    assert "ẅ" in words(pdf)


def test_a_hundred_thousand_signs_go_over_many_pages(tmp_path: Path) -> None:
    pdf = printed(tmp_path, "every word of it " * 6_000)

    assert len(pdf.pages) > 10
    assert words(pdf).count("every word of it") > 5_900


def test_what_is_long_is_set_apart_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "_APART", 1)

    pdf = printed(tmp_path, "Mill Lane", "A \U0001f69c by the gate")

    assert "Mill Lane A (tractor) by the gate" in words(pdf)
    (tmp_path / "wrong.typ").write_text("#nothing", encoding="utf-8")
    with pytest.raises(paper.PaperError, match="unknown variable"):
        paper.typeset(tmp_path / "wrong.typ", {})


def test_a_page_that_is_wrong_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.typ").write_text("#nothing", encoding="utf-8")

    with pytest.raises(paper.PaperError, match="unknown variable"):
        paper.typeset(tmp_path / "page.typ", {})


def test_a_code_to_scan_is_drawn_as_lines() -> None:
    drawn = paper.qr_svg("SMSTO:07700900999:K7M2PQ ")

    assert drawn.startswith("<?xml")
    assert "<path" in drawn
    assert drawn != paper.qr_svg("tel:101")
