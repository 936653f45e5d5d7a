"""ML.DESCRIBE_DATA, ML.TFDV_DESCRIBE and ML.CORRELATION against NumPy, scipy and published results."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.stats

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.sql.statement import Dialect

if TYPE_CHECKING:
    from conftest import World

# The columns of BigQuery's page, in its order.
DESCRIBED = {
    "name": pa.string(),
    "num_rows": pa.int64(),
    "num_nulls": pa.int64(),
    "num_zeros": pa.int64(),
    "min": pa.string(),
    "max": pa.string(),
    "mean": pa.float64(),
    "stdev": pa.float64(),
    "median": pa.float64(),
    "quantiles": pa.list_(pa.float64()),
    "unique": pa.int64(),
    "avg_string_length": pa.float64(),
    "num_values": pa.int64(),
    "top_values": pa.list_(pa.struct([("value", pa.string()), ("count", pa.int64())])),
    "min_array_length": pa.int64(),
    "max_array_length": pa.int64(),
    "avg_array_length": pa.float64(),
    "total_array_length": pa.int64(),
    "array_length_quantiles": pa.list_(pa.int64()),
    "dimension": pa.int64(),
}


@pytest.fixture
def odd(world: World) -> World:
    """Four rows of every kind of column, with NULL, NaN, infinity and empty lists."""
    world.connection.execute("""
        CREATE TABLE odd AS FROM (VALUES
            (1, 1.5::DOUBLE, '서울', TRUE, [1, 2, 3], [{'i': 3, 'v': 1.5}], {'a': 1, 'b': 'x'}, 1.25::DECIMAL(5, 2)),
            (2, 'nan'::DOUBLE, '부산', FALSE, [0], [{'i': 7, 'v': 0}], {'a': 2, 'b': 'y'}, 2.5),
            (2, 'inf'::DOUBLE, '부산', NULL, [], [], NULL, NULL),
            (NULL, 0.0, NULL, TRUE, NULL, NULL, {'a': NULL, 'b': 'y'}, 0)
        ) t(n, x, 도시, flag, items, pairs, s, price)
    """)
    return world


def described(world: World, call: str) -> dict[str, dict[str, Any]]:
    rows = world.rows(f"SELECT * FROM ML.DESCRIBE_DATA({call})")
    return {str(row["name"]): {name: value for name, value in row.items() if value is not None} for row in rows}


def test_the_columns_are_those_of_bigquery(odd: World) -> None:
    schema = odd.sql("SELECT * FROM ML.DESCRIBE_DATA(TABLE odd)").schema
    assert dict(zip(schema.names, schema.types, strict=True)) == DESCRIBED


def test_every_kind_of_column_is_described(odd: World) -> None:
    found = described(odd, "TABLE odd, STRUCT(2 AS top_k, 2 AS num_array_length_quantiles)")
    assert list(found) == ["n", "x", "도시", "flag", "items", "pairs", "s_a", "s_b", "price"]
    assert found["n"] == {
        "name": "n",
        "num_rows": 4,
        "num_nulls": 1,
        "num_zeros": 0,
        "min": "1",
        "max": "2",
        "mean": pytest.approx(5 / 3),
        "stdev": pytest.approx(np.std([1, 2, 2], ddof=1)),
        "median": 2.0,
        "quantiles": [1.0, 2.0, 2.0],
        "num_values": 3,
    }
    assert (found["x"]["num_values"], found["x"]["max"], found["x"]["mean"]) == (4, "1.5", 0.75)
    assert found["도시"] == {
        "name": "도시",
        "num_rows": 4,
        "num_nulls": 1,
        "min": "부산",
        "max": "서울",
        "unique": 2,
        "avg_string_length": 2.0,
        "num_values": 3,
        "top_values": [{"value": "부산", "count": 2}, {"value": "서울", "count": 1}],
    }
    assert found["flag"]["top_values"] == [{"value": "true", "count": 2}, {"value": "false", "count": 1}]
    items = found["items"]
    assert (items["num_values"], items["num_zeros"], items["mean"], items["total_array_length"]) == (4, 1, 1.5, 4)
    assert (items["min_array_length"], items["max_array_length"], items["avg_array_length"]) == (0, 3, 4 / 3)
    assert items["array_length_quantiles"] == [0, 1, 3]
    assert (found["pairs"]["dimension"], found["pairs"]["mean"]) == (8, 0.75)
    assert (found["s_a"]["num_nulls"], found["s_b"]["num_nulls"], found["price"]["median"]) == (2, 1, 1.25)


def test_quantiles_are_values_of_the_column(world: World) -> None:
    world.connection.execute("CREATE TABLE numbers AS SELECT hash(range) % 1000 AS v FROM range(777)")
    values = np.sort(world.sql("SELECT v FROM numbers")["v"].to_numpy().astype(float))
    found = described(world, "TABLE numbers, STRUCT(7 AS num_quantiles)")["v"]["quantiles"]
    assert found == np.quantile(values, np.arange(8) / 7, method="inverted_cdf").tolist()


def test_a_table_of_twenty_texts_is_counted_column_by_column(world: World) -> None:
    columns = ", ".join(f"'v' || (range % {place + 1}) AS c{place}" for place in range(20))
    found = described(world, f"(SELECT {columns} FROM range(100))")
    assert [found[f"c{place}"]["unique"] for place in range(20)] == list(range(1, 21))
    assert found["c3"]["top_values"] == [{"value": "v0", "count": 25}]


def test_beyond_a_million_rows_quantiles_are_near(world: World) -> None:
    found = described(world, "(SELECT range AS v FROM range(1000001))")["v"]
    assert found["median"] == pytest.approx(500_000, rel=0.01)
    assert (found["mean"], found["max"]) == (500_000, "1000000")


def test_no_rows_give_counts_of_nothing(odd: World) -> None:
    found = described(odd, "(FROM odd WHERE FALSE)")
    assert found["n"] == {"name": "n", "num_rows": 0, "num_nulls": 0, "num_zeros": 0, "num_values": 0}
    assert found["도시"]["unique"] == 0


@pytest.mark.parametrize(
    ("call", "problem", "words"),
    [
        ("(SELECT MAP {1: 2} AS m)", BadData, "'m'"),
        ("(SELECT [[1]] AS m)", BadData, "no statistics"),
        ("(SELECT 1 AS a, 2 AS A)", BadData, "more than one column"),
        ("(SELECT 1 AS a), STRUCT(0 AS top_k)", InvalidOption, "between 1 and 10000"),
        ("(SELECT 1 AS a), STRUCT(3 AS num_quantile)", InvalidOption, "Did you mean 'num_quantiles'"),
    ],
)
def test_a_wrong_description_says_what_is_wrong(world: World, call: str, problem: type[UserError], words: str) -> None:
    with pytest.raises(problem, match=words):
        world.sql(f"SELECT * FROM ML.DESCRIBE_DATA({call})")


def statistics(world: World, call: str) -> dict[str, dict[str, Any]]:
    table = world.sql(f"SELECT * FROM ML.TFDV_DESCRIBE({call})")
    assert table.schema.names == ["dataset_feature_statistics_list"]
    (text,) = table.column(0).to_pylist()
    (dataset,) = json.loads(text)["datasets"]
    return {feature["path"]["step"][0]: feature for feature in dataset["features"]}


def test_tfdv_statistics_have_the_shape_of_the_protocol_buffer(odd: World) -> None:
    found = statistics(odd, "TABLE odd, STRUCT(3 AS num_histogram_buckets, 1 AS num_rank_histogram_buckets)")
    assert (found["n"]["type"], found["x"]["type"], found["도시"]["type"]) == ("INT", "FLOAT", "STRING")
    numbers = found["n"]["numStats"]
    assert (numbers["mean"], numbers["stdDev"]) == (pytest.approx(5 / 3), pytest.approx(np.std([1, 2, 2])))
    assert (numbers["numZeros"], numbers["commonStats"]["numMissing"]) == ("0", "1")
    standard, quantiles = numbers["histograms"]
    assert (standard["type"], quantiles["type"]) == ("STANDARD", "QUANTILES")
    assert [bucket["sampleCount"] for bucket in standard["buckets"]] == [1, 0, 2]
    assert [bucket["lowValue"] for bucket in standard["buckets"]] == pytest.approx([1, 4 / 3, 5 / 3])
    assert math.fsum(bucket["sampleCount"] for bucket in quantiles["buckets"]) == pytest.approx(3)
    x = found["x"]["numStats"]["histograms"][0]
    assert (x["numNan"], x["numUndefined"]) == ("1", "1")
    texts = found["도시"]["stringStats"]
    assert (texts["unique"], texts["avgLength"]) == ("2", 2.0)
    assert texts["rankHistogram"]["buckets"] == [{"lowRank": "0", "highRank": "0", "label": "부산", "sampleCount": 2.0}]
    assert found["items"]["numStats"]["commonStats"]["maxNumValues"] == "3"


def test_bins_of_equal_width_are_numpys(world: World) -> None:
    values = world.sql("SELECT fare FROM trips")["fare"].to_numpy()
    counts, edges = np.histogram(values, 10)
    buckets = statistics(world, "TABLE trips")["fare"]["numStats"]["histograms"][0]["buckets"]
    assert [bucket["sampleCount"] for bucket in buckets] == counts.tolist()
    assert [bucket["highValue"] for bucket in buckets] == pytest.approx(edges[1:])


def test_statistics_can_be_kept_in_a_table_as_json(odd: World) -> None:
    odd.sql("CREATE TABLE kept AS SELECT * FROM ML.TFDV_DESCRIBE(TABLE odd)")
    assert odd.connection.column_types("FROM kept") == [("dataset_feature_statistics_list", "JSON")]
    assert json.loads(odd.sql("SELECT * FROM ML.TFDV_DESCRIBE((FROM odd WHERE FALSE))")[0][0].as_py())


@pytest.fixture
def marketing(world: World) -> World:
    """The table of BigQuery's page on ML.CORRELATION."""
    world.connection.execute("""
        CREATE TABLE marketing AS FROM (VALUES
            ('USA', 'New York', 'Electronics', 100, 150, 1000), ('USA', 'New York', 'Electronics', 150, 200, 1500),
            ('USA', 'New York', 'Apparel', 200, 250, 1800), ('USA', 'Seattle', 'Apparel', 220, 240, 2400),
            ('USA', 'Seattle', 'Apparel', 300, 320, 2700), (NULL, 'London', 'Electronics', 100, 120, 500),
            (NULL, 'London', 'Electronics', 200, 220, 900), (NULL, NULL, 'Apparel', 200, 200, 1000),
            (NULL, NULL, 'Apparel', 250, 250, 1200)
        ) t(country, city, product_category, ad_spend, budget, revenue)
    """)
    return world


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_published_correlations_come_out(marketing: World, dialect: Dialect) -> None:
    table = marketing.sql(
        "SELECT * FROM ML.CORRELATION(TABLE marketing, target_col => 'revenue', "
        "target_correlation_cols => 'ad_spend', dimension_cols => ['country'])",
        dialect=dialect,
    )
    assert table.schema.names == [
        "segment",
        "country",
        "target_col",
        "corr_col",
        "correlation",
        "segment_size",
        "segment_proportion",
    ]
    rows = table.to_pylist()
    assert [row["segment"] for row in rows] == [
        [],
        [{"dimension_col": "country", "dimension_value": '"USA"'}],
        [{"dimension_col": "country", "dimension_value": "null"}],
    ]
    assert [round(row["correlation"], 3) for row in rows] == [0.698, 0.968, 0.990]
    assert [(row["segment_size"], row["country"]) for row in rows] == [(9, None), (5, "USA"), (4, None)]
    assert rows[1]["segment_proportion"] == 5 / 9


