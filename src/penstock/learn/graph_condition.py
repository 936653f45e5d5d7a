"""SQL's conditions and choices in an ONNX graph, with the three values of its logic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.graph_value import MOMENTS, NUMBERS, GraphValue, Logic, ValueKind, as_type

_COMPARISONS = {
    "equal": "Equal",
    "less": "Less",
    "at_most": "LessOrEqual",
    "greater": "Greater",
    "at_least": "GreaterOrEqual",
}
COMPARED = frozenset({*_COMPARISONS, "not_equal", "in", "nullif", "same", "not_same"})


def compared(
    logic: Logic, operation: str, values: Sequence[GraphValue], expression: ScalarExpression
) -> GraphValue | None:
    match operation:
        case "in":
            found = _comparison(logic, "equal", values[0], values[1])
            for item in values[2:]:
                more = _comparison(logic, "equal", values[0], item)
                found = logic.disjunction(found, more) if found and more else None
            return found
        case "not_equal":
            equal = _comparison(logic, "equal", *values)
            return logic.negation(equal) if equal else None
        case "nullif":
            return _nullif(logic, values[0], values[1], expression.type)
        case "same" | "not_same":
            return _same(logic, operation, values[0], values[1])
    return _comparison(logic, operation, *values)


def _comparison(logic: Logic, operation: str, first: GraphValue, second: GraphValue) -> GraphValue | None:
    kinds = {first.kind, second.kind}
    if ValueKind.NOTHING in kinds:
        return GraphValue(logic.truth(False), ValueKind.BOOLEAN, logic.truth(True))
    alike = kinds <= NUMBERS or kinds <= MOMENTS or (operation == "equal" and len(kinds) == 1)
    if not alike or kinds == {ValueKind.DURATION}:
        return None
    tensor = logic.node(_COMPARISONS[operation], first.tensor, second.tensor)
    return logic.combined(tensor, ValueKind.BOOLEAN, (first, second))


def _nullif(logic: Logic, first: GraphValue, second: GraphValue, arrow: str) -> GraphValue | None:
    equal = _comparison(logic, "equal", first, second)
    if equal is None:
        return None
    null = logic.either(first.null, logic.holds(equal))
    found = replace(first, null=null, doubt=equal.doubt)
    return as_type(found, arrow)


def _same(logic: Logic, operation: str, first: GraphValue, second: GraphValue) -> GraphValue | None:
    equal = _comparison(logic, "equal", first, second)
    if equal is None:
        return None
    tensor = logic.holds(equal)
    neither = logic.both(first.null, second.null)
    tensor = tensor if neither is None else logic.node("Or", tensor, neither)
    same = GraphValue(tensor, ValueKind.BOOLEAN, None, doubt=equal.doubt)
    return logic.negation(same) if operation == "not_same" else same


def is_null(logic: Logic, of: GraphValue) -> GraphValue:
    return GraphValue(of.null or logic.truth(False), ValueKind.BOOLEAN, doubt=of.doubt)


def is_truth(logic: Logic, of: GraphValue, wanted: object) -> GraphValue | None:
    if of.kind is not ValueKind.BOOLEAN:
        return None
    found = of if wanted else logic.negation(of)
    return replace(found, tensor=logic.holds(found), null=None)


def finite(logic: Logic, operation: str, of: GraphValue) -> GraphValue | None:
    if of.kind not in NUMBERS:
        return None
    if operation == "is_nan":
        # A number that is none never gets here: it is in doubt where it comes up.
        return GraphValue(logic.truth(False), ValueKind.BOOLEAN, of.null, doubt=of.doubt)
    infinite = logic.combined(logic.node("IsInf", of.tensor), ValueKind.BOOLEAN, (of,))
    return logic.negation(infinite) if operation == "is_finite" else infinite


def case(logic: Logic, values: Sequence[GraphValue], arrow: str) -> GraphValue | None:
    conditions, results = values[:-1:2], [as_type(value, arrow) for value in (*values[1:-1:2], values[-1])]
    if any(condition.kind not in (ValueKind.BOOLEAN, ValueKind.NOTHING) for condition in conditions):
        return None
    found = results[-1]
    for condition, result in zip(reversed(conditions), reversed(results[:-1]), strict=True):
        if found is None or result is None:
            return None
        if condition.kind is not ValueKind.NOTHING:
            chosen = logic.chosen(logic.holds(condition), result, found)
            found = replace(chosen, doubt=logic.either(chosen.doubt, condition.doubt))
    return found


def coalesce(logic: Logic, values: Sequence[GraphValue], arrow: str) -> GraphValue | None:
    found = as_type(values[-1], arrow)
    for value in reversed(values[:-1]):
        result = as_type(value, arrow)
        if found is None or result is None:
            return None
        if result.null is None:
            found = result
        else:
            present = logic.node("Not", result.null)
            chosen = logic.chosen(present, replace(result, null=None, doubt=None), found)
            found = replace(
                chosen, null=logic.both(result.null, found.null), doubt=logic.either(chosen.doubt, result.doubt)
            )
    return found


def connected(logic: Logic, operation: str, values: Sequence[GraphValue]) -> GraphValue | None:
    conditions = [_condition(logic, value) for value in values]
    first, second = conditions
    if first is None or second is None:
        return None
    return logic.conjunction(first, second) if operation == "and" else logic.disjunction(first, second)


def _condition(logic: Logic, value: GraphValue) -> GraphValue | None:
    if value.kind is ValueKind.NOTHING:
        return replace(value, tensor=logic.truth(False), kind=ValueKind.BOOLEAN)
    return value if value.kind is ValueKind.BOOLEAN else None


def negated(logic: Logic, value: GraphValue) -> GraphValue | None:
    """Return NOT."""
    condition = _condition(logic, value)
    return None if condition is None else logic.negation(condition)
