"""The outputs of a frozen TRANSFORM as trees of operations, each with the type that DuckDB gives it."""

from __future__ import annotations

from dataclasses import replace

from penstock.core.errors import BadData, SyntaxProblem, UnknownName
from penstock.core.scalar_expression import ScalarExpression
from penstock.core.spans import Span
from penstock.lake.database import Connection
from penstock.learn.manifest import Transform
from penstock.sql.scalar_expression import scalar_expression
from penstock.sql.statement import Query


def transform_expressions(
    transform: Transform, training_sql: str, connection: Connection, span: Span
) -> dict[str, ScalarExpression] | None:
    """Return the outputs by name, their types known; None when DuckDB does not take one of them apart."""
    try:
        trees = {c.name: scalar_expression(Query(c.sql, "duckdb", span)) for c in transform.columns}
        return {name: _typed(tree, _types(tree, training_sql, connection)) for name, tree in trees.items()}
    except (SyntaxProblem, BadData, UnknownName):
        # The clause as a whole is sound, or it would not have been frozen: it stays with DuckDB. The name of a lambda
        # is no column by itself.
        return None


def _types(tree: ScalarExpression, training_sql: str, connection: Connection) -> dict[str, str]:
    texts = list(dict.fromkeys(part.sql for part in tree.walk() if not part.operation.startswith("?")))
    if not texts:
        return {}
    listed = ", ".join(f"({text}) AS part_{place}" for place, text in enumerate(texts))
    described = connection.columns(f"SELECT {listed} FROM (\n{training_sql}\n) AS raw_rows")
    return {text: str(field.type) for text, field in zip(texts, described, strict=True)}


def _typed(tree: ScalarExpression, types: dict[str, str]) -> ScalarExpression:
    return replace(
        tree,
        arguments=tuple(_typed(argument, types) for argument in tree.arguments),
        type=types.get(tree.sql, ""),
    )
