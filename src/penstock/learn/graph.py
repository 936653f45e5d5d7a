"""Builds the ONNX graph of a model: raw named columns in, the learner's matrix in the middle, scores out.

Everything up to the matrix is the encoder, made of `ColumnCode` values; everything after it is the core.
`core_of` cuts the core out of a finished graph, so that tables can be encoded in Arrow and NumPy and scored
by the core alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import CorruptArtifact
from penstock.learn.calendar_part import calendar_parts
from penstock.learn.encoding import CodeKind, ColumnCode
from penstock.learn.schema import PAD_STRING, Feature, FeatureType

ML = "ai.onnx.ml"
# The domain of operators that onnxruntime has beside those of ONNX.
CONTRIBUTED = "com.microsoft"
OPSET, ML_OPSET, IR_VERSION = 21, 5, 10
MATRIX = "penstock/matrix"
OUTPUTS = ("score", "probabilities", "distances", "components", "autoencoded")
# What tells whether an answer of a graph with a TRANSFORM in it is to be asked of DuckDB instead.
DOUBT = "in_doubt"
_PREFIX = "penstock/"
TRANSFORM_PREFIX, DERIVED_PREFIX = "transform/", "derived/"


def input_name(feature: str) -> str:
    """Return the graph's input for a feature: its name, prefixed where an output or an inner tensor is called
    like that.
    """
    taken = feature in (*OUTPUTS, DOUBT) or feature.startswith((_PREFIX, TRANSFORM_PREFIX, DERIVED_PREFIX, "input/"))
    return f"input/{feature}" if taken else feature


@dataclass(frozen=True)
class GraphTensor:
    """A float64 tensor that calculates with floats and with its like."""

    graph: GraphBuilder
    name: str

    def __add__(self, other: GraphTensor | float) -> GraphTensor:
        return self._with("Add", other)

    def __sub__(self, other: GraphTensor | float) -> GraphTensor:
        return self._with("Sub", other)

    def __mul__(self, other: GraphTensor | float) -> GraphTensor:
        return self._with("Mul", other)

    def __truediv__(self, other: GraphTensor | float) -> GraphTensor:
        return self._with("Div", other)

    def _with(self, operator: str, other: GraphTensor | float) -> GraphTensor:
        name = other.name if isinstance(other, GraphTensor) else self.graph.constant(np.float64(other))
        return GraphTensor(self.graph, self.graph.node(operator, [self.name, name]))


class GraphBuilder:
    """A graph under construction. Tensors are known by their names; all numbers are float64."""

    def __init__(self, features: Sequence[Feature], prefix: str = _PREFIX) -> None:
        self.features = {feature.name: feature for feature in features}
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []
        self._scalars: dict[float, str] = {}
        self._parts: dict[str, dict[str, str]] = {}
        self._names = 0
        self._prefix = prefix

    def node(self, operator: str, inputs: Sequence[str], *, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output and return that output's name."""
        return self._append(operator, inputs, self._fresh(operator), domain, attributes)

    def constant(self, value: NDArray[Any] | np.generic | float) -> str:
        """Append a constant and return its name. A Python float is float64; anything else keeps its type."""
        from onnx import numpy_helper

        array = np.asarray(value)
        if array.ndim == 0 and array.dtype == np.float64:
            scalar = float(array)
            if scalar not in self._scalars:
                self._scalars[scalar] = self._fresh("number")
                self._initializers.append(numpy_helper.from_array(array, self._scalars[scalar]))
            return self._scalars[scalar]
        name = self._fresh("constant")
        self._initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weights(self, values: NDArray[np.float64]) -> str:
        """Append float64 numbers, which take half the bytes where float32 holds all of them."""
        held = compact(values)
        return self.constant(held) if held.dtype == np.float64 else self._as_float(self.constant(held))

    def number(self, feature: str, part: str | None = None) -> str:
        """Return [n, 1] float64: the value, or a part of it; NaN for NULL."""
        return input_name(feature) if part is None else self.date_parts(feature)[part]

    def date_parts(self, feature: str) -> Mapping[str, str]:
        """Return the name of each calendar part's tensor, [n, 1] float64."""
        if feature not in self._parts:
            parts = calendar_parts(GraphTensor(self, input_name(feature)), self._floor)
            self._parts[feature] = {part: tensor.name for part, tensor in parts.items()}
        return self._parts[feature]

    def codes(self, feature: str, vocabulary: Sequence[str] | Sequence[float], part: str | None = None) -> str:
        """Return [n, 1] float64: i + 1 for `vocabulary[i]`, 0 for anything else, NULL too unless the
        vocabulary names it.
        """
        return self._labels(feature, vocabulary, part, np.float64)

    def table(
        self,
        feature: str,
        vocabulary: Sequence[str] | Sequence[float],
        table: NDArray[np.float64],
        part: str | None = None,
    ) -> str:
        """Return [n, w] float64: row i + 1 of `table` for `vocabulary[i]`, row 0 for anything else."""
        codes = self._labels(feature, vocabulary, part, np.int64)
        rows = self.node("Squeeze", [codes, self.constant(np.array([1], np.int64))])
        return self.node("Gather", [self.constant(table), rows], axis=0)

    def one_hot(self, feature: str, vocabulary: Sequence[str] | Sequence[float], part: str | None = None) -> str:
        """Return [n, len(vocabulary)] float64 of 0 and 1."""
        codes = self._labels(feature, vocabulary, part, np.int64)
        numbers = self.constant(np.arange(1, len(vocabulary) + 1, dtype=np.int64)[None, :])
        return self._as_float(self.node("Equal", [codes, numbers]))

    def multi_hot(self, feature: str, vocabulary: Sequence[str]) -> str:
        """Return [n, len(vocabulary)] float64, 1 where the row's list holds the word."""
        codes = self._labels(feature, vocabulary, None, np.int64)
        items = self.node("Unsqueeze", [codes, self.constant(np.array([2], np.int64))])
        numbers = self.constant(np.arange(1, len(vocabulary) + 1, dtype=np.int64)[None, None, :])
        held = self._as_float(self.node("Equal", [items, numbers]))
        return self.node("ReduceMax", [held, self.constant(np.array([1], np.int64))], keepdims=0)

    def vector(self, feature: str) -> str:
        """Return [n, dimension] float64."""
        return input_name(feature)

    def concatenate(self, names: Sequence[str], output: str | None = None) -> str:
        """Return the tensors side by side; under the name `output` when given."""
        return self._append("Concat", names, output or self._fresh("Concat"), "", {"axis": 1})

    def matrix(self, codes: Sequence[ColumnCode]) -> str:
        """Return the learner's matrix [n, Σ width], under the name by which the core is cut out.

        Call it once.
        """
        return self.concatenate([self._block(code) for code in codes], MATRIX)

    def include(self, graph: bytes, prefix: str) -> str:
        """Append a whole model over the same features and return the name of its first output.

        Everything within it but the inputs gets the prefix.
        """
        import onnx

        model = onnx.load_from_string(graph).graph
        own = {value.name for value in model.input}

        def renamed(name: str) -> str:
            return name if not name or name in own else prefix + name

        for node in model.node:
            node.input[:] = [renamed(name) for name in node.input]
            node.output[:] = [renamed(name) for name in node.output]
            node.name = prefix + node.name
            self._nodes.append(node)
        for constant in model.initializer:
            constant.name = renamed(constant.name)
            self._initializers.append(constant)
        return renamed(model.output[0].name)

    def alias(self, tensor: str, name: str) -> None:
        """Give a tensor another name."""
        self._append("Identity", [tensor], name, "", {})

    @property
    def nodes(self) -> Sequence[Any]:
        """What was appended so far."""
        return tuple(self._nodes)

    @property
    def initializers(self) -> Sequence[Any]:
        """The constants so far."""
        return tuple(self._initializers)

    @property
    def inputs(self) -> Sequence[Any]:
        """The declarations of the inputs, one a feature."""
        return [self._input(feature) for feature in self.features.values()]

    def finish(self, output: str, name: str, width: int) -> bytes:
        """Return the serialised model whose only output, float64 [n, width], is the tensor `output` under
        `name`.
        """
        from onnx import TensorProto, helper

        self.alias(output, name)
        model = helper.make_model(
            helper.make_graph(
                self._nodes,
                "penstock",
                self.inputs,
                [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", width])],
                self._initializers,
            ),
            opset_imports=opsets_of(self._nodes),
            ir_version=IR_VERSION,
            producer_name="penstock",
        )
        serialised: bytes = model.SerializeToString(deterministic=True)
        return serialised

    def _block(self, code: ColumnCode) -> str:
        match code.kind:
            case CodeKind.NUMBER:
                return self.number(code.feature, code.part)
            case CodeKind.CATEGORY:
                return self.codes(code.feature, code.vocabulary, code.part)
            case CodeKind.TABLE:
                return self.table(code.feature, code.vocabulary, np.array(code.table, np.float64), code.part)
            case CodeKind.ONE_HOT:
                return self.one_hot(code.feature, code.vocabulary, code.part)
            case CodeKind.MULTI_HOT:
                return self.multi_hot(code.feature, [str(word) for word in code.vocabulary])
            case _:
                return self.vector(code.feature)

    def codes_of(self, texts: str, vocabulary: Sequence[str], dtype: type[np.float64 | np.int64] = np.float64) -> str:
        """Return numbers of the shape of `texts`: i + 1 for `vocabulary[i]`, 0 for anything else."""
        return self._encoded(texts, vocabulary, True, dtype)

    def _labels(
        self,
        feature: str,
        vocabulary: Sequence[str] | Sequence[float],
        part: str | None,
        dtype: type[np.float64 | np.int64],
    ) -> str:
        texts = self.features[feature].type in (FeatureType.STRING, FeatureType.STRING_LIST)
        return self._encoded(self.number(feature, part), vocabulary, texts, dtype)

    def _encoded(
        self,
        tensor: str,
        vocabulary: Sequence[str] | Sequence[float],
        texts: bool,
        dtype: type[np.float64 | np.int64],
    ) -> str:
        from onnx import TensorProto, helper

        words: list[Any] = list(vocabulary)
        values = np.arange(1, len(words) + 1, dtype=dtype)
        if not words:
            # An encoder without keys does not load: a key that never comes, and the code of anything else.
            words, values = [PAD_STRING if texts else np.nan], np.zeros(1, dtype)
        keys = helper.make_tensor(
            "keys",
            TensorProto.STRING if texts else TensorProto.DOUBLE,
            [len(words)],
            [word.encode() for word in words] if texts else words,
        )
        kind = TensorProto.DOUBLE if dtype is np.float64 else TensorProto.INT64
        return self.node(
            "LabelEncoder",
            [tensor],
            domain=ML,
            keys_tensor=keys,
            values_tensor=helper.make_tensor("values", kind, [len(words)], values),
            default_tensor=helper.make_tensor("default", kind, [1], [0]),
        )

    def _as_float(self, name: str) -> str:
        from onnx import TensorProto

        return self.node("Cast", [name], to=TensorProto.DOUBLE)

    def _floor(self, tensor: GraphTensor) -> GraphTensor:
        return GraphTensor(self, self.node("Floor", [tensor.name]))

    def _input(self, feature: Feature) -> Any:
        from onnx import TensorProto, helper

        name = input_name(feature.name)
        match feature.type:
            case FeatureType.STRING:
                return helper.make_tensor_value_info(name, TensorProto.STRING, ["n", 1])
            case FeatureType.STRING_LIST:
                return helper.make_tensor_value_info(name, TensorProto.STRING, ["n", f"longest {name}"])
            case FeatureType.NUMBER_LIST | FeatureType.SPARSE_VECTOR:
                return helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", feature.dimension])
            case _:
                return helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", 1])

    def _append(
        self, operator: str, inputs: Sequence[str], output: str, domain: str, attributes: Mapping[str, Any]
    ) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(operator, list(inputs), [output], name=output, domain=domain, **attributes))
        return output

    def _fresh(self, what: str) -> str:
        self._names += 1
        return f"{self._prefix}{what.lower()}_{self._names}"


