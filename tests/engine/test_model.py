"""Versions: trained, judged against the champion on the same rows, recorded with all that they were made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.history import list_history
from penstock.catalog.versions import aliases, get_version, list_versions
from penstock.core.errors import InvalidOption, UntrainableModel, UserError

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
# y is 2x + 1 and a little; `day` goes up with the rows.
ROWS = "id,x,y,day\n" + "".join(
    f"{n},{n * 7 % 23},{2 * (n * 7 % 23) + 1 + n % 3 / 10},2026-01-{n // 10 + 1:02}\n" for n in range(200)
)
TABLE = "CREATE TABLE t OPTIONS (time_column = 'day') AS SELECT * FROM 'in/*.csv';\n"


def model(options: str = "", select: str = "x, y", extra: str = "", transform: str = "") -> str:
    return (
        f"CREATE MODEL m {transform} OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']"
        f"{', ' + options if options else ''}) AS SELECT {select} FROM t;\n{extra}"
    )


def goal(predicate: str, options: str = "") -> str:
    return f"CREATE GOAL g ON MODEL m {options} ACCEPT WHEN {predicate};\n"


def project(open_work: OpenWork, sql: str, rows: str = ROWS) -> Work:
    return open_work({"in/a.csv": rows, "p.sql": TABLE + sql})


def shifted(by: float) -> str:
    """The same rows, a month later, y greater."""
    lines = [line.split(",") for line in ROWS.splitlines()[1:]]
    return "id,x,y,day\n" + "".join(
        f"{int(i) + 200},{x},{float(y) + by},{day.replace('2026-01', '2026-02')}\n" for i, x, y, day in lines
    )


def test_the_first_version_serves_when_no_goal_stands_at_the_gate(open_work: OpenWork) -> None:
    work = project(open_work, model())
    summary = work.run()["m"]
    assert summary.startswith("version 1, mean_absolute_error 0.0")
    assert summary.endswith("champion")
    assert aliases(work.session.catalog, "m") == {"champion": 1}


def test_a_version_is_recorded_with_all_that_it_was_made_of(open_work: OpenWork) -> None:
    work = project(open_work, model("l2_reg = 0.5, data_split_method = 'NO_SPLIT'"))
    work.run()
    version = get_version(work.session.catalog, "m")
    assert (version.number, version.status, version.seed) == (1, "accepted", 42)
    assert "it does not exist yet; no goal stands at the gate" in version.reason
    assert version.options["l2_reg"] == 0.5
    assert list(version.sources) == ["t"]
    assert {"lightgbm", "onnxruntime", "penstock", "duckdb"} <= set(version.packages)
    assert version.metrics["mean_absolute_error"] == pytest.approx(0.067, abs=0.01)
    assert set(work.session.storage.read(version.artifact)) >= {"model.onnx", "manifest.json", "profile.json"}
    assert version.definition == 'SELECT "x", "y" FROM "t"' or "x" in version.definition


@pytest.mark.parametrize(
    ("predicate", "accepted"),
    [
        ("mean_absolute_error < 1", True),
        ("mean_absolute_error < 0.0001", False),
        ("r2_score > 0.9 AND mean_absolute_error <= champion.mean_absolute_error", True),
        ("r2_score >= champion.r2_score - 0.01", True),
        ("candidate.r2_score > 0.5 AND champion.r2_score < 0.5", True),
        ("NULL", False),
    ],
)
def test_a_goal_decides_whether_the_first_version_serves(open_work: OpenWork, predicate: str, accepted: bool) -> None:
    work = project(open_work, model() + goal(predicate))
    assert work.run()["m"].endswith("champion" if accepted else "rejected")
    version = list_versions(work.session.catalog, "m")[0]
    assert version.status == ("accepted" if accepted else "rejected")
    assert f"goal g {'reached' if accepted else 'not reached'}" in version.reason
    assert ("= none yet)" in version.reason) == ("champion" in predicate)
    assert "inf" not in version.reason
    assert ("champion" in aliases(work.session.catalog, "m")) == accepted


def test_an_endpoint_waits_for_an_accepted_version(open_work: OpenWork) -> None:
    work = project(open_work, model() + goal("r2_score > 2") + "CREATE ENDPOINT e ON MODEL m;")
    with pytest.raises(UserError) as caught:
        work.run()
    (found,) = caught.value.diagnostics
    assert found.message == "Endpoint e cannot serve: no version of model m was accepted."
    assert "SHOW VERSIONS OF m" in (found.hint or "")
    assert (found.hint or "").endswith("penstock approve m")


def test_a_changed_definition_trains_another_version_and_the_better_one_serves(open_work: OpenWork) -> None:
    sql = model(extra=goal("mean_absolute_error < champion.mean_absolute_error"))
    work = project(open_work, sql)
    work.run()
    assert work.run() == {}
    work.put("p.sql", TABLE + sql.replace("input_label", "l2_reg = 1e9, input_label"))
    assert work.plan()["m"] == ("train", "its definition changed")
    assert work.run()["m"].endswith("rejected")
    assert aliases(work.session.catalog, "m") == {"candidate": 2, "champion": 1}


def test_the_champion_is_judged_on_the_candidates_rows(open_work: OpenWork) -> None:
    sql = model(extra=goal("mean_absolute_error <= champion.mean_absolute_error"))
    work = project(open_work, sql)
    work.run()
    # The world moves by ten: the champion's own number of its training day is far better than any today.
    (work.root / "in/a.csv").unlink()
    work.put("in/b.csv", shifted(10))
    work.run("t", full_refresh=True)
    assert work.run(forced="m")["m"].endswith("champion")
    (entry,) = [e for e in list_history(work.session.catalog, subject="model m") if "version 2" in e.message]
    assert entry.data["champion"]["mean_absolute_error"] == pytest.approx(10, abs=0.5)
    assert entry.data["metrics"]["mean_absolute_error"] < 1


def test_a_goal_with_a_time_column_judges_on_the_newest_rows(open_work: OpenWork) -> None:
    sql = model(select="x, y, day", extra=goal("r2_score > 0", "OPTIONS (time_column = 'day', window = '5 days')"))
    work = project(open_work, sql)
    work.run()
    version = get_version(work.session.catalog, "m")
    manifest = json.loads(work.session.storage.read(version.artifact)["manifest.json"])
    assert (manifest["train_rows"], manifest["held_out_rows"]) == (150, 50)
    assert "data_split_col" not in version.options


def test_a_goal_with_a_time_column_alone_judges_on_the_newest_fifth(open_work: OpenWork) -> None:
    sql = model(select="x, y, day", extra=goal("r2_score > 0", "OPTIONS (time_column = 'day')"))
    work = project(open_work, sql)
    work.run()
    manifest = json.loads(work.session.storage.read(get_version(work.session.catalog, "m").artifact)["manifest.json"])
    assert (manifest["train_rows"], manifest["held_out_rows"]) == (160, 40)


def test_a_goal_whose_time_column_is_not_selected_says_so(open_work: OpenWork) -> None:
    sql = model(extra=goal("r2_score > 0", "OPTIONS (time_column = 'day')"))
    with pytest.raises(UserError, match="'day'"):
        project(open_work, sql).run()


def test_new_data_trains_again_only_when_the_model_asks_for_it(open_work: OpenWork) -> None:
    work = project(open_work, model())
    work.run()
    work.put("in/b.csv", shifted(0))
    assert set(work.run()) == {"t"}
    work.put("p.sql", TABLE + model("retrain = 'on_new_data'"))
    work.run()
    work.put("in/c.csv", shifted(1).replace("2026-02", "2026-03"))
    assert work.plan()["m"] == ("train", "its sources changed")
    assert work.run()["m"].startswith("version ")


def test_a_model_goes_on_from_its_champion_when_it_is_to_start_warm(open_work: OpenWork) -> None:
    boosted = (
        "CREATE MODEL m OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['y'], max_iterations = 5,"
        " early_stop = FALSE, data_split_method = 'NO_SPLIT') AS SELECT x, y FROM t;"
    )
    work = project(open_work, boosted)
    work.run()
    work.put("p.sql", TABLE + boosted.replace("early_stop", "warm_start = TRUE, early_stop"))
    work.run()
    first, second = list_versions(work.session.catalog, "m")
    assert second.metrics["mean_absolute_error"] < first.metrics["mean_absolute_error"]
    runs = work.rows("SELECT DISTINCT training_run FROM ML.TRAINING_INFO(MODEL m) ORDER BY 1")
    assert runs == [(0,), (1,)]


def test_a_warm_start_without_a_version_says_so(open_work: OpenWork) -> None:
    sql = (
        "CREATE MODEL m OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['y'], warm_start = TRUE)"
        " AS SELECT x, y FROM t;"
    )
    with pytest.raises(UserError, match="no earlier version to go on from"):
        project(open_work, sql).run()


def test_transform_travels_with_the_model(open_work: OpenWork) -> None:
    transform = "TRANSFORM (ML.STANDARD_SCALER(x) OVER () AS scaled, x * x AS square, y)"
    work = project(open_work, model(transform=transform))
    work.run()
    info = work.rows("SELECT input FROM ML.FEATURE_INFO(MODEL m)")
    assert info == [("x",)]
    plain = work.rows("SELECT round(predicted_y, 1) FROM ML.PREDICT(MODEL m, (SELECT 10 AS x))")
    assert plain[0][0] == pytest.approx(21.1, abs=0.2)


def test_a_training_that_was_not_possible_leaves_the_champion_and_no_version(open_work: OpenWork) -> None:
    work = project(open_work, model())
    work.run()
    work.put("p.sql", TABLE + model(select="x, y", extra="").replace("FROM t;", "FROM t WHERE x < 0;"))
    with pytest.raises(UserError, match="gives no rows"):
        work.run()
    assert aliases(work.session.catalog, "m") == {"champion": 1}
    assert len(work.session.storage.list()) == 1


def test_the_same_seed_gives_the_same_artifact_and_another_seed_another(open_work: OpenWork) -> None:
    forest = (
        "CREATE MODEL m OPTIONS (model_type = 'random_forest_regressor', input_label_cols = ['y'],"
        " num_parallel_tree = 5, data_split_method = 'NO_SPLIT', seed = {}) AS SELECT id, x, y FROM t;"
    )
    work = project(open_work, forest.format(1))
    hashes = []
    for seed in (1, 1, 2):
        work.put("p.sql", TABLE + forest.format(seed))
        work.run(forced="m")
        version = list_versions(work.session.catalog, "m")[-1]
        hashes.append(work.session.storage.read(version.artifact)["model.onnx"])
        assert version.seed == seed
    assert hashes[0] == hashes[1] != hashes[2]


def test_progress_is_told_with_the_time_that_remains(open_work: OpenWork) -> None:
    from penstock.core.events import StepProgressed

    boosted = model("max_iterations = 20, early_stop = FALSE").replace("linear_reg", "boosted_tree_regressor")
    work = project(open_work, boosted)
    work.run()
    told = [event for event in work.heard if isinstance(event, StepProgressed)]
    assert told
    assert told[-1].done <= told[-1].total == 20
    assert all(event.remaining_seconds is None or event.remaining_seconds >= 0 for event in told)


def test_too_few_new_rows_do_not_train_again(open_work: OpenWork) -> None:
    from penstock.engine.trigger import retrain

    work = project(open_work, model())
    work.run()
    work.put("in/b.csv", "\n".join(shifted(0).splitlines()[:11]) + "\n")
    result = retrain(work.session, work.graph(), "m", "a test", min_rows=50)
    (problem,) = result.problems
    assert isinstance(problem, UntrainableModel)
    assert "10 new rows, and min_rows asks for 50" in str(problem)
    assert retrain(work.session, work.graph(), "m", "a test", min_rows=10).ok


def test_a_feature_of_another_kind_is_no_reason_to_compare(open_work: OpenWork) -> None:
    """A champion that cannot read the candidate's columns is no rival: the goal's own words decide."""
    work = project(open_work, model(extra=goal("mean_absolute_error <= champion.mean_absolute_error")))
    work.run()
    work.put(
        "p.sql",
        TABLE + model(select="id % 2 AS z, y", extra=goal("mean_absolute_error <= champion.mean_absolute_error")),
    )
    assert work.run()["m"].startswith("version 2")


def test_an_option_with_a_wrong_value_is_found_before_anything_is_built(open_work: OpenWork) -> None:
    work = project(open_work, model("l2_reg = -1"))
    with pytest.raises(UserError) as caught:
        work.run()
    (found,) = caught.value.diagnostics
    assert "l2_reg" in found.message
    assert found.code == InvalidOption.code
    assert work.rows("SHOW TABLES") == []


def test_a_feature_of_another_type_makes_a_new_champion_that_is_not_compared(open_work: OpenWork) -> None:
    work = project(open_work, "SELECT 1")
    work.sql("CREATE TABLE typed AS SELECT range AS x, CAST(range AS VARCHAR) AS word, 2 * range AS y FROM range(60)")
    create = """CREATE OR REPLACE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS
      SELECT {column} AS f, y FROM typed"""
    work.sql(create.replace("{column}", "x"))
    assert "champion" in work.sql(create.replace("{column}", "word")).message
