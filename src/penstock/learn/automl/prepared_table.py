"""The table of a search, ready for candidates: some of its rows, looked at, in folds, with columns made of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penstock.core.options import OptionValue
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.decision import Costs
from penstock.learn.automl.derivation import Derivation, derive
from penstock.learn.automl.ensemble import Ensemble
from penstock.learn.automl.fold import Folding, folding_of
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.own_time import without_own_time
from penstock.learn.automl.related_choice import RelatedChoice, chosen_related
from penstock.learn.automl.row_sample import SearchedRows, cost_of, searched_rows
from penstock.learn.automl.search_option import RECORDING
from penstock.learn.automl.serving_option import aim_of
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.automl.understood_table import UnderstoodTable, understood
from penstock.learn.automl.usage import free_memory
from penstock.learn.automl.validation import validation_of, wanted_folds, wanted_metric
from penstock.learn.learner import FittedModel, Progress, TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link

Floats = NDArray[np.float64]
# The share of what is left in which leaks are looked for.
_LOOKING_SHARE = 0.15


@dataclass(frozen=True)
class PreparedTable:
    """`looked` says which rows are searched, `related` which columns of other tables stand among them, `table` what was
    found in them, `derivation` what candidates are fitted on. `until`, by the budget's clock, is when only the
    recording may be left.
    """

    looked: SearchedRows
    related: RelatedChoice
    table: UnderstoodTable
    folding: Folding
    derivation: Derivation
    metric: SearchMetric
    link: Link
    aim: str | Costs | None
    until: float

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the rows and columns."""
        return (*self.related.notes, *self.derivation.rows.notes, *self.looked.notes)

    def written(self, ensemble: Ensemble) -> FittedModel:
        """Return an ensemble as a model of the raw columns, those that no candidate got included."""
        fitted = ensemble.fitted(self.table.restored(self.derivation.data))
        return replace(self.derivation, raw=self.table.features).joined(fitted)

    def of_all_rows(self, scores: Floats) -> Floats | None:
        """Return what is said of the rows searched as said of all rows, NaN where nothing is; None where rows that are
        held out judge.
        """
        held_out = self.related.data.held_out
        if held_out.any():
            return None
        found = np.full((len(self.looked.kept), scores.shape[1]), np.nan)
        found[self.looked.kept] = scores
        return found


def prepared(
    data: TrainingData, options: Mapping[str, OptionValue], budget: Budget, progress: Progress
) -> PreparedTable:
    """Return the table as far as there is time to prepare it; what is left out for that is told."""
    cost = replace(cost_of(data), folds=wanted_folds(options))
    profile = cost.profile(len(data.target))
    budget.keep(budget.reserve + profile)
    looked = searched_rows(data, budget, cost, free_memory())
    metric, link = wanted_metric(data, options), _link(data)
    whole = data if looked.kept.all() else data.of_rows(looked.kept)
    related = chosen_related(whole, options, metric, link, budget, progress)
    looking = budget.spent + _LOOKING_SHARE * budget.left
    table = understood(related.data, options, lambda: looking - budget.spent)
    aim = aim_of(table.data, options, metric.name)
    timeless = without_own_time(table, options, metric, link, budget)
    table = timeless.table
    folding = folding_of(table.data, *validation_of(table.data, options), wanted_folds(options))
    seen, source = (replace(each, parts=folding.parts) for each in (table.data, timeless.source))
    rows = TreeRows(seen, folding.folds)
    derivation = Derivation(seen, rows, seen.features)
    if options["derived_features"] and not options["interpretable"]:
        derivation = derive(seen, rows, folding.folds, metric, link, budget, progress, source)
    until = budget.began + budget.seconds - RECORDING - profile
    return PreparedTable(looked, related, table, folding, derivation, metric, link, aim, until)


def _link(data: TrainingData) -> Link:
    if data.task is Task.REGRESSION:
        return Link.IDENTITY
    return Link.LOGISTIC if len(data.classes) <= 2 else Link.SOFTMAX
