"""What is told of backtests: by origin, by steps ahead, of the intervals, and series by series."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.learn.automl.backtest import METRICS
from penstock.learn.automl.backtest_record import MOST_STEPS, Backtests, as_json, backtests_of, scores_by_origin
from penstock.learn.automl.forecast_member import MEMBERS, SEASONAL_NAIVE

NAIVE = MEMBERS.index(SEASONAL_NAIVE)


def told(
    ensemble: np.ndarray, naive: np.ndarray, actual: np.ndarray, metric: str = "mase", scale: np.ndarray | None = None
) -> Backtests:
    """Return the backtests of an ensemble beside the last cycle again, (k, s, h) each; other methods say 0."""
    s = actual.shape[1]
    forecasts = np.zeros((len(MEMBERS), *actual.shape))
    forecasts[NAIVE] = naive
    present = np.ones((s, len(MEMBERS)), np.bool_)
    weights = np.full((s, len(MEMBERS)), 1 / len(MEMBERS))
    sizes = np.ones(s) if scale is None else scale
    return backtests_of(list(range(s)), (forecasts, ensemble), actual, sizes, weights, present, np.ones(s), metric)


def test_errors_are_told_by_origin_and_by_steps_ahead() -> None:
    actual = np.zeros((2, 1, 3))
    ensemble = np.array([[[1.0, 2.0, 3.0]], [[3.0, 4.0, 5.0]]])
    found = told(ensemble, 10 * ensemble, actual, scale=np.array([2.0]))
    assert scores_by_origin([found], "mase")[-1] == [1.0, 2.0]
    assert scores_by_origin([found], "mae")[NAIVE] == [20.0, 40.0]
    said = as_json([found], "mase", str)
    assert [row["step"] for row in said["steps"]] == [1, 2, 3]
    assert [row["score"] for row in said["steps"]] == [1.0, 1.5, 2.0]
    assert [row["baseline"] for row in said["steps"]] == [10.0, 15.0, 20.0]
    assert {"name": "mae", "value": 3.0, "baseline": 30.0} in said["metrics"]
    assert (said["origins"], said["reach"], said["series"], said["better"]) == (2, 3, 1, 1)


def test_what_was_never_judged_is_unknown_and_not_nought() -> None:
    actual = np.array([[[1.0, np.nan], [np.nan, np.nan]]])
    found = told(np.ones((1, 2, 2)), np.zeros((1, 2, 2)), actual)
    said = as_json([found], "mase", str)
    assert said["series"] == 1
    assert [row["score"] for row in said["steps"]] == [0.0, None]
    assert np.isnan(found.ensemble[:, 1]).all()
    assert [row["series"] for row in said["worst"]] == ["0"]


def test_a_value_far_out_is_judged_by_the_intervals_of_the_other_origins() -> None:
    random = np.random.default_rng(1)
    errors = random.normal(0, 1, (3, 40, 4))
    errors[0] = 50.0
    found = told(errors, errors, np.zeros_like(errors))
    held = np.nanmean(found.held, axis=(1, 2))
    # The origin of the errors of 50 is beyond the intervals of the others; the others lie within those it widens.
    assert held == pytest.approx([2 / 3, 2 / 3], abs=0.05)


def test_of_one_origin_no_interval_is_judged() -> None:
    found = told(np.ones((1, 2, 3)), np.ones((1, 2, 3)), np.zeros((1, 2, 3)))
    said = as_json([found], "smape", str)
    assert [each["share"] for each in said["held"]] == [None, None]


def test_no_origin_at_all_is_told_as_nothing() -> None:
    found = told(np.empty((0, 2, 0)), np.empty((0, 2, 0)), np.empty((0, 2, 0)))
    said = as_json([found], "mase", "가게 {}".format)
    assert (said["series"], said["steps"], said["best"], said["worst"]) == (0, [], [], [])
    assert said["first"] == "가게 0"
    assert all(row["value"] is None for row in said["metrics"])


def test_best_and_worst_are_named_over_parts_of_unlike_length() -> None:
    few = told(np.full((1, 2, 2), 5.0), np.full((1, 2, 2), 6.0), np.zeros((1, 2, 2)))
    many = told(np.arange(1, 25.0).reshape(3, 4, 2), np.zeros((3, 4, 2)), np.zeros((3, 4, 2)))
    parts = [few, Backtests(**{**vars(many), "numbers": np.arange(2, 6)})]
    said = as_json(parts, "mase", "s{}".format)
    assert [row["series"] for row in said["best"]] == ["s0", "s1", "s2"]
    assert [row["series"] for row in said["worst"]] == ["s5", "s4", "s3"]
    assert said["better"] == 2
    assert len(scores_by_origin(parts, "mase")[-1]) == 3


def test_far_horizons_are_told_in_few_steps() -> None:
    said = as_json([told(np.ones((2, 1, 500)), np.ones((2, 1, 500)), np.zeros((2, 1, 500)))], "mase", str)
    steps = [row["step"] for row in said["steps"]]
    assert len(steps) == MOST_STEPS
    assert steps[-1] == 500


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 5)),
    seed=st.integers(0, 1000),
    metric=st.sampled_from(METRICS),
)
def test_whatever_was_forecast_is_told_in_plain_numbers(shape: tuple[int, int, int], seed: int, metric: str) -> None:
    random = np.random.default_rng(seed)
    actual = np.where(random.random(shape) < 0.3, np.nan, random.normal(size=shape))
    said = as_json([told(random.normal(size=shape), random.normal(size=shape), actual, metric)], metric, str)
    json.dumps(said, allow_nan=False)
    assert all(0 <= each["share"] <= 1 for each in said["held"] if each["share"] is not None)
    assert said["better"] <= said["series"] <= shape[1]
