"""The prediction log as monitors read it: typed features, predictions, and the outcomes that have arrived."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.functions.label import label_type
from penstock.functions.transform import apply_transform_sql
from penstock.lake.database import ArrowRows, Connection
from penstock.lake.tables import exists
from penstock.learn.feature_column import feature_type
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Feature, FeatureType, Task
from penstock.sql.quoting import quote_identifier

# Of a window of time, at most this many of the newest answers are measured.
MOST_ROWS = 1_000_000
PREDICTIONS, LABELS = "penstock.predictions", "penstock.labels"

# How DuckDB reads a feature from JSON.
JSON_TYPES: Mapping[FeatureType, object] = {
    FeatureType.NUMBER: "DOUBLE",
    FeatureType.BOOLEAN: "BOOLEAN",
    FeatureType.STRING: "VARCHAR",
    FeatureType.DATE: "DATE",
    FeatureType.TIMESTAMP: "TIMESTAMPTZ",
    FeatureType.TIME: "TIME",
    FeatureType.STRING_LIST: ["VARCHAR"],
    FeatureType.NUMBER_LIST: ["DOUBLE"],
    FeatureType.SPARSE_VECTOR: [{"index": "BIGINT", "value": "DOUBLE"}],
}
# What a model's graph gave, out of what was answered. The probabilities stand in the order of the classes.
_SCORES: Mapping[Task, str] = {
    Task.REGRESSION: "CAST(json_extract_string(outputs, '$.prediction') AS DOUBLE)",
    Task.RECOMMENDATION: "CAST(json_extract_string(outputs, '$.prediction') AS DOUBLE)",
    Task.CLASSIFICATION: "CAST(json_extract_string(outputs, '$.probabilities.*') AS DOUBLE[])",
    Task.CLUSTERING: "CAST(json_extract_string(outputs, '$.distances[*]') AS DOUBLE[])",
    Task.DIMENSION_REDUCTION: "CAST(json_extract_string(outputs, '$.prediction[*]') AS DOUBLE[])",
    Task.AUTOENCODING: "CAST(json_extract_string(outputs, '$.prediction[*]') "
    "|| json_extract_string(outputs, '$.reconstruction_loss.*') AS DOUBLE[])",
    # Nothing of it is measured.
    Task.IMPORTED: "CAST([] AS DOUBLE[])",
}


@dataclass(frozen=True)
class Answers:
    """Answers of an endpoint, newest first.

    `features` has one column a feature of the model; `predictions` is of shape (n,) for regression, else of the
    shape (n, k) that the model's graph gives; `actuals` are the outcomes as the label's kind of value, NULL where
    none has arrived.
    `unreadable` counts the outcomes that are there but no such value; they are NULL too. `oldest` is the
    moment of the first answer, None without one.
    """

    features: pa.Table
    predictions: NDArray[np.float64]
    actuals: pa.ChunkedArray
    unreadable: int
    oldest: datetime | None


@dataclass(frozen=True)
class LogSpan:
    """Which answers: those after `since` (None: from the first on) up to `until`, the newest `limit`."""

    since: datetime | None
    until: datetime
    limit: int = MOST_ROWS


class AnswerLog:
    """The answers of one endpoint in the lake. Answers of a shadow version are never among them.

    `unlogged` are the columns whose values are not in the log, or hashed there: they are NULL in what is read.
    """

    def __init__(self, connection: Connection, endpoint: str, unlogged: frozenset[str] = frozenset()) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._unlogged = unlogged

    def exists(self) -> bool:
        """Return whether anything has been answered and has reached the lake."""
        return exists(self._connection, PREDICTIONS)

    def count(self, span: LogSpan) -> int:
        """Return how many answers there are, by whatever version."""
        sql, values = self._answered(span, None)
        return int(self._connection.rows(f"SELECT count(*) FROM ({sql})", values)[0][0])

    def read(self, manifest: Manifest, span: LogSpan, served: tuple[str, int] | None = None) -> Answers:
        """Return the answers, of one model's one version when `served` names them.

        `manifest` says what they are made of. Outcomes count when they arrived before the span's end.
        """
        answered, values = self._answered(span, served)
        structure = json.dumps({feature.name: JSON_TYPES[feature.type] for feature in manifest.inputs})
        kind = outcome_type(manifest)
        label, known = self._outcomes(span)
        sql = f"""
            WITH answers AS ({answered}),
            outcomes AS ({label})
            SELECT answers."at", from_json(inputs, ?) AS inputs,
                {_SCORES[manifest.task]} AS prediction,
                TRY_CAST(actual AS {kind}) AS actual, actual IS NOT NULL AS arrived
            FROM answers LEFT JOIN outcomes USING (prediction_id)
        """
        rows = self._connection.table(sql, [*values, *known, structure])
        if not manifest.task.predicts_number:
            # A version with other classes has answers that this one cannot be compared with.
            rows = rows.filter(pc.equal(pc.list_value_length(rows.column("prediction")), manifest.width))
        arrived = pc.sum(rows.column("arrived")).as_py() or 0
        actuals = rows.column("actual")
        return Answers(
            features=self._features(manifest, pa.Table.from_struct_array(rows.column("inputs"))),
            predictions=_predictions(rows.column("prediction"), manifest),
            actuals=actuals,
            unreadable=arrived - (len(actuals) - actuals.null_count),
            oldest=pc.min(rows.column("at")).as_py(),
        )

    def first_window(
        self, window: timedelta | None, rows: int | None, until: datetime, served: tuple[str, int]
    ) -> LogSpan | None:
        """Return the first full window of a version's answers, of a time or of so many rows; None before it is full."""
        wanted, values = self._wanted(LogSpan(None, until), served)
        first = f'SELECT "at" FROM {PREDICTIONS} WHERE {wanted} ORDER BY "at", prediction_id LIMIT ?'
        limit = rows or 1
        sql = f'SELECT count(*), min("at"), max("at") FROM ({first})'
        count, begin, end = self._connection.rows(sql, [*values, limit])[0]
        if count < limit:
            return None
        if window is None:
            return LogSpan(None, end, limit)
        return LogSpan(begin - timedelta(microseconds=1), begin + window) if begin + window <= until else None

    def _answered(self, span: LogSpan, served: tuple[str, int] | None) -> tuple[str, list[object]]:
        wanted, values = self._wanted(span, served)
        sql = f'SELECT * FROM {PREDICTIONS} WHERE {wanted} ORDER BY "at" DESC, prediction_id LIMIT ?'
        return sql, [*values, span.limit]

    def _wanted(self, span: LogSpan, served: tuple[str, int] | None) -> tuple[str, list[object]]:
        """Return what holds for the answers of a span, and the values to bind in it."""
        wanted = "lower(endpoint) = lower(?) AND variant <> 'shadow' AND \"at\" <= ?"
        values: list[object] = [self._endpoint, span.until]
        if span.since is not None:
            wanted += ' AND "at" > ?'
            values.append(span.since)
        if served is not None:
            wanted += " AND lower(model) = lower(?) AND version = ?"
            values += served
        return wanted, values

    def _outcomes(self, span: LogSpan) -> tuple[str, list[object]]:
        """Return the outcomes of `answers` as texts; JSON's null is none."""
        if not exists(self._connection, LABELS):
            return "SELECT NULL::VARCHAR AS prediction_id, NULL::VARCHAR AS actual WHERE false", []
        sql = f"""
            SELECT prediction_id, arg_max(json_extract_string(actual, '$'), "at") AS actual
            FROM {LABELS}
            WHERE lower(endpoint) = lower(?) AND "at" <= ?
                AND prediction_id IN (SELECT prediction_id FROM answers)
            GROUP BY prediction_id
        """
        return sql, [self._endpoint, span.until]

    def _features(self, manifest: Manifest, inputs: pa.Table) -> pa.Table:
        """Return the columns that the model reads: the inputs, or what its TRANSFORM makes of them."""
        for place, name in enumerate(inputs.column_names):
            if name in self._unlogged:
                inputs = inputs.set_column(place, name, pa.nulls(len(inputs), inputs.column(place).type))
        if manifest.transform is None:
            return inputs
        for place, feature in enumerate(manifest.inputs):
            inputs = inputs.set_column(place, feature.name, _as_trained(inputs.column(place), feature))
        name = f"penstock_answers_{uuid.uuid4().hex}"
        self._connection.register(name, ArrowRows(inputs.schema, lambda: iter(inputs.to_batches())))
        try:
            rows = f"SELECT * FROM {quote_identifier(name)}"
            return self._connection.table(apply_transform_sql(manifest.transform, rows))
        finally:
            self._connection.unregister(name)


def _as_trained(column: pa.ChunkedArray, feature: Feature) -> pa.ChunkedArray:
    """Return numbers as whole numbers where they were so in training, since SQL tells 3 from 3.0."""
    if feature.type is not FeatureType.NUMBER or "int" not in feature.arrow:
        return column
    try:
        return column.cast(pa.type_for_alias(feature.arrow))
    except pa.ArrowInvalid:
        return column


def outcome_type(manifest: Manifest) -> str:
    """Return DuckDB's type of what a model's outcomes are."""
    if manifest.task is not Task.CLASSIFICATION:
        return "DOUBLE"
    kind = feature_type(label_type(manifest))
    return "VARCHAR" if kind is None else str(JSON_TYPES[kind])


def _predictions(column: pa.ChunkedArray, manifest: Manifest) -> NDArray[np.float64]:
    if manifest.task.predicts_number:
        values: Sequence[float] = column.to_numpy()
        return np.asarray(values, dtype=np.float64)
    flat = pc.list_flatten(column).to_numpy()
    return np.asarray(flat, dtype=np.float64).reshape(len(column), manifest.width)
