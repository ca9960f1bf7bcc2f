"""What came over a line of ours: kept before it is answered, told when somebody collects, by whichever worker.

Every worker may hold connections, and the provider brings a receipt or a text, even the parts of one text, over any of
them. So they go into a table: what is answered is kept, what is not kept is not answered and comes again.
"""

import datetime as dt
import hashlib
import logging
import secrets
import time
import zlib
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from django.db import connection, transaction

from hueandcry.gateways.contract import Fate, Incoming, Receipt
from hueandcry.gateways.sms.smpp_text import (
    Alphabet,
    Coding,
    Ids,
    decode,
    is_for_nobody,
    is_receipt,
    kept_id,
    read_receipt,
    take_apart,
)
from hueandcry.gateways.sms.smpp_wire import Delivered
from hueandcry.kit import clock, jobs, prepared
from hueandcry.kit.prepared import split
from hueandcry.kit.text import storable

logger = logging.getLogger(__name__)

# Who collects. The name of a job and no more: gateways know no rooms.
COLLECT: Final = "messaging.collect_soon"
# A receipt may overtake what the hand-over writes of the parts of a text: so none is told sooner than this while a text
# of several parts is on its way.
HOLD: Final = dt.timedelta(seconds=1)
# How often, in seconds and at most, somebody is asked to collect receipts.
ASK_EVERY: Final = 0.5
# How long a text waits for the rest of its parts; then it is told as it is.
JOIN_WITHIN: Final = dt.timedelta(minutes=10)
MISSING: Final = "[…]"
# How much one call of collect() tells.
MOST_RECEIPTS, MOST_TEXTS = 5000, 500
LONGEST_ADDRESS: Final = 64
LONGEST_RAW: Final = 1000
INTERNATIONAL: Final = 1
# After so many receipts that fit only by other figures, they are written in those.
SURE: Final = 3
SHORTEST_NUMBER: Final = 7

RECEIPT, TEXT, PART = "receipt", "text", "part"

# A receipt never takes back what a better one said: parts, like messages, only go forward.
_RANK = (
    "CASE {fate} WHEN 'delivered' THEN 2 WHEN 'failed' THEN 1 WHEN 'bounced' THEN 1 WHEN 'expired' THEN 1 ELSE 0 END"
)
_FATES_BY_WORD: Final = {fate.value: fate for fate in Fate}
_BAD: Final = (Fate.BOUNCED, Fate.FAILED, Fate.EXPIRED)
_KEEP = """
    INSERT INTO gateways_arrival
        (gateway, kind, ref, fate, sender, body, coding, joins, number, total, at, raw)
    SELECT %s, * FROM unnest(
        %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::int[], %s::int[],
        %s::timestamptz[], %s::text[]
    )
"""
# Receipts have what others leave empty, and come by the ten thousand.
_KEEP_RECEIPTS = f"""
    INSERT INTO gateways_arrival
        (gateway, kind, ref, fate, sender, body, coding, joins, number, total, at, raw)
    SELECT %s::text, 'receipt', ref, fate, '', '', 0, '', 0, 0, to_timestamp(at::float8), raw
    FROM unnest({split()}, {split()}, {split()}, {split()}) AS new(ref, fate, at, raw)
"""  # noqa: S608 - our own words only
# Locks are looked at after this statement's view of the table was taken. So of a receipt that is seen here, whoever
# sent the text holds the lock still, or has written its parts, which the next statement sees.
_TAKE_RECEIPTS = """
    DELETE FROM gateways_arrival WHERE id IN (
        SELECT id FROM gateways_arrival WHERE gateway = %s::text AND kind = 'receipt' AND (
            at <= %s::timestamptz OR NOT EXISTS (
                SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s::bigint::oid
                    AND objid = %s::bigint::oid AND granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            )
        )
        ORDER BY id LIMIT %s::int FOR UPDATE SKIP LOCKED
    )
    RETURNING ref, fate, extract(epoch FROM at)::float8, raw
"""
_RECEIPTS_LEFT = "SELECT EXISTS (SELECT FROM gateways_arrival WHERE gateway = %s AND kind = 'receipt')"
# Who has a text of several parts on its way holds this lock, shared, and says so by it.
_PARTS_GO = "SELECT pg_advisory_lock_shared(%s, %s)"
_PARTS_WENT = "SELECT pg_advisory_unlock_shared(%s, %s)"
_PARTS: Final = 1
_TAKE_TEXTS = """
    DELETE FROM gateways_arrival WHERE id IN (
        SELECT id FROM gateways_arrival WHERE gateway = %s AND kind = 'text'
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
    RETURNING id, ref, sender, body, at, raw
"""
_WHOLE = """
    SELECT joins FROM gateways_arrival WHERE gateway = %s AND joins <> ''
    GROUP BY joins HAVING count(DISTINCT number) >= max(total) OR min(at) < %s
    ORDER BY min(id) LIMIT %s
"""
_PARTS_OF = """
    SELECT id, joins, ref, sender, body, coding, number, total, at FROM gateways_arrival
    WHERE gateway = %s AND joins = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED
"""
_SENT = """
    INSERT INTO gateways_sentpart (gateway, reference, number, total, provider_ref, fate, at)
    SELECT %s, reference, number, total, provider_ref, '', %s
    FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[]) AS new(reference, number, total, provider_ref)
    ON CONFLICT (gateway, reference, number) DO UPDATE SET
        total = excluded.total, provider_ref = excluded.provider_ref, fate = '', at = excluded.at
"""
_HEARD_OF = f"""
    WITH told AS (
        SELECT DISTINCT ON (ref) ref, fate FROM unnest({split()}, {split()}) AS told(ref, fate)
        ORDER BY ref, {_RANK.format(fate="fate")} DESC
    ), meant AS MATERIALIZED (
        SELECT part.id, told.ref, told.fate FROM gateways_sentpart AS part JOIN told ON told.ref = part.provider_ref
        WHERE part.gateway = %s::text ORDER BY part.id FOR UPDATE OF part
    ), moved AS (
        UPDATE gateways_sentpart AS part SET fate = meant.fate FROM meant
        WHERE part.id = meant.id AND {_RANK.format(fate="part.fate")} <= {_RANK.format(fate="meant.fate")}
    )
    SELECT meant.ref, part.reference FROM meant JOIN gateways_sentpart AS part ON part.id = meant.id
"""  # noqa: S608 - our own words only
_FATES = """
    SELECT reference, min(provider_ref) FILTER (WHERE number = 1), max(total), array_agg(fate)
    FROM gateways_sentpart WHERE gateway = %s AND reference = ANY(%s) GROUP BY reference
"""
_FORGET = "DELETE FROM gateways_sentpart WHERE gateway = %s AND reference = ANY(%s)"


