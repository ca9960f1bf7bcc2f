"""Feeds of public alerts: what readers, warning systems and calendars of others get, and what they never get."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from lxml import etree
from shapely.geometry import box

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions.quick import Send, send_quick
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.alerts.rules.kinds import Marking, Suspect
from hueandcry.domain.alerts.rules.templates import BY_KEY
from hueandcry.domain.alerts.rules.written import Where, write
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import Circle, Ring
from hueandcry.kit import cap, clock
from tests import builders
from tests.domain import alerts as given
from tests.shared_data import shared_file
from tests.web.desk import questions_of

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ("/alerts/feed.atom", "/alerts/feed.json", "/alerts/cap.atom", "/alerts/calendar.ics")


def out(**changes: object) -> Alert:
    """Return an alert that anybody may read."""
    given.farmer()
    author, approver = builders.officer(Role.CONSTABLE), builders.officer(Role.SERGEANT)
    return given.released(author, approver, level=Tier.PUBLIC, **changes)


def corrected(alert: Alert, **changes: str) -> Alert:
    actions.correct(
        alert_ref=alert.ref,
        officer=builders.officer(Role.CONSTABLE),
        words=replace(given.WORDS, **(changes or {"what": "Blue pick-up, three men with dogs"})),
        occurred_at=alert.occurred_at,
        expires_at=alert.expires_at,
        reason="The pick-up was blue",
    )
    actions.agree_to_correction(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))
    return Alert.objects.get(pk=alert.pk)


def stood_down(alert: Alert) -> Alert:
    return actions.stand_down(
        alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT), reason="The pick-up was found and checked."
    )


def body(address: str, **headers: str) -> bytes:
    response = Client().get(address, headers=headers)
    assert response.status_code == 200, address
    return response.content


def entries(address: str = "/alerts/feed.atom") -> list[etree._Element]:
    return etree.fromstring(body(address)).findall(f"{ATOM}entry")


def document(alert: Alert, number: int = 1) -> cap.Message:
    return cap.read(body(f"/alerts/{alert.ref}/cap/{number}.xml"))


# ---------------------------------------------------------------- a neighbour's feed reader


def test_a_reader_sees_an_alert_then_its_correction_then_that_it_is_over() -> None:
    alert = out()
    (first,) = entries()
    corrected(alert)
    (second,) = entries()
    stood_down(alert)
    (third,) = entries()

    titles = [entry.findtext(f"{ATOM}title") for entry in (first, second, third)]
    told = [entry.findtext(f"{ATOM}content") or "" for entry in (first, second, third)]

    assert titles == [f"{mark}{given.WORDS.headline}" for mark in ("", "Corrected: ", "Over: ")]
    assert "Grey pick-up" in told[0]
    assert "The pick-up was blue" in told[1]
    assert "Grey pick-up" not in told[1]
    assert "This is over." in told[2]
    assert given.WORDS.ask not in told[2]
    assert all("999" in said and alert.ref in said for said in told[:2])
    # One entry that changes, not three: a reader shows the newest under the same name.
    assert len({entry.findtext(f"{ATOM}id") for entry in (first, second, third)}) == 1
    assert len({entry.findtext(f"{ATOM}updated") for entry in (first, second, third)}) >= 1


def test_what_is_not_for_everybody_is_in_no_feed() -> None:
    hidden, shown = out(), out()
    as_it_was = {"level": Tier.PUBLIC, "is_drill": False, "marking": Marking.PUBLIC}
    for changes in (
        {"level": Tier.MEMBER},
        {"level": Tier.VETTED},
        {"is_drill": True},
        {"marking": Marking.OFFICIAL},
        {"marking": Marking.SENSITIVE},
    ):
        Alert.objects.filter(pk=hidden.pk).update(headline="Not for everybody", **{**as_it_was, **changes})

        said = [body(address).decode() for address in FEEDS]

        assert not any("Not for everybody" in one or hidden.ref in one for one in said), changes
        assert all(shown.ref in one for one in said[:3])
        assert Client().get(f"/alerts/{hidden.ref}/cap/1.xml").status_code == 404


def test_what_is_not_out_and_what_was_passed_on_is_in_no_feed() -> None:
    first = out()
    waits = given.waiting(builders.officer(Role.CONSTABLE), level=Tier.PUBLIC)
    relay = out()
    Alert.objects.filter(pk=relay.pk).update(relay_of=first)

    said = [body(address).decode() for address in FEEDS]

    assert not any(waits.ref in one or relay.ref in one for one in said)
    assert Client().get(f"/alerts/{waits.ref}/cap/1.xml").status_code == 404


def test_what_was_taken_back_leaves_no_word_behind_but_says_so() -> None:
    alert = out()
    actions.recall(alert_ref=alert.ref, officer=builders.officer(Role.INSPECTOR))

    said = [body(address).decode() for address in FEEDS]
    message = document(alert, 2)

    assert not any("Grey pick-up" in one or "Hare coursing near" in one for one in said)
    assert (message.kind, message.infos[0].headline) == ("Cancel", "Sent by mistake, and taken back")
    assert [one.identifier for one in message.references] == [f"{alert.ref}-1"]
    assert Client().get(f"/alerts/{alert.ref}/cap/1.xml").status_code == 410


def test_a_feed_in_another_language_says_our_own_lines_in_it() -> None:
    alert = out()
    stood_down(alert)

    feed = etree.fromstring(body("/cy/alerts/feed.atom"))

    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "cy"
    assert str(feed.findtext(f"{ATOM}title")).endswith("Rhybuddion cyhoeddus")
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert str(entry.findtext(f"{ATOM}title")).startswith("Drosodd: Hare coursing")
    assert "Mae hyn drosodd." in str(entry.findtext(f"{ATOM}content"))
    # The same entry in every language, so that nobody reads it twice.
    assert entry.findtext(f"{ATOM}id") == entries()[0].findtext(f"{ATOM}id")


def test_the_json_feed_tells_the_same() -> None:
    alert = corrected(out())

    feed = json.loads(body("/alerts/feed.json"))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    (item,) = feed["items"]
    assert item["title"] == f"Corrected: {given.WORDS.headline}"
    assert "Blue pick-up" in item["content_text"]
    assert item["url"].endswith(f"/alerts/{alert.ref}/")
    assert item["tags"] == ["Hare coursing", "corrected"]
    assert dt.datetime.fromisoformat(item["date_modified"]) == alert.corrected_at.replace(microsecond=0)  # type: ignore[union-attr]


def test_asked_again_a_feed_says_that_nothing_changed() -> None:
    alert = out(starts_at=clock.now() + dt.timedelta(days=2))
    first = {address: Client().get(address) for address in FEEDS}

    for address, before in first.items():
        same = Client().get(address, headers={"If-None-Match": before["ETag"]})
        since = Client().get(address, headers={"If-Modified-Since": before["Last-Modified"]})
        assert (same.status_code, same.content, since.status_code) == (304, b"", 304), address
        assert (same["ETag"], same["Cache-Control"]) == (before["ETag"], "public, max-age=60")
    corrected(alert)
    for address, before in first.items():
        assert Client().get(address, headers={"If-None-Match": before["ETag"]}).status_code == 200, address


def test_a_feed_asks_as_little_of_the_database_for_many_as_for_one() -> None:
    corrected(out())
    few = questions_of(lambda: Client().get("/alerts/feed.atom"))
    for _ in range(3):
        corrected(out())

    assert questions_of(lambda: Client().get("/alerts/feed.atom")) == few


def test_an_empty_feed_is_a_feed_and_nothing_is_posted_to_one() -> None:
    builders.force()

    for address in FEEDS:
        first = Client().get(address)
        assert first.status_code == 200
        assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
        assert Client().post(address).status_code == 405


HOSTILE = "</title><script>alert(1)</script> & ]]> \x0b \u202eright to left 🚜 &xxe;"


@pytest.mark.county
def test_the_feeds_are_valid_by_the_schema_whatever_was_written() -> None:
    stood_down(corrected(out()))
    hostile = out()
    Alert.objects.filter(pk=hostile.pk).update(headline=HOSTILE, what=HOSTILE, where=HOSTILE[:60], ask=HOSTILE)
    schema = etree.RelaxNG(etree.parse(shared_file("validators/atom_rfc4287.rng")))

    for address in ("/alerts/feed.atom", "/alerts/cap.atom", "/pl/alerts/feed.atom"):
        feed = etree.fromstring(body(address))
        assert schema.validate(feed), schema.error_log
        told = " ".join(str(title.text) for title in feed.iter(f"{ATOM}title"))
        assert "<script>alert(1)</script>" in told
    # What is HTML in a reader holds the script as words.
    assert b"&lt;script&gt;" in body("/alerts/feed.atom").replace(b"&amp;", b"&")
    assert not [entry for entry in entries() if "<script>" in str(entry.findtext(f"{ATOM}content"))]


# ---------------------------------------------------------------- warning systems


@pytest.mark.county
def test_each_cap_document_is_valid_by_the_schema_and_refers_to_all_before_it() -> None:
    hostile, alert = out(), out()
    Alert.objects.filter(pk=hostile.pk).update(headline=HOSTILE, what=HOSTILE, where=HOSTILE[:60], ask=HOSTILE)
    schema = etree.XMLSchema(etree.parse(shared_file("validators/CAP-v1.2.xsd")))

    bodies = [body(f"/alerts/{alert.ref}/cap/1.xml")]
    corrected(alert)
    bodies.append(body(f"/alerts/{alert.ref}/cap/2.xml"))
    corrected(alert, what="Green pick-up, three men with dogs")
    bodies.append(body(f"/alerts/{alert.ref}/cap/3.xml"))
    stood_down(alert)
    bodies.append(body(f"/alerts/{alert.ref}/cap/4.xml"))

    for one in (*bodies, body(f"/alerts/{hostile.ref}/cap/1.xml")):
        assert schema.validate(etree.fromstring(one)), schema.error_log
    messages = [cap.read(one) for one in bodies]
    assert [one.kind for one in messages] == ["Alert", "Update", "Update", "Cancel"]
    assert [one.infos[0].description.split()[0] for one in messages] == ["Grey", "Blue", "Green", "The"]
    for place, message in enumerate(messages):
        assert message.references == tuple(
            cap.Reference(one.sender, one.identifier, one.sent) for one in messages[:place]
        )


def test_what_was_wrong_is_not_given_out_again_only_where_the_newest_is() -> None:
    alert = corrected(out())

    gone = Client().get(f"/alerts/{alert.ref}/cap/1.xml")

    assert gone.status_code == 410
    assert f"/alerts/{alert.ref}/cap/2.xml" in gone.content.decode()
    assert "Grey" not in "".join(body(address).decode() for address in FEEDS)
    for never in (0, 3, 99999999999999999999):
        assert Client().get(f"/alerts/{alert.ref}/cap/{never}.xml").status_code == 404


def test_a_cap_document_says_who_how_bad_and_never_to_follow() -> None:
    alert = out(urgency=Urgency.NOW)

    message = document(alert)
    raw = body(f"/alerts/{alert.ref}/cap/1.xml").decode()

    (info,) = message.infos
    assert (message.status, message.scope, message.sender) == ("Actual", "Public", "localhost")
    assert (info.language, info.categories, info.responses) == ("en-GB", ("Security",), ("Monitor",))
    assert (info.urgency, info.severity, info.certainty) == ("Immediate", "Moderate", "Likely")
    assert info.instruction.startswith("Do not approach. Now or danger: 999.")
    assert info.expires == alert.expires_at.replace(microsecond=0)  # type: ignore[union-attr]
    assert info.sender_name == builders.force().name
    assert "Z<" not in raw


def test_an_end_says_that_all_is_clear_and_asks_nothing() -> None:
    message = document(stood_down(out()), 2)

    (info,) = message.infos
    assert (message.kind, message.note) == ("Cancel", "The pick-up was found and checked.")
    assert (info.urgency, info.responses) == ("Past", ("AllClear",))
    assert given.WORDS.ask not in info.instruction


def test_an_installation_that_is_no_forces_marks_its_warnings_as_tests(settings: object) -> None:
    settings.DEMONSTRATION = True  # type: ignore[attr-defined]

    assert document(out()).status == "Test"


def test_the_area_is_drawn_so_broadly_that_nobody_finds_the_spot() -> None:
    spot = (2.50237, 54.50481)
    area = builders.area("Holt", shape=box(2.45, 54.45, 2.55, 54.55))
    asked = given.question(
        circles=(Circle(*spot, 3_000.0),), areas=(area.id,), rings=(Ring(*spot, 10, 60),), scheme_kinds=()
    )
    alert = out(asked=asked)

    (where,) = document(alert).infos[0].areas

    assert [(one.lat, one.lon) for one in where.circles] == [(54.5, 2.5), (54.5, 2.5)]
    # 3 km round the spot lie within them, 0.6 km away from it.
    assert 3.6 <= where.circles[0].km <= 5
    (polygon,) = where.polygons
    lats, lons = zip(*polygon, strict=True)
    assert polygon[0] == polygon[-1]
    assert min(lats) < 54.45
    assert max(lons) > 2.55
    assert max(lats) < 54.57
    assert len(polygon) <= 100


def test_an_alert_for_a_whole_scheme_names_its_place_and_what_ran_out_says_so() -> None:
    alert = out(asked=given.question(circles=()))
    Alert.objects.filter(pk=alert.pk).update(state="expired", expires_at=clock.now() + dt.timedelta(minutes=1))

    (area,) = document(alert).infos[0].areas
    (entry,) = entries()

    assert (area.words, area.polygons, area.circles) == (given.WORDS.where, (), ())
    updated = dt.datetime.fromisoformat(str(entry.findtext(f"{ATOM}updated")))
    assert updated == Alert.objects.get().expires_at.replace(microsecond=0)  # type: ignore[union-attr]


def test_the_index_names_the_newest_document_of_each_alert() -> None:
    alert, other = stood_down(out()), out()

    links = [entry.find(f"{ATOM}link").get("href") for entry in entries("/alerts/cap.atom")]  # type: ignore[union-attr]

    assert sorted(str(link).partition("/alerts/")[2] for link in links) == sorted(
        [f"{alert.ref}/cap/2.xml", f"{other.ref}/cap/1.xml"]
    )


# ---------------------------------------------------------------- calendars


def test_a_meeting_is_in_the_calendar_and_called_off_there_too() -> None:
    begins = (clock.now() + dt.timedelta(days=3)).replace(microsecond=0)
    alert = out(starts_at=begins, invites_answers=False)
    noise = out()

    (before,) = Calendar.from_ical(body("/alerts/calendar.ics")).walk("VEVENT")
    stood_down(alert)
    (after,) = Calendar.from_ical(body("/alerts/calendar.ics")).walk("VEVENT")

    assert before.decoded("dtstart") == begins
    assert (str(before["status"]), str(after["status"])) == ("CONFIRMED", "CANCELLED")
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert before["uid"] == after["uid"]
    assert noise.ref not in str(before)


# ---------------------------------------------------------------- found from the pages


@pytest.mark.parametrize("address", ["/", "/alerts/"])
def test_pages_name_their_feeds(address: str) -> None:
    builders.force()
    response: HttpResponseBase = Client().get(address)

    assert b'rel="alternate" type="application/atom+xml"' in response.content  # type: ignore[attr-defined]


# ---------------------------------------------------------------- in each language


def cattle(more: str = "") -> Alert:
    """Return cattle on the road as a template says it, out for everybody."""
    given.farmer()
    builders.rota()
    pressed = {"animals": "cattle", "many": "few", "direction": "north", **({"more": more} if more else {})}
    where = Where("2 miles north-east of Holt", builders.MIDDLE, 100.0)
    written = write(BY_KEY["livestock-on-road"], pressed, where, now=timezone.localtime(clock.now()))
    alert = send_quick(
        officer=builders.officer(Role.CONSTABLE),
        written=written,
        question=given.question(),
        send=Send.APPROVAL,
        suspect=Suspect.NO,
    )
    return actions.approve(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))


@pytest.mark.county
def test_a_cap_document_has_an_info_for_each_language_the_alert_was_said_in_and_stays_valid() -> None:
    alert, own = cattle(), out()
    schema = etree.XMLSchema(etree.parse(shared_file("validators/CAP-v1.2.xsd")))

    first = body(f"/cy/alerts/{alert.ref}/cap/1.xml")
    stood_down(alert)
    last = body(f"/alerts/{alert.ref}/cap/2.xml")
    typed = body(f"/alerts/{own.ref}/cap/1.xml")

    for one in (first, last, typed):
        assert schema.validate(etree.fromstring(one)), schema.error_log
    assert [info.language for info in cap.read(first).infos] == ["en-GB", "cy-GB", "pl"]
    assert [info.language for info in cap.read(last).infos] == ["en-GB", "cy-GB", "pl"]
    assert [info.language for info in cap.read(typed).infos] == ["en-GB"]


def test_each_language_of_a_cap_document_says_the_whole_and_nothing_of_another() -> None:
    alert = cattle()

    english, welsh, polish = document(alert).infos

    assert english.headline == "Cattle on the road: 2 miles north-east of Holt"
    assert welsh.headline == "Gwartheg ar y ffordd: 2 filltir i'r gogledd-ddwyrain o Holt"
    assert welsh.instruction.startswith("Cadwch draw. Nawr neu berygl: 999.")
    assert polish.instruction.startswith("Nie podchodzić. Teraz, groźnie: 999.")
    assert welsh.contact == f"Ffoniwch 101 a rhowch y cyfeirnod {alert.ref}." or not welsh.contact
    assert welsh.areas[0].words == "2 filltir i'r gogledd-ddwyrain o Holt"
    assert welsh.web.endswith(f"/cy/alerts/{alert.ref}/")
    assert (english.urgency, english.expires, english.areas[0].circles) == (
        polish.urgency,
        polish.expires,
        polish.areas[0].circles,
    )


def test_an_end_is_told_in_each_language_with_the_officers_reason_marked_as_theirs() -> None:
    alert = cattle()
    stood_down(alert)

    english, welsh, polish = document(alert, 2).infos

    assert english.description == "The pick-up was found and checked."
    assert welsh.description == 'yng ngeiriau\'r swyddog: "The pick-up was found and checked."'
    assert welsh.instruction.startswith("Mae hyn drosodd.")
    assert polish.instruction.startswith("To już koniec.")
    assert [info.responses for info in (english, welsh, polish)] == [("AllClear",)] * 3


def test_the_feeds_of_each_language_say_it_and_name_each_other() -> None:
    cattle()

    welsh = etree.fromstring(body("/cy/alerts/feed.atom"))
    polish = json.loads(body("/pl/alerts/feed.json"))

    assert "Gwartheg ar y ffordd" in (welsh.findtext(f"{ATOM}entry/{ATOM}title") or "")
    assert (polish["language"], polish["items"][0]["title"]) == (
        "pl",
        "Bydło na drodze: 2 mile na północny wschód od Holt",
    )
    others = {link.get("hreflang"): link.get("href") for link in welsh.findall(f"{ATOM}link") if link.get("hreflang")}
    assert set(others) == {"en-GB", "pl"}
    assert str(others["pl"]).endswith("/pl/alerts/feed.atom")
    assert str(others["en-GB"]).endswith("/en/alerts/feed.atom")
    assert etree.fromstring(body("/en/alerts/feed.atom")).get("{http://www.w3.org/XML/1998/namespace}lang") == "en-GB"
