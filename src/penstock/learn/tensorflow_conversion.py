"""TensorFlow's files turned into ONNX, in a process of its own: `python -m penstock.learn.tensorflow_conversion`.

tf2onnx converts; TensorFlow itself then answers a few made-up rows, and the graph must give the same. So a graph that
says something else, which tf2onnx does not notice, is never taken. The answer is written as JSON to the file that the
last argument names. TensorFlow prints much, loads for seconds and runs what the file says: none of that is let into the
process that asks.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Json = Any
Tensors = Mapping[str, NDArray[Any]]

OPSET = 18
# Made-up rows that TensorFlow and the graph both answer; a free dimension beside the rows gets FREE values.
ROWS, FREE = 8, 8
# Beyond rounding, a graph of another meaning. Numbers of 8 bits are rounded to one of 256 places at each step.
TOLERANCE, TOLERANCE_8_BIT, SMALLEST = 1e-3, 0.05, 1e-3
_AGAIN = "Save it again with tf.saved_model.save, model.export or TFLiteConverter, with the signature serving_default."
_WITHOUT = (
    "Save the model without the part that ONNX has not, and do that in SQL: texts are split, compared and looked up "
    "there, and images decoded (ML.DECODE_IMAGE)."
)
_OPERATOR = re.compile(r"Name:'(?:[^']*/)?([A-Za-z]+)[^']*' Status Message: (.*)")
_UNSUPPORTED = re.compile(r"Tensorflow op \[[^\]]*: (\w+)\] is not supported")


@dataclass(frozen=True)
class Original:
    """A model as TensorFlow runs it: what it takes by name, and its answer to tensors of these names.

    `tensors` are the names in the converted graph, by the names that the model's signature gives them; `failures` is
    what the answer raises for rows that the model does not take.
    """

    inputs: Mapping[str, tuple[Any, tuple[int | None, ...]]]
    tensors: Mapping[str, str]
    answer: Callable[[Tensors], Tensors]
    tolerance: float
    failures: tuple[type[Exception], ...] = (ValueError, RuntimeError, TypeError)


class Refused(Exception):
    """What stands in the way, in words for the user, and what to do about it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def main(arguments: Sequence[str]) -> None:
    """Convert: the arguments are the model type, the file or folder, the ONNX file to write and the report to write."""
    kind, source, graph, report = arguments
    try:
        told = convert(kind, source, Path(graph))
    except Refused as problem:
        told = {"refused": str(problem), "hint": problem.hint}
    Path(report).write_text(json.dumps(told), encoding="utf-8")


def convert(kind: str, source: str, graph: Path) -> Json:
    """Write the ONNX file; return the versions and how near it came to TensorFlow's answers. Raises Refused."""
    import tensorflow
    import tf2onnx

    original, how = _tflite(source) if kind == "tensorflow_lite" else _saved_model(source)
    _converted([*how, "--output", str(graph), "--opset", str(OPSET)])
    _renamed(graph, original.tensors)
    told: dict[str, Json] = {"tensorflow": tensorflow.__version__, "tf2onnx": tf2onnx.__version__}
    told |= compared(original, graph)
    graph.write_bytes(numbered(graph.read_bytes()))
    return told


def _saved_model(folder: str) -> tuple[Original, list[str]]:
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(folder)
    except (OSError, ValueError, RuntimeError, KeyError, tf.errors.OpError) as problem:
        raise Refused(f"TensorFlow cannot load it: {_first_line(problem)}", _AGAIN) from problem
    keys = sorted(loaded.signatures)
    key = "serving_default" if "serving_default" in keys or not keys else keys[0]
    if len(keys) != 1 and key not in keys:
        what = f"several signatures ({', '.join(keys)}), and none is called serving_default" if keys else "no signature"
        raise Refused(f"It has {what}: which function answers rows is not said.", _AGAIN)
    function = loaded.signatures[key]
    specs = function.structured_input_signature[1]
    inputs = {name: (spec.dtype.as_numpy_dtype, _shape(spec.shape)) for name, spec in specs.items()}
    tensors = {name: name for name in (*specs, *function.structured_outputs)}

    def answer(given: Tensors) -> Tensors:
        found = function(**{name: tf.constant(value, dtype=specs[name].dtype) for name, value in given.items()})
        return {name: value.numpy() for name, value in found.items()}

    how = ["--saved-model", folder, "--tag", "serve", "--signature_def", key]
    failures = (ValueError, RuntimeError, TypeError, tf.errors.OpError)
    return Original(inputs, tensors, answer, TOLERANCE, failures), how


