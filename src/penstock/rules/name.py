"""Rules about names: those that lead nowhere, and those that are given twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from penstock.core.diagnostics import Severity
from penstock.core.names import Kind, did_you_mean, name_key
from penstock.graph.edge import RELATION, External
from penstock.project.resource import Resource
from penstock.rules.rule import Context, Finding, Rule, opening
from penstock.sql.place import place_of_name

# Tables, views and models share one namespace, as in BigQuery: `DROP`, `DESCRIBE` and lineage name them
# without a kind.
SHARED_NAMESPACE = (Kind.TABLE, Kind.VIEW, Kind.MODEL)
# What Penstock and DuckDB keep themselves and every query may read.
SYSTEM_SCHEMAS = ("penstock.", "information_schema.", "pg_catalog.")
SYSTEM_TABLES = ("duckdb_", "pragma_", "sqlite_master")


def _unknown(context: Context, *kinds: Kind) -> Iterator[Finding]:
    """Yield each name that stands for an object of these kinds and belongs to none."""
    for external in context.graph.external:
        if external.kinds[0] not in kinds or _is_elsewhere(context, external):
            continue
        user = context.project.resources[external.user]
        known = [item.name.name for item in context.of_kind(*external.kinds) if item is not user]
        known += [name for kind in external.kinds for name in context.existing.get(kind, ())]
        what = " or ".join(external.kinds)
        yield Finding(
            f"There is no {what} {external.name!r}, which {user.name} uses.",
            place_of_name(user.statement, external.name),
            _other_kind(context, external) or did_you_mean(external.name, known),
        )


def _is_elsewhere(context: Context, external: External) -> bool:
    name = external.name.casefold()
    if Kind.TABLE in external.kinds and (
        ".information_schema." in f".{name}" or name.startswith(SYSTEM_SCHEMAS) or name.startswith(SYSTEM_TABLES)
    ):
        return True
    return any(
        name_key(external.name) == name_key(existing)
        for kind in external.kinds
        for existing in context.existing.get(kind, ())
    )


def _other_kind(context: Context, external: External) -> str | None:
    """Return the hint for a name that exists, but as something else."""
    for resource in context.project.resources.values():
        if resource.name.key != name_key(external.name) or resource.name.kind in external.kinds:
            continue
        if resource.name.kind is Kind.MODEL and Kind.TABLE in external.kinds:
            return f"{external.name} is a model: read it with ML.PREDICT(MODEL {external.name}, TABLE …)."
        if resource.name.kind in (*RELATION, Kind.MODEL, Kind.ENDPOINT):
            return f"{external.name} is a {resource.name.kind}."
    return None


def _unknown_table(context: Context) -> Iterator[Finding]:
    yield from _unknown(context, *RELATION)


def _unknown_model(context: Context) -> Iterator[Finding]:
    yield from _unknown(context, Kind.MODEL)


def _unknown_endpoint(context: Context) -> Iterator[Finding]:
    yield from _unknown(context, Kind.ENDPOINT)


def _unknown_monitor(context: Context) -> Iterator[Finding]:
    yield from _unknown(context, Kind.MONITOR)


def _defined_twice(context: Context) -> Iterator[Finding]:
    groups: defaultdict[tuple[Kind, str], list[Resource]] = defaultdict(list)
    for resource in context.project.declared:
        groups[resource.name.kind, resource.name.key].append(resource)
    for group in groups.values():
        yield from _at_each_place(group, "is defined twice", "Rename one of them, or delete it.")


def _name_clash(context: Context) -> Iterator[Finding]:
    groups: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in context.of_kind(*SHARED_NAMESPACE):
        groups[resource.name.key].append(resource)
    for group in groups.values():
        yield from _at_each_place(group, "has another's name", "Tables, views and models share their names.")
        if len(group) == 1:
            yield from _clash_with_existing(context, group[0])


def _clash_with_existing(context: Context, resource: Resource) -> Iterator[Finding]:
    """Yield a model with the name of a table or view that is there beside the project, or the other way round."""
    for kind in (*RELATION,) if resource.name.kind is Kind.MODEL else (Kind.MODEL,):
        if any(name_key(name) == resource.name.key for name in context.existing.get(kind, ())):
            message = f"{opening(resource)} has another's name: there is a {kind} {resource.name.name} already."
            hint = (
                f"Tables, views and models share their names: rename one, or DROP {kind.upper()} {resource.name.name}."
            )
            yield Finding(message, place_of_name(resource.statement, resource.name.name), hint)
            return


def _at_each_place(group: list[Resource], problem: str, hint: str) -> Iterator[Finding]:
    if len(group) < 2:
        return
    for resource in group:
        others = ", ".join(f"{other.name.kind} at {other.span}" for other in group if other is not resource)
        place = place_of_name(resource.statement, resource.name.name)
        yield Finding(f"{opening(resource)} {problem}: also as {others}.", place, hint)


RULES = (
    Rule(
        "PS001",
        "unknown-table",
        Severity.ERROR,
        "A query reads a table or view that the project does not declare and that does not exist beside it.",
        "CREATE TABLE trips AS SELECT 1 AS id;\nCREATE VIEW long_trips AS SELECT * FROM tripz;",
        "CREATE TABLE trips AS SELECT 1 AS id;\nCREATE VIEW long_trips AS SELECT * FROM trips;",
        _unknown_table,
    ),
    Rule(
        "PS002",
        "unknown-model",
        Severity.ERROR,
        "A query, a goal, an endpoint or a trigger names a model that does not exist.",
        "CREATE ENDPOINT demand ON MODEL demand_modle;",
        "CREATE MODEL demand_model OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, 2 AS label;\n"
        "CREATE ENDPOINT demand ON MODEL demand_model;",
        _unknown_model,
    ),
    Rule(
        "PS003",
        "unknown-endpoint",
        Severity.ERROR,
        "A monitor, an experiment or a trigger names an endpoint that does not exist.",
        "CREATE MONITOR drift ON ENDPOINT demand BREACH WHEN max_psi > 0.2;",
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT 1 AS x, 2 AS label;\n"
        "CREATE ENDPOINT demand ON MODEL m;\n"
        "CREATE MONITOR drift ON ENDPOINT demand BREACH WHEN max_psi > 0.2;",
        _unknown_endpoint,
    ),
    Rule(
        "PS004",
        "unknown-monitor",
        Severity.ERROR,
        "A trigger waits for the breach of a monitor that does not exist, so it would never act.",
        "CREATE TRIGGER adapt ON BREACH OF drift DO RUN PROJECT OPTIONS (cool_down = '1 day');",
        "CREATE TABLE t AS SELECT 1 AS x;\n"
        "CREATE MONITOR drift ON TABLE t BREACH WHEN max_psi > 0.2;\n"
        "CREATE TRIGGER adapt ON BREACH OF drift DO RUN PROJECT OPTIONS (cool_down = '1 day');",
        _unknown_monitor,
    ),
    Rule(
        "PS005",
        "defined-twice",
        Severity.ERROR,
        "Two statements define the same object; which of them held would depend on the order of the files.",
        "CREATE TABLE t AS SELECT 1 AS x;\nCREATE TABLE T AS SELECT 2 AS x;",
        "CREATE TABLE t AS SELECT 1 AS x;\nCREATE TABLE t2 AS SELECT 2 AS x;",
        _defined_twice,
    ),
    Rule(
        "PS006",
        "name-clash",
        Severity.ERROR,
        "A table, a view and a model cannot have the same name: a query could not say which one it means.",
        "CREATE TABLE demand AS SELECT 1 AS x, 2 AS label;\n"
        "CREATE MODEL demand OPTIONS (model_type = 'linear_reg') AS SELECT * FROM demand;",
        "CREATE TABLE hours AS SELECT 1 AS x, 2 AS label;\n"
        "CREATE MODEL demand OPTIONS (model_type = 'linear_reg') AS SELECT * FROM hours;",
        _name_clash,
    ),
)
