"""The night of hare coursing, played through by the real program with a worker in a process of its own."""

import datetime as dt
import json
from typing import Any

import pytest

from hueandcry.console import demonstration
from hueandcry.console.main import main
from hueandcry.domain.alerts.models import Alert
from hueandcry.domain.members.models import Suppression
from hueandcry.domain.messaging.models import Delivery, Inbound
from hueandcry.domain.messaging.rules import MessageKind
from hueandcry.domain.reports.models import Report
from hueandcry.domain.reports.rules import Reading
from tests.processes import database_here

pytestmark = pytest.mark.django_db(transaction=True)


def addresses(about: str, kind: MessageKind) -> set[str]:
    """Return the addresses that one message about one thing went to."""
    sent = Delivery.objects.filter(message__about=about, message__kind=kind)
    return set(sent.values_list("address", flat=True))


def test_the_night_reaches_everybody_and_everybody_who_answered_hears_how_it_ended(
    settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMONSTRATION = True
    monkeypatch.setenv("DATABASE_URL", database_here())
    monkeypatch.setenv("DEMONSTRATION", "1")
    demonstration.create(history=dt.timedelta(days=2))
    stopped_before = Suppression.objects.count()
    before = set(Alert.objects.values_list("pk", flat=True))

    status = main(["story", "--json"])

    steps = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert status == 0
    assert [step["step"] for step in steps] == ["alert", "relay", "stand-down", "stand-down", "ending"]
    first, relay = Alert.objects.exclude(pk__in=before).order_by("pk")
    about, about_relay = f"alert:{first.ref}", f"alert:{relay.ref}"
    told, told_next = addresses(about, MessageKind.ALERT), addresses(about_relay, MessageKind.ALERT)
    assert len(told) == steps[0]["people"] > 50
    assert len(told_next) == steps[1]["people"] > 0
    assert set(steps[0]["channels"]) >= {"sms", "voice"}
    # The next farms are others, and each stand-down goes to exactly those whom its alert reached.
    assert not told & told_next
    assert addresses(about, MessageKind.STAND_DOWN) == told
    assert addresses(about_relay, MessageKind.STAND_DOWN) == told_next
    # Four answered; four hear how it ended; "stop them!" was no STOP.
    answered = set(Inbound.objects.filter(conversation__about=about).values_list("conversation__address", flat=True))
    assert len(answered) == 4
    assert addresses(about, MessageKind.ENDING) == answered
    assert Suppression.objects.count() == stopped_before
    readings = sorted(Report.objects.filter(about=about).values_list("reading", flat=True))
    assert readings == sorted([Reading.SIGHTING, Reading.SIGHTING, Reading.NOTHING, Reading.UNCLEAR])


def test_the_story_is_for_the_demonstration_only(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEMONSTRATION = False

    assert main(["story"]) == 1
    assert "only in the demonstration" in capsys.readouterr().err
    assert Alert.objects.count() == 0
