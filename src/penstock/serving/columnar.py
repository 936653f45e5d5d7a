"""Many rows of a request, read column by column: no Python object is made for a row that has none yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, overload

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.names import did_you_mean
from penstock.learn.feature_column import feature_type, flatten
from penstock.learn.schema import Feature, FeatureType
from penstock.serving.row import MAX_FINDINGS, PLAIN_TYPES, CheckedRows, InvalidRows, RowFinding, RowReader
from penstock.serving.row_batch import arrow_column

Json = Any
# Up to here rows are read one by one, which is then as fast.
FEW_ROWS = 16
_PLAIN = frozenset({FeatureType.NUMBER, FeatureType.BOOLEAN, FeatureType.STRING})
_TIMES = frozenset({FeatureType.DATE, FeatureType.TIMESTAMP, FeatureType.TIME})


def read_rows(reader: RowReader, rows: object, *, parsed_json: bool) -> CheckedRows:
    """Return a request's rows, checked, as `RowReader.read` does, and raise what it raises.

    An Arrow table, and a list of many rows of the usual shape, are read by columns, which then stand in `batch`.
    """
    if isinstance(rows, pa.Table):
        return _of_table(reader, rows)
    if parsed_json and isinstance(rows, list) and len(rows) > FEW_ROWS:
        batch = _usual_columns(rows, reader.features)
        if batch is not None:
            return CheckedRows(rows, rows, batch)
    return reader.read(rows, parsed_json=parsed_json)


def _usual_columns(rows: list[Any], features: Sequence[Feature]) -> pa.RecordBatch | None:
    """Return the columns of rows out of a JSON parser that hold exactly the features, and no value that needs to be
    converted; None for any others, which are to be looked at row by row.
    """
    if {*map(type, rows)} != {dict} or {*map(len, rows)} != {len(features)}:
        return None
    columns = []
    for feature in features:
        types = PLAIN_TYPES.get(feature.type)
        try:
            values = list(map(itemgetter(feature.name), rows))
        except KeyError:
            return None
        if types is None or not {*map(type, values)} <= types:
            return None
        columns.append(arrow_column(values, feature))
    return pa.RecordBatch.from_arrays(columns, names=[feature.name for feature in features])


def _of_table(reader: RowReader, table: pa.Table) -> CheckedRows:
    if not table.num_rows:
        return reader.read([])
    table = flatten(table)
    columns = _taken(table, reader.features)
    arrays = [_fitting(column, feature) for column, feature in zip(columns, reader.features, strict=True)]
    if any(array is None for array in arrays):
        # Text that may be a moment, lists, decimals: what their values are is said value by value.
        return reader.read(table.to_pylist())
    batch = pa.RecordBatch.from_arrays(arrays, names=[feature.name for feature in reader.features])
    return CheckedRows(RowsOfBatch(batch), LoggedRows(reader, batch), batch)


def _taken(table: pa.Table, features: Sequence[Feature]) -> list[pa.ChunkedArray]:
    """Return the features' columns; raises InvalidRows for those that lack and those that no feature has."""
    known = {feature.name.casefold() for feature in features}
    given = {name.casefold(): name for name in table.column_names}
    findings = [
        RowFinding(
            InvalidRows.code,
            f"The rows have a column {name!r}, which the model does not take.",
            hint=did_you_mean(name, [feature.name for feature in features]),
            column=name,
        )
        for key, name in given.items()
        if key not in known
    ]
    findings += [
        RowFinding(
            InvalidRows.code,
            f"The rows have no column {feature.name!r}.",
            hint=did_you_mean(feature.name, table.column_names),
            column=feature.name,
        )
        for feature in features
        if feature.name.casefold() not in given
    ]
    if findings:
        raise InvalidRows(*findings[:MAX_FINDINGS])
    return [table.column(given[feature.name.casefold()]) for feature in features]


def _fitting(column: pa.ChunkedArray, feature: Feature) -> pa.Array | None:
    """Return a column in the type that it had in training, as `arrow_column` makes it of values; None where only the
    values themselves can say what they are.
    """
    kind = column.type
    array = column.combine_chunks()
    if pa.types.is_null(kind):
        return arrow_column([None] * len(column), feature)
    read = feature_type(kind)
    if feature.type is FeatureType.STRING and read is FeatureType.STRING:
        return array if pa.types.is_dictionary(kind) else array.cast(pa.string())
    if feature.type is FeatureType.NUMBER and read is FeatureType.NUMBER:
        return None if pa.types.is_decimal(kind) or pa.types.is_dictionary(kind) else _numbers(array, feature)
    if read is not feature.type or feature.type not in _PLAIN | _TIMES or pa.types.is_dictionary(kind):
        return None
    match feature.type:
        case FeatureType.DATE:
            return array.cast(pa.date32())
        case FeatureType.TIME:
            return array.cast(pa.time64("us"), safe=False)
        case FeatureType.TIMESTAMP:
            moments = array.cast(pa.timestamp("us", "UTC"), safe=False)
            return moments if "tz=" in feature.arrow else moments.cast(pa.timestamp("us"))
        case _:
            return array


def _numbers(array: pa.Array, feature: Feature) -> pa.Array | None:
    """Return numbers in the type of training, float64 where that cannot hold them; NaN is NULL."""
    if feature.arrow.startswith("decimal"):
        return None
    if pa.types.is_floating(array.type):
        array = array.cast(pa.float64())
        if pc.any(pc.is_nan(array)).as_py():
            array = pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
    try:
        return array.cast(pa.type_for_alias(feature.arrow))
    except pa.ArrowInvalid:
        return array.cast(pa.float64(), safe=False)


class RowsOfBatch(Sequence[Mapping[str, object]]):
    """The rows of a batch as mappings, made when they are first asked for."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch

    def __len__(self) -> int:
        return int(self._batch.num_rows)

    @overload
    def __getitem__(self, at: int) -> Mapping[str, object]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Mapping[str, object]]: ...
    def __getitem__(self, at: int | slice) -> Mapping[str, object] | Sequence[Mapping[str, object]]:
        return self.made[at]

    def __iter__(self) -> Iterator[Mapping[str, object]]:
        return iter(self.made)

    @cached_property
    def made(self) -> Sequence[Mapping[str, object]]:
        """All rows."""
        rows: list[Mapping[str, object]] = self._batch.to_pylist()
        return rows


class LoggedRows(RowsOfBatch):
    """The rows of a batch as JSON has them."""

    def __init__(self, reader: RowReader, batch: pa.RecordBatch) -> None:
        super().__init__(batch)
        self._reader = reader

    @cached_property
    def made(self) -> Sequence[Mapping[str, Json]]:
        return self._reader.read(self._batch.to_pylist()).logged
