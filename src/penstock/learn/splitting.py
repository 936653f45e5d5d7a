"""Which rows judge a model and are never fitted on: BigQuery ML's rules, by a fingerprint of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import UnknownName, UntrainableModel
from penstock.core.options import OptionValue
from penstock.learn.feature_column import feature_type, numbers
from penstock.learn.schema import FeatureType

Bits = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
SMALL, LARGE = 500, 50_000
AUTO_SHARE, AUTO_ROWS = 0.2, 10_000
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0x6E756C6C6E756C6C)


def held_out_rows(table: pa.Table, options: Mapping[str, OptionValue]) -> Mask:
    """Return which rows of a flattened table judge the model, shape (n,).

    Raises UnknownName for a split column that is not there and UntrainableModel when no row is left to train
    on.
    """
    method, fraction = options["data_split_method"], options["data_split_eval_fraction"]
    assert fraction is None or isinstance(fraction, float)
    match method:
        case "NO_SPLIT":
            return np.zeros(table.num_rows, np.bool_)
        case "CUSTOM":
            held_out = _where_true(table.column(split_column(table, options)))
        case "SEQ":
            held_out = _last(table.column(split_column(table, options)), fraction or AUTO_SHARE)
        case "GROUPED":
            held_out = _some_groups(table.select([split_column(table, options)]), fraction or AUTO_SHARE)
        case _:
            return _at_random(table, fraction if method == "RANDOM" else None)
    if held_out.all():
        raise UntrainableModel.of(
            f"Every row is held out to judge the model ({method} by {options['data_split_col']!r}).",
            hint="Leave at least one row to train on.",
        )
    return held_out


def split_column(table: pa.Table, options: Mapping[str, OptionValue]) -> str:
    """Return the split column's own spelling."""
    wanted = str(options["data_split_col"])
    for name in table.column_names:
        if name.casefold() == wanted.casefold():
            return str(name)
    raise UnknownName.among("split column", wanted, table.column_names, option="data_split_col")


def _where_true(column: pa.ChunkedArray) -> Mask:
    if pa.types.is_null(column.type):
        return np.ones(len(column), np.bool_)
    if not pa.types.is_boolean(column.type):
        raise UntrainableModel.of(
            f"CUSTOM splits by a BOOL column; this one has the type {column.type}.",
            hint="Compare it to something: … AS is_eval.",
        )
    held_out: Mask = pc.fill_null(column, True).to_numpy()
    return held_out


def row_order(table: pa.Table, options: Mapping[str, OptionValue]) -> Places:
    """Return the rows of a table in the order in which they are held out, shape (n,), those that are not left out.

    SEQ: the last ones first, without those of no value. GROUPED: group after group. Else by their fingerprints.
    """
    match options["data_split_method"]:
        case "SEQ":
            order = _ascending(table.column(split_column(table, options)), "SEQ")
            known = len(order) - table.column(split_column(table, options)).null_count
            return order[len(order) - known :][::-1]
        case "GROUPED":
            return np.argsort(row_prints(table.select([split_column(table, options)]), apart=False), kind="stable")
        case _:
            return np.argsort(row_prints(table), kind="stable")


def row_prints(table: pa.Table, *, apart: bool = True) -> Bits:
    """Return a fingerprint of each row, shape (n,); with `apart` the copies of a row have fingerprints of their own."""
    prints = row_fingerprints(table)
    return _numbered(prints) if apart else prints


def ranked_rows(column: pa.ChunkedArray, method: str) -> tuple[Places, Mask]:
    """Return for each row how many have a lesser value, shape (n,), and which rows have a value at all."""
    order = _ascending(column, method)
    known = column.is_valid().to_numpy()
    if not known.any():
        return np.zeros(len(column), np.int64), known
    values = column.combine_chunks().take(pa.array(order))
    ordered = order[column.null_count :]
    alike = pc.equal(values[column.null_count + 1 :], values[column.null_count : -1]).to_numpy(zero_copy_only=False)
    places = np.arange(len(ordered))
    first = np.maximum.accumulate(np.where(np.r_[True, ~alike.astype(np.bool_)][: len(ordered)], places, 0))
    before = np.zeros(len(column), np.int64)
    before[ordered] = first
    return before, known


def _some_groups(column: pa.Table, fraction: float) -> Mask:
    """Return the rows of as many groups, in the order of their fingerprints, as hold about such a share of the rows."""
    prints = row_fingerprints(column)
    groups, sizes = np.unique(prints, return_counts=True)
    if len(groups) < 2:
        raise UntrainableModel.of(
            f"GROUPED needs at least two groups; {column.column_names[0]!r} has {len(groups)} value.",
            hint="Split by another column or method.",
        )
    taken = np.cumsum(sizes) <= max(fraction * len(prints), sizes[0])
    taken[-1] = False
    held_out: Mask = np.isin(prints, groups[taken])
    return held_out


def _ascending(column: pa.ChunkedArray, method: str) -> Places:
    """Return the places of the values from the least to the greatest, those of no value first."""
    kind = feature_type(column.type)
    if kind not in (FeatureType.NUMBER, FeatureType.STRING, FeatureType.DATE, FeatureType.TIMESTAMP):
        raise UntrainableModel.of(
            f"{method} splits by a number, text, date or timestamp; this column has the type {column.type}."
        )
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    order: Places = pc.array_sort_indices(values, null_placement="at_start").to_numpy()
    return order


