"""Mail to us, as people and servers write it: whose word is believed, what somebody wrote, and what loses nothing."""

import email
import email.policy
from typing import Any

import pytest

from hueandcry.domain.messaging.rules import own_words
from hueandcry.gateways.contract import Outgoing
from hueandcry.gateways.email.arriving import LONGEST_TEXT, Arrived, is_ours, read_mail
from hueandcry.gateways.email.marks import key_of, marked, references_in
from hueandcry.gateways.email.mime import Identity, compose
from hueandcry.kit import clock
from tests.shared_data import shared_file

KEY = key_of("a secret of this installation")
WE = Identity(
    "alerts@rural.example",
    reply_to="answers+{reference}@rural.example",
    bounces_to="bounce+{reference}@rural.example",
    key=KEY,
)
REF = "K7M2PQXXXX-12"
MARKED = marked(REF, KEY)
BOUNCE = b"""From: MAILER-DAEMON@relay.example\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; relay.example\r
\r
Final-Recipient: rfc822; farmer@example.org\r
Action: failed\r
Status: 5.1.1\r
--b\r
Content-Type: message/rfc822\r
\r
Message-ID: <%s@rural.example>\r
Subject: An alert\r
--b--\r
"""


def arrived(raw: bytes, **envelope: Any) -> Arrived:
    """Read a mail from a farmer to where answers go, unless the envelope says otherwise."""
    told = {"sender": "dell@farm.example", "recipient": f"answers+{MARKED}@rural.example", **envelope}
    return read_mail(raw, identity=WE, received_at=clock.now(), **told)


def words_of(raw: bytes, **envelope: Any) -> str:
    """Return what somebody wrote, as it is read."""
    found = arrived(raw, **envelope).incoming
    assert found is not None
    return found.body


# ---------------------------------------------------------------- whose word is believed


def test_what_goes_out_carries_a_mark_that_is_known_again() -> None:
    letter = compose(Outgoing(REF, "dell@farm.example", "A van."), WE, "Sun, 22 Nov 2026 09:00:00 +0000")

    assert references_in(letter.sender.decode(), KEY) == (REF,)
    assert references_in(letter.data.decode(), KEY) == (REF,)
    assert references_in(letter.sender.decode().upper(), KEY) == (REF,)
    assert references_in(letter.sender.decode(), key_of("another secret")) == ()


@pytest.mark.parametrize(
    "forged",
    [
        REF,
        f"{REF}.",
        f"{REF}.000000000000",
        marked("K7M2PQXXXX-13", KEY).replace("-13", "-12"),
        f"{MARKED}0",
        MARKED[:-1],
    ],
)
def test_a_reference_without_its_mark_is_not_believed(forged: str) -> None:
    assert references_in(f"bounce+{forged}@rural.example", KEY) == ()
    assert arrived(BOUNCE % forged.encode(), sender="", recipient=f"bounce+{forged}@rural.example").reference == ""


def test_without_a_key_nothing_is_believed() -> None:
    assert references_in(marked(REF, b""), b"") == ()
    assert key_of("") == b""


@pytest.mark.parametrize(
    ("recipient", "given_back"),
    [
        (f"bounce+{MARKED}@rural.example", "nothing"),
        ("alerts@rural.example", MARKED),
        ("alerts@rural.example", MARKED.lower()),
    ],
)
def test_a_bounce_is_known_by_where_it_came_or_by_what_it_gives_back(recipient: str, given_back: str) -> None:
    found = arrived(BOUNCE % given_back.encode(), sender="", recipient=recipient)

    assert (found.reference, found.incoming) == (REF, None)
    assert found.returned is not None
    assert found.returned.for_good


def test_somebody_who_quotes_a_bounce_is_no_bounce() -> None:
    raw = b"From: Dell <dell@farm.example>\r\n" + (BOUNCE % b"x").partition(b"\r\n")[2]

    found = arrived(raw)

    assert found.returned is None
    assert found.incoming is not None
    assert found.incoming.sender == "dell@farm.example"


@pytest.mark.parametrize(
    ("recipient", "ours"),
    [
        ("alerts@rural.example", True),
        ("ALERTS@Rural.Example", True),
        (f"bounce+{MARKED}@rural.example", True),
        ("answers+@rural.example", False),
        ("answers@rural.example", False),
        ("chief@rural.example", False),
        ("dell@farm.example", False),
        ("answers+x@rural.example@farm.example", False),
        ("", False),
    ],
)
def test_only_our_own_addresses_are_ours(recipient: str, *, ours: bool) -> None:
    assert is_ours(recipient, WE) == ours


# ---------------------------------------------------------------- what somebody wrote


def test_an_answer_names_what_it_answers() -> None:
    other = marked("PLJ2GK7RMD-44", KEY)
    to_plain_address = Identity("alerts@rural.example", key=KEY)
    raw = f"From: dell@farm.example\r\nIn-Reply-To: <{other}@rural.example>\r\n\r\nSaw it.\r\n".encode()

    by_address = arrived(raw).incoming
    by_header = read_mail(
        raw,
        sender="dell@farm.example",
        recipient="alerts@rural.example",
        identity=to_plain_address,
        received_at=clock.now(),
    ).incoming

    assert by_address is not None
    assert by_address.answers == REF
    assert by_header is not None
    assert by_header.answers == "PLJ2GK7RMD-44"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (holiday)",
        "Precedence: bulk",
        "List-Id: <watch.example>",
        "X-Auto-Response-Suppress: All",
    ],
)
def test_a_machine_is_known_as_one_and_its_note_to_where_bounces_go_is_dropped(header: str) -> None:
    raw = f"From: dell@farm.example\r\n{header}\r\n\r\nI am lambing.\r\n".encode()

    found = arrived(raw).incoming
    dropped = arrived(raw, recipient=f"bounce+{MARKED}@rural.example")

    assert found is not None
    assert found.automatic
    assert dropped == Arrived()


