"""Where a model errs more than elsewhere, and how its answers differ between groups: slices by single columns.

Made at the end of training, while the rows are at hand; the artifact keeps a few hundred numbers of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.feature_column import numbers, rows_of
from penstock.learn.label import class_indices
from penstock.learn.manifest import Manifest
from penstock.learn.metrics import predicted_classes
from penstock.learn.report.chance import beyond_normal, beyond_student
from penstock.learn.report.slice_column import SliceColumn, sliced
from penstock.learn.schema import Task

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Json = Any
SLICES = "slices"
FEWEST_ROWS = 30
# An error of this chance among all that is looked at.
CHANCE = 0.05
# What the artifact keeps: the slices that are worst, and the columns whose groups are compared.
MOST_SLICES, MOST_GROUPED = 20, 30
_MOST_ROWS = 20_000
_MOST_COLUMNS = 200
_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")


def slices_of(
    manifest: Manifest,
    labels: pa.ChunkedArray,
    columns: pa.Table,
    scores: Floats,
    threshold: float = 0.5,
    most_cells: int = 1_000_000,
) -> dict[str, Json] | None:
    """Return what stands in an artifact's details under `slices`; None for a task without errors or for few rows. At
    most so many cells are looked at, of rows evenly spread.

    A slice is worse where the mean loss of its rows (log loss, squared error) is above that of all others; its
    `baseline` is the loss of the slice's own one answer (its mean, its shares of the classes). Its `p_value` is that of
    Welch's test, made honest for the number of slices that were looked at (Holm 1979, «A simple
    sequentially rejective multiple test procedure»), and it is `sure` where that is below 0.05.
    """
    if manifest.task not in (Task.REGRESSION, Task.CLASSIFICATION) or len(scores) < 2 * FEWEST_ROWS:
        return None
    most = min(_MOST_ROWS, most_cells // max(min(len(manifest.features), _MOST_COLUMNS), 1))
    if len(scores) > most:
        rows = np.linspace(0, len(scores) - 1, most).astype(np.int64)
        columns, labels = rows_of(columns, rows), rows_of(pa.table({"label": labels}), rows).column("label")
        scores = scores[rows]
    errors = _Errors.of(manifest, labels, scores, threshold)
    features = [feature for feature in manifest.features if feature.name not in _left_out(manifest)][:_MOST_COLUMNS]
    found = [s for f in features if (s := sliced(columns.column(f.name), f)) is not None]
    tested = list(_tested(found, errors))
    chances = _holm([row["p_value"] for row, _ in tested])
    for (row, _), chance in zip(tested, chances, strict=True):
        row["p_value"], row["sure"] = chance, chance < CHANCE and row["loss"] > row["rest"]
    worse = [(row, here) for row, here in tested if row["loss"] > row["rest"]]
    worse.sort(key=lambda each: (each[0]["p_value"], each[0]["rest"] - each[0]["loss"]))
    usable = np.isfinite(errors.losses)
    worst = [
        {**row, "baseline": errors.baseline(here & usable), "measures": errors.measures(here)}
        for row, here in worse[:MOST_SLICES]
    ]
    return {
        "rows": len(scores),
        "slices": len(tested),
        "loss": "log_loss" if manifest.task is Task.CLASSIFICATION else "mean_squared_error",
        "overall": errors.measures(np.ones(len(scores), np.bool_)),
        "worst": worst,
        "groups": _groups(found, errors),
    }


def _left_out(manifest: Manifest) -> frozenset[str]:
    """Return the columns that a search found to say nothing, such as names of rows: their parts would say as little."""
    findings = manifest.details.get("search", {}).get("findings", ())
    return frozenset(chain.from_iterable(finding["columns"] for finding in findings if finding["drops"]))


class _Errors:
    """The errors of rows: a loss each, (n,), and what measures of a part of them are made from. Of a regression there
    are no `classes`.
    """

    def __init__(self, losses: Floats, actual: Floats, predicted: Floats, classes: int) -> None:
        self.losses, self._actual, self._predicted, self._classes = losses, actual, predicted, classes

    @classmethod
    def of(cls, manifest: Manifest, labels: pa.ChunkedArray, scores: Floats, threshold: float) -> _Errors:
        if manifest.task is Task.REGRESSION:
            actual = np.concatenate([numbers(chunk) for chunk in labels.chunks] or [np.empty(0)])
            return cls((actual - scores) ** 2, actual, scores, 0)
        codes = class_indices(labels, manifest.classes)
        own = scores[np.arange(len(codes)), codes.astype(np.int64)]
        losses = -np.log(np.clip(own, np.finfo(np.float64).eps, 1.0))
        return cls(losses, codes, predicted_classes(scores, threshold).astype(np.float64), scores.shape[1])

    @property
    def compared(self) -> tuple[str, ...]:
        """The measures by which groups are compared."""
        if not self._classes:
            return ("mean_error", "mean_absolute_error")
        return (*_RATES, "accuracy") if self._classes == 2 else ("accuracy",)

    def baseline(self, rows: Mask) -> float:
        """Return the mean loss of the one answer that is best for a part of the rows."""
        actual = self._actual[rows]
        if not self._classes:
            return float(actual.var())
        shares = np.bincount(actual.astype(np.int64), minlength=self._classes) / len(actual)
        return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())

    def measures(self, rows: Mask) -> dict[str, float | None]:
        """Return what is said of a part of the rows; a rate of nothing is None."""
        return {name: float(values.mean()) if len(values) else None for name, values in self._by_row(rows).items()}

    def samples(self, rows: Mask, measure: str) -> Floats:
        """Return the numbers whose mean a measure is."""
        return self._by_row(rows)[measure]

    def _by_row(self, rows: Mask) -> dict[str, Floats]:
        actual, predicted = self._actual[rows], self._predicted[rows]
        if not self._classes:
            error = predicted - actual
            return {"mean_error": error, "mean_absolute_error": np.abs(error), "mean_squared_error": self.losses[rows]}
        found = {"accuracy": (actual == predicted).astype(np.float64), "log_loss": self.losses[rows]}
        if self._classes == 2:
            found |= {
                "actual_rate": actual,
                "selection_rate": predicted,
                "true_positive_rate": predicted[actual == 1],
                "false_positive_rate": predicted[actual == 0],
            }
        return found


def _tested(columns: Sequence[SliceColumn], errors: _Errors) -> Iterator[tuple[dict[str, Json], Mask]]:
    """Yield a row and its slice for each slice of enough rows whose losses can be compared with all the others'."""
    losses = errors.losses
    usable = np.isfinite(losses)
    for column in columns:
        for code, name in enumerate(column.names):
            here = column.codes == code
            inside, outside = losses[here & usable], losses[~here & usable]
            if min(len(inside), len(outside)) < FEWEST_ROWS:
                continue
            yield (
                {
                    "column": column.column,
                    "slice": name,
                    "rows": len(inside),
                    "loss": float(inside.mean()),
                    "rest": float(outside.mean()),
                    "p_value": _chance(inside, outside),
                },
                here,
            )


