"""The client of the web, with decent far sides and with those that do what no decent one does."""

import datetime as dt
import gc
import os
import resource
import select
import socket
import ssl
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import time_machine
import trustme

from hueandcry.gateways import http, http_wire
from hueandcry.gateways.contract import Fate, GatewayError, Handover
from hueandcry.gateways.http import Answer, Call, Pump, Terms
from hueandcry.gateways.http_curl import CurlLines
from hueandcry.gateways.http_lines import Lines
from tests.gateways.peers.names import lives_at
from tests.gateways.peers.provider import Asked, Reply, always, provider
from tests.gateways.peers.scripted import Talk, scripted
from tests.gateways.peers.smtp import free_port

# However late this machine gives a decent far side its turn, it has not taken too long.
PATIENT = Terms(lines=4, connect=30.0, answer=30.0, batch=60.0, idle=60.0, most=2000)
# For whoever never answers: long enough for a connection and a request on a machine that has more to do.
HASTY = Terms(lines=4, connect=30.0, answer=1.5, batch=60.0, most=2000)
OK = "HTTP/1.1 200 OK"


@pytest.fixture(params=[Lines, CurlLines], ids=["straight", "curl"])
def engine(request: pytest.FixtureRequest) -> type[Lines | CurlLines]:
    made: type[Lines | CurlLines] = request.param
    return made


@pytest.fixture
def pump(engine: type[Lines | CurlLines]) -> Iterator[Pump]:
    made = Pump(PATIENT, engine)
    yield made
    made.close()


@pytest.fixture
def hasty(engine: type[Lines | CurlLines]) -> Iterator[Pump]:
    made = Pump(HASTY, engine)
    yield made
    made.close()


def request(talk: Talk) -> bytes:
    """Read one request; return its body, nothing when the client has gone."""
    length = 0
    while line := talk.hear():
        if line.lower().startswith("content-length:"):
            length = int(line.partition(":")[2])
    return talk.file.read(length)


def stop_listening(answers: Iterator[Answer]) -> None:
    assert isinstance(answers, Generator)
    answers.close()


def answering(*lines: str, body: bytes = b"") -> Callable[[Talk], None]:
    """Return a far side that says the same to each request until the client goes."""

    def serve(talk: Talk) -> None:
        while request(talk):
            talk.say(*lines, "")
            talk.raw(body)

    return serve


def to(port: int, number: int = 1, **fields: Any) -> Call:
    return Call(f"M-{number}", f"http://127.0.0.1:{port}/send", **{"body": b"to=somebody", **fields})


# ---------------------------------------------------------------- decent


def test_every_request_gets_its_own_answer_over_few_connections_that_are_kept(pump: Pump) -> None:
    def echo(asked: Asked) -> Reply:
        return Reply(201, asked.body)

    with provider(echo) as there:
        calls = [Call(f"M-{number}", f"{there.address}/send", f"to={number}".encode()) for number in range(50)]
        first = list(pump.all(iter(calls)))
        second = list(pump.all(calls))

    assert {answer.reference: answer.body for answer in first} == {call.reference: call.body for call in calls}
    assert {(answer.status, answer.trouble, answer.went) for answer in first + second} == {(201, "", True)}
    assert len(there.asked) == 100


def test_connections_are_used_again_by_the_next_window() -> None:
    came: list[int] = []
    pump = Pump(PATIENT)

    def serve(talk: Talk) -> None:
        came.append(talk.number)
        answering(OK, "Content-Length: 2", body=b"ok")(talk)

    with scripted(serve) as port:
        for _ in range(3):
            assert [answer.body for answer in pump.all([to(port)])] == [b"ok"]
        pump.close()

    assert came == [0]


def test_what_is_asked_arrives_as_it_was_given(pump: Pump) -> None:
    with provider(always(Reply(200, {}))) as there:
        headers = (("X-Api-Key", "k"), ("Content-Type", "application/json"))
        body = '{"text": "Grüße + & \\u0000"}'.encode()
        list(pump.all([Call("M-1", f"{there.address}/a%20b?c=d", body, headers), to_get(f"{there.address}/look")]))

    posted, got = sorted(there.asked, key=lambda asked: asked.method, reverse=True)
    assert (posted.method, posted.path, posted.query, posted.body) == ("POST", "/a%20b", {"c": ["d"]}, body)
    assert (posted.headers["x-api-key"], posted.headers["content-type"]) == ("k", "application/json")
    assert "expect" not in posted.headers
    assert posted.headers["user-agent"] == "hueandcry"
    assert (got.method, got.body) == ("GET", b"")