def _last(column: pa.ChunkedArray, fraction: float) -> Mask:
    order = _ascending(column, "SEQ")
    count = round(fraction * (len(column) - column.null_count))
    held_out: Mask = np.zeros(len(column), np.bool_)
    held_out[order[len(order) - count :]] = True
    return held_out


def _at_random(table: pa.Table, fraction: float | None) -> Mask:
    rows = table.num_rows
    if fraction is None and rows < SMALL:
        return np.zeros(rows, np.bool_)
    prints = _numbered(row_fingerprints(table))
    if fraction is None and rows > LARGE:
        return _smallest(prints, AUTO_ROWS)
    share = AUTO_SHARE if fraction is None else fraction
    # By a fixed bound, so that a row keeps its side when others are added.
    held_out: Mask = prints < np.uint64(share * 2.0**64)
    if held_out.any() and not held_out.all():
        return held_out
    return _smallest(prints, max(round(share * rows), 1))


def _smallest(prints: Bits, count: int) -> Mask:
    """Return the `count` rows with the smallest fingerprints, leaving at least one row on the other side."""
    count = min(count, len(prints) - 1)
    held_out: Mask = np.zeros(len(prints), np.bool_)
    if count > 0:
        held_out[np.argpartition(prints, count - 1)[:count]] = True
    return held_out


def _numbered(prints: Bits) -> Bits:
    """Return the fingerprints with the copies of a row told apart by their number.

    A table of few distinct rows would otherwise be split by kinds of rows instead of by rows: what is held out would
    hardly occur in what is trained on, and the model would learn the opposite of it. Which copy has which number makes
    no difference, so the order of rows still does not enter.
    """
    # Numbers alone are sorted many times faster than their places, and most tables hold no copies.
    alone = np.sort(prints)
    if (alone[1:] != alone[:-1]).all():
        return prints
    order = np.argsort(prints, kind="stable")
    ordered = prints[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    places = np.arange(len(prints))
    number = places - np.maximum.accumulate(np.where(first, places, 0))
    told_apart = prints.copy()
    copies = number > 0
    told_apart[order[copies]] = _mix(ordered[copies] + _mix(number[copies].astype(np.uint64)))
    return told_apart


def row_fingerprints(table: pa.Table) -> Bits:
    """Return a 64-bit fingerprint of each row, shape (n,): of its values and the names of the columns.

    The order of rows and columns does not enter, nor how a table is cut into chunks.
    """
    total: Bits = np.zeros(table.num_rows, np.uint64)
    for name, column in zip(table.column_names, table.columns, strict=True):
        salt = _digest(name.casefold().encode())
        begin = 0
        for chunk in column.chunks:
            of_rows = total[begin : begin + len(chunk)]
            of_rows += _mix(_bits(chunk) ^ salt)
            begin += len(chunk)
    return _mix(total)


def _bits(chunk: pa.Array) -> Bits:
    kind = feature_type(chunk.type)
    if kind is FeatureType.STRING:
        return _text_bits(chunk)
    if kind in (FeatureType.STRING_LIST, FeatureType.NUMBER_LIST):
        return _list_bits(chunk, _bits(pc.list_flatten(chunk)))
    if kind is FeatureType.SPARSE_VECTOR:
        items = pc.list_flatten(chunk)
        return _list_bits(chunk, _mix(_bits(pc.struct_field(items, [0]))) ^ _bits(pc.struct_field(items, [1])))
    if kind is None:
        # Not a feature; it only tells rows apart, and a cast to text may not exist.
        return np.zeros(len(chunk), np.uint64)
    values = numbers(chunk) + 0.0  # -0.0 is 0.0
    bits: Bits = np.ascontiguousarray(values).view(np.uint64).copy()
    bits[np.isnan(values)] = _NULL
    return bits


def _text_bits(chunk: pa.Array) -> Bits:
    coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
    words = [None if word is None else word.encode() for word in coded.dictionary.to_pylist()]
    known: Bits = np.array([_NULL if word is None else _digest(word) for word in words] + [_NULL], np.uint64)
    places = coded.indices.cast(pa.int64()).fill_null(len(words)).to_numpy(zero_copy_only=False)
    bits: Bits = known[places]
    return bits


def _list_bits(chunk: pa.Array, items: Bits) -> Bits:
    """Return bits of each list out of those of all items, in their order."""
    parents = pc.list_parent_indices(chunk).to_numpy(zero_copy_only=False)
    starts = np.searchsorted(parents, np.arange(len(chunk)))
    places = (np.arange(len(items)) - starts[parents]).astype(np.uint64)
    bits: Bits = np.where(chunk.is_null().to_numpy(zero_copy_only=False), _NULL, np.uint64(0))
    np.add.at(bits, parents, _mix(items + places * _GOLDEN))
    return bits


def _digest(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


def _mix(bits: Bits) -> Bits:
    """Return the bits stirred (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
    2014).
    """
    stirred = bits + _GOLDEN
    stirred = (stirred ^ (stirred >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    stirred = (stirred ^ (stirred >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return stirred ^ (stirred >> np.uint64(31))
