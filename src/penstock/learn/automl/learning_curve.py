"""How much more rows would give: a good candidate's values, fitted on an eighth, a quarter and a half of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import Cancelled
from penstock.core.parallel import each
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.found import FAILURES, Tried, reason_of
from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.automl.member_rows import Fitted
from penstock.learn.automl.search import Search, all_settled

Floats = NDArray[np.float64]
Json = Any
SHARES = (0.125, 0.25, 0.5)
_MOST_FOLDS = 5
# Fewer rows than this say nothing of how a curve goes.
_FEWEST_ROWS = 20
# Small fits take more than their share of rows of the time; of what is left so much is used.
_OVERHEAD, _USED = 1.5, 0.8


def learning_curve(search: Search) -> dict[str, Json]:
    """Return a candidate's score by rows of training, within the time that the search has left: the best candidate's
    for which that is enough.

    {"candidate", "metric", "more_is_better", "folds", "points": [{"rows", "score"}], "doubling", "error"}: every point
    is judged by the same rows, and the last is all rows. `doubling` is what twice as many rows would gain, more being
    better, were each doubling to gain the same part of the one before, as it is for a power law; `error` is the
    standard error of the last gain over the folds, None for one. Where there was no time, too few rows, or a part of
    them teaches nothing, {"skipped": why}.
    """
    fewest = min(int(np.count_nonzero(fold.fitted)) for fold in search.folds)
    shares = [share for share in SHARES if share * fewest >= _FEWEST_ROWS]
    if not shares:
        return {"skipped": "there are too few rows for a part of them"}
    best = sorted(search.tried, key=lambda each: each.gain, reverse=True)
    counts = [(_folds_in_time(search, each, sum(shares)), each) for each in best]
    count, winner = next(((count, each) for count, each in counts if count), (0, best[0]))
    if not count:
        return {"skipped": "the search has used its time up"}
    folds = tuple(_part(fold, share, search.data.seed) for fold in search.folds[:count] for share in shares)
    try:
        fitted = _fitted(search, winner, folds, len(shares))
    except Cancelled:
        raise
    except FAILURES as problem:
        # As of a part of the rows that has one class only.
        return {"skipped": reason_of(problem)}
    if fitted is None:
        return {"skipped": "the search has used its time up"}
    gains = np.array([_gain(search, fold, part) for fold, part in zip(folds, fitted, strict=True)])
    whole = [_gain(search, fold, part) for fold, part in zip(search.folds[:count], winner.folds, strict=False)]
    table = np.column_stack([gains.reshape(count, len(shares)), whole])
    if not np.isfinite(table).all():
        return {"skipped": f"{search.metric.name} is not defined on its rows"}
    rows = [np.mean([np.count_nonzero(f.fitted) for f in folds[place :: len(shares)]]) for place in range(len(shares))]
    rows.append(np.mean([np.count_nonzero(fold.fitted) for fold in search.folds[:count]]))
    return {
        "candidate": winner.candidate.name,
        "metric": search.metric.name,
        "more_is_better": search.metric.more_is_better,
        "folds": count,
        "points": [
            {"rows": round(float(number)), "score": search.metric.value(float(gain))}
            for number, gain in zip(rows, table.mean(axis=0), strict=True)
        ],
        **_doubling(table),
    }


def _folds_in_time(search: Search, tried: Tried, share: float) -> int:
    """Return on how many folds a candidate can be fitted to parts of the rows, together so large a share of all."""
    a_fold = _OVERHEAD * share * tried.seconds / len(tried.folds)
    return min(_MOST_FOLDS, len(tried.folds), max(0, int(_USED * search.budget.left / max(a_fold, 1e-9))))


def _fitted(search: Search, winner: Tried, folds: Sequence[Fold], shares: int) -> list[Fitted] | None:
    """Return the winner fitted on each of these folds, so many shares of each; None when the time was over before."""
    smaller = search.of_folds(folds)
    until = search.budget.clock() + search.budget.left
    fit = smaller.fitting(winner.candidate, until)
    try:
        fitted = each(fit, range(len(folds)), search.data.threads)
    except OutOfTime:
        return None
    if search.budget.clock() >= until or search.budget.stopped():
        return None
    # The rounds of a share's trees are settled among them.
    parts = [all_settled(fitted[place::shares]) for place in range(shares)]
    return [part for of_fold in zip(*parts, strict=True) for part in of_fold]


def _part(fold: Fold, share: float, seed: int) -> Fold:
    """Return a fold with a part of its rows to fit on, drawn; a lesser part lies within a greater one."""
    place = np.random.default_rng([seed, 71]).random(len(fold.fitted))
    kept = np.flatnonzero(fold.fitted)
    kept = kept[np.argsort(place[kept], kind="stable")[: max(1, round(share * len(kept)))]]
    fitted = np.zeros(len(fold.fitted), np.bool_)
    fitted[kept] = True
    return Fold(fitted, fold.judged)


def _gain(search: Search, fold: Fold, part: Fitted) -> float:
    return search.gain_on(fold, part.raw)


def _doubling(table: Floats) -> dict[str, float | None]:
    """Return what another doubling of the rows would gain, from scores (folds, points) where more is better."""
    steps = np.diff(table, axis=1)
    means = steps.mean(axis=0)
    last = float(means[-1])
    shrinks = float(np.clip(last / means[-2], 0.0, 1.0)) if len(means) > 1 and means[-2] > 0 else 0.5
    error = float(steps[:, -1].std(ddof=1) / np.sqrt(len(steps))) if len(steps) > 1 else None
    return {"doubling": max(last, 0.0) * shrinks, "error": error}
