"""Which columns of which tables a query's output columns come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

from penstock.core.errors import SyntaxProblem
from penstock.sql.dialect import SPAN, parse_query
from penstock.sql.scope import sites
from penstock.sql.statement import Query

ColumnLineage = dict[str, tuple[tuple[str, str], ...]]


def column_lineage(query: Query, columns_of: Callable[[str], Sequence[str] | None]) -> ColumnLineage:
    """Return each output column's (relation, column) pairs, sorted; empty when it cannot be told.

    `columns_of` returns the columns of a relation by its name as written, None for an unknown one; without
    them `*` and unqualified columns of a join cannot be told. Files and table functions are opaque: nothing
    is traced through them.
    """
    try:
        tree = parse_query(query)
    except SyntaxProblem:
        return {}
    if not isinstance(tree, exp.Query) or any(not isinstance(cte.this, exp.Query) for cte in tree.find_all(exp.CTE)):
        return {}
    written: dict[str, str] = {}
    spelling: dict[tuple[str, str], str] = {}
    schema = MappingSchema(dialect="duckdb")
    relations = {(site.start, site.end): site.relation for site in sites(tree, query.dialect)}
    for table in list(tree.find_all(exp.Table)):
        relation = relations.get(table.meta.get(SPAN, (-1, -1)))
        if relation is None:
            continue
        stand_in = _stand_in(table, relation, written)
        if (known := columns_of(relation)) is not None:
            spelling.update({(stand_in, name.casefold()): name for name in known})
            schema.add_table(stand_in, dict.fromkeys(map(_quoted, known), "VARCHAR"), dialect="duckdb")
    outputs = {name.casefold(): name for name in spelling.values()}
    try:
        outputs.update({name.casefold(): name for name in tree.named_selects})
        found = lineage(None, tree, schema, dialect="duckdb", validate_qualify_columns=False)
    except (SqlglotError, ValueError, AttributeError, RecursionError):
        # sqlglot cannot follow this query: lineage helps the reader, and none is better than a wrong one.
        return {}
    if "*" in found:
        return {}
    return {outputs.get(name.casefold(), name): _sources(node, written, spelling) for name, node in found.items()}


def _stand_in(table: exp.Table, relation: str, written: dict[str, str]) -> str:
    """Give a table a plain name of its own: sqlglot wants all names of a schema to have equally
    many parts.
    """
    stand_in = f"penstock_relation_{len(written)}"
    written[stand_in] = relation
    if not table.alias:
        exp.alias_(table, table.name, table=True, copy=False, quoted=True)
    table.set("this", exp.to_identifier(stand_in))
    table.set("db", None)
    table.set("catalog", None)
    return stand_in


def _quoted(column: str) -> str:
    return exp.to_identifier(column, quoted=True).sql(dialect="duckdb")


def _sources(node: Node, written: dict[str, str], spelling: dict[tuple[str, str], str]) -> tuple[tuple[str, str], ...]:
    """Return the (relation, column) pairs at the ends of a column's lineage."""
    found = set()
    for leaf in node.walk():
        table = leaf.expression
        if not leaf.downstream and isinstance(table, exp.Table) and table.name in written:
            column = leaf.name.rpartition(".")[2].strip('"')
            found.add((written[table.name], spelling.get((table.name, column.casefold()), column)))
    return tuple(sorted(found))
