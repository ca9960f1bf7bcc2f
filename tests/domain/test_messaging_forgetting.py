"""Raw words of providers are kept thirty days, and no day longer."""

import datetime as dt

import pytest
import time_machine

from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import forgetting
from hueandcry.domain.messaging.models import Delivery, Inbound, ProviderRef, Receipt
from hueandcry.domain.records.models import Record
from hueandcry.gateways.contract import Fate
from hueandcry.gateways.contract import Receipt as Told
from hueandcry.kit import clock
from tests import builders
from tests.domain.messaging import alert_to, incoming

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def told_today(ref: str) -> Delivery:
    """Let a provider take a message under a word of its own, tell of it, and bring an answer to it."""
    delivery = alert_to(builders.member(), about=f"alert:{ref}").deliveries.get()
    Delivery.objects.filter(pk=delivery.pk).update(gateway="other", provider_ref=ref, accepted_at=clock.now())
    ProviderRef.objects.create(gateway="other", ref=ref, delivery=delivery)
    actions.record_receipts(receipts=[Told("other", ref, Fate.DELIVERED, clock.now(), raw="how they write it")])
    actions.receive(incoming=incoming(delivery.address, "White van at the ford", raw="how they write it"))
    return delivery


def test_what_a_provider_wrote_goes_after_thirty_days_and_what_it_meant_stays() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        old = told_today("AAAAAA")
        now.shift(dt.timedelta(days=1))
        young = told_today("BBBBBB")
        now.shift(dt.timedelta(days=29))
        early = forgetting.forget_raw()
        now.shift(dt.timedelta(seconds=1))
        erased, again = forgetting.forget_raw(), forgetting.forget_raw()

    assert (early, erased, again) == (0, 3, 0)
    assert [one.provider_ref for one in Receipt.objects.all()] == ["BBBBBB"]
    assert [one.delivery_id for one in ProviderRef.objects.all()] == [young.pk]
    assert list(Inbound.objects.order_by("pk").values_list("body", "raw")) == [
        ("White van at the ford", ""),
        ("White van at the ford", "how they write it"),
    ]
    assert Delivery.objects.get(pk=old.pk).state == "seen"
    assert sorted(Record.objects.filter(event="record.erased").values_list("subject", flat=True)) == [
        "table:messaging_inbound",
        "table:messaging_providerref",
        "table:messaging_receipt",
    ]
    assert {str(one.facts) for one in Record.objects.filter(event="record.erased")} == {"{'many': 1}"}
