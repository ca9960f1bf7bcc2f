"""Short references that people can read out and type: no vowels, no look-alikes."""

import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 6
LONG = 10


def new_ref() -> str:
    """Return a random reference of six signs, to be read out and typed: of an alert, of a report.

    There are some 387 million: among a million one in 390 is taken already, so whoever uses it tries again
    (`kit.integrity.until_ref_is_free`).
    """
    return _signs(LENGTH)


def new_long_ref() -> str:
    """Return a random reference of ten signs (some 200 million million): nobody types it, and none meets another."""
    return _signs(LONG)


def _signs(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_token() -> str:
    """Return a secret for a link that opens one person's page (160 bits)."""
    return secrets.token_urlsafe(20)
