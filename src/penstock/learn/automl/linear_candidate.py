"""Candidates that are linear models: all folds read the rows alike, so that the mean of their models is one model."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.learn.automl.candidate import Value
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.automl.quasi_newton import least
from penstock.learn.descent import Loss, Problem
from penstock.learn.encoding import NULL_NUMBER, CodeKind, ColumnCode
from penstock.learn.graph import GraphBuilder
from penstock.learn.learner import FittedModel, TrainingData
from penstock.learn.least_squares import least_squares
from penstock.learn.linear_design import Design, design_of
from penstock.learn.linear_input import LinearInput, linear_input
from penstock.learn.linear_model import LinearModel, Link
from penstock.learn.linear_sum import weighted_sum
from penstock.learn.logistic_regression import LogLoss, SoftmaxLoss
from penstock.learn.schema import NULL_STRING, Feature, FeatureType, Task

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Each value takes eight bytes, and as many again in each fold.
MOST_ROUNDS, MOST_CELLS = 200, 40_000_000
# Of a number every two columns are multiplied, of each fold in one go that nothing can end: some seconds for so many.
MOST_PRODUCTS, _SECONDS_OF_PRODUCT = 3e10, 1e-10
# A word of fewer rows says nothing by itself, and of so many words only the most frequent are read.
_LEAST_ROWS, _MOST_WORDS = 3, 300
# Numbers further from their mean, in standard deviations, are read as if they were so far: a line goes on for ever.
_BOUND = 4.0
# A round that gains less than this share of the loss is the last one.
_LEAST_GAIN = 1e-8


@dataclass(frozen=True)
class FittedLine:
    """The weights of one fold, (width + 1, outputs), the intercept last, and what they say of the rows that judge.

    `scoring` is in how many milliseconds they say something of 1,000 rows.
    """

    solution: Floats
    raw: Floats
    scoring: float

    @property
    def size(self) -> int:
        """The bytes of the weights."""
        return self.solution.nbytes


class LinearRows:
    """The rows of a search as linear models read them, coded once."""

    def __init__(self, data: TrainingData, folds: Sequence[Fold]) -> None:
        """`data` holds nothing out. Means, spreads and words are those of all rows: they know nothing of the label.

        Raises UntrainableModel where the rows would take too much memory.
        """
        if len(data.target) * len(data.features) > MOST_CELLS:
            raise UntrainableModel.of("the table is too large for a line through all of it")
        if data.task is Task.REGRESSION and len(data.target) * len(data.features) ** 2 > MOST_PRODUCTS:
            raise UntrainableModel.of("the table is too wide for a line through all of it")
        self._data, self._folds = data, folds
        self._read = replace(frequent_input(data), bound=_BOUND)
        self._design = design_of(
            data.columns, data.features, self._read, [0] * len(self._read.categories), data.threads
        )

    def of_folds(self, folds: Sequence[Fold]) -> LinearRows:
        """Return the same rows in other folds."""
        other = copy.copy(self)
        other._folds = folds
        return other

    def fitted(
        self, number: int, values: Mapping[str, Value], goes_on: Callable[[], bool], left: float = math.inf
    ) -> FittedLine:
        """Return the weights of a fold: of least loss, or as near as there is time for. Raises OutOfTime where those of
        a number, which are found in one go, would take longer than the seconds that are `left`.
        """
        fold = self._folds[number]
        design, data = _rows_of(self._design, fold.fitted), self._data
        weights = None if data.weights is None else data.weights[fold.fitted]
        l2 = float(values["l2_reg"])
        if data.task is Task.REGRESSION:
            if _SECONDS_OF_PRODUCT * np.count_nonzero(fold.fitted) * len(data.features) ** 2 > left:
                raise OutOfTime
            solution = _least_squares(design, data.target[fold.fitted], weights, l2)
        else:
            solution = _classified(design, data.target[fold.fitted], weights, l2, len(data.classes), goes_on)
        judged = _rows_of(self._design, fold.judged)
        began = time.perf_counter()
        raw = judged.dot(solution[:-1]) + solution[-1]
        taken = time.perf_counter() - began
        return FittedLine(solution, raw, 1e6 * taken / max(len(raw), 1))

    def merged(self, lines: Sequence[FittedLine], weights: Sequence[float]) -> FittedModel:
        """Return the weighted sum of lines as one model, whose graph gives raw outputs."""
        data = self._data
        solution = np.tensordot(np.asarray(weights), np.stack([line.solution for line in lines]), axes=1)
        outputs = solution.shape[1]
        link = Link.IDENTITY if data.task is Task.REGRESSION else Link.LOGIT if outputs == 1 else Link.SOFTMAX
        model = LinearModel(data.features, self._read, solution[:-1], solution[-1], link)
        builder = GraphBuilder(data.features)
        summed = weighted_sum(builder, builder.matrix(self._read.codes), self._read, model.weights, model.intercept)
        details: dict[str, Any] = model.as_json(data.classes)
        kept = {name: details[name] for name in ("encoding", "features", "linear")}
        return FittedModel(builder.finish(summed, "raw", outputs), (), kept)


def frequent_input(data: TrainingData, words: int = _MOST_WORDS) -> LinearInput:
    """Return numbers, each with a sign of whether it is NULL, and of the words of a text at most so many.

    Raises UntrainableModel where nothing of the table can be read so.
    """
    read = linear_input(data.columns, data.features, threads=data.threads)
    by_name = {feature.name: feature for feature in data.features}
    codes = [code for each in read.codes for code in _frequent(each, by_name[each.feature], data.columns, words)]
    missing = [
        ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=(NULL_NUMBER,))
        for feature in data.features
        if feature.type is FeatureType.NUMBER
        and 0 < data.columns.column(feature.name).null_count < data.columns.num_rows
    ]
    if not codes and not missing:
        raise UntrainableModel.of("no word of the table occurs often enough to be read")
    return replace(read, codes=(*codes, *missing))


def _frequent(code: ColumnCode, feature: Feature, columns: pa.Table, most: int) -> Iterator[ColumnCode]:
    if code.kind is not CodeKind.CATEGORY or feature.type is not FeatureType.STRING:
        yield code
        return
    column = columns.column(feature.name)
    counts = pc.value_counts(column if pa.types.is_string(column.type) else column.cast(pa.string()))
    words = pa.table({"word": counts.field("values").fill_null(NULL_STRING), "rows": counts.field("counts")})
    words = words.sort_by([("rows", "descending"), ("word", "ascending")]).slice(0, most)
    often = set(words.filter(pc.greater_equal(words["rows"], _LEAST_ROWS))["word"].to_pylist())
    known = tuple(str(word) for word in code.vocabulary if word in often)
    if known:
        yield replace(code, vocabulary=known)


def _rows_of(design: Design, rows: Mask) -> Design:
    return Design(design.numbers[rows], tuple(codes[rows] for codes in design.codes), design.sizes, alone=True)


def _least_squares(design: Design, target: Floats, weights: Floats | None, l2: float) -> Floats:
    """Return the weights for the target in its own unit; the penalty is of those for the standardised target."""
    center, scale = float(target.mean()), float(target.std()) or 1.0
    found, intercept = least_squares(design, (target - center) / scale, weights, l2, intercept=True)
    return np.append(found * scale, intercept * scale + center)[:, None]


def _classified(
    design: Design,
    target: Floats,
    weights: Floats | None,
    l2: float,
    classes: int,
    goes_on: Callable[[], bool],
) -> Floats:
    outputs = 1 if classes == 2 else classes
    loss: Loss = LogLoss() if outputs == 1 else SoftmaxLoss()
    wanted = target[:, None] if outputs == 1 else (target[:, None] == np.arange(classes)).astype(np.float64)
    problem = Problem(loss, design, wanted, weights, 0.0, l2, intercept=True, outputs=outputs, judging=None)
    counts = np.bincount(target.astype(np.int64), weights=weights, minlength=classes)
    logs = np.log(np.maximum(counts, 0.5))
    start = np.zeros((design.width + 1, outputs))
    start[-1] = np.diff(logs) if outputs == 1 else logs - logs.mean()
    return least(problem.loss_and_slope, start, most=MOST_ROUNDS, gain=_LEAST_GAIN, goes_on=goes_on)
