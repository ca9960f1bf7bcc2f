"""The buttons of an alert on the desk: who sees which, what they do, and what strangers can press: nothing."""

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hueandcry.domain.alerts import actions
from hueandcry.domain.alerts.actions import ruling
from hueandcry.domain.alerts.models import Alert, Correction
from hueandcry.domain.alerts.rules import REACH, Goes, State
from hueandcry.domain.alerts.rules.kinds import CorrectionState, Suspect
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations import actions as organisations
from hueandcry.domain.organisations.models import Duty
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.reports import actions as reporting
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
PRESSES = (
    *("suspect", "how", "withdraw", "release_approved", "recall", "pause", "resume"),
    *("agree_to_correction", "drop_correction", "write_anew"),
)


def at(name: str, alert: Alert) -> str:
    return reverse(f"desk:alerts:{name}", args=[alert.ref])


def page(client: Client, alert: Alert) -> str:
    return client.get(at("page", alert)).content.decode()


def state(alert: Alert) -> str:
    return Alert.objects.get(pk=alert.pk).state


@pytest.mark.parametrize("name", PRESSES)
def test_a_stranger_presses_nothing_and_looking_presses_nothing(name: str) -> None:
    given.farmer()
    alert = given.released()

    assert signed_in(cast.grey()).post(at(name, alert)).status_code == 403
    assert signed_in(builders.officer(Role.INSPECTOR)).get(at(name, alert)).status_code == 405
    assert state(alert) == State.RELEASED


@pytest.mark.parametrize("name", ["correct", "leaked", "taking_back"])
def test_a_stranger_reads_nothing(name: str) -> None:
    given.farmer()
    alert = given.released()

    answer = signed_in(cast.grey()).get(at(name, alert))

    assert answer.status_code == 403
    assert given.WORDS.headline not in answer.content.decode()


# ---------------------------------------------------------------- before it goes


def test_one_press_answers_whether_a_suspect_could_read_it_and_then_it_can_be_sent() -> None:
    given.farmer()
    alert = given.drafted(suspect=Suspect.UNASKED)
    client = signed_in(alert.author)
    before = page(client, alert)

    client.post(at("suspect", alert), {"answer": "harmless"})

    after = page(client, alert)
    assert "Could a suspect read this?" in before
    assert "Send for approval" not in before
    assert "Yes, and it does no harm: it may even put them off." in after
    assert "Send for approval" in after
    assert Alert.objects.get(pk=alert.pk).suspect == Suspect.HARMLESS


@pytest.mark.parametrize("answer", ["", "perhaps", "x" * 300])
def test_an_answer_that_is_none_is_a_sentence(answer: str) -> None:
    alert = given.drafted(suspect=Suspect.UNASKED)

    answered = signed_in(alert.author).post(at("suspect", alert), {"answer": answer}, follow=True)

    assert "Choose an answer" in answered.content.decode()


def test_what_is_no_suspects_business_is_not_asked() -> None:
    given.farmer()
    alert = given.drafted(suspect=Suspect.UNASKED)
    Alert.objects.filter(pk=alert.pk).update(template="good-news")

    shown = page(signed_in(alert.author), alert)

    assert "Could a suspect read this?" not in shown
    assert "Send for approval" in shown


def test_an_exercise_and_its_team_are_chosen_by_its_author_before_it_goes() -> None:
    given.farmer()
    alert = given.drafted()
    team = organisations.make_team(
        organisation=alert.organisation, name="Rural team", officers=[alert.author], actor="officer:TEST22"
    )
    other = organisations.make_team(organisation=builders.partner(), name="Fire", actor="officer:TEST22")
    client = signed_in(alert.author)

    client.post(at("how", alert), {"is_drill": "on", "has_canaries": "on", "team": team.ref})
    wrong = client.post(at("how", alert), {"team": other.ref}, follow=True).content.decode()

    alert.refresh_from_db()
    assert (alert.is_drill, alert.has_canaries, alert.team) == (True, True, team)
    assert "Choose a team from the list." in wrong
    shown = page(client, alert)
    assert "EXERCISE." in shown
    assert "It goes to the sandbox only" in shown


