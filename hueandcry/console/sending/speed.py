"""How fast: one alert to everybody, several times, each time beside its floor."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hueandcry.console.sending import floors
from hueandcry.console.sending.filling import Scene, tidy
from hueandcry.console.sending.floors import Floor
from hueandcry.console.sending.processes import OTHERS, TICKS, SendingError, quiet
from hueandcry.console.sending.stage import Sent, Stage, staged

# Beyond this many nothing is sent for nothing, and of what is sent only the count is checked.
FEW_ENOUGH = 100_000
# Others may take this share of one core, or it is measured once more.
OTHERS_MAY, TRIES = 0.15, 3
# How many letters or texts a raw client has under way, as many as our own settings have.
LINES = {"smtp": 10, "postfix": 10, "http": 32, "smpp": 50, "sandbox": 0}


@dataclass(frozen=True)
class Speed:
    """One way to send, several times: seconds at least, in the middle and at most, and times the floor.

    Attributes:
        ratio: each of the seconds, times the floor in the middle.
        cpu_ratio: all CPU seconds, times those of the floor: on a busy machine this says more than seconds do.
        checked: what a sink that keeps everything said of one run before.
    """

    by: str
    sink: str
    workers: int
    apart: bool
    members: int
    seconds: Sequence[float]
    rate: int
    floor: float
    floor_with_lease: float
    ratio: Sequence[float]
    cpu_ratio: float
    checked: str
    sent: Sequence[Sent]
    floors: Sequence[Floor]


def spent_by_us(sent: Sent) -> float:
    """Return the CPU seconds of all that took part."""
    return sum(seconds for name, seconds in sent.cpu.items() if name != OTHERS)


@dataclass(frozen=True)
class Frame:
    """One message as it goes over the wire, what stands in it where each has their own, and how it was checked."""

    file: Path
    token: str
    said: str


def speed(
    scene: Scene, *, by: str, workers: int, again: int, folder: Path, patience: float = 0, apart: bool = False
) -> Speed:
    """Send one alert to everybody so often, each time beside its floor.

    `apart`: each worker is on a host of its own. With `patience` each time begins in a quiet moment, if one comes in so
    many seconds, and is done again (twice at most) when others took much of the machine meanwhile.

    Raises:
        SendingError: the sink or the workers do not start, or not everybody got it exactly once.
    """
    frame = check(scene, by=by, folder=folder)
    with staged(scene, by=by, workers=workers, apart=apart) as stage:
        if scene.members <= FEW_ENOUGH:
            stage.release()  # once for nothing: lines are open and plans made, as in a service that runs
        pairs = [_undisturbed(stage, frame, patience) for _ in range(again)]
    sent, below = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    seconds = [one.to_written for one in sent]
    three = (min(seconds), statistics.median(seconds), max(seconds))
    least = statistics.median(one.seconds for one in below)
    return Speed(
        by=by,
        sink=stage.sink.what,
        workers=workers,
        apart=apart,
        members=scene.members,
        seconds=[round(one, 3) for one in three],
        rate=round(scene.members / three[1]),
        floor=round(least, 3),
        floor_with_lease=round(statistics.median(one.with_lease for one in below), 3),
        ratio=[round(one / least, 2) for one in three],
        cpu_ratio=round(
            statistics.median(spent_by_us(one) for one in sent)
            / max(statistics.median(one.cpu for one in below), 1 / TICKS),  # a floor can be too short to be seen
            2,
        ),
        checked=frame.said,
        sent=sent,
        floors=below,
    )


def _undisturbed(stage: Stage, frame: Frame, patience: float) -> tuple[Sent, Floor]:
    for _ in range(TRIES if patience else 1):
        quiet(patience=patience)
        pair = _beside(stage, frame)
        if pair[0].cpu[OTHERS] <= OTHERS_MAY * pair[0].to_written:
            break
    return pair


def _beside(stage: Stage, frame: Frame) -> tuple[Sent, Floor]:
    raw = floors.send_raw(
        sink=stage.sink, many=stage.scene.members, frame=frame.file, token=frame.token, lines=LINES[stage.by]
    )
    sent, came = stage.release()
    floor = floors.floor(message_id=came.message_id, send=raw)
    tidy()
    return sent, floor


def check(scene: Scene, *, by: str, folder: Path) -> Frame:
    """Send once to a sink that keeps everything: each reference once, each address once; keep one as a sample.

    Raises:
        SendingError: something is missing or doubled.
    """
    with staged(scene, by=by, workers=1, recording=True) as stage:
        meant = stage.release(few=scene.members > FEW_ENOUGH)[0].many
        taken = stage.sink.taken()
    if {taken.many, taken.references, taken.addresses} != {meant}:
        raise SendingError(
            f"The sink took {taken.many} messages with {taken.references} references to {taken.addresses} addresses, "
            f"and {meant} were meant."
        )
    frame = folder / f"{by}.frame"
    frame.write_bytes(taken.sample)
    return Frame(
        frame,
        taken.token,
        f"{taken.many:,} taken, {taken.references:,} references, {taken.addresses:,} addresses, "
        f"{len(taken.sample):,} bytes each",
    )
