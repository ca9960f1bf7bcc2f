"""The far side of Bluesky, made from the lexicons of its protocol: sessions, and records under keys that we choose."""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.gateways.peers.provider import Asked, Provider, Reply, provider
from tests.gateways.sampled import answer

NAME, PASSWORD, DID = "police.example.org", "abcd-efgh-ijkl-mnop", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
# The form of a key of this kind of record (lexicon: key "tid").
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


def said(called: str) -> Reply:
    """Return an answer of the samples."""
    return answer("bluesky", "answers", called)


class FarBluesky:
    """What a server of Bluesky's knows."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.put_off: set[str] = set()
        self.sessions = 0
        self.renewals = 0
        self.good = "none"
        self.silent = False
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Answer as Bluesky does."""
        what, bearer = asked.path.removeprefix("/xrpc/com.atproto."), asked.headers.get("authorization", "")
        if what == "server.createSession":
            if (asked.json["identifier"], asked.json["password"]) != (NAME, PASSWORD):
                return said("a wrong password")
            self.sessions += 1
            return self._session()
        if what == "server.refreshSession" and bearer.startswith("Bearer renews-"):
            self.renewals += 1
            return self._session()
        return self._inside(what, asked) if bearer == f"Bearer {self.good}" else said("proof that has run out")

    def _inside(self, what: str, asked: Asked) -> Reply:
        if what == "server.getSession":
            return Reply(200, {"did": DID, "handle": NAME})
        if what == "repo.getRecord":
            key = asked.query["rkey"][0]
            return Reply(200, self._shown(key)) if key in self.records else said("nothing to answer")
        return self._put(asked.json) if what == "repo.putRecord" else said("no such method")

    def _session(self) -> Reply:
        self.good = f"access-{self.sessions}-{self.renewals}"
        return Reply(200, {"did": DID, "handle": NAME, "accessJwt": self.good, "refreshJwt": f"renews-{self.good}"})

    def _put(self, put: dict[str, Any]) -> Reply:
        record, key, text = put["record"], put["rkey"], put["record"]["text"]
        good = put["repo"] == DID and put["collection"] == record["$type"] == "app.bsky.feed.post"
        if not (good and TID.fullmatch(key) and record["createdAt"]) or len(text) > 300 or "998" in text:
            return said("no such record")
        with self._lock:
            if "996" in text and text not in self.put_off:
                self.put_off.add(text)
                return replace(said("slower"), headers={"RateLimit-Reset": str(int(time.time()) + 30)})
            self.records[key] = record
        return Reply(0, cut=True) if self.silent else Reply(200, self._shown(key) | {"validationStatus": "valid"})

    def _shown(self, key: str) -> dict[str, Any]:
        record = self.records[key]
        cid = "bafy" + hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:40]
        return {"uri": f"at://{DID}/app.bsky.feed.post/{key}", "cid": cid, "value": record}


@contextmanager
def far_bluesky(settings: Any) -> Iterator[tuple[FarBluesky, Provider]]:
    """Run it, and name it in the settings."""
    far = FarBluesky()
    with provider(far.answer) as kept:
        settings.BLUESKY_ADDRESS, settings.BLUESKY_NAME, settings.BLUESKY_PASSWORD = kept.address, NAME, PASSWORD
        yield far, kept


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run it, and name it in the settings."""
    with far_bluesky(settings):
        yield
