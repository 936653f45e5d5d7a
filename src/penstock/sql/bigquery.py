"""What DuckDB writes otherwise than sqlglot's translation of BigQuery does: names, types, weeks, offsets.

Each rule follows BigQuery's reference of the function. `cast_to_type(x, y)`, DuckDB's cast to the type of y, keeps a
date a date and a timestamp a timestamp where the text does not say which of the two a column is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from sqlglot import exp

from penstock.sql.bigquery_function import FUNCTION_RULES, refuse_absent
from penstock.sql.bigquery_statement import STATEMENT_RULES, flattened, untyped, without_storage
from penstock.sql.format_text import printf
from penstock.sql.function_call import function_call as _call
from penstock.sql.moment_text import cut_time, read_moment, written_moment
from penstock.sql.named_value import with_named
from penstock.sql.strictness import cast, divided, safely_divided
from penstock.sql.text_form import joined_texts, json_text
from penstock.sql.unnest import unnested

WEEKDAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
SUFFIX = "_TABLE_SUFFIX"
DECIMALS = (exp.DType.DECIMAL, exp.DType.BIGDECIMAL)


def adapted(tree: exp.Expr, *, named: bool = True) -> exp.Expr:
    """Return a BigQuery tree with what sqlglot would translate wrongly, or not at all, in DuckDB's words.

    With `named`, columns without a name get BigQuery's. The tree is changed in place; its root may be another one.
    """
    numbers = count()
    refuse_absent(tree)
    tree = flattened(tree)
    for node in reversed(list(tree.walk(bfs=True))):
        if isinstance(node, exp.Select):
            if named:
                _name_columns(node)
            _hide_suffix(node)
            continue
        if isinstance(node, exp.Unnest):
            new: exp.Expr = unnested(node, next(numbers))
        else:
            rule = RULES.get(type(node))
            new = rule(node) if rule else node
        if new is node:
            continue
        if node is tree:
            tree = new
        else:
            node.replace(new)
    return tree


def _name_columns(select: exp.Select) -> None:
    """Name the columns that have no name of their own f0_, f1_, …, as BigQuery does."""
    if select.args.get("kind"):
        return
    numbers = count()
    for column in select.expressions:
        if isinstance(column, exp.Dot) and isinstance(column.expression, exp.Identifier):
            column.replace(exp.alias_(column.copy(), column.expression.copy()))
        elif not isinstance(column, exp.Alias | exp.Aliases | exp.Column | exp.Star | exp.Dot):
            column.replace(exp.alias_(column.copy(), f"f{next(numbers)}_"))


def _hide_suffix(select: exp.Select) -> None:
    """Leave _TABLE_SUFFIX, which names the table of a row, out of what * stands for in a SELECT that asks for it."""
    named = (column for column in select.find_all(exp.Column) if column.name.upper() == SUFFIX)
    if not any(column.parent_select is select for column in named):
        return
    for item in select.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star):
            star.set("except_", [*(star.args.get("except_") or []), exp.to_identifier(SUFFIX)])


def _of_its_type(node: exp.Expr) -> exp.Expr:
    """Return a moment that was moved or cut off in the type that it had; a text stands for a date."""
    moment = node.this
    if isinstance(moment, exp.Literal | exp.Null):
        moment = exp.cast(moment.copy(), "date")
        node.set("this", moment)
    return with_named(lambda given: _call("cast_to_type", type(node)(**{**node.args, "this": given}), given), moment)


def _whole_units(node: exp.Expr) -> exp.Expr:
    """Return how many whole units lie between two timestamps; DuckDB's date_diff counts their boundaries."""
    unit = node.args.get("unit")
    return _call("date_sub", exp.Literal.string(unit.name if unit else "DAY"), node.args["expression"], node.this)


def _extracted(node: exp.Expr) -> exp.Expr:
    part, moment = node.this, node.args["expression"]
    match part.name.upper():
        case "DATE" | "TIME":
            return exp.cast(moment.copy(), part.name.lower())
        case "DATETIME":
            return exp.cast(moment.copy(), "timestamp")
        case "DAYOFWEEK":
            return exp.paren(exp.Add(this=_call("dayofweek", moment), expression=exp.Literal.number(1)))
        case "WEEK":
            return _week(moment, "SUNDAY")
        case "ISOWEEK":
            return _call("week", moment)
        case weekday if weekday in WEEKDAYS:
            return _week(moment, weekday)
        case "MILLISECOND":
            return exp.paren(exp.Mod(this=_call("millisecond", moment), expression=exp.Literal.number(1000)))
        case "MICROSECOND":
            return exp.paren(exp.Mod(this=_call("microsecond", moment), expression=exp.Literal.number(1000000)))
        case _:
            return node


