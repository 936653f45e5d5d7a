"""Principal components against scikit-learn and against BigQuery ML's published numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.learn.anomaly import strangeness
from penstock.learn.artifact import load_model


def load(model):
    return load_model(model.files, None)


def mixed(rows=500, seed=2):
    random = np.random.default_rng(seed)
    return random.normal(size=(rows, 2)) @ random.normal(size=(2, 6)) + 0.3 * random.normal(size=(rows, 6)) + 20.0


def as_table(matrix):
    return pa.table({f"x{place}": matrix[:, place] for place in range(matrix.shape[1])})


def test_the_published_components_of_the_penguins_come_out_to_every_digit(trained, penguins):
    table = penguins.drop_columns([name for name in penguins.column_names if name in ("tag_number",)])
    model = trained(table, label=None, model_type="pca", num_principal_components=3)
    info = model.manifest.details["principal_component_info"]
    assert [round(row["eigenvalue"], 6) for row in info] == [3.278657, 1.270829, 1.125354]
    assert [round(row["explained_variance_ratio"], 6) for row in info] == [0.469357, 0.181926, 0.1611]
    assert round(model.manifest.metrics["total_explained_variance_ratio"], 6) == 0.812383


@pytest.mark.parametrize("scaled", [True, False])
def test_components_are_those_of_scikit_learn(trained, scaled):
    from sklearn.decomposition import PCA

    rows = mixed() * [1, 2, 3, 4, 5, 6]
    model = trained(as_table(rows), label=None, model_type="pca", num_principal_components=4, scale_features=scaled)
    read = rows / rows.std(axis=0, ddof=1) if scaled else rows
    oracle = PCA(4).fit(read)
    info = model.manifest.details["principal_component_info"]
    np.testing.assert_allclose([row["eigenvalue"] for row in info], oracle.explained_variance_)
    np.testing.assert_allclose([row["explained_variance_ratio"] for row in info], oracle.explained_variance_ratio_)
    scores = load(model).score(as_table(rows))
    np.testing.assert_allclose(np.abs(scores), np.abs(oracle.transform(read)), rtol=1e-6, atol=1e-8)
    lost = np.sum((oracle.inverse_transform(oracle.transform(read)) - read) ** 2, axis=1) / 6
    found = strangeness(model.manifest, as_table(rows), scores).values
    np.testing.assert_allclose(found, lost, rtol=1e-6, atol=1e-9)


def test_a_share_of_the_variance_decides_how_many(trained):
    model = trained(as_table(mixed()), label=None, model_type="pca", pca_explained_variance_ratio=0.9)
    info = model.manifest.details["principal_component_info"]
    assert info[-1]["cumulative_explained_variance_ratio"] >= 0.9
    assert len(info) == 1 or info[-2]["cumulative_explained_variance_ratio"] < 0.9


def test_the_randomised_solver_finds_the_same_components(trained):
    full, partial = (
        trained(as_table(mixed()), label=None, model_type="pca", num_principal_components=2, pca_solver=solver)
        for solver in ("FULL", "RANDOMIZED")
    )
    rows = as_table(mixed(seed=9))
    np.testing.assert_allclose(load(partial).score(rows), load(full).score(rows), rtol=1e-6, atol=1e-8)


def test_metrics_of_the_training_rows_are_the_share_of_the_variance(trained):
    table = as_table(mixed()).append_column("word", pa.array(["a", "b", None, "a", "a"] * 100))
    model = trained(table, label=None, model_type="pca", num_principal_components=2)
    ratio = model.manifest.details["principal_component_info"][-1]["cumulative_explained_variance_ratio"]
    assert model.manifest.metrics["total_explained_variance_ratio"] == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs either"),
        ({"num_principal_components": 1, "pca_explained_variance_ratio": 0.5}, "needs either .*; both were given"),
        ({"num_principal_components": 7}, "make 6 columns"),
        ({"pca_explained_variance_ratio": 1.0}, "strictly between 0 and 1"),
        ({"num_principal_components": 1, "warm_start": True}, "no option 'warm_start'"),
    ],
)
def test_options_that_cannot_be_are_refused(trained, options, words):
    with pytest.raises(InvalidOption, match=words):
        trained(as_table(mixed()), label=None, model_type="pca", **options)


def test_rows_without_any_difference_have_no_component(trained):
    with pytest.raises(UntrainableModel, match="Every row is the same"):
        trained(pa.table({"x": [3.0] * 9}), label=None, model_type="pca", num_principal_components=1)
