"""`penstock plan`, `run` and `status`."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table, say
from penstock.cli.project_folder import folder_of

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Objects to make; +NAME with what it needs, NAME+ with what needs it. Default: all.",
    ),
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
    from penstock.cli.progress import ProgressListener

    with folder_of(context).connect(ProgressListener()) as connection:
        found = connection.plan(*(names or ()), full_refresh=full_refresh)
    if not found.steps and form is Format.TABLE:
        say("The project declares nothing: its files hold no CREATE statement.")
        return
    print_table(found.table().arrow(), form)


def run(context: typer.Context, names: Names = None, full_refresh: FullRefresh = False) -> None:
    """Make every object match its definition.

    What is fresh is skipped, what was interrupted is gone on with. A step that fails stops what stands on it and
    nothing else.
    """
    from penstock.cli.progress import ProgressListener
    from penstock.connection.run import told
    from penstock.engine.run import raise_problems

    with ProgressListener() as listener, folder_of(context).connect(listener) as connection:
        result = connection.try_run(names or [], full_refresh=full_refresh, cause="penstock run")
        for outcome in result.outcomes:
            if outcome.status == "cancelled":
                listener.tell(outcome.status, str(outcome.step.name), outcome.summary)
    say(told(result))
    raise_problems(result)


def status(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Show every object and how it is.

    How fresh a table is, which version serves and how good it is, what a monitor said last, when a trigger fired.
    """
    with folder_of(context).connect() as connection:
        found = connection.status().arrow()
    if not found.num_rows and form is Format.TABLE:
        say("Nothing has been made yet. Make it with: penstock run")
        return
    print_table(found, form)
