"""A script's variables in the text of its statements: bound in queries, written as constants in what is to last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa

from penstock.core.errors import UnknownName, UserError
from penstock.engine.place import pointing_at
from penstock.engine.query import prepared
from penstock.engine.result import Result
from penstock.engine.script_variable import ScriptVariables
from penstock.engine.session import Session
from penstock.engine.temporary import Variables, variables_read
from penstock.lake.database import ArrowRows
from penstock.sql.constant import constant_text, expression_text, name_text
from penstock.sql.dialect import span_in
from penstock.sql.statement import Dialect, Passthrough, Query
from penstock.sql.substitution import EVERY_FIELD, Edit, Substituted, Use, substituted, uses_in

# What another name is that would hide a column while it is asked whether there is one.
_HIDDEN = "penstock_alias"


@dataclass(frozen=True)
class ScriptText:
    """Puts variables into texts. `variables` are the caller's own tables, which a query may read as well."""

    session: Session
    values: ScriptVariables
    variables: Variables

    def compute(self, expression: Query) -> str:
        """Compute an expression into what `values` keeps, and return its DuckDB type. Raises UserError."""
        uses = uses_in(expression, self.values.names, [(0, len(expression.text))], expression=True)
        meant = self._meant(expression, uses, "SELECT ")
        text = substituted(expression, [Edit(0, 0, "SELECT "), *(self._bound(expression, use) for use in meant)])
        with pointing_back(text), self.ready(text.query) as sql:
            return self.values.compute(sql)

    def in_query(self, query: Query) -> Substituted:
        """Return a query or another statement of DuckDB's in which variables are bound."""
        uses = uses_in(query, self.values.names, [(0, len(query.text))])
        meant = self._meant(query, uses)
        return substituted(query, [self._bound(query, use) for use in meant])

    def in_definition(self, written: Query, stretches: Sequence[tuple[int, int]]) -> Substituted:
        """Return a statement in which variables are written as the values that they have; its queries are `stretches`.

        What it makes lasts longer than any variable: it is trained, built or read again by this text.
        """
        uses = uses_in(written, self.values.names, stretches)
        edits = [self._constant(written, use) for use in uses if use.constant]
        for start, end in stretches:
            inside = [use for use in uses if start <= use.start < end and not use.constant]
            inner = Query(written.text[start:end], written.dialect, span_in(written, start, end))
            shifted = [_shifted(use, -start) for use in inside]
            edits += [self._lasting(written, _shifted(use, start)) for use in self._meant(inner, shifted)]
        return substituted(written, edits)

    @contextmanager
    def ready(self, query: Query) -> Iterator[str]:
        """Give the DuckDB text of a query, which runs on the session's connection while the context is open."""
        connection = self.session.connection
        with pointing_at(query.span), prepared(self.session, query, connection, frames=self._frames(query)) as made:
            yield made.sql

    def _frames(self, query: Query) -> Mapping[str, ArrowRows]:
        statement = Passthrough(query.text, query.span, query, has_functions=False, returns_rows=True)
        return variables_read(self.session, statement, self.variables)

    def _meant(self, query: Query, uses: Sequence[Use], before: str = "") -> list[Use]:
        """Return the uses that mean variables: those that no column in sight has the name of."""
        return [use for use in uses if use.free or use.constant or not self._is_column(query, use, uses, before)]

    def _is_column(self, query: Query, asked: Use, uses: Sequence[Use], before: str) -> bool:
        """Ask DuckDB whether a name can be read as a column where it stands."""
        edits = [self._bound(query, replace(use, column=None)) for use in uses if use is not asked]
        edits += [Edit(start, end, _HIDDEN) for start, end in asked.aliases]
        text = substituted(query, [Edit(0, 0, before), *edits])
        try:
            with self.ready(text.query) as sql:
                self.session.connection.rows(f"EXPLAIN {sql}")
        except UnknownName:
            return False
        except UserError:
            # Of a dotted name DuckDB says that there is no such table; what else is wrong is told when it is done.
            return asked.field is None
        return True

    def _bound(self, query: Query, use: Use) -> Edit:
        if use.constant:
            return self._constant(query, use)
        value = self.values.bound(use.name, query.dialect)
        if use.field == EVERY_FIELD:
            names = _fields(self.values.value(use.name))
            columns = [f"{_extracted(value, name, query)} AS {name_text(name, query.dialect)}" for name in names]
            return Edit(use.start, use.end, ", ".join(columns))
        if use.field is not None:
            value = _extracted(value, use.field, query)
        return Edit(use.start, use.end, _as_column(value, use, query.dialect))

    def _constant(self, query: Query, use: Use) -> Edit:
        with pointing_at(span_in(query, use.start, use.end)):
            return Edit(use.start, use.end, constant_text(self.values.value(use.name), query.dialect))

    def _lasting(self, query: Query, use: Use) -> Edit:
        with pointing_at(span_in(query, use.start, use.end)):
            value = self.values.value(use.name)
            if use.field == EVERY_FIELD:
                texts = {name: expression_text(_field(value, name), query.dialect) for name in _fields(value)}
                columns = [f"{text} AS {name_text(name, query.dialect)}" for name, text in texts.items()]
                return Edit(use.start, use.end, ", ".join(columns))
            if use.field is not None:
                value = _field(value, use.field)
            text = expression_text(value, query.dialect)
            return Edit(use.start, use.end, _as_column(text, use, query.dialect))


@contextmanager
def pointing_back(text: Substituted) -> Iterator[None]:
    """Let errors that point into a text with edits point at what was written."""
    try:
        yield
    except UserError as problem:
        told = (
            replace(found, span=text.original(found.span)) if found.span else found for found in problem.diagnostics
        )
        raise type(problem)(*told) from None


def read_within(result: Result, context: Callable[[], AbstractContextManager[None]]) -> Result:
    """Return a result that is read within a context, which tells its errors."""
    if not result.schema.names:
        return result

    def batches() -> Iterator[pa.RecordBatch]:
        with context():
            yield from result.batches()

    return Result(pa.RecordBatchReader.from_batches(result.schema, batches()), message=result.message)


def _as_column(text: str, use: Use, dialect: Dialect) -> str:
    """Return an expression under the name that the column has by the use of the variable in its place."""
    return text if use.column is None else f"{text} AS {name_text(use.column, dialect)}"


def _shifted(use: Use, by: int) -> Use:
    aliases = tuple((start + by, end + by) for start, end in use.aliases)
    return replace(use, start=use.start + by, end=use.end + by, aliases=aliases)


def _extracted(struct: str, field: str, query: Query) -> str:
    return f"struct_extract({struct}, {constant_text(field, query.dialect)})"


def _fields(value: object) -> list[str]:
    if not isinstance(value, Mapping):
        raise UserError.of("This variable is no struct and has no fields.")
    return [str(name) for name in value]


def _field(value: object, name: str) -> object:
    _fields(value)
    assert isinstance(value, Mapping)
    fields = {str(key).casefold(): key for key in value}
    if name.casefold() not in fields:
        raise UnknownName.among("field", name, map(str, value))
    return value[fields[name.casefold()]]
