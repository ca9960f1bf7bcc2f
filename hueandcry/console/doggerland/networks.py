"""The key individual networks of Doggerland: communities, who speaks for them, talks and two quarters of answers."""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from hueandcry.console.doggerland.past import Past, Step
from hueandcry.domain.members import actions as members
from hueandcry.domain.members import queries
from hueandcry.domain.members.actions import networks, vetting
from hueandcry.domain.members.queries import networks as questions
from hueandcry.domain.members.rules import CheckKind, CommunityKind, KeyRole, MechanismKind, TalkHow, Tier
from hueandcry.domain.organisations.queries import Officer
from hueandcry.kit import clock


class MadeCommunity(NamedTuple):
    """One community: which district (none: everywhere), the roles of who speaks for it, other ways to it."""

    name: str
    kind: CommunityKind
    district: int | None
    roles: tuple[KeyRole, ...] = ()
    ways: tuple[tuple[MechanismKind, str, int], ...] = ()


_K, _R, _M = CommunityKind, KeyRole, MechanismKind
# The number behind a way is how many days ago it was last used.
COMMUNITIES = (
    MadeCommunity(
        "Livestock farmers",
        _K.WORK,
        None,
        (_R.VET, _R.FEED, _R.AGRONOMIST, _R.CONTRACTOR),
        ((_M.MEETING, "Market day", 6),),
    ),
    MadeCommunity("Gamekeepers and shoots", _K.WORK, 0, (_R.KEEPER,), ((_M.GROUP, "Keepers' chat group", 12),)),
    MadeCommunity("Horse yards", _K.INTEREST, 1, (_R.VET,), ((_M.SURVEY, "Tack survey", 120),)),
    MadeCommunity("Boat people", _K.PLACE, 2, (), ((_M.MEETING, "Towpath surgery", 86),)),
    MadeCommunity(
        "Older people living alone",
        _K.IDENTITY,
        0,
        (_R.CLERGY, _R.POSTAL, _R.PUBLICAN),
        ((_M.MEETING, "Coffee morning", 20),),
    ),
    MadeCommunity("Seasonal farm workers", _K.WORK, 3),
    MadeCommunity("Young people", _K.IDENTITY, 1, (_R.YOUTH, _R.SCHOOL)),
    MadeCommunity("Traveller families", _K.IDENTITY, 3, (_R.LIAISON,)),
    MadeCommunity(
        "Village shops and inns",
        _K.WORK,
        2,
        (_R.PUBLICAN,),
        ((_M.GROUP, "Shop watch group", 3), (_M.SURVEY, "Winter survey", 60)),
    ),
    MadeCommunity("People who moved here lately", _K.IDENTITY, 4),
    MadeCommunity("Parish councils", _K.PLACE, None, (_R.CLERK, _R.CLERK), ((_M.MEETING, "Clerks' meeting", 40),)),
)
# Days since the last talk with one after the other: most are in touch, some are not.
LAST_TALKS = (20, 60, 40, 75, 10, 104, 86, 55, 30, 3, 70, 12, 130, 45, 25, 8)
NOTES = ("Mornings are best", "", "Ring before you come", "", "In the shop until four")
BEGAN_DAYS_AGO = 200
QUARTERS_DAYS_AGO = (100, 1)
# The last of them has not answered yet this quarter: a newcomer can.
SILENT_NOW = 4
AN_HOUR = dt.timedelta(hours=1)
A_DAY = dt.timedelta(days=1)


def put(past: Past, *, keepers: Sequence[Officer], districts: Sequence[int], start: dt.datetime) -> None:
    """Put the networks into the calendar: their beginning, each talk, each use of another way, two quarters."""
    begun = max(start + AN_HOUR, past.end - BEGAN_DAYS_AGO * A_DAY)
    past.at(begun, lambda: _begin(past, keepers, districts, begun))


def _begin(past: Past, keepers: Sequence[Officer], districts: Sequence[int], begun: dt.datetime) -> None:
    """Name communities, ways and key individuals, and let time go by for each of them."""
    officer = keepers[0]
    people = iter(queries.search(officer=officer).lines)
    made: list[str] = []
    for one in COMMUNITIES:
        area = None if one.district is None else districts[one.district % len(districts)]
        ref = networks.found_community(officer=officer, kind=one.kind, name=one.name, area_id=area).ref
        for kind, name, ago in one.ways:
            way = networks.add_mechanism(officer=officer, community_ref=ref, kind=kind, name=name)
            _later(past, begun, ago, _using(officer, ref, way.pk))
        made += [
            _speaker(officer, keepers[len(made) % len(keepers)], next(people).ref, role, ref) for role in one.roles
        ]
    for number, (ref, ago) in enumerate(zip(made, itertools.cycle(LAST_TALKS))):
        _later(past, begun, ago, _talking(officer, ref, NOTES[number % len(NOTES)]))
    for ago, answering in zip(QUARTERS_DAYS_AGO, (made, made[:-SILENT_NOW]), strict=True):
        for ref in answering:
            _later(past, begun, ago, _answering(officer, ref, [past.rng.choice((2, 3, 3, 4, 4, 5)) for _ in range(5)]))


def _speaker(officer: Officer, keeper: Officer, member_ref: str, role: KeyRole, community_ref: str) -> str:
    """Check a member, and make them a key individual."""
    member = queries.get_member(officer=officer, ref=member_ref)
    for check in CheckKind:
        vetting.write_check(member_id=member.pk, kind=check, done_on=clock.today(), actor=officer.as_actor())
    members.set_tier(member_id=member.pk, tier=Tier.KIN, actor=officer.as_actor())
    return networks.make_key_contact(
        officer=officer, member=member, role=role, community_refs=[community_ref], keeper=keeper
    ).ref


def _later(past: Past, begun: dt.datetime, days_ago: int, step: Step) -> None:
    moment = past.end - days_ago * A_DAY
    if moment > begun:
        past.at(moment, step)


def _using(officer: Officer, community_ref: str, way: int) -> Step:
    return lambda: networks.use_mechanism(officer=officer, community_ref=community_ref, mechanism_id=way)


def _talking(officer: Officer, ref: str, note: str) -> Step:
    how = TalkHow.CALL if note else TalkHow.VISIT
    return lambda: networks.log_talk(officer=officer, ref=ref, how=how, note=note)


def _answering(officer: Officer, ref: str, answers: list[int]) -> Step:
    return lambda: networks.answer_pulse(
        contact=questions.get_key_contact(officer=officer, ref=ref), answers=answers, words={}, officer=officer
    )
