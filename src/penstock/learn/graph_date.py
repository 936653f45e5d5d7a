"""SQL's dates and moments in an ONNX graph: seconds since 1970, cut up by arithmetic alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from penstock.learn.calendar_part import calendar_parts
from penstock.learn.graph import GraphTensor
from penstock.learn.graph_value import MOMENTS, GraphValue, Logic, ValueKind, kind_of

_DAY = 86_400.0
_STEPS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": _DAY}


def shifted(logic: Logic, operation: str, first: GraphValue, second: GraphValue) -> GraphValue | None:
    """Return a date or moment some time later or earlier, or the days between two dates."""
    operator = "Add" if operation == "add" else "Sub"
    kinds = (first.kind, second.kind)
    if kinds == (ValueKind.DATE, ValueKind.DATE) and operation == "subtract":
        days = logic.node("Div", logic.node("Sub", first.tensor, second.tensor), logic.number(_DAY))
        return logic.combined(days, ValueKind.INTEGER, (first, second))
    if kinds == (ValueKind.DATE, ValueKind.INTEGER):
        by = logic.node("Mul", second.tensor, logic.number(_DAY))
        return logic.combined(logic.node(operator, first.tensor, by), ValueKind.DATE, (first, second))
    if first.kind in MOMENTS and second.kind is ValueKind.DURATION:
        shifted = logic.node(operator, first.tensor, second.tensor)
        return logic.combined(shifted, ValueKind.MOMENT, (first, second))
    return None


def _parts(logic: Logic, of: GraphValue) -> Mapping[str, str]:
    # NULL is NaN here, of which a calendar makes NaN.
    def floor(tensor: GraphTensor) -> GraphTensor:
        return GraphTensor(logic.graph, logic.node("Floor", tensor.name))

    seconds = GraphTensor(logic.graph, of.tensor)
    return {name: tensor.name for name, tensor in calendar_parts(seconds, floor).items()}


def part_of(logic: Logic, of: GraphValue, part: object) -> GraphValue | None:
    if of.kind not in MOMENTS:
        return None
    if part == "epoch":
        return replace(of, kind=ValueKind.DOUBLE)
    parts = _parts(logic, of)
    match part:
        case "year" | "month" | "day" | "hour" | "minute":
            tensor = parts[part]
        case "doy":
            tensor = parts["day_of_year"]
        case "dow":
            tensor = logic.node("Sub", parts["day_of_week"], logic.number(1.0))
        case "isodow":
            sunday = logic.node("Equal", parts["day_of_week"], logic.number(1.0))
            weekday = logic.node("Sub", parts["day_of_week"], logic.number(1.0))
            tensor = logic.node("Where", sunday, logic.number(7.0), weekday)
        case "quarter":
            later = logic.node("Add", parts["month"], logic.number(2.0))
            tensor = logic.node("Floor", logic.node("Div", later, logic.number(3.0)))
        case "week":
            # Of ISO 8601: the week is that of its Thursday, counted from the beginning of Thursday's year.
            sunday = logic.node("Equal", parts["day_of_week"], logic.number(1.0))
            ahead = logic.node("Sub", logic.number(5.0), parts["day_of_week"])
            to_thursday = logic.node("Where", sunday, logic.number(-3.0), ahead)
            moved = logic.node("Add", of.tensor, logic.node("Mul", to_thursday, logic.number(_DAY)))
            day = _parts(logic, replace(of, tensor=moved))["day_of_year"]
            weeks = logic.node("Floor", logic.node("Div", logic.node("Sub", day, logic.number(1.0)), logic.number(7.0)))
            tensor = logic.node("Add", weeks, logic.number(1.0))
        case "second":
            whole = logic.node("Floor", of.tensor)
            tensor = logic.node("Sub", whole, floored(logic, whole, 60.0))
        case _:
            return None
    return replace(of, tensor=tensor, kind=ValueKind.INTEGER)


def floored(logic: Logic, tensor: str, step: float) -> str:
    steps = logic.node("Floor", logic.node("Div", tensor, logic.number(step)))
    return logic.node("Mul", steps, logic.number(step))


def truncated(logic: Logic, of: GraphValue, unit: object, arrow: str) -> GraphValue | None:
    kind = kind_of(arrow)
    if of.kind not in MOMENTS or kind not in MOMENTS:
        return None
    assert kind is not None
    if unit in _STEPS:
        return replace(of, tensor=floored(logic, of.tensor, _STEPS[str(unit)]), kind=kind)
    # So many days before this one the month, year or week (of which Monday is the first day) began.
    back = {"month": "day", "year": "doy", "week": "isodow"}.get(str(unit))
    since = part_of(logic, of, back)
    if since is None:
        return None
    days = logic.node("Sub", since.tensor, logic.number(1.0))
    begun = logic.node("Sub", floored(logic, of.tensor, _DAY), logic.node("Mul", days, logic.number(_DAY)))
    return replace(of, tensor=begun, kind=kind)


def elapsed(logic: Logic, first: GraphValue, second: GraphValue, unit: object) -> GraphValue | None:
    """Return how many whole units have gone by between two dates or moments."""
    if not {first.kind, second.kind} <= MOMENTS or unit not in _STEPS:
        return None
    gone = logic.node("Div", logic.node("Sub", second.tensor, first.tensor), logic.number(_STEPS[str(unit)]))
    whole = logic.node("Mul", logic.node("Sign", gone), logic.node("Floor", logic.node("Abs", gone)))
    return logic.combined(whole, ValueKind.INTEGER, (first, second))


def difference(logic: Logic, first: GraphValue, second: GraphValue, unit: object) -> GraphValue | None:
    """Return how many borders of a unit lie between two dates or moments."""
    if not {first.kind, second.kind} <= MOMENTS:
        return None
    if unit in _STEPS:
        step = logic.number(_STEPS[str(unit)])
        counts = [logic.node("Floor", logic.node("Div", value.tensor, step)) for value in (first, second)]
    elif unit in ("month", "year"):
        parts = [_parts(logic, value) for value in (first, second)]
        counts = [part["year"] for part in parts]
        if unit == "month":
            twelve = logic.number(12.0)
            counts = [logic.node("Add", logic.node("Mul", part["year"], twelve), part["month"]) for part in parts]
    else:
        return None
    tensor = logic.node("Sub", counts[1], counts[0])
    return logic.combined(tensor, ValueKind.INTEGER, (first, second))