def to_get(url: str) -> Call:
    return Call("M-2", url, method="GET")


def test_more_requests_are_taken_only_when_a_line_is_free(pump: Pump) -> None:
    taken: list[int] = []

    def calls(address: str) -> Iterator[Call]:
        for number in range(100):
            taken.append(number)
            yield Call(f"M-{number}", address, b"x")

    with provider(always(Reply(200, {}))) as there:
        answers = pump.all(calls(there.address))
        next(answers)
        after_one = len(taken)
        rest = len(list(answers))

    assert after_one <= 2 * PATIENT.lines + 1
    assert rest == 99


def test_several_threads_use_one_pump_at_once() -> None:
    got: Counter[str] = Counter()
    pump = Pump(Terms(lines=2, answer=30.0))
    with provider(lambda asked: Reply(200, asked.body)) as there:

        def some(letter: str) -> None:
            calls = (Call(f"{letter}-{number}", there.address, letter.encode()) for number in range(30))
            for answer in pump.all(calls):
                assert answer.body == answer.reference[:1].encode()
                got[letter] += 1

        threads = [threading.Thread(target=some, args=(letter,)) for letter in "ABCD"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        pump.close()

    assert got == dict.fromkeys("ABCD", 30)


def test_who_stops_listening_leaves_the_pump_usable(pump: Pump) -> None:
    with provider(always(Reply(200, {}))) as there:
        answers = pump.all([Call(f"M-{number}", there.address, b"x") for number in range(20)])
        next(answers)
        stop_listening(answers)

        assert pump.one(Call("M-1", there.address, b"x")).status == 200


def test_a_process_with_a_thousand_open_files_is_no_obstacle(pump: Pump) -> None:
    """The oldest call to wait with, select, knows no file above 1,023."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4000, hard), hard))
    held = [os.dup(0) for _ in range(1100)]
    try:
        with provider(lambda asked: Reply(200, asked.body)) as there:
            answers = list(pump.all([Call(f"M-{number}", there.address, b"x") for number in range(20)]))
    finally:
        for number in held:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert [answer.status for answer in answers] == [200] * 20


def test_a_pump_that_was_closed_meanwhile_keeps_no_connection(pump: Pump) -> None:
    with provider(always(Reply(200, {}))) as there:
        answers = pump.all([Call(f"M-{number}", there.address, b"x") for number in range(9)])
        next(answers)
        pump.close()

        assert len(list(answers)) == 8
        assert pump.one(Call("M-9", there.address, b"x")).status == 200


def test_a_pump_that_nobody_closed_leaves_no_connection_when_it_is_found_in_a_circle() -> None:
    # As the traceback of an error keeps what its frames knew. Held by their sockets while the collector looks, they are
    # in an order in which the sockets come before whoever would close them.
    with provider(always(Reply(200, {}))) as there:
        pump = Pump(PATIENT, Lines)
        pump.one(Call("M-1", there.address, b"x"))
        (engine,) = pump._idle
        circle: list[Any] = [line.socket for lines in engine._idle.values() for line in lines]  # type: ignore[attr-defined]
        engine.circle = circle  # type: ignore[attr-defined]
        circle += [circle, pump]
        del pump, engine
        gc.collect()
        del circle

        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ResourceWarning)
            gc.collect()

    assert not said


def test_nothing_to_ask_needs_no_far_side(pump: Pump) -> None:
    assert list(pump.all([])) == []


def test_an_answer_in_pieces_is_put_together(pump: Pump) -> None:
    def serve(talk: Talk) -> None:
        while request(talk):
            for piece in (b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 5\r\n\r", b"\nwh", b"ole"):
                talk.raw(piece)
                time.sleep(0.02)

    with scripted(serve) as port:
        answers = [pump.one(to(port, number)) for number in range(2)]

    assert [(answer.status, answer.body, answer.trouble) for answer in answers] == [(200, b"whole", "")] * 2


@pytest.mark.parametrize(
    ("lines", "body", "kept"),
    [
        ((OK, "Transfer-Encoding: chunked"), b"2\r\nok\r\n0\r\n\r\n", True),
        ((OK, "Content-Length: 2", "Connection: close"), b"ok", False),
        (("HTTP/1.0 200 OK", "Content-Length: 2"), b"ok", False),
        (("HTTP/1.1 100 Continue", "", OK, "Content-Length: 2"), b"ok", True),
    ],
)
def test_answers_of_other_kinds_are_read_too(pump: Pump, lines: tuple[str, ...], body: bytes, *, kept: bool) -> None:
    came: set[int] = set()

    def serve(talk: Talk) -> None:
        while request(talk):
            came.add(talk.number)
            talk.say(*lines, "")
            talk.raw(body)

    with scripted(serve) as port:
        answers = [pump.one(to(port, number)) for number in range(3)]

    assert [(answer.status, answer.body, answer.trouble) for answer in answers] == [(200, b"ok", "")] * 3
    assert len(came) == (1 if kept else 3)


def test_a_body_that_is_larger_than_the_network_takes_at_once_arrives_whole(pump: Pump) -> None:
    body = os.urandom(9_000_000)

    def slow_reader(asked: Asked) -> Reply:
        return Reply(200, str(len(asked.body) if asked.body == body else 0).encode())

    with provider(slow_reader) as there:
        answers = [pump.one(Call("M-1", there.address, body, (("Content-Type", "x/y"),))) for _ in range(2)]

    assert [answer.body for answer in answers] == [b"9000000"] * 2


def test_far_sides_share_the_lines(pump: Pump) -> None:
    """Notifications go to as many far sides as there are makers of browsers."""
    with provider(always(Reply(200, b"one"))) as one, provider(always(Reply(200, b"two"))) as two:
        both = {"1": one.address, "2": two.address}
        calls = [Call(f"{number}-{which}", address) for number in range(20) for which, address in both.items()]
        answers = list(pump.all(calls))
        again = list(pump.all(calls[:30:2] + calls[1::2]))

    assert {answer.reference for answer in answers} == {call.reference for call in calls}
    assert {(answer.reference[-1], answer.body) for answer in answers + again} == {("1", b"one"), ("2", b"two")}


def full_queue() -> tuple[list[socket.socket], tuple[str, int]]:
    """Return an address at which the machine says neither yes nor no, and what keeps it so."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    full = [socket.socket() for _ in range(4)]
    for one in full:
        one.settimeout(0)
        one.connect_ex(listener.getsockname())
    time.sleep(0.05)
    return [*full, listener], listener.getsockname()


@pytest.mark.parametrize("first", ["refuses", "says nothing"])
def test_another_address_of_the_same_name_is_tried(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    held, silent = full_queue()
    pump = Pump(Terms(lines=2, connect=4.0))
    with provider(always(Reply(200, {}))) as there:
        port = int(there.address.rpartition(":")[2])
        wrong = silent if first == "says nothing" else ("127.0.0.1", free_port())
        lives_at(monkeypatch, (wrong, ("127.0.0.1", port)))
        answers = list(pump.all(Call(f"M-{number}", "http://two.example/") for number in range(9)))
        pump.close()
    for one in held:
        one.close()

    assert [answer.status for answer in answers] == [200] * 9


def test_a_machine_without_epoll_can_send_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "epoll")
    pump = Pump(PATIENT)

    with provider(lambda asked: Reply(200, asked.body)) as there:
        answers = list(pump.all(Call(f"M-{number}", there.address, b"%d" % number) for number in range(20)))
        late = pump.one(Call("M-1", f"http://127.0.0.1:{free_port()}/"))
        pump.close()

    assert {answer.reference[2:] for answer in answers} == {answer.body.decode() for answer in answers}
    assert not late.went


def wait_until_more_came(pump: Pump) -> None:
    """Wait until something came over the one connection that is kept: its end, or what nobody asked for."""
    (engine,) = pump._idle
    assert isinstance(engine, Lines)
    ((line,),) = (lines for lines in engine._idle.values() if lines)
    assert select.select([line.socket], [], [], 20)[0]


def test_what_ended_or_spoke_while_nobody_used_it_is_not_used_again() -> None:
    """Curl looks only at what nobody used for a second: an answer that nobody asked for becomes the next message's."""
    came: list[int] = []
    pump, answered = Pump(PATIENT), threading.Event()

    def serve(talk: Talk) -> None:
        while request(talk):
            came.append(talk.number)
            talk.say(OK, "Content-Length: 2", "")
            talk.raw(b"ok")
            if talk.number == 0:
                break
            if talk.number == 1:
                answered.wait(20)
                talk.say("HTTP/1.1 500 Not asked", "Content-Length: 0", "")

    with scripted(serve) as port:
        answers = []
        for number in range(4):
            answers.append(pump.one(to(port, number)))
            if number == 1:
                answered.set()
            if number < 2:
                wait_until_more_came(pump)
        pump.close()

    assert [answer.status for answer in answers] == [200] * 4
    assert came == [0, 1, 2, 2]


def test_where_nobody_answers_at_all_nothing_went() -> None:
    """A full queue of connections: the far side's machine says neither yes nor no."""
    pump = Pump(Terms(lines=2, connect=0.3))
    held, where = full_queue()

    answers = list(pump.all(to(where[1], number) for number in range(3)))
    for one in held:
        one.close()
    pump.close()

    assert [(answer.status, answer.went, answer.trouble) for answer in answers] == [
        (0, False, http_wire.NO_CONNECTION)
    ] * 3


def test_a_connection_that_was_kept_for_too_long_is_left() -> None:
    came: list[int] = []
    pump = Pump(Terms(lines=2, idle=0.1))

    def serve(talk: Talk) -> None:
        came.append(talk.number)
        answering(OK, "Content-Length: 2", body=b"ok")(talk)

    with scripted(serve) as port:
        for _ in range(2):
            assert pump.one(to(port)).status == 200
            time.sleep(0.15)
        pump.close()

    assert came == [0, 1]


@pytest.mark.parametrize("idle", [60.0, 0.05])
def test_what_a_broken_connection_took_nothing_of_goes_by_another(idle: float) -> None:
    """Whoever is asked is slow to think of the next request; meanwhile the far side resets the connection."""
    came: list[bytes] = []
    gone: list[threading.Event] = []
    pump = Pump(Terms(lines=1, idle=idle, answer=30.0))

    def serve(talk: Talk) -> None:
        gone.append(talk.ended)
        if talk.number:
            came.append(request(talk))
        else:
            while talk.hear():
                pass
        talk.say(OK, "Content-Length: 0", "")
        time.sleep(0.05)  # with a body unread the end is a reset

    def slowly(port: int) -> Iterator[Call]:
        yield to(port, 1, body=b"x" * 10_000)
        assert gone[0].wait(20)
        time.sleep(0.15)
        yield to(port, 2, body=b"2")

    with scripted(serve) as port:
        answers = list(pump.all(slowly(port)))
        pump.close()

    assert [(answer.reference, answer.status) for answer in answers] == [("M-1", 200), ("M-2", 200)]
    assert came == [b"2"]


def test_an_answer_that_comes_before_all_is_written_ends_the_connection(pump: Pump) -> None:
    came: list[int] = []

    def serve(talk: Talk) -> None:
        came.append(talk.number)
        while talk.hear():
            pass
        talk.say("HTTP/1.1 413 Too much", "Content-Length: 0", "")
        time.sleep(0.1)

    with scripted(serve) as port:
        answers = [pump.one(to(port, number, body=b"x" * 9_000_000)) for number in range(2)]

    assert {answer.status for answer in answers} <= {413, 0}
    assert all(answer.went for answer in answers)
    assert came == [0, 1]


# ---------------------------------------------------------------- once only


def test_a_request_whose_kept_connection_ends_before_the_answer_is_never_made_again_by_itself(pump: Pump) -> None:
    """By itself curl would: the far side takes a text, its connection ends, and the text goes and costs twice."""
    came: list[bytes] = []

    def serve(talk: Talk) -> None:
        for which in range(2):
            came.append(request(talk))
            if talk.number == 0 and which == 1:
                return
            talk.say(OK, "Content-Length: 2", "")
            talk.raw(b"ok")

    with scripted(serve) as port:
        first, lost, after = (pump.one(to(port, number, body=f"{number}".encode())) for number in range(3))

    assert (first.status, lost.status, after.status) == (200, 0, 200)
    assert lost.went
    # Nothing at all is read where the client has gone.
    assert Counter(body for body in came if body) == {b"0": 1, b"1": 1, b"2": 1}


def test_a_redirect_is_not_followed(pump: Pump) -> None:
    with provider(always(Reply(307, {}, {"Location": "/elsewhere"}))) as there:
        answer = pump.one(Call("M-1", f"{there.address}/send", b"x"))

    assert answer.status == 307
    assert [asked.path for asked in there.asked] == ["/send"]


def test_proxies_of_the_environment_are_not_used(pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

    with provider(always(Reply(200, {}))) as there:
        assert pump.one(Call("M-1", there.address, b"x")).status == 200


def test_a_proxy_that_is_set_is_used() -> None:
    with provider(always(Reply(200, "by the proxy"))) as proxy:
        pump = Pump(Terms(proxy=proxy.address))

        assert b"by the proxy" in pump.one(Call("M-1", "http://provider.example/send", b"x")).body

    assert proxy.asked[0].path == "/send"
    pump.close()


# ---------------------------------------------------------------- hostile


def hangs(talk: Talk) -> None:
    request(talk)
    talk.hear()


def drips(talk: Talk) -> None:
    request(talk)
    talk.say(OK, "Content-Length: 1000", "")
    for _ in range(100):
        talk.raw(b".")
        time.sleep(0.05)


def endless_headers(talk: Talk) -> None:
    request(talk)
    talk.say(OK)
    while True:
        talk.say(f"X-More: {'x' * 10000}")


def never_says_more_than_to_wait(talk: Talk) -> None:
    request(talk)
    while True:
        talk.say("HTTP/1.1 100 Continue", "")
        time.sleep(0.01)


def once(*lines: str, body: bytes = b"") -> Callable[[Talk], None]:
    """Return a far side that says this to one request and goes."""

    def serve(talk: Talk) -> None:
        request(talk)
        if lines:
            talk.say(*lines)
        talk.raw(body)

    return serve


HOSTILE: dict[str, Callable[[Talk], None]] = {
    "hangs up after the request": once(),
    "speaks another language": once("220 mail.example.org ESMTP"),
    "has a status that is none": once("HTTP/1.1 OK fine", "", ""),
}
# Only our own limit of time ends these.
ENDLESS: dict[str, Callable[[Talk], None]] = {
    "says nothing": hangs,
    "never says more than to wait": never_says_more_than_to_wait,
}


@pytest.mark.parametrize("how", [*HOSTILE, *ENDLESS])
def test_no_answer_is_said_to_be_none_and_the_request_perhaps_taken(pump: Pump, hasty: Pump, how: str) -> None:
    with scripted({**HOSTILE, **ENDLESS}[how]) as port:
        answer = (hasty if how in ENDLESS else pump).one(to(port))

    assert (answer.status, answer.went) == (0, True)
    assert answer.trouble.endswith(".")
    said = http.words_for(answer)
    assert said is not None
    assert (said.fate, said.try_again, said.perhaps) == (Fate.UNKNOWN, True, True)


HALF: dict[str, Callable[[Talk], None]] = {
    "has endless headers": endless_headers,
    "ends within the body": once(OK, "Content-Length: 1000", "", body=b'{"id": "1'),
    "has a chunk without an end": once(OK, "Transfer-Encoding: chunked", "", body=b"ffffff\r\nabc"),
}


@pytest.mark.parametrize("how", HALF)
def test_an_answer_that_breaks_off_keeps_its_status_and_says_so(pump: Pump, how: str) -> None:
    with scripted(HALF[how]) as port:
        answer = pump.one(to(port))

    assert (answer.status, answer.went) == (200, True)
    assert answer.trouble


def test_an_answer_that_drips_keeps_its_status_and_is_left(hasty: Pump) -> None:
    with scripted(drips) as port:
        answer = hasty.one(to(port))

    assert (answer.status, answer.went) == (200, True)
    assert answer.trouble


def test_an_endless_answer_is_cut(pump: Pump) -> None:
    def endless(talk: Talk) -> None:
        request(talk)
        talk.say(OK, "Transfer-Encoding: chunked", "")
        while True:
            talk.raw(b"200\r\n" + b"x" * 512 + b"\r\n")

    with scripted(endless) as port:
        answer = pump.one(to(port))

    assert len(answer.body) <= PATIENT.most
    assert (answer.status, answer.trouble) == (200, "The answer is longer than we read.")


def test_an_answer_that_says_it_is_huge_is_not_waited_for(pump: Pump) -> None:
    with scripted(answering(OK, "Content-Length: 99999999999")) as port:
        answer = pump.one(to(port))

    assert (answer.status, answer.trouble) == (200, "The answer is longer than we read.")


def test_an_answer_that_is_longer_than_it_says_is_read_as_long_as_it_says(pump: Pump) -> None:
    with scripted(answering(OK, "Content-Length: 2", body=b"ok and more")) as port:
        answers = [pump.one(to(port, number)) for number in range(3)]

    assert answers[0].body == b"ok"
    assert all(answer.went for answer in answers)


def test_a_status_of_one_message_is_not_taken_for_anothers(pump: Pump) -> None:
    """One line, used again: neither status, headers nor body of the answer before may stand in a silence."""
    terms = Terms(lines=1, connect=30, answer=1.5, batch=60)
    pump = Pump(terms)

    def serve(talk: Talk) -> None:
        if request(talk) == b"1":
            talk.say(OK, "Content-Length: 2", "X-One: 1", "")
            talk.raw(b"ok")
        request(talk)
        talk.hear()

    with scripted(serve) as port:
        one, two = pump.all([to(port, 1, body=b"1"), to(port, 2, body=b"2")])
    pump.close()

    assert (one.status, one.headers["x-one"], one.body) == (200, "1", b"ok")
    assert (two.status, dict(two.headers), two.body, two.went) == (0, {}, b"", True)


def test_nobody_there_is_said_soon_and_nothing_went(pump: Pump) -> None:
    calls = [to(free_port(), number) for number in range(200)]

    answers: list[Answer] = []
    with pytest.raises(GatewayError, match="takes no connections") as fault:
        answers.extend(pump.all(calls))

    assert not fault.value.lasting
    assert len(answers) < 200


def test_a_few_requests_that_find_nobody_are_each_answered(pump: Pump) -> None:
    answers = list(pump.all([to(free_port(), number) for number in range(3)]))

    assert [(answer.status, answer.went) for answer in answers] == [(0, False)] * 3
    said = http.words_for(answers[0])
    assert said is not None
    assert (said.try_again, said.perhaps) == (True, False)


def test_a_name_that_is_none_is_said(pump: Pump) -> None:
    answer = pump.one(Call("M-1", "http://provider.invalid/send", b"x"))

    assert (answer.status, answer.went) == (0, False)
    assert answer.trouble == "The network does not know the provider's name."


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/send", "file:///etc/passwd", "127.0.0.1", "", "http://", "http://\0/"]
)
def test_what_is_no_web_address_is_said_and_nothing_else_is_opened(pump: Pump, url: str) -> None:
    answer = pump.one(Call("M-1", url, b"x"))

    assert (answer.status, answer.body, answer.went) == (0, b"", False)
    assert answer.trouble


def test_a_header_cannot_begin_another(pump: Pump) -> None:
    with provider(always(Reply(200, {}))) as there:
        answer = pump.one(Call("M-1", there.address, b"x", (("X-One", "1\r\nX-Two: 2"),)))

    assert (answer.status, answer.went) == (0, False)
    assert there.asked == []


def test_the_time_for_all_is_kept_and_each_is_said_to_have_gone_or_not() -> None:
    pump = Pump(Terms(lines=2, answer=30, batch=1.5))

    with scripted(hangs) as port:
        answers = list(pump.all(to(port, number) for number in range(5)))
    pump.close()

    assert Counter(answer.went for answer in answers) == {True: 2, False: 3}
    assert {answer.trouble for answer in answers} == {http.NO_TIME}


def test_secrets_stand_in_no_trace() -> None:
    call = Call("M-1", "https://u:secret@provider.example/?key=secret", b"secret", (("Authorization", "secret"),))
    answer = Answer("M-1", 200, {"set-cookie": "secret"}, b"secret")

    assert "secret" not in repr(call) + repr(answer)


# ---------------------------------------------------------------- encryption


@contextmanager
def in_secret(name: str, authority: trustme.CA) -> Iterator[int]:
    """Run a far side with a certificate for this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as line:
                    line.recv(65536)
                    line.sendall(f"{OK}\r\nContent-Length: 2\r\n\r\nok".encode())
            except OSError:
                pass  # the client did not want to

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


def test_a_certificate_of_the_force_s_own_authority_is_believed(authority: trustme.CA, ca_file: str) -> None:
    pump = Pump(Terms(ca_file=ca_file, connect=30, answer=30))

    with in_secret("localhost", authority) as port:
        assert pump.one(Call("M-1", f"https://localhost:{port}/", b"x")).body == b"ok"
        assert pump.check(f"https://localhost:{port}/") == ""
    pump.close()


def test_many_go_over_few_safe_connections(authority: trustme.CA, ca_file: str) -> None:
    """Bodies larger than one record of the encryption, both ways."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    body = b"x" * 200_000

    with provider(lambda asked: Reply(200, asked.body), context) as there:
        pump = Pump(Terms(lines=3, connect=30, answer=30, ca_file=ca_file, most=300_000))
        answers = [
            answer
            for _ in range(2)
            for answer in pump.all(Call(f"M-{n}", there.address, b"%d" % n + body) for n in range(20))
        ]
        pump.close()

    assert [answer.trouble for answer in answers] == [""] * 40
    assert all(answer.body == answer.reference[2:].encode() + body for answer in answers)


def test_who_speaks_in_clear_where_it_should_be_safe_gets_nothing(ca_file: str) -> None:
    pump = Pump(Terms(ca_file=ca_file, connect=30, answer=30))

    with scripted(lambda talk: talk.say("HTTP/1.1 200 OK", "")) as port:
        answer = pump.one(Call("M-1", f"https://localhost:{port}/", b"secret"))
    pump.close()

    assert (answer.status, answer.went, answer.trouble) == (0, False, http_wire.NOT_SAFE)


def test_who_never_ends_the_greeting_of_encryption_is_left(ca_file: str) -> None:
    pump = Pump(Terms(ca_file=ca_file, connect=0.3))

    with scripted(lambda talk: talk.hear()) as port:
        answer = pump.one(Call("M-1", f"https://localhost:{port}/", b"secret"))
    pump.close()

    assert (answer.status, answer.went) == (0, False)


@pytest.mark.parametrize(("name", "trusted"), [("provider.example", True), ("localhost", False)])
def test_another_s_certificate_and_an_unknown_one_get_nothing(
    authority: trustme.CA, ca_file: str, name: str, *, trusted: bool
) -> None:
    pump = Pump(Terms(ca_file=ca_file if trusted else "", connect=30, answer=30))

    with in_secret(name, authority) as port:
        answer = pump.one(Call("M-1", f"https://localhost:{port}/", b"secret"))
        checked = pump.check(f"https://localhost:{port}/")
    pump.close()

    assert (answer.status, answer.went) == (0, False)
    assert answer.trouble == checked == "The provider's certificate is not trusted, or is another's."


def test_a_file_that_holds_no_certificate_is_said(tmp_path: Path) -> None:
    pump = Pump(Terms(ca_file=str(tmp_path / "none.pem")))

    with in_secret("localhost", trustme.CA()) as port:
        answer = pump.one(Call("M-1", f"https://localhost:{port}/", b"x"))

    assert (answer.went, answer.trouble) == (False, http_wire.NO_CA_FILE)
    assert "HTTP_CA_FILE" in answer.trouble
    pump.close()


def test_a_check_says_what_is_wrong(pump: Pump) -> None:
    assert pump.check(f"http://127.0.0.1:{free_port()}/") == "The provider takes no connections."
    assert pump.check("nonsense://x") == "The address does not begin with https:// or http://."


# ---------------------------------------------------------------- what an answer means


def said_of(status: int, **headers: str) -> Handover | None:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.words_for(Answer("M-1", status, names))


def test_what_was_taken_is_left_to_the_gateway() -> None:
    assert [said_of(status) for status in (200, 201, 202, 204)] == [None] * 4


@pytest.mark.parametrize(
    ("status", "fate", "try_again", "perhaps"),
    [
        (301, Fate.UNKNOWN, True, False),
        (400, Fate.FAILED, False, False),
        (401, Fate.UNKNOWN, True, False),
        (403, Fate.UNKNOWN, True, False),
        (404, Fate.UNKNOWN, True, False),
        (408, Fate.UNKNOWN, True, False),
        (413, Fate.FAILED, False, False),
        (418, Fate.UNKNOWN, True, False),
        (422, Fate.FAILED, False, False),
        (302, Fate.UNKNOWN, True, True),
        (303, Fate.UNKNOWN, True, True),
        (307, Fate.UNKNOWN, True, False),
        (500, Fate.UNKNOWN, True, True),
        (501, Fate.UNKNOWN, True, False),
        (502, Fate.UNKNOWN, True, True),
        (503, Fate.UNKNOWN, True, False),
        (504, Fate.UNKNOWN, True, True),
        (505, Fate.UNKNOWN, True, False),
        (507, Fate.UNKNOWN, True, True),
        (511, Fate.UNKNOWN, True, False),
        (520, Fate.UNKNOWN, True, True),
        (521, Fate.UNKNOWN, True, False),
        (522, Fate.UNKNOWN, True, True),
        (523, Fate.UNKNOWN, True, False),
        (524, Fate.UNKNOWN, True, True),
        (599, Fate.UNKNOWN, True, True),
        (999, Fate.UNKNOWN, True, True),
    ],
)
def test_each_status_has_a_meaning(status: int, fate: Fate, *, try_again: bool, perhaps: bool) -> None:
    said = said_of(status)

    assert said is not None
    assert (said.fate, said.try_again, said.perhaps, said.wait_s) == (fate, try_again, perhaps, None)
    assert str(status) in said.detail


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("86400", http.LONGEST_WAIT),
        ("9" * 400, http.LONGEST_WAIT),
        ("Fri, 20 Nov 2026 12:00:20 GMT", 20.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 20 Nov 2099 11:00:00 GMT", http.LONGEST_WAIT),
        ("Fri, 20 Nov 2026 12:00:20", http.WAIT),
        ("soon", http.WAIT),
        ("", http.WAIT),
        ("nan", http.WAIT),
        ("inf", http.LONGEST_WAIT),
        ("Fri, 99 Nov 99999999 12:00:00 GMT", http.WAIT),
    ],
)
def test_a_provider_that_wants_us_slower_is_left_alone_for_as_long_as_it_says(said: str, waits: float) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=False):
        answer = said_of(429, retry_after=said)

    assert answer is not None
    assert (answer.fate, answer.try_again, answer.wait_s) == (Fate.UNKNOWN, True, waits)


