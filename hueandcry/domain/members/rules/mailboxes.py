"""E-mail addresses that look mistyped. Pure."""

from rapidfuzz.distance import DamerauLevenshtein

# Where nearly everybody here has their mailbox; a slip of one or two letters in one of these is a slip.
COMMON = (
    *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.co.uk", "live.com"),
    *("yahoo.co.uk", "yahoo.com", "icloud.com", "me.com", "aol.com", "btinternet.com", "btopenworld.com", "sky.com"),
    *("talktalk.net", "virginmedia.com", "ntlworld.com", "tiscali.co.uk", "plus.net", "protonmail.com", "msn.com"),
)
# Real places that are one letter away from a common one.
REAL = frozenset({"ymail.com", "mail.com", "email.com", "gmx.com", "gmx.co.uk", "live.ie", "qmail.com", "mac.com"})
_SHORT = 8
_FURTHEST = 2


def suggest(address: str) -> str:
    """Return the address that was probably meant, or nothing when it looks right: gmial.com is gmail.com."""
    name, at, host = "".join(address.split()).lower().rpartition("@")
    if not at or not name or host in COMMON or host in REAL:
        return ""
    near = [(DamerauLevenshtein.distance(host, known), known) for known in COMMON]
    slips, meant = min(near)
    return f"{name}@{meant}" if slips <= (1 if len(meant) < _SHORT else _FURTHEST) else ""
