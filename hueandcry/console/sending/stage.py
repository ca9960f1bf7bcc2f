"""One alert on its way: written, released, handed over by workers of our own to a sink, and what that took."""

import contextlib
import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from hueandcry.console.sending import hosts, relay
from hueandcry.console.sending.filling import TOPIC, Scene, beside, server_process
from hueandcry.console.sending.processes import Meter, SendingError, Watched, clean_environment, ours, until
from hueandcry.console.sending.sinks import HOST, KINDS, Sink
from hueandcry.domain.alerts import actions as alerts
from hueandcry.domain.alerts.rules import Urgency, Words, typed_needed
from hueandcry.domain.alerts.rules.kinds import Suspect
from hueandcry.domain.members.rules import AudienceQuestion, Channel, Tier
from hueandcry.kit import clock, jobs

LOOK_EVERY = 0.004
PATIENCE = 1_800.0
# The server tells of rows that were written once a second.
TOLD_AFTER = 1.1
# As `hueandcry up` starts one again that died.
START_AGAIN = 0.5
WORDS = Words(
    headline="A test of the line",
    what="This is a test: nothing has happened",
    where="Nowhere",
    ask="There is nothing to do.",
)
CHANNELS = {
    "smtp": Channel.EMAIL,
    "postfix": Channel.EMAIL,
    "http": Channel.SMS,
    "smpp": Channel.SMS,
    "sandbox": Channel.SMS,
}
_ROWS = "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_hot_upd) FROM pg_stat_user_tables"
_OF = """
    FROM messaging_delivery AS sent JOIN messaging_message AS message ON message.id = sent.message_id
    WHERE message.about = %s AND message.kind = 'alert'
"""
_WAITING = f"SELECT EXISTS (SELECT {_OF} AND sent.state IN ('queued', 'leased'))"
_STATES = f"""
    SELECT sent.state, count(*), count(DISTINCT NULLIF(sent.provider_ref, '')), min(message.id),
        max(extract(epoch FROM sent.accepted_at)) {_OF} GROUP BY sent.state
"""  # noqa: S608 - our own words only


@dataclass(frozen=True)
class Outcome:
    """What stands in the tables of one alert: rows by state, references, the message, when the last was accepted."""

    states: Mapping[str, int]
    references: int
    message_id: int
    last_at: float


@dataclass(frozen=True)
class Sent:
    """One alert: seconds from the press, what it took, what came of it.

    Attributes:
        pressed: seconds that the officer's press took: every row is written then.
        to_sink: seconds from the press to the sink's last acceptance.
        to_written: seconds from the press until the last outcome was committed.
        cpu: CPU seconds of the workers, the sink, the server, and of this process (which pressed).
        peak_mb: the most memory that each of them had.
        curve_mb: the memory of the workers each tenth of a second.
        rows: rows inserted, updated, and of these updated without touching an index.
        wal_mb: what the server wrote to its log.
    """

    many: int
    pressed: float
    to_sink: float
    to_written: float
    cpu: Mapping[str, float]
    peak_mb: Mapping[str, float]
    rows: Mapping[str, int]
    wal_mb: float
    taken: int
    states: Mapping[str, int]
    references: int
    curve_mb: Sequence[float] = field(default=(), repr=False)


