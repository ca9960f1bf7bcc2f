"""What is learned from deliveries: which way works for whom, which provider delivers late."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from hueandcry.domain.members.models import Member
from hueandcry.domain.messaging.actions import learning, receipts
from hueandcry.domain.messaging.models import Delivery, Lag, Message, Provider
from hueandcry.domain.messaging.rules.by_hand import BY_HAND
from hueandcry.domain.messaging.rules.routing import LATE_PERCENT
from hueandcry.gateways import contract as provider
from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    registry.routes_for.cache_clear()
    yield
    registry.routes_for.cache_clear()


def got(member: Member, state: str, *, seconds: float | None = None, days: int = 1, **fields: Any) -> Message:
    """Let a member have got an alert so many days ago."""
    message = alert_to(member, about=f"alert:{Message.objects.count()}", **fields)
    at = clock.now() - dt.timedelta(days=days)
    ended = at + dt.timedelta(seconds=seconds) if seconds is not None else None
    message.deliveries.update(state=state, accepted_at=at, ended_at=ended)
    Message.objects.filter(pk=message.pk).update(queued_at=at)
    return message


def lags() -> list[tuple[int, str, int, int, int | None]]:
    """Return what was learned."""
    return list(Lag.objects.order_by("member_id").values_list("member_id", "channel", "sent", "failed", "seconds"))


def test_how_long_it_took_and_how_often_it_failed_is_worked_out_by_member_and_way() -> None:
    member, mail = builders.member(), builders.member(mobile=None, email="dell@example.org")
    for seconds in (2, 3, 60):
        got(member, "delivered", seconds=seconds)
    got(member, "failed", seconds=900)
    got(member, "accepted")
    got(mail, "bounced", seconds=1)
    got(member, "cancelled")
    got(member, "delivered", seconds=500, days=91)
    got(member, "failed", is_drill=True)

    learning.learn()

    assert lags() == [(member.pk, "sms", 5, 1, 3), (mail.pk, "email", 1, 1, None)]


def test_it_is_worked_out_anew_and_what_is_older_is_forgotten() -> None:
    member, quiet = builders.member(), builders.member()
    got(member, "failed")
    got(quiet, "delivered", seconds=1)
    learning.learn()
    Delivery.objects.filter(member=quiet).update(state="cancelled")
    got(member, "delivered", seconds=4)

    learning.learn()

    assert lags() == [(member.pk, "sms", 2, 1, 4)]


def test_nothing_is_learned_from_nothing() -> None:
    assert learning.learn() == 0

    builders.member()

    assert learning.learn() == 0


def took() -> list[tuple[int, int | None, int | None]]:
    """Return of how many it is known how long they took, and how long half and nine in ten of them did."""
    return list(Lag.objects.order_by("member_id").values_list("measured", "seconds", "nearly_s"))


def test_what_nine_in_ten_took_is_worked_out_beside_the_middle() -> None:
    member = builders.member()
    for seconds in (1, 2, 3, 4, 5, 6, 7, 8, 90, 900):
        got(member, "delivered", seconds=seconds)

    learning.learn()

    assert took() == [(10, 5, 90)]


def test_an_answer_hours_later_says_nothing_of_how_long_the_text_took() -> None:
    member = builders.member()
    got(member, "seen", seconds=3 * 3600)
    kept = got(member, "seen", seconds=3 * 3600)
    kept.deliveries.update(gateway="sandbox-text", provider_ref="kept")
    at = kept.deliveries.get().accepted_at or clock.now()
    for fate, seconds in ((Fate.ACCEPTED, 1), (Fate.DELIVERED, 7), (Fate.SEEN, 9000)):
        record(fate, at + dt.timedelta(seconds=seconds))

    learning.learn()

    assert lags() == [(member.pk, "sms", 2, 0, 7)]
    assert took() == [(1, 7, 7)]


def test_what_somebody_did_by_hand_teaches_nothing() -> None:
    member = builders.member()
    told = got(member, "delivered", seconds=0)
    told.deliveries.update(gateway=BY_HAND, channel="voice")
    got(member, "delivered", seconds=8)

    learning.learn()

    assert lags() == [(member.pk, "sms", 1, 0, 8)]


def test_what_is_too_early_by_no_more_than_a_minute_was_at_once_and_what_a_wrong_clock_says_is_not_measured() -> None:
    at_once, wrong = builders.member(), builders.member()
    for seconds in (-60, -1, 0):
        got(at_once, "delivered", seconds=seconds)
    for seconds in (-61, -3600, 3 * 24 * 3600 + 1, 40 * 365 * 24 * 3600):
        got(wrong, "delivered", seconds=seconds)

    learning.learn()

    assert lags() == [(at_once.pk, "sms", 3, 0, 0), (wrong.pk, "sms", 4, 0, None)]
    assert took() == [(3, 0, 0), (0, None, None)]


def record(fate: Fate, at: dt.datetime, reference: str = "kept") -> None:
    """Let a provider say what became of a message."""
    receipts.record_receipts(receipts=[provider.Receipt("sandbox-text", reference, fate, at)])


@pytest.mark.parametrize(
    "order",
    [
        (Fate.DELIVERED, Fate.SEEN, Fate.ACCEPTED),
        (Fate.SEEN, Fate.DELIVERED, Fate.DELIVERED),
        (Fate.ACCEPTED, Fate.DELIVERED, Fate.DELIVERED, Fate.ACCEPTED),
        (Fate.DELIVERED, Fate.SEEN, Fate.SEEN, Fate.DELIVERED),
    ],
)
def test_receipts_out_of_order_and_doubled_count_once_and_at_the_moment_of_delivery(order: tuple[Fate, ...]) -> None:
    member = builders.member()
    message = alert_to(member)
    delivery = message.deliveries.get()
    reference = f"{message.ref}-{delivery.pk}"
    begun = clock.now()
    message.deliveries.update(state="accepted", accepted_at=begun, gateway="sandbox-text", provider_ref=reference)
    seconds = {Fate.ACCEPTED: 1, Fate.DELIVERED: 20, Fate.SEEN: 4000}
    for fate in order:
        record(fate, begun + dt.timedelta(seconds=seconds[fate]), reference)

    learning.learn()

    assert lags() == [(member.pk, "sms", 1, 0, 20)]
    assert took() == [(1, 20, 20)]


def test_a_receipt_that_comes_before_the_hand_over_is_written_counts_once_and_as_at_once() -> None:
    member = builders.member()
    message = alert_to(member)
    delivery = message.deliveries.get()
    reference = f"{message.ref}-{delivery.pk}"
    at = clock.now()
    message.deliveries.update(state="leased", gateway="sandbox-text", provider_ref=reference)
    for _ in range(2):
        record(Fate.DELIVERED, at, reference)
    learning.learn()

    assert lags() == [(member.pk, "sms", 1, 0, 0)]


def test_when_it_was_delivered_stays_when_it_is_seen_later() -> None:
    message = alert_to(builders.member())
    delivery = message.deliveries.get()
    reference = f"{message.ref}-{delivery.pk}"
    at = clock.now()
    message.deliveries.update(state="accepted", accepted_at=at, gateway="sandbox-text", provider_ref=reference)
    record(Fate.DELIVERED, at + dt.timedelta(seconds=4), reference)
    record(Fate.SEEN, at + dt.timedelta(hours=4), reference)

    delivery.refresh_from_db()

    assert (delivery.state, delivery.ended_at) == ("seen", at + dt.timedelta(seconds=4))


# ---------------------------------------------------------------- late providers


def late(gateway: str, *, many: int, of: int, state: str = "accepted") -> None:
    """Let so many of a provider's messages of ten minutes ago still be on their way."""
    message = alert_to()
    at = clock.now() - dt.timedelta(minutes=10)
    Delivery.objects.bulk_create(
        Delivery(
            message=message,
            channel="sms",
            address=f"{gateway}{number}",
            lane=message.lane,
            next_at=at,
            gateway=gateway,
            accepted_at=at,
            state=state if number < many else "delivered",
            ended_at=at + dt.timedelta(seconds=400 if number < many else 4),
        )
        for number in range(of)
    )


