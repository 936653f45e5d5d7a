"""The two dialects: sqlglot's DuckDB and BigQuery with Penstock's table functions and file names, and the way
into them.

A parsed table says in its `meta` where it stands in the text (SPAN) and what it is when it is no plain table
(CALL, FILES); a common table expression says where it stands. The tree serves to find such places; DuckDB SQL
is never generated from it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.dialects.dialect import Dialect as SqlglotDialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError
from sqlglot.parser import Parser
from sqlglot.parsers.bigquery import BigQueryParser
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import SyntaxProblem
from penstock.core.options import OptionValue
from penstock.core.spans import Span, span_between
from penstock.sql.bigquery import adapted
from penstock.sql.call import (
    NAMESPACES,
    at_query,
    call_name,
    name_length,
    read_file_call,
    read_model_argument,
    read_plain_argument,
)
from penstock.sql.cursor import Cursor, Locate
from penstock.sql.source import CallSyntax, DataArgument, FileReference, file_function
from penstock.sql.statement import Dialect, Query
from penstock.sql.vocabulary import QUERY_WORDS

SPAN = "penstock_span"
CALL = "penstock_call"
FILES = "penstock_files"
BACK_QUOTED = "penstock_back_quoted"
# AI functions that sqlglot reads as something else.
_MISREAD = ("IF", "AGG", "GENERATE_BOOL", "GENERATE_INT", "GENERATE_DOUBLE")
# What sqlglot's parser raises, beside its own errors, when it stumbles over text that is no SQL.
_STUMBLES = (IndexError, AttributeError, TypeError, KeyError, ValueError)


class MisreadError(ParseError):
    """Text that does not parse; `start` and `end` bound the offending token, None stands for the end of the
    text.
    """

    def __init__(self, message: str, start: int | None, end: int | None) -> None:
        super().__init__(message, [{"description": message}])
        self.start = start
        self.end = end


class _SourceParser(Parser):
    """What both parsers add: places of tables, calls of table functions, file names as tables."""

    locate: Locate
    _part_end = 0

    def raise_error(self, message: str, token: Token | None = None) -> None:
        if self.error_level != ErrorLevel.IMMEDIATE:
            return
        token = token or self._curr
        raise MisreadError(message, *((token.start, token.end + 1) if token else (None, None)))

    def parse_condition(self, tokens: list[Token], text: str) -> list[exp.Expr | None]:
        """Return the tree of tokens that must be one expression, in a list."""
        return self._parse(lambda parser: parser._parse_disjunction(), tokens, text)

    def _warn_unsupported(self) -> None:
        """Stay silent: what sqlglot does not know, DuckDB decides."""

    def _parse_cte(self) -> exp.CTE | exp.FunctionSpecification | None:
        start = self._curr.start
        cte = super()._parse_cte()
        if cte is not None:
            cte.meta[SPAN] = (start, self._prev.end + 1)
        return cte

    def _parse_pipe_syntax_query(self, query: exp.Query) -> exp.Query | None:
        first = self._curr
        read = super()._parse_pipe_syntax_query(query)
        made = read.find_all(exp.CTE) if read is not None else ()
        if any(SPAN not in cte.meta for cte in made):
            message = "These steps of pipe syntax are not read here."
            hint = "Write them as SELECT … FROM … GROUP BY …; |> WHERE, SELECT, ORDER BY and LIMIT are read."
            place = self.locate(first.start, first.end + 1)
            raise SyntaxProblem(Diagnostic(SyntaxProblem.code, message, place, hint))
        return read

    def _parse_table_part(self, schema: bool = False) -> exp.Expr | None:
        part = super()._parse_table_part(schema=schema)
        self._part_end = self._prev.end + 1
        return part

    def _parse_table_parts(
        self, schema: bool = False, is_db_reference: bool = False, wildcard: bool = False, fast: bool = False
    ) -> exp.Table | exp.Dot | None:
        first, start = self._curr, self._curr.start
        if not schema and self._next and (special := self._parse_special_table()):
            return special
        table = super()._parse_table_parts(schema, is_db_reference, wildcard, fast)
        if table is None:
            return None
        if first.token_type is TokenType.STRING and self._prev is first and file_function(first.text):
            # BigQuery's dots part a name within quotes too; those of a file do not.
            table = exp.Table(this=exp.to_identifier(first.text, quoted=True))
        table.meta[SPAN] = (start, self._prev.end + 1 if fast else self._part_end)
        table.meta[BACK_QUOTED] = self.sql[start] == "`"
        name = table.this
        alone = isinstance(name, exp.Identifier) and len(table.parts) == 1 and name.args.get("quoted")
        if alone and not table.meta[BACK_QUOTED] and (how := file_function(name.name)):
            # In single or in double quotes: DuckDB reads both as a file, and no object's name holds a dot.
            table.meta[FILES] = FileReference(how, (name.name,))
        return table

    def _parse_special_table(self) -> exp.Table | None:
        """Return a call of a table function or of a file reader as a table, or None when neither
        comes next.
        """
        cursor = self._cursor()
        start = self._curr.start
        if name := call_name(cursor):
            call = self._parse_call(name)
            return self._special(CALL, call, call.name, start)
        if self._next.token_type != TokenType.L_PAREN:
            return None
        word = self._curr.text
        try:
            files = read_file_call(cursor)
        except SyntaxProblem:
            # Computed paths and options are DuckDB's to evaluate: the call stays an ordinary table function.
            return None
        if files is None:
            return None
        self._advance(cursor.index - self._index)
        return self._special(FILES, files, word, start)

    def _special(self, key: str, value: CallSyntax | FileReference, name: str, start: int) -> exp.Table:
        table = exp.Table(this=exp.Identifier(this=name, quoted=True))
        table.meta[key] = value
        table.meta[SPAN] = (start, self._prev.end + 1)
        return table

    def _parse_call(self, name: str) -> CallSyntax:
        start = self._curr.start
        self._advance(name_length(name) + 1)
        model = None
        data: list[DataArgument] = []
        options: dict[str, OptionValue] = {}
        arguments: list[OptionValue] = []
        while not self._match(TokenType.R_PAREN):
            cursor = self._cursor()
            if model is None and (model := read_model_argument(cursor)):
                self._advance(cursor.index - self._index)
            elif argument := self._parse_data_argument(cursor):
                data.append(argument)
            else:
                read_plain_argument(cursor, options, arguments)
                self._advance(cursor.index - self._index)
            if not self._match(TokenType.COMMA) and self._curr.token_type != TokenType.R_PAREN:
                self.raise_error(f"Expected a comma or the closing parenthesis of {name}")
        return CallSyntax(name, model, tuple(data), options, tuple(arguments), start, self._prev.end + 1)

    def _parse_data_argument(self, cursor: Cursor) -> DataArgument | None:
        if cursor.take_words("TABLE"):
            self._advance()
            table = self._parse_table_parts()
            if table is None:
                raise cursor.expected([], "the name of a table")
            start, end = table.meta[SPAN]
            return DataArgument(False, table, start, end)
        if not at_query(cursor):
            return None
        self._advance()
        start = self._curr.start
        tree = self._parse_statement()
        end = self._prev.end + 1
        if tree is None or not self._match(TokenType.R_PAREN):
            self.raise_error("Expected a closing parenthesis after the query")
            return None
        return DataArgument(True, tree, start, end)

    def _cursor(self) -> Cursor:
        return Cursor(self._tokens, self.sql, self.locate, self._index)


class _DuckDBSourceParser(_SourceParser, DuckDBParser):
    pass


class _BigQuerySourceParser(_SourceParser, BigQueryParser):
    pass


class PenstockDuckDB(DuckDB):
    """DuckDB's SQL; names may stand between back quotes where Penstock reads them, and no statement is
    opaque.
    """

    class Tokenizer(DuckDB.Tokenizer):
        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ['"', "`"]
        COMMANDS: ClassVar[set[TokenType]] = set()

    Parser = _DuckDBSourceParser


class PenstockBigQuery(BigQuery):
    """BigQuery's SQL; no statement is opaque."""

    class Tokenizer(BigQuery.Tokenizer):
        COMMANDS: ClassVar[set[TokenType]] = set()

    Parser = _BigQuerySourceParser


