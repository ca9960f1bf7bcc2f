"""Relays: what is passed on, to whom, and by which lane."""

from dataclasses import replace
from typing import Any

import pytest

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import Sighting, State
from hueandcry.domain.members.rules import SchemeKind, Tier
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.rules import Circle
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.geometry import Point
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
# Some 12 km east of the middle: outside the first alert's circle of 10 km.
EAST = Point(2.69, 54.5)


def sighting(**changes: Any) -> Sighting:
    given: dict[str, Any] = {
        "what": "grey pick-up",
        "where": "Ford Lane, Elm",
        "direction": "going east",
        "seen_at": clock.now(),
        "plate": "AO51BCD",
        "point": EAST,
        "uncertainty_m": 100.0,
        **changes,
    }
    return Sighting(**given)


def relay(first: Alert, officer: Any, **changes: Any) -> Alert:
    given = {"sighting": sighting(), "report_ref": "R2PQ7T", **changes}
    return actions.relay(officer=officer, alert_ref=first.ref, **given)


def test_a_relay_goes_at_once_to_the_next_farms_and_to_nobody_twice() -> None:
    told, between = alerts.farmer(), alerts.farmer(at=(2.64, 54.5))
    new = alerts.farmer(at=EAST)
    alerts.farmer(at=(3.3, 54.5))
    builders.member(at=EAST)
    alerts.farmer(at=EAST, tier=Tier.MEMBER)
    first, oakes = alerts.released(), cast.oakes()
    assert alerts.meant(first) == {told.pk, between.pk}

    made = relay(first, oakes)

    assert (made.state, made.relay_of, made.level) == (State.RELEASED, first, Tier.VETTED)
    assert alerts.meant(made) == {new.pk}
    facts = alerts.logged("alert.relayed", made)[0].facts
    assert facts == {"of": f"alert:{first.ref}", "report": "report:R2PQ7T", "members": 1, "approvals": 0}


def test_a_relay_says_the_sighting_and_nothing_of_the_reporter() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    made = relay(alerts.released(), cast.oakes())

    text = Message.objects.get(about=f"alert:{made.ref}").text
    assert "Grey pick-up, part plate ..51, going east, Ford Lane, Elm" in text
    assert "Do not approach" in text
    assert "AO51BCD" not in Message.objects.get(about=f"alert:{made.ref}").email + text
    assert (made.what, made.relayed_report) == ("Grey pick-up, part plate ..51, going east", "report:R2PQ7T")


def test_a_relay_to_members_says_nothing_of_the_plate_and_waits() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    made = relay(alerts.released(level=Tier.MEMBER), cast.oakes())

    assert made.state == State.WAITING
    assert "51" not in made.what
    assert not Message.objects.filter(about=f"alert:{made.ref}").exists()


def test_a_relay_by_who_has_no_fast_lane_waits_and_is_approved_by_another() -> None:
    alerts.farmer()
    new = alerts.farmer(at=EAST)
    first, amos, birch = alerts.released(), builders.officer(Role.CONSTABLE), builders.officer(Role.SERGEANT)

    made = relay(first, amos)
    assert made.state == State.WAITING
    assert [line.ref for line in queries.waiting_for(officer=birch)] == [made.ref]

    actions.approve(alert_ref=made.ref, officer=birch)
    assert alerts.meant(made) == {new.pk}


def test_those_whose_text_is_still_queued_are_not_told_twice() -> None:
    alerts.farmer(at=(2.64, 54.5))
    new = alerts.farmer(at=EAST)
    first = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())

    made = relay(first, cast.oakes(), radius_m=10_000.0)

    assert alerts.meant(made) == {new.pk}


def test_a_relay_of_a_relay_leaves_out_the_whole_family() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    last = alerts.farmer(at=(2.80, 54.5))
    first, oakes = alerts.released(), cast.oakes()
    second = relay(first, oakes)

    third = relay(second, oakes, sighting=sighting(point=Point(2.79, 54.5)), report_ref="R3PQ7T", radius_m=40_000.0)

    assert third.relay_of == second
    assert alerts.meant(third) == {last.pk}
    assert [line.ref for line in queries.family(alert=first)] == [second.ref, third.ref]


def test_those_told_may_be_told_again_when_the_officer_says_so() -> None:
    told, new = alerts.farmer(at=(2.64, 54.5)), alerts.farmer(at=EAST)
    first = alerts.released()

    made = relay(first, cast.oakes(), told=True)

    assert alerts.meant(made) == {told.pk, new.pk}


def test_when_everybody_there_was_told_already_nothing_is_made() -> None:
    alerts.farmer(at=(2.64, 54.5))
    first = alerts.released()

    with pytest.raises(AlertError, match="told already: widen"):
        relay(first, cast.oakes())
    assert Alert.objects.count() == 1


