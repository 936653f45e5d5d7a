"""Scoring a file of rows with the version that an endpoint serves, as a stream from file to file."""

from __future__ import annotations

from pathlib import Path

from penstock.catalog.objects import get_object, list_objects
from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.core.spans import Span
from penstock.engine.query import prepared
from penstock.engine.session import Session
from penstock.sql.quoting import quote_literal, quote_name
from penstock.sql.statement import Query

FORMATS = {".parquet": "PARQUET", ".csv": "CSV"}


def score_file(session: Session, endpoint: str, source: Path, target: Path) -> int:
    """Write ML.PREDICT's columns for every row of `source` into `target` and return how many rows there were.

    Raises UnknownName for an endpoint that there is not, InvalidOption for a target that is neither Parquet nor CSV.
    """
    state = get_object(session.catalog, ResourceName(Kind.ENDPOINT, endpoint))
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)]
        raise UnknownName.among("endpoint", endpoint, known)
    form = FORMATS.get(target.suffix.lower())
    if form is None:
        raise InvalidOption.of(f"{target} must end in .parquet or .csv.")
    model = quote_name(str(state.state["model"]))
    text = f"SELECT * FROM ML.PREDICT(MODEL {model}, (SELECT * FROM {quote_literal(str(source))}))"
    connection = session.lake.connection()
    try:
        with prepared(session, Query(text, "duckdb", Span(f"score {endpoint}", 1, 1, 1, 1)), connection) as query:
            return connection.execute(f"COPY ({query.sql}) TO {quote_literal(str(target))} (FORMAT {form})")
    finally:
        connection.close()
