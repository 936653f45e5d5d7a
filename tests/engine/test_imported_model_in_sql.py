"""Imported models in a project: made from a file, made again when it changes, asked in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xgboost

from penstock.core.errors import BadData, InvalidOption, UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]


def trees(rounds: int) -> bytes:
    x = np.arange(40, dtype=float).reshape(20, 2)
    data = xgboost.DMatrix(x, label=x[:, 0] > 15, feature_names=["나이", "visits"])
    return bytes(xgboost.train({"objective": "binary:logistic", "max_depth": 2}, data, rounds).save_raw("json"))


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    model = "CREATE MODEL churn OPTIONS (model_type = 'xgboost', model_path = 'models/churn.json');"
    opened = open_work({"all.sql": model})
    opened.put("models/churn.json", trees(3))
    opened.run()
    return opened


def test_outputs_come_first_then_every_column(work: Work) -> None:
    found = work.sql("SELECT * FROM ML.PREDICT(MODEL churn, (SELECT 30 AS 나이, 1 AS visits, 'x' AS other))").table()
    assert found.column_names == ["predicted_label", "나이", "visits", "other"]
    assert found.column("predicted_label").to_pylist()[0] > 0.5
    assert work.rows("SELECT feature FROM ML.FEATURE_IMPORTANCE(MODEL churn)") == [("나이",)]


def test_another_file_makes_another_version_and_the_same_file_none(work: Work) -> None:
    assert work.plan()["churn"][0] == "skip"
    work.put("models/churn.json", trees(4))
    assert work.plan()["churn"][0] != "skip"
    work.run()
    assert work.sql("SHOW VERSIONS OF churn").table().num_rows == 2


def test_a_missing_column_and_a_missing_file_are_told(work: Work) -> None:
    with pytest.raises(UserError, match="no column '나이'"):
        work.rows("SELECT * FROM ML.PREDICT(MODEL churn, (SELECT 1 AS visits))")
    with pytest.raises(BadData, match=r"No file matches 'models/chrun.json'"):
        work.sql("CREATE MODEL m OPTIONS (model_type = 'xgboost', model_path = 'models/chrun.json')")
    with pytest.raises(BadData, match="gs:// is not reached"):
        work.sql("CREATE MODEL m OPTIONS (model_type = 'onnx', model_path = 'gs://bucket/model.onnx')")


def test_what_an_imported_model_has_not_is_refused_by_name(work: Work) -> None:
    with pytest.raises(InvalidOption, match="churn, an xgboost model"):
        work.rows("SELECT * FROM ML.EVALUATE(MODEL churn)")
    with pytest.raises(UserError, match="it takes no training query"):
        work.sql("CREATE MODEL m OPTIONS (model_type = 'onnx', model_path = 'a.onnx') AS SELECT 1 AS x")


def test_bigquery_writes_it_alike(work: Work) -> None:
    text = (
        "CREATE OR REPLACE MODEL `p.d.imported` INPUT(a FLOAT64, b INT64) OUTPUT(churned FLOAT64) "
        "OPTIONS(MODEL_TYPE='XGBOOST', MODEL_PATH='models/churn.json')"
    )
    with pytest.raises(InvalidOption, match="'a', which is none"):
        work.sql(text, "bigquery")
    work.sql(text.replace("a FLOAT64, b INT64", "`나이` FLOAT64, visits INT64"), "bigquery")
    found = work.sql("SELECT * FROM ML.PREDICT(MODEL `p.d.imported`, (SELECT 1 AS `나이`, 2 AS visits))", "bigquery")
    assert found.table().column_names[0] == "churned"
