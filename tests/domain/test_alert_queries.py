"""Who sees which alert, lists without growing queries, previews, and what people outside may read."""

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

import pytest

from hueandcry.domain.alerts import actions, queries
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.alerts.rules import State, Words
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from tests import builders, cast
from tests.domain import alerts

pytestmark = pytest.mark.django_db
PLAIN = Words("Sheds open near Holt", "Three sheds were broken into", "Holt", "Lock your shed and tell us what you saw")


def public(**changes: Any) -> Alert:
    asked = alerts.question(scheme_kinds=(), lowest_tier=Tier.PUBLIC)
    author, approver = builders.officer(Role.CONSTABLE), builders.officer(Role.SERGEANT)
    return alerts.released(author, approver, level=Tier.PUBLIC, words=PLAIN, asked=asked, **changes)


@pytest.mark.parametrize("role", [Role.CONSTABLE, Role.SERGEANT, Role.OPERATOR, Role.ANALYST, Role.AUDITOR])
def test_who_reads_or_writes_alerts_sees_those_of_their_force(role: Role) -> None:
    alert = alerts.drafted()

    assert queries.get_alert(officer=builders.officer(role), ref=alert.ref) == alert


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR])
def test_who_neither_reads_nor_writes_sees_none(role: Role) -> None:
    alert = alerts.drafted()

    with pytest.raises(NotHereError):
        queries.get_alert(officer=builders.officer(role), ref=alert.ref)


def test_grey_and_frost_and_the_suspended_see_nothing() -> None:
    alerts.farmer()
    alert = alerts.waiting()

    for stranger in (cast.grey(), cast.frost(), builders.officer(Role.SERGEANT, is_active=False)):
        with pytest.raises(NotHereError):
            queries.get_alert(officer=stranger, ref=alert.ref)
        assert queries.listing(officer=stranger) == []
        assert queries.waiting_for(officer=stranger) == []


def test_a_partner_sees_its_own() -> None:
    frost = cast.frost()
    alerts.drafted()
    own = actions.draft(officer=frost, **alerts.fields())

    assert [line.ref for line in queries.listing(officer=frost)] == [own.ref]


def test_not_there_and_not_for_you_look_alike() -> None:
    with pytest.raises(NotHereError):
        queries.get_alert(officer=cast.amos(), ref="NOTHING")


def test_the_list_is_newest_first_and_narrowed_by_state() -> None:
    alerts.farmer()
    amos = cast.amos()
    draft, waiting = alerts.drafted(amos), alerts.waiting(amos)

    assert [line.ref for line in queries.listing(officer=amos)] == [waiting.ref, draft.ref]
    assert [line.ref for line in queries.listing(officer=amos, states=[State.DRAFT])] == [draft.ref]
    assert [line.ref for line in queries.listing(officer=amos, most=1)] == [waiting.ref]


def test_a_line_says_what_lists_show() -> None:
    alerts.farmer()
    amos = cast.amos()
    alerts.waiting(amos)

    line = queries.listing(officer=amos)[0]

    assert (line.headline, line.topic, line.author) == (alerts.WORDS.headline, "Hare coursing", "PC Amos")
    assert (line.members, line.relays, line.is_relay) == (1, 0, False)


def test_a_line_without_an_audience_has_no_number() -> None:
    amos = cast.amos()
    actions.draft(officer=amos, **alerts.fields())

    assert queries.listing(officer=amos)[0].members is None


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_two_queries_however_long(count: int, django_assert_num_queries: Any) -> None:
    amos = cast.amos()
    for _ in range(count):
        alerts.drafted(amos)

    with django_assert_num_queries(2):
        assert len(queries.listing(officer=amos)) == count


def test_one_alert_takes_one_query(django_assert_num_queries: Any) -> None:
    alerts.farmer()
    alert, amos = alerts.released(), builders.officer(Role.CONSTABLE)

    with django_assert_num_queries(1):
        found = queries.get_alert(officer=amos, ref=alert.ref)
        assert found.author.get_full_name()
        assert found.approver is not None
        assert found.approver.get_full_name()
        assert found.topic.name
        assert found.audience.described


def test_what_waits_for_an_approver_is_never_their_own() -> None:
    alerts.farmer()
    amos, birch = cast.amos(), cast.birch()
    first, second = alerts.waiting(amos), alerts.waiting(amos)
    alerts.waiting(birch)
    alerts.drafted(amos)

    assert [line.ref for line in queries.waiting_for(officer=birch)] == [first.ref, second.ref]
    assert queries.waiting_for(officer=amos) == []


