"""`penstock doctor`: what is installed, what is missing and how to get it."""

from __future__ import annotations

import shutil
import sys

import typer

from penstock.cli.output import Format, FormatOption, print_table
from penstock.cli.project_folder import ProjectFolder, folder_of
from penstock.core.errors import UserError
from penstock.core.settings import find_project, read_settings

Check = tuple[str, str, str, str]
PACKAGES = (
    "duckdb",
    "sqlglot",
    "sqlalchemy",
    "pyarrow",
    "numpy",
    "scikit-learn",
    "lightgbm",
    "onnx",
    "onnxruntime",
    "starlette",
    "uvicorn",
)
# The compiled parts of sqlglot cannot be extended, and Penstock's dialects extend them.
CONFLICTS = ("sqlglotc",)
EXTRAS = {"torch": "deep", "catboost": "catboost", "autogluon.tabular": "autogluon", "grpcio": "grpc", "ray": "ray"}
LEAST_FREE = 1 << 30


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(doctor)


def doctor(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Say what is installed, what is missing, how to get it.

    Ends with 1 when something that Penstock needs is missing or in the way.
    """
    import pyarrow as pa

    checks = [
        _python(),
        *_packages(),
        *_extensions(),
        *_extras(),
        *_conflicts(),
        *_project(folder_of(context)),
        _disk(folder_of(context)),
    ]
    columns = ["what", "state", "found", "what to do"]
    arrays = [pa.array([check[place] for check in checks], pa.string()) for place in range(len(columns))]
    print_table(pa.Table.from_arrays(arrays, names=columns), form)
    if any(state in ("missing", "wrong") for _, state, _, _ in checks):
        raise typer.Exit(1)


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    return "Python", "ok" if good else "missing", found, "" if good else "Install Python 3.11 or newer."


def _packages() -> list[Check]:
    return [_package(name, f"pip install {name}", "missing") for name in PACKAGES]


def _extras() -> list[Check]:
    return [_package(name, f"pip install 'penstock[{extra}]'", "optional") for name, extra in EXTRAS.items()]


def _conflicts() -> list[Check]:
    found = [_package(name, "", "ok") for name in CONFLICTS]
    return [
        (name, "wrong", f"{version} is installed, and Penstock cannot work beside it", f"pip uninstall {name}")
        for name, _, version, _ in found
        if version != "not installed"
    ]


def _package(name: str, remedy: str, absent: str) -> Check:
    from importlib import metadata

    try:
        return name, "ok", metadata.version(name), ""
    except metadata.PackageNotFoundError:
        return name, absent, "not installed", remedy


def _extensions() -> list[Check]:
    from penstock.lake.health import extensions_health

    return [
        (
            f"duckdb {found.name}",
            "missing" if found.problem else "ok",
            found.problem or found.purpose,
            f"{found.remedy}" if found.problem else "",
        )
        for found in extensions_health()
    ]


def _project(folder: ProjectFolder) -> list[Check]:
    root = find_project(folder.path)
    if root is None:
        return [("project", "optional", "none here", "penstock init")]
    try:
        settings = read_settings(root)
        with folder.connect():
            pass
    except UserError as problem:
        finding = problem.diagnostics[0]
        where = f"{finding.span}: " if finding.span else ""
        return [("project", "missing", f"{where}{finding.message}", finding.hint or "")]
    kind = "SQLite" if settings.catalog == "sqlite" else "Postgres"
    place = "a folder" if "://" not in settings.data_path else settings.data_path
    return [("project", "ok", f"{settings.name}: catalog in {kind}, rows in {place}", "")]


def _disk(folder: ProjectFolder) -> Check:
    free = shutil.disk_usage(folder.path).free
    enough = free > LEAST_FREE
    return (
        "free disk",
        "ok" if enough else "missing",
        f"{free / 2**30:.1f} GiB",
        "" if enough else "Make room.",
    )
