"""Values that stand for a missing one: -999, a date in the year 9999, a question mark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.learn.schema import Feature, FeatureType, Task
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import (
    LEAST_ROWS,
    Sample,
    counted,
    figure,
    floats,
    plain_texts,
    quoted_name,
    share,
)
from penstock.learn.understanding.stand_in_word import is_stand_in

Floats = NDArray[np.float64]
KIND = "stand-in for missing"
# Fewer rows of one value may be chance; the others have so many values at least.
_FEWEST, _PART, _OTHERS = 10, 0.002, 10
_NINES = frozenset(10.0**digits - 1 for digits in range(3, 16))
_MOMENTS = (FeatureType.DATE, FeatureType.TIMESTAMP)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAYS = "far from all others, it may stand for a missing value, or for a limit."


def stand_in_findings(sample: Sample) -> Iterator[TableFinding]:
    """Yield a finding for each column, the label first, with a value that seems to stand for a missing one."""
    if len(sample.target) < LEAST_ROWS:
        return
    if sample.data.task is Task.REGRESSION:
        yield from _of_label(sample)
    for feature in sample.data.features:
        if feature.type is FeatureType.STRING:
            yield from _of_words(sample, feature)
        elif feature.type is FeatureType.NUMBER:
            yield from _of_numbers(sample, feature)
        elif feature.type in _MOMENTS:
            yield from _of_moments(sample, feature)


def stand_in(values: Floats, *, may_be_zero: bool = False) -> float | None:
    """Return the least or greatest value where many rows have it and it is no value like the others: further from them
    than they lie apart, the only one below nothing, or all nines; None without one.
    """
    known = values[np.isfinite(values)]
    distinct, counts = np.unique(known, return_counts=True)
    if len(distinct) <= _OTHERS:
        return None
    for at, nearest, furthest in ((0, distinct[1], distinct[-1]), (-1, distinct[-2], distinct[0])):
        value = float(distinct[at])
        if counts[at] < max(_FEWEST, _PART * len(known)) or value != round(value) or not (value or may_be_zero):
            continue
        # By halves, so that the distance of great numbers is a number.
        beyond = abs(value / 2 - nearest / 2) > abs(furthest / 2 - nearest / 2)
        below_nothing = value < 0 <= min(nearest, furthest)
        nines = abs(value) in _NINES and abs(value) > 2 * max(abs(nearest), abs(furthest))
        if beyond or below_nothing or nines:
            return value
    return None


def _of_label(sample: Sample) -> Iterator[TableFinding]:
    target = sample.data.target
    value = stand_in(target)
    if value is not None:
        rows = int(np.count_nonzero(target == value))
        done = f"Kept, and learned. Such rows are left out with WHERE {quoted_name(sample.label)} <> {value:.15g}."
        message = f"{_told(sample.label, figure(value), rows, len(target))}: {_SAYS}"
        yield TableFinding("label stand-in", (sample.label,), Weight.WARNING, message, done)


def _of_numbers(sample: Sample, feature: Feature) -> Iterator[TableFinding]:
    value = stand_in(sample.numbers[feature.name])
    if value is not None:
        yield _found(feature, figure(value), f"{value:.15g}", *_rows(sample, feature, value))


def _of_moments(sample: Sample, feature: Feature) -> Iterator[TableFinding]:
    value = stand_in(floats(sample.columns.column(feature.name)), may_be_zero=True)
    if value is not None:
        kind, form = ("DATE", "%Y-%m-%d") if feature.type is FeatureType.DATE else ("TIMESTAMP", "%Y-%m-%d %H:%M:%S")
        when = f"{_EPOCH + timedelta(seconds=value):{form}}"
        yield _found(feature, when, f"{kind} '{when}'", *_rows(sample, feature, value))


def _rows(sample: Sample, feature: Feature, value: float) -> tuple[int, int]:
    """Return how many of all rows have a value, and how many there are."""
    values = floats(sample.data.columns.column(feature.name))
    return int(np.count_nonzero(values == value)), len(values)


def _of_words(sample: Sample, feature: Feature) -> Iterator[TableFinding]:
    counts = pc.value_counts(sample.texts[feature.name].drop_null())
    words = [(each["values"], each["counts"]) for each in counts.to_pylist() if is_stand_in(each["values"])]
    word, rows = max(words, key=lambda each: each[1], default=("", 0))
    if rows < _FEWEST or len(counts) == len(words):
        return
    texts = plain_texts(sample.data.columns.column(feature.name))
    rows = pc.sum(pc.equal(texts, word)).as_py()
    quoted, literal = quoted_name(feature.name), word.replace("'", "''")
    message = f"{_told(feature.name, repr(word), rows, len(texts))}: so people write that a value is missing."
    done = f"Kept as it is. The query makes it NULL: nullif({quoted}, '{literal}') AS {quoted}."
    yield TableFinding(KIND, (feature.name,), Weight.INFO, message, done)


def _found(feature: Feature, value: str, literal: str, rows: int, whole: int) -> TableFinding:
    quoted = quoted_name(feature.name)
    done = f"Kept. The query makes it NULL: nullif({quoted}, {literal}) AS {quoted}."
    return TableFinding(
        KIND, (feature.name,), Weight.WARNING, f"{_told(feature.name, value, rows, whole)}: {_SAYS}", done
    )


def _told(name: str, value: str, rows: int, whole: int) -> str:
    return f"{name!r} is {value} in {counted(rows)} ({share(rows, whole)})"