def compact(values: NDArray[np.float64]) -> NDArray[np.float64] | NDArray[np.float32]:
    """Return the same numbers as float32, where that holds all of them."""
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    return small if np.array_equal(small, values) else values


def opsets_of(nodes: Sequence[Any]) -> list[Any]:
    """Return the operator sets that a graph of these nodes is written in."""
    from onnx import helper

    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    contributed = any(node.domain == CONTRIBUTED for node in nodes)
    return [*opsets, helper.make_opsetid(CONTRIBUTED, 1)] if contributed else opsets


def core_of(graph: bytes) -> bytes | None:
    """Return the part of a graph from the matrix to the output, as a model of its own; None for a graph
    without a matrix. Raises CorruptArtifact for bytes that are no graph.
    """
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import TensorProto, helper

    try:
        model = onnx.load_from_string(graph)
    except DecodeError as problem:
        raise CorruptArtifact.of("The artifact's graph cannot be read.", hint="Train the model again.") from problem
    if all(MATRIX not in node.output for node in model.graph.node):
        return None
    made_by = {output: node for node in model.graph.node for output in node.output}
    wanted, needed = [model.graph.output[0].name], set()
    while wanted:
        name = wanted.pop()
        if name != MATRIX and name not in needed:
            needed.add(name)
            wanted.extend(made_by[name].input if name in made_by else ())
    core = helper.make_graph(
        [node for node in model.graph.node if needed.intersection(node.output)],
        "core",
        [helper.make_tensor_value_info(MATRIX, TensorProto.DOUBLE, ["n", "columns"])],
        model.graph.output,
        [constant for constant in model.graph.initializer if constant.name in needed],
    )
    cut = helper.make_model(core, opset_imports=model.opset_import, ir_version=model.ir_version)
    serialised: bytes = cut.SerializeToString()
    return serialised
