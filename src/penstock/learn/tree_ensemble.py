"""A LightGBM model read from its text, as flat arrays; from them the ONNX node and the sums that explain it.

The text holds thresholds and leaf values with 17 digits, so nothing is rounded on the way. ONNX: operator
TreeEnsemble of ai.onnx.ml 5 with float64 splits; a native categorical split is one set-membership node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import CorruptArtifact

if TYPE_CHECKING:
    from penstock.learn.graph import GraphBuilder

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# ai.onnx.ml 5: node modes and aggregate functions are numbers.
_BRANCH_LEQ, _BRANCH_EQ, _BRANCH_MEMBER, _SUM = 0, 4, 6, 1
# Bits of LightGBM's decision_type.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_NONE, _MISSING_ZERO, _MISSING_NAN = 0, 1, 2


@dataclass(frozen=True)
class TreeEnsemble:
    """All trees of a model, one after another.

    Inner nodes and leaves are numbered through the whole model; `node_start` and `leaf_start` have one more
    entry than there are trees. A child is the number of an inner node, or -1 - the number of a leaf. A tree
    without a split has one leaf and no node. `node_weight` is the sum of the second derivatives of the rows
    that reach a node (their number, for squared error); `leaf_count` is the number of rows. The members of
    categorical node i are `members[member_start[i]:member_start[i + 1]]`; other nodes have none. Tree t adds
    to the output t % `outputs`; with `averaged` the model's output is the mean over the rounds rather than
    the sum.
    """

    outputs: int
    averaged: bool
    node_start: Integers
    leaf_start: Integers
    feature: Integers
    threshold: Floats
    decision: Integers
    left: Integers
    right: Integers
    gain: Floats
    node_weight: Floats
    leaf_value: Floats
    leaf_count: Integers
    member_start: Integers
    members: Integers

    @property
    def trees(self) -> int:
        return len(self.node_start) - 1

    @property
    def rounds(self) -> int:
        return self.trees // self.outputs

    @property
    def scale(self) -> float:
        """What each tree's value is multiplied by."""
        return 1.0 / max(self.rounds, 1) if self.averaged else 1.0


def read_ensemble(text: str) -> TreeEnsemble:
    """Return the trees of a LightGBM model text (`Booster.model_to_string`); raises CorruptArtifact for
    other text.
    """
    head, *blocks = text.split("\nend of trees", 1)[0].split("\nTree=")
    header = _fields(head)
    if "num_tree_per_iteration" not in header:
        raise CorruptArtifact.of("The model's trees cannot be read.", hint="Train the model again.")
    trees = [_fields(block) for block in blocks]
    splits = [int(tree["num_leaves"]) - 1 for tree in trees]
    node_start = _starts(splits)
    leaf_start = _starts([count + 1 for count in splits])

    def joined(name: str, dtype: type) -> NDArray[Any]:
        return _numbers(" ".join(tree.get(name, "") for tree in trees), dtype)

    def children(name: str) -> Integers:
        own = joined(name, np.int64)
        nodes = np.repeat(node_start[:-1], splits)
        leaves = np.repeat(leaf_start[:-1], splits)
        return np.where(own >= 0, own + nodes, own - leaves)

    decision = joined("decision_type", np.int64)
    threshold = joined("threshold", np.float64)
    member_start, members = _member_sets(trees, splits, decision, threshold)
    return TreeEnsemble(
        outputs=int(header["num_tree_per_iteration"]),
        averaged="average_output" in header,
        node_start=node_start,
        leaf_start=leaf_start,
        feature=joined("split_feature", np.int64),
        threshold=threshold,
        decision=decision,
        left=children("left_child"),
        right=children("right_child"),
        gain=joined("split_gain", np.float64),
        node_weight=joined("internal_weight", np.float64),
        leaf_value=joined("leaf_value", np.float64),
        leaf_count=_leaf_counts(trees),
        member_start=member_start,
        members=members,
    )


def read_scale(text: str) -> float:
    """Return what each tree's value is multiplied by, without reading the trees."""
    head = text.split("\nTree=", 1)[0]
    if "average_output" not in _fields(head):
        return 1.0
    return int(_fields(head)["num_tree_per_iteration"]) / max(text.count("\nTree="), 1)


