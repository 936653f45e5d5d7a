"""What a language model must answer in: a JSON schema made of an output_schema, and its answer read back by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption, SyntaxProblem
from penstock.core.spans import Span
from penstock.remote.answer import read_json
from penstock.sql.declared_field import fields_of
from penstock.sql.statement import DeclaredField

Json = Any
_JSON: Mapping[str, str] = {
    "BOOL": "boolean",
    "INT64": "integer",
    "FLOAT64": "number",
    "NUMERIC": "number",
    "BIGNUMERIC": "number",
    "STRING": "string",
}
_ARROW: Mapping[str, pa.DataType] = {
    "BOOL": pa.bool_(),
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "NUMERIC": pa.float64(),
    "BIGNUMERIC": pa.float64(),
    "STRING": pa.string(),
}
_DUCKDB: Mapping[str, str] = {
    "BOOL": "BOOLEAN",
    "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "NUMERIC": "DOUBLE",
    "BIGNUMERIC": "DOUBLE",
    "STRING": "VARCHAR",
}
# A whole number in JSON has no end; a FLOAT64 has.
_LARGEST = 2**1023
_NO_JSON = "The model's answer is not the JSON that it was asked for."


def output_schema(text: str, span: Span | None) -> tuple[DeclaredField, ...]:
    """Return the fields of `'name STRING, age INT64'`; raises InvalidOption for anything else."""
    try:
        return fields_of(text, "output_schema")
    except SyntaxProblem as problem:
        told = problem.diagnostics[0]
        hint = told.hint or "Write 'name STRING, tags ARRAY<STRING>'."
        raise InvalidOption.of(f"output_schema: {told.message}", span=span, hint=hint) from problem


def arrow_type(field: DeclaredField) -> pa.DataType:
    """Return a field's Arrow type."""
    return pa.list_(_ARROW[field.type]) if field.repeated else _ARROW[field.type]


def duckdb_type(field: DeclaredField) -> str:
    """Return a field's DuckDB type."""
    return f"{_DUCKDB[field.type]}[]" if field.repeated else _DUCKDB[field.type]


def json_schema(fields: Sequence[DeclaredField]) -> dict[str, Json]:
    """Return the schema of an object with these fields, all of them there, and no other."""

    def kind(field: DeclaredField) -> Json:
        one = {"type": _JSON[field.type]}
        return {"type": "array", "items": one} if field.repeated else one

    return {
        "type": "object",
        "properties": {field.name: kind(field) for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def read_answer(text: str, fields: Sequence[DeclaredField]) -> tuple[dict[str, Json] | None, str]:
    """Return the fields of an answer and an empty status; or None and what is wrong with it."""
    bare = text.strip()
    if bare.startswith("```"):
        # Many models fence their JSON, whatever they are told.
        bare = bare.strip("`").removeprefix("json").strip()
    try:
        found = read_json(bare)
    except ValueError:
        return None, _NO_JSON
    if not isinstance(found, dict):
        return None, _NO_JSON
    values, status = read_fields(found, fields)
    return (None, status) if status else (values, "")


def read_fields(found: Mapping[str, Json], fields: Sequence[DeclaredField]) -> tuple[dict[str, Json], str]:
    """Return the fields of an object and an empty status; or nothing, and which field is missing or of another type."""
    values = {}
    for field in fields:
        if field.name not in found:
            return {}, f"The answer has no field {field.name!r}."
        value = found[field.name]
        if not _fits(value, field):
            return {}, f"The answer has no {field.type} in the field {field.name!r}."
        values[field.name] = _typed(value, field.type)
    return values, ""


def _typed(value: Json, kind: str) -> Json:
    """Return a value that fits as Arrow takes it: a whole number is a FLOAT64 too."""
    if isinstance(value, list):
        return [_typed(item, kind) for item in value]
    return float(value) if _ARROW[kind] == pa.float64() and value is not None else value


def _fits(value: Json, field: DeclaredField) -> bool:
    if value is None:
        return True
    if field.repeated:
        return isinstance(value, list) and all(_is(item, field.type) for item in value)
    return _is(value, field.type)


def _is(value: Json, kind: str) -> bool:
    match kind:
        case "STRING":
            return isinstance(value, str)
        case "BOOL":
            return isinstance(value, bool)
        case "INT64":
            return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
        case _:
            return isinstance(value, float) or (
                isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST
            )
