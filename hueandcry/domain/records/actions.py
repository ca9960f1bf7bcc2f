"""Writing the audit trail, which is also the spine: the record wakes the jobs that `config/wiring.py` names."""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from hueandcry.domain.records.models import Record
from hueandcry.domain.records.rules import SYSTEM, RecordError, check_words
from hueandcry.kit import clock, jobs, prepared

__all__ = ["RecordError", "log"]


def log(event: str, *, subject: str, actor: str = SYSTEM, priority: int = 0, **facts: object) -> Record:
    """Write one record and defer its subscribers, in the caller's transaction; those of a high priority go first.

    `subject` and `actor` are references (`alert:K7M2PQ`, `officer:9XW4TR`); facts are counts, states and references,
    never names, numbers or the words of a message.
    """
    check_words(event=event, subject=subject, actor=actor)
    with transaction.atomic(savepoint=False):
        record = Record(at=clock.now(), event=event, actor=actor, subject=subject, facts=facts)
        prepared.insert(record)
        for name in import_string(settings.WIRING).get(event, ()):
            jobs.defer(name, priority=priority, subject=subject, record=record.pk)
    return record
