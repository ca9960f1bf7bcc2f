"""What the database keeps ready for audiences is always what the tables say, however they were changed (ADR 15)."""

import datetime as dt
import hashlib
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, connections, transaction

from hueandcry.domain.members import actions
from hueandcry.domain.members.actions.reach import refresh_all, refreshed_once
from hueandcry.domain.members.models import (
    Consent,
    ContactPoint,
    Interest,
    Member,
    MemberPlace,
    Membership,
    Preference,
    Scheme,
    Suppression,
)
from hueandcry.domain.members.queries.reach import reach_differs
from hueandcry.domain.members.rules import (
    TIER_ORDER,
    Channel,
    ConsentHow,
    MembershipState,
    MemberState,
    Priority,
    Purpose,
    Reading,
    SchemeKind,
    SchemeState,
    Tier,
)
from hueandcry.domain.members.rules.preferences import wanted
from hueandcry.kit import clock
from tests import builders

widening = import_module("hueandcry.domain.members.migrations.0010_make_room_for_ways")
CHANNELS, KINDS = list(Channel), list(SchemeKind)
# An agreement with a scheme reaches nobody but by its own messages.
PURPOSES: list[Purpose] = [purpose for purpose in Purpose if purpose != Purpose.SCHEME]
Row = tuple[Any, ...]


def kept() -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id, place_id, organisation_id, point[0], point[1], agreed, wants, kinds, tier, tier_until,"
            " paused_until::text, own_hours, language, topics, schemes FROM members_reach"
        )
        return sorted(cursor.fetchall(), key=repr)


def by_hand() -> list[Row]:
    """Work out the same from the tables, in Python, row by row."""
    rows: list[Row] = []
    for member in Member.objects.exclude(state=MemberState.LEFT):
        works = {
            Channel(contact.channel)
            for contact in ContactPoint.objects.filter(member=member, suspended_at=None).exclude(confirmed_at=None)
            if not Suppression.objects.filter(channel=contact.channel, address_hash=hashed(contact)).exists()
        }
        agreed: dict[int, int] = defaultdict(int)
        for consent in Consent.objects.filter(member=member, scheme=None, withdrawn_at=None):
            purpose, channel = PURPOSES.index(Purpose(consent.purpose)), Channel(consent.channel)
            agreed[consent.organisation_id] |= 1 << (32 + purpose)
            if channel in works:
                agreed[consent.organisation_id] |= 1 << (8 * purpose + CHANNELS.index(channel))
        choices = list(Preference.objects.filter(member=member))
        chosen = [(Priority(one.priority), Channel(one.channel), one.wanted) for one in choices]
        wants = sum(
            1 << (8 * (priority - 1) + CHANNELS.index(channel))
            for priority in Priority
            for channel in wanted(priority, reading=Reading(member.reading), chosen=chosen)
        )
        own_hours = any(one.from_minute is not None or one.until_minute is not None for one in choices)
        parts = Membership.objects.filter(
            member=member, state=MembershipState.IN, left_at=None, scheme__state=SchemeState.ACTIVE
        )
        schemes = sorted(parts.values_list("scheme_id", flat=True))
        kinds = sum(1 << KINDS.index(SchemeKind(kind)) for kind in set(parts.values_list("scheme__kind", flat=True)))
        topics = sorted(Interest.objects.filter(member=member).values_list("topic_id", flat=True))
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::timestamptz::text", [member.paused_until])
            paused = cursor.fetchone()[0]
        if member.state == MemberState.PAUSED:
            paused = paused or "infinity"
        at: list[tuple[Any, ...]] = [
            (place.pk, place.point.lon, place.point.lat) for place in MemberPlace.objects.filter(member=member)
        ]
        for place, lon, lat in at or [(None, None, None)]:
            for organisation, bits in agreed.items():
                rows.append(
                    (
                        *(member.pk, place, organisation, lon, lat),
                        *(bits, wants, kinds, TIER_ORDER.index(Tier(member.tier)), member.tier_until),
                        *(paused, own_hours, member.language, topics, schemes),
                    )
                )
    return sorted(rows, key=repr)


def hashed(contact: ContactPoint) -> bytes:
    return hashlib.sha256(f"{contact.channel}:{contact.address}".encode()).digest()


# ---------------------------------------------------------------- always as it should be


