"""A file from another system: read whatever it is, tried out, brought over once, asked again where nothing proves."""

import io
import zipfile

import pytest
from shapely.geometry import box

from hueandcry.domain.members.actions import bringing as actions
from hueandcry.domain.members.models import Batch, BatchRow, Consent, ContactPoint, Member, Scheme, Suppression
from hueandcry.domain.members.queries import bringing as queries
from hueandcry.domain.members.rules import BatchState, Channel, ConsentHow, MemberError, Purpose, RowOutcome
from hueandcry.domain.members.rules.bringing import Meaning, Proof, Reading, reading_of
from hueandcry.domain.members.rules.stopping import address_hash
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.models import Postcode
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock, sheets
from tests import builders, cast

pytestmark = pytest.mark.django_db

HEAD = "Title,Full name,Mobile,Home phone,E-mail,Postcode,Groups,Interests,Consent,Consent date,Consent evidence"
GOOD = "Mrs,Ann Marsh,07700 900201,,ann@example.org,QA1 1AA,Holt Farm Watch,Fuel,Yes,12/03/2023,Web form v2"


def lead() -> Officer:
    return builders.officer(Role.ENGAGEMENT, name="Lake")


@pytest.fixture(autouse=True)
def _ground() -> None:
    builders.area("Doggerland", kind=AreaKind.FORCE, shape=box(1.6, 54.0, 3.4, 55.2))
    for code, point in (("QA11AA", (2.5, 54.5)), ("QA11AB", (2.51, 54.5)), ("QY99ZZ", (9.0, 50.0))):
        Postcode.objects.create(code=code, point=point, uncertainty_m=50, edition="2026-01", source="test")


def taken(text: str | bytes, officer: Officer | None = None, name: str = "old list.csv") -> Batch:
    data = text.encode() if isinstance(text, str) else text
    return actions.take_in(officer=officer or lead(), name=name, file=io.BytesIO(data), size=len(data))


def tried(batch: Batch, proof: Proof = Proof.COLUMNS, **words: dict[str, str]) -> dict[RowOutcome, int]:
    kept = reading_of(batch.mapping)
    reading = Reading(kept.meanings, proof, (Purpose.ALERT,), words)
    actions.choose(officer=batch.officer, ref=batch.ref, reading=reading)
    actions.start(officer=batch.officer, ref=batch.ref)
    return actions.try_out(batch_ref=batch.ref)


def brought(batch: Batch, typed: str = "") -> int:
    actions.start(officer=batch.officer, ref=batch.ref, bring=True, typed=typed)
    return actions.bring_over(batch_ref=batch.ref)


def whys(batch: Batch) -> list[tuple[str, str]]:
    return list(BatchRow.objects.filter(batch=batch).order_by("number").values_list("outcome", "why"))


