"""BigQuery's FORMAT in the words of DuckDB's printf, which knows no %t and %T and is strict about numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from penstock.sql.function_call import function_call as _call
from penstock.sql.text_form import decimal_text

# https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements (%[flags][width][.precision]specifier).
SPECIFIER = re.compile(r"%(?P<flags>[-+ #0']*)(?P<width>\d+|\*)?(?P<precision>\.(?:\d+|\*))?(?P<kind>.)?", re.DOTALL)
WHOLE, FRACTION, PRINTED = "dioxX", "feEgGF", "tT"
KNOWN = "%d %i %o %x %X %f %F %e %E %g %G %s %t %T %%"
ELEMENT = exp.column("element")
# DuckDB's names of the types that %T writes with the type before the text.
TYPED = {
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP": "DATETIME",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
}


def printf(node: exp.Expr) -> exp.Expr:
    """Return FORMAT as a call of printf; raises UnsupportedError for a format that it cannot follow.

    A format that is no literal is left to printf as it is.
    """
    text, arguments = node.this, node.expressions
    if isinstance(text, exp.Literal) and text.is_string:
        given = iter(arguments)
        safe = isinstance(node.parent, exp.SafeFunc)
        parts: list[exp.Expr] = []
        written = SPECIFIER.sub(lambda found: _specifier(found, given, parts, safe=safe), text.this)
        if next(given, None) is not None:
            raise UnsupportedError(f"FORMAT has {len(arguments)} values, and its text asks for {len(parts)}.")
        text, arguments = exp.Literal.string(written), parts
    return _call("printf", text, *arguments)


def _specifier(found: re.Match[str], given: Iterator[exp.Expr], parts: list[exp.Expr], *, safe: bool) -> str:
    """Return a specifier as printf writes it, and put the values that it takes to `parts`."""
    kind = found["kind"] or ""
    if kind == "%":
        return "%%"
    if not kind or kind not in f"{WHOLE}{FRACTION}{PRINTED}s":
        told = "%p and %P: write %s and TO_JSON_STRING(value)" if kind in ("p", "P") else f"{found[0]!r}"
        raise UnsupportedError(f"FORMAT knows no {told}. Known: {KNOWN}.")
    width, precision = found["width"] or "", found["precision"] or ""
    parts.extend(_next(given) for given_as in (width, precision) if given_as.endswith("*"))
    value = _next(given)
    if kind in PRINTED:
        value = _printed(value, typed=kind == "T", safe=safe)
    elif kind in FRACTION:
        value = exp.cast(value.copy(), "double")
    parts.append(value)
    separator = "," if "'" in found["flags"] else ""
    written = "s" if kind in PRINTED else "d" if kind == "i" else kind
    return f"%{found['flags'].replace(chr(39), '')}{separator}{width}{precision}{written}"


def _next(given: Iterator[exp.Expr]) -> exp.Expr:
    value = next(given, None)
    if value is None:
        raise UnsupportedError("FORMAT has fewer values than its text asks for.")
    return value


def _printed(value: exp.Expr, *, typed: bool, safe: bool) -> exp.Expr:
    """Return a value as a text that is never NULL, with `typed` as a constant of its type would be written in SQL.

    A struct, a map or bytes are an error, or with `safe` NULL.
    """
    kind = _call("typeof", value)
    text: exp.Expr = exp.cast(value.copy(), "text")
    choices = exp.Case().when(exp.Is(this=value.copy(), expression=exp.Null()), exp.Literal.string("NULL"))
    refused = ["STRUCT(%", "MAP(%", "BLOB", "%[][]"]
    if typed:
        choices = choices.when(kind.copy().eq("VARCHAR"), _quoted(text))
        choices = choices.when(kind.copy().eq("VARCHAR[]"), _listed(value, _quoted(ELEMENT)))
        for name, written in TYPED.items():
            choices = choices.when(kind.copy().eq(name), _concat(f'{written} "', text, '"'))
            choices = choices.when(kind.copy().eq(f"{name}[]"), _listed(value, _concat(f'{written} "', ELEMENT, '"')))
    decimal, decimals = decimal_text(text), decimal_text(ELEMENT)
    if typed:
        decimal, decimals = _concat('NUMERIC "', decimal, '"'), _concat('NUMERIC "', decimals, '"')
    choices = choices.when(kind.copy().like("DECIMAL%)"), decimal)
    choices = choices.when(kind.copy().like("DECIMAL%[]"), _listed(value, decimals))
    hint = "FORMAT writes no value of this type: write its parts, or TO_JSON_STRING(value) with %s."
    for pattern in refused:
        told = exp.Null() if safe else _call("error", exp.Literal.string(hint))
        choices = choices.when(kind.copy().like(pattern), told)
    return choices.else_(text)


def _quoted(text: exp.Expr) -> exp.Expr:
    return exp.cast(_call("to_json", text), "text")


def _listed(value: exp.Expr, element: exp.Expr) -> exp.Expr:
    """Return an array with its elements written as `element`, which is said of ELEMENT, a text.

    Only through JSON are they texts whatever the value is: DuckDB binds every branch of a CASE.
    """
    texts = _call("from_json", _call("to_json", value), exp.Literal.string('["VARCHAR"]'))
    written = exp.Coalesce(this=element.copy(), expressions=[exp.Literal.string("NULL")])
    each = exp.Lambda(this=written, expressions=[exp.to_identifier(ELEMENT.name)])
    elements = exp.Anonymous(this="list_transform", expressions=[texts, each])
    return _concat("[", _call("array_to_string", elements, exp.Literal.string(", ")), "]")


def _concat(before: str, text: exp.Expr, after: str) -> exp.Expr:
    """Return a text between two others, NULL where it is NULL."""
    return exp.DPipe(
        this=exp.DPipe(this=exp.Literal.string(before), expression=text.copy()), expression=exp.Literal.string(after)
    )
