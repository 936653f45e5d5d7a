"""Autoencoders: what they give back, what they lose, and against plain NumPy."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption
from penstock.learn.anomaly import strangeness, training_strangeness
from penstock.learn.artifact import load_model

QUICK = {"label": None, "model_type": "autoencoder", "hidden_units": [8, 2, 8], "learn_rate": 0.02, "max_iterations": 3}


def load(model):
    return load_model(model.files, None)


def rows(count=300, seed=8):
    """Three numbers that follow from one, and a word that follows from its sign."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=count)
    return pa.table(
        {
            "x": hidden + 0.05 * random.normal(size=count),
            "y": pa.array(100 - 7 * hidden, mask=random.random(count) < 0.05),
            "z": hidden**2,
            "말": pa.array(np.where(hidden > 0, "위", "아래"), mask=random.random(count) < 0.05),
        }
    )


def design(table, like):
    columns = []
    for name in ("x", "y", "z"):
        of_training = like[name].to_numpy(zero_copy_only=False)
        of_training = of_training[np.isfinite(of_training)]
        values = table[name].to_numpy(zero_copy_only=False)
        columns.append(np.nan_to_num((values - of_training.mean()) / of_training.std(ddof=1)))
    words = table["말"].to_pylist()
    return np.column_stack([*columns, [[word == wanted for wanted in ("아래", "위", None)] for word in words]])


def test_scores_are_the_latent_columns_and_the_losses_of_plain_numpy(trained):
    table, new = rows(), rows(seed=9)
    model = trained(table, **QUICK)
    with np.load(io.BytesIO(model.files["network.npz"])) as arrays:
        weights = dict(arrays)
    wanted = design(new, table)
    values, latent = wanted, None
    for place in range(4):
        values = values @ weights[f"weights_{place}"] + weights[f"bias_{place}"]
        if place in (0, 2):
            values = np.maximum(values, 0)
        if place == 1:
            latent = values
    error = values - wanted
    logs = np.log1p(np.maximum(values, 1e-7)) - np.log1p(np.maximum(wanted, 1e-7))
    losses = [np.abs(error).sum(axis=1) / 4, (error**2).sum(axis=1) / 4, (logs**2).sum(axis=1) / 4]
    scores = load(model).score(new)
    np.testing.assert_allclose(scores[:, :2], latent, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(scores[:, 2:], np.column_stack(losses), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(load(model).score_through_graph(new), scores, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(strangeness(model.manifest, new, scores).values, losses[1])


def test_metrics_are_the_means_over_the_training_rows(trained):
    table = rows()
    model = trained(table, **QUICK, early_stop=False)
    scores = load(model).score(table)
    names = ("mean_absolute_error", "mean_squared_error", "mean_squared_log_error")
    assert model.manifest.metrics == {name: pytest.approx(scores[:, 2 + at].mean()) for at, name in enumerate(names)}
    assert model.manifest.iterations[-1].loss == pytest.approx(scores[:, 3].mean(), rel=1e-4)
    np.testing.assert_allclose(training_strangeness(load(model)), np.sort(scores[:, 3]))


def test_a_row_unlike_all_others_loses_most(trained):
    table = rows()
    model = load(trained(table, **{**QUICK, "max_iterations": 12}))
    usual = np.quantile(training_strangeness(model), 0.99)
    strange = pa.table({"x": [2.0], "y": [130.0], "z": [0.0], "말": ["아래"]})
    assert model.score(strange)[0, 3] > 4 * usual


def test_it_loses_no_more_than_as_many_principal_components(trained):
    table = rows()
    components = trained(table, label=None, model_type="pca", num_principal_components=2)
    ours = trained(table, **{**QUICK, "max_iterations": 20, "early_stop": False})
    lost = strangeness(components.manifest, table, load(components).score(table)).values.mean()
    assert ours.manifest.metrics["mean_squared_error"] < lost


def test_latent_columns_under_a_penalty_are_smaller(trained):
    table = rows()
    size = [
        np.abs(load(trained(table, **QUICK, l1_reg_activation=penalty)).score(table)[:, :2]).mean()
        for penalty in (0.0, 0.5)
    ]
    assert size[1] < 0.5 * size[0]


def test_without_hidden_units_there_are_half_as_many_latent_columns_as_features(trained):
    model = trained(rows(), label=None, model_type="autoencoder", max_iterations=1)
    assert model.manifest.details["network"]["units"] == [3, 2, 3, 6]
    assert model.manifest.details["latent_columns"] == 2
    assert load(model).score(rows()).shape == (300, 5)


def test_a_wide_table_is_scored_a_few_rows_at_a_time(trained):
    table = pa.table({"id": [f"사용자 {row}" for row in range(3000)]})
    model = trained(table, **{**QUICK, "hidden_units": [2], "max_iterations": 1, "batch_size": 500})
    assert model.manifest.details["rows_at_once"] == 4_000_000 // 3000
    assert load(model).score(table).shape == (3000, 5)


def test_a_warm_start_goes_on(trained):
    table = rows()
    first = trained(table, **QUICK, early_stop=False)
    second = trained(table, **QUICK, early_stop=False, warm_start=True, earlier=load(first))
    assert second.manifest.iterations[-1].training_run == 1
    assert second.manifest.iterations[-1].loss < first.manifest.iterations[0].loss


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hidden_units": [4, 2]}, "odd number of layers, not 2"),
        ({"activation_fn": "CRELU"}, "one of 'RELU'"),
        ({"l2_reg": 1.0}, "ADAM does not"),
        ({"l1_reg_activation": -1.0}, "of at least 0"),
        ({"input_label_cols": ["x"]}, "no option 'input_label_cols'"),
    ],
)
def test_options_that_make_no_sense_are_refused(trained, options, words):
    with pytest.raises(InvalidOption, match=words):
        trained(rows(), **{**QUICK, **options})


@pytest.mark.parametrize("count", [1, 3])
def test_a_few_rows_that_are_all_alike_come_back_as_they_are(trained, count):
    table = pa.table({"x": [3.0] * count, "word": ["a"] * count})
    model = trained(table, **{**QUICK, "max_iterations": 10})
    assert model.manifest.metrics["mean_squared_error"] < 1e-3
