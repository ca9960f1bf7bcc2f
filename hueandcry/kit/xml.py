"""XML written so that any words are allowed in it, and read so that none can harm.

What comes from outside is looked through by expat before anything is built of it: whoever declares an entity or a
document type, nests too deep or writes too much is refused at that very place, so nothing is ever fetched or unfolded.
"""

import re
from xml.parsers import expat

from lxml import etree

# Signs that XML cannot hold at all, not even escaped.
_NEVER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_BYTES = 1_000_000
DEEPEST = 30
MOST_ELEMENTS = 20_000


class XmlError(ValueError):
    """A file that cannot be read, in words for whoever sent it."""


def holdable(text: str) -> str:
    """Return the text without signs that XML cannot hold."""
    return _NEVER.sub("", text)


def begun(namespace: str, name: str) -> etree._Element:
    """Return the first element of a document."""
    return etree.Element(f"{{{namespace}}}{name}", nsmap={None: namespace})  # type: ignore[dict-item] # its types say no


def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """Add an element with text to another of the same namespace, and return it."""
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    for key, value in attributes.items():
        element.set(key, holdable(value))
    if text:
        element.text = holdable(text)
    return element


def written(root: etree._Element) -> bytes:
    """Return a whole document as UTF-8."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read(body: bytes) -> etree._Element:
    """Return the root of a document that somebody sent.

    Raises:
        XmlError: it is too large, too deep, no XML, or declares what could unfold or be fetched.
    """
    if len(body) > MOST_BYTES:
        raise XmlError(f"It is larger than {MOST_BYTES // 1_000_000} MB: send the warning without attachments.")
    if not body.strip():
        raise XmlError("It is empty: send the warning itself.")
    _look_through(body)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as problem:
        raise _no_xml(problem.lineno or 0) from None


def _look_through(body: bytes) -> None:
    """Read a document once without keeping anything of it, and stop at what is not allowed."""
    depth = elements = 0

    def declares(*_: object) -> None:
        raise XmlError("It declares a document type or entities, which a warning never needs: send it without them.")

    def begins(*_: object) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > DEEPEST or elements > MOST_ELEMENTS:
            raise XmlError("It is nested too deep or has too many parts to be a warning: send one warning at a time.")

    def ends(*_: object) -> None:
        nonlocal depth
        depth -= 1

    reader = expat.ParserCreate()
    reader.StartDoctypeDeclHandler = declares
    reader.EntityDeclHandler = declares
    reader.StartElementHandler = begins
    reader.EndElementHandler = ends
    try:
        reader.Parse(body, True)  # noqa: FBT003 - expat's own, without a name
    except expat.ExpatError as problem:
        raise _no_xml(problem.lineno) from None
    except (LookupError, ValueError) as problem:
        if isinstance(problem, XmlError):
            raise
        raise _no_xml(1) from None


def _no_xml(line: int) -> XmlError:
    return XmlError(f"It is not well-formed XML, or not in the encoding that it names: look at line {line}.")
