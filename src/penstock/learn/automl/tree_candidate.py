"""Candidates that are boosted trees: every fold's rows in bins once, trees grown on them until they no longer help."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.automl.candidate import Value
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.booster import BinnedRows, Booster, new_booster
from penstock.learn.encoding import ColumnCode
from penstock.learn.feature_column import array_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_matrix import encode_rows, matrix_of, native_columns, tree_codes
from penstock.learn.tree_options import NATIVE

Floats = NDArray[np.float64]
MOST_ROUNDS = 5_000
# Of fewer rows those that judge a fold say too little to choose its number of rounds and to judge it as well.
FEW_ROWS = 2_000
# Rounds without a gain after which trees stop growing, at a learning rate of 0.1; with a lesser one more.
_PATIENCE, _LEAST_PATIENCE = 20, 25
# What a gain must be to count, as a share of the loss of the first round. A loss can fall for ever, the answers long
# being right; that of numbers counts as long as it falls.
_WORTH = {Task.CLASSIFICATION: 1e-4, Task.REGRESSION: 1e-9}
# So many columns a tree sees at least, where there are so many.
_LEAST_SEEN = 4
# Bins do not depend on what the rows of a leaf must be, so that all candidates share them.
_BINNING = {"feature_pre_filter": False, "force_row_wise": True, "verbosity": -1, "min_data_in_bin": 3}


@dataclass(frozen=True)
class GrownTrees:
    """The trees of one fold as LightGBM's text, and what they say of the rows that judged them, (m, outputs).

    `scoring` is in how many milliseconds they say something of 1,000 rows, where that was measured; `with_rounds` gives
    another number of the rounds that were grown, where `settled` may ask for it.
    """

    text: str
    rounds: int
    raw: Floats
    scoring: float | None = None
    with_rounds: Callable[[int], GrownTrees] | None = None

    @property
    def size(self) -> int:
        """The bytes of the text."""
        return len(self.text)


@dataclass(frozen=True)
class MatrixRows:
    """Some rows as a matrix (n, m), with their targets and weights, (n,) each."""

    matrix: Floats
    target: Floats
    weights: Floats | None


@dataclass(frozen=True)
class _Rows:
    fitted: BinnedRows
    judged: BinnedRows
    matrix: Floats


class TreeRows:
    """The rows of a search, encoded for trees and binned, fold by fold."""

    def __init__(self, data: TrainingData, folds: Sequence[Fold]) -> None:
        """`data` holds nothing out. The folds' rows are binned when they are first asked for, and kept."""
        began = time.perf_counter()
        self.codes: tuple[ColumnCode, ...]
        self.codes, self.notes = tree_codes(data, NATIVE)
        self._columns: pa.Table = encode_rows(data, self.codes, cross_fit=True).train
        self._data, self._folds = data, folds
        native = native_columns(self.codes, NATIVE)
        self._binning = {**_BINNING, **({"categorical_feature": native} if native else {})}
        self._whole = BinnedRows(
            self._columns, data.target, data.weights, {**self._binning, "num_threads": data.threads}
        )
        self._binned: dict[int, _Rows] = {}
        # What holds of all trees that are grown on these rows.
        self.constraints: Mapping[str, Any] = {}
        # How long it took to code and bin them.
        self.seconds = time.perf_counter() - began

    def of_folds(self, folds: Sequence[Fold]) -> TreeRows:
        """Return the same rows in other folds; what is encoded and binned of all of them is shared."""
        other = copy.copy(self)
        other._folds, other._binned = folds, {}
        return other

    def without_interactions(self) -> TreeRows:
        """Return the same rows, on which every tree reads one feature alone."""
        other = copy.copy(self)
        places: dict[str, list[int]] = {}
        for place, name in enumerate(code.feature for code in self.codes for _ in range(code.width)):
            places.setdefault(name, []).append(place)
        groups = ["[" + ",".join(map(str, group)) + "]" for group in places.values()]
        other.constraints = {"interaction_constraints": groups}
        return other

    @property
    def outputs(self) -> int:
        """The columns of a raw output: one, or one a class of more than two."""
        classes = len(self._data.classes)
        return classes if self._data.task is Task.CLASSIFICATION and classes > 2 else 1

    @property
    def cells(self) -> int:
        """How many values the matrix of all rows has."""
        return int(self._columns.num_rows * self._columns.num_columns)

    def bin(self, number: int) -> None:
        """Bin the rows of a fold now, rather than when they are first asked for."""
        self._of(number)

    @property
    def can_split(self) -> bool:
        return self._whole.can_split

    def grown(
        self,
        number: int,
        values: Mapping[str, Value],
        metric: SearchMetric,
        threads: int,
        goes_on: Callable[[], bool],
    ) -> GrownTrees:
        """Return the trees of a fold: as many rounds as are best on the rows that judge, or as there is time for."""
        rows = self._of(number)
        parameters = self._parameters(values, metric, threads, number)
        booster = new_booster({**parameters, "num_iterations": MOST_ROUNDS}, rows.fitted, [rows.judged])
        rate = float(values["learning_rate"])
        patience = max(_LEAST_PATIENCE, round(_PATIENCE * min(0.1 / rate, 4.0)))
        best, kept, worth = -np.inf, 1, 0.0
        least = _WORTH[self._data.task]
        for done in range(1, MOST_ROUNDS + 1):
            booster.grow()
            if booster.rounds < done:
                break
            gained = -booster.losses()[0]
            worth = least * abs(gained) if done == 1 else worth
            if gained > best + worth:
                best, kept = gained, done
            elif done - kept >= patience:
                break
            if not goes_on():
                break
        scoring = None if number else milliseconds(booster, rows.matrix, kept, threads)
        return self.of_rounds(booster, kept, rows.matrix, scoring, threads)

    def of_rounds(self, booster: Booster, kept: int, matrix: Floats, scoring: float | None, threads: int) -> GrownTrees:
        """Return the first rounds of a booster as trees of a fold, which the rows of `matrix` judge."""

        def with_rounds(rounds: int) -> GrownTrees:
            kept = max(min(rounds, booster.rounds), 1)
            raw = booster.predict(matrix, rounds=kept, threads=threads)
            return GrownTrees(booster.text(kept), kept, raw, scoring)

        grown = with_rounds(kept)
        return replace(grown, with_rounds=with_rounds) if len(self._data.target) < FEW_ROWS else grown

    def grown_on_all(
        self,
        values: Mapping[str, Value],
        metric: SearchMetric,
        threads: int,
        rounds: int,
        goes_on: Callable[[], bool],
    ) -> str | None:
        """Return the text of so many rounds of trees, grown on all rows; None where there is no time for them."""
        parameters = self._parameters(values, metric, threads, 0)
        booster = new_booster({**parameters, "num_iterations": rounds}, self._whole, [])
        for done in range(1, rounds + 1):
            booster.grow()
            if booster.rounds < done:
                break
            if not goes_on():
                return None
        return booster.text()

    def _parameters(
        self, values: Mapping[str, Value], metric: SearchMetric, threads: int, number: int
    ) -> dict[str, Any]:
        count = int(np.count_nonzero(self._folds[number].fitted))
        columns = max(self._columns.num_columns, 1)
        parameters: dict[str, Any] = {
            **self._binning,
            **values,
            # A tree that sees one feature of two knows nothing of both together.
            "feature_fraction": max(float(values.get("feature_fraction", 1.0)), min(1.0, _LEAST_SEEN / columns)),
            # A part of the rows has one row at least: of none LightGBM makes no tree.
            "bagging_fraction": max(float(values.get("bagging_fraction", 1.0)), 1.0 / max(count, 1)),
            # A leaf of a small table may not ask for more rows than would let it split a few times.
            "min_data_in_leaf": min(int(values["min_data_in_leaf"]), max(1, count // 20)),
            "min_data_per_group": min(100, max(5, count // 50)),
            "cat_smooth": 10.0,
            **self._aim(metric),
            "metric": self.measure(metric),
            "first_metric_only": True,
            **self.constraints,
            "seed": self.seed(number),
            "num_threads": threads,
            "deterministic": True,
            "histogram_pool_size": 512,
        }
        return parameters

    def objective(self, metric: SearchMetric) -> str:
        """Return what LightGBM calls the loss that trees lessen."""
        if self._data.task is Task.REGRESSION:
            return "regression_l1" if metric.name == "mae" else "regression"
        return "binary" if self.outputs == 1 else "multiclass"

    def measure(self, metric: SearchMetric) -> str:
        """Return what LightGBM calls the measure that the rounds are stopped by."""
        return metric.native[0 if self.outputs == 1 else 1]

    def seed(self, number: int) -> int:
        """Return the seed of a fold."""
        return (self._data.seed + 7919 * number) % 2**31

    def matrix(self) -> Floats:
        """Return all rows as one matrix, (n, m)."""
        return matrix_of(self._columns)

    def matrices(self, number: int) -> tuple[MatrixRows, MatrixRows]:
        """Return the rows that a fold's models are fitted on, and those that judge them."""
        fold, data = self._folds[number], self._data
        fitted, judged = (
            MatrixRows(
                matrix_of(self._columns.filter(array_of(rows))),
                data.target[rows],
                None if data.weights is None else data.weights[rows],
            )
            for rows in (fold.fitted, fold.judged)
        )
        return fitted, judged

    def header(self, metric: SearchMetric) -> str:
        """Return what stands above the trees in the text of a model of these rows."""
        return _head(new_booster({**self._binning, **self._aim(metric), "num_threads": 1}, self._whole, []).text())

    def _aim(self, metric: SearchMetric) -> dict[str, Any]:
        classes = {"num_class": len(self._data.classes)} if self.outputs > 1 else {}
        return {"objective": self.objective(metric), **classes}

    def _of(self, number: int) -> _Rows:
        if number not in self._binned:
            fold, data = self._folds[number], self._data
            fitted, judged = (self._columns.filter(array_of(rows)) for rows in (fold.fitted, fold.judged))
            weights = data.weights
            of_rows = [
                BinnedRows(
                    columns,
                    data.target[rows],
                    None if weights is None else weights[rows],
                    {**self._binning, "num_threads": 1},
                    like=self._whole,
                )
                for columns, rows in ((fitted, fold.fitted), (judged, fold.judged))
            ]
            self._binned[number] = _Rows(of_rows[0], of_rows[1], matrix_of(judged))
        return self._binned[number]


def settled(folds: Sequence[GrownTrees]) -> list[GrownTrees]:
    """Return the trees of folds of few rows, each with as many rounds as the others found best, at the median.

    The rows that judge a fold's trees would flatter a number of rounds that they had chosen.
    """
    rounds = [fold.rounds for fold in folds]
    return [
        fold
        if fold.with_rounds is None or len(folds) < 2
        else fold.with_rounds(round(float(np.median(rounds[:place] + rounds[place + 1 :]))))
        for place, fold in enumerate(folds)
    ]


def milliseconds(booster: Booster, matrix: Floats, rounds: int | None = None, threads: int = 1) -> float:
    """Return how long a booster takes to say something of 1,000 rows like these."""
    thousand = np.resize(matrix, (1_000, matrix.shape[1]))
    began = time.perf_counter()
    booster.predict(thousand, rounds=rounds, threads=threads)
    return 1e3 * (time.perf_counter() - began)


def merged(texts: Sequence[str], weights: Sequence[float]) -> str:
    """Return the weighted sum of models as one model of LightGBM: all their trees, each leaf times its model's weight.

    The models have the same features and outputs; the header is the first one's.
    """
    blocks: list[str] = []
    for text, weight in zip(texts, weights, strict=True):
        for block in text.split("\nend of trees", 1)[0].split("\nTree=")[1:]:
            body = block.split("\n", 1)[1]
            blocks.append("\n".join(_weighted(line, weight) for line in body.rstrip("\n").split("\n")))
    return as_text(_head(texts[0]), blocks)


def as_text(head: str, bodies: Sequence[str]) -> str:
    """Return a model's text of its head and its trees, each without the line of its number."""
    blocks = [f"Tree={number}\n{body}\n\n\n" for number, body in enumerate(bodies)]
    sizes = "tree_sizes=" + " ".join(str(len(block.encode())) for block in blocks)
    header = "\n".join(sizes if line.startswith("tree_sizes=") else line for line in head.split("\n"))
    return f"{header.rstrip()}\n\n{''.join(blocks)}end of trees\n"


def _head(text: str) -> str:
    return text.split("\nend of trees", 1)[0].split("\nTree=", 1)[0]


def _weighted(line: str, weight: float) -> str:
    name, equals, values = line.partition("=")
    if name not in ("leaf_value", "internal_value"):
        return line
    return name + equals + " ".join(repr(float(value) * weight) for value in values.split())
