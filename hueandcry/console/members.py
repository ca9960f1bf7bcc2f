"""Load members: a made-up sample on the real postcodes that are loaded, as many as households live there."""

import argparse
import csv
import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
from django.db import transaction
from rich.console import Console
from rich.progress import MofNCompleteColumn
from rich.progress import Progress as Bar

from hueandcry.console import made_up
from hueandcry.domain.members import actions
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions.reach import lie_together
from hueandcry.domain.members.rules import (
    ConsentHow,
    MemberError,
    NewMember,
    NewPlace,
    PlaceUse,
    SchemeKind,
    SchemeRole,
)
from hueandcry.domain.organisations import actions as organisation_actions
from hueandcry.domain.organisations import queries as organisations
from hueandcry.domain.organisations.rules import OrganisationKind
from hueandcry.domain.places import queries as places
from hueandcry.domain.places.rules import AreaKind, AreaLine
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point

ACTOR = "load:sample"
SHARE_OF = (
    (SchemeKind.FARM, 0.30),
    (SchemeKind.HORSE, 0.06),
    (SchemeKind.CANAL, 0.02),
    (SchemeKind.NEIGHBOURHOOD, 0.15),
)
TO_FIRE = 0.4
Progress = Callable[[int], None]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SampleReport:
    """What a sample was drawn from, and what came of it."""

    members: int
    postcodes: int
    postcodes_outside: int
    areas_with_households: int
    postcodes_without_households: int
    drawn_by: str
    seed: int
    seconds: float


