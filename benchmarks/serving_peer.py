"""Others that serve models, each installed once into a folder of its own among the temporary files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.http_load import free_port, server
from benchmarks.measurement import ROOT

HERE = ROOT / "benchmarks" / "serving_peers"
Row = Mapping[str, Any]
_SKLEARN = ("scikit-learn", "lightgbm", "pandas", "pyarrow", "joblib")


@dataclass(frozen=True)
class Asked:
    """Where a running server is asked, and what it is sent for one row."""

    port: int
    path: str
    body: Any


@dataclass(frozen=True)
class Peer:
    """A server that is not ours: its packages, and how it is started, asked, and known to be ready."""

    name: str
    packages: Sequence[str]
    command: Callable[[Path, int, Path], Sequence[str | Path]]
    body: Callable[[Row], Any]
    path: str = "/predict"
    ready: str = "/health"
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return Path(tempfile.gettempdir()) / f"penstock-bench-{self.name.lower().replace(' ', '-')}"

    def installed(self) -> Path | None:
        """Return its Python; None where its packages cannot be had."""
        python, made = self.home / "bin" / "python", self.home / "made"
        if made.exists():
            return python
        steps = [[sys.executable, "-m", "venv", self.home], [python, "-m", "pip", "install", "-q", *self.packages]]
        for step in steps:
            if subprocess.run([str(part) for part in step], capture_output=True).returncode:
                return None
        made.touch()
        return python

    @contextmanager
    def running(self, folder: Path, training: Path, row: Row) -> Iterator[Asked]:
        """Serve the pipeline, fitted by the peer's own packages, while the block lasts."""
        python = self.installed()
        assert python is not None
        own = folder / self.home.name
        pipeline = own / "pipeline.joblib"
        if not pipeline.exists():
            own.mkdir()
            subprocess.run([python, HERE / "pipeline.py", training, pipeline], check=True)
        port = free_port()
        environment = {
            **os.environ,
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "PIPELINE": str(pipeline),
            "PYTHONPATH": str(HERE),
            **self.environment,
        }
        with server(self.command(python, port, own), port, self.ready, own / "log", env=environment):
            yield Asked(port, self.path, self.body(row))


def _mlserver(python: Path, port: int, own: Path) -> Sequence[str | Path]:
    model = {
        "name": "clicks",
        "implementation": "mlserver_runtime.Runtime",
        "max_batch_size": 64,
        "max_batch_time": 0.002,
    }
    (own / "model-settings.json").write_text(json.dumps(model))
    ports = {"http_port": port, "grpc_port": free_port(), "metrics_port": free_port(), "parallel_workers": 0}
    (own / "settings.json").write_text(json.dumps({**ports, "host": "127.0.0.1", "debug": False}))
    return [python.parent / "mlserver", "start", own]


def _tensors(row: Row) -> Any:
    inputs = [
        {"name": name, "shape": [1, 1], "data": [value], "parameters": {"content_type": "str"}, "datatype": "BYTES"}
        if isinstance(value, str)
        else {"name": name, "shape": [1, 1], "data": [value], "datatype": "FP64"}
        for name, value in row.items()
    ]
    return {"parameters": {"content_type": "pd"}, "inputs": inputs}


def _rows(row: Row) -> Any:
    return {"rows": [row]}


PEERS = (
    Peer(
        "LitServe",
        ["litserve", *_SKLEARN],
        lambda python, port, _: [python, HERE / "litserve_server.py", str(port)],
        _rows,
    ),
    Peer(
        "BentoML",
        ["bentoml", *_SKLEARN],
        lambda python, port, _: [
            *(python.parent / "bentoml", "serve", "bentoml_server:Api", "--working-dir", HERE),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        _rows,
        ready="/readyz",
        environment={"BENTOML_DO_NOT_TRACK": "True"},
    ),
    Peer(
        "Ray Serve",
        ["ray[serve]", *_SKLEARN],
        lambda python, port, _: [python, HERE / "ray_server.py", str(port)],
        _rows,
        path="/",
        ready="/",
    ),
    Peer(
        "MLServer",
        ["mlserver", *_SKLEARN],
        _mlserver,
        _tensors,
        path="/v2/models/clicks/infer",
        ready="/v2/health/ready",
    ),
)
