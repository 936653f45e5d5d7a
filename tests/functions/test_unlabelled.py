"""Clusters and principal components by way of the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.core.options import GivenOption
from penstock.learn.artifact import load_model
from penstock.learn.training import train

if TYPE_CHECKING:
    from conftest import World


def made(world: World, name: str, sql: str, **options: object) -> None:
    given = {key: GivenOption(value) for key, value in options.items()}
    trained = train(world.connection.table(sql), given, seed=1, threads=2, progress=lambda *_: None)
    world.models[name] = load_model(trained.files, None)


@pytest.fixture
def shops(world: World) -> World:
    """Two groups of shops, far apart, and their models `groups` and `shape`."""
    world.connection.execute(
        "CREATE TABLE shops AS SELECT range AS id, (range % 2) * 50 + range % 5 AS 매출, "
        "(range % 2) * 9.0 + range % 3 AS visits, ['시장', '역'][range % 2 + 1] AS 자리 FROM range(200)"
    )
    features = "SELECT * EXCLUDE (id) FROM shops"
    made(world, "groups", features, model_type="kmeans", num_clusters=2)
    made(world, "shape", features, model_type="pca", num_principal_components=2)
    return world


def test_predict_names_the_nearest_centroid_and_lists_the_nearest_first(shops: World) -> None:
    found = shops.sql("SELECT * FROM ML.PREDICT(MODEL groups, TABLE shops) ORDER BY id")
    assert found.schema.names == ["CENTROID_ID", "NEAREST_CENTROIDS_DISTANCE", "id", "매출", "visits", "자리"]
    assert found.schema.field(0).type == pa.int64()
    rows = found.to_pylist()
    assert len({row["CENTROID_ID"] for row in rows[::2]}) == 1
    assert {row["CENTROID_ID"] for row in rows} == {1, 2}
    for row in rows:
        near, far = row["NEAREST_CENTROIDS_DISTANCE"]
        assert near["CENTROID_ID"] == row["CENTROID_ID"]
        assert near["DISTANCE"] < far["DISTANCE"]


def test_no_more_than_five_centroids_are_listed(shops: World) -> None:
    made(shops, "many", "SELECT 매출, visits FROM shops", model_type="kmeans", num_clusters=9)
    rows = shops.rows("SELECT len(NEAREST_CENTROIDS_DISTANCE) AS n FROM ML.PREDICT(MODEL many, TABLE shops)")
    assert {row["n"] for row in rows} == {5}


def test_components_stand_for_the_columns_they_were_made_of(shops: World) -> None:
    found = shops.sql("SELECT * FROM ML.PREDICT(MODEL shape, TABLE shops)")
    assert found.schema.names == ["principal_component_1", "principal_component_2", "id"]
    kept = shops.sql("SELECT * FROM ML.PREDICT(MODEL shape, TABLE shops, STRUCT(TRUE AS keep_original_columns))")
    assert kept.schema.names[2:] == ["id", "매출", "visits", "자리"]


def test_evaluate_measures_the_training_rows_and_given_ones_alike(shops: World) -> None:
    for model, names in (
        ("groups", ["davies_bouldin_index", "mean_squared_distance"]),
        ("shape", ["total_explained_variance_ratio"]),
    ):
        trained = shops.sql(f"SELECT * FROM ML.EVALUATE(MODEL {model})")
        given = shops.sql(f"SELECT * FROM ML.EVALUATE(MODEL {model}, TABLE shops)")
        assert trained.schema.names == given.schema.names == names
        for name in names:
            assert given[name][0].as_py() == pytest.approx(trained[name][0].as_py())
        assert shops.rows(f"SELECT * FROM ML.EVALUATE(MODEL {model}, (FROM shops WHERE FALSE))") == [
            dict.fromkeys(names)
        ]


def test_anomalies_are_as_many_of_the_training_rows_as_asked_for(shops: World) -> None:
    for model, columns in (
        ("groups", ["is_anomaly", "normalized_distance", "centroid_id"]),
        ("shape", ["is_anomaly", "mean_squared_error"]),
    ):
        text = f"ML.DETECT_ANOMALIES(MODEL {model}, STRUCT(0.25 AS contamination), TABLE shops)"
        found = shops.sql(f"SELECT * FROM {text}")
        assert found.schema.names == [*columns, "id", "매출", "visits", "자리"]
        assert 0 < np.count_nonzero(found["is_anomaly"].to_numpy()) <= 50
    strange = "(SELECT 9000 AS 매출, -50.0 AS visits, '달' AS 자리)"
    for model in ("groups", "shape"):
        rows = shops.rows(
            f"SELECT is_anomaly FROM ML.DETECT_ANOMALIES(MODEL {model}, STRUCT(0 AS contamination), {strange})"
        )
        assert rows == [{"is_anomaly": True}]


def test_training_info_of_clusters_tells_their_sizes(shops: World) -> None:
    found = shops.sql("SELECT * FROM ML.TRAINING_INFO(MODEL groups) ORDER BY iteration")
    assert found.schema.names == [
        "training_run",
        "iteration",
        "loss",
        "learning_rate",
        "duration_ms",
        "cluster_info",
    ]
    assert sum(cluster["cluster_size"] for cluster in found["cluster_info"][-1].as_py()) == 200


def test_centroids_and_components_name_every_feature(shops: World) -> None:
    centroids = shops.rows("SELECT * FROM ML.CENTROIDS(MODEL groups) ORDER BY centroid_id, feature")
    assert [row["feature"] for row in centroids] == ["visits", "매출", "자리"] * 2
    sales = {row["numerical_value"] for row in centroids if row["feature"] == "매출"}
    assert {round(value) for value in sales} == {2, 52}
    components = shops.rows("SELECT * FROM ML.PRINCIPAL_COMPONENTS(MODEL shape) WHERE principal_component_id = 0")
    assert {row["feature"] for row in components} == {"매출", "visits", "자리"}
    info = shops.rows("SELECT * FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL shape)")
    assert [row["principal_component_id"] for row in info] == [0, 1]


@pytest.mark.parametrize(
    ("sql", "error", "words"),
    [
        ("ML.WEIGHTS(MODEL groups)", InvalidOption, "kmeans"),
        ("ML.CENTROIDS(MODEL shape)", InvalidOption, "works on k-means; shape is a pca model"),
        (
            "ML.EXPLAIN_PREDICT(MODEL groups, TABLE shops)",
            InvalidOption,
            r"PREDICT does not work on groups, a kmeans model\.",
        ),
        ("ML.PREDICT(MODEL groups, TABLE shops, STRUCT(0.5 AS threshold))", InvalidOption, "threshold"),
        ("ML.PREDICT(MODEL groups, (SELECT 1 AS 매출))", UnknownName, "visits"),
        ("ML.PREDICT(MODEL groups, (SELECT *, 1 AS centroid_id FROM shops))", BadData, "centroid_id"),
        ("ML.DETECT_ANOMALIES(MODEL groups, STRUCT(0.7 AS contamination), TABLE shops)", InvalidOption, "0 and 0.5"),
        ("ML.DETECT_ANOMALIES(MODEL tips, STRUCT(0.1 AS contamination), TABLE trips)", InvalidOption, "k-means"),
    ],
)
def test_what_does_not_fit_is_said(shops: World, sql: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        shops.sql(f"SELECT * FROM {sql}")
