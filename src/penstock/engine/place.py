"""Errors that point at what the user wrote: at the word within a query, or else at the query or statement itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from penstock.core.errors import Busy, CorruptArtifact, MissingExtra, StorageFailure, UserError
from penstock.core.options import GivenOption
from penstock.core.spans import Span
from penstock.lake.database import Connection
from penstock.sql.origin import origin_in
from penstock.sql.statement import Query

# These are about the world and not about a text.
PLACELESS = (Busy, StorageFailure, MissingExtra, CorruptArtifact)


@contextmanager
def pointing_at(span: Span, given: Mapping[str, GivenOption] = MappingProxyType({})) -> Iterator[None]:
    """Give the errors of the block that have no place this one, or that of the `given` option that they are about."""
    try:
        yield
    except PLACELESS:
        raise
    except UserError as problem:
        # The same error, told better: one traceback is enough.
        raise problem.at_options(given).at(span) from None


@contextmanager
def pointing_into(connection: Connection, *queries: Query) -> Iterator[None]:
    """Let what DuckDB says of SQL made of `queries` point at their words; other errors point at the first of them."""
    before = connection.locate
    connection.locate = origin_in(*queries)
    try:
        with pointing_at(queries[0].span):
            yield
    finally:
        connection.locate = before