@dataclass
class Stage:
    """A filled database, one sink, and workers that send to it, straight or through another port."""

    scene: Scene
    by: str
    sink: Sink
    folder: Path
    through: int = 0
    hosts: bool = False
    crew: list[Watched] = field(default_factory=list)

    def environment(self, host: int = 0) -> dict[str, str]:
        """Return the environment of a process of ours, here or on a host, that sends to the sink and nowhere else."""
        url = beside(str(connection.settings_dict["NAME"]))
        at = hosts.ours_at(host) if host else HOST
        return clean_environment(
            DATABASE_URL=hosts.seen_from(host, url) if host else url,
            LOG_LEVEL="WARNING",
            **self.sink.environment(at, self.through),
        )

    def release(self, *, few: bool = False) -> tuple[Sent, Outcome]:
        """Write an alert to everybody (or the few), press release, wait until the sink has it all and all is written.

        Raises:
            SendingError: it is not done in time, or some were lost or doubled.
        """
        alert, meant = self.written(few=few)
        about, before = f"alert:{alert}", self.sink.count()
        rows, wal = rows_written(), log_written()
        with Meter(self.groups()) as meter:
            pressed, pressing = self.press(alert, meant)
            self.until(lambda: self.sink.count() - before >= meant, "the sink has everything", every=self.sink.every)
            last = min(self.sink.last_at(), clock.now().timestamp())
            self.until(lambda: not waiting(about), "every outcome is written")
            done = clock.now().timestamp()
            cpu = meter.cpu()
        time.sleep(TOLD_AFTER)
        came, taken = outcome(about), self.sink.count() - before
        if not {"accepted", "delivered"}.issuperset(came.states) or {
            *(sum(came.states.values()), came.references, taken)
        } != {meant}:
            raise SendingError(f"{meant} were meant; the sink took {taken}; {came}.")
        after, log = rows_written(), log_written()
        self.over(alert)
        return Sent(
            many=meant,
            pressed=round(pressing, 3),
            to_sink=round(last - pressed, 3),
            to_written=round(done - pressed, 3),
            cpu=cpu,
            peak_mb={name: round(most, 1) for name, most in meter.peak_mb.items()},
            curve_mb=meter.curve_mb,
            rows={name: after[name] - rows[name] for name in rows},
            wal_mb=round((log - wal) / 1e6, 1),
            taken=taken,
            states=came.states,
            references=came.references,
        ), came

    def written(self, *, few: bool = False) -> tuple[str, int]:
        """Write an alert to everybody (or the few), and send it for approval; return its reference and how many."""
        now, author = clock.now(), self.scene.author
        alert = alerts.draft(
            officer=author,
            topic=TOPIC,
            words=WORDS,
            level=Tier.MEMBER,
            urgency=Urgency.NOW,
            occurred_at=now - dt.timedelta(minutes=1),
            expires_at=now + dt.timedelta(hours=6),
        )
        question = self.question(few=few)
        meant = alerts.choose_audience(alert_ref=alert.ref, officer=author, question=question).members
        alerts.answer_suspect(alert_ref=alert.ref, officer=author, answer=Suspect.NO)
        alerts.submit(alert_ref=alert.ref, officer=author)
        return alert.ref, meant

    def question(self, *, few: bool = False) -> AudienceQuestion:
        """Return whom an alert goes to: everybody or the few, by this stage's channel."""
        return AudienceQuestion(
            organisation_id=self.scene.organisation_id,
            areas=() if few else (self.scene.area_id,),
            schemes=(self.scene.few_id,) if few else (),
            channels=(CHANNELS[self.by],),
        )

    def press(self, alert: str, meant: int) -> tuple[float, float]:
        """Press release; return when, in seconds since 1970, and how many seconds it took."""
        pressed, begun = clock.now().timestamp(), time.perf_counter()
        alerts.approve(alert_ref=alert, officer=self.scene.approver, typed=typed_needed(members=meant))
        return pressed, time.perf_counter() - begun

    def over(self, alert: str) -> None:
        """End an alert, so that the next one does not meet it."""
        alerts.end(alert_ref=alert, officer=self.scene.approver, ending="The test is over, thank you.")

    def groups(self) -> dict[str, list[int]]:
        """Return the processes that take part, by what they are."""
        return {"workers": [one.pid for one in self.crew], "sink": self.sink.pids(), "server": [server_process()]}

    def until(self, done: Callable[[], bool], what: str, *, every: float = LOOK_EVERY) -> None:
        """Wait for something, as long as the workers live.

        Raises:
            SendingError: it did not come, or a worker ended.
        """
        until(lambda: done() or not all(one.alive for one in self.crew), what, patience=PATIENCE, every=every)
        if not done():
            dead = next(one for one in self.crew if not one.alive)
            raise SendingError(f"{dead.name} ended before {what}: {dead.last_words()}")

    def start_workers(self, many: int) -> None:
        """Start so many workers, and wait until they are ready.

        Raises:
            SendingError: one does not start.
        """
        before = jobs.workers_alive()
        for number in range(1, many + 1):
            log = self.folder / f"worker-{number}.log"
            host = number if self.hosts else 0
            inside = hosts.inside(host) if host else ()
            self.crew.append(Watched(f"worker {number}", ours("work"), self.environment(host), log, inside=inside))
            self.crew[-1].start()
        self.until(lambda: jobs.workers_alive() >= before + many, "the workers are ready", every=0.05)


@contextlib.contextmanager
def staged(
    scene: Scene, *, by: str, workers: int, recording: bool = False, far_ms: float = 0, apart: bool = False
) -> Iterator[Stage]:
    """Start a sink, `far_ms` away there and back, and workers that send to it; stop all of it at the end.

    `apart`: each worker is on a host of its own.
    """
    net = hosts.made(workers) if apart else contextlib.nullcontext()
    with net, tempfile.TemporaryDirectory(prefix="hc-bench-") as name:
        if apart:
            hosts.look(beside(str(connection.settings_dict["NAME"])))
        folder = Path(name)
        folder.chmod(0o755)
        stage = Stage(scene, by, KINDS[by](folder, recording=recording, everywhere=apart), folder, hosts=apart)
        link = relay.process(stage.sink.port, far_ms=far_ms, folder=folder) if far_ms else None
        try:
            stage.sink.start()
            if link is not None:
                stage.through = relay.start(link)
            stage.start_workers(workers)
            yield stage
        finally:
            for one in stage.crew:
                one.stop()
            if link is not None:
                link.stop()
            stage.sink.stop()


def waiting(about: str) -> bool:
    """Say whether anything of an alert still waits or is on its way."""
    return bool(one(_WAITING, about)[0])


def outcome(about: str) -> Outcome:
    """Return what stands in the tables of an alert."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [about])
        rows = cursor.fetchall()
    return Outcome(
        {row[0]: row[1] for row in rows},
        sum(row[2] for row in rows),
        min(row[3] for row in rows),
        max(float(row[4] or 0) for row in rows),
    )


def rows_written() -> dict[str, int]:
    """Return how many rows were written in this database so far."""
    inserted, updated, hot = one(_ROWS)
    return {"inserted": int(inserted), "updated": int(updated), "updated without an index": int(hot)}


def log_written() -> int:
    """Return how many bytes the server wrote to its log so far."""
    return int(one("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")[0])


def one(sql: str, *params: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Return one row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
