"""The select list of a query: what each output column is called and which columns it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from penstock.sql.dialect import shared_tree
from penstock.sql.scope import relation_name, sites
from penstock.sql.statement import Query


@dataclass(frozen=True)
class ReadColumn:
    """A column as an expression names it; `source` is the table or alias before the dot, or None."""

    source: str | None
    name: str

    def may_be(self, other: ReadColumn) -> bool:
        """Return whether both can be the same column: the names match, and the sources where both are
        written.
        """
        if self.name.casefold() != other.name.casefold():
            return False
        return None in (self.source, other.source) or str(self.source).casefold() == str(other.source).casefold()


@dataclass(frozen=True)
class OutputColumn:
    """One expression of the list.

    `name` is its alias or the column's own name, None for an expression without either. `row_wise` is whether
    its value follows from `reads` of the same row alone: no window, aggregate or subquery in it.
    """

    name: str | None
    reads: tuple[ReadColumn, ...]
    row_wise: bool


@dataclass(frozen=True)
class OutputStar:
    """A `*` or `t.*`. `without` is what EXCEPT (EXCLUDE) and REPLACE take out of it.

    `relation` is the table whose columns it stands for, when the query reads that one and nothing else, else
    None.
    """

    source: str | None
    without: tuple[str, ...]
    relation: str | None


def output_list(query: Query) -> tuple[OutputColumn | OutputStar, ...]:
    """Return the select list of a query, of the first one in a UNION; empty for what is no SELECT.

    Raises SyntaxProblem for text that does not parse.
    """
    tree = shared_tree(query)
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if not isinstance(tree, exp.Select):
        return ()
    relation, alias = _only_relation(tree, query)
    grouped = tree.args.get("group") is not None
    return tuple(_item(expression, relation, alias, grouped) for expression in tree.expressions)


def _item(expression: exp.Expr, relation: str | None, alias: str, grouped: bool) -> OutputColumn | OutputStar:
    star = expression.this if isinstance(expression, exp.Column) else expression
    if isinstance(star, exp.Star):
        source = expression.table or None if isinstance(expression, exp.Column) else None
        of_table = source is None or source.casefold() == alias.casefold()
        return OutputStar(source, _taken_out(star), relation if of_table else None)
    if expression.find(exp.Columns) is not None:
        # COLUMNS('a.*') stands for columns that cannot be told from the text.
        return OutputStar(None, (), None)
    reads = {_read(column): None for column in expression.find_all(exp.Column)}
    row_wise = not grouped and expression.find(exp.Window, exp.AggFunc, exp.Query) is None
    return OutputColumn(expression.output_name or None, tuple(reads), row_wise)


def _read(column: exp.Column) -> ReadColumn:
    return ReadColumn(column.table or None, column.name)


def _taken_out(star: exp.Star) -> tuple[str, ...]:
    excepted = star.args.get("except_") or star.args.get("except") or []
    replaced = star.args.get("replace") or []
    return tuple(item.alias_or_name for item in (*excepted, *replaced))


def _only_relation(select: exp.Select, query: Query) -> tuple[str | None, str]:
    """Return the name and the alias of the only thing that a SELECT reads, when that is a table by name."""
    source = select.args.get("from_")
    if not isinstance(source, exp.From) or not isinstance(source.this, exp.Table) or select.args.get("joins"):
        return None, ""
    found = [site for site in sites(select, query.dialect) if site.relation is not None or site.common is not None]
    name = relation_name(source.this, query.dialect)
    plain = any(site.relation == name for site in found) and not any(site.common for site in found)
    return name if plain else None, source.this.alias_or_name
