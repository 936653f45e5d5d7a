"""A monitor as a project declares it: a predicate over what an endpoint or a table has been doing lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, read_options
from penstock.project.duration import optional_duration, parse_duration, positive_duration_problem
from penstock.sql.statement import CreateMonitor, Query

Reference = Literal["training", "previous"]

OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "window",
        "string",
        None,
        "How far back from now the rows reach that are judged, like '7 days'.",
        check=positive_duration_problem,
    ),
    OptionSpec(
        "window_rows",
        "integer",
        None,
        "How many of the newest rows are judged; 1,000 when no window is given either.",
        minimum=1,
    ),
    OptionSpec(
        "min_rows",
        "integer",
        30,
        "With fewer rows in the window nothing is judged: a handful of rows would breach by chance.",
        minimum=1,
    ),
    OptionSpec(
        "every",
        "string",
        "10 seconds",
        "How long to wait between two evaluations, like '15 minutes'. Each reads the whole window.",
        check=positive_duration_problem,
    ),
    OptionSpec(
        "reference",
        "string",
        None,
        "What the window is compared with: 'training', the data that trained the champion, or 'previous', "
        "the window before. An endpoint's default is 'training', which of an imported model is the first full window "
        "that the version has answered; a table has only 'previous'.",
        choices=("training", "previous"),
    ),
    OptionSpec(
        "time_column",
        "string",
        None,
        "The column that orders a table's rows in time; without it, the time_column of the table itself.",
    ),
    OptionSpec("description", "string", None, "What the monitor watches for, for people."),
)
DEFAULT_WINDOW_ROWS = 1000


@dataclass(frozen=True)
class MonitorSpec:
    """What a CREATE MONITOR statement declares. Exactly one of `window` and `window_rows` is set.

    `watched_kind` is ENDPOINT or TABLE. `time_column` is a table's only; an endpoint's rows carry their time.
    """

    kind: ClassVar[Kind] = Kind.MONITOR

    name: str
    watched_kind: Kind
    watched: str
    predicate: Query
    window: timedelta | None = None
    window_rows: int | None = None
    min_rows: int = 30
    every: timedelta = timedelta(seconds=10)
    reference: Reference = "training"
    time_column: str | None = None
    description: str | None = None


def monitor_spec(statement: CreateMonitor) -> tuple[MonitorSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"monitor {statement.name}", statement.span)
    rows = cast("int | None", values["window_rows"])
    on_table = statement.watched_kind is Kind.TABLE
    findings += _contradictions(statement, {key for key, value in values.items() if value is not None}, on_table)
    if on_table and values["reference"] == "training":
        message = f"Monitor {statement.name} watches a table, which has no training data to be compared with."
        findings.append(Diagnostic("option", message, statement.span, "Say reference = 'previous', or leave it out."))
    if findings:
        return None, findings
    spec = MonitorSpec(
        name=statement.name,
        watched_kind=statement.watched_kind,
        watched=statement.watched,
        predicate=statement.predicate,
        window=optional_duration(values["window"]),
        window_rows=DEFAULT_WINDOW_ROWS if rows is None and values["window"] is None else rows,
        min_rows=cast("int", values["min_rows"]),
        every=parse_duration(cast("str", values["every"])),
        reference=cast("Reference", values["reference"] or ("previous" if on_table else "training")),
        time_column=cast("str | None", values["time_column"]),
        description=cast("str | None", values["description"]),
    )
    return spec, []


def _contradictions(statement: CreateMonitor, given: set[str], on_table: bool) -> list[Diagnostic]:
    findings = []
    if {"window", "window_rows"} <= given:
        message = f"Monitor {statement.name} has both window and window_rows."
        findings.append(Diagnostic("option", message, statement.span, "Keep one of them."))
    if "time_column" in given and not on_table:
        message = f"Monitor {statement.name} watches an endpoint, whose predictions carry their time themselves."
        findings.append(Diagnostic("option", message, statement.span, "Leave time_column out."))
    return findings
