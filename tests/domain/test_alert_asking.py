"""Officers are asked to approve what waits, turn by turn, and its author hears what became of it; each once."""

import datetime as dt
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import transaction

from hueandcry.domain.alerts import actions, jobs
from hueandcry.domain.alerts.actions import AlertError, asking, ruling
from hueandcry.domain.alerts.models import Alert, Correction
from hueandcry.domain.alerts.queries.asking import approvers, asking_of, wait_of
from hueandcry.domain.alerts.rules import REACH, Goes, State, Urgency
from hueandcry.domain.alerts.rules.asking import Turn
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Delivery, Message
from hueandcry.domain.messaging.rules import DeliveryState, MessageKind
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationError, Role
from hueandcry.domain.records.models import Record
from hueandcry.gateways.models import SandboxMessage
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.jobs import Held, held, run_held
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
# A Monday in winter: what depends on the hour is told it.
NIGHT = dt.datetime(2026, 11, 23, 3, 12, tzinfo=dt.UTC)
NOON = NIGHT.replace(hour=12)
BIRCHS, THORNBACKS, AMOSS = "+447700900701", "+447700900702", "+447700900703"


@pytest.fixture(autouse=True)
def at_night() -> Iterator[None]:
    """Let it be twelve past three."""
    with time_machine.travel(NIGHT, tick=False):
        yield


def sergeant(name: str = "Birch", mobile: str = BIRCHS, **fields: object) -> Officer:
    return builders.officer(Role.SERGEANT, name=name, rank="Sergeant", mobile=mobile, **fields)  # type: ignore[arg-type]


def waiting(**changes: object) -> Alert:
    """Return an alert that has just begun to wait."""
    alerts.farmer()
    return alerts.waiting(builders.officer(Role.CONSTABLE, name="Amos", mobile=AMOSS), **changes)


def run(alert: Alert, event: str = "alert.submitted") -> None:
    """Run the job that the last such event woke."""
    record = alerts.logged(event, alert)[-1]
    job = jobs.ask if event in {"alert.submitted", "alert.agreed", "alert.correction_written"} else jobs.tell_author
    job.func(subject=record.subject, record=record.pk)


def later(minutes: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + dt.timedelta(minutes=minutes), tick=False)


def told(alert: Alert) -> dict[str, list[str]]:
    """Return which officers' addresses were written to about an alert, with the words of each message, in order."""
    found: dict[str, list[str]] = {}
    rows = Delivery.objects.filter(message__about=f"alert:{alert.ref}", message__kind=MessageKind.CONTROL)
    for row in rows.select_related("message").order_by("id"):
        said = row.message.text if row.channel == "sms" else row.message.email
        found.setdefault(row.address, []).append(said)
    return found


def asked(alert: Alert) -> list[set[str]]:
    """Return who was asked, each time."""
    return [
        {Officer.objects.get(ref=actor.removeprefix("officer:")).name for actor in record.facts["officers"]}
        for record in alerts.logged("alert.asked", alert)
    ]


# ---------------------------------------------------------------- who is asked


def test_the_sergeant_on_duty_is_asked_at_once_by_text_and_e_mail() -> None:
    birch, turbot = sergeant(), sergeant("Turbot", THORNBACKS)
    builders.rota(birch)
    alert = waiting()

    run(alert)

    assert set(told(alert)) == {BIRCHS, birch.email}
    assert asked(alert) == [{"Birch"}]
    text = told(alert)[BIRCHS][0]
    assert text.startswith(f"Doggerland Police: An urgent alert {alert.ref} (Hare coursing) waits for approval. http")
    assert text.endswith(f"/desk/alerts/{alert.ref}/")
    assert "since 03:12" in told(alert)[birch.email][0]
    assert turbot.name == "Turbot"


def test_nothing_of_the_alert_is_in_what_officers_are_told() -> None:
    birch = sergeant()
    alert = waiting()

    run(alert)
    asking.tell_author(record=_sent_back(alert, birch).pk)

    said = " ".join(f"{one.text} {one.email} {one.subject} {one.spoken}" for one in Message.objects.all())
    for word in ("Holt", "Mill Lane", "Grey", "pick-up", "dogs", "Amos", "Birch", "colour is wrong"):
        assert word not in said


