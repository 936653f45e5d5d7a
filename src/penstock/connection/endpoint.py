"""An endpoint from Python: the same answers as over HTTP, in this process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from penstock.connection.display import Display, Section
from penstock.connection.frame import rows_of
from penstock.connection.model import feature_rows
from penstock.connection.relation import Relation
from penstock.core.errors import UserError
from penstock.serving.data_plane import DataPlane
from penstock.serving.routing import Route


class Endpoint:
    """A served name. What it answers goes into the prediction log, as over HTTP.

    `plane` gives the connection's data plane, or raises UserError once the connection is closed.
    """

    def __init__(self, plane: Callable[[], DataPlane], name: str) -> None:
        self._plane = plane
        self.name = name
        self.name = self._route().plan.endpoint

    @property
    def version(self) -> int:
        """The version that answers now."""
        return self._route().main.version

    @property
    def features(self) -> Relation:
        """One row a column that a request's row must hold: its name, and how it is read."""
        return feature_rows(self._route().main.manifest)

    def predict(self, rows: Any) -> list[dict[str, Any]]:
        """Return one answer a row, each with its `prediction_id`.

        `rows` is a list of mappings, one mapping for a single row, or a pandas or polars frame or an Arrow table.

        Raises UserError for a wrong type, a missing or an unknown column.
        """
        if hasattr(rows, "__arrow_c_stream__"):
            several = [row for batch in rows_of(rows).batches() for row in batch.to_pylist()]
        else:
            several = [rows] if isinstance(rows, Mapping) else list(rows)
        plane = self._plane()
        plane.refresh()
        return plane.predict(self.name, several).predictions

    def feedback(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Record what truly happened: each row holds a `prediction_id` and the `actual` value. Returns how many.

        Warns of predictions that this endpoint has not given and of classes that its model does not know.
        """
        taken = self._plane().feedback(self.name, list(rows))
        for text in taken.warnings:
            warnings.warn(text, stacklevel=2)
        return taken.accepted

    def _route(self) -> Route:
        plane = self._plane()
        plane.refresh()
        return plane.route(self.name)

    def __repr__(self) -> str:
        try:
            route = self._route()
        except UserError as problem:
            # A prompt must be able to show what cannot answer any more.
            return f"<endpoint {self.name}: {problem.diagnostics[0].message}>"
        return f"<endpoint {self.name} serves {route.plan.model} version {route.main.version}>"

    def _repr_html_(self) -> str:
        route = self._route()
        return Display(
            f"Endpoint {self.name} on model {route.plan.model}",
            (
                Section("Traffic", _traffic(route)),
                Section("What a row holds", feature_rows(route.main.manifest).arrow()),
            ),
        ).html()


def _traffic(route: Route) -> pa.Table:
    """Return one row a version that is asked: under which alias, and its part of the requests in percent."""
    variants, versions, percents, lower = [], [], [], 0.0
    for share in route.plan.shares:
        variants.append(share.variant)
        versions.append(share.number)
        percents.append(round(100 * (share.upper - lower), 6))
        lower = share.upper
    if route.plan.shadow is not None:
        variants.append("shadow")
        versions.append(route.plan.shadow)
        percents.append(0.0)
    return pa.table(
        {
            "variant": pa.array(variants, pa.string()),
            "version": pa.array(versions, pa.int64()),
            "percent": pa.array(percents, pa.float64()),
        }
    )
