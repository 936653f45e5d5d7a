"""Experiments over a real lake, a real log and real versions, in virtual time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from penstock.catalog.history import list_history
from penstock.catalog.objects import get_object
from penstock.core.clock import VirtualClock
from penstock.core.errors import UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.run import raise_problems, run_plan
from penstock.engine.session import open_session
from penstock.engine.statement import execute, last
from penstock.engine.workspace import checked_workspace, plan_of
from penstock.lake.own_table import make_own_table

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
MODELS = """
CREATE TABLE t AS SELECT range AS x, CASE WHEN range % 3 = 0 THEN 'phone' ELSE '노트북' END AS device,
    CAST(range % 7 AS DOUBLE) AS past, 'u' || range AS user_id, CASE WHEN range > 25 THEN 'yes' ELSE 'no' END AS y
FROM range(50);
CREATE MODEL m OPTIONS (model_type = 'logistic_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT * FROM t;
CREATE ENDPOINT e ON MODEL m;
"""
SPLIT = "ALTER ENDPOINT e SET TRAFFIC (champion = 50, 1 = 50)"
BY_ACCURACY = "CREATE EXPERIMENT x ON ENDPOINT e OPTIONS (metric = 'accuracy', min_effect = 0.05{more});"
# Who asks for the n-th time, and who answers: version 2 every other time.
ANSWERS = """
INSERT INTO penstock.predictions BY NAME
SELECT 'E' AS endpoint, 'r' || n AS request_id, 'p' || n AS prediction_id, 'm' AS model,
    CAST($start AS TIMESTAMPTZ) + n * INTERVAL 1 MINUTE AS "at",
    CASE WHEN hash(n, 7) % 100 < $share THEN 2 ELSE 1 END AS version,
    CASE WHEN hash(n, 7) % 100 < $share THEN 'champion' ELSE '1' END AS variant,
    json_object('x', n, 'device', CASE WHEN n % 3 = 0 THEN 'phone' ELSE '노트북' END, 'past', n % 7,
        'user_id', 'u' || (n // $visits)) AS inputs,
    json_object('prediction', 'yes', 'probabilities', json_object('no', 0.2, 'yes', 0.8)) AS outputs
FROM range($first, $first + $count) AS r (n)
"""
# Version 1 is right so many times in a hundred, version 2 so many.
LABELS = """
INSERT INTO penstock.labels BY NAME
SELECT endpoint, prediction_id, "at" + INTERVAL 1 SECOND AS "at",
    CASE WHEN hash(prediction_id, 1) % 100 < CASE version WHEN 2 THEN $second ELSE $first END
        THEN '"yes"' ELSE '"no"' END AS actual
FROM penstock.predictions
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose endpoint splits its traffic between versions 1 and 2 of its model, of which 2 is the champion."""
    root = tmp_path_factory.mktemp("trained") / "project"
    root.mkdir()
    (root / "penstock.toml").write_text("[compute]\nthreads = 1\n", encoding="utf-8")
    (root / "p.sql").write_text(MODELS, encoding="utf-8")
    with open_session(root, clock=VirtualClock(NOW)) as session:
        workspace = checked_workspace(session)
        raise_problems(run_plan(session, workspace.graph, plan_of(session, workspace, []), cause="a test"))
        model = next(part for part in MODELS.split(";") if "CREATE MODEL" in part)
        for text in (model.replace("CREATE", "CREATE OR REPLACE"), SPLIT):
            last(execute(session, text))
        for table in ("penstock.predictions", "penstock.labels"):
            make_own_table(session.connection, table)
    return root


@pytest.fixture
def work(open_work: OpenWork, trained: Path, tmp_path: Path) -> Work:
    shutil.copytree(trained, tmp_path / "project")
    return open_work()


def answer(work: Work, count: int, *, first: int = 1, share: int = 50, visits: int = 1) -> None:
    """Log so many answers, one a minute from now on, and move the clock behind them."""
    values = {"start": work.clock.now(), "share": share, "visits": visits, "first": first, "count": count}
    work.session.connection.execute(ANSWERS.replace("+ n *", "+ (n - $first + 1) *"), values)
    work.clock.advance(timedelta(minutes=count + 1))


def label(work: Work, one: int, two: int) -> None:
    work.session.connection.execute(LABELS, {"first": one, "second": two})


def create(work: Work, more: str = "") -> str:
    return work.sql(BY_ACCURACY.format(more=more)).message


def shown(work: Work, part: str) -> list[dict[str, Any]]:
    return [row for row in work.sql("SHOW EXPERIMENT x").table().to_pylist() if row["part"] == part]


def verdict(work: Work) -> str:
    (row,) = shown(work, "verdict")
    return str(row["verdict"])


def test_the_better_version_is_found_and_its_rows_are_told(work: Work) -> None:
    assert create(work) == "experiment x: begins"
    answer(work, 2000)
    label(work, 60, 80)
    control, other = shown(work, "metric")
    assert (control["variant"], control["version"], control["effect"]) == ("champion", 2, None)
    assert (other["variant"], other["version"]) == ("1", 1)
    assert control["rows"] + other["rows"] == 2000
    counts = work.rows(
        "SELECT version, avg(CAST(actual = '\"yes\"' AS INT)) FROM penstock.predictions JOIN penstock.labels "
        "USING (prediction_id) GROUP BY 1 ORDER BY 1 DESC"
    )
    assert [control["value"], other["value"]] == pytest.approx([share for _, share in counts])
    assert other["effect"] == pytest.approx(other["value"] - control["value"])
    assert other["low"] < other["effect"] < other["high"] < 0
    assert verdict(work).startswith("champion better: 1, a gain of -0.")
    assert [row["verdict"] for row in shown(work, "sample ratio")] == ["as told"]


def test_where_less_is_better_a_gain_is_turned(work: Work) -> None:
    work.sql("CREATE EXPERIMENT x ON ENDPOINT e OPTIONS (metric = 'log_loss', min_effect = 0.1)")
    answer(work, 1000)
    label(work, 90, 40)
    control, other = shown(work, "metric")
    # −ln 0.8 where yes was right, −ln 0.2 where it was not.
    assert control["value"] == pytest.approx(0.2231 * 0.4 + 1.6094 * 0.6, abs=0.1)
    assert other["effect"] < 0
    assert verdict(work).startswith("1 better: a gain of +")


def test_before_outcomes_come_nothing_is_said(work: Work) -> None:
    create(work)
    assert verdict(work) == "undecided (too little is known of 1)"
    answer(work, 500)
    assert verdict(work) == "undecided (too little is known of 1)"
    assert shown(work, "metric")[0]["value"] is None


def test_until_traffic_is_split_it_waits(work: Work) -> None:
    work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 100)")
    create(work)
    assert verdict(work).startswith("waits until traffic is split")
    work.clock.advance(timedelta(hours=1))
    work.sql(SPLIT.replace(" e ", " E "))
    answer(work, 600)
    label(work, 60, 60)
    assert [row["variant"] for row in shown(work, "metric")] == ["champion", "1"]


def test_what_was_answered_before_or_on_demand_or_unseen_does_not_count(work: Work) -> None:
    answer(work, 200)
    create(work)
    answer(work, 400, first=1000)
    run = work.session.connection.execute
    run("UPDATE penstock.predictions SET forced = true WHERE prediction_id = 'p1001'")
    run("UPDATE penstock.predictions SET variant = 'shadow' WHERE prediction_id = 'p1002'")
    label(work, 60, 60)
    assert sum(row["rows"] for row in shown(work, "metric")) == 398


def test_shares_that_were_not_kept_make_it_invalid(work: Work) -> None:
    create(work)
    answer(work, 1500, share=60)
    label(work, 60, 90)
    assert verdict(work).startswith("invalid (sample ratio)")


def test_traffic_that_moves_is_no_lost_share_and_no_effect(work: Work) -> None:
    create(work)
    work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 90, 1 = 10)")
    answer(work, 1500, share=90)
    label(work, 20, 20)
    work.clock.advance(timedelta(days=1))
    work.session.connection.execute("UPDATE penstock.labels SET actual = '\"no\"' WHERE hash(prediction_id, 3) % 2 = 0")
    work.sql("ALTER ENDPOINT e SET TRAFFIC (champion = 10, 1 = 90)")
    answer(work, 1500, first=5000, share=10)
    work.session.connection.execute(
        LABELS + " WHERE version IN (1, 2) AND request_id >= 'r5000' AND length(request_id) = 5",
        {"first": 90, "second": 90},
    )
    _, other = shown(work, "metric")
    assert abs(other["value"] - shown(work, "metric")[0]["value"]) > 0.3, "All answers together differ by their time."
    assert abs(other["effect"]) < 0.1
    assert [row["verdict"] for row in shown(work, "sample ratio")] == ["as told"]


def test_predictions_of_one_customer_are_one_unit(work: Work) -> None:
    create(work, ", unit = 'user_id'")
    answer(work, 1000, visits=10)
    label(work, 60, 60)
    (facts,) = [
        row for row in work.sql("DESCRIBE EXPERIMENT x").table().to_pylist() if row["property"] == "units needed"
    ]
    # Each of the 101 customers met both versions, but for the last, who came once.
    assert facts["value"].endswith("there are 201")


def test_segments_are_told_with_wider_intervals(work: Work) -> None:
    create(work, ", segments = ['device']")
    answer(work, 3000)
    label(work, 60, 80)
    found = shown(work, "segment")
    assert [row["measure"] for row in found] == ["device = 노트북"] * 2 + ["device = phone"] * 2
    assert sum(row["rows"] for row in found) == 3000
    whole = shown(work, "metric")[1]
    assert found[1]["high"] - found[1]["low"] > whole["high"] - whole["low"]


def test_a_covariate_makes_the_interval_narrower(work: Work) -> None:
    metric = "metric = 'inputs.past + CAST(prediction = actual AS INT)', min_effect = 0.2"
    work.sql(f"CREATE EXPERIMENT x ON ENDPOINT e OPTIONS ({metric})")
    answer(work, 800)
    label(work, 50, 50)
    plain = shown(work, "metric")[1]
    work.sql("DROP EXPERIMENT x")
    at = work.rows('SELECT min("at") - INTERVAL 1 SECOND FROM penstock.predictions')[0][0]
    work.sql(f"CREATE EXPERIMENT x ON ENDPOINT e OPTIONS ({metric}, covariate = 'past')")
    _begun_at(work, at)
    adjusted = shown(work, "metric")[1]
    assert (adjusted["high"] - adjusted["low"]) < 0.5 * (plain["high"] - plain["low"])
    work.sql("CREATE TABLE customers AS SELECT 'u' || range AS user_id, range % 7 AS past FROM range(2000)")
    work.sql(
        f"CREATE OR REPLACE EXPERIMENT x ON ENDPOINT e OPTIONS ({metric}, unit = 'user_id', "
        "covariate = 'customers.past')"
    )
    _begun_at(work, at)
    by_table = shown(work, "metric")[1]
    assert by_table["high"] - by_table["low"] == pytest.approx(adjusted["high"] - adjusted["low"], rel=1e-6)


def _begun_at(work: Work, at: Any) -> None:
    """Let the experiment have begun earlier, so that it looks at what is there."""
    from penstock.catalog.objects import update_state

    name = ResourceName(Kind.EXPERIMENT, "x")
    update_state(work.session.catalog, name, lambda old: {**old, "since": at.isoformat()}, work.clock.now())


def test_business_outcomes_are_joined_by_prediction_or_by_customer(work: Work) -> None:
    work.sql(
        "CREATE TABLE orders AS SELECT 'p' || range AS prediction_id, 10.0 AS amount, 'u' || range AS user_id "
        "FROM range(1, 801) WHERE range % 4 = 0"
    )
    work.sql(
        "CREATE EXPERIMENT x ON ENDPOINT e OPTIONS (metric = 'conversion', min_effect = 0.1, "
        "outcome_table = 'orders', guardrails = [('amount', 1)])"
    )
    answer(work, 800)
    control, other = shown(work, "metric")
    share = (control["value"] * control["rows"] + other["value"] * other["rows"]) / 800
    assert share == pytest.approx(0.25)
    amounts = [row["value"] for row in shown(work, "guardrail")]
    assert amounts == pytest.approx([10 * control["value"], 10 * other["value"]])
    work.sql("CREATE TABLE sales AS SELECT user_id, amount FROM orders UNION ALL SELECT user_id, 5.0 FROM orders")
    at = work.rows('SELECT min("at") - INTERVAL 1 SECOND FROM penstock.predictions')[0][0]
    work.sql(
        "CREATE OR REPLACE EXPERIMENT x ON ENDPOINT e OPTIONS (metric = 'amount', min_effect = 1, "
        "outcome_table = 'sales', unit = 'user_id')"
    )
    _begun_at(work, at)
    assert [row["value"] for row in shown(work, "metric")] == pytest.approx(
        [15 * control["value"], 15 * other["value"]]
    )


def test_what_is_missing_unknown_or_no_number_is_left_out(work: Work) -> None:
    create(work, ", segments = ['device'], guardrails = ['log_loss', '1 / (inputs.past - 1)']")
    answer(work, 700)
    label(work, 60, 60)
    run = work.session.connection.execute
    run("UPDATE penstock.predictions SET inputs = json_object('past', NULL, 'x', 1) WHERE prediction_id < 'p2'")
    run("UPDATE penstock.labels SET actual = 'null' WHERE prediction_id LIKE 'p3%'")
    run("UPDATE penstock.labels SET actual = '\"아마\"' WHERE prediction_id LIKE 'p4%'")
    bare = sum(row["rows"] for row in shown(work, "segment") if row["measure"] == "device is NULL")
    assert bare == work.rows("SELECT count(*) FROM penstock.predictions WHERE prediction_id < 'p2'")[0][0]
    without = sum(row["rows"] for row in shown(work, "metric"))
    assert without == work.rows("SELECT count(*) FROM penstock.labels WHERE prediction_id NOT LIKE 'p3%'")[0][0]
    loss, inverse = shown(work, "guardrail")[::2]
    assert loss["value"] > 5, "A class that the model does not know was given no chance."
    assert 0 < inverse["rows"] < 700, "One in seven would be divided by zero."
    assert 0 < inverse["value"] < 1


def test_an_expression_may_be_bigquerys(work: Work) -> None:
    statement = BY_ACCURACY.format(more="").replace("'accuracy'", '"IF(prediction = actual, 1, SAFE_DIVIDE(0, 0))"')
    work.sql(statement, dialect="bigquery")
    answer(work, 600)
    label(work, 60, 60)
    found = shown(work, "metric")
    assert [row["value"] for row in found] == [1.0, 1.0]
    assert 200 < sum(row["rows"] for row in found) < 500


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("metric = 'mean_absolute_error', min_effect = 1", "is not a metric of a classification model"),
        ("metric = 'accuracy', min_effect = 1, unit = 'user'", "There is no input 'user'"),
        ("metric = 'accuracy', min_effect = 1, segments = ['devise']", "There is no input 'devise'"),
        ("metric = 'inputs.y', min_effect = 1", "There is no input 'y'"),
        ("metric = 'amount', min_effect = 1, outcome_table = 'ordres'", "ordres"),
        ("metric = 'amount', min_effect = 1, outcome_table = 't'", "Table t has no prediction_id"),
        ("metric = 'amount', min_effect = 1, outcome_table = 't', unit = 'user_id'", "amount"),
    ],
)
def test_what_cannot_be_measured_is_said_at_once(work: Work, options: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        work.sql(f"CREATE EXPERIMENT x ON ENDPOINT e OPTIONS ({options})")
    assert get_object(work.session.catalog, ResourceName(Kind.EXPERIMENT, "x")) is None


def test_the_loop_ends_it_with_its_verdict_and_the_history_tells(work: Work) -> None:
    create(work)
    answer(work, 2000)
    label(work, 60, 80)
    work.turn()
    ended = verdict(work)
    assert ended.startswith("champion better")
    (entry,) = list_history(work.session.catalog, subject="experiment x")
    assert (entry.kind, entry.message) == ("ended", ended)
    answer(work, 2000, first=5000)
    work.session.connection.execute(LABELS + " WHERE length(prediction_id) = 5", {"first": 100, "second": 0})
    work.turn()
    assert verdict(work) == ended
    assert sum(row["rows"] for row in shown(work, "metric")) == 2000
    (row,) = work.sql("SHOW EXPERIMENTS").table().to_pylist()
    assert (row["name"], row["verdict"], row["rows"]) == ("x", ended, 2000)


def test_it_ends_undecided_after_its_days(work: Work) -> None:
    create(work, ", max_days = 1")
    answer(work, 300)
    label(work, 60, 62)
    work.turn()
    assert "more at this rate" in verdict(work)
    work.clock.advance(timedelta(days=1))
    work.turn()
    assert verdict(work) == "undecided at its end"
    assert [entry.kind for entry in list_history(work.session.catalog, subject="experiment x")] == ["ended"]


def test_it_looks_no_more_often_than_it_was_told(work: Work) -> None:
    create(work, ", every = '2 hours'")
    work.turn()
    looked = get_object(work.session.catalog, ResourceName(Kind.EXPERIMENT, "x"))
    assert looked is not None
    work.clock.advance(timedelta(hours=1))
    work.turn()
    again = get_object(work.session.catalog, ResourceName(Kind.EXPERIMENT, "x"))
    assert again is not None
    assert again.state["looked_at"] == looked.state["looked_at"]


def test_a_bandit_moves_the_traffic_by_steps_and_keeps_the_floor(work: Work) -> None:
    create(work, ", mode = 'bandit', floor = 2, step = 20")
    shares = []
    for turn in range(4):
        state = get_object(work.session.catalog, ResourceName(Kind.ENDPOINT, "e"))
        assert state is not None
        shares.append(state.state["traffic"]["1"])
        answer(work, 600, first=1 + 1000 * turn, share=round(100 - shares[-1]))
        work.session.connection.execute("DELETE FROM penstock.labels")
        label(work, 90, 40)
        work.turn()
    assert shares == [50, 70, 90, 98]
    moves = list_history(work.session.catalog, subject="endpoint e")
    assert moves[-1].message.startswith("traffic moved by experiment x: champion 10 → 2 % (best with 0 %)")
    assert moves[-1].data["traffic"] == {"champion": 2.0, "1": 98.0}
    assert [row["verdict"] for row in shown(work, "sample ratio")] == ["as told"]
    assert verdict(work).startswith("1 better")
    assert shown(work, "needed") == []


def test_a_run_goes_on_with_the_same_experiment_and_begins_another(work: Work) -> None:
    work.put("x.sql", BY_ACCURACY.format(more=""))
    assert work.run() == {"x": "begins"}
    work.clock.advance(timedelta(days=1))
    assert work.run() == {}
    assert work.sql(
        "CREATE OR REPLACE EXPERIMENT x ON ENDPOINT e OPTIONS (metric = 'accuracy', min_effect = 0.05)"
    ).message
    since = get_object(work.session.catalog, ResourceName(Kind.EXPERIMENT, "x"))
    work.put("x.sql", BY_ACCURACY.format(more=", max_days = 3"))
    assert work.run() == {"x": "begins"}
    changed = get_object(work.session.catalog, ResourceName(Kind.EXPERIMENT, "x"))
    assert since is not None
    assert changed is not None
    assert changed.state["since"] > since.state["since"]


def test_it_stands_on_its_endpoint(work: Work) -> None:
    create(work)
    with pytest.raises(UserError, match="experiment x"):
        work.sql("DROP ENDPOINT e")
    with pytest.raises(UserError, match="There is no endpoint 'ee'"):
        work.sql("CREATE EXPERIMENT z ON ENDPOINT ee OPTIONS (metric = 'accuracy', min_effect = 1)")
    with pytest.raises(UserError, match="'x'"):
        work.sql("SHOW EXPERIMENT xx")
    with pytest.raises(UserError, match="needs its name"):
        work.sql("SHOW EXPERIMENT")
    work.sql("DROP EXPERIMENT x")
    assert work.sql("SHOW EXPERIMENTS").table().num_rows == 0