def _sent_back(alert: Alert, officer: Officer) -> Record:
    actions.send_back(alert_ref=alert.ref, officer=officer, reason="The colour is wrong")
    return alerts.logged("alert.sent_back", alert)[-1]


def test_where_nobody_on_duty_may_approve_everybody_who_may_is_asked_at_once() -> None:
    birch, inspector = sergeant(), builders.officer(Role.INSPECTOR, name="Thornback", mobile=THORNBACKS)
    alert = waiting()

    run(alert)

    assert asked(alert) == [{"Birch", "Thornback"}]
    assert set(told(alert)) == {BIRCHS, birch.email, THORNBACKS, inspector.email}
    assert Message.objects.filter(kind=MessageKind.CONTROL).count() == 1, "one message, a row for each way"


def test_nobody_is_asked_who_could_not_approve_it() -> None:
    birch = sergeant()
    alert = waiting()
    sergeant("Gone", is_active=False)
    sergeant("Elsewhere", organisation=builders.partner())
    for role in (Role.CONSTABLE, Role.OPERATOR, Role.ANALYST, Role.ADMINISTRATOR, Role.AUDITOR):
        builders.officer(role, mobile="+447700900709")
    cast.grey()

    run(alert)

    assert asked(alert) == [{birch.name}]


def test_a_sergeant_who_wrote_it_is_not_asked_to_approve_it() -> None:
    alerts.farmer()
    author, other = sergeant("Author"), sergeant("Other", THORNBACKS)
    alert = alerts.waiting(author, level=Tier.PUBLIC)

    run(alert)

    assert asked(alert) == [{other.name}]


def test_exactly_those_are_asked_whom_the_approval_would_not_refuse() -> None:
    sergeant()
    translator = sergeant("Translator")
    alert = waiting()
    alert.revisions.create(at=clock.now(), by=translator.as_actor(), words={})
    for role in Role:
        builders.officer(role, name=f"One {role.value}")
    sergeant("Gone", is_active=False)
    wait = wait_of(alert=alert)
    assert wait is not None
    able = {one.name for one in approvers(wait=wait)}

    can = {officer.name for officer in Officer.objects.select_related("organisation") if _approves(alert, officer)}

    assert able == can == {"Birch", "One sergeant", "One inspector"}


def _approves(alert: Alert, officer: Officer) -> bool:
    """Say whether an approval is taken from this officer, and take it back."""
    try:
        with transaction.atomic():
            actions.approve(alert_ref=alert.ref, officer=officer)
            transaction.set_rollback(True)
    except (AlertError, NotHereError):
        return False
    return True


# ---------------------------------------------------------------- the next turn


def test_a_night_on_which_nobody_comes() -> None:
    birch, stand_in = sergeant(), sergeant("Standin", THORNBACKS)
    third = sergeant("Third", "+447700900704")
    builders.rota(birch, stand_in=stand_in)
    alert = waiting()
    run(alert)

    for minutes in range(1, 30):
        with time_machine.travel(NIGHT + dt.timedelta(minutes=minutes), tick=False):
            jobs.ask_on.func(0)

    everybody = {birch.name, stand_in.name, third.name}
    assert asked(alert) == [{"Birch"}, {"Standin"}, everybody, everybody]
    minutes_after = [(one.at - NIGHT).total_seconds() / 60 for one in alerts.logged("alert.asked", alert)]
    assert minutes_after == [0, 3, 6, 11]
    (left,) = alerts.logged("alert.left_waiting", alert)
    assert (left.at - NIGHT).total_seconds() / 60 == 16
    (said,) = told(alert)[AMOSS]
    assert "still waits: everybody who may approve it was asked, and nobody took it. Ring the control room" in said


