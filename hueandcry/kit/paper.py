"""Paper: tagged PDF (PDF/UA-1) by typst from data that is never read as markup, and QR codes. Pure.

A font may lack a sign (an emoji, Chinese): then its name stands there in brackets, or a box. A PDF that a screen reader
reads out may hold nothing that cannot be said.
"""

import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import typst

# What the fonts that typst brings along, and every sans serif beside them, can show.
_SHOWN = re.compile(
    "[\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u017f\u0218-\u021b\u1e80-\u1e85\u1ef2\u1ef3\u0391-\u03a1\u03a3-\u03a9"
    "\u03b1-\u03c9\u0400-\u045f\u05d0-\u05ea\u2010-\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u20ac\u2122"
    "\u2610\u25a1]"
)
_NEVER = {"Cc", "Cs", "Co", "Cn"}
_BOX = "□"
_LONGEST_NAME = 40
# So many signs of data are more than a sheet or two.
_APART = 200_000
_PATIENCE_S = 120


class PaperError(ValueError):
    """A page that could not be made."""


def typeset(source: Path, data: Mapping[str, Any], *, fonts: bool = True) -> bytes:
    """Return a tagged PDF of a typst file; it reads `data` as JSON from `sys.inputs.data`, as text and never as markup.

    `fonts=False` uses only those that typst brings along, as on a machine that has none.

    Raises:
        PaperError: the file itself is wrong.
    """
    try:
        return _compiled(source, _kept(data, lambda sign: unicodedata.category(sign) not in _NEVER), fonts=fonts)
    except typst.TypstError as refusal:
        if "could not be displayed" not in str(refusal):
            raise PaperError(str(refusal)) from refusal
    try:
        return _compiled(source, _kept(data, lambda sign: bool(_SHOWN.match(sign))), fonts=fonts)
    except typst.TypstError as refusal:
        raise PaperError(str(refusal)) from refusal


def qr_svg(text: str) -> str:
    """Return a QR code as SVG, with its quiet zone, dark on white."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", scale=4, border=4, light="#fff")
    return drawn.getvalue().decode()


def _compiled(source: Path, data: Any, *, fonts: bool) -> bytes:  # noqa: ANN401 - JSON
    text = json.dumps(data)
    if len(text) < _APART:
        return _set(str(source), text, fonts=fonts)
    # The typesetter remembers what it set: hundreds of letters would stay in the memory of a web process.
    done = subprocess.run(
        [sys.executable, "-I", __file__, str(source), "fonts" if fonts else ""],
        input=text.encode(),
        capture_output=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or "The typesetter ended."
        raise typst.TypstError(said, said)
    return done.stdout


def _set(source: str, text: str, *, fonts: bool) -> bytes:
    made = typst.compile(
        source,
        root=str(Path(source).parent),
        sys_inputs={"data": text},
        pdf_standards=["ua-1"],
        format="pdf",
        ignore_system_fonts=not fonts,
    )
    if not isinstance(made, bytes):
        raise PaperError("A PDF is one piece.")
    return made


def _set_apart() -> None:
    """Set what comes in, as a process of its own; what is wrong is said on its way out."""
    try:
        made = _set(sys.argv[1], sys.stdin.buffer.read().decode(), fonts=bool(sys.argv[2]))
    except typst.TypstError as refusal:
        sys.exit(str(refusal))
    sys.stdout.buffer.write(made)


def _kept(data: Any, shows: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the data with every sign that does not show in words."""
    if isinstance(data, str):
        return "".join(sign if sign == "\n" or shows(sign) else _said(sign) for sign in data)
    if isinstance(data, Mapping):
        return {key: value if key == "qr" else _kept(value, shows) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_kept(value, shows) for value in data]
    return data


def _said(sign: str) -> str:
    kind = unicodedata.category(sign)
    # What joins or turns other signs is nothing by itself; a tab or an odd line end is a space.
    if kind in {"Cf", "Mn", "Me"} or "\ufe00" <= sign <= "\ufe0f":
        return ""
    if sign.isspace():
        return " "
    name = unicodedata.name(sign, "").lower() if kind == "So" else ""
    return f"({name})" if name and len(name) <= _LONGEST_NAME else _BOX


if __name__ == "__main__":
    _set_apart()
