"""Where BigQuery fails or gives NULL, so does its dialect here: zero as a divisor, texts that are no whole number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penstock.core.errors import UserError
from penstock.core.spans import Span
from penstock.lake.database import Connection, open_lake
from penstock.sql.rewrite import to_duckdb
from penstock.sql.statement import Query


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    lake = open_lake(None)
    opened = lake.connection()
    opened.execute(
        "CREATE TABLE t AS SELECT * FROM (VALUES (1, 6::BIGINT, 0::BIGINT, NULL::BIGINT, 2.5::DOUBLE, '1.5', 'a'), "
        "(2, 5, 2, 1, 0.0, ' -7 ', 'b'), (3, 1, 4, 2, 1.0, '0x1F', 'b')) AS v(id, a, b, n, x, s, g)"
    )
    yield opened
    lake.close()


def rows(connection: Connection, text: str) -> list[tuple[object, ...]]:
    return connection.rows(to_duckdb(Query(text, "bigquery", Span("q", 1, 1, 1, 1))))


@pytest.mark.parametrize(
    "division",
    [
        *("1 / 0", "0 / 0", "DIV(5, 0)", "MOD(5, 0)", "1.5 / 0.0", "a / b", "DIV(a, b)", "MOD(a, b)", "x / b"),
        *("a / (b * 3)", "(a / b) / 2", "1 + a / b", "a / -b", "SUM(a / b) OVER ()", "MOD(NUMERIC '1.5', NUMERIC '0')"),
        *("(SELECT MAX(a) FROM t) / (SELECT MIN(b) FROM t)", "IF(b = 0, a / b, 0)"),
    ],
)
def test_to_divide_by_zero_is_an_error(connection: Connection, division: str) -> None:
    with pytest.raises(UserError, match="division by zero"):
        rows(connection, f"SELECT {division} FROM t WHERE id = 1")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        *(("n / b", None), ("a / n", None), ("DIV(n, 0)", None), ("n / 2 / b", None), ("(n + a) / b", None)),
        *(("SAFE_DIVIDE(a, b)", None), ("SAFE_DIVIDE(a, 4)", 1.5), ("IEEE_DIVIDE(a, b)", float("inf"))),
        *(("a / NULLIF(b, 0)", None), ("IF(b = 0, -1, a / b)", -1), ("CASE WHEN b <> 0 THEN a / b END", None)),
        *(("SAFE.DIV(a, b)", None), ("SAFE.MOD(a, b)", None), ("SAFE_ADD(DIV(a, b), 1)", None)),
        *(("a / 4", 1.5), ("a / 4 / 3", 0.5), ("a / (x / 5)", 12.0), ("DIV(a, 4)", 1), ("MOD(-a, 4)", -2)),
        *(("b / a", 0.0), ("COALESCE(SAFE_DIVIDE(a, b), 9)", 9)),
    ],
)
def test_a_division_gives_what_bigquery_gives(connection: Connection, expression: str, expected: object) -> None:
    ((found,),) = rows(connection, f"SELECT {expression} FROM t WHERE id = 1")
    assert found == expected


def test_rows_that_a_condition_leaves_out_are_not_divided(connection: Connection) -> None:
    assert rows(connection, "SELECT a / b FROM t WHERE b <> 0 AND a / b > 1 ORDER BY 1") == [(2.5,)]
    assert rows(connection, "SELECT g, SUM(a) / SUM(b) FROM t GROUP BY g HAVING SUM(b) > 0") == [("b", 1.0)]
    assert rows(connection, "SELECT MOD(a, 4), COUNT(*) FROM t GROUP BY MOD(a, 4) ORDER BY 1") == [(1, 2), (2, 1)]
    assert rows(connection, "SELECT g, a / AVG(a) OVER (PARTITION BY g) FROM t WHERE id = 1") == [("a", 1.0)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        *(("SAFE_CAST('1.5' AS INT64)", None), ("SAFE_CAST('1e3' AS INT64)", None), ("SAFE_CAST(s AS INT64)", None)),
        *(("SAFE_CAST('12' AS INT64)", 12), ("SAFE_CAST(' -7 ' AS INT64)", -7), ("SAFE_CAST('0x1F' AS INT64)", 31)),
        *(("SAFE_CAST('1_000' AS INT64)", None), ("SAFE_CAST('' AS INT64)", None), ("SAFE_CAST(NULL AS INT64)", None)),
        *(("SAFE_CAST(x AS FLOAT64)", 2.5), ("SAFE_CAST('1e3' AS FLOAT64)", 1000.0), ("CAST(b AS INT64)", 0)),
        *(
            ("CAST(1.5 AS INT64)", 2),
            ("CAST(TRUE AS INT64)", 1),
            ("CAST(x * 2 AS INT64)", 5),
            ("CAST(a AS STRING)", "6"),
        ),
        *(("CAST(CAST(a AS STRING) AS INT64)", 6), ("SAFE.LENGTH(CAST(a AS STRING))", 1)),
        *(("COALESCE(SAFE_CAST(s AS INT64), -1)", -1), ("SAFE_CAST('9223372036854775808' AS INT64)", None)),
    ],
)
def test_a_cast_to_a_whole_number_gives_what_bigquery_gives(
    connection: Connection, expression: str, expected: object
) -> None:
    ((found,),) = rows(connection, f"SELECT {expression} FROM t WHERE id = 1")
    assert found == expected


def test_casts_of_a_column_hold_row_by_row(connection: Connection) -> None:
    assert rows(connection, "SELECT SAFE_CAST(s AS INT64) FROM t ORDER BY id") == [(None,), (-7,), (31,)]
    assert rows(connection, "SELECT CAST(s AS INT64) FROM t WHERE id > 1 ORDER BY id") == [(-7,), (31,)]


@pytest.mark.parametrize("text", ["'1.5'", "s", "'1e3'", "'seven'"])
def test_a_text_that_is_no_whole_number_is_told(connection: Connection, text: str) -> None:
    with pytest.raises(UserError, match="Bad int64 value: "):
        rows(connection, f"SELECT CAST({text} AS INT64) FROM t WHERE id = 1")
