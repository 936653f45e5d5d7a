"""CREATE TABLE, CREATE VIEW and CREATE ASSERTION."""

from __future__ import annotations

from penstock.sql.clause import (
    Reading,
    group_as_predicate,
    names_attached,
    read_if_not_exists,
    read_options_clause,
    rest_as_query,
)
from penstock.sql.statement import CreateAssertion, CreateTable, CreateView, Query


def read_create_table(reading: Reading, *, replace: bool) -> CreateTable | None:
    """Return the table that is created from a query; None for column definitions, which are DuckDB's own."""
    cursor = reading.cursor
    creation = read_if_not_exists(reading, replace=replace)
    if names_attached(reading):
        return None
    name = cursor.name("a table")
    if cursor.peek().text == "(":
        return None
    if reading.dialect == "bigquery":
        if copied := _copied(reading):
            return CreateTable(reading.text, reading.span, name, copied, {}, creation.replace, creation.if_not_exists)
        _pass_over_storage(reading)
    options = read_options_clause(reading)
    _expect_as(reading, options_given=bool(options))
    query = rest_as_query(reading)
    return CreateTable(reading.text, reading.span, name, query, options, creation.replace, creation.if_not_exists)


def _copied(reading: Reading) -> Query | None:
    """Return the query of `LIKE t`, a table without rows, of `COPY t` or of `CLONE t`, when one comes next."""
    cursor = reading.cursor
    for word, condition in (("LIKE", " WHERE FALSE"), ("COPY", ""), ("CLONE", "")):
        if cursor.take_words(word):
            name = cursor.name("a table")
            cursor.expect_end()
            return Query(f"SELECT * FROM `{name}`{condition}", reading.dialect, reading.span)
    return None


def _pass_over_storage(reading: Reading) -> None:
    """Pass over PARTITION BY and CLUSTER BY, which say where BigQuery keeps the rows and change none of them."""
    cursor = reading.cursor
    if not cursor.at_words("PARTITION") and cursor.peek().text.upper() not in ("PARTITION BY", "CLUSTER BY", "CLUSTER"):
        return
    while not cursor.at_end and not cursor.at_words("OPTIONS") and not cursor.at_words("AS"):
        if cursor.peek().text == "(":
            cursor.skip_group()
        else:
            cursor.advance()


def read_create_view(reading: Reading, *, replace: bool) -> CreateView | None:
    """Return the view that is created from a query; None for one with a column list, which is
    DuckDB's own.
    """
    cursor = reading.cursor
    creation = read_if_not_exists(reading, replace=replace)
    if names_attached(reading):
        return None
    name = cursor.name("a view")
    if cursor.peek().text == "(":
        return None
    options = read_options_clause(reading)
    _expect_as(reading, options_given=bool(options))
    query = rest_as_query(reading)
    return CreateView(reading.text, reading.span, name, query, options, creation.replace, creation.if_not_exists)


def read_create_assertion(reading: Reading, *, replace: bool) -> CreateAssertion:
    """Return the assertion: `a ON t CHECK (predicate) [OPTIONS (…)]`."""
    cursor = reading.cursor
    name = cursor.name("an assertion")
    cursor.expect_words("ON")
    table = cursor.name("a table")
    cursor.expect_words("CHECK")
    predicate = group_as_predicate(reading)
    options = read_options_clause(reading)
    cursor.expect_end()
    return CreateAssertion(reading.text, reading.span, name, table, predicate, options, replace)


def _expect_as(reading: Reading, *, options_given: bool) -> None:
    cursor = reading.cursor
    if not cursor.take_words("AS"):
        raise cursor.expected(["AS"] if options_given else ["OPTIONS", "AS"])
