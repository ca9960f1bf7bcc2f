"""What messages cost by alert, month, organisation and team; the allowance; the forecast before a release."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import time_machine

from hueandcry.domain.members.models import Member
from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.actions import allowing, routing
from hueandcry.domain.messaging.actions.routing import Cost
from hueandcry.domain.messaging.models import Allowance, Delivery, Halt, Message, Provider
from hueandcry.domain.messaging.queries import costs, forecasts
from hueandcry.domain.messaging.queries.providers import channels_down
from hueandcry.domain.messaging.rules import Lane, MessagingError
from hueandcry.domain.messaging.rules.costs import Forecast, Spent
from hueandcry.domain.organisations.models import Organisation, Team
from hueandcry.domain.organisations.rules import Role
from hueandcry.domain.records.models import Record
from hueandcry.gateways import registry
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain.messaging import WORDS, alert_to
from tests.domain.test_messaging_routing import One

pytestmark = pytest.mark.django_db


class Mail(One):
    """A provider of e-mail."""

    name: ClassVar[str] = "mail"
    channel: ClassVar[str] = "email"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


def use(settings: Any, texts: str = "One?price=3.5&per_second=10", mail: str = "Mail") -> None:
    """Set providers: texts from the tests of routing, e-mail from here."""
    settings.GATEWAYS = {
        "sms": " ".join(f"tests.domain.test_messaging_routing.{line}" for line in texts.split()),
        "email": f"{__name__}.{mail}",
    }
    registry.routes_for.cache_clear()


def team(name: str = "Rural team", organisation: Organisation | None = None) -> Team:
    """Return a team, made once."""
    return Team.objects.get_or_create(organisation=organisation or builders.force(), name=name)[0]


def cost(message: Message, pence: float, gateway: str = "one") -> None:
    """Let a message have cost so much."""
    routing.charge(message_id=message.pk, costs=[Cost(gateway, 1, 1, round(pence * 1000))])


def allowed(pence: int, of: Team | None = None) -> Allowance:
    """Give the force, or one of its teams, so much a month."""
    return Allowance.objects.create(
        organisation=builders.force(), team=of, month_pence=pence, set_by="officer:TEST22", set_at=clock.now()
    )


def newsletter(**fields: Any) -> Message:
    """Queue something that can wait to one member, at noon of a working day."""
    return alert_to(builders.member(), **{"priority": Priority.IMPORTANT, "lane": Lane.NORMAL, **fields})


# ---------------------------------------------------------------- the ledger


def test_what_an_alert_cost_is_the_sum_of_all_that_was_said_about_it() -> None:
    one, also, other = alert_to(builders.member()), alert_to(builders.member()), alert_to(about="alert:OTHER2")
    cost(one, 7)
    cost(one, 3.1, "two")
    cost(also, 1)
    cost(other, 500)

    assert costs.cost_of(about="alert:K7M2PQ") == Spent(handed=3, parts=3, millipence=11_100)
    assert costs.cost_of(about="alert:NEVER2") == Spent()


def test_a_month_is_counted_by_organisation_and_team() -> None:
    force, ours, other = builders.force(), team(), team("Dog section")
    cost(alert_to(team_id=ours.pk), 100)
    cost(alert_to(team_id=other.pk), 10)
    cost(alert_to(), 1)
    cost(alert_to(organisation_id=builders.partner().pk), 5_000)

    assert costs.spent(organisation_id=force.pk).pence == 111
    assert costs.spent(organisation_id=force.pk, team_id=ours.pk).pence == 100
    assert costs.spent(organisation_id=force.pk, month=clock.today() - dt.timedelta(days=40)).pence == 0


def test_the_force_sees_what_everybody_spent_and_a_partner_what_is_its_own() -> None:
    cost(alert_to(team_id=team().pk), 100)
    cost(alert_to(organisation_id=builders.partner().pk), 50)
    allowed(1_000, team("Never sent"))
    supervisor = builders.officer(Role.SERGEANT, organisation=builders.partner())

    seen = [(line.organisation, line.team, line.spent.pence) for line in costs.costs(officer=cast.amos())]

    assert seen == [
        ("Doggerland Constabulary", "", 100),
        ("Doggerland Constabulary", "Never sent", 0),
        ("Doggerland Constabulary", "Rural team", 100),
        ("Doggerland Fire and Rescue", "", 50),
    ]
    assert [line.organisation for line in costs.costs(officer=supervisor)] == ["Doggerland Fire and Rescue"]


# ---------------------------------------------------------------- prices


def test_the_price_of_a_part_is_on_the_line_of_its_provider(settings: Any) -> None:
    use(settings, "One?price=3&weight=75 Two?price=4&weight=25 Three?price=99&weight=0")

    assert costs.price(channel=Channel.SMS) == 3.25
    assert costs.price(channel=Channel.EMAIL) == 0
    assert costs.price(channel=Channel.VOICE) == 0
    assert costs.estimate(by_channel={Channel.SMS: 100, Channel.EMAIL: 1000}, parts=2) == 650


def test_a_text_whose_provider_names_no_price_costs_what_texts_usually_do(settings: Any) -> None:
    settings.TEXT_PART_PENCE = 7
    use(settings, "One?weight=0")
    usual = costs.price(channel=Channel.SMS)
    use(settings, "One?price=0")

    assert (usual, costs.price(channel=Channel.SMS)) == (7, 0)


# ---------------------------------------------------------------- the allowance


def test_an_inspector_sets_what_a_team_may_spend_and_takes_it_away_again() -> None:
    inspector, whose = builders.officer(Role.INSPECTOR), f"{builders.force().ref}/{team().ref}"

    allowing.allow(officer=inspector, whose=whose, pounds="100")
    allowing.allow(officer=inspector, whose=whose, pounds="£250.50")
    kept = Allowance.objects.get()
    allowing.allow(officer=inspector, whose=whose, pounds="")

    assert (kept.team, kept.month_pence, kept.set_by) == (team(), 25_050, inspector.as_actor())
    assert not Allowance.objects.exists()
    rows = Record.objects.filter(event="allowance.set", subject=f"team:{team().ref}").order_by("id")
    assert [row.facts["month_pence"] for row in rows] == [10_000, 25_050, None]


@pytest.mark.parametrize("role", [Role.CONSTABLE, Role.SERGEANT, Role.OPERATOR, Role.AUDITOR])
def test_nobody_else_sets_it(role: Role) -> None:
    with pytest.raises(MessagingError, match="inspector"):
        allowing.allow(officer=builders.officer(role), whose=builders.force().ref, pounds="1")


def test_a_team_that_is_gone_or_anothers_is_refused() -> None:
    inspector = builders.officer(Role.INSPECTOR)
    for whose in ("", "NOTHING2", f"{builders.partner().ref}/{team().ref}"):
        with pytest.raises(MessagingError, match="list"):
            allowing.allow(officer=inspector, whose=whose, pounds="1")


def test_a_partners_own_sets_what_is_its_own_only() -> None:
    fire = builders.partner()
    theirs = builders.officer(Role.ADMINISTRATOR, organisation=fire)

    allowing.allow(officer=theirs, whose=fire.ref, pounds="5")
    with pytest.raises(MessagingError, match="your own organisation"):
        allowing.allow(officer=theirs, whose=builders.force().ref, pounds="5")

    assert Allowance.objects.get().organisation == fire


def test_those_who_may_choose_see_the_force_first_and_its_teams_under_it() -> None:
    team(), team("Dog section"), builders.partner()

    assert [words for _, words in costs.purse_holders(officer=builders.officer(Role.INSPECTOR))] == [
        "Doggerland Constabulary",
        "Doggerland Constabulary: Dog section",
        "Doggerland Constabulary: Rural team",
        "Doggerland Fire and Rescue",
    ]


def test_what_can_wait_is_refused_when_the_teams_money_is_gone(settings: Any) -> None:
    use(settings)
    allowed(10_000)
    allowed(10, team())
    cost(alert_to(team_id=team().pk), 7)

    with pytest.raises(MessagingError, match=r"3\.5p.*3p of 10p are left for Rural team.*inspector"):
        newsletter(team_id=team().pk)
    newsletter(team_id=team("Dog section").pk)
    newsletter()


def test_a_coordinator_reads_of_no_sums(settings: Any) -> None:
    use(settings)
    allowed(0)

    with pytest.raises(MessagingError, match=r"no money left.*Ask your officer"):
        newsletter(actor="member:TEST22")


def test_what_can_wait_and_is_not_paid_for_is_not_written_at_all(settings: Any) -> None:
    use(settings)
    allowed(0)

    with pytest.raises(MessagingError, match="nothing is left"):
        newsletter()

    assert not Message.objects.exists()


def test_what_is_urgent_goes_whatever_it_costs(settings: Any) -> None:
    use(settings)
    newsletter()
    allowed(0)

    alert_to(builders.member())
    newsletter(about="alert:DRILL2", is_drill=True)
    with pytest.raises(MessagingError, match="nothing is left"):
        newsletter()


def test_the_same_money_is_not_promised_twice(settings: Any) -> None:
    use(settings)
    allowed(10)

    one, _ = newsletter(), newsletter()
    with pytest.raises(MessagingError, match="3p of 10p"):
        newsletter()
    Message.objects.filter(pk=one.pk).update(cancelled_at=clock.now())
    newsletter()


def test_what_costs_nothing_is_never_refused(settings: Any) -> None:
    use(settings)
    allowed(0)
    by_mail = builders.member(mobile=None, email="dell@example.org")

    alert_to(by_mail, priority=Priority.ROUTINE, lane=Lane.BULK)

    assert Delivery.objects.filter(channel="email").exists()


# ---------------------------------------------------------------- before the release


def forecast(by_channel: dict[Channel, int], **fields: Any) -> Forecast:
    """Return the forecast of an urgent message of one part."""
    return forecasts.forecast(by_channel=by_channel, **{"parts": 1, "lane": Lane.URGENT, **fields})


def test_the_officer_sees_cost_and_time_before_the_release(settings: Any) -> None:
    use(settings)

    found = forecast({Channel.SMS: 300, Channel.EMAIL: 50}, parts=2)

    assert (found.pence, found.seconds, found.left_in_allowance, found.refused) == (2_100, 30, None, "")
    assert found.sentences == (
        "The last message leaves within 30 seconds.",
        "It costs about £21.00: 300 texts, each as long as 2 texts.",
    )


def test_what_waits_in_the_lane_goes_before_it(settings: Any) -> None:
    use(settings, "One?per_second=2")
    now = clock.now()
    alert_to(builders.member(), builders.member())
    alert_to(builders.member(), lane=Lane.BULK)
    for fields in ({"paused_at": now}, {"cancelled_at": now}, {"is_drill": True}):
        Message.objects.filter(pk=alert_to(builders.member()).pk).update(**fields)
    asleep = alert_to(builders.member())
    asleep.deliveries.update(next_at=now + dt.timedelta(hours=5))

    urgent, bulk = forecast({Channel.SMS: 10}), forecast({Channel.SMS: 10}, lane=Lane.BULK)

    assert (urgent.seconds, bulk.seconds) == (6, 6.5)
    assert urgent.sentences[0] == "The last message leaves within 6 seconds. 2 go before it."


def test_what_goes_by_no_provider_is_not_counted(settings: Any) -> None:
    use(settings)

    assert forecast({Channel.POST: 10}).sentences == ()
    assert forecast({Channel.VOICE: 10}).sentences[-1] == "Phone calls cannot go: no provider is set for them."
    assert forecast({Channel.EMAIL: 10}).sentences[1] == "It costs nothing."


def test_an_exercise_costs_nothing() -> None:
    found = forecast({Channel.SMS: 300}, is_drill=True)

    assert (found.pence, found.seconds) == (0, 0)
    assert "exercise" in found.sentences[0]


def test_the_allowance_is_said_and_refuses_only_what_can_wait(settings: Any) -> None:
    use(settings)
    allowed(1_000)
    of = {"organisation_id": builders.force().pk, "team_id": None}

    fits = forecast({Channel.SMS: 100}, **of)
    urgent = forecast({Channel.SMS: 1000}, **of)
    routine = forecast({Channel.SMS: 1000}, priority=Priority.ROUTINE, **of)

    assert fits.left_in_allowance == 650
    assert fits.sentences[-1] == "After it £6.50 of £10.00 are left for Doggerland Constabulary."
    assert (urgent.left_in_allowance, urgent.refused) == (-2_500, "")
    assert urgent.sentences[-1].endswith("It is urgent, so it goes anyway.")
    assert "An inspector or an administrator may raise it" in routine.refused
    assert routine.refused in routine.sentences


def test_a_provider_that_is_down_is_said_before_the_release(settings: Any) -> None:
    use(settings, "One Two?per_day=5")
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)):
        since = clock.now()
    Provider.objects.create(name="one", down_since=since, opened_until=clock.now() + dt.timedelta(minutes=1))

    fewer = forecast({Channel.SMS: 10})
    Provider.objects.create(name="two", day=clock.today(), day_count=5)
    none = forecast({Channel.SMS: 10})

    assert fewer.sentences[-1] == "Texts go by fewer providers than usual: one is down since 12:00."
    assert none.sentences[-1].startswith("Texts wait: one is down since 12:00. They go by themselves")
    assert none.seconds == 0


def test_a_provider_that_had_its_messages_for_today_is_said(settings: Any) -> None:
    use(settings, "One?per_day=1500")
    Provider.objects.create(name="one", day=clock.today(), day_count=1500)

    assert forecast({Channel.SMS: 10}).sentences[-1].startswith("Texts wait: one has had its 1,500 for today.")


def test_the_time_alone_is_told_too(settings: Any) -> None:
    use(settings, "One?per_second=2")
    alert_to(builders.member())

    assert forecasts.eta(by_channel={Channel.SMS: 9, Channel.VOICE: 50}, lane=Lane.URGENT) == 5


def test_a_channel_is_down_when_none_of_its_providers_works(settings: Any) -> None:
    use(settings, "One Two")
    settings.GATEWAYS = {**settings.GATEWAYS, "voice": ""}
    now = clock.now()
    Provider.objects.create(name="one", down_since=now, opened_until=now)
    half = channels_down()
    Provider.objects.create(name="two", down_since=now, opened_until=now)

    assert (half, channels_down()) == (set(), {Channel.SMS})


def test_while_everything_is_stopped_it_waits(settings: Any) -> None:
    use(settings)
    Halt.objects.create(at=clock.now(), by="officer:TEST22", reason="A wrong number")

    assert forecast({Channel.SMS: 10}).sentences[0].startswith("Everything is stopped")


# ---------------------------------------------------------------- members who chose another language

DEAR = replace(WORDS, also={"cy": replace(WORDS, text="Llŷn " * 20), "pl": WORDS})


@pytest.mark.parametrize(("many", "said"), [(1, "It costs about 3.5p: 1 text."), (2, "It costs about 7p: 2 texts.")])
def test_one_is_not_said_as_if_it_were_several(settings: Any, many: int, said: str) -> None:
    use(settings)

    assert said in forecast({Channel.SMS: many}).sentences


def test_texts_in_another_language_are_counted_by_their_own_parts(settings: Any) -> None:
    use(settings)

    found = forecast({Channel.SMS: 300, Channel.EMAIL: 50}, others={2: 40})

    assert costs.other_parts(words=DEAR.text, frames={"cy": DEAR.also["cy"].text, "pl": DEAR.text}) == {"cy": 2}
    assert found.pence == (260 + 2 * 40) * 3.5
    assert found.sentences[1] == (
        "It costs about £11.90: 300 texts, 40 of them in another language and as long as 2 texts."
    )


def test_what_a_team_may_still_spend_is_reckoned_by_the_languages_of_its_members(settings: Any) -> None:
    use(settings)
    welsh, english = builders.member(language="cy"), builders.member()
    allowed(10)

    with pytest.raises(MessagingError, match="It would cost 10"):
        newsletter_to(welsh, english)

    assert not Message.objects.exists()


def test_what_waits_in_another_language_is_promised_by_its_own_parts(settings: Any) -> None:
    use(settings)
    newsletter_to(builders.member(language="cy"))
    allowed(1_000)

    (purse,) = costs.purses(organisation_id=builders.force().pk, team_id=None)

    assert purse.promised_pence == 7


def newsletter_to(*members: Member) -> Message:
    """Queue something that can wait, dear in Welsh, to these members."""
    return alert_to(*members, priority=Priority.IMPORTANT, lane=Lane.NORMAL, words=DEAR)
