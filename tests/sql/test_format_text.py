"""FORMAT writes what BigQuery's reference of format elements says, or says in words what it cannot write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penstock.core.errors import SyntaxProblem, UserError
from penstock.core.spans import Span
from penstock.lake.database import Connection, open_lake
from penstock.sql.rewrite import to_duckdb
from penstock.sql.statement import Query


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    lake = open_lake(None)
    yield lake.connection()
    lake.close()


def value(connection: Connection, expression: str) -> object:
    text = f"SELECT {expression} FROM (SELECT 7 AS x)"
    return connection.rows(to_duckdb(Query(text, "bigquery", Span("q", 1, 1, 1, 1))))[0][0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FORMAT('100%%')", "100%"),
        ("FORMAT('n=%d of %d%%', x, 100)", "n=7 of 100%"),
        ("FORMAT('%.2f%%', 3)", "3.00%"),
        ("FORMAT('%s-%5s|%-5s|', 'x', '한', 'y')", "x-    한|y    |"),
        ("FORMAT('%i', 4)", "4"),
        ("FORMAT('%e', 1.5)", "1.500000e+00"),
        ("FORMAT('%x %X %o', 255, 255, 8)", "ff FF 10"),
        ("""FORMAT("%'d", 1234567)""", "1,234,567"),
        ("""FORMAT("%'.2f", 12345.6)""", "12,345.60"),
        ("FORMAT('%05d|%+d|%*d', 42, 3, 5, 3)", "00042|+3|    3"),
        ("FORMAT('%d', NULL)", None),
        ("FORMAT('%t %t %t %t', 'a', 1.5, NULL, TRUE)", "a 1.5 NULL true"),
        ("FORMAT('%t', [1, 2])", "[1, 2]"),
        ("FORMAT('%t', DATE '2024-01-02')", "2024-01-02"),
        ("FORMAT('%t', TIMESTAMP '2024-01-02 03:04:05+00')", "2024-01-02 03:04:05+00"),
        ("""FORMAT('%T %T %T', 'a"b', 2, NULL)""", '"a\\"b" 2 NULL'),
        ("FORMAT('%T', DATE '2024-01-02')", 'DATE "2024-01-02"'),
        ("FORMAT('%T', TIMESTAMP '2024-01-02 03:04:05+00')", 'TIMESTAMP "2024-01-02 03:04:05+00"'),
        ("SAFE.FORMAT('%t', STRUCT(1 AS a))", None),
        ("""FORMAT('%T', ['a"b', NULL])""", '["a\\"b", NULL]'),
        ("FORMAT('%T', ARRAY<STRING>[])", "[]"),
        ("FORMAT('%T', [DATE '2024-01-02'])", '[DATE "2024-01-02"]'),
        ("FORMAT('%T', [TIMESTAMP '2024-01-02 03:04:05+00'])", '[TIMESTAMP "2024-01-02 03:04:05+00"]'),
        ("FORMAT('%T %t', NUMERIC '1.50', NUMERIC '20')", 'NUMERIC "1.5" 20'),
        ("FORMAT('%T %t', [NUMERIC '1.50'], [NUMERIC '20'])", '[NUMERIC "1.5"] [20]'),
    ],
)
def test_a_value_is_written_as_its_element_says(connection: Connection, expression: str, expected: object) -> None:
    assert value(connection, expression) == expected


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("FORMAT('%p', x)", "TO_JSON_STRING"),
        ("FORMAT('%q', x)", "knows no '%q'. Known: %d"),
        ("FORMAT('50%')", "knows no '%'"),
        ("FORMAT('%d %d', x)", "fewer values"),
        ("FORMAT('%d', x, x)", "2 values, and its text asks for 1"),
    ],
)
def test_a_format_that_nothing_here_writes_is_refused_with_what_is_known(
    connection: Connection, expression: str, told: str
) -> None:
    with pytest.raises(SyntaxProblem, match=told):
        value(connection, expression)


def test_a_struct_is_not_written_in_other_words_than_bigquerys(connection: Connection) -> None:
    with pytest.raises(UserError, match="TO_JSON_STRING"):
        value(connection, "FORMAT('%t', STRUCT(1 AS a))")
