"""The case files: what each text is read as, what it becomes for DuckDB, and what is said about a
wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from penstock.core.options import GivenOption
from penstock.core.spans import Span
from penstock.sql.parse import parse_script
from penstock.sql.references import FileReference
from penstock.sql.rewrite import FunctionCall, to_duckdb
from penstock.sql.statement import Query


def query_of(case: Any) -> Query:
    return Query(case.given, case.header.get("dialect", "duckdb"), Span("case.sql", 1, 1, 1, 1))


def test_rewriting(rewrite_case: Any) -> None:
    lines: list[str] = []

    def calls(call: FunctionCall) -> str:
        model = (
            f" model={call.model.name}" + (f"@{call.model.version}" if call.model.version else "") if call.model else ""
        )
        lines.append(f"{call.name}{model}")
        lines.extend(f"  input: {text}" for text in (call.input, call.second_input) if text is not None)
        lines.extend(f"  {key} = {value!r}" for key, value in call.options.items())
        lines.extend(f"  argument: {value!r}" for value in call.arguments)
        return f"rel_{sum(not line.startswith(' ') for line in lines)}"

    def files(reference: FileReference) -> str:
        return f"{reference.function}({list(reference.patterns)}, {dict(reference.options)})"

    replaced = rewrite_case.header.get("replace")
    text = to_duckdb(
        query_of(rewrite_case),
        calls=calls,
        files=files,
        relations=(lambda name: "(SELECT 1 AS a)" if name == replaced else None) if replaced else None,
    )
    assert "\n".join([*lines, text]) == rewrite_case.expected


def test_statements(statement_case: Any) -> None:
    script = parse_script(statement_case.given, "case.sql", statement_case.header.get("dialect", "duckdb"))
    found = [*map(shown, script.statements), *map(str, script.diagnostics)]
    assert "\n".join(found) == statement_case.expected


def test_problems(problem_case: Any) -> None:
    script = parse_script(problem_case.given, "case.sql", problem_case.header.get("dialect", "duckdb"))
    assert "\n".join(map(str, script.diagnostics)) == problem_case.expected
    assert not script.statements


def shown(value: object) -> str:
    """Return a statement as a line: its class and the fields that are not at their defaults."""
    if isinstance(value, GivenOption):
        return repr(value.value)
    if isinstance(value, Query):
        return f"«{value.text}»"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ")"
    if is_dataclass(value):
        named = [(field.name, getattr(value, field.name)) for field in fields(value)]
        empty = (None, False, {}, ())
        kept = [(name, item) for name, item in named if name not in ("text", "span") and item not in empty]
        return f"{type(value).__name__}(" + ", ".join(f"{name}={shown(item)}" for name, item in kept) + ")"
    return repr(value)
