"""Every page of the reference, by its file's name."""

from __future__ import annotations

from pathlib import Path

from penstock.cli.reference import (
    command_page,
    conformance_page,
    http_page,
    kind_page,
    measure_page,
    model_type_page,
    setting_page,
)
from penstock.cli.reference.markdown import page, table
from penstock.core.names import Kind
from penstock.functions.reference import reference_markdown as function_markdown
from penstock.rules.reference import reference_markdown as rule_markdown

ABOUT = """
Everything that can be written in a project, said to the command line or asked over HTTP. These pages are made from the
code, so that they cannot disagree with it.
"""


def pages(cases: Path | None = None) -> dict[str, str]:
    """Return the text of every page; with a folder of conformance cases, the one on BigQuery ML too."""
    made = {f"{kind}.md": kind_page.kind_page(kind) for kind in Kind}
    made |= {
        "statements.md": kind_page.statement_page(),
        "model-types.md": model_type_page.model_type_page(),
        "functions.md": page(function_markdown()),
        "measures.md": measure_page.measure_page(),
        "rules.md": page(rule_markdown()),
        "settings.md": setting_page.setting_page(),
        "command-line.md": command_page.command_page(),
        "http.md": http_page.http_page(),
    }
    if cases is not None:
        made["bigquery-ml.md"] = conformance_page.conformance_page(cases)
    return {"README.md": _index(made), **made}


def _index(made: dict[str, str]) -> str:
    rows = [(f"[{_title(text)}]({name})", ", ".join(_sections(text))) for name, text in made.items()]
    return page("# Reference", ABOUT, table(("page", "what is on it"), rows))


def _title(text: str) -> str:
    return next(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))


def _sections(text: str) -> list[str]:
    """Return the headings of the second level; of a long page, the first ones."""
    found = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    return [*found[:6], "…"] if len(found) > 6 else found
