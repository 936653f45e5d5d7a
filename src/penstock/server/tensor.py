"""Tensors of the Open Inference Protocol V2: from JSON or the binary extension, and back."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.server.error import RefusedRequest

Json = Any
_NUMPY: Mapping[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
DATATYPES = (*_NUMPY, "BYTES")


# As many as numpy and ONNX take with ease; an image has four with its row, a film five.
MOST_DIMENSIONS = 8


@dataclass(frozen=True)
class Tensor:
    """A named tensor. `values` are its rows as Python values, each one flat list when a row has more than one.

    `array` has the same numbers, where they came in binary form, one a row.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[Json]
    array: NDArray[Any] | None = None


def read_tensor(raw: Json, binary: memoryview | None) -> Tensor:
    """Return the tensor of an `inputs` item, whose data stand in it or in `binary`.

    Raises RefusedRequest for a datatype that is not known, or data that are not of the shape.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        raise refused("Every input needs a name.")
    name, datatype = raw["name"], raw.get("datatype")
    if datatype not in DATATYPES:
        raise refused(f"Input {name!r} has the datatype {datatype!r}.", f"Known: {', '.join(DATATYPES)}.")
    shape = _shape(raw.get("shape"), name)
    count = math.prod(shape)
    array = None if binary is None or datatype == "BYTES" else _numbers(binary, datatype, name, count)
    if array is not None:
        flat = array.tolist()
    else:
        flat = _flat(raw.get("data"), name, len(shape)) if binary is None else _decoded_texts(binary, name)
    if len(flat) != count:
        raise refused(f"Input {name!r} has {len(flat)} values; its shape {list(shape)} asks for {count}.")
    if datatype == "BYTES" and binary is None:
        flat = [value if value is None or isinstance(value, str) else _text(value, name) for value in flat]
    width = math.prod(shape[1:])
    values = flat if width == 1 else [flat[row * width : (row + 1) * width] for row in range(shape[0])]
    return Tensor(name, datatype, shape, values, array if width == 1 else None)


def flat_values(tensor: Tensor) -> list[Json]:
    """Return all values, row by row."""
    return [value for row in tensor.values for value in (row if isinstance(row, list) else [row])]


def encoded(tensor: Tensor) -> bytes:
    """Return the tensor's values in the binary extension's form; a missing number is NaN."""
    flat = flat_values(tensor)
    if tensor.datatype == "BYTES":
        texts = [str(value).encode() for value in flat]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    array: NDArray[Any] = np.array(
        [np.nan if value is None else value for value in flat], dtype=_NUMPY[tensor.datatype]
    )
    return array.tobytes()


def refused(message: str, hint: str | None = None) -> RefusedRequest:
    """Return the error for a request that is not as the protocol says."""
    return RefusedRequest(400, "inference", message, hint)


def _shape(raw: Json, name: str) -> tuple[int, ...]:
    if isinstance(raw, list) and 1 <= len(raw) <= MOST_DIMENSIONS:
        sizes = [size for size in raw if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**31]
        if len(sizes) == len(raw):
            return tuple(sizes)
    raise refused(f"Input {name!r} needs a shape of one to {MOST_DIMENSIONS} whole numbers, rows first, not {raw!r}.")


def _flat(data: Json, name: str, dimensions: int) -> list[Json]:
    """Return JSON data, flat or in lists within lists, as one list."""
    if not isinstance(data, list):
        raise refused(f"Input {name!r} has no data.")
    flat: list[Json] = data
    for _ in range(max(dimensions - 1, 1)):
        if not any(isinstance(item, list) for item in flat):
            break
        flat = [value for item in flat for value in (item if isinstance(item, list) else [item])]
    return flat


def _text(value: Json, name: str) -> Json:
    if isinstance(value, bool | int | float):
        raise refused(f"Input {name!r} is of the datatype BYTES, but holds the number {value!r}.")
    return value


def _numbers(binary: memoryview, datatype: str, name: str, count: int) -> NDArray[Any]:
    kind = _NUMPY[datatype]
    if len(binary) != count * kind.itemsize:
        raise refused(f"Input {name!r} has {len(binary)} bytes; its shape asks for {count * kind.itemsize}.")
    return np.frombuffer(binary, kind)


def _decoded_texts(binary: memoryview, name: str) -> list[Json]:
    texts: list[Json] = []
    at = 0
    while at < len(binary):
        if at + 4 > len(binary):
            raise refused(f"The texts of input {name!r} are cut off.")
        (length,) = struct.unpack_from("<I", binary, at)
        at += 4
        if at + length > len(binary):
            raise refused(f"The texts of input {name!r} are cut off.")
        try:
            texts.append(str(binary[at : at + length], "utf-8"))
        except UnicodeDecodeError:
            raise refused(f"A text of input {name!r} is not UTF-8.") from None
        at += length
    return texts
