"""`penstock create-key`, `keys` and `revoke-key`."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table, say
from penstock.cli.project_folder import folder_of

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the key is called, such as who holds it.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(create_key)
    app.command()(keys)
    app.command()(revoke_key)


def create_key(
    context: typer.Context,
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="SCOPE", help="What it is for: predict (without one), feedback, read."),
    ] = None,
    endpoint: Annotated[
        list[str] | None,
        typer.Option("--endpoint", metavar="ENDPOINT", help="The endpoints that it may ask; all without one."),
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", metavar="N", help="Requests a second, at most.")] = None,
    days: Annotated[float | None, typer.Option("--days", metavar="N", help="How long it is good for.")] = None,
) -> None:
    """Make a key for a caller and print it, this once.

    The project keeps only a digest of it. Once there is a key, the server asks every request but health for one, or for
    the token.
    """
    from penstock.engine.api_key import create_key as create

    with folder_of(context).connect() as connection:
        text = create(connection.session, name, scopes=scope or ("predict",), endpoints=endpoint, rate=rate, days=days)
    typer.echo(text)
    say(f"Send it as the header Authorization: Bearer {text.partition('_')[0]}_…; it cannot be shown again.")


def keys(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Show the keys that were made, without what opens."""
    from penstock.engine.api_key import list_keys

    with folder_of(context).connect() as connection:
        print_table(list_keys(connection.session), form)


def revoke_key(context: typer.Context, name: Name) -> None:
    """End a key; running servers refuse it within a second."""
    from penstock.engine.api_key import revoke_key as revoke

    with folder_of(context).connect() as connection:
        revoke(connection.session, name)
    say(f"The key {name} opens nothing any more.")
