"""E-mail by the API of any provider that django-anymail knows, its receipts and what it brings in.

One line names it and its own settings: `MAIL_PROVIDER=postmark?server_token=…&webhook_secret=name:password`. Many
letters go in one request where the provider fills in placeholders (`BATCHES`, or any provider with a stored template
that holds {{subject}} and {{body}}: `&template=…`), else each in its own, several at a time.

The provider gives our reference back with its receipts, so it is what we know a letter by. What is perhaps sent goes
again: with our Message-ID where the provider keeps it (`KEEPS_MESSAGE_ID`), else it may come as two letters.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as NotInTimeError
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailUnsupportedFeature,
)
from anymail.message import AnymailMessage, AnymailRecipientStatus
from anymail.utils import EmailAddress
from django.conf import settings
from django.utils.module_loading import import_string
from urllib3.exceptions import NewConnectionError

from hueandcry.gateways.contract import (
    Again,
    Fate,
    GatewayError,
    Handover,
    Heard,
    Incoming,
    Outgoing,
    Receipt,
    Said,
    Told,
)
from hueandcry.gateways.email.anymail_hooks import REFERENCE, Listener
from hueandcry.gateways.email.mime import Identity, NotALetterError, mailbox, message_id
from hueandcry.gateways.email.smtp import identity_as_set
from hueandcry.gateways.http import NO_TIME, PERHAPS, Answer, is_safe, perhaps, pump_as_set, words_for
from hueandcry.kit.finding import NotHereError

# How each provider writes a placeholder in a body that is not stored with it.
BATCHES: dict[str, str] = {
    "mailgun": "%recipient.{}%",
    "mailjet": "[[var:{}]]",
    "sparkpost": "{{{{{}}}}}",
}
# The most that one request may be for; others take more than a window.
MOST_AT_ONCE: dict[str, int] = {"mailjet": 50, "amazon_ses": 50}
# Providers that can be told in each request not to watch who opens and presses what; with others it is turned off in
# the account. We never watch.
WATCHES = frozenset(
    {"mailersend", "mailgun", "mailjet", "mandrill", "postmark", "sendgrid", "sparkpost", "unisender_go"}
)
# Providers that give nothing of ours back: their own name for a letter is all there is.
WITHOUT_METADATA = frozenset({"mailersend", "postal"})
# Providers that send a letter under the Message-ID that we give, and what else they want to hear for it.
KEEPS_MESSAGE_ID: dict[str, dict[str, str]] = {"mailgun": {}, "postmark": {"X-PM-KeepID": "true"}}
# What anymail's words mean when a letter is handed over.
STATUSES: dict[str | None, tuple[Fate, str]] = {
    "sent": (Fate.ACCEPTED, ""),
    "queued": (Fate.ACCEPTED, ""),
    "invalid": (Fate.BOUNCED, "There is no such address."),
    "rejected": (Fate.BOUNCED, "The provider sends nothing there: it came back before, or somebody complained."),
    "failed": (Fate.FAILED, "The provider could not send it."),
}
# An answer of a provider is small. What is longer is not read.
LONGEST_ANSWER = 1_000_000
UNREADABLE = "Perhaps sent: the provider's answer cannot be read."
_BATCH_REFUSED = frozenset({400, 413, 422})


@dataclass(frozen=True)
class Account:
    """Which provider, and its own settings; `template` is one stored with it that holds {{subject}} and {{body}}."""

    provider: str
    options: Mapping[str, str] = field(repr=False)
    template: str = ""

    @property
    def placeholder(self) -> str:
        """Return how a placeholder is written in a body; nothing where it cannot be."""
        return BATCHES.get(self.provider, "")

    @property
    def batches(self) -> bool:
        """Say whether letters can go many in one request."""
        return bool(self.template or self.placeholder)


def account_as_set() -> Account:
    """Return the provider that the settings name."""
    name, _, rest = settings.MAIL_PROVIDER.partition("?")
    options = dict(parse_qsl(rest))
    return Account(name.strip(), options, options.pop("template", ""))


class _Backend(Protocol):
    """What we use of anymail's face to one provider."""

    def open(self) -> bool: ...
    def close(self) -> None: ...
    def send_messages(self, messages: Sequence[AnymailMessage]) -> int: ...


