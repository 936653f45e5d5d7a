"""The page of each kind of object: its statements, its options, an example."""

from __future__ import annotations

from penstock.cli.reference.markdown import block, options_table, page, table
from penstock.core.names import Kind
from penstock.engine.export import OPTIONS as EXPORT_OPTIONS
from penstock.engine.model_option import ALTERABLE
from penstock.project.spec import OPTIONS
from penstock.sql.grammar import SHOWN, STATEMENTS, StatementDoc

ABOUT_OTHERS = "These name objects of any kind, or none."


def kind_page(kind: Kind) -> str:
    """Return the page of a kind."""
    parts = [part for doc in STATEMENTS if doc.kind is kind for part in _statement(doc)]
    return page(f"# {kind.capitalize()}", *parts)


def statement_page() -> str:
    """Return the page of the statements that are about several kinds."""
    parts = [part for doc in STATEMENTS if doc.kind is None for part in _statement(doc)]
    shown = table(("subject", "what it lists"), [(f"`{name.upper()}`", doc) for name, doc in SHOWN.items()])
    return page("# Other statements", ABOUT_OTHERS, *parts, "## Subjects of SHOW", shown)


def _statement(doc: StatementDoc) -> list[str]:
    creates = doc.name.startswith("CREATE")
    own = {"EXPORT MODEL": EXPORT_OPTIONS, "ALTER MODEL": ALTERABLE}
    options = own.get(doc.name, OPTIONS[doc.kind] if creates and doc.kind else ())
    return [
        f"## {doc.name}",
        block(doc.grammar, "text"),
        doc.text,
        "Options:" if options else "",
        options_table(options) if options else "",
        "Example:",
        block(doc.example, "sql"),
    ]
