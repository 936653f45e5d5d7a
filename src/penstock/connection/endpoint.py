"""An endpoint from Python: the same answers as over HTTP, in this process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from penstock.connection.display import Display, Section
from penstock.connection.frame import rows_of
from penstock.connection.model import feature_rows
from penstock.connection.relation import Relation
from penstock.core.errors import UserError
from penstock.serving.assignment import Wish
from penstock.serving.data_plane import DataPlane
from penstock.serving.routing import Route


class Endpoint:
    """A served name. What it answers goes into the prediction log, as over HTTP.

    `plane` gives the connection's data plane, or raises UserError once the connection is closed. An endpoint
    that `penstock.endpoint` has opened is to be closed, or used as a context: `closing` then closes its project.
    Safe to use from many threads.
    """

    def __init__(self, plane: Callable[[], DataPlane], name: str, closing: Callable[[], None] = lambda: None) -> None:
        self._plane = plane
        self.close = closing
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

    def predict(
        self, rows: Any, *, key: str | float | None = None, variant: str | None = None, request_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Return one answer a row, each with its `prediction_id`; the endpoint's shadow is scored meanwhile.

        `rows` is a list of mappings, one mapping for a single row, or a pandas or polars frame or an Arrow table. `key`
        is what the request stays with where traffic is split; `variant` names who is to answer, for tests.

        Raises UserError for a wrong type, a missing or an unknown column, and a variant that is not in service.
        """
        if hasattr(rows, "__arrow_c_stream__"):
            given = rows_of(rows)
            several: Any = pa.Table.from_batches(given.batches(), given.schema)
        else:
            several = [rows] if isinstance(rows, Mapping) else list(rows)
        plane = self._plane()
        answer = plane.predict(self.name, several, request_id, wish=Wish(key, variant))
        plane.shadows.offer(answer)
        # The caller may change what it gets, while the shadow is still at it.
        return [dict(prediction) for prediction in answer.predictions]

    def snippet(self, language: str, address: str = "http://127.0.0.1:8080") -> str:
        """Return a program that asks the endpoint over HTTP, with an example row: in curl, python, javascript or java.

        Raises UnknownName for another language.
        """
        from penstock.serving.input_description import example_row
        from penstock.serving.snippet import snippet

        route = self._route()
        logging = route.plan.logging
        row = example_row(route.main.inputs_described(logging.omitted | logging.hashed))
        return snippet(language, address, route.plan.endpoint, row)

    def feedback(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Record what truly happened: each row holds a `prediction_id` and the `actual` value. Returns how many.

        Warns of predictions that this endpoint has not given and of classes that its model does not know.
        """
        taken = self._plane().feedback(self.name, list(rows))
        for text in taken.warnings:
            warnings.warn(text, stacklevel=2)
        return taken.accepted

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _route(self) -> Route:
        return self._plane().route(self.name)

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
    shares = route.plan.shares
    variants = [share.variant for share in shares]
    versions = [share.number for share in shares]
    percents = [round(100 * share.part, 6) for share in shares]
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
