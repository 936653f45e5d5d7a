"""What endpoints have answered, as tables: there before the first answer, and true at the next statement."""

from __future__ import annotations

from pathlib import Path

import pytest

import penstock
from penstock.connection import Connection

# Nothing uses the tables here but the tests.
pytestmark = pytest.mark.filterwarnings("ignore::penstock.PenstockWarning")

MADE = """
CREATE TABLE t AS SELECT range AS x, range * 2.0 AS label FROM range(100);
CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM t;
CREATE ENDPOINT e ON MODEL m;
"""


def test_the_tables_are_there_before_anything_was_answered(passing: Connection) -> None:
    predictions = passing.sql("FROM Penstock.Predictions")
    assert len(predictions) == 0
    assert predictions.columns[:3] == ["endpoint", "request_id", "prediction_id"]
    assert passing.sql("FROM penstock.labels").columns == ["endpoint", "prediction_id", "actual", "at"]
    assert "raw_line" in passing.sql("FROM penstock.rejects").columns
    assert passing.status().rows() == []


def test_a_project_over_the_log_runs_before_anything_was_answered(tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").touch()
    (tmp_path / "project.sql").write_text(
        "CREATE VIEW answered AS SELECT p.at, l.actual FROM penstock.predictions p"
        " LEFT JOIN penstock.labels l USING (endpoint, prediction_id);"
        "CREATE TABLE daily AS SELECT answered.at::DATE AS day, count(*) AS n FROM answered GROUP BY ALL;"
    )
    with penstock.connect(tmp_path) as connection:
        connection.run()
        assert connection.sql("FROM daily").rows() == []


def test_an_answer_is_in_the_table_at_the_next_statement_and_after_the_connection_is_closed(tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").touch()
    with penstock.connect(tmp_path) as connection:
        connection.sql(MADE)
        endpoint = connection.endpoint("e")
        first = endpoint.predict({"x": 3})[0]
        query = "SELECT prediction_id, version, inputs FROM penstock.predictions"
        assert connection.sql(query).rows() == [
            {"prediction_id": first["prediction_id"], "version": 1, "inputs": '{"x":3}'}
        ]
        connection.sql("CREATE VIEW answered AS FROM penstock.predictions")
        endpoint.predict([{"x": 4}, {"x": 5}])
        assert len(connection.sql("FROM answered")) == 3
        endpoint.predict({"x": 6})
        endpoint.feedback([{"prediction_id": first["prediction_id"], "actual": 6}])
    with penstock.connect(tmp_path) as connection:
        assert len(connection.sql("FROM penstock.predictions")) == 4
        assert connection.sql("SELECT actual FROM penstock.labels").rows() == [{"actual": "6"}]
