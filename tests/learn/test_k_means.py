"""K-means against scikit-learn and against plain NumPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import InvalidOption, UnknownName, UntrainableModel
from penstock.learn.anomaly import strangeness
from penstock.learn.artifact import load_model


def load(model):
    return load_model(model.files, None)


def blobs(rows=900, seed=3):
    random = np.random.default_rng(seed)
    middle = np.array([[0.0, 0.0, 9.0], [6.0, 1.0, 0.0], [-3.0, 7.0, 2.0]])
    return middle[np.arange(rows) % 3] + random.normal(size=(rows, 3))


def as_table(matrix, **more):
    return pa.table({**{f"x{place}": matrix[:, place] for place in range(matrix.shape[1])}, **more})


def marked(rows, places):
    flags = np.zeros(rows, bool)
    flags[places] = True
    return flags


@pytest.mark.parametrize("standardised", [True, False])
def test_clusters_are_those_of_scikit_learn_from_the_same_start(trained, standardised):
    from sklearn.cluster import KMeans

    rows = blobs() * [1.0, 10.0, 0.1] + [100.0, 0.0, 5000.0]
    start = [0, 3, 8]
    model = trained(
        as_table(rows, first=marked(len(rows), start)),
        label=None,
        model_type="kmeans",
        num_clusters=3,
        kmeans_init_method="CUSTOM",
        kmeans_init_col="first",
        standardize_features=standardised,
        early_stop=False,
    )
    read = (rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1) if standardised else rows
    oracle = KMeans(3, init=read[start], n_init=1, max_iter=50, tol=0).fit(read)
    np.testing.assert_allclose(load(model).score(as_table(rows)), oracle.transform(read), rtol=1e-6, atol=1e-6)
    assert model.manifest.metrics["mean_squared_distance"] == pytest.approx(oracle.inertia_ / len(rows))
    # By hand, for scikit-learn's own index takes the mean distance, and BigQuery's the root of the mean square.
    centers = oracle.cluster_centers_
    spread = [np.sqrt(((read[oracle.labels_ == k] - centers[k]) ** 2).sum(axis=1).mean()) for k in range(3)]
    likeness = [
        max((spread[k] + spread[j]) / np.linalg.norm(centers[k] - centers[j]) for j in range(3) if j != k)
        for k in range(3)
    ]
    assert model.manifest.metrics["davies_bouldin_index"] == pytest.approx(np.mean(likeness))


def test_strangeness_is_the_distance_over_the_root_mean_squared_distance_of_the_members(trained):
    rows = blobs()
    model = trained(as_table(rows), label=None, model_type="kmeans", num_clusters=3)
    distances = load(model).score(as_table(rows))
    nearest = distances.argmin(axis=1)
    radii = [np.sqrt(np.mean(distances[nearest == place, place] ** 2)) for place in range(3)]
    others = as_table(blobs(30, seed=8))
    scores = load(model).score(others)
    found = strangeness(model.manifest, others, scores)
    np.testing.assert_allclose(found.values, (scores / radii).min(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(found.centroids, (scores / radii).argmin(axis=1) + 1)


def test_the_cosine_distance_is_the_root_of_one_minus_the_cosine(trained):
    rows = blobs()
    model = trained(
        as_table(rows, word=["a", "b", None] * 300),
        label=None,
        model_type="kmeans",
        num_clusters=4,
        distance_type="COSINE",
        kmeans_init_method="KMEANS++",
    )
    centroids = np.array(model.manifest.details["clusters"]["centroids"])
    words = np.column_stack([np.resize(flags, len(rows)) for flags in ([1, 0, 0], [0, 1, 0], [0, 0, 1])])
    read = np.column_stack([(rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1), words])
    cosine = read @ centroids.T / np.linalg.norm(read, axis=1)[:, None] / np.linalg.norm(centroids, axis=1)
    found = load(model).score(as_table(rows, word=["a", "b", None] * 300))
    np.testing.assert_allclose(found, np.sqrt(1 - cosine), atol=1e-7)


@pytest.mark.parametrize("standardised", [True, False])
def test_centroids_of_cosine_clusters_are_the_means_and_shares_of_their_rows(trained, standardised):
    rows = blobs() * [1.0, 10.0, 0.1] + [100.0, 0.0, 5000.0]
    words = np.resize(["a", "b", "b", "c", "a"], len(rows))
    table = as_table(rows, word=words)
    options = {"num_clusters": 3, "distance_type": "COSINE", "standardize_features": standardised}
    model = trained(table, label=None, model_type="kmeans", kmeans_init_method="KMEANS++", **options)
    nearest = load(model).score(table).argmin(axis=1) + 1
    sizes = {info["centroid_id"]: info["cluster_size"] for info in model.manifest.details["cluster_info"][-1]}
    assert sizes == dict(zip(*(found.tolist() for found in np.unique(nearest, return_counts=True)), strict=True))
    for row in model.manifest.details["centroids"]:
        members = nearest == row["centroid_id"]
        if row["feature"] == "word":
            shares = {pair["category"]: pair["value"] for pair in row["categorical_value"]}
            names, counts = np.unique(words[members], return_counts=True)
            assert shares == pytest.approx(dict(zip(names.tolist(), counts / members.sum(), strict=True)))
        else:
            place = int(row["feature"].removeprefix("x"))
            assert row["numerical_value"] == pytest.approx(rows[members, place].mean())
    if standardised:
        read = (rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1)
        for row in model.manifest.details["standardized_centroids"]:
            if row["feature"] == "x1":
                assert row["numerical_value"] == pytest.approx(read[nearest == row["centroid_id"], 1].mean())


def test_a_word_never_seen_is_far_from_every_cluster_and_a_null_number_is_the_mean(trained):
    words = ["a", "b"] * 50
    model = load(trained(pa.table({"x": [0.0, 4.0] * 50, "w": words}), label=None, model_type="kmeans", num_clusters=2))
    unseen, known = model.score(pa.table({"x": [0.0, 0.0], "w": ["new", "a"]}))
    assert unseen.min() > known.min()
    null, mean = model.score(pa.table({"x": [None, 2.0], "w": ["a", "a"]}))
    np.testing.assert_allclose(null, mean)


def test_centroids_show_categories_as_shares_and_numbers_in_their_own_units(trained):
    table = pa.table({"x": [0.0, 0.0, 10.0, 10.0] * 30, "w": ["a", "b", "c", "c"] * 30})
    model = trained(table, label=None, model_type="kmeans", num_clusters=2)
    rows = sorted(model.manifest.details["centroids"], key=lambda row: (row["feature"], row["numerical_value"] or 0))
    assert [row["numerical_value"] for row in rows if row["feature"] == "x"] == pytest.approx([0.0, 10.0])
    shares = sorted(
        [(pair["category"], round(pair["value"], 9)) for pair in row["categorical_value"]]
        for row in rows
        if row["feature"] == "w"
    )
    assert shares == [[("a", 0.5), ("b", 0.5)], [("c", 1.0)]]


def test_more_rounds_never_raise_the_loss_and_the_same_seed_makes_the_same_bytes(trained):
    options = {"model_type": "kmeans", "num_clusters": 7, "early_stop": False, "max_iterations": 15}
    first, again = (trained(as_table(blobs()), label=None, seed=5, **options) for _ in range(2))
    losses = [row.loss for row in first.manifest.iterations]
    assert losses == sorted(losses, reverse=True)
    assert first.files["model.onnx"] == again.files["model.onnx"]


@pytest.mark.parametrize("method", ["RANDOM", "KMEANS++"])
def test_the_order_of_the_rows_does_not_matter(trained, method):
    rows = blobs()
    shuffled = rows[np.random.default_rng(4).permutation(len(rows))]
    options = {"model_type": "kmeans", "num_clusters": 6, "kmeans_init_method": method}
    first, second = (load(trained(as_table(matrix), label=None, **options)) for matrix in (rows, shuffled))
    np.testing.assert_allclose(first.score(as_table(rows)), second.score(as_table(rows)), atol=1e-9)


def test_a_warm_start_goes_on_from_the_centroids_there_are(trained):
    options = {"model_type": "kmeans", "num_clusters": 3, "max_iterations": 1, "early_stop": False}
    first = trained(as_table(blobs()), label=None, **options)
    second = trained(as_table(blobs()), label=None, earlier=load(first), warm_start=True, **options)
    assert [(row.training_run, row.iteration) for row in second.manifest.iterations] == [(0, 0), (1, 0)]
    assert len(second.manifest.details["cluster_info"]) == 2
    assert second.manifest.iterations[1].loss <= second.manifest.iterations[0].loss


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"num_clusters": 7}, "num_clusters = 3, not 7"),
        ({"distance_type": "COSINE"}, "distance_type = 'EUCLIDEAN', not 'COSINE'"),
        ({"standardize_features": False}, "standardize_features = TRUE, not FALSE"),
    ],
)
def test_a_warm_start_refuses_other_clusters_than_there_are(trained, other, words):
    options = {"label": None, "model_type": "kmeans"}
    first = load(trained(as_table(blobs()), **options, num_clusters=3))
    with pytest.raises(InvalidOption, match=words):
        trained(as_table(blobs()), **options, **other, earlier=first, warm_start=True)
    left_out = trained(as_table(blobs()), **options, earlier=first, warm_start=True)
    assert len(left_out.manifest.details["clusters"]["radii"]) == 3


@pytest.mark.parametrize("method", ["RANDOM", "KMEANS++"])
def test_rows_that_are_all_alike_make_clusters_without_a_radius(trained, method):
    table = pa.table({"x": [1.0] * 20})
    model = load(trained(table, label=None, model_type="kmeans", num_clusters=3, kmeans_init_method=method))
    other = pa.table({"x": [1.0, 2.0]})
    values = strangeness(model.manifest, other, model.score(other)).values
    assert values.tolist() == [0.0, np.inf]


def test_a_number_of_clusters_by_default_grows_with_the_rows(trained):
    clusters = [
        len(trained(as_table(blobs(rows)), label=None, model_type="kmeans").manifest.details["clusters"]["radii"])
        for rows in (9, 900, 9000)
    ]
    assert clusters == [2, 4, 5]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"num_clusters": 30}, UntrainableModel, "20 rows for 30 clusters"),
        ({"num_clusters": 1}, InvalidOption, "between 2 and 100"),
        ({"kmeans_init_method": "CUSTOM"}, InvalidOption, "column of BOOL"),
        ({"kmeans_init_method": "CUSTOM", "kmeans_init_col": "first"}, InvalidOption, "marks 1 row;"),
        ({"kmeans_init_method": "CUSTOM", "kmeans_init_col": "frist"}, UnknownName, "first"),
        ({"distance_type": "MANHATTAN"}, InvalidOption, "EUCLIDEAN"),
        ({"input_label_cols": ["x"]}, InvalidOption, "no option 'input_label_cols'"),
    ],
)
def test_what_cannot_be_clustered_is_said(trained, options, error, words):
    table = pa.table({"x": np.arange(20.0), "first": marked(20, [3])})
    with pytest.raises(error, match=words):
        trained(table, label=None, model_type="kmeans", **options)
