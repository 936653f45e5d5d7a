"""`penstock reproduce`, `export`, `score` and `approve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table, say
from penstock.cli.project_folder import folder_of
from penstock.core.errors import UserError

VersionName = Annotated[str, typer.Argument(metavar="MODEL[@VERSION]", help="A model, with a version or an alias.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(reproduce)
    app.command()(export)
    app.command()(score)
    app.command()(approve)


def split_version(text: str) -> tuple[str, str | None]:
    """Return the model and the version of `model@version`."""
    model, _, version = text.partition("@")
    return model, version or None


def reproduce(context: typer.Context, model: VersionName, form: FormatOption = Format.TABLE) -> None:
    """Train a version again from its snapshots, and compare.

    Without a version it is the champion; what is printed names the version. Ends with 1 when a metric is another than
    the recorded one.
    """
    name, version = split_version(model)
    with folder_of(context).connect() as connection:
        again = connection.reproduce(name, version)
    print_table(again.table().arrow(), form)
    say(again.message)
    if not again.same:
        raise UserError.of(f"Version {again.version} of {again.model} did not come out the same.")


def export(
    context: typer.Context,
    model: VersionName,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write the graph and what is needed to run it.")
    ],
) -> None:
    """Write a version as a folder that plain onnxruntime runs."""
    with folder_of(context).connect() as connection:
        name, version = split_version(model)
        say(connection.export(name, folder.resolve(), version))


def score(
    context: typer.Context,
    endpoint: Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint whose version scores.")],
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="A file of rows: CSV, JSON lines, Parquet or Excel.")
    ],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A Parquet or CSV file to write.")],
) -> None:
    """Score a file of rows with what an endpoint serves."""
    with folder_of(context).connect() as connection:
        rows = connection.score(endpoint, source.resolve(), target.resolve())
    say(f"{rows:,} rows scored into {target}.")


def approve(context: typer.Context, model: VersionName) -> None:
    """Let a version serve that waits at the gate.

    The alias champion moves to it, whatever its goals say; the history keeps when.
    """
    name, version = split_version(model)
    with folder_of(context).connect() as connection:
        say(connection.approve(name, version or "candidate"))
