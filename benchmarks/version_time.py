"""`penstock --version`: what it takes to start the command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Claim, run_process

PENSTOCK = Path(sys.executable).parent / "penstock"


def claims(folder: Path, scale: float) -> Iterator[Claim]:
    del folder, scale
    seconds = [run_process([PENSTOCK, "--version"])[0] for _ in range(11)]
    yield Claim("penstock --version", seconds[1:], 0.2, unit=" s")
