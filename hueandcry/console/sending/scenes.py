"""What may come between: distance, a newsletter in front, a worker that is killed."""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from hueandcry.console.sending import floors
from hueandcry.console.sending.filling import Scene, tidy
from hueandcry.console.sending.speed import LINES, check
from hueandcry.console.sending.stage import START_AGAIN, Stage, outcome, staged, waiting
from hueandcry.domain.members import queries as members
from hueandcry.domain.members.rules import Purpose
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.rules import Lane, MessageKind, Words
from hueandcry.kit import clock

ACTOR = "system:bench"
# Round trips for one message when each command waits for its answer: MAIL, RCPT, DATA, the body; a request; a submit.
TRIPS = {"smtp": 4, "postfix": 4, "http": 1, "smpp": 1}
# Connections on which one command at a time is said: as many as our own settings have, and one bind.
CONNECTIONS = {"smtp": LINES["smtp"], "postfix": LINES["postfix"], "http": LINES["http"], "smpp": 1}
# So many are sent one command at a time, to see that what is worked out is what happens.
ONE_BY_ONE = 500
NEWS = Words(text="A newsletter.", spoken="A newsletter.", subject="A newsletter", email="A newsletter. {page}")
# Urgent alerts begin when this part of the newsletter is out.
UNDER_WAY = 0.05
TIMES = 5
_HELD = "SELECT array_agg(id) FROM messaging_delivery WHERE state = 'leased'"
_STILL = "SELECT count(*) FROM messaging_delivery WHERE id = ANY(%s) AND state IN ('queued', 'leased')"


@dataclass(frozen=True)
class Far:
    """A sink some milliseconds away: messages a second, beside one command at a time on as many lines.

    Attributes:
        worked_out: messages a second with one round trip a command: lines / (trips x time there and back).
        one_by_one: the same, measured.
        raw: a raw client that does what we do.
    """

    by: str
    far_ms: float
    lines: int
    many: int
    seconds: float
    rate: float
    worked_out: float
    one_by_one: float
    raw: float
    times: float


@dataclass(frozen=True)
class Lanes:
    """Urgent alerts to the few while a newsletter is on its way: seconds from the press to the last acceptance."""

    by: str
    newsletter: int
    few: int
    seconds: Sequence[float]
    out_before: int
    out_after: int
    rate: int


@dataclass(frozen=True)
class Killed:
    """One kill: seconds until the sink took something again, and until all that the worker held was out."""

    at: int
    held: int
    goes_on: float
    recovered: float


@dataclass(frozen=True)
class Kills:
    """One alert during which workers were killed so often.

    Attributes:
        lost: meant, and not at the sink; without those that a person is to decide about.
        doubled: handed over once more than once.
    """

    by: str
    workers: int
    members: int
    kills: Sequence[Killed]
    lost: int
    doubled: int
    uncertain: int
    seconds: float


def far(scene: Scene, *, by: str, far_ms: float, folder: Path) -> Far:
    """Send one alert to everybody over a distance, beside one command at a time."""
    frame, lines = check(scene, by=by, folder=folder), LINES[by]
    with staged(scene, by=by, workers=1, far_ms=far_ms) as stage:
        one_by_one = floors.send_raw(
            sink=stage.sink, many=ONE_BY_ONE, frame=frame.file, token=frame.token, lines=lines,
            what=f"{stage.sink.raw}-one-by-one", through=stage.through,
        )  # fmt: skip
        raw = floors.send_raw(
            sink=stage.sink, many=scene.members, frame=frame.file, token=frame.token, lines=lines,
            through=stage.through,
        )  # fmt: skip
        stage.release(few=True)
        sent, _ = stage.release()
    rate, slow = scene.members / sent.to_written, ONE_BY_ONE / one_by_one.seconds
    return Far(
        by=by, far_ms=far_ms, lines=CONNECTIONS[by], many=scene.members, seconds=sent.to_written, rate=round(rate, 1),
        worked_out=round(CONNECTIONS[by] / (TRIPS[by] * far_ms / 1000), 1), one_by_one=round(slow, 1),
        raw=round(scene.members / raw.seconds, 1), times=round(rate / slow, 2),
    )  # fmt: skip


