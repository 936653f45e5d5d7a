"""Sizes as people write them: 500MB, 1GiB."""

from __future__ import annotations

import re

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]I?)?B\s*", re.IGNORECASE | re.ASCII)


def parse_size(text: str) -> int | None:
    """Return the bytes that a text such as 500MB or 1.5GiB stands for; None when it is no such text, or none at all."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    return round(float(found[1]) * _UNITS[(found[2] or "").upper()]) or None


def size_text(count: float) -> str:
    """Return bytes in words of three digits at most, such as 1.07 GB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
