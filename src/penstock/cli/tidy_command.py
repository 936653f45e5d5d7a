"""`penstock tidy`."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import say
from penstock.cli.project_folder import folder_of


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(tidy)


def tidy(
    context: typer.Context,
    days: Annotated[
        float, typer.Option("--days", metavar="N", min=0, help="How long a table's earlier states can be read.")
    ] = 30,
    orphans: Annotated[
        bool,
        typer.Option(
            "--orphans", help="Clean storage outside the project's folder too; it must be this project's alone."
        ),
    ] = False,
    trial: Annotated[bool, typer.Option("--trial", help="Only say what would be deleted.")] = False,
) -> None:
    """Delete old snapshots and the files that nothing needs.

    What a version was trained on is kept, so that it can be reproduced.
    """
    with folder_of(context).connect() as connection:
        done = connection.tidy(days, orphans=orphans, trial=trial)
    verb = "would be deleted" if trial else "deleted"
    files = "" if trial else f" with {_counted(done.files, 'file')}"
    say(f"{_counted(done.snapshots, 'old snapshot')}{files} {verb}.")
    if done.orphans:
        say(f"{_counted(done.orphans, 'file')} that a killed process had left {verb}.")
    if done.passed_over:
        count = _counted(done.passed_over, "file")
        say(f"{count} in the storage that this project does not name left alone; --orphans deletes them.")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
