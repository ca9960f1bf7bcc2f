"""The far side of Mastodon, made from its documentation of the API: posts, edits, answers, keys kept for an hour."""

import html
import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.peers.provider import Asked, Provider, Reply, provider
from tests.gateways.sampled import answer

TOKEN, ACCOUNT = "a-token-that-may-write", "14715"
LINK = re.compile(r"https?://\S+")


def page_of(text: str) -> str:
    """Return a post as Mastodon shows it: paragraphs, and links in pieces."""

    def link(found: re.Match[str]) -> str:
        scheme, rest = found[0].split("://", 1)
        return (
            f'<a href="{found[0]}" target="_blank"><span class="invisible">{scheme}://</span>'
            f'<span class="ellipsis">{rest[:30]}</span><span class="invisible">{rest[30:]}</span></a>'
        )

    paragraphs = LINK.sub(link, html.escape(text, quote=False)).split("\n\n")
    return "".join(f"<p>{one}</p>" for one in paragraphs).replace("\n", "<br />")


class FarMastodon:
    """What a server of Mastodon's knows."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.put_off: set[str] = set()
        self.silent = False
        self._count = itertools.count(103254962155278888)
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Reply:
        """Answer as Mastodon does."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return answer("mastodon", "answers", "not known")
        match asked.method, asked.path.split("/")[3:]:
            case "GET", ["accounts", "verify_credentials"]:
                return Reply(200, {"id": ACCOUNT, "acct": "police"})
            case "GET", ["accounts", one, "statuses"] if one == ACCOUNT:
                return Reply(200, list(reversed(self.posts.values())))
            case "POST", ["statuses"]:
                return self._post(asked)
            case "PUT", ["statuses", one] if one in self.posts:
                self.posts[one] |= {"content": page_of(asked.json["status"]), "text": asked.json["status"]}
                return Reply(200, self.posts[one])
        return answer("mastodon", "answers", "gone")

    def _post(self, asked: Asked) -> Reply:
        text, key = asked.json["status"], asked.headers.get("idempotency-key", "")
        answers = asked.json.get("in_reply_to_id")
        if "998" in text or len(LINK.sub("x" * 23, text)) > 500:
            return answer("mastodon", "answers", "too long")
        if answers and answers not in self.posts:
            return answer("mastodon", "answers", "gone")
        with self._lock:
            if "996" in text and text not in self.put_off:
                self.put_off.add(text)
                return answer("mastodon", "answers", "slower")
            if key not in self.keys:
                one = self.keys[key] = str(next(self._count))
                self.posts[one] = {
                    "id": one, "content": page_of(text), "text": text, "in_reply_to_id": answers,
                    "visibility": asked.json["visibility"], "language": asked.json["language"],
                }  # fmt: skip
        return Reply(0, cut=True) if self.silent else Reply(200, self.posts[self.keys[key]])


@contextmanager
def far_mastodon(settings: Any) -> Iterator[tuple[FarMastodon, Provider]]:
    """Run it, and name it in the settings."""
    far = FarMastodon()
    with provider(far.answer) as kept:
        settings.MASTODON_ADDRESS, settings.MASTODON_TOKEN = kept.address, TOKEN
        yield far, kept


@contextmanager
def far_side(settings: Any) -> Iterator[None]:
    """Run it, and name it in the settings."""
    with far_mastodon(settings):
        yield
