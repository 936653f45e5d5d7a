"""`penstock lineage`."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table
from penstock.cli.project_folder import folder_of


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(lineage)


def lineage(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="An object, or table.column; all by default.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what an object is made from, and what from it.

    For a column (table.column), the columns that it comes from.
    """
    with folder_of(context).connect() as connection:
        print_table(connection.lineage(name).arrow(), form)
