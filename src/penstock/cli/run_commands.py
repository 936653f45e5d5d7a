"""`penstock plan`, `run` and `status`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table, say
from penstock.cli.project_folder import folder_of

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.engine.step import Status

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Objects to make; +NAME with what it needs, NAME+ with what needs it. Default: all.",
    ),
]
FullRefresh = Annotated[bool, typer.Option("--full-refresh", help="Build tables anew, incremental ones too.")]

# How the ends of a run's steps are told, in this order.
TOLD: tuple[tuple[Status, str], ...] = (
    ("done", "done"),
    ("skipped", "up to date"),
    ("failed", "failed"),
    ("cancelled", "not done because of that"),
)


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
        "step": _texts([str(number) for number in range(1, len(steps) + 1)]).cast(pa.int64()),
        "action": _texts([step.action for step in steps]),
        "object": _texts([str(step.name) for step in steps]),
        "because": _texts([step.reason for step in steps]),
    }
    print_table(pa.table(rows), form)


def _texts(values: list[str]) -> pa.Array:
    """Return texts as an Arrow column. `pyarrow.array` would import pandas first, where that is installed."""
    from pyarrow.lib import StringBuilder

    builder = StringBuilder()
    builder.append_values(values)
    return builder.finish()


def run(context: typer.Context, names: Names = None, full_refresh: FullRefresh = False) -> None:
    """Make every object match its definition.

    What is fresh is skipped, what was interrupted is gone on with. A step that fails stops what stands on it and
    nothing else.
    """
    from penstock.cli.progress import ProgressListener
    from penstock.engine.run import raise_problems

    with ProgressListener() as listener, folder_of(context).connect(listener) as connection:
        result = connection.try_run(names or [], full_refresh=full_refresh, cause="penstock run")
        for outcome in result.outcomes:
            if outcome.status == "cancelled":
                listener.tell(outcome.status, str(outcome.step.name), outcome.summary)
    counts = Counter(outcome.status for outcome in result.outcomes)
    words = [f"{counts[status]} {told}" for status, told in TOLD if counts[status]]
    say(f"Run {result.run_id}: {', '.join(words) or 'the project declares nothing'}.")
    raise_problems(result)


def status(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Show every object and how it is.

    How fresh a table is, which version serves and how good it is, what a monitor said last, when a trigger fired.
    """
    with folder_of(context).connect() as connection:
        print_table(connection.status(), form)
