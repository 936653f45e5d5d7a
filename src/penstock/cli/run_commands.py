"""`penstock plan`, `run` and `status`."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table, say
from penstock.cli.project_folder import folder_of

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Objects to make; +NAME with what it needs, NAME+ with what needs it. Default: all."),
]
FullRefresh = Annotated[bool, typer.Option("--full-refresh", help="Build tables anew, incremental ones too.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(plan)
    app.command()(run)
    app.command()(status)


def plan(
    context: typer.Context,
    names: Names = None,
    full_refresh: FullRefresh = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a run would do, and why."""
    import pyarrow as pa

    from penstock.cli.progress import ProgressListener

    with folder_of(context).connect(ProgressListener()) as connection:
        steps = connection.plan(*(names or ()), full_refresh=full_refresh).steps
    rows = {
        "step": pa.array(range(1, len(steps) + 1), pa.int64()),
        "action": pa.array([step.action for step in steps], pa.string()),
        "object": pa.array([str(step.name) for step in steps], pa.string()),
        "because": pa.array([step.reason for step in steps], pa.string()),
    }
    print_table(pa.table(rows), form)


def run(context: typer.Context, names: Names = None, full_refresh: FullRefresh = False) -> None:
    """Make every object match its definition; what is fresh is skipped, what was interrupted is gone on with."""
    from penstock.cli.progress import ProgressListener
    from penstock.engine.run import raise_problems

    with ProgressListener() as listener, folder_of(context).connect(listener) as connection:
        result = connection.try_run(names or [], full_refresh=full_refresh, cause="penstock run")
    done = sum(outcome.status == "done" for outcome in result.outcomes)
    skipped = sum(outcome.status == "skipped" for outcome in result.outcomes)
    failed = sum(outcome.status == "failed" for outcome in result.outcomes)
    left = sum(outcome.status == "cancelled" for outcome in result.outcomes)
    words = [f"{done} done", f"{skipped} up to date"]
    words += [f"{failed} failed"] if failed else []
    words += [f"{left} not done because of that"] if left else []
    say(f"Run {result.run_id}: {', '.join(words)}.")
    raise_problems(result)


def status(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Show every object: what it is, how fresh, what serves, what was said of it last."""
    with folder_of(context).connect() as connection:
        print_table(connection.status(), form)