def test_whoever_opens_it_is_given_minutes_before_the_next_are_asked() -> None:
    birch, other = sergeant(), sergeant("Other", THORNBACKS)
    builders.rota(birch)
    alert = waiting()
    run(alert)

    with later(2):
        asking.note_opening(alert=alert, officer=birch)
        asking.note_opening(alert=alert, officer=birch)
        asking.note_opening(alert=alert, officer=alert.author)
        asking.note_opening(alert=alert, officer=cast.cole())
    with later(4):
        asking.ask_on()
        assert asked(alert) == [{"Birch"}]
    with later(5):
        asking.ask_on()

    assert [one.actor for one in alerts.logged("alert.opened", alert)] == [birch.as_actor()]
    assert asked(alert) == [{"Birch"}, {"Birch", other.name}]


def test_a_contact_that_does_not_work_keeps_nobody_waiting() -> None:
    birch, other = sergeant(), sergeant("Other", THORNBACKS)
    builders.rota(birch)
    alert = waiting()
    run(alert)
    asking.ask_on()
    assert len(asked(alert)) == 1

    Delivery.objects.filter(address=BIRCHS).update(state=DeliveryState.BOUNCED)
    asking.ask_on()
    assert len(asked(alert)) == 1, "the e-mail may still come"
    Delivery.objects.filter(address=birch.email).update(state=DeliveryState.FAILED)
    asking.ask_on()

    assert asked(alert)[1] == {"Birch", other.name}
    page = asking_of(alert=alert)
    assert page is not None
    assert [(step.turn, step.lost) for step in page.steps] == [(Turn.DUTY, (birch.get_full_name(),)), (Turn.ALL, ())]


def test_where_nobody_may_approve_it_the_author_hears_at_once_and_once(settings: Any) -> None:
    settings.CONTROL_ROOM_NUMBER = "01632 960199"
    alert = waiting()

    run(alert)
    asking.ask_on()

    assert asked(alert) == []
    (said,) = told(alert)[AMOSS]
    assert "nobody here may approve it but you, who wrote it. Ring the control room on 01632 960199." in said

    sergeant()
    asking.ask_on()
    assert asked(alert) == [{"Birch"}], "somebody came who may"


@pytest.mark.parametrize(
    ("urgency", "at", "ways"),
    [
        (Urgency.NOW, NIGHT, {"sms", "email"}),
        (Urgency.TODAY, NIGHT, set()),
        (Urgency.TODAY, NOON, {"sms", "email"}),
        (Urgency.WHENEVER, NIGHT, set()),
        (Urgency.WHENEVER, NOON, {"email"}),
    ],
)
def test_who_is_not_on_duty_is_asked_in_their_hours_of_what_can_wait(
    urgency: Urgency, at: dt.datetime, ways: set[str]
) -> None:
    sergeant()
    with time_machine.travel(at, tick=False):
        alert = waiting(urgency=urgency)
        run(alert)

        assert set(Delivery.objects.filter(member=None).values_list("channel", flat=True)) == ways


def test_what_waited_for_the_morning_is_asked_then_and_not_left_at_once() -> None:
    sergeant()
    alert = waiting(urgency=Urgency.TODAY, expires_at=NIGHT + dt.timedelta(days=1))
    run(alert)
    page = asking_of(alert=alert)
    assert page is not None
    assert (page.steps, page.next_at) == ((), NIGHT.replace(hour=8, minute=0))

    with time_machine.travel(NIGHT.replace(hour=8, minute=0), tick=False):
        asking.ask_on()
        asking.ask_on()

    assert asked(alert) == [{"Birch"}]
    assert alerts.logged("alert.left_waiting", alert) == []


def test_who_is_on_duty_at_night_is_asked_of_what_can_wait_too() -> None:
    builders.rota(sergeant())
    sergeant("Home", THORNBACKS)
    alert = waiting(urgency=Urgency.TODAY)

    run(alert)

    assert asked(alert) == [{"Birch"}]


def test_what_is_over_is_asked_of_nobody() -> None:
    sergeant()
    alert = waiting(expires_at=NIGHT + dt.timedelta(hours=2))

    with later(121):
        run(alert)

    assert asked(alert) == []