def use(settings: Any, *lines: str) -> None:
    """Set these providers of texts."""
    settings.GATEWAYS = {"sms": " ".join(f"tests.domain.test_messaging_routing.{line}" for line in lines)}
    registry.routes_for.cache_clear()
    for name in ("one", "two", "three"):
        Provider.objects.create(name=name, late_percent=1)


def percents() -> list[int]:
    """Return how late one, two and three are."""
    return list(Provider.objects.order_by("id").values_list("late_percent", flat=True))


def test_a_provider_much_of_whose_messages_come_late_is_written_down(settings: Any) -> None:
    use(settings, "One", "Two", "Three")
    late("one", many=LATE_PERCENT, of=100)
    late("two", many=10, of=40, state="delivered")
    late("three", many=19, of=19)

    learning.weigh()
    learning.weigh()

    assert percents() == [LATE_PERCENT, 25, 0]


def test_a_provider_is_not_late_because_its_messages_are_read_later(settings: Any) -> None:
    use(settings, "One", "Two", "Three")
    late("one", many=50, of=100, state="seen")
    late("two", many=10, of=40, state="delivered")

    learning.weigh()

    assert percents() == [0, 25, 0]


def test_a_provider_that_gives_no_receipts_is_not_late(settings: Any) -> None:
    use(settings, "One", "Two")
    late("one", many=100, of=100)

    learning.weigh()

    assert percents() == [0, 0, 1]


def test_where_there_is_no_choice_nothing_is_asked(settings: Any, django_assert_num_queries: Any) -> None:
    use(settings, "One")

    with django_assert_num_queries(0):
        learning.weigh()
