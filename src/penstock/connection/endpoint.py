"""An endpoint from Python: the same answers as over HTTP, in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.connection.frame import rows_of
from penstock.serving.data_plane import DataPlane


class Endpoint:
    """A served name. What it answers goes into the prediction log, as over HTTP."""

    def __init__(self, plane: DataPlane, name: str) -> None:
        plane.refresh()
        self._plane = plane
        self.name = plane.route(name).plan.endpoint

    @property
    def version(self) -> int:
        """The version that answers now."""
        self._plane.refresh()
        return self._plane.route(self.name).main.version

    def predict(self, rows: Any) -> list[dict[str, Any]]:
        """Return one answer a row, each with its `prediction_id`.

        `rows` is a list of mappings, one mapping for a single row, or a pandas or polars frame or an Arrow table.

        Raises UserError for a wrong type, a missing or an unknown column.
        """
        if hasattr(rows, "__arrow_c_stream__"):
            several = [row for batch in rows_of(rows).batches() for row in batch.to_pylist()]
        else:
            several = [rows] if isinstance(rows, Mapping) else list(rows)
        self._plane.refresh()
        return self._plane.predict(self.name, several).predictions

    def feedback(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Record what truly happened: each row holds a `prediction_id` and the `actual` value. Returns how many."""
        return self._plane.feedback(self.name, list(rows)).accepted

    def __repr__(self) -> str:
        return f"<endpoint {self.name}>"
