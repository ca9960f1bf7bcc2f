"""The client of the web where a proxy stands between, and for looking whether a connection can be had: curl's core.

Unless it is hindered curl makes a request again when a kept-open connection ends before the answer. Here it cannot: the
body is read once, and there is no way back.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, Final

import pycurl

from hueandcry.gateways.contract import GatewayError
from hueandcry.gateways.http_lines import IN_VAIN, LOOK_AFTER
from hueandcry.gateways.http_wire import (
    BROKE_OFF,
    BROKE_READING,
    BROKE_WRITING,
    GOOD,
    NO_ADDRESS,
    NO_ANSWER,
    NO_CA_FILE,
    NO_CONNECTION,
    NO_NAME,
    NO_SCHEME,
    NO_TIME,
    NOT_HTTP,
    NOT_SAFE,
    NOT_TRUSTED,
    OURSELVES,
    TOO_LONG,
    TOO_SLOW,
    Answer,
    Call,
    Headers,
    Terms,
)

# What a fault means, by curl's number; `came too early` is everything before the request could be written.
TROUBLES: Final[dict[int, str]] = {
    pycurl.E_UNSUPPORTED_PROTOCOL: NO_SCHEME,
    pycurl.E_URL_MALFORMAT: NO_ADDRESS,
    pycurl.E_COULDNT_RESOLVE_PROXY: "The network does not know the proxy's name.",
    pycurl.E_COULDNT_RESOLVE_HOST: NO_NAME,
    pycurl.E_COULDNT_CONNECT: NO_CONNECTION,
    pycurl.E_FTP_WEIRD_SERVER_REPLY: NOT_HTTP,
    pycurl.E_PARTIAL_FILE: BROKE_OFF,
    pycurl.E_OPERATION_TIMEDOUT: TOO_SLOW,
    pycurl.E_SSL_CONNECT_ERROR: NOT_SAFE,
    pycurl.E_GOT_NOTHING: NO_ANSWER,
    pycurl.E_SEND_ERROR: BROKE_WRITING,
    pycurl.E_RECV_ERROR: BROKE_READING,
    pycurl.E_PEER_FAILED_VERIFICATION: NOT_TRUSTED,
    pycurl.E_SSL_CACERT_BADFILE: NO_CA_FILE,
    pycurl.E_FILESIZE_EXCEEDED: TOO_LONG,
    # A kept-open connection ended under the request: curl would make it again, and cannot.
    pycurl.E_SEND_FAIL_REWIND: NO_ANSWER,
}


def check(url: str, terms: Terms) -> str:
    """Return an empty text when a connection to this address can be had, safe where it says so, else why not."""
    curl = pycurl.Curl()
    try:
        _set_up(curl, terms)
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.CONNECT_ONLY, 1)
        curl.setopt(pycurl.TIMEOUT_MS, int(terms.connect * 1000))
        curl.perform()
    except (pycurl.error, UnicodeError) as fault:
        return _sentence(fault)
    finally:
        curl.close()
    return ""


class _Line:
    """One request under way: curl's handle, and where its answer goes."""

    __slots__ = ("body", "curl", "head", "headers", "method", "reference", "url")

    def __init__(self, terms: Terms) -> None:
        self.curl = pycurl.Curl()
        self.reference = ""
        self.url = self.method = ""
        self.headers: tuple[tuple[str, str], ...] | None = None
        self.head, self.body = BytesIO(), BytesIO()
        _set_up(self.curl, terms)
        self.curl.setopt(pycurl.HEADERFUNCTION, self.head.write)
        self.curl.setopt(pycurl.WRITEFUNCTION, self.body.write)

    def load(self, call: Call) -> None:
        """Take a request; only what differs from the last one is said again.

        Raises:
            pycurl.error: the request cannot be made.
            UnicodeError: its address is none.
        """
        curl = self.curl
        for out in (self.head, self.body):
            out.seek(0)
            out.truncate()
        if call.url != self.url:
            curl.setopt(pycurl.URL, call.url)
            self.url = call.url
        if call.headers is not self.headers:
            curl.setopt(pycurl.HTTPHEADER, _header_lines(call.headers))
            self.headers = call.headers
        if call.method != self.method:
            curl.setopt(pycurl.CUSTOMREQUEST, call.method)
            curl.setopt(pycurl.HTTPGET if call.method == "GET" else pycurl.POST, 1)
            self.method = call.method
        if call.method != "GET":
            # Read once, and no way back: so curl cannot write it twice.
            curl.setopt(pycurl.READFUNCTION, BytesIO(call.body).read)
            curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(call.body))
        self.reference = call.reference

    def answer(self, trouble: str) -> Answer:
        """Return what came, now that it is over."""
        curl = self.curl
        code = int(curl.getinfo(pycurl.RESPONSE_CODE))
        # 100 and its like only say that an answer will come.
        status = code if code >= GOOD else 0
        return Answer(
            self.reference,
            status,
            Headers(self.head.getvalue()),
            self.body.getvalue(),
            trouble,
            went=bool(code or curl.getinfo(pycurl.REQUEST_SIZE)),
        )


