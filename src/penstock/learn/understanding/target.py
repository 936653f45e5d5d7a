"""The label: whether it is a number or names classes, how unlike the classes are in size, what lies far out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from penstock.learn.schema import Task
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, Sample, counted, figure, share
from penstock.learn.understanding.stand_in import stand_in

Floats = NDArray[np.float64]
# A number of more values than this is hardly a name of classes; one of so few may well be.
_MOST_CLASSES, _FEW_VALUES = 20, 10
_RARE, _VERY_RARE, _FEWEST_OF_CLASS = 0.1, 0.01, 10
# So many interquartile ranges beyond the quartiles stands what is far out; few rows should not make the variance.
_FAR, _MUCH_OF_VARIANCE = 10.0, 0.3
_SHOWN = 5
# At a limit of what was measured stands such a share of the rows, and so many times as many as of another value.
_OF_CEILING, _TIMES_USUAL = 0.01, 10


def target_findings(sample: Sample) -> Iterator[TableFinding]:
    """Yield what is to be said of the label of all rows."""
    if sample.data.task is Task.CLASSIFICATION:
        yield from _classes(sample)
    else:
        yield from _values(sample)


def _classes(sample: Sample) -> Iterator[TableFinding]:
    data, label = sample.data, sample.label
    counts = np.bincount(data.target.astype(np.int64), minlength=len(data.classes))
    rows, order = len(data.target), np.argsort(-counts, kind="stable")
    shown = ", ".join(f"{data.classes[at]!r} {share(int(counts[at]), rows)}" for at in order[:_SHOWN])
    more = f", and {len(order) - _SHOWN} more" if len(order) > _SHOWN else ""
    message = f"{label!r} has {len(order):,} class{'' if len(order) == 1 else 'es'}: {shown}{more}."
    yield TableFinding("label", (label,), Weight.INFO, message, "Learned as classes.")
    numbers = [value for value in data.classes if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) > _MOST_CLASSES or any(value != int(value) for value in numbers):
        message = f"{label!r} is a number with {len(numbers):,} different values, learned as so many classes."
        done = "Kept as classes. Where it is an amount, automl_regressor learns that 3 lies between 2 and 4."
        yield TableFinding("label type", (label,), Weight.WARNING, message, done)
    known = counts[counts > 0]
    least = int(order[len(known) - 1])
    part = counts[least] / rows
    if part >= _RARE / max(len(known) - 1, 1) and counts[least] >= _FEWEST_OF_CLASS:
        return
    weight = Weight.WARNING if part < _VERY_RARE or counts[least] < _FEWEST_OF_CLASS else Weight.INFO
    of = counted(int(counts[least]))
    message = f"The class {data.classes[least]!r} of {label!r} has {of} ({share(int(counts[least]), rows)})"
    few = int(np.count_nonzero(known < _FEWEST_OF_CLASS)) - 1
    have = "has" if few == 1 else "have"
    message += f", {few} more {have} fewer than {_FEWEST_OF_CLASS}." if few > 0 else "."
    done = "Kept. Every fold has its share of it, as far as its rows go round; auto_class_weights weighs it up."
    yield TableFinding("imbalance", (label,), weight, message, done)


def _values(sample: Sample) -> Iterator[TableFinding]:
    target, label = sample.data.target, sample.label
    distinct = np.unique(sample.target)
    low, middle, high = (float(value) for value in np.quantile(target, [0.0, 0.5, 1.0]))
    message = f"{label!r} is a number from {figure(low)} to {figure(high)}, half of the rows up to {figure(middle)}."
    yield TableFinding("label", (label,), Weight.INFO, message, "Learned as a number.")
    if len(target) >= LEAST_ROWS and len(distinct) <= _FEW_VALUES and (distinct == np.round(distinct)).all():
        shown = ", ".join(f"{value:g}" for value in distinct[:_SHOWN]) + (", …" if len(distinct) > _SHOWN else "")
        message = f"{label!r} has only {counted(len(distinct), 'different value')}: {shown}."
        done = "Kept as a number. Where it names classes, automl_classifier gives the probability of each."
        yield TableFinding("label type", (label,), Weight.WARNING if len(distinct) <= 2 else Weight.INFO, message, done)
    known = target if stand_in(target) is None else target[target != stand_in(target)]
    yield from _ceiling(known, label)
    yield from _outliers(known, label)


def _ceiling(target: Floats, label: str) -> Iterator[TableFinding]:
    """What was measured up to a limit has many rows at it."""
    values, counts = np.unique(target, return_counts=True)
    rows, usual = int(counts[-1]), len(target) / len(values)
    if len(values) < LEAST_ROWS or rows < _OF_CEILING * len(target) or rows < _TIMES_USUAL * usual:
        return
    message = (
        f"{counted(rows)} of {label!r} ({share(rows, len(target))}) have its greatest value, {figure(values[-1])}: "
    )
    message += "what is above seems to have been cut off."
    done = "Kept. No model says more than that; the true values are not in this table."
    yield TableFinding("label ceiling", (label,), Weight.INFO, message, done)


def _outliers(target: Floats, label: str) -> Iterator[TableFinding]:
    first, third = np.quantile(target, [0.25, 0.75])
    width = float(third - first)
    if len(target) < LEAST_ROWS or width <= 0:
        return
    far = (target < first - _FAR * width) | (target > third + _FAR * width)
    count = int(np.count_nonzero(far))
    if not count:
        return
    # In widths, so that squares of great numbers are numbers.
    apart = ((target - np.median(target)) / width) ** 2
    part = float(apart[far].sum() / apart.sum())
    furthest = float(target[far][np.argmax(np.abs(target[far]))])
    message = (
        f"{counted(count)} of {label!r} lie{'s' if count == 1 else ''} more than {_FAR:g} interquartile ranges out, "
        f"up to {figure(furthest)}, and make {100 * part:.0f} % of the squared error of the median."
    )
    weight = Weight.WARNING if part > _MUCH_OF_VARIANCE else Weight.INFO
    yield TableFinding("label outliers", (label,), weight, message, "Kept. OPTIONS (metric = 'mae') weighs them less.")
