"""Saying something to one or many, handing it over, and taking in what comes back."""

from hueandcry.domain.messaging.actions.collecting import collect
from hueandcry.domain.messaging.actions.digesting import digest
from hueandcry.domain.messaging.actions.dispatching import dispatch
from hueandcry.domain.messaging.actions.pausing import pause, resume
from hueandcry.domain.messaging.actions.receipts import fold, record_receipts
from hueandcry.domain.messaging.actions.receiving import receive, type_on_phone, use_phone
from hueandcry.domain.messaging.actions.saying import answer_all, cancel, follow, queue, reply
from hueandcry.domain.messaging.actions.waking import look, sweep
from hueandcry.domain.messaging.rules import MessagingError

__all__ = [
    "MessagingError",
    "answer_all",
    "cancel",
    "collect",
    "digest",
    "dispatch",
    "fold",
    "follow",
    "look",
    "pause",
    "queue",
    "receive",
    "record_receipts",
    "reply",
    "resume",
    "sweep",
    "type_on_phone",
    "use_phone",
]
