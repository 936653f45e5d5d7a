"""A value that stands several times in what is made of it, written once where copies of it would be long."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from sqlglot import exp

from penstock.sql.function_call import function_call as _call

# A longer value is named. Copies of copies would grow with the power of the depth, and so would the time to plan them.
LONGEST_COPY = 40
_NAME = "penstock_value"
# These give another value each time that they are written.
_CHANGING = (exp.Rand, exp.Uuid)


def with_named(made: Callable[..., exp.Expr], *values: exp.Expr, always: bool = False) -> exp.Expr:
    """Return what `made` makes of expressions that stand for the values: they may be used as often as need be.

    Long values stand once, as `list_transform([{'a': x, 'b': y}], lambda v: …)[1]`, short ones as they are unless
    `always`. A long value is taken out of its tree: copies of it at each depth would take as long.
    """
    if not always and not any(map(is_long, values)):
        return made(*(value.copy() for value in values))
    names = [chr(ord("a") + place) for place in range(len(values))]
    fields = [
        exp.PropertyEQ(this=exp.to_identifier(name), expression=value)
        for name, value in zip(names, values, strict=True)
    ]
    uses = [_call("struct_extract", exp.column(_NAME), exp.Literal.string(name)) for name in names]
    body = exp.Lambda(this=made(*uses), expressions=[exp.to_identifier(_NAME)])
    one = exp.Array(expressions=[exp.Struct(expressions=fields)])
    each = exp.Anonymous(this="list_transform", expressions=[one, body])
    return exp.Anonymous(this="list_extract", expressions=[each, exp.Literal.number(1)])


def is_long(value: exp.Expr) -> bool:
    """Say whether a value is too long to be copied, or would not be the same in each copy."""
    return next(islice(value.walk(), LONGEST_COPY, None), None) is not None or value.find(*_CHANGING) is not None
