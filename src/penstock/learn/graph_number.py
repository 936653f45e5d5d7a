"""SQL's arithmetic in an ONNX graph, as DuckDB calculates: whole numbers and decimals exactly, or in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from penstock.core.scalar_expression import ScalarExpression
from penstock.learn.graph_value import EXACT, MOMENTS, NUMBERS, GraphValue, Logic, ValueKind, as_type, kind_of, scale_of

# What fits into DuckDB's whole numbers; of those not named here float64 holds less.
_GREATEST = {"int8": 2.0**7, "int16": 2.0**15, "int32": 2.0**31, "uint8": 2.0**8, "uint16": 2.0**16, "uint32": 2.0**32}
_OPERATORS = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"}
# By function its node, and the comparison with 0 that DuckDB refuses.
FUNCTIONS: Mapping[str, tuple[str, str | None]] = {
    "negate": ("Neg", None),
    "absolute": ("Abs", None),
    "floor": ("Floor", None),
    "ceiling": ("Ceil", None),
    "sign": ("Sign", None),
    "exponential": ("Exp", None),
    "sine": ("Sin", None),
    "cosine": ("Cos", None),
    "truncate_number": ("Floor", None),
    "square_root": ("Sqrt", "Less"),
    "logarithm": ("Log", "LessOrEqual"),
}


def arithmetic(logic: Logic, operation: str, first: GraphValue, second: GraphValue, arrow: str) -> GraphValue | None:
    kinds = {first.kind, second.kind}
    kind = kind_of(arrow)
    if kinds <= NUMBERS and kind in NUMBERS:
        operator = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"}[operation]
        tensor = logic.node(operator, first.tensor, second.tensor)
        return counted(logic, tensor, (first, second), arrow)
    return None


def counted(logic: Logic, tensor: str, of: Sequence[GraphValue], arrow: str) -> GraphValue:
    """Return a number of an Arrow type; where it would overflow or is not a number is in doubt."""
    kind = kind_of(arrow)
    assert kind is not None
    scale = scale_of(arrow)
    if kind is ValueKind.DOUBLE:
        return logic.doubted(logic.combined(tensor, kind, of), logic.node("IsNaN", tensor))
    if kind is ValueKind.DECIMAL:
        power = logic.number(10.0**scale)
        units = logic.node("Mul", tensor, power)
        beyond = _at_least(logic, units, EXACT / 8)
        rounded = logic.node("Div", half_away(logic, units), power)
        return logic.doubted(logic.combined(rounded, kind, of, scale), beyond)
    beyond = _at_least(logic, tensor, _GREATEST.get(arrow, EXACT))
    if arrow.startswith("u"):
        beyond = logic.node("Or", beyond, logic.node("Less", tensor, logic.number(0.0)))
    return logic.doubted(logic.combined(tensor, kind, of), beyond)


def _at_least(logic: Logic, tensor: str, bound: float) -> str:
    """Return where a number is so far from zero, or is none."""
    near = logic.node("Less", logic.node("Abs", tensor), logic.number(bound))
    return logic.node("Not", near)


def half_away(logic: Logic, tensor: str) -> str:
    """Return the nearest whole number, of two the one further from zero."""
    size = logic.node("Abs", tensor)
    below = logic.node("Floor", size)
    up = logic.node("GreaterOrEqual", logic.node("Sub", size, below), logic.number(0.5))
    rounded = logic.node("Where", up, logic.node("Add", below, logic.number(1.0)), below)
    return logic.node("Mul", logic.node("Sign", tensor), rounded)


def quotient(logic: Logic, operation: str, first: GraphValue, second: GraphValue, arrow: str) -> GraphValue | None:
    """Return the whole quotient or the remainder of whole numbers; NULL for a divisor of zero."""
    if {first.kind, second.kind} != {ValueKind.INTEGER}:
        return None
    zero = logic.node("Equal", second.tensor, logic.number(0.0))
    divisor = logic.node("Where", zero, logic.number(1.0), second.tensor)
    if operation == "modulo":
        tensor = logic.node("Mod", first.tensor, divisor, fmod=1)
    else:
        exact = logic.node("Div", first.tensor, divisor)
        tensor = logic.node("Mul", logic.node("Sign", exact), logic.node("Floor", logic.node("Abs", exact)))
    found = counted(logic, tensor, (first, second), arrow)
    return replace(found, null=logic.either(found.null, zero))


def power(logic: Logic, first: GraphValue, second: GraphValue) -> GraphValue | None:
    if not {first.kind, second.kind} <= NUMBERS:
        return None
    return counted(logic, logic.node("Pow", first.tensor, second.tensor), (first, second), "double")


def function_of(logic: Logic, operation: str, of: GraphValue, expression: ScalarExpression) -> GraphValue | None:
    """Return a function of one number; what DuckDB refuses to compute is in doubt."""
    if of.kind not in NUMBERS:
        return None
    operator, refused = FUNCTIONS[operation]
    if refused is not None:
        of = logic.doubted(of, logic.node(refused, of.tensor, logic.number(0.0)))
    if operation == "truncate_number":
        tensor = logic.node("Mul", logic.node("Sign", of.tensor), logic.node("Floor", logic.node("Abs", of.tensor)))
    else:
        tensor = logic.node(operator, of.tensor)
    if operation == "logarithm" and expression.value is not None:
        assert isinstance(expression.value, int)
        base = logic.node("Log", logic.number(float(expression.value)))
        tensor = logic.node("Div", tensor, base)
    return counted(logic, tensor, (of,), expression.type)


def rounded(logic: Logic, of: GraphValue, expression: ScalarExpression) -> GraphValue | None:
    places = expression.value
    if of.kind not in NUMBERS or not isinstance(places, int) or not 0 <= places <= 15:
        return None
    power = logic.number(10.0**places)
    if of.kind is ValueKind.DECIMAL:
        if places >= of.scale:
            return counted(logic, of.tensor, (of,), expression.type)
        units = half_away(logic, logic.node("Mul", of.tensor, logic.number(10.0**of.scale)))
        tensor = half_away(logic, logic.node("Div", units, logic.number(10.0 ** (of.scale - places))))
        return counted(logic, logic.node("Div", tensor, power), (of,), expression.type)
    rounded = logic.node("Div", half_away(logic, logic.node("Mul", of.tensor, power)), power)
    # As DuckDB does where the power leaves the range of numbers.
    beyond = logic.node("Or", logic.node("IsNaN", rounded), logic.node("IsInf", rounded))
    return counted(logic, logic.node("Where", beyond, of.tensor, rounded), (of,), expression.type)


def extreme(logic: Logic, operation: str, values: Sequence[GraphValue], arrow: str) -> GraphValue | None:
    """Return the greatest or least of the values that are not NULL."""
    kinds = {value.kind for value in values} - {ValueKind.NOTHING}
    if not (kinds <= NUMBERS or (kinds <= MOMENTS and len(kinds) == 1)):
        return None
    found = values[0]
    for value in values[1:]:
        tensor = logic.node("Max" if operation == "greatest" else "Min", found.tensor, value.tensor)
        if value.null is not None:
            tensor = logic.node("Where", value.null, found.tensor, tensor)
        if found.null is not None:
            tensor = logic.node("Where", found.null, value.tensor, tensor)
        null = logic.both(found.null, value.null)
        kind = found.kind if value.kind is ValueKind.NOTHING else value.kind
        found = replace(logic.combined(tensor, kind, (found, value)), null=null)
    return as_type(found, arrow)


def cast_number(logic: Logic, of: GraphValue, kind: ValueKind, arrow: str) -> GraphValue | None:
    if kind is ValueKind.DOUBLE:
        return replace(of, kind=kind, scale=0)
    if kind is ValueKind.DECIMAL:
        return None if of.kind is ValueKind.DOUBLE else counted(logic, of.tensor, (of,), arrow)
    # DuckDB rounds a DOUBLE half to even and a DECIMAL half away from zero.
    rounded = half_away(logic, of.tensor) if of.kind is ValueKind.DECIMAL else logic.node("Round", of.tensor)
    return counted(logic, rounded, (of,), arrow)
