"""Names that do not exist: what is said, where it points, and what is offered instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Work
    from penstock.core.diagnostics import Diagnostic

    Complaint = Callable[[Callable[[], object]], Diagnostic]
    Project = Callable[..., Work]

MODEL = """CREATE MODEL demand
OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS
SELECT x, city, y FROM hours;
"""
# What stands in project.sql, what is said of it, where it points, and what is offered.
IN_A_PROJECT = {
    "table": (
        "CREATE TABLE b AS\n  SELECT * FROM huors;",
        "There is no table or view 'huors', which table b uses.",
        "2:17",
        "Did you mean 'hours'?",
    ),
    "column": ("CREATE TABLE b AS\nSELECT id,\n  ciyt FROM hours;", "no column 'ciyt'", "3:3", "Did you mean 'city'?"),
    "column of an alias": (
        "CREATE TABLE b AS SELECT h.ciyt FROM hours AS h;",
        "no column 'ciyt'",
        "1:26",
        "Did you mean 'city'?",
    ),
    "column of a file": (
        "CREATE TABLE b AS\nSELECT id, ciyt\nFROM 'data/hours.csv';",
        "no column 'ciyt'",
        "2:12",
        "Did you mean 'city'?",
    ),
    "column in a view": (
        "CREATE VIEW b AS SELECT ciyt FROM 'data/hours.csv';",
        "no column 'ciyt'",
        "1:25",
        "Did you mean 'city'?",
    ),
    "column behind Korean words": (
        "CREATE TABLE 표 AS SELECT '한글' AS 말, ciyt FROM hours;",
        "no column 'ciyt'",
        "1:37",
        "Did you mean 'city'?",
    ),
    "column in BigQuery's SQL": (
        "SET dialect = 'bigquery';\nCREATE TABLE b AS\nSELECT SAFE_CAST(ciyt AS STRING) AS c FROM `p.hours`;",
        "There is no table or view 'p.hours'",
        "3:44",
        "Did you mean 'hours'?",
    ),
    "translated column": (
        "SET dialect = 'bigquery';\nCREATE TABLE b AS\nSELECT SAFE_CAST(ciyt AS STRING) AS c FROM `hours`;",
        "no column 'ciyt'",
        "3:18",
        "Did you mean 'city'?",
    ),
    "function": ("CREATE TABLE b AS SELECT uper(city) FROM hours;", "There is no function 'uper'", "1:26", "upper"),
    "ML function": (
        f"{MODEL}CREATE TABLE b AS SELECT * FROM ML.PREDCIT(MODEL demand, TABLE hours);",
        "ML.PREDCIT",
        "4:33",
        "Did you mean 'ML.PREDICT'?",
    ),
    "model": (
        f"{MODEL}CREATE TABLE b AS SELECT * FROM ML.PREDICT(MODEL demnad, TABLE hours);",
        "There is no model 'demnad', which table b uses.",
        "4:50",
        "Did you mean 'demand'?",
    ),
    "model type": (
        MODEL.replace("linear_reg", "linear_regg"),
        "There is no model type 'linear_regg'.",
        "2:10",
        "Did you mean 'linear_reg'?",
    ),
    "option of a model": (
        MODEL.replace("model_type", "l2_rge = 1,\n  model_type"),
        "There is no option 'l2_rge' for model type linear_reg.",
        "2:10",
        "Did you mean 'l2_reg'?",
    ),
    "option of a table": (
        "CREATE TABLE b OPTIONS (uniqe_key = ['id']) AS SELECT * FROM hours;",
        "There is no option 'uniqe_key' for table b.",
        "1:25",
        "Did you mean 'unique_key'?",
    ),
    "label": (
        MODEL.replace("['y']", "['yy']"),
        "input_label_cols of model demand names 'yy', which its query does not give.",
        "2:37",
        "Did you mean 'y'?",
    ),
    "column in TRANSFORM": (
        MODEL.replace("demand\n", "demand TRANSFORM (xx * 2 AS twice, y)\n"),
        "TRANSFORM names the column 'xx'",
        "1:32",
        "Did you mean 'x'?",
    ),
    "column of an assertion": (
        "CREATE ASSERTION positive ON hours\nCHECK (x >= 0 AND\n  ciyt <> '');",
        "no column 'ciyt'",
        "3:3",
        "Did you mean 'city'?",
    ),
    "measure of a goal": (
        f"{MODEL}CREATE GOAL good ON MODEL demand\nACCEPT WHEN mean_abs_error < 5;",
        "mean_abs_error",
        "5:13",
        "Did you mean 'mean_absolute_error'?",
    ),
    "file": (
        "CREATE TABLE b AS SELECT * FROM 'data/huors.csv';",
        "No file matches 'data/huors.csv'",
        "1:19",
        "data/hours.csv",
    ),
    "key": (
        "CREATE TABLE b OPTIONS (unique_key = ['idd']) AS SELECT * FROM hours;",
        "There is no key column 'idd'.",
        "1:50",
        "Did you mean 'id'?",
    ),
}


@pytest.mark.parametrize(("sql", "message", "place", "hint"), IN_A_PROJECT.values(), ids=IN_A_PROJECT)
def test_an_unknown_name_in_a_project_points_at_itself(
    project: Project, complaint: Complaint, sql: str, message: str, place: str, hint: str
) -> None:
    found = complaint(project(sql).run)
    assert message in found.message
    assert str(found.span) == f"project.sql:{place}"
    assert hint in (found.hint or "")


AT_ONCE = {
    "table": ("SELECT 1;\nSELECT * FROM huors", "There is no table 'huors'.", "2:15", "Did you mean 'hours'?"),
    "column": ("SELECT 1;\n SELECT ciyt FROM hours", "no column 'ciyt'", "2:9", "Did you mean 'city'?"),
    "model": (
        "SELECT * FROM ML.PREDICT(MODEL demnad, TABLE hours)",
        "There is no trained model 'demnad'.",
        "1:15",
        "Did you mean 'demand'?",
    ),
    "version": (
        "SELECT * FROM ML.PREDICT(MODEL demand VERSION 9, TABLE hours)",
        "9",
        "1:15",
        "",
    ),
    "column of a call's data": (
        "SELECT *\nFROM ML.PREDICT(MODEL demand, (SELECT x, ciyt FROM hours))",
        "no column 'ciyt'",
        "2:42",
        "Did you mean 'city'?",
    ),
    "column that the model needs": (
        "SELECT * FROM ML.PREDICT(MODEL demand, (SELECT x, city AS ciyt FROM hours))",
        "'city'",
        "1:15",
        "Did you mean 'ciyt'?",
    ),
    "option of a function": (
        "SELECT * FROM ML.PREDICT(MODEL demand, TABLE hours, STRUCT(1 AS treshold))",
        "There is no option 'treshold' for ML.PREDICT.",
        "1:15",
        "Did you mean 'threshold'?",
    ),
    "thing to show": ("SHOW MODLES", "MODLES", "1:6", "Did you mean 'MODELS'?"),
    "described": ("DESCRIBE MODEL demnad", "There is no model 'demnad'.", "1:16", "Did you mean 'demand'?"),
    "dropped": ("DROP TABLE huors", "There is no table 'huors'.", "1:12", "Did you mean 'hours'?"),
    "altered": (
        "ALTER ENDPOINT demnad SET SHADOW (1)",
        "There is no endpoint 'demnad'.",
        "1:1",
        "Did you mean 'demands'?",
    ),
    "exported": ("EXPORT MODEL demnad OPTIONS (uri = 'x')", "'demnad'", "1:1", "Did you mean 'demand'?"),
}


@pytest.mark.parametrize(("sql", "message", "place", "hint"), AT_ONCE.values(), ids=AT_ONCE)
def test_an_unknown_name_in_a_statement_points_at_itself(
    project: Project, complaint: Complaint, sql: str, message: str, place: str, hint: str
) -> None:
    work = project(MODEL + "CREATE ENDPOINT demands ON MODEL demand;")
    work.run()
    found = complaint(lambda: work.sql(sql).table())
    assert message in found.message
    assert str(found.span) == f"sql:{place}"
    assert hint in (found.hint or "")
