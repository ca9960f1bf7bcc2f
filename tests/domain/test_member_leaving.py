"""A force leaves with everything about its members, and an empty installation counts the same afterwards."""

import json
import re
import uuid
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from shapely.geometry import box

from hueandcry.console.main import main
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.actions import consult
from hueandcry.domain.members.actions import leaving as actions
from hueandcry.domain.members.models import (
    Ask,
    Bridge,
    Consent,
    ContactPoint,
    KeyContact,
    Mechanism,
    Member,
    Membership,
    Preference,
    Pulse,
    Scheme,
    SignUp,
    Suppression,
    Talk,
    Visit,
)
from hueandcry.domain.members.queries import leaving as queries
from hueandcry.domain.members.rules import (
    AudienceCount,
    AudienceQuestion,
    Channel,
    CheckKind,
    MechanismKind,
    MemberError,
    SchemeKind,
    TalkHow,
    Tier,
    VisitState,
)
from hueandcry.domain.members.rules.stopping import address_hash
from hueandcry.domain.organisations.models import Officer, Organisation
from hueandcry.domain.places.queries import areas
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from tests import builders, cast

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "operate" / "leave-with-your-list.md"


NARROWED: tuple[dict[str, object], ...] = (
    {},
    {"lowest_tier": Tier.VETTED},
    {"scheme_kinds": (SchemeKind.FARM,)},
    {"topics": ("hare-coursing",)},
)


def a_force() -> None:
    """Fill a force: districts, schemes, members of every kind, stops, withdrawals, wishes."""
    edges = (1.6, 2.2, 2.8, 3.4)
    for place, (west, east) in enumerate(pairwise(edges)):
        builders.area(f"D{place}", kind=AreaKind.DISTRICT, shape=box(west, 54.0, east, 55.2))
    amos, fire = cast.amos(), builders.partner()
    holt = builders.scheme(area_id=areas(kind=AreaKind.DISTRICT)[0].id)
    horse = builders.scheme("Wold Horse Watch", SchemeKind.HORSE, organisation=fire)
    topic = builders.topic()
    for number in range(300):
        builders.member(
            name=f"Zoë “{number}”\\n",
            at=(1.61 + (number * 7919 % 1700) / 1000, 54.01 + (number * 104729 % 1100) / 1000),
            mobile=f"+4477009{number:05}" if number % 3 else None,
            email=f"p{number}@example.org" if number % 2 else "",
            tier=(Tier.MEMBER, Tier.VETTED, Tier.KIN)[number % 3],
            schemes=(holt,) if number % 5 == 0 else (horse,) if number % 7 == 0 else (),
            topics=(topic,) if number % 4 == 0 else (),
            agreed_to=fire if number % 11 == 0 else None,
        )
    some = list(Member.objects.order_by("pk")[:30])
    Consent.objects.filter(member=some[1]).update(withdrawn_at=clock.now(), withdrawn_by="page:x", evidence="f, line 2")
    ContactPoint.objects.filter(member=some[2]).update(suspended_at=clock.now())
    Preference.objects.create(member=some[4], priority=2, channel=Channel.SMS, wanted=False)
    stop = ContactPoint.objects.filter(channel="sms")[9]
    Suppression.objects.create(channel="sms", address_hash=address_hash("sms", stop.address), since=clock.now())
    parts = list(Membership.objects.filter(scheme=holt).order_by("pk")[:2])
    Membership.objects.filter(pk=parts[1].pk).update(rung_by=parts[0])
    keep_in_touch(some, holt, amos)
    call_at_doors(some, amos)
    consult(officer=amos, ref=some[3].ref)


