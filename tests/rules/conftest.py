"""A project written from a dict of path to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from penstock.project.load import Project
from penstock.testing.project import project_from


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str]], Project]:
    """Return a function from files to the project that they declare."""
    return lambda files: project_from(tmp_path, files)
