"""A query as DuckDB runs it: calls of table functions, files and chosen tables replaced, everything else left
as written.

DuckDB text is spliced, never generated, so what DuckDB understands and sqlglot does not cannot change on the
way. A BigQuery text is spliced with place holders, translated by sqlglot, and the place holders are filled in
afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import SyntaxProblem
from penstock.core.options import OptionValue
from penstock.core.spans import Span
from penstock.sql.dialect import explain_length, generate_duckdb, parse_query, span_in, tokens_of
from penstock.sql.quoting import quote_identifier, quote_name
from penstock.sql.references import ml_functions
from penstock.sql.scope import CommonTable, Site, sites, sites_within
from penstock.sql.source import CallSyntax, FileReference, ModelReference
from penstock.sql.statement import Query
from penstock.sql.value_call import Part, ValueSyntax, expression_sql
from penstock.sql.value_site import ValueSite, value_sites

_SLOT = "penstock_slot_"


@dataclass(frozen=True)
class FunctionCall:
    """A call of a table function, as its implementation gets it.

    `input` and `second_input` are DuckDB queries; `options` come from STRUCT(…) and name => value, keys in
    lower case; `arguments` are the other constants. The relation that stands for a call may appear more than
    once in a text.
    """

    name: str
    model: ModelReference | None
    input: str | None
    second_input: str | None
    options: Mapping[str, OptionValue]
    arguments: tuple[OptionValue, ...]
    span: Span


@dataclass(frozen=True)
class ValueCall:
    """A call in the place of a value. `arguments` are DuckDB expressions, `literals` the constants after them, `named`
    those of `name => value`. All arguments of an AI function are in `given`.

    `rows` is a DuckDB query that gives the first argument as its one column, for the rows that the call's SELECT reads;
    None where no such rows are: in a condition of a join, in UPDATE, or after GROUP BY.
    """

    name: str
    arguments: tuple[str, ...]
    literals: tuple[OptionValue, ...]
    over: bool
    rows: str | None
    span: Span
    named: Mapping[str, OptionValue] = field(default_factory=dict)
    given: tuple[ValueArgument, ...] = ()


@dataclass(frozen=True)
class ValueArgument:
    """An argument of an AI function: a DuckDB expression, and its value in a tuple where it is a constant.

    `distinct` tells of DISTINCT before it.
    """

    name: str | None
    sql: str
    constant: tuple[OptionValue] | None
    distinct: bool = False


Calls = Callable[[FunctionCall], str]
Values = Callable[[ValueCall], str]
Files = Callable[[FileReference], str]
Relations = Callable[[str], str | None]


def to_duckdb(
    query: Query,
    *,
    calls: Calls | None = None,
    values: Values | None = None,
    files: Files | None = None,
    relations: Relations | None = None,
) -> str:
    """Return the DuckDB text of a query.

    `calls` returns the relation that stands for a call (inner calls come first), `values` the expression that stands
    for a call in the place of a value, `files` a text that can
    follow FROM, `relations` a text for a table's name or None to leave it; aliases stay as they are, and a
    replaced table without one goes on under its own name. A DuckDB text without anything to replace comes
    back unchanged. Raises SyntaxProblem.
    """
    tokens = tokens_of(query)
    has_functions = bool(ml_functions(tokens))
    if query.dialect == "duckdb" and not (
        relations or (calls and has_functions) or (files and _may_read_files(tokens))
    ):
        return query.text
    try:
        tree = parse_query(query)
    except SyntaxProblem:
        if has_functions or relations:
            raise
        # What sqlglot cannot read and Penstock need not: DuckDB decides.
        return query.text
    found = sites(tree, query.dialect)
    if values and has_functions:
        found = sorted([*found, *_value_sites(query, tokens, found)], key=lambda site: (site.start, -site.end))
    return _Rewriter(query, found, calls, values, files, relations).whole(tokens)


def _value_sites(query: Query, tokens: list[Token], found: list[Site]) -> Iterator[Site]:
    tables = {site.start for site in found if site.call}
    for value in value_sites(query, tokens, tables):
        yield Site(value.start, value.end, None, {}, value=value)


def _may_read_files(tokens: list[Token]) -> bool:
    return any("." in token.text or token.text.lower().startswith(("read_", "parquet_")) for token in tokens)


@dataclass
class _Rewriter:
    """Renders stretches of one query's text; each call is replaced once, however often its text is needed."""

    query: Query
    found: list[Site]
    calls: Calls | None
    values: Values | None
    files: Files | None
    relations: Relations | None
    replaced: dict[int, str | None] = field(default_factory=dict)
    slots: dict[str, str] = field(default_factory=dict)

    def whole(self, tokens: list[Token]) -> str:
        end = len(self.query.text)
        if self.query.dialect == "duckdb":
            return self.spliced(0, end)
        start = tokens[explain_length(tokens)].start
        return self.query.text[:start] + self.translated(self.spliced(start, end))

    def spliced(self, start: int, end: int) -> str:
        """Return a stretch of the text with everything in it replaced, still in the query's dialect."""
        text = self.query.text
        pieces = []
        place = start
        for site in self.found:
            if site.start < place or site.end > end:
                continue
            replacement = self.replacement(site)
            if replacement is not None:
                pieces += [text[place : site.start], replacement]
                place = site.end
        return "".join([*pieces, text[place:end]])

    def replacement(self, site: Site) -> str | None:
        """Return what stands for a site, or None when it stays."""
        if site.start not in self.replaced:
            self.replaced[site.start] = self._replacement(site)
        return self.replaced[site.start]

    def _replacement(self, site: Site) -> str | None:
        if site.call is not None:
            return self._filled(self.calls(self.function_call(site.call, site))) if self.calls else None
        if site.value is not None:
            return self._value(site.value)
        if site.files is not None:
            if self.files is None:
                return None
            return self._filled(self.files(site.files)) + self._alias(site, self._file_alias(site))
        if site.qualifier is not None:
            # The replaced table goes on under its bare name, so its schema goes from before its columns too.
            return "" if self.relations and self.relations(site.qualifier) is not None else None
        if site.relation is None:
            return None
        replacement = self.relations(site.relation) if self.relations else None
        if replacement is not None:
            return self._filled(replacement) + self._alias(site, site.relation.rpartition(".")[2])
        back_quoted = self.query.dialect == "duckdb" and "`" in self.query.text[site.start : site.end]
        return quote_name(site.relation) if back_quoted else None

    def _value(self, site: ValueSite) -> str | None:
        if self.values is None:
            return None
        call = site.syntax
        if call.over and (site.grouped or not site.may_learn):
            where = "a SELECT that groups its rows" if site.may_learn else "a condition or a group"
            hint = f"Compute it in a query of its own: SELECT {call.function}(…) OVER () AS name FROM (…)."
            raise site.part.problem(f"{call.function} with OVER () cannot stand in {where}.", hint)
        texts = [self.spliced(argument.start, argument.end) for argument in call.arguments]
        arguments = [self._expression(text, part) for text, part in zip(texts, call.arguments, strict=True)]
        rows = self._rows(texts[0], site) if texts and site.rows is not None and not site.grouped else None
        span, given = site.part.span, self._given(call)
        found = ValueCall(call.function, tuple(arguments), call.literals, call.over, rows, span, call.named, given)
        value = f"({self._filled(self.values(found))})"
        if site.field is not None:
            return f"{value}.{site.field} AS {site.field}"
        return f"{value} AS {call.function.rpartition('.')[2].lower()}" if site.named else value

    def _given(self, call: ValueSyntax) -> tuple[ValueArgument, ...]:
        """Return the arguments of an AI function; what a text is put together from, as one text."""
        found = []
        for argument in call.given:
            texts = [self._expression(self.spliced(part.start, part.end), part) for part in argument.parts]
            joined = " || ".join(f"CAST(({text}) AS VARCHAR)" for text in texts) if len(texts) > 1 else texts[0]
            found.append(ValueArgument(argument.name, joined, argument.constant, argument.distinct))
        return tuple(found)

    def _expression(self, text: str, part: Part) -> str:
        if self.query.dialect == "duckdb":
            return expression_sql(text, part)
        return self.translated(f"SELECT {text}", named=False).removeprefix("SELECT ")

    def _rows(self, argument: str, site: ValueSite) -> str:
        """Return the query for the argument over the rows that a call's SELECT reads."""
        stretches = site.rows or ()
        if self.query.dialect == "duckdb":
            argument = expression_sql(argument, site.syntax.arguments[0])
        text = " ".join([f"SELECT ({argument}) AS argument", *(self.spliced(*stretch) for stretch in stretches)])
        within = [*stretches, (site.start, site.end)]
        needed: dict[int, CommonTable] = {}
        for other in self.found:
            common = other.common
            if common is None or not any(start <= other.start < end for start, end in within):
                continue
            if not any(start <= common.start < end for start, end in within):
                needed[common.start] = common
                self.collect(common.tree, common.sees, needed)
        text = self.with_common_tables(text, needed, site.start, site.end)
        return self.translated(text) if self.query.dialect == "bigquery" else text

    def _alias(self, site: Site, name: str) -> str:
        if site.alias is not None:
            return ""
        quoted = quote_identifier(name) if self.query.dialect == "duckdb" else f"`{name}`"
        return f" AS {quoted}"

    def _file_alias(self, site: Site) -> str:
        """Return the name under which DuckDB would know a file: its stem, or the reader's name."""
        written = self.query.text[site.start : site.end]
        if site.files is None or written[:1] not in ("'", '"'):
            return written.partition("(")[0].strip()
        name = site.files.patterns[0].replace("\\", "/").rpartition("/")[2]
        return name.partition(".")[0] or name

    def _filled(self, text: str) -> str:
        """Return DuckDB text as it can stand in the query's dialect: itself, or a place holder for it."""
        if self.query.dialect == "duckdb":
            return text
        slot = f"{_SLOT}{len(self.slots)}"
        self.slots[slot] = text
        return slot

    def function_call(self, call: CallSyntax, site: Site) -> FunctionCall:
        if len(call.data) > 2:
            raise self.problem(call, f"{call.name} takes at most two tables or queries.")
        inputs = []
        for argument in call.data:
            text = self.spliced(argument.start, argument.end)
            inputs.append(self.query_text(text if argument.is_query else f"SELECT * FROM {text}", argument.tree, site))
        first, second = [*inputs, None, None][:2]
        span = span_in(self.query, call.start, call.end)
        return FunctionCall(call.name, call.model, first, second, call.options, call.arguments, span)

    def query_text(self, text: str, tree: exp.Expr, site: Site) -> str:
        """Return a call's input as a query of its own, with the common table expressions that it reads before
        it.
        """
        needed: dict[int, CommonTable] = {}
        self.collect(tree, site.sees, needed)
        if needed and tree.args.get("with_"):
            text = f"SELECT * FROM ({text})"
        text = self.with_common_tables(text, needed, site.start, site.end)
        return self.translated(text) if self.query.dialect == "bigquery" else text

    def with_common_tables(self, text: str, needed: Mapping[int, CommonTable], start: int, end: int) -> str:
        """Return a query after the common table expressions that it needs; a problem is reported at start to end."""
        if not needed:
            return text
        names = [common.name.casefold() for common in needed.values()]
        if len(set(names)) < len(names):
            message = "Two WITH clauses around this call define the same name; give them different ones."
            raise SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span_in(self.query, start, end)))
        recursive = "RECURSIVE " if any(common.recursive for common in needed.values()) else ""
        definitions = ", ".join(self.spliced(needed[place].start, needed[place].end) for place in sorted(needed))
        return f"WITH {recursive}{definitions} {text}"

    def collect(self, tree: exp.Expr, sees: Mapping[str, CommonTable], needed: dict[int, CommonTable]) -> None:
        """Gather the common table expressions from outside that a tree reads, directly and through one
        another.
        """
        outside = {common.start for common in sees.values()}
        for site in sites_within(tree, sees, self.query.dialect):
            common = site.common
            if common is None or common.start not in outside or common.start in needed:
                continue
            needed[common.start] = common
            self.collect(common.tree, common.sees, needed)

    def translated(self, text: str, *, named: bool = True) -> str:
        """Return BigQuery text as DuckDB's, place holders filled; raises SyntaxProblem for what has no
        counterpart. Columns without a name get BigQuery's, unless not `named`.
        """
        query = Query(text, self.query.dialect, self.query.span)
        tree = parse_query(query)
        for node in tree.find_all(exp.Table, exp.Column):
            # BigQuery's project; a catalog in DuckDB would be an attached database.
            node.set("catalog", None)
        duckdb = generate_duckdb(tree, self.query.span, named=named)
        pieces = []
        place = 0
        for token in tokens_of(Query(duckdb, "duckdb", self.query.span)):
            if token.text in self.slots:
                pieces += [duckdb[place : token.start], self.slots[token.text]]
                place = token.end + 1
        return "".join([*pieces, duckdb[place:]])

    def problem(self, call: CallSyntax, message: str) -> SyntaxProblem:
        return SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span_in(self.query, call.start, call.end)))
