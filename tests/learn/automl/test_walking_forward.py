"""Validation by time: what is served has seen the newest rows, or all but the last stretch of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.artifact import load_model
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import CATBOOST, LINEAR, NEURAL, PORTFOLIO, TEXT, TREES, Candidate
from penstock.learn.automl.fold import folding_of
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.refit import refitted
from penstock.learn.automl.search import Search
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

ROWS = 600
BY_TIME = {"validation": "TIME", "validation_col": "at", "model_type": "automl_regressor"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def rising() -> pa.Table:
    """Return rows whose label is the time: no tree says more than the greatest label that it has seen."""
    at = np.arange(ROWS)
    return pa.table({"at": at, "step": at.astype(float), "label": at.astype(float)})


def search_of(clock: Clock) -> Search:
    at = np.arange(ROWS)
    words = ["dawn", "morning", "noon", "afternoon", "evening", "night"]
    texts = [f"It was in the {words[row // 100]} of day {row} that this came about" for row in at]
    columns = pa.table({"step": at.astype(float), "text": texts})
    nowhere = np.zeros(ROWS, np.bool_)
    data = TrainingData(columns, features_of(columns), at.astype(float), nowhere, None, (), Task.REGRESSION, 1, 1)
    folding = folding_of(data, "TIME", pa.table({"at": at}))
    metric = metric_of(Task.REGRESSION, None, 0)
    rows, budget = TreeRows(data, folding.folds), Budget(1_000.0, 0.0, clock)
    return Search(data, rows, folding.folds, metric, budget, lambda *_: None, Link.IDENTITY, forward=folding.forward)


def test_the_newest_fold_comes_first():
    folds = search_of(Clock()).folds
    assert [fold.judged.argmax() for fold in folds] == [500, 400, 300, 200, 100]
    assert [np.count_nonzero(fold.fitted) for fold in folds] == [500, 400, 300, 200, 100]


def test_the_members_are_fitted_on_all_rows_and_that_is_told(trained):
    made = trained(rising(), **BY_TIME, max_candidates=1, budget_seconds=60, derived_features=False)
    # The mean of the folds' models would say 300 of the newest rows, the newest fold's 500.
    assert load_model(made.files, None).score(rising())[-20:].mean() > 550
    assert "Fitted on all rows, once they were chosen by what came later: trees." in made.manifest.notes
    # What is told of them is what models of earlier rows said.
    assert made.manifest.metrics["mean_absolute_error"] > 20


def test_without_time_the_newest_folds_models_serve_and_that_is_told(trained, monkeypatch):
    monkeypatch.setattr(Search, "seconds_anew", lambda search, tried: 0.0)
    made = trained(rising(), **BY_TIME, max_candidates=1, budget_seconds=60, derived_features=False)
    assert 440 < load_model(made.files, None).score(rising())[-20:].mean() < 520
    told = "Served as fitted on what came before the last stretch of time: trees (no time left)."
    assert told in made.manifest.notes


@pytest.mark.parametrize("late", [False, True])
def test_each_family_is_fitted_on_all_rows_while_there_is_time(late):
    clock = Clock()
    search = search_of(clock)
    line = Candidate("line", LINEAR, {"l2_reg": 1e-6})
    found = search.run([PORTFOLIO[0], line])
    assert {each.candidate.family for each in found.tried} == {TREES, LINEAR}
    assert [len(each.folds) for each in found.tried] == [1, 1]
    assert all(one.folds[0] is other.folds[0] for one, other in zip(found.tried, search.tried, strict=True))
    clock.now = 1_000.0 if late else 0.0
    served = refitted(search, found)
    weighed = [each.candidate.name for each, weight in zip(found.tried, found.weights, strict=True) if weight]
    assert set(served.of_fold if late else served.anew) == {f"{n} (no time left)" if late else n for n in weighed}
    for before, after, weight in zip(found.tried, served.found.tried, found.weights, strict=True):
        assert (after.folds[0] is before.folds[0]) == (late or not weight)


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate("catboost", CATBOOST, {"learning_rate": 0.3, "depth": 4}),
        Candidate("text", TEXT, {"reads": "words", "l2_reg": 1.0}),
        Candidate("network", NEURAL, {"learning_rate": 0.01, "dropout": 0.0, "activation": "RELU"}),
    ],
    ids=lambda candidate: candidate.family,
)
def test_a_member_of_any_family_has_seen_the_newest_rows(candidate):
    if candidate.family in (CATBOOST, NEURAL):
        pytest.importorskip({CATBOOST: "catboost", NEURAL: "torch"}[candidate.family])
    search = search_of(Clock())
    found = search.run([candidate])
    assert not found.skipped
    served = refitted(search, found)
    assert served.anew == (candidate.name,)
    (before,), (after,) = search.tried[0].folds[:1], served.found.tried[0].folds
    if candidate.family == CATBOOST:
        assert after.rounds == before.rounds
    # Both say something of the same rows, which only one has seen.
    assert np.abs(after.raw[:, 0] - np.arange(500, 600)).mean() < np.abs(before.raw[:, 0] - np.arange(500, 600)).mean()


def test_a_member_that_all_rows_break_stays_the_newest_folds_and_that_is_told(monkeypatch):
    def broken(*_: object) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    search = search_of(Clock())
    found = search.run(PORTFOLIO[:1])
    monkeypatch.setattr(TreeRows, "grown_on_all", broken)
    served = refitted(search, found)
    assert served.found.tried[0].folds == found.tried[0].folds
    assert served.notes == (
        "Served as fitted on what came before the last stretch of time: trees (LinAlgError: Singular matrix).",
    )


def test_time_is_kept_for_the_fit_on_all_rows():
    search = search_of(Clock())
    search.run(PORTFOLIO[:1])
    # One thread: of 100 to 500 rows each, all of 600 takes two fifths of what the folds took together.
    assert search.seconds_anew(search.tried[0]) == pytest.approx(0.4 * search.tried[0].seconds)
    assert search.budget.foreseen > search.anew == search.seconds_anew(search.tried[0])


def test_folds_that_are_parted_at_random_are_served_as_they_are(trained):
    made = trained(rising(), model_type="automl_regressor", max_candidates=1, budget_seconds=60)
    assert not [note for note in made.manifest.notes if "last stretch" in note or "on all rows" in note]
