"""BigQuery's PIVOT in DuckDB's words: sums keep the type of what they sum up, and columns have BigQuery's names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from penstock.sql.function_call import function_call as _call


def pivoted(node: exp.Expr) -> exp.Expr:
    """Return a table or subquery with one PIVOT as a query that names and types the columns that it makes."""
    pivots = node.args.get("pivots") or []
    if len(pivots) != 1 or pivots[0].args.get("unpivot"):
        return node
    pivot = pivots[0]
    aggregates: list[exp.Expr] = list(pivot.expressions)
    columns = list(_columns(pivot, aggregates))
    if not columns:
        return node
    source = node.copy()
    source.set("pivots", None)
    renamed = [
        exp.alias_(exp.column(made, quoted=True), name, quoted=True) for made, name, _ in columns if made != name
    ]
    typed = [(name, _typed(name, aggregate, source)) for _, name, aggregate in columns]
    kept = exp.select(exp.Star(rename=renamed) if renamed else exp.Star())
    inner = node.copy()
    inner.args["pivots"][0].set("alias", None)
    named = kept.from_(inner).subquery("named_columns")
    replaced = [exp.alias_(value, name, quoted=True) for name, value in typed if value is not None]
    query = exp.select(exp.Star(replace=replaced) if replaced else exp.Star()).from_(named)
    alias = pivot.args.get("alias")
    return query.subquery(alias.this.copy() if alias is not None else None)


def _columns(pivot: exp.Expr, aggregates: Sequence[exp.Expr]) -> Iterator[tuple[str, str, exp.Expr]]:
    """Yield each column's name as DuckDB makes it and as BigQuery does, with its aggregate."""
    fields = pivot.args.get("fields") or []
    if len(fields) != 1:
        return
    for value in fields[0].expressions:
        word = value.args["alias"].name if isinstance(value, exp.PivotAlias) else value.name
        for aggregate in aggregates:
            named = aggregate.alias if isinstance(aggregate, exp.Alias) else ""
            made = f"{word}_{named}" if named else word
            yield made, f"{named}_{word}" if named else word, aggregate.unalias()


def _typed(name: str, aggregate: exp.Expr, source: exp.Expr) -> exp.Expr | None:
    """Return a sum in the type of what it sums up; None for another aggregate."""
    column = exp.column(name, quoted=True)
    if isinstance(aggregate, exp.CountIf):
        return exp.cast(column, "bigint")
    if not isinstance(aggregate, exp.Sum):
        return None
    least = exp.cast(exp.Literal.number(0), "bigint")
    kind = exp.Coalesce(this=exp.AnyValue(this=aggregate.this.copy()), expressions=[least])
    return _call("cast_to_type", column, exp.select(kind).from_(source.copy()).subquery())
