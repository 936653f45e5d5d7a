"""Training data that cannot make a model, or makes one that deceives: refused, or said aloud."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Work
    from penstock.core.diagnostics import Diagnostic

    Complaint = Callable[[Callable[[], object]], Diagnostic]
    Project = Callable[..., Work]

TYPES = ("linear_reg", "boosted_tree_regressor", "random_forest_regressor")


def model(select: str, model_type: str = "linear_reg", rest: str = "FROM hours", options: str = "") -> str:
    few = "" if model_type == "linear_reg" or "logistic" in model_type else ", max_iterations = 5"
    few = few if "boosted" in model_type else ""
    return (
        f"CREATE MODEL demand\nOPTIONS (model_type = '{model_type}', input_label_cols = ['y']{few}{options}) AS\n"
        f"SELECT {select}\n{rest};"
    )


@pytest.mark.parametrize("model_type", ["logistic_reg", "boosted_tree_classifier", "random_forest_classifier"])
def test_a_label_of_one_class_is_refused(project: Project, complaint: Complaint, model_type: str) -> None:
    found = complaint(project(model("x, city, 'often' AS y", model_type)).run)
    assert found.message == "The label 'y' has one class only: 'often'."
    assert str(found.span) == "project.sql:1:1"
    assert "at least two classes" in (found.hint or "")


@pytest.mark.parametrize("model_type", TYPES)
def test_training_on_no_row_is_refused(project: Project, complaint: Complaint, model_type: str) -> None:
    found = complaint(project(model("x, city, y", model_type, "FROM hours WHERE x < 0")).run)
    assert found.message == "The training query gives no rows."
    assert str(found.span) == "project.sql:1:1"
    assert "filter" in (found.hint or "")


def test_an_empty_table_is_built_and_only_its_model_fails(project: Project) -> None:
    work = project("CREATE TABLE none_yet AS SELECT * FROM hours WHERE false;\n" + model("x, y", rest="FROM none_yet"))
    result = work.try_run()
    assert {outcome.step.name.name: outcome.status for outcome in result.outcomes} == {
        "hours": "done",
        "none_yet": "done",
        "demand": "failed",
    }
    assert work.rows("SELECT count(*) FROM none_yet") == [(0,)]


def test_a_label_that_is_always_null_is_refused(project: Project, complaint: Complaint) -> None:
    found = complaint(project(model("x, NULL::DOUBLE AS y")).run)
    assert "'y'" in found.message
    assert "NULL" in found.message
    assert str(found.span) == "project.sql:1:1"


@pytest.mark.parametrize("kind", ["DOUBLE", "VARCHAR", "TIMESTAMP"])
@pytest.mark.parametrize("model_type", TYPES)
def test_a_feature_that_is_always_null_is_named_and_trained_around(
    project: Project, model_type: str, kind: str
) -> None:
    work = project(model(f"x, city, NULL::{kind} AS nothing, y", model_type))
    work.run()
    assert "The feature 'nothing' is NULL in every row" in work.notices
    assert "Leave it out of the query" in work.notices
    text = f"SELECT predicted_y FROM ML.PREDICT(MODEL demand, (SELECT *, NULL::{kind} AS nothing FROM hours))"
    scores = [score for (score,) in work.rows(text)]
    assert len(scores) == 200
    assert all(math.isfinite(score) for score in scores)


def test_two_columns_of_one_name_are_refused_in_a_table(project: Project, complaint: Complaint) -> None:
    found = complaint(project("CREATE TABLE b AS\nSELECT id AS key, x AS Key FROM hours;").run)
    assert found.message == "The query has more than one column 'key'."
    assert str(found.span) == "project.sql:2:1"
    assert "AS" in (found.hint or "")


def test_two_columns_of_one_name_are_refused_in_a_model(project: Project, complaint: Complaint) -> None:
    found = complaint(project(model("x, city AS x, y")).run)
    assert found.message == "The query has more than one column 'x'."
    assert str(found.span) == "project.sql:3:1"


def test_two_columns_of_one_name_are_refused_in_a_prediction(project: Project, complaint: Complaint) -> None:
    work = project(model("x, city, y"))
    work.run()
    text = "SELECT * FROM ML.PREDICT(MODEL demand, (SELECT x, city, id AS x FROM hours))"
    found = complaint(lambda: work.sql(text).table())
    assert "more than one column 'x'" in found.message
    assert str(found.span) == "sql:1:15"


@pytest.mark.parametrize("model_type", TYPES)
def test_a_feature_that_is_the_label_is_said_with_its_score(project: Project, model_type: str) -> None:
    work = project(model("x, city, total, y", model_type, "FROM (SELECT *, 3 * y + 1 AS total FROM hours)"))
    work.run()
    (said,) = [line for line in work.notices.splitlines() if "'total'" in line]
    assert "alone predicts the label 'y' suspiciously well (R² 1.0000)" in said or "R² 0.99" in said
    assert "* EXCLUDE (total), or with dialect bigquery * EXCEPT (total)." in said


def test_a_feature_that_is_the_class_under_another_name_is_said(project: Project) -> None:
    work = project(
        model("x, town, y", "logistic_reg", "FROM (SELECT x, 'town of ' || city AS town, city AS y FROM hours)")
    )
    work.run()
    (said,) = [line for line in work.notices.splitlines() if "The feature 'town'" in line]
    assert "1.0000" in said
    assert "EXCLUDE (town)" in said


def test_a_label_that_the_query_also_selects_as_a_feature_is_found_before_anything_is_built(project: Project) -> None:
    work = project(model("x, 2 * y AS twice, y"))
    work.run()
    (said,) = [line for line in work.notices.splitlines() if "PS019" in line]
    assert said.startswith("project.sql:3:")
    assert "twice" in said


@pytest.mark.parametrize("model_type", TYPES)
def test_ten_thousand_categories_train_and_score(project: Project, model_type: str) -> None:
    rows = "FROM (SELECT 'user ' || i AS who, i % 7 AS x, i % 13 + i % 7 AS y FROM range(10_000) AS t(i))"
    work = project(model("who, x, y", model_type, rows))
    work.run()
    text = "SELECT predicted_y FROM ML.PREDICT(MODEL demand, (SELECT 'nobody' AS who, 3 AS x))"
    ((score,),) = work.rows(text)
    assert math.isfinite(score)


@pytest.mark.parametrize("model_type", TYPES)
def test_infinite_and_missing_numbers_are_said_and_borne(project: Project, model_type: str) -> None:
    strange = (
        "CASE id % 5 WHEN 0 THEN 'inf'::DOUBLE WHEN 1 THEN '-inf'::DOUBLE WHEN 2 THEN 'nan'::DOUBLE ELSE x END AS x"
    )
    work = project(model(f"{strange}, city, y", model_type))
    work.run()
    assert "The feature 'x' is infinite in 80 rows." in work.notices
    text = f"SELECT predicted_y FROM ML.PREDICT(MODEL demand, (SELECT {strange}, city FROM hours))"
    assert all(math.isfinite(score) for (score,) in work.rows(text))


@pytest.mark.parametrize("value", ["inf", "-inf", "nan"])
def test_a_label_that_is_not_finite_is_refused_with_its_row(project: Project, complaint: Complaint, value: str) -> None:
    found = complaint(project(model(f"x, CASE id WHEN 3 THEN '{value}'::DOUBLE ELSE y END AS y")).run)
    assert "'y' is not a finite number in 1 row of 200: row 4" in found.message
    assert str(found.span) == "project.sql:1:1"
    assert "WHERE" in (found.hint or "")
