"""Who must agree to an alert, on the desk: the inspector's table, and who is trained to go alone."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hueandcry.domain.alerts.models import ReachRule
from hueandcry.domain.alerts.queries import agreeing
from hueandcry.domain.alerts.rules import REACH
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
RULES = "desk:alerts:rules"


def inspector() -> Client:
    return signed_in(builders.officer(Role.INSPECTOR, name="Thornback", rank="Inspector"))


def filled(client: Client, **changes: Any) -> dict[str, Any]:
    """Return the table as the form has it, with changes: row0-most=5."""
    page = client.get(reverse(RULES))
    given: dict[str, Any] = {"seen": page.context["seen"]}
    for form in page.context["forms"]:
        for field in form:
            value = field.value()
            if value is not None and value != "" and value is not False:
                given[field.html_name] = value
    return {**given, **{name.replace("__", "-"): value for name, value in changes.items()}}


@pytest.mark.parametrize("role", [Role.SERGEANT, Role.ADMINISTRATOR, Role.CONSTABLE, Role.AUDITOR])
def test_only_the_inspector_opens_it(role: Role) -> None:
    client = signed_in(builders.officer(role))

    assert client.get(reverse(RULES)).status_code == 403
    assert client.post(reverse("desk:alerts:use_shipped")).status_code == 403
    assert client.post(reverse("desk:alerts:train", args=[cast.birch().ref])).status_code == 403


def test_a_stranger_reads_nothing_of_it() -> None:
    assert signed_in(cast.grey()).get(reverse(RULES)).status_code == 403


def test_the_table_is_shown_as_it_decides() -> None:
    shown = inspector().get(reverse(RULES)).content.decode()

    assert "This is the table as it is shipped." in shown
    assert "up to 300" in shown
    assert "nobody else" in shown
    assert "2 other officers" in shown
    assert "after 30 seconds" in shown


def test_what_is_shown_is_what_is_kept() -> None:
    client = inspector()

    client.post(reverse(RULES), filled(client))

    assert agreeing.rows() == REACH
    assert not ReachRule.objects.exists()


def test_a_row_is_made_stricter_and_put_back() -> None:
    client = inspector()

    client.post(reverse(RULES), filled(client, row0__most="20"))
    stricter = agreeing.rows()[0].most
    assert "own table." in client.get(reverse(RULES)).content.decode()
    client.post(reverse("desk:alerts:use_shipped"))

    assert stricter == 20
    assert agreeing.rows() == REACH


def test_rows_are_added_ordered_and_taken_out() -> None:
    client = inspector()

    added = client.post(reverse(RULES), filled(client, add="1"))
    assert len(added.context["forms"]) == len(REACH) + 1
    assert not ReachRule.objects.exists(), "adding an empty row keeps nothing"
    new = {
        "row5-place": "1",
        "row5-levels": ["public"],
        "row5-urgencies": ["whenever"],
        "row5-most": "50",
        "row5-sender": "write",
        "row5-approvals": "2",
        "row5-hold_s": "60",
    }
    fields = filled(client, row0__place="2", row0__drop="on")
    client.post(reverse(RULES), {**fields, **new})

    rows = agreeing.rows()
    assert (rows[0].most, rows[0].approvals, rows[0].hold_s, rows[0].typed_above) == (50, 2, 60, None)
    assert rows[1:] == REACH[1:]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"row0__approvals": "0", "row0__sender": "write"}, "only for trained officers"),
        ({"row1__hold_s": "30"}, "what is urgent never waits"),
        ({"row4__drop": "on"}, "Nobody could send alerts"),
        ({"row0__hold_s": "999"}, "less than or equal to 120"),
        ({"row0__approvals": "7"}, "Select a valid choice"),
        ({"row0__levels": ["everybody"]}, "Select a valid choice"),
        ({"row0__most": "many"}, "Enter a whole number"),
        ({"row0__place": ""}, "required"),
    ],
)
def test_a_table_that_is_wrong_is_a_sentence_and_changes_nothing(changes: dict[str, Any], sentence: str) -> None:
    client = inspector()

    answer = client.post(reverse(RULES), filled(client, **changes))

    assert sentence in answer.content.decode()
    assert not ReachRule.objects.exists()


def test_two_inspectors_do_not_write_over_one_another() -> None:
    one, other = inspector(), signed_in(builders.officer(Role.INSPECTOR))
    late = filled(other, row0__most="5")
    one.post(reverse(RULES), filled(one, row0__most="20"))

    answer = other.post(reverse(RULES), late).content.decode()

    assert "Somebody else changed the table" in answer
    assert agreeing.rows()[0].most == 20


def test_training_is_written_down_for_colleagues_whose_role_has_the_fast_lane() -> None:
    boss = builders.officer(Role.INSPECTOR, name="Thornback")
    birch, amos = cast.birch(), cast.amos()
    client = signed_in(boss)
    until = clock.today() + dt.timedelta(days=200)

    def write(officer: Any, day: str) -> Any:
        fields = {f"{officer.ref}-until": day}
        return client.post(reverse("desk:alerts:train", args=[officer.ref]), fields, follow=True)

    write(birch, f"{until:%Y-%m-%d}")
    birch.refresh_from_db()
    assert birch.fast_trained_until == until
    assert "Give the day like" in write(birch, "soon").content.decode()
    assert "nobody writes down their own" in write(boss, "2027-01-01").content.decode()
    assert write(amos, "2027-01-01").status_code == 404
    write(birch, "")
    assert not Officer.objects.get(pk=birch.pk).is_fast_trained(on=clock.today())
    assert "a colleague writes this down" in client.get(reverse(RULES)).content.decode()
