"""How raw columns become the columns of a learner's matrix, said once, as data.

A learner describes its matrix as a list of `ColumnCode` values, in order. From this one list come
- the encoder part of the ONNX graph (`graph.GraphBuilder.matrix`),
- the encoder of whole tables and of single rows in NumPy and Arrow (`matrix.MatrixEncoder`), which is faster
  than strings in ONNX, and which feeds the training as well, so that training, batch scoring, single-row
  scoring and the exported graph cannot disagree. The list travels as JSON under `encoding` in the details of
  the fitted model (`codes_as_json`); without it a model is scored through its whole graph.

The kinds of code, and the matrix columns that each one makes, all float64:
- NUMBER: one, the value; NaN for NULL. BOOLEAN is 0 and 1; DATE, TIMESTAMP and TIME are seconds.
- CATEGORY: one, i + 1 for `vocabulary[i]` and 0 for anything else.
- TABLE: `len(table[0])`; row i + 1 of `table` for `vocabulary[i]` and row 0 for anything else (target
  encoding).
- ONE_HOT: `len(vocabulary)`, 1 where the value is `vocabulary[i]`, else 0.
- MULTI_HOT: `len(vocabulary)`, 1 where the list of strings holds `vocabulary[i]`, else 0.
- VECTOR: `dimension`, the items of a list of numbers; NaN where the list or the item is NULL.

A vocabulary holds strings for STRING features and lists of them, floats for all others. NULL is among
"anything else" unless the vocabulary names it: NULL_STRING among strings, NaN among floats. A NULL list holds
the single item NULL. With `part` (a name of `calendar_part`) a NUMBER, CATEGORY, TABLE or ONE_HOT reads that
part of the moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from penstock.learn.schema import NULL_STRING

Json = Any
# The one NaN of vocabularies, so that equal codes compare equal.
NULL_NUMBER = math.nan


class CodeKind(StrEnum):
    NUMBER = "number"
    CATEGORY = "category"
    TABLE = "table"
    ONE_HOT = "one_hot"
    MULTI_HOT = "multi_hot"
    VECTOR = "vector"


@dataclass(frozen=True)
class ColumnCode:
    """One block of matrix columns made of one feature (see the module's docstring)."""

    feature: str
    kind: CodeKind
    part: str | None = None
    vocabulary: tuple[str, ...] | tuple[float, ...] = ()
    table: tuple[tuple[float, ...], ...] = ()
    dimension: int = 0

    @property
    def width(self) -> int:
        """The number of matrix columns."""
        if self.kind in (CodeKind.NUMBER, CodeKind.CATEGORY):
            return 1
        if self.kind is CodeKind.TABLE:
            return len(self.table[0])
        return self.dimension if self.kind is CodeKind.VECTOR else len(self.vocabulary)


def widths(codes: Sequence[ColumnCode]) -> list[int]:
    """Return the number of matrix columns of each code."""
    return [code.width for code in codes]


def codes_as_json(codes: Sequence[ColumnCode]) -> list[Json]:
    """Return the codes as JSON values; NaN becomes null."""
    return [_as_json(code) for code in codes]


def codes_from_json(raw: Sequence[Json]) -> tuple[ColumnCode, ...]:
    """Return the codes that `codes_as_json` wrote; raises KeyError or ValueError for anything else."""
    return tuple(_from_json(item) for item in raw)


def _as_json(code: ColumnCode) -> Json:
    item: dict[str, Json] = {"feature": code.feature, "kind": str(code.kind)}
    if code.part is not None:
        item["part"] = code.part
    if code.vocabulary:
        item["vocabulary"] = [None if word != word else word for word in code.vocabulary]
    if code.table:
        item["table"] = [list(row) for row in code.table]
    if code.dimension:
        item["dimension"] = code.dimension
    return item


def _from_json(raw: Mapping[str, Json]) -> ColumnCode:
    words = raw.get("vocabulary", ())
    return ColumnCode(
        raw["feature"],
        CodeKind(raw["kind"]),
        raw.get("part"),
        tuple(NULL_NUMBER if word is None else word for word in words),
        tuple(tuple(float(value) for value in row) for row in raw.get("table", ())),
        raw.get("dimension", 0),
    )


def is_null(word: str | float) -> bool:
    """Whether a word of a vocabulary stands for NULL."""
    return word == NULL_STRING or word != word
