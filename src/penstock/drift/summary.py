"""What a column held, small enough to keep: counts in bins or by category.

A window is summarised against its reference, so that both have the same bins; such summaries merge.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData, CorruptArtifact, UnknownName
from penstock.core.parallel import each
from penstock.drift.column import Measured, is_text, measured_as, numbers_of, storage_of, words_of

FORMAT = 1
# The file of an artifact that holds the profile of its training data.
PROFILE = "profile.json"
QUANTILE_BINS = 10
TOP_CATEGORIES = 1_000
# The edges of bins are the deciles of at most so many values, evenly spread; counts are of all.
EDGE_VALUES = 100_000
# So few cells are summarised sooner by one thread than by several.
_FEW_CELLS = 1_000_000
# Beyond this magnitude a value counts as infinite: its square would soon overflow.
FINITE_BOUND = 1e100
# A text column is summarised by its lengths rather than by its values when it looks like prose or like
# identifiers.
PROSE_LENGTH = 50
PROSE_DISTINCT = 50


@dataclass(frozen=True)
class NumericSummary:
    """Numbers in bins.

    `edges` are k distinct ascending values; bin i holds what is greater than edge i - 1 and at most edge i,
    so there are k + 1 bins, the outer ones open. `counts` and `sums` have one entry a bin. `rows` counts
    every row, of which `nulls` are NULL, `nans` are NaN and `infinities` are infinite; the rest is in the
    bins. `minimum`, `maximum`, `mean` (None without a finite value) and `squared_deviations` (Σ (x − mean)²)
    are of the values in the bins.
    """

    measured: Measured
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    sums: tuple[float, ...]
    rows: int
    nulls: int
    nans: int
    infinities: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    squared_deviations: float
    kind: Literal["numeric"] = "numeric"

    @property
    def present(self) -> int:
        """The number of finite values, those in the bins."""
        return sum(self.counts)

    @property
    def missing(self) -> int:
        """The number of rows without a value: NULL or NaN, which models read alike."""
        return self.nulls + self.nans

    @property
    def deviation(self) -> float | None:
        """The population standard deviation, or None without a finite value."""
        return math.sqrt(self.squared_deviations / self.present) if self.present else None


@dataclass(frozen=True)
class CategorySummary:
    """Values by how often they occur.

    `values` and `counts` go together: the most frequent first in a reference (ties by value), or the
    reference's own in a window, where a count may be 0. `other` counts everything else. `rows` counts every
    row, of which `nulls` are NULL. A list of texts counts item by item, so that counts may sum up to more
    than the rows.
    """

    values: tuple[str, ...]
    counts: tuple[int, ...]
    other: int
    rows: int
    nulls: int
    kind: Literal["category"] = "category"

    @property
    def present(self) -> int:
        """The number of values counted, listed or other."""
        return sum(self.counts) + self.other

    @property
    def missing(self) -> int:
        """The number of rows without a value."""
        return self.nulls


ColumnSummary = NumericSummary | CategorySummary
Profile = Mapping[str, ColumnSummary]


def summarise(column: pa.Array | pa.ChunkedArray) -> ColumnSummary:
    """Return the summary of a column by itself: bins at its deciles (of 100,000 values, evenly spread, when
    it has more), or its 1,000 most frequent values.

    Booleans and texts become categories; prose and identifiers become their lengths; dates, moments and times
    of day become seconds; lists of numbers become Euclidean lengths; lists of texts are counted item by item.
    A minimum that fills the lowest bin alone gets it to itself, so that smaller values are seen later: at
    most eleven bins. Raises BadData for other types.
    """
    column = storage_of(column)
    measured = measured_as(column.type)
    if measured is None:
        words = words_of(column)
        counted = words.value_counts()
        if not (is_text(column.type) and _is_prose(words, len(counted))):
            return _categories(counted, len(column), column.null_count)
        measured = "text length"
    numbers = numbers_of(column, measured)
    finite = _finite(numbers)
    return _numeric(numbers, finite, _quantile_edges(finite), measured, len(column))


def summarise_against(column: pa.Array | pa.ChunkedArray, reference: ColumnSummary) -> ColumnSummary:
    """Return the summary of a column in the bins or categories of a reference.

    Raises BadData when the column's type does not fit the reference's.
    """
    column = storage_of(column)
    if isinstance(reference, NumericSummary):
        numbers = numbers_of(column, reference.measured)
        return _numeric(numbers, _finite(numbers), np.array(reference.edges), reference.measured, len(column))
    words = words_of(column)
    counted = words.value_counts()
    places = pc.index_in(counted.field(0), value_set=pa.array(reference.values, pa.large_string()))
    known = places.is_valid().to_numpy(zero_copy_only=False)
    amounts = counted.field(1).to_numpy()
    counts = np.zeros(len(reference.values), dtype=np.int64)
    counts[places.drop_null().to_numpy()] = amounts[known]
    other = int(amounts[~known].sum())
    return CategorySummary(reference.values, tuple(counts.tolist()), other, len(column), column.null_count)


def summarise_table(table: pa.Table, columns: Iterable[str], threads: int = 1) -> dict[str, ColumnSummary]:
    """Return the summaries of a table's columns by name; raises UnknownName for one that it does not have.

    A large table's columns are shared among the threads.
    """
    names = tuple(columns)

    def of_column(name: str) -> ColumnSummary:
        if name not in table.column_names:
            raise UnknownName.among("column", name, table.column_names)
        try:
            return summarise(table.column(name))
        except BadData as problem:
            raise BadData.of(f"Column {name!r}: {problem.diagnostics[0].message}") from None

    few = table.num_rows * len(names) < _FEW_CELLS
    return dict(zip(names, each(of_column, names, 1 if few else threads), strict=True))


def merge(first: ColumnSummary, second: ColumnSummary) -> ColumnSummary:
    """Return the summary of both columns' rows together.

    Numeric summaries must have the same bins; raises ValueError otherwise. Categories are exact as long as
    there are no more than 1,000 of them, or when both are windows of one reference.
    """
    if isinstance(first, NumericSummary) and isinstance(second, NumericSummary):
        return _merge_numeric(first, second)
    if isinstance(first, CategorySummary) and isinstance(second, CategorySummary):
        return _merge_categories(first, second)
    raise ValueError("A numeric summary and one of categories do not merge.")


def unseen_rate(reference: ColumnSummary, current: ColumnSummary) -> float | None:
    """Return the share of the window's values that the reference never held, or None where none can tell.

    It cannot for numbers, in an empty window, and when the reference had more categories than it lists.
    """
    if not (isinstance(reference, CategorySummary) and isinstance(current, CategorySummary)):
        return None
    if current.present == 0 or reference.other > 0:
        return None
    known = set(reference.values)
    listed = sum(count for value, count in zip(current.values, current.counts, strict=True) if value not in known)
    return (listed + current.other) / current.present


def profile_to_json(profile: Profile) -> str:
    """Return the text of an artifact's `profile.json`: the columns that it was trained on."""
    content = {
        "format": FORMAT,
        "columns": {name: asdict(summary) for name, summary in profile.items()},
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)


