"""ONNX files as models: checked, their inputs and outputs described, maps of classes turned into tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from penstock.core.errors import BadData, InvalidOption
from penstock.core.options import OptionSpec
from penstock.learn.importer import MODEL_PATH, GraphInput, GraphOutput, ImportedModel, ImportField
from penstock.learn.schema import Feature, FeatureType, Task

# What onnxruntime has without a library of the user's own.
_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
_ARROW = {"f": "double", "i": "int64", "u": "int64", "b": "bool", "O": "string"}
_FEATURES = {"f": FeatureType.NUMBER, "i": FeatureType.NUMBER, "u": FeatureType.NUMBER, "b": FeatureType.BOOLEAN}
_ASK = "Export the model again, for example with torch.onnx, sklearn-onnx or tf2onnx."


class OnnxImporter:
    """A file in the Open Neural Network Exchange format."""

    @property
    def model_type(self) -> str:
        return "onnx"

    @property
    def task(self) -> Task:
        return Task.IMPORTED

    @property
    def summary(self) -> str:
        return "An ONNX file (https://onnx.ai), run by onnxruntime as it is."

    @property
    def options(self) -> tuple[OptionSpec, ...]:
        return (MODEL_PATH,)

    def read(
        self,
        content: bytes,
        inputs: Sequence[ImportField],
        outputs: Sequence[ImportField],
    ) -> ImportedModel:
        """Return the graph with its inputs and outputs; raises BadData for what cannot be run on rows."""
        if inputs or outputs:
            message = "An ONNX file says itself what it takes and gives: INPUT and OUTPUT do not go with it."
            raise InvalidOption.of(message, hint="Leave them out.")
        return read_onnx(content)


def read_onnx(content: bytes) -> ImportedModel:
    """Return what an ONNX file holds; raises BadData for one that is none, or that cannot be run on rows."""
    model = _checked(content)
    classes = _without_maps(model)
    constants = {item.name for item in model.graph.initializer}
    given = [_input(item) for item in model.graph.input if item.name not in constants]
    if not given:
        raise BadData.of("The ONNX graph has no inputs: nothing of a row could reach it.", hint=_ASK)
    outputs = tuple(_output(item, classes.get(item.name)) for item in model.graph.output)
    graph = model.SerializeToString(deterministic=True)
    versions = {item.domain or "ai.onnx": item.version for item in model.opset_import}
    details = {"opsets": versions, "producer": f"{model.producer_name} {model.producer_version}".strip()}
    return ImportedModel(
        graph,
        tuple(feature for feature, _ in given),
        tuple(item for _, item in given),
        outputs,
        details,
        original=None if graph == content else content,
    )


def _checked(content: bytes) -> Any:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_from_string(content)
    except DecodeError as problem:
        raise BadData.of("The file is not in the ONNX format.", hint=_ASK) from problem
    if not model.graph.node:
        raise BadData.of("The file is not in the ONNX format: it holds no graph.", hint=_ASK)
    tensors, nodes = _contents(model)
    outside = [item.name for item in tensors if item.data_location == onnx.TensorProto.EXTERNAL or item.external_data]
    if outside:
        message = f"The ONNX file keeps {len(outside)} of its tensors in other files ({outside[0]!r})."
        hint = "Save it as one file: onnx.save(model, path, save_as_external_data=False)."
        raise BadData.of(message, hint=hint)
    own = {item.domain for item in model.functions}
    foreign = sorted({node.domain for node in nodes} - _DOMAINS - own)
    if foreign:
        message = f"The ONNX graph has operators of its own, of {', '.join(map(repr, foreign))}: they are code."
        raise BadData.of(message, hint="Export the model with the standard operators only.")
    try:
        onnx.checker.check_model(content)
    except onnx.checker.ValidationError as problem:
        message = f"The ONNX graph is not valid: {str(problem).strip().splitlines()[0]}"
        raise BadData.of(message, hint=_ASK) from problem
    return model


def _contents(model: Any) -> tuple[list[Any], list[Any]]:
    """Return all tensors and nodes of a file: those in bodies of If, Loop and Scan, in attributes, in functions too."""
    import onnx
    from google.protobuf.message import Message

    tensors, nodes = [], []
    left: list[Any] = [model]
    while left:
        item = left.pop()
        if isinstance(item, onnx.TensorProto):
            tensors.append(item)
            continue
        if isinstance(item, onnx.NodeProto):
            nodes.append(item)
        for field, value in item.ListFields():
            if field.message_type is not None:
                left += [value] if isinstance(value, Message) else value
    return tensors, nodes


def _without_maps(model: Any) -> dict[str, tuple[Any, ...]]:
    """Take the ZipMap nodes that give outputs out of a graph; return the classes of each such output.

    sklearn-onnx ends classifiers with them: a Python dictionary a row, which is neither a tensor nor fast.
    """
    from onnx import TensorProto, helper

    found: dict[str, tuple[Any, ...]] = {}
    outputs = {item.name: place for place, item in enumerate(model.graph.output)}
    for node in [node for node in model.graph.node if node.op_type == "ZipMap" and node.output[0] in outputs]:
        attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        names = attributes.get("classlabels_strings") or attributes.get("classlabels_int64s") or ()
        classes = tuple(name.decode() if isinstance(name, bytes) else int(name) for name in names)
        name, place = node.output[0], outputs[node.output[0]]
        model.graph.node.remove(node)
        model.graph.node.append(helper.make_node("Identity", [node.input[0]], [name]))
        shape: list[str | int | None] = ["n", len(classes)]
        model.graph.output[place].CopyFrom(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        found[name] = classes
    return found


def _tensor(item: Any, what: str) -> tuple[str, tuple[int | None, ...] | None]:
    """Return the NumPy type of a tensor and its shape, None for one that is not declared."""
    from onnx import TensorProto, helper

    if item.type.WhichOneof("value") != "tensor_type":
        kind = (item.type.WhichOneof("value") or "nothing").removesuffix("_type")
        raise BadData.of(f"The {what} {item.name!r} of the ONNX graph is a {kind}, not a tensor.", hint=_ASK)
    tensor = item.type.tensor_type
    if tensor.elem_type == TensorProto.STRING:
        dtype = "object"
    else:
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
    if dtype != "object" and np.dtype(dtype).kind not in _ARROW:
        raise BadData.of(f"The {what} {item.name!r} of the ONNX graph is of {dtype}, which no column holds.", hint=_ASK)
    if not tensor.HasField("shape"):
        return dtype, None
    shape = tuple(
        dimension.dim_value if dimension.WhichOneof("value") == "dim_value" else None for dimension in tensor.shape.dim
    )
    return dtype, shape


def _input(item: Any) -> tuple[Feature, GraphInput]:
    dtype, shape = _tensor(item, "input")
    kind = np.dtype(dtype).kind
    if shape == () or (shape is not None and len(shape) == 1 and (shape[0] or 0) > 1):
        raise BadData.of(
            f"The input {item.name!r} of the ONNX graph has the shape {list(shape)}: it takes no rows.",
            hint="Export the model with a free first dimension (dynamic_axes, in PyTorch).",
        )
    batch, rest = (None, (1,)) if shape is None else (shape[0], shape[1:])
    if sum(width is None for width in rest) > 1:
        message = f"The input {item.name!r} of the ONNX graph leaves open more than one dimension beside the rows."
        raise BadData.of(message, hint="Export the model with fixed dimensions, but for the first.")
    if batch is not None and batch != 1:
        message = f"The input {item.name!r} of the ONNX graph takes exactly {batch} rows at a time."
        raise BadData.of(message, hint="Export the model with a free first dimension (dynamic_axes, in PyTorch).")
    single = all(width == 1 for width in rest)
    if single:
        feature = Feature(item.name, _FEATURES.get(kind, FeatureType.STRING), _ARROW[kind])
    else:
        of = FeatureType.STRING_LIST if kind == "O" else FeatureType.NUMBER_LIST
        size = None if None in rest else int(np.prod([width for width in rest if width is not None]))
        feature = Feature(item.name, of, f"list<item: {_ARROW[kind]}>", size)
    return feature, GraphInput(item.name, dtype, rest, batch)


def _output(item: Any, classes: tuple[Any, ...] | None) -> GraphOutput:
    dtype, shape = _tensor(item, "output")
    repeated = classes is not None or (shape is not None and any(width != 1 for width in shape[1:]))
    return GraphOutput(item.name, item.name, _ARROW[np.dtype(dtype).kind], repeated, classes)
