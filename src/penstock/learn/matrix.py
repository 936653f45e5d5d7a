"""The learner's matrix out of Arrow columns or out of one row of Python values, as `ColumnCode` values
describe it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData, UnknownName
from penstock.learn.calendar_part import calendar_parts
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.feature_column import numbers, strings
from penstock.learn.quick_rows import QuickColumn, QuickRows
from penstock.learn.schema import NULL_STRING, Feature, FeatureType
from penstock.learn.sparse_vector import sparse_row, sparse_rows

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Vocabulary:
    """A code's vocabulary, ready to look values up: i + 1 for word i, 0 for anything else."""

    def __init__(self, words: Sequence[str] | Sequence[float]) -> None:
        nulls = [index for index, word in enumerate(words) if word == NULL_STRING or word != word]
        self.null_code = nulls[0] + 1 if nulls else 0
        self.code_of: Mapping[Any, int] = {
            word: index + 1 for index, word in enumerate(words) if index + 1 != self.null_code
        }
        self._texts = all(isinstance(word, str) for word in words)
        known = list(self.code_of)
        self._codes: Codes = np.fromiter(self.code_of.values(), np.int64, len(known))
        if self._texts:
            self._set = pa.array(known, pa.string())
        else:
            order = np.argsort(np.array(known, np.float64))
            self._sorted: Floats = np.array(known, np.float64)[order]
            self._codes = self._codes[order]

    def of_strings(self, array: pa.Array) -> Codes:
        """Return the code of each text, shape (n,)."""
        if pa.types.is_dictionary(array.type):
            words = self.of_strings(strings(array.dictionary))
            with_null = np.append(words, self.null_code)
            places = array.indices.cast(pa.int64()).fill_null(len(words)).to_numpy(zero_copy_only=False)
            found: Codes = with_null[places]
            return found
        hits = pc.index_in(array, value_set=self._set.cast(array.type), skip_nulls=True)
        table = np.concatenate([[0], self._codes])
        codes: Codes = table[hits.fill_null(-1).to_numpy(zero_copy_only=False) + 1]
        if array.null_count:
            codes[array.is_null().to_numpy(zero_copy_only=False)] = self.null_code
        return codes

    def of_numbers(self, values: Floats) -> Codes:
        """Return the code of each number, shape (n,); NaN is NULL."""
        if not len(self._codes):
            codes: Codes = np.zeros(len(values), np.int64)
        else:
            places = np.minimum(np.searchsorted(self._sorted, values), len(self._sorted) - 1)
            codes = np.where(self._sorted[places] == values, self._codes[places], 0)
        codes[np.isnan(values)] = self.null_code
        return codes


class MatrixEncoder:
    """Encodes columns and rows by a list of codes.

    Immutable once built, and safe to use from many threads.
    """

    def __init__(self, features: Sequence[Feature], codes: Sequence[ColumnCode]) -> None:
        self.width = sum(code.width for code in codes)
        starts = np.cumsum([0, *(code.width for code in codes)]).tolist()
        by_name = {feature.name: feature for feature in features}
        blocks: dict[str, list[_Block]] = {}
        for start, code in zip(starts, codes, strict=False):
            blocks.setdefault(code.feature, []).append(_Block(code, start, by_name[code.feature].type))
        self._blocks = [(by_name[name], of_feature) for name, of_feature in blocks.items()]
        self._readers = [_RowReader(feature, tuple(of_feature)) for feature, of_feature in self._blocks]
        self._quick = _quick_rows(self._readers)

    def encode(self, columns: pa.Table, order: Literal["C", "F"] = "C") -> Floats:
        """Return the matrix, float64 of shape (n, width).

        `columns` holds the features under their own names.
        """
        matrix: Floats = np.empty((columns.num_rows, self.width), np.float64, order)
        for feature, blocks in self._blocks:
            begin = 0
            for chunk in columns.column(feature.name).chunks:
                rows = matrix[begin : begin + len(chunk)]
                begin += len(chunk)
                _fill(rows, chunk, feature, blocks)
        return matrix

    def encode_row(self, values: Mapping[str, object]) -> Floats:
        """Return the matrix of one row of Python values, shape (1, width).

        Raises UnknownName for a missing column and BadData for a value of another type. A naive datetime is
        UTC.
        """
        row = [0.0] * self.width
        for reader in self._readers:
            try:
                value = values[reader.name]
            except KeyError:
                value = _under_another_case(reader.name, values)
            # The two commonest cases by the shortest way; a request waits for this loop.
            if reader.number is not None and value.__class__ is float:
                row[reader.number] = value
            elif reader.word is not None and (value.__class__ is str or value is None):
                row[reader.word] = reader.code_of.get(value, 0)
            else:
                for block in reader.blocks:
                    block.write(row, value, reader.feature)
        return np.array((row,), np.float64)

    @property
    def quick(self) -> bool:
        """Whether every feature is a number or a text that each column of the matrix has a number for."""
        return self._quick is not None

    def encode_rows(self, rows: Sequence[Mapping[str, object]]) -> Floats:
        """Return the matrix of a few rows that are known to fit, shape (n, width): each has every feature under its own
        name, None or a value of the feature's type.
        """
        if self._quick is None:
            return np.concatenate([self.encode_row(row) for row in rows])
        return self._quick.matrix(rows)