def add(parser: argparse.ArgumentParser) -> None:
    """Say which words the command takes."""
    parser.add_argument("--sample", type=int, required=True, metavar="N", help="how many made-up members to place")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same members (default: 1)")
    parser.add_argument(
        "--households", type=Path, metavar="FILE", help="census table of households by output area, CSV"
    )
    parser.add_argument("--area-column", default="oa21_code", help="column of the output area (default: %(default)s)")
    parser.add_argument(
        "--households-column", default="total_households", help="column of the count (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Place the sample and say what it was drawn from."""
    households = read_households(args.households, args.area_column, args.households_column) if args.households else {}
    with bar("Members", args.sample, silent=args.json) as progress:
        report = sample(count=args.sample, seed=args.seed, households=households, progress=progress)
    print(json.dumps(asdict(report)) if args.json else in_words(report))
    return 0


@contextmanager
def bar(words: str, total: int, *, silent: bool = False) -> Iterator[Progress]:
    """Show a progress bar on the terminal, unless a program reads the answer."""
    console = Console(stderr=True, quiet=silent)
    with Bar(*Bar.get_default_columns(), MofNCompleteColumn(), console=console, transient=True) as shown:
        task = shown.add_task(words, total=total)
        yield lambda done: shown.update(task, completed=done)


def in_words(report: SampleReport) -> str:
    """Return the report as people read it."""
    lines = [
        f"{report.members:,} made-up members placed in {report.seconds:.1f} s (seed {report.seed}).",
        f"Drawn from {report.postcodes:,} postcodes {report.drawn_by}.",
    ]
    if report.postcodes_without_households:
        lines.append(
            f"{report.postcodes_without_households:,} postcodes lie in output areas without figures "
            "and were given the mean weight."
        )
    if report.postcodes_outside:
        lines.append(f"{report.postcodes_outside:,} postcodes lie outside the force and were left out.")
    return "\n".join(lines)


def read_households(file: Path, area_column: str, count_column: str) -> dict[str, int]:
    """Return the households of each output area from a census table, gzip or not.

    Raises:
        MemberError: a column is missing, or a count is not a whole number; with the line.
    """
    from hueandcry.console import load

    with load.check(file).text() as stream:
        table = csv.DictReader(stream)
        columns = table.fieldnames or ()
        missing = [column for column in (area_column, count_column) if column not in columns]
        if missing:
            raise MemberError(
                f"The table has no column {missing[0]}. Its columns are {', '.join(columns)[:200]}: "
                "name the right ones with --area-column and --households-column."
            )
        try:
            return {row[area_column]: int(row[count_column]) for row in table}
        except (TypeError, ValueError) as fault:
            raise MemberError(
                f"Line {table.line_num:,} of the table has no whole number of households. "
                "Mend that line, or download the table again: nobody was placed."
            ) from fault


@transaction.atomic
def sample(*, count: int, seed: int, households: dict[str, int], progress: Progress = lambda _: None) -> SampleReport:
    """Place so many made-up members on real postcodes, drawn by the households of their output area.

    Raises:
        MemberError: no postcodes are loaded, or these members are here already.
    """
    begun = time.monotonic()
    if count < 1:
        raise MemberError("Say how many members to place: --sample 1000.")
    codes, lons, lats, outside = _postcodes()
    weights, unknown = _weights(households, lons, lats)
    rng = Random(seed)  # noqa: S311 - a sample, not a secret
    drawn = np.random.default_rng(seed).choice(len(codes), size=count, p=weights)
    people = _People(rng)
    districts = [0] * len(codes)
    if people.districts:
        districts = places.area_of_each(kind=AreaKind.DISTRICT, lons=lons.tolist(), lats=lats.tolist())
    rows = []
    for number, at in enumerate(drawn):
        place = NewPlace(postcode=codes[at], point=Point(float(lons[at]), float(lats[at])))
        rows.append(people.new(number, place, districts[at]))
        if number % 500 == 0:
            progress(number)
    made = actions.bulk_join(rows=rows, how=ConsentHow.MADE_UP, taken_by=ACTOR)
    lie_together()
    progress(count)
    return SampleReport(
        members=len(made),
        postcodes=len(codes),
        postcodes_outside=outside,
        areas_with_households=len(households),
        postcodes_without_households=unknown,
        drawn_by="in proportion to the households of their output area" if households else "alike",
        seed=seed,
        seconds=round(time.monotonic() - begun, 2),
    )


def _postcodes() -> tuple[list[str], Numbers, Numbers, int]:
    """Return the live postcodes of the force with their points, and how many others lie outside it.

    Raises:
        MemberError: there are none.
    """
    codes, lons, lats = places.live_postcodes()
    if not codes:
        raise MemberError("No postcodes are loaded: load them first, with `hueandcry load postcodes FILE`.")
    inside = [1] * len(codes)
    if places.areas(kind=AreaKind.FORCE):
        inside = places.area_of_each(kind=AreaKind.FORCE, lons=lons, lats=lats)
    kept = np.flatnonzero(inside)
    if not len(kept):
        raise MemberError("None of the postcodes lies in the force: load the boundary and the postcodes of one county.")
    return [codes[at] for at in kept], np.array(lons)[kept], np.array(lats)[kept], len(codes) - len(kept)


def _weights(households: dict[str, int], lons: Numbers, lats: Numbers) -> tuple[Numbers, int]:
    """Return the chance of each postcode, and how many got the mean because their output area has no figures.

    The households of an output area are shared alike by its postcodes.

    Raises:
        MemberError: there are figures but no output areas to go with them.
    """
    if not households:
        return np.full(len(lons), 1 / len(lons)), 0
    codes = _output_areas(households)
    areas = np.array(
        places.area_of_each(kind=AreaKind.OA, vintage=codes[0].vintage, lons=lons.tolist(), lats=lats.tolist())
    )
    figures = {line.id: float(households[line.code]) for line in codes if line.code in households}
    own, shared = np.unique(areas, return_inverse=True)
    per_area = np.array([figures.get(int(area), np.nan) for area in own])
    weights = (per_area / np.bincount(shared))[shared]
    unknown = int(np.isnan(weights).sum())
    weights = np.where(np.isnan(weights), np.nanmean(weights), weights)
    return weights / weights.sum(), unknown


def _output_areas(households: dict[str, int]) -> list[AreaLine]:
    lines = places.areas(kind=AreaKind.OA)
    if not any(line.code in households for line in lines):
        raise MemberError(
            "None of the output areas that are loaded is in the table of households: load their boundaries first, with "
            "`hueandcry load areas FILE --kind oa`, or leave --households out."
        )
    return lines


class _People:
    """Makes people up, with schemes, interests and what they agreed to."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.now = clock.now()
        self.topics = made_up.topic_ids(actor=ACTOR)
        self.force, self.fire = _organisations()
        self.districts = {line.id: line.name for line in places.areas(kind=AreaKind.DISTRICT)}
        self.numbers = made_up.Counter(members.count_members())
        self.schemes = {line.name: line.id for line in members.schemes_of(organisation_id=self.force)}

    def new(self, number: int, place: NewPlace, district: int) -> NewMember:
        """Return the next made-up person, living at this place."""
        rng = self.rng
        name = made_up.person(rng)
        kinds = [kind for kind, share in SHARE_OF if rng.random() < share]
        if SchemeKind.FARM in kinds:
            place = replace(place, use=PlaceUse.FARM)
        return NewMember(
            name=name,
            places=(place,),
            contacts=self.numbers.contacts(rng, name, number),
            organisations=(self.force, self.fire) if rng.random() < TO_FIRE else (self.force,),
            purposes=made_up.purposes(rng),
            topics=made_up.interests(rng, kinds, self.topics),
            schemes=tuple((self._scheme(kind, district), SchemeRole.MEMBER) for kind in kinds),
            tier=made_up.tier(rng, kinds),
            joined_at=self.now - dt.timedelta(days=rng.randrange(1, 3 * 365)),
        )

    def _scheme(self, kind: SchemeKind, district: int) -> int:
        where = self.districts.get(district, "")
        name = f"{where} {kind.label}".strip()
        if name not in self.schemes:
            scheme = actions.found_scheme(
                kind=kind, name=name, organisation_id=self.force, area_id=district or None, actor=ACTOR
            )
            self.schemes[name] = scheme.pk
        return self.schemes[name]


def _organisations() -> tuple[int, int]:
    """Return the ids of the force and of a fire service, founding what is missing."""
    try:
        force = organisations.force()
    except NotHereError:
        areas = places.areas(kind=AreaKind.FORCE)
        name = areas[0].name if areas else "Police"
        force = organisation_actions.found(
            kind=OrganisationKind.FORCE,
            name=name,
            signs_as=f"{name} Police"[:30] if areas else name,
            area_id=areas[0].id if areas else None,
            actor=ACTOR,
        )
    fire = organisations.partners(kind=OrganisationKind.FIRE)
    if fire:
        return force.pk, fire[0].pk
    made = organisation_actions.found(
        kind=OrganisationKind.FIRE, name=f"{force.name} Fire and Rescue", signs_as="Fire and Rescue", actor=ACTOR
    )
    return force.pk, made.pk
