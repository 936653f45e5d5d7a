"""Checking assertions: what must hold for every row of a table, and the rows for which it does not."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pyarrow as pa

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import AssertionFailed, UserError
from penstock.engine.place import pointing_into
from penstock.engine.query import prepared
from penstock.engine.session import Session
from penstock.lake.database import Connection
from penstock.project.assertion import AssertionSpec
from penstock.sql.predicate import function_over_rows, predicate_to_duckdb
from penstock.sql.quoting import quote_identifier, quote_name
from penstock.sql.statement import Query

SHOWN = 5


@dataclass(frozen=True)
class Checked:
    """How many rows fail, and the first of them."""

    failing: int
    examples: pa.Table

    @property
    def summary(self) -> str:
        if not self.failing:
            return "holds"
        return f"does not hold for {self.failing:,} row{'s' if self.failing > 1 else ''}"


def check_assertion(session: Session, spec: AssertionSpec) -> Checked:
    """Return the rows of the table for which the predicate is false or NULL.

    Raises UserError for a predicate that is not true or false of one row.
    """
    over_rows = function_over_rows(spec.predicate)
    if over_rows is not None:
        raise UserError.of(
            f"A check is of one row at a time, and {over_rows} looks at many.",
            span=spec.predicate.span,
            hint=f"Ask for it in a query of its own: (SELECT {over_rows} FROM {quote_name(spec.table)}).",
        )
    connection = session.lake.connection()
    predicate = predicate_to_duckdb(spec.predicate)
    rows = Query(f"SELECT * FROM {quote_name(spec.table)}", "duckdb", spec.predicate.span)
    try:
        with prepared(session, rows, connection) as query, pointing_into(connection, spec.predicate):
            # Under the table's own name, since a subquery in the predicate may mean its row by it.
            name = quote_identifier(spec.table.rpartition(".")[2])
            _demand_boolean(connection, spec, f"SELECT ({predicate}) FROM ({query.sql}) AS {name}")
            failing = f"FROM ({query.sql}) AS {name} WHERE ({predicate}) IS NOT TRUE"
            count = connection.rows(f"SELECT count(*) {failing}")[0][0]
            return Checked(count, connection.table(f"SELECT * {failing} LIMIT {SHOWN}"))
    finally:
        connection.close()


def _demand_boolean(connection: Connection, spec: AssertionSpec, query: str) -> None:
    """Raise UserError when the predicate gives another type: DuckDB would take every number but 0 to be true."""
    ((_, found),) = connection.column_types(query)
    if found != "BOOLEAN":
        message = f"{spec.predicate.text.strip()!r} gives {found}, which is neither true nor false."
        raise UserError.of(message, span=spec.predicate.span, hint="Compare it with something: … > 0, … IS NOT NULL.")


def failure(spec: AssertionSpec, checked: Checked) -> AssertionFailed:
    """Return the error of an assertion that does not hold, with the first failing rows."""
    message = f"Assertion {spec.name} on {spec.table} {checked.summary}: {_shown(spec, checked)}"
    hint = "Mend the data, or record it only with OPTIONS (severity = 'warn')."
    return AssertionFailed(Diagnostic(AssertionFailed.code, message, spec.predicate.span, hint))


def warning(spec: AssertionSpec, checked: Checked) -> str:
    """Return what to tell of an assertion that does not hold and stops nothing, with the first failing rows."""
    return f"{checked.summary} of {spec.table}: {_shown(spec, checked)}"


def _shown(spec: AssertionSpec, checked: Checked) -> str:
    rows = [f"  {json.dumps(row, ensure_ascii=False, default=str)}" for row in checked.examples.to_pylist()]
    if checked.failing > len(rows):
        rows.append(f"  … and {checked.failing - len(rows):,} more")
    return "\n".join([spec.predicate.text.strip(), *rows])
