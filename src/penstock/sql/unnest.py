"""UNNEST with offsets and of structs, in DuckDB's words."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from penstock.sql.function_call import function_call as _call

# Arrays whose elements are no structs.
PLAIN_ARRAYS = (exp.Array, exp.GenerateSeries, exp.GenerateDateArray, exp.GenerateTimestampArray, exp.Split, exp.Cast)


def unnested(node: exp.Unnest, number: int) -> exp.Expr:
    """Return an array's elements with their offsets, which count from 0; DuckDB's ordinals count from 1."""
    offset = node.args.get("offset")
    array = node.expressions[0]
    join = node.parent
    if isinstance(join, exp.Join) and join.side == "LEFT" and not (join.args.get("on") or join.args.get("using")):
        # What each row is joined to are the elements of its own array: BigQuery asks for no condition.
        join.set("on", exp.true())
    structs = _holds_structs(array)
    if structs and not node.args.get("explode_array"):
        # Every field is a column, as it is where sqlglot itself sees that the elements are structs.
        node.set("explode_array", True)
    alias = node.args.get("alias")
    named = [*alias.columns, alias.this] if alias else []
    element = next((name for name in named if name is not None), None) or exp.to_identifier(f"element_{number}")
    if not offset:
        if structs or isinstance(array, PLAIN_ARRAYS) or isinstance(node.parent, exp.In):
            return node
        # What a column's elements are, only DuckDB knows: it makes a column of each field if they are structs.
        return exp.select(exp.alias_(_elements(array), element.copy())).subquery(element.copy())
    place = offset if isinstance(offset, exp.Identifier) else exp.to_identifier("offset", quoted=True)
    offsets = _call("range", _call("len", array))
    if (alias and not isinstance(array, PLAIN_ARRAYS)) or structs:
        _ask_without_offset(node, array, element, place)
    if structs:
        fields = exp.select(_elements(array), exp.alias_(_call("unnest", offsets), place.copy()))
        return fields.subquery(element.copy())
    plain = isinstance(array, PLAIN_ARRAYS)
    elements = _call("unnest", array) if plain else _elements(array)
    rows = exp.select(exp.alias_(elements, element.copy()), exp.alias_(_call("unnest", offsets), place.copy()))
    return rows.subquery(f"_offset_{number}" if plain else element.copy())


def _elements(array: exp.Expr) -> exp.Expr:
    """Return the elements of an array, of structs the fields."""
    return _call("unnest", array, exp.Kwarg(this=exp.var("max_depth"), expression=exp.Literal.number(2)))


def _holds_structs(array: exp.Expr) -> bool:
    """Say whether an array is written out with structs in it; its tuples are made structs without names."""
    if isinstance(array, exp.Cast):
        element = array.to.expressions[0] if array.to.expressions else None
        return isinstance(element, exp.DataType) and element.is_type("struct")
    if not isinstance(array, exp.Array) or not array.expressions or not isinstance(array.expressions[0], exp.Struct):
        return False
    for element in array.expressions:
        if isinstance(element, exp.Tuple):
            element.replace(exp.Struct(expressions=[part.copy() for part in element.expressions]))
    return True


def _ask_without_offset(node: exp.Unnest, array: exp.Expr, element: exp.Identifier, place: exp.Identifier) -> None:
    """Let the element's name stand for the element as it is in the array, and its .* for the fields: the offset, a
    column of the same table here, is none of them.
    """
    select = node.find_ancestor(exp.Select)
    if select is None:
        return
    name = element.name.casefold()
    for column in list(_columns_of(select, name)):
        if isinstance(column.this, exp.Star) and column.table.casefold() == name:
            column.this.set("except_", [*(column.this.args.get("except_") or []), place.copy()])
        elif not column.table and column.name.casefold() == name:
            at = exp.Add(this=exp.column(place.copy(), element.copy()), expression=exp.Literal.number(1))
            whole = _call("list_extract", array, at)
            listed = isinstance(column.parent, exp.Select) and column.arg_key == "expressions"
            column.replace(exp.alias_(whole, column.this.copy()) if listed else whole)


def _columns_of(select: exp.Select, name: str) -> Iterator[exp.Column]:
    """Yield the columns of a SELECT and of those within it that have no table of the name themselves."""
    for column in select.find_all(exp.Column):
        inner = column.find_ancestor(exp.Select)
        while inner is not None and inner is not select:
            sources = (
                source.alias_or_name.casefold() for source in inner.find_all(exp.Table, exp.Subquery, exp.Unnest)
            )
            if name in sources:
                break
            inner = inner.find_ancestor(exp.Select)
        if inner is select:
            yield column
