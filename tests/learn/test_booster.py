"""LightGBM through its C interface does what its Python package does with the same rows."""

from __future__ import annotations

import subprocess
import sys

import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InternalError
from penstock.learn.booster import BinnedRows, new_booster, read_booster

ROWS = 700
QUIET = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True, "min_data_in_leaf": 1}


def rows(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(ROWS, 4))
    matrix[:, 2] = random.integers(0, 6, ROWS)
    target = matrix[:, 0] * matrix[:, 1] + (matrix[:, 2] == 3) + 0.1 * random.normal(size=ROWS)
    matrix[random.uniform(size=ROWS) < 0.1, 1] = np.nan
    return matrix, target


def columns_of(matrix: np.ndarray) -> pa.Table:
    """The same numbers, as Arrow has them: in chunks, NULL for NaN, small integers."""
    half = len(matrix) // 3
    columns = [pa.chunked_array([column[:half], column[half:]]) for column in matrix.T]
    known = pa.array(matrix[:, 1], from_pandas=True)
    columns[1], columns[2] = pa.chunked_array([known[:50], known[50:]]), columns[2].cast(pa.int8())
    return pa.table(columns, names=[f"이름 {place}" for place in range(len(columns))])


def trees(text: str) -> str:
    return text.split("end of trees")[0]


@pytest.mark.parametrize("objective", ["regression", "binary", "multiclass"])
def test_the_trees_and_losses_are_those_of_the_python_package(objective):
    (matrix, target), (other, judged) = rows(1), rows(2)
    if objective != "regression":
        target, judged = (
            (values > 0.5).astype(float) + (values > 1) * (objective != "binary") for values in (target, judged)
        )
    weights = np.linspace(0.5, 2.0, ROWS)
    classes = {"num_class": 3} if objective == "multiclass" else {}
    metric = {"regression": "l2", "binary": "binary_logloss", "multiclass": "multi_logloss"}[objective]
    parameters = {
        **QUIET,
        **classes,
        "objective": objective,
        "metric": metric,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
    }

    theirs = lightgbm.Dataset(matrix, target, weight=weights, categorical_feature=[2], params=parameters)
    told: dict[str, dict[str, list[float]]] = {}
    expected = lightgbm.train(
        parameters, theirs, 7, [theirs.create_valid(other, judged)], ["v"], callbacks=[lightgbm.record_evaluation(told)]
    )

    parameters |= {"categorical_feature": [2], "num_iterations": 7}
    train = BinnedRows(columns_of(matrix), target, weights, parameters)
    booster = new_booster(parameters, train, [BinnedRows(columns_of(other), judged, None, parameters, like=train)])
    losses = []
    for _ in range(7):
        booster.grow()
        losses += booster.losses()
    assert trees(booster.text()) == trees(expected.model_to_string())
    assert losses == told["v"][metric]
    assert booster.rounds == 7
    assert trees(booster.text(2)) == trees(expected.model_to_string(num_iteration=2))
    for what, asked in {"raw": "raw_score", "leaf": "pred_leaf", "contribution": "pred_contrib"}.items():
        found = read_booster(booster.text()).predict(other, what)
        np.testing.assert_array_equal(found, expected.predict(other, **{asked: True}).reshape(ROWS, -1))


def test_trees_go_on_from_those_of_an_earlier_model():
    matrix, target = rows()
    target = np.digitize(target, [0.0, 1.0]).astype(float)
    parameters = {**QUIET, "objective": "multiclass", "num_class": 3, "metric": "None"}
    earlier = lightgbm.train(parameters, lightgbm.Dataset(matrix, target), 3)
    expected = lightgbm.train(parameters, lightgbm.Dataset(matrix, target), 4, init_model=earlier)

    before = read_booster(earlier.model_to_string())
    train = BinnedRows(columns_of(matrix), target, None, parameters, raw=before.predict(matrix))
    booster = new_booster(parameters, train, [], before)
    for _ in range(4):
        booster.grow()
    assert booster.rounds == 7
    assert booster.text().count("Tree=") == expected.num_trees() == 21
    np.testing.assert_array_equal(booster.predict(matrix), expected.predict(matrix, raw_score=True))


def test_trees_grow_by_given_derivatives():
    matrix, target = rows()
    parameters = {**QUIET, "objective": "regression", "metric": "None", "boost_from_average": False}

    def slopes(raw, _):
        return raw - target, np.ones(ROWS)

    expected = lightgbm.train({**parameters, "objective": slopes}, lightgbm.Dataset(matrix, target), 5)
    train = BinnedRows(columns_of(matrix), target, None, parameters)
    judging = BinnedRows(columns_of(matrix)[:50], target[:50], None, parameters, like=train)
    booster = new_booster(parameters, train, [judging])
    booster.forget_objective()
    for _ in range(5):
        booster.grow_by(booster.raw(0) - target[:, None], np.ones((ROWS, 1)))
    np.testing.assert_array_equal(booster.predict(matrix)[:, 0], expected.predict(matrix))
    np.testing.assert_allclose(booster.raw(0), booster.predict(matrix), rtol=1e-12)
    np.testing.assert_array_equal(booster.raw(1), booster.raw(0)[:50])


def test_columns_of_one_value_cannot_be_split():
    target = np.arange(40.0)
    alike, two = pa.table({"x": np.ones(40)}), pa.table({"x": np.ones(40), "y": target % 2})
    assert not BinnedRows(alike, target, None, QUIET).can_split
    assert BinnedRows(two, target, None, QUIET).can_split


def test_what_lightgbm_refuses_is_told_in_its_words():
    with pytest.raises(InternalError, match="number of classes"):
        read_booster("no trees")
    with pytest.raises(InternalError, match="type string"):
        BinnedRows(pa.table({"x": pa.array(["a"])}), np.zeros(1), None, QUIET)


def test_training_and_explaining_do_not_wait_for_the_packages_that_lightgbm_imports():
    script = """
import sys, pyarrow as pa, pyarrow.csv, io
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.training import train
rows = "x,word,label\\n" + "".join(f"{i * 7 % 11},{'ab'[i % 2]},{i % 3 > 0:d}\\n" for i in range(600))
table = pyarrow.csv.read_csv(io.BytesIO(rows.encode()))
options = {"model_type": GivenOption("boosted_tree_classifier"), "input_label_cols": GivenOption(["label"])}
model = train(table, options, seed=1, threads=2, progress=lambda *told: None)
load_model(model.files, None).explain(table)
print(sorted({"lightgbm", "matplotlib", "scipy", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
