"""Where in a statement a script's variable may be meant, and the text with something else in these places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from penstock.core.errors import SyntaxProblem
from penstock.core.spans import Span, span_between
from penstock.sql.dialect import CALL, parse_tokens, span_in, tokens_of
from penstock.sql.script_variable import ERROR_MESSAGE, constant_places, error_message_places, with_constants
from penstock.sql.statement import Query, Statement

_AFTER_SELECT = (exp.Order, exp.Group, exp.Having, exp.Qualify)
_CHANGES = (exp.Update, exp.Delete, exp.Merge)
# The field that stands for all of them: `r.*`.
EVERY_FIELD = "*"
# Of a statement's queries, these name columns only.
_COLUMNS_ONLY = ("transform", "predicate")


@dataclass(frozen=True)
class Use:
    """A stretch of a text that may mean the variable `name`, or the field of the struct that it holds, or every field.

    `constant` is true where only a constant can stand. `free` is true where no table is in sight whose column it could
    be; a column goes before a variable. `column` is the name that a column of the result has from this use, or None.
    `aliases` are the stretches where the same SELECT gives the same name to a
    column of its result, which it cannot mean itself.
    """

    start: int
    end: int
    name: str
    field: str | None = None
    constant: bool = False
    free: bool = True
    column: str | None = None
    aliases: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Edit:
    """`text` in the place of a stretch of the text as it was written."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Substituted:
    """A text with edits, and the way back from places in it to places in the text as it was written."""

    written: Query
    edits: tuple[Edit, ...]

    @property
    def text(self) -> str:
        pieces, place = [], 0
        for edit in self.edits:
            pieces += [self.written.text[place : edit.start], edit.text]
            place = edit.end
        return "".join([*pieces, self.written.text[place:]])

    @property
    def query(self) -> Query:
        return Query(self.text, self.written.dialect, self.written.span)

    @property
    def in_its_place(self) -> str:
        """The text with as much space before it that it stands at the same line and column as in its file."""
        span = self.written.span
        return "\n" * (span.line - 1) + " " * (span.column - 1) + self.text

    def original(self, span: Span) -> Span:
        """Return where in the file what stands at `span` was written, where `span` is counted in the edited text."""
        base = self.written.span
        if span.path != base.path or (span.line, span.column) < (base.line, base.column):
            return span
        start, end = self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)
        return span_in(self.written, self._before(start, False), self._before(max(start, end), True))

    def _offset(self, line: int, column: int) -> int:
        """Return the offset in the edited text of a line and column of the file."""
        base, text = self.written.span, self.text
        if line == base.line:
            return min(column - base.column, len(text))
        lines = text.split("\n")
        above = lines[: line - base.line]
        return min(sum(len(one) + 1 for one in above) + column - 1, len(text))

    def _before(self, offset: int, is_end: bool) -> int:
        """Return the offset in the written text of one in the edited text."""
        shift = 0
        for edit in self.edits:
            start = edit.start + shift
            if offset < start or (offset == start and is_end):
                break
            if offset < start + len(edit.text) or (is_end and offset == start + len(edit.text)):
                return edit.end if is_end else edit.start
            shift += len(edit.text) - (edit.end - edit.start)
        return min(offset - shift, len(self.written.text))


def substituted(written: Query, edits: Iterable[Edit]) -> Substituted:
    """Return a text with edits, which may come in any order and do not overlap."""
    return Substituted(written, tuple(sorted(edits, key=lambda edit: (edit.start, edit.end))))


def stretches_of(statement: Statement) -> list[tuple[int, int]]:
    """Return the stretches of a statement's text that are queries."""
    found = []
    for key, value in vars(statement).items():
        if isinstance(value, Query) and key not in _COLUMNS_ONLY:
            start = Substituted(Query(statement.text, value.dialect, statement.span), ())._offset(
                value.span.line, value.span.column
            )
            found.append((start, start + len(value.text)))
    return found


