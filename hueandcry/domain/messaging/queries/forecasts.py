"""What a release would cost and when its last message would have left, before anybody presses the button."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.db import connection
from django.utils import timezone

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.queries import costs
from hueandcry.domain.messaging.queries.providers import (
    DUE,
    ON_ITS_WAY,
    ProviderLine,
    halt_standing,
    providers,
    rate_of,
)
from hueandcry.domain.messaging.rules import Lane
from hueandcry.domain.messaging.rules.costs import (
    NEVER_REFUSED,
    Forecast,
    Purse,
    money,
    over,
    spell,
    tightest,
    too_much,
)
from hueandcry.domain.messaging.rules.routing import Health
from hueandcry.kit import clock

# Those of the same lane and of those above it; what is an exercise goes by the sandbox and holds nobody up.
_AHEAD = f"""
    {DUE}
    SELECT due.channel, sum(due.due)
    FROM due JOIN messaging_message AS message ON message.id = due.message_id
    WHERE message.lane <= %s AND message.cancelled_at IS NULL AND message.paused_at IS NULL AND NOT message.is_drill
    GROUP BY due.channel
"""  # noqa: S608 - our own words only


def ahead(*, lane: Lane) -> dict[Channel, int]:
    """Return how many messages by each channel leave before a new one of this lane."""
    soon = clock.now() + ON_ITS_WAY
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, [soon, soon, soon, lane.value])
        return {Channel(channel): int(many) for channel, many in cursor.fetchall() if many}


def eta(*, by_channel: Mapping[Channel, int], lane: Lane) -> float:
    """Return in how many seconds the last of so many messages by each channel has left, those before it counted.

    A channel none of whose providers takes anything now is reckoned at the rate that it has when it works.
    """
    return _eta(by_channel, ahead(lane=lane), providers())


def _eta(by_channel: Mapping[Channel, int], before: Mapping[Channel, int], lines: Sequence[ProviderLine]) -> float:
    slowest = 0.0
    for channel, many in by_channel.items():
        ours = [line for line in lines if line.channel == channel]
        rate = rate_of(ours) or sum(line.route.per_second or 0.0 for line in ours)
        if many and rate:
            slowest = max(slowest, (many + before.get(channel, 0)) / rate)
    return slowest


def forecast(
    *,
    by_channel: Mapping[Channel, int],
    parts: int,
    others: Mapping[int, int] = MappingProxyType({}),
    lane: Lane,
    priority: Priority = Priority.URGENT,
    organisation_id: int | None = None,
    team_id: int | None = None,
    is_drill: bool = False,
) -> Forecast:
    """Return what a release would cost, when its last message leaves, and what is left of the month's allowance.

    Without an organisation no allowance is looked at. What is urgent is never refused for money. `others` is how many
    of the texts take another number of parts, as in `costs.estimate`.
    """
    wanted: dict[Channel, int] = {
        channel: many for channel, many in by_channel.items() if many and channel != Channel.POST
    }
    if is_drill:
        return Forecast(0.0, 0.0, None, ("An exercise: nothing leaves the building, and it costs nothing.",))
    pence = costs.estimate(by_channel=wanted, parts=parts, others=others)
    before, lines = ahead(lane=lane), providers()
    seconds = _eta(wanted, before, lines)
    purses = costs.purses(organisation_id=organisation_id, team_id=team_id) if organisation_id is not None else []
    short, narrow = over(purses, pence=pence), tightest(purses)
    refused = too_much(short, pence) if short and priority > NEVER_REFUSED else ""
    return Forecast(
        pence=pence,
        seconds=seconds,
        left_in_allowance=None if narrow is None else narrow.left - pence,
        sentences=(
            *_time(wanted, before, seconds),
            *_money(wanted, pence, parts, others),
            *_allowance(pence, narrow, short, refused),
            *_trouble(wanted, lines),
        ),
        refused=refused,
    )


def _time(wanted: Mapping[Channel, int], before: Mapping[Channel, int], seconds: float) -> list[str]:
    halt = halt_standing()
    if halt is not None:
        return ["Everything is stopped at the moment: it waits until sending goes on."]
    if not wanted:
        return []
    waiting = sum(before.get(channel, 0) for channel in wanted)
    said = f"The last message leaves within {spell(seconds)}."
    return [f"{said} {waiting:,} {'goes' if waiting == 1 else 'go'} before it." if waiting else said]


def _money(wanted: Mapping[Channel, int], pence: float, parts: int, others: Mapping[int, int]) -> list[str]:
    if not wanted or not pence:
        return ["It costs nothing."] if wanted else []
    long = f", each as long as {parts} texts" if parts > 1 and Channel.SMS in wanted else ""
    for other, many in sorted(others.items()):
        long += f", {many:,} of them in another language and as long as {other} text{'' if other == 1 else 's'}"
    priced = [channel for channel in wanted if costs.price(channel=channel)]
    named = " and ".join(_said(wanted[channel], _ONE[channel]) for channel in Channel if channel in priced)
    return [f"It costs about {money(pence)}: {named}{long}."]


_ONE = {
    Channel.SMS: "text",
    Channel.VOICE: "phone call",
    Channel.EMAIL: "e-mail",
    Channel.POST: "sheet",
    Channel.PUSH: "notification",
    Channel.WHATSAPP: "WhatsApp message",
}


def _said(many: int, one: str) -> str:
    return f"{many:,} {one}{'' if many == 1 else 's'}"


def _allowance(pence: float, narrow: Purse | None, short: Purse | None, refused: str) -> list[str]:
    if refused:
        return [refused]
    if short is not None:
        left = money(max(short.left, 0.0))
        return [f"That is more than is left this month for {short.whose} ({left}). It is urgent, so it goes anyway."]
    if narrow is not None and pence:
        return [f"After it {money(narrow.left - pence)} of {money(narrow.month_pence)} are left for {narrow.whose}."]
    return []


def _trouble(wanted: Mapping[Channel, int], lines: Sequence[ProviderLine]) -> list[str]:
    """Say where a provider does not take what is to go, and what that means."""
    said: list[str] = []
    for channel in wanted:
        ours = [line for line in lines if line.channel == channel]
        what = f"{_ONE[channel]}s".capitalize()
        down = [line for line in ours if line.health in {Health.DOWN, Health.FULL}]
        if not ours:
            said.append(f"{what} cannot go: no provider is set for them.")
        elif len(down) == len(ours):
            said.append(f"{what} wait: {_why(down[0])}. They go by themselves when it works again.")
        elif down:
            said.append(f"{what} go by fewer providers than usual: {_why(down[0])}.")
    return said


def _why(line: ProviderLine) -> str:
    if line.health == Health.FULL:
        return f"{line.name} has had its {line.route.per_day or 0:,} for today"
    since = line.standing.down_since
    return f"{line.name} is down" + (f" since {timezone.localtime(since):%H:%M}" if since else "")
