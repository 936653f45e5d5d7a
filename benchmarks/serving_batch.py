"""Requests of 1,000 rows over HTTP, log on: JSON against a server by hand without a log, Arrow against this process.

The server by hand (Granian and onnxruntime, two workers) is installed once into a folder of its own among the temporary
files. In this process the same rows are asked as an Arrow table of the endpoint, which logs them as well.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.http_load import free_port, load, server
from benchmarks.measurement import PAIRS, ROOT, Claim, Json, be_a_side, run_side
from benchmarks.predict_batch import FEW, PROJECT, prepare
from benchmarks.version_time import PENSTOCK

ROWS, CONNECTIONS, WORKERS = 1_000, 4, 2
SECONDS, WARM_UP_SECONDS = 6.0, 2.0
ARROW = "application/vnd.apache.arrow.stream"


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    import penstock

    prepare(folder, min(scale, 0.05))
    with penstock.connect(folder / PROJECT) as connection:
        connection.sql("CREATE ENDPOINT clicks_api ON MODEL clicks")
    seconds = SECONDS * max(scale, 0.3)
    python = python_with_granian()
    by_json, by_arrow, bare, within = [], [], [], []
    for _ in range(PAIRS):
        found = _penstock(folder, seconds)
        by_json.append(found["json"])
        by_arrow.append(found["arrow"])
        bare.append(_bare(folder, python, seconds))
        within.append(run_side("serving_batch", "within", folder).said["rate"])
    yield Claim(
        "rows a second as JSON over a server by hand",
        [ours / theirs for ours, theirs in zip(by_json, bare, strict=True)],
        1.5,
        at_least=True,
        note=f"{statistics.median(by_json):,.0f} and {statistics.median(bare):,.0f} rows/s",
    )
    yield Claim(
        "rows a second as Arrow over this process",
        [ours / theirs for ours, theirs in zip(by_arrow, within, strict=True)],
        0.7,
        at_least=True,
        note=f"{statistics.median(by_arrow):,.0f} and {statistics.median(within):,.0f} rows/s",
    )


def within(folder: Path) -> Mapping[str, Json]:
    """Ask the endpoint in this process, log on, for as long as the servers are asked; return rows a second."""
    import penstock

    table = _rows(folder)
    with penstock.connect(folder / PROJECT) as connection:
        endpoint = connection.endpoint("clicks_api")
        for _ in range(20):
            endpoint.predict(table)
        asked, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < SECONDS:
            endpoint.predict(table)
            asked += 1
        return {"rate": asked * ROWS / (time.perf_counter() - begun)}


def _rows(folder: Path) -> pa.Table:
    return pq.read_table(folder / FEW).slice(0, ROWS).combine_chunks()


def _bodies(folder: Path) -> dict[str, tuple[bytes, str]]:
    table = _rows(folder)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    text = json.dumps({"rows": table.to_pylist()}, separators=(",", ":")).encode()
    return {"json": (text, "application/json"), "arrow": (sink.getvalue().to_pybytes(), ARROW)}


def _penstock(folder: Path, seconds: float) -> dict[str, float]:
    port = free_port()
    command = [PENSTOCK, "-C", folder / PROJECT, "serve", "--port", str(port), "--no-loop", "--workers", str(WORKERS)]
    rates = {}
    with server(command, port, "/health/ready", folder / "penstock.log"):
        for name, (body, media_type) in _bodies(folder).items():
            rates[name] = _rate(port, "/predict/clicks_api", body, seconds, folder, media_type)
    return rates


def _bare(folder: Path, python: Path, seconds: float) -> float:
    port = free_port()
    command = [python.parent / "granian", "--interface", "rsgi", "--port", str(port), "--workers", str(WORKERS)]
    environment = {**os.environ, "BARE_SERVER": str(folder), "PYTHONPATH": str(ROOT)}
    body, media_type = _bodies(folder)["json"]
    with server([*command, "benchmarks.bare_server:app"], port, "/", folder / "bare.log", env=environment):
        return _rate(port, "/predict", body, seconds, folder, media_type)


def _rate(port: int, path: str, body: bytes, seconds: float, folder: Path, media_type: str) -> float:
    options: dict[str, Any] = {"connections": CONNECTIONS, "media_type": media_type}
    load(port, path, body, WARM_UP_SECONDS, folder, **options)
    found = load(port, path, body, seconds, folder, **options)
    if found["refused"]:
        raise RuntimeError(f"{found['refused']:.0f} requests of {path} were not answered with 200.")
    return found["rate"] * ROWS


def python_with_granian() -> Path:
    """Return the Python of a virtual environment with Granian and onnxruntime, made at the first time."""
    home = Path(tempfile.gettempdir()) / "penstock-bench-granian"
    python, made = home / "bin" / "python", home / "made"
    if not made.exists():
        packages = ["granian[uvloop]", "onnxruntime", "numpy", "orjson"]
        for step in ([sys.executable, "-m", "venv", home], [python, "-m", "pip", "install", "--quiet", *packages]):
            subprocess.run([str(part) for part in step], check=True)
        made.touch()
    return python


if __name__ == "__main__":
    be_a_side({"within": within})
