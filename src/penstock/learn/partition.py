"""How rows are parted: those that a model is fitted on, those that choose or judge, once or in turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import UntrainableModel
from penstock.core.options import OptionValue
from penstock.learn.feature_column import feature_type
from penstock.learn.schema import FeatureType
from penstock.learn.splitting import SMALL, held_out_rows, ranked_rows, row_order, row_prints, split_column

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
FOLDS = 5
# What a tuning holds out to choose by, and as much to judge by, where nothing is said.
TUNING_SHARE = 0.1
_WORDS = ("TRAIN", "EVAL", "TEST")


@dataclass(frozen=True)
class Turn:
    """One of several fits: the rows that it is fitted on, and those that it is judged by; others take no part."""

    fitted: Mask
    judged: Mask


@dataclass(frozen=True)
class Partition:
    """`held_out` (n,) marks the rows that judge or, in a tuning, choose; `tested` those that judge a tuning at the end.

    With `turns` every model is judged in turns, and then fitted on all rows.
    """

    held_out: Mask
    tested: Mask
    turns: tuple[Turn, ...] = ()


def whole(rows: int) -> Partition:
    """Return the partition that fits on all rows."""
    return Partition(np.zeros(rows, np.bool_), np.zeros(rows, np.bool_))


def partition_of(
    table: pa.Table, options: Mapping[str, OptionValue], classes: Floats | None, *, tuned: bool
) -> Partition:
    """Return how the rows of a flattened table are parted; `classes` is the class of each row of a classification.

    Raises UnknownName for a split column that is not there, UntrainableModel when no row is left to train on.
    """
    method, folds = options["data_split_method"], cast("int | None", options["data_split_folds"])
    nothing = np.zeros(table.num_rows, np.bool_)
    if method == "K_FOLD":
        return Partition(nothing, nothing, _turns_of(_folds(table, classes, folds or FOLDS), folds or FOLDS))
    if method == "TIME":
        return Partition(nothing, nothing, _stretches(table, options, folds or FOLDS))
    if method == "GROUPED" and folds is not None:
        return Partition(nothing, nothing, _turns_of(_groups_folded(table, options, folds), folds))
    if tuned:
        return _three_ways(table, options)
    return Partition(held_out_rows(table, options), nothing)


def _three_ways(table: pa.Table, options: Mapping[str, OptionValue]) -> Partition:
    """Return the rows that choose and those that judge, of a tuning."""
    method = options["data_split_method"]
    chooses, judges = (
        cast("float | None", options[name]) for name in ("data_split_eval_fraction", "data_split_test_fraction")
    )
    if method == "NO_SPLIT" or (chooses is None and method in ("AUTO_SPLIT", "RANDOM") and table.num_rows < SMALL):
        return whole(table.num_rows)
    if method == "CUSTOM":
        return _by_words(table, options)
    share, last = (TUNING_SHARE, TUNING_SHARE) if chooses is None else (chooses, judges or 0.0)
    order = row_order(table, options)
    first, second = round(last * len(order)), max(round(share * len(order)), 1)
    tested, held_out = np.zeros(table.num_rows, np.bool_), np.zeros(table.num_rows, np.bool_)
    if method == "GROUPED":
        ends = _ends_of_groups(table, options, order)
        first, second_end = _up_to(ends, first), _up_to(ends, first + second)
        tested[order[:first]], held_out[order[first:second_end]] = True, True
    else:
        tested[order[:first]], held_out[order[first : first + second]] = True, True
    return _with_rows_left(Partition(held_out, tested), options)


def _by_words(table: pa.Table, options: Mapping[str, OptionValue]) -> Partition:
    """Return the parts that a column names, TRAIN, EVAL and TEST.

    A BOOL column marks the rows that judge, as it does without a tuning; a tenth of the others chooses.
    """
    name = split_column(table, options)
    column = table.column(name)
    if pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
        tested = held_out_rows(table, options)
        order = row_prints(table)[~tested]
        rest = np.flatnonzero(~tested)
        held_out = np.zeros(table.num_rows, np.bool_)
        held_out[rest[np.argsort(order, kind="stable")[: round(TUNING_SHARE * len(rest))]]] = True
        return Partition(held_out, tested)
    if feature_type(column.type) is not FeatureType.STRING:
        message = f"With num_trials CUSTOM splits by texts; the column {name!r} has the type {column.type}."
        raise UntrainableModel.of(message, hint="Give each row TRAIN, EVAL or TEST.")
    words = pc.utf8_upper(column.cast(pa.string()))
    found = [pc.fill_null(pc.equal(words, word), False).to_numpy(zero_copy_only=False) for word in _WORDS]
    strange = ~np.logical_or.reduce(found)
    if strange.any():
        row = int(np.argmax(strange))
        message = (
            f"The column {name!r} holds {column[row].as_py()!r} in row {row + 1:,}; it may hold TRAIN, EVAL and TEST."
        )
        raise UntrainableModel.of(message, hint="Give every row one of these words.")
    return _with_rows_left(Partition(found[1], found[2]), options)


def _with_rows_left(parts: Partition, options: Mapping[str, OptionValue]) -> Partition:
    if (parts.held_out | parts.tested).all():
        method = options["data_split_method"]
        raise UntrainableModel.of(
            f"Every row is held out to judge the models ({method}).", hint="Leave at least one row to train on."
        )
    return parts


def _up_to(ends: NDArray[np.int64], wanted: int) -> int:
    """Return the end of the group in which the wanted number of rows is reached."""
    return int(ends[min(int(np.searchsorted(ends, wanted)), len(ends) - 1)])


def _ends_of_groups(table: pa.Table, options: Mapping[str, OptionValue], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return after how many rows of the order a group ends, 0 first."""
    groups = row_prints(table.select([split_column(table, options)]), apart=False)[order]
    ends: NDArray[np.int64] = np.r_[0, np.flatnonzero(groups[1:] != groups[:-1]) + 1, len(groups)]
    return ends


