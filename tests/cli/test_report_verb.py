"""`penstock report` and SHOW REPORT: the report of a version as text, page, JSON and rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MODEL = """
CREATE TABLE t AS SELECT i % 7 AS x, CASE WHEN i % 3 = 0 THEN '서울' ELSE '부산' END AS "도시",
  i % 7 + i % 3 > 4 AS y FROM range(300) AS r(i);
CREATE MODEL m OPTIONS (model_type = 'logistic_reg', input_label_cols = ['y']) AS SELECT * FROM t;
CREATE TABLE months AS SELECT DATE '2015-01-01' + to_months(i) AS "달", ['서울', '부산'][1 + k] AS "도시",
  100 + i + 20 * sin(i * pi() / 6) + (i * 7919 + k * 31) % 5 AS "매출" FROM range(60) AS r(i), range(2) AS s(k);
CREATE MODEL sales OPTIONS (model_type = 'automl_forecaster', time_series_timestamp_col = '달',
  time_series_data_col = '매출', time_series_id_col = '도시', horizon = 6, budget_seconds = 10) AS SELECT * FROM months;
CREATE MODEL groups OPTIONS (model_type = 'kmeans', num_clusters = 2) AS SELECT x FROM t;
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, penstock_process: Callable[..., Any]) -> Path:
    """A project with a model, made once for all tests here."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "penstock.toml").write_text('[project]\nname = "r"\n')
    (folder / "m.sql").write_text(MODEL)
    assert penstock_process("run", folder=folder).code == 0
    return folder


def test_text_json_and_page_tell_the_same(project: Path, penstock: Callable[..., Any]) -> None:
    text = penstock("report", "m", folder=project)
    assert text.code == 0
    assert text.out.startswith("m@1: logistic_reg for y\n")
    whole = json.loads(penstock("report", "m@1", "--format", "json", folder=project).out)
    assert whole["version"] == 1
    assert {metric["name"] for metric in whole["metrics"]} >= {"roc_auc", "log_loss"}
    page = penstock("report", "m", "-o", "seen.html", folder=project)
    assert page.err == "The report of m is in seen.html.\n"
    assert (project / "seen.html").read_text().startswith("<!doctype html>")


def test_what_cannot_be_told_is_said_in_words(project: Path, penstock: Callable[..., Any]) -> None:
    wrong = penstock("report", "mm", folder=project)
    assert wrong.code == 1
    assert "Did you mean 'm'?" in wrong.err
    unlabelled = penstock("report", "groups", folder=project)
    assert unlabelled.code == 1
    assert "a report is about models that predict a label" in unlabelled.err
    nowhere = penstock("report", "m", "-o", "none/r.html", folder=project)
    assert nowhere.code == 1
    assert "cannot be written" in nowhere.err


def test_rows_of_the_report_are_asked_in_sql(project: Path, penstock: Callable[..., Any]) -> None:
    rows = json.loads(penstock("sql", "SHOW REPORT OF m", "--format", "json", folder=project).out)
    assert {row["part"] for row in rows} >= {"metric", "slice"}
    assert next(r for r in rows if r["item"] == "roc_auc" and r["measure"] == "baseline")["value"] == 0.5
    whole = json.loads(penstock("report", "m", "--format", "json", folder=project).out)
    calibration = {(r["item"], r["measure"]): r["value"] for r in rows if r["part"] == "calibration"}
    assert calibration["all", "error"] == whole["calibration"]["error"]
    assert calibration["bin 1", "actual"] == whole["calibration"]["bins"][0]["actual"]
    taken = [row["value"] for row in rows if row["part"] == "confusion"]
    assert taken == [count for counts in whole["confusion"]["counts"] for count in counts]
    alone = penstock("sql", "SHOW REPORT", folder=project)
    assert alone.code == 1
    assert "SHOW REPORT OF m" in alone.err


def test_a_forecaster_is_reported_too(project: Path, penstock: Callable[..., Any]) -> None:
    text = penstock("report", "sales", folder=project)
    assert text.out.startswith("sales@1: automl_forecaster for 매출, 6 steps ahead\nmase ")
    whole = json.loads(penstock("report", "sales", "--format", "json", folder=project).out)
    assert [step["step"] for step in whole["steps"]] == [1, 2, 3, 4, 5, 6]
    rows = json.loads(penstock("sql", "SHOW REPORT OF sales", "--format", "json", folder=project).out)
    assert {row["part"] for row in rows} >= {"metric", "method", "step", "interval", "best", "worst"}
    value = {row["measure"]: row["value"] for row in rows if row["part"] == "metric" and row["item"] == "mase"}
    assert value == {"value": whole["metrics"][0]["value"], "baseline": whole["metrics"][0]["baseline"]}
