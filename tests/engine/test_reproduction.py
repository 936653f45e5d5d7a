"""Training a version again: the same graph, byte for byte, whatever the tables hold by now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UnknownName, UserError
from penstock.engine.reproduction import reproduce

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
TABLE = "CREATE TABLE t OPTIONS (time_column = 'day') AS SELECT * FROM 'in/*.csv';\n"


def rows(month: int, more: float = 0) -> str:
    lines = [
        f"{n},{n * 7 % 23},{'SBJ'[n % 3]},{2 * (n * 7 % 23) + n % 3 + more},2026-{month:02}-{n // 10 + 1:02}"
        for n in range(200)
    ]
    return "\n".join(["id,x,city,y,day", *lines, ""])


def model(model_type: str, options: str = "", select: str = "x, city, y", transform: str = "") -> str:
    return (
        f"CREATE MODEL m {transform} OPTIONS (model_type = '{model_type}', input_label_cols = ['y']"
        f"{options}) AS SELECT {select} FROM t;\n"
    )


CASES = {
    "linear": model("linear_reg"),
    "boosted trees": model("boosted_tree_regressor", ", max_iterations = 10, subsample = 0.7"),
    "forest": model("random_forest_regressor", ", num_parallel_tree = 8"),
    "classes": model("boosted_tree_classifier", ", max_iterations = 5", "x, y, city AS label").replace(
        "['y']", "['label']"
    ),
    "transform": model("linear_reg", "", "x, city, y", "TRANSFORM (ML.QUANTILE_BUCKETIZE(x, 4) OVER () AS q, city, y)"),
    "newest rows held out": model("linear_reg", "", "x, city, y, day")
    + "CREATE GOAL g ON MODEL m OPTIONS (time_column = 'day', window = '5 days') ACCEPT WHEN r2_score > 0;",
    "a search with time enough": model(
        "automl_classifier", ", max_candidates = 1, derived_features = FALSE", "x, y, hash(id) % 2 AS label"
    ).replace("['y']", "['label']"),
    "another model's predictions": model("linear_reg").replace("m  OPT", "base OPT")
    + model("linear_reg", "", "p.*").replace("FROM t", "FROM ML.PREDICT(MODEL base, (SELECT x, city, y FROM t)) AS p"),
    "through views": "CREATE VIEW v AS SELECT x, city, y FROM t;" + model("linear_reg").replace("FROM t", "FROM v"),
    "random split": model("linear_reg", ", data_split_method = 'RANDOM', data_split_eval_fraction = 0.3"),
}


@pytest.mark.parametrize("sql", CASES.values(), ids=CASES)
def test_a_version_comes_out_the_same_after_new_data_came(open_work: OpenWork, sql: str) -> None:
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + sql})
    work.run()
    assert reproduce(work.session, "m", None).same
    work.put("in/b.csv", rows(2, more=50))
    work.run()
    again = reproduce(work.session, "m", "1")
    assert again.same_graph
    assert again.same
    assert again.version.number == 1


def test_a_version_comes_out_the_same_after_its_table_was_built_anew(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + CASES["boosted trees"]})
    work.run()
    work.put("in/a.csv", rows(1, more=9))
    work.run("t", full_refresh=True)
    assert reproduce(work.session, "m", None).same


def test_each_of_several_versions_comes_out_as_it_was(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + CASES["boosted trees"]})
    work.run()
    work.put("in/b.csv", rows(2, more=50))
    work.run(forced="m")
    first, second = (reproduce(work.session, "m", number) for number in ("1", "champion"))
    assert first.same
    assert second.same
    assert (first.version.number, second.version.number) == (1, 2)
    assert first.metrics != second.metrics


def test_another_process_reproduces_it(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + CASES["boosted trees"]})
    work.run()
    work.session.close()
    other = open_work()
    assert reproduce(other.session, "m", None).same


def test_a_version_of_another_definition_is_not_trained_again(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + CASES["linear"]})
    work.run()
    work.put("p.sql", TABLE + CASES["linear"].replace("x, city, y", "x, y"))
    work.run()
    assert reproduce(work.session, "m", None).same
    with pytest.raises(UserError, match="Version 1 of m was made by another definition"):
        reproduce(work.session, "m", "1")


def test_an_unknown_version_is_said(open_work: OpenWork) -> None:
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + CASES["linear"]})
    work.run()
    with pytest.raises(UnknownName):
        reproduce(work.session, "m", "7")
    with pytest.raises(UnknownName, match="Did you mean 'm'"):
        reproduce(work.session, "mm", None)


def test_changed_options_are_those_of_the_version(open_work: OpenWork) -> None:
    """The version's own options train it again, not those that stand in the statement by now."""
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + CASES["boosted trees"]})
    work.run()
    work.put("p.sql", TABLE + CASES["boosted trees"].replace("= 10", "= 3"))
    work.run()
    assert reproduce(work.session, "m", "1").same
    assert reproduce(work.session, "m", "2").same


def test_a_warm_start_goes_on_from_the_same_version_again(open_work: OpenWork) -> None:
    cold = model("boosted_tree_regressor", ", max_iterations = 5")
    work = open_work({"in/a.csv": rows(1), "p.sql": TABLE + cold})
    work.run()
    work.put("p.sql", TABLE + cold.replace("max_iter", "warm_start = TRUE, max_iter"))
    work.run()
    work.run(forced="m")
    assert [reproduce(work.session, "m", number).same for number in ("1", "2", "3")] == [True, True, True]


def test_a_goal_that_came_or_went_since_changes_nothing(open_work: OpenWork) -> None:
    goal = "CREATE GOAL g ON MODEL m OPTIONS (time_column = 'day', window = '5 days') ACCEPT WHEN r2_score > 0;"
    sql = TABLE + model("linear_reg", "", "x, city, y, day")
    work = open_work({"in/a.csv": rows(1), "p.sql": sql})
    work.run()
    work.put("p.sql", sql + goal)
    work.run(forced="m")
    work.sql("DROP GOAL g")
    assert reproduce(work.session, "m", "1").same
    assert reproduce(work.session, "m", "2").same
