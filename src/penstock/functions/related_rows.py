"""The SQL of related features: rows with the aggregates of what had arrived in other tables before their moments.

A moment is microseconds since 1970; without a zone it is UTC, and a DATE of a related table is the end of its day,
since what is known of a day is known when it is over. Of rows that arrive when they happen, all windows of a key are
computed in one walk through time (a frame ends before the row's own moment); where arrivals are told, every row meets
what had arrived of its key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from penstock.core.related_table import RelatedTable
from penstock.learn.related_feature import RelatedFeature, RelatedFeatures
from penstock.sql.quoting import quote_identifier, quote_name

DAY = 86_400_000_000
# What an aggregate counts: everything, or the last days of it.
Scope = Callable[[int | None], str]


def with_related_features(
    rows: str, related: RelatedFeatures, sources: Callable[[str], str], *, dated: bool = True
) -> str:
    """Return the query of the rows of a query, in their order, each once, with the related features behind.

    `sources` gives for a table's name what stands after FROM. Rows whose moment is not `dated` by their column are
    of now. Where a row's key or moment is NULL, its features are.
    """
    groups = [(table, list(of)) for table, of in groupby(related.features, lambda feature: feature.table)]
    moment = f"epoch_us({quote_identifier(related.time)})" if dated else "epoch_us(now())"
    asked = f"SELECT row_number() OVER () AS penstock_row, {moment} AS penstock_moment, * FROM (\n{rows}\n) AS rows"
    steps = [f"penstock_asked AS MATERIALIZED ({asked})"]
    columns, joins = [], []
    for number, (table, features) in enumerate(groups):
        make = _walked if table.arrival_time is None else _met
        steps.append(f"penstock_events_{number} AS ({_events(table, features, sources(table.table))})")
        steps.append(f"penstock_features_{number} AS ({make(table, features, number)})")
        joins.append(f"LEFT JOIN penstock_features_{number} USING (penstock_row)")
        columns += [f"penstock_features_{number}.{quote_identifier(feature.name)}" for feature in features]
    made = ",\n".join(steps)
    return (
        f"WITH {made}\n"
        f"SELECT penstock_asked.* EXCLUDE (penstock_row, penstock_moment), {', '.join(columns)}\n"
        f"FROM penstock_asked {' '.join(joins)} ORDER BY penstock_row"
    )


def feature_expression(feature: RelatedFeature, time: str) -> str:
    """Return the feature of one row, as a query within a query of a table `rows`."""
    table = feature.table
    known, happened = _known(table, "event."), _happened(table, "event.")
    moment = f"epoch_us(rows.{quote_identifier(time)})"
    value = _value(feature, f"event.{quote_identifier(feature.column)}") if feature.column is not None else ""
    aggregate = _aggregate(feature, value, "", happened, f"epoch_us(event.{_time(table)})", moment)
    conditions = [
        f"event.{quote_identifier(table.key)} = rows.{quote_identifier(table.row_key)}",
        *dict.fromkeys((f"{happened} < {moment}", f"{known} < {moment}")),
        *([f"{happened} >= {moment} - {feature.days} * {DAY}"] if feature.days is not None else []),
    ]
    return (
        f"CASE WHEN rows.{quote_identifier(table.row_key)} IS NOT NULL AND rows.{quote_identifier(time)} IS NOT NULL "
        f"THEN (SELECT {aggregate} FROM {quote_name(table.table)} AS event WHERE {' AND '.join(conditions)}) END"
    )


def _time(table: RelatedTable) -> str:
    return quote_identifier(table.event_time)


def _end_of_day(table: RelatedTable, name: str, prefix: str) -> str:
    """Return the moment of a time, that of a DATE being the last of its day."""
    moment = f"epoch_us({prefix}{quote_identifier(name)})"
    return f"{moment} + {DAY - 1}" if name in table.dates else moment


def _happened(table: RelatedTable, prefix: str = "") -> str:
    """Return when a row of a related table happened; where its arrival is told, that says when its day is known."""
    if table.arrival_time is not None:
        return f"epoch_us({prefix}{_time(table)})"
    return _end_of_day(table, table.event_time, prefix)


def _known(table: RelatedTable, prefix: str = "") -> str:
    return _end_of_day(table, table.arrival_time or table.event_time, prefix)


def _events(table: RelatedTable, features: Sequence[RelatedFeature], source: str) -> str:
    """Return the query of a related table's rows: key, moments, and the columns that features are made of."""
    values = {_place(features, feature): feature for feature in features if feature.column is not None}
    columns = [
        f"{quote_identifier(table.key)} AS penstock_key",
        f"{_happened(table)} AS penstock_at",
        f"epoch_us({_time(table)}) AS penstock_began",
        f"{_known(table)} AS penstock_known",
        *(f"{_value(feature, quote_identifier(feature.column or ''))} AS {place}" for place, feature in values.items()),
    ]
    return (
        f"SELECT * FROM (SELECT {', '.join(columns)} FROM {source} AS related) WHERE penstock_key IS NOT NULL "
        "AND penstock_at IS NOT NULL AND penstock_known IS NOT NULL "
        f"AND penstock_key IN (SELECT {quote_identifier(table.row_key)} FROM penstock_asked)"
    )


