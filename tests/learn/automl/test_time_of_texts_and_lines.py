"""What takes long before and beside the trees asks for the time, and ends with it."""

from __future__ import annotations

from inspect import signature
from itertools import count, repeat

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix

from penstock.learn.automl import derivation
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.court import Court, Judgement
from penstock.learn.automl.derivation import Derivation
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.automl.linear_candidate import LinearRows
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.ngram_model import solved
from penstock.learn.automl.row_feature import number_features
from penstock.learn.automl.text_candidate import TextRows, text_readings
from penstock.learn.automl.text_feature import text_features
from penstock.learn.automl.topic_feature import topic_features
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import features_of
from penstock.learn.leakage import leaks_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

ROWS = 200


def data_of(columns: pa.Table, task: Task = Task.REGRESSION) -> TrainingData:
    nowhere = np.zeros(columns.num_rows, np.bool_)
    classes = () if task is Task.REGRESSION else ("a", "b")
    target = np.arange(columns.num_rows) % 2.0
    return TrainingData(columns, features_of(columns), target, nowhere, None, classes, task, 1, 1)


def texts(columns: int = 1) -> pa.Table:
    random = np.random.default_rng(2)
    words = [f"word{number}" for number in range(40)]
    made = {
        f"text{at}": [" ".join(random.choice(words, 9)) + f" {row}" for row in range(ROWS)] for at in range(columns)
    }
    return pa.table(made)


def halves() -> list[Fold]:
    return [Fold(np.arange(ROWS) % 2 == part, np.arange(ROWS) % 2 != part) for part in (0, 1)]


def test_what_texts_say_is_asked_for_only_while_there_is_time():
    data = data_of(texts())
    assert list(text_features(data))
    assert list(topic_features(data))
    assert list(text_features(data, lambda: False)) == []
    assert list(topic_features(data, lambda: False)) == []


def test_a_ridge_is_as_near_as_there_is_time_for():
    random = np.random.default_rng(1)
    matrix, targets = csr_matrix(random.normal(size=(50, 8))), random.normal(size=(50, 1))
    asked = count()

    def error(steps: float) -> float:
        weights, base = solved(matrix, targets, np.ones(50), 1.0, lambda: next(asked) < steps)
        return float(np.sum((targets - matrix @ weights - base) ** 2))

    none, one, every = error(0), error(2), error(np.inf)
    assert none == pytest.approx(np.sum((targets - targets.mean()) ** 2))
    assert none > one > every


def test_lines_that_would_take_too_long_are_not_begun():
    random = np.random.default_rng(1)
    data = data_of(pa.table({f"c{at}": random.normal(size=ROWS) for at in range(5)}))
    lines = LinearRows(data, halves())
    assert np.isfinite(lines.fitted(0, {"l2_reg": 1.0}, lambda: True, 1.0).raw).all()
    with pytest.raises(OutOfTime):
        lines.fitted(0, {"l2_reg": 1.0}, lambda: True, 0.0)


def test_texts_together_take_no_more_than_their_share_of_the_time(monkeypatch):
    data = data_of(texts(3))
    readings = text_readings(data)
    monkeypatch.setattr(
        "penstock.learn.automl.text_candidate._SECONDS_OF_LETTER", dict.fromkeys(["words", "letters"], 1.0)
    )
    longest = max(text.size for text, _ in readings)
    # Each alone would take no more than its share; all of them would.
    rows = TextRows(data, halves(), 4.0 * longest)
    assert len(rows._readings) == 1 < len(readings)


def test_between_two_moments_the_time_is_asked_for():
    start = np.datetime64("2024-01-01")
    moments = {f"m{at}": start + np.arange(ROWS) * (at + 1) for at in range(3)}
    data = data_of(pa.table(moments), Task.CLASSIFICATION)
    answers = iter([*repeat(1.0, 3), *repeat(0.0, 9)])
    found = leaks_of(data, "label", lambda: next(answers))
    assert not found.together
    assert leaks_of(data, "label").together


def test_what_is_kept_owes_the_time_that_all_rows_will_take(monkeypatch):
    now = [0.0]
    data = data_of(pa.table({"a": np.arange(ROWS) * 1.0, "b": np.arange(ROWS)[::-1] ** 2.0}))
    asked = data.of_rows(np.arange(ROWS) % 2 == 0)

    def make(*_: object):
        now[0] += 1.0
        return number_features(data.features, ["a", "b"])

    costs: list[float] = []

    def worth(court, held, more, names, before, cost):
        costs.append(cost)
        return {"kept": True}, (names[:1], before)

    monkeypatch.setattr(derivation, "SORTS", {"one": make, "other": make, "third": make})
    monkeypatch.setattr(derivation, "_whole", lambda *given: given[-2])
    monkeypatch.setattr(derivation, "_extended", lambda held, made, raw: held)
    monkeypatch.setattr(derivation, "only", lambda more, held, names: held)
    monkeypatch.setattr(Court, "worth", worth)
    budget = Budget(60.0, 1.0, lambda: now[0])
    metric = metric_of(Task.REGRESSION, None, 0)
    court = Court(halves(), metric, Link.IDENTITY, budget, 50.0, lambda: None)
    nothing = Derivation(data, TreeRows(data, halves()), data.features)
    best = Judgement(np.zeros(2), {"a": 0.5, "b": 0.5})
    given = {"nothing": nothing, "source": data, "asked": asked, "held": asked, "folds": halves(), "court": court}
    wanted = signature(derivation._chosen).parameters
    kept = derivation._chosen(best=best, **{name: value for name, value in given.items() if name in wanted})
    assert len(kept) == 3
    # Each is found in a second, and there are as many rows again.
    assert costs == [1.0, 2.0, 3.0]
