"""Processes, as the kernel tells of them."""

from __future__ import annotations

from pathlib import Path


def children(pid: int) -> list[int]:
    """Return the workers that a server has started, ascending; none when it answers itself."""
    processes = (folder for folder in Path("/proc").iterdir() if folder.name.isdecimal())
    own = (folder for folder in processes if _parent(folder) == pid and b"resource_tracker" not in _command(folder))
    return sorted(int(folder.name) for folder in own)


def _parent(folder: Path) -> int:
    try:
        # The command's name stands in brackets and may hold any letter.
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        # It has ended.
        return 0


def _command(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""
