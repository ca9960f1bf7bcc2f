"""An alert on paper: the sheet for a noticeboard, the letters of one place, and who took them away."""

import io
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel, Language, Reading, Tier
from hueandcry.domain.messaging.models import Delivery
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db


def reader(letterbox: str = "12 Mill Lane, Holt, QD1 1AA", **fields: Any) -> Member:
    """Return a member whom only post reaches, for whom the usual alert of the tests is."""
    return given.farmer(mobile=None, letterbox=letterbox, **fields)


def out(**changes: Any) -> Alert:
    """Return a released alert that can wait until tomorrow."""
    return given.released(**{"urgency": "today", **changes})


def address(alert: Alert, rest: str = "") -> str:
    """Return where one alert is printed."""
    return f"/desk/alerts/{alert.ref}/print/{rest}"


def pdf(client: Client, where: str, data: dict[str, str] | None = None) -> PdfReader:
    """Return the PDF that an address gives."""
    answer = client.get(where) if data is None else client.post(where, data)
    assert answer["Content-Type"] == "application/pdf", answer.content[:200]
    assert answer["Cache-Control"] == "no-store"
    return PdfReader(io.BytesIO(answer.content))


def words(made: PdfReader, page: int | None = None) -> str:
    """Return the words of one page or of all, with single spaces."""
    pages = made.pages if page is None else [made.pages[page]]
    return " ".join(" ".join(one.extract_text() for one in pages).split())


@pytest.mark.parametrize(("paper", "width", "least"), [("a4", 595, 11), ("a5", 420, 8), ("large", 595, 18)])
def test_a_sheet_for_a_noticeboard_says_all_and_names_nobody(
    paper: str, width: int, least: float, settings: Any
) -> None:
    settings.REPLY_NUMBER = "07700 900999"
    member = reader()
    alert = out(level=Tier.PUBLIC)

    made = pdf(signed_in(alert.author), address(alert, f"sheet.pdf?paper={paper}&language=en"))

    said = words(made)
    for part in (alert.headline, alert.what, alert.where, alert.ask, alert.ref, "call 999", "101", "07700 900999"):
        assert " ".join(part.split()) in said
    assert f"/alerts/{alert.ref}/" in said.replace(" ", "")
    assert member.name not in said
    assert "Mill Lane, Holt, QD1" not in said
    assert alert.author.get_full_name() not in said
    assert len(made.pages) == 1
    assert round(float(made.pages[0].mediabox.width)) == width
    assert min(sizes(made)) >= least


def sizes(made: PdfReader) -> set[float]:
    """Return how large the letters are, in points."""
    found: set[float] = set()

    def see(text: str, _matrix: Any, at: list[float], _font: Any, size: float) -> None:
        if text.strip():
            found.add(round(abs(size * at[3]), 1))

    for page in made.pages:
        page.extract_text(visitor_text=see)
    return found


@pytest.mark.parametrize(("language", "safety"), [("cy", "Peidiwch â mynd at neb"), ("pl", "999")])
def test_our_own_lines_are_in_the_language_that_was_chosen(language: str, safety: str) -> None:
    reader()
    alert = out(level=Tier.PUBLIC)

    made = pdf(signed_in(alert.author), address(alert, f"sheet.pdf?paper=a4&language={language}"))

    root: Any = made.root_object
    assert root["/Lang"] == language
    assert safety in words(made)
    assert alert.what in words(made)
    assert "Do not approach" not in words(made)
    assert f"/{language}/alerts/{alert.ref}/" in words(made).replace(" ", "").replace("\n", "")


def test_a_sheet_is_tagged_for_a_screen_reader() -> None:
    reader()
    alert = out(level=Tier.PUBLIC)

    root: Any = pdf(signed_in(alert.author), address(alert, "sheet.pdf")).root_object

    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_an_odd_link_gives_the_usual_sheet() -> None:
    reader()
    alert = out(level=Tier.PUBLIC)

    made = pdf(signed_in(alert.author), address(alert, "sheet.pdf?paper=../x&language=<b>"))

    assert round(float(made.pages[0].mediabox.width)) == 595


def test_what_is_for_checked_members_is_on_no_noticeboard() -> None:
    reader()
    alert = out(level=Tier.VETTED)
    client = signed_in(alert.author)

    answer = client.get(address(alert, "sheet.pdf"), follow=True)

    assert "a noticeboard is read by everybody" in answer.content.decode()
    assert "it does not belong on a noticeboard" in client.get(address(alert)).content.decode()


def test_nothing_is_printed_before_it_is_released_nor_of_an_exercise() -> None:
    reader()
    draft = given.waiting(level=Tier.PUBLIC)
    client = signed_in(draft.author)

    unreleased = client.get(address(draft, "sheet.pdf"), follow=True).content.decode()
    Alert.objects.filter(pk=draft.pk).update(is_drill=True)
    exercise = client.post(address(draft, "letters.pdf"), {"where": "all"}, follow=True).content.decode()

    assert "Release it first" in unreleased
    assert "This is an exercise" in exercise


def test_what_is_over_says_so_and_asks_nothing() -> None:
    reader()
    alert = out(level=Tier.PUBLIC)
    actions.stand_down(alert_ref=alert.ref, officer=alert.approver or alert.author, reason="Found.")

    said = words(pdf(signed_in(alert.author), address(alert, "sheet.pdf")))

    assert "OVER:" in said
    assert "You need not look out any more" in said
    assert alert.ask not in said
    assert "To answer" not in said


