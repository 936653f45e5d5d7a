"""A model from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.catalog.versions import get_version
from penstock.connection.frame import rows_of
from penstock.connection.relation import Relation
from penstock.engine.session import Session
from penstock.engine.statement import execute, last
from penstock.sql.quoting import quote_identifier, quote_name

if TYPE_CHECKING:
    from collections.abc import Mapping

INPUT = "rows_to_predict"


class Model:
    """A version of a model: the champion, or the one that was asked for."""

    def __init__(self, session: Session, name: str, version: int | str | None = None) -> None:
        found = get_version(session.catalog, name, version)
        self._session = session
        self.name = found.model
        self.version = found.number

    @property
    def metrics(self) -> Mapping[str, float | None]:
        """The metrics of ML.EVALUATE, as they were measured at the end of training."""
        return get_version(self._session.catalog, self.name, self.version).metrics

    def predict(self, rows: Any) -> Relation:
        """Return ML.PREDICT's columns for a frame, an Arrow table, a dict of columns or a list of dicts."""
        return self._function("PREDICT", rows)

    def explain(self, rows: Any) -> Relation:
        """Return ML.EXPLAIN_PREDICT's columns for the rows."""
        return self._function("EXPLAIN_PREDICT", rows)

    def evaluate(self, rows: Any) -> Relation:
        """Return ML.EVALUATE's columns for labelled rows."""
        return self._function("EVALUATE", rows)

    def _function(self, function: str, rows: Any) -> Relation:
        model = f"MODEL {quote_name(self.name)} VERSION {self.version}"
        text = f"SELECT * FROM ML.{function}({model}, TABLE {quote_identifier(INPUT)})"
        return Relation(last(execute(self._session, text, dialect="duckdb", frames={INPUT: rows_of(rows)})))

    def __repr__(self) -> str:
        return f"<model {self.name} version {self.version}>"
