"""The whole loop, from a folder of files to a version that was promoted by itself; the same on both worlds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from penstock.connection import Connection, open_connection
from penstock.connection.service import Service, running_service
from penstock.core.clock import VirtualClock
from penstock.engine.loop import Turn, turn
from penstock.testing.project import write_project

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PROJECT = """
CREATE TABLE 대여 OPTIONS (unique_key = ['때'], time_column = '때') AS SELECT * FROM 'in/*.csv';
CREATE ASSERTION 값이_있다 ON 대여 CHECK (대여수 IS NOT NULL);
CREATE VIEW 최근 AS SELECT * FROM 대여 WHERE 때 > (SELECT max(때) - INTERVAL 20 DAYS FROM 대여);
CREATE MODEL 수요 OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['대여수'], max_iterations = 40,
  learn_rate = 0.3, early_stop = FALSE) AS
SELECT 때, 시각, 날씨, 기온, 대여수 FROM 최근;
CREATE GOAL 따라간다 ON MODEL 수요 OPTIONS (time_column = '때', window = '2 days')
ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error;
CREATE ENDPOINT 예측 ON MODEL 수요;
CREATE MONITOR 감시 ON ENDPOINT 예측 OPTIONS (window = '3 days', min_rows = 24)
BREACH WHEN mean_absolute_error > 10;
CREATE TRIGGER 다시_학습 ON BREACH OF 감시
DO REFRESH TABLE 대여, RETRAIN MODEL 수요 OPTIONS (cool_down = '2 days');
"""
INPUTS = ("때", "시각", "날씨", "기온")


def hours(day: int) -> list[dict[str, Any]]:
    """A day of twenty-four hours. From day twenty on people rent by far more."""
    rows = []
    for hour in range(24):
        weather = ("맑음", "비", None)[(day + hour) % 3]
        demand = 5 * hour + (10 if weather == "맑음" else 0) + (60 if day >= 20 else 0)
        at = (START + day * DAY + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M:%S")
        rows.append(
            {"때": at, "시각": hour, "날씨": weather, "기온": round(10 + day % 7 + hour / 10, 1), "대여수": demand}
        )
    return rows


def csv(days: range) -> str:
    lines = [
        ",".join("" if value is None else str(value) for value in row.values()) for day in days for row in hours(day)
    ]
    return "\n".join([",".join(hours(0)[0]), *lines, ""])


class World:
    """A project with its server, its clock, and the people who ask it."""

    def __init__(self, connection: Connection, service: Service, clock: VirtualClock, folder: Path) -> None:
        self.connection = connection
        self.service = service
        self.clock = clock
        self.folder = folder
        self.versions: list[int] = []
        self.asked = 0

    def live(self, day: int) -> Turn:
        """Let a day pass: it is asked about, it happens, its truth and its file arrive; then the loop turns."""
        rows = hours(day)
        asked = [{name: row[name] for name in INPUTS} for row in rows]
        body = httpx.post(f"{self.service.address}/predict/예측", json={"rows": asked}).raise_for_status().json()
        self.versions.append(body["version"])
        self.asked += len(rows)
        truth = [
            {"prediction_id": answer["prediction_id"], "actual": row["대여수"]}
            for answer, row in zip(body["predictions"], rows, strict=True)
        ]
        answer = httpx.post(f"{self.service.address}/feedback/예측", json={"rows": truth}).raise_for_status().json()
        assert answer["accepted"] == len(rows)
        self.clock.move_to(START + (day + 1) * DAY)
        write_project(self.folder, {f"in/{day:03}.csv": csv(range(day, day + 1))})
        self.service.settle()
        done = turn(self.connection.session)
        self.service.settle()
        return done


@pytest.fixture
def world(tmp_path: Path, storage_settings: str) -> Iterator[World]:
    toml = f'[project]\nname = "both worlds"\n{storage_settings}[compute]\nthreads = 1\n'
    folder = write_project(
        tmp_path / "프로젝트", {"penstock.toml": toml, "p.sql": PROJECT, "in/first.csv": csv(range(14))}
    )
    clock = VirtualClock(START + 14 * DAY)
    with open_connection(folder, clock=clock) as connection:
        connection.run()
        with running_service(connection.session) as service:
            yield World(connection, service, clock, folder)


def test_the_loop_closes_itself(world: World, tmp_path: Path) -> None:
    turns = {day: world.live(day) for day in range(14, 30)}
    fired = {day: one for day, done in turns.items() for one in done.fired}

    calm = [day for day in range(14, 20) if any(found.breached for found in turns[day].evaluations)]
    assert calm == [], "Nothing had happened yet."
    assert fired, "Nobody saw that the world had moved."
    first = min(fired)
    assert 20 <= first <= 22
    assert fired[first].reason.startswith("monitor 감시 breached: mean_absolute_error > 10 ")
    assert "rows added, 0 updated" in fired[first].actions[0]
    assert "version 2" in fired[first].actions[1]
    promoted = next(day for day in sorted(fired) if "champion" in fired[day].actions[-1])
    assert world.versions[first - 14] == 1
    assert world.versions[-1] >= 2, "What was learned is served."
    assert not any(found.breached for found in turns[29].evaluations), "The world is understood again."
    assert promoted <= 26

    connection = world.connection
    log = connection.sql("SELECT count(*) AS n, count(DISTINCT prediction_id) AS d FROM penstock.predictions").rows()
    assert log == [{"n": world.asked, "d": world.asked}]
    joined = connection.sql(
        "SELECT count(*) AS n FROM penstock.predictions JOIN penstock.labels USING (prediction_id)"
    ).rows()
    assert joined == [{"n": world.asked}]
    steps = connection.sql("SHOW HISTORY").rows()
    assert [row["kind"] for row in steps][:3] == ["accepted", "breached", "fired"]
    versions = connection.sql("SHOW VERSIONS OF 수요").rows()
    listed = connection.sql("SELECT version, status, aliases FROM INFORMATION_SCHEMA.MODELS ORDER BY version").rows()
    assert [row["version"] for row in listed] == [row["version"] for row in versions]
    assert [", ".join(row["aliases"]) for row in listed] == [row["aliases"] for row in versions]
    assert all(connection.reproduce("수요", str(row["version"])).same for row in versions)

    folder = tmp_path / "나감"
    connection.export("수요", folder)
    assert (folder / "model.onnx").stat().st_size > 1000
    row = hours(29)[5]
    asked = [{**{name: row[name] for name in INPUTS}, "때": START + 29 * DAY}]
    now, once = (
        connection.model("수요", version).predict(asked).rows()[0]["predicted_대여수"] for version in (None, 1)
    )
    assert abs(now - row["대여수"]) < abs(once - row["대여수"]) / 2


def test_what_was_answered_is_there_after_all_was_closed_and_opened_again(
    tmp_path: Path, storage_settings: str
) -> None:
    toml = f"[project]\n{storage_settings}"
    folder = write_project(tmp_path, {"penstock.toml": toml, "p.sql": PROJECT, "in/first.csv": csv(range(14))})
    clock = VirtualClock(START + 14 * DAY)
    row = {name: hours(3)[7][name] for name in INPUTS}
    with open_connection(folder, clock=clock) as connection:
        connection.run()
        answer = connection.endpoint("예측").predict(row)[0]
        connection.endpoint("예측").feedback([{"prediction_id": answer["prediction_id"], "actual": 35}])
    with open_connection(folder, clock=clock) as connection:
        assert connection.run().outcomes
        assert {outcome.status for outcome in connection.run().outcomes} == {"skipped"}
        again = connection.endpoint("예측").predict(row)[0]
        assert again["prediction"] == answer["prediction"]
        with running_service(connection.session) as service:
            service.settle()
            logged = connection.sql("SELECT prediction_id FROM penstock.predictions").rows()
            assert {found["prediction_id"] for found in logged} >= {answer["prediction_id"]}
            labels = connection.sql("SELECT prediction_id, actual FROM penstock.labels").rows()
            assert [found["prediction_id"] for found in labels] == [answer["prediction_id"]]