def test_the_circle_grows_with_the_doubt_about_the_place() -> None:
    alerts.farmer()
    far = alerts.farmer(at=(2.80, 54.5))
    first = alerts.released()

    made = relay(first, cast.oakes(), sighting=sighting(uncertainty_m=3_000.0))

    assert alerts.meant(made) == {far.pk}


def test_without_a_point_it_goes_to_the_first_alerts_own_audience() -> None:
    alerts.farmer()
    first = alerts.released()
    new = alerts.farmer()

    made = relay(first, cast.oakes(), sighting=sighting(point=None))

    assert alerts.meant(made) == {new.pk}
    assert made.point is None


def test_the_officer_may_say_who_is_meant() -> None:
    alerts.farmer()
    horse = builders.member(at=EAST, schemes=(builders.scheme("Elm Horse Watch", SchemeKind.HORSE),))
    first = alerts.released()

    made = relay(
        first,
        cast.oakes(),
        question=alerts.question(scheme_kinds=(SchemeKind.HORSE,), circles=(Circle(*EAST, 1_000.0),)),
    )

    assert alerts.meant(made) == {horse.pk}


def test_what_is_passed_on_is_checked_like_any_alert() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first = alerts.released()

    with pytest.raises(AlertError, match="house number"):
        relay(first, cast.oakes(), sighting=sighting(where="12 Ford Lane"))
    assert Alert.objects.count() == 1


def test_an_alert_that_is_over_is_not_relayed() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first, oakes = alerts.released(), cast.oakes()
    actions.stand_down(alert_ref=first.ref, officer=oakes, reason="Checked")

    with pytest.raises(AlertError, match="stood down: write a new alert"):
        relay(first, oakes)


def test_a_report_is_not_put_to_the_approver_twice() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first = alerts.released(level=Tier.MEMBER)
    oakes = cast.oakes()
    relay(first, oakes)

    with pytest.raises(AlertError, match="waits for approval already"):
        relay(first, oakes)


def test_a_relay_is_not_approved_when_what_it_relays_is_over() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    first, oakes, birch = alerts.released(level=Tier.MEMBER), cast.oakes(), builders.officer(Role.SERGEANT)
    made = relay(first, oakes)
    Alert.objects.filter(pk=first.pk).update(state=State.EXPIRED)

    with pytest.raises(AlertError, match="is over"):
        actions.approve(alert_ref=made.ref, officer=birch)


def test_a_stranger_and_an_analyst_relay_nothing() -> None:
    alerts.farmer()
    first = alerts.released()

    with pytest.raises(NotHereError):
        relay(first, cast.grey())
    with pytest.raises(NotHereError):
        relay(first, cast.frost())
    with pytest.raises(AlertError, match="Ask a colleague"):
        relay(first, cast.cole())


def test_a_relay_lives_no_longer_than_six_hours_and_tells_when_it_was_seen() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)
    seen = sighting()

    made = relay(alerts.released(), cast.oakes(), sighting=seen)

    assert made.occurred_at == seen.seen_at
    assert made.expires_at is not None
    assert (made.expires_at - made.written_at).total_seconds() == 6 * 3600


def test_a_sighting_without_a_moment_counts_from_now() -> None:
    alerts.farmer()
    alerts.farmer(at=EAST)

    made = relay(alerts.released(), cast.oakes(), sighting=replace(sighting(), seen_at=None))

    assert made.occurred_at == made.written_at


def test_before_anybody_presses_it_is_shown_what_will_be_said_and_to_whom() -> None:
    alerts.farmer(at=(2.64, 54.5))
    alerts.farmer(at=EAST)
    first, seen = alerts.released(), sighting()

    shown = queries.passing_on(alert=first, sighting=seen)
    made = relay(first, cast.oakes(), sighting=seen)

    said = Message.objects.get(about=f"alert:{made.ref}")
    assert shown.preview.words.text.replace("WWWWWW", made.ref) == said.text
    assert shown.count.members == len(alerts.meant(made)) == 1
    assert shown.findings == ()


def test_what_would_be_refused_is_shown_before_it_is_pressed() -> None:
    alerts.farmer()
    first = alerts.released()

    shown = queries.passing_on(alert=first, sighting=sighting(where="12 Ford Lane"))

    assert [finding.code for finding in shown.findings] == ["house"]
    assert shown.count.members == 0


def test_pressing_twice_tells_those_who_were_told_once_more_and_not_twice_more() -> None:
    told = alerts.farmer()
    first, oakes = alerts.released(), cast.oakes()
    here = sighting(point=builders.MIDDLE)
    made = relay(first, oakes, sighting=here, told=True)

    with pytest.raises(AlertError, match="a moment ago"):
        relay(first, oakes, sighting=here, told=True)

    assert alerts.meant(made) == {told.pk}
    assert Message.objects.filter(kind="alert").count() == 2
    again = relay(first, oakes, sighting=here, told=True, report_ref="R9PQ7T")
    assert alerts.meant(again) == {told.pk}
