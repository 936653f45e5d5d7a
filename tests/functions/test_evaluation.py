"""ML.EVALUATE, ML.CONFUSION_MATRIX and ML.ROC_CURVE against scikit-learn, with and without data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.core.events import Noticed
from penstock.functions.confusion_matrix import class_columns

if TYPE_CHECKING:
    from conftest import World

REGRESSION = [
    "mean_absolute_error",
    "mean_squared_error",
    "mean_squared_log_error",
    "median_absolute_error",
    "r2_score",
    "explained_variance",
]
CLASSIFICATION = ["precision", "recall", "accuracy", "f1_score", "log_loss", "roc_auc"]


def test_regression_metrics_of_data_are_scikit_learns(world: World) -> None:
    from sklearn import metrics

    found = world.sql("SELECT * FROM ML.EVALUATE(MODEL fares, (SELECT * FROM trips WHERE id % 2 = 1))")
    both = world.sql("SELECT fare, predicted_fare FROM ML.PREDICT(MODEL fares, (FROM trips WHERE id % 2 = 1))")
    actual, predicted = both["fare"].to_numpy(), both["predicted_fare"].to_numpy()
    assert found.schema == pa.schema([(name, pa.float64()) for name in REGRESSION])
    row = found.to_pylist()[0]
    assert row["mean_absolute_error"] == pytest.approx(metrics.mean_absolute_error(actual, predicted))
    assert row["mean_squared_error"] == pytest.approx(metrics.mean_squared_error(actual, predicted))
    assert row["mean_squared_log_error"] == pytest.approx(metrics.mean_squared_log_error(actual, predicted))
    assert row["r2_score"] == pytest.approx(metrics.r2_score(actual, predicted))
    assert row["explained_variance"] == pytest.approx(metrics.explained_variance_score(actual, predicted))
    assert row["median_absolute_error"] == np.sort(np.abs(actual - predicted))[(len(actual) - 1) // 2]


@pytest.mark.parametrize(("model", "label", "average"), [("tips", "tip", "binary"), ("moods", "mood", "macro")])
def test_classification_metrics_of_data_are_scikit_learns(world: World, model: str, label: str, average: str) -> None:
    from sklearn import metrics

    found = world.sql(f"SELECT * FROM ML.EVALUATE(MODEL {model}, TABLE trips)")
    data = world.connection.table("FROM trips")
    actual = np.array(data[label].to_pylist())
    scores = world.models[model].score(data)
    classes = np.array(world.models[model].manifest.classes)
    predicted = classes[np.argmax(scores, axis=1)]
    one = {"average": average, "pos_label": classes[-1]} if average == "binary" else {"average": average}
    ranked = scores[:, 1] if average == "binary" else scores
    assert found.schema == pa.schema([(name, pa.float64()) for name in CLASSIFICATION])
    assert found.to_pylist()[0] == pytest.approx(
        {
            "precision": metrics.precision_score(actual, predicted, **one),
            "recall": metrics.recall_score(actual, predicted, **one),
            "accuracy": metrics.accuracy_score(actual, predicted),
            "f1_score": metrics.f1_score(actual, predicted, **one),
            "log_loss": metrics.log_loss(actual, scores, labels=classes),
            "roc_auc": metrics.roc_auc_score(actual, ranked, multi_class="ovr", labels=classes),
        }
    )


def test_without_data_the_metrics_are_those_of_training(world: World) -> None:
    for model in ("fares", "tips", "moods"):
        row = world.rows(f"SELECT * FROM ML.EVALUATE(MODEL {model})")[0]
        assert row == pytest.approx(dict(world.models[model].manifest.metrics))


def test_without_held_out_rows_both_ways_agree(world: World) -> None:
    stored = world.rows("SELECT * FROM ML.EVALUATE(MODEL fares)")[0]
    assert stored == pytest.approx(world.rows("SELECT * FROM ML.EVALUATE(MODEL fares, TABLE trips)")[0])


def test_threshold_counts_in_evaluation(world: World) -> None:
    recalls = [
        world.rows(f"SELECT recall FROM ML.EVALUATE(MODEL tips, TABLE trips, STRUCT({t} AS threshold))")[0]["recall"]
        for t in (0.0, 0.5, 0.9)
    ]
    assert recalls[0] == 1.0
    assert recalls[1] > recalls[2]


def test_a_precision_of_nothing_is_null_and_passes_no_bar(world: World) -> None:
    row = world.rows("""
        SELECT precision, precision > 0.8 AS passes
        FROM ML.EVALUATE(MODEL tips, TABLE trips, STRUCT(1.0 AS threshold))
    """)[0]
    assert row == {"precision": None, "passes": None}


def test_rows_without_a_label_are_left_out_and_told(world: World) -> None:
    holed = "SELECT * REPLACE (CASE WHEN id % 10 = 0 THEN NULL ELSE tip END AS tip) FROM trips"
    for call in ("EVALUATE", "CONFUSION_MATRIX", "ROC_CURVE"):
        whole = world.rows(f"SELECT * FROM ML.{call}(MODEL tips, (SELECT * FROM trips WHERE id % 10 <> 0))")
        assert world.heard == []
        assert world.rows(f"SELECT * FROM ML.{call}(MODEL tips, ({holed}))") == whole
        assert world.heard == [Noticed("tips", f"ML.{call}: 40 rows have no tip and were left out.")]


def test_no_rows_at_all_give_nulls_and_a_notice(world: World) -> None:
    row = world.rows("SELECT * FROM ML.EVALUATE(MODEL fares, (SELECT * FROM trips WHERE FALSE))")[0]
    assert row == dict.fromkeys(REGRESSION)
    assert "no row with a fare" in str(world.heard)
    assert world.rows("SELECT * FROM ML.ROC_CURVE(MODEL tips, (SELECT * FROM trips WHERE FALSE))") == []
    assert world.rows("SELECT * FROM ML.CONFUSION_MATRIX(MODEL tips, (SELECT * FROM trips WHERE FALSE))") == []


def test_labels_that_cannot_be_judged_are_refused(world: World) -> None:
    for sql, words in (
        (
            "SELECT * REPLACE ('maybe' AS tip) FROM trips LIMIT 3",
            "3 rows: tip 'maybe' is none of the model's classes",
        ),
        ("SELECT * REPLACE (1 AS tip) FROM trips", "label tip is int32 in the data"),
    ):
        with pytest.raises(BadData, match=words):
            world.sql(f"SELECT * FROM ML.EVALUATE(MODEL tips, ({sql}))")
    with pytest.raises(BadData, match="1 row: fare nan is NaN or infinite"):
        world.sql(
            "SELECT * FROM ML.EVALUATE(MODEL fares, (SELECT * REPLACE ('nan'::DOUBLE AS fare) FROM trips LIMIT 1))"
        )
    with pytest.raises(UnknownName, match="Did you mean 'fares'"):
        world.sql("SELECT * FROM ML.EVALUATE(MODEL fares, (SELECT * EXCLUDE (fare), fare AS fares FROM trips))")


def test_a_label_may_come_as_another_kind_of_number(world: World) -> None:
    for kind in ("DECIMAL(18, 6)", "FLOAT", "INTEGER"):
        sql = f"SELECT * REPLACE (CAST(fare AS {kind}) AS fare) FROM trips"
        row = world.rows(f"SELECT mean_absolute_error AS e FROM ML.EVALUATE(MODEL fares, ({sql}))")[0]
        assert 0 < row["e"] < 5


@pytest.mark.parametrize(("model", "label"), [("tips", "tip"), ("moods", "mood")])
def test_confusion_matrix_counts_as_scikit_learn_does(world: World, model: str, label: str) -> None:
    from sklearn.metrics import confusion_matrix

    found = world.sql(f"SELECT * FROM ML.CONFUSION_MATRIX(MODEL {model}, TABLE trips)")
    both = world.connection.table("FROM trips")
    classes = list(world.models[model].manifest.classes)
    predicted = np.array(classes)[np.argmax(world.models[model].score(both), axis=1)]
    assert found.schema.names == ["expected_label", *classes]
    assert found["expected_label"].to_pylist() == classes
    counted = np.array([found[name].to_numpy() for name in classes]).T
    np.testing.assert_array_equal(counted, confusion_matrix(both[label].to_pylist(), predicted, labels=classes))


def test_confusion_matrix_shows_labels_that_are_no_class(world: World) -> None:
    rows = world.rows("""
        SELECT expected_label, yes + no AS n FROM ML.CONFUSION_MATRIX(MODEL tips, (
          SELECT * REPLACE (CASE WHEN id < 3 THEN 'maybe' ELSE tip END AS tip) FROM trips))
    """)
    assert [row["expected_label"] for row in rows] == ["maybe", "no", "yes"]
    assert (rows[0]["n"], sum(row["n"] for row in rows)) == (3, 400)


def test_confusion_matrix_without_data_counts_the_held_out_rows(world: World) -> None:
    rows = world.rows("SELECT no + yes AS n FROM ML.CONFUSION_MATRIX(MODEL tips)")
    assert sum(row["n"] for row in rows) == world.models["tips"].manifest.held_out_rows > 100


def test_classes_become_valid_column_names() -> None:
    assert class_columns(["0", "1.5", "", "a b", "a-b", "A_B", "이탈", "expected_label"]) == [
        "_0",
        "_1_5",
        "_",
        "a_b",
        "a_b_1",
        "A_B_2",
        "이탈",
        "expected_label_1",
    ]


def test_roc_curve_rates_are_scikit_learns(world: World) -> None:
    from sklearn.metrics import roc_curve

    found = world.sql("SELECT * FROM ML.ROC_CURVE(MODEL tips, TABLE trips)")
    data = world.connection.table("FROM trips")
    positive = np.array([tip == "yes" for tip in data["tip"].to_pylist()])
    scores = world.models["tips"].score(data)[:, 1]
    false_rate, true_rate, thresholds = roc_curve(positive, scores, drop_intermediate=False)
    assert found.schema.names == [
        "threshold",
        "recall",
        "false_positive_rate",
        "true_positives",
        "false_positives",
        "true_negatives",
        "false_negatives",
    ]
    assert 90 < found.num_rows <= 101
    for row in found.to_pylist():
        # scikit-learn counts what is at or above a threshold: the next score above ours.
        at = np.flatnonzero(thresholds > row["threshold"])[-1]
        assert row["recall"] == pytest.approx(true_rate[at])
        assert row["false_positive_rate"] == pytest.approx(false_rate[at])


def test_roc_curve_takes_thresholds_as_a_list_or_a_range(world: World) -> None:
    rows = world.rows("SELECT * FROM ML.ROC_CURVE(MODEL tips, TABLE trips, [0.2, 0.9])")
    assert [row["threshold"] for row in rows] == [0.2, 0.9]
    rows = world.rows("SELECT * FROM ML.ROC_CURVE(MODEL tips, GENERATE_ARRAY(0.4, 0.6, 0.1))")
    assert [row["threshold"] for row in rows] == pytest.approx([0.4, 0.5, 0.6])
    total = sum(rows[0][name] for name in ("true_positives", "false_positives", "true_negatives", "false_negatives"))
    assert total == world.models["tips"].manifest.held_out_rows


def test_what_the_evaluations_do_not_take(world: World) -> None:
    for call, words in (
        ("ML.EVALUATE(MODEL tips, STRUCT(0.4 AS threshold))", "only together with data"),
        ("ML.CONFUSION_MATRIX(MODEL tips, STRUCT(0.4 AS threshold))", "only together with data"),
        ("ML.CONFUSION_MATRIX(MODEL moods, TABLE trips, STRUCT(0.4 AS threshold))", "binary classifiers"),
        ("ML.CONFUSION_MATRIX(MODEL fares)", "works on classification models; fares is a linear_reg model"),
        ("ML.ROC_CURVE(MODEL moods)", "moods has 3 classes"),
        ("ML.ROC_CURVE(MODEL tips, ['low'])", "not 'low'"),
        ("ML.ROC_CURVE(MODEL tips, [0.1], [0.2])", "takes one argument"),
    ):
        with pytest.raises(InvalidOption, match=words):
            world.sql(f"SELECT * FROM {call}")


def test_models_are_compared_in_one_query(world: World) -> None:
    rows = world.rows("""
        SELECT 'lines' AS which, * FROM ML.EVALUATE(MODEL tips, TABLE trips)
        UNION ALL SELECT 'trees', * FROM ML.EVALUATE(MODEL tip_trees, TABLE trips)
        ORDER BY roc_auc DESC
    """)
    assert {row["which"] for row in rows} == {"lines", "trees"}
