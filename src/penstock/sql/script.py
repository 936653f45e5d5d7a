"""BigQuery's scripts: where a statement ends when others stand within it, and what IF, BEGIN, LOOP … hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import SyntaxProblem
from penstock.core.spans import Span
from penstock.sql.clause import Reading
from penstock.sql.cursor import Cursor, is_word
from penstock.sql.script_clause import (
    Unit,
    end_of_stretch,
    is_name,
    read_assert,
    read_declare,
    read_execute_immediate,
    read_raise,
    read_set,
    stretch,
)
from penstock.sql.script_statement import Block, Body, Branch, Declare, ForEach, Jump, Loop, ScriptStatement, Verb
from penstock.sql.script_variable import refuse_service_variables, with_constants
from penstock.sql.statement import AnyStatement, Dialect, Query, SetDialect

AnyNode = AnyStatement | ScriptStatement
Plain = Callable[[list[Token]], AnyStatement]
_SIMPLE: Mapping[str, Callable[[Unit], ScriptStatement]] = {
    "DECLARE": read_declare,
    "SET": read_set,
    "RAISE": read_raise,
    "ASSERT": read_assert,
    "EXECUTE": read_execute_immediate,
}
_JUMPS: Mapping[str, Verb] = {
    "BREAK": "break",
    "LEAVE": "break",
    "CONTINUE": "continue",
    "ITERATE": "continue",
    "RETURN": "return",
}
# BigQuery's own limit.
DEEPEST = 50
_LOOPS = ("LOOP", "WHILE", "REPEAT", "FOR")
# Statements of scripts that begin no statement of DuckDB's.
ONLY_BIGQUERY = ("IF", "LOOP", "WHILE", "REPEAT", "DECLARE", "RAISE", "ASSERT", "LEAVE", "ITERATE")


class BrokenScript(SyntaxProblem):
    """A script whose structure cannot be told: what follows is not read."""


@dataclass
class ScriptReader:
    """Reads the statements of one text in one dialect; `plain` reads those that hold no others.

    A problem within a statement is kept in `problems` and reading goes on; a broken structure ends it and is `broken`.
    """

    cursor: Cursor
    dialect: Dialect
    plain: Plain
    names: frozenset[str] = frozenset()
    problems: list[Diagnostic] = field(default_factory=list)
    loops: tuple[str | None, ...] = ()
    labels: tuple[str, ...] = ()
    depth: int = 0
    broken: BrokenScript | None = None

    def statements(self) -> Iterator[AnyNode]:
        """Yield the statements of the whole text, each as soon as it is read."""
        try:
            while (found := self._next(())) is not None:
                yield from found
        except BrokenScript as problem:
            self.broken = problem

    def _next(self, ends: Collection[str]) -> list[AnyNode] | None:
        """Return the next statement, nothing for one that cannot be read; None before one of `ends` and at the end."""
        cursor = self.cursor
        while cursor.take(TokenType.SEMICOLON):
            pass
        if cursor.at_end or (is_word(cursor.peek()) and cursor.peek().text.upper() in ends):
            return None
        try:
            return [self._statement()]
        except BrokenScript:
            raise
        except SyntaxProblem as problem:
            self.problems += problem.diagnostics
        return []

    def _body(self, *ends: str) -> Body:
        """Return the statements up to one of these words, which must come."""
        cursor = self.cursor
        opening = cursor.peek(-1)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _broken(cursor.problem("This is nested too deeply.", token=opening))
        read: list[AnyNode] = []
        while (found := self._next(ends)) is not None:
            read += found
        self.depth -= 1
        if cursor.at_end:
            hint = "Every statement within it ends with a semicolon."
            raise _broken(
                cursor.problem(f"No {ends[-1]} follows this {opening.text.upper()}.", token=opening, hint=hint)
            )
        return tuple(read)

    def _statement(self) -> AnyNode:
        cursor = self.cursor
        if self.dialect == "bigquery" and is_word(cursor.peek()):
            label = _label(cursor)
            reader = self._reader(cursor.peek().text.upper())
            if reader is not None:
                return reader(label)
            if label is not None:
                raise _broken(cursor.expected([*_LOOPS, "BEGIN"]))
            _refuse_procedures(cursor)
        start, cursor.index = cursor.index, end_of_statement(cursor)
        tokens = list(cursor.tokens[start : cursor.index])
        try:
            return self._plain(tokens)
        except RecursionError:
            span = cursor.locate(tokens[0].start, tokens[-1].end + 1)
            raise SyntaxProblem.of("This is nested too deeply.", span=span) from None

    def _plain(self, tokens: list[Token]) -> AnyStatement:
        if self.dialect == "duckdb":
            return self.plain(tokens)
        cursor = self.cursor
        refuse_service_variables(Cursor(tokens, cursor.text, cursor.locate))
        statement = self.plain(with_constants(tokens, self.names))
        if isinstance(statement, SetDialect) and self.depth:
            raise SyntaxProblem.of("SET dialect stands outside of IF, BEGIN and loops.", span=statement.span)
        return statement

    def _reader(self, word: str) -> Callable[[str | None], ScriptStatement] | None:
        after = self.cursor.peek(1)
        following = after.text.upper()
        if word == "IF":
            return self._if
        if word == "BEGIN" and after.text and after.token_type != TokenType.SEMICOLON:
            return self._block
        if word in _LOOPS:
            return self._for if word == "FOR" else self._loop
        if word in _JUMPS:
            return self._jump
        if word in _SIMPLE and not (word == "SET" and following == "DIALECT" and "dialect" not in self.names):
            return self._simple if word != "EXECUTE" or following == "IMMEDIATE" else None
        return None

    def _simple(self, _: str | None) -> ScriptStatement:
        cursor = self.cursor
        start, cursor.index = cursor.index, end_of_statement(cursor)
        unit = self._unit(start, cursor.index)
        try:
            read = _SIMPLE[unit.cursor.peek().text.upper()](unit)
        except SyntaxProblem:
            if unit.cursor.tokens[0].text.upper() == "DECLARE" and unit.cursor.peek(-unit.cursor.index + 1).text:
                # Its name is known all the same: a wrong type is one mistake and not many.
                self.names |= {unit.cursor.tokens[1].text.casefold()}
            raise
        if isinstance(read, Declare):
            self.names |= {name.casefold() for name in read.names}
        return read

    def _if(self, _: str | None) -> Branch:
        cursor = self.cursor
        start = cursor.index
        arms: list[tuple[Query, Body]] = []
        while not arms or cursor.at_words("ELSEIF"):
            cursor.advance()
            condition = self._until("THEN", "a condition")
            arms.append((condition, self._body("ELSEIF", "ELSE", "END")))
        otherwise = self._body("END") if cursor.take_words("ELSE") else ()
        self._end("IF")
        return Branch(*self._whole(start), tuple(arms), otherwise)

    def _block(self, label: str | None) -> Block:
        cursor = self.cursor
        start = cursor.index
        cursor.advance()
        handler = None
        with self._within(label):
            with self._scope():
                body = self._body("EXCEPTION", "END")
            if cursor.at_words("EXCEPTION"):
                self._expect("EXCEPTION", "WHEN", "ERROR", "THEN")
                handler = self._body("END")
        self._end(label=label)
        return Block(*self._whole(start), body, handler, label)

    def _loop(self, label: str | None) -> Loop:
        cursor = self.cursor
        start = cursor.index
        word = cursor.advance().text.upper()
        condition = self._until("DO", "a condition") if word == "WHILE" else None
        with self._within(label, loop=True):
            body = self._body("UNTIL" if word == "REPEAT" else "END")
        if word == "REPEAT":
            self._expect("UNTIL")
            condition = self._until("END", "a condition")
            cursor.index -= 1
        self._end(word, label)
        return Loop(*self._whole(start), condition, body, word == "REPEAT", label)

    def _for(self, label: str | None) -> ForEach:
        cursor = self.cursor
        start = cursor.index
        cursor.advance()
        if not is_name(cursor.peek()):
            raise _broken(cursor.expected([], "the name of a variable"))
        variable = cursor.advance().text
        self._expect("IN")
        if cursor.peek().token_type != TokenType.L_PAREN:
            raise _broken(cursor.expected([], "a query in parentheses"))
        query = self._until("DO", "a query", is_query=True)
        with self._scope(variable), self._within(label, loop=True):
            body = self._body("END")
        self._end("FOR", label)
        return ForEach(*self._whole(start), variable, query, body, label)

    def _jump(self, _: str | None) -> Jump:
        cursor = self.cursor
        start = cursor.index
        token = cursor.advance()
        verb = _JUMPS[token.text.upper()]
        label = cursor.advance().text.casefold() if is_name(cursor.peek()) and verb != "return" else None
        if verb != "return" and label is None and not self.loops:
            raise cursor.problem(f"{token.text.upper()} stands within a loop.", token=token)
        if label is not None and label not in (self.loops if verb == "continue" else self.labels):
            raise cursor.problem(f"There is no {label} around this to {token.text.lower()}.", token=token)
        end = end_of_statement(cursor)
        if cursor.index < end:
            raise cursor.expected([], "a semicolon")
        return Jump(*self._whole(start), verb, label)

    @contextmanager
    def _scope(self, *variables: str) -> Iterator[None]:
        """Forget at the end what is declared within."""
        known = self.names
        self.names |= {name.casefold() for name in variables}
        yield
        self.names = known

    @contextmanager
    def _within(self, label: str | None, *, loop: bool = False) -> Iterator[None]:
        loops, labels = self.loops, self.labels
        self.loops += (label,) if loop else ()
        self.labels += (label,) if label is not None else ()
        yield
        self.loops, self.labels = loops, labels

    def _until(self, word: str, what: str, *, is_query: bool = False) -> Query:
        """Return what stands before a word and step over that; raises BrokenScript where it does not come."""
        cursor = self.cursor
        before, start = cursor.peek(-1), cursor.index
        end = end_of_stretch(cursor, [word])
        if end >= len(cursor.tokens) or cursor.tokens[end].token_type == TokenType.SEMICOLON:
            raise _broken(cursor.problem(f"No {word} follows this {before.text.upper()}.", token=before))
        unit = self._unit(start, end)
        cursor.index = end + 1
        try:
            return stretch(unit, what, end - start, is_query=is_query)
        except SyntaxProblem as problem:
            # The structure is whole: what stands after it is read all the same.
            self.problems += problem.diagnostics
            return Query("NULL", self.dialect, unit.reading.span)

    def _unit(self, start: int, end: int) -> Unit:
        cursor = Cursor(self.cursor.tokens[start:end], self.cursor.text, self.cursor.locate)
        return Unit(Reading(cursor, self.dialect, *self._text_of(start, max(end, start + 1))), self.names)

    def _whole(self, start: int) -> tuple[str, Span]:
        return self._text_of(start, self.cursor.index)

    def _text_of(self, start: int, end: int) -> tuple[str, Span]:
        cursor = self.cursor
        first, last = cursor.tokens[start].start, cursor.tokens[end - 1].end + 1
        return cursor.text[first:last], cursor.locate(first, last)

    def _end(self, word: str = "", label: str | None = None) -> None:
        """Step over END and what it ends; raises BrokenScript."""
        cursor = self.cursor
        self._expect("END", *([word] if word else []))
        if label is not None and cursor.peek().text.casefold() == label:
            cursor.advance()
        if not cursor.at_end and cursor.peek().token_type != TokenType.SEMICOLON:
            raise _broken(cursor.expected([], "a semicolon"))

    def _expect(self, *words: str) -> None:
        try:
            self.cursor.expect_words(*words)
        except SyntaxProblem as problem:
            raise _broken(problem) from None


def end_of_statement(cursor: Cursor) -> int:
    """Return the place of the semicolon that ends the statement, or the end of the text."""
    places = range(cursor.index, len(cursor.tokens))
    ends = (place for place in places if cursor.tokens[place].token_type == TokenType.SEMICOLON)
    return next(ends, len(cursor.tokens))


def _label(cursor: Cursor) -> str | None:
    """Return the `name:` that comes next in lower case, or None."""
    if cursor.peek(1).token_type != TokenType.COLON:
        return None
    label = cursor.advance().text.casefold()
    cursor.advance()
    return label


def _refuse_procedures(cursor: Cursor) -> None:
    after = 3 if cursor.at_words("CREATE", "OR", "REPLACE") else 1
    if cursor.at_words("CREATE") and cursor.peek(after).text.upper() == "PROCEDURE":
        hint = "Keep its statements in a file and run that: penstock sql --dialect bigquery -f FILE"
        raise _broken(cursor.problem("There are no stored procedures.", hint=hint))
    if cursor.at_words("CASE"):
        raise _broken(cursor.problem("CASE is no statement.", hint="Say IF … THEN … ELSEIF … END IF."))


def _broken(problem: SyntaxProblem) -> BrokenScript:
    return BrokenScript(*(replace(found, code=SyntaxProblem.code) for found in problem.diagnostics))
