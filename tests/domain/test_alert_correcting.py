"""Corrections and recalls: exactly those whom it reached; those who waited get the new words only, or nothing."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert, Correction, Release, Revision
from hueandcry.domain.alerts.queries import schemes
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.alerts.rules.kinds import CorrectionState
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.actions import correcting, saying
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts
from tests.domain.messaging import by_phone

pytestmark = pytest.mark.django_db
RIGHT = replace(alerts.WORDS, what="Blue pick-up, three men with dogs")


def corrected(alert: Alert, officer: Officer | None = None, **changes: Any) -> Correction:
    """Write a correction of an alert; the control room may send one to few vetted members by itself."""
    given = {"words": RIGHT, "occurred_at": alert.occurred_at, "expires_at": alert.expires_at, "reason": "It was blue"}
    return actions.correct(alert_ref=alert.ref, officer=officer or cast.oakes(), **{**given, **changes})


def kinds(alert: Alert) -> dict[str, set[int | None]]:
    """Return whom each kind of message was written to and not taken back from."""
    rows = Delivery.objects.filter(message__about=f"alert:{alert.ref}").exclude(state=DeliveryState.CANCELLED)
    found: dict[str, set[int | None]] = {}
    for kind, member in rows.values_list("message__kind", "member_id"):
        found.setdefault(kind, set()).add(member)
    return found


# ---------------------------------------------------------------- corrections


def test_a_correction_follows_to_those_whom_it_reached_and_the_others_get_the_new_words_only() -> None:
    reached, waits = alerts.farmer(), alerts.farmer()
    alert = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())
    Delivery.objects.filter(member=reached).update(state=DeliveryState.ACCEPTED, accepted_at=clock.now())

    corrected(alert)
    alerts.hand_over(alert)

    alert.refresh_from_db()
    assert (alert.state, alert.what, alert.corrected_because) == (State.CORRECTED, RIGHT.what, "It was blue")
    assert kinds(alert) == {"alert": {reached.pk, waits.pk}, "correction": {reached.pk}}
    assert "CORRECTION. Blue pick-up" in by_phone(alerts.number(reached))[-1]
    (only,) = by_phone(alerts.number(waits))
    assert "Blue pick-up" in only
    assert "CORRECTION" not in only
    assert alerts.logged("alert.corrected", alert)[0].facts == {"told": 1, "anew": 1}
    assert [kept.kind for kept in Release.objects.order_by("id")] == ["alert", "correction", "alert"]


def test_the_reason_is_in_the_email_and_the_answers_stay_in_one_thread() -> None:
    alerts.farmer(mobile=None, email="dell@example.org")
    alert = alerts.released()

    corrected(alert)

    message = Message.objects.get(kind=MessageKind.CORRECTION)
    assert message.email.startswith("This corrects what we told you before: It was blue.")
    assert message.subject == f"Doggerland Police {alert.ref}: CORRECTION: Hare coursing near Holt"
    assert (message.about, message.expires_at) == (f"alert:{alert.ref}", alert.expires_at)


def test_every_version_is_kept_with_whose_words_it_is() -> None:
    alerts.farmer()
    alert, oakes = alerts.released(), cast.oakes()

    corrected(alert, oakes)

    kept = Revision.objects.filter(alert=alert).order_by("id")
    assert [(row.words["what"], row.by) for row in kept] == [
        (alerts.WORDS.what, alert.author.as_actor()),
        (RIGHT.what, oakes.as_actor()),
    ]


def test_a_wide_correction_waits_for_one_other_officer() -> None:
    alerts.farmer()
    alert, amos = alerts.released(level=Tier.MEMBER), builders.officer(Role.CONSTABLE)

    waits = corrected(alert, amos)
    assert (waits.state, Message.objects.count()) == (CorrectionState.WAITING, 1)
    assert Alert.objects.get(pk=alert.pk).what == alerts.WORDS.what
    with pytest.raises(AlertError, match="somebody other than who wrote it"):
        actions.agree_to_correction(alert_ref=alert.ref, officer=promoted(amos))
    actions.agree_to_correction(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT), seen=waits.ref)

    assert Alert.objects.get(pk=alert.pk).state == State.CORRECTED
    with pytest.raises(AlertError, match="No correction waits"):
        actions.agree_to_correction(alert_ref=alert.ref, officer=builders.officer(Role.INSPECTOR))
    assert Message.objects.filter(kind=MessageKind.CORRECTION).count() == 1


def promoted(officer: Officer) -> Officer:
    """Return the same officer, who may approve now."""
    officer.roles = [Role.SERGEANT.value]
    officer.save(update_fields=["roles"])
    return officer


def test_one_correction_waits_at_a_time_and_whoever_read_another_agrees_to_nothing() -> None:
    alerts.farmer()
    alert, amos, birch = (
        alerts.released(level=Tier.MEMBER),
        builders.officer(Role.CONSTABLE),
        builders.officer(Role.SERGEANT),
    )
    first = corrected(alert, amos)

    with pytest.raises(AlertError, match="A correction waits already"):
        corrected(alert, amos, reason="Another")
    actions.drop_correction(alert_ref=alert.ref, officer=amos)
    second = corrected(alert, amos, reason="Another")
    with pytest.raises(AlertError, match="Another correction waits"):
        actions.agree_to_correction(alert_ref=alert.ref, officer=birch, seen=first.ref)

    assert Correction.objects.get(pk=second.pk).state == CorrectionState.WAITING
    assert Message.objects.count() == 1


def test_who_neither_wrote_it_nor_may_approve_drops_no_correction() -> None:
    alerts.farmer()
    alert = alerts.released(level=Tier.MEMBER)
    corrected(alert, builders.officer(Role.CONSTABLE))

    with pytest.raises(AlertError, match="Ask a colleague"):
        actions.drop_correction(alert_ref=alert.ref, officer=builders.officer(Role.CONSTABLE))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"words": alerts.WORDS}, "Nothing is changed"),
        ({"reason": " "}, "Say what was wrong"),
        ({"reason": "It was Mr Smith"}, "name"),
        ({"words": replace(RIGHT, what="Blue pick-up AO51 BCD")}, "plate"),
        ({"words": replace(RIGHT, ask="Box it in")}, "Take out"),
        ({"words": replace(RIGHT, what="x " * 1100)}, "Shorten"),
        ({"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "over already"),
    ],
)
def test_a_correction_is_checked_as_an_alert_is(changes: dict[str, Any], sentence: str) -> None:
    alerts.farmer()
    alert = alerts.released()

    with pytest.raises(AlertError, match=sentence):
        corrected(alert, **changes)
    assert (Correction.objects.count(), Message.objects.count()) == (0, 1)


def test_part_of_a_plate_lives_no_longer_for_being_corrected() -> None:
    alerts.farmer()
    words = replace(alerts.WORDS, what="Grey pick-up, part plate ..51")
    alert = alerts.released(words=words, expires_at=clock.now() + dt.timedelta(hours=11))

    with (
        time_machine.travel(clock.now() + dt.timedelta(hours=6), tick=True),
        pytest.raises(AlertError, match="12 hours"),
    ):
        corrected(
            alert,
            words=replace(words, where="Ford Lane, Holt"),
            expires_at=clock.now() + dt.timedelta(hours=8),
        )


def test_who_was_in_a_workers_hands_hears_it_either_way() -> None:
    handed, put_back = alerts.farmer(), alerts.farmer()
    alert = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())
    Delivery.objects.update(state=DeliveryState.LEASED)

    corrected(alert)
    assert kinds(alert) == {"alert": {handed.pk, put_back.pk}}
    Delivery.objects.filter(member=handed).update(state=DeliveryState.ACCEPTED)
    Delivery.objects.filter(member=put_back).update(state=DeliveryState.CANCELLED)
    saying.catch_up(about=f"alert:{alert.ref}", delivery_ids=list(Delivery.objects.values_list("pk", flat=True)))
    correcting.carry_over(about=f"alert:{alert.ref}")
    correcting.carry_over(about=f"alert:{alert.ref}")

    assert kinds(alert) == {"alert": {handed.pk, put_back.pk}, "correction": {handed.pk}}
    assert Delivery.objects.filter(member=put_back, state=DeliveryState.QUEUED).count() == 1


def test_nothing_is_carried_over_of_what_was_never_corrected_or_is_over() -> None:
    alerts.farmer()
    alert = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())
    about = f"alert:{alert.ref}"

    correcting.carry_over(about=about)
    corrected(alert)
    actions.stand_down(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT), reason="Checked")
    correcting.carry_over(about=about)

    assert not Delivery.objects.exclude(state=DeliveryState.CANCELLED).exists()


def test_a_second_correction_reaches_everybody_once_and_then_a_stand_down_does() -> None:
    first, later = alerts.farmer(), alerts.farmer()
    alert, oakes = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch()), cast.oakes()
    Delivery.objects.filter(member=first).update(state=DeliveryState.ACCEPTED)
    corrected(alert, oakes)
    alert.refresh_from_db()
    alerts.hand_over(alert)

    corrected(alert, oakes, words=replace(RIGHT, where="Ford Lane, Holt"), reason="Another lane")
    alerts.hand_over(alert)
    actions.stand_down(alert_ref=alert.ref, officer=oakes, reason="Checked")
    alerts.hand_over(alert)

    newest = Message.objects.filter(kind=MessageKind.CORRECTION).order_by("id").last()
    assert newest is not None
    assert set(newest.deliveries.values_list("member_id", flat=True)) == {first.pk, later.pk}
    assert alerts.meant(alert, "stand_down") == {first.pk, later.pk}
    assert [text[:40].count("CORRECTION") for text in by_phone(alerts.number(later))] == [0, 1, 0]


def test_who_asked_to_stop_hears_no_correction() -> None:
    stops, stays = alerts.farmer(), alerts.farmer()
    alert = alerts.released()
    messaging.type_on_phone(address=alerts.number(stops), body="STOP")

    corrected(alert)
    alerts.hand_over(alert)

    assert kinds(alert)["correction"] == {stays.pk}


def test_what_is_over_is_not_corrected_and_a_correction_that_waited_ends_with_it() -> None:
    alerts.farmer()
    alert = alerts.released(level=Tier.MEMBER)
    corrected(alert, builders.officer(Role.CONSTABLE))

    actions.stand_down(alert_ref=alert.ref, officer=cast.oakes(), reason="Checked")

    assert Correction.objects.get().state == CorrectionState.DROPPED
    with pytest.raises(AlertError, match="stood down, so it cannot be corrected"):
        corrected(alert, builders.officer(Role.OPERATOR))


def test_the_archive_shows_what_is_right_and_since_when() -> None:
    alerts.farmer()
    alert = alerts.released(level=Tier.PUBLIC)
    corrected(alert, builders.officer(Role.CONSTABLE))
    actions.agree_to_correction(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))

    shown = queries.get_public(ref=alert.ref)

    assert (shown.what, shown.is_over, shown.corrected_because) == (RIGHT.what, False, "It was blue")
    assert shown.corrected_at is not None


def test_the_phone_tree_is_told_of_the_correction_and_whom_it_reached_by_itself_needs_nobody() -> None:
    dell = alerts.farmer()
    alert = alerts.released(level=Tier.MEMBER)
    corrected(alert, builders.officer(Role.CONSTABLE))
    actions.agree_to_correction(alert_ref=alert.ref, officer=builders.officer(Role.SERGEANT))
    alerts.hand_over(alert)

    sheet = schemes.get_sheet(scheme_id=builders.scheme().pk, tier=Tier.VETTED, ref=alert.ref)

    assert sheet.what == RIGHT.what
    heard = Delivery.objects.filter(message__ref__in=sheet.message_refs, state=DeliveryState.ACCEPTED)
    assert not sheet.called_off
    assert {row.member_id for row in heard} | {dell.pk} == {dell.pk}
    assert len(sheet.message_refs) == 2


# ---------------------------------------------------------------- taking it back


def test_a_release_is_taken_back_within_half_a_minute_and_whom_it_reached_is_told() -> None:
    reached, waits = alerts.farmer(), alerts.farmer()
    alert = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())
    Delivery.objects.filter(member=reached).update(state=DeliveryState.ACCEPTED, accepted_at=clock.now())

    back = actions.recall(alert_ref=alert.ref, officer=cast.oakes())
    alerts.hand_over(alert)

    assert (back.state, back.stood_down_because) == (State.STOOD_DOWN, "It was sent by mistake, and taken back.")
    assert kinds(alert) == {"alert": {reached.pk}, "stand_down": {reached.pk}}
    assert by_phone(alerts.number(reached))[-1].startswith(f"Doggerland Police {alert.ref}: WITHDRAWN. We sent this")
    assert by_phone(alerts.number(waits)) == []
    assert alerts.logged("alert.recalled", alert)[0].facts == {"told": 1}


def test_what_is_wide_and_not_urgent_is_taken_back_before_anybody_reads_it() -> None:
    alerts.farmer()
    alert = actions.approve(alert_ref=alerts.waiting().ref, officer=cast.birch())
    Delivery.objects.update(next_at=clock.now() + dt.timedelta(seconds=30))
    alerts.hand_over(alert)

    actions.recall(alert_ref=alert.ref, officer=cast.oakes())
    alerts.hand_over(alert)

    assert Delivery.objects.get().state == DeliveryState.CANCELLED


def test_after_half_a_minute_it_is_stood_down_instead() -> None:
    alerts.farmer()
    alert = alerts.released()

    later = time_machine.travel(clock.now() + dt.timedelta(seconds=31), tick=True)
    with later, pytest.raises(AlertError, match="more than 30 seconds ago: stand it down instead"):
        actions.recall(alert_ref=alert.ref, officer=cast.oakes())
    assert Alert.objects.get(pk=alert.pk).state == State.RELEASED


def test_taking_back_twice_tells_nobody_twice() -> None:
    alerts.farmer()
    alert, oakes = alerts.released(), cast.oakes()
    actions.recall(alert_ref=alert.ref, officer=oakes)

    with pytest.raises(AlertError, match="taken back already"):
        actions.recall(alert_ref=alert.ref, officer=oakes)
    assert Message.objects.filter(kind=MessageKind.STAND_DOWN).count() == 1


def test_who_may_not_end_alerts_takes_none_back() -> None:
    alerts.farmer()
    alert = alerts.released()

    with pytest.raises(AlertError, match="Ask a colleague"):
        actions.recall(alert_ref=alert.ref, officer=builders.officer(Role.ENGAGEMENT))


def test_what_was_taken_back_shows_its_words_to_nobody_outside() -> None:
    dell = alerts.farmer()
    alert = alerts.released(level=Tier.PUBLIC)
    actions.recall(alert_ref=alert.ref, officer=cast.oakes())

    shown: list[Any] = [
        queries.get_public(ref=alert.ref),
        *queries.public_alerts(),
        *queries.latest_for_member(member_id=dell.pk),
        *schemes.told_lately(scheme_id=builders.scheme().pk, tier=Tier.VETTED),
    ]

    assert len(shown) == 4
    assert all(one.headline == "Sent by mistake, and taken back" for one in shown)
    assert not any(word in f"{one.what}{one.where}{one.ask}" for one in shown for word in ("pick-up", "Mill", "seen"))


def test_what_was_taken_back_is_written_anew_with_its_audience_but_without_its_answer() -> None:
    farmer = alerts.farmer()
    alert, oakes = alerts.released(), cast.oakes()
    with pytest.raises(AlertError, match="is not over"):
        actions.write_anew(alert_ref=alert.ref, officer=oakes)
    actions.recall(alert_ref=alert.ref, officer=oakes)

    anew = actions.write_anew(alert_ref=alert.ref, officer=oakes)

    assert (anew.state, anew.author, anew.what, anew.suspect) == (State.DRAFT, oakes, alert.what, "")
    assert anew.released_at is None
    assert queries.way_out(alert=anew).count.members == 1
    assert farmer.pk not in alerts.meant(anew)
