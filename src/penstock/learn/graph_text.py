"""SQL's texts in an ONNX graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.graph import CONTRIBUTED, ML
from penstock.learn.graph_value import GraphValue, Logic, ValueKind
from penstock.learn.schema import NULL_STRING, PAD_STRING


@dataclass(frozen=True, eq=False)
class Projection:
    """base + the rows of `table` (words, k) for a text's n-grams, summed, over the root of how many n-grams it has:
    so many matches of a pattern in a row as `sizes` say.
    """

    words: tuple[str, ...]
    table: NDArray[np.float64]
    base: NDArray[np.float64]
    sizes: tuple[int, ...]


def as_text(logic: Logic, of: GraphValue) -> GraphValue | None:
    from onnx import TensorProto

    if of.kind is ValueKind.TEXT:
        return of
    if of.kind is ValueKind.BOOLEAN:
        text = logic.node("Where", of.tensor, logic.text("true"), logic.text("false"))
        return replace(of, tensor=text, kind=ValueKind.TEXT)
    if of.kind is not ValueKind.INTEGER:
        return None
    # What is NULL may be no number at all, which no whole number stands for.
    held = of.tensor if of.null is None else logic.node("Where", of.null, logic.number(0.0), of.tensor)
    whole = logic.node("Cast", held, to=TensorProto.INT64)
    return replace(of, tensor=logic.node("Cast", whole, to=TensorProto.STRING), kind=ValueKind.TEXT)


def concatenated(logic: Logic, operation: str, values: Sequence[GraphValue]) -> GraphValue | None:
    """Return texts one after the other; `||` is NULL where one of them is, concat passes over it."""
    texts = [as_text(logic, value) for value in values]
    found: GraphValue | None = None
    for text in texts:
        if text is None:
            return None
        held = text
        if operation == "join" and text.null is not None:
            held = replace(text, tensor=logic.node("Where", text.null, logic.text(""), text.tensor), null=None)
        if found is None:
            found = held
        else:
            tensor = logic.node("StringConcat", found.tensor, held.tensor)
            found = logic.combined(tensor, ValueKind.TEXT, (found, held))
    return found


def matches(logic: Logic, of: GraphValue, pattern: object) -> GraphValue | None:
    if of.kind is not ValueKind.TEXT:
        return None
    tensor = logic.node("RegexFullMatch", of.tensor, pattern=pattern)
    return logic.combined(tensor, ValueKind.BOOLEAN, (of,))


def place_in(logic: Logic, of: GraphValue, words: object) -> GraphValue | None:
    if of.kind is not ValueKind.TEXT or not isinstance(words, tuple):
        return None
    code = logic.graph.codes_of(of.tensor, words)
    missing = logic.node("Equal", code, logic.number(0.0))
    tensor = logic.node("Sub", code, logic.number(1.0))
    return replace(of, tensor=tensor, kind=ValueKind.INTEGER, null=logic.either(of.null, missing))


def look_up(logic: Logic, of: GraphValue, frozen: object) -> GraphValue | None:
    """Return the number that stands for a text; a default for any other and for NULL."""
    if of.kind is not ValueKind.TEXT or not isinstance(frozen, tuple):
        return None
    words, values, default = frozen
    text = of.tensor if of.null is None else logic.node("Where", of.null, logic.text(NULL_STRING), of.tensor)
    return GraphValue(_numbers_of(logic, text, words, values, default), ValueKind.DOUBLE)


def count_matches(logic: Logic, of: GraphValue, pattern: object) -> GraphValue | None:
    """Return how often a pattern matches a text, one match after the other."""
    if of.kind is not ValueKind.TEXT:
        return None
    held = logic.node("Not", logic.node("Equal", pieces(logic, of, pattern), logic.text(PAD_STRING)))
    counts = logic.node("ReduceSum", _float64(logic, held), _axis(logic, 1), keepdims=1)
    return logic.combined(counts, ValueKind.DOUBLE, (of,))


def ngrams(logic: Logic, of: GraphValue, asked: object) -> GraphValue | None:
    """Return a pattern's matches, and so many in a row, as texts [n, some]; what holds PAD_STRING stands for none."""
    if of.kind is not ValueKind.TEXT or not isinstance(asked, tuple):
        return None
    pattern, sizes, joiner = asked
    matches = pieces(logic, of, pattern)
    found = []
    for size in sizes:
        grams = _shifted(logic, matches, 0, size)
        for ahead in range(1, size):
            following = _shifted(logic, matches, ahead, size)
            if joiner:
                grams = logic.node("StringConcat", grams, logic.text(joiner))
            grams = logic.node("StringConcat", grams, following)
        found.append(grams)
    tensor = found[0] if len(found) == 1 else logic.node("Concat", *found, axis=1)
    return GraphValue(tensor, ValueKind.TEXT)


