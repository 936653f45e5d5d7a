"""After `close()`: every way to go on says that the connection is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import penstock
from penstock.connection import Connection

# The models here are of so few and such simple rows that they look like leaks.
pytestmark = pytest.mark.filterwarnings("ignore::penstock.PenstockWarning")

WAYS: dict[str, Callable[[Connection], Any]] = {
    "sql": lambda c: c.sql("SELECT 1"),
    "model": lambda c: c.model("m"),
    "endpoint": lambda c: c.endpoint("e"),
    "plan": lambda c: c.plan(),
    "run": lambda c: c.run(),
    "backtest": lambda c: c.backtest("e", from_table="t", time_column="at"),
    "reproduce": lambda c: c.reproduce("m"),
    "status": lambda c: c.status(),
    "lineage": lambda c: c.lineage(),
    "approve": lambda c: c.approve("m"),
    "score": lambda c: c.score("e", "a.csv", "b.csv"),
    "export": lambda c: c.export("m", "folder"),
    "serve": lambda c: c.serve(),
}


@pytest.fixture(scope="module")
def closed() -> Connection:
    connection = penstock.connect()
    connection.close()
    return connection


@pytest.mark.parametrize("way", WAYS)
def test_a_closed_connection_says_so(closed: Connection, way: str) -> None:
    with pytest.raises(penstock.UserError, match="The connection to a passing project is closed") as caught:
        WAYS[way](closed)
    assert caught.value.diagnostics[0].hint == "Open another one: penstock.connect(…)"


def test_it_can_be_closed_again_and_looked_at(closed: Connection) -> None:
    closed.close()
    assert repr(closed) == "<connection to a passing project, closed>"
    assert "closed" in closed._repr_html_()


def test_what_it_gave_says_so_too_and_rows_that_were_asked_for_stay() -> None:
    with penstock.connect() as connection:
        connection.sql("CREATE TABLE t AS SELECT range AS x, range AS label FROM range(50)")
        connection.sql("CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM t")
        connection.sql("CREATE ENDPOINT e ON MODEL m")
        model, endpoint, rows = connection.model("m"), connection.endpoint("e"), connection.sql("FROM range(3)")
    assert rows.arrow().num_rows == 3
    assert model.version == 1
    assert repr(model).startswith("<model m version 1, mean_absolute_error ")
    for use in (
        lambda: model.predict([{"x": 1}]),
        lambda: model.versions,
        lambda: endpoint.predict([{"x": 1}]),
        lambda: endpoint.feedback([{"prediction_id": "a", "actual": 1}]),
    ):
        with pytest.raises(penstock.UserError, match="is closed"):
            use()
    assert repr(endpoint) == "<endpoint e: The connection to a passing project is closed.>"
