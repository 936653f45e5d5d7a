"""`penstock sql`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_batches, say
from penstock.cli.project_folder import folder_of
from penstock.core.errors import BadData

if TYPE_CHECKING:
    from penstock.sql.statement import Dialect


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(sql)


def sql(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="The statements; - reads standard input.")] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", metavar="FILE", help="A file with the statements.")
    ] = None,
    dialect: Annotated[
        str | None, typer.Option(metavar="NAME", help="duckdb or bigquery; the project's own by default.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Do statements and print what the last one gives.

    Outside a project they work in memory, over files: penstock sql "SELECT * FROM 'trips.csv' LIMIT 5".
    """
    from penstock.cli.progress import ProgressListener
    from penstock.engine.statement import execute, last

    if (text is None) == (file is None):
        raise typer.BadParameter("Give the statements as text or with -f FILE.")
    if dialect not in (None, "duckdb", "bigquery"):
        raise typer.BadParameter(f"The dialect must be duckdb or bigquery, not {dialect!r}.")
    statements = _read(file) if file is not None else sys.stdin.read() if text == "-" else text or ""
    with (
        ProgressListener() as listener,
        folder_of(context).connect(listener, required=False) as connection,
    ):
        path = str(file) if file is not None else "sql"
        chosen: Dialect | None = None if dialect is None else "bigquery" if dialect == "bigquery" else "duckdb"
        result = last(execute(connection.session, statements, path=path, dialect=chosen))
        if result.message:
            say(result.message)
        elif result.schema.names:
            print_batches(result.schema, result.batches(), form)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise BadData.of(f"{file} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError as problem:
        hint = "Save the file in the encoding UTF-8."
        raise BadData.of(f"Byte {problem.start + 1} of {file} is not UTF-8 text.", hint=hint) from None