@dataclass(frozen=True)
class _Letter:
    """A message that can go: its address as the provider is given it, its headers."""

    message: Outgoing
    to: str
    headers: dict[str, str]
    reply_to: str


class Anymail:
    """E-mail by the API of a provider that django-anymail knows."""

    name = "anymail"
    channel = "email"
    again = Again.SAME
    # A letter that came in, with the photographs in it.
    hears_most = 40_000_000

    def __init__(self, account: Account | None = None, identity: Identity | None = None) -> None:
        self._account = account or account_as_set()
        self._identity = identity or identity_as_set()
        self._idle: deque[_Backend] = deque()
        self._lock = threading.Lock()
        self._workers: ThreadPoolExecutor | None = None
        by_reference = self._account.provider not in WITHOUT_METADATA
        self._listener = Listener(self.name, self._account.provider, self._account.options, by_reference=by_reference)
        self._wrong = next(self._faults(), "")

    # ------------------------------------------------------------ sending

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handover]:
        """Hand letters over, many in one request where the provider can, else several at a time.

        Raises:
            GatewayError: it is set wrongly.
        """
        if not messages:
            return
        if self._wrong:
            raise GatewayError(self._wrong, lasting=True)
        letters = []
        for message in messages:
            try:
                letters.append(self._letter(message))
            except NotALetterError as refusal:
                yield Handover(message.reference, refusal.fate, detail=str(refusal))
        until = time.monotonic() + settings.MAIL_BATCH_SECONDS
        workers = self._pool()
        waiting: dict[Future[list[Handover]], Sequence[_Letter]] = {
            workers.submit(self._hand, group, until): group for group in self._groups(letters)
        }
        try:
            for done in as_completed(waiting, timeout=max(0.0, until - time.monotonic())):
                yield from done.result()
                del waiting[done]
        except NotInTimeError:
            for late, group in waiting.items():
                # What no worker has begun is not sent; the rest perhaps.
                never = late.cancel()
                for letter in group:
                    reference = letter.message.reference
                    yield _untouched(reference) if never else perhaps(reference, "Perhaps sent: it took too long.")
        finally:
            for late in waiting:
                late.cancel()

    def _letter(self, message: Outgoing) -> _Letter:
        """Return a message as it can go.

        Raises:
            NotALetterError: it cannot.
        """
        to = mailbox(message.address)
        for words in (message.subject, message.sender, *(value for pair in message.headers for value in pair)):
            if not words.isprintable():
                raise NotALetterError("The subject, the sender or a header has a line break or a control sign in it.")
        headers = {"Auto-Submitted": "auto-generated", **dict(message.headers)}
        if self._account.provider in KEEPS_MESSAGE_ID:
            headers["Message-ID"] = message_id(message.reference, self._identity.domain)
            headers |= KEEPS_MESSAGE_ID[self._account.provider]
        return _Letter(message, to, headers, self._identity.reply_to.replace("{reference}", message.reference))

    def _groups(self, letters: Sequence[_Letter]) -> Iterator[Sequence[_Letter]]:
        """Divide letters into those that can go together: one subject and sender, no address twice."""
        if not self._account.batches:
            yield from ([letter] for letter in letters)
            return
        most = MOST_AT_ONCE.get(self._account.provider, len(letters) or 1)
        groups: dict[tuple[str, ...], list[_Letter]] = {}
        copies: dict[str, int] = {}
        for letter in letters:
            copy = copies[letter.to.lower()] = copies.get(letter.to.lower(), -1) + 1
            same = (letter.message.subject, letter.message.sender, letter.reply_to, str(copy))
            groups.setdefault(same, []).append(letter)
        for group in groups.values():
            yield from (group[start : start + most] for start in range(0, len(group), most))

    def _hand(self, group: Sequence[_Letter], until: float) -> list[Handover]:
        """Hand one group over; one that is refused as a whole goes again letter by letter."""
        if len(group) > 1:
            said = self._request(group, until)
            if said is not None:
                return said
        return [one for letter in group for one in self._request([letter], until) or []]

    def _request(self, group: Sequence[_Letter], until: float) -> list[Handover] | None:
        """Make one request; None when many were refused together, and which of them is to blame is not said."""
        references = [letter.message.reference for letter in group]
        if time.monotonic() >= until:
            return [_untouched(reference) for reference in references]
        mail = self._mail(group)
        try:
            with self._backend() as backend:
                backend.send_messages([mail])
        except AnymailRecipientsRefused:
            pass  # what it says of each stands in its status
        except AnymailError as fault:
            return _refused(fault, references)
        except (LookupError, TypeError, AttributeError, RecursionError):
            # Its answer has another shape than Anymail knows, and it was not said that nothing went.
            return [perhaps(reference, UNREADABLE) for reference in references]
        statuses = {to.lower(): status for to, status in mail.anymail_status.recipients.items()}
        return [self._said(letter, statuses.get(letter.to.lower())) for letter in group]

    def _mail(self, group: Sequence[_Letter]) -> AnymailMessage:
        """Return one letter, or many as one with what differs beside it."""
        first, account = group[0], self._account
        sender = first.message.sender or self._identity.name
        mail = AnymailMessage(
            subject=first.message.subject,
            body=first.message.body,
            from_email=str(EmailAddress(sender, self._identity.address)),
            to=[letter.to for letter in group],
            reply_to=[first.reply_to] if first.reply_to else None,
        )
        if account.provider in WATCHES:
            mail.track_opens = mail.track_clicks = False
        if not account.batches:
            mail.extra_headers = first.headers
            if account.provider not in WITHOUT_METADATA:
                mail.metadata = {REFERENCE: first.message.reference}
            return mail
        words = {letter.to: {"subject": letter.message.subject, "body": letter.message.body} for letter in group}
        if account.template:
            mail.template_id = account.template
            mail.subject = mail.body = ""
            mail.merge_data = words
        else:
            mail.body = account.placeholder.format("body")
            mail.merge_data = {to: {"body": one["body"]} for to, one in words.items()}
        if account.provider not in WITHOUT_METADATA:
            mail.merge_metadata = {letter.to: {REFERENCE: letter.message.reference} for letter in group}
        shared = dict(set.intersection(*(set(letter.headers.items()) for letter in group)))
        mail.extra_headers = shared
        own = {
            letter.to: {name: value for name, value in letter.headers.items() if name not in shared} for letter in group
        }
        if any(own.values()):
            mail.merge_headers = own
        return mail

    def _said(self, letter: _Letter, status: AnymailRecipientStatus | None) -> Handover:
        """Return what the provider said of one letter."""
        reference = letter.message.reference
        if status is None or status.status not in STATUSES:
            return perhaps(reference, UNREADABLE)
        fate, detail = STATUSES[status.status]
        if fate != Fate.ACCEPTED:
            return Handover(reference, fate, detail=detail)
        known = str(status.message_id or "") if self._account.provider in WITHOUT_METADATA else reference
        return Handover(reference, fate, known or reference)

    # ------------------------------------------------------------ anymail's own connections

    @contextlib.contextmanager
    def _backend(self) -> Iterator[_Backend]:
        """Lend a connection to the provider; one that broke is not kept."""
        with self._lock:
            backend = self._idle.pop() if self._idle else None
        if backend is None:
            backend = self._new_backend()
            backend.open()
            if isinstance(session := getattr(backend, "session", None), requests.Session):
                _tame(session)
        try:
            yield backend
        except Exception:
            backend.close()
            raise
        with self._lock:
            self._idle.append(backend)

    def _new_backend(self) -> "_Backend":
        kind = import_string(f"anymail.backends.{self._account.provider}.EmailBackend")
        made: _Backend = kind(timeout=settings.MAIL_ANSWER_SECONDS, **self._account.options)
        return made

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(max(1, settings.MAIL_CONNECTIONS), "anymail")
            return self._workers

    def collect(self) -> tuple[Sequence[Receipt], Sequence[Incoming]]:
        """Return nothing: the provider tells us by requests to us."""
        return (), ()

    def hears(self, told: Told, said: Said) -> Heard:
        """Read one request of the provider's: `tracking` has receipts, `inbound` a letter that came in.

        Raises:
            ForgedError: its signature, or the name and password in its address, are missing or wrong.
            UnreadableError: it is nothing of this provider's.
            NotHereError: this provider tells us nothing of that kind.
        """
        del said
        if self._wrong:
            raise NotHereError(f"gateway:{self.name}:{told.what}")
        return self._listener.hears(told)

    # ------------------------------------------------------------ for `doctor`

    def check(self) -> str:
        """Return an empty text when it is set rightly and the provider's address can be reached."""
        if self._wrong:
            return self._wrong
        address = getattr(self._new_backend(), "api_url", "")
        if not address:
            return ""
        pump = pump_as_set()
        try:
            return pump.check(address)
        finally:
            pump.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        with self._lock:
            idle, self._idle = self._idle, deque()
            workers, self._workers = self._workers, None
        for backend in idle:
            backend.close()
        if workers is not None:
            workers.shutdown(cancel_futures=True)

    def _faults(self) -> Iterator[str]:
        provider = self._account.provider
        if not provider:
            yield "Set MAIL_PROVIDER: the provider and its settings, such as postmark?server_token=…"
            return
        try:
            mailbox(self._identity.address)
        except NotALetterError:
            yield "MAIL_FROM is not an e-mail address."
        try:
            backend = self._new_backend()
            is_open = self._listener.is_open
        except ImportError:
            yield f"MAIL_PROVIDER names a provider that is not known here, or needs more installed: {provider}."
            return
        except AnymailConfigurationError as fault:
            yield f"MAIL_PROVIDER lacks a setting of {provider}: {str(fault).splitlines()[0]}"
            return
        address = getattr(backend, "api_url", "")
        if address and not is_safe(address):
            yield "MAIL_PROVIDER: a key is never sent in clear: its api_url begins with https://."
        if is_open:
            yield f"MAIL_PROVIDER lacks webhook_secret=name:password, which {provider} shows when it calls us."


