"""Features at a time: the documentation's examples, and what must never leak in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.core.spans import Span
from penstock.sql.references import reads_clock
from penstock.sql.statement import Dialect, Query

if TYPE_CHECKING:
    from conftest import World

# The example of BigQuery's pages on both functions.
PUBLISHED = """
WITH feature_table AS (
  SELECT * FROM UNNEST(ARRAY<STRUCT<entity_id STRING, f_1 FLOAT64, f_2 FLOAT64, feature_timestamp TIMESTAMP>>[
    ('id1', 1.0, 1.0, TIMESTAMP '2022-06-10 12:00:00+00'),
    ('id2', 12.0, 24.0, TIMESTAMP '2022-06-11 12:00:00+00'),
    ('id1', 11.0, NULL, TIMESTAMP '2022-06-11 12:00:00+00'),
    ('id1', 6.0, 12.0, TIMESTAMP '2022-06-11 10:00:00+00'),
    ('id2', 2.0, 4.0, TIMESTAMP '2022-06-10 12:00:00+00'),
    ('id2', 7.0, NULL, TIMESTAMP '2022-06-11 10:00:00+00')])),
entity_time_table AS (
  SELECT * FROM UNNEST(ARRAY<STRUCT<entity_id STRING, time TIMESTAMP>>[
    ('id1', TIMESTAMP '2022-06-12 12:00:00+00'),
    ('id2', TIMESTAMP '2022-06-11 10:00:00+00'),
    ('id1', TIMESTAMP '2022-06-10 13:00:00+00')]))
