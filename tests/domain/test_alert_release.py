"""One gate: approval, the fast lane, what it refuses, and what it writes."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert, Release
from hueandcry.domain.alerts.rules import State, Urgency
from hueandcry.domain.members.models import ContactPoint, Member
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import Lane, MessageKind
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.places.models import Area
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db


def test_a_second_officer_releases_and_everything_is_written_at_once() -> None:
    near, also = alerts.farmer(), alerts.farmer(mobile=None, email="also@example.org")
    alerts.farmer(at=(3.3, 54.5))
    alert, birch = alerts.waiting(), cast.birch()

    actions.approve(alert_ref=alert.ref, officer=birch)

    alert.refresh_from_db()
    message = Message.objects.get()
    assert (alert.state, alert.approver) == (State.RELEASED, birch)
    assert alert.released_at is not None
    assert alerts.meant(alert) == {near.pk, also.pk}
    assert (message.kind, message.about, message.lane) == (MessageKind.ALERT, f"alert:{alert.ref}", Lane.URGENT)
    assert message.expires_at == alert.expires_at
    assert message.text == queries.preview(alert=alert).words.text
    assert Release.objects.get().message_ref == message.ref
    record = alerts.logged("alert.released", alert)[0]
    assert record.actor == birch.as_actor()
    assert record.facts == {"members": 2, "level": "vetted", "second_officer": True, "warnings": ["few"]}


def test_the_audit_trail_never_holds_the_words() -> None:
    alerts.farmer()
    alerts.released()

    assert not any(
        "pick-up" in str(record.facts) or "Mill Lane" in str(record.facts) for record in Record.objects.all()
    )


@pytest.mark.parametrize(
    ("urgency", "lane"), [(Urgency.NOW, Lane.URGENT), (Urgency.TODAY, Lane.NORMAL), (Urgency.WHENEVER, Lane.BULK)]
)
def test_the_lane_follows_the_urgency(urgency: Urgency, lane: Lane) -> None:
    alerts.farmer()
    alerts.released(urgency=urgency)

    assert Message.objects.get().lane == lane


def test_the_author_does_not_approve() -> None:
    alerts.farmer()
    birch = cast.birch()
    alert = alerts.waiting(birch)

    with pytest.raises(AlertError, match="other than the author"):
        actions.approve(alert_ref=alert.ref, officer=birch)
    assert not Message.objects.exists()


def test_the_database_too_refuses_that_the_author_approves() -> None:
    alert = alerts.drafted()

    with pytest.raises(IntegrityError, match="alerts_approver_is_not_the_author"), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(approver=alert.author)


@pytest.mark.parametrize("state", [State.RELEASED, State.STOOD_DOWN, State.EXPIRED, State.ENDED])
def test_the_database_refuses_an_alert_that_is_out_without_a_time(state: State) -> None:
    alert = alerts.drafted()

    with pytest.raises(IntegrityError, match="alerts_released_alert_has_a_time"), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(state=state)


@pytest.mark.parametrize("role", [Role.CONSTABLE, Role.OPERATOR, Role.ENGAGEMENT, Role.ANALYST])
def test_who_may_not_approve_does_not(role: Role) -> None:
    alerts.farmer()
    alert = alerts.waiting()

    with pytest.raises(AlertError, match="Ask a colleague"):
        actions.approve(alert_ref=alert.ref, officer=builders.officer(role))


def test_a_second_press_sends_nothing_twice() -> None:
    alerts.farmer()
    alert, birch = alerts.waiting(), cast.birch()
    actions.approve(alert_ref=alert.ref, officer=birch)

    with pytest.raises(AlertError, match="released already, by Sergeant Birch"):
        actions.approve(alert_ref=alert.ref, officer=birch)

    assert (Message.objects.count(), Release.objects.count(), Delivery.objects.count()) == (1, 1, 1)


def test_a_draft_is_not_approved_over_its_authors_head() -> None:
    alerts.farmer()
    alert = alerts.drafted()

    with pytest.raises(AlertError, match="does not wait for approval"):
        actions.approve(alert_ref=alert.ref, officer=cast.birch())


def test_the_audience_is_counted_anew_at_release() -> None:
    gone, stays = alerts.farmer(), alerts.farmer()
    alert = alerts.waiting()
    Member.objects.filter(pk=gone.pk).update(state="left")
    new = alerts.farmer()

    actions.approve(alert_ref=alert.ref, officer=cast.birch())

    assert alerts.meant(alert) == {stays.pk, new.pk}
    assert Alert.objects.get(pk=alert.pk).audience.members == 2


def test_an_area_that_is_gone_is_a_sentence_at_release() -> None:
    alerts.farmer()
    area = builders.area()
    alert = alerts.waiting(asked=alerts.question(circles=(), areas=(area.id,)))
    Area.objects.all().delete()

    with pytest.raises(AlertError, match="Choose the areas again"):
        actions.approve(alert_ref=alert.ref, officer=cast.birch())
    assert not Message.objects.exists()


def test_a_release_to_nobody_is_refused_and_nothing_is_written() -> None:
    gone = alerts.farmer()
    alert = alerts.waiting()
    Member.objects.filter(pk=gone.pk).update(state="left")

    with pytest.raises(AlertError, match="Nobody would be reached"):
        actions.approve(alert_ref=alert.ref, officer=cast.birch())

    alert.refresh_from_db()
    assert (alert.state, alert.approver, alert.released_at) == (State.WAITING, None, None)
    assert not Message.objects.exists()


def test_what_became_wrong_while_it_waited_is_refused_at_release() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    Alert.objects.filter(pk=alert.pk).update(what="Grey pick-up AO51 BCD")

    with pytest.raises(AlertError, match="AO51 BCD"):
        actions.approve(alert_ref=alert.ref, officer=cast.birch())
    assert not Message.objects.exists()


def test_a_large_release_needs_its_number_typed() -> None:
    alerts.many_farmers(5_001)
    alert, birch = alerts.waiting(), cast.birch()
    assert queries.way_out(alert=alert).typed == "5001"

    with pytest.raises(AlertError, match=r"5,001 members\. Type 5001 to send it"):
        actions.approve(alert_ref=alert.ref, officer=birch)
    assert not Message.objects.exists()

    actions.approve(alert_ref=alert.ref, officer=birch, typed="5,001")
    assert Delivery.objects.count() == 5_001


def test_three_hundred_vetted_members_are_the_end_of_the_fast_lane() -> None:
    alerts.many_farmers(300)
    oakes = cast.oakes()
    few = alerts.drafted(oakes)
    actions.release_fast(alert_ref=few.ref, officer=oakes)

    alerts.farmer()
    many = alerts.drafted(oakes)
    with pytest.raises(AlertError, match="second officer"):
        actions.release_fast(alert_ref=many.ref, officer=oakes)


def test_an_operator_releases_alone_to_few_vetted_members() -> None:
    alerts.farmer()
    oakes = cast.oakes()
    alert = alerts.drafted(oakes)
    assert queries.way_out(alert=alert).approvals == 0

    actions.release_fast(alert_ref=alert.ref, officer=oakes)

    alert.refresh_from_db()
    assert (alert.state, alert.approver) == (State.RELEASED, None)
    assert alerts.logged("alert.released", alert)[0].facts["second_officer"] is False


def test_the_fast_lane_ends_where_members_are_not_vetted() -> None:
    alerts.farmer()
    oakes = cast.oakes()
    alert = alerts.drafted(oakes, level=Tier.MEMBER)

    with pytest.raises(AlertError, match="second officer"):
        actions.release_fast(alert_ref=alert.ref, officer=oakes)


def test_words_about_what_people_are_take_a_second_officer() -> None:
    alerts.farmer()
    oakes = cast.oakes()
    alert = alerts.drafted(oakes, words=replace(alerts.WORDS, what="Three Irish men"))

    with pytest.raises(AlertError, match="second officer"):
        actions.release_fast(alert_ref=alert.ref, officer=oakes)


def test_the_fast_lane_refuses_what_the_check_refuses() -> None:
    alerts.farmer()
    oakes = cast.oakes()
    alert = alerts.drafted(oakes, words=replace(alerts.WORDS, ask="Box it in"))

    with pytest.raises(AlertError, match="nobody is to go near"):
        actions.release_fast(alert_ref=alert.ref, officer=oakes)


def test_a_release_to_people_without_any_way_to_reach_them_is_refused_and_nothing_is_written() -> None:
    silent = alerts.farmer()
    alert = alerts.waiting()
    ContactPoint.objects.filter(member=silent).update(suspended_at=clock.now())

    with pytest.raises(AlertError, match="no way that we may use"):
        actions.approve(alert_ref=alert.ref, officer=cast.birch())

    alert.refresh_from_db()
    assert (alert.state, alert.approver, alert.released_at) == (State.WAITING, None, None)
    assert not Message.objects.exists()


def test_a_constable_has_no_fast_lane_and_nobody_has_it_for_anothers_alert() -> None:
    alerts.farmer()
    amos, oakes = cast.amos(), cast.oakes()
    alert = alerts.drafted(amos)

    with pytest.raises(AlertError, match="Ask a colleague"):
        actions.release_fast(alert_ref=alert.ref, officer=amos)
    with pytest.raises(AlertError, match="one's own alerts"):
        actions.release_fast(alert_ref=alert.ref, officer=oakes)


def test_a_second_press_of_the_fast_lane_sends_nothing_twice() -> None:
    alerts.farmer()
    oakes = cast.oakes()
    alert = alerts.drafted(oakes)
    actions.release_fast(alert_ref=alert.ref, officer=oakes)

    with pytest.raises(AlertError, match="released already, by Control room Oakes"):
        actions.release_fast(alert_ref=alert.ref, officer=oakes)
    assert Message.objects.count() == 1


def test_a_stranger_releases_nothing() -> None:
    alerts.farmer()
    alert = alerts.waiting()

    for stranger in (cast.grey(), cast.frost()):
        with pytest.raises(NotHereError):
            actions.approve(alert_ref=alert.ref, officer=stranger)
        with pytest.raises(NotHereError):
            actions.release_fast(alert_ref=alert.ref, officer=stranger)


def test_nobody_approves_words_that_they_have_not_read() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    birch, other = cast.birch(), builders.officer(Role.INSPECTOR)
    read = queries.version(alert=alert)
    actions.send_back(alert_ref=alert.ref, officer=other, reason="Say which lane")
    changed = replace(alerts.WORDS, what="Something else altogether")
    actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields(words=changed))
    actions.submit(alert_ref=alert.ref, officer=alert.author)

    with pytest.raises(AlertError, match="read it again"):
        actions.approve(alert_ref=alert.ref, officer=birch, seen=read)

    assert not Message.objects.exists()
    alert.refresh_from_db()
    now = queries.version(alert=alert)
    assert actions.approve(alert_ref=alert.ref, officer=birch, seen=now).state == State.RELEASED


def test_nobody_approves_an_audience_that_they_have_not_seen() -> None:
    alerts.farmer()
    alert = alerts.waiting()
    birch, other = cast.birch(), builders.officer(Role.INSPECTOR)
    read = queries.version(alert=alert)
    actions.send_back(alert_ref=alert.ref, officer=other, reason="Too few")
    actions.choose_audience(alert_ref=alert.ref, officer=alert.author, question=alerts.question(scheme_kinds=()))
    actions.submit(alert_ref=alert.ref, officer=alert.author)

    with pytest.raises(AlertError, match="read it again"):
        actions.approve(alert_ref=alert.ref, officer=birch, seen=read)

    assert not Message.objects.exists()
