"""Rows as they are asked, completed by what the lake's related tables tell of them."""

from __future__ import annotations

from penstock.core.errors import UnknownName
from penstock.functions.related_rows import with_related_features
from penstock.lake.database import ArrowRows, Connection, Lake
from penstock.learn.related_feature import RelatedFeatures
from penstock.serving.row import CheckedRows
from penstock.serving.row_batch import record_batch
from penstock.sql.quoting import quote_identifier, quote_name

_ROWS = "penstock_asked_rows"


class RelatedRunner:
    """Computes a model's related features. Safe to use from many threads: each call takes a connection that is free."""

    def __init__(self, related: RelatedFeatures, lake: Lake) -> None:
        self._related = related
        self._lake = lake
        self._free: list[Connection] = []
        time = quote_identifier(related.time)
        rows = f"SELECT * REPLACE (coalesce({time}, now()) AS {time}) FROM {_ROWS}"
        self._sql = with_related_features(rows, related, quote_name)

    def completed(self, rows: CheckedRows) -> CheckedRows:
        """Return the rows with their related features, of tables as they are now; a row without a moment is of now.

        Raises UnknownName for a table that is not in the lake.
        """
        batch = record_batch(rows, self._related.inputs)
        try:
            connection = self._free.pop()
        except IndexError:
            connection = self._lake.connection()
        try:
            connection.register(_ROWS, ArrowRows(batch.schema, lambda: iter((batch,))))
            table = connection.table(self._sql)
        except UnknownName as problem:
            tables = ", ".join(dict.fromkeys(each.table for each in self._related.tables))
            message = f"The model counts rows of {tables}, which the lake has not: {problem.diagnostics[0].message}"
            raise UnknownName.of(
                message, hint="An endpoint reads tables; of a view of files make a table."
            ) from problem
        finally:
            connection.unregister(_ROWS)
            self._free.append(connection)
        found = table.select([feature.name for feature in self._related.features]).to_pylist()
        return CheckedRows(
            [{**row, **told} for row, told in zip(rows.values, found, strict=True)],
            [{**row, **told} for row, told in zip(rows.logged, found, strict=True)],
        )
