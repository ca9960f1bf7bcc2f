"""Collecting what providers keep for us, whatever is in it: one bad message never holds up the next.

A fault of ours in reading one text is told in the log, and its words are kept for people to read; a database that is
away or busy is no fault of the text: it is told again.
"""

import logging
import traceback
from collections.abc import Sequence
from typing import Protocol

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from hueandcry.domain.members.rules import Channel
from hueandcry.domain.messaging.actions.receipts import fold, keep_and_fold, keep_receipts
from hueandcry.domain.messaging.actions.receiving import receive
from hueandcry.domain.messaging.models import Conversation, Inbound
from hueandcry.domain.messaging.rules import Command, kept_ref
from hueandcry.domain.records.actions import log
from hueandcry.gateways.contract import Gateway, GatewayError, Incoming, Receipt
from hueandcry.gateways.registry import gateways
from hueandcry.kit import clock
from hueandcry.kit.text import storable

logger = logging.getLogger(__name__)

# What PostgreSQL says when it is away, full or busy (the first two signs of SQLSTATE), or may be read only for now; all
# else is in what we asked of it.
_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})
_READ_ONLY = "25006"
LONGEST_ADDRESS = 254


class Keeping(Protocol):
    """A way to keep receipts with one statement."""

    def __call__(self, *, receipts: Sequence[Receipt]) -> None:
        """Keep them."""


def collect() -> int:
    """Ask every gateway for receipts and messages, keep and fold them; return how many came.

    Raises:
        DatabaseError: the database is away, full or busy: what was not kept is told again.
    """
    came = 0
    for gateway in gateways():
        try:
            while brought := _collect_some(gateway):
                came += brought
        except GatewayError:
            logger.warning("Nothing can be collected for now.", extra={"gateway": gateway.name})
        except Exception as trouble:
            if is_passing(trouble):
                raise
            _tell("A provider's news cannot be collected: a fault of ours.", trouble, gateway.name)
    fold()
    return came


@transaction.atomic
def _collect_some(gateway: Gateway) -> int:
    """Keep what one call brings, in one transaction with the asking: what is not kept is told again."""
    receipts, incoming = gateway.collect()
    # What people say locks other rows before deliveries: beside it, receipts are kept now and folded afterwards.
    keep_what_can_be_kept(receipts=receipts, by=keep_receipts if incoming else keep_and_fold)
    for message in incoming:
        take_in(incoming=message)
    return len(receipts) + len(incoming)


def take_in(*, incoming: Incoming) -> Inbound:
    """Take in one message; where reading it fails by a fault of ours, keep its words for people to read.

    Raises:
        DatabaseError: the database is away, full or busy: whoever brought it is to bring it again.
    """
    try:
        with transaction.atomic():
            return receive(incoming=incoming)
    except Exception as trouble:
        if is_passing(trouble):
            raise
        _tell("A message could not be dealt with: its words are kept for people to read.", trouble, incoming.gateway)
    return _keep_for_people(incoming)


def keep_what_can_be_kept(*, receipts: Sequence[Receipt], by: Keeping = keep_receipts) -> None:
    """Keep receipts with one statement; where one of them breaks it, one by one, without those that cannot be kept."""
    try:
        with transaction.atomic():
            by(receipts=receipts)
    except Exception as trouble:
        if is_passing(trouble):
            raise
    else:
        return
    for receipt in receipts:
        try:
            with transaction.atomic():
                keep_receipts(receipts=[receipt])
        except Exception as trouble:
            if is_passing(trouble):
                raise
            _tell("A receipt could not be kept.", trouble, receipt.gateway)


def is_passing(trouble: BaseException) -> bool:
    """Say whether the same may go well a moment later: the database is away, full or busy."""
    if not isinstance(trouble, DatabaseError | InterfaceError):
        return False
    state = getattr(trouble.__cause__, "sqlstate", None)
    if state is None:  # nothing was said: the line broke, or our own end refused what it was given
        return isinstance(trouble, OperationalError | InterfaceError)
    return state[:2] in _PASSING or state == _READ_ONLY


@transaction.atomic
def _keep_for_people(incoming: Incoming) -> Inbound:
    """Keep a message as one that nothing was understood of. Logged as `message.received`."""
    now, provider_ref = clock.now(), kept_ref(incoming.provider_ref)
    known = Inbound.objects.filter(gateway=incoming.gateway, provider_ref=provider_ref).first()
    if known is not None:
        return known
    talk, _ = Conversation.objects.update_or_create(
        channel=Channel(incoming.channel),
        address=storable(incoming.sender).strip()[:LONGEST_ADDRESS],
        about="",
        defaults={"last_at": now},
        create_defaults={"opened_at": now, "last_at": now},
    )
    kept = Inbound.objects.create(
        conversation=talk,
        gateway=incoming.gateway,
        provider_ref=provider_ref,
        body=storable(incoming.body).strip(),
        command=Command.NONE,
        received_at=incoming.received_at if incoming.received_at.tzinfo else now,
        raw=storable(incoming.raw),
    )
    log(
        "message.received",
        subject=f"inbound:{kept.ref}",
        actor=f"contact:{talk.ref}",
        about="",
        channel=talk.channel,
        command=kept.command,
        thanked=False,
    )
    return kept


def _tell(what: str, trouble: Exception, gateway: str) -> None:
    """Write where it happened and not what it said: a database repeats what it was given."""
    last = traceback.extract_tb(trouble.__traceback__)[-1]
    ours = [frame for frame in traceback.extract_tb(trouble.__traceback__) if "hueandcry" in frame.filename]
    at = ours[-1] if ours else last
    logger.error(what, extra={"gateway": gateway, "why": type(trouble).__name__, "at": f"{at.name}, line {at.lineno}"})
