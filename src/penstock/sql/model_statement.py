"""CREATE MODEL, CREATE GOAL, ALTER MODEL and EXPORT MODEL."""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from penstock.core.options import GivenOption
from penstock.sql.call import read_version
from penstock.sql.clause import (
    Reading,
    group_as_query,
    group_as_text,
    read_if_exists,
    read_if_not_exists,
    read_options_clause,
    rest_as_predicate,
    rest_as_query,
)
from penstock.sql.declared_field import read_connection, read_fields
from penstock.sql.statement import AlterModel, CreateGoal, CreateModel, DeclaredField, ExportModel, Query
from penstock.sql.value import read_options_list

_NAMED_QUERIES = ("training_data", "custom_holiday")
_CLAUSES = ("TRANSFORM", "INPUT", "OUTPUT", "REMOTE", "OPTIONS", "AS")


def read_create_model(reading: Reading, *, replace: bool) -> CreateModel:
    """Return the model: a name, its clauses in any order, and the training query, which a model that is made
    elsewhere does not have.
    """
    cursor = reading.cursor
    creation = read_if_not_exists(reading, replace=replace)
    name = cursor.name("a model")
    transform: Query | None = None
    options: dict[str, GivenOption] | None = None
    query: Query | None = None
    holidays: Query | None = None
    fields: dict[str, tuple[DeclaredField, ...]] = {}
    connection: str | None = None
    while not cursor.at_end and query is None:
        token = cursor.peek()
        clause = token.text.upper()
        if cursor.take_words("TRANSFORM"):
            if transform is not None:
                raise cursor.problem("TRANSFORM is given twice.", token=token)
            transform = group_as_text(reading, "a select list")
        elif cursor.take_words("OPTIONS"):
            if options is not None:
                raise cursor.problem("OPTIONS is given twice.", token=token)
            options = read_options_list(cursor)
        elif cursor.take_words("AS"):
            query, holidays = _queries(reading)
        elif clause in fields or (clause == "REMOTE" and connection is not None):
            raise cursor.problem(f"{clause} is given twice.", token=token)
        elif cursor.take_words("INPUT") or cursor.take_words("OUTPUT"):
            fields[clause] = read_fields(cursor, clause)
        elif cursor.take_words("REMOTE"):
            connection = read_connection(cursor)
        else:
            raise cursor.expected(_CLAUSES, "TRANSFORM, OPTIONS or AS")
    return CreateModel(
        reading.text,
        reading.span,
        name,
        query,
        transform,
        options or {},
        creation.replace,
        creation.if_not_exists,
        fields.get("INPUT", ()),
        fields.get("OUTPUT", ()),
        connection,
        holidays,
    )


def _queries(reading: Reading) -> tuple[Query, Query | None]:
    """Return the training query, and that of the holidays in `AS (training_data AS (…), custom_holiday AS (…))`."""
    cursor = reading.cursor
    if not (cursor.peek().text == "(" and cursor.peek(2).text.upper() == "AS" and cursor.peek(3).text == "("):
        return rest_as_query(reading), None
    opening = cursor.advance()
    found: dict[str, Query] = {}
    while True:
        token = cursor.peek()
        name = token.text.lower()
        if name not in _NAMED_QUERIES:
            raise cursor.expected(_NAMED_QUERIES)
        if name in found:
            raise cursor.problem(f"{name} is given twice.", token=token)
        cursor.advance()
        cursor.expect_words("AS")
        found[name] = group_as_query(reading)
        if not cursor.take(TokenType.COMMA):
            break
    cursor.expect(TokenType.R_PAREN, "a closing parenthesis")
    cursor.expect_end()
    if _NAMED_QUERIES[0] not in found:
        raise cursor.problem(
            "There is no training_data.", token=opening, hint="Write AS (training_data AS (SELECT …))."
        )
    return found[_NAMED_QUERIES[0]], found.get(_NAMED_QUERIES[1])


def read_create_goal(reading: Reading, *, replace: bool) -> CreateGoal:
    """Return the goal: `g ON MODEL m [OPTIONS (…)] ACCEPT WHEN predicate`."""
    cursor = reading.cursor
    name = cursor.name("a goal")
    cursor.expect_words("ON", "MODEL")
    model = cursor.name("a model")
    options = read_options_clause(reading)
    if not cursor.take_words("ACCEPT"):
        raise cursor.expected(["ACCEPT"] if options else ["OPTIONS", "ACCEPT"], "ACCEPT WHEN and a condition")
    cursor.expect_words("WHEN")
    predicate = rest_as_predicate(reading)
    return CreateGoal(reading.text, reading.span, name, model, predicate, options, replace)


def read_alter_model(reading: Reading) -> AlterModel:
    """Return the change: `m SET OPTIONS (…)` or `m SET ALIAS name = version`."""
    cursor = reading.cursor
    if_exists = read_if_exists(reading)
    name = cursor.name("a model")
    cursor.expect_words("SET")
    if cursor.take_words("OPTIONS"):
        options = read_options_list(cursor)
        cursor.expect_end()
        return AlterModel(reading.text, reading.span, name, if_exists, options=options)
    if not cursor.take_words("ALIAS"):
        raise cursor.expected(["OPTIONS", "ALIAS"])
    token = cursor.peek()
    alias = read_version(cursor)
    if alias.isdigit():
        raise cursor.problem("An alias is a word, not a number.", token=token)
    if cursor.peek().text != "=":
        raise cursor.expected([], "= and a version")
    cursor.advance()
    version = read_version(cursor)
    cursor.expect_end()
    return AlterModel(reading.text, reading.span, name, if_exists, alias=(alias, version))


def read_export_model(reading: Reading) -> ExportModel:
    """Return the export: `m [VERSION v] OPTIONS (uri = 'dir')`."""
    cursor = reading.cursor
    name = cursor.name("a model")
    version = read_version(cursor) if cursor.take_words("VERSION") else None
    if not cursor.at_words("OPTIONS"):
        raise cursor.expected(["OPTIONS"], "OPTIONS (uri = 'dir')")
    options = read_options_clause(reading)
    cursor.expect_end()
    return ExportModel(reading.text, reading.span, name, version, options)