def dialect_of(dialect: Dialect) -> SqlglotDialect:
    """Return sqlglot's object for a dialect."""
    return PenstockDuckDB() if dialect == "duckdb" else PenstockBigQuery()


def tokenize(text: str, dialect: Dialect) -> tuple[list[Token], int | None]:
    """Return the tokens of a text, and where it stops being readable (a quote that is never closed)
    or None.
    """
    tokenizer = dialect_of(dialect).tokenizer()
    try:
        return tokenizer.tokenize(text), None
    except TokenError:
        # Its message holds no place; the tokenizer's own start of the word that it could not end is one.
        return list(tokenizer.tokens), min(tokenizer._core._start, len(text) - 1)


def tokens_of(query: Query) -> list[Token]:
    """Return a query's tokens; raises SyntaxProblem for a quote or comment that is never closed."""
    tokens, unreadable = tokenize(query.text, query.dialect)
    if unreadable is not None:
        raise unclosed(span_in(query, unreadable, unreadable + 1))
    return tokens


def unclosed(span: Span) -> SyntaxProblem:
    """Return the problem of a text that cannot be split into words from `span` on."""
    return SyntaxProblem(Diagnostic(SyntaxProblem.code, "This quote or comment is never closed.", span))


def span_in(query: Query, start: int, end: int) -> Span:
    """Return the span, in its file, of a stretch of a query's text."""
    inner = span_between(query.span.path, query.text, start, end)
    lines, columns = query.span.line - 1, query.span.column - 1
    return Span(
        inner.path,
        inner.line + lines,
        inner.column + (columns if inner.line == 1 else 0),
        inner.end_line + lines,
        inner.end_column + (columns if inner.end_line == 1 else 0),
    )


