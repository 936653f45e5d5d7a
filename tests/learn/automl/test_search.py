"""A search ends in time, with a model, whatever its candidates come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import Cancelled
from penstock.learn.artifact import load_model
from penstock.learn.automl.aftermath import Aftermath
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import LINEAR, PORTFOLIO, TREES, Candidate, winners
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.metric import metric_of
from penstock.learn.automl.search import Search, usual_answer
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import features_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link, TreeOutput

GONE = Candidate("of another version", "a_family_of_before", {})
# So strong a penalty that no split is worth it.
CONSTANT = Candidate("constant", TREES, {**PORTFOLIO[0].values, "lambda_l1": 1e9})


def standing_still() -> float:
    return 0.0


def search_of(budget: Budget, progress: Callable[[int, int, str], None] = lambda *_: None, rows: int = 300) -> Search:
    random = np.random.default_rng(5)
    x, y = random.normal(size=(2, rows))
    columns = pa.table({"x": x, "y": y})
    target = (x * y + random.normal(scale=0.3, size=rows) > 0).astype(float)
    nowhere = np.zeros(rows, np.bool_)
    data = TrainingData(columns, features_of(columns), target, nowhere, None, (0, 1), Task.CLASSIFICATION, 1, 1)
    folds = folds_of(data, "K_FOLD", None)[:5]
    metric = metric_of(Task.CLASSIFICATION, None, 2)
    return Search(data, TreeRows(data, folds), folds, metric, budget, progress, Link.LOGISTIC)


def test_where_every_candidate_was_given_up_there_is_a_model_all_the_same():
    found = search_of(Budget(60.0, 0.0, standing_still)).run([GONE, GONE])
    assert [each.candidate.name for each in found.tried] == [PORTFOLIO[0].name]
    assert [each.candidate for each in found.skipped] == [GONE, GONE]
    assert found.weights.tolist() == [1.0]


def test_one_candidate_that_won_before_and_is_no_more_is_not_the_only_one():
    board = [{"name": GONE.name, "family": GONE.family, "values": {}, "weight": 1.0}]
    found = search_of(Budget(60.0, 0.0, standing_still)).run(winners(board))
    assert [each.candidate.family for each in found.tried] == [TREES]
    assert "a_family_of_before" in found.skipped[0].reason


@pytest.mark.parametrize("asked", [1, 30])
def test_a_stop_in_the_first_candidate_leaves_the_model_of_its_folds(asked):
    stops = count()
    budget = Budget(60.0, 0.0, standing_still, stopped=lambda: next(stops) >= asked)
    found = search_of(budget).run(PORTFOLIO)
    assert found.interrupted
    assert len(found.tried) == 1
    assert 1 <= len(found.tried[0].folds) < 5
    assert np.isfinite(found.raw[: len(found.raw)]).any()


def test_a_cancelled_training_leaves_no_model():
    def cancelled(*_: object) -> None:
        raise Cancelled.of("The training was stopped.")

    seconds = count()
    with pytest.raises(Cancelled):
        search_of(Budget(600.0, 0.0, lambda: float(next(seconds))), cancelled).run(PORTFOLIO)


def test_what_is_hopeless_on_the_first_fold_is_given_up_and_that_is_told():
    search = search_of(Budget(60.0, 0.0, standing_still))
    found = search.run([PORTFOLIO[0], CONSTANT])
    assert len(found.tried) == 1
    assert [(each.candidate, each.reason) for each in found.skipped] == [
        (CONSTANT, "worse than the best on the first folds")
    ]


@pytest.mark.parametrize("first", [0.0, 2000.0])
def test_of_numbers_what_says_no_more_than_their_mean_is_hopeless_however_far_they_are_from_0(first):
    # Of years around 2000 the answer 0 is off by 2000: beside it everything would be as good as the best.
    random = np.random.default_rng(5)
    x, y = random.normal(size=(2, 300))
    columns = pa.table({"x": x, "y": y})
    nowhere = np.zeros(300, np.bool_)
    data = TrainingData(columns, features_of(columns), first + x + y, nowhere, None, (), Task.REGRESSION, 1, 1)
    folds = folds_of(data, "K_FOLD", None)[:5]
    metric, budget = metric_of(Task.REGRESSION, None, 0), Budget(60.0, 0.0, standing_still)
    search = Search(data, TreeRows(data, folds), folds, metric, budget, lambda *_: None, Link.IDENTITY)
    found = search.run([PORTFOLIO[0], CONSTANT])
    assert [each.candidate for each in found.skipped] == [CONSTANT]


@pytest.mark.parametrize("weights", [None, np.repeat([1.0, 3.0], [90, 10])], ids=["alike", "weighed"])
def test_the_answer_that_is_the_same_for_every_row_has_the_shares_of_the_classes(weights):
    columns = pa.table({"x": np.arange(100.0)})
    target = np.repeat([0.0, 1.0], [90, 10])
    nowhere = np.zeros(100, np.bool_)
    shares = np.array([0.9, 0.1]) if weights is None else np.array([0.75, 0.25])

    def data(task: Task, classes: tuple[int, ...]) -> TrainingData:
        return TrainingData(columns, features_of(columns), target, nowhere, weights, classes, task, 1, 1)

    two = usual_answer(data(Task.CLASSIFICATION, (0, 1)))
    assert TreeOutput(Link.LOGISTIC).scores(two[None, :])[0] == pytest.approx(shares)
    three = usual_answer(data(Task.CLASSIFICATION, (0, 1, 2)))
    assert TreeOutput(Link.SOFTMAX).scores(three[None, :])[0] == pytest.approx([*shares, 0.0], abs=1e-6)
    assert usual_answer(data(Task.REGRESSION, ())) == pytest.approx(shares[1])


def test_candidates_for_which_there_is_no_time_are_passed_by_but_not_for_ever():
    asked = count()
    slow = (Candidate(f"drawn {next(asked)}", LINEAR, {"l2_reg": 1.0}) for _ in count())
    search = search_of(Budget(60.0, 0.0, standing_still))
    search.take(
        Candidate("a slow one", LINEAR, {}), [search.fitting(PORTFOLIO[0], 1e9)(fold) for fold in range(5)], 1e6
    )
    found = search.run(slow)
    assert [each.candidate.name for each in found.tried] == ["a slow one"]
    assert next(asked) < 20
    search.budget.reserve = 1e9
    search.run(slow)
    assert next(asked) < 23


def test_a_first_candidate_is_never_hopeless():
    found = search_of(Budget(60.0, 0.0, standing_still)).run([CONSTANT])
    assert [each.candidate for each in found.tried] == [CONSTANT]


def test_time_is_kept_for_what_is_weighed_and_not_for_all_that_was_tried():
    search = search_of(Budget(60.0, 0.0, standing_still))
    fitted = [search.fitting(PORTFOLIO[0], 1e9)(fold) for fold in range(5)]
    # An hour each, so that it is quickly asked which are best together.
    search.take(PORTFOLIO[0], fitted, 3600.0)
    assert search.budget.foreseen > 0
    search.take(CONSTANT, [replace(each, raw=-each.raw) for each in fitted], 3600.0)
    assert search.size == search.tried[0].size
    assert search.budget.left == 60.0 - search.budget.foreseen


def test_where_it_takes_long_to_ask_what_is_weighed_all_is_kept_time_for():
    search = search_of(Budget(60.0, 0.0, standing_still))
    fitted = [search.fitting(PORTFOLIO[0], 1e9)(fold) for fold in range(5)]
    search.take(PORTFOLIO[0], fitted, 1.0)
    search.after.chosen(1, lambda: sum(range(10**5)))
    search.take(PORTFOLIO[0], fitted, 0.0)
    assert search.size == 2 * search.tried[0].size


def test_the_search_ends_before_what_follows_must_begin():
    now = count()
    budget = Budget(100.0, 5.0, lambda: 0.01 * next(now))
    search = search_of(budget)
    search.after = Aftermath()
    search.after.measured(lambda: sum(range(10**6)))
    search.run(PORTFOLIO)
    # The last candidate is told to stop; a round of each fold and the question of time are what may come after.
    assert budget.spent < 100.0 - 5.0 - budget.foreseen + 1.0


def test_a_model_is_as_large_as_there_is_time_to_make_it():
    after = Aftermath()
    after.measured(lambda: sum(range(1_000)))
    after.read(search_of(Budget(60.0, 0.0, standing_still)).run(PORTFOLIO[:1]).tried[0].folds[0].text)
    assert after.most_bytes(after.of(5e6, 0)) == pytest.approx(5e6)
    assert after.most_bytes(0.0) == 0.0
    assert after.of(2e6, 0) > after.of_written(2e6) > after.of_written(1e6)


def test_where_there_is_time_for_some_models_of_the_ensemble_that_is_told(trained, monkeypatch):
    now = [0.0]
    search = search_of(Budget(60.0, 0.0, lambda: now[0]))
    whole = search.run(PORTFOLIO[:2])
    assert whole.models == 0
    assert whole.standing >= 5
    now[0] = 60.0
    late = search.together(interrupted=False)
    assert (late.models, late.standing, late.late) == (whole.standing, 1, True)
    monkeypatch.setattr(Aftermath, "most_bytes", lambda after, seconds: 0.0)
    table = pa.table({"a": np.arange(60.0), "label": np.arange(60.0) ** 2})
    made = trained(table, model_type="automl_regressor", max_candidates=1, budget_seconds=60, derived_features=False)
    assert "Of the 20 models that are best together there is time to write 1." in made.manifest.notes


def test_where_an_ensemble_would_be_too_large_that_is_told_and_quality_has_no_such_bound(trained, monkeypatch):
    monkeypatch.setattr("penstock.learn.auto_ml.MOST_BYTES", 1.0)
    table = pa.table({"a": np.arange(60.0), "label": np.arange(60.0) ** 2})
    asked = {"model_type": "automl_regressor", "max_candidates": 1, "derived_features": False}
    made = {name: trained(table, **asked, optimize=name) for name in ("BALANCED", "QUALITY")}
    told = {name: [note for note in each.manifest.notes if "are served" in note] for name, each in made.items()}
    assert told["QUALITY"] == []
    assert told["BALANCED"][0].startswith("Of the 20 models that are best together 1 are served: an ensemble is of at")
    assert made["QUALITY"].manifest.details["trees"] > made["BALANCED"].manifest.details["trees"]


def test_what_is_best_together_is_asked_once_of_the_same_candidates(monkeypatch):
    search = search_of(Budget(60.0, 0.0, standing_still))
    asked: list[int] = []
    whole = Search._chosen
    monkeypatch.setattr(Search, "_chosen", lambda self: asked.append(len(self.tried)) or whole(self))
    search.run(PORTFOLIO[:2])
    assert asked == sorted(set(asked))
    assert asked[-1] == 2


def test_a_row_that_several_models_judge_is_judged_by_as_many_as_are_asked_for():
    search = search_of(Budget(60.0, 0.0, standing_still), rows=40)
    twice = search.of_folds([*search.folds, *search.folds[::-1]])
    fitted = [replace(search.fitting(PORTFOLIO[0], 1e9)(0), raw=np.full((8, 1), float(at))) for at in range(10)]
    by_one, by_all = (twice.out_of_fold(fitted, most)[twice.folds[0].judged] for most in (1, np.inf))
    assert set(by_one[:, 0]) == {0.0}
    assert set(by_all[:, 0]) == {4.5}


def test_members_are_chosen_longer_the_more_there_are():
    after = Aftermath()
    assert after.of_choosing(9) == 0.0
    assert after.chosen(2, lambda: sum(range(10**5))) == sum(range(10**5))
    assert after.of_choosing(6) == pytest.approx(3 * after.of_choosing(2))
    # By all rows, and crosswise.
    assert after.of(0, 6) - after.of(0, 0) == pytest.approx(2 * after.of_choosing(6))


def test_what_was_kept_for_the_writing_is_the_learning_curves_once_all_is_written(trained, monkeypatch):
    # As of an ensemble that is so large that no time is left for another candidate.
    monkeypatch.setattr(Aftermath, "of", lambda after, size, members: 1e6)
    random = np.random.default_rng(2)
    x = random.normal(size=(400, 2))
    table = pa.table({"a": x[:, 0], "b": x[:, 1], "group": np.arange(400) % 2, "label": x[:, 0] * x[:, 1]})
    in_halves = {"validation": "GROUPED", "validation_col": "group"}
    made = trained(table, model_type="automl_regressor", budget_seconds=100, derived_features=False, **in_halves)
    told = made.manifest.details["search"]
    assert len(told["leaderboard"]) == 1
    assert told["learning_curve"]["points"]
    assert load_model(made.files, None).score(table).shape == (400,)
