"""Our mark on a reference in an address or a Message-ID: whoever gives it back had the letter. Pure.

A reference alone can be guessed by whoever got the same alert (the next number is the neighbour's), and a bounce stops
what we send to somebody: only one with its mark is believed.
"""

import hashlib
import hmac
import re

MARK_LENGTH = 12
_MARKED = re.compile(r"([0-9A-Z]{6,12}-[0-9]{1,18})\.([0-9a-f]{12})(?![0-9a-f])", re.IGNORECASE)


def key_of(secret: str) -> bytes:
    """Return the key for marks, made of the secret of the installation."""
    return hashlib.sha256(b"mail mark:" + secret.encode()).digest() if secret else b""


def marked(reference: str, key: bytes) -> str:
    """Return a reference with its mark; without a key as it is."""
    return f"{reference}.{_mark(reference, key)}" if key else reference


def references_in(text: str, key: bytes) -> tuple[str, ...]:
    """Return the references in a text whose mark is right, however a server changed their capitals."""
    if not key:
        return ()
    found = ((ref.upper(), mark.lower()) for ref, mark in _MARKED.findall(text))
    return tuple(dict.fromkeys(ref for ref, mark in found if hmac.compare_digest(mark, _mark(ref, key))))


def _mark(reference: str, key: bytes) -> str:
    return hmac.digest(key, reference.encode("utf-8", "replace"), "sha256").hex()[:MARK_LENGTH]