def add_ensemble(graph: GraphBuilder, matrix: str, ensemble: TreeEnsemble, scale: float, base: float) -> str:
    """Append the trees to a graph and return the name of [n, outputs] float64: base + scale · (sum or mean
    of trees).
    """
    from onnx import TensorProto

    nodes = _with_a_split_in_every_tree(ensemble)
    leaves = (
        np.where(nodes.left < 0, -1 - nodes.left, nodes.left),
        np.where(nodes.right < 0, -1 - nodes.right, nodes.right),
    )
    per_tree = np.diff(nodes.leaf_start)
    output = np.repeat(np.arange(nodes.trees) % nodes.outputs, per_tree)
    first_round = np.repeat(np.arange(nodes.trees) < nodes.outputs, per_tree)
    # The base rides on the leaves of the first round: one leaf of each tree is added to every row.
    weight = nodes.leaf_value * (scale * nodes.scale) + np.where(first_round, base, 0.0)
    modes, splits, members = _tests(nodes)
    attributes: dict[str, Any] = {
        "nodes_modes": _tensor("modes", TensorProto.UINT8, modes),
        "nodes_splits": _tensor("splits", TensorProto.DOUBLE, splits),
        "leaf_weights": _tensor("weights", TensorProto.DOUBLE, weight),
    }
    if len(members):
        attributes["membership_values"] = _tensor("members", TensorProto.DOUBLE, members)
    return graph.node(
        "TreeEnsemble",
        [matrix],
        domain="ai.onnx.ml",
        n_targets=nodes.outputs,
        aggregate_function=_SUM,
        post_transform=0,
        tree_roots=nodes.node_start[:-1].tolist(),
        nodes_featureids=nodes.feature.tolist(),
        nodes_truenodeids=leaves[0].tolist(),
        nodes_trueleafs=(nodes.left < 0).astype(int).tolist(),
        nodes_falsenodeids=leaves[1].tolist(),
        nodes_falseleafs=(nodes.right < 0).astype(int).tolist(),
        nodes_missing_value_tracks_true=_missing_goes_left(nodes).astype(int).tolist(),
        leaf_targetids=output.tolist(),
        **attributes,
    )


def path_sums(ensemble: TreeEnsemble, columns: int) -> tuple[Floats, list[Floats]]:
    """Return what each tree expects of a row it knows nothing of, and per tree an array (leaves, columns):
    by how much the splits on each matrix column move a row that ends in that leaf (Saabas 2014,
    "Interpreting random forests").

    The expectation plus the sum of a leaf's row is the leaf's value.
    """
    expected, moves = np.zeros(ensemble.trees), []
    for tree in range(ensemble.trees):
        root, after = ensemble.node_start[tree], ensemble.node_start[tree + 1]
        first, last = ensemble.leaf_start[tree], ensemble.leaf_start[tree + 1]
        value, count = ensemble.leaf_value[first:last], ensemble.leaf_count[first:last].astype(np.float64)
        sums = np.zeros((last - first, columns))
        if after == root:
            expected[tree] = value[0]
            moves.append(sums)
            continue
        parents, mean = _tree_means(ensemble, root, after, first, value, count)
        expected[tree] = mean[0]
        inner = np.zeros((after - root, columns))
        for child in range(1, after - root):
            parent = parents[child]
            inner[child] = inner[parent]
            inner[child, ensemble.feature[root + parent]] += mean[child] - mean[parent]
        for side in (ensemble.left, ensemble.right):
            children = side[root:after]
            at = np.flatnonzero(children < 0)
            leaf = -1 - children[at] - first
            sums[leaf] = inner[at]
            sums[leaf, ensemble.feature[root + at]] += value[leaf] - mean[at]
        moves.append(sums)
    return expected, moves


def _tree_means(
    ensemble: TreeEnsemble, root: int, after: int, first: int, value: Floats, count: Floats
) -> tuple[Integers, Floats]:
    """Return each node's parent and the mean leaf value below it, weighted with the rows of training.

    LightGBM numbers a node after its parent, so one pass from the end upwards sums every subtree.
    """
    rows, total = np.zeros(after - root), np.zeros(after - root)
    parents = np.zeros(after - root, np.int64)
    for node in range(after - root - 1, -1, -1):
        for child in (ensemble.left[root + node], ensemble.right[root + node]):
            if child < 0:
                leaf = -1 - child - first
                rows[node] += count[leaf]
                total[node] += count[leaf] * value[leaf]
            else:
                parents[child - root] = node
                rows[node] += rows[child - root]
                total[node] += total[child - root]
    return parents, total / np.maximum(rows, 1.0)


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {key: value for key, _, value in pairs}


def _numbers(text: str, dtype: type) -> NDArray[Any]:
    return np.array(text.split(), dtype=dtype)


def _starts(counts: list[int]) -> Integers:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)


def _leaf_counts(trees: list[dict[str, str]]) -> Integers:
    """A tree without a split may write no count; it stands for every row, whatever their number."""
    return np.concatenate(
        [
            np.zeros(0, np.int64),
            *(np.maximum(_numbers(tree.get("leaf_count") or "1", np.int64), 0) for tree in trees),
        ]
    )


