"""Measuring sending, small: that it is refused on somebody's database, that nothing leads outside, that figures add up.

Programs of others (smtp-sink, nginx, Node with smpp) are asked where they are; CI has none of them, and measures the
sandbox.
"""

import itertools
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from rich.console import Console

from hueandcry.console import bench_send
from hueandcry.console.main import main
from hueandcry.console.sending import filling, floors, processes, scenes, speed, stage
from hueandcry.console.sending.filling import Scene
from hueandcry.console.sending.processes import SendingError, listens
from hueandcry.console.sending.receipts import receipts
from hueandcry.console.sending.sinks import SBIN, PostfixSink, SmppSink, SmtpSink

FEW = 320


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Skip where a program of others is missing."""
    there = shutil.which(program) or shutil.which(program, path=SBIN)
    return pytest.mark.skipif(not there, reason=f"{program} is not on this machine (Debian: {package}).")


no_smpp = pytest.mark.skipif(
    not (shutil.which("node") and (configured.BASE_DIR / "node_modules" / "smpp").is_dir()),
    reason="Node or the npm package smpp is not on this machine: type `make setup`.",
)


@pytest.fixture
def scene(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a filled database, and wait for no figures that only a long run needs."""
    monkeypatch.setattr(stage, "TOLD_AFTER", 0)
    monkeypatch.setattr(filling, "tidy", lambda: None)
    monkeypatch.setattr(speed, "tidy", lambda: None)
    monkeypatch.setattr(scenes, "tidy", lambda: None)
    monkeypatch.setattr(scenes, "ONE_BY_ONE", 40)
    return filling.fill(FEW)


def measured(scene: Scene, by: str, folder: Path) -> speed.Speed:
    """Measure once, and print it to nobody."""
    line = speed.speed(scene, by=by, workers=1, again=1, folder=folder)
    bench_send.show_speed(line, Console(quiet=True))
    return line


# ---------------------------------------------------------------- nothing leads outside


@pytest.mark.django_db
def test_a_database_of_somebody_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", "hueandcry")

    assert main(["bench", "send", "--here"]) == 1

    assert "hueandcry is not a database of the bench's own" in capsys.readouterr().err


def test_what_it_starts_knows_no_provider_of_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SMS", "somewhere.live.Text")
    monkeypatch.setenv("MAIL_PASSWORD", "secret")
    monkeypatch.setenv("SITE_ADDRESS", "https://rural.example.police.uk")

    environment = processes.clean_environment(DATABASE_URL="postgresql://elsewhere/")

    assert not {"GATEWAY_SMS", "MAIL_PASSWORD", "SITE_ADDRESS"} & set(environment)
    assert environment["DATABASE_URL"] == "postgresql://elsewhere/"
    assert environment["PATH"]


def test_a_missing_program_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)

    with pytest.raises(SendingError, match=r"smtp-sink is not on this machine: install it \(Debian: apt install"):
        SmtpSink(tmp_path)


def test_what_was_asked_for_is_said_again_to_the_process_in_the_other_database() -> None:
    import argparse

    parser = argparse.ArgumentParser()
    bench_send.add(parser)
    words = [
        "--members",
        "500",
        "--by",
        "smtp",
        "http",
        "--workers",
        "1",
        "2",
        "--again",
        "2",
        "--quiet",
        "3",
        "--json",
    ]
    words += ["--slow-ms", "20", "--kill", "2", "--lanes", "--hosts"]
    args = parser.parse_args([*words, "--receipts", "--peers", "kannel"])

    assert parser.parse_args(list(bench_send._words(args))) == args


# ---------------------------------------------------------------- with the sandbox: everywhere


def test_without_programs_of_others_the_sandbox_is_measured(scene: Scene, tmp_path: Path) -> None:
    line = measured(scene, "sandbox", tmp_path)

    one = line.sent[0]
    assert line.members == one.many == one.taken == one.references == sum(one.states.values()) == FEW
    assert 0 < one.pressed < one.to_written
    assert line.floor > 0
    assert line.ratio[1] == pytest.approx(one.to_written / line.floors[0].seconds, rel=0.1)
    assert line.checked.startswith("320 taken, 320 references, 320 addresses")


