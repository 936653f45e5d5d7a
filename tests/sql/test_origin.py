"""Where in the user's text stands what DuckDB complains of."""

from __future__ import annotations

import pytest

from penstock.core.spans import Span
from penstock.sql.origin import origin_in
from penstock.sql.rewrite import to_duckdb
from penstock.sql.statement import Dialect, Query


def query(text: str, dialect: Dialect = "duckdb", line: int = 5, column: int = 3) -> Query:
    return Query(text, dialect, Span("a.sql", line, column, line, column + len(text)))


def found(sql: str, word: str, *queries: Query) -> str:
    span = origin_in(*queries)(sql, sql.index(word))
    return f"{span}-{span.end_line}:{span.end_column}"


def test_a_query_that_is_wrapped_as_it_is_written_is_found_exactly() -> None:
    written = query("SELECT id,\n  ciyt\nFROM rows;\n")
    assert found('CREATE TABLE "ciyt" AS SELECT id,\n  ciyt\nFROM rows', "ciyt\n", written) == "a.sql:6:3-6:7"
    assert found("DESCRIBE\nSELECT id,\n  ciyt\nFROM rows", "id", written) == "a.sql:5:10-5:12"


def test_the_words_of_a_rewritten_query_are_found_around_what_was_put_in() -> None:
    written = query("SELECT ciyt FROM 'a.csv' WHERE nmae = 1 AND 이름 = 2")
    made = to_duckdb(written, files=lambda file: "read_csv('/far/away.csv', columns = {'a': 'nmae'})")
    assert found(f"SELECT * REPLACE (x) FROM ({made})", "ciyt", written) == "a.sql:5:10-5:14"
    assert found(made, "nmae = 1", written) == "a.sql:5:34-5:38"
    assert found(made, "이름", written) == "a.sql:5:47-5:49"


def test_what_was_put_in_gives_the_place_of_what_it_stands_for() -> None:
    written = query("SELECT x FROM 'a.csv' WHERE y = 1")
    made = to_duckdb(written, files=lambda file: "read_csv('/far/away.csv')")
    assert found(made, "'/far", written) == "a.sql:5:17-5:24"


def test_words_of_a_translated_query_are_found() -> None:
    written = query("SELECT SAFE_CAST(ciyt AS INT64) AS a,\n`sum` FROM `p.d.rows`", "bigquery")
    made = to_duckdb(written)
    assert found(made, "ciyt", written) == "a.sql:5:20-5:24"
    assert found(made, "sum", written) == "a.sql:6:1-6:6"


def test_the_query_that_holds_the_place_is_the_one_that_is_pointed_into() -> None:
    rows, predicate = query("SELECT * FROM t", line=1), query("yyy > 0", line=2, column=8)
    sql = f"SELECT count(*) FROM ({rows.text}) WHERE ({predicate.text}) IS NOT TRUE"
    assert found(sql, "yyy", predicate, rows) == "a.sql:2:8-2:11"
    assert found(sql, "t)", predicate, rows) == "a.sql:1:17-1:18"
    assert found(sql, "count", predicate, rows) == "a.sql:2:8-2:11"


@pytest.mark.parametrize("text", ["", "   ", "'never closed"])
def test_a_text_without_words_gives_its_beginning(text: str) -> None:
    assert str(origin_in(query(text))("SELECT 1", 7)) == "a.sql:5:3"


def test_a_very_long_query_gives_its_beginning_when_it_was_rewritten() -> None:
    written = query("SELECT " + ", ".join(f"c{n}" for n in range(3_000)) + " FROM t")
    assert str(origin_in(written)(written.text.replace("FROM t", "FROM u"), 20_000)) == "a.sql:5:3"
