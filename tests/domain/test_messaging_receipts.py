"""Receipts: late, doubled, out of order, of unknown messages, before their hand-over is written."""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Protocol

import pytest
import time_machine

from hueandcry.domain.messaging import actions, queries
from hueandcry.domain.messaging.actions.receipts import keep_and_fold
from hueandcry.domain.messaging.models import ComeBack, Delivery, ProviderRef
from hueandcry.domain.messaging.models import Receipt as KeptReceipt
from hueandcry.domain.messaging.rules import RANK, DeliveryState
from hueandcry.gateways.contract import Fate, Receipt
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


class Record(Protocol):
    """A way to take receipts over."""

    def __call__(self, *, receipts: Sequence[Receipt]) -> None:
        """Keep and fold them."""


def handed_over(ending: str = "995") -> Delivery:
    """Return a delivery that its provider holds and says nothing of."""
    alert = alert_to(builders.member(mobile=f"+447700900{ending}"))
    actions.dispatch(message_ref=alert.ref)
    return alert.deliveries.get()


def receipt(delivery: Delivery, fate: Fate, *, at: dt.datetime | None = None) -> Receipt:
    return Receipt(delivery.gateway, delivery.provider_ref, fate, at or clock.now())


def keep_then_fold(*, receipts: Sequence[Receipt]) -> None:
    """Keep receipts and take them over at once, as who collects does, and what is left then."""
    keep_and_fold(receipts=receipts)
    actions.fold()


@pytest.fixture(params=[actions.record_receipts, keep_then_fold], ids=["kept, then folded", "folded as they are kept"])
def record(request: pytest.FixtureRequest) -> Record:
    """Return each way to take receipts over."""
    way: Record = request.param
    return way


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations([Fate.ACCEPTED, Fate.FAILED, Fate.DELIVERED])),
    ids="-".join,
)
def test_in_whatever_order_they_come_the_delivery_ends_the_same(record: Record, order: tuple[Fate, ...]) -> None:
    delivery = handed_over()

    for fate in order:
        record(receipts=[receipt(delivery, fate)])

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED


def test_all_at_once_they_end_the_same_too(record: Record) -> None:
    delivery, other = handed_over(), handed_over()

    record(
        receipts=[receipt(delivery, fate) for fate in (Fate.DELIVERED, Fate.FAILED, Fate.ACCEPTED)]
        + [receipt(other, Fate.FAILED)]
    )

    assert [Delivery.objects.get(pk=row.pk).state for row in (delivery, other)] == ["delivered", "failed"]


def test_a_receipt_told_twice_is_kept_once(record: Record) -> None:
    delivery = handed_over()

    for _ in range(2):
        record(receipts=[receipt(delivery, Fate.DELIVERED)] * 2)

    assert KeptReceipt.objects.count() == 1


def test_a_receipt_never_takes_back_an_answer(record: Record) -> None:
    delivery = handed_over()
    Delivery.objects.update(state=DeliveryState.SEEN)

    record(receipts=[receipt(delivery, Fate.DELIVERED), receipt(delivery, Fate.BOUNCED)])

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SEEN


def test_a_receipt_that_comes_before_its_hand_over_is_written_waits_for_it(record: Record) -> None:
    alert = alert_to(builders.member(mobile="+447700900995"))
    delivery = alert.deliveries.get()
    early = Receipt("sandbox-text", f"{alert.ref}-{delivery.pk}", Fate.DELIVERED, clock.now())
    record(receipts=[early])
    assert not queries.is_idle()

    actions.dispatch(message_ref=alert.ref)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    assert KeptReceipt.objects.get().folded


def test_a_receipt_of_an_unknown_message_is_kept_and_given_up_after_a_day(record: Record) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        record(receipts=[Receipt("sandbox-text", "nobody", Fate.DELIVERED, NOON)])
        now.shift(dt.timedelta(hours=23))
        actions.fold()
        waits = KeptReceipt.objects.get().folded
        now.shift(dt.timedelta(hours=2))
        actions.fold()

    assert (waits, KeptReceipt.objects.get().folded) == (False, True)


def test_a_word_that_a_provider_gives_again_means_the_later_message(record: Record) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        earlier, later, beside = handed_over("995"), handed_over("995"), handed_over("995")
        ProviderRef.objects.bulk_create(
            [
                ProviderRef(gateway=earlier.gateway, ref="1", delivery=earlier),
                ProviderRef(gateway=beside.gateway, ref="2", delivery=beside),
            ]
        )
        told = [Receipt(earlier.gateway, "1", fate, NOON) for fate in (Fate.ACCEPTED, Fate.DELIVERED)]
        record(receipts=told)
        now.shift(dt.timedelta(days=3))
        ProviderRef.objects.create(gateway=later.gateway, ref="1", delivery=later)
        record(receipts=told)
        now.shift(dt.timedelta(minutes=1))
        record(receipts=[*told, *told])

    for one in (earlier, later, beside):
        one.refresh_from_db()
    assert [one.state for one in (earlier, later, beside)] == ["delivered", "delivered", "accepted"]
    assert KeptReceipt.objects.count() == 2
    assert set(KeptReceipt.objects.values_list("received_at", "folded")) == {(NOON + dt.timedelta(days=3), True)}


