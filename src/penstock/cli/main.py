"""The command `penstock` and its error boundary: every way to end has its exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from penstock import __version__
from penstock.cli import (
    backtest_command,
    demo_command,
    doctor_command,
    init_command,
    lineage_command,
    model_commands,
    run_commands,
    serve_command,
    sql_command,
)
from penstock.cli.project_folder import ProjectFolder
from penstock.core.errors import UserError

app = typer.Typer(
    name="penstock",
    help="A folder of SQL becomes machine learning in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"penstock {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("-C", metavar="DIR", help="The project's folder, or one inside it.")] = Path(),
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold what every verb shares."""
    context.obj = ProjectFolder(folder)


for command in (
    init_command,
    run_commands,
    sql_command,
    serve_command,
    backtest_command,
    model_commands,
    lineage_command,
    demo_command,
    doctor_command,
):
    command.register(app)


def main() -> None:
    """Run the command line and end the process: 0 done, 1 the user's input, 2 usage, 3 Penstock's own fault."""
    try:
        app(standalone_mode=True)
    except UserError as problem:
        for finding in problem.diagnostics:
            print(finding, file=sys.stderr)  # noqa: T201 - this is the edge
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        print("Stopped. What was finished stays; run again to go on.", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception:  # noqa: BLE001 - the outermost edge: anything else is our own fault, told with its traceback
        import traceback

        traceback.print_exc()
        words = "This is a fault of Penstock's, not yours. Please report it with the lines above."
        print(f"\n{words}", file=sys.stderr)  # noqa: T201
        sys.exit(3)


if __name__ == "__main__":
    main()
