from __future__ import annotations

import numpy as np
import pytest

from penstock.core.errors import BadData, UnknownName
from penstock.lake.database import Connection
from penstock.lake.profile import EXACT_ROWS, SCHEMA, profile
from penstock.lake.tables import create_view, replace_table


def by_name(connection: Connection, name_or_sql: str) -> dict[str, dict[str, object]]:
    table = profile(connection, name_or_sql)
    assert table.schema.equals(SCHEMA)
    return {row["name"]: row for row in table.to_pylist()}


def test_numbers_are_summarised_as_numpy_does(connection: Connection) -> None:
    values = np.random.default_rng(7).normal(10, 3, 500).round(6)
    listed = ", ".join(f"({value})" for value in values)
    replace_table(connection, "t", f"SELECT v::DOUBLE AS v FROM (VALUES {listed}, (NULL)) x(v)")
    row = by_name(connection, "t")["v"]
    assert (row["rows"], row["nulls"], row["distinct"]) == (501, 1, len(set(values)))
    assert row["null_rate"] == pytest.approx(1 / 501)
    assert row["mean"] == pytest.approx(values.mean())
    assert row["stddev"] == pytest.approx(values.std(ddof=1))
    for name, level in (("q05", 0.05), ("q25", 0.25), ("median", 0.5), ("q75", 0.75), ("q95", 0.95)):
        assert row[name] == pytest.approx(np.quantile(values, level))
    assert (float(str(row["min"])), float(str(row["max"]))) == (values.min(), values.max())


def test_texts_have_lengths_and_top_values(connection: Connection) -> None:
    sql = "SELECT unnest(['가나다', 'b', 'b', '', NULL, 'c', 'c', 'c', 'd', 'e', 'f']) AS \"낱말\""
    row = by_name(connection, sql)["낱말"]
    assert (row["min_length"], row["max_length"], row["avg_length"]) == (0, 3, pytest.approx(1.1))
    tops = row["top_values"]
    assert isinstance(tops, list)
    assert tops[:2] == [{"value": "c", "count": 3}, {"value": "b", "count": 2}]
    assert len(tops) == 5
    assert row["mean"] is None


def test_nan_and_infinity_do_not_spoil_the_figures(connection: Connection) -> None:
    row = by_name(connection, "SELECT unnest([1, 3, 'nan'::DOUBLE, 'inf'::DOUBLE, '-inf'::DOUBLE]) AS v")["v"]
    assert (row["mean"], row["median"], row["min"], row["max"]) == (2.0, 2.0, "-inf", "nan")


def test_an_empty_table_has_a_profile(connection: Connection) -> None:
    replace_table(connection, "t", "SELECT 1 AS a, 'x' AS b LIMIT 0")
    row = by_name(connection, "t")["a"]
    assert (row["rows"], row["null_rate"], row["top_values"], row["min"]) == (0, None, [], None)


def test_a_column_without_a_value_has_a_profile(connection: Connection) -> None:
    row = by_name(connection, "SELECT NULL::DECIMAL(9, 2) AS v FROM range(3)")["v"]
    assert (row["nulls"], row["null_rate"], row["distinct"], row["mean"]) == (3, 1.0, 0, None)


def test_every_kind_of_column_has_a_profile(connection: Connection) -> None:
    sql = (
        "SELECT true AS flag, DATE '2024-01-01' AS day, "
        "TIMESTAMPTZ '2024-01-01 00:00:00+00' AS moment, [1, NULL] AS list, "
        "{'a': 1} AS struct, MAP {'k': 1} AS map, 'x'::BLOB AS bytes, INTERVAL 1 DAY AS span, "
        "1.5::DECIMAL(9, 2) AS money"
    )
    rows = by_name(connection, sql)
    assert {name: row["min"] for name, row in rows.items()} == {
        "flag": "true",
        "day": "2024-01-01",
        "moment": "2024-01-01 00:00:00+00",
        "list": "[1, NULL]",
        "struct": "{'a': 1}",
        "map": "{k=1}",
        "bytes": "x",
        "span": "1 day",
        "money": "1.50",
    }
    assert rows["money"]["mean"] == 1.5


def test_many_rows_are_estimated_closely(memory: Connection) -> None:
    memory.execute(f"CREATE TABLE t AS SELECT range % 1000 AS v FROM range({EXACT_ROWS + 1000})")
    row = by_name(memory, "t")["v"]
    assert row["distinct"] == 1000
    assert row["median"] == pytest.approx(499.5, rel=0.02)
    assert row["mean"] == pytest.approx(499.5)


def test_tables_views_and_names_with_spaces(connection: Connection) -> None:
    replace_table(connection, "s.my table", "SELECT 1 AS a")
    create_view(connection, "v", 'FROM s."my table"')
    assert by_name(connection, "s.my table")["a"]["rows"] == 1
    assert by_name(connection, "v")["a"]["rows"] == 1
    with pytest.raises(UnknownName, match=r"Did you mean 's\.my table'"):
        profile(connection, "s.mytable")
    with pytest.raises(BadData, match="more than one column"):
        profile(connection, "SELECT 1 AS a, 2 AS a")


def test_values_that_are_equally_frequent_come_in_their_order_and_always_the_same(memory: Connection) -> None:
    memory.execute("CREATE TABLE t AS SELECT range AS id, (range * 7919) % 1000 AS v, 'x' AS same FROM range(20000)")
    rows = by_name(memory, "t")
    assert rows["v"]["top_values"] == [{"value": value, "count": 20} for value in ("0", "1", "10", "100", "101")]
    assert rows["id"]["top_values"] == [{"value": value, "count": 1} for value in ("0", "1", "10", "100", "1000")]
    assert (rows["id"]["distinct"], rows["same"]["distinct"]) == (20000, 1)


def test_of_very_many_values_only_frequent_ones_are_top_values(memory: Connection) -> None:
    memory.execute(
        "CREATE TABLE t AS SELECT range AS id, CASE range % 20 WHEN 3 THEN 'often' WHEN 4 THEN 'often' "
        "WHEN 5 THEN '가끔' ELSE range::VARCHAR END AS word FROM range(300000)"
    )
    rows = by_name(memory, "t")
    assert rows["id"]["top_values"] == []
    assert rows["word"]["top_values"] == [{"value": "often", "count": 30000}, {"value": "가끔", "count": 15000}]


def test_a_wide_table_has_a_row_a_column(memory: Connection) -> None:
    rows = by_name(memory, "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(120)))
    assert [row["top_values"] for row in rows.values()] == [[{"value": str(n), "count": 1}] for n in range(120)]
