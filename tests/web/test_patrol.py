"""What phones are given and what they may send: same words for everybody, small JSON, a sentence for each refusal."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from hueandcry.domain.members.models import Member, SignUp, Visit
from hueandcry.domain.members.rules import CONSENT_VERSION
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.actions.addresses import add_addresses
from hueandcry.domain.places.rules import AddressLine
from hueandcry.kit import clock
from hueandcry.kit.geometry import Point
from hueandcry.web.patrol.home import MODULES
from tests import builders, cast
from tests.domain.doorstep import street
from tests.web.desk import queries_of, signed_in, the_force

pytestmark = pytest.mark.django_db

FRONT, PACK, WORKER, MANIFEST = (reverse(f"patrol:home:{name}") for name in ("front", "pack", "worker", "manifest"))
SIGN_UPS, VISITS, STREET = (
    reverse("patrol:sign_ups:take"),
    reverse("patrol:visits:take"),
    reverse("patrol:visits:street"),
)


@pytest.fixture
def amos() -> Officer:
    the_force()
    street()
    return cast.amos()


def now_ms() -> int:
    return round(clock.now().timestamp() * 1000)


def household(officer: Officer, **changes: Any) -> dict[str, Any]:
    """Return what the app sends for one household."""
    return {
        "key": str(uuid.uuid4()),
        "officer": officer.ref,
        "said": now_ms() - 60_000,
        "now": now_ms(),
        "house": "12",
        "postcode": "qd1 1aa",
        "here": {"lon": 2.5, "lat": 54.5, "accuracy": 8.5},
        "name": "Quillon",
        "mobile": "07700 900123",
        "purposes": ["alert"],
        "organisations": [officer.organisation_id],
        "topics": [],
        "schemes": [],
        "places": [],
        "language": "en",
        "agreed": True,
        "wording": CONSENT_VERSION,
        **changes,
    }


def visit(**changes: Any) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()),
        "said": now_ms(),
        "now": now_ms(),
        "state": "visited",
        "postcode": "QD1 1AA",
        "door": "3",
        **changes,
    }


def send(officer: Officer | Client, address: str, what: Any) -> Any:
    client = officer if isinstance(officer, Client) else signed_in(officer)
    return client.post(address, what if isinstance(what, str | bytes) else json.dumps(what), "application/json")


def test_the_page_holds_nothing_of_the_officer_who_opened_it(amos: Officer) -> None:
    page = signed_in(amos).get(FRONT)
    other = signed_in(cast.birch()).get(FRONT)

    assert page.content == other.content
    assert b"Amos" not in page.content
    assert b"csrf" not in page.content.lower()
    assert "no-store" in page["Cache-Control"]
    assert "manifest-src 'self'" in page["Content-Security-Policy"]


def test_what_waits_to_be_said_to_an_officer_is_not_kept_on_the_phone(amos: Officer) -> None:
    client = signed_in(amos)
    fields = {"until": "nonsense"}
    client.post(reverse("desk:members:pause", args=[builders.member().ref]), fields)

    page = client.get(FRONT)

    assert b"2026-11-22" not in page.content
    assert b"hc-message" not in page.content


def test_the_worker_keeps_files_that_exist_and_its_version_changes_with_them(
    amos: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(amos)
    first = client.get(WORKER)
    again = client.get(WORKER)

    assert first["Content-Type"] == "text/javascript"
    assert first.content == again.content
    shell = json.loads(first.content.decode().split("\n", 1)[0].removeprefix("const SHELL = ").removesuffix(";"))
    assert shell["front"] == FRONT
    assert {FRONT, "/static/patrol/keys.js", "/static/hueandcry.css"} <= set(shell["kept"])
    assert PACK not in shell["kept"]
    monkeypatch.setattr("hueandcry.web.patrol.home.Language.choices", lambda: [("cy", "Cymraeg")])
    assert client.get(WORKER).content != first.content


def test_every_module_of_the_app_is_kept_by_the_worker() -> None:
    folder = Path(str(finders.find("patrol/app.js"))).parent

    assert {f"patrol/{path.name}" for path in folder.glob("*.js")} == {*MODULES, "patrol/worker.js"}


def test_the_app_can_be_installed(amos: Officer) -> None:
    manifest = signed_in(amos).get(MANIFEST)

    read = manifest.json()
    assert manifest["Content-Type"] == "application/manifest+json"
    assert (read["display"], read["start_url"], read["scope"]) == ("standalone", FRONT, FRONT)
    assert {icon["sizes"] for icon in read["icons"]} == {"192x192", "512x512"}


def test_the_pack_says_what_may_be_offered_and_the_words_to_be_read_out(amos: Officer) -> None:
    builders.partner()
    builders.topic()
    builders.scheme()

    pack = signed_in(amos).get(PACK).json()

    assert (pack["officer"], pack["name"]) == (amos.ref, "PC Amos")
    assert [one["name"] for one in pack["organisations"]] == ["Doggerland Constabulary", "Doggerland Fire and Rescue"]
    assert pack["organisations"][0]["words"].startswith("Doggerland Constabulary may send you messages of this kind")
    assert "reply STOP" in pack["organisations"][0]["words"]
    assert [one["name"] for one in pack["schemes"]] == ["Holt Farm Watch"]
    assert [one["name"] for one in pack["topics"]] == ["Hare coursing"]
    assert pack["wording"] == CONSENT_VERSION
    assert abs(pack["now"] - now_ms()) < 60_000


def test_a_partners_pack_holds_their_own_only(amos: Officer) -> None:
    builders.scheme()
    fire = builders.partner()
    ember = builders.officer(Role.CONSTABLE, name="Ember", organisation=fire)

    pack = signed_in(ember).get(PACK).json()

    assert [one["id"] for one in pack["organisations"]] == [fire.pk]
    assert pack["schemes"] == []


def test_more_schemes_and_doors_ask_no_more_questions(amos: Officer) -> None:
    client = signed_in(amos)
    address = f"{STREET}?postcode=QD11AA"
    before = [queries_of(client, one) for one in (PACK, address)]
    for number in range(5):
        builders.scheme(f"Scheme {number}")
        send(client, VISITS, visit(door=str(number)))

    assert [queries_of(client, one) for one in (PACK, address)] == before


def test_a_household_is_taken_once(amos: Officer) -> None:
    sent = household(amos, places=[{"use": "field", "name": "Long Forty", "postcode": "QD1 1AA"}])

    answers = [send(amos, SIGN_UPS, sent) for _ in range(3)]

    member = Member.objects.get()
    assert [(answer.status_code, answer.json()["ref"]) for answer in answers] == [(200, member.ref)] * 3
    assert member.places.count() == 2


def test_a_refusal_says_what_to_mend_and_the_key_stays(amos: Officer) -> None:
    sent = household(amos, mobile="12")

    refused = send(amos, SIGN_UPS, sent)
    mended = send(amos, SIGN_UPS, sent | {"mobile": "07700 900123"})

    assert (refused.status_code, refused.json()["state"]) == (422, "refused")
    assert refused.json()["say"]
    assert mended.status_code == 200


def test_a_known_household_is_said_with_whom_to_open(amos: Officer) -> None:
    dell = builders.member(name="Dell", mobile="+447700900123")

    answer = send(amos, SIGN_UPS, household(amos))

    assert (answer.status_code, answer.json()["ref"]) == (409, dell.ref)
    assert "Dell" not in answer.content.decode()


def test_what_another_officer_wrote_down_is_not_sent_under_this_name(amos: Officer) -> None:
    answer = send(cast.birch(), SIGN_UPS, household(amos))

    assert (answer.status_code, answer.json()["state"]) == (403, "other")
    assert not SignUp.objects.exists()


def test_a_session_that_has_ended_leads_to_the_sign_in_and_takes_nothing(amos: Officer) -> None:
    answer = send(Client(), SIGN_UPS, household(amos))

    assert answer.status_code == 302
    assert not SignUp.objects.exists()


def test_a_page_of_another_site_sends_nothing(amos: Officer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(amos)
    without = send(client, SIGN_UPS, household(amos))
    token = client.get(PACK).json()["token"]

    with_token = client.post(SIGN_UPS, json.dumps(household(amos)), "application/json", headers={"X-CSRFToken": token})

    assert (without.status_code, with_token.status_code) == (403, 200)


HOSTILE: list[Any] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'"' + b"x" * 30_000 + b'"',
    b"[" * 15_000,
    b'{"key": NaN}',
    b'{"house": "\\ud800"}',
]


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("address", [SIGN_UPS, VISITS])
def test_what_cannot_be_read_is_refused_with_a_sentence(amos: Officer, address: str, body: bytes) -> None:
    answer = send(amos, address, body)

    assert answer.status_code == 400
    assert answer.json()["say"].endswith(".")


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "12"},
        {"key": None},
        {"key": {"a": 1}},
        {"said": "yesterday"},
        {"said": -1},
        {"now": 10**30},
        {"now": 0},
        {"here": {"lon": 1e400, "lat": 0, "accuracy": 1}},
        {"here": {"lon": 999, "lat": 0, "accuracy": 1}},
        {"here": {}},
        {"house": "x" * 81},
        {"name": "a\u0000b"},
        {"name": "x" * 121},
        {"purposes": ["everything"]},
        {"purposes": "alert"},
        {"organisations": ["1; DROP TABLE"]},
        {"topics": [10**40]},
        {"language": "tlh"},
        {"places": [{"use": "moon", "postcode": "QD1 1AA"}]},
        {"places": [{"use": "field"}]},
        {"places": [{"use": "field", "postcode": "QD1 1AA"}] * 6},
        {"places": {"a": 1}},
        {"wording": "2019-01"},
        {"agreed": False},
        {"add_to": "ZZZZZZZZ"},
    ],
)
def test_a_household_with_nonsense_in_it_is_refused_with_a_sentence(amos: Officer, changes: dict[str, Any]) -> None:
    answer = send(amos, SIGN_UPS, household(amos, **changes))

    assert answer.status_code in {400, 422}, changes
    assert answer.json()["say"].endswith("."), changes
    assert not Member.objects.exists()


@pytest.mark.parametrize("days", [1, -1])
def test_a_phone_clock_wrong_by_a_day_is_taken(amos: Officer, days: int) -> None:
    off = days * 86_400_000

    answer = send(amos, SIGN_UPS, household(amos, said=now_ms() - 3_600_000 + off, now=now_ms() + off))

    assert answer.status_code == 200
    assert abs(SignUp.objects.get().skew_s - days * 86_400) < 60
    given = Member.objects.get().consents.get().given_at
    assert abs(given.timestamp() * 1000 - (now_ms() - 3_600_000)) < 60_000


def test_a_visit_is_taken_once_and_seen_by_a_colleague(amos: Officer) -> None:
    sent = visit()

    answers = [send(amos, VISITS, sent).json() for _ in range(2)]

    assert [answer["new"] for answer in answers] == [True, False]
    doors = signed_in(cast.birch()).get(STREET, {"postcode": "qd1 1aa"}).json()["doors"]
    assert [(door["door"], door["state"], door["by"]) for door in doors] == [("3", "visited", "PC Amos")]


@pytest.mark.parametrize("changes", [{"state": "asleep"}, {"door": ""}, {"postcode": "rubbish"}, {"key": "1"}])
def test_a_visit_with_nonsense_in_it_is_refused_with_a_sentence(amos: Officer, changes: dict[str, Any]) -> None:
    answer = send(amos, VISITS, visit(**changes))

    assert answer.status_code in {400, 422}
    assert answer.json()["say"].endswith(".")
    assert not Visit.objects.exists()


@pytest.mark.parametrize("asked", ["", "postcode=%00", "lat=nan&lon=1", "lat=1e999&lon=2", "postcode=" + "Q" * 900])
def test_a_street_that_is_nowhere_has_no_doors(amos: Officer, asked: str) -> None:
    send(amos, VISITS, visit())

    assert signed_in(amos).get(f"{STREET}?{asked}").json()["doors"] == []


def test_a_street_comes_with_the_houses_to_pick_from(amos: Officer) -> None:
    street("QD11AB", at=(2.6, 54.6))
    lines = [("QD11AA", "2 Marram Lane, Holt"), ("QD11AA", "10 Marram Lane, Holt"), ("QD11AB", "Other House, Holt")]
    add_addresses(
        addresses=[(code, AddressLine(n, line, Point(2.5, 54.5))) for n, (code, line) in enumerate(lines, start=1)],
        source="made up",
    )
    client = signed_in(amos)

    by_code, by_place, of_nowhere = (
        client.get(f"{STREET}?{asked}").json()["houses"]
        for asked in ("postcode=qd1%201aa", "lat=54.5&lon=2.5", "postcode=rubbish")
    )

    assert [(one["postcode"], one["door"]) for one in by_code] == [("QD11AA", "2"), ("QD11AA", "10")]
    assert by_code[0]["line"] == "2 Marram Lane, Holt"
    assert by_place == by_code
    assert of_nowhere == []


def test_grey_and_partners_see_nothing_and_send_nothing(amos: Officer) -> None:
    send(amos, VISITS, visit(door="Secret House"))
    for officer in (cast.grey(), cast.frost()):
        client = signed_in(officer)
        answers: list[Any] = [client.get(address) for address in (FRONT, PACK, WORKER, MANIFEST)]
        answers += [client.get(STREET, {"postcode": "QD11AA"})]
        answers += [send(client, SIGN_UPS, household(officer)), send(client, VISITS, visit())]

        assert {answer.status_code for answer in answers} == {403}
        assert not any(b"Secret House" in answer.content for answer in answers)
    assert Visit.objects.count() == 1
    assert not SignUp.objects.exists()


def test_signing_out_has_the_browser_forget_what_it_keeps(amos: Officer) -> None:
    client = signed_in(amos)

    others = [client.get(FRONT), send(client, VISITS, visit()), Client().post(reverse("account_login"), {})]
    out = client.post(reverse("account_logout"))

    assert out["Clear-Site-Data"] == '"cache", "storage"'
    assert not any("Clear-Site-Data" in answer for answer in others)


def test_becoming_somebody_else_has_the_browser_forget_too(amos: Officer, settings: Any) -> None:
    settings.DEMONSTRATION = True
    client = signed_in(amos)

    answer = client.post(reverse("public:demonstration:sign_in", args=[cast.birch().ref]))

    assert "storage" in answer["Clear-Site-Data"]