def uses_in(
    written: Query, names: Collection[str], stretches: Iterable[tuple[int, int]], *, expression: bool = False
) -> list[Use]:
    """Return the places in a text that may mean one of the variables `names`, case-folded, in the order of the text.

    Variables stand in the queries among `stretches`, or in the one `expression`, and where a constant is asked for.
    """
    tokens = tokens_of(written)
    found = []
    for first, last in error_message_places(tokens):
        found.append(Use(tokens[first].start, tokens[last].end + 1, ERROR_MESSAGE))
    if not any(token.text.casefold() in names for token in tokens):
        return found
    for place in constant_places(tokens, names):
        token = tokens[place]
        found.append(Use(token.start, token.end + 1, token.text.casefold(), constant=True))
    tokens = with_constants(tokens, names)
    for start, end in stretches:
        inner = [token for token in tokens if start <= token.start < end]
        try:
            tree = parse_tokens(
                inner,
                written.text,
                written.dialect,
                lambda first, last: span_between(written.span.path, written.text, first, last),
                expression=expression,
            )
        except SyntaxProblem:
            # DuckDB's own words, which only it can read: it knows no variable of a script.
            continue
        found += _uses_in_tree(tree, names)
    return sorted(found, key=lambda use: use.start)


def place_holders(written: Query) -> list[Use]:
    """Return the `?` and `@name` of a text that is executed; the name of a `?` is empty."""
    tokens = tokens_of(written)
    found = []
    for place, token in enumerate(tokens):
        if token.token_type == TokenType.PLACEHOLDER:
            found.append(Use(token.start, token.end + 1, ""))
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        before = tokens[place - 1] if place else None
        of_service = TokenType.PARAMETER in (after and after.token_type, before and before.token_type)
        if token.token_type == TokenType.PARAMETER and after is not None and not of_service:
            found.append(Use(token.start, after.end + 1, after.text.casefold()))
    return found


def _uses_in_tree(tree: exp.Expr, names: Collection[str]) -> Iterator[Use]:
    for call in (table.meta[CALL] for table in tree.find_all(exp.Table) if CALL in table.meta):
        for argument in call.data:
            yield from _uses_in_tree(argument.tree, names)
    for column in tree.find_all(exp.Column):
        parts = column.parts
        first = parts[0]
        name, start = first.name.casefold(), first.meta.get("start")
        if name not in names or start is None or _is_target(column):
            continue
        if isinstance(column.this, exp.Star) and (len(parts) != 2 or column.this.args.get("except_")):
            continue
        if len(parts) > 1 and _names_source(column, name):
            continue
        end = parts[min(1, len(parts) - 1)].meta.get("end", first.meta["end"]) + 1
        field = (EVERY_FIELD if column.is_star else parts[1].name) if len(parts) > 1 else None
        free = not any(_reads(node) for node in _ancestors(column))
        listed = isinstance(column.parent, exp.Select) and column.arg_key == "expressions" and not column.is_star
        named = parts[-1].name if listed and len(parts) < 3 else None
        yield Use(start, end, name, field, free=free, column=named, aliases=tuple(_aliases(column, name)))


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _reads(node: exp.Expr) -> bool:
    return isinstance(node, _CHANGES) or (isinstance(node, exp.Select) and node.args.get("from_") is not None)


def _is_target(column: exp.Column) -> bool:
    """Say whether a column is what UPDATE SET or the INSERT of a MERGE writes to."""
    parent = column.parent
    above = parent.parent if parent is not None else None
    if isinstance(parent, exp.EQ) and isinstance(above, exp.Update):
        return parent.this is column and parent.arg_key == "expressions"
    return isinstance(parent, exp.Tuple) and isinstance(above, exp.Insert) and parent.arg_key == "this"


def _names_source(column: exp.Column, name: str) -> bool:
    """Say whether a table or alias in sight of a column has the name that stands before its dot."""
    for node in _ancestors(column):
        if not _reads(node):
            continue
        sources = [
            node.args.get("from_"),
            node.args.get("this"),
            node.args.get("using"),
            *(node.args.get("joins") or []),
        ]
        for source in sources:
            inner = source.this if isinstance(source, exp.From | exp.Join) else source
            if isinstance(inner, exp.Expr) and inner.alias_or_name.casefold() == name:
                return True
    return False


def _aliases(column: exp.Column, name: str) -> Iterator[tuple[int, int]]:
    for node in _ancestors(column):
        if isinstance(node, _AFTER_SELECT):
            return
        if isinstance(node, exp.Select):
            for item in node.expressions:
                alias = item.args.get("alias") if isinstance(item, exp.Alias) else None
                if isinstance(alias, exp.Identifier) and alias.name.casefold() == name and "start" in alias.meta:
                    yield alias.meta["start"], alias.meta["end"] + 1
            return
