"""Which derived features a search goes on with: those that help on rows that no model was fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.budget import Budget
from penstock.learn.automl.category_feature import CATEGORIES, category_features
from penstock.learn.automl.court import MOST_FOLDS, OUT_OF_TIME, Court, Judgement, only, some_rows
from penstock.learn.automl.derived_feature import (
    DerivedColumns,
    DerivedFeature,
    computable,
    derived_graph,
    joined,
    rows_at_once,
    with_columns,
)
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.ngram_model import always
from penstock.learn.automl.own_time import recurs
from penstock.learn.automl.quantity_feature import QUANTITIES, quantity_features
from penstock.learn.automl.row_feature import ARITHMETIC, DATES, moment_features, number_features
from penstock.learn.automl.teller import Teller
from penstock.learn.automl.text_feature import TEXT, text_features
from penstock.learn.automl.topic_feature import TOPICS, topic_features
from penstock.learn.automl.tree_candidate import TreeRows
from penstock.learn.feature_column import array_of
from penstock.learn.learner import FittedModel, Progress, TrainingData
from penstock.learn.schema import Feature
from penstock.learn.tree_graph import Link

Json = Any
Floats = NDArray[np.float64]
# The share of the budget that derived features may take, and the fewest rows that can tell whether they help.
SHARE, FEWEST_ROWS = 0.15, 100
# So many rows, evenly spread, are asked.
MOST_ROWS = 20_000
# A table of more values is asked by as many rows as can be coded and binned so often in the time for it: each sort is,
# in all folds.
_MANY_VALUES, _READINGS = 1_000_000, 12
# Of more classes one round alone would take longer than the question is worth.
_MOST_OUTPUTS = 30
# The part of the time so far, in which the table was read and looked at, that the first answer takes at least.
_LOOK = 0.2
# The keys of a model's details, and the file with the graph of the derived columns alone.
DERIVED, DERIVED_GRAPH = "derived_features", "derived.onnx"


@dataclass(frozen=True)
class Derivation:
    """`data` and `rows` hold the derived columns behind the raw ones; `tried` tells of each sort what it was worth.
    `source` has the raw columns that derived ones may read, where `data` lacks some.
    """

    data: TrainingData
    rows: TreeRows
    raw: tuple[Feature, ...]
    kept: tuple[DerivedFeature, ...] = ()
    graph: bytes = b""
    tried: tuple[Json, ...] = ()
    source: TrainingData | None = None

    @property
    def _read(self) -> list[Feature]:
        names = {name for item in self.kept for name in item.reads}
        return [feature for feature in self.raw if feature.name in names]

    def joined(self, fitted: FittedModel) -> FittedModel:
        """Return a model over raw and derived columns as one over the raw columns alone."""
        if not self.kept:
            return fitted
        assert fitted.graph is not None
        details = dict(fitted.details)
        derived = {"raw": [asdict(feature) for feature in self.raw], "encoding": details.pop("encoding", None)}
        ranked = details.get("importances") or details.get("trees_of", {}).get("importances", [])
        gains = {row["feature"]: row["gain"] * row["weight"] for row in ranked}
        total = sum(gains.values()) or 1.0
        derived["features"] = [
            {
                "name": item.name,
                "kind": item.kind,
                "sql": item.expression.sql,
                "reads": list(item.reads),
                "gain": gains.get(item.name, 0.0) / total if ranked else None,
                **asdict(item.feature),
            }
            for item in self.kept
        ]
        if "importances" in details:
            details["importances"] = _of_raw(ranked, self.raw, {item.name: item.reads for item in self.kept})
        at_once = rows_at_once((self.source or self.data).columns, self._read)
        details |= {DERIVED: derived, "rows_at_once": min(at_once, details.get("rows_at_once", at_once))}
        graph = joined(fitted.graph, self.graph, [item.name for item in self.kept], self.raw)
        return replace(fitted, graph=graph, details=details, files={**fitted.files, DERIVED_GRAPH: self.graph})


def derive(
    data: TrainingData,
    rows: TreeRows,
    folds: Sequence[Fold],
    metric: SearchMetric,
    link: Link,
    budget: Budget,
    progress: Progress,
    source: TrainingData | None = None,
) -> Derivation:
    """Return the data with the derived features that help, sort by sort; with none, where there is no time to ask.

    `source` are the same rows with columns that candidates do not get, since they say when a row was: what of these
    comes again may be derived.
    """
    source = source or data
    nothing = Derivation(data, rows, source.features, source=source)
    until = budget.clock() + min(SHARE * budget.seconds, max(budget.left, 0.0) / 2)
    if len(data.target) < FEWEST_ROWS or not rows.can_split:
        return nothing
    if rows.outputs > _MOST_OUTPUTS:
        return replace(nothing, tried=_skipped(f"more than {_MOST_OUTPUTS} classes"))
    if until - budget.clock() < _LOOK * budget.spent:
        # Folds are binned before anything can be asked of them: that is another look at the whole table.
        return replace(nothing, tried=_skipped(OUT_OF_TIME))
    most = min(MOST_ROWS, _rows_in_time(rows, len(data.target), until - budget.clock()))
    if most < FEWEST_ROWS:
        return replace(nothing, tried=_skipped(OUT_OF_TIME))
    asked, of_asked = some_rows(data, folds[:MOST_FOLDS], most)
    teller = Teller(budget, progress)
    court = Court(of_asked, metric, link, budget, until, lambda: teller.tell("trying derived features"))
    own = rows if asked is data else TreeRows(asked, of_asked)
    best = court.judgement(own, asked)
    if best is None:
        return replace(nothing, tried=_skipped(OUT_OF_TIME))
    of_source = asked if source is data else some_rows(source, folds[:MOST_FOLDS], most)[0]
    return _chosen(nothing, source, of_source, asked, folds, court, best)


def _rows_in_time(rows: TreeRows, count: int, seconds: float) -> int:
    if rows.cells <= _MANY_VALUES:
        return count
    return int(count * seconds / (_READINGS * max(rows.seconds, 1e-9)))


def _skipped(why: str) -> tuple[Json, ...]:
    return tuple({"kind": kind, "kept": False, "skipped": why} for kind in SORTS)


def _chosen(
    nothing: Derivation,
    source: TrainingData,
    asked: TrainingData,
    held: TrainingData,
    folds: Sequence[Fold],
    court: Court,
    best: Judgement,
) -> Derivation:
    ranked = sorted(best.shares, key=lambda name: -best.shares[name])
    kept: list[DerivedFeature] = []
    own = frozenset(feature.name for feature in source.features) - {feature.name for feature in held.features}
    tried = []
    # The seconds that what is kept will take when it is made of all rows.
    owed = 0.0

    def goes_on() -> bool:
        court.tell()
        return not court.over

    for kind, make in SORTS.items():
        began = court.budget.clock()
        made = [] if court.over else _computable(make(asked, ranked, goes_on), asked, own)
        if not made and not court.over:
            continue
        found_at = court.budget.clock()
        more = held if court.over else _extended(held, made, asked)
        cost = 0.0
        if asked is not source:
            # What is kept is made once more of all rows, and computed for the others.
            beyond = len(source.target) / len(asked.target) - 1
            cost = found_at - began + (court.budget.clock() - found_at) * beyond
        told, found = court.worth(held, more, [item.name for item in made], best, owed + cost)
        tried.append({"kind": kind, **told, "seconds": round(court.budget.clock() - began, 3)})
        if found is not None:
            names, best = found
            of_name = {item.name: item for item in made}
            kept += [of_name[name] for name in names]
            held = only(more, held, names)
            owed += cost
    return _whole(nothing, source, asked, held, folds, ranked, kept, tried)


def _computable(made: Iterable[DerivedFeature], source: TrainingData, own: frozenset[str]) -> list[DerivedFeature]:
    """Return the features that a graph computes, and that say no more of when a row was than what comes again."""
    return _unlike(computable([each for each in made if recurs(each, own)], source.features), source.features)


def _whole(
    nothing: Derivation,
    source: TrainingData,
    asked: TrainingData,
    held: TrainingData,
    folds: Sequence[Fold],
    ranked: Sequence[str],
    kept: Sequence[DerivedFeature],
    tried: Sequence[Json],
) -> Derivation:
    """Return the derivation for all rows, its statistics frozen over all of them.

    Topics stay those that were asked about: of other rows the third topic, say, may be about something else.
    """
    if asked is not source and kept:
        names = {item.name for item in kept}
        made = [item for kind in SORTS for item in _of_all_rows(kind, kept, source, ranked)]
        kept = [item for item in _unlike(computable(made, source.features), source.features) if item.name in names]
        held = _extended(nothing.data, kept, source)
    if not kept:
        return replace(nothing, tried=tuple(tried))
    graph = derived_graph(kept, source.features)
    return Derivation(held, TreeRows(held, folds), source.features, tuple(kept), graph, tuple(tried), source)


def _of_all_rows(
    kind: str, kept: Sequence[DerivedFeature], data: TrainingData, ranked: Sequence[str]
) -> Iterable[DerivedFeature]:
    of_kind = [item for item in kept if item.kind == kind]
    if kind == TEXT and of_kind:
        # Of all rows another reading may say most than of those that were asked.
        return text_features(data, every=True)
    return of_kind if kind == TOPICS or not of_kind else SORTS[kind](data, ranked, always)


# In the order in which they are asked.
_Make = Callable[[TrainingData, Sequence[str], Callable[[], bool]], Iterable[DerivedFeature]]
SORTS: Mapping[str, _Make] = {
    QUANTITIES: lambda data, ranked, goes_on: quantity_features(data),  # noqa: ARG005
    TEXT: lambda data, ranked, goes_on: text_features(data, goes_on),  # noqa: ARG005
    TOPICS: lambda data, ranked, goes_on: topic_features(data, goes_on),  # noqa: ARG005
    CATEGORIES: lambda data, ranked, goes_on: category_features(data, ranked),  # noqa: ARG005
    DATES: lambda data, ranked, goes_on: moment_features(data.features),  # noqa: ARG005
    ARITHMETIC: lambda data, ranked, goes_on: number_features(data.features, ranked),  # noqa: ARG005
}


def _extended(held: TrainingData, made: Sequence[DerivedFeature], raw: TrainingData) -> TrainingData:
    """Return data with more columns, computed of the raw ones by the graph that will serve."""
    if not made:
        return held
    columns = DerivedColumns(derived_graph(made, raw.features)).of(raw.columns, raw.features, raw.threads)
    arrays = [
        column
        if item.cross_fitted is None
        else array_of(np.where(np.isnan(item.cross_fitted), np.asarray(column), item.cross_fitted))
        for item, column in zip(made, columns, strict=True)
    ]
    features = (*held.features, *(item.feature for item in made))
    return replace(held, columns=with_columns(held.columns, made, arrays), features=features)


def _unlike(made: Sequence[DerivedFeature], features: Sequence[Feature]) -> list[DerivedFeature]:
    """Return derived features whose names are no other's."""
    taken = {feature.name.casefold() for feature in features}
    found = []
    for item in made:
        name, number = item.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{item.name}_{number}"
        taken.add(name.casefold())
        found.append(replace(item, name=name))
    return found


def _of_raw(ranked: Sequence[Json], raw: Sequence[Feature], reads: Mapping[str, Sequence[str]]) -> list[Json]:
    """Return importances with what a derived feature has shared equally among the columns that it is made of."""
    shared: dict[str, list[tuple[float, Json]]] = {feature.name: [] for feature in raw}
    for row in ranked:
        of = reads.get(row["feature"], (row["feature"],))
        for name in of:
            shared.get(name, []).append((row["weight"] / len(of), row))
    rows = []
    for feature in raw:
        own = shared[feature.name]
        splits = sum(weight for weight, _ in own)
        means = {name: sum(weight * row[name] for weight, row in own) / (splits or 1.0) for name in ("gain", "cover")}
        rows.append({"feature": feature.name, "weight": float(splits), **means})
    return rows
