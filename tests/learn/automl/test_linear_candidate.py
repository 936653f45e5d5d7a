"""Linear candidates of a search, and the descent that finds their weights."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from penstock.core.errors import UntrainableModel
from penstock.learn.artifact import load_model
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import graph_scores
from penstock.learn.automl.linear_candidate import LinearRows
from penstock.learn.automl.quasi_newton import least
from penstock.learn.feature_column import code_texts, features_of
from penstock.learn.learner import TrainingData
from penstock.learn.linear_explainer import LinearExplainer
from penstock.learn.schema import Task

RANDOM = np.random.default_rng(3)
ROWS = 240
NUMBERS = RANDOM.normal(size=(ROWS, 3)) * [1.0, 20.0, 0.1] + [0.0, 5.0, 1.0]
WORDS = RANDOM.choice(["가", "나", "다", None], ROWS)


def rows(task, classes=(), weights=None):
    sums = NUMBERS[:, 0] + NUMBERS[:, 1] / 20 + (WORDS == "나") + 0.3 * RANDOM.normal(size=ROWS)
    target = sums if task is Task.REGRESSION else np.digitize(sums, np.quantile(sums, [0.5, 0.8])[: len(classes) - 1])
    columns = pa.table(
        {
            "a": pa.array(NUMBERS[:, 0], mask=np.arange(ROWS) % 7 == 0),
            "b": NUMBERS[:, 1],
            "c": NUMBERS[:, 2],
            "word": pa.array(WORDS, pa.string()),
            "alone": [f"id {number}" for number in range(ROWS)],
        }
    )
    features = features_of(columns)
    none = np.zeros(ROWS, bool)
    data = TrainingData(
        code_texts(columns, 1), features, target.astype(float), none, weights, classes, task, seed=1, threads=1
    )
    folds = [Fold(np.arange(ROWS) % 2 == part, np.arange(ROWS) % 2 != part) for part in (0, 1)]
    return data, folds, LinearRows(data, folds)


def design(data):
    """What the candidate reads, written out by hand."""
    numbers = np.column_stack([data.columns[name].to_numpy() for name in "abc"])
    missing = np.isnan(numbers[:, 0])
    spread = np.nanstd(numbers, axis=0, ddof=1)
    scaled = np.clip(np.nan_to_num((numbers - np.nanmean(numbers, axis=0)) / spread), -4, 4)
    hot = np.column_stack([[word == known for word in WORDS] for known in ("가", "나", "다", None)])
    return np.column_stack([scaled, hot, missing]).astype(float)


@pytest.mark.parametrize("classes", [("no", "yes"), ("low", "middle", "high")])
@pytest.mark.parametrize("weighed", [False, True])
def test_classes_get_the_weights_of_least_loss(classes, weighed):
    weights = RANDOM.uniform(0.2, 3.0, ROWS) if weighed else None
    data, folds, lines = rows(Task.CLASSIFICATION, classes, weights)
    found = lines.fitted(0, {"l2_reg": 2.0}, lambda: True)
    fold, matrix = folds[0], design(data)
    judge = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000)
    judge.fit(matrix[fold.fitted], data.target[fold.fitted], None if weights is None else weights[fold.fitted])
    told = np.column_stack([np.zeros(len(found.raw)), found.raw]) if len(classes) == 2 else found.raw
    odds = np.exp(told - told.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        odds / odds.sum(axis=1, keepdims=True), judge.predict_proba(matrix[fold.judged]), atol=2e-4
    )


def test_a_number_gets_the_weights_of_least_squares():
    data, folds, lines = rows(Task.REGRESSION)
    found = lines.fitted(1, {"l2_reg": 3.0}, lambda: True)
    fold, matrix = folds[1], design(data)
    judge = Ridge(alpha=3.0).fit(matrix[fold.fitted], data.target[fold.fitted])
    np.testing.assert_allclose(found.raw[:, 0], judge.predict(matrix[fold.judged]), atol=1e-6)


@pytest.mark.parametrize("classes", [(), ("no", "yes"), ("low", "middle", "high")])
def test_the_lines_of_all_folds_are_one_model_in_graph_and_explanation(classes):
    data, _, lines = rows(Task.CLASSIFICATION if classes else Task.REGRESSION, classes)
    folds = [lines.fitted(number, {"l2_reg": 1.0}, lambda: True) for number in (0, 1)]
    model = lines.merged(folds, [0.2, 0.3])
    asked = pa.concat_tables(
        [
            data.columns.cast(
                pa.schema(
                    [
                        (f.name, pa.string() if f.name in ("word", "alone") else pa.float64())
                        for f in data.columns.schema
                    ]
                )
            ),
            pa.table(
                {
                    "a": [None, 1e9],
                    "b": [None, -1e300],
                    "c": [float("nan"), 0.0],
                    "word": ["never", None],
                    "alone": ["", None],
                }
            ).cast(
                pa.schema(
                    [
                        ("a", pa.float64()),
                        ("b", pa.float64()),
                        ("c", pa.float64()),
                        ("word", pa.string()),
                        ("alone", pa.string()),
                    ]
                )
            ),
        ]
    )
    told = graph_scores(model, data, asked)
    # Those of the first fold judged every other row; the other model is asked for them alone.
    other = graph_scores(lines.merged(folds[1:], [1.0]), data, asked)
    np.testing.assert_allclose(told[1:ROWS:2], 0.2 * folds[0].raw + 0.3 * other[1:ROWS:2], atol=1e-9)
    assert np.isfinite(told).all() and np.abs(told).max() < 1e3
    why = LinearExplainer(model.details).attributions(asked, told, approximate=False)
    best = told.argmax(axis=1) if len(classes) > 2 else np.zeros(len(told), int)
    sign = -1.0 if len(classes) == 2 else 1.0
    np.testing.assert_allclose(why.prediction, sign * told[np.arange(len(told)), best], atol=1e-9)


def test_a_line_gets_its_weight_in_the_ensemble_and_the_whole_is_still_explained(trained):
    random = np.random.default_rng(5)
    x = random.normal(size=(400, 4))
    label = (x @ [1.0, -0.7, 0.4, 0.2] + random.logistic(size=400) > 0).astype(int)
    table = pa.table({**{name: x[:, place] for place, name in enumerate("abcd")}, "label": label})
    kept = trained(table, model_type="automl_classifier", max_candidates=3, derived_features=False)
    weights = {row["name"]: row["weight"] for row in kept.manifest.details["search"]["leaderboard"]}
    assert weights["linear"] > 0.3
    model = load_model(kept.files, None)
    scores = model.score(table)
    why = model.explain(table, approximate=False)
    odds = np.log(scores.max(axis=1) / scores.min(axis=1))
    np.testing.assert_allclose(why.prediction, odds, atol=1e-6)
    np.testing.assert_allclose(why.baseline + why.values.sum(axis=1), odds, atol=1e-6)


def test_the_descent_ends_where_the_function_is_least():
    curves = np.logspace(0, 4, 30)
    found = least(
        lambda at: (0.5 * float(at @ (curves * at)) - float(at.sum()), curves * at - 1.0),
        np.zeros(30),
        most=500,
        gain=1e-16,
        goes_on=lambda: True,
    )
    np.testing.assert_allclose(found, 1.0 / curves, rtol=1e-3)


def test_the_descent_goes_no_further_than_there_is_time():
    asked = iter([True, True])
    seen = []

    def bowl(at):
        seen.append(at)
        return float(np.cosh(at).sum()), np.sinh(at)

    least(bowl, np.full(3, 5.0), most=100, gain=0.0, goes_on=lambda: next(asked, False))
    assert len(seen) < 15


def test_a_table_too_large_for_memory_is_left_to_the_others(monkeypatch):
    monkeypatch.setattr("penstock.learn.automl.linear_candidate.MOST_CELLS", 100)
    with pytest.raises(UntrainableModel, match="too large for a line"):
        rows(Task.REGRESSION)


def test_a_table_too_wide_to_multiply_its_columns_in_time_is_left_to_the_others(monkeypatch):
    monkeypatch.setattr("penstock.learn.automl.linear_candidate.MOST_PRODUCTS", 100)
    with pytest.raises(UntrainableModel, match="too wide for a line"):
        rows(Task.REGRESSION)
    rows(Task.CLASSIFICATION, ("no", "yes"))