def test_a_person_is_no_machine_and_is_heard_even_where_bounces_go() -> None:
    raw = b"From: Dell <dell@farm.example>\r\nAuto-Submitted: no\r\n\r\nSaw it.\r\n"

    found = arrived(raw, recipient=f"bounce+{MARKED}@rural.example").incoming

    assert found is not None
    assert (found.body, found.automatic) == ("Saw it.", False)


def test_an_empty_sender_is_never_answered() -> None:
    found = arrived(b"From: dell@farm.example\r\n\r\nSaw it.\r\n", sender="").incoming

    assert found is not None
    assert found.automatic


def test_files_are_counted_below_the_words_and_do_not_hide_a_stop() -> None:
    raw = (
        b"From: dell@farm.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSTOP\r\n"
        b"--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename=van.jpg\r\n\r\nxxxx\r\n"
        b"--b\r\nContent-Type: application/pdf\r\n\r\nxxxx\r\n--b--\r\n"
    )

    body = words_of(raw)

    assert body == "STOP\n\n-- \n2 files came with it, which are not kept here."
    assert own_words(body, "email") == "STOP"


def test_a_page_is_read_as_words() -> None:
    raw = (
        b"From: dell@farm.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<html><head><title>x</title></head><style>p{}</style><p>Saw it at T\xc5\xb7 Mawr &amp; gone.</p>"
        b"<blockquote>A white van.</blockquote></html>"
    )

    assert words_of(raw) == "Saw it at Tŷ Mawr & gone."


@pytest.mark.parametrize("name", ["nonsense-8", "utf-8", "us-ascii", "\xff", "'; DROP"])
def test_no_charset_loses_a_mail(name: str) -> None:
    raw = b"From: dell@farm.example\r\nContent-Type: text/plain; charset=" + name.encode("latin-1")

    assert "by the bridge" in words_of(raw + b"\r\n\r\nSaw it \xff\xfe by the bridge.\r\n")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 50_000,
        b"no headers at all",
        b"From: a@b.example, c@d.example\r\nSubject: =?x?q?=ff?=\r\n\r\nSaw it.",
        b"From: " + b"<" * 60_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)),
        b"Content-Type: text/html\r\n\r\n" + b"<style" * 60_000,
        b"Content-Type: text/plain\r\n\r\n" + b"> \n" * 100_000,
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!=" + b"A" * 99_999,
    ],
    ids=[
        "nothing",
        "noise",
        "no headers",
        "two writers",
        "brackets",
        "10,000 parts",
        "deep",
        "styles",
        "quotes",
        "base64",
    ],
)
def test_nothing_that_somebody_builds_is_refused_or_too_long(raw: bytes) -> None:
    body = words_of(raw)

    assert len(body) <= LONGEST_TEXT + 100


def test_the_same_mail_has_one_name_and_another_has_another() -> None:
    raw = b"From: dell@farm.example\r\nMessage-ID: <1@farm.example>\r\n\r\nSaw it.\r\n"
    again = b"Received: from relay.example\r\n" + raw
    forged = raw.replace(b"dell@farm", b"grey@moor")

    names = [found.provider_ref for one in (raw, again, forged) if (found := arrived(one).incoming)]

    assert names[0] == names[1] != names[2]


@pytest.mark.county
def test_answers_of_real_mail_programs_are_read_without_what_they_quote() -> None:
    folder = shared_file("email-replies") / "talon" / "standard_replies"

    # The two with a text of their own expect the phone's foot too, which is no word of the writer's; one quotes in
    # Russian, which nobody here reads.
    own = {path.stem: own_words(words_of(path.read_bytes()), "email") for path in sorted(folder.glob("*.eml"))}

    assert [name for name, words in own.items() if words.split() != ["Hello"]] == ["android"]
    assert len(own) == 12


# ---------------------------------------------------------------- RFC 8058


def test_mail_programs_find_the_stop_button_where_a_signature_can_cover_it() -> None:
    button = (
        ("List-Unsubscribe", "<https://rural.example.org/my/token/stop/>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    letter = compose(
        Outgoing(REF, "dell@farm.example", "A van.", headers=button), WE, "Sun, 22 Nov 2026 09:00:00 +0000"
    )
    headers = letter.data.partition(b"\r\n\r\n")[0].split(b"\r\n")

    read = email.message_from_bytes(letter.data, policy=email.policy.default)

    assert read["List-Unsubscribe"] == button[0][1]
    assert read["List-Unsubscribe-Post"] == button[1][1]
    # DKIM covers whole headers by name: each once, each on a line that no relay needs to fold.
    assert sum(line.startswith(b"List-Unsubscribe") for line in headers) == 2
    assert max(map(len, headers)) < 200
