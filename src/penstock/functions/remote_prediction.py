"""ML.PREDICT of a remote model at an address: rows as JSON to the service, the fields of OUTPUT back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.functions.answer_schema import arrow_type, read_fields
from penstock.functions.function import Call
from penstock.functions.scoring import read_features
from penstock.lake.database import ArrowRows
from penstock.remote.client import address
from penstock.remote.row_prediction import predict_rows
from penstock.sql.statement import DeclaredField

STATUS = "remote_model_status"


def remote_prediction(call: Call) -> ArrowRows:
    """Return the fields of OUTPUT and a status, empty where all went well, followed by every column of the data.

    Raises InvalidOption for an address that the connection does not cover.
    """
    details, outputs = call.fitted.manifest.details, _outputs(call)
    client = call.environment.services.client(details["connection"])
    url = address(client.settings, details["endpoint"])
    schema = pa.schema([*remote_fields(call), *call.rows.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for features, kept in read_features(call, call.rows.schema.names):
            rows = [_plain(row) for row in features.to_pylist()]
            answers = [
                read_fields(answer.fields, outputs) if answer.fields is not None else ({}, answer.status)
                for answer in predict_rows(client, url, rows)
            ]
            columns = [*_columns(answers, outputs), pa.array([status for _, status in answers], pa.string())]
            yield pa.RecordBatch.from_arrays([*columns, *kept.columns], schema=schema)

    return ArrowRows(schema, batches)


def remote_fields(call: Call) -> list[pa.Field]:
    """Return the columns of OUTPUT and the status; raises InvalidOption for a model that writes or embeds."""
    return [*(pa.field(field.name, arrow_type(field)) for field in _outputs(call)), pa.field(STATUS, pa.string())]


def _outputs(call: Call) -> list[DeclaredField]:
    found = [DeclaredField(*field) for field in call.fitted.manifest.details["outputs"]]
    if not found:
        message = f"Model {call.model_name} reads texts: ML.PREDICT has nothing to ask it."
        hint = "Ask it with AI.GENERATE_TEXT, AI.GENERATE_TABLE or AI.GENERATE_EMBEDDING."
        raise InvalidOption.of(message, span=call.span, hint=hint)
    return found


def _columns(answers: Sequence[tuple[dict[str, Any], str]], outputs: Sequence[DeclaredField]) -> list[pa.Array]:
    return [pa.array([values.get(field.name) for values, _ in answers], arrow_type(field)) for field in outputs]


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN and infinities, which it has not, become null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