def _quick_rows(readers: Sequence[_RowReader]) -> QuickRows | None:
    """Return the quick way for rows of these features; None where one of them needs more."""
    blocks = sorted(((reader, block) for reader in readers for block in reader.blocks), key=lambda pair: pair[1].start)
    columns = [_quick_columns(reader.feature, block) for reader, block in blocks]
    whole = [column for of_block in columns for column in of_block]
    return QuickRows(whole) if len(whole) > 1 and all(columns) else None


def _quick_columns(feature: Feature, block: _Block) -> list[QuickColumn]:
    """Return the columns of a block; none where its values need more than a look."""
    kind = block.code.kind
    if (
        kind is CodeKind.NUMBER
        and block.code.part is None
        and feature.type in (FeatureType.NUMBER, FeatureType.BOOLEAN)
    ):
        return [QuickColumn(feature.name)]
    if feature.type is not FeatureType.STRING or kind not in (CodeKind.CATEGORY, CodeKind.TABLE):
        return []
    codes = {**block.vocabulary.code_of, None: block.vocabulary.null_code}
    if kind is CodeKind.CATEGORY:
        return [QuickColumn(feature.name, codes)]
    tables = block.table.T.tolist()
    return [QuickColumn(feature.name, {word: of[code] for word, code in codes.items()}, of[0]) for of in tables]


class _RowReader:
    """How one value of a row is read.

    `number` and `word` are the place of a feature with no other code than that.
    """

    def __init__(self, feature: Feature, blocks: tuple[_Block, ...]) -> None:
        self.name, self.feature, self.blocks = feature.name, feature, blocks
        self.number: int | None = None
        self.word: int | None = None
        self.code_of: Mapping[str | None, int] = {}
        if len(blocks) > 1:
            return
        block = blocks[0]
        if block.code.kind is CodeKind.NUMBER and block.code.part is None and feature.type is FeatureType.NUMBER:
            self.number = block.start
        if block.code.kind is CodeKind.CATEGORY and feature.type is FeatureType.STRING:
            self.word = block.start
            self.code_of = {**block.vocabulary.code_of, None: block.vocabulary.null_code}


class _Block:
    """One code with its place in the matrix and its vocabulary."""

    def __init__(self, code: ColumnCode, start: int, kind: FeatureType) -> None:
        self.code, self.start, self.stop = code, start, start + code.width
        self.texts = kind in (FeatureType.STRING, FeatureType.STRING_LIST)
        words = code.vocabulary or (() if not self.texts else (NULL_STRING,))
        self.vocabulary = Vocabulary(words)
        if self.texts and not code.vocabulary:
            self.vocabulary.null_code = 0
        self.table: Floats = np.array(code.table, np.float64)

    def put(self, rows: Floats, codes: Codes) -> None:
        """Write what the codes (n,) stand for into this block's columns."""
        match self.code.kind:
            case CodeKind.CATEGORY:
                rows[:, self.start] = codes
            case CodeKind.TABLE:
                rows[:, self.start : self.stop] = self.table[codes]
            case _:
                rows[:, self.start : self.stop] = 0.0
                hit = np.flatnonzero(codes)
                rows[hit, self.start + codes[hit] - 1] = 1.0

    def write(self, row: list[float], value: object, feature: Feature) -> None:
        """Write one Python value into this block's places of `row`."""
        kind = self.code.kind
        if kind is CodeKind.MULTI_HOT:
            for item in _items(value, feature):
                self._write_code(row, self._text_code(item, feature))
        elif kind is CodeKind.VECTOR:
            row[self.start : self.stop] = _vector(value, feature)
        elif self.texts:
            self._write_code(row, self._text_code(value, feature))
        else:
            number = _number(value, feature)
            if self.code.part is not None and number == number:
                number = float(calendar_parts(number, math.floor)[self.code.part])
            if kind is CodeKind.NUMBER:
                row[self.start] = number
            else:
                vocabulary = self.vocabulary
                code = vocabulary.code_of.get(number, 0) if number == number else vocabulary.null_code
                self._write_code(row, code)

    def _text_code(self, value: object, feature: Feature) -> int:
        if value is None:
            return self.vocabulary.null_code
        if not isinstance(value, str):
            raise _wrong_type(value, feature, "a text")
        return self.vocabulary.code_of.get(value, 0)

    def _write_code(self, row: list[float], code: int) -> None:
        match self.code.kind:
            case CodeKind.CATEGORY:
                row[self.start] = code
            case CodeKind.TABLE:
                row[self.start : self.stop] = self.table[code].tolist()
            case _ if code:
                row[self.start + code - 1] = 1.0