def test_a_force_that_pages_its_officers_by_another_way_switches_this_off(settings: Any) -> None:
    settings.TELL_OFFICERS = False
    birch = sergeant()
    alert = waiting()

    run(alert)
    asking.ask_on()
    asking.tell_author(record=_sent_back(alert, birch).pk)

    assert told(alert) == {}
    assert asking_of(alert=alert) is None


def test_from_the_press_to_the_telephone_by_the_jobs_that_it_wakes() -> None:
    birch = sergeant()
    alerts.farmer()
    alert = alerts.drafted(builders.officer(Role.CONSTABLE, name="Amos", mobile=AMOSS))

    with held() as waiting_jobs:
        actions.submit(alert_ref=alert.ref, officer=alert.author)
        _work(waiting_jobs)
        actions.send_back(alert_ref=alert.ref, officer=birch, reason="The colour is wrong")
        _work(waiting_jobs)

    phones = dict(SandboxMessage.objects.values_list("address", "body"))
    assert set(phones) == {BIRCHS, birch.email, AMOSS, alert.author.email}
    assert f"An urgent alert {alert.ref} (Hare coursing) waits for approval." in phones[BIRCHS]
    assert f"Your urgent alert {alert.ref} was sent back to you" in phones[AMOSS]
    assert "STOP" not in phones[BIRCHS]


def _work(waiting_jobs: deque[Held]) -> None:
    """Do what a worker does, till nothing waits."""
    while waiting_jobs:
        run_held(waiting_jobs.popleft())


# ---------------------------------------------------------------- once, and no longer than it waits


def test_pressed_twice_and_run_twice_it_is_asked_once() -> None:
    sergeant()
    alert = waiting()

    actions.submit(alert_ref=alert.ref, officer=alert.author)
    run(alert)
    run(alert)
    asking.ask_on()

    assert len(asked(alert)) == 1
    assert Message.objects.count() == 1


def test_a_job_that_was_lost_is_made_good_within_a_minute() -> None:
    sergeant()
    alert = waiting()

    jobs.ask_on.func(0)
    run(alert)

    assert len(asked(alert)) == 1


def test_approved_before_the_job_ran_nobody_is_asked() -> None:
    birch = sergeant()
    alert = waiting()
    actions.approve(alert_ref=alert.ref, officer=birch)

    run(alert)
    asking.ask_on()

    assert asked(alert) == []


@pytest.mark.parametrize("how", ["approved", "sent back", "withdrawn", "scheduled"])
def test_what_is_not_sent_yet_is_taken_back_when_it_waits_no_more(how: str) -> None:
    birch = sergeant()
    builders.officer(Role.INSPECTOR, mobile=THORNBACKS)
    alert = waiting()
    run(alert)
    Delivery.objects.filter(address=birch.email).update(state=DeliveryState.ACCEPTED, gateway="sandbox")

    if how == "approved":
        actions.approve(alert_ref=alert.ref, officer=birch)
    elif how == "sent back":
        _sent_back(alert, birch)
    elif how == "withdrawn":
        actions.withdraw(alert_ref=alert.ref, officer=alert.author)
    else:
        at = clock.now() + dt.timedelta(hours=1)
        actions.approve(alert_ref=alert.ref, officer=birch, goes=Goes.AT, goes_at=at)

    states = dict(Delivery.objects.filter(message__kind=MessageKind.CONTROL).values_list("address", "state"))
    assert states.pop(birch.email) == DeliveryState.ACCEPTED
    assert set(states.values()) == {DeliveryState.CANCELLED}
    with later(60):
        asking.ask_on()
    assert len(asked(alert)) == 1
    for message in Message.objects.filter(kind=MessageKind.CONTROL):
        messaging.dispatch(message_ref=message.ref)
    assert not SandboxMessage.objects.filter(address=THORNBACKS).exists()


def test_sent_again_for_approval_it_is_asked_anew() -> None:
    sergeant()
    alert = waiting()
    run(alert)
    actions.withdraw(alert_ref=alert.ref, officer=alert.author)

    with later(1):
        actions.submit(alert_ref=alert.ref, officer=alert.author)
        run(alert)

    assert len(asked(alert)) == 2