def _week(moment: exp.Expr, first: str) -> exp.Expr:
    """Return the number of the week that begins with the weekday `first`; 0 before the year's first such day."""
    since = exp.Mod(
        this=exp.paren(
            exp.Add(this=_call("dayofweek", moment), expression=exp.Literal.number(7 - WEEKDAYS.index(first)))
        ),
        expression=exp.Literal.number(7),
    )
    days = exp.Sub(
        this=exp.Add(this=_call("dayofyear", moment), expression=exp.Literal.number(6)), expression=exp.paren(since)
    )
    return exp.paren(exp.IntDiv(this=exp.paren(days), expression=exp.Literal.number(7)))


def _first_of(node: exp.Expr) -> exp.Expr:
    """Return ARRAY_AGG(… LIMIT n), with IGNORE NULLS perhaps, as the first n elements of the whole."""
    aggregate = node.this if isinstance(node, exp.IgnoreNulls) else node
    if not isinstance(aggregate, exp.ArrayAgg) or not isinstance(aggregate.this, exp.Limit):
        return node
    if isinstance(node.parent, exp.IgnoreNulls):
        return node
    limit = aggregate.this
    whole: exp.Expr = exp.ArrayAgg(**{**aggregate.args, "this": limit.this.copy()})
    if node is not aggregate:
        whole = exp.IgnoreNulls(this=whole)
    return _call("list_slice", whole, exp.Literal.number(1), limit.args["expression"])


def _counted(node: exp.Expr) -> exp.Expr:
    if isinstance(node.parent, exp.Window | exp.Filter):
        return node
    return exp.cast(node.copy(), "bigint")


def _windowed(node: exp.Expr) -> exp.Expr:
    return _counted(node) if isinstance(node.this, exp.CountIf) else _summed(node)


def _most_frequent(node: exp.Expr) -> exp.Expr:
    """Return the n most frequent values with how often each is there, as BigQuery's structs; counted exactly."""
    entries = _call("map_entries", _call("histogram", node.this))
    pairs = _each(entries, "{'count': CAST(e.value AS BIGINT), 'value': e.key}")
    most = node.args.get("expression") or exp.Literal.number(1)
    first = _call("list_slice", _call("list_reverse_sort", pairs), exp.Literal.number(1), most)
    return _each(first, "{'value': e.value, 'count': e.count}")


def _each(array: exp.Expr, struct: str) -> exp.Expr:
    body: exp.Expr = exp.maybe_parse(struct, dialect="duckdb")
    return _call("list_transform", array, exp.Lambda(this=body, expressions=[exp.to_identifier("e")]))


def _exact(node: exp.Expr) -> exp.Expr:
    """Return NUMERIC with BigQuery's nine decimal places; DuckDB's DECIMAL has three."""
    if isinstance(node, exp.DataType) and node.this in DECIMALS and not node.expressions:
        return exp.DataType.build("DECIMAL(38, 9)")
    return node


def _folded(node: exp.Expr) -> exp.Expr:
    return _call("lower", node.this) if node.args.get("is_casefold") else node.this


def _narrow(argument: str) -> Callable[[exp.Expr], exp.Expr]:
    """Return a rule that casts one argument, which DuckDB takes as an INTEGER only."""

    def rule(node: exp.Expr) -> exp.Expr:
        given = node.args.get(argument)
        for number in given if isinstance(given, list) else [given]:
            if number is not None and not isinstance(number, exp.Literal):
                number.replace(exp.cast(number.copy(), "int"))
        return node

    return rule


def _bucket(node: exp.Expr) -> exp.Expr:
    """Return how many of the ascending bounds are not above a value."""
    bound = exp.to_identifier("bound")
    below = exp.Lambda(this=exp.LTE(this=bound, expression=node.this.copy()), expressions=[bound.copy()])
    return _call("len", exp.Anonymous(this="list_filter", expressions=[node.args["expression"].copy(), below]))


