"""What a search takes of the machine: time of its processors, memory."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any

Json = Any


@dataclass(frozen=True)
class Usage:
    """Measures from when it is made; of the whole process, whatever else it does."""

    began: float = field(default_factory=time.perf_counter)
    worked: float = field(default_factory=time.process_time)

    def told(self, threads: int) -> Json:
        """Return seconds, seconds of processors, their number, and the most megabytes that the process ever held."""
        return {
            "seconds": round(time.perf_counter() - self.began, 3),
            "cpu_seconds": round(time.process_time() - self.worked, 3),
            "threads": threads,
            "peak_memory_mb": _peak_megabytes(),
        }


def _peak_megabytes() -> float | None:
    """Return None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on macOS, kilobytes elsewhere.
    return round(most * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)
