from __future__ import annotations

import pyarrow as pa
import pytest

from penstock.core.errors import BadData, UnknownName
from penstock.lake.database import Connection
from penstock.lake.tables import (
    Upserted,
    append_newer,
    append_table,
    create_view,
    drop,
    exists,
    replace_table,
    row_count,
    schema_of,
    table_names,
    upsert_table,
    view_names,
)


def test_replace_makes_a_table_and_its_schema(connection: Connection) -> None:
    assert replace_table(connection, "가게.주문", 'SELECT range AS "번호" FROM range(?);', [300]) == 300
    assert table_names(connection) == ["가게.주문"]
    assert schema_of(connection, "가게.주문") == pa.schema([("번호", pa.int64())])
    assert replace_table(connection, "가게.주문", "SELECT 'x' AS a -- a remark") == 1
    assert connection.rows("FROM 가게.주문") == [("x",)]


def test_a_failed_replace_leaves_the_old_rows(connection: Connection) -> None:
    replace_table(connection, "t", "SELECT 1 AS a")
    with pytest.raises(BadData):
        replace_table(connection, "t", "SELECT CASE WHEN range = 9999 THEN error('late') END AS a FROM range(10000)")
    assert connection.rows("FROM t") == [(1,)]


@pytest.mark.parametrize(
    "sql", ["SELECT 1 AS a, 2 AS a", "SELECT 1 AS a, 2 AS A", "SELECT * FROM range(2) x, range(2) y"]
)
def test_duplicate_column_names_are_refused_by_name(connection: Connection, sql: str) -> None:
    name = "range" if "range" in sql else "a"
    for change in (replace_table, append_table, create_view):
        with pytest.raises(BadData, match=f"more than one column '{name}'"):
            change(connection, "t", sql)
    assert not exists(connection, "t")


def test_types_that_parquet_cannot_hold_are_stored_as_ones_that_it_can(connection: Connection) -> None:
    sql = (
        "SELECT sum(range) AS total, 'b'::ENUM ('a', 'b') AS word, [1, 2]::INTEGER[2] AS pair, "
        "{'deep': sum(range)} AS nested, '101'::BIT AS bits, '10:00:00+02'::TIMETZ AS hour FROM range(300)"
    )
    replace_table(connection, "t", sql)
    assert connection.column_types("FROM t") == [
        ("total", "BIGINT"),
        ("word", "VARCHAR"),
        ("pair", "INTEGER[]"),
        ("nested", "STRUCT(deep BIGINT)"),
        ("bits", "VARCHAR"),
        ("hour", "VARCHAR"),
    ]
    assert connection.rows("FROM t")[0][:5] == (44850, "b", [1, 2], {"deep": 44850}, "101")
    with pytest.raises(BadData, match="out of range"):
        replace_table(connection, "t", "SELECT 170141183460469231731687303715884105727::HUGEINT AS x")


def test_values_of_every_ordinary_kind_come_back(connection: Connection) -> None:
    sql = (
        "SELECT NULL::INTEGER AS none, 'nan'::DOUBLE AS nan, 'inf'::DOUBLE AS inf, '한글 \"따옴표\"' AS text, "
        "'' AS empty, 1.23::DECIMAL(10, 2) AS money, "
        "TIMESTAMPTZ '2024-01-01 00:00:00+09' AS moment, '\\x00'::BLOB AS bytes, "
        "TIMESTAMP_NS '2020-01-01 00:00:00.123456789' AS fine, [1, NULL] AS list, MAP {'k': 1} AS map, true AS flag "
        "FROM range(200)"
    )
    expected = connection.table(sql)
    replace_table(connection, "t", sql)
    found = connection.table("FROM t")
    assert found.schema.equals(expected.schema)
    assert repr(found.to_pylist()) == repr(expected.to_pylist())


def test_append_adds_columns_and_fills_the_missing_with_null(connection: Connection) -> None:
    assert append_table(connection, "t", "SELECT 1::BIGINT AS a, 'x' AS b") == 1
    assert append_table(connection, "t", "SELECT true AS neu, 2::INTEGER AS A") == 1
    assert append_table(connection, "t", "SELECT 'y' AS b") == 1
    assert connection.rows("SELECT a, b, neu FROM t ORDER BY a NULLS LAST") == [
        (1, "x", None),
        (2, None, True),
        (None, "y", None),
    ]


def test_append_refuses_a_column_of_another_type_and_changes_nothing(connection: Connection) -> None:
    append_table(connection, "t", "SELECT 1::INTEGER AS a")
    with pytest.raises(BadData, match="Column 'a' of t is INTEGER, but the new rows bring VARCHAR"):
        append_table(connection, "t", "SELECT 'x' AS a, 1 AS neu")
    assert schema_of(connection, "t").names == ["a"]


def test_append_takes_whole_numbers_into_a_column_of_decimals(connection: Connection) -> None:
    append_table(connection, "t", "SELECT 1.5::DOUBLE AS a, DATE '2024-01-01'::TIMESTAMP AS moment")
    append_table(connection, "t", "SELECT 2::BIGINT AS a, DATE '2024-01-02' AS moment")
    assert connection.rows("SELECT a, moment::VARCHAR FROM t ORDER BY a") == [
        (1.5, "2024-01-01 00:00:00"),
        (2.0, "2024-01-02 00:00:00"),
    ]


