from __future__ import annotations

from typing import Any

import pytest

from penstock.core.errors import SyntaxProblem
from penstock.core.spans import Span
from penstock.sql.references import FileReference, ModelReference, columns, reads_clock, references
from penstock.sql.source import file_function
from penstock.sql.statement import Query


def query(text: str, dialect: Any = "duckdb") -> Query:
    return Query(text, dialect, Span("a.sql", 1, 1, 1, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", ()),
        ("SELECT * FROM s.t, u JOIN s.t AS again USING (a)", ("s.t", "u")),
        ("FROM t", ("t",)),
        ('SELECT * FROM "원본"."고객 표"', ("원본.고객 표",)),
        ("SELECT * FROM db.s.t", ("db.s.t",)),
        ("WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a) SELECT * FROM b, B, c", ("t", "c")),
        ("WITH t AS (SELECT * FROM t) SELECT * FROM t", ("t",)),
        ("WITH RECURSIVE t AS (SELECT 1 UNION SELECT * FROM t) SELECT * FROM t", ()),
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a), a", ("a",)),
        ("WITH a AS (SELECT 1) SELECT * FROM s.a", ("s.a",)),
        (
            "SELECT (SELECT max(x) FROM u), EXISTS (FROM v) FROM t WHERE a IN (SELECT a FROM w)",
            ("u", "v", "t", "w"),
        ),
        ("SELECT * FROM range(3), unnest([1]), s.made(t), (VALUES (1)) v(a)", ()),
        ("SELECT * FROM t, LATERAL (SELECT t.a FROM u)", ("t", "u")),
        ("PIVOT t ON a USING sum(b)", ("t",)),
        ("INSERT INTO target SELECT * FROM source", ("source",)),
        ("EXPLAIN ANALYZE SELECT * FROM t", ("t",)),
        ("SELECT * FROM ML.PREDICT(MODEL m, (SELECT * FROM a JOIN b ON true))", ("a", "b")),
        (
            "WITH a AS (FROM t) SELECT * FROM ML.PREDICT(MODEL m, TABLE a), ML.PREDICT(MODEL m, TABLE u)",
            ("t", "u"),
        ),
    ],
)
def test_relations_are_the_tables_a_query_reads(text: str, expected: tuple[str, ...]) -> None:
    assert references(query(text)).relations == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM `p.d.t`", ("d.t",)),
        ("SELECT * FROM `p`.`d`.`t` JOIN `p`.d.u USING (a)", ("d.t", "d.u")),
        ("SELECT * FROM my-project.d.t", ("d.t",)),
        ("SELECT item FROM d.t AS t, t.items AS item, UNNEST(t.more)", ("d.t",)),
    ],
)
def test_bigquery_names_lose_their_project(text: str, expected: tuple[str, ...]) -> None:
    assert references(query(text, "bigquery")).relations == expected


def test_models_are_named_with_their_versions_once() -> None:
    found = references(
        query(
            "SELECT * FROM ML.PREDICT(MODEL d.m VERSION 3, "
            "(SELECT * FROM ML.PREDICT(MODEL d.m VERSION 3, TABLE t))), "
            "ML.WEIGHTS(MODEL `p.d.m`), ML.EVALUATE(MODEL m VERSION Candidate)"
        )
    )
    assert found.models == (
        ModelReference("d.m", "3"),
        ModelReference("d.m"),
        ModelReference("m", "candidate"),
    )
    assert found.functions == ("ML.PREDICT", "ML.WEIGHTS", "ML.EVALUATE")


def test_scalar_functions_are_listed_too() -> None:
    assert references(query("SELECT ml.bucketize(a, [1]) FROM t")).functions == ("ML.BUCKETIZE",)
    drivers = "SELECT * FROM ai.key_drivers(TABLE t, metric_col => 'x')"
    assert references(query(drivers)).functions == ("AI.KEY_DRIVERS",)
    assert references(query(drivers)).relations == ("t",)


