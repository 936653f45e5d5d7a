"""The command `penstock` and its error boundary: every way to end has its exit code."""

from __future__ import annotations

import atexit
import gc
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from penstock import __version__
from penstock.cli import (
    backtest_command,
    demo_command,
    doctor_command,
    init_command,
    key_commands,
    lineage_command,
    model_commands,
    report_command,
    run_commands,
    serve_command,
    sql_command,
    tidy_command,
)
from penstock.cli.finding import print_findings
from penstock.cli.output import say
from penstock.cli.project_folder import ProjectFolder, folder_of
from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import InternalError, PenstockError, UserError

INTERRUPTED = 130

app = typer.Typer(
    name="penstock",
    help="A folder of SQL becomes machine learning in production.",
    epilog="penstock VERB -h says more.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"penstock {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("-C", metavar="DIR", help="The project's folder, or one inside it.", show_default=False)
    ] = Path(),
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A folder of SQL becomes machine learning in production."""
    folder_of(context).path = folder
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


for command in (
    init_command,
    run_commands,
    sql_command,
    serve_command,
    key_commands,
    backtest_command,
    model_commands,
    report_command,
    lineage_command,
    tidy_command,
    demo_command,
    doctor_command,
):
    command.register(app)


def main() -> None:
    """Run the command line and end the process.

    0 done, 1 the user's input or data, 2 usage, 3 Penstock's own fault, 130 stopped by Ctrl-C.
    """
    # Python ends by looking for garbage among all that was ever imported: a sixth of the time of a plan, for nothing.
    atexit.register(gc.freeze)
    sys.exit(_exit_code(ProjectFolder(Path())))


def _exit_code(folder: ProjectFolder) -> int:
    try:
        ended = app(standalone_mode=False, obj=folder)
    except UserError as problem:
        print_findings(problem.diagnostics, folder.path)
        return problem.exit_code
    except TyperException as problem:
        hint = "penstock -h lists the verbs, penstock VERB -h the options of one."
        print_findings([Diagnostic("usage", problem.format_message(), hint=hint)], folder.path)
        return problem.exit_code
    except KeyboardInterrupt:
        return _stopped()
    except Exception as problem:  # noqa: BLE001 - the outermost edge: anything else is our own fault
        return _fault(problem)
    # A verb gives nothing; a number is how it asked to end.
    code = ended if isinstance(ended, int) else 0
    return _stopped() if code == INTERRUPTED else code


def _stopped() -> int:
    say("Stopped. What was finished stays; run again to go on.")
    return INTERRUPTED


def _fault(problem: Exception) -> int:
    import traceback

    traceback.print_exception(problem)
    say("\nThis is a fault of Penstock's, not yours. Please report it with the lines above.")
    return problem.exit_code if isinstance(problem, PenstockError) else InternalError.exit_code


if __name__ == "__main__":
    main()
