"""DuckDB's extensions: Python packages of DuckDB's own version; nothing is downloaded at run time."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from penstock.core.errors import MissingExtra
from penstock.lake.quoting import quote_text


def extension_file(name: str) -> Path | None:
    """Return the file of an extension, or None when no package holds it for this DuckDB."""
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "extensions" / f"v{duckdb.__version__}"
    path = folder / f"{name}.duckdb_extension"
    return path if path.is_file() else None


def package_of(name: str) -> str:
    """Return what to install for an extension."""
    return f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"


def load_statement(name: str) -> str:
    """Return the statement that loads an extension; raises MissingExtra when it is not installed."""
    path = extension_file(name)
    if path is None:
        message = f"DuckDB's extension {name!r} is not installed."
        raise MissingExtra.of(message, hint=f"Install it with: pip install '{package_of(name)}'")
    return f"LOAD {quote_text(str(path))}"
