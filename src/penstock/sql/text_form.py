"""Numbers as BigQuery writes them in texts: a FLOAT64 without a last .0, a NUMERIC without last zeros."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from penstock.sql.function_call import function_call as _call
from penstock.sql.named_value import with_named

# What gives a text whatever it is made of.
TEXTS = (exp.Concat, exp.DPipe, exp.Upper, exp.Lower, exp.Trim, exp.Substring, exp.Replace, exp.JSONFormat)
# Marks what this module has made of a number.
_TEXT = "penstock_text"
# A text of JSON is passed over, so that nothing within it is taken for a number.
JSON_NUMBER = r'("(?:[^"\\]|\\.)*")|(-?[0-9]+)\.0([,}\]]|$)'


def cast_text(node: exp.Expr) -> exp.Expr:
    """Return CAST(x AS STRING) with BigQuery's words for numbers.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions#cast-as-string
    """
    assert isinstance(node, exp.Cast)
    if not node.to.is_type("text") or node.to.expressions:
        return node
    if node.args.get("format"):
        raise UnsupportedError("CAST … AS STRING has no FORMAT here; FORMAT_DATE, FORMAT_TIMESTAMP and FORMAT have.")
    if _is_text(node.this):
        return node
    return _written(_typed(node.this), lambda value: type(node)(**{**node.args, "this": value}))


def joined_texts(node: exp.Expr) -> exp.Expr:
    """Return CONCAT with its numbers written as CAST writes them, where a text among its parts says that all become
    texts: else they may be bytes.
    """
    if not any(_is_text(part) for part in node.expressions):
        return node
    for part in node.expressions:
        if not _is_text(part):
            part.replace(_written(_typed(part), lambda value: exp.cast(value, "text")))
    return node


def _written(value: exp.Expr, cast: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    text = with_named(lambda given: as_text(given, cast(given.copy())), value)
    text.meta[_TEXT] = True
    return text


def json_text(node: exp.Expr) -> exp.Expr:
    """Return TO_JSON_STRING with its whole FLOAT64 written without a fraction."""
    options = node.args.get("options")
    if node.args.get("to_json"):
        return node
    written: exp.Expr = exp.cast(_call("to_json", node.this), "text")
    if options is not None and not isinstance(options, exp.Boolean | exp.Literal):
        return node
    if isinstance(options, exp.Boolean) and options.this:
        written = _call("json_pretty", exp.cast(written, "json"))
    return _replaced(written, JSON_NUMBER, r"\1\2\3", "g")


def as_text(value: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    """Return a FLOAT64 or NUMERIC as a text, and `otherwise` for a value of another type, which DuckDB knows."""
    kind = _call("typeof", value)
    text = exp.cast(value.copy(), "text")
    number = exp.TryCast(this=text.copy(), to=exp.DataType.build("double"))
    short, long = (_call("printf", exp.Literal.string(form), number) for form in ("%.15g", "%.17g"))
    # The shorter of the two that reads as the same number; zero has no sign.
    same = exp.TryCast(this=short.copy(), to=exp.DataType.build("double")).eq(number.copy())
    float_text = exp.Case()
    float_text = float_text.when(number.copy().eq(0), exp.Literal.string("0"))
    float_text = float_text.when(same, short).else_(long)
    choices = exp.Case(this=kind)
    choices = choices.when(exp.Literal.string("DOUBLE"), float_text)
    choices = choices.when(exp.Literal.string("FLOAT"), float_text.copy())
    shortened = exp.Case(this=_call("left", kind, exp.Literal.number(7)))
    shortened = shortened.when(exp.Literal.string("DECIMAL"), decimal_text(text))
    return choices.else_(shortened.else_(otherwise))


def decimal_text(text: exp.Expr) -> exp.Expr:
    """Return the text of a DECIMAL without zeros at the end of its fraction."""
    return _replaced(text, r"(\.[0-9]*[1-9])0+$|\.0*$", r"\1")


def _replaced(text: exp.Expr, pattern: str, by: str, *flags: str) -> exp.Expr:
    return _call("regexp_replace", text, *(exp.Literal.string(part) for part in (pattern, by, *flags)))


def _is_text(value: exp.Expr) -> bool:
    if isinstance(value, exp.Cast):
        return value.to.is_type("text")
    if value.meta.get(_TEXT):
        return True
    return isinstance(value, (*TEXTS, exp.Null)) or (isinstance(value, exp.Literal) and value.is_string)


def _typed(value: exp.Expr) -> exp.Expr:
    """Return a value; a number that is written out with a fraction is a FLOAT64, which DuckDB would read as DECIMAL."""
    number = value
    while isinstance(number, exp.Neg | exp.Paren):
        number = number.this
    if isinstance(number, exp.Literal) and not number.is_string and not number.this.isdigit():
        return exp.cast(value.copy(), "double")
    return value
