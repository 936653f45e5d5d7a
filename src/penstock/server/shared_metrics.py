"""The counts of several processes as one: each writes its own to a file, and whoever is asked adds them up.

Counters and histograms are summed, series by series; a gauge is what the process that is asked says. A process that
takes another's place goes on from what that had counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from penstock.core.errors import StorageFailure

_SUFFIX = ".prom"
_PROCESS = "# process "


class SharedMetrics:
    """The counts of one process among others, in a folder that they share; `name` is the place that it takes."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / f"{name}{_SUFFIX}"
        self._before = _counts_of(self._path)

    def write(self, text: str) -> None:
        """Let the others see the counts of this process, a text of `metrics_text`; raises StorageFailure."""
        unfinished = self._path.with_suffix(".unfinished")
        try:
            unfinished.write_text(f"{_PROCESS}{os.getpid()}\n{summed([text, self._before])}", encoding="utf-8")
            unfinished.replace(self._path)
        except OSError as problem:
            raise StorageFailure.of(f"{self._path} cannot be written: {problem.strerror}.") from problem

    def whole(self, text: str) -> str:
        """Return the counts of all processes, of which `text` are those of this one."""
        others = [_counts_of(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}")) if path != self._path]
        return summed([text, self._before, *others])


def process_of(folder: Path, name: str) -> int | None:
    """Return the number of the process that wrote the counts under `name`; None when none has."""
    head, _, _ = _text_of(folder / f"{name}{_SUFFIX}").partition("\n")
    number = head.removeprefix(_PROCESS)
    return int(number) if number != head and number.isdecimal() else None


def summed(texts: Iterable[str]) -> str:
    """Return Prometheus texts as one: counters and histograms are summed, other series are the first text's."""
    heads: dict[str, list[str]] = {}
    series: dict[str, dict[str, str]] = {}
    for place, text in enumerate(texts):
        block, adds = "", False
        for line in text.splitlines():
            if line.startswith("# HELP "):
                block = line.split(" ", 3)[2]
                if block not in heads:
                    heads[block], series[block] = [], {}
            if line.startswith("#"):
                if line.startswith("# TYPE "):
                    adds = line.rpartition(" ")[2] in ("counter", "histogram")
                if block and line not in heads[block] and not line.startswith(_PROCESS):
                    heads[block].append(line)
                continue
            name, _, value = line.rpartition(" ")
            known = series[block].get(name)
            if known is None:
                if adds or place == 0:
                    series[block][name] = value
            elif adds:
                series[block][name] = _sum(known, value)
    lines = [
        line
        for block, head in heads.items()
        for line in (*head, *(f"{name} {value}" for name, value in series[block].items()))
    ]
    return "".join(f"{line}\n" for line in lines)


def _sum(one: str, other: str) -> str:
    if "." in one or "." in other:
        return f"{float(one) + float(other):.6f}"
    return str(int(one) + int(other))


def _counts_of(path: Path) -> str:
    """Return the counts that a process has written, without the line that names it."""
    return _text_of(path).partition("\n")[2]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
