from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.runs import Run, StepRecord, record_step, start_run

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)


def test_endpoints_and_models_are_told(own_http):
    assert own_http.get("/api/endpoints").json() == [
        {
            "name": "api",
            "model": "demand",
            "ready": True,
            "problem": None,
            "shadow": None,
            "log": True,
            "variants": [{"variant": "champion", "version": 1, "share": 1.0}],
        }
    ]
    (model,) = own_http.get("/api/models").json()
    assert (model["name"], model["aliases"], model["versions"][0]["number"]) == ("demand", {"champion": 1}, 1)


def test_runs_and_steps_are_told(world, own_http):
    for number in range(3):
        start_run(world.catalog, Run(f"r{number}", NOW + timedelta(hours=number), None, "running", "c", 1, "h"))
    record_step(world.catalog, StepRecord("r1", 1, "table 시간", "build", "done", NOW, NOW, "3 rows", None))
    assert [run["id"] for run in own_http.get("/api/runs", params={"limit": 2}).json()] == ["r2", "r1"]
    (step,) = own_http.get("/api/runs/r1/steps").json()
    assert (step["resource"], step["summary"]) == ("table 시간", "3 rows")


def test_history_is_told_by_time_and_subject(world, own_http):
    for hour, subject in enumerate(["a", "b", "a"]):
        add_history(world.catalog, HistoryEntry(NOW + timedelta(hours=hour), "promoted", subject, "왜", {"n": hour}))
    assert [entry["data"]["n"] for entry in own_http.get("/api/history").json()] == [0, 1, 2]
    assert [entry["data"]["n"] for entry in own_http.get("/api/history", params={"subject": "a"}).json()] == [0, 2]
    later = {"since": (NOW + timedelta(hours=1)).isoformat()}
    assert [entry["data"]["n"] for entry in own_http.get("/api/history", params=later).json()] == [1, 2]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/runs", {"limit": "x"}),
        ("/api/runs", {"limit": "0"}),
        ("/api/runs", {"limit": "1001"}),
        ("/api/history", {"since": "yesterday"}),
        ("/api/history", {"since": "2026-01-01T00:00:00"}),
    ],
)
def test_a_wrong_query_is_refused(http, path, query):
    response = http.get(path, params=query)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "query")
