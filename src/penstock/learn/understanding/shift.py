"""How the newest rows differ from the oldest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.leakage import binned_auc, bins_of
from penstock.learn.schema import Feature, FeatureType, Task
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import Sample, floats, share

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# The first and the last quarter by time are compared.
_PART, _LEAST_ROWS = 4, 400
# A column that tells old rows from new so well has drifted; one that tells them beyond doubt runs with the time.
_TELLS, _IS_TIME = 0.75, 0.995
_MUCH, _SHOWN = 0.9, 5
# So many standard deviations, or so much of a class's share, lie between the labels' means.
_LABEL_MOVED, _CLASS_MOVED = 0.3, 0.1
_MOMENTS = (FeatureType.DATE, FeatureType.TIMESTAMP)


def shift_findings(sample: Sample, time: str | None, times: pa.ChunkedArray | None) -> Iterator[TableFinding]:
    """Yield what differs between the oldest and the newest quarter of the rows by `times`, the column `time`; without
    them by the first column of dates or moments.
    """
    if times is None:
        moment = next((feature for feature in sample.data.features if feature.type in _MOMENTS), None)
        if moment is None:
            return
        time, values = moment.name, floats(sample.columns.column(moment.name))
    else:
        values = ranks_of(times)[sample.places]
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < _LEAST_ROWS:
        return
    order = known[np.argsort(values[known], kind="stable")]
    part = len(order) // _PART
    if values[order[part - 1]] >= values[order[-part]]:
        return
    assert time is not None
    old, new = order[:part], order[-part:]
    done = _done(time, times is not None)
    yield from _columns(sample, time, old, new, done)
    yield from _label(sample, time, old, new, done)


def ranks_of(times: pa.ChunkedArray) -> Floats:
    """Return an order of any type's values as numbers, NaN for NULL."""
    import pyarrow.compute as pc

    ranks = pc.rank(times, sort_keys="ascending", tiebreaker="dense")
    found: Floats = ranks.to_numpy(zero_copy_only=False).astype(np.float64)
    found[times.is_null().to_numpy()] = np.nan
    return found


def _columns(sample: Sample, time: str, old: Whole, new: Whole, done: str) -> Iterator[TableFinding]:
    rows = np.random.default_rng(sample.data.seed).permutation(np.concatenate([old, new]))
    is_new = np.isin(rows, new).astype(np.float64)
    drifted = {
        feature.name: area
        for feature in sample.data.features
        if feature.type not in _MOMENTS and feature.name != time
        if _TELLS <= (area := _area(sample, feature, rows, is_new)) < _IS_TIME
    }
    if not drifted:
        return
    names = sorted(drifted, key=lambda name: -drifted[name])
    shown = ", ".join(f"{name!r} (ROC AUC {drifted[name]:.2f})" for name in names[:_SHOWN])
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    each = "alone" if len(names) == 1 else "each alone"
    message = f"By {time!r}, the newest quarter of the rows is told from the oldest by {shown}{more}, {each}."
    weight = Weight.WARNING if drifted[names[0]] >= _MUCH else Weight.INFO
    yield TableFinding("drift", tuple(names), weight, message, done)


def _area(sample: Sample, feature: Feature, rows: Whole, is_new: Floats) -> float:
    codes = bins_of(sample.columns.column(feature.name), feature)
    return 0.5 if codes is None else binned_auc(codes[rows], is_new, 2)


def _label(sample: Sample, time: str, old: Whole, new: Whole, done: str) -> Iterator[TableFinding]:
    target, data, label = sample.target, sample.data, sample.label
    if data.task is Task.CLASSIFICATION:
        codes = target.astype(np.int64)
        before, after = (np.bincount(codes[rows], minlength=len(data.classes)) for rows in (old, new))
        most = int(np.argmax(np.abs(after - before)))
        if abs(int(after[most]) - int(before[most])) < _CLASS_MOVED * len(old):
            return
        what = f"share of {data.classes[most]!r} in {label!r}"
        was, now = share(int(before[most]), len(old)), share(int(after[most]), len(new))
    else:
        spread = float(target.std())
        means = [float(target[rows].mean()) for rows in (old, new)]
        if not spread or abs(means[1] - means[0]) < _LABEL_MOVED * spread:
            return
        what, was, now = f"mean of {label!r}", f"{means[0]:,.4g}", f"{means[1]:,.4g}"
    message = f"By {time!r}, the {what} is {was} in the oldest quarter of the rows, {now} in the newest."
    yield TableFinding("label drift", (label,), Weight.WARNING, message, done)


def _done(time: str, judged_later: bool) -> str:
    if judged_later:
        return "Kept. Candidates are judged by what came later."
    return f"Kept. OPTIONS (validation = 'TIME', validation_col = '{time}') judges by what came later, as in use."
