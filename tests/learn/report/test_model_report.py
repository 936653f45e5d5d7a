"""The report of a version out of its artifact: metrics beside a baseline, calibration, confusion, residuals."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import confusion_matrix, log_loss, mean_absolute_error, root_mean_squared_error

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import load_model
from penstock.learn.fitting import TrainedModel
from penstock.learn.report.baseline import baseline_of
from penstock.learn.report.model_report import ModelReport, report_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


def _report(made: TrainedModel) -> ModelReport:
    return report_of("m", 1, AT, made.manifest, made.files)


def test_the_baseline_is_that_of_scikit_learns_dummies() -> None:
    random = np.random.default_rng(0)
    values = random.normal(3, 2, 200)
    found = baseline_of(values, ())
    assert found is not None
    dummy = DummyRegressor().fit(values[:, None], values).predict(values[:, None])
    assert found.metrics["mean_absolute_error"] == pytest.approx(mean_absolute_error(values, dummy))
    assert found.metrics["r2_score"] == pytest.approx(0)
    codes = random.choice(3, 200, p=[0.2, 0.5, 0.3])
    classes = baseline_of(codes.astype(np.float64), ("a", "나", "c"))
    assert classes is not None
    prior = DummyClassifier(strategy="prior").fit(codes[:, None], codes).predict_proba(codes[:, None])
    assert classes.metrics["log_loss"] == pytest.approx(log_loss(codes, prior))
    assert classes.metrics["accuracy"] == pytest.approx(np.mean(codes == 1))
    assert classes.answer == "the most frequent class, '나', for every row"
    assert baseline_of(np.array([]), ()) is None


def test_a_classifier_has_metrics_calibration_and_confusion(
    trained: Callable[..., TrainedModel], penguins: pa.Table
) -> None:
    made = trained(penguins, label="species", model_type="logistic_reg", data_split_method="NO_SPLIT")
    report = _report(made)
    assert {metric.name: metric.value for metric in report.metrics} == made.manifest.metrics
    assert {metric.name for metric in report.metrics if metric.less_is_better} == {"log_loss"}
    evaluated = load_model(made.files, None).evaluation()
    said = np.argmax(np.array(evaluated["probabilities"].to_pylist()), axis=1)
    actual = [made.manifest.classes.index(label) for label in evaluated["label"].to_pylist()]
    assert report.confusion is not None
    assert np.array(report.confusion.counts).tolist() == confusion_matrix(actual, said).tolist()
    assert report.calibration is not None
    assert sum(each.rows for each in report.calibration.bins) == report.judged_rows == len(actual)
    assert report.residuals is None
    assert report.search is None
    assert report.served.size_bytes == len(made.files["model.onnx"])
    assert report.served.score_ms is not None
    assert json.loads(json.dumps(report.as_json()))["created_at"] == "2026-01-01T00:00:00+00:00"


def test_a_regressor_has_residuals(trained: Callable[..., TrainedModel], penguins: pa.Table) -> None:
    heavy = penguins.filter(penguins["body_mass_g"].is_valid())
    report = _report(trained(heavy, label="body_mass_g", model_type="linear_reg"))
    assert report.confusion is None
    assert report.calibration is None
    assert report.residuals is not None
    less = {metric.name for metric in report.metrics if metric.less_is_better}
    assert less == {"mean_absolute_error", "mean_squared_error", "mean_squared_log_error", "median_absolute_error"}
    assert report.baseline is not None
    assert report.baseline.startswith("the mean, 4")


def test_a_search_tells_what_was_tried_and_its_learning_curve(trained: Callable[..., TrainedModel]) -> None:
    random = np.random.default_rng(0)
    x, noise = random.normal(size=(2, 400))
    table = pa.table({"x": x, "도시": random.choice(["서울", "부산"], 400), "label": x + noise > 0})
    made = trained(table, model_type="automl_classifier", budget_seconds=10, max_candidates=2)
    report = _report(made)
    assert report.search is not None
    assert report.search["metric"] == "roc_auc"
    scores = [tried.score for tried in report.leaderboard if tried.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert sum(tried.weight for tried in report.leaderboard) == pytest.approx(1)
    assert all(tried.size_bytes and tried.score_ms for tried in report.leaderboard)
    assert report.judged_rows == 400
    assert report.learning_curve is not None
    assert report.slices is not None


def test_what_was_looked_for_stands_first_with_its_baseline_and_is_the_best_candidates_or_better(
    trained: Callable[..., TrainedModel], penguins: pa.Table
) -> None:
    heavy = penguins.filter(penguins["body_mass_g"].is_valid())
    made = trained(heavy, label="body_mass_g", model_type="automl_regressor", max_candidates=1, derived_features=False)
    report = _report(made)
    first = report.metrics[0]
    actual, said = (load_model(made.files, None).evaluation()[name].to_numpy() for name in ("label", "score"))
    assert first.name == "rmse"
    assert first.less_is_better
    assert first.value == pytest.approx(root_mean_squared_error(actual, said))
    assert first.baseline == pytest.approx(np.std(actual))
    assert first.value == pytest.approx(report.leaderboard[0].score, rel=0.05)


def test_a_model_without_a_label_has_no_report(trained: Callable[..., TrainedModel]) -> None:
    made = trained(pa.table({"x": np.arange(20.0)}), label=None, model_type="kmeans", num_clusters=2)
    with pytest.raises(InvalidOption, match="predict a label"):
        _report(made)
