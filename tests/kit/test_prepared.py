"""Statements that are planned once: values in order and by name, rows as `save` writes them, many texts as one."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection
from django.forms.models import model_to_dict

from hueandcry.domain.records.models import Record
from hueandcry.kit import clock, prepared
from hueandcry.kit.prepared import SEPARATOR, numbers, split, texts

pytestmark = pytest.mark.django_db


def test_values_are_given_in_order_or_by_name_and_a_sign_said_twice_is_itself() -> None:
    in_order = prepared.rows("SELECT %s::int, %s::text, '100%%'", [1, "one"])
    by_name = prepared.rows(
        "SELECT %(text)s::text, %(number)s::int, %(number)s::int + 1", {"number": 1, "text": "%s", "unused": None}
    )

    assert in_order == [(1, "one", "100%")]
    assert by_name == [("%s", 1, 2)]


def test_what_says_nothing_has_no_rows_and_what_is_wrong_is_an_error_of_the_database() -> None:
    assert prepared.rows("SELECT 1 WHERE false", []) == []
    assert prepared.rows("SET LOCAL lock_timeout = 0", []) == []
    with pytest.raises(DatabaseError):
        prepared.rows("SELECT %s::int / 0", [1])


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_written_is_counted(keep: bool) -> None:  # noqa: FBT001
    many = (
        "INSERT INTO records_record (at, event, actor, subject, facts) "
        "SELECT now(), 'alert.released', '', n::text, '{}' FROM generate_series(1, %(many)s::int) AS n RETURNING id"
    )

    counts = [prepared.written(many, {"many": number}, keep=keep) for number in (3, 0, 4)]

    assert counts == [3, 0, 4]
    assert Record.objects.count() == 7


def test_only_what_is_to_be_kept_is_kept() -> None:
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s::text"

    prepared.written("UPDATE records_record SET subject = 'never kept' WHERE false", [], keep=False)
    prepared.written("UPDATE records_record SET subject = 'always kept' WHERE false", [])

    assert prepared.rows(kept, ["%never kept%"]) == [(0,)]
    assert prepared.rows(kept, ["%always kept%"]) == [(1,)]


def test_a_row_is_written_as_save_writes_it() -> None:
    facts = {"words": "Tŷ Mawr", "many": 3, "none": None}
    saved = Record.objects.create(at=clock.now(), event="alert.released", actor="a:1", subject="b:2", facts=facts)
    by_us = Record(at=saved.at, event="alert.released", actor="a:1", subject="b:2", facts=facts)

    prepared.insert(by_us)

    kept = Record.objects.get(pk=by_us.pk)
    assert {**model_to_dict(kept), "id": 0} == {**model_to_dict(Record.objects.get(pk=saved.pk)), "id": 0}
    assert by_us.pk > saved.pk
    assert not by_us._state.adding
    assert kept.at.tzinfo is not None
    assert kept.at - saved.at == dt.timedelta(0)


def test_the_database_may_work_out_a_field() -> None:
    row = Record(at=clock.now(), event="alert.released", actor="a:1", subject="", facts={})

    prepared.insert(row, computed={"subject": ("upper(%s::text)", "b:2")})

    assert row.subject == Record.objects.get(pk=row.pk).subject == "B:2"


def test_many_texts_are_one_and_come_apart_again_whatever_stands_in_them() -> None:
    given = ["", "a,b", "{}", '"', f"x{SEPARATOR}y", "ŵ"]

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {split()}, %s::bigint[]", [texts(given), numbers([1, -2])])
        apart, figures = cursor.fetchone()

    assert apart == ["", "a,b", "{}", '"', "x y", "ŵ"]
    assert figures == [1, -2]
