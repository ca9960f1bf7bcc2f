"""The rota on the desk: a week of who reads answers, the gaps in it, and who may change it."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.models import Duty
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
WEEK, ADD = "desk:rota:week", "desk:rota:add"


def duty(reader: Any, **changes: Any) -> dict[str, Any]:
    """Return what a supervisor fills in."""
    return {
        "officer": reader.ref,
        "stand_in": "",
        "begins_on": f"{clock.today():%Y-%m-%d}",
        "weekdays": ["1", "2", "3", "4", "5", "6", "7"],
        "from_time": "22:00",
        "until_time": "06:00",
        "last_on": "",
        **changes,
    }


def test_a_stranger_sees_no_rota_and_who_only_reads_it_changes_none() -> None:
    made = builders.rota(cast.amos())

    assert signed_in(cast.grey()).get(reverse(WEEK)).status_code == 403
    operator = signed_in(cast.oakes())
    shown = operator.get(reverse(WEEK)).content.decode()
    assert "PC Amos" in shown
    assert "Put somebody on it" not in shown
    for address in (reverse(ADD), reverse("desk:rota:end", args=[made.ref])):
        assert operator.post(address).status_code == 403


def test_a_partner_sees_their_own_rota_only() -> None:
    builders.rota(cast.amos())
    sergeant = builders.officer(Role.SERGEANT, name="Ember", organisation=builders.partner())

    shown = signed_in(sergeant).get(reverse(WEEK)).content.decode()

    assert "PC Amos" not in shown
    assert "Nobody all day" in shown


def test_somebody_is_put_on_for_every_night_with_somebody_who_stands_in() -> None:
    amos, birch = cast.amos(), cast.birch()
    client = signed_in(birch)

    answer = client.post(reverse(ADD), duty(amos, stand_in=birch.ref), follow=True).content.decode()

    made = Duty.objects.get()
    assert (made.officer, made.stand_in, made.from_minute, made.until_minute) == (amos, birch, 22 * 60, 6 * 60)
    assert made.weekdays == [1, 2, 3, 4, 5, 6, 7]
    assert "22:00 until the next day 06:00" in answer
    assert "<strong>PC Amos</strong>, then Sergeant Birch, every week" in answer
    assert "Nobody from 06:00 to 22:00" in answer


def test_a_single_day_is_one_day() -> None:
    amos = cast.amos()
    client = signed_in(cast.birch())

    client.post(reverse(ADD), duty(amos, weekdays=[], from_time="08:00", until_time="16:00"))

    made = Duty.objects.get()
    assert (made.weekdays, made.until_on) == ([], clock.today() + dt.timedelta(days=1))
    shown = client.get(reverse(WEEK)).content.decode()
    assert shown.count("08:00 to 16:00") == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"officer": ""}, "Choose an officer."),
        ({"officer": "NOBODY2222"}, "Select a valid choice"),
        ({"begins_on": "soon"}, "Give the day like"),
        ({"begins_on": "1999-01-01"}, "too far away"),
        ({"from_time": "25:00"}, "Give the time like"),
        ({"until_time": ""}, "Give the time."),
        ({"weekdays": ["9"]}, "Select a valid choice"),
        ({"last_on": "2020-01-01"}, "before the first"),
    ],
)
def test_a_duty_that_cannot_be_meant_is_a_sentence_beside_the_form(changes: dict[str, Any], sentence: str) -> None:
    amos = cast.amos()

    answer = signed_in(cast.birch()).post(reverse(ADD), duty(amos, **changes))

    assert sentence in answer.content.decode()
    assert not Duty.objects.exists()


def test_nobody_stands_in_for_themselves() -> None:
    amos = cast.amos()

    answer = signed_in(cast.birch()).post(reverse(ADD), duty(amos, stand_in=amos.ref))

    assert "Choose somebody else to stand in" in answer.content.decode()
    assert not Duty.objects.exists()


def test_a_duty_is_taken_off_from_a_day_on_and_never_from_the_past() -> None:
    made = builders.rota(cast.amos())
    client, today = signed_in(cast.birch()), clock.today()
    address = reverse("desk:rota:end", args=[made.ref])

    for on in ("2020-01-01", "nonsense", ""):
        client.post(address, {"on": on})

        made.refresh_from_db()
        assert made.until_on == today


def test_the_duty_of_another_organisation_is_not_there() -> None:
    made = builders.rota(cast.amos())
    partner = builders.officer(Role.SERGEANT, organisation=builders.partner())

    assert signed_in(partner).post(reverse("desk:rota:end", args=[made.ref])).status_code == 404


def test_who_left_is_shown_as_gone_with_who_reads_instead() -> None:
    amos, birch = cast.amos(), cast.birch()
    builders.rota(amos, stand_in=birch)
    organisations.suspend(officer_ref=amos.ref, actor="officer:TEST22")

    shown = signed_in(birch).get(reverse(WEEK)).content.decode()

    assert "<strong>Sergeant Birch</strong> for PC Amos, who reads none any more" in shown


@pytest.mark.parametrize("week", ["", "nonsense", "2026-13-45", "9999-12-31", "0001-01-01", "x" * 500])
def test_any_week_may_be_asked_for(week: str) -> None:
    builders.rota(cast.amos())

    assert signed_in(cast.birch()).get(reverse(WEEK), {"week": week}).status_code == 200


def test_many_duties_take_no_more_questions_than_few() -> None:
    client = signed_in(cast.birch())

    def asked(many: int) -> int:
        for _ in range(many):
            builders.rota(builders.officer(Role.CONSTABLE))
        client.get(reverse(WEEK))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(WEEK))
        # What every page of the desk asks now and then is not of the rota.
        return sum('"organisations_' in query["sql"] for query in captured)

    assert asked(2) == asked(30)
