"""The bench of audiences, small: that it fills, that all its ways give one answer, and what it says of each."""

from collections.abc import Iterator

import pytest
from django.db import connection
from rich.console import Console

from hueandcry.console import bench_audience
from hueandcry.domain.members.queries.reach import reach_differs
from hueandcry.domain.messaging.models import Delivery


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Take what the bench puts beside our tables away again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")
        had = cursor.fetchone()[0]
        yield
        cursor.execute("DROP TABLE IF EXISTS bench_geo, bench_outline, bench_message")
        if not had:
            cursor.execute("DROP EXTENSION IF EXISTS postgis")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("nothing_left")
def test_a_small_bench_gives_one_answer_by_every_way_and_leaves_no_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = bench_audience.measure(many=600, again=1)

    ours = {line.area: line for line in report.lines if line.way == "ours"}
    hand = {line.area: line for line in report.lines if line.way == "by hand, box and shapely"}
    assert (report.members, report.places) == (600, 780)
    assert list(ours) == ["rural parish", "town parish", "district", "whole force"]
    assert {area: line.members for area, line in ours.items()} == {area: line.members for area, line in hand.items()}
    assert 0 < ours["district"].members < ours["whole force"].members < 300
    assert all(line.insert_ratio is not None and line.insert_ratio > 0 for line in ours.values())
    assert reach_differs() == []
    assert not Delivery.objects.exists()
    bench_audience.show(report, Console(width=120))
    assert "600 members with 780 places" in capsys.readouterr().out
