"""SQL's values in an ONNX graph: a tensor beside a mask of what is NULL, and three-valued logic on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.graph import GraphBuilder


class ValueKind(StrEnum):
    """How a value stands in its tensor: as float64 but for texts and booleans; dates and moments are seconds since
    1970 (UTC), durations seconds. Whole numbers and decimals are exact up to 2**53 units of their last place.
    """

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    TEXT = "text"
    DATE = "date"
    MOMENT = "timestamp"
    DURATION = "duration"
    NOTHING = "NULL"


NUMBERS = frozenset({ValueKind.INTEGER, ValueKind.DECIMAL, ValueKind.DOUBLE})
MOMENTS = frozenset({ValueKind.DATE, ValueKind.MOMENT})
# Up to here float64 holds every whole number.
EXACT = 2.0**53
_BEGINNINGS = {
    "decimal": ValueKind.DECIMAL,
    "timestamp": ValueKind.MOMENT,
    "date32": ValueKind.DATE,
}
_TYPES = {
    "bool": ValueKind.BOOLEAN,
    "double": ValueKind.DOUBLE,
    "string": ValueKind.TEXT,
    "large_string": ValueKind.TEXT,
    "null": ValueKind.NOTHING,
}


@dataclass(frozen=True)
class GraphValue:
    """`tensor` holds anything where `null` is true; `null` is None for what is never NULL.

    A value that is the same for all rows may have the shape [1, 1] instead of [n, 1]. `scale` is the number of
    decimal places of a DECIMAL. Where `doubt` is true a database would give something else, or refuse; None for
    nowhere.
    """

    tensor: str
    kind: ValueKind
    null: str | None = None
    scale: int = 0
    doubt: str | None = None


class NotCompiled(Exception):
    """An expression that no graph computes; the text says what of it."""


def kind_of(arrow: str) -> ValueKind | None:
    """Return how a column or result of an Arrow type stands in a graph; None for a type that does not."""
    if re.fullmatch(r"u?int\d+", arrow):
        return ValueKind.INTEGER
    for begin, kind in _BEGINNINGS.items():
        if arrow.startswith(begin):
            return kind
    return _TYPES.get(arrow)


def scale_of(arrow: str) -> int:
    """Return the decimal places of an Arrow type, 0 for one that is no decimal."""
    return int(arrow.rpartition(",")[2].strip(" )")) if arrow.startswith("decimal") else 0


def as_type(value: GraphValue, arrow: str) -> GraphValue | None:
    """Return a value that SQL turns into the type of its result by itself; None where it would not."""
    kind = kind_of(arrow)
    if value.kind is ValueKind.NOTHING or value.kind is kind:
        return replace(value, scale=scale_of(arrow) or value.scale)
    if value.kind in NUMBERS and kind is not None and kind in NUMBERS:
        return replace(value, kind=kind, scale=scale_of(arrow))
    if value.kind is ValueKind.DATE and kind is ValueKind.MOMENT:
        return replace(value, kind=kind)
    return None


class Logic:
    """Nodes that every operation is made of, appended to one graph."""

    def __init__(self, graph: GraphBuilder) -> None:
        self.graph = graph
        self._constants: dict[object, str] = {}

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        return self.graph.node(operator, inputs, **attributes)

    def number(self, value: float) -> str:
        return self._constant(np.array([[value]], np.float64), repr(value))

    def truth(self, value: bool) -> str:
        return self._constant(np.array([[value]], np.bool_), value)

    def text(self, value: str) -> str:
        return self._constant(np.array([[value]], object), ("text", value))

    def _constant(self, array: NDArray[Any], key: object) -> str:
        if key not in self._constants:
            self._constants[key] = self.graph.constant(array)
        return self._constants[key]

    def either(self, *masks: str | None) -> str | None:
        """Return where one of the masks is true; None for nowhere."""
        held = [mask for mask in dict.fromkeys(masks) if mask is not None]
        if not held:
            return None
        found = held[0]
        for mask in held[1:]:
            found = self.node("Or", found, mask)
        return found

    def both(self, first: str | None, second: str | None) -> str | None:
        return None if first is None or second is None else self.node("And", first, second)

    def doubted(self, value: GraphValue, where: str) -> GraphValue:
        """Return a value that is in doubt where a mask is true too, but for rows in which it is NULL anyway."""
        if value.null is not None:
            where = self.node("And", where, self.node("Not", value.null))
        return replace(value, doubt=self.either(value.doubt, where))

    def combined(self, tensor: str, kind: ValueKind, of: Sequence[GraphValue], scale: int = 0) -> GraphValue:
        """Return a result that is NULL where one of its operands is."""
        null = self.either(*(value.null for value in of))
        doubt = self.either(*(value.doubt for value in of))
        return GraphValue(tensor, kind, null, scale, doubt)

    def chosen(self, where: str, yes: GraphValue, no: GraphValue) -> GraphValue:
        """Return `yes` where a mask is true and `no` elsewhere; both are of one kind, or one of them is NULL."""
        if yes.kind is ValueKind.NOTHING:
            kind, tensors = no.kind, (no.tensor, no.tensor)
        elif no.kind is ValueKind.NOTHING:
            kind, tensors = yes.kind, (yes.tensor, yes.tensor)
        else:
            kind, tensors = no.kind, (yes.tensor, no.tensor)
        if tensors[0] == tensors[1]:
            tensor = tensors[0]
        elif kind is ValueKind.BOOLEAN:
            tensor = self._mask(where, *tensors) or tensors[0]
        else:
            tensor = self.node("Where", where, *tensors)
        null, doubt = self._mask(where, yes.null, no.null), self._mask(where, yes.doubt, no.doubt)
        return GraphValue(tensor, kind, null, max(yes.scale, no.scale), doubt)

    def _mask(self, where: str, yes: str | None, no: str | None) -> str | None:
        if yes is None and no is None:
            return None
        # onnxruntime has no Where of booleans.
        parts = [] if yes is None else [self.node("And", where, yes)]
        if no is not None:
            parts.append(self.node("And", self.node("Not", where), no))
        return self.either(*parts)

    def holds(self, condition: GraphValue) -> str:
        """Return where a condition is true: neither false nor NULL."""
        if condition.null is None:
            return condition.tensor
        return self.node("And", condition.tensor, self.node("Not", condition.null))

    def conjunction(self, first: GraphValue, second: GraphValue) -> GraphValue:
        """Return SQL's AND: false as soon as one is, NULL when that is not known."""
        tensor = self.node("And", self._or_true(first), self._or_true(second))
        return replace(
            self.combined(tensor, ValueKind.BOOLEAN, (first, second)), null=self._unknown(first, second, tensor)
        )

    def disjunction(self, first: GraphValue, second: GraphValue) -> GraphValue:
        """Return SQL's OR, by De Morgan's law."""
        return self.negation(self.conjunction(self.negation(first), self.negation(second)))

    def negation(self, condition: GraphValue) -> GraphValue:
        return replace(condition, tensor=self.node("Not", condition.tensor))

    def _or_true(self, condition: GraphValue) -> str:
        return condition.tensor if condition.null is None else self.node("Or", condition.tensor, condition.null)

    def _unknown(self, first: GraphValue, second: GraphValue, tensor: str) -> str | None:
        """Return where AND is NULL: one operand is, and neither is false."""
        null = self.either(first.null, second.null)
        return None if null is None else self.node("And", null, tensor)
