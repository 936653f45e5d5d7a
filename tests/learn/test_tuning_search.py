"""What a tuning tries: spaces read from options, points in them, and a Gaussian process that chooses the next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.options import HPARAM_CANDIDATES, HPARAM_RANGE, GivenOption, OptionSpec, Tunable
from penstock.learn.boosted_trees import BoostedTreeRegressor
from penstock.learn.k_means import KMeans
from penstock.learn.linear_regression import LinearRegression
from penstock.learn.shared_options import option_specs, resolve_options, searched_space
from penstock.learn.tuning_search import GAUSSIAN, GRID, RANDOM, Tried, expected_improvement, fit_process, next_points

TREES = BoostedTreeRegressor()


def between(low, high):
    return {HPARAM_RANGE: [low, high]}


def among(*values):
    return {HPARAM_CANDIDATES: list(values)}


def options(**given):
    return {name: GivenOption(value) for name, value in given.items()}


def space(learner=TREES, **given):
    assert not resolve_options(options(num_trials=5, **given), learner)[1]
    return searched_space(options(num_trials=5, **given), learner)


def message(learner=TREES, **given):
    findings = resolve_options(options(**given), learner)[1]
    assert findings
    return str(findings[0])


def test_a_search_starts_at_the_default_or_at_what_is_nearest_to_it():
    assert space(max_tree_depth=between(2, 9)).start == {"max_tree_depth": 6}
    assert space(max_tree_depth=between(8, 12)).start == {"max_tree_depth": 8}
    assert space(max_tree_depth=among(2, 4, 9)).start == {"max_tree_depth": 4}
    assert space(booster_type=among("DART", "GBTREE")).start == {"booster_type": "GBTREE"}


def test_without_a_searched_option_all_with_a_range_of_their_own_are():
    found = space(learn_rate=0.2)
    assert [dimension.name for dimension in found.dimensions] == ["max_tree_depth", "l1_reg", "l2_reg", "subsample"]
    assert found.start == {"max_tree_depth": 6, "l1_reg": 0.0, "l2_reg": 1.0, "subsample": 1.0}
    assert [dimension.name for dimension in space(KMeans()).dimensions] == ["num_clusters"]


def test_a_bound_that_the_option_itself_excludes_lies_just_outside():
    (share,) = space(subsample=between(0, 1)).dimensions
    assert 0 < share.value(0.0) < 1e-5
    assert share.value(1.0) == 1.0


def test_a_logarithmic_scale_from_zero_begins_where_bigquery_lets_it():
    (penalty,) = space(LinearRegression(), l2_reg=between(0, 10)).dimensions
    assert (penalty.value(0.0), penalty.value(1.0)) == (pytest.approx(1e-14), pytest.approx(10.0))
    assert penalty.value(0.5) == pytest.approx(np.sqrt(1e-14 * 10))


def test_what_means_nothing_beside_the_others_is_left_out_of_a_trial():
    found = space(booster_type=among("GBTREE", "DART"), dropout=between(0, 0.5))
    points = [found.drawn(np.random.default_rng(seed)) for seed in range(20)]
    assert {point["booster_type"] for point in points} == {"GBTREE", "DART"}
    assert all(("dropout" in point) == (point["booster_type"] == "DART") for point in points)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"num_trials": 101}, "between 1 and 100"),
        ({"l2_reg": between(0, 1)}, "l2_reg is searched for, which num_trials asks for"),
        ({"max_parallel_trials": 2}, "belongs to a tuning"),
        ({"num_trials": 3, "max_parallel_trials": 6}, "between 1 and 5"),
        ({"num_trials": 3, "warm_start": True}, "exclude each other"),
        ({"num_trials": 3, "hparam_tuning_objectives": ["r2_scor"]}, "Did you mean 'R2_SCORE'"),
        ({"num_trials": 3, "hparam_tuning_objectives": ["roc_auc"]}, "cannot be tuned for 'roc_auc'"),
        ({"num_trials": 3, "hparam_tuning_objectives": ["r2_score", "mean_squared_error"]}, "exactly one metric"),
        ({"num_trials": 3, "instance_weight_col": among("a")}, "cannot be searched for"),
        ({"num_trials": 3, "max_tree_dept": between(1, 2)}, "cannot be searched for"),
        ({"num_trials": 3, "max_tree_depth": between(1, 21)}, "at most 20"),
        ({"num_trials": 3, "max_tree_depth": between(1.5, 3)}, "whole numbers"),
        ({"num_trials": 3, "learn_rate": between(-1, 3)}, "greater than 0"),
        ({"num_trials": 3, "learn_rate": among(0.1, "much")}, "not 'much'"),
        ({"num_trials": 3, "booster_type": between(0, 1)}, "HPARAM_CANDIDATES"),
        ({"num_trials": 3, "booster_type": among("GBTREE"), "dropout": between(0, 1)}, "booster_type = 'DART'"),
        ({"num_trials": 3, "dropout": between(0, 1)}, "booster_type = 'DART'"),
        ({"num_trials": 3, "hparam_tuning_algorithm": "GRID_SEARCH", "l2_reg": between(0, 1)}, "l2_reg is a range"),
        ({"data_split_test_fraction": 0.1}, "needs num_trials"),
    ],
)
def test_a_senseless_tuning_is_told_what_to_do(given, words):
    assert words in message(**given)


def test_a_type_without_anything_to_search_has_no_trials():
    from penstock.learn.principal_components import PrincipalComponents

    assert "num_trials" in message(PrincipalComponents(), num_trials=3)


def test_a_grid_goes_through_every_combination_once_the_start_first():
    found = space(max_tree_depth=among(2, 6), booster_type=among("GBTREE", "DART"), dropout=among(0.1, 0.2))
    points = next_points(found, [], GRID, 1, 100)
    assert points[0] == {"max_tree_depth": 6, "booster_type": "GBTREE"}
    assert len(points) == 2 * (1 + 2)
    tried = [Tried(point, 0.0) for point in points]
    assert next_points(found, tried, GRID, 1, 5) == []


def test_a_grid_is_not_made_beyond_what_is_asked_of_it():
    wide = Tunable(1, 10**12)
    from penstock.learn.tuning_space import read_space

    specs = [OptionSpec(name, "integer", None, "A number.", minimum=1, tunable=wide) for name in ("a", "b")]
    found = read_space(options(a=between(1, 10**12), b=between(1, 10**12)), specs)[0]
    points = next_points(found, [Tried(found.start, 0.0)], GRID, 1, 3)
    assert points == [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 3}]


@pytest.mark.parametrize("algorithm", [GAUSSIAN, RANDOM])
def test_a_finite_space_is_used_up_without_a_repetition(algorithm):
    found = space(KMeans(), num_clusters=between(2, 9))
    tried: list[Tried] = []
    while points := next_points(found, tried, algorithm, 1, 3):
        tried += [Tried(point, -float(point["num_clusters"])) for point in points]
    assert sorted(item.point["num_clusters"] for item in tried) == list(range(2, 10))


@pytest.mark.parametrize("algorithm", [GAUSSIAN, RANDOM])
def test_the_same_seed_tries_the_same_and_another_tries_otherwise(algorithm):
    found = space(learn_rate=between(0.01, 1), subsample=between(0.1, 1))

    def points(seed):
        tried: list[Tried] = []
        for _ in range(6):
            (point,) = next_points(found, tried, algorithm, seed, 1)
            tried.append(Tried(point, point["learn_rate"]))
        return [item.point for item in tried]

    assert points(1) == points(1)
    assert points(1)[0] == points(2)[0]
    assert points(1)[1:] != points(2)[1:]


def _hill(point):
    return -((point["learn_rate"] - 0.37) ** 2) - (np.log10(point["l2_reg"]) + 1) ** 2 / 10


def test_the_process_finds_a_hill_that_chance_misses():
    found = space(learn_rate=between(0.01, 1), l2_reg=between(0.001, 10))

    def best(algorithm, seed):
        tried: list[Tried] = []
        for _ in range(10):
            tried += [Tried(p, _hill(p)) for p in next_points(found, tried, algorithm, seed, 2)]
        return max(item.value for item in tried)

    by_process = [best(GAUSSIAN, seed) for seed in range(3)]
    by_chance = [best(RANDOM, seed) for seed in range(3)]
    assert min(by_process) > -1e-3
    assert np.mean(by_process) > np.mean(by_chance)


def test_trials_without_a_model_keep_the_search_away():
    found = space(learn_rate=between(0.01, 1))
    tried = [Tried({"learn_rate": rate}, None if rate > 0.5 else rate) for rate in np.linspace(0.05, 0.95, 10).tolist()]
    (point,) = next_points(found, tried, GAUSSIAN, 1, 1)
    assert point["learn_rate"] < 0.6


def test_all_trials_without_a_model_still_leave_something_to_try():
    found = space(learn_rate=between(0.01, 1))
    tried = [Tried({"learn_rate": rate}, None) for rate in (0.1, 0.2, 0.3, 0.4)]
    assert len(next_points(found, tried, GAUSSIAN, 1, 2)) == 2


@given(st.integers(2, 12), st.integers(0, 1000))
def test_the_process_is_the_one_of_scikit_learn(count, seed):
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern

    random = np.random.default_rng(seed)
    places, values, asked = random.random((count, 3)), random.normal(size=count), random.random((5, 3))
    process = fit_process(places, values)
    standard = (values - process.center) / process.scale
    kernel = Matern(length_scale=process.length, nu=2.5)
    theirs = GaussianProcessRegressor(kernel, alpha=process.noise, optimizer=None).fit(places, standard)
    mean, deviation = theirs.predict(asked, return_std=True)
    found_mean, found_deviation = process.predict(asked)
    np.testing.assert_allclose(found_mean, mean * process.scale + process.center, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found_deviation, deviation * process.scale, rtol=1e-4, atol=1e-4)


def test_the_expected_improvement_is_that_of_many_draws():
    random = np.random.default_rng(1)
    mean, deviation = np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.5, 0.0])
    draws = random.normal(mean, deviation, (400_000, 3))
    assert expected_improvement(mean, deviation, 0.8) == pytest.approx(
        np.maximum(draws - 0.8, 0).mean(axis=0), abs=5e-3
    )


@given(st.floats(0, 1), st.sampled_from([(1, 9, False), (16, 1024, True)]))
def test_every_share_of_a_range_of_whole_numbers_is_one_of_them(share, bounds):
    low, high, log = bounds
    spec = OptionSpec("n", "integer", None, "A number.", minimum=1, tunable=Tunable(low, high, log=log))
    from penstock.learn.tuning_space import read_space

    (dimension,) = read_space({}, [spec])[0].dimensions
    value = dimension.value(share)
    assert isinstance(value, int)
    assert low <= value <= high
    assert dimension.value(dimension.places(value)[0]) == value


def test_candidates_may_be_lists():
    spec = OptionSpec("hidden_units", "integer list", None, "Layers.", tunable=Tunable())
    from penstock.learn.tuning_space import read_space

    found, _, findings = read_space(options(hidden_units=among([8], [8, 16])), [spec])
    assert not findings
    assert found.start == {"hidden_units": [8]}
    assert len(list(found.grid())) == 2
    assert found.place({"hidden_units": [8]}).tolist() != found.place({"hidden_units": [8, 16]}).tolist()


def test_every_tunable_option_accepts_its_own_default_range():
    from penstock.learn.registry import learners
    from penstock.learn.tuning_space import read_space

    for learner in learners().values():
        found, _, findings = read_space({}, option_specs(learner))
        assert not findings
        for dimension in found.dimensions:
            assert dimension.value(0.0) is not None
