"""What a model takes, column by column: for forms, for OpenAPI, for examples."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from penstock.drift.summary import CategorySummary, ColumnSummary, NumericSummary
from penstock.learn.schema import Feature, FeatureType

Json = Any
# A column of more categories is shown by its most frequent ones.
MOST_CATEGORIES = 50
_WORDS: Mapping[FeatureType, str] = {
    FeatureType.NUMBER: "number",
    FeatureType.BOOLEAN: "boolean",
    FeatureType.STRING: "text",
    FeatureType.DATE: "date",
    FeatureType.TIMESTAMP: "moment",
    FeatureType.TIME: "time",
    FeatureType.STRING_LIST: "texts",
    FeatureType.NUMBER_LIST: "numbers",
    FeatureType.SPARSE_VECTOR: "sparse vector",
}
_FARTHEST = 60_000_000_000.0


@dataclass(frozen=True)
class InputColumn:
    """One column that a row must have. Any may be null.

    `kind` is number, boolean, text, date, moment, time, texts, numbers or sparse vector; `whole` says that a number has
    no fraction. `edges` are the numbers that part the rows of training into tenths, with the least and the greatest at
    the ends; nothing for what is no number. `categories` are the most frequent texts, `every_category` whether those
    are all that were seen. `example` is a usual value: the middle one or the most frequent one, nobody's own row.
    """

    name: str
    kind: str
    whole: bool
    edges: tuple[float, ...]
    categories: tuple[str, ...]
    every_category: bool
    example: Json

    def as_json(self) -> dict[str, Json]:
        return asdict(self)


def input_columns(
    features: Collection[Feature], profile: Mapping[str, ColumnSummary], private: Collection[str] = ()
) -> tuple[InputColumn, ...]:
    """Return the columns in the order of the model; of `private` ones, case-folded, no value is told."""
    return tuple(
        _column(each, None if each.name.casefold() in private else profile.get(each.name)) for each in features
    )


def example_row(columns: Collection[InputColumn]) -> dict[str, Json]:
    """Return a row of usual values."""
    return {column.name: column.example for column in columns}


def _column(feature: Feature, summary: ColumnSummary | None) -> InputColumn:
    whole = feature.type is FeatureType.NUMBER and feature.arrow.startswith(("int", "uint"))
    numeric = summary if isinstance(summary, NumericSummary) else None
    category = summary if isinstance(summary, CategorySummary) and feature.type is FeatureType.STRING else None
    values = category.values[:MOST_CATEGORIES] if category else ()
    return InputColumn(
        name=feature.name,
        kind=_WORDS[feature.type],
        whole=whole,
        edges=_edges(numeric) if feature.type is FeatureType.NUMBER else (),
        categories=values,
        every_category=category is not None and len(values) == len(category.values) and not category.other,
        example=_example(feature, summary, whole=whole),
    )


def _edges(summary: NumericSummary | None) -> tuple[float, ...]:
    if summary is None or summary.minimum is None or summary.maximum is None:
        return ()
    return tuple(sorted({summary.minimum, *summary.edges, summary.maximum}))


def _example(feature: Feature, summary: ColumnSummary | None, *, whole: bool) -> Json:
    middle = _middle(summary) if isinstance(summary, NumericSummary) else None
    frequent = summary.values[0] if isinstance(summary, CategorySummary) and summary.values else None
    match feature.type:
        case FeatureType.NUMBER:
            value = 0.0 if middle is None else middle
            return round(value) if whole else float(f"{value:.6g}")
        case FeatureType.BOOLEAN:
            return frequent == "true"
        case FeatureType.STRING:
            # Of prose and of names only the lengths are known, and nothing of them is told.
            return frequent if frequent is not None else "text"
        case FeatureType.DATE:
            return f"{_moment(middle):%Y-%m-%d}"
        case FeatureType.TIMESTAMP:
            zone = "Z" if "tz=" in feature.arrow else ""
            return f"{_moment(middle):%Y-%m-%dT%H:%M:%S}{zone}"
        case FeatureType.TIME:
            seconds = int(middle or 43_200.0)
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case FeatureType.STRING_LIST:
            return [frequent if frequent is not None else "text"]
        case FeatureType.NUMBER_LIST:
            return [0.0] * (feature.dimension or 1)
        case _:
            return [{"index": 0, "value": 1.0}]


def _middle(summary: NumericSummary) -> float | None:
    """Return the edge of the bins that has half of the rows below."""
    edges = summary.edges
    return edges[len(edges) // 2] if edges else summary.mean


def _moment(seconds: float | None) -> datetime:
    known = seconds if seconds is not None and abs(seconds) < _FARTHEST else 1_700_000_000.0
    return datetime.fromtimestamp(known, UTC)
