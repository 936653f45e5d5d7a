"""DuckDB's scalar SQL as a tree of operations, so that it can be computed without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from itertools import islice

from sqlglot import exp

from penstock.core.scalar_expression import ScalarExpression
from penstock.sql.dialect import parse_expression
from penstock.sql.statement import Query

_BINARY: Mapping[type[exp.Expr], str] = {
    exp.Add: "add",
    exp.Sub: "subtract",
    exp.Mul: "multiply",
    exp.Div: "divide",
    exp.IntDiv: "divide_whole",
    exp.Mod: "modulo",
    exp.Pow: "power",
    exp.EQ: "equal",
    exp.NEQ: "not_equal",
    exp.LT: "less",
    exp.LTE: "at_most",
    exp.GT: "greater",
    exp.GTE: "at_least",
    exp.And: "and",
    exp.Or: "or",
    exp.Nullif: "nullif",
    exp.DPipe: "concatenate",
    exp.NullSafeEQ: "same",
    exp.NullSafeNEQ: "not_same",
}
_UNARY: Mapping[type[exp.Expr], str] = {
    exp.Neg: "negate",
    exp.Not: "not",
    exp.Abs: "absolute",
    exp.Floor: "floor",
    exp.Ceil: "ceiling",
    exp.Sqrt: "square_root",
    exp.Exp: "exponential",
    exp.Ln: "logarithm",
    exp.Sign: "sign",
    exp.Trunc: "truncate_number",
    exp.IsNan: "is_nan",
    exp.IsInf: "is_infinite",
    exp.Sin: "sine",
    exp.Cos: "cosine",
}
_PARTS: Mapping[type[exp.Expr], str] = {
    exp.Year: "year",
    exp.Month: "month",
    exp.Day: "day",
    exp.DayOfMonth: "day",
    exp.DayOfWeek: "dow",
    exp.DayOfWeekIso: "isodow",
    exp.DayOfYear: "doy",
    exp.Quarter: "quarter",
    exp.Hour: "hour",
    exp.Minute: "minute",
    exp.Week: "week",
    exp.WeekOfYear: "week",
    exp.Second: "second",
    exp.TimeToUnix: "epoch",
}
_SECONDS: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
# The patterns of LIKE and of the functions that look for a constant text, as they are matched.
_WILD: Mapping[str, str] = {"%": "(?s:.*)", "_": "(?s:.)"}
# What is longer is not written out: it would grow with each of its parts that stands in several places.
_LONGEST = 400
# DuckDB's texts for an infinity; a constant of them stands in frozen bounds.
_CAST_CONSTANTS = ("inf", "+inf", "-inf", "infinity", "-infinity")


def scalar_expression(query: Query) -> ScalarExpression:
    """Return the tree of one scalar expression, written for DuckDB. Raises SyntaxProblem for a text that is none."""
    return _read(parse_expression(query))


def _read(tree: exp.Expr) -> ScalarExpression:
    if isinstance(tree, exp.Paren | exp.Alias):
        return _read(tree.this)
    simple = _simple(tree)
    if simple is not None:
        return simple
    reader = next((reader for kind, reader in _READERS.items() if isinstance(tree, kind)), None)
    found = reader(tree) if reader is not None else None
    return found if found is not None else _unknown(tree)


def _simple(tree: exp.Expr) -> ScalarExpression | None:
    """Return what has a word for itself and holds nothing but its operands."""
    if (word := _BINARY.get(type(tree))) is not None and tree.args.get("expression") is not None:
        return _made(tree, word, _read(tree.this), _read(tree.expression))
    if (word := _UNARY.get(type(tree))) is not None and tree.args.get("decimals") is None:
        return _made(tree, word, _read(tree.this))
    if (part := _PARTS.get(type(tree))) is not None:
        return _made(tree, "part", _read(tree.this), value=part)
    return None


def _made(tree: exp.Expr, operation: str, *arguments: ScalarExpression, value: object = None) -> ScalarExpression:
    return ScalarExpression(operation, arguments, value, tree.sql("duckdb"))


def _unknown(tree: exp.Expr) -> ScalarExpression:
    name = tree.name if isinstance(tree, exp.Anonymous) else tree.key
    return _made(tree, f"?{name.upper()}")


def _column(tree: exp.Expr) -> ScalarExpression | None:
    return None if tree.args.get("table") is not None else _made(tree, "column", value=tree.name)


def _literal(tree: exp.Expr) -> ScalarExpression:
    value: object = tree.name if tree.is_string else _number(tree.name)
    return _made(tree, "constant", value=value)


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def _constant(value: object) -> Callable[[exp.Expr], ScalarExpression]:
    return lambda tree: _made(tree, "constant", value=value)


def _case(tree: exp.Expr) -> ScalarExpression:
    subject = tree.this
    if isinstance(subject, exp.Typeof) or (isinstance(subject, exp.Left) and isinstance(subject.this, exp.Typeof)):
        # BigQuery's text of a number: what is neither FLOAT64 nor NUMERIC becomes what stands last, and of those two
        # no graph makes a text.
        return _read(tree.args["default"])
    arguments = []
    for branch in tree.args["ifs"]:
        condition = branch.this if subject is None else exp.EQ(this=subject.copy(), expression=branch.this.copy())
        arguments += [_read(condition), _read(branch.args["true"])]
    default = tree.args.get("default")
    return _made(tree, "case", *arguments, _read(default if default is not None else exp.Null()))


def _if(tree: exp.Expr) -> ScalarExpression:
    otherwise = tree.args.get("false")
    branches = (_read(tree.this), _read(tree.args["true"]))
    return _made(tree, "case", *branches, _read(otherwise if otherwise is not None else exp.Null()))


def _is(tree: exp.Expr) -> ScalarExpression | None:
    of = tree.expression
    if isinstance(of, exp.Null):
        return _made(tree, "is_null", _read(tree.this))
    if isinstance(of, exp.Boolean):
        return _made(tree, "is", _read(tree.this), value=bool(of.this))
    return None


def _in(tree: exp.Expr) -> ScalarExpression | None:
    if not tree.expressions:
        return None
    return _made(tree, "in", _read(tree.this), *(_read(item) for item in tree.expressions))


def _between(tree: exp.Expr) -> ScalarExpression:
    subject = tree.this
    low = exp.GTE(this=subject.copy(), expression=tree.args["low"].copy())
    high = exp.LTE(this=subject.copy(), expression=tree.args["high"].copy())
    return _made(tree, "and", _read(low), _read(high))


def _several(operation: str) -> Callable[[exp.Expr], ScalarExpression]:
    def read(tree: exp.Expr) -> ScalarExpression:
        items = [tree.this, *tree.expressions] if tree.this is not None else tree.expressions
        return _made(tree, operation, *(_read(item) for item in items))

    return read


def _round(tree: exp.Expr) -> ScalarExpression | None:
    decimals = tree.args.get("decimals")
    if decimals is None:
        return _made(tree, "round", _read(tree.this), value=0)
    if not isinstance(decimals, exp.Literal) or decimals.is_string:
        return None
    return _made(tree, "round", _read(tree.this), value=int(decimals.name))


def _log(tree: exp.Expr) -> ScalarExpression | None:
    if tree.args.get("expression") is None:
        return _made(tree, "logarithm", _read(tree.this), value=10)
    base = tree.this
    if not isinstance(base, exp.Literal) or base.name not in ("2", "10"):
        return None
    return _made(tree, "logarithm", _read(tree.expression), value=int(base.name))


def _cast(tree: exp.Expr) -> ScalarExpression | None:
    if isinstance(tree, exp.TryCast):
        return None
    coded = _enum_code(tree)
    if coded is not None:
        return coded
    if isinstance(tree.this, exp.Literal) and tree.this.is_string:
        return _constant_cast(tree)
    return _made(tree, "cast", _read(tree.this))


def _enum_code(tree: exp.Expr) -> ScalarExpression | None:
    """Return `CAST(enum_code(TRY_CAST(CAST(x AS VARCHAR) AS ENUM(…))) AS BIGINT)`: a text's place in a list, from 0."""
    inner = tree.this
    if not isinstance(inner, exp.Anonymous) or inner.name.lower() != "enum_code" or len(inner.expressions) != 1:
        return None
    tried = inner.expressions[0]
    if not isinstance(tried, exp.TryCast) or not tried.to.is_type("enum"):
        return None
    words = tuple(literal.name for literal in tried.to.expressions)
    return _made(tree, "place_in", _read(tried.this), value=words)


