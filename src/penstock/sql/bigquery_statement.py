"""BigQuery's forms of statements and queries that DuckDB writes otherwise: DELETE t, INSERT ROW, AS OF, AS STRUCT."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from penstock.sql.function_call import function_call as _call
from penstock.sql.named_value import with_named
from penstock.sql.pivot import pivoted

INFORMATION = "INFORMATION_SCHEMA."
# Where BigQuery keeps a table's rows; DuckDB reads all of it alike.
STORED = (exp.PartitionedByProperty, exp.ClusterProperty, exp.Property)


def deleted(node: exp.Expr) -> exp.Expr:
    """Return DELETE with the FROM that BigQuery may leave out."""
    tables = node.args.get("tables")
    if not node.this and tables and len(tables) == 1:
        node.set("this", tables[0])
        node.set("tables", None)
    return node


def inserted_row(node: exp.Expr) -> exp.Expr:
    """Return MERGE's INSERT ROW as an INSERT of all columns by their names."""
    added = node.args.get("then")
    if isinstance(added, exp.Insert) and isinstance(added.this, exp.Var) and added.this.name.upper() == "ROW":
        node.set("then", exp.Var(this="INSERT BY NAME"))
    return node


def read_table(node: exp.Expr) -> exp.Expr:
    """Return a table in DuckDB's words: as it was at a time, of INFORMATION_SCHEMA, with a PIVOT."""
    version = node.args.get("version")
    if isinstance(version, exp.Version) and version.name == "TIMESTAMP" and version.text("kind") == "AS OF":
        moment = exp.cast(version.args["expression"].copy(), "timestamptz")
        node.set("version", None)
        node.set("when", exp.HistoricalData(this=exp.Var(this="AT"), kind="TIMESTAMP", expression=moment))
    return pivoted(_information(node))


def _information(node: exp.Expr) -> exp.Expr:
    """Return INFORMATION_SCHEMA.TABLES, which sqlglot reads as one name, as DuckDB's; of a dataset, its part of it."""
    named = node.this
    if not isinstance(named, exp.Identifier) or not named.name.upper().startswith(INFORMATION):
        return node
    listed = exp.table_(named.name[len(INFORMATION) :].lower(), db="information_schema")
    own: exp.Condition = exp.column("table_catalog").eq(_call("current_database"))
    if dataset := node.args.get("db"):
        own = exp.and_(own, exp.column("table_schema").eq(exp.Literal.string(dataset.name)))
    return exp.select("*").from_(listed).where(own).subquery(node.alias or named.name[len(INFORMATION) :].lower())


def without_storage(node: exp.Expr) -> None:
    """Take out of CREATE TABLE how BigQuery partitions, clusters and describes it."""
    properties = node.args.get("properties")
    if node.args.get("kind") not in ("TABLE", "VIEW") or properties is None:
        return
    kept = [found for found in properties.expressions if type(found) not in STORED]
    node.set("properties", exp.Properties(expressions=kept) if kept else None)
    for constraint in list(node.find_all(exp.ColumnConstraint)):
        if isinstance(constraint.kind, exp.Properties):
            constraint.pop()


def untyped(node: exp.Expr) -> None:
    """Leave out ANY TYPE of the parameters of a CREATE FUNCTION: DuckDB's have the types of what they are given."""
    if node.args.get("kind") == "FUNCTION":
        for parameter in node.find_all(exp.ColumnDef):
            kind = parameter.args.get("kind")
            if isinstance(kind, exp.DataType) and kind.is_type("variant"):
                parameter.replace(parameter.this.copy())


def name_fields(node: exp.Expr) -> exp.Expr:
    """Give the structs of a UNION's later parts the field names of its first, as BigQuery does by their place."""
    first = node.this
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    later = node.args.get("expression")
    if not (isinstance(first, exp.Select) and isinstance(later, exp.Select) and first.args.get("kind") == "STRUCT"):
        return node
    names = [column.alias_or_name for column in first.expressions]
    if later.args.get("kind") != "STRUCT" or len(names) != len(later.expressions) or not all(names):
        return node
    values = [column.unalias() if isinstance(column, exp.Alias) else column for column in later.expressions]
    later.set("expressions", [exp.alias_(value.copy(), name) for name, value in zip(names, values, strict=True)])
    return node


def flattened(tree: exp.Expr) -> exp.Expr:
    """Return a whole query that is SELECT AS STRUCT as one that gives the fields as columns, as BigQuery does."""
    outermost = tree
    while isinstance(outermost, exp.SetOperation):
        outermost = outermost.this
    if isinstance(tree, exp.Select | exp.SetOperation) and outermost.args.get("kind") == "STRUCT":
        for select in [tree] if isinstance(tree, exp.Select) else tree.find_all(exp.Select):
            if select.parent_select is None and select.args.get("kind") == "STRUCT":
                select.set("kind", None)
    return tree


