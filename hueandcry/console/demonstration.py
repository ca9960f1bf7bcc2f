"""The demonstration force: Doggerland Constabulary, founded by the real program from seeded drawings."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from shapely.geometry import mapping

from hueandcry.console import made_up
from hueandcry.console.doggerland import words
from hueandcry.console.doggerland.land import SEED, Land, MadeArea, draw
from hueandcry.console.doggerland.people import Ids, people, schemes
from hueandcry.domain.members import actions as members
from hueandcry.domain.members.rules import ConsentHow
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.rules import OrganisationKind, Role
from hueandcry.domain.places import actions as places
from hueandcry.domain.places import queries as ground
from hueandcry.domain.places.rules import AreaKind, NewPlace, PlaceKind, WayKind
from hueandcry.kit import clock

ACTOR = "load:demonstration"
SOURCE = "made up for the demonstration"
VINTAGE = "2026"
POSTCODE_OFF_M = 150.0
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


def create(progress: Progress | None = None, *, seed: int = SEED) -> Made:
    """Found Doggerland Constabulary in an empty database, all or nothing.

    Raises:
        OrganisationError: there is a force here already.
    """
    say = progress or (lambda _words, _share: None)
    say("Drawing the land", 0.0)
    land = draw(seed)
    with transaction.atomic():
        say("Loading places", 0.1)
        area_ids = _load_land(land)
        say("Enrolling officers", 0.2)
        posts, force, fire = _found(land, area_ids)
        say("Signing members up", 0.25)
        joined = _people(land, area_ids, force, fire, seed)
    say("Done", 1.0)
    return Made(len(area_ids), len(land.postcodes), joined, 0, tuple(posts))


def _load_land(land: Land) -> dict[str, int]:
    """Load areas, postcodes, names and ways; return the id of each area by its code."""
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
    places.add_places(places=list(_names(land)), source=SOURCE, actor=ACTOR)
    ways = (land.river, *land.roads)
    places.add_ways(
        ways=[(way.code, way.name, WayKind(way.kind), way.shape) for way in ways], source=SOURCE, actor=ACTOR
    )
    return {line.code: line.id for kind, _ in _tree(land) for line in ground.areas(kind=kind, vintage=VINTAGE)}


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


def _found(land: Land, area_ids: dict[str, int]) -> tuple[list[tuple[str, str, str]], int, int]:
    """Found the force, the fire service and a parish council with their people; return who may sign in, and the ids."""
    force = organisations.found(
        kind=OrganisationKind.FORCE,
        name=words.FORCE,
        signs_as="Doggerland Police",
        area_id=area_ids[land.force.code],
        actor=ACTOR,
    )
    fire = organisations.found(
        kind=OrganisationKind.FIRE,
        name=FIRE,
        signs_as="Doggerland Fire",
        area_id=area_ids[land.force.code],
        actor=ACTOR,
    )
    parish = land.parishes[0]
    council = organisations.found(
        kind=OrganisationKind.COUNCIL,
        name=f"{parish.name} Parish Council",
        signs_as=f"{parish.name} PC",
        area_id=area_ids[parish.code],
        actor=ACTOR,
    )
    enrolled = []
    domain = "doggerland.example"
    for organisation, at, staff in (
        (force, domain, OFFICERS),
        (fire, f"fire.{domain}", (FROST,)),
        (council, f"{parish.name.lower()}.{domain}", (TANSY,)),
    ):
        for post in staff:
            officer = organisations.enrol(
                email=f"{post.email}@{at}",
                name=post.name,
                rank=post.rank,
                organisation=organisation,
                roles=[post.role],
                actor=ACTOR,
            )
            enrolled.append((officer.email, officer.get_full_name(), post.may))
    return enrolled, force.pk, fire.pk


def _people(land: Land, area_ids: dict[str, int], force: int, fire: int, seed: int) -> int:
    """Found the schemes and take everybody in; return how many."""
    founded = {
        scheme.name: members.found_scheme(
            kind=scheme.kind, name=scheme.name, organisation_id=force, area_id=area_ids[scheme.area], actor=ACTOR
        ).pk
        for scheme in schemes(land)
    }
    ids = Ids(schemes=founded, topics=made_up.topic_ids(actor=ACTOR), force=force, fire=fire)
    rows = people(land, ids=ids, seed=seed, now=_start_of_today())
    return len(members.bulk_join(rows=rows, how=ConsentHow.MADE_UP, taken_by=ACTOR))


def _start_of_today() -> dt.datetime:
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
