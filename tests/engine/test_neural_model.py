"""Neural networks and autoencoders in a project: trained in BigQuery's words, gated, served, watched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.evaluations import latest_evaluation
from penstock.engine.export import inputs_json
from penstock.engine.loaded_model import load_version
from penstock.serving.data_plane import DataPlane, open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE shops AS SELECT n AS id, MOD(n, 2) * 50.0 + MOD(n, 5) AS sales, MOD(n, 3) AS visits,
    IF(MOD(n, 2) = 0, '시장', '역') AS kind FROM UNNEST(GENERATE_ARRAY(0, 199)) AS n;
CREATE OR REPLACE MODEL deep
TRANSFORM (ML.STANDARD_SCALER(sales) OVER () AS sales, visits, kind)
OPTIONS (MODEL_TYPE = 'DNN_CLASSIFIER', HIDDEN_UNITS = [4], LEARN_RATE = 0.02, MAX_ITERATIONS = 3,
    INPUT_LABEL_COLS = ['kind'], TF_VERSION = '2.8.0') AS SELECT * EXCEPT (id) FROM shops;
CREATE OR REPLACE MODEL wide
OPTIONS (MODEL_TYPE = 'DNN_LINEAR_COMBINED_REGRESSOR', HIDDEN_UNITS = [4], MAX_ITERATIONS = 3,
    LEARN_RATE = [STRUCT('dnn', 0.02), STRUCT('linear', 0.1)],
    OPTIMIZER = [STRUCT('dnn', 'ADAGRAD'), STRUCT('linear', 'FTRL')], L2_REG = 0.001,
    INPUT_LABEL_COLS = ['sales']) AS SELECT * EXCEPT (id) FROM shops;
CREATE OR REPLACE MODEL shape
OPTIONS (MODEL_TYPE = 'AUTOENCODER', HIDDEN_UNITS = [8, 2, 8], LEARN_RATE = 0.02, MAX_ITERATIONS = 5)
AS SELECT * EXCEPT (id) FROM shops;
CREATE GOAL near ON MODEL shape ACCEPT WHEN mean_squared_error <= 1.1 * champion.mean_squared_error;
CREATE ENDPOINT deep_api ON MODEL deep;
CREATE ENDPOINT shape_api ON MODEL shape;
CREATE MONITOR shape_watch ON ENDPOINT shape_api OPTIONS (window = '7 days')
    BREACH WHEN mean_squared_error > 4 * baseline_mean_squared_error OR prediction_mean > 4 * reference_prediction_mean;
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"penstock.toml": '[project]\nname = "shops"\ndialect = "bigquery"\n', "all.sql": PROJECT})
    opened.run()
    return opened


@pytest.fixture
def plane(work: Work) -> Iterator[DataPlane]:
    session = work.session
    opened = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    yield opened
    opened.close()


def shops(shift: float = 0.0) -> list[dict[str, object]]:
    return [
        {"sales": (n % 2) * 50.0 + n % 5 + shift, "visits": n % 3, "kind": ("시장", "역")[n % 2]} for n in range(60)
    ]


def test_an_autoencoder_is_judged_beside_the_champion(work: Work) -> None:
    assert "champion" in work.run(forced="shape")["shape"]
    assert work.rows("SELECT count(latent_col_2) FROM ML.PREDICT(MODEL shape, TABLE shops)") == [(200,)]


def test_endpoints_answer_with_a_class_and_with_latent_columns(work: Work, plane: DataPlane) -> None:
    first, second = plane.predict(
        "deep_api", [{"sales": row["sales"], "visits": row["visits"]} for row in shops()[:2]]
    ).predictions
    assert (first["prediction"], second["prediction"]) == ("시장", "역")
    (shape,) = plane.predict("shape_api", shops()[1:2]).predictions
    assert len(shape["prediction"]) == 2
    ((loss,),) = work.rows(
        "SELECT mean_squared_error FROM ML.RECONSTRUCTION_LOSS(MODEL shape, TABLE shops) WHERE id = 1"
    )
    assert shape["reconstruction_loss"]["mean_squared_error"] == pytest.approx(loss)


@pytest.mark.parametrize(("shift", "breached"), [(0.0, False), (5_000.0, True)])
def test_a_monitor_sees_rows_that_do_not_come_back(work: Work, plane: DataPlane, shift: float, breached: bool) -> None:
    plane.predict("shape_api", shops(shift))
    plane.compact()
    work.clock.advance(timedelta(hours=1))
    work.turn()
    found = latest_evaluation(work.session.catalog, "shape_watch")
    assert found is not None
    assert found.breached == breached, found.reason
    assert found.measures["mean_squared_log_error"] is not None


def test_an_export_names_what_its_graph_gives(work: Work) -> None:
    session = work.session
    for name, output in (("shape", "autoencoded"), ("wide", "score"), ("deep", "probabilities")):
        _, loaded = load_version(session.catalog, session.storage, session.models, name)
        assert json.loads(inputs_json(name, 1, loaded))["output"] == output


def test_every_function_of_a_neural_model_answers(work: Work) -> None:
    for call, rows in (
        ("ML.EVALUATE(MODEL wide, TABLE shops)", 1),
        ("ML.EXPLAIN_PREDICT(MODEL wide, TABLE shops, STRUCT(2 AS top_k_features))", 200),
        ("ML.EXPLAIN_PREDICT(MODEL deep, TABLE shops)", 200),
        ("ML.TRANSFORM(MODEL deep, TABLE shops)", 200),
        ("ML.FEATURE_INFO(MODEL deep)", 2),
        ("ML.DETECT_ANOMALIES(MODEL shape, STRUCT(0.02 AS contamination), TABLE shops)", 200),
        ("AI.GENERATE_EMBEDDING(MODEL shape, TABLE shops)", 200),
        ("ML.VALIDATE_DATA_SKEW(MODEL shape, TABLE shops)", 3),
    ):
        assert work.rows(f"SELECT count(*) FROM {call}") == [(rows,)], call
