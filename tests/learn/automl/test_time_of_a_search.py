"""A search that is stopped, or whose time was over before it began, ends at once and with a model."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.fitting import TrainedModel
from penstock.learn.learner import Watch
from penstock.learn.training import train


def made(watch: Watch, model_type: str, target: np.ndarray) -> tuple[TrainedModel, pa.Table]:
    random = np.random.default_rng(4)
    table = pa.table({"a": random.normal(size=len(target)), "b": random.normal(size=len(target)), "label": target})
    given = {"model_type": GivenOption(model_type), "input_label_cols": GivenOption(["label"])}
    return train(table, given, seed=1, threads=2, progress=lambda *_: None, watch=watch), table


@pytest.mark.parametrize("classes", [0, 2, 40])
@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "too late"])
def test_it_ends_with_what_it_has(classes, stopped):
    rows = np.arange(400)
    watch = Watch(time.monotonic(), lambda: True) if stopped else Watch(time.monotonic() - 1_000)
    model, table = made(
        watch, "automl_classifier" if classes else "automl_regressor", rows % classes if classes else rows
    )
    assert np.isfinite(load_model(model.files, None).score(table)).all()
    assert all(value is None or np.isfinite(value) for value in model.manifest.metrics.values())
    said = any(note.startswith("The search was stopped by hand after") for note in model.manifest.notes)
    assert said == stopped


def test_a_stop_while_the_first_candidate_is_fitted_keeps_the_folds_that_were():
    asked = iter([False] * 200)
    model, table = made(Watch(stopped=lambda: next(asked, True)), "automl_regressor", np.arange(400.0))
    assert load_model(model.files, None).score(table).shape == (400,)
    assert [row["name"] for row in model.manifest.details["search"]["leaderboard"] if row["weight"]]
