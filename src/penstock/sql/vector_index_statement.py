"""CREATE, ALTER and DROP VECTOR INDEX."""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from penstock.sql.clause import Reading, read_if_exists, read_if_not_exists, read_options_clause
from penstock.sql.statement import AlterVectorIndex, CreateVectorIndex, DropVectorIndex


def at_vector_index(reading: Reading) -> bool:
    """Say whether VECTOR INDEX comes next, and go past it."""
    return reading.cursor.take_words("VECTOR", "INDEX")


def read_create_vector_index(reading: Reading, *, replace: bool) -> CreateVectorIndex:
    """Return the index: `i ON t(column) [STORING (…)] [PARTITION BY …] OPTIONS (…)`."""
    cursor = reading.cursor
    creation = read_if_not_exists(reading, replace=replace)
    name = cursor.name("a vector index")
    cursor.expect_words("ON")
    table = cursor.name("a table")
    cursor.expect(TokenType.L_PAREN, "the column of vectors in parentheses")
    column = cursor.name("a column")
    cursor.expect(TokenType.R_PAREN, "a closing parenthesis: an index is of one column")
    storing: list[str] = []
    if cursor.take_words("STORING"):
        cursor.expect(TokenType.L_PAREN, "columns in parentheses")
        storing.append(cursor.name("a column"))
        while cursor.take(TokenType.COMMA):
            storing.append(cursor.name("a column"))
        cursor.expect(TokenType.R_PAREN, "a comma or a closing parenthesis")
    partitioned = cursor.take_words("PARTITION BY") or cursor.take_words("PARTITION", "BY")
    while partitioned and not cursor.at_end and not cursor.at_words("OPTIONS"):
        cursor.advance()
    if not cursor.at_words("OPTIONS"):
        raise cursor.expected(["STORING", "PARTITION", "OPTIONS"], "OPTIONS (index_type = …)")
    options = read_options_clause(reading)
    cursor.expect_end()
    return CreateVectorIndex(
        reading.text,
        reading.span,
        name,
        table,
        column,
        tuple(storing),
        partitioned,
        options,
        creation.replace,
        creation.if_not_exists,
    )


def read_rebuild_vector_index(reading: Reading) -> AlterVectorIndex:
    """Return `ALTER VECTOR INDEX [IF EXISTS] i ON t REBUILD`, after its first three words."""
    cursor = reading.cursor
    if_exists = read_if_exists(reading)
    name = cursor.name("a vector index")
    cursor.expect_words("ON")
    table = cursor.name("a table")
    cursor.expect_words("REBUILD")
    cursor.expect_end()
    return AlterVectorIndex(reading.text, reading.span, name, table, if_exists)


def read_drop_vector_index(reading: Reading) -> DropVectorIndex:
    """Return `DROP VECTOR INDEX [IF EXISTS] i ON t`, after its first three words."""
    cursor = reading.cursor
    if_exists = read_if_exists(reading)
    name = cursor.name("a vector index")
    cursor.expect_words("ON")
    table = cursor.name("a table")
    cursor.expect_end()
    return DropVectorIndex(reading.text, reading.span, name, table, if_exists)
