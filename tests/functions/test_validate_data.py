"""Drift between two data sets, skew against training, and ML.TFDV_VALIDATE."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from penstock.core.errors import BadData, InvalidOption, UnknownName, UserError
from penstock.core.options import GivenOption
from penstock.drift.summary import PROFILE, profile_to_json, summarise_table
from penstock.learn.artifact import load_model
from penstock.learn.feature_column import flatten
from penstock.learn.training import train
from penstock.sql.statement import Dialect

if TYPE_CHECKING:
    from conftest import World

COLUMNS = ["input", "metric", "threshold", "value", "is_anomaly"]


@pytest.fixture
def weeks(world: World) -> World:
    """Two weeks: `x` moves up, `도시` gains two values, `mixed` changes its type, `old` and `new` are in one each."""
    world.connection.execute("""
        CREATE TABLE before AS SELECT range / 100.0 AS x, ['서울', '부산', '제주'][range % 3 + 1] AS 도시,
            range % 4 AS same, 'q' AS mixed, 1 AS old FROM range(3000);
        CREATE TABLE after AS SELECT range / 100.0 + 15 AS X,
            ['서울', '부산', '제주', '대구', '광주'][range % 5 + 1] AS 도시,
            range % 4 AS same, 1 AS mixed, [1] AS new FROM range(5000);
    """)
    return world


def drift(world: World, more: str = "", study: str = "TABLE after") -> dict[str, dict[str, Any]]:
    table = world.sql(f"SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE before, {study}{more})")
    assert table.schema.names == COLUMNS
    return {row["input"]: row for row in table.to_pylist()}


def test_columns_of_both_sides_are_compared(weeks: World) -> None:
    found = drift(weeks)
    assert list(found) == ["x", "도시", "same"]
    assert found["도시"] == {
        "input": "도시",
        "metric": "L_INFTY",
        "threshold": 0.3,
        "value": pytest.approx(0.2),
        "is_anomaly": False,
    }
    assert (found["same"]["metric"], found["same"]["value"]) == ("JENSEN_SHANNON_DIVERGENCE", 0.0)
    assert "'mixed'" in weeks.heard[-1].message  # type: ignore[attr-defined]


def test_numbers_are_compared_over_bins_cut_at_both_sides_edges(weeks: World) -> None:
    x, y = np.arange(3000) / 100, np.arange(5000) / 100 + 15
    (a, a_edges), (b, b_edges) = np.histogram(x, 10), np.histogram(y, 10)
    edges = np.union1d(a_edges, b_edges)
    sides = [
        np.diff(np.interp(edges, own, np.concatenate(([0], np.cumsum(counts)))))
        for counts, own in ((a, a_edges), (b, b_edges))
    ]
    assert drift(weeks)["x"]["value"] == pytest.approx(jensenshannon(*sides, base=2) ** 2)
    assert drift(weeks)["x"]["is_anomaly"] is True


def test_thresholds_and_metrics_can_be_chosen(weeks: World) -> None:
    found = drift(
        weeks,
        ", STRUCT(0.1 AS categorical_default_threshold, 'jensen_shannon_divergence' AS categorical_metric_type, "
        "[('X', 0.9), STRUCT('same', 0)] AS thresholds)",
    )
    assert {name: row["threshold"] for name, row in found.items()} == {"x": 0.9, "도시": 0.1, "same": 0.0}
    assert found["도시"]["value"] == pytest.approx(jensenshannon([1, 1, 1, 0, 0], [1, 1, 1, 1, 1], base=2) ** 2)
    assert (found["도시"]["is_anomaly"], found["x"]["is_anomaly"], found["same"]["is_anomaly"]) == (True, False, False)


def test_the_same_data_has_not_moved_and_an_empty_side_cannot_tell(weeks: World) -> None:
    assert {row["value"] for row in drift(weeks, study="TABLE before").values()} == {0.0}
    empty = drift(weeks, study="(FROM after WHERE FALSE)")
    assert {(row["value"], row["is_anomaly"]) for row in empty.values()} == {(None, None)}
    assert weeks.heard[-1].message == "ML.VALIDATE_DATA_DRIFT can tell nothing: one of the two sides has no values."  # type: ignore[attr-defined]


def test_a_model_beside_the_two_data_sets_changes_nothing_and_that_is_told(trained: World) -> None:
    found = drift(trained, ", MODEL fares")
    told = [event.message for event in trained.heard]  # type: ignore[attr-defined]
    assert found == drift(trained)
    assert "The model fares changes nothing of what ML.VALIDATE_DATA_DRIFT gives." in told
    with pytest.raises(UnknownName, match="nobody"):
        drift(trained, ", MODEL nobody")


@pytest.mark.parametrize(
    ("arguments", "problem", "words"),
    [
        ("TABLE before", InvalidOption, "second table"),
        ("TABLE before, (SELECT 1 AS z, 2 AS 둘)", BadData, "no column in common: .*'도시'.* and 'z', '둘'"),
        ("TABLE before, TABLE after, STRUCT(1.0 AS numerical_default_threshold)", InvalidOption, "below 1"),
        ("TABLE before, TABLE after, STRUCT('PSI' AS categorical_metric_type)", InvalidOption, "L_INFTY"),
        ("TABLE before, TABLE after, STRUCT([('sam', 0.1)] AS thresholds)", UnknownName, "Did you mean 'same'"),
        ("TABLE before, TABLE after, STRUCT([('same', 2)] AS thresholds)", InvalidOption, "thresholds"),
        ("TABLE before, TABLE after, STRUCT('same' AS thresholds)", InvalidOption, "a list of columns"),
        ("TABLE before, (SELECT MAP {1: 2} AS x)", BadData, "no statistics"),
    ],
)
def test_a_wrong_comparison_says_what_is_wrong(
    weeks: World, arguments: str, problem: type[UserError], words: str
) -> None:
    with pytest.raises(problem, match=words):
        weeks.sql(f"SELECT * FROM ML.VALIDATE_DATA_DRIFT({arguments})")


STATISTICS = "(SELECT * FROM ML.TFDV_DESCRIBE(TABLE {}))"
VALIDATE = f"ML.TFDV_VALIDATE({STATISTICS.format('before')}, {STATISTICS}{{}})"


def anomalies(world: World, more: str = "", study: str = "after", dialect: Dialect = "duckdb") -> dict[str, Any]:
    (text,) = world.sql(f"SELECT {VALIDATE.format(study, more)} AS v", dialect=dialect)["v"].to_pylist()
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_tfdv_finds_what_the_drift_function_finds(weeks: World, dialect: Dialect) -> None:
    options = ", 'DRIFT', .1, 'L_INFTY', .1, 'JENSEN_SHANNON_DIVERGENCE', [('same', 0.5)]"
    found = anomalies(weeks, options, dialect=dialect)
    measured = {item["path"]["step"][0]: item["driftMeasurements"][0] for item in found["driftSkewInfo"]}
    expected = drift(weeks)
    assert {name: item["value"] for name, item in measured.items()} == {
        name: row["value"] for name, row in expected.items()
    }
    assert measured["same"]["threshold"] == 0.5
    assert set(found["anomalyInfo"]) == {"x", "도시"}
    told = found["anomalyInfo"]["도시"]
    assert told["reason"][0]["type"] == "COMPARATOR_L_INFTY_HIGH"
    assert "between current and previous is 0.2 " in told["description"]
    assert told["description"].endswith("with maximum difference is: 광주")
    assert found["anomalyInfo"]["x"]["reason"][0]["type"] == "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH"


def test_skew_is_between_training_and_serving(weeks: World) -> None:
    found = anomalies(weeks)
    assert "between training and serving" in found["anomalyInfo"]["x"]["shortDescription"]
    assert "skewMeasurements" in found["driftSkewInfo"][0]
    assert anomalies(weeks, study="before")["anomalyInfo"] == {}


def test_statistics_from_elsewhere_are_read_whichever_way_their_fields_are_written(world: World) -> None:
    old = {
        "datasets": [
            {
                "features": [
                    {
                        "name": "x",
                        "num_stats": {
                            "histograms": [{"buckets": [{"low_value": 0, "high_value": 2, "sample_count": "4"}]}]
                        },
                    },
                    {"name": "c", "string_stats": {"rank_histogram": {"buckets": [{"label": "a", "sample_count": 3}]}}},
                    {"name": "bytes", "bytes_stats": {}},
                ]
            }
        ]
    }
    new = json.dumps(old).replace('"high_value": 2', '"highValue": 1').replace("rank_histogram", "rankHistogram")
    world.connection.execute("CREATE TABLE given (old JSON, new JSON)")
    world.connection.execute("INSERT INTO given VALUES (?, ?)", [json.dumps(old), new])
    (row,) = world.rows("SELECT ML.TFDV_VALIDATE((SELECT old FROM given), (SELECT new FROM given)) AS v")
    measured = json.loads(str(row["v"]))["driftSkewInfo"]
    assert [item["path"]["step"] for item in measured] == [["x"], ["c"]]
    assert measured[0]["skewMeasurements"][0]["value"] == pytest.approx(jensenshannon([1, 1], [1, 0], 2) ** 2)
    assert world.rows("SELECT ML.TFDV_VALIDATE((SELECT old FROM given), NULL) AS v") == [{"v": None}]


@pytest.mark.parametrize(
    ("call", "problem", "words"),
    [
        ("ML.TFDV_VALIDATE(도시, 도시)", UnknownName, "takes subqueries"),
        ("ML.TFDV_VALIDATE((SELECT 'x'), (SELECT 'y'))", BadData, "no statistics"),
        ("ML.TFDV_VALIDATE((SELECT '{\"datasets\": [1]}'), (SELECT '[]'))", BadData, "no statistics"),
        ("ML.TFDV_VALIDATE((SELECT '{}'))", InvalidOption, "2 columns or expressions"),
        (VALIDATE.format("after", ", 'SKEWED'"), InvalidOption, "'DRIFT'"),
        (
            VALIDATE.format("after", ", 'SKEW', .1, 'L_INFTY', .1, 'JENSEN_SHANNON_DIVERGENCE', [('z', 0.1)]"),
            UnknownName,
            "'z'",
        ),
    ],
)
def test_wrong_statistics_are_refused(weeks: World, call: str, problem: type[UserError], words: str) -> None:
    with pytest.raises(problem, match=words):
        weeks.sql(f"SELECT {call} FROM before")


def with_profile(world: World, name: str, sql: str, **options: object) -> None:
    table = world.connection.table(sql)
    given = {key: GivenOption(value) for key, value in options.items()}
    trained = train(table, given, seed=1, threads=2, progress=lambda *_: None)
    profile = summarise_table(flatten(table), [feature.name for feature in trained.manifest.features])
    world.models[name] = load_model({**trained.files, PROFILE: profile_to_json(profile).encode()}, None)


@pytest.fixture
def trained(weeks: World) -> World:
    with_profile(
        weeks,
        "m",
        "SELECT x, 도시, same, mixed, x + same AS y FROM before",
        model_type="linear_reg",
        input_label_cols=["y"],
    )
    return weeks


def skew(world: World, data: str, more: str = "") -> dict[str, dict[str, Any]]:
    table = world.sql(f"SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL m, {data}{more})")
    assert table.schema.names == COLUMNS
    return {row["input"]: row for row in table.to_pylist()}


def test_new_data_is_compared_with_the_training_rows(trained: World) -> None:
    found = skew(trained, "TABLE after")
    assert list(found) == ["x", "도시", "same", "mixed"]
    assert found["mixed"]["value"] == 1
    assert (found["도시"]["metric"], found["도시"]["value"]) == ("L_INFTY", pytest.approx(0.4))
    # Deciles of 0 to 30 against 15 to 65.
    after = np.histogram(np.arange(5000) / 100 + 15, [-np.inf, *np.arange(2.99, 27, 3), np.inf])[0]
    assert found["x"]["value"] == pytest.approx(jensenshannon(np.ones(10), after, 2) ** 2, abs=0.02)
    assert found["x"]["is_anomaly"] is True
    assert found["same"]["value"] == pytest.approx(0, abs=1e-3)


def test_text_for_numbers_is_left_out_and_told(trained: World) -> None:
    assert list(skew(trained, "(SELECT * REPLACE ('a' AS same) FROM after)")) == ["x", "도시", "mixed"]
    assert "leaves 'same' out" in trained.heard[-1].message  # type: ignore[attr-defined]


def test_training_rows_themselves_have_no_skew_in_any_number_of_batches(trained: World) -> None:
    for data in ("TABLE before", "(SELECT * FROM before, range(100))"):
        found = skew(trained, data, ", STRUCT('JENSEN_SHANNON_DIVERGENCE' AS categorical_metric_type)")
        assert [row["value"] for row in found.values()] == pytest.approx([0] * 4, abs=1e-9)


def test_data_without_rows_or_with_few_columns_is_measured_where_it_can(trained: World) -> None:
    assert {row["value"] for row in skew(trained, "(FROM before WHERE FALSE)").values()} == {None}
    assert "one of the two sides has no values" in trained.heard[-1].message  # type: ignore[attr-defined]
    assert list(skew(trained, "(SELECT same FROM before)", ", STRUCT([('same', 0.1)] AS thresholds)")) == ["same"]


def test_a_struct_is_compared_field_by_field(weeks: World) -> None:
    sql = "SELECT {{'a': x, 'b': 도시}} AS s, same AS y FROM {}"
    with_profile(weeks, "m", sql.format("before"), model_type="linear_reg", input_label_cols=["y"])
    assert list(skew(weeks, f"({sql.format('after')})")) == ["s_a", "s_b"]


@pytest.mark.parametrize(
    ("arguments", "problem", "words"),
    [
        ("MODEL m", InvalidOption, "needs data"),
        ("MODEL fares, TABLE trips", BadData, "Train it again"),
        ("MODEL m, (SELECT 1 AS z)", BadData, "none of the columns of model m: 'z' and not 'x', '도시'"),
        ("MODEL m, TABLE after, STRUCT(TRUE AS enable_visualization_link)", InvalidOption, "service of Google"),
        ("MODEL m, TABLE after, STRUCT(10 AS num_histogram_buckets)", InvalidOption, "num_histogram_buckets"),
        ("MODEL m, TABLE after, STRUCT([('new', 0.1)] AS thresholds)", UnknownName, "'new'"),
    ],
)
def test_a_wrong_skew_says_what_is_wrong(trained: World, arguments: str, problem: type[UserError], words: str) -> None:
    with pytest.raises(problem, match=words):
        trained.sql(f"SELECT * FROM ML.VALIDATE_DATA_SKEW({arguments})")
