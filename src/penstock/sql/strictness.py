"""Where BigQuery fails, or gives NULL, and DuckDB gives a value: division by zero, texts that are no whole number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from penstock.sql.function_call import function_call as _call
from penstock.sql.named_value import is_long, with_named
from penstock.sql.text_form import cast_text

# Within these an error becomes NULL; DuckDB's `try` takes nothing that can raise one by name.
TRIED = (exp.SafeFunc, exp.SafeAdd, exp.SafeSubtract, exp.SafeMultiply, exp.SafeNegate)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)
# What gives a number whatever it is made of.
NUMBERS = (
    *(*ARITHMETIC, exp.Neg, exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Floor, exp.Ceil, exp.Round, exp.Trunc),
    *(exp.Length, exp.Extract, exp.DateDiff, exp.TimestampDiff, exp.UnixDate, exp.Rand, exp.RowNumber),
)
WHOLE_NUMBER = r"\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*"
# Marks the divisor that `divided` has made.
_DIVISOR = "penstock_divisor"


def divided(node: exp.Expr) -> exp.Expr:
    """Return a division, DIV or MOD that fails by a zero, and is NULL where what is divided is.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#arithmetic_operators
    """
    divisor = node.args["expression"]
    if _is_never_zero(divisor):
        return node
    problem = exp.Null() if node.find_ancestor(*TRIED) else _call("error", exp.Literal.string("division by zero"))
    if not any(map(is_long, (divisor, *_operands(node.this)))):
        return _checked(node, problem)

    def made(dividend: exp.Expr, by: exp.Expr) -> exp.Expr:
        return _checked(type(node)(**{**node.args, "this": dividend, "expression": by}), problem)

    return with_named(made, node.this, divisor)


def safely_divided(node: exp.Expr) -> exp.Expr:
    """Return SAFE_DIVIDE, whose divisor stands twice in DuckDB's words."""
    divisor = node.args["expression"]
    if not is_long(divisor) and divisor.find(exp.SafeDivide) is None:
        return node
    return with_named(lambda left, by: exp.SafeDivide(this=left, expression=by), node.this, divisor, always=True)


def _checked(node: exp.Expr, problem: exp.Expr) -> exp.Expr:
    """Return a division whose divisor is tested for zero before it divides."""
    divisor, zero = node.args["expression"], exp.Literal.number(0)
    if isinstance(problem, exp.Null):
        node.set("expression", exp.Nullif(this=exp.paren(divisor.copy()), expression=zero))
        return node
    by_zero = exp.paren(divisor.copy()).eq(zero)
    given = (exp.Not(this=exp.Is(this=exp.paren(part.copy()), expression=exp.Null())) for part in _operands(node.this))
    checked = exp.Case().when(exp.and_(by_zero, *given), problem).else_(divisor.copy())
    checked.meta[_DIVISOR] = True
    node.set("expression", checked)
    return node


def cast(node: exp.Expr) -> exp.Expr:
    """Return CAST and SAFE_CAST as BigQuery reads texts and writes numbers."""
    assert isinstance(node, exp.Cast)
    if not node.to.is_type(*exp.DataType.INTEGER_TYPES) or node.args.get("format"):
        return cast_text(node)
    return _whole_number(node)


def _whole_number(node: exp.Cast) -> exp.Expr:
    """Return a cast to INT64, which takes a text of a whole number only; DuckDB rounds '1.5' and reads '1e3'.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions#cast-as-integer
    """
    value = node.this
    if isinstance(_bare(value), (*NUMBERS, exp.Boolean, exp.Null)):
        return node
    literal = _bare(value)
    if isinstance(literal, exp.Literal) and (not literal.is_string or re.fullmatch(WHOLE_NUMBER, literal.name)):
        return node
    tried = isinstance(node, exp.TryCast) or node.find_ancestor(*TRIED) is not None

    def made(given: exp.Expr) -> exp.Expr:
        kind, whole = _call("typeof", given), type(node)(**{**node.args, "this": given.copy()})
        strict = exp.Case().when(_is_whole(given), whole).else_(_refused(given, tried=tried))
        return exp.Case(this=kind).when(exp.Literal.string("VARCHAR"), strict).else_(whole.copy())

    return with_named(made, value)


def _is_whole(value: exp.Expr) -> exp.Expr:
    return _call("regexp_full_match", exp.cast(value.copy(), "text"), exp.Literal.string(WHOLE_NUMBER))


def _refused(value: exp.Expr, *, tried: bool) -> exp.Expr:
    """Return NULL, or the error of a text that is no whole number."""
    if tried:
        return exp.Null()
    text = exp.cast(value.copy(), "text")
    message = exp.DPipe(this=exp.Literal.string("Bad int64 value: "), expression=text)
    given = exp.Not(this=exp.Is(this=text.copy(), expression=exp.Null()))
    return exp.Case().when(given, _call("error", message))


def _is_never_zero(divisor: exp.Expr) -> bool:
    """Say whether a divisor is a written number other than 0, or NULL instead of 0."""
    value = _bare(divisor)
    if isinstance(value, exp.Nullif):
        other = _bare(value.expression)
        return isinstance(other, exp.Literal) and not other.is_string and float(other.name) == 0
    return isinstance(value, exp.Literal) and not value.is_string and float(value.name) != 0


def _operands(value: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what arithmetic is made of: it is NULL where one of these is, and only there."""
    if isinstance(value, exp.Paren | exp.Neg) or type(value) is exp.Cast:
        yield from _operands(value.this)
    elif isinstance(value, ARITHMETIC):
        yield from _operands(value.this)
        yield from _operands(value.args["expression"])
    elif value.meta.get(_DIVISOR):
        yield from _operands(value.args["default"])
    elif not isinstance(value, exp.Literal):
        yield value


def _bare(value: exp.Expr) -> exp.Expr:
    """Return what stands within brackets, signs and casts to a number."""
    while isinstance(value, exp.Paren | exp.Neg) or (
        type(value) is exp.Cast and value.to.is_type(*exp.DataType.NUMERIC_TYPES)
    ):
        value = value.this
    return value
