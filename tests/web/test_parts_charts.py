"""Curves as the server draws them: round numbers on the axes, nothing outside the frame."""

import pytest

from hueandcry.web.parts.charts import HEIGHT, WIDTH, chart, span


def drawn(seconds: list[float], values: list[int]) -> list[tuple[float, float]]:
    """Return the points of one curve."""
    made = chart(seconds=seconds, lines=[("Handed over", "handed", values)])
    assert made is not None
    return [(float(x), float(y)) for x, _, y in (point.partition(",") for point in made.lines[0].points.split())]


@pytest.mark.parametrize("values", [[0, 0], []])
def test_nothing_is_drawn_of_nothing(values: list[int]) -> None:
    assert chart(seconds=[0.0, 9.0][: len(values)], lines=[("Handed over", "handed", values)]) is None


@pytest.mark.parametrize("most", [1, 3, 7, 33_000, 1_000_000])
@pytest.mark.parametrize("last", [1.0, 47.0, 3601.0, 900_000.0])
def test_axes_have_round_numbers_and_hold_the_curve(most: int, last: float) -> None:
    made = chart(seconds=[0.0, last], lines=[("Handed over", "handed", [0, most])])

    assert made is not None
    assert 2 <= len(made.across) <= 8
    assert 2 <= len(made.up) <= 6
    top = made.up[-1].words.replace(",", "").replace("k", "000").replace("m", "000000")
    assert int(top) >= most
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn([0.0, last], [0, most]))


def test_a_curve_goes_up_to_the_right() -> None:
    points = drawn([0.0, 5.0, 10.0], [0, 10, 20])

    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45, "45 s"), (60, "1 min"), (93, "1 min 33 s"), (7200, "2 h"), (9000, "2 h 30 min"), (0.5, "0.5 s")],
)
def test_times_are_short(seconds: float, words: str) -> None:
    assert span(seconds) == words
