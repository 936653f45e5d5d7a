"""The learning curve: within the time that is left, on the rows that judge anyway."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import Cancelled, UntrainableModel
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import PORTFOLIO
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.learning_curve import _doubling, _part, learning_curve
from penstock.learn.automl.member_rows import MemberRows
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.search import Search
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link


def _search(rows: int, seconds: float = 1e6) -> Search:
    random = np.random.default_rng(5)
    x, y = random.normal(size=(2, rows))
    columns = pa.table({"x": x, "y": y})
    target = np.sin(3 * x) * y + random.normal(scale=0.1, size=rows)
    nothing = np.zeros(rows, np.bool_)
    data = TrainingData(columns, features_of(columns), target, nothing, None, (), Task.REGRESSION, 1, 1)
    folds = folds_of(data, "K_FOLD", None)
    budget = Budget(seconds, 0.0)
    metric = metric_of(Task.REGRESSION, None, 0)
    search = Search(data, TreeRows(data, folds), folds, metric, budget, lambda *_: None, Link.IDENTITY)
    search.run(PORTFOLIO[:1])
    return search


def test_more_rows_score_better_and_the_last_point_is_all_of_them() -> None:
    search = _search(4_000)
    curve = learning_curve(search)
    assert [point["rows"] for point in curve["points"]] == [400, 800, 1_600, 3_200]
    scores = [point["score"] for point in curve["points"]]
    assert scores == sorted(scores, reverse=True)
    assert curve["folds"] == 5
    judged = [search.gain_on(fold, part.raw) for fold, part in zip(search.folds, search.tried[0].folds, strict=True)]
    assert scores[-1] == pytest.approx(-np.mean(judged))
    assert curve["doubling"] > 0
    assert curve == learning_curve(search)


def test_without_time_or_rows_it_says_so() -> None:
    search = _search(300)
    search.budget.keep(2e6)
    assert learning_curve(search) == {"skipped": "the search has used its time up"}
    few = _search(40)
    assert learning_curve(few) == {"skipped": "there are too few rows for a part of them"}


def test_a_lesser_part_lies_within_a_greater_one_and_judges_are_never_fitted_on() -> None:
    search = _search(100)
    fold = search.folds[0]
    parts = [_part(fold, share, 1) for share in (0.25, 0.5)]
    assert [np.count_nonzero(part.fitted) for part in parts] == [20, 40]
    assert not (parts[0].fitted & ~parts[1].fitted).any()
    assert not (parts[1].fitted & fold.judged).any()


def test_a_power_law_is_carried_on_exactly() -> None:
    # A loss of n^-1/2: each doubling gains the root of a half of the one before.
    scores = np.tile(-(np.array([1.0, 2.0, 4.0, 8.0]) ** -0.5), (3, 1))
    found = _doubling(scores)
    assert found["doubling"] == pytest.approx(8**-0.5 - 16**-0.5)
    assert found["error"] == pytest.approx(0)
    assert _doubling(np.array([[0.5, 0.4]])) == {"doubling": 0.0, "error": None}


def test_a_part_that_teaches_nothing_is_told_and_ends_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise UntrainableModel.of("CatBoost: Target contains only one unique value")

    search = _search(300)
    monkeypatch.setattr(MemberRows, "fitting", lambda *_: refuses)
    assert learning_curve(search) == {"skipped": "CatBoost: Target contains only one unique value"}


def test_who_cancels_during_the_curve_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def cancelled(*_: object) -> None:
        raise Cancelled.of("The training was stopped.")

    search = _search(300)
    monkeypatch.setattr(MemberRows, "fitting", lambda *_: cancelled)
    with pytest.raises(Cancelled):
        learning_curve(search)