def test_files_are_named_with_their_readers_and_options() -> None:
    found = references(
        query(
            "SELECT * FROM 'a/*.csv', read_csv(['b.txt', 'c.txt'], header = false, nullstr = ['', 'NA']), "
            "read_xlsx('d.xlsx', sheet => '시트'), 'a/*.csv' again"
        )
    )
    assert found.relations == ()
    assert found.files == (
        FileReference("csv", ("a/*.csv",)),
        FileReference("csv", ("b.txt", "c.txt"), {"header": False, "nullstr": ["", "NA"]}),
        FileReference("excel", ("d.xlsx",), {"sheet": "시트"}),
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.csv", "csv"),
        ("dir.x/A.TSV", "csv"),
        ("a.txt.gz", "csv"),
        ("z.zip/hour.csv", "csv"),
        ("a.jsonl", "json"),
        ("a.ndjson.zst", "json"),
        ("s3://b/*.parquet", "parquet"),
        ("https://x.example/a.csv?token=1.2", "csv"),
        ("a.xlsx", "excel"),
        ("a.cvs", "csv"),
        ("a.parqet", "parquet"),
        ("plain", None),
        (".csv", None),
        ("a.sql", None),
    ],
)
def test_a_file_is_read_by_its_suffix(pattern: str, expected: str | None) -> None:
    assert file_function(pattern) == expected


def test_a_file_may_stand_in_double_quotes_but_not_behind_a_schema() -> None:
    found = references(query('SELECT * FROM "data/a.csv", "plain", s."b.csv"'))
    assert [reference.patterns for reference in found.files] == [("data/a.csv",)]
    assert found.relations == ("plain", "s.b.csv")


def test_a_long_chain_of_operators_is_followed() -> None:
    chain = " OR ".join(f"a = {number}" for number in range(3000))
    assert references(query(f"SELECT * FROM t WHERE {chain} OR a IN (SELECT a FROM u)")).relations == ("t", "u")


def test_columns_of_a_predicate_are_dotted_as_written() -> None:
    predicate = query('roc_auc >= 0.8 AND roc_auc >= champion.roc_auc - 0.01 OR "널 비율" > abs(x)')
    assert columns(predicate) == ("roc_auc", "champion.roc_auc", "널 비율", "x")


def test_a_wrong_query_is_a_problem_at_the_word() -> None:
    wrong = Query("SELECT a\n  FRM t", "duckdb", Span("q.sql", 10, 5, 11, 8))
    with pytest.raises(SyntaxProblem) as caught:
        references(wrong)
    assert caught.value.diagnostics[0].span == Span("q.sql", 11, 3, 11, 6)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("SELECT * FROM t WHERE day > current_date - 90", "duckdb"),
        ("SELECT * FROM t WHERE day > NOW() - INTERVAL 90 DAYS", "duckdb"),
        ("SELECT * FROM (SELECT today() AS d)", "duckdb"),
        ("x, date_diff('day', joined, current_timestamp) AS age", "duckdb"),
        ("SELECT * FROM t WHERE day > DATE_SUB(CURRENT_DATE('Asia/Seoul'), INTERVAL 90 DAY)", "bigquery"),
    ],
)
def test_a_query_that_asks_for_the_time_is_known(text: str, dialect: str) -> None:
    assert reads_clock(query(text, dialect))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT age, now FROM t WHERE day > DATE '2026-01-01'",
        "SELECT \"current_date\", 'now()' FROM t -- today()",
        "SELECT max(day) - INTERVAL 90 DAYS FROM t",
    ],
)
def test_a_query_that_only_sounds_like_it_does_not_ask_for_the_time(text: str) -> None:
    assert not reads_clock(query(text))


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_a_file_is_one_in_both_dialects_though_bigquery_parts_quoted_names_at_dots(dialect: str) -> None:
    found = references(query("SELECT * FROM '/in/birds.jsonl' AS b JOIN \"b.csv.gz\" USING (a)", dialect))
    assert found.relations == ()
    assert [reference.patterns for reference in found.files] == [("/in/birds.jsonl",), ("b.csv.gz",)]