def _place(features: Sequence[RelatedFeature], feature: RelatedFeature) -> str:
    """Return what a feature's column is called among the events, whatever it is called in its table."""
    columns = list(dict.fromkeys(each.column for each in features if each.column is not None))
    return f"penstock_value_{columns.index(feature.column or '')}"


def _value(feature: RelatedFeature, column: str) -> str:
    """Return a column's value as it is aggregated."""
    match feature.content:
        case "fraction":
            # A single NaN or infinity would be all that a sum says.
            return f"CASE WHEN isfinite({column}) THEN CAST({column} AS DOUBLE) END"
        case "truth":
            return f"CAST({column} AS INTEGER)"
        case "text" | "name":
            return f"CAST({column} AS VARCHAR)"
        case _:
            return column


def _walked(table: RelatedTable, features: Sequence[RelatedFeature], number: int) -> str:
    """Return the query of features of rows that were known when they happened: frames over rows and events in time."""

    def scope(days: int | None) -> str:
        return f" OVER {_frame_name(days)}"

    frames = [
        f"{_frame_name(days)} AS (PARTITION BY penstock_key ORDER BY penstock_at RANGE BETWEEN "
        f"{'UNBOUNDED' if days is None else days * DAY} PRECEDING AND 1 PRECEDING)"
        for days in dict.fromkeys(feature.days for feature in features)
    ]
    row_key = quote_identifier(table.row_key)
    return (
        f"SELECT * FROM (SELECT penstock_row, {_listed(features, scope, 'penstock_at')} FROM ("
        f"SELECT * FROM penstock_events_{number} UNION ALL BY NAME "
        f"SELECT {row_key} AS penstock_key, penstock_moment AS penstock_at, penstock_row FROM penstock_asked "
        f"WHERE {row_key} IS NOT NULL AND penstock_moment IS NOT NULL) AS timeline "
        f"WINDOW {', '.join(frames)}) WHERE penstock_row IS NOT NULL"
    )


def _frame_name(days: int | None) -> str:
    return "ever" if days is None else f"of_{days}_days"


def _met(table: RelatedTable, features: Sequence[RelatedFeature], number: int) -> str:
    """Return the query of features of rows whose arrivals are told."""

    def scope(days: int | None) -> str:
        return "" if days is None else f" FILTER (WHERE penstock_at >= penstock_moment - {days * DAY})"

    row_key = f"penstock_asked.{quote_identifier(table.row_key)}"
    return (
        f"SELECT penstock_row, {_listed(features, scope, 'any_value(penstock_moment)')} "
        f"FROM penstock_asked LEFT JOIN penstock_events_{number} ON penstock_key = {row_key} "
        "AND penstock_at < penstock_moment AND penstock_known < penstock_moment "
        f"WHERE {row_key} IS NOT NULL AND penstock_moment IS NOT NULL GROUP BY penstock_row"
    )


def _listed(features: Sequence[RelatedFeature], scope: Scope, moment: str) -> str:
    items = [
        _aggregate(
            feature,
            _place(features, feature) if feature.column is not None else "",
            scope(feature.days),
            "penstock_at",
            "penstock_began",
            moment,
        )
        + f" AS {quote_identifier(feature.name)}"
        for feature in features
    ]
    return ", ".join(items)


def _aggregate(feature: RelatedFeature, value: str, scope: str, at: str, began: str, moment: str) -> str:
    """Return an aggregate of rows with a `value`, that happened `at` and, as dates go, `began`."""
    # Summed in another order a sum of fractions has other last digits: Kahan's has nearly none of that.
    fraction = feature.content == "fraction"
    match feature.aggregate:
        case "count":
            return f"count({began}){scope}"
        case "days_since_last":
            return f"({moment} - max({began}){scope}) / {float(DAY)}"
        case "sum":
            return f"coalesce(CAST({'fsum' if fraction else 'sum'}({value}){scope} AS DOUBLE), 0)"
        case "mean":
            return f"{'favg' if fraction else 'avg'}({value}){scope}"
        case "min" | "max":
            return f"CAST({feature.aggregate}({value}){scope} AS DOUBLE)"
        case "last":
            # Of several at the same moment the greatest, so that it is the same one again.
            last = f"arg_max({value}, row({at}, {value})){scope}"
            return last if feature.content == "text" else f"CAST({last} AS DOUBLE)"
        case "distinct":
            return f"count(DISTINCT {value}){scope}"
