"""Bad input by the desk's own doors: a sentence that says what to do, and nothing half-written."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from shapely.geometry import box

from hueandcry.domain.alerts.models import Alert, Audience, Revision
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.members.models import Consent, ContactPoint, Member, MemberPlace
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from tests import cast
from tests.domain import alerts as given
from tests.web.desk import alert_form, audience_form, signed_in, the_force

pytestmark = pytest.mark.django_db

NOWHERE_CODE = "ZE9 9ZZ"
UNKNOWN = "We do not know the postcode"


def at(name: str, alert: Alert) -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref])


def drawn(*ring: tuple[float, float]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [list(ring)] if ring else []})


def star(corners: int) -> str:
    """Return a comb of so many corners that does not cross itself."""
    teeth = [(2.2 + number / 200_000, 54.4 + (number % 2) / 10) for number in range(corners - 2)]
    return drawn(*teeth, (2.6, 54.2), (2.2, 54.2), teeth[0])


def squares(count: int) -> list[int]:
    """Load so many areas, small squares in rows, and return their ids."""

    def feature(number: int) -> dict[str, Any]:
        west, south = 1.7 + (number % 50) / 50, 54.1 + (number // 50) / 50
        return {
            "type": "Feature",
            "properties": {"code": f"W{number:05d}"},
            "geometry": box(west, south, west + 0.02, south + 0.02).__geo_interface__,
        }

    places.load_areas(
        features=(feature(number) for number in range(count)),
        kind=AreaKind.WARD,
        vintage="2026",
        code_column="code",
        name_column="",
        source="made up",
        actor="system:test",
    )
    from hueandcry.domain.places.models import Area

    return list(Area.objects.filter(kind=AreaKind.WARD).order_by("id").values_list("id", flat=True))


def sign_up(**fields: object) -> dict[str, object]:
    return {
        "name": "Robin Wold",
        "where": "54.5, 2.5",
        "use": "farm",
        "mobile": "07700 900123",
        "purposes": ["alert"],
        "how": "spoken",
        "agreed": "on",
        **fields,
    }


def written() -> list[int]:
    """Count every row that any of these doors could write."""
    tables = (Alert, Audience, Revision, Member, MemberPlace, ContactPoint, Consent, Message, Record)
    return [table.objects.count() for table in tables]


# ---------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        (NOWHERE_CODE, NOWHERE_CODE),
        ("51.5, -0.12", "outside Doggerland"),
        ("TQ 300 800", "outside Doggerland"),
        ("ZE9", "only the first half of a postcode"),
    ],
)
def test_nobody_is_signed_up_at_a_place_that_is_not_known_or_not_ours(where: str, sentence: str) -> None:
    the_force()
    client = signed_in(cast.amos())
    before = written()

    page = client.post(reverse("desk:members:new"), sign_up(where=where))

    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert written() == before


@pytest.mark.parametrize("where", [NOWHERE_CODE, "ZE9", "Nowhere at all", "999, 999"])
def test_no_alert_is_kept_at_a_place_that_is_not_known(where: str) -> None:
    the_force()
    client = signed_in(cast.amos())
    form = alert_form(place=where)
    before = written()

    page = client.post(reverse("desk:alerts:new"), form)

    assert page.status_code == 200
    assert page.context["form"].errors["place"]
    assert written() == before


def test_looking_an_unknown_postcode_up_says_what_to_type() -> None:
    the_force()

    page = signed_in(cast.amos()).get(reverse("desk:places:find"), {"text": NOWHERE_CODE}).content.decode()

    assert NOWHERE_CODE in page
    assert "grid reference" in page


# ---------------------------------------------------------------- who is meant


BOWTIE = drawn((2.4, 54.4), (2.6, 54.6), (2.6, 54.4), (2.4, 54.6), (2.4, 54.4))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"drawn": drawn()}, "Draw it again"),
        ({"drawn": '{"type": "Polygon"}'}, "Draw it again"),
        ({"drawn": '{"type": "MultiPolygon", "coordinates": []}'}, "Draw it again"),
        ({"drawn": drawn((2.4, 54.4), (2.4, 54.4), (2.4, 54.4), (2.4, 54.4))}, "fewer than three different corners"),
        ({"drawn": BOWTIE}, "crosses itself"),
        ({"drawn": star(50_000)}, "has 50,000 corners, and at most 10,000 fit"),
        ({"circle_place": NOWHERE_CODE}, NOWHERE_CODE),
    ],
)
def test_an_outline_that_cannot_be_used_leaves_who_was_meant_before(wrong: dict[str, object], sentence: str) -> None:
    given.farmer()
    alert = given.drafted(cast.amos())
    client = signed_in(alert.author)
    asked = Audience.objects.get().question
    before = written()

    kept = client.post(at("audience", alert), audience_form(**wrong))
    counted = client.post(at("count", alert), audience_form(**wrong))

    assert sentence in kept.content.decode()
    assert sentence in counted.content.decode()
    assert Audience.objects.get().question == asked
    assert written() == before


def test_two_thousand_areas_are_kept_at_once_and_one_more_is_not() -> None:
    given.farmer()
    alert = given.drafted(cast.amos())
    client = signed_in(alert.author)
    ids = squares(2_001)
    all_of_it = {"circle_place": "", "circle_miles": ""}

    fits = client.post(at("audience", alert), audience_form(areas=ids[:2_000], **all_of_it))
    kept = Audience.objects.get()
    more = client.post(at("audience", alert), audience_form(areas=ids, **all_of_it))

    assert fits["Location"] == at("page", alert)
    assert (len(kept.question["areas"]), kept.members) == (2_000, 1)
    assert "That is 2,001 areas at once, and at most 2,000 fit. Choose the larger area" in more.content.decode()
    assert Audience.objects.get().question == kept.question


@pytest.mark.parametrize(
    "far_too_much",
    [{"drawn": " " * 6_000_000}, {"areas": [str(number) for number in range(4_000)]}],
)
def test_far_too_much_at_once_is_refused_in_words_before_it_is_read(far_too_much: dict[str, object]) -> None:
    alert = given.drafted(cast.amos())
    client = Client(raise_request_exception=False)
    client.force_login(alert.author)
    before = written()

    answer = client.post(at("audience", alert), audience_form(**far_too_much))

    assert answer.status_code in {400, 413}
    assert "too much" in answer.content.decode().lower()
    assert written() == before


def test_an_alert_for_nobody_is_counted_as_nobody_and_goes_no_further() -> None:
    given.farmer()
    alert = given.drafted(cast.amos())
    client = signed_in(alert.author)
    elsewhere = audience_form(circle_place="54.2, 1.8", circle_miles="1")

    counted = client.post(at("count", alert), elsewhere).content.decode()
    client.post(at("audience", alert), elsewhere)
    page = client.post(at("submit", alert), follow=True).content.decode()

    alert.refresh_from_db()
    assert "Nobody would be reached. Widen the area" in counted
    assert "Nobody would be reached. Widen the area" in page
    assert alert.state == State.DRAFT
    assert not Message.objects.exists()


def test_an_audience_that_is_empty_by_the_time_of_release_is_not_released() -> None:
    farmer = given.farmer()
    alert = given.waiting()
    signed_in(alert.author).post(reverse("desk:members:leave", args=[farmer.ref]), {"sure": "1"})
    client = signed_in(cast.birch())

    seen = client.get(at("page", alert)).context.get("seen", "")
    page = client.post(at("approve", alert), {"seen": seen}, follow=True).content.decode()

    alert.refresh_from_db()
    assert "Nobody would be reached" in page
    assert alert.state == State.WAITING
    assert not Message.objects.exists()


# ---------------------------------------------------------------- members


def test_a_member_twice_is_refused_with_where_to_find_the_first() -> None:
    the_force()
    client = signed_in(cast.amos())
    client.post(reverse("desk:members:new"), sign_up())
    first = Member.objects.get()
    before = written()

    page = client.post(reverse("desk:members:new"), sign_up(name="robin  WOLD", mobile="+44 7700 900123"))

    assert page.status_code == 200
    assert first.ref in page.content.decode()
    assert "open that member and add" in page.content.decode()
    assert written() == before
