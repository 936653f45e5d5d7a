"""The rules as a page of the documentation."""

from __future__ import annotations

from penstock.rules.registry import RULES
from penstock.rules.rule import Rule


def reference_markdown() -> str:
    """Return the Markdown text that describes every rule, with its bad and its good example."""
    return "\n".join(["# Project checks", "", *(_section(rule) for rule in RULES.values())])


def _section(rule: Rule) -> str:
    return "\n".join(
        [
            f"## {rule.code} {rule.name} ({rule.severity})",
            "",
            rule.description,
            "",
            "Found in:",
            *_block(rule.bad),
            "Not found in:",
            *_block(rule.good),
        ]
    )


def _block(sql: str) -> list[str]:
    return ["", "```sql", sql.strip(), "```", ""]
