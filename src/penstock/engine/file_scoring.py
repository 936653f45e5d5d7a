"""Scoring a file of rows with the version that an endpoint serves, as a stream from file to file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from penstock.catalog.objects import get_object, list_objects
from penstock.core.errors import BadData, InvalidOption, StorageFailure, UnknownName, UserError
from penstock.core.names import Kind, ResourceName, did_you_mean
from penstock.core.spans import Span
from penstock.engine.query import prepared
from penstock.engine.session import Session
from penstock.sql.quoting import quote_literal, quote_name
from penstock.sql.statement import Query

OWN = Span("score", 1, 1, 1, 1)
FORMATS = {".parquet": "PARQUET", ".csv": "CSV"}


def score_file(session: Session, endpoint: str, source: Path, target: Path) -> int:
    """Write ML.PREDICT's columns for every row of `source` into `target` and return how many rows there were.

    Both paths stand below the working folder, wherever the project lies. Raises UnknownName for an endpoint that
    there is not, UserError for files that cannot be read or written.
    """
    state = get_object(session.catalog, ResourceName(Kind.ENDPOINT, endpoint))
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)]
        raise UnknownName.among("endpoint", endpoint, known)
    form = _checked_form(source, target)
    model = quote_name(str(state.state["model"]))
    text = f"SELECT * FROM ML.PREDICT(MODEL {model}, (SELECT * FROM {quote_literal(str(source.absolute()))}))"
    connection = session.lake.connection()
    try:
        with prepared(session, Query(text, "duckdb", OWN), connection) as query:
            return connection.execute(f"COPY ({query.sql}) TO {quote_literal(str(target))} (FORMAT {form})")
    except UserError as problem:
        # The query is not the user's: a place in it would tell nothing.
        told = (
            replace(found, span=None) if found.span and found.span.path == OWN.path else found
            for found in problem.diagnostics
        )
        raise type(problem)(*told) from None
    finally:
        connection.close()


def _checked_form(source: Path, target: Path) -> str:
    """Return DuckDB's word for the target's format; raises UserError for files that cannot be read or written."""
    form = FORMATS.get(target.suffix.lower())
    if form is None:
        raise InvalidOption.of(f"{target} must end in .parquet or .csv.")
    if not target.parent.is_dir():
        raise StorageFailure.of(f"{target} cannot be written: there is no folder {target.parent}.")
    if target == source:
        raise InvalidOption.of(f"{target} would be overwritten by its own predictions.", hint="Name another target.")
    if source.is_dir():
        raise BadData.of(f"{source} is a folder.", hint=f"Name a file, or all of a kind: '{source}/*.csv'.")
    # A member of an archive and a pattern are no files themselves.
    within_archive = any(parent.is_file() for parent in source.parents)
    if not source.exists() and not within_archive and not any(sign in source.name for sign in "*?["):
        beside = (
            [file.name for file in source.parent.iterdir() if file.is_file() and not file.name.startswith(".")]
            if source.parent.is_dir()
            else []
        )
        hint = did_you_mean(source.name, beside) if beside else f"There is nothing in {source.parent}."
        raise BadData.of(f"There is no file {source}.", hint=hint)
    return form
