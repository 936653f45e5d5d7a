"""Whether features help: the same quick booster with them and without, on rows that it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import PORTFOLIO, TREES
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.tree_candidate import GrownTrees, TreeRows
from penstock.learn.learner import TrainingData
from penstock.learn.tree_ensemble import read_ensemble
from penstock.learn.tree_graph import Link, TreeOutput
from penstock.learn.tree_growth import importances

Json = Any
Floats = NDArray[np.float64]
OUT_OF_TIME = "no time left"
# So many folds are enough; a judgement by fewer than the least is cut into so many parts instead.
MOST_FOLDS, _FEWEST_FOLDS, _PARTS = 10, 3, 5
# Of features that help, those of a lesser share of the trees' gain are left out.
LEAST_GAIN = 0.002
# Where all of them do not help together, so many that say most are asked once more.
_FEW = 4
# Trees grow sooner than those of the search, on both sides alike.
_RATE = 0.1


@dataclass(frozen=True)
class Judgement:
    """What a quick booster gains on each part of the rows that judge, and each feature's share of its trees' gain."""

    gains: Floats
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Court:
    """Judges sets of columns by the same quick booster on the same folds."""

    folds: Sequence[Fold]
    metric: SearchMetric
    link: Link
    budget: Budget
    until: float
    tell: Callable[[], None]

    @property
    def over(self) -> bool:
        return self.budget.clock() >= self.until or self.budget.stopped()

    def judgement(self, rows: TreeRows, data: TrainingData) -> Judgement | None:
        """Return None when the time was over before the trees were."""
        quick = next(candidate for candidate in PORTFOLIO if candidate.family == TREES)
        values = {**quick.values, "learning_rate": _RATE}
        alone = len(self.folds) == 1

        def goes_on() -> bool:
            self.tell()
            return not self.over

        def grown(number: int) -> GrownTrees:
            return rows.grown(number, values, self.metric, data.threads if alone else 1, goes_on)

        found = each(grown, range(len(self.folds)), 1 if alone else min(data.threads, len(self.folds)))
        if self.over:
            return None
        gains = [gain for fold, trees in zip(self.folds, found, strict=True) for gain in self._gains(fold, trees, data)]
        names = [feature.name for feature in data.features]
        shares = dict.fromkeys(names, 0.0)
        for trees in found:
            for row in importances(read_ensemble(trees.text), rows.codes, names):
                shares[row["feature"]] += row["gain"] * row["weight"]
        total = sum(shares.values()) or 1.0
        return Judgement(np.array(gains), {name: share / total for name, share in shares.items()})

    def _gains(self, fold: Fold, trees: GrownTrees, data: TrainingData) -> list[float]:
        judged = np.flatnonzero(fold.judged)
        count = 1 if len(self.folds) >= _FEWEST_FOLDS else _PARTS
        scores = TreeOutput(self.link).scores(trees.raw)
        found = []
        for part in range(count):
            own = np.arange(len(judged)) % count == part
            rows = judged[own]
            weights = None if data.weights is None else data.weights[rows]
            found.append(self.metric.gain(data.target[rows], scores[own], weights))
        return found

    def helps(self, before: Judgement, after: Judgement) -> tuple[bool, float, float]:
        """Return whether the mean gain is above its standard error, both beside it.

        Folds share rows that they are fitted on, so that their gains vary together: the error is that of Nadeau &
        Bengio 2003, "Inference for the generalization error".
        """
        with np.errstate(invalid="ignore"):
            # Where the metric is not defined, as of one class, it is infinite on both sides.
            gained = after.gains - before.gains
        if not np.isfinite(gained).all():
            return False, 0.0, 0.0
        shared = 0.0
        if len(self.folds) >= _FEWEST_FOLDS:
            shared = float(np.mean([fold.judged.sum() / max(fold.fitted.sum(), 1) for fold in self.folds]))
        error = float(np.std(gained, ddof=1) * np.sqrt(1 / len(gained) + shared)) if len(gained) > 1 else 0.0
        mean = float(np.mean(gained))
        return mean > max(error, 0.0), mean, error

    def worth(
        self, held: TrainingData, more: TrainingData, names: Sequence[str], before: Judgement, cost: float = 0.0
    ) -> tuple[Json, tuple[Sequence[str], Judgement] | None]:
        """Return what features of `more` are worth beside those that are `held`, and the names of those to keep: the
        ones that say most, of all or of the few best. `cost` are the seconds that keeping them takes.
        """
        some, told = list(names), {"kept": False, "skipped": OUT_OF_TIME}
        for most in (len(names), _FEW):
            if most > len(some) or cost >= self.until - self.budget.clock():
                break
            data = only(more, held, some)
            after = self.judgement(TreeRows(data, self.folds), data)
            if after is None:
                break
            good, gain, error = self.helps(before, after)
            shares = after.shares
            worthy = [name for name in some if shares[name] >= LEAST_GAIN]
            kept = good and bool(worthy)
            told = {"kept": kept, "gain": gain, "error": error, "features": worthy if good else some}
            if kept:
                return told, (worthy, after)
            some = sorted(some, key=lambda name: -shares[name])[:_FEW]
        return told, None


def only(more: TrainingData, held: TrainingData, names: Sequence[str]) -> TrainingData:
    """Return `held` with some of the features of `more`, behind its own."""
    of_name = {feature.name: feature for feature in more.features}
    features = (*held.features, *(of_name[name] for name in names))
    return replace(held, columns=more.columns.select([feature.name for feature in features]), features=features)


def some_rows(data: TrainingData, folds: Sequence[Fold], most: int) -> tuple[TrainingData, Sequence[Fold]]:
    """Return at most so many of the rows, evenly spread, and their folds."""
    count = len(data.target)
    if count <= most:
        return data, folds
    rows = np.zeros(count, np.bool_)
    rows[np.unique(np.linspace(0, count - 1, most).astype(np.int64))] = True
    parts = [Fold(fold.fitted[rows], fold.judged[rows]) for fold in folds]
    return data.of_rows(rows), [part for part in parts if part.fitted.any() and part.judged.any()]
