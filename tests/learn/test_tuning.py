"""Tuning: trials on rows that choose, the best of them judged on rows that no trial has seen."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import Cancelled, InvalidOption, UntrainableModel
from penstock.core.options import HPARAM_CANDIDATES, HPARAM_RANGE, GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.linear_regression import LinearRegression
from penstock.learn.training import train
from penstock.learn.trial import is_tuned, model_of_trial, optimal_trial, trial_numbers


def hills(rows=600, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3))
    label = x[:, 0] ** 2 + x[:, 1] * x[:, 2] + random.normal(size=rows) * 0.3
    word = np.where(x[:, 0] > 0, "크다", "작다")
    return pa.table({"x": x[:, 0], "y": x[:, 1], "z": x[:, 2], "말": word, "label": label})


def between(low, high):
    return {HPARAM_RANGE: [low, high]}


def among(*values):
    return {HPARAM_CANDIDATES: list(values)}


def tuned(table, *, store=None, progress=lambda *_: None, threads=2, **given):
    options = {"model_type": "boosted_tree_regressor", "num_trials": 4, "max_iterations": 5, **given}
    values = {name: GivenOption(value) for name, value in options.items()}
    return train(table, values, seed=1, threads=threads, progress=progress, trials=store)


def trials_of(model):
    return model.manifest.details["tuning"]["trials"]


class Shelf:
    """Keeps trials as a storage does."""

    def __init__(self):
        self.kept: dict[str, dict[int, dict[str, bytes]]] = {}

    def read(self, key):
        return list(self.kept.get(key, {}).values())

    def keep(self, key, number, files):
        self.kept.setdefault(key, {})[number] = dict(files)


def test_a_tenth_chooses_a_tenth_judges_and_the_rest_is_trained_on():
    model = tuned(hills(1000), max_tree_depth=between(1, 6))
    assert (model.manifest.train_rows, model.manifest.held_out_rows) == (800, 200)
    assert model.held_out.num_rows == 100
    assert model.manifest.judged_on == "held-out rows"


def test_fewer_than_500_rows_train_choose_and_judge():
    model = tuned(hills(300), max_tree_depth=between(1, 6))
    assert (model.manifest.train_rows, model.manifest.held_out_rows) == (300, 0)
    assert model.held_out.num_rows == 300


def test_the_best_trial_is_the_model_and_every_other_one_is_kept_beside_it():
    model = tuned(hills(), max_tree_depth=between(1, 6), learn_rate=between(0.01, 1))
    trials = trials_of(model)
    assert [trial["number"] for trial in trials] == [1, 2, 3, 4]
    best = max(trials, key=lambda trial: trial["value"])
    assert [trial["number"] for trial in trials if trial["is_optimal"]] == [best["number"]]
    loaded = load_model(model.files, None)
    assert is_tuned(loaded)
    assert (optimal_trial(loaded), trial_numbers(loaded)) == (best["number"], [1, 2, 3, 4])
    options = loaded.manifest.options
    assert {name: options[name] for name in ("max_tree_depth", "learn_rate")} == best["hyperparameters"]
    assert trials[0]["hyperparameters"] == {"max_tree_depth": 6, "learn_rate": 0.3}


def test_of_trials_that_are_as_good_the_first_is_the_best():
    trials = trials_of(tuned(hills(300), min_split_loss=among(0.0, 1e-12), num_trials=2))
    assert trials[0]["value"] == trials[1]["value"]
    assert [trial["is_optimal"] for trial in trials] == [True, False]


def test_a_trial_is_the_model_that_its_values_alone_would_have_made():
    table = hills(300)
    loaded = load_model(tuned(table, max_tree_depth=among(1, 6), num_trials=2).files, None)
    for number, depth in ((1, 6), (2, 1)):
        alone = tuned(table, max_tree_depth=depth, num_trials=None)
        scores = model_of_trial(loaded, number).score(table)
        np.testing.assert_allclose(scores, load_model(alone.files, None).score(table), rtol=1e-12)
        assert model_of_trial(loaded, number).manifest.metrics == alone.manifest.metrics


def test_the_metrics_are_those_of_rows_that_did_not_choose():
    model = tuned(hills(1000), max_tree_depth=between(1, 6), hparam_tuning_objectives=["mean_absolute_error"])
    loaded = load_model(model.files, None)
    error = np.abs(loaded.score(model.held_out) - model.held_out["label"].to_numpy()).mean()
    assert model.manifest.metrics["mean_absolute_error"] == pytest.approx(error)
    chosen_by = next(trial["value"] for trial in trials_of(model) if trial["is_optimal"])
    assert chosen_by != pytest.approx(error)
    assert chosen_by == min(trial["value"] for trial in trials_of(model))


def test_without_a_test_fraction_the_same_rows_choose_and_judge():
    model = tuned(hills(1000), max_tree_depth=between(1, 6), data_split_method="RANDOM", data_split_eval_fraction=0.2)
    best = next(trial for trial in trials_of(model) if trial["is_optimal"])
    assert model.manifest.held_out_rows == 200
    assert model.manifest.metrics["r2_score"] == best["value"]


def test_trials_side_by_side_are_the_same_with_any_number_of_threads():
    one, two = (
        tuned(hills(), num_trials=3, max_parallel_trials=2, threads=n, l2_reg=among(1.0, 5.0, 9.0)) for n in (2, 8)
    )
    assert trials_of(one) == trials_of(two)


def test_the_same_seed_makes_the_same_artifact():
    first, again = (tuned(hills(), learn_rate=between(0.01, 1)) for _ in range(2))
    assert trials_of(first) == trials_of(again)
    assert first.files["model.onnx"] == again.files["model.onnx"]


def test_values_that_do_not_go_together_are_infeasible_and_the_others_go_on():
    model = tuned(
        hills(300),
        num_trials=3,
        hparam_tuning_algorithm="GRID_SEARCH",
        booster_type=among("GBTREE", "DART"),
        dart_normalize_type=among("TREE", "FOREST"),
    )
    told = {json.dumps(trial["hyperparameters"]): trial for trial in trials_of(model)}
    wrong = told['{"booster_type": "DART", "dart_normalize_type": "FOREST"}']
    assert (wrong["status"], wrong["is_optimal"]) == ("INFEASIBLE", False)
    assert "FOREST it does not have" in wrong["error"]
    with pytest.raises(InvalidOption, match=f"Trial {wrong['number']} left no model, it is INFEASIBLE"):
        model_of_trial(load_model(model.files, None), wrong["number"])


def test_when_no_trial_gives_a_model_the_first_reason_is_told():
    with pytest.raises(UntrainableModel, match=r"None of the 2 trials .* for 90 clusters"):
        tuned(
            hills(20).drop(["label"]),
            model_type="kmeans",
            num_trials=2,
            max_iterations=None,
            num_clusters=among(90, 91),
        )


def test_an_unknown_trial_is_told_which_there_are():
    loaded = load_model(tuned(hills(300), num_trials=2, l2_reg=between(0, 1)).files, None)
    with pytest.raises(InvalidOption, match="the trials 1 to 2"):
        model_of_trial(loaded, 3)


def test_fewer_combinations_than_trials_are_told():
    model = tuned(hills(300), num_trials=9, max_tree_depth=among(2, 3))
    assert len(trials_of(model)) == 2
    assert any("All 2 combinations were tried" in note for note in model.manifest.notes)


def test_more_failures_than_half_stop_the_tuning(monkeypatch):
    fit = LinearRegression.fit
    calls = []

    def failing(self, data, options, progress, warm_start=None):
        calls.append(1)
        if len(calls) > 1:
            raise ArithmeticError("no answer")
        return fit(self, data, options, progress, warm_start)

    monkeypatch.setattr(LinearRegression, "fit", failing)
    with pytest.raises(UntrainableModel, match=r"More than half of the 6 trials failed; trial 2: ArithmeticError"):
        tuned(hills(300), model_type="linear_reg", num_trials=6, max_iterations=None)
    assert len(calls) == 5


def test_some_failures_are_told_and_the_rest_goes_on(monkeypatch):
    fit = LinearRegression.fit

    def failing(self, data, options, progress, warm_start=None):
        if options["l2_reg"] == 2.0:
            raise ArithmeticError("no answer")
        return fit(self, data, options, progress, warm_start)

    monkeypatch.setattr(LinearRegression, "fit", failing)
    model = tuned(hills(300), model_type="linear_reg", num_trials=3, max_iterations=None, l2_reg=among(0.0, 1.0, 2.0))
    failed = [trial for trial in trials_of(model) if trial["status"] == "FAILED"]
    assert [trial["error"] for trial in failed] == ["ArithmeticError: no answer"]


def test_a_tuning_that_was_broken_off_goes_on_after_its_last_trial():
    table, shelf, told = hills(), Shelf(), []

    def until_the_third(done, total, note):
        told.append((done, total, note))
        if note.startswith("trial 3"):
            raise Cancelled.of("stopped")

    options = {"learn_rate": between(0.01, 1), "num_trials": 4}
    with pytest.raises(Cancelled):
        tuned(table, store=shelf, progress=until_the_third, **options)
    (kept,) = shelf.kept.values()
    assert sorted(kept) == [1, 2]
    fits = []
    again = tuned(table, store=shelf, progress=lambda done, total, note: fits.append((done, note)), **options)
    # The first two are taken up as they were, each told once.
    assert [note.split(",")[0] for done, note in fits[:2]] == ["trial 1 of 4", "trial 2 of 4"]
    whole = tuned(table, **options)
    assert trials_of(again) == trials_of(whole)
    assert again.files["model.onnx"] == whole.files["model.onnx"]


@pytest.mark.parametrize("change", ["rows", "options", "seed"])
def test_trials_of_other_rows_options_or_seed_are_not_taken_up(change):
    table, shelf = hills(300), Shelf()
    tuned(table, store=shelf, num_trials=2, l2_reg=between(0, 5))
    if change == "rows":
        tuned(hills(300, seed=1), store=shelf, num_trials=2, l2_reg=between(0, 5))
    elif change == "options":
        tuned(table, store=shelf, num_trials=2, l2_reg=between(0, 6))
    else:
        tuned(table, store=shelf, num_trials=2, l2_reg=between(0, 5), seed=5)
    assert len(shelf.kept) == 2


def test_progress_rises_to_the_whole_and_names_the_best():
    told = []
    tuned(hills(300), num_trials=3, l2_reg=between(0, 5), progress=lambda *args: told.append(args))
    done = [step[0] for step in told]
    assert done == sorted(done)
    assert done[-1] == told[-1][1]
    assert "best r2_score" in told[-1][2]


def test_clusters_are_tuned_by_how_far_they_lie_apart():
    random = np.random.default_rng(0)
    middle = np.repeat([[0, 0], [10, 0], [0, 10], [10, 10]], 60, axis=0)
    points = middle + random.normal(size=middle.shape) * 0.3
    table = pa.table({"x": points[:, 0], "y": points[:, 1]})
    model = tuned(
        table,
        model_type="kmeans",
        num_trials=7,
        max_iterations=None,
        num_clusters=between(2, 8),
        kmeans_init_method="KMEANS++",
    )
    assert model.manifest.options["num_clusters"] == 4
    assert model.manifest.details["tuning"]["objective"] == "davies_bouldin_index"


def test_explanations_are_of_the_optimal_trial():
    model = tuned(hills(300), num_trials=2, max_tree_depth=among(1, 6), enable_global_explain=True)
    assert model.manifest.global_attributions


@pytest.mark.parametrize(
    ("options", "objective"),
    [
        ({"model_type": "logistic_reg", "label": "word"}, "roc_auc"),
        (
            {"model_type": "random_forest_classifier", "label": "word", "num_parallel_tree": 3, "max_iterations": None},
            "roc_auc",
        ),
        ({"model_type": "dnn_regressor", "hidden_units": [2]}, "r2_score"),
        ({"model_type": "dnn_linear_combined_regressor", "hidden_units": [2]}, "r2_score"),
        ({"model_type": "autoencoder", "hidden_units": [2], "label": None}, "mean_squared_error"),
        ({"model_type": "matrix_factorization", "label": "rating"}, "mean_squared_error"),
        (
            {"model_type": "matrix_factorization", "label": "rating", "feedback_type": "IMPLICIT"},
            "mean_average_precision",
        ),
    ],
)
def test_every_family_is_tuned_by_its_own_objective(options, objective):
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 2))
    label = options.pop("label", "y")
    columns = {"x": x[:, 0], "y": x[:, 0] + x[:, 1], "word": np.where(x[:, 0] > 0, "크다", "작다")}
    if label == "rating":
        columns = {
            "user": random.integers(0, 8, 80),
            "item": random.integers(0, 6, 80),
            "rating": random.integers(1, 6, 80),
        }
    elif label:
        options["input_label_cols"] = [label]
    model = tuned(pa.table(columns), **{"num_trials": 2, "max_iterations": 1, **options})
    tuning = model.manifest.details["tuning"]
    assert tuning["objective"] == objective
    assert [trial["status"] for trial in tuning["trials"]] == ["SUCCEEDED"] * 2
    assert tuning["trials"][0]["hyperparameters"] != tuning["trials"][1]["hyperparameters"]
    less = objective.endswith("error")
    values = [trial["value"] for trial in tuning["trials"]]
    assert tuning["trials"][tuning["optimal"] - 1]["value"] == (min if less else max)(values)


def test_penalties_are_searched_only_beside_an_optimizer_that_has_them():
    from penstock.learn.deep_network import DeepRegressor
    from penstock.learn.shared_options import searched_space

    found = searched_space({"num_trials": GivenOption(2)}, DeepRegressor())
    points = [found.drawn(np.random.default_rng(seed)) for seed in range(30)]
    assert all(("l2_reg" in point) == (point["optimizer"] in ("ADAGRAD", "FTRL", "SGD")) for point in points)
    alone = searched_space({"num_trials": GivenOption(2), "optimizer": GivenOption("ADAM")}, DeepRegressor())
    assert not {"l1_reg", "l2_reg"} & {dimension.name for dimension in alone.dimensions}


@pytest.mark.parametrize("model_type", ["kmeans", "dnn_regressor", "random_forest_regressor"])
def test_trials_at_the_same_time_do_not_disturb_each_other(model_type):
    table = hills(120).drop(["label"]) if model_type == "kmeans" else hills(120)
    rounds = None if model_type.startswith("random") else 2
    first, again = (
        tuned(table, model_type=model_type, max_iterations=rounds, num_trials=4, max_parallel_trials=4, threads=4)
        for _ in range(2)
    )
    graphs = [name for name in first.files if name.endswith("model.onnx")]
    assert len(graphs) == 4
    assert all(first.files[name] == again.files[name] for name in graphs)


def test_a_trial_that_only_tells_of_itself_loads_no_graph():
    loaded = load_model(tuned(hills(300), num_trials=2, l2_reg=between(0, 5)).files, None)
    other = next(number for number in trial_numbers(loaded) if number != optimal_trial(loaded))
    told, scoring = (model_of_trial(loaded, other, scores=scores) for scores in (False, True))
    assert told.manifest == scoring.manifest
    assert told.evaluation() == scoring.evaluation()
    assert "model.onnx" not in told.files
