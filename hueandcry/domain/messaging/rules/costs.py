"""What messages cost, how long they take, and what an organisation or a team may spend in a month. Pure."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.rules.life import MessagingError

MILLI = 1000
PENCE = 100
# Nobody's safety waits for money: up to here a message goes whatever it costs, and the page warns.
NEVER_REFUSED = Priority.URGENT
# Somebody hears of it before it is gone.
NEARLY = 0.9
MOST_PENCE = 100_000_000
_AMOUNT = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")
# A provider without a limit of its own: 20 connections to a relay 20 ms away took 956 messages a second.
USUAL_RATE = 1000.0
SOON_S = 90
AN_HOUR_S = 5400
A_DAY_S = 36 * 3600


@dataclass(frozen=True)
class Spent:
    """What was handed over and what it cost."""

    handed: int = 0
    parts: int = 0
    millipence: int = 0

    @property
    def pence(self) -> float:
        """Return the cost in pence."""
        return self.millipence / MILLI


@dataclass(frozen=True)
class Purse:
    """What one organisation or team may spend in a month, what is spent, and what is promised by what waits.

    Attributes:
        whose: the name of the organisation, or of the team.
    """

    whose: str
    month_pence: int
    spent_pence: float
    promised_pence: float = 0.0

    @property
    def left(self) -> float:
        """Return what is left; less than nothing when it is overspent."""
        return self.month_pence - self.spent_pence - self.promised_pence


@dataclass(frozen=True)
class CostLine:
    """What one organisation or team spent in a month, and what it may."""

    organisation: str
    organisation_id: int
    team: str
    team_id: int | None
    spent: Spent
    month_pence: int | None

    @property
    def share(self) -> float | None:
        """Return which part of the allowance is spent; nothing where there is none."""
        return None if self.month_pence is None else self.spent.pence / max(self.month_pence, 1)

    @property
    def warns(self) -> bool:
        """Say whether the allowance is nearly spent, or over."""
        return self.share is not None and self.share >= NEARLY


@dataclass(frozen=True)
class Forecast:
    """What a release would cost and how long it would take, before anybody presses the button.

    Attributes:
        pence: what it costs at the providers' prices.
        seconds: until the last message has left, those before it in the queue counted.
        left_in_allowance: pence left this month once it is sent, of the tightest allowance; None without one.
        sentences: the same and what else matters, for the screen.
        refused: why it may not go; empty when it may.
    """

    pence: float
    seconds: float
    left_in_allowance: float | None
    sentences: tuple[str, ...] = field(default=())
    refused: str = ""


def millipence(*, parts: int, price: float) -> int:
    """Return what so many parts cost at a price in pence, in thousandths of a penny."""
    return round(parts * price * MILLI)


def parts_of(channel: Channel, parts: int) -> int:
    """Return how often a message is billed: a text by its parts, everything else once."""
    return max(parts, 1) if channel == Channel.SMS else 1


def money(pence: float) -> str:
    """Return pence as people write them: £1,234.56; 4.2p below a pound where a part of a penny counts."""
    sign, pence = ("-" if pence < 0 else ""), abs(pence)
    if pence < PENCE and round(pence, 1) != round(pence):
        return f"{sign}{pence:.1f}p"
    if pence < PENCE:
        return f"{sign}{round(pence)}p"
    return f"{sign}£{pence / PENCE:,.2f}"


def spell(seconds: float) -> str:
    """Return how long as people say it: 2 seconds, 12 minutes, 3 hours, 2 days."""
    if seconds <= 1:
        return "1 second"
    for most, unit, word in ((SOON_S, 1, "seconds"), (AN_HOUR_S, 60, "minutes"), (A_DAY_S, 3600, "hours")):
        if seconds <= most:
            return f"{-(-seconds // unit):.0f} {word}"
    return f"{-(-seconds // 86400):.0f} days"


def tightest(purses: Sequence[Purse]) -> Purse | None:
    """Return the allowance of which least is left."""
    return min(purses, key=lambda purse: purse.left, default=None)


def over(purses: Sequence[Purse], *, pence: float) -> Purse | None:
    """Return the allowance that this would go beyond; what costs nothing goes beyond none."""
    purse = tightest(purses)
    return purse if purse is not None and pence > 0 and purse.left < pence else None


WHO_MAY_RAISE = "An inspector or an administrator may raise it on the page Sending."


def check_allowance(*, priority: Priority, purses: Sequence[Purse], pence: float) -> None:
    """Refuse what can wait when there is no money left for it; what is urgent always goes.

    Raises:
        MessagingError: saying how much is missing, and who may raise it.
    """
    purse = over(purses, pence=pence)
    if purse is not None and priority > NEVER_REFUSED:
        raise MessagingError(too_much(purse, pence))


def too_much(purse: Purse, pence: float) -> str:
    """Say that an allowance does not suffice, and who may raise it."""
    left = f"{money(purse.left)} of {money(purse.month_pence)} are left" if purse.left > 0 else "nothing is left"
    return f"It would cost {money(pence)}, and for this month {left} for {purse.whose}. {WHO_MAY_RAISE}"


def check_amount(pounds: str) -> int:
    """Return an allowance in pence as somebody typed it in pounds: 500, £1,200 or 99.50.

    Raises:
        MessagingError: it is no amount of money, or too much of it.
    """
    found = _AMOUNT.fullmatch(pounds.strip().removeprefix("£").replace(",", "").replace(" ", ""))
    if not found:
        raise MessagingError("Write an amount in pounds, like 500 or 99.50.")
    whole, part = found[1], found[2] or ""
    pence = int(whole) * PENCE + int(part.ljust(2, "0"))
    if pence > MOST_PENCE:
        raise MessagingError(f"Write less than {money(MOST_PENCE)}: nobody spends more on messages in a month.")
    return pence


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first day of a month, and of the next."""
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1)