def _member_sets(
    trees: list[dict[str, str]], splits: list[int], decision: Integers, threshold: Floats
) -> tuple[Integers, Integers]:
    """Return the categories that go left, flat, and where those of each node begin.

    A categorical node's threshold is the index of its bit set within the tree; bit b of word w is category
    32 w + b.
    """
    words = _numbers(" ".join(tree.get("cat_threshold", "") for tree in trees), np.uint32)
    bounds = [_numbers(tree.get("cat_boundaries", "0"), np.int64) for tree in trees]
    word_start = _starts([int(bound[-1]) for bound in bounds])
    set_start = _starts([len(bound) - 1 for bound in bounds])
    begins = np.concatenate(
        [np.zeros(0, np.int64), *(b[:-1] + s for b, s in zip(bounds, word_start[:-1], strict=True))]
    )
    ends = np.concatenate([np.zeros(0, np.int64), *(b[1:] + s for b, s in zip(bounds, word_start[:-1], strict=True))])
    at = np.flatnonzero(decision & _CATEGORICAL)
    which = threshold[at].astype(np.int64) + np.repeat(set_start[:-1], splits)[at]
    lengths = (ends - begins)[which]
    total = int(lengths.sum())
    # For each node's words: their place in `words`, and the first category that they stand for.
    within = np.arange(total) - np.repeat(_starts(lengths.tolist())[:-1], lengths)
    bits = np.unpackbits(words[np.repeat(begins[which], lengths) + within].view(np.uint8), bitorder="little")
    place, bit = np.nonzero(bits.reshape(total, 32))
    counts = np.zeros(len(decision), np.int64)
    np.add.at(counts, np.repeat(at, lengths)[place], 1)
    return _starts(counts.tolist()), within[place] * 32 + bit


def _missing_goes_left(ensemble: TreeEnsemble) -> NDArray[np.bool_]:
    """Where NaN goes: by the node's own choice, or, for a column that was never NULL in training, as zero
    does.
    """
    missing = (ensemble.decision >> 2) & 3
    if np.any(missing == _MISSING_ZERO):
        raise CorruptArtifact.of("The model's trees take zero as missing.", hint="Train the model again.")
    chosen = (missing == _MISSING_NAN) & (ensemble.decision & _DEFAULT_LEFT > 0)
    as_zero = (missing == _MISSING_NONE) & (ensemble.threshold >= 0.0)
    left: NDArray[np.bool_] = (chosen | as_zero) & (ensemble.decision & _CATEGORICAL == 0)
    return left


def _tests(ensemble: TreeEnsemble) -> tuple[NDArray[np.uint8], Floats, Floats]:
    """Return each node's mode, what it compares with, and the sets of its categories, each closed by NaN.

    A set of one category is compared with, which is faster than to look it up.
    """
    counts = np.diff(ensemble.member_start)
    modes = np.full(len(counts), _BRANCH_LEQ, np.uint8)
    modes[counts == 1], modes[counts > 1] = _BRANCH_EQ, _BRANCH_MEMBER
    splits = np.where(counts == 0, ensemble.threshold, 0.0)
    splits[counts == 1] = ensemble.members[ensemble.member_start[:-1][counts == 1]]
    in_sets = np.repeat(counts > 1, counts)
    ends = np.cumsum(counts[counts > 1])
    return modes, splits, np.insert(ensemble.members[in_sets].astype(np.float64), ends, np.nan)


def _with_a_split_in_every_tree(ensemble: TreeEnsemble) -> TreeEnsemble:
    """ONNX has no tree of a single leaf: such a tree gets a split whose two leaves are equal."""
    from dataclasses import replace

    bare = np.flatnonzero(np.diff(ensemble.node_start) == 0)
    if not len(bare):
        return ensemble
    node_at, leaf_at = ensemble.node_start[bare], ensemble.leaf_start[bare]
    nodes_before = np.concatenate([[0], np.cumsum(np.diff(ensemble.node_start) == 0)])
    node_start, leaf_start = ensemble.node_start + nodes_before, ensemble.leaf_start + nodes_before
    shift = np.repeat(nodes_before[:-1], np.diff(ensemble.node_start))

    def moved(children: Integers) -> Integers:
        shifted: Integers = np.where(children < 0, children - shift, children + shift)
        return shifted

    def widened(values: NDArray[Any], filler: Any) -> NDArray[Any]:
        return np.insert(values, node_at, filler)

    new_leaf = leaf_start[bare]
    return replace(
        ensemble,
        node_start=node_start,
        leaf_start=leaf_start,
        feature=widened(ensemble.feature, 0),
        threshold=widened(ensemble.threshold, 0.0),
        decision=widened(ensemble.decision, 0),
        left=np.insert(moved(ensemble.left), node_at, -1 - new_leaf),
        right=np.insert(moved(ensemble.right), node_at, -2 - new_leaf),
        gain=widened(ensemble.gain, 0.0),
        node_weight=widened(ensemble.node_weight, 0.0),
        leaf_value=np.insert(ensemble.leaf_value, leaf_at, ensemble.leaf_value[leaf_at]),
        leaf_count=np.insert(ensemble.leaf_count, leaf_at, ensemble.leaf_count[leaf_at]),
        member_start=np.insert(ensemble.member_start, node_at, ensemble.member_start[node_at]),
    )


def _tensor(name: str, kind: int, values: NDArray[Any]) -> Any:
    from onnx import helper

    return helper.make_tensor(name, kind, [len(values)], np.ascontiguousarray(values).tobytes(), raw=True)
