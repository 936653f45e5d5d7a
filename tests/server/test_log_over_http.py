"""What a caller and an operator are told of answers that are not in the prediction log."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx
import pytest

ROW = {"기온": 10.0, "weather": "맑음"}


@pytest.fixture
def small_http(world, demand_files, serve, listen):
    """A client of a server whose log has room for a few rows, and of two endpoints: one refuses, one drops."""
    world.settings = replace(world.settings, log_limit="2kB")
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")
    world.add_endpoint("loose", "demand", log_full="drop", log_sample=0.5)
    with httpx.Client(base_url=listen(serve()), timeout=60) as client:
        yield client


def ask(client, endpoint="api", rows=1, **headers):
    return client.post(f"/predict/{endpoint}", json={"rows": [ROW] * rows}, headers=headers)


def metric(client, name):
    return [line for line in client.get("/metrics").text.splitlines() if line.startswith(name)]


def test_a_full_log_is_a_503_that_says_why_and_when_to_come_again(small_http):
    refused = ask(small_http, rows=20)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    error = refused.json()["error"]
    assert error["code"] == "log-full"
    assert error["message"].startswith("The prediction log is full: ")
    assert "log_full = 'drop'" in error["hint"]
    assert ask(small_http).status_code == 200
    told = small_http.post("/feedback/api", json={"rows": [{"prediction_id": "x" * 2000, "actual": 1}]})
    assert told.status_code == 503


def test_an_answer_says_that_it_is_not_logged_and_the_metrics_count_it(small_http):
    assert "logged" not in ask(small_http).json()
    answers = [ask(small_http, "loose", **{"x-request-id": f"r{number}"}).json() for number in range(30)]
    unlogged = [answer for answer in answers if answer.get("logged") is False]
    assert 5 < len(unlogged) < 30
    assert all(answer["predictions"][0]["prediction"] == pytest.approx(20.0) for answer in answers)
    dropped = ask(small_http, "loose", rows=20, **{"x-request-id": answers_in(answers)}).json()
    assert dropped["logged"] is False
    told = dict(line.rsplit(" ", 1) for line in metric(small_http, "penstock_log_skipped_rows_total"))
    assert set(told) == {
        f'penstock_log_skipped_rows_total{{endpoint="loose",reason="{why}"}}' for why in ("dropped", "unsampled")
    }
    assert sum(map(int, told.values())) == len(unlogged) + 20


def answers_in(answers):
    """Return the id of a request that is in the sample."""
    return next(answer["request_id"] for answer in answers if "logged" not in answer)


def test_the_metrics_say_how_full_the_log_is_and_how_many_models_are_loaded(small_http):
    ask(small_http)
    (ratio,) = metric(small_http, "penstock_log_full_ratio")
    (loaded,) = metric(small_http, "penstock_models_loaded")
    assert 0 < float(ratio.split()[1]) < 1
    assert loaded.split()[1] == "1"
    assert small_http.get("/health/ready").status_code == 200


def test_the_server_tells_once_what_is_wrong_with_an_endpoint(world, demand_files, serve, listen, caplog):
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand", log_hash=["weather"])
    with caplog.at_level("WARNING", "penstock.server"), httpx.Client(base_url=listen(serve()), timeout=60) as client:
        until = time.monotonic() + 10
        while not caplog.records and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        assert client.get("/health/ready").status_code == 503
    told = [record.getMessage() for record in caplog.records]
    assert [text.startswith("Endpoint api: the environment has no key of columns to hash") for text in told] == [True]
