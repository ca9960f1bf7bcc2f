"""The demonstration force: Doggerland Constabulary, founded by the real program from seeded drawings."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from django.db import connection, transaction
from shapely.geometry import mapping

from hueandcry.console import made_up
from hueandcry.console.doggerland import networks, streets, watches, words
from hueandcry.console.doggerland.land import SEED, Land, MadeArea, draw
from hueandcry.console.doggerland.past import Past, Stage
from hueandcry.console.doggerland.people import Ids, people, schemes
from hueandcry.domain.insight import actions as insight
from hueandcry.domain.members import actions as members
from hueandcry.domain.members.rules import ConsentHow, NewMember
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.queries import Officer
from hueandcry.domain.organisations.rules import Hours, OrganisationKind, Role
from hueandcry.domain.places import actions as places
from hueandcry.domain.places import queries as ground
from hueandcry.domain.places.actions.addresses import add_addresses
from hueandcry.domain.places.rules import AreaKind, NewPlace, PlaceKind, WayKind
from hueandcry.kit import clock

ACTOR = "load:demonstration"
SOURCE = "made up for the demonstration"
VINTAGE = "2026"
POSTCODE_OFF_M = 150.0
HOUSEHOLDS_A_POSTCODE = (9, 27)
YEAR = dt.timedelta(days=365)
A_MONTH = dt.timedelta(days=30)
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Post:
    """One person who works here: `email` is the part before the @."""

    email: str
    rank: str
    name: str
    role: Role
    may: str


FIRE = "Doggerland Fire and Rescue"
OFFICERS = (
    Post("amos", "PC", "Amos", Role.CONSTABLE, "drafts alerts, signs members up, reads answers"),
    Post("birch", "Sergeant", "Birch", Role.SERGEANT, "approves and releases what others wrote"),
    Post("oakes", "Operator", "Oakes", Role.OPERATOR, "sits in the control room: inbox, relay, stand-down, endings"),
    Post(
        "thornback", "Inspector", "Thornback", Role.INSPECTOR, "leads the rural team: approves, reads the audit trail"
    ),
    Post("cole", "Analyst", "Cole", Role.ANALYST, "reads alerts and answers"),
    Post("marram", "Engagement lead", "Marram", Role.ENGAGEMENT, "looks after members and schemes, drafts alerts"),
    Post("sandeel", "Administrator", "Sandeel", Role.ADMINISTRATOR, "enrols officers and sets their roles"),
    Post("brill", "Auditor", "Brill", Role.AUDITOR, "reads the audit trail"),
    Post("whiting", "PC", "Whiting", Role.CONSTABLE, "a second neighbourhood officer"),
    Post("dab", "PCSO", "Dab", Role.CONSTABLE, "a third neighbourhood officer"),
    Post("turbot", "Sergeant", "Turbot", Role.SERGEANT, "a second supervisor"),
)
FROST = Post("frost", "Watch manager", "Frost", Role.PARTNER, "partner: sees and writes to the fire service's members")
TANSY = Post("tansy", "Clerk", "Tansy", Role.CLERK, "clerk of a parish council: public alerts for the noticeboard")


@dataclass(frozen=True)
class Made:
    """What was made, and who may sign in: (e-mail, rank and name, what they may do)."""

    areas: int
    postcodes: int
    members: int
    alerts: int
    officers: tuple[tuple[str, str, str], ...]


def create(progress: Progress | None = None, *, seed: int = SEED, history: dt.timedelta = YEAR) -> Made:
    """Found Doggerland Constabulary in an empty database, all or nothing, then live through its last year step by step.

    The year is not one transaction, as it was not: what is stopped in the middle has a shorter past, and nothing torn.

    Raises:
        OrganisationError: there is a force here already.
        ClockError: this is not the demonstration.
    """
    say = progress or (lambda _words, _share: None)
    say("Drawing the land", 0.0)
    land = draw(seed)
    now = clock.now()
    start = now - history
    with transaction.atomic(), clock.as_of(start):
        say("Loading places", 0.05)
        area_ids = _load_land(land)
        _count_households(land, Random(seed))  # noqa: S311 - a drawing, not a secret
        say("Enrolling officers", 0.1)
        staff, ids = _found(land, area_ids)
    past = Past(Stage(land, area_ids, _by_role(staff)), Random(seed), now)  # noqa: S311 - a drawing, not a secret
    joined = _sign_up(past, people(land, ids=ids, seed=seed, now=_start_of_day(now)), start)
    past.fill(start)
    past.fill_today()
    for months in (1, 3, 6):
        past.at(start + months * A_MONTH, _analyze)
    for months in range(1, 13):
        past.at(start + months * A_MONTH, insight.freeze)
    networks.put(
        past,
        keepers=past.stage.officers[Role.CONSTABLE],
        districts=[area_ids[one.code] for one in land.districts],
        start=start,
    )
    watches.put(
        past,
        name=schemes(land)[0].name,
        reader=past.stage.officers[Role.ENGAGEMENT][0],
        start=start,
    )
    told = past.live(lambda share: say("Living through a year", 0.1 + 0.9 * share))
    say("Done", 1.0)
    return Made(len(area_ids), len(land.postcodes), joined, told, tuple(_may_sign_in(staff)))


def _analyze() -> None:
    """Let the planner know how the tables have grown: a year goes by faster than autovacuum looks."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _may_sign_in(staff: Sequence[Officer]) -> Iterable[tuple[str, str, str]]:
    may = {post.email: post.may for post in (*OFFICERS, FROST, TANSY)}
    for officer in staff:
        yield officer.email, officer.get_full_name(), may[officer.email.partition("@")[0]]


