"""A candidate that fails ends by itself and is told of; the search goes on with the others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InternalError, UntrainableModel
from penstock.learn.automl import member_rows
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import CATBOOST, LINEAR, PORTFOLIO, Candidate
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.found import reason_of
from penstock.learn.automl.linear_candidate import LinearRows
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.search import Search
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

OF_CATBOOST = Candidate("of catboost", CATBOOST, {"learning_rate": 0.1, "depth": 2})
LINE = Candidate("line", LINEAR, {"l2_reg": 1.0})


def search_of(rows: int = 120) -> Search:
    random = np.random.default_rng(3)
    columns = pa.table({"x": random.normal(size=rows), "y": random.normal(size=rows)})
    target = (columns["x"].to_numpy() + random.normal(size=rows) > 0).astype(float)
    nowhere = np.zeros(rows, np.bool_)
    data = TrainingData(columns, features_of(columns), target, nowhere, None, (0, 1), Task.CLASSIFICATION, 1, 1)
    folds = folds_of(data, "K_FOLD", None)[:3]
    metric = metric_of(Task.CLASSIFICATION, None, 2)
    budget = Budget(60.0, 0.0, lambda: 0.0)
    return Search(data, TreeRows(data, folds), folds, metric, budget, lambda *_: None, Link.LOGISTIC)


@pytest.mark.parametrize(
    "problem",
    [
        np.linalg.LinAlgError("Singular matrix"),
        MemoryError(),
        InternalError("LightGBM (BoosterUpdateOneIter): broken"),
        pa.ArrowInvalid("no such\n type"),
        KeyError("x"),
        RuntimeError("CUDA"),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_what_fails_is_one_candidate_and_its_error_is_told_by_name(monkeypatch, problem):
    def fails(*_: object) -> None:
        raise problem

    monkeypatch.setattr(member_rows, "grown_by_catboost", fails)
    found = search_of().run([PORTFOLIO[0], OF_CATBOOST, LINE])
    assert [each.candidate.name for each in found.tried] == [PORTFOLIO[0].name, "line"]
    assert [each.candidate for each in found.skipped] == [OF_CATBOOST]
    assert found.skipped[0].reason.startswith(type(problem).__name__)
    assert "\n" not in found.skipped[0].reason
    assert found.skipped[0].failed


def test_a_failure_is_told_when_a_model_is_made(trained, monkeypatch):
    def fails(*_: object) -> None:
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(LinearRows, "__init__", fails)
    table = pa.table({"a": np.arange(60.0), "label": np.arange(60.0) ** 2})
    made = trained(table, model_type="automl_regressor", max_candidates=3, budget_seconds=20, derived_features=False)
    assert "Left out, since it failed: linear (MemoryError: Unable to allocate 9 GiB)." in made.manifest.notes


def test_reading_the_rows_may_fail_as_well(monkeypatch):
    def fails(*_: object) -> None:
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(LinearRows, "__init__", fails)
    found = search_of().run([PORTFOLIO[0], LINE])
    assert found.skipped[0].reason == "MemoryError: Unable to allocate 9 GiB"


def test_answers_that_are_no_numbers_are_no_candidate(monkeypatch):
    whole = LinearRows.fitted

    def broken(rows, *arguments):
        line = whole(rows, *arguments)
        line.raw[0] = np.nan
        return line

    monkeypatch.setattr(LinearRows, "fitted", broken)
    found = search_of().run([PORTFOLIO[0], LINE])
    assert found.skipped[0].reason == "its answers are not finite numbers"
    assert [each.candidate.name for each in found.tried] == [PORTFOLIO[0].name]


def test_where_nothing_could_be_tried_its_error_is_raised(monkeypatch):
    def fails(*_: object) -> None:
        raise InternalError("LightGBM (BoosterCreate): broken")

    monkeypatch.setattr(TreeRows, "grown", fails)
    with pytest.raises(InternalError, match="BoosterCreate"):
        search_of().run([PORTFOLIO[0]])


def test_what_catboost_refuses_of_the_rows_is_its_reason(monkeypatch):
    import catboost

    def refuses(*_: object, **__: object) -> None:
        raise catboost.CatBoostError("bad value for num_feature")

    monkeypatch.setattr(catboost, "Pool", refuses)
    found = search_of().run([PORTFOLIO[0], OF_CATBOOST])
    assert found.skipped[0].reason == "CatBoost: bad value for num_feature"


def test_a_users_error_speaks_for_itself_and_another_one_is_cut_short():
    assert reason_of(UntrainableModel.of("There is one class only.")) == "There is one class only."
    assert len(reason_of(ValueError("x" * 5_000))) < 400
