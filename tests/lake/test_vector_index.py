"""The graph of near neighbours: how many of the nearest it finds, and what cannot be indexed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, StorageFailure
from penstock.lake.storage import FolderStorage
from penstock.lake.vector_index import (
    IndexCache,
    IndexRecord,
    VectorIndex,
    artifact_of,
    build_graph,
    forget_index,
    keep_index,
    read_record,
)

KIND = pa.list_(pa.float32())


def batches(vectors: list[list[float] | None], size: int = 2000) -> Iterator[pa.RecordBatch]:
    places = np.arange(len(vectors)) * 3
    for begin in range(0, len(vectors), size):
        part = pa.array(vectors[begin : begin + size], KIND)
        yield pa.RecordBatch.from_arrays([pa.array(places[begin : begin + size]), part], names=["rowid", "vector"])


def record(rows: int, dimension: int, distance: str = "EUCLIDEAN", number: str = "1") -> IndexRecord:
    return IndexRecord("near", "기사", "v", "IVF", distance, {}, 7, rows, dimension, artifact_of("기사", number))


@pytest.mark.parametrize("distance", ["EUCLIDEAN", "COSINE", "DOT_PRODUCT"])
def test_most_of_the_nearest_rows_are_found(distance: str) -> None:
    # Gaussian noise has no structure to go by: the hardest case.
    random = np.random.default_rng(4)
    vectors = random.normal(size=(6000, 64)).astype(np.float32)
    asked = vectors[:100] + random.normal(size=(100, 64)).astype(np.float32) / 3
    graph, rows, dimension = build_graph(batches(vectors.tolist()), "v", distance, 2)
    assert (rows, dimension) == (6000, 64)
    numbers, places = VectorIndex(record(rows, dimension), graph).nearest(asked, 10, None)
    product = asked @ vectors.T
    far = {
        "EUCLIDEAN": (vectors**2).sum(axis=1)[None, :] - 2 * product,
        "COSINE": -product / np.linalg.norm(vectors, axis=1)[None, :],
        "DOT_PRODUCT": -product,
    }[distance]
    nearest = np.argsort(far, axis=1)[:, :10] * 3
    found = [len({*nearest[number]} & {*places[numbers == number]}) for number in range(100)]
    assert np.mean(found) / 10 >= 0.95


def test_a_kept_index_finds_the_same_and_the_next_takes_its_place(tmp_path: Path) -> None:
    storage, cache = FolderStorage(tmp_path), IndexCache()
    vectors = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    graph, rows, dimension = build_graph(batches(vectors.tolist()), "v", "EUCLIDEAN", 1)
    keep_index(storage, record(rows, dimension), graph)
    kept = read_record(storage, "main.기사")
    assert kept == record(rows, dimension)
    loaded = cache.load(storage, kept)
    for found, expected in zip(
        loaded.nearest(vectors[:3], 5, 0.5), VectorIndex(kept, graph).nearest(vectors[:3], 5, 0.5), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    assert cache.load(storage, kept) is loaded
    # One vector asked for alone, and more rows than there are.
    assert sorted(loaded.nearest(vectors[:1], 99, None)[1]) == [3 * place for place in range(50)]
    keep_index(storage, record(rows, dimension, number="2"), graph)
    assert storage.list() == ["vector_indexes/%EA%B8%B0%EC%82%AC", "vector_indexes/%EA%B8%B0%EC%82%AC-2"]
    forget_index(storage, "기사")
    forget_index(storage, "기사")
    assert storage.list() == []
    assert read_record(storage, "기사") is None


def test_a_broken_index_says_how_to_make_it_anew(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.write(artifact_of("기사", "1"), {"index.usearch": b"nothing"})
    with pytest.raises(StorageFailure, match="REBUILD"):
        IndexCache().load(storage, record(3, 2))


def test_rows_without_a_vector_are_left_out_and_no_rows_make_an_empty_index() -> None:
    graph, rows, dimension = build_graph(batches([None, [1.0, 2.0], None]), "v", "EUCLIDEAN", 1)
    assert (rows, dimension) == (1, 2)
    assert VectorIndex(record(1, 2), graph).nearest(np.ones((2, 2), np.float32), 4, None)[1].tolist() == [3, 3]
    graph, rows, dimension = build_graph(batches([None]), "v", "EUCLIDEAN", 1)
    assert (graph, rows, dimension) == (None, 0, 0)


@pytest.mark.parametrize(
    ("vectors", "distance", "message"),
    [
        ([[1.0, 2.0], [1.0]], "EUCLIDEAN", "different lengths, 1 and 2"),
        ([[1.0, 2.0]] * 2000 + [[1.0]], "EUCLIDEAN", "different lengths, 1 and 2"),
        ([[1.0, None]], "EUCLIDEAN", "a NULL, a NaN or an infinity"),
        ([[1.0, float("nan")]], "EUCLIDEAN", "a NULL, a NaN or an infinity"),
        ([[1.0, 0.0], [0.0, 0.0]], "COSINE", "all zeros"),
    ],
)
def test_vectors_that_cannot_be_compared_are_told(vectors: list[list[float]], distance: str, message: str) -> None:
    with pytest.raises(BadData, match=message):
        build_graph(batches(vectors), "v", distance, 1)
