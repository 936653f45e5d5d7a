"""A goal as a project declares it: what a model must reach before a version of it may serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, read_options
from penstock.project.duration import optional_duration, positive_duration_problem
from penstock.sql.statement import CreateGoal, Query

OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("description", "string", None, "What the model is for, for people."),
    OptionSpec("owner", "string", None, "Who answers for the goal."),
    OptionSpec(
        "time_column",
        "string",
        None,
        "The column of the training query that orders rows in time. With it, candidate and champion "
        "are judged on the newest rows; without it, on the rows that the candidate held out.",
    ),
    OptionSpec(
        "window",
        "string",
        None,
        "How far back the judging rows reach from the newest one, like '30 days'; needs time_column.",
        check=positive_duration_problem,
    ),
)


@dataclass(frozen=True)
class GoalSpec:
    """What a CREATE GOAL statement declares. `predicate` is what a version must fulfil to be accepted."""

    kind: ClassVar[Kind] = Kind.GOAL

    name: str
    model: str
    predicate: Query
    description: str | None = None
    owner: str | None = None
    time_column: str | None = None
    window: timedelta | None = None


def goal_spec(statement: CreateGoal) -> tuple[GoalSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"goal {statement.name}", statement.span)
    if values["window"] is not None and values["time_column"] is None:
        message = f"Goal {statement.name} has a window but no time_column to measure it by."
        hint = "Add time_column = '…', a column of the model's query."
        findings.append(Diagnostic("option", message, statement.span, hint))
    if findings:
        return None, findings
    spec = GoalSpec(
        name=statement.name,
        model=statement.model,
        predicate=statement.predicate,
        description=cast("str | None", values["description"]),
        owner=cast("str | None", values["owner"]),
        time_column=cast("str | None", values["time_column"]),
        window=optional_duration(values["window"]),
    )
    return spec, []
