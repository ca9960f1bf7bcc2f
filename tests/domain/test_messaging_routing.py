"""Which provider takes what: shares, failover, the breaker, the bucket, the day, and what it costs."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions import routing
from hueandcry.domain.messaging.actions.routing import Cost, Share
from hueandcry.domain.messaging.models import Charge, Halt, Provider
from hueandcry.domain.messaging.rules import Lane
from hueandcry.domain.messaging.rules.routing import FAILS_IN_A_ROW, FAULTS_IN_A_MINUTE, TRIAL_BATCH
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Again, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.registry import Route
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to

pytestmark = pytest.mark.django_db


class One:
    """A provider of texts; nothing is ever sent by these tests."""

    name: ClassVar[str] = "one"
    channel: ClassVar[str] = "sms"
    again: ClassVar[Again] = Again.NEVER

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        raise NotImplementedError

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        return (), ()

    def check(self) -> str:
        return ""


class Two(One):
    """Another."""

    name = "two"


class Three(One):
    """A third."""

    name = "three"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    routing.forget()
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()
    routing.forget()


def use(settings: Any, *lines: str) -> list[Route]:
    """Set these providers of texts; return how each is used."""
    settings.GATEWAYS = {"sms": " ".join(f"{__name__}.{line}" for line in lines)}
    registry.routes_for.cache_clear()
    return list(registry.routes_for("sms"))


def share(many: int, *, lane: Lane = Lane.BULK, **how: Any) -> dict[str, int]:
    """Return how many each gets."""
    found, _ = routing.shares(channel=Channel.SMS, many=many, lane=lane, **how)
    return {one.route.gateway.name: one.many for one in found}


def again_in(many: int, *, lane: Lane = Lane.BULK) -> float | None:
    """Return in how many seconds to ask again for what nobody takes now."""
    _, at = routing.shares(channel=Channel.SMS, many=many, lane=lane)
    return None if at is None else (at - clock.now()).total_seconds()


def is_now(name: str, **fields: Any) -> None:
    """Write how a provider stands, as another worker would, more than a second ago."""
    Provider.objects.update_or_create(name=name, defaults=fields)
    routing.forget()


def fail(route: Route, times: int = FAILS_IN_A_ROW) -> None:
    """Let so many batches fail."""
    for _ in range(times):
        routing.note(route=route, taken=0, failed="The line is dead.")


def soon(seconds: float = 60) -> dt.datetime:
    """Return a moment to come."""
    return clock.now() + dt.timedelta(seconds=seconds)


# ---------------------------------------------------------------- shares


def test_one_provider_without_limits_takes_all_and_nothing_is_written(settings: Any) -> None:
    use(settings, "One")

    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = [share(200) for _ in range(50)]

    assert found == [{"one": 200}] * 50
    assert [query["sql"].split()[0] for query in asked] == ["SELECT"]
    assert not Provider.objects.exists()


def test_two_providers_share_by_weight_over_many_windows(settings: Any) -> None:
    use(settings, "One?weight=70", "Two?weight=30")

    got: Counter[str] = Counter()
    for _ in range(100):
        got.update(share(7))

    assert got == pytest.approx({"one": 490, "two": 210}, abs=1)


def test_messages_of_one_go_to_both_in_turn(settings: Any) -> None:
    use(settings, "One", "Two")

    got: Counter[str] = Counter()
    for _ in range(10):
        got.update(share(1))

    assert got == {"one": 5, "two": 5}


def test_a_provider_of_weight_nothing_stands_by(settings: Any) -> None:
    one, _ = use(settings, "One", "Two?weight=0")

    before = share(10)
    fail(one)

    assert before == {"one": 10}
    assert share(10) == {"two": 10}


def test_what_one_just_refused_goes_to_the_other_at_once(settings: Any) -> None:
    use(settings, "One?weight=99", "Two?weight=1")

    assert share(10, without=frozenset({"one"})) == {"two": 10}
    assert routing.shares(channel=Channel.SMS, many=10, lane=Lane.BULK, without=frozenset({"one", "two"})) == ([], None)


def test_an_exercise_goes_to_the_sandbox_whatever_is_set(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")
    fail(one)

    assert share(10, is_drill=True) == {"sandbox-text": 10}


def test_urgent_ones_go_by_the_provider_that_answers_best(settings: Any) -> None:
    one, two = use(settings, "One", "Two")
    routing.note(route=one, taken=10, seconds=20.0)
    routing.note(route=two, taken=10, seconds=1.0)
    routing.forget()

    assert share(10, lane=Lane.URGENT) == {"two": 10}
    assert share(10) == {"one": 5, "two": 5}


def test_how_long_a_provider_takes_is_smoothed_over_its_batches(settings: Any) -> None:
    (one,) = use(settings, "One")

    routing.note(route=one, taken=10, seconds=1.0)
    routing.note(route=one, taken=10, seconds=2.0)
    fail(one, 1)
    routing.note(route=one, taken=10)

    assert Provider.objects.get().answer_ms == pytest.approx(120)


def test_what_the_best_cannot_take_now_the_others_do(settings: Any) -> None:
    use(settings, "One?per_second=5", "Two", "Three?weight=0")
    is_now("one", answer_ms=10.0)
    is_now("two", answer_ms=5000.0)

    assert share(20, lane=Lane.URGENT) == {"one": 5, "two": 15}


def test_a_channel_without_a_provider_says_so(settings: Any) -> None:
    settings.GATEWAYS = {}

    with pytest.raises(GatewayError, match="GATEWAY_SMS"):
        share(1)


# ---------------------------------------------------------------- the breaker


def test_a_provider_whose_batches_fail_gets_nothing_and_its_share_goes_to_the_other(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")

    fail(one, FAILS_IN_A_ROW - 1)
    still = share(10)
    fail(one, 1)

    assert still == {"one": 5, "two": 5}
    assert share(10) == {"two": 10}
    assert Provider.objects.get(name="one").trouble == "The line is dead."


def test_another_worker_knows_it_within_a_second(settings: Any) -> None:
    use(settings, "One", "Two")
    is_now("one", opened_until=soon(), down_since=clock.now(), failures=3)

    assert share(10) == {"two": 10}


def test_when_all_are_down_we_are_told_when_to_ask_again(settings: Any) -> None:
    one, two = use(settings, "One", "Two")
    fail(one)
    fail(two)

    assert share(10) == {}
    assert again_in(10) == pytest.approx(10, abs=1)


def test_good_batches_between_bad_ones_keep_it_open(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")

    for _ in range(FAILS_IN_A_ROW * 3):
        fail(one, 1)
        routing.note(route=one, taken=10)

    assert share(10) == {"one": 5, "two": 5}
    assert Provider.objects.get(name="one").failures == 0


def test_a_provider_that_fails_every_other_batch_for_a_minute_is_left_alone(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")

    for _ in range(FAULTS_IN_A_MINUTE):
        routing.note(route=one, taken=10)
        fail(one, 1)

    assert share(10) == {"two": 10}


def test_faults_of_earlier_minutes_are_not_counted(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")
    is_now("one", faults=FAULTS_IN_A_MINUTE, faults_from=soon(-61))

    fail(one, 1)

    assert Provider.objects.get(name="one").faults == 1
    assert share(10) == {"one": 5, "two": 5}


def test_one_small_batch_is_tried_when_the_time_is_up_and_by_one_worker_only(settings: Any) -> None:
    use(settings, "One", "Two")
    is_now("one", opened_until=soon(-1), down_since=soon(-11), failures=3)

    first = share(100)
    routing.forget()  # another worker

    assert first == {"one": TRIAL_BATCH, "two": 100 - TRIAL_BATCH}
    assert share(100) == {"two": 100}


def test_a_trial_of_a_worker_that_died_is_tried_again(settings: Any) -> None:
    use(settings, "One", "Two")
    is_now("one", opened_until=soon(-30), down_since=soon(-40), failures=3, trial_until=soon(-1))

    assert share(100)["one"] == TRIAL_BATCH


def test_a_trial_that_goes_well_brings_it_back(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")
    is_now("one", opened_until=soon(-1), down_since=soon(-11), failures=3, trouble="The line is dead.")
    share(100)

    routing.note(route=one, taken=TRIAL_BATCH)

    assert share(100) == {"one": 50, "two": 50}
    row = Provider.objects.get(name="one")
    assert (row.failures, row.down_since, row.opened_until, row.trouble) == (0, None, None, "")


def test_a_trial_that_fails_leaves_it_alone_for_longer(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")
    since = soon(-11)
    is_now("one", opened_until=soon(-1), down_since=since, failures=3)
    share(100)

    fail(one, 1)

    assert share(100) == {"two": 100}
    row = Provider.objects.get(name="one")
    assert row.opened_until is not None
    assert row.opened_until > soon(5)
    assert row.down_since == since


def test_urgent_ones_are_not_risked_on_a_trial_while_another_works(settings: Any) -> None:
    _, two = use(settings, "One", "Two")
    is_now("one", opened_until=soon(-1), down_since=soon(-11), failures=3)

    works = share(100, lane=Lane.URGENT)
    fail(two)

    assert works == {"two": 100}
    assert share(100, lane=Lane.URGENT) == {"one": TRIAL_BATCH}


def test_what_went_wrong_is_kept_without_numbers_and_addresses(settings: Any) -> None:
    (one,) = use(settings, "One")

    routing.note(route=one, taken=0, failed="Queue of +447700900123 dell@example.org is full\0: error 451.")

    assert Provider.objects.get().trouble == "Queue of (…) (…) is full: error 451."


# ---------------------------------------------------------------- what it takes a second and a day


def test_a_window_takes_what_is_in_the_bucket_and_asks_again_for_the_rest(settings: Any) -> None:
    use(settings, "One?per_second=100")

    first, more = share(200, lane=Lane.URGENT), again_in(200, lane=Lane.URGENT)

    assert first == {"one": 100}
    assert more == pytest.approx(0.5, abs=0.1)


def test_limits_cost_nothing_beside_the_one_statement_that_takes(settings: Any) -> None:
    use(settings, "One?per_second=100000", "Two?per_day=100000")
    share(10)

    with CaptureQueriesContext(connection) as beside:
        share(10)

    assert len(beside) == 1
    assert sum(Provider.objects.values_list("day_count", flat=True)) == 20


def test_what_is_not_urgent_leaves_a_fifth_for_what_is(settings: Any) -> None:
    use(settings, "One?per_second=100")

    assert share(200) == {"one": 80}
    assert share(200, lane=Lane.URGENT)["one"] >= 20


def test_a_slow_provider_still_takes_one_bulk_message_a_second(settings: Any) -> None:
    use(settings, "One?per_second=1")

    assert share(5) == {"one": 1}
    assert share(5) == {}


def test_the_bucket_fills_by_the_clock_of_the_database_and_never_beyond_its_brim(settings: Any) -> None:
    use(settings, "One?per_second=100")
    is_now("one", tokens=0, tokens_at=soon(-0.5))
    half = share(200, lane=Lane.URGENT)["one"]
    is_now("one", tokens=90, tokens_at=soon(-3600))

    with time_machine.travel(soon(-86400)):  # the clock of a worker that is a day behind
        full = share(200, lane=Lane.URGENT)["one"]

    assert 50 <= half < 70
    assert full == 100


def test_a_provider_that_wants_less_is_left_alone_until_then(settings: Any) -> None:
    one, _ = use(settings, "One", "Two")

    routing.note(route=one, taken=3, slower_s=30)

    assert share(10) == {"two": 10}
    routing.forget()
    assert share(10) == {"two": 10}
    assert Provider.objects.get(name="one").failures == 0


def test_asking_us_to_wait_empties_the_bucket(settings: Any) -> None:
    (one,) = use(settings, "One?per_second=100")
    share(10)

    routing.note(route=one, taken=3, slower_s=7)

    assert again_in(10, lane=Lane.URGENT) == pytest.approx(7, abs=0.5)
    is_now("one", tokens_at=soon(-0.1))
    assert 10 <= share(200, lane=Lane.URGENT)["one"] <= 25


@pytest.mark.parametrize(("asked", "waits"), [(1e12, 900), (float("inf"), 900), (-5, None), (float("nan"), None)])
def test_a_provider_may_not_ask_for_ever_nor_for_nonsense(settings: Any, asked: float, waits: float | None) -> None:
    (one,) = use(settings, "One")

    routing.note(route=one, taken=0, slower_s=asked)

    assert again_in(10) == (waits if waits is None else pytest.approx(waits, abs=1))


def test_a_provider_gets_no_more_than_its_day_and_the_rest_goes_by_the_other(settings: Any) -> None:
    use(settings, "One?per_day=30", "Two?weight=1")

    got: Counter[str] = Counter()
    for _ in range(10):
        got.update(share(10))

    assert got == {"one": 30, "two": 70}


def test_when_the_day_is_full_we_ask_again_at_midnight(settings: Any) -> None:
    use(settings, "One?per_day=30")
    share(100)

    assert share(100) == {}
    assert 0 < (again_in(100) or 0) <= 25 * 3600


def test_a_new_day_begins_at_nothing(settings: Any) -> None:
    use(settings, "One?per_day=30")
    is_now("one", day=clock.today() - dt.timedelta(days=1), day_count=30)

    assert share(100) == {"one": 30}


def test_the_day_of_the_database_is_the_forces_own() -> None:
    moments = {
        "2026-07-01 22:59+00": "2026-07-01",
        "2026-07-01 23:00+00": "2026-07-02",
        "2027-03-28 00:59+00": "2027-03-28",  # clocks go forward a minute later
        "2027-03-28 22:59+00": "2027-03-28",
        "2027-03-28 23:00+00": "2027-03-29",
        "2026-10-24 23:00+00": "2026-10-25",  # 25 hours: clocks go back
        "2026-10-25 23:59+00": "2026-10-25",
    }

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (moment AT TIME ZONE %s)::date::text FROM unnest(%s::timestamptz[]) AS moment",
            [django_settings.TIME_ZONE, list(moments)],
        )
        days = [day for (day,) in cursor.fetchall()]

    assert days == list(moments.values())


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_bucket_never_take_more_than_its_rate(settings: Any) -> None:
    use(settings, "One?per_second=50&per_day=70")
    taken: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        for _ in range(40):
            found, _ = routing.shares(channel=Channel.SMS, many=7, lane=Lane.URGENT)
            taken.extend(one.many for one in found)
        connection.close()

    began = clock.now()
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = (clock.now() - began).total_seconds()

    row = Provider.objects.get()
    assert sum(taken) == row.day_count
    assert 50 <= sum(taken) <= min(50 + 50 * seconds + 1, 70)


# ---------------------------------------------------------------- the kill switch and what it costs


def test_everything_is_stopped_while_a_halt_stands() -> None:
    Halt.objects.create(at=clock.now(), by="officer:TEST22", reason="Over", lifted_at=clock.now())
    before = routing.halted()

    Halt.objects.create(at=clock.now(), by="officer:TEST22", reason="A wrong number in the template")
    routing.forget()

    assert not before
    assert routing.halted()


def test_what_a_message_costs_is_added_up_by_provider_and_day() -> None:
    message, other = alert_to(builders.member()), alert_to(builders.member(), about="alert:OTHER2")

    routing.charge(message_id=message.pk, costs=[Cost("two", 10, 20, 62_000), Cost("one", 5, 5, 0)])
    routing.charge(message_id=message.pk, costs=[Cost("two", 1, 2, 6_200), Cost("free", 0, 0, 0)])
    routing.charge(message_id=other.pk, costs=[Cost("two", 1, 1, 3_100)])
    routing.charge(message_id=other.pk, costs=[])

    rows = Charge.objects.order_by("message_id", "gateway").values_list("message_id", "gateway", "handed", "parts")
    assert list(rows) == [(message.pk, "one", 5, 5), (message.pk, "two", 11, 22), (other.pk, "two", 1, 1)]
    assert Charge.objects.get(message=message, gateway="two").millipence == 68_200
    assert set(Charge.objects.values_list("day", flat=True)) == {clock.today()}


def test_a_share_is_a_route_and_a_number(settings: Any) -> None:
    (one,) = use(settings, "One")

    assert routing.shares(channel=Channel.SMS, many=3, lane=Lane.URGENT) == ([Share(one, 3)], None)
    assert routing.shares(channel=Channel.SMS, many=0, lane=Lane.URGENT) == ([], None)
