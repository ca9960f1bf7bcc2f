"""Drafting, revising, choosing who is meant, submitting, sending back."""

import datetime as dt
from dataclasses import replace

import pytest

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert, Audience, Revision
from hueandcry.domain.alerts.rules import State, Urgency, Words
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db


def test_a_draft_keeps_what_was_written_and_its_first_version() -> None:
    amos = cast.amos()

    alert = actions.draft(officer=amos, **alerts.fields())

    alert.refresh_from_db()
    assert (alert.state, alert.author, alert.organisation) == (State.DRAFT, amos, amos.organisation)
    assert (alert.what, alert.point) == (alerts.WORDS.what, builders.MIDDLE)
    assert Revision.objects.get(alert=alert).words["what"] == alerts.WORDS.what
    assert alerts.logged("alert.drafted", alert)[0].actor == amos.as_actor()


def test_a_draft_may_be_as_unfinished_as_it_is() -> None:
    alert = actions.draft(
        officer=cast.amos(),
        **alerts.fields(words=Words("", "", "", ""), occurred_at=None, expires_at=None, point=None, uncertainty_m=None),
    )

    assert {"no_what", "no_time", "no_expiry", "no_audience"} <= {row.code for row in queries.findings(alert=alert)}


def test_a_topic_may_be_named_by_its_slug() -> None:
    topic = builders.topic("fuel", "Fuel theft")

    assert actions.draft(officer=cast.amos(), **alerts.fields(topic="fuel")).topic == topic


def test_an_unknown_topic_is_a_sentence() -> None:
    with pytest.raises(AlertError, match="Choose a subject"):
        actions.draft(officer=cast.amos(), **alerts.fields(topic="nothing"))


def test_words_that_do_not_fit_are_refused_and_nothing_is_kept() -> None:
    words = replace(alerts.WORDS, what="x" * 100_000)

    with pytest.raises(AlertError, match="what happened to 2,000 characters: it has 100,000"):
        actions.draft(officer=cast.amos(), **alerts.fields(words=words))
    assert not Alert.objects.exists()
    assert not Record.objects.exists()


def test_a_zero_byte_does_not_break_anything() -> None:
    words = replace(alerts.WORDS, what="Grey\x00 pick-up")

    assert actions.draft(officer=cast.amos(), **alerts.fields(words=words)).what == "Grey pick-up"


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_write_alerts_does_not(role: Role) -> None:
    with pytest.raises(AlertError, match="Ask a colleague"):
        actions.draft(officer=builders.officer(role), **alerts.fields())


def test_a_revision_keeps_what_was_said_before() -> None:
    alert = alerts.drafted()
    words = replace(alerts.WORDS, what="Blue van")

    actions.revise(
        alert_ref=alert.ref, officer=alert.author, **alerts.fields(words=words, level=Tier.KIN, urgency=Urgency.TODAY)
    )

    alert.refresh_from_db()
    assert (alert.what, alert.level, alert.urgency) == ("Blue van", Tier.KIN, Urgency.TODAY)
    assert [kept.words["what"] for kept in alert.revisions.order_by("id")] == [alerts.WORDS.what, "Blue van"]


def test_a_stricter_level_narrows_who_is_meant_and_says_so() -> None:
    alerts.farmer(tier=Tier.VETTED)
    alerts.farmer(tier=Tier.KIN)
    alert = alerts.drafted()
    assert alert.audience.members == 2

    actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields(level=Tier.KIN))

    audience = Audience.objects.get(pk=alert.pk)
    assert audience.members == 1
    assert "key individuals" in audience.described


def test_a_draft_without_an_audience_may_be_revised() -> None:
    alert = actions.draft(officer=cast.amos(), **alerts.fields())

    actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields(invites_answers=False))

    assert Alert.objects.get(pk=alert.pk).invites_answers is False
    assert not Audience.objects.exists()


def test_only_the_author_revises() -> None:
    alert = alerts.drafted()

    with pytest.raises(AlertError, match="Only its author"):
        actions.revise(alert_ref=alert.ref, officer=cast.birch(), **alerts.fields())
    assert alert.revisions.count() == 1


def test_what_waits_is_not_changed_under_the_approvers_eyes() -> None:
    alerts.farmer()
    alert = alerts.waiting()

    with pytest.raises(AlertError, match="waiting for approval, so it cannot be changed"):
        actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields())
    with pytest.raises(AlertError, match="cannot be changed"):
        actions.choose_audience(alert_ref=alert.ref, officer=alert.author, question=alerts.question())


def test_an_audience_is_kept_counted_and_described() -> None:
    alerts.farmer()
    alerts.farmer(mobile=None, landline="+442079460001")
    alerts.farmer(mobile=None)
    alerts.farmer(tier=Tier.MEMBER)
    alerts.farmer(at=(3.3, 54.5))
    builders.member()
    alert = actions.draft(officer=cast.amos(), **alerts.fields())

    count = actions.choose_audience(alert_ref=alert.ref, officer=alert.author, question=alerts.question())

    audience = Audience.objects.get(pk=alert.pk)
    assert (count.members, sum(count.by_channel.values()), audience.members) == (2, 2, 2)
    assert "Farm Watch members" in audience.described
    assert "6.2 miles" in audience.described
    assert queries.question_of(alert=alert) == alerts.question()
    assert alerts.logged("alert.audience_chosen", alert)[0].facts == {"members": 2}


