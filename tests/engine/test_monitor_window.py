"""What is measured of a window: pure functions of arrays."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, roc_auc_score

from penstock.core.errors import BadData
from penstock.core.names import Kind
from penstock.drift.registry import DETECTORS
from penstock.drift.summary import summarise_table
from penstock.engine.measure import METRICS, measures
from penstock.engine.monitor_window import WindowMeasures, measure_columns, measure_window, prediction_summary
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import CLASSIFICATION_METRICS, REGRESSION_METRICS
from penstock.learn.schema import Feature, FeatureType, Task

RNG = np.random.default_rng(11)
ROWS = 2_000
TRAINING = pa.table(
    {
        "온도": RNG.normal(10, 3, ROWS),
        "도시": pa.array(np.array(["서울", "부산", "대구"])[RNG.integers(0, 3, ROWS)]),
        "holiday": pa.array(RNG.uniform(size=ROWS) < 0.1),
        "at": pa.array([dt.datetime(2020, 1, 1) + dt.timedelta(hours=hour) for hour in range(ROWS)]),
    }
)
REFERENCE = summarise_table(TRAINING, TRAINING.column_names)


def manifest(task: Task = Task.REGRESSION, classes: tuple = (), arrow: str = "double", **metrics: float) -> Manifest:
    features = (
        Feature("온도", FeatureType.NUMBER, "double"),
        Feature("도시", FeatureType.STRING, "string"),
        Feature("holiday", FeatureType.BOOLEAN, "bool"),
        Feature("at", FeatureType.TIMESTAMP, "timestamp[us]"),
    )
    return Manifest(
        "any", task, "cnt", arrow, classes, features, None, {}, 1, ROWS, 0, "training rows", metrics, (), (), None, {}
    )  # fmt: skip


def measured(
    inputs: pa.Table = TRAINING,
    predictions=None,
    actuals=None,
    about: Manifest | None = None,
    reference=REFERENCE,
) -> WindowMeasures:
    predictions = np.zeros(inputs.num_rows) if predictions is None else predictions
    known = prediction_summary(predictions, about or manifest(), inputs)
    return measure_window(reference, inputs, predictions, actuals, about or manifest(), DETECTORS, known)


def test_a_window_like_the_training_data_has_not_moved() -> None:
    found = measured().measures
    assert found["max_psi"] == found["max_js"] == found["prediction_psi"] == found["drifted_columns"] == 0
    assert (found["null_rate"], found["unseen_rate"], found["missing_columns"]) == (0, 0, 0)
    assert found["measured_rows"] == ROWS


def test_every_measure_of_an_endpoint_is_there() -> None:
    for task, classes, predictions in (
        (Task.REGRESSION, (), np.zeros(ROWS)),
        (Task.CLASSIFICATION, ("a", "b"), np.full((ROWS, 2), 0.5)),
    ):
        found = set(measured(predictions=predictions, about=manifest(task, classes, "string")).measures)
        of_other_tasks = {name for other in METRICS.values() for name in other} - set(METRICS[task])
        of_other_tasks |= {f"baseline_{name}" for name in of_other_tasks}
        promised = {name for name, measure in measures().items() if Kind.ENDPOINT in measure.watched}
        assert found == promised - of_other_tasks - {"row_count"}


def test_the_metrics_are_those_of_evaluation() -> None:
    assert tuple(METRICS[Task.REGRESSION]) == REGRESSION_METRICS
    assert tuple(METRICS[Task.CLASSIFICATION]) == CLASSIFICATION_METRICS


def test_a_shifted_column_is_the_one_that_drifted() -> None:
    moved = TRAINING.set_column(0, "온도", pa.array(TRAINING["온도"].to_numpy() + 6))
    found = measured(moved)
    assert (found.measures["max_psi"] or 0) > 1
    assert found.measures["drifted_columns"] == 1
    assert found.measures["drifted_share"] == pytest.approx(1 / 3)
    assert [row["column"] for row in found.columns if row["drifted"]] == ["온도"]
    row = next(row for row in found.columns if row["column"] == "온도")
    assert row["mean"] - row["reference_mean"] == pytest.approx(6)
    assert row["psi"] == found.measures["max_psi"]


def test_time_that_moves_on_is_no_drift() -> None:
    later = pa.array([moment.as_py() + dt.timedelta(days=400) for moment in TRAINING["at"]])
    found = measured(TRAINING.set_column(3, "at", later))
    row = next(row for row in found.columns if row["column"] == "at")
    assert row["psi"] > 1
    assert (found.measures["max_psi"], found.measures["drifted_columns"]) == (0, 0)


def test_missing_and_unseen_values_are_counted_by_the_worst_column() -> None:
    numbers = [None, math.nan, 10.0, 11.0]
    window = pa.table(
        {
            "온도": pa.array(numbers, pa.float64()),
            "도시": ["서울", "광주", "광주", "광주"],
            "holiday": pa.nulls(4, pa.bool_()),
            "at": TRAINING["at"].slice(0, 4).combine_chunks(),
        }
    )
    found = measured(window).measures
    assert (found["null_rate"], found["null_rate_increase"], found["missing_columns"]) == (1.0, 1.0, 1.0)
    assert found["unseen_rate"] == 0.75


def test_an_empty_window_measures_nothing_and_is_not_a_number_nowhere() -> None:
    found = measured(TRAINING.slice(0, 0))
    assert found.measures["measured_rows"] == found.measures["label_count"] == 0
    rest = {name: value for name, value in found.measures.items() if value is not None}
    assert set(rest) == {"measured_rows", "label_count", "unusable_labels"}


def test_without_a_reference_only_the_window_itself_is_measured() -> None:
    found = measure_columns(None, TRAINING.set_column(0, "온도", pa.nulls(ROWS, pa.float64())))
    assert (found.measures["null_rate"], found.measures["missing_columns"]) == (1.0, 1.0)
    assert found.measures["max_psi"] is found.measures["unseen_rate"] is found.measures["drifted_columns"] is None


def test_regression_metrics_are_of_the_labelled_rows() -> None:
    predictions = RNG.normal(size=100)
    actuals = predictions + RNG.normal(size=100)
    labels = pa.array([value if i % 2 else None for i, value in enumerate(actuals)])
    about = manifest(mean_absolute_error=0.25)
    found = measured(TRAINING.slice(0, 100), predictions, labels, about).measures
    assert (found["label_count"], found["label_coverage"]) == (50, 0.5)
    assert found["mean_absolute_error"] == pytest.approx(mean_absolute_error(actuals[1::2], predictions[1::2]))
    assert found["r2_score"] == pytest.approx(r2_score(actuals[1::2], predictions[1::2]))
    assert (found["baseline_mean_absolute_error"], found["baseline_r2_score"]) == (0.25, None)
    assert found["prediction_mean"] == pytest.approx(predictions.mean())


def test_labels_that_are_no_finite_number_are_left_out_and_counted() -> None:
    found = measured(TRAINING.slice(0, 3), np.ones(3), pa.array([1.0, math.nan, math.inf])).measures
    assert (found["label_count"], found["unusable_labels"], found["mean_absolute_error"]) == (3, 2, 0.0)


@pytest.mark.parametrize("kind", [pa.int64(), pa.decimal128(22, 2), pa.float32()], ids=str)
def test_a_regression_label_may_be_any_number(kind) -> None:
    labels = pa.chunked_array([pa.array([1, None, 3]).cast(kind)])
    assert measured(TRAINING.slice(0, 3), np.array([2.0, 9.0, 3.0]), labels).measures["mean_absolute_error"] == 0.5


@pytest.mark.parametrize(
    ("classes", "arrow", "column"),
    [
        (("no", "yes"), "string", ["no", "yes"]),
        ((0, 1), "int64", [0, 1]),
        ((0, 1), "int64", [0.0, 1.0]),
        ((False, True), "bool", [False, True]),
        (("2020-01-01", "2020-01-02"), "date32[day]", [dt.date(2020, 1, 1), dt.date(2020, 1, 2)]),
    ],
    ids=["string", "integer", "integer as double", "boolean", "date"],
)
def test_classes_are_known_by_their_value_in_the_labels_own_type(classes, arrow, column) -> None:
    codes = RNG.integers(0, 2, 200)
    positive = np.clip(codes * 0.3 + RNG.uniform(size=200) * 0.7, 0.01, 0.99)
    probabilities = np.column_stack([1 - positive, positive])
    about = manifest(Task.CLASSIFICATION, classes, arrow)
    labels = pa.array([column[code] for code in codes])
    found = measured(TRAINING.slice(0, 200), probabilities, labels, about).measures
    assert found["roc_auc"] == pytest.approx(roc_auc_score(codes, positive))
    assert found["accuracy"] == pytest.approx(accuracy_score(codes, positive > 0.5))
    assert found["log_loss"] == pytest.approx(log_loss(codes, positive))
    assert found["prediction_mean"] == pytest.approx(positive.mean())


def test_a_class_that_the_model_does_not_know_is_unusable() -> None:
    about = manifest(Task.CLASSIFICATION, ("a", "b"), "string")
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    found = measured(TRAINING.slice(0, 3), probabilities, pa.array(["a", "b", "새"]), about).measures
    assert (found["accuracy"], found["unusable_labels"], found["label_count"]) == (1.0, 1, 3)


def test_a_metric_that_is_not_defined_is_null() -> None:
    about = manifest(Task.CLASSIFICATION, ("a", "b"), "string")
    found = measured(TRAINING.slice(0, 2), np.array([[0.9, 0.1]] * 2), pa.array(["a", "a"]), about).measures
    assert found["accuracy"] == 1.0
    assert found["precision"] is found["roc_auc"] is None


def test_predictions_of_many_classes_are_compared_by_class() -> None:
    about = manifest(Task.CLASSIFICATION, ("가", "나", "다"), "string")
    before, now = np.eye(3)[RNG.integers(0, 3, 300)], np.eye(3)[RNG.integers(0, 2, 300)]
    found = measure_window(
        REFERENCE,
        TRAINING.slice(0, 300),
        now,
        None,
        about,
        DETECTORS,
        prediction_summary(before, about, TRAINING.slice(0, 300)),
    ).measures
    assert (found["prediction_l_infinity"] or 0) == pytest.approx(0.33, abs=0.08)
    assert found["prediction_mean"] is None


def test_a_prediction_that_is_no_number_is_not_judged() -> None:
    found = measured(TRAINING.slice(0, 2), np.array([math.nan, 1.0]), pa.array([5.0, 2.0])).measures
    assert found["mean_absolute_error"] == 1.0


def test_a_column_of_another_type_is_refused_by_name() -> None:
    with pytest.raises(BadData, match="Column '온도'"):
        measured(pa.table({"온도": ["warm"]}))


def test_a_window_is_measured_the_same_twice() -> None:
    window = TRAINING.slice(100, 300)
    assert measured(window) == measured(window)
