"""A real county: 33,000 made-up members on its real postcodes, counted by hand, told, heard and told how it ended.

One test, because the county is loaded once: by the commands that a person would type, and a worker in a process of its
own does the jobs.
"""

import datetime as dt
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest
import shapely
from django.db import connection
from shapely.geometry import Polygon, mapping
from shapely.geometry.base import BaseGeometry

from hueandcry.console import load
from hueandcry.console.main import main
from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Sighting, State, Urgency, Words
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.models import Member, Suppression
from hueandcry.domain.members.rules import URGENT_LADDER, AudienceCount, AudienceQuestion, Channel, SchemeKind, Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging import queries as messages
from hueandcry.domain.messaging.models import Delivery, Inbound, Message
from hueandcry.domain.messaging.rules import DUE, MessageKind
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.queries import areas, count_places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.reports import actions as reports
from hueandcry.domain.reports import queries as report_questions
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import Reading
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from tests.processes import database_here
from tests.shared_data import shared_file

BEACON_FELL = (-2.6622, 53.8834)
SAMPLE = 33_000
PATIENCE = 90
HOUSEHOLDS = "census2021/household_type21_oa21.csv.gz"
# The sandbox treats these numbers in its own way (gateways/sandbox.py): nobody answers from them here.
PECULIAR = ("994", "995", "996", "997", "998")

pytestmark = [pytest.mark.county, pytest.mark.django_db(transaction=True)]

BOUNDARIES = (
    ("force", "2020", "pfa20_code", "pfa20_name", "pfa20"),
    ("district", "2024", "ltla24_code", "ltla24_name", "ltla24"),
    ("ward", "2021", "ward21_code", "ward21_name", "wards21"),
    ("oa", "2011", "OA11CD", "OA11CD", "oa11"),
)
OTHERS = (
    ("postcodes", "postcodes/codepoint_open_2014-08.csv.gz"),
    ("postcodes", "postcodes/nspl_2025-05_latlong_with_derived_areas.csv.gz"),
    ("places", "places/localities_derived_from_naptan.csv.gz"),
)


def published(name: str) -> str:
    return str(shared_file(f"county-lancashire/{name}"))


def load_everything() -> None:
    """Type what somebody types who sets the county up."""
    for kind, vintage, code, name, file in BOUNDARIES:
        columns = ["--kind", kind, "--vintage", vintage, "--code-column", code, "--name-column", name]
        assert main(["load", "areas", *columns, published(f"boundaries/{file}.geojson.gz")]) == 0
    for what, file in OTHERS:
        assert main(["load", what, published(file)]) == 0
    sample = ["load", "members", "--sample", str(SAMPLE), "--seed", "7", "--json"]
    assert main([*sample, "--households", published(HOUSEHOLDS)]) == 0


@pytest.fixture
def _worker() -> Iterator[None]:
    """Keep a worker for the time of one test."""
    child = subprocess.Popen(
        [sys.executable, "-m", "hueandcry.console.main", "work"],
        env={**os.environ, "DATABASE_URL": database_here(), "DEMONSTRATION": "1"},  # noqa: TID251 - a process of its own
        stderr=subprocess.DEVNULL,
    )
    yield
    child.terminate()
    child.wait(timeout=30)
    with connection.cursor() as cursor:  # Django empties its own tables, not the queue's
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


# ---------------------------------------------------------------- by hand: raw rows and shapely, nothing of ours


@dataclass(frozen=True)
class ByHand:
    """Who is meant, and the one address for each of them who has one."""

    members: list[int]
    addresses: dict[int, str]


def meant_by_hand(shape: BaseGeometry, *, tiers: tuple[Tier, ...] = tuple(Tier), farm: bool = False) -> ByHand:
    """Return who is meant, read row by row; the edge counts as inside."""
    places = rows("SELECT member_id, point[0], point[1] FROM members_memberplace")
    checked = {member for member, tier in rows("SELECT id, tier FROM members_member") if tier in tiers}
    farmers = rows(
        "SELECT part.member_id FROM members_membership AS part JOIN members_scheme AS scheme"
        " ON scheme.id = part.scheme_id WHERE scheme.kind = 'farm'"
    )
    agreed = rows(
        "SELECT member_id, channel FROM members_consent"
        " WHERE withdrawn_at IS NULL AND purpose = 'alert' AND organisation_id = %s",
        force().pk,
    )
    wanted = checked & {member for member, _ in agreed}
    if farm:
        wanted &= {member for (member,) in farmers}
    found = sorted(
        {member for member, lon, lat in places if member in wanted and shape.covers(shapely.Point(lon, lat))}
    )
    return ByHand(found, addresses_by_hand(set(found), {(member, channel) for member, channel in agreed}))


