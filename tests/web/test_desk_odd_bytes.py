"""Whatever stands in any box of the composer is refused in words or kept as it is: nothing breaks, nothing goes out."""

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations.models import Officer
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import alert_form, audience_form, signed_in

pytestmark = pytest.mark.django_db

ODD = {
    "a zero byte": "Grey\x00pick-up",
    "no number": "NaN",
    "more than a number": "1e400",
    "very many figures": "9" * 5_000,
    "the last year": "9999-12-31",
    "before all zones": "0001-01-01",
    "turned round": "\u202egnidnats",
    "a brace": "{vehicle!r:>99999999} %s %(where)s {0.__class__}",
    "a tag": "</textarea><script>alert(1)</script>",
    "deeply nested": '{"a":' * 10_000,
}
# Boxes that are read alike are filled in alike at once; the other boxes are as they should be.
WORDS = ("headline", "what", "where", "ask")
MOMENTS = ("occurred_at_0", "expires_at_0")
HOURS = ("occurred_at_1", "expires_at_1")
CHOICES = ("topic", "level", "urgency")
GROUPS = (WORDS, MOMENTS, HOURS, CHOICES, ("place",))
PARTS = (
    ("drawn",),
    ("circle_place", "ring_place", "way_from", "way_to"),
    ("circle_miles",),
    ("line", "way", "save_as"),
    ("ring_kmh", "lowest_tier", "scheme_kinds", "areas"),
    ("inside",),
)


@pytest.fixture
def officer() -> Officer:
    builders.rota()
    return cast.amos()


@pytest.fixture
def amos(officer: Officer) -> Client:
    return signed_in(officer)


@pytest.mark.parametrize("how", ODD)
def test_no_box_of_the_composer_breaks_on_it(amos: Client, how: str) -> None:
    for boxes in GROUPS:
        answer = amos.post(reverse("desk:alerts:new"), {**alert_form(), **dict.fromkeys(boxes, ODD[how])})

        assert answer.status_code in {200, 302}, boxes
        assert b"<script>alert" not in answer.content, boxes
    assert not Message.objects.exists()
    assert not any("\x00" in f"{one.headline}{one.what}{one.where}{one.ask}" for one in Alert.objects.all())


@pytest.mark.parametrize("how", ODD)
def test_nor_does_any_box_of_the_audience_and_who_was_meant_stays(officer: Officer, amos: Client, how: str) -> None:
    alert = given.drafted(officer)
    before = alert.audience.question

    for boxes in PARTS:
        address = reverse("desk:alerts:audience", args=[alert.ref])
        answer = amos.post(address, {**audience_form(), **dict.fromkeys(boxes, ODD[how])})

        assert answer.status_code in {200, 302}, boxes
        assert b"<script>alert" not in answer.content, boxes
    now = Alert.objects.get(pk=alert.pk).audience.question
    assert (now["organisation_id"], now["lowest_tier"]) == (before["organisation_id"], before["lowest_tier"])
    assert not Message.objects.exists()
