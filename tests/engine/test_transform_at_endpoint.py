"""A model with TRANSFORM behind an endpoint: its graph computes the clause, or DuckDB does and it is counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest

from penstock.core.errors import BadData
from penstock.engine.loaded_model import load_version
from penstock.learn.artifact import SERVED
from penstock.learn.feature_column import select_features
from penstock.learn.graph_input import graph_input
from penstock.serving.data_plane import DataPlane, open_data_plane
from penstock.serving.scoring import ServedModel

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
TABLE = """
CREATE TABLE rides AS SELECT range % 24 AS hour, 10 + range % 7 * 1.5 AS temp,
  CASE WHEN range % 11 = 0 THEN NULL ELSE ['서울', '부산', 'x'][1 + range % 3] END AS city,
  DATE '2024-01-01' + (range % 300)::INTEGER AS day,
  (range % 24) * 2.0 + range % 7 AS rides FROM range(800);
"""
MODEL = """
CREATE MODEL m TRANSFORM ({items}, rides) OPTIONS (model_type = 'linear_reg', input_label_cols = ['rides'],
  data_split_method = 'NO_SPLIT') AS SELECT * FROM rides;
CREATE ENDPOINT e ON MODEL m;
"""
COMPILED = """
  hour + 1 AS hour, ML.STANDARD_SCALER(temp) OVER () AS temp, ML.QUANTILE_BUCKETIZE(hour, 4) OVER () AS part,
  coalesce(city, 'none') AS city, ML.LABEL_ENCODER(city) OVER () AS code, month(day) AS month, ln(temp) AS log_temp,
  ML.FEATURE_CROSS({'city': city, 'hour': hour}) AS crossed, day"""
ROW = {"hour": 8, "temp": 13.0, "city": "부산", "day": "2024-05-01"}


@contextmanager
def plane(work: Work) -> Iterator[DataPlane]:
    session = work.session
    opened = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    try:
        yield opened
    finally:
        opened.close()


def of(work: Work, items: str) -> Work:
    work.put("p.sql", TABLE + MODEL.replace("{items}", items))
    work.run()
    return work


def served(opened: DataPlane) -> ServedModel:
    found: ServedModel = opened.route("e").main
    return found


@pytest.fixture
def compiled(open_work: OpenWork) -> Work:
    return of(open_work({}), COMPILED)


def test_the_endpoint_answers_as_ml_predict_does_without_a_sql_engine(compiled: Work) -> None:
    sql = "SELECT hour, temp, city, CAST(day AS VARCHAR) AS day, predicted_rides FROM ML.PREDICT(MODEL m, TABLE rides)"
    rows: list[dict[str, Any]] = compiled.sql(f"{sql} LIMIT 60").table().to_pylist()
    wanted = [row.pop("predicted_rides") for row in rows]
    rows = [{**row, "temp": float(row["temp"])} for row in rows]
    with plane(compiled) as opened:
        answered = [prediction["prediction"] for prediction in opened.predict("e", rows).predictions]
        alone = opened.predict("e", rows[:1]).predictions[0]["prediction"]
        assert served(opened).rows_transformed_by_sql == 0
    np.testing.assert_allclose(answered, wanted, rtol=1e-9)
    assert alone == pytest.approx(wanted[0], rel=1e-9)


def test_what_the_graph_is_in_doubt_of_is_asked_of_duckdb_and_counted(compiled: Work) -> None:
    with plane(compiled) as opened:
        with pytest.raises(BadData, match="logarithm of zero"):
            opened.predict("e", [{**ROW, "temp": 0.0}])
        assert served(opened).rows_transformed_by_sql == 1


def test_nulls_and_unseen_words_answer(compiled: Work) -> None:
    with plane(compiled) as opened:
        rows = [{**ROW, "city": None}, {**ROW, "city": "제주"}, {**ROW, "hour": None, "day": None}]
        answered = [prediction["prediction"] for prediction in opened.predict("e", rows).predictions]
        assert served(opened).rows_transformed_by_sql == 0
    assert all(np.isfinite(value) for value in answered)


def test_what_no_graph_computes_is_told_and_left_to_duckdb(open_work: OpenWork) -> None:
    work = of(open_work({}), "upper(city) AS city, hour")
    assert "Its endpoint asks DuckDB for TRANSFORM, since a graph does not compute UPPER." in work.notices
    with plane(work) as opened:
        row = {"city": "부산", "hour": 8}
        assert opened.predict("e", [row, row]).predictions
        # One row more warmed it up.
        assert served(opened).rows_transformed_by_sql == 3


def test_an_export_takes_raw_columns(compiled: Work) -> None:
    assert "TRANSFORM" not in compiled.sql("EXPORT MODEL m OPTIONS (uri = 'out')").message
    folder = compiled.session.settings.root / "out"
    about = json.loads((folder / "inputs.json").read_text())
    assert [item["column"] for item in about["inputs"]] == ["hour", "temp", "city", "day"]
    assert about["transform"] is None
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    assert [output.name for output in session.get_outputs()] == ["score"]
    _, model = load_version(compiled.session.catalog, compiled.session.storage, compiled.session.models, "m")
    rows = compiled.sql("SELECT hour, temp, city, day FROM rides LIMIT 50").table()
    inputs = graph_input(select_features(rows, model.manifest.inputs), model.manifest.inputs)
    wanted = compiled.sql("SELECT predicted_rides FROM ML.PREDICT(MODEL m, (SELECT * FROM rides LIMIT 50))").table()
    np.testing.assert_allclose(session.run(None, inputs)[0][:, 0], wanted.column(0).to_numpy(), rtol=1e-9)
    assert SERVED in model.files


def test_an_export_answers_nothing_where_sql_refuses_or_holds_what_a_double_does_not(open_work: OpenWork) -> None:
    work = of(open_work({}), "ln(temp) AS log_temp, hour * hour AS squared, mod(hour, 7) AS rest")
    work.sql("EXPORT MODEL m OPTIONS (uri = 'out')")
    session = onnxruntime.InferenceSession(str(work.session.settings.root / "out" / "model.onnx"))
    temps, hours = [13.0, -1.0, 0.0, 13.0, 13.0, np.nan], [8.0, 8.0, 8.0, 2.0**53 + 1, 1e15, np.nan]
    found = session.run(None, {"temp": np.array([temps]).T, "hour": np.array([hours]).T})[0][:, 0]
    assert np.isnan(found).tolist() == [False, True, True, True, True, False]
    sql = "SELECT predicted_rides FROM ML.PREDICT(MODEL m, (SELECT 8 AS hour, 13.0 AS temp))"
    assert found[0] == pytest.approx(work.sql(sql).table().column(0)[0].as_py(), rel=1e-9)
    assert "NaN" in json.loads((work.session.settings.root / "out" / "inputs.json").read_text())["in_doubt"]


def test_a_transform_that_reads_the_clock_says_so(open_work: OpenWork) -> None:
    work = of(open_work({}), "date_diff('day', day, current_date) AS age, hour")
    assert "TRANSFORM reads the clock" in work.notices
    assert "TRANSFORM reads the clock" not in of(open_work({}), "hour, temp").notices
