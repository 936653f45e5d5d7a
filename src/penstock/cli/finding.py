"""What is wrong with the user's input, shown: the finding, the line that it is about, what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from penstock.core.diagnostics import Diagnostic, Severity
from penstock.core.settings import find_project
from penstock.core.spans import Span

# Of these files the line is shown; others hold data.
SHOWN = (".sql", ".toml")


def print_findings(findings: Iterable[Diagnostic], folder: Path) -> None:
    """Print findings on standard error; `folder` is where the command line works, in a project or not."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
    for finding in findings:
        colour = "red" if finding.severity is Severity.ERROR else "yellow"
        where = (f"{finding.span}: ", "bold") if finding.span else ""
        message = finding.message.replace("\n", "\n  ")
        console.print(Text.assemble(where, (finding.severity.value, colour), f" {finding.code}: {message}"))
        if finding.span:
            console.print(Text(_excerpt(finding.span, folder), "dim"), end="")
        if finding.hint:
            console.print(Text(f"  {finding.hint}"))


def _excerpt(span: Span, folder: Path) -> str:
    """Return the line of a file that a span is about, marked below, or nothing when there is no such line."""
    from rich.cells import cell_len

    root = find_project(folder) or folder
    path = root / span.path
    if not path.is_file():
        return ""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        # The finding itself says so already, or the file is data and not text.
        return ""
    if span.line > len(lines) or path.suffix not in SHOWN:
        return ""
    line = lines[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(line) + 1
    before, marked = line[: span.column - 1], line[span.column - 1 : end - 1]
    margin = f"  {span.line} │ "
    carets = " " * (cell_len(before)) + "^" * max(cell_len(marked), 1)
    return f"{margin}{line}\n{' ' * (len(margin) - 2)}│ {carets}\n"