def project(logic: Logic, of: GraphValue, count: GraphValue, frozen: object) -> GraphValue | None:
    """Return the sums of a projection for a text's n-grams and how many matches it has, [n, k]."""
    assert isinstance(frozen, Projection)
    graph, axis = logic.graph, logic.graph.constant(np.array([1], np.int64))
    none = np.zeros((1, frozen.table.shape[1]))
    codes = graph.codes_of(of.tensor, frozen.words, np.int64)
    found = logic.node("Gather", graph.weights(np.concatenate([none, frozen.table])), codes, axis=0)
    summed = logic.node("ReduceSum", found, axis, keepdims=0)
    matches = count.tensor if count.null is None else logic.node("Where", count.null, logic.number(0.0), count.tensor)
    many = logic.number(0.0)
    for size in frozen.sizes:
        some = logic.node("Max", logic.node("Sub", matches, logic.number(size - 1.0)), logic.number(0.0))
        many = logic.node("Add", many, some)
    root = logic.node("Sqrt", logic.node("Max", many, logic.number(1.0)))
    base = graph.constant(frozen.base[None, :])
    return GraphValue(logic.node("Add", logic.node("Div", summed, root), base), ValueKind.DOUBLE)


def item(logic: Logic, of: GraphValue, place: object) -> GraphValue | None:
    """Return one column of a value that has several, [n, 1]."""
    column = logic.graph.constant(np.array([place], np.int64))
    return GraphValue(logic.node("Gather", of.tensor, column, axis=1), ValueKind.DOUBLE)


def pieces(logic: Logic, of: GraphValue, pattern: object) -> str:
    """Return the matches of a pattern side by side, [n, most of a row]; none for NULL.

    Tokenizer is onnxruntime's own operator. It finds by RE2, as DuckDB does.
    """
    text = of.tensor if of.null is None else logic.node("Where", of.null, logic.text(""), of.tensor)
    asked = {"mark": 0, "mincharnum": 1, "pad_value": PAD_STRING, "tokenexp": pattern}
    tokens = logic.node("Tokenizer", text, domain=CONTRIBUTED, **asked)
    return logic.node("Squeeze", tokens, _axis(logic, 1))


def _shifted(logic: Logic, matches: str, ahead: int, size: int) -> str:
    """Return the matches that stand so far ahead in each run of `size`."""
    after = ahead - size + 1
    begin, axis = (logic.graph.constant(np.array([at], np.int64)) for at in (ahead, 1))
    end = logic.graph.constant(np.array([after if after else 2**62], np.int64))
    return logic.node("Slice", matches, begin, end, axis) if size > 1 else matches


def _numbers_of(logic: Logic, texts: str, words: Sequence[str], values: Sequence[float], default: float) -> str:
    from onnx import TensorProto, helper

    held, numbers = (words, list(values)) if words else ([PAD_STRING], [default])
    keys: list[Any] = [word.encode() for word in held]
    return logic.node(
        "LabelEncoder",
        texts,
        domain=ML,
        keys_tensor=helper.make_tensor("keys", TensorProto.STRING, [len(keys)], keys),
        values_tensor=helper.make_tensor("values", TensorProto.DOUBLE, [len(keys)], numbers),
        default_tensor=helper.make_tensor("default", TensorProto.DOUBLE, [1], [default]),
    )


def _axis(logic: Logic, axis: int) -> str:
    return logic.graph.constant(np.array([axis], np.int64))


def _float64(logic: Logic, mask: str) -> str:
    return logic.node("Where", mask, logic.number(1.0), logic.number(0.0))