class Row(NamedTuple):
    """One line of the table."""

    kind: str
    ref: str
    fate: str
    sender: str
    body: str
    coding: int
    joins: str
    number: int
    total: int
    at: dt.datetime
    raw: str


class SentPart(NamedTuple):
    """One part of a text that the provider has."""

    reference: str
    number: int
    total: int
    provider_ref: str


def row_of(said: Delivered, *, alphabet: str, ids: str, now: dt.datetime) -> Row | None:
    """Return what is kept of what was delivered; nothing of what nobody asked for, or of a receipt of no message."""
    if is_receipt(said):
        receipt = read_receipt(said)
        name = kept_id(receipt.message_id, ids, of_receipt=not receipt.by_parameter)
        raw = storable(receipt.raw)[:LONGEST_RAW]
        return Row(RECEIPT, storable(name), receipt.fate.value, "", "", 0, "", 0, 0, now, raw) if name else None
    if is_for_nobody(said):
        return None
    sender = said.source
    if said.source_ton == INTERNATIONAL and sender.isdigit() and len(sender) >= SHORTEST_NUMBER:
        sender = f"+{sender}"
    sender = storable(sender)[:LONGEST_ADDRESS]
    place, octets = take_apart(said)
    coding = said.data_coding
    if coding == Coding.DEFAULT and alphabet == Alphabet.LATIN_1:
        coding = Coding.LATIN_1
    ref = secrets.token_hex(16)
    if place is None:
        raw = f"data_coding:{said.data_coding} {said.octets.hex()}"[:LONGEST_RAW]
        return Row(TEXT, ref, "", sender, storable(decode(octets, coding)), coding, "", 0, 0, now, raw)
    common = f"{said.source}|{said.destination}|{place.reference}|{place.total}"
    joins = hashlib.sha256(common.encode("utf-8", "replace")).hexdigest()
    return Row(PART, ref, "", sender, octets.hex(), coding, joins, place.number, place.total, now, "")


