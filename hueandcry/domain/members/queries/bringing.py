"""Files from other systems: how each is read, what would happen with each row, what came of asking again."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import connection

from hueandcry.domain.members.models import Batch, BatchRow
from hueandcry.domain.members.rules import BatchState, RowOutcome
from hueandcry.domain.members.rules.bringing import (
    CONSENTS,
    WHY_COLUMN,
    BatchLine,
    Campaign,
    Meaning,
    Reading,
    RowLine,
    parts_of,
    reading_of,
)
from hueandcry.domain.organisations.models import Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.sheets import from_spreadsheet
from hueandcry.kit.text import fold

SHOWN = 100
_MOST_WORDS = 150
_CAMPAIGN = """
    SELECT count(*),
        count(*) FILTER (WHERE asked.yes),
        count(*) FILTER (WHERE NOT asked.yes AND asked.stopped)
    FROM (
        SELECT EXISTS (
                SELECT FROM members_consent AS agreed WHERE agreed.member_id = member.id AND agreed.withdrawn_at IS NULL
            ) AS yes,
            member.state = 'left' OR EXISTS (
                SELECT FROM members_contactpoint AS contact JOIN members_suppression AS stop
                ON stop.channel = contact.channel
                    AND stop.address_hash = sha256(convert_to(contact.channel || ':' || contact.address, 'UTF8'))
                WHERE contact.member_id = member.id
            ) AS stopped
        FROM members_batchrow AS row JOIN members_member AS member ON member.id = row.member_id
        WHERE row.batch_id = %s AND row.outcome = 'asks'
    ) AS asked
"""


def batches(*, officer: Officer) -> list[BatchLine]:
    """Return the files that this officer's organisation brought, newest first."""
    rows = Batch.objects.filter(organisation=officer.organisation_id).select_related("officer").order_by("-pk")
    if not _may(officer):
        return []
    return [
        BatchLine(row.ref, row.name, BatchState(row.state), row.rows_total, row.made_at, row.officer.get_full_name())
        for row in rows[:SHOWN]
    ]


def get_batch(*, officer: Officer, ref: str) -> Batch:
    """Return one file that this officer may work on.

    Raises:
        NotHereError: there is none, or it is not for this officer.
    """
    try:
        if not _may(officer):
            raise NotHereError(ref)
        return Batch.objects.select_related("officer", "organisation").get(
            ref=ref, organisation=officer.organisation_id
        )
    except Batch.DoesNotExist:
        raise NotHereError(ref) from None


def _may(officer: Officer) -> bool:
    return officer.may(Permission.MEMBER_IMPORT) and officer.organisation.kind == OrganisationKind.FORCE


def samples(*, batch: Batch, most: int = 3) -> list[list[str]]:
    """Return the first rows of a file, cells in full."""
    return list(BatchRow.objects.filter(batch=batch).order_by("number").values_list("raw", flat=True)[:most])


def words_of(*, batch: Batch, reading: Reading | None = None) -> dict[str, list[tuple[str, str, int]]]:
    """Return the words of groups, subjects and consent: (folded, as written, how often), commonest first."""
    reading = reading or reading_of(batch.mapping)
    kinds = {
        place: "groups" if meaning == Meaning.GROUPS else "interests" if meaning == Meaning.INTERESTS else "consent"
        for place, meaning in enumerate(reading.meanings)
        if meaning in {Meaning.GROUPS, Meaning.INTERESTS, *CONSENTS}
    }
    counted: dict[str, Counter[str]] = {"groups": Counter(), "interests": Counter(), "consent": Counter()}
    shown: dict[str, str] = {}
    for place, kind in kinds.items():
        for cell, many in _cells(batch, place):
            written = from_spreadsheet(cell.strip())
            for word in parts_of(written) if kind != "consent" else [" ".join(written.split())]:
                folded = fold(word)[:120]
                if folded:
                    shown.setdefault(folded, word[:120])
                    counted[kind][folded] += many
    return {
        kind: [(word, shown[word], many) for word, many in words.most_common(_MOST_WORDS)]
        for kind, words in counted.items()
        if words
    }


def _cells(batch: Batch, place: int) -> Iterator[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT raw ->> %s, count(*) FROM members_batchrow WHERE batch_id = %s AND raw ->> %s <> ''"
            " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5000",
            [place, batch.pk, place],
        )
        yield from cursor.fetchall()


