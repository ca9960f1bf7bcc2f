"""Posts on Bluesky, by an account of ours on any server that speaks its protocol.

A post lies in our own store under a key; the key is made of our reference, and the post is put there, so that put twice
it is one. Posts cannot be edited for those who read them: a message that answers another (header `In-Reply-To`) stands
under it instead.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from hueandcry.gateways.contract import Again, Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.http import LONGEST_WAIT, Answer, Call, Pump, is_safe, perhaps, pump_as_set, words_for
from hueandcry.kit import clock

LONGEST, LONGEST_BYTES = 300, 3000
POST = "app.bsky.feed.post"
GOOD, WRONG, UNAUTHORISED, FORBIDDEN, TOO_MANY = 200, 400, 401, 403, 429
UNREADABLE = "Perhaps posted: the answer was not Bluesky's."
# What is wrong with our proof is said with 400, as what is wrong with a post: the word tells them apart.
OF_PROOF = frozenset({"ExpiredToken", "InvalidToken"})
# A key has the form of a moment in millionths of a second and a number of a clock. Ours lie in one year that is past,
# so that nobody takes them for the future; which moment says nothing.
_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
_FROM, _YEAR, _CLOCKS = 1_704_067_200_000_000, 365 * 86_400 * 1_000_000, 1024
_KEY = re.compile(f"[{_SIGNS[:16]}][{_SIGNS}]{{12}}")


@dataclass(frozen=True)
class Account:
    """Our account: its server, its name, and a password made for this program alone."""

    address: str
    name: str
    password: str = field(repr=False)

    @property
    def wrong(self) -> str:
        """Say what is wrong with these settings, in a sentence; nothing when they can be used."""
        if not is_safe(self.address):
            return "BLUESKY_ADDRESS begins with https://: a password is never sent in clear."
        return "" if self.name and self.password else "Set BLUESKY_NAME and BLUESKY_PASSWORD, an app password of it."


@dataclass(frozen=True)
class _Session:
    did: str
    token: str = field(repr=False)
    renews: str = field(repr=False)


def key_of(reference: str) -> str:
    """Return the key under which a message is posted: the same each time."""
    number = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:16])
    value = (_FROM + number % _YEAR) * _CLOCKS + number // _YEAR % _CLOCKS
    return "".join(_SIGNS[value >> shift & 31] for shift in range(60, -1, -5))


class Bluesky:
    """Posts on Bluesky."""

    name = "bluesky"
    channel = "bluesky"
    again = Again.KNOWN

    def __init__(self, account: Account | None = None, pump: Pump | None = None) -> None:
        self.account = account or Account(
            settings.BLUESKY_ADDRESS.rstrip("/"), settings.BLUESKY_NAME, settings.BLUESKY_PASSWORD
        )
        self._pump = pump or pump_as_set()
        self._session: _Session | None = None
        self._lock = threading.Lock()

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Post messages, one after the other: an answer stands under what was posted before it.

        Raises:
            GatewayError: the server cannot be spoken to or does not know us; what was yielded stands.
        """
        if messages and self.account.wrong:
            raise GatewayError(self.account.wrong, lasting=True)
        for message in messages:
            yield self._post(message)

    def _post(self, message: Outgoing) -> Handover:
        reference, headers = message.reference, dict(message.headers)
        text = text_of(message)
        if not text or len(text) > LONGEST or len(text.encode()) > LONGEST_BYTES:
            return Handover(reference, Fate.FAILED, detail=f"A post has 1 to {LONGEST} signs.")
        if "Supersedes" in headers:
            return Handover(reference, Fate.FAILED, detail="A post on Bluesky cannot be changed.")
        record: dict[str, Any] = {
            "$type": POST,
            "text": text,
            "createdAt": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "langs": [message.language],
            "facets": _links(text, message.link),
        }
        answers = headers.get("In-Reply-To", "")
        if answers:
            thread = self._thread(reference, answers)
            if isinstance(thread, Handover):
                return thread
            record["reply"] = thread
        did = self._signed_in().did
        asked = {"repo": did, "collection": POST, "rkey": key_of(reference), "record": record, "validate": True}
        answer = self._ask(reference, "com.atproto.repo.putRecord", asked)
        return words_for(answer, _meaning) or _posted(answer)

    def _thread(self, reference: str, key: str) -> dict[str, Any] | Handover:
        """Return what an answer says of the post that it stands under, or why there is none."""
        if not _KEY.fullmatch(key):
            return Handover(reference, Fate.FAILED, detail="What it answers is no post of Bluesky's.")
        asked = urlencode({"repo": self._signed_in().did, "collection": POST, "rkey": key})
        answer = self._ask(reference, f"com.atproto.repo.getRecord?{asked}")
        said = _json(answer)
        if answer.status == WRONG and _error(answer) == "RecordNotFound":
            return Handover(reference, Fate.FAILED, detail="The post that it is about is gone.")
        if answer.status != GOOD or not (isinstance(said.get("uri"), str) and isinstance(said.get("cid"), str)):
            # Nothing was posted yet.
            return Handover(reference, Fate.UNKNOWN, detail="Bluesky does not show the first post.", try_again=True)
        parent = {"uri": said["uri"], "cid": said["cid"]}
        value = said.get("value")
        above = value.get("reply") if isinstance(value, dict) else None
        root = above.get("root") if isinstance(above, dict) else None
        return {"root": root if isinstance(root, dict) else parent, "parent": parent}

    # ------------------------------------------------------------ the account

    def _ask(self, reference: str, what: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Ask the server as ourselves; once more with new proof when the old one has run out.

        Raises:
            GatewayError: it does not know us.
        """
        answer = self._call(reference, what, self._signed_in().token, body)
        if answer.status == UNAUTHORISED or _is_of_proof(answer):
            self._renew()
            answer = self._call(reference, what, self._signed_in().token, body)
        if answer.status in {UNAUTHORISED, FORBIDDEN} or _is_of_proof(answer):
            raise GatewayError(f"Bluesky does not let us in ({_error(answer) or answer.status}).", lasting=True)
        return answer

    def _signed_in(self) -> _Session:
        """Return proof of who we are, made once and kept: the server counts how often it is made.

        Raises:
            GatewayError: the server does not know us, or does not answer.
        """
        with self._lock:
            if self._session is None:
                asked = {"identifier": self.account.name, "password": self.account.password}
                self._session = _session(self._call("session", "com.atproto.server.createSession", "", asked))
            return self._session

    def _renew(self) -> None:
        with self._lock:
            old, self._session = self._session, None
            if old is not None:
                answer = self._call("session", "com.atproto.server.refreshSession", old.renews, {})
                if answer.status == GOOD:
                    self._session = _session(answer)

    def _call(self, reference: str, what: str, token: str, body: Mapping[str, Any] | None) -> Answer:
        url = f"{self.account.address}/xrpc/{what}"
        headers = (("Authorization", f"Bearer {token}"),) if token else ()
        if body is None:
            return self._pump.one(Call(reference, url, headers=headers, method="GET"))
        said = json.dumps(body).encode() if body else b""
        kind = (("Content-Type", "application/json"),) if body else ()
        return self._pump.one(Call(reference, url, said, (*headers, *kind)))

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: who reads a post is not counted, and nobody is told that answers to it are read."""
        return (), ()

    def check(self) -> str:
        """Return an empty text when the server knows our account."""
        if self.account.wrong:
            return self.account.wrong
        try:
            self._ask("session", "com.atproto.server.getSession")
        except GatewayError as fault:
            return str(fault)
        return ""

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()


def text_of(message: Outgoing) -> str:
    """Return a post as it stands: the words, then the link."""
    return "\n\n".join(filter(None, [message.body.strip(), message.link]))


def _links(text: str, link: str) -> list[dict[str, Any]]:
    """Return which bytes of the text are the link: Bluesky makes none by itself."""
    if not link:
        return []
    start = len(text[: text.rindex(link)].encode())
    return [
        {
            "index": {"byteStart": start, "byteEnd": start + len(link.encode())},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}],
        }
    ]


