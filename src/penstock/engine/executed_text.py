"""The text of EXECUTE IMMEDIATE: what it may do, the values that are bound in it, and its errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from penstock.core.errors import SyntaxProblem, UserError
from penstock.core.spans import Span
from penstock.engine.script_text import ScriptText
from penstock.engine.script_variable import ScriptVariables
from penstock.sql.parse import parse_script
from penstock.sql.script_statement import Body, ExecuteImmediate, ScriptStatement
from penstock.sql.statement import AnyStatement, Query
from penstock.sql.substitution import Edit, Substituted, place_holders, substituted

# What such a text may do, since it can be made from data: nothing with files and settings.
EXECUTED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "EXPORT", "TRUNCATE")
PATH = "executed"
SHOWN = 200


def executed_statement(
    dynamic: str, statement: ExecuteImmediate, text: ScriptText, given: ScriptVariables
) -> AnyStatement:
    """Return the one statement of a text, in which variables of `given` stand for its ? and @name.

    Their values are computed where `text` is, in the script. Raises UserError.
    """
    written = Query(dynamic, "bigquery", Span(PATH, 1, 1, 1, 1))
    script = parse_script(_with_values(written, statement, text, given).text, PATH, "bigquery", given.names)
    if script.diagnostics:
        raise UserError(*script.diagnostics)
    return _only(script.statements)


@contextmanager
def quoting(dynamic: str, span: Span) -> Iterator[None]:
    """Let the errors of an executed text point at EXECUTE IMMEDIATE and show what was executed."""
    try:
        yield
    except UserError as problem:
        told = (
            replace(
                found,
                message=f"{found.message} It was executed: {shortened(dynamic)}",
                span=span if found.span is None or found.span.path == PATH else found.span,
            )
            for found in problem.diagnostics
        )
        raise type(problem)(*told) from None


def shortened(text: str) -> str:
    """Return a text on one line, the first part of a long one."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def _with_values(written: Query, statement: ExecuteImmediate, text: ScriptText, given: ScriptVariables) -> Substituted:
    """Give the values to variables of their own, and return the text with these in the place of ? and @name."""
    holders = place_holders(written)
    named = [name.casefold() if name else None for name, _ in statement.values]
    for place, (_, value) in enumerate(statement.values):
        kind = text.compute(value)
        given.declare(f"using_{place}", None, kind)
    edits = []
    unnamed = 0
    for holder in holders:
        if holder.name:
            place = named.index(holder.name) if holder.name in named else -1
        else:
            place, unnamed = unnamed, unnamed + 1
        if not 0 <= place < len(named) or (named[place] is None) != (not holder.name):
            hint = "Give it one: EXECUTE IMMEDIATE text USING value AS name; without a name for each ?."
            raise SyntaxProblem.of(f"{holder.name or '?'} has no value.", hint=hint)
        edits.append(Edit(holder.start, holder.end, f"using_{place}"))
    return substituted(written, edits)


def _only(statements: Body) -> AnyStatement:
    """Return the statement of an executed text; raises UserError for what such a text may not do."""
    if len(statements) != 1 or isinstance(statements[0], ScriptStatement):
        raise SyntaxProblem.of("EXECUTE IMMEDIATE does one statement, and none of a script.")
    word = statements[0].text.lstrip("( \n\t").split(maxsplit=1)[0].upper()
    if word not in EXECUTED:
        hint = f"It may be {', '.join(EXECUTED[:-1])} or {EXECUTED[-1]}."
        raise SyntaxProblem.of(f"EXECUTE IMMEDIATE does not do {word}.", hint=hint)
    return statements[0]
