"""The training of neural networks, step by step against plain NumPy, and side by side with itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
import torch

from penstock.core.errors import UntrainableModel
from penstock.learn.artifact import load_model
from penstock.learn.feature_column import features_of
from penstock.learn.linear_input import linear_input
from penstock.learn.neural_fit import random_layers

OPTIONS = {"hidden_units": [3], "activation_fn": "TANH", "optimizer": "SGD", "batch_size": 8192}
OPTIONS |= {"learn_rate": 0.1, "max_iterations": 1, "early_stop": False, "data_split_method": "NO_SPLIT"}


def rows(count=120, seed=5):
    random = np.random.default_rng(seed)
    x, word = random.normal(size=count), random.integers(0, 3, count)
    return pa.table(
        {
            "x": x,
            "word": np.array(["a", "b", "다"])[word],
            "amount": 3 * x + word + 100,
            "label": np.where(x + word > 1, "yes", "no"),
        }
    )


def design(table):
    x = table["x"].to_numpy()
    hot = [[word == wanted for wanted in ("a", "b", "다")] for word in table["word"].to_pylist()]
    return np.column_stack([(x - x.mean()) / x.std(ddof=1), hot])


def begun(table):
    read = linear_input(table, features_of(table))
    return [layer.weights for layer in random_layers(read, [3, 1], ["TANH", "LINEAR"], 1)]


def descended(matrix, first, second, slope, *, bias, wide=None):
    """Return what two hundred steps down the whole slope make of a network, as what it gives for `matrix`."""
    first, second, inner, outer = first.copy(), second.copy(), np.zeros(3), np.array([bias])
    for _ in range(200):
        hidden = np.tanh(matrix @ first + inner)
        given = hidden @ second + outer + (0.0 if wide is None else matrix @ wide)
        error = slope(given[:, 0])[:, None] / len(matrix)
        back = (error @ second.T) * (1 - hidden**2)
        second, outer = second - 0.1 * (hidden.T @ error), outer - 0.1 * error.sum(axis=0)
        first, inner = first - 0.1 * (matrix.T @ back), inner - 0.1 * back.sum(axis=0)
        if wide is not None:
            wide = wide - 0.1 * (matrix.T @ error)
    given = np.tanh(matrix @ first + inner) @ second + outer + (0.0 if wide is None else matrix @ wide)
    return given[:, 0]


@pytest.mark.parametrize("wide", [False, True])
def test_a_regression_goes_down_the_slope_of_the_squared_error(trained, wide):
    table = rows().select(["x", "word", "amount"])
    model_type = "dnn_linear_combined_regressor" if wide else "dnn_regressor"
    model = trained(table, label="amount", model_type=model_type, **OPTIONS)
    amount, matrix = table["amount"].to_numpy(), design(table)
    wanted = (amount - amount.mean()) / amount.std()
    first, second = begun(table.select(["x", "word"]))
    start = np.zeros((4, 1)) if wide else None
    expected = descended(matrix, first, second, lambda given: 2 * (given - wanted), bias=0.0, wide=start)
    found = load_model(model.files, None).score(table)
    np.testing.assert_allclose(found, expected * amount.std() + amount.mean(), atol=1e-3)


@pytest.mark.parametrize("weights", [(1.0, 1.0), (4.0, 0.5)])
def test_a_classifier_goes_down_the_slope_of_the_weighted_log_loss(trained, weights):
    table = rows().select(["x", "word", "label"])
    pairs = [["no", weights[0]], ["yes", weights[1]]]
    model = trained(table, model_type="dnn_classifier", **OPTIONS, class_weights=pairs)
    wanted = np.array([float(label == "yes") for label in table["label"].to_pylist()])
    of_rows = np.where(wanted, weights[1], weights[0])
    guess = np.log(of_rows[wanted == 1].sum() / of_rows[wanted == 0].sum())
    relative = of_rows / of_rows.mean()
    first, second = begun(table.select(["x", "word"]))
    expected = descended(
        design(table), first, second, lambda given: relative * (1 / (1 + np.exp(-given)) - wanted), bias=guess
    )
    found = load_model(model.files, None).score(table)[:, 1]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-expected)), atol=1e-4)


def test_trainings_side_by_side_do_not_disturb_each_other(trained):
    table = rows().select(["x", "word", "label"])

    def bytes_of(seed):
        return trained(table, seed=seed, model_type="dnn_classifier", dropout=0.4, max_iterations=2).files[
            "network.npz"
        ]

    alone = [bytes_of(seed) for seed in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(bytes_of, (1, 2))) == alone


def test_a_training_that_fails_gives_the_threads_back(trained):
    threads = torch.get_num_threads()
    with pytest.raises(UntrainableModel):
        trained(
            rows().select(["x", "amount"]), label="amount", model_type="dnn_regressor", **{**OPTIONS, "learn_rate": 1e9}
        )
    assert torch.get_num_threads() == threads
