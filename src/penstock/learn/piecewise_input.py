"""Numbers cut into pieces: what a neural network reads of a number, so that it can follow steps as trees do.

Each piece of a number's range is a column of its own, which is -1 below the piece, 1 above it, and between them a
straight line (Y. Gorishniy, I. Rubachev, A. Babenko, On Embeddings for Numerical Features in Tabular Deep Learning,
2022; there from 0 to 1). Pieces hold equally many rows. Values further out than the last piece are read as its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.linear_input import LinearInput
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.schema import Feature

Floats = NDArray[np.float64]
# Of so many rows, evenly spread, the ends of the pieces are learned.
_ROWS = 50_000
# What lies further out is an outlier.
_OUTERMOST = 0.002
# Pieces narrower than this share of the whole range hold one value.
_NARROWEST = 1e-9


@dataclass(frozen=True)
class _Columns:
    """The pieces of one column of numbers, (pieces,) each: see LinearInput."""

    fill: Floats
    center: Floats
    scale: Floats


def piecewise(columns: pa.Table, features: Sequence[Feature], read: LinearInput, pieces: int) -> LinearInput:
    """Return how `read` reads the features, but every number in at most so many pieces.

    Items of lists of numbers, which may be many, are one piece each. NULL is read as the mean of each piece's column.
    """
    codes: list[ColumnCode] = []
    parts: list[_Columns] = []
    rows = np.unique(np.linspace(0, max(columns.num_rows - 1, 0), min(columns.num_rows, _ROWS)).astype(np.int64))
    some = columns.take(pa.array(rows))
    for code in read.number_codes:
        values = MatrixEncoder(features, [code]).encode(some)
        count = pieces if code.kind is CodeKind.NUMBER else 1
        of_code = [_pieces(values[:, place], count) for place in range(code.width)]
        codes += [code] * (len(of_code[0].center) if code.kind is CodeKind.NUMBER else 1)
        parts += of_code
    fill, center, scale = (
        np.concatenate([getattr(part, name) for part in parts] or [np.empty(0)]) for name in ("fill", "center", "scale")
    )
    return replace(read, codes=(*codes, *read.categories), fill=fill, center=center, scale=scale, bound=1.0)


def _pieces(values: Floats, count: int) -> _Columns:
    known = values[np.isfinite(values)]
    if not len(known):
        return _Columns(np.zeros(1), np.zeros(1), np.ones(1))
    shares = np.linspace(0.0, 1.0, count + 1)
    shares[[0, -1]] = _OUTERMOST, 1.0 - _OUTERMOST
    ends = np.quantile(known, np.sort(shares), method="closest_observation")
    apart = np.diff(ends, prepend=-np.inf) > _NARROWEST * (known.max() - known.min())
    ends = ends[apart]
    if len(ends) < 2:
        # All but outliers are alike: these are what there is to read.
        ends = np.unique([known.min(), ends[0], known.max()])
    if len(ends) < 2:
        return _Columns(ends, ends, np.ones(1))
    low, high = ends[:-1], ends[1:]
    center, scale = low / 2 + high / 2, high / 2 - low / 2
    mean = np.clip((known[:, None] - center) / scale, -1.0, 1.0).mean(axis=0)
    return _Columns(center + scale * mean, center, scale)
