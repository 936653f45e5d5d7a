"""An endpoint from Python: the same answers as over HTTP, in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.engine.session import Session
from penstock.serving.data_plane import DataPlane, open_data_plane


class Endpoint:
    """A served name. What it answers goes into the prediction log, as over HTTP."""

    def __init__(self, session: Session, name: str) -> None:
        self._plane: DataPlane = open_data_plane(
            session.catalog, session.lake, session.storage, session.settings, session.clock
        )
        self._plane.metadata(name)
        self.name = name

    def predict(self, rows: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return one answer a row, each with its `prediction_id`; a single row may be given as one mapping.

        Raises UserError for a wrong type, a missing or an unknown column.
        """
        several = [rows] if isinstance(rows, Mapping) else list(rows)
        self._plane.refresh()
        return self._plane.predict(self.name, several).predictions

    def feedback(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Record what truly happened: each row holds a `prediction_id` and the `actual` value."""
        self._plane.feedback(self.name, rows)

    def __repr__(self) -> str:
        return f"<endpoint {self.name}>"
