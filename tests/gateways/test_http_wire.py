"""Requests and answers as bytes: what is common is read at once, and never otherwise than by the whole reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hueandcry.gateways import http_wire
from hueandcry.gateways.http_wire import Call, NotARequestError, Reader, common, head_of, one_chunk

MOST = 5000
OK = b"HTTP/1.1 200 OK"


def read(*pieces: bytes, method: str = "POST") -> Reader:
    """Read an answer to its end, or to the end of the connection."""
    reader = Reader(method, MOST)
    if not any(reader.take(piece) for piece in pieces):
        reader.take(b"")
    return reader


def asked(url: str, *headers: tuple[str, str], body: bytes = b"x", method: str = "POST") -> bytes:
    return head_of(Call("M-1", url, body, headers, method)).with_body(body)


# ---------------------------------------------------------------- requests


def test_a_request_is_written_whole() -> None:
    said = asked("https://u%40x:p@api.example:8443/a%20b?c=d#part", ("X-Key", "k"), ("Content-Type", "text/plain"))

    assert said.split(b"\r\n") == [
        b"POST /a%20b?c=d HTTP/1.1",
        b"Host: api.example:8443",
        b"X-Key: k",
        b"Content-Type: text/plain",
        b"User-Agent: hueandcry",
        b"Accept: */*",
        b"Authorization: Basic dUB4OnA=",
        b"Content-Length: 1",
        b"",
        b"x",
    ]


def test_what_is_asked_for_has_no_body_and_what_is_sent_has_a_length() -> None:
    got = asked("http://[::1]", body=b"", method="GET")
    posted = asked("http://[::1]:80/", body=b"")

    assert got.startswith(b"GET / HTTP/1.1\r\nHost: [::1]\r\n")
    assert b"content-length" not in got.lower()
    assert b"\r\nContent-Length: 0\r\n\r\n" in posted
    assert b"content-type" not in posted.lower()


def test_whom_a_request_goes_to() -> None:
    assert head_of(Call("M-1", "https://Api.Example/")).origin == (True, "api.example", 443)
    assert head_of(Call("M-1", "http://127.0.0.1:81/")).origin == (False, "127.0.0.1", 81)


@pytest.mark.parametrize(
    ("url", "headers", "sentence"),
    [
        ("ftp://a/", (), http_wire.NO_SCHEME),
        ("a.example/", (), http_wire.NO_SCHEME),
        ("", (), http_wire.NO_ADDRESS),
        ("http://a.example/ HTTP/1.1\r\nX-Two: 2", (), http_wire.NO_ADDRESS),
        ("http://a.example/ŵ", (), http_wire.NO_ADDRESS),
        ("http://a.example:99999/", (), http_wire.NO_ADDRESS),
        ("ftp://a.example:21/", (), http_wire.NO_SCHEME),
        ("http://a.example:x/", (), http_wire.NO_ADDRESS),
        ("http://", (), http_wire.NO_ADDRESS),
        ("http://[::1/", (), http_wire.NO_ADDRESS),
        ("http://a.example/", (("X-One", "1\nX-Two: 2"),), http_wire.BAD_HEADER),
        ("http://a.example/", (("X One", "1"),), http_wire.BAD_HEADER),
        ("http://a.example/", (("X-One", "ŵ"),), http_wire.BAD_HEADER),
    ],
)
def test_what_cannot_be_asked_is_not(url: str, headers: tuple[tuple[str, str], ...], sentence: str) -> None:
    with pytest.raises(NotARequestError) as fault:
        asked(url, *headers)

    assert str(fault.value) == sentence


def test_a_method_cannot_hold_a_request() -> None:
    with pytest.raises(NotARequestError):
        asked("http://a.example/", method="GET / HTTP/1.1\r\nX:")


def test_requests_alike_share_a_head() -> None:
    head = head_of(Call("M-1", "http://a.example/", b"x", (("X-One", "1"),)))

    assert head.fits(Call("M-2", "http://a.example/", b"other", (("X-One", "1"),)))
    assert not head.fits(Call("M-2", "http://a.example/", b"x", (("X-One", "2"),)))
    assert not head.fits(Call("M-2", "http://a.example/b", b"x", (("X-One", "1"),)))
    assert not head.fits(Call("M-2", "http://a.example/", b"x", (("X-One", "1"),), "PUT"))


# ---------------------------------------------------------------- common answers


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (OK + b"\r\nContent-Length: 2", (200, 2)),
        (b"HTTP/1.1 200\r\ncontent-length:2", (200, 2)),
        (b"HTTP/1.1 429 Slow\r\nServer: x\r\nCONTENT-LENGTH: \t0 \r\nConnection: Keep-Alive", (429, 0)),
        (OK + b"\r\nTransfer-Encoding: Chunked\r\nConnection: keep-alive", (200, http_wire.CHUNKED)),
        (OK + b"\r\nX: content-length: 9\r\nContent-Length: 2\r\nY:", (200, 2)),
    ],
)
def test_a_common_head_is_read_at_once(head: bytes, said: tuple[int, int]) -> None:
    assert common(head, MOST) == said


@pytest.mark.parametrize(
    "head",
    [
        b"",
        OK,
        b"HTTP/1.0 200 OK\r\nContent-Length: 2",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 2",
        b"HTTP/1.1 204 No\r\nContent-Length: 0",
        b"HTTP/1.1 600 No\r\nContent-Length: 0",
        b"HTTP/1.1 2000 No\r\nContent-Length: 0",
        b"HTTP/2 200 OK\r\nContent-Length: 2",
        OK + b"\r\nContent-Length: 2\r\nContent-Length: 2",
        OK + b"\r\nContent-Length: 2, 2",
        OK + b"\r\nContent-Length: +2",
        OK + b"\r\nContent-Length: -2",
        OK + b"\r\nContent-Length:",
        OK + b"\r\nContent-Length: \xb2",
        OK + b"\r\nContent-Length: 5001",
        OK + b"\r\nContent-Length: 99999999999",
        OK + b"\r\nContent-Length : 2",
        OK + b"\r\n Content-Length: 2",
        OK + b"\r\nContent-Length: 2\r\nTransfer-Encoding: chunked",
        OK + b"\r\nTransfer-Encoding: chunked\r\nContent-Length: 2",
        OK + b"\r\ntransfer-encoding: chunked\r\nTransfer-Encoding: chunked",
        OK + b"\r\ntransfer-encoding: gzip, chunked",
        OK + b"\r\nContent-Length: 2\r\nConnection: close",
        OK + b"\r\nContent-Length: 2\r\nUpgrade: h2c",
        OK + b"\r\nContent-Length: 2\r\nno colon",
        OK + b"\r\nX: \0\r\nContent-Length: 2",
        OK + b"\nContent-Length: 2",
        OK + b"\r\nX: a\rb\r\nContent-Length: 2",
    ],
)
def test_every_other_head_is_left_to_the_reader(head: bytes) -> None:
    assert common(head, MOST) is None


FIELDS = some.sampled_from([
    b"Content-Length: 2", b"content-length: 3", b"Content-Length: 02", b"Transfer-Encoding: chunked",
    b"Connection: close", b"Connection: keep-alive", b"Server: x", b"X: \xff", b"X-Long: " + b"y" * 300,
    b"Retry-After: 3", b": none", b"Content-Length: 2\r\n folded",
])  # fmt: skip
BODIES = some.binary(max_size=4) | some.lists(
    some.sampled_from(
        [b"3\r\n", b"abc", b"\r\n", b"0\r\n\r\n", b"a\r\n", b"0\r\n", b"X: y\r\n\r\n", b"00003\r\nabc\r\n0\r\n\r\n"]
    ),
    max_size=5,
).map(b"".join)
STATUSES = some.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.1 201", b"HTTP/1.1 404 \xe9", b"HTTP/1.0 200 OK", b"HTTP/1.1 503 "]
)


@given(status=STATUSES, fields=some.lists(FIELDS, max_size=5), body=BODIES)
def test_what_is_read_at_once_is_what_the_whole_reader_reads(status: bytes, fields: list[bytes], body: bytes) -> None:
    head = b"\r\n".join([status, *fields])

    found = common(head, MOST)

    if found is not None and found[1] == http_wire.CHUNKED:
        body, missing = one_chunk(wire := body, MOST)
        whole = read(head + b"\r\n\r\n" + wire)
        assert missing or (whole.status, bytes(whole.body), whole.trouble, whole.keeps) == (found[0], body, "", True)
    elif found is not None and len(body) == found[1]:
        whole = read(head + b"\r\n\r\n" + body)
        assert (whole.status, bytes(whole.body), whole.trouble, whole.keeps) == (found[0], body, "", True)


@pytest.mark.parametrize(
    ("came", "body", "missing"),
    [
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc", 0),
        (b"00B\r\na\r\n0\r\n\r\nbcd\r\n0\r\n\r\n", b"a\r\n0\r\n\r\nbcd", 0),
        (b"", b"", 1),
        (b"3\r\nab", b"", 1),
        (b"3\r\nabc\r\n0\r\n", b"", 1),
        (b"0\r\n\r\n", b"", -1),
        (b"0\r\n\r\n\r\n0\r\n\r\n", b"", -1),
        (b"4\r\nabc\r\n0\r\n\r\n", b"", -1),
        (b"3\r\nabc\r\n0\r\nX: y\r\n\r\n", b"", -1),
        (b"3;x\r\nabc\r\n0\r\n\r\n", b"", -1),
        (b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", b"", -1),
        (b"3\r\n" + b"x" * MOST, b"", -1),
    ],
)
def test_a_body_that_is_one_chunk_is_read_at_once(came: bytes, body: bytes, missing: int) -> None:
    assert one_chunk(came, MOST) == (body, missing)


# ---------------------------------------------------------------- all others


CHUNKED = OK + b"\r\nTransfer-Encoding: chunked\r\nX-One: 1\r\n\r\n2\r\nok\r\n4;x=y\r\n and\r\n0\r\nX-Two: 2\r\n\r\n"


@pytest.mark.parametrize(
    ("came", "status", "body", "keeps"),
    [
        (CHUNKED, 200, b"ok and", True),
        (CHUNKED + b"HTTP/1.1 200 OK", 200, b"ok and", False),
        (b"HTTP/1.1 204 No\r\n\r\n", 204, b"", True),
        (OK + b"\r\nContent-Length: 2\r\n\r\nok and more", 200, b"ok", False),
        (OK + b"\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 200, b"ok", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
        (b"HTTP/1.0 200 OK\n\nuntil the end", 200, b"until the end", False),
        (OK + b"\r\n\r\nuntil the end", 200, b"until the end", False),
        (OK + b"\r\n\r\n", 200, b"", False),
        (b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Soon\r\nLink: x\r\n\r\n" + CHUNKED, 200, b"ok and", True),
        (OK + b"\r\nno colon\r\nBad Name: x\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", True),
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 10_000])
def test_an_answer_of_any_kind_is_read_however_it_is_cut(
    came: bytes, status: int, body: bytes, *, keeps: bool, piece: int
) -> None:
    reader = read(*(came[place : place + piece] for place in range(0, len(came), piece)))

    assert (reader.status, bytes(reader.body), reader.trouble) == (status, body, "")
    # What comes behind an answer is seen when it comes with it.
    assert reader.keeps == keeps or (piece == 1 and not keeps)


@pytest.mark.parametrize(
    ("came", "status", "body", "trouble"),
    [
        (b"", 0, b"", http_wire.NO_ANSWER),
        (b"HTT", 0, b"", http_wire.BROKE_OFF),
        (OK + b"\r\nX: 1", 200, b"", http_wire.BROKE_OFF),
        (OK + b"\r\nContent-Length: 9\r\n\r\nhalf", 200, b"half", http_wire.BROKE_OFF),
        (OK + b"\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok", 200, b"ok", http_wire.BROKE_OFF),
        (OK + b"\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", 200, b"", http_wire.NOT_HTTP),
        (OK + b"\r\nTransfer-Encoding: gzip\r\n\r\nx", 200, b"", http_wire.NOT_HTTP),
        (OK + b"\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", 200, b"", http_wire.NOT_HTTP),
        (OK + b"\r\nContent-Length: x\r\n\r\nok", 200, b"", http_wire.NOT_HTTP),
        (OK + b"\r\nContent-Length: 5001\r\n\r\n", 200, b"", http_wire.TOO_LONG),
        (OK + b"\r\n\r\n" + b"x" * 6000, 200, b"x" * MOST, http_wire.TOO_LONG),
        (OK + b"\r\nX: " + b"x" * 70_000, 200, b"", http_wire.TOO_LONG),
        (b"220 mail ESMTP\r\n\r\n", 0, b"", http_wire.NOT_HTTP),
        (b"HTTP/1.1 101 Other\r\nUpgrade: x\r\n\r\n", 0, b"", http_wire.NOT_HTTP),
        (b"HTTP/1.1 100 Go on\r\n\r\n", 0, b"", http_wire.NO_ANSWER),
        (b"\0" * 9000, 0, b"", http_wire.BROKE_OFF),
    ],
)
def test_an_answer_that_is_none_or_half_keeps_what_it_said(came: bytes, status: int, body: bytes, trouble: str) -> None:
    reader = read(came)

    assert (reader.status, bytes(reader.body), reader.trouble, reader.keeps) == (status, body, trouble, False)


@given(some.lists(some.binary(max_size=60), max_size=6))
def test_no_bytes_break_the_reader(pieces: list[bytes]) -> None:
    reader = read(*(piece for piece in pieces if piece))

    assert not reader.status or 200 <= reader.status < 1000
    assert reader.trouble or reader.status


@given(
    some.lists(
        some.sampled_from([OK, b"\r\n", b"\r\n\r\n", b"Transfer-Encoding: chunked", b"Content-Length: 3",
            b"3\r\nabc\r\n", b"0\r\n\r\n", b"HTTP/1.1 100 Go on", b"HTTP/1.1 500 No",
            b"abc", b"\n\n", b" fold", b"Connection: close"]),
        max_size=12,
    )
)  # fmt: skip
def test_no_pieces_of_answers_break_the_reader(pieces: list[bytes]) -> None:
    reader = read(*pieces)

    assert reader.trouble or reader.status
