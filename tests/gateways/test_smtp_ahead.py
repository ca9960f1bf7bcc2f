"""Letters that go ahead of their answers (BDAT, RFC 3030): to a real Postfix where there is one, and to bad relays."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.gateways.contract import Fate, Handover
from hueandcry.gateways.email.mime import compose
from hueandcry.gateways.email.smtp import AHEAD, PERHAPS, relay_as_set
from hueandcry.gateways.email.smtp_wire import Conversation, Letter, Terms, Trouble
from tests.gateways.peers.scripted import Talk, scripted
from tests.gateways.peers.smtp import free_port
from tests.gateways.test_smtp import DATE, SHORT, WE, gateway_to, outgoing, said_of

OFFERS = ("PIPELINING", "CHUNKING")
EHLO = b"220 hello\r\n250-hello\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
GOOD = b"250 ok\r\n"


class Relay:
    """A decent relay that takes chunks; `answer` may say something else to a line."""

    def __init__(self, answer: Callable[[str], str] = lambda _line: "") -> None:
        self.heard: list[str] = []
        self.letters: list[bytes] = []
        self.most = 0
        self._answer = answer

    def __call__(self, talk: Talk, *offers: str) -> None:
        """Speak as a relay until the client goes."""
        talk.greet(*(offers or OFFERS))
        self.go_on(talk)

    def go_on(self, talk: Talk) -> None:
        """Answer what comes, each line by itself."""
        refused = False
        while (line := talk.hear()) and line != "QUIT":
            self.heard.append(line)
            reply = self._answer(line)
            if line.startswith("BDAT"):
                body = talk.chunk(line)
                reply = "503 5.5.1 no" if refused else reply
                if not reply:
                    self.letters.append(body)
            elif line == "DATA":
                talk.say("354 go on")
                self.letters.append(talk.letter())
            refused = line != "RSET" and (refused or reply[:1] in {"4", "5"})
            talk.say(reply or "250 2.0.0 OK")


def by_number(said: list[Handover]) -> dict[str, tuple[Fate, bool]]:
    """Return what became of each letter, by its number."""
    assert len({one.reference for one in said}) == len(said)
    return {one.reference.rpartition("-")[2]: (one.fate, one.try_again) for one in said}


def ready(letters: int = 0) -> tuple[Conversation, list[Letter]]:
    """Return a conversation that has proven itself with one letter, and has so many ahead."""
    talk = Conversation(Terms("desk.example.org", "none"))
    talk.take(EHLO)
    talk.give(letter_of(0))
    talk.take(GOOD * 3)
    assert [verdict.letter.reference for verdict in talk.verdicts] == ["0"]
    talk.verdicts.clear()
    talk.sent(len(talk.out))
    ahead = [letter_of(number) for number in range(1, letters + 1)]
    for letter in ahead:
        talk.give(letter)
    return talk, ahead


def letter_of(number: int) -> Letter:
    """Return a short letter."""
    return Letter(str(number), b"a@example.org", b"b%d@example.org" % number, b"Subject: x\r\n\r\n..x\r\n.\r\n")


# ---------------------------------------------------------------- what goes over the wire


def test_letters_go_whole_and_several_ahead_without_waiting() -> None:
    messages = [outgoing(number, body=f"Line.\n.\n..dots {number}\n") for number in range(6)]
    heard: list[str] = []
    bodies: list[bytes] = []

    def withholds(talk: Talk) -> None:
        talk.greet(*OFFERS)
        for number in range(6):
            heard.extend(talk.hear() for _ in range(4 if number else 3))
            bodies.append(talk.chunk(heard[-1]))
            if not number:
                talk.say("250 OK", "250 OK", "250 OK")
        # Nothing is said to any of them before all have come.
        talk.say(*["250 OK"] * 20)

    said = said_of(withholds, messages, connections=1)

    assert set(by_number(said).values()) == {(Fate.ACCEPTED, False)}
    assert [line[:4] for line in heard] == ["MAIL", "RCPT", "BDAT"] + ["RSET", "MAIL", "RCPT", "BDAT"] * 5
    dates = compose(messages[0], WE, DATE).data[:-3].partition(b"Date:")[0]
    assert bodies[0].startswith(dates)
    assert [body.partition(b"\r\n\r\n")[2] for body in bodies] == [
        b"Line.\r\n.\r\n..dots %d\r\n" % number for number in range(6)
    ]


def test_the_first_letter_of_a_line_goes_alone() -> None:
    talk = Conversation(Terms("desk.example.org", "none"))
    talk.take(EHLO)
    before = talk.room(AHEAD)
    talk.give(letter_of(1))
    meanwhile = talk.room(AHEAD)

    talk.take(GOOD * 3)

    assert (before, meanwhile, talk.room(AHEAD)) == (1, 0, AHEAD)


def test_never_more_than_a_few_are_ahead_and_the_last_are_shared() -> None:
    talk, _ = ready(AHEAD)
    full = talk.room(AHEAD)
    talk.take(GOOD * 4 * (AHEAD // 2))

    assert full == 0
    assert talk.room(AHEAD) == AHEAD // 2
    assert talk.room(3) == 0


def test_what_is_written_already_and_large_lets_nobody_behind() -> None:
    talk, _ = ready()
    talk.give(Letter("1", b"a@example.org", b"b@example.org", b"x" * 100_000 + b"\r\n.\r\n"))

    assert talk.room(AHEAD) == 0


def test_size_and_international_addresses_are_said_as_with_data() -> None:
    talk = Conversation(Terms("desk.example.org", "none"))
    talk.take(b"220 hello\r\n250-hello\r\n250-PIPELINING\r\n250-SIZE 5000\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n")
    talk.sent(len(talk.out))

    talk.give(Letter("1", b"a@example.org", "ŷ@example.org".encode(), b"one\r\n..x\r\n.\r\n", "", international=True))

    assert bytes(talk.out) == (
        b"MAIL FROM:<a@example.org> SIZE=9 SMTPUTF8 BODY=8BITMIME\r\nRCPT TO:<\xc5\xb7@example.org>\r\n"
        b"BDAT 9 LAST\r\none\r\n.x\r\n"
    )


@pytest.mark.parametrize(
    ("offers", "chunking"), [(("CHUNKING",), True), (("PIPELINING",), True), (("PIPELINING", "CHUNKING"), False)]
)
def test_where_it_is_not_offered_or_not_wanted_letters_go_as_before(offers: tuple[str, ...], chunking: bool) -> None:  # noqa: FBT001
    relay = Relay()

    said = said_of(lambda talk: relay(talk, *offers), [outgoing(1), outgoing(2)], connections=1, chunking=chunking)

    assert [one.fate for one in said] == [Fate.ACCEPTED] * 2
    assert {line[:4] for line in relay.heard} == {"MAIL", "RCPT", "DATA"}


def test_the_setting_turns_it_off(settings: Any) -> None:
    settings.MAIL_CHUNKING = False
    off = relay_as_set().chunking
    settings.MAIL_CHUNKING = True

    assert (off, relay_as_set().chunking) == (False, True)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("begins", "answer", "fate", "again"),
    [
        ("RCPT TO:<member3@", "550 5.1.1 no such", Fate.BOUNCED, False),
        ("RCPT TO:<member3@", "450 4.2.0 later", Fate.UNKNOWN, True),
        ("MAIL FROM:<bounce+K7M2PQXXXX-3@", "552 5.3.4 too large", Fate.FAILED, False),
        ("MAIL FROM:<bounce+K7M2PQXXXX-3@", "550 5.7.1 not you", Fate.UNKNOWN, True),
    ],
)
def test_one_that_is_refused_by_its_envelope_leaves_the_others_alone(
    begins: str,
    answer: str,
    fate: Fate,
    again: bool,  # noqa: FBT001
) -> None:
    relay = Relay(lambda line: answer if line.startswith(begins) else "")
    identity = type(WE)(WE.address, WE.name, "", "bounce+{reference}@police.example.org")

    said = said_of(relay, [outgoing(number) for number in range(8)], connections=1, identity=identity)

    rest = {str(number): (Fate.ACCEPTED, False) for number in range(8) if number != 3}
    assert by_number(said) == {"3": (fate, again), **rest}
    assert len(relay.letters) == 7
    assert not any(b"member3@" in letter for letter in relay.letters)


@pytest.mark.parametrize(
    ("answer", "fate", "again"),
    [
        ("552 5.2.3 too large", Fate.FAILED, False),
        ("451 4.3.0 later", Fate.UNKNOWN, True),
        ("554 5.7.1 spam", Fate.FAILED, False),
    ],
)
@pytest.mark.parametrize("which", [0, 3])
def test_one_whose_body_is_refused_leaves_the_others_alone(which: int, answer: str, fate: Fate, again: bool) -> None:  # noqa: FBT001
    seen: list[str] = []

    def refuses(line: str) -> str:
        if line.startswith("BDAT"):
            seen.append(line)
            return answer if len(seen) == which + 1 else ""
        return ""

    relay = Relay(refuses)

    said = said_of(relay, [outgoing(number) for number in range(8)], connections=1)

    rest = {str(number): (Fate.ACCEPTED, False) for number in range(8) if number != which}
    assert by_number(said) == {str(which): (fate, again), **rest}
    assert len(relay.letters) == 7


@pytest.mark.parametrize("answer", ["500 what", "502 5.5.2 not built"])
def test_a_relay_that_does_not_know_what_it_offers_gets_data_from_then_on(answer: str) -> None:
    relay = Relay(lambda line: answer if line.startswith("BDAT") else "")
    messages = [outgoing(number) for number in range(8)]

    with scripted(relay) as port, gateway_to(port, connections=1) as gateway:
        said = [*gateway.send(messages[:4]), *gateway.send(messages[4:])]

    assert set(by_number(said).values()) == {(Fate.ACCEPTED, False)}
    assert len(relay.letters) == len(said) == 8
    assert sum(line.startswith("BDAT") for line in relay.heard) == 1


def test_a_relay_that_reads_a_refused_letter_as_commands_is_noticed_and_nobody_is_refused_for_it() -> None:
    """Exchange 2000 and others did so: the chunk of a letter whose address they refused was taken for commands."""
    letters: list[bytes] = []

    def spills(talk: Talk) -> None:
        talk.greet(*OFFERS)
        refused = False
        while (line := talk.hear()) and line != "QUIT":
            if line[:4] in {"MAIL", "RSET"}:
                refused = False
                talk.say("250 OK")
            elif line.startswith("RCPT"):
                refused = "member2@" in line
                talk.say("550 5.1.1 no" if refused else "250 OK")
            elif line.startswith("BDAT"):
                if not refused:
                    letters.append(talk.chunk(line))
                talk.say("503 no" if refused else "250 OK")
            elif line == "DATA":
                talk.say("503 no" if refused else "354 go on")
                if not refused:
                    letters.append(talk.letter())
                    talk.say("250 OK")
            else:
                talk.say("500 what")

    with scripted(spills) as port, gateway_to(port, connections=1) as gateway:
        said = list(gateway.send([outgoing(number) for number in range(8)]))

        assert not gateway._pool.chunking
    found = by_number(said)
    assert found["2"] == (Fate.BOUNCED, False)
    assert {one for number, one in found.items() if number != "2"} <= {(Fate.ACCEPTED, False), (Fate.UNKNOWN, True)}
    assert [one.perhaps for one in said if one.fate == Fate.UNKNOWN] == [True] * sum(
        one.fate == Fate.UNKNOWN for one in said
    )
    assert len(found) == 8
    assert found["7"] in {(Fate.ACCEPTED, False), (Fate.UNKNOWN, True)}


def test_a_letter_that_is_refused_and_taken_is_perhaps_sent() -> None:
    talk, (one, two) = ready(2)
    talk.sent(len(talk.out))

    with pytest.raises(Trouble, match="not SMTP"):
        talk.take(b"250 ok\r\n450 later\r\n250 ok\r\n250 ok\r\n")

    assert talk.lost() == ([one, two], [])


# ---------------------------------------------------------------- lines that end in the middle


def test_a_line_cut_in_the_middle_loses_nobody_and_doubles_at_most_what_was_unanswered() -> None:
    taken: list[bytes] = []

    def cut(talk: Talk) -> None:
        talk.greet(*OFFERS)
        for number in range(4 if not talk.number else 100):
            while not (line := talk.hear()).startswith("BDAT"):
                if not line or line == "QUIT":
                    return
            taken.append(talk.chunk(line))
            # The third and fourth are taken and never answered.
            if talk.number or number < 2:
                talk.say(*["250 OK"] * (4 if number else 3))

    said = said_of(cut, [outgoing(number) for number in range(20)], connections=1)

    perhaps = {one.reference for one in said if one.perhaps}
    assert len(by_number(said)) == 20
    assert {one.detail for one in said if one.perhaps} == {PERHAPS}
    assert {one.fate for one in said if not one.perhaps} == {Fate.ACCEPTED}
    assert {outgoing(2).reference, outgoing(3).reference} <= perhaps
    assert len(perhaps) <= AHEAD
    twice = Counter(letter.partition(b"Message-ID: ")[2].partition(b"\r\n")[0] for letter in taken)
    assert max(twice.values()) == 1


def test_what_did_not_leave_us_whole_was_not_sent() -> None:
    talk, ahead = ready(3)
    one = len(talk.out) // 3

    talk.sent(2 * one - 1)

    assert talk.lost() == (ahead[:1], ahead[1:])


def test_what_was_refused_before_the_line_was_lost_was_not_sent() -> None:
    talk, ahead = ready(3)
    talk.sent(len(talk.out))
    talk.take(b"250 ok\r\n250 ok\r\n550 5.1.1 no\r\n")

    assert talk.lost() == (ahead[1:], ahead[:1])


@pytest.mark.parametrize(
    ("came", "said", "untouched"),
    [
        (b"421 4.3.2 down\r\n", [], ["1", "2"]),
        (b"250 ok\r\n421 4.3.2 down\r\n", [], ["1", "2"]),
        (b"250 ok\r\n250 ok\r\n421 4.3.2 down\r\n", [], ["1", "2"]),
        (b"250 ok\r\n250 ok\r\n250 ok\r\n421 4.3.2 down\r\n", [421], ["2"]),
        (b"250 ok\r\n250 ok\r\n550 no\r\n421 4.3.2 down\r\n", [550], ["2"]),
        (b"250 ok\r\n" * 4 + b"421 4.3.2 down\r\n", [250], ["2"]),
    ],
)
def test_what_stands_behind_the_end_was_not_taken(came: bytes, said: list[int], untouched: list[str]) -> None:
    talk, _ = ready(2)
    talk.sent(len(talk.out))

    with pytest.raises(Trouble) as trouble:
        talk.take(came)

    assert trouble.value.throttled
    assert [verdict.reply.code for verdict in talk.verdicts] == said
    assert tuple([letter.reference for letter in found] for found in talk.lost()) == ([], untouched)


def test_letters_behind_a_relay_s_limit_for_a_line_go_on_another_at_once() -> None:
    taken: list[str] = []

    def takes_three(talk: Talk) -> None:
        """Answer as Exim does at `smtp_accept_max_per_connection`: 421 in its place, and on."""
        talk.greet(*OFFERS)
        many = 0
        while (line := talk.hear()) and line != "QUIT":
            if line.startswith("BDAT"):
                talk.chunk(line)
                taken.extend(["x"] if many <= 3 else [])
                talk.say("250 OK" if many <= 3 else "503 Valid RCPT command must precede BDAT")
            elif line.startswith("MAIL"):
                many += 1
                talk.say("250 OK" if many <= 3 else "421 too many messages in this connection")
            else:
                talk.say("250 OK" if many <= 3 or line == "RSET" else "503 sender not yet given")

    said = said_of(takes_three, [outgoing(number) for number in range(7)], connections=1)

    assert set(by_number(said).values()) == {(Fate.ACCEPTED, False)}
    assert len(taken) == 7


def test_a_relay_that_says_no_more_leaves_all_that_went_perhaps_sent() -> None:
    def hangs(talk: Talk) -> None:
        talk.greet(*OFFERS)
        for _ in range(3):
            line = talk.hear()
        talk.chunk(line)
        talk.say("250 OK", "250 OK", "250 OK")
        while talk.hear():
            pass

    said = said_of(hangs, [outgoing(number) for number in range(4)], connections=1, answer=SHORT)

    assert [one.perhaps for one in said] == [False, True, True, True]
    assert len(by_number(said)) == 4


def test_a_letter_under_which_lines_break_takes_few_along_and_goes_alone_from_then_on() -> None:
    def breaks_at_two(talk: Talk) -> None:
        talk.greet(*OFFERS)
        while (line := talk.hear()) and "member2@" not in line:
            if line.startswith("BDAT"):
                talk.chunk(line)
            talk.say("250 OK")

    said = said_of(breaks_at_two, [outgoing(number) for number in range(20)], connections=1)

    assert len(by_number(said)) == 20
    assert {one.fate for one in said if not one.try_again} == {Fate.ACCEPTED}
    assert sum(one.try_again for one in said) <= AHEAD


def test_letters_go_ahead_to_a_slow_reader_in_pieces() -> None:
    relay = Relay()

    def slow(talk: Talk) -> None:
        talk.greet(*OFFERS)
        time.sleep(0.2)
        relay.go_on(talk)

    body = "A line of a very long letter.\n" * 100_000

    said = said_of(slow, [outgoing(number, body=body) for number in range(4)], connections=1)

    assert set(by_number(said).values()) == {(Fate.ACCEPTED, False)}
    assert {len(letter.partition(b"\r\n\r\n")[2]) for letter in relay.letters} == {len(body) + 100_000}


# ---------------------------------------------------------------- the wire alone


_LINES = st.sampled_from(
    ["250 ok", "250 ok", "250 ok", "250 ok", "550 5.1.1 no", "450 later", "354 go on", "500 what", "421 bye",
     "250-more\r\n250 ok", "nonsense"]
)  # fmt: skip


@given(st.lists(_LINES, max_size=16), st.data())
def test_however_answers_come_and_are_cut_each_letter_has_one_end(lines: list[str], data: st.DataObject) -> None:
    came = "".join(f"{line}\r\n" for line in lines).encode()
    cut = data.draw(st.integers(0, len(came)))
    found = []

    for parts in ([came], [came[:cut], came[cut:]]):
        talk, ahead = ready(3)
        talk.sent(len(talk.out) - 1)
        trouble = ""
        for part in parts:
            try:
                talk.take(part)
            except Trouble as fault:
                trouble = str(fault)
                break
        verdicts = [(verdict.letter.reference, verdict.asked, verdict.reply.code) for verdict in talk.verdicts]
        perhaps, untouched = talk.lost()
        ends = [*(row[0] for row in verdicts), *(letter.reference for letter in (*perhaps, *untouched))]
        assert sorted(ends) == [letter.reference for letter in ahead]
        found.append((trouble, verdicts, len(perhaps)))

    assert found[0] == found[1]


@given(st.binary(max_size=400))
def test_whatever_comes_no_letter_is_forgotten(came: bytes) -> None:
    talk, ahead = ready(3)

    with suppress(Trouble):
        talk.take(came)

    perhaps, untouched = talk.lost()
    ends = [*(verdict.letter for verdict in talk.verdicts), *perhaps, *untouched]
    assert sorted(letter.reference for letter in ends) == [letter.reference for letter in ahead]


# ---------------------------------------------------------------- a real Postfix

POSTFIX = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = discard:
relay_transport = discard:
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ no@example.org=REJECT, later@example.org=DEFER }}, permit_mynetworks, reject
smtpd_peername_lookup = no
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
"""
MASTER = """
127.0.0.1:{port} inet n - n - 20 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path) -> Iterator[int]:
    """Run a Postfix of its own that takes letters and throws them away."""
    port = free_port()
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "etc/main.cf").write_text(MAIN.format(folder=folder))
    (folder / "etc/master.cf").write_text(MASTER.format(port=port))
    assert POSTFIX
    subprocess.run([POSTFIX, "-c", folder / "etc", "start"], check=True, capture_output=True)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        yield port
    finally:
        subprocess.run([POSTFIX, "-c", folder / "etc", "stop"], check=False, capture_output=True)


@pytest.mark.skipif(not POSTFIX or os.geteuid() != 0, reason="Postfix is not here, or we may not start one.")
def test_a_real_postfix_takes_letters_ahead_and_refuses_some() -> None:
    wrong = {3: "no@example.org", 8: "later@example.org", 9: "no@example.org"}
    messages = [outgoing(number, **({"address": wrong[number]} if number in wrong else {})) for number in range(60)]
    large = outgoing(99, body="A long letter.\n" * 800_000)

    # Its sockets have names of 107 signs at most.
    with tempfile.TemporaryDirectory(prefix="hc-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postfix(folder) as port, gateway_to(port, connections=2) as gateway:
            found = by_number(list(gateway.send([*messages, large])))
            still = gateway._pool.chunking
        log = (folder / "log").read_text()

    assert still
    assert found.pop("3") == found.pop("9") == found.pop("99") == (Fate.FAILED, False)
    assert found.pop("8") == (Fate.UNKNOWN, True)
    assert set(found.values()) == {(Fate.ACCEPTED, False)}
    assert "status=sent" in log
