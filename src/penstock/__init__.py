"""Penstock: a folder of SQL becomes machine learning in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from penstock.connection import Connection

__all__ = ["__version__", "connect"]
__version__ = "0.1.0"


def connect(path: str | PathLike[str] | None = None) -> Connection:
    """Return a connection to the project in `path`: a folder that holds a `penstock.toml`, or any folder inside one.

    Without a path, the connection is to a passing project in the present folder, gone when it closes.
    Raises `penstock.core.errors.UserError` when the project cannot be opened.
    """
    from penstock.connection import open_connection

    return open_connection(path)
