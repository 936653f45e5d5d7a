"""Where in a query ML functions stand in the place of a value, and which rows those with OVER () are over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from penstock.sql.call import at_call
from penstock.sql.cursor import is_word
from penstock.sql.statement import Query
from penstock.sql.value_call import CLOSING, OPENING, Part, ValueSyntax, read_value_call

Stretch = tuple[int, int]
# What ends a WHERE clause, or a FROM clause without one.
_AFTER_ROWS = {"GROUP", "HAVING", "QUALIFY", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH"}
_SET_OPERATORS = {"UNION", "INTERSECT", "EXCEPT"}
_LIST_BEGINS = {"SELECT", "DISTINCT", "ALL"}


@dataclass(frozen=True)
class ValueSite:
    """A call and its place in the text. `rows` are the stretches that say which rows its SELECT reads, FROM and WHERE.

    `rows` is None where no SELECT stands around the call, or the call in what says so. `may_learn` tells whether a
    window function could stand there, `grouped` whether the SELECT groups its rows. `named` asks for an alias: the
    call is a whole item of the select list without one. Then `field` is the one that is taken of it, `call(…).field`.
    """

    syntax: ValueSyntax
    start: int
    end: int
    part: Part
    rows: tuple[Stretch, ...] | None
    may_learn: bool
    grouped: bool
    named: bool
    field: str | None = None


@dataclass
class _Group:
    """What stands between two brackets: its last SELECT so far, and a FROM that came before it."""

    select: int | None = None
    first_from: int | None = None


def value_sites(query: Query, tokens: Sequence[Token], table_calls: Collection[int]) -> Iterator[ValueSite]:
    """Yield the calls of a query in the order of its text, those within others too; `table_calls` are the offsets of
    calls that stand after FROM. Raises SyntaxProblem for a call that cannot be read.
    """
    part = Part(query, tokens)
    groups = [_Group()]
    for place, token in enumerate(tokens):
        if token.token_type in OPENING:
            groups.append(_Group())
        elif token.token_type in CLOSING and len(groups) > 1:
            groups.pop()
        elif _is_clause(tokens, place, {"SELECT"}):
            groups[-1].select = place
        elif groups[-1].select is None and _is_clause(tokens, place, {"FROM"}):
            groups[-1].first_from = place
        elif at_call(part.cursor(place)) and token.start not in table_calls and not _after_dot(tokens, place):
            yield _site(part, place, groups)


def _site(part: Part, place: int, groups: Sequence[_Group]) -> ValueSite:
    syntax = read_value_call(part, place)
    end = place + syntax.tokens
    own = part.within(place, end)
    group = next((group for group in reversed(groups) if group.select is not None), None)
    if group is None or group.select is None:
        return ValueSite(syntax, own.start, own.end, own, None, may_learn=False, grouped=False, named=False)
    clauses = _clauses(part.tokens, group.select)
    before = part.tokens[place - 1].text.upper()
    listed = place < clauses.get("FROM", clauses["end"]) and (before in _LIST_BEGINS or before == ",")
    taken = _field(part.tokens, end) if listed else None
    after = end + 2 if taken is not None else end
    ends_item = after == clauses["end"] or part.tokens[after].token_type == TokenType.COMMA or after in clauses.values()
    rows = _rows(part, place, group, clauses)
    named = listed and ends_item and groups[-1] is group
    taken = taken if named else None
    return ValueSite(
        syntax,
        own.start,
        part.tokens[after - 1].end + 1 if taken is not None else own.end,
        own,
        rows,
        may_learn=not any(_within(place, clauses, clause) for clause in ("FROM", "WHERE", "GROUP", "HAVING")),
        grouped="GROUP" in clauses or "HAVING" in clauses,
        named=named,
        field=taken,
    )


def _field(tokens: Sequence[Token], place: int) -> str | None:
    """Return the name in a `.name` that comes next, or None."""
    if place + 1 >= len(tokens) or tokens[place].token_type != TokenType.DOT or not is_word(tokens[place + 1]):
        return None
    return tokens[place + 1].text


def _rows(part: Part, place: int, group: _Group, clauses: dict[str, int]) -> tuple[Stretch, ...] | None:
    if _within(place, clauses, "FROM"):
        return None
    stretches: list[Stretch] = []
    if group.first_from is not None and group.select is not None:
        stretches.append((part.tokens[group.first_from].start, part.tokens[group.select].start))
    for clause in ("FROM", "WHERE"):
        if clause in clauses and not _within(place, clauses, clause):
            until = _clause_end(clauses, clause)
            stretches.append((part.tokens[clauses[clause]].start, part.tokens[until - 1].end + 1))
    return tuple(stretches)


def _clauses(tokens: Sequence[Token], select: int) -> dict[str, int]:
    """Return where each clause of a SELECT begins, and under `end` the token after its last one."""
    found: dict[str, int] = {}
    depth = 0
    place = select + 1
    while place < len(tokens):
        token = tokens[place]
        depth += (token.token_type in OPENING) - (token.token_type in CLOSING)
        ends = depth < 0 or token.token_type == TokenType.SEMICOLON
        # Before FROM, EXCEPT leaves columns out.
        ends |= depth == 0 and bool(found) and _is_clause(tokens, place, _SET_OPERATORS)
        if ends:
            break
        if depth == 0 and _is_clause(tokens, place, {"FROM", "WHERE", *_AFTER_ROWS}):
            found.setdefault(_word(token), place)
        elif depth == 0 and _is_clause(tokens, place, {"USING"}) and tokens[place + 1].text.upper() == "SAMPLE":
            found.setdefault("USING SAMPLE", place)
        place += 1
    return {**found, "end": place}


def _clause_end(clauses: dict[str, int], clause: str) -> int:
    return min(place for place in clauses.values() if place > clauses[clause])


def _within(place: int, clauses: dict[str, int], clause: str) -> bool:
    return clause in clauses and clauses[clause] < place < _clause_end(clauses, clause)


def _is_clause(tokens: Sequence[Token], place: int, words: Collection[str]) -> bool:
    """Say whether a token is one of these words where a clause can begin: no field, no IS DISTINCT FROM."""
    token = tokens[place]
    if not is_word(token) or _word(token) not in words or _after_dot(tokens, place):
        return False
    return not (place and _word(token) == "FROM" and tokens[place - 1].text.upper() == "DISTINCT")


def _word(token: Token) -> str:
    """Return a token's first word; GROUP BY is one token."""
    return token.text.upper().partition(" ")[0]


def _after_dot(tokens: Sequence[Token], place: int) -> bool:
    return place > 0 and tokens[place - 1].token_type == TokenType.DOT