class Names:
    """Notices whether receipts name messages as hand-overs do, and says once what to set when they do not."""

    def __init__(self, ids: str, prefix: str = "SMPP") -> None:
        self._prefix = prefix
        self.recent: deque[str] = deque(maxlen=2000)
        self._open = ids == Ids.SAME
        self._matches = dict.fromkeys((Ids.DECIMAL, Ids.HEX), 0)
        self._rests = 0

    def look(self, rows: Sequence[Row]) -> None:
        """Compare what receipts name with what was handed over lately."""
        if not (self._open and self.recent):
            return
        named = [row.ref for row in rows if row.kind == RECEIPT]
        # A look takes as long as there are recent names: so it is taken once for as many receipts.
        self._rests -= len(named)
        if not named or self._rests > 0:
            return
        recent = set(self.recent)
        self._rests = len(recent)
        if recent.intersection(named):
            self._open = False
            return
        for ids in self._matches:
            handed = {kept_id(name, ids) for name in recent}
            self._matches[ids] += sum(kept_id(name, ids, of_receipt=True) in handed for name in named)
            if self._matches[ids] >= SURE:
                self._open = False
                said = "Receipts name messages in other figures than hand-overs: set %s_RECEIPT_IDS=%s."
                logger.warning(said, self._prefix, ids)
                return


def whole_ref(first: str, total: int) -> str:
    """Return the provider's word for a text of several parts: the first one's and how many follow.

    Not the first one's alone: a receipt of the first part is none of the text.
    """
    return f"{first}+{total - 1}"