def _chance(one: Floats, other: Floats) -> float:
    """Return the p-value of Welch's two-sided test that two means are equal; 1 where both never vary and agree."""
    spread = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    total = float(sum(spread))
    apart = abs(float(one.mean() - other.mean()))
    if total <= 0 or not np.isfinite(total):
        return 1.0 if apart == 0 or not np.isfinite(apart) else 0.0
    freedom = total**2 / (spread[0] ** 2 / (len(one) - 1) + spread[1] ** 2 / (len(other) - 1))
    return beyond_student(apart / float(np.sqrt(total)), float(freedom))


def _holm(chances: Sequence[float]) -> list[float]:
    """Return each p-value as it is when one looks at all of them (Holm 1979)."""
    order = np.argsort(np.asarray(chances), kind="stable")
    found = [1.0] * len(chances)
    so_far = 0.0
    for rank, place in enumerate(order.tolist()):
        so_far = max(so_far, min(1.0, chances[place] * (len(chances) - rank)))
        found[place] = so_far
    return found


def _groups(columns: Sequence[SliceColumn], errors: _Errors) -> list[Json]:
    """Return the columns of categories with the measures of each group, the most frequent ones, and the gaps between
    the groups.
    """
    found: list[Json] = []
    for column in columns:
        if not column.is_category:
            continue
        rows = {code: column.codes == code for code in range(len(column.names))}
        rows = {code: here for code, here in rows.items() if np.count_nonzero(here) >= FEWEST_ROWS}
        if len(rows) < 2:
            continue
        members = [
            {"slice": column.names[code], "rows": int(np.count_nonzero(here)), "measures": errors.measures(here)}
            for code, here in rows.items()
        ]
        gaps = {name: _gap([errors.samples(here, name) for here in rows.values()], name) for name in errors.compared}
        found.append({"column": column.column, "groups": members, "gaps": {n: g for n, g in gaps.items() if g}})
    looked_at = sum(gap["pairs"] for each in found for gap in each["gaps"].values())
    for gap in (gap for each in found for gap in each["gaps"].values()):
        # Bonferroni's bound, over every pair of groups by every measure.
        gap["p_value"] = min(1.0, gap["p_value"] * looked_at)
        gap["sure"] = gap["p_value"] < CHANCE
        del gap["pairs"]
    found.sort(key=_surest)
    return found[:MOST_GROUPED]


def _gap(samples: Sequence[Floats], name: str) -> dict[str, Json] | None:
    """Return how far the greatest and the least mean of a measure lie apart, among groups of enough rows."""
    known = [values for values in samples if len(values) >= FEWEST_ROWS]
    if len(known) < 2:
        return None
    means = [float(values.mean()) for values in known]
    high, low = known[int(np.argmax(means))], known[int(np.argmin(means))]
    chance = _chance(high, low) if name.startswith("mean") else _chance_of_shares(high, low)
    return {"gap": max(means) - min(means), "p_value": chance, "pairs": len(known) * (len(known) - 1) // 2}


def _chance_of_shares(one: Floats, other: Floats) -> float:
    """Return the p-value of the pooled two-sided test that two shares are equal."""
    pooled = (one.sum() + other.sum()) / (len(one) + len(other))
    spread = float(np.sqrt(pooled * (1 - pooled) * (1 / len(one) + 1 / len(other))))
    apart = abs(float(one.mean() - other.mean()))
    return beyond_normal(apart / spread) if spread > 0 else 1.0


def _surest(column: Mapping[str, Json]) -> tuple[float, float]:
    gaps = column["gaps"].values()
    return min((gap["p_value"] for gap in gaps), default=1.0), -max((gap["gap"] for gap in gaps), default=0.0)
