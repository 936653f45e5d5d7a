"""Which process this is, and whether another one has ended."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process on some machine.

    `host` names the machine and, where the system tells, the space in which process numbers count (two
    containers may share a name); `born` tells a process from a later one that got its number.
    """

    host: str
    pid: int
    born: str


def this_process() -> Process:
    """Return the process that asks."""
    pid = os.getpid()
    return Process(_host(), pid, _born(pid) or "")


def has_ended(process: Process) -> bool:
    """Return whether the process has certainly ended; False for one on another machine, of which nothing is
    known.
    """
    if process.host != _host() or not process.born:
        return False
    return _born(process.pid) != process.born


def _host() -> str:
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115
    except OSError:
        space = ""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}/{boot}/{space}"


def _born(pid: int) -> str | None:
    """Return when the process began, in the kernel's ticks since boot; None when it has ended or the system
    does not say.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field, the program's name, may itself hold blanks and brackets.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]
