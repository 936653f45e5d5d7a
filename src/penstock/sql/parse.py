"""A text's statements, each read on its own: what is wrong with one does not hide the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.diagnostics import Diagnostic
from penstock.core.spans import Span, span_between
from penstock.sql.absent_statement import refuse_absent_statement
from penstock.sql.clause import Reading
from penstock.sql.cursor import Cursor, is_word, suggestion
from penstock.sql.data_statement import read_create_assertion, read_create_table, read_create_view
from penstock.sql.dialect import parse_tokens, tokenize, unclosed
from penstock.sql.generated_column import refuse_generated_column
from penstock.sql.inspect_statement import read_describe, read_drop, read_set, read_show
from penstock.sql.loop_statement import (
    read_alter_endpoint,
    read_create_endpoint,
    read_create_experiment,
    read_create_monitor,
    read_create_trigger,
)
from penstock.sql.model_statement import (
    read_alter_model,
    read_create_goal,
    read_create_model,
    read_export_model,
)
from penstock.sql.references import ml_functions
from penstock.sql.release_statement import read_release_or_rollback
from penstock.sql.script import ONLY_BIGQUERY, ScriptReader
from penstock.sql.script_statement import ScriptStatement
from penstock.sql.statement import AnyStatement, Dialect, Passthrough, Query, SetDialect
from penstock.sql.vector_index_statement import (
    at_vector_index,
    read_create_vector_index,
    read_drop_vector_index,
    read_rebuild_vector_index,
)
from penstock.sql.vocabulary import (
    CHANGE_STARTS,
    DUCKDB_ALTERS,
    DUCKDB_CREATES,
    OTHER_STARTS,
    OWN_STARTS,
    ROW_STARTS,
)

_CREATES: dict[str, Callable[..., AnyStatement | None]] = {
    "TABLE": read_create_table,
    "VIEW": read_create_view,
    "ASSERTION": read_create_assertion,
    "MODEL": read_create_model,
    "GOAL": read_create_goal,
    "ENDPOINT": read_create_endpoint,
    "MONITOR": read_create_monitor,
    "EXPERIMENT": read_create_experiment,
    "TRIGGER": read_create_trigger,
}


@dataclass(frozen=True)
class ParsedScript:
    """The statements of a text in order, and what is wrong with the ones that are missing."""

    statements: tuple[AnyStatement | ScriptStatement, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=())


def parse_script(
    text: str, path: str, dialect: Dialect = "duckdb", names: frozenset[str] = frozenset()
) -> ParsedScript:
    """Return every statement of a text and every problem, with its line and column in `path`.

    `names` are the script's variables that it may read, case-folded. `SET dialect = '…'` holds for the statements
    after it. A statement that is not Penstock's own is a Passthrough, even when only DuckDB can read it.
    """
    statements: list[AnyStatement | ScriptStatement] = []
    diagnostics: list[Diagnostic] = []
    offset: int | None = 0
    while offset is not None:
        offset, dialect = _parse_from(text, path, dialect, offset, statements, diagnostics, names)
    return ParsedScript(tuple(statements), tuple(diagnostics))


def _parse_from(
    text: str,
    path: str,
    dialect: Dialect,
    offset: int,
    statements: list[AnyStatement | ScriptStatement],
    diagnostics: list[Diagnostic],
    names: frozenset[str],
) -> tuple[int | None, Dialect]:
    """Read statements from `offset` on; return where to go on in another dialect, or None at the end."""
    tokens, unreadable = tokenize(text[offset:], dialect)
    for token in tokens:
        token.start += offset
        token.end += offset
    while unreadable is not None and tokens and tokens[-1].token_type != TokenType.SEMICOLON:
        tokens.pop()
    cursor = Cursor(tokens, text, lambda start, end: span_between(path, text, start, end))
    reader = ScriptReader(cursor, dialect, lambda group: _statement(text, path, dialect, group), names)
    for statement in reader.statements():
        statements.append(statement)
        if isinstance(statement, SetDialect) and statement.dialect != dialect:
            diagnostics += reader.problems
            return (cursor.peek().start if not cursor.at_end else len(text)), statement.dialect
    diagnostics += reader.problems
    if unreadable is None and reader.broken is not None:
        diagnostics += reader.broken.diagnostics
    if unreadable is not None:
        # A block that the unreadable text has cut off is no second mistake.
        place = offset + unreadable
        diagnostics.extend(unclosed(span_between(path, text, place, place + 1)).diagnostics)
    return None, dialect


def _statement(text: str, path: str, dialect: Dialect, tokens: list[Token]) -> AnyStatement:
    def locate(start: int, end: int) -> Span:
        return span_between(path, text, start, end)

    start, end = tokens[0].start, tokens[-1].end + 1
    reading = Reading(Cursor(tokens, text, locate), dialect, text[start:end], locate(start, end))
    return _own_statement(reading) or _passthrough(reading)


def _own_statement(reading: Reading) -> AnyStatement | None:
    """Return the statement when it is one of Penstock's own; None when it is DuckDB's; raises
    SyntaxProblem.
    """
    cursor = reading.cursor
    first = cursor.peek()
    if not is_word(first):
        return None
    if reading.dialect == "bigquery":
        refuse_absent_statement(cursor)
    # BEGIN TRANSACTION is one token.
    match first.text.upper().partition(" ")[0]:
        case "CREATE":
            return _create(reading)
        case "ALTER":
            return _alter(reading)
        case "EXPORT":
            return _export(reading)
        case "RELEASE" | "ROLLBACK":
            return read_release_or_rollback(reading)
        case "DROP":
            cursor.advance()
            return read_drop_vector_index(reading) if at_vector_index(reading) else read_drop(reading)
        case "SHOW":
            cursor.advance()
            return read_show(reading)
        case "DESCRIBE" | "DESC":
            cursor.advance()
            return read_describe(reading)
        case "SET":
            cursor.advance()
            return read_set(reading)
        case word if word in ONLY_BIGQUERY and reading.dialect == "duckdb":
            told = "Scripts are BigQuery's SQL: say --dialect bigquery, or SET dialect = 'bigquery'; before it."
            raise cursor.problem(f"{word} is a statement of scripts.", hint=told)
        case word if word not in (known := (*OWN_STARTS, *ROW_STARTS, *CHANGE_STARTS, *OTHER_STARTS)):
            if hint := suggestion(word, known):
                raise cursor.problem(f"No statement begins with {first.text}.", hint=hint)
    return None


def _create(reading: Reading) -> AnyStatement | None:
    cursor = reading.cursor
    cursor.advance()
    replace = cursor.take_words("OR", "REPLACE")
    if at_vector_index(reading):
        return read_create_vector_index(reading, replace=replace)
    token = cursor.peek()
    word = token.text.upper() if is_word(token) else ""
    if reader := _CREATES.get(word):
        cursor.advance()
        return reader(reading, replace=replace)
    if hint := suggestion(word, (*_CREATES, *DUCKDB_CREATES)):
        raise cursor.problem(f"CREATE cannot make {token.text}.", hint=hint)
    return None


def _alter(reading: Reading) -> AnyStatement | None:
    cursor = reading.cursor
    cursor.advance()
    if cursor.take_words("MODEL"):
        return read_alter_model(reading)
    if cursor.take_words("ENDPOINT"):
        return read_alter_endpoint(reading)
    if at_vector_index(reading):
        return read_rebuild_vector_index(reading)
    if hint := suggestion(cursor.peek().text, ("MODEL", "ENDPOINT", *DUCKDB_ALTERS)):
        raise cursor.problem(f"ALTER cannot change {cursor.peek().text}.", hint=hint)
    return None


def _export(reading: Reading) -> AnyStatement | None:
    cursor = reading.cursor
    cursor.advance()
    if cursor.take_words("MODEL"):
        return read_export_model(reading)
    if suggestion(cursor.peek().text, ("MODEL", "DATABASE")):
        raise cursor.expected(("MODEL", "DATABASE"))
    return None


def _passthrough(reading: Reading) -> Passthrough:
    """Return a statement for DuckDB; one that calls ML functions must be readable, since they are replaced in
    it.
    """
    cursor = reading.cursor
    tokens = list(cursor.tokens)
    refuse_generated_column(cursor)
    has_functions = bool(ml_functions(tokens))
    if has_functions:
        parse_tokens(tokens, cursor.text, reading.dialect, cursor.locate)
    first = next((token for token in tokens if token.token_type != TokenType.L_PAREN), tokens[0])
    verb = _main_verb(tokens) if first.text.upper() == "WITH" else first.text.upper()
    returning = any(is_word(token) and token.text.upper() == "RETURNING" for token in tokens)
    changes_rows = verb in CHANGE_STARTS and not returning
    returns_rows = verb in ROW_STARTS or (verb in CHANGE_STARTS and returning)
    query = Query(reading.text, reading.dialect, reading.span)
    return Passthrough(reading.text, reading.span, query, has_functions, returns_rows, changes_rows)


def _main_verb(tokens: list[Token]) -> str:
    """Return the word that begins the statement after its WITH clause."""
    depth = 0
    for previous, token in pairwise(tokens):
        depth += (previous.text == "(") - (previous.text == ")")
        if depth == 0 and previous.token_type == TokenType.R_PAREN and is_word(token) and token.text.upper() != "AS":
            return token.text.upper()
    return tokens[0].text.upper()
