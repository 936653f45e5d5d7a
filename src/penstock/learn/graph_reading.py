"""Numbers and moments that stand in texts, read in an ONNX graph as DuckDB reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from penstock.learn.graph_date import part_of
from penstock.learn.graph_text import pieces
from penstock.learn.graph_value import GraphValue, Logic, ValueKind
from penstock.learn.schema import PAD_STRING

# Pieces of a text that are put together at most: a sign, and groups of three digits.
MOST_PIECES = 6
_DAY = 86_400.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTS = ("year", "month", "day", "hour", "minute", "second")


def read_number(logic: Logic, of: GraphValue, asked: object) -> GraphValue | None:
    """Return the number that a text's pieces make, NULL for a text of another shape: `asked` are the patterns of the
    whole and of a piece, and what the number is multiplied by where a pattern matches, the first of them.
    """
    from onnx import TensorProto

    if of.kind is not ValueKind.TEXT or not isinstance(asked, tuple):
        return None
    shape, piece, factors = asked
    known = _shaped(logic, of, shape)
    found = _first_pieces(logic, of, piece, MOST_PIECES)
    text = found[0]
    for following in found[1:]:
        text = logic.node("StringConcat", text, following)
    number = logic.node("Cast", logic.node("Where", known, text, logic.text("nan")), to=TensorProto.DOUBLE)
    if factors:
        number = logic.node("Mul", number, _factor(logic, of, factors))
    return GraphValue(number, ValueKind.DOUBLE, logic.either(of.null, logic.node("Not", known)))


def _factor(logic: Logic, of: GraphValue, factors: Sequence[tuple[str, float]]) -> str:
    found = logic.number(1.0)
    for like, by in reversed(factors):
        found = logic.node("Where", _shaped(logic, of, like), logic.number(by), found)
    return found


def read_moment(logic: Logic, of: GraphValue, asked: object) -> GraphValue | None:
    """Return the moment that a text says, NULL for a text of another shape or a day that no calendar has: `asked` are
    the pattern of the whole and the parts of a moment in the order of their digits, 'year' to 'second', or 'date' for
    a day in eight digits; last, 'half' where AM or PM stands behind, 'named' where a month has its English name.
    """
    if of.kind is not ValueKind.TEXT or not isinstance(asked, tuple):
        return None
    shape, parts = asked
    known = _shaped(logic, of, shape)
    said = _said(logic, of, known, [part for part in parts if part not in ("half", "named")])
    if "named" in parts:
        said["month"] = _factor(logic, of, [(f".*{name}.*", place) for place, name in enumerate(_MONTHS, 1)])
    if "half" in parts:
        said["hour"] = _of_half(logic, of, said["hour"])
    day = _days(logic, said["year"], said["month"], said["day"])
    seconds = _times(logic, day, _DAY)
    for part, length in (("hour", 3600.0), ("minute", 60.0), ("second", 1.0)):
        seconds = logic.node("Add", seconds, _times(logic, said[part], length))
    moment = GraphValue(seconds, ValueKind.MOMENT)
    for part in ("month", "day", "hour", "minute"):
        again = part_of(logic, moment, part)
        assert again is not None
        known = logic.node("And", known, logic.node("Equal", again.tensor, said[part]))
    return replace(moment, null=logic.either(of.null, logic.node("Not", known)))


def _shaped(logic: Logic, of: GraphValue, shape: str) -> str:
    return logic.node("RegexFullMatch", of.tensor, pattern=shape)


def _first_pieces(logic: Logic, of: GraphValue, pattern: str, count: int) -> list[str]:
    """Return the first matches of a pattern, [n, 1] each; '' where a text has no more."""
    found = pieces(logic, of, pattern)
    rows = logic.node("Shape", of.tensor, start=0, end=1)
    width = logic.graph.constant(np.array([count], np.int64))
    filled = logic.node("Expand", logic.text(PAD_STRING), logic.node("Concat", rows, width, axis=0))
    wide = logic.node("Concat", found, filled, axis=1)
    held = logic.node("Where", logic.node("Equal", wide, logic.text(PAD_STRING)), logic.text(""), wide)
    return [_column(logic, held, place) for place in range(count)]


def _column(logic: Logic, tensor: str, place: int) -> str:
    return logic.node("Gather", tensor, logic.graph.constant(np.array([place], np.int64)), axis=1)


def _said(logic: Logic, of: GraphValue, known: str, parts: Sequence[str]) -> dict[str, str]:
    """Return each part as a number; what a text of the shape does not say is the first of its kind."""
    from onnx import TensorProto

    said = {part: logic.number(1.0 if part == "day" else 0.0) for part in _PARTS}
    for part, text in zip(parts, _first_pieces(logic, of, "[0-9]+", len(parts)), strict=True):
        said[part] = logic.node("Cast", logic.node("Where", known, text, logic.text("1")), to=TensorProto.DOUBLE)
    if "date" in said:
        whole = said.pop("date")
        months = logic.node("Floor", _divided(logic, whole, 100.0))
        said["year"] = logic.node("Floor", _divided(logic, whole, 10_000.0))
        said["month"] = logic.node("Sub", months, _times(logic, said["year"], 100.0))
        said["day"] = logic.node("Sub", whole, _times(logic, months, 100.0))
    return said


def _of_half(logic: Logic, of: GraphValue, hour: str) -> str:
    """Return an hour of twelve as one of twenty-four."""
    later = logic.node("RegexFullMatch", of.tensor, pattern=r"(?s).*[Pp][Mm]\s*")
    noon = logic.node("Equal", hour, logic.number(12.0))
    of_half = logic.node("Where", noon, logic.number(0.0), hour)
    return logic.node("Where", later, logic.node("Add", of_half, logic.number(12.0)), of_half)


def _days(logic: Logic, year: str, month: str, day: str) -> str:
    """Return the days since 1970-01-01 of a date of the Gregorian calendar, counted in years that begin in March, so
    that the odd day of February comes last.
    """
    late = logic.node("Greater", month, logic.number(2.0))
    years = logic.node("Where", late, year, logic.node("Sub", year, logic.number(1.0)))
    since = logic.node("Where", late, logic.number(-3.0), logic.number(9.0))
    months = logic.node("Add", month, since)
    # Days of the months from March on: 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31.
    before = logic.node(
        "Floor", _divided(logic, logic.node("Add", _times(logic, months, 153.0), logic.number(2.0)), 5.0)
    )
    total = logic.node("Add", _times(logic, years, 365.0), logic.node("Add", before, day))
    for length, sign in ((4.0, "Add"), (100.0, "Sub"), (400.0, "Add")):
        total = logic.node(sign, total, logic.node("Floor", _divided(logic, years, length)))
    return logic.node("Sub", total, logic.number(719_469.0))


def _times(logic: Logic, tensor: str, by: float) -> str:
    return logic.node("Mul", tensor, logic.number(by))


def _divided(logic: Logic, tensor: str, by: float) -> str:
    return logic.node("Div", tensor, logic.number(by))
