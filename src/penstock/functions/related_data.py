"""The data of a call with the related features that its model needs, computed of the lake as it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from penstock.core.errors import BadData, UnknownName
from penstock.core.spans import Span
from penstock.functions.function import InputRows
from penstock.functions.related_rows import with_related_features
from penstock.learn.related_feature import RelatedFeatures


@dataclass(frozen=True)
class RelatedData:
    """The SQL of data with its `computed` features behind; `undated` rows have no moment of their own."""

    sql: str
    computed: tuple[str, ...]
    undated: bool


def related_data(
    related: RelatedFeatures,
    data: InputRows,
    sources: Callable[[str], str],
    *,
    function: str,
    model: str,
    span: Span | None,
) -> RelatedData | None:
    """Return the data with the related features that it does not bring itself, None where it brings them all.

    Without a column of the moments its rows are of now. Raises UnknownName for data without a key, BadData where the
    moments are no times.
    """
    named = {name.casefold(): name for name in data.schema.names}
    wanted = related.only([each.name for each in related.features if each.name.casefold() not in named])
    if not wanted.features:
        return None
    for table in wanted.tables:
        if table.row_key.casefold() not in named:
            message = (
                f"The data of {function} has no column {table.row_key!r}, by which model {model} finds the rows of "
                f"{table.table}."
            )
            hint = f"Add it; or compute the features yourself: ML.FEATURE_SQL(MODEL {model}) shows their SQL."
            raise UnknownName.of(message, span=span, hint=hint)
    time = named.get(related.time.casefold())
    if time is not None:
        kind = data.schema.field(time).type
        if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
            message = f"The column {time!r} of the data of {function} has the type {kind}, which is no time."
            raise BadData.of(message, span=span, hint=f"CAST({time} AS TIMESTAMP).")
    sql = with_related_features(data.sql, wanted, sources, dated=time is not None)
    return RelatedData(sql, tuple(each.name for each in wanted.features), time is None)
