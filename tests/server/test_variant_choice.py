"""Which version answers, as a client says it over HTTP: a key beside the rows, a header for tests."""

from __future__ import annotations

import httpx
import pytest

ROW = {"기온": 10.0, "weather": "맑음"}
SPLIT = {"champion": 50, "candidate": 50}


@pytest.fixture
def client(world, serve, listen, demand, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("split", "demand", traffic=SPLIT, sticky_by="user_id")
    plane = serve()
    with httpx.Client(base_url=listen(plane)) as opened:
        opened.logged = lambda columns: world.logged(plane, columns)
        yield opened


def test_a_key_beside_the_rows_always_meets_the_same_version(client):
    met = {}
    for n in range(60):
        key = f"손님 {n % 20}"
        body = client.post("/predict/split", json={"rows": [ROW], "key": key}).json()
        met.setdefault(key, set()).add(body["variant"])
    assert all(len(variants) == 1 for variants in met.values())
    assert set.union(*met.values()) == {"champion", "candidate"}
    assert {key for (key,) in client.logged("key")} == set(met)


def test_a_request_without_its_key_is_refused_with_a_word_on_how_to_send_it(client):
    answer = client.post("/predict/split", json={"rows": [ROW]})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert "sticky by 'user_id'" in error["message"]
    assert error["hint"] == 'Send its value as "key", beside the rows.'


@pytest.mark.parametrize("asked", ["candidate", "CANDIDATE", "2"])
def test_a_header_says_who_is_to_answer(client, asked):
    answer = client.post("/predict/split", json={"rows": [ROW]}, headers={"X-Penstock-Variant": asked}).json()
    assert (answer["variant"], answer["version"]) == ("candidate", 2)
    assert client.logged("variant, forced") == [("candidate", True)]


def test_a_header_with_a_variant_that_is_not_in_service_is_refused(client):
    for path in ("/predict/split", "/predict/api"):
        answer = client.post(path, json={"rows": [ROW]}, headers={"X-Penstock-Variant": "champoin"})
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["code"], error["hint"]) == ("variant", "Did you mean 'champion'?")


def test_the_open_protocol_has_the_header_and_takes_the_key_as_a_parameter(client):
    inputs = []
    for name, datatype in (("기온", "FP64"), ("weather", "BYTES")):
        tensor = {"name": name, "datatype": datatype, "shape": [1], "data": [ROW[name]]}
        inputs.append(tensor)
    asked = {"inputs": inputs, "parameters": {"key": 7}}
    answer = client.post("/v2/models/split/infer", json=asked, headers={"X-Penstock-Variant": "1"}).json()
    assert answer["parameters"]["variant"] == "champion"
    variants = {client.post("/v2/models/split/infer", json=asked).json()["parameters"]["variant"] for _ in range(8)}
    assert len(variants) == 1
    assert {key for (key,) in client.logged("key")} == {"7"}
