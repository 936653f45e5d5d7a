"""The short way of predictions against the application: the same answers, byte for byte."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.server.app import create_app
from penstock.server.body import Limits
from penstock.server.predict_protocol import MOST_BODY
from penstock.server.run import bound_socket, run_door

ROW = {"기온": 10.0, "weather": "맑음"}
BODY = json.dumps({"rows": [ROW], "request_id": "r"}).encode()
# Of the application that stands where Penstock's does, to see who answers.
ELSEWHERE = 418


def request_of(body: bytes, *lines: str, path: str = "/predict/api", chunked: bool = False) -> bytes:
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = "".join(f"{line}\r\n" for line in [f"POST {path} HTTP/1.1", "Host: localhost", length, *lines, ""])
    return head.encode() + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked and body else body)


class Caller:
    """A connection whose bytes the test chooses."""

    def __init__(self, address: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=30)
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[str, bytes]:
        """Return the head of the next answer, without its date, and its body."""
        while b"\r\n\r\n" not in self._left:
            self._more()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head)[1])
        while len(self._left) < length:
            self._more()
        body, self._left = self._left[:length], self._left[length:]
        return re.sub(r"\r\ndate: [^\r]*", "", head.decode()), body

    def status(self) -> int:
        return int(self.answer()[0].split()[1])

    def ended(self) -> bool:
        return self.socket.recv(1) == b""

    def _more(self) -> None:
        data = self.socket.recv(1 << 16)
        assert data, f"The connection ended after {self._left!r}."
        self._left += data


def without_ids(answer: tuple[str, bytes]) -> tuple[str, bytes]:
    head, body = answer
    return head, re.sub(rb'_id":"[0-9a-f]{32}"', b'_id":"id"', body)


class Elsewhere:
    """An application that answers whatever comes to it with one status."""

    def __init__(self, door) -> None:
        self.services, self.gate = door.services, door.gate

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": ELSEWHERE, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


@contextmanager
def running(door) -> Iterator[str]:
    stop, ready = threading.Event(), threading.Event()
    with bound_socket("127.0.0.1", 0, shared=False) as listener, ThreadPoolExecutor(1) as threads:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        served = threads.submit(run_door, door, listener, [], stop, 5.0, ready.set)
        try:
            assert ready.wait(30)
            yield address
        finally:
            stop.set()
            served.result(30)


@pytest.fixture(scope="module")
def address(demand_plane) -> Iterator[str]:
    with running(create_app(demand_plane)) as found:
        yield found


@pytest.fixture(scope="module")
def beside(demand_plane) -> Iterator[str]:
    """The address of a server whose application answers nothing of its own."""
    with running(Elsewhere(create_app(demand_plane))) as found:
        yield found


def ask(address: str, data: bytes) -> tuple[str, bytes]:
    with Caller(address) as caller:
        caller.send(data)
        return without_ids(caller.answer())


def test_a_plain_request_never_meets_the_application(beside):
    with Caller(beside) as caller:
        for _ in range(3):
            caller.send(request_of(BODY))
            head, body = caller.answer()
            assert head.startswith("HTTP/1.1 200 ")
            assert json.loads(body)["request_id"] == "r"


@pytest.mark.parametrize(
    "data",
    [
        request_of(BODY, chunked=True),
        request_of(BODY, "X-Penstock-Variant: champion"),
        request_of(BODY, path="/feedback/api"),
        request_of(BODY, path="/predict/none"),
        request_of(json.dumps({"rows": [ROW], "key": 7}).encode()),
        request_of(json.dumps({"rows": [ROW] * 17}).encode()),
        request_of(json.dumps({"rows": [{**ROW, "기온": "x"}]}).encode()),
        request_of(BODY.replace(b'"request_id"', b'"rows"')),
        request_of(BODY, "Origin: http://elsewhere.example"),
        request_of(b"{"),
    ],
)
def test_whatever_is_not_plain_is_the_applications(beside, data):
    with Caller(beside) as caller:
        caller.send(data)
        assert caller.status() == ELSEWHERE
        caller.send(request_of(BODY))
        assert caller.status() == 200, "The next request of the connection is plain again."


WORDS = st.sampled_from(["rows", "request_id", "기온", "weather", "key", "explain"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("맑음"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
COLUMNS = st.fixed_dictionaries({}, optional={"기온": VALUES, "weather": VALUES, "Weather": VALUES, "x": VALUES})
FITTING = st.fixed_dictionaries(
    {"기온": st.none() | st.integers() | st.floats(), "weather": st.none() | st.text(max_size=8)}
)
BODIES = st.fixed_dictionaries(
    {"rows": st.lists(FITTING | COLUMNS, max_size=18) | VALUES}, optional={"request_id": VALUES, "row": VALUES}
)
TWICE = st.sampled_from(
    [
        b'{"rows":[{"weather":"a","weather":"b","\xea\xb8\xb0\xec\x98\xa8":1}]}',
        b'{"rows":[{"weather" :"a","weather":"b","\xea\xb8\xb0\xec\x98\xa8":1}]}',
        b'{"rows":[],"rows":[{"weather":"a:b","\xea\xb8\xb0\xec\x98\xa8":1}]}',
        b'{"rows":[{"weather":"\\":","\xea\xb8\xb0\xec\x98\xa8":1}], "request_id": "r"}',
        b'{"rows":[{"weather":"http://x","\xea\xb8\xb0\xec\x98\xa8":1}], "request_id": "r"}',
        b"[]",
        b"null",
        b"\xff",
        b" ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(body=BODIES.map(lambda body: json.dumps(body).encode()) | st.binary(min_size=1, max_size=20) | TWICE)
def test_both_ways_answer_byte_for_byte_alike(address, body):
    assert ask(address, request_of(body)) == ask(address, request_of(body, chunked=True))


@pytest.mark.parametrize(
    "lines",
    [
        ("X-Request-Id: 요청-1",),
        ("X-Request-Id: " + "x" * 300,),
        ("Authorization: Bearer wrong",),
        ("Origin: http://elsewhere.example",),
        ("Accept: text/html, */*",),
    ],
)
def test_both_ways_read_headers_alike(address, lines):
    assert ask(address, request_of(BODY, *lines)) == ask(address, request_of(BODY, *lines, chunked=True))


def test_a_token_is_asked_for_both_ways(demand_plane):
    with running(create_app(demand_plane, token="비밀")) as address:
        right = "Authorization: Bearer 비밀"
        for line, status in ((right, 200), ("Authorization: Bearer wrong", 401), ("X-Y: z", 401)):
            plain, chunked = (ask(address, request_of(BODY, line, chunked=way)) for way in (False, True))
            assert plain == chunked
            assert plain[0].startswith(f"HTTP/1.1 {status} ")


def test_a_head_in_pieces_is_the_applications(beside):
    data = request_of(BODY)
    with Caller(beside) as caller:
        for begin in range(0, len(data), 40):
            caller.send(data[begin : begin + 40])
            time.sleep(0.002)
        assert caller.status() == ELSEWHERE


def test_a_body_behind_its_head_is_still_the_short_way(beside):
    data = request_of(BODY)
    end = data.index(b"\r\n\r\n") + 4
    with Caller(beside) as caller:
        caller.send(data[:end])
        time.sleep(0.05)
        caller.send(data[end:-3])
        time.sleep(0.05)
        caller.send(data[-3:])
        assert caller.status() == 200


def test_a_body_that_does_not_come_is_the_applications_to_wait_for(demand_plane):
    with running(create_app(demand_plane, limits=Limits(body_seconds=0.2))) as address, Caller(address) as caller:
        caller.send(request_of(BODY)[:-5])
        head, body = caller.answer()
    assert head.startswith("HTTP/1.1 408 ")
    assert json.loads(body)["error"]["code"] == "timeout"


def test_requests_in_one_piece_are_answered_in_order(address):
    bodies = [json.dumps({"rows": [ROW], "request_id": str(number)}).encode() for number in range(5)]
    with Caller(address) as caller:
        caller.send(b"".join(map(request_of, bodies)) + b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        found = [json.loads(caller.answer()[1]) for _ in range(6)]
    assert [answer.get("request_id") for answer in found] == ["0", "1", "2", "3", "4", None]


def test_requests_sent_without_waiting_for_answers_are_answered_in_order(address):
    with Caller(address) as caller:
        for number in range(50):
            body = json.dumps({"rows": [ROW], "request_id": str(number)}).encode()
            caller.send(request_of(body, chunked=number % 7 == 3))
        found = [json.loads(caller.answer()[1])["request_id"] for _ in range(50)]
    assert found == [str(number) for number in range(50)]


def test_a_client_that_goes_away_harms_nobody(address):
    for data in (request_of(BODY), request_of(BODY)[:-5], request_of(BODY)[:20]):
        with Caller(address) as caller:
            caller.send(data)
    assert ask(address, request_of(BODY))[0].startswith("HTTP/1.1 200 ")


def test_a_body_too_large_is_413_and_many_rows_are_answered(demand_plane):
    with running(create_app(demand_plane, limits=Limits(body_bytes=200_000, rows=1500))) as address:
        assert httpx.post(f"{address}/predict/api", content=b"x" * 200_001).status_code == 413
        body = json.dumps({"rows": [ROW] * 1500}).encode()
        assert MOST_BODY / 2 < len(body) < 200_000
        assert len(httpx.post(f"{address}/predict/api", content=body).json()["predictions"]) == 1500
        refused = httpx.post(f"{address}/predict/api", json={"rows": [{}] * 1501})
        assert "1,500 rows" in refused.json()["error"]["message"]


def test_callers_at_the_same_time_share_a_write_and_get_their_own_answers(demand_plane):
    door = create_app(demand_plane)
    written = []
    append = demand_plane.log.append_text

    def counted(kind, text):
        written.append(text.count(b"\n"))
        append(kind, text)

    demand_plane.log.append_text = counted
    try:
        with running(door) as address, ThreadPoolExecutor(16) as threads:

            def ask_often(caller: int) -> list[float]:
                told = []
                with Caller(address) as connection:
                    for number in range(40):
                        row = {**ROW, "기온": float(caller * 100 + number)}
                        connection.send(request_of(json.dumps({"rows": [row]}).encode()))
                        told.append(json.loads(connection.answer()[1])["predictions"][0]["prediction"])
                return told

            found = list(threads.map(ask_often, range(16)))
    finally:
        demand_plane.log.append_text = append
    for caller, told in enumerate(found):
        assert told == pytest.approx([2.0 * (caller * 100 + number) for number in range(40)])
    assert sum(written) == 640
    assert max(written) > 1, "Some came in the same turn."


def test_the_end_of_the_server_waits_for_the_answer(demand_plane):
    with running(create_app(demand_plane)) as address, Caller(address) as caller:
        caller.send(request_of(BODY))
        caller.answer()
        begun = time.monotonic()
    assert time.monotonic() - begun < 4, "An idle connection does not hold it up."


def test_more_than_may_wait_is_refused_at_once(demand_plane):
    limits = Limits(waiting_rows=30, waiting_requests=2)
    door = create_app(demand_plane, limits=limits)
    many = {"rows": [ROW] * 20}
    with running(door) as address:
        with door.services.load.of(20, limits):
            refused = httpx.post(f"{address}/predict/api", json=many)
            assert httpx.post(f"{address}/predict/api", json={"rows": [ROW]}).status_code == 200, "It does not wait."
        assert httpx.post(f"{address}/predict/api", json=many).status_code == 200
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["code"] == "busy"