def test_the_second_of_two_is_asked_when_the_first_agreed() -> None:
    birch, other = sergeant(), sergeant("Other", THORNBACKS)
    row = replace(REACH[1], most=1, approvals=2)
    ruling.set_rows(officer=builders.officer(Role.INSPECTOR, name="Ruler"), rows=[row, *REACH[1:]])
    alert = waiting()
    run(alert)

    actions.approve(alert_ref=alert.ref, officer=birch)
    run(alert, "alert.agreed")

    assert Alert.objects.get(pk=alert.pk).state == State.WAITING
    assert asked(alert)[1] == {other.name, "Ruler"}
    assert "needs one more officer to agree" in told(alert)[THORNBACKS][-1]


def test_an_exercise_says_so_and_reaches_no_live_number() -> None:
    sergeant()
    alerts.farmer()
    alert = alerts.drafted(builders.officer(Role.CONSTABLE, name="Amos", mobile=AMOSS))
    actions.choose_how(alert_ref=alert.ref, officer=alert.author, is_drill=True, has_canaries=False, team_ref="")
    actions.submit(alert_ref=alert.ref, officer=alert.author)

    run(alert)

    message = Message.objects.get()
    assert message.is_drill
    assert message.text.startswith("EXERCISE.")


def test_an_exercise_that_did_not_go_at_its_time_is_told_in_the_sandbox_only() -> None:
    birch, farmer = sergeant(), alerts.farmer()
    alert = alerts.drafted(builders.officer(Role.CONSTABLE, name="Amos", mobile=AMOSS))
    actions.choose_how(alert_ref=alert.ref, officer=alert.author, is_drill=True, has_canaries=False, team_ref="")
    actions.submit(alert_ref=alert.ref, officer=alert.author)
    at = clock.now() + dt.timedelta(hours=1)
    actions.approve(alert_ref=alert.ref, officer=birch, goes=Goes.AT, goes_at=at)
    farmer.state = "left"
    farmer.save(update_fields=["state"])

    with later(61):
        assert actions.release_due() == 0

    message = Message.objects.get()
    assert message.is_drill
    assert message.text.startswith("EXERCISE. Alert")
    assert "Nobody would be reached" not in message.text
    assert "Nobody would be reached" in message.email
    assert set(told(alert)) == {BIRCHS, AMOSS, birch.email, alert.author.email}


# ---------------------------------------------------------------- what its author hears


@pytest.mark.parametrize(
    ("goes", "event", "said"),
    [
        (Goes.NOW, "alert.released", "was approved and is going out."),
        (Goes.BY_AUTHOR, "alert.approved", "was approved: release it when you want to."),
        (Goes.AT, "alert.scheduled", "was approved and goes out by itself on Monday 23 November at 04:12."),
    ],
)
def test_the_author_hears_by_text_and_e_mail_that_it_was_approved(goes: Goes, event: str, said: str) -> None:
    birch = sergeant()
    alert = waiting()
    at = clock.now() + dt.timedelta(hours=1) if goes == Goes.AT else None
    actions.approve(alert_ref=alert.ref, officer=birch, goes=goes, goes_at=at)

    run(alert, event)
    run(alert, event)

    assert [said in text for text in told(alert)[AMOSS]] == [True]
    assert [said in letter for letter in told(alert)[alert.author.email]] == [True]


def test_the_author_hears_that_it_was_sent_back_and_reads_the_reason_on_the_page() -> None:
    birch = sergeant()
    alert = waiting()
    _sent_back(alert, birch)

    run(alert, "alert.sent_back")

    (text,) = told(alert)[AMOSS]
    assert "was sent back to you, with a reason: read it and change it." in text


