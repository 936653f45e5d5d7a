"""`penstock demo`: the loop on real data, from a file to a version that was promoted by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.output import say
from penstock.core.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(demo)


def demo(
    into: Annotated[Path | None, typer.Option(help="A new folder for the project; a passing one by default.")] = None,
    weeks: Annotated[int, typer.Option(min=1, help="How many weeks of history flow through.")] = 96,
) -> None:
    """Show the loop on real data.

    Bike rentals of Washington in 2011 and 2012 flow through a live endpoint, in virtual time.
    """
    import shutil
    import tempfile

    from penstock.cli.demo import run_demo

    example = find_example("bike-sharing")
    if into is not None and into.exists():
        raise UserError.of(f"{into} exists already.", hint="Name a folder that does not.")
    folder = into or Path(tempfile.mkdtemp(prefix="penstock-demo-")) / "bike-sharing"
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns(".penstock"))
    run_demo(folder, weeks, say)


def find_example(name: str) -> Path:
    """Return the folder of an example: inside the installed package, or in the source tree beside it."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "examples" / name, package.parent.parent / "examples" / name):
        if folder.is_dir():
            return folder
    raise UserError.of(f"The example {name} is not installed.", hint="Install penstock again.")
