"""BigQuery's functions of JSON and arrays in DuckDB's words, and those that nothing here answers, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from penstock.sql.function_call import function_call as _call

# What BigQuery's service computes, by the word before the dot, and what does instead.
SERVICES: Mapping[str, str] = {
    "NET": "take an address apart with REGEXP_EXTRACT",
    "HLL_COUNT": "APPROX_COUNT_DISTINCT counts in one step",
    "KEYS": "keep what is secret out of the tables",
    "AEAD": "keep what is secret out of the tables",
    "DLP": "keep what is secret out of the tables",
}
GEOGRAPHY = "ST_"
ABSENT: Mapping[type[exp.Expr], str] = {
    exp.JSONKeysAtDepth: "JSON_KEYS",
    exp.JSONSet: "JSON_SET; put the value together with JSON_OBJECT",
    exp.JSONRemove: "JSON_REMOVE; put the value together with JSON_OBJECT",
    exp.JSONStripNulls: "JSON_STRIP_NULLS",
    exp.JSONArrayInsert: "JSON_ARRAY_INSERT",
    exp.JSONArrayAppend: "JSON_ARRAY_APPEND",
    exp.Collate: "COLLATE; compare LOWER(text)",
    exp.Soundex: "SOUNDEX; EDIT_DISTANCE says how alike two texts are",
}
JSON_TYPES = {"OBJECT": "object", "ARRAY": "array", "VARCHAR": "string", "BOOLEAN": "boolean", "NULL": "null"}


def scalar_of_json(kind: str, *, lax: bool = False) -> Callable[[exp.Expr], exp.Expr]:
    """Return the rule of FLOAT64(json) and its like; with `lax` what cannot be one is NULL."""

    def rule(node: exp.Expr) -> exp.Expr:
        text = _json_text(node.this)
        if lax:
            return exp.TryCast(this=text, to=exp.DataType.build(kind))
        return exp.cast(text, kind)

    return rule


def text_of(node: exp.Expr) -> exp.Expr:
    """Return STRING(x): the text in a JSON string, or the text of a date or time."""
    if node.args.get("zone") is not None:
        return node
    kind = _call("typeof", node.this)
    return (
        exp.Case(this=kind)
        .when(exp.Literal.string("JSON"), _json_text(node.this))
        .else_(exp.cast(node.this.copy(), "text"))
    )


def json_type(node: exp.Expr) -> exp.Expr:
    """Return JSON_TYPE in BigQuery's words; every other type of DuckDB's is a number."""
    choices = exp.Case(this=_call("json_type", node.this))
    for known, word in JSON_TYPES.items():
        choices = choices.when(exp.Literal.string(known), exp.Literal.string(word))
    nothing = exp.Is(this=node.this.copy(), expression=exp.Null())
    return exp.Case().when(nothing, exp.Null()).else_(choices.else_(exp.Literal.string("number")))


def element_at(place: int) -> Callable[[exp.Expr], exp.Expr]:
    return lambda node: _call("list_extract", node.this, exp.Literal.number(place) if place > 0 else _minus_one())


def refuse_absent(tree: exp.Expr) -> None:
    """Raise UnsupportedError, with what does instead, for a function of BigQuery's service."""
    for node in tree.find_all(exp.Func, exp.Dot, exp.NetFunc):
        if isinstance(node, exp.NetFunc):
            raise UnsupportedError(f"there is no function NET.{_name(node.this)}; {SERVICES['NET']}.")
        if isinstance(node, exp.Dot):
            space = node.this.name.upper() if isinstance(node.this, exp.Identifier | exp.Column) else ""
            if space in SERVICES and isinstance(node.expression, exp.Func):
                raise UnsupportedError(f"there is no function {space}.{_name(node.expression)}; {SERVICES[space]}.")
        elif type(node) in ABSENT:
            raise UnsupportedError(f"there is no function {ABSENT[type(node)]}.")
        elif _name(node).startswith(GEOGRAPHY):
            told = f"there is no function {_name(node)}, nor a type GEOGRAPHY; keep longitude and latitude."
            raise UnsupportedError(told)


def _name(function: exp.Expr) -> str:
    if isinstance(function, exp.Func) and not isinstance(function, exp.Anonymous):
        return function.sql_name().upper()
    return function.name.upper()


def _json_text(value: exp.Expr) -> exp.Expr:
    # Through a text, for every branch of a CASE is bound, whatever the value's type.
    return _call("json_extract_string", exp.cast(value.copy(), "text"), exp.Literal.string("$"))


def _minus_one() -> exp.Expr:
    return exp.Neg(this=exp.Literal.number(1))


FUNCTION_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Float64: scalar_of_json("double"),
    exp.JSONBool: scalar_of_json("boolean"),
    exp.Int64: scalar_of_json("bigint"),
    exp.String: text_of,
    exp.LaxInt64: scalar_of_json("bigint", lax=True),
    exp.LaxFloat64: scalar_of_json("double", lax=True),
    exp.LaxBool: scalar_of_json("boolean", lax=True),
    exp.LaxString: lambda node: _json_text(node.this),
    exp.JSONType: json_type,
    exp.ParseJSON: lambda node: exp.cast(node.this.copy(), "json"),
    exp.ArrayFirst: element_at(1),
    exp.ArrayLast: element_at(-1),
}
