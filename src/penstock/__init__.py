"""Penstock: a folder of SQL becomes machine learning in production."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from penstock.core.errors import (
    AssertionFailed,
    BadData,
    Busy,
    Cancelled,
    CorruptArtifact,
    InvalidOption,
    MissingExtra,
    StorageFailure,
    SyntaxProblem,
    UnknownName,
    UntrainableModel,
    UserError,
)
from penstock.core.events import PenstockWarning

if TYPE_CHECKING:
    from os import PathLike

    from penstock.connection import Connection
    from penstock.connection.endpoint import Endpoint
    from penstock.connection.remote import RemoteProject

__all__ = [
    "AssertionFailed",
    "BadData",
    "Busy",
    "Cancelled",
    "CorruptArtifact",
    "InvalidOption",
    "MissingExtra",
    "PenstockWarning",
    "StorageFailure",
    "SyntaxProblem",
    "UnknownName",
    "UntrainableModel",
    "UserError",
    "__version__",
    "connect",
    "endpoint",
]
__version__ = "0.1.0"


@overload
def connect(path: str | PathLike[str] | None = None) -> Connection: ...


@overload
def connect(*, url: str) -> RemoteProject: ...


def connect(path: str | PathLike[str] | None = None, *, url: str | None = None) -> Connection | RemoteProject:
    """Return a connection to the project in `path`: a folder that holds a `penstock.toml`, or any folder inside one.

    Without a path, the connection is to a passing project in the present folder, gone when it closes. With `url`, it is
    to a project that `penstock serve` serves there; its token is taken from the environment, `PENSTOCK_TOKEN`.
    Raises `UserError` when the project cannot be opened, or no server answers. What a call should know that stops
    nothing is told by Python's `warnings`, as a `PenstockWarning`, once the call has done its work.
    """
    if url is not None:
        from penstock.connection.remote import open_remote

        if path is not None:
            raise UserError.of("A connection is to a folder or to a server, not to both: give path or url.")
        return open_remote(url)
    from penstock.connection import open_connection
    from penstock.connection.warning import WarningListener

    return open_connection(path, listener=WarningListener())


def endpoint(name: str, project: str | PathLike[str] = ".") -> Endpoint:
    """Return an endpoint of the project in or above the folder `project`, to predict in this process without a server.

    It answers, and logs, as `penstock serve` does. Close it, or use it as a context. Raises `UserError` when the
    project cannot be opened or has no such endpoint.
    """
    from penstock.connection import open_endpoint
    from penstock.connection.warning import WarningListener

    return open_endpoint(name, project, listener=WarningListener())