def _constant_cast(tree: exp.Expr) -> ScalarExpression | None:
    assert isinstance(tree, exp.Cast)
    text = tree.this.name.strip()
    try:
        if tree.to.is_type("date"):
            return _made(tree, "constant", value=date.fromisoformat(text))
        if tree.to.is_type("timestamp", "timestampntz"):
            moment = datetime.fromisoformat(text)
            return None if moment.tzinfo else _made(tree, "constant", value=moment)
    except ValueError:
        return None
    if tree.to.is_type("double") and text.lower() in _CAST_CONSTANTS:
        return _made(tree, "constant", value=float(text))
    return None


def _interval(tree: exp.Expr) -> ScalarExpression | None:
    unit = str(tree.args["unit"]).lower().removesuffix("s") if tree.args.get("unit") else ""
    amount = tree.this
    if unit not in _SECONDS or not isinstance(amount, exp.Literal) or not amount.name.isdigit():
        return None
    return _made(tree, "constant", value=timedelta(seconds=int(amount.name) * _SECONDS[unit]))


def _extract(tree: exp.Expr) -> ScalarExpression:
    return _made(tree, "part", _read(tree.expression), value=_part_name(tree.this))


def _part_name(tree: exp.Expr) -> str:
    name = tree.name.lower()
    return {"dayofweek": "dow", "dayofyear": "doy", "weekday": "dow"}.get(name, name)


