from __future__ import annotations

import gzip
import json
import socket

import httpx
import pytest

from penstock.server.body import Limits, parse_object
from penstock.server.error import RefusedRequest
from penstock.server.run import background_server

ROW = {"기온": 10.0, "weather": "맑음"}
SMALL = Limits(body_bytes=2000, rows=5, body_seconds=3)


@pytest.fixture(scope="module")
def small(demand_plane):
    with (
        background_server(demand_plane, limits=SMALL) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def chunks(size):
    for _ in range(size // 100):
        yield b" " * 100


def test_a_body_over_the_limit_is_413_told_or_not(small):
    told = small.post("/predict/api", content=b" " * 3000)
    assert (told.status_code, told.json()["error"]["code"]) == (413, "too-large")
    assert small.post("/predict/api", content=chunks(3000)).status_code == 413


def test_a_bomb_is_not_blown_up(small):
    bomb = gzip.compress(b" " * 10_000_000, mtime=0)[:1900]
    response = small.post("/predict/api", content=bomb, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (b"no gzip", "gzip", 400),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", 400),
        (b"{}", "br", 415),
        (json.dumps({"rows": [ROW]}).encode(), "identity", 200),
    ],
)
def test_a_wrong_encoding_is_refused(small, content, encoding, status):
    assert small.post("/predict/api", content=content, headers={"Content-Encoding": encoding}).status_code == status


def test_too_many_rows_are_refused(small):
    response = small.post("/predict/api", json={"rows": [ROW] * 6})
    assert response.status_code == 400
    assert "5 rows, not 6" in response.json()["error"]["message"]


def test_a_half_sent_body_times_out_and_blocks_nobody(small):
    port = small.base_url.port
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b'POST /predict/api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"rows"')
        assert small.post("/predict/api", json={"rows": [ROW]}).status_code == 200
        slow.settimeout(0)
        with pytest.raises(BlockingIOError):
            slow.recv(100)
        slow.settimeout(60)
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_goes_away_in_the_middle_harms_nobody(small):
    port = small.base_url.port
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port)) as gone:
            gone.sendall(b"POST /predict/api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
    assert small.post("/predict/api", json={"rows": [ROW]}).status_code == 200


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b'{"rows": [], "rows": []}', "rows"),
        ('{"rows": [{"기온": 1, "weather": "a\\": b", "기온" : 2}]}'.encode(), "기온"),
    ],
)
def test_a_key_that_is_given_twice_is_refused_and_not_guessed(small, content, key):
    response = small.post("/predict/api", content=content)
    assert response.status_code == 400
    assert f"has the key '{key}' 2 times" in response.json()["error"]["message"]


def test_a_text_that_looks_like_a_key_is_a_text(small):
    row = {"기온": 10.0, "weather": 'a": 1, "a": 2'}
    assert small.post("/predict/api", json={"rows": [row]}).status_code == 200


def test_a_body_that_is_nested_deeply_is_refused(small):
    for content in (
        b'{"rows": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"a": "\\":", "rows": ' + b"[" * 900 + b"]" * 900 + b"}",
    ):
        assert small.post("/predict/api", content=content).status_code == 400


@pytest.mark.parametrize("path", ["/predict/apy", "/feedback/apy", "/v2/models/apy/infer"])
@pytest.mark.parametrize("content", [b"{}", b"no json"])
def test_an_unknown_endpoint_is_told_before_what_is_wrong_with_the_body(small, path, content):
    response = small.post(path, content=content)
    assert response.status_code == 404
    assert "Did you mean 'api'?" in response.text


@pytest.mark.parametrize(
    "within", ['"a": 1, "a": 2', '"a": {"b": 1, "b": 2}', '"a": ":", "a" : 2', '"a\\u0062": 1, "ab": 2']
)
def test_a_key_twice_in_one_of_many_rows_is_refused(within):
    body = '{"rows": [' + ", ".join(['{"a": 1}'] * 30 + ["{" + within + "}"]) + "]}"
    with pytest.raises(RefusedRequest, match="times"):
        parse_object(body.encode())
    assert len(parse_object(body.replace(within, '"a": "b:c"').encode())["rows"]) == 31
