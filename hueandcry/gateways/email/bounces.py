"""Mail that comes back: whose it was, whether for good, and which message of ours. Pure.

What servers write is read by flufl.bounce, which knows them all; the status codes of RFC 3463 where they stand in it
decide whether it is for good: a full mailbox is not.
"""

import email
import email.policy
import re
from dataclasses import dataclass, field

from flufl.bounce import all_failures

# More is no bounce: the returned letter was ours, and ours are short.
LONGEST = 1 << 20
# Full, too large, too busy, refused by a rule of today: another letter may arrive.
PASSING = re.compile(r"5\.(?:2\.[23]|3\.[14]|4\.\d+|7\.\d+)\Z")
_STATUS = re.compile(r"^Status:\s*([245]\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(r"^Message-ID:\s*<([^<>@\s]{1,120})@([^<>\s]{1,255})>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Returned:
    """What came back.

    Attributes:
        addresses: as the bounce names them, in small letters; often not as we wrote them (a forward).
        final: this letter will not arrive; else the server still tries.
        for_good: nor will any other: a full mailbox, or a server that was away for days, is not for good.
        status: by RFC 3463, the most final of those that stand in it; empty when none does.
        message_ids: the left sides of those of the letters that it gives back.
    """

    addresses: tuple[str, ...] = field(repr=False)
    final: bool
    for_good: bool
    status: str = ""
    message_ids: tuple[str, ...] = ()


def read(raw: bytes) -> Returned | None:
    """Return what a mail says came back, or None when it is no bounce: an answer, a holiday note, anything else."""
    raw = raw[:LONGEST]
    letter = email.message_from_bytes(raw, policy=email.policy.compat32)
    try:
        passing, final = all_failures(letter)
    except Exception:  # noqa: BLE001 - thirty readers of other people's formats: none may lose a mail
        passing = final = frozenset[bytes]()
    if not passing and not final:
        return None
    text = raw.decode("latin-1")
    statuses = _STATUS.findall(text)
    status = max((one for one in statuses if one[0] != "2"), default="")
    named = final or passing
    return Returned(
        addresses=tuple(sorted(one.decode("ascii", "replace").lower() for one in named)),
        final=bool(final),
        for_good=bool(final) and not PASSING.match(status) and not status.startswith("4"),
        status=status,
        message_ids=tuple(dict.fromkeys(left for left, _ in _MESSAGE_ID.findall(text))),
    )