def parse_query(query: Query) -> exp.Expr:
    """Return the tree of a whole statement; positions in it are offsets into its text. Raises
    SyntaxProblem.
    """
    tokens = tokens_of(query)
    return parse_tokens(tokens, query.text, query.dialect, lambda start, end: span_in(query, start, end))


@lru_cache(maxsize=512)
def shared_tree(query: Query) -> exp.Expr:
    """Return the tree of a whole statement, the same one at each call: for reading only. Raises SyntaxProblem.

    A plan asks the same queries for their references, their columns and their names; parsing is what that costs.
    """
    return parse_query(query)


def parse_expression(query: Query) -> exp.Expr:
    """Return the tree of an expression, a predicate for example. Raises SyntaxProblem."""
    tokens = tokens_of(query)
    return parse_tokens(
        tokens, query.text, query.dialect, lambda start, end: span_in(query, start, end), expression=True
    )


def parse_tokens(
    tokens: list[Token], text: str, dialect: Dialect, locate: Locate, *, expression: bool = False
) -> exp.Expr:
    """Return the tree of tokens of `text`, a statement or an expression. Raises SyntaxProblem."""
    tokens = _renamed(tokens[explain_length(tokens) :])
    if not tokens:
        raise SyntaxProblem(Diagnostic(SyntaxProblem.code, "There is nothing here to read.", locate(0, len(text))))
    parser_class = _DuckDBSourceParser if dialect == "duckdb" else _BigQuerySourceParser
    parser = parser_class(error_level=ErrorLevel.IMMEDIATE, dialect=dialect_of(dialect))
    parser.locate = locate
    try:
        trees = parser.parse_condition(tokens, text) if expression else parser.parse(tokens, text)
    except MisreadError as problem:
        raise _misread(problem, tokens, text, locate) from None
    except RecursionError:
        raise _unreadable("This is nested too deeply.", tokens, locate) from None
    except (ParseError, *_STUMBLES):
        raise _unreadable("This cannot be read.", tokens, locate) from None
    if len(trees) != 1 or trees[0] is None:
        raise _unreadable("One statement is expected here.", tokens, locate)
    return trees[0]