def test_upsert_updates_known_keys_and_inserts_the_others(connection: Connection) -> None:
    first = "SELECT range AS id, 'alt' AS word, range % 2 AS part FROM range(300)"
    assert upsert_table(connection, "s.t", first, ["id", "part"]) == Upserted(300, 0)
    new = "SELECT * FROM (VALUES (7::BIGINT, 1::BIGINT, 'neu'), (7, 0, 'add'), (500, 1, 'add')) v(id, part, word)"
    assert upsert_table(connection, "s.t", new, ["ID", "part"]) == Upserted(2, 1)
    assert row_count(connection, "s.t") == 302
    assert connection.rows("SELECT id, part, word FROM s.t WHERE word <> 'alt' ORDER BY ALL") == [
        (7, 0, "add"),
        (7, 1, "neu"),
        (500, 1, "add"),
    ]


def test_upsert_follows_new_and_vanished_columns(connection: Connection) -> None:
    upsert_table(connection, "t", "SELECT 1 AS id, 'x' AS word", ["id"])
    assert upsert_table(connection, "t", "SELECT 1 AS id, 2.5::DOUBLE AS price", ["id"]) == Upserted(0, 1)
    assert connection.rows("SELECT id, word, price FROM t") == [(1, None, 2.5)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT NULL::INTEGER AS id, 1 AS v", "1 new row of t without a key: id = NULL"),
        ("SELECT 3 AS id, range AS v FROM range(2)", "1 key stands in more than one new row of t: id = 3, rows = 2"),
    ],
)
def test_upsert_refuses_keys_that_are_none(connection: Connection, sql: str, message: str) -> None:
    for existing in (False, True):
        if existing:
            upsert_table(connection, "t", "SELECT 1 AS id, 1::BIGINT AS v", ["id"])
        with pytest.raises(BadData, match=message):
            upsert_table(connection, "t", sql, ["id"])
        assert exists(connection, "t") is existing
    assert row_count(connection, "t") == 1


def test_upsert_names_a_key_that_is_no_column(connection: Connection) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'id'"):
        upsert_table(connection, "t", "SELECT 1 AS id", ["idd"])


def test_append_newer_takes_only_later_rows(connection: Connection) -> None:
    days = "SELECT DATE '2024-01-01' + range::INTEGER AS day, range AS v FROM range(?)"
    assert append_newer(connection, "t", days, "day", [3]).added == 3
    assert append_newer(connection, "t", days, "DAY", [5]).added == 2
    assert append_newer(connection, "t", days, "day", [5]).added == 0
    assert row_count(connection, "t") == 5


def test_append_newer_counts_the_late_rows_that_the_table_lacks(connection: Connection) -> None:
    replace_table(connection, "t", "SELECT DATE '2024-01-05' AS day, 1 AS x UNION ALL SELECT DATE '2024-01-06', 2")
    rows = "SELECT * FROM (VALUES (2, DATE '2024-01-06'), (3, DATE '2024-01-06'), (4, DATE '2024-01-07')) r(x, day)"
    newer = append_newer(connection, "t", rows, "day")
    assert (newer.added, newer.left_out, newer.last) == (1, 1, "2024-01-06")
    assert connection.rows("SELECT x FROM t ORDER BY x") == [(1,), (2,), (4,)]


def test_append_newer_refuses_rows_without_a_time(connection: Connection) -> None:
    append_newer(connection, "t", "SELECT DATE '2024-01-01' AS day", "day")
    with pytest.raises(BadData, match="2 new rows of t have no day"):
        append_newer(connection, "t", "SELECT NULL::DATE AS day FROM range(2)", "day")
    with pytest.raises(UnknownName, match="Did you mean 'day'"):
        append_newer(connection, "t", "SELECT DATE '2024-01-01' AS day", "days")


def test_views_and_tables_take_each_others_place(connection: Connection) -> None:
    replace_table(connection, "t", "SELECT 1 AS a")
    create_view(connection, "s.v", "SELECT a + 1 AS b FROM t;")
    assert (table_names(connection), view_names(connection)) == (["t"], ["s.v"])
    replace_table(connection, "s.v", "SELECT 5 AS b")
    create_view(connection, "t", "SELECT b FROM s.v")
    assert (table_names(connection), view_names(connection)) == (["s.v"], ["t"])
    assert connection.rows("FROM t") == [(5,)]


def test_names_are_found_without_regard_to_case(connection: Connection) -> None:
    replace_table(connection, "Sales", "SELECT 1 AS a")
    assert exists(connection, "sales")
    assert exists(connection, "MAIN.Sales")
    assert not exists(connection, "sale")


def test_drop_removes_and_suggests(connection: Connection) -> None:
    replace_table(connection, "sales", "SELECT 1 AS a")
    create_view(connection, "v", "FROM sales")
    with pytest.raises(UnknownName, match="Did you mean 'sales'"):
        drop(connection, "sale")
    drop(connection, "v")
    drop(connection, "sales")
    drop(connection, "sales", if_exists=True)
    assert not exists(connection, "sales")


def test_penstocks_own_tables_are_not_listed(connection: Connection) -> None:
    replace_table(connection, "penstock.rejects", "SELECT 1 AS a")
    replace_table(connection, "b", "SELECT 1 AS a")
    replace_table(connection, "a.z", "SELECT 1 AS a")
    assert table_names(connection) == ["b", "a.z"]