def test_a_receipt_told_again_after_days_takes_nothing_back(record: Record) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        delivery = handed_over()
        record(receipts=[receipt(delivery, Fate.ACCEPTED), receipt(delivery, Fate.DELIVERED)])
        ended = Delivery.objects.get(pk=delivery.pk).ended_at
        now.shift(dt.timedelta(days=3))
        record(receipts=[receipt(delivery, Fate.ACCEPTED), receipt(delivery, Fate.DELIVERED)])

    delivery.refresh_from_db()
    assert (delivery.state, delivery.ended_at) == (DeliveryState.DELIVERED, ended)
    assert not KeptReceipt.objects.filter(folded=False).exists()


def test_the_same_reference_of_another_gateway_is_another_message(record: Record) -> None:
    delivery = handed_over()

    record(receipts=[Receipt("other", delivery.provider_ref, Fate.DELIVERED, clock.now())])

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.ACCEPTED


def test_a_word_that_we_do_not_know_is_kept_and_moves_nothing(record: Record) -> None:
    delivery = handed_over()

    record(receipts=[receipt(delivery, Fate.UNKNOWN)])

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.ACCEPTED
    assert KeptReceipt.objects.get().folded


def test_the_receipt_says_when_it_ended(record: Record) -> None:
    delivery = handed_over()

    record(receipts=[receipt(delivery, Fate.DELIVERED, at=NOON)])

    delivery.refresh_from_db()
    assert delivery.ended_at == NOON


def test_collecting_empties_what_the_sandbox_owes() -> None:
    alert = alert_to(*(builders.member(mobile=f"+4477009001{number:02}") for number in range(5)))
    actions.dispatch(message_ref=alert.ref)

    assert actions.collect() == 0
    assert queries.progress_of(message_ref=alert.ref).by_state == {DeliveryState.DELIVERED: 5}


def test_every_state_has_a_rank_and_an_end_is_above_what_is_on_its_way() -> None:
    assert set(RANK) == set(DeliveryState)
    assert RANK[DeliveryState.QUEUED] < RANK[DeliveryState.LEASED] < RANK[DeliveryState.ACCEPTED]
    assert RANK[DeliveryState.ACCEPTED] < RANK[DeliveryState.FAILED] < RANK[DeliveryState.DELIVERED]
    assert max(RANK, key=lambda state: RANK[state]) == DeliveryState.SEEN


def test_what_is_folded_as_it_is_kept_needs_no_further_look() -> None:
    ours, theirs, stays = handed_over(), handed_over(), handed_over()
    Delivery.objects.filter(pk=theirs.pk).update(provider_ref="")
    ProviderRef.objects.create(gateway=theirs.gateway, ref="9f3a", delivery_id=theirs.pk)

    keep_and_fold(
        receipts=[
            receipt(ours, Fate.BOUNCED, at=NOON),
            Receipt(theirs.gateway, "9f3a", Fate.DELIVERED, NOON, "id:9f3a"),
            Receipt(theirs.gateway, "nobody", Fate.DELIVERED, NOON),
        ]
    )

    states = {row.pk: row.state for row in Delivery.objects.all()}
    assert states == {ours.pk: "bounced", theirs.pk: "delivered", stays.pk: "accepted"}
    assert set(KeptReceipt.objects.values_list("provider_ref", "folded", "at", "raw")) == {
        (ours.provider_ref, True, NOON, ""),
        ("9f3a", True, NOON, "id:9f3a"),
        ("nobody", False, NOON, ""),
    }
    assert [row.delivery_id for row in ComeBack.objects.all()] == [ours.pk]


def test_a_word_that_a_provider_gave_again_means_the_latest_message(record: Record) -> None:
    before, latest = handed_over(), handed_over()
    Delivery.objects.update(provider_ref="")
    for delivery in (before, latest):
        ProviderRef.objects.create(gateway=delivery.gateway, ref="9f3a", delivery_id=delivery.pk)
    ProviderRef.objects.create(gateway="another", ref="9f3a", delivery_id=before.pk)

    record(receipts=[Receipt(latest.gateway, "9f3a", Fate.DELIVERED, NOON)])

    assert {row.pk: row.state for row in Delivery.objects.all()} == {before.pk: "accepted", latest.pk: "delivered"}


def test_a_receipt_that_was_kept_before_moves_nothing_any_more(record: Record) -> None:
    delivery = handed_over()
    record(receipts=[receipt(delivery, Fate.FAILED)])
    Delivery.objects.update(state=DeliveryState.ACCEPTED)

    record(receipts=[receipt(delivery, Fate.FAILED)])

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.ACCEPTED