def profile_from_json(text: str) -> dict[str, ColumnSummary]:
    """Return the profile of a `profile.json`; raises CorruptArtifact for a text that is none."""
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise CorruptArtifact.of(f"The profile has format {raw['format']}; this version reads {FORMAT}.")
        return {name: _summary_of(item) for name, item in raw["columns"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise CorruptArtifact.of(
            f"The artifact's profile cannot be read: {problem!r}.", hint="Train the model again."
        ) from problem


def _summary_of(raw: Mapping[str, Any]) -> ColumnSummary:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    return NumericSummary(**fields) if fields["kind"] == "numeric" else CategorySummary(**fields)


def _is_prose(words: pa.ChunkedArray, distinct: int) -> bool:
    """Whether texts are better known by their lengths: long and various, or nearly all different."""
    present = len(words)
    if distinct > TOP_CATEGORIES and distinct > present / 2:
        return True
    return distinct > PROSE_DISTINCT and pc.sum(pc.utf8_length(words)).as_py() / present > PROSE_LENGTH


def _categories(counted: pa.StructArray, rows: int, nulls: int) -> CategorySummary:
    table = pa.table({"value": counted.field(0), "count": counted.field(1)})
    ranked = table.sort_by([("count", "descending"), ("value", "ascending")])
    top, rest = ranked.slice(0, TOP_CATEGORIES), ranked.slice(TOP_CATEGORIES)
    other = pc.sum(rest.column("count")).as_py() or 0
    return CategorySummary(
        tuple(top.column("value").to_pylist()), tuple(top.column("count").to_pylist()), other, rows, nulls
    )


def _finite(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    within = np.abs(numbers) <= FINITE_BOUND
    return numbers if within.all() else numbers[within]


def _quantile_edges(finite: NDArray[np.float64]) -> NDArray[np.float64]:
    if finite.size == 0:
        return np.empty(0)
    steps = np.arange(1, QUANTILE_BINS) / QUANTILE_BINS
    some = finite
    if finite.size > EDGE_VALUES:
        some = finite[np.linspace(0, finite.size - 1, EDGE_VALUES).astype(np.int64)]
    edges = np.unique(np.quantile(some, steps, method="inverted_cdf"))
    if edges[0] == finite.min():
        edges = np.concatenate(([np.nextafter(edges[0], -np.inf)], edges))
    return edges


def _numeric(
    numbers: NDArray[np.float64],
    finite: NDArray[np.float64],
    edges: NDArray[np.float64],
    measured: Measured,
    rows: int,
) -> NumericSummary:
    nans = int(np.count_nonzero(np.isnan(numbers))) if finite.size < numbers.size else 0
    # To sort takes a quarter of the time of looking for each value's bin.
    ordered = np.sort(finite)
    ends = [0, *np.searchsorted(ordered, edges, side="right").tolist(), finite.size]
    bins = [ordered[begin:end] for begin, end in pairwise(ends)]
    some = finite.size > 0
    mean = float(finite.mean()) if some else None
    return NumericSummary(
        measured=measured,
        edges=tuple(edges.tolist()),
        counts=tuple(len(values) for values in bins),
        sums=tuple(float(values.sum()) for values in bins),
        rows=rows,
        nulls=rows - numbers.size,
        nans=nans,
        infinities=int(numbers.size) - nans - int(finite.size),
        minimum=float(ordered[0]) if some else None,
        maximum=float(ordered[-1]) if some else None,
        mean=mean,
        squared_deviations=float(np.square(finite - mean).sum()) if mean is not None else 0.0,
    )


def _merge_numeric(first: NumericSummary, second: NumericSummary) -> NumericSummary:
    if (first.measured, first.edges) != (second.measured, second.edges):
        raise ValueError("Only summaries over the same bins merge.")
    lows = [summary.minimum for summary in (first, second) if summary.minimum is not None]
    highs = [summary.maximum for summary in (first, second) if summary.maximum is not None]
    mean, squared_deviations = _merge_moments(first, second)
    return NumericSummary(
        measured=first.measured,
        edges=first.edges,
        counts=tuple(a + b for a, b in zip(first.counts, second.counts, strict=True)),
        sums=tuple(a + b for a, b in zip(first.sums, second.sums, strict=True)),
        rows=first.rows + second.rows,
        nulls=first.nulls + second.nulls,
        nans=first.nans + second.nans,
        infinities=first.infinities + second.infinities,
        minimum=min(lows, default=None),
        maximum=max(highs, default=None),
        mean=mean,
        squared_deviations=squared_deviations,
    )


def _merge_moments(first: NumericSummary, second: NumericSummary) -> tuple[float | None, float]:
    """Return mean and Σ (x − mean)² of both together (Chan, Golub and LeVeque 1979)."""
    if first.mean is None or second.mean is None:
        only = second if first.mean is None else first
        return only.mean, only.squared_deviations
    share = second.present / (first.present + second.present)
    apart = second.mean - first.mean
    squared = first.squared_deviations + second.squared_deviations + apart * apart * first.present * share
    return first.mean + apart * share, squared


def _merge_categories(first: CategorySummary, second: CategorySummary) -> CategorySummary:
    rows, nulls, other = first.rows + second.rows, first.nulls + second.nulls, first.other + second.other
    if first.values == second.values:
        counts = tuple(a + b for a, b in zip(first.counts, second.counts, strict=True))
        return CategorySummary(first.values, counts, other, rows, nulls)
    together = dict(zip(first.values, first.counts, strict=True))
    for value, count in zip(second.values, second.counts, strict=True):
        together[value] = together.get(value, 0) + count
    ranked = sorted(together.items(), key=lambda item: (-item[1], item[0]))
    other += sum(count for _, count in ranked[TOP_CATEGORIES:])
    top = ranked[:TOP_CATEGORIES]
    return CategorySummary(tuple(v for v, _ in top), tuple(n for _, n in top), other, rows, nulls)
