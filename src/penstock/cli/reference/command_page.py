"""The page of the command line."""

from __future__ import annotations

import typer
from typer.main import get_group

from penstock.cli.main import app
from penstock.cli.reference.markdown import block, page, table

ABOUT = """
`penstock [-C DIR] VERB`. The project is the nearest folder upwards from DIR (or from where you are) that holds a
`penstock.toml`. Rows go to standard output, as a table, as CSV or as JSON (a list of objects; NaN and infinity, for
which JSON has no word, are null). Everything else goes to standard error.
"""
ENDINGS = {
    "0": "done",
    "1": "your input or data: the message says what, where, and what to do",
    "2": "wrong usage of the command line",
    "3": "a fault of Penstock's own, with a traceback",
    "130": "stopped by Ctrl-C; what was finished stays",
}
WIDTH = 100


def command_page() -> str:
    """Return the page."""
    command = get_group(app)
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    root = typer.Context(command, info_name="penstock", **settings)
    parts = []
    for name in command.list_commands(root):
        verb = command.commands[name]
        context = typer.Context(verb, parent=root, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
        parts += [f"## {name}", block(context.get_help(), "text")]
    return page(
        "# Command line",
        ABOUT,
        "Ends with:",
        table(("code", "meaning"), list(ENDINGS.items())),
        *parts,
    )
