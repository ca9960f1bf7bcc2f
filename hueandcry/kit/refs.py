"""Short references that people can read out and type: no vowels, no look-alikes."""

import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 6


def new_ref() -> str:
    """Return a random reference of six signs (27^6, some 387 million), for outside use."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_token() -> str:
    """Return a secret for a link that opens one person's page (160 bits)."""
    return secrets.token_urlsafe(20)