def _renamed(tokens: list[Token]) -> list[Token]:
    """Return the tokens, AI.IF and its like by other names: sqlglot would take them for functions of its own.

    DISTINCT after AI.AGG( is left out: sqlglot reads no `name => value` behind it.
    """
    kept = [token for place, token in enumerate(tokens) if not _at_distinct_texts(tokens, place)]
    for place in range(2, len(kept)):
        token = kept[place]
        prefix = [kept[place - 2].text.upper(), kept[place - 1].text]
        if token.text.upper() in _MISREAD and prefix == ["AI", "."]:
            kept[place] = Token(
                TokenType.VAR, f"{token.text}_", token.line, token.col, token.start, token.end, token.comments
            )
    return kept


def _at_distinct_texts(tokens: list[Token], place: int) -> bool:
    before = [token.text.upper() for token in tokens[max(place - 4, 0) : place]]
    return tokens[place].token_type == TokenType.DISTINCT and before == ["AI", ".", "AGG", "("]


def _unreadable(message: str, tokens: list[Token], locate: Locate) -> SyntaxProblem:
    span = locate(tokens[0].start, tokens[-1].end + 1)
    return SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span))


def generate_duckdb(tree: exp.Expr, span: Span, *, named: bool = True) -> str:
    """Return a BigQuery tree, which is changed, as DuckDB SQL; raises SyntaxProblem at `span` for what has none."""
    try:
        return adapted(tree, named=named).sql(dialect=PenstockDuckDB, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as problem:
        message = f"This BigQuery SQL has no counterpart in DuckDB: {problem}"
    except RecursionError:
        message = "This is nested too deeply."
    raise SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span))


def explain_length(tokens: list[Token]) -> int:
    """Return how many tokens of EXPLAIN [ANALYZE] stand before a statement: sqlglot would not look behind
    them.
    """
    words = [token.text.upper() for token in tokens[:2]]
    if words[:1] != ["EXPLAIN"]:
        return 0
    return 2 if words[1:] == ["ANALYZE"] else 1


def _misread(problem: MisreadError, tokens: list[Token], text: str, locate: Locate) -> SyntaxProblem:
    """Return the problem at the word that is wrong: where the parser stopped, or a slip just before it."""
    if problem.start is None or problem.end is None:
        read, message = tokens, "Something is missing at the end."
        start, end = tokens[-1].start, tokens[-1].end + 1
    else:
        read = [token for token in tokens if token.start <= (problem.start or 0)]
        start, end = problem.start, problem.end
        message = f"{text[start:end]!r} cannot stand here."
    hint = _misplaced_call(read)
    for token in reversed(read[-2:]):
        slip = next((word for word in QUERY_WORDS if _is_slip(token.text.upper(), word)), None)
        if slip and hint is None:
            start, end, hint = token.start, token.end + 1, f"Did you mean {slip}?"
            message = f"{text[start:end]!r} cannot stand here."
    return SyntaxProblem(Diagnostic(SyntaxProblem.code, message, locate(start, end), hint))


def _is_slip(word: str, keyword: str) -> bool:
    """Say whether a word is a keyword with two letters swapped, one left out, one doubled or one wrong."""
    if word == keyword or len(word) < 3 or abs(len(word) - len(keyword)) > 1 or word[0] != keyword[0]:
        return False
    same = 0
    while same < min(len(word), len(keyword)) and word[same] == keyword[same]:
        same += 1
    rest, wanted = word[same:], keyword[same:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    doubled = rest[1:] == wanted and rest[:1] == word[same - 1]
    wrong = len(keyword) > 3 and rest[1:] == wanted[1:] and bool(wanted)
    return swapped or doubled or wrong or rest == wanted[1:]


def _misplaced_call(tokens: list[Token]) -> str | None:
    """Return the hint for a table function in the place of a value: `SELECT ML.PREDICT(MODEL m …`."""
    texts = [token.text.upper() for token in tokens[-6:]]
    if (
        len(texts) == 6
        and texts[0] in NAMESPACES
        and texts[1] == "."
        and texts[3] == "("
        and texts[4] in ("MODEL", "TABLE")
    ):
        return f"{texts[0]}.{texts[2]} gives a table: write SELECT … FROM {texts[0]}.{texts[2]}(…)."
    return None
