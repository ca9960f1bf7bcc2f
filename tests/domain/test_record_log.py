"""The audit trail: it stands or falls with what it tells of, wakes its jobs, and cannot be edited."""

import re

import pytest
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from hueandcry.domain.records import queries
from hueandcry.domain.records.actions import RecordError, log
from hueandcry.domain.records.models import Record
from hueandcry.kit.finding import NotHereError

REFUSED = re.compile("only ever added to")


def jobs_of(record: Record) -> list[tuple[str, dict[str, object]]]:
    """Return the jobs that a record woke: the queue's own table outlives a test."""
    return list(ProcrastinateJob.objects.filter(args__record=record.pk).values_list("task_name", "args"))


class DoubtsError(Exception):
    """Something went wrong after the record was written."""


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_neither_record_nor_job() -> None:
    before = ProcrastinateJob.objects.count()

    def fail() -> None:
        with transaction.atomic():
            log("message.queued", subject="message:K7M2PQ")
            raise DoubtsError

    with pytest.raises(DoubtsError):
        fail()

    assert not Record.objects.exists()
    assert ProcrastinateJob.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_leaves_both_and_the_job_knows_its_record() -> None:
    with transaction.atomic():
        record = log("message.queued", subject="message:K7M2PQ", actor="officer:TEST22", deliveries=3)

    assert Record.objects.get().facts == {"deliveries": 3}
    assert jobs_of(record) == [("messaging.dispatch", {"subject": "message:K7M2PQ", "record": record.pk})]


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_of_the_caller_both_still_stand_or_fall_together() -> None:
    record = log("message.queued", subject="message:K7M2PQ")

    assert (Record.objects.count(), len(jobs_of(record))) == (1, 1)


@pytest.mark.django_db
def test_an_event_that_nobody_waits_for_is_recorded_all_the_same() -> None:
    record = log("topic.added", subject="topic:fuel-theft")

    assert Record.objects.get().event == "topic.added"
    assert jobs_of(record) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("event", "subject", "actor"),
    [
        ("Message queued", "message:K7M2PQ", "officer:TEST22"),
        ("message.queued", "K7M2PQ", "officer:TEST22"),
        ("message.queued", "message:Jo Bloggs", "officer:TEST22"),
        ("message.queued", "message:K7M2PQ", "+447700900123"),
    ],
)
def test_words_that_are_no_references_are_refused(event: str, subject: str, actor: str) -> None:
    with pytest.raises(RecordError):
        log(event, subject=subject, actor=actor)

    assert not Record.objects.exists()


@pytest.mark.django_db
def test_a_record_cannot_be_changed_not_even_by_retention() -> None:
    record = log("topic.added", subject="topic:fuel-theft")

    for keeping in ("off", "on"):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL hueandcry.keeping = '{keeping}'")
        with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
            Record.objects.filter(pk=record.pk).update(actor="officer:ELSE22")

    assert Record.objects.get().actor == "system:program"


@pytest.mark.django_db
def test_a_record_cannot_be_deleted() -> None:
    record = log("topic.added", subject="topic:fuel-theft")

    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        record.delete()

    assert Record.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_retention_says_so_and_may_delete_until_its_transaction_ends() -> None:
    kept, gone = log("topic.added", subject="topic:kept"), log("topic.added", subject="topic:gone")

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hueandcry.keeping = 'on'")
        Record.objects.filter(pk=gone.pk).delete()
    with pytest.raises(IntegrityError, match=REFUSED):
        Record.objects.filter(pk=kept.pk).delete()

    assert [record.subject for record in Record.objects.all()] == ["topic:kept"]


@pytest.mark.django_db
def test_the_trail_is_read_newest_first_and_narrowed() -> None:
    log("topic.added", subject="topic:one", actor="officer:TEST22")
    last = log("topic.added", subject="topic:two", actor="officer:TEST23")
    log("alert.drafted", subject="alert:K7M2PQ", actor="officer:TEST23")

    assert [line.subject for line in queries.latest()] == ["alert:K7M2PQ", "topic:two", "topic:one"]
    assert [line.subject for line in queries.latest(actor="officer:TEST23", event="topic.added")] == ["topic:two"]
    assert [line.subject for line in queries.latest(before=last.pk)] == ["topic:one"]
    assert [line.event for line in queries.history(subject="topic:one")] == ["topic.added"]


@pytest.mark.django_db
def test_a_job_reads_the_facts_of_the_record_that_woke_it() -> None:
    record = log("topic.added", subject="topic:one", asks=1)

    assert queries.facts_of(record=record.pk) == {"asks": 1}
    with pytest.raises(NotHereError):
        queries.facts_of(record=record.pk + 1)
