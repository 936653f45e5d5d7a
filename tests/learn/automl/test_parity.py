"""The graph that is served says what its members say, which is looked at each time a model is made."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InternalError
from penstock.learn.artifact import MODEL, NATIVE
from penstock.learn.auto_ml import AutoMl
from penstock.learn.automl.parity import TOLERANCE, parity
from penstock.learn.feature_column import features_of
from penstock.learn.learner import FittedModel, TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

ROWS = 240
LINKS = {0: Link.IDENTITY, 2: Link.LOGISTIC, 3: Link.SOFTMAX}


def table(classes: int) -> pa.Table:
    random = np.random.default_rng(4)
    a, b = random.normal(size=(2, ROWS))
    a[::9], b[5] = np.nan, np.inf
    city = random.choice(["서울", "부산", None], ROWS)
    known = ["good", *(f"word{number}" for number in range(30))]
    words = [" ".join(random.choice(known, 9)) for _ in range(ROWS)]
    value = np.nan_to_num(a) * 3 + np.array(["good" in text for text in words]) + random.normal(size=ROWS) * 0.2
    label = value * 1e6 if not classes else np.digitize(value, np.quantile(value, np.arange(1, classes) / classes))
    return pa.table({"a": pa.array(a, from_pandas=True), "b": b, "city": city, "words": words, "label": label})


def made(trained, classes: int, **options: object):
    kind = "automl_classifier" if classes else "automl_regressor"
    return trained(table(classes), model_type=kind, seed=1, **{"max_candidates": 6, "budget_seconds": 40, **options})


def data_of(classes: int) -> TrainingData:
    columns = table(classes).drop_columns(["label"])
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    nowhere = np.zeros(ROWS, np.bool_)
    return TrainingData(columns, features_of(columns), np.zeros(ROWS), nowhere, None, tuple(range(classes)), task, 1, 1)


@pytest.mark.parametrize("classes", LINKS)
def test_every_family_and_every_column_made_of_others_is_in_the_graph_as_it_was_trained(trained, classes):
    model = made(trained, classes)
    search = model.manifest.details["search"]
    assert {row["family"] for row in search["leaderboard"] if row["score"]} >= {"boosted_trees", "linear"}
    told = search["serving"]["parity"]
    assert told["rows"] == 100
    assert 0 <= told["difference"] < TOLERANCE / 100


class Off:
    """A model that says something else than the graph where a column has a value."""

    def __init__(self, model, column: str) -> None:
        kind = AutoMl(model.manifest.model_type, model.manifest.task)
        files = dict(model.files)
        native = files[NATIVE].decode() if NATIVE in files else None
        self._true = kind.explainer(model.manifest.details, native, files)
        self._column = column

    def predictions(self, columns: pa.Table, scores: np.ndarray) -> np.ndarray:
        said = self._true.predictions(columns, scores)
        return said + 0.01 * np.maximum(1.0, np.abs(said)) * np.asarray(columns.column(self._column).is_valid())


@pytest.mark.parametrize("classes", [0, 2])
def test_a_graph_that_says_something_else_is_our_error_and_the_column_is_named(trained, classes):
    model = made(trained, classes, max_candidates=1, derived_features=False)
    fitted = FittedModel(model.files[MODEL], (), model.manifest.details)
    with pytest.raises(InternalError, match="by the column 'city'"):
        parity(fitted, Off(model, "city"), data_of(classes), LINKS[classes])
