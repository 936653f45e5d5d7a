"""LightGBM through its C interface: rows in bins, trees grown on them, what the trees say of other rows.

The library is loaded by itself (https://lightgbm.readthedocs.io/en/stable/C-API.html): its Python package first
imports pandas and scikit-learn, which takes longer than to train on ten thousand rows.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InternalError, UntrainableModel

Floats = NDArray[np.float64]
Parameters = Mapping[str, object]
What = Literal["raw", "leaf", "contribution"]
# Numbers of the C interface.
_FLOAT64, _ROW_MAJOR, _BY_SPLITS, _ALL = 1, 1, 0, -1
_WHAT: Mapping[What, int] = {"raw": 1, "leaf": 2, "contribution": 3}
# The labels are numbers of 32 bits.
_GREATEST = float(np.finfo(np.float32).max)
# A model's text is asked for with room for so many bytes at first.
_ROOM = 1 << 20


class BinnedRows:
    """Rows as LightGBM keeps them: each value by the number of its bin."""

    def __init__(
        self,
        columns: pa.Table,
        target: Floats,
        weights: Floats | None,
        parameters: Parameters,
        *,
        like: BinnedRows | None = None,
        raw: Floats | None = None,
    ) -> None:
        """Put the columns, floats and integers, into bins: those of `like`, or ones of their own.

        `raw` (n, outputs) is what the trees that are gone on from say of the rows. `columns` may be let go afterwards.
        Raises InternalError for what LightGBM cannot take, UntrainableModel for labels beyond its 32 bits.
        """
        reach = float(np.abs(target).max(initial=0.0))
        if reach > _GREATEST:
            raise UntrainableModel.of(
                f"The label reaches {reach:.3g}; trees hold numbers up to {_GREATEST:.2g}.",
                hint="Write it in another unit: divide it in the query.",
            )
        odd = [str(field.type) for field in columns.schema if not takes(field.type)]
        if odd:
            # LightGBM would end the process.
            raise InternalError(f"LightGBM takes no column of the type {odd[0]}.")
        stream = columns.__arrow_c_stream__()
        handle = ctypes.c_void_p()
        reference = None if like is None else like.handle
        content = ctypes.c_void_p(_pointer_in(stream))
        _call("DatasetCreateFromArrowStream", content, _text_of(parameters), reference, ctypes.byref(handle))
        self.handle: ctypes.c_void_p = _kept_by(self, handle, "DatasetFree")
        self._set("label", target.astype(np.float32), 0)
        if weights is not None:
            self._set("weight", weights.astype(np.float32), 0)
        if raw is not None:
            self._set("init_score", np.ascontiguousarray(raw.T).reshape(-1), _FLOAT64)

    @property
    def can_split(self) -> bool:
        """Whether any column has more than one bin."""
        count, bins = ctypes.c_int(), ctypes.c_int()
        _call("DatasetGetNumFeature", self.handle, ctypes.byref(count))
        for column in range(count.value):
            _call("DatasetGetFeatureNumBin", self.handle, column, ctypes.byref(bins))
            if bins.value > 1:
                return True
        return False

    def _set(self, field: str, values: NDArray[np.float32] | Floats, kind: int) -> None:
        _call("DatasetSetField", self.handle, field.encode(), _start_of(values), ctypes.c_int(len(values)), kind)


class Booster:
    """Trees, read from a text or still growing."""

    def __init__(self, handle: ctypes.c_void_p, *uses: BinnedRows) -> None:
        self._handle = _kept_by(self, handle, "BoosterFree")
        # LightGBM reads these as long as the trees grow.
        self._uses = uses

    @property
    def rounds(self) -> int:
        """The rounds that have added trees, those of an earlier model included."""
        return self._count("GetCurrentIteration")

    def grow(self) -> None:
        """Add the trees of one round; none, where no split is worth it."""
        finished = ctypes.c_int()
        _call("BoosterUpdateOneIter", self._handle, ctypes.byref(finished))

    def forget_objective(self) -> None:
        """Leave it to `grow_by` to say what the trees lessen; `raw` then gives the sums of the leaves as they are."""
        _call("BoosterResetParameter", self._handle, b"objective=none")

    def grow_by(self, slopes: Floats, curves: Floats) -> None:
        """Add a tree an output by the first and second derivatives of each row's loss, (n, outputs)."""
        given = [np.ascontiguousarray(side.T, np.float32) for side in (slopes, curves)]
        finished = ctypes.c_int()
        _call("BoosterUpdateOneIterCustom", self._handle, *map(_start_of, given), ctypes.byref(finished))

    def raw(self, place: int) -> Floats:
        """Return what the trees say of the rows that they grow on (0) or of a set of judging rows (1, …), (n, outputs).

        For a booster that has forgotten its objective.
        """
        size, length = ctypes.c_int64(), ctypes.c_int64()
        _call("BoosterGetNumPredict", self._handle, place, ctypes.byref(size))
        found: Floats = np.empty(size.value)
        _call("BoosterGetPredict", self._handle, place, ctypes.byref(length), _start_of(found))
        return np.ascontiguousarray(found.reshape(self._count("GetNumClasses"), -1).T)

    def losses(self) -> list[float]:
        """Return the loss on each set of judging rows."""
        found = []
        for place in range(1, len(self._uses)):
            values, length = (ctypes.c_double * max(self._count("GetEvalCounts"), 1))(), ctypes.c_int()
            _call("BoosterGetEval", self._handle, place, ctypes.byref(length), values)
            found += values[: length.value]
        return found

    def text(self, rounds: int | None = None) -> str:
        """Return the model in LightGBM's own format: all rounds, or the first few."""
        count = _ALL if rounds is None else rounds
        length = ctypes.c_int64(_ROOM)
        while True:
            buffer = ctypes.create_string_buffer(length.value)
            room = ctypes.c_int64(len(buffer))
            _call("BoosterSaveModelToString", self._handle, 0, count, _BY_SPLITS, room, ctypes.byref(length), buffer)
            if length.value <= len(buffer):
                return buffer.value.decode()

    def predict(self, matrix: Floats, what: What = "raw", rounds: int | None = None, threads: int = 0) -> Floats:
        """Return what the trees, or those of the first rounds, say of the rows, shape (n, k).

        `raw`: the sum of the leaves, by output. `leaf`: the number of each tree's leaf. `contribution`: for one output
        after another the Shapley value of every column and what there is without any. By 0 threads are meant all. The
        library keeps their number for all of its work at once: while trees grow beside, it must be the same.
        """
        if not len(matrix):
            return np.empty((0, 1))
        matrix = np.ascontiguousarray(matrix, np.float64)
        size, length = ctypes.c_int64(), ctypes.c_int64()
        asked = _WHAT[what], 0, _ALL if rounds is None else rounds
        _call("BoosterCalcNumPredict", self._handle, len(matrix), *asked, ctypes.byref(size))
        found: Floats = np.empty(size.value)
        rows, columns = (ctypes.c_int32(side) for side in matrix.shape)
        given = _start_of(matrix), _FLOAT64, rows, columns, _ROW_MAJOR
        out = ctypes.byref(length), _start_of(found)
        parameters = _text_of({"verbosity": -1, "num_threads": threads})
        _call("BoosterPredictForMat", self._handle, *given, *asked, parameters, *out)
        return found.reshape(len(matrix), -1)

    def _count(self, what: str) -> int:
        count = ctypes.c_int()
        _call(f"Booster{what}", self._handle, ctypes.byref(count))
        return count.value


