"""What a search takes of the machine, and what there is: time of its processors, memory."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = Any
# Linux's groups of processes, of both versions: the most memory that a group may have, what it has, and what of that
# is only kept to be read again.
_GROUPS = (
    ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat", "inactive_file"),
    (
        "sys/fs/cgroup/memory/memory.limit_in_bytes",
        "sys/fs/cgroup/memory/memory.usage_in_bytes",
        "sys/fs/cgroup/memory/memory.stat",
        "total_inactive_file",
    ),
)


@dataclass(frozen=True)
class Usage:
    """Measures from when it is made; of the whole process, whatever else it does, and of those that it started, once
    they have ended.
    """

    began: float = field(default_factory=time.perf_counter)
    worked: float = field(default_factory=lambda: _processor_seconds())

    def told(self, threads: int) -> Json:
        """Return seconds, seconds of processors, their number, and the most megabytes that one process ever held."""
        return {
            "seconds": round(time.perf_counter() - self.began, 3),
            "cpu_seconds": round(_processor_seconds() - self.worked, 3),
            "threads": threads,
            "peak_memory_mb": _peak_megabytes(),
        }


def free_memory(root: Path = Path("/")) -> float | None:
    """Return how many bytes this process can still take: the machine's, or its group's where that has fewer; None where
    the system does not tell.
    """
    found = []
    kilobytes = _named(root / "proc/meminfo", "MemAvailable:")
    if kilobytes is not None:
        found.append(1024 * kilobytes)
    for limit, used, facts, name in _GROUPS:
        most, taken = _number(root / limit), _number(root / used)
        if most is not None and taken is not None:
            found.append(max(most - taken + (_named(root / facts, name) or 0), 0))
    return min(found, default=None)


def _number(path: Path) -> float | None:
    """Return the number that a file holds; None for none, or for the word of a group without a limit."""
    if not path.exists():
        return None
    text = path.read_text().strip()
    return float(text) if text.isdigit() else None


def _named(path: Path, name: str) -> float | None:
    """Return the number that stands behind a name in a file of such lines."""
    lines = path.read_text().splitlines() if path.exists() else []
    return next((float(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)


def _processor_seconds() -> float:
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


def _peak_megabytes() -> float | None:
    """Return None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    # Bytes on macOS, kilobytes elsewhere.
    unit = 1 if sys.platform == "darwin" else 1024
    # Linux counts what a process was before it became this program: the own peak is read where it starts at nothing.
    own = _named(Path("/proc/self/status"), "VmHWM:") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * unit / 1e6, 1)
