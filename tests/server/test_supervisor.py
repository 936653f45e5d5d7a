from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from penstock.catalog.versions import set_alias
from penstock.core.errors import UserError
from penstock.server.run import Intervals
from penstock.server.shared_metrics import process_of
from penstock.server.supervisor import supervise
from penstock.serving.compaction import compact

ROW = {"기온": 10.0, "weather": "맑음"}
OFTEN = Intervals(compact=0.5, counts=0.1, tick=0.05)


@contextmanager
def supervised(world, workers=2, **options):
    """Serve the world with so many processes while the block runs; give the address."""
    (world.settings.root / "penstock.toml").write_text("[compute]\nthreads = 1\n")
    stop, address = threading.Event(), Future()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(
            supervise,
            world.settings,
            lambda: compact(world.lake, world.settings.state / "log", world.clock.now()),
            "127.0.0.1",
            0,
            workers,
            started=address.set_result,
            stop=stop,
            intervals=OFTEN,
            environment={},
            **options,
        )
        running.add_done_callback(lambda _: address.cancel())
        try:
            yield address.result(120)
        finally:
            stop.set()
            running.result(60)


def pid_of(world, name):
    return process_of(world.settings.state / "workers", name)


def ask(client):
    return client.post("/predict/api", json={"rows": [ROW]})


def logged(world):
    connection = world.lake.connection()
    try:
        return [found for (found,) in connection.rows("SELECT prediction_id FROM penstock.predictions")]
    finally:
        connection.close()


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not come about."
        time.sleep(0.02)


def test_killed_workers_are_replaced_and_nothing_answered_is_lost(world, demand):
    answered, refused = [], []
    stop = threading.Event()
    with supervised(world) as address, ThreadPoolExecutor(8) as threads:
        first = {pid_of(world, "1"), pid_of(world, "2")}
        assert len(first - {None}) == 2

        def ask_often():
            while not stop.is_set():
                try:
                    with httpx.Client(base_url=address, timeout=60) as client:
                        for _ in range(20):
                            response = ask(client)
                            if response.status_code != 200:
                                refused.append(response.text)
                            answered.extend(each["prediction_id"] for each in response.json()["predictions"])
                except httpx.TransportError:
                    continue

        asking = [threads.submit(ask_often) for _ in range(8)]
        for name in ("1", "2"):
            before = pid_of(world, name)
            time.sleep(0.3)
            os.kill(before, signal.SIGKILL)
            until(lambda name=name, before=before: pid_of(world, name) != before)
        time.sleep(0.3)
        stop.set()
        for each in asking:
            each.result(60)
        assert first.isdisjoint({pid_of(world, "1"), pid_of(world, "2")})
        until(lambda: "penstock_worker_restarts_total 2" in httpx.get(f"{address}/metrics").text)
    assert refused == []
    assert len(answered) > 100
    found = logged(world)
    assert set(answered) <= set(found)
    assert len(found) == len(set(found))


def test_every_worker_counts_and_follows_a_promotion_within_a_second(world, demand, steeper_files):
    ticks = []
    world.add_version("demand", steeper_files, alias="candidate")
    with supervised(world, tick=lambda: ticks.append(1)) as address:
        asked = 0
        for _ in range(40):
            # The kernel gives each connection to one of them.
            assert httpx.post(f"{address}/predict/api", json={"rows": [ROW]}).json()["version"] == 1
            asked += 1
        pattern = r'penstock_requests_total\{endpoint="api",status="200",version="1"\} (\d+)'
        until(lambda: int(re.search(pattern, httpx.get(f"{address}/metrics").text)[1]) == asked)
        per_worker = [(world.settings.state / "workers" / f"{name}.prom").read_text() for name in "12"]
        assert all(re.search(pattern, text) for text in per_worker), "Both have answered."
        set_alias(world.catalog, "demand", "champion", 2, world.clock.now(), "test")
        time.sleep(1.0)
        asking = [httpx.post(f"{address}/predict/api", json={"rows": [ROW]}) for _ in range(30)]
        assert {answer.json()["version"] for answer in asking} == {2}
    assert ticks
    assert len(logged(world)) == asked + 30


def test_the_end_waits_for_what_has_begun(world, demand):
    body = '{"rows": [{"기온": 10.0, "weather": "맑음"}]}'.encode()
    with ThreadPoolExecutor(1) as threads:
        with supervised(world, workers=1) as address:
            slow = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=30)
            head = (
                f"POST /predict/api HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {len(body)}"
            )
            slow.sendall(f"{head}\r\n\r\n".encode())
            assert slow.recv(100).startswith(b"HTTP/1.1 100 ")
            slow.sendall(body[:10])

            def finish():
                time.sleep(0.5)
                slow.sendall(body[10:])
                return slow.recv(100)

            finished = threads.submit(finish)
        assert finished.result(30).startswith(b"HTTP/1.1 200 ")
        slow.close()
    assert len(logged(world)) == 1


def test_a_port_where_others_listen_is_refused(world, demand):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"Cannot listen on 127.0.0.1 port {port}"):
            supervise(world.settings, lambda: None, "127.0.0.1", port, 2, environment={})


def test_workers_that_cannot_begin_are_told_of(world, capfd):
    (world.settings.root / "penstock.toml").write_text("[nothing]\n")
    with pytest.raises(UserError, match=r"Worker . ended with status 1 as it began"):
        supervise(world.settings, lambda: None, "127.0.0.1", 0, 2, environment={})
    assert "There is no section [nothing]" in capfd.readouterr().err
