"""Features that know too much: suspiciously good alone, or rebuilding the label together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.names import star_without
from penstock.learn.feature_column import numbers, rows_of, strings
from penstock.learn.learner import TrainingData
from penstock.learn.metrics import roc_auc
from penstock.learn.schema import Feature, FeatureType, Task

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Looked at: so many rows, evenly spread. Below LEAST_ROWS chance alone finds leaks other than the label itself.
MOST_ROWS, LEAST_ROWS, FEWEST_ROWS = 20_000, 100, 20
# … and of many features fewer: each is sorted.
MOST_VALUES, _LEAST_OF_MANY = 10_000_000, 2_000
SUSPICIOUS, EXACT = 0.98, 0.9999
_BINS = 100
# What gives a label away does so for its frequent classes; looking at a thousand takes seconds a feature.
_MOST_CLASSES = 20
# The times between every two of so many moments are looked at.
_MOST_MOMENTS = 6
# A line is fitted on so many rows, or so many for each feature; each value takes so many seconds for each feature.
_FITTED_ROWS, _ROWS_OF_EACH, _SECONDS_OF_VALUE = 5_000, 5, 1e-9
# A feature carries a linear leak when it moves the label by more than this share of the label's spread.
_CARRIES = 0.01
_HINT = "If it is not known when a prediction is made, leave it out of the query: SELECT {}."


@dataclass(frozen=True)
class Leak:
    """A feature, or a group of them, that gives the label away, and the sentence that says so."""

    features: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class Leaks:
    """Those that were found, and what there was no time for: the features that were not looked at, and whether several
    were looked at together.
    """

    found: tuple[Leak, ...] = ()
    unseen: tuple[str, ...] = ()
    together: bool = True


def leaks(data: TrainingData, label: str) -> tuple[Diagnostic, ...]:
    """Return a warning for each leak."""
    return tuple(
        Diagnostic("leakage", leak.message, None, _HINT.format(star_without(*leak.features)), Severity.WARNING)
        for leak in leaks_of(data, label).found
    )


def looked_at(rows: int, features: int) -> int:
    """Return how many of so many rows are looked at, where there are so many features."""
    return min(rows, MOST_ROWS, max(_LEAST_OF_MANY, MOST_VALUES // max(features, 1)))


def _endless() -> float:
    return math.inf


def leaks_of(data: TrainingData, label: str, left: Callable[[], float] = _endless) -> Leaks:
    """Return the features, and groups of them, that give the label away; with the score that says so.

    Alone: out-of-sample R² of the bin means (regression) or ROC AUC of the bin shares (classification) above
    0.98, half of the sample making the bins and the other half judging. Between two dates or moments: the same of the
    time from one to the other; the later is the leak. Together: R² of a linear fit of numeric features above 0.9999.
    `left` tells the seconds that this may still take.
    """
    rows = np.flatnonzero(~data.held_out)
    most = looked_at(len(rows), len(data.features))
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
    if len(rows) < FEWEST_ROWS or data.task is Task.RECOMMENDATION:
        return Leaks()
    # In an order of its own, since a table is often sorted by time or by label.
    order = np.random.default_rng(data.seed).permutation(len(rows))
    sample = rows_of(data.columns, rows).take(pa.array(order))
    target = data.target[rows[order]]
    found: list[Leak] = []
    for place, feature in enumerate(data.features):
        if left() <= 0:
            return Leaks(tuple(found), tuple(feature.name for feature in data.features[place:]), together=False)
        found += _alone(sample.column(feature.name), feature, target, data, label)
    if len(rows) >= LEAST_ROWS:
        found += _between(sample, target, data, label, {leak.features[0] for leak in found}, left)
        if left() <= 0 and len(_moments(data)) > 1:
            return Leaks(tuple(found), together=False)
    if data.task is Task.REGRESSION and len(rows) >= LEAST_ROWS:
        told = {leak.features[0] for leak in found}
        numbers = sum(feature.type is FeatureType.NUMBER for feature in data.features)
        if _SECONDS_OF_VALUE * _fitted_rows(len(rows), numbers) * numbers**2 > left():
            return Leaks(tuple(found), together=False)
        found += _together(sample, target, data, label, told)
    return Leaks(tuple(found))


def _fitted_rows(rows: int, features: int) -> int:
    return min(rows // 2, max(_FITTED_ROWS, _ROWS_OF_EACH * features))


def _alone(column: pa.ChunkedArray, feature: Feature, target: Floats, data: TrainingData, label: str) -> Iterator[Leak]:
    codes = bins_of(column, feature)
    if codes is None:
        return
    if data.task is Task.REGRESSION:
        measure, score = "R²", _binned_r2(codes, target)
    else:
        measure, score = "ROC AUC", binned_auc(codes, target, len(data.classes))
    if _equals(column, feature, target, data):
        message = f"The feature {feature.name!r} equals the label {label!r} ({measure} 1.0000)."
    elif score > SUSPICIOUS and len(target) >= LEAST_ROWS:
        message = (
            f"The feature {feature.name!r} alone predicts the label {label!r} suspiciously well "
            f"({measure} {score:.4f})."
        )
    else:
        return
    yield Leak((feature.name,), message)


def _between(
    sample: pa.Table,
    target: Floats,
    data: TrainingData,
    label: str,
    suspects: set[str],
    left: Callable[[], float],
) -> Iterator[Leak]:
    """Yield each moment that gives the label away by how long after another one it comes, while time is left."""
    moments = [feature for feature in _moments(data) if feature.name not in suspects][:_MOST_MOMENTS]
    for one, other in combinations(moments, 2):
        if left() <= 0:
            return
        apart = _values(sample.column(other.name)) - _values(sample.column(one.name))
        known = np.isfinite(apart)
        if np.count_nonzero(known) < max(LEAST_ROWS, len(known) // 2):
            continue
        first, last = (one, other) if float(np.median(apart[known])) >= 0 else (other, one)
        codes, outcome = _bins(apart[known]), target[known]
        if data.task is Task.REGRESSION:
            measure, score = "R²", max(_binned_r2(codes, outcome), _linear_r2(apart[known], outcome))
        else:
            measure, score = "ROC AUC", binned_auc(codes, outcome, len(data.classes))
        if score > SUSPICIOUS and last.name not in suspects:
            suspects.add(last.name)
            message = f"The time from {first.name!r} to {last.name!r} predicts the label {label!r} suspiciously well "
            yield Leak((last.name,), f"{message}({measure} {score:.4f}).")


def _moments(data: TrainingData) -> list[Feature]:
    return [feature for feature in data.features if feature.type in (FeatureType.DATE, FeatureType.TIMESTAMP)]


def _values(column: pa.ChunkedArray) -> Floats:
    return np.concatenate([numbers(chunk) for chunk in column.chunks])


def bins_of(column: pa.ChunkedArray, feature: Feature) -> Codes | None:
    """Return the bin of each row: a category, or a hundredth of the sample; None for lists, which have no
    bins.
    """
    if feature.type in (FeatureType.STRING_LIST, FeatureType.NUMBER_LIST, FeatureType.SPARSE_VECTOR):
        return None
    if feature.type is FeatureType.STRING:
        texts = strings(column.combine_chunks())
        if not pa.types.is_dictionary(texts.type):
            texts = texts.dictionary_encode()
        codes: Codes = texts.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        return codes + 1
    return _bins(_values(column))


def _bins(values: Floats) -> Codes:
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values), np.int64)
    distinct, places = np.unique(values, return_inverse=True)
    bins = min(_BINS, len(values) // 10)
    if len(distinct) > bins:
        borders = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
        places = np.searchsorted(borders, values, "right")
    return np.where(np.isnan(values), 0, places + 1).astype(np.int64)


def _bin_means(codes: Codes, target: Floats) -> tuple[Floats, slice]:
    """Return the mean target of each row's bin in the first half, for the rows of the second half."""
    half = len(codes) // 2
    judged = slice(half, None)
    bins = int(codes.max()) + 1
    count = np.bincount(codes[:half], minlength=bins)
    total = np.bincount(codes[:half], weights=target[:half], minlength=bins)
    means = np.where(count > 0, total / np.maximum(count, 1), target[:half].mean())
    return means[codes[judged]], judged


