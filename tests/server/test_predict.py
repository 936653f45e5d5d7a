from __future__ import annotations

import gzip
import json
import zlib

import httpx
import pytest

ROW = {"기온": 10.0, "weather": "맑음"}


def test_an_answer_has_the_documented_shape(http):
    response = http.post("/predict/api", json={"rows": [ROW, {**ROW, "weather": "처음 보는 날씨"}]})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"predictions", "model", "version", "variant", "request_id", "card"}
    assert (body["model"], body["version"], body["variant"]) == ("demand", 1, "champion")
    assert body["predictions"][0]["prediction"] == pytest.approx(20.0)
    assert len({prediction["prediction_id"] for prediction in body["predictions"]}) == 2


def test_a_classifier_answers_with_probabilities(world, serve, listen, churn_files):
    world.add_version("churn", churn_files)
    world.add_endpoint("고객.이탈", "churn")
    row = {"months": 3, "member": True, "joined": "2022-01-08", "seen": "2026-03-31T09:30:00+09:00"}
    response = httpx.post(f"{listen(serve())}/predict/고객.이탈", json={"rows": [row]})
    (prediction,) = response.json()["predictions"]
    assert prediction["prediction"] == "yes"
    assert sum(prediction["probabilities"].values()) == pytest.approx(1)


def test_the_callers_request_id_is_kept(http):
    assert http.post("/predict/api", json={"rows": [ROW], "request_id": "r-1"}).json()["request_id"] == "r-1"
    response = http.post("/predict/api", json={"rows": [ROW]}, headers={"X-Request-Id": "요청-1".encode()})
    assert response.json()["request_id"] == "요청-1"


def test_many_rows_are_answered_in_order(http):
    rows = [{"기온": float(n), "weather": "맑음"} for n in range(500)]
    found = [p["prediction"] for p in http.post("/predict/api", json={"rows": rows}).json()["predictions"]]
    assert found == pytest.approx([2.0 * n for n in range(500)])


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_a_compressed_body_is_read(http, compress):
    encoding = "gzip" if compress is gzip.compress else "deflate"
    body = compress(json.dumps({"rows": [ROW]}).encode())
    assert http.post("/predict/api", content=body, headers={"Content-Encoding": encoding}).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "column", "row", "says"),
    [
        ({"rows": [ROW, {**ROW, "기온": "10"}]}, "rows", "기온", 2, "must be a number"),
        ({"rows": [{"기온": 1}]}, "rows", "weather", 1, "no column 'weather'"),
        ({"rows": [{**ROW, "wether": 1}]}, "rows", "wether", 1, "does not take"),
        ({"rows": [{**ROW, "label": 1}]}, "rows", "label", 1, "does not take"),
        ({"rows": []}, "rows", None, None, "at least one row"),
        ({"rows": "x"}, "json", None, None, "must have rows"),
        ({}, "json", None, None, "must have rows"),
        ({"rows": [ROW], "row": []}, "json", None, None, "unknown key 'row'"),
        ([ROW], "json", None, None, "must be a JSON object"),
        ({"rows": [ROW], "request_id": 7}, "request-id", None, None, "must be a text"),
    ],
)
def test_a_wrong_request_is_refused_with_its_place(http, body, code, column, row, says):
    response = http.post("/predict/api", json=body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert set(error) == {"code", "message", "column", "row", "hint"}
    assert (error["code"], error["column"], error["row"]) == (code, column, row)
    assert says in error["message"]


def test_the_nearest_column_is_the_hint(http):
    error = http.post("/predict/api", json={"rows": [{**ROW, "wether": 1}]}).json()["error"]
    assert error["hint"] == "Did you mean 'weather'?"


def test_several_problems_are_counted(http):
    error = http.post("/predict/api", json={"rows": [{**ROW, "기온": "x"}] * 3}).json()["error"]
    assert "(2 more problems in this request.)" in error["message"]


@pytest.mark.parametrize("text", [b"{", b'{"rows": [NaN]}', b"", b"\xff\xfe", b'{"rows": [{"a": 1e999}]}'])
def test_text_that_is_not_json_is_refused(http, text):
    response = http.post("/predict/api", content=text)
    assert response.status_code == 400
    assert response.json()["error"]["code"] in ("json", "rows")


def test_an_unknown_endpoint_is_404_with_the_nearest(http):
    response = http.post("/predict/apj", json={"rows": [ROW]})
    assert response.status_code == 404
    assert response.json()["error"]["hint"] == "Did you mean 'api'?"


def test_an_endpoint_without_a_version_is_503(world, serve, listen):
    world.add_endpoint("early", "none")
    response = httpx.post(f"{listen(serve())}/predict/early", json={"rows": [ROW]})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["error"]["code"] == "not-ready"


def test_a_log_that_cannot_be_written_answers_nothing(world, serve, listen, demand):
    (world.settings.state / "log").write_text("in the way")
    response = httpx.post(f"{listen(serve())}/predict/api", json={"rows": [ROW]})
    assert response.status_code == 507
    assert response.json()["error"]["code"] == "storage"


def test_the_shadow_is_logged_after_the_answer(world, serve, listen, demand, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("api", "demand", shadow="candidate")
    plane = serve()
    answer = httpx.post(f"{listen(plane)}/predict/api", json={"rows": [ROW]}).json()
    assert (answer["version"], answer["variant"]) == (1, "champion")
    found: list[tuple[object, ...]] = []
    while len(found) < 2:
        found = world.logged(plane, "variant, version")
    assert sorted(found) == [("champion", 1), ("shadow", 2)]