def test_an_audience_is_always_of_the_alerts_own_organisation_and_level() -> None:
    alerts.farmer()
    fire = builders.partner()
    builders.member(schemes=(builders.scheme(),), agreed_to=fire)
    alerts.farmer(tier=Tier.MEMBER)
    alert = actions.draft(officer=cast.amos(), **alerts.fields())

    count = actions.choose_audience(
        alert_ref=alert.ref,
        officer=alert.author,
        question=alerts.question(organisation_id=fire.pk, lowest_tier=Tier.MEMBER),
    )

    assert count.members == 1


def test_a_question_about_nobody_in_particular_is_a_sentence_and_nothing_is_kept() -> None:
    alert = actions.draft(officer=cast.amos(), **alerts.fields())

    with pytest.raises(AlertError, match="Say who is meant"):
        actions.choose_audience(
            alert_ref=alert.ref, officer=alert.author, question=alerts.question(circles=(), scheme_kinds=())
        )
    assert not Audience.objects.exists()


def test_a_polygon_that_cannot_be_used_is_a_sentence_and_the_audience_before_stays() -> None:
    alerts.farmer()
    alert = alerts.drafted()

    with pytest.raises(AlertError):
        actions.choose_audience(
            alert_ref=alert.ref, officer=alert.author, question=alerts.question(polygons=('{"type": "Polygon"}',))
        )
    assert queries.question_of(alert=alert) == alerts.question()


def test_submitting_checks_counts_and_waits() -> None:
    alerts.farmer()
    alert = alerts.drafted(words=replace(alerts.WORDS, where="Low Farm, Holt"))

    actions.submit(alert_ref=alert.ref, officer=alert.author)

    alert.refresh_from_db()
    assert alert.state == State.WAITING
    assert alerts.logged("alert.submitted", alert)[0].facts == {"members": 1, "warnings": ["farm", "few"]}


def test_submitting_twice_is_once() -> None:
    alerts.farmer()
    alert = alerts.waiting()

    actions.submit(alert_ref=alert.ref, officer=alert.author)

    assert len(alerts.logged("alert.submitted", alert)) == 1


def test_what_the_check_refuses_is_not_submitted() -> None:
    alerts.farmer()
    alert = alerts.drafted(words=replace(alerts.WORDS, what="Grey pick-up AO51 BCD. Follow it."))

    with pytest.raises(AlertError) as refusal:
        actions.submit(alert_ref=alert.ref, officer=alert.author)

    assert "AO51 BCD" in str(refusal.value)
    assert "Follow" in str(refusal.value)
    assert Alert.objects.get(pk=alert.pk).state == State.DRAFT


def test_an_alert_for_nobody_is_not_submitted() -> None:
    alert = alerts.drafted()

    with pytest.raises(AlertError, match=r"Nobody would be reached\. Widen"):
        actions.submit(alert_ref=alert.ref, officer=alert.author)


def test_an_alert_without_an_audience_is_not_submitted() -> None:
    alert = actions.draft(officer=cast.amos(), **alerts.fields())

    with pytest.raises(AlertError, match="Choose who is meant"):
        actions.submit(alert_ref=alert.ref, officer=alert.author)


def test_an_alert_goes_back_with_a_reason_and_may_come_again() -> None:
    alerts.farmer()
    alert, birch = alerts.waiting(), cast.birch()

    actions.send_back(alert_ref=alert.ref, officer=birch, reason="  Say  which lane ")
    alert.refresh_from_db()
    assert (alert.state, alert.returned_because) == (State.RETURNED, "Say which lane")

    actions.revise(alert_ref=alert.ref, officer=alert.author, **alerts.fields())
    actions.submit(alert_ref=alert.ref, officer=alert.author)
    alert.refresh_from_db()
    assert (alert.state, alert.returned_because) == (State.WAITING, "")


@pytest.mark.parametrize(("reason", "words"), [(" ", "Say why"), ("x" * 301, "Shorten it")])
def test_sending_back_needs_a_reason_that_fits(reason: str, words: str) -> None:
    alerts.farmer()
    alert = alerts.waiting()

    with pytest.raises(AlertError, match=words):
        actions.send_back(alert_ref=alert.ref, officer=cast.birch(), reason=reason)


def test_a_draft_cannot_be_sent_back_nor_ones_own_nor_by_who_may_not() -> None:
    alerts.farmer()
    birch, oakes = cast.birch(), cast.oakes()
    draft, own = alerts.drafted(), alerts.waiting(birch)

    with pytest.raises(AlertError, match="cannot be sent back"):
        actions.send_back(alert_ref=draft.ref, officer=birch, reason="No")
    with pytest.raises(AlertError, match="other than the author"):
        actions.send_back(alert_ref=own.ref, officer=birch, reason="No")
    with pytest.raises(AlertError, match="Ask a colleague"):
        actions.send_back(alert_ref=own.ref, officer=oakes, reason="No")


def test_a_stranger_and_a_partner_find_no_alert_here() -> None:
    alerts.farmer()
    alert = alerts.waiting()

    for stranger in (cast.grey(), cast.frost()):
        with pytest.raises(NotHereError):
            actions.revise(alert_ref=alert.ref, officer=stranger, **alerts.fields())
        with pytest.raises(NotHereError):
            actions.choose_audience(alert_ref=alert.ref, officer=stranger, question=alerts.question())
        with pytest.raises(NotHereError):
            actions.submit(alert_ref=alert.ref, officer=stranger)
        with pytest.raises(NotHereError):
            actions.send_back(alert_ref=alert.ref, officer=stranger, reason="No")


def test_an_expiry_in_the_past_is_found_when_time_has_gone_by() -> None:
    alerts.farmer()
    alert = alerts.drafted()
    Alert.objects.filter(pk=alert.pk).update(expires_at=clock.now() - dt.timedelta(seconds=1))

    with pytest.raises(AlertError, match="over already"):
        actions.submit(alert_ref=alert.ref, officer=alert.author)