def _truncate(tree: exp.Expr) -> ScalarExpression:
    return _made(tree, "truncate", _read(tree.this), value=str(tree.args["unit"]).lower())


def _difference(tree: exp.Expr) -> ScalarExpression | None:
    if not tree.args.get("date_part_boundary"):
        return None
    unit = str(tree.args["unit"]).lower()
    return _made(tree, "difference", _read(tree.expression), _read(tree.this), value=unit)


def _like(tree: exp.Expr) -> ScalarExpression | None:
    pattern = tree.expression
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        return None
    wanted = "".join(_WILD.get(letter, _escaped(letter)) for letter in pattern.name)
    matches = _made(tree, "matches", _read(tree.this), value=wanted)
    return _made(tree, "not", matches) if tree.args.get("negate") else matches


def _regular(tree: exp.Expr) -> ScalarExpression | None:
    pattern = tree.expression
    if not isinstance(pattern, exp.Literal) or tree.args.get("flag") is not None or tree.args.get("negate"):
        return None
    return _made(tree, "matches", _read(tree.this), value=f"(?s:.*)(?:{pattern.name})(?s:.*)")


def _found(before: str, after: str) -> Callable[[exp.Expr], ScalarExpression | None]:
    def read(tree: exp.Expr) -> ScalarExpression | None:
        operands = tree.expressions if isinstance(tree, exp.Anonymous) else [tree.this, tree.expression]
        if len(operands) != 2 or not isinstance(operands[1], exp.Literal) or not operands[1].is_string:
            return None
        wanted = "".join(_escaped(letter) for letter in operands[1].name)
        return _made(tree, "matches", _read(operands[0]), value=f"{before}{wanted}{after}")

    return read


def _escaped(letter: str) -> str:
    """Return a letter as RE2 matches it alone."""
    return f"\\{letter}" if letter.isascii() and not letter.isalnum() and letter != "_" else letter


