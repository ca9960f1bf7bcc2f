"""Short references that people can read out and type: no vowels, no look-alikes, no registration marks."""

import secrets

from hueandcry.kit import plates

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 6
LONG = 10
# Bytes from here on would make the first signs likelier than the last.
_FAIR = 256 - 256 % len(ALPHABET)


def new_ref() -> str:
    """Return a random reference of six signs, to be read out and typed: of an alert, of a report.

    None can be taken for a registration mark: one in fourteen would be, and an answer that begins with it would name
    a vehicle. There are some 359 million: among a million one in 360 is taken already, so whoever uses it tries again
    (`kit.integrity.until_ref_is_free`).
    """
    while plates.formats(ref := _signs(LENGTH)):
        pass
    return ref


def new_long_ref() -> str:
    """Return a random reference of ten signs (some 200 million million): nobody types it, and none meets another."""
    return _signs(LONG)


def _signs(length: int) -> str:
    # Asked once for all of them: to ask for each takes longer than a small statement.
    signs = ""
    while len(signs) < length:
        signs += "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(2 * length) if byte < _FAIR)
    return signs[:length]


def new_token() -> str:
    """Return a secret for a link that opens one person's page (160 bits)."""
    return secrets.token_urlsafe(20)