def test_an_officer_prints_a_parish_and_says_that_they_were_taken_away() -> None:
    builders.area("Holt", kind=AreaKind.PARISH)
    first = reader("2 Mill Lane, Holt, QD1 1AA", name="Ada Byron")
    second = reader(
        "10 Mill Lane, Holt, QD1 1AA", name="Bron Cadwaladr", language=Language.WELSH, reading=Reading.LARGE
    )
    alert = out()
    client = signed_in(alert.author)

    page = client.get(address(alert)).content.decode()
    parish = page.split('value="parish:')[1].split('"')[0]
    made = pdf(client, address(alert, "letters.pdf"), {"where": f"parish:{parish}"})
    client.post(address(alert, "carried/"), {"where": f"parish:{parish}"})

    assert "<strong>2 letters</strong> wait" in page
    assert "Holt (2)" in page
    # A list first, then for each a page with the address and one with the alert, on a leaf of their own.
    assert [words(made, number).split()[0] for number in range(2, 6)] == ["Ada", "Doggerland", "Bron", "Doggerland"]
    assert "2 letters in the order of the walk" in words(made, 0)
    assert "Mill Lane, Holt 2" in words(made, 0)
    for sheet in (3, 5):
        assert alert.headline in words(made, sheet)
        assert alert.ref in words(made, sheet)
        assert not any(part in words(made, sheet) for part in ("Ada", "Bron", "QD1"))
    assert alert.headline not in words(made, 2)
    assert "Rydych yn cael hwn ar bapur" in words(made, 4)
    rows = Delivery.objects.filter(channel=Channel.POST)
    assert set(rows.values_list("member_id", "state")) == {
        (first.pk, DeliveryState.ACCEPTED),
        (second.pk, DeliveryState.ACCEPTED),
    }
    assert "2 letters handed over so far" in client.get(address(alert)).content.decode()
    assert Record.objects.filter(event="message.letters_printed", subject=f"alert:{alert.ref}").count() == 1


def test_several_places_are_several_batches_in_one_file() -> None:
    for letterbox, name in (("2 Mill Lane, Holt", "Ada Byron"), ("1 Abbey Row, Holt", "Bron Cadwaladr")):
        reader(letterbox, name=name)
    reader("7 High Street, Holt", name="Cerys Dee")
    alert = out()
    client = signed_in(alert.author)
    page = client.get(address(alert)).content.decode()
    ticked = [part.split('"')[0] for part in page.split('value="')[1:] if part.startswith("street:")][:2]

    answer = client.post(address(alert, "letters.pdf"), {"where": ticked})

    made = PdfReader(io.BytesIO(answer.content))
    covers = [number for number in range(len(made.pages)) if "in the order of the walk" in words(made, number)]
    assert len(ticked) == 2
    # A list, a blank side, an address, the alert; and the second list on a leaf of its own.
    assert covers == [0, 4]
    assert "Abbey Row" in words(made, 0)
    assert "Mill Lane" not in words(made, 0)
    assert words(made, 2).startswith("Bron")
    assert words(made, 6).startswith("Ada") or words(made, 6).startswith("Cerys")
    assert "Tick whose letters" in client.post(address(alert, "letters.pdf"), follow=True).content.decode()


def test_a_second_press_and_a_wrong_place_are_told() -> None:
    reader()
    alert = out()
    client = signed_in(alert.author)

    wrong = client.post(address(alert, "letters.pdf"), {"where": "parish:0' OR 1=1"}, follow=True)
    early = client.post(address(alert, "carried/"), {"where": "all"}, follow=True)
    pdf(client, address(alert, "letters.pdf"), {"where": "all"})
    client.post(address(alert, "carried/"), {"where": "all"})
    twice = client.post(address(alert, "carried/"), {"where": "all"}, follow=True)

    assert "No letter waits there" in wrong.content.decode()
    assert "Nothing that was printed there waits" in early.content.decode()
    assert "Nothing that was printed there waits" in twice.content.decode()
    assert Delivery.objects.get(channel=Channel.POST).state == DeliveryState.ACCEPTED


def test_hostile_words_are_printed_as_words() -> None:
    reader("1 #panic() $x$ Lane\n@ref, Holt", name='#import "x" 🚜 *b*')
    alert = out(
        words=replace(given.WORDS, headline="Hare $coursing near Holt", what='Grey van #read("x"), dogs שלום 🐕')
    )

    made = pdf(signed_in(alert.author), address(alert, "letters.pdf"), {"where": "all"})

    assert "1 #panic() $x$ Lane" in words(made, 2)
    assert "@ref" in words(made, 2)
    assert "#read(" in words(made, 3)
    assert "$coursing" in words(made, 3)


def test_who_may_not_read_members_gets_no_letters() -> None:
    reader()
    alert = out()
    auditor = signed_in(builders.officer(Role.AUDITOR, name="Ivy"))

    page = auditor.get(address(alert)).content.decode()

    assert "letters carry names and addresses" in page
    assert "Whose letters?" not in page
    assert auditor.post(address(alert, "letters.pdf"), {"where": "all"}).status_code in {403, 404}
    assert auditor.post(address(alert, "carried/"), {"where": "all"}).status_code in {403, 404}
    assert Delivery.objects.get(channel=Channel.POST).detail == ""


def test_grey_sees_nothing() -> None:
    reader()
    alert = out(level=Tier.PUBLIC)
    grey = signed_in(cast.grey())

    assert grey.get(address(alert)).status_code in {403, 404}
    assert grey.get(address(alert, "sheet.pdf")).status_code in {403, 404}
    assert grey.post(address(alert, "letters.pdf"), {"where": "all"}).status_code in {403, 404}
    assert grey.post(address(alert, "carried/"), {"where": "all"}).status_code in {403, 404}


def test_an_alert_without_letters_says_why() -> None:
    given.farmer()
    alert = given.released()

    page = signed_in(alert.author).get(address(alert)).content.decode()

    assert "No letter waits" in page