def _series(node: exp.Expr) -> exp.Expr:
    """Return numbers in steps of a fraction; DuckDB's generate_series takes whole numbers only."""
    first, last, step = (node.args.get(name) for name in ("start", "end", "step"))
    given = [part for part in (first, last, step) if part is not None]
    if first is None or last is None or not any(_is_fraction(part) for part in given):
        return node
    step = step or exp.Literal.number(1)
    number = exp.to_identifier("number")
    # The last number is reached however the division is rounded.
    steps = exp.cast(
        _call(
            "floor",
            exp.Add(
                this=exp.Div(
                    this=exp.paren(exp.Sub(this=last.copy(), expression=first.copy())),
                    expression=exp.paren(step.copy()),
                ),
                expression=exp.Literal.number("1e-9"),
            ),
        ),
        "bigint",
    )
    each = exp.Lambda(
        this=exp.Add(
            this=exp.cast(first.copy(), "double"),
            expression=exp.Mul(this=number, expression=exp.cast(step.copy(), "double")),
        ),
        expressions=[number.copy()],
    )
    numbers = _call("generate_series", exp.Literal.number(0), steps)
    return exp.Anonymous(this="list_transform", expressions=[numbers, each])


def _is_fraction(part: exp.Expr) -> bool:
    return any(not literal.is_string and not literal.is_int for literal in part.find_all(exp.Literal))


def _cut(node: exp.Expr) -> exp.Expr:
    """Return SUBSTR as BigQuery counts: a place before the text is its first, and a negative length is an error."""
    start, length = node.args.get("start"), node.args.get("length")
    if start is not None and not _is_count(start, least=1):
        before = exp.Or(
            this=exp.paren(start.copy()).eq(0),
            expression=exp.LT(this=exp.paren(start.copy()), expression=exp.Neg(this=exp.Length(this=node.this.copy()))),
        )
        node.set("start", exp.Case().when(before, exp.Literal.number(1)).else_(start.copy()))
    if length is not None and not _is_count(length, least=0):
        below = exp.LT(this=exp.paren(length.copy()), expression=exp.Literal.number(0))
        told = _call("error", exp.Literal.string("The third argument of SUBSTR is negative."))
        if isinstance(node.parent, exp.SafeFunc):
            told = exp.Null()
        node.set("length", exp.Case().when(below, told).else_(length.copy()))
    return node


def _is_count(part: exp.Expr, least: int) -> bool:
    return isinstance(part, exp.Literal) and part.is_int and int(part.this) >= least


def _schema(node: exp.Expr) -> exp.Expr:
    """Return CREATE or DROP SCHEMA without its options, which say where BigQuery keeps it, and without its project."""
    without_storage(node)
    untyped(node)
    if node.args.get("kind") != "SCHEMA":
        return node
    node.set("properties", None)
    for table in node.find_all(exp.Table):
        schema = table.args["db"]
        table.set("catalog", None)
        schema.set("this", schema.name.rpartition(".")[2])
    return node


def _tried(operation: type[exp.Binary]) -> Callable[[exp.Expr], exp.Expr]:
    def rule(node: exp.Expr) -> exp.Expr:
        left, right = exp.paren(node.this.copy()), exp.paren(node.args["expression"].copy())
        return _call("try", operation(this=left, expression=right))

    return rule


def _anonymous(node: exp.Expr) -> exp.Expr:
    if node.name.upper() == "IEEE_DIVIDE" and len(node.expressions) == 2:
        left, right = (exp.cast(part.copy(), "double") for part in node.expressions)
        return exp.paren(exp.Div(this=left, expression=right))
    return node


# Where a whole number is a value; elsewhere (LIMIT, ORDER BY 1, a type's digits, a place in an array) it must stay as
# it is written.
VALUE_PARENTS = (
    *(exp.Alias, exp.PropertyEQ, exp.Struct, exp.Array, exp.Neg, exp.Paren, exp.Coalesce, exp.Case, exp.If),
    *(exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseLeftShift),
    *(exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.IntDiv, exp.Nullif, exp.Greatest, exp.Least),
)