def count_rows(*, batch: Batch) -> dict[RowOutcome, int]:
    """Count the rows of a file by what would happen or happened with them, in the order of the list of outcomes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, count(*) FROM members_batchrow WHERE batch_id = %s GROUP BY outcome", [batch.pk]
        )
        counts = dict(cursor.fetchall())
    return {outcome: counts[outcome.value] for outcome in RowOutcome if counts.get(outcome.value)}


def count_done(*, batch: Batch) -> int:
    """Count the members that a file has brought so far."""
    return BatchRow.objects.filter(
        batch=batch, outcome__in=(RowOutcome.JOINS, RowOutcome.ASKS), member__isnull=False
    ).count()


def rows_by(*, batch: Batch, outcome: RowOutcome, most: int = SHOWN) -> list[RowLine]:
    """Return the first rows with one outcome."""
    rows = BatchRow.objects.filter(batch=batch, outcome=outcome).select_related("member").order_by("number")[:most]
    return [
        RowLine(row.number, tuple(row.raw), RowOutcome(row.outcome), row.why, row.member.ref if row.member else "")
        for row in rows
    ]


def export_rows(*, batch: Batch, outcome: RowOutcome | None = None) -> Iterator[Sequence[str]]:
    """Yield the rows of a file as a table: as they came, with what happens and why.

    Those of one outcome alone can be mended and uploaded again as they are.
    """
    whole = outcome is None
    yield [*(["Line", "What happens"] if whole else []), *batch.columns, WHY_COLUMN if not whole else "Why"]
    width, after = len(batch.columns), 0
    while True:
        rows = BatchRow.objects.filter(batch=batch, number__gt=after).order_by("number")
        if outcome is not None:
            rows = rows.filter(outcome=outcome)
        found = list(rows.values_list("number", "raw", "outcome", "why")[:2000])
        for number, raw, was, why in found:
            cells = [from_spreadsheet(cell) for cell in itertools.islice(itertools.chain(raw, [""] * width), width)]
            yield [*([str(number), RowOutcome(was).label] if whole else []), *cells, why]
        if not found:
            return
        after = found[-1][0]


def campaign(*, batch: Batch) -> Campaign:
    """Return what came of asking those again who came without evidence."""
    with connection.cursor() as cursor:
        cursor.execute(_CAMPAIGN, [batch.pk])
        people, yes, stopped = cursor.fetchone()
    return Campaign(people, yes, stopped)


def to_ask(*, batch_ref: str) -> tuple[str, list[object]]:
    """Return SQL and its parameters for (member_id, channel, address): one question for each way that takes answers.

    Those who came without evidence and have agreed to nothing since; a phone that several share is asked once.

    Raises:
        NotHereError: there is no such file.
    """
    try:
        batch = Batch.objects.get(ref=batch_ref)
    except Batch.DoesNotExist:
        raise NotHereError(batch_ref) from None
    sql = """
        SELECT DISTINCT ON (channel, address) member_id, channel, address FROM (
            SELECT DISTINCT ON (contact.member_id, contact.channel)
                contact.member_id, contact.channel, contact.address
            FROM members_batchrow AS row
            JOIN members_member AS member ON member.id = row.member_id AND member.state = 'active'
            JOIN members_contactpoint AS contact ON contact.member_id = member.id AND contact.suspended_at IS NULL
                AND contact.channel IN ('sms', 'email')
            WHERE row.batch_id = %s AND row.outcome = 'asks' AND NOT EXISTS (
                SELECT FROM members_consent AS agreed WHERE agreed.member_id = member.id
            ) AND NOT EXISTS (
                SELECT FROM members_suppression AS stop WHERE stop.channel = contact.channel
                    AND stop.address_hash = sha256(convert_to(contact.channel || ':' || contact.address, 'UTF8'))
            )
            ORDER BY contact.member_id, contact.channel, contact.rank, contact.id
        ) AS one ORDER BY channel, address, member_id
    """
    return sql, [batch.pk]


def unfinished() -> list[tuple[str, BatchState]]:
    """Return the files that are being tried out or brought over, as a job may have been killed at it."""
    going_on = Batch.objects.filter(state__in=(BatchState.TRYING, BatchState.BRINGING)).order_by("pk")
    return [(ref, BatchState(state)) for ref, state in going_on.values_list("ref", "state")]


def organisation_of_batch(*, batch_ref: str) -> int:
    """Return whose members a file holds.

    Raises:
        NotHereError: there is no such file.
    """
    found = Batch.objects.filter(ref=batch_ref).values_list("organisation_id", flat=True).first()
    if found is None:
        raise NotHereError(batch_ref)
    return found


def asks_of(*, member_ids: Sequence[int]) -> list[tuple[int, str, int]]:
    """Return those of these members who were brought over without evidence and asked again: (member, batch, whose)."""
    rows = BatchRow.objects.filter(
        member__in=member_ids, outcome=RowOutcome.ASKS, batch__asked_at__isnull=False
    ).order_by("pk")
    return list(rows.values_list("member_id", "batch__ref", "batch__organisation_id"))
