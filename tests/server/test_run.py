from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from penstock.catalog.versions import set_alias
from penstock.core.errors import Busy, UserError
from penstock.server.run import Intervals, background_server
from penstock.server.run import serve as run_server

ROW = {"기온": 10.0, "weather": "맑음"}
SCRIPT = """
import sys
import time
from pathlib import Path
from penstock.catalog.database import open_catalog
from penstock.core.clock import SystemClock
from penstock.core.settings import Settings
from penstock.lake.database import open_lake
from penstock.lake.storage import open_storage
from penstock.server.run import Intervals, serve
from penstock.serving.data_plane import open_data_plane
settings = Settings(Path(sys.argv[1]), "test", threads=1)
catalog, lake = open_catalog(settings.catalog_url), open_lake(settings)
plane = open_data_plane(catalog, lake, open_storage(settings), settings, SystemClock())
tick = (lambda: time.sleep(60)) if "slow" in sys.argv else None
serve(plane, port=0, tick=tick, started=lambda address: print(address, flush=True), intervals=Intervals(tick=0.01))
plane.close()
print("ended", flush=True)
"""


@pytest.fixture
def process(world, demand):
    """A server in a process of its own; gives it and its address."""
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(world.settings.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


def test_killed_in_the_middle_of_requests_nothing_answered_is_lost(world, serve, process):
    running, address = process
    answered: list[str] = []

    def ask():
        with httpx.Client(base_url=address) as client:
            while True:
                try:
                    response = client.post("/predict/api", json={"rows": [ROW] * 3})
                except httpx.HTTPError:
                    return
                answered.extend(p["prediction_id"] for p in response.json()["predictions"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(answered) < 150:
        time.sleep(0.001)
    running.kill()
    for thread in threads:
        thread.join()
    logged = [found for (found,) in world.logged(serve(), "prediction_id")]
    assert set(answered) <= set(logged)
    assert len(logged) == len(set(logged))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_after_the_requests_that_have_begun(world, serve, process, number):
    running, address = process
    port = int(address.rsplit(":", 1)[1])
    body = '{"rows": [{"기온": 10.0, "weather": "맑음"}]}'.encode()
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.settimeout(60)
        head = "POST /predict/api HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        slow.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 100 "), "The server waits for the body now."
        slow.sendall(body[:10])
        running.send_signal(number)
        time.sleep(0.5)
        slow.sendall(body[10:])
        assert slow.recv(100).startswith(b"HTTP/1.1 200 ")
    assert running.stdout.read() == "ended\n"
    assert running.wait(60) == 0
    connection = world.lake.connection()
    assert connection.rows("SELECT count(*) FROM penstock.predictions") == [(1,)]
    connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_server_where_it_is(world, number):
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(world.settings.root), "slow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            running.stdout.readline()
            time.sleep(0.1)
            running.send_signal(number)
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(0.5)
            running.send_signal(number)
            assert running.wait(60) == -number
        finally:
            running.kill()


def test_fifty_clients_during_promotions_see_no_failure_and_no_mixture(world, serve, demand, steeper_files):
    plane = serve()
    world.add_version("demand", steeper_files, alias="candidate")
    expected = {1: 20.0, 2: 50.0}
    intervals = Intervals(refresh=0.02, sync=0.05, compact=0.3)
    stop = threading.Event()
    with background_server(plane, intervals=intervals) as address, ThreadPoolExecutor(50) as threads:

        def ask():
            seen = []
            with httpx.Client(base_url=address, timeout=60) as client:
                while not stop.is_set():
                    response = client.post("/predict/api", json={"rows": [ROW] * 2})
                    assert response.status_code == 200, response.text
                    seen.append(response.json())
            return seen

        asking = [threads.submit(ask) for _ in range(50)]
        for number in (2, 1, 2):
            time.sleep(0.5)
            set_alias(world.catalog, "demand", "champion", number, world.clock.now(), "test")
            while plane.route("api").main.version != number:
                time.sleep(0.01)
        time.sleep(0.3)
        stop.set()
        answers = [answer for future in asking for answer in future.result()]
    assert {answer["version"] for answer in answers} == {1, 2}
    for answer in answers:
        assert [p["prediction"] for p in answer["predictions"]] == pytest.approx([expected[answer["version"]]] * 2)
    logged = world.logged(plane, "prediction_id, version")
    told = {p["prediction_id"]: answer["version"] for answer in answers for p in answer["predictions"]}
    assert told.items() <= dict(logged).items()
    assert len(logged) == len(dict(logged))


def test_a_taken_port_is_explained(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"Cannot listen on 127.0.0.1 port {port}"):
            run_server(serve(), port=port)


def test_a_host_that_does_not_exist_is_explained(serve):
    with pytest.raises(UserError, match="Cannot listen"):
        run_server(serve(), "no.such.host.invalid", environment={"PENSTOCK_TOKEN": "t"})


def test_another_address_without_a_token_is_refused(serve):
    with pytest.raises(UserError, match="needs a token"):
        run_server(serve(), "0.0.0.0", environment={})


def test_ticks_come_again_and_again_and_their_failure_ends_the_server(serve):
    ticks = []

    def tick():
        ticks.append(1)
        if len(ticks) == 3:
            raise ZeroDivisionError("broken")

    with pytest.raises(ZeroDivisionError):
        run_server(serve(), port=0, tick=tick, intervals=Intervals(tick=0.01))
    assert len(ticks) == 3


def test_a_stop_ends_the_server_and_its_address_is_real(serve, demand):
    stop, address = threading.Event(), Future()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(run_server, serve(), port=0, started=address.set_result, stop=stop)
        assert httpx.get(f"{address.result(60)}/health/live").status_code == 200
        stop.set()
        running.result(60)


def test_a_background_task_that_fails_is_told_counted_and_tried_again(serve, demand, caplog):
    plane = serve()
    calls = []

    def refresh():
        calls.append(1)
        raise Busy.of("The catalog is locked.")

    plane.refresh = refresh
    with background_server(plane, intervals=Intervals(refresh=0.01)) as address:
        while len(calls) < 3:
            time.sleep(0.01)
        found = httpx.get(f"{address}/metrics").text
        assert httpx.post(f"{address}/predict/api", json={"rows": [ROW]}).status_code == 200
    assert 'penstock_background_failures_total{task="refresh"}' in found
    assert "The catalog is locked." in caplog.text
