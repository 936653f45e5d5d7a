"""AutoGluon as the engine of a search: its models on our matrix and our folds, written as trees that merge.

It searches in a process of its own (`autogluon_process`), so that its memory, threads and words stay out of this one,
and so that it ends when its time is over. What it writes is text; nothing is unpickled.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import MissingExtra, UntrainableModel
from penstock.core.parallel import processors
from penstock.learn.automl.autogluon_process import (
    ASKED,
    ENSEMBLE,
    FAILED,
    FITTED,
    FOLDS,
    JUDGED,
    MATRIX,
    TARGET,
    WEIGHTS,
)
from penstock.learn.automl.autogluon_tree import of_all_classes, tree_bodies
from penstock.learn.automl.candidate import AUTOGLUON, Candidate
from penstock.learn.automl.found import Found, Skipped
from penstock.learn.automl.search import Search
from penstock.learn.automl.tree_candidate import GrownTrees, as_text, milliseconds
from penstock.learn.booster import read_booster
from penstock.learn.schema import Task
from penstock.learn.tree_graph import TreeOutput

Floats = NDArray[np.float64]
Json = Any
# AutoGluon is told of less time than there is: it goes a little beyond it, and its last models are to be read.
_TOLD = 0.85
_PAUSE = 0.1
_WORDS = "words.txt"
# What a model of ours may say else than AutoGluon's: the rounding of XGBoost's sums, which are float32.
_TOLERANCE = 1e-5
# AutoGluon's words for our measures; of the others it looks for the loss that is nearest.
_METRICS = {
    Task.REGRESSION: {"mae": "mean_absolute_error", "r2": "r2"},
    Task.CLASSIFICATION: {
        "roc_auc": "roc_auc",
        "pr_auc": "average_precision",
        "f1_score": "f1",
        "accuracy": "accuracy",
    },
}
_NEAREST = {Task.REGRESSION: "root_mean_squared_error", Task.CLASSIFICATION: "log_loss"}


def demand_autogluon() -> None:
    """Raise MissingExtra where AutoGluon is not installed."""
    if find_spec("autogluon") is None or find_spec("autogluon.tabular") is None:
        raise MissingExtra.of(
            "engine = 'autogluon' needs AutoGluon, which is not installed.",
            hint="Install it with: pip install 'penstock[autogluon]'.",
            option="engine",
        )


def autogluon_search(search: Search, most: int | None) -> tuple[Search, Found, Json]:
    """Return the search, on folds that are drawn once, what AutoGluon found, with the weights that it chose, and what
    is told of it.

    Where it was stopped before it had chosen any, they are chosen as in every search. Raises UntrainableModel where it
    fitted no model.
    """
    search = _drawn_once(search)
    with TemporaryDirectory(prefix="penstock-autogluon-") as name:
        folder = Path(name)
        matrix = search.rows.matrix()
        _ask(search, matrix, most, folder)
        reader = _Reader(search, folder, matrix)
        with _running(folder, search.data.threads) as process:
            while process.poll() is None and not search.budget.over:
                reader.read()
                search.tell(f"AutoGluon tries models, {len(search.tried)} so far")
                time.sleep(_PAUSE)
            ended = process.poll()
        reader.read()
        if not search.tried:
            raise _nothing_fitted(search, folder, ended)
        search.skipped += _failed(folder, ended)
        weights, told = reader.chosen()
    return search, search.together(search.budget.stopped(), weights), told


def _drawn_once(search: Search) -> Search:
    """Return the search on the folds of one draw: each takes AutoGluon much longer than its trees take to grow."""
    judged = np.zeros(len(search.data.target), np.bool_)
    kept = []
    for fold in search.folds:
        if (judged & fold.judged).any():
            break
        judged |= fold.judged
        kept.append(fold)
    return replace(search, folds=kept, rows=search.rows.of_folds(kept), tried=[], skipped=[])


def _ask(search: Search, matrix: Floats, most: int | None, folder: Path) -> None:
    data, rows = search.data, search.rows
    np.save(folder / MATRIX, matrix)
    np.save(folder / TARGET, data.target)
    if data.weights is not None:
        np.save(folder / WEIGHTS, data.weights)
    folds = np.zeros((len(search.folds), len(data.target)), np.int8)
    for place, fold in enumerate(search.folds):
        folds[place, fold.fitted], folds[place, fold.judged] = FITTED, JUDGED
    np.save(folder / FOLDS, folds)
    problem = "regression" if data.task is Task.REGRESSION else "binary" if rows.outputs == 1 else "multiclass"
    asked = {
        "problem": problem,
        "metric": _metric(search, problem),
        "until": time.time() + _TOLD * search.budget.left,
        "threads": min(data.threads, processors()),
        "seed": data.seed % 2**30,
        "most": most,
    }
    (folder / ASKED).write_text(json.dumps(asked), encoding="utf-8")


def _metric(search: Search, problem: str) -> str:
    task, name = search.data.task, search.metric.name
    if problem == "multiclass" and name != "accuracy":
        return _NEAREST[task]
    return _METRICS[task].get(name, _NEAREST[task])


@contextmanager
def _running(folder: Path, threads: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run AutoGluon on a folder; however this ends, so does it."""
    command = [sys.executable, "-P", "-m", "penstock.learn.automl.autogluon_process", str(folder)]
    # Threads that wait for each other in a loop take several times as long wherever anything else works.
    own = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE", "PYTHONHASHSEED": "0"}
    with (folder / _WORDS).open("wb") as words:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, of our own making
            command,
            cwd=folder,
            env={**os.environ, **own},
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=words,
            # Ctrl-C is for us: the search ends then, with what there is.
            start_new_session=True,
        )
        with process:
            try:
                yield process
            finally:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def _nothing_fitted(search: Search, folder: Path, ended: int | None) -> UntrainableModel:
    hint = "Leave engine out: Penstock's own search needs less."
    if search.skipped:
        return UntrainableModel.of(f"No model of AutoGluon's can be used: {search.skipped[0].reason}.", hint=hint)
    if search.budget.stopped():
        return UntrainableModel.of("The search was stopped before AutoGluon had fitted a model.")
    if ended is None:
        message = f"AutoGluon had fitted no model when its time was over ({search.budget.seconds:.0f} s in all)."
        return UntrainableModel.of(message, hint=f"Raise budget_seconds. {hint}", option="engine")
    failed = _failed(folder, ended=None)
    why = f"{failed[0].candidate.name}: {failed[0].reason}" if failed else _last_words(folder)
    return UntrainableModel.of(f"AutoGluon fitted no model: {why}", hint=hint, option="engine")


