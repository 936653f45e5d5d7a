"""Load by wrk, which asks faster than any server here answers; by `http_load` where it is not installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.http_load import load

_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


def name() -> str:
    """Return what puts the load on."""
    return "wrk" if shutil.which("wrk") else "a client in Python (wrk is not installed)"


def most(port: int, path: str, body: Any, seconds: float, folder: Path, connections: int) -> dict[str, float]:
    """Return how many requests a second are answered, and how many were not with 200, over so many connections."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return load(port, path, body, seconds, folder, connections=connections)
    content = folder / "wrk.json"
    content.write_bytes(json.dumps(body).encode())
    script = folder / "post.lua"
    script.write_text(
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        f'local file = io.open("{content}", "rb")\n'
        'wrk.body = file:read("*a")\n'
        "file:close()\n"
    )
    command = [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency", "-s", str(script)]
    told = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True)
    return _read(told.stdout)


def _read(told: str) -> dict[str, float]:
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", told)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    if rate is None or slow is None:
        raise RuntimeError(f"wrk said:\n{told}")
    lost = sum(map(int, broken.groups())) if broken else 0
    return {
        "rate": float(rate[1]),
        "p99_ms": float(slow[1]) * _UNITS[slow[2]],
        "refused": float(refused[1] if refused else 0) + lost,
    }
