"""Files from other systems, people who stand here twice, and taking everything out, on the desk."""

import io
import json
import zipfile
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from django.urls import reverse

from hueandcry.domain.members import jobs
from hueandcry.domain.members.actions import bringing, pairing
from hueandcry.domain.members.models import Batch, BatchRow, ContactPoint, Member, Pair, Scheme, Suppression
from hueandcry.domain.members.queries import bringing as queries
from hueandcry.domain.members.rules import BatchState, Channel, ConsentHow, MemberError
from hueandcry.domain.members.rules.stopping import address_hash
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions.asking import ask_again
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.models import Postcode
from hueandcry.domain.records.models import Record
from hueandcry.domain.reports import actions as reports
from hueandcry.domain.reports.models import Report
from hueandcry.kit import clock
from hueandcry.web.parts import downloads
from tests import builders, cast
from tests.web.desk import queries_of, signed_in, the_force

pytestmark = pytest.mark.django_db

LIST = (
    "Full name;Mobile;E-mail;Postcode;Group;Consent;Consent date\n"
    "Ann Marsh;07700 900401;ann@example.org;QA1 1AA;Holt Farm Watch;Yes;12/03/2023\n"
    "Bob Wold;07700 900402;bob@example.org;QA1 1AA;Wold Riders;Perhaps;12/03/2023\n"
    "Cat Dyke;nonsense;;QA1 1AA;;Yes;12/03/2023\n"
)


def lead() -> Officer:
    return builders.officer(Role.ENGAGEMENT, name="Lake")


def administrator() -> Officer:
    return builders.officer(Role.ADMINISTRATOR, name="Reed")


@pytest.fixture(autouse=True)
def _ground() -> None:
    the_force()
    Postcode.objects.create(code="QA11AA", point=(2.5, 54.5), uncertainty_m=50, edition="2026-01", source="test")


def upload(client: Client, text: str | bytes = LIST, name: str = "old.csv") -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    return client.post(reverse("desk:imports:list"), {"file": SimpleUploadedFile(name, data)}, follow=True)


def at(screen: str, batch: Batch) -> str:
    return reverse(f"desk:imports:{screen}", args=[batch.ref])


def columns_form(batch: Batch, **changes: str) -> dict[str, Any]:
    meanings = {f"column_{place}": meaning for place, meaning in enumerate(batch.mapping["meanings"])}
    return {**meanings, "proof": "columns", "purposes": ["alert"], **changes}


def brought(client: Client, **changes: str) -> Batch:
    """Walk a file through all screens, the jobs run by hand."""
    upload(client)
    batch = Batch.objects.get()
    client.post(at("columns", batch), columns_form(batch, **changes))
    page = client.get(at("words", batch))
    form = page.context["form"]
    client.post(at("words", batch), {name: field.initial or "" for name, field in form.fields.items()})
    bringing.try_out(batch_ref=batch.ref)
    client.post(at("bring", batch))
    bringing.bring_over(batch_ref=batch.ref)
    batch.refresh_from_db()
    return batch


def test_an_engagement_lead_walks_a_list_over_screen_by_screen() -> None:
    watch = builders.scheme()
    client = signed_in(lead())

    columns = upload(client).content.decode()
    batch = Batch.objects.get()
    words = client.post(at("columns", batch), columns_form(batch), follow=True)
    page_of_words = words.content.decode()
    form = {name: field.initial or "" for name, field in words.context["form"].fields.items()}
    rider = next(name for name, field in words.context["form"].fields.items() if "Wold Riders" in str(field.label))
    trying = client.post(at("words", batch), {**form, rider: "found:horse"}, follow=True).content.decode()
    bringing.try_out(batch_ref=batch.ref)
    tried = client.get(at("page", batch)).content.decode()
    nobody_yet = Member.objects.count()
    client.post(at("bring", batch))
    bringing.bring_over(batch_ref=batch.ref)
    done = client.get(at("page", batch)).content.decode()

    assert "Read as UTF-8, semicolons between the cells, header on line 1" in columns
    assert "07700 900401" in columns
    assert "Wold Riders (1)" in page_of_words
    assert "Being tried out" in trying
    assert "Bring over 2 members" in tried
    assert "Nothing reaches them" in tried
    assert nobody_yet == 0
    assert "Brought over" in done
    assert Member.objects.get(name="Ann Marsh").memberships.get().scheme == watch
    assert Scheme.objects.get(name="Wold Riders").kind == "horse"
    assert not Member.objects.filter(name="Cat Dyke").exists()


