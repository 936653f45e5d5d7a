"""`penstock report`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.model_commands import VersionName, split_version
from penstock.cli.output import say
from penstock.cli.project_folder import folder_of


class ReportFormat(StrEnum):
    TEXT = "text"
    HTML = "html"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(report)


def report(
    context: typer.Context,
    model: VersionName,
    form: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="Default: what the file's name ends in, else text.", show_default=False),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")] = None,
) -> None:
    """Show how good a model is, what was tried, and where it errs.

    As text for a terminal, as one HTML page with plots, or as JSON. It is made from the version's artifact alone.
    """
    import orjson

    from penstock.connection.report import write_text

    name, version = split_version(model)
    with folder_of(context).connect() as connection:
        found = connection.model(name, version).report()
    match form or _meant(output):
        case ReportFormat.HTML:
            content = found.html()
        case ReportFormat.JSON:
            content = orjson.dumps(found.json(), option=orjson.OPT_INDENT_2).decode() + "\n"
        case _:
            content = found.text(_width(output)) + "\n"
    if output is None:
        sys.stdout.write(content)
        return
    write_text(output, content)
    say(f"The report of {model} is in {output}.")


def _meant(output: Path | None) -> ReportFormat:
    endings = {".html": ReportFormat.HTML, ".htm": ReportFormat.HTML, ".json": ReportFormat.JSON}
    return ReportFormat.TEXT if output is None else endings.get(output.suffix.lower(), ReportFormat.TEXT)


def _width(output: Path | None) -> int | None:
    from shutil import get_terminal_size

    return get_terminal_size().columns if output is None and sys.stdout.isatty() else None
