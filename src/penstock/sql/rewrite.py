"""A query as DuckDB runs it: calls of table functions, files and chosen tables replaced, everything else left
as written.

DuckDB text is spliced, never generated, so what DuckDB understands and sqlglot does not cannot change on the
way. A BigQuery text is spliced with place holders, translated by sqlglot, and the place holders are filled in
afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


Calls = Callable[[FunctionCall], str]
Files = Callable[[FileReference], str]
Relations = Callable[[str], str | None]


def to_duckdb(
    query: Query,
    *,
    calls: Calls | None = None,
    files: Files | None = None,
    relations: Relations | None = None,
) -> str:
    """Return the DuckDB text of a query.

    `calls` returns the relation that stands for a call (inner calls come first), `files` a text that can
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
    return _Rewriter(query, sites(tree, query.dialect), calls, files, relations).whole(tokens)


def _may_read_files(tokens: list[Token]) -> bool:
    return any("." in token.text or token.text.lower().startswith(("read_", "parquet_")) for token in tokens)


@dataclass
class _Rewriter:
    """Renders stretches of one query's text; each call is replaced once, however often its text is needed."""

    query: Query
    found: list[Site]
    calls: Calls | None
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
        if needed:
            names = [common.name.casefold() for common in needed.values()]
            if len(set(names)) < len(names):
                message = "Two WITH clauses around this call define the same name; give them different ones."
                raise SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span_in(self.query, site.start, site.end)))
            recursive = "RECURSIVE " if any(common.recursive for common in needed.values()) else ""
            definitions = ", ".join(self.spliced(needed[start].start, needed[start].end) for start in sorted(needed))
            inner = f"SELECT * FROM ({text})" if tree.args.get("with_") else text
            text = f"WITH {recursive}{definitions} {inner}"
        return self.translated(text) if self.query.dialect == "bigquery" else text

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

    def translated(self, text: str) -> str:
        """Return BigQuery text as DuckDB's, place holders filled; raises SyntaxProblem for what has no
        counterpart.
        """
        query = Query(text, self.query.dialect, self.query.span)
        tree = parse_query(query)
        for named in tree.find_all(exp.Table, exp.Column):
            # BigQuery's project; a catalog in DuckDB would be an attached database.
            named.set("catalog", None)
        duckdb = generate_duckdb(tree, self.query.span)
        pieces = []
        place = 0
        for token in tokens_of(Query(duckdb, "duckdb", self.query.span)):
            if token.text in self.slots:
                pieces += [duckdb[place : token.start], self.slots[token.text]]
                place = token.end + 1
        return "".join([*pieces, duckdb[place:]])

    def problem(self, call: CallSyntax, message: str) -> SyntaxProblem:
        return SyntaxProblem(Diagnostic(SyntaxProblem.code, message, span_in(self.query, call.start, call.end)))
