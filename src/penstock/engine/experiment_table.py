"""A table or view of the user's that an experiment reads beside the log: one number for every prediction or unit."""

from __future__ import annotations

from contextlib import ExitStack

from penstock.core.errors import UnknownName
from penstock.core.spans import Span
from penstock.engine.query import prepared
from penstock.engine.session import Session
from penstock.lake.database import Connection
from penstock.sql.quoting import quote_identifier, quote_name
from penstock.sql.statement import Query

_PREDICTION = "prediction_id"


class JoinedTable:
    """Rows that belong to predictions by `prediction_id`, or else to units; `of_unit` says to which."""

    def __init__(self, session: Session, connection: Connection, stack: ExitStack, name: str, unit: str | None) -> None:
        """Open the table as long as `stack` is; raises UnknownName for one that there is not, or without a key."""
        query = Query(f"SELECT * FROM {quote_name(name)}", "duckdb", Span(f"table {name}", 1, 1, 1, 1))
        self._sql = stack.enter_context(prepared(session, query, connection)).sql
        self._columns = {column.casefold(): column for column in connection.columns(self._sql).names}
        self.of_unit = _PREDICTION not in self._columns
        if self.of_unit and (unit is None or unit.casefold() not in self._columns):
            wanted = f"neither {_PREDICTION} nor {unit}" if unit else f"no {_PREDICTION}"
            hint = (
                "Name the column that says whose rows they are: unit = '…', an input of the model."
                if not unit
                else None
            )
            raise UnknownName.of(f"Table {name} has {wanted}, so that its rows belong to no prediction.", hint=hint)
        self._key = self.column(unit if self.of_unit and unit else _PREDICTION)

    def column(self, name: str) -> str:
        """Return the SQL of a column; raises UnknownName."""
        if name.casefold() not in self._columns:
            raise UnknownName.among("column", name, list(self._columns.values()))
        return quote_identifier(self._columns[name.casefold()])

    def totals(self, total: str, time: str | None = None) -> str:
        """Return the query of `key` and `total`, an aggregate; with a time, of the rows between $since and $until."""
        within = ""
        if time is not None:
            moment = f"CAST({self.column(time)} AS TIMESTAMPTZ)"
            within = f" WHERE {moment} >= $since AND {moment} <= $until"
        return (
            f'SELECT CAST({self._key} AS VARCHAR) AS "key", CAST({total} AS DOUBLE) AS total '
            f"FROM ({self._sql}){within} GROUP BY ALL"
        )