def new_booster(
    parameters: Parameters, train: BinnedRows, judges: Sequence[BinnedRows], before: Booster | None = None
) -> Booster:
    """Return a booster without trees, or with those of `before`, that grows on `train` and is measured on `judges`."""
    handle = ctypes.c_void_p()
    _call("BoosterCreate", train.handle, _text_of(parameters), ctypes.byref(handle))
    booster = Booster(handle, train, *judges)
    if before is not None:
        _call("BoosterMerge", handle, before._handle)
    for rows in judges:
        _call("BoosterAddValidData", handle, rows.handle)
    return booster


def read_booster(text: str) -> Booster:
    """Return the trees of a model's text."""
    handle, rounds = ctypes.c_void_p(), ctypes.c_int()
    _call("BoosterLoadModelFromString", text.encode(), ctypes.byref(rounds), ctypes.byref(handle))
    return Booster(handle)


def takes(kind: pa.DataType) -> bool:
    """Say whether LightGBM reads a column of this type as it is."""
    return bool(pa.types.is_integer(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind))


@cache
def _library() -> ctypes.CDLL:
    """Return the library that the package brings, without importing the package."""
    spec = find_spec("lightgbm")
    folders = spec.submodule_search_locations if spec is not None else None
    found = [path for folder in folders or () for path in sorted(Path(folder).rglob("lib_lightgbm.*"))]
    if not found:
        raise InternalError("The package lightgbm has no library lib_lightgbm.")
    library = ctypes.CDLL(str(found[0]))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def _call(name: str, *arguments: object) -> None:
    library = _library()
    if library[f"LGBM_{name}"](*arguments):
        raise InternalError(f"LightGBM ({name}): {library.LGBM_GetLastError().decode(errors='replace')}")


def _kept_by(owner: object, handle: ctypes.c_void_p, free: str) -> ctypes.c_void_p:
    """Return the handle, which is freed when its owner is gone."""
    weakref.finalize(owner, _call, free, handle)
    return handle


def _start_of(values: NDArray[np.float32] | Floats) -> ctypes.c_void_p:
    return values.ctypes.data_as(ctypes.c_void_p)


def _text_of(parameters: Parameters) -> bytes:
    pairs = []
    for name, value in parameters.items():
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        pairs.append(f"{name}={text}")
    return " ".join(pairs).encode()


def _pointer_in(stream: object) -> int:
    """Return the address of the stream that an Arrow capsule holds; the capsule stays its owner."""
    look = ctypes.pythonapi["PyCapsule_GetPointer"]
    look.restype, look.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    address: int = look(stream, b"arrow_array_stream")
    return address