def addresses_by_hand(found: set[int], agreed: set[tuple[int, str]]) -> dict[int, str]:
    """Return the address of each: by text before a call before e-mail, confirmed, and agreed to."""
    ways: dict[int, list[tuple[int, int, str]]] = {}
    for member, channel, rank, address in rows(
        "SELECT member_id, channel, rank, address FROM members_contactpoint"
        " WHERE confirmed_at IS NOT NULL AND suspended_at IS NULL"
    ):
        if member in found and (member, channel) in agreed:
            ways.setdefault(member, []).append((URGENT_LADDER.index(Channel(channel)), rank, address))
    return {member: min(of_one)[2] for member, of_one in ways.items()}


def rows(sql: str, *params: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def ring(radius_km: float, corners: int = 40) -> list[tuple[float, float]]:
    """Return a drawn ring round Beacon Fell, dented as a hand draws it."""
    lon, lat = BEACON_FELL
    drawn = []
    for step in range(corners):
        turn = math.tau * step / corners
        reach = radius_km * (1 + 0.12 * math.sin(5 * turn)) / 111.32
        drawn.append((lon + reach * math.cos(turn) / math.cos(math.radians(lat)), lat + reach * math.sin(turn)))
    return drawn


def outline_of(area_id: int) -> BaseGeometry:
    ((shape,),) = rows("SELECT shape FROM places_boundary WHERE area_id = %s", area_id)
    outline: BaseGeometry = shapely.from_wkb(bytes(shape))
    return outline


def ribble_valley() -> int:
    (valley,) = [line.id for line in areas(kind=AreaKind.DISTRICT) if line.name == "Ribble Valley"]
    return valley


def households_by_district() -> dict[str, int]:
    """Return the households of each district, from the census table itself."""
    counted: dict[str, int] = {}
    with load.check(shared_file("county-lancashire/lookups/oa21_lad_derived.csv.gz")).text() as stream:
        district_of = dict(line.split(",")[:2] for line in stream.read().splitlines()[1:])
    with load.check(shared_file(f"county-lancashire/{HOUSEHOLDS}")).text() as stream:
        for line in stream.read().splitlines()[1:]:
            code, count = line.split(",")[:2]
            counted[district_of[code]] = counted.get(district_of[code], 0) + int(count)
    return counted


# ---------------------------------------------------------------- who is meant


def check_everything_published_is_there() -> None:
    counts = count_places()

    assert counts["areas"] == 1 + 14 + 271 + 4840
    assert counts["postcodes"] == 57_722  # 57,718 of one list, and four that only the older one has
    assert counts["places"] == 842
    assert Member.objects.count() == SAMPLE


def check_members_lie_where_the_households_are_and_are_found_exactly_as_by_hand() -> None:
    fell, without_its_hole = Polygon(ring(7), [ring(4)]), Polygon(ring(7))
    drawn = AudienceQuestion(
        organisation_id=force().pk, polygons=(json.dumps(mapping(fell)),), scheme_kinds=(SchemeKind.FARM,)
    )
    district = AudienceQuestion(organisation_id=force().pk, areas=(ribble_valley(),))

    round_the_fell, in_the_valley = members.audience(question=drawn), members.audience(question=district)
    count = members.count_audience(question=district)
    shares = {
        line.code: len(members.audience(question=replace(district, areas=(line.id,)))) / SAMPLE
        for line in areas(kind=AreaKind.DISTRICT)
    }

    assert round_the_fell.tolist() == meant_by_hand(fell, farm=True).members
    assert in_the_valley.tolist() == meant_by_hand(outline_of(ribble_valley())).members
    assert len(meant_by_hand(without_its_hole, farm=True).members) > len(round_the_fell) > 10
    assert 1_000 < count.members == len(in_the_valley)
    assert count.members == sum(count.by_channel.values()) + count.unreachable
    households = households_by_district()
    whole = sum(households.values())
    off = {code: share / (households[code] / whole) - 1 for code, share in shares.items()}
    # Output areas that were split in 2021 have the mean weight, so a district may be a tenth off.
    assert len(off) == 14
    assert max(abs(share) for share in off.values()) < 0.15, off


# ---------------------------------------------------------------- the whole chain


def enrolled(role: Role, name: str) -> Officer:
    return organisations.enrol(
        email=f"{name.lower()}@example.org",
        name=name,
        rank=role.label,
        organisation=force(),
        roles=[role],
        actor="system:test",
    )


def sent(author: Officer, approver: Officer, question: AudienceQuestion, level: Tier) -> tuple[Alert, AudienceCount]:
    """Send an alert by the whole way: written, checked, approved, and handed over by the worker."""
    now = clock.now()
    alert = alerts.draft(
        officer=author,
        topic="hare-coursing",
        words=Words(
            "Hare coursing", "Men with dogs, grey pick-up", "Beacon Fell", "Seen them, or which way they went?"
        ),
        level=level,
        urgency=Urgency.NOW,
        occurred_at=now - dt.timedelta(minutes=5),
        expires_at=now + dt.timedelta(hours=6),
    )
    count = alerts.choose_audience(alert_ref=alert.ref, officer=author, question=question)
    alerts.answer_suspect(alert_ref=alert.ref, officer=author, answer=Suspect.NO)
    alerts.submit(alert_ref=alert.ref, officer=author)
    alerts.approve(alert_ref=alert.ref, officer=approver)
    return alert, count


def settled() -> None:
    """Wait until the worker has nothing left to do now, and nothing waits to be sent or told."""
    waits_until(
        lambda: (
            not rows(
                "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"
                " OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))"
            )
            and not Delivery.objects.filter(state__in=DUE).exists()
            and messages.is_idle()
        )
    )


def waits_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, "The worker does not finish."
        time.sleep(0.1)


def phones(alert: Alert, kind: MessageKind) -> set[str]:
    """Return the phones, mailboxes and landlines on which a message of this kind lies: the far side's own rows."""
    refs = Message.objects.filter(about=f"alert:{alert.ref}", kind=kind).values_list("ref", flat=True)
    there = SandboxMessage.objects.filter(from_phone=False, put_off=False)
    return {
        address
        for reference, address in there.values_list("reference", "address")
        if reference.rpartition("-")[0] in set(refs)
    }


def heard(addresses: set[str]) -> set[str]:
    """Leave out whom a provider later said it did not reach: number or name ends in 997."""
    return {address for address in addresses if not address.partition("@")[0].endswith("997")}


def taken(addresses: set[str]) -> set[str]:
    """Leave out whom the sandbox refuses: number or name ends in 998."""
    return {address for address in addresses if not address.partition("@")[0].endswith("998")}


def answerers(alert: Alert, most: int) -> list[str]:
    """Return some phones that the alert lies on, whose owners have no other way."""
    texts = Delivery.objects.filter(message__about=f"alert:{alert.ref}", channel=Channel.SMS).order_by("id")
    found = [
        delivery.address
        for delivery in texts.select_related("member")
        if not delivery.address.endswith(PECULIAR) and delivery.member and delivery.member.contacts.count() == 1
    ]
    return found[:most]


def check_went_as_meant(alert: Alert, count: AudienceCount, by_hand: ByHand) -> None:
    """Compare the count, the deliveries and the phones with what was found by hand."""
    deliveries = Delivery.objects.filter(message__about=f"alert:{alert.ref}", message__kind=MessageKind.ALERT)
    assert count.members == len(by_hand.members)
    assert count.unreachable == len(by_hand.members) - len(by_hand.addresses)
    # The first way of each: whoever could not be told by it is told by the next, sooner or later.
    assert dict(deliveries.filter(rung=0).values_list("member_id", "address")) == by_hand.addresses
    assert deliveries.count() + count.unreachable == count.members
    assert phones(alert, MessageKind.ALERT) == taken(set(by_hand.addresses.values()))


@pytest.mark.usefixtures("_worker")
def test_in_a_real_county_alert_answers_relay_stand_down_and_endings_reach_exactly_whom_they_should() -> None:  # noqa: PLR0915 - one story, in order
    load_everything()
    check_everything_published_is_there()
    check_members_lie_where_the_households_are_and_are_found_exactly_as_by_hand()
    amos, birch, oakes = (
        enrolled(Role.CONSTABLE, "Amos"),
        enrolled(Role.SERGEANT, "Birch"),
        enrolled(Role.OPERATOR, "Oakes"),
    )
    trained = clock.today() + dt.timedelta(days=365)
    organisations.train_for_fast_lane(officer_ref=oakes.ref, until=trained, actor="system:test")
    oakes.refresh_from_db()
    fell = Polygon(ring(9), [ring(3)])
    vetted = (Tier.VETTED, Tier.KIN)

    # To the farms round Beacon Fell, not to those in the hole.
    by_hand = meant_by_hand(fell, tiers=vetted, farm=True)
    question = AudienceQuestion(
        organisation_id=force().pk, polygons=(json.dumps(mapping(fell)),), scheme_kinds=(SchemeKind.FARM,)
    )
    first, count = sent(amos, birch, question, Tier.VETTED)
    settled()

    assert len(by_hand.members) > 100
    check_went_as_meant(first, count, by_hand)

    # Answers: a plate with a slip and a grid reference, a no, a shout that is no STOP, and a STOP.
    saw, nothing, shouts, stops = answerers(first, 4)
    words = {
        saw: "Grey pick up at SD 640 430, reg YN5I KHB, three men and dogs heading north",
        nothing: "Nothing here",
        shouts: "Stop them! They are tearing up my wheat",
        stops: "STOP",
    }
    for address, body in words.items():
        messaging.type_on_phone(address=address, body=body)
    settled()
    last_on_stopped_phone = SandboxMessage.objects.filter(address=stops).latest("id").pk

    opened = {report.words: report for report in Report.objects.filter(about=f"alert:{first.ref}")}
    assert set(opened) == {words[saw], words[nothing], words[shouts]}
    seen = opened[words[saw]]
    assert Reading(seen.reading) == Reading.SIGHTING
    assert [*seen.read_out.grid_refs] == ["SD 640 430"]
    assert [plate.normal for plate in seen.read_out.plates] == ["YN51KHB"]
    assert Reading(opened[words[nothing]].reading) == Reading.NOTHING
    assert Suppression.objects.count() == 1

    # To everybody in Ribble Valley; whoever stopped is not among them any more.
    in_the_valley = meant_by_hand(outline_of(ribble_valley()))
    whole_valley = AudienceQuestion(organisation_id=force().pk, areas=(ribble_valley(),))
    second, count = sent(amos, birch, whole_valley, Tier.MEMBER)
    settled()

    assert len(in_the_valley.members) > 1_000
    check_went_as_meant(second, count, in_the_valley)

    # The sighting goes on to farms that have not heard, without who said it.
    reports.mark_read(report=seen, officer=oakes)
    proposal = report_questions.proposal(officer=oakes, report=seen, tier=Tier.VETTED)
    sighting = Sighting(seen_at=seen.received_at, **asdict(proposal))
    relay = alerts.relay(officer=oakes, alert_ref=first.ref, sighting=sighting, report_ref=seen.ref)
    settled()

    assert relay.state == State.RELEASED
    told, told_next = phones(first, MessageKind.ALERT), phones(relay, MessageKind.ALERT)
    assert told_next
    assert not told & told_next
    said = Message.objects.get(about=f"alert:{relay.ref}", kind=MessageKind.ALERT)
    assert "N51" not in said.text + said.spoken + said.subject + said.email
    assert not any(saw[-9:] in text for text in (said.text, said.spoken, said.email))
    seen.refresh_from_db()
    assert seen.relayed_as == f"alert:{relay.ref}"

    # It is over: whoever heard of it hears that, and nobody else.
    alerts.stand_down(alert_ref=first.ref, officer=birch, reason="Police have dealt with it")
    settled()

    assert phones(first, MessageKind.STAND_DOWN) == taken(heard(told)) - {stops}
    assert phones(relay, MessageKind.STAND_DOWN) == taken(heard(told_next))
    assert not phones(second, MessageKind.STAND_DOWN)

    # What came of it: to whom it is owed.
    for alert in (first, second):
        alerts.end(alert_ref=alert.ref, officer=birch, ending="Three men were reported, thanks to what you told us.")
    settled()

    assert phones(first, MessageKind.ENDING) == {saw, nothing, shouts}
    assert not phones(relay, MessageKind.ENDING)
    assert not phones(second, MessageKind.ENDING)
    assert {Alert.objects.get(pk=alert.pk).state for alert in (first, second, relay)} == {State.ENDED}
    assert not report_questions.count_open(officer=birch)
    # The phone that said STOP has been silent since it was told that it is heard.
    assert SandboxMessage.objects.filter(address=stops).latest("id").pk == last_on_stopped_phone
    assert Inbound.objects.count() == len(words)
