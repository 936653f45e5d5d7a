"""A tuned model in a project: asked trial by trial, exported, served, taken up again after it was broken off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import InvalidOption
from penstock.engine.trial import StoredTrials

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
TABLE = """
CREATE TABLE shop.t AS SELECT range AS n, range * 7 % 23 AS x, range % 5 AS y, ['시장', '역'][range % 2 + 1] AS 자리,
    2.0 * (range * 7 % 23) + range % 3 AS price, range * 7 % 23 > 11 AS dear FROM range(600);
"""
PRICES = """
CREATE MODEL shop.prices OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['price'], num_trials = 3,
    max_iterations = 5, max_tree_depth = HPARAM_RANGE(1, 4), hparam_tuning_objectives = ['MEAN_ABSOLUTE_ERROR'])
AS SELECT x, y, 자리, price FROM shop.t;
"""
OTHERS = """
CREATE MODEL shop.dear OPTIONS (model_type = 'logistic_reg', input_label_cols = ['dear'], num_trials = 2,
    l2_reg = HPARAM_CANDIDATES([0, 1.5])) AS SELECT y, x, 자리, dear FROM shop.t;
CREATE MODEL shop.groups OPTIONS (model_type = 'kmeans', num_trials = 2, num_clusters = HPARAM_CANDIDATES([2, 3]))
AS SELECT x, y FROM shop.t;
CREATE MODEL shop.plain OPTIONS (model_type = 'linear_reg', input_label_cols = ['price'])
AS SELECT x, price FROM shop.t;
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"all.sql": TABLE + PRICES + OTHERS})
    opened.run()
    return opened


def names(work: Work, text: str) -> list[str]:
    return [str(name) for name in work.sql(text, "bigquery").table().column_names]


def best(work: Work, model: str) -> int:
    ((number,),) = work.rows(f"SELECT min(trial_id) FROM ML.TRIAL_INFO(MODEL {model}) WHERE is_optimal")
    return int(str(number))


def test_trial_info_has_bigquerys_columns_a_row_a_trial(work: Work) -> None:
    shown = work.sql("SELECT * FROM ML.TRIAL_INFO(MODEL `p.shop.prices`) ORDER BY trial_id", "bigquery").table()
    assert shown.column_names == [
        "trial_id",
        "hyperparameters",
        "hparam_tuning_evaluation_metrics",
        "training_loss",
        "eval_loss",
        "status",
        "error_message",
        "is_optimal",
    ]
    assert shown["trial_id"].to_pylist() == [1, 2, 3]
    assert [list(tried) for tried in shown["hyperparameters"].to_pylist()] == [["max_tree_depth"]] * 3
    assert list(shown["hparam_tuning_evaluation_metrics"].to_pylist()[0]) == ["mean_absolute_error"]
    assert shown["status"].to_pylist() == ["SUCCEEDED"] * 3
    text = "SELECT hyperparameters.max_tree_depth AS d FROM ML.TRIAL_INFO(MODEL shop.prices) WHERE trial_id = 1"
    assert work.rows(text, "bigquery") == [(4,)]


def test_of_a_tuned_model_trial_id_comes_first_and_says_who_answered(work: Work) -> None:
    optimal = best(work, "shop.prices")
    other = next(number for number in (1, 2, 3) if number != optimal)
    for text in ("ML.PREDICT(MODEL shop.prices, TABLE shop.t{})", "ML.EVALUATE(MODEL shop.prices, TABLE shop.t{})"):
        assert names(work, f"SELECT * FROM {text.format('')} LIMIT 1")[0] == "trial_id"
        assert work.rows(f"SELECT DISTINCT trial_id FROM {text.format('')}", "bigquery") == [(optimal,)]
        asked = text.format(f", STRUCT({other} AS trial_id)")
        assert work.rows(f"SELECT DISTINCT trial_id FROM {asked}", "bigquery") == [(other,)]
    ours, theirs = (
        work.rows(
            f"SELECT sum(predicted_price) FROM ML.PREDICT(MODEL shop.prices, TABLE shop.t, STRUCT({n} AS trial_id))"
        )
        for n in (optimal, other)
    )
    assert ours != theirs


def test_without_data_every_trial_answers(work: Work) -> None:
    for call, trials in (
        ("ML.EVALUATE(MODEL shop.prices)", 3),
        ("ML.WEIGHTS(MODEL shop.dear)", 2),
        ("ML.CENTROIDS(MODEL shop.groups)", 2),
    ):
        found = work.rows(f"SELECT DISTINCT trial_id FROM {call} ORDER BY trial_id")
        assert found == [(number,) for number in range(1, trials + 1)]
        assert names(work, f"SELECT * FROM {call}")[0] == "trial_id"


def test_evaluate_without_data_names_what_each_trial_measured(work: Work) -> None:
    ((metrics,),) = work.rows(
        f"SELECT mean_absolute_error FROM ML.EVALUATE(MODEL shop.prices) WHERE trial_id = {best(work, 'shop.prices')}"
    )
    shown = dict(work.rows("SELECT name, value FROM SHOW_METRICS".replace("SHOW_METRICS", METRICS)))
    assert shown["mean_absolute_error"] == metrics
    assert len(work.rows("FROM ML.EVALUATE(MODEL shop.prices, STRUCT(2 AS trial_id))")) == 1


METRICS = "(SELECT unnest(metrics, recursive := true) FROM information_schema.models WHERE model_name = 'prices')"


