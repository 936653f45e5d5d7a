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
    return made_of(table, watch, model_type), table


def made_of(table: pa.Table, watch: Watch, model_type: str, **options: float) -> TrainedModel:
    asked = {"model_type": model_type, "input_label_cols": ["label"], **options}
    given = {name: GivenOption(value) for name, value in asked.items()}
    return train(table, given, seed=1, threads=2, progress=lambda *_: None, watch=watch)


@pytest.mark.parametrize("classes", [0, 2, 40])
@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "too late"])
def test_it_ends_with_what_it_has(classes, stopped):
    rows = np.arange(400)
    began = time.monotonic()
    watch = Watch(began, lambda: True) if stopped else Watch(began - 1_000)
    model, table = made(
        watch, "automl_classifier" if classes else "automl_regressor", rows % classes if classes else rows
    )
    # A minute is what it may take. To load what it works with takes some seconds, where this is the first training.
    assert time.monotonic() - began < 20
    (told,) = [row for row in model.manifest.details["search"]["leaderboard"] if row["weight"]]
    assert told["seconds"] < 10
    assert np.isfinite(load_model(model.files, None).score(table)).all()
    assert all(value is None or np.isfinite(value) for value in model.manifest.metrics.values())
    said = any(note.startswith("The search was stopped by hand after") for note in model.manifest.notes)
    assert said == stopped


def test_a_stop_while_the_first_candidate_is_fitted_keeps_the_folds_that_were():
    asked = iter([False] * 200)
    model, table = made(Watch(stopped=lambda: next(asked, True)), "automl_regressor", np.arange(400.0))
    assert load_model(model.files, None).score(table).shape == (400,)
    assert [row["name"] for row in model.manifest.details["search"]["leaderboard"] if row["weight"]]


def answers(rows: int, columns: int) -> dict[str, pa.Array]:
    random = np.random.default_rng(9)
    words = pa.array([f"answer {number}" for number in range(40)])
    return {f"q{place}": words.take(pa.array(random.integers(0, 40, rows))) for place in range(columns)}


def large(kind: str) -> pa.Table:
    if kind == "500 columns of categories":
        rows = 8_000
        columns = answers(rows, 500)
        return pa.table({**columns, "label": pa.array(np.arange(rows) % 2)})
    rows = 20_000
    random = np.random.default_rng(3)
    label = np.arange(rows) % 1_000
    columns = {f"x{place}": label * (place + 1) % 97 + random.normal(size=rows) for place in range(8)}
    return pa.table({**columns, "label": pa.array([f"k{code}" for code in label])})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["500 columns of categories", "1,000 classes"])
def test_a_large_table_keeps_to_the_budget(kind):
    table = large(kind)
    began = time.monotonic()
    model = made_of(table, Watch(began), "automl_classifier", budget_seconds=15)
    # The bound is three seconds more; the others are for a machine that does other things beside.
    assert time.monotonic() - began < 45
    assert [row for row in model.manifest.details["search"]["leaderboard"] if row["weight"]]
    scores = load_model(model.files, None).score(table.slice(0, 50))
    assert np.allclose(scores.sum(axis=1), 1.0)