def test_a_workbook_is_refused_with_what_to_do_and_nothing_is_kept() -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")

    page = upload(signed_in(lead()), book.getvalue(), "members.xlsx").content.decode()

    assert "choose Save as, CSV UTF-8" in page
    assert not Batch.objects.exists()


def test_a_column_that_nobody_named_is_asked_for() -> None:
    client = signed_in(lead())
    upload(client)
    batch = Batch.objects.get()

    page = client.post(at("columns", batch), columns_form(batch, column_3="nothing")).content.decode()

    assert "Say which column holds the postcode" in page
    assert Batch.objects.get().state == BatchState.READ


def test_what_happened_is_downloaded_and_no_spreadsheet_runs_it() -> None:
    client = signed_in(lead())
    batch = brought(client)

    whole = b"".join(client.get(at("rows", batch)).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    bad = b"".join(client.get(at("rows", batch), {"outcome": "refused"}).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    assert whole.splitlines()[0].startswith("Line,What happens,Full name")
    assert len(whole.splitlines()) == 4
    assert [line.split(",")[0] for line in bad.splitlines()] == ["Full name", "Cat Dyke"]


def test_a_long_download_goes_out_while_it_is_made() -> None:
    rows = "".join(f"Ann Marsh,07700 900401,,QA1 1AA,Yes,12/03/2023,{'x' * 150} {place}\n" for place in range(2_500))
    lake = lead()
    client = signed_in(lake)
    upload(client, LIST.splitlines()[0] + "\n" + rows)
    batch = Batch.objects.get()
    made: list[int] = []

    async def fetched() -> list[bytes]:
        browser = AsyncClient()
        await browser.aforce_login(lake)
        response: Any = await browser.get(at("rows", batch))
        pieces = []
        async for piece in response.streaming_content:
            pieces.append(piece)
            made.append(len(piece))
        return pieces

    pieces = async_to_sync(fetched)()

    assert len(pieces) > 2
    assert max(made) < 2 * downloads.PIECE
    assert b"".join(pieces) == b"".join(client.get(at("rows", batch)).streaming_content)  # type: ignore[attr-defined]


def test_a_file_is_thrown_away_with_its_rows() -> None:
    client = signed_in(lead())
    upload(client)
    batch = Batch.objects.get()

    client.post(at("drop", batch))

    batch.refresh_from_db()
    assert batch.state == BatchState.DROPPED
    assert not batch.rows.exists()


# ---------------------------------------------------------------- asking again


def test_who_came_without_evidence_is_asked_once_and_a_yes_counts() -> None:
    client = signed_in(lead())
    batch = brought(client, proof="none")

    before = client.get(at("page", batch)).content.decode()
    client.post(at("ask", batch))
    client.post(at("ask", batch))
    ask_again(batch_ref=batch.ref)
    ask_again(batch_ref=batch.ref)
    ann, bob = Member.objects.get(name="Ann Marsh"), Member.objects.get(name="Bob Wold")
    messaging.type_on_phone(address="+447700900401", body="Yes please!")
    messaging.type_on_phone(address="+447700900402", body="STOP")
    after = client.get(at("page", batch)).content.decode()

    assert "Ask 2 people once" in before
    asked = Delivery.objects.filter(message__about=f"batch:{batch.ref}")
    assert sorted(asked.values_list("address", flat=True)) == [
        *("+447700900401", "+447700900402", "ann@example.org", "bob@example.org"),
    ]
    consent = ann.consents.get(withdrawn_at=None)
    assert (consent.channel, consent.how) == (Channel.SMS, ConsentHow.TEXT)
    assert not bob.consents.filter(withdrawn_at=None).exists()
    assert Record.objects.filter(event="members.asked_again").count() == 1
    for line in ("2 people asked", "1 person said yes", "1 person asked us to stop", "0 people silent"):
        assert line in after


def test_a_yes_opens_no_report_and_a_stop_suppresses_the_number_for_good() -> None:
    batch = brought(signed_in(lead()), proof="none")
    bringing.ask_again(officer=batch.officer, ref=batch.ref)
    ask_again(batch_ref=batch.ref)
    messaging.dispatch(message_ref=Delivery.objects.get(address="+447700900401").message.ref)

    said = {
        body: messaging.type_on_phone(address=address, body=body)
        for address, body in (("+447700900401", "YES"), ("+447700900402", "STOP"))
    }
    for inbound in said.values():
        if Record.objects.filter(event="message.received", subject=f"message:{inbound.ref}").exists():
            reports.open_from_message(inbound_ref=inbound.ref)

    bob = Member.objects.get(name="Bob Wold")
    assert Report.objects.count() == 0
    assert Member.objects.get(name="Ann Marsh").consents.filter(channel="sms", withdrawn_at=None).exists()
    assert Suppression.objects.filter(address_hash=address_hash(Channel.SMS, "+447700900402")).exists()
    with pytest.raises(MemberError, match="asked us to stop"):
        bringing.say_yes(member_ids=[bob.pk], channel=Channel.SMS, how=ConsentHow.SPOKEN, actor="officer:X")


def test_the_silent_are_erased_by_the_nightly_job_when_ninety_days_are_over() -> None:
    with time_machine.travel("2026-11-22T10:00Z", tick=False):
        batch = brought(signed_in(lead()), proof="none")
        bringing.ask_again(officer=batch.officer, ref=batch.ref)
        ask_again(batch_ref=batch.ref)
        messaging.type_on_phone(address="+447700900401", body="Yes")
    with time_machine.travel("2027-02-20T09:00Z", tick=False):
        jobs.erase_silent(timestamp=0)
        on_the_eve = Member.objects.count()
    with time_machine.travel("2027-02-21T03:20Z", tick=False):
        jobs.erase_silent(timestamp=0)

    assert on_the_eve == 2
    assert list(Member.objects.values_list("name", flat=True)) == ["Ann Marsh"]
    assert not ContactPoint.objects.filter(address__in=("+447700900402", "bob@example.org")).exists()
    assert [row.raw for row in BatchRow.objects.filter(batch=batch, outcome="asks", member=None)] == [[]]
    assert Record.objects.get(event="members.silent_erased").facts["members"] == 1


def test_one_press_in_an_email_agrees_and_looking_does_not() -> None:
    client = signed_in(lead())
    batch = brought(client, proof="none")
    bringing.ask_again(officer=batch.officer, ref=batch.ref)
    ann = Member.objects.get(name="Ann Marsh")
    address = reverse("public:my:go_on", args=[ann.page_token])

    looked = Client().get(address).content.decode()
    before = ann.consents.count()
    pressed = Client().post(address).content.decode()
    Client().post(address)

    assert "Yes, send me alerts by e-mail" in looked
    assert before == 0
    assert "Thank you" in pressed
    assert [(one.channel, one.how) for one in ann.consents.all()] == [(Channel.EMAIL, ConsentHow.WEB)]


def test_the_page_is_not_there_for_who_was_never_asked() -> None:
    dell = cast.dell()

    assert Client().get(reverse("public:my:go_on", args=[dell.page_token])).status_code == 404


def test_the_silent_are_erased_after_ninety_days_and_nobody_else() -> None:
    client = signed_in(lead())
    batch = brought(client, proof="none")
    bringing.ask_again(officer=batch.officer, ref=batch.ref)
    bringing.say_yes(
        member_ids=[Member.objects.get(name="Ann Marsh").pk], channel=Channel.SMS, how=ConsentHow.TEXT, actor="page:x"
    )
    cast.dell()

    too_early = bringing.erase_silent()
    Batch.objects.update(asked_at=clock.now() - bringing.SILENT_FOR * 1.01)
    erased = bringing.erase_silent()

    assert (too_early, erased) == (0, 1)
    assert set(Member.objects.values_list("name", flat=True)) == {"Ann Marsh", "Dell"}
    assert queries.campaign(batch=batch).yes == 1


# ---------------------------------------------------------------- twice, and out


def test_two_are_shown_side_by_side_merged_and_made_two_again() -> None:
    one = builders.member(name="Ann Marsh", mobile="+447700900301")
    other = builders.member(name="Anne Marsh", mobile="+447700900301", email="ann@example.org")
    pairing.find_pairs()
    pair = Pair.objects.get()
    client = signed_in(cast.amos())

    listed = client.get(reverse("desk:pairs:list")).content.decode()
    page = client.get(reverse("desk:pairs:page", args=[pair.pk])).content.decode()
    nobody = client.post(reverse("desk:pairs:merge", args=[pair.pk]), {"kept": "NOBODY"}, follow=True).content.decode()
    client.post(reverse("desk:pairs:merge", args=[pair.pk]), {"kept": one.ref})
    merged = client.get(reverse("desk:pairs:list"))
    client.post(reverse("desk:pairs:undo", args=[merged.context["merges"][0].ref]))

    assert "The same phone number" in listed
    assert "900301" not in page
    assert "Choose which of the two is kept" in nobody
    other.refresh_from_db()
    assert other.state == "active"
    assert other.contacts.count() == 2


def test_everything_is_taken_out_by_a_person_who_means_it() -> None:
    cast.dell()
    officer = administrator()
    client, address = signed_in(officer), reverse("desk:leaving:page")

    unsure = client.post(address)
    out = client.post(address, {"sure": "on"})

    assert "Tick the box" in unsure.content.decode()
    with zipfile.ZipFile(io.BytesIO(b"".join(out.streaming_content))) as archive:  # type: ignore[attr-defined]
        assert archive.testzip() is None
        members = archive.read("members/members.jsonl").decode().splitlines()
        described = json.loads(archive.read("members/datapackage.json"))
    assert {one["path"]: one["rows"] for one in described["resources"]}["members.jsonl"] == 1
    assert [json.loads(line)["name"] for line in members] == ["Dell"]
    assert [record.actor for record in Record.objects.filter(event="members.taken_out")] == [officer.as_actor()]


def test_who_breaks_off_has_taken_what_went_and_the_trail_says_so() -> None:
    for _ in range(3):
        builders.member()
    officer = administrator()

    out = signed_in(officer).post(reverse("desk:leaving:page"), {"sure": "on"})
    pieces = iter(out.streaming_content)  # type: ignore[attr-defined]
    begun = Record.objects.filter(event="members.taken_out").count()
    first = next(pieces)

    assert begun == 0
    assert first.startswith(b"PK")
    assert Record.objects.get(event="members.taken_out").facts["members"] == 3


@pytest.mark.parametrize("name", ["imports:list", "pairs:list", "leaving:page"])
def test_strangers_partners_and_those_without_the_right_see_nothing(name: str) -> None:
    cast.dell()

    for officer in (cast.grey(), cast.cole()):
        answer = signed_in(officer).get(reverse(f"desk:{name}"))
        assert answer.status_code == 403
        assert "Dell" not in answer.content.decode()


def test_a_constable_takes_nothing_out_and_brings_nobody() -> None:
    client = signed_in(cast.amos())

    assert client.get(reverse("desk:imports:list")).status_code == 403
    assert client.post(reverse("desk:leaving:page"), {"sure": "on"}).status_code == 403
    assert not Record.objects.filter(event="members.taken_out").exists()


def test_sixty_pairs_take_no_more_questions_than_three() -> None:
    client, address = signed_in(cast.amos()), reverse("desk:pairs:list")

    def more(count: int) -> None:
        for _ in range(count):
            one, other = builders.member(), builders.member()
            Pair.objects.create(first=one, second=other, why="Similar names within 200 m", found_at=clock.now())

    more(3)
    few = queries_of(client, address)
    more(40)

    assert queries_of(client, address) == few