def test_functions_of_one_trial_without_data_answer_of_the_optimal_one(work: Work) -> None:
    optimal = best(work, "shop.dear")
    for call in ("ML.CONFUSION_MATRIX(MODEL shop.dear)", "ML.ROC_CURVE(MODEL shop.dear)"):
        assert work.rows(f"SELECT DISTINCT trial_id FROM {call}") == [(optimal,)]
    assert "trial_id" not in names(work, "SELECT * FROM ML.FEATURE_INFO(MODEL shop.dear)")
    assert "trial_id" not in names(work, "SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL shop.prices)")


MISTAKES = (
    ("SELECT * FROM ML.TRAINING_INFO(MODEL shop.prices)", "best of several trials"),
    ("SELECT * FROM ML.TRIAL_INFO(MODEL shop.plain)", "works on models that num_trials tuned"),
    ("SELECT * FROM ML.PREDICT(MODEL shop.plain, TABLE shop.t, STRUCT(1 AS trial_id))", "has no trials"),
    ("SELECT * FROM ML.PREDICT(MODEL shop.prices, TABLE shop.t, STRUCT(4 AS trial_id))", "the trials 1 to 3"),
    ("SELECT * FROM ML.PREDICT(MODEL shop.prices, TABLE shop.t, STRUCT(0 AS trial_id))", "at least 1"),
    ("EXPORT MODEL shop.plain OPTIONS (uri = 'out', trial_id = 1)", "has no trials"),
    ("EXPORT MODEL shop.prices OPTIONS (uri = 'out', trial_id = 9)", "the trials 1 to 3"),
)


def test_what_trials_cannot_answer_is_told(work: Work) -> None:
    for text, message in MISTAKES:
        with pytest.raises(InvalidOption, match=message):
            work.rows(text, "bigquery")


def test_data_with_a_trial_id_of_its_own_is_told(work: Work) -> None:
    with pytest.raises(Exception, match="has a column 'trial_id'"):
        work.rows("SELECT * FROM ML.PREDICT(MODEL shop.prices, (SELECT *, 1 AS trial_id FROM shop.t))")


def test_a_trial_is_exported_by_its_number(work: Work) -> None:
    optimal = best(work, "shop.prices")
    other = next(number for number in (1, 2, 3) if number != optimal)
    graphs = []
    for folder, option in (("a", ""), ("b", f", trial_id = {optimal}"), ("c", f", trial_id = {other}")):
        work.sql(f"EXPORT MODEL shop.prices OPTIONS (uri = '{folder}'{option})")
        graphs.append((work.root / folder / "model.onnx").read_bytes())
        options = json.loads((work.root / folder / "manifest.json").read_text())["options"]
        assert "max_tree_depth" in options
    assert graphs[0] == graphs[1] != graphs[2]


def test_describe_lists_the_trials(work: Work) -> None:
    facts = [row for row in work.rows("DESCRIBE MODEL shop.prices") if row[0] == "trial"]
    assert len(facts) == 3
    assert sum("(the model)" in str(row[1]) for row in facts) == 1
    assert all("max_tree_depth" in str(row[2]) and "mean_absolute_error" in str(row[2]) for row in facts)


def test_finished_trials_are_kept_until_the_version_stands(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    assert work.session.storage.list("trials/") == []
    keep = StoredTrials.keep
    kept = []

    def killed_after_two(self: StoredTrials, key: str, number: int, files: dict[str, bytes]) -> None:
        keep(self, key, number, files)
        kept.append(number)
        if number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(StoredTrials, "keep", killed_after_two)
    text = PRICES.replace("CREATE MODEL", "CREATE OR REPLACE MODEL").replace("(1, 4)", "(1, 3)")
    with pytest.raises(KeyboardInterrupt):
        work.sql(text)
    assert len(work.session.storage.list("trials/shop.prices/")) == 2
    monkeypatch.setattr(StoredTrials, "keep", lambda self, key, number, files: kept.append(number))
    work.sql(text)
    assert kept == [1, 2, 3]
    assert work.session.storage.list("trials/") == []
    assert len(work.rows("FROM ML.TRIAL_INFO(MODEL shop.prices)")) == 3


def test_a_dropped_model_leaves_no_trials(work: Work) -> None:
    StoredTrials(work.session.storage, "shop.plain").keep("key", 1, {"trial.json": b"{}"})
    work.sql("DROP MODEL shop.plain")
    assert work.session.storage.list("trials/") == []


def test_a_tuned_version_is_reproduced(work: Work) -> None:
    from penstock.engine.reproduction import reproduce

    assert reproduce(work.session, "shop.prices", "1").same


def test_with_a_goal_of_time_the_newest_rows_judge_and_others_choose(open_work: OpenWork) -> None:
    goal = "CREATE GOAL g ON MODEL shop.prices OPTIONS (time_column = 'n') ACCEPT WHEN r2_score > 0.5;"
    work = open_work({"all.sql": TABLE + PRICES.replace("SELECT x,", "SELECT n, x,") + goal})
    assert "champion" in work.run()["shop.prices"]
    listed = "SELECT train_rows, held_out_rows FROM information_schema.models"
    ((trained, held_out),) = work.rows(listed)
    # The newest fifth judges, and a tenth of the other 480 rows chooses.
    assert (trained, held_out) == (480 - 48, 120 + 48)
    shown = work.rows("SELECT max(trial_id), count(*) FROM ML.TRIAL_INFO(MODEL shop.prices)")
    assert shown == [(3, 3)]
