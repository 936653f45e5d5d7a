"""What every ML function must do. A package that registers one runs these as its tests.

@pytest.mark.parametrize("check", function_checks(MY_FUNCTION), ids=str)
def test_function(check):
    check()
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import HPARAM_CANDIDATES, GivenOption, OptionValue, read_options
from penstock.core.service import ServiceSettings
from penstock.core.spans import Span
from penstock.drift.summary import PROFILE, profile_to_json, summarise_table
from penstock.functions.binding import FunctionBinder
from penstock.functions.function import FunctionSpec
from penstock.functions.transform import freeze_transform
from penstock.lake.database import ArrowRows, Connection, Lake, open_lake
from penstock.learn.artifact import LoadedModel, load_model
from penstock.learn.manifest import RAW_INPUT
from penstock.learn.remote_model import register
from penstock.learn.schema import Task
from penstock.learn.training import train
from penstock.learn.trial import is_tuned
from penstock.remote.services import Services
from penstock.sql.rewrite import FunctionCall, to_duckdb
from penstock.sql.source import ModelReference
from penstock.sql.statement import Query
from penstock.testing.sample_service import sample_service

ROWS = 60
PLACE = Span("function check", 1, 1, 1, 1)
# The sample models: their options, and the label, which clusters and components have not.
MODELS: tuple[tuple[Mapping[str, OptionValue], str | None], ...] = (
    (
        {
            "model_type": "logistic_reg",
            "calculate_p_values": True,
            "category_encoding_method": "DUMMY_ENCODING",
            "enable_global_explain": True,
        },
        "종류",
    ),
    ({"model_type": "boosted_tree_regressor", "enable_global_explain": True}, "금액"),
    (
        {
            "model_type": "linear_reg",
            "num_trials": 2,
            "l2_reg": {HPARAM_CANDIDATES: [0.0, 1.0]},
            "enable_global_explain": True,
        },
        "금액",
    ),
    ({"model_type": "kmeans", "num_clusters": 3}, None),
    ({"model_type": "pca", "num_principal_components": 2}, None),
    ({"model_type": "dnn_classifier", "hidden_units": [3], "max_iterations": 1, "enable_global_explain": True}, "종류"),
    ({"model_type": "autoencoder", "hidden_units": [2], "max_iterations": 1}, None),
    (
        {
            "model_type": "contribution_analysis",
            "contribution_metric": "SUM(금액)",
            "dimension_id_cols": ["word", "종류"],
            "is_test_col": "late",
        },
        None,
    ),
    (
        {
            "model_type": "matrix_factorization",
            "user_col": "word",
            "item_col": "종류",
            "rating_col": "금액",
            "num_factors": 2,
        },
        None,
    ),
    (
        {
            "model_type": "arima_plus",
            "time_series_timestamp_col": "날",
            "time_series_data_col": "금액",
            "time_series_id_col": ["word"],
            "horizon": 5,
        },
        None,
    ),
)
# The rows of the model types that are tried without TRANSFORM.
UNCHANGED_ROWS = {
    "arima_plus": "SELECT 날, 금액, word FROM rows",
    "contribution_analysis": "SELECT 금액, word, 종류, 번호 > 30 AS late FROM rows",
    "matrix_factorization": "SELECT word, 종류, 금액 FROM rows",
}


@dataclass(frozen=True)
class FunctionCheck:
    """One demand; calling it raises AssertionError when the function does not meet it."""

    name: str
    demand: Callable[[FunctionSpec], None]
    function: FunctionSpec

    def __call__(self) -> None:
        self.demand(self.function)

    def __str__(self) -> str:
        return f"{self.function.name}: {self.name}"


def function_checks(function: FunctionSpec) -> tuple[FunctionCheck, ...]:
    """Return the checks for one function, in the order of what is worth knowing first."""
    return tuple(FunctionCheck(name, demand, function) for name, demand in _DEMANDS.items())


def _is_described(function: FunctionSpec) -> None:
    assert re.fullmatch(r"((ML|AI|VECTOR_INDEX)\.)?[A-Z][A-Z0-9_]*", function.name), (
        "The name is ML. or AI. and capital letters."
    )
    assert function.summary.endswith("."), "The summary is a sentence."
    assert function.output, "Every column of the result is documented."
    for column in function.output:
        assert column.name and column.type and column.doc.endswith("."), f"{column.name} has a type and a sentence."
    for option in function.options:
        assert option.doc.endswith("."), f"The option {option.name} has a sentence."


def _takes_its_defaults(function: FunctionSpec) -> None:
    given = {option.name: GivenOption(option.default) for option in function.options if option.default is not None}
    assert not read_options(given, function.options, function.name)[1], "Every default is an allowed value."


def _has_an_example_that_calls_it(function: FunctionSpec) -> None:
    called = []

    def note(call: FunctionCall) -> str:
        called.append(call.name)
        return "result"

    to_duckdb(Query(function.example, "duckdb", PLACE), calls=note)
    assert function.name in called, "The example is a query that calls the function."


def _gives_what_is_documented(function: FunctionSpec) -> None:
    for world in _worlds(function):
        names = world.result().schema.names
        own = names[: len(names) - len(world.passed(names))]
        documented = [column.name.replace("<label>", world.label) for column in function.columns]
        fixed = [name for name in documented if "<" not in name]
        if len(fixed) == len(documented):
            assert set(own) <= set(fixed), f"{sorted(set(own) - set(fixed))} is not documented."
        assert [name for name in fixed if name in own] == [name for name in own if name in fixed], (
            "The order is another."
        )


def _gives_the_same_again(function: FunctionSpec) -> None:
    for world in _worlds(function):
        text = world.call()
        doubled = world.run(f"WITH r AS NOT MATERIALIZED (SELECT * FROM {text}) FROM r UNION ALL FROM r")
        once = world.result()
        assert doubled.num_rows == 2 * once.num_rows, "A second reading gives as many rows."
        # As text, in which a number that is none is like another.
        assert repr(world.result().to_pydict()) == repr(once.to_pydict()), "The same call gives the same."


def _takes_data_without_rows(function: FunctionSpec) -> None:
    if function.input == "none":
        return
    for world in _worlds(function):
        data = function.sample.replace("FROM rows", "FROM no_rows") if function.sample else "TABLE no_rows"
        empty = world.run(f"SELECT * FROM {world.call(data)}")
        whole = world.run(f"SELECT * FROM {world.call(function.sample or 'TABLE rows')}")
        assert empty.schema == whole.schema, "The columns are there without rows too."


def _refuses_unknown_options(function: FunctionSpec) -> None:
    for world in _worlds(function):
        try:
            world.run(f"SELECT * FROM {world.call(extra='no_such_option => 1')}")
        except InvalidOption:
            continue
        raise AssertionError("An unknown option is an error.")


_DEMANDS: dict[str, Callable[[FunctionSpec], None]] = {
    "is described": _is_described,
    "takes its defaults": _takes_its_defaults,
    "has an example that calls it": _has_an_example_that_calls_it,
    "gives what is documented": _gives_what_is_documented,
    "gives the same again": _gives_the_same_again,
    "takes data without rows": _takes_data_without_rows,
    "refuses unknown options": _refuses_unknown_options,
}


@dataclass(frozen=True)
class _World:
    """A function, a model that it works on (None when it takes none), and a lake with the tables `rows` and
    `no_rows`.
    """

    function: FunctionSpec
    lake: Lake
    connection: Connection
    model: LoadedModel | None
    connections: Mapping[str, ServiceSettings]

    @property
    def label(self) -> str:
        return self.model.manifest.label if self.model else ""

    def passed(self, names: list[str]) -> list[str]:
        """Return the columns of the data that a result's columns end with: as many as follow in their order.

        A sample may put a column `prompt` or `content` before them.
        """
        columns = ["prompt", "content", *self.connection.columns("FROM rows").names]
        waiting: list[str] = columns if self.function.passes_input else []
        passed: list[str] = []
        for name in reversed(names):
            if name not in waiting:
                break
            waiting = waiting[: waiting.index(name)]
            passed.insert(0, name)
        return passed

    def call(self, data: str | None = None, extra: str | None = None) -> str:
        """Return the text of a call, with data where the function needs it."""
        if data is None and (self.function.input == "required" or self.function.sample):
            data = self.function.sample or "TABLE rows"
        model = "MODEL m" if self.model else None
        return f"{self.function.name}({', '.join(part for part in (model, data, extra) if part)})"

    def result(self) -> pa.Table:
        return self.run(f"SELECT * FROM {self.call()}")

    def run(self, text: str) -> pa.Table:
        functions = {self.function.name: self.function}
        services = Services(self.connections)
        binder = FunctionBinder(
            self.connection, self._find, self.lake, threads=1, functions=functions, services=services
        )
        try:
            return self.connection.table(to_duckdb(Query(text, "duckdb", PLACE), calls=binder.bind))
        finally:
            binder.close()

    def _find(self, _: ModelReference) -> LoadedModel:
        assert self.model is not None, "A function without a model asks for none."
        return self.model


def _worlds(function: FunctionSpec) -> Iterator[_World]:
    """Yield the function with each sample model that it works on; there must be one."""
    lake = open_lake(None)
    connection = lake.connection()
    table = _rows()
    connection.register("given_rows", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    connection.execute("CREATE TABLE rows AS SELECT * FROM given_rows")
    connection.execute("CREATE TABLE no_rows AS SELECT * FROM rows WHERE FALSE")
    models = [*(_model(connection, *model) for model in MODELS), _remote_model()] if function.model else [None]
    fitting = [model for model in models if model is None or _works_on(function, model)]
    assert fitting, "The function works on one of the sample models."
    try:
        with sample_service() as service:
            for model in fitting:
                yield _World(function, lake, connection, model, service.connections())
    finally:
        connection.close()
        lake.close()


def _remote_model() -> LoadedModel:
    made = register({"endpoint": GivenOption("sample")}, connection="default", inputs=(), outputs=(), seed=1)
    return load_model(made.files, None)


def _works_on(function: FunctionSpec, model: LoadedModel) -> bool:
    manifest = model.manifest
    if function.trials == "none" and is_tuned(model):
        return False
    if manifest.task is Task.REMOTE and not function.sample:
        # It is asked with texts, which only the function's own sample has.
        return False
    return manifest.task in function.tasks and (function.detail is None or function.detail in manifest.details)


def _rows() -> pa.Table:
    x = np.arange(ROWS, dtype=np.float64) % 17
    return pa.table(
        {
            "번호": pa.array(range(ROWS), pa.int64()),
            "x": pa.array(x, mask=np.arange(ROWS) == 5),
            "word": pa.array([("a", "나", None)[row % 3] for row in range(ROWS)]),
            "종류": pa.array(np.where(x + np.arange(ROWS) % 5 > 10, "yes", "no")),
            "금액": pa.array(2 * x + np.arange(ROWS) % 3),
            "날": pa.array(np.datetime64("2024-01-01") + np.arange(ROWS)),
        }
    )


def _model(connection: Connection, own: Mapping[str, OptionValue], label: str | None) -> LoadedModel:
    transform, sql = None, UNCHANGED_ROWS.get(str(own["model_type"]), "")
    if not sql:
        clause = Query("ML.STANDARD_SCALER(x) OVER () AS x, word", "duckdb", PLACE)
        transform, sql = freeze_transform(clause, "SELECT * FROM rows", connection, [label] if label else [])
    given = {**own, "input_label_cols": [label]} if label else own
    options = {name: GivenOption(value) for name, value in given.items()}
    table = connection.table(sql)
    trained = train(table, options, seed=1, threads=1, progress=lambda *_: None, transform=transform)
    rows = connection.table(sql if transform is None else "SELECT * FROM rows")
    raw = summarise_table(rows, [feature.name for feature in trained.manifest.inputs])
    profile = profile_to_json({RAW_INPUT + name: summary for name, summary in raw.items()})
    return load_model({**trained.files, PROFILE: profile.encode()}, None)