def _some(rows: Any, draw: random.Random) -> Any:
    found = list(rows.order_by("pk"))
    return draw.choice(found) if found else None


def _steps() -> list[Callable[[random.Random], object]]:  # noqa: C901, PLR0915 - a table of what may happen
    """Return what may happen: actions, and writes past them."""
    now = clock.now()
    schemes = [builders.scheme(f"Scheme {n}", kind=kind) for n, kind in enumerate((*KINDS, SchemeKind.FARM))]
    topics = [builders.topic(f"topic-{n}", f"Topic {n}") for n in range(3)]
    organisations = [builders.force(), builders.partner()]

    def joins(draw: random.Random) -> None:
        builders.member(
            email=draw.choice(["", f"m{draw.randrange(9)}@example.org"]),
            landline=draw.choice(["", f"+441632960{draw.randrange(3):03d}"]),
            schemes=tuple(draw.sample(schemes, draw.randrange(3))),
            topics=tuple(draw.sample(topics, draw.randrange(3))),
            agreed_to=draw.choice(organisations),
        )

    def acts(draw: random.Random) -> None:
        member = _some(Member.objects.exclude(state=MemberState.LEFT), draw)
        if member is None:
            return
        acting: list[Callable[[], object]] = [
            lambda: actions.pause(member_id=member.pk, actor="officer:TEST22"),
            lambda: actions.pause(member_id=member.pk, until=now + dt.timedelta(days=9), actor="officer:TEST22"),
            lambda: actions.resume(member_id=member.pk, actor="officer:TEST22"),
            lambda: Member.objects.filter(pk=member.pk).update(tier=draw.choice(list(Tier))),
            lambda: actions.withdraw(member_id=member.pk, channel=draw.choice(CHANNELS), actor="officer:TEST22"),
            lambda: actions.agree(
                member_id=member.pk,
                organisation_id=draw.choice(organisations).pk,
                channel=draw.choice(CHANNELS),
                purposes=draw.sample(PURPOSES, 2),
                how=ConsentHow.WEB,
                taken_by="officer:TEST22",
            ),
            lambda: actions.leave(member_id=member.pk, actor="officer:TEST22"),
        ]
        draw.choice(acting)()

    def stops(draw: random.Random) -> None:
        contact = _some(ContactPoint.objects.all(), draw)
        if contact:
            Suppression.objects.get_or_create(
                channel=contact.channel, address_hash=hashed(contact), defaults={"since": now}
            )

    def starts(draw: random.Random) -> None:
        Suppression.objects.filter(pk=getattr(_some(Suppression.objects.all(), draw), "pk", 0)).delete()

    def contacts(draw: random.Random) -> None:
        contact = _some(ContactPoint.objects.all(), draw)
        if contact is None:
            return
        change = draw.choice(["suspend", "back", "unconfirm", "move", "gone"])
        rows = ContactPoint.objects.filter(pk=contact.pk)
        if change == "gone":
            rows.delete()
        elif change == "move":
            rows.update(address=f"+4477009{contact.pk:05d}"[:13])
        elif change == "unconfirm":
            rows.update(confirmed_at=None)
        else:
            rows.update(suspended_at=now if change == "suspend" else None, confirmed_at=now)

    def places(draw: random.Random) -> None:
        place = _some(MemberPlace.objects.all(), draw)
        if place is None:
            return
        if draw.random() < 0.4:
            MemberPlace.objects.create(member=place.member, point=(draw.random(), 54.0))
        elif draw.random() < 0.6:
            MemberPlace.objects.filter(member__in=[place.member_id]).update(point=(draw.random(), 54.0))
        else:
            place.delete()

    def parts(draw: random.Random) -> None:
        part = _some(Membership.objects.all(), draw)
        if part is None:
            return
        rows = Membership.objects.filter(pk=part.pk)
        parting: list[Callable[[], object]] = [
            lambda: rows.update(left_at=now),
            lambda: rows.update(state=draw.choice(list(MembershipState))),
            rows.delete,
            lambda: Scheme.objects.filter(pk=part.scheme_id).update(state=draw.choice(list(SchemeState))),
            lambda: Scheme.objects.filter(pk=part.scheme_id).update(kind=draw.choice(KINDS)),
        ]
        draw.choice(parting)()

    def wishes(draw: random.Random) -> None:
        member = _some(Member.objects.all(), draw)
        if member is None:
            return
        Preference.objects.update_or_create(
            member=member,
            priority=draw.choice(list(Priority)),
            channel=draw.choice(CHANNELS),
            defaults={"wanted": draw.random() < 0.5, "from_minute": draw.choice([None, 60]), "until_minute": 900},
        )
        Member.objects.filter(pk=member.pk).update(reading=draw.choice(list(Reading)))

    def subjects(draw: random.Random) -> None:
        interest = _some(Interest.objects.all(), draw)
        if interest:
            interest.delete()

    def vanishes(draw: random.Random) -> None:
        member = _some(Member.objects.all(), draw)
        if member is not None and draw.random() < 0.5:
            member.delete()

    def many_at_once(draw: random.Random) -> None:
        Member.objects.filter(state=MemberState.ACTIVE).update(
            language=draw.choice(["en", "cy"]), tier_until=draw.choice([None, now.date()])
        )

    often: list[Callable[[random.Random], object]] = [joins, joins, acts, acts, contacts, contacts]
    return [*often, stops, starts, places, parts, wishes, subjects, vanishes, many_at_once]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_after_whatever_happens_it_is_what_the_tables_say(seed: int) -> None:
    draw = random.Random(seed)
    steps = _steps()
    for _ in range(4):
        steps[0](draw)

    for number in range(120):
        step = draw.choice(steps)
        step(draw)
        assert reach_differs() == [], f"after step {number}, {step.__name__}"
        if number % 10 == 0:
            assert kept() == by_hand(), f"after step {number}, {step.__name__}"

    assert kept() == by_hand()
    assert len(kept()) > 4


