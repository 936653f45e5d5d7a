"""What a model takes where it is served, measured: milliseconds of one row and of loading, bytes, memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from penstock.core.errors import InternalError
from penstock.learn.artifact import LoadedModel
from penstock.learn.feature_column import rows_of
from penstock.learn.fitting import artifact_files
from penstock.learn.learner import FittedModel, TrainingData
from penstock.learn.manifest import Manifest

Json = Any
# So many different rows are asked for in turn, until so many answers or so many seconds have come; thrice, since
# others may use the machine.
_ROWS, _ANSWERS, _SECONDS, _FEWEST, _TIMES = 10, 20, 0.1, 5, 3
# Loads a graph in a process of its own, after one of nothing, and says how many bytes of memory that took.
_LOADING = """
import resource, sys, onnxruntime
def used():
    try:
        with open("/proc/self/statm") as facts:
            return int(facts.read().split()[1]) * resource.getpagesize()
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
first = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
before = used()
second = onnxruntime.InferenceSession(sys.argv[2], options, providers=["CPUExecutionProvider"])
print(used() - before)
"""


@dataclass(frozen=True)
class Measured:
    """One row takes `latency_ms` at the median, as an endpoint asks for it; `memory_mb` None where nobody asked."""

    latency_ms: float
    load_ms: float
    size_bytes: int
    memory_mb: float | None = None

    def as_json(self) -> dict[str, Json]:
        return asdict(self)


def measured(fitted: FittedModel, data: TrainingData, *, memory: bool) -> Measured:
    """Measure a model by rows of `data`, whose features are what the model's graph takes."""
    files = artifact_files(fitted)
    began = time.perf_counter()
    model = LoadedModel(_manifest(fitted, data), files)
    loading = time.perf_counter() - began
    names = [feature.name for feature in data.features]
    places = np.unique(np.linspace(0, len(data.target) - 1, _ROWS).astype(np.int64))
    rows = rows_of(data.columns.select(names), places).to_pylist()
    model.score_row(rows[0])
    latency = min(_median_seconds(model, rows) for _ in range(_TIMES))
    size = sum(len(content) for content in files.values())
    assert fitted.graph is not None
    megabytes = _megabytes(fitted.graph) if memory else None
    return Measured(round(1e3 * latency, 3), round(1e3 * loading, 1), size, megabytes)


def _median_seconds(model: LoadedModel, rows: Sequence[Mapping[str, object]]) -> float:
    taken: list[float] = []
    begin = time.perf_counter()
    while len(taken) < _FEWEST or (len(taken) < _ANSWERS and time.perf_counter() - begin < _SECONDS):
        row = rows[len(taken) % len(rows)]
        # What the row costs this thread, in which all of it is done: what else the machine does is not the model's.
        began = time.thread_time()
        model.score_row(row)
        taken.append(time.thread_time() - began)
    return float(np.median(taken))


def _megabytes(graph: bytes) -> float:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("nothing.onnx", "model.onnx")]
        for path, content in zip(paths, (_nothing(), graph), strict=True):
            path.write_bytes(content)
        command = [sys.executable, "-c", _LOADING, *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise InternalError(f"The memory of a loaded model could not be measured: {done.stderr.strip()[-300:]}")
    return round(int(done.stdout) / 1e6, 2)


def _nothing() -> bytes:
    """Return a graph that gives back its input: what onnxruntime needs for itself is no model's."""
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "nothing", ends[:1], ends[1:])
    content: bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()
    return content


def _manifest(fitted: FittedModel, data: TrainingData) -> Manifest:
    return Manifest(
        model_type="",
        task=data.task,
        label="",
        label_arrow="",
        classes=data.classes,
        features=data.features,
        transform=None,
        options={},
        seed=data.seed,
        train_rows=len(data.target),
        held_out_rows=0,
        judged_on="",
        metrics={},
        feature_info=(),
        iterations=(),
        global_attributions=None,
        details=fitted.details,
    )
