"""A violated constraint becomes a sentence."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction


@contextmanager
def refusals(error: type[Exception], sentences: Mapping[str, str]) -> Iterator[None]:
    """Turn a violated constraint, by its name, into ``error`` with its sentence; others pass through."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as fault:
        diagnosis = getattr(fault.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", None) or ""
        if name in sentences:
            raise error(sentences[name]) from fault
        raise