@pytest.mark.django_db
def test_a_wrong_row_by_hand_is_found_and_put_right() -> None:
    right, wrong, gone, twice = (builders.member() for _ in range(4))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_reach SET agreed = 0 WHERE member_id = %s", [wrong.pk])
        cursor.execute("DELETE FROM members_reach WHERE member_id = %s", [gone.pk])
        cursor.execute(
            "INSERT INTO members_reach (member_id, place_id, organisation_id, point, agreed, wants, kinds, tier,"
            " own_hours, language, topics, schemes) SELECT member_id, place_id, organisation_id, point, agreed, wants,"
            " kinds, tier, own_hours, language, topics, schemes FROM members_reach WHERE member_id = %s",
            [twice.pk],
        )

    found = reach_differs()
    refresh_all()

    assert found == [wrong.pk, gone.pk, twice.pk]
    assert right.pk not in found
    assert reach_differs() == []
    assert kept() == by_hand()


@pytest.mark.django_db
@pytest.mark.parametrize("reading", Reading)
def test_the_database_wants_by_default_what_the_rules_say(reading: Reading) -> None:
    says_nothing, wants_all, wants_none = (builders.member() for _ in range(3))
    Member.objects.update(reading=reading)
    for member, yes in ((wants_all, True), (wants_none, False)):
        Preference.objects.bulk_create(
            Preference(member=member, priority=priority, channel=channel, wanted=yes)
            for priority in Priority
            for channel in Channel
        )
    said = {
        member.pk: [(priority, channel, yes) for priority in Priority for channel in Channel]
        for member, yes in ((wants_all, True), (wants_none, False))
    }

    with connection.cursor() as cursor:
        cursor.execute("SELECT member_id, wants FROM members_reach_rows(ARRAY(SELECT id FROM members_member))")
        of_database = dict(cursor.fetchall())

    of_rules = {
        member.pk: sum(
            1 << (8 * (priority - 1) + CHANNELS.index(channel))
            for priority in Priority
            for channel in wanted(priority, reading=reading, chosen=said.get(member.pk, ()))
        )
        for member in (says_nothing, wants_all, wants_none)
    }
    assert of_database == of_rules, (
        "rules/preferences.DEFAULTS and what the database works out are no longer the same: write a migration that "
        "refreshes the defaults (members_reach_rows with the new numbers, then SELECT members_reach_refresh_all())."
    )


