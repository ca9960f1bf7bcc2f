"""Posts on Mastodon, by an account of ours on any server.

A key of ours keeps a second post out for an hour (Idempotency-Key); what was perhaps posted before is looked for among
our own newest posts first, by its words. A message that replaces another (header `Supersedes`) edits it: whoever passed
the first one on then passes on what is true now. One that answers another (`In-Reply-To`) stands under it.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.conf import settings

from hueandcry.gateways.contract import Again, Fate, GatewayError, Handover, Incoming, Outgoing, Receipt
from hueandcry.gateways.http import LONGEST_WAIT, Answer, Call, Pump, Terms, is_safe, perhaps, pump_as_set, words_for
from hueandcry.kit import clock

# A server may allow more; none allows less.
LONGEST = 500
# Every link counts as so many signs, however long it is.
LINK_COUNTS = 23
# How many of our newest posts are looked through for one that is perhaps there, and how much of an answer is read.
LOOKED_THROUGH, LIST_BYTES = 40, 2_000_000
GOOD, ABSENT, TOO_MANY = 200, 404, 429
BARRED = frozenset({401, 403})
UNREADABLE = "Perhaps posted: the answer was not Mastodon's."
_ID = re.compile(r"[A-Za-z0-9]{1,64}")


@dataclass(frozen=True)
class Account:
    """Our account: its server, and a token that may write posts and read our own (write:statuses, read)."""

    address: str
    token: str = field(repr=False)

    @property
    def wrong(self) -> str:
        """Say what is wrong with these settings, in a sentence; nothing when they can be used."""
        if not is_safe(self.address):
            return "Set MASTODON_ADDRESS: the account's server, such as https://social.example.org."
        return "" if self.token else "Set MASTODON_TOKEN: a token that may write posts and read our own."


class Mastodon:
    """Posts on Mastodon."""

    name = "mastodon"
    channel = "mastodon"
    again = Again.KNOWN

    def __init__(self, account: Account | None = None, pump: Pump | None = None) -> None:
        self.account = account or Account(settings.MASTODON_ADDRESS.rstrip("/"), settings.MASTODON_TOKEN)
        self._pump = pump or pump_as_set()
        terms = self._pump.terms
        self._reader = Pump(Terms(1, terms.connect, terms.answer, terms.batch, terms.idle, LIST_BYTES, terms.proxy))
        self._headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {self.account.token}"))

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Post messages, one after the other: an answer stands under what was posted before it.

        Raises:
            GatewayError: the server cannot be spoken to or does not know us; what was yielded stands.
        """
        if messages and self.account.wrong:
            raise GatewayError(self.account.wrong, lasting=True)
        for message in messages:
            yield self._found(message) or self._post(message)

    def _post(self, message: Outgoing) -> Handover:
        headers = dict(message.headers)
        replaces, answers = headers.get("Supersedes", ""), headers.get("In-Reply-To", "")
        text = text_of(message)
        if counted(message) > LONGEST or not text:
            return Handover(message.reference, Fate.FAILED, detail=f"A post has 1 to {LONGEST} signs.")
        if not all(_ID.fullmatch(one) for one in (replaces, answers) if one):
            return Handover(message.reference, Fate.FAILED, detail="What it answers is no post of Mastodon's.")
        asked: dict[str, Any] = {"status": text, "language": message.language}
        url, method, sent = f"{self.account.address}/api/v1/statuses", "POST", list(self._headers)
        if replaces:
            url, method = f"{url}/{replaces}", "PUT"
        else:
            asked |= {"visibility": "public"} | ({"in_reply_to_id": answers} if answers else {})
            sent.append(("Idempotency-Key", message.reference))
        answer = self._pump.one(Call(message.reference, url, json.dumps(asked).encode(), tuple(sent), method))
        _must_know_us(answer)
        if answer.status == ABSENT and (replaces or answers):
            return Handover(message.reference, Fate.FAILED, detail="The post that it is about is gone.")
        return words_for(answer, _meaning) or _posted(answer)

    def _found(self, message: Outgoing) -> Handover | None:
        """Look for what is perhaps there already; None when it is not, and may be posted."""
        if not message.before or "Supersedes" in dict(message.headers):
            return None  # an edit made twice is one
        answer = self._reader.one(Call(message.reference, self._own(), headers=self._headers, method="GET"))
        _must_know_us(answer)
        posts = _json(answer)
        if answer.status != GOOD or not isinstance(posts, list):
            return perhaps(message.reference, UNREADABLE)
        wanted = _bare(text_of(message))
        for post in posts:
            if isinstance(post, dict) and _bare(_words_in(str(post.get("content", "")))) == wanted:
                return Handover(message.reference, Fate.ACCEPTED, str(post.get("id", "")))
        return None

    def _own(self) -> str:
        """Return the address of our own newest posts.

        Raises:
            GatewayError: the server does not say who we are.
        """
        url = f"{self.account.address}/api/v1/accounts/verify_credentials"
        answer = self._reader.one(Call("account", url, headers=self._headers, method="GET"))
        _must_know_us(answer)
        account = _json(answer)
        one = str(account.get("id", "")) if answer.status == GOOD and isinstance(account, dict) else ""
        if not _ID.fullmatch(one):
            raise GatewayError(f"Mastodon does not say which account is ours ({answer.status or answer.trouble}).")
        asked = f"limit={LOOKED_THROUGH}&exclude_reblogs=true"
        return f"{self.account.address}/api/v1/accounts/{one}/statuses?{asked}"

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: who reads a post is not counted, and nobody is told that answers to it are read."""
        return (), ()

    def check(self) -> str:
        """Return an empty text when the server knows our account."""
        if self.account.wrong:
            return self.account.wrong
        try:
            self._own()
        except GatewayError as fault:
            return str(fault)
        return ""

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()
        self._reader.close()


def text_of(message: Outgoing) -> str:
    """Return a post as it stands: the words, then the link."""
    return "\n\n".join(filter(None, [message.body.strip(), message.link]))


def counted(message: Outgoing) -> int:
    """Return how long Mastodon counts a post; signs that are several for us may be fewer for it, never more."""
    text = text_of(message)
    return len(text) - len(message.link) + LINK_COUNTS if message.link else len(text)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _words_in(page: str) -> str:
    reader = _Words()
    reader.feed(page)
    reader.close()
    return "".join(reader.words)


def _bare(text: str) -> str:
    """Return the signs alone: Mastodon makes paragraphs of lines, and pieces of links."""
    return "".join(text.split())


def _must_know_us(answer: Answer) -> None:
    if answer.status in BARRED:
        raise GatewayError(f"Mastodon does not know us ({answer.status}): look at MASTODON_TOKEN.", lasting=True)


def _meaning(answer: Answer) -> Handover | None:
    """Read how long the server asks us to stay away: it gives the moment, not the seconds."""
    if answer.status != TOO_MANY:
        return None
    try:
        until = dt.datetime.fromisoformat(answer.headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return None
    moment = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    wait = min(max((moment - clock.now()).total_seconds(), 1.0), LONGEST_WAIT)
    return Handover(answer.reference, Fate.UNKNOWN, detail="Slower, please (429).", try_again=True, wait_s=wait)


def _posted(answer: Answer) -> Handover:
    post = _json(answer)
    one = post.get("id") if isinstance(post, dict) else None
    if not isinstance(one, str) or not _ID.fullmatch(one):
        return perhaps(answer.reference, UNREADABLE)
    return Handover(answer.reference, Fate.ACCEPTED, one)


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
