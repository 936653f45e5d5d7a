"""A project from a dict of path to text, for tests of rules, graphs and everything built on them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from penstock.core.settings import FILE_NAME
from penstock.project.load import Project, load_project


def write_project(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files below `folder` and return it; a `penstock.toml` is added when the files hold none."""
    for name, text in {FILE_NAME: "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def project_from(folder: Path, files: Mapping[str, str]) -> Project:
    """Write the files below `folder` and return the project that they declare, as `load_project` does."""
    return load_project(write_project(folder, files))