@pytest.mark.django_db
def test_room_for_more_ways_is_made_without_losing_one() -> None:
    # A nibble of ways for each purpose or priority becomes a byte; five all different, alone and together.
    narrow = [0, 0x1, 0x80, 0x300, 0x7000, 0xF0000, 0xA5C31, 0xFFFFF]
    wide = [0, 0x1, 0x800, 0x30000, 0x7000000, 0xF00000000, 0xA050C0301, 0x0F0F0F0F0F]

    def asked(bits: str, rows: list[int]) -> list[int]:
        sql = f"SELECT array_agg({bits.format(column='bits')}) FROM unnest(%s::bigint[]) AS bits"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [rows])
            found: list[int] = cursor.fetchone()[0]
            return found

    widened, narrowed = asked(widening.WIDER, narrow), asked(widening.NARROWER, wide)

    assert widened == wide
    assert narrowed == narrow


@pytest.mark.django_db
def test_held_back_it_is_worked_out_once_at_the_end() -> None:
    with refreshed_once() as written:
        member = builders.member(email="m@example.org")
        written.append(member.pk)
        meanwhile = [row for row in kept() if row[0] == member.pk]
    beside = builders.member()

    assert meanwhile == []
    assert {row[0] for row in kept()} == {member.pk, beside.pk}
    assert kept() == by_hand()


@pytest.mark.django_db
def test_a_change_that_no_audience_asks_about_writes_nothing() -> None:
    member = builders.member()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin, ctid FROM members_reach")
        before = cursor.fetchall()
        Member.objects.filter(pk=member.pk).update(name="Robin Wold", note="Ring twice")
        Member.objects.filter(pk=member.pk).update(state=MemberState.ACTIVE)
        cursor.execute("SELECT id, xmin, ctid FROM members_reach")

        assert cursor.fetchall() == before


# ---------------------------------------------------------------- two at once


def _at_once(*doing: Callable[[], object]) -> list[BaseException]:
    """Do these in connections of their own, each in a transaction that stays open for a moment."""
    begun = threading.Barrier(len(doing))
    faults: list[BaseException] = []

    def run(do: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                begun.wait(60)
                do()
                time.sleep(0.2)
        except BaseException as fault:  # noqa: BLE001 - whatever went wrong is what is tested
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[do]) for do in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return faults


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_member_at_once_leave_nothing_stale() -> None:
    member, beside = builders.member(email="m@example.org", landline="+441632960001"), builders.member()
    topic = builders.topic()

    faults = _at_once(
        lambda: Consent.objects.filter(member=member, channel=Channel.SMS).update(withdrawn_at=clock.now()),
        lambda: ContactPoint.objects.filter(member=member, channel=Channel.EMAIL).update(suspended_at=clock.now()),
        lambda: MemberPlace.objects.create(member=member, point=(1.0, 54.0)),
        lambda: Interest.objects.create(member=member, topic=topic),
        lambda: Interest.objects.create(member=beside, topic=topic),
        lambda: actions.pause(member_id=member.pk, actor="officer:TEST22"),
    )

    assert faults == []
    assert reach_differs() == []
    assert kept() == by_hand()


@pytest.mark.django_db(transaction=True)
def test_a_stop_and_the_same_number_being_added_at_once_leave_nobody_reachable() -> None:
    first, second = builders.member(), builders.member(mobile=None, email="m@example.org")
    number = ContactPoint.objects.get(member=first)
    Consent.objects.filter(member=second).update(channel=Channel.SMS)

    faults = _at_once(
        lambda: Suppression.objects.create(channel=Channel.SMS, address_hash=hashed(number), since=clock.now()),
        lambda: ContactPoint.objects.create(
            member=second, channel=Channel.SMS, address=number.address, confirmed_at=clock.now()
        ),
    )

    assert faults == []
    assert reach_differs() == []
    assert {row[5] & 0xFFFF for row in kept()} == {0}


@pytest.mark.django_db(transaction=True)
def test_a_scheme_that_closes_while_somebody_joins_it_holds_nobody() -> None:
    scheme, member = builders.scheme(), builders.member()
    builders.member(schemes=(scheme,))

    faults = _at_once(
        lambda: Scheme.objects.filter(pk=scheme.pk).update(state=SchemeState.CLOSED),
        lambda: Membership.objects.create(scheme=scheme, member=member, joined_at=clock.now()),
    )

    assert faults == []
    assert reach_differs() == []
    assert {tuple(row[-1]) for row in kept()} == {()}
