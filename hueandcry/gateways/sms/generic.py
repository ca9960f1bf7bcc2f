"""Texts by a provider that settings alone describe (TEXT_HTTP_…), and by a second one (TEXT_HTTP2_…).

For a provider that takes one request a text and answers at once. What is described cannot be wrong quietly: a template
that cannot be read is said by `hueandcry doctor`, and nothing is sent by it.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from hueandcry.gateways.contract import (
    Again,
    Fate,
    ForgedError,
    GatewayError,
    Handover,
    Heard,
    Incoming,
    Outgoing,
    Receipt,
    Said,
    Told,
    UnreadableError,
)
from hueandcry.gateways.http import Answer, Call, Pump, is_safe, perhaps, pump_as_set, slower, words_for
from hueandcry.gateways.sms import described
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError

# As many receipts as one request may hold, and as much of it as is kept.
MOST_ITEMS, MOST_KEPT = 2000, 20_000
METHODS = ("POST", "PUT", "GET")
FIRST = "TEXT_HTTP"


@dataclass(frozen=True)
class Provider:
    """A provider as the settings describe it; `prefix` is how those settings begin."""

    prefix: str
    url: str
    method: str
    sender: str
    headers: tuple[tuple[str, str], ...]
    body: described.Template
    taken: described.Where | None
    name: described.Where | None
    no_such: described.Where | None
    slower: described.Where | None
    knows_reference: bool
    seal: described.Seal | None
    receipt: described.Map | None
    came: described.Map | None


def provider_as_set(prefix: str = FIRST) -> Provider:
    """Return the provider that the settings describe.

    Raises:
        DescriptionError: a setting cannot be used.
    """
    try:
        return _described(prefix)
    except described.DescriptionError as fault:
        raise described.DescriptionError(_says(prefix, str(fault))) from fault


def _described(prefix: str) -> Provider:
    def told(name: str) -> Any:  # noqa: ANN401 - as settings are
        return getattr(settings, f"{prefix}_{name}")

    if not is_safe(told("URL")):
        raise described.DescriptionError("Set TEXT_HTTP_URL: where texts go, https://…; numbers go nowhere in clear.")
    if told("METHOD") not in METHODS:
        raise described.DescriptionError("TEXT_HTTP_METHOD is POST, PUT or GET.")
    body = described.template(told("BODY"))
    if told("METHOD") == "GET" and body.content_type == "application/json":
        raise described.DescriptionError("With GET, TEXT_HTTP_BODY is a form such as to={to}&text={text}.")
    headers = described.headers(told("HEADERS"), told("AUTH"))
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers += (("Content-Type", body.content_type),)
    return Provider(
        prefix,
        told("URL"),
        told("METHOD"),
        told("SENDER"),
        headers,
        body,
        described.where("TEXT_HTTP_TAKEN", told("TAKEN")),
        described.where("TEXT_HTTP_ID", told("ID")),
        described.where("TEXT_HTTP_NO_SUCH", told("NO_SUCH")),
        described.where("TEXT_HTTP_SLOWER", told("SLOWER")),
        told("KNOWS_REFERENCE"),
        described.seal(told("SIGNED")),
        described.mapped("TEXT_HTTP_RECEIPT", told("RECEIPT"), ("id", "word")),
        described.mapped("TEXT_HTTP_CAME", told("CAME"), ("id", "from", "text")),
    )


def _says(prefix: str, sentence: str) -> str:
    """Return a sentence with the names of the settings that are meant; it is written with those of the first."""
    return sentence.replace(f"{FIRST}_", f"{prefix}_")


class HttpText:
    """Texts by the provider that the settings describe."""

    name = "http-text"
    prefix = FIRST
    channel = "sms"
    again = Again.NEVER

    def __init__(self, provider: Provider | None = None, pump: Pump | None = None) -> None:
        self._wrong = ""
        self._provider: Provider | None = None
        try:
            self._provider = provider or provider_as_set(self.prefix)
        except described.DescriptionError as fault:
            self._wrong = str(fault)
        self._pump = pump or pump_as_set()
        if self._provider is not None and self._provider.knows_reference:
            self.again = Again.KNOWN

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand texts over; yield what was said of each.

        Raises:
            GatewayError: the provider is described wrongly or cannot be spoken to; what was yielded stands.
        """
        if not messages:
            return
        provider = self._provider
        if provider is None:
            raise GatewayError(self._wrong, lasting=True)
        for answer in self._pump.all(_call(provider, message) for message in messages):
            yield _meaning(provider, answer)

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: the provider calls us."""
        return (), ()

    def check(self) -> str:
        """Return an empty text when the description can be used and a connection be had, else what is wrong."""
        return self._wrong or (self._pump.check(self._provider.url) if self._provider else "")

    def hears(self, told: Told, said: Said) -> Heard:  # noqa: ARG002 - for calls
        """Read receipts (`status`), or texts that came in (`text`), where the settings describe them.

        Raises:
            ForgedError: it is not the provider's.
            UnreadableError: nothing of what was described is in it.
            NotHereError: nothing is described for this.
        """
        provider = self._provider
        shape = None if provider is None else {"status": provider.receipt, "text": provider.came}.get(told.what)
        if provider is None or provider.seal is None or shape is None:
            raise NotHereError(told.what)
        asked = dict(parse_qsl(urlsplit(told.address).query, keep_blank_values=True))
        if not provider.seal.fits(told.headers, asked, told.body):
            raise ForgedError
        try:
            items = list(shape.items(told.body, asked))
        except ValueError as nonsense:
            raise UnreadableError from nonsense
        found = [item for item in items if all(shape.read(item, name) for name in ("id", *_AT_LEAST[told.what]))]
        if not found or len(items) > MOST_ITEMS:
            raise UnreadableError
        now = clock.now()
        if told.what == "status":
            return Heard(
                receipts=[Receipt(self.name, shape.read(one, "id"), shape.fate(one), now, _raw(one)) for one in found]
            )
        return Heard(
            incoming=[
                Incoming(
                    self.name,
                    *(shape.read(one, "id"), self.channel, shape.read(one, "from"), shape.read(one, "text")),
                    now,
                    _raw(one),
                )
                for one in found
            ]
        )

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pump.close()


class SecondHttpText(HttpText):
    """The same by another provider, described in settings of its own."""

    name = "http-text-2"
    prefix = "TEXT_HTTP2"


# What must stand in a request beside the id; a text may be empty.
_AT_LEAST: dict[str, tuple[str, ...]] = {"status": (), "text": ("from",)}


def _raw(item: object) -> str:
    """Return one thing of a request, as it is kept."""
    return json.dumps(item, ensure_ascii=False)[:MOST_KEPT]


def _call(provider: Provider, message: Outgoing) -> Call:
    values = {
        "to": message.address,
        "text": message.body,
        "from": provider.sender or message.sender,
        "reference": message.reference,
    }
    if provider.body.named - values.keys():
        until = message.until
        values["number"] = message.address.removeprefix("+")
        values["until"] = f"{until.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}Z" if until else ""
        values["seconds"] = str(max(1, int((until - clock.now()).total_seconds()))) if until else ""
    said = provider.body.fill(values)
    if provider.method == "GET":
        url = f"{provider.url}{'&' if '?' in provider.url else '?'}{said}"
        return Call(message.reference, url, headers=provider.headers, method="GET")
    return Call(message.reference, provider.url, said.encode(), provider.headers, provider.method)


def _meaning(provider: Provider, answer: Answer) -> Handover:
    text = answer.body.decode("utf-8", "replace")
    document = described.document_in(text)
    if provider.no_such is not None and provider.no_such.read(document, text) is not None and answer.status:
        return Handover(answer.reference, Fate.BOUNCED, detail=f"There is no such number ({answer.status}).")
    said = words_for(answer)
    if _asks_to_go_slower(provider, answer, document, text, taken=said is None):
        return slower(answer)
    if said is not None:
        return said
    name = answer.reference if provider.name is None else provider.name.read(document, text)
    if provider.taken is None:
        if not name:
            nothing = _says(provider.prefix, "Perhaps sent: nothing stands at TEXT_HTTP_ID in the answer.")
            return perhaps(answer.reference, nothing)
    elif provider.taken.read(document, text) is None:
        return _not_said(provider.prefix, provider.taken, answer, document)
    return Handover(answer.reference, Fate.ACCEPTED, name or "")


def _asks_to_go_slower(provider: Provider, answer: Answer, document: object, text: str, *, taken: bool) -> bool:
    """Say whether a whole answer asks for it, with any status; what it says that it took, it took all the same."""
    if provider.slower is None or not answer.status or answer.trouble:
        return False
    if taken and provider.taken is not None and provider.taken.read(document, text) is not None:
        return False
    return provider.slower.read(document, text) is not None


def _not_said(prefix: str, taken: described.Where, answer: Answer, document: object) -> Handover:
    """Return what an answer means that does not say that the text was taken."""
    if answer.trouble or (document is None and taken.path != ("body",)):
        return perhaps(answer.reference, "Perhaps sent: the answer is none of the provider's.")
    if not taken.stands(document):
        # A provider that refuses says so where it says yes; who says nothing there may be anybody, after it went.
        nothing = _says(prefix, "Perhaps sent: nothing stands at TEXT_HTTP_TAKEN in the answer.")
        return perhaps(answer.reference, nothing)
    said_otherwise = f"The provider did not say that it took it ({answer.status}): see TEXT_HTTP_TAKEN."
    return Handover(answer.reference, Fate.UNKNOWN, detail=_says(prefix, said_otherwise), try_again=True)
