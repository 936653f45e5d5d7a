"""An index of a table's vectors: a graph of near neighbours that finds most of the nearest rows without a look at all.

Malkov and Yashunin, Efficient and robust approximate nearest neighbor search using hierarchical navigable small world
graphs, 2018, by usearch. The rows that it finds are compared exactly afterwards.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData, StorageFailure
from penstock.core.names import folder_name, name_key
from penstock.lake.storage import Storage

Floats = NDArray[np.float32]
METRICS: Mapping[str, str] = {"EUCLIDEAN": "l2sq", "COSINE": "cos", "DOT_PRODUCT": "ip"}
# Neighbours of each row in the graph, and how many are looked at when a row is added, and at least in a search.
CONNECTIVITY, LOOKED_AT_ADDING, LOOKED_AT = 32, 128, 512
_FOLDER, _RECORD, _GRAPH = "vector_indexes", "index.json", "index.usearch"
# An index of a hundred thousand rows of a hundred numbers has some seventy megabytes.
_KEPT = 4


@dataclass(frozen=True)
class IndexRecord:
    """What is known of an index: what it is of, and the snapshot that last changed the table when it was made."""

    name: str
    table: str
    column: str
    index_type: str
    distance_type: str
    options: Mapping[str, object]
    snapshot: int
    rows: int
    dimension: int
    artifact: str


@dataclass(frozen=True)
class VectorIndex:
    """An index in memory. Safe to search from many threads at once."""

    record: IndexRecord
    graph: Any

    def nearest(self, vectors: Floats, count: int, share: float | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return pairs of a vector's number and the place of a row near it, at most `count` a vector.

        With `share` that part of the rows is looked at, where it is more than without.
        """
        looked_at = max(LOOKED_AT, 4 * count, round((share or 0.0) * self.record.rows))
        self.graph.expansion_search = min(looked_at, max(self.record.rows, 1))
        if not len(vectors) or not self.record.rows:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        found = self.graph.search(vectors, min(count, self.record.rows), threads=0)
        keys = np.asarray(found.keys).reshape(len(vectors), -1)
        counts = np.asarray(found.counts).reshape(-1) if len(vectors) > 1 else np.array([keys.shape[1]])
        known = np.arange(keys.shape[1])[None, :] < counts[:, None]
        numbers = np.broadcast_to(np.arange(len(vectors))[:, None], keys.shape)
        return numbers[known].astype(np.int64), keys[known].astype(np.int64)


def build_graph(rows: Iterable[pa.RecordBatch], column: str, distance: str, threads: int) -> tuple[Any, int, int]:
    """Return the graph of rows of two columns, their place and their vector, how many there are, and how long they are.

    Rows without a vector are left out. Raises BadData for vectors of different lengths, with a NULL or NaN, or without
    a direction where that counts.
    """
    from usearch.index import Index

    graph, dimension, count = None, 0, 0
    for batch in rows:
        known = batch.filter(pc.is_valid(batch.column(1)))
        if not known.num_rows:
            continue
        vectors = matrix_of(known.column(1), column, dimension or None)
        if distance == "COSINE" and not np.all(np.any(vectors != 0, axis=1)):
            raise BadData.of(f"A vector of {column!r} is all zeros, so it has no COSINE distance.")
        if graph is None:
            dimension = vectors.shape[1]
            graph = Index(
                ndim=dimension,
                metric=METRICS[distance],
                dtype="f32",
                connectivity=CONNECTIVITY,
                expansion_add=LOOKED_AT_ADDING,
                expansion_search=LOOKED_AT,
            )
        places = known.column(0).to_numpy().astype(np.uint64)
        graph.add(places, vectors, threads=threads)
        count += len(places)
    return graph, count, dimension


def matrix_of(column: pa.Array, name: str, dimension: int | None) -> Floats:
    """Return lists of numbers, none of them NULL, as a matrix; raises BadData for what is none."""
    lengths = pc.unique(pc.list_value_length(column)).to_pylist()
    if len(lengths) > 1 or (dimension is not None and lengths and lengths[0] != dimension):
        seen = sorted({*lengths, *([dimension] if dimension else [])})
        raise BadData.of(f"The vectors of {name!r} have different lengths, {seen[0]} and {seen[-1]}.")
    values = pc.list_flatten(column).cast(pa.float32()).to_numpy(zero_copy_only=False)
    if not np.isfinite(values).all():
        raise BadData.of(f"A vector of {name!r} holds a NULL, a NaN or an infinity.")
    matrix: Floats = np.ascontiguousarray(values.reshape(len(column), -1))
    return matrix


def keep_index(storage: Storage, record: IndexRecord, graph: Any) -> None:
    """Write an index in the place of the table's earlier one: first its graph, then what points to it."""
    earlier = read_record(storage, record.table)
    content = b"" if graph is None else bytes(graph.save())
    storage.write(record.artifact, {_GRAPH: content})
    storage.write(_place(record.table), {_RECORD: json.dumps(asdict(record), ensure_ascii=False).encode()})
    if earlier is not None:
        storage.delete(earlier.artifact)


def forget_index(storage: Storage, table: str) -> None:
    """Take away a table's index, if there is one."""
    record = read_record(storage, table)
    if record is not None:
        storage.delete(_place(table))
        storage.delete(record.artifact)


def read_record(storage: Storage, table: str) -> IndexRecord | None:
    """Return what is known of a table's index, None where there is none."""
    place = _place(table)
    if not storage.exists(place):
        return None
    return IndexRecord(**json.loads(storage.read(place)[_RECORD]))


def artifact_of(table: str, number: str) -> str:
    """Return where the graph of a table's index lies."""
    return f"{_FOLDER}/{_named(table)}-{number}"


def _place(table: str) -> str:
    return f"{_FOLDER}/{_named(table)}"


def _named(table: str) -> str:
    return folder_name(quote(name_key(table), safe=""))


class TableIndexes(Protocol):
    """The indexes of the tables of a lake, by a table's name."""

    def fresh(self, table: str, column: str, distance: str) -> VectorIndex | None:
        """Return a table's index of a column by a distance; None where there is none or the table has changed since."""
        ...

    def drift(self, table: str) -> float | None:
        """Return the share of a table's rows that have changed since its index was made, None without an index."""
        ...


class NoIndexes:
    """The indexes where there are none."""

    def fresh(self, table: str, column: str, distance: str) -> VectorIndex | None:  # noqa: ARG002
        return None

    def drift(self, table: str) -> float | None:  # noqa: ARG002
        return None


class IndexCache:
    """The most recently used indexes, safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, VectorIndex] = OrderedDict()

    def load(self, storage: Storage, record: IndexRecord) -> VectorIndex:
        """Return the index in memory; raises StorageFailure when its bytes are not there or none."""
        with self._lock:
            index = self._loaded.get(record.artifact)
            if index is None:
                index = VectorIndex(record, _graph(storage.read(record.artifact)[_GRAPH], record))
                self._loaded[record.artifact] = index
                if len(self._loaded) > _KEPT:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(record.artifact)
            return index


def _graph(content: bytes, record: IndexRecord) -> Any:
    from usearch.index import Index

    if not content:
        return None
    try:
        return Index.restore(content)
    except (RuntimeError, ValueError) as problem:
        message = f"The vector index {record.name} of {record.table} cannot be read: {problem}"
        hint = f"ALTER VECTOR INDEX {record.name} ON {record.table} REBUILD makes it anew."
        raise StorageFailure.of(message, hint=hint) from problem
