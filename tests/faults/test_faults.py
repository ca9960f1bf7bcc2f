"""One alert on its way, and something dies: nothing lost, next to nothing doubled, and it recovers by itself.

These are real processes, a PostgreSQL of their own and providers outside, by `hueandcry bench faults`. Here are those
that stand for the others; the bench makes them all (docs/operate/faults.md). No time is asserted but that it recovers.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
# So many that a worker is killed while it has some in its hands, however fast it is.
MANY = 6_000
# As many as may be handed over and not yet written, in all hands of one worker.
WINDOW = 200
RECOVERS_WITHIN = 60.0
# What each may double. A worker whose provider would deliver twice, two at once whose letters bear it, what all else
# hangs on, a cut of which nobody is told, and a press that is broken off.
HERE = {
    "release:smtp": 0,
    "worker:smpp": 0,
    "workers:smtp": 2 * WINDOW,
    "database:smtp": WINDOW,
    "database-line:smtp": WINDOW,
}


def test_nothing_is_lost_whatever_dies(subtests: pytest.Subtests) -> None:
    command = [sys.executable, "-m", "hueandcry.console.main", "bench", "faults", "--json"]
    done = subprocess.run(
        [*command, "--members", str(MANY), "--only", *HERE],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "hueandcry.config.settings"},  # noqa: TID251 - another process
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )

    came = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [f"{fault['name']}:{fault['by']}" for fault in came] == list(HERE), done.stderr[-2000:]
    assert done.returncode == 0
    for fault, most in zip(came, HERE.values(), strict=True):
        with subtests.test(fault["what"], by=fault["by"]):
            sys.stdout.write(f"{fault['what']}, by {fault['by']}: everything was out {fault['seconds']} s later\n")
            assert fault["lost"] == 0
            assert fault["doubled"] <= most
            assert most in {0, fault["most_doubled"]}
            assert fault["seconds"] < RECOVERS_WITHIN
            # What would come twice is for a person; what bears it is sent again by itself.
            assert (fault["uncertain"] > 0) is (fault["by"] == "smpp")
            assert fault["uncertain"] <= WINDOW


def test_a_fault_that_nobody_knows_is_refused() -> None:
    command = [sys.executable, "-m", "hueandcry.console.main", "bench", "faults", "--only", "flood"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "There is no fault 'flood'" in done.stderr
