"""DROP, SHOW, DESCRIBE and SET dialect: statements that name what exists."""

from __future__ import annotations

from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.names import Kind, near_or_all
from penstock.sql.clause import Reading, names_attached, read_if_exists
from penstock.sql.cursor import is_word, suggestion
from penstock.sql.statement import Describe, Drop, SetDialect, Show
from penstock.sql.vocabulary import DESCRIBED_QUERIES, DUCKDB_DROPS, DUCKDB_SHOWS, KINDS, SUBJECTS

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
    cascade = cursor.take_words("CASCADE")
    if not cascade and not cursor.at_end:
        raise cursor.expected(["CASCADE"], "CASCADE or the end")
    cursor.expect_end()
    return Drop(reading.text, reading.span, kind, name, if_exists, cascade)


def read_describe(reading: Reading) -> Describe | None:
    """Return the DESCRIBE of a Penstock kind, or of a name alone; None for a query, which DuckDB describes."""
    cursor = reading.cursor
    token = cursor.peek()
    if token.text.upper() in DESCRIBED_QUERIES or not _is_name(token):
        return None
    following = cursor.peek(1)
    alone = following.text == "" and token.text.upper() not in KINDS
    if alone or (following.text == "." and _is_name(cursor.peek(2)) and cursor.peek(3).text == ""):
        return Describe(reading.text, reading.span, None, cursor.name("what to describe"))
    if not _is_name(following) and following.text:
        return None
    kind = _kind(reading)
    if kind is None:
        hint = f"Known: {', '.join(KINDS)}; DESCRIBE with a name alone tells the columns of a table."
        raise cursor.problem(f"There is no kind {token.text} to describe.", hint=hint)
    name = cursor.name(_article(kind))
    label = None
    if kind in (Kind.TABLE, Kind.VIEW) and not cursor.at_end:
        if not cursor.at_words("FOR"):
            raise cursor.expected(["FOR"], "FOR LABEL or the end")
        cursor.expect_words("FOR", "LABEL")
        # A column's name may hold a dot, where it is quoted.
        quoted = cursor.peek().token_type == TokenType.IDENTIFIER
        label = cursor.advance().text if quoted else cursor.name("the label")
    cursor.expect_end()
    return Describe(reading.text, reading.span, kind, name, label)


def read_show(reading: Reading) -> Show | None:
    """Return the SHOW of a list that Penstock keeps, `SHOW MODELS`, `SHOW VERSIONS OF m`, or of a single word
    that may be a table; None for DuckDB's own.
    """
    cursor = reading.cursor
    token = cursor.peek()
    word = token.text.lower()
    if not is_word(token) or token.text.upper() in DUCKDB_SHOWS:
        return None
    if word not in SUBJECTS:
        following = cursor.peek(1)
        if is_word(following):
            raise cursor.problem(f"There is no list {token.text} to show.", hint=_subject_hint(word))
        return Show(reading.text, reading.span, token.text) if following.text == "" else None
    cursor.advance()
    if cursor.at_words("FROM"):
        # SHOW TABLES FROM another database.
        return None
    # SHOW EXPERIMENT x is of one: it needs no OF.
    belongs = cursor.take_words("OF") or (word == "experiment" and not cursor.at_end)
    of = cursor.name("what they belong to") if belongs else None
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


def _subject_hint(word: str) -> str:
    return near_or_all(word.upper(), [subject.upper() for subject in SUBJECTS])


def _is_name(token: Token) -> bool:
    return is_word(token) or token.token_type == TokenType.IDENTIFIER


def _article(kind: Kind) -> str:
    return f"{'an' if kind.value[0] in 'ae' else 'a'} {kind.value}"