def _failed(folder: Path, ended: int | None) -> list[Skipped]:
    """Return what AutoGluon gave up, and why, as far as it came to tell."""
    failed: dict[str, str] = {"the rest": _last_words(folder)} if ended else {}
    if (folder / FAILED).is_file():
        failed |= json.loads((folder / FAILED).read_text(encoding="utf-8"))
    return [Skipped(Candidate(name, AUTOGLUON, {}), reason) for name, reason in failed.items()]


def _last_words(folder: Path) -> str:
    words = (folder / _WORDS).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return words[-1] if words else "it says nothing"


@dataclass
class _Reader:
    """Takes the members that stand in the folder, each once."""

    search: Search
    folder: Path
    matrix: Floats
    differences: list[float] = field(default_factory=list)
    _seen: int = 0
    _version: str = ""

    def read(self) -> None:
        """Take into the search what was written since, while there is time: something, if anything was written."""
        search = self.search
        while (path := self.folder / f"member_{self._seen}.json").is_file() and not (
            search.tried and search.budget.over
        ):
            self._seen += 1
            told = json.loads(path.read_text(encoding="utf-8"))
            self._version = told["version"]
            candidate = Candidate(told["name"], AUTOGLUON, told["values"])
            try:
                grown = [self._grown(number, told) for number in range(len(search.folds))]
                self._compare(grown, told["name"])
            except UntrainableModel as problem:
                search.skipped.append(Skipped(candidate, problem.diagnostics[0].message))
                continue
            search.take(candidate, grown, told["seconds"])

    def chosen(self) -> tuple[Floats | None, Json]:
        """Return the weights that AutoGluon chose, None where it had not come so far, and what is told of it."""
        told: dict[str, Json] = {
            "name": AUTOGLUON,
            "version": self._version,
            "difference": max(self.differences),
            "ensemble_score": None,
        }
        path = self.folder / ENSEMBLE
        if not path.is_file():
            return None, told
        ensemble = json.loads(path.read_text(encoding="utf-8"))
        told["ensemble_score"] = self._score(self._said(ensemble["name"]))
        weights = np.array([ensemble["weights"].get(tried.candidate.name, 0.0) for tried in self.search.tried])
        return (weights / weights.sum() if weights.any() else None), told

    @cached_property
    def present(self) -> list[int]:
        """The classes that rows have: of a part of many rows, not all may be there."""
        found: list[int] = np.unique(self.search.data.target).astype(np.int64).tolist()
        return found

    @cached_property
    def without_infinities(self) -> NDArray[np.bool_]:
        """The rows that AutoGluon's models were asked about as they are; it got the others with numbers cut off."""
        found: NDArray[np.bool_] = np.isinf(self.matrix).sum(axis=1) == 0
        return found

    def _grown(self, number: int, told: Mapping[str, Json]) -> GrownTrees:
        search, fold = self.search, self.search.folds[number]
        outputs = search.rows.outputs
        own = len(self.present) if outputs > 1 else 1
        content = (self.folder / told["files"][number]).read_text(encoding="utf-8")
        rate = told["values"].get("learning_rate")
        rows = int(np.count_nonzero(fold.fitted))
        bodies = tree_bodies(told["family"], content, told["features"][number], own, rows, rate)
        if own < outputs:
            bodies = of_all_classes(bodies, self.present, outputs)
        text = as_text(search.rows.header(search.metric), bodies)
        booster, matrix = read_booster(text), self.matrix[fold.judged]
        taken = None if number else milliseconds(booster, matrix)
        return GrownTrees(text, booster.rounds, booster.predict(matrix, threads=1), taken)

    def _compare(self, grown: list[GrownTrees], name: str) -> None:
        """Raise UntrainableModel where the trees say something else than AutoGluon's own models."""
        said = self._said(name)
        ours = np.zeros_like(said)
        times = np.zeros(len(said))
        for fold, trees in zip(self.search.folds, grown, strict=True):
            ours[fold.judged] += TreeOutput(self.search.link).scores(trees.raw)
            times[fold.judged] += 1
        known = (times > 0) & self.without_infinities
        if not known.any():
            raise UntrainableModel.of("no row without infinities says whether what was written of it is right")
        apart = np.abs(ours[known] / times[known, None] - said[known])
        difference = float(apart.max() / max(1.0, float(np.abs(said[known]).max())))
        if not difference <= _TOLERANCE:
            raise UntrainableModel.of(f"what was written of it differs from AutoGluon's answers by {difference:.2g}")
        self.differences.append(difference)

    def _said(self, name: str) -> Floats:
        """Return what AutoGluon says of each row, as scores (n, 1) or (n, k), NaN where no fold judges."""
        search, rows = self.search, len(self.search.data.target)
        told: Floats = np.load(self.folder / f"{name}.npy").astype(np.float64)
        if len(search.folds) == 1:
            whole = np.full((rows, *told.shape[1:]), np.nan)
            whole[search.folds[0].judged] = told
            told = whole
        if search.data.task is Task.REGRESSION:
            return told.reshape(rows, 1)
        if told.ndim == 1:
            return np.column_stack([1.0 - told, told])
        found: Floats = np.zeros((rows, len(search.data.classes)))
        found[:, self.present] = told
        return found

    def _score(self, scores: Floats) -> float:
        data, metric = self.search.data, self.search.metric
        known = np.isfinite(scores).all(axis=1)
        weights = None if data.weights is None else data.weights[known]
        return metric.value(metric.gain(data.target[known], scores[known], weights))
