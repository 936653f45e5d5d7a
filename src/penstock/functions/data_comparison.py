"""Two data sets compared column by column: how far each column moved, and whether that is too far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from penstock.core.errors import UnknownName
from penstock.core.options import OptionSpec, OptionValue
from penstock.core.spans import Span
from penstock.drift.distribution import Categories, Distribution, greatest_difference, jensen_shannon
from penstock.functions.function import OutputColumn

L_INFTY, JENSEN_SHANNON = "L_INFTY", "JENSEN_SHANNON_DIVERGENCE"
SCHEMA = pa.schema(
    [
        ("input", pa.string()),
        ("metric", pa.string()),
        ("threshold", pa.float64()),
        ("value", pa.float64()),
        ("is_anomaly", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Comparison:
    """How far a column moved; `value` is None when a side has no values. `at` is the category that moved most."""

    name: str
    metric: str
    threshold: float
    value: float | None
    at: str | None = None

    @property
    def is_anomaly(self) -> bool | None:
        """Whether it moved further than the threshold."""
        return None if self.value is None else self.value > self.threshold


@dataclass(frozen=True)
class Limits:
    """The metrics and thresholds of a comparison; `own` are those of columns by their names in lower case."""

    categorical_metric: str
    categorical: float
    numerical: float
    own: Mapping[str, float]

    def metric(self, *, numeric: bool) -> str:
        return JENSEN_SHANNON if numeric else self.categorical_metric

    def threshold(self, name: str, *, numeric: bool) -> float:
        return self.own.get(name.casefold(), self.numerical if numeric else self.categorical)


def read_limits(options: Mapping[str, OptionValue], columns: Iterable[str], span: Span | None) -> Limits:
    """Return the limits of a call's options; raises UnknownName for the threshold of a column that is not compared."""
    known = list(columns)
    own = {}
    for pair in cast("Sequence[OptionValue]", options["thresholds"]):
        name, threshold = _pair(pair)
        if str(name).casefold() not in {column.casefold() for column in known}:
            raise UnknownName.among("column", str(name), known, span=span)
        own[str(name).casefold()] = float(cast("float", threshold))
    return Limits(
        cast("str", options["categorical_metric_type"]),
        cast("float", options["categorical_default_threshold"]),
        cast("float", options["numerical_default_threshold"]),
        own,
    )


def compared(
    base: Mapping[str, Distribution], study: Mapping[str, Distribution], limits: Limits
) -> tuple[list[Comparison], list[str]]:
    """Return a comparison for each column of both sides, and the columns that are of numbers on one side only."""
    spelled = {name.casefold(): name for name in study}
    found: list[Comparison] = []
    skipped: list[str] = []
    for name, before in base.items():
        if name.casefold() not in spelled:
            continue
        now = study[spelled[name.casefold()]]
        numeric = not isinstance(before, Categories)
        if numeric is isinstance(now, Categories):
            skipped.append(name)
            continue
        found.append(_comparison(name, before, now, limits))
    return found, skipped


def _comparison(name: str, before: Distribution, now: Distribution, limits: Limits) -> Comparison:
    numeric = not isinstance(before, Categories)
    metric, threshold = limits.metric(numeric=numeric), limits.threshold(name, numeric=numeric)
    if metric == L_INFTY and isinstance(before, Categories) and isinstance(now, Categories):
        value, at = greatest_difference(before, now) or (None, None)
        return Comparison(name, metric, threshold, value, at)
    return Comparison(name, metric, threshold, jensen_shannon(before, now))


def comparison_batches(found: Callable[[], Iterable[Comparison]]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of comparisons, in the columns of SCHEMA."""
    rows = [
        {"input": c.name, "metric": c.metric, "threshold": c.threshold, "value": c.value, "is_anomaly": c.is_anomaly}
        for c in found()
    ]
    yield from pa.Table.from_pylist(rows, SCHEMA).to_batches()


def _pair(value: OptionValue) -> tuple[OptionValue, OptionValue]:
    values = list(value.values()) if isinstance(value, Mapping) else value
    first, second = cast("Sequence[OptionValue]", values)
    return first, second


def _is_threshold(value: OptionValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1


def _thresholds_problem(value: OptionValue) -> str | None:
    wanted = "a list of columns and thresholds from 0 to below 1, for instance [('a', 0.1), ('b', 0.5)]"
    if not isinstance(value, list):
        return wanted
    for pair in value:
        values = list(pair.values()) if isinstance(pair, Mapping) else pair
        if not (isinstance(values, list) and len(values) == 2 and isinstance(values[0], str)):
            return wanted
        if not _is_threshold(values[1]):
            return wanted
    return None


def _threshold(kind: str) -> OptionSpec:
    return OptionSpec(
        f"{kind}_default_threshold",
        "number",
        0.3,
        f"Beyond what distance a {kind} column counts as an anomaly.",
        minimum=0,
        check=lambda value: None if _is_threshold(value) else "a number from 0 to below 1",
    )


LIMITS = (
    _threshold("categorical"),
    OptionSpec(
        "categorical_metric_type",
        "string",
        L_INFTY,
        "How categories are compared: by the greatest difference of a share, or by the Jensen-Shannon divergence.",
        choices=(L_INFTY, JENSEN_SHANNON),
    ),
    _threshold("numerical"),
    OptionSpec(
        "numerical_metric_type", "string", JENSEN_SHANNON, "How numbers are compared.", choices=(JENSEN_SHANNON,)
    ),
    OptionSpec(
        "thresholds",
        "any",
        (),
        "Thresholds of single columns: [('column', 0.1), …].",
        check=lambda value: None if value == () else _thresholds_problem(value),
    ),
)
OUTPUT = (
    OutputColumn("input", "STRING", "The column."),
    OutputColumn("metric", "STRING", "L_INFTY or JENSEN_SHANNON_DIVERGENCE."),
    OutputColumn("threshold", "FLOAT64", "Beyond what value it counts as an anomaly."),
    OutputColumn("value", "FLOAT64", "How far the column moved, from 0 to 1; NULL when a side has no values."),
    OutputColumn("is_anomaly", "BOOL", "Whether `value` exceeds `threshold`."),
)
