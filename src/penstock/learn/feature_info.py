"""What each feature looked like in training: the rows of ML.FEATURE_INFO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.learn.feature_column import FEW_CELLS, numbers
from penstock.learn.schema import Feature, FeatureType

Json = Any
_CATEGORICAL = (FeatureType.STRING, FeatureType.BOOLEAN, FeatureType.STRING_LIST)
_STATISTICS = ("min", "max", "mean", "median", "stddev")


def feature_info(columns: pa.Table, features: Sequence[Feature], threads: int = 1) -> tuple[Mapping[str, Json], ...]:
    """Return one row a feature over the rows of training.

    Statistics of finite numbers only, with the sample's standard deviation; categories do not count NULL.
    """

    def of_feature(feature: Feature) -> Mapping[str, Json]:
        return _row(columns.column(feature.name), feature)

    few = columns.num_rows * columns.num_columns < FEW_CELLS
    return tuple(each(of_feature, features, 1 if few else threads))


def identity_info(columns: pa.Table, features: Sequence[Feature]) -> tuple[Mapping[str, Json], ...]:
    """Return one row for the users and one for the items of a recommendation: numbers name them too, so that only how
    many there are means something.
    """
    nothing = dict.fromkeys((*_STATISTICS, "null_count", "dimension"))
    return tuple(
        {**nothing, "input": feature.name, "category_count": _categories(columns.column(feature.name), feature)}
        for feature in features
    )


def _row(kept: pa.ChunkedArray, feature: Feature) -> dict[str, Json]:
    row: dict[str, Json] = {
        "input": feature.name,
        **dict.fromkeys(_STATISTICS),
        "category_count": None,
        "null_count": kept.null_count,
        "dimension": feature.dimension,
    }
    if feature.type is FeatureType.NUMBER:
        values = np.concatenate([numbers(chunk) for chunk in kept.chunks] or [np.empty(0)])
        row["null_count"] = int(np.count_nonzero(np.isnan(values)))
        row.update(_statistics(values[np.isfinite(values)]))
    elif feature.type in _CATEGORICAL:
        row["category_count"] = _categories(kept, feature)
    return row


def _statistics(values: NDArray[np.float64]) -> dict[str, Json]:
    if not len(values):
        return {}
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
        found = (values.min(), values.max(), values.mean(), _median(values))
    # Of numbers whose squares are none there is no deviation.
    known = spread if spread is not None and np.isfinite(spread) else None
    return {**dict(zip(_STATISTICS, map(float, found), strict=False)), "stddev": known}


def _median(values: NDArray[np.float64]) -> float:
    """Return the middle value, or the mean of the two; NumPy's own looks for both at once, which takes six times as
    long.
    """
    middle = len(values) // 2
    parted = np.partition(values, middle)
    upper = float(parted[middle])
    return upper if len(values) % 2 else (float(parted[:middle].max()) + upper) / 2.0


def _categories(column: pa.ChunkedArray, feature: Feature) -> int:
    if pa.types.is_null(column.type):
        return 0
    if feature.type is FeatureType.STRING_LIST:
        column = pc.list_flatten(column)
    if pa.types.is_dictionary(column.type):
        # Only the words that occur are decoded, not every row.
        column = pc.unique(column.unify_dictionaries()).cast(column.type.value_type)
    count: int = pc.count_distinct(column, mode="only_valid").as_py()
    return count
