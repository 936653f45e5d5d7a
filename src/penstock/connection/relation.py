"""The rows that a statement gives, in the form that the caller likes."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from penstock.connection.display import SHOWN_ROWS
from penstock.connection.html_table import html_table
from penstock.connection.text_table import text_table
from penstock.connection.warning import telling
from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import MissingExtra
from penstock.core.events import Listener, nobody
from penstock.engine.result import Result, of_table

if TYPE_CHECKING:
    import pandas
    import polars


class Relation:
    """Rows: what `Connection.sql` gives, and every other result that is a table.

    Those of a query are computed when they are first asked for, and kept then.

    It is itself a table for the next query, by its variable's name. What is noticed while they are computed, `listener`
    is told.
    """

    def __init__(self, result: Result, listener: Listener = nobody) -> None:
        self._result = result
        self._listener = listener
        self._table: pa.Table | None = None

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """Return a relation of rows that are there already."""
        return cls(of_table(table))

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self._result.schema.names)

    @property
    def message(self) -> str:
        """What a statement without rows says it has done; empty for a query."""
        return self._result.message

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as Arrow batches, computed as they are read; nothing is kept."""
        if self._table is not None:
            yield from self._table.to_batches()
            return
        batches = self._result.batches()
        while True:
            with telling(self._listener):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def arrow(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        if self._table is None:
            with telling(self._listener):
                self._table = self._result.table()
        return self._table

    def df(self) -> pandas.DataFrame:
        """Return the rows as a pandas frame; raises MissingExtra when pandas is not installed."""
        _require("pandas")
        return self.arrow().to_pandas()

    def pl(self) -> polars.DataFrame:
        """Return the rows as a polars frame; raises MissingExtra when polars is not installed."""
        _require("polars")
        import polars

        frame = polars.from_arrow(self.arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dicts; for small results."""
        return self.arrow().to_pylist(maps_as_pydicts="strict")  # type: ignore[no-any-return]

    def close(self) -> None:
        """Give back what an unread result holds open."""
        self._result.close()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.arrow().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self.arrow().num_rows)

    def __repr__(self) -> str:
        if self.message:
            return self.message
        return text_table(self.arrow(), SHOWN_ROWS)

    def _repr_html_(self) -> str:
        if self.message:
            return f"<p>{html.escape(self.message)}</p>"
        return html_table(self.arrow(), SHOWN_ROWS)


def _require(package: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        hint = f"Install it with: pip install {package}"
        raise MissingExtra(Diagnostic("missing-extra", f"The package {package} is not installed.", None, hint))
