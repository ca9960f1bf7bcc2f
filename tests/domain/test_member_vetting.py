"""Nobody hears more than others without a check that stands; and nobody is asked until they are a source."""

import datetime as dt

import pytest
import time_machine

from hueandcry.domain.alerts import actions as submitting
from hueandcry.domain.alerts.actions import AlertError
from hueandcry.domain.members import actions
from hueandcry.domain.members.actions import asking
from hueandcry.domain.members.actions import vetting as checks
from hueandcry.domain.members.models import Ask, Vetting
from hueandcry.domain.members.queries import asking as asked
from hueandcry.domain.members.queries import vetting
from hueandcry.domain.members.rules import CheckKind, KeyRole, Tier
from hueandcry.domain.organisations.rules import Role
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
BY = "officer:TEST22"
ABOUT = "Have you seen AB12 CDE?"


def test_a_tier_needs_its_checks_and_ends_with_the_first_of_them() -> None:
    member = builders.member(tier=Tier.MEMBER)
    with pytest.raises(actions.MemberError, match="write down the vetting first"):
        actions.set_tier(member_id=member.pk, tier=Tier.VETTED, actor=BY)
    builders.checked(member, CheckKind.VETTING, ends_on=clock.today() + 400 * DAY)
    actions.set_tier(member_id=member.pk, tier=Tier.VETTED, actor=BY)
    with pytest.raises(actions.MemberError, match="training"):
        actions.set_tier(member_id=member.pk, tier=Tier.KIN, actor=BY)

    builders.checked(member, CheckKind.TRAINING, ends_on=clock.today() + 100 * DAY)
    changed = actions.set_tier(member_id=member.pk, tier=Tier.KIN, actor=BY)

    assert (changed.tier, changed.tier_until) == (Tier.KIN, clock.today() + 100 * DAY)
    assert actions.set_tier(member_id=member.pk, tier=Tier.MEMBER, actor=BY).tier_until is None


def test_a_fresh_check_prolongs_the_tier_and_one_twice_counts_once() -> None:
    member = builders.checked(builders.member(tier=Tier.VETTED), CheckKind.VETTING, ends_on=clock.today() + DAY)
    assert member.tier_until == clock.today() + DAY

    builders.checked(member, CheckKind.VETTING)
    builders.checked(member, CheckKind.VETTING)

    assert member.tier_until == clock.today() + 3 * 365 * DAY
    assert Vetting.objects.count() == 2


@pytest.mark.parametrize(("done", "ends"), [(1, None), (-20 * 366, None), (0, -1), (0, 4000)])
def test_days_that_cannot_be_right_are_refused(done: int, ends: int | None) -> None:
    member = builders.member()

    with pytest.raises(checks.MemberError):
        checks.write_check(
            member_id=member.pk,
            kind=CheckKind.VETTING,
            done_on=clock.today() + done * DAY,
            ends_on=None if ends is None else clock.today() + ends * DAY,
            actor=BY,
        )


def test_who_was_brought_over_keeps_the_tier_and_is_flagged() -> None:
    sergeant = cast.birch()
    old = builders.member(name="Old", tier=Tier.KIN)
    soon = builders.checked(
        builders.member(name="Soon", tier=Tier.VETTED), CheckKind.VETTING, ends_on=clock.today() + 30 * DAY
    )
    builders.checked(
        builders.member(name="Late", tier=Tier.VETTED), CheckKind.VETTING, ends_on=clock.today() + 31 * DAY
    )
    builders.member(name="Plain", tier=Tier.MEMBER)

    assert [line.ref for line in vetting.tiers(officer=sergeant, soon=True)] == [soon.ref]
    assert [(line.ref, line.checked) for line in vetting.tiers(officer=sergeant, unchecked=True)] == [(old.ref, False)]
    assert vetting.count_ending(officer=sergeant) == 1
    assert vetting.tiers(officer=cast.grey()) == []


# ---------------------------------------------------------------- asking


def test_the_first_is_free_the_second_warns_the_third_stops_whoever_asks() -> None:
    dell, other = builders.member(), builders.member()
    amos, birch = cast.amos(), cast.birch()
    asking.ask(member_id=other.pk, text=ABOUT, officer=amos)

    asking.ask(member_id=dell.pk, text=ABOUT, officer=amos)
    with pytest.raises(asking.ThinkAgainError):
        asking.ask(member_id=dell.pk, text="any news of ab12cde?", officer=birch)
    asking.ask(member_id=dell.pk, text="any news of ab12cde?", officer=birch, heeded=True)
    with pytest.raises(asking.MemberError, match="asked about the same thing 2 times"):
        asking.ask(member_id=dell.pk, text=ABOUT, officer=amos, heeded=True)
    asking.ask(member_id=dell.pk, text="Have you seen FG34 HJK?", officer=amos)

    inspector = builders.officer(Role.INSPECTOR, name="Thornback")
    assert [(line.member_ref, line.times, line.officers) for line in asked.asked_again(officer=inspector)] == [
        (dell.ref, 2, 2)
    ]
    assert asked.asked_again(officer=amos) == []


def test_after_three_months_it_is_free_again() -> None:
    dell, amos = builders.member(), cast.amos()
    with time_machine.travel(clock.now() - 91 * DAY, tick=False):
        asking.ask(member_id=dell.pk, text=ABOUT, officer=amos)
        asking.ask(member_id=dell.pk, text=ABOUT, officer=amos, heeded=True)

    asking.ask(member_id=dell.pk, text=ABOUT, officer=amos)

    assert Ask.objects.count() == 3


def test_what_was_asked_cannot_be_read_from_what_is_kept() -> None:
    dell = builders.member()

    asking.ask(member_id=dell.pk, text=ABOUT, officer=cast.amos())

    assert len(bytes(Ask.objects.get().subject_hash)) == 32


def test_young_people_are_asked_about_nobody() -> None:
    amos, young = cast.amos(), builders.member()
    builders.key_contact(amos, member=young, role=KeyRole.YOUTH)

    with pytest.raises(asking.MemberError, match="under 18"):
        asking.ask(member_id=young.pk, text="What is his name?", officer=amos)


def test_words_are_looked_at_for_who_is_no_member_too() -> None:
    with pytest.raises(asking.MemberError, match="sets one person a task"):
        asking.ask(member_id=None, text="Find out who owns it", officer=cast.amos())


def test_a_shared_contact_point_is_said_unless_the_member_called_it_safe() -> None:
    dell = builders.member(mobile="+447700900111")
    dell.contacts.update(shared=True)

    def said() -> str:
        return asked.others_read(member_id=dell.pk, channel="sms", address="+447700900111")

    assert "Others read" in said()
    dell.contacts.update(safe=True)
    assert said() == ""
    dell.contacts.update(shared=False, safe=False)
    assert "not safe" in said()


def test_an_alert_to_three_sets_each_a_task_and_one_to_four_does_not() -> None:
    words = given.WORDS.__class__(
        "Hare coursing near Holt", "Grey pick-up", "Mill Lane, Holt", "As his landlord, have you seen it?"
    )
    for _ in range(3):
        given.farmer()
    alert = given.drafted(words=words)

    with pytest.raises(AlertError, match="sets each of them a task"):
        submitting.submit(alert_ref=alert.ref, officer=alert.author)
    given.farmer()
    submitting.choose_audience(alert_ref=alert.ref, officer=alert.author, question=given.question())
    submitting.submit(alert_ref=alert.ref, officer=alert.author)
