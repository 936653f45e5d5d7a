"""BigQuery's functions as its reference says they work, run on DuckDB: values, types and names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from time import process_time

import pyarrow as pa
import pytest

from penstock.core.errors import UserError
from penstock.core.spans import Span
from penstock.lake.database import Connection, open_lake
from penstock.sql.dialect import parse_query
from penstock.sql.rewrite import to_duckdb
from penstock.sql.statement import Query

ROWS = """
CREATE TABLE t AS SELECT * FROM (VALUES
  (1, 'a b', DATE '2024-02-29', TIMESTAMP '2024-02-29 13:45:10.25', 2.5::DOUBLE, [7, 8, 9]),
  (2, 'Bc', DATE '2023-12-31', TIMESTAMP '2023-12-31 23:59:59', NULL, [4]),
  (3, NULL, NULL, NULL, -7.5, [])) AS v(id, s, d, ts, x, list)
"""
Ask = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    lake = open_lake(None)
    opened = lake.connection()
    opened.execute(ROWS)
    yield opened
    lake.close()


def duckdb(text: str) -> str:
    return to_duckdb(Query(text, "bigquery", Span("q", 1, 1, 1, 1)))


@pytest.fixture
def value(connection: Connection) -> Callable[[str], object]:
    """Return the value of an expression in the first row."""
    return lambda expression: connection.rows(duckdb(f"SELECT {expression} FROM t WHERE id = 1"))[0][0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("DATE_TRUNC(d, MONTH)", date(2024, 2, 1)),
        ("DATE_TRUNC(d, WEEK)", date(2024, 2, 25)),
        ("DATE_TRUNC(d, ISOWEEK)", date(2024, 2, 26)),
        ("DATE_TRUNC(d, WEEK(MONDAY))", date(2024, 2, 26)),
        ("DATE_TRUNC('2024-02-29', YEAR)", date(2024, 1, 1)),
        ("DATE_TRUNC(ts, MONTH)", datetime(2024, 2, 1)),
        ("TIMESTAMP_TRUNC(ts, HOUR)", datetime(2024, 2, 29, 13)),
        ("DATE_ADD(d, INTERVAL 1 MONTH)", date(2024, 3, 29)),
        ("DATE_ADD(ts, INTERVAL 1 DAY)", datetime(2024, 3, 1, 13, 45, 10, 250_000)),
        ("DATE_SUB(DATE '2024-03-31', INTERVAL 1 MONTH)", date(2024, 2, 29)),
        ("DATE_TRUNC(DATE_ADD(d, INTERVAL 1 DAY), MONTH)", date(2024, 3, 1)),
        ("DATE_DIFF(d, DATE '2024-01-01', DAY)", 59),
        ("DATE_DIFF(DATE '2024-01-08', DATE '2024-01-06', WEEK)", 1),
        ("DATE_DIFF(DATE '2024-03-01', DATE '2024-01-31', MONTH)", 2),
        # Whole hours between timestamps, but boundaries between datetimes.
        ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-01 10:59:00', TIMESTAMP '2024-01-01 09:01:00', HOUR)", 1),
        ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-01 09:01:00', TIMESTAMP '2024-01-01 10:59:00', HOUR)", -1),
        ("DATETIME_DIFF(DATETIME '2024-01-01 10:01:00', DATETIME '2024-01-01 09:59:00', HOUR)", 1),
        ("EXTRACT(DAYOFWEEK FROM DATE '2024-02-25')", 1),
        ("EXTRACT(DAYOFWEEK FROM DATE '2024-03-02')", 7),
        ("EXTRACT(WEEK FROM DATE '2024-01-06')", 0),
        ("EXTRACT(WEEK FROM DATE '2024-01-07')", 1),
        ("EXTRACT(WEEK(MONDAY) FROM DATE '2024-01-07')", 1),
        ("EXTRACT(WEEK(MONDAY) FROM DATE '2024-01-08')", 2),
        ("EXTRACT(ISOWEEK FROM DATE '2023-01-01')", 52),
        ("EXTRACT(ISOYEAR FROM DATE '2023-01-01')", 2022),
        ("EXTRACT(DAYOFYEAR FROM d)", 60),
        ("EXTRACT(MILLISECOND FROM ts)", 250),
        ("EXTRACT(MICROSECOND FROM ts)", 250_000),
        ("EXTRACT(DATE FROM ts)", date(2024, 2, 29)),
        ("LAST_DAY(d)", date(2024, 2, 29)),
        ("DATE_FROM_UNIX_DATE(10)", date(1970, 1, 11)),
        ("DATE(ts)", date(2024, 2, 29)),
        ("DATE(2024, 1, 2)", date(2024, 1, 2)),
        ("PARSE_DATE('%Y%m%d', '20240229')", date(2024, 2, 29)),
        ("PARSE_DATE('%F', '2024-02-29')", date(2024, 2, 29)),
        ("FORMAT_DATE('%b %d, %Y', d)", "Feb 29, 2024"),
        ("FORMAT_TIMESTAMP('%H:%M', ts)", "13:45"),
        ("UNIX_SECONDS(TIMESTAMP '2024-01-01 00:00:00 UTC')", 1_704_067_200),
        ("CURRENT_DATETIME() IS NOT NULL", True),
        ("FORMAT('%05d %s %.2f', 42, 'x', 1.5)", "00042 x 1.50"),
        ("SAFE_CAST('x' AS INT64)", None),
        ("SAFE_CAST('12' AS INT64)", 12),
        ("CAST(2.5 AS INT64)", 3),
        ("CAST(-2.5 AS INT64)", -3),
        ("CAST(1.123456789 AS NUMERIC)", Decimal("1.123456789")),
        ("SAFE_DIVIDE(1, 0)", None),
        ("SAFE_DIVIDE(1, 2)", 0.5),
        ("IEEE_DIVIDE(1, 0)", float("inf")),
        ("SAFE_MULTIPLY(9223372036854775807, 2)", None),
        ("SAFE_ADD(1, 2)", 3),
        ("SAFE.PARSE_DATE('%Y', 'x')", None),
        ("DIV(-7, 2)", -3),
        ("MOD(-7, 3)", -1),
        ("7 / 2", 3.5),
        ("LOG(8, 2)", 3.0),
        ("RANGE_BUCKET(20, [0, 10, 20, 30, 40])", 3),
        ("RANGE_BUCKET(-1, [0, 10])", 0),
        ("BYTE_LENGTH('한글')", 6),
        ("LENGTH('한글')", 2),
        ("NORMALIZE('한')", "한"),
        ("SUBSTR('hello', -3)", "llo"),
        ("SPLIT('a,b')", ["a", "b"]),
        ("SPLIT(s, ' ')[OFFSET(1)]", "b"),
        ("[1, 2][SAFE_OFFSET(5)]", None),
        ("REGEXP_CONTAINS(s, r'^a\\s')", True),
        ("REGEXP_EXTRACT(s, r'a (\\w)')", "b"),
        ("REGEXP_EXTRACT(s, r'\\w')", "a"),
        ("REGEXP_EXTRACT(s, r'z(\\w)')", None),
        ("REGEXP_REPLACE(s, r'(\\w) (\\w)', r'\\2 \\1')", "b a"),
        ("REGEXP_EXTRACT_ALL(s, r'[a-z]')", ["a", "b"]),
        ("CONCAT('a', NULL)", None),
        ("FARM_FINGERPRINT('1footrue')", -1541654101129638711),
        ("MOD(ABS(FARM_FINGERPRINT(CAST(id AS STRING))), 10)", 7),
        ("STRUCT(1 AS a, 'x' AS b).b", "x"),
        ("TO_JSON_STRING(STRUCT(1 AS a))", '{"a":1}'),
        ("TO_HEX(MD5('a'))", "0cc175b9c0f1b6a831c399e269772661"),
        ("(SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 5)))", 5),
        ("GENERATE_ARRAY(0, 1, 0.25)", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("ARRAY(SELECT n FROM UNNEST(GENERATE_ARRAY(0.1, 0.3, 0.1)) AS n)", [0.1, 0.2, pytest.approx(0.3)]),
        ("id IN UNNEST([1, 3])", True),
        ("SUBSTR('abc', 0, 2)", "ab"),
        ("SUBSTR('abc', -5, 2)", "ab"),
        ("SUBSTR('abc', id - 3, 2)", "bc"),
    ],
)
def test_a_function_gives_what_bigquery_says(value: Callable[[str], object], expression: str, expected: object) -> None:
    found = value(expression)
    assert found == expected
    assert type(found) is type(expected) or not isinstance(expected, date)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT id, item, place FROM t, UNNEST(list) AS item WITH OFFSET AS place ORDER BY id, place",
            [(1, 7, 0), (1, 8, 1), (1, 9, 2), (2, 4, 0)],
        ),
        (
            "SELECT id, item FROM t LEFT JOIN UNNEST(list) AS item WITH OFFSET WHERE offset = 0 ORDER BY id",
            [(1, 7), (2, 4)],
        ),
        ("SELECT item, o FROM UNNEST(['x', 'y']) AS item WITH OFFSET o ORDER BY o", [("x", 0), ("y", 1)]),
        ("SELECT p.a FROM UNNEST([STRUCT(5 AS a)]) AS p WITH OFFSET AS o", [(5,)]),
        ("SELECT p FROM UNNEST([STRUCT(5 AS a)]) AS p WITH OFFSET AS o", [({"a": 5},)]),
        ("SELECT p.*, o FROM UNNEST([STRUCT(5 AS a, 6 AS b)]) AS p WITH OFFSET AS o", [(5, 6, 0)]),
        (
            "SELECT p, o FROM (SELECT [STRUCT(5 AS a), STRUCT(6)] AS i), UNNEST(i) AS p WITH OFFSET AS o ORDER BY o",
            [({"a": 5}, 0), ({"a": 6}, 1)],
        ),
        (
            "SELECT item, COUNT(*) FROM t, UNNEST(list) AS item WITH OFFSET WHERE item > 7 GROUP BY item ORDER BY item",
            [(8, 1), (9, 1)],
        ),
        (
            "SELECT ARRAY(SELECT n FROM UNNEST(list) AS n WITH OFFSET o ORDER BY o DESC) FROM t WHERE id = 1",
            [([9, 8, 7],)],
        ),
        ("SELECT COUNTIF(x > 0), LOGICAL_OR(x > 0) FROM t", [(1, True)]),
        ("SELECT ARRAY_AGG(id ORDER BY id DESC LIMIT 2), STRING_AGG(s, '|' ORDER BY id) FROM t", [([3, 2], "a b|Bc")]),
        ("SELECT ARRAY_AGG(s IGNORE NULLS ORDER BY id LIMIT 1)[OFFSET(0)] FROM t", [("a b",)]),
        ("SELECT APPROX_QUANTILES(id, 2) FROM t", [([1, 2, 3],)]),
        ("SELECT id FROM t WHERE TRUE QUALIFY ROW_NUMBER() OVER (ORDER BY id DESC) = 1", [(3,)]),
        ("SELECT * EXCEPT (list, ts, d, s, x) REPLACE (id * 10 AS id) FROM t ORDER BY id", [(10,), (20,), (30,)]),
        ("SELECT id FROM t ORDER BY x LIMIT 1", [(2,)]),
        ("SELECT COUNTIF(x > 0) OVER () FROM t LIMIT 1", [(1,)]),
    ],
)
def test_a_query_gives_what_bigquery_says(
    connection: Connection, query: str, expected: list[tuple[object, ...]]
) -> None:
    assert connection.rows(duckdb(query)) == expected


@pytest.mark.parametrize(
    "aggregate",
    ["COUNTIF(id > 1)", "SUM(id)", "SUM(DISTINCT id)", "SUM(IF(x > 0, 1, 0))", "COUNT(*)", "COUNT(DISTINCT id)"],
)
def test_counts_and_sums_of_whole_numbers_are_int64_under_a_window_too(connection: Connection, aggregate: str) -> None:
    for text in (f"SELECT {aggregate} OVER () FROM t", f"SELECT {aggregate} FROM t"):
        assert connection.columns(duckdb(text)).field(0).type == pa.int64()


def test_a_field_of_a_struct_that_is_asked_for_gives_its_name_to_the_column(connection: Connection) -> None:
    assert connection.columns(duckdb("SELECT (SELECT AS STRUCT 1 a, 2 b).b")).names == ["b"]


def test_a_negative_length_of_a_part_is_an_error(connection: Connection) -> None:
    with pytest.raises(UserError, match="SUBSTR is negative"):
        connection.rows(duckdb("SELECT SUBSTR(s, 1, -id) FROM t"))
    assert connection.rows(duckdb("SELECT SAFE.SUBSTR('abc', 0, -2)")) == [(None,)]


def test_where_and_how_a_dataset_is_kept_is_bigquerys_matter(connection: Connection) -> None:
    made = "CREATE SCHEMA IF NOT EXISTS `my-project.shop` DEFAULT COLLATE 'und:ci' OPTIONS (location = 'US')"
    connection.execute(duckdb(made))
    connection.execute(
        duckdb("CREATE SCHEMA IF NOT EXISTS shop OPTIONS (description = 'Sales', labels = [('a', 'b')])")
    )
    assert connection.rows("SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'shop'") == [(1,)]
    connection.execute(duckdb("DROP SCHEMA `my-project`.shop RESTRICT"))
    assert connection.rows("SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'shop'") == [(0,)]


def test_columns_without_a_name_are_named_as_bigquery_names_them(connection: Connection) -> None:
    query = "SELECT id, COUNT(*), MAX(x) AS m, 1 + 1, t.s FROM t GROUP BY id, s"
    assert [name for name, _ in connection.column_types(duckdb(query))] == ["id", "f0_", "m", "f1_", "s"]
    inner = "SELECT f0_ * 2 AS doubled FROM (SELECT COUNT(*) FROM t)"
    assert connection.rows(duckdb(inner)) == [(6,)]


def test_a_split_by_fingerprint_is_the_one_that_bigquery_makes(connection: Connection) -> None:
    query = "SELECT id FROM t WHERE MOD(ABS(FARM_FINGERPRINT(CONCAT(CAST(id AS STRING), 'foo', 'true'))), 10) < 8"
    kept = {int(str(row[0])) for row in connection.rows(duckdb(query))}
    assert (1 in kept) == (1541654101129638711 % 10 < 8)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CAST(35.0 AS STRING)", "35"),
        ("CAST(x + 32.5 AS STRING)", "35"),
        ("CAST(0.1 AS STRING)", "0.1"),
        ("CAST(0.1 + 0.7 AS STRING)", "0.79999999999999993"),
        ("CAST(1e20 AS STRING)", "1e+20"),
        ("CAST(1e15 AS STRING)", "1e+15"),
        ("CAST(-0.0 AS STRING)", "0"),
        ("CAST(-1 / IEEE_DIVIDE(1, 0) AS STRING)", "0"),
        ("CAST(CAST('-inf' AS FLOAT64) AS STRING)", "-inf"),
        ("CAST(CAST('nan' AS FLOAT64) AS STRING)", "nan"),
        ("CAST(NUMERIC '35.50' AS STRING)", "35.5"),
        ("CAST(NUMERIC '350' AS STRING)", "350"),
        ("CAST(id AS STRING)", "1"),
        ("CAST('35.0' AS STRING)", "35.0"),
        ("CAST(list AS STRING)", "[7, 8, 9]"),
        ("SAFE_CAST(7.0 AS STRING)", "7"),
        ("CAST(CAST(CAST(2.50 AS STRING) AS FLOAT64) AS STRING)", "2.5"),
        ("CONCAT('x', x, NUMERIC '2.0', id)", "x2.521"),
        ("CONCAT(b'a', b'b')", b"ab"),
        ("CONCAT('a', NULL)", None),
        ("TO_JSON_STRING(STRUCT(35.0 AS x, '3.0,' AS y, [1.0, 2.5] AS z))", '{"x":35,"y":"3.0,","z":[1,2.5]}'),
        ("TO_JSON_STRING(STRUCT(1 AS a), TRUE)", '{\n    "a": 1\n}'),
    ],
)
def test_a_number_becomes_the_text_that_bigquery_writes(
    value: Callable[[str], object], expression: str, expected: object
) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FORMAT_DATE('%Q|%e|%C|%g|%h', d)", "1|29|20|24|Feb"),
        ("FORMAT_DATE('%e', DATE '2024-02-03')", " 3"),
        ("FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2024-02-03 04:05:06+00', 'Asia/Seoul')", "2024-02-03 13:05:06"),
        ("FORMAT_TIMESTAMP('%z %Ez %Z', TIMESTAMP '2024-02-03 04:05:06+00', 'America/New_York')", "-0500 -05:00 UTC-5"),
        ("FORMAT_TIMESTAMP('%T %Z', TIMESTAMP '2024-02-03 04:05:06+00')", "04:05:06 UTC"),
        ("FORMAT_TIMESTAMP('%E3S|%E*S|%E0S|%s', TIMESTAMP '2024-02-03 04:05:06.250+00')", "06.250|06.25|06|1706933106"),
        ("FORMAT_TIMESTAMP('%E*SZ', TIMESTAMP '2024-02-03 04:05:10+00')", "10Z"),
        ("FORMAT_DATETIME('%c', DATETIME '2024-02-03 04:05:06')", "Sat Feb  3 04:05:06 2024"),
        ("FORMAT_DATETIME('%l:%M%P %k', DATETIME '2024-02-03 14:05:06')", " 2:05pm 14"),
        ("FORMAT_TIME('%R', TIME '14:05:06')", "14:05"),
        ("TIME_TRUNC(TIME '13:45:10', MINUTE)", time(13, 45)),
        ("PARSE_TIMESTAMP('%F %T', '2024-02-03 04:05:06', 'Asia/Seoul')", datetime(2024, 2, 2, 19, 5, 6, tzinfo=UTC)),
        (
            "PARSE_TIMESTAMP('%FT%H:%M:%E*S%Ez', '2024-02-03T04:05:06.5+09:00')",
            datetime(2024, 2, 2, 19, 5, 6, 500000, tzinfo=UTC),
        ),
        ("PARSE_TIMESTAMP('%FT%H:%M:%E*SZ', '2024-02-03T04:05:06Z')", datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("PARSE_DATETIME('%F', '2024-02-03')", datetime(2024, 2, 3)),
        ("PARSE_DATE('%b %e, %Y', 'Feb 3, 2024')", date(2024, 2, 3)),
        ("PARSE_TIME('%R', '04:05')", time(4, 5)),
        ("SAFE.PARSE_DATE('%Y%m%d', 'x')", None),
        ("TIMESTAMP_MILLIS(1704067200000)", datetime(2024, 1, 1, tzinfo=UTC)),
        ("d + 1", date(2024, 3, 1)),
        ("DATE '2024-03-01' - 1", date(2024, 2, 29)),
        ("2000000000 + 2000000000", 4_000_000_000),
    ],
)
def test_a_moment_is_written_and_read_by_its_format(
    value: Callable[[str], object], expression: str, expected: object
) -> None:
    assert value(expression) == expected


def test_an_element_that_nothing_writes_is_told(value: Callable[[str], object]) -> None:
    with pytest.raises(UserError, match="knows no %O"):
        value("FORMAT_DATE('%O', d)")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(SELECT STRING_AGG(v, '-' ORDER BY v DESC LIMIT 2) FROM UNNEST(['a', 'c', NULL, 'b']) AS v)", "c-b"),
        ("INSTR('abcabc', 'c', 1, 2)", 6),
        ("INSTR('abc', 'z', 1, 2)", 0),
        ("REGEXP_INSTR('abc', 'c')", 3),
        ("FLOAT64(JSON '5.5')", 5.5),
        ("BOOL(JSON 'true')", True),
        ("INT64(JSON '5')", 5),
        ("STRING(JSON '\"x\"')", "x"),
        ("STRING(DATE '2024-01-01')", "2024-01-01"),
        ("LAX_INT64(JSON '\"5\"')", 5),
        ("LAX_INT64(JSON '\"a\"')", None),
        ("JSON_TYPE(JSON '5')", "number"),
        ("JSON_TYPE(JSON '{}')", "object"),
        ('(SELECT CAST(j.a.b AS STRING) FROM (SELECT PARSE_JSON(\'{"a": {"b": 7}}\') AS j))', "7"),
        ("ARRAY_FIRST(list)", 7),
        ("[7, 8, 9][OFFSET(2)] + [7][ORDINAL(1)]", 16),
        ("[7, 8, 9][SAFE_OFFSET(3)]", None),
        ("CAST(NULL AS ARRAY<INT64>)[OFFSET(0)]", None),
        ("SAFE.LENGTH(SPLIT('a')[OFFSET(1)])", None),
        ("5 & 3", 1),
        ("NORMALIZE_AND_CASEFOLD('A')", "a"),
        ("ARRAY_LAST(list)", 9),
        ("ARRAY(SELECT AS STRUCT 1 AS a, 'x' AS b UNION ALL SELECT AS STRUCT 1, 'x')[OFFSET(0)].b", "x"),
    ],
)
def test_a_function_gives_what_bigquery_gives(
    value: Callable[[str], object], expression: str, expected: object
) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("query", "columns", "rows"),
    [
        ("SELECT AS STRUCT 1 AS a, 'x' AS b UNION ALL SELECT AS STRUCT 1, 'x'", ["a", "b"], [(1, "x"), (1, "x")]),
        (
            (
                "SELECT * FROM (SELECT 'k' AS k, 51 AS v, 'Q1' AS q) PIVOT(SUM(v) AS total, COUNT(*) AS n "
                "FOR q IN ('Q1', 'Q2' AS second)) AS p"
            ),
            ["k", "total_Q1", "n_Q1", "total_second", "n_second"],
            [("k", 51, 1, None, 0)],
        ),
        ("SELECT * FROM (SELECT 1 AS v, 2 AS q) PIVOT(SUM(v) FOR q IN (1, 2))", ["1", "2"], [(None, 1)]),
        ("SELECT COUNT(*) AS n FROM INFORMATION_SCHEMA.TABLES WHERE table_name = 't'", ["n"], [(1,)]),
    ],
)
def test_a_query_gives_what_bigquery_gives(
    connection: Connection, query: str, columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    table = connection.table(duckdb(query))
    assert table.schema.names == columns
    assert connection.rows(duckdb(query)) == rows
    assert not any(pa.types.is_decimal(field.type) for field in table.schema)


def test_rows_are_changed_in_bigquerys_words(connection: Connection) -> None:
    for text in (
        (
            "CREATE TABLE g (a INT64 NOT NULL OPTIONS (description = 'x'), s STRUCT<x INT64, y STRING>, at TIMESTAMP) "
            "PARTITION BY DATE(at) CLUSTER BY a OPTIONS (description = 'y')"
        ),
        "INSERT INTO g (a, s) VALUES (1, STRUCT(5, 'q')), (2, STRUCT(6, 'r'))",
        "DELETE g WHERE a = 2",
        "UPDATE g SET s.y = 'p', g.a = 1 WHERE a = 1",
        (
            "MERGE INTO g USING (SELECT 3 AS a, STRUCT(7 AS x, 'z' AS y) AS s, NULL AS at) AS n ON g.a = n.a "
            "WHEN NOT MATCHED THEN INSERT ROW"
        ),
    ):
        connection.execute(duckdb(text))
    assert connection.rows(duckdb("SELECT a, s.x, s.y FROM g ORDER BY a")) == [(1, 5, "p"), (3, 7, "z")]


@pytest.mark.parametrize("changes", ["d = s.d, f.x = s.d", "t.d = s.d, t.f.x = s.d"])
def test_a_merge_changes_what_is_matched(connection: Connection, changes: str) -> None:
    connection.execute(duckdb("CREATE OR REPLACE TABLE matched AS SELECT 1 AS a, 2 AS d, STRUCT(0 AS x) AS f"))
    source = "SELECT 1 AS a, 5 AS d, STRUCT(5 AS x) AS f UNION ALL SELECT 2, 6, STRUCT(6 AS x)"
    merge = f"MERGE matched AS t USING ({source}) AS s ON t.a = s.a WHEN MATCHED THEN UPDATE SET {changes}"
    connection.execute(duckdb(f"{merge} WHEN NOT MATCHED THEN INSERT ROW"))
    assert connection.rows("SELECT a, d, f.x FROM matched ORDER BY a") == [(1, 5, 5), (2, 6, 6)]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT ST_DISTANCE(ST_GEOGPOINT(1, 2), ST_GEOGPOINT(1, 2))", "no function ST_"),
        ("SELECT NET.HOST('http://a')", "no function NET.HOST"),
        ("SELECT HLL_COUNT.INIT(1)", "APPROX_COUNT_DISTINCT"),
        ("SELECT JSON_KEYS(JSON '{}')", "no function JSON_KEYS"),
        ("SELECT COLLATE('a', 'und:ci')", "COLLATE"),
        ("SELECT CAST(DATE '2024-02-03' AS STRING FORMAT 'YYYY')", "FORMAT_DATE"),
    ],
)
def test_what_is_not_here_says_so_by_name(query: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        duckdb(query)


def test_steps_of_pipe_syntax_that_are_not_read_say_so() -> None:
    text = "FROM UNNEST([1, 2]) AS x |> WHERE x > 1 |> AGGREGATE COUNT(*) AS n"
    with pytest.raises(UserError, match="steps of pipe syntax are not read"):
        parse_query(Query(text, "bigquery", Span("q", 1, 1, 1, 1)))


@pytest.mark.parametrize("place", ["OFFSET(3)", "OFFSET(-1)", "ORDINAL(0)", "ORDINAL(4)"])
def test_a_place_that_an_array_does_not_have_is_an_error(value: Callable[[str], object], place: str) -> None:
    with pytest.raises(UserError, match="out of bounds"):
        value(f"[7, 8, 9][{place}]")


@pytest.mark.parametrize(
    ("first", "around", "wanted"),
    [
        ("x", "x / (1 + {})", None),
        ("x", "ABS({} / x)", None),
        ("x", "DIV(4, {})", 2),
        ("x", "SAFE_DIVIDE(x, {})", 2.0),
        ("0", "a[OFFSET({})]", 2),
        ("x", "CAST(CAST({} AS STRING) AS INT64)", 2),
        ("d", "DATE_ADD({}, INTERVAL 1 DAY)", date(2024, 1, 22)),
    ],
)
def test_what_is_nested_is_planned_in_a_moment(connection: Connection, first: str, around: str, wanted: object) -> None:
    nested = first
    for _ in range(20):
        nested = around.replace("{}", nested)
    begun = process_time()
    sql = duckdb(f"SELECT {nested} AS v FROM (SELECT 2 AS x, [1, 2, 0] AS a, DATE '2024-01-02' AS d)")
    connection.rows(f"EXPLAIN {sql}")
    assert process_time() - begun < 2
    ((value,),) = connection.rows(sql)
    assert wanted is None or value == wanted


def test_a_place_that_chance_gives_is_chosen_once(connection: Connection) -> None:
    place = "OFFSET(CAST(FLOOR(RAND() * 3) AS INT64))"
    query = f"SELECT COUNTIF([1, 2, 3][{place}] IS NULL) FROM UNNEST(GENERATE_ARRAY(1, 500))"
    assert connection.rows(duckdb(query)) == [(0,)]