def test_the_way_out_is_shown_before_it_is_taken() -> None:
    alerts.farmer()
    alerts.farmer(mobile=None, email="a@example.org")

    fast = queries.way_out(alert=alerts.drafted(cast.oakes()))
    slow = queries.way_out(alert=alerts.drafted(cast.amos()))

    assert (fast.count.members, fast.approvals, fast.typed) == (2, 0, "")
    assert slow.approvals == 1


def test_whose_role_writes_no_alerts_any_more_has_no_way_out() -> None:
    alerts.farmer()
    alert = alerts.drafted(cast.amos())
    alert.author.roles = [Role.ANALYST.value]

    with pytest.raises(AlertError, match="may write"):
        queries.way_out(alert=alert)


def test_without_an_audience_there_is_no_way_out() -> None:
    alert = actions.draft(officer=cast.amos(), **alerts.fields())

    assert queries.question_of(alert=alert) is None
    with pytest.raises(AlertError, match="Choose who is meant"):
        queries.way_out(alert=alert)


def test_a_preview_is_what_will_be_sent_in_the_forces_own_time() -> None:
    # British summer time: 21:41 UTC is 22:41 on the clock that members read.
    alert = alerts.drafted(
        occurred_at=dt.datetime(2026, 7, 20, 21, 41, tzinfo=dt.UTC),
        expires_at=dt.datetime(2026, 7, 21, 3, 0, tzinfo=dt.UTC),
    )

    preview = queries.preview(alert=alert)

    assert "22:41" in preview.words.text
    assert "04:00 on Tuesday 21 July 2026" in preview.words.email
    assert (preview.parts, preview.encoding) == (1, "GSM-7")
    assert preview.units + preview.left == 160


def test_anybody_reads_public_alerts_and_only_those_that_went_out() -> None:
    alerts.farmer()
    out = public()
    author = builders.officer(Role.CONSTABLE)
    alerts.released(author)
    alerts.drafted(author, level=Tier.PUBLIC)

    assert [notice.ref for notice in queries.public_alerts(most=9)] == [out.ref]
    assert queries.get_public(ref=out.ref).is_over is False


@pytest.mark.parametrize("level", [Tier.MEMBER, Tier.VETTED, Tier.KIN])
def test_what_is_for_members_is_not_here_for_the_public(level: Tier) -> None:
    alerts.farmer(tier=Tier.KIN)
    alert = alerts.released(level=level)

    with pytest.raises(NotHereError):
        queries.get_public(ref=alert.ref)


def test_a_public_draft_is_not_here() -> None:
    alerts.farmer()
    alert = alerts.waiting(level=Tier.PUBLIC, words=PLAIN)

    with pytest.raises(NotHereError):
        queries.get_public(ref=alert.ref)


def test_a_public_alert_that_is_over_says_so_and_names_nobody() -> None:
    alerts.farmer()
    out = public()
    actions.stand_down(alert_ref=out.ref, officer=cast.oakes(), reason="All is well")
    actions.end(alert_ref=out.ref, officer=builders.officer(Role.SERGEANT), ending="Sheds were mended")

    notice = queries.get_public(ref=out.ref)

    assert notice.is_over
    assert notice.ending == ""
    assert "Officer" not in str(asdict(notice))


def test_the_newest_public_alert_comes_first_and_most_is_kept_to() -> None:
    alerts.farmer()
    older = public()
    newer = public()
    Alert.objects.filter(pk=older.pk).update(released_at=clock.now() - dt.timedelta(days=1))

    assert [notice.ref for notice in queries.public_alerts(most=9)] == [newer.ref, older.ref]
    assert [notice.ref for notice in queries.public_alerts(most=1)] == [newer.ref]


def test_a_member_finds_what_reached_them_and_what_came_of_it() -> None:
    dell, other = alerts.farmer(), alerts.farmer(at=(3.3, 54.5))
    reached = alerts.released()
    queued = actions.approve(
        alert_ref=alerts.waiting(builders.officer(Role.CONSTABLE)).ref, officer=builders.officer(Role.SERGEANT)
    )
    actions.end(alert_ref=reached.ref, officer=cast.oakes(), ending="Three people were spoken to")

    notices = queries.latest_for_member(member_id=dell.pk)

    assert [(notice.ref, notice.ending) for notice in notices] == [(reached.ref, "Three people were spoken to")]
    assert queued.ref not in [notice.ref for notice in notices]
    assert queries.latest_for_member(member_id=other.pk) == []


def test_findings_of_an_alert_read_its_own_words() -> None:
    alert = alerts.drafted(words=replace(PLAIN, what="Mr Smith lost a quad"))

    assert "titled_name" in {finding.code for finding in queries.findings(alert=alert)}
