"""What stands where in a query: every table, file and table function call, each with the common table
expressions it sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from penstock.sql.dialect import BACK_QUOTED, CALL, FILES, SPAN
from penstock.sql.source import CallSyntax, FileReference
from penstock.sql.statement import Dialect
from penstock.sql.value_site import ValueSite

_WRITERS = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop)


@dataclass(frozen=True)
class CommonTable:
    """A common table expression: its `name AS (…)` in the text, its tree, and the ones that it sees
    itself.
    """

    name: str
    start: int
    end: int
    tree: exp.Expr
    sees: Mapping[str, CommonTable] = field(repr=False)
    recursive: bool


@dataclass(frozen=True)
class Site:
    """A place in a query that reads something: exactly one of the fields after `sees` is set.

    `qualifier` is the schema and the dot before a column's table, `raw.` in `raw.t.a`; its value is `raw.t`.
    """

    start: int
    end: int
    alias: str | None
    sees: Mapping[str, CommonTable] = field(repr=False)
    relation: str | None = None
    files: FileReference | None = None
    call: CallSyntax | None = None
    common: CommonTable | None = None
    qualifier: str | None = None
    value: ValueSite | None = None


def sites(tree: exp.Expr, dialect: Dialect) -> list[Site]:
    """Return every place of a tree that reads something, in the order of the text; a call before what it
    holds.
    """
    return sorted(_visit(tree, {}, dialect), key=lambda site: (site.start, -site.end))


def sites_within(tree: exp.Expr, sees: Mapping[str, CommonTable], dialect: Dialect) -> Iterator[Site]:
    """Yield the places of a part of a query that sees these common table expressions."""
    return _visit(tree, sees, dialect)


def relation_name(table: exp.Table, dialect: Dialect) -> str:
    """Return a table's name as written, its parts joined by dots; a BigQuery project is dropped.

    Back quotes are BigQuery's, wherever they stand: one back-quoted text may hold the whole dotted name.
    """
    name = ".".join(part.name for part in table.parts)
    is_bigquery = dialect == "bigquery" or table.meta.get(BACK_QUOTED)
    parts = name.split(".")
    # Before INFORMATION_SCHEMA stands the dataset, which says whose models are listed.
    kept = 3 if [part.casefold() for part in parts[-2:]] == ["information_schema", "models"] else 2
    return ".".join(parts[-kept:]) if is_bigquery else name


_Pending = tuple[exp.Expr, Mapping[str, CommonTable], frozenset[str]]


def _visit(tree: exp.Expr, sees: Mapping[str, CommonTable], dialect: Dialect) -> Iterator[Site]:
    """Yield a tree's sites in no order; a stack of its own, since a long chain of operators is a deep tree."""
    pending: list[_Pending] = [(tree, sees, frozenset())]
    while pending:
        node, sees, siblings = pending.pop()
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With):
            sees = dict(sees)
            for cte in with_.expressions:
                common = _common_table(cte, sees, recursive=bool(with_.recursive))
                pending.append((cte.this, common.sees, frozenset()))
                sees[common.name.casefold()] = common
        if isinstance(node, exp.Select):
            siblings = _aliases(node)
        if isinstance(node, exp.Table):
            yield from _table(node, sees, dialect, siblings)
            call = node.meta.get(CALL)
            pending += [(argument.tree, sees, frozenset()) for argument in (call.data if call else ())]
        if isinstance(node, exp.Column) and node.db:
            yield from _qualifier(node, sees)
        written = {"with_", "this"} if isinstance(node, _WRITERS) else {"with_"}
        for key, child in node.args.items():
            if key not in written:
                items = child if isinstance(child, list) else [child]
                pending += [(item, sees, siblings) for item in items if isinstance(item, exp.Expr)]


def _common_table(cte: exp.CTE, sees: Mapping[str, CommonTable], *, recursive: bool) -> CommonTable:
    start, end = cte.meta[SPAN]
    visible = dict(sees)
    common = CommonTable(cte.alias, start, end, cte.this, visible, recursive)
    if recursive:
        visible[cte.alias.casefold()] = common
    return common


def _table(
    table: exp.Table, sees: Mapping[str, CommonTable], dialect: Dialect, siblings: frozenset[str]
) -> Iterator[Site]:
    if SPAN not in table.meta:
        return
    start, end = table.meta[SPAN]
    alias = table.alias or None
    if alias and table.args["alias"].this.meta.get("start", end) < end:
        # The parser's own, of a view of INFORMATION_SCHEMA: it is not in the text.
        alias = None
    if (call := table.meta.get(CALL)) is not None:
        yield Site(start, end, alias, sees, call=call)
    elif (files := table.meta.get(FILES)) is not None:
        yield Site(start, end, alias, sees, files=files)
    elif isinstance(table.this, exp.Identifier | exp.Dot):
        name = relation_name(table, dialect)
        common = sees.get(name.casefold()) if len(table.parts) == 1 else None
        if common is not None:
            yield Site(start, end, alias, sees, common=common)
        elif len(table.parts) == 1 or table.parts[0].name.casefold() not in siblings:
            # `FROM t, t.items` reads the array of a table beside it, not another table.
            yield Site(start, end, alias, sees, relation=name)


def _qualifier(column: exp.Column, sees: Mapping[str, CommonTable]) -> Iterator[Site]:
    schema, table = column.args["db"], column.args["table"]
    if "start" in schema.meta and "start" in table.meta:
        name = f"{schema.name}.{table.name}"
        yield Site(schema.meta["start"], table.meta["start"], None, sees, qualifier=name)


def _aliases(select: exp.Select) -> frozenset[str]:
    """Return the names under which a SELECT's own sources are known, when they have no schema."""
    from_ = select.args.get("from_")
    sources = [from_.this] if isinstance(from_, exp.From) else []
    sources += [join.this for join in select.args.get("joins") or []]
    return frozenset(
        source.alias_or_name.casefold()
        for source in sources
        if isinstance(source, exp.Table | exp.Subquery) and (source.alias or len(getattr(source, "parts", [])) == 1)
    )
