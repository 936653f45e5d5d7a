"""Rows as callers send them, checked against what a model takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import pyarrow as pa

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import BadData
from penstock.core.names import did_you_mean
from penstock.learn.schema import Feature, FeatureType
from penstock.serving.value import converter, expectation

Json = Any
# Findings about one request: more would not help.
MAX_FINDINGS = 10
# Rows differ in which of their values are NULL, and which numbers are whole.
_MOST_REMEMBERED = 1000
# What the JSON parser makes of the features that need no conversion.
PLAIN_TYPES: Mapping[FeatureType, frozenset[type]] = {
    FeatureType.NUMBER: frozenset({int, float, type(None)}),
    FeatureType.BOOLEAN: frozenset({bool, type(None)}),
    FeatureType.STRING: frozenset({str, type(None)}),
}


@dataclass(frozen=True)
class RowFinding(Diagnostic):
    """What is wrong with one value. `row` counts from 1."""

    row: int | None = None
    column: str | None = None


class InvalidRows(BadData):
    """Rows that do not fit the model; the first finding says which row and column."""

    code = "rows"


@dataclass(frozen=True)
class CheckedRows:
    """Rows that fit: `values` as the model reads them, `logged` as JSON, both by the features' own names.

    Moments are UTC; every feature is there, None for NULL. `batch` has the same as columns in the types of training,
    where the rows were read so.
    """

    values: Sequence[Mapping[str, object]]
    logged: Sequence[Mapping[str, Json]]
    batch: pa.RecordBatch | None = None

    def __len__(self) -> int:
        return len(self.values)


class RowReader:
    """Checks rows against the features of one model. Safe to use from many threads."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = tuple(features)
        self._by_name = {feature.name: feature for feature in features}
        self._by_key = {feature.name.casefold(): feature for feature in features}
        self._converters = {feature.name: converter(feature) for feature in features}
        self._plain = [PLAIN_TYPES[f.type] for f in features if f.type in PLAIN_TYPES]
        self._all_plain = len(self._plain) == len(self.features)
        self._values = itemgetter(*(f.name for f in features)) if len(self.features) > 1 else None
        # The types of rows that were seen to fit, one for each feature.
        self._fitting: set[tuple[type, ...]] = set()

    def read(self, rows: object, *, parsed_json: bool = False) -> CheckedRows:
        """Return the rows; raises InvalidRows naming row and column, what was expected and the nearest name.

        With `parsed_json` the rows come from a JSON parser, so that a number is never NaN, infinite or of a
        foreign type, and rows of the usual shape need no copy.
        """
        if not isinstance(rows, list | tuple) or not rows:
            raise InvalidRows(RowFinding(InvalidRows.code, "There must be a list of at least one row."))
        if parsed_json and self._all_plain and all(map(self._is_usual, rows)):
            return CheckedRows(rows, rows)
        findings: list[RowFinding] = []
        checked = [self._read(row, index, findings) for index, row in enumerate(rows, 1)]
        if findings:
            raise InvalidRows(*findings[:MAX_FINDINGS])
        return CheckedRows([values for values, _ in checked], [logged for _, logged in checked])

    def takes(self, name: str) -> bool:
        """Whether rows have such a column, without regard to case."""
        return name.casefold() in self._by_key

    def _is_usual(self, row: object) -> bool:
        """Whether the row holds exactly the features, each a value that needs no conversion."""
        if type(row) is not dict or len(row) != len(self._plain) or self._values is None:
            return False
        try:
            types = tuple(map(type, self._values(row)))
        except KeyError:
            return False
        if types in self._fitting:
            return True
        fits = all(each in plain for each, plain in zip(types, self._plain, strict=True))
        if fits and len(self._fitting) < _MOST_REMEMBERED:
            self._fitting.add(types)
        return fits

    def _read(self, row: object, index: int, findings: list[RowFinding]) -> tuple[dict[str, object], dict[str, Json]]:
        values: dict[str, object] = {}
        logged: dict[str, Json] = {}
        if len(findings) >= MAX_FINDINGS:
            return values, logged
        if not isinstance(row, Mapping):
            message = f"Row {index} must be an object of columns and values, not {_shown(row)}."
            findings.append(RowFinding(InvalidRows.code, message, row=index))
            return values, logged
        for name, value in self._columns(row):
            feature = self._by_name.get(name) or self._by_key.get(name.casefold())
            if feature is None:
                findings.append(self._unknown(name, index))
            elif feature.name in values:
                message = f"Row {index} has the column {feature.name!r} twice."
                findings.append(RowFinding(InvalidRows.code, message, row=index, column=feature.name))
            else:
                values[feature.name], logged[feature.name] = self._value(feature, value, index, findings)
        missing = [feature.name for feature in self.features if feature.name not in values]
        if missing:
            findings.append(_missing(missing, row, index))
        return values, logged

    def _columns(self, row: Mapping[Any, object]) -> Iterator[tuple[str, object]]:
        """Give the row's columns; an object is a struct, whose fields are columns `struct_field`."""
        for name, value in row.items():
            if isinstance(value, Mapping) and str(name).casefold() not in self._by_key:
                yield from self._columns({f"{name}_{field}": item for field, item in value.items()})
            else:
                yield str(name), value

    def _value(self, feature: Feature, value: object, index: int, findings: list[RowFinding]) -> tuple[object, Json]:
        if value is None:
            return None, None
        try:
            return self._converters[feature.name](value)
        except ValueError:
            message = f"Row {index}: the column {feature.name!r} must be {expectation(feature)}, not {_shown(value)}."
            findings.append(RowFinding(InvalidRows.code, message, row=index, column=feature.name))
            return None, None

    def _unknown(self, name: str, index: int) -> RowFinding:
        message = f"Row {index} has a column {name!r}, which the model does not take."
        hint = did_you_mean(name, self._by_name)
        return RowFinding(InvalidRows.code, message, hint=hint, row=index, column=name)


def _missing(missing: Sequence[str], row: Mapping[Any, object], index: int) -> RowFinding:
    names = ", ".join(repr(name) for name in missing[:8]) + (", …" if len(missing) > 8 else "")
    message = f"Row {index} has no column{'s' if len(missing) > 1 else ''} {names}."
    hint = "Send null for a value that is not known."
    near = did_you_mean(missing[0], [str(name) for name in row])
    if near.startswith("Did you mean"):
        hint = f"{near} {hint}"
    return RowFinding(InvalidRows.code, message, hint=hint, row=index, column=missing[0])


def _shown(value: object) -> str:
    """Return the value as JSON, or as Python shows it, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else f"{text[:60]}…"