# ------------------------------------------------------------ what one request to the provider came to


def _untouched(reference: str) -> Handover:
    return Handover(reference, Fate.UNKNOWN, detail=NO_TIME, try_again=True)


def _refused(fault: AnymailError, references: Sequence[str]) -> list[Handover] | None:
    """Return what a refusal means for each letter; None when they may be tried one by one."""
    if isinstance(fault, AnymailAPIError):
        if len(references) > 1 and fault.status_code in _BATCH_REFUSED:
            return None
        return [_after(fault, reference) for reference in references]
    if isinstance(fault, AnymailUnsupportedFeature | AnymailInvalidAddress):
        if len(references) > 1:
            return None
        fate = Fate.BOUNCED if isinstance(fault, AnymailInvalidAddress) else Fate.FAILED
        return [Handover(references[0], fate, detail="The provider cannot be given this letter.")]
    return [perhaps(reference, UNREADABLE) for reference in references]


def _after(fault: AnymailAPIError, reference: str) -> Handover:
    """Return what a request that failed means for one of its letters."""
    response = fault.response
    if response is not None:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return words_for(Answer(reference, response.status_code, headers)) or perhaps(reference, UNREADABLE)
    if _never_went(fault.__cause__):
        return Handover(reference, Fate.UNKNOWN, detail="The provider takes no connections.", try_again=True)
    return perhaps(reference, PERHAPS)


def _never_went(fault: BaseException | None) -> bool:
    """Say whether a request failed before it could be written."""
    if isinstance(fault, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return True
    if not isinstance(fault, requests.ConnectionError):
        return False
    reason = getattr(fault.args[0] if fault.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def _tame(session: requests.Session) -> None:
    """Let a session reach the provider as every other of ours does, and read no more than an answer needs."""
    session.trust_env = False
    session.max_redirects = 0
    session.verify = settings.HTTP_CA_FILE or True
    if settings.HTTP_BY_PROXY:
        session.proxies = {"https": settings.HTTP_BY_PROXY, "http": settings.HTTP_BY_PROXY}
    session.hooks["response"].append(_read_bounded)


def _read_bounded(response: requests.Response, **_words: object) -> None:
    """Read an answer, but not without end, in bytes or in time."""
    until = time.monotonic() + settings.MAIL_ANSWER_SECONDS
    body = b""
    for some in response.iter_content(65536):
        body += some
        if len(body) > LONGEST_ANSWER or time.monotonic() > until:
            response.close()
            raise requests.RequestException("The answer is longer than we read.")
    # What `content` gives from here on: requests has no other way of saying that it is read.
    response._content = body  # noqa: SLF001