class Store:
    """The tables of one gateway."""

    def __init__(self, name: str, channel: str) -> None:
        self._name, self._channel = name, channel
        self._parts_key = zlib.crc32(f"parts {name}".encode()) & 0x7FFFFFFF
        self._asked_until = 0.0
        self._owes = False

    def keep(self, rows: Sequence[Row]) -> None:
        """Keep what came, and ask for somebody who collects it."""
        receipts = [row for row in rows if row.kind == RECEIPT]
        others = [row for row in rows if row.kind != RECEIPT]
        asks = False
        with transaction.atomic(), connection.cursor() as cursor:
            if others:
                cursor.execute(_KEEP, [self._name, *(list(column) for column in zip(*others, strict=True))])
                jobs.defer(COLLECT, once=f"collect {self._name}")
            if receipts:
                when = {row.at: repr(row.at.timestamp()) for row in receipts}
                columns = (
                    [row.ref for row in receipts], [row.fate for row in receipts],
                    [when[row.at] for row in receipts], [row.raw for row in receipts],
                )  # fmt: skip
                prepared.rows(_KEEP_RECEIPTS, [self._name, *map(prepared.texts, columns)])
                asks = self.owes_for() <= 0 and self._ask()
        if receipts and not asks:
            self._owes = True
        elif asks:
            self._asked_until = time.monotonic() + ASK_EVERY

    def owes_for(self) -> float:
        """Return how many seconds are left until somebody may be asked again to collect receipts."""
        return self._asked_until - time.monotonic()

    @property
    def owes(self) -> bool:
        """Say whether receipts were kept since somebody was asked to collect them."""
        return self._owes

    def ask(self) -> None:
        """Ask for somebody who collects what was kept since the last time; whoever waits to do so sees it."""
        self._ask()
        self._owes, self._asked_until = False, time.monotonic() + ASK_EVERY

    def _ask(self) -> bool:
        return jobs.defer(COLLECT, once=f"collect {self._name} receipts")

    def parts_go(self) -> None:
        """Say that parts of texts are on their way which `keep_parts` will name: their receipts are not told before."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PARTS_GO, [self._parts_key, _PARTS])

    def parts_went(self) -> None:
        """Say that all of them are named, or never will be."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PARTS_WENT, [self._parts_key, _PARTS])

    def keep_parts(self, parts: Sequence[SentPart]) -> None:
        """Keep which parts a text went out in."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SENT, [self._name, clock.now(), *(list(column) for column in zip(*parts, strict=True))])

    def tell(self) -> tuple[list[Receipt], list[Incoming]]:
        """Take out what is to be told, in the caller's transaction: receipts first, so that no text holds them up."""
        receipts = self._receipts()
        return receipts, [] if receipts else [*self._texts(), *self._joined()]

    def _receipts(self) -> list[Receipt]:
        rows: list[tuple[str, str, float, str]] = prepared.rows(
            _TAKE_RECEIPTS, [self._name, clock.now() - HOLD, self._parts_key, _PARTS, MOST_RECEIPTS]
        )
        if not rows:
            self._come_again()
            return []
        parts: dict[str, str] = dict(
            prepared.rows(
                _HEARD_OF, [prepared.texts(row[0] for row in rows), prepared.texts(row[1] for row in rows), self._name]
            )
        )
        # What was kept at once has one time.
        when = {row[2]: dt.datetime.fromtimestamp(row[2], dt.UTC) for row in rows}
        receipts = [
            Receipt(self._name, ref, _FATES_BY_WORD[fate], when[at], raw)
            for ref, fate, at, raw in rows
            if ref not in parts
        ]
        if parts:
            newest = {parts[ref]: (when[at], raw) for ref, _, at, raw in rows if ref in parts}
            receipts += self._of_wholes(newest)
        return receipts

    def _come_again(self) -> None:
        """Ask for somebody who collects what may not be told yet, if there is any."""
        with connection.cursor() as cursor:
            cursor.execute(_RECEIPTS_LEFT, [self._name])
            if cursor.fetchone()[0]:
                jobs.defer(COLLECT, at=clock.now() + HOLD, once=f"collect {self._name} held receipts")

    def _of_wholes(self, newest: dict[str, tuple[dt.datetime, str]]) -> list[Receipt]:
        """Say what became of texts of several parts: delivered when all are, failed as soon as one is.

        A phone shows a text when it has all of it. Some providers say first that a part failed and deliver it then:
        delivered is said all the same, and counts for more.
        """
        found: list[Receipt] = []
        done: list[str] = []
        with connection.cursor() as cursor:
            cursor.execute(_FATES, [self._name, list(newest)])
            for reference, first, total, fates in cursor.fetchall():
                at, raw = newest[reference]
                if first is not None and len(fates) == total and set(fates) == {Fate.DELIVERED.value}:
                    found.append(Receipt(self._name, whole_ref(first, total), Fate.DELIVERED, at, raw))
                    done.append(reference)
                elif first is not None and (bad := next((fate for fate in _BAD if fate.value in fates), None)):
                    found.append(Receipt(self._name, whole_ref(first, total), bad, at, raw))
            if done:
                cursor.execute(_FORGET, [self._name, done])
        return found

    def _texts(self) -> list[Incoming]:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_TEXTS, [self._name, MOST_TEXTS])
            rows = sorted(cursor.fetchall())
        return [self._incoming(ref, sender, body, at, raw) for _, ref, sender, body, at, raw in rows]

    def _joined(self) -> list[Incoming]:
        """Return texts that came in parts: whole, or as they are when the rest does not come."""
        late = clock.now() - JOIN_WITHIN
        with connection.cursor() as cursor:
            cursor.execute(_WHOLE, [self._name, late, MOST_TEXTS])
            wanted = [joins for (joins,) in cursor.fetchall()]
            if not wanted:
                return []
            cursor.execute(_PARTS_OF, [self._name, wanted])
            by_text: dict[str, list[_Part]] = {}
            for row in cursor.fetchall():
                part = _Part(*row)
                by_text.setdefault(part.joins, []).append(part)
            told: list[Incoming] = []
            used: list[int] = []
            for parts in by_text.values():
                chosen = _first_of_each(parts)
                if len(chosen) < parts[0].total and parts[0].at >= late:
                    continue  # another worker has the rest in hand
                same = {(part.number, part.body) for part in chosen}
                used += [part.id for part in parts if (part.number, part.body) in same]
                first = chosen[0]
                told.append(self._incoming(first.ref, first.sender, _join(chosen), first.at, ""))
            cursor.execute("DELETE FROM gateways_arrival WHERE id = ANY(%s)", [used])
        return told

    def _incoming(self, ref: str, sender: str, body: str, at: dt.datetime, raw: str) -> Incoming:
        return Incoming(self._name, ref, self._channel, sender, body, at, raw)


class _Part(NamedTuple):
    """One part of a text that came."""

    id: int
    joins: str
    ref: str
    sender: str
    body: str
    coding: int
    number: int
    total: int
    at: dt.datetime


def _first_of_each(parts: Sequence[_Part]) -> list[_Part]:
    """Return one part for each number, the earliest: a phone may use a reference again for its next text."""
    chosen: dict[int, _Part] = {}
    for part in parts:
        chosen.setdefault(part.number, part)
    return [chosen[number] for number in sorted(chosen)]


def _join(parts: Sequence[_Part]) -> str:
    """Put a text together; what lies across two parts (an escape, half a sign) is whole again."""
    numbers = [part.number for part in parts]
    if len(parts) == parts[0].total and len({part.coding for part in parts}) == 1:
        return storable(decode(b"".join(bytes.fromhex(part.body) for part in parts), parts[0].coding))
    words = []
    for number in range(1, parts[0].total + 1):
        if number in numbers:
            part = parts[numbers.index(number)]
            words.append(storable(decode(bytes.fromhex(part.body), part.coding)))
        elif not words or words[-1] != MISSING:
            words.append(MISSING)
    return "".join(words)