def first_texts(node: exp.Expr) -> exp.Expr:
    """Return STRING_AGG(… LIMIT n) as the first n of all texts."""
    limit = node.this
    if not isinstance(limit, exp.Limit):
        return node
    texts: exp.Expr = exp.IgnoreNulls(this=exp.ArrayAgg(this=limit.this.copy()))
    first = _call("list_slice", texts, exp.Literal.number(1), limit.args["expression"])
    return _call("array_to_string", first, node.args.get("separator") or exp.Literal.string(","))


def row_value(node: exp.Expr) -> exp.Expr:
    """Return a struct without field names among the VALUES of an INSERT as a row, which takes those of its column."""
    named = any(isinstance(field, exp.PropertyEQ | exp.Alias) for field in node.expressions)
    if (
        named
        or not node.expressions
        or not isinstance(node.find_ancestor(exp.Values, exp.Select, exp.Struct), exp.Values)
    ):
        return node
    return _call("row", *node.expressions)


def nth_place(node: exp.Expr) -> exp.Expr:
    """Return INSTR with a place to begin at and the number of the occurrence, both counted from 1."""
    occurrence = node.args.get("occurrence")
    if occurrence is None:
        return exp.cast(node.copy(), "bigint")
    text, part = node.this, node.args["substr"]
    place = exp.to_identifier("place")
    here = _call("substr", text, exp.column(place.copy()), _call("length", part)).eq(exp.paren(part.copy()))
    begin = node.args.get("position") or exp.Literal.number(1)
    until = exp.Add(this=_call("length", text), expression=exp.Literal.number(1))
    each = exp.Lambda(this=here, expressions=[place])
    places = exp.Anonymous(this="list_filter", expressions=[_call("range", begin, until), each])
    found = _call("list_extract", places, occurrence)
    return exp.cast(exp.Coalesce(this=found, expressions=[exp.Literal.number(0)]), "bigint")


def index_of(node: exp.Expr) -> exp.Expr:
    """Return a[OFFSET(i)] or a[ORDINAL(i)] of a list, an error for a place that the list does not have."""
    offset = node.args.get("offset")
    if offset is None or len(node.expressions) != 1:
        return node
    place = node.expressions[0]
    if not isinstance(place, exp.Literal):
        # What counts from 0 is moved by one only where the place is known to be a whole number.
        node.set("expressions", [exp.cast(place.copy(), "bigint")])
    if node.args.get("safe"):
        return node
    tried = node.find_ancestor(exp.SafeFunc) is not None

    def made(array: exp.Expr, at: exp.Expr) -> exp.Expr:
        whole = at if isinstance(at, exp.Literal) else exp.cast(at.copy(), "bigint")
        found = exp.Bracket(**{**node.args, "this": array, "expressions": [whole]})
        return exp.Case().when(*_outside(array, at, offset, tried=tried)).else_(found)

    return with_named(made, node.this, place)


def _outside(array: exp.Expr, place: exp.Expr, offset: int, *, tried: bool) -> tuple[exp.Expr, exp.Expr]:
    """Return the condition that a list does not have a place, and what there is then: NULL or an error."""
    first = exp.Literal.number(offset)
    last = exp.Add(this=_call("len", array), expression=exp.Literal.number(offset))
    outside = exp.or_(
        exp.LT(this=exp.paren(place.copy()), expression=first), exp.GTE(this=exp.paren(place.copy()), expression=last)
    )
    told = exp.DPipe(
        this=exp.DPipe(this=exp.Literal.string("Array index "), expression=exp.paren(place.copy())),
        expression=exp.Literal.string(" is out of bounds"),
    )
    return outside, exp.Null() if tried else _call("error", told)


def set_fields(node: exp.Expr) -> exp.Expr:
    """Return UPDATE t SET s.x = v as a new value of the whole struct s; an UPDATE of MERGE changes MERGE's table."""
    merge = node.find_ancestor(exp.Merge)
    changed_table = merge.this if merge is not None and node.this is None else node.this
    target = changed_table.alias_or_name.casefold()
    for change in node.expressions:
        named = change.this
        if not isinstance(named, exp.Column) or not named.table:
            continue
        if named.table.casefold() == target:
            named.set("table", None)
            continue
        struct, field = exp.column(named.args["table"].copy()), named.this
        changed = exp.PropertyEQ(this=exp.to_identifier(field.name), expression=change.expression.copy())
        before = exp.column(struct.this.copy(), table=exp.to_identifier(changed_table.alias_or_name))
        change.set("this", struct)
        change.set("expression", exp.Anonymous(this="struct_update", expressions=[before, changed]))
    return node


STATEMENT_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Delete: deleted,
    exp.When: inserted_row,
    exp.Table: read_table,
    exp.Subquery: pivoted,
    exp.Union: name_fields,
    exp.GroupConcat: first_texts,
    exp.StrPosition: nth_place,
    exp.Struct: row_value,
    exp.Bracket: index_of,
    exp.Update: set_fields,
}
