"""The ML functions that stand in the place of a value, in TRANSFORM and in any query: what each learns from rows,
frozen into scalar SQL.

Statistics leave NULL, NaN and infinities out and are taken
over sorted values, so that the order in which a query gives its rows changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.functions.bucket import bucket_sql
from penstock.functions.encoder import ENCODERS
from penstock.functions.image import IMAGES
from penstock.functions.literal import double_sql, text_sql
from penstock.functions.preprocessor import REQUIRED, Argument, Parameters, Preprocessing
from penstock.functions.row_preprocessing import ROW_PREPROCESSING
from penstock.functions.text_analysis import TEXT_FUNCTIONS
from penstock.functions.tfdv_validate import TFDV_VALIDATE

Floats = NDArray[np.float64]
BUCKET_FORMATS = ("bucket_names", "bucket_ranges", "bucket_ranges_json")
NOTHING_LEARNT = "CAST(NULL AS DOUBLE)"


def _number(argument: str) -> str:
    return f"CAST(({argument}) AS DOUBLE)"


def _sorted(values: pa.Array | None) -> Floats:
    """Return the finite values in ascending order."""
    numbers: Floats = pc.drop_null(values).to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return np.sort(numbers[np.isfinite(numbers)])


def _nearest_rank(ordered: Floats, share: float) -> float:
    """Return the least value that at least this share of the values does not exceed."""
    # The product may lie a hair above a whole number that it stands for.
    rank = math.ceil(round(share * len(ordered), 9))
    return float(ordered[min(max(rank, 1), len(ordered)) - 1])


def _scaled(argument: str, centre: float, scale: float) -> str:
    return f"(({_number(argument)} - {double_sql(centre)}) / {double_sql(scale or 1.0)})"


def _standard_scaler(argument: Argument, _: Parameters) -> str:
    ordered = _sorted(argument.values)
    if not len(ordered):
        return NOTHING_LEARNT
    return _scaled(argument.sql, float(np.mean(ordered)), float(np.std(ordered)))


def _min_max_scaler(argument: Argument, _: Parameters) -> str:
    ordered = _sorted(argument.values)
    if not len(ordered):
        return NOTHING_LEARNT
    scaled = _scaled(argument.sql, float(ordered[0]), float(ordered[-1] - ordered[0]))
    number = _number(argument.sql)
    # greatest and least pass over NULL and hold NaN for the greatest number.
    return f"(CASE WHEN {number} IS NULL OR isnan({number}) THEN {number} ELSE greatest(0e0, least(1e0, {scaled})) END)"


def _max_abs_scaler(argument: Argument, _: Parameters) -> str:
    ordered = _sorted(argument.values)
    if not len(ordered):
        return NOTHING_LEARNT
    return _scaled(argument.sql, 0.0, float(np.max(np.abs(ordered))))


def _robust_scaler(argument: Argument, parameters: Parameters) -> str:
    ordered = _sorted(argument.values)
    if not len(ordered):
        return NOTHING_LEARNT
    low, high = (float(bound) / 100 for bound in cast("list[float]", parameters["quantile_range"]))
    centre = _nearest_rank(ordered, 0.5) if parameters["with_median"] else 0.0
    spread = 1.0
    if parameters["with_quantile_range"]:
        spread = _nearest_rank(ordered, high) - _nearest_rank(ordered, low)
    return _scaled(argument.sql, centre, spread)


def _quantile_bucketize(argument: Argument, parameters: Parameters) -> str:
    ordered = _sorted(argument.values)
    count = cast("int", parameters["num_buckets"])
    splits: Floats = np.empty(0)
    if len(ordered):
        inner = [_nearest_rank(ordered, step / count) for step in range(1, count)]
        splits = np.unique([ordered[0], *inner, ordered[-1]])[1:-1]
    return bucket_sql(_number(argument.sql), splits.tolist(), cast("str", parameters["output_format"]))


def _bucketize(argument: Argument, parameters: Parameters) -> str:
    splits = sorted({float(split) for split in cast("list[float]", parameters["array_split_points"])})
    if parameters["exclude_boundaries"]:
        splits = splits[1:-1]
    return bucket_sql(_number(argument.sql), splits, cast("str", parameters["output_format"]))


def _imputer(argument: Argument, parameters: Parameters) -> str:
    present = pc.drop_null(argument.values)
    if pa.types.is_string(present.type):
        return _text_imputer(argument.sql, present, parameters)
    ordered = _sorted(present)
    if not len(ordered):
        return _number(argument.sql)
    value = {
        "mean": lambda: float(np.mean(ordered)),
        "median": lambda: _nearest_rank(ordered, 0.5),
        "most_frequent": lambda: float(_most_frequent(pa.array(ordered))),
    }[cast("str", parameters["strategy"])]()
    return f"coalesce({_number(argument.sql)}, {double_sql(value)})"


def _text_imputer(argument: str, present: pa.Array, parameters: Parameters) -> str:
    if parameters["strategy"] != "most_frequent":
        raise InvalidOption.of(
            f"ML.IMPUTER cannot take the {parameters['strategy']} of a text.",
            hint="Texts take 'most_frequent'.",
        )
    if not len(present):
        return f"({argument})"
    return f"coalesce(({argument}), {text_sql(_most_frequent(present))})"


def _most_frequent(present: pa.Array) -> Any:
    """Return the most frequent value, the least of several."""
    counts = pc.value_counts(present)
    highest = pc.max(counts.field("counts"))
    return min(counts.field("values").filter(pc.equal(counts.field("counts"), highest)).to_pylist())


def _quantile_range_problem(value: OptionValue) -> str | None:
    wanted = "two percentages between 0 and 100, the lower one first"
    if not isinstance(value, list) or len(value) != 2:
        return wanted
    numbers = [bound for bound in value if isinstance(bound, int | float) and not isinstance(bound, bool)]
    return None if len(numbers) == 2 and 0 <= numbers[0] < numbers[1] <= 100 else wanted


def _splits_problem(value: OptionValue) -> str | None:
    wanted = "a list of numbers in ascending order"
    if not isinstance(value, list) or not value:
        return wanted
    for split in value:
        if isinstance(split, bool) or not isinstance(split, int | float) or not math.isfinite(split):
            return wanted
    return None if all(low <= high for low, high in pairwise(value)) else wanted


_FORMAT = OptionSpec("output_format", "string", "bucket_names", "What a bucket is called.", choices=BUCKET_FORMATS)

PREPROCESSING: Mapping[str, Preprocessing] = {
    function.name: function
    for function in (
        Preprocessing(
            "ML.STANDARD_SCALER",
            "Takes off the mean and divides by the standard deviation of the population.",
            "number",
            True,
            (),
            _standard_scaler,
        ),
        Preprocessing(
            "ML.MIN_MAX_SCALER",
            "Brings the range of the rows learnt from to 0 … 1; values outside it become 0 or 1.",
            "number",
            True,
            (),
            _min_max_scaler,
        ),
        Preprocessing(
            "ML.MAX_ABS_SCALER",
            "Divides by the greatest absolute value of the rows learnt from.",
            "number",
            True,
            (),
            _max_abs_scaler,
        ),
        Preprocessing(
            "ML.ROBUST_SCALER",
            "Takes off the median and divides by the distance between two quantiles (nearest rank).",
            "number",
            True,
            (
                OptionSpec("quantile_range", "any", [25, 75], "The two percentages.", check=_quantile_range_problem),
                OptionSpec("with_median", "boolean", True, "Take the median off."),
                OptionSpec("with_quantile_range", "boolean", True, "Divide by the distance."),
            ),
            _robust_scaler,
        ),
        Preprocessing(
            "ML.QUANTILE_BUCKETIZE",
            "Sorts numbers into buckets that held as many of the rows learnt from.",
            "number",
            True,
            (
                OptionSpec("num_buckets", "integer", REQUIRED, "How many buckets, at most.", minimum=1),
                _FORMAT,
            ),
            _quantile_bucketize,
        ),
        Preprocessing(
            "ML.BUCKETIZE",
            "Sorts numbers into buckets between given split points, each closed on the left.",
            "number",
            False,
            (
                OptionSpec("array_split_points", "any", REQUIRED, "The split points.", check=_splits_problem),
                OptionSpec("exclude_boundaries", "boolean", False, "Drop the first and the last split point."),
                _FORMAT,
            ),
            _bucketize,
        ),
        Preprocessing(
            "ML.IMPUTER",
            "Puts the mean, median or most frequent value of the rows learnt from in the place of NULL.",
            "number or text",
            True,
            (
                OptionSpec(
                    "strategy",
                    "string",
                    REQUIRED,
                    "Texts take 'most_frequent' only.",
                    choices=("mean", "median", "most_frequent"),
                ),
            ),
            _imputer,
        ),
        *ENCODERS,
        *ROW_PREPROCESSING,
        *TEXT_FUNCTIONS,
        *IMAGES,
        TFDV_VALIDATE,
    )
}
