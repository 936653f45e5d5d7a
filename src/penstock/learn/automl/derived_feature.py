"""Columns that a search makes of others: each one scalar SQL expression, computed by one and the same graph in training
and in service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.parallel import each
from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.artifact import session_of
from penstock.learn.feature_column import strings
from penstock.learn.graph import DERIVED_PREFIX, IR_VERSION, GraphBuilder, input_name, opsets_of
from penstock.learn.graph_expression import ExpressionGraph
from penstock.learn.graph_input import graph_input
from penstock.learn.graph_value import NotCompiled
from penstock.learn.schema import NULL_STRING, Feature, FeatureType

Floats = NDArray[np.float64]
# Rows computed in one go, and letters: those of each text stand in a matrix as wide as the longest text.
_MOST_ROWS, _MOST_LETTERS = 1_024, 250_000


@dataclass(frozen=True)
class DerivedFeature:
    """`kind` says of what sort it is, in words; `expression` is over raw features, its type known.

    `cross_fitted` (n,) stands for its values in the rows of training, where those of the expression were fitted on the
    rows' own labels; NaN where they were not.
    """

    name: str
    kind: str
    expression: ScalarExpression
    cross_fitted: Floats | None = field(default=None, compare=False)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The raw features that it is made of."""
        found = (str(each.value) for each in self.expression.walk() if each.operation == "column")
        return tuple(dict.fromkeys(found))

    @property
    def feature(self) -> Feature:
        """What a model takes it as."""
        texts = self.expression.type == "string"
        return Feature(self.name, FeatureType.STRING if texts else FeatureType.NUMBER, "string" if texts else "double")


def computable(derived: Sequence[DerivedFeature], features: Sequence[Feature]) -> list[DerivedFeature]:
    """Return those that a graph computes."""
    graph = ExpressionGraph(GraphBuilder(features), features)
    found = []
    for each_derived in derived:
        try:
            graph.feature(graph.value(each_derived.expression), each_derived.feature.type)
        except NotCompiled:
            continue
        found.append(each_derived)
    return found


def derived_graph(derived: Sequence[DerivedFeature], features: Sequence[Feature]) -> bytes:
    """Return a graph from the raw features that are read to one output [n, 1] a derived feature, in their order."""
    from onnx import TensorProto, helper

    read = {name for each_derived in derived for name in each_derived.reads}
    inputs = [feature for feature in features if feature.name in read]
    graph = GraphBuilder(inputs, DERIVED_PREFIX)
    expressions = ExpressionGraph(graph, inputs)
    outputs = []
    for number, each_derived in enumerate(derived):
        kind = each_derived.feature.type
        graph.alias(expressions.feature(expressions.value(each_derived.expression), kind), _output(number))
        element = TensorProto.STRING if kind is FeatureType.STRING else TensorProto.DOUBLE
        outputs.append(helper.make_tensor_value_info(_output(number), element, ["n", 1]))
    nodes = _needed(graph.nodes, [output.name for output in outputs])
    taken = {name for node in nodes for name in node.input}
    constants = [constant for constant in graph.initializers if constant.name in taken]
    whole = helper.make_graph(nodes, "derived", graph.inputs, outputs, constants)
    model = helper.make_model(whole, opset_imports=opsets_of(nodes), ir_version=IR_VERSION, producer_name="penstock")
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised


def joined(model: bytes, derived: bytes, names: Sequence[str], features: Sequence[Feature]) -> bytes:
    """Return a model over raw `features` and derived ones, `names`, as one over the raw features alone."""
    import onnx
    from onnx import helper

    scored, made = onnx.load_from_string(model), onnx.load_from_string(derived)
    fed = {input_name(name): _output(number) for number, name in enumerate(names)}
    for node in scored.graph.node:
        node.input[:] = [fed.get(name, name) for name in node.input]
    whole = helper.make_graph(
        [*made.graph.node, *scored.graph.node],
        "penstock",
        GraphBuilder(features).inputs,
        scored.graph.output,
        [*made.graph.initializer, *scored.graph.initializer],
    )
    imported = {opset.domain: opset for opset in (*made.opset_import, *scored.opset_import)}
    model_of = helper.make_model(
        whole, opset_imports=list(imported.values()), ir_version=IR_VERSION, producer_name="penstock"
    )
    serialised: bytes = model_of.SerializeToString(deterministic=True)
    return serialised


class DerivedColumns:
    """A graph of derived features, ready to compute them for tables."""

    def __init__(self, graph: bytes) -> None:
        self._session = session_of(graph)
        self._inputs = [given.name for given in self._session.get_inputs()]

    def of(self, columns: pa.Table, features: Sequence[Feature], threads: int = 1) -> list[pa.Array]:
        """Return the derived columns of rows of raw features, in the graph's order; NaN or NULL for NULL."""
        read = [feature for feature in features if input_name(feature.name) in self._inputs]

        size = rows_at_once(columns, read)

        def of_slice(begin: int) -> list[pa.Array]:
            outputs = self._session.run(None, graph_input(columns.slice(begin, size), read))
            return [_as_column(output[:, 0]) for output in outputs]

        if not columns.num_rows:
            return [_as_column(np.empty(0, _type_of(output))) for output in self._session.get_outputs()]
        parts = each(of_slice, range(0, columns.num_rows, size), threads)
        return [pa.concat_arrays([part[number] for part in parts]) for number in range(len(parts[0]))]


def rows_at_once(columns: pa.Table, features: Sequence[Feature]) -> int:
    """Return how many rows of these features are computed in one go: of long texts few."""
    longest = 1
    for feature in features:
        if feature.type is FeatureType.STRING:
            for chunk in columns.column(feature.name).chunks:
                texts = strings(chunk)
                words = texts.dictionary if pa.types.is_dictionary(texts.type) else texts
                longest = max(longest, pc.max(pc.utf8_length(words)).as_py() or 1)
    return max(1, min(_MOST_ROWS, _MOST_LETTERS // longest))


def with_columns(columns: pa.Table, derived: Sequence[DerivedFeature], made: Sequence[pa.Array]) -> pa.Table:
    """Return rows with their derived columns behind."""
    for each_derived, array in zip(derived, made, strict=True):
        columns = columns.append_column(each_derived.name, array)
    return columns


def _as_column(values: NDArray[Any]) -> pa.Array:
    if values.dtype != object:
        return pa.array(values)
    return pa.array(values, pa.string(), mask=values == NULL_STRING)


def _type_of(output: Any) -> type:
    return object if output.type == "tensor(string)" else np.float64


def _output(number: int) -> str:
    return f"{DERIVED_PREFIX}column_{number}"


def _needed(nodes: Sequence[Any], outputs: Sequence[str]) -> list[Any]:
    """Return the nodes that the outputs are made by."""
    made_by = {name: node for node in nodes for name in node.output}
    wanted, needed = list(outputs), set()
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed.add(name)
            wanted.extend(made_by[name].input if name in made_by else ())
    return [node for node in nodes if needed.intersection(node.output)]
