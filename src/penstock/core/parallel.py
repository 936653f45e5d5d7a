"""Work on one item after another, or on several at once; and by how many processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
# Linux's groups of processes: of how many microseconds of processors a group may use how many, of both versions.
_QUOTA = "sys/fs/cgroup/cpu.max"
_OLD_QUOTA = "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "sys/fs/cgroup/cpu/cpu.cfs_period_us"


def processors(root: Path = Path("/")) -> int:
    """Return how many processors this process may use: the machine's, less those that it is kept from or that its
    group, as a container is one, may not use; at least one.
    """
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    words = _words(root / _QUOTA) or [word for path in _OLD_QUOTA for word in _words(root / path)]
    if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]):
        # The word for no bound is no number.
        able = min(able, int(words[0]) // int(words[1]))
    return max(able, 1)


def _words(path: Path) -> list[str]:
    return path.read_text().split() if path.is_file() else []


def each(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> list[Result]:
    """Return what `work` gives for each item, in their order, by so many threads.

    Raises what the first item that failed raised.
    """
    if threads <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))
