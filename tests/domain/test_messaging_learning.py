"""What is learned from deliveries: which way works for whom, which provider delivers late."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from hueandcry.domain.members.models import Member
from hueandcry.domain.messaging.actions import learning
from hueandcry.domain.messaging.models import Delivery, Lag, Message, Provider
from hueandcry.domain.messaging.rules.routing import LATE_PERCENT
from hueandcry.gateways import registry
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


def test_a_provider_that_gives_no_receipts_is_not_late(settings: Any) -> None:
    use(settings, "One", "Two")
    late("one", many=100, of=100)

    learning.weigh()

    assert percents() == [0, 0, 1]


def test_where_there_is_no_choice_nothing_is_asked(settings: Any, django_assert_num_queries: Any) -> None:
    use(settings, "One")

    with django_assert_num_queries(0):
        learning.weigh()
