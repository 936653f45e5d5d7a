"""/predict with one row over 16 connections, log on, against MLflow's scoring server on the same trees.

MLflow is no dependency: it is installed once into a folder of its own among the temporary files. Where that cannot be
done, the rate that was measured before stands in, and the line says so.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.create_model import STATEMENT
from benchmarks.http_load import free_port, load, server
from benchmarks.measurement import PAIRS, ROOT, Claim
from benchmarks.tabular_data import LABEL, write_rows
from benchmarks.version_time import PENSTOCK

TRAINING_ROWS, SECONDS, WARM_UP_SECONDS = 100_000, 6.0, 2.0
BAR = 30
# Requests a second of mlflow models serve, measured on two cores.
KNOWN_BASELINE = 50.0


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    training = write_rows(folder / "training.parquet", int(TRAINING_ROWS * scale))
    row = {k: v for k, v in pq.ParquetFile(training).read_row_group(0).slice(0, 1).to_pylist()[0].items() if k != LABEL}
    _make_project(folder, training)
    python = python_with_mlflow()
    if python is not None:
        subprocess.run([python, ROOT / "benchmarks" / "mlflow_model.py", training, folder / "mlflow"], check=True)
    ours, theirs = [], []
    for _ in range(PAIRS):
        ours.append(_penstock(folder, row, SECONDS * max(scale, 0.3)))
        theirs.append(_mlflow(folder, python, row, SECONDS * max(scale, 0.3)) if python else {"rate": KNOWN_BASELINE})
    refused = sum(found["refused"] for found in ours)
    if refused:
        raise RuntimeError(f"{refused:.0f} requests were not answered with 200.")
    against = "MLflow" if python else "MLflow as measured before, since it could not be installed here"
    rates = [statistics.median(found["rate"] for found in side) for side in (ours, theirs)]
    waits = ", ".join(
        f"{name} {statistics.median(found[f'{name}_ms'] for found in ours):.1f} ms" for name in ("median", "p99")
    )
    yield Claim(
        f"requests a second over {against}",
        [mine["rate"] / other["rate"] for mine, other in zip(ours, theirs, strict=True)],
        BAR,
        at_least=True,
        note=f"{rates[0]:,.0f} and {rates[1]:,.0f} requests/s; {waits}",
    )


def _make_project(folder: Path, training: Path) -> None:
    import penstock

    project = folder / "project"
    project.mkdir()
    (project / "penstock.toml").write_text("")
    with penstock.connect(project) as connection:
        connection.sql(STATEMENT.format(path=training))
        connection.sql("CREATE ENDPOINT clicks_api ON MODEL clicks")


def _penstock(folder: Path, row: dict[str, Any], seconds: float) -> dict[str, float]:
    port = free_port()
    command = [PENSTOCK, "-C", folder / "project", "serve", "--port", str(port), "--no-loop"]
    with server(command, port, "/health/ready", folder / "penstock.log"):
        load(port, "/predict/clicks_api", {"rows": [row]}, WARM_UP_SECONDS, folder)
        return load(port, "/predict/clicks_api", {"rows": [row]}, seconds, folder)


def _mlflow(folder: Path, python: Path, row: dict[str, Any], seconds: float) -> dict[str, float]:
    port = free_port()
    command = [python.parent / "mlflow", "models", "serve", "-m", folder / "mlflow", "--env-manager", "local"]
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    body = {"dataframe_records": [row]}
    with server([*command, "-p", str(port)], port, "/ping", folder / "mlflow.log", env=environment):
        load(port, "/invocations", body, WARM_UP_SECONDS, folder)
        return load(port, "/invocations", body, seconds, folder)


def python_with_mlflow() -> Path | None:
    """Return the Python of a virtual environment with MLflow, made at the first time; None where it cannot be."""
    home = Path(tempfile.gettempdir()) / "penstock-bench-mlflow"
    python = home / "bin" / "python"
    made = home / "made"
    if made.exists():
        return python
    packages = ["mlflow", "lightgbm", "scikit-learn", "pandas", "pyarrow"]
    steps = [[sys.executable, "-m", "venv", home], [python, "-m", "pip", "install", "--quiet", *packages]]
    for step in steps:
        if subprocess.run([str(part) for part in step], capture_output=True).returncode:
            return None
    made.touch()
    return python
