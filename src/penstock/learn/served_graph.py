"""A model's graph with its TRANSFORM in front: from raw columns to scores, without a SQL engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.graph import DOUBT, IR_VERSION, TRANSFORM_PREFIX, GraphBuilder, input_name
from penstock.learn.graph_expression import ExpressionGraph
from penstock.learn.graph_value import GraphValue, NotCompiled
from penstock.learn.schema import Feature


def served_graph(
    model: bytes,
    features: Sequence[Feature],
    columns: Mapping[str, ScalarExpression],
    inputs: Sequence[Feature],
) -> bytes:
    """Return the graph of a model over `features` as one over the raw columns `inputs`.

    `columns` are the outputs of the TRANSFORM by name, their types known; a struct's fields are features of their own.
    Beside the scores the graph may have an output `in_doubt`, bool [n, 1]: where it is true DuckDB would compute the
    TRANSFORM otherwise, or refuse. Raises NotCompiled when no graph computes one of the outputs.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = GraphBuilder(inputs, TRANSFORM_PREFIX)
    expressions = ExpressionGraph(graph, inputs)
    raw = {column.name.casefold(): column for column in inputs}
    outputs = _flat(columns)
    fed: dict[str, str] = {}
    values: list[GraphValue] = []
    for feature in features:
        expression = outputs.get(feature.name)
        if expression is None:
            raise NotCompiled(f"the feature {feature.name}")
        passed = raw.get(str(expression.value).casefold()) if expression.operation == "column" else None
        if passed is not None and passed.type is feature.type and passed.dimension == feature.dimension:
            fed[input_name(feature.name)] = input_name(passed.name)
            continue
        value = expressions.value(expression)
        values.append(value)
        fed[input_name(feature.name)] = expressions.feature(value, feature.type)
    scored = onnx.load_from_string(model).graph
    for node in scored.node:
        node.input[:] = [fed.get(name, name) for name in node.input]
    doubt = expressions.doubt(values)
    told = [helper.make_tensor_value_info(DOUBT, TensorProto.BOOL, ["n", 1])] if doubt else []
    if doubt is not None:
        graph.alias(doubt, DOUBT)
    whole = helper.make_graph(
        [*graph.nodes, *scored.node],
        "penstock",
        graph.inputs,
        [*scored.output, *told],
        [*graph.initializers, *scored.initializer],
    )
    opsets = onnx.load_from_string(model).opset_import
    served = helper.make_model(whole, opset_imports=opsets, ir_version=IR_VERSION, producer_name="penstock")
    serialised: bytes = served.SerializeToString(deterministic=True)
    return serialised


def exported_graph(served: bytes) -> bytes:
    """Return a served graph for strangers: instead of the output that tells of doubt, rows in doubt are NaN."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(served)
    kept = [output for output in model.graph.output if output.name != DOUBT]
    if len(kept) == len(model.graph.output):
        return served
    for output in kept:
        sure, nothing = f"{TRANSFORM_PREFIX}sure/{output.name}", f"{TRANSFORM_PREFIX}nothing/{output.name}"
        for node in model.graph.node:
            node.input[:] = [sure if name == output.name else name for name in node.input]
            node.output[:] = [sure if name == output.name else name for name in node.output]
        kind = helper.tensor_dtype_to_np_dtype(output.type.tensor_type.elem_type)
        model.graph.initializer.append(numpy_helper.from_array(np.full(1, np.nan, kind), nothing))
        model.graph.node.append(helper.make_node("Where", [DOUBT, nothing, sure], [output.name]))
    del model.graph.output[:]
    model.graph.output.extend(kept)
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised


def _flat(columns: Mapping[str, ScalarExpression]) -> dict[str, ScalarExpression]:
    """Return the outputs with each field of a struct as one of its own, named as features are."""
    flat: dict[str, ScalarExpression] = {}
    for name, expression in columns.items():
        if expression.operation == "struct":
            assert isinstance(expression.value, tuple)
            fields = zip(expression.value, expression.arguments, strict=True)
            flat.update({f"{name}_{field}": argument for field, argument in fields})
        else:
            flat[name] = expression
    return flat
