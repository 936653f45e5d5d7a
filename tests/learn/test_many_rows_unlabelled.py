"""Clusters and components over more rows than are looked at in one go, and what the fit itself says of its rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.learn.anomaly import strangeness, training_strangeness
from penstock.learn.artifact import load_model
from penstock.learn.linear_design import Design
from penstock.learn.lloyd import Geometry, Rows, assigned, distances, moved
from penstock.learn.unlabelled_metrics import unlabelled_metrics

ROWS = 70_001


def design(rows=ROWS, seed=0):
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, rows)
    return Design(random.normal(size=(rows, 3)), (codes, random.integers(0, 3, rows)), (3, 2))


@pytest.mark.parametrize("cosine", [False, True])
@pytest.mark.parametrize("clusters", [3, 40])
def test_every_row_goes_to_its_nearest_centroid_and_every_centroid_to_the_middle_of_its_rows(cosine, clusters):
    found, geometry = design(), Geometry(cosine)
    dense = found.dense_rows(np.arange(ROWS))
    centroids = dense[:clusters] + 0.01
    rows = Rows.of(found, geometry)
    one, two = (assigned(rows, centroids, geometry, threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.groups, two.groups)
    np.testing.assert_array_equal(one.totals, two.totals)
    lengths = np.linalg.norm(dense, axis=1)
    squares = np.empty((ROWS, clusters))
    for number, centroid in enumerate(centroids):
        if cosine:
            squares[:, number] = 1 - dense @ centroid / (lengths * np.linalg.norm(centroid))
        else:
            squares[:, number] = ((dense - centroid) ** 2).sum(axis=1)
    np.testing.assert_array_equal(one.groups, squares.argmin(axis=1))
    np.testing.assert_allclose(one.squares, squares.min(axis=1), atol=1e-12)
    np.testing.assert_allclose(distances(found, centroids, geometry) ** 2, np.maximum(squares, 0), atol=1e-12)
    counted = dense / lengths[:, None] if cosine else dense
    middles = np.array([counted[one.groups == number].mean(axis=0) for number in range(clusters)])
    np.testing.assert_allclose(moved(rows, one), middles, atol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"model_type": "kmeans", "num_clusters": 4},
        {"model_type": "kmeans", "num_clusters": 4, "distance_type": "COSINE"},
        {"model_type": "pca", "num_principal_components": 2},
    ],
)
def test_what_the_fit_says_of_its_rows_is_what_the_model_says_of_them(trained, options):
    random = np.random.default_rng(1)
    rows = 9_000
    table = pa.table(
        {
            "x": pa.array(random.normal(size=rows), mask=random.random(rows) < 0.1),
            "y": random.normal(size=rows) * 7,
            "색": random.choice(["빨강", "파랑", "초록"], rows),
        }
    )
    made = trained(table, label=None, **options)
    model = load_model(made.files, None)
    scores = model.score(table)
    expected = np.sort(strangeness(model.manifest, table, scores).values)
    np.testing.assert_allclose(training_strangeness(model), expected, rtol=1e-7, atol=1e-9)
    metrics = unlabelled_metrics(model.manifest)
    metrics.add(table, scores)
    assert dict(metrics.result()) == pytest.approx(made.manifest.metrics, rel=1e-9)