def keep_in_touch(some: list[Member], holt: Scheme, amos: Officer) -> None:
    """Fill what is kept of key individuals, of those who were checked, and of who carries alerts to a group."""
    farmers, boaters = builders.community(), builders.community("Boaters of Holt")
    key = builders.key_contact(amos, farmers, boaters, member=some[5], successor=some[6], tension=True)
    moment = clock.now()
    Mechanism.objects.create(community=farmers, kind=MechanismKind.SCHEME, scheme=holt, last_used=moment.date())
    Talk.objects.create(key_contact=key, officer=amos, at=moment, how=TalkHow.VISIT, note="Ring twice.")
    Pulse.objects.create(
        key_contact=key, quarter="2026-Q4", answers=[1, 2, 3, 4, 5], words={"5": "Żuk"}, officer=None, at=moment
    )
    Ask.objects.create(member=some[7], subject_hash=b"\x00\\\xff", officer=amos, at=moment)
    Bridge.objects.create(code="K7M2", member=some[8], scheme=holt, name="Holt “farmers”", people=40, made_at=moment)
    builders.checked(some[9], CheckKind.VETTING)


def call_at_doors(some: list[Member], amos: Officer) -> None:
    """Fill what is kept of calls at doors and of drafts that came in from a phone."""
    moment = clock.now()
    for number, state in enumerate(VisitState):
        Visit.objects.create(
            key=uuid.UUID(int=number),
            officer=amos,
            organisation=amos.organisation,
            postcode="QD11AA",
            door=f"{number}\tRose Cottage",
            point=(2.5, 54.5) if number % 2 else None,
            state=state,
            at=moment,
            member=some[10] if state == VisitState.REGISTERED else None,
        )
    SignUp.objects.create(key=uuid.UUID(int=9), officer=amos, member=some[10], said_at=moment, received_at=moment)


def counts() -> list[tuple[str, str, str, AudienceCount]]:
    """Count every district, for both organisations, by all that an audience asks."""
    found: list[tuple[str, str, str, AudienceCount]] = []
    for area in areas(kind=AreaKind.DISTRICT):
        for organisation in Organisation.objects.order_by("name"):
            narrowed: tuple[dict[str, Any], ...] = (
                {},
                {"lowest_tier": Tier.VETTED},
                {"scheme_kinds": (SchemeKind.FARM,)},
                {"topics": ("hare-coursing",)},
            )
            for extra in narrowed:
                question = AudienceQuestion(organisation_id=organisation.pk, areas=(area.id,), **extra)
                found.append((area.name, organisation.name, str(extra), members.count_audience(question=question)))
    return found


def emptied() -> None:
    """Leave nothing but the ground, as a new installation with its boundaries loaded."""
    tables = [queries.model_of(name)._meta.db_table for name, _ in queries.TABLES]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        cursor.execute("SELECT count(*) FROM members_reach")
        assert cursor.fetchone() == (0,)


def test_what_is_taken_out_counts_the_same_when_it_is_brought_in_and_goes_out_again_the_same(tmp_path: Path) -> None:
    a_force()
    before = counts()
    assert sum(line[3].members for line in before) > 300

    out = actions.take_out(folder=tmp_path / "first")
    emptied()
    brought = actions.bring_in(folder=tmp_path / "first")
    again = actions.take_out(folder=tmp_path / "second")

    assert counts() == before
    assert out.rows == brought.rows == again.rows
    assert out.rows["members"] == 300
    assert [name for name, rows in out.rows.items() if not rows] == []
    for name, _ in queries.TABLES:
        first, second = ((tmp_path / folder / f"{name}.jsonl").read_bytes() for folder in ("first", "second"))
        assert first == second, name
    assert Membership.objects.exclude(rung_by=None).get().rung_by is not None
    key = KeyContact.objects.get()
    assert {one.name for one in key.communities.all()} == {"Farmers of Holt", "Boaters of Holt"}
    assert (key.pulses.get().answers, key.successor_id is None) == ([1, 2, 3, 4, 5], False)
    assert bytes(Ask.objects.get().subject_hash) == b"\x00\\\xff"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_reach_differs((SELECT array_agg(id) FROM members_member))")
        assert cursor.fetchone() == (0,)


