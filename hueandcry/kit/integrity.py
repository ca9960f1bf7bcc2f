"""A violated constraint becomes a sentence, or another try."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from django.db import IntegrityError, transaction

T = TypeVar("T")
# A short reference that is taken five times running is no accident.
TRIES = 5


def violated(fault: IntegrityError) -> str:
    """Return the name of the constraint that was violated."""
    diagnosis = getattr(fault.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def until_ref_is_free(make: Callable[[], T], *, constraint: str) -> T:
    """Make a row that draws a short reference, again when somebody has that one already.

    `constraint` is the unique constraint of the reference; what violates another passes through.
    """
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return make()
        except IntegrityError as fault:
            if violated(fault) != constraint:
                raise
    return make()


@contextmanager
def refusals(error: type[Exception], sentences: Mapping[str, str]) -> Iterator[None]:
    """Turn a violated constraint, by its name, into ``error`` with its sentence; others pass through."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as fault:
        name = violated(fault)
        if name in sentences:
            raise error(sentences[name]) from fault
        raise