def test_an_approver_chooses_when_it_goes() -> None:
    given.farmer()
    alert = given.waiting()
    moment = timezone.localtime(clock.now() + dt.timedelta(hours=2)).replace(second=0, microsecond=0)
    client = signed_in(cast.birch())

    fields = {"goes": "at", "later-goes_at_0": f"{moment:%Y-%m-%d}", "later-goes_at_1": f"{moment:%H:%M}"}
    answer = client.post(at("approve", alert), fields, follow=True).content.decode()

    alert.refresh_from_db()
    assert (alert.state, alert.goes_at) == (State.SCHEDULED, moment)
    assert "Approved. It goes out" in answer
    assert f"{moment:%H:%M}" in page(signed_in(alert.author), alert)
    assert "Do not wait: release now to 1 member" in page(signed_in(alert.author), alert)
    assert "Go out at their time" in client.get(reverse("desk:home:front")).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"goes": "at"}, "Say when it is to go out"),
        ({"goes": "at", "later-goes_at_0": "soon", "later-goes_at_1": "8"}, "Give the day like"),
        ({"goes": "at", "later-goes_at_0": "2020-01-01", "later-goes_at_1": "08:00"}, "has passed"),
    ],
)
def test_a_moment_that_cannot_be_meant_is_a_sentence_and_releases_nothing(
    fields: dict[str, str], sentence: str
) -> None:
    given.farmer()
    alert = given.waiting()

    answer = signed_in(cast.birch()).post(at("approve", alert), fields, follow=True)

    assert sentence in answer.content.decode()
    assert state(alert) == State.WAITING
    assert not Message.objects.exists()


def test_what_is_approved_only_waits_for_its_author() -> None:
    given.farmer()
    alert, birch = given.waiting(), signed_in(cast.birch())

    birch.post(at("approve", alert), {"goes": "by_author"})
    assert "It is approved. Its author releases it." in page(birch, alert)
    author = signed_in(alert.author)
    assert "Release now to 1 member" in page(author, alert)
    assert given.WORDS.headline in author.get(reverse("desk:home:front")).content.decode()
    author.post(at("release_approved", alert))

    assert state(alert) == State.RELEASED


def test_the_first_of_two_sees_that_another_is_needed_and_it_leaves_their_list() -> None:
    given.farmer()
    ruling.set_rows(officer=builders.officer(Role.INSPECTOR), rows=[replace(REACH[1], most=1, approvals=2), *REACH[1:]])
    alert, birch = given.waiting(), signed_in(cast.birch())

    before = page(birch, alert)
    birch.post(at("approve", alert), {"goes": "now"})
    after, home = page(birch, alert), birch.get(reverse("desk:home:front")).content.decode()
    third = page(signed_in(builders.officer(Role.INSPECTOR)), alert)

    assert "needs 1 more officer after you" in before
    assert "You agreed to it. It waits for another officer." in after
    assert "Alerts to approve" not in home
    assert "Sergeant Birch agreed." in third
    assert "Approve and release to 1 member" in third


def test_its_author_takes_it_back_to_change_it() -> None:
    given.farmer()
    alert = given.waiting()
    client = signed_in(alert.author)
    assert "Take it back to change it" in page(client, alert)

    client.post(at("withdraw", alert))

    assert state(alert) == State.DRAFT
    assert "Change the words" in page(client, alert)


def test_what_did_not_go_out_stands_on_everybodys_first_screen() -> None:
    farmer = given.farmer()
    alert, birch = given.waiting(), cast.birch()
    actions.approve(alert_ref=alert.ref, officer=birch, goes=Goes.AT, goes_at=clock.now() + dt.timedelta(minutes=5))
    farmer.state = "left"
    farmer.save(update_fields=["state"])
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=True):
        actions.release_due()

        home = signed_in(birch).get(reverse("desk:home:front")).content.decode()

    assert "Did not go out at their time" in home
    assert at("page", alert) in home


# ---------------------------------------------------------------- while it runs


def test_a_fresh_release_has_a_button_that_takes_it_back_and_an_old_one_has_none() -> None:
    given.farmer()
    alert = given.released()
    client = signed_in(cast.oakes())

    fresh, partial = page(client, alert), client.get(at("taking_back", alert)).content.decode()
    with time_machine.travel(clock.now() + dt.timedelta(seconds=31), tick=True):
        old, gone = page(client, alert), client.get(at("taking_back", alert)).content.decode()
        late = client.post(at("recall", alert), follow=True).content.decode()

    assert "Take it back" in fresh
    assert "more seconds one press takes it back" in partial
    assert "Take it back" not in old
    assert gone.strip() == ""
    assert "stand it down instead" in late
    assert state(alert) == State.RELEASED