def test_no_table_about_members_is_left_behind_but_those_that_the_document_names() -> None:
    taken = {queries.model_of(name)._meta.db_table for name, _ in queries.TABLES}
    all_tables = {
        model._meta.db_table for model in apps.get_app_config("members").get_models(include_auto_created=True)
    }

    # "What is not in it", in docs/operate/leave-with-your-list.md; the first is made from the others.
    assert all_tables - taken == {
        "members_reach",
        "members_application",
        "members_batch",
        "members_batchrow",
        "members_devicecode",
        "members_merge",
        "members_pair",
        "members_pushdevice",
        "members_savedaudience",
    }


def test_no_secret_is_taken_out_and_that_it_was_is_kept(tmp_path: Path) -> None:
    dell = cast.dell()
    Officer.objects.update(password="pbkdf2-secret")

    actions.take_out(folder=tmp_path / "out", actor="officer:TEST22")

    written = "".join(file.read_text() for file in (tmp_path / "out").iterdir())
    assert dell.ref in written
    assert dell.page_token not in written
    assert "pbkdf2-secret" not in written
    assert Record.objects.get(event="members.taken_out").actor == "officer:TEST22"
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_what_is_here_already_is_neither_written_over_nor_mixed(tmp_path: Path) -> None:
    cast.dell()
    actions.take_out(folder=tmp_path / "out")

    with pytest.raises(MemberError, match="not empty"):
        actions.take_out(folder=tmp_path / "out")
    with pytest.raises(MemberError, match="members here already"):
        actions.bring_in(folder=tmp_path / "out")
    assert Member.objects.count() == 1


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("members.jsonl", lambda _: "", "should have 1"),
        ("members.jsonl", None, "is missing"),
        ("datapackage.json", None, "has no datapackage"),
        ("datapackage.json", lambda _: "{", "is damaged"),
        ("datapackage.json", lambda text: text.replace("hueandcry-members", "other"), "another kind"),
        ("contacts.jsonl", lambda text: text + text, "stands here already, or twice"),
        (
            "schemes.jsonl",
            lambda text: text.replace('"area":null', '"area":"ward/1999/E1"'),
            "Load the same boundaries",
        ),
    ],
)
def test_damaged_files_bring_nothing_in(tmp_path: Path, file: str, change: object, sentence: str) -> None:
    cast.dell()
    actions.take_out(folder=tmp_path / "out")
    emptied()
    path = tmp_path / "out" / file
    if callable(change):
        path.write_text(change(path.read_text()))
    else:
        path.unlink()

    with pytest.raises(MemberError, match=sentence):
        actions.bring_in(folder=tmp_path / "out")

    assert not Member.objects.exists()
    assert not Organisation.objects.exists()


def test_the_commands_say_what_they_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast.dell()

    assert main(["leave", "--to", str(tmp_path / "out"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    emptied()
    assert main(["bring", str(tmp_path / "out")]) == 0

    assert report["rows"]["members"] == 1
    assert "about 1 members" in capsys.readouterr().out
    assert Member.objects.get().name == "Dell"


def test_every_column_stands_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    for resource in queries.resources():
        assert f"## {resource.name}.jsonl" in text
        section = text.split(f"## {resource.name}.jsonl")[1].split("\n## ")[0]
        for column in resource.columns:
            assert f"| `{column.name}` |" in section, (resource.name, column.name)


def test_what_streams_out_is_what_is_written_into_a_folder(tmp_path: Path) -> None:
    builders.member(name="Dell", mobile="+447700900111")
    actions.take_out(folder=tmp_path / "out")

    streamed = {
        name: "".join(f"{line}\n" for line in lines) for name, lines in actions.stream_out(actor="officer:TEST22")
    }

    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir()}
    for made in (streamed, written):
        made["datapackage.json"] = re.sub(r'"created": "[^"]+"', "", made["datapackage.json"])
    assert streamed == written