def _struct(tree: exp.Expr) -> ScalarExpression | None:
    if not all(isinstance(field, exp.PropertyEQ) for field in tree.expressions):
        return None
    names = tuple(field.this.name for field in tree.expressions)
    return _made(tree, "struct", *(_read(field.expression) for field in tree.expressions), value=names)


def _field(tree: exp.Expr) -> ScalarExpression | None:
    struct = _read(tree.this)
    if struct.operation != "struct" or not isinstance(struct.value, tuple) or tree.expression.name not in struct.value:
        return None
    return struct.arguments[struct.value.index(tree.expression.name)]


def _anonymous(tree: exp.Expr) -> ScalarExpression | None:
    match tree.name.lower(), tree.expressions:
        case ("isfinite", [of]):
            return _made(tree, "is_finite", _read(of))
        case ("error", [_]):
            return _made(tree, "refused")
        case ("list_extract", [exp.Transform() as named, exp.Literal(name="1")]):
            return _body(named)
        case ("cast_to_type", [of, _]):
            return _made(tree, "cast", _read(of))
        case ("date_sub" | "datesub", [exp.Literal() as unit, since, until]):
            return _made(tree, "elapsed", _read(since), _read(until), value=unit.name.lower())
        case ("date_part" | "datepart", [exp.Literal() as part, of]):
            return _made(tree, "part", _read(of), value=_part_name(part))
        case ("prefix", _):
            return _found("", "(?s:.*)")(tree)
        case ("suffix", _):
            return _found("(?s:.*)", "")(tree)
    return None


def _once(tree: exp.Expr) -> ScalarExpression | None:
    """Return `list_transform([x], lambda v: …)[1]`, the way in which frozen SQL computes x once, as its body of x."""
    return _body(tree.this)


def _body(inner: exp.Expr) -> ScalarExpression | None:
    if (
        not isinstance(inner, exp.Transform)
        or not isinstance(inner.this, exp.Array)
        or len(inner.this.expressions) != 1
        or next(islice(inner.this.walk(), _LONGEST, None), None) is not None
    ):
        return None
    function = inner.expression
    if not isinstance(function, exp.Lambda) or len(function.expressions) != 1:
        return None
    value, variable = inner.this.expressions[0], function.expressions[0].name
    body = function.this.copy().transform(_with_fields(value, variable))
    return _read(body)


def _with_fields(value: exp.Expr, variable: str) -> Callable[[exp.Expr], exp.Expr]:
    while isinstance(value, exp.Paren):
        value = value.this
    fields = value.expressions if isinstance(value, exp.Struct) else []
    by_name = {field.this.name: field.expression for field in fields if isinstance(field, exp.PropertyEQ)}

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.StructExtract) and node.this.name == variable and node.expression.name in by_name:
            return exp.Paren(this=by_name[node.expression.name].copy())
        return node

    return replaced


_READERS: Mapping[type[exp.Expr], Callable[[exp.Expr], ScalarExpression | None]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Null: _constant(None),
    exp.Boolean: lambda tree: _made(tree, "constant", value=bool(tree.this)),
    exp.Case: _case,
    exp.If: _if,
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Coalesce: _several("coalesce"),
    exp.Greatest: _several("greatest"),
    exp.Least: _several("least"),
    exp.Concat: _several("join"),
    exp.Round: _round,
    exp.Log: _log,
    exp.Cast: _cast,
    exp.Interval: _interval,
    exp.Extract: _extract,
    exp.TimestampTrunc: _truncate,
    exp.DateTrunc: _truncate,
    exp.DateDiff: _difference,
    exp.Like: _like,
    exp.RegexpLike: _regular,
    exp.StartsWith: _found("", "(?s:.*)"),
    exp.EndsWith: _found("(?s:.*)", ""),
    exp.Contains: _found("(?s:.*)", "(?s:.*)"),
    exp.Struct: _struct,
    exp.StructExtract: _field,
    exp.Anonymous: _anonymous,
    exp.Bracket: _once,
}