def _sign_up(past: Past, rows: Sequence[NewMember], start: dt.datetime) -> int:
    """Take in those who joined before the year at its beginning, and the others month by month."""
    months: dict[dt.datetime, list[NewMember]] = {}
    for row in rows:
        late = max((row.joined_at or start) - start, dt.timedelta(0))
        # At the end of their month, and the last of them just before now.
        moment = min(start - (-late // A_MONTH) * A_MONTH, past.end - dt.timedelta(minutes=1))
        months.setdefault(moment, []).append(row)
    for moment, batch in months.items():
        past.at(moment, _joining(batch))
    return len(rows)


def _joining(batch: Sequence[NewMember]) -> Callable[[], object]:
    return lambda: members.bulk_join(rows=batch, how=ConsentHow.MADE_UP, taken_by=ACTOR)


def _by_role(staff: Sequence[Officer]) -> dict[Role, list[Officer]]:
    roles: dict[Role, list[Officer]] = {}
    for officer in staff:
        for role in officer.roles:
            roles.setdefault(Role(role), []).append(officer)
    return roles


def _load_land(land: Land) -> dict[str, int]:
    """Load areas, postcodes, houses, names and ways; return the id of each area by its code."""
    above: AreaKind | None = None
    for kind, areas in _tree(land):
        places.load_areas(
            features=[_feature(area) for area in areas],
            kind=kind,
            vintage=VINTAGE,
            code_column="code",
            name_column="name",
            parent_kind=above,
            parent_column="above" if above else "",
            source=SOURCE,
            actor=ACTOR,
        )
        above = kind
    places.add_postcodes(
        postcodes=((one.code, one.point, POSTCODE_OFF_M) for one in land.postcodes), source=SOURCE, actor=ACTOR
    )
    add_addresses(addresses=streets.addresses(land, SEED), source=SOURCE, actor=ACTOR)
    places.add_places(places=list(_names(land)), source=SOURCE, actor=ACTOR)
    ways = (land.river, *land.roads)
    places.add_ways(
        ways=[(way.code, way.name, WayKind(way.kind), way.shape) for way in ways], source=SOURCE, actor=ACTOR
    )
    return {line.code: line.id for kind, _ in _tree(land) for line in ground.areas(kind=kind, vintage=VINTAGE)}


def _count_households(land: Land, rng: Random) -> None:
    """Let a made-up census count the households of each parish: so many at each of its postcodes."""
    counted: Counter[str] = Counter()
    for one in land.postcodes:
        counted[one.parish] += rng.randint(*HOUSEHOLDS_A_POSTCODE)
    insight.load_households(rows=counted.items(), kind=AreaKind.PARISH, source=SOURCE, actor=ACTOR)


def _tree(land: Land) -> Sequence[tuple[AreaKind, Sequence[MadeArea]]]:
    return (
        (AreaKind.FORCE, (land.force,)),
        (AreaKind.DISTRICT, land.districts),
        (AreaKind.BEAT, land.beats),
        (AreaKind.PARISH, land.parishes),
    )


def _feature(area: MadeArea) -> dict[str, object]:
    properties = {"code": area.code, "name": area.name, "above": area.above}
    return {"type": "Feature", "properties": properties, "geometry": mapping(area.shape)}


def _names(land: Land) -> Iterable[NewPlace]:
    off = {PlaceKind.TOWN: 900.0, PlaceKind.VILLAGE: 500.0, PlaceKind.FARM: 150.0, PlaceKind.BRIDGE: 50.0}
    parishes = {area.code: area.name for area in land.parishes}
    for place in (*land.villages, *land.farms, *land.bridges):
        kind = PlaceKind(place.kind)
        within = "" if place.name == parishes[place.parish] else parishes[place.parish]
        yield NewPlace(place.code, place.name, kind, place.point, off[kind], within)


def _found(land: Land, area_ids: dict[str, int]) -> tuple[list[Officer], Ids]:
    """Found the force, the fire service, a parish council, their people, topics and schemes."""
    parish = land.parishes[0]
    domain = "doggerland.example"
    staff: list[Officer] = []
    made: list[int] = []
    for kind, name, signs_as, area, at, posts in (
        (OrganisationKind.FORCE, words.FORCE, "Doggerland Police", land.force, domain, OFFICERS),
        (OrganisationKind.FIRE, FIRE, "Doggerland Fire", land.force, f"fire.{domain}", (FROST,)),
        (
            OrganisationKind.COUNCIL,
            f"{parish.name} Parish Council",
            f"{parish.name} PC",
            parish,
            f"{parish.name.lower()}.{domain}",
            (TANSY,),
        ),
    ):
        organisation = organisations.found(
            kind=kind, name=name, signs_as=signs_as, area_id=area_ids[area.code], actor=ACTOR
        )
        made.append(organisation.pk)
        staff += [
            organisations.enrol(
                email=f"{post.email}@{at}",
                name=post.name,
                rank=post.rank,
                organisation=organisation,
                roles=[post.role],
                actor=ACTOR,
            )
            for post in posts
        ]
    _roster(staff)
    founded = {
        scheme.name: members.found_scheme(
            kind=scheme.kind, name=scheme.name, organisation_id=made[0], area_id=area_ids[scheme.area], actor=ACTOR
        ).pk
        for scheme in schemes(land)
    }
    return staff, Ids(schemes=founded, topics=made_up.topic_ids(actor=ACTOR), force=made[0], fire=made[1])


def _roster(staff: Sequence[Officer]) -> None:
    """Train those who may go alone, and keep the control room's rota: day and night, with a supervisor behind it."""
    by_role, today = _by_role(staff), clock.today()
    for officer in (*by_role[Role.OPERATOR], *by_role[Role.SERGEANT]):
        organisations.train_for_fast_lane(
            officer_ref=officer.ref, until=today + organisations.LONGEST_TRAINED, actor=ACTOR
        )
    operator, (day, night) = by_role[Role.OPERATOR][0], by_role[Role.SERGEANT]
    for stand_in, hours in ((day, (7, 19)), (night, (19, 7))):
        organisations.put_on_rota(
            organisation=operator.organisation,
            officer_ref=operator.ref,
            stand_in_ref=stand_in.ref,
            hours=Hours(
                begins_on=today,
                from_minute=hours[0] * 60,
                until_minute=hours[1] * 60,
                weekdays=frozenset(range(1, 8)),
            ),
            actor=ACTOR,
        )


def _start_of_day(moment: dt.datetime) -> dt.datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
