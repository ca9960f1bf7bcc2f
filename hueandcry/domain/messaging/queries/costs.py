"""What messages cost: of one alert, of a month, by organisation and team; what may still be spent."""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import Sum

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.models import Allowance, Charge
from hueandcry.domain.messaging.rules.costs import CostLine, Purse, Spent, month_of, parts_of
from hueandcry.domain.organisations.models import Officer, Organisation, Team
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.registry import routes_for
from hueandcry.kit import clock, gsm7

_BY_TEAM = """
    SELECT message.organisation_id, message.team_id, sum(charge.handed), sum(charge.parts), sum(charge.millipence)
    FROM messaging_charge AS charge JOIN messaging_message AS message ON message.id = charge.message_id
    WHERE charge.day >= %s AND charge.day < %s
    GROUP BY message.organisation_id, message.team_id
"""
# What waits is promised: a second release is not paid with the same money. Charges come as it is handed over.
_PROMISED = """
    SELECT message.team_id, COALESCE(message.frames -> member.language ->> 'text', message.text), delivery.channel,
        count(*)
    FROM messaging_message AS message JOIN messaging_delivery AS delivery ON delivery.message_id = message.id
    LEFT JOIN members_member AS member ON member.id = delivery.member_id
    WHERE message.organisation_id = %s AND message.id <> %s AND message.queued_at > %s AND message.cancelled_at IS NULL
        AND NOT message.is_drill AND delivery.state IN ('queued', 'leased') AND delivery.channel = ANY(%s)
    GROUP BY message.id, delivery.channel, member.language
"""
# Nothing waits for longer.
_PROMISED_FOR = dt.timedelta(days=7)


def price(*, channel: Channel) -> float:
    """Return pence for one part by one channel: of its providers by their shares; nothing without a provider."""
    try:
        routes = routes_for(channel)
    except GatewayError:
        return 0.0
    weights = sum(route.weight for route in routes)
    if not weights:
        return routes[0].price
    return sum(route.price * route.weight for route in routes) / weights


def estimate(
    *, by_channel: Mapping[Channel, int], parts: int, others: Mapping[int, int] = MappingProxyType({})
) -> float:
    """Return in pence what so many messages by each channel cost, of a text of so many parts.

    `others` is how many of the texts take another number of parts, by that number: they are in another language.
    """
    usual = sum(many * parts_of(channel, parts) * price(channel=channel) for channel, many in by_channel.items())
    if not others:
        return usual
    return usual + price(channel=Channel.SMS) * sum(many * (other - parts) for other, many in others.items())


def other_parts(*, words: str, frames: Mapping[str, str]) -> dict[str, int]:
    """Return in which languages a text takes another number of parts than in English, and how many."""
    usual = gsm7.count(words).parts
    counted = {language: gsm7.count(text).parts for language, text in frames.items()}
    return {language: parts for language, parts in counted.items() if parts != usual}


def cost_of(*, about: str) -> Spent:
    """Return what all messages about one thing have cost so far."""
    return _summed(Charge.objects.filter(message__about=about))


def spent(*, organisation_id: int, team_id: int | None = None, month: dt.date | None = None) -> Spent:
    """Return what an organisation, or one team of it, spent in the month of a day; in this month without one."""
    first, next_first = month_of(month or clock.today())
    rows = Charge.objects.filter(message__organisation=organisation_id, day__gte=first, day__lt=next_first)
    return _summed(rows if team_id is None else rows.filter(message__team=team_id))


def _summed(rows: Any) -> Spent:  # noqa: ANN401 - charges
    found = rows.aggregate(handed=Sum("handed"), parts=Sum("parts"), millipence=Sum("millipence"))
    return Spent(found["handed"] or 0, found["parts"] or 0, found["millipence"] or 0)


def purses(*, organisation_id: int, team_id: int | None, without_message: int = 0) -> list[Purse]:
    """Return the allowances that a message of this organisation and team is paid from: none, one or both.

    What waits counts as spent, but for one message that is being weighed.
    """
    allowances = Allowance.objects.filter(organisation=organisation_id).select_related("organisation", "team")
    mine = [one for one in allowances.order_by("team_id") if one.team_id in {None, team_id}]
    if not mine:
        return []
    promised = _promised(organisation_id, without_message)
    return [
        Purse(
            whose=one.team.name if one.team else one.organisation.name,
            month_pence=one.month_pence,
            spent_pence=spent(organisation_id=organisation_id, team_id=one.team_id).pence,
            promised_pence=sum(pence for team, pence in promised if one.team_id in {None, team}),
        )
        for one in mine
    ]


def _promised(organisation_id: int, without_message: int) -> list[tuple[int | None, float]]:
    priced = {channel: price(channel=channel) for channel in Channel}
    paid = [channel.value for channel, pence in priced.items() if pence]
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED, [organisation_id, without_message, clock.now() - _PROMISED_FOR, paid])
        rows = cursor.fetchall()
    return [
        (team, many * priced[Channel(channel)] * parts_of(Channel(channel), gsm7.count(text).parts))
        for team, text, channel, many in rows
    ]


def costs(*, officer: Officer, month: dt.date | None = None) -> list[CostLine]:
    """Return what a month cost by organisation and team, and what each may spend; a partner sees its own."""
    first, next_first = month_of(month or clock.today())
    with connection.cursor() as cursor:
        cursor.execute(_BY_TEAM, [first, next_first])
        found = {(organisation, team): Spent(*map(int, sums)) for organisation, team, *sums in cursor.fetchall()}
    may_spend = {(one.organisation_id, one.team_id): one.month_pence for one in Allowance.objects.all()}
    lines: list[CostLine] = []
    for organisation in _seen_by(officer):
        teams = Team.objects.filter(organisation=organisation).order_by("name")
        own = [spent for (pk, _), spent in found.items() if pk == organisation.pk]
        lines.append(_line(organisation, None, _added(own), may_spend))
        lines += [
            _line(organisation, team, found[organisation.pk, team.pk], may_spend)
            if (organisation.pk, team.pk) in found
            else _line(organisation, team, Spent(), may_spend)
            for team in teams
            if (organisation.pk, team.pk) in found or (organisation.pk, team.pk) in may_spend
        ]
    return lines


def purse_holders(*, officer: Officer) -> list[tuple[str, str]]:
    """Return whose allowance this officer may set, as (value, words): organisations by reference, teams after them."""
    found: list[tuple[str, str]] = []
    for organisation in _seen_by(officer):
        found.append((organisation.ref, organisation.name))
        teams = Team.objects.filter(organisation=organisation).order_by("name")
        found += [(f"{organisation.ref}/{team.ref}", f"{organisation.name}: {team.name}") for team in teams]
    return found


def _seen_by(officer: Officer) -> Sequence[Organisation]:
    rows = Organisation.objects.order_by("name")
    if officer.organisation.kind != OrganisationKind.FORCE:
        return list(rows.filter(pk=officer.organisation_id))
    return sorted(rows, key=lambda one: one.kind != OrganisationKind.FORCE)


def _line(
    organisation: Organisation, team: Team | None, spent: Spent, may_spend: dict[tuple[int, int | None], int]
) -> CostLine:
    return CostLine(
        organisation=organisation.name,
        organisation_id=organisation.pk,
        team=team.name if team else "",
        team_id=team.pk if team else None,
        spent=spent,
        month_pence=may_spend.get((organisation.pk, team.pk if team else None)),
    )


def _added(all_spent: Sequence[Spent]) -> Spent:
    return Spent(
        sum(one.handed for one in all_spent),
        sum(one.parts for one in all_spent),
        sum(one.millipence for one in all_spent),
    )
