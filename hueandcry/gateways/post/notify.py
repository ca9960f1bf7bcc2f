"""Letters by GOV.UK Notify, which prints and posts them."""

import re
from typing import Any

from django.conf import settings

from hueandcry.gateways.contract import Fate, Outgoing
from hueandcry.gateways.notify import Notify, NotSendableError, Service, service_as_set
from hueandcry.kit import postcodes

FEWEST_LINES, MOST_LINES = 3, 7
# Its printer refuses lines that begin like this.
_BAD_START = re.compile(r"[@()=\[\]\"”\\/,<>]")
_NOWHERE = re.compile(r"no fixed (?:abode|address)|\bnfa\b", re.IGNORECASE)


class NotifyLetter(Notify):
    """Letters by GOV.UK Notify."""

    name = "notify-letter"
    channel = "post"
    kind = "letter"
    is_called = False

    def service_as_set(self) -> Service:
        """Return our service as the settings say."""
        return service_as_set(settings.NOTIFY_LETTER_TEMPLATE)

    def body_of(self, message: Outgoing) -> dict[str, Any]:
        """Return what a letter needs: the address line by line, and the words.

        Raises:
            NotSendableError: it is not an address that a letter can go to.
        """
        lines = address_lines(message.address)
        address = {f"address_line_{number}": line for number, line in enumerate(lines, 1)}
        return {"personalisation": {**address, "subject": message.subject, "body": message.body}}


def address_lines(address: str) -> list[str]:
    """Return a postal address line by line, the postcode last: written on lines, or on one with commas between.

    Raises:
        NotSendableError: Notify would refuse it, with what is wrong.
    """
    apart = address.splitlines() if "\n" in address.strip() else address.split(",")
    lines = [" ".join(line.split()).rstrip(",") for line in apart]
    lines = [line for line in lines if line]
    if not FEWEST_LINES <= len(lines) <= MOST_LINES:
        raise NotSendableError(
            f"A postal address has {FEWEST_LINES} to {MOST_LINES} lines, the postcode last.", Fate.BOUNCED
        )
    try:
        lines[-1] = postcodes.normalise(lines[-1])
    except postcodes.PostcodeError as wrong:
        raise NotSendableError("The last line of a postal address is its postcode.", Fate.BOUNCED) from wrong
    if not all(any(sign.isalnum() for sign in line) for line in lines[:2]):
        raise NotSendableError("The first two lines of a postal address say who and where.", Fate.BOUNCED)
    if any(_BAD_START.match(line) for line in lines):
        raise NotSendableError("A line of the address begins with a sign that the printer refuses.", Fate.BOUNCED)
    if _NOWHERE.search(address):
        raise NotSendableError("A letter cannot go to nowhere in particular.", Fate.BOUNCED)
    return lines
