"""Trees as XGBoost grows them, written as trees of LightGBM's text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.automl.oblivious_tree import threshold_of
from penstock.learn.xgboost_import import base_margin
from penstock.learn.xgboost_tree import XgboostTree, in_turn, read_tree

Floats = NDArray[np.float64]
Json = Any
# LightGBM's decision_type of a column whose NaN goes right or left.
_NAN_RIGHT, _NAN_LEFT = 8, 10


def tree_blocks(document: Mapping[str, Json], outputs: int, rows: int) -> list[str]:
    """Return the trees of a model of XGBoost's (its JSON format), one an output, without the line of their number.

    The sum of the leaves is XGBoost's margin, what every row starts from included; XGBoost adds float32, so that the
    two differ by its rounding. It compares float32 too, `value < threshold`: a threshold stands here at the greatest
    float64 that is read as less. How many of the `rows` reach a node is told by their second derivatives, which is what
    XGBoost keeps. Raises BadData for splits on categories and leaves of several values; KeyError, ValueError and
    TypeError for what is no model of XGBoost's.
    """
    learner = document["learner"]
    model = learner["gradient_booster"]["model"]
    base = base_margin(str(learner["learner_model_param"]["base_score"]), learner["objective"]["name"], outputs)
    order = in_turn(np.asarray(model["tree_info"], np.int64), outputs)
    return [
        _block(read_tree(model["trees"][place], 1.0), base[number] if number < outputs else 0.0, rows)
        for number, place in enumerate(order)
    ]


def _block(tree: XgboostTree, base: float, rows: int) -> str:
    """Return the lines of one tree, its inner nodes level by level."""
    raw, inner, leaves = tree.raw, tree.inner, tree.leaves
    conditions = np.asarray(raw["split_conditions"]).astype(np.float32)
    cover = np.asarray(raw["sum_hessian"], np.float64)
    share = cover / max(float(cover[0]), 1e-300)
    counts = np.maximum(np.rint(rows * share), 1.0)
    number = np.empty(len(conditions), np.int64)
    number[inner], number[leaves] = np.arange(len(inner)), -1 - np.arange(len(leaves))
    left, right = (np.asarray(raw[name], np.int64) for name in ("left_children", "right_children"))
    means = conditions.astype(np.float64) + base
    for node in inner[::-1]:
        sides = [left[node], right[node]]
        means[node] = np.average(means[sides], weights=np.maximum(cover[sides], 1e-300))
    lines: dict[str, Sequence[float]] = {}
    if len(inner):
        below = np.nextafter(conditions[inner], np.float32(-np.inf))
        goes_left = np.asarray(raw["default_left"]).astype(np.bool_)[inner]
        lines = {
            "split_feature": np.asarray(raw["split_indices"], np.int64)[inner].tolist(),
            "threshold": [threshold_of(border) for border in below.tolist()],
            "decision_type": np.where(goes_left, _NAN_LEFT, _NAN_RIGHT).tolist(),
            "split_gain": np.asarray(raw["loss_changes"], np.float64)[inner].tolist(),
            "left_child": number[left[inner]].tolist(),
            "right_child": number[right[inner]].tolist(),
            "internal_value": means[inner].tolist(),
            "internal_weight": cover[inner].tolist(),
            "internal_count": counts[inner].astype(np.int64).tolist(),
        }
    lines |= {"leaf_value": means[leaves].tolist(), "leaf_weight": cover[leaves].tolist()}
    lines |= {"leaf_count": counts[leaves].astype(np.int64).tolist()}
    written = [f"{name}=" + " ".join(map(repr, of_tree)) for name, of_tree in lines.items()]
    return "\n".join([f"num_leaves={len(leaves)}", "num_cat=0", *written, "is_linear=0", "shrinkage=1"])
