from __future__ import annotations

import pytest

from penstock.server.predict_head import PredictHead, PredictHeads, predict_head

PLAIN = (
    "POST /predict/api HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
)


def with_lines(*lines: str, path: str = "/predict/api", length: str = "17") -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *lines]
    return "".join(f"{line}\r\n" for line in [*head, ""]).encode()


def test_a_plain_head_says_what_is_asked():
    assert predict_head(PLAIN.encode()) == PredictHead("api", 17, host=b"localhost:8080")


def test_headers_that_matter_are_read_whatever_their_case():
    told = predict_head(with_lines("X-REQUEST-ID: r-1", "authorization: Bearer t", "Origin: http://localhost"))
    assert told == PredictHead("api", 17, b"r-1", b"Bearer t", b"localhost", b"http://localhost")


def test_a_name_is_decoded():
    told = predict_head(with_lines(path="/predict/%EA%B3%A0%EA%B0%9D.%EC%9D%B4%ED%83%88"))
    assert told is not None
    assert told.endpoint == "고객.이탈"


@pytest.mark.parametrize(
    "head",
    [
        with_lines("Expect: 100-continue"),
        with_lines("Content-Encoding: gzip"),
        with_lines("Connection: close"),
        with_lines("Connection: upgrade", "Upgrade: websocket"),
        with_lines("Content-Type: application/vnd.apache.arrow.stream"),
        with_lines("Accept: application/vnd.apache.arrow.stream"),
        with_lines("X-Penstock-Variant: candidate"),
        with_lines("X-Request-Id: a", "X-Request-Id: b"),
        with_lines("Host: elsewhere"),
        with_lines(length="0"),
        with_lines(path="/predict/a%2Fb"),
        with_lines(path="/predict/a/b"),
        with_lines(path="/predict/api?x=1"),
        with_lines(path="/predict/"),
        with_lines(path="/feedback/api"),
        PLAIN.replace("HTTP/1.1", "HTTP/1.0").encode(),
        PLAIN.replace("POST", "PUT").encode(),
        PLAIN.replace("Content-Length: 17", "Transfer-Encoding: chunked").encode(),
        PLAIN.replace("Content-Length: 17\r\n", "").encode(),
        PLAIN.replace("\r\nContent-Type", "\n\nContent-Type").encode(),
        b"POST /predict/api HTTP/1.1\r\nno colon\r\n\r\n",
    ],
)
def test_a_head_that_asks_for_more_is_not_plain(head):
    assert predict_head(head) is None


def test_heads_are_read_once_and_kept_within_bounds():
    heads = PredictHeads()
    first = heads.read(PLAIN.encode())
    assert heads.read(PLAIN.encode()) is first
    for number in range(1200):
        assert heads.read(with_lines(length=str(number + 1))).length == number + 1
    assert len(heads._read) <= 1000


def test_a_head_with_an_id_of_its_own_is_not_kept():
    heads = PredictHeads()
    heads.read(with_lines("X-Request-Id: r-1"))
    assert not heads._read
