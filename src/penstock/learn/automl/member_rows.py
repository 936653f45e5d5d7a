"""The rows of a search as the families of its members read them, and what fits a candidate on a fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import CATBOOST, LINEAR, NEURAL, TEXT, TREES, Candidate
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.learner_candidate import FittedLearner, OutOfTime, fitted_on
from penstock.learn.automl.linear_candidate import FittedLine, LinearRows
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.network_candidate import FittedNetwork, NetworkRows
from penstock.learn.automl.oblivious_candidate import grown_by_catboost
from penstock.learn.automl.text_candidate import FittedText, TextRows
from penstock.learn.automl.tree_candidate import GrownTrees, TreeRows
from penstock.learn.learner import TrainingData

Fitted = GrownTrees | FittedLine | FittedNetwork | FittedText | FittedLearner


@dataclass
class MemberRows:
    """The rows in folds; each family's reading of them is made when it is first asked for."""

    data: TrainingData
    trees: TreeRows
    folds: Sequence[Fold]
    metric: SearchMetric
    budget: Budget

    @cached_property
    def lines(self) -> LinearRows:
        """The rows as linear models read them."""
        return LinearRows(self.data, self.folds)

    @cached_property
    def networks(self) -> NetworkRows:
        """The rows as neural networks read them."""
        return NetworkRows(self.data, self.folds, self.metric, self.budget)

    @cached_property
    def texts(self) -> TextRows:
        """The rows' texts as lines through their n-grams read them."""
        return TextRows(self.data, self.folds, self.budget.left)

    def of_folds(self, trees: TreeRows, folds: Sequence[Fold]) -> MemberRows:
        """Return the same rows in other folds; what lines, networks and texts read is not made again."""
        other = replace(self, trees=trees, folds=folds)
        if "lines" in vars(self):
            other.lines = self.lines.of_folds(folds)
        if "networks" in vars(self):
            other.networks = self.networks.of_folds(folds)
        if "texts" in vars(self):
            other.texts = self.texts.of_folds(folds)
        return other

    def fitting(
        self, candidate: Candidate, until: float, tell: Callable[[], None], rounds: int | None = None
    ) -> Callable[[int], Fitted]:
        """Return what fits a candidate on the fold of a number, with time until then by the budget's clock.

        Trees grow as long as the rows that judge gain by it; or, of a fold of all rows, so many `rounds`.
        """
        threads = 1 if len(self.folds) > 1 else self.data.threads
        lines = self.lines if candidate.family == LINEAR else None
        networks = self.networks if candidate.family == NEURAL else None
        texts = self.texts if candidate.family == TEXT else None

        def goes_on() -> bool:
            tell()
            return self.budget.clock() < until and not self.budget.stopped()

        def fit(number: int) -> Fitted:
            if candidate.family == TREES and rounds is None:
                return self.trees.grown(number, candidate.values, self.metric, threads, goes_on)
            if candidate.family == TREES and rounds is not None:
                return self._grown_on_all(candidate, rounds, goes_on)
            if candidate.family == CATBOOST:
                return grown_by_catboost(self.trees, number, candidate.values, self.metric, threads, goes_on, rounds)
            if lines is not None:
                return lines.fitted(number, candidate.values, goes_on, until - self.budget.clock())
            if texts is not None:
                return texts.fitted(number, candidate.values, goes_on)
            if networks is not None:
                return networks.fitted(number, candidate.values, self._gone(until), goes_on)
            return fitted_on(self.data, self.folds[number], candidate, goes_on)

        return fit

    def _grown_on_all(self, candidate: Candidate, rounds: int, goes_on: Callable[[], bool]) -> GrownTrees:
        text = self.trees.grown_on_all(candidate.values, self.metric, self.data.threads, rounds, goes_on)
        if text is None:
            raise OutOfTime
        return GrownTrees(text, rounds, np.empty((0, self.trees.outputs)))

    def _gone(self, until: float) -> Callable[[], float]:
        """Return what says which share of the time from now until then has gone."""
        began = self.budget.clock()
        return lambda: (self.budget.clock() - began) / max(until - began, 1e-6)