def _number(node: exp.Expr) -> exp.Expr:
    """Return a number in BigQuery's type of it, FLOAT64 or INT64; DuckDB's would be DECIMAL or INTEGER."""
    if node.args["is_string"] or isinstance(_beyond_signs(node), exp.Cast):
        # What is cast becomes what the cast says; from a DECIMAL it is rounded as BigQuery rounds.
        return node
    if not node.this.isdigit():
        plain = "." in node.this and not {"e", "E"} & set(node.this)
        return exp.Literal.number(f"{node.this}e0") if plain else node
    column = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
    if isinstance(node.parent, exp.Add | exp.Sub) and not _is_number(node.parent):
        # The other side has a type of its own; if it is a date, DuckDB adds days as an INTEGER only.
        return node
    return exp.cast(node.copy(), "bigint") if column or isinstance(node.parent, VALUE_PARENTS) else node


def _is_number(sum_: exp.Expr) -> bool:
    """Say whether both sides of a sum are made of written numbers alone."""
    return not any(part.find(exp.Column, exp.Func) for part in (sum_.this, sum_.expression))


def _beyond_signs(node: exp.Expr) -> exp.Expr | None:
    """Return what a number stands in, whatever signs and brackets are around it."""
    around = node.parent
    while isinstance(around, exp.Neg | exp.Paren):
        around = around.parent
    return around


def _summed(node: exp.Expr) -> exp.Expr:
    """Return a sum in the type of what it sums up; DuckDB's sum of INT64 is a HUGEINT."""
    aggregate = node.this if isinstance(node, exp.Window) else node
    if not isinstance(aggregate, exp.Sum) or isinstance(node.parent, exp.Window | exp.Filter):
        return node
    if isinstance(node.find_ancestor(exp.Pivot, exp.Select), exp.Pivot):
        # The type of these is seen to beside the PIVOT.
        return node
    summed = aggregate.this.expressions[0] if isinstance(aggregate.this, exp.Distinct) else aggregate.this
    some: exp.Expr = exp.AnyValue(this=summed.copy())
    if isinstance(node, exp.Window):
        some = exp.Window(**{**node.copy().args, "this": some})
    return _call("cast_to_type", node, exp.Coalesce(this=some, expressions=[exp.cast(exp.Literal.number(0), "bigint")]))


RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Literal: _number,
    exp.Sum: _summed,
    exp.Window: _windowed,
    exp.DateTrunc: _of_its_type,
    exp.DateAdd: _of_its_type,
    exp.DateSub: _of_its_type,
    exp.DateFromUnixDate: lambda node: exp.cast(node.copy(), "date"),
    exp.TimestampDiff: _whole_units,
    exp.Extract: _extracted,
    exp.Format: printf,
    exp.ByteLength: lambda node: _call("strlen", node.this),
    exp.CurrentDatetime: lambda _: exp.cast(exp.CurrentTimestamp(), "timestamp"),
    exp.DataType: _exact,
    exp.ArrayAgg: _first_of,
    exp.IgnoreNulls: _first_of,
    exp.CountIf: _counted,
    exp.Substring: _cut,
    exp.Create: _schema,
    exp.Drop: _schema,
    exp.Chr: _narrow("expressions"),
    exp.Pad: _narrow("expression"),
    exp.Round: _narrow("decimals"),
    exp.Trunc: _narrow("decimals"),
    exp.ApproxTopK: _most_frequent,
    exp.RangeBucket: _bucket,
    exp.GenerateSeries: _series,
    exp.Normalize: lambda node: _call("nfc_normalize", _folded(node)),
    exp.SafeFunc: lambda node: _call("try", node.this),
    exp.SafeAdd: _tried(exp.Add),
    exp.SafeSubtract: _tried(exp.Sub),
    exp.SafeMultiply: _tried(exp.Mul),
    exp.SafeNegate: lambda node: _call("try", exp.Neg(this=exp.paren(node.this.copy()))),
    exp.Anonymous: _anonymous,
    exp.Cast: cast,
    exp.TryCast: cast,
    exp.Div: divided,
    exp.IntDiv: divided,
    exp.Mod: divided,
    exp.SafeDivide: safely_divided,
    exp.Concat: joined_texts,
    exp.JSONFormat: json_text,
    exp.TimeToStr: written_moment,
    exp.StrToTime: read_moment,
    exp.StrToDate: read_moment,
    exp.ParseDatetime: read_moment,
    exp.ParseTime: read_moment,
    exp.TimeTrunc: cut_time,
    exp.UnixToTime: lambda node: exp.cast(node.copy(), "timestamptz"),
    exp.RegexpInstr: lambda node: exp.cast(node.copy(), "bigint"),
    **FUNCTION_RULES,
    **STATEMENT_RULES,
}
