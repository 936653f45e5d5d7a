"""CREATE MODEL, CREATE GOAL, ALTER MODEL and EXPORT MODEL."""

from __future__ import annotations

from penstock.core.options import GivenOption
from penstock.sql.call import read_version
from penstock.sql.clause import (
    Reading,
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
            query = _training_query(reading)
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
    )


def _training_query(reading: Reading) -> Query:
    cursor = reading.cursor
    if cursor.peek().text == "(" and cursor.peek(2).text.upper() == "AS" and cursor.peek(3).text == "(":
        hint = "Write the training query itself after AS."
        raise cursor.problem("AS (name AS (query), …) is not supported.", token=cursor.peek(1), hint=hint)
    return rest_as_query(reading)


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