def _tflite(path: str) -> tuple[Original, list[str]]:
    import tensorflow as tf

    try:
        interpreter = tf.lite.Interpreter(path)
        signatures = interpreter.get_signature_list()
    except (ValueError, RuntimeError) as problem:
        raise Refused(f"TensorFlow Lite cannot load it: {_first_line(problem)}", _AGAIN) from problem
    key = "serving_default" if "serving_default" in signatures else next(iter(signatures), None)
    if key is None:
        taken = {detail["name"]: detail for detail in interpreter.get_input_details()}
        given_back = {detail["name"]: detail for detail in interpreter.get_output_details()}
    else:
        runner = interpreter.get_signature_runner(key)
        taken, given_back = runner.get_input_details(), runner.get_output_details()
    inputs = {name: (detail["dtype"], _shape(detail["shape_signature"])) for name, detail in taken.items()}
    tensors = {name: detail["name"] for name, detail in (*taken.items(), *given_back.items())}

    def answer(given: Tensors) -> Tensors:
        for name, value in given.items():
            interpreter.resize_tensor_input(taken[name]["index"], value.shape)
        interpreter.allocate_tensors()
        for name, value in given.items():
            interpreter.set_tensor(taken[name]["index"], value)
        interpreter.invoke()
        return {name: interpreter.get_tensor(detail["index"]) for name, detail in given_back.items()}

    small = any(detail["dtype"] in (np.int8, np.uint8) for detail in interpreter.get_tensor_details())
    return Original(inputs, tensors, answer, TOLERANCE_8_BIT if small else TOLERANCE), ["--tflite", path]


def _shape(given: Any) -> tuple[int | None, ...]:
    """Return a shape with None for what is free; a model that does not say its shape takes a value a row."""
    if getattr(given, "rank", 0) is None:
        return (None,)
    return tuple(None if width is None or width < 0 else int(width) for width in given)


def _converted(options: Sequence[str]) -> None:
    """Run tf2onnx's command line; raises Refused with the operators that it does not know."""
    from tf2onnx import convert as converter

    seen = _Unsupported()
    logging.getLogger("tf2onnx").addHandler(seen)
    sys.argv = ["tf2onnx", *options]
    try:
        converter.main()
    except (ValueError, RuntimeError, KeyError, TypeError, AttributeError, NotImplementedError, OSError) as problem:
        raise Refused(_not_converted(seen.names, _first_line(problem)), _WITHOUT) from problem
    if seen.names:
        raise Refused(_not_converted(seen.names, ""), _WITHOUT)


class _Unsupported(logging.Handler):
    """The operators that tf2onnx writes into its log as unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.names.update(dict.fromkeys(_UNSUPPORTED.findall(record.getMessage())))


def _not_converted(operators: Mapping[str, None], told: str) -> str:
    if operators:
        return f"tf2onnx has no ONNX for {', '.join(operators)}."
    return f"tf2onnx does not convert it: {told.removeprefix('make_sure failure: ')}"


def _renamed(path: Path, tensors: Mapping[str, str]) -> None:
    """Give the graph's inputs and outputs the names of the signature."""
    import onnx

    model = onnx.load(str(path))
    names = {tensor: name for name, tensor in tensors.items() if tensor != name}
    inside = [name for node in model.graph.node for name in (*node.input, *node.output)]
    for own in (item for item in (*model.graph.input, *model.graph.output) if item.name in names):
        if names[own.name] in inside:
            message = f"It calls a tensor of its inside {names[own.name]!r}, as one that it takes or gives."
            raise Refused(message, _AGAIN)
    for item in (*model.graph.input, *model.graph.output):
        item.name = names.get(item.name, item.name)
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    strange = sorted({item.name for item in (*model.graph.input, *model.graph.output)} - set(tensors))
    if strange:
        raise Refused(f"Its signature does not name all that it takes or gives: {', '.join(strange)}.", _AGAIN)
    path.write_bytes(model.SerializeToString())


def numbered(content: bytes) -> bytes:
    """Return the graph with its inner tensors and nodes numbered, its tables sorted, and nothing of this machine: the
    converter names and orders them otherwise each time.
    """
    import onnx

    model = onnx.load_from_string(content)
    kept = {item.name for item in (*model.graph.input, *model.graph.output)}
    names: dict[str, str] = {"": ""}

    def named(name: str) -> str:
        return name if name in kept else names.setdefault(name, f"inner/{len(names)}")

    def number(graph: Any) -> None:
        for place, node in enumerate(graph.node):
            node.name, node.doc_string = f"{node.op_type}/{place}", ""
            node.input[:] = [named(name) for name in node.input]
            node.output[:] = [named(name) for name in node.output]
            if node.op_type == "CategoryMapper":
                _sorted_table(node)
            for attribute in node.attribute:
                for body in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                    number(body)
        for item in (*graph.input, *graph.output, *graph.initializer):
            item.name = named(item.name)
        del graph.value_info[:]
        ordered = sorted(graph.initializer, key=lambda item: str(item.name))
        del graph.initializer[:]
        graph.initializer.extend(ordered)
        graph.name, graph.doc_string = "converted", ""

    number(model.graph)
    model.doc_string = ""
    return bytes(model.SerializeToString(deterministic=True))


