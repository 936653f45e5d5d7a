"""Predictions asked and answered as Arrow streams."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.server.arrow_stream import MEDIA_TYPE, read_table, wants_arrow
from penstock.server.body import Limits
from penstock.server.error import RefusedRequest

HEADERS = {"Content-Type": MEDIA_TYPE}


def stream(table: pa.Table, **options) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def read(content: bytes) -> pa.Table:
    with pa.ipc.open_stream(content) as reader:
        return reader.read_all()


def demand_rows(count: int) -> pa.Table:
    rng = np.random.default_rng(count)
    words = pa.array(["맑음", "rain", "snow", None, "새 날씨"])
    return pa.table({"기온": rng.normal(15, 9, count), "weather": words.take(pa.array(rng.integers(0, 5, count)))})


@pytest.mark.parametrize("count", [1, 17, 1000])
def test_a_stream_is_answered_as_json_is(http, count):
    table = demand_rows(count)
    response = http.post("/predict/api", content=stream(table), headers=HEADERS | {"X-Request-Id": "요청".encode()})
    assert response.status_code == 200
    assert response.headers["content-type"] == MEDIA_TYPE
    answer = read(response.content)
    told = http.post("/predict/api", json={"rows": table.to_pylist()}).json()
    assert answer.column_names == ["prediction", "prediction_id"]
    np.testing.assert_allclose(
        answer["prediction"].to_numpy(), [row["prediction"] for row in told["predictions"]], rtol=0, atol=1e-12
    )
    assert len(set(answer["prediction_id"].to_pylist())) == count
    metadata = {key.decode(): value.decode() for key, value in answer.schema.metadata.items()}
    assert metadata == {"model": "demand", "version": "1", "variant": "champion", "request_id": "요청"}


def test_classes_and_probabilities_are_columns(world, serve, listen, churn_files):
    import httpx

    world.add_version("churn", churn_files)
    world.add_endpoint("churn_api", "churn")
    rows = pa.table(
        {
            "months": [3, 100],
            "member": [True, False],
            "joined": ["2022-01-08", "2022-04-10"],
            "seen": ["2026-03-31T09:30:00Z"] * 2,
        }
    )
    with httpx.Client(base_url=listen(serve()), timeout=60) as client:
        answer = read(client.post("/predict/churn_api", content=stream(rows), headers=HEADERS).content)
        told = client.post("/predict/churn_api", json={"rows": rows.to_pylist()}).json()["predictions"]
    assert answer["prediction"].to_pylist() == [row["prediction"] for row in told] == ["yes", "no"]
    assert answer["probabilities"].to_pylist() == [row["probabilities"] for row in told]


def test_either_form_may_answer_either(http):
    table = demand_rows(2)
    told = http.post("/predict/api", content=stream(table), headers=HEADERS | {"Accept": "application/json"}).json()
    assert len(told["predictions"]) == 2
    response = http.post("/predict/api", json={"rows": table.to_pylist()}, headers={"Accept": MEDIA_TYPE})
    assert read(response.content).num_rows == 2


@pytest.mark.parametrize(
    ("accept", "asked", "expected"),
    [
        (None, True, True),
        (None, False, False),
        ("*/*", True, True),
        ("*/*", False, False),
        (f"{MEDIA_TYPE}, application/json", False, True),
        (f"application/json, {MEDIA_TYPE};q=0.5", True, False),
        ("text/html", True, True),
    ],
)
def test_the_form_that_is_named_first_answers(accept, asked, expected):
    assert wants_arrow(accept, asked_in_arrow=asked) is expected


def test_what_is_asked_in_arrow_is_in_the_log(world, serve, listen, demand):
    import httpx

    plane = serve()
    table = pa.table({"기온": [np.inf, np.nan, 1.5], "weather": ["맑음", None, "비"]})
    with httpx.Client(base_url=listen(plane), timeout=60) as client:
        answer = read(client.post("/predict/api", content=stream(table), headers=HEADERS).content)
    logged = world.logged(plane, "prediction_id, inputs->>'$.기온', inputs->>'$.weather', outputs->>'$.prediction'")
    assert {row[:3] for row in logged} == {
        (prediction, *inputs)
        for prediction, inputs in zip(
            answer["prediction_id"].to_pylist(), [("Infinity", "맑음"), (None, None), ("1.5", "비")], strict=True
        )
    }
    assert sorted(float(row[3]) for row in logged) == sorted(answer["prediction"].to_pylist())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no Arrow stream"),
        (b"{}", "no Arrow stream"),
        (stream(demand_rows(3))[:-40], "no Arrow stream"),
        (stream(demand_rows(3).rename_columns(["기온", "wether"])), "wether"),
        (stream(demand_rows(3).slice(0, 0)), "at least one row"),
        (stream(demand_rows(30), compression="zstd"), "compressed one by one"),
        (stream(pa.table({"기온": ["warm"], "weather": ["x"]})), "must be a number"),
    ],
)
def test_a_wrong_stream_is_refused_in_json(http, content, says):
    response = http.post("/predict/api", content=content, headers=HEADERS)
    assert response.status_code == 400
    error = response.json()["error"]
    assert says in f"{error['message']} {error['hint']}"


def test_a_stream_whose_offsets_lie_is_refused():
    table = pa.table({"weather": ["abc", "de"]})
    content = bytearray(stream(table))
    # The offsets of the texts, 0, 3, 5.
    at = content.index(np.array([0, 3, 5], "<i4").tobytes())
    content[at : at + 12] = np.array([0, 3, 2**30], "<i4").tobytes()
    with pytest.raises(RefusedRequest, match="no Arrow stream"):
        read_table(bytes(content), Limits())


def test_more_rows_than_a_request_may_have_are_refused_whatever_they_weigh():
    nothing = pa.table({"x": pa.nulls(10_001)})
    with pytest.raises(RefusedRequest, match="may have 10,000 rows"):
        read_table(stream(nothing), Limits())


def test_dictionaries_are_read_and_their_compression_is_seen():
    table = pa.table({"weather": pa.array(["맑음", "비"] * 40).dictionary_encode()})
    assert read_table(stream(table), Limits()).equals(table)
    with pytest.raises(RefusedRequest, match="compressed"):
        read_table(stream(table, compression="lz4"), Limits())
