"""Table function calls, `ML.PREDICT(MODEL m, (query), STRUCT(…))`: trailing arguments are told by kind, not
by position.
"""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from penstock.core.options import OptionValue
from penstock.sql.cursor import Cursor, is_word
from penstock.sql.source import FILE_FUNCTIONS, FileReference, ModelReference
from penstock.sql.value import named_ahead, read_named, read_struct, read_value

NAMESPACES = ("ML", "AI", "VECTOR_INDEX")
# Functions outside these.
BARE_NAMES = frozenset({"VECTOR_SEARCH", "TEXT_ANALYZE", "BAG_OF_WORDS", "TF_IDF"})
# Known by their whole names, to be refused: a column may be called obj, and DuckDB reads obj.upper() as upper(obj).
OBJECT_FUNCTIONS = frozenset({"OBJ.MAKE_REF", "OBJ.FETCH_METADATA", "OBJ.GET_ACCESS_URL", "OBJ.GET_READ_URL"})
_CONSTANTS = {TokenType.TRUE, TokenType.FALSE, TokenType.NULL}
_QUERY_WORDS = {"SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE"}


def at_call(cursor: Cursor) -> bool:
    """Say whether `ML.NAME(` or `AI.NAME(` comes next, or one of the functions without such a prefix."""
    return call_name(cursor) is not None


def call_name(cursor: Cursor) -> str | None:
    """Return the name in upper case of the function that is called next, or None when something else comes."""
    first = cursor.peek()
    if not is_word(first):
        return None
    if first.text.upper() in BARE_NAMES:
        return first.text.upper() if cursor.peek(1).token_type == TokenType.L_PAREN else None
    dotted = cursor.peek(1).token_type == TokenType.DOT and is_word(cursor.peek(2))
    if not dotted or cursor.peek(3).token_type != TokenType.L_PAREN:
        return None
    name = f"{first.text.upper()}.{cursor.peek(2).text.upper()}"
    return name if is_dotted_name(name) else None


def is_dotted_name(name: str) -> bool:
    """Say whether a dotted name in upper case is one of the functions that are answered, or refused, by name."""
    return name.partition(".")[0] in NAMESPACES or name in OBJECT_FUNCTIONS


def name_length(name: str) -> int:
    """Return how many tokens the name of a called function spans."""
    return 2 * name.count(".") + 1


def at_query(cursor: Cursor) -> bool:
    """Say whether a query in parentheses comes next."""
    ahead = 0
    while cursor.peek(ahead).token_type == TokenType.L_PAREN:
        ahead += 1
    return ahead > 0 and is_word(cursor.peek(ahead)) and cursor.peek(ahead).text.upper() in _QUERY_WORDS


def read_model_argument(cursor: Cursor) -> ModelReference | None:
    """Return the `MODEL name [VERSION n | VERSION alias]` that comes next, or None when something
    else does.
    """
    following = cursor.peek(1)
    if not cursor.at_words("MODEL") or not (is_word(following) or following.token_type == TokenType.IDENTIFIER):
        return None
    cursor.advance()
    name = cursor.name("a model")
    return ModelReference(name, read_version(cursor) if cursor.take_words("VERSION") else None)


def read_version(cursor: Cursor) -> str:
    """Return the version that comes next: a number, or an alias in lower case as aliases are looked up."""
    token = cursor.peek()
    if token.token_type == TokenType.NUMBER and token.text.isdigit():
        return cursor.advance().text
    if is_word(token) or token.token_type == TokenType.IDENTIFIER:
        return cursor.advance().text.lower()
    raise cursor.expected([], "a version's number or alias")


def read_plain_argument(cursor: Cursor, options: dict[str, OptionValue], arguments: list[OptionValue]) -> None:
    """Read one argument that is neither model nor data into `options` (STRUCT, name => value) or
    `arguments`.
    """
    first = cursor.peek()
    if cursor.at_words("STRUCT"):
        given = read_struct(cursor)
        if isinstance(given, list):
            raise cursor.problem("Name every field of this STRUCT: value AS name.", token=first)
    elif named_ahead(cursor):
        given = dict([read_named(cursor)])
    else:
        arguments.append(_constant(cursor))
        return
    for name, value in given.items():
        if name in options:
            raise cursor.problem(f"{name} is given twice.", token=first)
        options[name] = value


def _constant(cursor: Cursor) -> OptionValue:
    """Return the constant that comes next; a bare name or query gets the hint how it is given to a table
    function.
    """
    token = cursor.peek()
    following = cursor.peek(1).token_type
    if is_word(token) and token.text.upper() in _QUERY_WORDS and following != TokenType.L_PAREN:
        raise cursor.problem("A query stands in parentheses here.", hint="Write (SELECT …).")
    is_name = is_word(token) and token.token_type not in _CONSTANTS
    if is_name and following in (TokenType.COMMA, TokenType.R_PAREN, TokenType.DOT):
        hint = f"Write MODEL {token.text} for a model, TABLE {token.text} for a table."
        raise cursor.problem(f"{token.text} is neither marked as a model nor as a table.", hint=hint)
    return read_value(cursor)


def read_file_call(cursor: Cursor) -> FileReference | None:
    """Return what `read_csv('path', name = value, …)` reads, or None when something else comes next."""
    word = cursor.peek().text.lower()
    if not is_word(cursor.peek()) or word not in FILE_FUNCTIONS or cursor.peek(1).token_type != TokenType.L_PAREN:
        return None
    cursor.advance()
    cursor.advance()
    options: dict[str, OptionValue] = {"format": "newline_delimited"} if "ndjson" in word else {}
    paths = read_value(cursor)
    patterns = paths if isinstance(paths, list) else [paths]
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise cursor.problem(f"{word} takes a path, or a list of paths.")
    while cursor.take(TokenType.COMMA):
        if not named_ahead(cursor):
            raise cursor.expected([], f"name = value after the path of {word}")
        name, value = read_named(cursor)
        options[name] = value
    cursor.expect(TokenType.R_PAREN, "a closing parenthesis")
    return FileReference(FILE_FUNCTIONS[word], tuple(str(pattern) for pattern in patterns), options)
