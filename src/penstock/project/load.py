"""A folder of SQL files becomes a project: what it declares, and everything wrong with how it says so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.errors import SyntaxProblem
from penstock.core.names import ResourceName
from penstock.core.settings import FILE_NAME, Settings, read_settings
from penstock.core.spans import Span, span_between
from penstock.project.resource import Resource, resource_of
from penstock.project.spec import Declaration, spec_of
from penstock.sql.parse import parse_script
from penstock.sql.script_statement import ScriptStatement
from penstock.sql.statement import AnyStatement, CreateVectorIndex, Dialect, SetDialect

# Hidden folders are left out too.
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv"})


@dataclass(frozen=True)
class Project:
    """What a folder declares.

    `declared` holds every resource in the order of the files, `resources` the first of each name (without
    regard to case); a name that is declared twice is told by the rules. `diagnostics` says what could not be
    read.
    """

    settings: Settings
    resources: Mapping[ResourceName, Resource]
    diagnostics: tuple[Diagnostic, ...]
    declared: tuple[Resource, ...]


def load_project(root: Path) -> Project:
    """Return the project in the folder `root`, with all findings about its SQL files.

    Raises UserError only for a `penstock.toml` that is missing or cannot be used. Paths in spans are relative
    to `root`.
    """
    settings = read_settings(root)
    statements: list[AnyStatement | ScriptStatement] = []
    files, others = sql_files(root)
    findings = [_another_project(folder.relative_to(root).as_posix()) for folder in others]
    for path in files:
        shown = path.relative_to(root).as_posix()
        text = _read_text(path, shown)
        if isinstance(text, Diagnostic):
            findings.append(text)
            continue
        script = parse_script(text, shown, _dialect(settings))
        statements += script.statements
        findings += script.diagnostics
    project = project_from_statements(statements, settings)
    return Project(settings, project.resources, (*findings, *project.diagnostics), project.declared)


def project_from_statements(statements: Iterable[AnyStatement | ScriptStatement], settings: Settings) -> Project:
    """Return the project that the statements declare, with a finding for each that declares nothing."""
    resources: dict[tuple[str, str], Resource] = {}
    declared: list[Resource] = []
    findings: list[Diagnostic] = []
    for statement in statements:
        if isinstance(statement, SetDialect):
            continue
        if not isinstance(statement, Declaration):
            findings.append(_not_a_declaration(statement))
            continue
        spec, problems = spec_of(statement)
        findings += problems
        if spec is None:
            continue
        try:
            resource = resource_of(statement, spec)
        except SyntaxProblem as problem:
            findings += problem.diagnostics
            continue
        declared.append(resource)
        resources.setdefault((resource.name.kind, resource.name.key), resource)
    by_name = {resource.name: resource for resource in resources.values()}
    return Project(settings, by_name, tuple(findings), tuple(declared))


def sql_files(root: Path) -> tuple[list[Path], list[Path]]:
    """Return every `*.sql` file below `root`, and the folders below it that are projects of their own, both sorted.

    Hidden folders and installed packages are left out, and so is what such a project holds.
    """
    found: list[Path] = []
    others: list[Path] = []
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".") and name not in SKIPPED_FOLDERS]
        apart = [name for name in inner if Path(folder, name, FILE_NAME).is_file()]
        inner[:] = [name for name in inner if name not in apart]
        others += [Path(folder, name) for name in apart]
        found += [Path(folder, name) for name in files if name.lower().endswith(".sql") and not name.startswith(".")]
    return sorted(found), sorted(others)


def _another_project(folder: str) -> Diagnostic:
    message = f"The folder {folder} holds a {FILE_NAME}: it is a project of its own, and is not read here."
    hint = f"To make it a part of this project, delete {folder}/{FILE_NAME}."
    return Diagnostic("nested-project", message, hint=hint, severity=Severity.WARNING)


def _dialect(settings: Settings) -> Dialect:
    return "bigquery" if settings.dialect == "bigquery" else "duckdb"


def _read_text(path: Path, shown: str) -> str | Diagnostic:
    """Return the file's text, or the finding that says why there is none."""
    try:
        raw = path.read_bytes()
    except OSError as problem:
        return Diagnostic("file", f"{shown} cannot be read: {problem.strerror}.", Span(shown, 1, 1, 1, 1))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = raw[: problem.start].decode("utf-8", errors="replace")
        span = span_between(shown, before, len(before), len(before))
        message = f"Byte {problem.start + 1} of {shown} is not UTF-8 text (0x{raw[problem.start]:02x})."
        return Diagnostic("file", message, span, "Save the file in the encoding UTF-8.")


def _not_a_declaration(statement: AnyStatement | ScriptStatement) -> Diagnostic:
    word = statement.text.split(maxsplit=1)[0].upper()
    if isinstance(statement, ScriptStatement):
        message = f"{word} belongs to a script: the files of a project only declare what there is."
        hint = "Keep scripts outside the project and run them with: penstock sql --dialect bigquery -f FILE"
        return Diagnostic("not-a-declaration", message, statement.span, hint)
    if isinstance(statement, CreateVectorIndex):
        message = "A vector index is made by hand, when its table is there: a project does not declare it."
    elif word == "CREATE":
        message = "This CREATE statement is DuckDB's own: a project declares tables and views by a query."
    else:
        message = f"{word} declares nothing: the files of a project hold CREATE statements."
    hint = "Keep statements to run by hand outside the project, and run them with: penstock sql -f FILE"
    return Diagnostic("not-a-declaration", message, statement.span, hint)