# ---------------------------------------------------------------- reading whatever it is


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".encode(), "UTF-8"),
        (f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".encode("utf-8-sig"), "UTF-8"),
        (f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".encode("cp1252"), "Windows-1252"),
        (f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".encode("utf-16"), "UTF-16"),
        (f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".encode("utf-16-le"), "UTF-16"),
        (f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".replace(",", ";").encode(), "UTF-8"),
        (f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".replace(",", "\t").encode(), "UTF-8"),
        (f"{HEAD}\r{GOOD.replace('Ann', 'Zoë')}\r".encode(), "UTF-8"),
        (f"{HEAD}\n{GOOD.replace('Ann', 'ZoÃ«')}\n".encode(), "UTF-8"),
        (f"Export of members\n\n{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".encode(), "UTF-8"),
        (
            f"{HEAD}\n{GOOD.replace('Ann', 'Zoë')}\n".encode() + f"{GOOD.replace('Ann', 'Noël')}\n".encode("cp1252"),
            "UTF-8, with 1 lines in Windows-1252 among them",
        ),
    ],
)
def test_a_list_is_read_in_every_encoding_and_with_every_separator(data: bytes, said: str) -> None:
    batch = taken(data)

    counts = tried(batch)

    assert batch.mapping["encoding"] == said
    assert counts[RowOutcome.JOINS] >= 1
    brought(batch)
    assert Member.objects.filter(name="Zoë Marsh").count() == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\n\n   \n", "The file is empty"),
        (HEAD.encode(), "only a header"),
        (b"%PDF-1.7 nothing", "a PDF"),
        (b"\xd0\xcf\x11\xe0 old", "an old Excel workbook"),
        (b"\x00" * 500 + b"\x01\x02" * 400, "no text file"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(data: bytes, sentence: str) -> None:
    with pytest.raises(MemberError, match=sentence):
        taken(data)


def test_a_workbook_is_refused_with_how_to_save_it() -> None:
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")

    with pytest.raises(MemberError, match="choose Save as, CSV UTF-8"):
        taken(workbook.getvalue(), name="members.csv")


def test_hostile_cells_are_left_in_the_file_and_everybody_else_is_read() -> None:
    rows = [
        GOOD,
        GOOD.replace("Ann Marsh", "N\x00ina Marsh").replace("900201", "900202").replace("ann@", "nina@"),
        f'Mr,"{"x" * 1_000_000}",07700 900203,,,QA1 1AA,,,Yes,12/03/2023,Form',
        'Mr,"Broken Quote,07700 900204,,,QA1 1AA,,,Yes,12/03/2023,Form',
        GOOD.replace("Ann Marsh", '"Line\nBreak"').replace("900201", "900205").replace("ann@", "break@"),
        GOOD.replace("Ann Marsh", "=cmd|' /C calc'!A0").replace("900201", "900206").replace("ann@", "cmd@"),
    ]
    rows += [f"Mr,N{n} Wold,07700 9003{n:02},,,QA1 1AA,,,Yes,1/2/2023,F" for n in range(60)]
    batch = taken("\n".join([HEAD, *rows]))

    counts = tried(batch)

    assert counts[RowOutcome.JOINS] == 64
    assert counts[RowOutcome.REFUSED] == 2
    brought(batch)
    assert set(Member.objects.filter(name__contains=" Marsh").values_list("name", flat=True)) == {
        "Ann Marsh",
        "Nina Marsh",
    }
    assert Member.objects.filter(name="Line Break").exists()
    # A download for a spreadsheet runs nothing, and comes back as it was.
    line = "".join(sheets.written(queries.export_rows(batch=batch)))
    assert ",'=cmd|" in line


def test_a_quotation_that_never_ends_eats_nobody() -> None:
    rows = [f",P{n} Wold,,,p{n}@example.org,QA1 1AA,,,Yes,12/03/2023,Form" for n in range(60)]
    rows[10] = rows[10].replace("P10", '"P10')
    rows[20] = rows[20].replace("P20", '"P20')
    rows[59] = rows[59].replace("P59", '"P59')
    batch = taken("\n".join([HEAD, *rows]))

    counts = tried(batch)

    assert batch.rows_total == 60
    assert counts == {RowOutcome.JOINS: 57, RowOutcome.REFUSED: 3}


def test_columns_of_the_same_name_are_told_apart_and_none_is_lost() -> None:
    batch = taken("Name,Phone,Phone,,Postcode\nAnn Marsh,07700 900201,01632 960001,x,QA1 1AA\n")

    tried(batch, Proof.NONE)
    brought(batch)

    assert batch.columns == ["Name", "Phone", "Phone (2)", "Column 4", "Postcode"]
    assert set(ContactPoint.objects.values_list("channel", "address")) == {
        ("sms", "+447700900201"),
        ("voice", "+441632960001"),
    }


def test_columns_are_guessed_from_what_stands_in_them_where_there_is_no_header() -> None:
    batch = taken("".join(f"07700 90020{n},p{n}@example.org,QA1 1AA,Ann Marsh\n" for n in range(5)))

    assert reading_of(batch.mapping).meanings == (Meaning.PHONE, Meaning.EMAIL, Meaning.POSTCODE, Meaning.NOTHING)


# ---------------------------------------------------------------- what would happen


def test_each_row_is_judged_with_a_sentence_and_nothing_is_changed() -> None:
    Suppression.objects.create(channel="sms", address_hash=address_hash("sms", "+447700900209"), since=clock.now())
    cast.dell()
    rows = (
        GOOD,
        GOOD,
        ",Dell,07700 900111,,,QA1 1AA,,,Yes,12/03/2023,Form",
        ",Stop Wold,07700 900209,,,QA1 1AA,,,Yes,12/03/2023,Form",
        ",No Wold,07700 900210,,,QA1 1AA,,,No,12/03/2023,Form",
        ",Undated Wold,07700 900211,,,QA1 1AA,,,Yes,,Form",
        ",Land Wold,01632 960002,,,QA1 1AA,,,Yes,12/03/2023,Form",
        ",Far Wold,07700 900212,,,QY9 9ZZ,,,Yes,12/03/2023,Form",
        ",Lost Wold,07700 900213,,,QA9 9AA,,,Yes,12/03/2023,Form",
        ",,07700 900214,,,QA1 1AA,,,Yes,12/03/2023,Form",
        ",Mute Wold,7.7E+09,,not an address,QA1 1AA,,,Yes,12/03/2023,Form",
        ",Tomorrow Wold,07700 900215,,,QA1 1AA,,,Yes,12/03/2999,Form",
    )
    before = Member.objects.count(), Consent.objects.count()
    batch = taken("\n".join([HEAD, *rows]))

    tried(batch)

    assert [(outcome, why[:38]) for outcome, why in whys(batch)] == [
        ("joins", ""),
        ("twice", "Is the same person as line 2."),
        ("known", f"Is a member already, {Member.objects.get(name='Dell').ref}: nothi"),
        ("stopped", "Asked us to stop at every number and a"),
        ("stopped", "Said no in the other system, so they s"),
        ("asks", "They agreed, but the file has no day o"),
        ("joins", "The number in the column for mobiles i"),
        ("refused", "The place lies outside the force: pass"),
        ("refused", "No such postcode is loaded: check it."),
        ("refused", "There is no name."),
        ("refused", "Nothing reaches them: a spreadsheet ha"),
        ("asks", "They agreed, but the file has no day o"),
    ]
    assert (Member.objects.count(), Consent.objects.count()) == before


def test_what_was_agreed_comes_with_what_proves_it() -> None:
    builders.topic("fuel-theft", "Fuel theft")
    watch, topic = builders.scheme(), builders.topic()
    batch = taken(f"{HEAD}\n{GOOD}\n,Noise Wold,07700 900298,,,QA1 1AA,Other,,No,,\n")

    tried(
        batch,
        groups={"HOLT FARM WATCH": str(watch.pk), "OTHER": "found:horse"},
        interests={"FUEL": str(topic.pk)},
    )
    brought(batch)

    ann = Member.objects.get(name="Ann Marsh")
    consent = ann.consents.get(channel=Channel.SMS, scheme=None)
    assert (consent.how, consent.wording) == (ConsentHow.IMPORT, "import")
    assert consent.evidence == "old list.csv, line 2, 2023-03-12: Web form v2; Yes"
    assert f"{consent.given_at:%Y-%m-%d}" == "2023-03-12"
    assert ann.consents.filter(scheme=None).count() == 2
    own = ann.consents.get(scheme=watch, channel=Channel.SMS)
    assert (own.how, own.wording, own.evidence, own.given_at) == (
        ConsentHow.IMPORT,
        "2026-11-scheme",
        consent.evidence,
        consent.given_at,
    )
    assert ann.memberships.get().scheme == watch
    assert ann.interests.get().topic == topic
    assert Scheme.objects.filter(name="Other", kind="horse").count() == 1
    assert not Member.objects.filter(name="Noise Wold").exists()


def test_without_evidence_nobody_may_be_written_to_but_asked() -> None:
    batch = taken(f"{HEAD}\n{GOOD}\n")

    counts = tried(batch, Proof.NONE)
    brought(batch)

    assert counts == {RowOutcome.ASKS: 1}
    member = Member.objects.get(name="Ann Marsh")
    assert member.contacts.count() == 2
    assert not member.consents.exists()


# ---------------------------------------------------------------- once, however often


def many(count: int) -> str:
    rows = (f",P{n} Wold,,,p{n}@example.org,QA1 1AA,,,Yes,12/03/2023,Form" for n in range(count))
    return "\n".join([HEAD, *rows])


def test_a_run_that_is_killed_goes_on_and_doubles_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "AT_A_TIME", 7)
    batch = taken(many(40))
    tried(batch)
    actions.start(officer=batch.officer, ref=batch.ref, bring=True)

    first = actions.bring_over(batch_ref=batch.ref, most=14)
    batch.refresh_from_db()
    state = batch.state
    second = actions.bring_over(batch_ref=batch.ref)
    third = actions.bring_over(batch_ref=batch.ref)

    assert (first, state, second, third) == (14, BatchState.BRINGING, 26, 0)
    assert Member.objects.count() == 40
    assert BatchRow.objects.filter(batch=batch, member__isnull=False).count() == 40
    assert {outcome for outcome, _ in whys(batch)} == {"joins"}
    assert Record.objects.filter(event="batch.brought").count() == 1


def test_who_joined_or_stopped_since_the_trial_is_looked_at_again() -> None:
    batch = taken(many(3))
    tried(batch)
    builders.member(name="P0 Wold", mobile=None, email="p0@example.org")
    Suppression.objects.create(channel="email", address_hash=address_hash("email", "p1@example.org"), since=clock.now())

    brought(batch)

    assert [outcome for outcome, _ in whys(batch)] == ["known", "stopped", "joins"]
    assert Member.objects.filter(name="P1 Wold").count() == 0
    assert Member.objects.filter(name="P0 Wold").count() == 1


def test_the_same_file_is_taken_once_and_its_people_once() -> None:
    officer = lead()
    batch = taken(many(3), officer)
    tried(batch)
    brought(batch)

    with pytest.raises(MemberError, match="is here already"):
        taken(many(3), officer)
    again = taken(many(4), officer)
    counts = tried(again)

    assert counts == {RowOutcome.KNOWN: 3, RowOutcome.JOINS: 1}


def test_of_two_officers_who_press_at_once_the_second_is_told() -> None:
    batch = taken(many(2))
    other = builders.officer(Role.ADMINISTRATOR, name="Reed")
    tried(batch)
    actions.start(officer=batch.officer, ref=batch.ref, bring=True)

    with pytest.raises(MemberError, match="being brought over already"):
        actions.start(officer=other, ref=batch.ref, bring=True)
    with pytest.raises(MemberError, match="being brought over already"):
        actions.start(officer=other, ref=batch.ref)
    with pytest.raises(MemberError, match="stays as their evidence"):
        actions.drop(officer=other, ref=batch.ref)


def test_a_county_is_not_brought_over_by_a_slip_of_the_finger() -> None:
    batch = taken(many(501))
    tried(batch)

    with pytest.raises(MemberError, match="Type the number 501"):
        actions.start(officer=batch.officer, ref=batch.ref, bring=True, typed="50")
    assert brought(batch, typed="501") == 501


def test_bad_rows_are_downloaded_mended_and_taken_alone() -> None:
    officer = lead()
    batch = taken(f"{HEAD}\n{GOOD}\n,Lost Wold,+44 7700 900213,,,QA9 9AA,,,Yes,12/03/2023,Form\n", officer)
    tried(batch)
    brought(batch)
    download = "".join(sheets.written(queries.export_rows(batch=batch, outcome=RowOutcome.REFUSED)))

    mended = taken(download.replace("QA9 9AA", "QA1 1AB"), officer, name="mended.csv")
    counts = tried(mended)
    brought(mended)

    assert "'+44 7700 900213" in download
    assert "No such postcode" in download
    assert counts == {RowOutcome.JOINS: 1}
    assert Member.objects.get(name="Lost Wold").contacts.get().address == "+447700900213"
    assert Member.objects.count() == 2


def test_partners_and_strangers_bring_nobody() -> None:
    everything = builders.officer(*Role, name="Allseer", organisation=builders.partner())
    batch = taken(many(1))

    with pytest.raises(MemberError, match="Only the force"):
        taken(many(2), everything)
    for officer in (everything, cast.grey(), cast.frost()):
        assert queries.batches(officer=officer) == []
        with pytest.raises(LookupError):
            queries.get_batch(officer=officer, ref=batch.ref)
