"""Memory of a worker that serves 50 endpoints, each with a model of 100 trees on 12 numbers and 8 texts, all asked.

It is read where the kernel tells it: what is resident after all endpoints were asked, and the peak. A second server has
memory for ten of them, and must answer the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pyarrow.parquet as pq

from benchmarks.create_model import STATEMENT
from benchmarks.http_load import free_port, server
from benchmarks.measurement import Claim
from benchmarks.process import children
from benchmarks.tabular_data import LABEL, write_rows
from benchmarks.version_time import PENSTOCK

MODELS, TRAINING_ROWS, ROWS_ASKED, WORKERS = 50, 20_000, 20, 2
# Connections go to one worker or the other.
ROUNDS = 6
FEW = '[serve]\nmodel_memory = "30MB"\n'
BAR = 400.0


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    models = max(5, int(MODELS * scale))
    training = write_rows(folder / "training.parquet", TRAINING_ROWS)
    _make_project(folder / "project", training, models)
    found = pq.ParquetFile(training).read_row_group(0).slice(0, ROWS_ASKED).to_pylist()
    rows = [{name: value for name, value in row.items() if name != LABEL} for row in found]
    answers = []
    for toml in ("", FEW):
        (folder / "project" / "penstock.toml").write_text(toml)
        answered, told = _served(folder, rows, models)
        answers += answered
        loaded, resident, peak = (max(found[name] for found in told) for name in ("loaded", "Rss", "VmHWM"))
        note = f"{loaded:.0f} loaded at the end; proportional {max(found['Pss'] for found in told):.0f} MB"
        yield Claim(f"resident memory of a worker of {models} models", [resident], BAR, unit=" MB", note=note)
        yield Claim("its peak", [peak], BAR, unit=" MB")
    if any(answer != answers[0] for answer in answers):
        raise RuntimeError("A model that was loaded again answers otherwise.")


def _served(folder: Path, rows: list[dict[str, Any]], models: int) -> tuple[list[list[Any]], list[dict[str, float]]]:
    """Return what a server answers, round by round, and the memory of its workers."""
    port = free_port()
    words = ["serve", "--port", str(port), "--workers", str(WORKERS), "--no-loop"]
    with server([PENSTOCK, "-C", folder / "project", *words], port, "/health/ready", folder / "log") as process:
        answers = [[_ask(port, number, rows) for number in range(models)] for _ in range(ROUNDS)]
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        loaded = next(float(line.split()[1]) for line in lines if line.startswith("penstock_models_loaded"))
        return answers, [_memory(pid) | {"loaded": loaded} for pid in children(process.pid)]


def _make_project(folder: Path, training: Path, models: int) -> None:
    import penstock

    folder.mkdir()
    (folder / "penstock.toml").write_text("")
    with penstock.connect(folder) as connection:
        for number in range(models):
            connection.sql(STATEMENT.format(path=training).replace("MODEL clicks", f"MODEL clicks_{number}"))
            connection.sql(f"CREATE ENDPOINT api_{number} ON MODEL clicks_{number}")


def _ask(port: int, number: int, rows: list[dict[str, Any]]) -> list[Any]:
    request = Request(f"http://127.0.0.1:{port}/predict/api_{number}", json.dumps({"rows": rows}).encode())
    with urlopen(request, timeout=60) as answer:
        return [each["probabilities"] for each in json.load(answer)["predictions"]]


def _memory(pid: int) -> dict[str, float]:
    """Return what the kernel says of a process, in megabytes."""
    lines = [*Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    lines += Path(f"/proc/{pid}/status").read_text().splitlines()
    pairs = (line.split()[:2] for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(kilobytes) * 1024 / 1e6 for name, kilobytes in pairs}
