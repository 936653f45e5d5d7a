"""The model type `additive_regressor`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.learner import Attributions, FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import NULL_STRING, FeatureType, Task
from penstock_additive.model import AdditiveModel, Curve, column_names, model_from_json

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Json = Any
_LISTS = (FeatureType.STRING_LIST, FeatureType.NUMBER_LIST, FeatureType.SPARSE_VECTOR)
# A round that lowers the loss by a smaller part than this is the last one.
_ENOUGH = 1e-6


class AdditiveRegressor:
    """The mean label plus one effect a column."""

    model_type = "additive_regressor"
    task = Task.REGRESSION
    summary = (
        "An additive regression: a learnt effect for each bin of a number and each word of a text, by backfitting in "
        "NumPy (Hastie and Tibshirani 1986)."
    )
    options: tuple[OptionSpec, ...] = (
        OptionSpec(
            "bins", "integer", 32, "Bins of a column of numbers, of about as many rows each.", minimum=2, maximum=1000
        ),
        OptionSpec("prior_rows", "number", 5.0, "Every effect gets so many rows that say it is zero.", minimum=0.001),
        OptionSpec("instance_weight_col", "string", None, "The column that holds the weight of each row."),
        OptionSpec("max_iterations", "integer", 50, "Rounds over all columns at most.", minimum=1, maximum=1000),
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Fit round by round until the loss stands still; raises UntrainableModel when every column is a list."""
        unread = [feature.name for feature in data.features if feature.type in _LISTS]
        if len(unread) == len(data.features):
            raise UntrainableModel.of(
                f"Model type {self.model_type} reads no lists, and there is no other column.",
                hint="Select a column of numbers or texts as well.",
            )
        kept = ~data.held_out
        start = model_from_json(warm_start.details) if warm_start else _empty_model(data, int(_number(options, "bins")))
        rows = _Rows.of(start, data)
        most, prior = int(_number(options, "max_iterations")), _number(options, "prior_rows")
        before = tuple(warm_start.iterations) if warm_start else ()
        run = before[-1].training_run + 1 if before else 0
        model, iterations = start, list(before)
        for number, (model, took) in enumerate(_rounds(start, rows, kept, prior)):
            loss = rows.loss(model, kept)
            eval_loss = rows.loss(model, data.held_out) if data.held_out.any() else None
            last = iterations[-1].loss if number else np.inf
            iterations.append(Iteration(run, number, loss, eval_loss, None, round(took * 1000)))
            progress(number + 1, most, f"loss {loss:.6g}")
            if number + 1 == most or last - loss <= _ENOUGH * loss:
                break
        notes = (f"Lists are not read: {', '.join(unread)}.",) if unread else ()
        return FittedModel(model.graph(), tuple(iterations), model.as_json(), notes=notes)

    def explainer(
        self,
        details: Mapping[str, Json],
        native: str | None,  # noqa: ARG002
        files: Mapping[str, bytes],  # noqa: ARG002
    ) -> AdditiveExplainer:
        """Return the explainer of a fitted model."""
        return AdditiveExplainer(model_from_json(details))


class AdditiveExplainer:
    """The effects are the attributions, exactly; the baseline is the mean label of the training."""

    def __init__(self, model: AdditiveModel) -> None:
        self._model = model
        self._encoder = MatrixEncoder(model.features, model.codes)

    def attributions(self, columns: pa.Table, scores: Floats, *, approximate: bool) -> Attributions:  # noqa: ARG002
        """Return the attributions of each row; a list has none."""
        model = self._model
        names = tuple(feature.name for feature in model.features)
        matrix = self._encoder.encode(columns)
        values = np.zeros((len(scores), len(names)))
        for column, (name, curve) in enumerate(zip(column_names(model.curves), model.curves, strict=True)):
            values[:, names.index(name)] = curve.effects[curve.places(matrix[:, column])]
        baseline = np.full(len(scores), model.mean)
        return Attributions(names, values, baseline, baseline + values.sum(axis=1))


