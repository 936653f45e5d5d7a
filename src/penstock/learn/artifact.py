"""A model's artifact, loaded: bytes in, scores, attributions and what was recorded about it out.

An artifact is `model.onnx` (the graph from raw columns to scores), `manifest.json`, `evaluation.arrow`
(labels and scores of the rows that judged it), sometimes `native.txt` and what else its family keeps. A task that
scores no rows has no graph. Nothing in it is code; nothing is
unpickled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import BadData, CorruptArtifact, InternalError
from penstock.core.parallel import each
from penstock.learn.encoding import codes_from_json
from penstock.learn.feature_column import select_features
from penstock.learn.graph import MATRIX, core_of
from penstock.learn.graph_error import graph_error
from penstock.learn.graph_input import graph_input
from penstock.learn.learner import NUM_STEPS, Attributions, ExplainableLearner, Explainer, Iteration, joined
from penstock.learn.manifest import Json, Manifest, read_manifest
from penstock.learn.matrix import MatrixEncoder, value_under
from penstock.learn.registry import learner_of
from penstock.learn.tree_core import TreeCore, tree_core

Floats = NDArray[np.float64]
MODEL, MANIFEST, EVALUATION, NATIVE = "model.onnx", "manifest.json", "evaluation.arrow", "native.txt"
# The graph with its TRANSFORM in front, where one computes it.
SERVED = "served.onnx"
# The graph of an imported file, where what runs is not the same bytes.
ORIGINAL = "original.onnx"
# Rows encoded and scored in one go: small enough for the caches, large enough to forget the overhead of a
# call. A family whose graph is wide says how many with `rows_at_once` in its details.
_SLICE = 16_384
_EMPTY = pa.list_(pa.string())
# Fewer rows than so many a thread are explained by one.
_ROWS_OF_PART = 16
_FEW_ROWS, _FEW_QUICK_ROWS = 8, 128
# So many rows are asked of trees all at once in less time than one by one.
_MANY_ROWS = 129


def artifact_hash(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256, in hexadecimal, over names and contents of an artifact's files, sorted by name."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{len(name.encode())}:{name}:{len(files[name])}:".encode())
        whole.update(files[name])
    return whole.hexdigest()


def load_model(files: Mapping[str, bytes], expected_hash: str | None) -> LoadedModel:
    """Return the model of an artifact's files.

    Raises CorruptArtifact when they are not the bytes that were recorded under `expected_hash` (None: not
    compared), when a file is missing, or when onnxruntime cannot load the graph.
    """
    return LoadedModel(checked_manifest(files, expected_hash), files)


def checked_manifest(files: Mapping[str, bytes], expected_hash: str | None) -> Manifest:
    """Return what an artifact says about itself, its graph not loaded; raises CorruptArtifact as `load_model` does."""
    _file(files, MANIFEST)
    if expected_hash is not None and artifact_hash(files) != expected_hash:
        raise CorruptArtifact.of(
            "The artifact's bytes are not the ones that were recorded when it was trained.",
            hint="It was changed or damaged since. Restore it from a copy, or train the model again.",
        )
    manifest = read_manifest(files[MANIFEST].decode())
    if manifest.task.can_be_served:
        _file(files, MODEL)
    return manifest


class LoadedModel:
    """A trained model ready to score. Immutable, and safe to use from many threads at once."""

    def __init__(self, manifest: Manifest, files: Mapping[str, bytes]) -> None:
        self.manifest = manifest
        self.files = files
        if MODEL not in files:
            # A model of time series, say, answers its own functions out of its details and files.
            self._encoder, self._graph, self._output = None, None, ""
            return
        raw = manifest.details.get("encoding")
        core = core_of(files[MODEL]) if raw is not None else None
        self._encoder = MatrixEncoder(manifest.features, codes_from_json(raw)) if core and raw is not None else None
        self._graph = session_of(core or files[MODEL])
        self._output = self._graph.get_outputs()[0].name
        self._at_once = int(manifest.details.get("rows_at_once", _SLICE))

    @property
    def details(self) -> Mapping[str, Json]:
        """The model family's own JSON."""
        return self.manifest.details

    @property
    def options(self) -> Mapping[str, Json]:
        """The options that it was trained with, those without a value left out."""
        return self.manifest.options

    @property
    def output(self) -> str:
        """The name of the graph's output; empty for a model without a graph."""
        return self._output

    @property
    def native(self) -> str | None:
        """The model as text in its training library's own format, where the family keeps one."""
        text = self.files.get(NATIVE)
        return None if text is None else text.decode()

    @property
    def iterations(self) -> tuple[Iteration, ...]:
        """The rows of ML.TRAINING_INFO."""
        return self.manifest.iterations

    def score(self, rows: pa.RecordBatch | pa.Table, threads: int = 1) -> Floats:
        """Return regression values of shape (n,), or of shape (n, k) probabilities (classes ascending), distances to
        centroids, principal components, or latent columns with the three losses of the row.

        `rows` holds the features by name, case ignored, and may hold other columns. Raises UnknownName for a
        missing column and BadData for one of another type, InternalError for a task that scores no rows.
        """
        columns = select_features(rows, self.manifest.features)
        size = self._at_once
        slices = [columns.slice(begin, size) for begin in range(0, columns.num_rows, size)]
        if not slices:
            return self._shaped(np.empty((0, self.manifest.width), np.float64))
        if threads == 1 or len(slices) == 1:
            parts = [self._score_slice(part) for part in slices]
        else:
            with ThreadPoolExecutor(threads) as pool:
                parts = list(pool.map(self._score_slice, slices))
        return self._shaped(parts[0] if len(parts) == 1 else np.concatenate(parts))

    def score_row(self, values: Mapping[str, object]) -> Floats:
        """Return the score of one row of Python values: shape (1,) for regression, else (k,).

        NULL is None. Raises UnknownName for a missing column and BadData for a value of another type.
        """
        if self._encoder is not None:
            scores: Floats = self._session.run((self._output,), {MATRIX: self._encoder.encode_row(values)})[0]
            row: Floats = scores[0]
            return row
        features = self.manifest.features
        given = {feature.name: value_under(feature.name, values) for feature in features}
        # An empty list has no type of its own; like NULL it is one of any type.
        single = pa.table({name: pa.array([value], _EMPTY if value == [] else None) for name, value in given.items()})
        return self.score(single).reshape(-1)

    @property
    def few_rows(self) -> int:
        """Up to how many rows `score_rows` takes less time than `score`."""
        return _FEW_QUICK_ROWS if self._encoder is not None and self._encoder.quick else _FEW_ROWS

    def score_rows(self, rows: Sequence[Mapping[str, object]]) -> Floats:
        """Return the scores of a few rows that are known to fit: shape (n, 1) for regression, else (n, k).

        Each row has every feature under its own name, None or a value of the feature's type.
        """
        if self._encoder is None:
            return np.stack([self.score_row(values) for values in rows])
        scores: Floats = self._session.run((self._output,), {MATRIX: self._encoder.encode_rows(rows)})[0]
        return scores

    def score_through_graph(self, rows: pa.RecordBatch | pa.Table) -> Floats:
        """Return what `score` does, by way of the whole exported graph: slower, for checks of parity."""
        columns = select_features(rows, self.manifest.features)
        session = session_of(self.files[MODEL])
        return self._shaped(session.run(None, graph_input(columns, self.manifest.features))[0])

    @property
    def has_transform_in_graph(self) -> bool:
        """Whether `score_raw` answers, without a SQL engine."""
        return SERVED in self.files

    def score_raw(self, rows: pa.RecordBatch | pa.Table) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the scores of rows as they are before TRANSFORM, and which of them are in doubt: DuckDB would compute
        their TRANSFORM otherwise, or refuse. Raises as `score` does.
        """
        columns = select_features(rows, self.manifest.inputs)
        scores, *doubt = self._served.run(None, graph_input(columns, self.manifest.inputs))
        doubtful = doubt[0][:, 0] if doubt else np.zeros(columns.num_rows, np.bool_)
        return self._shaped(scores), doubtful

    @cached_property
    def trees(self) -> TreeCore | None:
        """The model's trees ready for many rows at once, where it has some that this suits."""
        core = None if self._encoder is None else core_of(self.files[MODEL])
        return None if core is None else tree_core(core, session_of)

    @cached_property
    def _served(self) -> Any:
        return session_of(_file(self.files, SERVED))

    def evaluation(self) -> pa.Table:
        """Return label and scores of the rows that judged the model.

        Columns: `label` in its own type, and `score` float64 or `probabilities` (a list of float64, classes
        ascending); for a task without a label only `strangeness` float64.
        """
        with pa.ipc.open_file(pa.BufferReader(_file(self.files, EVALUATION))) as reader:
            return reader.read_all()

    def explain(
        self, rows: pa.RecordBatch | pa.Table, *, approximate: bool = False, steps: int | None = None, threads: int = 1
    ) -> Attributions:
        """Return why each row gets its score, feature by feature; the model must be one of a label.

        `steps` are those of integrated gradients, where they are not to be the model's own. The threads share the rows
        of a model that has trees.
        """
        columns = select_features(rows, self.manifest.features)
        explainer = self._explainer if steps is None else self._explainer_of({**self.details, NUM_STEPS: steps})
        scores = self.score(columns, threads)
        parts = threads if self.native is not None and len(scores) >= _ROWS_OF_PART * threads else 1
        ends = np.linspace(0, len(scores), parts + 1).astype(np.int64)

        def explained(part: int) -> Attributions:
            begin, end = int(ends[part]), int(ends[part + 1])
            return explainer.attributions(columns.slice(begin, end - begin), scores[begin:end], approximate=approximate)

        return joined(each(explained, range(parts), parts))

    @cached_property
    def _explainer(self) -> Explainer:
        return self._explainer_of(self.details)

    def _explainer_of(self, details: Mapping[str, Json]) -> Explainer:
        learner = learner_of(self.manifest.model_type)
        if not isinstance(learner, ExplainableLearner):
            raise InternalError(f"The {self.manifest.model_type} model was asked for attributions, which it has not.")
        return learner.explainer(details, self.native, self.files)

    def run(self, outputs: Sequence[str], tensors: Mapping[str, NDArray[Any]]) -> list[Any]:
        """Return the named outputs of the whole graph for its inputs by name; of an imported model.

        Raises BadData when the graph does not take what it is given.
        """
        import onnxruntime

        errors = onnxruntime.capi.onnxruntime_pybind11_state
        try:
            # The library would write what it raises to the terminal as well.
            quiet = onnxruntime.RunOptions()
            quiet.log_severity_level = 4
            found: list[Any] = self._session.run(list(outputs), dict(tensors), quiet)
        except (errors.InvalidArgument, errors.Fail, errors.RuntimeException, errors.NotImplemented) as problem:
            message = f"The {self.manifest.model_type} model cannot be run on these rows: {graph_error(problem)}"
            raise BadData.of(message) from problem
        return found

    @property
    def _session(self) -> Any:
        if self._graph is None:
            raise InternalError(f"The {self.manifest.model_type} model was asked for scores of rows, which it has not.")
        return self._graph

    def _score_slice(self, columns: pa.Table) -> Floats:
        if self._encoder is None:
            given: Mapping[str, Any] = graph_input(columns, self.manifest.features)
        elif columns.num_rows >= _MANY_ROWS and self.trees is not None:
            return self.trees.scores(self._encoder.encode(columns, "F"))
        else:
            given = {MATRIX: self._encoder.encode(columns)}
        scores: Floats = self._session.run((self._output,), given)[0]
        return scores

    def _shaped(self, scores: Floats) -> Floats:
        return scores[:, 0] if self.manifest.task.predicts_number else scores


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise CorruptArtifact.of(f"The artifact has no {name}.", hint="Train the model again.")
    return files[name]


def session_of(graph: bytes) -> Any:
    """Return an onnxruntime session of one thread: many threads share it, each with its own slice of the
    rows.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    errors = onnxruntime.capi.onnxruntime_pybind11_state
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except (
        errors.InvalidProtobuf,
        errors.InvalidGraph,
        errors.InvalidArgument,
        errors.Fail,
        errors.NotImplemented,
        errors.RuntimeException,
    ) as problem:
        message = f"onnxruntime cannot load the artifact's graph: {graph_error(problem)}"
        raise CorruptArtifact.of(message, hint="Train the model again.") from problem
