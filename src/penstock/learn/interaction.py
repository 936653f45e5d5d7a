"""Who gave what which rating: the three columns that a recommendation learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.core.options import OptionValue
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.feature_column import feature_type, numbers
from penstock.learn.label import Label, read_label
from penstock.learn.schema import Feature, FeatureType, Task

Floats = NDArray[np.float64]
USER, ITEM, RATING = "user_col", "item_col", "rating_col"
IMPLICIT, EXPLICIT = "IMPLICIT", "EXPLICIT"
# Up to here float64 tells whole numbers apart.
_EXACT = 2.0**53


def users_and_items(table: pa.Table, named: Mapping[str, Sequence[str]], others: Sequence[str]) -> pa.Table:
    """Return the column of users and that of items; `named` holds by option the columns that it names, `others` are
    those that no option names.

    Raises InvalidOption for one column named twice, UntrainableModel for any others, and for users or items that are
    neither texts nor numbers.
    """
    wanted = [named[option][0] for option in (USER, ITEM, RATING)]
    if len(set(wanted)) < len(wanted):
        raise InvalidOption.of(
            f"{USER}, {ITEM} and {RATING} must name three columns; they name {', '.join(map(repr, wanted))}.",
            option=ITEM if wanted[0] == wanted[1] else RATING,
        )
    if others:
        raise UntrainableModel.of(
            f"A matrix factorization learns from users, items and ratings alone; the query gives "
            f"{', '.join(map(repr, others[:5]))}{', …' if len(others) > 5 else ''} too.",
            hint=f"Select {', '.join(wanted)} only.",
        )
    for name in wanted[:2]:
        _check(name, table.column(name))
    return table.select(wanted[:2])


def _check(name: str, column: pa.ChunkedArray) -> None:
    kind = feature_type(column.type)
    hint = f"CAST ({name} AS STRING) in the query."
    if kind not in (FeatureType.STRING, FeatureType.NUMBER):
        raise UntrainableModel.of(
            f"The column {name!r} has the type {column.type}; users and items are texts or numbers.", hint=hint
        )
    if kind is not FeatureType.NUMBER or not len(column):
        return
    values = np.concatenate([numbers(chunk) for chunk in column.chunks])
    if (np.abs(values[np.isfinite(values)]) > _EXACT).any():
        raise UntrainableModel.of(
            f"The column {name!r} holds numbers beyond 2^53, which a model cannot tell apart.", hint=hint
        )


def ratings(table: pa.Table, name: str, feedback: OptionValue) -> Label:
    """Return the ratings; of implicit feedback NULL and NaN are 0: nothing was observed.

    Raises UntrainableModel for ratings that are no numbers, or negative ones of implicit feedback.
    """
    if feedback != IMPLICIT:
        return read_label(table, name, Task.RECOMMENDATION, 0)
    column = table.column(name)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    observed = pc.fill_null(column, pa.scalar(0).cast(column.type)) if feature_type(column.type) else column
    place = table.column_names.index(name)
    label = read_label(table.set_column(place, name, observed), name, Task.RECOMMENDATION, 0)
    negative = np.flatnonzero(label.target < 0)
    if len(negative):
        raise UntrainableModel.of(
            f"The rating {name!r} is negative in {len(negative):,} rows, first in row {negative[0] + 1:,}; implicit "
            "feedback counts what was observed.",
            hint="Leave them out, or use feedback_type = 'EXPLICIT'.",
        )
    return label


def identity(column: pa.ChunkedArray, feature: Feature) -> ColumnCode:
    """Return the code of a column of users or items: a number for each that occurs, 0 for NULL and NaN."""
    if feature.type is FeatureType.NUMBER:
        values = np.unique(np.concatenate([numbers(chunk) for chunk in column.chunks] or [np.empty(0)]))
        words: tuple[str, ...] | tuple[float, ...] = tuple(values[np.isfinite(values)].tolist())
    else:
        found = pc.unique(column.cast(pa.string())).to_pylist()
        words = tuple(sorted(word for word in found if word is not None))
    return ColumnCode(feature.name, CodeKind.CATEGORY, vocabulary=words)
