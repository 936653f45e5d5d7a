"""A column by which the rows are in order says when they were: it is left out unless it foretells the newest rows."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.options import GivenOption
from penstock.learn.artifact import LoadedModel
from penstock.learn.training import train

ROWS = 900
BEGUN = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def table(kind="moment", order=None):
    """A label whose level jumps: the rows of the same day tell it, and nothing of the days to come; `x` does."""
    random = np.random.default_rng(4)
    moments = [BEGUN + datetime.timedelta(hours=hours) for hours in range(ROWS)]
    when = {
        "moment": pa.array(moments, pa.timestamp("us", "UTC")),
        "text": pa.array([f"{moment:%Y-%m-%d %H:%M}" for moment in moments]),
    }[kind]
    x = random.normal(size=ROWS)
    hour = np.array([moment.hour for moment in moments])
    levels = random.normal(scale=5, size=ROWS // 30)
    # The day before the newest rows is unlike all others.
    levels[ROWS * 8 // 10 // 30 - 1] = 25
    y = np.repeat(levels, 30) + 2 * x + 3 * (hour > 12)
    made = pa.table({"언제": when, "x": x, "z": random.normal(size=ROWS), "y": y})
    return made if order is None else made.take(order)


def trained(rows, **options):
    given = {"model_type": "automl_regressor", "input_label_cols": ["y"], "max_candidates": 1, "budget_seconds": 30}
    told = {name: GivenOption(value) for name, value in {**given, **options}.items()}
    return train(rows, told, seed=1, threads=1, progress=lambda *told: None)


def own_times(model):
    findings = model.manifest.details["search"]["findings"]
    return [finding for finding in findings if finding["kind"] == "own time"]


@pytest.mark.parametrize("kind", ["moment", "text"])
def test_when_a_row_was_is_left_out_and_what_comes_again_is_tried(kind):
    model = trained(table(kind))
    (finding,) = own_times(model)
    assert finding["columns"] == ["언제"]
    assert finding["done"].startswith("Left out.")
    # The model takes the column as it takes the others, and no day of it changes the answer; an hour may.
    loaded = LoadedModel(model.manifest, model.files)
    rows = table(kind).slice(0, 24).drop_columns(["y"])
    later = table(kind).slice(336, 24).drop_columns(["y"])
    moved = rows.set_column(0, "언제", later["언제"])
    np.testing.assert_allclose(loaded.score(moved), loaded.score(rows), rtol=1e-6, atol=1e-6)
    made = [
        row for row in model.manifest.details["search"]["derived"] if row["kind"] in ("dates", "quantities in texts")
    ]
    assert made


def test_a_date_that_foretells_is_kept():
    rows = table()
    trend = pa.array(np.arange(ROWS) // 450 * 100.0 + rows["x"].to_numpy())
    model = trained(rows.set_column(3, "y", trend))
    assert [finding["done"][:5] for finding in own_times(model)] in ([], ["Kept."])


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (table(order=np.random.default_rng(1).permutation(ROWS)), {}),
        (table(), {"validation": "K_FOLD"}),
        (table().slice(0, 200), {}),
    ],
    ids=["rows in no order", "who says how to judge", "few rows"],
)
def test_other_columns_of_dates_are_as_they_were(rows, options):
    assert own_times(trained(rows, **options)) == []
