"""A model from Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from penstock.catalog.versions import aliases, get_version, list_versions
from penstock.connection.display import Display, Section
from penstock.connection.frame import rows_of
from penstock.connection.relation import Relation
from penstock.connection.report import Report
from penstock.connection.warning import telling
from penstock.core.errors import UserError
from penstock.engine.goal import headline
from penstock.engine.loaded_model import load_version
from penstock.engine.report import report
from penstock.engine.session import Session
from penstock.engine.statement import execute, last
from penstock.learn.manifest import Manifest
from penstock.sql.quoting import quote_identifier, quote_name

# A name that nobody gives to a table of theirs.
INPUT = "__penstock_rows"


class Model:
    """A version of a model: the champion, or the one that was asked for.

    `session` gives the connection's session, or raises UserError once the connection is closed.
    """

    def __init__(self, session: Callable[[], Session], name: str, version: int | str | None = None) -> None:
        self._session = session
        self._version = get_version(session().catalog, name, version)

    @property
    def name(self) -> str:
        """The model's name, as it was declared."""
        return self._version.model

    @property
    def version(self) -> int:
        """The version's number."""
        return self._version.number

    @property
    def metrics(self) -> Mapping[str, float | None]:
        """The metrics of ML.EVALUATE, as they were measured at the end of training."""
        return self._version.metrics

    @property
    def features(self) -> Relation:
        """One row a column that `predict` needs: its name, and how it is read."""
        session = self._session()
        _, loaded = load_version(session.catalog, session.storage, session.models, self.name, self.version)
        return feature_rows(loaded.manifest)

    @property
    def versions(self) -> Relation:
        """One row a version of the model, oldest first: its aliases, status, leading metric, and when it was made."""
        catalog = self._session().catalog
        found = list_versions(catalog, self.name)
        named = aliases(catalog, self.name)
        called = [", ".join(sorted(a for a, number in named.items() if number == v.number)) for v in found]
        return Relation.of(
            pa.table(
                {
                    "version": pa.array([version.number for version in found], pa.int64()),
                    "aliases": pa.array(called, pa.string()),
                    "status": pa.array([version.status for version in found], pa.string()),
                    "metric": pa.array([headline(version.metrics) for version in found], pa.string()),
                    "created_at": pa.array([version.created_at for version in found], pa.timestamp("us", "UTC")),
                }
            )
        )

    def predict(self, rows: Any) -> Relation:
        """Return ML.PREDICT's columns for a frame, an Arrow table, a dict of columns or a list of dicts."""
        return self._function("PREDICT", rows)

    def explain(self, rows: Any) -> Relation:
        """Return ML.EXPLAIN_PREDICT's columns for the rows."""
        return self._function("EXPLAIN_PREDICT", rows)

    def evaluate(self, rows: Any) -> Relation:
        """Return ML.EVALUATE's columns for labelled rows."""
        return self._function("EVALUATE", rows)

    def report(self) -> Report:
        """Return how good the version is and why: metrics beside a baseline, what was tried, where it errs."""
        session = self._session()
        return Report(report(session, self.name, self.version))

    def _function(self, function: str, rows: Any) -> Relation:
        model = f"MODEL {quote_name(self.name)} VERSION {self.version}"
        text = f"SELECT * FROM ML.{function}({model}, TABLE {quote_identifier(INPUT)})"
        given = rows_of(rows)
        session = self._session()
        with telling(session.listener):
            try:
                return Relation(last(execute(session, text, dialect="duckdb", variables={INPUT: lambda: given}.get)))
            except UserError as problem:
                # The statement is ours, not the caller's: a place in it would tell them nothing.
                raise type(problem)(*(replace(found, span=None) for found in problem.diagnostics)) from problem

    def __repr__(self) -> str:
        return f"<model {self.name} version {self.version}, {headline(self.metrics)}>"

    def _repr_html_(self) -> str:
        metrics = pa.table(
            {
                "metric": pa.array(list(self.metrics), pa.string()),
                "value": pa.array(list(self.metrics.values()), pa.float64()),
            }
        )
        sections = (
            Section("Metrics", metrics),
            Section("Features", self.features.arrow()),
            Section("Versions", self.versions.arrow()),
        )
        return Display(f"Model {self.name}, version {self.version}", sections).html()


def feature_rows(manifest: Manifest) -> Relation:
    """Return one row a column that a version takes: its name, and how it is read."""
    return Relation.of(
        pa.table(
            {
                "column": pa.array([feature.name for feature in manifest.inputs], pa.string()),
                "type": pa.array([str(feature.type) for feature in manifest.inputs], pa.string()),
            }
        )
    )