def _binned_r2(codes: Codes, target: Floats) -> float:
    predicted, judged = _bin_means(codes, target)
    return _r2(target[judged], predicted)


def _linear_r2(values: Floats, target: Floats) -> float:
    half = len(values) // 2
    # In parts of the greatest, so that squares of great numbers are numbers.
    values = values / (np.abs(values).max() or 1.0)
    centred = values - values[:half].mean()
    spread = float(np.sum(centred[:half] ** 2))
    if not spread:
        return 0.0
    mean = float(target[:half].mean())
    slope = float(np.sum(centred[:half] * (target[:half] - mean))) / spread
    return _r2(target[half:], mean + slope * centred[half:])


def _r2(actual: Floats, predicted: Floats) -> float:
    spread = float(np.sum((actual - actual.mean()) ** 2))
    return 1.0 - float(np.sum((actual - predicted) ** 2)) / spread if spread > 0 else 0.0


def binned_auc(codes: Codes, target: Floats, classes: int) -> float:
    """Return how well the bins of the first half of the rows tell the classes of the second half: ROC AUC, of more than
    two classes the mean of each of the most frequent ones against the others, by how frequent they are.
    """
    areas, rows = [], []
    counts = np.bincount(target.astype(np.int64), minlength=classes)
    for code in np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist() if classes > 2 else (1,):
        positive = target == code
        predicted, judged = _bin_means(codes, positive.astype(np.float64))
        area = roc_auc(positive[judged], predicted)
        if area == area:
            areas.append(area)
            rows.append(int(counts[code]))
    return float(np.average(areas, weights=rows)) if areas else 0.0


