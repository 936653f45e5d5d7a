"""ML functions in the place of a value: published results, their places in a query, and what TRANSFORM gives too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import InvalidOption, SyntaxProblem, UnknownName, UserError
from penstock.sql.statement import Dialect

if TYPE_CHECKING:
    from conftest import World


def one(world: World, expression: str, dialect: Dialect = "duckdb") -> object:
    return world.sql(f"SELECT {expression} AS v", dialect=dialect)["v"].to_pylist()[0]


# The examples of BigQuery ML's documentation.
@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
@pytest.mark.parametrize(
    ("expression", "published"),
    [
        ("ML.BUCKETIZE(2.5, [1, 2, 3])", "bin_3"),
        ("ML.BUCKETIZE(2.5, [1, 2, 3], TRUE)", "bin_2"),
        ("ML.BUCKETIZE(2.5, [1, 2, 3], FALSE, 'bucket_ranges')", "[2, 3)"),
        ("ML.BUCKETIZE(2.5, [1, 2, 3], 'bucket_ranges_json')", '{"start": "2", "end": "3"}'),
        (
            "ML.FEATURE_CROSS(STRUCT('a' AS f1, 'b' AS f2, 'c' AS f3))",
            {"f1_f2": "a_b", "f1_f3": "a_c", "f2_f3": "b_c"},
        ),
        (
            "ML.POLYNOMIAL_EXPAND(STRUCT(2 AS f1, 3 AS f2))",
            {"f1": 2.0, "f1_f1": 4.0, "f1_f2": 6.0, "f2": 3.0, "f2_f2": 9.0},
        ),
        ("ML.NGRAMS(['a', 'b', 'c'], [2, 3], '#')", ["a#b", "a#b#c", "b#c"]),
        ("ML.NORMALIZER([4.0, 1.0, 2.0, 2.0, 0.0])", [0.8, 0.2, 0.4, 0.4, 0.0]),
    ],
)
def test_published_examples_come_out_in_both_dialects(
    world: World, expression: str, published: object, dialect: Dialect
) -> None:
    assert one(world, expression, dialect) == published


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ML.NGRAMS(['a', 'b', 'c'], 2)", ["a b", "b c"]),
        ("ML.NGRAMS(['a'], 2)", []),
        ("ML.NGRAMS(CAST(NULL AS VARCHAR[]), 2)", None),
        ("ML.NORMALIZER([3.0, -4.0], 1)", [3 / 7, -4 / 7]),
        ("ML.NORMALIZER([3.0, -4.0], 'inf')", [0.75, -1.0]),
        ("ML.NORMALIZER([3.0, 0.0, 1.0], 0)", [1.5, 0.0, 0.5]),
        ("ML.NORMALIZER([0.0, 0.0])", [0.0, 0.0]),
        ("ML.NORMALIZER([3.0, NULL, 4.0])", [0.6, None, 0.8]),
        ("ML.LP_NORM([3, -4], 2)", 5.0),
        ("ML.LP_NORM([3e200, 4e200])", 5e200),
        ("ML.LP_NORM([1.0, 2.0, 2.0], 3)", 17 ** (1 / 3)),
        ("ML.LP_NORM([1.0, -7.5], '+INF')", 7.5),
        ("ML.LP_NORM([0.0, 2.0, -1.0], 0)", 2.0),
        ("ML.LP_NORM([1.0, 'inf'::DOUBLE], 2)", math.inf),
        ("ML.LP_NORM(CAST([] AS DOUBLE[]), 2)", 0.0),
        ("ML.LP_NORM(CAST(NULL AS DOUBLE[]), 2)", None),
        ("ML.FEATURE_CROSS({'a': 'x', 'b': NULL})", {"a_b": None}),
        ("ML.POLYNOMIAL_EXPAND(STRUCT(2 AS 값), 4)", {"값": 2.0, "값_값": 4.0, "값_값_값": 8.0, "값_값_값_값": 16.0}),
        ("ML.BUCKETIZE(NULL, [1])", None),
        ("ML.BUCKETIZE(ML.LP_NORM([3, 4], 2), [1, 5])", "bin_3"),
    ],
)
def test_ordinary_and_odd_values(world: World, expression: str, expected: object) -> None:
    found = one(world, expression)
    if isinstance(expected, list):
        assert found == [item if item is None or isinstance(item, str) else pytest.approx(item) for item in expected]
    else:
        assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_crossings_of_three_and_products_of_three_are_in_the_published_order(world: World) -> None:
    crossed = one(world, "ML.FEATURE_CROSS(STRUCT('a' AS f1, 'b' AS f2, 'c' AS f3), 3)")
    assert crossed == {"f1_f2": "a_b", "f1_f2_f3": "a_b_c", "f1_f3": "a_c", "f2_f3": "b_c"}
    assert list(crossed) == ["f1_f2", "f1_f2_f3", "f1_f3", "f2_f3"]
    product = one(world, "ML.POLYNOMIAL_EXPAND(STRUCT(2 AS a, 3 AS b), 3)")
    assert list(product) == ["a", "a_a", "a_a_a", "a_a_b", "a_b", "a_b_b", "b", "b_b", "b_b_b"]
    assert product["a_b_b"] == 18.0


def test_hashes_fall_into_their_buckets_and_stay_there(world: World) -> None:
    rows = world.rows(
        "SELECT i, ML.HASH_BUCKETIZE('단어' || i, 7) AS b, ML.HASH_BUCKETIZE('w' || i, 0) AS h FROM range(700) r(i)"
    )
    buckets = [row["b"] for row in rows]
    assert set(buckets) == set(range(7))
    assert max(buckets.count(bucket) for bucket in range(7)) < 140
    assert len({row["h"] for row in rows}) == 700
    # FARM_FINGERPRINT('a') as BigQuery publishes it, and the buckets of its example.
    assert one(world, "ML.HASH_BUCKETIZE('a', 0)") == -5528939962900187677
    assert [one(world, f"ML.HASH_BUCKETIZE('{letter}', 3)") for letter in "abcd"] == [0, 1, 1, 2]
    assert one(world, "ML.HASH_BUCKETIZE(NULL, 3)") is None


LEARNING = [
    "ML.STANDARD_SCALER(distance) OVER ()",
    "ML.MIN_MAX_SCALER(distance) OVER ()",
    "ML.ROBUST_SCALER(distance, [10, 90]) OVER ()",
    "ML.QUANTILE_BUCKETIZE(distance, 4, 'bucket_ranges') OVER ()",
    "ML.IMPUTER(distance, 'median') OVER ()",
    "ML.LABEL_ENCODER(도시, 2) OVER ()",
]


@pytest.mark.parametrize("call", LEARNING)
def test_what_learns_gives_what_a_transform_of_the_same_rows_gives(world: World, call: str) -> None:
    rows = "SELECT id, distance, 도시, fare FROM trips WHERE id % 3 = 0"
    options = {"data_split_method": "NO_SPLIT"}
    world.train_with_transform("t", f"{call} AS v, id", rows, "linear_reg", "fare", **options)
    expected = world.rows(f"SELECT id, v FROM ML.TRANSFORM(MODEL t, ({rows})) ORDER BY id")
    assert world.rows(f"SELECT id, {call} AS v FROM trips WHERE id % 3 = 0 ORDER BY id") == expected
    assert len({row["v"] for row in expected}) > 1


EXPECTED = "SELECT (distance - m) / s AS v FROM trips, (SELECT avg(distance) m, stddev_pop(distance) s FROM trips)"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ML.STANDARD_SCALER(distance) OVER () AS v FROM trips",
        "SELECT ml.standard_scaler(t.distance) over() v FROM trips AS t LIMIT 400",
        "FROM trips SELECT ML.STANDARD_SCALER(distance) OVER () AS v",
        """WITH few AS (SELECT distance AS d FROM trips), same AS (FROM few)
           SELECT ML.STANDARD_SCALER(d) OVER () AS v FROM same""",
        "SELECT v FROM (SELECT ML.STANDARD_SCALER(distance) OVER () AS v FROM trips) WHERE v IS NULL OR v < 100",
        "SELECT ML.STANDARD_SCALER(a.distance) OVER () AS v FROM trips a JOIN trips b USING (id) ORDER BY id",
        "SELECT (ML.STANDARD_SCALER(distance + 1) OVER () * 2) / 2 AS v FROM trips UNION ALL SELECT 1 AS v WHERE FALSE",
        """SELECT v FROM trips, (SELECT id AS i, ML.STANDARD_SCALER(distance) OVER () AS v FROM trips)
           WHERE i = id""",
        "SELECT ML.STANDARD_SCALER(distance) OVER () AS v FROM ML.PREDICT(MODEL fares, TABLE trips)",
    ],
)
def test_statistics_are_of_the_rows_that_the_select_reads(world: World, query: str) -> None:
    expected = sorted(str(row["v"] and round(row["v"], 9)) for row in world.rows(EXPECTED))
    assert sorted(str(row["v"] and round(row["v"], 9)) for row in world.rows(query)) == expected


def test_bigquery_text_reads_the_same(world: World) -> None:
    query = """WITH w AS (SELECT * FROM `trips` WHERE MOD(id, 2) = 0)
               SELECT id, ML.MIN_MAX_SCALER(distance) OVER() AS v FROM w"""
    found = world.sql(query + " ORDER BY id", dialect="bigquery").to_pylist()
    low, high = world.sql("SELECT min(distance) a, max(distance) b FROM trips WHERE id % 2 = 0").to_pylist()[0].values()
    rows = world.rows("SELECT id, distance FROM trips WHERE id % 2 = 0 ORDER BY id")
    assert [row["v"] for row in found] == [
        row["distance"] and pytest.approx((row["distance"] - low) / (high - low)) for row in rows
    ]


def test_a_call_stands_wherever_a_value_can(world: World) -> None:
    band = "ML.BUCKETIZE(distance, [10, 20])"
    counts = dict.fromkeys(["bin_1", "bin_2", "bin_3"])
    for row in world.rows(f"SELECT {band} AS b, count(*) AS n FROM trips WHERE {band} IS NOT NULL GROUP BY {band}"):
        counts[row["b"]] = row["n"]
    assert sum(counts.values()) == 390
    joined = world.rows(f"SELECT count(*) AS n FROM trips JOIN (VALUES ('bin_2')) AS w(b) ON {band} = w.b")
    assert joined == [{"n": counts["bin_2"]}]
    of_groups = (
        "SELECT ML.BUCKETIZE(avg(fare), [0]) AS b FROM trips GROUP BY 도시 HAVING ML.BUCKETIZE(count(*), [1]) = 'bin_2'"
    )
    assert [row["b"] for row in world.rows(of_groups)] == ["bin_2"] * 3
    predicted = world.rows(
        f"SELECT count(*) AS n FROM ML.PREDICT(MODEL fares, (SELECT *, {band} AS b FROM trips)) WHERE b = 'bin_2'"
    )
    assert predicted == joined


def test_a_call_without_alias_is_named_after_its_function(world: World) -> None:
    found = world.sql("SELECT id, ML.BUCKETIZE(distance, [10]), ML.IMPUTER(distance, 'mean') OVER () FROM trips")
    assert found.column_names == ["id", "bucketize", "imputer"]


@pytest.mark.parametrize(
    ("query", "error", "words"),
    [
        ("SELECT ML.BUCKETISE(distance, [1]) FROM trips", UnknownName, "Did you mean 'ML.BUCKETIZE'"),
        ("SELECT ML.FEATURE_INFO(distance) FROM trips", InvalidOption, "ML.FEATURE_INFO gives a table, not a value"),
        ("SELECT ML.STANDARD_SCALER(distance) FROM trips", InvalidOption, "is written with OVER"),
        ("SELECT ML.STANDARD_SCALER(도시) OVER () FROM trips", InvalidOption, "takes a number; 도시 is string"),
        ("SELECT ML.STANDARD_SCALER(x) OVER (ORDER BY x) FROM trips", SyntaxProblem, "without anything in it"),
        ("SELECT 1 FROM trips WHERE ML.STANDARD_SCALER(distance) OVER () > 0", SyntaxProblem, "a condition"),
        (
            "SELECT ML.STANDARD_SCALER(avg(fare)) OVER () FROM trips GROUP BY 도시",
            SyntaxProblem,
            "groups its rows",
        ),
        ("SELECT ML.POLYNOMIAL_EXPAND(STRUCT(도시)) FROM trips", InvalidOption, "takes a struct of numbers"),
        ("SELECT ML.FEATURE_CROSS(row('a', 'b'))", InvalidOption, "fields have names"),
        ("SELECT ML.NGRAMS(['a'], [3, 2])", InvalidOption, "the least and the most"),
        ("SELECT ML.LP_NORM([1.0], 0.5)", InvalidOption, "at least 1"),
        ("SELECT ML.HASH_BUCKETIZE('a')", InvalidOption, "needs hash_bucket_size"),
        ("SELECT ML.BUCKETIZE(1, [3, 2])", InvalidOption, "in ascending order"),
        ("SELECT ML.BUCKETIZE()", InvalidOption, "takes one column or expression, not 0"),
        ("SELECT ML.STANDARD_SCALER(nothing) OVER () FROM trips", UserError, "nothing"),
    ],
)
def test_calls_that_cannot_be_are_answered(world: World, query: str, error: type[UserError], words: str) -> None:
    with pytest.raises(error, match=words):
        world.sql(query)


def test_structs_and_lists_of_a_transform_become_features(world: World) -> None:
    clause = """ML.POLYNOMIAL_EXPAND(STRUCT(distance, id AS n)) AS p, ML.FEATURE_CROSS(STRUCT(도시, tip)) AS c,
                ML.NGRAMS(string_split(mood || ' ' || tip, ' '), [1, 2]) AS words"""
    rows = "SELECT * FROM trips"
    model = world.train_with_transform("wide", clause, rows, "linear_reg", "fare", data_split_method="NO_SPLIT")
    names = [feature.name for feature in model.manifest.features]
    assert names == ["p_distance", "p_distance_distance", "p_distance_n", "p_n", "p_n_n", "c_도시_tip", "words"]
    scored = world.rows("SELECT avg(abs(predicted_fare - fare)) AS error FROM ML.PREDICT(MODEL wide, TABLE trips)")
    assert scored[0]["error"] < 3


@pytest.mark.parametrize("function", ["ML.POLYNOMIAL_EXPAND", "ML.FEATURE_CROSS"])
def test_fields_that_bigquerys_text_leaves_without_a_name_are_refused(world: World, function: str) -> None:
    with pytest.raises(InvalidOption, match="fields have names"):
        one(world, f"{function}(STRUCT(1, 2))", "bigquery")