class CurlLines:
    """Connections of one thread at a time."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, terms.lines)
        self._multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, terms.lines)
        self._free: list[_Line] = []
        self._busy: dict[pycurl.Curl, _Line] = {}
        self._vain = 0
        self._hopeless = ""

    def run(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """Make requests, as many at once as there are lines."""
        waiting = iter(calls)
        until = time.monotonic() + self._terms.batch
        self._vain, self._hopeless = 0, ""
        yield from self._fill(waiting)
        while self._busy:
            self._multi.perform()
            for answer in self._over():
                yield answer
                # Its line has the next request before the answer after it is looked at.
                if not self._hopeless:
                    yield from self._fill(waiting)
            if time.monotonic() >= until:
                yield from self._end(waiting)
            elif self._busy:
                self._multi.select(max(0.0, min(LOOK_AFTER, until - time.monotonic())))
        if self._hopeless:
            raise GatewayError(self._hopeless)

    def drop_all(self) -> None:
        """Leave what is under way."""
        for curl in list(self._busy):
            self._release(curl)

    def close(self) -> None:
        """Close every connection."""
        self.drop_all()
        for line in self._free:
            line.curl.close()
        self._multi.close()

    def _fill(self, waiting: Iterator[Call]) -> Iterator[Answer]:
        """Have a request on every line, as long as there are some; answers those that cannot be made."""
        while len(self._busy) < self._terms.lines:
            call = next(waiting, None)
            if call is None:
                return
            line = self._free.pop() if self._free else _Line(self._terms)
            try:
                line.load(call)
            except (pycurl.error, UnicodeError, ValueError) as fault:
                line.curl.close()
                yield Answer(call.reference, 0, trouble=_sentence(fault), went=False)
                continue
            self._multi.add_handle(line.curl)
            self._busy[line.curl] = line

    def _over(self) -> Iterator[Answer]:
        """Yield the answers of requests that are over."""
        more = 1
        while more:
            more, well, ill = self._multi.info_read()
            for curl in well:
                yield self._finish(curl, "")
            for curl, number, _ in ill:
                yield self._finish(curl, _trouble(number))

    def _finish(self, curl: pycurl.Curl, trouble: str) -> Answer:
        answer = self._busy[curl].answer(trouble)
        self._release(curl)
        if answer.went:
            self._vain = 0
        else:
            self._vain += 1
            if self._vain >= IN_VAIN:
                self._hopeless = trouble
        return answer

    def _release(self, curl: pycurl.Curl) -> None:
        self._multi.remove_handle(curl)
        self._free.append(self._busy.pop(curl))

    def _end(self, waiting: Iterator[Call]) -> Iterator[Answer]:
        """The time is up: say of each request whether it went."""
        for curl in list(self._busy):
            yield self._finish(curl, NO_TIME)
        for call in waiting:
            yield Answer(call.reference, 0, trouble=NO_TIME, went=False)


def _set_up(curl: pycurl.Curl, terms: Terms) -> None:
    """Say to curl what holds for every request."""
    usual = ssl.get_default_verify_paths()
    options: dict[int, Any] = {
        pycurl.NOSIGNAL: 1,
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.PROXY: terms.proxy,
        pycurl.NOPROXY: "" if terms.proxy else "*",
        pycurl.USERAGENT: OURSELVES,
        pycurl.CONNECTTIMEOUT_MS: int(terms.connect * 1000),
        pycurl.TIMEOUT_MS: int(terms.answer * 1000),
        pycurl.MAXFILESIZE_LARGE: terms.most,
        pycurl.MAXAGE_CONN: max(1, int(terms.idle)),
        pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.TCP_KEEPALIVE: 1,
    }
    options[pycurl.CAINFO] = terms.ca_file or usual.cafile
    options[pycurl.CAPATH] = None if terms.ca_file else usual.capath
    for option, value in options.items():
        if value is not None:
            curl.setopt(option, value)


def _header_lines(headers: tuple[tuple[str, str], ...]) -> list[str]:
    """Return headers as curl takes them.

    Raises:
        ValueError: a value would begin another header.
    """
    if any(set("\r\n\0") & {*name, *value} for name, value in headers):
        raise ValueError("A header goes over one line only.")
    # No asking first whether the body may come: it is small, and costs a round trip.
    return [*(f"{name}: {value}" for name, value in headers), "Expect:"]


def _trouble(number: int) -> str:
    return TROUBLES.get(number, f"The connection failed (curl {number}).")


def _sentence(fault: Exception) -> str:
    if isinstance(fault, pycurl.error):
        return _trouble(fault.args[0])
    return NO_ADDRESS