def lanes(scene: Scene, *, by: str, workers: int) -> Lanes:
    """Release urgent alerts to the few, one after the other, while a newsletter to everybody is on its way."""
    with staged(scene, by=by, workers=workers) as stage:
        stage.release(few=True)
        ready = [stage.written(few=True) for _ in range(TIMES)]
        before, about, began = stage.sink.count(), newsletter(stage), clock.now().timestamp()
        stage.until(lambda: stage.sink.count() - before > UNDER_WAY * scene.members, "the newsletter is on its way")
        out_before, took = stage.sink.count() - before, list[float]()
        for alert, meant in ready:
            pressed, _ = stage.press(alert, meant)
            stage.until(lambda alert=alert: not waiting(f"alert:{alert}"), "the alert is out", every=0.02)  # type: ignore[misc]
            took.append(round(outcome(f"alert:{alert}").last_at - pressed, 3))
            stage.over(alert)
        ended, out_after = clock.now().timestamp(), stage.sink.count() - before
        messaging.cancel(about=about)
    tidy()
    return Lanes(
        by=by, newsletter=scene.members, few=ready[0][1], seconds=took, out_before=out_before, out_after=out_after,
        rate=round(out_after / (ended - began)),
    )  # fmt: skip


def newsletter(stage: Stage) -> str:
    """Queue something for everybody that may wait; return what it is about."""
    about = f"alert:NEWS{clock.now():%H%M%S}"
    messaging.queue(
        kind=MessageKind.ALERT, about=about, organisation_id=stage.scene.organisation_id, words=NEWS,
        member_ids=members.meant_by(question=stage.question()), lane=Lane.BULK,
        expires_at=clock.now() + dt.timedelta(hours=6), invites_answers=False, purpose=Purpose.ALERT,
        channels=stage.question().channels, actor=ACTOR,
    )  # fmt: skip
    return about


def kills(scene: Scene, *, by: str, workers: int, times: int) -> Kills:
    """Kill workers so often while one alert is on its way, each starts again at once; count what came of it."""
    with staged(scene, by=by, workers=workers, recording=True) as stage:
        stage.release(few=True)
        before = stage.sink.count()
        alert, meant = stage.written()
        about = f"alert:{alert}"
        pressed, _ = stage.press(alert, meant)
        found = [_kill(stage, before, meant * number // (times + 1), number) for number in range(1, times + 1)]
        stage.until(lambda: not waiting(about), "every outcome is written")
        done, came, after = clock.now().timestamp(), outcome(about), stage.sink.taken(before)
        stage.over(alert)
    tidy()
    distinct = after.references
    uncertain = came.states.get("uncertain", 0)
    # Of those that were perhaps sent some were not: they are not lost, a person sees them.
    unsent = min(uncertain, meant - distinct)
    return Kills(
        by=by, workers=workers, members=meant, kills=found, lost=meant - distinct - unsent,
        doubled=after.many - distinct, uncertain=uncertain,
        seconds=round(done - pressed, 2),
    )  # fmt: skip


def _kill(stage: Stage, before: int, at: int, number: int) -> Killed:
    stage.until(lambda: stage.sink.count() - before >= at, "the next kill", every=stage.sink.every)
    worker = stage.crew[number % len(stage.crew)]
    worker.kill()
    killed, count = clock.now().timestamp(), stage.sink.count()
    held = _one_list(_HELD)
    time.sleep(START_AGAIN)
    worker.start()
    stage.until(lambda: stage.sink.count() > count, "it goes on", every=stage.sink.every)
    goes_on = clock.now().timestamp() - killed
    stage.until(lambda: not _still(held), "what it held is out", every=0.05)
    return Killed(at, len(held), round(goes_on, 2), round(clock.now().timestamp() - killed, 2))


def _one_list(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] or []


def _still(ids: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_STILL, [list(ids)])
        return int(cursor.fetchone()[0])
