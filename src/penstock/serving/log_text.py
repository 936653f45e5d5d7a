"""The log's lines of a request, one a row; those of rows that came as columns are made column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from penstock.learn.feature_column import numbers
from penstock.serving.row import CheckedRows

Json = Any
Logged = Callable[[Mapping[str, Json]], Mapping[str, Json]]
_ID = "prediction_id"


def lines_text(
    line: Mapping[str, Json], predictions: Sequence[Mapping[str, Json]], rows: CheckedRows, logged: Logged | None
) -> bytes:
    """Return one line a row. `line` is what all have in common, `logged` what makes of a row what may be kept of it,
    None where that is all of it.
    """
    if rows.batch is None:
        return _few_lines_text(line, predictions, rows.logged, logged)
    common = orjson.dumps(line)[1:-1].decode()
    inputs = row_texts(rows) if logged is None else [_text(logged(row)) for row in rows.logged]
    outputs = (_text({key: value for key, value in each.items() if key != _ID}) for each in predictions)
    whole = "".join(
        [
            f'{{{common},"prediction_id":"{each[_ID]}","inputs":{given},"outputs":{told}}}\n'
            for each, given, told in zip(predictions, inputs, outputs, strict=True)
        ]
    )
    return whole.encode()


def _few_lines_text(
    line: Mapping[str, Json],
    predictions: Sequence[Mapping[str, Json]],
    rows: Sequence[Mapping[str, Json]],
    logged: Logged | None,
) -> bytes:
    texts = []
    for prediction, row in zip(predictions, rows, strict=True):
        outputs = dict(prediction)
        told = {
            **line,
            _ID: outputs.pop(_ID),
            "inputs": row if logged is None else logged(row),
            "outputs": outputs,
        }
        texts.append(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
    return b"".join(texts)


def row_texts(rows: CheckedRows) -> list[str]:
    """Return each row as a JSON object."""
    batch = rows.batch
    if batch is None or isinstance(rows.logged, list):
        # Python objects that are there already are written as they are.
        return [_text(row) for row in rows.logged]
    columns = [column_texts(column) for column in batch.columns]
    known = [texts for texts in columns if texts is not None]
    if len(known) < len(columns):
        return [_text(row) for row in rows.logged]
    names = [_text(name).replace("%", "%%") for name in batch.schema.names]
    template = "{" + ",".join(f"{name}:%s" for name in names) + "}"
    return [template % row for row in zip(*known, strict=True)]


def column_texts(column: pa.Array) -> list[str] | None:
    """Return each value of a column as JSON, an infinity by its name; None for a type that is written by its values."""
    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        coded = column if pa.types.is_dictionary(kind) else column.dictionary_encode()
        words = [_text(word) for word in coded.dictionary.to_pylist()]
        places = coded.indices.fill_null(len(words)).to_pylist()
        words.append("null")
        return [words[place] for place in places]
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        texts: list[str] = pc.fill_null(column.cast(pa.string()), "null").to_pylist()
        return texts
    if not pa.types.is_floating(kind):
        return None
    values = np.ascontiguousarray(numbers(column))
    if not len(values):
        return []
    found = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode().split(",")
    for place in np.flatnonzero(np.isinf(values)).tolist():
        found[place] = '"Infinity"' if values[place] > 0 else '"-Infinity"'
    return found


def _text(value: Json) -> str:
    return orjson.dumps(value).decode()