def test_every_combination_of_two_dimensions_is_a_segment(marketing: World) -> None:
    rows = marketing.rows(
        "SELECT * FROM ML.CORRELATION((FROM marketing WHERE country = 'USA'), target_col => 'revenue', "
        "target_correlation_cols => ['ad_spend', 'budget'], dimension_cols => ['city', 'product_category'])"
    )
    found = [(row["city"], row["product_category"], row["corr_col"], row["correlation"]) for row in rows]
    expected = [
        (None, None, "ad_spend", 0.968),
        (None, None, "budget", 0.924),
        ("New York", None, "ad_spend", 0.990),
        (None, "Apparel", "ad_spend", 0.866),
        ("New York", None, "budget", 0.990),
    ]
    assert [(*row[:3], round(float(str(row[3])), 3)) for row in found[:5]] == expected
    # One row has no correlation.
    assert ("New York", "Apparel", "budget", None) in found
    assert len(found) == 2 * (1 + 2 + 2 + 3)


@pytest.mark.parametrize(
    ("method", "measure"),
    [
        ("PEARSON", lambda x, y: scipy.stats.pearsonr(x, y).statistic),
        ("spearman", lambda x, y: scipy.stats.spearmanr(x, y).statistic),
        ("KENDALL", lambda x, y: scipy.stats.kendalltau(x, y).statistic),
    ],
)
def test_every_method_is_scipys_over_rows_where_both_are_finite(world: World, method: str, measure: Any) -> None:
    rows = world.rows(
        "SELECT * FROM ML.CORRELATION((SELECT *, round(distance) AS whole FROM trips), target_col => 'fare', "
        f"target_correlation_cols => ['whole', 'distance'], dimension_cols => '도시', method => '{method}')"
    )
    assert len(rows) == 8
    for row in rows:
        where = "" if row["도시"] is None else f"AND 도시 = '{row['도시']}'"
        pairs = world.sql(
            f"SELECT fare, {'round(distance)' if row['corr_col'] == 'whole' else 'distance'} AS other FROM trips "
            f"WHERE distance IS NOT NULL {where}"
        )
        expected = measure(pairs["fare"].to_numpy(), pairs["other"].to_numpy())
        assert row["correlation"] == pytest.approx(expected)
        assert row["segment_size"] == pairs.num_rows
        assert row["segment_proportion"] == pairs.num_rows / 400


