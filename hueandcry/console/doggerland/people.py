"""The people of Doggerland: who joined, where, how they are reached and what they want to hear. Pure."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

import shapely
from shapely.geometry import Point as Dot

from hueandcry.console import made_up
from hueandcry.console.doggerland import words
from hueandcry.console.doggerland.land import Land, MadePlace, MadePostcode
from hueandcry.domain.members.rules import (
    Channel,
    NewContact,
    NewMember,
    NewPlace,
    PlaceUse,
    SchemeKind,
    SchemeRole,
)
from hueandcry.kit.geometry import Point
from hueandcry.kit.refs import ALPHABET, LENGTH

MEMBERS = 4000
WATCHED_VILLAGES = 12
HORSE_WATCH = "Doggerland Horse Watch"
RIVER_WATCH = "River Ouzel Watch"
# Shares of farms and of households.
FARM_IN_WATCH = 0.78
SECOND_FARM = 0.1
# Gamekeepers, contractors and smallholders live in the villages and are out in the fields.
WORKS_THE_LAND = 0.2
HORSES = 0.07
NEIGHBOURHOOD = 0.35
SHARED_PHONE = 0.03
TO_FIRE = 0.4
# In degrees, some 1.5 km and 120 m.
NEAR_RIVER = 0.015
DOORS_APART = 0.0012
FIELDS_APART = 0.012
YEARS_OF_JOINING = 3


@dataclass(frozen=True)
class MadeScheme:
    """One watch scheme and the code of its area."""

    name: str
    kind: SchemeKind
    area: str


@dataclass(frozen=True)
class Ids:
    """What the made-up people refer to: ids of schemes by name, of topics by slug, of force and fire service."""

    schemes: Mapping[str, int]
    topics: dict[str, int]
    force: int
    fire: int


def schemes(land: Land) -> list[MadeScheme]:
    """Return the watch schemes: farms by district, horses and the river for all, neighbours by village."""
    made = [MadeScheme(f"{district.name} Farm Watch", SchemeKind.FARM, district.code) for district in land.districts]
    made.append(MadeScheme(HORSE_WATCH, SchemeKind.HORSE, land.force.code))
    made.append(MadeScheme(RIVER_WATCH, SchemeKind.CANAL, land.force.code))
    watched = land.villages[:WATCHED_VILLAGES]
    return made + [MadeScheme(_neighbours(village), SchemeKind.NEIGHBOURHOOD, village.parish) for village in watched]


def people(land: Land, *, ids: Ids, seed: int, now: dt.datetime) -> list[NewMember]:
    """Return everybody: each farm, then households in the villages; the same seed gives the same people."""
    maker = _Maker(land, ids, Random(seed), now)  # noqa: S311 - a drawing, not a secret
    made = [maker.farmer(farm) for farm in land.farms]
    homes = maker.homes()
    while len(made) < MEMBERS:
        if maker.rng.random() < SHARED_PHONE and len(made) > len(land.farms):
            made.append(maker.partner_of(made[-1]))
        else:
            made.append(maker.villager(next(homes)))
    return _with_coordinators(sorted(made, key=lambda member: (member.joined_at or now, member.ref)))


def _neighbours(village: MadePlace) -> str:
    return f"{village.name} Neighbourhood Watch"


class _Maker:
    """Makes people up one after the other, each with a number of their own."""

    def __init__(self, land: Land, ids: Ids, rng: Random, now: dt.datetime) -> None:
        self.land, self.ids, self.rng, self.now = land, ids, rng, now
        self.count = 0
        self.refs: set[str] = set()
        self.names: set[str] = set()
        self.parishes = {area.code: area for area in land.parishes}
        beats = {area.code: area for area in land.beats}
        districts = {area.code: area for area in land.districts}
        self.district_of = {area.code: districts[beats[area.above].above] for area in land.parishes}
        self.village_of = {village.parish: village for village in land.villages}
        self.postcodes: dict[str, list[MadePostcode]] = {}
        for postcode in land.postcodes:
            self.postcodes.setdefault(postcode.parish, []).append(postcode)
        for parish in self.parishes.values():
            shapely.prepare(parish.shape)

    def farmer(self, farm: MadePlace) -> NewMember:
        """Return who farms there, with fields away from the house and now and then a second farm."""
        rng = self.rng
        places = [NewPlace(self._postcode_near(farm.point, farm.parish), farm.point, PlaceUse.FARM, farm.name)]
        fields = rng.sample(words.FIELDS, rng.choice((0, 1, 1, 2, 3)))
        places += [NewPlace("", self._near(farm.point, FIELDS_APART), PlaceUse.FIELD, field) for field in fields]
        if rng.random() < SECOND_FARM:
            other = rng.choice(self.land.farms)
            places.append(NewPlace("", other.point, PlaceUse.FARM, other.name))
        wanted = []
        if rng.random() < FARM_IN_WATCH:
            wanted.append((SchemeKind.FARM, f"{self.district_of[farm.parish].name} Farm Watch"))
        if rng.random() < HORSES:
            wanted.append((SchemeKind.HORSE, HORSE_WATCH))
        return self._member(tuple(places), wanted)

    def villager(self, postcode: MadePostcode) -> NewMember:
        """Return somebody who lives in this street, perhaps with a horse or a boat."""
        rng = self.rng
        home = self._near(postcode.point, DOORS_APART)
        places = [NewPlace(postcode.code, home)]
        wanted = []
        village = self.village_of[postcode.parish]
        if rng.random() < WORKS_THE_LAND:
            wanted.append((SchemeKind.FARM, f"{self.district_of[postcode.parish].name} Farm Watch"))
            places.append(NewPlace("", self._near(home, FIELDS_APART), PlaceUse.FIELD, rng.choice(words.FIELDS)))
        if _neighbours(village) in self.ids.schemes and rng.random() < NEIGHBOURHOOD:
            wanted.append((SchemeKind.NEIGHBOURHOOD, _neighbours(village)))
        if rng.random() < HORSES:
            wanted.append((SchemeKind.HORSE, HORSE_WATCH))
            places.append(NewPlace("", self._near(home, FIELDS_APART), PlaceUse.STABLE, "Stables"))
        if Dot(home).distance(self.land.river.shape) < NEAR_RIVER and rng.random() < NEIGHBOURHOOD:
            wanted.append((SchemeKind.CANAL, RIVER_WATCH))
            places.append(NewPlace("", self._mooring(home), PlaceUse.BOAT, "Mooring"))
        return self._member(tuple(places), wanted)

    def partner_of(self, other: NewMember) -> NewMember:
        """Return somebody of the same household, who shares its telephone."""
        made = self._member(other.places[:1], [])
        return replace(made, contacts=other.contacts, joined_at=other.joined_at)

    def homes(self) -> Iterator[MadePostcode]:
        """Yield a postcode for each household: towns have three times as many."""
        weights = [3 if self.village_of[one.parish].kind == "town" else 1 for one in self.land.postcodes]
        while True:
            yield from self.rng.choices(self.land.postcodes, weights, k=100)

    def _member(self, places: tuple[NewPlace, ...], wanted: list[tuple[SchemeKind, str]]) -> NewMember:
        rng, number = self.rng, self.count
        self.count += 1
        name = self._name()
        kinds = [kind for kind, _ in wanted]
        contacts = made_up.Counter().contacts(rng, name, number)
        if places[0].use == PlaceUse.FARM and SchemeKind.FARM in kinds and contacts[0].channel == Channel.EMAIL:
            contacts = (NewContact(Channel.SMS, made_up.mobile(number)), *contacts)
        return NewMember(
            name=name,
            places=places,
            contacts=contacts,
            organisations=(self.ids.force, self.ids.fire) if rng.random() < TO_FIRE else (self.ids.force,),
            purposes=made_up.purposes(rng),
            topics=made_up.interests(rng, kinds, self.ids.topics),
            schemes=tuple((self.ids.schemes[scheme], SchemeRole.MEMBER) for _, scheme in wanted),
            tier=made_up.tier(rng, kinds),
            joined_at=self.now - dt.timedelta(days=rng.uniform(2, YEARS_OF_JOINING * 365)),
            ref=self._ref(),
        )

    def _name(self) -> str:
        while True:
            name = made_up.person(self.rng)
            if name not in self.names:
                self.names.add(name)
                return name

    def _ref(self) -> str:
        while True:
            ref = "".join(self.rng.choices(ALPHABET, k=LENGTH))
            if ref not in self.refs:
                self.refs.add(ref)
                return ref

    def _near(self, point: Point, apart: float) -> Point:
        """Return a spot near a point, in the force."""
        while True:
            spot = Point(
                round(point.lon + self.rng.uniform(-apart, apart), 6),
                round(point.lat + self.rng.uniform(-apart, apart) / 2, 6),
            )
            if shapely.intersects_xy(self.land.force.shape, *spot):
                return spot

    def _mooring(self, home: Point) -> Point:
        river = self.land.river.shape
        spot = river.interpolate(river.project(Dot(home)))
        return self._near(Point(spot.x, spot.y), 0.0005)

    def _postcode_near(self, point: Point, parish: str) -> str:
        nearest = min(self.postcodes[parish], key=lambda one: Dot(one.point).distance(Dot(point)))
        return nearest.code


def _with_coordinators(made: list[NewMember]) -> list[NewMember]:
    """Make the first of each scheme its coordinator and the second the deputy, both vetted."""
    parts: dict[int, int] = {}
    roles = (SchemeRole.COORDINATOR, SchemeRole.DEPUTY)
    for at, member in enumerate(made):
        given = []
        for scheme, role in member.schemes:
            before = parts.get(scheme, 0)
            parts[scheme] = before + 1
            given.append((scheme, roles[before] if before < len(roles) else role))
        made[at] = replace(member, schemes=tuple(given))
    return made