def test_the_author_is_not_told_what_they_did_themselves_nor_what_the_program_did() -> None:
    birch = sergeant()
    alert = waiting()
    actions.approve(alert_ref=alert.ref, officer=birch, goes=Goes.BY_AUTHOR)
    actions.release_approved(alert_ref=alert.ref, officer=alert.author)
    second = alerts.waiting(alert.author)
    actions.approve(alert_ref=second.ref, officer=birch, goes=Goes.AT, goes_at=clock.now() + dt.timedelta(hours=1))
    with later(60):
        actions.release_due()

    for one in (alert, second):
        run(one, "alert.released")
        assert told(one) == {}


def test_an_author_who_left_is_told_nothing_and_one_without_a_mobile_by_e_mail() -> None:
    birch = sergeant()
    gone, other = waiting(), alerts.waiting(builders.officer(Role.CONSTABLE, name="Dab"))
    Officer.objects.filter(pk=gone.author_id).update(is_active=False)
    for one in (gone, other):
        _sent_back(one, birch)
        run(one, "alert.sent_back")

    assert told(gone) == {}
    assert set(told(other)) == {other.author.email}


# ---------------------------------------------------------------- corrections


def test_a_correction_is_asked_and_its_author_hears() -> None:
    birch = sergeant()
    alerts.farmer()
    alert = alerts.released(cast.amos(), birch)
    writer = builders.officer(Role.CONSTABLE, name="Whiting", mobile=AMOSS)
    words = alerts.WORDS.__class__(alerts.WORDS.headline, "Blue pick-up, three men", alerts.WORDS.where, "Seen it?")
    correction = actions.correct(
        alert_ref=alert.ref,
        officer=writer,
        words=words,
        occurred_at=alert.occurred_at,
        expires_at=alert.expires_at,
        reason="It was blue.",
    )

    run(alert, "alert.correction_written")
    run(alert, "alert.correction_written")

    assert asked(alert) == [{"Birch"}]
    assert "An urgent correction of alert" in told(alert)[BIRCHS][0]

    actions.agree_to_correction(alert_ref=alert.ref, officer=birch)
    run(alert, "alert.corrected")
    run(alert, "alert.corrected")

    assert Correction.objects.get(pk=correction.pk).state == "made"
    assert Delivery.objects.get(address=BIRCHS).state == DeliveryState.CANCELLED
    (text,) = told(alert)[AMOSS]
    assert "was agreed to: everybody whom the alert reached is being told." in text


def test_nothing_waits_where_nothing_was_sent_for_approval() -> None:
    alert = alerts.drafted()

    assert wait_of(alert=alert) is None
    assert asking_of(alert=alert) is None
    assert asking.ask(alert_ref=alert.ref) == 0
    assert asking.ask(alert_ref="NOSUCH") == 0


# ---------------------------------------------------------------- the mobile


def test_a_mobile_is_kept_as_it_is_dialled_and_the_trail_does_not_know_it() -> None:
    birch = cast.birch()

    for typed in ("07700 900 701", "+44 7700 900701"):
        organisations.give_mobile(officer_ref=birch.ref, mobile=typed, actor=birch.as_actor())

    birch.refresh_from_db()
    assert birch.mobile == BIRCHS
    (record,) = Record.objects.filter(event="officer.mobile_given")
    assert record.facts == {"has_one": True}


@pytest.mark.parametrize("typed", ["01632 960123", "12", "birch", "0" * 300, "07700 900701, 07700 900702"])
def test_what_takes_no_texts_is_refused_with_a_sentence(typed: str) -> None:
    birch = sergeant()

    with pytest.raises(OrganisationError) as refusal:
        organisations.give_mobile(officer_ref=birch.ref, mobile=typed, actor=birch.as_actor())

    assert str(refusal.value).endswith((".", "23"))
    assert Officer.objects.get(pk=birch.pk).mobile == BIRCHS


def test_who_is_shut_out_leaves_no_number_behind_and_an_empty_one_takes_it_away() -> None:
    birch, other, administrator = sergeant(), sergeant("Other"), builders.officer(Role.ADMINISTRATOR)

    organisations.suspend(officer_ref=birch.ref, actor=administrator.as_actor())
    organisations.give_mobile(officer_ref=other.ref, mobile=" ", actor=other.as_actor())

    assert set(Officer.objects.values_list("mobile", flat=True)) == {""}
