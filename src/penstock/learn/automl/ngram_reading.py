"""How texts are cut up into n-grams of words or letters, and which columns hold texts that are worth it.

Training cuts texts up in Arrow and NumPy, a served graph by onnxruntime's Tokenizer; both find the same pieces, since
both ask RE2 for the same pattern (letters are code points).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.automl import row_expression as sql
from penstock.learn.feature_column import strings
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.understanding.sample import MOST_ROWS, plain_texts
from penstock.learn.understanding.text_meaning import TextKind, meaning_of

Whole = NDArray[np.int64]
# Words are read of texts that have so many, the one in the middle; letters of those that have no more. Languages such
# as Korean write many forms of a word, whose letters tell more than the whole.
FREE_WORDS, MOST_LETTERS = 2.5, 300
# A column of fewer distinct texts is one of categories.
_LEAST_DISTINCT, _LEAST_SHARE = 30, 0.02
# What the texts of a column mean as a whole says more than their words.
_SAID_OTHERWISE = frozenset(
    {
        TextKind.NUMBER,
        TextKind.MONEY,
        TextKind.PERCENT,
        TextKind.DATE,
        TextKind.COORDINATES,
        TextKind.JSON,
        TextKind.ORDINAL,
    }
)
_BETWEEN_WORDS = r"[^\p{L}\p{N}]+"
# Stands before the first letter of a text.
_BEGIN = "^"
# Keys of n-grams are numbers below this.
_MOST_KEYS = 2**62


class Unit(StrEnum):
    WORDS = "words"
    LETTERS = "letters"


@dataclass(frozen=True)
class TextColumn:
    """A column of texts that are no categories; `words` and `letters` are those of the text in the middle, `size` the
    letters of all texts.
    """

    feature: Feature
    words: float
    letters: float
    size: int = 0


@dataclass(frozen=True)
class NgramReading:
    """How a column's texts are cut up: into words or letters, so many in a row."""

    feature: Feature
    unit: Unit
    sizes: tuple[int, ...]

    @property
    def expression(self) -> ScalarExpression:
        """The n-grams of a text as SQL, and as a graph computes them."""
        of = sql.column(self.feature)
        if self.unit is Unit.WORDS:
            return sql.ngrams(of, sql.WORD, self.sizes, " ")
        return sql.ngrams(sql.concatenated(sql.constant(_BEGIN), of), sql.CHARACTER, self.sizes, "")

    def rows(self, columns: pa.Table, most: int, least_rows: int) -> NgramRows:
        """Return the texts' `most` frequent n-grams that stand in so many rows at least, counted row by row."""
        texts = plain(columns.column(self.feature.name))
        pieces = _words(texts) if self.unit is Unit.WORDS else _letters(texts)
        return _counted(pieces, self.sizes, " " if self.unit is Unit.WORDS else "", most, least_rows)


@dataclass(frozen=True)
class NgramRows:
    """The n-grams of each row: `matrix` (n, m) counts the m `words`, over the root of how many n-grams the row has.

    N-grams that differ in case only are one column; `forms` are all that were seen, with the column of each.
    """

    words: tuple[str, ...]
    forms: tuple[tuple[str, int], ...]
    matrix: Any

    @property
    def rarity(self) -> NDArray[np.float64]:
        """How rare each word is, (m,): log((1 + rows) / (1 + rows that have it)) + 1, as scikit-learn has it."""
        frequency = np.bincount(self.matrix.indices, minlength=len(self.words))
        rare: NDArray[np.float64] = np.log((1.0 + self.matrix.shape[0]) / (1.0 + frequency)) + 1.0
        return rare

    def table(self, weights: NDArray[np.float64]) -> tuple[list[str], NDArray[np.float64]]:
        """Return the forms that have any of their words' `weights` (m, k), and the weights of each, (forms, k)."""
        places = np.array([column for _, column in self.forms], np.int64)
        of_forms = weights[places]
        held = np.flatnonzero(of_forms.any(axis=1))
        return [self.forms[place][0] for place in held.tolist()], of_forms[held]


@dataclass(frozen=True)
class _Pieces:
    """The words or letters of all texts, one after another: `kinds` are the distinct ones, `codes` (p,) which of them
    stands there, `rows` (p,) the rows of the texts, of `count`.
    """

    kinds: pa.Array
    codes: Whole
    rows: Whole
    count: int


def text_columns(data: TrainingData) -> Iterator[TextColumn]:
    """Yield the columns whose texts are no categories, and do not mean a number, a date, a place or the like."""
    for feature in data.features:
        if feature.type is not FeatureType.STRING:
            continue
        column = data.columns.column(feature.name)
        texts = plain(column).drop_null()
        if len(pc.unique(texts)) < max(_LEAST_DISTINCT, _LEAST_SHARE * len(texts)):
            continue
        meaning = meaning_of(plain_texts(column.slice(0, MOST_ROWS)))
        if meaning is not None and meaning.kind in _SAID_OTHERWISE:
            continue
        letters = pc.utf8_length(texts)
        words = pc.count_substring_regex(texts.slice(0, MOST_ROWS), sql.WORD)
        of_words, of_letters = (float(pc.quantile(counts, 0.5)[0].as_py()) for counts in (words, letters))
        yield TextColumn(feature, of_words, of_letters, pc.sum(letters).as_py())


