"""The threshold of two classes: found on rows that no model was fitted on, kept, and used by all that predict."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import load_model
from penstock.learn.automl.decision import Costs, cost, decision_threshold
from penstock.learn.metrics import classification_metrics
from penstock.serving.scoring import ServedModel


def told(rows=4_000, seed=3):
    """Labels drawn with known probabilities."""
    random = np.random.default_rng(seed)
    share = random.beta(1, 4, size=rows)
    return random.random(rows) < share, share


def test_of_true_probabilities_costs_are_least_where_theory_says():
    positive, share = told(40_000)
    found = decision_threshold(positive, share, None, Costs(1.0, 4.0), 1)
    # Elkan 2001: the cost of a false positive over that of both.
    assert found == pytest.approx(0.2, abs=0.04)


def test_accuracy_of_true_probabilities_is_best_at_one_half():
    positive, share = told(40_000)
    assert decision_threshold(positive, share, None, "accuracy", 1) == pytest.approx(0.5, abs=0.05)


def test_f1_is_near_the_best_that_any_threshold_gives():
    positive, share = told()
    found = decision_threshold(positive, share, None, "f1_score", 1)
    best = max(f1_score(positive, share > at) for at in np.linspace(0.02, 0.9, 89))
    assert f1_score(positive, share > found) > best - 0.01 > f1_score(positive, share > 0.5)


def test_weights_count_as_so_many_rows():
    positive, share = told(40_000)
    weights = np.where(positive, 4.0, 1.0)
    assert decision_threshold(positive, share, weights, "accuracy", 1) == pytest.approx(0.2, abs=0.04)


@pytest.mark.parametrize("positive", [np.zeros(100, np.bool_), np.ones(100, np.bool_), np.arange(20) % 2 == 0])
def test_one_class_or_few_rows_say_nothing(positive):
    assert decision_threshold(positive, np.linspace(0, 1, len(positive)), None, "accuracy", 1) is None


def test_equal_scores_are_not_parted():
    positive = np.arange(100) % 4 == 0
    found = decision_threshold(positive, np.full(100, 0.25), None, Costs(1.0, 10.0), 1)
    assert found is not None
    assert found < 0.25


def test_what_mistakes_cost_is_a_mean_over_rows():
    positive = np.array([True, False, False, True])
    assert cost(positive, np.array([0.9, 0.8, 0.1, 0.2]), None, Costs(1.0, 5.0), 0.5) == 1.5


def rare(rows=500):
    random = np.random.default_rng(5)
    x = random.normal(size=(rows, 2))
    positive = random.random(rows) < 1 / (1 + np.exp(2.5 - 1.5 * x[:, 0]))
    return pa.table({"값": x[:, 0], "b": x[:, 1], "label": np.where(positive, "그만둠", "a")})


@pytest.fixture(scope="module")
def costly(trained_once):
    return trained_once(rare(), false_negative_cost=9)


@pytest.fixture(scope="module")
def trained_once():
    from penstock.core.options import GivenOption
    from penstock.learn.training import train

    def made(table, **options):
        given = {"input_label_cols": ["label"], "model_type": "automl_classifier", "max_candidates": 1, **options}
        given = {name: GivenOption(value) for name, value in given.items()}
        return train(table, given, seed=1, threads=1, progress=lambda done, most, note: None)

    return made


def test_what_mistakes_cost_moves_the_threshold_and_is_told(costly):
    assert costly.manifest.threshold < 0.3
    decision = costly.manifest.details["decision"]
    assert decision["false_positive_cost"] == 1
    assert decision["cost"] < decision["cost_at_one_half"]


def test_metrics_are_those_of_the_threshold(costly):
    model = load_model(costly.files, None)
    kept = model.evaluation()
    scores = np.array(kept["probabilities"].to_pylist())
    target = np.array([label == "그만둠" for label in kept["label"].to_pylist()]).astype(float)
    expected = classification_metrics(target, scores, costly.manifest.threshold)
    # In each part of the rows by the threshold that the others chose, which is nearly the model's.
    assert costly.manifest.metrics["recall"] == pytest.approx(expected["recall"], abs=0.1)
    assert costly.manifest.metrics["recall"] > classification_metrics(target, scores)["recall"]


def test_an_endpoint_decides_by_it(costly):
    model = ServedModel("m", 1, load_model(costly.files, None), None)
    rows = [{"값": float(at), "b": 0.0} for at in np.linspace(-3, 3, 40)]
    found = model.predict(model.reader.read(rows))
    said = [answer["prediction"] == "그만둠" for answer in found]
    assert said == [answer["probabilities"]["그만둠"] > costly.manifest.threshold for answer in found]
    assert said != [answer["probabilities"]["그만둠"] > 0.5 for answer in found]


def test_without_costs_or_a_measure_of_classes_nothing_is_decided(trained_once):
    model = trained_once(rare(200))
    assert model.manifest.threshold == 0.5
    assert "decision" not in model.manifest.details


def test_costs_of_three_classes_are_refused(trained_once):
    table = pa.table({"x": np.arange(60.0), "label": np.arange(60) % 3})
    with pytest.raises(InvalidOption, match="the label has 3"):
        trained_once(table, false_positive_cost=2)


def test_costs_of_nothing_are_refused(trained_once):
    with pytest.raises(InvalidOption, match="decide nothing"):
        trained_once(rare(60), false_positive_cost=0, false_negative_cost=0)
