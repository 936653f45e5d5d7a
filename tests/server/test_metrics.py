from __future__ import annotations

import re

import pytest

from penstock.server.metrics import BUCKETS, Metrics

ROW = {"기온": 10.0, "weather": "맑음"}
LINE = re.compile(r'^[a-z_]+(\{([a-z_]+="([^"\\\n]|\\.)*",?)*\})? [-+0-9.e]+$')


def scrape(http):
    response = http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = response.text.splitlines()
    assert all(line.startswith("# ") or LINE.match(line) for line in lines), lines
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_requests_are_counted_by_endpoint_status_and_version(own_http):
    for _ in range(3):
        own_http.post("/predict/api", json={"rows": [ROW]})
    own_http.post("/predict/API", json={"rows": []})
    own_http.post("/predict/made-up", json={"rows": [ROW]})
    found = scrape(own_http)
    assert found['penstock_requests_total{endpoint="api",status="200",version="1"}'] == "3"
    assert found['penstock_requests_total{endpoint="api",status="400",version=""}'] == "1"
    assert found['penstock_requests_total{endpoint="",status="404",version=""}'] == "1"


def test_latency_log_lag_and_versions_are_told(own_http):
    own_http.post("/predict/api", json={"rows": [ROW]})
    found = scrape(own_http)
    assert found['penstock_request_seconds_count{endpoint="api"}'] == "1"
    assert found['penstock_request_seconds_bucket{endpoint="api",le="+Inf"}'] == "1"
    assert float(found["penstock_log_lag_bytes"]) > 0
    assert found["penstock_log_lag_segments"] == "1"
    assert found['penstock_model_version{endpoint="api",model="demand",variant="champion"}'] == "1"
    assert found['penstock_endpoint_ready{endpoint="api"}'] == "1"


def test_feedback_is_counted_with_what_deserves_a_look(own_http):
    known = own_http.post("/predict/api", json={"rows": [ROW]}).json()["predictions"][0]["prediction_id"]
    for prediction in (known, "made up"):
        own_http.post("/feedback/API", json={"rows": [{"prediction_id": prediction, "actual": 3}]})
    found = scrape(own_http)
    assert found['penstock_feedback_rows_total{endpoint="api"}'] == "2"
    assert found['penstock_feedback_unknown_predictions_total{endpoint="api"}'] == "1"
    assert found['penstock_feedback_unknown_labels_total{endpoint="api"}'] == "0"


@pytest.mark.parametrize(("seconds", "place"), [(0.0, 0), (0.0005, 0), (0.0006, 1), (10.0, 13), (11.0, 14)])
def test_a_latency_falls_into_the_bucket_whose_bound_it_does_not_pass(seconds, place):
    metrics = Metrics()
    metrics.observe("e", 200, "1", seconds)
    assert metrics.latencies["e"][place] == 1
    assert len(metrics.latencies["e"]) == len(BUCKETS) + 1