@dataclass(frozen=True)
class _Rows:
    """The rows of `data` as the places of each curve, with the label and a weight that averages one in training."""

    places: tuple[Places, ...]
    target: Floats
    weights: Floats

    @classmethod
    def of(cls, model: AdditiveModel, data: TrainingData) -> _Rows:
        matrix = MatrixEncoder(data.features, model.codes).encode(data.columns, "F")
        places = tuple(curve.places(matrix[:, column]) for column, curve in enumerate(model.curves))
        weights = np.ones(len(data.target))
        if data.weights is not None:
            trained = ~data.held_out
            total = float(data.weights[trained].sum())
            if not total:
                raise UntrainableModel.of("Every row of training has the weight 0.")
            weights[trained] = data.weights[trained] * (np.count_nonzero(trained) / total)
        return cls(places, data.target, weights)

    def loss(self, model: AdditiveModel, which: NDArray[np.bool_]) -> float:
        """Return the weighted mean squared error of the rows marked in `which`."""
        scores = model.mean + sum(
            curve.effects[places] for curve, places in zip(model.curves, self.places, strict=True)
        )
        return float(np.average((self.target - scores)[which] ** 2, weights=self.weights[which]))


def _rounds(
    start: AdditiveModel, rows: _Rows, kept: NDArray[np.bool_], prior: float
) -> Iterator[tuple[AdditiveModel, float]]:
    """Yield the model after each round and the seconds that it took.

    A round fits each curve to what the others leave over, which is one step of block coordinate descent on the squared
    error plus `prior` times the squared effects.
    """
    weights = rows.weights[kept]
    places = [of_curve[kept] for of_curve in rows.places]
    mean = float(np.average(rows.target[kept], weights=weights))
    curves = list(start.curves)
    totals = [np.bincount(at, weights, len(curve.effects)) + prior for at, curve in zip(places, curves, strict=True)]
    left = rows.target[kept] - mean
    for at, curve in zip(places, curves, strict=True):
        left -= curve.effects[at]
    while True:
        since = time.perf_counter()
        for number, (at, curve) in enumerate(zip(places, curves, strict=True)):
            left += curve.effects[at]
            effects = np.bincount(at, weights * left, len(curve.effects)) / totals[number]
            left -= effects[at]
            curves[number] = replace(curve, effects=effects)
        yield AdditiveModel(start.features, tuple(curves), mean), time.perf_counter() - since


def _empty_model(data: TrainingData, bins: int) -> AdditiveModel:
    """Return the model that knows the words and the edges of the rows of training, and no effect yet."""
    train = data.columns.filter(pa.array(~data.held_out))
    curves = []
    for feature in data.features:
        if feature.type in _LISTS:
            continue
        if feature.type is FeatureType.STRING:
            words = _words(train.column(feature.name))
            code = ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=words)
            curves.append(Curve(code, np.empty(0), np.zeros(len(words) + 1)))
        else:
            code = ColumnCode(feature.name, CodeKind.NUMBER)
            edges = _edges(MatrixEncoder((feature,), (code,)).encode(train)[:, 0], bins)
            curves.append(Curve(code, edges, np.zeros(len(edges) + 2)))
    return AdditiveModel(data.features, tuple(curves), 0.0)


def _words(column: pa.ChunkedArray) -> tuple[str, ...]:
    """Return the words of a column in their order, NULL among them."""
    texts = column.cast(pa.string())
    words = sorted(pc.unique(pc.drop_null(texts)).to_pylist())
    return (NULL_STRING, *words) if texts.null_count else tuple(words)


def _edges(values: Floats, bins: int) -> Floats:
    """Return at most `bins` - 1 ascending values that part the finite ones evenly."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.empty(0)
    # Values of the data themselves: nothing between two of them has to be calculated, which could overflow.
    parts = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf"))
    edges: Floats = parts[parts < known.max()]
    return edges


def _number(options: Mapping[str, OptionValue], name: str) -> float:
    value = options[name]
    assert isinstance(value, int | float)
    return float(value)
