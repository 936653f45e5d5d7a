"""Which related features a search goes on with: those that help on rows that no model was fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from penstock.core.options import OptionValue
from penstock.core.related_table import TIME_COL
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.court import LEAST_GAIN, MOST_FOLDS, OUT_OF_TIME, Court, some_rows
from penstock.learn.automl.fold import folding_of
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.teller import Teller
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.automl.validation import validation_of, wanted_folds
from penstock.learn.feature_column import features_of
from penstock.learn.learner import Progress, TrainingData
from penstock.learn.related_feature import RELATED, RelatedFeatures
from penstock.learn.schema import Feature
from penstock.learn.tree_graph import Link

Json = Any
# The share of the budget that the question may take, and the most rows that are asked.
_SHARE, _MOST_ROWS = 0.15, 20_000
# Fewer rows do not tell; of more classes one round alone would take longer than the question is worth.
_FEWEST_ROWS, _MOST_OUTPUTS = 100, 30


@dataclass(frozen=True)
class RelatedChoice:
    """`data` without the keys and the related features that do not help; `related` are those that do, None where no
    relations are given or none helps. `tried` tells what they were worth, `counted` how they were counted.
    """

    data: TrainingData
    related: RelatedFeatures | None = None
    tried: tuple[Json, ...] = ()
    counted: tuple[str, ...] = ()

    @property
    def details(self) -> Mapping[str, Json]:
        """What the model's details hold of it."""
        return {} if self.related is None else {RELATED: self.related.as_json()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said of it: how many features there were, how many are kept, and why."""
        if not self.tried:
            return ()
        (told,) = self.tried
        kept = 0 if self.related is None else len(self.related.features)
        tables = ", ".join(dict.fromkeys(told["tables"]))
        if not kept and "skipped" in told:
            return (f"The model goes without what {tables} tells of the rows: {told['skipped']}.",)
        if not kept:
            return (*self.counted, f"What {tables} tells of the rows does not help: the model goes without it.")
        why = f" ({told['skipped']} to ask whether they help)" if "skipped" in told else ""
        return (*self.counted, f"Of {told['made']} features made of {tables}, {kept} are kept{why}.")


def chosen_related(
    data: TrainingData,
    options: Mapping[str, OptionValue],
    metric: SearchMetric,
    link: Link,
    budget: Budget,
    progress: Progress,
) -> RelatedChoice:
    """Return the rows with the related features that help; with all of them, where rows or time are too few to ask.

    Keys are no features: what is learned of one says nothing of the next.
    """
    related = data.related
    if related is None:
        return RelatedChoice(data)
    related = replace(related, inputs=_inputs(data, related))
    made = [feature.name for feature in related.features]
    keys = {name.casefold() for name in related.keys}
    own = [f.name for f in data.features if f.name not in set(made) and f.name.casefold() not in keys]
    tables = [table.table for table in related.tables]
    if related.uncounted:
        tried = {"kind": "related", "tables": tables, "made": len(made), "kept": False, "skipped": related.uncounted}
        return RelatedChoice(_of(data, own), None, (tried,))
    told, names = _asked(_of(data, [*own, *made]), own, made, options, metric, link, budget, progress)
    tried = {"kind": "related", "tables": tables, "made": len(made), **told}
    kept = related.only(names) if names else None
    return RelatedChoice(_of(data, [*own, *names]), kept, (tried,), (related.told,) if related.told else ())


def _inputs(data: TrainingData, related: RelatedFeatures) -> tuple[Feature, ...]:
    """Return the columns that a row's related features are found by, the moment first; some are named by options."""
    found: dict[str, Feature] = {}
    for table in (data.named[TIME_COL], *data.named.values(), data.columns):
        names = [name for name in table.column_names if name in (related.time, *related.keys) and name not in found]
        found |= {feature.name: feature for feature in features_of(table.select(names))}
    return tuple(found.values())


def _of(data: TrainingData, names: Sequence[str]) -> TrainingData:
    """Return the rows with some of their features, in this order."""
    of_name = {feature.name: feature for feature in data.features}
    return replace(data, columns=data.columns.select(list(names)), features=tuple(of_name[name] for name in names))


def _asked(
    data: TrainingData,
    own: Sequence[str],
    made: Sequence[str],
    options: Mapping[str, OptionValue],
    metric: SearchMetric,
    link: Link,
    budget: Budget,
    progress: Progress,
) -> tuple[Json, Sequence[str]]:
    """Return what the made features are worth beside the rows' own, and the names of those to keep."""
    until = budget.clock() + min(_SHARE * budget.seconds, max(budget.left, 0.0) / 2)
    whole = data.of_rows(~data.held_out) if data.held_out.any() else data
    if len(whole.target) < _FEWEST_ROWS:
        return {"kept": True, "skipped": "too few rows"}, made
    folding = folding_of(whole, *validation_of(whole, options), wanted_folds(options))
    asked, of_asked = some_rows(replace(whole, parts=folding.parts), folding.folds[:MOST_FOLDS], _MOST_ROWS)
    rows = TreeRows(asked, of_asked)
    if not rows.can_split:
        return {"kept": True, "skipped": "too few rows"}, made
    if rows.outputs > _MOST_OUTPUTS:
        return {"kept": True, "skipped": "too many classes"}, made
    teller = Teller(budget, progress)
    court = Court(of_asked, metric, link, budget, until, lambda: teller.tell("trying related features"))
    held = _of(asked, own)
    # Rows without a feature of their own have nothing to go without.
    before = court.judgement(TreeRows(held, of_asked), held) if own else court.judgement(rows, asked)
    if before is None:
        return {"kept": True, "skipped": OUT_OF_TIME}, made
    if not own:
        names = [name for name in made if before.shares[name] >= LEAST_GAIN] or made
        return {"kept": True, "features": names}, names
    told, found = court.worth(held, asked, made, before)
    if "skipped" in told:
        return {**told, "kept": True}, made
    return told, [] if found is None else [name for name in made if name in found[0]]