def test_a_broken_provider_that_names_a_time_is_left_alone_until_then() -> None:
    answer = said_of(503, retry_after="7")

    assert answer is not None
    assert answer.wait_s == 7.0


@pytest.mark.parametrize(
    ("reason", "perhaps"),
    [("connection failure", False), ("overflow", False), ("connection termination", True), ("remote reset", True)],
)
def test_a_go_between_that_lost_whoever_had_the_request_says_503_too(reason: str, *, perhaps: bool) -> None:
    """Envoy's words; a connection that was never made took nothing, one that ended may have."""
    body = f"upstream connect error or disconnect/reset before headers. reset reason: {reason}".encode()

    said = http.words_for(Answer("M-1", 503, body=body))

    assert said is not None
    assert (said.try_again, said.perhaps) == (True, perhaps)


def test_a_table_of_the_provider_s_own_goes_first_for_all_but_what_was_taken() -> None:
    own = Handover("M-1", Fate.BOUNCED, detail="no such number")

    def bounces(_answer: Answer) -> Handover:
        return own

    def knows_nothing(_answer: Answer) -> None:
        return None

    assert http.words_for(Answer("M-1", 400), bounces) is own
    assert http.words_for(Answer("M-1", 429), bounces) is own
    assert http.words_for(Answer("M-1", 200), bounces) is None
    said = http.words_for(Answer("M-1", 400), knows_nothing)
    assert said is not None
    assert said.fate == Fate.FAILED


def test_headers_are_read_by_any_spelling_and_the_last_answer_s_count(pump: Pump) -> None:
    def serve(talk: Talk) -> None:
        request(talk)
        talk.say("HTTP/1.1 100 Continue", "X-One: first", "")
        talk.say("HTTP/1.1 429 Slow", "RETRY-after:  12 ", "X-One: last", "no colon", "Content-Length: 0", "")

    with scripted(serve) as port:
        answer = pump.one(to(port))

    assert (answer.headers["Retry-After"], answer.headers["x-one"]) == ("12", "last")
    assert "nothing" not in answer.headers
    assert len(answer.headers) == len(list(answer.headers))


def test_a_pump_is_made_as_the_settings_say(settings: Any) -> None:
    settings.HTTP_CONNECTIONS, settings.HTTP_ANSWER_SECONDS, settings.HTTP_BATCH_SECONDS = 0, 3, 9
    settings.HTTP_BY_PROXY, settings.HTTP_CA_FILE = "http://proxy.example:3128", "ca.pem"

    made = http.pump_as_set()

    assert made.terms == Terms(lines=1, answer=3, batch=9, proxy="http://proxy.example:3128", ca_file="ca.pem")
