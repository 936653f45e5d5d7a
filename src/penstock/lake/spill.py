"""Where DuckDB puts what does not fit into memory: a folder for each open database, since it names its files alike."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from uuid import uuid4

from penstock.core.errors import StorageFailure


def new_spill_folder(base: Path) -> Path:
    """Return a folder of its own below `base`, which DuckDB makes when it needs it and removes when it closes.

    What processes of this machine left behind when they were killed is removed. Raises StorageFailure when `base`
    cannot be made.
    """
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageFailure.of(f"{base} cannot be made: {problem.strerror}.") from None
    host = socket.gethostname()
    if os.name == "posix":
        for folder in base.glob(f"{host}-*-*"):
            process = folder.name.split("-")[-2]
            if process.isdecimal() and not _runs(int(process)):
                shutil.rmtree(folder, ignore_errors=True)
    return base / f"{host}-{os.getpid()}-{uuid4().hex}"


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