def _sorted_table(node: Any) -> None:
    attributes = {attribute.name: attribute for attribute in node.attribute}
    texts, numbers = attributes["cats_strings"].strings, attributes["cats_int64s"].ints
    pairs = sorted(zip(texts, numbers, strict=True))
    texts[:], numbers[:] = [text for text, _ in pairs], [number for _, number in pairs]
    ordered = sorted(node.attribute, key=lambda attribute: str(attribute.name))
    del node.attribute[:]
    node.attribute.extend(ordered)


def compared(original: Original, path: Path) -> dict[str, Json]:
    """Return how far the graph's answers are from TensorFlow's, relative to their size; raises Refused when too far."""
    import onnxruntime

    errors = onnxruntime.capi.onnxruntime_pybind11_state
    given = _made_up(original.inputs, _texts(path))
    try:
        wanted = original.answer(given)
    except original.failures as problem:
        return {"not_compared": _first_line(problem)}
    names = sorted(wanted)
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        taken = {item.name for item in session.get_inputs()}
        texts = {name: value.astype(object) if value.dtype.kind in "SU" else value for name, value in given.items()}
        found = session.run(names, {name: value for name, value in texts.items() if name in taken})
    except (
        errors.Fail,
        errors.InvalidArgument,
        errors.InvalidGraph,
        errors.NotImplemented,
        errors.RuntimeException,
    ) as problem:
        raise Refused(f"What tf2onnx makes of it does not run on rows: {_failed(problem)}.", _WITHOUT) from problem
    furthest = 0.0
    for name, graph in zip(names, found, strict=True):
        far = _difference(wanted[name], np.asarray(graph))
        if far > original.tolerance:
            message = f"What tf2onnx makes of it gives another {name!r} than TensorFlow, and cannot be trusted."
            raise Refused(message, _WITHOUT)
        furthest = max(furthest, far)
    rows = next((len(value) for value in given.values() if value.ndim), 1)
    return {"rows_compared": rows, "largest_difference": furthest}


def _texts(path: Path) -> list[str]:
    """Return the first words of the graph's own tables, and some that stand in none."""
    import onnx

    tables = [
        [word.decode("utf-8", "replace") for word in attribute.strings]
        for node in onnx.load(str(path)).graph.node
        for attribute in node.attribute
        if attribute.name in ("cats_strings", "keys_strings")
    ]
    return [*(word for words in tables for word in sorted(words)[:ROWS]), "penstock", ""]


def _made_up(inputs: Mapping[str, tuple[Any, tuple[int | None, ...]]], words: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return a few rows: numbers between 0 and 1, whole ones 0 and 1, texts from `words`."""
    random = np.random.default_rng(1)
    rows = min((shape[0] for _, shape in inputs.values() if shape and shape[0] is not None), default=ROWS)
    made: dict[str, NDArray[Any]] = {}
    for name, (dtype, shape) in inputs.items():
        size = (rows, *(FREE if width is None else width for width in shape[1:])) if shape else ()
        kind = np.dtype(dtype).kind
        if kind == "f":
            made[name] = np.asarray(random.random(size)).astype(dtype)
        elif kind in "OSU":
            made[name] = np.resize(np.array(words, object), size)
        else:
            made[name] = np.asarray(random.integers(0, 2, size)).astype(dtype)
    return made


def _difference(wanted: NDArray[Any], found: NDArray[Any]) -> float:
    """Return the largest difference relative to the largest value, or SMALLEST; infinity where none is possible."""
    if wanted.dtype.kind in "OSU":
        texts = [item.decode("utf-8", "replace") if isinstance(item, bytes) else item for item in wanted.ravel()]
        return 0.0 if texts == list(found.ravel()) else float("inf")
    if wanted.shape != found.shape:
        return float("inf")
    one, other = wanted.astype(float), found.astype(float)
    if not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return float("inf")
    finite = np.isfinite(one)
    if not finite.any():
        return 0.0
    return float(np.abs(one[finite] - other[finite]).max() / max(SMALLEST, np.abs(one[finite]).max()))


def _failed(problem: BaseException) -> str:
    """Return what onnxruntime says, with the operator of TensorFlow that the node comes from."""
    told = _first_line(problem)
    found = _OPERATOR.search(told)
    return f"its {found[1]} ends with {found[2]!r}" if found else told.rpartition(" : ")[2].rstrip(".")


def _first_line(problem: BaseException) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return (lines[0] if lines else type(problem).__name__)[:300]


if __name__ == "__main__":
    main(sys.argv[1:])
