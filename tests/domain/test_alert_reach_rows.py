"""A force's own table of who must agree: kept, changed by one at a time, put back, and asked at every release."""

from dataclasses import replace

import pytest

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError, ruling
from hueandcry.domain.alerts.models import ReachRule
from hueandcry.domain.alerts.queries import agreeing
from hueandcry.domain.alerts.rules import REACH, State
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
STRICT = (replace(REACH[0], most=2), *REACH[1:])


def test_without_a_table_of_its_own_the_shipped_one_holds() -> None:
    assert agreeing.rows() == REACH
    assert not agreeing.is_own()


def test_a_table_is_kept_row_by_row_and_told_to_the_audit() -> None:
    boss = builders.officer(Role.INSPECTOR)

    ruling.set_rows(officer=boss, rows=STRICT)

    assert (agreeing.rows(), agreeing.is_own()) == (STRICT, True)
    record = Record.objects.get(event="alert.rules_set")
    assert record.actor == boss.as_actor()
    assert record.facts["before"][0] == (
        "kin+vetted; now+today+whenever; up to 300; alert:fast, trained; approvals 0; typed above 5000; waits 0 s"
    )
    assert "up to 2;" in record.facts["after"][0]


def test_keeping_the_same_table_changes_nothing() -> None:
    boss = builders.officer(Role.INSPECTOR)
    ruling.set_rows(officer=boss, rows=STRICT)
    kept = list(ReachRule.objects.values_list("pk", flat=True))

    ruling.set_rows(officer=boss, rows=STRICT)

    assert list(ReachRule.objects.values_list("pk", flat=True)) == kept
    assert Record.objects.filter(event="alert.rules_set").count() == 1


def test_the_shipped_table_is_put_back() -> None:
    boss = builders.officer(Role.INSPECTOR)
    ruling.set_rows(officer=boss, rows=STRICT)

    ruling.use_shipped(officer=boss)

    assert not agreeing.is_own()
    assert agreeing.rows() == REACH


def test_what_somebody_else_changed_since_is_not_lost() -> None:
    one, other = builders.officer(Role.INSPECTOR), builders.officer(Role.INSPECTOR)
    seen = agreeing.mark()
    ruling.set_rows(officer=one, rows=STRICT, seen=seen)

    with pytest.raises(AlertError, match="Somebody else changed the table"):
        ruling.set_rows(officer=other, rows=REACH, seen=seen)
    assert agreeing.rows() == STRICT


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.INSPECTOR, Role.PARTNER, Role.CLERK)])
def test_only_the_inspector_changes_it(role: Role) -> None:
    with pytest.raises(AlertError, match="Ask a colleague"):
        ruling.set_rows(officer=builders.officer(role), rows=STRICT)
    assert not ReachRule.objects.exists()


def test_a_partner_says_nothing_for_the_force() -> None:
    partner = builders.officer(Role.SERGEANT, organisation=builders.partner())
    partner.roles = [Role.INSPECTOR.value]
    partner.save(update_fields=["roles"])

    with pytest.raises(AlertError, match="The force says who must agree"):
        ruling.set_rows(officer=partner, rows=STRICT)


def test_a_table_by_which_somebody_could_send_nothing_is_not_kept() -> None:
    with pytest.raises(AlertError, match="Nobody could send"):
        ruling.set_rows(officer=builders.officer(Role.INSPECTOR), rows=REACH[:2])
    assert agreeing.rows() == REACH


def test_a_stricter_table_shuts_the_fast_lane_at_once() -> None:
    for _ in range(3):
        alerts.farmer()
    oakes = cast.oakes()
    alert = alerts.drafted(oakes)
    assert queries.way_out(alert=alert).approvals == 0

    ruling.set_rows(officer=builders.officer(Role.INSPECTOR), rows=STRICT)

    with pytest.raises(AlertError, match="needs a second officer"):
        actions.release_fast(alert_ref=alert.ref, officer=oakes)
    actions.submit(alert_ref=alert.ref, officer=oakes)
    assert actions.approve(alert_ref=alert.ref, officer=cast.birch()).state == State.RELEASED


def test_where_a_row_says_so_few_are_typed_too() -> None:
    alerts.farmer()
    ruling.set_rows(
        officer=builders.officer(Role.INSPECTOR), rows=[REACH[0], replace(REACH[1], typed_above=0), *REACH[2:]]
    )
    alert, birch = alerts.waiting(), cast.birch()

    with pytest.raises(AlertError, match="Type 1"):
        actions.approve(alert_ref=alert.ref, officer=birch)
    assert actions.approve(alert_ref=alert.ref, officer=birch, typed="1").state == State.RELEASED


def test_whoever_left_since_they_wrote_it_is_counted_as_one_who_writes() -> None:
    alerts.farmer()
    alert = alerts.waiting(builders.officer(Role.SERGEANT))
    alert.author.is_active = False
    alert.author.save(update_fields=["is_active"])

    assert actions.approve(alert_ref=alert.ref, officer=cast.birch()).state == State.RELEASED
