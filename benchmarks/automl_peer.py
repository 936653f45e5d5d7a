"""Peers: an environment of its own for each, and one trial of one of them, watched from outside."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.automl_score import drawings, scores
from benchmarks.automl_set import Parted
from benchmarks.measurement import ROOT

PEERS = Path(__file__).parent / "automl_peers"
NAMES = ("penstock", "autogluon", "flaml", "h2o", "lightgbm")
# What is over by so much is over the budget; whoever has not ended long after it is ended.
OVER_SHARE, OVER_SECONDS = 1.05, 3.0
PATIENCE = 3
GRACE_SECONDS = 180.0
SAMPLE_SECONDS = 0.1
ENDED = "was ended, long after its budget"


@dataclass(frozen=True)
class Terms:
    """What all peers are given alike."""

    budget: int
    seed: int
    cores: int


@dataclass(frozen=True)
class Outcome:
    """What came of one peer on one set. Without scores `problem` says why."""

    peer: str
    data: str
    scores: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    peak_bytes: int = 0
    problem: str | None = None
    # The set's metric of so many drawings of the rows that judge, the same ones for every peer.
    drawn: Sequence[float] = ()

    @property
    def fit_seconds(self) -> float | None:
        return self.said.get("fit_seconds")


def over(outcome: Outcome, budget: int) -> float:
    """Return by how many seconds a peer exceeded its budget, 0 if by no more than is allowed or if it failed by itself.

    Of a peer that was ended all seconds of its process count: it had not told how many of them were its learning.
    """
    allowed = max(OVER_SHARE * budget, budget + OVER_SECONDS)
    ended = outcome.problem is not None and outcome.problem.startswith(ENDED)
    taken = outcome.seconds if ended else outcome.fit_seconds or 0.0
    return taken - budget if taken > allowed else 0.0


def environment(peer: str, cache: Path) -> Path:
    """Return the Python of a peer's environment, made at the first time. Penstock's own is the one that runs.

    Raises RuntimeError when it cannot be made.
    """
    name = peer.partition(":")[0]
    if name == "penstock":
        return Path(sys.executable)
    pins = PEERS / f"{name}.txt"
    home = cache / f"{name}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:8]}"
    python, made = home / "bin" / "python", home / "made"
    if made.exists():
        return python
    print(f"{name}: an environment is made in {home}", flush=True)
    steps = [[sys.executable, "-m", "venv", home], [python, "-m", "pip", "install", "--quiet", "-r", pins]]
    for step in steps:
        ended = subprocess.run([str(part) for part in step], capture_output=True, text=True)
        if ended.returncode:
            raise RuntimeError(f"the environment could not be made: {_last_line(ended.stderr)}")
    made.touch()
    return python


def try_peer(peer: str, python: Path, parted: Parted, terms: Terms, folder: Path) -> Outcome:
    """Let one peer learn and foretell, and judge what it foretold. Its folder keeps the log and what it told."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    name, _, variant = peer.partition(":")
    data = parted.data
    asked = {
        "train_path": str(parted.train),
        "test_path": str(parted.test),
        "label": data.label,
        "task": data.task,
        "metric": data.metric,
        "classes": parted.classes,
        "variant": variant,
        **asdict(terms),
    }
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    log = folder / "log.txt"
    seconds, peak, code = _run([str(python), "-m", f"benchmarks.automl_peers.{name}", str(folder)], log, terms)
    shutil.rmtree(folder / "model", ignore_errors=True)
    measured = {"peer": peer, "data": data.name, "seconds": seconds, "peak_bytes": peak}
    if not (folder / "said.json").exists():
        why = ENDED if code is None else f"ended with {code}"
        return Outcome(**measured, problem=f"{why}: {_last_line(log.read_text(encoding='utf-8', errors='replace'))}")
    said = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    try:
        told = folder / "told.parquet"
        return Outcome(**measured, said=said, scores=judge(parted, told), drawn=drawn(parted, told))
    except ValueError as problem:
        return Outcome(**measured, said=said, problem=str(problem))


def judge(parted: Parted, path: Path) -> dict[str, float]:
    """Return every metric of what stands in a file of foretold numbers. Raises ValueError."""
    return _scores(parted, np.column_stack([column.to_numpy() for column in pq.read_table(path).columns]))


def drawn(parted: Parted, path: Path) -> list[float]:
    """Return the set's metric of what was foretold, for drawings of the rows that judge (Efron 1979)."""
    told = np.column_stack([column.to_numpy() for column in pq.read_table(path).columns])
    truth = _truth(parted)
    told = told[:, 0] if parted.data.task == "regression" else told
    return drawings(parted.data.metric, truth, told)


def naive(parted: Parted) -> dict[str, float]:
    """Return every metric of the share that each class has, or of the mean, of the rows to learn from."""
    known = pq.read_table(parted.train, columns=[parted.data.label]).column(0).to_numpy(zero_copy_only=False)
    guess = [(known == name).mean() for name in parted.classes] or [known.mean()]
    return _scores(parted, np.tile(guess, (parted.rows[1], 1)))


def _scores(parted: Parted, told: NDArray[np.float64]) -> dict[str, float]:
    told = told[:, 0] if parted.data.task == "regression" else told
    return scores(parted.data.task, _truth(parted), told, len(parted.classes))


def _truth(parted: Parted) -> NDArray[Any]:
    """Return the labels of the rows that judge: numbers, or the places of classes."""
    truth: NDArray[Any] = pq.read_table(parted.truth).column(0).to_numpy(zero_copy_only=False)
    if parted.data.task == "regression":
        return truth
    places = {name: place for place, name in enumerate(parted.classes)}
    return np.array([places[name] for name in truth], dtype=np.int64)


def _run(command: list[str], log: Path, terms: Terms) -> tuple[float, int, int | None]:
    """Run a peer; return its seconds, the peak memory with all it started, and the exit code: None if it was ended."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
    variables = {**os.environ, **dict.fromkeys(threads, str(terms.cores)), "PYTHONHASHSEED": "0"}
    # A peer that is installed has its bytecode; a checkout has it from the second run on, unless told to write none.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        with _watched(process.pid) as watched:
            try:
                code = process.wait(PATIENCE * terms.budget + GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                code = None
            seconds = time.perf_counter() - begun
    for left in [process.pid, *watched.seen]:
        watched.end(left)
    process.wait()
    return seconds, watched.peak, code


class _Watched:
    """A process and all that it starts: their resident memory together, each page counted by each that holds it."""

    def __init__(self, pid: int) -> None:
        self._first = psutil.Process(pid)
        self.seen: dict[int, psutil.Process] = {pid: self._first}
        self.peak = 0

    def look(self) -> None:
        try:
            family = [self._first, *self._first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        total = 0
        for member in family:
            self.seen.setdefault(member.pid, member)
            try:
                total += member.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        self.peak = max(self.peak, total)

    def end(self, pid: int) -> None:
        """End one of them that is still there; psutil tells it from another that got its number since."""
        try:
            if self.seen[pid].is_running():
                self.seen[pid].send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return


@contextmanager
def _watched(pid: int) -> Iterator[_Watched]:
    watched, over_now = _Watched(pid), threading.Event()

    def look() -> None:
        while not over_now.wait(SAMPLE_SECONDS):
            watched.look()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        over_now.set()
        thread.join()


def _last_line(text: str) -> str:
    """Return the last line that tells of an error, or the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "Error" in line]
    return (errors or lines or ["it said nothing"])[-1]