def test_taking_it_back_and_writing_it_anew() -> None:
    given.farmer()
    alert = given.released()
    client = signed_in(cast.oakes())

    client.post(at("recall", alert))
    shown = page(client, alert)
    answer = client.post(at("write_anew", alert))

    assert "Taken back" in shown
    anew = Alert.objects.get(state=State.DRAFT)
    assert answer["Location"] == at("edit", anew)
    assert anew.what == alert.what


def test_pause_and_go_on() -> None:
    given.farmer()
    alert = given.released()
    client = signed_in(cast.oakes())

    client.post(at("pause", alert))
    paused = page(client, alert)
    client.post(at("resume", alert))

    assert "Let it go on" in paused
    assert "Pause</button>" in page(client, alert)
    assert state(alert) == State.RELEASED


def correction(**changes: Any) -> dict[str, Any]:
    """Return what an officer fills in to correct the alert."""
    now, end = timezone.localtime(clock.now()), timezone.localtime(clock.now() + dt.timedelta(hours=5))
    return {
        "headline": "Hare coursing near Holt",
        "what": "Blue pick-up, three men with dogs",
        "where": "Mill Lane, Holt",
        "ask": "Have you seen it?",
        "occurred_at_0": f"{now:%Y-%m-%d}",
        "occurred_at_1": f"{now:%H:%M}",
        "expires_at_0": f"{end:%Y-%m-%d}",
        "expires_at_1": f"{end:%H:%M}",
        "reason": "The pick-up was blue",
        **changes,
    }


def test_a_correction_is_looked_at_first_written_agreed_to_and_told() -> None:
    given.farmer()
    alert = given.released(level=Tier.MEMBER)
    amos, birch = signed_in(builders.officer(Role.CONSTABLE)), signed_in(builders.officer(Role.SERGEANT))

    looked = amos.post(at("correct", alert), correction(check="1")).content.decode()
    assert "CORRECTION. Blue pick-up" in looked
    assert not Correction.objects.exists(), "looking keeps nothing"
    written = amos.post(at("correct", alert), correction(), follow=True).content.decode()
    assert "The correction waits for a second officer" in written
    assert "Agree, and tell everybody" not in page(amos, alert)
    home, shown = birch.get(reverse("desk:home:front")).content.decode(), page(birch, alert)
    assert "Corrections to agree to" in home
    assert "What was wrong: The pick-up was blue" in shown
    assert "Blue pick-up, three men with dogs" in shown
    birch.post(at("agree_to_correction", alert), {"seen": Correction.objects.get().ref})

    assert state(alert) == State.CORRECTED
    after = page(birch, alert)
    assert "The pick-up was blue" in after
    assert "2 versions of its words" in after
    assert "Version 2:" in after


def test_a_correction_is_not_made() -> None:
    given.farmer()
    alert = given.released(level=Tier.MEMBER)
    client = signed_in(builders.officer(Role.CONSTABLE))
    client.post(at("correct", alert), correction())

    client.post(at("drop_correction", alert))

    assert Correction.objects.get().state == CorrectionState.DROPPED
    assert "Correct the words" in page(client, alert)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "Say what was wrong"),
        ({"what": ""}, "This field is required"),
        ({"what": "Blue pick-up AO51 BCD"}, "plate"),
        ({"headline": "x" * 161}, "at most 160"),
        ({"expires_at_0": ""}, "Give"),
    ],
)
def test_a_correction_that_lacks_something_says_what_and_loses_nothing(changes: dict[str, str], sentence: str) -> None:
    given.farmer()
    alert = given.released()

    shown = signed_in(cast.oakes()).post(at("correct", alert), correction(**changes)).content.decode()

    assert sentence in shown
    assert "Mill Lane, Holt" in shown
    assert not Correction.objects.exists()


def test_what_is_over_has_nothing_to_correct() -> None:
    given.farmer()
    alert = given.released()
    actions.stand_down(alert_ref=alert.ref, officer=cast.oakes(), reason="Checked")

    answer = signed_in(builders.officer(Role.OPERATOR)).get(at("correct", alert), follow=True)

    assert "there is nothing to correct" in answer.content.decode()


