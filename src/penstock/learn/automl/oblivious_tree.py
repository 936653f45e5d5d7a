"""Trees as CatBoost grows them, every split of a level the same, written as trees of LightGBM's text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Json = Any
# LightGBM's decision_type of a column whose NaN goes left, where CatBoost has it by its nan_mode Min.
_NAN_LEFT = 10


def tree_blocks(model: Mapping[str, Json], outputs: int, rate: float) -> list[str]:
    """Return the trees of a model of CatBoost's (its JSON format), one an output, without the line of their number.

    `rate` is the learning rate: LightGBM measures what a split gains before it is slowed down by that. The sum of the
    leaves is CatBoost's raw output, its bias included, for every row of float64: CatBoost reads a value as float32, so
    that a border of its stands here at the greatest float64 that is read as no more than that.
    """
    scale, bias = float(model["scale_and_bias"][0]), model["scale_and_bias"][1]
    base = np.broadcast_to(np.asarray(bias, np.float64), (outputs,))
    blocks: list[str] = []
    for number, tree in enumerate(model["oblivious_trees"]):
        # The split of the highest bit of a leaf's number stands first.
        splits = list(reversed(tree["splits"] or []))
        values = np.asarray(tree["leaf_values"], np.float64).reshape(2 ** len(splits), -1) * scale
        if not number:
            values = values + base
        rows = np.maximum(np.asarray(tree["leaf_weights"], np.float64), 1.0)
        tests: dict[str, Sequence[float]] = {
            "split_feature": [int(split["float_feature_index"]) for split in splits],
            "threshold": [threshold_of(float(split["border"])) for split in splits],
            "decision_type": [_NAN_LEFT] * len(splits),
        }
        blocks += [_block(tests, values[:, output], rows, rate) for output in range(outputs)]
    return blocks


def threshold_of(border: float) -> float:
    """Return the greatest float64 that is at most `border`, a float32, once it is rounded to a float32."""
    below = np.float32(border)
    above = np.nextafter(below, np.float32(np.inf))
    middle = (float(below) + float(above)) / 2.0
    return middle if np.float32(middle) <= below else math.nextafter(middle, -math.inf)


def _block(tests: Mapping[str, Sequence[float]], values: Floats, rows: Floats, rate: float) -> str:
    """Return the lines of one tree. Its nodes are numbered level by level, from the left, as its leaves are."""
    depth = len(tests["threshold"])
    lines: dict[str, Sequence[float]] = {}
    if depth:
        of_level = 2 ** np.arange(depth)
        inner = _inner(values, rows, depth)
        lines = {name: np.repeat(tested, of_level).tolist() for name, tested in tests.items()}
        below = np.arange(1, 2**depth - 1).tolist() + (-1 - np.arange(2**depth)).tolist()
        lines |= {"split_gain": (inner.gain / rate**2).tolist(), "left_child": below[::2], "right_child": below[1::2]}
        lines |= {"internal_value": inner.mean.tolist(), "internal_weight": inner.rows.tolist()}
        lines |= {"internal_count": np.rint(inner.rows).astype(int).tolist()}
    lines |= {"leaf_value": values.tolist(), "leaf_weight": rows.tolist()}
    lines |= {"leaf_count": np.rint(rows).astype(int).tolist()}
    written = [f"{name}=" + " ".join(map(repr, of_tree)) for name, of_tree in lines.items()]
    return "\n".join([f"num_leaves={2**depth}", "num_cat=0", *written, "is_linear=0", "shrinkage=1"])


@dataclass(frozen=True)
class _Inner:
    """Of each inner node the rows below it, their mean value, and by how much its two sides differ: the sum of squares
    between them, which is what CatBoost's importances add up (PredictionValuesChange).
    """

    rows: Floats
    mean: Floats
    gain: Floats


def _inner(values: Floats, rows: Floats, depth: int) -> _Inner:
    found: list[_Inner] = []
    means = values
    for _ in range(depth):
        sides, of_sides = rows.reshape(-1, 2), means.reshape(-1, 2)
        rows = sides.sum(axis=1)
        means = (sides * of_sides).sum(axis=1) / rows
        found.append(_Inner(rows, means, (sides * (of_sides - means[:, None]) ** 2).sum(axis=1)))
    found.reverse()
    return _Inner(*(np.concatenate([getattr(level, name) for level in found]) for name in ("rows", "mean", "gain")))
