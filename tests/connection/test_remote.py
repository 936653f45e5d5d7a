"""A project that is served: the same answers over HTTP, and mistakes told as they are in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pandas as pd
import pytest

import penstock
from penstock.connection import Connection
from penstock.connection.remote import RemoteProject
from penstock.connection.service import running_service
from penstock.server.run import serve

# The models here are of so few and such simple rows that they look like leaks.
pytestmark = pytest.mark.filterwarnings("ignore::penstock.PenstockWarning")


@pytest.fixture(scope="module")
def shop() -> Iterator[Connection]:
    with penstock.connect() as connection:
        connection.sql(
            "CREATE TABLE 주문 AS SELECT range AS 수량, ['a', 'b'][1 + range % 2] AS kind,"
            " DATE '2024-01-01' + range::INT AS day, range * 2.0 AS label FROM range(100);"
            "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM 주문;"
            'CREATE ENDPOINT "가격 예측" ON MODEL m'
        )
        yield connection


@pytest.fixture(scope="module")
def remote(shop: Connection) -> Iterator[RemoteProject]:
    with running_service(shop.session) as service:
        yield penstock.connect(url=service.address + "/")


ROW = {"수량": 3, "kind": "a", "day": date(2024, 1, 4)}


def test_a_prediction_over_http_is_the_one_of_this_process(shop: Connection, remote: RemoteProject) -> None:
    here = shop.endpoint("가격 예측").predict(ROW)[0]["prediction"]
    rows = [ROW, {**ROW, "수량": Decimal("3")}, {**ROW, "수량": float("nan"), "kind": None}]
    endpoint = remote.endpoint("가격 예측")
    answers = endpoint.predict(rows)
    assert [answer["prediction"] for answer in answers[:2]] == [here, here]
    assert [answer["prediction"] for answer in endpoint.predict(pd.DataFrame([ROW]))] == [here]
    assert endpoint.feedback([{"prediction_id": answers[0]["prediction_id"], "actual": 6.5}]) == 1


def test_it_can_be_looked_at(remote: RemoteProject) -> None:
    assert repr(remote).startswith("<project served at http://127.0.0.1:")
    assert repr(remote.endpoint("가격 예측")).startswith("<endpoint 가격 예측 at http://127.0.0.1:")
    assert remote.status().rows() == [
        {"endpoint": "가격 예측", "model": "m", "versions": [1], "ready": True, "problem": None}
    ]
    (entry,) = remote.history("model m").rows()
    assert (entry["kind"], entry["subject"], entry["at"].tzinfo is not None) == ("accepted", "model m", True)


def test_a_mistake_is_told_as_in_this_process(shop: Connection, remote: RemoteProject) -> None:
    with pytest.raises(penstock.UnknownName) as unknown:
        remote.endpoint("가격 예")
    assert unknown.value.diagnostics[0].hint == "Did you mean '가격 예측'?"
    told = []
    for endpoint in (shop.endpoint("가격 예측"), remote.endpoint("가격 예측")):
        with pytest.raises(penstock.BadData) as wrong:
            endpoint.predict({**ROW, "knd": 1})
        told.append((wrong.value.diagnostics[0].message, wrong.value.diagnostics[0].hint))
    assert told[0] == told[1]
    with pytest.raises(penstock.BadData, match=r"cannot be sent: .*bytes"):
        remote.endpoint("가격 예측").predict({**ROW, "kind": b"a"})
    with pytest.raises(penstock.UserError, match="limit must be"):
        remote.history(limit=0)


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://here", "http://", "."])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(penstock.UserError, match="is no address of a server"):
        penstock.connect(url=url)


def test_where_nobody_answers_and_where_something_else_does() -> None:
    with pytest.raises(penstock.UserError, match="cannot be asked: Connection refused") as caught:
        penstock.connect(url="http://127.0.0.1:9")
    assert caught.value.diagnostics[0].hint == "Is penstock serve running there?"
    with _stranger(200) as address, pytest.raises(penstock.UserError, match="is not Penstock"):
        penstock.connect(url=address)
    with _stranger(500) as address, pytest.raises(penstock.UserError, match="answered with status 500"):
        penstock.connect(url=address)


def test_the_token_of_the_environment_is_sent_and_never_shown(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from penstock.connection.service import _plane

    stop, address = threading.Event(), Future[str]()
    plane = _plane(shop.session)
    with ThreadPoolExecutor(1) as pool:
        environment = {"PENSTOCK_TOKEN": "s3cret-ö"}
        done = pool.submit(serve, plane, port=0, started=address.set_result, stop=stop, environment=environment)
        try:
            with pytest.raises(penstock.UserError, match="needs a valid token") as caught:
                penstock.connect(url=address.result(20))
            assert caught.value.diagnostics[0].hint == "Set PENSTOCK_TOKEN to the server's token."
            monkeypatch.setenv("PENSTOCK_TOKEN", "s3cret-ö")
            remote = penstock.connect(url=address.result(20))
            assert remote.endpoint("가격 예측").predict(ROW)
            assert "s3cret" not in repr(remote) + repr(remote.__dict__)
        finally:
            stop.set()
            done.result(20)
            plane.close()


def test_a_folder_and_an_address_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(penstock.UserError) as caught:
        penstock.connect("http://127.0.0.1:8080")
    assert caught.value.diagnostics[0].hint == "Say: penstock.connect(url='http://127.0.0.1:8080')"
    with pytest.raises(penstock.UserError, match="not to both"):
        penstock.connect(tmp_path, url="http://127.0.0.1:8080")  # type: ignore[call-overload]


@contextmanager
def _stranger(status: int) -> Iterator[str]:
    """Serve something that is not Penstock."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
