"""Scalar SQL as nodes of an ONNX graph, as DuckDB would compute it.

What a graph cannot compute as DuckDB does raises NotCompiled while it is built. What it cannot compute for some rows
only (a whole number that overflows, the logarithm of zero) is in doubt: a mask of rows whose answer is to be asked of
DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn import graph_condition, graph_date, graph_number, graph_reading, graph_text
from penstock.learn.graph import GraphBuilder, input_name
from penstock.learn.graph_value import (
    EXACT,
    NUMBERS,
    GraphValue,
    Logic,
    NotCompiled,
    ValueKind,
    as_type,
    kind_of,
    scale_of,
)
from penstock.learn.schema import NULL_STRING, Feature, FeatureType

_DAY = 86_400.0
_FEATURE_KINDS: Mapping[FeatureType, frozenset[ValueKind]] = {
    FeatureType.NUMBER: NUMBERS,
    FeatureType.BOOLEAN: frozenset({ValueKind.BOOLEAN}),
    FeatureType.STRING: frozenset({ValueKind.TEXT}),
    FeatureType.DATE: frozenset({ValueKind.DATE}),
    FeatureType.TIMESTAMP: frozenset({ValueKind.MOMENT}),
}


class ExpressionGraph:
    """Appends expressions over raw columns to a graph, each once."""

    def __init__(self, graph: GraphBuilder, columns: Sequence[Feature]) -> None:
        self._logic = Logic(graph)
        self._columns = {column.name.casefold(): column for column in columns}
        self._made: dict[ScalarExpression, GraphValue] = {}
        self._rows: str | None = None

    def value(self, expression: ScalarExpression) -> GraphValue:
        """Return the value of an expression whose types are known; raises NotCompiled."""
        if expression not in self._made:
            self._made[expression] = self._make(expression)
        return self._made[expression]

    def feature(self, value: GraphValue, kind: FeatureType) -> str:
        """Return a value as a model's input, [n, 1]: NaN or NULL_STRING for NULL.

        Raises NotCompiled for a value of another kind.
        """
        if value.kind not in _FEATURE_KINDS.get(kind, frozenset()):
            raise NotCompiled(f"a result of type {value.kind} as {kind}")
        logic = self._logic
        tensor = _as_number(logic, value) if value.kind is ValueKind.BOOLEAN else value.tensor
        if value.null is not None:
            nothing = logic.text(NULL_STRING) if value.kind is ValueKind.TEXT else logic.number(float("nan"))
            tensor = logic.node("Where", value.null, nothing, tensor)
        return self._for_each_row(tensor)

    def doubt(self, values: Sequence[GraphValue]) -> str | None:
        """Return where one of the values is in doubt, [n, 1]; None for nowhere."""
        found = self._logic.either(*(value.doubt for value in values))
        return None if found is None else self._for_each_row(found)

    def _for_each_row(self, tensor: str) -> str:
        """Return a tensor that may hold one value for all rows as one of [n, 1]."""
        if self._rows is None:
            logic = self._logic
            count = logic.node("Shape", input_name(next(iter(self._columns.values())).name), start=0, end=1)
            one = logic.graph.constant(np.array([1], np.int64))
            self._rows = logic.node("Concat", count, one, axis=0)
        return self._logic.node("Expand", tensor, self._rows)

    def _make(self, expression: ScalarExpression) -> GraphValue:
        operation = expression.operation
        if operation.startswith("?"):
            raise NotCompiled(operation[1:])
        if operation == "column":
            return self._column(str(expression.value))
        if operation == "constant":
            return self._constant(expression)
        if operation == "refused":
            # A row that gets here is one that DuckDB does not answer either.
            nothing = self._constant(ScalarExpression("constant"))
            return replace(nothing, doubt=self._logic.truth(True))
        if kind_of(expression.type) is None:
            raise NotCompiled(f"a result of type {expression.type}")
        arguments = [self.value(argument) for argument in expression.arguments]
        make = _OPERATIONS.get(operation)
        found = make(self._logic, arguments, expression) if make is not None else None
        if found is None:
            raise NotCompiled(f"{expression.sql} of {', '.join(argument.kind for argument in arguments)}")
        return found

    def _column(self, name: str) -> GraphValue:
        column = self._columns.get(name.casefold())
        kind = kind_of(column.arrow) if column is not None else None
        if column is None or kind is None:
            raise NotCompiled(f"the column {name} of type {column.arrow if column else 'unknown'}")
        raw, logic = input_name(column.name), self._logic
        if kind is ValueKind.TEXT:
            return GraphValue(raw, kind, logic.node("Equal", raw, logic.text(NULL_STRING)))
        null = logic.node("IsNaN", raw)
        if kind is ValueKind.BOOLEAN:
            return GraphValue(logic.node("Equal", raw, logic.number(1.0)), kind, null)
        found = GraphValue(raw, kind, null, scale_of(column.arrow))
        if kind in (ValueKind.INTEGER, ValueKind.DECIMAL):
            return logic.doubted(found, self._inexact(found))
        return found

    def _inexact(self, value: GraphValue) -> str:
        """Return where a caller sent a number that the column's type does not hold: DuckDB takes another one then."""
        logic = self._logic
        power = 10.0**value.scale
        units = logic.node("Mul", value.tensor, logic.number(power))
        near = logic.node("Less", logic.node("Abs", units), logic.number(EXACT / 8))
        held = logic.node("Equal", value.tensor, logic.node("Div", logic.node("Round", units), logic.number(power)))
        return logic.node("Not", logic.node("And", near, held))

    def _constant(self, expression: ScalarExpression) -> GraphValue:
        value, logic = expression.value, self._logic
        match value:
            case None:
                return GraphValue(logic.number(0.0), ValueKind.NOTHING, logic.truth(True))
            case bool():
                return GraphValue(logic.truth(value), ValueKind.BOOLEAN, None)
            case str():
                return GraphValue(logic.text(value), ValueKind.TEXT, None)
            case timedelta():
                return GraphValue(logic.number(value.total_seconds()), ValueKind.DURATION, None)
            case datetime():
                seconds = (value.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
                return GraphValue(logic.number(seconds), ValueKind.MOMENT, None)
            case date():
                return GraphValue(logic.number((value - date(1970, 1, 1)).days * _DAY), ValueKind.DATE, None)
            case int() | float():
                kind = kind_of(expression.type)
                if kind is ValueKind.DOUBLE or (kind is not None and kind in NUMBERS and abs(value) < EXACT):
                    return GraphValue(logic.number(float(value)), kind, None, scale_of(expression.type))
        raise NotCompiled(f"the constant {expression.sql}")


def _as_number(logic: Logic, value: GraphValue) -> str:
    return logic.node("Where", value.tensor, logic.number(1.0), logic.number(0.0))


def _cast(logic: Logic, of: GraphValue, arrow: str) -> GraphValue | None:
    kind = kind_of(arrow)
    if kind is None or of.kind is ValueKind.NOTHING:
        return of if kind is not None else None
    if of.kind is ValueKind.BOOLEAN and kind in (ValueKind.INTEGER, ValueKind.DOUBLE):
        return replace(of, tensor=_as_number(logic, of), kind=kind)
    if of.kind in NUMBERS and kind in NUMBERS:
        return graph_number.cast_number(logic, of, kind, arrow)
    if of.kind in NUMBERS and kind is ValueKind.BOOLEAN:
        zero = logic.node("Equal", of.tensor, logic.number(0.0))
        return replace(of, tensor=logic.node("Not", zero), kind=kind, scale=0)
    if of.kind is ValueKind.MOMENT and kind is ValueKind.DATE:
        return replace(of, tensor=graph_date.floored(logic, of.tensor, _DAY), kind=kind)
    return graph_text.as_text(logic, of) if kind is ValueKind.TEXT else as_type(of, arrow)


def _sum(logic: Logic, of: list[GraphValue], made: ScalarExpression) -> GraphValue | None:
    found = graph_number.arithmetic(logic, made.operation, of[0], of[1], made.type)
    return found or graph_date.shifted(logic, made.operation, of[0], of[1])


_Make = Callable[[Logic, list[GraphValue], ScalarExpression], GraphValue | None]


def _each(operations: Sequence[str], make: _Make) -> dict[str, _Make]:
    return dict.fromkeys(operations, make)


_OPERATIONS: Mapping[str, _Make] = {
    **_each(("add", "subtract"), _sum),
    **_each(
        ("multiply", "divide"),
        lambda to, of, made: graph_number.arithmetic(to, made.operation, of[0], of[1], made.type),
    ),
    **_each(
        ("divide_whole", "modulo"),
        lambda to, of, made: graph_number.quotient(to, made.operation, of[0], of[1], made.type),
    ),
    **_each(
        tuple(graph_number.FUNCTIONS), lambda to, of, made: graph_number.function_of(to, made.operation, of[0], made)
    ),
    **_each(("greatest", "least"), lambda to, of, made: graph_number.extreme(to, made.operation, of, made.type)),
    **_each(
        tuple(graph_condition.COMPARED), lambda to, of, made: graph_condition.compared(to, made.operation, of, made)
    ),
    **_each(("and", "or"), lambda to, of, made: graph_condition.connected(to, made.operation, of)),
    **_each(
        ("is_nan", "is_finite", "is_infinite"), lambda to, of, made: graph_condition.finite(to, made.operation, of[0])
    ),
    **_each(("concatenate", "join"), lambda to, of, made: graph_text.concatenated(to, made.operation, of)),
    "power": lambda to, of, _: graph_number.power(to, of[0], of[1]),
    "round": lambda to, of, made: graph_number.rounded(to, of[0], made),
    "not": lambda to, of, _: graph_condition.negated(to, of[0]),
    "is_null": lambda to, of, _: graph_condition.is_null(to, of[0]),
    "is": lambda to, of, made: graph_condition.is_truth(to, of[0], made.value),
    "case": lambda to, of, made: graph_condition.case(to, of, made.type),
    "coalesce": lambda to, of, made: graph_condition.coalesce(to, of, made.type),
    "cast": lambda to, of, made: _cast(to, of[0], made.type),
    "matches": lambda to, of, made: graph_text.matches(to, of[0], made.value),
    "read_number": lambda to, of, made: graph_reading.read_number(to, of[0], made.value),
    "read_moment": lambda to, of, made: graph_reading.read_moment(to, of[0], made.value),
    "place_in": lambda to, of, made: graph_text.place_in(to, of[0], made.value),
    "look_up": lambda to, of, made: graph_text.look_up(to, of[0], made.value),
    "count_matches": lambda to, of, made: graph_text.count_matches(to, of[0], made.value),
    "ngrams": lambda to, of, made: graph_text.ngrams(to, of[0], made.value),
    "project": lambda to, of, made: graph_text.project(to, of[0], of[1], made.value),
    "item": lambda to, of, made: graph_text.item(to, of[0], made.value),
    "part": lambda to, of, made: graph_date.part_of(to, of[0], made.value),
    "truncate": lambda to, of, made: graph_date.truncated(to, of[0], made.value, made.type),
    "elapsed": lambda to, of, made: graph_date.elapsed(to, of[0], of[1], made.value),
    "difference": lambda to, of, made: graph_date.difference(to, of[0], of[1], made.value),
}