def _folds(table: pa.Table, classes: Floats | None, count: int) -> NDArray[np.int64]:
    """Return the fold of each row: as many rows each, and of each class as many."""
    if table.num_rows < count:
        raise UntrainableModel.of(
            f"{table.num_rows:,} row{'s' if table.num_rows > 1 else ''} cannot be parted into {count} folds.",
            hint="Ask for fewer with data_split_folds.",
        )
    prints = row_prints(table)
    order = np.argsort(prints, kind="stable") if classes is None else np.lexsort((prints, classes))
    fold = np.empty(table.num_rows, np.int64)
    fold[order] = np.arange(table.num_rows) % count
    return fold


def _groups_folded(table: pa.Table, options: Mapping[str, OptionValue], count: int) -> NDArray[np.int64]:
    """Return the fold of each row: all rows of a group in one."""
    order = row_order(table, options)
    ends = _ends_of_groups(table, options, order)
    groups = len(ends) - 1
    if groups < count:
        has = "1 value" if groups == 1 else f"{groups} values"
        raise UntrainableModel.of(
            f"The column {options['data_split_col']!r} has {has}, too few for {count} folds.",
            hint=f"Ask for at most {groups} with data_split_folds." if groups > 1 else "Split by another column.",
        )
    # The greatest groups first, each to the fold that has the fewest rows so far.
    sizes = np.diff(ends)
    rows_of_fold = np.zeros(count, np.int64)
    of_group = np.empty(len(sizes), np.int64)
    for group in np.argsort(-sizes, kind="stable").tolist():
        of_group[group] = np.argmin(rows_of_fold)
        rows_of_fold[of_group[group]] += sizes[group]
    fold = np.empty(table.num_rows, np.int64)
    fold[order] = np.repeat(of_group, sizes)
    return fold


def _turns_of(fold: NDArray[np.int64], count: int) -> tuple[Turn, ...]:
    return tuple(Turn(fold != number, fold == number) for number in range(count))


def _stretches(table: pa.Table, options: Mapping[str, OptionValue], count: int) -> tuple[Turn, ...]:
    """Return turns that walk forward: fitted on all that came before, judged by the next stretch of time.

    Rows of the same time are in the same stretch; those without a time are always fitted on.
    """
    before, known = ranked_rows(table.column(split_column(table, options)), "TIME")
    firsts, time = np.unique(before[known], return_inverse=True)
    times = len(firsts)
    if times <= count:
        has = "1 time" if times == 1 else f"{times} times"
        raise UntrainableModel.of(
            f"The column {options['data_split_col']!r} has {has}, too few for {count} folds.",
            hint=f"Ask for at most {times - 1} with data_split_folds." if times > 2 else "Split by another column.",
        )
    # As many rows in each stretch as the times allow, and at least one time.
    number = np.arange(times)
    of_time = np.minimum.accumulate((firsts * (count + 1)) // known.sum() - number) + number
    of_time = np.maximum(of_time, count + 1 - times + number)
    stretch = np.full(table.num_rows, -1)
    stretch[known] = of_time[time.reshape(-1)]
    return tuple(Turn(stretch <= fold, stretch == fold + 1) for fold in range(count))
