"""DROP, SHOW, DESCRIBE and SET dialect: statements that name what exists."""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from penstock.core.names import Kind, nearest_name
from penstock.sql.clause import Reading, names_attached, read_if_exists
from penstock.sql.cursor import is_word, suggestion
from penstock.sql.statement import Describe, Drop, SetDialect, Show
from penstock.sql.vocabulary import DESCRIBED_QUERIES, DUCKDB_DROPS, KINDS, SUBJECTS

_DIALECTS = ("duckdb", "bigquery")


def read_drop(reading: Reading) -> Drop | None:
    """Return the DROP of a Penstock kind; None for what only DuckDB knows."""
    cursor = reading.cursor
    kind = _kind(reading)
    if kind is None:
        return None
    if_exists = read_if_exists(reading)
    if kind in (Kind.TABLE, Kind.VIEW) and names_attached(reading):
        return None
    name = cursor.name(_article(kind))
    cursor.expect_end()
    return Drop(reading.text, reading.span, kind, name, if_exists)


def read_describe(reading: Reading) -> Describe | None:
    """Return the DESCRIBE of a Penstock kind; None for a query or a bare name, which DuckDB describes."""
    cursor = reading.cursor
    following = cursor.peek(1)
    if not is_word(following) and following.token_type != TokenType.IDENTIFIER:
        return None
    if cursor.peek().text.upper() in DESCRIBED_QUERIES:
        return None
    kind = _kind(reading)
    if kind is None:
        return None
    name = cursor.name(_article(kind))
    cursor.expect_end()
    return Describe(reading.text, reading.span, kind, name)


def read_show(reading: Reading) -> Show | None:
    """Return the SHOW of a list that Penstock keeps, `SHOW MODELS`, `SHOW VERSIONS OF m`; None for DuckDB's
    own.
    """
    cursor = reading.cursor
    token = cursor.peek()
    word = token.text.lower()
    if not is_word(token):
        return None
    if word not in SUBJECTS:
        # SHOW TABLES and SHOW some_table are DuckDB's: only a word that is nearly one of ours is taken for a
        # slip.
        nearest = nearest_name(word, SUBJECTS)
        ours = cursor.peek(1).text.upper() == "OF" or (nearest and _nearly(word, nearest) and cursor.peek(1).text == "")
        if ours:
            raise cursor.problem(f"There is no list {token.text}.", hint=suggestion(word, SUBJECTS))
        return None
    cursor.advance()
    if cursor.at_words("FROM"):
        # SHOW TABLES FROM another database.
        return None
    of = cursor.name("what they belong to") if cursor.take_words("OF") else None
    if not cursor.at_end:
        raise cursor.expected(["OF"], "OF or the end")
    return Show(reading.text, reading.span, word, of)


def read_set(reading: Reading) -> SetDialect | None:
    """Return `SET dialect = '…'`; None for DuckDB's settings."""
    cursor = reading.cursor
    if not cursor.take_words("DIALECT"):
        return None
    if cursor.peek().text.upper() not in ("=", "TO"):
        raise cursor.expected(["="])
    cursor.advance()
    token = cursor.peek()
    word = cursor.string("a dialect").lower()
    cursor.expect_end()
    if word == "bigquery":
        return SetDialect(reading.text, reading.span, "bigquery")
    if word == "duckdb":
        return SetDialect(reading.text, reading.span, "duckdb")
    hint = suggestion(word, _DIALECTS) or "Known: bigquery, duckdb."
    raise cursor.problem(f"There is no dialect {word!r}.", token=token, hint=hint)


def _kind(reading: Reading) -> Kind | None:
    """Return the kind that comes next; None for one of DuckDB's; raises SyntaxProblem for a slip."""
    cursor = reading.cursor
    token = cursor.peek()
    word = token.text.upper()
    if is_word(token) and word in KINDS:
        cursor.advance()
        return Kind(word.lower())
    hint = suggestion(word, KINDS) if is_word(token) and word not in DUCKDB_DROPS else None
    if hint:
        raise cursor.problem(f"There is no kind {token.text}.", hint=hint)
    return None


def _nearly(word: str, subject: str) -> bool:
    """Say whether a word differs from a subject only by its plural or by one slip."""
    return word == subject.removesuffix("s") or (abs(len(word) - len(subject)) <= 1 and word[0] == subject[0])


def _article(kind: Kind) -> str:
    return f"{'an' if kind.value[0] in 'ae' else 'a'} {kind.value}"