def test_a_wide_correction_asks_for_the_number() -> None:
    given.farmer()
    ruling.set_rows(
        officer=builders.officer(Role.INSPECTOR), rows=[REACH[0], replace(REACH[1], typed_above=0), *REACH[2:]]
    )
    alert = given.waiting(level=Tier.MEMBER)
    actions.approve(alert_ref=alert.ref, officer=cast.birch(), typed="1")
    signed_in(builders.officer(Role.CONSTABLE)).post(at("correct", alert), correction())
    client = signed_in(builders.officer(Role.SERGEANT))

    assert "Type 1 to confirm" in page(client, alert)
    refused = client.post(at("agree_to_correction", alert), {"typed": ""}, follow=True).content.decode()
    assert "Type 1 to send it" in refused
    client.post(at("agree_to_correction", alert), {"typed": "1"})
    assert state(alert) == State.CORRECTED


def test_a_leaked_text_is_pasted_and_its_group_named() -> None:
    given.farmer()
    builders.member(schemes=(builders.scheme("Elm Farm Watch"),))
    alert = given.drafted()
    actions.choose_how(alert_ref=alert.ref, officer=alert.author, is_drill=False, has_canaries=True)
    actions.submit(alert_ref=alert.ref, officer=alert.author)
    actions.approve(alert_ref=alert.ref, officer=cast.birch())
    client = signed_in(cast.oakes())
    text = Message.objects.order_by("id")[0].text

    found = client.post(at("leaked", alert), {"leaked": text}).content.decode()
    nothing = client.post(at("leaked", alert), {"leaked": "Something else altogether"}).content.decode()
    short = client.post(at("leaked", alert), {"leaked": "Holt"}).content.decode()

    assert "It was sent to" in found
    assert "Farm Watch: 1 member" in found
    assert "No wording fits" in nothing
    assert "at least 8" in short
    assert at("leaked", alert) in page(client, alert)


def test_one_wording_for_all_tells_nothing_of_a_leak() -> None:
    given.farmer()
    alert = given.released()
    client = signed_in(cast.oakes())

    assert "Everybody was sent the same words" in client.get(at("leaked", alert)).content.decode()
    assert at("leaked", alert) not in page(client, alert)


def test_answers_to_an_exercise_are_marked_wherever_they_are_read() -> None:
    dell = given.farmer()
    alert = given.drafted()
    actions.choose_how(alert_ref=alert.ref, officer=alert.author, is_drill=True, has_canaries=False)
    actions.submit(alert_ref=alert.ref, officer=alert.author)
    actions.approve(alert_ref=alert.ref, officer=cast.birch())
    given.hand_over(alert)
    said = messaging.type_on_phone(address=given.number(dell), body="Seen it at the mill")
    report = reporting.open_from_message(inbound_ref=said.ref)
    assert report is not None
    client = signed_in(cast.oakes())

    for address in ("desk:inbox:list", "desk:home:front"):
        assert "Exercise" in client.get(reverse(address)).content.decode(), address
    assert "EXERCISE." in client.get(reverse("desk:inbox:page", args=[report.ref])).content.decode()


def test_the_page_says_who_reads_the_answers_or_that_nobody_does() -> None:
    given.farmer()
    alert = given.released()
    client = signed_in(cast.oakes())
    kept = Duty.objects.get()
    with_somebody = page(client, alert)
    Duty.objects.filter(pk=kept.pk).update(until_on=clock.today() - dt.timedelta(days=1))

    assert f"{kept.officer.get_full_name()} reads the answers." in with_somebody
    assert "Nobody is on duty to read the answers." in page(client, alert)


def test_every_state_has_a_page_for_everybody_who_reads_alerts() -> None:
    given.farmer()
    alert = given.released()
    Alert.objects.filter(pk=alert.pk).update(goes_at=clock.now())
    clients = [signed_in(officer) for officer in (alert.author, cast.oakes(), cast.cole())]

    for one, client in zip(State, itertools.cycle(clients), strict=False):
        Alert.objects.filter(pk=alert.pk).update(state=one)
        assert client.get(at("page", alert)).status_code == 200, one
