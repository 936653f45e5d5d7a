"""Measuring: sides run as processes of their own, in turns, and what came of it against the bar."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAIRS = 3
Json = Any
Side = Callable[[Path], Mapping[str, Json]]


@dataclass(frozen=True)
class Sample:
    """One run of one side: wall time of the whole process, its greatest resident memory, and what it printed."""

    seconds: float
    peak_bytes: int
    said: Mapping[str, Json]


@dataclass(frozen=True)
class Claim:
    """What was measured of one claim. `values` are of the pairs; their median is held against the bar."""

    what: str
    values: Sequence[float]
    bar: float
    at_least: bool = False
    unit: str = ""
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def ok(self) -> bool:
        return self.median >= self.bar if self.at_least else self.median <= self.bar

    def __str__(self) -> str:
        spread = f" (min {min(self.values):.3g}, max {max(self.values):.3g})" if len(self.values) > 1 else ""
        bar = f"bar {'≥' if self.at_least else '≤'} {self.bar:g}{self.unit}"
        note = f"; {self.note}" if self.note else ""
        return f"{self.what} {self.median:.3g}{self.unit}{spread}, {bar}, {'ok' if self.ok else 'short'}{note}"


def run_process(command: Sequence[str | Path], **options: Any) -> tuple[float, int, str]:
    """Run a command to its end; return its seconds, its peak memory in bytes, and its standard output."""
    # An installed package has its bytecode; a checkout too, from the second run on, unless it is told to write none.
    options.setdefault("env", {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"})
    begun = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True, cwd=ROOT, **options)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said}")
    # macOS counts in bytes, Linux in kilobytes.
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), said


def run_side(module: str, side: str, folder: Path) -> Sample:
    """Run one side of a benchmark in a process of its own."""
    seconds, peak, said = run_process([sys.executable, "-m", f"benchmarks.{module}", side, folder])
    return Sample(seconds, peak, json.loads(said.splitlines()[-1]))


def pairs(module: str, first: str, second: str, folder: Path, count: int = PAIRS) -> list[tuple[Sample, Sample]]:
    """Run both sides in turns, so that whatever else the machine does meets both."""
    return [(run_side(module, first, folder), run_side(module, second, folder)) for _ in range(count)]


def be_a_side(sides: Mapping[str, Side]) -> None:
    """Do what the command line asks for: one side, on a folder; print what it says as JSON."""
    side, folder = sys.argv[1:]
    print(json.dumps(sides[side](Path(folder))), flush=True)


def megabytes(samples: Sequence[Sample]) -> str:
    """Return the median peak memory in words."""
    return f"{statistics.median(sample.peak_bytes for sample in samples) / 1e6:,.0f} MB"