def readings_of(column: TextColumn, words: Sequence[int], letters: Sequence[int]) -> list[NgramReading]:
    """Return the ways to cut a column's texts up that say something: so many words in a row, so many letters."""
    found = []
    if column.words >= FREE_WORDS:
        found.append(NgramReading(column.feature, Unit.WORDS, tuple(words)))
    if column.letters <= MOST_LETTERS:
        found.append(NgramReading(column.feature, Unit.LETTERS, tuple(letters)))
    return found


def plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of texts as plain strings, (n,)."""
    texts = pa.chunked_array([strings(chunk) for chunk in column.chunks], column.type)
    if pa.types.is_dictionary(texts.type):
        texts = texts.cast(texts.type.value_type)
    found = texts.cast(pa.large_string()).combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def _words(texts: pa.Array) -> _Pieces:
    lists = pc.split_pattern_regex(texts, _BETWEEN_WORDS)
    words, rows = pc.list_flatten(lists), pc.list_parent_indices(lists)
    held = pc.not_equal(words, "")
    encoded = words.filter(held).dictionary_encode()
    codes, of_rows = (np.asarray(each).astype(np.int64) for each in (encoded.indices, rows.filter(held)))
    return _Pieces(encoded.dictionary, codes, of_rows, len(texts))


def _letters(texts: pa.Array) -> _Pieces:
    begun = pc.binary_join_element_wise(pa.scalar(_BEGIN, texts.type), texts, pa.scalar("", texts.type))
    lengths = np.asarray(pc.fill_null(pc.utf8_length(begun), 0)).astype(np.int64)
    points = np.frombuffer(_joined(begun.drop_null()).decode().encode("utf-32-le"), np.uint32)
    known = np.flatnonzero(np.bincount(points)) if len(points) else np.empty(0, np.int64)
    kinds = pa.array([chr(point) for point in known], texts.type)
    return _Pieces(kinds, np.searchsorted(known, points), np.repeat(np.arange(len(texts)), lengths), len(texts))


def _joined(texts: pa.Array) -> bytes:
    """Return large strings, none of them NULL, one after the other in UTF-8."""
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return bytes(content[ends[0] : ends[-1]]) if len(texts) else b""


def _counted(pieces: _Pieces, sizes: Sequence[int], joiner: str, most: int, least_rows: int) -> NgramRows:
    from scipy.sparse import csr_matrix, hstack

    lowered = pc.utf8_lower(pieces.kinds).dictionary_encode()
    alike = np.asarray(lowered.indices).astype(np.int64)[pieces.codes]
    lengths = np.bincount(pieces.rows, minlength=pieces.count)
    total = sum(np.maximum(lengths - size + 1, 0) for size in sizes)
    share = 1.0 / np.sqrt(np.maximum(total, 1))
    counts, begins, columns = [], [], []
    for size in sizes:
        begin = np.flatnonzero(pieces.rows[: len(pieces.rows) - size + 1] == pieces.rows[size - 1 :])
        kinds, column = np.unique(_keys(alike, begin, size, len(lowered.dictionary)), return_inverse=True)
        rows = pieces.rows[begin]
        of_size = csr_matrix((share[rows], (rows, column)), (pieces.count, len(kinds)))
        counts.append(of_size)
        begins.append(begin)
        columns.append(column)
    frequency = np.concatenate([np.bincount(each.indices, minlength=each.shape[1]) for each in counts])
    often = np.argsort(-frequency, kind="stable")[:most]
    kept = np.sort(often[frequency[often] >= least_rows])
    place = np.full(len(frequency), -1, np.int64)
    place[kept] = np.arange(len(kept))
    starts = np.cumsum([0, *(each.shape[1] for each in counts)])
    forms: dict[str, int] = {}
    for size, begin, column, start in zip(sizes, begins, columns, starts, strict=False):
        known = place[start + column] >= 0
        forms |= _forms(pieces, begin[known], size, joiner, place[start + column[known]])
    words = [""] * len(kept)
    for form, at in forms.items():
        words[at] = form.lower()
    matrix = hstack(counts).tocsc()[:, kept].tocsr()
    # A NUL stands in no SQL text, and ends a text in some languages that run the graph.
    known = [column for column, word in enumerate(words) if "\0" not in word]
    place = np.full(len(words), -1, np.int64)
    place[known] = np.arange(len(known))
    pairs = ((form, int(place[column])) for form, column in forms.items() if place[column] >= 0)
    return NgramRows(tuple(words[column] for column in known), tuple(sorted(pairs)), matrix[:, known])


def _keys(codes: Whole, begin: Whole, size: int, kinds: int) -> Whole:
    """Return for each n-gram a number that no other one has, below a bound."""
    keys, below = codes[begin], kinds
    for ahead in range(1, size):
        if below * kinds >= _MOST_KEYS:
            known, keys = np.unique(keys, return_inverse=True)
            below = len(known)
        keys, below = keys * kinds + codes[begin + ahead], below * kinds
    return keys


def _forms(pieces: _Pieces, begin: Whole, size: int, joiner: str, columns: Whole) -> dict[str, int]:
    """Return the n-grams that begin at some pieces, as they are written, each with its column."""
    _, first = np.unique(_keys(pieces.codes, begin, size, len(pieces.kinds)), return_index=True)
    parts = [pieces.kinds.take(pa.array(pieces.codes[begin[first] + ahead])) for ahead in range(size)]
    joined = pc.binary_join_element_wise(*parts, pa.scalar(joiner, pieces.kinds.type))
    return dict(zip(joined.to_pylist(), columns[first].tolist(), strict=True))
