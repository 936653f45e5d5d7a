"""`penstock serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import say
from penstock.cli.project_folder import folder_of


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(serve)


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; any but loopback needs PENSTOCK_TOKEN.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = None,
    loop: Annotated[bool, typer.Option(help="Watch monitors and fire triggers as well.")] = True,
) -> None:
    """Serve the endpoints over HTTP and turn the loop.

    Monitors look, triggers retrain, what the goals accept is promoted. Ctrl-C ends it; every answered request is in the
    prediction log.
    """
    from penstock.cli.progress import ProgressListener

    with folder_of(context).connect(ProgressListener()) as connection:
        connection.serve(
            host=host, port=port, loop=loop, started=lambda address: say(f"Serving at {address}; Ctrl-C ends it.")
        )
