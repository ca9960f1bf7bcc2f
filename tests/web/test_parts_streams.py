"""Pages that are told by themselves: one question for all, what changed only, and an end with the session."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError

from hueandcry.kit.finding import NotHereError
from hueandcry.web.parts import streams
from hueandcry.web.parts.streams import Ask, Hub, Watch, told


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("EVERY_S", 0.1), ("STILL_EVERY_S", 0.1), ("AFTER_TROUBLE_S", 0.1), ("PING_S", 0.02)):
        monkeypatch.setattr(streams, name, seconds)
    monkeypatch.setattr(streams, "SHARE", 1)
    monkeypatch.setattr(streams, "_that_hold", lambda keys: keys - {"signed out"})


class Asked:
    """Answers of the database: one after the other, the last again and again."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.times = list(answers), 0

    def __call__(self) -> dict[str, str]:
        self.times += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


async def heard(hub: Hub, ask: Ask, session: str, until: Callable[[list[Any]], bool]) -> list[Any]:
    """Listen until enough came; return the parts, and the name of every other event."""
    found: list[Any] = []
    async for event in told(hub, "K7M2PQ", ask, session):
        text = event.decode()
        found.append(json.loads(text[6:]) if text.startswith("data: ") else text.partition("\n")[0])
        if until(found):
            break
    return found


def listen(*pages: tuple[Ask, str, Callable[[list[Any]], bool]]) -> list[list[Any]]:
    """Open these pages side by side in one process."""

    async def go() -> list[list[Any]]:
        hub = Hub()
        return await asyncio.wait_for(asyncio.gather(*(heard(hub, *page) for page in pages)), 60)

    return asyncio.run(go())


def parts(found: list[Any]) -> list[dict[str, str]]:
    return [event for event in found if isinstance(event, dict)]


def test_a_page_hears_everything_first_and_then_what_changed() -> None:
    ask = Asked({"totals": "1", "areas": "a"}, {"totals": "1", "areas": "a"}, {"totals": "2", "areas": "a"})

    (found,) = listen((ask, "one", lambda found: len(parts(found)) == 2))

    assert parts(found) == [{"totals": "1", "areas": "a"}, {"totals": "2"}]


def test_many_pages_are_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "EVERY_S", 1.0)
    ask = Asked({"totals": "1"}, {"totals": "2"})

    pages = listen(*((ask, f"session {n}", lambda found: {"totals": "2"} in found) for n in range(50)))

    assert len(pages) == 50
    assert ask.times == 2


def test_a_page_whose_session_ended_is_ended_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SESSIONS_S", 0.0)
    ask = Asked(*({"totals": str(n)} for n in range(20)))

    # Who is slow gets the newest, and not each.
    def later(found: list[Any]) -> bool:
        return bool(parts(found)) and int(parts(found)[-1]["totals"]) >= 5

    gone, stays = listen((ask, "signed out", lambda _: False), (ask, "one", later))

    assert gone[-1] == "event: over"
    assert later(stays)


def test_what_is_not_here_any_more_ends_every_page() -> None:
    (found,) = listen((Asked({"totals": "1"}, NotHereError("alert:K7M2PQ")), "one", lambda _: False))

    assert found[-1] == "event: over"


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", [OperationalError("gone"), InterfaceError("closed"), ZeroDivisionError()])
def test_trouble_of_a_moment_ends_nothing(trouble: Exception) -> None:
    ask = Asked({"totals": "1"}, trouble, {"totals": "2"})

    (found,) = listen((ask, "one", lambda found: {"totals": "2"} in found))

    assert {"totals": "1"} in found


def test_nothing_new_is_said_by_a_ping() -> None:
    (found,) = listen((Asked({"totals": "1"}), "one", lambda found: bool(parts(found)) and found[-1] == ": here"))

    assert parts(found) == [{"totals": "1"}]


def test_after_a_while_everybody_comes_in_by_the_door_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LONGEST_S", 0.05)

    (found,) = listen((Asked({"totals": "1"}), "one", lambda _: False))

    assert found[-1] != "event: over"


def test_nobody_watches_nobody_asks() -> None:
    ask = Asked({"totals": "1"})

    async def go() -> tuple[int, Hub]:
        hub = Hub()
        await heard(hub, ask, "one", lambda found: bool(parts(found)))
        await asyncio.sleep(0.5)
        asked = ask.times
        await asyncio.sleep(0.5)
        return asked, hub

    asked, hub = asyncio.run(go())

    assert ask.times == asked
    assert (hub.watches, hub.many()) == ({}, 0)


def test_what_is_dear_or_still_is_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    watch = Watch(dict)

    assert watch.pause(9.0) == 1.0  # the first time more is looked up
    assert watch.pause(0.4) == streams.LONGEST_PAUSE_S
    assert watch.pause(0.4) == pytest.approx(8.0)
    watch.took.clear()
    for _ in range(streams.STILL_AFTER + 1):
        watch.take({"totals": "1"})
    assert watch.pause(0.01) == 3.0
