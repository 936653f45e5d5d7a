"""One row a request, log on, two workers: against a server by hand without a log, and others that serve models.

The server by hand is Granian with onnxruntime, two workers; the others are MLflow, LitServe, BentoML, Ray Serve and
MLServer, batching where they have it, around the same trees in a scikit-learn pipeline. `SERVING_PEERS=LitServe` in
the environment leaves others out; those that cannot be installed are left out, and the line says which were met.
"""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import serving_batch, wrk_load
from benchmarks.http_load import free_port, server
from benchmarks.measurement import PAIRS, ROOT, Claim
from benchmarks.paced_load import paced
from benchmarks.predict_batch import FEW, PROJECT, prepare
from benchmarks.predict_http import python_with_mlflow
from benchmarks.serving_peer import PEERS, Asked, Peer
from benchmarks.version_time import PENSTOCK

WORKERS, CONNECTIONS = 2, (16, 64)
SECONDS, WARM_UP_SECONDS = 6.0, 2.0
OVER_PEERS, OVER_BARE, MOST_MS, OF_PEERS_MS = 12, 1.5, 10.0, 0.5
Row = Mapping[str, Any]
Found = dict[str, float]


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    import penstock

    prepare(folder, min(scale, 0.05))
    with penstock.connect(folder / PROJECT) as connection:
        connection.sql("CREATE ENDPOINT clicks_api ON MODEL clicks")
    (row,) = pq.read_table(folder / FEW).slice(0, 1).to_pylist()
    seconds = SECONDS * max(scale, 0.3)
    ours, bare = [], []
    for _ in range(PAIRS):
        ours.append(_measured(_penstock(folder, row), seconds, folder))
        bare.append(_measured(_bare(folder, row), seconds, folder))
    others = {name: _measured(running, seconds, folder) for name, running in _peers(folder, row)}
    for connections in CONNECTIONS:
        key = f"rate_{connections}"
        rates = [found[key] for found in ours]
        by_hand = [found[key] for found in bare]
        yield Claim(
            f"requests a second over a server by hand, {connections} connections",
            [mine / other for mine, other in zip(rates, by_hand, strict=True)],
            OVER_BARE,
            at_least=True,
            note=f"{statistics.median(rates):,.0f} and {statistics.median(by_hand):,.0f} requests/s, {wrk_load.name()}",
        )
        if others:
            best = max(others, key=lambda name: others[name][key])
            yield Claim(
                f"requests a second over the best other, {connections} connections",
                [rate / others[best][key] for rate in rates],
                OVER_PEERS,
                at_least=True,
                note=", ".join(f"{name} {found[key]:,.0f}" for name, found in others.items()) + " requests/s",
            )
    yield from _wait_claims([found["p99_ms"] for found in ours], others)


def _wait_claims(waits: list[float], others: Mapping[str, Found]) -> Iterator[Claim]:
    yield Claim("p99 at half of the greatest rate", waits, MOST_MS, unit=" ms")
    if others:
        best = min(found["p99_ms"] for found in others.values())
        yield Claim(
            "p99 at half of the greatest rate over the best other's",
            [wait / best for wait in waits],
            OF_PEERS_MS,
            note=", ".join(f"{name} {found['p99_ms']:,.1f} ms" for name, found in others.items()),
        )


def _measured(running: AbstractContextManager[Asked], seconds: float, folder: Path) -> Found:
    """Return the greatest rate over each number of connections, and the p99 at half of the first."""
    found = {}
    with running as asked:
        for connections in CONNECTIONS:
            wrk_load.most(asked.port, asked.path, asked.body, WARM_UP_SECONDS, folder, connections)
            most = wrk_load.most(asked.port, asked.path, asked.body, seconds, folder, connections)
            if most["refused"]:
                raise RuntimeError(f"{most['refused']:.0f} requests were not answered with 200.")
            found[f"rate_{connections}"] = most["rate"]
        half = found[f"rate_{CONNECTIONS[0]}"] / 2
        found["p99_ms"] = paced(asked.port, asked.path, asked.body, half, seconds, folder)["p99_ms"]
    return found


@contextmanager
def _penstock(folder: Path, row: Row) -> Iterator[Asked]:
    port = free_port()
    command = [PENSTOCK, "-C", folder / PROJECT, "serve", "--port", str(port), "--no-loop", "--workers", str(WORKERS)]
    with server(command, port, "/health/ready", folder / "penstock.log"):
        yield Asked(port, "/predict/clicks_api", {"rows": [row]})


@contextmanager
def _bare(folder: Path, row: Row) -> Iterator[Asked]:
    python, port = serving_batch.python_with_granian(), free_port()
    command = [python.parent / "granian", "--interface", "rsgi", "--port", str(port), "--workers", str(WORKERS)]
    environment = {**os.environ, "BARE_SERVER": str(folder), "PYTHONPATH": str(ROOT)}
    with server([*command, "benchmarks.bare_server:app"], port, "/", folder / "bare.log", env=environment):
        yield Asked(port, "/predict", {"rows": [row]})


def _peers(folder: Path, row: Row) -> Iterator[tuple[str, AbstractContextManager[Asked]]]:
    wanted = os.environ.get("SERVING_PEERS")
    training = folder / "training.parquet"
    if (wanted is None or "MLflow" in wanted) and (python := python_with_mlflow()) is not None:
        yield "MLflow", _mlflow(folder, python, training, row)
    for peer in PEERS:
        if (wanted is None or peer.name in wanted) and _can(peer):
            yield peer.name, peer.running(folder, training, row)


def _can(peer: Peer) -> bool:
    return peer.installed() is not None


@contextmanager
def _mlflow(folder: Path, python: Path, training: Path, row: Row) -> Iterator[Asked]:
    model, port = folder / "mlflow", free_port()
    if not model.exists():
        subprocess.run([python, ROOT / "benchmarks" / "mlflow_model.py", training, model], check=True)
    command = [python.parent / "mlflow", "models", "serve", "-m", model, "--env-manager", "local", "-p", str(port)]
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    with server(command, port, "/ping", folder / "mlflow.log", env=environment):
        yield Asked(port, "/invocations", {"dataframe_records": [row]})