def _session(answer: Answer) -> _Session:
    said = _json(answer)
    words = [said.get(name) for name in ("did", "accessJwt", "refreshJwt")]
    if answer.status == GOOD and all(isinstance(word, str) and word for word in words):
        return _Session(*map(str, words))
    if answer.status in {UNAUTHORISED, FORBIDDEN} or (answer.status == WRONG and _error(answer)):
        raise GatewayError(f"Bluesky does not know us ({_error(answer)}): look at BLUESKY_PASSWORD.", lasting=True)
    raise GatewayError(f"Bluesky does not let us sign in now ({answer.status or answer.trouble}).")


def _is_of_proof(answer: Answer) -> bool:
    return answer.status == WRONG and _error(answer) in OF_PROOF


def _meaning(answer: Answer) -> Handover | None:
    """Read how long the server asks us to stay away: it gives the second at which it counts anew."""
    reset = answer.headers.get("ratelimit-reset", "")
    if answer.status != TOO_MANY or not (reset.isascii() and reset.isdigit()):
        return None
    wait = min(max(int(reset) - clock.now().timestamp(), 1.0), LONGEST_WAIT)
    return Handover(answer.reference, Fate.UNKNOWN, detail="Slower, please (429).", try_again=True, wait_s=wait)


def _posted(answer: Answer) -> Handover:
    uri = _json(answer).get("uri")
    key = key_of(answer.reference)
    if not (isinstance(uri, str) and uri.endswith(f"/{POST}/{key}")):
        return perhaps(answer.reference, UNREADABLE)
    return Handover(answer.reference, Fate.ACCEPTED, key)


def _error(answer: Answer) -> str:
    return str(_json(answer).get("error", ""))[:40]


def _json(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
