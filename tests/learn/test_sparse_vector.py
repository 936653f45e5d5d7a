"""Sparse vectors as features: written out alike wherever they are read, and learned from as dense columns are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, UntrainableModel
from penstock.core.options import GivenOption
from penstock.learn import sparse_vector
from penstock.learn.artifact import LoadedModel, load_model
from penstock.learn.feature_column import feature_type, features_of
from penstock.learn.matrix import vectors
from penstock.learn.schema import FeatureType
from penstock.learn.training import train

KIND = pa.list_(pa.struct([("index", pa.int64()), ("value", pa.float64())]))


def sparse(rows: list[list[tuple[int, float | None]] | None], kind: pa.DataType = KIND) -> pa.Array:
    first, second = (field.name for field in kind.value_type)
    return pa.array([row and [{first: i, second: v} for i, v in row] for row in rows], kind)


def trained(table: pa.Table, **options: object) -> LoadedModel:
    given = {name: GivenOption(value) for name, value in options.items()}
    return load_model(train(table, given, seed=1, threads=1, progress=lambda *_: None).files, None)


def written_out(rows: int = 300, width: int = 6) -> tuple[np.ndarray, pa.Array]:
    random = np.random.default_rng(2)
    dense = np.where(random.random((rows, width)) < 0.4, random.normal(size=(rows, width)).round(3), 0.0)
    return dense, sparse([[(int(i), float(row[i])) for i in np.flatnonzero(row)] for row in dense])


def test_pairs_of_a_whole_number_and_a_number_are_a_sparse_vector() -> None:
    other = pa.list_(pa.struct([("term", pa.int32()), ("w", pa.decimal128(9, 2))]))
    assert feature_type(KIND) is feature_type(other) is FeatureType.SPARSE_VECTOR
    assert feature_type(pa.list_(pa.struct([("a", pa.string()), ("b", pa.float64())]))) is None
    assert feature_type(pa.list_(pa.struct([("a", pa.int64())]))) is None


def test_what_is_not_named_is_zero_and_what_is_named_twice_is_added_up() -> None:
    column = sparse([[(0, 1.5), (3, 2.0), (3, 0.5)], [], None, [(1, None)]])
    (feature,) = features_of(pa.table({"v": column}))
    assert feature.dimension == 4
    found = vectors(column, feature)
    np.testing.assert_array_equal(found[:2], [[1.5, 0, 0, 2.5], [0, 0, 0, 0]])
    assert np.isnan(found[2]).all()
    assert np.isnan(found[3, 1])
    # An index that training did not have is left out.
    np.testing.assert_array_equal(vectors(sparse([[(9, 1.0), (2, 7.0)]]), feature), [[0, 0, 7, 0]])


def test_a_negative_index_is_told() -> None:
    with pytest.raises(UntrainableModel, match="'v' have an index that is NULL or negative"):
        features_of(pa.table({"v": sparse([[(-1, 1.0)]])}))
    (feature,) = features_of(pa.table({"v": sparse([[(1, 1.0)]])}))
    with pytest.raises(BadData, match="NULL or negative"):
        vectors(sparse([[(-1, 1.0)]]), feature)


def test_vectors_that_do_not_fit_into_memory_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparse_vector, "MOST_CELLS", 10)
    with pytest.raises(UntrainableModel, match="6 places in 2 rows"):
        features_of(pa.table({"v": sparse([[(5, 1.0)], []])}))


@pytest.mark.parametrize("model_type", ["linear_reg", "logistic_reg", "boosted_tree_regressor", "kmeans", "pca"])
def test_a_model_is_the_same_of_sparse_and_of_dense_vectors(model_type: str) -> None:
    dense, column = written_out()
    more = {
        "linear_reg": {"input_label_cols": ["y"]},
        "logistic_reg": {"input_label_cols": ["y"]},
        "boosted_tree_regressor": {"input_label_cols": ["y"], "max_iterations": 5},
        "kmeans": {"num_clusters": 3, "kmeans_init_method": "CUSTOM", "kmeans_init_col": "first"},
        "pca": {"num_principal_components": 2},
    }[model_type]
    label = dense @ np.arange(6.0) + 1.0
    columns = {} if "input_label_cols" not in more else {"y": label > 1 if model_type == "logistic_reg" else label}
    if model_type == "kmeans":
        columns = {"first": np.arange(len(dense)) < 3}
    written = pa.array(dense.tolist(), pa.list_(pa.float64()))
    of_sparse = trained(pa.table({"v": column, **columns}), model_type=model_type, **more)
    of_dense = trained(pa.table({"v": written, **columns}), model_type=model_type, **more)
    np.testing.assert_allclose(
        of_sparse.score(pa.table({"v": column})), of_dense.score(pa.table({"v": written})), rtol=1e-9, atol=1e-12
    )
    # The whole graph takes them written out, and a single row comes as pairs.
    rows = pa.table({"v": column}).slice(0, 20)
    np.testing.assert_allclose(of_sparse.score_through_graph(rows), of_sparse.score(rows), rtol=1e-9, atol=1e-12)
    one = rows.to_pylist()[3]
    np.testing.assert_allclose(of_sparse.score_row(one), np.ravel(of_sparse.score(rows.slice(3, 1))), rtol=1e-9)
    as_pairs = {"v": [(pair["index"], pair["value"]) for pair in one["v"]]}
    assert of_sparse.score_row(as_pairs) == pytest.approx(of_sparse.score_row({"v": dense[3].tolist()}))
    with pytest.raises(BadData, match="a list of pairs of an index and a value"):
        of_sparse.score_row({"v": [{"index": "a", "value": 1.0}]})


def test_the_dimension_is_told() -> None:
    dense, column = written_out()
    model = trained(pa.table({"v": column, "y": dense.sum(axis=1)}), model_type="linear_reg", input_label_cols=["y"])
    assert model.manifest.feature_info[0]["dimension"] == 6
    assert model.manifest.features[0].dimension == 6
