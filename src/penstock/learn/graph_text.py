"""SQL's texts in an ONNX graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from penstock.learn.graph_value import GraphValue, Logic, ValueKind


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
