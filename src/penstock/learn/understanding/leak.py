"""Features that know what is to be predicted: too good alone or together, or known only after the event."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from penstock.learn.leakage import Leaks, leaks_of
from penstock.learn.schema import FeatureType, Task
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import LEAST_ROWS, Sample, counted, share

Mask = NDArray[np.bool_]
# A column that is filled is filled for one outcome but for so few rows, ...
_PURE = 0.99
# ... which by chance would happen once in so many tables.
_CHANCE = 1e-6
_FEWEST = 10
# A flag of two values may be an honest sign of few rows; an amount that is there for many events is hardly one.
_FLAG, _MANY_EVENTS = 2, 0.3
_KEPT = "Kept. It may be known in time; OPTIONS (drop_leaks = TRUE) leaves it out."
_LEFT_OUT = "Left out. So drop_leaks asks."


def leak_findings(sample: Sample, drops: bool, left: Callable[[], float]) -> Iterator[TableFinding]:
    """Yield a warning for each leak; with `drops` its columns are left out. `left` tells the seconds for the search."""
    done = _LEFT_OUT if drops else _KEPT
    suspects: set[str] = set()
    leaks = leaks_of(sample.data, sample.label, left)
    yield from _unseen(leaks, len(sample.data.features))
    for leak in leaks.found:
        suspects.update(leak.features)
        yield TableFinding("leakage", leak.features, Weight.WARNING, leak.message, done, drops=drops)
    if len(sample.target) < LEAST_ROWS:
        return
    outcomes = _outcomes(sample)
    for feature in sample.data.features:
        if feature.name not in suspects:
            name, filled = feature.name, sample.filled(feature)
            found = _after_event(sample, name, "has a value", filled, outcomes)
            if found is None and feature.type is FeatureType.NUMBER and len(np.unique(sample.numbers[name])) > _FLAG:
                amount = filled & (sample.numbers[name] != 0)
                found = _after_event(sample, name, "is not 0", amount, outcomes, covers=_MANY_EVENTS)
            if found is not None:
                yield TableFinding("known after the event", (name,), Weight.WARNING, found, done, drops=drops)


def _unseen(leaks: Leaks, features: int) -> Iterator[TableFinding]:
    if leaks.unseen:
        what = f"in {len(leaks.unseen):,} of {features:,} columns, nor among several together"
    elif not leaks.together:
        what = "among several columns together, only in each alone"
    else:
        return
    message = f"There was no time to look for leaks {what}."
    yield TableFinding("not looked at", leaks.unseen, Weight.WARNING, message, "Kept. A larger budget_seconds looks.")


def _outcomes(sample: Sample) -> list[tuple[str, Mask]]:
    """Return the outcomes that a column may be filled for: each class, or a number that is not 0."""
    data, target = sample.data, sample.target
    if data.task is Task.CLASSIFICATION:
        return [(f"is {value!r}", target == code) for code, value in enumerate(data.classes)]
    return [("is not 0", target != 0)]


def _after_event(
    sample: Sample, name: str, what: str, told: Mask, outcomes: list[tuple[str, Mask]], covers: float = 0.0
) -> str | None:
    """Return what is to be said where the rows in which a column tells something have one outcome, and are so large a
    part of those that have it; else None.
    """
    count = int(np.count_nonzero(told))
    if count < _FEWEST or count == len(told):
        return None
    for words, happened in outcomes:
        base = float(happened.mean())
        within = int(np.count_nonzero(told & happened))
        if within < _PURE * count or not 0 < base < 1 or count * math.log(base) > math.log(_CHANCE):
            continue
        if within >= covers * np.count_nonzero(happened):
            return (
                f"{name!r} {what} in {counted(count)} of those looked at, and in {share(within, count)} of them "
                f"{sample.label!r} {words}: it may be known only after the event."
            )
    return None
