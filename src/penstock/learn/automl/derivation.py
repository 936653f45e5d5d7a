"""Which derived features a search goes on with: those that help on rows that no model was fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import PORTFOLIO, TREES
from penstock.learn.automl.category_feature import CATEGORIES, category_features
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
from penstock.learn.automl.quantity_feature import QUANTITIES, quantity_features
from penstock.learn.automl.row_feature import ARITHMETIC, DATES, moment_features, number_features
from penstock.learn.automl.text_feature import TEXT, text_features
from penstock.learn.automl.tree_candidate import GrownTrees, TreeRows
from penstock.learn.feature_column import array_of
from penstock.learn.learner import FittedModel, Progress, TrainingData
from penstock.learn.schema import Feature
from penstock.learn.tree_ensemble import read_ensemble
from penstock.learn.tree_graph import Link, TreeOutput
from penstock.learn.tree_growth import importances

Json = Any
Floats = NDArray[np.float64]
# The share of the budget that derived features may take, and the fewest rows that can tell whether they help.
SHARE, FEWEST_ROWS = 0.15, 100
# So many rows, evenly spread, are asked.
MOST_ROWS = 20_000
# So many folds are enough; a judgement by fewer than the least is cut into so many parts instead.
_MOST_FOLDS, _FEWEST_FOLDS, _PARTS = 10, 3, 5
# Of a sort that helps, features of a lesser share of the trees' gain are left out.
_LEAST_GAIN = 0.002
# Where all of a sort do not help together, so many that say most are asked once more.
_FEW = 4
# Of more classes one round alone would take longer than the question is worth.
_MOST_OUTPUTS = 30
# The part of the time so far, in which the table was read and looked at, that the first answer takes at least.
_LOOK = 0.2
# Trees grow sooner than those of the search, on both sides alike.
_RATE = 0.1
# The keys of a model's details, and the file with the graph of the derived columns alone.
DERIVED, DERIVED_GRAPH = "derived_features", "derived.onnx"


@dataclass(frozen=True)
class Derivation:
    """`data` and `rows` hold the derived columns behind the raw ones; `tried` tells of each sort what it was worth."""

    data: TrainingData
    rows: TreeRows
    raw: tuple[Feature, ...]
    kept: tuple[DerivedFeature, ...] = ()
    graph: bytes = b""
    tried: tuple[Json, ...] = ()

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
        details |= {DERIVED: derived, "rows_at_once": rows_at_once(self.data.columns, self._read)}
        graph = joined(fitted.graph, self.graph, [item.name for item in self.kept], self.raw)
        return replace(fitted, graph=graph, details=details, files={**fitted.files, DERIVED_GRAPH: self.graph})


@dataclass(frozen=True)
class _Judgement:
    """What a quick booster gains on each part of the rows that judge, and each feature's share of its trees' gain."""

    gains: Floats
    shares: Mapping[str, float]


@dataclass(frozen=True)
class _Court:
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

    def judgement(self, rows: TreeRows, data: TrainingData) -> _Judgement | None:
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
        return _Judgement(np.array(gains), {name: share / total for name, share in shares.items()})

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

    def helps(self, before: _Judgement, after: _Judgement) -> tuple[bool, float, float]:
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


def derive(
    data: TrainingData,
    rows: TreeRows,
    folds: Sequence[Fold],
    metric: SearchMetric,
    link: Link,
    budget: Budget,
    progress: Progress,
) -> Derivation:
    """Return the data with the derived features that help, sort by sort; with none, where there is no time to ask."""
    nothing = Derivation(data, rows, data.features)
    until = budget.clock() + min(SHARE * budget.seconds, max(budget.left, 0.0) / 2)
    if len(data.target) < FEWEST_ROWS or not rows.can_split:
        return nothing
    if rows.outputs > _MOST_OUTPUTS:
        return replace(nothing, tried=_skipped(f"more than {_MOST_OUTPUTS} classes"))
    if until - budget.clock() < _LOOK * budget.spent:
        # Folds are binned before anything can be asked of them: that is another look at the whole table.
        return replace(nothing, tried=_skipped("no time left"))
    asked, of_asked = _some(data, folds[:_MOST_FOLDS])
    whole = max(round(budget.seconds * 10), 1)

    def tell() -> None:
        progress(min(round(budget.spent * 10), whole - 1), whole, "trying derived features")

    court = _Court(of_asked, metric, link, budget, until, tell)
    own = rows if asked is data else TreeRows(asked, of_asked)
    best = court.judgement(own, asked)
    if best is None:
        return replace(nothing, tried=_skipped("no time left"))
    return _chosen(nothing, asked, folds, court, best)


def _skipped(why: str) -> tuple[Json, ...]:
    return tuple({"kind": kind, "kept": False, "skipped": why} for kind in SORTS)


def _chosen(
    nothing: Derivation, asked: TrainingData, folds: Sequence[Fold], court: _Court, best: _Judgement
) -> Derivation:
    ranked = sorted(best.shares, key=lambda name: -best.shares[name])
    kept: list[DerivedFeature] = []
    held, tried = asked, []
    for kind, make in SORTS.items():
        began = court.budget.clock()
        made = [] if court.over else _unlike(computable(list(make(asked, ranked)), asked.features), asked.features)
        if not made and not court.over:
            continue
        found_at = court.budget.clock()
        more = held if court.over else _extended(held, made, asked)
        cost = 0.0
        if asked is not nothing.data:
            # What is kept is made once more of all rows, and computed for the others.
            beyond = len(nothing.data.target) / len(asked.target) - 1
            cost = found_at - began + (court.budget.clock() - found_at) * beyond
        told, found = _asked(court, held, more, made, best, cost)
        tried.append({"kind": kind, **told, "seconds": round(court.budget.clock() - began, 3)})
        if found is not None:
            some, best = found
            kept += some
            held = _only(more, held, some)
    return _whole(nothing, asked, held, folds, ranked, kept, tried)


def _asked(
    court: _Court,
    held: TrainingData,
    more: TrainingData,
    made: Sequence[DerivedFeature],
    before: _Judgement,
    cost: float,
) -> tuple[Json, tuple[Sequence[DerivedFeature], _Judgement] | None]:
    """Return what features are worth beside those that are `held`, and which are kept: those that say most, of all or
    of the few best.
    """
    some, told = made, {"kept": False, "skipped": "no time left"}
    for most in (len(made), _FEW):
        if most > len(some) or cost >= court.until - court.budget.clock():
            break
        data = _only(more, held, some)
        after = court.judgement(TreeRows(data, court.folds), data)
        if after is None:
            break
        good, gain, error = court.helps(before, after)
        shares = after.shares
        worthy = [item for item in some if shares[item.name] >= _LEAST_GAIN]
        names = [item.name for item in (worthy if good else some)]
        told = {"kept": good and bool(worthy), "gain": gain, "error": error, "features": names}
        if told["kept"]:
            return told, (worthy, after)
        some = sorted(some, key=lambda item: -shares[item.name])[:_FEW]
    return told, None


def _only(more: TrainingData, held: TrainingData, some: Sequence[DerivedFeature]) -> TrainingData:
    """Return `held` with some of the columns of `more`."""
    features = (*held.features, *(item.feature for item in some))
    return replace(held, columns=more.columns.select([feature.name for feature in features]), features=features)


def _whole(
    nothing: Derivation,
    asked: TrainingData,
    held: TrainingData,
    folds: Sequence[Fold],
    ranked: Sequence[str],
    kept: Sequence[DerivedFeature],
    tried: Sequence[Json],
) -> Derivation:
    """Return the derivation for all rows, its statistics frozen over all of them."""
    data = nothing.data
    if asked is not data and kept:
        names, kinds = {item.name for item in kept}, {item.kind for item in kept}
        made = [item for kind in SORTS if kind in kinds for item in SORTS[kind](data, ranked)]
        kept = [item for item in _unlike(computable(made, data.features), data.features) if item.name in names]
        held = _extended(data, kept, data)
    if not kept:
        return replace(nothing, tried=tuple(tried))
    graph = derived_graph(kept, data.features)
    return Derivation(held, TreeRows(held, folds), data.features, tuple(kept), graph, tuple(tried))


# In the order in which they are asked.
_Make = Callable[[TrainingData, Sequence[str]], Iterable[DerivedFeature]]
SORTS: Mapping[str, _Make] = {
    QUANTITIES: lambda data, ranked: quantity_features(data),  # noqa: ARG005
    TEXT: lambda data, ranked: text_features(data),  # noqa: ARG005
    CATEGORIES: category_features,
    DATES: lambda data, ranked: moment_features(data.features),  # noqa: ARG005
    ARITHMETIC: lambda data, ranked: number_features(data.features, ranked),
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


def _some(data: TrainingData, folds: Sequence[Fold]) -> tuple[TrainingData, Sequence[Fold]]:
    """Return the rows that are asked, and their folds."""
    count = len(data.target)
    if count <= MOST_ROWS:
        return data, folds
    rows = np.zeros(count, np.bool_)
    rows[np.unique(np.linspace(0, count - 1, MOST_ROWS).astype(np.int64))] = True
    parts = [Fold(fold.fitted[rows], fold.judged[rows]) for fold in folds]
    return data.of_rows(rows), [part for part in parts if part.fitted.any() and part.judged.any()]


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
    rows = []
    for feature in raw:
        own = []
        for row in ranked:
            of = reads.get(row["feature"], (row["feature"],))
            if feature.name in of:
                own.append((row["weight"] / len(of), row))
        splits = sum(weight for weight, _ in own)
        means = {name: sum(weight * row[name] for weight, row in own) / (splits or 1.0) for name in ("gain", "cover")}
        rows.append({"feature": feature.name, "weight": float(splits), **means})
    return rows
