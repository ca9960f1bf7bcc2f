"""Curves drawn by the server as SVG: no script, no style attribute, the same on paper; the table stands beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 80.0, 24.0, 16.0, 44.0
# About so many lines across, at round numbers.
RULES = 4
_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
_MOST_TICKS = 5
_LONG = 10_000
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Tick:
    """A round number on an axis: where, and what it says."""

    at: float
    words: str


@dataclass(frozen=True)
class Line:
    """One curve: its points as SVG writes them, its name, and its last value."""

    name: str
    key: str
    points: str
    last: int
    end_y: float


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws."""

    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    floor: float = HEIGHT - BOTTOM
    top: float = TOP


def chart(*, seconds: Sequence[float], lines: Sequence[tuple[str, str, Sequence[int]]]) -> Chart | None:
    """Return curves over time, each (name, key, values); None where there is nothing to draw."""
    most = max((max(values, default=0) for _, _, values in lines), default=0)
    last = max(seconds, default=0.0)
    if not most or not last:
        return None
    step = _round_up(most / RULES)
    ceiling = step * math.ceil(most / step)

    def x(second: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * second / last, 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / ceiling, 1)

    apart = next(
        (one for one in _STEPS_S if last / one <= _MOST_TICKS), math.ceil(last / _MOST_TICKS / 86_400) * 86_400
    )
    return Chart(
        lines=tuple(
            Line(
                name=name,
                key=key,
                points=" ".join(f"{x(s)},{y(value)}" for s, value in zip(seconds, values, strict=True)),
                last=values[-1],
                end_y=y(values[-1]),
            )
            for name, key, values in lines
        ),
        across=tuple(Tick(x(n * apart), span(n * apart)) for n in range(int(last / apart) + 1)),
        up=tuple(Tick(y(n * step), short(n * step)) for n in range(ceiling // step + 1)),
    )


def short(number: int) -> str:
    """Return a number as short as it goes on an axis: 500, 2,500, 20k, 1m."""
    for unit, word in ((1_000_000, "m"), (1_000, "k")):
        if number >= unit and not number % unit and number >= _LONG:
            return f"{number // unit}{word}"
    return f"{number:,}"


def span(seconds: float) -> str:
    """Return a time since the beginning as short as it goes: 30 s, 5 min, 2 h."""
    if seconds < _MINUTE:
        return f"{seconds:g} s"
    if seconds < _HOUR * 2:
        minutes, rest = divmod(int(seconds), _MINUTE)
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    hours, rest = divmod(int(seconds), _HOUR)
    return f"{hours} h" + (f" {rest // _MINUTE} min" if rest >= _MINUTE else "")


def _round_up(number: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 ..."""
    if number <= 1:
        return 1
    ten: int = 10 ** int(math.log10(number))
    return next(ten * lead for lead in (1, 2, 5, 10) if ten * lead >= number)
