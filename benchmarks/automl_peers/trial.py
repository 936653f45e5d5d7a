"""What a peer is asked, and how its answer is taken: the same for all, measured within its own process.

A runner is run as `python -m benchmarks.automl_peers.NAME FOLDER`. The folder holds `asked.json`; the answers are
written to it as `told.parquet` (one column a class, or one of numbers) and `said.json`, for what the libraries print
would mingle with anything printed. The seconds of the budget are those of `fit`: from the table to a model that
answers and is saved. Starting Python, importing, and starting a server are not counted.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SCORED_ROWS = 1000
# Measuring ends after so many answers, or so many seconds: some peers need a second for a row.
ANSWERS, SECONDS = 200, 5.0


@dataclass(frozen=True)
class Trial:
    """What is asked. `folder` is empty, for whatever the peer wants to keep; `classes` is empty of a regression."""

    train_path: Path
    label: str
    task: str
    metric: str
    classes: tuple[str, ...]
    budget: int
    seed: int
    cores: int
    variant: str
    folder: Path

    @property
    def train(self) -> pa.Table:
        return pq.read_table(self.train_path)


@dataclass(frozen=True)
class Fitted:
    """A model: how rows must come to it, and what it then says (numbers, or rows × classes in the trial's order).

    `ready` loads it for serving, outside of the budget. `one` answers a single row, a mapping, in the way that the peer
    serves rows; without it `predict` does.
    """

    shape: Callable[[pa.Table], Any]
    predict: Callable[[Any], Numbers]
    size_bytes: int
    what: str
    ready: Callable[[], object] | None = None
    one: Callable[[Mapping[str, Any]], object] | None = None


def take(fit: Callable[[Trial], Fitted], package: str, start: Callable[[int], None] | None = None) -> None:
    """Do what the command line asks for, and write what came of it. `start` starts a server of so many cores."""
    folder = Path(sys.argv[1])
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    test = pq.read_table(asked.pop("test_path"))
    kept = folder / "model"
    kept.mkdir()
    trial = Trial(
        **{**asked, "train_path": Path(asked["train_path"]), "classes": tuple(asked["classes"]), "folder": kept}
    )
    if start is not None:
        start(trial.cores)
    begun = time.perf_counter()
    fitted = fit(trial)
    seconds = time.perf_counter() - begun
    if fitted.ready is not None:
        fitted.ready()
    told = np.asarray(fitted.predict(fitted.shape(test)), dtype=np.float64)
    columns = {f"told_{place}": told[:, place] for place in range(told.shape[1])} if told.ndim == 2 else {"told": told}
    pq.write_table(pa.table(columns), folder / "told.parquet")
    many = fitted.shape(test.take(np.arange(SCORED_ROWS) % test.num_rows))
    alone = test.slice(0, 1)
    row = fitted.shape(alone) if fitted.one is None else alone.to_pylist()[0]
    said = {
        "version": metadata.version(package),
        "what": fitted.what,
        "fit_seconds": seconds,
        "thousand_ms": 1000 * _median_seconds(lambda: fitted.predict(many)),
        "one_row_ms": 1000 * _median_seconds(lambda: (fitted.one or fitted.predict)(row)),
        "size_bytes": fitted.size_bytes,
    }
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")


def _median_seconds(answer: Callable[[], object]) -> float:
    """Return the median time of an answer, once it has been given twice."""
    for _ in range(2):
        answer()
    last, taken = time.perf_counter() + SECONDS, list[float]()
    while len(taken) < ANSWERS and (len(taken) < 3 or time.perf_counter() < last):
        begun = time.perf_counter()
        answer()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def ordered(told: Numbers, theirs: list[str], classes: tuple[str, ...]) -> Numbers:
    """Return probabilities in the order of the trial's classes; a class that the peer does not know gets 0."""
    found = np.zeros((len(told), len(classes)))
    for place, name in enumerate(theirs):
        found[:, classes.index(str(name))] = told[:, place]
    return found


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder."""
    return sum(file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
