"""Features that are aggregates of related tables' rows, as values that travel in a model's details."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, Literal

import pyarrow as pa

from penstock.core.related_table import RelatedTable
from penstock.learn.feature_column import feature_type
from penstock.learn.identifier import is_called_identifier
from penstock.learn.schema import Feature, FeatureType, features_from_json

Json = Any
# What a column holds: fractions can be NaN or infinite, of names only how many there are says something.
Content = Literal["", "whole", "fraction", "truth", "text", "name"]
Aggregate = Literal["count", "days_since_last", "sum", "mean", "min", "max", "last", "distinct"]
# The key of a model's details.
RELATED = "related_features"
# Of a table's further columns nothing is made: each costs time with every row.
MOST_COLUMNS = 12
_OF_NUMBERS: tuple[Aggregate, ...] = ("sum", "mean")
_OF_ANY_NUMBER: tuple[Aggregate, ...] = ("sum", "mean", "min", "max", "last")
_EVER: Mapping[Content, tuple[Aggregate, ...]] = {
    "whole": _OF_ANY_NUMBER,
    "fraction": _OF_ANY_NUMBER,
    "truth": ("sum", "mean", "last"),
    "text": ("last", "distinct"),
    "name": ("distinct",),
}


@dataclass(frozen=True)
class RelatedFeature:
    """An aggregate of the rows of `table` with a row's key that happened and had arrived before the row's moment: of
    the last `days`, or of all; of `column`, or, without one, of the rows themselves.
    """

    name: str
    table: RelatedTable
    aggregate: Aggregate
    column: str | None = None
    days: int | None = None
    content: Content = ""


@dataclass(frozen=True)
class RelatedFeatures:
    """The related features of rows whose moment stands in their column `time`. `inputs` are that column and the keys,
    as they were in training. `told` is what is to be said of how they were counted; `uncounted` why they were not, and
    are no columns.
    """

    time: str
    features: tuple[RelatedFeature, ...] = ()
    inputs: tuple[Feature, ...] = ()
    told: str = ""
    uncounted: str = ""

    @property
    def tables(self) -> tuple[RelatedTable, ...]:
        """The tables that they are made of, each once."""
        return tuple(dict.fromkeys(feature.table for feature in self.features))

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the rows that they are found by."""
        return tuple(dict.fromkeys(table.row_key for table in self.tables))

    def only(self, names: Sequence[str]) -> RelatedFeatures:
        """Return those of these names."""
        wanted = set(names)
        features = tuple(feature for feature in self.features if feature.name in wanted)
        keys = {self.time, *(feature.table.row_key for feature in features)}
        return replace(self, features=features, inputs=tuple(each for each in self.inputs if each.name in keys))

    def as_json(self) -> Json:
        """Return them as JSON, for a model's details."""
        kept = asdict(self)
        return {name: kept[name] for name in ("time", "features", "inputs")}


def related_of(details: Mapping[str, Json]) -> RelatedFeatures | None:
    """Return the related features of a model's details, None for a model without any."""
    raw = details.get(RELATED)
    if raw is None:
        return None
    features = []
    for item in raw["features"]:
        given = item["table"]
        table = RelatedTable(**{**given, "windows": tuple(given["windows"]), "dates": tuple(given["dates"])})
        features.append(RelatedFeature(**{**item, "table": table}))
    return RelatedFeatures(raw["time"], tuple(features), features_from_json(raw["inputs"]))


def asked_inputs(inputs: tuple[Feature, ...], details: Mapping[str, Json]) -> tuple[Feature, ...]:
    """Return the columns that a caller must bring of a model's inputs: moment and keys in the place of what is computed
    by them.
    """
    related = related_of(details)
    if related is None:
        return inputs
    computed = {feature.name for feature in related.features}
    return (*related.inputs, *(feature for feature in inputs if feature.name not in computed))


def planned(
    time: str, tables: Sequence[RelatedTable], schemas: Sequence[pa.Schema], taken: Sequence[str]
) -> RelatedFeatures:
    """Return all features that are made of some tables, by nothing but what their columns are called and hold.

    `schemas` are theirs, in that order; names that are `taken` already get a number behind.
    """
    names = {name.casefold() for name in taken}
    made = []
    tables = [_looked_at(table, schema) for table, schema in zip(tables, schemas, strict=True)]
    for table, schema in zip(tables, schemas, strict=True):
        for feature in _of_table(table, usable_columns(table, schema, tables)):
            name, number = _named(feature, tables), 1
            while name.casefold() in names:
                number += 1
                name = f"{_named(feature, tables)}_{number}"
            names.add(name.casefold())
            made.append(replace(feature, name=name))
    return RelatedFeatures(time, tuple(made))


def _looked_at(table: RelatedTable, schema: pa.Schema) -> RelatedTable:
    times = [name for name in (table.event_time, table.arrival_time) if name is not None]
    return replace(table, dates=tuple(name for name in times if pa.types.is_date(schema.field(name).type)))


def usable_columns(table: RelatedTable, schema: pa.Schema, tables: Sequence[RelatedTable]) -> dict[str, Content]:
    """Return the columns of a table that features can be made of, and what each holds. Those by which it is related, in
    any of the `tables`, are names.
    """
    own = {name.casefold() for name in (table.key, table.event_time, table.arrival_time) if name is not None}
    keys = {other.key for other in tables if other.table.casefold() == table.table.casefold()}
    contents = {field.name: _content(field, keys) for field in schema if field.name.casefold() not in own}
    return {name: content for name, content in contents.items() if content}


def _of_table(table: RelatedTable, columns: Mapping[str, Content]) -> Iterator[RelatedFeature]:
    """Yield a table's features, unnamed."""
    longest = table.windows[-1:]
    for days in (None, *table.windows):
        yield RelatedFeature("", table, "count", None, days)
    yield RelatedFeature("", table, "days_since_last")
    for name, content in islice(columns.items(), MOST_COLUMNS):
        for aggregate in _EVER[content]:
            windows = table.windows if aggregate in _OF_NUMBERS else longest if aggregate == "distinct" else ()
            for days in (None, *windows):
                yield RelatedFeature("", table, aggregate, name, days, content)


def _content(field: pa.Field, keys: Collection[str]) -> Content:
    """Return what a column holds that features can be made of; nothing for one of another type."""
    kind = feature_type(field.type)
    if kind in (FeatureType.NUMBER, FeatureType.STRING) and (field.name in keys or is_called_identifier(field.name)):
        return "name"
    match kind:
        case FeatureType.NUMBER:
            return "fraction" if pa.types.is_floating(field.type) else "whole"
        case FeatureType.BOOLEAN:
            return "truth"
        case FeatureType.STRING:
            return "text"
        case _:
            return ""


def _named(feature: RelatedFeature, tables: Sequence[RelatedTable]) -> str:
    """Return a name that says what the feature is: `orders_amount_sum_30d`."""
    table = feature.table
    parts = [table.table.rpartition(".")[2]]
    if sum(other.table.casefold() == table.table.casefold() for other in tables) > 1:
        parts.append(f"by_{table.key}")
    parts += [feature.column] if feature.column is not None else []
    parts.append(feature.aggregate)
    parts += [f"{feature.days}d"] if feature.days is not None else []
    return "_".join(parts)
