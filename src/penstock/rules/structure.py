"""Rules about the shape of the graph: circles, and tables that nobody needs."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.core.diagnostics import Severity
from penstock.core.names import Kind
from penstock.graph.cycle import cycle_text, find_cycles
from penstock.rules.rule import Context, Finding, Rule
from penstock.sql.place import place_of_name


def _cycle(context: Context) -> Iterator[Finding]:
    for cycle in find_cycles(context.graph):
        first, needed = context.graph.resources[cycle[0]], cycle[1 % len(cycle)]
        yield Finding(
            f"These need each other in a circle: {cycle_text(cycle)}.",
            place_of_name(first.statement, needed.name) if needed != first.name else first.span,
            "Take one of these steps out of the circle, for example by reading an earlier table.",
        )


def _unused(context: Context) -> Iterator[Finding]:
    if not any(context.of_kind(Kind.MODEL, Kind.ENDPOINT)):
        # Who has only begun has nothing yet that could use a table.
        return
    for resource in context.of_kind(Kind.TABLE, Kind.VIEW):
        users = [name for name in context.graph.children[resource.name] if name.kind is not Kind.ASSERTION]
        # Predictions are what a project is for: a table that reads a model is an end, not a leftover.
        if not users and not resource.references.models:
            yield Finding(
                f"Nothing uses {resource.name}.",
                place_of_name(resource.statement, resource.name.name),
                "Delete it if it is a leftover; if it is a result for people, nothing needs to change.",
            )


RULES = (
    Rule(
        "PS007",
        "cycle",
        Severity.ERROR,
        "Objects need each other in a circle, so none of them can be made first.",
        "CREATE TABLE a AS SELECT * FROM b;\nCREATE VIEW b AS SELECT * FROM a;",
        "CREATE TABLE a AS SELECT 1 AS x;\nCREATE VIEW b AS SELECT * FROM a;",
        _cycle,
    ),
    Rule(
        "PS008",
        "unused-table",
        Severity.WARNING,
        "No query, model, monitor or trigger uses the table or view. It is built at every run all the same. "
        "Nothing is said of a project that has no model yet.",
        "CREATE TABLE hours AS SELECT 1 AS x, 2 AS label;\nCREATE TABLE old_hours AS SELECT 1 AS x;\n"
        "CREATE MODEL demand OPTIONS (model_type = 'linear_reg') AS SELECT * FROM hours;",
        "CREATE TABLE hours AS SELECT 1 AS x, 2 AS label;\n"
        "CREATE MODEL demand OPTIONS (model_type = 'linear_reg') AS SELECT * FROM hours;",
        _unused,
    ),
)