def test_urgent_alerts_are_timed_while_a_newsletter_is_on_its_way(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenes, "TIMES", 2)

    line = scenes.lanes(scene, by="sandbox", workers=1)

    bench_send.show_lanes(line, Console(quiet=True))
    assert (line.newsletter, line.few, len(line.seconds)) == (FEW, filling.FEW, 2)
    assert all(seconds > 0 for seconds in line.seconds)


def test_what_kills_lose_and_double_is_counted(scene: Scene) -> None:
    line = scenes.kills(scene, by="sandbox", workers=1, times=0)

    bench_send.show_kills(line, Console(quiet=True))
    assert (line.members, line.lost, line.doubled, line.uncertain) == (FEW, 0, 0, 0)


# ---------------------------------------------------------------- with programs of others: where they are


@needs("smtp-sink", "postfix")
def test_a_relay_far_away_is_beside_one_command_at_a_time(scene: Scene, tmp_path: Path) -> None:
    line = scenes.far(scene, by="smtp", far_ms=10, folder=tmp_path)

    bench_send.show_far(line, Console(quiet=True))
    # Four round trips of 10 ms on ten lines: 250 a second and not one more.
    assert line.worked_out == 250
    assert 0 < line.one_by_one <= 250
    assert line.raw > line.one_by_one


@needs("postfix", "postfix")
@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can start a Postfix.")
def test_a_relay_that_takes_letters_ahead_is_measured_and_goes_afterwards() -> None:
    with tempfile.TemporaryDirectory(prefix="hc-bench-") as folder:
        Path(folder).chmod(0o755)
        offers, said, taken, port = _said_ahead(PostfixSink(Path(folder), recording=True))

    assert b"250-PIPELINING\r\n" in offers
    assert said == [b"250"] * 3
    assert (taken.many, taken.addresses) == (1, 1)
    processes.until(lambda: not listens(port), "it is gone", patience=5)


@needs("postfix", "postfix")
@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can start a Postfix.")
def test_a_folder_whose_name_is_too_long_for_a_relay_is_said(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()

    with pytest.raises(SendingError, match="TMPDIR"):
        PostfixSink(folder)


def _said_ahead(sink: PostfixSink) -> tuple[list[bytes], list[bytes], Any, int]:
    sink.start()
    try:
        with socket.create_connection(("127.0.0.1", sink.port)) as line, line.makefile("rb") as heard:
            line.sendall(b"EHLO bench.example.org\r\n")
            offers = list(itertools.takewhile(lambda offer: not offer.startswith(b"250 "), heard))
            line.sendall(b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n")
            line.sendall(b"BDAT 21 LAST\r\nSubject: x\r\n\r\nhello\r\n")
            said = [heard.readline()[:3] for _ in range(3)]
        return offers, said, sink.taken(), sink.port
    finally:
        sink.stop()


@needs("nginx", "nginx-light")
def test_texts_by_requests_and_their_receipts_are_measured(scene: Scene, tmp_path: Path) -> None:
    line = receipts(scene, by="http", workers=1, folder=tmp_path)

    bench_send.show_receipts(line, Console(quiet=True))
    assert line.many == FEW
    assert line.kept > 0
    assert line.first <= line.last


@no_smpp
def test_texts_come_once_each_by_smpp_and_a_raw_client_says_the_same(scene: Scene, tmp_path: Path) -> None:
    frame = speed.check(scene, by="smpp", folder=tmp_path)
    sink = SmppSink(tmp_path)
    sink.start()
    try:
        raw = floors.send_raw(sink=sink, many=50, frame=frame.file, token=frame.token, lines=10)
    finally:
        sink.stop()

    assert frame.said.startswith("320 taken, 320 references, 320 addresses")
    assert raw.seconds > 0