@pytest.mark.parametrize("method", ["PEARSON", "SPEARMAN", "KENDALL"])
def test_a_constant_has_no_correlation_and_no_rows_give_none(world: World, method: str) -> None:
    call = (
        "SELECT correlation FROM ML.CORRELATION({}, target_col => 'a', target_correlation_cols => 'b', method => '{}')"
    )
    one = "(SELECT range AS a, 1 AS b FROM range(5))"
    assert world.rows(call.format(one, method)) == [{"correlation": None}]
    assert world.rows(call.format("(SELECT 1 AS a, 2.0 AS b WHERE FALSE)", method)) == []
    strange = "(SELECT unnest([1.0, 2, 'nan'::DOUBLE, 'inf'::DOUBLE]) AS a, unnest([1.0, 2, 3, 4]) AS b)"
    assert world.rows(call.format(strange, method)) == [{"correlation": pytest.approx(1)}]


@pytest.mark.parametrize(
    ("options", "problem", "words"),
    [
        ("target_col => 'revenu', target_correlation_cols => 'budget'", UnknownName, "Did you mean 'revenue'"),
        ("target_col => 'city', target_correlation_cols => 'budget'", BadData, "of numbers"),
        ("target_col => 'revenue'", InvalidOption, "target_correlation_cols"),
        ("target_col => 'revenue', target_correlation_cols => 'budget', method => 'R'", InvalidOption, "KENDALL"),
        ("target_col => 'revenue', target_correlation_cols => 'budget', dimension_cols => 'town'", UnknownName, "town"),
    ],
)
def test_a_wrong_correlation_says_what_is_wrong(
    marketing: World, options: str, problem: type[UserError], words: str
) -> None:
    with pytest.raises(problem, match=words):
        marketing.sql(f"SELECT * FROM ML.CORRELATION(TABLE marketing, {options})")
