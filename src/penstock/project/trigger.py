"""A trigger as a project declares it: when this happens, do that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, read_options
from penstock.project.duration import duration_problem, parse_duration
from penstock.sql.statement import (
    CreateTrigger,
    OnArrival,
    OnSchedule,
    TriggerAction,
    TriggerEvent,
)

OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "cool_down",
        "string",
        "0 seconds",
        "How long the trigger rests after it has acted, like '1 day'.",
        check=duration_problem,
    ),
    OptionSpec(
        "min_rows",
        "integer",
        0,
        "With fewer new rows since it last acted, the trigger does not act.",
        minimum=0,
    ),
    OptionSpec("description", "string", None, "Why the trigger is there, for people."),
)


@dataclass(frozen=True)
class TriggerSpec:
    """What a CREATE TRIGGER statement declares. `cool_down` is zero for a trigger that never rests."""

    kind: ClassVar[Kind] = Kind.TRIGGER

    name: str
    event: TriggerEvent
    actions: tuple[TriggerAction, ...]
    cool_down: timedelta = timedelta(0)
    min_rows: int = 0
    description: str | None = None


def trigger_spec(statement: CreateTrigger) -> tuple[TriggerSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when any of it is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"trigger {statement.name}", statement.span)
    findings += _event_problems(statement)
    if findings:
        return None, findings
    spec = TriggerSpec(
        name=statement.name,
        event=statement.event,
        actions=statement.actions,
        cool_down=parse_duration(cast("str", values["cool_down"])),
        min_rows=cast("int", values["min_rows"]),
        description=cast("str | None", values["description"]),
    )
    return spec, []


def _event_problems(statement: CreateTrigger) -> list[Diagnostic]:
    match statement.event:
        case OnSchedule(cron) if not _is_cron(cron):
            message = f"The schedule {cron!r} of trigger {statement.name} is not a cron text."
            hint = "Minute, hour, day of month, month, day of week: '0 3 * * *' is every day at 03:00 UTC."
            return [Diagnostic("option", message, statement.span, hint)]
        case OnArrival(glob) if not glob.strip():
            message = f"Trigger {statement.name} waits for files but names none."
            return [Diagnostic("option", message, statement.span, "Say for example ON ARRIVAL 'data/*.csv'.")]
        case _:
            return []


def _is_cron(text: str) -> bool:
    # Imported here: croniter brings pytz and takes a while, and most projects name no schedule.
    from croniter import croniter

    return len(text.split()) == 5 and bool(croniter.is_valid(text))
