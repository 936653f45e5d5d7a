"""`penstock serve` and `snippet`."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import say
from penstock.cli.project_folder import folder_of


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(serve)
    app.command()(snippet)


def snippet(
    context: typer.Context,
    endpoint: Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint that is asked.")],
    language: Annotated[str, typer.Option("--language", help="curl, python, javascript or java.")] = "curl",
    url: Annotated[str, typer.Option("--url", help="Where the server listens.")] = "http://127.0.0.1:8080",
) -> None:
    """Print a program that asks an endpoint.

    It asks for an example row of the model's own columns.
    """
    with folder_of(context).connect() as connection:
        typer.echo(connection.endpoint(endpoint).snippet(language, url), nl=False)


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; any but loopback needs PENSTOCK_TOKEN.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many processes answer; one more watches them and turns the loop.")
    ] = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Speak the inference protocol over gRPC too, on this port."),
    ] = None,
    loop: Annotated[bool, typer.Option(help="Watch monitors and fire triggers as well.")] = True,
) -> None:
    """Serve the endpoints over HTTP and turn the loop.

    Monitors look, triggers retrain, what the goals accept is promoted. Ctrl-C ends it; every answered request is in the
    prediction log.
    """
    from penstock.cli.progress import ProgressListener

    with folder_of(context).connect(ProgressListener()) as connection:
        connection.serve(
            host=host,
            port=port,
            workers=workers,
            grpc_port=grpc_port,
            loop=loop,
            started=lambda address: say(f"Serving at {address}; Ctrl-C ends it."),
        )
