"""Requests and answers as Arrow's IPC streams (https://arrow.apache.org/docs/format/Columnar.html)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from penstock.learn.autoencoder import LOSSES
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Task
from penstock.server.body import Limits
from penstock.server.error import RefusedRequest
from penstock.serving.class_key import class_key
from penstock.serving.data_plane import Answer

Json = Any
MEDIA_TYPE = "application/vnd.apache.arrow.stream"
_HINT = f"Send a schema and its record batches as {MEDIA_TYPE}, and compress the body, if at all, as a whole."
# Fields of the flatbuffer tables Message, DictionaryBatch and RecordBatch, by their places in Arrow's schema files.
_HEADER, _DATA, _COMPRESSION = 2, 1, 3


def is_arrow(media_type: str | None) -> bool:
    """Whether a header names Arrow's stream format."""
    return media_type is not None and media_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def wants_arrow(accept: str | None, *, asked_in_arrow: bool) -> bool:
    """Whether the answer is to be in Arrow: what `Accept` names first of both forms, else the form of the request."""
    named = [each.partition(";")[0].strip().lower() for each in (accept or "").split(",")]
    return next((name == MEDIA_TYPE for name in named if name in (MEDIA_TYPE, "application/json")), asked_in_arrow)


def read_table(body: bytes, limits: Limits) -> pa.Table:
    """Return the rows of a stream; raises RefusedRequest for bytes that are no stream, or one of too many rows.

    Everything is checked before it is looked at: a reader that trusts the offsets of a stream reads where it may not.
    """
    try:
        _refuse_compressed(body)
        with pa.ipc.open_stream(body) as stream:
            schema, batches, rows = stream.schema, [], 0
            for batch in stream:
                rows += batch.num_rows
                if rows > limits.rows:
                    message = f"One request may have {limits.rows:,} rows; this one has more."
                    raise RefusedRequest(400, "rows", message, "Send them in several requests.")
                batch.validate(full=True)
                batches.append(batch)
            return pa.Table.from_batches(batches, schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, OSError, struct.error) as problem:
        message = f"The body is no Arrow stream: {str(problem).splitlines()[0]}"
        raise RefusedRequest(400, "arrow", message, _HINT) from None


def answer_stream(answer: Answer) -> bytes:
    """Return the predictions as a stream of one batch. Its columns are the keys of the JSON answer; who answered stands
    in the schema's metadata.
    """
    manifest = answer.served.manifest
    kinds = _kinds(manifest)
    columns = [_column([row[name] for row in answer.predictions], kind) for name, kind in kinds.items()]
    metadata = {
        "model": answer.model,
        "version": str(answer.version),
        "variant": answer.variant,
        "request_id": answer.request_id,
    }
    fields = [pa.field(name, column.type) for name, column in zip(kinds, columns, strict=True)]
    batch = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields, metadata))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    told: bytes = sink.getvalue().to_pybytes()
    return told


def _kinds(manifest: Manifest) -> Mapping[str, pa.DataType | None]:
    """Return the columns of an answer and their types, None where the values themselves say it."""
    numbers = pa.list_(pa.float64())
    classes = pa.struct([(class_key(label), pa.float64()) for label in manifest.classes])
    losses = pa.struct([(name, pa.float64()) for name in LOSSES])
    of_task: Mapping[Task, Mapping[str, pa.DataType | None]] = {
        Task.REGRESSION: {"prediction": pa.float64()},
        Task.RECOMMENDATION: {"prediction": pa.float64()},
        Task.CLASSIFICATION: {"prediction": None, "probabilities": classes},
        Task.CLUSTERING: {"prediction": pa.int64(), "distances": numbers},
        Task.AUTOENCODING: {"prediction": numbers, "reconstruction_loss": losses},
        Task.DIMENSION_REDUCTION: {"prediction": numbers},
    }
    return {**of_task.get(manifest.task, {"prediction": None}), "prediction_id": pa.string()}


def _column(values: Sequence[Json], kind: pa.DataType | None) -> pa.Array:
    return pa.array(values, kind)


def _refuse_compressed(body: bytes) -> None:
    """Raise ArrowInvalid for compressed buffers: how much memory they ask for is theirs to say, and no limit holds."""
    messages = pa.ipc.MessageReader.open_stream(body)
    while True:
        try:
            message = messages.read_next_message()
        except StopIteration:
            return
        if message.type not in ("record batch", "dictionary"):
            continue
        content = message.metadata.to_pybytes()
        batch = _table(content, _table(content, 0, None), _HEADER)
        if message.type == "dictionary":
            batch = _table(content, batch, _DATA)
        if _field(content, batch, _COMPRESSION):
            raise pa.ArrowInvalid("Its buffers are compressed one by one.")


def _table(content: bytes, table: int, field: int | None) -> int:
    """Return where a flatbuffer's table begins that a field of another table refers to, or, without one, the root."""
    at = table if field is None else table + _field(content, table, field)
    (offset,) = struct.unpack_from("<I", content, at)
    return int(at + offset)


def _field(content: bytes, table: int, field: int) -> int:
    """Return how far into a flatbuffer's table a field stands, 0 for one that is not there."""
    (back,) = struct.unpack_from("<i", content, table)
    listed = table - back
    (size,) = struct.unpack_from("<H", content, listed)
    place = 4 + 2 * field
    if place >= size:
        return 0
    (offset,) = struct.unpack_from("<H", content, listed + place)
    return int(offset)
