"""Every project of the examples runs from a copy, each of its statements, and is used as it would be in earnest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest

from penstock.connection import Connection, open_connection
from penstock.connection.service import running_service
from penstock.core.clock import VirtualClock
from penstock.engine.loop import turn
from penstock.sql.parse import parse_script
from penstock.testing.project import write_project

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Example:
    """What an example is about: its model, its label, its endpoint, and rows as a client would send them."""

    model: str
    label: str
    endpoint: str
    rows: str


KNOWN = {
    "bike-sharing": Example(
        "demand",
        "cnt",
        "rentals",
        "SELECT hour, hr, weekday, workingday, holiday, season, weathersit, temp, atemp, hum, windspeed, cnt "
        "FROM hours",
    ),
    "churn": Example("churn", "Churn", "churn_risk", "SELECT * FROM churn_data"),
    "korean": Example("수요예측", "대여수", "대여_예측", "SELECT * EXCLUDE (날짜) FROM 대여"),
}


def copied(name: str, folder: Path) -> Path:
    """Copy an example without what an earlier run may have left in it."""
    return Path(shutil.copytree(EXAMPLES / name, folder / name, ignore=shutil.ignore_patterns(".*")))


@pytest.fixture
def korean(tmp_path: Path) -> Iterator[Connection]:
    with open_connection(copied("korean", tmp_path)) as connection:
        connection.run()
        yield connection


def test_no_example_is_left_out() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/penstock.toml")} == set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_every_statement_runs_and_what_it_makes_is_used(name: str, tmp_path: Path) -> None:
    example, clock = KNOWN[name], VirtualClock(NOW)
    folder = copied(name, tmp_path)
    statements = parse_script((folder / "project.sql").read_text(encoding="utf-8"), "project.sql", "duckdb").statements
    with open_connection(folder, clock=clock) as connection:
        assert not any(step.action == "skip" for step in connection.plan().steps)
        outcomes = connection.run().outcomes
        assert {outcome.status for outcome in outcomes} == {"done"}
        made = connection.status().arrow().column("name").to_pylist()
        assert len(made) == len(statements)
        assert {outcome.status for outcome in connection.run().outcomes} == {"skipped"}, "Nothing has changed."

        rows = connection.sql(f"{example.rows} LIMIT 1200").rows()
        truth = [row.pop(example.label) for row in rows]
        with running_service(connection.session) as service:
            told = []
            for begin in range(0, len(rows), 400):
                body = json.dumps({"rows": rows[begin : begin + 400]}, default=str)
                answer = httpx.post(f"{service.address}/predict/{example.endpoint}", content=body, timeout=120)
                assert answer.status_code == 200, answer.text
                told += answer.json()["predictions"]
            actual = [
                {"prediction_id": one["prediction_id"], "actual": value} for one, value in zip(told, truth, strict=True)
            ]
            done = httpx.post(f"{service.address}/feedback/{example.endpoint}", json={"rows": actual}, timeout=120)
            assert done.raise_for_status().json()["accepted"] == len(rows)
            service.settle()
            clock.advance(timedelta(days=31))
            looked = turn(connection.session)
        assert len(looked.evaluations) == 1, "The monitor looks at what was asked."
        predicted = f"predicted_{example.label}"
        given = connection.model(example.model).predict(rows).rows()
        for one, row in zip(told, given, strict=True):
            expected = row[predicted]
            assert one["prediction"] == (expected if isinstance(expected, str) else pytest.approx(expected, rel=1e-9))


def test_the_names_of_the_korean_one_come_back_as_they_are(korean: Connection) -> None:
    scored = korean.sql("SELECT * FROM ML.PREDICT(MODEL 수요예측, TABLE 대여) ORDER BY 날짜").rows()
    assert len(scored) == 731
    assert list(scored[0]) == [
        "predicted_대여수",
        "날짜",
        "계절",
        "요일",
        "공휴일",
        "날씨",
        "기온",
        "습도",
        "풍속",
        "대여수",
    ]
    assert {row["계절"] for row in scored} == {"봄", "여름", "가을", "겨울"}
    truth, found = (np.array([row[name] for row in scored[:500]]) for name in ("대여수", "predicted_대여수"))
    assert np.abs(found - truth).mean() < np.abs(truth - truth.mean()).mean() * 0.6, "It knows what it learnt."

    row = {name: value for name, value in scored[0].items() if name not in ("predicted_대여수", "날짜", "대여수")}
    (answer,) = korean.endpoint("대여_예측").predict(row)
    assert answer["prediction"] == pytest.approx(scored[0]["predicted_대여수"], rel=1e-9)
    (unknown,) = korean.endpoint("대여_예측").predict({**row, "날씨": "우박", "기온": None})
    assert unknown["prediction"] > 0


def test_the_korean_one_is_replayed_and_drawn(korean: Connection, tmp_path: Path) -> None:
    replayed = korean.backtest("대여_예측", from_table="대여", time_column="날짜", label_delay="1 day", step="30 days")
    summary = {row["retraining"]: row for row in replayed.summary().rows()}
    assert summary["never"]["trainings"] <= summary["policy"]["trainings"] <= summary["always"]["trainings"]
    assert summary["policy"]["mean_absolute_error"] < summary["never"]["mean_absolute_error"]
    text = replayed.chart(tmp_path / "그림.png")
    assert text.startswith("mean_absolute_error")
    assert (tmp_path / "그림.png").read_bytes().startswith(b"\x89PNG")


def test_rows_of_the_bike_example_that_come_again_replace_those_before(tmp_path: Path) -> None:
    folder = copied("bike-sharing", tmp_path)
    with open_connection(folder) as connection:
        connection.run("hours")
        before = connection.sql("SELECT count(*) AS n, sum(cnt) AS s FROM hours").rows()[0]
        lines = next((folder / "data/hours").glob("*.csv")).read_text().splitlines()
        *most, registered, total = lines[1].split(",")
        again = ",".join([*most, str(int(registered) + 100), str(int(total) + 100)])
        write_project(folder, {"data/hours/2011-03-01.csv": f"{lines[0]}\n{again}\n"})
        connection.run("hours")
        after = connection.sql("SELECT count(*) AS n, sum(cnt) AS s FROM hours").rows()[0]
    assert after == {"n": before["n"], "s": before["s"] + 100}
