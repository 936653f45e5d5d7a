"""Which project a verb works on, and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from penstock.core.events import Listener, nobody

if TYPE_CHECKING:
    from penstock.connection import Connection


@dataclass
class ProjectFolder:
    """The folder given by -C, or the present one; set once, when the options are read."""

    path: Path

    def connect(self, listener: Listener = nobody, *, required: bool = True) -> Connection:
        """Return a connection to the project in or above the folder.

        Where none is `required`, one in memory stands in. Raises UserError when there is none.
        """
        from penstock.connection import open_connection
        from penstock.core.settings import find_project

        if not required and self.path.is_dir() and find_project(self.path) is None:
            return open_connection(None, listener=listener)
        return open_connection(self.path, listener=listener)


def folder_of(context: typer.Context) -> ProjectFolder:
    """Return the folder that the command line named."""
    folder = context.find_root().obj
    assert isinstance(folder, ProjectFolder)
    return folder
