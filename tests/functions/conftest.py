"""A lake in memory with a table and small trained models, and a way to run SQL that calls ML functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import UnknownName
from penstock.core.events import Event
from penstock.core.options import GivenOption
from penstock.core.spans import Span
from penstock.functions.binding import FunctionBinder
from penstock.functions.transform import freeze_transform
from penstock.lake.database import ArrowRows, Connection, Lake, open_lake
from penstock.learn.artifact import LoadedModel, load_model
from penstock.learn.manifest import Transform
from penstock.learn.training import train
from penstock.sql.rewrite import to_duckdb
from penstock.sql.source import ModelReference
from penstock.sql.statement import Dialect, Query


def given_rows(table: pa.Table) -> ArrowRows:
    return ArrowRows(table.schema, lambda: iter(table.to_batches()))


@dataclass
class World:
    """`sql` runs a query whose ML calls find their models in `models`; what it was told stands in `heard`."""

    lake: Lake
    connection: Connection
    models: dict[str, LoadedModel]
    heard: list[Event] = field(default_factory=list)

    def sql(self, text: str, *, dialect: Dialect = "duckdb", frames: Mapping[str, ArrowRows] | None = None) -> pa.Table:
        self.heard.clear()
        binder = FunctionBinder(
            self.connection, self.find, self.lake, frames=frames or {}, listener=self.heard.append, threads=2
        )
        query = Query(text, dialect, Span("test.sql", 1, 1, 1, len(text) + 1))
        try:
            return self.connection.table(to_duckdb(query, calls=binder.bind, values=binder.bind_value))
        finally:
            binder.close()

    def rows(self, text: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.sql(text).to_pylist()
        return found

    def train(self, name: str, table: pa.Table, model_type: str, label: str, **options: object) -> LoadedModel:
        self.models[name] = trained(table, model_type, label, **options)
        return self.models[name]

    def train_with_transform(
        self, name: str, transform: str, sql: str, model_type: str, label: str, **options: object
    ) -> LoadedModel:
        self.models[name] = trained_with_transform(self.connection, transform, sql, model_type, label, **options)
        return self.models[name]

    def find(self, reference: ModelReference) -> LoadedModel:
        if reference.name not in self.models:
            raise UnknownName.among("model", reference.name, self.models)
        return self.models[reference.name]


def trained(
    table: pa.Table, model_type: str, label: str, transform: Transform | None = None, **options: object
) -> LoadedModel:
    given = {"model_type": model_type, "input_label_cols": [label], **options}
    found = train(
        table,
        {name: GivenOption(value) for name, value in given.items()},
        seed=1,
        threads=2,
        progress=lambda done, most, note: None,
        transform=transform,
    )
    return load_model(found.files, None)


def trained_with_transform(
    connection: Connection, transform: str, sql: str, model_type: str, label: str, **options: object
) -> LoadedModel:
    clause = Query(transform, "duckdb", Span("test.sql", 1, 1, 1, len(transform) + 1))
    passed = [label, *(str(value) for name, value in options.items() if name == "data_split_col")]
    frozen, training = freeze_transform(clause, sql, connection, passed, with_inputs=True)
    return trained(connection.table(training), model_type, label, frozen, **options)


def trips() -> pa.Table:
    """400 rows: a fare that is linear in distance and city, a tip of two kinds, a mood of three, two stray columns."""
    random = np.random.default_rng(7)
    distance = random.uniform(0.5, 30, 400).round(2)
    city = random.choice(["Seoul", "Busan", "Jeju"], 400)
    fare = 3.0 + 2.5 * distance + np.where(city == "Seoul", 4.0, 0.0)
    chance = 1 / (1 + np.exp(-(distance - 12) / 4))
    tip = random.uniform(size=400) < chance
    mood = np.where(distance + random.normal(0, 3, 400) > 18, "great", np.where(city == "Jeju", "fine", "bad"))
    return pa.table(
        {
            "id": pa.array(range(400), pa.int64()),
            "distance": pa.array(distance, mask=np.arange(400) % 40 == 7),
            "도시": pa.array(city),
            "fare": fare,
            "tip": pa.array(np.where(tip, "yes", "no")),
            "mood": pa.array(mood),
        }
    )


@pytest.fixture(scope="session")
def trip_models() -> dict[str, LoadedModel]:
    table = trips()
    few = {"max_iterations": 8, "data_split_method": "NO_SPLIT"}
    return {
        "fares": trained(
            table.select(["distance", "도시", "fare"]), "linear_reg", "fare", data_split_method="NO_SPLIT"
        ),
        "tips": trained(
            table.select(["distance", "도시", "tip"]),
            "logistic_reg",
            "tip",
            data_split_method="RANDOM",
            data_split_eval_fraction=0.5,
            enable_global_explain=True,
        ),
        "moods": trained(
            table.select(["distance", "도시", "mood"]),
            "boosted_tree_classifier",
            "mood",
            enable_global_explain=True,
            **few,
        ),
        "tip_trees": trained(table.select(["distance", "도시", "tip"]), "boosted_tree_classifier", "tip", **few),
        "tip_forest": trained(
            table.select(["distance", "도시", "tip"]),
            "random_forest_classifier",
            "tip",
            data_split_method="NO_SPLIT",
            num_parallel_tree=10,
        ),
        "mood_lines": trained(
            table.select(["distance", "도시", "mood"]), "logistic_reg", "mood", data_split_method="NO_SPLIT"
        ),
    }


@pytest.fixture
def world(trip_models: dict[str, LoadedModel]) -> Iterator[World]:
    lake = open_lake(None)
    connection = lake.connection()
    connection.register("given_trips", given_rows(trips()))
    connection.execute("CREATE TABLE trips AS SELECT * FROM given_trips ORDER BY id")
    connection.unregister("given_trips")
    yield World(lake, connection, dict(trip_models))
    connection.close()
    lake.close()
