"""Columns that say when each row was. Rows to come are later than all that were seen: there such a column says nothing.

Folds drawn at random do not show that. They judge a row by its neighbours of the same hour, so that candidates which
learn hours by heart look best. Whether such a column foretells anything is asked of the newest rows, by the older ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from penstock.core.options import OptionValue
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.court import Court, some_rows
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.automl.understood_table import UnderstoodTable
from penstock.learn.automl.validation import validation_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.tree_graph import Link
from penstock.learn.understanding.column_type import column_meaning
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.sample import MOST_ROWS, Sample, plain_texts
from penstock.learn.understanding.shift import ranks_of
from penstock.learn.understanding.text_meaning import TextKind

_MOMENTS = (FeatureType.DATE, FeatureType.TIMESTAMP)
# Rows of so many moments, nearly all in their order or nearly all against it.
_FEWEST_MOMENTS, _FEWEST_ROWS, _IN_ORDER = 20, 400, 0.99
# The newest rows that are foretold, and the share of the time that is left which that may take.
_NEWEST, _SHARE = 0.2, 0.05
# The parts of a moment that come again: a day of the year does so only for who has seen several years.
_RECURRING = frozenset({"hour", "isodow"})


@dataclass(frozen=True)
class OwnTime:
    """`table` without the columns that say when its rows were and foretell nothing of newer ones; `source` has them."""

    table: UnderstoodTable
    source: TrainingData


def without_own_time(
    table: UnderstoodTable,
    options: Mapping[str, OptionValue],
    metric: SearchMetric,
    link: Link,
    budget: Budget,
) -> OwnTime:
    """Return the table without such columns. Who says by `validation` how candidates are to be judged has them kept."""
    data = table.data
    nothing = OwnTime(table, data)
    if options["validation"] != "AUTO" or validation_of(data, options)[0] != "K_FOLD":
        return nothing
    orders = _orders(data, table.label)
    if not orders or len(orders) == len(data.features):
        return nothing
    names = set(orders)
    left = replace(
        data,
        columns=data.columns.select([f.name for f in data.features if f.name not in names]),
        features=tuple(f for f in data.features if f.name not in names),
    )
    told = _foretells(data, left, next(iter(orders.values())), metric, link, budget)
    if told is None:
        return nothing
    found = TableFinding("own time", tuple(orders), Weight.INFO, _message(orders), _KEPT if told else _LEFT_OUT)
    if told:
        return OwnTime(replace(table, findings=(*table.findings, found)), data)
    return OwnTime(replace(table, data=left, findings=(*table.findings, found)), data)


_KEPT = "Kept. By the older rows it foretells the newest better than without it."
_LEFT_OUT = (
    "Left out. Rows to come are later than these, and by the older rows the newest are foretold no better with it. Its "
    "hour and day of the week are tried as columns. OPTIONS (validation = 'K_FOLD') keeps it."
)


def recurs(feature: DerivedFeature, own: frozenset[str]) -> bool:
    """Whether a feature says nothing of when a row was but what comes again: hour, day of the week."""
    if own.isdisjoint(feature.reads):
        return True
    parts = [each.value for each in feature.expression.walk() if each.operation == "part"]
    return bool(parts) and _RECURRING.issuperset(parts)


def _orders(data: TrainingData, label: str) -> dict[str, bool]:
    """Return the columns of moments that the rows are in the order of, and whether the newest come last."""
    if len(data.target) < _FEWEST_ROWS:
        return {}
    sample = Sample(data, label)
    found = {}
    for feature in data.features:
        if not _says_when(sample.data.columns.column(feature.name), feature):
            continue
        ranks = ranks_of(sample.columns.column(feature.name))
        known = ranks[np.isfinite(ranks)]
        if len(known) < _FEWEST_ROWS or len(np.unique(known)) < _FEWEST_MOMENTS:
            continue
        steps = np.diff(known)
        for later_last, share in ((True, (steps >= 0).mean()), (False, (steps <= 0).mean())):
            if share >= _IN_ORDER:
                found[feature.name] = later_last
    return found


def _says_when(column: pa.ChunkedArray, feature: Feature) -> bool:
    if feature.type is not FeatureType.STRING:
        return feature.type in _MOMENTS
    meaning = column_meaning(feature.name, plain_texts(column.slice(0, MOST_ROWS)))
    return meaning is not None and meaning.kind is TextKind.DATE


def _foretells(
    data: TrainingData, left: TrainingData, later_last: bool, metric: SearchMetric, link: Link, budget: Budget
) -> bool | None:
    """Return whether the newest rows are foretold better with the columns than without; None where no time is left."""
    rows = np.arange(len(data.target))
    newest = rows >= len(rows) * (1 - _NEWEST) if later_last else rows < len(rows) * _NEWEST
    until = budget.clock() + _SHARE * budget.left
    judged: list[TrainingData] = []
    folds: Sequence[Fold] = ()
    for each in (left, data):
        some, folds = some_rows(each, (Fold(~newest, newest),), MOST_ROWS)
        judged.append(some)
    court = Court(folds, metric, link, budget, until, lambda: None)
    before, after = (court.judgement(TreeRows(each, folds), each) for each in judged)
    return None if before is None or after is None else court.helps(before, after)[0]


def _message(orders: Mapping[str, bool]) -> str:
    names = " and ".join(repr(name) for name in orders)
    return f"The rows are in the order of {names}: it says when each was."