def _equals(column: pa.ChunkedArray, feature: Feature, target: Floats, data: TrainingData) -> bool:
    if data.task is Task.REGRESSION:
        return feature.type is FeatureType.NUMBER and bool(np.array_equal(_values(column), target))
    if feature.type is FeatureType.STRING:
        words = [str(value) for value in data.classes]
        actual = [words[int(code)] for code in target]
        return bool(column.cast(pa.string()).to_pylist() == actual)
    if feature.type in (FeatureType.NUMBER, FeatureType.BOOLEAN) and not isinstance(data.classes[0], str):
        known = np.array([float(value) for value in data.classes])
        return bool(np.array_equal(_values(column), known[target.astype(np.int64)]))
    return False


def _together(sample: pa.Table, target: Floats, data: TrainingData, label: str, told: set[str]) -> list[Leak]:
    """Return the numbers that rebuild the label; of those that were told alone, what does so by itself is no part."""
    names = [
        feature.name
        for feature in data.features
        if feature.type is FeatureType.NUMBER
        if not (feature.name in told and _rebuilds(_values(sample.column(feature.name)), target))
    ]
    if not names or len(target) < 4 * len(names):
        return []
    values = np.column_stack([_values(sample.column(name)) for name in names])
    values[~np.isfinite(values)] = np.nan
    known = np.asarray(np.isfinite(values).any(axis=0))
    names, values = [name for name, kept in zip(names, known.tolist(), strict=True) if kept], values[:, known]
    if not names:
        return []
    values = values / np.maximum(np.nanmax(np.abs(values), axis=0), np.finfo(np.float64).tiny)
    means = np.nanmean(values, axis=0)
    centred = np.where(np.isnan(values), 0.0, values - means)
    spread = centred.std(axis=0)
    matrix = centred / np.where(spread > 0, spread, 1.0)
    half = _fitted_rows(len(target), len(names))
    with_constant = np.column_stack([matrix, np.ones(len(matrix))])
    weights = np.linalg.lstsq(with_constant[:half], target[:half], rcond=None)[0]
    score = _r2(target[half:], with_constant[half:] @ weights)
    if not score > EXACT:
        return []
    shares = np.abs(weights[:-1]) / target.std()
    carriers = [name for name, share in zip(names, shares, strict=True) if share > _CARRIES]
    named = " and ".join(repr(name) for name in carriers)
    verb = "rebuilds" if len(carriers) == 1 else "together rebuild"
    if not carriers:
        return []
    return [Leak(tuple(carriers), f"{named} {verb} the label {label!r} (linear R² {score:.6f}).")]


def _rebuilds(values: Floats, target: Floats) -> bool:
    known = np.isfinite(values)
    return int(np.count_nonzero(known)) > 1 and _linear_r2(values[known], target[known]) > EXACT
