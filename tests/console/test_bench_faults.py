"""Making faults: what can be tried without any, in this process."""

import argparse
import contextlib
import io
import json
import socket
import struct
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import OperationalError
from rich.console import Console

from hueandcry.console import bench_faults
from hueandcry.console.sending import faults
from hueandcry.console.sending.cutter import Cutter
from hueandcry.console.sending.faults import Fault
from hueandcry.console.sending.processes import SendingError
from hueandcry.console.sending.takers import FORGETS, KINDS, KNOWS, Taker


@pytest.fixture
def taker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Taker]:
    """Start a provider of the kind that a test names."""
    made = Taker(request.param, tmp_path)
    made.start()
    yield made
    made.kill()


def asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bench_faults.add(parser)
    return parser.parse_args(words)


def post(port: int, reference: str) -> None:
    body = json.dumps({"ref": reference, "to": "+447700900101"}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/texts", body, timeout=60) as answer:
        assert json.load(answer) == {"id": f"far-{reference}"}


def test_a_fault_or_a_provider_that_is_not_known_is_refused() -> None:
    for word in ("flood", "worker:pigeon"):
        with pytest.raises(SendingError, match="There is no fault"):
            bench_faults.run(asked(["--only", word]))


def test_too_few_members_are_refused() -> None:
    with pytest.raises(SendingError, match="Fewer than 1000"):
        bench_faults.run(asked(["--members", "10"]))


def test_every_fault_is_tried_with_providers_that_there_are() -> None:
    assert {by for kind in faults.KINDS.values() for by in kind.by} == {*KINDS, "sandbox"}


def test_what_could_not_be_tried_says_why_instead_of_figures(capsys: pytest.CaptureFixture[str]) -> None:
    came = [Fault("disk", "a full disk", "smtp", skipped="That is for root."), Fault("worker", "a kill", "http", 1200)]

    for fault in came:
        bench_faults._say(fault, as_json=False)
    bench_faults._say(came[1], as_json=True)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(bench_faults.shown(came))

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a full disk, by smtp: That is for root."
    assert lines[1] == "a kill, by http: of 1,200 lost 0, doubled 0, a person decides 0; 0.0 s"
    assert json.loads(lines[2])["meant"] == 1200
    table = console.export_text()
    assert "That is for root." in table
    assert "1,200" in table


@pytest.mark.parametrize(
    ("by", "came", "is_bad"),
    [
        ("smtp", {"doubled": 200}, False),
        ("smtp", {"doubled": 201}, True),
        ("smtp", {"uncertain": 1}, True),
        ("smtp", {"lost": 1}, True),
        ("smpp", {"uncertain": 200}, False),
        ("smpp", {"uncertain": 201}, True),
        ("smpp", {"doubled": 1}, True),
        (FORGETS, {"uncertain": 200}, False),
        (FORGETS, {"doubled": 1}, True),
        (KNOWS, {}, False),
        (KNOWS, {"doubled": 1}, True),
        (KNOWS, {"uncertain": 1}, True),
        ("sandbox", {"doubled": 1}, True),
    ],
)
def test_a_fault_that_doubles_or_asks_about_more_than_was_in_flight_is_bad(
    by: str,
    came: dict[str, int],
    is_bad: bool,  # noqa: FBT001 - of the table above
) -> None:
    doubled, asked = faults.most(by, workers=1)

    fault = replace(Fault("worker", "a kill", by, 1200, most_doubled=doubled, most_uncertain=asked), **came)  # type: ignore[arg-type]

    assert fault.is_bad is is_bad


@pytest.mark.parametrize(("taker", "most"), [(KNOWS, 2), (FORGETS, 3)], indirect=["taker"])
def test_a_provider_that_knows_our_reference_delivers_one_also_after_its_end(taker: Taker, most: int) -> None:
    post(taker.port, "K7M2PQ-1")
    post(taker.port, "K7M2PQ-2")
    taker.kill()
    taker.start()
    post(taker.port, "K7M2PQ-1")

    assert len(taker.taken()) == most


@pytest.mark.parametrize("taker", ["smpp"], indirect=True)
def test_a_text_by_smpp_is_kept_before_it_is_answered(taker: Taker) -> None:
    body = b"\0\x05\0Bench\0\x01\x01" + b"447700900101\0" + bytes(9)

    with socket.create_connection(("127.0.0.1", taker.port), 60) as line:
        line.sendall(struct.pack(">IIII", 16 + len(body), 4, 0, 7) + body)
        head = struct.unpack(">IIII", line.recv(16))

    assert head[1:] == (0x80000004, 0, 7)
    assert taker.taken() == [b"|447700900101"]


@pytest.mark.parametrize("taker", [KNOWS], indirect=True)
def test_into_a_line_that_is_cut_everybody_speaks_in_vain_until_it_is_mended(taker: Taker, tmp_path: Path) -> None:
    line = Cutter(taker.port, tmp_path)
    line.start()
    try:
        post(line.port, "K7M2PQ-1")
        with socket.create_connection(("127.0.0.1", line.port), 60) as open_before:
            open_before.settimeout(0.3)
            line.cut()
            open_before.sendall(b"POST /texts HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
            with pytest.raises(TimeoutError):
                open_before.recv(1)
            line.mend()
            open_before.settimeout(60)
            with contextlib.suppress(ConnectionResetError):
                assert open_before.recv(1) == b""
        post(line.port, "K7M2PQ-2")
    finally:
        line.stop()

    assert len(taker.taken()) == 2


@pytest.mark.django_db
def test_a_server_whose_question_fails_is_asked_calmly() -> None:
    def away() -> int:
        raise OperationalError("away")

    assert faults.calmly(away, 7) == 7
    assert faults.calmly(lambda: 3, 7) == 3
