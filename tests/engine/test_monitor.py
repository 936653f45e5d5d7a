"""Monitors over a real lake, a real prediction log and real versions, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from penstock.catalog.evaluations import Evaluation
from penstock.catalog.objects import ObjectState, put_object
from penstock.catalog.versions import add_version, set_alias
from penstock.core.clock import VirtualClock
from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.core.options import GivenOption
from penstock.core.spans import Span
from penstock.drift.summary import profile_to_json, summarise_table
from penstock.engine.monitor import evaluate_monitor
from penstock.engine.session import Session, start_session
from penstock.functions.transform import freeze_transform
from penstock.graph.topology import build_graph
from penstock.lake.database import ArrowRows
from penstock.lake.tables import replace_table
from penstock.learn.artifact import artifact_hash
from penstock.learn.training import train
from penstock.project.load import project_from_statements
from penstock.project.monitor import MonitorSpec
from penstock.serving.data_plane import DataPlane, open_data_plane
from penstock.sql.parse import parse_script
from penstock.sql.statement import Query

PLACE = Span("all.sql", 1, 1, 1, 1)
START = datetime(2024, 3, 1, tzinfo=UTC)
RNG = np.random.default_rng(5)
BASE = """
CREATE TABLE rides OPTIONS (time_column = 'at') AS SELECT 1 AS cnt;
CREATE TABLE still AS SELECT 1 AS a;
CREATE MODEL demand OPTIONS (model_type = 'linear_reg', input_label_cols = ['cnt']) AS SELECT * FROM rides;
CREATE MODEL kind OPTIONS (model_type = 'logistic_reg', input_label_cols = ['큰']) AS SELECT * FROM rides;
CREATE ENDPOINT demand_api ON MODEL demand;
CREATE ENDPOINT kind_api ON MODEL kind;
"""


def rows_of(count: int, warmer: float = 0.0) -> list[dict[str, Any]]:
    temperatures = RNG.normal(10 + warmer, 3, count)
    cities = np.array(["서울", "부산"])[RNG.integers(0, 2, count)]
    return [
        {"온도": float(t), "city": str(c), "holiday": bool(t > 12)} for t, c in zip(temperatures, cities, strict=True)
    ]


@dataclass
class World:
    """A session, its data plane, and a clock that both follow."""

    session: Session
    plane: DataPlane
    clock: VirtualClock

    def deploy(self, model: str, model_type: str, label: str, values: list[Any], clause: str | None = None) -> int:
        """Train a version on rows of the start, through a TRANSFORM clause if given, and make it the champion."""
        rows = rows_of(len(values))
        table = pa.Table.from_pylist(rows).append_column(label, pa.array(values))
        transform = None
        if clause is not None:
            fill(self, "raw", table)
            query = Query(clause, "duckdb", PLACE)
            transform, sql = freeze_transform(query, "SELECT * FROM raw", self.session.connection, [label])
            table = self.session.connection.table(sql)
        given = {"model_type": GivenOption(model_type), "input_label_cols": GivenOption([label])}
        trained = train(table, given, seed=1, threads=1, progress=lambda *_: None, transform=transform)
        profile = profile_to_json(summarise_table(table, table.column_names))
        files = {**trained.files, "profile.json": profile.encode()}
        folder = f"models/{model}/{self.clock.now():%j%H%M}"
        self.session.storage.write(folder, files)
        version = add_version(
            self.session.catalog, model=model, created_at=self.clock.now(), run_id=None, definition="", options={},
            seed=1, metrics=trained.manifest.metrics, sources={}, packages={}, artifact=folder,
            artifact_hash=artifact_hash(files), status="accepted",
        )  # fmt: skip
        set_alias(self.session.catalog, model, "champion", version.number, self.clock.now(), "test")
        endpoint = ResourceName(Kind.ENDPOINT, f"{model}_api")
        state = ObjectState(endpoint, "", "", None, {"model": model, "log": True}, self.clock.now())
        put_object(self.session.catalog, state)
        self.plane.refresh()
        return version.number

    def answer(self, endpoint: str, rows: list[dict[str, Any]], actuals: list[Any] | None = None) -> None:
        """Let the endpoint answer, take the outcomes, and bring both into the lake."""
        answer = self.plane.predict(endpoint, rows)
        if actuals is not None:
            known = zip(answer.predictions, actuals, strict=True)
            self.plane.feedback(
                endpoint,
                [{"prediction_id": p["prediction_id"], "actual": a} for p, a in known if a is not None],
            )
        self.plane.compact()

    def look(self, monitor: str) -> Evaluation | None:
        """Evaluate the monitor that a statement declares."""
        text = BASE + monitor
        project = project_from_statements(parse_script(text, "all.sql").statements, self.session.settings)
        assert not [found for found in project.diagnostics if found.severity == "error"], project.diagnostics
        graph = build_graph(project)
        (spec,) = [r.spec for r in graph.resources.values() if isinstance(r.spec, MonitorSpec)]
        return evaluate_monitor(self.session, graph, spec)

    def seen(self, monitor: str) -> Evaluation:
        found = self.look(monitor)
        assert found is not None
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "penstock.toml").write_text("")
    clock = VirtualClock(START)
    session = start_session(tmp_path, clock=clock)
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, clock)
    yield World(session, plane, clock)
    plane.close()
    session.close()


@pytest.fixture
def demand(world: World) -> World:
    world.deploy("demand", "linear_reg", "cnt", list(RNG.normal(100, 10, 400)))
    return world


def test_there_is_nothing_to_see_before_the_first_answer(world: World) -> None:
    monitor = "CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN max_psi > 0.2"
    assert world.look(monitor) is None
    world.deploy("demand", "linear_reg", "cnt", list(RNG.normal(100, 10, 400)))
    assert world.look(monitor) is None


def test_answers_like_the_training_data_do_not_breach(demand: World) -> None:
    demand.answer("demand_api", rows_of(500))
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN max_psi > 0.2 OR null_rate > 0.05")
    assert not found.breached
    assert found.reason.startswith("not max_psi > 0.2 (max_psi = 0.0")
    assert (found.monitor, found.rows, found.measures["measured_rows"]) == ("w", 500, 500)
    assert {row["column"] for row in found.columns} == {"온도", "city", "holiday"}


def test_a_warm_spell_breaches(demand: World) -> None:
    demand.answer("demand_api", rows_of(500, warmer=6))
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN max_psi > 0.2")
    assert found.breached
    assert found.reason.startswith("max_psi > 0.2 (max_psi = ")
    assert found.columns[0]["mean"] > found.columns[0]["reference_mean"] + 5


def test_metrics_come_with_the_labels(demand: World) -> None:
    demand.answer("demand_api", rows_of(200))
    monitor = (
        "CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN mean_absolute_error > 3 * baseline_mean_absolute_error"
    )
    found = demand.seen(monitor)
    assert not found.breached
    assert found.reason.startswith("not to be told")
    demand.answer("demand_api", rows_of(100), [1000.0] * 60 + [None] * 40)
    found = demand.seen(monitor)
    assert found.breached
    assert (found.measures["label_count"], found.measures["label_coverage"]) == (60, 0.2)
    assert found.measures["mean_absolute_error"] == pytest.approx(900, abs=20)


def test_labels_that_arrived_later_do_not_count_yet(demand: World) -> None:
    answer = demand.plane.predict("demand_api", rows_of(50))
    demand.clock.advance(timedelta(days=1))
    known = [{"prediction_id": each["prediction_id"], "actual": 5.0} for each in answer.predictions]
    demand.plane.feedback("demand_api", known)
    demand.plane.compact()
    monitor = "CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN mean_absolute_error > 1"
    assert demand.seen(monitor).measures["label_count"] == 50
    earlier = Session(**{**vars(demand.session), "clock": VirtualClock(START)})
    assert World(earlier, demand.plane, demand.clock).seen(monitor).measures["label_count"] == 0


def test_a_window_of_time_forgets(demand: World) -> None:
    demand.answer("demand_api", rows_of(300, warmer=20))
    demand.clock.advance(timedelta(days=3))
    demand.answer("demand_api", rows_of(100))
    monitor = "CREATE MONITOR w ON ENDPOINT demand_api OPTIONS (window = '{}') BREACH WHEN max_js > 0.3"
    found = demand.seen(monitor.format("1 day"))
    assert (found.rows, found.breached) == (100, False)
    assert (found.window_start, found.window_end) == (START + timedelta(days=2), START + timedelta(days=3))
    assert demand.seen(monitor.format("4 days")).rows == 400
    assert demand.seen(monitor.format("4 days")).breached


def test_a_window_of_rows_takes_the_newest(demand: World) -> None:
    demand.answer("demand_api", rows_of(300, warmer=20))
    demand.clock.advance(timedelta(days=3))
    demand.answer("demand_api", rows_of(100))
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api OPTIONS (window_rows = 100) BREACH WHEN max_js > 0.3")
    assert (found.rows, found.breached, found.window_start) == (100, False, demand.clock.now())


def test_a_few_rows_are_counted_and_not_judged(demand: World) -> None:
    demand.answer("demand_api", rows_of(5, warmer=50))
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN max_psi > 0.2")
    assert (found.breached, found.reason) == (None, "5 rows, where at least 30 are judged")
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN row_count > 100")
    assert (found.breached, found.reason.partition(";")[0]) == (False, "5 rows, where at least 30 are judged")
    assert found.columns == ()
    assert demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN max_psi > 0.2 OR row_count < 10").breached
    eager = "CREATE MONITOR w ON ENDPOINT demand_api OPTIONS (min_rows = 5) BREACH WHEN max_psi > 0.2"
    assert demand.seen(eager).breached


def test_a_new_champion_does_not_answer_for_the_old_one(demand: World) -> None:
    demand.answer("demand_api", rows_of(100), [1000.0] * 100)
    demand.clock.advance(timedelta(hours=1))
    demand.deploy("demand", "linear_reg", "cnt", list(RNG.normal(1000, 10, 400)))
    demand.answer("demand_api", rows_of(40), [1000.0] * 40)
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN mean_absolute_error > 100")
    assert not found.breached
    assert (found.measures["row_count"], found.measures["measured_rows"]) == (140, 40)


def test_a_window_may_be_compared_with_the_one_before(demand: World) -> None:
    options = "window = '1 day', reference = 'previous'"
    monitor = f"CREATE MONITOR w ON ENDPOINT demand_api OPTIONS ({options}) BREACH WHEN max_psi > 1"
    demand.answer("demand_api", rows_of(200, warmer=20))
    found = demand.seen(monitor)
    assert (found.measures["max_psi"], found.measures["null_rate"], found.breached) == (None, 0, None)
    demand.clock.advance(timedelta(days=1))
    demand.answer("demand_api", rows_of(200, warmer=20))
    assert not demand.seen(monitor).breached
    demand.clock.advance(timedelta(days=1))
    demand.answer("demand_api", rows_of(200, warmer=30))
    found = demand.seen(monitor)
    assert found.breached
    assert (found.measures["prediction_psi"] or 0) >= 0


def test_rows_may_be_compared_with_as_many_before(demand: World) -> None:
    monitor = (
        "CREATE MONITOR w ON ENDPOINT demand_api OPTIONS (window_rows = 100, reference = 'previous') "
        "BREACH WHEN max_psi > 1"
    )
    for warmer in (20, 20):
        demand.answer("demand_api", rows_of(100, warmer=warmer))
        demand.clock.advance(timedelta(hours=1))
    found = demand.seen(monitor)
    assert found.measures["max_psi"] is not None
    assert not found.breached


def test_missing_and_unseen_values_are_seen(demand: World) -> None:
    rows = [{**row, "온도": None} for row in rows_of(60)] + [{**row, "city": "제주"} for row in rows_of(40)]
    demand.answer("demand_api", rows)
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN null_rate > 0.5 AND unseen_rate > 0.3")
    assert found.breached
    assert (found.measures["null_rate"], found.measures["unseen_rate"]) == (0.6, 0.4)


def test_a_classifier_is_judged_by_its_classes(world: World) -> None:
    rows = rows_of(400)
    world.deploy("kind", "logistic_reg", "큰", [("네" if RNG.uniform() < 0.5 else "아니요") for _ in rows])
    world.answer("kind_api", rows_of(100), ["네"] * 50 + ["아니요"] * 50)
    found = world.seen("CREATE MONITOR w ON ENDPOINT kind_api BREACH WHEN accuracy < 0.9 AND log_loss > 0")
    assert found.breached
    assert found.measures["label_count"] == 100
    assert 0 < (found.measures["prediction_mean"] or 0) < 1
    assert found.measures["prediction_psi"] is not None


def test_a_transform_is_applied_before_features_are_compared(world: World) -> None:
    clause = "ML.STANDARD_SCALER(온도) OVER () AS warmth, upper(city) AS city, holiday, cnt"
    world.deploy("demand", "linear_reg", "cnt", list(RNG.normal(100, 10, 400)), clause)
    monitor = "CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN max_psi > 0.5"
    world.answer("demand_api", rows_of(300))
    found = world.seen(monitor)
    assert not found.breached
    means = {row["column"]: row["mean"] for row in found.columns}
    assert set(means) == {"warmth", "city", "holiday"}
    assert abs(means["warmth"]) < 0.3
    world.answer("demand_api", rows_of(300, warmer=9))
    assert world.seen(monitor).breached


def test_outcomes_of_another_kind_are_counted(demand: World) -> None:
    demand.answer("demand_api", rows_of(40))
    given = "SELECT endpoint, prediction_id, '\"soon\"', p.at FROM penstock.predictions p LIMIT 10"
    demand.session.connection.execute(f"INSERT INTO penstock.labels {given}")
    found = demand.seen("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN unusable_labels > 5")
    assert found.breached
    assert (found.measures["label_count"], found.measures["unusable_labels"]) == (10, 10)


def test_an_unknown_measure_of_the_task_is_named(demand: World) -> None:
    demand.answer("demand_api", rows_of(40))
    with pytest.raises(UnknownName, match="no measure 'roc_auc'"):
        demand.look("CREATE MONITOR w ON ENDPOINT demand_api BREACH WHEN roc_auc < 0.5")


def fill(world: World, name: str, table: pa.Table) -> None:
    connection = world.session.lake.connection()
    connection.register("given", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    replace_table(connection, name, "SELECT * FROM given")
    connection.close()


def timed(days: int, per_day: int = 50, warmer: float = 0.0) -> pa.Table:
    """Rows of the days before the start; those of the last day are `warmer`."""
    at = [START - timedelta(days=day, minutes=minute) for day in range(days) for minute in range(per_day)]
    values = RNG.normal(10, 3, len(at))
    values[:per_day] += warmer
    return pa.table({"at": pa.array(at, pa.timestamp("us", "UTC")), "온도": values, "blob": pa.array([b"x"] * len(at))})


def test_a_table_is_compared_with_the_window_before(world: World) -> None:
    monitor = "CREATE MONITOR w ON TABLE rides OPTIONS (window = '1 day') BREACH WHEN max_psi > 1"
    assert world.look(monitor) is None
    fill(world, "rides", timed(2))
    found = world.seen(monitor)
    assert (found.rows, found.breached) == (50, False)
    fill(world, "rides", timed(2, warmer=30))
    found = world.seen(monitor)
    assert found.breached
    assert [row["column"] for row in found.columns if not row["moment"]] == ["온도"]
    rows = "CREATE MONITOR w ON TABLE rides OPTIONS (window_rows = 50) BREACH WHEN max_psi > 1"
    assert (world.seen(rows).breached, world.seen(rows).rows) == (True, 50)


def test_a_table_that_stopped_growing_is_seen_by_its_rows(world: World) -> None:
    fill(world, "rides", timed(2))
    world.clock.advance(timedelta(days=5))
    assert world.seen("CREATE MONITOR w ON TABLE rides OPTIONS (window = '1 day') BREACH WHEN row_count = 0").breached


def test_a_table_without_time_is_compared_with_its_last_state(world: World) -> None:
    monitor = "CREATE MONITOR w ON TABLE still BREACH WHEN max_l_infinity > 0.5 OR null_rate > 0.9"
    fill(world, "still", pa.table({"a": ["x"] * 90 + ["y"] * 10}))
    found = world.seen(monitor)
    assert (found.rows, found.breached, found.measures["max_psi"]) == (100, None, None)
    fill(world, "still", pa.table({"a": ["x"] * 10 + ["y"] * 90}))
    found = world.seen(monitor)
    assert found.breached
    assert found.measures["max_l_infinity"] == pytest.approx(0.8)


def test_a_window_of_time_needs_a_time_column(world: World) -> None:
    fill(world, "still", pa.table({"a": [1]}))
    with pytest.raises(InvalidOption, match="still has no time_column"):
        world.look("CREATE MONITOR w ON TABLE still OPTIONS (window = '1 day') BREACH WHEN null_rate > 0")
    with pytest.raises(UnknownName, match="Known: a"):
        world.look("CREATE MONITOR w ON TABLE still OPTIONS (time_column = 'when') BREACH WHEN null_rate > 0")
