"""Mail that comes back, as real servers write it."""

import hmac
import json
from typing import Any

import pytest

from hueandcry.gateways.email.bounces import LONGEST, read
from hueandcry.gateways.email.marks import marked
from tests.shared_data import shared_file

REPORT = b"""From: MAILER-DAEMON@relay.example
To: bounce+K7M2PQ-12@rural.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; Farmer@Example.org
Action: failed
Status: %s
--b
Content-Type: message/rfc822

Message-ID: <K7M2PQXXXX-12@rural.example>
Subject: An alert
--b--
"""


@pytest.mark.county
def test_every_bounce_of_the_collection_is_read_as_expected() -> None:
    folder = shared_file("bounces")
    cases: list[dict[str, Any]] = json.loads((folder / "expected.json").read_text())
    told: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        told.setdefault(case["file"], []).append(case)

    wrong = []
    for name, expected in told.items():
        found = read((folder / "messages" / name).read_bytes())
        # The list tells what each reader of a format finds; where one finds nothing, another may.
        wanted = {(one.lower(), not case["temporary"]) for case in expected for one in case["addresses"]}
        got = {(one, found.final) for one in found.addresses} if found else set()
        if wanted and got != wanted:
            wrong.append((name, wanted, got))

    assert len(cases) == 116
    assert wrong == []
    # Of all 117 these five name nobody, three by the list itself; two stand in no list.
    silent = {file.name for file in (folder / "messages").iterdir() if read(file.read_bytes()) is None}
    assert len(list((folder / "messages").iterdir())) == 117
    assert silent == {"simple_43.txt", "groupwise_03.txt", "qmail_08.txt", "dumbass_01.txt", "bounce_01.txt"}


@pytest.mark.parametrize(
    ("status", "for_good"),
    [(b"5.1.1", True), (b"5.0.0", True), (b"5.2.1", True), (b"5.2.2", False), (b"4.4.7", False), (b"5.7.1", False)],
)
def test_a_full_mailbox_is_not_for_good_and_a_closed_one_is(status: bytes, *, for_good: bool) -> None:
    found = read(REPORT % status)

    assert found is not None
    assert found.addresses == ("farmer@example.org",)
    assert (found.final, found.for_good, found.status) == (True, for_good, status.decode())
    assert found.message_ids == ("K7M2PQXXXX-12",)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 1000,
        b"From: farmer@example.org\nSubject: Re: alert\n\nSaw it at the bridge.\n",
        b"From: farmer@example.org\nAuto-Submitted: auto-replied\nSubject: Away\n\nI am lambing.\n",
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 10_000,
        b"Content-Type: multipart/report; boundary=" + b"a" * 5000 + b"\n\nStatus: 5.1.1\n",
    ],
)
def test_what_is_no_bounce_is_none(raw: bytes) -> None:
    assert read(raw) is None


def test_no_more_is_read_than_a_bounce_has() -> None:
    assert read(REPORT % b"5.1.1" + b"x" * (3 * LONGEST)) is not None


@pytest.mark.parametrize("length", [1, 32, 64, 65, 200])
def test_a_mark_is_the_hmac_of_its_reference(length: int) -> None:
    key = bytes(range(length))

    mark = marked("K7M2PQXXXX-1", key).rpartition(".")[2]

    assert mark == hmac.digest(key, b"K7M2PQXXXX-1", "sha256").hex()[:12]