def _fill(rows: Floats, chunk: pa.Array, feature: Feature, blocks: Sequence[_Block]) -> None:
    if feature.type is FeatureType.STRING:
        texts = strings(chunk)
        for block in blocks:
            block.put(rows, block.vocabulary.of_strings(texts))
    elif feature.type is FeatureType.STRING_LIST:
        for block in blocks:
            _fill_multi_hot(rows, chunk, block)
    elif feature.type in (FeatureType.NUMBER_LIST, FeatureType.SPARSE_VECTOR):
        for block in blocks:
            rows[:, block.start : block.stop] = vectors(chunk, feature)
    else:
        _fill_numbers(rows, numbers(chunk), blocks)


def _fill_numbers(rows: Floats, values: Floats, blocks: Sequence[_Block]) -> None:
    parts = calendar_parts(values, np.floor) if any(block.code.part for block in blocks) else {}
    for block in blocks:
        part = values if block.code.part is None else parts[block.code.part]
        if block.code.kind is CodeKind.NUMBER:
            rows[:, block.start] = part
        else:
            block.put(rows, block.vocabulary.of_numbers(part))


def _fill_multi_hot(rows: Floats, chunk: pa.Array, block: _Block) -> None:
    rows[:, block.start : block.stop] = 0.0
    null_code = block.vocabulary.null_code
    if null_code and chunk.null_count:
        rows[chunk.is_null().to_numpy(zero_copy_only=False), block.start + null_code - 1] = 1.0
    if pa.types.is_null(chunk.type):
        return
    codes = block.vocabulary.of_strings(strings(pc.list_flatten(chunk)))
    parents = pc.list_parent_indices(chunk).to_numpy(zero_copy_only=False)
    hit = np.flatnonzero(codes)
    rows[parents[hit], block.start + codes[hit] - 1] = 1.0


def vectors(chunk: pa.Array, feature: Feature) -> Floats:
    """Return lists of numbers, or sparse vectors written out, as float64 of shape (n, dimension), NaN for NULL;
    raises BadData for another length.
    """
    dimension = feature.dimension or 0
    if feature.type is FeatureType.SPARSE_VECTOR:
        return sparse_rows(chunk, feature.name, dimension)
    matrix: Floats = np.full((len(chunk), dimension), np.nan)
    if pa.types.is_null(chunk.type):
        return matrix
    lengths = pc.list_value_length(chunk)
    wrong = pc.any(pc.not_equal(lengths, dimension)).as_py()
    if wrong:
        raise BadData.of(f"A list in {feature.name!r} does not have {dimension} items.")
    filled = np.flatnonzero(chunk.is_valid().to_numpy(zero_copy_only=False))
    matrix[filled] = numbers(pc.list_flatten(chunk)).reshape(len(filled), dimension)
    return matrix


def value_under(name: str, values: Mapping[str, object]) -> object:
    """Return the value of that name, case ignored; raises UnknownName."""
    if name in values:
        return values[name]
    return _under_another_case(name, values)


def _under_another_case(name: str, values: Mapping[str, object]) -> object:
    for key, value in values.items():
        if key.casefold() == name.casefold():
            return value
    raise UnknownName.among("column", name, values)


def _number(value: object, feature: Feature) -> float:
    if value is None:
        return math.nan
    match feature.type:
        case FeatureType.NUMBER if isinstance(value, float | int | Decimal | np.number):
            return float(value)
        case FeatureType.BOOLEAN if isinstance(value, bool | np.bool_):
            return float(value)
        case FeatureType.TIMESTAMP if isinstance(value, datetime):
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            return ((moment - _EPOCH) // _MICROSECOND) / 10**6
        case FeatureType.DATE | FeatureType.TIMESTAMP if _is_date(value):
            return (value.toordinal() - 719163) * 86400.0
        case FeatureType.TIME if isinstance(value, time):
            return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 10**6
    raise _wrong_type(value, feature, f"a {feature.type}")


def _is_date(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)


def _items(value: object, feature: Feature) -> Sequence[object]:
    if value is None:
        return (None,)
    if isinstance(value, list | tuple):
        return value
    raise _wrong_type(value, feature, "a list of texts")


def _vector(value: object, feature: Feature) -> list[float]:
    dimension = feature.dimension or 0
    if value is None:
        return [math.nan] * dimension
    if feature.type is FeatureType.SPARSE_VECTOR:
        written = sparse_row(value, dimension)
        if written is None:
            raise _wrong_type(value, feature, "a list of pairs of an index and a value")
        return written
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != dimension:
        raise _wrong_type(value, feature, f"a list of {dimension} numbers")
    row = []
    for item in value:
        if item is not None and not isinstance(item, float | int | Decimal | np.number):
            raise _wrong_type(item, feature, "a list of numbers")
        row.append(math.nan if item is None else float(item))
    return row


def _wrong_type(value: object, feature: Feature, expected: str) -> BadData:
    return BadData.of(f"The value {value!r} of {feature.name!r} must be {expected}.")
