"""`penstock serve` as a process: it answers, it refuses to be reached without a token, it ends calmly."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

Penstock = Callable[..., Any]


@pytest.fixture
def server(project: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "penstock", "serve", "--port", "0", "--no-loop"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if line.startswith("Serving at "))
        yield process, told.split()[2].removesuffix(";")
        process.kill()


def test_it_says_where_and_answers_and_ends_at_ctrl_c(
    server: tuple[subprocess.Popen[str], str], penstock: Penstock, project: Path
) -> None:
    process, address = server
    body = json.dumps({"rows": [{"pages": 11, "minutes": 9.5, "device": "laptop"}]}).encode()
    with urlopen(Request(f"{address}/predict/buyers", body)) as answer:
        found = json.load(answer)
    assert found["predictions"][0]["prediction"] == "yes"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    logged = penstock("sql", "--format", "json", "SELECT prediction_id FROM penstock.predictions", folder=project)
    assert {"prediction_id": found["predictions"][0]["prediction_id"]} in json.loads(logged.out)


def test_another_address_needs_a_token(penstock_process: Penstock, project: Path) -> None:
    ended = penstock_process("serve", "--host", "0.0.0.0", folder=project)
    assert (ended.code, ended.out) == (1, "")
    assert "PENSTOCK_TOKEN" in ended.err


def test_a_port_that_is_taken_is_told(penstock: Penstock, project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = penstock("serve", "--port", str(taken.getsockname()[1]), folder=project)
    assert (ended.code, ended.out) == (1, "")
    assert "Choose another --port" in ended.err
