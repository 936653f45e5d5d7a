"""From a table to an artifact: label rules, splits, warnings, and what the artifact says about itself."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName, UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn.artifact import artifact_hash, load_model
from penstock.learn.judgement import evaluate
from penstock.learn.manifest import read_manifest
from penstock.learn.training import train


def linear(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    return pa.table({"x": x, "c": pa.array([f"c{i % 5}" for i in range(rows)]), "label": 3 * x + rng.normal(size=rows)})


def test_an_artifact_holds_what_scores_and_what_was_measured(trained):
    model = trained(linear(), model_type="linear_reg", enable_global_explain=True)
    manifest = read_manifest(model.files["manifest.json"].decode())
    assert manifest == read_manifest(model.manifest.as_json())
    assert manifest.train_rows + manifest.held_out_rows == 600
    assert manifest.judged_on == "held-out rows"
    assert model.held_out.num_rows == manifest.held_out_rows
    loaded = load_model(model.files, artifact_hash(model.files))
    assert evaluate(loaded, model.held_out) == manifest.metrics
    kept = loaded.evaluation()
    np.testing.assert_array_equal(kept["score"].to_numpy(), loaded.score(model.held_out))
    assert kept["label"].equals(model.held_out["label"])
    assert [row["feature"] for row in manifest.global_attributions["overall"]] == ["x", "c"]


def test_of_very_many_judged_rows_a_part_is_kept_and_all_are_measured(trained):
    table = linear(210_000)
    model = trained(table, model_type="linear_reg", data_split_method="NO_SPLIT")
    loaded = load_model(model.files, None)
    kept = loaded.evaluation()
    assert kept.num_rows == 200_000
    scores = loaded.score(table)
    assert model.manifest.metrics["mean_absolute_error"] == np.mean(np.abs(scores - table["label"].to_numpy()))
    assert set(zip(*(kept[name].to_pylist() for name in ("label", "score")), strict=True)) <= set(
        zip(table["label"].to_pylist(), scores.tolist(), strict=True)
    )


def test_with_few_rows_the_training_rows_judge(trained):
    model = trained(linear(100), model_type="linear_reg")
    assert (model.manifest.held_out_rows, model.manifest.judged_on) == (0, "training rows")
    assert model.held_out.num_rows == 100
    assert model.manifest.iterations[0].eval_loss is None


def test_probabilities_are_kept_as_lists_beside_labels_of_their_own_type(trained):
    table = pa.table({"x": np.arange(60.0), "label": pa.array([i % 3 for i in range(60)], pa.int8())})
    kept = load_model(trained(table, model_type="logistic_reg").files, None).evaluation()
    assert kept["label"].type == pa.int8()
    assert np.allclose([sum(row) for row in kept["probabilities"].to_pylist()], 1)


@pytest.mark.parametrize("type_name", ["LINEAR_REG", "linear_reg"])
def test_words_match_without_regard_to_case(type_name):
    given = {"MODEL_TYPE": GivenOption(type_name), "Input_Label_Cols": GivenOption(["LABEL"])}
    model = train(linear(50), given, seed=1, threads=1, progress=lambda done, most, note: None)
    assert (model.manifest.model_type, model.manifest.label) == ("linear_reg", "label")


def test_a_model_type_that_does_not_exist_has_a_nearest(trained):
    with pytest.raises(UnknownName) as caught:
        trained(linear(20), model_type="linear_regg")
    assert "'linear_reg'" in caught.value.diagnostics[0].hint


def test_a_missing_label_has_a_nearest(trained):
    with pytest.raises(UnknownName) as caught:
        trained(linear(20).rename_columns(["x", "c", "lable"]), model_type="linear_reg")
    assert "'lable'" in caught.value.diagnostics[0].hint


def broken(values, kind=None):
    return pa.table({"x": np.arange(float(len(values))), "label": pa.array(values, kind)})


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([1.0, None, 2.0, None], "NULL in 2 rows of 4: row 2, 4"),
        ([1.0, float("nan"), 2.0], "not a finite number in 1 row of 3: row 2"),
        ([1.0, float("inf"), 2.0], "not a finite number"),
        ([1.0, -1e203, 2.0], r"reaches 1e\+203; beyond 1e\+100"),
        (["a", "b"], "type string"),
        ([True, False], "type bool"),
        ([], "no rows"),
    ],
)
def test_a_label_that_no_regression_can_learn_is_refused(trained, values, problem):
    kind = None if values else pa.float64()
    with pytest.raises(UntrainableModel, match=problem):
        trained(broken(values, kind), model_type="linear_reg")


@pytest.mark.parametrize(
    ("model_type", "far", "problem"),
    [
        ("linear_reg", {"x": 1e203}, "feature 'x' reaches 1.9e+204"),
        ("kmeans", {"x": 1e203, "label": 1e203}, "feature 'x' reaches 1.9e+204"),
        ("boosted_tree_regressor", {"label": 1e50}, "label reaches 1.9e+51; trees hold numbers up to 3.4e+38"),
    ],
)
def test_numbers_of_an_absurd_size_are_refused_in_words(trained, model_type, far, problem):
    table = pa.table({name: np.arange(20.0) * far.get(name, 1.0) for name in ("x", "label")})
    label = None if model_type == "kmeans" else "label"
    with pytest.raises(UntrainableModel, match=re.escape(problem)):
        trained(table, model_type=model_type, label=label)


def test_trees_learn_from_features_of_any_size_without_a_warning(trained):
    table = pa.table({"x": np.arange(100.0) * 1e203, "label": np.arange(100.0)})
    model = trained(table, model_type="boosted_tree_regressor")
    assert model.manifest.metrics["r2_score"] > 0.5
    (info,) = model.manifest.feature_info
    assert info["max"] == pytest.approx(9.9e204)
    assert info["stddev"] is None


def test_a_search_has_no_warm_start(trained):
    first = load_model(trained(linear(20), model_type="linear_reg").files, None)
    with pytest.raises(InvalidOption, match="An automl_regressor model has no warm start"):
        trained(linear(20), model_type="automl_regressor", warm_start=True, earlier=first)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (["a", "a"], "one class only: 'a'"),
        (["a", None], "NULL in 1 row of 2: row 2"),
        ([1.0, float("nan")], "NaN in 1 row"),
        ([[1], [2]], "cannot name a class"),
    ],
)
def test_a_label_that_no_classifier_can_learn_is_refused(trained, values, problem):
    with pytest.raises(UntrainableModel, match=problem):
        trained(broken(values), model_type="logistic_reg")


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([Decimal("2.50"), Decimal("1.00")], ("1.00", "2.50")),
        ([dt.date(2024, 1, 2), dt.date(2023, 5, 6)], ("2023-05-06", "2024-01-02")),
        (["나", "가"], ("가", "나")),
        ([10, 9], (9, 10)),
    ],
)
def test_classes_ascend_and_read_back_as_the_label(trained, values, classes):
    table = broken(values * 10)
    model = trained(table, model_type="logistic_reg")
    assert model.manifest.classes == classes
    assert read_manifest(model.files["manifest.json"].decode()).classes == classes
    assert evaluate(load_model(model.files, None), table) == model.manifest.metrics


def test_judging_leaves_out_rows_without_a_known_label(trained):
    model = trained(broken(["a", "b"] * 10), model_type="logistic_reg")
    rows = pa.table({"x": [1.0, 2.0, 3.0, 4.0], "label": ["a", None, "b", "new"]})
    assert evaluate(load_model(model.files, None), rows)["accuracy"] is not None
    nothing = evaluate(load_model(model.files, None), rows.slice(1, 1))
    assert set(nothing.values()) == {None}
    with pytest.raises(BadData, match="The label has the type"):
        evaluate(load_model(model.files, None), pa.table({"x": [1.0], "label": [1]}))


def test_duplicate_columns_and_tables_without_a_feature_are_refused(trained):
    twice = pa.table([pa.array([1.0]), pa.array([2.0]), pa.array([3.0])], names=["x", "X", "label"])
    with pytest.raises(BadData, match="'X'"):
        trained(twice, model_type="linear_reg")
    with pytest.raises(UntrainableModel, match="no feature"):
        trained(pa.table({"label": [1.0, 2.0]}), model_type="linear_reg")


def test_a_feature_that_is_always_null_warns_and_is_kept(trained):
    table = linear(60).append_column("empty", pa.nulls(60, pa.string())).append_column("none", pa.nulls(60))
    model = trained(table, model_type="linear_reg")
    assert [warning.code for warning in model.warnings] == ["empty-feature"] * 2
    assert "'empty'" in model.warnings[0].message
    assert len(model.manifest.features) == 4
    assert np.isfinite(load_model(model.files, None).score(table)).all()


def test_a_feature_that_is_always_nan_warns_like_one_that_is_always_null(trained):
    table = linear(60).append_column("nan", pa.array([float("nan")] * 59 + [None]))
    (warning,) = trained(table, model_type="linear_reg").warnings
    assert (warning.code, warning.message) == (
        "empty-feature",
        "The feature 'nan' is NULL or NaN in every row; it teaches nothing.",
    )
    assert trained(linear(60).append_column("nan", pa.array([float("nan")] * 59 + [1.0])), model_type="linear_reg")


def warned(trained, values, model_type="boosted_tree_regressor"):
    table = linear(len(values)).append_column("extra", values)
    warnings = trained(table, model_type=model_type, max_iterations=1).warnings
    return [(warning.code, warning.message) for warning in warnings]


@pytest.mark.parametrize("model_type", ["boosted_tree_regressor", "linear_reg"])
def test_texts_that_tell_rows_apart_are_called_an_identifier(trained, model_type):
    texts = pa.array([f"customer {i}" for i in range(1200)])
    message = "The feature 'extra' has 1,200 different values in 1,200 rows; it looks like an identifier."
    assert warned(trained, texts, model_type) == [("identifier", message)]
    assert warned(trained, texts.dictionary_encode()) == [("identifier", message)]


def test_an_identifier_is_left_out_in_the_words_of_either_dialect(trained):
    table = linear(500).append_column("extra", pa.array(np.arange(500)))
    (warning,) = trained(table, model_type="linear_reg").warnings
    hint = "Leave it out of the query: SELECT * EXCLUDE (extra), or with dialect bigquery * EXCEPT (extra)."
    assert warning.hint == hint


def test_texts_that_are_mostly_seen_once_are_said(trained):
    some = pa.array([f"word {i % 700}" for i in range(1000)])
    message = "The feature 'extra' has 700 different values in 1,000 rows; most are seen once."
    assert warned(trained, some) == [("rare-values", message)]
    assert warned(trained, pa.array([f"word {i % 500}" for i in range(1000)])) == []
    assert warned(trained, pa.array([f"word {i}" for i in range(99)])) == []


def test_of_many_texts_the_first_rows_do_not_decide_alone(trained):
    texts = [f"id {i}" for i in range(12_000)]
    assert warned(trained, pa.array(texts))[0][0] == "identifier"
    assert warned(trained, pa.array(texts[:6000] * 3)) == []
    missing = pa.array([None if i % 2 else text for i, text in enumerate(texts)])
    assert warned(trained, missing)[0][1].startswith("The feature 'extra' has 6,000 different values in 6,000 rows")


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1, 501),
        np.arange(500)[::-1].astype(np.int16),
        np.random.default_rng(0).permutation(500),
        np.cumsum(np.random.default_rng(0).integers(1, 20, 500)),
        np.arange(500, dtype=np.uint64) + 2**63,
    ],
)
def test_whole_numbers_that_number_the_rows_are_called_an_identifier(trained, values):
    message = "The feature 'extra' has 500 different values in 500 rows; it looks like an identifier."
    assert warned(trained, pa.array(values)) == [("identifier", message)]


@pytest.mark.parametrize(
    "values",
    [
        np.arange(500.0),
        np.arange(500) * 3600 + 1_700_000_000,
        np.random.default_rng(0).integers(0, 1000, 500),
        np.random.default_rng(0).permutation(5000)[:500],
        np.append(np.arange(499), 498),
        np.array(range(500), "datetime64[D]"),
        np.arange(99),
        [None, *range(499)],
    ],
)
def test_numbers_that_may_be_measured_are_not_called_an_identifier(trained, values):
    assert warned(trained, pa.array(values)) == []


def test_infinite_values_are_said_and_scored(trained):
    table = linear(60)
    table = table.append_column("inf", pa.array([float("inf"), -float("inf"), *np.arange(58.0)]))
    model = trained(table, model_type="linear_reg")
    (warning,) = model.warnings
    assert warning.message == "The feature 'inf' is infinite in 2 rows."
    assert np.isfinite(load_model(model.files, None).score(table)).all()


def test_split_and_weight_columns_are_no_features(trained):
    table = linear(100).append_column("eval", pa.array([i % 4 == 0 for i in range(100)]))
    model = trained(table, model_type="linear_reg", data_split_method="CUSTOM", data_split_col="EVAL")
    assert [feature.name for feature in model.manifest.features] == ["x", "c"]
    assert model.manifest.held_out_rows == 25


def test_a_class_that_only_judging_rows_have_is_trained_on_and_said(trained):
    table = pa.table(
        {
            "x": np.arange(12.0),
            "label": ["a", "b"] * 5 + ["new", "new"],
            "eval": [False] * 8 + [True] * 4,
        }
    )
    model = trained(table, model_type="logistic_reg", data_split_method="CUSTOM", data_split_col="eval")
    assert model.manifest.classes == ("a", "b", "new")
    assert model.manifest.held_out_rows == 2
    assert "'new'" in next(warning.message for warning in model.warnings if warning.code == "split")


def test_structs_are_flattened_into_features(trained):
    table = linear(60).append_column("s", pa.array([{"a": i, "b": f"k{i % 2}"} for i in range(60)]))
    model = trained(table, model_type="linear_reg")
    assert [feature.name for feature in model.manifest.features] == ["x", "c", "s_a", "s_b"]
    assert load_model(model.files, None).score(table).shape == (60,)


def test_a_column_that_no_model_takes_is_named(trained):
    table = linear(20).append_column("raw", pa.array([b"x"] * 20))
    with pytest.raises(UntrainableModel, match="'raw' has the type binary"):
        trained(table, model_type="linear_reg")


def test_a_feature_named_like_the_output_does_no_harm(trained):
    table = linear(60).rename_columns(["score", "probabilities", "label"])
    model = load_model(trained(table, model_type="linear_reg").files, None)
    np.testing.assert_allclose(model.score(table), model.score_through_graph(table), atol=1e-12)


def test_a_warm_start_needs_an_earlier_version_of_the_same_shape(trained):
    options = {"model_type": "linear_reg", "warm_start": True}
    with pytest.raises(InvalidOption, match="no earlier version"):
        trained(linear(50), **options)
    other = load_model(trained(linear(50).drop(["c"]), model_type="linear_reg").files, None)
    with pytest.raises(InvalidOption, match="another type, label, classes or features"):
        trained(linear(50), earlier=other, **options)


def test_every_wrong_option_is_told_at_once(trained):
    with pytest.raises(InvalidOption) as caught:
        trained(linear(50), model_type="linear_reg", l2_regg=1, data_split_method="WILD")
    assert next(finding.hint for finding in caught.value.diagnostics) == "Did you mean 'l2_reg'?"
    assert len(caught.value.diagnostics) == 2


def test_feature_info_is_of_the_training_rows(trained):
    table = pa.table(
        {
            "n": [1.0, 2.0, None, 9.0, float("inf"), 100.0],
            "s": ["a", "b", "a", None, "c", "z"],
            "label": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "eval": [False] * 5 + [True],
        }
    )
    model = trained(table, model_type="linear_reg", data_split_method="CUSTOM", data_split_col="eval")
    number, text = model.manifest.feature_info
    assert number == {
        "input": "n",
        "min": 1.0,
        "max": 9.0,
        "mean": 4.0,
        "median": 2.0,
        "stddev": pytest.approx(np.std([1, 2, 9], ddof=1)),
        "category_count": None,
        "null_count": 1,
        "dimension": None,
    }
    assert (text["category_count"], text["null_count"], text["mean"]) == (3, 1, None)


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ([1.0, None, 2.0], "first in row 2"),
        ([1.0, -1.0, -2.0], "first in row 2"),
        (["a", "b", "c"], "string"),
    ],
)
def test_row_weights_that_cannot_weigh_are_refused(trained, weights, problem):
    table = linear(3).append_column("w", pa.array(weights))
    with pytest.raises(UntrainableModel, match=problem):
        trained(table, model_type="boosted_tree_regressor", instance_weight_col="w")
    with pytest.raises(UnknownName, match="'v'"):
        trained(table, model_type="boosted_tree_regressor", instance_weight_col="v")


@pytest.mark.parametrize("model_type", ["random_forest_regressor", "boosted_tree_regressor"])
def test_rows_that_all_weigh_nothing_are_refused(trained, model_type):
    rows = linear(40).append_column("w", pa.array([0] * 40))
    with pytest.raises(BadData, match="'w' is 0 in every row that is trained on"):
        trained(rows, model_type=model_type, instance_weight_col="w")
    split = {"data_split_method": "CUSTOM", "data_split_col": "judges"}
    judges = linear(40).append_column("judges", pa.array([True] * 20 + [False] * 20))
    with pytest.raises(BadData, match="'w' is 0"):
        rows = judges.append_column("w", pa.array([1] * 20 + [0] * 20))
        trained(rows, model_type=model_type, instance_weight_col="w", **split)


@pytest.mark.parametrize("model_type", ["random_forest_regressor", "boosted_tree_regressor"])
def test_judging_rows_that_weigh_nothing_leave_no_loss_to_judge_by(trained, model_type):
    rows = linear(40).append_column("judges", pa.array([True] * 20 + [False] * 20))
    rows = rows.append_column("w", pa.array([0] * 20 + [1] * 20))
    model = trained(
        rows, model_type=model_type, instance_weight_col="w", data_split_method="CUSTOM", data_split_col="judges"
    )
    assert model.manifest.held_out_rows == 20
    assert {row.eval_loss for row in model.manifest.iterations} == {None}
    assert all(np.isfinite(row.loss) for row in model.manifest.iterations)


def test_rows_of_weight_zero_teach_nothing_and_their_weight_is_no_feature(trained):
    table = pa.table({"x": [1.0, 2.0] * 40, "label": [1.0, 5.0] * 40, "w": [1.0, 0.0] * 40})
    model = trained(table, model_type="boosted_tree_regressor", instance_weight_col="W", max_iterations=3)
    assert [feature.name for feature in model.manifest.features] == ["x"]
    np.testing.assert_allclose(load_model(model.files, None).score(table), 1.0)
