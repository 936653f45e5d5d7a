"""Scoring in this process: one import, no server, the same answers and the same log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import penstock
from penstock.connection import Connection

pytestmark = pytest.mark.filterwarnings("ignore::penstock.PenstockWarning")
MADE = """
CREATE TABLE t AS SELECT range AS x, range * 2.0 AS label FROM range(100);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', data_split_method = 'NO_SPLIT') AS SELECT * FROM t;
CREATE ENDPOINT e ON MODEL m;
"""
AGAIN = """
CREATE OR REPLACE TABLE t AS SELECT range AS x, range * 5.0 AS label FROM range(100);
CREATE OR REPLACE MODEL m OPTIONS (model_type = 'linear_reg', data_split_method = 'NO_SPLIT') AS SELECT * FROM t;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "penstock.toml").touch()
    with penstock.connect(tmp_path) as connection:
        connection.sql(MADE)
    return tmp_path


def test_an_endpoint_is_opened_by_its_name_and_logs_what_it_answers(folder: Path) -> None:
    with penstock.endpoint("E", project=folder) as endpoint:
        assert (endpoint.name, endpoint.version) == ("e", 1)
        (answer,) = endpoint.predict({"x": 3}, request_id="주문 1")
        assert answer["prediction"] == pytest.approx(6.0)
        endpoint.feedback([{"prediction_id": answer["prediction_id"], "actual": 6.0}])
    with pytest.raises(penstock.UserError, match="is closed"):
        endpoint.predict({"x": 3})
    with penstock.connect(folder) as connection:
        found = connection.sql(
            "SELECT prediction_id, request_id FROM penstock.predictions JOIN penstock.labels USING (prediction_id)"
        )
        assert found.rows() == [{"prediction_id": answer["prediction_id"], "request_id": "주문 1"}]


def test_tables_of_every_kind_are_scored(folder: Path) -> None:
    with penstock.endpoint("e", folder) as endpoint:
        for rows in (
            [{"x": 1}, {"x": 2}],
            pa.table({"x": [1, 2]}),
            pd.DataFrame({"x": [1, 2]}),
            pl.DataFrame({"x": [1, 2]}),
        ):
            assert [answer["prediction"] for answer in endpoint.predict(rows)] == pytest.approx([2.0, 4.0])


def test_what_cannot_be_opened_is_said_and_leaves_nothing_open(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(penstock.UnknownName, match="There is no endpoint 'ee'") as caught:
        penstock.endpoint("ee", project=folder)
    assert "Did you mean 'e'?" in str(caught.value)
    with pytest.raises(penstock.UserError, match="There is no folder"):
        penstock.endpoint("e", project=tmp_path / "nowhere")


@pytest.fixture
def twice(passing: Connection) -> Iterator[Connection]:
    """Two versions; the newer one is the champion."""
    passing.sql(MADE)
    passing.sql(AGAIN)
    yield passing


def test_the_shadow_is_scored_as_well_and_joins_the_answer(twice: Connection) -> None:
    twice.sql("ALTER ENDPOINT e SET SHADOW (1)")
    endpoint = twice.endpoint("e")
    answers = endpoint.predict([{"x": 1}, {"x": 2}])
    for answer in answers:
        # Who asked may do with the answer as they like.
        del answer["prediction"]
    found = twice.sql(
        "SELECT l.version AS live, s.version AS shadow, l.outputs->>'prediction' AS a, s.outputs->>'prediction' AS b"
        " FROM penstock.predictions l JOIN penstock.predictions s USING (endpoint, prediction_id)"
        " WHERE l.variant <> 'shadow' AND s.variant = 'shadow' ORDER BY l.inputs"
    ).rows()
    assert [(row["live"], row["shadow"]) for row in found] == [(2, 1), (2, 1)]
    assert [float(row["a"]) for row in found] == pytest.approx([5.0, 10.0])
    assert [float(row["b"]) for row in found] == pytest.approx([2.0, 4.0])


def test_a_key_and_a_variant_choose_who_answers(twice: Connection) -> None:
    twice.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 50, 1 = 50)")
    endpoint = twice.endpoint("e")

    def met(**wish: str) -> float:
        return round(endpoint.predict({"x": 1}, **wish)[0]["prediction"])

    assert {met(variant="1") for _ in range(5)} == {2}
    assert {met(variant="champion") for _ in range(5)} == {5}
    assert len({met(key="kim") for _ in range(10)}) == 1
    assert {met(key=f"k{n}") for n in range(30)} == {2, 5}
    with pytest.raises(penstock.UserError, match="has no variant 'candidate' in service"):
        met(variant="candidate")
