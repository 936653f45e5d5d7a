"""The trees of an XGBoost file as one ensemble of flat arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import BadData
from penstock.learn.tree_ensemble import TreeEnsemble

Json = Any
Integers = NDArray[np.int64]
# LightGBM's bits, which the ensemble is told in: NaN takes the side that the node chooses, here the left one.
_NAN, _LEFT = 2 << 2, 2


@dataclass(frozen=True)
class XgboostTree:
    """The nodes of one tree that a row can reach: inner ones, then leaves, each by its number in the file."""

    raw: Mapping[str, Any]
    inner: Integers
    leaves: Integers
    scale: float


def read_trees(booster: Mapping[str, Json], outputs: int, features: int) -> TreeEnsemble:
    """Return the trees of a booster (`gbtree`, or `dart` with its weights), one of each output in turn.

    Raises BadData for splits on categories and for leaves of several values, KeyError and ValueError for anything that
    is no XGBoost model.
    """
    dart = booster.get("name") == "dart"
    model = booster["gbtree"]["model"] if dart else booster["model"]
    raw = model["trees"]
    weights = booster["weight_drop"] if dart else np.ones(len(raw))
    of_output = np.asarray(model["tree_info"], np.int64)
    trees = [read_tree(tree, float(weights[place])) for place, tree in enumerate(raw)]
    if not trees:
        raise BadData.of("The XGBoost model holds no tree.")
    return _ensemble([trees[place] for place in in_turn(of_output, outputs)], outputs, features)


def in_turn(of_output: Integers, outputs: int) -> list[int]:
    """Return the order of the trees in which each output's next one comes by turns."""
    per_output = [np.flatnonzero(of_output == number) for number in range(outputs)]
    if len({len(places) for places in per_output}) != 1:
        raise ValueError("outputs with different numbers of trees")
    order: list[int] = np.stack(per_output, axis=1).ravel().tolist()
    return order


def read_tree(raw: Mapping[str, Json], scale: float) -> XgboostTree:
    """Return what of a tree a row can reach, each level after the one above it; raises as `read_trees` does."""
    if int(raw["tree_param"].get("size_leaf_vector", 0)) > 1:
        raise BadData.of("The XGBoost model has leaves of several values, which are not read.")
    if np.asarray(raw.get("split_type", [0]), np.int64).any():
        message = "The XGBoost model splits on categories; BigQuery ML takes numbers only, and so does this."
        raise BadData.of(message, hint="Encode the categories as numbers before training.")
    left, right = (np.asarray(raw[name], np.int64) for name in ("left_children", "right_children"))
    # Pruned nodes stay in the file; a walk from the root leaves them out.
    inner, leaves, level = [], [], np.zeros(1, np.int64)
    while len(level):
        split = left[level] >= 0
        inner.append(level[split])
        leaves.append(level[~split])
        level = np.concatenate([left[level[split]], right[level[split]]])
        if sum(map(len, inner)) > len(left):
            raise ValueError("a tree that runs in circles")
    return XgboostTree(raw, np.concatenate(inner), np.concatenate(leaves), scale)


def _ensemble(trees: Sequence[XgboostTree], outputs: int, features: int) -> TreeEnsemble:
    node_start = _starts([len(tree.inner) for tree in trees])
    leaf_start = _starts([len(tree.leaves) for tree in trees])

    def inner(name: str, dtype: type[np.generic]) -> NDArray[Any]:
        return np.concatenate([np.asarray(tree.raw[name]).astype(dtype)[tree.inner] for tree in trees])

    def children(name: str) -> Integers:
        found = []
        for tree, nodes, leaves in zip(trees, node_start, leaf_start, strict=False):
            number = np.empty(len(tree.raw["left_children"]), np.int64)
            number[tree.inner] = nodes + np.arange(len(tree.inner))
            number[tree.leaves] = -1 - (leaves + np.arange(len(tree.leaves)))
            found.append(number[np.asarray(tree.raw[name], np.int64)[tree.inner]])
        return np.concatenate(found)

    feature = inner("split_indices", np.int64)
    if len(feature) and feature.max() >= features:
        raise ValueError("a split on a feature that is not there")
    below = np.nextafter(inner("split_conditions", np.float32), np.float32(-np.inf))
    values = [
        np.asarray(tree.raw["split_conditions"]).astype(np.float32)[tree.leaves].astype(np.float64) * tree.scale
        for tree in trees
    ]
    return TreeEnsemble(
        outputs=outputs,
        averaged=False,
        node_start=node_start,
        leaf_start=leaf_start,
        feature=feature,
        threshold=below.astype(np.float64),
        decision=np.where(inner("default_left", np.bool_), _NAN | _LEFT, _NAN),
        left=children("left_children"),
        right=children("right_children"),
        gain=inner("loss_changes", np.float64),
        node_weight=inner("sum_hessian", np.float64),
        leaf_value=np.concatenate(values),
        leaf_count=np.ones(int(leaf_start[-1]), np.int64),
        member_start=np.zeros(len(feature) + 1, np.int64),
        members=np.zeros(0, np.int64),
    )


def _starts(counts: Sequence[int]) -> Integers:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
