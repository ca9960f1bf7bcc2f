"""The desk's page of sending: providers, what waits, what a person decides, costs, and the switch."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from hueandcry.domain.alerts.rules import Urgency
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.receipts import keep_receipts
from hueandcry.domain.messaging.actions.routing import Cost
from hueandcry.domain.messaging.models import Allowance, Charge, Halt, Message, Provider, ProviderRef
from hueandcry.domain.messaging.queries import hearing
from hueandcry.domain.messaging.queries.hearing import FORGED_FOR_S, forged_key
from hueandcry.domain.messaging.rules import DeliveryState
from hueandcry.domain.organisations.models import Team
from hueandcry.domain.organisations.rules import Role
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.messaging import alert_to
from tests.domain.test_messaging_halt import perhaps_sent
from tests.web.desk import queries_of, signed_in

pytestmark = pytest.mark.django_db
SENDING = "/desk/sending/"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


def use(settings: Any, *lines: str) -> None:
    """Set these providers of texts."""
    settings.GATEWAYS = {"sms": " ".join(f"tests.domain.test_messaging_routing.{line}" for line in lines)}
    registry.routes_for.cache_clear()


def shown(client: Client, address: str = SENDING) -> str:
    """Return a page, or the part of it that keeps itself fresh, without its white space."""
    answer = client.get(address, headers={"HX-Request": "true"} if address.endswith("/live/") else {})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_grey_and_a_partner_see_nothing_of_it() -> None:
    for officer in (cast.grey(), cast.frost(), cast.cole()):
        for path in ("", "live/"):
            assert signed_in(officer).get(f"{SENDING}{path}").status_code in {403, 404}
        assert signed_in(officer).post(f"{SENDING}halt/", {"halt-reason": "x", "halt-typed": "STOP"}).status_code in {
            403,
            404,
        }
    assert not Halt.objects.exists()


def test_providers_stand_there_in_plain_words(settings: Any) -> None:
    use(settings, "One?weight=70&per_second=50&per_day=1000", "Two?weight=30", "Three?weight=0")
    since = clock.now() - dt.timedelta(minutes=5)
    Provider.objects.create(name="two", down_since=since, opened_until=since, trouble="The line is dead.")
    routing.charge(message_id=alert_to(builders.member()).pk, costs=[Cost("one", 250, 250, 0)])

    page = shown(signed_in(cast.amos()))

    for words in (
        "texts, 70 % of them",
        "Works",
        "50 a second",
        "250 of 1,000 messages",
        "Down",
        "It is tried again by itself.",
        "The line is dead.",
        "as fast as it goes",
        "Stands by",
    ):
        assert words in page


def test_forgeries_in_a_providers_name_are_said_with_what_to_do(settings: Any) -> None:
    use(settings, "One?weight=70", "Two?weight=30")
    quiet = shown(signed_in(cast.amos()))
    cache.set(forged_key(gateway="two"), 41, FORGED_FOR_S)
    cache.set(forged_key(gateway="another"), 7, FORGED_FOR_S)

    page = shown(signed_in(builders.officer(Role.INSPECTOR)))

    assert "wrong signature" not in quiet
    assert "41 requests in the name of two since yesterday had a wrong signature. Nothing in them was believed." in page
    assert page.count("wrong signature") == 1


def receipt(gateway: str, reference: str, *, ago: dt.timedelta = dt.timedelta(minutes=11)) -> None:
    """Have a receipt come so long ago."""
    with time_machine.travel(clock.now() - ago, tick=False):
        keep_receipts(receipts=[Receipt(gateway, reference, Fate.DELIVERED, clock.now())])


def test_receipts_of_messages_that_nobody_knows_are_said_with_what_to_do(settings: Any) -> None:
    use(settings, "One?weight=70", "Two?weight=30")
    with time_machine.travel(NOON, tick=False):
        quiet = shown(signed_in(cast.amos()))
        receipt("two", "far-1", ago=dt.timedelta(hours=2))
        for number in range(2, 14):
            receipt("two", f"far-{number}")
        receipt("another", "far-1")  # it is set no more

        page = shown(signed_in(builders.officer(Role.INSPECTOR)), f"{SENDING}live/")

    assert "does not know" not in quiet
    assert "13 receipts of two since today 10:00 are about messages that this service does not know." in page
    assert "send with the same account? Have it given its own." in page
    assert page.count("does not know") == 1


def test_one_receipt_of_a_message_that_nobody_knows_is_said_as_one(settings: Any) -> None:
    use(settings, "One?weight=70")
    with time_machine.travel(NOON, tick=False):
        receipt("one", "K7M2PQ2345-999999")

        page = shown(signed_in(cast.amos()))

    assert "1 receipt of one since today 11:49 is about messages that this service does not know." in page


def test_a_receipt_of_ours_that_waits_is_said_to_be_nobody_s_by_nobody(settings: Any) -> None:
    use(settings, "One?weight=70", "Two?weight=30")
    message = alert_to(builders.member(), builders.member())
    ours, known = message.deliveries.order_by("pk")
    ProviderRef.objects.create(gateway="one", ref="far-8", delivery=known)
    receipt("one", f"{message.ref}-{ours.pk}")  # no worker took it over yet
    receipt("two", f"{message.ref}-{ours.pk}.3f")  # another provider has the message by now
    receipt("one", "far-8")
    receipt("one", "far-9", ago=dt.timedelta(minutes=9))  # its hand-over may be written yet
    quiet = shown(signed_in(cast.amos()))
    receipt("two", "far-8")  # the same word by another provider

    page = shown(signed_in(builders.officer(Role.INSPECTOR)))

    assert "does not know" not in quiet
    assert page.count("does not know") == 1
    assert "1 receipt of two since" in page


def test_very_many_receipts_that_nobody_knows_are_not_all_counted(settings: Any, monkeypatch: Any) -> None:
    use(settings, "One?weight=70")
    monkeypatch.setattr(hearing, "MOST_STRAYS", 2)
    for number in range(3):
        receipt("one", f"far-{number}")

    page = shown(signed_in(cast.amos()))

    assert "At least 2 receipts of one since" in page


def test_without_a_provider_it_says_what_to_set(settings: Any) -> None:
    settings.GATEWAYS = {}

    assert "No provider is set" in shown(signed_in(cast.amos()))


def test_what_waits_is_listed_by_lane_with_the_moment_when_its_last_leaves(settings: Any) -> None:
    use(settings, "One?per_second=2")
    message = alert_to(*(builders.member() for _ in range(6)))
    asleep = message.deliveries.first()
    assert asleep is not None
    asleep.next_at = clock.now() + dt.timedelta(hours=5)
    asleep.save(update_fields=["next_at"])

    page = shown(signed_in(cast.amos()), f"{SENDING}live/")

    for words in ("Alert K7M2PQ", "/desk/alerts/K7M2PQ/", "Urgent", "5 texts", "1 text later", "within 3 seconds"):
        assert words in page
    assert asleep.address[-6:] not in page


def test_what_is_paused_or_an_exercise_holds_nobody_up(settings: Any) -> None:
    use(settings, "One?per_second=2")
    paused = alert_to(*(builders.member() for _ in range(40)), about="alert:PAUSED2")
    Message.objects.filter(pk=paused.pk).update(paused_at=clock.now())
    alert_to(*(builders.member() for _ in range(40)), about="alert:DRILL22", is_drill=True)
    alert_to(builders.member())
    halted = Provider.objects.create(name="one")

    page = shown(signed_in(cast.amos()))
    Provider.objects.filter(pk=halted.pk).update(down_since=clock.now(), opened_until=clock.now())
    down = shown(signed_in(cast.birch()))

    for words in ("when it is let go on", "Exercise", "within 1 second"):
        assert words in page
    assert "when a provider works again" in down


def test_the_part_that_keeps_itself_fresh_leads_to_its_page_when_it_is_opened_by_itself() -> None:
    answer = signed_in(cast.amos()).get(f"{SENDING}live/")

    assert (answer.status_code, answer.headers["Location"]) == (302, SENDING)


def test_nothing_waits_is_said_too() -> None:
    assert "Nothing waits to be sent." in shown(signed_in(cast.amos()))


def test_an_administrator_who_may_not_read_alerts_gets_no_link_to_them(settings: Any) -> None:
    use(settings, "One")
    alert_to(builders.member())

    page = shown(signed_in(builders.officer(Role.ADMINISTRATOR)))

    assert "Alert K7M2PQ" in page
    assert "/desk/alerts/K7M2PQ/" not in page


def test_a_partners_supervisor_sees_what_is_its_own_and_not_what_waits(settings: Any) -> None:
    use(settings, "One")
    alert_to(builders.member())
    perhaps_sent()
    routing.charge(message_id=alert_to(organisation_id=builders.partner().pk).pk, costs=[Cost("one", 3, 3, 1_234_000)])
    supervisor = builders.officer(Role.SERGEANT, organisation=builders.partner())

    page = shown(signed_in(supervisor))

    assert "£12.34" in page
    for words in ("Doggerland Constabulary", "What waits", "A person decides", "Stop everything", "K7M2PQ"):
        assert words not in page.partition("<main")[2].partition("</main>")[0]


# ---------------------------------------------------------------- the switch


def test_an_operator_stops_everything_and_every_page_says_so_until_it_goes_on() -> None:
    client = signed_in(cast.oakes())

    client.post(f"{SENDING}halt/", {"halt-reason": "A wrong number in the template", "halt-typed": "stop"})
    routing.forget()
    stopped = [shown(client, address) for address in ("/desk/", "/desk/alerts/", SENDING)]
    client.post(f"{SENDING}lift/")
    routing.forget()

    for page in stopped:
        assert "All sending is stopped" in page
        assert "A wrong number in the template" in page
    assert "Let everything go on" in stopped[2]
    assert "Stop all sending" not in stopped[2]
    assert "All sending is stopped" not in shown(client, "/desk/")
    assert "Stop all sending" in shown(client)


def test_a_wrong_word_stops_nothing_and_keeps_the_reason() -> None:
    client = signed_in(cast.oakes())

    answer = client.post(f"{SENDING}halt/", {"halt-reason": "A wrong number", "halt-typed": "yes"})

    assert "Type STOP to confirm" in answer.content.decode()
    assert 'value="A wrong number"' in answer.content.decode()
    assert not Halt.objects.exists()


def test_what_somebody_writes_as_a_reason_is_shown_as_words() -> None:
    client = signed_in(cast.oakes())

    client.post(f"{SENDING}halt/", {"halt-reason": "<script>alert(1)</script>", "halt-typed": "STOP"})
    routing.forget()

    assert "<script>alert" not in shown(client)
    assert "&lt;script&gt;alert" in shown(client)


def test_a_constable_sees_the_page_without_the_switch() -> None:
    client = signed_in(cast.amos())

    page = shown(client)

    assert "Stop all sending" not in page
    assert "Change what may be spent" not in page
    assert client.post(f"{SENDING}halt/", {"halt-reason": "x", "halt-typed": "STOP"}).status_code == 403
    assert client.post(f"{SENDING}lift/").status_code == 403


def test_the_bar_costs_the_other_pages_no_more_than_one_question() -> None:
    client = signed_in(cast.amos())
    with_it = queries_of(client, "/desk/places/")
    routing.forget()

    assert queries_of(client, "/desk/places/") == with_it


# ---------------------------------------------------------------- a person decides


def test_what_was_perhaps_sent_is_decided_by_a_person(settings: Any) -> None:
    message = perhaps_sent(6)
    address = message.deliveries.first().address  # type: ignore[union-attr]
    client = signed_in(cast.oakes())

    page = shown(client)
    client.post(f"{SENDING}{message.ref}/sms/decide/", {"again": "yes"})

    for words in ("6 texts", "with one", "07… …", "and others", "Send again", "Leave as it is"):
        assert words in page
    assert address[3:] not in page.replace(" ", "")
    assert {row.state for row in message.deliveries.all()} == {DeliveryState.QUEUED}
    assert "A person decides" not in shown(client)


def test_who_presses_after_somebody_else_is_not_told_that_it_goes_again() -> None:
    message = perhaps_sent()
    first, second = signed_in(cast.oakes()), signed_in(cast.birch())
    shown(second)
    first.post(f"{SENDING}{message.ref}/sms/decide/", {"again": "no"})

    answer = second.post(f"{SENDING}{message.ref}/sms/decide/", {"again": "yes"}, follow=True)

    page = answer.content.decode()
    assert "nothing is done now" in page
    assert "They are sent again" not in page
    assert {row.state for row in message.deliveries.all()} == {DeliveryState.UNCERTAIN}


def test_without_a_word_it_is_left() -> None:
    message = perhaps_sent()
    client = signed_in(cast.oakes())

    client.post(f"{SENDING}{message.ref}/sms/decide/")

    assert {row.state for row in message.deliveries.all()} == {DeliveryState.UNCERTAIN}
    assert "A person decides" not in shown(client)


def test_what_is_over_is_only_left() -> None:
    message = perhaps_sent(cancelled_at=clock.now())
    client = signed_in(cast.oakes())

    page = shown(client)
    answer = client.post(f"{SENDING}{message.ref}/sms/decide/", {"again": "yes"}, follow=True)

    assert "Send again" not in page
    assert "taken back" in answer.content.decode()


def test_a_constable_reads_it_and_does_not_decide() -> None:
    message = perhaps_sent()
    client = signed_in(cast.amos())

    assert "Send again" not in shown(client)
    assert client.post(f"{SENDING}{message.ref}/sms/decide/", {"again": "yes"}).status_code == 403
    assert signed_in(cast.oakes()).post(f"{SENDING}NOTHING2/sms/decide/", {"again": "yes"}).status_code == 404


# ---------------------------------------------------------------- money


def test_costs_of_each_month_stand_there_by_team() -> None:
    team = Team.objects.create(organisation=builders.force(), name="Rural team")
    routing.charge(message_id=alert_to(team_id=team.pk).pk, costs=[Cost("one", 1200, 2400, 9_600_000)])
    Allowance.objects.create(
        organisation=builders.force(), team=team, month_pence=10_000, set_by="officer:TEST22", set_at=clock.now()
    )
    client = signed_in(cast.amos())

    page = shown(client)
    last = clock.today().replace(day=1) - dt.timedelta(days=1)
    Charge.objects.update(day=last)

    for words in ("Rural team", "1,200 messages", "£96.00", "£100.00", "Nearly spent", "no limit"):
        assert words in page
    assert "£96.00" not in shown(client)
    assert "£96.00" in shown(client, f"{SENDING}?month={last:%Y-%m}")


@pytest.mark.parametrize("month", ["", "x", "2026-13", "0000-01", "9999-12", "2026-11-01", "' OR 1=1"])
def test_a_month_that_is_none_is_this_one(month: str) -> None:
    assert signed_in(cast.amos()).get(SENDING, {"month": month}).status_code == 200


def test_an_inspector_sets_what_may_be_spent() -> None:
    client = signed_in(builders.officer(Role.INSPECTOR))
    whose = builders.force().ref

    client.post(f"{SENDING}allow/", {"allow-whose": whose, "allow-pounds": "1,250"})
    wrong = client.post(f"{SENDING}allow/", {"allow-whose": whose, "allow-pounds": "much"}).content.decode()
    stranger = client.post(f"{SENDING}allow/", {"allow-whose": "NOTHING2", "allow-pounds": "1"}).content.decode()

    assert Allowance.objects.get().month_pence == 125_000
    assert "Write an amount in pounds" in wrong
    assert "Select a valid choice" in stranger
    assert "£1,250.00" in shown(client)
    assert signed_in(cast.oakes()).post(f"{SENDING}allow/", {"allow-whose": whose}).status_code == 403


# ---------------------------------------------------------------- beside the button that sends an alert


def test_the_page_of_an_alert_says_cost_and_time_before_it_is_sent(settings: Any) -> None:
    settings.GATEWAYS = {"sms": "tests.domain.test_messaging_routing.One?price=4&per_second=1"}
    registry.routes_for.cache_clear()
    for _ in range(3):
        given.farmer()
    alert = given.waiting(cast.amos())

    page = shown(signed_in(cast.birch()), f"/desk/alerts/{alert.ref}/")

    assert "The last message leaves within 3 seconds." in page
    assert "It costs about 12p: 3 texts." in page


def test_what_can_wait_is_not_released_without_money_and_says_who_may_raise_it(settings: Any) -> None:
    settings.GATEWAYS = {"sms": "tests.domain.test_messaging_routing.One?price=4"}
    registry.routes_for.cache_clear()
    # In the evening its reader sleeps until after it ends, and it costs nothing.
    with time_machine.travel(dt.datetime.combine(clock.today(), dt.time(12), tzinfo=dt.UTC)):
        given.farmer()
        Allowance.objects.create(
            organisation=builders.force(), team=None, month_pence=3, set_by="officer:TEST22", set_at=clock.now()
        )
        alert = given.waiting(cast.amos(), urgency=Urgency.WHENEVER)
        client = signed_in(cast.birch())

        before = shown(client, f"/desk/alerts/{alert.ref}/")
        seen = re.search(r'name="seen" value="([^"]*)"', before)
        client.post(f"/desk/alerts/{alert.ref}/approve/", {"seen": seen[1] if seen else "", "typed": "1"})
        after = shown(client, f"/desk/alerts/{alert.ref}/")

    said = "It would cost 4p, and for this month 3p of 3p are left for Doggerland Constabulary."
    assert said in before
    assert said in after
    assert not Message.objects.exists()
    alert.refresh_from_db()
    assert alert.state == "waiting"
