"""A graph's core whose trees are asked for many rows at once; what is made of their sums stays onnxruntime's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.bit_trees import MEMBER, BitTrees, FlatTrees, can_be_asked
from penstock.learn.graph import MATRIX, ML

Floats = NDArray[np.float64]
_SUM, _NONE = 1, 0


@dataclass(frozen=True)
class TreeCore:
    """Trees by the name of the tensor that they fill, and a session of all that follows them."""

    trees: Mapping[str, BitTrees]
    rest: Any
    reads_matrix: bool

    def scores(self, matrix: Floats) -> Floats:
        """Return what the whole core gives for a matrix (n, m)."""
        given = {name: trees.sums(matrix) for name, trees in self.trees.items()}
        if self.reads_matrix:
            given[MATRIX] = np.ascontiguousarray(matrix)
        scores: Floats = self.rest.run(None, given)[0]
        return scores


def tree_core(core: bytes, session_of: Callable[[bytes], Any]) -> TreeCore | None:
    """Return a core whose trees are asked by bits; None for one without trees, or whose trees that does not suit."""
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load_from_string(core)
    graph = model.graph
    nodes = [node for node in graph.node if _is_sum_of_trees(node)]
    found = {node.output[0]: _flat_trees(node) for node in nodes}
    if not found or not all(can_be_asked(trees) for trees in found.values()):
        return None
    following = [node for node in graph.node if node.output[0] not in found]
    reads_matrix = any(MATRIX in node.input for node in following)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", trees.outputs]) for name, trees in found.items()
    ]
    if reads_matrix:
        inputs += graph.input
    rest = helper.make_graph(following, "after the trees", inputs, graph.output, graph.initializer)
    made = helper.make_model(rest, opset_imports=model.opset_import, ir_version=model.ir_version)
    session = session_of(made.SerializeToString())
    return TreeCore({name: BitTrees(trees) for name, trees in found.items()}, session, reads_matrix)


def _is_sum_of_trees(node: Any) -> bool:
    if node.domain != ML or node.op_type != "TreeEnsemble" or list(node.input) != [MATRIX]:
        return False
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    return bool(attributes.get("aggregate_function", _SUM) == _SUM and attributes.get("post_transform", _NONE) == _NONE)


def _flat_trees(node: Any) -> FlatTrees:
    from onnx import helper, numpy_helper

    raw = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}

    def whole(name: str) -> NDArray[np.int64]:
        return np.array(raw[name], np.int64)

    def child(side: str) -> NDArray[np.int64]:
        number = whole(f"nodes_{side}nodeids")
        return np.where(whole(f"nodes_{side}leafs") > 0, -1 - number, number)

    mode = numpy_helper.to_array(raw["nodes_modes"])
    feature = whole("nodes_featureids")
    return FlatTrees(
        outputs=int(raw["n_targets"]),
        roots=whole("tree_roots"),
        feature=feature,
        mode=mode,
        threshold=numpy_helper.to_array(raw["nodes_splits"]),
        missing_left=np.array(raw.get("nodes_missing_value_tracks_true", np.zeros(len(feature))), np.bool_),
        members=_members(mode, raw),
        left=child("true"),
        right=child("false"),
        target=whole("leaf_targetids"),
        weight=numpy_helper.to_array(raw["leaf_weights"]),
    )


def _members(mode: NDArray[np.uint8], raw: Mapping[str, Any]) -> dict[int, Floats]:
    """Return the categories of each node that tests for several: their sets stand in its order, each closed by NaN."""
    from onnx import numpy_helper

    nodes = np.flatnonzero(mode == MEMBER).tolist()
    if not nodes:
        return {}
    values = numpy_helper.to_array(raw["membership_values"])
    sets = np.split(values, np.flatnonzero(np.isnan(values)) + 1)
    return {node: members[:-1] for node, members in zip(nodes, sets, strict=False)}
