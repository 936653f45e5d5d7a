"""The functions that look into a model: training, features, weights, importances, explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption

if TYPE_CHECKING:
    from conftest import World

ATTRIBUTIONS = pa.list_(pa.struct([pa.field("feature", pa.string()), pa.field("attribution", pa.float64())]))


def test_training_info_has_one_row_an_iteration(world: World) -> None:
    found = world.sql("SELECT * FROM ML.TRAINING_INFO(MODEL moods)")
    assert found.schema == pa.schema(
        [
            ("training_run", pa.int64()),
            ("iteration", pa.int64()),
            ("loss", pa.float64()),
            ("eval_loss", pa.float64()),
            ("learning_rate", pa.float64()),
            ("duration_ms", pa.int64()),
        ]
    )
    rows = found.to_pylist()
    assert len(rows) == len(world.models["moods"].manifest.iterations) > 1
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert {row["eval_loss"] for row in rows} == {None}


def test_feature_info_describes_the_training_columns(world: World) -> None:
    found = world.sql("SELECT * FROM ML.FEATURE_INFO(MODEL fares)")
    assert found.schema.names == [
        "input",
        "min",
        "max",
        "mean",
        "median",
        "stddev",
        "category_count",
        "null_count",
        "dimension",
    ]
    assert found.schema.field("category_count").type == pa.int64()
    distance, city = found.to_pylist()
    expected = world.rows("SELECT min(distance), max(distance), avg(distance), stddev_samp(distance) FROM trips")[0]
    assert [distance[name] for name in ("min", "max", "mean", "stddev")] == pytest.approx(list(expected.values()))
    assert (distance["null_count"], distance["category_count"]) == (10, None)
    assert (city["input"], city["category_count"], city["mean"]) == ("도시", 3, None)


def test_advanced_weights_are_the_weights_one_a_row_with_their_errors(world: World) -> None:
    dummy = {"category_encoding_method": "DUMMY_ENCODING", "calculate_p_values": True}
    rows = world.sql("SELECT distance, 도시, fare + id % 7 AS fare FROM trips")
    world.train("sure", rows, "linear_reg", "fare", data_split_method="NO_SPLIT", **dummy)
    found = world.sql("SELECT * FROM ML.ADVANCED_WEIGHTS(MODEL sure)")
    assert found.schema == pa.schema(
        [
            ("processed_input", pa.string()),
            ("category", pa.string()),
            ("weight", pa.float64()),
            ("standard_error", pa.float64()),
            ("p_value", pa.float64()),
        ]
    )
    flat = world.rows(
        """SELECT processed_input, category, weight FROM (
             SELECT processed_input, NULL AS category, weight FROM ML.WEIGHTS(MODEL sure) WHERE weight IS NOT NULL
             UNION ALL
             SELECT processed_input, c.category, c.weight FROM (
               SELECT processed_input, unnest(category_weights) AS c FROM ML.WEIGHTS(MODEL sure))
           ) ORDER BY ALL"""
    )
    assert sorted(found.select(["processed_input", "category", "weight"]).to_pylist(), key=str) == sorted(flat, key=str)
    left_out = world.rows(
        "SELECT processed_input, weight, isnan(p_value) AS p FROM ML.ADVANCED_WEIGHTS(MODEL sure) "
        "WHERE isnan(standard_error)"
    )
    assert left_out == [{"processed_input": "도시", "weight": 0.0, "p": True}]
    for standardize in (False, True):
        (intercept,) = world.rows(
            "SELECT standard_error, p_value "
            f"FROM ML.ADVANCED_WEIGHTS(MODEL sure, STRUCT({standardize} AS standardize)) "
            "WHERE processed_input = '__INTERCEPT__'"
        )
        assert all((value is not None) == standardize for value in intercept.values())
    assert world.rows("SELECT p_value < 1e-6 AS sure FROM ML.ADVANCED_WEIGHTS(MODEL sure) WHERE category = 'Seoul'")


def test_advanced_weights_need_a_model_that_computed_them(world: World) -> None:
    with pytest.raises(InvalidOption, match="trained with calculate_p_values = TRUE; fares is a linear_reg model"):
        world.sql("SELECT * FROM ML.ADVANCED_WEIGHTS(MODEL fares)")


CLAUSE = """ML.STANDARD_SCALER(distance) OVER () AS far, distance * id AS both, 도시, 7 AS seven,
            ML.POLYNOMIAL_EXPAND(STRUCT(distance)) AS p, fare"""


def test_feature_info_of_a_transform_is_of_the_columns_before_it(world: World) -> None:
    options = {"data_split_method": "CUSTOM", "data_split_col": "tip"}
    plain = world.sql("SELECT id, distance, 도시, fare, tip = 'yes' AS tip FROM trips")
    world.train("plain", plain, "boosted_tree_regressor", "fare", **options)
    rows = "SELECT id, distance, 도시, fare, tip = 'yes' AS tip FROM trips"
    model = world.train_with_transform("transformed", CLAUSE, rows, "boosted_tree_regressor", "fare", **options)
    assert [feature.name for feature in model.manifest.features] == [
        "far",
        "both",
        "도시",
        "seven",
        "p_distance",
        "p_distance_distance",
    ]
    found = world.sql("SELECT * FROM ML.FEATURE_INFO(MODEL transformed)")
    assert found.equals(world.sql("SELECT * FROM ML.FEATURE_INFO(MODEL plain)"))
    assert found["input"].to_pylist() == ["id", "distance", "도시"]


def test_feature_importance_of_a_transform_is_of_the_columns_before_it(world: World) -> None:
    rows = "SELECT id, distance, 도시, fare FROM trips"
    model = world.train_with_transform("t", CLAUSE, rows, "boosted_tree_regressor", "fare")
    found = {row["feature"]: row for row in world.rows("SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL t)")}
    after = {row["feature"]: row for row in model.details["importances"]}
    assert list(found) == ["id", "distance", "도시"]
    assert [found["도시"][f"importance_{name}"] for name in ("weight", "gain", "cover")] == pytest.approx(
        [after["도시"][name] for name in ("weight", "gain", "cover")]
    )
    of_distance = [after[name] for name in ("far", "both", "p_distance", "p_distance_distance")]
    splits = sum(row["weight"] for row in of_distance)
    assert found["distance"]["importance_weight"] == splits > 0
    gain = sum(row["weight"] * row["gain"] for row in of_distance) / splits
    assert found["distance"]["importance_gain"] == pytest.approx(gain)
    assert found["id"]["importance_weight"] == after["both"]["weight"]


def test_weights_of_a_line_are_in_the_inputs_own_units(world: World) -> None:
    found = world.sql("SELECT * FROM ML.WEIGHTS(MODEL fares)")
    assert found.schema.names == ["processed_input", "weight", "category_weights"]
    by_name = {row["processed_input"]: row for row in found.to_pylist()}
    assert set(by_name) == {"distance", "도시", "__INTERCEPT__"}
    assert by_name["distance"]["weight"] == pytest.approx(2.5, abs=0.05)
    assert by_name["distance"]["category_weights"] == []
    assert by_name["도시"]["weight"] is None
    cities = {item["category"]: item["weight"] for item in by_name["도시"]["category_weights"]}
    assert cities["Seoul"] - cities["Jeju"] == pytest.approx(4, abs=0.5)


def test_standardised_weights_are_in_deviations(world: World) -> None:
    sql = "SELECT weight FROM ML.WEIGHTS(MODEL fares{}) WHERE processed_input = 'distance'"
    own = world.rows(sql.format(""))[0]["weight"]
    standardised = world.rows(sql.format(", STRUCT(TRUE AS standardize)"))[0]["weight"]
    deviation = world.rows("SELECT stddev_samp(distance) AS s FROM trips")[0]["s"]
    assert standardised == pytest.approx(own * deviation)


def test_weights_of_many_classes_come_by_class(world: World) -> None:
    found = world.sql("SELECT * FROM ML.WEIGHTS(MODEL mood_lines)")
    assert found.schema.names == ["processed_input", "weight", "category_weights", "class_label"]
    pairs = {(row["class_label"], row["processed_input"]) for row in found.to_pylist()}
    assert pairs == {(c, i) for c in ("bad", "fine", "great") for i in ("distance", "도시", "__INTERCEPT__")}
    assert "class_label" not in world.sql("SELECT * FROM ML.WEIGHTS(MODEL tips)").schema.names


def test_feature_importance_counts_splits(world: World) -> None:
    found = world.sql("SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL moods)")
    assert found.schema == pa.schema(
        [
            ("feature", pa.string()),
            ("importance_weight", pa.float64()),
            ("importance_gain", pa.float64()),
            ("importance_cover", pa.float64()),
        ]
    )
    assert {row["feature"] for row in found.to_pylist() if row["importance_weight"] > 0} == {
        "distance",
        "도시",
    }


def test_functions_say_which_models_they_work_on(world: World) -> None:
    families = "boosted trees, random forests and imported XGBoost models"
    with pytest.raises(InvalidOption, match=f"works on {families}; fares is a linear_reg"):
        world.sql("SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL fares)")
    with pytest.raises(
        InvalidOption, match="works on linear and logistic regression and matrix factorization; moods is a"
    ):
        world.sql("SELECT * FROM ML.WEIGHTS(MODEL moods)")


def test_explain_predict_adds_up_for_regression(world: World) -> None:
    found = world.sql("SELECT * FROM ML.EXPLAIN_PREDICT(MODEL fares, TABLE trips, STRUCT(9 AS top_k_features))")
    assert found.schema.names[:6] == [
        "predicted_fare",
        "top_feature_attributions",
        "baseline_prediction_value",
        "prediction_value",
        "approximation_error",
        "id",
    ]
    assert found.schema.field("top_feature_attributions").type == ATTRIBUTIONS
    for row in found.to_pylist():
        attributions = [item["attribution"] for item in row["top_feature_attributions"]]
        sizes = [abs(value) for value in attributions]
        assert {item["feature"] for item in row["top_feature_attributions"]} == {"distance", "도시"}
        assert sizes == sorted(sizes, reverse=True)
        assert row["prediction_value"] == pytest.approx(row["predicted_fare"])
        assert row["baseline_prediction_value"] + sum(attributions) == pytest.approx(row["prediction_value"])
        assert row["approximation_error"] == pytest.approx(0, abs=1e-9)


def test_explain_predict_names_the_strongest_only(world: World) -> None:
    sql = "SELECT * FROM ML.EXPLAIN_PREDICT(MODEL fares, TABLE trips, STRUCT(1 AS top_k_features))"
    assert {len(row["top_feature_attributions"]) for row in world.rows(sql)} == {1}
    with pytest.raises(InvalidOption, match="at least 1"):
        world.sql("SELECT * FROM ML.EXPLAIN_PREDICT(MODEL fares, TABLE trips, STRUCT(0 AS top_k_features))")


@pytest.mark.parametrize("model", ["tips", "tip_trees"])
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_explain_predict_is_about_the_predicted_class(world: World, model: str, threshold: float) -> None:
    sql = f"SELECT * FROM ML.EXPLAIN_PREDICT(MODEL {model}, TABLE trips, STRUCT({threshold} AS threshold))"
    rows = world.rows(sql)
    labels = {row["predicted_tip"] for row in rows}
    for row in rows:
        added = row["baseline_prediction_value"] + sum(i["attribution"] for i in row["top_feature_attributions"])
        assert added == pytest.approx(row["prediction_value"])
        assert row["probability"] == pytest.approx(1 / (1 + np.exp(-row["prediction_value"])))
        assert (row["probability"] > threshold) == (row["predicted_tip"] == "yes") or row["predicted_tip"] == "no"
    assert labels == {"yes", "no"}


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_explanations_of_a_forest_are_shares_of_the_predicted_class(world: World, threshold: float) -> None:
    sql = f"SELECT * FROM ML.EXPLAIN_PREDICT(MODEL tip_forest, TABLE trips, STRUCT({threshold} AS threshold))"
    for row in world.rows(sql):
        added = row["baseline_prediction_value"] + sum(i["attribution"] for i in row["top_feature_attributions"])
        assert row["prediction_value"] == pytest.approx(row["probability"])
        assert added == pytest.approx(row["prediction_value"])


def test_explain_predict_of_many_classes(world: World) -> None:
    rows = world.rows("SELECT * FROM ML.EXPLAIN_PREDICT(MODEL moods, TABLE trips)")
    predicted = world.rows("SELECT predicted_mood, predicted_mood_probs FROM ML.PREDICT(MODEL moods, TABLE trips)")
    for row, other in zip(rows, predicted, strict=True):
        assert row["predicted_mood"] == other["predicted_mood"]
        assert row["probability"] == other["predicted_mood_probs"][0]["prob"]


def test_explain_predict_can_be_approximate(world: World) -> None:
    sql = "SELECT * FROM ML.EXPLAIN_PREDICT(MODEL moods, TABLE trips, STRUCT(TRUE AS approx_feature_contrib))"
    for row in world.rows(sql):
        added = row["baseline_prediction_value"] + sum(i["attribution"] for i in row["top_feature_attributions"])
        assert added == pytest.approx(row["prediction_value"])


def test_explaining_no_rows_gives_no_rows(world: World) -> None:
    found = world.sql("SELECT * FROM ML.EXPLAIN_PREDICT(MODEL moods, (FROM trips WHERE FALSE))")
    assert found.num_rows == 0


def test_global_explain_ranks_the_features(world: World) -> None:
    found = world.sql("SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL moods)")
    assert found.schema == pa.schema([("feature", pa.string()), ("attribution", pa.float64())])
    values = found["attribution"].to_pylist()
    assert values == sorted(values, reverse=True)
    assert found["feature"].to_pylist() == ["distance", "도시"]


def test_global_explain_by_class(world: World) -> None:
    found = world.sql("SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL moods, STRUCT(TRUE AS class_level_explain))")
    assert found.schema.names == ["mood", "feature", "attribution"]
    assert set(found["mood"].to_pylist()) == {"bad", "fine", "great"}


def test_global_explain_says_what_it_needs(world: World) -> None:
    with pytest.raises(InvalidOption, match="enable_global_explain = TRUE"):
        world.sql("SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL fares)")