"""


def at(day: int, hour: int) -> datetime:
    return datetime(2022, 6, day, hour, tzinfo=UTC)


@pytest.fixture
def readings(world: World) -> World:
    world.connection.execute("""
        CREATE TABLE readings AS FROM (VALUES
            (1, 10.0, NULL, TIMESTAMP '2024-01-01 00:00:00'),
            (1, NULL, '맑음', TIMESTAMP '2024-01-02 00:00:00'),
            (1, 30.0, NULL, TIMESTAMP '2024-01-03 00:00:00'),
            (2, NULL, NULL, TIMESTAMP '2024-01-02 00:00:00'),
            (3, 5.0, '비', NULL)
        ) t(Entity_ID, 온도, 날씨, feature_timestamp)
    """)
    return world


def test_the_published_example_comes_out_for_one_time(world: World) -> None:
    call = (
        "SELECT * FROM ML.FEATURES_AT_TIME(TABLE feature_table, time => '2022-06-12 10:00:00+00', num_rows => 1, "
        "ignore_feature_nulls => TRUE) ORDER BY entity_id"
    )
    found = world.sql(f"{PUBLISHED} {call}", dialect="bigquery")
    assert found.schema.names == ["entity_id", "f_1", "f_2", "feature_timestamp"]
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("id1", 11.0, 12.0, at(12, 10)),
        ("id2", 12.0, 24.0, at(12, 10)),
    ]


def test_the_published_example_comes_out_for_many_times(world: World) -> None:
    call = (
        "SELECT * FROM ML.ENTITY_FEATURES_AT_TIME(TABLE feature_table, TABLE entity_time_table, num_rows => 1, "
        "ignore_feature_nulls => TRUE) ORDER BY entity_id, f_1"
    )
    found = world.sql(f"{PUBLISHED} {call}", dialect="bigquery").to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("id1", 1.0, 1.0, at(10, 13)),
        ("id1", 11.0, 12.0, at(12, 12)),
        ("id2", 7.0, 4.0, at(11, 10)),
    ]


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_nothing_later_than_the_time_is_seen(readings: World, dialect: Dialect) -> None:
    found = readings.sql(
        "SELECT * FROM ML.FEATURES_AT_TIME(TABLE readings, time => '2024-01-02 23:59:59') ORDER BY 1", dialect=dialect
    )
    moment = datetime(2024, 1, 2, 23, 59, 59)
    assert [tuple(row.values()) for row in found.to_pylist()] == [(1, None, "맑음", moment), (2, None, None, moment)]


def test_filling_takes_the_newest_earlier_value_of_each_feature(readings: World) -> None:
    rows = readings.rows(
        "SELECT * FROM ML.FEATURES_AT_TIME(TABLE readings, time => '2024-01-03', num_rows => 2, "
        "ignore_feature_nulls => TRUE) WHERE entity_id = 1 ORDER BY 온도"
    )
    assert [(row["온도"], row["날씨"]) for row in rows] == [(10.0, "맑음"), (30.0, "맑음")]


def test_without_a_time_it_is_now_and_the_query_reads_the_clock(readings: World) -> None:
    text = "SELECT * FROM ML.FEATURES_AT_TIME(TABLE readings)"
    rows = readings.rows(f"{text} ORDER BY entity_id")
    assert [row["온도"] for row in rows] == [30.0, None]
    assert reads_clock(Query(text, "duckdb", Span("a.sql", 1, 1, 1, 1)))


def test_each_asked_time_gets_its_rows_and_one_too_early_none(readings: World) -> None:
    asked = (
        "(SELECT * FROM (VALUES (1, DATE '2024-01-03'), (1, DATE '2024-01-03'), (1, DATE '2023-01-01'), "
        "(9, DATE '2024-01-03'), (NULL, DATE '2024-01-03'), (2, NULL)) t(entity_id, time))"
    )
    rows = readings.rows(
        f"SELECT 온도 FROM ML.ENTITY_FEATURES_AT_TIME(TABLE readings, {asked}, num_rows => 2) ORDER BY 온도"
    )
    assert [row["온도"] for row in rows] == [30.0, 30.0, None, None]


def test_both_functions_agree_on_many_entities(world: World) -> None:
    world.connection.execute("""
        CREATE TABLE many AS SELECT hash(range) % 40 AS entity_id, CASE WHEN range % 3 > 0 THEN range END AS a,
            CASE WHEN range % 5 = 0 THEN 'w' || range END AS b,
            TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (hash(range * 7) % 500) MINUTE AS feature_timestamp
        FROM range(2000)
    """)
    for options in ("num_rows => 1", "num_rows => 3, ignore_feature_nulls => TRUE"):
        once = f"SELECT * FROM ML.FEATURES_AT_TIME(TABLE many, time => '2024-01-01 04:00:00+00', {options})"
        asked = "(SELECT DISTINCT entity_id, TIMESTAMPTZ '2024-01-01 04:00:00+00' AS time FROM many)"
        many = f"SELECT * FROM ML.ENTITY_FEATURES_AT_TIME(TABLE many, {asked}, {options})"
        assert world.sql(f"{once} ORDER BY ALL") == world.sql(f"{many} ORDER BY ALL")


def test_the_features_are_data_for_another_call(readings: World) -> None:
    assert (
        readings.sql("SELECT count(*) AS n FROM ML.FEATURES_AT_TIME((FROM readings WHERE FALSE))")["n"][0].as_py() == 0
    )
    nested = "(SELECT * FROM ML.FEATURES_AT_TIME(TABLE readings, time => '2024-01-02'))"
    described = readings.rows(f"SELECT name FROM ML.DESCRIBE_DATA({nested})")
    assert [row["name"] for row in described] == ["Entity_ID", "온도", "날씨", "feature_timestamp"]


@pytest.mark.parametrize(
    ("call", "problem", "words"),
    [
        ("ML.FEATURES_AT_TIME((SELECT 1 AS entity_id))", UnknownName, "feature_timestamp"),
        ("ML.FEATURES_AT_TIME((SELECT 1 AS entity_id, 'x' AS feature_timestamp))", BadData, "must be a TIMESTAMP"),
        ("ML.FEATURES_AT_TIME(TABLE readings, time => 'soon')", InvalidOption, "2023-01-01 12:00:00"),
        ("ML.FEATURES_AT_TIME(TABLE readings, num_rows => 0)", InvalidOption, "at least 1"),
        ("ML.FEATURES_AT_TIME(TABLE readings, num_row => 1)", InvalidOption, "Did you mean 'num_rows'"),
        ("ML.FEATURES_AT_TIME(TABLE readings, TABLE readings)", InvalidOption, "not two"),
        ("ML.ENTITY_FEATURES_AT_TIME(TABLE readings)", InvalidOption, "second table"),
        ("ML.ENTITY_FEATURES_AT_TIME(TABLE readings, (SELECT 1 AS entity_id))", UnknownName, "'time'"),
        (
            "ML.ENTITY_FEATURES_AT_TIME(TABLE readings, (SELECT 'a' AS entity_id, now() AS time))",
            BadData,
            "different types",
        ),
    ],
)
def test_a_wrong_call_is_told_what_it_needs(readings: World, call: str, problem: type[UserError], words: str) -> None:
    with pytest.raises(problem, match=words):
        readings.sql(f"SELECT * FROM {call}")


@pytest.fixture
def late(world: World) -> World:
    """Rows of which some arrive a day after what they tell of, and some correct earlier ones."""
    world.connection.execute("""
        CREATE TABLE late AS FROM (VALUES
            ('a', 1.0, NULL, TIMESTAMPTZ '2024-01-01 00:00:00+00', TIMESTAMPTZ '2024-01-01 00:00:00+00'),
            ('a', 2.0, '나', TIMESTAMPTZ '2024-01-02 00:00:00+00', TIMESTAMPTZ '2024-01-05 00:00:00+00'),
            ('a', NULL, '다', TIMESTAMPTZ '2024-01-03 00:00:00+00', TIMESTAMPTZ '2024-01-03 00:00:00+00'),
            ('a', 9.0, '라', TIMESTAMPTZ '2024-01-04 00:00:00+00', NULL),
            ('b', 7.0, '마', TIMESTAMPTZ '2024-01-01 00:00:00+00', TIMESTAMPTZ '2024-01-09 00:00:00+00')
        ) t(entity_id, x, 말, feature_timestamp, 도착)
    """)
    return world


@pytest.mark.parametrize(
    ("time", "options", "expected"),
    [
        ("2024-01-04", "", [("a", None, "다")]),
        ("2024-01-04", ", ignore_feature_nulls => true", [("a", 1.0, "다")]),
        ("2024-01-05", ", ignore_feature_nulls => true", [("a", 2.0, "다")]),
        ("2024-01-02 12:00:00", "", [("a", 1.0, None)]),
        ("2024-01-05", ", num_rows => 9", [("a", None, "다"), ("a", 1.0, None), ("a", 2.0, "나")]),
        ("2024-01-09", "", [("a", None, "다"), ("b", 7.0, "마")]),
    ],
)
def test_a_row_counts_only_once_it_had_arrived(
    late: World, time: str, options: str, expected: list[tuple[object, ...]]
) -> None:
    given = f"arrival_time_column => '도착'{options}"
    one = late.rows(
        f"FROM ML.FEATURES_AT_TIME(TABLE late, time => '{time}', {given}) ORDER BY entity_id, x NULLS FIRST"
    )
    assert [(row["entity_id"], row["x"], row["말"]) for row in one] == expected
    asked = f"(SELECT unnest(['a', 'b']) AS entity_id, TIMESTAMPTZ '{time}' AS time)"
    many = late.sql(f"FROM ML.ENTITY_FEATURES_AT_TIME(TABLE late, {asked}, {given}) ORDER BY entity_id, x NULLS FIRST")
    assert many.schema.names == ["entity_id", "x", "말", "feature_timestamp", "도착"]
    assert many.to_pylist() == one


def test_where_everything_arrives_at_once_the_arrival_changes_nothing(late: World) -> None:
    rows = "(SELECT * EXCLUDE (도착), feature_timestamp AS here FROM late)"
    asked = (
        "(SELECT ['a', 'b'][n % 2 + 1] AS entity_id, "
        "TIMESTAMPTZ '2023-12-31 00:00:00+00' + INTERVAL (n * 13) HOUR AS time FROM range(20) t(n))"
    )
    for options in ("", ", num_rows => 2, ignore_feature_nulls => true"):
        calls = [
            f"FROM ML.ENTITY_FEATURES_AT_TIME({rows}, {asked}{given}{options}) ORDER BY ALL"
            for given in (", arrival_time_column => 'HERE'", "")
        ]
        assert late.rows(calls[0]) == late.rows(calls[1])


def test_an_arrival_that_is_no_time_is_told(late: World) -> None:
    with pytest.raises(UnknownName, match="'도차'"):
        late.rows("FROM ML.FEATURES_AT_TIME(TABLE late, arrival_time_column => '도차')")
    with pytest.raises(BadData, match=r"'말' of ML\.FEATURES_AT_TIME must be a TIMESTAMP"):
        late.rows("FROM ML.FEATURES_AT_TIME(TABLE late, arrival_time_column => '말')")
