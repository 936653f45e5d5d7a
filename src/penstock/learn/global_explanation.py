"""What a model looks at over all: the mean size of each feature's attributions (the rows of
ML.GLOBAL_EXPLAIN).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.artifact import LoadedModel
from penstock.learn.feature_column import rows_of

Json = Any
# Attributions of trees cost much more than scores; a mean over so many rows, evenly spread, is close enough.
MOST_ROWS, FEWEST_ROWS = 10_000, 100
# … and of thousands of trees over fewer: the cost is that of rows times trees.
_MOST_PATHS = 300_000
# The rows that show how long one takes.
_FEW = 3
# BigQuery ML's bound.
MANY_TREES = 10


def global_attributions(
    model: LoadedModel,
    columns: pa.Table,
    scores: NDArray[np.float64],
    until: float | None = None,
    threads: int = 1,
) -> dict[str, Json]:
    """Return {"overall": [{"feature": …, "attribution": …}], "classes": [{"class": …, "attributions": […]}],
    "rows": …}, the greatest first.

    `classes` is about the rows for which the class is predicted, and empty for a regression; `rows` says how many rows
    these are means of. With `until`, by time.monotonic, as many rows as there is time for are looked at, and at least a
    few.
    """
    most = min(MOST_ROWS, max(FEWEST_ROWS, _MOST_PATHS // max(int(model.details.get("trees", 1)), 1)))
    if until is not None:
        most = min(most, _rows_in_time(model, columns, until))
    if len(scores) > most:
        rows = np.linspace(0, len(scores) - 1, most).astype(np.int64)
        columns, scores = rows_of(columns, rows), scores[rows]
    found = model.explain(columns, approximate=_approximately(model.manifest.options), threads=threads)
    sizes = np.abs(found.values)
    classes = []
    for code, label in enumerate(model.manifest.classes):
        own = sizes[np.argmax(scores, axis=1) == code]
        if len(own):
            classes.append({"class": label, "attributions": _ranked(found.features, own)})
    return {"overall": _ranked(found.features, sizes), "classes": classes, "rows": len(scores)}


def few_explained(attributions: Mapping[str, Json], rows: int) -> tuple[str, ...]:
    """Say so where there was time to explain very few of so many rows."""
    looked_at = attributions["rows"]
    if looked_at >= min(rows, FEWEST_ROWS):
        return ()
    return (f"What ML.GLOBAL_EXPLAIN shows is of {looked_at} of {rows:,} rows: there was no time for more.",)


def _rows_in_time(model: LoadedModel, columns: pa.Table, until: float) -> int:
    """Return how many rows can be explained in time, by the pace of a few; the first pays for what all need."""
    approximate = _approximately(model.manifest.options)
    few = columns.slice(0, _FEW)
    model.explain(few.slice(0, 1), approximate=approximate)
    began = time.monotonic()
    model.explain(few, approximate=approximate)
    now = time.monotonic()
    return max(_FEW, int(_FEW * (until - now) / max(now - began, 1e-6)))


def _approximately(options: Mapping[str, Json]) -> bool:
    """Say whether the cheaper sums along the paths are asked for: by default of many trees side by side."""
    asked = options.get("approx_global_feature_contrib")
    return options.get("num_parallel_tree", 1) >= MANY_TREES if asked is None else asked is True


def _ranked(features: tuple[str, ...], sizes: NDArray[np.float64]) -> list[Json]:
    means = sizes.mean(axis=0)
    order = np.argsort(-means, kind="stable")
    return [{"feature": features[index], "attribution": float(means[index])} for index in order]
